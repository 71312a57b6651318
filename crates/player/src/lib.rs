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

mod branches;
mod compare;
mod convert;
mod damage;
mod evidence;
mod experiment;
mod history;
mod jobs;
mod list;
mod load;
mod series;
mod view;
mod wal;
mod watched;
mod why;

use std::rc::Rc;

use lab::{Scenario, Script, SimTime, Span, Workload};
use protocol::{
    Against, Change, Command, Edit, Event, Memory, Problem, RestoreHere, SeekTo, Source, Verb, View,
};

use branches::Branches;
use compare::Beside;
pub use convert::line;
use history::History;
pub use jobs::Jobs;
pub use lab::WalFile;
use load::described;
pub use load::{Asked, asked};
pub use view::{category, servers, volumes};
use wal::Wal;
pub use wal::{pace, shipped_recording};
use why::Inquiry;

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

/// Memory that an engine may take before it gives up keyframes, in bytes: what a phone's browser
/// gives a page without a word.
pub const MEMORY_CAP: u64 = 512 << 20;

/// Events that a run that is compared may lag behind when a frame is made.
const LAG_EVENTS: u32 = 1 << 12;

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
    branches: Branches,
    memory: Memory,
    /// What was done in the run when it was loaded.
    loaded_with: Vec<Edit>,
    view: View,
    /// The WAL that was handed over last.
    own_wal: Option<Wal>,
    work: Option<Work>,
    inquiry: Option<Inquiry>,
    /// The run that stands beside the one that is shown.
    beside: Option<Beside>,
    events: Vec<Event>,
}

/// What takes long.
#[derive(Clone, Copy, Debug)]
struct Work {
    request: u32,
    goal: Goal,
}

/// A run that was asked for.
struct Loaded {
    script: Rc<Script>,
    edits: Vec<Edit>,
    text: String,
    left_out: Vec<Problem>,
}

#[derive(Clone, Copy, Debug)]
enum Goal {
    /// Let time pass up to here, for one slice at most.
    Tick(SimTime),
    Place(SeekTo),
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
            branches: Branches::new(History::new(Rc::new(script), &[])),
            memory: Memory {
                bytes: 0,
                cap: MEMORY_CAP,
                thinned: false,
            },
            loaded_with: Vec::new(),
            view: View::default(),
            own_wal: None,
            work: None,
            inquiry: None,
            beside: None,
            events: Vec::new(),
        }
    }
}

impl Player {
    /// Takes a command. What it causes at once is in [`Player::events`]; the rest is work.
    pub fn handle(&mut self, command: Command) {
        let leaves_it = matches!(
            command,
            Command::Tick { .. }
                | Command::Look { .. }
                | Command::Trace { .. }
                | Command::Describe { .. }
                | Command::Series { .. }
                | Command::Ping { .. }
        );
        if !leaves_it {
            // Whoever asked why asked about the run as it was.
            self.answer();
        }
        match command {
            Command::Load {
                request,
                source,
                changes,
                seed,
                edits,
                cursor,
            } => match self.load(&source, &changes, seed, &edits) {
                Ok(loaded) => {
                    self.interrupt();
                    let history = History::new(loaded.script, &loaded.edits);
                    self.branches = Branches::new(history);
                    self.beside = None;
                    self.loaded_with = loaded.edits;
                    let setup = view::setup(self.history().world(), loaded.text);
                    let left_out = loaded.left_out;
                    self.events.push(Event::Loaded {
                        request,
                        setup,
                        left_out,
                    });
                    self.seek(request, cursor);
                }
                Err(problem) => self.events.push(Event::Refused { request, problem }),
            },
            Command::Tick {
                request,
                advance_ns,
            } => {
                let until = self.history().playhead() + Span(advance_ns);
                self.begin(request, Goal::Tick(until));
            }
            Command::Step { request, by } => {
                let events = self.history().world().events();
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
            Command::Reset { request } => self.reset(request),
            Command::Undo { request } => match self.branches.undo() {
                Ok(before) => {
                    self.compare_anew();
                    self.seek(request, SeekTo::Time(before.0));
                }
                Err(text) => self.refuse(request, text),
            },
            Command::Branch { request, branch } => {
                let gone = self.branches.go_to(branch);
                if gone.is_ok() {
                    self.interrupt();
                    self.compare_anew();
                }
                self.told(request, gone);
            }
            Command::RenameBranch {
                request,
                branch,
                name,
            } => {
                let renamed = self.branches.rename(branch, &name);
                self.told(request, renamed);
            }
            Command::DeleteBranch { request, branch } => {
                let deleted = self.branches.delete(branch);
                self.told(request, deleted);
            }
            Command::Compare { request, with } => self.compare(request, with),
            Command::Why { request, about } => {
                self.inquiry = Some(Inquiry::new(request, about, self.history()));
            }
            Command::Trace { request } => {
                let text = self.history().trace_text();
                self.events.push(Event::Trace { request, text });
            }
            Command::Describe {
                request,
                source,
                changes,
            } => match described(&source, &changes) {
                Ok(described) => {
                    let described = Box::new(described);
                    self.events.push(Event::Described { request, described });
                }
                Err(problem) => self.events.push(Event::Refused { request, problem }),
            },
            Command::Series { request } => {
                let series = Box::new(series::series(self.history()));
                self.events.push(Event::Series { request, series });
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
            if let Some(inquiry) = &mut self.inquiry {
                if !inquiry.step(&self.branches.history) {
                    self.answer();
                }
                continue;
            }
            let history = &self.branches.history;
            if self
                .beside
                .as_mut()
                .is_some_and(|beside| beside.step(history))
            {
                continue;
            }
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
        if self.work.is_some() || self.inquiry.is_some() {
            Status::Busy
        } else {
            Status::Idle
        }
    }

    /// Answers the question that is asked with what is known by now.
    fn answer(&mut self) {
        let answer = self.inquiry.take().map(Inquiry::answer);
        self.events.extend(answer);
    }

    /// The slice is over. A tick ends here; longer work tells how far it is.
    pub fn end_slice(&mut self) {
        let Some(work) = self.work else { return };
        match work.goal {
            Goal::Tick(_) => {
                self.work = None;
                self.frame(work.request, false);
            }
            Goal::Place(SeekTo::Event(of)) => {
                self.progress(work.request, self.history().world().events(), Some(of));
            }
            Goal::Place(SeekTo::Time(at) | SeekTo::Nth { at_ns: at, .. })
            | Goal::Deed(SimTime(at), _) => {
                self.progress(work.request, self.history().playhead().0, Some(at));
            }
            Goal::End => {
                let stop = self
                    .history()
                    .world()
                    .script()
                    .scenario
                    .stop
                    .at
                    .map(|at| at.0);
                self.progress(work.request, self.history().playhead().0, stop);
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

    /// Says how much memory the engine takes by now. Above the cap, keyframes are given up: going back
    /// takes longer then.
    pub fn memory_is(&mut self, bytes: u64) {
        let grown = bytes > self.memory.bytes;
        self.memory.bytes = bytes;
        if grown && bytes > MEMORY_CAP {
            self.memory.thinned |= self.branches.thin();
        }
    }

    /// Takes what there is to tell.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// One step towards a goal. False when it is reached.
    fn advance(&mut self, goal: Goal) -> bool {
        let history = &mut self.branches.history;
        let world = history.world();
        let place = match goal {
            Goal::End => {
                let endless = world.script().scenario.stop.at.is_none();
                let stuck = endless && world.is_stuck(history.schedule());
                return !stuck && history.step();
            }
            Goal::Place(place) => place,
            Goal::Tick(at) | Goal::Deed(at, _) => SeekTo::Time(at.0),
        };
        if !world.has_reached(history.schedule(), place) {
            return history.step();
        }
        if let SeekTo::Time(at_ns) | SeekTo::Nth { at_ns, .. } = place {
            history.rest_at(SimTime(at_ns));
        }
        false
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
        let to = self.branches.history.approach(to);
        self.begin(request, Goal::Place(to));
    }

    fn act(&mut self, request: u32, verb: Verb) {
        let lacks = self.history().world().script().scenario.lacks(verb);
        let ended = || {
            let text = "the run has ended: go back to act in it";
            (!self.history().takes(verb)).then(|| text.to_owned())
        };
        let at = match lacks.or_else(ended) {
            Some(text) => Err(text),
            None => self.branches.act(verb),
        };
        match at {
            Ok(at) => {
                self.compare_anew();
                self.begin(request, Goal::Place(SeekTo::Time(at.0)));
            }
            Err(text) => {
                let place = Some(verb.to_string());
                let problem = Problem { text, place };
                self.events.push(Event::Refused { request, problem });
            }
        }
    }

    /// Puts another run beside the shown one, or none.
    fn compare(&mut self, request: u32, with: Option<Against>) {
        match with
            .map(|against| Beside::new(against, &self.branches))
            .transpose()
        {
            Ok(beside) => {
                self.interrupt();
                self.beside = beside;
                // It goes where the shown one stands, and looks for where they part.
                self.begin(request, Goal::Place(self.history().cursor()));
            }
            Err(text) => self.refuse(request, text),
        }
    }

    fn reset(&mut self, request: u32) {
        let script = Rc::clone(self.history().script());
        let fresh = History::new(script, &self.loaded_with);
        match self.branches.reset(fresh) {
            Ok(()) => {
                self.compare_anew();
                self.seek(request, SeekTo::Event(0));
            }
            Err(text) => self.refuse(request, text),
        }
    }

    /// The shown run is another one now: whoever stands beside it parts from it elsewhere.
    fn compare_anew(&mut self) {
        if let Some(beside) = &mut self.beside {
            beside.seek_anew(&self.branches.history);
        }
    }

    /// Answers what is done at once.
    fn told(&mut self, request: u32, done: Result<(), String>) {
        match done {
            Ok(()) => self.frame(request, true),
            Err(text) => self.refuse(request, text),
        }
    }

    fn refuse(&mut self, request: u32, text: String) {
        let problem = Problem { text, place: None };
        self.events.push(Event::Refused { request, problem });
    }

    fn restore_here(&mut self, request: u32) {
        let (verb, (end, _)) = (self.history().restoring(), self.history().explored());
        if self.history().restore_here() != RestoreHere::Possible {
            let text = "the volume cannot be restored to this moment".to_owned();
            let place = Some(verb.to_string());
            let problem = Problem { text, place };
            self.events.push(Event::Refused { request, problem });
            return;
        }
        self.interrupt();
        self.branches.history.approach_time(end);
        self.begin(request, Goal::Deed(end, verb));
    }

    fn load(
        &self,
        source: &Source,
        changes: &[Change],
        seed: Option<String>,
        edits: &[Edit],
    ) -> Result<Loaded, Problem> {
        let Asked {
            mut scenario,
            text,
            edits,
            left_out,
        } = asked(source, changes, edits)?;
        let seed = match seed {
            None => scenario.seed,
            Some(text) => protocol::unhex(&text).ok_or_else(|| Problem {
                text: format!("expected a seed of 1 to 16 hexadecimal digits, found `{text}`"),
                place: Some("seed".to_owned()),
            })?,
        };
        let own = matches!(source, Source::OwnWal);
        let playing = match (&scenario.workload, source) {
            (Workload::Insert { .. } | Workload::Oltp(_), _) => None,
            (Workload::WalFile { .. }, Source::Shipped(_)) => Some(wal::shipped()),
            (Workload::WalFile { digest, .. }, _) => {
                let fits = |wal: &Wal| digest.as_ref().is_none_or(|d| *d == wal.recording.digest);
                // A shipped run that was saved as a text plays what it played before.
                let shipped = || (!own && digest.is_none()).then(wal::shipped);
                let wal = self.own_wal.clone().filter(fits).or_else(shipped);
                let Some(wal) = wal else {
                    return Err(Problem {
                        text: "expected its WAL files to be opened before, found others or none"
                            .to_owned(),
                        place: None,
                    });
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
        let script = Rc::new(Script {
            scenario,
            seed,
            recording,
        });
        Ok(Loaded {
            script,
            edits,
            text,
            left_out,
        })
    }

    const fn history(&self) -> &History {
        &self.branches.history
    }

    fn frame(&mut self, request: u32, with_state_hash: bool) {
        let history = &self.branches.history;
        let mut frame = view::picture(history, &self.view, with_state_hash);
        frame.branches = self.branches.views();
        frame.timeline.memory = self.memory;
        if let Some(beside) = &mut self.beside {
            // It lags by a few events at the end of a slice; who has far to go is not shown yet.
            let cursor = history.cursor();
            if (0..LAG_EVENTS).any(|_| !beside.follow(cursor)) {
                let compared = beside.compared(&frame, &self.view, history.world());
                frame.compared = Some(Box::new(compared));
            }
        }
        let frame = Box::new(frame);
        self.events.push(Event::Frame { request, frame });
    }

    fn progress(&mut self, request: u32, done: u64, of: Option<u64>) {
        self.events.push(Event::Progress { request, done, of });
    }
}

#[cfg(test)]
mod tests;
