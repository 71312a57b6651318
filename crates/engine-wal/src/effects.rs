//! What handling an input causes.

use redo::{Lsn, PageId};
use sim::{Class, SimTime, Span};

use crate::primary::PrimaryTimer;
use crate::settings::StandbyId;
use crate::standby::{Report, Shipment, StandbyTimer};
use crate::tally::Tallies;

/// Why something happens: the input that is being handled, or a note made while handling it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The input.
    Input,
    /// The note with this place among the notes of this handling, from 0.
    Note(u32),
}

/// One operation of a server's device. Of each there is at most one under way at any moment, so that
/// the operation itself says what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Io {
    /// What it does.
    pub kind: IoKind,
    /// How much the device moves.
    pub bytes: u64,
}

/// What an operation of a device does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IoKind {
    /// Write and fdatasync: WAL up to this position is on the device.
    FlushWal {
        /// The position.
        to: Lsn,
    },
    /// Read a page.
    ReadPage(PageId),
    /// Write a page.
    WritePage {
        /// The page.
        page: PageId,
        /// For whom.
        writer: PageWriter,
    },
    /// fsync of the data files, at the end of a checkpoint.
    SyncPages,
    /// Write and fsync the control file, which names the redo point.
    WriteControl,
    /// Read WAL in its order, up to this position, for redo.
    ReadWal {
        /// The position.
        to: Lsn,
    },
    /// Copy a full WAL file to the archive.
    ArchiveSegment {
        /// Its number: its first byte is this many times [`crate::SEGMENT_BYTES`].
        segment: u64,
    },
}

/// Who writes a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PageWriter {
    /// Somebody who needs its buffer, and waits.
    Backend,
    /// The background writer.
    Background,
    /// A checkpoint.
    Checkpoint,
}

impl IoKind {
    /// Whether somebody waits for it.
    pub const fn class(&self) -> Class {
        match self {
            Self::FlushWal { .. }
            | Self::ReadPage(_)
            | Self::WritePage {
                writer: PageWriter::Backend,
                ..
            }
            | Self::ReadWal { .. } => Class::Foreground,
            Self::WritePage {
                writer: PageWriter::Background | PageWriter::Checkpoint,
                ..
            }
            | Self::SyncPages
            | Self::WriteControl
            | Self::ArchiveSegment { .. } => Class::Background,
        }
    }
}

/// Something that an actor wants of the world.
///
/// What an actor asked for before it crashed must not reach it after: not the end of an operation,
/// not a timer, not a shipment or a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Let the device of the actor do this; `Done` says when it is done. Operations may be done in
    /// any order.
    Io(Io),
    /// From the primary: send WAL to a standby. What is sent to one standby arrives in order.
    Ship {
        /// To whom.
        to: StandbyId,
        /// What.
        shipment: Shipment,
    },
    /// From a standby: tell the primary how far it is. Reports arrive in order.
    Report {
        /// Who says so.
        from: StandbyId,
        /// How far.
        report: Report,
    },
    /// Give the primary this input at that time.
    PrimaryTimer {
        /// When.
        at: SimTime,
        /// What.
        timer: PrimaryTimer,
    },
    /// Give the standby this input at that time.
    StandbyTimer {
        /// Whom.
        standby: StandbyId,
        /// When.
        at: SimTime,
        /// What.
        timer: StandbyTimer,
    },
    /// A commit was acknowledged: tell whoever submitted it.
    Acked {
        /// The transaction.
        txn: u64,
        /// How long it took since it was submitted.
        took: Span,
    },
    /// A transaction that does not commit has done everything: tell whoever submitted it.
    HasRead {
        /// How long it took since it was submitted.
        took: Span,
    },
    /// A transaction met a damaged page and ended with an error: tell whoever submitted it.
    Failed {
        /// The transaction, if it was to commit.
        txn: Option<u64>,
    },
    /// Write this into the trace.
    Note(Note),
}

/// The effects of handling one input, in order.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    list: Vec<(Cause, Effect)>,
    notes: u32,
}

impl Effects {
    /// Adds an effect and what caused it.
    #[inline]
    pub fn push(&mut self, cause: Cause, effect: Effect) {
        self.list.push((cause, effect));
    }

    /// Adds a note and gives it as a cause for what follows from it.
    #[inline]
    pub fn note(&mut self, cause: Cause, note: Note) -> Cause {
        self.push(cause, Effect::Note(note));
        self.notes += 1;
        Cause::Note(self.notes - 1)
    }

    /// Takes all effects out, in order.
    #[inline]
    pub fn drain(&mut self) -> impl Iterator<Item = (Cause, Effect)> {
        self.notes = 0;
        self.list.drain(..)
    }
}

/// The handling of one input: when it is, and where its effects go.
pub(crate) struct Turn<'a> {
    pub(crate) now: SimTime,
    pub(crate) effects: &'a mut Effects,
    pub(crate) tallies: &'a mut Tallies,
}

impl<'a> Turn<'a> {
    pub(crate) const fn of(
        now: SimTime,
        effects: &'a mut Effects,
        tallies: &'a mut Tallies,
    ) -> Self {
        Self {
            now,
            effects,
            tallies,
        }
    }

    /// Lets the device do something.
    pub(crate) fn io(&mut self, cause: Cause, kind: IoKind, bytes: u64) {
        self.tallies.begin(kind, bytes);
        self.effects.push(cause, Effect::Io(Io { kind, bytes }));
    }

    /// Adds a note and gives it as a cause for what follows from it.
    pub(crate) fn note(&mut self, cause: Cause, note: Note) -> Cause {
        self.effects.note(cause, note)
    }

    /// Sets a timer of the primary, so much later.
    pub(crate) fn timer(&mut self, cause: Cause, after: Span, timer: PrimaryTimer) {
        let at = self.now + after;
        self.effects.push(cause, Effect::PrimaryTimer { at, timer });
    }
}

/// Why a checkpoint begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// `checkpoint_timeout` has passed.
    Interval,
    /// WAL has come so far that `max_wal_size` is about to be exceeded.
    WalSize,
    /// Redo recovery ends with it.
    Recovery,
}

/// A line of the trace. Nothing here is made for each record; for each commit there are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Note {
    /// A transaction's commit record was inserted, or is about to be.
    CommitAsked {
        /// The transaction.
        txn: u64,
        /// End of its commit record: the commit is safe when WAL is, up to here.
        lsn: Lsn,
    },
    /// A commit was acknowledged.
    CommitAcked {
        /// The transaction.
        txn: u64,
        /// End of its commit record.
        lsn: Lsn,
        /// How long it took since it was submitted.
        took: Span,
    },
    /// Inserters begin to wait, because the WAL buffers are full.
    BuffersFull {
        /// Up to here WAL is inserted.
        inserted: Lsn,
    },
    /// A flush of WAL begins.
    FlushBegan {
        /// From here ...
        from: Lsn,
        /// ... to here.
        to: Lsn,
        /// Full-page images among it.
        images: u64,
    },
    /// A flush is done.
    FlushDone {
        /// Everything before this is on the device.
        to: Lsn,
        /// So many commits were waiting for it.
        commits: u64,
    },
    /// So many commits are flushed here and wait for standbys from now on.
    CommitsWait {
        /// The newest of them.
        lsn: Lsn,
        /// How many.
        commits: u64,
    },
    /// Fewer standbys are connected than the rule asks for: commits wait until there are enough.
    TooFewStandbys {
        /// How many are connected and have caught up.
        connected: u8,
        /// How many the rule asks for.
        required: u8,
    },
    /// As many standbys are connected as the rule asks for.
    EnoughStandbys,
    /// A checkpoint begins.
    CheckpointBegan {
        /// Its number, from 1.
        number: u32,
        /// Why.
        trigger: Trigger,
        /// Its redo point.
        redo: Lsn,
        /// Dirty pages that it has to write.
        pages: u32,
    },
    /// A checkpoint has done another tenth of its pages.
    CheckpointProgress {
        /// Its number.
        number: u32,
        /// Pages that are done.
        done: u32,
        /// Of so many.
        pages: u32,
    },
    /// A checkpoint is complete: redo begins at its redo point from now on.
    CheckpointDone {
        /// Its number.
        number: u32,
        /// Its redo point.
        redo: Lsn,
        /// How long it took.
        took: Span,
    },
    /// A checkpoint was skipped, for there was no WAL since the last.
    CheckpointSkipped,
    /// A buffer was needed, and its page had to be written first.
    DirtyEvicted {
        /// The page.
        page: PageId,
    },
    /// The background writer writes pages ahead of those who will need their buffers.
    BackgroundWrites {
        /// How many.
        pages: u32,
    },
    /// A full WAL file is in the archive.
    SegmentArchived {
        /// Its number.
        segment: u64,
    },
    /// WAL files are recycled: neither redo nor the archive nor a standby needs them.
    Recycled {
        /// WAL begins here now.
        first: Lsn,
    },
    /// The primary has crashed.
    PrimaryCrashed {
        /// Up to here WAL was flushed.
        flushed: Lsn,
        /// Up to here it is on the device: what a write that was under way had come to.
        end: Lsn,
        /// Pages of which a write was under way and left a part.
        torn: u32,
        /// Commits that were asked for and not acknowledged, and are on the device.
        ghosts: u64,
        /// Commits that were asked for and not acknowledged, and are gone.
        lost: u64,
    },
    /// A commit was never acknowledged, and is on the device when the primary crashes: after its
    /// restart it is committed, though standbys may lack it.
    GhostCommit {
        /// The transaction.
        txn: u64,
        /// End of its commit record.
        lsn: Lsn,
    },
    /// A commit was acknowledged before it was flushed (`synchronous_commit` is off), and is gone.
    AckedCommitLost {
        /// The transaction.
        txn: u64,
        /// End of its commit record.
        lsn: Lsn,
    },
    /// A server starts, and will have to replay.
    RecoveryBegan {
        /// From the redo point of the last completed checkpoint ...
        redo: Lsn,
        /// ... to the end of WAL.
        end: Lsn,
    },
    /// The server has started; the first record is replayed now.
    RedoBegan {
        /// Its position.
        redo: Lsn,
    },
    /// Redo has come so far; told for each tenth of the way.
    RedoProgress {
        /// Here.
        at: Lsn,
    },
    /// All WAL is replayed.
    RedoDone {
        /// Its end.
        end: Lsn,
        /// Records.
        records: u64,
        /// Pages that had to be read from the device.
        reads: u64,
        /// How long redo took, without the start of the server.
        took: Span,
    },
    /// The server takes transactions.
    Opened {
        /// WAL goes on here.
        end: Lsn,
        /// How long that took since the start.
        took: Span,
    },
    /// A page does not fit its checksum. Without a full-page image it stays so.
    PageDamaged {
        /// The page.
        page: PageId,
    },
    /// A damaged page was restored from a full-page image.
    PageRestored {
        /// The page.
        page: PageId,
    },
    /// A standby is connected.
    StandbyConnected {
        /// Which.
        standby: StandbyId,
        /// What it is sent next.
        from: Lsn,
    },
    /// A standby can not follow this primary: it has WAL that the primary has not, or lacks some
    /// that is recycled. It would have to be made anew.
    StandbyUnfit {
        /// Which.
        standby: StandbyId,
        /// Up to here it has WAL.
        at: Lsn,
    },
    /// A standby is not connected any more.
    StandbyLost {
        /// Which.
        standby: StandbyId,
    },
    /// A standby has caught up: from now on it counts for the rule.
    StandbyStreams {
        /// Which.
        standby: StandbyId,
    },
    /// WAL was sent to a standby.
    Shipped {
        /// To whom.
        standby: StandbyId,
        /// From here ...
        from: Lsn,
        /// ... to here.
        to: Lsn,
    },
    /// A standby begins to flush.
    StandbyFlushes {
        /// Which.
        standby: StandbyId,
        /// Up to here.
        to: Lsn,
    },
    /// A standby has replayed WAL.
    StandbyReplayed {
        /// Which.
        standby: StandbyId,
        /// Up to here.
        to: Lsn,
    },
    /// The primary hears how far a standby is.
    Reported {
        /// Which.
        standby: StandbyId,
        /// How far.
        report: Report,
    },
    /// A standby has crashed.
    StandbyCrashed {
        /// Which.
        standby: StandbyId,
        /// Up to here it has WAL.
        end: Lsn,
    },
    /// A standby becomes the primary. What the old primary had beyond its end is lost, whether or
    /// not it was acknowledged.
    Promoted {
        /// Which.
        standby: StandbyId,
        /// Up to here it has WAL.
        end: Lsn,
        /// Bytes of WAL that the old primary had flushed, and that are lost.
        bytes_lost: u64,
        /// Commits among them.
        commits_lost: u64,
    },
}
