//! Where everything on the stage stands.
//!
//! There are three arrangements, each a drawing of its own and none another one scaled down:
//!
//! ```text
//!  Columns                 Slide                        Rows
//!   clients -> [writer]     clients [ writer as a bar ]   clients
//!         / | \                  /     |     \            [writer]
//!   [a1 a2][b1 b2][c1 c2]   [a1 a2] [b1 b2] [c1 c2]       | a1 a2 |
//!    - - lane of peers - -   - - lane of peers - - -       | b1 b2 |
//!   zone a zone b zone c    zone a  zone b  zone c        | c1 c2 |
//!   [  object storage  ]    [   object storage   ]       [object storage]
//! ```
//!
//! The machine that stands beside a zone's nodes has its place at the end of the strip with the
//! zone's name.
//!
//! What peers say to each other runs between the cards and the names of the zones, where no text is.
//!
//! A unit is a CSS pixel: the picture is laid out for the room it gets, so that letters keep their
//! size, and cards say as much as they have room for ([`Detail`]).

use protocol::{Az, Frame, LabSetup, Node, Place};

use crate::card::Card;
use crate::shape::{Area, Text};
use crate::track::Track;

/// How the stage is arranged, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageShape {
    /// Which of the three.
    pub arrangement: Arrangement,
    /// Width, at least 288: a screen of 320 with its margins.
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
    const WIDTH_MIN: f64 = 288.0;
    /// Narrower stages have their zones as rows.
    const COLUMNS_WIDTH_MIN: f64 = 540.0;
    /// So have those in which cards side by side would be narrower.
    const COLUMNS_CARD_MIN: f64 = 64.0;
    /// Lower stages have flat cards.
    const COLUMNS_HEIGHT_MIN: f64 = 400.0;

    /// The arrangement that suits this much room.
    pub fn fit(setup: &LabSetup, width: f64, height: f64) -> Self {
        let width = width.max(Self::WIDTH_MIN);
        if width < Self::COLUMNS_WIDTH_MIN
            || widths(setup, width, &COLUMNS).1 < Self::COLUMNS_CARD_MIN
        {
            Self {
                arrangement: Arrangement::Rows,
                width,
                height: Rows::height(setup, width),
            }
        } else if height < Self::COLUMNS_HEIGHT_MIN {
            Self {
                arrangement: Arrangement::Slide,
                width,
                height: height.max(Slide::height_min(setup, width)),
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
    /// The same with all the records and what they are.
    Medium,
    /// With the disk's writes.
    Full,
}

/// Sizes of letters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Type {
    /// Of most texts.
    pub(crate) plain: f64,
    /// No text is smaller.
    pub(crate) least: f64,
}

impl Type {
    /// On a screen that is read from near.
    pub(crate) const SCREEN: Self = Self {
        plain: 12.0,
        least: Text::SIZE_MIN,
    };
    /// On a wall.
    pub(crate) const SLIDE: Self = Self {
        plain: Text::SIZE_MIN_SLIDE,
        least: Text::SIZE_MIN_SLIDE,
    };
}

/// Where the clients stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientsPlace {
    /// Beside the writer, as a block of dots.
    Beside,
    /// Beside the writer, as two lines of text.
    BesideFlat,
    /// Above the writer, in the middle, dots below.
    Above,
    /// Above the writer in one line.
    AboveFlat,
}

/// The places.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) arrangement: Arrangement,
    pub(crate) detail: Detail,
    pub(crate) letters: Type,
    pub(crate) clients: Area,
    pub(crate) clients_place: ClientsPlace,
    pub(crate) writer: Area,
    /// Below the zones: what the squares of the cards are. Without height where cards say so.
    pub(crate) legend: Area,
    pub(crate) zones: Vec<ZonePlace>,
    pub(crate) cards: Vec<CardPlace>,
    /// The machines beside, one for each zone.
    pub(crate) beside: Vec<CardPlace>,
    /// Object storage.
    pub(crate) archive: Area,
}

/// A zone's place.
#[derive(Clone, Debug)]
pub(crate) struct ZonePlace {
    pub(crate) az: Az,
    pub(crate) area: Area,
    /// The strip with its name, at its bottom.
    pub(crate) footer: Area,
}

impl ZonePlace {
    /// Where the zone's name can be clicked: beside it stands a machine.
    pub(crate) fn name(&self, beside: Option<&CardPlace>) -> Area {
        let right = beside.map_or(self.footer.right(), |place| place.area.x - 4.0);
        Area {
            width: right - self.footer.x,
            ..self.footer
        }
    }
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
    pub(crate) fn new(setup: &LabSetup, frame: &Frame, shape: &StageShape) -> Self {
        let mut layout = match shape.arrangement {
            Arrangement::Columns => columns(setup, shape),
            Arrangement::Slide => Slide::layout(setup, shape),
            Arrangement::Rows => Rows::layout(setup, shape),
        };
        let views = frame.zones.iter().flat_map(|zone| &zone.nodes);
        for (card, view) in layout.cards.iter_mut().zip(views) {
            card.node = view.node;
        }
        let zones = frame.zones.iter().zip(&layout.zones);
        layout.beside = zones
            .map(|(view, place)| {
                let node = view.beside.node;
                let area = layout.beside(place, view.down_since_ns.is_some());
                let edge = layout.edge_beside(place, &area);
                CardPlace { node, area, edge }
            })
            .collect();
        layout
    }

    pub(crate) fn card(&self, node: Node) -> Option<&CardPlace> {
        self.cards
            .iter()
            .chain(&self.beside)
            .find(|card| card.node == node)
    }

    /// The machine beside a zone's nodes: at the right end of the strip with the zone's name, which
    /// has something to say in a zone without power.
    fn beside(&self, zone: &ZonePlace, down: bool) -> Area {
        const INSET: f64 = 6.0;
        const LEAST: f64 = 36.0;
        let footer = zone.footer;
        let two_lines = footer.height > 40.0;
        let height = if two_lines { 30.0 } else { 24.0 };
        let width = match self.arrangement {
            _ if down && !two_lines => LEAST,
            Arrangement::Rows => (footer.right() - self.spine(zone.az) - 16.0).min(66.0),
            Arrangement::Columns | Arrangement::Slide => (footer.width * 0.36).min(96.0),
        };
        let width = width.max(LEAST);
        Area::new(
            footer.right() - INSET - width,
            footer.y + (footer.height - height) / 2.0,
            width,
            height,
        )
    }

    /// From the writer to the machine beside: around the zone, and along the lane below its cards.
    fn edge_beside(&self, zone: &ZonePlace, area: &Area) -> Track {
        const RADIUS: f64 = 6.0;
        let (start, turn) = (self.writer.middle(), zone.area.y - 7.0);
        let lane = zone.footer.y - self.lane() / 2.0;
        let side = match self.arrangement {
            Arrangement::Rows => zone.area.right() + 5.0,
            Arrangement::Columns | Arrangement::Slide => self.gutter(zone),
        };
        let turn = match self.arrangement {
            Arrangement::Rows => self.writer.bottom() + 6.0,
            Arrangement::Columns | Arrangement::Slide => turn,
        };
        let points = [
            (start, self.writer.bottom()),
            (start, turn),
            (side, turn),
            (side, lane),
            (area.middle(), lane),
            (area.middle(), area.y),
        ];
        Track::corners(&points, RADIUS)
    }

    /// Between a zone in columns and its neighbour.
    fn gutter(&self, zone: &ZonePlace) -> f64 {
        let place = self.zones.iter().position(|other| other.az == zone.az);
        let place = place.unwrap_or(0);
        match (self.zones.get(place + 1), place.checked_sub(1)) {
            (Some(next), _) => zone.area.right().midpoint(next.area.x),
            (None, Some(before)) => self.zones[before].area.right().midpoint(zone.area.x),
            (None, None) => zone.area.right() + 4.0,
        }
    }

    /// From a copy down to object storage: beside its zone, or in rows between the cards.
    fn backup(&self, node: Node) -> Option<Track> {
        const RADIUS: f64 = 5.0;
        let card = self.cards.iter().find(|card| card.node == node)?;
        let zone = self.zones.iter().find(|zone| zone.az == node.az())?;
        let (middle, bottom) = (card.area.middle(), card.area.bottom());
        let lane = bottom + self.lane() / 2.0;
        let side = match self.arrangement {
            Arrangement::Rows => self.spine(node.az()),
            Arrangement::Columns | Arrangement::Slide => self.gutter(zone),
        };
        let points = [
            (middle, bottom),
            (middle, lane),
            (side, lane),
            (side, self.archive.y),
        ];
        Some(Track::corners(&points, RADIUS))
    }

    /// The way from one place to another, and whether it is to be walked backwards.
    pub(crate) fn way(&self, from: Place, to: Place) -> Option<(Track, bool)> {
        match (from, to) {
            (Place::Writer | Place::Archive, Place::Writer | Place::Archive) => None,
            (Place::Node(node), Place::Archive) => Some((self.backup(node)?, false)),
            (Place::Archive, Place::Node(node)) => Some((self.backup(node)?, true)),
            (Place::Writer, Place::Node(node)) => Some((self.card(node)?.edge.clone(), false)),
            (Place::Node(node), Place::Writer) => Some((self.card(node)?.edge.clone(), true)),
            (Place::Node(one), Place::Node(other)) => {
                let (first, second) = (one.min(other), one.max(other));
                Some((self.gossip(first, second)?, one > other))
            }
        }
    }

    /// The way between two copies, `first` being the one that sorts before the other: along the lane
    /// below the cards. In rows, from one lane to the other between the cards.
    pub(crate) fn gossip(&self, first: Node, second: Node) -> Option<Track> {
        const RADIUS: f64 = 5.0;
        let (from, to) = (self.end(first)?, self.end(second)?);
        // Different pairs run side by side.
        let apart = f64::from((first.ordinal() + second.ordinal()) % 3) * 2.0 - 2.0;
        let lane = |end: &End| end.lane + apart;
        let mut points = vec![(from.x, from.y), (from.x, lane(&from))];
        if (lane(&from) - lane(&to)).abs() > 1.0 {
            let spine = self.spine(first.az()) + apart / 2.0;
            points.extend([(spine, lane(&from)), (spine, lane(&to))]);
        }
        points.extend([(to.x, lane(&to)), (to.x, to.y)]);
        Some(Track::corners(&points, RADIUS))
    }

    /// Where a machine meets the lane of its zone: a card from above, the machine beside from below.
    fn end(&self, node: Node) -> Option<End> {
        let half = self.lane() / 2.0;
        let end = |area: &Area, y, lane| End {
            x: area.middle(),
            y,
            lane,
        };
        let card = self.cards.iter().find(|card| card.node == node);
        if let Some(CardPlace { area, .. }) = card {
            return Some(end(area, area.bottom(), area.bottom() + half));
        }
        let CardPlace { area, .. } = self.beside.iter().find(|card| card.node == node)?;
        let zone = self.zones.iter().find(|zone| zone.az == node.az())?;
        Some(end(area, area.y, zone.footer.y - half))
    }

    /// Height of the lane between a card and its zone's name.
    fn lane(&self) -> f64 {
        match (self.cards.first(), self.zones.first()) {
            (Some(card), Some(zone)) => zone.footer.y - card.area.bottom(),
            _ => 0.0,
        }
    }

    /// The height at which it is said how many messages come to a card, where nothing moves.
    pub(crate) fn count_base(&self, card: &CardPlace) -> f64 {
        match self.arrangement {
            Arrangement::Rows => card.area.y - 6.5,
            Arrangement::Columns | Arrangement::Slide => {
                let zone = self.zones.first().map_or(card.area.y, |zone| zone.area.y);
                zone - 10.0
            }
        }
    }

    /// Between the cards of a zone in rows, or left of its only one.
    pub(crate) fn spine(&self, az: Az) -> f64 {
        let cards: Vec<_> = self
            .cards
            .iter()
            .filter(|card| card.node.az() == az)
            .collect();
        match cards.get(cards.len().div_ceil(2)) {
            Some(right) => right.area.x - CARD_GAP / 2.0,
            None => cards.first().map_or(0.0, |only| only.area.x - 5.0),
        }
    }
}

/// Where a way between peers ends, and the height of the lane that it takes.
struct End {
    x: f64,
    y: f64,
    lane: f64,
}

/// Width of a zone and of each of its cards, where zones stand side by side.
fn widths(setup: &LabSetup, width: f64, around: &Around) -> (f64, f64) {
    let count = plot::float(setup.zones.len() as u64).max(1.0);
    // One or two zones do not stretch over the whole stage.
    let whole = (width - 2.0 * around.margin).min(count * 420.0 + (count - 1.0) * around.gap);
    let zone = (whole - (count - 1.0) * around.gap) / count;
    (zone, card_width(setup, zone, around.pad))
}

/// The narrowest card of a zone.
fn card_width(setup: &LabSetup, zone: f64, pad: f64) -> f64 {
    let most = setup.zones.iter().map(|zone| zone.nodes.len()).max();
    let most = plot::float(most.unwrap_or(1) as u64).max(1.0);
    (zone - 2.0 * pad - (most - 1.0) * CARD_GAP) / most
}

/// Room around zones and cards.
struct Around {
    /// Beside the outermost zones.
    margin: f64,
    /// Between zones.
    gap: f64,
    /// Between a zone's edge and its cards.
    pad: f64,
    /// Between cards and the zone's name.
    lane: f64,
    footer: f64,
    below: Below,
}

/// Object storage below the zones.
struct Below {
    gap: f64,
    height: f64,
}

impl Below {
    /// Below tall cards.
    const TALL: Self = Self {
        gap: 8.0,
        height: 24.0,
    };
    /// No more than its line of text needs.
    const LOW: Self = Self {
        gap: 4.0,
        height: 20.0,
    };

    /// Of the whole picture's height.
    const fn all(&self) -> f64 {
        self.gap + self.height
    }
}

/// Between the cards of a zone.
const CARD_GAP: f64 = 6.0;
/// The line that says what the squares mean.
const LEGEND: f64 = 28.0;

/// Around tall cards.
const COLUMNS: Around = Around {
    margin: MARGIN,
    gap: 12.0,
    pad: 10.0,
    lane: 16.0,
    footer: 42.0,
    below: Below::TALL,
};

fn columns(setup: &LabSetup, shape: &StageShape) -> Layout {
    const WRITER: f64 = 126.0;
    const EDGES: f64 = 50.0;
    const TOP: f64 = 6.0;
    const BOTTOM: f64 = 4.0;
    let around = COLUMNS.pad + COLUMNS.lane + COLUMNS.footer;
    let fixed = TOP + WRITER + EDGES + around + COLUMNS.below.all() + BOTTOM;
    let (_, card_width) = widths(setup, shape.width, &COLUMNS);
    let height_of = |detail| Card::height(detail, card_width, Type::SCREEN);
    let detail = [Detail::Full, Detail::Medium]
        .into_iter()
        .find(|detail| fixed + height_of(*detail) <= shape.height)
        .unwrap_or(Detail::Low);
    let card_min = height_of(detail);
    let mut spare = (shape.height - fixed - card_min).max(0.0);
    let legend = if spare >= LEGEND + 8.0 { LEGEND } else { 0.0 };
    spare -= legend;
    let edges = EDGES + (spare * 0.5).min(100.0);
    let card = card_min + (spare * 0.35).min(44.0);
    let used = fixed - EDGES + edges - card_min + card + card_min + legend;
    let top = TOP + ((shape.height - used) * 0.4).max(0.0);

    let writer_width = (shape.width * 0.32).clamp(236.0, 256.0);
    let writer = Area::new(
        (shape.width - writer_width) / 2.0,
        top,
        writer_width,
        WRITER,
    );
    let zones_top = writer.bottom() + edges;
    let band = Band {
        top: zones_top,
        card,
        around: COLUMNS,
    };
    Layout {
        detail,
        clients: Area::new(
            (writer.x - ARROW - 160.0).max(MARGIN),
            top,
            (writer.x - ARROW - MARGIN).min(160.0),
            WRITER,
        ),
        legend: band.legend(shape.width, legend),
        ..in_columns(setup, shape, writer, &band)
    }
}

/// Zones below a flat writer.
struct Slide;

impl Slide {
    const WRITER: f64 = 40.0;
    const EDGES: f64 = 40.0;
    const TOP: f64 = 6.0;
    const BOTTOM: f64 = 4.0;
    const AROUND: Around = Around {
        margin: 8.0,
        gap: 8.0,
        pad: 6.0,
        lane: 12.0,
        footer: 26.0,
        below: Below::LOW,
    };
    /// The cards' share of the height that is left over.
    const OF_CARDS: f64 = 0.75;
    /// Narrower ones have the clients above the writer.
    const CLIENTS_BESIDE_WIDTH_MIN: f64 = 800.0;
    const CLIENTS_ABOVE: f64 = 22.0;
    const CLIENTS_BESIDE: f64 = 96.0;

    fn above(width: f64) -> f64 {
        if width < Self::CLIENTS_BESIDE_WIDTH_MIN {
            Self::CLIENTS_ABOVE
        } else {
            0.0
        }
    }

    /// All that is no card.
    fn fixed(width: f64) -> f64 {
        let Around {
            pad,
            lane,
            footer,
            below,
            ..
        } = Self::AROUND;
        Self::TOP
            + Self::above(width)
            + Self::WRITER
            + Self::EDGES
            + pad
            + lane
            + footer
            + below.all()
            + Self::BOTTOM
    }

    fn height_min(setup: &LabSetup, width: f64) -> f64 {
        let (_, card) = widths(setup, width, &Self::AROUND);
        Self::fixed(width) + Card::height(Detail::Low, card, Type::SLIDE)
    }

    fn layout(setup: &LabSetup, shape: &StageShape) -> Layout {
        let above = Self::above(shape.width);
        let (_, card_width) = widths(setup, shape.width, &Self::AROUND);
        let card_min = Card::height(Detail::Low, card_width, Type::SLIDE);
        let spare = (shape.height - Self::fixed(shape.width) - card_min).max(0.0);
        let card = card_min + (spare * Self::OF_CARDS).min(52.0);
        let edges = Self::EDGES + (spare * (1.0 - Self::OF_CARDS)).min(70.0);
        // What is left over may say what the squares are.
        let left_over = spare - (card - card_min) - (edges - Self::EDGES);
        let legend = if left_over >= LEGEND { LEGEND } else { 0.0 };
        let top = Self::TOP + above;
        let left = if above > 0.0 {
            MARGIN
        } else {
            MARGIN + Self::CLIENTS_BESIDE + ARROW
        };
        let writer = Area::new(left, top, shape.width - left - MARGIN, Self::WRITER);
        let (clients, clients_place) = if above > 0.0 {
            let strip = Area::new(MARGIN, Self::TOP, shape.width - 2.0 * MARGIN, above);
            (strip, ClientsPlace::AboveFlat)
        } else {
            let block = Area::new(MARGIN, top, Self::CLIENTS_BESIDE, Self::WRITER);
            (block, ClientsPlace::BesideFlat)
        };
        let band = Band {
            top: writer.bottom() + edges,
            card,
            around: Self::AROUND,
        };
        Layout {
            detail: Detail::Low,
            letters: Type::SLIDE,
            clients,
            clients_place,
            legend: band.legend(shape.width, legend),
            ..in_columns(setup, shape, writer, &band)
        }
    }
}

/// The band of zones below the writer.
struct Band {
    top: f64,
    card: f64,
    around: Around,
}

impl Band {
    fn height(&self) -> f64 {
        self.around.pad + self.card + self.around.lane + self.around.footer
    }

    /// Where it is said what the squares are: below object storage.
    fn legend(&self, width: f64, height: f64) -> Area {
        let top = self.top + self.height() + self.around.below.all() + 4.0;
        Area::new(MARGIN, top, width - 2.0 * MARGIN, height)
    }
}

fn in_columns(setup: &LabSetup, shape: &StageShape, writer: Area, band: &Band) -> Layout {
    let around = &band.around;
    let (width, _) = widths(setup, shape.width, around);
    let count = plot::float(setup.zones.len() as u64).max(1.0);
    let left = (shape.width - count * width - (count - 1.0) * around.gap) / 2.0;
    let mut zones = Vec::new();
    let mut cards = Vec::new();
    for (n, zone) in (0_u32..).zip(&setup.zones) {
        let x = left + f64::from(n) * (width + around.gap);
        let area = Area::new(x, band.top, width, band.height());
        let row = Area::new(
            area.x + around.pad,
            area.y + around.pad,
            area.width - 2.0 * around.pad,
            band.card,
        );
        for (column, area) in side_by_side(zone.nodes.len(), &row) {
            let node = zone.nodes[column];
            let start = writer.middle() + fan(cards.len(), setup);
            let bend = band.top - writer.bottom();
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
        zones.push(ZonePlace {
            az: zone.az,
            area,
            footer: Area::new(area.x, area.bottom() - around.footer, width, around.footer),
        });
    }
    Layout {
        arrangement: shape.arrangement,
        detail: Detail::Low,
        letters: Type::SCREEN,
        clients: Area::default(),
        clients_place: ClientsPlace::Beside,
        writer,
        legend: Area::default(),
        archive: Area::new(
            left,
            band.top + band.height() + around.below.gap,
            shape.width - 2.0 * left,
            around.below.height,
        ),
        zones,
        cards,
        beside: Vec::new(),
    }
}

/// Edges leave the writer side by side.
fn fan(n: usize, setup: &LabSetup) -> f64 {
    let all: usize = setup.zones.iter().map(|zone| zone.nodes.len()).sum();
    let middle = plot::float(all.saturating_sub(1) as u64) / 2.0;
    (plot::float(n as u64) - middle) * 9.0
}

/// Cards side by side.
fn side_by_side(count: usize, row: &Area) -> Vec<(usize, Area)> {
    let number = plot::float(count as u64).max(1.0);
    let width = (row.width - (number - 1.0) * CARD_GAP) / number;
    (0..count)
        .map(|n| {
            let x = row.x + plot::float(n as u64) * (width + CARD_GAP);
            (n, Area::new(x, row.y, width, row.height))
        })
        .collect()
}

/// Zones as rows: the edges run down both margins, each zone in its lane.
struct Rows;

impl Rows {
    const CLIENTS: f64 = 34.0;
    const WRITER: f64 = 94.0;
    const EDGES: f64 = 26.0;
    const LANES: f64 = 20.0;
    const TOP: f64 = 11.0;
    const LANE: f64 = 6.0;
    const FOOTER: f64 = 25.0;
    const GAP: f64 = 4.0;
    const LEGEND: f64 = 15.0;
    const BELOW: Below = Below::LOW;

    /// Beside the cards of a zone.
    fn pad(setup: &LabSetup) -> f64 {
        let many = setup.zones.iter().any(|zone| zone.nodes.len() > 2);
        if many { 5.0 } else { 10.0 }
    }

    fn card(setup: &LabSetup, width: f64) -> f64 {
        let card = card_width(setup, width - 2.0 * Self::LANES, Self::pad(setup));
        Card::height(Detail::Low, card, Type::SCREEN)
    }

    fn zone(setup: &LabSetup, width: f64) -> f64 {
        Self::TOP + Self::card(setup, width) + Self::LANE + Self::FOOTER
    }

    fn height(setup: &LabSetup, width: f64) -> f64 {
        let zones = plot::float(setup.zones.len() as u64);
        let zone = Self::zone(setup, width) + Self::GAP;
        let below = Self::BELOW.all() + Self::LEGEND;
        Self::CLIENTS + Self::WRITER + Self::EDGES + zones * zone + below
    }

    fn layout(setup: &LabSetup, shape: &StageShape) -> Layout {
        let writer_width = (shape.width - 60.0).min(250.0);
        let writer = Area::new(
            (shape.width - writer_width) / 2.0,
            Self::CLIENTS,
            writer_width,
            Self::WRITER,
        );
        let height = Self::zone(setup, shape.width);
        let mut zones = Vec::new();
        let mut cards = Vec::new();
        for (n, zone) in (0_u32..).zip(&setup.zones) {
            let top = writer.bottom() + Self::EDGES + f64::from(n) * (height + Self::GAP);
            let width = shape.width - 2.0 * Self::LANES;
            let area = Area::new(Self::LANES, top, width, height);
            let last = zone.nodes.len().saturating_sub(1);
            let row = Area::new(
                area.x + Self::pad(setup),
                top + Self::TOP,
                width - 2.0 * Self::pad(setup),
                Self::card(setup, shape.width),
            );
            for (column, area) in side_by_side(zone.nodes.len(), &row) {
                let right = column > 0 && column == last;
                let lane = 9.0 + 3.5 * (2.0 - f64::from(n.min(2)));
                let lane = if right { shape.width - lane } else { lane };
                let start = writer.middle() + fan(cards.len(), setup);
                let turn = writer.bottom() + 9.0 + f64::from(n) * 5.0;
                let half = area.y + area.height / 2.0;
                let mut points = vec![(start, writer.bottom()), (start, turn), (lane, turn)];
                if column > 0 && column < last {
                    let above = top + 5.0;
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
                footer: Area::new(area.x, area.bottom() - Self::FOOTER, width, Self::FOOTER),
            });
        }
        Layout {
            arrangement: shape.arrangement,
            detail: Detail::Low,
            letters: Type::SCREEN,
            clients: Area::new(MARGIN, 2.0, shape.width - 2.0 * MARGIN, Self::CLIENTS - 4.0),
            clients_place: ClientsPlace::Above,
            writer,
            legend: Area::new(
                Self::LANES,
                shape.height - Self::LEGEND - 2.0,
                shape.width - 2.0 * Self::LANES,
                Self::LEGEND,
            ),
            archive: Area::new(
                Self::LANES,
                shape.height - Self::LEGEND - Self::BELOW.height - 4.0,
                shape.width - 2.0 * Self::LANES,
                Self::BELOW.height,
            ),
            zones,
            cards,
            beside: Vec::new(),
        }
    }
}
