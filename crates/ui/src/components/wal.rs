//! The card of the user's own WAL files: chosen, read, said what was found, played.

use std::rc::Rc;

use protocol::{Source, WalSummary};
use scene::numbers;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::focus::focus_on;
use super::wal_files::{ChooseFiles, Notes};
use super::wal_report::{WalFindings, WalReportButton};
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::words::{SharedWords, use_words};
use crate::state::{Run, Wal};

/// The card. What became of chosen or dropped files is brought into view, and takes the focus.
#[component]
pub(crate) fn WalCard() -> Html {
    let words = use_words();
    let lab = use_lab();
    let card = use_node_ref();
    let stage = match &lab.wal {
        Wal::Closed => Stage::Closed,
        Wal::Reading { .. } => Stage::Reading,
        Wal::Read(_) | Wal::Refused(_) | Wal::Broke(_) => Stage::Told,
    };
    use_effect_with((stage, card.clone()), |(stage, card)| {
        if let Some(card) = card.cast::<HtmlElement>() {
            match stage {
                Stage::Closed => {}
                Stage::Reading => card.scroll_into_view(),
                Stage::Told => {
                    card.scroll_into_view();
                    focus_on(TOLD);
                }
            }
        }
    });
    html! {
        <section class="card wal" aria-labelledby="wal-title" ref={card}>
            <h2 id="wal-title" key="title">{ words.say("wal.title") }</h2>
            <div key="content">
                { match &lab.wal {
                    Wal::Closed => html! {
                        <div key="closed">
                            <p key="what">{ words.say("wal.what") }</p>
                            <div class="actions" key="actions"><ChooseFiles label="wal.choose" /></div>
                        </div>
                    },
                    Wal::Reading { names, done, of } => html! {
                        <Reading key="reading" names={Rc::clone(names)} done={*done} of={*of} />
                    },
                    Wal::Read(summary) => html! {
                        <div key="read">
                            { told(&words, summary) }
                            <div class="actions" key="actions">
                                <Play key="play" again={lab.run.source == Source::OwnWal} />
                                <WalReportButton key="report" summary={Rc::clone(summary)} />
                                <ChooseFiles key="other" label="wal.other" />
                            </div>
                            <WalFindings key="found" summary={Rc::clone(summary)} />
                        </div>
                    },
                    Wal::Refused(problem) => html! {
                        <div key="refused">
                            <div id={TOLD} tabindex="-1" key="told">
                                { complaint("wal.refused", &words, &problem.text, problem.place.as_deref()) }
                            </div>
                            <p key="what">{ words.say("wal.what") }</p>
                            <div class="actions" key="actions"><ChooseFiles label="wal.choose" /></div>
                        </div>
                    },
                    Wal::Broke(text) => html! {
                        <div key="broke">
                            <div id={TOLD} tabindex="-1" key="told">
                                { complaint("wal.broke", &words, text, None) }
                            </div>
                            <div class="actions" key="actions">
                                <Retry key="retry" />
                                <ChooseFiles key="other" label="wal.other" />
                            </div>
                        </div>
                    },
                } }
            </div>
            <p class="note" key="private">{ words.say("wal.private") }</p>
        </section>
    }
}

/// The element that tells what became of the files.
const TOLD: &str = "wal-told";

/// How far the files are.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Closed,
    Reading,
    Told,
}

#[derive(Clone, PartialEq, Properties)]
struct ReadingProps {
    names: Rc<[String]>,
    done: u64,
    of: Option<u64>,
}

#[component]
fn Reading(props: &ReadingProps) -> Html {
    let words = use_words();
    let engine = use_engine();
    let label = words.fill(
        "wal.reading",
        &[("names", (&shortened(&words, &props.names)).into())],
    );
    html! {
        <>
            <label key="label" class="progress">
                <span>{ label }</span>
                <progress
                    max={props.of.map(|of| of.to_string())}
                    value={props.of.map(|_| props.done.to_string())}
                />
            </label>
            <button
                key="cancel"
                type="button"
                class="button"
                onclick={Callback::from(move |_: MouseEvent| engine.cancel_wal())}
            >{ words.say("working.cancel") }</button>
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct PlayProps {
    again: bool,
}

#[component]
fn Play(props: &PlayProps) -> Html {
    let words = use_words();
    let engine = use_engine();
    let play = Callback::from(move |_: MouseEvent| engine.load_and_play(Run::of(Source::OwnWal)));
    html! {
        <button type="button" class="button main" onclick={play}>
            { words.say(if props.again { "wal.again" } else { "wal.play" }) }
        </button>
    }
}

#[component]
fn Retry() -> Html {
    let words = use_words();
    let engine = use_engine();
    let again = Callback::from(move |_: MouseEvent| engine.open_wal_again());
    html! {
        <button type="button" class="button main" onclick={again}>{ words.say("retry") }</button>
    }
}

fn shortened(words: &SharedWords, names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first, .., last] => words.fill(
            "wal.files",
            &[
                ("count", (names.len() as u64).into()),
                ("first", first.into()),
                ("last", last.into()),
            ],
        ),
    }
}

fn complaint(key: &'static str, words: &SharedWords, text: &str, place: Option<&str>) -> Html {
    html! {
        <div class="complaint" role="alert">
            <p key="what"><strong>{ words.say(key) }</strong>{ " " }{ text.to_owned() }</p>
            if let Some(place) = place {
                <p key="where" class="place">{ place.to_owned() }</p>
            }
        </div>
    }
}

/// Which files were read, and whether they are whole.
fn told(words: &SharedWords, summary: &WalSummary) -> Html {
    let played = &summary.report.played;
    html! {
        <div id={TOLD} tabindex="-1" key="told">
            <p key="files" class="files">
                { words.fill("wal.version", &[
                    ("version", summary.report.version.into()),
                    ("names", (&shortened(words, &summary.files)).into()),
                ]) }
            </p>
            if let Some(problem) = &summary.damage {
                { complaint("wal.damage", words, &problem.text, problem.place.as_deref()) }
            }
            if !played.whole {
                <p key="played">{ words.fill("wal.played", &[
                    ("bytes", (&numbers::bytes(played.bytes)).into()),
                    ("to", (&played.end_lsn).into()),
                ]) }</p>
            }
            <Notes key="notes" notes={summary.notes.clone()} />
        </div>
    }
}
