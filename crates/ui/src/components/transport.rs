//! Play, pause, step, speed, and where in the run one is.

use protocol::Mark;
use scene::{numbers, sentences};
use yew::prelude::*;

use super::choice::Choice;
use super::icon::Icon;
use super::restore::Restore;
use super::timeline::Timeline;
use crate::hooks::engine::{Engine, use_engine, use_lab};
use crate::hooks::frames::use_frame;
use crate::hooks::words::use_words;
use crate::state::Speed;

/// The id of the button that plays and pauses.
pub(super) const PLAY: &str = "play";

/// The transport.
#[component]
pub(crate) fn Transport() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let asleep = lab.setup.is_none();
    let button = |key: &'static str, icon: Icon, act: fn(&Engine)| {
        let engine = engine.clone();
        let onclick = Callback::from(move |_: MouseEvent| act(&engine));
        let label = words.say(key).to_owned();
        html! {
            <button {key} type="button" class="round" title={label.clone()} aria-label={label}
                disabled={asleep} {onclick}>{ icon.show() }</button>
        }
    };
    html! {
        <div class="transport" role="group" aria-label={words.say("transport.label").to_owned()}>
            <div class="buttons" key="buttons">
                { button("transport.reset", Icon::Reset, Engine::reset) }
                { button("transport.step-back", Icon::StepBack, |engine| engine.step(-1)) }
                <PlayButton key="play" />
                { button("transport.step", Icon::Step, |engine| engine.step(1)) }
            </div>
            <SpeedChoice key="speed" />
            <Timeline key="line" />
            <UndoButton key="undo" />
            <Restore key="restore" />
            <Clock key="clock" />
            { button("transport.end", Icon::End, Engine::run_to_end) }
        </div>
    }
}

#[component]
fn PlayButton() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let (icon, label) = if lab.playing {
        (Icon::Pause, words.say("transport.pause"))
    } else {
        (Icon::Play, words.say("transport.play"))
    };
    let onclick = {
        let playing = lab.playing;
        Callback::from(move |_: MouseEvent| {
            if playing {
                engine.pause();
            } else {
                engine.play();
            }
        })
    };
    html! {
        <button
            id={PLAY}
            type="button"
            class="round play"
            title={label.to_owned()}
            aria-label={label.to_owned()}
            disabled={lab.setup.is_none()}
            {onclick}
        >{ icon.show() }</button>
    }
}

/// Takes back what was done last. It can be reached when nothing was, so that it says so.
#[component]
fn UndoButton() -> Html {
    let words = use_words();
    let engine = use_engine();
    let frame = use_frame();
    let last = frame.as_ref().and_then(|frame| {
        let done = |mark: &&Mark| mark.edit && mark.at_ns <= frame.now_ns;
        frame.timeline.marks.iter().rfind(done).copied()
    });
    let label = match last {
        Some(mark) => words.fill(
            "transport.undo.what",
            &[
                ("what", (&sentences::verb(&words, mark.verb)).into()),
                ("time", (&numbers::seconds(mark.at_ns)).into()),
            ],
        ),
        None => words.say("transport.undo.nothing").to_owned(),
    };
    let possible = last.is_some();
    let onclick = Callback::from(move |_: MouseEvent| {
        if possible {
            engine.undo();
        }
    });
    html! {
        <button
            type="button"
            class="round undo"
            title={label.clone()}
            aria-label={label}
            aria-disabled={(!possible).then_some("true")}
            {onclick}
        >{ Icon::Undo.show() }</button>
    }
}

#[component]
fn SpeedChoice() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let choose = Callback::from(move |key: String| {
        let chosen = Speed::ALL.iter().find(|speed| speed.key() == key);
        engine.set_speed(chosen.copied().unwrap_or_default());
    });
    let options: Vec<_> = Speed::ALL
        .into_iter()
        .map(|speed| (speed.key().to_owned(), words.say(speed.key()).to_owned()))
        .collect();
    html! {
        <Choice
            class="speed"
            label={words.say("speed.label").to_owned()}
            label_unseen=true
            {options}
            chosen={lab.speed.key().to_owned()}
            {choose}
        />
    }
}

/// Model time and number of events.
#[component]
fn Clock() -> Html {
    let words = use_words();
    let frame = use_frame();
    let thinned = (frame.as_ref()).is_some_and(|frame| frame.timeline.memory.thinned);
    let (time, event) = frame.map_or((0, 0), |frame| (frame.now_ns, frame.event));
    html! {
        <div class="clock">
            <span key="time" class="time">{ numbers::seconds(time) }</span>
            <span key="event" class="aside">
                { words.fill("transport.event", &[("event", event.into())]) }
            </span>
            if thinned {
                <span key="memory" class="aside" title={words.say("transport.memory.what").to_owned()}>
                    { words.say("transport.memory") }
                </span>
            }
        </div>
    }
}
