//! A cache of a fixed number of pages, which a clock hand goes around (PostgreSQL's `freelist.c`).
//!
//! Each use of a page raises its usage by one, up to a limit. The hand takes one from each page that
//! it passes, and stops at the first that has none left.

use std::hash::{Hash, Hasher};

use redo::{PageId, PageMap};

/// Pages, each with a value.
#[derive(Clone, Debug)]
pub(crate) struct Clock<T> {
    size: u32,
    usage_max: u8,
    /// By number of the slot, which stands for the page in the key.
    slots: PageMap<Option<Slot<T>>>,
    /// Of each page that is here, the number of its slot, plus one.
    places: PageMap<u32>,
    /// Slots below this were used at least once.
    used: u32,
    /// Slots among them that are free again.
    free: Vec<u32>,
    hand: u32,
}

#[derive(Clone, Debug, Hash)]
struct Slot<T> {
    page: PageId,
    usage: u8,
    value: T,
}

impl<T: Clone> Clock<T> {
    pub(crate) fn new(size: u32, usage_max: u8) -> Self {
        Self {
            size,
            usage_max,
            slots: PageMap::default(),
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

    /// The value of a page, if it is here.
    pub(crate) fn get(&self, page: PageId) -> Option<&T> {
        let slot = self.slots.find(self.slot_of(page)?)?.as_ref()?;
        Some(&slot.value)
    }

    /// The same, for writing.
    pub(crate) fn get_mut(&mut self, page: PageId) -> Option<&mut T> {
        let slot = self.slots.get_mut(self.slot_of(page)?).as_mut()?;
        Some(&mut slot.value)
    }

    /// Uses a page. False if it is not here.
    pub(crate) fn touch(&mut self, page: PageId) -> bool {
        let Some(place) = self.slot_of(page) else {
            return false;
        };
        let usage = |slot: &Option<Slot<T>>| slot.as_ref().map_or(0, |slot| slot.usage);
        // Most pages that are used often have the highest usage, and need no writing.
        if self.slots.find(place).map_or(0, usage) < self.usage_max
            && let Some(slot) = self.slots.get_mut(place)
        {
            slot.usage += 1;
        }
        true
    }

    /// Takes in a page that is not here, used once. There must be room.
    pub(crate) fn insert(&mut self, page: PageId, value: T) {
        assert!(self.slot_of(page).is_none(), "a page is here once");
        assert!(self.len() < self.size, "there is room");
        let number = self.free.pop().unwrap_or_else(|| {
            self.used += 1;
            self.used - 1
        });
        let usage = 1.min(self.usage_max);
        let slot = Slot { page, usage, value };
        *self.slots.get_mut(PageId(number)) = Some(slot);
        *self.places.get_mut(page) = number + 1;
    }

    /// Lets a page go.
    pub(crate) fn remove(&mut self, page: PageId) {
        let place = self.slot_of(page).expect("it is here");
        *self.slots.get_mut(place) = None;
        *self.places.get_mut(page) = 0;
        self.free.push(place.0);
    }

    /// Moves the hand to the next page that has no usage left and may go. `None`: none may go.
    pub(crate) fn sweep(&mut self, may_go: impl Fn(&T) -> bool) -> Option<PageId> {
        for _ in 0..u64::from(self.used) * (u64::from(self.usage_max) + 1) {
            let place = PageId(self.hand);
            self.hand = (self.hand + 1) % self.used;
            let Some(Some(slot)) = self.slots.find(place) else {
                continue;
            };
            if !may_go(&slot.value) {
                continue;
            }
            if slot.usage == 0 {
                return Some(slot.page);
            }
            if let Some(slot) = self.slots.get_mut(place) {
                slot.usage -= 1;
            }
        }
        None
    }

    /// Of the next slots that the hand will come to, the pages that have no usage left.
    pub(crate) fn ahead(&self, slots: u32) -> impl Iterator<Item = (PageId, &T)> {
        let next = (0..slots.min(self.used)).map(|n| PageId((self.hand + n) % self.used));
        let slots = next.filter_map(|place| self.slots.find(place)?.as_ref());
        slots
            .filter(|slot| slot.usage == 0)
            .map(|slot| (slot.page, &slot.value))
    }

    /// All pages with their values, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (PageId, &T)> {
        let slots = self.slots.iter_from(PageId(0));
        let filled = slots.filter_map(|(_, slot)| slot.as_ref());
        filled.map(|slot| (slot.page, &slot.value))
    }

    fn slot_of(&self, page: PageId) -> Option<PageId> {
        let number = self.places.find(page).copied().unwrap_or_default();
        number.checked_sub(1).map(PageId)
    }
}

impl<T: Clone + Hash> Hash for Clock<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.hand, self.used, &self.free).hash(state);
        for (place, slot) in self.slots.iter_from(PageId(0)) {
            if let Some(slot) = slot {
                (place, slot).hash(state);
            }
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
        (0..3).for_each(|page| clock.insert(PageId(page), ()));
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
                if clock.touch(PageId(page)) {
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
                prop_assert_eq!(clock.iter().map(|(page, ())| page.0).collect::<BTreeSet<_>>(), plain.clone());
            }
        }
    }
}
