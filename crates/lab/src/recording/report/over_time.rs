//! The log over time, which only the ends of transactions tell.
//!
//! What was written between two of them is spread evenly over the time between; what was written before
//! the first counts with it.
//!
//! ```text
//! log      A   commit 12:00:01   B   B   B   B   commit 12:00:03
//! time     A + commit | B | B | B | B + commit
//! ```

use std::ops::AddAssign;

use pgwal::TransactionEnd;
use protocol::{WalMoment, WalOverTime};

use super::series::Series;
use super::{said, said_time};

/// Buckets begin with a 64th of a second, so that a few doublings make whole seconds.
const BUCKET_US: u64 = 15_625;

const BUCKETS_MAX: usize = 256;

/// Turns a time into a number without a sign that rises with it, and back.
const SIGN: u64 = 1 << 63;

/// Counts by time.
#[derive(Clone, Debug)]
pub(super) struct OverTime {
    series: Series<Moment>,
    /// What was written since the last end of a transaction.
    since: Moment,
    /// When that was.
    then: Option<i64>,
    /// The earliest and the latest end.
    times: Option<(i64, i64)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Moment(WalMoment);

impl AddAssign for Moment {
    fn add_assign(&mut self, other: Self) {
        let (sum, other) = (&mut self.0, other.0);
        sum.commits += other.commits;
        sum.aborts += other.aborts;
        sum.record_bytes += other.record_bytes;
        sum.image_bytes += other.image_bytes;
    }
}

impl Default for OverTime {
    fn default() -> Self {
        Self {
            series: Series::new(BUCKET_US, BUCKETS_MAX),
            since: Moment::default(),
            then: None,
            times: None,
        }
    }
}

impl OverTime {
    /// Counts a record.
    pub(super) fn push(
        &mut self,
        record_bytes: u64,
        image_bytes: u64,
        end: Option<&TransactionEnd<'_>>,
    ) {
        self.since.0.record_bytes += record_bytes;
        self.since.0.image_bytes += image_bytes;
        let Some(end) = end else {
            return;
        };
        if end.outcome.is_commit() {
            self.since.0.commits += 1;
        } else {
            self.since.0.aborts += 1;
        }
        let time = end.time.unix_micros();
        let (first, last) = self.times.unwrap_or((time, time));
        self.times = Some((first.min(time), last.max(time)));
        self.add(time);
    }

    /// The whole log; what follows the last end of a transaction counts with it.
    pub(super) fn finish(mut self) -> Option<WalOverTime> {
        let (first, last) = self.times?;
        self.add(last);
        Some(WalOverTime {
            first_us: said_time(first),
            last_us: said_time(last),
            from_us: said_time((self.series.origin() ^ SIGN).cast_signed()),
            bucket_us: said(self.series.width()),
            buckets: self
                .series
                .buckets()
                .iter()
                .map(|moment| moment.0)
                .collect(),
        })
    }

    fn add(&mut self, time: i64) {
        let Moment(since) = std::mem::take(&mut self.since);
        let ends = WalMoment {
            record_bytes: 0,
            image_bytes: 0,
            ..since
        };
        // First, since this may make the buckets wider.
        self.series.add(place(time), Moment(ends));
        // Times are taken before records are written, so a neighbour may be a little earlier.
        let then = place(self.then.replace(time).unwrap_or(time));
        // What lies before the first bucket counts there, so there are no more steps than buckets.
        let passed = place(time).saturating_sub(then.max(self.series.origin()));
        let steps = (passed / self.series.width()).max(1);
        for step in 0..steps {
            let share = |bytes: u64| part(bytes, step + 1, steps) - part(bytes, step, steps);
            let moment = WalMoment {
                record_bytes: share(since.record_bytes),
                image_bytes: share(since.image_bytes),
                ..WalMoment::default()
            };
            let back = (steps - 1 - step) * self.series.width();
            self.series.add(place(time) - back, Moment(moment));
        }
    }
}

fn place(time: i64) -> u64 {
    time.cast_unsigned() ^ SIGN
}

/// How much of all is done after so many steps.
fn part(all: u64, step: u64, steps: u64) -> u64 {
    let part = u128::from(all) * u128::from(step) / u128::from(steps);
    u64::try_from(part).expect("no more than all")
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgwal::{Outcome, PgTime, Xid, XidList};

    #[test]
    fn clock_that_was_far_behind_costs_no_more_than_there_are_buckets() {
        let mut over = OverTime::default();
        for time in [800_000_000_000_000, i64::MIN, 800_000_000_000_001] {
            let end = TransactionEnd {
                outcome: Outcome::Commit,
                xid: Xid(3),
                time: PgTime(time),
                subtransactions: XidList::default(),
                gid: None,
                origin: None,
            };
            over.push(10, 5, Some(&end));
        }
        let told = over.finish().unwrap();
        let sum = told
            .buckets
            .iter()
            .fold((0, 0), |(commits, bytes), moment| {
                (commits + moment.commits, bytes + moment.bytes())
            });
        assert_eq!((sum, told.buckets.len()), ((3, 45), 1));
    }
}
