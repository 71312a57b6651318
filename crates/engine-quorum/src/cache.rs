//! The writer's buffer cache: pages with every change that the writer made to them.
//!
//! A page that goes is dropped, never written: storage makes it again from the log. So only a page
//! whose newest change is durable may go, because a read of it from storage would miss the others.
//! The paper prints that condition as page LSN ≥ VDL (SIGMOD 2017, section 4.2.3); it has to be
//! page LSN ≤ VDL, as SIGMOD 2018, section 3.1, has it.
//!
//! Of the pages that may go, the one goes that was used longest ago (least recently used). Where too
//! few may go the cache grows past its size and shrinks when the VDL moves. The other choice, to let
//! a transaction wait for room, would make it wait for the commits of others; and the growth has a
//! bound, for no more pages can be above the VDL than LSNs can (the LSN allocation limit).
//!
//! # Invariants
//! * A page with changes above the VDL is here, and so is one that a transaction waits with.
//! * The cache is larger than its size only by pages that may not go.
//!
//! # Simplifications
//! * Using a page takes no time, and a page is never half read.

use std::collections::BTreeMap;

use redo::{Change, Lsn, Page, PageId};

/// Pages in memory.
#[derive(Clone, Debug, Hash)]
pub struct Cache {
    size: u32,
    frames: BTreeMap<PageId, Frame>,
    /// Pages by when they were last used.
    by_use: BTreeMap<u64, PageId>,
    /// Number of the next use.
    uses: u64,
    counts: CacheCounts,
}

/// What a cache was asked for and did, since it was empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CacheCounts {
    /// Pages that were asked for and here.
    pub hits: u64,
    /// Pages that were asked for and not here.
    pub misses: u64,
    /// Pages that went.
    pub evictions: u64,
}

#[derive(Clone, Debug, Hash)]
struct Frame {
    page: Page,
    /// Its key in `by_use`.
    used: u64,
    /// Transactions that need it to stay.
    pins: u32,
}

impl Cache {
    pub(crate) const fn new(size: u32) -> Self {
        Self {
            size,
            frames: BTreeMap::new(),
            by_use: BTreeMap::new(),
            uses: 0,
            counts: CacheCounts {
                hits: 0,
                misses: 0,
                evictions: 0,
            },
        }
    }

    /// The page, if it is here.
    pub fn get(&self, page: PageId) -> Option<&Page> {
        self.frames.get(&page).map(|frame| &frame.page)
    }

    /// All pages, by their numbers.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        self.frames.values().map(|frame| &frame.page)
    }

    /// How many pages are here.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// What it was asked for and did.
    pub const fn counts(&self) -> CacheCounts {
        self.counts
    }

    /// Uses a page for a transaction, for which it stays until [`Cache::unpin`]. False if it is not
    /// here.
    pub(crate) fn pin(&mut self, page: PageId) -> bool {
        let is_here = self.frames.contains_key(&page);
        if is_here {
            self.counts.hits += 1;
            self.touch(page).pins += 1;
        } else {
            self.counts.misses += 1;
        }
        is_here
    }

    /// A transaction does not need the page any more.
    pub(crate) fn unpin(&mut self, page: PageId) {
        let frame = self.frames.get_mut(&page).expect("a pinned page stays");
        frame.pins = frame.pins.checked_sub(1).expect("it was pinned");
    }

    /// Looks at a page as it was at a read point. Only one that has not changed since is the same.
    pub(crate) fn has_at(&mut self, page: PageId, point: Lsn) -> bool {
        let is_here = self.get(page).is_some_and(|page| page.lsn() <= point);
        if is_here {
            self.counts.hits += 1;
            self.touch(page);
        } else {
            self.counts.misses += 1;
        }
        is_here
    }

    /// Takes in a page that so many transactions wait for.
    pub(crate) fn insert(&mut self, page: Page, pins: u32) {
        let (id, used) = (page.id(), self.uses);
        self.uses += 1;
        self.by_use.insert(used, id);
        let before = self.frames.insert(id, Frame { page, used, pins });
        assert!(before.is_none(), "a page is read when it is not here");
    }

    /// Applies a change of the writer's own to a page, which must be here.
    pub(crate) fn apply(&mut self, lsn: Lsn, change: &Change) {
        let is_new = self.touch(change.page).page.apply(lsn, change);
        assert!(is_new, "a new record is later than those in the page");
    }

    /// Drops what is too much, as far as it may go now.
    pub(crate) fn shrink(&mut self, vdl: Lsn) {
        let excess = self.frames.len().saturating_sub(self.size as usize);
        if excess == 0 {
            return;
        }
        let may_go = |frame: &Frame| frame.pins == 0 && frame.page.lsn() <= vdl;
        let by_use = self.by_use.iter();
        let victims: Vec<_> = by_use
            .filter(|(_, page)| may_go(&self.frames[*page]))
            .map(|(used, page)| (*used, *page))
            .take(excess)
            .collect();
        for (used, page) in victims {
            self.by_use.remove(&used);
            self.frames.remove(&page);
            self.counts.evictions += 1;
        }
    }

    /// The page's frame, which is now the one used last.
    fn touch(&mut self, page: PageId) -> &mut Frame {
        let frame = self.frames.get_mut(&page).expect("it is here");
        self.by_use.remove(&frame.used);
        self.by_use.insert(self.uses, page);
        frame.used = self.uses;
        self.uses += 1;
        frame
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cache_of(size: u32, pages: impl IntoIterator<Item = u32>) -> Cache {
        let mut cache = Cache::new(size);
        for page in pages {
            cache.insert(Page::new(PageId(page)), 0);
            cache.shrink(Lsn::ZERO);
        }
        cache
    }

    fn pages(cache: &Cache) -> Vec<u32> {
        cache.pages().map(|page| page.id().0).collect()
    }

    fn change(cache: &mut Cache, page: u32, lsn: u64) {
        cache.apply(Lsn(lsn), &Change::account(PageId(page), 100, false));
    }

    #[test]
    fn the_page_goes_that_was_used_longest_ago() {
        let mut cache = cache_of(3, [1, 2, 3]);
        assert!(cache.pin(PageId(1)));
        cache.unpin(PageId(1));
        cache.insert(Page::new(PageId(4)), 0);
        cache.shrink(Lsn::ZERO);
        assert_eq!(pages(&cache), [1, 3, 4]);
    }

    #[test]
    fn a_page_stays_while_a_transaction_needs_it() {
        let mut cache = cache_of(1, [1]);
        assert!(cache.pin(PageId(1)));
        cache.insert(Page::new(PageId(2)), 1);
        cache.shrink(Lsn::ZERO);
        assert_eq!(pages(&cache), [1, 2]);
        cache.unpin(PageId(1));
        cache.shrink(Lsn::ZERO);
        assert_eq!(pages(&cache), [2]);
    }

    #[test]
    fn a_page_whose_change_is_exactly_the_vdl_may_go_and_one_above_it_may_not() {
        let mut cache = cache_of(2, [1, 2]);
        change(&mut cache, 1, 7);
        change(&mut cache, 2, 8);
        cache.insert(Page::new(PageId(3)), 1);
        cache.shrink(Lsn(6));
        assert_eq!(pages(&cache), [1, 2, 3], "it grows past its size");
        cache.shrink(Lsn(7));
        assert_eq!(pages(&cache), [2, 3]);
    }

    proptest! {
        #[test]
        fn no_page_above_the_vdl_goes_and_no_other_stays_too_long(
            size in 0_u32..6,
            deeds in proptest::collection::vec((0_u32..12, 0_u8..4), 0..200),
        ) {
            let mut cache = Cache::new(size);
            let (mut vdl, mut last) = (0, 0);
            let mut newest = BTreeMap::new();
            for (page, deed) in deeds {
                if deed == 0 {
                    vdl = last;
                } else if cache.pin(PageId(page)) {
                    cache.unpin(PageId(page));
                } else {
                    cache.insert(Page::new(PageId(page)), 0);
                    newest.insert(page, 0);
                }
                if deed == 3 {
                    last += 1;
                    change(&mut cache, page, last);
                    newest.insert(page, last);
                }
                cache.shrink(Lsn(vdl));
                let above = newest.iter().filter(|(_, lsn)| **lsn > vdl);
                prop_assert!(above.clone().all(|(page, _)| cache.get(PageId(*page)).is_some()));
                let most = above.count().max(size as usize);
                prop_assert!(cache.len() <= most);
            }
        }
    }
}
