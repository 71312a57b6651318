//! What is said when the engine broke, refused, or works for long.

use gloo::utils::window;
use protocol::SeekTo;
use protocol::link::Link as MomentLink;
use scene::numbers;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::focus::focus_on;
use super::transport::PLAY;
use crate::hooks::address::with_fragment;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::words::{SharedWords, use_words};
use crate::state::{Doing, Failure, Link};

/// The engine broke: what it said, how to get there again, and a new engine at the same place.
#[component]
pub(crate) fn Failed() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let restart = use_node_ref();
    let failure = match &lab.link {
        Link::Failed(failure) => Some(failure.clone()),
        Link::Starting | Link::Ready => None,
    };
    use_effect_with((failure.is_some(), restart.clone()), |(failed, restart)| {
        if let Some(button) = restart.cast::<HtmlElement>().filter(|_| *failed) {
            // A button that is on the page takes the focus.
            drop(button.focus());
        }
    });
    let Some(failure) = failure else {
        return html! { <div class="failed" role="alert" /> };
    };
    let (title, text) = match failure {
        Failure::NoStart(text) => (words.say("failed.no-start"), text),
        Failure::Panicked(text) => (words.say("failed.panicked"), text),
        Failure::Silent => (words.say("failed.silent"), String::new()),
    };
    let recipe = engine.link().map_or_else(String::new, |link| recipe(&link));
    let copy = {
        let report = format!("{text}\n{recipe}");
        Callback::from(move |_: MouseEvent| {
            // A browser that forbids it leaves the text to be selected by hand.
            drop(window().navigator().clipboard().write_text(&report));
        })
    };
    let again = {
        let engine = engine.clone();
        Callback::from(move |_: MouseEvent| {
            engine.restart();
            focus_on(PLAY);
        })
    };
    let afresh = Callback::from(move |_: MouseEvent| {
        engine.restart_afresh();
        focus_on(PLAY);
    });
    html! {
        <div class="failed shown" role="alert">
            <h2 key="title">{ title }</h2>
            <p key="what">{ words.say("failed.text") }</p>
            <pre key="said">{ text }</pre>
            <div class="actions" key="actions">
                <button key="again" type="button" class="button main" ref={restart} onclick={again}>
                    { words.say("failed.restart") }
                </button>
                <button key="afresh" type="button" class="button" onclick={afresh}>
                    { words.say("failed.restart-afresh") }
                </button>
            </div>
            <details key="recipe">
                <summary>{ words.say("failed.recipe") }</summary>
                <pre>{ recipe }</pre>
                <button type="button" class="button" onclick={copy}>
                    { words.say("failed.copy") }
                </button>
            </details>
        </div>
    }
}

/// What leads to this moment again: a link, or what its file would hold.
fn recipe(link: &MomentLink) -> String {
    link.to_text()
        .map_or_else(|_too_long| link.to_file(), |text| with_fragment(&text))
}

/// Something was asked for and refused; all is as it was.
#[component]
pub(crate) fn Refused() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    html! {
        <div class="refused" role="alert">
            if let Some(problem) = &lab.refused {
                <p key="what">
                    <strong>{ words.say("refused.title") }</strong>
                    { " " }{ problem.text.clone() }
                    if let Some(place) = &problem.place {
                        <span class="aside">{ " " }{ place.clone() }</span>
                    }
                </p>
                <button
                    key="dismiss"
                    type="button"
                    class="button"
                    onclick={Callback::from(move |_: MouseEvent| {
                        engine.dismiss();
                        focus_on(PLAY);
                    })}
                >{ words.say("refused.dismiss") }</button>
            }
        </div>
    }
}

/// Long work goes on, and can be cancelled.
#[component]
pub(super) fn Working() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    html! {
        <div class="working">
            if let Some(work) = &lab.work {
                <label key="label">
                    <span>{ doing(&words, work.doing) }</span>
                    <progress
                        max={work.of.map(|of| of.to_string())}
                        value={work.of.map(|_| work.done.to_string())}
                    />
                </label>
                <button
                    key="cancel"
                    type="button"
                    class="plain"
                    onclick={Callback::from(move |_: MouseEvent| {
                        engine.cancel();
                        focus_on(PLAY);
                    })}
                >{ words.say("working.cancel") }</button>
            }
        </div>
    }
}

/// What takes long, in words.
fn doing(words: &SharedWords, doing: Doing) -> String {
    match doing {
        Doing::Replay(SeekTo::Time(at_ns) | SeekTo::Nth { at_ns, .. }) => words.fill(
            "working.replay-time",
            &[("time", (&numbers::span(at_ns)).into())],
        ),
        Doing::Replay(SeekTo::Event(0)) => words.say("working.load").to_owned(),
        Doing::Replay(SeekTo::Event(event)) => {
            words.fill("working.replay-event", &[("event", event.into())])
        }
        Doing::RunToEnd => words.say("working.run-to-end").to_owned(),
    }
}
