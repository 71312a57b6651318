//! A sequence that grows and shrinks at its end, whose copies share what they have in common.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::shared_tree::SharedTree;

/// Values per chunk.
const CHUNK: usize = 1024;

/// A sequence of values. Cloning copies two pointers; the first push after that copies the one
/// chunk that is still open.
#[derive(Clone, Debug)]
pub struct SharedVec<T> {
    full: SharedTree<Arc<[T]>>,
    /// How many chunks are full.
    chunks: u32,
    open: Arc<Vec<T>>,
}

impl<T> Default for SharedVec<T> {
    fn default() -> Self {
        Self {
            full: SharedTree::default(),
            chunks: 0,
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
            *self.full.place(self.chunks) = Some(std::mem::take(open).into());
            self.chunks += 1;
        }
    }

    /// Drops all but the first so many values. What copies share they keep.
    pub fn truncate(&mut self, len: u64) {
        if len >= self.len() {
            return;
        }
        let chunks = u32::try_from(len / CHUNK as u64).expect("fewer than there are");
        let rest = usize::try_from(len % CHUNK as u64).expect("below a chunk's length");
        if chunks == self.chunks {
            Arc::make_mut(&mut self.open).truncate(rest);
            return;
        }
        let cut = self.full.get(chunks).map(|chunk| chunk[..rest].to_vec());
        self.open = Arc::new(cut.expect("the chunk is full"));
        for dropped in chunks..self.chunks {
            *self.full.place(dropped) = None;
        }
        self.chunks = chunks;
    }

    /// How many values there are.
    pub fn len(&self) -> u64 {
        u64::from(self.chunks) * CHUNK as u64 + self.open.len() as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at `index`, from 0.
    pub fn get(&self, index: u64) -> Option<&T> {
        let chunk = u32::try_from(index / CHUNK as u64).ok()?;
        let place = usize::try_from(index % CHUNK as u64).expect("below a chunk's length");
        match chunk.cmp(&self.chunks) {
            Ordering::Less => Some(&self.full.get(chunk)?[place]),
            Ordering::Equal => self.open.get(place),
            Ordering::Greater => None,
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

        #[test]
        fn what_is_cut_off_stays_with_the_copy_and_others_come_in_its_place(
            past in 0_u64..4000,
            kept in 0_u64..4000,
            more in 0_u64..2000,
        ) {
            let mut a = SharedVec::default();
            (0..past).for_each(|v| a.push(v));
            let copy = a.clone();
            a.truncate(kept);
            (0..more).for_each(|v| a.push(10_000 + v));
            let expected: Vec<_> = (0..past.min(kept)).chain(10_000..10_000 + more).collect();
            prop_assert_eq!(a.iter_from(0).copied().collect::<Vec<_>>(), expected);
            prop_assert_eq!(copy.iter_from(0).count() as u64, past);
        }
    }
}
