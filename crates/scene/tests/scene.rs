//! What holds for every picture, and that no word is missing.

#[path = "scene/charts.rs"]
mod charts;
#[path = "../samples/mod.rs"]
mod samples;
#[path = "scene/servers.rs"]
mod servers;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use protocol::{
    AwaitedPage, Broken, ChangeStep, Frame, Happening, Invariant, LabSetup, MembersChange, Missing,
    MissingWhy, Moment, Obstacle, ReadRefusedWhy, ReadWait, ReadWhy, RecentCell, RecoveryStep,
    Upkeep, Verb, VolumeId, VolumeState, WriterState,
};
use samples::{
    az, eventful, node, quiet, recovering, scattered, setup, shifted, stopped, writer_cut_off,
    writer_down, zone_down,
};
use scene::{
    Area, Arrangement, Dash, Drawing, Motion, PARTS, Paint, Shape, StageShape, TapeShape, Target,
    Text, Theme, VolumesShape, Words, invariants, sentences, to_svg,
};

const SIZES: [(f64, f64); 10] = [
    (763.0, 615.0),
    (720.0, 620.0),
    (640.0, 440.0),
    (560.0, 400.0),
    (960.0, 318.0),
    (960.0, 270.0),
    (704.0, 0.0),
    (366.0, 0.0),
    (304.0, 0.0),
    (288.0, 0.0),
];

const TOPOLOGIES: [(u8, u8); 6] = [(1, 1), (1, 3), (2, 2), (3, 1), (3, 2), (3, 3)];

const TAPES: [TapeShape; 4] = [
    TapeShape {
        width: 1000.0,
        compact: false,
    },
    TapeShape {
        width: 707.0,
        compact: false,
    },
    TapeShape {
        width: 904.0,
        compact: true,
    },
    TapeShape {
        width: 326.0,
        compact: false,
    },
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

/// A picture by its name, and the size below which no text of it may be.
type Named = (String, f64, Drawing);

/// The sizes of volumes whose tables are tried: a cell is one page, or one page and all are drawn,
/// or a block, or a large one.
const PAGES: [u64; 5] = [1, 4, 48, 600, 10_000_000];

fn volumes_shapes() -> Vec<VolumesShape> {
    let shape = |slide| move |width| VolumesShape { width, slide };
    let narrow = [280.0, 350.0, 723.0, 1240.0].map(shape(false));
    let slides = [600.0, 928.0].map(shape(true));
    narrow.into_iter().chain(slides).collect()
}

/// Every picture: the stage in every motion and shape, the tape, the tables of volumes, the
/// histogram, the timeline, charts.
fn pictures() -> Vec<Named> {
    let words = Words::english();
    let mut pictures = Vec::new();
    for ((zones, nodes), groups) in TOPOLOGIES.into_iter().flat_map(|t| [(t, 1), (t, 2)]) {
        let setup = setup(zones, nodes, groups);
        for (state, frame) in samples::all(&setup) {
            let name = format!("{state} {zones}x{nodes}, {groups} groups");
            for (width, height) in SIZES {
                let shape = StageShape::fit(&setup, width, height);
                let least = match shape.arrangement {
                    Arrangement::Slide => 13.0,
                    Arrangement::Columns | Arrangement::Rows => 11.0,
                };
                for motion in [Motion::Flights, Motion::Still] {
                    let drawing = scene::stage(&words, &setup, &frame, &shape, motion);
                    let name = format!("stage {width}x{height} {motion:?}: {name}");
                    pictures.push((name, least, drawing));
                }
            }
            for shape in TAPES {
                let drawing = scene::tape(&words, &setup, &frame, &shape);
                let least = if shape.compact { 13.0 } else { 11.0 };
                pictures.push((format!("tape {}: {name}", shape.width), least, drawing));
            }
        }
    }
    let setup = setup(3, 2, 1);
    for shape in volumes_shapes() {
        for (pages, (state, frame)) in PAGES.into_iter().flat_map(|pages| {
            samples::cloned(&setup, pages)
                .into_iter()
                .map(move |f| (pages, f))
        }) {
            let least = if shape.slide { 13.0 } else { 11.0 };
            let drawing = scene::volumes(&words, &frame, &shape);
            let name = format!("volumes {} {pages} pages: {state}", shape.width);
            pictures.push((name, least, drawing));
        }
    }
    for width in [202.0, 457.0, 602.0] {
        for frame in [writer_down(&setup), eventful(&setup)] {
            let span = scene::span_ns(&setup, &frame);
            let drawing = scene::timeline(&words, &frame, span, width, 10.0);
            let marks = frame.timeline.marks.len();
            pictures.push((format!("timeline {width}, {marks} marks"), 11.0, drawing));
        }
    }
    for (p50, p95, p99) in [
        (1_900_000, 3_610_000, 4_400_000),
        (1_400_000, 1_700_000, 1_770_000),
        (1_700_000, 1_700_000, 1_700_000),
        (100_000, 200_000, 7_900_000),
        (7_000_000, 7_900_000, 7_950_000),
    ] {
        let mut frame = quiet(&setup);
        (
            frame.latency.p50_ns,
            frame.latency.p95_ns,
            frame.latency.p99_ns,
        ) = (p50, p95, p99);
        for width in [247.0, 264.0, 343.0, 680.0] {
            let drawing = scene::histogram(&words, &frame, width, 148.0);
            pictures.push((
                format!("histogram {width} {p50} {p95} {p99}"),
                11.0,
                drawing,
            ));
        }
    }
    pictures.extend(charts::pictures());
    pictures
}

#[test]
fn no_two_texts_overlap_and_none_is_too_small_or_cut_off() {
    let mut wrong = Vec::new();
    for (name, least, drawing) in pictures() {
        let texts = drawing.text_areas();
        for (n, (area, text)) in texts.iter().enumerate() {
            if text.size < least {
                wrong.push(format!("{name}: {:?} has size {}", text.text, text.size));
            }
            if area.x < -1.0 || area.right() > drawing.width + 1.0 || area.bottom() > drawing.height
            {
                wrong.push(format!("{name}: {:?} is cut off", text.text));
            }
            for (other, second) in &texts[n + 1..] {
                if area.overlaps(other) {
                    wrong.push(format!("{name}: {:?} over {:?}", text.text, second.text));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        first_of_each(&wrong)
    );
}

#[test]
fn no_marker_and_no_line_between_peers_runs_through_a_text() {
    let mut wrong = Vec::new();
    for (name, _, drawing) in pictures() {
        let texts = drawing.text_areas();
        let lines = ["points", "gossip"]
            .into_iter()
            .filter_map(|key| drawing.find(key));
        let mut places: Vec<(f64, f64)> = lines.flatten().flat_map(along).collect();
        if name.starts_with("histogram") {
            let marks = drawing.shapes.iter().filter(
                |shape| matches!(shape, Shape::Path { style, .. } if style.stroke == Paint::Accent),
            );
            places.extend(marks.flat_map(along));
        }
        for (area, text) in texts {
            let hit = |(x, y): &(f64, f64)| {
                area.x < *x && *x < area.right() && area.y < *y && *y < area.bottom()
            };
            if places.iter().any(hit) {
                wrong.push(format!("{name}: a line through {:?}", text.text));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        first_of_each(&wrong)
    );
}

/// Enough of what is wrong to see what it is.
fn first_of_each(wrong: &[String]) -> String {
    let mut seen = BTreeSet::new();
    let what = |line: &&String| {
        let what = line.split(": ").last().unwrap_or_default().to_owned();
        seen.insert(what)
    };
    let few: Vec<&str> = wrong
        .iter()
        .filter(what)
        .map(String::as_str)
        .take(60)
        .collect();
    few.join("\n")
}

/// Places on a path, close to each other.
fn along(shape: &Shape) -> Vec<(f64, f64)> {
    let Shape::Path { data, .. } = shape else {
        return Vec::new();
    };
    let mut places: Vec<(f64, f64)> = Vec::new();
    let mut rest = data.as_str();
    while let Some(kind) = rest.chars().next() {
        let end = rest[1..].find(|c: char| c.is_ascii_uppercase());
        let (stroke, after) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
        let numbers: Vec<f64> = stroke[1..]
            .split(' ')
            .filter_map(|n| n.parse().ok())
            .collect();
        let from = places.last().copied();
        match (kind, numbers.as_slice(), from) {
            ('M', &[x, y], _) => places.push((x, y)),
            ('L', &[x, y], Some(from)) => {
                places.extend((1..=200).map(|n| between(from, (x, y), f64::from(n) / 200.0)));
            }
            ('C', &[one_x, one_y, two_x, two_y, to_x, to_y], Some(from)) => {
                let (one, two, to) = ((one_x, one_y), (two_x, two_y), (to_x, to_y));
                places.extend((1..=40).map(|n| {
                    let share = f64::from(n) / 40.0;
                    let middle = between(one, two, share);
                    let first = between(between(from, one, share), middle, share);
                    let second = between(middle, between(two, to, share), share);
                    between(first, second, share)
                }));
            }
            _ => {}
        }
        rest = after;
    }
    places
}

fn between(from: (f64, f64), to: (f64, f64), share: f64) -> (f64, f64) {
    (
        from.0 + (to.0 - from.0) * share,
        from.1 + (to.1 - from.1) * share,
    )
}

/// Rooms that `www/styles/layout.css` leaves for the stage in windows of which it has to be in view
/// as a whole: a slide, a low window, a phone held across, a phone.
#[test]
fn six_copies_fit_into_small_windows() {
    let setup = setup(3, 2, 1);
    for (width, height) in [
        (960.0, 267.0),
        (720.0, 290.0),
        (844.0, 290.0),
        (390.0, 586.0),
    ] {
        let shape = StageShape::fit(&setup, width, height);
        assert!(shape.height <= height, "{width}: {} high", shape.height);
    }
}

#[test]
fn spots_lie_apart_in_the_picture_in_any_topology() {
    for (zones, nodes) in TOPOLOGIES {
        let setup = setup(zones, nodes, 2);
        for frame in [quiet(&setup), zone_down(&setup)] {
            for size in SIZES {
                let drawing = stage(&setup, &frame, size);
                assert_eq!(
                    drawing.spots.len(),
                    usize::from(1 + 2 * zones + zones * nodes)
                );
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
            }
        }
    }
}

#[test]
fn every_volume_that_is_left_and_each_of_its_cells_can_be_acted_on() {
    let setup = setup(3, 2, 1);
    for (pages, cells) in [(1, 1), (4, 4), (48, 48), (600, 86), (10_000_000, 96)] {
        for (state, frame) in samples::cloned(&setup, pages) {
            let live = frame
                .volumes
                .iter()
                .filter(|volume| volume.state != VolumeState::Deleted);
            let live = live.count();
            for shape in volumes_shapes() {
                let drawing = scene::volumes(&Words::english(), &frame, &shape);
                assert_eq!(drawing.spots.len(), live * (1 + cells), "{state} {pages}");
                for (n, spot) in drawing.spots.iter().enumerate() {
                    let area = spot.area;
                    assert!(area.width >= 24.0 && area.height >= 24.0, "{spot:?}");
                    assert!(area.x >= 0.0 && area.right() <= drawing.width + 0.01);
                    assert!(area.y >= 0.0 && area.bottom() <= drawing.height);
                    let inner = Area::new(area.x, area.y, area.width - 0.01, area.height - 0.01);
                    let after = &drawing.spots[n + 1..];
                    assert!(!after.iter().any(|other| other.area.overlaps(&inner)));
                }
                let in_a_row = usize::try_from(shape.cells_in_a_row(&frame)).unwrap();
                let same_row = |n: usize| drawing.spots[1 + n].area.y.to_bits();
                if in_a_row < cells {
                    assert_ne!(same_row(0), same_row(in_a_row));
                }
                assert_eq!(same_row(0), same_row(in_a_row - 1));
            }
        }
    }
}

#[test]
fn a_cell_shows_and_says_who_changed_its_page() {
    let setup = setup(3, 2, 1);
    let words = Words::english();
    let shape = VolumesShape {
        width: 723.0,
        slide: false,
    };
    let look = |pages, state| {
        let frames = samples::cloned(&setup, pages).into_iter();
        let frame = frames
            .into_iter()
            .find(|(name, _)| *name == state)
            .unwrap()
            .1;
        scene::volumes(&words, &frame, &shape)
    };
    let label = |drawing: &Drawing, target| {
        let spot = drawing.spots.iter().find(|spot| spot.target == target);
        spot.unwrap().label.clone()
    };
    let volume = |number: u8| VolumeId::new(number - 1).unwrap();
    let drawing = look(48, "one clone");
    // Page 0 was changed by both, 3 here, 4 there.
    for (number, page, said) in [
        (2, 0, "Page 0 of v2, changed here, changed by v1 since"),
        (2, 1, "Page 1 of v2, shared with v1"),
        (2, 3, "Page 3 of v2, changed here"),
        (2, 4, "Page 4 of v2, changed by v1 since"),
        (1, 3, "Page 3 of v1, changed by v2 since"),
        (1, 4, "Page 4 of v1, changed here"),
    ] {
        assert_eq!(label(&drawing, Target::Page(volume(number), page)), said);
    }
    for sum in [
        "24 shared with v1 · 16 copied here",
        "12 changed by v1 since · 4 by both",
    ] {
        assert!(says(&drawing, "volume-v2", sum), "{sum}");
    }
    assert!(says(
        &drawing,
        "volume-v1",
        "12 changed here since v2 began"
    ));
    assert_eq!(
        label(&drawing, Target::Volume(volume(2))),
        "Volume v2, open, as v1 was at 1,042"
    );
    // 16 cells are filled and 12 have a corner, apart from colours.
    let shapes = drawing.find("volume-v2").unwrap();
    let filled =
        |shape: &&Shape| matches!(shape, Shape::Rect { style, .. } if style.fill == Paint::Accent);
    assert_eq!(shapes.iter().filter(filled).count(), 16);
    let corners =
        |shape: &&Shape| matches!(shape, Shape::Path { style, .. } if style.fill == Paint::Ink);
    assert_eq!(shapes.iter().filter(corners).count(), 12);

    let drawing = look(600, "one clone");
    assert_eq!(
        label(&drawing, Target::Page(volume(2), 0)),
        "Pages 0 to 6 of v2, 4 changed here, 7 changed by v1 since"
    );
    let drawing = look(48, "source given up");
    assert_eq!(
        label(&drawing, Target::Page(volume(2), 4)),
        "Page 4 of v2, as v1 had it"
    );
    assert!(says(
        &drawing,
        "volume-v2",
        "32 as v1 had them · 16 copied here"
    ));
    assert!(drawing.find("volume-v1").is_none());
}

#[test]
fn what_is_stored_is_told_with_what_full_copies_would_have_been() {
    let setup = setup(3, 2, 1);
    let words = Words::english();
    let told = |pages, state| {
        let mut frames = samples::cloned(&setup, pages).into_iter();
        let frame = frames.find(|(name, _)| *name == state).unwrap().1;
        scene::volumes_told(&words, &setup, &frame)
    };
    assert_eq!(
        told(48, "one clone"),
        [
            "48 pages each, 72 stored in all: 24 more than without clones, 197 kB.",
            "A full copy would have stored 48 more at once, 393 kB.",
        ]
    );
    let several = told(600, "several");
    assert!(
        several[1]
            .starts_with("Full copies for the 5 clones that share would have stored 3,000 more")
    );
    assert!(several[2].starts_with("v8 is a full copy: fifteen volumes already shared pages."));
    assert!(several[3].starts_with("A cell is 7 neighbouring pages."));
    assert!(several[4].starts_with("Given up: v9, v10,"));
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
            let said = shapes
                .iter()
                .flat_map(Shape::texts)
                .any(|text| text.text.starts_with("down"));
            assert_eq!(said, down, "{name} {size:?}");
        }
        assert!(drawing.label.contains("Down: b1, b2, c2."));
        let label = |target| {
            let spot = drawing.spots.iter().find(|spot| spot.target == target);
            spot.map(|spot| spot.label.as_str())
        };
        assert_eq!(
            label(Target::Node(node("c2"))),
            Some("Node c2, down since 2.004 s, complete to 1,042, lacks 1,043")
        );
        assert_eq!(label(Target::Zone(az('b'))), Some("Zone b, no power"));
    }
}

#[test]
fn the_writer_is_drawn_and_named_by_its_state() {
    let setup = setup(3, 2, 1);
    let step = RecoveryStep::Fence;
    for (frame, name, label, hatched, lines_dashed, said) in [
        (
            quiet(&setup),
            "Writer, epoch 1, works",
            "The writer sends records to 6 copies in 3 zones. Everything up to 1,042 is durable.",
            false,
            false,
            None,
        ),
        (
            writer_down(&setup),
            "Writer, epoch 1, crashed at 2.003 s",
            "There is no writer.",
            true,
            true,
            Some("crashed"),
        ),
        (
            writer_cut_off(&setup),
            "Writer, epoch 1, cut off since 60.608 s",
            "The writer is cut off",
            false,
            true,
            Some("cut off"),
        ),
        (
            recovering(&setup, 2, step),
            "Writer, epoch 2, recovering: asks the nodes",
            "A new writer asks 6 copies",
            false,
            false,
            Some("asks the nodes"),
        ),
    ] {
        for size in SIZES {
            let drawing = stage(&setup, &frame, size);
            assert_eq!(drawing.spots[0].target, Target::Writer);
            assert_eq!(drawing.spots[0].label, name);
            assert!(drawing.label.starts_with(label), "{}", drawing.label);
            let writer = drawing.find("writer").expect("the writer is drawn");
            let is_hatched = writer
                .iter()
                .any(|shape| matches!(shape, Shape::Path { style, .. } if style.opacity < 1.0));
            assert_eq!(is_hatched, hatched, "{name} {size:?}");
            let dashed = |shape: &Shape| matches!(shape, Shape::Path { style, .. } if style.dash == Dash::Dashed);
            let edges = drawing.find("edges").expect("the edges are drawn");
            if frame.writer.state != WriterState::Open && lines_dashed {
                assert!(edges.iter().all(dashed), "{name} {size:?}");
            }
            let texts: Vec<&str> = writer
                .iter()
                .flat_map(Shape::texts)
                .map(|text| text.text.as_str())
                .collect();
            if let Some(said) = said {
                let says_so = texts.iter().any(|text| text.contains(said));
                assert!(says_so, "{name} {size:?}: {texts:?}");
                let epoch = format!("epoch {}", frame.writer.epoch);
                let first = frame.writer.epoch == 1;
                let says_epoch = texts.iter().any(|text| text.starts_with(&epoch));
                assert!(first || says_epoch, "{size:?}: {texts:?}");
            }
            // What it knew is gone, or is still to be found out.
            let knows = matches!(
                frame.writer.state,
                WriterState::Open | WriterState::CutOff { .. }
            );
            let vdl = scene::numbers::grouped(frame.writer.vdl);
            assert_eq!(texts.contains(&vdl.as_str()), knows, "{name}: {texts:?}");
        }
    }
}

#[test]
fn every_machine_has_its_place_and_says_what_it_is_there_for() {
    let setup = setup(3, 2, 1);
    for size in SIZES {
        let label = |drawing: &Drawing, name: &str| {
            let target = Target::Node(node(name));
            let spot = drawing.spots.iter().find(|spot| spot.target == target);
            spot.expect("each machine has a spot").label.clone()
        };
        let before = stage(&setup, &quiet(&setup), size);
        assert_eq!(label(&before, "a3"), "Node a3, spare");
        let during = stage(&setup, &samples::kept_up(&setup), size);
        assert!(label(&during, "a2").contains("suspected to be gone"));
        assert_eq!(
            label(&during, "a3"),
            "Node a3, joins, has 42 % of the segments"
        );
        assert!(label(&during, "b1").contains("left out"));
        assert!(label(&during, "a1").contains("page 99,999,999 damaged"));
        assert!(label(&during, "c1").contains("behind with its upkeep"));
        let mended = label(&during, "b1");
        assert!(mended.contains("page 4,711 mended at"), "{mended}");
        assert!(label(&during, "c2").contains("10,312 records to coalesce"));
        assert!(says(&during, "node-a3", "a3 42 %"), "{size:?}");
        // Its bar is as long as what it has.
        let bars = during.find("node-a3").unwrap().iter().filter(|shape| {
            let zone = Paint::Zone(az('a'));
            matches!(shape, Shape::Rect { style, .. } if style.fill == zone)
        });
        assert_eq!(bars.count(), 1);
        let after = stage(&setup, &samples::replaced(&setup), size);
        assert_eq!(label(&after, "a2"), "Node a2, spare, down since 2.003 s");
        let area = |drawing: &Drawing, name: &str| {
            let target = Target::Node(node(name));
            let spot = drawing.spots.iter().find(|spot| spot.target == target);
            spot.unwrap().area
        };
        assert_eq!(area(&after, "a3"), area(&before, "a2"));
        assert_eq!(area(&after, "a2"), area(&before, "a3"));
    }
}

#[test]
fn object_storage_says_what_it_has_and_messages_find_their_way_to_it() {
    let setup = setup(3, 2, 1);
    let frame = samples::kept_up(&setup);
    for size in SIZES {
        let drawing = stage(&setup, &frame, size);
        let box_of = drawing.find("archive").expect("object storage is drawn");
        let said = box_of.iter().flat_map(Shape::texts).next().unwrap();
        assert!(said.text.contains("123,456,789"), "{size:?}: {}", said.text);
        let flights = drawing.find("flights").expect("flights are drawn");
        assert_eq!(flights.len(), frame.flights.len(), "{size:?}");
        for flight in flights {
            let Shape::Group { key, at, .. } = flight else {
                panic!("a flight is a group");
            };
            let inside = 0.0 <= at.0 && at.0 <= drawing.width && at.1 <= drawing.height;
            assert!(inside, "{size:?}: {key} at {at:?}");
        }
    }
    let drawing = stage(&setup, &quiet(&setup), SIZES[0]);
    assert!(says(&drawing, "archive", "Object storage has nothing yet"));
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
        assert!(says(&drawing, &key, &format!("{}/6 acks", card.acked)));
    }
    assert!(says(&drawing, "points", "durable up to here (VDL)"));
    assert!(says(&drawing, "points", "zone b stops here"));
}

#[test]
fn the_tape_says_why_it_is_not_durable_any_further() {
    let setup = setup(3, 2, 1);
    let label = |frame: &Frame| tape(&setup, frame).label;
    let down = label(&zone_down(&setup));
    assert!(
        down.contains("Everything up to 1,042 is durable."),
        "{down}"
    );
    assert!(
        down.contains("Record 1,043 is not: 0 of 6 copies have acknowledged"),
        "{down}"
    );
    assert!(down.ends_with("zone b stopped at 1,037."), "{down}");
    let mut open = quiet(&setup);
    open.writer.vcl = 1044;
    let open = label(&open);
    assert!(open.contains("Record 1,043 is on enough copies"), "{open}");
}

#[test]
fn the_tape_says_where_copies_stopped_that_are_far_behind() {
    let setup = setup(3, 2, 1);
    let mut frame = zone_down(&setup);
    let behind = |frame: &mut Frame, scls: [u64; 2]| {
        for (view, scl) in frame.zones[1].nodes.iter_mut().zip(scls) {
            view.segment.scl = scl;
        }
    };
    behind(&mut frame, [20, 20]);
    assert!(says(
        &tape(&setup, &frame),
        "points",
        "◂ zone b stopped at 20"
    ));
    behind(&mut frame, [18, 20]);
    assert!(says(
        &tape(&setup, &frame),
        "points",
        "◂ b1 b2 stopped at 18 to 20"
    ));
}

#[test]
fn the_tape_shows_as_many_cards_as_are_legible() {
    let cards = TAPES.map(|shape| shape.cards());
    assert_eq!(cards, [15, 11, 10, 5]);
}

#[test]
fn what_is_said_of_the_clients_stays_clear_of_the_writer_and_the_arrow() {
    const ARROW: f64 = 34.0;
    let setup = setup(3, 2, 1);
    for (state, frame) in samples::all(&setup) {
        for size in SIZES {
            let drawing = stage(&setup, &frame, size);
            let writer = drawing.find("writer").and_then(|shapes| match shapes {
                [Shape::Rect { area, .. }, ..] => Some(*area),
                _ => None,
            });
            let writer = writer.expect("the writer is a box");
            let clients = drawing.find("clients").expect("the clients are drawn");
            for text in clients.iter().flat_map(Shape::texts) {
                let area = text.area();
                let clear = area.bottom() <= writer.y || area.right() <= writer.x - ARROW;
                assert!(clear, "{state} {size:?}: {:?}", text.text);
            }
        }
    }
}

#[test]
fn what_another_group_sends_is_not_on_the_stage() {
    let setup = setup(3, 2, 2);
    let mut frame = zone_down(&setup);
    frame.group = 1;
    let drawing = stage(&setup, &frame, SIZES[0]);
    assert_eq!(drawing.find("flights").map(<[Shape]>::len), Some(0));
    assert!(says(&drawing, "legend", "protection group 2 of 2"));
}

#[test]
fn a_node_says_which_records_its_squares_are_and_what_it_lacks() {
    let setup = setup(3, 2, 1);
    let mut frame = shifted(zone_down(&setup), 765_000);
    frame.zones[0].nodes[0].segment.recent = vec![RecentCell::Absent; 18];
    let drawing = stage(&setup, &frame, (1000.0, 615.0));
    assert!(says(&drawing, "node-a1", "complete to (SCL)"));
    assert!(says(&drawing, "node-a1", "last 18 records"));
    assert!(says(&drawing, "node-a1", "none of them yet"));
    assert!(says(&drawing, "node-a2", "766,027 to 766,044"));
    assert!(says(&drawing, "node-c2", "asks a1 for 766,043"));
    let frame = scattered(&setup);
    let drawing = stage(&setup, &frame, (1000.0, 615.0));
    assert!(says(&drawing, "node-c2", "lacks 43 records up"));
    assert!(says(&drawing, "node-c2", "to 1,099"));
    assert!(says(&drawing, "node-a2", "down since 60.608 s"));
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
    // Where nothing may move, it is said at the end of the edges: a batch for a1, and its answer.
    assert!(says(&still, "sent-a1", "1 batch"));
    assert!(says(&still, "acked-a1", "1 ack"));
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
    let standby = "s1".parse().expect("there can be one");
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
        let sentence = sentences::happened(&words, &setup, &what);
        assert!(sentence.ends_with('.'), "{sentence}");
        // A term of the field comes with what it means.
        assert!(
            !sentence.contains("VDL") && !sentence.contains("PGCL"),
            "{sentence}"
        );
        assert!(
            !sentence.contains("boxcar") || sentence.contains("batch"),
            "{sentence}"
        );
        let cause = sentences::as_cause(&words, &what);
        assert!(
            !cause.ends_with('.') && !cause.contains("boxcar"),
            "{cause}"
        );
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
    for (txn, stopped) in [
        (Some(9), false),
        (Some(9), true),
        (None, false),
        (None, true),
    ] {
        let asked_ns = 2_000_000;
        let awaited = AwaitedPage {
            page: 17,
            asked: two,
            asked_ns,
        };
        let said = sentences::awaited(&words, &awaited);
        assert_eq!(said, "c2 was asked for page 17 at 2 ms.");
        let wait = ReadWait {
            txn,
            asked_ns,
            pages: vec![awaited],
            stopped,
        };
        let said = sentences::waits_for_pages(&words, &wait);
        assert!(said.contains("for 1 page") && said.ends_with('.'), "{said}");
        assert!(
            !said.contains('{') && said.contains("No copy") == stopped,
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
        Verb::CorruptPage { node: one, page: 7 },
        Verb::CrashWriter,
        Verb::Recover,
        Verb::Partition,
        Verb::Heal,
        Verb::Clone(VolumeId::FIRST),
        Verb::DeleteVolume(VolumeId::FIRST),
        Verb::RestoreVolume {
            volume: VolumeId::FIRST,
            to: Moment::Time(1_500_000_000),
        },
        Verb::RestoreVolume {
            volume: VolumeId::FIRST,
            to: Moment::Lsn(12),
        },
        Verb::Write {
            volume: VolumeId::FIRST,
            page: 4,
        },
        Verb::Replace(one),
        Verb::Restore(one),
        Verb::DropZone(az('b')),
        Verb::AddZone(az('b')),
        Verb::Grow,
        Verb::StandbyDown(standby),
        Verb::StandbyUp(standby),
        Verb::StandbySlow { standby, ms: 20 },
        Verb::StandbySlow { standby, ms: 0 },
        Verb::Promote(standby),
    ] {
        let said = sentences::verb(&words, verb);
        assert!(!said.contains('{') && !said.starts_with("verb."), "{said}");
    }
}

#[test]
fn marks_that_are_close_share_a_name_and_each_is_told() {
    let words = Words::english();
    let setup = setup(3, 2, 1);
    let names = |frame: &Frame, span_ns| {
        let drawing = scene::timeline(&words, frame, span_ns, 600.0, 10.0);
        let texts = drawing.find("mark-names").expect("marks have names");
        let texts = texts.iter().flat_map(Shape::texts);
        texts.map(|text| text.text.clone()).collect::<Vec<_>>()
    };
    let frame = writer_down(&setup);
    assert_eq!(names(&frame, 2_500_000_000), ["a2", "b, W"]);
    let frame = eventful(&setup);
    assert_eq!(names(&frame, 2_500_000_000), ["a2", "5 marks", "b, c1"]);
    assert_eq!(names(&frame, 2_004_020_000), ["a2", "b, W, c1"]);
    assert_eq!(
        scene::marks(&words, &frame)[1..3],
        ["2.00000 s: Take zone b down", "2.00390 s: Crash the writer"]
    );
}

#[test]
fn an_invariant_tells_what_must_hold_and_how_it_fared() {
    let words = Words::english();
    let mut invariant = Invariant {
        name: "points never decrease".to_owned(),
        checked: 0,
        failed: 0,
        broken: None,
    };
    let name = invariant.name.clone();
    assert_eq!(
        invariants::sentence(&words, &name),
        "The points of the log never move back."
    );
    assert!(invariants::reason(&words, &name).is_some());
    assert_eq!(invariants::sentence(&words, "a new one"), "a new one");
    let standing = |invariant: &Invariant| invariants::standing(&words, invariant);
    assert!(standing(&invariant).starts_with("Not checked yet"));
    invariant.checked = 1_042;
    assert_eq!(standing(&invariant), "Holds, checked 1,042 times.");
    let holds = invariant.clone();
    invariant.failed = 2;
    invariant.broken = Some(Broken {
        event: 4_711,
        seen: "VDL from 5 to 3".to_owned(),
    });
    assert_eq!(
        standing(&invariant),
        "Violated at event 4,711, in 2 of 1,042 checks. Seen first: VDL from 5 to 3."
    );
    let all = |list: &[Invariant]| invariants::summary(&words, list);
    assert_eq!(
        all(&[holds.clone(), holds.clone()]),
        "All 2 hold, checked 2,084 times."
    );
    assert_eq!(all(&[holds, invariant]), "1 of 2 is violated.");
}

#[test]
fn each_part_of_the_model_says_what_holds_and_what_is_left_out() {
    let names: Vec<_> = PARTS.iter().map(|part| part.name).collect();
    assert_eq!(names, ["engine-quorum", "engine-wal", "lab", "redo", "sim"]);
    for item in PARTS
        .iter()
        .flat_map(|part| [part.invariants, part.simplifications].concat())
    {
        assert!(item.ends_with('.'), "{item}");
        assert!(!item.contains("[`"), "{item}");
    }
}

#[test]
fn causes_and_gaps_read_well() {
    let words = Words::english();
    let gap = Happening::GapFound {
        node: node("c2"),
        group: 0,
        after: 576,
        until: 640,
    };
    let said = |groups| sentences::happened(&words, &setup(3, 2, groups), &gap);
    assert_eq!(
        said(1),
        "c2 notices a gap: it is complete to 576, has later records, and lacks some up to 640."
    );
    assert!(said(2).contains("in group 1: it is complete to 576"));
    let acked = Happening::Acked {
        node: node("c1"),
        group: 0,
        scl: 1042,
    };
    assert_eq!(
        words.fill(
            "events.cause",
            &[("cause", (&sentences::as_cause(&words, &acked)).into())]
        ),
        "Cause: c1 acknowledged everything up to 1,042."
    );
}

const fn upkeep(what: Upkeep) -> Happening {
    Happening::Upkeep { what }
}

fn read_asked(why: ReadWhy) -> Happening {
    let (node, page, point) = (node("c2"), 7, 2);
    Happening::ReadAsked {
        node,
        page,
        point,
        why,
    }
}

fn read_refused(why: ReadRefusedWhy) -> Happening {
    let (node, page, point) = (node("c2"), 7, 2);
    Happening::ReadRefused {
        node,
        page,
        point,
        why,
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
        upkeep(Upkeep::Coalesced {
            node,
            group,
            pages: 1,
            records: 16,
        }),
        upkeep(Upkeep::Staged {
            node,
            group,
            first,
            last,
            pages: 1,
        }),
        upkeep(Upkeep::Archived {
            group,
            complete: last,
            bytes: 9000,
        }),
        upkeep(Upkeep::Collected {
            node,
            records: 16,
            versions: 1,
        }),
        upkeep(Upkeep::DamageFound { node, page: 7 }),
        upkeep(Upkeep::Mended {
            node,
            page: 7,
            from: Some(peer),
        }),
        upkeep(Upkeep::Mended {
            node,
            page: 7,
            from: None,
        }),
        upkeep(Upkeep::Behind {
            node,
            is_behind: true,
        }),
        upkeep(Upkeep::Behind {
            node,
            is_behind: false,
        }),
        Happening::PageDamaged { node, page: 7 },
        read_asked(ReadWhy::First),
        read_asked(ReadWhy::Probed),
        read_asked(ReadWhy::Hedged),
        read_asked(ReadWhy::Elsewhere),
        Happening::ReadAnswered {
            node,
            page: 7,
            point: 2,
            took_ns: 400_000,
        },
        read_refused(ReadRefusedWhy::LogOnly),
        read_refused(ReadRefusedWhy::BelowFloor),
        read_refused(ReadRefusedWhy::Incomplete),
        read_refused(ReadRefusedWhy::Damaged),
        Happening::SnapshotTaken { point: 2 },
        Happening::SnapshotDone { point: 2 },
        Happening::ZoneDown { az: az('b') },
        Happening::ZoneUp { az: az('b') },
        Happening::NodeDown { node },
        Happening::NodeUp { node },
        Happening::Slowed { node, ms: 20 },
        Happening::Slowed { node, ms: 0 },
        Happening::DropSet { node, count: 1 },
        Happening::DropSet { node, count: 0 },
        Happening::WriterCrashed,
        Happening::Partitioned { cut_off: true },
        Happening::Partitioned { cut_off: false },
        Happening::NewWriter { epoch: 2 },
        Happening::RecoveryBegan { epoch: 2 },
        Happening::PointsFound { vcl: 2, vdl: 2 },
        Happening::Truncating {
            after: 2,
            until: 12,
        },
        Happening::Opened {
            epoch: 2,
            vdl: 2,
            next: 13,
        },
        Happening::WriterOver { epoch: 1 },
        Happening::NodeFenced { node, epoch: 2 },
        Happening::NodeRefused { node, epoch: 1 },
        Happening::NodeTruncated {
            node,
            after: 2,
            until: 12,
        },
        Happening::CloneAsked,
        Happening::Cloned {
            source: VolumeId::FIRST,
            at: 2,
            copying_ns: 0,
        },
        Happening::Cloned {
            source: VolumeId::FIRST,
            at: 2,
            copying_ns: 3_000_000,
        },
        Happening::RestoreAsked {
            to: Moment::Time(1_500_000_000),
        },
        Happening::RestoreAsked {
            to: Moment::Lsn(12),
        },
        Happening::Restored {
            source: VolumeId::FIRST,
            at: 2,
            copying_ns: 3_000_000,
        },
        Happening::VolumeDeleted { freed: 3 },
        Happening::WriteAsked { page: 4 },
        Happening::WorkloadEnded,
        Happening::NothingChanged {
            verb: Verb::Replace(node),
            why: Some(Obstacle::NoSpare),
        },
        Happening::Asked {
            verb: Verb::Replace(node),
        },
        Happening::ChangeRefused {
            change: MembersChange::Return,
            why: Obstacle::NobodyLeftOut,
        },
        Happening::NodeHydrating {
            node,
            peer,
            percent: 10,
        },
        Happening::NodeHydrated { node },
        Happening::NodeDiscarded { node },
        Happening::NodeOutdated { node, epoch: 2 },
    ]
}

#[test]
fn every_step_of_the_members_reads_as_a_sentence() {
    let (words, setup) = (Words::english(), setup(3, 2, 1));
    let replace = MembersChange::Replace {
        suspect: node("c2"),
        newcomer: node("c3"),
    };
    let leave = MembersChange::Leave { zone: az('b') };
    let mut all = BTreeSet::new();
    let three = [ChangeStep::Begin, ChangeStep::Complete, ChangeStep::Reverse];
    for (change, steps) in [
        (replace, &three[..]),
        (leave, &three[..]),
        (MembersChange::Return, &three[..]),
        (MembersChange::Grow, &[ChangeStep::Complete][..]),
    ] {
        for &step in steps {
            let epoch = 2;
            for what in [
                Happening::MembersRegistered {
                    epoch,
                    change,
                    step,
                },
                Happening::MembersChanged {
                    epoch,
                    change,
                    step,
                },
            ] {
                let said = sentences::happened(&words, &setup, &what);
                assert!(said.ends_with('.') && !said.contains('{'), "{said}");
                assert!(all.insert(said));
            }
        }
    }
}

#[test]
fn every_obstacle_has_its_words() {
    let (words, setup) = (Words::english(), setup(3, 2, 1));
    for why in [
        Obstacle::NoWriter,
        Obstacle::NoSpare,
        Obstacle::NoMember,
        Obstacle::MemberAlready,
        Obstacle::UnderWay,
        Obstacle::NotUnderWay,
        Obstacle::OneAtATime,
        Obstacle::LeftOutAlready,
        Obstacle::NobodyLeftOut,
        Obstacle::NobodyLeft,
        Obstacle::FullAndTail,
        Obstacle::NotHydrated,
        Obstacle::NoRoom,
        Obstacle::NoPower,
        Obstacle::PrimaryWorks,
    ] {
        let what = Happening::NothingChanged {
            verb: Verb::Replace(node("c2")),
            why: Some(why),
        };
        let said = sentences::happened(&words, &setup, &what);
        assert!(!said.contains("obstacle."), "{said}");
    }
}

#[test]
fn every_message_is_used_and_every_used_message_exists() {
    let sources = sources();
    let literals: BTreeSet<&str> = sources.iter().flat_map(|text| literals(text)).collect();
    let words = Words::english();
    let keys: BTreeSet<&str> = words.keys().collect();
    // Parameters have their names in the parser of scenarios; a test of `sixfold` compares them.
    let unused: Vec<_> = (keys.difference(&literals))
        .filter(|key| !key.starts_with("parameter."))
        .collect();
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
