//! The run as a line: how far it is known, where it stands, and what was done to the world.

use plot::{Scale, float};
use protocol::{Frame, LabSetup, Mark, Verb};

use crate::shape::{Area, Drawing, Paint, Shape, Style};
use crate::words::Words;

/// How much model time the line stands for: the whole run where its end is known, else a round
/// number beyond what was explored.
pub fn span_ns(setup: &LabSetup, frame: &Frame) -> u64 {
    let explored = frame.timeline.explored_ns.max(frame.now_ns);
    frame
        .timeline
        .end_ns
        .or(setup.stop_ns)
        .unwrap_or_else(|| plot::whole(plot::round_up(float(explored) * 1.05)))
        .max(explored)
        .max(1_000_000)
}

/// Draws the line; `inset` is how far its ends lie from the edges of the picture.
pub fn timeline(words: &Words, setup: &LabSetup, frame: &Frame, width: f64, inset: f64) -> Drawing {
    const HEIGHT: f64 = 32.0;
    let middle = HEIGHT / 2.0;
    let span = span_ns(setup, frame);
    let x = Scale::linear(
        (0.0, float(span)),
        (inset, (width - inset).max(inset + 1.0)),
    );
    let bar = |to: f64, paint| {
        Shape::rect(
            Area::new(inset - 2.0, middle - 2.0, (to - inset + 4.0).max(4.0), 4.0),
            2.0,
            Style::fill(paint),
        )
    };
    let mut shapes = vec![
        bar(width - inset, Paint::Rule),
        bar(
            x.at_clamped(float(frame.timeline.explored_ns)),
            Paint::StrongRule,
        ),
        bar(x.at_clamped(float(frame.now_ns)), Paint::Ink),
    ];
    shapes.extend(
        frame
            .timeline
            .marks
            .iter()
            .enumerate()
            .filter(|(_, mark)| mark.at_ns <= span)
            .map(|(n, mark)| {
                let shapes = drawn(mark, x.at_clamped(float(mark.at_ns)), middle);
                Shape::group(format!("mark-{n}"), shapes)
            }),
    );
    Drawing {
        width,
        height: HEIGHT,
        label: words.fill(
            "timeline.label",
            &[("marks", (frame.timeline.marks.len() as u64).into())],
        ),
        shapes,
        spots: Vec::new(),
    }
}

/// A mark: long and in the colour of harm for what does harm, short and quiet for what ends it; what
/// the user did has a knob.
fn drawn(mark: &Mark, x: f64, middle: f64) -> Vec<Shape> {
    let harms = match mark.verb {
        Verb::AzDown(_) | Verb::NodeDown(_) => true,
        Verb::AzUp(_) | Verb::NodeUp(_) => false,
        Verb::Slow { ms, .. } => ms > 0,
        Verb::Drop { count, .. } => count > 0,
    };
    let (paint, reach) = if harms {
        (Paint::Bad, 10.0)
    } else {
        (Paint::Good, 7.0)
    };
    let mut shapes = vec![Shape::line(
        (x, middle - reach),
        (x, middle + reach),
        Style::stroke(paint, 2.2),
    )];
    if mark.edit {
        shapes.push(Shape::circle(x, middle - reach, 2.8, Style::fill(paint)));
    }
    shapes
}
