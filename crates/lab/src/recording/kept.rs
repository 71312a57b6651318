//! The part of the log that is kept to be played: its beginning, as much as memory is set aside for.
//!
//! ```text
//! commit       commit         commit
//! v            v              v
//! | A | B | C  | D | E | F | G  | H | I | ...
//! '---------- kept ----------'  ' full here: what follows the last commit is let go
//! ```
//!
//! # Invariants
//! * Mini-transactions, changes, payloads and pages together never take more than the bound, but for
//!   what one WAL record adds; while a list grows it is there twice.
//! * What is kept ends with a commit, unless none fits.

use std::collections::BTreeMap;

use pgwal::{Operation, Record, TransactionEnd, WalLsn};
use protocol::WalPlayed;
use sim::SimTime;

use super::estimate::{BlockKind, Estimates};
use super::volume::{PageKey, Part, Size, length_of};
use super::{Does, RecordedChange, RecordedMtr};

/// What is kept takes so many bytes at most.
pub(super) const BYTES_MAX: usize = 256 << 20;

/// What an entry of the map of pages takes: its key, its number, its part of a tree's node.
const PAGE_ENTRY_BYTES: usize = 48;

/// What is kept of the log.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) label_names: Vec<String>,
    pub(super) mtrs: Vec<RecordedMtr>,
    pub(super) changes: Vec<RecordedChange>,
    pub(super) bytes: Vec<u8>,
    extent: Extent,
    labels: BTreeMap<Operation, u16>,
    pages: BTreeMap<PageKey, u32>,
    /// Changes whose block data was not logged.
    missing: Vec<(u32, BlockKind)>,
    clock: Clock,
    /// The end of the last commit that fits.
    mark: Mark,
}

/// How much there was at a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    mtrs: usize,
    changes: usize,
    bytes: usize,
    missing: usize,
    extent: Extent,
}

/// How much of the log it is.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    /// WAL records, and their bytes.
    records: u64,
    bytes: u64,
    /// Where it ends.
    end: WalLsn,
    /// Pages that are touched in it.
    pages: u32,
}

impl Kept {
    /// Adds a WAL record and the redo records that it gives.
    pub(super) fn push(
        &mut self,
        record: &Record<'_>,
        end: Option<&TransactionEnd<'_>>,
        parts: &[Part],
    ) {
        self.extent.records += 1;
        self.extent.bytes += u64::from(length_of(record.bytes));
        self.extent.end = record.end_lsn;
        if parts.is_empty() {
            return;
        }
        let first_change = self.change_count();
        for part in parts {
            self.add(record, part);
        }
        let label = self.label(record.operation());
        let commit = end.filter(|end| end.outcome.is_commit());
        self.mtrs.push(RecordedMtr {
            at_ns: self.clock.now_ns,
            first_change,
            changes: self.change_count() - first_change,
            label,
            commit: commit.map(|end| u64::from(end.xid.0)),
            does: Does::Change,
            wal_lsn: record.lsn.0,
        });
        if let Some(commit) = commit {
            self.clock.tick(commit.time.unix_micros(), &mut self.mtrs);
        }
    }

    /// Remembers that a transaction ended here, within the bound.
    pub(super) fn mark(&mut self) {
        self.mark = Mark {
            mtrs: self.mtrs.len(),
            changes: self.changes.len(),
            bytes: self.bytes.len(),
            missing: self.missing.len(),
            extent: self.extent,
        };
    }

    /// Bytes that it takes.
    pub(super) fn size(&self) -> usize {
        size_of_val(self.mtrs.as_slice())
            + size_of_val(self.changes.as_slice())
            + size_of_val(self.missing.as_slice())
            + self.bytes.len()
            + self.pages.len() * PAGE_ENTRY_BYTES
    }

    /// Lets go what follows the last marked commit, if there is one, and what only further records
    /// would need.
    pub(super) fn close(&mut self) {
        self.pages = BTreeMap::new();
        let mark = self.mark;
        if mark.mtrs > 0 {
            self.mtrs.truncate(mark.mtrs);
            self.changes.truncate(mark.changes);
            self.bytes.truncate(mark.bytes);
            self.missing.truncate(mark.missing);
            self.extent = mark.extent;
        }
        self.mtrs.shrink_to_fit();
        self.changes.shrink_to_fit();
        self.bytes.shrink_to_fit();
        self.missing.shrink_to_fit();
    }

    /// Gives the changes that were not logged their estimated sizes.
    pub(super) fn estimate(&mut self, estimates: &Estimates) {
        for (change, kind) in std::mem::take(&mut self.missing) {
            let estimate = estimates.of(kind);
            let change = &mut self.changes[change as usize];
            change.estimated = estimate != Some(0);
            change.bytes += estimate.unwrap_or(0);
        }
    }

    /// How much of the log it is, and whether that is all.
    pub(super) fn extent(&self, whole: bool) -> WalPlayed {
        let Extent {
            records,
            bytes,
            end,
            pages,
        } = self.extent;
        WalPlayed {
            whole,
            end_lsn: end.to_string(),
            records,
            bytes,
            pages,
        }
    }

    fn add(&mut self, record: &Record<'_>, part: &Part) {
        if let Size::Missing(kind) = part.size {
            self.missing.push((self.change_count(), kind));
        }
        let start = self.byte_count();
        for range in &part.payload {
            let bytes = &record.bytes[range.start as usize..range.end as usize];
            self.bytes.extend_from_slice(bytes);
        }
        let next = self.extent.pages;
        let page = *self.pages.entry(part.page).or_insert(next);
        self.extent.pages = next.max(page + 1);
        self.changes.push(RecordedChange {
            page,
            bytes: part.bytes,
            estimated: false,
            payload: (start, self.byte_count() - start),
        });
    }

    fn label(&mut self, operation: Operation) -> u16 {
        let next = u16::try_from(self.label_names.len()).expect("4096 operations at most");
        *self.labels.entry(operation).or_insert_with(|| {
            self.label_names.push(operation.to_string());
            next
        })
    }

    fn change_count(&self) -> u32 {
        u32::try_from(self.changes.len()).expect("bounded below 32 bits")
    }

    fn byte_count(&self) -> u32 {
        u32::try_from(self.bytes.len()).expect("bounded below 32 bits")
    }
}

/// The times of mini-transactions, which only commits tell.
#[derive(Clone, Debug, Default)]
struct Clock {
    /// The first commit's time in microseconds: the recording begins with it.
    start: Option<i64>,
    /// The last commit's time in nanoseconds from there.
    now_ns: u64,
    /// The first mini-transaction behind the last commit.
    untimed: usize,
}

impl Clock {
    /// Sets the time of the commit that is the last of `mtrs`, and spreads those since the commit
    /// before it evenly between the two.
    fn tick(&mut self, time: i64, mtrs: &mut [RecordedMtr]) {
        let start = *self.start.get_or_insert(time);
        let since_ns = time
            .saturating_sub(start)
            .max(0)
            .cast_unsigned()
            .saturating_mul(1000);
        // Times are taken before records are written, so a neighbour may be a little earlier.
        let then_ns = since_ns.min(SimTime::LIMIT.0).max(self.now_ns);
        let between = &mut mtrs[self.untimed..];
        let steps = between.len() as u64;
        for (step, mtr) in (1..=steps).zip(between) {
            let passed = u128::from(then_ns - self.now_ns) * u128::from(step) / u128::from(steps);
            mtr.at_ns = self.now_ns + u64::try_from(passed).expect("a part of what 64 bits hold");
        }
        self.now_ns = then_ns;
        self.untimed = mtrs.len();
    }
}
