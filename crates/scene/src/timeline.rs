//! The run as a line: how far it was played, where it stands, and what was done to the world.

use plot::{Scale, float};
use protocol::{Frame, LabSetup, Mark, Verb};

use crate::numbers;
use crate::sentences;
use crate::shape::{Area, Dash, Drawing, Paint, Shape, Style, Text};
use crate::words::Words;

/// How much model time the line stands for: what was played so far and a little room, in round
/// steps, and never more than the whole run.
pub fn span_ns(setup: &LabSetup, frame: &Frame) -> u64 {
    const SPAN_NS_MIN: u64 = 10_000_000;
    const ROOM: f64 = 1.05;
    let explored = frame.timeline.explored_ns.max(frame.now_ns);
    let all = frame.timeline.end_ns.or(setup.stop_ns);
    plot::whole(plot::round_up(float(explored) * ROOM))
        .max(SPAN_NS_MIN)
        .min(all.unwrap_or(u64::MAX))
        .max(explored)
        .max(1)
}

/// Draws the line for `span_ns` of model time; `inset` is how far its ends lie from the edges of the
/// picture.
pub fn timeline(words: &Words, frame: &Frame, span_ns: u64, width: f64, inset: f64) -> Drawing {
    const HEIGHT: f64 = 36.0;
    let middle = HEIGHT / 2.0;
    let x = Scale::linear(
        (0.0, float(span_ns)),
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
    let marks = frame.timeline.marks.iter();
    let placed: Vec<_> = marks
        .filter(|mark| mark.at_ns <= span_ns)
        .map(|mark| (mark, x.at_clamped(float(mark.at_ns))))
        .collect();
    for (n, (mark, at)) in placed.iter().enumerate().rev() {
        shapes.push(Shape::group(format!("mark-{n}"), drawn(mark, *at, middle)));
    }
    let names = names(words, &placed, width).into_iter().map(Shape::Text);
    shapes.push(Shape::group("mark-names", names.collect()));
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

/// What was done to the world and when, by time: the marks in words.
pub fn marks(words: &Words, frame: &Frame) -> Vec<String> {
    let said = |mark: &Mark| {
        words.fill(
            "timeline.mark",
            &[
                ("time", (&numbers::seconds(mark.at_ns)).into()),
                ("what", (&sentences::verb(words, mark.verb)).into()),
            ],
        )
    };
    frame.timeline.marks.iter().map(said).collect()
}

/// What was done, by what the mark looks like at its foot.
#[derive(Clone, Copy)]
enum Deed {
    /// A cross: something goes down.
    Down,
    /// A ring: the world is as it was, or there is something new.
    Back,
    /// A bar: something is slow or loses messages.
    Ail,
}

const fn deed(verb: Verb) -> Deed {
    match verb {
        Verb::AzDown(_)
        | Verb::NodeDown(_)
        | Verb::CrashWriter
        | Verb::DeleteVolume(_)
        | Verb::StandbyDown(_)
        | Verb::DropZone(_) => Deed::Down,
        Verb::AzUp(_)
        | Verb::NodeUp(_)
        | Verb::Slow { ms: 0, .. }
        | Verb::Drop { count: 0, .. }
        | Verb::Recover
        | Verb::Heal
        | Verb::Restore(_)
        | Verb::AddZone(_)
        | Verb::Grow
        | Verb::Clone(_)
        | Verb::RestoreVolume { .. }
        | Verb::StandbyUp(_)
        | Verb::StandbySlow { ms: 0, .. }
        | Verb::Promote(_)
        | Verb::Write { .. } => Deed::Back,
        Verb::Slow { .. }
        | Verb::Drop { .. }
        | Verb::CorruptPage { .. }
        | Verb::Partition
        | Verb::StandbySlow { .. }
        | Verb::Replace(_) => Deed::Ail,
    }
}

/// The thing that a verb is about, by its name and its colour. The writer belongs to no zone.
fn about(verb: Verb) -> (String, Paint) {
    match verb {
        Verb::AzDown(az) | Verb::AzUp(az) | Verb::DropZone(az) | Verb::AddZone(az) => {
            (az.to_string(), Paint::Zone(az))
        }
        Verb::NodeDown(node)
        | Verb::NodeUp(node)
        | Verb::Replace(node)
        | Verb::Restore(node)
        | Verb::Slow { node, .. }
        | Verb::Drop { node, .. }
        | Verb::CorruptPage { node, .. } => (node.to_string(), Paint::Zone(node.az())),
        Verb::CrashWriter | Verb::Recover | Verb::Grow | Verb::Partition | Verb::Heal => {
            ("W".to_owned(), Paint::Ink)
        }
        Verb::Clone(volume)
        | Verb::DeleteVolume(volume)
        | Verb::RestoreVolume { volume, .. }
        | Verb::Write { volume, .. } => (volume.to_string(), Paint::Ink),
        Verb::StandbyDown(standby)
        | Verb::StandbyUp(standby)
        | Verb::StandbySlow { standby, .. }
        | Verb::Promote(standby) => (standby.to_string(), Paint::Ink),
    }
}

/// The names of marks, given by rising time with their places. Marks that are too close for a name
/// each share one.
fn names(words: &Words, placed: &[(&Mark, f64)], width: f64) -> Vec<Text> {
    const APART: f64 = 2.0;
    let right = |text: &Text| text.x + text.width() / 2.0;
    let mut named: Vec<(usize, Text)> = Vec::new();
    for last in 0..placed.len() {
        let mut first = last;
        let mut text = name(words, &placed[first..=last], width);
        while let Some((before, _)) =
            named.pop_if(|(_, before)| right(before) + APART > text.x - text.width() / 2.0)
        {
            first = before;
            text = name(words, &placed[first..=last], width);
        }
        named.push((first, text));
    }
    named.into_iter().map(|(_, text)| text).collect()
}

/// The name of neighbouring marks, above them and inside the picture: what each is about, or how
/// many they are.
fn name(words: &Words, marks: &[(&Mark, f64)], width: f64) -> Text {
    const THINGS_MAX: usize = 3;
    let mut things: Vec<(String, Paint)> = Vec::new();
    for thing in marks.iter().map(|(mark, _)| about(mark.verb)) {
        if !things.contains(&thing) {
            things.push(thing);
        }
    }
    let paint = match things.as_slice() {
        [(_, paint)] => *paint,
        _ => Paint::Ink,
    };
    let name = if things.len() > THINGS_MAX {
        words.fill("timeline.marks", &[("count", (marks.len() as u64).into())])
    } else {
        let names: Vec<_> = things.into_iter().map(|(name, _)| name).collect();
        names.join(", ")
    };
    let ends = marks.first().zip(marks.last());
    let x = ends.map_or(0.0, |((_, from), (_, to))| f64::midpoint(*from, *to));
    let text = Text::new(x, 9.5, Text::SIZE_MIN, name)
        .paint(paint)
        .bold()
        .middle();
    let half = text.width() / 2.0;
    let x = x.clamp(half, (width - half).max(half));
    Text { x, ..text }
}

/// A mark: a tick with a sign at its foot. What the scenario does is a broken line.
fn drawn(mark: &Mark, x: f64, middle: f64) -> Vec<Shape> {
    const SIGN: f64 = 3.2;
    let foot = middle + 12.0;
    let dash = if mark.edit { Dash::Solid } else { Dash::Dotted };
    let tick = |paint| {
        Shape::line(
            (x, middle - 7.0),
            (x, foot - SIGN),
            Style::stroke(paint, 2.0).dashed(dash),
        )
    };
    let stroke = |from: (f64, f64), to: (f64, f64), paint| {
        let at = |(dx, dy): (f64, f64)| (x + dx * SIGN, foot + dy * SIGN);
        Shape::line(at(from), at(to), Style::stroke(paint, 1.8))
    };
    match deed(mark.verb) {
        Deed::Down => vec![
            tick(Paint::Bad),
            stroke((-1.0, -1.0), (1.0, 1.0), Paint::Bad),
            stroke((-1.0, 1.0), (1.0, -1.0), Paint::Bad),
        ],
        Deed::Back => vec![
            tick(Paint::Good),
            Shape::circle(
                x,
                foot,
                SIGN,
                Style::fill(Paint::Ground).outlined(Paint::Good, 1.8),
            ),
        ],
        Deed::Ail => vec![
            tick(Paint::Wait),
            stroke((-1.2, 0.0), (1.2, 0.0), Paint::Wait),
        ],
    }
}
