//! The log of a folder: files in any order, read as the one log that they hold.
//!
//! First each file is [examined](examined): its name, its size, its first page. From that a
//! [plan](plan) is made: which files hold the log, in which order, and which are passed over. Then
//! the files are read one after the other, slice by slice, and the [`Reader`] finds the records.
//!
//! **What if the log does not go on?** The plan knows which files are missing; behind such a gap
//! reading goes on with the next file. Where the bytes of a file are not those of the log, reading
//! looks for the next page that chains: its header fits its place, the first whole record behind
//! it has a checksum that fits, and the next record links back to that one. The same search serves
//! three cases:
//!
//! | case | what it is | what is done with the records behind it |
//! |---|---|---|
//! | damage | a [`Damage`] | delivered if damage is to be skipped; otherwise read and counted, so that it can be told whether they are whole |
//! | torn, and the log goes on | a [`Gap`] | delivered |
//! | torn, and nothing follows | the end of the log | there are none |
//!
//! **What is torn?** A folder that is copied while the server writes is no picture of one moment. A
//! file that was copied early ends in the middle, as a live log does, although files that were copied
//! later hold what came next; the same can happen inside a file, where the copying passes the place
//! at which the server writes; and a page that was copied during a write may have one part from
//! before it. None of this is damage. Such a place is told from damage by three marks: zeroes, or
//! pages of an earlier or later use of the file, stand where the log should go on; they begin where
//! a record begins, or reach to where one ends; and the last page of the file, too, was not yet
//! written when it was copied. Whether a server stopped at once or a copy was made then, cannot be
//! told from the bytes, and neither can a loss that looks exactly so.
//!
//! # Invariants
//! * Records rise by LSN; none is delivered twice, whatever is searched.
//! * Memory: one slice, the reader's own, a packed file's window, and some hundred bytes for each
//!   file.
//! * The search takes time in proportion to the files' bytes: each try begins behind the page where
//!   the one before it failed.

mod examined;
mod findings;
mod history;
mod plan;
#[cfg(test)]
mod tests;
mod words;

use std::mem;
use std::ops::Range;

use crate::error::{ErrorKind, Mismatch, WalError};
use crate::file::WalFile;
use crate::lsn::WalLsn;
use crate::page::{
    FileHeader, LONG, PAGE_BYTES, PageHeader, address_of_name, base_name, is_partial_name, name_of,
};
use crate::reader::{Advance, End, EndReason, Facts, Reader};
use crate::record::Record;
use crate::unpack::Contents;
use crate::version::PgVersion;
use examined::{Examined, error_in, unreadable, unreadable_words};
use plan::{Plan, Planned};

pub use findings::{Behind, Damage, Few, Findings, Gap, MissingFiles, PassedOver, Timelines, Why};

/// Bytes that are read in one go: a browser takes a while for each read, however small.
const SLICE_BYTES: usize = 1 << 20;
const PAGE: u64 = PAGE_BYTES as u64;

/// Which part of a log is wanted, and what to do about damage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Records that begin before this place are not delivered.
    pub start: Option<WalLsn>,
    /// Records that do not end by this place are not read.
    pub end: Option<WalLsn>,
    /// Go on behind damage, at the next place where whole records follow.
    pub skip_damaged: bool,
}

/// What reading a folder gives next.
#[derive(Debug)]
pub enum FolderStep<'a> {
    /// The next record of the log.
    Record(Record<'a>),
    /// Something was read, at most 1 MiB of it; a good moment to look at the clock. The bytes are
    /// those of the log's files, unpacked, which are seen for the first time: put together, they
    /// are the files one after the other.
    Slice(&'a [u8]),
    /// All is read. What was found says how it ended.
    Over,
}

/// How far reading has come, in bytes of the files as they lie on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read.
    pub done: u64,
    /// Bytes to read in all.
    pub of: u64,
}

/// Reads the log of a folder.
///
/// ```
/// use pgwal::{FolderReader, FolderStep, InMemory, Wanted};
///
/// let file = InMemory::new("notes.txt", b"no log at all");
/// let mut reader = FolderReader::new(vec![Box::new(file)], Wanted::default());
/// loop {
///     match reader.step() {
///         FolderStep::Record(record) => println!("{}", record.lsn),
///         FolderStep::Slice(_) => println!("{:?}", reader.progress()),
///         FolderStep::Over => break,
///     }
/// }
/// assert_eq!(reader.findings().damages.count(), 1);
/// ```
pub struct FolderReader {
    contents: Vec<Contents>,
    wanted: Wanted,
    findings: Findings,
    facts: Option<Facts>,
    files: Vec<Planned>,
    phase: Phase,
    reader: Reader,
    /// What is read next.
    at: Position,
    /// The bytes that were read last.
    slice: Slice,
    /// How far files were read: all before this one, and of this one so many bytes.
    seen: Position,
    /// The file of the slice was opened.
    opened: bool,
    /// For each file of the log, bytes on the disk of those before it.
    before: Vec<u64>,
    /// Bytes on the disk that were read, and those of all files of the log.
    done: u64,
    of: u64,
    /// What is missing behind the last record, while it is not known where the log goes on.
    hole: Option<Hole>,
    /// Some file goes on where the newest timeline does not come from.
    forks: bool,
    /// Records are delivered, and not only counted.
    delivers: bool,
    /// The file in which the last record was counted behind damage.
    counted_in: Option<usize>,
}

/// A place in the files of the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    file: usize,
    offset: u64,
}

#[derive(Default)]
struct Slice {
    at: Position,
    bytes: Vec<u8>,
    /// There are none, as the file is over.
    is_over: bool,
}

#[derive(Debug)]
enum Phase {
    /// Files are looked at, each in its turn.
    Examining(Vec<Examined>),
    /// The log is read.
    Reading,
    /// The next page is looked for whose header fits its place.
    Searching,
    /// It was found here, and the records behind it are tried; the first was whole.
    Trying(Position, Option<WalLsn>),
    Over,
}

/// Why a part of the log is not there.
#[derive(Debug)]
struct Hole {
    from: WalLsn,
    cause: Cause,
    /// The file in which the search for its end is; files that are missing before that are noted.
    file: usize,
    missing: Option<MissingFiles>,
}

#[derive(Debug)]
enum Cause {
    /// A file between two others is not there.
    Missing,
    /// The file of this name was copied before the server had written it.
    Torn(String),
    /// The file has other bytes than the server wrote, which is told already.
    Damage,
}

/// What comes next, to be viewed afterwards.
enum Next {
    Record,
    Slice(Range<usize>),
    Over,
}

impl Hole {
    /// Files are missing in it, behind those that are known to be.
    fn miss(&mut self, missing: MissingFiles) {
        self.missing = Some(match self.missing.take() {
            None => missing,
            Some(before) => MissingFiles {
                first: before.first,
                last: missing.last,
                count: before.count + missing.count,
                passed_over: before.passed_over || missing.passed_over,
            },
        });
    }
}

/// What became of the wish to read.
enum Fed {
    /// Bytes for the first time.
    Slice(Range<usize>),
    /// Bytes that were in memory, or the end of a file.
    Silently,
    Failed(WalError),
}

impl FolderReader {
    /// Takes the files of a folder, in any order.
    pub fn new(files: Vec<Box<dyn WalFile>>, wanted: Wanted) -> Self {
        let contents: Vec<_> = files.into_iter().map(Contents::new).collect();
        Self {
            of: contents.iter().map(Contents::bytes).sum(),
            contents,
            wanted,
            findings: Findings::default(),
            facts: None,
            files: Vec::new(),
            phase: Phase::Examining(Vec::new()),
            reader: Reader::new(),
            at: Position::default(),
            slice: Slice::default(),
            seen: Position::default(),
            opened: false,
            before: Vec::new(),
            done: 0,
            hole: None,
            forks: false,
            delivers: true,
            counted_in: None,
        }
    }

    /// Reads on.
    pub fn step(&mut self) -> FolderStep<'_> {
        match self.advance() {
            Next::Record => FolderStep::Record(self.reader.view()),
            Next::Slice(range) => FolderStep::Slice(&self.slice.bytes[range]),
            Next::Over => FolderStep::Over,
        }
    }

    /// What was found so far; complete once all is read.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// How far reading has come.
    pub fn progress(&self) -> Progress {
        Progress {
            done: self.done.min(self.of),
            of: self.of,
        }
    }

    /// The version of the server that wrote the log, once it is known.
    pub fn version(&self) -> Option<PgVersion> {
        self.facts.map(|facts| facts.version)
    }

    /// Bytes of a segment, which is a whole WAL file, once it is known.
    pub fn segment_bytes(&self) -> Option<u32> {
        self.facts.map(|facts| facts.segment_bytes)
    }

    fn advance(&mut self) -> Next {
        loop {
            match &mut self.phase {
                Phase::Over => return Next::Over,
                Phase::Examining(examined) => {
                    let file = examined.len();
                    if let Some(contents) = self.contents.get_mut(file) {
                        examined.push(Examined::new(file, contents));
                        return Next::Slice(0..0);
                    }
                    let examined = mem::take(examined);
                    self.begin(examined);
                }
                Phase::Reading => match self.reader.advance() {
                    Ok(Advance::Record) => {
                        if self.take() {
                            return Next::Record;
                        }
                    }
                    Ok(Advance::End(end)) => self.leave_chain(end),
                    Ok(Advance::Hungry) => match self.feed() {
                        Fed::Slice(range) => return Next::Slice(range),
                        Fed::Silently => {}
                        Fed::Failed(error) => self.fall(error),
                    },
                    Err(error) => self.fall(error),
                },
                Phase::Searching => match self.search() {
                    Fed::Slice(range) => return Next::Slice(range),
                    Fed::Silently => {}
                    Fed::Failed(error) => self.pass_unreadable(error),
                },
                Phase::Trying(candidate, first) => {
                    let (candidate, first) = (*candidate, *first);
                    match self.reader.advance() {
                        Ok(Advance::Record) => match first {
                            Some(first) => self.resume(candidate, first),
                            None => {
                                self.phase = Phase::Trying(candidate, Some(self.reader.found().0));
                            }
                        },
                        Ok(Advance::End(end))
                            if end.reason == EndReason::Limit && first.is_none() =>
                        {
                            self.end_in_hole();
                        }
                        Ok(Advance::End(_)) => self.judge(candidate, first),
                        Ok(Advance::Hungry) => match self.feed() {
                            Fed::Slice(range) => return Next::Slice(range),
                            Fed::Silently => {}
                            Fed::Failed(error) => {
                                self.judge(candidate, first);
                                if matches!(self.phase, Phase::Searching) {
                                    self.pass_unreadable(error);
                                }
                            }
                        },
                        Err(error) if error.kind == ErrorKind::Torn => self.judge(candidate, first),
                        Err(_) => self.judge(candidate, None),
                    }
                }
            }
        }
    }
}

/// Beginning, and going on behind what does not belong to the log.
impl FolderReader {
    /// Makes the plan, and begins with its first file, or with the one that holds the start.
    fn begin(&mut self, examined: Vec<Examined>) {
        let plan = match Plan::new(examined, &mut self.findings) {
            Ok(plan) => plan,
            Err(error) => return self.give_up(error),
        };
        self.facts = Some(plan.facts);
        self.files = plan.files;
        let holds =
            |planned: &Planned, start: WalLsn| (planned.address..planned.end).contains(&start.0);
        if let Some(start) = self.wanted.start {
            match self.files.iter().position(|planned| holds(planned, start)) {
                Some(first) => {
                    self.files.drain(..first);
                    self.findings.files.drain(..first);
                }
                None => return self.give_up(self.start_not_found(start)),
            }
        }
        self.forks = self.files.iter().any(|planned| planned.until.is_some());
        self.of = 0;
        for planned in &self.files {
            self.before.push(self.of);
            self.of += self.contents[planned.file].bytes();
        }
        self.begin_chain(Position::default(), self.wanted.start);
    }

    fn start_not_found(&self, start: WalLsn) -> WalError {
        let first = self.files.first();
        let found = first.filter(|first| start.0 < first.address).map_or_else(
            || "none that reaches it".to_owned(),
            |first| format!("one that begins at {}", WalLsn(first.address)),
        );
        let expected = format!("a file that holds the start {start}");
        let name = first.map_or("", |first| &first.name);
        error_in(
            name,
            ErrorKind::StartNotFound,
            Mismatch::new(expected, found),
        )
    }

    fn give_up(&mut self, error: WalError) {
        self.findings.damages.push(Damage {
            error,
            resumed: None,
        });
        self.phase = Phase::Over;
    }

    /// Reads on with the page at this position, which nothing before it leads to.
    fn begin_chain(&mut self, at: Position, start: Option<WalLsn>) {
        self.phase = Phase::Reading;
        self.begin_reader(at, start);
    }

    fn begin_reader(&mut self, at: Position, start: Option<WalLsn>) {
        let facts = self.facts.expect("the plan was made");
        let planned = &self.files[at.file];
        let address = planned.address + at.offset;
        self.reader = Reader::inside(facts, address, (start, self.wanted.end));
        self.reader.open_at(&planned.name, at.offset);
        self.at = at;
    }

    /// Whether the record that was found is to be delivered. Otherwise it is counted, or it is none
    /// that the newest timeline came from.
    fn take(&mut self) -> bool {
        if self.delivers && self.hole.is_none() && !self.forks {
            return true;
        }
        let (lsn, end_lsn) = self.reader.found();
        let here = self.files.partition_point(|planned| planned.end <= lsn.0);
        let until = self.files.get(here).and_then(|planned| planned.until);
        if let Some(until) = until.filter(|&until| lsn.0 >= until) {
            let (reason, lsn) = (EndReason::InputOver, WalLsn(until));
            self.at = Position {
                file: here + 1,
                offset: 0,
            };
            self.leave_chain(End { reason, lsn });
            self.miss_newer(here);
            return false;
        }
        if let Some(hole) = self.hole.take() {
            self.close(hole, Some(lsn));
        }
        if self.delivers {
            return true;
        }
        let behind = self.findings.behind.get_or_insert_default();
        behind.records += 1;
        let first = behind.range.map_or(lsn, |(first, _)| first);
        behind.range = Some((first, end_lsn));
        if self.counted_in != Some(here) {
            self.counted_in = Some(here);
            behind.files += 1;
        }
        false
    }

    /// What was read is over without damage: because a file is missing behind it, or at the end.
    fn leave_chain(&mut self, end: End) {
        let next = self.at.file;
        if end.reason == EndReason::Limit || next >= self.files.len() {
            if let Some(hole) = self.hole.take() {
                self.close(hole, None);
            }
            let is_whole = self.delivers;
            self.findings.end = is_whole.then_some(end);
            self.phase = Phase::Over;
            return;
        }
        let is_live = match end.reason {
            EndReason::Zeroes | EndReason::Recycled | EndReason::Unfinished => true,
            EndReason::Torn
            | EndReason::InputOver
            | EndReason::RunsOver
            | EndReason::CutShort
            | EndReason::Limit => false,
        };
        let last = &self.files[next - 1];
        let cause = if is_live {
            Cause::Torn(last.name.clone())
        } else {
            Cause::Missing
        };
        if let Some(hole) = self.hole.take() {
            self.close(hole, None);
        }
        self.hole = Some(Hole {
            from: end.lsn,
            cause,
            file: next,
            missing: self.missing_before(next),
        });
        let file = next;
        self.begin_chain(Position { file, offset: 0 }, None);
    }

    /// The file in which the newest timeline left its ancestor is here of the ancestor only.
    fn miss_newer(&mut self, file: usize) {
        let (Some(hole), Some(next)) = (&mut self.hole, self.files.get(file + 1)) else {
            return;
        };
        let segment_bytes = self.facts.expect("the plan was made").segment_bytes;
        let first = name_of(next.timeline, self.files[file].address, segment_bytes);
        let others = hole.missing.take();
        hole.missing = Some(MissingFiles {
            count: 1 + others.as_ref().map_or(0, |others| others.count),
            passed_over: others.as_ref().is_some_and(|others| others.passed_over),
            last: others.map_or_else(|| first.clone(), |others| others.last),
            first,
        });
    }

    /// Something is wrong: says what, and looks for the place where the log goes on.
    fn fall(&mut self, mut error: WalError) {
        if let Some(hole) = self.hole.take() {
            self.close(hole, None);
        }
        if error.kind == ErrorKind::StartNotFound {
            return self.give_up(error);
        }
        let facts = self.facts.expect("the plan was made");
        let noticed = self.reader.address();
        let fallen = error.lsn.map_or(noticed, |lsn| lsn.0);
        let place = noticed.max(fallen);
        if error.kind == ErrorKind::Torn && self.is_written_to_its_end(place, facts) {
            error.kind = ErrorKind::Damaged;
        }
        let mut hole = Hole {
            from: self.reader.reached(),
            cause: Cause::Damage,
            file: self.file_of(place),
            missing: None,
        };
        let is_unreadable = error.kind == ErrorKind::Unreadable;
        if self.is_unfinished(&error, hole.file) {
            error.kind = ErrorKind::Torn;
        }
        if error.kind == ErrorKind::Torn {
            hole.cause = Cause::Torn(error.file);
        } else if error.kind == ErrorKind::Gone {
            hole.cause = Cause::Missing;
            self.hole = Some(hole);
            return self.pass_unreadable(error);
        } else {
            self.tell_damage(error);
        }
        self.hole = Some(hole);
        if is_unreadable {
            return self.enter_file(self.at.file + 1);
        }
        let next = self.position_of(noticed.max(fallen.next_multiple_of(PAGE)));
        self.enter(next);
    }

    fn tell_damage(&mut self, error: WalError) {
        if !self.delivers {
            self.findings.behind.get_or_insert_default().damages += 1;
            return;
        }
        self.findings.damages.push(Damage {
            error,
            resumed: None,
        });
        if !self.wanted.skip_damaged {
            self.delivers = false;
            self.findings.behind = Some(Behind::default());
        }
    }

    /// A file that cannot be read on is left, while the place is looked for where the log goes on.
    fn pass_unreadable(&mut self, error: WalError) {
        if error.kind == ErrorKind::Gone {
            let hole = self.hole.as_mut().expect("a search begins with a hole");
            let name = base_name(&error.file).to_owned();
            hole.miss(MissingFiles {
                first: name.clone(),
                last: name,
                count: 1,
                passed_over: false,
            });
        } else {
            self.tell_damage(error);
        }
        self.enter_file(self.at.file + 1);
    }

    /// The search goes on with another file.
    fn enter_file(&mut self, file: usize) {
        self.enter(Position { file, offset: 0 });
    }

    /// The search goes on here. What is missing before a file is noted.
    fn enter(&mut self, at: Position) {
        self.at = at;
        self.phase = Phase::Searching;
        let mut hole = self.hole.take().expect("a search begins with a hole");
        while hole.file < at.file.min(self.files.len() - 1) {
            hole.file += 1;
            if let Some(missing) = self.missing_before(hole.file) {
                hole.miss(missing);
            }
        }
        self.hole = Some(hole);
    }

    /// Looks at pages until one has a header that fits its place, and tries what follows it.
    fn search(&mut self) -> Fed {
        let Some(planned) = self.files.get(self.at.file) else {
            self.end_in_hole();
            return Fed::Silently;
        };
        let base = planned.address;
        let fed = self.load(PAGE_BYTES);
        if matches!(fed, Fed::Failed(_)) {
            return fed;
        }
        let facts = self.facts.expect("the plan was made");
        let first = base + self.at.offset;
        let loaded = self.loaded();
        let pages = loaded.chunks_exact(PAGE_BYTES);
        let looked_at = pages.len() as u64 * PAGE;
        let fitting = (first..).step_by(PAGE_BYTES).zip(pages);
        let fitting = fitting.map(|(address, page)| (address, fits(page, address, facts)));
        let fitting = fitting
            .filter(|(_, fits)| *fits)
            .map(|(address, _)| address)
            .next();
        if let Some(address) = fitting {
            let candidate = self.position_of(address);
            self.begin_reader(candidate, None);
            self.phase = Phase::Trying(candidate, None);
        } else if looked_at > 0 {
            self.at.offset += looked_at;
        } else if !loaded.is_empty() || self.is_file_over() {
            self.enter_file(self.at.file + 1);
        }
        fed
    }

    /// A try is over without a second record: a first one, with the end behind it, is enough.
    fn judge(&mut self, candidate: Position, first: Option<WalLsn>) {
        if let Some(first) = first {
            return self.resume(candidate, first);
        }
        let address = self.files[candidate.file].address + candidate.offset;
        let failed_at = self.reader.address();
        self.enter(self.position_of(failed_at.max(address + PAGE)));
    }

    /// The log goes on here.
    fn resume(&mut self, candidate: Position, first: WalLsn) {
        let hole = self.hole.take().expect("a search begins with a hole");
        self.close(hole, Some(first));
        self.begin_chain(candidate, None);
    }

    /// The files are over, and the log did not go on.
    fn end_in_hole(&mut self) {
        let hole = self.hole.take().expect("a search begins with a hole");
        self.phase = Phase::Over;
        let reason = match hole.cause {
            Cause::Torn(_) => Some(EndReason::Torn),
            Cause::Missing => Some(EndReason::InputOver),
            Cause::Damage => None,
        };
        let lsn = hole.from;
        let end = reason.map(|reason| End { reason, lsn });
        self.findings.end = end.filter(|_| self.delivers);
        if reason != Some(EndReason::Torn) || hole.missing.is_some() {
            self.close(hole, None);
        }
    }

    /// Tells of a hole, once it is known where the log goes on behind it.
    fn close(&mut self, hole: Hole, to: Option<WalLsn>) {
        let Hole {
            from,
            cause,
            missing,
            file: _,
        } = hole;
        let torn = match cause {
            Cause::Torn(file) => Some(file),
            Cause::Missing => None,
            Cause::Damage => {
                for damage in self.findings.damages.first_mut() {
                    damage.resumed = damage.resumed.or(to);
                }
                None
            }
        };
        if torn.is_some() || missing.is_some() {
            self.findings.gaps.push(Gap {
                from,
                to,
                missing,
                torn,
            });
        }
    }
}

/// Reading the files.
impl FolderReader {
    /// Gives the reader more: bytes, the next file, or word that there is none.
    fn feed(&mut self) -> Fed {
        let fed = self.load(1);
        if matches!(fed, Fed::Failed(_)) {
            return fed;
        }
        let length = self.loaded().len();
        if length > 0 {
            self.reader
                .feed(&self.slice.bytes[self.slice.bytes.len() - length..]);
            self.at.offset += length as u64;
        } else if self.is_file_over() {
            let here = self.at.file;
            self.at = Position {
                file: here + 1,
                offset: 0,
            };
            match self.files.get(here + 1) {
                Some(next) if next.address == self.files[here].end => self.reader.open(&next.name),
                Some(_) | None => self.reader.finish(),
            }
        }
        fed
    }

    /// Makes sure that the slice holds at least so many of the bytes at the position, as far as the
    /// file has them.
    fn load(&mut self, least: usize) -> Fed {
        if self.loaded().len() >= least {
            return Fed::Silently;
        }
        let planned = &self.files[self.at.file];
        let begins = self.slice.at.file != self.at.file || !self.opened;
        if begins && self.opened {
            self.contents[self.files[self.slice.at.file].file].close();
        }
        let contents = &mut self.contents[planned.file];
        let opened = if begins { contents.open() } else { Ok(()) };
        self.opened = true;
        self.slice.at = self.at;
        self.slice.bytes.resize(SLICE_BYTES, 0);
        let read = opened.and_then(|()| contents.read_at(self.at.offset, &mut self.slice.bytes));
        let length = *read.as_ref().unwrap_or(&None);
        self.slice.bytes.truncate(length.unwrap_or(0));
        self.slice.is_over = length == Some(0);
        let end = self.at.offset + self.slice.bytes.len() as u64;
        let kind = read
            .as_ref()
            .map_or_else(unreadable, |_| ErrorKind::Unreadable);
        let mismatch = match read {
            Err(error) => Some(unreadable_words(contents, &error)),
            Ok(_) if planned.packed && end > planned.end - planned.address => Some(Mismatch::new(
                "a file that is unpacked as long as its segment",
                "more",
            )),
            Ok(_) => None,
        };
        if let Some(mismatch) = mismatch {
            self.slice.bytes.clear();
            return Fed::Failed(WalError {
                offset: self.at.offset,
                lsn: Some(WalLsn(planned.address + self.at.offset)),
                ..error_in(&planned.name, kind, mismatch)
            });
        }
        self.done = self.done.max(self.before[self.at.file] + contents.done());
        if self.at.file > self.seen.file {
            self.seen = self.at;
        }
        if self.at.file < self.seen.file || end <= self.seen.offset {
            return Fed::Slice(0..0);
        }
        let known = self.seen.offset.saturating_sub(self.at.offset);
        self.seen.offset = end;
        let known = usize::try_from(known).expect("a slice is small");
        Fed::Slice(known..self.slice.bytes.len())
    }

    /// The bytes in memory from the position on.
    fn loaded(&self) -> &[u8] {
        if self.slice.at.file != self.at.file {
            return &[];
        }
        let from = self.at.offset.checked_sub(self.slice.at.offset);
        let from = from.and_then(|from| usize::try_from(from).ok());
        from.and_then(|from| self.slice.bytes.get(from..))
            .unwrap_or_default()
    }

    /// Whether the file has nothing at the position, for which it was asked.
    fn is_file_over(&self) -> bool {
        self.slice.at == self.at && self.slice.is_over
    }

    /// Whether the segment that holds this place was written to its last page, so that nothing in it
    /// was still to come when it was copied. Archives are packed after that.
    fn is_written_to_its_end(&mut self, place: u64, facts: Facts) -> bool {
        let planned = &self.files[self.file_of(place)];
        if planned.packed {
            return true;
        }
        let segment_bytes = u64::from(facts.segment_bytes);
        let contents = &mut self.contents[planned.file];
        let segment_end = place - place % segment_bytes + segment_bytes;
        let file_end = planned.address + contents.bytes() / PAGE * PAGE;
        let last = segment_end.min(file_end).saturating_sub(PAGE);
        if last <= place {
            return false;
        }
        let mut page = [0; PAGE_BYTES];
        let read = contents.read_at(last - planned.address, &mut page);
        read.is_ok_and(|read| read == Some(PAGE_BYTES)) && fits(&page, last, facts)
    }

    /// Whether a file just ends, and its name says that whoever wrote it never finished it:
    /// `pg_receivewal` leaves a packed one so.
    fn is_unfinished(&self, error: &WalError, file: usize) -> bool {
        let contents = &self.contents[self.files[file].file];
        let is_over = match error.kind {
            ErrorKind::Truncated => true,
            ErrorKind::Unreadable => contents.done() == contents.bytes(),
            ErrorKind::Empty
            | ErrorKind::NotWal
            | ErrorKind::OtherVersion
            | ErrorKind::Misplaced
            | ErrorKind::StartNotFound
            | ErrorKind::Damaged
            | ErrorKind::Torn
            | ErrorKind::Gone => false,
        };
        is_over && is_partial_name(&error.file)
    }

    /// The file that holds a place, or the first one behind it.
    fn file_of(&self, address: u64) -> usize {
        let file = self.files.partition_point(|planned| planned.end <= address);
        file.min(self.files.len() - 1)
    }

    fn position_of(&self, address: u64) -> Position {
        let file = self.files.partition_point(|planned| planned.end <= address);
        let begin = self
            .files
            .get(file)
            .map_or(address, |planned| planned.address);
        Position {
            file,
            offset: address.saturating_sub(begin),
        }
    }

    /// The files that are not here between this one and the one before it.
    fn missing_before(&self, file: usize) -> Option<MissingFiles> {
        let (before, next) = (&self.files[file.checked_sub(1)?], &self.files[file]);
        let segment_bytes = self.facts?.segment_bytes;
        let bytes = next.address - before.end;
        let name = |address| name_of(next.timeline, address, segment_bytes);
        let passed_over = self.findings.passed_over.first().iter().any(|one| {
            let address = address_of_name(&one.error.file, segment_bytes);
            address.is_some_and(|address| (before.end..next.address).contains(&address))
        });
        (bytes > 0).then(|| MissingFiles {
            first: name(before.end),
            last: name(next.address - u64::from(segment_bytes)),
            count: bytes / u64::from(segment_bytes),
            passed_over,
        })
    }
}

/// Whether a page's header is that of this place of this log.
fn fits(page: &[u8], address: u64, facts: Facts) -> bool {
    let begins_segment = address.is_multiple_of(u64::from(facts.segment_bytes));
    let same_log = || {
        FileHeader::parse(page).is_some_and(|file| {
            file.system_id == facts.system_id && file.segment_bytes == facts.segment_bytes
        })
    };
    PageHeader::parse(page).is_some_and(|header| {
        header.magic == facts.version.magic()
            && header.flags_known()
            && header.address == address
            && header.has(LONG) == begins_segment
            && (!begins_segment || same_log())
    })
}
