//! The ruler below the cards: points of the log, each kind in a lane of its own.
//!
//! ```text
//!       1,036   1,037 | 1,038   1,039 | 1,040   1,041
//!            durable up to here (VDL) |
//!                     |      VCL PGCL |
//!   zone b stops here |
//! ```
//!
//! No line runs through a name: a line ends above a name that lies in its way and goes on below it.

use super::{LEFT, Tape, cut};
use crate::shape::{Paint, Shape, Style, Text};

/// Something that stands at a place of the ruler.
pub(super) struct Point {
    pub(super) lsn: u64,
    /// What is written where there is room for it.
    pub(super) long: Option<String>,
    pub(super) name: String,
    pub(super) paint: Paint,
}

/// The ruler as it grows, lane by lane from above.
pub(super) struct Ruler<'a> {
    tape: &'a Tape<'a>,
    /// Of the whole picture.
    width: f64,
    lines: Vec<Shape>,
    texts: Vec<Text>,
}

impl<'a> Ruler<'a> {
    /// An empty one, for a picture of this width.
    pub(super) const fn new(tape: &'a Tape<'a>, width: f64) -> Self {
        Self {
            tape,
            width,
            lines: Vec::new(),
            texts: Vec::new(),
        }
    }

    /// What it is drawn as. Where lines meet, that of the uppermost lane lies over the others.
    pub(super) fn shapes(self) -> Vec<Shape> {
        let lines = self.lines.into_iter().rev();
        lines
            .chain(self.texts.into_iter().map(Shape::Text))
            .collect()
    }

    /// Puts points on one lane. What is at the same place is named together.
    pub(super) fn lane(&mut self, lane: u32, mut points: Vec<Point>) {
        let tape = self.tape;
        let cards = &tape.frame.tape.cards;
        let y = tape.shape.lane_base(tape.setup, lane);
        let place_of = |point: &Point| cards.partition_point(|card| card.lsn <= point.lsn) as u64;
        plot::sort_few(&mut points, place_of);
        let chunks: Vec<&[Point]> = points
            .chunk_by(|one, other| place_of(one) == place_of(other))
            .collect();
        let mut free = 0.0;
        for (n, points) in chunks.iter().enumerate() {
            let place = place_of(&points[0]);
            if place == 0 {
                free = self.before_all(points, y);
                continue;
            }
            let x = tape.sizes.before(place);
            let next = chunks.get(n + 1).map(|next| place_of(&next[0]));
            let until = next.map_or(self.width, |next| tape.sizes.before(next) - 4.0);
            self.line(x, y, paint_of(points));
            free = self.name(points, (x, y), (free, until));
        }
    }

    fn text(&self, x: f64, y: f64, text: String, paint: Paint) -> Text {
        Text::new(x, y, self.tape.sizes.text, text)
            .bold()
            .paint(paint)
            .halo(Paint::Raised)
    }

    /// What is before the first card, from the left: what is down says at which LSN. Gives the end
    /// of it.
    fn before_all(&mut self, points: &[Point], y: f64) -> f64 {
        let words = self.tape.words;
        let mut x = LEFT;
        for (key, stopped) in [("tape.before", false), ("tape.stopped-before", true)] {
            let these: Vec<&Point> = points
                .iter()
                .filter(|point| (point.paint == Paint::Bad) == stopped)
                .collect();
            let Some(first) = these.first() else {
                continue;
            };
            let names: Vec<&str> = these.iter().map(|point| point.name.as_str()).collect();
            let of_one = these.iter().all(|point| point.paint == first.paint);
            let paint = if of_one { first.paint } else { Paint::Quiet };
            let names = names.join(" ");
            let lsns = these.iter().map(|point| point.lsn);
            let lowest = lsns.clone().min().unwrap_or(first.lsn);
            let highest = lsns.max().unwrap_or(first.lsn);
            let key = if stopped && lowest < highest {
                "tape.stopped-before.apart"
            } else {
                key
            };
            let args = [
                ("names", (&names).into()),
                ("lsn", lowest.into()),
                ("last", highest.into()),
            ];
            let text = self.text(x, y, words.fill(key, &args), paint);
            x = text.area().right() + 10.0;
            self.texts.push(text);
        }
        x
    }

    /// A line from the cards down to its lane. It stops where it would run through a text of a lane
    /// above, and goes on below it.
    fn line(&mut self, x: f64, y: f64, paint: Paint) {
        let tape = self.tape;
        let (mut from, width) = if matches!(paint, Paint::Good | Paint::Bad) {
            (tape.sizes.top - 4.0, 1.8)
        } else {
            (tape.shape.card_bottom(tape.setup) + 2.0, 1.3)
        };
        let mut hidden: Vec<(f64, f64)> = self
            .texts
            .iter()
            .map(Text::area)
            .filter(|area| area.x - 2.0 <= x && x <= area.right() + 2.0)
            .map(|area| (area.y - 1.0, area.bottom() + 1.0))
            .collect();
        plot::sort_few(&mut hidden, |(above, _)| *above);
        let end = y + 2.0;
        for (above, below) in hidden.into_iter().chain([(end, end)]) {
            if above > from {
                let line = Shape::line((x, from), (x, above), Style::stroke(paint, width));
                self.lines.push(line);
            }
            from = below;
        }
    }

    /// Names the points of one place left of their line, or right of it where the left is taken.
    /// Gives where the room for the next begins.
    fn name(&mut self, points: &[Point], (x, y): (f64, f64), (from, until): (f64, f64)) -> f64 {
        let words = self.tape.words;
        let names: Vec<&str> = points.iter().map(|point| point.name.as_str()).collect();
        let names = names.join(" ");
        let long = if let [point] = points {
            point.long.clone()
        } else {
            // What goes on, then the copies that are down.
            let said = |key, stopped: bool| {
                let these = points.iter();
                let these = these.filter(|point| (point.paint == Paint::Bad) == stopped);
                let these: Vec<&Point> = these.collect();
                let names: Vec<&str> = these.iter().map(|point| point.name.as_str()).collect();
                let names = names.join(" ");
                let are_copies = these.iter().all(|point| point.long.is_some());
                let said = if are_copies {
                    words.fill(key, &[("names", (&names).into())])
                } else {
                    names.clone()
                };
                (!names.is_empty()).then_some(said)
            };
            let both = [said("tape.copies", false), said("tape.stops", true)];
            Some(both.into_iter().flatten().collect::<Vec<_>>().join(", "))
        };
        let paint = paint_of(points);
        for wording in long.into_iter().chain([names.clone()]) {
            let left = self.text(x - 5.0, y, wording.clone(), paint).end();
            if left.area().x >= from + 6.0 {
                self.texts.push(left);
                return x + 4.0;
            }
            let right = self.text(x + 5.0, y, wording, paint);
            let end = right.area().right();
            if end <= until - 4.0 {
                self.texts.push(right);
                return end;
            }
        }
        let room = (x - 5.0 - from - 6.0).max(0.0) / 1.14;
        let short = cut(&names, self.tape.sizes.text, room);
        if !short.is_empty() {
            let text = self.text(x - 5.0, y, short, paint).end();
            self.texts.push(text);
        }
        x + 4.0
    }
}

/// The paint of points at one place: their own, if it is the same.
fn paint_of(points: &[Point]) -> Paint {
    let first = points[0].paint;
    if points.iter().all(|point| point.paint == first) {
        first
    } else {
        Paint::Quiet
    }
}
