//! The insertion point: WAL grows at one place, so insertions go one after the other.
//!
//! A record gets its position at once and its place in line with it: it begins to be inserted when
//! the one before is, and takes a fixed time and one for each byte. The more clients insert, the
//! longer the line.
//!
//! ```text
//! now                 free_at
//!  | record 1 | record 2 |          the next record begins here, at `free_at` or now
//! ```
//!
//! That an insertion has an end but no event of its own keeps a commit at one event.

use std::collections::VecDeque;

use redo::Lsn;
use sim::{SimTime, Span};

/// Who is inserting, and when each is done.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Insertion {
    record: Span,
    copy_per_kib: Span,
    /// When the last one in line is done.
    free_at: SimTime,
    /// Those that were not done when it was last looked: when each is, and its end.
    line: VecDeque<(SimTime, Lsn)>,
    /// Everything before this was inserted when it was last looked.
    inserted: Lsn,
}

impl Insertion {
    pub(crate) const fn new(record: Span, copy_per_kib: Span, inserted: Lsn) -> Self {
        Self {
            record,
            copy_per_kib,
            free_at: SimTime::START,
            line: VecDeque::new(),
            inserted,
        }
    }

    /// So many records of so many bytes get in line; they end at `end`.
    pub(crate) fn insert(&mut self, now: SimTime, records: u64, bytes: u64, end: Lsn) {
        let took = Span(self.record.0 * records + self.copy_per_kib.0 * bytes / 1024);
        self.free_at = self.free_at.max(now) + took;
        self.line.push_back((self.free_at, end));
    }

    /// Everything before this is inserted at `now`.
    pub(crate) fn inserted(&mut self, now: SimTime) -> Lsn {
        while let Some(&(at, end)) = self.line.front()
            && at <= now
        {
            self.line.pop_front();
            self.inserted = end;
        }
        self.inserted
    }

    /// When everything before `lsn` is inserted, if that is still to come.
    pub(crate) fn when(&self, lsn: Lsn) -> Option<SimTime> {
        let before = self.line.partition_point(|(_, end)| *end < lsn);
        self.line.get(before).map(|(at, _)| *at)
    }
}
