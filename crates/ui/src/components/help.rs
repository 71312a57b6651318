//! The help: keys, how to read the tape, the words of the stage, and a way to see what happens when
//! the engine breaks.

use gloo::events::EventListener;
use gloo::utils::{document, window};
use protocol::Az;
use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::focus::focus_on;
use super::prose;
use crate::draw::Picture;
use crate::hooks::address::push_step;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::words::use_words;

/// A part of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HelpPart {
    /// Its beginning.
    Top,
    /// What the words of the stage mean.
    Words,
}

impl HelpPart {
    /// The id of the part's heading.
    const fn heading(self) -> &'static str {
        match self {
            Self::Top => "help-title",
            Self::Words => "help-words",
        }
    }
}

/// What [`Help`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HelpProps {
    pub(crate) open: Option<HelpPart>,
    pub(crate) close: Callback<()>,
}

const KEYS: [(&str, &str); 13] = [
    ("help.key.tab", "help.tab"),
    ("help.key.escape", "help.escape"),
    ("help.key.space", "help.space"),
    ("help.key.comma", "help.comma"),
    ("help.key.dot", "help.dot"),
    ("help.key.home", "help.home"),
    ("help.key.z", "help.z"),
    ("help.key.arrows", "help.arrows"),
    ("help.key.ends", "help.ends"),
    ("help.key.enter", "help.enter"),
    ("help.key.zoom", "help.zoom"),
    ("help.key.page", "help.page"),
    ("help.key.question", "help.question"),
];

const WORDS: [&str; 24] = [
    "words.record",
    "words.mtr",
    "words.zone",
    "words.group",
    "words.scl",
    "words.pgcl",
    "words.vcl",
    "words.vdl",
    "words.epoch",
    "words.boxcar",
    "words.writing",
    "words.hot-log",
    "words.gossip",
    "words.coalesce",
    "words.scrub",
    "words.archive",
    "words.backup",
    "words.members",
    "words.spare",
    "words.hydration",
    "words.full-tail",
    "words.clone",
    "words.copy-on-write",
    "words.version",
];

/// The help as a dialog. The browser's way back closes it, too.
#[component]
pub(crate) fn Help(props: &HelpProps) -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let node = use_node_ref();
    use_way_back(props.open.is_some(), props.close.clone());
    use_effect_with((node.clone(), props.open), |(node, open)| {
        if let Some(dialog) = node.cast::<HtmlDialogElement>() {
            if let Some(part) = open {
                if !dialog.open() {
                    // Fails only for a dialog that is open or not on the page.
                    drop(dialog.show_modal());
                }
                focus_on(part.heading());
                if *part == HelpPart::Words {
                    scroll_to(part.heading());
                }
            } else {
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
    let az = Az::new(0).expect("there is a first zone");
    html! {
        <dialog class="help" ref={node} aria-labelledby="help-title" {onclose}>
            <div class="top" key="top">
                <h2 id={HelpPart::Top.heading()} key="title" tabindex="-1">
                    { words.say("help.title") }
                </h2>
                <button key="close" type="button" class="button" onclick={close}>
                    { words.say("help.close") }
                </button>
            </div>
            <h3 key="keys-title">{ words.say("help.keys") }</h3>
            <p class="note" key="keys-where">{ words.say("help.where") }</p>
            <dl class="keys" key="keys">
                { for KEYS.into_iter().map(|(key, what)| html! {
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
            <h3 key="words-title" id={HelpPart::Words.heading()} tabindex="-1">
                { words.say("help.words") }
            </h3>
            <ul class="glossary" key="words">
                { for WORDS.into_iter().map(|key| html! {
                    <li {key}>{ prose(words.say(key)) }</li>
                }) }
            </ul>
            // A new key each time: it is folded whenever the help opens.
            <details key={if props.open.is_some() { "break" } else { "break-closed" }}>
                <summary>{ words.say("help.break") }</summary>
                <p class="note">{ words.say("help.break-text") }</p>
                <button
                    type="button"
                    class="button"
                    disabled={lab.setup.is_none()}
                    onclick={break_it}
                >{ words.say("help.break-now") }</button>
            </details>
        </dialog>
    }
}

fn scroll_to(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.scroll_into_view();
    }
}

/// While something is open, the browser's way back closes it; when it is closed otherwise, the step
/// that was put into the history for that is taken out again.
#[hook]
pub(super) fn use_way_back(open: bool, close: Callback<()>) {
    let ours = use_mut_ref(|| false);
    use_effect_with(open, {
        let ours = std::rc::Rc::clone(&ours);
        move |open| {
            // A page without a history keeps its dialog until it is closed by hand.
            if *open {
                *ours.borrow_mut() = push_step();
            } else if ours.replace(false)
                && let Ok(history) = window().history()
            {
                drop(history.back());
            }
        }
    });
    use_effect_with(close, move |close| {
        let close = close.clone();
        let listener = EventListener::new(&window(), "popstate", move |_| {
            if ours.replace(false) {
                close.emit(());
            }
        });
        move || drop(listener)
    });
}
