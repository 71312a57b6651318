//! Commit latency: the histogram, and the same as a table for whoever does not see it.

use plot::Bars;
use protocol::Frame;
use scene::numbers;
use yew::prelude::*;

use crate::draw::Picture;
use crate::hooks::frames::use_paced_frame;
use crate::hooks::size::use_size;
use crate::hooks::words::{SharedWords, use_words};

const HEIGHT: f64 = 126.0;
/// Rows of the table at most.
const ROWS: usize = 12;

/// Commit latency.
#[component]
pub(crate) fn Latency() -> Html {
    let words = use_words();
    let frame = use_paced_frame();
    let node = use_node_ref();
    let width = use_size(node.clone()).map(|(width, _)| width);
    html! {
        <section class="latency">
            <h2 key="title">{ words.say("latency.title") }</h2>
            <div class="chart" key="chart" ref={node}>
                if let (Some(frame), Some(width)) = (&frame, width) {
                    <Picture
                        key="drawing"
                        drawing={scene::histogram(&words, frame, width.max(160.0), HEIGHT)}
                    />
                }
            </div>
            <div class="unseen" key="table">
                if let Some(frame) = &frame {
                    { table(&words, frame) }
                }
            </div>
        </section>
    }
}

fn table(words: &SharedWords, frame: &Frame) -> Html {
    let bars = Bars::new(
        &frame.columns.latency,
        plot::float(frame.latency.bin_ns),
        ROWS,
    );
    let rows = bars.counts.iter().zip(0_u64..).map(|(count, n)| {
        let edge = |n: u64| numbers::millis(plot::whole(bars.width * plot::float(n)));
        let (from, to) = (edge(n), edge(n + 1));
        let range = words.fill(
            "latency.range",
            &[("from", (&from).into()), ("to", (&to).into())],
        );
        html! { <tr key={n}><th scope="row">{ range }</th><td>{ numbers::grouped(*count) }</td></tr> }
    });
    html! {
        <table>
            <caption>{ words.say("latency.title") }</caption>
            <thead>
                <tr>
                    <th scope="col">{ words.say("latency.took") }</th>
                    <th scope="col">{ words.say("figure.commits") }</th>
                </tr>
            </thead>
            <tbody>{ for rows }</tbody>
        </table>
    }
}
