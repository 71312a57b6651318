//! The insert test as two charts over the same minutes: how many inserts each engine acknowledged in a
//! second, and how long they took. Checkpoints of the conventional engine stand over both.

use plot::float;
use protocol::{CheckpointRow, InsertAnswers, InsertLoad, InsertRow};

use crate::chart::{Axis, Chart, Line, Look, Span, Spans};
use crate::numbers;
use crate::words::Words;

/// Inserts in a second.
pub fn rate(
    words: &Words,
    rows: &[InsertRow],
    checkpoints: &[CheckpointRow],
    shape: Shape,
) -> Chart {
    let most = f64::from(shape.per_s) * 1.2;
    Chart {
        title: words.say("inserts.rate.chart").to_owned(),
        y: Axis::new(words.say("inserts.rate"), "").at_least(0.0, most),
        lines: [
            (
                "curve.conventional",
                Look::First,
                conventional as Of,
                (|it| it.per_s) as Take,
            ),
            ("curve.quorum", Look::Second, quorum, |it| it.per_s),
        ]
        .map(|(name, look, of, take)| line(words, rows, name, look, of, take))
        .to_vec(),
        ..base(words, checkpoints, shape)
    }
}

/// Response times.
pub fn response(
    words: &Words,
    rows: &[InsertRow],
    checkpoints: &[CheckpointRow],
    shape: Shape,
) -> Chart {
    let p99: Take = |it| float(it.p99_ns) / 1e6;
    let p50: Take = |it| float(it.p50_ns) / 1e6;
    Chart {
        title: words.say("inserts.response.chart").to_owned(),
        y: Axis::new(
            words.say("inserts.response"),
            words.say("inserts.response.unit"),
        )
        .log()
        .at_least(0.5, 20.0),
        lines: [
            (
                "inserts.conventional.p99",
                Look::First,
                conventional as Of,
                p99,
            ),
            ("inserts.conventional.p50", Look::Fourth, conventional, p50),
            ("inserts.quorum.p99", Look::Second, quorum, p99),
            ("inserts.quorum.p50", Look::Third, quorum, p50),
        ]
        .map(|(name, look, of, take)| line(words, rows, name, look, of, take))
        .to_vec(),
        ..base(words, checkpoints, shape)
    }
}

/// What stands fast before the first row is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Minutes that the test takes.
    pub minutes: u32,
    /// Inserts that come in a second.
    pub per_s: u32,
}

/// An engine's part of a row.
type Of = fn(&InsertRow) -> &InsertAnswers;
/// A number of it.
type Take = fn(&InsertAnswers) -> f64;

const fn conventional(row: &InsertRow) -> &InsertAnswers {
    &row.conventional
}

const fn quorum(row: &InsertRow) -> &InsertAnswers {
    &row.quorum
}

fn line(words: &Words, rows: &[InsertRow], name: &str, look: Look, of: Of, take: Take) -> Line {
    let places = rows.iter().map(|row| (minute(row.to_ns), take(of(row))));
    Line {
        name: words.say(name).to_owned(),
        look,
        places: places.collect(),
    }
}

/// What both charts have: the minutes, and the checkpoints.
fn base(words: &Words, checkpoints: &[CheckpointRow], shape: Shape) -> Chart {
    let end = f64::from(shape.minutes);
    let span = |checkpoint: &CheckpointRow| Span {
        from: minute(checkpoint.began_ns),
        to: checkpoint.ended_ns.map_or(end, minute),
        name: numbers::grouped(checkpoint.number.into()),
    };
    Chart {
        x: Axis::new(
            words.say("inserts.minutes"),
            words.say("inserts.minutes.unit"),
        )
        .at_least(0.0, end),
        spans: Spans {
            name: words.say("inserts.checkpoints").to_owned(),
            spans: checkpoints.iter().map(span).collect(),
        },
        ..Chart::default()
    }
}

/// How long a boxcar waits, and how many inserts are in one on average when so many come in a second.
pub fn boxcar_waits(words: &Words, us: u32, per_s: u32) -> String {
    if us == 0 {
        return words.say("inserts.boxcar.alone").to_owned();
    }
    // The one that it waits for, and those that come while it does.
    let tenths = 10 + u64::from(us) * u64::from(per_s) / 100_000;
    let inserts = match (tenths / 10, tenths % 10) {
        (whole, 0) => numbers::grouped(whole),
        (whole, tenths) => format!("{whole}.{tenths}"),
    };
    let args = [("us", us.into()), ("inserts", (&inserts).into())];
    words.fill("inserts.boxcar.waits", &args)
}

/// What every insert test is run with, and what each point of the charts is.
pub fn method(words: &Words, load: &InsertLoad) -> String {
    words.fill(
        "inserts.method",
        &[
            ("rate", load.per_s.into()),
            ("pages", load.pages.into()),
            ("mb", load.disk.mb_per_s.into()),
            ("iops", load.disk.iops.into()),
            ("row", crate::Arg::Took(load.row_ns)),
        ],
    )
}

/// What came of it so far, on each engine.
pub fn told(words: &Words, rows: &[InsertRow], checkpoints: &[CheckpointRow]) -> Option<String> {
    let last = rows.last()?;
    let engine = |key: &str, of: Of| {
        let all = || rows.iter().map(of);
        let took = |row: &InsertRow| float(row.to_ns - row.from_ns);
        let acked = rows.iter().map(|row| of(row).per_s * took(row));
        let per_s = acked.sum::<f64>() / rows.iter().map(took).sum::<f64>();
        let slowest = all().map(|it| it.p99_ns).max().unwrap_or(0);
        let fastest = all().map(|it| it.p99_ns).min().unwrap_or(0);
        words.fill(
            key,
            &[
                ("rate", plot::whole(per_s).into()),
                ("fastest", crate::Arg::Took(fastest)),
                ("slowest", crate::Arg::Took(slowest)),
            ],
        )
    };
    let took = |checkpoint: &CheckpointRow| Some(checkpoint.ended_ns? - checkpoint.began_ns);
    let ended: Vec<_> = checkpoints.iter().filter_map(took).collect();
    let checkpoints = match ended.iter().max() {
        Some(longest) => words.fill(
            "inserts.told.checkpoints",
            &[
                ("count", (ended.len() as u64).into()),
                ("longest", crate::Arg::Took(*longest)),
            ],
        ),
        None => words.say("inserts.told.no-checkpoint").to_owned(),
    };
    let redo = words.fill(
        "inserts.told.redo",
        &[("redo", crate::Arg::Bytes(last.redo_bytes))],
    );
    let parts = [
        engine("inserts.told.conventional", conventional),
        checkpoints,
        redo,
        engine("inserts.told.quorum", quorum),
    ];
    Some(parts.join(" "))
}

/// To a tenth of a second.
fn minute(ns: u64) -> f64 {
    (float(ns) / 1e8).round() / 600.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const SHAPE: Shape = Shape {
        minutes: 5,
        per_s: 25_000,
    };

    fn row(from_s: u64, p99_ms: u64) -> InsertRow {
        let answers = InsertAnswers {
            per_s: 24_999.6,
            p50_ns: 700_000,
            p95_ns: 1_000_000,
            p99_ns: p99_ms * 1_000_000,
        };
        InsertRow {
            from_ns: from_s * SECOND,
            to_ns: (from_s + 6) * SECOND,
            conventional: answers,
            quorum: InsertAnswers {
                p99_ns: 2_000_000,
                ..answers
            },
            redo_bytes: 1_500_000_000,
        }
    }

    fn checkpoint(ended_s: Option<u64>) -> CheckpointRow {
        CheckpointRow {
            number: 1,
            pages: 100_000,
            began_ns: 6 * SECOND,
            ended_ns: ended_s.map(|s| s * SECOND),
        }
    }

    #[test]
    fn a_checkpoint_under_way_reaches_to_the_end_of_the_test() {
        let words = Words::english();
        let spans = |checkpoint| {
            let chart = rate(&words, &[row(0, 3)], &[checkpoint], SHAPE);
            chart
                .spans
                .spans
                .iter()
                .map(|span| (span.from, span.to))
                .collect::<Vec<_>>()
        };
        assert_eq!(spans(checkpoint(None)), [(0.1, 5.0)]);
        assert_eq!(spans(checkpoint(Some(66))), [(0.1, 1.1)]);
    }

    #[test]
    fn each_engine_has_its_median_and_what_one_in_a_hundred_takes_longer_than() {
        let chart = response(&Words::english(), &[row(0, 3), row(6, 40)], &[], SHAPE);
        let ends: Vec<_> = chart.lines.iter().map(|line| line.places[1]).collect();
        assert_eq!(ends, [(0.2, 40.0), (0.2, 0.7), (0.2, 2.0), (0.2, 0.7)]);
    }

    #[test]
    fn a_boxcar_waits_for_so_many_inserts() {
        let words = Words::english();
        let said = |us| boxcar_waits(&words, us, 25_000);
        assert!(!said(0).contains("µs"), "{}", said(0));
        assert!(said(100).contains("100 µs") && said(100).contains("3.5 on"));
        assert!(said(360).contains("10 on"));
    }

    #[test]
    fn what_came_of_it_is_told_in_words() {
        let words = Words::english();
        assert_eq!(told(&words, &[], &[]), None);
        let rows = [row(0, 3), row(6, 40)];
        let text = told(&words, &rows, &[checkpoint(Some(66))]).unwrap();
        for part in ["25,000", "3 ms", "40 ms", "1 checkpoint", "60 s", "1.5 GB"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let text = told(&words, &rows, &[checkpoint(None)]).unwrap();
        assert!(text.contains("No checkpoint"), "{text}");
    }
}
