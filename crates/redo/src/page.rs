//! A page as redo records build it, and as it lies on a disk.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use crate::crc::{crc32c, crc32c_append};

use crate::change::Change;
use crate::lsn::{Lsn, PageId};

/// Bytes of a page, header included; PostgreSQL's default.
pub const PAGE_BYTES: usize = 8192;
/// Bytes of its header: page LSN, CRC-32C, how many changes, and their bytes.
const HEADER: usize = 24;
/// Bytes behind the header.
const BODY: usize = PAGE_BYTES - HEADER;

/// A page in memory.
///
/// A change's payload is written where the change before it ended, and over the oldest bytes when
/// the page is full:
///
/// ```text
/// | header | third record | ... first reco| second record |
///                         ^ the next change goes here
/// ```
///
/// So a page shows which changes made it, in which order. In account weight the body is absent, and
/// the header says as much as in exact weight.
#[derive(Clone, Debug)]
pub struct Page {
    id: PageId,
    /// The newest change that is in it.
    lsn: Lsn,
    /// How many changes are in it.
    changes: u32,
    /// Their bytes in the log.
    bytes: u64,
    /// Absent until a change carried a payload. Copies share it until one is written.
    body: Option<Rc<[u8]>>,
}

impl Page {
    /// A page that nothing has changed yet.
    pub const fn new(id: PageId) -> Self {
        Self {
            id,
            lsn: Lsn::ZERO,
            changes: 0,
            bytes: 0,
            body: None,
        }
    }

    /// A page in account weight to which so many changes were applied, of so many bytes in the log, the
    /// last of them at `lsn`.
    pub const fn account(id: PageId, lsn: Lsn, changes: u32, bytes: u64) -> Self {
        Self {
            id,
            lsn,
            changes,
            bytes,
            body: None,
        }
    }

    /// Applies the record at `lsn`, unless the page has it already: redo is idempotent. Says whether
    /// it did. Panics when the change is another page's.
    #[inline]
    pub fn apply(&mut self, lsn: Lsn, change: &Change) -> bool {
        assert!(change.page == self.id, "a change belongs to its page");
        if lsn <= self.lsn {
            return false;
        }
        if let Some(payload) = &change.payload {
            let start = usize::try_from(self.bytes % BODY as u64).expect("below a page's length");
            let body = self.body.get_or_insert_with(|| Rc::from([0; BODY]));
            write_around(Rc::make_mut(body), start, payload.bytes());
        }
        self.lsn = lsn;
        self.changes += 1;
        self.bytes += u64::from(change.bytes);
        true
    }

    /// Which page it is.
    pub const fn id(&self) -> PageId {
        self.id
    }

    /// The newest change that is in it.
    pub const fn lsn(&self) -> Lsn {
        self.lsn
    }

    /// How many changes are in it.
    pub const fn changes(&self) -> u32 {
        self.changes
    }

    /// Their bytes in the log.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The bytes behind the header, in exact weight and once a change carried some.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// The page as it goes to a disk.
    pub fn seal(self) -> PageImage {
        let crc = self.checksum();
        PageImage {
            page: self,
            crc,
            damaged: false,
        }
    }

    /// CRC-32C over header and body; 0 where there is no body to damage.
    fn checksum(&self) -> u32 {
        let Some(body) = &self.body else {
            return 0;
        };
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&self.id.0.to_le_bytes());
        header[4..12].copy_from_slice(&self.lsn.0.to_le_bytes());
        header[12..16].copy_from_slice(&self.changes.to_le_bytes());
        header[16..].copy_from_slice(&self.bytes.to_le_bytes());
        crc32c_append(crc32c(&header), body)
    }
}

/// Writes bytes from a place of the ring on, and around its end.
#[inline]
fn write_around(ring: &mut [u8], start: usize, bytes: &[u8]) {
    if let Some(here) = ring.get_mut(start..start + bytes.len()) {
        here.copy_from_slice(bytes);
    } else {
        for (place, byte) in bytes.iter().enumerate() {
            ring[(start + place) % BODY] = *byte;
        }
    }
}

/// Every part of it: two pages are equal when the same changes made them.
impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        (self.id, self.lsn, self.changes, self.bytes)
            == (other.id, other.lsn, other.changes, other.bytes)
            && self.body == other.body
    }
}

impl Eq for Page {}

/// Only what both weights have in common: a run's state is the same in either.
impl Hash for Page {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.id, self.lsn, self.changes, self.bytes).hash(state);
    }
}

/// A page as it lies on a disk, with its checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageImage {
    page: Page,
    crc: u32,
    /// The state of the world, which the checksum confirms in exact weight and this flag reports in
    /// account weight.
    damaged: bool,
}

/// Only what both weights have in common.
impl Hash for PageImage {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.page, self.damaged).hash(state);
    }
}

/// A page does not fit its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

impl PageImage {
    /// Flips a bit, counted from the page's first and around its end; the header's are passed over.
    /// What is damaged already stays as it is.
    pub fn damage(&mut self, bit: u64) {
        if std::mem::replace(&mut self.damaged, true) {
            return;
        }
        if let Some(body) = &mut self.page.body {
            let bit = usize::try_from(bit % (BODY as u64 * 8)).expect("below a page's length");
            Rc::make_mut(body)[bit / 8] ^= 1 << (bit % 8);
        }
    }

    /// The page, when it fits its checksum.
    pub fn open(&self) -> Result<&Page, Damaged> {
        let fits = self.page.checksum() == self.crc;
        assert!(
            fits != self.damaged || self.page.body.is_none(),
            "a checksum finds every flipped bit, and nothing else"
        );
        if self.damaged {
            Err(Damaged)
        } else {
            Ok(&self.page)
        }
    }

    /// Which page it is.
    pub const fn id(&self) -> PageId {
        self.page.id
    }

    /// The newest change that is in it. A directory of pages knows this, and how many changes are in
    /// it, without reading the page.
    pub const fn lsn(&self) -> Lsn {
        self.page.lsn
    }

    /// How many changes are in it.
    pub const fn changes(&self) -> u32 {
        self.page.changes
    }

    /// Their bytes in the log.
    pub const fn bytes(&self) -> u64 {
        self.page.bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::change::Payload;

    const PAGE: PageId = PageId(7);

    fn exact(bytes: &[u8]) -> Change {
        let length = u32::try_from(bytes.len()).unwrap();
        Change::exact(PAGE, length, false, Payload::new(bytes.into(), 0, length))
    }

    fn build<'a>(changes: impl IntoIterator<Item = (u64, &'a Change)>) -> Page {
        let mut page = Page::new(PAGE);
        for (lsn, change) in changes {
            page.apply(Lsn(lsn), change);
        }
        page
    }

    #[test]
    fn a_record_is_applied_once_and_only_in_order() {
        let (first, second) = (exact(b"first"), exact(b"second"));
        let page = build([
            (3, &first),
            (5, &second),
            (5, &second),
            (4, &first),
            (3, &first),
        ]);
        assert_eq!((page.lsn(), page.changes()), (Lsn(5), 2));
        assert_eq!(&page.body().unwrap()[..11], b"firstsecond");
    }

    #[test]
    fn pages_of_other_chains_differ() {
        let (a, b) = (exact(b"one"), exact(b"two"));
        assert_ne!(build([(1, &a), (2, &b)]), build([(1, &b), (2, &a)]));
        assert_ne!(build([(1, &a), (2, &b)]), build([(2, &b)]));
    }

    #[test]
    fn a_full_page_overwrites_its_oldest_bytes() {
        let page = build([(1, &exact(&[1; BODY])), (2, &exact(b"new"))]);
        let body = page.body().unwrap();
        assert_eq!(
            (&body[..3], body[3], body[BODY - 1]),
            (b"new".as_slice(), 1, 1)
        );
    }

    proptest! {
        #[test]
        fn a_flipped_bit_is_found_in_exact_weight_and_flagged_in_account_weight(bit in 0_u64..70_000) {
            let light = Change::account(PAGE, 12, false);
            for change in [exact(b"some payload"), light] {
                let mut image = build([(1, &change)]).seal();
                prop_assert!(image.open().is_ok());
                image.damage(bit);
                prop_assert_eq!(image.open(), Err(Damaged));
                image.damage(bit);
                prop_assert_eq!(image.open(), Err(Damaged), "a second flip does not mend it");
            }
        }
    }
}
