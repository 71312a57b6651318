//! The checkpoints, how far apart their redo points are, and how much redo a crash would find.
//!
//! ```text
//! log   | r1 ....... record of r1 | r2 ........... record of r2 | ........ end
//! redo    r1 <------------------------------------'               at worst: before the next record
//!                                   r2 <----------------------------------'    at the end
//! ```

use pgwal::{Checkpoint, CheckpointKind, Record, WalLsn};
use protocol::{WalCheckpoint, WalCheckpoints, WalDistance};

use super::{said, said_time};

/// Checkpoints that are told one by one.
const LISTED_MAX: usize = 256;

/// Counts checkpoints.
#[derive(Clone, Debug, Default)]
pub(super) struct Checkpoints {
    online: u64,
    shutdown: u64,
    listed: Vec<Listed>,
    /// The first redo point that is not listed.
    unlisted: Option<WalLsn>,
    distances: Distances,
    /// The last redo point.
    redo: Option<WalLsn>,
    /// The longest redo that a crash would have found before a checkpoint's record.
    worst: Option<Redo>,
}

/// What redo works through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Redo {
    /// `None`: no checkpoint told yet.
    pub(super) from: Option<WalLsn>,
    /// Where the log ends.
    pub(super) to: WalLsn,
    pub(super) bytes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Listed {
    lsn: WalLsn,
    distance: Option<u64>,
    checkpoint: Checkpoint,
}

#[derive(Clone, Copy, Debug, Default)]
struct Distances {
    count: u64,
    sum: u128,
    least: u64,
    most: u64,
}

impl Checkpoints {
    /// Counts a record of a log that begins at `start`.
    pub(super) fn push(&mut self, record: &Record<'_>, start: WalLsn) {
        let Some(checkpoint) = record.checkpoint() else {
            return;
        };
        match checkpoint.kind {
            CheckpointKind::Online => self.online += 1,
            CheckpointKind::Shutdown => self.shutdown += 1,
        }
        let before = self.redo_to(record.lsn, start);
        self.worst = Some(worse(self.worst, before));
        let distance = self
            .redo
            .map(|last| checkpoint.redo.0.saturating_sub(last.0));
        if let Some(distance) = distance {
            self.distances.add(distance);
        }
        if self.listed.len() < LISTED_MAX {
            self.listed.push(Listed {
                lsn: record.lsn,
                distance,
                checkpoint,
            });
        } else {
            self.unlisted.get_or_insert(checkpoint.redo);
        }
        self.redo = Some(checkpoint.redo);
    }

    /// What redo would work through after a crash at `lsn`.
    pub(super) fn redo_to(&self, lsn: WalLsn, start: WalLsn) -> Redo {
        let from = self.redo.unwrap_or(start);
        Redo {
            from: self.redo,
            to: lsn,
            bytes: lsn.0.saturating_sub(from.0),
        }
    }

    /// The most that redo would work through after a crash, in a log that ends at `end`.
    pub(super) fn worst(&self, end: WalLsn, start: WalLsn) -> Redo {
        worse(self.worst, self.redo_to(end, start))
    }

    /// The redo points of those that are told one by one, and the next one if there are more.
    pub(super) fn redo_points(&self) -> (Vec<WalLsn>, Option<WalLsn>) {
        let listed = self.listed.iter();
        let redo_points = listed.map(|listed| listed.checkpoint.redo).collect();
        (redo_points, self.unlisted)
    }

    /// All that is known of them, in a log that begins at `start`.
    pub(super) fn finish(&self, start: WalLsn) -> WalCheckpoints {
        WalCheckpoints {
            online: self.online,
            shutdown: self.shutdown,
            distance: self.distances.finish(),
            list: self
                .listed
                .iter()
                .map(|listed| listed.said(start))
                .collect(),
        }
    }
}

/// The longer one; of two, the earlier.
fn worse(known: Option<Redo>, other: Redo) -> Redo {
    known
        .filter(|known| known.bytes >= other.bytes)
        .unwrap_or(other)
}

impl Listed {
    fn said(&self, start: WalLsn) -> WalCheckpoint {
        let Checkpoint {
            kind,
            redo,
            timeline,
            time,
            ..
        } = self.checkpoint;
        WalCheckpoint {
            shutdown: kind == CheckpointKind::Shutdown,
            lsn: self.lsn.to_string(),
            redo_lsn: redo.to_string(),
            redo_at_bytes: said(redo.0.saturating_sub(start.0)),
            distance_bytes: self.distance.map(said),
            began_us: said_time(time.unix_micros()),
            timeline,
        }
    }
}

impl Distances {
    fn add(&mut self, bytes: u64) {
        self.least = if self.count == 0 {
            bytes
        } else {
            self.least.min(bytes)
        };
        self.most = self.most.max(bytes);
        self.sum += u128::from(bytes);
        self.count += 1;
    }

    fn finish(self) -> Option<WalDistance> {
        let mean = self.sum.checked_div(self.count.into())?;
        Some(WalDistance {
            least_bytes: said(self.least),
            mean_bytes: said(u64::try_from(mean).unwrap_or(u64::MAX)),
            most_bytes: said(self.most),
        })
    }
}
