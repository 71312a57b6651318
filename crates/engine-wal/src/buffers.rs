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

use redo::{Change, Lsn, PAGE_BYTES, Page, PageId, PageImage};
use sim::Stream;

use crate::clock::Clock;
use crate::effects::{Cause, IoKind, Note, PageWriter, Turn};
use crate::settings::Settings;
use crate::storage::Storage;

/// The highest usage of a buffer, PostgreSQL's `BM_MAX_USAGE_COUNT`.
const USAGE_MAX: u8 = 5;
/// Buffers that the background writer looks at for each that was taken since it last looked:
/// `bgwriter_lru_multiplier`.
const LOOK_AHEAD: u32 = 2;

/// A page in the buffer pool.
#[derive(Clone, Debug, Hash)]
struct Frame {
    page: Page,
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
    /// At once.
    Here,
    /// Not yet; [`Buffers::next_loaded`] will say when.
    Coming,
    /// Never: it does not fit its checksum.
    Damaged,
}

/// Pages in memory and on the device.
#[derive(Clone, Debug, Hash)]
pub struct Buffers {
    /// Pages below this are read even if they were never written.
    first_new: PageId,
    pool: Clock<Frame>,
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
        if self.pool.touch(page) {
            turn.tallies.pool_hits.add(PAGE_BYTES as u64);
            return Fetched::Here;
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
            page: content,
            state: State::Clean,
            is_due: false,
        };
        self.pool.insert(page, frame);
    }

    /// Changes a page that is here.
    pub(crate) fn change(&mut self, lsn: Lsn, change: &Change) -> &Page {
        if self.frame(change.page).page.apply(lsn, change) {
            self.changed(change.page);
        }
        &self.frame(change.page).page
    }

    /// Puts all of a page in the place of one that is here, unless that one is as new.
    pub(crate) fn replace(&mut self, content: Page) {
        let page = content.id();
        let frame = self.frame(page);
        if frame.page.lsn() < content.lsn() {
            frame.page = content;
            self.changed(page);
        }
    }

    /// A page that is here.
    pub fn page(&self, page: PageId) -> Option<&Page> {
        self.pool.get(page).map(|frame| &frame.page)
    }

    /// Whether a page is new: it was never changed, and did not belong to the database at first.
    pub(crate) fn is_new(&self, page: PageId) -> bool {
        page >= self.first_new && self.page(page).is_some_and(|page| page.lsn() == Lsn::ZERO)
    }

    /// A checkpoint begins: these pages are dirty. It has to write them, unless somebody else does.
    pub(crate) fn begin_checkpoint(&mut self) -> Vec<PageId> {
        assert!(self.due == 0, "one checkpoint at a time");
        let is_dirty = |state| matches!(state, State::Dirty | State::DirtyAgain);
        let frames = self.pool.iter().filter(|(_, frame)| is_dirty(frame.state));
        let mut pages: Vec<_> = frames.map(|(page, _)| page).collect();
        pages.sort_unstable();
        for page in &pages {
            self.frame(*page).is_due = true;
            self.due += 1;
        }
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
        let frame = self.pool.get(page);
        let writes = frame.is_some_and(|frame| frame.is_due && frame.state == State::Dirty);
        if writes {
            self.write(page, PageWriter::Checkpoint, flushed, cause, turn);
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
        let may = |frame: &Frame| frame.state == State::Dirty && frame.page.lsn() <= flushed;
        let ahead = self.pool.ahead(ahead).filter(|(_, frame)| may(frame));
        let pages: Vec<_> = ahead
            .map(|(page, _)| page)
            .take(pages_max as usize)
            .collect();
        let count = u32::try_from(pages.len()).expect("no more than the most");
        if count > 0 {
            let cause = turn.note(cause, Note::BackgroundWrites { pages: count });
            for page in pages {
                self.write(page, PageWriter::Background, flushed, cause, turn);
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
        let frame = self.frame(page);
        let is_clean = frame.state == State::Writing;
        frame.state = if is_clean { State::Clean } else { State::Dirty };
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
            let may_go = |frame: &Frame| matches!(frame.state, State::Clean | State::Dirty);
            let Some(page) = self.pool.sweep(may_go) else {
                return false;
            };
            if self.frame(page).state == State::Clean {
                self.pool.remove(page);
            } else {
                let cause = turn.note(cause, Note::DirtyEvicted { page });
                self.evicting += 1;
                self.write(page, PageWriter::Backend, flushed, cause, turn);
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
        let hit = self.os_cache.touch(page);
        if hit {
            turn.tallies.os_cache_hits.add(PAGE_BYTES as u64);
        }
        hit
    }

    /// The operating system keeps a page that went by.
    fn remember(&mut self, page: PageId) {
        if self.os_cache.size() == 0 || self.os_cache.touch(page) {
            return;
        }
        if self.os_cache.len() == self.os_cache.size() {
            let victim = self.os_cache.sweep(|()| true).expect("any may go");
            self.os_cache.remove(victim);
        }
        self.os_cache.insert(page, ());
    }

    /// Decides that a dirty page is written, as it is now.
    fn write(
        &mut self,
        page: PageId,
        writer: PageWriter,
        flushed: Lsn,
        cause: Cause,
        turn: &mut Turn<'_>,
    ) {
        let frame = self.frame(page);
        assert!(
            frame.state == State::Dirty,
            "it is dirty, and not written yet"
        );
        frame.state = State::Writing;
        let write = Write {
            image: frame.page.clone().seal(),
            writer,
            is_due: std::mem::take(&mut frame.is_due),
            progress: Progress::AwaitsFlush,
        };
        self.awaiting_flush.insert((write.image.lsn(), page));
        self.writes.insert(page, write);
        self.flushed(flushed, cause, turn);
    }

    /// A page is not any more as it was when it was last written, or when that was decided.
    fn changed(&mut self, page: PageId) {
        let state = &mut self.frame(page).state;
        let was_clean = *state == State::Clean;
        *state = match *state {
            State::Clean | State::Dirty => State::Dirty,
            State::Writing | State::DirtyAgain => State::DirtyAgain,
        };
        self.dirty += u32::from(was_clean);
    }

    fn frame(&mut self, page: PageId) -> &mut Frame {
        self.pool.get_mut(page).expect("the page is here")
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
            self.buffers.change(Lsn(lsn), &change);
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
