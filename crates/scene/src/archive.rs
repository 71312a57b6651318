//! Object storage, below the zones: how far it has the log, and how much it keeps.

use protocol::{Frame, LabSetup};

use crate::layout::Type;
use crate::numbers;
use crate::shape::{Area, Paint, Shape, Style, Text};
use crate::words::Words;

/// Draws it: a quiet box with as many words as it has room for.
pub(crate) fn archive(
    words: &Words,
    setup: &LabSetup,
    frame: &Frame,
    area: Area,
    letters: Type,
) -> Vec<Shape> {
    let style = Style::fill(Paint::Sunken).outlined(Paint::Rule, 1.2);
    let mut shapes = vec![Shape::rect(area, 6.0, style)];
    let room = area.width - 16.0;
    let base = area.y + area.height / 2.0 + 4.5;
    let text = wordings(words, setup, frame).into_iter().find_map(|said| {
        let text = Text::new(area.middle(), base, letters.plain, said)
            .middle()
            .paint(Paint::Quiet)
            .fitting_down_to(letters.least, room);
        (text.width() <= room).then_some(text)
    });
    shapes.extend(text.map(Shape::Text));
    shapes
}

/// What there is to say of it, the longest first.
pub(crate) fn wordings(words: &Words, setup: &LabSetup, frame: &Frame) -> Vec<String> {
    let archive = &frame.archive;
    if archive.bytes == 0 {
        return vec![words.say("stage.archive.empty").to_owned()];
    }
    let group = if setup.groups > 1 {
        let group = [("group", (frame.group + 1).into())];
        format!(" {}", words.fill("stage.archive.group", &group))
    } else {
        String::new()
    };
    let bytes = numbers::bytes(archive.bytes);
    let args = [
        ("group", (&group).into()),
        ("complete", archive.complete.into()),
        ("bytes", (&bytes).into()),
        ("versions", archive.versions.into()),
    ];
    ["stage.archive", "stage.archive.short", "stage.archive.low"]
        .map(|key| words.fill(key, &args))
        .to_vec()
}
