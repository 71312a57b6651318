//! The servers of the conventional engine at one moment.

use nanoserde::{DeBin, SerBin};
use serde::Serialize;

use crate::place::{Az, Standby};
use crate::server::StandbyReport;

/// The servers at this moment. Positions are bytes of WAL.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct ServersView {
    /// The primary, or the machine of the last one.
    pub primary: PrimaryView,
    /// The standbys, by their numbers.
    pub standbys: Vec<StandbyView>,
    /// How many standbys must have a commit before it is acknowledged.
    pub required: u8,
    /// Zones of the further disks that each block of the primary is written to.
    pub mirrors: Vec<Az>,
    /// Nothing passes between the primary and its standbys.
    pub cut_off: bool,
    /// What came of the run so far.
    pub figures: EngineFigures,
    /// What came of it with the quorum engine, if that runs as well.
    pub quorum: Option<EngineFigures>,
}

/// The server that takes transactions.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct PrimaryView {
    /// What it is at.
    pub state: PrimaryState,
    /// The standby that it was before. `None`: it always was the primary.
    pub promoted: Option<Standby>,
    /// Where it stands.
    pub zone: Az,
    /// WAL is inserted into the log buffer up to here ...
    pub inserted: u64,
    /// ... a write of it is under way, or done, up to here ...
    pub written: u64,
    /// ... and it is on the disk up to here.
    pub flushed: u64,
    /// Bytes that the log buffer has room for.
    pub wal_buffers: u64,
    /// Redo point of the last complete checkpoint: redo would begin here.
    pub redo: u64,
    /// Number of the last complete checkpoint; 0 before the first.
    pub checkpoints: u32,
    /// The checkpoint that is under way.
    pub checkpoint: Option<CheckpointView>,
    /// Pages that the buffer pool has room for.
    pub buffers: u32,
    /// Pages that are in it.
    pub cached: u32,
    /// Those among them that are not on the disk as they are.
    pub dirty: u32,
    /// Pages that are damaged for good.
    pub damaged: u32,
    /// Commits that wait until WAL is flushed here.
    pub wait_for_flush: u32,
    /// Commits that are flushed here and wait for standbys.
    pub wait_for_standbys: u32,
    /// Transactions that were asked for and are not answered.
    pub waiting: u64,
    /// How long an operation of the disk waits for its turn, in nanoseconds.
    pub backlog_ns: u64,
}

/// What a primary is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum PrimaryState {
    /// It takes transactions.
    Open,
    /// It starts: nothing is replayed yet.
    Starting {
        /// It will replay from here ...
        from: u64,
        /// ... to here.
        end: u64,
    },
    /// It replays WAL.
    Replaying {
        /// From here ...
        from: u64,
        /// ... has come to here ...
        at: u64,
        /// ... of the way to here.
        end: u64,
    },
    /// Redo is done, and it writes a checkpoint before it opens.
    Concluding,
    /// There is none.
    Down {
        /// Since when.
        since_ns: u64,
        /// Its zone has no power.
        with_zone: bool,
    },
}

/// A checkpoint that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct CheckpointView {
    /// Its number, from 1.
    pub number: u32,
    /// Its redo point.
    pub redo: u64,
    /// Pages that it has come to ...
    pub done: u32,
    /// ... of so many that were dirty when it began.
    pub pages: u32,
    /// All pages are written, and it waits for the disk to confirm.
    pub is_syncing: bool,
}

/// A standby.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct StandbyView {
    /// Which.
    pub standby: Standby,
    /// Where it stands.
    pub zone: Az,
    /// What it is at.
    pub state: StandbyState,
    /// How far it is.
    pub report: StandbyReport,
    /// Milliseconds added to each operation of its disk.
    pub slow_ms: u32,
}

/// What a standby is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum StandbyState {
    /// It is sent WAL.
    Connected,
    /// It works, and is sent nothing.
    Apart,
    /// It is down.
    Down,
    /// It is down with its zone.
    DownWithZone,
    /// It became the primary.
    Promoted,
}

/// What came of a run with one of the engines.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct EngineFigures {
    /// Machines that share what is written and sent: storage nodes, or the primary and its standbys.
    /// What mirrors below the primary write is not among it, and they are not among these.
    pub machines: u32,
    /// Commits acknowledged.
    pub commits_acked: u64,
    /// How many of them in a second, on average since the start.
    pub commits_per_s: u64,
    /// Half of them took up to this, in nanoseconds; 0 before the first.
    pub p50_ns: u64,
    /// 95 of 100 of them took up to this.
    pub p95_ns: u64,
    /// 99 of 100 of them took up to this.
    pub p99_ns: u64,
    /// What went to disks and to other machines, by kind. Kinds of which there was nothing are there
    /// too, where the engine can have them.
    pub written: Vec<(Kind, Sum)>,
    /// What of the log is what.
    pub log: Vec<(Kind, Sum)>,
    /// Pages and log read from disks or other machines.
    pub read: Vec<(Kind, Sum)>,
    /// Crashes that were recovered from.
    pub recoveries: u32,
    /// The last of them.
    pub recovery: Option<RecoveryFigures>,
}

/// Operations and what they moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What is done with log and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, DeBin, SerBin, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Changes in the log.
    Changes,
    /// Full-page images in the log.
    Images,
    /// Commit and checkpoint records.
    OtherRecords,
    /// Flushes of WAL, in whole blocks.
    Flushes,
    /// Pages written by checkpoints.
    CheckpointPages,
    /// Pages written by the background writer.
    BackgroundPages,
    /// Pages written by whoever needed a buffer.
    BackendPages,
    /// Confirmations of the disk and writes of the control file.
    Syncs,
    /// WAL sent to standbys.
    Standbys,
    /// Log sent to storage nodes, every copy counted.
    Storage,
    /// What went to the archive.
    Archive,
    /// Pages read.
    PageReads,
    /// WAL read for redo.
    WalReads,
}

/// A recovery that came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct RecoveryFigures {
    /// When it was asked for.
    pub at_ns: u64,
    /// How long it took until commits could go on.
    pub took_ns: u64,
    /// Bytes of log that had to be replayed.
    pub redo_bytes: u64,
}

impl EngineFigures {
    /// Everything that went to disks and to other machines.
    pub fn written_in_all(&self) -> Sum {
        let sums = self.written.iter().map(|(_, sum)| sum);
        sums.fold(Sum::default(), |all, sum| Sum {
            count: all.count + sum.count,
            bytes: all.bytes + sum.bytes,
        })
    }
}
