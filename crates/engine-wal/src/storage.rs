//! What lies on the device of a server, beside WAL itself.

use std::hash::{Hash, Hasher};

use redo::{Lsn, Page, PageId, PageImage, PageMap};

/// What a server finds when it starts. The default is that of a new database.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    /// Pages as they were written last; one that never was is not there.
    pages: PageMap<Option<PageImage>>,
    /// From the control file: the redo point of the last completed checkpoint.
    redo: Lsn,
    /// WAL is there up to here.
    end: Lsn,
}

impl Storage {
    pub(crate) fn new(pages: PageMap<Option<PageImage>>, redo: Lsn, end: Lsn) -> Self {
        assert!(redo <= end, "redo begins within WAL");
        Self { pages, redo, end }
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

    pub(crate) fn set_redo(&mut self, redo: Lsn) {
        assert!(self.redo <= redo, "redo points rise");
        self.redo = redo;
    }

    pub(crate) fn set_end(&mut self, end: Lsn) {
        self.end = end;
    }
}

impl Hash for Storage {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.redo, self.end).hash(state);
        self.pages().for_each(|image| image.hash(state));
    }
}

/// Pages in memory, as they go to a device at once.
impl FromIterator<Page> for Storage {
    fn from_iter<I: IntoIterator<Item = Page>>(pages: I) -> Self {
        let mut storage = Self::default();
        pages
            .into_iter()
            .for_each(|page| storage.write(page.seal()));
        storage
    }
}
