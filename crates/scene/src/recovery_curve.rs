//! The recovery-time curve: what the engines computed, beside what was seen of real servers and where
//! the live run is.

use plot::float;
use protocol::{
    Evidence, Frame, Like, MeasuredPoint, MeasuredServer, PrimaryState, RecoveryRow, SeenRestart,
};

use crate::chart::{Axis, Chart, Line, Look, Moving, Point, Points, Table};
use crate::numbers;
use crate::words::{Arg, Words};

/// What the live run says of a restart of its conventional engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// It would have to replay so many bytes now.
    Would {
        /// From the redo point to the end of the flushed WAL.
        redo_bytes: u64,
    },
    /// The last one is over.
    Took {
        /// What it replayed.
        redo_bytes: u64,
        /// How long it took until the server was open.
        took_ns: u64,
    },
}

impl Live {
    /// What a frame says. `None`: the run has no such engine, or its server is not open.
    pub fn of(frame: &Frame) -> Option<Self> {
        let servers = frame.servers.as_ref()?;
        if let Some(recovery) = &servers.figures.recovery {
            return Some(Self::Took {
                redo_bytes: recovery.redo_bytes,
                took_ns: recovery.took_ns,
            });
        }
        let primary = &servers.primary;
        (primary.state == PrimaryState::Open).then(|| Self::Would {
            redo_bytes: primary.flushed.saturating_sub(primary.redo),
        })
    }

    /// What it replays, and how many seconds that takes, or would take by the curve.
    fn takes(self, like: Like, rows: &[RecoveryRow]) -> Option<(u64, f64)> {
        match self {
            Self::Would { redo_bytes } => {
                let took = read(&conventional(like, rows), float(redo_bytes) / 1e9)?;
                Some((redo_bytes, took))
            }
            Self::Took {
                redo_bytes,
                took_ns,
            } => Some((redo_bytes, seconds(took_ns))),
        }
    }
}

/// The curve as far as it is computed, with the marks of the server that it is like.
pub fn chart(
    words: &Words,
    like: Like,
    rows: &[RecoveryRow],
    evidence: Option<&Evidence>,
    live: Option<Live>,
) -> Chart {
    let line = |name, look, places| Line {
        name: words.say(name).to_owned(),
        look,
        places,
    };
    let mut lines = Vec::new();
    match like {
        _ if rows.is_empty() => {}
        Like::Talk => {
            let all = conventional(like, rows);
            lines.push(line("curve.conventional", Look::First, all));
            lines.push(line("curve.quorum", Look::Second, quorum(rows)));
        }
        Like::Measured => {
            let redo = conventional(like, rows);
            lines.push(line("curve.conventional.redo", Look::First, redo));
            lines.push(line("curve.quorum", Look::Second, quorum(rows)));
        }
    }
    let measured = evidence.and_then(|evidence| evidence.measured.as_ref());
    let measured = measured.filter(|_| like == Like::Measured);
    let (most_gb, most_s) = measured.map_or((TALK_GB, TALK_SECONDS), |server| {
        let most_s = server.restarts.iter().map(|point| point.most);
        (server.most_gb, most_s.fold(0.0, f64::max))
    });
    let mut points = Vec::new();
    if let Some(evidence) = evidence.filter(|_| like == Like::Talk) {
        points.push(Points {
            name: words.say("curve.talk").to_owned(),
            source: words.say("curve.talk.source").to_owned(),
            look: Look::First,
            points: evidence.talk.iter().map(point).collect(),
        });
        let ends = [0.0, most_gb].map(|x| (x, evidence.talk_quorum_s));
        lines.push(line("curve.talk.quorum", Look::Third, ends.to_vec()));
    }
    let seen = evidence.and_then(|evidence| evidence.measured.as_ref());
    points.extend(seen.map(|server| Points {
        name: words.say("curve.measured").to_owned(),
        source: server.about.first().cloned().unwrap_or_default(),
        look: Look::Third,
        points: server.restarts.iter().map(measured_point).collect(),
    }));
    let live = live.and_then(|live| live.takes(like, rows));
    let moving = live.map(|(redo_bytes, y)| Moving {
        name: words.say("curve.live").to_owned(),
        look: Look::Fourth,
        x: gb(redo_bytes),
        y,
    });
    let axis = |name, unit| Axis::new(words.say(name), words.say(unit));
    Chart {
        title: words.say("curve.chart").to_owned(),
        x: axis("curve.redo", "curve.redo.unit").at_least(0.0, most_gb),
        y: axis("curve.took", "curve.took.unit").at_least(0.0, most_s),
        lines,
        points,
        moving,
        ..Chart::default()
    }
}

/// How far the axes of the talk's curve go at least: a little beyond what its line says of the last
/// crash.
const TALK_GB: f64 = 40.0;
const TALK_SECONDS: f64 = 180.0;

/// What came out of it: the crash with the most redo.
pub fn computed(words: &Words, like: Like, rows: &[RecoveryRow]) -> Option<String> {
    let last = rows.iter().max_by_key(|row| row.redo_bytes)?;
    let (key, took_ns) = match like {
        Like::Talk => ("curve.computed", last.took_ns),
        Like::Measured => ("curve.computed.redo", last.redo_took_ns),
    };
    let args = [
        ("redo", Arg::Bytes(last.redo_bytes)),
        ("took", Arg::Took(took_ns)),
        ("quorum", Arg::Took(last.quorum_took_ns)),
    ];
    Some(words.fill(key, &args))
}

/// The talk's points, the line that is nearest to them, and by how much it misses each.
pub fn talk(words: &Words, evidence: &Evidence) -> Option<String> {
    let line = evidence.talk_line?;
    let points = listed(words, &evidence.talk);
    let args = [
        ("points", (&points).into()),
        ("quorum", span(evidence.talk_quorum_s)),
        ("start", span(line.start_s)),
    ];
    let per_gb = numbers::three_digits(line.s_per_gb);
    let rate = numbers::three_digits(1e3 / line.s_per_gb);
    let all = [
        &args[..],
        &[("per_gb", (&per_gb).into()), ("rate", (&rate).into())],
    ]
    .concat();
    Some(words.fill("curve.talk.told", &all))
}

/// What the notes say of 97 %, and what they mean.
pub fn garbled(words: &Words, evidence: &Evidence) -> Option<String> {
    let quorum = evidence.talk_quorum_s;
    let saved =
        |seen: &SeenRestart| numbers::three_digits(100.0 * (seen.seconds - quorum) / seen.seconds);
    let (most, others) = evidence.talk.split_last()?;
    let others: Vec<_> = others
        .iter()
        .map(|seen| {
            let (share, redo) = (saved(seen), numbers::three_digits(seen.redo_gb));
            let args = [("share", (&share).into()), ("redo", (&redo).into())];
            words.fill("curve.garbled.other", &args)
        })
        .collect();
    let texts = [
        ("share", saved(most)),
        ("took", numbers::three_digits(most.seconds)),
        ("quorum", numbers::three_digits(quorum)),
        ("redo", numbers::three_digits(most.redo_gb)),
        ("others", others.join(", ")),
    ];
    let args = texts.each_ref().map(|(name, text)| (*name, text.into()));
    Some(words.fill("curve.garbled", &args))
}

/// The measured server, and how far off the model is.
pub fn measured(words: &Words, server: &MeasuredServer) -> String {
    let texts = [
        ("about", server.about.join(". ")),
        (
            "rate",
            numbers::three_digits(server.replay_bytes_per_s / 1e6),
        ),
        ("flush", numbers::three_digits(server.flush_ms)),
        (
            "redo_error",
            numbers::three_digits(server.redo_error * 100.0),
        ),
        ("error", numbers::three_digits(server.error * 100.0)),
    ];
    let args = texts.each_ref().map(|(name, text)| (*name, text.into()));
    let told = words.fill("curve.measured.told", &args);
    let Some([without, with]) = server.wal_per_insert else {
        return told;
    };
    let args = [
        ("without", plot::whole(without).into()),
        ("with", plot::whole(with).into()),
    ];
    format!("{told} {}", words.fill("curve.measured.insert", &args))
}

/// What was measured, and beside it what the model says: redo by its amount, and commits by clients.
pub fn measured_tables(words: &Words, server: &MeasuredServer) -> [Table; 2] {
    let table = |name: &str, heads: [&str; 3], points: &[MeasuredPoint]| Table {
        caption: words.say(name).to_owned(),
        header: heads.map(|head| words.say(head).to_owned()).into(),
        rows: points.iter().map(|point| compared(words, point)).collect(),
    };
    [
        table(
            "curve.measured.redo",
            [
                "curve.measured.gb",
                "curve.measured.seconds",
                "curve.measured.model",
            ],
            &server.restarts,
        ),
        table(
            "curve.measured.commits",
            [
                "curve.measured.clients",
                "curve.measured.ms",
                "curve.measured.model",
            ],
            &server.commits,
        ),
    ]
}

/// The cells of a point.
fn compared(words: &Words, point: &MeasuredPoint) -> Vec<String> {
    let MeasuredPoint {
        set,
        least,
        median,
        most,
        model,
        fitted,
    } = *point;
    let texts = [
        ("set", set),
        ("least", least),
        ("median", median),
        ("most", most),
        ("model", model),
    ]
    .map(|(name, value)| (name, numbers::three_digits(value)));
    let args = texts.each_ref().map(|(name, text)| (*name, text.into()));
    let said = if fitted {
        "curve.measured.cell.fitted"
    } else {
        "curve.measured.cell.left"
    };
    let took = words.fill("curve.measured.cell", &args[1..4]);
    vec![texts[0].1.clone(), took, words.fill(said, &args[4..])]
}

/// Where the live run is on the curve.
pub fn live(words: &Words, like: Like, rows: &[RecoveryRow], live: Option<Live>) -> String {
    match live {
        None => words.say("curve.live.none").to_owned(),
        Some(Live::Took {
            redo_bytes,
            took_ns,
        }) => words.fill(
            "curve.live.took",
            &[
                ("redo", (&numbers::bytes(redo_bytes)).into()),
                ("took", (&numbers::span(took_ns)).into()),
            ],
        ),
        Some(Live::Would { redo_bytes }) => {
            let redo = numbers::bytes(redo_bytes);
            let said = words.fill("curve.live.would", &[("redo", (&redo).into())]);
            let would = Live::Would { redo_bytes }.takes(like, rows);
            let read = would.map_or_else(
                || words.say("curve.live.would.unknown").to_owned(),
                |(_, y)| words.fill("curve.live.would.take", &[("took", span(y))]),
            );
            format!("{said} {read}")
        }
    }
}

/// Restarts in a list, each with what it took and by how much the line misses it.
fn listed(words: &Words, restarts: &[SeenRestart]) -> String {
    let told = restarts.iter().map(|seen| {
        let texts = [
            ("redo", numbers::three_digits(seen.redo_gb)),
            ("took", numbers::three_digits(seen.seconds)),
            ("residual", signed(seen.residual_s)),
        ];
        let args = texts.each_ref().map(|(name, text)| (*name, text.into()));
        words.fill("curve.talk.point", &args)
    });
    told.collect::<Vec<_>>().join("; ")
}

fn point(seen: &SeenRestart) -> Point {
    Point {
        x: seen.redo_gb,
        y: seen.seconds,
        ..Point::default()
    }
}

fn measured_point(measured: &MeasuredPoint) -> Point {
    Point {
        x: (measured.set * 100.0).round() / 100.0,
        y: measured.median,
        spread: (measured.least < measured.most).then_some((measured.least, measured.most)),
        name: String::new(),
    }
}

/// The curve of the conventional engine, by rising redo. What the measured server's log calls redo is
/// no more of a restart, so there it is redo alone.
fn conventional(like: Like, rows: &[RecoveryRow]) -> Vec<(f64, f64)> {
    places(
        rows,
        match like {
            Like::Talk => |row| row.took_ns,
            Like::Measured => |row| row.redo_took_ns,
        },
    )
}

fn quorum(rows: &[RecoveryRow]) -> Vec<(f64, f64)> {
    places(rows, |row| row.quorum_took_ns)
}

fn places(rows: &[RecoveryRow], took: fn(&RecoveryRow) -> u64) -> Vec<(f64, f64)> {
    let mut rows: Vec<_> = rows.iter().collect();
    plot::sort_few(&mut rows, |row| row.redo_bytes);
    let places = rows
        .iter()
        .map(|row| (gb(row.redo_bytes), seconds(took(row))));
    places.collect()
}

/// What a line says at `x`, where it reaches so far.
fn read(places: &[(f64, f64)], x: f64) -> Option<f64> {
    let after = places.partition_point(|place| place.0 < x);
    let right = places.get(after)?;
    let left = places[..after].last().unwrap_or(right);
    let share = (x - left.0) / (right.0 - left.0);
    match (left.0 <= x, share.is_finite()) {
        (true, true) => Some(left.1 + share * (right.1 - left.1)),
        (true, false) => Some(right.1),
        (false, _) => None,
    }
}

fn span(seconds: f64) -> Arg<'static> {
    Arg::Took(plot::whole(seconds * 1e9))
}

/// A difference in seconds, with its sign.
fn signed(seconds: f64) -> String {
    let sign = if seconds < 0.0 { "−" } else { "+" };
    format!("{sign}{:.1}", seconds.abs())
}

/// To 10 MB: a crash comes a record after the amount that it was asked for.
fn gb(bytes: u64) -> f64 {
    (float(bytes) / 1e7).round() / 100.0
}

fn seconds(ns: u64) -> f64 {
    float(ns) / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1_000_000_000;

    fn row(redo_gb: u64, seconds: u64) -> RecoveryRow {
        RecoveryRow {
            written_bytes: redo_gb * GB,
            redo_bytes: redo_gb * GB,
            took_ns: seconds * GB,
            redo_took_ns: seconds * GB - GB,
            quorum_took_ns: 2_000_000,
        }
    }

    fn evidence() -> Evidence {
        let seen = |redo_gb, seconds, residual_s| SeenRestart {
            redo_gb,
            seconds,
            residual_s,
        };
        Evidence {
            talk: vec![
                seen(3.0, 19.0, -1.49),
                seen(10.0, 50.0, 2.0),
                seen(30.0, 126.0, -0.52),
            ],
            talk_line: Some(protocol::FittedLine {
                start_s: 8.7,
                s_per_gb: 3.93,
            }),
            talk_quorum_s: 3.0,
            log_bytes_per_s: 9_250_000,
            measured: None,
            inserts: protocol::InsertLoad {
                per_s: 25_000,
                pages: 100_000,
                row_ns: 6_000_000_000,
                disk: protocol::DiskSetup {
                    mb_per_s: 500,
                    iops: 20_000,
                },
            },
        }
    }

    #[test]
    fn lines_rise_with_redo_in_whatever_order_the_crashes_came() {
        let chart = chart(
            &Words::english(),
            Like::Talk,
            &[row(4, 24), row(2, 16)],
            None,
            None,
        );
        assert_eq!(chart.lines[0].places, [(2.0, 16.0), (4.0, 24.0)]);
        assert_eq!(chart.lines[1].places, [(2.0, 0.002), (4.0, 0.002)]);
    }

    #[test]
    fn before_anything_is_computed_the_talk_has_its_points() {
        let chart = chart(&Words::english(), Like::Talk, &[], Some(&evidence()), None);
        assert_eq!(chart.points[0].points.len(), 3);
        assert_eq!(chart.lines.len(), 1, "what it said of Aurora");
    }

    #[test]
    fn a_measured_server_is_laid_over_the_curve_of_a_server_like_it() {
        let mut evidence = evidence();
        evidence.measured = Some(MeasuredServer {
            about: vec!["PostgreSQL 15".to_owned(), "settings".to_owned()],
            restarts: vec![MeasuredPoint {
                set: 1.0,
                least: 8.0,
                median: 9.0,
                most: 10.0,
                model: 9.4,
                fitted: true,
            }],
            commits: vec![MeasuredPoint {
                set: 16.0,
                least: 0.9,
                median: 1.0,
                most: 1.1,
                model: 0.95,
                fitted: false,
            }],
            wal_per_insert: Some([338.2, 466.0]),
            replay_bytes_per_s: 1e8,
            flush_ms: 0.2,
            most_gb: 2.0,
            redo_error: 0.12,
            error: 0.09,
        });
        let words = Words::english();
        let chart = chart(&words, Like::Measured, &[row(1, 10)], Some(&evidence), None);
        assert_eq!(chart.points.len(), 1, "the talk's are for another server");
        assert_eq!(chart.points[0].points[0].spread, Some((8.0, 10.0)));
        assert_eq!(chart.x.least, Some((0.0, 2.0)));
        let told = measured(&words, evidence.measured.as_ref().unwrap());
        for part in ["100 MB", "12 %", "9 %", "338", "466"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let [redo, commits] = measured_tables(&words, evidence.measured.as_ref().unwrap());
        assert_eq!(redo.rows, [["1", "9 (8 to 10)", "9.4, fitted"]]);
        assert_eq!(commits.rows, [["16", "1 (0.9 to 1.1)", "0.95"]]);
    }

    #[test]
    fn the_live_run_stands_where_the_curve_is_and_nowhere_beyond_it() {
        let rows = [row(2, 16), row(4, 24)];
        let would = |redo_bytes| {
            let takes = Live::Would { redo_bytes }.takes(Like::Talk, &rows);
            takes.map(|(_, seconds)| seconds)
        };
        assert_eq!(would(3 * GB), Some(20.0));
        assert_eq!(would(2 * GB), Some(16.0));
        assert_eq!(would(4 * GB), Some(24.0));
        assert_eq!(would(5 * GB), None);
        assert_eq!(would(GB), None);
        let took = Live::Took {
            redo_bytes: 5 * GB,
            took_ns: 7 * GB,
        };
        assert_eq!(
            took.takes(Like::Talk, &[]),
            Some((5 * GB, 7.0)),
            "it needs no curve"
        );
        // On the other chart the line is redo alone, and so is what is read off it.
        let would = Live::Would { redo_bytes: 3 * GB };
        assert_eq!(would.takes(Like::Measured, &rows), Some((3 * GB, 19.0)));
    }

    #[test]
    fn the_fit_and_its_residuals_are_told() {
        let told = talk(&Words::english(), &evidence()).unwrap();
        for part in ["8.7 s", "3.93 s", "−1.5 s", "+2.0 s", "−0.5 s"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn ninety_seven_percent_are_put_right() {
        let told = garbled(&Words::english(), &evidence()).unwrap();
        for part in ["97.6 %", "(126 − 3) / 126", "84.2 %", "94 %"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}
