//! The trace: what happened, in order, each line with its cause.

pub(crate) mod server;
pub(crate) mod text;
mod upkeep;

use std::fmt;
use std::hash::{Hash as _, Hasher as _};

use engine_quorum::{Epoch, GroupId, NodeId, Note, Unfit};
use protocol::{Az, Moment, Standby, Verb, VolumeId};
use redo::{Lsn, PageId};
use sim::{Digest, Item, SimTime, Span};

/// A line of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// Its number, from 1.
    pub id: u64,
    /// The event that it belongs to, from 1.
    pub event: u64,
    /// When.
    pub at: SimTime,
    /// The line that caused it, recorded when it happened; 0 for none.
    pub cause: u64,
    /// The volume that it is about; the first, when it is about none.
    pub volume: VolumeId,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// The quorum engine says so.
    Engine(Note),
    /// The conventional engine says so.
    Server(engine_wal::Note),
    /// From now on each disk operation of a standby takes so much longer.
    StandbySlowed {
        /// The standby.
        standby: Standby,
        /// How much; nothing: no longer.
        by: Span,
    },
    /// A message from the writer was lost on the way.
    Lost {
        /// Where it was bound for.
        node: NodeId,
        /// The group of its records.
        group: GroupId,
        /// First record.
        first: Lsn,
        /// Last record.
        last: Lsn,
    },
    /// A message came to a node that is down.
    FoundDown {
        /// The node.
        node: NodeId,
    },
    /// From now on each write of a node's disk takes so much longer.
    Slowed {
        /// The node.
        node: NodeId,
        /// How much; nothing: no longer.
        by: Span,
    },
    /// The next messages from the writer to a node will be lost.
    DropSet {
        /// The node.
        node: NodeId,
        /// How many; none: no more.
        count: u32,
    },
    /// Something was done that changed nothing: what was to go down was down, or stays down with its
    /// zone, or it cannot be done now.
    NothingChanged {
        /// What was done.
        verb: Verb,
        /// Why it cannot be done, if that is so.
        why: Option<Obstacle>,
    },
    /// The writer was asked to change the members.
    Asked(Verb),
    /// A bit flipped in a page on a node's disk.
    PageDamaged {
        /// The node.
        node: NodeId,
        /// The page.
        page: PageId,
        /// The version of it.
        lsn: Lsn,
    },
    /// The writer of this epoch crashed.
    WriterCrashed {
        /// The epoch.
        epoch: Epoch,
    },
    /// The writer of this epoch is cut off from every storage node.
    Partitioned {
        /// The epoch.
        epoch: Epoch,
    },
    /// Nobody is cut off any more.
    Healed,
    /// A new writer is started, with this epoch.
    NewWriter {
        /// The epoch.
        epoch: Epoch,
    },
    /// A zone lost power.
    ZoneDown {
        /// The zone.
        az: Az,
    },
    /// A zone's power returned.
    ZoneUp {
        /// The zone.
        az: Az,
    },
    /// A node stopped working.
    NodeDown {
        /// The node.
        node: NodeId,
    },
    /// A node works again.
    NodeUp {
        /// The node.
        node: NodeId,
    },
    /// The metadata service is asked for a clone of the volume.
    CloneAsked,
    /// The volume begins as another one was.
    Cloned {
        /// The other one.
        source: VolumeId,
        /// At this durable point.
        at: Lsn,
        /// Its pages are copied first, which takes so long. Zero: they are shared.
        copying: Span,
    },
    /// Object storage is asked for the volume as it was.
    RestoreAsked {
        /// When.
        to: Moment,
    },
    /// The volume begins as another one was, out of object storage.
    Restored {
        /// The other one.
        source: VolumeId,
        /// At this durable point.
        at: Lsn,
        /// Getting its log takes so long.
        copying: Span,
    },
    /// The volume was given up.
    VolumeDeleted {
        /// Page versions that nobody needs any more.
        freed: u64,
    },
    /// A client writes to a page, because someone wants it so.
    WriteAsked {
        /// The page.
        page: u32,
    },
    /// The workload has no more to do.
    WorkloadEnded,
}

/// Why the members cannot be changed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Obstacle {
    /// There is no writer that could do it.
    NoWriter,
    /// The zone has no spare that is free and up.
    NoSpare,
    /// The volume has as many protection groups, or pages, as it can have.
    NoRoom,
    /// The machine has no power.
    NoPower,
    /// The primary still works, or replays.
    PrimaryWorks,
    /// It does not go with the members as they are.
    Unfit(Unfit),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWriter => f.write_str("there is no writer"),
            Self::NoSpare => f.write_str("the zone has no spare that is free and up"),
            Self::NoRoom => f.write_str("the volume is as large as it can be"),
            Self::NoPower => f.write_str("the server's machine has no power"),
            Self::PrimaryWorks => f.write_str("the old primary still works"),
            Self::Unfit(why) => why.fmt(f),
        }
    }
}

/// Where a run stands in its trace: the number of its last line, and the hash of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tape {
    /// The number of the last line; 0 for none.
    pub(crate) last: u64,
    hash: Hashed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hashed(Digest);

impl std::hash::Hash for Hashed {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.value());
    }
}

impl Tape {
    /// Before the first event.
    pub const NEW: Self = Self {
        last: 0,
        hash: Hashed(Digest::NEW),
    };

    /// Folds an event in: its time, whatever comes of it.
    pub const fn event(&mut self, at: SimTime) {
        self.hash.0.fold(at.0);
    }

    /// Numbers a line, writes it down and folds it in. Gives its number.
    #[inline]
    pub fn line(
        &mut self,
        event: u64,
        at: SimTime,
        cause: u64,
        volume: VolumeId,
        what: What,
        trace: &mut Vec<Line>,
    ) -> u64 {
        self.last += 1;
        trace.push(Line {
            id: self.last,
            event,
            at,
            cause,
            volume,
            what,
        });
        // A line is large: it is made where it stays, and read there.
        self.fold(trace.last().expect("it was just written"));
        self.last
    }

    /// Folds in what a line says. Its number and its event are those of whatever came before it.
    fn fold(&mut self, line: &Line) {
        let mut item = Item::NEW;
        (line.cause, line.volume).hash(&mut item);
        line.what.hash(&mut item);
        self.hash.0.fold(item.finish());
    }

    /// The hash of all events and lines so far.
    pub const fn value(&self) -> u64 {
        self.hash.0.value()
    }
}
