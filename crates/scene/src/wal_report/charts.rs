//! The charts of a report.

use plot::float;
use protocol::{WalOverTime, WalReport};

use crate::chart::{Axis, Chart, Line, Look, Span, Spans};
use crate::words::Words;

/// A factor and its unit.
type Scaled = (f64, &'static str);

/// WAL and images a second, over time; checkpoints where they begin. `None`: nothing tells a time.
pub fn over_time(words: &Words, report: &WalReport) -> Option<Chart> {
    let times = report.over_time.as_ref()?;
    let axis = TimeAxis::of(times);
    let rates = |bytes: fn(&protocol::WalMoment) -> u64| axis.per_second(times, bytes);
    let wal = rates(|moment| moment.bytes());
    let images = rates(|moment| moment.image_bytes);
    let (unit, unit_name) = byte_unit(wal.iter().map(|(_, rate)| *rate));
    let scaled = |places: Vec<(f64, f64)>| {
        let places = places.into_iter().map(|(x, y)| (x, y / unit));
        places.collect()
    };
    Some(Chart {
        title: words.say("wal.chart.time").to_owned(),
        x: axis.named(words),
        y: Axis::new(words.say("wal.chart.rate"), format!("{unit_name}/s")),
        lines: vec![
            line(words.say("wal.chart.wal"), Look::First, scaled(wal)),
            line(words.say("wal.chart.images"), Look::Fourth, scaled(images)),
        ],
        spans: axis.checkpoints(words, times, report),
        ..Chart::default()
    })
}

/// Commits and rollbacks a second. `None`: nothing tells a time.
pub fn commits(words: &Words, report: &WalReport) -> Option<Chart> {
    let times = report.over_time.as_ref()?;
    let axis = TimeAxis::of(times);
    let commits = axis.per_second(times, |moment| moment.commits);
    let mut lines = vec![line(words.say("wal.chart.commits"), Look::First, commits)];
    if report.transactions.aborts > 0 {
        let aborts = axis.per_second(times, |moment| moment.aborts);
        lines.push(line(words.say("wal.chart.aborts"), Look::Third, aborts));
    }
    Some(Chart {
        title: words.say("wal.chart.commits-time").to_owned(),
        x: axis.named(words),
        y: Axis::new(words.say("wal.chart.per-second"), ""),
        lines,
        ..Chart::default()
    })
}

/// The share of images along the log, with redo points. `None`: there is no image.
pub fn over_log(words: &Words, report: &WalReport) -> Option<Chart> {
    if report.total.image_bytes == 0 {
        return None;
    }
    let told = &report.over_log;
    let width = float(told.bucket_bytes);
    let end = width * float(told.buckets.len() as u64);
    let (unit, unit_name) = byte_unit([end]);
    let shares = (0_u64..).zip(&told.buckets).map(|(n, stretch)| {
        let x = (float(n) + 0.5) * width / unit;
        (x, share(stretch.image_bytes, stretch.bytes()))
    });
    let redo = report.checkpoints.list.iter();
    let redo = redo.map(|checkpoint| checkpoint.redo_at_bytes);
    let redo = redo.filter(|at| *at > 0).map(|at| float(at) / unit);
    Some(Chart {
        title: words.say("wal.chart.log").to_owned(),
        x: Axis::new(words.say("wal.chart.place"), unit_name),
        y: Axis::new(words.say("wal.chart.share"), "%").at_least(0.0, 100.0),
        lines: vec![line(
            words.say("wal.chart.images"),
            Look::First,
            shares.collect(),
        )],
        spans: marks(words.say("wal.chart.redo-points"), redo),
        ..Chart::default()
    })
}

/// The share of images behind redo points. `None`: no redo point lies in the log.
pub fn after_checkpoints(words: &Words, report: &WalReport) -> Option<Chart> {
    let told = &report.after_checkpoint;
    let checkpoints = told.steps.first()?.checkpoints;
    let width = float(told.step_bytes);
    let (unit, unit_name) = byte_unit([width * float(told.steps.len() as u64)]);
    let shares = (0_u64..).zip(&told.steps).map(|(n, step)| {
        let x = (float(n) + 0.5) * width / unit;
        (x, share(step.image_bytes, step.bytes()))
    });
    Some(Chart {
        title: words.fill("wal.chart.after", &[("count", checkpoints.into())]),
        x: Axis::new(words.say("wal.chart.behind"), unit_name),
        y: Axis::new(words.say("wal.chart.share"), "%").at_least(0.0, 100.0),
        lines: vec![line(
            words.say("wal.chart.images"),
            Look::First,
            shares.collect(),
        )],
        ..Chart::default()
    })
}

/// How many commits are no larger than so much. `None`: none was measured.
pub fn sizes(words: &Words, report: &WalReport) -> Option<Chart> {
    let sizes = report.transactions.sizes.as_ref()?;
    let all: u64 = sizes.bins.iter().map(|bin| bin.transactions).sum();
    let (unit, unit_name) = byte_unit([float(sizes.p50_bytes)]);
    let first = sizes.bins.first()?.from_bytes;
    let mut places = vec![(float(first) / unit, 0.0)];
    let mut sum = 0;
    for bin in &sizes.bins {
        sum += bin.transactions;
        places.push((2.0 * float(bin.from_bytes) / unit, share(sum, all)));
    }
    Some(Chart {
        title: words.say("wal.chart.sizes").to_owned(),
        x: Axis::new(words.say("wal.chart.size"), unit_name).log(),
        y: Axis::new(words.say("wal.chart.within"), "%").at_least(0.0, 100.0),
        lines: vec![line(words.say("wal.chart.commits"), Look::First, places)],
        ..Chart::default()
    })
}

fn line(name: &str, look: Look, places: Vec<(f64, f64)>) -> Line {
    Line {
        name: name.to_owned(),
        look,
        places,
    }
}

/// Moments without names.
fn marks(name: &str, at: impl Iterator<Item = f64>) -> Spans {
    let span = |x| Span {
        from: x,
        to: x,
        name: String::new(),
    };
    Spans {
        name: name.to_owned(),
        spans: at.map(span).collect(),
    }
}

/// How time is written along an axis.
struct TimeAxis {
    /// Microseconds of its unit.
    unit_us: f64,
    unit: &'static str,
}

impl TimeAxis {
    fn of(times: &WalOverTime) -> Self {
        let all_us = float(times.bucket_us) * float(times.buckets.len() as u64);
        let (unit_us, unit) = match all_us / 1e6 {
            0.0..600.0 => (1e6, "s"),
            600.0..36_000.0 => (60e6, "min"),
            _ => (3_600e6, "h"),
        };
        Self { unit_us, unit }
    }

    fn named(&self, words: &Words) -> Axis {
        Axis::new(words.say("wal.chart.since"), self.unit)
    }

    /// What each bucket has a second, at its middle.
    fn per_second(
        &self,
        times: &WalOverTime,
        of: impl Fn(&protocol::WalMoment) -> u64,
    ) -> Vec<(f64, f64)> {
        let width = float(times.bucket_us);
        let places = (0_u64..).zip(&times.buckets).map(|(n, moment)| {
            let x = (float(n) + 0.5) * width / self.unit_us;
            (x, float(of(moment)) * 1e6 / width)
        });
        places.collect()
    }

    /// Checkpoints that began while transactions ended. Their times are cut to seconds.
    fn checkpoints(&self, words: &Words, times: &WalOverTime, report: &WalReport) -> Spans {
        let began = report.checkpoints.list.iter();
        let began = began.map(|checkpoint| checkpoint.began_us);
        let inside =
            began.filter(|began| (times.from_us - 1_000_000..=times.last_us).contains(began));
        let at =
            inside.map(|began| float(began.saturating_sub(times.from_us).max(0).unsigned_abs()));
        marks(
            words.say("wal.chart.checkpoints"),
            at.map(|at| at / self.unit_us),
        )
    }
}

/// The unit in which the largest of these is a short number.
fn byte_unit(values: impl IntoIterator<Item = f64>) -> Scaled {
    match values.into_iter().fold(0.0, f64::max) {
        0.0..1e3 => (1.0, "B"),
        1e3..1e6 => (1e3, "kB"),
        1e6..1e9 => (1e6, "MB"),
        _ => (1e9, "GB"),
    }
}

/// A part in hundredths; none of nothing.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        f64::NAN
    } else {
        100.0 * float(part) / float(whole)
    }
}

#[cfg(test)]
mod tests {
    use protocol::{
        WalAfterCheckpoint, WalCheckpoint, WalCheckpoints, WalMoment, WalOverLog, WalSizeBin,
        WalSizes, WalStep, WalStretch, WalTally, WalTransactions,
    };

    use super::*;

    fn report() -> WalReport {
        let moment = |commits, image_bytes| WalMoment {
            commits,
            aborts: 1,
            record_bytes: 1_000,
            image_bytes,
        };
        let checkpoint = |began_us, redo_at_bytes| WalCheckpoint {
            began_us,
            redo_at_bytes,
            ..WalCheckpoint::default()
        };
        WalReport {
            total: WalTally {
                records: 9,
                record_bytes: 2_000,
                image_bytes: 5_000,
            },
            transactions: WalTransactions {
                commits: 9,
                aborts: 2,
                sizes: Some(WalSizes {
                    p50_bytes: 100,
                    bins: [64, 1024]
                        .map(|from_bytes| WalSizeBin {
                            from_bytes,
                            transactions: from_bytes / 64,
                        })
                        .into(),
                    ..WalSizes::default()
                }),
                ..WalTransactions::default()
            },
            over_time: Some(WalOverTime {
                first_us: 7_000_000,
                last_us: 7_900_000,
                from_us: 7_000_000,
                bucket_us: 500_000,
                buckets: vec![moment(3, 4_000), moment(6, 1_000)],
            }),
            over_log: WalOverLog {
                from_lsn: "0/1".to_owned(),
                bucket_bytes: 8_192,
                buckets: vec![
                    WalStretch {
                        record_bytes: 25,
                        image_bytes: 75,
                    },
                    WalStretch::default(),
                ],
            },
            after_checkpoint: WalAfterCheckpoint {
                step_bytes: 1_000,
                steps: vec![WalStep {
                    checkpoints: 2,
                    record_bytes: 1,
                    image_bytes: 1,
                }],
            },
            checkpoints: WalCheckpoints {
                list: vec![
                    checkpoint(1_000_000, 0),
                    checkpoint(6_500_000, 8_192),
                    checkpoint(7_000_000, 9_000),
                ],
                ..WalCheckpoints::default()
            },
            ..WalReport::default()
        }
    }

    #[test]
    fn rates_are_by_the_second_and_checkpoints_stand_where_they_began() {
        let words = Words::english();
        let chart = over_time(&words, &report()).unwrap();
        assert_eq!(chart.y.unit, "kB/s");
        assert_eq!(chart.lines[0].places, [(0.25, 10.0), (0.75, 4.0)]);
        assert_eq!(chart.lines[1].places, [(0.25, 8.0), (0.75, 2.0)]);
        let at: Vec<f64> = chart.spans.spans.iter().map(|span| span.from).collect();
        assert_eq!(at, [0.0, 0.0], "the first was long before");
        let chart = commits(&words, &report()).unwrap();
        assert_eq!(chart.lines[0].places, [(0.25, 6.0), (0.75, 12.0)]);
        assert_eq!(chart.lines.len(), 2);
    }

    #[test]
    fn shares_of_nothing_are_not_drawn() {
        let words = Words::english();
        let chart = over_log(&words, &report()).unwrap();
        assert_eq!(chart.xs().len(), 1);
        assert_eq!(chart.reading(0.0).unwrap().values[0].1, "75 %");
        assert_eq!(
            chart.spans.spans.len(),
            2,
            "one redo point is before the log"
        );
        let after = after_checkpoints(&words, &report()).unwrap();
        assert!(after.title.contains('2'), "{}", after.title);
        assert_eq!(after.lines[0].places, [(0.5, 50.0)]);
    }

    #[test]
    fn sizes_add_up_to_all_commits() {
        let chart = sizes(&Words::english(), &report()).unwrap();
        let places = &chart.lines[0].places;
        assert_eq!(places[0], (64.0, 0.0));
        assert_eq!(places.last(), Some(&(2_048.0, 100.0)));
    }

    #[test]
    fn what_the_log_does_not_tell_has_no_chart() {
        let (words, none) = (Words::english(), WalReport::default());
        let charts = [over_time, commits, over_log, after_checkpoints, sizes];
        assert!(charts.iter().all(|chart| chart(&words, &none).is_none()));
    }
}
