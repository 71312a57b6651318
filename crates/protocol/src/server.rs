//! The conventional engine as the page hears of it.

use nanoserde::{DeBin, SerBin};

use crate::place::Standby;

/// Something that happened to a server of the conventional engine. Positions are bytes of WAL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum ServerHappening {
    /// A transaction's commit record was inserted, or is about to be.
    CommitAsked {
        /// The transaction.
        txn: u64,
        /// End of its commit record: the commit is safe when WAL is, up to here.
        lsn: u64,
    },
    /// A commit was acknowledged.
    CommitAcked {
        /// The transaction.
        txn: u64,
        /// End of its commit record.
        lsn: u64,
        /// How long it took since it was submitted.
        took_ns: u64,
    },
    /// Several transactions' commit records were.
    CommitsAsked {
        /// How many.
        count: u64,
        /// End of the last commit record.
        lsn: u64,
    },
    /// Several commits were acknowledged.
    CommitsAcked {
        /// How many.
        count: u64,
        /// End of the last commit record.
        lsn: u64,
        /// The shortest wait among them, in nanoseconds.
        shortest_ns: u64,
        /// The longest.
        longest_ns: u64,
    },
    /// Inserters begin to wait, because the WAL buffers are full.
    BuffersFull {
        /// Up to here WAL is inserted.
        inserted: u64,
    },
    /// A flush of WAL begins.
    FlushBegan {
        /// From here ...
        from: u64,
        /// ... to here.
        to: u64,
        /// Full-page images among it.
        images: u64,
    },
    /// A flush is done.
    FlushDone {
        /// Everything before this is on the device.
        to: u64,
        /// So many commits were waiting for it.
        commits: u64,
    },
    /// So many commits are flushed here and wait for standbys from now on.
    CommitsWait {
        /// The newest of them.
        lsn: u64,
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
        why: CheckpointWhy,
        /// Its redo point.
        redo: u64,
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
        redo: u64,
        /// How long it took.
        took_ns: u64,
    },
    /// A checkpoint was skipped, for there was no WAL since the last.
    CheckpointSkipped,
    /// A buffer was needed, and its page had to be written first.
    DirtyEvicted {
        /// The page.
        page: u32,
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
        first: u64,
    },
    /// The primary has crashed.
    PrimaryCrashed {
        /// Up to here WAL was flushed.
        flushed: u64,
        /// Up to here it is on the device: what a write that was under way had come to.
        end: u64,
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
        lsn: u64,
    },
    /// A commit was acknowledged before it was flushed (`synchronous_commit` is off), and is gone.
    AckedCommitLost {
        /// The transaction.
        txn: u64,
        /// End of its commit record.
        lsn: u64,
    },
    /// A server starts, and will have to replay.
    RecoveryBegan {
        /// From the redo point of the last completed checkpoint ...
        redo: u64,
        /// ... to the end of WAL.
        end: u64,
    },
    /// The server has started; the first record is replayed now.
    RedoBegan {
        /// Its position.
        redo: u64,
    },
    /// Redo has come so far; told for each tenth of the way.
    RedoProgress {
        /// Here.
        at: u64,
    },
    /// All WAL is replayed.
    RedoDone {
        /// Its end.
        end: u64,
        /// Records.
        records: u64,
        /// Pages that had to be read from the device.
        reads: u64,
        /// How long redo took, without the start of the server.
        took_ns: u64,
    },
    /// The server takes transactions.
    Opened {
        /// WAL goes on here.
        end: u64,
        /// How long that took since the start.
        took_ns: u64,
    },
    /// A page does not fit its checksum. Without a full-page image it stays so.
    PageDamaged {
        /// The page.
        page: u32,
    },
    /// A damaged page was restored from a full-page image.
    PageRestored {
        /// The page.
        page: u32,
    },
    /// A standby is connected.
    StandbyConnected {
        /// Which.
        standby: Standby,
        /// What it is sent next.
        from: u64,
    },
    /// A standby can not follow this primary: it has WAL that the primary has not, or lacks some
    /// that is recycled. It would have to be made anew.
    StandbyUnfit {
        /// Which.
        standby: Standby,
        /// Up to here it has WAL.
        at: u64,
    },
    /// A standby is not connected any more.
    StandbyLost {
        /// Which.
        standby: Standby,
    },
    /// A standby has caught up: from now on it counts for the rule.
    StandbyStreams {
        /// Which.
        standby: Standby,
    },
    /// WAL was sent to a standby.
    Shipped {
        /// To whom.
        standby: Standby,
        /// From here ...
        from: u64,
        /// ... to here.
        to: u64,
    },
    /// A standby begins to flush.
    StandbyFlushes {
        /// Which.
        standby: Standby,
        /// Up to here.
        to: u64,
    },
    /// A standby has replayed WAL.
    StandbyReplayed {
        /// Which.
        standby: Standby,
        /// Up to here.
        to: u64,
    },
    /// The primary hears how far a standby is.
    Reported {
        /// Which.
        standby: Standby,
        /// How far.
        report: StandbyReport,
    },
    /// A standby has crashed.
    StandbyCrashed {
        /// Which.
        standby: Standby,
        /// Up to here it has WAL.
        end: u64,
    },
    /// A standby becomes the primary. What the old primary had beyond its end is lost, whether or
    /// not it was acknowledged.
    Promoted {
        /// Which.
        standby: Standby,
        /// Up to here it has WAL.
        end: u64,
        /// Bytes of WAL that the old primary had flushed, and that are lost.
        bytes_lost: u64,
        /// Commits among them.
        commits_lost: u64,
    },
    /// Each operation of a standby's disk takes longer from now on, or as long as before.
    StandbySlowed {
        /// Which.
        standby: Standby,
        /// Milliseconds added; 0: none any more.
        ms: u32,
    },
}

/// Why a checkpoint begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum CheckpointWhy {
    /// The interval has passed.
    Interval,
    /// WAL has become long.
    WalSize,
    /// Redo ends with it.
    Recovery,
}

/// How far a standby is, in bytes of WAL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct StandbyReport {
    /// Up to here it has written, perhaps not to its disk.
    pub written: u64,
    /// Up to here it has flushed.
    pub flushed: u64,
    /// Up to here it has replayed.
    pub replayed: u64,
}
