//! The text, the engine, and the figures.

use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use crate::components::{
    DropTarget, Events, Failed, Figures, Latency, Lesson, Refused, Stage, Stopped, Tape, Transport,
    Wait, WalCard, Working,
};
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::words::use_words;

/// What [`LabPage`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LabPageProps {
    pub(crate) open_help: Callback<()>,
}

/// The page with the engine.
#[component]
pub(crate) fn LabPage(props: &LabPageProps) -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let onkeydown = {
        let open_help = props.open_help.clone();
        let playing = lab.playing;
        Callback::from(move |event: KeyboardEvent| {
            let Some(shortcut) = shortcut(&event) else {
                return;
            };
            event.prevent_default();
            match shortcut {
                Shortcut::PlayOrPause if playing => engine.pause(),
                Shortcut::PlayOrPause => engine.play(),
                Shortcut::Step(by) => engine.step(by),
                Shortcut::Reset => engine.reset(),
                Shortcut::Help => open_help.emit(()),
            }
        })
    };
    html! {
        <main class="page">
            <div class="column" key="column">
                <Lesson key="lesson" />
                <WalCard key="wal" />
            </div>
            <section
                key="lab"
                class="lab"
                aria-label={words.say("lab.label").to_owned()}
                tabindex="-1"
                {onkeydown}
            >
                <div class="notices" key="notices">
                    <Failed key="failed" />
                    <Refused key="refused" />
                    <Working key="working" />
                </div>
                <Stage key="stage" />
                <Stopped key="stopped" />
                <Tape key="tape" />
                <Transport key="transport" />
            </section>
            <aside class="side" key="side" aria-label={words.say("side.label").to_owned()}>
                <Figures key="figures" />
                <Wait key="wait" />
                <Latency key="latency" />
                <Events key="events" />
            </aside>
            <DropTarget key="drop" />
        </main>
    }
}

enum Shortcut {
    PlayOrPause,
    Step(i32),
    Reset,
    Help,
}

/// What a key means while the focus is in the lab, unless the focused control has a use for it.
fn shortcut(event: &KeyboardEvent) -> Option<Shortcut> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return None;
    }
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let within = |selector: &str| target.closest(selector).ok().flatten().is_some();
    if within("select, textarea, dialog, [role=menu]") {
        return None;
    }
    match event.key().as_str() {
        " " if !within("button, a, summary, input") => Some(Shortcut::PlayOrPause),
        "." => Some(Shortcut::Step(1)),
        "," => Some(Shortcut::Step(-1)),
        "Home" if !within("input") => Some(Shortcut::Reset),
        "?" => Some(Shortcut::Help),
        _ => None,
    }
}
