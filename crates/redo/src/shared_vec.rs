//! A sequence that grows and shrinks at its end and forgets its beginning, whose copies share what they
//! have in common.

use std::cmp::Ordering;
use std::ops::Range;
use std::rc::Rc;

use crate::shared_tree::SharedTree;

/// Values per chunk.
const CHUNK: usize = 1024;

/// A sequence of values. Cloning copies two pointers; the first push after that copies the one
/// chunk that is still open. What is forgotten is gone from its beginning, chunk by chunk, and the
/// other values keep their places:
///
/// ```text
/// |  gone  |  gone  | ..xxxxx | xxxxxxxx | xxx         first = 2 chunks and 2, len = 4 chunks and 3
/// ```
#[derive(Clone, Debug)]
pub struct SharedVec<T> {
    /// The values before this place are forgotten.
    first: u64,
    full: SharedTree<Rc<Vec<T>>>,
    /// How many chunks are full.
    chunks: u32,
    open: Rc<Vec<T>>,
}

impl<T> Default for SharedVec<T> {
    fn default() -> Self {
        Self {
            first: 0,
            full: SharedTree::default(),
            chunks: 0,
            open: Rc::default(),
        }
    }
}

impl<T: Clone> SharedVec<T> {
    /// Appends a value.
    pub fn push(&mut self, value: T) {
        let open = Rc::make_mut(&mut self.open);
        if open.is_empty() && self.chunks > 0 {
            open.reserve_exact(CHUNK);
        }
        open.push(value);
        if open.len() == CHUNK {
            *self.full.place(self.chunks) = Some(std::mem::take(&mut self.open));
            self.chunks += 1;
        }
    }

    /// Drops all but the first so many values, forgotten ones counted; those stay forgotten. What
    /// copies share they keep.
    pub fn truncate(&mut self, len: u64) {
        if len >= self.len() {
            return;
        }
        assert!(self.first <= len, "what is forgotten does not come back");
        let chunks = u32::try_from(len / CHUNK as u64).expect("fewer than there are");
        let rest = usize::try_from(len % CHUNK as u64).expect("below a chunk's length");
        if chunks == self.chunks {
            Rc::make_mut(&mut self.open).truncate(rest);
            return;
        }
        let cut = self.full.get(chunks).map(|chunk| chunk[..rest].to_vec());
        self.open = Rc::new(cut.expect("the chunk is full"));
        for dropped in chunks..self.chunks {
            *self.full.place(dropped) = None;
        }
        self.chunks = chunks;
    }

    /// Forgets the values before this place. What copies share they keep.
    pub fn forget(&mut self, before: u64) {
        let before = before.min(self.len());
        let chunk_of = |place: u64| u32::try_from(place / CHUNK as u64).expect("it has a number");
        for gone in chunk_of(self.first)..chunk_of(before) {
            *self.full.place(gone) = None;
        }
        self.first = self.first.max(before);
    }

    /// The place of the first value that is not forgotten; the length, if all are.
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// How many values there are, forgotten ones counted.
    pub fn len(&self) -> u64 {
        u64::from(self.chunks) * CHUNK as u64 + self.open.len() as u64
    }

    /// Whether there are none, and never were.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at `index`, from 0. `None`: there is none yet, or it is forgotten.
    pub fn get(&self, index: u64) -> Option<&T> {
        if index < self.first {
            return None;
        }
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

    /// The values from `index` on that are not forgotten.
    pub fn iter_from(&self, index: u64) -> impl Iterator<Item = &T> {
        (index.max(self.first)..self.len()).filter_map(|index| self.get(index))
    }

    /// The values at these places, as they lie together, as far as they are there.
    pub fn slices(&self, places: Range<u64>) -> impl Iterator<Item = &[T]> {
        let (from, to) = (places.start.max(self.first), places.end.min(self.len()));
        let chunk_of = |place: u64| place / CHUNK as u64;
        let chunks = chunk_of(from)..chunk_of(to + CHUNK as u64 - 1);
        chunks.filter_map(move |number| {
            let chunk = u32::try_from(number).ok()?;
            let values = match chunk.cmp(&self.chunks) {
                Ordering::Less => self.full.get(chunk)?,
                Ordering::Equal => &self.open,
                Ordering::Greater => return None,
            };
            let first = number * CHUNK as u64;
            let within = |place: u64| {
                let place = usize::try_from(place.saturating_sub(first));
                place.map_or(values.len(), |place| place.min(values.len()))
            };
            values.get(within(from)..within(to))
        })
    }

    /// The index of the first value for which `before` is false, when it is true for all values up
    /// to some place and false from there on. What is forgotten counts as true.
    pub fn partition_point(&self, before: impl Fn(&T) -> bool) -> u64 {
        let (mut low, mut high) = (self.first, self.len());
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
            let all = a.slices(left..right).flatten().copied();
            let [skip, end] = [left, right].map(|place| usize::try_from(place).unwrap());
            let same = a.iter_from(0).copied().take(end).skip(skip);
            prop_assert_eq!(all.collect::<Vec<_>>(), same.collect::<Vec<_>>());
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

        #[test]
        fn what_is_forgotten_is_gone_and_the_rest_keeps_its_places(
            past in 0_u64..4000,
            steps in proptest::collection::vec((0_u64..5000, 0_u64..5000, 0_u64..2000), 0..4),
        ) {
            let (mut a, mut plain, mut first) = (SharedVec::default(), Vec::new(), 0);
            (0..past).for_each(|v| a.push(v));
            plain.extend(0..past);
            let copy = a.clone();
            for (before, kept, more) in steps {
                a.forget(before);
                first = first.max(before.min(plain.len() as u64));
                let kept = kept.max(first);
                a.truncate(kept);
                plain.truncate(usize::try_from(kept).unwrap());
                let from = plain.len() as u64;
                (from..from + more).for_each(|v| a.push(v));
                plain.extend(from..from + more);
                let expected: Vec<_> = plain[usize::try_from(first).unwrap()..].to_vec();
                prop_assert_eq!((a.first(), a.len()), (first, plain.len() as u64));
                prop_assert_eq!(a.iter_from(0).copied().collect::<Vec<_>>(), expected);
                prop_assert_eq!(first.checked_sub(1).and_then(|gone| a.get(gone)), None);
                prop_assert_eq!(a.partition_point(|v| *v < 2000), 2000_u64.clamp(first, plain.len() as u64));
            }
            prop_assert_eq!(copy.iter_from(0).copied().collect::<Vec<_>>(), (0..past).collect::<Vec<_>>());
        }
    }

    #[test]
    fn chunks_that_are_forgotten_are_dropped() {
        let mut a = SharedVec::default();
        let value = Rc::new(());
        (0..5 * CHUNK).for_each(|_| a.push(Rc::clone(&value)));
        a.forget(3 * CHUNK as u64 + 7);
        assert_eq!(Rc::strong_count(&value), 2 * CHUNK + 1);
    }
}
