//! The tape: the newest records as cards, what each copy has of them, and the points that move.

mod ruler;

use protocol::{
    Bracket, Card, CardCell, Frame, LabSetup, MtrLabel, Node, NodeState, NodeView, WriterState,
    ZoneView,
};

use self::ruler::{Point, Ruler};
use crate::numbers;
use crate::shape::{Area, Dash, Drawing, Face, Paint, Shape, Style, Text};
use crate::words::Words;
use crate::zone;

/// How much room the tape has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TapeShape {
    /// Width of what is seen; a tape with more cards is wider.
    pub width: f64,
    /// Fewer, larger cards without the records' sizes, and of the copies only those that are down:
    /// for slides.
    pub compact: bool,
}

const LEFT: f64 = 8.0;

/// Sizes of what is on a tape.
#[derive(Clone, Copy)]
struct Sizes {
    text: f64,
    /// From the middle of a card to the middle of the next.
    pitch: f64,
    /// Of a card.
    width: f64,
    /// Upper edge of the cards.
    top: f64,
    /// From cell to cell.
    cell: (f64, f64),
    /// The cells themselves, where 1 is the usual size.
    mark: f64,
    /// From line to line of text.
    line: f64,
}

impl Sizes {
    const SCREEN: Self = Self {
        text: Text::SIZE_MIN,
        pitch: 63.0,
        width: 57.0,
        top: 28.0,
        cell: (17.0, 15.5),
        mark: 1.0,
        line: 13.0,
    };
    const SLIDE: Self = Self {
        text: Text::SIZE_MIN_SLIDE,
        pitch: 88.0,
        width: 80.0,
        top: 27.0,
        cell: (23.0, 18.0),
        mark: 1.15,
        line: 14.5,
    };

    fn gap(&self) -> f64 {
        self.pitch - self.width
    }

    fn left_of(&self, place: u64) -> f64 {
        LEFT + plot::float(place) * self.pitch
    }

    /// The middle of the gap before a place.
    fn before(&self, place: u64) -> f64 {
        self.left_of(place) - self.gap() / 2.0
    }
}

impl TapeShape {
    const fn sizes(&self) -> Sizes {
        if self.compact {
            Sizes::SLIDE
        } else {
            Sizes::SCREEN
        }
    }

    /// How many cards can be seen at once.
    pub fn cards(&self) -> u32 {
        let sizes = self.sizes();
        let cards = ((self.width - 2.0 * LEFT + sizes.gap()) / sizes.pitch).floor();
        u32::try_from(plot::whole(cards.max(1.0))).unwrap_or(1)
    }

    fn rows(setup: &LabSetup) -> f64 {
        let rows = setup.zones.iter().map(|zone| zone.nodes.len()).max();
        plot::float(rows.unwrap_or(1) as u64)
    }

    /// Lines above the cells: the group, where there are several, and the size.
    fn lines(&self, setup: &LabSetup) -> f64 {
        let group = if setup.groups > 1 { 1.0 } else { 0.0 };
        group + if self.compact { 0.0 } else { 1.0 }
    }

    /// From the upper edge of a card to the middle of its first cells.
    fn cells_top(&self, setup: &LabSetup) -> f64 {
        let sizes = self.sizes();
        3.0 + self.lines(setup) * sizes.line + sizes.cell.1 / 2.0 + 2.0
    }

    fn card_height(&self, setup: &LabSetup) -> f64 {
        let sizes = self.sizes();
        let rows = Self::rows(setup);
        self.cells_top(setup) + (rows - 0.5) * sizes.cell.1 + 2.0 * sizes.line + 3.0
    }

    fn card_bottom(&self, setup: &LabSetup) -> f64 {
        self.sizes().top + self.card_height(setup)
    }

    /// The base line of the LSNs.
    fn lsn_base(&self, setup: &LabSetup) -> f64 {
        self.card_bottom(setup) + self.sizes().text + 3.0
    }

    /// The base line of a lane.
    fn lane_base(&self, setup: &LabSetup, lane: u32) -> f64 {
        let line = self.sizes().line + 2.0;
        self.lsn_base(setup) + 3.0 + f64::from(lane + 1) * line
    }

    /// The lane of the copies, the lowest. A slide has room for two, so that copies that are down
    /// stand beside the writer's points.
    const fn copies_lane(&self) -> u32 {
        if self.compact { 1 } else { 2 }
    }

    /// Height of the tape.
    pub fn height(&self, setup: &LabSetup) -> f64 {
        self.lane_base(setup, self.copies_lane()) + 6.0
    }
}

/// Draws the tape.
pub fn tape(words: &Words, setup: &LabSetup, frame: &Frame, shape: &TapeShape) -> Drawing {
    let setup = &*setup.now(frame);
    let cards = &frame.tape.cards;
    let count = (cards.len() as u64).max(u64::from(shape.cards()));
    let tape = Tape {
        words,
        setup,
        frame,
        shape,
        sizes: shape.sizes(),
    };
    let mut shapes: Vec<Shape> = (0..)
        .zip(cards)
        .map(|(place, card)| tape.card(place, card))
        .collect();
    shapes.push(tape.room_for_more(cards.len() as u64, count));
    shapes.push(Shape::group(
        "brackets",
        frame
            .tape
            .brackets
            .iter()
            .flat_map(|bracket| tape.bracket(bracket))
            .collect(),
    ));
    shapes.push(tape.points(tape.width(count)));
    Drawing {
        width: tape.width(count),
        height: shape.height(setup),
        label: tape.label(),
        shapes,
        spots: Vec::new(),
    }
}

struct Tape<'a> {
    words: &'a Words,
    setup: &'a LabSetup,
    frame: &'a Frame,
    shape: &'a TapeShape,
    sizes: Sizes,
}

impl Tape<'_> {
    fn width(&self, cards: u64) -> f64 {
        let cards = 2.0 * LEFT + plot::float(cards) * self.sizes.pitch - self.sizes.gap();
        self.shape.width.max(cards)
    }

    /// What the tape shows, why it is not durable any further, and where copies have stopped.
    fn label(&self) -> String {
        let cards = &self.frame.tape.cards;
        let (Some(first), Some(last)) = (cards.first(), cards.last()) else {
            return self.words.say("tape.label.empty").to_owned();
        };
        let vdl = self.frame.writer.vdl;
        let mut label = self.words.fill(
            "tape.label",
            &[
                ("first", first.lsn.into()),
                ("last", last.lsn.into()),
                ("vdl", vdl.into()),
            ],
        );
        let next = cards.iter().find(|card| card.lsn > vdl && !card.durable);
        let why = match next {
            Some(card) => Some(self.words.fill(
                "tape.label.next",
                &[
                    ("lsn", card.lsn.into()),
                    ("acked", card.acked.into()),
                    ("copies", (card.cells.len() as u64).into()),
                    ("need", self.setup.write_quorum.into()),
                ],
            )),
            None if vdl < last.lsn && first.lsn <= vdl + 1 => Some(
                self.words
                    .fill("tape.label.open", &[("lsn", (vdl + 1).into())]),
            ),
            None => None,
        };
        let stops = self.copies(CopiesShown::Stopped);
        let stops = stops.iter().map(|point| {
            let args = [("names", (&point.name).into()), ("lsn", point.lsn.into())];
            self.words.fill("tape.label.stopped", &args)
        });
        for sentence in why.into_iter().chain(stops) {
            label.push(' ');
            label.push_str(&sentence);
        }
        label
    }

    fn card(&self, place: u64, card: &Card) -> Shape {
        let sizes = &self.sizes;
        let (x, height) = (sizes.left_of(place), self.shape.card_height(self.setup));
        let area = Area::new(x, sizes.top, sizes.width, height);
        let (line, width) = if card.durable {
            (Paint::Good, 1.7)
        } else {
            (Paint::StrongRule, 1.2)
        };
        let mut shapes = vec![Shape::rect(
            area,
            6.0,
            Style::fill(Paint::Ground).outlined(line, width),
        )];
        let text = |y, text: String| Text::new(area.middle(), y, sizes.text, text).middle();
        let mut y = area.y + 3.0;
        for line in self.above_cells(card) {
            y += sizes.line;
            shapes.push(text(y - 1.0, line).paint(Paint::Quiet).into());
        }
        self.cells(&mut shapes, card, &area);
        let paint = if card.durable {
            Paint::Good
        } else {
            Paint::Quiet
        };
        let count = text(area.bottom() - 5.0 - sizes.line, self.count(card));
        shapes.push(count.paint(paint).into());
        if card.durable {
            let durable = self.words.say("tape.durable").to_owned();
            let durable = text(area.bottom() - 5.0, durable);
            shapes.push(durable.bold().paint(paint).into());
        }
        let base = self.shape.lsn_base(self.setup);
        let lsn = |size: f64| {
            Text::new(area.middle(), base, size, numbers::grouped(card.lsn))
                .middle()
                .mono()
        };
        let (room, least) = (sizes.pitch - 3.0, sizes.text);
        let full = lsn(12.0_f64.max(least)).fitting_down_to(least, room);
        shapes.push(if full.width() <= room {
            full.into()
        } else {
            // The writer says the whole number; here the end of it tells records apart.
            let kept = full.text.len() - full.text.len().min(7);
            let end = format!("…{}", &full.text[kept..]);
            Text { text: end, ..full }.into()
        });
        Shape::group(format!("card-{}", card.lsn), shapes)
    }

    /// The record's group, where there are several, and its size.
    fn above_cells(&self, card: &Card) -> Vec<String> {
        let mut lines = Vec::new();
        if self.setup.groups > 1 {
            let group = [("group", (card.group + 1).into())];
            lines.push(self.words.fill("tape.group", &group));
        }
        if !self.shape.compact {
            let key = if card.estimated {
                "tape.size.estimated"
            } else {
                "tape.size"
            };
            let bytes = numbers::bytes(card.bytes.into());
            lines.push(self.words.fill(key, &[("bytes", (&bytes).into())]));
        }
        lines
    }

    /// How many copies have acknowledged the record. A writer that recovers does not know yet.
    fn count(&self, card: &Card) -> String {
        if matches!(self.frame.writer.state, WriterState::Recovering { .. }) {
            return self.words.say("tape.count.unknown").to_owned();
        }
        let args = [
            ("acked", card.acked.into()),
            ("copies", (card.cells.len() as u64).into()),
        ];
        let long = self.words.fill("tape.count", &args);
        if Text::width_of(&long, self.sizes.text, Face::Sans) <= self.sizes.width - 3.0 {
            long
        } else {
            self.words.fill("tape.count.short", &args)
        }
    }

    fn cells(&self, shapes: &mut Vec<Shape>, card: &Card, area: &Area) {
        let sizes = &self.sizes;
        let zones = plot::float(self.setup.zones.len() as u64);
        let left = area.middle() - (zones - 1.0) / 2.0 * sizes.cell.0;
        let top = sizes.top + self.shape.cells_top(self.setup);
        let zones = (0_u32..).zip(&self.frame.zones);
        let places = zones.flat_map(|(column, zone)| {
            let rows = (0_u32..).zip(&zone.nodes);
            rows.map(move |(row, view)| (view.node, column, row))
        });
        let mut absent = plot::Path::new();
        let mut drawn: Vec<(Node, CardCell, f64, f64)> = Vec::new();
        for ((node, column, row), &cell) in places.zip(&card.cells) {
            let x = left + f64::from(column) * sizes.cell.0;
            let y = top + f64::from(row) * sizes.cell.1;
            if cell == CardCell::Absent {
                absent.circle(x, y, 1.4 * sizes.mark);
            } else {
                drawn.push((node, cell, x, y));
            }
        }
        shapes.push(Shape::path(absent, Style::fill(Paint::StrongRule)));
        for zone in &self.setup.zones {
            let mut solid = plot::Path::new();
            let mut ring = plot::Path::new();
            for &(_, cell, x, y) in drawn.iter().filter(|(node, ..)| node.az() == zone.az) {
                trace_cell(&mut solid, &mut ring, zone.az, cell, (x, y), sizes.mark);
            }
            let hue = Paint::Zone(zone.az);
            for (path, style) in [(ring, Style::stroke(hue, 1.5)), (solid, Style::fill(hue))] {
                shapes.push(Shape::path(path, style));
            }
        }
    }

    /// Outlines where the next records will stand.
    fn room_for_more(&self, from: u64, to: u64) -> Shape {
        let height = self.shape.card_height(self.setup);
        let mut path = plot::Path::new();
        for place in from..to {
            path.rect(
                self.sizes.left_of(place),
                self.sizes.top,
                self.sizes.width,
                height,
            );
        }
        Shape::group(
            "room",
            vec![Shape::path(
                path,
                Style::stroke(Paint::Rule, 1.0).dashed(Dash::Dashed),
            )],
        )
    }

    fn bracket(&self, bracket: &Bracket) -> Vec<Shape> {
        let cards = &self.frame.tape.cards;
        let first = cards.partition_point(|card| card.lsn < bracket.first_lsn);
        let after = cards.partition_point(|card| card.lsn <= bracket.last_lsn);
        if first >= after {
            return Vec::new();
        }
        let sizes = &self.sizes;
        let (x, end) = (
            sizes.left_of(first as u64),
            sizes.left_of(after as u64) - sizes.gap(),
        );
        // A side is closed where the mini-transaction itself begins or ends.
        let begins = cards[first].lsn == bracket.first_lsn;
        let ends = cards[after - 1].lsn == bracket.last_lsn;
        let (line, foot) = (sizes.top - 8.0, sizes.top - 3.0);
        let mut path = plot::Path::new();
        path.go(x, if begins { foot } else { line })
            .line(x, line)
            .line(end, line)
            .line(end, if ends { foot } else { line });
        vec![
            Shape::path(path, Style::stroke(Paint::StrongRule, 1.0)),
            Text::new(
                x + 1.0,
                sizes.top - 12.5,
                sizes.text,
                self.name(bracket, end - x),
            )
            .paint(Paint::Quiet)
            .into(),
        ]
    }

    fn name(&self, bracket: &Bracket, room: f64) -> String {
        let size = self.sizes.text;
        let fits = |text: &str| Text::width_of(text, size, Face::Sans) <= room;
        match &bracket.label {
            MtrLabel::Insert { txn } => {
                let long = self.words.fill("tape.insert", &[("txn", (*txn).into())]);
                if fits(&long) {
                    long
                } else {
                    self.words.say("tape.insert.short").to_owned()
                }
            }
            MtrLabel::Wal { name, commit } => {
                let long = match commit {
                    Some(txn) => self.words.fill("tape.commit", &[("txn", (*txn).into())]),
                    None => name.clone(),
                };
                if fits(&long) {
                    return long;
                }
                let short = match (commit, name.split_once('/')) {
                    (Some(_), _) => self.words.say("tape.commit.short").to_owned(),
                    (None, Some((_, operation))) => {
                        operation.to_ascii_lowercase().replace('_', " ")
                    }
                    (None, None) => name.to_ascii_lowercase(),
                };
                cut(&short, size, room)
            }
        }
    }

    /// The ruler below the cards with the points on it, each kind in its lane.
    fn points(&self, width: f64) -> Shape {
        let writer = &self.frame.writer;
        if self.frame.tape.cards.is_empty() {
            return Shape::group("points", Vec::new());
        }
        let say = |key| self.words.say(key).to_owned();
        let point = |lsn, name, paint| Point {
            lsn,
            long: None,
            name,
            paint,
        };
        let durable = Point {
            long: Some(say("tape.vdl.long")),
            ..point(writer.vdl, say("tape.vdl"), Paint::Good)
        };
        let mut of_writer = vec![point(writer.vcl, say("tape.vcl"), Paint::Ink)];
        // A new writer knows of no group until it has recovered.
        let recovers = matches!(writer.state, WriterState::Recovering { .. });
        let pgcl = writer.pgcl.get(self.frame.group as usize);
        if let Some(&pgcl) = pgcl.filter(|_| !recovers) {
            let name = if self.setup.groups > 1 {
                let group = [("group", (self.frame.group + 1).into())];
                self.words.fill("tape.pgcl.group", &group)
            } else {
                say("tape.pgcl")
            };
            of_writer.push(point(pgcl, name, Paint::Ink));
        }
        let copies = self.copies(if self.shape.compact {
            CopiesShown::Stopped
        } else {
            CopiesShown::All
        });
        let mut ruler = Ruler::new(self, width);
        ruler.lane(0, vec![durable]);
        if self.shape.compact {
            of_writer.extend(copies);
            ruler.lane(1, of_writer);
        } else {
            ruler.lane(1, of_writer);
            ruler.lane(2, copies);
        }
        Shape::group("points", ruler.shapes())
    }

    /// Up to where copies are complete, by name: of a whole zone only the letter.
    fn copies(&self, shown: CopiesShown) -> Vec<Point> {
        let zones = self.frame.zones.iter();
        zones
            .flat_map(|zone| copies_of(self.words, zone, shown))
            .collect()
    }
}

/// Which copies stand on the ruler.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CopiesShown {
    All,
    /// Those that are down.
    Stopped,
}

fn copies_of(words: &Words, zone: &ZoneView, shown: CopiesShown) -> Vec<Point> {
    let is_down = |node: &NodeView| node.state != NodeState::Up;
    let first = &zone.nodes[0];
    let together = zone
        .nodes
        .iter()
        .all(|node| node.segment.scl == first.segment.scl && is_down(node) == is_down(first));
    let whole = together && zone.nodes.len() > 1;
    let nodes = zone.nodes.iter().take(if whole { 1 } else { usize::MAX });
    nodes
        .filter(|node| shown == CopiesShown::All || is_down(node))
        .map(|node| {
            let lsn = node.segment.scl;
            let name = if whole {
                zone.az.to_string()
            } else {
                node.node.to_string()
            };
            if !is_down(node) {
                let long = words.fill("tape.copies", &[("names", (&name).into())]);
                return Point {
                    lsn,
                    long: Some(long),
                    name,
                    paint: Paint::Zone(zone.az),
                };
            }
            let name = if whole {
                words.fill("stage.zone", &[("zone", zone.az.into())])
            } else {
                name
            };
            let long = words.fill("tape.stops", &[("names", (&name).into())]);
            Point {
                lsn,
                long: Some(long),
                name,
                paint: Paint::Bad,
            }
        })
        .collect()
}

/// The text, or as much of it as there is room for.
fn cut(text: &str, size: f64, room: f64) -> String {
    let mut kept = text.to_owned();
    while Text::width_of(&kept, size, Face::Sans) > room && kept.pop().is_some() {
        if let Some((end, _)) = kept.char_indices().next_back() {
            kept.truncate(end);
            kept.push('…');
        }
    }
    kept
}

/// A cell that is not empty, around its place.
fn trace_cell(
    solid: &mut plot::Path,
    ring: &mut plot::Path,
    az: protocol::Az,
    cell: CardCell,
    (x, y): (f64, f64),
    mark: f64,
) {
    match cell {
        CardCell::Absent => {}
        CardCell::Sent => zone::trace(solid, az, x, y, 1.9 * mark),
        CardCell::Received => zone::trace(ring, az, x, y, 4.6 * mark),
        CardCell::Stored => {
            zone::trace(ring, az, x, y, 4.6 * mark);
            zone::trace(solid, az, x, y, 2.2 * mark);
        }
        CardCell::Acked => zone::trace(solid, az, x, y, 5.4 * mark),
    }
}

/// The five states of a cell, each drawn as on the tape with what it means, to explain the tape.
pub fn cell_key(words: &Words, az: protocol::Az) -> Vec<(Drawing, String)> {
    [
        (CardCell::Absent, "cell.absent"),
        (CardCell::Sent, "cell.sent"),
        (CardCell::Received, "cell.received"),
        (CardCell::Stored, "cell.stored"),
        (CardCell::Acked, "cell.acked"),
    ]
    .into_iter()
    .map(|(cell, key)| {
        let mut solid = plot::Path::new();
        let mut ring = plot::Path::new();
        if cell == CardCell::Absent {
            solid.circle(9.0, 9.0, 1.4);
        }
        trace_cell(&mut solid, &mut ring, az, cell, (9.0, 9.0), 1.0);
        let hue = if cell == CardCell::Absent {
            Paint::StrongRule
        } else {
            Paint::Zone(az)
        };
        let drawing = Drawing {
            width: 18.0,
            height: 18.0,
            label: String::new(),
            shapes: vec![
                Shape::path(ring, Style::stroke(hue, 1.5)),
                Shape::path(solid, Style::fill(hue)),
            ],
            spots: Vec::new(),
        };
        (drawing, words.say(key).to_owned())
    })
    .collect()
}
