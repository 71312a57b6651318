//! A cache of a fixed number of pages, which a clock hand goes around (PostgreSQL's `freelist.c`).
//!
//! Each use of a page raises its usage by one, up to a limit. The hand takes one from each page that
//! it passes, and stops at the first that has none left.

use std::hash::{Hash, Hasher};

use redo::{PageId, PageMap};

use crate::table::Table;

/// Pages, each with a value.
#[derive(Clone, Debug)]
pub(crate) struct Clock<T> {
    size: u32,
    usage_max: u8,
    /// By number, dense from 0; a free one is empty.
    slots: Table<Option<Slot<T>>>,
    /// The page in each slot that is filled.
    pages: Table<PageId>,
    /// Of each page that is here, the number of its slot, plus one.
    places: PageMap<u32>,
    /// Slots below this were used at least once.
    used: u32,
    /// Slots among them that are free again.
    free: Vec<u32>,
    hand: u32,
}

/// What the hand looks at, and its value.
#[derive(Clone, Copy, Debug, Hash)]
struct Slot<T> {
    usage: u8,
    value: T,
}

/// The number of a slot, as long as the page in it is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(pub(crate) u32);

impl<T: Copy> Clock<T> {
    pub(crate) fn new(size: u32, usage_max: u8) -> Self {
        Self {
            size,
            usage_max,
            slots: Table::default(),
            pages: Table::default(),
            places: PageMap::default(),
            used: 0,
            free: Vec::new(),
            hand: 0,
        }
    }

    /// How many pages may be here.
    pub(crate) const fn size(&self) -> u32 {
        self.size
    }

    /// How many pages are here.
    pub(crate) fn len(&self) -> u32 {
        self.used - u32::try_from(self.free.len()).expect("no more slots are free than there are")
    }

    /// Where a page is, if it is here.
    #[inline]
    pub(crate) fn place(&self, page: PageId) -> Option<Place> {
        let number = self.places.find(page).copied().unwrap_or_default();
        number.checked_sub(1).map(Place)
    }

    /// The page at a place.
    pub(crate) fn page(&self, place: Place) -> PageId {
        *self.pages.get(place.0)
    }

    /// The value of the page at a place.
    #[inline]
    pub(crate) fn get(&self, place: Place) -> T {
        let slot = self.slots.get(place.0).as_ref();
        slot.expect("the page is here").value
    }

    /// Sets the value of the page at a place.
    pub(crate) fn set(&mut self, place: Place, value: T) {
        let slot = self.slots.get_mut(place.0).as_mut();
        slot.expect("the page is here").value = value;
    }

    /// Uses a page. `None`: it is not here.
    #[inline]
    pub(crate) fn touch(&mut self, page: PageId) -> Option<Place> {
        let place = self.place(page)?;
        let usage = |slot: &Slot<T>| slot.usage;
        // Most pages that are used often have the highest usage, and need no writing.
        if self.slots.get(place.0).as_ref().map_or(0, usage) < self.usage_max
            && let Some(slot) = self.slots.get_mut(place.0)
        {
            slot.usage += 1;
        }
        Some(place)
    }

    /// Takes in a page that is not here, used once. There must be room.
    pub(crate) fn insert(&mut self, page: PageId, value: T) -> Place {
        assert!(self.place(page).is_none(), "a page is here once");
        assert!(self.len() < self.size, "there is room");
        let number = self.free.pop().unwrap_or_else(|| {
            self.used += 1;
            self.used - 1
        });
        let usage = 1.min(self.usage_max);
        self.slots.set(number, Some(Slot { usage, value }));
        self.pages.set(number, page);
        *self.places.get_mut(page) = number + 1;
        Place(number)
    }

    /// Lets a page go.
    pub(crate) fn remove(&mut self, page: PageId) {
        let place = self.place(page).expect("it is here");
        self.slots.set(place.0, None);
        *self.places.get_mut(page) = 0;
        self.free.push(place.0);
    }

    /// Moves the hand to the next page that has no usage left and may go. `None`: none may go.
    pub(crate) fn sweep(&mut self, may_go: impl Fn(T) -> bool) -> Option<PageId> {
        for _ in 0..u64::from(self.used) * (u64::from(self.usage_max) + 1) {
            let number = self.hand;
            self.hand = (self.hand + 1) % self.used;
            let Some(slot) = *self.slots.get(number) else {
                continue;
            };
            if !may_go(slot.value) {
                continue;
            }
            if slot.usage == 0 {
                return Some(self.page(Place(number)));
            }
            let usage = slot.usage - 1;
            self.slots.set(number, Some(Slot { usage, ..slot }));
        }
        None
    }

    /// Of the next slots that the hand will come to, the places that have no usage left, with their
    /// values.
    pub(crate) fn ahead(&self, slots: u32) -> impl Iterator<Item = (Place, T)> {
        let next = (0..slots.min(self.used)).map(|n| (self.hand + n) % self.used);
        let filled = next.filter_map(|number| Some((Place(number), (*self.slots.get(number))?)));
        filled
            .filter(|(_, slot)| slot.usage == 0)
            .map(|(place, slot)| (place, slot.value))
    }

    /// All places that have a page, with their values, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Place, T)> {
        self.filled().map(|(place, slot)| (place, slot.value))
    }

    fn filled(&self) -> impl Iterator<Item = (Place, Slot<T>)> {
        let places = (0..self.used).map(Place);
        places.filter_map(|place| Some((place, (*self.slots.get(place.0))?)))
    }
}

impl<T: Copy + Hash> Hash for Clock<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.hand, self.used, &self.free).hash(state);
        for (place, slot) in self.filled() {
            (place.0, self.page(place), slot).hash(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_hand_stops_at_the_first_page_that_was_not_used_since_it_passed() {
        let mut clock = Clock::new(3, 5);
        for page in 0..3 {
            clock.insert(PageId(page), ());
        }
        clock.touch(PageId(0));
        assert_eq!(clock.sweep(|()| true), Some(PageId(1)));
        clock.remove(PageId(1));
        clock.insert(PageId(7), ());
        assert_eq!(clock.sweep(|()| true), Some(PageId(2)));
        assert_eq!(clock.sweep(|()| false), None);
    }

    proptest! {
        #[test]
        fn it_has_the_pages_that_were_taken_in_and_did_not_go(
            deeds in proptest::collection::vec((0_u32..30, proptest::bool::ANY), 0..300),
        ) {
            let (mut clock, mut plain) = (Clock::new(8, 2), BTreeSet::new());
            for (page, keeps) in deeds {
                if clock.touch(PageId(page)).is_some() {
                    prop_assert!(plain.contains(&page));
                    if !keeps {
                        clock.remove(PageId(page));
                        plain.remove(&page);
                    }
                    continue;
                }
                if clock.len() == clock.size() {
                    let victim = clock.sweep(|()| true).unwrap();
                    clock.remove(victim);
                    prop_assert!(plain.remove(&victim.0));
                }
                clock.insert(PageId(page), ());
                plain.insert(page);
                prop_assert_eq!(clock.len() as usize, plain.len());
                prop_assert_eq!(clock.iter().map(|(place, ())| clock.page(place).0).collect::<BTreeSet<_>>(), plain.clone());
            }
        }
    }
}
