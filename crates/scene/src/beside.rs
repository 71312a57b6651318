//! The machine beside a zone's nodes: a spare that waits, or a newcomer with how much it has.
//!
//! ```text
//!  ( ) zone c v                [ c3 spare ]
//!  400 µs away                 [ c3 42 %  ]     a bar along its lower edge
//! ```

use protocol::{NodeState, NodeView, Part};

use crate::layout::Type;
use crate::shape::{Area, Dash, Paint, Shape, Style, Text};
use crate::words::Words;
use crate::zone;

/// Draws it.
pub(crate) fn beside(
    words: &Words,
    area: Area,
    letters: Type,
    view: &NodeView,
    part: Part,
) -> Vec<Shape> {
    const PAD: f64 = 5.0;
    const BAR: f64 = 3.5;
    let az = view.node.az();
    let down = view.state != NodeState::Up;
    let joins = matches!(part, Part::Newcomer { .. });
    let outline = if joins && !down {
        Style::fill(Paint::Raised).outlined(Paint::Zone(az), 1.5)
    } else {
        Style::fill(Paint::Ground).outlined(Paint::StrongRule, 1.0)
    };
    let mut shapes = vec![Shape::rect(
        area,
        5.0,
        if down {
            outline.dashed(Dash::Dashed)
        } else {
            outline
        },
    )];
    if down {
        shapes.push(Shape::path(
            zone::hatch(&area, 7.0),
            Style::stroke(Paint::StrongRule, 1.0).faint(0.3),
        ));
    }
    let node = ("node", view.node.into());
    let said = match part {
        Part::Newcomer { percent } => {
            let done = (area.width - 2.0 * PAD) * f64::from(percent) / 100.0;
            let bar = |width| Area::new(area.x + PAD, area.bottom() - BAR - 1.5, width, BAR);
            shapes.push(Shape::rect(
                bar(area.width - 2.0 * PAD),
                1.5,
                Style::fill(Paint::Sunken).outlined(Paint::Rule, 0.8),
            ));
            shapes.push(Shape::rect(bar(done), 1.5, Style::fill(Paint::Zone(az))));
            words.fill("stage.beside.joins", &[node, ("percent", percent.into())])
        }
        Part::Spare => words.fill("stage.beside.spare", &[node]),
        Part::Member | Part::Suspect | Part::LeftOut => view.node.to_string(),
    };
    let base = area.y + area.height / 2.0 + if joins { 1.0 } else { 4.2 };
    let room = area.width - 2.0 * PAD;
    let text = [said, view.node.to_string()].into_iter().find_map(|said| {
        let text = Text::new(area.middle(), base, letters.plain, said)
            .middle()
            .paint(if joins { Paint::Ink } else { Paint::Quiet })
            .halo(if down { Paint::Ground } else { Paint::None })
            .fitting_down_to(letters.least, room);
        (text.width() <= room).then_some(text)
    });
    shapes.extend(text.map(Shape::Text));
    shapes
}
