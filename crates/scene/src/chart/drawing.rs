//! A chart as shapes.

use plot::Path;

use super::layout::{GAP, Layout, Room, SIGN, Sign, tick_text};
use super::{Chart, Line, Look, Point};
use crate::shape::{Area, Drawing, Paint, Shape, Style, Text};
use crate::words::Words;
use crate::wrap::elided;

type Place = (f64, f64);

/// Half the size of a marker.
const MARKER: f64 = 4.0;

const LINE: f64 = 1.8;

impl Chart {
    /// The picture. A crosshair stands at the value that is nearest to `at`, with what the lines say
    /// there.
    pub fn drawing(&self, words: &Words, room: Room, at: Option<f64>) -> Drawing {
        let layout = Layout::new(self, room);
        let pen = Pen {
            chart: self,
            layout: &layout,
        };
        let crosshair = at.and_then(|at| pen.crosshair(at));
        let mut shapes = vec![pen.spans(), pen.axes()];
        shapes.extend((0..).zip(&self.lines).map(|(n, line)| pen.line(n, line)));
        shapes.extend(pen.points());
        let readout = crosshair.map(|(shape, area)| {
            shapes.push(shape);
            area
        });
        shapes.extend(pen.moving());
        shapes.extend(pen.names(readout));
        shapes.extend(pen.ends());
        shapes.push(pen.key());
        if self.is_empty() {
            let middle = (
                layout.frame.middle(),
                layout.frame.y + layout.frame.height / 2.0,
            );
            let text = Text::new(middle.0, middle.1, layout.size, words.say("chart.empty"));
            shapes.push(text.middle().paint(Paint::Quiet).into());
        }
        shapes.extend(layout.title.iter().cloned().map(Shape::Text));
        Drawing {
            width: layout.width,
            height: layout.height,
            label: self.label(words),
            shapes,
            spots: Vec::new(),
        }
    }

    /// The x of the value that is nearest to a place across the picture: where a pointer lets the
    /// crosshair stand. `None`: there is no value.
    pub fn x_at(&self, room: Room, place: f64) -> Option<f64> {
        self.nearest(Layout::new(self, room).x.back(place))
    }

    fn label(&self, words: &Words) -> String {
        let lines = self.drawn_lines().map(|line| line.name.clone());
        let sets = self.points.iter().map(super::Points::title);
        let names: Vec<_> = lines.chain(sets).filter(|name| !name.is_empty()).collect();
        let (x, y, names) = (self.x.title(), self.y.title(), names.join("; "));
        let args = [
            ("title", self.title.as_str().into()),
            ("x", (&x).into()),
            ("y", (&y).into()),
            ("names", (&names).into()),
        ];
        let key = if self.is_empty() {
            "chart.label.empty"
        } else {
            "chart.label"
        };
        words.fill(key, &args)
    }
}

/// What draws a chart that is laid out.
struct Pen<'a> {
    chart: &'a Chart,
    layout: &'a Layout,
}

impl Pen<'_> {
    fn text(&self, (x, y): Place, text: impl Into<String>) -> Text {
        Text::new(x, y, self.layout.size, text)
    }

    /// The spans as bands with a bar along their upper edge, and their names above as far as there
    /// is room.
    fn spans(&self) -> Shape {
        let frame = self.layout.frame;
        let mut shapes = Vec::new();
        let mut names: Vec<Text> = Vec::new();
        for span in &self.chart.spans.spans {
            if !(self.chart.x.shows(span.from) && self.chart.x.shows(span.to)) {
                continue;
            }
            let [left, right] = [span.from, span.to].map(|x| self.layout.x.at_clamped(x));
            let width = (right - left).max(1.0).min(frame.right() - left + 1.0);
            let band = Area::new(left, frame.y, width, frame.height);
            let bar = Area::new(left, frame.y - 3.0, width, 3.0);
            shapes.push(Shape::rect(band, 0.0, Style::fill(Paint::Rule).faint(0.45)));
            shapes.push(Shape::rect(bar, 0.0, Style::fill(Paint::StrongRule)));
            let name = self.text(
                (f64::midpoint(left, right), frame.y - 7.0),
                span.name.as_str(),
            );
            let half = name.width() / 2.0;
            let (least, most) = (frame.x + half, self.layout.width - half);
            let name = Text {
                x: name.x.clamp(least, most.max(least)),
                ..name.middle().paint(Paint::Quiet)
            };
            let is_free = names
                .last()
                .is_none_or(|last| last.area().right() + 4.0 < name.area().x);
            if !span.name.is_empty() && is_free && name.area().right() <= self.layout.width {
                names.push(name);
            }
        }
        shapes.extend(names.into_iter().map(Shape::Text));
        Shape::group("spans", shapes)
    }

    /// Axes with their ticks and names.
    fn axes(&self) -> Shape {
        let Layout {
            frame, size, axes, ..
        } = self.layout;
        let mut shapes = Vec::new();
        for tick in &self.layout.y_ticks {
            let y = self.layout.y.at(*tick);
            let is_zero = tick.abs() < f64::MIN_POSITIVE;
            let paint = if is_zero {
                Paint::StrongRule
            } else {
                Paint::Rule
            };
            let ends = ((frame.x, y), (frame.right(), y));
            shapes.push(Shape::line(ends.0, ends.1, Style::stroke(paint, 1.0)));
            let number = self.text((frame.x - GAP, y + 0.36 * size), tick_text(*tick));
            shapes.push(number.end().paint(Paint::Quiet).into());
        }
        let floor = frame.bottom();
        let base = Style::stroke(Paint::StrongRule, 1.0);
        shapes.push(Shape::line((frame.x, floor), (frame.right(), floor), base));
        let mut free_from = 0.0;
        for tick in &self.layout.x_ticks {
            let x = self.layout.x.at(*tick);
            let number = self.text((x, floor + size + 4.0), tick_text(*tick));
            let number = number.middle().paint(Paint::Quiet);
            let area = number.area();
            shapes.push(Shape::line((x, floor), (x, floor + 4.0), base));
            if area.x >= free_from && area.right() <= self.layout.width {
                free_from = area.right() + 6.0;
                shapes.push(number.into());
            }
        }
        let names = axes.iter().cloned();
        shapes.extend(names.map(|name| name.paint(Paint::Quiet).into()));
        Shape::group("axes", shapes)
    }

    /// A line as a path; a value without neighbours is a marker.
    fn line(&self, n: u64, line: &Line) -> Shape {
        let mut path = Path::new();
        let mut shapes = Vec::new();
        for run in self.runs(line) {
            if let [(x, y)] = run.as_slice() {
                shapes.push(marker(line.look, (*x, *y), MARKER, filled(line.look)));
            }
            for (n, (x, y)) in run.into_iter().enumerate() {
                if n == 0 {
                    path.go(x, y);
                } else {
                    path.line(x, y);
                }
            }
        }
        let style = Style::stroke(line.look.paint(), LINE).dashed(line.look.dash());
        shapes.insert(0, Shape::path(path, style));
        Shape::group(format!("line-{n}"), shapes)
    }

    /// The places of a line, broken where a number is none.
    fn runs(&self, line: &Line) -> Vec<Vec<Place>> {
        let runs = line.places.split(|place| !self.chart.shows(*place));
        let runs = runs.filter(|run| !run.is_empty());
        runs.map(|run| run.iter().map(|place| self.layout.at(*place)).collect())
            .collect()
    }

    /// The points with their spreads.
    fn points(&self) -> Vec<Shape> {
        let sets = (0_u64..).zip(&self.chart.points).map(|(n, set)| {
            let points = set.points.iter().filter(|point| self.shows(point));
            let shapes = points.flat_map(|point| self.point(set.look, point));
            Shape::group(format!("points-{n}"), shapes.collect())
        });
        sets.collect()
    }

    fn point(&self, look: Look, point: &Point) -> Vec<Shape> {
        let at = self.layout.at((point.x, point.y));
        let mut shapes = Vec::new();
        if let Some((least, most)) = point.spread
            && self.chart.y.shows(least)
            && self.chart.y.shows(most)
        {
            let [low, high] = [least, most].map(|y| self.layout.y.at_clamped(y));
            let mut path = Path::new();
            path.go(at.0, low).line(at.0, high);
            for end in [low, high] {
                path.go(at.0 - MARKER, end).line(at.0 + MARKER, end);
            }
            shapes.push(Shape::path(path, Style::stroke(look.paint(), 1.4)));
        }
        let style = Style::fill(Paint::Ground).outlined(look.paint(), LINE);
        shapes.push(marker(look, at, MARKER, style));
        shapes
    }

    fn shows(&self, point: &Point) -> bool {
        self.chart.shows((point.x, point.y))
    }

    /// Where the run is now: its marker in a ring.
    fn moving(&self) -> Option<Shape> {
        let moving = self.chart.moving.as_ref()?;
        let at = Some((moving.x, moving.y)).filter(|place| self.chart.shows(*place))?;
        let (x, y) = self.layout.at(at);
        let ring = Style::fill(Paint::Ground).outlined(moving.look.paint(), LINE);
        let shapes = vec![
            Shape::circle(x, y, 2.0 * MARKER, ring),
            marker(moving.look, (x, y), MARKER, filled(moving.look)),
        ];
        Some(Shape::group("moving", shapes))
    }

    /// The names of single points, each where it covers least of the lines, if there is room.
    fn names(&self, readout: Option<Area>) -> Vec<Shape> {
        let square =
            |(x, y): Place, half: f64| Area::new(x - half, y - half, 2.0 * half, 2.0 * half);
        let sets = self.chart.points.iter();
        let points = sets.flat_map(|set| set.points.iter().map(move |point| (set.look, point)));
        let points = points.filter(|(_, point)| self.shows(point));
        let points = points.map(|(look, point)| {
            let at = self.layout.at((point.x, point.y));
            (look, at, MARKER, &point.name)
        });
        let moving = self.chart.moving.iter();
        let moving = moving.filter(|moving| self.chart.shows((moving.x, moving.y)));
        let moving = moving.map(|moving| {
            let at = self.layout.at((moving.x, moving.y));
            (moving.look, at, 2.0 * MARKER, &moving.name)
        });
        let all: Vec<_> = moving.chain(points).collect();
        let markers = all.iter().map(|(_, at, half, _)| square(*at, *half));
        let mut taken: Vec<Area> = markers.chain(readout).collect();
        let ink = self.ink();
        let mut names = Vec::new();
        for (look, (x, y), half, name) in all {
            let (size, off) = (self.layout.size, half + 4.0);
            let middle = y + 0.36 * size;
            let (above, below) = (y - off, y + off + 0.7 * size);
            let text = |x, y| self.text((x, y), name.as_str());
            let places = [
                text(x + off, middle),
                text(x - off, middle).end(),
                text(x, above).middle(),
                text(x, below).middle(),
                text(x + 0.7 * off, above),
                text(x + 0.7 * off, below),
                text(x - 0.7 * off, above).end(),
                text(x - 0.7 * off, below).end(),
            ];
            let is_free = |text: &Text| {
                let area = text.area();
                let frame = self.layout.frame;
                let is_inside = area.x >= frame.x
                    && area.right() <= frame.right()
                    && area.y >= frame.y
                    && area.bottom() <= frame.bottom();
                is_inside && !taken.iter().any(|other| other.overlaps(&area))
            };
            let covers = |text: &Text| {
                let area = text.area();
                ink.iter().filter(|place| holds(&area, **place)).count()
            };
            let best = places.into_iter().filter(is_free).min_by_key(covers);
            if let Some(text) = best.filter(|_| !name.is_empty()) {
                taken.push(text.area());
                names.push(text.paint(look.paint()).halo(Paint::Ground).into());
            }
        }
        names
    }

    /// Places along all lines, close to each other.
    fn ink(&self) -> Vec<Place> {
        const APART: f64 = 3.0;
        let runs = self.chart.lines.iter().flat_map(|line| self.runs(line));
        let mut ink = Vec::new();
        for run in runs {
            ink.extend(run.first());
            for pair in run.windows(2) {
                let (from, to) = (pair[0], pair[1]);
                let (width, height) = (to.0 - from.0, to.1 - from.1);
                let steps = (width.abs().max(height.abs()) / APART).ceil().max(1.0);
                let steps = u32::try_from(plot::whole(steps)).unwrap_or(1);
                ink.extend((1..=steps).map(|step| {
                    let share = f64::from(step) / f64::from(steps);
                    (from.0 + share * width, from.1 + share * height)
                }));
            }
        }
        ink
    }

    /// The names of lines at their ends, as far apart as their letters need.
    fn ends(&self) -> Vec<Shape> {
        let Layout {
            frame, row, size, ..
        } = self.layout;
        if !self.layout.names_at_ends {
            return Vec::new();
        }
        let ends = self.chart.drawn_lines().filter_map(|line| {
            let end = *self.runs(line).last()?.last()?;
            Some((line, end))
        });
        let mut ends: Vec<_> = ends.collect();
        plot::sort_few(&mut ends, |(_, end)| end.1);
        let mut heights: Vec<f64> = ends.iter().map(|(_, end)| end.1).collect();
        let mut least = frame.y + row / 2.0;
        for height in &mut heights {
            *height = height.max(least);
            least = *height + row;
        }
        let mut most = frame.bottom() - row / 4.0;
        for height in heights.iter_mut().rev() {
            *height = height.min(most);
            most = *height - row;
        }
        let x = frame.right() + GAP;
        let mut shapes = Vec::new();
        for ((line, end), height) in ends.into_iter().zip(heights) {
            let is_far = end.0 < frame.right() - 4.0 || (height - end.1).abs() > 3.0;
            if is_far && !line.name.is_empty() {
                let leader = Style::stroke(line.look.paint(), 1.0).faint(0.5);
                shapes.push(Shape::line((end.0 + 2.0, end.1), (x - 2.0, height), leader));
            }
            let name = self.text((x, height + 0.36 * size), line.name.as_str());
            shapes.push(name.paint(line.look.paint()).into());
        }
        shapes
    }

    /// What has no name at its place.
    fn key(&self) -> Shape {
        let entries = self.layout.key.iter().flat_map(|entry| {
            let (x, y) = entry.at;
            let middle = (x + (SIGN - 6.0) / 2.0, y);
            let sign = match entry.sign {
                Sign::Line(look) => sample(look, entry.at),
                Sign::Points(look) => {
                    let style = Style::fill(Paint::Ground).outlined(look.paint(), LINE);
                    marker(look, middle, MARKER, style)
                }
                Sign::Spans => {
                    let area = Area::new(x, y - 5.0, SIGN - 6.0, 10.0);
                    let bar = Area::new(x, y - 5.0, SIGN - 6.0, 3.0);
                    let band = Style::fill(Paint::Rule).faint(0.45);
                    let bar = Shape::rect(bar, 0.0, Style::fill(Paint::StrongRule));
                    Shape::group("span", vec![Shape::rect(area, 0.0, band), bar])
                }
            };
            let lines = entry.lines.iter().cloned().map(Shape::Text);
            std::iter::once(sign).chain(lines)
        });
        Shape::group("key", entries.collect())
    }

    /// A line across the frame, a marker on each line of the chart, and a box that says what they
    /// are, with its area.
    fn crosshair(&self, at: f64) -> Option<(Shape, Area)> {
        let chart = self.chart;
        let x = chart.nearest(at)?;
        let reading = chart.reading(x)?;
        let (frame, across) = (self.layout.frame, self.layout.x.at_clamped(x));
        let rule = Style::stroke(Paint::Ink, 1.0);
        let mut shapes = vec![Shape::line(
            (across, frame.y),
            (across, frame.bottom()),
            rule,
        )];
        let looks: Vec<_> = (chart.read_at(x).into_iter())
            .map(|(line, place)| (line.look, self.layout.at(place)))
            .collect();
        shapes.extend(
            looks
                .iter()
                .map(|(look, at)| marker(*look, *at, MARKER, filled(*look))),
        );

        let (size, row) = (self.layout.size, self.layout.row);
        let width = |text: &str| self.text((0.0, 0.0), text).width();
        let widest = |of: fn(&(String, String)) -> &String| {
            let widths = reading.values.iter().map(|value| width(of(value)));
            widths.fold(0.0, f64::max)
        };
        let (names, values) = (widest(|value| &value.0), widest(|value| &value.1));
        let needed = (SIGN + names + 12.0 + values).max(width(&reading.x));
        let inner = needed.min(frame.width - 16.0);
        let rows = plot::float(reading.values.len() as u64 + 1);
        let (box_width, box_height) = (inner + 16.0, rows * row + 8.0);
        let left = if across + 10.0 + box_width <= frame.right() {
            across + 10.0
        } else {
            (across - 10.0 - box_width).max(frame.x)
        };
        let area = Area::new(left, frame.y + 4.0, box_width, box_height);
        let style = Style::fill(Paint::Raised).outlined(Paint::StrongRule, 1.0);
        shapes.push(Shape::rect(area, 3.0, style));
        let base = |n: u64| area.y + 3.0 + plot::float(n) * row + size;
        let (start, end) = (area.x + 8.0, area.right() - 8.0);
        let head = elided(&reading.x, inner, size);
        shapes.push(self.text((start, base(0)), head).into());
        for ((n, (look, _)), (name, value)) in (1..).zip(looks).zip(&reading.values) {
            let y = base(n);
            let name = elided(name, inner - SIGN - 12.0 - values, size);
            shapes.push(sample(look, (start, y - 0.36 * size)));
            shapes.push(self.text((start + SIGN, y), name).into());
            shapes.push(self.text((end, y), value.as_str()).end().into());
        }
        Some((Shape::group("crosshair", shapes), area))
    }
}

/// A piece of a line.
fn sample(look: Look, (x, y): Place) -> Shape {
    let style = Style::stroke(look.paint(), LINE).dashed(look.dash());
    Shape::line((x, y), (x + SIGN - 6.0, y), style)
}

fn filled(look: Look) -> Style {
    Style::fill(look.paint()).outlined(Paint::Ground, 1.0)
}

fn marker(look: Look, (x, y): Place, half: f64, style: Style) -> Shape {
    let mut path = Path::new();
    match look {
        Look::First => return Shape::circle(x, y, half, style),
        Look::Second => path.rect(x - 0.9 * half, y - 0.9 * half, 1.8 * half, 1.8 * half),
        Look::Third => path
            .go(x, y - 1.2 * half)
            .line(x + 1.1 * half, y + 0.8 * half)
            .line(x - 1.1 * half, y + 0.8 * half)
            .close(),
        Look::Fourth => path
            .go(x, y - 1.25 * half)
            .line(x + 1.25 * half, y)
            .line(x, y + 1.25 * half)
            .line(x - 1.25 * half, y)
            .close(),
    };
    Shape::path(path, style)
}

fn holds(area: &Area, (x, y): Place) -> bool {
    area.x <= x && x <= area.right() && area.y <= y && y <= area.bottom()
}
