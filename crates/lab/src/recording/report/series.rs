//! Sums along a line that may be of any length: time, or the log.
//!
//! There are so many buckets at most. What lies beyond the last one halves the resolution: each pair
//! becomes one bucket of twice the width.
//!
//! ```text
//! width 1  | a | b | c | d |      e at 5
//! width 2  | a+b | c+d | e |   |
//! ```
//!
//! # Invariants
//! * The sum over all buckets is the sum of all that was added.
//! * The same additions in any order give the same buckets, if the first is the same.

use std::ops::AddAssign;

/// Sums in buckets.
#[derive(Clone, Debug)]
pub(super) struct Series<T> {
    /// Where the first bucket begins, which is where the first addition is. What comes before it counts
    /// there, too.
    origin: Option<u64>,
    width: u64,
    buckets: Vec<T>,
    most: usize,
}

impl<T: Copy + Default + AddAssign> Series<T> {
    /// Buckets of a width, which they have as long as no more than `most` are needed.
    pub(super) fn new(width: u64, most: usize) -> Self {
        assert!(width > 0, "a bucket has a width");
        assert!(most > 1, "a pair of buckets can become one");
        Self {
            origin: None,
            width,
            buckets: Vec::new(),
            most,
        }
    }

    /// Adds something at a place.
    pub(super) fn add(&mut self, at: u64, value: T) {
        let origin = *self.origin.get_or_insert(at);
        let away = at.saturating_sub(origin);
        let most = u64::try_from(self.most).expect("few buckets");
        while away / self.width >= most {
            self.halve();
        }
        let place = usize::try_from(away / self.width).expect("below the most");
        if self.buckets.len() <= place {
            self.buckets.resize(place + 1, T::default());
        }
        self.buckets[place] += value;
    }

    /// The same in no more buckets than this.
    pub(super) fn within(&self, most: usize) -> Self {
        let mut coarse = self.clone();
        while coarse.buckets.len() > most {
            coarse.halve();
        }
        coarse
    }

    /// Where the first bucket begins; 0 while there is none.
    pub(super) fn origin(&self) -> u64 {
        self.origin.unwrap_or(0)
    }

    pub(super) fn width(&self) -> u64 {
        self.width
    }

    pub(super) fn buckets(&self) -> &[T] {
        &self.buckets
    }

    fn halve(&mut self) {
        let pairs = self.buckets.chunks(2).map(|pair| {
            let mut sum = T::default();
            for part in pair {
                sum += *part;
            }
            sum
        });
        self.buckets = pairs.collect();
        self.width *= 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn resolution_is_halved_as_often_as_it_must_be() {
        let mut series = Series::new(1, 4);
        for (at, value) in [(10, 1), (11, 2), (12, 4), (13, 8), (15, 16)] {
            series.add(at, value);
        }
        assert_eq!(series.origin(), 10);
        assert_eq!((series.width(), series.buckets()), (2, &[3, 12, 16][..]));
        series.add(u64::MAX, 32);
        assert_eq!(series.width(), 1 << 62);
        assert_eq!(series.buckets(), [31, 0, 0, 32]);
        series.add(0, 64);
        assert_eq!(series.buckets(), [95, 0, 0, 32]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(added in proptest::collection::vec((0_u64..1 << 40, 0_u64..1000), 1..200)) {
            let mut series = Series::new(7, 16);
            for (at, value) in &added {
                series.add(*at, *value);
            }
            let all: u64 = added.iter().map(|(_, value)| value).sum();
            prop_assert_eq!(series.buckets().iter().sum::<u64>(), all);
            prop_assert!(series.buckets().len() <= 16);
            let coarse = series.within(5);
            prop_assert_eq!(coarse.buckets().iter().sum::<u64>(), all);
            prop_assert!(coarse.buckets().len() <= 5);
            let mut turned = Series::new(7, 16);
            let rest = added[1..].iter().rev();
            for (at, value) in std::iter::once(&added[0]).chain(rest) {
                turned.add(*at, *value);
            }
            // The same but for the width of what is empty at the end.
            prop_assert_eq!(turned.width(), series.width());
            prop_assert_eq!(turned.buckets(), series.buckets());
        }
    }
}
