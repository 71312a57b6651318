//! What most of the log is about, in bounded memory.
//!
//! Every key has a counter as long as there are no more keys than counters. Then the least half of
//! them is let go, and what those had at most is remembered as the **floor**: a key that comes anew may
//! have had so much before.
//!
//! ```text
//!  a 900  b 400  c 30  d 20  +e      four counters, floor 0
//!  a 900  b 400  e 10                floor 30: e has 10 at least, 40 at most
//! ```
//!
//! It is the algorithm of Misra and Gries ("Finding repeated elements", 1982) with weights, cut down in
//! batches as in Anderson et al. ("A high-performance algorithm for identifying frequent items in data
//! streams", IMC 2017). It gives the bounds that Space-Saving gives, and takes constant time for
//! each addition where Space-Saving must keep its counters in order.
//!
//! # Invariants
//! * What a counter says is no more than was added for its key, and with what it began with no less.
//! * What was added for a key without a counter is no more than the floor.
//! * The floor is no more than all that was added, divided by half the number of counters.

use std::hash::{Hash, Hasher};

use pgwal::Rows;

/// Counters of keys.
#[derive(Clone, Debug)]
pub(super) struct Busiest<K> {
    /// In the order in which they came.
    counters: Vec<Counter<K>>,
    /// Where a key's counter is: an open hash table of places in `counters`.
    places: Vec<u32>,
    most: usize,
    floor: u64,
}

/// What was counted for a key since it has its counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counter<K> {
    pub(super) key: K,
    pub(super) work: Work,
    /// Bytes that it may have had before.
    before: u64,
}

/// What records do with something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) changes: u64,
    pub(super) bytes: u64,
    pub(super) image_bytes: u64,
    pub(super) rows: Rows,
}

const EMPTY: u32 = u32::MAX;

/// Places of the table at the beginning; always a power of two.
const PLACES: usize = 256;

impl<K: Copy + Ord + Hash> Busiest<K> {
    /// With so many counters at most.
    pub(super) fn new(most: usize) -> Self {
        assert!(most > 1, "half of them are let go");
        Self {
            counters: Vec::new(),
            places: vec![EMPTY; PLACES],
            most,
            floor: 0,
        }
    }

    /// Adds work for a key.
    pub(super) fn add(&mut self, key: K, work: Work) {
        let place = self.find(key);
        if let Some(counter) = self.counters.get_mut(self.places[place] as usize) {
            counter.work.add(work);
            return;
        }
        if self.counters.len() == self.most {
            self.let_go();
        } else if (self.counters.len() + 1) * 2 > self.places.len() {
            self.rebuild(self.places.len() * 2);
        }
        let place = self.find(key);
        self.places[place] = index(self.counters.len());
        self.counters.push(Counter {
            key,
            work,
            before: self.floor,
        });
    }

    /// How many keys have counters.
    pub(super) fn count(&self) -> usize {
        self.counters.len()
    }

    /// Bytes of a key without a counter, at most.
    pub(super) fn floor(&self) -> u64 {
        self.floor
    }

    /// The counters with most bytes, the first with the most.
    pub(super) fn top(&self, count: usize) -> Vec<Counter<K>> {
        let mut all: Vec<&Counter<K>> = self.counters.iter().collect();
        all.sort_unstable_by_key(|counter| (u64::MAX - counter.work.bytes, counter.key));
        all.into_iter().take(count).copied().collect()
    }

    /// Lets go the least half of the counters, and all that are as small as the largest of these.
    fn let_go(&mut self) {
        let mut bytes: Vec<u64> = self.counters.iter().map(Counter::bytes_at_most).collect();
        let middle = (bytes.len() - 1) / 2;
        let (_, floor, _) = bytes.select_nth_unstable(middle);
        self.floor = *floor;
        self.counters
            .retain(|counter| counter.bytes_at_most() > self.floor);
        self.rebuild(self.places.len());
    }

    fn rebuild(&mut self, places: usize) {
        self.places.clear();
        self.places.resize(places, EMPTY);
        for at in 0..self.counters.len() {
            let place = self.find(self.counters[at].key);
            self.places[place] = index(at);
        }
    }

    /// The place of a key in the table, or the empty one where it would be.
    fn find(&self, key: K) -> usize {
        let mut mixer = Mixer::default();
        key.hash(&mut mixer);
        let last = self.places.len() - 1;
        let mut place = mixer.place() & last;
        loop {
            match self.places[place] {
                EMPTY => return place,
                at if self.counters[at as usize].key == key => return place,
                _ => place = (place + 1) & last,
            }
        }
    }
}

impl<K> Counter<K> {
    /// Bytes that the key had, at most.
    pub(super) fn bytes_at_most(&self) -> u64 {
        self.work.bytes + self.before
    }
}

impl Work {
    fn add(&mut self, other: Self) {
        self.changes += other.changes;
        self.bytes += other.bytes;
        self.image_bytes += other.image_bytes;
        self.rows.add(other.rows);
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).expect("there are fewer counters")
}

/// Mixes the parts of a key. The same everywhere: the order of counters does not depend on it, but how
/// long it takes does.
#[derive(Clone, Copy, Debug, Default)]
struct Mixer(u64);

impl Mixer {
    /// Upper bits are mixed best.
    fn place(self) -> usize {
        usize::try_from(self.0 >> 33).expect("31 bits")
    }

    fn mix(&mut self, part: u64) {
        /// 2^64 divided by the golden ratio.
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        self.0 = (self.0.rotate_left(23) ^ part).wrapping_mul(ODD);
    }
}

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.mix(byte.into());
        }
    }

    fn write_u32(&mut self, part: u32) {
        self.mix(part.into());
    }

    fn write_isize(&mut self, part: isize) {
        self.mix(part.unsigned_abs() as u64);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn work(bytes: u64) -> Work {
        Work {
            changes: 1,
            bytes,
            ..Work::default()
        }
    }

    #[test]
    fn as_long_as_there_is_a_counter_for_each_key_counts_are_exact() {
        let mut busiest = Busiest::new(1000);
        for round in 0..3_u64 {
            for key in 0..1000_u32 {
                busiest.add(key, work(round + u64::from(key)));
            }
        }
        assert_eq!((busiest.count(), busiest.floor()), (1000, 0));
        let top = busiest.top(2);
        let told = |n: usize| (top[n].key, top[n].work.changes, top[n].work.bytes);
        assert_eq!(told(0), (999, 3, 3000));
        assert_eq!(told(1), (998, 3, 2997));
        assert_eq!(top[0].bytes_at_most(), 3000);
    }

    #[test]
    fn keys_of_the_same_size_may_all_be_let_go() {
        let mut busiest = Busiest::new(4);
        (0..4_u32).for_each(|key| busiest.add(key, work(10)));
        busiest.add(9, work(1));
        assert_eq!((busiest.count(), busiest.floor()), (1, 10));
        assert_eq!(busiest.top(1)[0].bytes_at_most(), 11);
    }

    proptest! {
        #[test]
        fn bounds_hold_against_exact_counts(
            added in proptest::collection::vec((0_u32..60, 0_u64..500), 1..600),
            heavy in 0_u32..60,
            most in 2_usize..40,
        ) {
            let mut busiest = Busiest::new(most);
            let mut exact = BTreeMap::<u32, u64>::new();
            for (key, bytes) in added {
                for (key, bytes) in [(key, bytes), (heavy, bytes / 3)] {
                    busiest.add(key, work(bytes));
                    *exact.entry(key).or_default() += bytes;
                }
            }
            prop_assert!(busiest.count() <= most);
            let all: u64 = exact.values().sum();
            let half = u64::try_from(most.div_ceil(2)).unwrap();
            prop_assert!(busiest.floor() <= all / half);
            let counted = busiest.top(most);
            for counter in &counted {
                let bytes = exact[&counter.key];
                prop_assert!(counter.work.bytes <= bytes);
                prop_assert!(bytes <= counter.bytes_at_most());
                exact.remove(&counter.key);
            }
            for bytes in exact.into_values() {
                prop_assert!(bytes <= busiest.floor());
            }
        }
    }
}
