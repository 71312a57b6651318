//! The buffer pool, the operating system's cache below it, and the pages on the device.
//!
//! ```text
//! buffer pool       clean or dirty pages; the clock hand finds who goes
//!     |  ^          a dirty page is written before its buffer is used again
//!     v  |
//! OS cache          holds what was read or written lately; a hit needs no device
//!     |  ^
//!     v  |
//! device            pages as they were written last, with a checksum
//! ```
//!
//! A page is written as it is when its writing is decided. If WAL is not flushed up to its LSN by
//! then, its image waits for that: **log before data**. Whoever changes the page meanwhile makes it
//! dirty again.
//!
//! # Invariants
//! * A page reaches the device only after all WAL up to its LSN has.
//! * A buffer is used again only after its page is on the device as it was last.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{Hash, Hasher};

use redo::{Change, Lsn, PAGE_BYTES, Page, PageId, PageImage};
use sim::Stream;

use crate::clock::{Clock, Place};
use crate::effects::{Cause, IoKind, Note, PageWriter, Turn};
use crate::settings::Settings;
use crate::storage::Storage;
use crate::table::Table;

/// The highest usage of a buffer, PostgreSQL's `BM_MAX_USAGE_COUNT`.
const USAGE_MAX: u8 = 5;
/// Buffers that the background writer looks at for each that was taken since it last looked:
/// `bgwriter_lru_multiplier`.
const LOOK_AHEAD: u32 = 2;

/// What a buffer's page is at.
#[derive(Clone, Copy, Debug, Hash)]
struct Frame {
    state: State,
    /// The checkpoint that is under way has to write it.
    is_due: bool,
}

/// How a page in the buffer pool compares with what is on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    /// The same.
    Clean,
    /// Changed.
    Dirty,
    /// Changed, and being written as it is.
    Writing,
    /// Changed since its writing was decided, which is not done.
    DirtyAgain,
}

/// A page on its way to the device.
#[derive(Clone, Debug, Hash)]
struct Write {
    image: PageImage,
    writer: PageWriter,
    /// A checkpoint may not end before it.
    is_due: bool,
    progress: Progress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Progress {
    /// WAL has to be flushed first.
    AwaitsFlush,
    /// The device is at it.
    UnderWay,
}

/// What a page is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Need {
    /// For what is in it.
    Content,
    /// For its buffer: all of it will be replaced.
    Buffer,
}

/// Whether a page can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// At once: it is in this buffer.
    Here(Place),
    /// Not yet; [`Buffers::next_loaded`] will say when.
    Coming,
    /// Never: it does not fit its checksum.
    Damaged,
}

/// Pages in memory and on the device.
#[derive(Clone, Debug)]
pub struct Buffers {
    /// Pages below this are read even if they were never written.
    first_new: PageId,
    pool: Clock<Frame>,
    /// The pages themselves, by the number of the buffer. What is in a free one means nothing.
    contents: Table<Page>,
    os_cache: Clock<()>,
    storage: Storage,
    writes: BTreeMap<PageId, Write>,
    /// Writes that wait for WAL to be flushed up to their LSN.
    awaiting_flush: BTreeSet<(Lsn, PageId)>,
    /// Pages that somebody waits for.
    loads: BTreeMap<PageId, Need>,
    /// Those among them that have no buffer yet.
    queue: VecDeque<PageId>,
    /// Buffers kept free for pages that are being read.
    reserved: u32,
    /// Pages being written for those who wait for a buffer.
    evicting: u32,
    /// Pages that are not clean.
    dirty: u32,
    /// Pages and writes that the checkpoint under way has to wait for.
    due: u32,
    /// Pages that were found damaged.
    damaged: BTreeSet<PageId>,
    /// Buffers taken since the background writer last looked.
    taken: u32,
}

impl Buffers {
    pub(crate) fn new(settings: &Settings, storage: Storage) -> Self {
        assert!(settings.shared_buffers > 0, "there is a buffer");
        Self {
            first_new: PageId(settings.pages),
            pool: Clock::new(settings.shared_buffers, USAGE_MAX),
            contents: Table::default(),
            os_cache: Clock::new(settings.os_cache, 1),
            storage,
            writes: BTreeMap::new(),
            awaiting_flush: BTreeSet::new(),
            loads: BTreeMap::new(),
            queue: VecDeque::new(),
            reserved: 0,
            evicting: 0,
            dirty: 0,
            due: 0,
            damaged: BTreeSet::new(),
            taken: 0,
        }
    }

    /// Asks for a page, and lets it be loaded if it is not here.
    pub(crate) fn fetch(&mut self, page: PageId, need: Need, turn: &mut Turn<'_>) -> Fetched {
        if let Some(place) = self.pool.touch(page) {
            turn.tallies.pool_hits.add(PAGE_BYTES as u64);
            return Fetched::Here(place);
        }
        if need == Need::Content && self.damaged.contains(&page) {
            return Fetched::Damaged;
        }
        if self.loads.insert(page, need).is_none() {
            self.queue.push_back(page);
        }
        Fetched::Coming
    }

    /// The next page that somebody waited for and that is here now, or was found damaged. Whoever
    /// waited has to use it before this is called again.
    pub(crate) fn next_loaded(
        &mut self,
        flushed: Lsn,
        cause: Cause,
        turn: &mut Turn<'_>,
    ) -> Option<PageId> {
        while let Some(&page) = self.queue.front() {
            if !self.has_buffer(flushed, cause, turn) {
                return None;
            }
            self.queue.pop_front();
            self.taken += 1;
            self.reserved += 1;
            if self.is_at_hand(page, turn) {
                self.loaded(page, cause, turn);
                return Some(page);
            }
            turn.io(cause, IoKind::ReadPage(page), PAGE_BYTES as u64);
        }
        None
    }

    /// A page was read, or needs no reading.
    pub(crate) fn loaded(&mut self, page: PageId, cause: Cause, turn: &mut Turn<'_>) {
        let need = self.loads.remove(&page).expect("somebody waits for it");
        self.reserved -= 1;
        let opened = match self.storage.page(page) {
            None => Ok(Page::new(page)),
            Some(image) => image.open().cloned(),
        };
        let content = match (need, opened) {
            (Need::Content, Ok(content)) => content,
            (Need::Content, Err(_)) => {
                self.damaged.insert(page);
                turn.note(cause, Note::PageDamaged { page });
                return;
            }
            (Need::Buffer, Ok(_)) => Page::new(page),
            (Need::Buffer, Err(_)) => {
                self.damaged.remove(&page);
                turn.note(cause, Note::PageRestored { page });
                Page::new(page)
            }
        };
        self.remember(page);
        let frame = Frame {
            state: State::Clean,
            is_due: false,
        };
        let place = self.pool.insert(page, frame);
        self.contents.set(place.0, content);
    }

    /// Changes the page in a buffer.
    #[inline]
    pub(crate) fn change(&mut self, place: Place, lsn: Lsn, change: &Change) {
        if self.contents.get_mut(place.0).apply(lsn, change) {
            self.changed(place);
        }
    }

    /// Puts all of a page in the place of the one in a buffer, unless that one is as new.
    pub(crate) fn replace(&mut self, place: Place, content: Page) {
        if self.content(place).lsn() < content.lsn() {
            self.contents.set(place.0, content);
            self.changed(place);
        }
    }

    /// The page in a buffer.
    #[inline]
    pub(crate) fn content(&self, place: Place) -> &Page {
        self.contents.get(place.0)
    }

    /// A page that is here.
    pub fn page(&self, page: PageId) -> Option<&Page> {
        Some(self.content(self.pool.place(page)?))
    }

    /// Whether a page is new: it was never changed, and did not belong to the database at first.
    #[inline]
    pub(crate) fn is_new(&self, page: &Page) -> bool {
        page.id() >= self.first_new && page.lsn() == Lsn::ZERO
    }

    /// A checkpoint begins: these pages are dirty. It has to write them, unless somebody else does.
    pub(crate) fn begin_checkpoint(&mut self) -> Vec<PageId> {
        assert!(self.due == 0, "one checkpoint at a time");
        let is_dirty = |state| matches!(state, State::Dirty | State::DirtyAgain);
        let frames = self.pool.iter();
        let dirty: Vec<_> = frames.filter(|(_, frame)| is_dirty(frame.state)).collect();
        let mut pages = Vec::with_capacity(dirty.len());
        for (place, frame) in dirty {
            let is_due = true;
            self.pool.set(place, Frame { is_due, ..frame });
            self.due += 1;
            pages.push(self.pool.page(place));
        }
        pages.sort_unstable();
        for write in self.writes.values_mut() {
            write.is_due = true;
            self.due += 1;
        }
        pages
    }

    /// Writes a page for the checkpoint, if it still has to be and nobody is at it. Says whether.
    pub(crate) fn write_due(
        &mut self,
        page: PageId,
        flushed: Lsn,
        cause: Cause,
        turn: &mut Turn<'_>,
    ) -> bool {
        let Some(place) = self.pool.place(page) else {
            return false;
        };
        let frame = self.pool.get(place);
        let writes = frame.is_due && frame.state == State::Dirty;
        if writes {
            self.write(place, PageWriter::Checkpoint, flushed, cause, turn);
        }
        writes
    }

    /// The background writer looks ahead of the clock hand. Says how many pages it writes.
    pub(crate) fn look_ahead(
        &mut self,
        pages_max: u32,
        flushed: Lsn,
        cause: Cause,
        turn: &mut Turn<'_>,
    ) -> u32 {
        let ahead = std::mem::take(&mut self.taken).saturating_mul(LOOK_AHEAD);
        let may = |place, state| state == State::Dirty && self.content(place).lsn() <= flushed;
        let ahead = self.pool.ahead(ahead);
        let places: Vec<_> = ahead
            .filter(|(place, frame)| may(*place, frame.state))
            .map(|(place, _)| place)
            .take(pages_max as usize)
            .collect();
        let count = u32::try_from(places.len()).expect("no more than the most");
        if count > 0 {
            let cause = turn.note(cause, Note::BackgroundWrites { pages: count });
            for place in places {
                self.write(place, PageWriter::Background, flushed, cause, turn);
            }
        }
        count
    }

    /// WAL is flushed up to here: what waited for that goes to the device.
    pub(crate) fn flushed(&mut self, flushed: Lsn, cause: Cause, turn: &mut Turn<'_>) {
        while let Some(&(lsn, page)) = self.awaiting_flush.first()
            && lsn <= flushed
        {
            self.awaiting_flush.pop_first();
            let write = self.writes.get_mut(&page).expect("it waits to be written");
            write.progress = Progress::UnderWay;
            let writer = write.writer;
            turn.io(cause, IoKind::WritePage { page, writer }, PAGE_BYTES as u64);
        }
    }

    /// A page was written. Gives it, if the checkpoint has to write it once more.
    pub(crate) fn written(&mut self, page: PageId, flushed: Lsn) -> Option<PageId> {
        let write = self.writes.remove(&page).expect("it was being written");
        assert!(write.image.lsn() <= flushed, "log before data");
        self.storage.write(write.image);
        self.remember(page);
        self.due -= u32::from(write.is_due);
        self.evicting -= u32::from(write.writer == PageWriter::Backend);
        let place = self.place(page);
        let frame = self.pool.get(place);
        let is_clean = frame.state == State::Writing;
        let state = if is_clean { State::Clean } else { State::Dirty };
        self.pool.set(place, Frame { state, ..frame });
        let again = frame.is_due.then_some(page);
        self.dirty -= u32::from(is_clean);
        if is_clean && write.writer == PageWriter::Backend {
            self.pool.remove(page);
        }
        again
    }

    /// The lowest LSN that WAL has to be flushed up to, so that a page can be written.
    pub(crate) fn needs_flush(&self) -> Option<Lsn> {
        self.awaiting_flush.first().map(|(lsn, _)| *lsn)
    }

    /// Pages and writes that the checkpoint under way has to wait for.
    pub(crate) const fn due(&self) -> u32 {
        self.due
    }

    /// Pages that are not clean.
    pub const fn dirty(&self) -> u32 {
        self.dirty
    }

    /// Pages in the buffer pool.
    pub fn cached(&self) -> u32 {
        self.pool.len()
    }

    /// Pages in the operating system's cache.
    pub fn os_cached(&self) -> u32 {
        self.os_cache.len()
    }

    /// Whether buffers were taken since the background writer last looked.
    pub(crate) const fn is_busy(&self) -> bool {
        self.taken > 0
    }

    /// Pages that were found damaged, and were not restored.
    pub const fn damaged(&self) -> &BTreeSet<PageId> {
        &self.damaged
    }

    /// What is on the device.
    pub(crate) const fn storage(&self) -> &Storage {
        &self.storage
    }

    /// The same, for the checkpointer.
    pub(crate) const fn storage_mut(&mut self) -> &mut Storage {
        &mut self.storage
    }

    /// Power is lost. A page that was being written is as before, as after, or torn. Gives what is on
    /// the device, and how many pages are torn.
    pub(crate) fn lose_power(self, draws: &mut Stream) -> (Storage, u32) {
        let (mut storage, mut torn) = (self.storage, 0);
        for write in self.writes.into_values() {
            if write.progress == Progress::AwaitsFlush {
                continue;
            }
            let mut image = write.image;
            match draws.below(3) {
                0 => {}
                1 => storage.write(image),
                _ => {
                    image.damage(draws.bits());
                    storage.write(image);
                    torn += 1;
                }
            }
        }
        (storage, torn)
    }

    /// Whether there is a free buffer, or one that can be made free at once. Otherwise dirty pages
    /// are written, one for each page that needs a buffer.
    fn has_buffer(&mut self, flushed: Lsn, cause: Cause, turn: &mut Turn<'_>) -> bool {
        while self.pool.len() + self.reserved >= self.pool.size() {
            if self.evicting as usize >= self.queue.len() {
                return false;
            }
            let may_go = |frame: Frame| matches!(frame.state, State::Clean | State::Dirty);
            let Some(page) = self.pool.sweep(may_go) else {
                return false;
            };
            let place = self.place(page);
            if self.pool.get(place).state == State::Clean {
                self.pool.remove(page);
            } else {
                let cause = turn.note(cause, Note::DirtyEvicted { page });
                self.evicting += 1;
                self.write(place, PageWriter::Backend, flushed, cause, turn);
            }
        }
        true
    }

    /// Whether a page can be had without the device.
    fn is_at_hand(&mut self, page: PageId, turn: &mut Turn<'_>) -> bool {
        let is_made = page >= self.first_new && self.storage.page(page).is_none();
        if is_made || self.loads.get(&page) == Some(&Need::Buffer) {
            return true;
        }
        let hit = self.os_cache.touch(page).is_some();
        if hit {
            turn.tallies.os_cache_hits.add(PAGE_BYTES as u64);
        }
        hit
    }

    /// The operating system keeps a page that went by.
    fn remember(&mut self, page: PageId) {
        if self.os_cache.size() == 0 || self.os_cache.touch(page).is_some() {
            return;
        }
        if self.os_cache.len() == self.os_cache.size() {
            let victim = self.os_cache.sweep(|()| true).expect("any may go");
            self.os_cache.remove(victim);
        }
        self.os_cache.insert(page, ());
    }

    /// Decides that the dirty page in a buffer is written, as it is now.
    fn write(
        &mut self,
        place: Place,
        writer: PageWriter,
        flushed: Lsn,
        cause: Cause,
        turn: &mut Turn<'_>,
    ) {
        let Frame { state, is_due } = self.pool.get(place);
        assert!(state == State::Dirty, "it is dirty, and not written yet");
        let being_written = Frame {
            state: State::Writing,
            is_due: false,
        };
        self.pool.set(place, being_written);
        let content = self.content(place).clone();
        let page = content.id();
        let write = Write {
            image: content.seal(),
            writer,
            is_due,
            progress: Progress::AwaitsFlush,
        };
        self.awaiting_flush.insert((write.image.lsn(), page));
        self.writes.insert(page, write);
        self.flushed(flushed, cause, turn);
    }

    /// The page in a buffer is not any more as it was when it was last written, or when that was
    /// decided.
    #[inline]
    fn changed(&mut self, place: Place) {
        let frame = self.pool.get(place);
        let state = match frame.state {
            State::Clean | State::Dirty => State::Dirty,
            State::Writing | State::DirtyAgain => State::DirtyAgain,
        };
        if state != frame.state {
            self.pool.set(place, Frame { state, ..frame });
            self.dirty += u32::from(frame.state == State::Clean);
        }
    }

    /// The buffer of a page that is here.
    fn place(&self, page: PageId) -> Place {
        self.pool.place(page).expect("the page is here")
    }
}

/// What is in free buffers does not count.
impl Hash for Buffers {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.first_new, &self.pool).hash(state);
        for (place, _) in self.pool.iter() {
            self.content(place).hash(state);
        }
        (&self.os_cache, &self.storage).hash(state);
        (&self.writes, &self.awaiting_flush).hash(state);
        (&self.loads, &self.queue, self.reserved, self.evicting).hash(state);
        (self.dirty, self.due, &self.damaged, self.taken).hash(state);
    }
}

#[cfg(test)]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "tests look for one kind of effect"
)]
mod tests {
    use sim::SimTime;

    use super::*;
    use crate::effects::{Effect, Effects};
    use crate::tally::Tallies;

    /// A pool of one buffer, in which page 0 was changed at 100.
    struct Bench {
        buffers: Buffers,
        effects: Effects,
        tallies: Tallies,
    }

    impl Bench {
        fn new() -> Self {
            let settings = Settings {
                pages: 0,
                shared_buffers: 1,
                ..Settings::default()
            };
            let mut bench = Self {
                buffers: Buffers::new(&settings, Storage::default()),
                effects: Effects::default(),
                tallies: Tallies::default(),
            };
            assert_eq!(bench.fetch(0, 0), Some(PageId(0)));
            bench.change(100);
            bench
        }

        /// Asks for a page while WAL is flushed up to here.
        fn fetch(&mut self, page: u32, flushed: u64) -> Option<PageId> {
            let mut turn = Turn::of(SimTime::START, &mut self.effects, &mut self.tallies);
            self.buffers.fetch(PageId(page), Need::Content, &mut turn);
            self.buffers
                .next_loaded(Lsn(flushed), Cause::Input, &mut turn)
        }

        fn change(&mut self, lsn: u64) {
            let change = Change::account(PageId(0), 100, false);
            let place = self.buffers.place(PageId(0));
            self.buffers.change(place, Lsn(lsn), &change);
        }

        fn flushed(&mut self, flushed: u64) {
            let mut turn = Turn::of(SimTime::START, &mut self.effects, &mut self.tallies);
            self.buffers.flushed(Lsn(flushed), Cause::Input, &mut turn);
        }

        fn ios(&mut self) -> Vec<IoKind> {
            let io = |(_, effect)| match effect {
                Effect::Io(io) => Some(io.kind),
                _ => None,
            };
            self.effects.drain().filter_map(io).collect()
        }
    }

    const WRITE: IoKind = IoKind::WritePage {
        page: PageId(0),
        writer: PageWriter::Backend,
    };

    #[test]
    fn a_dirty_page_is_written_after_its_wal_and_before_its_buffer_is_used_again() {
        let mut bench = Bench::new();
        assert_eq!(bench.fetch(1, 99), None);
        assert_eq!(
            (bench.ios(), bench.buffers.needs_flush()),
            (vec![], Some(Lsn(100)))
        );
        bench.flushed(100);
        assert_eq!(bench.ios(), [WRITE]);
        assert_eq!(bench.fetch(1, 100), None, "it is not on the device yet");
        assert_eq!(bench.buffers.written(PageId(0), Lsn(100)), None);
        assert_eq!(bench.fetch(1, 100), Some(PageId(1)));
        assert_eq!(
            bench.buffers.storage().page(PageId(0)).map(PageImage::lsn),
            Some(Lsn(100))
        );
    }

    #[test]
    fn a_page_that_was_changed_since_its_writing_was_decided_is_written_once_more() {
        let mut bench = Bench::new();
        bench.fetch(1, 100);
        bench.change(200);
        assert_eq!(bench.buffers.begin_checkpoint(), [PageId(0)]);
        assert_eq!(bench.buffers.due(), 2, "the write under way, and the page");
        assert_eq!(bench.buffers.written(PageId(0), Lsn(200)), Some(PageId(0)));
        assert_eq!(
            bench.buffers.storage().page(PageId(0)).map(PageImage::lsn),
            Some(Lsn(100))
        );
        assert_eq!((bench.buffers.due(), bench.buffers.dirty()), (1, 1));
    }
}
