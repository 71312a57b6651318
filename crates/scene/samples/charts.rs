//! Charts made by hand: the figures that they were made for, and what no figure should be.

use scene::chart::{Axis, Chart, Line, Look, Moving, Point, Points, Span, Spans};

fn line(name: &str, look: Look, places: impl IntoIterator<Item = (f64, f64)>) -> Line {
    Line {
        name: name.to_owned(),
        look,
        places: places.into_iter().collect(),
    }
}

fn point(x: f64, y: f64, name: &str) -> Point {
    Point {
        x,
        y,
        spread: None,
        name: name.to_owned(),
    }
}

/// Recovery time over redo: two engines, a fit, what was said and what was measured, and a run.
fn recovery() -> Chart {
    let redo = || (0..=40).map(f64::from);
    let measured = [(0.3, 1.1), (0.54, 3.3), (1.08, 9.0), (2.16, 13.6)];
    let measured = measured.map(|(x, y)| Point {
        spread: Some((y * 0.85, y * 1.2)),
        ..point(x, y, "")
    });
    Chart {
        title: "Recovery takes as long as there is redo".to_owned(),
        x: Axis::new("redo at the crash", "GB"),
        y: Axis::new("time until the database is open", "s"),
        lines: vec![
            line("quorum engine", Look::First, redo().map(|x| (x, 1.2))),
            line(
                "PostgreSQL's way",
                Look::Second,
                redo().map(|x| (x, 8.7 + 4.1 * x)),
            ),
            line(
                "line through the talk's points",
                Look::Third,
                [(0.0, 8.7), (40.0, 165.9)],
            ),
        ],
        points: vec![
            Points {
                name: "the talk".to_owned(),
                source: "notes of 2 December 2019".to_owned(),
                look: Look::Second,
                points: vec![
                    point(3.0, 19.0, "19 s"),
                    point(10.0, 50.0, "50 s"),
                    point(30.0, 126.0, "126 s"),
                ],
            },
            Points {
                name: "measured".to_owned(),
                source: "PostgreSQL 15.20 on 2 cores, 23 November 2026, five runs each".to_owned(),
                look: Look::Fourth,
                points: measured.to_vec(),
            },
        ],
        moving: Some(Moving {
            name: "this run".to_owned(),
            look: Look::Second,
            x: 6.4,
            y: 34.0,
        }),
        ..Chart::default()
    }
}

/// The checkpoints of half an hour.
fn checkpoints() -> Spans {
    let spans = (0..11).map(|n| f64::from(n) * 2.7 + 1.0);
    let spans = spans.zip(1..).map(|(from, number)| Span {
        from,
        to: (from + 2.1).min(30.0),
        name: number.to_string(),
    });
    Spans {
        name: "checkpoint, from its start to its end".to_owned(),
        spans: spans.collect(),
    }
}

/// The insert test: response times of both engines, of which one has checkpoints.
fn response() -> Chart {
    let minutes = || (0..360).map(|n| f64::from(n) / 12.0);
    let checkpoints = checkpoints();
    let within = |x: f64| {
        checkpoints
            .spans
            .iter()
            .any(|span| span.from <= x && x < span.to)
    };
    let wave = |x: f64| 1.0 + 0.1 * (x * 7.0).sin();
    let high = |x: f64| if within(x) { 3.0 } else { 1.0 };
    let of = |base: f64, times: bool| {
        minutes().map(move |x| (x, base * wave(x) * if times { high(x) } else { 1.0 }))
    };
    Chart {
        title: "Response time".to_owned(),
        x: Axis::new("model time", "min").at_least(0.0, 30.0),
        y: Axis::new("response time of inserts", "ms").log(),
        lines: vec![
            line("quorum p50", Look::First, of(1.3, false)),
            line("quorum p99", Look::Third, of(2.6, false)),
            line("WAL p50", Look::Second, of(0.6, true)),
            line("WAL p99", Look::Fourth, of(1.9, true)),
        ],
        spans: checkpoints.clone(),
        ..Chart::default()
    }
}

/// The insert test: inserts of both engines, which are the same, while the run goes on.
fn inserts() -> Chart {
    let minutes = || (1..100).map(|n| f64::from(n) / 12.0);
    let rate = |x: f64| 25_000.0 - (x * 40.0).sin().abs() * 60.0;
    Chart {
        title: "Inserts acknowledged".to_owned(),
        x: Axis::new("model time", "min").at_least(0.0, 30.0),
        y: Axis::new("inserts", "per second"),
        lines: vec![
            line("quorum", Look::First, minutes().map(|x| (x, rate(x)))),
            line("WAL", Look::Second, minutes().map(|x| (x, rate(x + 0.03)))),
        ],
        spans: Spans {
            spans: checkpoints().spans.into_iter().take(3).collect(),
            ..checkpoints()
        },
        ..Chart::default()
    }
}

/// Every chart, with a word for it.
pub(crate) fn charts() -> Vec<(&'static str, Chart)> {
    let none = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300];
    let senseless = none.iter().flat_map(|x| none.iter().map(move |y| (*x, *y)));
    let holes = [
        (0.0, 1.0),
        (1.0, f64::NAN),
        (2.0, 3.0),
        (f64::NAN, 3.0),
        (4.0, 2.0),
        (5.0, 0.5),
    ];
    let crowd = (0..12).map(|n| point(5.0 + 0.01 * f64::from(n), 5.0, "one of many"));
    let axes = || Chart {
        title: "A title that is so long that it does not fit into one line of a narrow picture"
            .into(),
        x: Axis::new("a", ""),
        y: Axis::new("b", "kB"),
        ..Chart::default()
    };
    vec![
        ("recovery", recovery()),
        ("response", response()),
        ("inserts", inserts()),
        ("nothing", Chart::default()),
        ("empty", axes()),
        (
            "one value",
            Chart {
                lines: vec![line("alone", Look::Third, [(3.0, -7.0)])],
                ..axes()
            },
        ),
        (
            "one value, logarithmic",
            Chart {
                x: Axis::new("a", "").log(),
                y: Axis::new("b", "").log(),
                lines: vec![line(
                    "alone",
                    Look::First,
                    [(3.0, 7.0), (0.0, 1.0), (-1.0, 1.0)],
                )],
                ..axes()
            },
        ),
        (
            "senseless",
            Chart {
                lines: vec![line("nowhere", Look::First, senseless)],
                points: vec![Points {
                    points: vec![Point {
                        spread: Some((f64::NAN, f64::INFINITY)),
                        ..point(1.0, 1.0, "here")
                    }],
                    ..Points::default()
                }],
                moving: Some(Moving {
                    x: f64::NAN,
                    ..Moving::default()
                }),
                ..axes()
            },
        ),
        (
            "holes",
            Chart {
                lines: vec![line("broken", Look::Fourth, holes)],
                ..axes()
            },
        ),
        (
            "crowd",
            Chart {
                lines: Look::ALL
                    .map(|look| line("same", look, [(0.0, 5.0), (9.0, 5.0)]))
                    .to_vec(),
                points: vec![Points {
                    name: "a crowd".to_owned(),
                    points: crowd.collect(),
                    ..Points::default()
                }],
                ..axes()
            },
        ),
        (
            "long names",
            Chart {
                lines: Look::ALL
                    .map(|look| {
                        let name = "a name that is longer than most rooms that there are for one, \
                                    andoneverylongwordwithoutanyplacetobreakit";
                        line(name, look, [(0.0, 1e6), (1e6, 123_456.789)])
                    })
                    .to_vec(),
                ..axes()
            },
        ),
    ]
}
