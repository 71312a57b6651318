//! The figures that experiments make.

use protocol::RunState;
use yew::prelude::*;

use crate::components::{InsertTest, RecoveryCurve};
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::frames::use_paced_frame;
use crate::hooks::words::use_words;
use crate::state::Seen;

/// The page with the experiments.
#[component]
pub(crate) fn FiguresPage() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let ask = {
        let engine = engine.clone();
        Callback::from(move |_: MouseEvent| engine.ask_for_evidence())
    };
    use_effect_with(lab.seen == Seen::Unknown, move |unknown| {
        if *unknown {
            engine.ask_for_evidence();
        }
    });
    html! {
        <main class="experiments">
            <div key="intro" class="intro">
                <h1 id="title" key="title" tabindex="-1">{ words.say("figures.title") }</h1>
                <p key="lead" class="lead">{ words.say("figures.lead") }</p>
                <YourRun key="run" />
                <div key="broke" role="alert">
                    if let Seen::Broke(text) = &lab.seen {
                        <p key="what" class="complaint">
                            <strong>{ words.say("figures.unseen") }</strong>{ " " }{ text }
                        </p>
                        <button key="again" type="button" class="button" onclick={ask}>
                            { words.say("retry") }
                        </button>
                    }
                </div>
            </div>
            <RecoveryCurve key="recovery" />
            <InsertTest key="inserts" />
        </main>
    }
}

/// What the run in the lab does meanwhile, and a way to stop it and to let it go on.
#[component]
fn YourRun() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let frame = use_paced_frame();
    let (Some(setup), Some(frame)) = (&lab.setup, frame) else {
        return html! { <p class="your-run" /> };
    };
    let playing = lab.playing;
    let onclick = Callback::from(move |_: MouseEvent| {
        if playing {
            engine.pause();
        } else {
            engine.play();
        }
    });
    let now = scene::numbers::seconds(frame.now_ns);
    let args = [("name", (&setup.name).into()), ("now", (&now).into())];
    html! {
        <p class="your-run">
            <span key="where">{ words.fill("figures.run", &args) }</span>
            if frame.run != RunState::Ended {
                <button key="play" type="button" class="button" {onclick}>
                    { words.say(if playing { "figures.run.pause" } else { "figures.run.play" }) }
                </button>
            }
        </p>
    }
}
