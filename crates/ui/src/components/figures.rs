//! The counters.

use protocol::WorkloadSetup;
use scene::numbers;
use yew::prelude::*;

use crate::hooks::engine::use_lab;
use crate::hooks::frames::use_paced_frame;
use crate::hooks::words::use_words;

/// The counters. What counts trouble is shown when there was some; its place is kept.
#[component]
pub(crate) fn Figures() -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_paced_frame();
    let (counters, latency) = frame
        .map(|frame| (frame.counters, frame.latency))
        .unwrap_or_default();
    let span = |ns| {
        if latency.count == 0 {
            ("–".to_owned(), "")
        } else {
            numbers::span_parts(ns)
        }
    };
    let large = [
        (
            "figure.commits",
            "figure.commits.what",
            (numbers::grouped(counters.commits_acked), ""),
        ),
        ("figure.p50", "figure.p50.what", span(latency.p50_ns)),
        ("figure.p99", "figure.p99.what", span(latency.p99_ns)),
    ];
    let small = [
        (
            "figure.records",
            "figure.records.what",
            numbers::grouped(counters.records),
            true,
        ),
        (
            "figure.record-bytes",
            "figure.record-bytes.what",
            numbers::bytes(counters.record_bytes),
            true,
        ),
        (
            "figure.sent",
            "figure.sent.what",
            numbers::bytes(counters.bytes_to_storage),
            true,
        ),
        (
            "figure.ios",
            "figure.ios.what",
            numbers::grouped(counters.ios_to_storage),
            true,
        ),
        (
            "figure.lost",
            "figure.lost.what",
            numbers::grouped(counters.lost),
            counters.lost > 0,
        ),
        (
            "figure.filled",
            "figure.filled.what",
            numbers::grouped(counters.gossip_filled),
            counters.gossip_filled > 0,
        ),
    ];
    let of_storage = (lab.setup.as_ref()).is_none_or(|setup| setup.engine.has_quorum());
    let of_a_log = lab
        .setup
        .as_ref()
        .is_some_and(|setup| matches!(setup.workload, WorkloadSetup::Wal { .. }));
    html! {
        <section class="figures" aria-label={words.say("figure.title").to_owned()}>
            <dl class="large" key="large">
                { for large.into_iter().map(|(key, what, (value, unit))| html! {
                    <div {key} title={words.say(what).to_owned()}>
                        <dt>{ words.say(key) }</dt>
                        <dd>{ value }<small>{ unit }</small></dd>
                    </div>
                }) }
            </dl>
            if of_storage {
                <dl class="small" key="small">
                    { for small.into_iter().map(|(key, what, value, shown)| html! {
                        <div
                            {key}
                            title={words.say(what).to_owned()}
                            class={classes!((!shown).then_some("not-yet"))}
                        >
                            <dt>{ words.say(key) }</dt><dd>{ value }</dd>
                        </div>
                    }) }
                </dl>
            }
            if of_a_log {
                <p
                    class={classes!("note", (counters.estimated_bytes == 0).then_some("not-yet"))}
                    key="estimated"
                >
                    { words.fill("figure.estimated", &[
                        ("share", (&numbers::percent(
                            counters.estimated_bytes, counters.record_bytes,
                        )).into()),
                    ]) }
                </p>
            }
        </section>
    }
}
