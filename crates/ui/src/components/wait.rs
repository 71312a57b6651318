//! Why commits wait, and whether they have stopped.

use protocol::{About, Frame, ReadWait, RunState, Wait as Waiting};
use scene::{invariants, numbers, sentences};
use yew::prelude::*;

use super::failure::Working;
use super::stage::resize;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::frames::use_paced_frame;
use crate::hooks::words::{SharedWords, use_words};
use crate::state::Halt;

/// Whether commits have stopped, at the frame that figures and lists show.
#[hook]
fn use_halt() -> Halt {
    let frame = use_paced_frame();
    let halt = use_state_eq(Halt::default);
    use_effect_with(frame, {
        let halt = halt.clone();
        move |frame| {
            if let Some(frame) = frame {
                halt.set(halt.after(frame));
            }
        }
    });
    *halt
}

/// The panel: how many commits wait, and, while the run stands still or commits have stopped, what
/// the oldest waits for: copies of its record, or pages. While a run goes on, commits wait for a moment each, too short to be read.
/// The panel keeps its height.
#[component]
pub(crate) fn Wait() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let frame = use_paced_frame();
    let halt = use_halt();
    let writer = frame.as_ref().map(|frame| &frame.writer);
    let oldest = writer.and_then(|writer| writer.oldest_wait.as_ref());
    let reads = writer.and_then(|writer| writer.oldest_read.as_ref());
    let tells = halt.why().is_some() || !lab.playing;
    let of_writer = halt.why().filter(|why| why.is_of_writer());
    let onclick = Callback::from(move |_: MouseEvent| engine.why(About::Waiting));
    html! {
        <section
            class={classes!("wait", halt.why().map(|_| "stopped"))}
            aria-labelledby="wait-title"
            tabindex="0"
        >
            <div key="top" class="top">
                <h2 key="title" id="wait-title">{ words.say("wait.title") }</h2>
                if oldest.is_some() || reads.is_some() {
                    <button key="why" type="button" class="plain" {onclick}>
                        { words.say("because.ask") }
                    </button>
                }
            </div>
            if let Some(why) = of_writer {
                <p key="writer">{ words.say(why.key()) }</p>
                <p key="waiting">{ waiting(&words, frame.as_deref()) }</p>
            } else if tells && (oldest.is_some() || reads.is_some()) {
                if let Some(wait) = oldest {
                    <p key="what">{ sentences::waits(&words, wait) }</p>
                    { reasons(&words, wait) }
                }
                if let Some(wait) = reads {
                    <p key="read">{ sentences::waits_for_pages(&words, wait) }</p>
                    { pages(&words, wait) }
                }
            } else {
                <p key="count">{ count(&words, frame.as_deref()) }</p>
                if oldest.is_some() || reads.is_some() {
                    <p key="pause" class="aside">{ words.say("wait.pause") }</p>
                }
            }
        </section>
    }
}

fn reasons(words: &SharedWords, wait: &Waiting) -> Html {
    html! {
        <ul key="missing">
            { for wait.missing.iter().map(|missing| html! {
                <li key={missing.node.to_string()}>{ sentences::missing(words, missing) }</li>
            }) }
        </ul>
    }
}

fn pages(words: &SharedWords, wait: &ReadWait) -> Html {
    html! {
        <ul key="pages">
            { for wait.pages.iter().map(|awaited| html! {
                <li key={awaited.page.to_string()}>{ sentences::awaited(words, awaited) }</li>
            }) }
        </ul>
    }
}

/// How many commits wait for a writer.
fn waiting(words: &SharedWords, frame: Option<&Frame>) -> String {
    let count = frame.map_or(0, |frame| frame.writer.clients.waiting);
    words.fill("wait.waiting", &[("count", count.into())])
}

/// How many commits wait, and the oldest for how long.
fn count(words: &SharedWords, frame: Option<&Frame>) -> String {
    let Some((frame, asked_ns)) = frame.and_then(|frame| Some((frame, oldest_ask_ns(frame)?)))
    else {
        return words.say("wait.none").to_owned();
    };
    let waited = frame.now_ns.saturating_sub(asked_ns);
    words.fill(
        "wait.count",
        &[
            ("count", frame.writer.clients.waiting.into()),
            ("span", (&numbers::span(waited)).into()),
        ],
    )
}

/// When the oldest asked that waits: for copies, or for pages.
fn oldest_ask_ns(frame: &Frame) -> Option<u64> {
    let writer = &frame.writer;
    let copies = writer.oldest_wait.as_ref().map(|wait| wait.asked_ns);
    let reads = writer.oldest_read.as_ref();
    // A reader is no commit.
    let pages = reads.and_then(|wait| wait.txn.map(|_| wait.asked_ns));
    copies.into_iter().chain(pages).min()
}

/// Whether the run has ended, why, and how what must always hold fared; else how many commits wait.
fn state(words: &SharedWords, frame: Option<&Frame>) -> String {
    match frame {
        Some(Frame {
            limit: Some(limit), ..
        }) => sentences::limit(words, *limit),
        Some(frame) if frame.run == RunState::Ended => {
            let acked = [("acked", frame.counters.commits_acked.into())];
            let ended = words.fill("announce.ended", &acked);
            format!("{ended} {}", invariants::summary(words, &frame.invariants))
        }
        Some(_) | None => count(words, frame),
    }
}

/// What is said in the strip below the stage.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct BannerProps {
    pub(crate) open_words: Callback<()>,
}

/// The strip below the stage, which is always there: what goes on, that commits have stopped, that
/// something does not hold which always must, or long work.
#[component]
pub(crate) fn Banner(props: &BannerProps) -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_paced_frame();
    let halt = use_halt();
    let open_words = props.open_words.reform(|_: MouseEvent| ());
    let all = frame.as_ref().map_or(&[][..], |frame| &frame.invariants);
    let violated = invariants::broken(all).next();
    let alarm = match (violated, halt.why()) {
        (Some(broken), _) => Some((
            "invariant.banner",
            invariants::sentence(&words, &broken.name),
        )),
        (None, Some(why)) => Some(("wait.banner", words.say(why.key()))),
        (None, None) => None,
    };
    html! {
        <div class={classes!("banner", alarm.map(|_| "stopped"))}>
            if lab.work.is_some() {
                <Working key="working" />
            } else {
                <p key="state">
                    { match alarm {
                        None => html! { { state(&words, frame.as_deref()) } },
                        Some((key, what)) => html! {
                            <><strong>{ words.say(key) }</strong>{ " " }{ what }</>
                        },
                    } }
                </p>
            }
            <div key="zoom" class="zoom">
                { for [(false, "stage.smaller", "−"), (true, "stage.larger", "+")].map(|(larger, name, sign)| {
                    let lab = lab.clone();
                    let next = if larger { lab.zoom.larger() } else { lab.zoom.smaller() };
                    html! {
                        <button
                            key={name}
                            type="button"
                            class="plain"
                            aria-label={words.say(name).to_owned()}
                            disabled={next.is_none()}
                            onclick={Callback::from(move |_: MouseEvent| resize(&lab, larger))}
                        >{ sign }</button>
                    }
                }) }
            </div>
            <button key="words" type="button" class="plain" onclick={open_words}>
                { words.say("help.words.open") }
            </button>
        </div>
    }
}
