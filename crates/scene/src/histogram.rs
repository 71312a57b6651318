//! Commit latency as a histogram.

use plot::{Bars, Scale, float, ticks};
use protocol::Frame;

use crate::numbers;
use crate::shape::{Area, Dash, Drawing, Paint, Shape, Style, Text};
use crate::words::Words;
use crate::wrap::broken;

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
        let lines = broken(&label, width - 2.0 * SIDE, 12.0);
        shapes.extend((0..).zip(lines.into_iter().rev()).map(|(n, line)| {
            let base = plot.bottom() - 12.0 - 16.0 * float(n);
            let text = Text::new(width / 2.0, base, 12.0, line);
            text.middle().paint(Paint::Quiet).into()
        }));
    } else {
        shapes.push(axis(words, &x, end, &plot, bars.overflow));
        shapes.extend(percentiles(words, frame, &x, &plot, width));
    }
    Drawing {
        width,
        height,
        label,
        shapes,
        spots: Vec::new(),
    }
}

/// A percentile: what it says, where it is, and its line.
struct Mark {
    text: String,
    x: f64,
    dash: Dash,
}

/// The percentiles as lines, each with its name at the upper end.
fn percentiles(words: &Words, frame: &Frame, x: &Scale, plot: &Area, width: f64) -> Vec<Shape> {
    let latency = &frame.latency;
    let marks = [
        ("histogram.p50", latency.p50_ns, Dash::Solid),
        ("histogram.p95", latency.p95_ns, Dash::Dashed),
        ("histogram.p99", latency.p99_ns, Dash::Dotted),
    ]
    .map(|(key, ns, dash)| Mark {
        text: words.fill(key, &[("ms", (&numbers::millis(ns)).into())]),
        x: x.at_clamped(float(ns) / 1e6),
        dash,
    });
    let texts = names(&marks, width);
    let lines = marks.iter().zip(&texts).map(|(mark, text)| {
        Shape::line(
            (mark.x, text.y - 8.0),
            (mark.x, plot.bottom()),
            Style::stroke(Paint::Accent, 1.4).dashed(mark.dash),
        )
    });
    let mut shapes: Vec<Shape> = lines.collect();
    shapes.extend(texts.into_iter().map(Shape::Text));
    shapes
}

/// The names of the marks, each in a line of its own and so that no mark runs through another's
/// name: the first such order of lines, names being right of their marks if they can.
fn names(marks: &[Mark; 3], width: f64) -> Vec<Text> {
    const ORDERS: [[u32; 3]; 6] = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    let name = |mark: &Mark, lane: u32, is_left: bool| {
        let base = 11.0 + f64::from(lane) * 15.0;
        let text = Text::new(mark.x + 5.0, base, 11.0, mark.text.as_str())
            .paint(Paint::Accent)
            .halo(Paint::Ground);
        if is_left {
            Text {
                x: mark.x - 5.0,
                ..text.end()
            }
        } else {
            text
        }
    };
    let all = (0..8_usize).flat_map(|left| ORDERS.map(|lanes| (left, lanes)));
    let mut all = all.map(|(left, lanes)| -> Vec<Text> {
        (0..marks.len())
            .map(|n| name(&marks[n], lanes[n], left & (1 << n) != 0))
            .collect()
    });
    let crosses = |mark: &Mark, line: &Text, text: &Text| {
        let area = text.area();
        line.y < text.y && area.x - 2.0 < mark.x && mark.x < area.right() + 2.0
    };
    let found = all.find(|texts| {
        let inside = |text: &Text| text.area().x >= 0.0 && text.area().right() <= width;
        texts.iter().all(inside)
            && marks
                .iter()
                .zip(texts)
                .all(|(mark, line)| !texts.iter().any(|text| crosses(mark, line, text)))
    });
    found.unwrap_or_else(|| {
        let lanes = 0_u32..;
        let names = lanes.zip(marks);
        names
            .map(|(lane, mark)| name(mark, lane, mark.x > width / 2.0))
            .collect()
    })
}

fn axis(words: &Words, x: &Scale, end: f64, plot: &Area, overflow: bool) -> Shape {
    let unit = words.say(if overflow {
        "histogram.unit.more"
    } else {
        "histogram.unit"
    });
    let unit = Text::new(plot.right(), plot.bottom() + 16.0, 11.0, unit)
        .end()
        .paint(Paint::Quiet);
    let room = unit.area().x - 6.0;
    let mut shapes: Vec<Shape> = ticks(0.0, end, 6)
        .into_iter()
        .map(|tick| {
            let ns = plot::whole(tick * 1e6);
            let text = Text::new(x.at(tick), plot.bottom() + 16.0, 11.0, numbers::millis(ns))
                .paint(Paint::Quiet);
            if tick > 0.0 { text.middle() } else { text }
        })
        .filter(|text| text.area().right() <= room)
        .map(Shape::Text)
        .collect();
    shapes.push(unit.into());
    Shape::group("axis", shapes)
}
