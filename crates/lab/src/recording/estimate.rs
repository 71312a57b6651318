//! The sizes of changes that were not logged, estimated.
//!
//! Where PostgreSQL logged a whole page instead of a block's change, the change has the median size of
//! the same block in records of the same kind: of one operation and one place in its records. The
//! median is that of the whole log, so no estimate is known before its end.
//!
//! # Invariants
//! * Memory is bounded whatever the log holds: [`KINDS_MAX`] kinds, each with fewer than 2,100 counters.
//!
//! # Simplifications
//! * A median of 1 KiB or more is rounded down to a multiple of 64 bytes.
//! * Kinds beyond the bound, which no server has, are estimated as nothing.

use std::collections::BTreeMap;

use pgwal::Operation;

/// Blocks that are compared for an estimate.
pub(super) type BlockKind = (Operation, u8);

/// Built-in managers have some 140 operations, most with one block and few with more than three.
const KINDS_MAX: usize = 512;

/// What is known of each kind of block.
#[derive(Clone, Debug, Default)]
pub(super) struct Estimates {
    kinds: BTreeMap<BlockKind, Kind>,
}

/// What a kind's blocks were seen with.
#[derive(Clone, Debug, Default)]
struct Kind {
    /// Sizes of block data that was logged.
    logged: Sizes,
    /// Changes of which an image was logged instead.
    missing: u64,
}

/// Changes without a known size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Missing {
    /// How many have an estimate.
    pub(super) changes: u64,
    /// What it adds up to, in bytes.
    pub(super) bytes: u64,
}

impl Estimates {
    /// Block data of this size was logged.
    pub(super) fn logged(&mut self, kind: BlockKind, bytes: u32) {
        if let Some(kind) = self.kind(kind) {
            kind.logged.add(bytes);
        }
    }

    /// Block data was not logged.
    pub(super) fn missed(&mut self, kind: BlockKind) {
        if let Some(kind) = self.kind(kind) {
            kind.missing += 1;
        }
    }

    /// Bytes that the block data of this kind is taken to have. `None`: nothing of its kind was logged.
    pub(super) fn of(&self, kind: BlockKind) -> Option<u32> {
        self.kinds.get(&kind)?.logged.median()
    }

    /// All that was not logged. Where blocks of a kind never have data, their size is no estimate: it
    /// is known.
    pub(super) fn missing(&self) -> Missing {
        let mut all = Missing::default();
        for kind in self.kinds.values() {
            let estimate = kind.logged.median();
            if estimate != Some(0) {
                all.changes += kind.missing;
            }
            all.bytes += kind.missing * u64::from(estimate.unwrap_or(0));
        }
        all
    }

    fn kind(&mut self, kind: BlockKind) -> Option<&mut Kind> {
        if self.kinds.len() >= KINDS_MAX {
            return self.kinds.get_mut(&kind);
        }
        Some(self.kinds.entry(kind).or_default())
    }
}

/// How often each size came: each below [`EXACT`] by itself, the others by steps of [`STEP`].
#[derive(Clone, Debug, Default)]
struct Sizes {
    counts: Vec<u64>,
    all: u64,
}

const EXACT: u32 = 1_024;
const STEP: u32 = 64;

/// A block's data has 16 bits of length.
const LARGEST: u32 = 0xFFFF;

impl Sizes {
    fn add(&mut self, bytes: u32) {
        let bytes = bytes.min(LARGEST);
        let place = bytes.min(EXACT) + bytes.saturating_sub(EXACT) / STEP;
        let place = place as usize;
        if self.counts.len() <= place {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += 1;
        self.all += 1;
    }

    /// The size in the middle; of two, the smaller.
    fn median(&self) -> Option<u32> {
        let mut passed = 0;
        let place = (0_u32..).zip(&self.counts).find_map(|(place, &count)| {
            passed += count;
            (count > 0 && passed * 2 >= self.all).then_some(place)
        })?;
        Some(place.min(EXACT) + place.saturating_sub(EXACT) * STEP)
    }
}

#[cfg(test)]
mod tests {
    use pgwal::{PgVersion, Rmgr};

    use super::*;

    fn kind(code: u8) -> BlockKind {
        (Operation::new(PgVersion::V15, Rmgr::HEAP, code << 4), 0)
    }

    #[test]
    fn median_is_the_lower_of_two_and_exact_below_a_kibibyte() {
        let median = |sizes: &[u32]| {
            let mut all = Sizes::default();
            for size in sizes {
                all.add(*size);
            }
            all.median()
        };
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[9, 7]), Some(7));
        assert_eq!(median(&[0, 1023, 1023]), Some(1023));
        assert_eq!(median(&[1024 + 63]), Some(1024));
        assert_eq!(median(&[8000, 8000, 1]), Some(8000 / 64 * 64));
        assert_eq!(median(&[u32::MAX]), Some(65_535 / 64 * 64));
    }

    #[test]
    fn what_never_has_data_needs_no_estimate() {
        let mut estimates = Estimates::default();
        for (code, logged) in [(0, Some(40)), (1, Some(0)), (2, None)] {
            if let Some(bytes) = logged {
                estimates.logged(kind(code), bytes);
            }
            estimates.missed(kind(code));
            assert_eq!(estimates.of(kind(code)), logged);
        }
        let missing = Missing {
            changes: 2,
            bytes: 40,
        };
        assert_eq!(estimates.missing(), missing);
    }
}
