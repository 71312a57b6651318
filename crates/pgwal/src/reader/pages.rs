//! Pages and files: which are read, which are passed over, where the input ends.

use super::{Carry, End, EndReason, Log, PAGE, Phase, Reader, length_of, page_address, place};
use crate::error::{ErrorKind, Mismatch, WalError};
use crate::first_page::FirstPage;
use crate::lsn::WalLsn;
use crate::page::{
    CONTINUES, FileHeader, LONG, OVERWRITES, PAGE_BYTES, PageHeader, address_of_name,
};
use crate::version::{PgVersion, magic_words, wal_of};

impl Reader {
    pub(super) fn enter_page(&mut self) -> Result<(), WalError> {
        let begins_file = self.source.offset() == 0;
        if begins_file && self.log.is_some() {
            self.check_version()?;
        }
        if let Phase::Doubting(doubt) = &self.phase {
            doubt.weigh(self.log(), self.source.page())?;
            self.source.consume();
            return Ok(());
        }
        if let Some(short) = self.short_file.take() {
            let found = format!("a file of {} bytes with another behind it", short.offset);
            let mismatch = Mismatch::new("a file as long as its segment", found);
            return Err(short.error(ErrorKind::Truncated, mismatch));
        }
        if self.log.is_none() {
            self.log = Some(self.first_page()?);
        } else if begins_file {
            // The file before may end early only where nobody misses the rest.
            let log = self.log_mut();
            if log.address < log.skip_to {
                log.address = log.address.next_multiple_of(log.segment_bytes);
            }
        }
        let log = self.log();
        let skips = log.address + PAGE <= log.skip_to;
        if skips && !begins_file {
            self.leave_page();
            return Ok(());
        }
        match self.page_header() {
            Ok(_) if skips => self.leave_page(),
            Ok(header) => {
                self.log_mut().timeline = header.timeline;
                self.carry_on(header)?;
            }
            Err(mismatch) => self.page_does_not_fit(mismatch)?,
        }
        Ok(())
    }

    /// Learns from the very first page what the others are held to.
    fn first_page(&self) -> Result<Log, WalError> {
        let refuse = |(kind, mismatch)| place(&self.source, None, 0).error(kind, mismatch);
        let first_page = FirstPage::parse(self.source.page()).map_err(refuse)?;
        let FirstPage {
            version,
            header,
            file,
        } = first_page;
        let misnamed = first_page.address_misnamed(&self.source.name());
        if let Some(named) = misnamed {
            return Err(refuse(first_page.misnamed(named)));
        }
        let is_named = address_of_name(&self.source.name(), file.segment_bytes).is_some();
        let first = WalLsn(header.address);
        let start = self.start.unwrap_or(first);
        if start < first {
            let expected = format!("a file that holds the start {start}");
            let found = format!("one that begins at {first}");
            return Err(refuse((
                ErrorKind::StartNotFound,
                Mismatch::new(expected, found),
            )));
        }
        let first_address = start.0 - start.0 % PAGE;
        Ok(Log {
            version,
            system_id: file.system_id,
            segment_bytes: u64::from(file.segment_bytes),
            timeline: 0,
            address: header.address,
            skip_to: first_address,
            first_address,
            name_agrees: is_named,
            last: None,
            reached: start,
        })
    }

    /// Refuses a file of another version than the first one: a server never takes over such a file.
    fn check_version(&self) -> Result<(), WalError> {
        let version = self.log().version;
        let header = PageHeader::parse(self.source.page()).filter(|header| header.has(LONG));
        match header.and_then(|header| PgVersion::from_magic(header.magic)) {
            Some(other) if other != version => {
                let mismatch = Mismatch::new(wal_of(version), wal_of(other));
                Err(place(&self.source, None, 0).error(ErrorKind::OtherVersion, mismatch))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The header of the current page, if it belongs where it stands.
    fn page_header(&self) -> Result<PageHeader, Mismatch> {
        let log = self.log();
        let page = self.source.page();
        let header = PageHeader::parse(page)
            .ok_or_else(|| Mismatch::new("a page header", format!("{} bytes", page.len())))?;
        let magic = log.version.magic();
        if header.magic != magic {
            let words = |magic| format!("page {}", magic_words(magic));
            return Err(Mismatch::new(words(magic), words(header.magic)));
        }
        if !header.flags_known() {
            let found = format!("flags 0x{:04X}", header.flags);
            return Err(Mismatch::new("known page flags", found));
        }
        if header.address != log.address {
            return Err(Mismatch::new(
                page_address(log.address),
                page_address(header.address),
            ));
        }
        let begins_segment = log.address.is_multiple_of(log.segment_bytes);
        if header.has(LONG) != begins_segment {
            let size = |long| {
                if long {
                    "a long page header"
                } else {
                    "a short page header"
                }
            };
            return Err(Mismatch::new(size(begins_segment), size(!begins_segment)));
        }
        if header.timeline < log.timeline {
            let timeline = |number| format!("timeline {number}");
            let expected = format!("{} or later", timeline(log.timeline));
            return Err(Mismatch::new(expected, timeline(header.timeline)));
        }
        if begins_segment {
            let file = FileHeader::parse(page)
                .ok_or_else(|| Mismatch::new("a long page header", "a shorter file"))?;
            let expected = (log.system_id, log.segment_bytes, PAGE);
            let found = (
                file.system_id,
                u64::from(file.segment_bytes),
                u64::from(file.page_bytes),
            );
            let words = |(system, segment, page)| {
                format!("system {system:016x}, segments of {segment} bytes, pages of {page}")
            };
            if expected != found {
                return Err(Mismatch::new(words(expected), words(found)));
            }
        }
        Ok(header)
    }

    /// Goes on with what the page before left open, up to where the first new record begins.
    fn carry_on(&mut self, header: PageHeader) -> Result<(), WalError> {
        let continues = header.has(CONTINUES);
        let awaited = match &self.carry {
            Carry::Unknown => header.remaining,
            Carry::Nothing => 0,
            Carry::Lost { remaining } => *remaining,
            Carry::Pending(pending) => pending.length - length_of(&self.assembled),
        };
        let restarts = header.has(OVERWRITES) && !continues && header.remaining == 0;
        if restarts && self.carry != Carry::Nothing {
            self.carry = Carry::Nothing;
            self.position = Some(header.bytes());
            return Ok(());
        }
        let sound = continues == (header.remaining > 0) && !header.has(OVERWRITES);
        if !sound || header.remaining != awaited {
            let words = |bytes| match bytes {
                0 => "a page that begins with a new record".to_owned(),
                _ => format!("a page that continues a record with {bytes} bytes to go"),
            };
            let found = match header.remaining {
                bytes if sound => words(bytes),
                bytes => format!("flags 0x{:04X} with {bytes} bytes to go", header.flags),
            };
            let here = place(&self.source, self.log.as_ref(), 0);
            return Err(here.error(ErrorKind::Damaged, Mismatch::new(words(awaited), found)));
        }

        let page = self.source.page();
        let space = PAGE_BYTES - header.bytes();
        let here = usize::try_from(awaited).map_or(space, |awaited| awaited.min(space));
        let end = header.bytes() + here;
        let Some(part) = page.get(header.bytes()..end) else {
            return Err(self.truncated());
        };
        let remaining = awaited - length_of(part);
        if matches!(self.carry, Carry::Pending(_)) {
            self.assembled.extend_from_slice(part);
        } else {
            self.carry = if remaining == 0 {
                Carry::Nothing
            } else {
                Carry::Lost { remaining }
            };
        }
        if remaining == 0 {
            self.position = Some(end.next_multiple_of(8));
        } else {
            self.leave_page();
        }
        Ok(())
    }

    pub(super) fn leave_page(&mut self) {
        self.position = None;
        self.source.consume();
        self.log_mut().address += PAGE;
    }

    pub(super) fn leave_file(&mut self) -> Result<(), WalError> {
        let here = place(&self.source, self.log.as_ref(), 0);
        if here.offset == 0 {
            let mismatch = Mismatch::new("WAL", "an empty file");
            return Err(here.error(ErrorKind::Empty, mismatch));
        }
        let log = self.log();
        let reads = matches!(self.phase, Phase::Reading) && log.address >= log.skip_to;
        if reads && !log.address.is_multiple_of(log.segment_bytes) {
            self.short_file = Some(here);
        }
        Ok(())
    }

    /// The end of all input: says what kind of end it is.
    pub(super) fn leave_input(&mut self) -> Result<(), WalError> {
        if let Phase::Doubting(doubt) = &self.phase {
            self.phase = Phase::Over(Ok(doubt.end));
            return Ok(());
        }
        let Some(log) = self.log else {
            let mismatch = Mismatch::new("a file", "none");
            return Err(place(&self.source, None, 0).error(ErrorKind::Empty, mismatch));
        };
        if log.address <= log.first_address && self.start.is_some() {
            let expected = format!("a file that holds the start {}", log.reached);
            let mismatch = Mismatch::new(expected, "the end of the last file");
            let here = place(&self.source, Some(&log), 0);
            return Err(here.error(ErrorKind::StartNotFound, mismatch));
        }
        let ends_segment = log.address.is_multiple_of(log.segment_bytes);
        let end = |reason, lsn| End { reason, lsn };
        self.phase = Phase::Over(Ok(match &self.carry {
            Carry::Pending(pending) => {
                self.check_pending_length(pending)?;
                if !ends_segment {
                    return Err(self.truncated());
                }
                end(EndReason::RunsOver, pending.lsn)
            }
            Carry::Lost { .. } if !ends_segment => return Err(self.truncated()),
            Carry::Lost { .. } => end(EndReason::RunsOver, log.reached),
            Carry::Unknown | Carry::Nothing if ends_segment || log.address < log.skip_to => {
                end(EndReason::InputOver, log.reached)
            }
            Carry::Unknown | Carry::Nothing => end(EndReason::CutShort, log.reached),
        }));
        Ok(())
    }

    pub(super) fn truncated(&self) -> WalError {
        let expected = match &self.carry {
            Carry::Pending(pending) => {
                format!(
                    "all {} bytes of the record at {}",
                    pending.length, pending.lsn
                )
            }
            Carry::Lost { .. } => "the rest of a record from an earlier file".to_owned(),
            Carry::Unknown | Carry::Nothing => "a whole page".to_owned(),
        };
        let mismatch = Mismatch::new(expected, "the end of the file");
        let here = place(&self.source, self.log.as_ref(), self.source.page().len());
        here.error(ErrorKind::Truncated, mismatch)
    }
}
