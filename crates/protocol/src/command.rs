//! What the page may ask of the worker.

use std::fmt;
use std::str::FromStr;

use nanoserde::{DeBin, SerBin};

use crate::compare::Against;
use crate::duration;
use crate::verb::Verb;
use crate::why::About;

/// What a run is made from.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Source {
    /// A scenario that the project ships, by its name.
    Shipped(String),
    /// The text of a scenario file.
    Text(String),
    /// The WAL that was handed over last by [`Command::TakeWal`].
    OwnWal,
}

/// Another value for something that a scenario says.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Change {
    /// Its place in the scenario file: `topology.write_quorum`, `fault.0.at`.
    pub path: String,
    /// The value as TOML; a plain word, or a number with a unit, may go without quotes.
    pub value: String,
}

/// Something that the user did to the world, beside what the scenario says.
///
/// An edit takes effect before every other event of its nanosecond, so that its place in the order
/// of events does not depend on when it was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeBin, SerBin)]
pub struct Edit {
    /// Model time, in nanoseconds from the start.
    pub at_ns: u64,
    /// What is done.
    pub verb: Verb,
}

/// A text that is no edit, with what was expected in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditError(pub String);

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl std::error::Error for EditError {}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.verb, duration::short(self.at_ns))
    }
}

impl FromStr for Edit {
    type Err = EditError;

    fn from_str(text: &str) -> Result<Self, EditError> {
        let expected = |what: &str| EditError(what.to_owned());
        let (verb, at) = text
            .rsplit_once('@')
            .ok_or_else(|| expected("a verb and a time, such as `az-down:b@2s`"))?;
        let at_ns = duration::parse_ns(at);
        let at_ns = at_ns.ok_or_else(|| expected("a time with its unit, such as `2s`"))?;
        let verb = verb.parse();
        let verb = verb.map_err(|error: crate::VerbError| EditError(error.expected()))?;
        Ok(Self { at_ns, verb })
    }
}

/// Where to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum SeekTo {
    /// The moment at which this many events have happened.
    Event(u64),
    /// This model time, in nanoseconds: every event at or before it has happened.
    Time(u64),
    /// At this model time, in nanoseconds, behind so many of the events that happen at it.
    Nth {
        /// The time.
        at_ns: u64,
        /// How many of its events have happened.
        nth: u64,
    },
}

/// Kinds of [`crate::Happening`], to filter the event list by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeBin, SerBin)]
pub enum Category {
    /// Commits asked for and acknowledged.
    Commits,
    /// PGCL, VCL and VDL move.
    Durability,
    /// Boxcars leave, arrive, are stored and acknowledged.
    Writes,
    /// Gaps and how peers fill them.
    Gossip,
    /// Pages that the writer reads, and who holds a read point.
    Reads,
    /// What storage does that no commit waits for.
    Upkeep,
    /// What was done to the world, and messages lost by it.
    Faults,
}

impl Category {
    /// All of them, in the order in which the page lists them.
    pub const ALL: [Self; 7] = [
        Self::Commits,
        Self::Durability,
        Self::Writes,
        Self::Gossip,
        Self::Reads,
        Self::Upkeep,
        Self::Faults,
    ];
}

/// What the learner is looking at. It changes frames, never the run.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct View {
    /// The protection group whose segments the stage shows, from 0. Clamped to what there is.
    pub group: u32,
    /// The first record of the tape, counted from 1; `None` follows the VDL: it stands at two thirds of the tape, or further
    /// right when there are too few records beyond it to fill the rest.
    pub tape_from: Option<u64>,
    /// How many cards the tape has room for, at most 200.
    pub tape_cards: u32,
    /// Categories that the event list shows; without a word from the reader those that a student can
    /// follow, and no boxcar, acknowledgement or gossip of each copy.
    pub categories: Vec<Category>,
    /// How many lines of the event list are wanted, at most 500.
    pub lines: u32,
}

impl Default for View {
    fn default() -> Self {
        Self {
            group: 0,
            tape_from: None,
            tape_cards: 16,
            categories: vec![Category::Commits, Category::Durability, Category::Faults],
            lines: 60,
        }
    }
}

/// The longest name of a branch, in characters.
pub const BRANCH_NAME_MAX: usize = 60;

/// What the page asks. `request` numbers rise; the answers carry them back.
///
/// Only one thing is worked on at a time. [`Command::Load`], `Tick`, `Step`, `Seek`, `RunToEnd`,
/// `Cancel`, `Act`, `RestoreHere`, `Reset`, `Undo` and `Branch`, if they are not refused, end the work that goes on:
/// its request is answered first, by a frame of where it came to, and the new one begins there.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Command {
    /// Start a run: this scenario, these edits, at this place. Answered by
    /// [`crate::Event::Loaded`] and a frame, or by [`crate::Event::Refused`], after which the run
    /// that was there is still there. Changes and edits that do not fit are left out, and told.
    Load {
        /// Number of the request.
        request: u32,
        /// What to run.
        source: Source,
        /// What is changed in the scenario.
        changes: Vec<Change>,
        /// Instead of the scenario's own seed, 16 hexadecimal digits.
        seed: Option<String>,
        /// What the user did in it.
        edits: Vec<Edit>,
        /// Where to stand in it.
        cursor: SeekTo,
    },
    /// One credit: run until the playhead has advanced by this much model time, for at most 8 ms of
    /// real time, then answer with one frame.
    Tick {
        /// Number of the request.
        request: u32,
        /// Model time to advance, in nanoseconds.
        advance_ns: u64,
    },
    /// Go this many events forward, or back if negative. Answered by a frame.
    Step {
        /// Number of the request.
        request: u32,
        /// How many events.
        by: i32,
    },
    /// Go to a place in the run. Answered by a frame, and by [`crate::Event::Progress`] meanwhile
    /// when it takes long.
    Seek {
        /// Number of the request.
        request: u32,
        /// Where to.
        to: SeekTo,
    },
    /// Run to the end in slices. Answered by [`crate::Event::Progress`] and then a frame.
    RunToEnd {
        /// Number of the request.
        request: u32,
    },
    /// Stop a seek or a run to the end. Answered by a frame.
    Cancel {
        /// Number of the request.
        request: u32,
    },
    /// Do this to the world now. If more is explored than up to this moment, the branch stays as it
    /// is and a new one begins here. Answered by a frame, or by [`crate::Event::Refused`].
    Act {
        /// Number of the request.
        request: u32,
        /// What to do.
        verb: Verb,
    },
    /// Go to the furthest moment that was explored, and begin there a new volume as the first one was
    /// at this moment. Answered by a frame, or by [`crate::Event::Refused`].
    RestoreHere {
        /// Number of the request.
        request: u32,
    },
    /// Back to the start of the run as it was loaded: to the branch in which nobody has done anything
    /// since, or to a new one. Answered by a frame.
    Reset {
        /// Number of the request.
        request: u32,
    },
    /// Take back the last thing that was done: go to the moment before it, in the branch that was left
    /// there or in a new one without it. Answered by a frame, or by [`crate::Event::Refused`].
    Undo {
        /// Number of the request.
        request: u32,
    },
    /// Go to another branch, to where one stood when one left it. Answered by a frame, or by
    /// [`crate::Event::Refused`].
    Branch {
        /// Number of the request.
        request: u32,
        /// The branch.
        branch: u32,
    },
    /// Give a branch a name. Answered by a frame, or by [`crate::Event::Refused`].
    RenameBranch {
        /// Number of the request.
        request: u32,
        /// The branch.
        branch: u32,
        /// Its name, at most [`BRANCH_NAME_MAX`] characters; empty for none.
        name: String,
    },
    /// Forget a branch, which must be another than this one. Answered by a frame, or by
    /// [`crate::Event::Refused`].
    DeleteBranch {
        /// Number of the request.
        request: u32,
        /// The branch.
        branch: u32,
    },
    /// Show another run beside this one, at the same time, or no more: in every frame from now on, until
    /// another run is loaded. Answered by a frame, or by [`crate::Event::Refused`].
    Compare {
        /// Number of the request.
        request: u32,
        /// With what.
        with: Option<Against>,
    },
    /// Why is it so? Answered by [`crate::Event::Because`]; the run stays where it is.
    Why {
        /// Number of the request.
        request: u32,
        /// What is asked about.
        about: About,
    },
    /// The newest lines of the trace as text, as golden scripts have them. Answered by
    /// [`crate::Event::Trace`]; work goes on.
    Trace {
        /// Number of the request.
        request: u32,
    },
    /// What are the parameters of a scenario with these changes, and which of them do not fit? Answered
    /// by [`crate::Event::Described`]; nothing is loaded, and work goes on.
    Describe {
        /// Number of the request.
        request: u32,
        /// The scenario.
        source: Source,
        /// What is changed in it.
        changes: Vec<Change>,
    },
    /// How does the run fare over its time? Answered by [`crate::Event::Series`]; work goes on.
    Series {
        /// Number of the request.
        request: u32,
    },
    /// Look at something else. Answered by a frame.
    Look {
        /// Number of the request.
        request: u32,
        /// What to look at.
        view: View,
    },
    /// Keep a WAL that was read, to be run with [`Source::OwnWal`]; it travels beside this message, as
    /// [`crate::Job::ReadWal`] gave it. Answered only if it is none, by [`crate::Event::Refused`].
    TakeWal {
        /// Number of the request.
        request: u32,
    },
    /// Are you there? Answered by [`crate::Event::Pong`].
    Ping {
        /// Number of the request.
        request: u32,
    },
    /// Panic, to show (and test) what the page does about it.
    Panic {
        /// Number of the request.
        request: u32,
    },
}
