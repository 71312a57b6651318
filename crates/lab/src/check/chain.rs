//! What the segments of a group have, as the trace tells it.

use std::collections::VecDeque;

use redo::Lsn;

/// The records of a group in their order, and what each of its segments has on its disk.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// LSNs of the records, without those at the beginning that every segment has.
    lsns: VecDeque<Lsn>,
    /// How many are not in `lsns` any more.
    before: u64,
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
            lsns: VecDeque::new(),
            before: 0,
            pgcl: Lsn::ZERO,
            copies: vec![Copy::default(); copies.into()],
        }
    }

    /// The next record.
    pub(super) fn push(&mut self, lsn: Lsn) {
        self.lsns.push_back(lsn);
    }

    /// The group goes no further than its first `count` records, on any copy.
    pub(super) fn end_at(&mut self, count: u64) {
        for copy in &mut self.copies {
            copy.truncate(count);
        }
        let kept = usize::try_from(count - self.before).expect("it is in memory");
        self.lsns.truncate(kept);
        self.pgcl = self.last_of(count);
    }

    /// Where in the chain the records begin that are later than `lsn`.
    pub(super) fn after(&self, lsn: Lsn) -> u64 {
        self.before + self.lsns.partition_point(|other| *other <= lsn) as u64
    }

    /// The record at the end of the first `count`; zero if there is none, or if all have it.
    pub(super) fn last_of(&self, count: u64) -> Lsn {
        let place = count.checked_sub(self.before + 1);
        let lsn = place.and_then(|place| self.lsns.get(usize::try_from(place).ok()?));
        lsn.copied().unwrap_or_default()
    }

    /// How many copies have every record up to `lsn`.
    pub(super) fn copies_with(&self, lsn: Lsn) -> usize {
        let needed = self.after(lsn);
        self.copies
            .iter()
            .filter(|copy| copy.complete >= needed)
            .count()
    }

    /// Records up to the VDL that every segment has need no watching, but for the last, which SCLs
    /// name. Those behind the VDL may yet be annulled.
    pub(super) fn forget(&mut self, vdl: Lsn) {
        let everywhere = self
            .copies
            .iter()
            .map(|copy| copy.complete)
            .min()
            .unwrap_or(0);
        while self.before + 1 < everywhere && self.lsns.get(1).is_some_and(|next| *next <= vdl) {
            self.lsns.pop_front();
            self.before += 1;
        }
    }
}
