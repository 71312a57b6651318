//! What a segment has of its group's chain: intervals of it.
//!
//! The records of a group form a chain: each stores the LSN of the one before it in the group
//! (SIGMOD 2018, section 2.2). Between two neighbours there are LSNs of other groups, so an interval
//! is written by chain links: `(prev, last]` are the records after `prev` up to `last`. Two intervals
//! join when one begins at or before the other's end, without anyone knowing how many records lie
//! between.

use redo::Lsn;

/// The records of one group after `prev`, up to and including `last`. Both are LSNs of records of
/// that group; `prev` is [`Lsn::ZERO`] before the group's first record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// The record before the first, which is not part of the run.
    pub prev: Lsn,
    /// The last record.
    pub last: Lsn,
}

impl Run {
    /// The run after `prev` up to `last`, which must be later.
    pub fn new(prev: Lsn, last: Lsn) -> Self {
        assert!(prev < last, "a run holds at least one record");
        Self { prev, last }
    }

    fn and(self, other: Self) -> Option<Self> {
        let (prev, last) = (self.prev.max(other.prev), self.last.min(other.last));
        (prev < last).then_some(Self { prev, last })
    }
}

/// A set of records of one group, as the fewest runs that hold them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Runs {
    /// By rising LSN; between two of them something is missing.
    runs: Vec<Run>,
}

impl Runs {
    /// No records.
    pub(crate) const NONE: Self = Self { runs: Vec::new() };

    /// Adds the records of a run.
    pub fn add(&mut self, run: Run) {
        // Most records come in order: they continue the last run.
        if let Some(last) = self.runs.last_mut()
            && last.last == run.prev
        {
            last.last = run.last;
            return;
        }
        let from = self.runs.partition_point(|r| r.last < run.prev);
        let joins = self.runs[from..].partition_point(|r| r.prev <= run.last);
        let Some(last) = joins.checked_sub(1) else {
            self.runs.insert(from, run);
            return;
        };
        let joined = Run {
            prev: run.prev.min(self.runs[from].prev),
            last: run.last.max(self.runs[from + last].last),
        };
        self.runs[from] = joined;
        self.runs.drain(from + 1..=from + last);
    }

    /// Forgets every record after `last`, and gives what it forgot.
    pub fn truncate(&mut self, last: Lsn) -> Vec<Run> {
        let from = self.runs.partition_point(|run| run.last <= last);
        let mut forgotten = self.runs.split_off(from);
        if let Some(first) = forgotten.first_mut()
            && first.prev < last
        {
            self.runs.push(Run {
                prev: first.prev,
                last,
            });
            first.prev = last;
        }
        forgotten
    }

    /// Whether `run` continues the last of its runs, or lies behind it: none of it is here.
    pub(crate) fn ends_before(&self, run: Run) -> bool {
        self.highest() <= run.prev
    }

    /// Whether all records of `run` are here.
    pub(crate) fn has(&self, run: Run) -> bool {
        let place = self.runs.partition_point(|here| here.last < run.last);
        (self.runs.get(place)).is_some_and(|here| here.prev <= run.prev)
    }

    /// Whether no record of `run` is here.
    pub(crate) fn lacks(&self, run: Run) -> bool {
        let place = self.runs.partition_point(|here| here.last <= run.prev);
        (self.runs.get(place)).is_none_or(|here| run.last <= here.prev)
    }

    /// The records of `run` that are not here, as runs.
    pub fn missing(&self, run: Run) -> Vec<Run> {
        let mut missing = Vec::new();
        let mut prev = run.prev;
        for here in &self.runs[self.runs.partition_point(|r| r.last <= run.prev)..] {
            if here.prev >= run.last {
                break;
            }
            if prev < here.prev {
                missing.push(Run {
                    prev,
                    last: here.prev,
                });
            }
            prev = here.last;
        }
        if prev < run.last {
            missing.push(Run {
                prev,
                last: run.last,
            });
        }
        missing
    }

    /// The records of `run` that are here, as runs.
    pub fn present(&self, run: Run) -> impl Iterator<Item = Run> {
        self.runs.iter().filter_map(move |here| here.and(run))
    }

    /// Complete up to here: the last record with none missing before it. This is the SCL when the
    /// set is what is on disk.
    pub fn complete_to(&self) -> Lsn {
        self.runs
            .first()
            .filter(|run| run.prev == Lsn::ZERO)
            .map_or(Lsn::ZERO, |run| run.last)
    }

    /// The highest record that is here.
    pub fn highest(&self) -> Lsn {
        self.runs.last().map_or(Lsn::ZERO, |run| run.last)
    }

    /// The first hole: what is missing between [`Runs::complete_to`] and the next record that is
    /// here. `None` when nothing is known to be missing.
    pub fn first_gap(&self) -> Option<Run> {
        let prev = self.complete_to();
        let next = self.runs.iter().find(|run| run.prev > prev)?;
        Some(Run {
            prev,
            last: next.prev,
        })
    }

    /// Whether this record of the group is here.
    pub fn contains(&self, lsn: Lsn) -> bool {
        let place = self.runs.partition_point(|run| run.last < lsn);
        self.runs.get(place).is_some_and(|run| run.prev < lsn)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// A group whose records have the LSNs 3, 6, 9, ...
    fn run(prev: u64, length: u64) -> Run {
        Run {
            prev: Lsn(prev * 3),
            last: Lsn((prev + length) * 3),
        }
    }

    fn elements(run: Run) -> impl Iterator<Item = u64> {
        (run.prev.0 / 3 + 1)..=(run.last.0 / 3)
    }

    proptest! {
        #[test]
        fn runs_agree_with_a_plain_set(
            parts in proptest::collection::vec((0_u64..40, 1_u64..6), 0..30),
            asked in (0_u64..40, 1_u64..20),
        ) {
            let (mut runs, mut plain) = (Runs::default(), BTreeSet::new());
            for (prev, length) in parts {
                runs.add(run(prev, length));
                plain.extend(elements(run(prev, length)));
            }
            let head = (1..1000).take_while(|n| plain.contains(n)).last().unwrap_or(0);
            prop_assert_eq!(runs.complete_to(), Lsn(head * 3));
            prop_assert_eq!(runs.highest(), Lsn(plain.last().copied().unwrap_or(0) * 3));
            let gap = plain.iter().find(|n| **n > head + 1)
                .map(|next| Run { prev: Lsn(head * 3), last: Lsn((next - 1) * 3) });
            prop_assert_eq!(runs.first_gap(), gap);
            let asked = run(asked.0, asked.1);
            let missing: Vec<_> = runs.missing(asked).into_iter().flat_map(elements).collect();
            let present: Vec<_> = runs.present(asked).flat_map(elements).collect();
            let (have, lack): (Vec<u64>, Vec<u64>) = elements(asked).partition(|n| plain.contains(n));
            prop_assert_eq!(runs.has(asked), lack.is_empty());
            prop_assert_eq!(runs.lacks(asked), have.is_empty());
            prop_assert!(!runs.ends_before(asked) || have.is_empty());
            prop_assert_eq!((present, missing), (have, lack));
            for n in 0..60 {
                prop_assert_eq!(runs.contains(Lsn(n * 3)), plain.contains(&n));
            }
            let forgotten: Vec<_> = runs.truncate(asked.prev).into_iter().flat_map(elements).collect();
            let later = plain.split_off(&(asked.prev.0 / 3 + 1));
            prop_assert_eq!(forgotten, later.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(runs.highest(), Lsn(plain.last().copied().unwrap_or(0) * 3));
        }
    }
}
