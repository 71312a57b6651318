//! What makes the records, one submission after the other.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use engine_quorum::Submission;
use protocol::{Verb, VolumeId};
use redo::{Change, PageId, Payload};
use sim::{SimTime, Span, Stream};

use crate::recording::Recording;
use crate::scenario::{Arrival, Oltp, Skew, Weight, Workload};
use crate::script::Script;
use crate::world::stream_name;

/// How far a workload has come.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// When it began.
    began_at: SimTime,
    /// Submissions made so far; also the number of the last transaction of an insert workload.
    made: u64,
    /// Those that someone asked for.
    by_hand: u64,
    arrivals: Stream,
    /// Chooses which transactions are read-only.
    kinds: Stream,
    pages: Stream,
    payloads: Stream,
}

impl Source {
    pub(crate) fn new(seed: u64, volume: VolumeId, began_at: SimTime) -> Self {
        let stream = |name| Stream::new(seed, &stream_name(volume, name));
        Self {
            began_at,
            made: 0,
            by_hand: 0,
            arrivals: stream("arrivals"),
            kinds: stream("kinds"),
            pages: stream("pages"),
            payloads: stream("payloads"),
        }
    }

    /// When the next submission comes, if the workload itself decides that; a closed loop waits for
    /// an acknowledgement instead.
    pub(crate) fn next_at(
        &mut self,
        now: SimTime,
        workload: &Workload,
        recording: Option<&Recording>,
    ) -> Option<SimTime> {
        match workload {
            Workload::Insert { arrival, .. } | Workload::Oltp(Oltp { arrival, .. }) => {
                self.next_of(now, *arrival)
            }
            Workload::WalFile { speed, .. } => {
                let mtr = recording?.mtrs.get(usize::try_from(self.made).ok()?)?;
                #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
                let at = whole(mtr.at_ns as f64 / speed);
                Some((self.began_at + Span(at)).max(now))
            }
        }
    }

    fn next_of(&mut self, now: SimTime, arrival: Arrival) -> Option<SimTime> {
        match arrival {
            Arrival::Closed { .. } => None,
            Arrival::Fixed { rate } => {
                // Whole steps of the clock from the beginning, so that nothing adds up.
                let since = times(self.made, 1_000_000_000_000_000, whole(rate * 1e6));
                Some(self.began_at + Span(since.min(SimTime::LIMIT.0)))
            }
            Arrival::Poisson { rate } => {
                Some(now + Span(whole(1e9 / rate * self.arrivals.exponential())))
            }
        }
    }

    /// Makes the next snapshot, if the workload has any, of a volume with so many pages.
    pub(crate) fn snapshot(
        &mut self,
        workload: &Workload,
        script: &Script,
        pages: u64,
    ) -> Option<Submission> {
        let Workload::Oltp(oltp) = workload else {
            return None;
        };
        Some(Submission {
            snapshot: Some(oltp.snapshot?),
            reads: self.pages(oltp, within(oltp.pages, script, pages), oltp.reads_per_txn),
            ..Submission::default()
        })
    }

    /// Makes the next submission, on a volume with so many pages.
    pub(crate) fn submission(
        &mut self,
        workload: &Workload,
        script: &Script,
        volume_pages: u64,
    ) -> Option<Submission> {
        self.made += 1;
        let weight = script.scenario.weight;
        match workload {
            Workload::Insert {
                record_bytes,
                records_per_commit,
                pages,
                ..
            } => {
                let pages = within(*pages, script, volume_pages);
                let change = |_| {
                    let page = self.page(pages, Skew::Uniform);
                    self.change(page, *record_bytes, weight)
                };
                Some(Submission {
                    changes: (0..*records_per_commit).map(change).collect(),
                    commit: Some(self.made),
                    ..Submission::default()
                })
            }
            Workload::Oltp(oltp) => {
                Some(self.transaction(oltp, within(oltp.pages, script, volume_pages), weight))
            }
            Workload::WalFile { .. } => {
                let recording = script.recording.as_deref()?;
                let mtr = recording.mtrs.get(usize::try_from(self.made - 1).ok()?)?;
                Some(recording.submission(mtr, weight))
            }
        }
    }

    /// Makes the submission of a client that someone told to write to this page.
    pub(crate) fn by_hand(&mut self, page: PageId, weight: Weight) -> Submission {
        self.by_hand += 1;
        Submission {
            changes: self.change(page, Verb::WRITE_BYTES, weight).into(),
            commit: Some(BY_HAND + self.by_hand),
            ..Submission::default()
        }
    }

    fn transaction(&mut self, oltp: &Oltp, pages: u64, weight: Weight) -> Submission {
        let reads = self.pages(oltp, pages, oltp.reads_per_txn);
        let changed = if self.kinds.below(1_000_000) < oltp.read_only_ppm.into() {
            Vec::new()
        } else {
            self.pages(oltp, pages, oltp.writes_per_txn)
        };
        Submission {
            reads,
            commit: (!changed.is_empty()).then_some(self.made),
            changes: changed
                .into_iter()
                .map(|page| self.change(page, oltp.record_bytes, weight))
                .collect(),
            ..Submission::default()
        }
    }

    fn pages(&mut self, oltp: &Oltp, pages: u64, count: u32) -> Vec<PageId> {
        let pages = (0..count).map(|_| self.page(pages, oltp.skew));
        pages.collect()
    }

    fn page(&mut self, pages: u64, skew: Skew) -> PageId {
        let place = match skew {
            Skew::Uniform => self.pages.below(pages),
            Skew::Zipf { exponent } => self.pages.zipf(pages, exponent) - 1,
        };
        PageId(u32::try_from(place).expect("below a u32"))
    }

    fn change(&mut self, page: PageId, bytes: u32, weight: Weight) -> Change {
        match weight {
            Weight::Account => Change::account(page, bytes, false),
            Weight::Exact => {
                let words = (0..bytes.div_ceil(8)).map(|_| self.payloads.bits().to_le_bytes());
                let buffer: Rc<[u8]> = words.flatten().collect();
                Change::exact(page, bytes, false, Payload::new(buffer, 0, bytes))
            }
        }
    }
}

/// How many pages of a volume, the first ones, a workload works on that names so many: those, or all
/// that there are now if these were all that the volume was created with.
fn within(named: u32, script: &Script, pages: u64) -> u64 {
    let named = u64::from(named);
    if named < script.pages() { named } else { pages }
}

/// Transactions that someone asked for are numbered from here, apart from the workload's.
const BY_HAND: u64 = 1_000_000_000;

/// Payloads are not part of the state: a run is the same in either weight.
impl Hash for Source {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.began_at, self.made, self.by_hand).hash(state);
        self.arrivals.hash(state);
        self.kinds.hash(state);
        self.pages.hash(state);
    }
}

/// `count × distance / parts`, rounded down; what is too large becomes the largest.
fn times(count: u64, distance: u64, parts: u64) -> u64 {
    // Whole parts and the rest apart: a division of 128 bits takes long, and is hardly ever needed.
    let (part, rest) = (distance / parts, distance % parts);
    let rests = match count.checked_mul(rest) {
        Some(rests) => u128::from(rests / parts),
        None => u128::from(count) * u128::from(rest) / u128::from(parts),
    };
    let product = u128::from(count) * u128::from(part) + rests;
    u64::try_from(product).unwrap_or(u64::MAX)
}

/// Rounds to a whole number, at least 0; what is too large becomes the largest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it saturates"
)]
fn whole(number: f64) -> u64 {
    (number + 0.5) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_distance_are_rounded_down_however_large_they_are() {
        let numbers = [1, 7, 25_000_000_000, 1_000_000_000_000_000, u64::MAX];
        for (count, distance) in numbers.iter().flat_map(|a| numbers.map(|b| (*a, b))) {
            for parts in numbers {
                let exact = u128::from(count) * u128::from(distance) / u128::from(parts);
                let exact = u64::try_from(exact).unwrap_or(u64::MAX);
                assert_eq!(times(count, distance, parts), exact);
            }
        }
    }
}
