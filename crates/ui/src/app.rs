//! Providers and layout.

use gloo::utils::document;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::components::{Header, Help, Live};
use crate::hooks::engine::{EngineProvider, use_engine};
use crate::hooks::preferences::PreferencesProvider;
use crate::hooks::route::{Route, use_route};
use crate::hooks::words::{WordsProvider, use_words};
use crate::pages::{AboutPage, LabPage};

/// Everything.
#[component]
pub(crate) fn App() -> Html {
    html! {
        <WordsProvider>
            <PreferencesProvider>
                <EngineProvider>
                    <Shell />
                </EngineProvider>
            </PreferencesProvider>
        </WordsProvider>
    }
}

#[component]
fn Shell() -> Html {
    let words = use_words();
    let engine = use_engine();
    let route = use_route();
    let help = use_state_eq(|| false);
    use_effect_with(route, move |route| {
        if *route != Route::Lab {
            engine.pause();
        }
    });
    let set_help = |open: bool| {
        let help = help.setter();
        Callback::from(move |()| help.set(open))
    };
    html! {
        <>
            <button key="skip" type="button" class="skip" onclick={Callback::from(skip)}>
                { words.say("skip") }
            </button>
            <Header key="header" {route} open_help={set_help(true)} />
            <div key="page" class="route">
                { match route {
                    Route::Lab => html! { <LabPage key="lab" open_help={set_help(true)} /> },
                    Route::About => html! { <AboutPage key="about" /> },
                } }
            </div>
            <Help key="help" open={*help} close={set_help(false)} />
            <Live key="live" />
        </>
    }
}

/// To the stage, past the text.
fn skip(_: MouseEvent) {
    let stage = document().get_element_by_id("stage");
    if let Some(Ok(stage)) = stage.map(wasm_bindgen::JsCast::dyn_into::<HtmlElement>) {
        // The stage takes the focus; where there is none, there is nowhere to go.
        drop(stage.focus());
    }
}
