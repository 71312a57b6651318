//! What the records of a WAL tell: the report that the page shows and `sixfold wal report --json`
//! writes.
//!
//! Every number is an integer; its name ends in its unit where that is not a count. Bytes are bytes, a
//! place in the log is text as PostgreSQL writes it (`16/B374D848`), and a time is in microseconds since
//! 1970-01-01 00:00 UTC. No number is above 2^53, so JavaScript reads all of them exactly. Readers of the
//! JSON can rely on the names: fields may be added, and [`WalReport::FORMAT`] rises if one changes its
//! meaning or goes.
//!
//! All lists are bounded, so a report of any log has some 100 kB.

use nanoserde::{DeBin, SerBin};
use serde::Serialize;

/// What the records of a WAL tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalReport {
    /// The form of this report.
    pub format: u32,
    /// The major version of the server that wrote the log; 0 while there is no record.
    pub version: u32,
    /// Where the first record begins.
    pub first_lsn: String,
    /// Where the last record ends, and the next would begin.
    pub end_lsn: String,
    /// Why the log ends there, where it is no damage; otherwise empty.
    pub end: String,
    /// All records.
    pub total: WalTally,
    /// The same by resource manager, in the order of their numbers.
    pub managers: Vec<WalManager>,
    /// Rows that records of tables change.
    pub rows: WalRows,
    /// How transactions ended, and how large they were.
    pub transactions: WalTransactions,
    /// The log over time; nothing where no transaction ends in it.
    pub over_time: Option<WalOverTime>,
    /// The log from its beginning to its end.
    pub over_log: WalOverLog,
    /// Images in the log behind a checkpoint's redo point.
    pub after_checkpoint: WalAfterCheckpoint,
    /// The checkpoints.
    pub checkpoints: WalCheckpoints,
    /// The relations that most of the log is about.
    pub relations: WalBusiest<WalRelation>,
    /// The blocks that most of the log is about.
    pub blocks: WalBusiest<WalBlock>,
    /// How long redo would take after a crash.
    pub redo: WalRedo,
    /// What the same work sends to a volume of six copies.
    pub volume: WalVolume,
    /// How much of the log can be played.
    pub played: WalPlayed,
}

/// Records and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalTally {
    /// How many records.
    pub records: u64,
    /// Their bytes without full-page images.
    pub record_bytes: u64,
    /// Bytes of their full-page images.
    pub image_bytes: u64,
}

/// What a resource manager wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalManager {
    /// PostgreSQL's name for it.
    pub name: String,
    /// Its records.
    pub tally: WalTally,
    /// The same by operation.
    pub operations: Vec<WalOperation>,
}

/// What an operation wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalOperation {
    /// PostgreSQL's name for it, without that of its manager.
    pub name: String,
    /// Its records.
    pub tally: WalTally,
}

/// Rows that records of tables change: of catalogs and TOAST tables, too, and those of transactions
/// that were rolled back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalRows {
    /// New rows.
    pub inserted: u64,
    /// Rows that got a new version.
    pub updated: u64,
    /// Rows that are gone.
    pub deleted: u64,
}

/// How transactions ended, and how large they were.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalTransactions {
    /// Commits, those of prepared transactions among them.
    pub commits: u64,
    /// Of these, the commits of prepared transactions.
    pub commits_prepared: u64,
    /// Rollbacks, of transactions and of subtransactions.
    pub aborts: u64,
    /// Transactions that were prepared to commit in two phases.
    pub prepared: u64,
    /// Subtransactions that committed with their transactions.
    pub subtransactions: u64,
    /// WAL of each committed transaction with its subtransactions, as far as the log holds it.
    pub sizes: Option<WalSizes>,
    /// Commits of which the size is not known, because more transactions were open than are followed.
    pub unmeasured: u64,
}

/// How large committed transactions were, in bytes of WAL, images included. Percentiles are at most 1 %
/// too large.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalSizes {
    /// The mean.
    pub mean_bytes: u64,
    /// Half are no larger.
    pub p50_bytes: u64,
    /// Nine in ten are no larger.
    pub p90_bytes: u64,
    /// 99 in 100 are no larger.
    pub p99_bytes: u64,
    /// The largest.
    pub most_bytes: u64,
    /// How many there are of each size, by powers of two; those that have none left out.
    pub bins: Vec<WalSizeBin>,
}

/// Transactions of about one size: from it to less than twice of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalSizeBin {
    /// The least size.
    pub from_bytes: u64,
    /// How many.
    pub transactions: u64,
}

/// The log over time. Only the ends of transactions tell a time; records between two ends count where
/// the later one does.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalOverTime {
    /// The earliest end of a transaction.
    pub first_us: i64,
    /// The latest.
    pub last_us: i64,
    /// When the first bucket begins.
    pub from_us: i64,
    /// How long each bucket is.
    pub bucket_us: u64,
    /// The buckets, at most 256.
    pub buckets: Vec<WalMoment>,
}

/// What happened in a bucket of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalMoment {
    /// Commits.
    pub commits: u64,
    /// Rollbacks.
    pub aborts: u64,
    /// Bytes of records without images.
    pub record_bytes: u64,
    /// Bytes of images.
    pub image_bytes: u64,
}

/// The log from its beginning to its end, in stretches of the same length.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalOverLog {
    /// Where the first stretch begins.
    pub from_lsn: String,
    /// How long each is.
    pub bucket_bytes: u64,
    /// The stretches, at most 256.
    pub buckets: Vec<WalStretch>,
}

/// Records that begin in a stretch of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalStretch {
    /// Bytes of records without images.
    pub record_bytes: u64,
    /// Bytes of images.
    pub image_bytes: u64,
}

/// Images in the log behind a redo point: the first change of a page after it brings an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalAfterCheckpoint {
    /// How long each step is.
    pub step_bytes: u64,
    /// Steps from the redo point on, at most 64. Each sums up the checkpoints behind which the log goes on
    /// so far before the next redo point.
    pub steps: Vec<WalStep>,
}

/// A step behind redo points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalStep {
    /// How many checkpoints it sums up.
    pub checkpoints: u64,
    /// Bytes of records without images.
    pub record_bytes: u64,
    /// Bytes of images.
    pub image_bytes: u64,
}

/// The checkpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalCheckpoints {
    /// Those of a running server.
    pub online: u64,
    /// Those of a server that shut down or came out of recovery.
    pub shutdown: u64,
    /// WAL from one redo point to the next.
    pub distance: Option<WalDistance>,
    /// The first of them, at most 256.
    pub list: Vec<WalCheckpoint>,
}

/// WAL from one redo point to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalDistance {
    /// The least.
    pub least_bytes: u64,
    /// The mean.
    pub mean_bytes: u64,
    /// The most.
    pub most_bytes: u64,
}

/// A checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalCheckpoint {
    /// Whether the server shut down, or came out of recovery, with it.
    pub shutdown: bool,
    /// Where its record is.
    pub lsn: String,
    /// Where redo begins after a crash from then on.
    pub redo_lsn: String,
    /// The redo point from the beginning of the log; 0 if it is before that.
    pub redo_at_bytes: u64,
    /// WAL since the redo point before.
    pub distance_bytes: Option<u64>,
    /// When it began, to the second.
    pub began_us: i64,
    /// The timeline of the log.
    pub timeline: u32,
}

/// What most of the log is about, by its share of the log's bytes.
///
/// Bytes of a record count for its blocks: each block's header, image and data for the block, the rest
/// for the first. Where there are more kinds than are counted, a count begins anew for one that was let
/// go, so its bytes are `bytes` at least and `bytes_at_most` at most.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalBusiest<T> {
    /// How many were told apart; the exact number where `missed_at_most_bytes` is 0.
    pub counted: u64,
    /// No other than those counted has more bytes. 0: every count is exact.
    pub missed_at_most_bytes: u64,
    /// The busiest, at most 20, the first with most bytes.
    pub list: Vec<T>,
}

/// A relation, by the numbers that name its file; a log has no names.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalRelation {
    /// The tablespace's number.
    pub tablespace: u32,
    /// The database's number; 0 for what all databases share.
    pub database: u32,
    /// The file's number: `relfilenode` in `pg_class`.
    pub file: u32,
    /// Changes of its blocks.
    pub changes: u64,
    /// Bytes, at least.
    pub bytes: u64,
    /// Bytes, at most.
    pub bytes_at_most: u64,
    /// How many of `bytes` are images.
    pub image_bytes: u64,
    /// Rows that records change in it.
    pub rows: WalRows,
}

/// A block.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalBlock {
    /// Its relation's tablespace.
    pub tablespace: u32,
    /// Its relation's database.
    pub database: u32,
    /// Its relation's file.
    pub file: u32,
    /// Which of the relation's files: `main`, `fsm`, `vm` or `init`.
    pub fork: String,
    /// Its number.
    pub block: u32,
    /// Changes of it.
    pub changes: u64,
    /// Bytes, at least.
    pub bytes: u64,
    /// Bytes, at most.
    pub bytes_at_most: u64,
    /// How many of `bytes` are images.
    pub image_bytes: u64,
}

/// How long redo would take after a crash: an estimate, by the WAL from the redo point on.
///
/// One end is redo alone, as the model of the conventional engine says it with the constant that was
/// fitted to a measured PostgreSQL 15; the other the whole restart of the server that a talk showed.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalRedo {
    /// After a crash at the end of the log.
    pub at_end: WalRestart,
    /// After a crash at the worst moment that the log tells of: just before a checkpoint's record, or at
    /// the end.
    pub at_worst: WalRestart,
    /// What the measured server replays in a second.
    pub measured_bytes_per_s: u64,
    /// By how much the model is off, the median, in thousandths.
    pub measured_error_permille: u32,
    /// How long the talk's server starts without redo.
    pub talk_start_ms: u64,
    /// How much longer it takes for each GB (10^9 bytes) of redo.
    pub talk_ms_per_gb: u64,
}

/// A restart after a crash.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalRestart {
    /// Where the log ends that is replayed.
    pub lsn: String,
    /// Where redo begins. Empty: no checkpoint tells, so there is more redo than the log shows.
    pub redo_lsn: String,
    /// WAL between the two; from the log's beginning where redo begins at an unknown place.
    pub wal_bytes: u64,
    /// Redo by the measured constant.
    pub measured_ms: u64,
    /// The restart of the talk's server.
    pub talk_ms: u64,
}

/// What the same work sends to a volume of six copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalVolume {
    /// Redo records.
    pub records: u64,
    /// Their bytes, estimates included, once.
    pub bytes: u64,
    /// Redo records of which PostgreSQL logged an image instead, so that their size is estimated.
    pub estimated_records: u64,
    /// How many of `bytes` are estimated.
    pub estimated_bytes: u64,
    /// How many of `bytes` are images that are the change itself.
    pub image_bytes: u64,
    /// Copies that a volume keeps.
    pub copies: u32,
    /// Bytes that are sent to all copies.
    pub sent_bytes: u64,
    /// WAL records that change no page, of which nothing is sent.
    pub left_out: u64,
    /// WAL records that only guard a page against being torn, of which nothing is sent.
    pub guards: u64,
}

/// How much of the log can be played: its beginning, as much as memory is set aside for.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalPlayed {
    /// Whether it is the whole log.
    pub whole: bool,
    /// Where it ends.
    pub end_lsn: String,
    /// WAL records.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Pages that they touch.
    pub pages: u32,
}

impl WalReport {
    /// The form of reports that is written now.
    pub const FORMAT: u32 = 1;
}

impl WalTally {
    /// Bytes with images.
    pub const fn bytes(self) -> u64 {
        self.record_bytes + self.image_bytes
    }
}

impl WalMoment {
    /// Bytes with images.
    pub const fn bytes(self) -> u64 {
        self.record_bytes + self.image_bytes
    }
}

impl WalStretch {
    /// Bytes with images.
    pub const fn bytes(self) -> u64 {
        self.record_bytes + self.image_bytes
    }
}

impl WalStep {
    /// Bytes with images.
    pub const fn bytes(self) -> u64 {
        self.record_bytes + self.image_bytes
    }
}

impl WalRelation {
    /// As PostgreSQL writes it: `1663/5/16384`.
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.tablespace, self.database, self.file)
    }
}

impl WalBlock {
    /// As PostgreSQL's tools write it: `1663/5/16384 main 7`.
    pub fn name(&self) -> String {
        let Self {
            tablespace,
            database,
            file,
            fork,
            block,
            ..
        } = self;
        format!("{tablespace}/{database}/{file} {fork} {block}")
    }
}

impl<T> Default for WalBusiest<T> {
    fn default() -> Self {
        Self {
            counted: 0,
            missed_at_most_bytes: 0,
            list: Vec::new(),
        }
    }
}
