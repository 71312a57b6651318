//! Shapes: what a drawing is made of.

use protocol::{Az, Node, Standby, VolumeId};

/// A picture, in units that are CSS pixels on a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// Width of the picture.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// What it shows, in one or two sentences, for whoever does not see it.
    pub label: String,
    /// The shapes, the hindmost first.
    pub shapes: Vec<Shape>,
    /// Where something can be acted on.
    pub spots: Vec<Spot>,
}

/// A place of the picture that stands for something that can be acted on.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// What it stands for.
    pub target: Target,
    /// Its place.
    pub area: Area,
    /// Its name with its state.
    pub label: String,
}

/// Something that can be acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The writer.
    Writer,
    /// An availability zone.
    Zone(Az),
    /// A storage node.
    Node(Node),
    /// A volume.
    Volume(VolumeId),
    /// A page of a volume, or with it a block of its neighbours.
    Page(VolumeId, u32),
    /// The primary of the conventional engine.
    Primary,
    /// A standby of it.
    Standby(Standby),
}

impl Target {
    /// A name that no other target has, for keys and ids.
    pub fn key(self) -> String {
        match self {
            Self::Writer => "writer".to_owned(),
            Self::Zone(az) => format!("zone-{az}"),
            Self::Node(node) => format!("node-{node}"),
            Self::Volume(volume) => format!("volume-{volume}"),
            Self::Page(volume, page) => format!("page-{volume}-{page}"),
            Self::Primary => "primary".to_owned(),
            Self::Standby(standby) => format!("standby-{standby}"),
        }
    }
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Area {
    /// The rectangle with this corner, width and height.
    pub const fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Halfway from left to right.
    pub fn middle(&self) -> f64 {
        self.x + self.width / 2.0
    }

    /// Whether the two share more than an edge.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }
}

/// A colour by what it means; a theme says which one it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Paint {
    /// Not painted.
    #[default]
    None,
    /// The page.
    Ground,
    /// What lies on the page.
    Raised,
    /// What lies below it.
    Sunken,
    /// Text and what matters.
    Ink,
    /// Text that steps back.
    Quiet,
    /// A thin line.
    Rule,
    /// A line that means something.
    StrongRule,
    /// The one accent.
    Accent,
    /// Durable.
    Good,
    /// Waiting, lacking, slow.
    Wait,
    /// Down, lost.
    Bad,
    /// A zone's hue.
    Zone(Az),
    /// A zone's ground.
    ZoneSoft(Az),
}

/// How an outline or an area is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// The area.
    pub fill: Paint,
    /// The outline.
    pub stroke: Paint,
    /// Width of the outline.
    pub width: f64,
    /// Whether the outline is broken.
    pub dash: Dash,
    /// 0 for invisible, 1 for solid.
    pub opacity: f64,
}

/// Whether a line is broken, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dash {
    /// Unbroken.
    #[default]
    Solid,
    /// Dashes: what is down.
    Dashed,
    /// Dots: what is missing.
    Dotted,
    /// Points, far apart: a line of a chart.
    Points,
    /// A dash and a point by turns: a line of a chart.
    Mixed,
}

impl Dash {
    /// SVG's `stroke-dasharray`, for what is broken.
    pub const fn pattern(self) -> Option<&'static str> {
        match self {
            Self::Solid => None,
            Self::Dashed => Some("4 4"),
            Self::Dotted => Some("2.5 2"),
            Self::Points => Some("0.1 5"),
            Self::Mixed => Some("9 5 0.1 5"),
        }
    }
}

impl Style {
    /// An area without an outline.
    pub const fn fill(paint: Paint) -> Self {
        Self {
            fill: paint,
            stroke: Paint::None,
            width: 0.0,
            dash: Dash::Solid,
            opacity: 1.0,
        }
    }

    /// An outline without an area.
    pub const fn stroke(paint: Paint, width: f64) -> Self {
        Self {
            fill: Paint::None,
            stroke: paint,
            width,
            dash: Dash::Solid,
            opacity: 1.0,
        }
    }

    /// The same with an outline.
    #[must_use]
    pub const fn outlined(mut self, paint: Paint, width: f64) -> Self {
        self.stroke = paint;
        self.width = width;
        self
    }

    /// The same with a broken outline.
    #[must_use]
    pub const fn dashed(mut self, dash: Dash) -> Self {
        self.dash = dash;
        self
    }

    /// The same, fainter.
    #[must_use]
    pub const fn faint(mut self, opacity: f64) -> Self {
        self.opacity = opacity;
        self
    }
}

/// A family of letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// For the instrument.
    #[default]
    Sans,
    /// For LSNs.
    Mono,
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins there.
    #[default]
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Where it is anchored.
    pub x: f64,
    /// Its base line.
    pub y: f64,
    /// Height of the letters; at least [`Text::SIZE_MIN`].
    pub size: f64,
    /// The family.
    pub face: Face,
    /// Heavier than usual.
    pub bold: bool,
    /// What stands at `x`.
    pub anchor: Anchor,
    /// The colour.
    pub paint: Paint,
    /// A rim in this colour keeps lines behind the text away from it.
    pub halo: Paint,
    /// The text.
    pub text: String,
}

impl Text {
    /// No text is smaller.
    pub const SIZE_MIN: f64 = 11.0;

    /// No text is smaller on a slide.
    pub const SIZE_MIN_SLIDE: f64 = 13.0;

    /// Plain text that begins at a place.
    pub fn new(x: f64, y: f64, size: f64, text: impl Into<String>) -> Self {
        Self {
            x,
            y,
            size: size.max(Self::SIZE_MIN),
            face: Face::Sans,
            bold: false,
            anchor: Anchor::Start,
            paint: Paint::Ink,
            halo: Paint::None,
            text: text.into(),
        }
    }

    /// The same in another colour.
    #[must_use]
    pub const fn paint(mut self, paint: Paint) -> Self {
        self.paint = paint;
        self
    }

    /// The same in fixed-width letters.
    #[must_use]
    pub const fn mono(mut self) -> Self {
        self.face = Face::Mono;
        self
    }

    /// The same, heavier.
    #[must_use]
    pub const fn bold(mut self) -> Self {
        self.bold = true;
        self
    }

    /// The same, ending at its place.
    #[must_use]
    pub const fn end(mut self) -> Self {
        self.anchor = Anchor::End;
        self
    }

    /// The same, with its middle at its place.
    #[must_use]
    pub const fn middle(mut self) -> Self {
        self.anchor = Anchor::Middle;
        self
    }

    /// The same with a rim.
    #[must_use]
    pub const fn halo(mut self, paint: Paint) -> Self {
        self.halo = paint;
        self
    }

    /// About how wide it is in a wide typeface, so that layouts hold on every machine.
    pub fn width(&self) -> f64 {
        Self::width_of(&self.text, self.size, self.face) * if self.bold { 1.14 } else { 1.0 }
    }

    /// About how wide `text` is in a wide typeface.
    pub fn width_of(text: &str, size: f64, face: Face) -> f64 {
        let letters = match face {
            Face::Mono => 0.602 * plot::float(text.chars().count() as u64),
            Face::Sans => text.chars().map(sans_width).sum(),
        };
        letters * size
    }

    /// The same, smaller if need be to fit into `room`, but never below [`Text::SIZE_MIN`].
    #[must_use]
    pub fn fitting(self, room: f64) -> Self {
        self.fitting_down_to(Self::SIZE_MIN, room)
    }

    /// The same, smaller if need be to fit into `room`, but never below `least`.
    #[must_use]
    pub fn fitting_down_to(mut self, least: f64, room: f64) -> Self {
        let width = self.width();
        if width > room {
            self.size = (self.size * room / width).max(least.min(self.size));
        }
        self
    }

    /// About the room that its letters take.
    pub fn area(&self) -> Area {
        let width = self.width();
        let left = match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - width / 2.0,
            Anchor::End => self.x - width,
        };
        Area::new(left, self.y - 0.76 * self.size, width, 0.96 * self.size)
    }
}

fn sans_width(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '\'' | '.' | ',' | ':' | '|' | ' ' | '·' => 0.32,
        'f' | 'r' | 't' | '(' | ')' | '-' => 0.4,
        'm' | 'w' | 'M' | 'W' => 0.96,
        '−' => 0.84,
        'A'..='Z' => 0.7,
        _ => 0.62,
    }
}

/// One thing drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A rectangle with corners rounded by `round`.
    Rect {
        /// Its place.
        area: Area,
        /// Radius of its corners.
        round: f64,
        /// Its paint.
        style: Style,
    },
    /// A path in SVG's path data.
    Path {
        /// The data.
        data: String,
        /// Its paint.
        style: Style,
    },
    /// A circle.
    Circle {
        /// Its centre.
        x: f64,
        /// Its centre.
        y: f64,
        /// Its radius.
        radius: f64,
        /// Its paint.
        style: Style,
    },
    /// A line of text.
    Text(Text),
    /// Shapes that belong together.
    Group {
        /// What they are, the same from frame to frame: `node-a1`, `card-1042`.
        key: String,
        /// Moves them all.
        at: (f64, f64),
        /// The shapes, the hindmost first.
        shapes: Vec<Self>,
    },
}

impl Shape {
    /// A rectangle.
    pub const fn rect(area: Area, round: f64, style: Style) -> Self {
        Self::Rect { area, round, style }
    }

    /// A path.
    pub fn path(data: impl Into<String>, style: Style) -> Self {
        Self::Path {
            data: data.into(),
            style,
        }
    }

    /// A straight line.
    pub fn line(from: (f64, f64), to: (f64, f64), style: Style) -> Self {
        let mut path = plot::Path::new();
        path.go(from.0, from.1).line(to.0, to.1);
        Self::path(path, style)
    }

    /// A circle.
    pub const fn circle(x: f64, y: f64, radius: f64, style: Style) -> Self {
        Self::Circle {
            x,
            y,
            radius,
            style,
        }
    }

    /// Shapes that belong together, where they are.
    pub fn group(key: impl Into<String>, shapes: Vec<Self>) -> Self {
        Self::Group {
            key: key.into(),
            at: (0.0, 0.0),
            shapes,
        }
    }

    /// Shapes that belong together, drawn around the origin and moved to a place.
    pub fn group_at(key: impl Into<String>, at: (f64, f64), shapes: Vec<Self>) -> Self {
        Self::Group {
            key: key.into(),
            at,
            shapes,
        }
    }

    /// Every text in it.
    pub fn texts(&self) -> Vec<&Text> {
        match self {
            Self::Text(text) => vec![text],
            Self::Group { shapes, .. } => shapes.iter().flat_map(Self::texts).collect(),
            Self::Rect { .. } | Self::Path { .. } | Self::Circle { .. } => Vec::new(),
        }
    }
}

impl From<Text> for Shape {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl Drawing {
    /// The first group with this key, at any depth.
    pub fn find(&self, key: &str) -> Option<&[Shape]> {
        fn search<'a>(shapes: &'a [Shape], wanted: &str) -> Option<&'a [Shape]> {
            shapes.iter().find_map(|shape| match shape {
                Shape::Group { key, shapes, .. } if key == wanted => Some(shapes.as_slice()),
                Shape::Group { shapes, .. } => search(shapes, wanted),
                Shape::Rect { .. } | Shape::Path { .. } | Shape::Circle { .. } | Shape::Text(_) => {
                    None
                }
            })
        }
        search(&self.shapes, key)
    }

    /// Every text in it.
    pub fn texts(&self) -> Vec<&Text> {
        self.shapes.iter().flat_map(Shape::texts).collect()
    }

    /// Every text in it with the room that it takes in the picture.
    pub fn text_areas(&self) -> Vec<(Area, &Text)> {
        fn collect<'a>(shapes: &'a [Shape], by: (f64, f64), found: &mut Vec<(Area, &'a Text)>) {
            for shape in shapes {
                match shape {
                    Shape::Text(text) => {
                        let area = text.area();
                        let moved =
                            Area::new(area.x + by.0, area.y + by.1, area.width, area.height);
                        found.push((moved, text));
                    }
                    Shape::Group { at, shapes, .. } => {
                        collect(shapes, (by.0 + at.0, by.1 + at.1), found);
                    }
                    Shape::Rect { .. } | Shape::Path { .. } | Shape::Circle { .. } => {}
                }
            }
        }
        let mut found = Vec::new();
        collect(&self.shapes, (0.0, 0.0), &mut found);
        found
    }
}
