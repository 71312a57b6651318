//! What makes the records, one submission after the other.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use engine_quorum::Submission;
use redo::{Change, PageId, Payload};
use sim::{SimTime, Span, Stream};

use crate::recording::Recording;
use crate::scenario::{Arrival, Weight, Workload};
use crate::world::VolumeId;

/// How far a workload has come.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Submissions made so far; also the number of the last transaction of an insert workload.
    made: u64,
    arrivals: Stream,
    pages: Stream,
    payloads: Stream,
}

impl Source {
    pub(crate) fn new(seed: u64, volume: VolumeId) -> Self {
        let stream = |name| Stream::new(seed, &volume.qualify(name));
        Self {
            made: 0,
            arrivals: stream("arrivals"),
            pages: stream("pages"),
            payloads: stream("payloads"),
        }
    }

    /// How many clients a closed loop has. They all begin at the start of the run, and each goes on
    /// when its commit is acknowledged.
    pub(crate) const fn clients(workload: &Workload) -> Option<u32> {
        match workload {
            Workload::Insert {
                arrival: Arrival::Closed { clients },
                ..
            } => Some(*clients),
            Workload::Insert { .. } | Workload::WalFile { .. } => None,
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
            Workload::Insert {
                arrival: Arrival::Closed { .. },
                ..
            } => None,
            Workload::Insert {
                arrival: Arrival::Fixed { rate },
                ..
            } => {
                // Whole steps of the clock from the start, so that nothing adds up.
                let rate_micro = whole(rate * 1e6);
                let ns = u128::from(self.made) * 1_000_000_000_000_000 / u128::from(rate_micro);
                Some(SimTime(
                    u64::try_from(ns).unwrap_or(u64::MAX).min(SimTime::LIMIT.0),
                ))
            }
            Workload::Insert {
                arrival: Arrival::Poisson { rate },
                ..
            } => Some(now + Span(whole(1e9 / rate * self.arrivals.exponential()))),
            Workload::WalFile { speed, .. } => {
                let mtr = recording?.mtrs.get(usize::try_from(self.made).ok()?)?;
                #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
                let at = whole(mtr.at_ns as f64 / speed);
                Some(SimTime(at).max(now))
            }
        }
    }

    /// Makes the next submission.
    pub(crate) fn submission(
        &mut self,
        workload: &Workload,
        weight: Weight,
        recording: Option<&Recording>,
    ) -> Option<Submission> {
        self.made += 1;
        match workload {
            Workload::Insert {
                record_bytes,
                records_per_commit,
                pages,
                ..
            } => {
                let changes = (0..*records_per_commit)
                    .map(|_| self.change(*record_bytes, *pages, weight))
                    .collect();
                Some(Submission {
                    changes,
                    label: 0,
                    commit: Some(self.made),
                })
            }
            Workload::WalFile { .. } => {
                let recording = recording?;
                let mtr = recording.mtrs.get(usize::try_from(self.made - 1).ok()?)?;
                Some(recording.submission(mtr, weight))
            }
        }
    }

    fn change(&mut self, bytes: u32, pages: u32, weight: Weight) -> Change {
        let page = u32::try_from(self.pages.below(pages.into())).expect("below a u32");
        match weight {
            Weight::Account => Change::account(PageId(page), bytes, false),
            Weight::Exact => {
                let words = (0..bytes.div_ceil(8)).map(|_| self.payloads.bits().to_le_bytes());
                let buffer: Arc<[u8]> = words.flatten().collect();
                Change::exact(PageId(page), bytes, false, Payload::new(buffer, 0, bytes))
            }
        }
    }
}

/// Payloads are not part of the state: a run is the same in either weight.
impl Hash for Source {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.made.hash(state);
        self.arrivals.hash(state);
        self.pages.hash(state);
    }
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
