//! What the user's own WAL tells: facts, tables, charts and estimates.

use std::cmp::Reverse;
use std::rc::Rc;

use protocol::{WalManager, WalReport, WalSummary, WalTally};
use scene::calendar::date;
use scene::chart::Chart;
use scene::{numbers, wal_report};
use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::chart::{ChartView, table};
use super::focus::focus_on;
use super::help::use_way_back;
use crate::hooks::words::{SharedWords, use_words};

/// How high a chart is.
const CHART_HEIGHT: f64 = 230.0;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct WalReportViewProps {
    pub(super) summary: Rc<WalSummary>,
}

/// What is told first, on the card.
#[component]
pub(super) fn WalFindings(props: &WalReportViewProps) -> Html {
    let summary = &props.summary;
    html! {
        <div class="findings">
            <Facts key="facts" summary={Rc::clone(summary)} />
            <Managers key="managers" summary={Rc::clone(summary)} />
        </div>
    }
}

/// A button, and the whole report as a dialog. The browser's way back closes it, too.
#[component]
pub(super) fn WalReportButton(props: &WalReportViewProps) -> Html {
    const TITLE: &str = "wal-report-title";
    let words = use_words();
    let node = use_node_ref();
    let is_open = use_state_eq(|| false);
    let set = |open: bool| {
        let is_open = is_open.setter();
        Callback::from(move |()| is_open.set(open))
    };
    use_way_back(*is_open, set(false));
    use_effect_with((node.clone(), *is_open), |(node, is_open)| {
        if let Some(dialog) = node.cast::<HtmlDialogElement>() {
            if !*is_open {
                dialog.close();
            } else if !dialog.open() {
                // Fails only for a dialog that is open or not on the page.
                drop(dialog.show_modal());
                focus_on(TITLE);
            }
        }
    });
    html! {
        <>
            <button key="open" type="button" class="button" onclick={set(true).reform(|_: MouseEvent| ())}>
                { words.say("wal.report.open") }
            </button>
            <dialog
                key="report"
                class="help report"
                ref={node}
                aria-labelledby={TITLE}
                onclose={set(false).reform(|_: Event| ())}
            >
                <div class="top" key="top">
                    <h2 id={TITLE} key="title" tabindex="-1">{ words.say("wal.report.title") }</h2>
                    <button
                        key="close"
                        type="button"
                        class="button"
                        onclick={set(false).reform(|_: MouseEvent| ())}
                    >{ words.say("help.close") }</button>
                </div>
                if *is_open {
                    <Parts key="parts" summary={Rc::clone(&props.summary)} />
                }
            </dialog>
        </>
    }
}

/// The parts of the report, each under a heading of its own.
#[component]
fn Parts(props: &WalReportViewProps) -> Html {
    let words = use_words();
    let report = &props.summary.report;
    let transactions = html! {
        <>
            { sentences(wal_report::transactions(&words, &report.transactions)) }
            <div key="charts" class="charts">
                { charts(&[
                    wal_report::commits(&words, report),
                    wal_report::sizes(&words, report),
                ]) }
            </div>
        </>
    };
    let images = html! {
        <>
            <p key="why" class="note">{ words.say("wal.section.images-why") }</p>
            <div key="charts" class="charts">
                { charts(&[
                    wal_report::after_checkpoints(&words, report),
                    wal_report::over_log(&words, report),
                ]) }
            </div>
        </>
    };
    let over_time = html! {
        <>
            <p key="why" class="note">{ words.say("wal.section.time-why") }</p>
            { charts(&[wal_report::over_time(&words, report)]) }
        </>
    };
    let checkpoints = html! {
        <>
            <p key="distances">{ wal_report::distances(&words, report) }</p>
            { wal_report::checkpoints(&words, report).map(|told| {
                folded("checkpoints", words.say("wal.checkpoints.show"), table(told))
            }) }
        </>
    };
    let busiest = html! {
        <>
            <p key="why" class="note">{ words.say("wal.section.busiest-why") }</p>
            <div key="relations" class="tables">{ table(wal_report::relations(&words, report)) }</div>
            { folded(
                "blocks",
                words.say("wal.busiest.show-blocks"),
                table(wal_report::blocks(&words, report)),
            ) }
        </>
    };
    let has_images = report.total.image_bytes > 0;
    let parts = [
        (
            "wal.section.what",
            true,
            html! {
                <WalFindings summary={Rc::clone(&props.summary)} />
            },
        ),
        ("wal.section.time", report.over_time.is_some(), over_time),
        ("wal.section.images", has_images, images),
        (
            "wal.section.transactions",
            report.transactions.commits > 0,
            transactions,
        ),
        ("wal.section.checkpoints", true, checkpoints),
        (
            "wal.section.redo",
            true,
            sentences(wal_report::redo(&words, report)),
        ),
        (
            "wal.section.volume",
            true,
            sentences(wal_report::volume(&words, report)),
        ),
        ("wal.section.busiest", report.relations.counted > 0, busiest),
    ];
    let parts = parts.into_iter().filter(|(_, told, _)| *told);
    parts
        .map(|(title, _, content)| {
            html! {
                <section key={title} class="part" aria-label={words.say(title).to_owned()}>
                    <h3 key="title">{ words.say(title) }</h3>
                    <div key="content" class="content">{ content }</div>
                </section>
            }
        })
        .chain([html! { <p key="private" class="note">{ words.say("wal.private") }</p> }])
        .collect()
}

/// Those of the charts for which the log tells something.
fn charts(charts: &[Option<Chart>]) -> Html {
    let view = |(n, chart): (usize, &Chart)| {
        html! { <ChartView key={n} chart={chart.clone()} height={CHART_HEIGHT} /> }
    };
    charts.iter().flatten().enumerate().map(view).collect()
}

fn sentences(sentences: Vec<String>) -> Html {
    let paragraph = |(n, text): (usize, String)| html! { <p key={n}>{ text }</p> };
    sentences.into_iter().enumerate().map(paragraph).collect()
}

/// What opens where somebody wants to see it.
fn folded(key: &'static str, name: &str, content: Html) -> Html {
    html! {
        <details {key} class="tables">
            <summary>{ name }</summary>
            { content }
        </details>
    }
}

#[component]
fn Facts(props: &WalReportViewProps) -> Html {
    let words = use_words();
    let summary = &props.summary;
    let report = &summary.report;
    html! {
        <dl class="facts">
            { for facts(&words, report, summary.damage.is_some()).into_iter().map(|(key, text)| html! {
                <div {key}><dt>{ words.say(key) }</dt><dd>{ text }</dd></div>
            }) }
        </dl>
    }
}

fn facts(words: &SharedWords, report: &WalReport, damaged: bool) -> Vec<(&'static str, String)> {
    let bytes = report.total.bytes();
    let times = report.over_time.as_ref();
    let span_us = times.map_or(0, |times| times.last_us.abs_diff(times.first_us));
    let span = numbers::span(span_us.saturating_mul(1_000));
    let mut facts = vec![
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
                    ("span", (&span).into()),
                ],
            ),
        ),
        (
            "wal.fact.rows",
            words.fill(
                "wal.fact.rows-text",
                &[
                    ("inserted", report.rows.inserted.into()),
                    ("updated", report.rows.updated.into()),
                    ("deleted", report.rows.deleted.into()),
                ],
            ),
        ),
        (
            "wal.fact.images",
            words.fill(
                "wal.fact.images-text",
                &[
                    (
                        "share",
                        (&numbers::percent(report.total.image_bytes, bytes)).into(),
                    ),
                    ("bytes", (&numbers::bytes(report.total.image_bytes)).into()),
                ],
            ),
        ),
    ];
    if let Some(times) = times {
        let [from, to] = [times.first_us, times.last_us].map(date);
        let args = [("from", (&from).into()), ("to", (&to).into())];
        facts.push(("wal.fact.time", words.fill("wal.fact.time-text", &args)));
    }
    let key = if damaged {
        "wal.fact.range-text.damaged"
    } else {
        "wal.fact.range-text"
    };
    let end = capital(&report.end);
    let args = [
        ("from", (&report.first_lsn).into()),
        ("to", (&report.end_lsn).into()),
        ("end", (&end).into()),
    ];
    facts.push(("wal.fact.range", words.fill(key, &args)));
    facts
}

/// The first letter as a sentence has it.
pub(super) fn capital(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// Records by resource manager. A manager's name opens its operations.
#[component]
fn Managers(props: &WalReportViewProps) -> Html {
    let words = use_words();
    let opened = use_state_eq(|| None::<String>);
    let report = &props.summary.report;
    let all = report.total.bytes();
    let mut managers: Vec<&WalManager> = report.managers.iter().collect();
    plot::sort_few(&mut managers, |manager| Reverse(manager.tally.bytes()));
    let most = managers.first().map_or(1, |manager| manager.tally.bytes());
    let manager = |manager: &WalManager| {
        let is_open = opened.as_ref() == Some(&manager.name);
        let onclick = {
            let (opened, name) = (opened.setter(), manager.name.clone());
            Callback::from(move |_: MouseEvent| {
                opened.set((!is_open).then(|| name.clone()));
            })
        };
        let head = html! {
            <button type="button" class="opens" aria-expanded={is_open.to_string()} {onclick}>
                { manager.name.clone() }
            </button>
        };
        let mut operations: Vec<_> = manager.operations.iter().collect();
        plot::sort_few(&mut operations, |operation| {
            Reverse(operation.tally.bytes())
        });
        let operations = operations.into_iter().filter(|_| is_open).map(|operation| {
            let key = format!("{}/{}", manager.name, operation.name);
            let name = html! { { operation.name.clone() } };
            row(key, "operation", name, operation.tally, (most, all))
        });
        html! {
            <>
                { row(manager.name.clone(), "manager", head, manager.tally, (most, all)) }
                { for operations }
            </>
        }
    };
    html! {
        <table class="managers">
            <caption>{ words.say("wal.table") }</caption>
            <thead>
                <tr>
                    <th scope="col">{ words.say("wal.table.manager") }</th>
                    <th scope="col">{ words.say("wal.fact.records") }</th>
                    <th scope="col">{ words.say("wal.table.bytes") }</th>
                    <th scope="col"><span class="unseen">{ words.say("wal.table.share") }</span></th>
                </tr>
            </thead>
            <tbody>{ for managers.into_iter().map(manager) }</tbody>
        </table>
    }
}

/// A row with its bytes as a part of the most that a manager has, and in words as a share of all.
fn row(
    key: String,
    class: &'static str,
    name: Html,
    tally: WalTally,
    (most, all): (u64, u64),
) -> Html {
    const WIDTH: f64 = 60.0;
    let width = |bytes: u64| plot::short(plot::float(bytes) * WIDTH / plot::float(most.max(1)));
    html! {
        <tr {key} {class}>
            <th scope="row">{ name }</th>
            <td>{ numbers::grouped(tally.records) }</td>
            <td>{ numbers::bytes(tally.bytes()) }</td>
            <td class="bar">
                <svg viewBox="0 0 60 8" width="60" height="8" aria-hidden="true">
                    <rect key="all" width={width(tally.bytes())} height="8" fill="var(--quiet)" />
                    <rect key="images" width={width(tally.image_bytes)} height="8" fill="var(--zone-b)" />
                </svg>
                <span class="unseen">{ numbers::percent(tally.bytes(), all) }</span>
            </td>
        </tr>
    }
}
