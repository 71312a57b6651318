//! The stage: clients, the writer, the zones with their nodes, and the messages between them.

use protocol::{
    Flight, FlightKind, Frame, LabSetup, Node, NodeState, NodeView, Place, RecentCell, ZoneView,
};

use crate::layout::{Arrangement, CardPlace, Detail, Layout, StageShape, ZonePlace};
use crate::numbers;
use crate::shape::{Area, Dash, Drawing, Face, Paint, Shape, Spot, Style, Target, Text};
use crate::words::Words;
use crate::zone;

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
    let layout = Layout::new(setup, shape);
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
    shapes.push(stage.notes());
    for place in &layout.cards {
        if let Some(node) = stage.node(place.node) {
            shapes.push(stage.card(place, node));
        }
    }
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
        self.zone_view(node.az())?
            .nodes
            .iter()
            .find(|view| view.node == node)
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
        let mut label = self.words.fill(
            "stage.label",
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
                area: place.footer,
                label: self.words.fill(key, &[("zone", place.az.into())]),
            })
        });
        let nodes = self.layout.cards.iter().filter_map(|place| {
            let view = self.node(place.node)?;
            let key = match (view.state, view.slow_ms) {
                (NodeState::Down { .. }, _) => "spot.node.down",
                (NodeState::Up, 0) => "spot.node.up",
                (NodeState::Up, _) => "spot.node.slow",
            };
            Some(Spot {
                target: Target::Node(place.node),
                area: place.area,
                label: self.words.fill(
                    key,
                    &[
                        ("node", place.node.into()),
                        ("scl", view.segment.scl.into()),
                        ("ms", view.slow_ms.into()),
                    ],
                ),
            })
        });
        // Zone by zone, as one reads: the zone, then its nodes.
        let mut spots: Vec<Spot> = zones.chain(nodes).collect();
        spots.sort_by_key(|spot| match spot.target {
            Target::Zone(az) => (az, None),
            Target::Node(node) => (node.az(), Some(node)),
        });
        spots
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
        let two_lines = footer.height > 40.0;
        let base = if two_lines {
            footer.y + 19.0
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
        shapes.push(name.into());
        let (text, paint) = match down {
            Some(since) if two_lines => (
                self.words.fill(
                    "stage.zone.down-since",
                    &[("since", (&numbers::seconds(since)).into())],
                ),
                Paint::Bad,
            ),
            Some(_) => (self.words.say("stage.zone.down").to_owned(), Paint::Bad),
            None => (self.away(az), Paint::Quiet),
        };
        let status = if two_lines {
            Text::new(footer.x + 12.0, base + 18.0, 12.0, text)
        } else {
            Text::new(footer.right() - 12.0, base, 12.0, text).end()
        };
        let status = status.paint(paint).halo(halo);
        shapes.push(
            if down.is_some() {
                status.bold()
            } else {
                status
            }
            .into(),
        );
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
        let edges = self
            .layout
            .cards
            .iter()
            .map(|place| {
                let up = self
                    .node(place.node)
                    .is_some_and(|view| view.state == NodeState::Up);
                let style = if !up {
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

    /// Messages between the writer and a node, in either direction.
    fn flights_on(&self, node: Node) -> impl Iterator<Item = &Flight> {
        self.frame.flights.iter().filter(move |flight| {
            matches!(
                (flight.from, flight.to),
                (Place::Writer, Place::Node(end)) | (Place::Node(end), Place::Writer) if end == node
            )
        })
    }

    fn clients(&self) -> Shape {
        let clients = self.frame.writer.clients;
        let area = self.layout.clients;
        let text = match clients.total {
            Some(total) => self.words.fill(
                "stage.clients",
                &[("total", total.into()), ("waiting", clients.waiting.into())],
            ),
            None => self
                .words
                .fill("stage.waiting", &[("waiting", clients.waiting.into())]),
        };
        let columns = plot::whole((area.width / 9.0).floor()).clamp(1, 16);
        let rows = match self.layout.arrangement {
            Arrangement::Columns => 4,
            Arrangement::Slide | Arrangement::Rows => 1,
        };
        let room = columns * rows;
        // A dot is a client, or where there are too many, an equal share of them.
        let (dots, filled) = match clients.total {
            Some(total) if u64::from(total) <= room => {
                (u64::from(total), u64::from(clients.waiting))
            }
            Some(total) => (
                room,
                (u64::from(clients.waiting) * room).div_ceil(u64::from(total)),
            ),
            None => (
                u64::from(clients.waiting).min(room),
                u64::from(clients.waiting).min(room),
            ),
        };
        let lines = dots.div_ceil(columns);
        let (centred, label_y) = match self.layout.arrangement {
            Arrangement::Columns => {
                let height = 16.0 + plot::float(lines) * 9.0;
                (false, area.y + (area.height - height).max(0.0) / 2.0 + 10.0)
            }
            Arrangement::Slide => (false, area.y + 17.0),
            Arrangement::Rows => (true, area.y + 13.0),
        };
        let left = if centred {
            area.middle() - plot::float(dots.min(columns)) * 4.5
        } else {
            area.x
        };
        let mut busy = plot::Path::new();
        let mut idle = plot::Path::new();
        for n in 0..dots {
            let x = left + 4.5 + plot::float(n % columns) * 9.0;
            let y = label_y + 13.0 + plot::float(n / columns) * 9.0;
            if n < filled {
                busy.circle(x, y, 3.2);
            } else {
                idle.circle(x, y, 2.8);
            }
        }
        let label = if centred {
            Text::new(area.middle(), label_y, 12.5, text).middle()
        } else {
            Text::new(area.x, label_y, 12.5, text).fitting(area.width)
        };
        let mut shapes = vec![
            label.paint(Paint::Quiet).into(),
            Shape::path(idle, Style::stroke(Paint::StrongRule, 1.1)),
            Shape::path(busy, Style::fill(Paint::Ink)),
        ];
        if !centred {
            let y = if self.layout.arrangement == Arrangement::Columns {
                self.layout.writer.y + self.layout.writer.height / 2.0
            } else {
                label_y + 13.0
            };
            let (from, to) = (self.layout.writer.x - 32.0, self.layout.writer.x - 6.0);
            let mut arrow = plot::Path::new();
            arrow
                .go(from, y)
                .line(to, y)
                .go(to - 6.0, y - 4.0)
                .line(to, y)
                .line(to - 6.0, y + 4.0);
            shapes.push(Shape::path(arrow, Style::stroke(Paint::StrongRule, 1.25)));
        }
        Shape::group("clients", shapes)
    }

    fn writer(&self) -> Shape {
        let area = self.layout.writer;
        let writer = &self.frame.writer;
        let epoch = self
            .words
            .fill("stage.epoch", &[("epoch", writer.epoch.into())]);
        let rows = [
            ("stage.next-lsn", writer.next_lsn, Paint::Ink),
            ("stage.vcl", writer.vcl, Paint::Ink),
            ("stage.vdl", writer.vdl, Paint::Good),
        ];
        let mut shapes = vec![Shape::rect(
            area,
            8.0,
            Style::fill(Paint::Raised).outlined(Paint::Ink, 1.4),
        )];
        let name = self.words.say("stage.writer");
        let value = |x: f64, y: f64, lsn: u64, paint| {
            let text = Text::new(x, y, 14.0, numbers::grouped(lsn))
                .mono()
                .paint(paint);
            if paint == Paint::Good {
                text.bold()
            } else {
                text
            }
        };
        if self.layout.arrangement == Arrangement::Slide {
            let base = area.y + area.height / 2.0 + 5.0;
            shapes.push(Text::new(area.x + 14.0, base, 16.0, name).bold().into());
            shapes.push(
                Text::new(area.right() - 14.0, base, 12.0, epoch)
                    .end()
                    .paint(Paint::Quiet)
                    .into(),
            );
            // Between the name and the epoch; where it is tight, the middle one goes.
            let (from, to) = (area.x + 92.0, area.right() - 78.0);
            let pair = |(key, lsn, paint)| {
                let label = Text::new(0.0, base, 12.0, self.words.say(key)).paint(Paint::Quiet);
                (label, value(0.0, base, lsn, paint))
            };
            let mut pairs: Vec<(Text, Text)> = rows.into_iter().map(pair).collect();
            let width = |(label, value): &(Text, Text)| label.width() + 6.0 + value.width();
            let all = |pairs: &[(Text, Text)]| pairs.iter().map(width).sum::<f64>();
            if all(&pairs) + 24.0 > to - from {
                pairs.remove(1);
            }
            let gap = (to - from - all(&pairs)) / plot::float(pairs.len() as u64);
            let mut x = from;
            for pair in pairs {
                let next = x + width(&pair) + gap;
                let (mut label, mut value) = pair;
                label.x = x;
                value.x = x + label.width() + 6.0;
                shapes.extend([label.into(), value.into()]);
                x = next;
            }
        } else {
            shapes.push(
                Text::new(area.x + 16.0, area.y + 25.0, 16.0, name)
                    .bold()
                    .into(),
            );
            shapes.push(
                Text::new(area.right() - 16.0, area.y + 25.0, 12.0, epoch)
                    .end()
                    .paint(Paint::Quiet)
                    .into(),
            );
            for (n, (key, lsn, paint)) in (0_u32..).zip(rows) {
                let y = area.y + 48.0 + f64::from(n) * 21.0;
                shapes.push(
                    Text::new(area.x + 16.0, y, 13.0, self.words.say(key))
                        .paint(Paint::Quiet)
                        .into(),
                );
                shapes.push(value(area.right() - 16.0, y, lsn, paint).end().into());
            }
        }
        Shape::group("writer", shapes)
    }

    fn notes(&self) -> Shape {
        let area = self.layout.notes;
        let writer = &self.frame.writer;
        let mut lines = Vec::new();
        if writer.boxcar_records > 0 {
            lines.push((
                self.words.fill(
                    "stage.boxcar",
                    &[("count", u64::from(writer.boxcar_records).into())],
                ),
                Paint::Quiet,
            ));
        }
        if writer.throttled > 0 {
            lines.push((
                self.words
                    .fill("stage.throttled", &[("count", writer.throttled.into())]),
                Paint::Wait,
            ));
        }
        let mut shapes = Vec::new();
        if area.width > 60.0 {
            let base = area.y + area.height - 4.0 - 17.0 * (plot::float(lines.len() as u64) - 1.0);
            for (n, (text, paint)) in (0_u32..).zip(lines) {
                let y = base + f64::from(n) * 17.0;
                shapes.push(
                    Text::new(area.x, y, 12.0, text)
                        .fitting(area.width)
                        .paint(paint)
                        .into(),
                );
            }
        }
        Shape::group("notes", shapes)
    }

    fn card(&self, place: &CardPlace, view: &NodeView) -> Shape {
        let card = Card {
            words: self.words,
            area: place.area,
            detail: self.layout.detail,
            view,
        };
        Shape::group(format!("node-{}", view.node), card.shapes())
    }

    fn gossip(&self) -> Shape {
        let mut pairs: Vec<(Node, Node)> =
            self.frame
                .zones
                .iter()
                .flat_map(|zone| &zone.nodes)
                .filter_map(|view| view.segment.asks.map(|peer| (view.node, peer)))
                .chain(self.frame.flights.iter().filter_map(|flight| {
                    match (flight.from, flight.to) {
                        (Place::Node(one), Place::Node(other)) => Some((one, other)),
                        (Place::Writer, _) | (_, Place::Writer) => None,
                    }
                }))
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
        let chips = self
            .frame
            .flights
            .iter()
            .filter_map(|flight| {
                let (track, backwards) = self.layout.way(flight.from, flight.to)?;
                let whole = flight.arrives_ns.saturating_sub(flight.sent_ns).max(1);
                let gone = now.saturating_sub(flight.sent_ns).min(whole);
                let share = plot::float(gone) / plot::float(whole);
                let at = track.at(if backwards { 1.0 - share } else { share });
                Some(Shape::group_at(
                    format!(
                        "flight-{}-{}-{}-{}",
                        flight.id, flight.from, flight.to, flight.group
                    ),
                    at,
                    zone::chip(flight.kind, flight.group == self.frame.group),
                ))
            })
            .collect();
        Shape::group("flights", chips)
    }

    /// How many messages are on each edge, where nothing may move.
    fn counts(&self) -> Shape {
        let mut shapes = Vec::new();
        for place in &self.layout.cards {
            for (kind, share) in [(FlightKind::Boxcar, 0.42), (FlightKind::Ack, 0.68)] {
                let count = self
                    .flights_on(place.node)
                    .filter(|flight| flight.kind == kind)
                    .count() as u64;
                if count == 0 {
                    continue;
                }
                let at = place.edge.at(share);
                let mut chip = zone::chip(kind, true);
                chip.push(
                    Text::new(11.0, 4.0, 11.0, numbers::grouped(count))
                        .bold()
                        .halo(Paint::Ground)
                        .into(),
                );
                let name = match kind {
                    FlightKind::Boxcar => "sent",
                    FlightKind::Ack
                    | FlightKind::GossipAsk
                    | FlightKind::GossipGive
                    | FlightKind::GossipEmpty => "acked",
                };
                shapes.push(Shape::group_at(format!("{name}-{}", place.node), at, chip));
            }
        }
        Shape::group("flights", shapes)
    }
}

struct Card<'a> {
    words: &'a Words,
    area: Area,
    detail: Detail,
    view: &'a NodeView,
}

/// How many of the newest records a frame usually speaks of.
const RECENT: u64 = 18;
/// Height of a row of record cells, and distance from one to the next.
const CELL: (f64, f64) = (13.0, 16.0);

impl Card<'_> {
    fn down(&self) -> bool {
        self.view.state != NodeState::Up
    }

    fn paint(&self) -> Paint {
        if self.down() {
            Paint::StrongRule
        } else {
            Paint::Zone(self.view.node.az())
        }
    }

    fn shapes(&self) -> Vec<Shape> {
        let area = self.area;
        let outline = Style::fill(Paint::Raised).outlined(self.paint(), 1.5);
        let mut shapes = vec![Shape::rect(
            area,
            7.0,
            if self.down() {
                outline.dashed(Dash::Dashed)
            } else {
                outline
            },
        )];
        if self.down() {
            shapes.push(Shape::path(
                zone::hatch(&area, 7.0),
                Style::stroke(Paint::StrongRule, 1.0).faint(0.3),
            ));
        }
        self.title(&mut shapes);
        match self.detail {
            Detail::Low => self.low(&mut shapes),
            Detail::Medium | Detail::Full => self.tall(&mut shapes),
        }
        shapes
    }

    fn left(&self) -> f64 {
        self.area.x + 9.0
    }

    fn right(&self) -> f64 {
        self.area.right() - 9.0
    }

    fn room(&self) -> f64 {
        self.area.width - 18.0
    }

    /// Too narrow for the name and the state side by side.
    fn tight(&self) -> bool {
        self.room() < 60.0
    }

    fn halo(&self) -> Paint {
        if self.down() {
            Paint::Raised
        } else {
            Paint::None
        }
    }

    fn quiet(&self, x: f64, y: f64, text: impl Into<String>) -> Text {
        Text::new(x, y, 12.0, text)
            .paint(Paint::Quiet)
            .halo(self.halo())
    }

    fn title(&self, shapes: &mut Vec<Shape>) {
        let y = self.area.y + 21.0;
        shapes.push(
            Text::new(self.left(), y, 15.0, self.view.node.to_string())
                .bold()
                .paint(if self.down() {
                    Paint::Quiet
                } else {
                    Paint::Ink
                })
                .halo(self.halo())
                .into(),
        );
        let (text, paint) = self.state();
        let mut state = Text::new(self.right() - 10.0, y, 12.0, text)
            .end()
            .paint(paint)
            .halo(self.halo());
        if paint != Paint::Quiet {
            state = state.bold();
        }
        let room = self.room() - 33.0;
        let state = state.fitting(room);
        if state.width() <= room + 2.0 {
            shapes.push(state.into());
        }
        shapes.push(zone::caret(self.right() - 3.0, y - 4.0));
    }

    /// Up, down or slow, in a word.
    fn state(&self) -> (&str, Paint) {
        let (key, paint) = match (self.view.state, self.view.slow_ms) {
            (NodeState::Down { .. }, _) => ("stage.node.down", Paint::Bad),
            (NodeState::Up, 0) => ("stage.node.up", Paint::Quiet),
            (NodeState::Up, _) => ("stage.node.slow", Paint::Wait),
        };
        (self.words.say(key), paint)
    }

    /// What is worth saying beside the figures, the most important first.
    fn remarks(&self) -> Vec<(String, Paint)> {
        let view = self.view;
        let mut remarks = Vec::new();
        if let NodeState::Down {
            since_ns,
            with_zone,
        } = view.state
        {
            let since = numbers::seconds(since_ns);
            let since = self
                .words
                .fill("stage.node.since", &[("since", (&since).into())]);
            remarks.push(if self.tight() {
                (self.state().0.to_owned(), Paint::Bad)
            } else if with_zone || !self.has_room_for(&since) {
                (self.words.say("stage.node.silent").to_owned(), Paint::Quiet)
            } else {
                (since, Paint::Quiet)
            });
            return remarks;
        }
        let mut remark = |long: String, short: String, paint| {
            let fits = self.has_room_for(&long);
            remarks.push((if fits { long } else { short }, paint));
        };
        if let Some(peer) = view.segment.asks {
            let asks = self.words.fill("stage.node.asks", &[("peer", peer.into())]);
            remark(asks.clone(), asks, Paint::Wait);
        } else if let Some(gap) = view.segment.gap {
            let lacks = |key| self.words.fill(key, &[("until", gap.until.into())]);
            remark(
                lacks("stage.node.lacks"),
                lacks("stage.node.lacks.short"),
                Paint::Wait,
            );
        }
        if view.slow_ms > 0 {
            let slow = |key| self.words.fill(key, &[("ms", view.slow_ms.into())]);
            remark(
                slow("stage.node.slow-by"),
                slow("stage.node.slow-by.short"),
                Paint::Wait,
            );
        }
        if view.drops_left > 0 {
            let drops = |key| self.words.fill(key, &[("count", view.drops_left.into())]);
            remark(
                drops("stage.node.drops"),
                drops("stage.node.drops.short"),
                Paint::Bad,
            );
        }
        remarks
    }

    fn has_room_for(&self, remark: &str) -> bool {
        Text::width_of(remark, Text::SIZE_MIN, Face::Sans) <= self.room()
    }

    fn remark(&self, y: f64, (text, paint): (String, Paint)) -> Shape {
        Text::new(self.left(), y, 11.5, text)
            .paint(paint)
            .halo(self.halo())
            .fitting(self.room())
            .into()
    }

    fn scl(&self) -> Text {
        Text::new(0.0, 0.0, 15.0, numbers::grouped(self.view.segment.scl))
            .mono()
            .paint(if self.down() {
                Paint::Quiet
            } else {
                Paint::Ink
            })
            .halo(self.halo())
    }

    fn low(&self, shapes: &mut Vec<Shape>) {
        let (top, bottom) = (self.area.y, self.area.bottom());
        let mut scl = self.scl().end().fitting(self.room() * 0.6);
        (scl.x, scl.y) = (self.right(), top + 41.0);
        let beside = self.room() - scl.width() - 6.0;
        let label = self
            .quiet(self.left(), top + 41.0, self.complete_to(beside))
            .fitting(beside);
        if label.width() <= beside + 1.0 {
            shapes.push(label.into());
        }
        shapes.push(scl.into());
        let spare = bottom - (top + 50.0) - 24.0;
        let rows = plot::whole((spare / CELL.1).floor()).clamp(1, 2);
        self.cells(shapes, top + 50.0, rows);
        let mut remarks = self.remarks().into_iter();
        match remarks.next() {
            Some(remark) => shapes.push(self.remark(bottom - 8.0, remark)),
            None => self.figure(
                shapes,
                bottom - 8.0,
                "stage.node.hot-log",
                &numbers::rounded(self.view.segment.hot_log_records),
            ),
        }
    }

    fn tall(&self, shapes: &mut Vec<Shape>) {
        let (top, bottom) = (self.area.y, self.area.bottom());
        shapes.push(
            self.quiet(self.left(), top + 43.0, self.complete_to(self.room()))
                .fitting(self.room())
                .into(),
        );
        let mut scl = self.scl().fitting(self.room());
        (scl.x, scl.y) = (self.left(), top + 62.0);
        shapes.push(scl.into());
        let full = self.detail == Detail::Full;
        // Below the cells: the figures, and a line or two for remarks.
        let below = if full { 3.0 * 17.0 + 30.0 } else { 26.0 };
        let rows = plot::whole(((bottom - top - 74.0 - below) / CELL.1).floor()).clamp(2, 6);
        let end = self.cells(shapes, top + 73.0, rows);
        if full {
            let rows = [
                (
                    "stage.node.writing",
                    numbers::rounded(self.view.writes_active.into()),
                ),
                (
                    "stage.node.queued",
                    numbers::rounded(self.view.writes_queued.into()),
                ),
                (
                    "stage.node.hot-log",
                    numbers::rounded(self.view.segment.hot_log_records),
                ),
            ];
            for (n, (key, value)) in (0_u32..).zip(rows) {
                self.figure(shapes, end + 16.0 + f64::from(n) * 17.0, key, &value);
            }
        }
        let remarks = self.remarks();
        let room = if full { 2 } else { 1 };
        if remarks.is_empty() && !full {
            self.figure(
                shapes,
                bottom - 9.0,
                "stage.node.hot-log",
                &numbers::rounded(self.view.segment.hot_log_records),
            );
        }
        for (n, remark) in (0_u32..).zip(remarks.into_iter().take(room).rev()) {
            shapes.push(self.remark(bottom - 9.0 - f64::from(n) * 15.0, remark));
        }
    }

    /// "complete to", or where there is too little room for it, its short name.
    fn complete_to(&self, room: f64) -> String {
        let long = self.words.say("stage.node.complete-to");
        let fits = Text::width_of(long, 11.0, Face::Sans) <= room;
        if fits {
            long
        } else {
            self.words.say("stage.node.scl")
        }
        .to_owned()
    }

    fn figure(&self, shapes: &mut Vec<Shape>, y: f64, key: &str, value: &str) {
        let value = Text::new(self.right(), y, 12.0, value)
            .mono()
            .end()
            .paint(Paint::Quiet)
            .halo(self.halo());
        let beside = self.room() - value.width() - 4.0;
        let label = self
            .quiet(self.left(), y, self.words.say(key))
            .fitting(beside);
        if label.width() <= beside + 2.0 {
            shapes.extend([label.into(), value.into()]);
        }
    }

    /// The newest records and what this copy has of each. Gives where they end.
    fn cells(&self, shapes: &mut Vec<Shape>, top: f64, rows: u64) -> f64 {
        let columns = plot::whole((self.room() / 14.0).floor()).clamp(2, 16);
        let pitch = self.room() / plot::float(columns);
        let width = (pitch - 2.6).min(13.0);
        let recent = &self.view.segment.recent;
        // As many as there are to show, but not fewer at the start of a run than later.
        let rows = rows.min((recent.len() as u64).max(RECENT).div_ceil(columns));
        let room = usize::try_from(rows * columns).unwrap_or(usize::MAX);
        let shown = &recent[recent.len().saturating_sub(room)..];
        let newest = shown
            .iter()
            .rposition(|cell| *cell != RecentCell::Absent)
            .unwrap_or(0);
        let mut stored = plot::Path::new();
        let mut received = plot::Path::new();
        let mut hole = plot::Path::new();
        let mut absent = plot::Path::new();
        for n in 0..room {
            let (row, column) = (n as u64 / columns, n as u64 % columns);
            let x = self.left() + plot::float(column) * pitch;
            let y = top + plot::float(row) * CELL.1;
            let path = match shown.get(n) {
                Some(RecentCell::Stored) => &mut stored,
                Some(RecentCell::Received) => &mut received,
                Some(RecentCell::Absent) if n < newest && !self.down() => &mut hole,
                Some(RecentCell::Absent) | None => &mut absent,
            };
            path.rect(x, y, width, CELL.0);
        }
        let zone = self.paint();
        for (path, style) in [
            (absent, Style::stroke(Paint::Rule, 1.2)),
            (received, Style::fill(Paint::Ground).outlined(zone, 1.6)),
            (stored, Style::fill(zone).outlined(zone, 1.2)),
            (
                hole,
                Style::fill(Paint::Ground)
                    .outlined(Paint::Wait, 1.8)
                    .dashed(Dash::Dotted),
            ),
        ] {
            shapes.push(Shape::path(path, style));
        }
        top + plot::float(rows) * CELL.1
    }
}
