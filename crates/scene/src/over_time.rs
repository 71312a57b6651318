//! How a run fares over its time, as charts over one axis: how long commits took, how many there were,
//! and what lags behind. What was done to the world, and recoveries, stand over each.

use plot::float;
use protocol::{Answers, Mark, Series, SeriesRow, Took};

use crate::chart::{Axis, Chart, Kind, Line, Look, Span, Spans};
use crate::words::Words;

/// The charts: response times, throughput, the lag of copies, and that of standbys, as far as there is
/// something to show. `times` is how the axis of response times is spread.
pub fn charts(words: &Words, series: &Series, marks: &[Mark], times: Kind) -> Vec<Chart> {
    let rows = &series.rows;
    let has = |of: Of| rows.iter().any(|row| of(row).is_some());
    let mut charts = Vec::new();
    let clock = Clock::of(series.explored_ns);
    let base = |title: &str| Chart {
        title: words.say(title).to_owned(),
        x: clock.axis(words, series.explored_ns),
        spans: spans(words, series, marks, clock),
        ..Chart::default()
    };
    let engines: Vec<(bool, Of)> = [(true, quorum as Of), (false, conventional)]
        .into_iter()
        .filter(|(_, of)| has(*of))
        .collect();
    if let [_, ..] = engines.as_slice() {
        let mut y = Axis::new(words.say("over.took"), "ms");
        y.kind = times;
        charts.push(Chart {
            y,
            lines: took_lines(words, rows, &engines, clock),
            ..base("over.took.title")
        });
        let per_s = |(is_quorum, of): &(bool, Of)| {
            let (name, look) = if *is_quorum {
                ("curve.quorum", Look::Second)
            } else {
                ("curve.conventional", Look::First)
            };
            let mut from = 0;
            let places = rows.iter().map(|row| {
                let took = std::mem::replace(&mut from, row.to_ns);
                let seconds = float(row.to_ns - took) / 1e9;
                let acked = of(row).map_or(f64::NAN, |answers| float(answers.acked));
                (clock.at(row.to_ns), acked / seconds)
            });
            line(words, name, look, places)
        };
        charts.push(Chart {
            y: Axis::new(words.say("over.rate"), ""),
            lines: engines.iter().map(per_s).collect(),
            ..base("over.rate.title")
        });
    }
    if has(quorum) {
        let behind = |name, look, of: fn(&SeriesRow) -> u64| {
            let places = rows.iter().map(|row| (clock.at(row.to_ns), float(of(row))));
            line(words, name, look, places)
        };
        charts.push(Chart {
            y: Axis::new(words.say("over.lag"), ""),
            lines: vec![
                behind("over.in-doubt", Look::First, |row| row.in_doubt),
                behind("over.copy-misses", Look::Second, |row| row.copy_misses),
            ],
            ..base("over.lag.title")
        });
    }
    if rows.iter().any(|row| row.standby_misses.is_some()) {
        let places = rows.iter().map(|row| {
            let misses = row.standby_misses.map_or(f64::NAN, float);
            (clock.at(row.to_ns), misses / 1e3)
        });
        charts.push(Chart {
            y: Axis::new(words.say("over.standby"), "kB"),
            lines: vec![line(words, "over.standby-misses", Look::First, places)],
            ..base("over.standby.title")
        });
    }
    charts
}

/// An engine's part of a row.
type Of = fn(&SeriesRow) -> Option<&Answers>;

const fn quorum(row: &SeriesRow) -> Option<&Answers> {
    row.quorum.as_ref()
}

const fn conventional(row: &SeriesRow) -> Option<&Answers> {
    row.conventional.as_ref()
}

/// A percentile.
type Take = fn(&Took) -> u64;

/// Of one engine all percentiles; of two the median and the slowest of a hundred.
fn took_lines(
    words: &Words,
    rows: &[SeriesRow],
    engines: &[(bool, Of)],
    clock: Clock,
) -> Vec<Line> {
    let took = |name: &str, look, of: Of, take: Take| {
        let places = rows.iter().map(|row| {
            let took = of(row).and_then(|answers| answers.took);
            let took = took.map_or(f64::NAN, |took| float(take(&took)) / 1e6);
            (clock.at(row.to_ns), took)
        });
        line(words, name, look, places)
    };
    if let [(_, of)] = engines {
        return vec![
            took("over.most", Look::Fourth, *of, |it| it.most),
            took("over.p99", Look::Second, *of, |it| it.p99),
            took("over.p95", Look::Third, *of, |it| it.p95),
            took("over.p50", Look::First, *of, |it| it.p50),
        ];
    }
    let of_engine = |(is_quorum, of): &(bool, Of)| {
        if *is_quorum {
            [
                took("inserts.quorum.p99", Look::Second, *of, |it| it.p99),
                took("inserts.quorum.p50", Look::Third, *of, |it| it.p50),
            ]
        } else {
            [
                took("inserts.conventional.p99", Look::First, *of, |it| it.p99),
                took("inserts.conventional.p50", Look::Fourth, *of, |it| it.p50),
            ]
        }
    };
    engines.iter().flat_map(of_engine).collect()
}

fn line(words: &Words, name: &str, look: Look, places: impl Iterator<Item = (f64, f64)>) -> Line {
    Line {
        name: words.say(name).to_owned(),
        look,
        places: places.collect(),
    }
}

/// What was done to the world, and how long recoveries took, by time.
fn spans(words: &Words, series: &Series, marks: &[Mark], clock: Clock) -> Spans {
    let span = |from: u64, to: u64, name: String| Span {
        from: clock.at(from),
        to: clock.at(to),
        name,
    };
    let deeds = marks.iter().filter(|mark| mark.at_ns <= series.explored_ns);
    let deeds = deeds.map(|mark| span(mark.at_ns, mark.at_ns, mark.verb.to_string()));
    let recovered = |(from, took): &(u64, u64), name: &str| {
        span(*from, from + took, words.say(name).to_owned())
    };
    let recoveries = series
        .recoveries
        .iter()
        .map(|it| recovered(it, "over.recovery"));
    let restarts = series
        .restarts
        .iter()
        .map(|it| recovered(it, "over.restart"));
    let mut spans: Vec<_> = deeds.chain(recoveries).chain(restarts).collect();
    spans.sort_by(|one, other| one.from.total_cmp(&other.from));
    Spans {
        name: words.say("over.spans").to_owned(),
        spans,
    }
}

/// The unit of the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    Millis,
    Seconds,
    Minutes,
}

impl Clock {
    const fn of(explored_ns: u64) -> Self {
        match explored_ns {
            0..2_000_000_000 => Self::Millis,
            2_000_000_000..600_000_000_000 => Self::Seconds,
            _ => Self::Minutes,
        }
    }

    fn at(self, ns: u64) -> f64 {
        // To whole microseconds: what the tables write.
        let us = float(ns / 1000);
        match self {
            Self::Millis => us / 1e3,
            Self::Seconds => us / 1e6,
            Self::Minutes => us / 6e7,
        }
    }

    fn axis(self, words: &Words, explored_ns: u64) -> Axis {
        let unit = match self {
            Self::Millis => "ms",
            Self::Seconds => "s",
            Self::Minutes => "min",
        };
        Axis::new(words.say("over.time"), unit).at_least(0.0, self.at(explored_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn answers(acked: u64) -> Answers {
        let took = Took {
            p50: 2 * MS,
            p95: 3 * MS,
            p99: 4 * MS,
            most: 5 * MS,
        };
        Answers {
            acked,
            took: (acked > 0).then_some(took),
        }
    }

    fn row(to_ms: u64, both: bool) -> SeriesRow {
        SeriesRow {
            to_ns: to_ms * MS,
            quorum: Some(answers(if to_ms == 20 { 0 } else { 50 })),
            conventional: both.then(|| answers(40)),
            in_doubt: 7,
            copy_misses: 9,
            standby_misses: both.then_some(12_000),
        }
    }

    fn series(both: bool) -> Series {
        Series {
            explored_ns: 40 * MS,
            rows: [10, 20, 30].map(|to| row(to, both)).to_vec(),
            recoveries: vec![(12 * MS, 3 * MS)],
            restarts: Vec::new(),
        }
    }

    #[test]
    fn one_engine_shows_every_percentile_and_breaks_where_nobody_commits() {
        let words = Words::english();
        let charts = charts(&words, &series(false), &[], Kind::Log);
        let [took, rate, lag] = charts.as_slice() else {
            panic!("three");
        };
        assert_eq!(took.lines.len(), 4);
        assert_eq!(took.y.kind, Kind::Log);
        let p50 = &took.lines[3].places;
        assert!(p50[1].1.is_nan());
        assert_eq!((p50[0], p50[2]), ((10.0, 2.0), (30.0, 2.0)));
        let per_s: Vec<_> = rate.lines[0].places.iter().map(|(_, y)| *y).collect();
        assert_eq!(per_s, [5000.0, 0.0, 5000.0]);
        assert_eq!(lag.lines[1].places[2], (30.0, 9.0));
        assert_eq!(took.x.least, Some((0.0, 40.0)));
    }

    #[test]
    fn two_engines_show_two_percentiles_each_and_the_lag_of_standbys() {
        let words = Words::english();
        let charts = charts(&words, &series(true), &[], Kind::Linear);
        assert_eq!(charts.len(), 4);
        assert_eq!(charts[0].lines.len(), 4);
        assert_eq!(charts[1].lines.len(), 2);
        assert_eq!(charts[3].lines[0].places[0], (10.0, 12.0));
    }

    #[test]
    fn deeds_that_happened_and_recoveries_stand_over_the_charts() {
        let words = Words::english();
        let mark = |at_ms: u64, verb: &str| Mark {
            at_ns: at_ms * MS,
            verb: verb.parse().unwrap(),
            edit: true,
        };
        let marks = [mark(11, "crash-writer"), mark(90, "az-down:b")];
        let charts = charts(&words, &series(false), &marks, Kind::Log);
        let spans: Vec<_> = (charts[2].spans.spans.iter())
            .map(|span| (span.from, span.to))
            .collect();
        assert_eq!(spans, [(11.0, 11.0), (12.0, 15.0)]);
    }

    #[test]
    fn nothing_that_runs_gives_no_chart_and_a_long_run_has_minutes() {
        let words = Words::english();
        assert!(charts(&words, &Series::default(), &[], Kind::Log).is_empty());
        let mut series = series(false);
        series.explored_ns = 1_200_000 * MS;
        assert_eq!(charts(&words, &series, &[], Kind::Log)[0].x.unit, "min");
    }
}
