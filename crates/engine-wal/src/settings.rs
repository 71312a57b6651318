//! What can be set, under PostgreSQL's names where it has one.

use sim::Span;

/// Settings of a primary and its standbys. The default is PostgreSQL 15's, with the constants of a
/// small server where PostgreSQL leaves them to the machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// `synchronous_standby_names`: how many standbys a commit waits for, and which.
    pub rule: Rule,
    /// `synchronous_commit`: what a commit waits for.
    pub level: Level,
    /// `checkpoint_timeout`: from the beginning of a checkpoint to that of the next.
    pub checkpoint_interval: Span,
    /// `max_wal_size`, bytes: what WAL may grow to between the redo point of the last completed
    /// checkpoint and the end of the next one.
    pub max_wal_size: u64,
    /// `checkpoint_completion_target`, thousandths: over which part of the way to the next checkpoint
    /// one is spread.
    pub completion_permille: u32,
    /// `full_page_writes`: the first change of a page after a checkpoint began logs the whole page.
    pub full_page_writes: bool,
    /// `archive_mode`: every full WAL file is archived before it is recycled.
    pub archive: bool,
    /// Redo recovery ends with a checkpoint, and the server opens when that is complete. Otherwise it
    /// opens at once, and the first checkpoint is spread like any other.
    pub end_of_recovery_checkpoint: bool,
    /// `wal_buffers`, bytes, not 0: WAL that was inserted and not written yet. More has to wait.
    pub wal_buffers: u64,
    /// `wal_writer_delay`: WAL that no commit waits for is flushed so long after the first of it.
    pub wal_writer_delay: Span,
    /// Processors, not 0.
    pub processors: u32,
    /// How long a transaction occupies one of them before it does anything else. With zero, processors
    /// never run out.
    pub statement: Span,
    /// The insertion of a record occupies the one insertion point for so long ...
    pub insert: Span,
    /// ... and so much longer for each KiB that is copied.
    pub copy_per_kib: Span,
    /// Pages that the database had from its beginning: one that was never written is read like any
    /// other. A page from here on is made, not read, when it is first changed.
    pub pages: u32,
    /// `shared_buffers`, pages of 8 KiB; at least one.
    pub shared_buffers: u32,
    /// The operating system's cache below, pages: what it has is read without the device. 0: none.
    pub os_cache: u32,
    /// `bgwriter_delay`: how often the background writer looks ahead of the clock hand.
    pub bgwriter_delay: Span,
    /// `bgwriter_lru_maxpages`: what it writes each time at most.
    pub bgwriter_pages_max: u32,
    /// Pages that a checkpoint has written at once, not 0; `checkpoint_flush_after` is 32 pages.
    pub checkpoint_depth: u32,
    /// Bytes of WAL, not 0, that one process replays in a second, on the primary or on a standby, without
    /// the pages that it has to read.
    pub replay_bytes_per_second: u64,
    /// How long a server takes to start before the first record is replayed.
    pub startup: Span,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rule: Rule::None,
            level: Level::On,
            checkpoint_interval: Span::from_millis(300_000),
            max_wal_size: 1 << 30,
            completion_permille: 900,
            full_page_writes: true,
            archive: false,
            end_of_recovery_checkpoint: true,
            wal_buffers: 4 << 20,
            wal_writer_delay: Span::from_millis(200),
            processors: 1,
            statement: Span::ZERO,
            insert: Span::from_micros(1),
            copy_per_kib: Span(100),
            pages: 1 << 20,
            shared_buffers: 16_384,
            os_cache: 0,
            bgwriter_delay: Span::from_millis(200),
            bgwriter_pages_max: 100,
            checkpoint_depth: 32,
            replay_bytes_per_second: 255_000_000,
            startup: Span::from_millis(8_700),
        }
    }
}

/// `synchronous_standby_names`. Standbys are listed by their numbers, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// No standby is waited for.
    None,
    /// `FIRST n (*)`: the first so many that are connected, by priority. At least one.
    First(u8),
    /// `ANY n (*)`: any so many. At least one.
    Any(u8),
}

/// `synchronous_commit`: what a commit waits for, each level for more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `off`: nothing but its insertion.
    Off,
    /// `local`: the flush of the primary, whatever the rule.
    Local,
    /// `remote_write`: also until the standbys have written it, perhaps not to the disk.
    RemoteWrite,
    /// `on`: also until they have flushed it.
    On,
    /// `remote_apply`: also until they have replayed it.
    RemoteApply,
}

/// A standby, from 0. The lower one has the higher priority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StandbyId(pub u8);

impl StandbyId {
    /// Its place in a list of all.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}
