//! What holds for every picture, and that no word is missing.

#[path = "../samples/mod.rs"]
mod samples;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use protocol::{Frame, Happening, LabSetup, Missing, MissingWhy, Verb};
use samples::{az, node, quiet, setup, stopped, zone_down};
use scene::{
    Dash, Drawing, Motion, Paint, Shape, StageShape, TapeShape, Target, Text, Theme, Words,
    sentences, to_svg,
};

const SIZES: [(f64, f64); 6] = [
    (720.0, 620.0),
    (640.0, 440.0),
    (560.0, 400.0),
    (960.0, 318.0),
    (366.0, 0.0),
    (320.0, 0.0),
];

fn stage(setup: &LabSetup, frame: &Frame, (width, height): (f64, f64)) -> Drawing {
    let shape = StageShape::fit(setup, width, height);
    scene::stage(&Words::english(), setup, frame, &shape, Motion::Flights)
}

fn tape(setup: &LabSetup, frame: &Frame) -> Drawing {
    let shape = TapeShape {
        width: 1000.0,
        compact: false,
    };
    scene::tape(&Words::english(), setup, frame, &shape)
}

fn says(drawing: &Drawing, group: &str, text: &str) -> bool {
    drawing
        .find(group)
        .expect("the picture has this group")
        .iter()
        .flat_map(Shape::texts)
        .any(|found| found.text == text)
}

#[test]
fn nothing_overlaps_or_leaves_the_picture_in_any_topology() {
    for (zones, nodes) in [(1, 1), (1, 3), (2, 2), (3, 1), (3, 2), (3, 3)] {
        let setup = setup(zones, nodes, 2);
        for frame in [quiet(&setup), zone_down(&setup)] {
            for size in SIZES {
                let drawing = stage(&setup, &frame, size);
                assert_eq!(drawing.spots.len(), usize::from(zones + zones * nodes));
                for (n, spot) in drawing.spots.iter().enumerate() {
                    let area = spot.area;
                    let inside = area.x >= 0.0
                        && area.y >= 0.0
                        && area.right() <= drawing.width
                        && area.bottom() <= drawing.height;
                    assert!(inside, "{zones}x{nodes} {size:?}: {spot:?}");
                    assert!(area.width >= 24.0 && area.height >= 24.0, "{spot:?}");
                    let after = &drawing.spots[n + 1..];
                    assert!(
                        !after.iter().any(|other| other.area.overlaps(&area)),
                        "{spot:?}"
                    );
                }
                for text in drawing.texts() {
                    assert!(text.size >= Text::SIZE_MIN, "{text:?}");
                    assert!((0.0..=drawing.width).contains(&text.x), "{text:?}");
                    assert!((0.0..=drawing.height).contains(&text.y), "{text:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_down_is_hatched_dashed_and_named() {
    let setup = setup(3, 2, 1);
    for size in SIZES {
        let drawing = stage(&setup, &stopped(&setup), size);
        for (name, down) in [("node-b1", true), ("node-c2", true), ("node-a1", false)] {
            let shapes = drawing.find(name).expect("the node is drawn");
            let dashed = shapes.iter().any(
                |shape| matches!(shape, Shape::Rect { style, .. } if style.dash == Dash::Dashed),
            );
            let hatched = shapes.iter().any(|shape| {
                matches!(shape, Shape::Path { style, .. } if style.stroke == Paint::StrongRule && style.opacity < 1.0)
            });
            assert_eq!((dashed, hatched), (down, down), "{name} {size:?}");
            assert_eq!(says(&drawing, name, "down"), down, "{name} {size:?}");
        }
        assert!(drawing.label.contains("Down: b1, b2, c2."));
        let label = |target| {
            let spot = drawing.spots.iter().find(|spot| spot.target == target);
            spot.map(|spot| spot.label.as_str())
        };
        assert_eq!(
            label(Target::Node(node("c2"))),
            Some("Node c2, down, complete to 1,042")
        );
        assert_eq!(label(Target::Zone(az('b'))), Some("Zone b, no power"));
    }
}

#[test]
fn durable_cards_are_green_and_say_so() {
    let setup = setup(3, 2, 1);
    let frame = zone_down(&setup);
    let drawing = tape(&setup, &frame);
    for card in &frame.tape.cards {
        let key = format!("card-{}", card.lsn);
        let shapes = drawing.find(&key).expect("the card is drawn");
        let green = matches!(shapes[0], Shape::Rect { style, .. } if style.stroke == Paint::Good);
        assert_eq!(green, card.durable);
        assert_eq!(says(&drawing, &key, "durable"), card.durable);
        assert!(says(&drawing, &key, &format!("{} of 6 acks", card.acked)));
    }
    assert!(says(&drawing, "points", "durable up to here (VDL)"));
    assert!(says(&drawing, "points", "b up to here"));
}

#[test]
fn a_message_is_drawn_on_the_way_and_not_beside_it() {
    let setup = setup(3, 2, 1);
    let frame = zone_down(&setup);
    let drawing = stage(&setup, &frame, SIZES[0]);
    let flights = drawing.find("flights").expect("flights are drawn");
    assert_eq!(flights.len(), frame.flights.len());
    let still = scene::stage(
        &Words::english(),
        &setup,
        &frame,
        &StageShape::fit(&setup, 720.0, 620.0),
        Motion::Still,
    );
    // Where nothing may move, numbers stand on the edges: a boxcar and an acknowledgement of a1.
    assert!(says(&still, "sent-a1", "1"));
    assert!(says(&still, "acked-a1", "1"));
}

#[test]
fn a_picture_alone_is_well_formed_and_loads_nothing() {
    let setup = setup(3, 2, 1);
    for theme in Theme::ALL {
        let svg = to_svg(&stage(&setup, &zone_down(&setup), SIZES[0]), theme);
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
        for foreign in ["var(", "url(", "href", "style="] {
            assert!(!svg.contains(foreign), "{foreign}");
        }
    }
}

#[test]
fn every_event_and_every_reason_has_a_sentence() {
    let words = Words::english();
    let setup = setup(3, 2, 2);
    let (one, two) = (node("a1"), node("c2"));
    for what in happenings() {
        for said in [
            sentences::happened(&words, &setup, &what),
            sentences::as_cause(&words, &what),
        ] {
            assert!(!said.contains(['{', '}']), "{said}");
            assert!(
                !said.starts_with("event.") && !said.starts_with("cause."),
                "{said}"
            );
        }
        assert!(sentences::happened(&words, &setup, &what).ends_with('.'));
    }
    for why in [
        MissingWhy::Down { since_ns: 1 },
        MissingWhy::OnTheWay,
        MissingWhy::Writing,
        MissingWhy::Behind { scl: 7 },
        MissingWhy::Lost,
        MissingWhy::AckOnTheWay,
    ] {
        let said = sentences::missing(&words, &Missing { node: two, why });
        assert!(
            said.contains("c2") && said.ends_with('.') && !said.contains('{'),
            "{said}"
        );
    }
    for verb in [
        Verb::AzDown(az('b')),
        Verb::AzUp(az('b')),
        Verb::NodeDown(one),
        Verb::NodeUp(one),
        Verb::Slow { node: one, ms: 20 },
        Verb::Slow { node: one, ms: 0 },
        Verb::Drop {
            node: one,
            count: 1,
        },
        Verb::Drop {
            node: one,
            count: 0,
        },
    ] {
        let said = sentences::verb(&words, verb);
        assert!(!said.contains('{') && !said.starts_with("verb."), "{said}");
    }
}

/// One of each kind, in the order of the enum.
fn happenings() -> Vec<Happening> {
    let (node, peer, group) = (node("c2"), node("a1"), 1);
    let (first, last, scl, lsn, txn, limit) = (1, 2, 1, 3, 4, 5);
    vec![
        Happening::Issued { first, last },
        Happening::RecordsIssued {
            first,
            last,
            mtrs: 2,
        },
        Happening::CommitAsked { txn, lsn },
        Happening::CommitsAsked { count: 64, lsn },
        Happening::Throttled { limit },
        Happening::Unthrottled { limit },
        Happening::BoxcarSent {
            group,
            first,
            last,
            records: 2,
            bytes: 256,
        },
        Happening::Received {
            node,
            group,
            first,
            last,
        },
        Happening::Stored {
            node,
            group,
            last,
            scl,
        },
        Happening::Stored {
            node,
            group,
            last,
            scl: last,
        },
        Happening::Acked { node, group, scl },
        Happening::PgclMoved {
            group,
            pgcl: 2,
            node,
        },
        Happening::VclMoved { vcl: 2 },
        Happening::VdlMoved { vdl: 2 },
        Happening::CommitAcked {
            txn,
            lsn,
            took_ns: 1_900_000,
        },
        Happening::CommitsAcked {
            count: 64,
            lsn,
            shortest_ns: 1_200_000,
            longest_ns: 1_400_000,
        },
        Happening::CommitsAcked {
            count: 64,
            lsn,
            shortest_ns: 1_200_000,
            longest_ns: 1_200_000,
        },
        Happening::Lost {
            node,
            group,
            first,
            last,
        },
        Happening::MessagesLost {
            node,
            group,
            count: 3,
            first,
            last,
        },
        Happening::FoundDown { node },
        Happening::GapFound {
            node,
            group,
            after: 1,
            until: 2,
        },
        Happening::GossipAsked { node, peer },
        Happening::GossipGiven {
            node,
            peer,
            group,
            first,
            last,
        },
        Happening::GossipEmpty { node, peer },
        Happening::ZoneDown { az: az('b') },
        Happening::ZoneUp { az: az('b') },
        Happening::NodeDown { node },
        Happening::NodeUp { node },
        Happening::Slowed { node, ms: 20 },
        Happening::Slowed { node, ms: 0 },
        Happening::DropSet { node, count: 1 },
        Happening::DropSet { node, count: 0 },
        Happening::WorkloadEnded,
    ]
}

#[test]
fn every_message_is_used_and_every_used_message_exists() {
    let sources = sources();
    let literals: BTreeSet<&str> = sources.iter().flat_map(|text| literals(text)).collect();
    let words = Words::english();
    let keys: BTreeSet<&str> = words.keys().collect();
    let unused: Vec<_> = keys.difference(&literals).collect();
    assert!(unused.is_empty(), "messages that nobody says: {unused:?}");

    let first_words: BTreeSet<&str> = keys
        .iter()
        .filter_map(|key| key.split('.').next())
        .collect();
    let missing: Vec<_> = literals
        .iter()
        .filter(|literal| is_key(literal, &first_words) && !keys.contains(**literal))
        .collect();
    assert!(
        missing.is_empty(),
        "messages that are not there: {missing:?}"
    );
}

#[test]
fn whoever_says_a_message_has_what_it_asks_for() {
    let sources = sources();
    let words = Words::english();
    for key in words.keys() {
        let slots = words.say(key).split('{').skip(1);
        for slot in slots.filter_map(|rest| rest.split([':', '}']).next()) {
            let given = sources
                .iter()
                .map(|text| literals(text).collect::<BTreeSet<_>>())
                .any(|literals| literals.contains(key) && literals.contains(slot));
            assert!(given, "nobody who says {key} gives {slot}");
        }
    }
}

/// The source files of whoever says messages, without their tests.
fn sources() -> Vec<String> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["scene/src", "ui/src"] {
        collect(&crates.join(folder), &mut files);
    }
    files
        .iter()
        .map(|file| fs::read_to_string(file).expect("a source file is readable"))
        .map(|text| text.split("#[cfg(test)]").next().unwrap_or("").to_owned())
        // Quotation marks that begin no text.
        .map(|text| text.replace("'\"'", "").replace("\\\"", ""))
        .collect()
}

fn literals(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').skip(1).step_by(2)
}

/// Looks like a message's key: dotted lower-case words, the first of which begins some key.
fn is_key(literal: &str, first_words: &BTreeSet<&str>) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    literal.split_once('.').is_some_and(|(first, rest)| {
        first_words.contains(first) && !rest.is_empty() && literal.chars().all(letters)
    })
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a source folder is readable");
    for entry in entries.map(|entry| entry.expect("a folder's entry is readable").path()) {
        if entry.is_dir() {
            collect(&entry, files);
        } else if entry.extension().is_some_and(|end| end == "rs") {
            files.push(entry);
        }
    }
}

#[test]
fn the_page_and_a_picture_alone_have_the_same_colours() {
    let tokens = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/styles/tokens.css"),
    )
    .expect("the page's tokens are readable");
    for theme in Theme::ALL {
        for paint in Paint::all() {
            let name = paint
                .variable()
                .trim_start_matches("var(")
                .trim_end_matches(')');
            let rule = format!("{name}: {};", theme.colour(paint));
            let found = tokens.matches(&rule).count();
            // Dark stands twice: for whoever chooses it, and for whoever's system does.
            let wanted = if theme == Theme::Light { 1 } else { 2 };
            assert!(found >= wanted, "{theme:?}: {rule}");
        }
    }
}

#[test]
fn text_and_marks_stand_out_from_what_is_behind_them() {
    for theme in Theme::ALL {
        let text = [
            Paint::Ink,
            Paint::Quiet,
            Paint::Accent,
            Paint::Good,
            Paint::Wait,
            Paint::Bad,
        ];
        for ground in [Paint::Ground, Paint::Raised, Paint::Sunken] {
            for paint in text {
                assert_contrast(theme, paint, ground, 4.5);
            }
            assert_contrast(theme, Paint::StrongRule, ground, 3.0);
        }
        for zone in ["a", "b", "c"].map(|letter| letter.parse().expect("a zone")) {
            for ground in [Paint::Ground, Paint::Raised, Paint::ZoneSoft(zone)] {
                assert_contrast(theme, Paint::Zone(zone), ground, 4.5);
            }
            assert_contrast(theme, Paint::Quiet, Paint::ZoneSoft(zone), 4.5);
        }
    }
}

/// WCAG's contrast ratio.
fn assert_contrast(theme: Theme, over: Paint, ground: Paint, least: f64) {
    let luminance = |paint| {
        let hex = theme.colour(paint).trim_start_matches('#').to_owned();
        let part = |from: usize| {
            let value = u8::from_str_radix(&hex[from..from + 2], 16).expect("a colour is hex");
            let share = f64::from(value) / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
    };
    let (a, b) = (luminance(over), luminance(ground));
    let ratio = (a.max(b) + 0.05) / (a.min(b) + 0.05);
    assert!(
        ratio >= least,
        "{theme:?}: {over:?} on {ground:?} is {ratio:.2}"
    );
}
