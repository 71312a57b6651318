use std::ops::Range;
use std::sync::Arc;

use crate::checksum;
use crate::error::{ErrorKind, Mismatch, WalError};
use crate::lsn::WalLsn;
use crate::page::{
    CONTINUES, FileHeader, LONG, LONG_HEADER, MAGIC, OVERWRITES, PAGE_BYTES, PageHeader,
    SHORT_HEADER, address_of_name, version_of,
};
use crate::record::{Block, HEADER_BYTES, Parts, Record, RecordHeader, take_apart};
use crate::rmgr::{Operation, Rmgr};
use crate::source::{Pull, Source};

/// Reads a log that is fed to it, file by file and slice by slice.
///
/// `open`, `feed` and `finish` add input; `step` reads on until it says that it is hungry. Only
/// then may more input come.
#[derive(Clone, Debug)]
pub struct Reader {
    source: Source,
    /// Records that begin before this place are read but not delivered.
    start: Option<WalLsn>,
    /// Records that do not end by this place are not read.
    limit: Option<WalLsn>,
    /// What the first page told; `None` before it was read.
    log: Option<Log>,
    phase: Phase,
    carry: Carry,
    /// The next byte to read in the current page, always aligned to 8; `None` between pages.
    position: Option<usize>,
    /// The bytes of a record that does not lie on one page.
    assembled: Vec<u8>,
    /// The blocks of the record that was delivered last.
    blocks: Vec<Block>,
    /// Where a file ended inside its segment; no other file may follow.
    short_file: Option<Place>,
}

/// What reading gives next.
#[derive(Clone, Debug)]
pub enum Step<'a> {
    /// A whole record with a checksum that fits.
    Record(Record<'a>),
    /// Nothing before `feed`, `open` or `finish` is called.
    Hungry,
    /// The log is over, without damage.
    End(End),
}

/// How a log ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Why there is nothing more.
    pub reason: EndReason,
    /// Where the next record would begin, or began.
    pub lsn: WalLsn,
}

/// Why a log ended without damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Zeroes follow: the server has written no further.
    Zeroes,
    /// Old pages follow, of a file that the server took over from an earlier use.
    Recycled,
    /// The last record began, and its next page was never written.
    Unfinished,
    /// The input ends with a whole file and a whole record.
    InputOver,
    /// The input ends with a whole file, and its last record goes on in one that is not here.
    RunsOver,
    /// The last file is shorter than its segment, but ends between two records and two pages.
    CutShort,
    /// The asked end is reached.
    Limit,
}

/// Facts about the log, and how far it has been read.
#[derive(Clone, Copy, Debug)]
struct Log {
    system_id: u64,
    segment_bytes: u64,
    /// The newest timeline that a page named; it never falls.
    timeline: u32,
    /// The address that the current page must have, or the next one between pages.
    address: u64,
    /// Pages that end by this address are passed over unread.
    skip_to: u64,
    /// The address of the first page whose records count; their back-links begin before it.
    first_address: u64,
    /// Whether the name of the first file told the same address as its first page.
    name_agrees: bool,
    /// Where the last good record began.
    last: Option<WalLsn>,
    /// Where it ended.
    reached: WalLsn,
}

#[derive(Clone, Debug)]
enum Phase {
    Reading,
    /// It looks like the end; the pages that follow decide.
    Doubting(Doubt),
    Over(Result<End, WalError>),
}

/// A place that is either the end of the log or damage.
#[derive(Clone, Debug)]
struct Doubt {
    end: End,
    /// What is reported if the log goes on behind it.
    error: WalError,
    /// The address of the page where it happened.
    address: u64,
}

/// What goes on at the beginning of the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Carry {
    /// Unknown: no page was read yet.
    Unknown,
    /// Nothing: a record begins there.
    Nothing,
    /// A record whose beginning is not in the input.
    Lost { remaining: u32 },
    /// The record that `assembled` begins with.
    Pending(Pending),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pending {
    lsn: WalLsn,
    file: Arc<str>,
    offset: u64,
    length: u32,
    /// Bytes of it on the page where it began.
    first_part: usize,
}

/// A record that passed all checks, and where its bytes are.
#[derive(Clone, Debug)]
struct Found {
    lsn: WalLsn,
    end_lsn: WalLsn,
    header: RecordHeader,
    rmgr: Rmgr,
    parts: Parts,
    /// The range of the current page, or `assembled`.
    on_page: Option<Range<usize>>,
}

enum Advance {
    Record(Found),
    Hungry,
    End(End),
}

const PAGE: u64 = PAGE_BYTES as u64;

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// A reader of everything that it is fed.
    pub fn new() -> Self {
        Self::with_range(None, None)
    }

    /// A reader of the records that begin at `start` or later and are over by `end`.
    pub fn with_range(start: Option<WalLsn>, end: Option<WalLsn>) -> Self {
        Self {
            source: Source::new(),
            start,
            limit: end,
            log: None,
            phase: Phase::Reading,
            carry: Carry::Unknown,
            position: None,
            assembled: Vec::new(),
            blocks: Vec::new(),
            short_file: None,
        }
    }

    /// Begins the next file, in the order of the log. The one before it is over.
    ///
    /// A name as the server gives it tells where the file belongs, which is then checked.
    pub fn open(&mut self, name: &str) {
        if !self.is_over() {
            self.source.open(name);
        }
    }

    /// Adds bytes of the current file.
    pub fn feed(&mut self, bytes: &[u8]) {
        if !self.is_over() {
            self.source.feed(bytes);
        }
    }

    /// Says that there are no more files.
    pub fn finish(&mut self) {
        self.source.finish();
    }

    /// Whether the end or an error has been reached, so that no more input is needed.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over(_))
    }

    /// Bytes of a segment, which is a whole WAL file, once the first page has told.
    pub fn segment_bytes(&self) -> Option<u32> {
        self.log.as_ref().map(segment_bytes)
    }

    /// Reads on. After the end or an error, says the same again.
    pub fn step(&mut self) -> Result<Step<'_>, WalError> {
        Ok(match self.advance()? {
            Advance::Hungry => Step::Hungry,
            Advance::End(end) => Step::End(end),
            Advance::Record(found) => Step::Record(self.view(&found)),
        })
    }

    fn view(&self, found: &Found) -> Record<'_> {
        let bytes = match &found.on_page {
            Some(range) => &self.source.page()[range.clone()],
            None => &self.assembled,
        };
        let main = found.parts.main_data.start as usize..found.parts.main_data.end as usize;
        Record {
            lsn: found.lsn,
            end_lsn: found.end_lsn,
            prev_lsn: found.header.prev_lsn,
            xid: found.header.xid,
            rmgr: found.rmgr,
            info: found.header.info,
            origin: found.parts.origin,
            toplevel_xid: found.parts.toplevel_xid,
            blocks: &self.blocks,
            main_data: &bytes[main],
            bytes,
        }
    }

    fn advance(&mut self) -> Result<Advance, WalError> {
        loop {
            if let Phase::Over(outcome) = &self.phase {
                return outcome.clone().map(Advance::End);
            }
            let found = if self.position.is_some() {
                self.read_record()
            } else {
                let done = match self.source.pull() {
                    Pull::Hungry => return Ok(Advance::Hungry),
                    Pull::Page => self.enter_page(),
                    Pull::FileOver => self.leave_file(),
                    Pull::InputOver => self.leave_input(),
                };
                done.map(|()| None)
            };
            match found {
                Ok(Some(found)) if self.start.is_none_or(|start| found.lsn >= start) => {
                    return Ok(Advance::Record(found));
                }
                Ok(_) => {}
                Err(error) => self.phase = Phase::Over(Err(error)),
            }
        }
    }
}

/// Pages: which are read, which are passed over, which do not fit.
impl Reader {
    fn enter_page(&mut self) -> Result<(), WalError> {
        if let Phase::Doubting(doubt) = &self.phase {
            doubt.weigh(self.log().timeline, self.source.page())?;
            self.source.consume();
            return Ok(());
        }
        let begins_file = self.source.offset() == 0;
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
        let page = self.source.page();
        let error = |kind, expected: String, found: String| {
            let mismatch = Mismatch { expected, found };
            Err(place(&self.source, None, 0).error(kind, mismatch))
        };
        let magic = page
            .first_chunk()
            .map_or(0, |&bytes| u16::from_le_bytes(bytes));
        if magic != MAGIC {
            let expected = format!("PostgreSQL 15 WAL (magic {MAGIC:#06X})").replace("0X", "0x");
            if page.iter().all(|&byte| byte == 0) {
                return error(ErrorKind::NotWal, expected, "nothing but zeroes".into());
            }
            let hex = format!("magic 0x{magic:04X}");
            return match version_of(magic) {
                Some(version) => {
                    let found = format!("PostgreSQL {version} WAL ({hex})");
                    error(ErrorKind::OtherVersion, expected, found)
                }
                None if version_of(magic.swap_bytes()).is_some() => {
                    let found = format!("WAL of a big-endian machine ({hex})");
                    error(ErrorKind::OtherVersion, expected, found)
                }
                None => error(ErrorKind::NotWal, expected, format!("no WAL ({hex})")),
            };
        }
        let (Some(header), Some(file)) = (PageHeader::parse(page), FileHeader::parse(page)) else {
            let found = format!("a file of {} bytes", page.len());
            return error(
                ErrorKind::Truncated,
                "a file header of 40 bytes".into(),
                found,
            );
        };
        if !header.has(LONG) {
            let expected = "the long header that begins a segment";
            return error(
                ErrorKind::NotWal,
                expected.into(),
                "a page from inside one".into(),
            );
        }
        if !file.segment_bytes_possible() {
            let expected = "a segment size that is a power of two from 1 MB to 1 GB";
            let found = format!("{} bytes", file.segment_bytes);
            return error(ErrorKind::Damaged, expected.into(), found);
        }
        let segment_bytes = u64::from(file.segment_bytes);
        if !header.address.is_multiple_of(segment_bytes) || header.address > u64::MAX / 2 {
            let expected = format!("an address that is a multiple of {segment_bytes} bytes");
            return error(ErrorKind::Damaged, expected, page_address(header.address));
        }
        let named = address_of_name(&self.source.name(), file.segment_bytes);
        if let Some(named) = named.filter(|&named| named != header.address) {
            let expected = format!("{}, as the file is named", page_address(named));
            let found = format!(
                "{} (recycled, renamed or damaged)",
                page_address(header.address)
            );
            return error(ErrorKind::Misplaced, expected, found);
        }
        let first = WalLsn(header.address);
        let start = self.start.unwrap_or(first);
        if start < first {
            let expected = format!("a file that holds the start {start}");
            let found = format!("one that begins at {first}");
            return error(ErrorKind::StartNotFound, expected, found);
        }
        let first_address = start.0 - start.0 % PAGE;
        Ok(Log {
            system_id: file.system_id,
            segment_bytes,
            timeline: 0,
            address: header.address,
            skip_to: first_address,
            first_address,
            name_agrees: named.is_some(),
            last: None,
            reached: start,
        })
    }

    /// The header of the current page, if it belongs where it stands.
    fn page_header(&self) -> Result<PageHeader, Mismatch> {
        let log = self.log();
        let page = self.source.page();
        let header = PageHeader::parse(page)
            .ok_or_else(|| Mismatch::new("a page header", format!("{} bytes", page.len())))?;
        if header.magic != MAGIC {
            let hex = |magic| format!("page magic 0x{magic:04X}");
            return Err(Mismatch::new(hex(MAGIC), hex(header.magic)));
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

    /// Decides whether a page that does not belong where it stands may be the end of the log.
    fn page_does_not_fit(&mut self, mismatch: Mismatch) -> Result<(), WalError> {
        let log = *self.log();
        let page = self.source.page();
        let here = place(&self.source, Some(&log), 0);
        if page.iter().all(|&byte| byte == 0) {
            return self.doubt_page(EndReason::Zeroes, mismatch);
        }
        if page.len() < LONG_HEADER {
            return Err(self.truncated());
        }
        let well_formed =
            PageHeader::parse(page).filter(|header| header.magic == MAGIC && header.flags_known());
        let Some(header) = well_formed else {
            return Err(here.error(ErrorKind::Damaged, mismatch));
        };
        if self.source.offset() == 0 && header.address != log.address {
            let named = address_of_name(&self.source.name(), segment_bytes(&log));
            if header.address > log.address || named.is_none_or(|named| named == header.address) {
                return Err(here.error(ErrorKind::Misplaced, mismatch));
            }
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

    fn leave_page(&mut self) {
        self.position = None;
        self.source.consume();
        self.log_mut().address += PAGE;
    }

    fn leave_file(&mut self) -> Result<(), WalError> {
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
    fn leave_input(&mut self) -> Result<(), WalError> {
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

    fn doubt(&mut self, doubt: Doubt) {
        self.phase = Phase::Doubting(doubt);
        self.position = None;
        self.source.consume();
    }

    fn truncated(&self) -> WalError {
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

    fn log(&self) -> &Log {
        self.log.as_ref().expect("the first page was read")
    }

    fn log_mut(&mut self) -> &mut Log {
        self.log.as_mut().expect("the first page was read")
    }
}

/// Records: cut out, put together, checked.
impl Reader {
    /// Reads on in the current page, up to one record's end.
    fn read_record(&mut self) -> Result<Option<Found>, WalError> {
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
        let parts = take_apart(bytes, &mut self.blocks).map_err(malformed)?;
        let rmgr = Rmgr::from_number(header.rmgr).expect("checked with the header");

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
        let is_switch = rmgr == Rmgr::XLOG && Operation::new(rmgr, header.info).code() == SWITCH;
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
        if Rmgr::from_number(header.rmgr).is_none() {
            let found = format!("number {}", header.rmgr);
            return Err(Mismatch::new("a resource manager of PostgreSQL 15", found));
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

    /// A record that does not fit is damage, unless what stands there is from an earlier use of
    /// the file.
    fn record_does_not_fit(
        &mut self,
        from: usize,
        here: Place,
        mismatch: Mismatch,
    ) -> Result<Option<Found>, WalError> {
        let log = *self.log();
        let error = here.error(ErrorKind::Damaged, mismatch);
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
        Ok(None)
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

    /// A record that goes on where nothing was written may just have a wrong length.
    fn check_pending_length(&self, pending: &Pending) -> Result<(), WalError> {
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
        let here = Place {
            file: Arc::clone(&pending.file),
            offset: pending.offset,
            lsn: Some(pending.lsn),
        };
        Err(here.error(ErrorKind::Damaged, mismatch))
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

/// The code of the record behind which the rest of a segment is unused.
const SWITCH: u8 = 4;

impl Doubt {
    /// Looks at a page behind the doubtful place: if the log goes on there, it was damage.
    fn weigh(&self, timeline: u32, page: &[u8]) -> Result<(), WalError> {
        let goes_on = |header: &PageHeader| {
            header.magic == MAGIC
                && header.flags_known()
                && header.timeline >= timeline
                && header.address > self.address
                && header.address.is_multiple_of(PAGE)
        };
        match PageHeader::parse(page).filter(goes_on) {
            None => Ok(()),
            Some(header) => {
                let mut error = self.error.clone();
                let further = page_address(header.address);
                error.found = format!(
                    "{}, although the log goes on at {further} (damaged, or copied while the server \
                     wrote)",
                    error.found
                );
                Err(error)
            }
        }
    }
}

/// A place in the input, for errors.
#[derive(Clone, Debug)]
struct Place {
    file: Arc<str>,
    offset: u64,
    lsn: Option<WalLsn>,
}

impl Place {
    fn error(self, kind: ErrorKind, mismatch: Mismatch) -> WalError {
        let Mismatch { expected, found } = mismatch;
        WalError {
            file: self.file.to_string(),
            offset: self.offset,
            lsn: self.lsn,
            kind,
            expected,
            found,
        }
    }
}

fn place(source: &Source, log: Option<&Log>, position: usize) -> Place {
    Place {
        file: source.name(),
        offset: source.offset() + position as u64,
        lsn: log.map(|log| WalLsn(log.address + position as u64)),
    }
}

fn page_address(address: u64) -> String {
    format!("page address {}", WalLsn(address))
}

fn segment_bytes(log: &Log) -> u32 {
    u32::try_from(log.segment_bytes).expect("the header holds it in 32 bits")
}

fn length_of(part: &[u8]) -> u32 {
    u32::try_from(part.len()).expect("a part of a record is no longer than its 32-bit length")
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

#[cfg(test)]
mod tests;
