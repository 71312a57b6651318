//! Records: cut out of pages, put together, checked.

use std::ops::Range;

use super::verdict::Doubt;
use super::{Carry, End, EndReason, Found, Log, PAGE, Pending, Phase, Place, Reader, place};
use crate::checksum;
use crate::error::{ErrorKind, Mismatch, WalError};
use crate::lsn::WalLsn;
use crate::page::{PAGE_BYTES, SHORT_HEADER};
use crate::record::{HEADER_BYTES, RecordHeader, take_apart};
use crate::rmgr::{Operation, Rmgr};

/// The code of the record behind which the rest of a segment is unused.
const SWITCH: u8 = 4;

impl Reader {
    /// Reads on in the current page, up to one record's end.
    pub(super) fn read_record(&mut self) -> Result<Option<Found>, WalError> {
        if let Carry::Pending(pending) = &self.carry {
            let pending = pending.clone();
            self.carry = Carry::Nothing;
            let here = Place {
                file: pending.file,
                offset: pending.offset,
                lsn: Some(pending.lsn),
            };
            return self.deliver(pending.lsn, None, here);
        }
        let position = self.position.expect("a page is being read");
        if position >= PAGE_BYTES {
            self.leave_page();
            return Ok(None);
        }
        let log = *self.log();
        let page = self.source.page();
        let lsn = WalLsn(log.address + position as u64);
        let here = place(&self.source, Some(&log), position);
        let space = PAGE_BYTES - position;
        if self.is_beyond_limit(lsn.0 + space.min(HEADER_BYTES) as u64) {
            return Ok(self.end(EndReason::Limit));
        }
        // A record's length is never split: pages and records are aligned to 8 bytes.
        let Some(length) = page.get(position..).and_then(<[u8]>::first_chunk) else {
            return Err(self.truncated());
        };
        let length = u32::from_le_bytes(*length);
        if length == 0 && page[position..].iter().all(|&byte| byte == 0) {
            let mismatch = Mismatch::new("a record", "zeroes");
            let error = here.error(ErrorKind::Damaged, mismatch);
            let end = End {
                reason: EndReason::Zeroes,
                lsn,
            };
            self.doubt(Doubt {
                end,
                error,
                address: log.address,
            });
            return Ok(None);
        }
        if let Err(mismatch) = self.check_header(&page[position..], lsn) {
            return self.record_does_not_fit(position, here, mismatch);
        }
        if self.limit.is_some() && self.is_beyond_limit(record_end(&log, lsn, length)) {
            return Ok(self.end(EndReason::Limit));
        }
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| position.checked_add(length));
        match end.filter(|&end| end <= PAGE_BYTES) {
            Some(end) if end > page.len() => Err(self.truncated()),
            Some(end) => {
                self.position = Some(end.next_multiple_of(8));
                self.deliver(lsn, Some(position..end), here)
            }
            None if page.len() < PAGE_BYTES => Err(self.truncated()),
            None => {
                self.assembled.clear();
                self.assembled.extend_from_slice(&page[position..]);
                self.carry = Carry::Pending(Pending {
                    lsn,
                    file: here.file,
                    offset: here.offset,
                    length,
                    first_part: space,
                });
                self.leave_page();
                Ok(None)
            }
        }
    }

    /// Checks a record whose bytes are all there, and takes it apart.
    fn deliver(
        &mut self,
        lsn: WalLsn,
        on_page: Option<Range<usize>>,
        here: Place,
    ) -> Result<Option<Found>, WalError> {
        let log = *self.log();
        let position = self.position.expect("a record ends on the current page");
        let page = self.source.page();
        let bytes = match &on_page {
            Some(range) => &page[range.clone()],
            None => &self.assembled,
        };
        let checked = self.check_header(bytes, lsn).and_then(|()| {
            let header =
                RecordHeader::parse(bytes).expect("a record is no shorter than its header");
            let sum = checksum::of_record(bytes);
            if sum != header.checksum {
                let words = |sum| format!("a record with checksum {sum:08x}");
                return Err(Mismatch::new(words(header.checksum), words(sum)));
            }
            Ok(header)
        });
        let header = match checked {
            Ok(header) => header,
            Err(mismatch) => {
                let from = on_page.map_or(SHORT_HEADER, |range| range.start);
                return self.record_does_not_fit(from, here, mismatch);
            }
        };
        let malformed = |found| {
            let kind = ErrorKind::Damaged;
            here.clone()
                .error(kind, Mismatch::new("a well-formed record", found))
        };
        let parts = take_apart(log.version, bytes, &mut self.blocks).map_err(malformed)?;
        let rmgr = Rmgr::from_number(log.version, header.rmgr).expect("checked with the header");

        if log.last.is_none() && on_page.is_some() && !log.name_agrees {
            let next = page.get(position..).and_then(RecordHeader::of_whole_record);
            if let Some(next) = next.filter(|next| next.prev_lsn != lsn) {
                let expected = format!("a record before {}", WalLsn(log.address + position as u64));
                let expected = format!("{expected} at {}", next.prev_lsn);
                return Err(
                    here.error(ErrorKind::Damaged, Mismatch::new(expected, lsn.to_string()))
                );
            }
        }

        let mut end_lsn = WalLsn(log.address + position as u64);
        let is_switch =
            rmgr == Rmgr::XLOG && Operation::new(log.version, rmgr, header.info).code() == SWITCH;
        if is_switch {
            end_lsn = WalLsn(end_lsn.0.next_multiple_of(log.segment_bytes));
            self.log_mut().skip_to = end_lsn.0;
            self.position = Some(PAGE_BYTES);
        }
        let log = self.log_mut();
        log.last = Some(lsn);
        log.reached = end_lsn;
        Ok(Some(Found {
            lsn,
            end_lsn,
            header,
            rmgr,
            parts,
            on_page,
        }))
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

    fn end(&mut self, reason: EndReason) -> Option<Found> {
        self.phase = Phase::Over(Ok(End {
            reason,
            lsn: self.log().reached,
        }));
        None
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
