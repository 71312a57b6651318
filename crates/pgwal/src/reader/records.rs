//! Records: cut out of pages, put together, checked.

use super::unwritten::{header_is_missing, rest_is_missing};
use super::verdict::Doubt;
use super::{Carry, End, EndReason, Log, PAGE, Pending, Phase, Place, Reader, place};
use crate::bytes::u32_at;
use crate::checksum;
use crate::error::{ErrorKind, Mismatch, WalError};
use crate::lsn::WalLsn;
use crate::page::{PAGE_BYTES, SHORT_HEADER};
use crate::record::{HEADER_BYTES, RecordHeader, take_apart};
use crate::rmgr::{Operation, Rmgr};
use crate::source::Source;
use crate::version::PgVersion;

/// The code of the record behind which the rest of a segment is unused.
const SWITCH: u8 = 4;

impl Reader {
    /// Reads on in the current page, up to one record's end. Says whether `found` is a new one.
    pub(super) fn read_record(&mut self) -> Result<bool, WalError> {
        if let Carry::Pending(pending) = &self.carry {
            return self.deliver(pending.lsn, None);
        }
        let position = self.position.expect("a page is being read");
        if position >= PAGE_BYTES {
            self.leave_page();
            return Ok(false);
        }
        let log = self.log();
        let page = self.source.page();
        let lsn = WalLsn(log.address + position as u64);
        let space = PAGE_BYTES - position;
        if self.is_beyond_limit(lsn.0 + space.min(HEADER_BYTES) as u64) {
            self.end(EndReason::Limit);
            return Ok(false);
        }
        // A record's length is never split: pages and records are aligned to 8 bytes.
        let Some(length) = page.get(position..).and_then(<[u8]>::first_chunk) else {
            return Err(self.truncated());
        };
        let length = u32::from_le_bytes(*length);
        if length == 0 && page[position..].iter().all(|&byte| byte == 0) {
            let mismatch = Mismatch::new("a record", "zeroes");
            let error = self.here(position).error(ErrorKind::Damaged, mismatch);
            let end = End {
                reason: EndReason::Zeroes,
                lsn,
            };
            let address = log.address;
            self.doubt(Doubt {
                end,
                error,
                address,
            });
            return Ok(false);
        }
        if let Err(mismatch) = self.check_header(&page[position..], lsn) {
            let kind = torn_if(header_is_missing(&page[position..]));
            let error = self.here(position).error(kind, mismatch);
            return self.record_does_not_fit(position, error);
        }
        if self.limit.is_some() && self.is_beyond_limit(record_end(log, lsn, length)) {
            self.end(EndReason::Limit);
            return Ok(false);
        }
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| position.checked_add(length));
        match end.filter(|&end| end <= PAGE_BYTES) {
            Some(end) if end > page.len() => Err(self.truncated()),
            Some(end) => {
                self.position = Some(end.next_multiple_of(8));
                self.deliver(lsn, Some(position))
            }
            None if page.len() < PAGE_BYTES => Err(self.truncated()),
            None => {
                self.assembled.clear();
                self.assembled.extend_from_slice(&page[position..]);
                self.carry = Carry::Pending(Pending {
                    lsn,
                    file: self.source.name(),
                    offset: self.source.offset() + position as u64,
                    length,
                    first_part: space,
                });
                self.leave_page();
                Ok(false)
            }
        }
    }

    /// Checks a record whose bytes are all there, and takes it apart. It begins at a position of the
    /// current page, or is what was assembled.
    fn deliver(&mut self, lsn: WalLsn, on_page: Option<usize>) -> Result<bool, WalError> {
        if let Err(mismatch) = self.check_record(lsn, on_page) {
            let from = on_page.unwrap_or(SHORT_HEADER);
            let bytes = record_bytes(&self.source, &self.assembled, on_page);
            let first_part = PAGE - lsn.0 % PAGE;
            let first_part = usize::try_from(first_part).expect("a page is small");
            let kind = torn_if(rest_is_missing(bytes, first_part));
            let error = self.place_of(on_page).error(kind, mismatch);
            return self.record_does_not_fit(from, error);
        }
        let version = self.log().version;
        let bytes = record_bytes(&self.source, &self.assembled, on_page);
        let is_switch = is_switch(version, bytes);
        let parts = &mut self.found.parts;
        let checked = take_apart(version, bytes, &mut self.blocks, parts)
            .map_err(|found| Mismatch::new("a well-formed record", found))
            .and_then(|()| self.check_first_place(lsn, on_page));
        if let Err(mismatch) = checked {
            return Err(self.place_of(on_page).error(ErrorKind::Damaged, mismatch));
        }
        let position = self.record_end_on_page();
        let log = self.log_mut();
        let mut end_lsn = WalLsn(log.address + position as u64);
        if is_switch {
            end_lsn = WalLsn(end_lsn.0.next_multiple_of(log.segment_bytes));
            log.skip_to = end_lsn.0;
        }
        log.last = Some(lsn);
        log.reached = end_lsn;
        if is_switch {
            self.position = Some(PAGE_BYTES);
        }
        self.carry = Carry::Nothing;
        self.found.lsn = lsn;
        self.found.end_lsn = end_lsn;
        self.found.on_page = on_page;
        Ok(true)
    }

    /// Checks a record's header and its checksum.
    fn check_record(&self, lsn: WalLsn, on_page: Option<usize>) -> Result<(), Mismatch> {
        let bytes = record_bytes(&self.source, &self.assembled, on_page);
        if on_page.is_none() {
            // On one page its header was checked before its length was believed.
            self.check_header(bytes, lsn)?;
        }
        let stored = checksum::stored_in(bytes);
        let sum = checksum::of_record(bytes);
        if sum != stored {
            let words = |sum| format!("a record with checksum {sum:08x}");
            return Err(Mismatch::new(words(stored), words(sum)));
        }
        Ok(())
    }

    /// Checks by the record behind the first one that the first page's address is true, where no
    /// name vouches for it.
    fn check_first_place(&self, lsn: WalLsn, on_page: Option<usize>) -> Result<(), Mismatch> {
        let log = self.log();
        if log.last.is_some() || log.name_agrees || on_page.is_none() {
            return Ok(());
        }
        let position = self.record_end_on_page();
        let behind = self.source.page().get(position..);
        match behind.and_then(RecordHeader::of_whole_record) {
            Some(next) if next.prev_lsn != lsn => {
                let place = WalLsn(log.address + position as u64);
                let expected = format!("a record before {place} at {}", next.prev_lsn);
                Err(Mismatch::new(expected, lsn.to_string()))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn record_end_on_page(&self) -> usize {
        self.position.expect("a record ends on the current page")
    }

    /// Where a record begins.
    fn place_of(&self, on_page: Option<usize>) -> Place {
        match (on_page, &self.carry) {
            (None, Carry::Pending(pending)) => pending.place(),
            (position, _) => self.here(position.unwrap_or_default()),
        }
    }

    fn here(&self, position: usize) -> Place {
        place(&self.source, self.log.as_ref(), position)
    }

    /// Checks what a header says without its checksum; of one split by a page's end, the length.
    fn check_header(&self, bytes: &[u8], lsn: WalLsn) -> Result<(), Mismatch> {
        let log = self.log();
        let length = bytes
            .first_chunk()
            .map_or(0, |&bytes| u32::from_le_bytes(bytes));
        if u64::from(length) < HEADER_BYTES as u64 {
            return Err(Mismatch::new(
                "a record of 24 bytes or more",
                format!("length {length}"),
            ));
        }
        let Some(header) = RecordHeader::parse(bytes) else {
            return Ok(());
        };
        if Rmgr::from_number(log.version, header.rmgr).is_none() {
            let found = format!("number {}", header.rmgr);
            let expected = format!("a resource manager of {}", log.version);
            return Err(Mismatch::new(expected, found));
        }
        let link = |lsn| format!("a back-link to {lsn}");
        match log.last {
            Some(last) if header.prev_lsn != last => {
                Err(Mismatch::new(link(last), link(header.prev_lsn)))
            }
            None if header.prev_lsn.0 >= log.first_address.min(lsn.0) => {
                let first = WalLsn(log.first_address);
                let expected = format!("a back-link to before {first}");
                Err(Mismatch::new(expected, link(header.prev_lsn)))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn is_beyond_limit(&self, end: u64) -> bool {
        self.limit.is_some_and(|limit| end > limit.0)
    }

    fn end(&mut self, reason: EndReason) {
        self.phase = Phase::Over(Ok(End {
            reason,
            lsn: self.log().reached,
        }));
    }
}

/// The bytes of a whole record: from a position of the current page, or what was assembled.
#[inline]
pub(super) fn record_bytes<'a>(
    source: &'a Source,
    assembled: &'a [u8],
    on_page: Option<usize>,
) -> &'a [u8] {
    let Some(position) = on_page else {
        return assembled;
    };
    let bytes = &source.page()[position..];
    &bytes[..u32_at(bytes, 0) as usize]
}

fn is_switch(version: PgVersion, record: &[u8]) -> bool {
    let header = RecordHeader::parse(record).expect("a record is no shorter than its header");
    header.rmgr == Rmgr::XLOG.number()
        && Operation::new(version, Rmgr::XLOG, header.info).code() == SWITCH
}

fn torn_if(is_half_written: bool) -> ErrorKind {
    if is_half_written {
        ErrorKind::Torn
    } else {
        ErrorKind::Damaged
    }
}

/// Where the last byte of a record of this length ends, the headers of its pages counted.
fn record_end(log: &Log, lsn: WalLsn, length: u32) -> u64 {
    let mut at = lsn.0;
    let mut left = u64::from(length);
    loop {
        let page_end = (at / PAGE + 1) * PAGE;
        if left <= page_end - at {
            return at + left;
        }
        left -= page_end - at;
        let header = if page_end.is_multiple_of(log.segment_bytes) {
            40
        } else {
            24
        };
        at = page_end + header;
    }
}
