//! The volumes as tables of their pages, so that one sees which pages they share.
//!
//! ```text
//! v1 ▾  began empty       open     v2 ▾  as v1 was at 120     open
//! [ 0][■1][ 2][ 3◥][ 4][ 5]        [ 0][ 1◥][ 2][■3][ 4][ 5]
//! 1 changed here since v2 began    4 shared with v1, 1 copied here, 1 changed by v1 since
//! ```
//!
//! A cell is a page, or a block of neighbouring pages. Its filling is the share of them that this
//! volume changed; the corner says that the other side changed some. A clone is compared with its
//! source, and the first volume with its clones. The tables of volumes that were given up go.

mod told;

use plot::float;
use protocol::{Frame, VolumeState, VolumeView};

use crate::shape::{Area, Dash, Drawing, Paint, Shape, Spot, Style, Target, Text};
use crate::words::Words;
use crate::wrap::wrapped;
use crate::zone;

use told::Table;
pub use told::volumes_told;

/// No cell is lower or narrower: it is a button, too.
const CELL: f64 = 24.0;
/// No cell is wider.
const CELL_MAX: f64 = 34.0;
/// As many cells stand in a row, the most that there is room for.
const IN_A_ROW: [u64; 4] = [24, 16, 12, 8];
/// Between two tables.
const GAP: f64 = 28.0;
/// Height of a table's first line.
const HEAD: f64 = 26.0;

/// The room for the tables. Their height follows from what they show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VolumesShape {
    /// Width.
    pub width: f64,
    /// On a slide, whose letters are larger.
    pub slide: bool,
}

impl VolumesShape {
    /// How many tables stand side by side, and how wide each is.
    fn tables(&self, count: usize) -> (usize, f64) {
        let least = if self.slide { 330.0 } else { 290.0 };
        let mut beside = count.max(1);
        let width = |beside: usize| {
            let gaps = GAP * (float(beside as u64) - 1.0);
            (self.width - gaps) / float(beside as u64)
        };
        while beside > 1 && width(beside) < least {
            beside -= 1;
        }
        (beside, width(beside))
    }

    /// How many cells stand in a row of each table.
    pub fn cells_in_a_row(&self, frame: &Frame) -> u64 {
        let (_, width) = self.tables(live(frame).count());
        let fits = IN_A_ROW
            .into_iter()
            .find(|&cells| float(cells) * CELL <= width);
        fits.unwrap_or(8).min(cells(frame.pages, frame))
    }

    const fn letters(&self) -> f64 {
        if self.slide {
            Text::SIZE_MIN_SLIDE
        } else {
            12.0
        }
    }

    const fn least_letters(&self) -> f64 {
        if self.slide {
            Text::SIZE_MIN_SLIDE
        } else {
            Text::SIZE_MIN
        }
    }
}

/// The volumes that were not given up.
fn live(frame: &Frame) -> impl Iterator<Item = &VolumeView> {
    let is_live = |volume: &&VolumeView| volume.state != VolumeState::Deleted;
    frame.volumes.iter().filter(is_live)
}

/// How many cells the table of a volume with so many pages has.
fn cells(pages: u64, frame: &Frame) -> u64 {
    pages.div_ceil(frame.pages_in_block.max(1)).max(1)
}

/// Draws the tables of the volumes that were not given up.
pub fn volumes(words: &Words, frame: &Frame, shape: &VolumesShape) -> Drawing {
    let tables: Vec<_> = live(frame)
        .map(|view| Table::new(words, frame, view))
        .collect();
    let (beside, width) = shape.tables(tables.len());
    let mut drawing = Drawing {
        width: shape.width,
        label: tables.iter().map(Table::told).collect::<Vec<_>>().join(" "),
        ..Drawing::default()
    };
    let in_a_row = shape.cells_in_a_row(frame);
    for row in tables.chunks(beside) {
        let top = if drawing.height > 0.0 {
            drawing.height + GAP / 2.0
        } else {
            0.0
        };
        // The same page stands at the same height in each.
        let facts: Vec<_> = row
            .iter()
            .map(|table| wrapped(&table.facts(), width, shape.letters()))
            .collect();
        let lines = facts.iter().map(Vec::len).max().unwrap_or(0);
        for (n, (table, mut facts)) in (0..).zip(row.iter().zip(facts)) {
            facts.resize(lines, String::new());
            let left = float(n) * (width + GAP);
            let mut pen = Pen {
                drawing: &mut drawing,
                area: Area::new(left, top, width, 0.0),
                shape,
            };
            let shapes = pen.table(table, facts, in_a_row);
            let bottom = pen.area.bottom();
            drawing.shapes.push(shapes);
            drawing.height = drawing.height.max(bottom);
        }
    }
    drawing
}

/// The four looks of a cell, each with what it means.
pub fn page_key(words: &Words) -> Vec<(Drawing, String)> {
    [
        ("volumes.key.shared", 0.0, false),
        ("volumes.key.here", 1.0, false),
        ("volumes.key.there", 0.0, true),
        ("volumes.key.both", 1.0, true),
    ]
    .into_iter()
    .map(|(key, filled, corner)| {
        let drawing = Drawing {
            width: 18.0,
            height: 18.0,
            shapes: cell(
                &Area::new(0.0, 0.0, 18.0, 18.0),
                filled,
                corner,
                Dash::Solid,
            ),
            ..Drawing::default()
        };
        (drawing, words.say(key).to_owned())
    })
    .collect()
}

/// Draws a table from the top down; `area` grows with it.
struct Pen<'a> {
    drawing: &'a mut Drawing,
    area: Area,
    shape: &'a VolumesShape,
}

impl Pen<'_> {
    fn table(&mut self, table: &Table<'_>, facts: Vec<String>, in_a_row: u64) -> Shape {
        let mut shapes = self.head(table);
        shapes.extend(self.lines(facts));
        self.area.height += 6.0;
        shapes.extend(self.grid(table, in_a_row));
        self.area.height += 3.0;
        let sums = wrapped(&table.sums(), self.area.width, self.shape.letters());
        shapes.extend(self.lines(sums));
        self.area.height += 4.0;
        Shape::group(format!("volume-{}", table.view.id), shapes)
    }

    /// Name, where it comes from, and state. All of it opens the volume's menu.
    fn head(&mut self, table: &Table<'_>) -> Vec<Shape> {
        let area = Area::new(self.area.x, self.area.y, self.area.width, HEAD);
        self.area.height += HEAD;
        let base = area.y + 17.5;
        let small = self.shape.letters();
        let name = Text::new(area.x, base, 15.0, table.view.id.to_string()).bold();
        let caret = name.area().right() + 9.0;
        let (state, paint) = table.state();
        let state = Text::new(area.right(), base, small, state)
            .end()
            .paint(paint);
        let state = if paint == Paint::Quiet {
            state
        } else {
            state.bold()
        };
        let from = caret + 12.0;
        let room = state.area().x - 8.0 - from;
        let origin = Text::new(from, base, small, table.origin()).paint(Paint::Quiet);
        self.drawing.spots.push(Spot {
            target: Target::Volume(table.view.id),
            area,
            label: table.name(),
        });
        vec![
            name.into(),
            zone::caret(caret, base - 5.0),
            origin
                .fitting_down_to(self.shape.least_letters(), room)
                .into(),
            state.into(),
        ]
    }

    fn lines(&mut self, lines: Vec<String>) -> Vec<Shape> {
        let small = self.shape.letters();
        let height = small * 1.4;
        let text = |line| {
            self.area.height += height;
            let base = self.area.bottom() - height * 0.27;
            let text = Text::new(self.area.x, base, small, line).paint(Paint::Quiet);
            (!text.text.is_empty()).then_some(text.into())
        };
        lines.into_iter().filter_map(text).collect()
    }

    fn grid(&mut self, table: &Table<'_>, in_a_row: u64) -> Vec<Shape> {
        let width = (self.area.width / float(in_a_row)).min(CELL_MAX);
        let top = self.area.bottom();
        let dash = if table.is_apart() {
            Dash::Dotted
        } else {
            Dash::Solid
        };
        let mut shapes = Vec::new();
        for (n, pages) in (0..).zip(table.cells()) {
            let (column, row) = (n % in_a_row, n / in_a_row);
            let (x, y) = (self.area.x + float(column) * width, top + float(row) * CELL);
            let area = Area::new(x, y, width, CELL);
            let filled = float(pages.here) / float(pages.count.max(1));
            shapes.extend(cell(&area, filled, pages.there > 0, dash));
            if table.numbers_pages() {
                let (x, y) = (area.middle() - 1.0, area.bottom() - 6.5);
                let number = Text::new(x, y, self.shape.least_letters(), pages.first.to_string());
                let number = number.mono().middle();
                let number = if pages.here > 0 {
                    number.bold().paint(Paint::Ground)
                } else {
                    number
                };
                shapes.push(number.into());
            }
            self.drawing.spots.push(Spot {
                target: Target::Page(table.view.id, pages.page()),
                area,
                label: table.cell_name(pages),
            });
        }
        let rows = (table.cells().len() as u64).div_ceil(in_a_row);
        self.area.height += float(rows) * CELL;
        shapes
    }
}

/// A cell: filled from below by the share of pages that changed here, with a corner if the other side
/// changed some. Where pages were never shared its outline is broken.
fn cell(area: &Area, filled: f64, corner: bool, dash: Dash) -> Vec<Shape> {
    const FILLED_MIN: f64 = 4.0;
    const CORNER: f64 = 7.0;
    let area = Area::new(
        area.x + 1.0,
        area.y + 1.0,
        area.width - 2.0,
        area.height - 2.0,
    );
    let outline = Style::fill(Paint::Raised)
        .outlined(Paint::StrongRule, 1.0)
        .dashed(dash);
    let mut shapes = vec![Shape::rect(area, 2.0, outline)];
    if filled > 0.0 {
        let height = (area.height * filled).max(FILLED_MIN);
        let below = Area::new(area.x, area.bottom() - height, area.width, height);
        shapes.push(Shape::rect(below, 2.0, Style::fill(Paint::Accent)));
    }
    if corner {
        let mut triangle = plot::Path::new();
        triangle
            .go(area.right() - CORNER, area.y)
            .line(area.right(), area.y)
            .line(area.right(), area.y + CORNER)
            .close();
        let style = Style::fill(Paint::Ink).outlined(Paint::Raised, 1.0);
        shapes.push(Shape::path(triangle, style));
    }
    shapes
}
