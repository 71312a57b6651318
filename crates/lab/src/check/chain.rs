//! What the segments of a group have, as the trace tells it.

use engine_quorum::{Copies, NodeId};
use redo::{Lsn, SharedVec};

/// The records of a group in their order, and what each of its segments has on its disk.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// LSNs of the records. Copies of the checker share them.
    lsns: SharedVec<Lsn>,
    /// The first of them, whether or not it is forgotten.
    first: Lsn,
    pub(super) pgcl: Lsn,
    pub(super) copies: Vec<Copy>,
}

/// What a segment has: a beginning of the chain, and stretches behind gaps.
#[derive(Clone, Debug, Default)]
pub(super) struct Copy {
    /// It has the first so many records of the chain.
    pub(super) complete: u64,
    /// Further stretches, from a place in the chain up to another, rising and apart.
    behind_gaps: Vec<(u64, u64)>,
}

impl Copy {
    pub(super) fn add(&mut self, from: u64, to: u64) {
        self.behind_gaps.push((from, to));
        self.behind_gaps.sort_unstable();
        self.behind_gaps.retain(|&(from, to)| {
            if from <= self.complete {
                self.complete = self.complete.max(to);
            }
            from > self.complete
        });
    }

    /// Forgets all but the first so many records.
    pub(super) fn truncate(&mut self, count: u64) {
        self.complete = self.complete.min(count);
        self.behind_gaps.retain_mut(|(from, to)| {
            *to = (*to).min(count);
            *from < *to
        });
    }
}

impl Chain {
    /// No records yet, for so many copies.
    pub(super) fn new(copies: u8) -> Self {
        Self {
            lsns: SharedVec::default(),
            first: Lsn::ZERO,
            pgcl: Lsn::ZERO,
            copies: vec![Copy::default(); copies.into()],
        }
    }

    /// The next record.
    pub(super) fn push(&mut self, lsn: Lsn) {
        if self.lsns.is_empty() {
            self.first = lsn;
        }
        self.lsns.push(lsn);
    }

    /// Forgets the records up to `lsn`, but for the last of them. Every copy that has something has
    /// these.
    pub(super) fn forget(&mut self, lsn: Lsn) {
        self.lsns.forget(self.after(lsn).saturating_sub(1));
    }

    /// The group goes no further than its first `count` records, on any copy.
    pub(super) fn end_at(&mut self, count: u64) {
        for copy in &mut self.copies {
            copy.truncate(count);
        }
        self.lsns.truncate(count);
        self.pgcl = self.last_of(count);
    }

    /// These copies have all records, and no others any.
    pub(super) fn give_to(&mut self, copies: Copies) {
        for (node, copy) in (0..).map(NodeId).zip(&mut self.copies) {
            *copy = Copy {
                complete: if copies.has(node) { self.lsns.len() } else { 0 },
                behind_gaps: Vec::new(),
            };
        }
    }

    /// Where in the chain the records begin that are later than `lsn`. There is at most one for each
    /// LSN between, and where no group shares the log exactly one: so the search begins there.
    ///
    /// What comes before a forgotten record is asked for only where the chain begins.
    pub(super) fn after(&self, lsn: Lsn) -> u64 {
        if lsn < self.first {
            return 0;
        }
        let last = self.lsns.last().copied().unwrap_or_default();
        let mut high = self.lsns.len();
        let mut low = high.saturating_sub(last.0.saturating_sub(lsn.0));
        low = low.max(self.lsns.first());
        let mut stride = 1;
        while low < high {
            let probe = (low + stride).min(high) - 1;
            if self.lsns.get(probe).is_some_and(|other| *other <= lsn) {
                (low, stride) = (probe + 1, stride * 2);
            } else {
                (high, stride) = (probe, 1);
            }
        }
        low
    }

    /// The record at the end of the first `count`; zero if there is none.
    pub(super) fn last_of(&self, count: u64) -> Lsn {
        let place = count.checked_sub(1);
        let lsn = place.and_then(|place| self.lsns.get(place));
        lsn.copied().unwrap_or_default()
    }

    /// The copies that have every record up to `lsn`.
    pub(super) fn copies_with(&self, lsn: Lsn) -> Copies {
        let needed = self.after(lsn);
        self.copies_that(|copy| copy.complete >= needed)
    }

    /// The copies that lack a record up to `lsn`.
    pub(super) fn copies_without(&self, lsn: Lsn) -> Copies {
        let needed = self.after(lsn);
        self.copies_that(|copy| copy.complete < needed)
    }

    fn copies_that(&self, holds: impl Fn(&Copy) -> bool) -> Copies {
        let copies = (0..).map(NodeId).zip(&self.copies);
        let such = copies.filter(|(_, copy)| holds(copy));
        such.map(|(node, _)| node).collect()
    }
}
