//! The counters.

use scene::numbers;
use yew::prelude::*;

use crate::hooks::frames::use_paced_frame;
use crate::hooks::words::use_words;

/// The counters.
#[component]
pub(crate) fn Figures() -> Html {
    let words = use_words();
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
    let count = |count| (numbers::grouped(count), "");
    let large = [
        ("figure.commits", count(counters.commits_acked)),
        ("figure.p50", span(latency.p50_ns)),
        ("figure.p95", span(latency.p95_ns)),
        ("figure.p99", span(latency.p99_ns)),
    ];
    let small = [
        ("figure.records", numbers::grouped(counters.records)),
        ("figure.record-bytes", numbers::bytes(counters.record_bytes)),
        ("figure.sent", numbers::bytes(counters.bytes_to_storage)),
        ("figure.ios", numbers::grouped(counters.ios_to_storage)),
        ("figure.lost", numbers::grouped(counters.lost)),
        ("figure.filled", numbers::grouped(counters.gossip_filled)),
    ];
    html! {
        <section class="figures" aria-label={words.say("figure.title").to_owned()}>
            <dl class="large" key="large">
                { for large.into_iter().map(|(key, (value, unit))| html! {
                    <div {key}>
                        <dt>{ words.say(key) }</dt>
                        <dd>{ value }<small>{ unit }</small></dd>
                    </div>
                }) }
            </dl>
            <dl class="small" key="small">
                { for small.into_iter().map(|(key, value)| html! {
                    <div {key}><dt>{ words.say(key) }</dt><dd>{ value }</dd></div>
                }) }
            </dl>
            <p class="note" key="estimated">
                if counters.estimated_bytes > 0 {
                    { words.fill("figure.estimated", &[
                        ("bytes", (&numbers::bytes(counters.estimated_bytes)).into()),
                        ("share", (&numbers::percent(
                            counters.estimated_bytes, counters.record_bytes,
                        )).into()),
                    ]) }
                }
            </p>
        </section>
    }
}
