//! Files and folders of WAL: chosen or dropped, and what is to be known about them.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::window;
use wasm_bindgen::JsCast as _;
use web_sys::{DataTransfer, DragEvent, HtmlInputElement};
use yew::prelude::*;

use super::wal_report::capital;
use crate::hooks::engine::use_engine;
use crate::hooks::user_files::{chosen, when_dropped};
use crate::hooks::words::use_words;

/// So many notes are shown at once; the others on demand.
const NOTES_SHOWN: usize = 4;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ChooseProps {
    /// What the button for files says.
    pub(crate) label: &'static str,
}

/// A button to choose files, and one to choose a folder.
#[component]
pub(crate) fn ChooseFiles(props: &ChooseProps) -> Html {
    let words = use_words();
    let label = words.say(props.label).to_owned();
    let folder = words.say("wal.folder").to_owned();
    html! {
        <>
            <Chooser key="files" {label} folder=false />
            <Chooser key="folder" label={folder} folder=true />
        </>
    }
}

/// A button to choose a scenario file.
#[component]
pub(crate) fn ChooseScenario() -> Html {
    let words = use_words();
    html! { <Chooser label={words.say("sandbox.import").to_owned()} folder=false /> }
}

#[derive(Clone, PartialEq, Properties)]
struct ChooserProps {
    label: String,
    folder: bool,
}

#[component]
fn Chooser(props: &ChooserProps) -> Html {
    let engine = use_engine();
    let input = use_node_ref();
    let onclick = {
        let input = input.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                input.click();
            }
        })
    };
    let onchange = Callback::from(move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        let files = chosen(input.files().as_ref());
        if !files.is_empty() {
            engine.open_files(files);
        }
        // So that the same files can be chosen again.
        input.set_value("");
    });
    html! {
        <>
            <input
                key="input"
                ref={input}
                type="file"
                multiple=true
                webkitdirectory={props.folder}
                hidden=true
                aria-label={props.label.clone()}
                {onchange}
            />
            <button key="button" type="button" class="button" {onclick}>
                { props.label.clone() }
            </button>
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct NotesProps {
    pub(crate) notes: Vec<String>,
}

/// What is to be known about the files: timelines, gaps, files that were passed over.
#[component]
pub(crate) fn Notes(props: &NotesProps) -> Html {
    let words = use_words();
    let (first, others) = props.notes.split_at(props.notes.len().min(NOTES_SHOWN));
    let list = |notes: &[String]| {
        html! {
            <ul>{ for notes.iter().map(|note| html! { <li>{ sentence(note) }</li> }) }</ul>
        }
    };
    if first.is_empty() {
        return Html::default();
    }
    html! {
        <div class="notes">
            <p key="title">{ words.say("wal.notes") }</p>
            { list(first) }
            if !others.is_empty() {
                <details key="others">
                    <summary>
                        { words.fill("wal.notes-more", &[("count", (others.len() as u64).into())]) }
                    </summary>
                    { list(others) }
                </details>
            }
        </div>
    }
}

/// With a capital letter and a full stop.
fn sentence(note: &str) -> String {
    capital(note) + "."
}

/// Files and folders may be dropped anywhere on the page.
#[component]
pub(crate) fn DropTarget() -> Html {
    let words = use_words();
    let engine = use_engine();
    let over = use_state_eq(|| false);
    use_effect_with(engine, {
        let over = over.setter();
        move |engine| {
            let engine = engine.clone();
            let listeners = ["dragenter", "dragover", "dragleave", "drop"].map(|kind| {
                let (over, engine) = (over.clone(), engine.clone());
                let options = EventListenerOptions::enable_prevent_default();
                EventListener::new_with_options(&window(), kind, options, move |event| {
                    let Some(event) = event.dyn_ref::<DragEvent>() else {
                        return;
                    };
                    let Some(transfer) = event.data_transfer().filter(holds_files) else {
                        return;
                    };
                    event.prevent_default();
                    // Leaving the page, and not just one of its elements.
                    let left = kind == "dragleave" && event.related_target().is_none();
                    if kind == "drop" {
                        over.set(false);
                        let engine = engine.clone();
                        when_dropped(&transfer, move |files| engine.open_files(files));
                    } else {
                        over.set(!left);
                    }
                })
            });
            move || drop(listeners)
        }
    });
    html! {
        <div class={classes!("drop", over.then_some("over"))} aria-hidden="true">
            <p>{ words.say("wal.drop") }</p>
        </div>
    }
}

fn holds_files(transfer: &DataTransfer) -> bool {
    transfer.types().includes(&"Files".into(), 0)
}
