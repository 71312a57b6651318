//! An XY chart, and its table twin.
//!
//! A [`Chart`] holds what is shown, in numbers and names that its caller has put into words. From
//! the same numbers come the picture and its twin in text, so that the two cannot differ:
//!
//! ```text
//!           /-> drawing   shapes, for the room that there is
//! Chart ---+--> tables    header and rows of written cells
//!           \-> reading   what the lines say at one x
//! ```
//!
//! ```text
//! title
//! --- a line   o points, their source    what everything is, unless it says so itself
//! y, unit
//!        1     2        3                names of spans
//!    20 |---|-----|----------|----
//!       |   :     :    o     :___ line   a line has its name at its end, if there is room
//!    10 |___:_____:_____/----
//!       |   :     :          :
//!     0 +------------------------
//!       0      10      20      30
//!                         x, unit
//! ```
//!
//! # Invariants
//! * No two lines, and no two sets of points, differ in colour alone: each [`Look`] has its own dash
//!   and its own marker.
//! * Nothing is drawn outside the picture, and no text over another. A name for which there is no room
//!   is left out: the tables and the reading have it.
//! * A number that is none, or that a logarithmic axis has no place for, is not drawn. It breaks its
//!   line.

mod drawing;
mod layout;
mod table;

use plot::Scale;

use crate::numbers;
use crate::shape::{Dash, Paint};

pub use layout::Room;
pub use table::{Reading, Table};

/// What a chart shows. The default shows nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What it is about, in a few words.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Values that follow each other.
    pub lines: Vec<Line>,
    /// Values that stand alone.
    pub points: Vec<Points>,
    /// When something happened, along x.
    pub spans: Spans,
    /// Where a run is now.
    pub moving: Option<Moving>,
}

/// An axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// What it measures.
    pub name: String,
    /// In what; empty: a bare number.
    pub unit: String,
    /// How values are spread over it.
    pub kind: Kind,
    /// What it shows whatever the values are, so that it stands still while they come.
    pub least: Option<(f64, f64)>,
}

/// How values are spread over an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Equal steps take equal room. Zero is always shown.
    #[default]
    Linear,
    /// Equal factors take equal room. What is not above zero has no place.
    Log,
}

/// Values that follow each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// What they are.
    pub name: String,
    /// How the line looks.
    pub look: Look,
    /// Places by rising x. A number that is none breaks the line.
    pub places: Vec<(f64, f64)>,
}

/// Values that stand alone: measured, or said by somebody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// What they are.
    pub name: String,
    /// Where they come from; empty: from the run itself.
    pub source: String,
    /// How they look.
    pub look: Look,
    /// The points.
    pub points: Vec<Point>,
}

/// A value that stands alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point {
    /// Its place along the horizontal axis.
    pub x: f64,
    /// Its place along the vertical axis.
    pub y: f64,
    /// The least and the most of what it is the middle of.
    pub spread: Option<(f64, f64)>,
    /// What is written beside it, if there is room; may be empty.
    pub name: String,
}

/// When something happened, along x.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spans {
    /// What they all are.
    pub name: String,
    /// By rising beginnings.
    pub spans: Vec<Span>,
}

/// When something happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    /// Where it begins.
    pub from: f64,
    /// Where it ends; the same as `from`: a moment.
    pub to: f64,
    /// What is written above it, if there is room.
    pub name: String,
}

/// Where a run is now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moving {
    /// What it is.
    pub name: String,
    /// How it looks.
    pub look: Look,
    /// Its place along the horizontal axis.
    pub x: f64,
    /// Its place along the vertical axis.
    pub y: f64,
}

/// How a line or a set of points looks. No two differ in colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The accent: an unbroken line, circles.
    #[default]
    First,
    /// Ink: a dashed line, squares.
    Second,
    /// Quiet: a dotted line, triangles.
    Third,
    /// Ochre: dashes and dots by turns, diamonds.
    Fourth,
}

impl Axis {
    /// A linear axis.
    pub fn new(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            ..Self::default()
        }
    }

    /// The same, logarithmic.
    #[must_use]
    pub const fn log(mut self) -> Self {
        self.kind = Kind::Log;
        self
    }

    /// The same, showing at least what lies between these.
    #[must_use]
    pub const fn at_least(mut self, low: f64, high: f64) -> Self {
        self.least = Some((low, high));
        self
    }

    /// What it measures, and in what.
    fn title(&self) -> String {
        self.with_unit(&self.name, ", ")
    }

    /// A number of its unit.
    fn said(&self, value: f64) -> String {
        self.with_unit(&numbers::three_digits(value), " ")
    }

    fn with_unit(&self, text: &str, between: &str) -> String {
        if self.unit.is_empty() {
            text.to_owned()
        } else {
            [text, between, &self.unit].concat()
        }
    }

    /// Whether a value has a place on it.
    fn shows(&self, value: f64) -> bool {
        /// What is farther away is a mistake, and no picture shows it.
        const FAR: f64 = 1e15;
        let least = match self.kind {
            Kind::Linear => -FAR,
            Kind::Log => 1.0 / FAR,
        };
        (least..=FAR).contains(&value)
    }

    /// From where to where it goes, so that it shows these values.
    fn domain(&self, values: impl Iterator<Item = f64>) -> (f64, f64) {
        let (least, most) = self.least.unzip();
        let all = values.chain(least).chain(most);
        let shown = all.filter(|value| self.shows(*value));
        let (low, high) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        match self.kind {
            Kind::Linear if low.min(0.0) < high.max(0.0) => (low.min(0.0), high.max(0.0)),
            Kind::Linear => (0.0, 1.0),
            Kind::Log if low < high => (low, high),
            Kind::Log if low.is_finite() => (low / 2.0, low * 2.0),
            Kind::Log => (1.0, 10.0),
        }
    }

    /// About so many round numbers on it.
    fn ticks(&self, domain: (f64, f64), count: u32) -> Vec<f64> {
        match self.kind {
            Kind::Linear => plot::ticks(domain.0, domain.1, count),
            Kind::Log => plot::log_ticks(domain.0, domain.1, count),
        }
    }

    fn scale(&self, domain: (f64, f64), range: (f64, f64)) -> Scale {
        match self.kind {
            Kind::Linear => Scale::linear(domain, range),
            Kind::Log => Scale::log(domain, range),
        }
    }
}

impl Look {
    /// All, in the order in which they should be used.
    pub const ALL: [Self; 4] = [Self::First, Self::Second, Self::Third, Self::Fourth];

    /// Its colour: none that a zone has.
    pub const fn paint(self) -> Paint {
        match self {
            Self::First => Paint::Accent,
            Self::Second => Paint::Ink,
            Self::Third => Paint::Quiet,
            Self::Fourth => Paint::Wait,
        }
    }

    /// How its lines are broken.
    pub const fn dash(self) -> Dash {
        match self {
            Self::First => Dash::Solid,
            Self::Second => Dash::Dashed,
            Self::Third => Dash::Points,
            Self::Fourth => Dash::Mixed,
        }
    }
}

impl Chart {
    /// Every x at which there is a value, by rising x: where a crosshair can stand.
    pub fn xs(&self) -> Vec<f64> {
        let mut xs: Vec<f64> = self.places().map(|(x, _)| x).collect();
        xs.sort_by(f64::total_cmp);
        xs.dedup_by(|next, last| next.total_cmp(last).is_eq());
        xs
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.places().next().is_none()
    }

    /// The place of every value that can be drawn, the ends of spreads left out.
    fn places(&self) -> impl Iterator<Item = (f64, f64)> {
        let lines = self.lines.iter().flat_map(|line| &line.places).copied();
        let points = self.points.iter().flat_map(|set| &set.points);
        let points = points.map(|point| (point.x, point.y));
        let moving = self.moving.iter().map(|moving| (moving.x, moving.y));
        let all = lines.chain(points).chain(moving);
        all.filter(move |place| self.shows(*place))
    }

    /// Whether a place can be drawn.
    fn shows(&self, (x, y): (f64, f64)) -> bool {
        self.x.shows(x) && self.y.shows(y)
    }

    /// Both ends of every spread.
    fn spreads(&self) -> impl Iterator<Item = f64> {
        let points = self.points.iter().flat_map(|set| &set.points);
        let spreads = points.filter_map(|point| point.spread);
        spreads.flat_map(|(least, most)| [least, most])
    }
}
