//! The conventional engine: its picture, and the table beside the quorum engine.

use protocol::{Kind, Standby, Sum};
use scene::ServersShape;

use super::*;

fn drawn(state: &str, width: f64) -> Drawing {
    let setup = setup(3, 2, 1);
    let mut frames = samples::servers(&setup).into_iter();
    let found = frames.find(|(name, _)| *name == state);
    let (_, frame) = found.expect("a state of the samples");
    let shape = ServersShape {
        width,
        slide: false,
    };
    scene::servers(&Words::english(), &frame, &shape).expect("it has servers")
}

#[test]
fn servers_fit_every_window_in_every_state() {
    let setup = setup(3, 2, 1);
    let words = Words::english();
    for (state, frame) in samples::servers(&setup) {
        for (width, slide) in [
            (1_040.0, false),
            (920.0, true),
            (723.0, false),
            (619.0, true),
            (366.0, false),
            (326.0, false),
            (288.0, false),
        ] {
            let drawing = scene::servers(&words, &frame, &ServersShape { width, slide }).unwrap();
            let least = if slide {
                Text::SIZE_MIN_SLIDE
            } else {
                Text::SIZE_MIN
            };
            let texts = drawing.text_areas();
            for (n, (area, text)) in texts.iter().enumerate() {
                let what = format!("{state}, {width}: {}", text.text);
                assert!(
                    text.size >= least && !text.text.contains(['{', '}']),
                    "{what}"
                );
                assert!(area.x >= 0.0 && area.right() <= width, "{what}");
                let mut after = texts[n + 1..].iter();
                let other = after.find(|(other, _)| area.overlaps(other));
                assert!(other.is_none(), "{what} and {}", other.unwrap().1.text);
            }
            for spot in &drawing.spots {
                let Area { width, height, .. } = spot.area;
                assert!(width >= 24.0 && height >= 24.0, "{spot:?}");
                assert!(spot.area.bottom() <= drawing.height, "{spot:?}");
            }
        }
    }
}

#[test]
fn every_server_has_a_name_that_says_its_state() {
    let labels = |state| -> Vec<_> {
        let spots = drawn(state, 723.0).spots.into_iter();
        spots.map(|spot| (spot.target, spot.label)).collect()
    };
    let s = |index| Target::Standby(Standby::new(index).unwrap());
    assert_eq!(
        labels("replaying"),
        [
            (
                Target::Primary,
                "Primary, zone a, replays WAL: 69.1 %".to_owned()
            ),
            (s(0), "Standby s1, zone b, connected".to_owned()),
            (s(1), "Standby s2, zone c, connected".to_owned()),
        ]
    );
    assert_eq!(
        labels("promoted"),
        [
            (Target::Primary, "Primary, was s1, zone b, open".to_owned()),
            (s(1), "Standby s2, zone c, not connected".to_owned()),
        ]
    );
    assert_eq!(labels("down")[0].1, "Primary, zone a, crashed at 6 s");
}

#[test]
fn a_bar_shows_what_its_line_says() {
    let drawing = drawn("at work", 723.0);
    let bars = |paint| -> Vec<f64> {
        let shapes = drawing.find("primary").unwrap().iter();
        let widths = shapes.filter_map(|shape| match shape {
            Shape::Rect { area, style, .. } if style.fill == paint => Some(area.width),
            Shape::Rect { .. }
            | Shape::Path { .. }
            | Shape::Circle { .. }
            | Shape::Text(_)
            | Shape::Group { .. } => None,
        });
        widths.collect()
    };
    let room = bars(Paint::Sunken)[1];
    let [dirty, done] = bars(Paint::Accent)[..] else {
        panic!("one of the buffer pool, one of the checkpoint");
    };
    assert!((dirty / room - 812.0 / 8_192.0).abs() < 0.001);
    assert!((done / room - 120.0 / 1_523.0).abs() < 0.001);
    assert!(drawing.label.contains("812 dirty."), "{}", drawing.label);
}

#[test]
fn both_engines_stand_side_by_side_per_commit() {
    let setup = setup(3, 2, 1);
    let words = Words::english();
    let (_, frame) = samples::servers(&setup).remove(0);
    let (heads, rows) = scene::engines_compared(&words, frame.servers.as_ref().unwrap());
    assert_eq!(heads, ["Quorum engine", "Conventional engine"]);
    let cells = |name: &str| {
        let row = rows.iter().find(|row| row.name == name);
        row.map(|row| row.cells.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(
        cells("Written and sent per commit"),
        Some(vec!["768 B", "16 kB"])
    );
    assert_eq!(
        cells("bytes for each machine"),
        Some(vec!["128 B, 6 machines", "5.33 kB, 3 machines"])
    );
    assert_eq!(
        cells("of them for each machine"),
        Some(vec!["0.08, 6 machines", "0.33, 3 machines"])
    );
    assert_eq!(cells("full-page images in it"), Some(vec!["–", "4.1 kB"]));
    assert_eq!(
        cells("Writes and messages per commit"),
        Some(vec!["0.5", "1"])
    );
    assert_eq!(
        cells("Last recovery"),
        Some(vec!["–", "1.3 s, 29.1 MB replayed"])
    );
    assert_eq!(
        cells("pages by the background writer"),
        None,
        "there were none"
    );
}

/// The cells of Table 1 for so many commits of each engine, the quorum engine's first.
fn beside_the_paper(commits: [u64; 2]) -> Vec<Vec<String>> {
    let frame = samples::servers(&setup(3, 2, 1)).swap_remove(0).1;
    let mut view = frame.servers.expect("it has servers");
    let sum = |count| Sum { count, bytes: 1 };
    view.figures.commits_acked = commits[1];
    view.figures.written = vec![(Kind::Flushes, sum(400)), (Kind::CheckpointPages, sum(500))];
    let quorum = view.quorum.as_mut().expect("both engines run");
    quorum.commits_acked = commits[0];
    quorum.written = vec![(Kind::Storage, sum(1_200)), (Kind::Archive, sum(77))];
    let rows = scene::table_one(&Words::english(), &view);
    rows.into_iter().map(|row| row.cells).collect()
}

#[test]
fn a_run_stands_beside_table_1_of_the_paper() {
    let cells = beside_the_paper([1_000, 100]);
    assert_eq!(cells[0], ["35.1", "10"]);
    assert_eq!(cells[1], ["7.4", "9"]);
    assert_eq!(cells[2], ["0.95", "1.2"]);
    assert_eq!(cells[3], ["7.79", "7.5"]);
    // Before the first commit there is nothing to say.
    for cells in beside_the_paper([0, 0]) {
        assert_eq!(cells[1], "–");
    }
}
