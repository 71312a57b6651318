//! The help: keys, how to read the tape, and a way to see what happens when the engine breaks.

use protocol::Az;
use web_sys::HtmlDialogElement;
use yew::prelude::*;

use crate::draw::Picture;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::words::use_words;

/// What [`Help`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HelpProps {
    pub(crate) open: bool,
    pub(crate) close: Callback<()>,
}

/// The help as a dialog.
#[component]
pub(crate) fn Help(props: &HelpProps) -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let node = use_node_ref();
    use_effect_with((node.clone(), props.open), |(node, open)| {
        if let Some(dialog) = node.cast::<HtmlDialogElement>() {
            if *open && !dialog.open() {
                // Fails only for a dialog that is open or not on the page.
                drop(dialog.show_modal());
            } else if !*open {
                dialog.close();
            }
        }
    });
    let close = props.close.reform(|_: MouseEvent| ());
    let onclose = props.close.reform(|_: Event| ());
    let break_it = {
        let close = props.close.clone();
        Callback::from(move |_: MouseEvent| {
            close.emit(());
            engine.break_on_purpose();
        })
    };
    let keys = [
        ("help.key.space", "help.space"),
        ("help.key.comma", "help.comma"),
        ("help.key.dot", "help.dot"),
        ("help.key.home", "help.home"),
        ("help.key.arrows", "help.arrows"),
        ("help.key.enter", "help.enter"),
        ("help.key.question", "help.question"),
    ];
    let az = Az::new(0).expect("there is a first zone");
    html! {
        <dialog class="help" ref={node} aria-labelledby="help-title" {onclose}>
            <h2 id="help-title" key="title">{ words.say("help.title") }</h2>
            <h3 key="keys-title">{ words.say("help.keys") }</h3>
            <p class="note" key="keys-where">{ words.say("help.where") }</p>
            <dl class="keys" key="keys">
                { for keys.into_iter().map(|(key, what)| html! {
                    <div {key}>
                        <dt><kbd>{ words.say(key) }</kbd></dt>
                        <dd>{ words.say(what) }</dd>
                    </div>
                }) }
            </dl>
            <h3 key="cells-title">{ words.say("help.cells") }</h3>
            <ul class="cells" key="cells">
                { for scene::cell_key(&words, az).into_iter().map(|(drawing, what)| html! {
                    <li key={what.clone()}><Picture {drawing} hidden=true />{ what }</li>
                }) }
            </ul>
            <p class="note" key="shapes">{ words.say("help.shapes") }</p>
            <h3 key="break-title">{ words.say("help.break") }</h3>
            <p class="note" key="break-text">{ words.say("help.break-text") }</p>
            <div class="actions" key="actions">
                <button
                    key="break"
                    type="button"
                    class="button"
                    disabled={lab.setup.is_none()}
                    onclick={break_it}
                >{ words.say("help.break-now") }</button>
                <button key="close" type="button" class="button main" onclick={close}>
                    { words.say("help.close") }
                </button>
            </div>
        </dialog>
    }
}
