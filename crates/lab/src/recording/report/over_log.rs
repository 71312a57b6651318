//! The log from its beginning to its end, and the images behind each redo point.
//!
//! With `full_page_writes` the first change of a page after a checkpoint's redo point brings an image
//! of it. So images come in a crowd behind each redo point, and grow rarer until the next:
//!
//! ```text
//! share of images  |\          |\          |\
//!                  | \___      | \___      | \_
//!                  redo point  redo point  redo point
//! ```
//!
//! A redo point may be known only long after it has passed, so a fine series is kept of the whole log,
//! and the curve behind redo points is made of it in the end.
//!
//! # Simplifications
//! * Redo points are rounded to buckets of the fine series: to 8 KiB up to 64 MiB of log, to a 4,096th of
//!   the log at most beyond.

use std::ops::AddAssign;

use pgwal::WalLsn;
use protocol::{WalAfterCheckpoint, WalOverLog, WalStep, WalStretch};

use super::said;
use super::series::Series;

const BUCKET_BYTES: u64 = 8_192;

/// Of the fine series: 128 KiB in all.
const FINE_BUCKETS: usize = 8_192;

/// Of what is told.
const BUCKETS_MAX: usize = 256;

/// Steps behind a redo point.
const STEPS_MAX: usize = 64;

/// Counts by place in the log.
#[derive(Clone, Debug)]
pub(super) struct OverLog {
    series: Series<Stretch>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stretch(WalStretch);

impl AddAssign for Stretch {
    fn add_assign(&mut self, other: Self) {
        self.0.record_bytes += other.0.record_bytes;
        self.0.image_bytes += other.0.image_bytes;
    }
}

impl Default for OverLog {
    fn default() -> Self {
        Self {
            series: Series::new(BUCKET_BYTES, FINE_BUCKETS),
        }
    }
}

impl OverLog {
    /// Counts a record.
    pub(super) fn push(&mut self, lsn: WalLsn, record_bytes: u64, image_bytes: u64) {
        let stretch = WalStretch {
            record_bytes,
            image_bytes,
        };
        self.series.add(lsn.0, Stretch(stretch));
    }

    /// The whole log.
    pub(super) fn finish(&self) -> WalOverLog {
        let coarse = self.series.within(BUCKETS_MAX);
        WalOverLog {
            from_lsn: WalLsn(coarse.origin()).to_string(),
            bucket_bytes: said(coarse.width()),
            buckets: coarse.buckets().iter().map(|stretch| stretch.0).collect(),
        }
    }

    /// The log behind redo points, which rise, each up to the next; behind the last one up to `until`,
    /// or the end of the log.
    pub(super) fn after(
        &self,
        redo_points: &[WalLsn],
        until: Option<WalLsn>,
    ) -> WalAfterCheckpoint {
        let (origin, width) = (self.series.origin(), self.series.width());
        let buckets = self.series.buckets();
        let place = |lsn: WalLsn| {
            let away = lsn.0.saturating_sub(origin);
            let place = away / width + u64::from(away % width > width / 2);
            usize::try_from(place).map_or(buckets.len(), |place| place.min(buckets.len()))
        };
        let begins = redo_points.iter().filter(|redo| redo.0 >= origin);
        let begins: Vec<usize> = begins.map(|redo| place(*redo)).collect();
        let until = until.map_or(buckets.len(), place);
        let ends = begins.iter().skip(1).copied().chain([until]);
        let spans = begins.iter().zip(ends);
        let spans: Vec<&[Stretch]> = spans
            .filter_map(|(begin, end)| buckets.get(*begin..end))
            .collect();
        let longest = spans.iter().map(|span| span.len()).max().unwrap_or(0);
        let step = longest.div_ceil(STEPS_MAX).max(1);
        let mut steps = vec![WalStep::default(); longest / step];
        for span in spans {
            for (sum, stretches) in steps.iter_mut().zip(span.chunks_exact(step)) {
                sum.checkpoints += 1;
                for stretch in stretches {
                    sum.record_bytes += stretch.0.record_bytes;
                    sum.image_bytes += stretch.0.image_bytes;
                }
            }
        }
        WalAfterCheckpoint {
            step_bytes: said(width.saturating_mul(step as u64)),
            steps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_sum_up_the_checkpoints_that_reach_so_far() {
        let mut over = OverLog::default();
        let at = |bucket: u64| WalLsn(1000 + bucket * BUCKET_BYTES);
        for bucket in 0..10 {
            over.push(at(bucket), 1, 100 + bucket);
        }
        // The first is before the log, the last two at one place.
        let redo = [WalLsn(3), at(2), at(5), at(8), at(8)];
        let after = over.after(&redo, None);
        assert_eq!(after.step_bytes, BUCKET_BYTES);
        let told: Vec<_> = after
            .steps
            .iter()
            .map(|step| (step.checkpoints, step.record_bytes, step.image_bytes))
            .collect();
        assert_eq!(
            told,
            [
                (3, 3, 102 + 105 + 108),
                (3, 3, 103 + 106 + 109),
                (2, 2, 104 + 107),
            ]
        );
        assert_eq!(over.after(&[], None).steps, []);
        assert_eq!(
            over.after(&[at(5), at(2)], None).steps.len(),
            8,
            "falling ones are one"
        );
        assert_eq!(OverLog::default().after(&redo, None).steps, []);
        assert_eq!(over.after(&[at(2)], Some(at(4))).steps.len(), 2);
    }
}
