//! Where the parts of a chart are.

use plot::Scale;

use super::{Axis, Chart, Kind, Line, Look};
use crate::numbers;
use crate::shape::{Area, Face, Text};
use crate::wrap::{broken, elided};

/// The room for a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Its width, from 240.
    pub width: f64,
    /// Its height; the picture is higher if all that it says needs more.
    pub height: f64,
    /// Whether its letters are those of a slide.
    pub slide: bool,
}

/// Where the parts of a chart are.
#[derive(Debug)]
pub(super) struct Layout {
    /// Size of letters.
    pub(super) size: f64,
    /// From one line of text to the next.
    pub(super) row: f64,
    pub(super) title: Vec<Text>,
    pub(super) key: Vec<Entry>,
    /// The name of the vertical axis; that of the horizontal one.
    pub(super) axes: [Text; 2],
    /// Where values are drawn.
    pub(super) frame: Area,
    pub(super) x: Scale,
    pub(super) y: Scale,
    pub(super) x_ticks: Vec<f64>,
    pub(super) y_ticks: Vec<f64>,
    /// Whether lines have their names at their ends: there is room, and none ends early. Otherwise the
    /// key has them.
    pub(super) names_at_ends: bool,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// What the key says of a line, of points or of spans.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) sign: Sign,
    /// Where its sign begins, half as high as its first line of text.
    pub(super) at: (f64, f64),
    pub(super) lines: Vec<Text>,
}

/// What a part of the chart looks like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sign {
    Line(Look),
    Points(Look),
    Spans,
}

/// Room for a sign in the key.
pub(super) const SIGN: f64 = 24.0;

/// From a tick's number, or a name at the end of a line, to the frame.
pub(super) const GAP: f64 = 8.0;

/// Some letters are wider than they are taken for.
const MARGIN: f64 = 1.04;

/// No frame is lower.
const FRAME_MIN: f64 = 110.0;

/// The most of the picture's width that names at the ends of lines may take.
const ENDS_SHARE: f64 = 0.27;

impl Layout {
    pub(super) fn new(chart: &Chart, room: Room) -> Self {
        let size = if room.slide { 13.0 } else { 11.5 };
        let row = (size * 1.5_f64).round();
        let width = room.width.max(240.0);
        let text = |x, y, text: &str| Text::new(x, y, size, text);

        let spans = chart.spans.spans.iter();
        let span_ends = spans.flat_map(|span| [span.from, span.to]);
        let xs = chart.places().map(|(x, _)| x);
        let x_domain = chart.x.domain(xs.chain(span_ends));
        let names = chart.drawn_lines().map(|line| line.name.as_str());
        let widths = names.map(|name| Text::width_of(name, size, Face::Sans));
        let widths: Vec<f64> = widths.collect();
        let widest = widths.iter().copied().fold(0.0, f64::max) * MARGIN;
        let names_at_ends = widest <= ENDS_SHARE * width
            && row * plot::float(widths.len() as u64) <= FRAME_MIN - row
            && chart.lines_end_at(x_domain);

        let mut top = 0.0;
        let bold = 1.14;
        let mut title = Vec::new();
        for line in broken(&chart.title, width / bold, size + 1.5) {
            title.push(Text::new(0.0, top + size + 1.5, size + 1.5, line).bold());
            top += row + 2.0;
        }
        let (key, top) = key(chart, names_at_ends, width, top, &text, row);
        let y_name = text(0.0, top + size, &elided(&chart.y.title(), width, size));
        let x_name = elided(&chart.x.title(), width, size);
        let lane = if chart.has_named_spans() { row } else { 0.0 };
        let top = top + row + lane + 8.0;

        let foot = size + 4.0 + row + 4.0;
        let needed = FRAME_MIN.max(row * plot::float(chart.lines.len() as u64 + 2) + 20.0);
        let frame_height = (room.height - top - foot).max(needed);
        let ys = chart.places().map(|(_, y)| y).chain(chart.spreads());
        let y_count = u32::try_from(plot::whole(frame_height / 38.0)).unwrap_or(8);
        let (y_domain, y_ticks) = rounded(&chart.y, ys, y_count.clamp(2, 8));
        let numbers = y_ticks.iter().map(|tick| tick_text(*tick));
        let widest_number = numbers
            .map(|number| Text::width_of(&number, size, Face::Sans))
            .fold(0.0, f64::max);

        let right = if names_at_ends && widest > 0.0 {
            GAP + widest + 2.0
        } else {
            2.0 * size
        };
        let left = widest_number * MARGIN + GAP;
        let frame = Area::new(left, top, (width - left - right).max(60.0), frame_height);
        let x_count = u32::try_from(plot::whole(frame.width / 64.0)).unwrap_or(10);
        let bottom = frame.bottom() + foot - 6.0;
        Self {
            size,
            row,
            title,
            key,
            axes: [y_name, text(width - 2.0, bottom, &x_name).end()],
            x: chart.x.scale(x_domain, (frame.x, frame.right())),
            y: chart.y.scale(y_domain, (frame.bottom(), frame.y)),
            x_ticks: chart.x.ticks(x_domain, x_count.clamp(2, 10)),
            y_ticks,
            names_at_ends,
            width,
            height: frame.bottom() + foot,
            frame,
        }
    }

    /// Where a value is drawn.
    pub(super) fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x.at_clamped(x), self.y.at_clamped(y))
    }
}

/// From where to where an axis goes, so that it begins and ends at a tick, and its ticks.
fn rounded(axis: &Axis, values: impl Iterator<Item = f64>, count: u32) -> ((f64, f64), Vec<f64>) {
    let (low, high) = axis.domain(values);
    let domain = match axis.kind {
        Kind::Log => (1.0 / plot::round_up(1.0 / low), plot::round_up(high)),
        Kind::Linear => match axis.ticks((low, high), count).as_slice() {
            [first, second, ..] => {
                let step = second - first;
                (
                    (low / step + 1e-9).floor() * step,
                    (high / step - 1e-9).ceil() * step,
                )
            }
            _ => (low, high),
        },
    };
    (domain, axis.ticks(domain, count.saturating_add(2)))
}

/// A tick's number, in full.
pub(super) fn tick_text(tick: f64) -> String {
    let text = numbers::decimal(tick, 6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The key: what has no name elsewhere, side by side as far as there is room. Gives where it ends.
fn key(
    chart: &Chart,
    names_at_ends: bool,
    width: f64,
    top: f64,
    text: &impl Fn(f64, f64, &str) -> Text,
    row: f64,
) -> (Vec<Entry>, f64) {
    let lines = chart.drawn_lines().filter(|_| !names_at_ends);
    let lines = lines.map(|line| (Sign::Line(line.look), line.name.clone()));
    let sets = chart.points.iter().filter(|set| !set.points.is_empty());
    let sets = sets.map(|set| (Sign::Points(set.look), set.title()));
    let spans = Some(&chart.spans).filter(|spans| !spans.spans.is_empty());
    let spans = spans.map(|spans| (Sign::Spans, spans.name.clone()));
    let (mut x, mut y) = (0.0, top);
    let mut entries = Vec::new();
    for (sign, name) in lines.chain(sets).chain(spans) {
        let size = text(0.0, 0.0, "").size;
        let all = SIGN + Text::width_of(&name, size, Face::Sans);
        if x > 0.0 && x + all > width {
            (x, y) = (0.0, y + row);
        }
        let lines = broken(&name, width - SIGN, size);
        let at = (x, y + row / 2.0);
        let place =
            |(n, line): (u64, String)| text(x + SIGN, y + plot::float(n) * row + size, &line);
        let lines: Vec<_> = (0..).zip(lines).map(place).collect();
        if lines.len() > 1 {
            (x, y) = (0.0, y + plot::float(lines.len() as u64) * row);
        } else {
            x += all + 16.0;
        }
        entries.push(Entry { sign, at, lines });
    }
    (entries, if x > 0.0 { y + row } else { y })
}

impl Chart {
    /// The lines of which something is drawn.
    pub(super) fn drawn_lines(&self) -> impl Iterator<Item = &Line> {
        let is_drawn = move |line: &&Line| line.places.iter().any(|place| self.shows(*place));
        self.lines.iter().filter(is_drawn)
    }

    /// Whether all lines end where the horizontal axis does.
    fn lines_end_at(&self, x_domain: (f64, f64)) -> bool {
        let across = self.x.scale(x_domain, (0.0, 1.0));
        self.drawn_lines().all(|line| {
            let mut places = line.places.iter().rev();
            let last = places.find(|place| self.shows(**place));
            last.is_some_and(|last| across.at(last.0) > 0.95)
        })
    }

    fn has_named_spans(&self) -> bool {
        self.spans.spans.iter().any(|span| !span.name.is_empty())
    }
}
