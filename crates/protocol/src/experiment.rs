//! Experiments: figures that many runs of the engines make, computed while one watches.
//!
//! The page asks for one with [`crate::Job::Experiment`]; its rows come one by one, each as soon
//! as it is known. The run that is loaded is left as it is.

use nanoserde::{DeBin, SerBin};

/// A figure to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Experiment {
    /// How long a restart takes after a crash, over the redo that it finds.
    Recovery(RecoverySetup),
    /// Inserts at a steady rate for minutes, on both engines at once.
    InsertTest(InsertSetup),
}

/// What a recovery-time curve holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct RecoverySetup {
    /// Whose start and replay rate the conventional engine has, and how far the curve goes.
    pub like: Like,
    /// From the beginning of a checkpoint to that of the next, in seconds. `None`: no checkpoint comes,
    /// and all log that was written is redo.
    pub checkpoint_s: Option<u32>,
    /// `full_page_writes`.
    pub full_page_writes: bool,
    /// What the device of the server can do.
    pub disk: DiskSetup,
}

/// A server that the conventional engine is as fast as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin)]
pub enum Like {
    /// The one that a talk showed: up to 40 GB of redo.
    #[default]
    Talk,
    /// The one that was measured for this project, if one was: as far as it was measured.
    Measured,
}

/// What a device can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct DiskSetup {
    /// Megabytes a second, 10^6 bytes each.
    pub mb_per_s: u32,
    /// Operations a second.
    pub iops: u32,
}

/// What an insert test is run with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct InsertSetup {
    /// For how long inserts come, in minutes of model time.
    pub minutes: u32,
    /// A boxcar of the quorum engine leaves so long after its first insert, in microseconds. 0: each
    /// insert is sent alone.
    pub boxcar_us: u32,
    /// `max_wal_size` of the conventional engine, in bytes.
    pub max_wal_bytes: u64,
}

/// A row of an experiment's table.
#[derive(Clone, Copy, Debug, PartialEq, DeBin, SerBin)]
pub enum ExperimentRow {
    /// A crash of both engines, and their restart.
    Recovery(RecoveryRow),
    /// What came of some seconds of inserts. The row under way is told again and again, each time to
    /// a later end.
    Inserts(InsertRow),
    /// A checkpoint of the conventional engine: once when it begins, and again when it is complete.
    Checkpoint(CheckpointRow),
}

/// A crash of both engines at the same moment, and their restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct RecoveryRow {
    /// Bytes of WAL that were written in all.
    pub written_bytes: u64,
    /// Bytes of WAL from the redo point of the last checkpoint to the end.
    pub redo_bytes: u64,
    /// How long the conventional engine took until it was open, in nanoseconds.
    pub took_ns: u64,
    /// How much of that was redo.
    pub redo_took_ns: u64,
    /// How long the quorum engine took.
    pub quorum_took_ns: u64,
}

/// What came of the inserts that were acknowledged in an interval of model time.
#[derive(Clone, Copy, Debug, PartialEq, DeBin, SerBin)]
pub struct InsertRow {
    /// Where it begins, in nanoseconds from the start.
    pub from_ns: u64,
    /// Where it ends.
    pub to_ns: u64,
    /// By the conventional engine.
    pub conventional: InsertAnswers,
    /// By the quorum engine.
    pub quorum: InsertAnswers,
    /// Bytes of WAL that a crash at its end would leave to redo.
    pub redo_bytes: u64,
}

/// Inserts that an engine acknowledged, and how long they took. Without any, the times are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, DeBin, SerBin)]
pub struct InsertAnswers {
    /// How many in a second.
    pub per_s: f64,
    /// Half of them took up to this, in nanoseconds.
    pub p50_ns: u64,
    /// 95 of 100 took up to this.
    pub p95_ns: u64,
    /// 99 of 100 took up to this.
    pub p99_ns: u64,
}

/// A checkpoint of the conventional engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct CheckpointRow {
    /// Its number, from 1.
    pub number: u32,
    /// Pages that were dirty then.
    pub pages: u32,
    /// When it began, in nanoseconds from the start.
    pub began_ns: u64,
    /// When it was complete. `None`: it is under way.
    pub ended_ns: Option<u64>,
}

/// What was seen of real servers, for an experiment to be laid over, and what the experiments take as
/// given.
#[derive(Clone, Debug, PartialEq, DeBin, SerBin)]
pub struct Evidence {
    /// Restarts of PostgreSQL that a talk showed.
    pub talk: Vec<SeenRestart>,
    /// The straight line that is nearest to them.
    pub talk_line: Option<FittedLine>,
    /// What the same talk said of Aurora, in seconds.
    pub talk_quorum_s: f64,
    /// Log that the talk's load writes in a second, in bytes.
    pub log_bytes_per_s: u64,
    /// A server that was measured for this project, if one was.
    pub measured: Option<MeasuredServer>,
    /// What every insert test is run with.
    pub inserts: InsertLoad,
}

/// What every insert test is run with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct InsertLoad {
    /// Inserts that come in a second, whether or not earlier ones are acknowledged.
    pub per_s: u32,
    /// Pages that they change.
    pub pages: u32,
    /// Model time of a row, in nanoseconds.
    pub row_ns: u64,
    /// What the device of the conventional engine can do.
    pub disk: DiskSetup,
}

/// A straight line: a restart takes a fixed time, and so much for each GB of redo.
#[derive(Clone, Copy, Debug, PartialEq, DeBin, SerBin)]
pub struct FittedLine {
    /// Without any redo, in seconds.
    pub start_s: f64,
    /// For each GB, in seconds.
    pub s_per_gb: f64,
}

/// A restart that somebody saw.
#[derive(Clone, Copy, Debug, PartialEq, DeBin, SerBin)]
pub struct SeenRestart {
    /// Redo that it found, in GB.
    pub redo_gb: f64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// By how many seconds it took longer than the line that is fitted to all of them says.
    pub residual_s: f64,
}

/// What repeats of a measurement gave, and what the model says.
#[derive(Clone, Copy, Debug, PartialEq, DeBin, SerBin)]
pub struct MeasuredPoint {
    /// What was set.
    pub set: f64,
    /// The least of the repeats, ...
    pub least: f64,
    /// ... their median ...
    pub median: f64,
    /// ... and the most.
    pub most: f64,
    /// What the model says.
    pub model: f64,
    /// Whether its constants were fitted to this.
    pub fitted: bool,
}

/// A PostgreSQL server that was measured for this project.
#[derive(Clone, Debug, PartialEq, DeBin, SerBin)]
pub struct MeasuredServer {
    /// Its version, the day and the machine; its settings; what it did.
    pub about: Vec<String>,
    /// How long redo took, in seconds, by GB of it.
    pub restarts: Vec<MeasuredPoint>,
    /// How long commits took, in milliseconds, by clients.
    pub commits: Vec<MeasuredPoint>,
    /// Bytes of WAL for an insert: without full-page images, and with them.
    pub wal_per_insert: Option<[f64; 2]>,
    /// The replay rate that fits every other point of its restarts, in bytes a second.
    pub replay_bytes_per_s: f64,
    /// How long its log's device takes to flush, fitted to every other point of its commits, in
    /// milliseconds.
    pub flush_ms: f64,
    /// How far the curve of such a server goes, in GB.
    pub most_gb: f64,
    /// Of the restarts that it was not fitted to, the median of how far the model's time is from the
    /// measured one, as a share of the latter.
    pub redo_error: f64,
    /// The same of restarts and commits.
    pub error: f64,
}
