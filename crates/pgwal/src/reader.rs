mod pages;
mod records;
#[cfg(test)]
mod tests;
mod unwritten;
mod verdict;

use std::rc::Rc;

use crate::error::{ErrorKind, Mismatch, WalError};
use crate::lsn::WalLsn;
use crate::page::PAGE_BYTES;
use crate::record::{Block, Parts, Record, RecordHeader};
use crate::rmgr::Rmgr;
use crate::source::{Pull, Source};
use crate::version::PgVersion;
use records::record_bytes;
use verdict::Doubt;

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
    /// The record that was found last, and its blocks.
    found: Found,
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
    /// The last record was still being written when its file was copied, or when the server stopped.
    Torn,
    /// The input ends with a whole file and a whole record.
    InputOver,
    /// The input ends with a whole file, and its last record goes on in one that is not here.
    RunsOver,
    /// The last file is shorter than its segment, but ends between two records and two pages.
    CutShort,
    /// The asked end is reached.
    Limit,
}

/// What all files of a log have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Facts {
    pub(crate) version: PgVersion,
    pub(crate) system_id: u64,
    pub(crate) segment_bytes: u32,
}

/// Facts about the log, and how far it has been read.
#[derive(Clone, Copy, Debug)]
struct Log {
    /// Which decides how its records are read.
    version: PgVersion,
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
    file: Rc<str>,
    offset: u64,
    length: u32,
    /// Bytes of it on the page where it began.
    first_part: usize,
}

impl Pending {
    /// Where it began.
    fn place(&self) -> Place {
        Place {
            file: Rc::clone(&self.file),
            offset: self.offset,
            lsn: Some(self.lsn),
        }
    }
}

/// A record that passed all checks, and where its bytes are.
#[derive(Clone, Debug, Default)]
struct Found {
    lsn: WalLsn,
    end_lsn: WalLsn,
    parts: Parts,
    /// The position on the current page, or what was assembled.
    on_page: Option<usize>,
}

pub(crate) enum Advance {
    /// `found` is a new one.
    Record,
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
            found: Found::default(),
            blocks: Vec::new(),
            short_file: None,
        }
    }

    /// A reader that begins with a page inside a log about which enough is known.
    pub(crate) fn inside(
        facts: Facts,
        address: u64,
        range: (Option<WalLsn>, Option<WalLsn>),
    ) -> Self {
        let (start, end) = range;
        let begin = start.map_or(address, |start| start.0.max(address));
        let first_address = begin - begin % PAGE;
        let log = Log {
            version: facts.version,
            system_id: facts.system_id,
            segment_bytes: u64::from(facts.segment_bytes),
            timeline: 0,
            address,
            skip_to: first_address,
            first_address,
            name_agrees: true,
            last: None,
            reached: WalLsn(begin),
        };
        Self {
            log: Some(log),
            ..Self::with_range(start, end)
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

    /// Begins inside a file, where one of its pages begins.
    pub(crate) fn open_at(&mut self, name: &str, offset: u64) {
        self.source.open(name);
        self.source.begin_at(offset);
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

    /// Where the page begins that was looked at last.
    pub(crate) fn address(&self) -> u64 {
        self.log().address
    }

    /// Where the last whole record ends, or else where reading began.
    pub(crate) fn reached(&self) -> WalLsn {
        self.log().reached
    }

    /// The version of the server that wrote the log, once the first page has told.
    pub fn version(&self) -> Option<PgVersion> {
        self.log.as_ref().map(|log| log.version)
    }

    /// Reads on. After the end or an error, says the same again.
    pub fn step(&mut self) -> Result<Step<'_>, WalError> {
        Ok(match self.advance()? {
            Advance::Hungry => Step::Hungry,
            Advance::End(end) => Step::End(end),
            Advance::Record => Step::Record(self.view()),
        })
    }

    /// Where the record begins and ends that was found last.
    pub(crate) fn found(&self) -> (WalLsn, WalLsn) {
        (self.found.lsn, self.found.end_lsn)
    }

    /// The record that was found last. Called, it would be copied once more, a sixth of the time.
    #[inline]
    pub(crate) fn view(&self) -> Record<'_> {
        let found = &self.found;
        let bytes = record_bytes(&self.source, &self.assembled, found.on_page);
        let header = RecordHeader::parse(bytes).expect("a record is no shorter than its header");
        let version = self.log().version;
        let main = found.parts.main_data.start as usize..found.parts.main_data.end as usize;
        Record {
            lsn: found.lsn,
            end_lsn: found.end_lsn,
            prev_lsn: header.prev_lsn,
            xid: header.xid,
            rmgr: Rmgr::from_number(version, header.rmgr).expect("checked with the header"),
            info: header.info,
            version,
            origin: found.parts.origin,
            toplevel_xid: found.parts.toplevel_xid,
            blocks: &self.blocks,
            main_data: &bytes[main],
            bytes,
        }
    }

    /// As [`Self::step`], with a record to be viewed afterwards.
    pub(crate) fn advance(&mut self) -> Result<Advance, WalError> {
        loop {
            if let Phase::Over(outcome) = &self.phase {
                return outcome.clone().map(Advance::End);
            }
            let done = if self.position.is_some() {
                self.read_record()
            } else {
                let entered = match self.source.pull() {
                    Pull::Hungry => return Ok(Advance::Hungry),
                    Pull::Page => self.enter_page(),
                    Pull::FileOver => self.leave_file(),
                    Pull::InputOver => self.leave_input(),
                };
                entered.map(|()| false)
            };
            match done {
                Ok(true) if self.is_wanted() => return Ok(Advance::Record),
                Ok(_) => {}
                Err(error) => self.phase = Phase::Over(Err(error)),
            }
        }
    }
}

/// What its parts share.
impl Reader {
    /// Whether the record that was found is not before the start.
    fn is_wanted(&self) -> bool {
        self.start.is_none_or(|start| self.found.lsn >= start)
    }

    fn log(&self) -> &Log {
        self.log.as_ref().expect("the first page was read")
    }

    fn log_mut(&mut self) -> &mut Log {
        self.log.as_mut().expect("the first page was read")
    }
}

/// A place in the input, for errors.
#[derive(Clone, Debug)]
struct Place {
    file: Rc<str>,
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
