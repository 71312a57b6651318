//! The bytes of the input, cut into pages.

use std::rc::Rc;

use crate::page::PAGE_BYTES;

/// What the input has to give next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pull {
    /// A page, or what is left of one at the end of a file.
    Page,
    /// Nothing before more is fed.
    Hungry,
    /// The current file is over.
    FileOver,
    /// There are no more files.
    InputOver,
}

/// Holds fed bytes until they have been read, and knows where in which file they were.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The name of the current file; after it is over, still that.
    name: Rc<str>,
    is_open: bool,
    /// The file that was opened behind the current one.
    next_name: Option<Rc<str>>,
    finished: bool,
    bytes: Vec<u8>,
    /// Where in `bytes` the current page begins.
    at: usize,
    /// Bytes of the current page, once `pull` has found one.
    page_bytes: usize,
    /// Where in its file the current page begins.
    offset: u64,
}

impl Source {
    pub(crate) fn new() -> Self {
        Self {
            name: "".into(),
            is_open: false,
            next_name: None,
            finished: false,
            bytes: Vec::new(),
            at: 0,
            page_bytes: 0,
            offset: 0,
        }
    }

    pub(crate) fn open(&mut self, name: &str) {
        assert!(!self.finished, "no file follows the end of the input");
        assert!(
            self.next_name.is_none(),
            "the file opened before this one was never read"
        );
        self.next_name = Some(name.into());
    }

    /// Begins with the file that was opened, but not with its first byte.
    pub(crate) fn begin_at(&mut self, offset: u64) {
        let name = self.next_name.take().expect("a file was opened");
        self.begin(name);
        self.offset = offset;
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        assert!(!self.finished, "no bytes follow the end of the input");
        if !self.is_open {
            let name = self.next_name.take().expect("bytes belong to an open file");
            self.begin(name);
        }
        assert!(
            self.next_name.is_none(),
            "the file before was not read to its end"
        );
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn finish(&mut self) {
        self.finished = true;
    }

    /// Looks for the next page; the current one must have been consumed.
    pub(crate) fn pull(&mut self) -> Pull {
        if !self.is_open {
            match self.next_name.take() {
                Some(name) => self.begin(name),
                None if self.finished => return Pull::InputOver,
                None => return Pull::Hungry,
            }
        }
        let left = self.bytes.len() - self.at;
        let closed = self.finished || self.next_name.is_some();
        if left >= PAGE_BYTES || closed && left > 0 {
            self.page_bytes = left.min(PAGE_BYTES);
            Pull::Page
        } else if closed {
            self.is_open = false;
            Pull::FileOver
        } else {
            Pull::Hungry
        }
    }

    pub(crate) fn consume(&mut self) {
        self.at += self.page_bytes;
        self.offset += self.page_bytes as u64;
        self.page_bytes = 0;
    }

    pub(crate) fn name(&self) -> Rc<str> {
        Rc::clone(&self.name)
    }

    /// Where in the file the current page begins, or the file's length once it is over.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn page(&self) -> &[u8] {
        &self.bytes[self.at..self.at + self.page_bytes]
    }

    fn begin(&mut self, name: Rc<str>) {
        self.name = name;
        self.is_open = true;
        self.bytes.clear();
        self.at = 0;
        self.offset = 0;
    }
}
