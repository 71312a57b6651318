//! Where everything on the stage stands.
//!
//! There are three arrangements, each a drawing of its own and none another one scaled down:
//!
//! ```text
//!  Columns                 Slide                        Rows
//!   clients -> [writer]     clients [ writer as a bar ]   [writer]
//!         / | \                  /     |     \            | a1 a2 |
//!   [a1 a2][b1 b2][c1 c2]   [a1 a2] [b1 b2] [c1 c2]       | b1 b2 |
//!   zone a zone b zone c    low cards, one line below     | c1 c2 |
//! ```
//!
//! A unit is a CSS pixel: the picture is laid out for the room it gets, so that letters keep their
//! size, and cards say as much as they have room for ([`Detail`]).

use protocol::{Az, LabSetup, Node, Place};

use crate::shape::Area;
use crate::track::Track;

/// How the stage is arranged, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageShape {
    /// Which of the three.
    pub arrangement: Arrangement,
    /// Width, at least 320.
    pub width: f64,
    /// Height. [`Arrangement::Rows`] takes what it needs.
    pub height: f64,
}

/// The three arrangements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// Zones as columns below the writer, tall cards.
    Columns,
    /// Zones as columns below a flat writer, low cards: for slides.
    Slide,
    /// Zones as rows: for narrow screens.
    Rows,
}

impl StageShape {
    const WIDTH_MIN: f64 = 320.0;
    /// Narrower stages have their zones as rows.
    const COLUMNS_WIDTH_MIN: f64 = 540.0;
    /// Lower stages have flat cards.
    const COLUMNS_HEIGHT_MIN: f64 = 400.0;
    const SLIDE_HEIGHT_MIN: f64 = 270.0;

    /// The arrangement that suits this much room.
    pub fn fit(setup: &LabSetup, width: f64, height: f64) -> Self {
        let width = width.max(Self::WIDTH_MIN);
        if width < Self::COLUMNS_WIDTH_MIN {
            Self {
                arrangement: Arrangement::Rows,
                width,
                height: Rows::height(setup),
            }
        } else if height < Self::COLUMNS_HEIGHT_MIN {
            Self {
                arrangement: Arrangement::Slide,
                width,
                height: height.max(Self::SLIDE_HEIGHT_MIN),
            }
        } else {
            Self {
                arrangement: Arrangement::Columns,
                width,
                height,
            }
        }
    }
}

/// How much a card says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// Name, complete to, one row of records, hot log or what is wrong.
    Low,
    /// The same in a column, with two rows of records.
    Medium,
    /// With the disk's writes.
    Full,
}

/// The places.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) arrangement: Arrangement,
    pub(crate) detail: Detail,
    pub(crate) clients: Area,
    pub(crate) writer: Area,
    /// Beside the writer: what it waits for.
    pub(crate) notes: Area,
    pub(crate) zones: Vec<ZonePlace>,
    pub(crate) cards: Vec<CardPlace>,
    /// Deepest place of a message between copies; unused in rows.
    gossip_floor: f64,
}

/// A zone's place.
#[derive(Clone, Debug)]
pub(crate) struct ZonePlace {
    pub(crate) az: Az,
    pub(crate) area: Area,
    /// The strip with its name, at its bottom.
    pub(crate) footer: Area,
}

/// A node's place, and its edge from the writer.
#[derive(Clone, Debug)]
pub(crate) struct CardPlace {
    pub(crate) node: Node,
    pub(crate) area: Area,
    pub(crate) edge: Track,
}

const MARGIN: f64 = 12.0;
/// Room for the arrow from the clients to the writer.
const ARROW: f64 = 40.0;

impl Layout {
    pub(crate) fn new(setup: &LabSetup, shape: &StageShape) -> Self {
        match shape.arrangement {
            Arrangement::Columns => columns(setup, shape),
            Arrangement::Slide => slide(setup, shape),
            Arrangement::Rows => Rows::layout(setup, shape),
        }
    }

    pub(crate) fn card(&self, node: Node) -> Option<&CardPlace> {
        self.cards.iter().find(|card| card.node == node)
    }

    /// The way from one place to another, and whether it is to be walked backwards.
    pub(crate) fn way(&self, from: Place, to: Place) -> Option<(Track, bool)> {
        match (from, to) {
            (Place::Writer, Place::Writer) => None,
            (Place::Writer, Place::Node(node)) => Some((self.card(node)?.edge.clone(), false)),
            (Place::Node(node), Place::Writer) => Some((self.card(node)?.edge.clone(), true)),
            (Place::Node(one), Place::Node(other)) => {
                let (first, second) = (one.min(other), one.max(other));
                Some((self.gossip(first, second)?, one > other))
            }
        }
    }

    /// The way between two copies, `first` being the one that sorts before the other.
    pub(crate) fn gossip(&self, first: Node, second: Node) -> Option<Track> {
        let (from, to) = (self.card(first)?.area, self.card(second)?.area);
        if self.arrangement == Arrangement::Rows {
            return Some(gossip_in_rows(&from, &to));
        }
        let (start, end) = (
            self.gossip_from(first.az(), &from),
            self.gossip_from(second.az(), &to),
        );
        let far = (end - start).abs();
        let reach = self.gossip_floor - from.bottom();
        // A cubic reaches three quarters of the way to its control points.
        let depth = from.bottom() + reach * (0.8 + 0.53 * (far / 500.0).min(1.0));
        Some(Track::curve(
            (start, from.bottom()),
            (start + far * 0.06, depth),
            (end - far * 0.06, depth),
            (end, to.bottom()),
        ))
    }

    /// Where messages to peers leave a card: near the middle of its zone, away from the zone's name.
    fn gossip_from(&self, az: Az, card: &Area) -> f64 {
        let zone = self.zones.iter().find(|zone| zone.az == az);
        let middle = zone.map_or_else(|| card.middle(), |zone| zone.area.middle());
        middle.clamp(card.x + card.width * 0.15, card.x + card.width * 0.85)
    }
}

fn gossip_in_rows(from: &Area, to: &Area) -> Track {
    let half = |area: &Area| area.y + area.height / 2.0;
    if (from.y - to.y).abs() < 1.0 {
        return Track::curve(
            (from.middle(), from.bottom()),
            (from.middle(), from.bottom() + 24.0),
            (to.middle(), to.bottom() + 24.0),
            (to.middle(), to.bottom()),
        );
    }
    let centre = f64::midpoint(from.x.min(to.x), from.right().max(to.right()));
    let side = |area: &Area| {
        if area.middle() < centre {
            area.right()
        } else {
            area.x
        }
    };
    Track::curve(
        (side(from), half(from)),
        (centre, half(from)),
        (centre, half(to)),
        (side(to), half(to)),
    )
}

fn columns(setup: &LabSetup, shape: &StageShape) -> Layout {
    const WRITER: f64 = 104.0;
    const FOOTER: f64 = 46.0;
    const PAD: f64 = 10.0;
    const GUTTER: f64 = 30.0;
    let (detail, card_min) = [(Detail::Full, 214.0), (Detail::Medium, 146.0)]
        .into_iter()
        .find(|(_, card)| WRITER + 82.0 + PAD + card + FOOTER + GUTTER <= shape.height)
        .unwrap_or((Detail::Low, 92.0));
    let spare = (shape.height - WRITER - 82.0 - PAD - card_min - FOOTER - GUTTER).max(0.0);
    let card = card_min + (spare * 0.25).min(36.0);
    let edges = 72.0 + (spare * 0.45).min(110.0);
    let used = WRITER + edges + PAD + card + FOOTER + GUTTER;
    let top = ((shape.height - used) * 0.4).max(10.0);

    let writer_width = (shape.width * 0.32).clamp(206.0, 250.0);
    let writer = Area::new(
        (shape.width - writer_width) / 2.0,
        top,
        writer_width,
        WRITER,
    );
    let zones_top = writer.bottom() + edges;
    Layout {
        arrangement: shape.arrangement,
        detail,
        clients: Area::new(
            (writer.x - ARROW - 152.0).max(MARGIN),
            top,
            (writer.x - ARROW - MARGIN).min(152.0),
            WRITER,
        ),
        writer,
        notes: Area::new(
            writer.right() + 20.0,
            top,
            shape.width - writer.right() - 20.0 - MARGIN,
            WRITER,
        ),
        ..in_columns(
            setup,
            shape,
            writer,
            Band {
                top: zones_top,
                pad: PAD,
                card,
                footer: FOOTER,
            },
        )
    }
    .with_gossip_floor(zones_top + PAD + card + FOOTER + GUTTER - 6.0)
}

fn slide(setup: &LabSetup, shape: &StageShape) -> Layout {
    const WRITER: f64 = 44.0;
    const FOOTER: f64 = 28.0;
    const PAD: f64 = 8.0;
    const GUTTER: f64 = 24.0;
    let spare = (shape.height - 10.0 - WRITER - 48.0 - PAD - 92.0 - FOOTER - GUTTER).max(0.0);
    let card = 92.0 + (spare * 0.4).min(40.0);
    let edges = 48.0 + (spare * 0.6).min(70.0);
    let top = 10.0;
    let clients_width = (shape.width * 0.16).clamp(96.0, 160.0);
    let notes_width = clients_width;
    let writer = Area::new(
        MARGIN + clients_width,
        top,
        shape.width - 2.0 * MARGIN - clients_width - notes_width,
        WRITER,
    );
    let zones_top = writer.bottom() + edges;
    Layout {
        arrangement: shape.arrangement,
        detail: Detail::Low,
        clients: Area::new(MARGIN, top, clients_width - 30.0, WRITER),
        writer,
        notes: Area::new(writer.right() + 12.0, top, notes_width - 12.0, WRITER),
        ..in_columns(
            setup,
            shape,
            writer,
            Band {
                top: zones_top,
                pad: PAD,
                card,
                footer: FOOTER,
            },
        )
    }
    .with_gossip_floor(zones_top + PAD + card + FOOTER + GUTTER - 6.0)
}

/// The band of zones below the writer.
#[derive(Clone, Copy)]
struct Band {
    top: f64,
    pad: f64,
    card: f64,
    footer: f64,
}

fn in_columns(setup: &LabSetup, shape: &StageShape, writer: Area, band: Band) -> Layout {
    let Band {
        top,
        pad,
        card,
        footer,
    } = band;
    let gap = 12.0;
    let count = plot::float(setup.zones.len() as u64).max(1.0);
    // One or two zones do not stretch over the whole stage.
    let whole = (shape.width - 2.0 * MARGIN).min(count * 420.0 + (count - 1.0) * gap);
    let left = (shape.width - whole) / 2.0;
    let width = (whole - (count - 1.0) * gap) / count;
    let mut zones = Vec::new();
    let mut cards = Vec::new();
    for (n, zone) in (0_u32..).zip(&setup.zones) {
        let area = Area::new(
            left + f64::from(n) * (width + gap),
            top,
            width,
            pad + card + footer,
        );
        for (column, area) in places_of(zone.nodes.len(), &area, pad, top + pad, card) {
            let node = zone.nodes[column];
            let start = writer.middle() + fan(cards.len(), setup);
            let bend = top - writer.bottom();
            cards.push(CardPlace {
                node,
                area,
                edge: Track::curve(
                    (start, writer.bottom()),
                    (start, writer.bottom() + bend * 0.62),
                    (area.middle(), area.y - bend * 0.78),
                    (area.middle(), area.y),
                ),
            });
        }
        let footer = Area::new(area.x, area.bottom() - footer, width, footer);
        zones.push(ZonePlace {
            az: zone.az,
            area,
            footer,
        });
    }
    Layout {
        arrangement: shape.arrangement,
        detail: Detail::Low,
        clients: Area::default(),
        writer,
        notes: Area::default(),
        zones,
        cards,
        gossip_floor: 0.0,
    }
}

impl Layout {
    fn with_gossip_floor(mut self, floor: f64) -> Self {
        self.gossip_floor = floor;
        self
    }
}

/// Edges leave the writer side by side.
fn fan(n: usize, setup: &LabSetup) -> f64 {
    let all: usize = setup.zones.iter().map(|zone| zone.nodes.len()).sum();
    let middle = plot::float(all.saturating_sub(1) as u64) / 2.0;
    (plot::float(n as u64) - middle) * 9.0
}

/// Cards side by side in a zone.
fn places_of(count: usize, zone: &Area, pad: f64, top: f64, height: f64) -> Vec<(usize, Area)> {
    let gap = 6.0;
    let number = plot::float(count as u64).max(1.0);
    let width = (zone.width - 2.0 * pad - (number - 1.0) * gap) / number;
    (0..count)
        .map(|n| {
            let x = zone.x + pad + plot::float(n as u64) * (width + gap);
            (n, Area::new(x, top, width, height))
        })
        .collect()
}

/// Zones as rows: the edges run down both margins, each zone in its lane.
struct Rows;

impl Rows {
    const CLIENTS: f64 = 40.0;
    const WRITER: f64 = 96.0;
    const EDGES: f64 = 34.0;
    const LANES: f64 = 20.0;
    const TOP: f64 = 10.0;
    const CARD: f64 = 84.0;
    const FOOTER: f64 = 28.0;
    const GAP: f64 = 8.0;

    fn zone_height() -> f64 {
        Self::TOP + Self::CARD + Self::FOOTER
    }

    fn height(setup: &LabSetup) -> f64 {
        let zones = plot::float(setup.zones.len() as u64);
        Self::CLIENTS + Self::WRITER + Self::EDGES + zones * (Self::zone_height() + Self::GAP) + 4.0
    }

    fn layout(setup: &LabSetup, shape: &StageShape) -> Layout {
        let writer_width = (shape.width - 60.0).min(250.0);
        let writer = Area::new(
            (shape.width - writer_width) / 2.0,
            Self::CLIENTS,
            writer_width,
            Self::WRITER,
        );
        let mut zones = Vec::new();
        let mut cards = Vec::new();
        for (n, zone) in (0_u32..).zip(&setup.zones) {
            let top =
                writer.bottom() + Self::EDGES + f64::from(n) * (Self::zone_height() + Self::GAP);
            let area = Area::new(
                Self::LANES,
                top,
                shape.width - 2.0 * Self::LANES,
                Self::zone_height(),
            );
            let last = zone.nodes.len().saturating_sub(1);
            for (column, area) in
                places_of(zone.nodes.len(), &area, 10.0, top + Self::TOP, Self::CARD)
            {
                let right = column > 0 && column == last;
                let lane = 8.0 + 3.5 * (2.0 - f64::from(n.min(2)));
                let lane = if right { shape.width - lane } else { lane };
                let start = writer.middle() + fan(cards.len(), setup);
                let turn = writer.bottom() + 10.0 + f64::from(n) * 5.0;
                let half = area.y + area.height / 2.0;
                let mut points = vec![(start, writer.bottom()), (start, turn), (lane, turn)];
                if column > 0 && column < last {
                    let above = top + 6.0;
                    points.extend([
                        (lane, above),
                        (area.middle(), above),
                        (area.middle(), area.y),
                    ]);
                } else {
                    let side = if right { area.right() } else { area.x };
                    points.extend([(lane, half), (side, half)]);
                }
                cards.push(CardPlace {
                    node: zone.nodes[column],
                    area,
                    edge: Track::corners(&points, 8.0),
                });
            }
            zones.push(ZonePlace {
                az: zone.az,
                area,
                footer: Area::new(
                    area.x,
                    area.bottom() - Self::FOOTER,
                    area.width,
                    Self::FOOTER,
                ),
            });
        }
        Layout {
            arrangement: shape.arrangement,
            detail: Detail::Low,
            clients: Area::new(writer.x, 2.0, writer.width, Self::CLIENTS - 6.0),
            writer,
            notes: Area::new(0.0, 0.0, 0.0, 0.0),
            zones,
            cards,
            gossip_floor: 0.0,
        }
    }
}
