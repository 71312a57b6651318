//! Commit latency as a histogram.

use plot::{Bars, Scale, float, ticks};
use protocol::Frame;

use crate::numbers;
use crate::shape::{Area, Dash, Drawing, Paint, Shape, Style, Text};
use crate::words::Words;

const SIDE: f64 = 6.0;
const TOP: f64 = 46.0;
const AXIS: f64 = 22.0;

/// Draws how long commits took, in `width` by `height`.
pub fn histogram(words: &Words, frame: &Frame, width: f64, height: f64) -> Drawing {
    let latency = &frame.latency;
    let bars = Bars::new(&frame.columns.latency, float(latency.bin_ns) / 1e6, 30);
    let label = if latency.count == 0 {
        words.say("histogram.empty").to_owned()
    } else {
        words.fill(
            "histogram.label",
            &[
                ("count", latency.count.into()),
                ("p50", (&numbers::span(latency.p50_ns)).into()),
                ("p95", (&numbers::span(latency.p95_ns)).into()),
                ("p99", (&numbers::span(latency.p99_ns)).into()),
            ],
        )
    };
    let plot = Area::new(SIDE, TOP, width - 2.0 * SIDE, height - TOP - AXIS);
    let end = bars.end().max(float(latency.bin_ns) / 1e6 * 10.0);
    let x = Scale::linear((0.0, end), (plot.x, plot.right()));
    let y = Scale::linear(
        (0.0, float(bars.highest()).max(1.0)),
        (plot.bottom(), plot.y),
    );
    let mut shapes = vec![
        Shape::path(
            bars.path(&x, &y, 1.5),
            Style::fill(Paint::Quiet).faint(0.55),
        ),
        Shape::line(
            (0.0, plot.bottom() + 0.5),
            (width, plot.bottom() + 0.5),
            Style::stroke(Paint::StrongRule, 1.0),
        ),
    ];
    if latency.count == 0 {
        shapes.push(
            Text::new(width / 2.0, plot.bottom() - 12.0, 12.0, label.clone())
                .middle()
                .paint(Paint::Quiet)
                .into(),
        );
    } else {
        shapes.push(axis(words, &x, end, &plot, bars.overflow));
        let marks = [
            ("histogram.p50", latency.p50_ns, Dash::Solid),
            ("histogram.p95", latency.p95_ns, Dash::Dashed),
            ("histogram.p99", latency.p99_ns, Dash::Dotted),
        ];
        for (lane, (key, ns, dash)) in (0_u32..).zip(marks) {
            let place = x.at_clamped(float(ns) / 1e6);
            let base = 11.0 + f64::from(lane) * 15.0;
            let text = words.fill(key, &[("ms", (&numbers::millis(ns)).into())]);
            let mut text = Text::new(place + 5.0, base, 11.0, text)
                .paint(Paint::Accent)
                .halo(Paint::Ground);
            if place + 5.0 + text.width() > width {
                text.x = place - 5.0;
                text = text.end();
            }
            shapes.push(Shape::line(
                (place, base - 8.0),
                (place, plot.bottom()),
                Style::stroke(Paint::Accent, 1.4).dashed(dash),
            ));
            shapes.push(text.into());
        }
    }
    Drawing {
        width,
        height,
        label,
        shapes,
        spots: Vec::new(),
    }
}

fn axis(words: &Words, x: &Scale, end: f64, plot: &Area, overflow: bool) -> Shape {
    let unit = words.say("histogram.unit");
    let room = plot.right() - Text::width_of(unit, 11.0, crate::Face::Sans) - 8.0;
    let mut shapes: Vec<Shape> = ticks(0.0, end, 6)
        .into_iter()
        .filter(|tick| x.at(*tick) < room)
        .map(|tick| {
            let ns = plot::whole(tick * 1e6);
            let text = Text::new(x.at(tick), plot.bottom() + 16.0, 11.0, numbers::millis(ns))
                .paint(Paint::Quiet);
            if tick > 0.0 { text.middle() } else { text }.into()
        })
        .collect();
    let unit = if overflow {
        words.say("histogram.unit.more")
    } else {
        unit
    };
    shapes.push(
        Text::new(plot.right(), plot.bottom() + 16.0, 11.0, unit)
            .end()
            .paint(Paint::Quiet)
            .into(),
    );
    Shape::group("axis", shapes)
}
