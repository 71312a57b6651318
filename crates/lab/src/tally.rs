//! Sums over a run, and its commit latencies.

use std::rc::Rc;

use engine_quorum::Epoch;
use hdrhistogram::Histogram;
use redo::Lsn;
use sim::{SimTime, Span};

/// Sums since the start of the run.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Commits asked for.
    pub commits_asked: u64,
    /// Commits acknowledged.
    pub commits_acked: u64,
    /// When the last of them was.
    pub last_acked_at: SimTime,
    /// Boxcars sent, each to every copy.
    pub boxcars: u64,
    /// Redo records made, those of held submissions not yet.
    pub records: u64,
    /// Their bytes, once.
    pub record_bytes: u64,
    /// Of these, the bytes of records whose size is an estimate.
    pub estimated_bytes: u64,
    /// Bytes sent to storage, all copies counted.
    pub bytes_to_storage: u64,
    /// Writes sent to storage, all copies counted.
    pub ios_to_storage: u64,
    /// Messages lost on the way or at a node that was down.
    pub lost: u64,
    /// Transactions that changed nothing and have read everything.
    pub read_only: u64,
    /// Pages read from storage.
    pub reads: ReadTally,
    /// Transactions whose writer went away without an answer: their clients cannot know what became of
    /// them.
    pub unanswered: u64,
    /// Recoveries that came to their end.
    pub recoveries: Vec<Recovered>,
    latency: Durations,
}

/// Sums over pages read from storage.
#[derive(Clone, Debug, Default)]
pub struct ReadTally {
    /// Reads that a second node was asked for, because the first took long; each further node counts.
    pub hedged: u64,
    /// Reads that a node refused.
    pub refused: u64,
    latency: Durations,
}

thread_local! {
    /// What every histogram begins as: an empty one takes 16 KiB.
    static NOTHING_YET: Rc<Histogram<u64>> =
        Rc::new(Histogram::new(3).expect("three digits are allowed"));
}

/// How long things took.
#[derive(Clone, Debug)]
pub struct Durations {
    sum_ns: u128,
    /// Shared between keyframes; three significant digits.
    histogram: Rc<Histogram<u64>>,
}

/// A recovery, as the world saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The epoch that it began.
    pub epoch: Epoch,
    /// When the new writer was asked for.
    pub asked_at: SimTime,
    /// How long it took until the volume was open.
    pub took: Span,
    /// The VDL that it found.
    pub vdl: Lsn,
    /// The last LSN that it annulled.
    pub annulled_until: Lsn,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            commits_asked: 0,
            commits_acked: 0,
            last_acked_at: SimTime::START,
            boxcars: 0,
            records: 0,
            record_bytes: 0,
            estimated_bytes: 0,
            bytes_to_storage: 0,
            ios_to_storage: 0,
            lost: 0,
            read_only: 0,
            reads: ReadTally::default(),
            unanswered: 0,
            recoveries: Vec::new(),
            latency: Durations::default(),
        }
    }
}

impl Default for Durations {
    fn default() -> Self {
        Self {
            sum_ns: 0,
            histogram: NOTHING_YET.with(Rc::clone),
        }
    }
}

impl Durations {
    pub(crate) fn add(&mut self, took: Span) {
        self.sum_ns += u128::from(took.0);
        // Below 1 ns there is nothing to resolve, and the histogram begins at 1.
        Rc::make_mut(&mut self.histogram)
            .record(took.0.max(1))
            .expect("the histogram resizes itself");
    }

    /// Those that came since there were the others.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let mut histogram = (*self.histogram).clone();
        histogram
            .subtract(&*earlier.histogram)
            .expect("all of the others are among them");
        Self {
            sum_ns: self.sum_ns - earlier.sum_ns,
            histogram: Rc::new(histogram),
        }
    }

    /// How they are distributed, in nanoseconds.
    pub fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }

    /// What this share of them did not exceed, in nanoseconds; 0 before the first.
    pub fn at(&self, quantile: f64) -> u64 {
        if self.histogram.is_empty() {
            0
        } else {
            self.histogram.value_at_quantile(quantile)
        }
    }

    /// Their mean in nanoseconds, exact; 0 before the first.
    #[expect(clippy::cast_precision_loss, reason = "a mean is rounded anyway")]
    pub fn mean_ns(&self) -> f64 {
        if self.histogram.is_empty() {
            return 0.0;
        }
        self.sum_ns as f64 / self.histogram.len() as f64
    }
}

impl ReadTally {
    pub(crate) fn answered(&mut self, took: Span) {
        self.latency.add(took);
    }

    /// How long they took, those alone that a node was asked for.
    pub const fn latency(&self) -> &Durations {
        &self.latency
    }
}

impl Tally {
    pub(crate) fn acked(&mut self, now: SimTime, took: Span) {
        self.commits_acked += 1;
        self.last_acked_at = now;
        self.latency.add(took);
    }

    /// Commit latencies.
    pub const fn latencies(&self) -> &Durations {
        &self.latency
    }

    /// Commit latencies in nanoseconds.
    pub fn latency(&self) -> &Histogram<u64> {
        self.latency.histogram()
    }

    /// Mean commit latency in nanoseconds, exact; 0 before the first commit.
    pub fn latency_mean_ns(&self) -> f64 {
        self.latency.mean_ns()
    }
}

/// Sums of the conventional engine since the start of the run, as its clients see them.
#[derive(Clone, Debug, Default)]
pub struct ServerTally {
    /// Commits asked for.
    pub commits_asked: u64,
    /// Commits acknowledged.
    pub commits_acked: u64,
    /// When the last of them was.
    pub last_acked_at: SimTime,
    /// Transactions that do not commit, and are done.
    pub finished: u64,
    /// Transactions that ended with an error, because a page was damaged.
    pub failed: u64,
    /// Transactions whose server went away without an answer: their clients cannot know what became
    /// of them.
    pub unanswered: u64,
    /// Starts of a server that came to their end.
    pub recoveries: Vec<Redone>,
    latency: Durations,
}

/// A start of a server after a crash or a promotion, as the world saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redone {
    /// When it was asked for.
    pub asked_at: SimTime,
    /// How long it took until it was open.
    pub took: Span,
    /// Bytes of WAL between the redo point and the end.
    pub redo_bytes: u64,
}

impl ServerTally {
    pub(crate) fn acked(&mut self, now: SimTime, took: Span) {
        self.commits_acked += 1;
        self.last_acked_at = now;
        self.latency.add(took);
    }

    /// Commit latencies.
    pub const fn latencies(&self) -> &Durations {
        &self.latency
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_since_is_as_if_it_had_been_counted_alone() {
        let of = |ns: &[u64]| {
            let mut durations = Durations::default();
            for ns in ns {
                durations.add(Span(*ns));
            }
            durations
        };
        let (before, after) = ([5, 70_000, 9_000_000], [40, 8_000, 8_000, 1_000_000]);
        let since = of(&[&before[..], &after].concat()).since(&of(&before));
        let alone = of(&after);
        let told = |durations: &Durations| {
            let shares = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| durations.at(share));
            let histogram = durations.histogram();
            (durations.sum_ns, histogram.len(), histogram.max(), shares)
        };
        assert_eq!(told(&since), told(&alone));
        assert!(of(&before).since(&of(&before)).histogram().is_empty());
    }
}
