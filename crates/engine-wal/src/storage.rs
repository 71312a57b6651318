//! What lies on the device of a server, beside WAL itself.

use std::hash::{Hash, Hasher};

use redo::{Lsn, Page, PageId, PageImage, PageMap};

use crate::sync::Senders;
use crate::tally::Tallies;
use crate::wal::SEGMENT_BYTES;

/// What a server finds when it starts. The default is that of a new database.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    /// Pages as they were written last; one that never was is not there.
    pages: PageMap<Option<PageImage>>,
    /// From the control file: the redo point of the last completed checkpoint.
    redo: Lsn,
    /// Number of the last completed checkpoint.
    checkpoint: u32,
    /// WAL is there up to here.
    end: Lsn,
    /// The first WAL file that is not in the archive.
    archived: u64,
    /// Replication slots: which standbys WAL is kept for.
    pub(crate) slots: Senders,
    /// What was done with the device, which the simulation remembers.
    pub(crate) tallies: Tallies,
}

impl Storage {
    /// Pages as they are with everything up to `redo`, and WAL up to `end`.
    pub(crate) fn of_pages(pages: impl Iterator<Item = Page>, redo: Lsn, end: Lsn) -> Self {
        assert!(redo <= end, "redo begins within WAL");
        let mut storage = Self {
            redo,
            end,
            archived: end.0 / SEGMENT_BYTES,
            ..Self::default()
        };
        pages.for_each(|page| storage.write(page.seal()));
        storage
    }

    /// A page as it was written last. `None`: it never was.
    pub fn page(&self, page: PageId) -> Option<&PageImage> {
        self.pages.find(page)?.as_ref()
    }

    /// All pages that were ever written, by their numbers.
    pub fn pages(&self) -> impl Iterator<Item = &PageImage> {
        let all = self.pages.iter_from(PageId(0));
        all.filter_map(|(_, image)| image.as_ref())
    }

    /// Where redo begins: the redo point of the last completed checkpoint.
    pub const fn redo(&self) -> Lsn {
        self.redo
    }

    /// Up to here WAL is on the device.
    pub const fn end(&self) -> Lsn {
        self.end
    }

    /// Number of the last completed checkpoint; 0 before the first.
    pub const fn checkpoint(&self) -> u32 {
        self.checkpoint
    }

    /// The first WAL file that is not in the archive.
    pub const fn archived(&self) -> u64 {
        self.archived
    }

    /// What was done until the server went down.
    pub const fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// Counts on from what the server did whose place this one takes.
    pub const fn count_on_from(&mut self, other: &Self) {
        self.tallies = other.tallies;
    }

    /// Flips a bit of a page, if the page was ever written. Says whether it was.
    pub fn damage(&mut self, page: PageId, bit: u64) -> bool {
        let image = self.pages.get_mut(page);
        if let Some(image) = image.as_mut() {
            image.damage(bit);
        }
        image.is_some()
    }

    pub(crate) fn write(&mut self, image: PageImage) {
        let page = image.id();
        self.pages.replace(page, Some(image));
    }

    /// A checkpoint is complete.
    pub(crate) fn conclude(&mut self, checkpoint: u32, redo: Lsn) {
        assert!(self.redo <= redo, "redo points rise");
        self.checkpoint = checkpoint;
        self.redo = redo;
    }

    /// WAL is flushed up to here, or was cut off there.
    pub(crate) const fn set_end(&mut self, end: Lsn) {
        self.end = end;
    }

    /// A WAL file is in the archive, and all before it.
    pub(crate) const fn archive(&mut self, segment: u64) {
        self.archived = segment + 1;
    }
}

impl Hash for Storage {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.redo, self.checkpoint, self.end, self.archived).hash(state);
        self.slots.hash(state);
        self.pages().for_each(|image| image.hash(state));
    }
}
