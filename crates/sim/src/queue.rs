//! What will happen, in order.

use std::hash::{Hash, Hasher};

use crate::time::SimTime;

/// Events that are due, earliest first; among equal times, first in, first out.
///
/// A heap with four children to a parent. What moves in it are two columns of numbers, times and places;
/// payloads stay in their slots. Only the times are read on the way down, unless two of them are equal:
///
/// ```text
/// times    2.0   2.7   2.1   3.0   2.7   ...        in nanoseconds
/// places   17|3  23|0  18|5  20|1  24|2  ...        sequence | slot
/// slots    E     E     E     E     -     E
/// ```
///
/// Taking an event out leaves a hole at the root, and the next event to go in fills it: most events
/// cause one, and so cost one way down, where a heap that is always whole takes two ways.
#[derive(Clone, Debug)]
pub struct Queue<E> {
    times: Vec<u64>,
    places: Vec<Place>,
    /// The first entry was taken out, and nothing has come in since.
    has_hole: bool,
    slots: Vec<Option<E>>,
    free: Vec<u32>,
    /// Number of the next event to go in.
    sequence: u64,
}

/// When an event went in, and in which slot it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u64);

/// Bits of a place that say in which slot the event is.
const SLOT_BITS: u32 = 24;
/// Children of an entry.
const WIDTH: usize = 4;

impl Place {
    fn new(sequence: u64, slot: u32) -> Self {
        let limit = 1 << (u64::BITS - SLOT_BITS);
        assert!(sequence < limit, "no run has so many events");
        Self(sequence << SLOT_BITS | u64::from(slot))
    }

    const fn sequence(self) -> u64 {
        self.0 >> SLOT_BITS
    }

    const fn slot(self) -> u32 {
        (self.0 & ((1 << SLOT_BITS) - 1)) as u32
    }
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            times: Vec::new(),
            places: Vec::new(),
            has_hole: false,
            slots: Vec::new(),
            free: Vec::new(),
            sequence: 0,
        }
    }
}

impl<E> Queue<E> {
    /// The most events that may be due at once.
    pub const LIMIT: usize = 1 << SLOT_BITS;

    /// Puts an event in.
    #[inline]
    pub fn push(&mut self, at: SimTime, event: E) {
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = Some(event);
            slot
        } else {
            assert!(
                self.slots.len() < Self::LIMIT,
                "no more events are due at once than the limit"
            );
            self.slots.push(Some(event));
            u32::try_from(self.slots.len() - 1).expect("the limit is below 2^32")
        };
        let place = Place::new(self.sequence, slot);
        self.sequence += 1;
        if std::mem::take(&mut self.has_hole) {
            self.sink(at.0, place);
        } else {
            self.times.push(at.0);
            self.places.push(place);
            self.rise(at.0, place);
        }
    }

    /// Takes the earliest event out.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        if std::mem::take(&mut self.has_hole)
            && let (Some(time), Some(place)) = (self.times.pop(), self.places.pop())
            && !self.times.is_empty()
        {
            self.sink(time, place);
        }
        let (at, place) = (*self.times.first()?, *self.places.first()?);
        self.has_hole = true;
        self.free.push(place.slot());
        let event = self.slots[place.slot() as usize].take();
        event.map(|event| (SimTime(at), event))
    }

    /// When the earliest event is due.
    #[inline]
    pub fn next_at(&self) -> Option<SimTime> {
        let first = if self.has_hole {
            self.times[1..].iter().take(WIDTH).min()
        } else {
            self.times.first()
        };
        first.copied().map(SimTime)
    }

    /// All that is due, in no order that means anything: with its time and its number, which rises
    /// in the order in which events went in.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, u64, &E)> {
        let all = self.times.iter().zip(&self.places);
        all.skip(usize::from(self.has_hole)).map(|(at, place)| {
            let event = self.slots[place.slot() as usize].as_ref();
            let event = event.expect("what is due is in its slot");
            (SimTime(*at), place.sequence(), event)
        })
    }

    /// How many events are due.
    pub const fn len(&self) -> usize {
        self.times.len() - self.has_hole as usize
    }

    /// Whether nothing is due.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lets the entry, which is the last, rise to where it belongs.
    fn rise(&mut self, time: u64, place: Place) {
        let (times, places) = (self.times.as_mut_slice(), self.places.as_mut_slice());
        let mut hole = times.len() - 1;
        while hole > 0 {
            let parent = (hole - 1) / WIDTH;
            if (times[parent], places[parent]) <= (time, place) {
                break;
            }
            times[hole] = times[parent];
            places[hole] = places[parent];
            hole = parent;
        }
        times[hole] = time;
        places[hole] = place;
    }

    /// Lets the entry sink from the root to where it belongs.
    fn sink(&mut self, time: u64, place: Place) {
        let (times, places) = (self.times.as_mut_slice(), self.places.as_mut_slice());
        let mut hole = 0;
        loop {
            let first = hole * WIDTH + 1;
            let child = if let (Some(times), Some(places)) = (
                times.get(first..first + WIDTH),
                places.get(first..first + WIDTH),
            ) {
                first + earliest_of_four(times, places)
            } else {
                match (first..times.len()).min_by_key(|child| (times[*child], places[*child])) {
                    Some(child) => child,
                    None => break,
                }
            };
            if (time, place) <= (times[child], places[child]) {
                break;
            }
            times[hole] = times[child];
            places[hole] = places[child];
            hole = child;
        }
        times[hole] = time;
        places[hole] = place;
    }
}

/// Without branches, as long as their times differ: which is earliest is what no processor can guess.
#[inline]
fn earliest_of_four(times: &[u64], places: &[Place]) -> usize {
    let left = usize::from(times[1] < times[0]);
    let right = 2 + usize::from(times[3] < times[2]);
    let take_right = usize::from(times[right] < times[left]);
    let earliest = left + take_right * (right - left);
    let time = times[earliest];
    let same = times.iter().take(WIDTH).filter(|other| **other == time);
    if same.count() == 1 {
        return earliest;
    }
    let ties = (0..WIDTH).filter(|child| times[*child] == time);
    ties.min_by_key(|child| places[*child]).unwrap_or(earliest)
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
                let next = plain.iter().min().map(|(at, _)| SimTime(*at));
                prop_assert_eq!((queue.len(), queue.next_at()), (plain.len(), next));
                let mut due: Vec<_> = queue.iter().map(|(at, _, event)| (at.0, *event)).collect();
                due.sort_unstable_by_key(|(_, number)| *number);
                prop_assert_eq!(&due, &plain);
            }
        }
    }
}
