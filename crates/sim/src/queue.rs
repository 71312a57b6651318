//! What will happen, in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{Hash, Hasher};

use crate::time::SimTime;

/// Events that are due, earliest first; among equal times, first in, first out.
///
/// A calendar (Brown 1988, "Calendar queues", CACM 31:10): time is cut into days of equal length, so
/// short that an event has its day to itself most often. Only today's are sorted. Those of the days that
/// follow lie in a ring of lists, one for each day, in no order, and what comes after the last day of the
/// ring waits in a heap:
///
/// ```text
/// today   3.10  3.12                       a heap
/// ring    day 4: 4.41   day 5: -   day 6: 6.2  6.0  6.7   ...   day 3 + ring
/// later   71.5  3600.0                     a heap
/// ```
///
/// So an event costs the same however many are due: it is linked into its day, and sorted among few, if
/// any, when that comes. How long a day is, and how many the ring has, follows from how fast events came
/// out lately and how many are due. The order does not depend on it.
#[derive(Clone, Debug)]
pub struct Queue<E> {
    /// What is due today or was due before; empty only when nothing is due.
    today: BinaryHeap<Reverse<Key>>,
    /// The number of today: of a time, all bits but the lowest [`Queue::day_bits`].
    day: u64,
    day_bits: u32,
    /// The first slot of each day's list. A day's place is its number, modulo the length of the ring, which
    /// is a power of two; the place of today is free.
    ring: Vec<u32>,
    /// A bit for each place of the ring: something is due on that day.
    occupied: Vec<u64>,
    /// What is due when the ring has turned once, or after.
    later: BinaryHeap<Reverse<Key>>,
    slots: Vec<Slot<E>>,
    /// The first slot that is free.
    free: u32,
    /// How many events are due.
    len: usize,
    /// Number of the next event to go in.
    sequence: u64,
    /// Since when events are counted to find out how fast they come, and how many until that is known.
    watched: Watched,
}

/// When an event is due, and which it is. Keys have the order in which the events come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u128);

/// A place for an event. Those of a day are linked, and so are those that are free.
#[derive(Clone, Debug)]
struct Slot<E> {
    key: Key,
    next: u32,
    event: Option<E>,
}

#[derive(Clone, Copy, Debug)]
struct Watched {
    since: u64,
    events: u32,
    left: u32,
}

/// Bits of a key that say in which slot the event is.
const SLOT_BITS: u32 = 24;
/// Bits of a key that say when the event went in.
const SEQUENCE_BITS: u32 = u64::BITS - SLOT_BITS;
/// No slot.
const NONE: u32 = u32::MAX;
/// Events come so many days apart on average: with fewer, days are shared more often.
const DAYS_APART: usize = 4;
/// The ring reaches so many times as far as an event lies ahead on average, which is the time in which as
/// many come as are due (Little 1961). Of exponential times 2 % lie behind it.
const RING: usize = 4;
/// Days of the ring, a word of [`Queue::occupied`] at least.
const DAYS_MIN: usize = u64::BITS as usize;
/// 2^17 lists take half a MiB.
const DAYS_MAX: usize = 1 << 17;
/// Bits of a day's length in nanoseconds, before it is known how fast events come: 65 us.
const DAY_BITS: u32 = 16;
/// Events that are watched at least before the calendar is changed.
const WATCHED_MIN: u32 = 1 << 10;

impl Key {
    fn new(at: u64, sequence: u64, slot: u32) -> Self {
        assert!(sequence >> SEQUENCE_BITS == 0, "no run has so many events");
        let place = sequence << SLOT_BITS | u64::from(slot);
        Self(u128::from(at) << u64::BITS | u128::from(place))
    }

    const fn at(self) -> u64 {
        (self.0 >> u64::BITS) as u64
    }

    const fn sequence(self) -> u64 {
        (self.0 >> SLOT_BITS & ((1 << SEQUENCE_BITS) - 1)) as u64
    }

    const fn slot(self) -> u32 {
        (self.0 & ((1 << SLOT_BITS) - 1)) as u32
    }
}

impl Watched {
    const fn from(since: u64, events: u32) -> Self {
        Self {
            since,
            events,
            left: events,
        }
    }
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self {
            today: BinaryHeap::new(),
            day: 0,
            day_bits: DAY_BITS,
            ring: vec![NONE; DAYS_MIN],
            occupied: vec![0; 1],
            later: BinaryHeap::new(),
            slots: Vec::new(),
            free: NONE,
            len: 0,
            sequence: 0,
            watched: Watched::from(0, WATCHED_MIN),
        }
    }
}

impl<E> Queue<E> {
    /// The most events that may be due at once.
    pub const LIMIT: usize = 1 << SLOT_BITS;

    /// Puts an event in.
    #[inline]
    pub fn push(&mut self, at: SimTime, event: E) {
        let slot = if self.free == NONE {
            self.new_slot()
        } else {
            self.free
        };
        let key = Key::new(at.0, self.sequence, slot);
        self.sequence += 1;
        let place = &mut self.slots[slot as usize];
        self.free = place.next;
        place.key = key;
        place.event = Some(event);
        if self.len == 0 {
            self.day = at.0 >> self.day_bits;
        }
        self.len += 1;
        self.enter(key);
    }

    /// Takes the earliest event out.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        if self.watched.left == 0 {
            self.tune();
        }
        let Reverse(key) = self.today.pop()?;
        self.len -= 1;
        self.watched.left -= 1;
        if self.today.is_empty() && self.len > 0 {
            self.next_day();
        }
        let slot = &mut self.slots[key.slot() as usize];
        slot.next = std::mem::replace(&mut self.free, key.slot());
        // Last, so that what is large moves once.
        let event = slot.event.take()?;
        Some((SimTime(key.at()), event))
    }

    /// When the earliest event is due.
    #[inline]
    pub fn next_at(&self) -> Option<SimTime> {
        let Reverse(key) = self.today.peek()?;
        Some(SimTime(key.at()))
    }

    /// All that is due, in no order that means anything: with its time and its number, which rises
    /// in the order in which events went in.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, u64, &E)> {
        self.slots.iter().filter_map(|slot| {
            let event = slot.event.as_ref()?;
            Some((SimTime(slot.key.at()), slot.key.sequence(), event))
        })
    }

    /// How many events are due.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is due.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One more slot, when none is free.
    #[cold]
    fn new_slot(&mut self) -> u32 {
        assert!(
            self.slots.len() < Self::LIMIT,
            "no more events are due at once than the limit"
        );
        self.slots.push(Slot {
            key: Key(0),
            next: NONE,
            event: None,
        });
        u32::try_from(self.slots.len() - 1).expect("the limit is below 2^32")
    }

    /// Enters an event that lies in its slot.
    #[inline]
    fn enter(&mut self, key: Key) {
        let day = key.at() >> self.day_bits;
        if day <= self.day {
            self.today.push(Reverse(key));
        } else if day - self.day < self.ring.len() as u64 {
            let place = self.place_of(day);
            self.slots[key.slot() as usize].next = self.ring[place];
            self.ring[place] = key.slot();
            self.occupied[place / DAYS_MIN] |= 1 << (place % DAYS_MIN);
        } else {
            self.later.push(Reverse(key));
        }
    }

    #[inline]
    fn place_of(&self, day: u64) -> usize {
        let place = day & (self.ring.len() as u64 - 1);
        usize::try_from(place).expect("below the length of the ring")
    }

    /// Goes on to the next day on which something is due. Something is, and nothing today.
    fn next_day(&mut self) {
        if let Some(day) = self.next_occupied() {
            self.day = day;
            let place = self.place_of(day);
            self.occupied[place / DAYS_MIN] &= !(1 << (place % DAYS_MIN));
            let mut slot = std::mem::replace(&mut self.ring[place], NONE);
            while slot != NONE {
                let Slot { key, next, .. } = self.slots[slot as usize];
                self.today.push(Reverse(key));
                slot = next;
            }
        } else if let Some(Reverse(first)) = self.later.peek() {
            self.day = first.at() >> self.day_bits;
        }
        // The ring has turned: days have come into it.
        let end = self.day + self.ring.len() as u64;
        while let Some(Reverse(key)) = self.later.peek().copied()
            && key.at() >> self.day_bits < end
        {
            self.later.pop();
            self.enter(key);
        }
    }

    /// The next day of the ring on which something is due.
    #[inline]
    fn next_occupied(&self) -> Option<u64> {
        let from = self.place_of(self.day + 1);
        let (word, bit) = (from / DAYS_MIN, from % DAYS_MIN);
        let first = self.occupied[word] >> bit;
        if first != 0 {
            return Some(self.day + 1 + u64::from(first.trailing_zeros()));
        }
        let (before, behind) = self.occupied.split_at(word);
        let words = behind[1..].iter().chain(before).chain(&behind[..1]);
        let mut distance = (DAYS_MIN - bit) as u64;
        for word in words {
            if *word != 0 {
                return Some(self.day + 1 + distance + u64::from(word.trailing_zeros()));
            }
            distance += DAYS_MIN as u64;
        }
        None
    }

    /// Fits the calendar to the events that were watched: days so short that few events share one, and a
    /// ring so long that most find their day in it. Where that would take too many days, they are longer.
    #[cold]
    fn tune(&mut self) {
        let now = self.next_at().map_or(self.watched.since, |at| at.0);
        let days = (RING * DAYS_APART * self.len).next_power_of_two();
        let days = days.clamp(DAYS_MIN, DAYS_MAX);
        let apart = now.saturating_sub(self.watched.since) / u64::from(self.watched.events);
        let ring = apart.saturating_mul((RING * self.len) as u64);
        let day_bits = (ring / days as u64).max(1).ilog2();
        let due = u32::try_from(self.len).expect("the limit is below 2^32");
        self.watched = Watched::from(now, due.max(WATCHED_MIN));
        if days.ilog2().abs_diff(self.ring.len().ilog2()) < 2
            && day_bits.abs_diff(self.day_bits) < 2
        {
            return;
        }
        self.day_bits = day_bits;
        self.day = now >> day_bits;
        self.ring = vec![NONE; days];
        self.occupied = vec![0; days / DAYS_MIN];
        self.today.clear();
        self.later.clear();
        for slot in 0..self.slots.len() {
            if self.slots[slot].event.is_some() {
                self.enter(self.slots[slot].key);
            }
        }
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
        /// Times near and far, so that some are today's, some in the ring and some later; and so many
        /// events that the calendar is changed in between.
        #[test]
        fn events_come_out_by_time_and_then_in_the_order_they_went_in(
            script in proptest::collection::vec((0_u64..50, 0_u32..36, proptest::bool::ANY), 0..400),
            flow in 0_u64..4000,
            apart_bits in 0_u32..30,
        ) {
            let mut queue = Queue::default();
            let mut plain: Vec<(u64, usize)> = Vec::new();
            for event in 0..flow {
                queue.push(SimTime(event << apart_bits), 0);
                if event > 3 {
                    queue.pop();
                }
            }
            while queue.pop().is_some() {}
            for (number, (at, shift, pop)) in script.into_iter().enumerate() {
                let at = at << shift;
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
