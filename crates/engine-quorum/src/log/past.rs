//! What a log that forgets its beginning knows of it: what the records came to.
//!
//! Nobody asks for one of them again ([`crate::Need`] sees to that). Asked for is the whole, by those
//! who begin with nothing: a node that joins, a restored volume. For them there is of each group the
//! sum of its records, and of each page what it was when its last record was made, and when the last
//! was made at which segments write a version:
//!
//! ```text
//! forgotten up to 20      chain of page 7    3  8  9  14 | 27  31     four records make a version:
//!                                               ripe  now             here two, for the picture
//! ```
//!
//! Without the second one a segment that begins with nothing would write other versions than one that
//! was there from the beginning.

use redo::{Lsn, Page, PageId, PageMap};

use super::Entry;
use crate::message::GroupId;
use crate::pages::Sum;

/// What is known of the records that a log forgot.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    /// The end of the last mini-transaction that is forgotten.
    pub(super) up_to: Lsn,
    groups: Vec<Forgotten>,
    pages: PageMap<Option<States>>,
}

/// What is known of the forgotten records of a group.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Forgotten {
    /// The first of them.
    pub(crate) first: Lsn,
    /// The last.
    pub(crate) last: Lsn,
    /// How many, and their bytes.
    pub(crate) sum: Sum,
}

/// A page as forgotten records made it.
#[derive(Clone, Debug)]
struct States {
    /// With all of them.
    now: Page,
    /// With those up to the last at which its chain is long enough for a version; without, none.
    ripe: Page,
}

impl Past {
    /// Takes the next record that counts, where so many of a page make a version.
    pub(super) fn add(&mut self, lsn: Lsn, entry: &Entry, chain_records: u32) {
        let groups = self.groups.len().max(entry.group.index() + 1);
        self.groups.resize_with(groups, Forgotten::default);
        let group = &mut self.groups[entry.group.index()];
        if group.first == Lsn::ZERO {
            group.first = lsn;
        }
        group.last = lsn;
        group.sum += Sum::one(entry.change.bytes);
        let page = entry.change.page;
        let states = self.pages.get_mut(page).get_or_insert_with(|| States {
            now: Page::new(page),
            ripe: Page::new(page),
        });
        states.now.apply(lsn, &entry.change);
        if entry.nth_of_page.is_multiple_of(chain_records) {
            states.ripe = states.now.clone();
        }
    }

    /// What is forgotten of a group.
    pub(super) fn group(&self, group: GroupId) -> Forgotten {
        self.groups.get(group.index()).copied().unwrap_or_default()
    }

    /// The page as forgotten records made it, the newest state of it at or before `lsn`.
    pub(super) fn page_at(&self, page: PageId, lsn: Lsn) -> Option<&Page> {
        let States { now, ripe } = self.pages.find(page)?.as_ref()?;
        let state = if now.lsn() <= lsn { now } else { ripe };
        (Lsn::ZERO < state.lsn() && state.lsn() <= lsn).then_some(state)
    }

    /// The pages with chains that are long enough for a version, each with the last record at which it
    /// was.
    pub(super) fn ripe(&self) -> impl Iterator<Item = (PageId, Lsn)> {
        let states = self.pages.iter_from(PageId(0));
        let ripe = states.filter_map(|(page, states)| Some((page, states.as_ref()?.ripe.lsn())));
        ripe.filter(|(_, lsn)| *lsn > Lsn::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use redo::Change;
    use sim::SimTime;

    use crate::log::Log;
    use crate::message::Epoch;
    use crate::run::Run;

    use super::*;

    const PAGES: u32 = 5;
    /// So many records of a page make a version.
    const CHAIN: u32 = 3;

    /// What happens to a log.
    #[derive(Clone, Debug)]
    enum Deed {
        /// A mini-transaction for these pages.
        Write(Vec<u32>),
        /// A recovery annuls so many of the last records, and whatever ends in them.
        Recover(u64),
        /// What lies before this part of the log is forgotten, in percent.
        Forget(u64),
    }

    fn deed() -> impl Strategy<Value = Deed> {
        prop_oneof![
            12 => proptest::collection::vec(0..PAGES, 1..4).prop_map(Deed::Write),
            1 => (0_u64..10).prop_map(Deed::Recover),
            2 => (0_u64..=100).prop_map(Deed::Forget),
        ]
    }

    /// Does the same to a log, and to one that forgets nothing.
    struct Both {
        log: Log,
        whole: Log,
        epoch: Epoch,
    }

    impl Both {
        fn enact(&mut self, deed: &Deed) {
            match deed {
                Deed::Write(pages) => {
                    for log in [&mut self.log, &mut self.whole] {
                        let first = log.next_lsn();
                        for page in pages {
                            log.append(self.epoch, Change::account(PageId(*page), page + 1, false));
                        }
                        log.end_mtr(SimTime(first.0), self.epoch, first, 0, None);
                    }
                }
                Deed::Recover(records) => {
                    let end = Lsn(self.whole.last().0.saturating_sub(*records));
                    let end = self.whole.last_end(end.max(self.log.forgotten()));
                    self.epoch = self.epoch.next();
                    let first = Lsn(self.whole.next_lsn().0 + 4);
                    self.log.branch(self.epoch, end, first);
                    self.whole.branch(self.epoch, end, first);
                }
                Deed::Forget(percent) => {
                    self.log.forget(Lsn(self.log.last().0 * percent / 100));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn whoever_is_not_behind_finds_the_same_in_a_log_that_forgot(
            deeds in proptest::collection::vec(deed(), 0..80),
        ) {
            let [log, whole] = [(); 2].map(|()| Log::new(2).with_chains(CHAIN));
            let mut both = Both { log, whole, epoch: Epoch::FIRST };
            for deed in &deeds {
                both.enact(deed);
            }
            let Both { log, whole, .. } = both;
            let forgotten = log.forgotten();
            prop_assert_eq!(sim::digest_of(&log), sim::digest_of(&whole));
            prop_assert_eq!((log.count(), log.last()), (whole.count(), whole.last()));
            prop_assert_eq!(whole.last_end(forgotten), forgotten);
            for place in 0..=log.count() + 1 {
                prop_assert_eq!(log.nth(place), whole.nth(place));
            }
            for lsn in (1..=forgotten.0).map(Lsn) {
                prop_assert!(log.get(lsn).is_none());
            }
            for lsn in (forgotten.0..=log.next_lsn().0).map(Lsn) {
                let entry = |log: &Log| log.get(lsn).map(|entry| format!("{entry:?}"));
                prop_assert!(lsn == forgotten || entry(&log) == entry(&whole));
                prop_assert_eq!(log.place_of(lsn), whole.place_of(lsn));
                prop_assert_eq!(log.last_end(lsn), whole.last_end(lsn));
                for group in log.groups() {
                    prop_assert_eq!(log.last_at(group, lsn), whole.last_at(group, lsn));
                }
                for page in (0..PAGES).map(PageId) {
                    prop_assert_eq!(log.last_of_page(page, lsn), whole.last_of_page(page, lsn));
                    prop_assert_eq!(log.page_at(page, lsn), whole.page_at(page, lsn));
                }
            }
            for group in log.groups() {
                prop_assert_eq!(log.first_after(group, Lsn::ZERO), whole.first_after(group, Lsn::ZERO));
                let tail = log.last_in_group(group);
                if tail > Lsn::ZERO {
                    let all = Run::new(Lsn::ZERO, tail);
                    prop_assert_eq!(log.parcel(group, all), whole.parcel(group, all));
                }
                let last = log.forgotten_of(group).last;
                if tail > last {
                    let rest = Run::new(last, tail);
                    prop_assert_eq!(log.parcel(group, rest), whole.parcel(group, rest));
                    let rest: Vec<_> = log.walk(rest).collect();
                    let bytes = rest.iter().map(|(_, entry)| u64::from(entry.change.bytes));
                    let sum = Sum { records: rest.len() as u64, bytes: bytes.sum() };
                    for (place, (lsn, _)) in rest.iter().enumerate() {
                        let before = rest.get(place + 1).map_or(last, |(lsn, _)| *lsn);
                        prop_assert_eq!(log.last_of(group, Run::new(last, *lsn)), Some(*lsn));
                        if last < before {
                            let run = Run::new(last, lsn.before());
                            prop_assert_eq!(log.last_of(group, run), Some(before));
                        }
                    }
                    prop_assert_eq!(log.sum(group, Run::new(last, tail)), sum);
                    let ripe = rest.iter().rev().filter(|(_, entry)| entry.nth_of_page % CHAIN == 0);
                    let ripe = ripe.map(|(lsn, entry)| (entry.change.page, *lsn));
                    prop_assert!(log.ripe(group, Run::new(last, tail)).eq(ripe));
                }
            }
        }
    }

    #[test]
    fn a_log_keeps_the_records_behind_the_last_end_and_their_number() {
        let mut log = Log::new(1);
        for first in [1, 4, 7] {
            for page in 0..3 {
                log.append(Epoch::FIRST, Change::account(PageId(page), 10, false));
            }
            log.end_mtr(SimTime(first), Epoch::FIRST, Lsn(first), 0, None);
        }
        log.forget(Lsn(8));
        assert_eq!((log.forgotten(), log.kept(), log.count()), (Lsn(6), 3, 9));
        assert_eq!((log.before_last(3), log.before_last(9)), (Lsn(6), Lsn(0)));
        log.forget(Lsn(5));
        assert_eq!(log.forgotten(), Lsn(6), "what is forgotten stays so");
    }

    #[test]
    #[should_panic(expected = "a run's records are in the log")]
    fn a_run_that_is_forgotten_in_part_cannot_be_had() {
        let mut log = Log::new(1);
        for first in [1, 2, 3] {
            log.append(Epoch::FIRST, Change::account(PageId(0), 10, false));
            log.end_mtr(SimTime(first), Epoch::FIRST, Lsn(first), 0, None);
        }
        log.forget(Lsn(2));
        log.parcel(GroupId(0), Run::new(Lsn(1), Lsn(3)));
    }
}
