//! What the page may ask of the worker.

use nanoserde::{DeBin, SerBin};

use crate::verb::Verb;

/// What a run is made from.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Source {
    /// A scenario that the project ships, by its name.
    Shipped(String),
    /// The text of a scenario file.
    Text(String),
    /// The WAL that was handed over last by [`Command::TakeWal`].
    OwnWal,
    /// The same as another, on both engines whatever the scenario says.
    OnBoth(Box<Self>),
}

impl Source {
    /// What it is made from, whichever engines run.
    pub fn base(&self) -> &Self {
        match self {
            Self::Shipped(_) | Self::Text(_) | Self::OwnWal => self,
            Self::OnBoth(source) => source.base(),
        }
    }

    /// The same on both engines.
    #[must_use]
    pub fn on_both(&self) -> Self {
        Self::OnBoth(Box::new(self.base().clone()))
    }
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

/// Where to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum SeekTo {
    /// The moment at which this many events have happened.
    Event(u64),
    /// This model time, in nanoseconds: every event at or before it has happened.
    Time(u64),
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

/// What the page asks. `request` numbers rise; the answers carry them back.
///
/// Only one thing is worked on at a time. [`Command::Load`], `Tick`, `Step`, `Seek`, `RunToEnd`,
/// `Cancel`, `Act`, `RestoreHere` and `Reset`, if they are not refused, end the work that goes on:
/// its request is answered first, by a frame of where it came to, and the new one begins there.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Command {
    /// Start a run: this scenario, these edits, at this place. Answered by
    /// [`crate::Event::Loaded`] and a frame, or by [`crate::Event::Refused`], after which the run
    /// that was there is still there.
    Load {
        /// Number of the request.
        request: u32,
        /// What to run.
        source: Source,
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
    /// Do this to the world now. What was explored beyond this moment is forgotten. Answered by a
    /// frame, or by [`crate::Event::Refused`].
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
    /// Back to the start, without any edits. Answered by a frame.
    Reset {
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
