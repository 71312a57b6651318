//! A node on the stage: how far its copy is complete, its newest records, and what is wrong.
//!
//! ```text
//!  name          state
//!  complete to
//!  1,042
//!  # # # # # .            the last records: on disk, in memory, missing, not there yet
//!  last 18 records
//!  1,027 to 1,044
//!  writing           2
//!  queued            3
//!  hot log      1.3 MB
//!  to coalesce      12
//!  pages           600    where there is room
//!  asks a1 for 1,043      what is worth a remark
//! ```
//!
//! Lower cards leave out lines from below.

use protocol::{NodeState, NodeView, Part, RecentCell};

use crate::layout::{Detail, Type};
use crate::numbers;
use crate::sentences;
use crate::shape::{Area, Dash, Face, Paint, Shape, Style, Text};
use crate::words::Words;
use crate::zone;

/// A node to be drawn.
pub(crate) struct Card<'a> {
    pub(crate) words: &'a Words,
    pub(crate) area: Area,
    pub(crate) detail: Detail,
    pub(crate) letters: Type,
    pub(crate) view: &'a NodeView,
    pub(crate) part: Part,
    pub(crate) now_ns: u64,
    /// The records that the squares are; none where those of other groups lie between them.
    pub(crate) recent: &'a [u64],
}

/// Something worth saying beside the figures, from its longest wording to its shortest.
struct Remark {
    wordings: Vec<String>,
    paint: Paint,
}

/// How many of the newest records a frame usually speaks of.
const RECENT: u64 = 18;
/// So long a card says that a page was mended.
const MENDED_NS: u64 = 100_000_000;
/// Height of a row of squares, and distance from one to the next.
const CELL: (f64, f64) = (13.0, 16.0);
/// From the upper edge to the base lines of name, label and figure, the latter alone in its line.
const NAME: f64 = 21.0;
const LABEL: f64 = 41.0;
const FIGURE: f64 = 60.0;
/// From the base line of the figure to the squares.
const GAP: f64 = 9.0;
/// The figure is smaller than this only where there is no room at all.
const FIGURE_SIZE_MIN: f64 = 13.0;
/// A line of the card's figures.
const LINE: f64 = 18.0;
/// A line of remarks.
const REMARK: f64 = 15.0;
/// From the last base line to the lower edge.
const FOOT: f64 = 9.0;

impl Card<'_> {
    /// Height of the line that says what the squares are.
    pub(crate) const CAPTION: f64 = 16.0;

    /// The least height of a card that says this much.
    pub(crate) fn height(detail: Detail, width: f64, letters: Type) -> f64 {
        let room = width - 2.0 * inset(width);
        let below = FIGURE + label_more(room, letters);
        let figure = if side_by_side(room, letters) {
            LABEL
        } else {
            below
        };
        let rows = |rows: u64| GAP + plot::float(rows) * CELL.1;
        let all = RECENT.div_ceil(columns(room));
        match detail {
            Detail::Low => figure + rows(1) + LINE + FOOT - closer(letters),
            Detail::Medium => below + rows(all) + Self::CAPTION + LINE + FOOT,
            Detail::Full => {
                below + rows(all) + 2.0 * Self::CAPTION + 4.0 * LINE + 2.0 * REMARK + FOOT + 6.0
            }
        }
    }

    pub(crate) fn shapes(&self) -> Vec<Shape> {
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
        let figure = self.complete_to(&mut shapes);
        match self.detail {
            Detail::Low => self.low(&mut shapes, figure + GAP),
            Detail::Medium => self.medium(&mut shapes, figure + GAP),
            Detail::Full => self.full(&mut shapes, figure + GAP),
        }
        shapes
    }

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

    fn left(&self) -> f64 {
        self.area.x + inset(self.area.width)
    }

    fn right(&self) -> f64 {
        self.area.right() - inset(self.area.width)
    }

    fn room(&self) -> f64 {
        self.area.width - 2.0 * inset(self.area.width)
    }

    fn halo(&self) -> Paint {
        if self.down() {
            Paint::Raised
        } else {
            Paint::None
        }
    }

    fn quiet(&self, x: f64, y: f64, text: impl Into<String>) -> Text {
        Text::new(x, y, self.letters.plain, text)
            .paint(Paint::Quiet)
            .halo(self.halo())
    }

    fn title(&self, shapes: &mut Vec<Shape>) {
        let y = self.area.y + NAME;
        let name = Text::new(self.left(), y, 15.0, self.view.node.to_string())
            .bold()
            .paint(if self.down() {
                Paint::Quiet
            } else {
                Paint::Ink
            })
            .halo(self.halo());
        if self.names_state() {
            let (text, paint) = self.state();
            let state = self.quiet(self.right() - 10.0, y, text).end().paint(paint);
            let state = if paint == Paint::Quiet {
                state
            } else {
                state.bold()
            };
            let room = self.room_for_state();
            shapes.push(state.fitting_down_to(self.letters.least, room).into());
        }
        shapes.push(name.into());
        shapes.push(zone::caret(self.right() - 3.0, y - 4.0));
    }

    /// Beside the name, without the caret.
    fn room_for_state(&self) -> f64 {
        self.room() - 33.0
    }

    /// Whether the state stands beside the name.
    fn names_state(&self) -> bool {
        let (text, paint) = self.state();
        let text = Text::new(0.0, 0.0, self.letters.least, text);
        let text = if paint == Paint::Quiet {
            text
        } else {
            text.bold()
        };
        text.width() <= self.room_for_state()
    }

    /// Up, down or slow, in a word.
    fn state(&self) -> (&str, Paint) {
        let (key, paint) = match (self.view.state, self.part, self.view.slow_ms) {
            (NodeState::Down { .. }, _, _) => ("stage.node.down", Paint::Bad),
            (NodeState::Up, Part::Suspect, _) => ("stage.node.suspect", Paint::Wait),
            (NodeState::Up, Part::LeftOut, _) => ("stage.node.left-out", Paint::Wait),
            (NodeState::Up, _, 0) => ("stage.node.up", Paint::Quiet),
            (NodeState::Up, _, _) => ("stage.node.slow", Paint::Wait),
        };
        (self.words.say(key), paint)
    }

    /// Up to where the copy is complete. Gives the base line of the figure.
    fn complete_to(&self, shapes: &mut Vec<Shape>) -> f64 {
        let y = self.area.y + LABEL;
        let figure = Text::new(0.0, y, 15.0, numbers::grouped(self.view.segment.scl))
            .mono()
            .paint(if self.down() {
                Paint::Quiet
            } else {
                Paint::Ink
            })
            .halo(self.halo());
        let least = self.letters.least;
        let long = self.words.say("stage.node.complete-to.long");
        let short = self.words.say("stage.node.complete-to");
        if self.detail == Detail::Low && side_by_side(self.room(), self.letters) {
            let beside = self.room() - width_of_label(self.letters) - 4.0;
            let mut figure = shortened(figure.end().fitting_down_to(least, beside), beside);
            figure.x = self.right();
            let beside = self.room() - figure.width() - 8.0;
            let text = if fits(long, self.letters.plain, beside) {
                long
            } else {
                short
            };
            shapes.push(self.quiet(self.left(), y, text).into());
            shapes.push(figure.into());
            return y;
        }
        let text = if fits(long, self.letters.plain, self.room()) {
            long
        } else {
            short
        };
        let more = label_more(self.room(), self.letters);
        let lines = if more > 0.0 {
            wrap(text, least, self.room())
        } else {
            vec![text.to_owned()]
        };
        for (n, line) in (0_u32..).zip(lines) {
            let label = self.quiet(self.left(), y + f64::from(n) * more, line);
            shapes.push(label.fitting_down_to(least, self.room()).into());
        }
        let mut figure = shortened(figure.fitting_down_to(least, self.room()), self.room());
        (figure.x, figure.y) = (self.left(), self.area.y + FIGURE + more);
        let base = figure.y;
        shapes.push(figure.into());
        base
    }

    fn low(&self, shapes: &mut Vec<Shape>, top: f64) {
        let bottom = self.area.bottom();
        let spare = bottom - top - CELL.1 - LINE - FOOT + closer(self.letters);
        let needed = Self::CAPTION + 4.0;
        let caption = spare >= needed;
        let spare = spare - if caption { needed } else { 0.0 };
        let rows = 1 + plot::whole((spare / CELL.1).floor().max(0.0));
        let (end, shown) = self.cells(shapes, top, rows);
        if caption {
            self.caption(shapes, end, shown);
        }
        self.last_line(shapes);
    }

    fn medium(&self, shapes: &mut Vec<Shape>, top: f64) {
        let rows = RECENT.div_ceil(columns(self.room()));
        let (end, shown) = self.cells(shapes, top, rows);
        let end = self.caption(shapes, end, shown);
        if self.area.bottom() - end >= LINE + REMARK + FOOT + 2.0 {
            self.range(shapes, end, shown);
        }
        self.last_line(shapes);
    }

    fn full(&self, shapes: &mut Vec<Shape>, top: f64) {
        let least = Self::height(Detail::Full, self.area.width, self.letters);
        // With more room, one figure more. What is left over comes between the parts.
        let left_over = self.area.height - least;
        let pages = left_over >= LINE;
        let left_over = left_over - if pages { LINE } else { 0.0 };
        let part = (left_over / 3.0).clamp(0.0, 14.0);
        let rows = RECENT.div_ceil(columns(self.room()));
        let (end, shown) = self.cells(shapes, top + part, rows);
        let end = self.caption(shapes, end, shown);
        let end = self.range(shapes, end, shown) + part;
        let segment = &self.view.segment;
        let mut rows = vec![
            (
                "stage.node.writing",
                numbers::rounded(self.view.writes_active.into()),
            ),
            (
                "stage.node.queued",
                numbers::rounded(self.view.writes_queued.into()),
            ),
            (self.hot_log(), numbers::bytes(segment.hot_log_bytes)),
            (self.to_coalesce(), numbers::rounded(segment.to_coalesce)),
        ];
        if pages {
            rows.push(("stage.node.pages", numbers::rounded(segment.pages)));
        }
        for (n, (key, value)) in (0_u32..).zip(rows) {
            self.figure(shapes, end + LINE + f64::from(n) * LINE, key, &value);
        }
        self.remark_lines(shapes, 2);
    }

    /// What the figure of the records is called that wait for a version.
    fn to_coalesce(&self) -> &'static str {
        let names = ["stage.node.to-coalesce", "stage.node.to-coalesce.short"];
        self.name_beside(names, "10 k")
    }

    /// What the figure of the hot log is called.
    fn hot_log(&self) -> &'static str {
        let names = ["stage.node.hot-log", "stage.node.hot-log.short"];
        self.name_beside(names, "1.16 MB")
    }

    /// The long or the short name of a figure that is as wide as `value` at most: one that stays
    /// while the figure changes.
    fn name_beside(&self, [long, short]: [&'static str; 2], value: &str) -> &'static str {
        let value = Text::width_of(value, self.letters.plain, Face::Mono);
        let room = self.room() - value - 4.0;
        if fits(self.words.say(long), self.letters.least, room) {
            long
        } else {
            short
        }
    }

    /// What is worth a remark, or the hot log.
    fn last_line(&self, shapes: &mut Vec<Shape>) {
        if !self.remark_lines(shapes, 1) {
            self.figure(
                shapes,
                self.area.bottom() - FOOT,
                self.hot_log(),
                &numbers::bytes(self.view.segment.hot_log_bytes),
            );
        }
    }

    /// Remarks in at most this many lines, from the lower edge up. Tells whether there are any.
    fn remark_lines(&self, shapes: &mut Vec<Shape>, most: usize) -> bool {
        let remarks = self.remarks();
        let alone = remarks.len() == 1;
        let size = self.letters.least.max(11.5);
        let mut lines: Vec<(String, Paint)> = Vec::new();
        for remark in remarks {
            let room_for = if alone { most } else { 1 };
            let wrapped = remark.wordings.iter().find_map(|wording| {
                let lines = wrap(wording, size, self.room());
                let fit = lines.len() <= room_for
                    && lines.iter().all(|line| fits(line, size, self.room()));
                fit.then_some(lines)
            });
            let wrapped = wrapped.or_else(|| remark.wordings.last().map(|last| vec![last.clone()]));
            let paint = remark.paint;
            lines.extend(wrapped.into_iter().flatten().map(|line| (line, paint)));
        }
        lines.truncate(most);
        let count = lines.len();
        for (n, (line, paint)) in lines.into_iter().enumerate() {
            let above = plot::float((count - 1 - n) as u64);
            let y = self.area.bottom() - FOOT - above * REMARK;
            shapes.push(
                Text::new(self.left(), y, size, line)
                    .paint(paint)
                    .halo(self.halo())
                    .fitting_down_to(self.letters.least, self.room())
                    .into(),
            );
        }
        count > 0
    }

    /// What is worth saying beside the figures, the most important first.
    fn remarks(&self) -> Vec<Remark> {
        let view = self.view;
        let remark = |wordings: Vec<String>, paint| Remark { wordings, paint };
        let say = |key| self.words.say(key).to_owned();
        if let NodeState::Down {
            since_ns,
            with_zone,
        } = view.state
        {
            let since = self.words.fill(
                "stage.node.down-since",
                &[("since", (&numbers::since(since_ns)).into())],
            );
            let down = say("stage.node.down");
            let wordings = match (with_zone, self.names_state()) {
                (true, true) => vec![say("stage.node.no-power")],
                (true, false) => vec![down],
                (false, _) => vec![since, down],
            };
            return vec![remark(wordings, Paint::Bad)];
        }
        let mut remarks = Vec::new();
        let of_page = |keys: [&str; 2], page: u32| {
            keys.map(|key| self.words.fill(key, &[("page", page.into())]))
                .to_vec()
        };
        if let Some(page) = view.damaged {
            let keys = ["stage.node.damaged", "stage.node.damaged.short"];
            remarks.push(remark(of_page(keys, page), Paint::Bad));
        }
        let part = match self.part {
            Part::Suspect => Some(["stage.node.suspected", "stage.node.suspected.short"]),
            Part::LeftOut => Some(["stage.node.without", "stage.node.without.short"]),
            Part::Member | Part::Newcomer { .. } | Part::Spare => None,
        };
        let behind = ["stage.node.behind", "stage.node.behind.short"];
        let behind = view.is_behind.then_some(behind);
        for keys in part.into_iter().chain(behind) {
            remarks.push(remark(keys.map(say).to_vec(), Paint::Wait));
        }
        let lacks = view
            .segment
            .gap
            .map(|gap| (gap, sentences::gap(self.words, gap)));
        match (view.segment.asks, &lacks) {
            (Some(peer), Some((_, records))) => {
                let long = self.words.fill(
                    "stage.node.asks-for",
                    &[("peer", peer.into()), ("records", records.into())],
                );
                let short = self.words.fill("stage.node.asks", &[("peer", peer.into())]);
                remarks.push(remark(vec![long, short], Paint::Wait));
            }
            (Some(peer), None) => {
                let asks = self.words.fill("stage.node.asks", &[("peer", peer.into())]);
                remarks.push(remark(vec![asks], Paint::Wait));
            }
            (None, Some((gap, records))) => {
                let lacks = |key, count: u32| {
                    let args = [
                        ("records", records.into()),
                        ("count", count.into()),
                        ("until", gap.until.into()),
                    ];
                    self.words.fill(key, &args)
                };
                let mut wordings = vec![lacks("stage.node.lacks", 0)];
                wordings.extend(
                    gap.records
                        .map(|count| lacks("stage.node.lacks.count", count)),
                );
                wordings.push(lacks("stage.node.lacks.until", 0));
                wordings.push(say("stage.node.lacks.short"));
                remarks.push(remark(wordings, Paint::Wait));
            }
            (None, None) => {}
        }
        if view.slow_ms > 0 {
            let slow = |key| self.words.fill(key, &[("ms", view.slow_ms.into())]);
            let wordings = vec![slow("stage.node.slow-by"), slow("stage.node.slow-by.short")];
            remarks.push(remark(wordings, Paint::Wait));
        }
        if view.drops_left > 0 {
            let drops = |key| self.words.fill(key, &[("count", view.drops_left.into())]);
            let wordings = vec![drops("stage.node.drops"), drops("stage.node.drops.short")];
            remarks.push(remark(wordings, Paint::Bad));
        }
        let lately = |at_ns: u64| self.now_ns.saturating_sub(at_ns) < MENDED_NS;
        if let Some((page, _)) = view.mended.filter(|(_, at_ns)| lately(*at_ns)) {
            let keys = ["stage.node.mended", "stage.node.mended.short"];
            remarks.push(remark(of_page(keys, page), Paint::Good));
        }
        remarks
    }

    fn records(&self, first: u64, last: u64) -> String {
        if first >= last {
            return numbers::grouped(last);
        }
        self.words.fill(
            "stage.node.records",
            &[("first", first.into()), ("last", last.into())],
        )
    }

    fn figure(&self, shapes: &mut Vec<Shape>, y: f64, key: &str, value: &str) {
        let value = Text::new(self.right(), y, self.letters.plain, value)
            .mono()
            .end()
            .paint(Paint::Quiet)
            .halo(self.halo());
        let beside = self.room() - value.width() - 4.0;
        let label = self
            .quiet(self.left(), y, self.words.say(key))
            .fitting_down_to(self.letters.least, beside);
        if label.width() <= beside {
            shapes.extend([label.into(), value.into()]);
        }
    }

    /// The newest records and what this copy has of each. Gives where they end, and how many.
    fn cells(&self, shapes: &mut Vec<Shape>, top: f64, rows: u64) -> (f64, u64) {
        let columns = columns(self.room());
        let pitch = (self.room() / plot::float(columns)).min(17.0);
        let width = (pitch - 2.6).min(13.0);
        let recent = &self.view.segment.recent;
        // As many as there are to show, but not fewer at the start of a run than later.
        let room = (rows * columns).min((recent.len() as u64).max(RECENT));
        let shown = usize::try_from(room).unwrap_or(usize::MAX);
        let shown = &recent[recent.len().saturating_sub(shown)..];
        let newest = shown.iter().rposition(|cell| *cell != RecentCell::Absent);
        let mut stored = plot::Path::new();
        let mut received = plot::Path::new();
        let mut hole = plot::Path::new();
        let mut absent = plot::Path::new();
        for n in 0..room {
            let x = self.left() + plot::float(n % columns) * pitch;
            let y = top + plot::float(n / columns) * CELL.1;
            let place = usize::try_from(n).unwrap_or(usize::MAX);
            let path = match shown.get(place) {
                Some(RecentCell::Stored) => &mut stored,
                Some(RecentCell::Received) => &mut received,
                Some(RecentCell::Absent) if Some(place) < newest && !self.down() => &mut hole,
                Some(RecentCell::Absent) | None => &mut absent,
            };
            path.rect(x, y, width, CELL.0);
        }
        let zone = self.paint();
        for (path, style) in [
            (absent, absent_style()),
            (received, received_style(zone)),
            (stored, stored_style(zone)),
            (hole, hole_style()),
        ] {
            shapes.push(Shape::path(path, style));
        }
        let rows = room.div_ceil(columns);
        let shown = (shown.len() as u64).min(room);
        (top + plot::float(rows) * CELL.1, shown)
    }

    /// How many records the squares are, and the base line of that.
    fn caption(&self, shapes: &mut Vec<Shape>, end: f64, shown: u64) -> f64 {
        let base = end - (CELL.1 - CELL.0) + self.letters.least + 4.0;
        let size = self.letters.least;
        let wordings = if shown == 0 {
            vec![self.words.say("stage.node.last.none").to_owned()]
        } else {
            ["stage.node.last", "stage.node.last.short"]
                .map(|key| self.words.fill(key, &[("count", shown.into())]))
                .to_vec()
        };
        let wording = wordings
            .into_iter()
            .find(|wording| fits(wording, size, self.room()));
        if let Some(wording) = wording {
            let text = self.quiet(self.left(), base, wording);
            shapes.push(text.fitting_down_to(size, self.room()).into());
        }
        base
    }

    /// Which records the squares are, or that none of them is here.
    fn range(&self, shapes: &mut Vec<Shape>, above: f64, shown: u64) -> f64 {
        let base = above + self.letters.least + 3.0;
        let size = self.letters.least;
        let recent = &self.view.segment.recent;
        let none = recent.iter().all(|cell| *cell == RecentCell::Absent);
        let wordings = if shown == 0 {
            Vec::new()
        } else if none {
            vec![self.words.say("stage.node.none-here").to_owned()]
        } else {
            let first = self.recent.iter().rev().zip(1..=shown).last();
            let ends = first.zip(self.recent.last());
            ends.map(|((first, _), last)| {
                vec![
                    self.records(*first, *last),
                    self.words
                        .fill("stage.node.up-to", &[("last", (*last).into())]),
                ]
            })
            .unwrap_or_default()
        };
        let wording = wordings
            .into_iter()
            .find(|wording| fits(wording, size, self.room()));
        if let Some(wording) = wording {
            let text = self.quiet(self.left(), base, wording);
            shapes.push(text.fitting_down_to(size, self.room()).into());
        }
        base
    }
}

/// A square for a record that is not there yet.
const fn absent_style() -> Style {
    Style::stroke(Paint::Rule, 1.2)
}

/// One for a record in memory.
const fn received_style(hue: Paint) -> Style {
    Style::fill(Paint::Ground).outlined(hue, 1.6)
}

/// One for a record on disk.
const fn stored_style(hue: Paint) -> Style {
    Style::fill(hue).outlined(hue, 1.2)
}

/// One for a record that is missing before one that is there.
const fn hole_style() -> Style {
    Style::fill(Paint::Ground)
        .outlined(Paint::Wait, 1.8)
        .dashed(Dash::Dotted)
}

/// What the squares mean, in one line from the left; as much of it as there is room for.
pub(crate) fn legend(words: &Words, area: &Area, letters: Type) -> Vec<Shape> {
    let base = area.y + area.height / 2.0 + 5.0;
    let size = letters.plain;
    let mut x = area.x;
    let mut shapes = Vec::new();
    for (key, style) in [
        ("stage.legend.stored", stored_style(Paint::Quiet)),
        ("stage.legend.received", received_style(Paint::Quiet)),
        ("stage.legend.hole", hole_style()),
        ("stage.legend.absent", absent_style()),
    ] {
        let text = Text::new(x + 18.0, base, size, words.say(key)).paint(Paint::Quiet);
        let end = text.area().right();
        if end > area.right() {
            break;
        }
        let square = Area::new(x, base - 11.0, 11.5, CELL.0);
        shapes.extend([Shape::rect(square, 0.0, style), text.into()]);
        x = end + 14.0;
    }
    shapes
}

/// How much closer than usual the last line of a low card stands to its squares.
fn closer(letters: Type) -> f64 {
    8.0 - 3.0 * (letters.plain - Type::SCREEN.plain)
}

/// How many records a card of one row of squares shows.
pub(crate) fn squares_in_a_row(width: f64) -> u64 {
    columns(width - 2.0 * inset(width))
}

/// How many squares stand in a row, so that rows are full.
fn columns(room: f64) -> u64 {
    [(18, 216.0), (9, 108.0), (6, 48.0)]
        .into_iter()
        .find(|(_, width)| *width <= room)
        .map_or(3, |(columns, _)| columns)
}

fn fits(text: &str, size: f64, room: f64) -> bool {
    Text::width_of(text, size, Face::Sans) <= room
}

/// The figure, or where there is no room for it its end, which tells copies apart.
fn shortened(figure: Text, room: f64) -> Text {
    if figure.width() <= room {
        return figure;
    }
    let cut = figure.text.len() - figure.text.len().min(7);
    let text = format!("…{}", &figure.text[cut..]);
    Text { text, ..figure }
}

/// Between the edge of a card and what stands in it.
fn inset(width: f64) -> f64 {
    if width < 90.0 { 5.0 } else { 9.0 }
}

/// How much lower the figure stands because its label takes two lines.
fn label_more(room: f64, letters: Type) -> f64 {
    if letters.least * 6.2 > room {
        13.0
    } else {
        0.0
    }
}

fn width_of_label(letters: Type) -> f64 {
    // "complete to" in a language that needs as much room for it.
    letters.plain * 6.2
}

/// Whether "complete to" and a small figure of seven digits stand in one line.
fn side_by_side(room: f64, letters: Type) -> bool {
    let figure = Text::width_of("766,016", letters.least.max(FIGURE_SIZE_MIN), Face::Mono);
    width_of_label(letters) + figure + 4.0 <= room
}

/// The words in lines that are no longer than `room`, if no word is.
pub(crate) fn wrap(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line} {word}");
            if Text::width_of(&longer, size, Face::Sans) <= room {
                *line = longer;
                continue;
            }
        }
        lines.push(word.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_at_the_edge() {
        let room = Text::width_of("lacks 577 to", 12.0, Face::Sans) + 1.0;
        assert_eq!(
            wrap("lacks 577 to 640", 12.0, room),
            ["lacks 577 to", "640"]
        );
        assert_eq!(wrap("down", 12.0, 1.0), ["down"]);
    }

    #[test]
    fn rows_of_squares_are_full() {
        for room in 20..400 {
            assert_eq!(RECENT % columns(f64::from(room)), 0);
        }
    }
}
