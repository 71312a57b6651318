//! The card of the user's own WAL files: chosen, read, said what was found, played.

use std::rc::Rc;

use protocol::{Problem, Source, WalManager, WalSummary, WalTally};
use scene::numbers;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::focus::focus_on;
use super::wal_files::{ChooseFiles, Notes};
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::words::{SharedWords, use_words};
use crate::state::Wal;

/// The card. What became of chosen or dropped files is brought into view, and takes the focus.
#[component]
pub(crate) fn WalCard() -> Html {
    let words = use_words();
    let lab = use_lab();
    let card = use_node_ref();
    let stage = match &lab.wal {
        Wal::Closed => Stage::Closed,
        Wal::Reading { .. } => Stage::Reading,
        Wal::Read(_) | Wal::Refused(_) => Stage::Told,
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
                                <Play key="play" again={*lab.source.base() == Source::OwnWal} />
                                <ChooseFiles key="other" label="wal.other" />
                            </div>
                            { found(&words, summary) }
                        </div>
                    },
                    Wal::Refused(problem) => html! {
                        <div key="refused">
                            <div id={TOLD} tabindex="-1" key="told">
                                { complaint("wal.refused", &words, problem) }
                            </div>
                            <p key="what">{ words.say("wal.what") }</p>
                            <div class="actions" key="actions"><ChooseFiles label="wal.choose" /></div>
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
    let play = Callback::from(move |_: MouseEvent| engine.load_and_play(Source::OwnWal));
    html! {
        <button type="button" class="button main" onclick={play}>
            { words.say(if props.again { "wal.again" } else { "wal.play" }) }
        </button>
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

fn complaint(key: &'static str, words: &SharedWords, problem: &Problem) -> Html {
    html! {
        <div class="complaint" role="alert">
            <p key="what"><strong>{ words.say(key) }</strong>{ " " }{ problem.text.clone() }</p>
            if let Some(place) = &problem.place {
                <p key="where" class="place">{ place.clone() }</p>
            }
        </div>
    }
}

/// Which files were read, and whether they are whole.
fn told(words: &SharedWords, summary: &WalSummary) -> Html {
    html! {
        <div id={TOLD} tabindex="-1" key="told">
            <p key="files" class="files">
                { words.fill("wal.version", &[
                    ("version", summary.report.version.into()),
                    ("names", (&shortened(words, &summary.files)).into()),
                ]) }
            </p>
            if let Some(problem) = &summary.damage {
                { complaint("wal.damage", words, problem) }
            }
            <Notes key="notes" notes={summary.notes.clone()} />
        </div>
    }
}

/// What of the log is sent to storage, leaving out what there is none of.
fn sent(words: &SharedWords, summary: &WalSummary) -> String {
    let volume = &summary.report.volume;
    let mut text = words.fill(
        "wal.fact.redo-text",
        &[
            ("records", volume.records.into()),
            ("bytes", (&numbers::bytes(volume.bytes)).into()),
        ],
    );
    if volume.estimated_records > 0 {
        let share = numbers::percent(volume.estimated_bytes, volume.bytes);
        text.push(' ');
        text += &words.fill(
            "wal.fact.redo-estimated",
            &[
                ("estimated", volume.estimated_records.into()),
                ("share", (&share).into()),
            ],
        );
    }
    if volume.left_out > 0 {
        text.push(' ');
        text += &words.fill(
            "wal.fact.redo-left-out",
            &[("left_out", volume.left_out.into())],
        );
    }
    text
}

/// The first letter as a sentence has it.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// What was found.
fn found(words: &SharedWords, summary: &WalSummary) -> Html {
    let report = &summary.report;
    let (images, bytes) = (report.total.image_bytes, report.total.bytes());
    let times = report.over_time.as_ref();
    let span_us = times.map_or(0, |times| times.last_us.abs_diff(times.first_us));
    let facts = [
        (
            "wal.fact.records",
            words.fill(
                "wal.fact.records-text",
                &[
                    ("records", report.total.records.into()),
                    ("bytes", (&numbers::bytes(bytes)).into()),
                ],
            ),
        ),
        (
            "wal.fact.commits",
            words.fill(
                "wal.fact.commits-text",
                &[
                    ("commits", report.transactions.commits.into()),
                    ("aborts", report.transactions.aborts.into()),
                    (
                        "span",
                        (&numbers::span(span_us.saturating_mul(1_000))).into(),
                    ),
                ],
            ),
        ),
        (
            "wal.fact.images",
            words.fill(
                "wal.fact.images-text",
                &[
                    ("share", (&numbers::percent(images, bytes)).into()),
                    ("bytes", (&numbers::bytes(images)).into()),
                ],
            ),
        ),
        ("wal.fact.redo", sent(words, summary)),
        (
            "wal.fact.range",
            words.fill(
                if summary.damage.is_some() {
                    "wal.fact.range-text.damaged"
                } else {
                    "wal.fact.range-text"
                },
                &[
                    ("from", (&report.first_lsn).into()),
                    ("to", (&report.end_lsn).into()),
                    ("end", (&capital(&report.end)).into()),
                ],
            ),
        ),
    ];
    html! {
        <>
            <dl key="facts" class="facts">
                { for facts.into_iter().map(|(key, text)| html! {
                    <div {key}><dt>{ words.say(key) }</dt><dd>{ text }</dd></div>
                }) }
            </dl>
            { table(words, &report.managers, bytes) }
        </>
    }
}

fn table(words: &SharedWords, managers: &[WalManager], all: u64) -> Html {
    let size = |row: &WalManager| WalTally::bytes(row.tally);
    let mut rows: Vec<&WalManager> = managers.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(size(row)));
    let most = rows.first().map_or(1, |row| size(row)).max(1);
    let rows = rows.into_iter().map(|row| {
        let width = |bytes: u64| plot::short(plot::float(bytes) * 60.0 / plot::float(most));
        html! {
            <tr key={row.name.clone()}>
                <th scope="row">{ row.name.clone() }</th>
                <td>{ numbers::grouped(row.tally.records) }</td>
                <td>{ numbers::bytes(size(row)) }</td>
                <td class="bar">
                    <svg viewBox="0 0 60 8" width="60" height="8" aria-hidden="true">
                        <rect key="all" width={width(size(row))} height="8" fill="var(--quiet)" />
                        <rect key="rest" width={width(row.tally.image_bytes)} height="8" fill="var(--zone-b)" />
                    </svg>
                    <span class="unseen">{ numbers::percent(size(row), all) }</span>
                </td>
            </tr>
        }
    });
    html! {
        <table key="rows" class="managers">
            <caption>{ words.say("wal.table") }</caption>
            <thead>
                <tr>
                    <th scope="col">{ words.say("wal.table.manager") }</th>
                    <th scope="col">{ words.say("figure.records") }</th>
                    <th scope="col">{ words.say("wal.table.bytes") }</th>
                    <th scope="col"><span class="unseen">{ words.say("wal.table.share") }</span></th>
                </tr>
            </thead>
            <tbody>{ for rows }</tbody>
        </table>
    }
}
