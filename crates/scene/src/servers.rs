//! The conventional engine: its primary with log, buffers, checkpoint and disk, and its standbys.
//!
//! ```text
//! Primary v  (a) zone a              open    Standby s1 v  (b) zone b   streams
//! WAL  inserted 0/3A10 · flushed 0/3900      written 0/3900 · flushed 0/3900
//! [==============================|=:.]       Standby s2 v  (c) zone c   down
//! Buffer pool  812 of 8,192 pages · 40 dirty ...
//! [##====                            ]
//! Checkpoint 3  12 of 40 pages · redo point 0/1A2B
//! [########                          ]
//! ```
//!
//! Each line of words stands above the bar that shows it. The ruler of WAL ends where insertion is and
//! begins where the server that lags most among the connected ones is.

mod compared;
mod table_one;

use plot::{Scale, float};
use protocol::{Az, Frame, PrimaryState, PrimaryView, ServersView, StandbyState, StandbyView};

use crate::numbers;
use crate::shape::{Anchor, Area, Dash, Drawing, Paint, Shape, Spot, Style, Target, Text};
use crate::words::{Arg, Words};
use crate::wrap::wrapped;
use crate::zone;

pub use compared::{Row, engines_compared};
pub use table_one::table_one;

/// Between two boxes, and between a box and what is in it.
const GAP: f64 = 12.0;
/// Height of a box's first line.
const HEAD: f64 = 30.0;
/// Height of a bar.
const BAR: f64 = 8.0;
/// The ruler of WAL shows at least so many bytes.
const RULER_MIN: u64 = 8192;

/// The room for the servers. Their height follows from what they show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServersShape {
    /// Width.
    pub width: f64,
    /// On a slide, whose letters are larger.
    pub slide: bool,
}

impl ServersShape {
    const fn letters(&self) -> f64 {
        if self.slide {
            Text::SIZE_MIN_SLIDE
        } else {
            12.0
        }
    }

    /// Widths of the primary and of a standby, and whether the standbys stand beside the primary.
    fn columns(&self, standbys: usize) -> (f64, f64, bool) {
        if standbys == 0 || self.width < 620.0 {
            return (self.width, self.width, false);
        }
        let beside = ((self.width - GAP) * 0.4).min(420.0);
        (self.width - GAP - beside, beside, true)
    }
}

/// Draws the servers of a frame, if it has some.
pub fn servers(words: &Words, frame: &Frame, shape: &ServersShape) -> Option<Drawing> {
    let view = frame.servers.as_ref()?;
    let shown = |standby: &&StandbyView| standby.state != StandbyState::Promoted;
    let standbys: Vec<_> = view.standbys.iter().filter(shown).collect();
    let mut drawing = Drawing {
        width: shape.width,
        ..Drawing::default()
    };
    let (wide, narrow, beside) = shape.columns(standbys.len());
    let mut pen = Pen::new(words, &mut drawing, shape, (0.0, 0.0), wide);
    pen.primary(view);
    let mut said = pen.said;
    let mut bottom = pen.area.bottom();
    let (left, mut top) = if beside {
        (wide + GAP, 0.0)
    } else {
        (0.0, bottom + GAP)
    };
    for standby in standbys {
        let mut pen = Pen::new(words, &mut drawing, shape, (left, top), narrow);
        pen.standby(standby, &view.primary);
        said.append(&mut pen.said);
        top = pen.area.bottom() + GAP;
        bottom = bottom.max(pen.area.bottom());
    }
    drawing.height = bottom + 1.0;
    drawing.label = said.join(" ");
    Some(drawing)
}

/// What stands on the ruler of WAL, each with what it means.
pub fn servers_key(words: &Words) -> Vec<(Drawing, String)> {
    let part = Area::new(0.0, 3.0, 18.0, BAR);
    let rect = |style| Shape::rect(part, 0.0, style);
    let buffered = Style::fill(Paint::Sunken).outlined(Paint::StrongRule, 1.0);
    let zones = [1, 2].into_iter().filter_map(Az::new).zip([4.0, 14.0]);
    let standbys = zones.map(|(az, x)| zone::glyph(az, x, 7.0, 4.0)).collect();
    [
        ("servers.key.flushed", rect(Style::fill(Paint::Good))),
        ("servers.key.written", rect(Style::fill(Paint::Wait))),
        ("servers.key.buffered", rect(buffered.dashed(Dash::Dotted))),
        ("servers.key.standby", Shape::group("standbys", standbys)),
    ]
    .map(|(key, shape)| {
        let drawing = Drawing {
            width: 18.0,
            height: 14.0,
            shapes: vec![shape],
            ..Drawing::default()
        };
        (drawing, words.say(key).to_owned())
    })
    .into()
}

/// What is said above the servers.
pub fn servers_told(words: &Words, view: &ServersView) -> String {
    if view.required == 0 {
        return words.say("servers.told").to_owned();
    }
    let standbys = u32::from(view.required);
    words.fill("servers.told.standbys", &[("standbys", standbys.into())])
}

/// Draws a box from the top down; `area` grows with it.
struct Pen<'a> {
    words: &'a Words,
    drawing: &'a mut Drawing,
    shape: &'a ServersShape,
    area: Area,
    shapes: Vec<Shape>,
    /// What it shows, in words.
    said: Vec<String>,
}

impl<'a> Pen<'a> {
    const fn new(
        words: &'a Words,
        drawing: &'a mut Drawing,
        shape: &'a ServersShape,
        at: (f64, f64),
        width: f64,
    ) -> Self {
        Self {
            words,
            drawing,
            shape,
            area: Area::new(at.0, at.1, width, 0.0),
            shapes: Vec::new(),
            said: Vec::new(),
        }
    }

    fn fill(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.words.fill(key, args)
    }

    fn primary(&mut self, view: &ServersView) {
        let primary = &view.primary;
        let name = match primary.promoted {
            None => self.words.say("servers.primary").to_owned(),
            Some(standby) => self.fill("servers.primary.was", &[("standby", standby.into())]),
        };
        let (state, paint) = self.state(primary);
        self.head(Target::Primary, name, primary.zone, (state, paint));
        if let PrimaryState::Replaying { from, at, end } = primary.state {
            let done = ("done", Arg::Bytes(at - from));
            self.line(&[
                self.fill("servers.redo", &[done, ("all", Arg::Bytes(end - from))]),
                self.fill("servers.redo.at", &[("at", Arg::Wal(at))]),
                self.fill("servers.redo.end", &[("end", Arg::Wal(end))]),
            ]);
            self.bar(&[(share(at - from, end - from), Paint::Wait)]);
        } else {
            self.wal(view);
        }
        let redo = primary.flushed.saturating_sub(primary.redo);
        self.line(&[
            self.fill("servers.redo-point", &[("redo", Arg::Wal(primary.redo))]),
            self.fill("servers.redo-bytes", &[("bytes", Arg::Bytes(redo))]),
        ]);
        self.pool(primary);
        self.checkpoint(primary);
        let backlog = [("time", Arg::Took(primary.backlog_ns))];
        self.line(&[
            self.words.say("servers.disk").to_owned(),
            self.fill("servers.backlog", &backlog),
        ]);
        self.bar(&[(share(primary.backlog_ns, 100_000_000), Paint::Ink)]);
        self.waiting(view);
        self.close("primary");
    }

    /// What it is at, in words, and how urgent that is.
    fn state(&self, primary: &PrimaryView) -> (String, Paint) {
        match primary.state {
            PrimaryState::Open => (self.words.say("servers.open").to_owned(), Paint::Quiet),
            PrimaryState::Starting { .. } => {
                (self.words.say("servers.starting").to_owned(), Paint::Wait)
            }
            PrimaryState::Replaying { from, at, end } => {
                let percent = numbers::percent(at - from, end - from);
                let args = [("percent", (&percent).into())];
                (self.fill("servers.replaying", &args), Paint::Wait)
            }
            PrimaryState::Concluding => {
                (self.words.say("servers.concluding").to_owned(), Paint::Wait)
            }
            PrimaryState::Down {
                since_ns,
                with_zone,
            } => {
                let key = if with_zone {
                    "servers.no-power"
                } else {
                    "servers.down-since"
                };
                let since = numbers::since(since_ns);
                (self.fill(key, &[("since", (&since).into())]), Paint::Bad)
            }
        }
    }

    /// The end of WAL as a ruler: what is flushed, what is being written, what is in the log buffer.
    fn wal(&mut self, view: &ServersView) {
        let primary = &view.primary;
        self.line(&[
            self.words.say("servers.wal").to_owned(),
            self.fill("servers.inserted", &[("at", Arg::Wal(primary.inserted))]),
            self.fill("servers.written", &[("at", Arg::Wal(primary.written))]),
            self.fill("servers.flushed", &[("at", Arg::Wal(primary.flushed))]),
        ]);
        let connected = (view.standbys.iter()).filter(|s| s.state == StandbyState::Connected);
        let standbys: Vec<_> = connected.map(|s| (s.zone, s.report.flushed)).collect();
        let flushed = standbys.iter().map(|(_, flushed)| *flushed);
        let lowest = flushed.fold(primary.flushed, u64::min);
        let span = (primary.inserted.saturating_sub(lowest)).max(RULER_MIN) * 5 / 4;
        let from = primary.inserted.saturating_sub(span);
        let (left, right) = (self.area.x + GAP, self.area.right() - GAP);
        let x = Scale::linear((float(from), float(primary.inserted.max(1))), (left, right));
        let top = self.area.bottom() + 4.0;
        let part = |from: f64, to: f64, style| {
            Shape::rect(Area::new(from, top, (to - from).max(0.0), BAR), 0.0, style)
        };
        let flushed = x.at_clamped(float(primary.flushed));
        let written = x.at_clamped(float(primary.written));
        let being = Area::new(flushed, top, (written - flushed).max(0.0), BAR);
        let buffered = Style::fill(Paint::Sunken).outlined(Paint::StrongRule, 1.0);
        let mut shapes = vec![
            part(left, right, buffered.dashed(Dash::Dotted)),
            part(left, flushed, Style::fill(Paint::Good)),
            Shape::rect(being, 0.0, Style::fill(Paint::Wait)),
        ];
        for (zone, flushed) in standbys {
            let x = x.at_clamped(float(flushed)).max(left + 4.0);
            shapes.push(zone::glyph(zone, x, top + BAR + 6.0, 4.0));
        }
        self.shapes.extend(shapes);
        self.area.height += BAR + 14.0;
    }

    fn pool(&mut self, primary: &PrimaryView) {
        self.line(&[
            self.words.say("servers.pool").to_owned(),
            self.fill(
                "servers.cached",
                &[
                    ("cached", primary.cached.into()),
                    ("buffers", primary.buffers.into()),
                ],
            ),
            self.fill("servers.dirty", &[("dirty", primary.dirty.into())]),
        ]);
        let of = |pages: u32| share(pages.into(), primary.buffers.into());
        self.bar(&[
            (of(primary.cached), Paint::StrongRule),
            (of(primary.dirty), Paint::Accent),
        ]);
        if primary.damaged > 0 {
            let damaged = [("damaged", primary.damaged.into())];
            self.line(&[self.fill("servers.damaged", &damaged)]);
        }
    }

    fn checkpoint(&mut self, primary: &PrimaryView) {
        let Some(checkpoint) = primary.checkpoint else {
            let number = ("number", primary.checkpoints.into());
            let text = if primary.checkpoints == 0 {
                self.words.say("servers.checkpoint.none").to_owned()
            } else {
                self.fill("servers.checkpoint.last", &[number])
            };
            self.line(&[text]);
            return self.bar(&[]);
        };
        let number = ("number", checkpoint.number.into());
        let key = if checkpoint.is_syncing {
            "servers.checkpoint.syncs"
        } else {
            "servers.checkpoint.pages"
        };
        self.line(&[
            self.fill("servers.checkpoint", &[number]),
            self.fill(
                key,
                &[
                    ("done", checkpoint.done.into()),
                    ("pages", checkpoint.pages.into()),
                ],
            ),
            self.fill(
                "servers.checkpoint.redo",
                &[("redo", Arg::Wal(checkpoint.redo))],
            ),
        ]);
        let done = share(checkpoint.done.into(), checkpoint.pages.into());
        self.bar(&[(done, Paint::Accent)]);
    }

    fn waiting(&mut self, view: &ServersView) {
        let primary = &view.primary;
        let mut parts = vec![
            self.fill("servers.waiting", &[("count", primary.waiting.into())]),
            self.fill(
                "servers.for-flush",
                &[("count", primary.wait_for_flush.into())],
            ),
        ];
        if view.required > 0 {
            let standbys = u32::from(view.required);
            parts.push(self.fill(
                "servers.for-standbys",
                &[
                    ("count", primary.wait_for_standbys.into()),
                    ("standbys", standbys.into()),
                ],
            ));
        }
        if !view.mirrors.is_empty() {
            let zones: Vec<_> = view.mirrors.iter().map(ToString::to_string).collect();
            parts.push(self.fill("servers.mirrors", &[("zones", (&zones.join(", ")).into())]));
        }
        if view.cut_off {
            parts.push(self.words.say("servers.cut-off").to_owned());
        }
        self.line(&parts);
    }

    fn standby(&mut self, view: &StandbyView, primary: &PrimaryView) {
        let name = self.fill("servers.standby", &[("standby", view.standby.into())]);
        let (key, paint) = match view.state {
            StandbyState::Connected => ("servers.connected", Paint::Quiet),
            StandbyState::Apart => ("servers.apart", Paint::Wait),
            StandbyState::Down => ("servers.down", Paint::Bad),
            StandbyState::DownWithZone | StandbyState::Promoted => ("servers.no-power", Paint::Bad),
        };
        let state = (self.words.say(key).to_owned(), paint);
        self.head(Target::Standby(view.standby), name, view.zone, state);
        let at = |key: &str, at| self.words.fill(key, &[("at", Arg::Wal(at))]);
        let report = view.report;
        let mut parts = vec![
            at("servers.written", report.written),
            at("servers.flushed", report.flushed),
            at("servers.replayed", report.replayed),
        ];
        if view.slow_ms > 0 {
            parts.push(self.fill("servers.slower", &[("ms", view.slow_ms.into())]));
        }
        let lacks = primary.flushed.saturating_sub(report.flushed);
        parts.push(self.fill("servers.lacks", &[("bytes", Arg::Bytes(lacks))]));
        self.line(&parts);
        self.close(&format!("standby-{}", view.standby));
    }

    /// Name, zone and state. All of it opens the menu.
    fn head(&mut self, target: Target, name: String, az: Az, state: (String, Paint)) {
        let (state, paint) = state;
        let zone = self.fill("stage.zone", &[("zone", az.into())]);
        self.said.push(self.fill(
            "servers.said",
            &[
                ("name", (&name).into()),
                ("where", (&zone).into()),
                ("state", (&state).into()),
            ],
        ));
        let label = format!("{name}, {zone}, {state}");
        let small = self.shape.letters();
        let (left, right) = (self.area.x + GAP, self.area.right() - GAP);
        let base = self.area.y + 20.0;
        let name = Text::new(left, base, 14.0, name).bold();
        let caret = name.area().right() + 9.0;
        let glyph = caret + 18.0;
        let zone = Text::new(glyph + 10.0, base, small, zone).paint(Paint::Quiet);
        let mut state = Text::new(right, base, small, state).end().paint(paint);
        state.bold = paint != Paint::Quiet;
        let mut area = Area::new(self.area.x, self.area.y, self.area.width, HEAD);
        if state.area().x < zone.area().right() + 8.0 {
            // It has no room there.
            state = Text {
                x: left,
                y: base + small * 1.45,
                anchor: Anchor::Start,
                ..state
            };
            area.height += small * 1.45;
        }
        self.area.height += area.height;
        self.shapes.extend([
            name.into(),
            zone::caret(caret, base - 5.0),
            zone::glyph(az, glyph, base - 4.5, 4.5),
            zone.into(),
            state.into(),
        ]);
        self.drawing.spots.push(Spot {
            target,
            area,
            label,
        });
    }

    /// Facts, in as few lines as they fit.
    fn line(&mut self, parts: &[String]) {
        let small = self.shape.letters();
        let height = small * 1.45;
        self.said.push(format!("{}.", parts.join(", ")));
        for line in wrapped(&[parts.to_vec()], self.area.width - 2.0 * GAP, small) {
            self.area.height += height;
            let base = self.area.bottom() - height * 0.25;
            self.shapes
                .push(Text::new(self.area.x + GAP, base, small, line).into());
        }
    }

    /// A bar, each share of it painted over the one before.
    fn bar(&mut self, shares: &[(f64, Paint)]) {
        let room = self.area.width - 2.0 * GAP;
        let (left, top) = (self.area.x + GAP, self.area.bottom() + 3.0);
        let area = |width| Area::new(left, top, width, BAR);
        let ground = Style::fill(Paint::Sunken).outlined(Paint::Rule, 1.0);
        self.shapes.push(Shape::rect(area(room), 2.0, ground));
        for (share, paint) in shares.iter().filter(|(share, _)| *share > 0.0) {
            let style = Style::fill(*paint);
            self.shapes
                .push(Shape::rect(area((room * share).max(2.0)), 2.0, style));
        }
        self.area.height += BAR + 7.0;
    }

    /// The box around what was drawn.
    fn close(&mut self, key: &str) {
        self.area.height += 7.0;
        let area = Area::new(
            self.area.x + 0.5,
            self.area.y + 0.5,
            self.area.width - 1.0,
            self.area.height - 1.0,
        );
        let frame = Style::fill(Paint::Raised).outlined(Paint::StrongRule, 1.0);
        let mut shapes = vec![Shape::rect(area, 5.0, frame)];
        shapes.append(&mut self.shapes);
        self.drawing.shapes.push(Shape::group(key, shapes));
    }
}

fn share(part: u64, whole: u64) -> f64 {
    (float(part) / float(whole.max(1))).min(1.0)
}
