//! The lab as a state machine: commands in, events out. No browser, no clock.
//!
//! A [`Player`] holds one run with its history. [`Player::handle`] takes a command; what takes long
//! becomes work, which [`Player::run`] does a bounded number of events at a time, so that whoever
//! owns a clock decides how long a slice lasts. [`Player::end_slice`] says that a slice is over: a
//! tick ends with its frame wherever it is, longer work reports how far it is.
//!
//! ```text
//! handle(Tick) ; while run(1000) == Busy and time is left {} ; end_slice() ; events()
//! ```
//!
//! What needs no run, and takes long, is a job of [`Jobs`]: WAL files are read, figures computed. A
//! player neither reads files nor computes figures, so that a program that only plays is small: what a
//! reading gives is handed to it as bytes, [`Player::take_wal`].
//!
//! # Invariants
//! * Going somewhere gives the same state, hash for hash, whichever way one came.
//! * A refused command leaves everything as it was.
//! * What the checkers found depends on where the run stands, never on the way there.
//! * Pause, step and speed choose how many events happen, never what they do.
#![forbid(unsafe_code)]

mod convert;
mod damage;
mod evidence;
mod experiment;
mod history;
mod jobs;
mod list;
mod view;
mod wal;
mod watched;

use std::rc::Rc;

use lab::{Scenario, Script, SimTime, Span, Workload};
use protocol::{Command, Edit, Event, Problem, RestoreHere, SeekTo, Source, Verb, View};

pub use convert::line;
use history::History;
pub use jobs::Jobs;
pub use lab::WalFile;
pub use view::{category, servers, volumes};
use wal::Wal;

/// The scenarios that the project ships, by name.
pub const SHIPPED: [(&str, &str); 6] = [
    ("insert", include_str!("../../../www/scenarios/insert.toml")),
    (
        "first-light",
        include_str!("../../../www/scenarios/first-light.toml"),
    ),
    ("oltp", include_str!("../../../www/scenarios/oltp.toml")),
    ("clone", include_str!("../../../www/scenarios/clone.toml")),
    ("both", include_str!("../../../www/scenarios/both.toml")),
    (
        "mirrored",
        include_str!("../../../www/scenarios/mirrored.toml"),
    ),
];

/// The scenario that plays the reader's own WAL files.
const OWN_WAL: &str = SHIPPED[1].1;

/// What a shipped WAL scenario plays: an excerpt of what a PostgreSQL 15 server wrote, as it was read.
const FIRST_RUN: &[u8] = include_bytes!("../../../www/recordings/first-run.recording");

/// Whether there is more work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing to do until the next command.
    Idle,
    /// A slice was done, and there is more.
    Busy,
}

/// The lab as a state machine.
pub struct Player {
    history: History,
    view: View,
    /// The WAL that was handed over last.
    own_wal: Option<Wal>,
    work: Option<Work>,
    events: Vec<Event>,
}

/// What takes long.
#[derive(Clone, Copy, Debug)]
struct Work {
    request: u32,
    goal: Goal,
}

#[derive(Clone, Copy, Debug)]
enum Goal {
    /// Let time pass up to here, for one slice at most.
    Tick(SimTime),
    Event(u64),
    Time(SimTime),
    End,
    /// Go to this time, and do this there.
    Deed(SimTime, Verb),
}

impl Default for Player {
    fn default() -> Self {
        let (_, text) = SHIPPED[0];
        let scenario = Scenario::parse(text).expect("a test reads every shipped scenario");
        let script = Script {
            seed: scenario.seed,
            scenario,
            recording: None,
        };
        Self {
            history: History::new(Rc::new(script)),
            view: View::default(),
            own_wal: None,
            work: None,
            events: Vec::new(),
        }
    }
}

impl Player {
    /// Takes a command. What it causes at once is in [`Player::events`]; the rest is work.
    pub fn handle(&mut self, command: Command) {
        match command {
            Command::Load {
                request,
                source,
                seed,
                edits,
                cursor,
            } => match self.load(&source, seed, &edits) {
                Ok((history, text)) => {
                    self.interrupt();
                    self.history = history;
                    let setup = view::setup(self.history.world(), text);
                    self.events.push(Event::Loaded { request, setup });
                    self.seek(request, cursor);
                }
                Err(problem) => self.events.push(Event::Refused { request, problem }),
            },
            Command::Tick {
                request,
                advance_ns,
            } => {
                let until = self.history.playhead() + Span(advance_ns);
                self.begin(request, Goal::Tick(until));
            }
            Command::Step { request, by } => {
                let events = self.history.world().events();
                let event = events.saturating_add_signed(by.into());
                self.seek(request, SeekTo::Event(event));
            }
            Command::Seek { request, to } => self.seek(request, to),
            Command::RunToEnd { request } => self.begin(request, Goal::End),
            Command::Cancel { request } => {
                self.interrupt();
                self.frame(request, true);
            }
            Command::Act { request, verb } => self.act(request, verb),
            Command::RestoreHere { request } => self.restore_here(request),
            Command::Reset { request } => {
                self.interrupt();
                self.history.reset();
                self.frame(request, true);
            }
            Command::Look { request, view } => {
                self.view = view;
                self.frame(request, false);
            }
            // The bytes travel beside the message: `take_wal` is told of them.
            Command::TakeWal { request } => self.take_wal(request, &[]),
            Command::Ping { request } => self.events.push(Event::Pong { request }),
            Command::Panic { .. } => panic!("stopped on purpose, as the page asked"),
        }
    }

    /// Does at most this many events of work.
    pub fn run(&mut self, events: u32) -> Status {
        for _ in 0..events {
            let Some(work) = self.work else {
                return Status::Idle;
            };
            if !self.advance(work.goal) {
                self.work = None;
                if let Goal::Deed(_, verb) = work.goal {
                    self.act(work.request, verb);
                } else {
                    self.frame(work.request, !matches!(work.goal, Goal::Tick(_)));
                }
            }
        }
        if self.work.is_some() {
            Status::Busy
        } else {
            Status::Idle
        }
    }

    /// The slice is over. A tick ends here; longer work tells how far it is.
    pub fn end_slice(&mut self) {
        let Some(work) = self.work else { return };
        match work.goal {
            Goal::Tick(_) => {
                self.work = None;
                self.frame(work.request, false);
            }
            Goal::Event(of) => self.progress(work.request, self.history.world().events(), Some(of)),
            Goal::Time(at) | Goal::Deed(at, _) => {
                self.progress(work.request, self.history.playhead().0, Some(at.0));
            }
            Goal::End => {
                let stop = self
                    .history
                    .world()
                    .script()
                    .scenario
                    .stop
                    .at
                    .map(|at| at.0);
                self.progress(work.request, self.history.playhead().0, stop);
            }
        }
    }

    /// Keeps what [`Jobs::wal`] gave, to be played.
    pub fn take_wal(&mut self, request: u32, bytes: &[u8]) {
        if let Some(wal) = Wal::from_bytes(bytes) {
            self.own_wal = Some(wal);
        } else {
            let text = "expected a WAL that was read, found something else".to_owned();
            let problem = Problem { text, place: None };
            self.events.push(Event::Refused { request, problem });
        }
    }

    /// Takes what there is to tell.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// One step towards a goal. False when it is reached.
    fn advance(&mut self, goal: Goal) -> bool {
        let world = self.history.world();
        match goal {
            Goal::Event(event) => world.events() < event && self.history.step(),
            Goal::End => {
                let endless = world.script().scenario.stop.at.is_none();
                let stuck = endless && world.is_stuck(self.history.schedule());
                !stuck && self.history.step()
            }
            Goal::Tick(at) | Goal::Time(at) | Goal::Deed(at, _) => {
                let next = world.next_at(self.history.schedule());
                if next.is_some_and(|next| next <= at) {
                    return self.history.step();
                }
                self.history.rest_at(at);
                false
            }
        }
    }

    /// Begins work. What goes on ends where it is, with the frame that it owes.
    fn begin(&mut self, request: u32, goal: Goal) {
        self.interrupt();
        self.work = Some(Work { request, goal });
    }

    fn interrupt(&mut self) {
        if let Some(work) = self.work.take() {
            self.frame(work.request, true);
        }
    }

    fn seek(&mut self, request: u32, to: SeekTo) {
        self.interrupt();
        let goal = match to {
            SeekTo::Event(event) => {
                self.history.approach_event(event);
                Goal::Event(event)
            }
            SeekTo::Time(at_ns) => {
                let at = SimTime(at_ns.min(SimTime::LIMIT.0));
                self.history.approach_time(at);
                Goal::Time(at)
            }
        };
        self.begin(request, goal);
    }

    fn act(&mut self, request: u32, verb: Verb) {
        let lacks = self.history.world().script().scenario.lacks(verb);
        let ended = || {
            let text = "the run has ended: go back to act in it";
            (!self.history.takes(verb)).then(|| text.to_owned())
        };
        if let Some(text) = lacks.or_else(ended) {
            let place = Some(verb.to_string());
            let problem = Problem { text, place };
            self.events.push(Event::Refused { request, problem });
            return;
        }
        self.interrupt();
        let at = self.history.act(verb);
        self.begin(request, Goal::Time(at));
    }

    fn restore_here(&mut self, request: u32) {
        let (verb, (end, _)) = (self.history.restoring(), self.history.explored());
        if self.history.restore_here() != RestoreHere::Possible {
            let text = "the volume cannot be restored to this moment".to_owned();
            let place = Some(verb.to_string());
            let problem = Problem { text, place };
            self.events.push(Event::Refused { request, problem });
            return;
        }
        self.interrupt();
        self.history.approach_time(end);
        self.begin(request, Goal::Deed(end, verb));
    }

    fn load(
        &self,
        source: &Source,
        seed: Option<String>,
        edits: &[Edit],
    ) -> Result<(History, String), Problem> {
        let problem = |text: String, place: Option<String>| Problem { text, place };
        let (on_both, source) = (matches!(source, Source::OnBoth(_)), source.base());
        let text = match source {
            Source::Shipped(name) => {
                let found = SHIPPED.iter().find(|(shipped, _)| shipped == name);
                let Some((_, text)) = found else {
                    let names: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
                    let text = format!("expected one of {}, found `{name}`", names.join(", "));
                    return Err(problem(text, Some("scenario".to_owned())));
                };
                text
            }
            Source::Text(text) => text.as_str(),
            Source::OwnWal => OWN_WAL,
            Source::OnBoth(_) => unreachable!("no base is on both"),
        };
        let mut scenario = Scenario::parse(text)
            .map_err(|e| problem(e.to_string(), Some(format!("line {}", e.line))))?;
        let mut text = text.to_owned();
        if on_both {
            scenario.engine = lab::Engine::Both;
            text.insert_str(0, "# Chosen on the page: engine = \"both\".\n");
        }
        let seed = match seed {
            None => scenario.seed,
            Some(text) => protocol::unhex(&text).ok_or_else(|| {
                let found =
                    format!("expected a seed of 1 to 16 hexadecimal digits, found `{text}`");
                problem(found, Some("seed".to_owned()))
            })?,
        };
        for edit in edits {
            if let Some(text) = scenario.lacks(edit.verb) {
                return Err(problem(text, Some(edit.verb.to_string())));
            }
        }
        let own = matches!(source, Source::OwnWal);
        let playing = match (&scenario.workload, source) {
            (Workload::Insert { .. } | Workload::Oltp(_), _) => None,
            (Workload::WalFile { .. }, Source::Shipped(_)) => {
                Some(Wal::from_bytes(FIRST_RUN).expect("a test reads it"))
            }
            (Workload::WalFile { digest, .. }, _) => {
                let fits = |wal: &Wal| digest.as_ref().is_none_or(|d| *d == wal.recording.digest);
                let Some(wal) = self.own_wal.clone().filter(fits) else {
                    let text = "expected its WAL files to be opened before, found others or none";
                    return Err(problem(text.to_owned(), None));
                };
                Some(wal)
            }
        };
        if let (true, Workload::WalFile { speed, .. }, Some(wal)) =
            (own, &mut scenario.workload, &playing)
        {
            *speed = f64::from(wal.pace);
        }
        let recording = playing.map(|wal| wal.recording);
        let mut history = History::new(Rc::new(Script {
            scenario,
            seed,
            recording,
        }));
        for edit in edits {
            history.plan(SimTime(edit.at_ns), edit.verb);
        }
        Ok((history, text))
    }

    fn frame(&mut self, request: u32, with_state_hash: bool) {
        let frame = Box::new(view::frame(&self.history, &self.view, with_state_hash));
        self.events.push(Event::Frame { request, frame });
    }

    fn progress(&mut self, request: u32, done: u64, of: Option<u64>) {
        self.events.push(Event::Progress { request, done, of });
    }
}

#[cfg(test)]
mod tests;
