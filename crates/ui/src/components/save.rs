//! Buttons that save what is shown as files.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::hooks::download::{save, save_as_png};
use crate::hooks::words::use_words;

/// What [`Save`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct SaveProps {
    /// What the files are called, without their endings.
    pub(super) name: &'static str,
    /// What the buttons are for, to be heard.
    pub(super) label: String,
    /// The picture as SVG.
    pub(super) picture: Callback<(), String>,
    /// The numbers as CSV, where there are some.
    #[prop_or_default]
    pub(super) numbers: Option<Callback<(), String>>,
    /// What is said of the files.
    #[prop_or_default]
    pub(super) about: Option<String>,
}

/// The buttons.
#[component]
pub(super) fn Save(props: &SaveProps) -> Html {
    let words = use_words();
    let failed = use_state_eq(|| false);
    let file = |ending: &str| [props.name, ending].concat();
    let text = |ending: &str, kind: &'static str, text: &Callback<(), String>| {
        let (name, text, failed) = (file(ending), text.clone(), failed.setter());
        Callback::from(move |_: MouseEvent| {
            failed.set(save(&name, kind, &text.emit(())).is_err());
        })
    };
    let png = {
        let (name, picture, failed) = (file(".png"), props.picture.clone(), failed.setter());
        Callback::from(move |_: MouseEvent| {
            let (name, svg, failed) = (name.clone(), picture.emit(()), failed.clone());
            spawn_local(async move {
                failed.set(save_as_png(&name, &svg).await.is_err());
            });
        })
    };
    let svg = text(".svg", "image/svg+xml", &props.picture);
    let csv = (props.numbers.as_ref()).map(|numbers| text(".csv", "text/csv", numbers));
    html! {
        <div class="file" role="group" aria-label={props.label.clone()}>
            <button key="svg" type="button" class="button" onclick={svg}>{ words.say("save.svg") }</button>
            <button key="png" type="button" class="button" onclick={png}>{ words.say("save.png") }</button>
            if let Some(csv) = csv {
                <button key="csv" type="button" class="button" onclick={csv}>
                    { words.say("save.csv") }
                </button>
            }
            if *failed {
                <p key="failed" class="note">{ words.say("share.not-saved") }</p>
            } else if let Some(about) = &props.about {
                <p key="about" class="note">{ about }</p>
            }
        </div>
    }
}
