//! Writes small logs for tests, page by page as a server does.
//!
//! Shared by the unit tests and the examples, and therefore on its own feet.

use crc::{CRC_32_ISCSI, Crc};

const PAGE: u64 = 8192;
/// PostgreSQL 15.
const MAGIC: u16 = 0xD110;

/// A log that grows record by record.
#[derive(Clone, Debug)]
pub(crate) struct Forge {
    bytes: Vec<u8>,
    /// Where the first byte stands in the log.
    start: u64,
    segment_bytes: u32,
    /// Where the record before the next one begins.
    last: u64,
    /// The magic number of its pages, which says which version writes.
    magic: u16,
    /// The transaction that writes.
    xid: u32,
}

impl Forge {
    /// A log that begins with the segment at `start`.
    pub(crate) fn new(start: u64, segment_bytes: u32) -> Self {
        Self {
            bytes: Vec::new(),
            start,
            segment_bytes,
            last: start.saturating_sub(64),
            magic: MAGIC,
            xid: 7,
        }
    }

    /// The same log, with pages of another magic number.
    pub(crate) fn stamped(self, magic: u16) -> Self {
        Self { magic, ..self }
    }

    /// Sets the transaction that writes the next records.
    pub(crate) fn write_as(&mut self, xid: u32) {
        self.xid = xid;
    }

    /// Writes a record with nothing but main data, and returns where it begins.
    pub(crate) fn record(&mut self, rmgr: u8, info: u8, main_data: &[u8]) -> u64 {
        let mut body = Vec::new();
        if !main_data.is_empty() {
            let length = u32::try_from(main_data.len()).expect("a test writes small records");
            if let Ok(length) = u8::try_from(length) {
                body.extend([255, length]);
            } else {
                body.push(254);
                body.extend(length.to_le_bytes());
            }
            body.extend(main_data);
        }
        self.raw(rmgr, info, &body)
    }

    /// Writes a record of which the part behind the header is given.
    pub(crate) fn raw(&mut self, rmgr: u8, info: u8, body: &[u8]) -> u64 {
        self.begin_page(0);
        let lsn = self.end();
        let mut record = Vec::with_capacity(24 + body.len());
        let length = u32::try_from(24 + body.len()).expect("a test writes small records");
        record.extend(length.to_le_bytes());
        record.extend(self.xid.to_le_bytes());
        record.extend(self.last.to_le_bytes());
        record.extend([info, rmgr, 0, 0]);
        let crc = Crc::<u32>::new(&CRC_32_ISCSI);
        let mut sum = crc.digest();
        sum.update(body);
        sum.update(&record);
        record.extend(sum.finalize().to_le_bytes());
        record.extend(body);
        self.last = lsn;
        self.write(&record);
        while !self.bytes.len().is_multiple_of(8) {
            self.bytes.push(0);
        }
        lsn
    }

    /// Sets where the record before the next one begins.
    pub(crate) fn link_back_to(&mut self, lsn: u64) {
        self.last = lsn;
    }

    /// Leaves the rest of the page empty and begins the next with these flags; returns its address.
    pub(crate) fn restart_at_next_page(&mut self, flags: u16) -> u64 {
        self.bytes
            .resize(self.bytes.len().next_multiple_of(8192), 0);
        let address = self.end();
        let at = self.bytes.len();
        self.begin_page(0);
        self.bytes[at + 2] |= u8::try_from(flags).expect("all flags fit a byte");
        address
    }

    /// Where the next byte goes.
    pub(crate) fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// Zeroes up to the end of the page.
    pub(crate) fn whole_pages(mut self) -> Vec<u8> {
        self.bytes
            .resize(self.bytes.len().next_multiple_of(8192), 0);
        self.bytes
    }

    /// Zeroes up to the end of the segment.
    pub(crate) fn whole_segments(mut self) -> Vec<u8> {
        let segment = usize::try_from(self.segment_bytes).expect("a test has small segments");
        self.bytes
            .resize(self.bytes.len().next_multiple_of(segment), 0);
        self.bytes
    }

    /// Writes over the edges of pages, each of which says how much of the record is still to come.
    fn write(&mut self, mut record: &[u8]) {
        let mut continues = 0;
        while !record.is_empty() {
            self.begin_page(continues);
            let space = usize::try_from(PAGE - self.end() % PAGE).expect("a page is small");
            let (here, rest) = record.split_at(space.min(record.len()));
            self.bytes.extend(here);
            record = rest;
            continues = u32::try_from(rest.len()).expect("a test writes small records");
        }
    }

    fn begin_page(&mut self, continues: u32) {
        let address = self.end();
        if !address.is_multiple_of(PAGE) {
            return;
        }
        let is_first = address.is_multiple_of(u64::from(self.segment_bytes));
        let flags = u16::from(continues > 0) | u16::from(is_first) << 1;
        self.bytes.extend(self.magic.to_le_bytes());
        self.bytes.extend(flags.to_le_bytes());
        self.bytes.extend(1_u32.to_le_bytes());
        self.bytes.extend(address.to_le_bytes());
        self.bytes.extend(continues.to_le_bytes());
        self.bytes.extend([0; 4]);
        if is_first {
            self.bytes.extend(0x0123_4567_89AB_CDEF_u64.to_le_bytes());
            self.bytes.extend(self.segment_bytes.to_le_bytes());
            self.bytes.extend(8192_u32.to_le_bytes());
        }
    }
}

/// A log with a record of every resource manager and every code, of lengths that tell them apart;
/// extensions' managers are some of those that there may be.
pub(crate) fn every_operation(magic: u16, custom: &[u8]) -> Vec<u8> {
    const SWITCH: u8 = 0x40;
    let mut forge = Forge::new(1 << 20, 1 << 20).stamped(magic);
    let managers = (0..22).chain(custom.iter().copied());
    let kinds = managers.flat_map(|rmgr| (0..16).map(move |code| (rmgr, code << 4)));
    for (count, (rmgr, info)) in kinds.filter(|&kind| kind != (0, SWITCH)).enumerate() {
        forge.record(rmgr, info, &vec![info; 8 + count]);
    }
    forge.record(0, SWITCH, &[]);
    forge.whole_segments()
}
