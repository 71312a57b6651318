//! The text, the engine, and the figures.

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use web_sys::{
    Element, KeyboardEvent, ScrollBehavior, ScrollIntoViewOptions, ScrollLogicalPosition,
};
use yew::prelude::*;

use crate::components::{
    Banner, Below, Branches, DropTarget, Events, Failed, Figures, HelpPart, Intro, Invariants,
    Latency, Lesson, OpenedLink, OverTime, Refused, Stage, StepText, Steps, Tape, Transport, TryIt,
    Wait, WalCard, Why, resize,
};
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::exhibit::use_exhibit;
use crate::hooks::preferences::{use_media, use_preferences};
use crate::hooks::turns::use_turns;
use crate::hooks::words::use_words;
use crate::state::{LabAction, Wal, Zoom};

/// What [`LabPage`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LabPageProps {
    pub(crate) open_help: Callback<HelpPart>,
}

/// The page with the engine.
#[component]
pub(crate) fn LabPage(props: &LabPageProps) -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let onkeydown = {
        let open_help = props.open_help.clone();
        let (playing, lab) = (lab.playing, lab.clone());
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
                Shortcut::Undo => engine.undo(),
                Shortcut::Resize(larger) => resize(&lab, larger),
                Shortcut::Fit => lab.dispatch(LabAction::Zoom(Zoom::default())),
                Shortcut::Help => open_help.emit(HelpPart::Top),
            }
        })
    };
    let exhibit = use_exhibit();
    let has_files = lab.wal != Wal::Closed;
    let node = use_node_ref();
    use_stage_in_view(node.clone(), lab.playing);
    let quorum = lab
        .setup
        .as_ref()
        .is_none_or(|setup| setup.engine.has_quorum());
    let open_words = props.open_help.reform(|()| HelpPart::Words);
    // What is read first is there first; no task of the browser is long.
    let turn = use_turns(6);
    html! {
        <main class="lab-page">
            <div key="page" class="page">
                <Intro key="intro" />
                <section
                    key="lab"
                    ref={node}
                    class="lab"
                    aria-label={words.say("lab.label").to_owned()}
                    tabindex="-1"
                    {onkeydown}
                >
                    <div class="notices" key="notices">
                        <Failed key="failed" />
                        <Refused key="refused" />
                        <OpenedLink key="opened" />
                    </div>
                    if quorum {
                        <Stage key="stage" />
                        if turn > 0 {
                            <Banner key="banner" {open_words} />
                            <Tape key="tape" />
                        }
                    }
                    if turn > 0 {
                        <Transport key="transport" />
                    }
                </section>
                if turn > 3 {
                    <Below key="below" />
                }
                if turn > 1 {
                    if let Some(exhibit) = &exhibit {
                        <Steps key="steps" exhibit={Rc::clone(exhibit)} />
                    } else {
                        <TryIt key="try" />
                    }
                }
                <div class="column" key="column">
                    if turn > 1 {
                        if let Some(exhibit) = &exhibit {
                            <StepText key="step" exhibit={Rc::clone(exhibit)} />
                        } else {
                            <Lesson key="lesson" />
                        }
                    }
                    // Beside a lesson it is there for whoever drops files on the page.
                    if turn > 3 && (exhibit.is_none() || has_files) {
                        <WalCard key="wal" />
                    }
                </div>
                <aside class="side" key="side" aria-label={words.say("side.label").to_owned()}>
                    if turn > 2 {
                        <Branches key="branches" />
                        <Figures key="figures" />
                        if quorum {
                            <Wait key="wait" />
                        }
                        <Why key="why" />
                    }
                    if turn > 4 {
                        <Latency key="latency" />
                        <Invariants key="invariants" />
                        <Events key="events" />
                    }
                </aside>
                <DropTarget key="drop" />
            </div>
            if turn > 5 {
                <OverTime key="over" />
            }
        </main>
    }
}

/// Where the page is one column, the first play brings the stage into view.
#[hook]
fn use_stage_in_view(lab: NodeRef, playing: bool) {
    let one_column = use_media("(max-width: 47.99rem), (max-height: 31.24rem)");
    let less_motion = use_preferences().less_motion;
    let done = use_mut_ref(|| false);
    use_effect_with(playing, move |playing| {
        let first = *playing && !done.replace(true);
        if let Some(lab) = lab.cast::<Element>().filter(|_| first && one_column) {
            let how = ScrollIntoViewOptions::new();
            how.set_block(ScrollLogicalPosition::Start);
            how.set_behavior(if less_motion {
                ScrollBehavior::Instant
            } else {
                ScrollBehavior::Smooth
            });
            lab.scroll_into_view_with_scroll_into_view_options(&how);
        }
    });
}

enum Shortcut {
    PlayOrPause,
    Step(i32),
    Reset,
    Undo,
    /// The stage larger, or smaller.
    Resize(bool),
    /// The stage as it fits.
    Fit,
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
        "z" if !within("input") => Some(Shortcut::Undo),
        "+" | "=" if !within("input") => Some(Shortcut::Resize(true)),
        "-" if !within("input") => Some(Shortcut::Resize(false)),
        "0" if !within("input") => Some(Shortcut::Fit),
        "?" => Some(Shortcut::Help),
        _ => None,
    }
}
