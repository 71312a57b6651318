//! A sequence that only grows, whose copies share what they have in common.

use std::sync::Arc;

/// Values per chunk.
const CHUNK: usize = 1024;

/// An append-only sequence. Cloning costs one pointer for each 1,024 values; the first push after
/// that copies the one chunk that is still open.
#[derive(Clone, Debug)]
pub struct SharedVec<T> {
    full: Vec<Arc<[T]>>,
    open: Arc<Vec<T>>,
}

impl<T> Default for SharedVec<T> {
    fn default() -> Self {
        Self {
            full: Vec::new(),
            open: Arc::new(Vec::new()),
        }
    }
}

impl<T: Clone> SharedVec<T> {
    /// Appends a value.
    pub fn push(&mut self, value: T) {
        let open = Arc::make_mut(&mut self.open);
        open.push(value);
        if open.len() == CHUNK {
            self.full.push(std::mem::take(open).into());
        }
    }

    /// How many values there are.
    pub fn len(&self) -> u64 {
        (self.full.len() * CHUNK + self.open.len()) as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at `index`, from 0.
    pub fn get(&self, index: u64) -> Option<&T> {
        let chunk = usize::try_from(index / CHUNK as u64).ok()?;
        let place = usize::try_from(index % CHUNK as u64).ok()?;
        match self.full.get(chunk) {
            Some(values) => values.get(place),
            None if chunk == self.full.len() => self.open.get(place),
            None => None,
        }
    }

    /// The newest value.
    pub fn last(&self) -> Option<&T> {
        self.len().checked_sub(1).and_then(|index| self.get(index))
    }

    /// The values from `index` on.
    pub fn iter_from(&self, index: u64) -> impl Iterator<Item = &T> {
        (index..self.len()).filter_map(|index| self.get(index))
    }

    /// The index of the first value for which `before` is false, when it is true for all values up
    /// to some place and false from there on.
    pub fn partition_point(&self, before: impl Fn(&T) -> bool) -> u64 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle).is_some_and(&before) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn copies_share_a_past_and_nothing_after(
            past in 0_u64..3000,
            left in 0_u64..2000,
            right in 0_u64..2000,
        ) {
            let mut a = SharedVec::default();
            (0..past).for_each(|v| a.push(v));
            let mut b = a.clone();
            (0..left).for_each(|v| a.push(10_000 + v));
            (0..right).for_each(|v| b.push(20_000 + v));
            let expected = |from: u64, n| (0..past).chain(from..from + n).collect::<Vec<_>>();
            prop_assert_eq!(a.iter_from(0).copied().collect::<Vec<_>>(), expected(10_000, left));
            prop_assert_eq!(b.iter_from(0).copied().collect::<Vec<_>>(), expected(20_000, right));
            prop_assert_eq!(a.partition_point(|v| *v < 10_000), past);
        }
    }
}
