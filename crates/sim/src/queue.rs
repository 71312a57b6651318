//! What will happen, in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{Hash, Hasher};

use crate::time::SimTime;

/// Events that are due, earliest first; among equal times, first in, first out.
#[derive(Clone, Debug)]
pub struct Queue<E> {
    /// Times and places. Payloads stay where they are while the heap moves its small keys.
    heap: BinaryHeap<Reverse<Key>>,
    slots: Vec<Option<E>>,
    free: Vec<u32>,
    /// Number of the next event to go in.
    sequence: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    at: SimTime,
    sequence: u64,
    slot: u32,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            sequence: 0,
        }
    }
}

impl<E> Queue<E> {
    /// The most events that may be due at once.
    pub const LIMIT: usize = 1 << 24;

    /// Puts an event in.
    pub fn push(&mut self, at: SimTime, event: E) {
        assert!(
            self.heap.len() < Self::LIMIT,
            "no more events are due at once than the limit"
        );
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = Some(event);
            slot
        } else {
            self.slots.push(Some(event));
            u32::try_from(self.slots.len() - 1).expect("the limit is below 2^32")
        };
        self.heap.push(Reverse(Key {
            at,
            sequence: self.sequence,
            slot,
        }));
        self.sequence += 1;
    }

    /// Takes the earliest event out.
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        let Reverse(key) = self.heap.pop()?;
        let event = self.slots[key.slot as usize]
            .take()
            .expect("a key's slot is filled");
        self.free.push(key.slot);
        Some((key.at, event))
    }

    /// When the earliest event is due.
    pub fn next_at(&self) -> Option<SimTime> {
        self.heap.peek().map(|Reverse(key)| key.at)
    }

    /// All that is due, in no order that means anything: with its time and its number, which rises
    /// in the order in which events went in.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, u64, &E)> {
        self.heap.iter().map(|Reverse(key)| {
            let event = self.slots[key.slot as usize]
                .as_ref()
                .expect("a key's slot is filled");
            (key.at, key.sequence, event)
        })
    }

    /// How many events are due.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is due.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

/// In the order in which the events will come out, wherever they are kept meanwhile.
impl<E: Hash> Hash for Queue<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut due: Vec<_> = self.iter().collect();
        due.sort_by_key(|(at, sequence, _)| (*at, *sequence));
        state.write_u64(self.sequence);
        for (at, sequence, event) in due {
            (at, sequence).hash(state);
            event.hash(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn events_come_out_by_time_and_then_in_the_order_they_went_in(
            script in proptest::collection::vec((0_u64..50, proptest::bool::ANY), 0..400),
        ) {
            let mut queue = Queue::default();
            let mut plain: Vec<(u64, usize)> = Vec::new();
            for (number, (at, pop)) in script.into_iter().enumerate() {
                if pop {
                    let first = plain.iter().min().copied();
                    plain.retain(|entry| Some(*entry) != first);
                    prop_assert_eq!(queue.pop(), first.map(|(at, n)| (SimTime(at), n)));
                } else {
                    queue.push(SimTime(at), number);
                    plain.push((at, number));
                }
                prop_assert_eq!(queue.len(), plain.len());
            }
        }
    }
}
