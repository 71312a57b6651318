//! The tape: the newest records as cards, what each copy has of them, and the points that move.

use protocol::{Bracket, Card, CardCell, Frame, LabSetup, MtrLabel, Node};

use crate::numbers;
use crate::shape::{Area, Dash, Drawing, Face, Paint, Shape, Style, Text};
use crate::words::Words;
use crate::zone;

/// How much room the tape has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TapeShape {
    /// Width of what is seen; a tape with more cards is wider.
    pub width: f64,
    /// Without the records' sizes and the copies' points: for slides.
    pub compact: bool,
}

const LEFT: f64 = 14.0;
const PITCH: f64 = 80.0;
const WIDTH: f64 = 68.0;
const TOP: f64 = 28.0;
const CELL: (f64, f64) = (19.0, 15.5);

impl TapeShape {
    /// How many cards can be seen at once.
    pub fn cards(&self) -> u32 {
        let cards = ((self.width - 2.0 * LEFT + (PITCH - WIDTH)) / PITCH).floor();
        u32::try_from(plot::whole(cards.max(1.0))).unwrap_or(1)
    }

    fn rows(setup: &LabSetup) -> f64 {
        let rows = setup.zones.iter().map(|zone| zone.nodes.len()).max();
        plot::float(rows.unwrap_or(1) as u64)
    }

    fn cells_top(&self) -> f64 {
        if self.compact { 13.0 } else { 28.0 }
    }

    fn card_height(&self, setup: &LabSetup) -> f64 {
        self.cells_top() + Self::rows(setup) * CELL.1 + 26.0
    }

    /// Height of the tape.
    pub fn height(&self, setup: &LabSetup) -> f64 {
        TOP + self.card_height(setup) + if self.compact { 54.0 } else { 69.0 }
    }
}

/// Draws the tape.
pub fn tape(words: &Words, setup: &LabSetup, frame: &Frame, shape: &TapeShape) -> Drawing {
    let cards = &frame.tape.cards;
    let count = (cards.len() as u64).max(u64::from(shape.cards()));
    let tape = Tape {
        words,
        setup,
        frame,
        shape,
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
    shapes.push(tape.points());
    Drawing {
        width: shape
            .width
            .max(2.0 * LEFT + plot::float(count) * PITCH - (PITCH - WIDTH)),
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
}

fn left_of(place: u64) -> f64 {
    LEFT + plot::float(place) * PITCH
}

impl Tape<'_> {
    fn label(&self) -> String {
        let (Some(first), Some(last)) =
            (self.frame.tape.cards.first(), self.frame.tape.cards.last())
        else {
            return self.words.say("tape.label.empty").to_owned();
        };
        self.words.fill(
            "tape.label",
            &[
                ("first", first.lsn.into()),
                ("last", last.lsn.into()),
                ("vdl", self.frame.writer.vdl.into()),
            ],
        )
    }

    fn card(&self, place: u64, card: &Card) -> Shape {
        let x = left_of(place);
        let area = Area::new(x, TOP, WIDTH, self.shape.card_height(self.setup));
        let (line, width) = if card.durable {
            (Paint::Good, 1.7)
        } else {
            (Paint::StrongRule, 1.2)
        };
        let middle = area.middle();
        let mut shapes = vec![Shape::rect(
            area,
            6.0,
            Style::fill(Paint::Ground).outlined(line, width),
        )];
        if !self.shape.compact {
            shapes.push(
                Text::new(middle, TOP + 15.0, 11.0, self.size(card))
                    .fitting(WIDTH - 4.0)
                    .middle()
                    .paint(Paint::Quiet)
                    .into(),
            );
        }
        self.cells(&mut shapes, card, &area);
        let count = self.words.fill(
            "tape.count",
            &[
                ("acked", card.acked.into()),
                ("copies", (card.cells.len() as u64).into()),
            ],
        );
        let count = Text::new(middle, area.bottom() - 19.0, 11.0, count).middle();
        shapes.push(
            if card.durable {
                count.paint(Paint::Good)
            } else {
                count.paint(Paint::Quiet)
            }
            .into(),
        );
        if card.durable {
            shapes.push(
                Text::new(
                    middle,
                    area.bottom() - 6.0,
                    11.0,
                    self.words.say("tape.durable"),
                )
                .middle()
                .bold()
                .paint(Paint::Good)
                .into(),
            );
        }
        shapes.push(
            Text::new(
                middle,
                area.bottom() + 15.0,
                12.0,
                numbers::grouped(card.lsn),
            )
            .middle()
            .mono()
            .fitting(PITCH - 4.0)
            .into(),
        );
        Shape::group(format!("card-{}", card.lsn), shapes)
    }

    fn size(&self, card: &Card) -> String {
        let key = match (self.setup.groups > 1, card.estimated) {
            (false, false) => "tape.size",
            (false, true) => "tape.size.estimated",
            (true, false) => "tape.size.group",
            (true, true) => "tape.size.group.estimated",
        };
        self.words.fill(
            key,
            &[
                ("bytes", (&numbers::bytes(card.bytes.into())).into()),
                ("group", (card.group + 1).into()),
            ],
        )
    }

    fn cells(&self, shapes: &mut Vec<Shape>, card: &Card, area: &Area) {
        let zones = plot::float(self.setup.zones.len() as u64);
        let left = area.middle() - (zones - 1.0) / 2.0 * CELL.0;
        let top = TOP + self.shape.cells_top();
        let nodes = self.setup.zones.iter().flat_map(|zone| &zone.nodes);
        let mut absent = plot::Path::new();
        let mut drawn: Vec<(Node, CardCell, f64, f64)> = Vec::new();
        for (&node, &cell) in nodes.zip(&card.cells) {
            let column = self
                .setup
                .zones
                .iter()
                .position(|zone| zone.az == node.az())
                .unwrap_or(0);
            let x = left + plot::float(column as u64) * CELL.0;
            let y = top + f64::from(node.ordinal() - 1) * CELL.1;
            if cell == CardCell::Absent {
                absent.circle(x, y, 1.4);
            } else {
                drawn.push((node, cell, x, y));
            }
        }
        shapes.push(Shape::path(absent, Style::fill(Paint::StrongRule)));
        for zone in &self.setup.zones {
            let mut solid = plot::Path::new();
            let mut ring = plot::Path::new();
            for &(_, cell, x, y) in drawn.iter().filter(|(node, ..)| node.az() == zone.az) {
                match cell {
                    CardCell::Absent => {}
                    CardCell::Sent => zone::trace(&mut solid, zone.az, x, y, 1.9),
                    CardCell::Received => zone::trace(&mut ring, zone.az, x, y, 4.6),
                    CardCell::Stored => {
                        zone::trace(&mut ring, zone.az, x, y, 4.6);
                        zone::trace(&mut solid, zone.az, x, y, 2.2);
                    }
                    CardCell::Acked => zone::trace(&mut solid, zone.az, x, y, 5.4),
                }
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
            path.rect(left_of(place), TOP, WIDTH, height);
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
        let (x, end) = (
            left_of(first as u64),
            left_of(after as u64) - (PITCH - WIDTH),
        );
        // A side is closed where the mini-transaction itself begins or ends.
        let begins = cards[first].lsn == bracket.first_lsn;
        let ends = cards[after - 1].lsn == bracket.last_lsn;
        let (line, foot) = (TOP - 8.0, TOP - 3.0);
        let mut path = plot::Path::new();
        path.go(x, if begins { foot } else { line })
            .line(x, line)
            .line(end, line)
            .line(end, if ends { foot } else { line });
        vec![
            Shape::path(path, Style::stroke(Paint::StrongRule, 1.0)),
            Text::new(x + 1.0, TOP - 14.0, 11.0, self.name(bracket, end - x))
                .paint(Paint::Quiet)
                .into(),
        ]
    }

    fn name(&self, bracket: &Bracket, room: f64) -> String {
        let fits = |text: &str| Text::width_of(text, 11.0, Face::Sans) <= room;
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
                    (None, Some((_, operation))) => operation.to_lowercase().replace('_', " "),
                    (None, None) => name.to_lowercase(),
                };
                cut(&short, room)
            }
        }
    }

    /// The ruler below the cards with the points on it.
    fn points(&self) -> Shape {
        let writer = &self.frame.writer;
        let mut shapes = Vec::new();
        if self.frame.tape.cards.is_empty() {
            return Shape::group("points", shapes);
        }
        let point = |lsn, name: String, paint| Point { lsn, name, paint };
        let say = |key| self.words.say(key).to_owned();
        let mut of_writer = vec![point(writer.vcl, say("tape.vcl"), Paint::Ink)];
        if let Some(&pgcl) = writer.pgcl.get(self.frame.group as usize) {
            let name = if self.setup.groups > 1 {
                self.words.fill(
                    "tape.pgcl.group",
                    &[("group", (self.frame.group + 1).into())],
                )
            } else {
                say("tape.pgcl")
            };
            of_writer.push(point(pgcl, name, Paint::Ink));
        }
        let durable = vec![point(writer.vdl, say("tape.vdl"), Paint::Good)];
        if !self.shape.compact {
            self.lane(&mut shapes, 2, self.copies(), "tape.copies");
        }
        self.lane(&mut shapes, 1, of_writer, "tape.point");
        self.lane(&mut shapes, 0, durable, "tape.vdl.long");
        Shape::group("points", shapes)
    }

    /// Up to where each copy is complete, by name: of a whole zone only the letter.
    fn copies(&self) -> Vec<Point> {
        self.frame
            .zones
            .iter()
            .flat_map(|zone| {
                let scl_of_all = zone.nodes[0].segment.scl;
                let together = zone.nodes.len() > 1
                    && zone.nodes.iter().all(|node| node.segment.scl == scl_of_all);
                let names = if together {
                    vec![(scl_of_all, zone.az.to_string())]
                } else {
                    zone.nodes
                        .iter()
                        .map(|node| (node.segment.scl, node.node.to_string()))
                        .collect()
                };
                names.into_iter().map(|(lsn, name)| Point {
                    lsn,
                    name,
                    paint: Paint::Zone(zone.az),
                })
            })
            .collect()
    }

    /// Points on one line of the ruler. What is at the same place is named together, by the message
    /// `long` where there is room for it.
    fn lane(&self, shapes: &mut Vec<Shape>, lane: u32, mut points: Vec<Point>, long: &str) {
        let cards = &self.frame.tape.cards;
        let card_bottom = TOP + self.shape.card_height(self.setup);
        let y = card_bottom + 33.0 + f64::from(lane) * 15.0;
        let place_of = |point: &Point| cards.partition_point(|card| card.lsn <= point.lsn) as u64;
        points.sort_by_key(place_of);
        let mut before = 0.0;
        for points in points.chunk_by(|one, other| place_of(one) == place_of(other)) {
            let place = place_of(&points[0]);
            let of_one = points.iter().all(|point| point.paint == points[0].paint);
            let paint = if of_one {
                points[0].paint
            } else {
                Paint::Quiet
            };
            let names: Vec<&str> = points.iter().map(|point| point.name.as_str()).collect();
            let names = names.join(" ");
            let said = |key| self.words.fill(key, &[("names", (&names).into())]);
            let text = |x, text: String| {
                Text::new(x, y, 11.0, text)
                    .bold()
                    .paint(paint)
                    .halo(Paint::Raised)
            };
            if place == 0 {
                let before_all = text(LEFT, said("tape.before"));
                before = before_all.x + before_all.width();
                shapes.push(before_all.into());
                continue;
            }
            let x = left_of(place) - (PITCH - WIDTH) / 2.0;
            let (from, width) = if paint == Paint::Good {
                (TOP - 4.0, 1.8)
            } else {
                (card_bottom + 2.0, 1.3)
            };
            shapes.push(Shape::line(
                (x, from),
                (x, y + 2.0),
                Style::stroke(paint, width),
            ));
            let full = text(x - 5.0, said(long)).end();
            let fits = full.width() <= x - before - 16.0;
            shapes.push(
                if fits {
                    full
                } else {
                    text(x - 5.0, names.clone()).end()
                }
                .into(),
            );
            before = x;
        }
    }
}

/// Something that stands at a place of the ruler.
struct Point {
    lsn: u64,
    name: String,
    paint: Paint,
}

/// The text, or as much of it as there is room for.
fn cut(text: &str, room: f64) -> String {
    let mut kept = text.to_owned();
    while Text::width_of(&kept, 11.0, Face::Sans) > room && kept.pop().is_some() {
        if let Some((end, _)) = kept.char_indices().next_back() {
            kept.truncate(end);
            kept.push('…');
        }
    }
    kept
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
        match cell {
            CardCell::Absent => {
                solid.circle(9.0, 9.0, 1.4);
            }
            CardCell::Sent => zone::trace(&mut solid, az, 9.0, 9.0, 1.9),
            CardCell::Received => zone::trace(&mut ring, az, 9.0, 9.0, 4.6),
            CardCell::Stored => {
                zone::trace(&mut ring, az, 9.0, 9.0, 4.6);
                zone::trace(&mut solid, az, 9.0, 9.0, 2.2);
            }
            CardCell::Acked => zone::trace(&mut solid, az, 9.0, 9.0, 5.4),
        }
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
