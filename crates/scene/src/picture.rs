//! The picture of a moment, to be kept: the stage, and under it a line that says which moment it is.
//!
//! The page and the command line write the same bytes for the same link.

use protocol::{Frame, LabSetup};

use crate::layout::StageShape;
use crate::numbers;
use crate::servers::{ServersShape, servers};
use crate::shape::{Anchor, Drawing, Face, Paint, Shape, Text};
use crate::stage::{Motion, stage};
use crate::svg::to_svg;
use crate::theme::Theme;
use crate::words::Words;

/// Width and height of the stage in it: half a slide's pixels.
const STAGE: (f64, f64) = (960.0, 500.0);
/// Room for the line below.
const CAPTION: f64 = 40.0;
const MARGIN: f64 = 20.0;

/// The picture as an SVG file.
pub fn picture(words: &Words, setup: &LabSetup, frame: &Frame, theme: Theme) -> String {
    to_svg(&drawing(words, setup, frame), theme)
}

fn drawing(words: &Words, setup: &LabSetup, frame: &Frame) -> Drawing {
    let shape = ServersShape {
        width: STAGE.0,
        slide: true,
    };
    let alone = !setup.engine.has_quorum();
    let servers = alone.then(|| servers(words, frame, &shape)).flatten();
    let mut drawing = servers.unwrap_or_else(|| {
        let shape = StageShape::fit(setup, STAGE.0, STAGE.1);
        stage(words, setup, frame, &shape, Motion::Still)
    });
    let caption = words.fill(
        "picture.caption",
        &[
            ("name", (&setup.name).into()),
            (
                "seed",
                protocol::unhex(&setup.seed).unwrap_or_default().into(),
            ),
            ("time", (&numbers::seconds(frame.now_ns)).into()),
            ("event", frame.event.into()),
            ("model", setup.model.into()),
            ("trace", (&frame.trace_hash).into()),
        ],
    );
    drawing.shapes.push(Shape::Text(Text {
        x: MARGIN,
        y: drawing.height + CAPTION / 2.0,
        size: Text::SIZE_MIN_SLIDE,
        face: Face::Sans,
        bold: false,
        anchor: Anchor::Start,
        paint: Paint::Quiet,
        halo: Paint::None,
        text: caption,
    }));
    drawing.height += CAPTION;
    drawing
}
