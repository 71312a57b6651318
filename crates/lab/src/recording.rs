//! A real WAL as a workload: what it would send to a volume, and when.
//!
//! A WAL record is one mini-transaction, with one redo record for each block that it touches; a
//! commit changes the page that holds the outcome of its transaction.
//!
//! # Simplifications
//! * Only commits say when they happened. What lies between two of them is spread evenly over the
//!   time between; what lies before the first happens with it, after the last with that.
//! * Where PostgreSQL logged a whole page instead of a block's change, the change has the median
//!   size of the same block in records of the same kind, and is marked as estimated.
//! * A transaction's outcome is one change, even where its subtransactions lie on other pages.
//! * Records that change no page are left out: rollbacks, locks, checkpoints.
//! * A recording is the beginning of its log, as much as 256 MiB hold; the report is that of all of it.

mod build;
mod estimate;
mod import;
mod kept;
mod report;
#[cfg(test)]
mod tests;
mod volume;

use std::rc::Rc;

use engine_quorum::Submission;
use redo::{Change, PageId, Payload};
use sim::Span;

use crate::scenario::Weight;

pub use build::RecordingBuilder;
pub use import::{Import, Imported};

/// What real WAL files say, in the volume's terms.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Names of the files.
    pub files: Vec<String>,
    /// Digest of their bytes.
    pub digest: String,
    /// Names of the kinds of record; a mini-transaction's label is a place in this list.
    pub labels: Vec<String>,
    /// One for each WAL record that changes a page, by time.
    pub mtrs: Vec<RecordedMtr>,
    /// The redo records of all of them.
    pub changes: Vec<RecordedChange>,
    /// The bytes that the changes' payloads are windows of.
    pub bytes: Rc<[u8]>,
}

/// A WAL record as a mini-transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedMtr {
    /// Nanoseconds since the recording began.
    pub at_ns: u64,
    /// Its first redo record.
    pub first_change: u32,
    /// How many it has.
    pub changes: u32,
    /// Place of its kind's name.
    pub label: u16,
    /// The transaction that it commits.
    pub commit: Option<u64>,
    /// What it does with the pages of its redo records.
    pub does: Does,
    /// Its position in the WAL.
    pub wal_lsn: u64,
}

/// What a mini-transaction does. A WAL tells of changes only; the rest is written by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// It changes pages.
    Change,
    /// It reads pages.
    Read,
    /// It takes its read point now and reads pages so much later.
    Snapshot(Span),
}

/// A redo record of a WAL record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedChange {
    /// The page, numbered at first touch.
    pub page: u32,
    /// Its size in bytes.
    pub bytes: u32,
    /// The size is the median of its kind, for PostgreSQL logged an image instead.
    pub estimated: bool,
    /// Its bytes: start and length in [`Recording::bytes`].
    pub payload: (u32, u32),
}

impl Recording {
    /// The submission of one mini-transaction.
    pub fn submission(&self, mtr: &RecordedMtr, weight: Weight) -> Submission {
        let from = mtr.first_change as usize;
        let changes = &self.changes[from..from + mtr.changes as usize];
        if mtr.does != Does::Change {
            let snapshot = match mtr.does {
                Does::Snapshot(hold) => Some(hold),
                Does::Change | Does::Read => None,
            };
            return Submission {
                reads: changes.iter().map(|read| PageId(read.page)).collect(),
                snapshot,
                ..Submission::default()
            };
        }
        let change = |recorded: &RecordedChange| {
            let RecordedChange {
                page,
                bytes,
                estimated,
                payload: (start, length),
            } = *recorded;
            match weight {
                Weight::Account => Change::account(PageId(page), bytes, estimated),
                Weight::Exact => {
                    let payload = Payload::new(Rc::clone(&self.bytes), start, length);
                    Change::exact(PageId(page), bytes, estimated, payload)
                }
            }
        };
        Submission {
            changes: changes.iter().map(change).collect(),
            label: mtr.label,
            commit: mtr.commit,
            ..Submission::default()
        }
    }
}
