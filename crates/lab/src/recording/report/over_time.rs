//! The log over time, which only the ends of transactions tell.
//!
//! ```text
//! record  A    B    commit 12:00:01    C    commit 12:00:03
//!         '----'---------^             '---------^
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
        let moment = std::mem::take(&mut self.since);
        self.series.add(time.cast_unsigned() ^ SIGN, moment);
    }
}
