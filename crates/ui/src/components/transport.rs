//! Play, pause, step, speed, and where in the run one is.

use scene::numbers;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::icon::Icon;
use super::timeline::Timeline;
use crate::hooks::engine::{Engine, use_engine, use_lab};
use crate::hooks::frames::use_frame;
use crate::hooks::words::use_words;
use crate::state::Speed;

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
            <GroupChoice key="group" />
            <Timeline key="line" />
            <Clock key="clock" />
            <button
                key="end"
                type="button"
                class="button end"
                disabled={asleep}
                onclick={Callback::from(move |_: MouseEvent| engine.run_to_end())}
            >{ words.say("transport.end") }</button>
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
            type="button"
            class="round play"
            title={label.to_owned()}
            aria-label={label.to_owned()}
            disabled={lab.setup.is_none()}
            {onclick}
        >{ icon.show() }</button>
    }
}

#[component]
fn SpeedChoice() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let onchange = Callback::from(move |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        let chosen = Speed::ALL
            .iter()
            .find(|speed| speed.key() == select.value());
        engine.set_speed(chosen.copied().unwrap_or_default());
    });
    let options = Speed::ALL.into_iter().map(|speed| {
        html! {
            <option key={speed.key()} value={speed.key()} selected={speed == lab.speed}>
                { words.say(speed.key()) }
            </option>
        }
    });
    html! {
        <select class="speed" aria-label={words.say("speed.label").to_owned()} {onchange}>
            { for options }
        </select>
    }
}

/// Which protection group's copies the stage shows, where there is more than one.
#[component]
fn GroupChoice() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let groups = lab.setup.as_ref().map_or(1, |setup| setup.groups);
    let onchange = Callback::from(move |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        if let Ok(group) = select.value().parse() {
            engine.look_with(|view| view.group = group);
        }
    });
    let options = (0..groups).map(|group| {
        html! {
            <option key={group} value={group.to_string()} selected={group == lab.view.group}>
                { words.fill("transport.group", &[
                    ("group", (group + 1).into()),
                    ("groups", groups.into()),
                ]) }
            </option>
        }
    });
    html! {
        <span class="group">
            if groups > 1 {
                <select aria-label={words.say("transport.group.label").to_owned()} {onchange}>
                    { for options }
                </select>
            }
        </span>
    }
}

/// Model time and number of events.
#[component]
fn Clock() -> Html {
    let words = use_words();
    let frame = use_frame();
    let (time, event) = frame.map_or((0, 0), |frame| (frame.now_ns, frame.event));
    html! {
        <div class="clock">
            <span key="time" class="time">{ numbers::seconds_fine(time) }</span>
            <span key="event" class="aside">
                { words.fill("transport.event", &[("event", event.into())]) }
            </span>
        </div>
    }
}
