//! What a chart shows, in text.

use super::{Chart, Line, Point};
use crate::numbers;
use crate::words::Words;

/// A table of written cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What it is about.
    pub caption: String,
    /// The heads of the columns.
    pub header: Vec<String>,
    /// The rows, each with as many cells as there are columns. Where nothing is known, a cell is
    /// empty.
    pub rows: Vec<Vec<String>>,
}

/// What the lines of a chart say at one x.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Where.
    pub x: String,
    /// For each line that is drawn there: its name, and its value.
    pub values: Vec<(String, String)>,
}

impl Chart {
    /// The same in text: the values by their x, then, if there are any, the spans.
    pub fn tables(&self, words: &Words) -> Vec<Table> {
        let mut tables = vec![self.values(words)];
        if !self.spans.spans.is_empty() {
            tables.push(self.spans(words));
        }
        tables
    }

    /// The values as a file for other programs: a header, and a row for each x. Numbers are written in
    /// full; where a line or a set of points has none, its cell is empty.
    pub fn csv(&self) -> String {
        let lines = self
            .lines
            .iter()
            .map(|line| (&line.name, line.places.clone()));
        let points = self.points.iter().map(|set| {
            let places = set.points.iter().map(|point| (point.x, point.y));
            (&set.name, places.collect())
        });
        let columns: Vec<(&String, Vec<(f64, f64)>)> = lines.chain(points).collect();
        let names = columns.iter().map(|(name, _)| self.y.with_unit(name, ", "));
        let mut rows = vec![
            std::iter::once(self.x.title())
                .chain(names)
                .map(quoted)
                .collect(),
        ];
        for x in self.xs() {
            let value = |(_, places): &(&String, Vec<(f64, f64)>)| {
                let mut here = places
                    .iter()
                    .filter(|(other, _)| other.total_cmp(&x).is_eq());
                let shown = here.find(|place| self.shows(**place));
                shown.map_or_else(String::new, |(_, y)| y.to_string())
            };
            rows.push(
                std::iter::once(x.to_string())
                    .chain(columns.iter().map(value))
                    .collect(),
            );
        }
        let rows = rows
            .into_iter()
            .map(|row: Vec<String>| row.join(",") + "\r\n");
        rows.collect()
    }

    /// The x nearest to this one at which there is a value. `None`: there is none at all.
    pub fn nearest(&self, x: f64) -> Option<f64> {
        let away = |value: &f64| (value - x).abs();
        let xs = self.xs().into_iter();
        xs.min_by(|a, b| away(a).total_cmp(&away(b)))
    }

    /// What the lines say at the value that is nearest to `x`. `None`: there is no value.
    pub fn reading(&self, x: f64) -> Option<Reading> {
        let x = self.nearest(x)?;
        let places = self.read_at(x).into_iter();
        let values = places.map(|(line, (_, y))| (line.name.clone(), self.y.said(y)));
        let number = numbers::decimal(x, decimals(&self.xs()));
        Some(Reading {
            x: self.x.with_unit(&number, " "),
            values: values.collect(),
        })
    }

    /// The place of each line at `x`, for the lines that are drawn there.
    pub(super) fn read_at(&self, x: f64) -> Vec<(&Line, (f64, f64))> {
        let places = self.lines.iter().filter_map(|line| {
            let y = self.height_of(line, x)?;
            Some((line, (x, y)))
        });
        places.collect()
    }

    /// What a line says at `x`: one of its values, or what is drawn between two of them.
    fn height_of(&self, line: &Line, x: f64) -> Option<f64> {
        let mut own = line.places.iter().filter(|place| self.shows(**place));
        if let Some((_, y)) = own.find(|place| place.0.total_cmp(&x).is_eq()) {
            return Some(*y);
        }
        let pairs = line.places.windows(2).map(|pair| (pair[0], pair[1]));
        let mut drawn = pairs.filter(|(from, to)| self.shows(*from) && self.shows(*to));
        let (from, to) = drawn.find(|(from, to)| from.0 < x && x < to.0)?;
        let along = self.x.scale((from.0, to.0), (0.0, 1.0));
        Some(self.y.scale((from.1, to.1), (0.0, 1.0)).back(along.at(x)))
    }

    fn values(&self, words: &Words) -> Table {
        let xs = self.xs();
        let x_decimals = decimals(&xs);
        let lines = self.lines.iter().map(|line| line.name.clone());
        let points = self.points.iter().map(super::Points::title);
        let moving = self.moving.iter().map(|moving| moving.name.clone());
        let of_y = |name: String| match name.as_str() {
            "" => self.y.title(),
            name => self.y.with_unit(name, ", "),
        };
        let columns = lines.chain(points).chain(moving).map(of_y);
        let row = |x: &f64| {
            let here = |other: f64| other.total_cmp(x).is_eq();
            let number = |(_, y): &(f64, f64)| numbers::three_digits(*y);
            let lines = self.lines.iter().map(|line| {
                let places = line.places.iter();
                joined(
                    places
                        .filter(|place| here(place.0) && self.shows(**place))
                        .map(number),
                )
            });
            let points = self.points.iter().map(|set| {
                let points = set.points.iter();
                let shown = points.filter(|point| here(point.x) && self.shows((point.x, point.y)));
                joined(shown.map(|point| point.said(words)))
            });
            let moving = self.moving.iter().map(|moving| {
                let place = Some((moving.x, moving.y));
                joined(place.iter().filter(|(x, _)| here(*x)).map(number))
            });
            let cells = lines.chain(points).chain(moving);
            std::iter::once(numbers::decimal(*x, x_decimals))
                .chain(cells)
                .collect()
        };
        Table {
            caption: self.title.clone(),
            header: std::iter::once(self.x.title()).chain(columns).collect(),
            rows: xs.iter().map(row).collect(),
        }
    }

    fn spans(&self, words: &Words) -> Table {
        let spans = &self.spans.spans;
        let ends: Vec<f64> = spans.iter().flat_map(|span| [span.from, span.to]).collect();
        let decimals = decimals(&ends);
        let head = |key| self.x.with_unit(words.say(key), ", ");
        Table {
            caption: self.spans.name.clone(),
            header: vec![
                words.say("chart.span").to_owned(),
                head("chart.from"),
                head("chart.to"),
            ],
            rows: (spans.iter())
                .map(|span| {
                    let [from, to] = [span.from, span.to].map(|x| numbers::decimal(x, decimals));
                    vec![span.name.clone(), from, to]
                })
                .collect(),
        }
    }
}

impl super::Points {
    /// What they are, and where they come from.
    pub(super) fn title(&self) -> String {
        if self.source.is_empty() {
            self.name.clone()
        } else {
            format!("{} ({})", self.name, self.source)
        }
    }
}

impl Point {
    /// The value with its spread and its name.
    fn said(&self, words: &Words) -> String {
        let y = numbers::three_digits(self.y);
        let spread = self.spread.map(|(least, most)| {
            let [least, most] = [least, most].map(numbers::three_digits);
            let args = [("least", (&least).into()), ("most", (&most).into())];
            words.fill("chart.spread", &args)
        });
        let name = (!self.name.is_empty()).then(|| self.name.clone());
        let value = std::iter::once(y)
            .chain(spread)
            .collect::<Vec<_>>()
            .join(" ");
        std::iter::once(value)
            .chain(name)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// A cell of CSV (RFC 4180).
fn quoted(cell: String) -> String {
    if cell.contains(['"', ',', '\n']) {
        ["\"", &cell.replace('"', "\"\""), "\""].concat()
    } else {
        cell
    }
}

fn joined(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join("; ")
}

/// As few decimals, up to four, as round none of these by more than a twentieth of what lies between
/// two of them.
fn decimals(numbers: &[f64]) -> usize {
    let farthest = numbers.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let apart = numbers.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let apart = apart
        .filter(|apart| *apart > 0.0)
        .fold(farthest / 10.0, f64::min);
    let is_near = |decimals: &usize| {
        let unit = [1.0, 10.0, 100.0, 1000.0][*decimals];
        let off = |x: &f64| ((x * unit).round() / unit - x).abs();
        numbers.iter().all(|x| off(x) <= apart / 20.0)
    };
    (0..4).find(is_near).unwrap_or(4)
}
