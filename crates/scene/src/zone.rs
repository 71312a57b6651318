//! Marks that mean the same wherever they are drawn: a zone's shape, the hatch of what is down, the
//! chip of a message.

use protocol::{Az, FlightKind};

use crate::shape::{Area, Paint, Shape, Style};

/// A zone's shape in its hue: circle, triangle, square.
pub(crate) fn glyph(az: Az, x: f64, y: f64, size: f64) -> Shape {
    let mut path = plot::Path::new();
    trace(&mut path, az, x, y, size);
    Shape::path(path, Style::fill(Paint::Zone(az)))
}

/// The outline of a zone's shape.
pub(crate) fn trace(path: &mut plot::Path, az: Az, x: f64, y: f64, size: f64) {
    match az.index() {
        0 => {
            path.circle(x, y, size);
        }
        1 => {
            path.go(x, y - size - 0.8)
                .line(x + size + 0.8, y + size - 0.2)
                .line(x - size - 0.8, y + size - 0.2)
                .close();
        }
        _ => {
            path.rect(
                x - size + 0.4,
                y - size + 0.4,
                2.0 * size - 0.8,
                2.0 * size - 0.8,
            );
        }
    }
}

/// A small downward triangle: this opens a menu.
pub(crate) fn caret(x: f64, y: f64) -> Shape {
    let mut path = plot::Path::new();
    path.go(x - 3.5, y - 1.8)
        .line(x, y + 1.8)
        .line(x + 3.5, y - 1.8);
    Shape::path(path, Style::stroke(Paint::Quiet, 1.4))
}

/// Slanting lines over an area.
pub(crate) fn hatch(area: &Area, step: f64) -> String {
    const INSET: f64 = 2.5;
    let (left, top) = (area.x + INSET, area.y + INSET);
    let (width, height) = (area.width - 2.0 * INSET, area.height - 2.0 * INSET);
    let mut path = plot::Path::new();
    // Each line is x + y = offset, measured from the upper left corner.
    let mut offset = step;
    while offset < width + height {
        let from = (offset.min(width), (offset - width).max(0.0));
        let to = ((offset - height).max(0.0), offset.min(height));
        path.go(left + from.0, top + from.1)
            .line(left + to.0, top + to.1);
        offset += step;
    }
    path.into()
}

/// A message, drawn around the origin.
pub(crate) fn chip(kind: FlightKind) -> Vec<Shape> {
    match kind {
        FlightKind::Boxcar => vec![Shape::rect(
            Area::new(-8.0, -5.5, 16.0, 11.0),
            2.5,
            Style::fill(Paint::Ink).outlined(Paint::Ground, 1.2),
        )],
        FlightKind::Ack => {
            let mut tick = plot::Path::new();
            tick.go(-3.0, 0.2).line(-0.8, 2.4).line(3.2, -2.2);
            vec![
                Shape::circle(
                    0.0,
                    0.0,
                    6.5,
                    Style::fill(Paint::Ground).outlined(Paint::Good, 1.5),
                ),
                Shape::path(tick, Style::stroke(Paint::Good, 1.7)),
            ]
        }
        FlightKind::GossipAsk => {
            let mut diamond = plot::Path::new();
            diamond
                .go(0.0, -7.0)
                .line(7.0, 0.0)
                .line(0.0, 7.0)
                .line(-7.0, 0.0)
                .close();
            vec![Shape::path(
                diamond,
                Style::fill(Paint::Ground).outlined(Paint::Wait, 1.7),
            )]
        }
        FlightKind::GossipGive => vec![Shape::rect(
            Area::new(-8.0, -5.5, 16.0, 11.0),
            2.5,
            Style::fill(Paint::Wait).outlined(Paint::Ground, 1.2),
        )],
        FlightKind::GossipEmpty => vec![Shape::rect(
            Area::new(-8.0, -5.5, 16.0, 11.0),
            2.5,
            Style::fill(Paint::Ground).outlined(Paint::Wait, 1.7),
        )],
        FlightKind::Read => vec![Shape::circle(
            0.0,
            0.0,
            4.5,
            Style::fill(Paint::Ground).outlined(Paint::Ink, 1.7),
        )],
        FlightKind::ReadAnswer => vec![Shape::rect(
            Area::new(-5.5, -7.0, 11.0, 14.0),
            1.0,
            Style::fill(Paint::Ground).outlined(Paint::Ink, 1.7),
        )],
        FlightKind::Rest => vec![Shape::circle(
            0.0,
            0.0,
            3.5,
            Style::fill(Paint::Ink).outlined(Paint::Ground, 1.2),
        )],
        FlightKind::BackUp => vec![Shape::rect(
            Area::new(-7.0, -5.0, 14.0, 10.0),
            1.0,
            Style::fill(Paint::Quiet).outlined(Paint::Ground, 1.2),
        )],
        FlightKind::BackedUp => vec![Shape::circle(
            0.0,
            0.0,
            4.0,
            Style::fill(Paint::Ground).outlined(Paint::Quiet, 1.5),
        )],
        FlightKind::PageAsk => vec![Shape::circle(
            0.0,
            0.0,
            4.5,
            Style::fill(Paint::Ground).outlined(Paint::Wait, 1.7),
        )],
        FlightKind::PageGive => vec![Shape::rect(
            Area::new(-5.5, -7.0, 11.0, 14.0),
            1.0,
            Style::fill(Paint::Ground).outlined(Paint::Wait, 1.7),
        )],
        FlightKind::Recovery => vec![Shape::path(
            hexagon(),
            Style::fill(Paint::Accent).outlined(Paint::Ground, 1.2),
        )],
        FlightKind::RecoveryAnswer => vec![Shape::path(
            hexagon(),
            Style::fill(Paint::Ground).outlined(Paint::Accent, 1.7),
        )],
    }
}

/// A lying hexagon around the origin.
fn hexagon() -> plot::Path {
    let mut hexagon = plot::Path::new();
    hexagon
        .go(-8.0, 0.0)
        .line(-4.0, -6.5)
        .line(4.0, -6.5)
        .line(8.0, 0.0)
        .line(4.0, 6.5)
        .line(-4.0, 6.5)
        .close();
    hexagon
}
