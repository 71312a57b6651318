//! Damage or the end of the log?
//!
//! Where something does not fit, its surroundings decide. Zeroes and whole older pages may be the
//! end, but not if the page would fit once its address is corrected, nor if the log goes on behind.

use super::unwritten::is_of_later_use;
use super::{
    Carry, End, EndReason, Log, PAGE, Pending, Phase, Reader, length_of, page_address, place,
    segment_bytes,
};
use crate::checksum;
use crate::error::{ErrorKind, Mismatch, WalError};
use crate::page::{CONTINUES, LONG, LONG_HEADER, PageHeader, address_of_name};
use crate::record::{HEADER_BYTES, RecordHeader};

/// A place that is either the end of the log or damage.
#[derive(Clone, Debug)]
pub(super) struct Doubt {
    pub(super) end: End,
    /// What is reported if the log goes on behind it.
    pub(super) error: WalError,
    /// The address of the page where it happened.
    pub(super) address: u64,
}

impl Reader {
    /// Decides whether a page that does not belong where it stands may be the end of the log.
    pub(super) fn page_does_not_fit(&mut self, mismatch: Mismatch) -> Result<(), WalError> {
        let log = *self.log();
        let page = self.source.page();
        let here = place(&self.source, Some(&log), 0);
        if page.iter().all(|&byte| byte == 0) {
            return self.doubt_page(EndReason::Zeroes, mismatch);
        }
        if page.len() < LONG_HEADER {
            return Err(self.truncated());
        }
        let magic = log.version.magic();
        let well_formed =
            PageHeader::parse(page).filter(|header| header.magic == magic && header.flags_known());
        let Some(header) = well_formed else {
            return Err(here.error(ErrorKind::Damaged, mismatch));
        };
        if self.source.offset() == 0 && header.address != log.address {
            let named = address_of_name(&self.source.name(), segment_bytes(&log));
            if header.address > log.address || named.is_none_or(|named| named == header.address) {
                return Err(here.error(ErrorKind::Misplaced, mismatch));
            }
        }
        if self.source.offset() > 0 && is_of_later_use(header, &log) {
            return Err(here.error(ErrorKind::Torn, mismatch));
        }
        if !self.is_older_page(header) || self.fits_but_for_its_address(header) {
            return Err(here.error(ErrorKind::Damaged, mismatch));
        }
        self.doubt_page(EndReason::Recycled, mismatch)
    }

    fn doubt_page(&mut self, reason: EndReason, mismatch: Mismatch) -> Result<(), WalError> {
        let log = *self.log();
        let error = place(&self.source, Some(&log), 0).error(ErrorKind::Damaged, mismatch);
        let mut end = End {
            reason,
            lsn: log.reached,
        };
        if let Carry::Pending(pending) = &self.carry {
            end = End {
                reason: EndReason::Unfinished,
                lsn: pending.lsn,
            };
            self.check_pending_length(pending)?;
        }
        self.doubt(Doubt {
            end,
            error,
            address: log.address,
        });
        Ok(())
    }

    pub(super) fn doubt(&mut self, doubt: Doubt) {
        self.phase = Phase::Doubting(doubt);
        self.position = None;
        self.source.consume();
    }

    /// A record that does not fit is damage, unless what stands there is from an earlier use of
    /// the file.
    pub(super) fn record_does_not_fit(
        &mut self,
        from: usize,
        error: WalError,
    ) -> Result<bool, WalError> {
        let log = *self.log();
        if !self.holds_stale_record(from) {
            return Err(error);
        }
        let end = End {
            reason: EndReason::Recycled,
            lsn: log.reached,
        };
        self.doubt(Doubt {
            end,
            error,
            address: log.address,
        });
        Ok(false)
    }

    /// A record that goes on where nothing was written may just have a wrong length.
    pub(super) fn check_pending_length(&self, pending: &Pending) -> Result<(), WalError> {
        let part = &self.assembled[..pending.first_part];
        let next_is_here = || {
            (HEADER_BYTES..part.len()).step_by(8).any(|at| {
                RecordHeader::parse(&part[at..]).is_some_and(|next| next.prev_lsn == pending.lsn)
                    && RecordHeader::of_whole_record(&part[at..]).is_some()
            })
        };
        if checksum::length_that_fits(part).is_none() && !next_is_here() {
            return Ok(());
        }
        let expected = "a record that ends on its page";
        let mismatch = Mismatch::new(expected, format!("length {}", pending.length));
        Err(pending.place().error(ErrorKind::Damaged, mismatch))
    }

    /// Whether the current page is from an earlier use of the file: older by whole segments, and
    /// sound in itself.
    fn is_older_page(&self, header: PageHeader) -> bool {
        let log = self.log();
        let is_older = header.address < log.address
            && (log.address - header.address).is_multiple_of(log.segment_bytes)
            && header.timeline <= log.timeline;
        let is_long = header.address.is_multiple_of(log.segment_bytes);
        if !is_older
            || header.has(LONG) != is_long
            || header.has(CONTINUES) != (header.remaining > 0)
        {
            return false;
        }
        let Some(first) = (header.bytes() as u64 + u64::from(header.remaining))
            .checked_next_multiple_of(8)
            .and_then(|first| usize::try_from(first).ok())
        else {
            return false;
        };
        let body = self.source.page().get(first..).unwrap_or_default();
        let Some(record) = RecordHeader::parse(body) else {
            return true;
        };
        let runs_over = usize::try_from(record.length).is_ok_and(|length| length > body.len());
        let links_back = record.prev_lsn.0 < header.address + first as u64;
        let is_whole = RecordHeader::of_whole_record(body).is_some();
        body.iter().all(|&byte| byte == 0) || links_back && (runs_over || is_whole)
    }

    /// Whether the log goes on in this page, if only its address is not believed.
    fn fits_but_for_its_address(&self, header: PageHeader) -> bool {
        let page = self.source.page();
        let Some(body) = page.get(header.bytes()..) else {
            return false;
        };
        match &self.carry {
            Carry::Unknown | Carry::Lost { .. } => false,
            Carry::Nothing => RecordHeader::parse(body)
                .is_some_and(|record| Some(record.prev_lsn) == self.log().last),
            Carry::Pending(pending) => {
                let awaited = pending.length - length_of(&self.assembled);
                let rest = usize::try_from(awaited)
                    .ok()
                    .and_then(|awaited| body.get(..awaited));
                header.remaining == awaited
                    && rest.is_some_and(|rest| {
                        let whole = [&self.assembled, rest].concat();
                        RecordHeader::of_whole_record(&whole).is_some()
                    })
            }
        }
    }

    /// Whether a whole record of at least one segment earlier stands in the rest of the page.
    ///
    /// A standby writes the log as it arrives, not by whole pages, so behind its last record
    /// the old content of a recycled page may still be seen.
    fn holds_stale_record(&self, from: usize) -> bool {
        let log = self.log();
        let page = self.source.page();
        let Some(last) = log.last else {
            return false;
        };
        (from.next_multiple_of(8)..page.len()).step_by(8).any(|at| {
            let here = log.address + at as u64;
            let is_old = |header: RecordHeader| {
                let before = header.prev_lsn;
                before < last && before.0.saturating_add(log.segment_bytes) <= here
            };
            RecordHeader::parse(&page[at..]).is_some_and(is_old)
                && RecordHeader::of_whole_record(&page[at..]).is_some()
        })
    }
}

impl Doubt {
    /// Looks at a page behind the doubtful place: if the log goes on there, it was damage.
    pub(super) fn weigh(&self, log: &Log, page: &[u8]) -> Result<(), WalError> {
        let goes_on = |header: &PageHeader| {
            header.magic == log.version.magic()
                && header.flags_known()
                && header.timeline >= log.timeline
                && header.address > self.address
                && header.address.is_multiple_of(PAGE)
        };
        match PageHeader::parse(page).filter(goes_on) {
            None => Ok(()),
            Some(header) => {
                let further = page_address(header.address);
                let found = format!(
                    "{}, although the log goes on at {further}",
                    self.error.found
                );
                Err(WalError {
                    kind: ErrorKind::Torn,
                    found,
                    ..self.error.clone()
                })
            }
        }
    }
}
