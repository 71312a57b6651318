//! Why a commit waits.

use scene::sentences;
use yew::prelude::*;

use crate::hooks::engine::use_lab;
use crate::hooks::frames::use_paced_frame;
use crate::hooks::words::use_words;

/// Why the oldest commit waits, while the run stands still or has to. While it goes on, commits wait
/// for a moment each, too short to be read.
#[component]
pub(crate) fn Wait() -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_paced_frame();
    let wait = frame.and_then(|frame| frame.writer.oldest_wait.clone());
    let wait = wait.filter(|wait| wait.stopped || !lab.playing);
    let Some(wait) = wait else {
        return html! { <section class="wait" hidden=true /> };
    };
    html! {
        <section class={classes!("wait", wait.stopped.then_some("stopped"))}>
            <h2 key="title">{ words.say("wait.title") }</h2>
            <p key="what">{ sentences::waits(&words, &wait) }</p>
            <ul key="missing">
                { for wait.missing.iter().map(|missing| html! {
                    <li key={missing.node.to_string()}>{ sentences::missing(&words, missing) }</li>
                }) }
            </ul>
            <p key="stopped">
                if wait.stopped {
                    { words.say("wait.stopped") }
                }
            </p>
        </section>
    }
}

/// Commits have stopped, said where the stage is.
#[component]
pub(crate) fn Stopped() -> Html {
    let words = use_words();
    let frame = use_paced_frame();
    let wait = frame.and_then(|frame| frame.writer.oldest_wait.clone());
    html! {
        <div class="banner">
            if let Some(wait) = wait.filter(|wait| wait.stopped) {
                <p>
                    <strong>{ words.say("wait.banner") }</strong>
                    { " " }
                    { sentences::waits(&words, &wait) }
                    { " " }
                    { words.say("wait.stopped") }
                </p>
            }
        </div>
    }
}
