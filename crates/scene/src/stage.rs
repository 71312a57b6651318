//! The stage: clients, the writer, the zones with their nodes, and the messages between them.

use std::collections::BTreeSet;

use protocol::{
    Clients, Flight, FlightKind, Frame, LabSetup, Node, NodeState, NodeView, Part, Place,
    WriterState, ZoneView,
};

use crate::archive;
use crate::beside;
use crate::card::{self, Card};
use crate::layout::{Arrangement, CardPlace, ClientsPlace, Layout, StageShape, ZonePlace};
use crate::numbers;
use crate::sentences;
use crate::shape::{Dash, Drawing, Paint, Shape, Spot, Style, Target, Text};
use crate::words::Words;
use crate::zone;

/// Room at the right end of the key, where a page has its buttons.
const CORNER: f64 = 72.0;

/// How messages on the way are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Each at its place on its edge.
    Flights,
    /// As the width of the edge: for speeds at which single ones cannot be followed.
    Flow,
    /// As a number on the edge, which does not move.
    Still,
}

/// Draws the stage.
pub fn stage(
    words: &Words,
    setup: &LabSetup,
    frame: &Frame,
    shape: &StageShape,
    motion: Motion,
) -> Drawing {
    let setup = &*setup.now(frame);
    let layout = Layout::new(setup, frame, shape);
    let stage = Stage {
        words,
        setup,
        frame,
        layout: &layout,
    };
    let mut shapes = Vec::new();
    for place in &layout.zones {
        shapes.push(stage.zone(place));
    }
    shapes.push(stage.edges(motion));
    shapes.push(stage.clients());
    shapes.push(stage.writer());
    shapes.push(stage.legend());
    for place in &layout.cards {
        if let Some(node) = stage.node(place.node) {
            shapes.push(stage.card(place, node));
        }
    }
    for place in &layout.beside {
        if let Some(node) = stage.node(place.node) {
            let shapes_beside = beside::beside(
                words,
                place.area,
                layout.letters,
                node,
                stage.part(place.node),
            );
            shapes.push(Shape::group(format!("node-{}", place.node), shapes_beside));
        }
    }
    let kept = archive::archive(words, setup, frame, layout.archive, layout.letters);
    shapes.push(Shape::group("archive", kept));
    shapes.push(stage.gossip());
    shapes.push(match motion {
        Motion::Flights => stage.flights(),
        Motion::Flow => Shape::group("flights", Vec::new()),
        Motion::Still => stage.counts(),
    });
    Drawing {
        width: shape.width,
        height: shape.height,
        label: stage.label(),
        shapes,
        spots: stage.spots(),
    }
}

struct Stage<'a> {
    words: &'a Words,
    setup: &'a LabSetup,
    frame: &'a Frame,
    layout: &'a Layout,
}

impl Stage<'_> {
    fn zone_view(&self, az: protocol::Az) -> Option<&ZoneView> {
        self.frame.zones.iter().find(|zone| zone.az == az)
    }

    fn node(&self, node: Node) -> Option<&NodeView> {
        let zone = self.zone_view(node.az())?;
        let mut all = zone.nodes.iter().chain([&zone.beside]);
        all.find(|view| view.node == node)
    }

    /// What a machine is there for.
    fn part(&self, node: Node) -> Part {
        let machines = &self.frame.members.machines;
        let machine = machines.iter().find(|machine| machine.node == node);
        machine.map_or(Part::Member, |machine| machine.part)
    }

    fn label(&self) -> String {
        let down: Vec<String> = self
            .frame
            .zones
            .iter()
            .flat_map(|zone| &zone.nodes)
            .filter(|node| matches!(node.state, NodeState::Down { .. }))
            .map(|node| node.node.to_string())
            .collect();
        let key = match self.frame.writer.state {
            WriterState::Open => "stage.label",
            WriterState::CutOff { .. } => "stage.label.cut-off",
            WriterState::Down { .. } => "stage.label.no-writer",
            WriterState::Recovering { .. } => "stage.label.recovering",
        };
        let mut label = self.words.fill(
            key,
            &[
                ("copies", (self.layout.cards.len() as u64).into()),
                ("zones", (self.layout.zones.len() as u64).into()),
                ("vdl", self.frame.writer.vdl.into()),
            ],
        );
        if !down.is_empty() {
            label.push(' ');
            label += &self
                .words
                .fill("stage.label.down", &[("nodes", (&down.join(", ")).into())]);
        }
        label
    }

    fn spots(&self) -> Vec<Spot> {
        let zones = self.layout.zones.iter().filter_map(|place| {
            let view = self.zone_view(place.az)?;
            let key = if view.down_since_ns.is_some() {
                "spot.zone.down"
            } else {
                "spot.zone.up"
            };
            Some(Spot {
                target: Target::Zone(place.az),
                area: place.name(
                    self.layout
                        .beside
                        .iter()
                        .find(|beside| beside.node.az() == place.az),
                ),
                label: self.words.fill(key, &[("zone", place.az.into())]),
            })
        });
        let machines = self.layout.cards.iter().chain(&self.layout.beside);
        let nodes = machines.filter_map(|place| {
            let view = self.node(place.node)?;
            Some(Spot {
                target: Target::Node(place.node),
                area: place.area,
                label: self.node_name(view),
            })
        });
        let writer = Spot {
            target: Target::Writer,
            area: self.layout.writer,
            label: self.writer_name(),
        };
        // The writer, then zone by zone, as one reads: the zone, then its nodes.
        let mut spots: Vec<Spot> = zones.chain(nodes).chain([writer]).collect();
        plot::sort_few(&mut spots, |spot| match spot.target {
            Target::Writer
            | Target::Volume(_)
            | Target::Page(..)
            | Target::Primary
            | Target::Standby(_) => (None, None),
            Target::Zone(az) => (Some(az), None),
            Target::Node(node) => (Some(node.az()), Some(node)),
        });
        spots
    }

    /// The writer's name with its state, for whoever does not see it.
    fn writer_name(&self) -> String {
        let writer = &self.frame.writer;
        let (key, since_ns, step) = match writer.state {
            WriterState::Open => ("spot.writer.open", 0, ""),
            WriterState::CutOff { since_ns } => ("spot.writer.cut-off", since_ns, ""),
            WriterState::Down { since_ns } => ("spot.writer.down", since_ns, ""),
            WriterState::Recovering { since_ns, step } => {
                let step = sentences::step(self.words, step);
                ("spot.writer.recovering", since_ns, step)
            }
        };
        let mut name = self.words.fill(
            key,
            &[
                ("epoch", writer.epoch.into()),
                ("since", (&numbers::since(since_ns)).into()),
                ("step", step.into()),
            ],
        );
        let members = self.frame.members.epoch;
        if members > 1 {
            let members = [("members", members.into())];
            name += &self.words.fill("spot.writer.members", &members);
        }
        name
    }

    /// A node's name with its state, for whoever does not see it.
    fn node_name(&self, view: &NodeView) -> String {
        let part = self.part(view.node);
        let (mut ms, mut have) = (0, 0);
        let mut since = String::new();
        let key = match (view.state, part, view.slow_ms) {
            (NodeState::Down { since_ns, .. }, _, _) => {
                since = numbers::since(since_ns);
                if part == Part::Spare {
                    "spot.node.spare.down"
                } else {
                    "spot.node.down"
                }
            }
            (NodeState::Up, Part::Spare, _) => "spot.node.spare",
            (NodeState::Up, Part::Newcomer { percent }, _) => {
                have = percent;
                "spot.node.newcomer"
            }
            (NodeState::Up, _, 0) => "spot.node.up",
            (NodeState::Up, _, slow_ms) => {
                ms = slow_ms;
                "spot.node.slow"
            }
        };
        let mut name = self.words.fill(
            key,
            &[
                ("node", view.node.into()),
                ("scl", view.segment.scl.into()),
                ("ms", ms.into()),
                ("since", (&since).into()),
                ("percent", have.into()),
            ],
        );
        if part == Part::Spare {
            return name;
        }
        if part == Part::Suspect {
            name += self.words.say("spot.node.suspect");
        } else if part == Part::LeftOut {
            name += self.words.say("spot.node.left-out");
        }
        if let Some(page) = view.damaged {
            let page = [("page", page.into())];
            name += &self.words.fill("spot.node.damaged", &page);
        }
        if view.is_behind {
            name += self.words.say("spot.node.behind");
        }
        if let Some(gap) = view.segment.gap {
            let records = sentences::gap(self.words, gap);
            name += &self
                .words
                .fill("spot.node.lacks", &[("records", (&records).into())]);
        }
        if let Some(peer) = view.segment.asks {
            name += &self.words.fill("spot.node.asks", &[("peer", peer.into())]);
        }
        if let Some((page, at_ns)) = view.mended {
            let time = numbers::since(at_ns);
            let args = [("page", page.into()), ("time", (&time).into())];
            name += &self.words.fill("spot.node.mended", &args);
        }
        if view.segment.pages > 0 {
            let bytes = numbers::bytes(view.segment.hot_log_bytes);
            let args = [
                ("pages", view.segment.pages.into()),
                ("records", view.segment.to_coalesce.into()),
                ("bytes", (&bytes).into()),
            ];
            name += &self.words.fill("spot.node.upkeep", &args);
        }
        name
    }

    fn zone(&self, place: &ZonePlace) -> Shape {
        let az = place.az;
        let area = place.area;
        let down = self.zone_view(az).and_then(|zone| zone.down_since_ns);
        let mut shapes = Vec::new();
        if down.is_some() {
            shapes.push(Shape::rect(area, 10.0, Style::fill(Paint::Sunken)));
            shapes.push(Shape::path(
                zone::hatch(&area, 7.0),
                Style::stroke(Paint::StrongRule, 1.0).faint(0.4),
            ));
        } else {
            shapes.push(Shape::rect(
                area,
                10.0,
                Style::fill(Paint::ZoneSoft(az)).faint(0.6),
            ));
        }
        let halo = if down.is_some() {
            Paint::Sunken
        } else {
            Paint::None
        };
        let footer = place.footer;
        let letters = self.layout.letters;
        let beside = self
            .layout
            .beside
            .iter()
            .find(|beside| beside.node.az() == az);
        let end = beside.map_or(footer.right() - 12.0, |beside| beside.area.x - 8.0);
        let two_lines = footer.height > 40.0;
        let base = if two_lines {
            footer.y + 17.0
        } else {
            footer.y + footer.height / 2.0 + 4.5
        };
        let name = Text::new(
            footer.x + 28.0,
            base,
            14.0,
            self.words.fill("stage.zone", &[("zone", az.into())]),
        )
        .bold()
        .paint(Paint::Zone(az))
        .halo(halo);
        let caret = name.x + name.width() + 7.0;
        shapes.push(zone::glyph(az, footer.x + 17.0, base - 5.0, 5.0));
        shapes.push(zone::caret(caret, base - 4.0));
        // Beside the caret, and in rows beside the lines between peers.
        let from = match self.layout.arrangement {
            Arrangement::Rows => (caret + 8.0).max(self.layout.spine(az) + 7.0),
            Arrangement::Columns | Arrangement::Slide => caret + 12.0,
        };
        let room = if two_lines {
            end - footer.x - 12.0
        } else {
            end - from
        };
        shapes.push(name.into());
        let (wordings, paint) = match down {
            Some(since) => {
                let since = self.words.fill(
                    "stage.zone.down-since",
                    &[("since", (&numbers::since(since)).into())],
                );
                let short = self.words.say("stage.zone.down").to_owned();
                (vec![since, short], Paint::Bad)
            }
            None => (vec![self.away(az)], Paint::Quiet),
        };
        let status = wordings.into_iter().find_map(|wording| {
            let status = if two_lines {
                Text::new(footer.x + 12.0, base + 17.0, letters.plain, wording)
            } else {
                Text::new(end, base, letters.plain, wording).end()
            };
            let status = status.paint(paint).halo(halo);
            let status = if down.is_some() {
                status.bold()
            } else {
                status
            };
            let status = status.fitting_down_to(letters.least, room);
            (status.width() <= room).then_some(status)
        });
        shapes.extend(status.map(Shape::Text));
        Shape::group(format!("zone-{az}"), shapes)
    }

    fn away(&self, az: protocol::Az) -> String {
        let away = self
            .setup
            .zones
            .iter()
            .find(|zone| zone.az == az)
            .map_or(0, |zone| zone.away_ns);
        self.words.fill(
            "stage.zone.away",
            &[("away", (&numbers::span(away)).into())],
        )
    }

    fn edges(&self, motion: Motion) -> Shape {
        let reached = match self.frame.writer.state {
            WriterState::Open | WriterState::Recovering { .. } => true,
            WriterState::CutOff { .. } | WriterState::Down { .. } => false,
        };
        let joins = |place: &&CardPlace| matches!(self.part(place.node), Part::Newcomer { .. });
        let newcomers = self.layout.beside.iter().filter(joins);
        let edges = self
            .layout
            .cards
            .iter()
            .chain(newcomers)
            .map(|place| {
                let up = self
                    .node(place.node)
                    .is_some_and(|view| view.state == NodeState::Up);
                let style = if !up || !reached {
                    Style::stroke(Paint::StrongRule, 1.25)
                        .dashed(Dash::Dashed)
                        .faint(0.55)
                } else if motion == Motion::Flow {
                    let on_it = self.flights_on(place.node).count() as u64;
                    Style::stroke(
                        Paint::Quiet,
                        1.25 + (1.0 + plot::float(on_it)).ln().min(4.5) * 1.6,
                    )
                    .faint(0.75)
                } else {
                    Style::stroke(Paint::StrongRule, 1.25)
                };
                Shape::path(place.edge.data(), style)
            })
            .collect();
        Shape::group("edges", edges)
    }

    /// Messages of the group that is shown, and those of a recovery, which is of the whole volume.
    /// What nodes do for another group is not on the stage.
    fn flights_shown(&self) -> impl Iterator<Item = &Flight> {
        let group = self.frame.group;
        let flights = self.frame.flights.iter();
        flights.filter(move |flight| match flight.kind {
            FlightKind::Recovery | FlightKind::RecoveryAnswer => true,
            FlightKind::Boxcar
            | FlightKind::Ack
            | FlightKind::GossipAsk
            | FlightKind::GossipGive
            | FlightKind::GossipEmpty
            | FlightKind::Rest
            | FlightKind::BackUp
            | FlightKind::BackedUp
            | FlightKind::PageAsk
            | FlightKind::PageGive
            | FlightKind::Read
            | FlightKind::ReadAnswer => flight.group == group,
        })
    }

    /// Messages between the writer and a node, in either direction.
    fn flights_on(&self, node: Node) -> impl Iterator<Item = &Flight> {
        self.flights_shown().filter(move |flight| {
            matches!(
                (flight.from, flight.to),
                (Place::Writer, Place::Node(end)) | (Place::Node(end), Place::Writer) if end == node
            )
        })
    }

    fn clients(&self) -> Shape {
        const DOT: f64 = 9.0;
        let clients = self.frame.writer.clients;
        let area = self.layout.clients;
        let place = self.layout.clients_place;
        let size = self.layout.letters.plain.max(12.5);
        let (lines, lines_y) = self.clients_text(clients, size);
        let last = plot::float(lines.len().saturating_sub(1) as u64);
        let texts: Vec<Text> = (0_u32..)
            .zip(lines)
            .map(|(n, line)| {
                let y = lines_y + f64::from(n) * (size + 4.0);
                let text = Text::new(area.x, y, size, line).paint(Paint::Quiet);
                match place {
                    ClientsPlace::Above => Text {
                        x: area.middle(),
                        ..text.middle()
                    },
                    ClientsPlace::Beside | ClientsPlace::BesideFlat | ClientsPlace::AboveFlat => {
                        text.fitting_down_to(self.layout.letters.least, area.width)
                    }
                }
            })
            .collect();
        let below = lines_y + last * (size + 4.0) + 13.0;
        let (left, top, columns, rows) = match place {
            ClientsPlace::Beside => (area.x, below, (area.width / DOT).floor(), 4),
            ClientsPlace::BesideFlat => (area.x, below, 0.0, 0),
            ClientsPlace::Above => (area.x, below, (area.width / DOT).floor(), 1),
            ClientsPlace::AboveFlat => {
                let end = texts.first().map_or(area.x, |text| text.area().right());
                let left = end + 10.0;
                let room = (area.right() - left).max(0.0);
                (left, lines_y - 4.5, (room / DOT).floor(), 1)
            }
        };
        let columns = plot::whole(columns.max(0.0)).min(match place {
            ClientsPlace::AboveFlat => 32,
            ClientsPlace::Beside | ClientsPlace::BesideFlat | ClientsPlace::Above => 16,
        });
        let (dots, filled) = dots(clients, columns * rows);
        let left = match place {
            ClientsPlace::Above => area.middle() - plot::float(dots.min(columns)) * DOT / 2.0,
            ClientsPlace::Beside | ClientsPlace::BesideFlat | ClientsPlace::AboveFlat => left,
        };
        let mut busy = plot::Path::new();
        let mut idle = plot::Path::new();
        for n in 0..dots {
            let x = left + (plot::float(n % columns) + 0.5) * DOT;
            let y = top + plot::float(n / columns) * DOT;
            if n < filled {
                busy.circle(x, y, 3.2);
            } else {
                idle.circle(x, y, 2.8);
            }
        }
        let mut shapes: Vec<Shape> = texts.into_iter().map(Shape::Text).collect();
        shapes.push(Shape::path(idle, Style::stroke(Paint::StrongRule, 1.1)));
        shapes.push(Shape::path(busy, Style::fill(Paint::Ink)));
        if matches!(place, ClientsPlace::Beside | ClientsPlace::BesideFlat) {
            let writer = self.layout.writer;
            shapes.push(arrow(
                writer.x - 32.0,
                writer.x - 6.0,
                writer.y + writer.height / 2.0,
            ));
        }
        Shape::group("clients", shapes)
    }

    /// What is said of the clients, in one line or two, and the first base line.
    fn clients_text(&self, clients: Clients, size: f64) -> (Vec<String>, f64) {
        let area = self.layout.clients;
        let Clients { total, waiting } = clients;
        let fill = |key, total: u32| {
            let args = [("total", total.into()), ("waiting", waiting.into())];
            self.words.fill(key, &args)
        };
        let beside = self.layout.clients_place == ClientsPlace::BesideFlat;
        let lines = match total {
            None => card::wrap(&fill("stage.waiting", 0), size, area.width),
            Some(total) => {
                let one = fill("stage.clients", total);
                let fits = Text::width_of(&one, size, crate::Face::Sans) <= area.width;
                if fits && !beside {
                    vec![one]
                } else {
                    let keys = ["stage.clients.total", "stage.clients.waiting"];
                    keys.map(|key| fill(key, total)).to_vec()
                }
            }
        };
        let y = match self.layout.clients_place {
            // With up to four lines of dots, around the arrow.
            ClientsPlace::Beside => area.y + area.height / 2.0 - 17.0,
            ClientsPlace::BesideFlat if lines.len() == 1 => area.y + area.height / 2.0 + 4.5,
            ClientsPlace::BesideFlat => area.y + area.height / 2.0 - 3.5,
            ClientsPlace::Above | ClientsPlace::AboveFlat => area.y + 13.0,
        };
        (lines, y)
    }

    fn writer(&self) -> Shape {
        let area = self.layout.writer;
        let style = match self.frame.writer.state {
            WriterState::Open => Style::fill(Paint::Raised).outlined(Paint::Ink, 1.4),
            WriterState::CutOff { .. } => Style::fill(Paint::Raised).outlined(Paint::Bad, 1.6),
            WriterState::Down { .. } => Style::fill(Paint::Sunken)
                .outlined(Paint::StrongRule, 1.4)
                .dashed(Dash::Dashed),
            WriterState::Recovering { .. } => Style::fill(Paint::Raised).outlined(Paint::Wait, 2.0),
        };
        let mut shapes = vec![Shape::rect(area, 8.0, style)];
        let down = matches!(self.frame.writer.state, WriterState::Down { .. });
        if down {
            shapes.push(Shape::path(
                zone::hatch(&area, 7.0),
                Style::stroke(Paint::StrongRule, 1.0).faint(0.4),
            ));
        }
        if self.layout.arrangement == Arrangement::Slide {
            self.writer_flat(&mut shapes);
        } else {
            self.writer_tall(&mut shapes);
        }
        if down {
            for shape in &mut shapes {
                if let Shape::Text(text) = shape {
                    text.halo = Paint::Sunken;
                }
            }
        }
        Shape::group("writer", shapes)
    }

    /// What the writer knows: a new one has to find it out, and with the old one it is gone.
    fn writer_rows(&self) -> [(&'static str, String, Paint); 3] {
        let writer = &self.frame.writer;
        let points = [
            ("stage.next-lsn", writer.next_lsn, Paint::Ink),
            ("stage.vcl", writer.vcl, Paint::Ink),
            ("stage.vdl", writer.vdl, Paint::Good),
        ];
        points.map(|(key, lsn, paint)| match writer.state {
            WriterState::Open | WriterState::CutOff { .. } => (key, numbers::grouped(lsn), paint),
            WriterState::Down { .. } => (key, "–".to_owned(), Paint::Quiet),
            WriterState::Recovering { .. } => (key, "?".to_owned(), Paint::Quiet),
        })
    }

    /// What is wrong with the writer, in a long and a short wording.
    fn writer_status(&self) -> Option<([String; 2], Paint)> {
        let since = |keys: [&str; 2], since_ns| {
            let since = numbers::since(since_ns);
            keys.map(|key| self.words.fill(key, &[("since", (&since).into())]))
        };
        match self.frame.writer.state {
            WriterState::Open => None,
            WriterState::CutOff { since_ns } => {
                let keys = ["stage.writer.cut-off-since", "stage.writer.cut-off"];
                Some((since(keys, since_ns), Paint::Bad))
            }
            WriterState::Down { since_ns } => {
                let keys = ["stage.writer.crashed-at", "stage.writer.crashed"];
                Some((since(keys, since_ns), Paint::Bad))
            }
            WriterState::Recovering { step, .. } => {
                let step = sentences::step(self.words, step);
                let long = self
                    .words
                    .fill("stage.writer.recovering", &[("step", step.into())]);
                Some(([long, step.to_owned()], Paint::Wait))
            }
        }
    }

    /// The volume epoch, and the membership epoch once the members have changed.
    fn epoch(&self) -> String {
        let members = self.frame.members.epoch;
        let args = [
            ("epoch", self.frame.writer.epoch.into()),
            ("members", members.into()),
        ];
        let key = if members > 1 {
            "stage.epochs"
        } else {
            "stage.epoch"
        };
        self.words.fill(key, &args)
    }

    /// Neither the writer nor the members have changed.
    const fn first_epochs(&self) -> bool {
        self.frame.writer.epoch == 1 && self.frame.members.epoch == 1
    }

    fn writer_tall(&self, shapes: &mut Vec<Shape>) {
        let area = self.layout.writer;
        let (left, right) = (area.x + 16.0, area.right() - 16.0);
        let name = Text::new(left, area.y + 25.0, 16.0, self.words.say("stage.writer")).bold();
        let caret = name.area().right() + 9.0;
        shapes.push(zone::caret(caret, area.y + 20.5));
        let status = self.writer_status();
        let said = |text: Text| {
            if status.is_some() { text.bold() } else { text }
        };
        let ([long, short], paint) = status.clone().unwrap_or_else(|| self.to_be_sent());
        let low = self.layout.arrangement == Arrangement::Rows;
        let knows_nothing = matches!(
            self.frame.writer.state,
            WriterState::Down { .. } | WriterState::Recovering { .. }
        );
        if low {
            // First epochs go without saying, where there is little room.
            let epoch = Text::new(caret + 11.0, area.y + 25.0, 12.0, self.epoch());
            let room_beside = right - epoch.area().right() - 10.0;
            let text = |text| said(Text::new(right, area.y + 25.0, 12.0, text).end());
            let least = Text::SIZE_MIN / 12.0;
            let beside = !knows_nothing
                && !self.first_epochs()
                && text(short.clone()).width() * least <= room_beside;
            let room = if beside {
                shapes.push(epoch.paint(Paint::Quiet).into());
                room_beside
            } else {
                right - caret - 14.0
            };
            let fits = text(long.clone()).width() <= room;
            let said = text(if fits { long } else { short });
            shapes.push(said.fitting(room).paint(paint).into());
        } else {
            let epoch = Text::new(right, area.y + 25.0, 12.0, self.epoch()).end();
            let epoch = epoch.fitting(right - caret - 12.0);
            shapes.push(epoch.paint(Paint::Quiet).into());
            // At the foot, where the edges leave: what is about to.
            let rule = area.bottom() - 27.0;
            shapes.push(Shape::line(
                (area.x + 1.0, rule),
                (area.right() - 1.0, rule),
                Style::stroke(Paint::Rule, 1.0),
            ));
            let text = said(Text::new(area.middle(), area.bottom() - 9.0, 12.0, long).middle());
            shapes.push(text.fitting(right - left).paint(paint).into());
        }
        shapes.push(name.into());
        for (n, (key, lsn, paint)) in (0_u32..).zip(self.writer_rows()) {
            let (first, line) = if low { (46.0, 19.0) } else { (48.0, 20.0) };
            let y = area.y + first + f64::from(n) * line;
            if low && knows_nothing && n == 0 {
                let epoch = Text::new(left, y, 13.0, self.epoch());
                shapes.push(epoch.paint(Paint::Quiet).into());
                continue;
            }
            let label = Text::new(left, y, 13.0, self.words.say(key));
            shapes.push(label.paint(Paint::Quiet).into());
            shapes.push(point_text(right, y, lsn, paint).end().into());
        }
    }

    /// What has not left the writer yet, in a long and a short wording.
    fn to_be_sent(&self) -> ([String; 2], Paint) {
        let writer = &self.frame.writer;
        let (keys, count, paint) = if writer.throttled > 0 {
            let keys = ["stage.throttled", "stage.throttled.low"];
            (keys, writer.throttled, Paint::Wait)
        } else {
            let keys = ["stage.boxcar", "stage.boxcar.low"];
            (keys, writer.boxcar_records.into(), Paint::Quiet)
        };
        let wordings = keys.map(|key| self.words.fill(key, &[("count", count.into())]));
        (wordings, paint)
    }

    fn writer_flat(&self, shapes: &mut Vec<Shape>) {
        let area = self.layout.writer;
        let small = self.layout.letters.plain;
        let base = area.y + area.height / 2.0 + 5.0;
        let name = Text::new(area.x + 14.0, base, 16.0, self.words.say("stage.writer")).bold();
        let caret = name.area().right() + 9.0;
        let from = caret + 16.0;
        shapes.extend([name.into(), zone::caret(caret, base - 5.0)]);
        let writer = &self.frame.writer;
        let waits = if writer.throttled > 0 {
            let count = numbers::grouped(writer.throttled);
            ("stage.throttled.short", count, Paint::Wait)
        } else {
            let count = numbers::grouped(writer.boxcar_records.into());
            ("stage.boxcar.short", count, Paint::Ink)
        };
        let pair = |(key, value, paint)| {
            let label = Text::new(0.0, base, small, self.words.say(key)).paint(Paint::Quiet);
            (label, point_text(0.0, base, value, paint))
        };
        let last = match self.writer_status() {
            Some(([long, _], paint)) => {
                let status = Text::new(0.0, base, small, long).paint(paint).bold();
                (status, Text::new(0.0, base, small, ""))
            }
            None => pair(waits),
        };
        let mut pairs: Vec<(Text, Text)> = self
            .writer_rows()
            .map(pair)
            .into_iter()
            .chain([last])
            .collect();
        let width = |(label, value): &(Text, Text)| label.width() + 6.0 + value.width();
        let all = |pairs: &[(Text, Text)]| {
            pairs.iter().map(width).sum::<f64>() + 14.0 * plot::float(pairs.len() as u64)
        };
        // Where it is tight, a first epoch goes first, then the second point, then the first.
        let epoch = Text::new(area.right() - 14.0, base, small, self.epoch()).end();
        let before_epoch = epoch.area().x - 8.0;
        let with_epoch = !self.first_epochs() || all(&pairs) <= before_epoch - from;
        let to = if with_epoch {
            shapes.push(epoch.paint(Paint::Quiet).into());
            before_epoch
        } else {
            area.right() - 14.0
        };
        for place in [1, 0] {
            if all(&pairs) > to - from {
                pairs.remove(place);
            }
        }
        let words: f64 = pairs.iter().map(width).sum();
        let gap = (to - from - words) / plot::float(pairs.len() as u64);
        let mut x = from;
        for pair in pairs {
            let next = x + width(&pair) + gap;
            let (mut label, mut value) = pair;
            label.x = x;
            value.x = x + label.width() + 6.0;
            let said = [label, value]
                .into_iter()
                .filter(|text| !text.text.is_empty());
            shapes.extend(said.map(Shape::Text));
            x = next;
        }
    }

    /// What the squares mean, and which group they are of.
    fn legend(&self) -> Shape {
        let mut area = self.layout.legend;
        if area.height == 0.0 {
            return Shape::group("legend", Vec::new());
        }
        let mut shapes = Vec::new();
        if self.layout.arrangement == Arrangement::Rows {
            let width = self
                .layout
                .cards
                .first()
                .map_or(0.0, |card| card.area.width);
            let count = [("count", card::squares_in_a_row(width).into())];
            let text = self.words.fill("stage.squares", &count);
            let text = Text::new(area.middle(), area.y + 14.0, 11.5, text).middle();
            shapes.push(text.fitting(area.width).paint(Paint::Quiet).into());
            return Shape::group("legend", shapes);
        }
        if self.setup.groups > 1 {
            let args = [
                ("group", (self.frame.group + 1).into()),
                ("groups", self.setup.groups.into()),
            ];
            let text = self.words.fill("stage.group", &args);
            let base = area.y + area.height / 2.0 + 5.0;
            let right = area.right() - CORNER;
            let text = Text::new(right, base, self.layout.letters.plain, text).end();
            area.width -= text.width() + CORNER + 12.0;
            shapes.push(text.paint(Paint::Quiet).into());
        }
        shapes.extend(card::legend(self.words, &area, self.layout.letters));
        Shape::group("legend", shapes)
    }

    fn card(&self, place: &CardPlace, view: &NodeView) -> Shape {
        let card = Card {
            words: self.words,
            area: place.area,
            detail: self.layout.detail,
            letters: self.layout.letters,
            view,
            part: self.part(view.node),
            now_ns: self.frame.now_ns,
            recent: if self.setup.groups == 1 {
                &self.frame.recent
            } else {
                &[]
            },
        };
        Shape::group(format!("node-{}", view.node), card.shapes())
    }

    fn gossip(&self) -> Shape {
        let mut pairs: Vec<(Node, Node)> = self
            .frame
            .zones
            .iter()
            .flat_map(|zone| &zone.nodes)
            .filter_map(|view| view.segment.asks.map(|peer| (view.node, peer)))
            .chain(
                self.flights_shown()
                    .filter_map(|flight| match (flight.from, flight.to) {
                        (Place::Node(one), Place::Node(other)) => Some((one, other)),
                        (Place::Writer | Place::Archive, _)
                        | (_, Place::Writer | Place::Archive) => None,
                    }),
            )
            .map(|(one, other)| (one.min(other), one.max(other)))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let lines = pairs
            .into_iter()
            .filter_map(|(one, other)| {
                let track = self.layout.gossip(one, other)?;
                Some(Shape::path(
                    track.data(),
                    Style::stroke(Paint::Wait, 1.25).dashed(Dash::Dashed),
                ))
            })
            .collect();
        Shape::group("gossip", lines)
    }

    fn flights(&self) -> Shape {
        let now = self.frame.now_ns;
        let mut keys = BTreeSet::new();
        let chips = self
            .flights_shown()
            // Of the same kind at the same place: one.
            .filter(|flight| keys.insert(flight_key(flight)))
            .filter_map(|flight| {
                let (track, backwards) = self.layout.way(flight.from, flight.to)?;
                let whole = flight.arrives_ns.saturating_sub(flight.sent_ns).max(1);
                let gone = now.saturating_sub(flight.sent_ns).min(whole);
                let share = plot::float(gone) / plot::float(whole);
                let at = track.at(if backwards { 1.0 - share } else { share });
                Some(Shape::group_at(
                    flight_key(flight),
                    at,
                    zone::chip(flight.kind),
                ))
            })
            .collect();
        Shape::group("flights", chips)
    }

    /// How many messages are on each edge, where nothing may move: above the card that it leads to.
    fn counts(&self) -> Shape {
        const ABOVE: f64 = 17.0;
        let size = self.layout.letters.least;
        let mut shapes = Vec::new();
        // Two lines of text have room.
        let kinds = match self.frame.writer.state {
            WriterState::Recovering { .. } => [
                (
                    FlightKind::RecoveryAnswer,
                    "answered",
                    "stage.count.answers",
                ),
                (FlightKind::Recovery, "asked", "stage.count.requests"),
            ],
            WriterState::Open | WriterState::CutOff { .. } | WriterState::Down { .. } => [
                (FlightKind::Ack, "acked", "stage.count.acks"),
                (FlightKind::Boxcar, "sent", "stage.count.batches"),
            ],
        };
        for place in &self.layout.cards {
            let counted = kinds.map(|(kind, name, key)| {
                let of_kind = self
                    .flights_on(place.node)
                    .filter(|flight| flight.kind == kind);
                (kind, name, key, of_kind.count() as u64)
            });
            // One above the other: higher up the edges run together.
            let end = place.edge.at_height(self.layout.count_base(place)).0;
            let mut beside = place.area.x + 9.0;
            let mut above = self.layout.count_base(place);
            for (kind, name, key, count) in counted.into_iter().filter(|(.., count)| *count > 0) {
                let said = self.words.fill(key, &[("count", count.into())]);
                let long = Text::new(11.0, 4.0, size, said).halo(Paint::Ground);
                let room = match self.layout.arrangement {
                    Arrangement::Rows => place.area.right() - beside - 12.0,
                    Arrangement::Columns | Arrangement::Slide => place.area.width - 16.0,
                };
                let text = if long.width() <= room {
                    long
                } else {
                    Text {
                        text: numbers::grouped(count),
                        ..long
                    }
                };
                let at = match self.layout.arrangement {
                    Arrangement::Rows => (beside, above),
                    Arrangement::Columns | Arrangement::Slide => (end, above),
                };
                beside += text.width() + 28.0;
                if self.layout.arrangement != Arrangement::Rows {
                    above -= ABOVE;
                }
                let mut chip = zone::chip(kind);
                let rows = self.layout.arrangement == Arrangement::Rows;
                if !rows || at.0 + text.area().right() <= place.area.right() {
                    chip.push(text.into());
                }
                shapes.push(Shape::group_at(format!("{name}-{}", place.node), at, chip));
            }
        }
        Shape::group("flights", shapes)
    }
}

/// A name for a message, the same from frame to frame. A recovery sends several to a node at once.
fn flight_key(flight: &Flight) -> String {
    let Flight {
        id,
        from,
        to,
        group,
        arrives_ns,
        ..
    } = flight;
    format!("flight-{id}-{from}-{to}-{group}-{arrives_ns}")
}

fn arrow(from: f64, to: f64, y: f64) -> Shape {
    let mut arrow = plot::Path::new();
    arrow
        .go(from, y)
        .line(to, y)
        .go(to - 6.0, y - 4.0)
        .line(to, y)
        .line(to - 6.0, y + 4.0);
    Shape::path(arrow, Style::stroke(Paint::StrongRule, 1.25))
}

fn point_text(x: f64, y: f64, value: String, paint: Paint) -> Text {
    let text = Text::new(x, y, 14.0, value).mono().paint(paint);
    if paint == Paint::Good {
        text.bold()
    } else {
        text
    }
}

/// How many dots stand for the clients, and how many of them wait. A dot is a client, or where there
/// are too many, an equal share of them.
fn dots(clients: Clients, room: u64) -> (u64, u64) {
    let waiting = u64::from(clients.waiting);
    match clients.total.map(u64::from) {
        Some(total) if total <= room => (total, waiting),
        Some(total) => (room, (waiting * room).div_ceil(total)),
        None => (waiting.min(room), waiting.min(room)),
    }
}
