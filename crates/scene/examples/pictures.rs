//! Writes pictures of the sample frames, in both themes and all shapes, to look at:
//! `cargo run -p scene --example pictures -- FOLDER`.

#[path = "../samples/mod.rs"]
mod samples;

use std::error::Error;
use std::path::Path;

use protocol::RecoveryStep;
use scene::chart::Room;
use scene::{
    Drawing, Motion, ServersShape, StageShape, TapeShape, Theme, VolumesShape, Words, to_svg,
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args()
        .nth(1)
        .ok_or("expected a folder to write to")?;
    let words = Words::english();
    let mut pictures: Vec<(String, Drawing)> = Vec::new();
    let six = samples::setup(3, 2, 1);
    for (name, width, height) in [
        ("wide", 763.0, 615.0),
        ("laptop", 640.0, 440.0),
        ("slide", 960.0, 270.0),
        ("low", 704.0, 0.0),
        ("narrow", 366.0, 0.0),
        ("narrowest", 304.0, 0.0),
    ] {
        let shape = StageShape::fit(&six, width, height);
        for (state, frame, motion) in [
            ("down", samples::zone_down(&six), Motion::Flights),
            ("stopped", samples::stopped(&six), Motion::Still),
            ("kept-up", samples::kept_up(&six), Motion::Flights),
            ("replaced", samples::replaced(&six), Motion::Flights),
            ("crashed", samples::writer_down(&six), Motion::Flights),
            ("cut-off", samples::writer_cut_off(&six), Motion::Flights),
            (
                "recovering",
                samples::recovering(&six, 2, RecoveryStep::Fence),
                Motion::Flights,
            ),
            (
                "recovering-still",
                samples::recovering(&six, 2, RecoveryStep::Truncate),
                Motion::Still,
            ),
            ("flow", samples::zone_down(&six), Motion::Flow),
            (
                "late",
                samples::shifted(samples::scattered(&six), 765_000),
                Motion::Still,
            ),
        ] {
            pictures.push((
                format!("stage-{name}-{state}"),
                scene::stage(&words, &six, &frame, &shape, motion),
            ));
        }
    }
    for (name, width) in [("wide", 707.0), ("slide", 904.0), ("narrow", 326.0)] {
        let shape = TapeShape {
            width,
            compact: name == "slide",
        };
        for (state, frame) in samples::all(&six) {
            let drawing = scene::tape(&words, &six, &frame, &shape);
            pictures.push((format!("tape-{name}-{}", state.replace(' ', "-")), drawing));
        }
    }
    for (zones, nodes) in [(1, 1), (1, 3), (2, 2), (3, 1), (3, 3)] {
        let setup = samples::setup(zones, nodes, 4);
        let frame = samples::zone_down(&setup);
        for (name, width, height) in [("wide", 680.0, 560.0), ("narrow", 366.0, 0.0)] {
            let shape = StageShape::fit(&setup, width, height);
            pictures.push((
                format!("stage-{name}-{zones}x{nodes}"),
                scene::stage(&words, &setup, &frame, &shape, Motion::Flights),
            ));
        }
        let tape = TapeShape {
            width: 1000.0,
            compact: false,
        };
        pictures.push((
            format!("tape-{zones}x{nodes}"),
            scene::tape(&words, &setup, &frame, &tape),
        ));
    }
    let frame = samples::zone_down(&six);
    for (name, p50, p99) in [
        ("wide", 1_900_000, 4_400_000),
        ("long", 1_400_000, 7_770_000),
    ] {
        let mut frame = frame.clone();
        (frame.latency.p50_ns, frame.latency.p99_ns) = (p50, p99);
        pictures.push((
            format!("histogram-{name}"),
            scene::histogram(&words, &frame, 247.0, 148.0),
        ));
    }
    for (name, width) in [("wide", 723.0), ("slide", 920.0), ("narrow", 350.0)] {
        let slide = name == "slide";
        let shape = VolumesShape { width, slide };
        for pages in [4, 48, 600] {
            for (state, frame) in samples::cloned(&six, pages) {
                let state = state.replace(' ', "-");
                pictures.push((
                    format!("volumes-{name}-{pages}-{state}"),
                    scene::volumes(&words, &frame, &shape),
                ));
            }
        }
    }
    for (name, width) in [("wide", 723.0), ("slide", 920.0), ("narrow", 350.0)] {
        let slide = name == "slide";
        for (state, frame) in samples::servers(&six) {
            let drawing = scene::servers(&words, &frame, &ServersShape { width, slide });
            let state = state.replace(' ', "-");
            pictures.extend(drawing.map(|drawing| (format!("servers-{name}-{state}"), drawing)));
        }
    }
    for (name, width, height) in [("wide", 900.0, 380.0), ("narrow", 340.0, 260.0)] {
        let room = Room {
            width,
            height,
            slide: false,
        };
        for (about, chart) in samples::charts() {
            let about = about.replace([' ', ','], "-");
            let middle = chart.xs().get(chart.xs().len() / 3).copied();
            for (state, at) in [("plain", None), ("read", middle)] {
                let drawing = chart.drawing(&words, room, at);
                pictures.push((format!("chart-{about}-{name}-{state}"), drawing));
            }
        }
    }
    let frame = samples::eventful(&six);
    pictures.push((
        "timeline".to_owned(),
        scene::timeline(&words, &frame, 2_500_000_000, 500.0, 10.0),
    ));
    std::fs::create_dir_all(&folder)?;
    for (name, drawing) in pictures {
        for (theme, suffix) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            let file = Path::new(&folder).join(format!("{name}-{suffix}.svg"));
            std::fs::write(file, to_svg(&drawing, theme))?;
        }
    }
    Ok(())
}
