//! Changes bytes of a real log at random and holds the reader to what it promises.
//!
//! Shared by the unit tests, which run a few thousand trials, and by the example `mutate`, which
//! runs as many as one likes.
//!
//! A trial passes if the reader delivers only records of the unchanged log, in their order and
//! beginning with the first; if every record before the first changed byte is among them; and if it
//! ends with an error whenever a changed bit is covered by a checksum or by the chain. One
//! exception cannot be told from the truth by anyone: when exactly the last records were overwritten
//! by zeroes, what is left is a shorter log.
//!
//! A reader that is to go on behind damage must deliver, beside what came before the change, every
//! record that begins behind the page after it, and never a wrong one. Only where the file's header
//! was changed it need not, for then it may be no WAL at all.

use std::fmt;
use std::ops::Range;

use pgwal::{
    End, EndReason, FolderReader, FolderStep, InMemory, Reader, Record, Step, WalError, WalLsn,
    Wanted,
};
use rand_core::{Rng as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

const PAGE: usize = 8192;
const LONG_HEADER: usize = 40;
const SLICE_BYTES: usize = 65_536;

/// A log and what it holds while nobody changes it.
#[derive(Clone, Debug)]
pub(crate) struct Trials {
    name: String,
    bytes: Vec<u8>,
    /// The address of the first byte.
    base: u64,
    records: Vec<Seen>,
    /// For each byte of the file, the bits that a checksum or the chain covers.
    covered: Vec<u8>,
}

/// How many trials ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// With an error.
    pub(crate) errors: u64,
    /// Unnoticed, as only padding and unused bytes were changed.
    pub(crate) harmless: u64,
    /// As the shorter log that the file had become.
    pub(crate) shorter: u64,
    /// With the same bytes as before.
    pub(crate) unchanged: u64,
}

/// A record, by all that tells it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    lsn: u64,
    end_lsn: u64,
    bytes: u64,
    digest: u64,
    /// Where its bytes are in the file.
    ranges: Vec<Range<usize>>,
}

impl Trials {
    /// Reads the unchanged log.
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Result<Self, String> {
        let base = u64::from_le_bytes(bytes[8..16].try_into().expect("eight bytes were cut"));
        let mut records = Vec::new();
        read(name, bytes, |record| {
            records.push(Seen::new(record, base));
            true
        })
        .map_err(|stopped| match stopped {
            Stopped::WrongRecord => "every record is liked".to_owned(),
            Stopped::Error(error) => error.to_string(),
        })?;
        let mut covered = vec![0; bytes.len()];
        for range in records.iter().flat_map(|record| &record.ranges) {
            covered[range.clone()].fill(0xFF);
        }
        let end = records
            .iter()
            .flat_map(|record| &record.ranges)
            .map(|range| range.end)
            .max();
        for page in (0..end.unwrap_or(0)).step_by(PAGE) {
            // Magic, flags but the one about backups, address, rest of a continued record.
            covered[page..page + 4].copy_from_slice(&[0xFF, 0xFF, 0x0B, 0xFF]);
            covered[page + 8..page + 20].fill(0xFF);
        }
        Ok(Self {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
            base,
            records,
            covered,
        })
    }

    /// How many records the unchanged log has.
    pub(crate) fn record_count(&self) -> usize {
        self.records.len()
    }

    /// Where in the file the page ends that holds its last record's end.
    pub(crate) fn end(&self) -> usize {
        let ranges = self.records.last().and_then(|record| record.ranges.last());
        ranges.map_or(0, |range| range.end.next_multiple_of(PAGE))
    }

    /// Runs trials with one seed, all of them in a window of the file; the error names the trial that
    /// failed and how.
    pub(crate) fn run(&self, window: Range<usize>, seed: u64, count: u64) -> Result<Tally, String> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut tally = Tally::default();
        let mut changed = self.bytes.clone();
        for trial in 0..count {
            let what = change(&mut random, &mut changed, window.clone());
            self.judge(&changed, window.clone(), &mut tally)
                .map_err(|fault| format!("seed {seed}, trial {trial}, {what}: {fault}"))?;
            changed[window.clone()].copy_from_slice(&self.bytes[window.clone()]);
        }
        Ok(tally)
    }

    fn judge(
        &self,
        changed: &[u8],
        mut window: Range<usize>,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let differs = |&at: &usize| changed[at] != self.bytes[at];
        let Some(first) = window.clone().find(differs) else {
            tally.unchanged += 1;
            return Ok(());
        };
        let is_covered = window
            .clone()
            .any(|at| (changed[at] ^ self.bytes[at]) & self.covered[at] != 0);

        let before = self
            .records
            .iter()
            .take_while(|record| record.ranges.last().is_some_and(|range| range.end <= first))
            .count();
        let last = window.rfind(differs).unwrap_or(first);
        self.judge_going_on(changed, before, first..last + 1)?;

        let mut delivered = 0;
        let outcome = read(&self.name, changed, |record| {
            let same = self.records.get(delivered) == Some(&Seen::new(record, self.base));
            delivered += 1;
            same
        });
        match outcome {
            Err(Stopped::WrongRecord) => Err(format!("record {delivered} is wrong")),
            Err(Stopped::Error(error)) if delivered < before => Err(format!(
                "{delivered} of {before} records before the change, then {error}"
            )),
            Err(Stopped::Error(_)) => {
                tally.errors += 1;
                Ok(())
            }
            Ok(_) if !is_covered && delivered == self.records.len() => {
                tally.harmless += 1;
                Ok(())
            }
            Ok(end) if delivered >= before && is_shorter_log(changed, self.base, end) => {
                tally.shorter += 1;
                Ok(())
            }
            Ok(end) => Err(format!(
                "no error but {:?} at {} after {delivered} of {} records",
                end.reason,
                end.lsn,
                self.records.len()
            )),
        }
    }

    /// Reads on behind what was changed.
    fn judge_going_on(
        &self,
        changed: &[u8],
        before: usize,
        change: Range<usize>,
    ) -> Result<(), String> {
        let wanted = Wanted {
            skip_damaged: true,
            ..Wanted::default()
        };
        let file = InMemory::new(self.name.as_str(), changed.to_vec());
        let mut reader = FolderReader::new(vec![Box::new(file)], wanted);
        let (mut next, mut lost) = (0, Vec::new());
        loop {
            match reader.step() {
                FolderStep::Record(record) => {
                    let seen = Seen::new(&record, self.base);
                    let rest = self.records[next..].iter();
                    let skipped = rest.take_while(|record| **record != seen).count();
                    lost.extend(next..next + skipped);
                    next += skipped + 1;
                    if next > self.records.len() {
                        return Err(format!(
                            "behind the change, a wrong record at {}",
                            record.lsn
                        ));
                    }
                }
                FolderStep::Slice(_) => {}
                FolderStep::Over => break,
            }
        }
        lost.extend(next..self.records.len());
        // Nobody takes a file for WAL whose header is not one.
        if change.start < LONG_HEADER {
            return Ok(());
        }
        let safe = (change.end.div_ceil(PAGE) + 1) * PAGE;
        let behind = |record: &Seen| {
            record
                .ranges
                .first()
                .is_some_and(|range| range.start >= safe)
        };
        let missed = |&&number: &&usize| number < before || behind(&self.records[number]);
        match lost.iter().find(missed) {
            None => Ok(()),
            Some(&number) => Err(format!(
                "the record at {} is lost, although nothing near it was changed",
                WalLsn(self.records[number].lsn)
            )),
        }
    }
}

impl Seen {
    fn new(record: &Record<'_>, base: u64) -> Self {
        let digest = record
            .bytes
            .iter()
            .fold(0xCBF2_9CE4_8422_2325, |digest: u64, &byte| {
                (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
            });
        let at = |lsn: u64| usize::try_from(lsn - base).expect("a test has small files");
        let mut ranges = Vec::new();
        let mut begin = at(record.lsn.0);
        let mut left = record.bytes.len();
        while left > 0 {
            let end = (begin + left).min((begin / PAGE + 1) * PAGE);
            ranges.push(begin..end);
            left -= end - begin;
            begin = end + 24;
        }
        Self {
            lsn: record.lsn.0,
            end_lsn: record.end_lsn.0,
            bytes: record.bytes.len() as u64,
            digest,
            ranges,
        }
    }
}

impl Tally {
    /// Adds the trials of another tally.
    pub(crate) fn add(&mut self, other: Self) {
        self.errors += other.errors;
        self.harmless += other.harmless;
        self.shorter += other.shorter;
        self.unchanged += other.unchanged;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} errors, {} harmless, {} shorter logs, {} unchanged",
            self.errors, self.harmless, self.shorter, self.unchanged
        )
    }
}

/// Changes something in the window and says what.
fn change(random: &mut Xoshiro256PlusPlus, bytes: &mut [u8], window: Range<usize>) -> String {
    let mut below = |bound: usize| {
        let drawn = random.next_u64() % bound as u64;
        usize::try_from(drawn).expect("below a bound that fits")
    };
    let at = window.start + below(window.len());
    let run = (1 + below(64)).min(window.end - at);
    match below(8) {
        0 | 1 => {
            let bit = below(8);
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        }
        2 => {
            bytes[at] = u8::try_from(below(256)).expect("below 256");
            format!("byte {at} set to {}", bytes[at])
        }
        3 => {
            for byte in &mut bytes[at..at + run] {
                *byte = u8::try_from(below(256)).expect("below 256");
            }
            format!("{run} bytes at {at} replaced")
        }
        4 => {
            bytes[at..at + run].fill(0);
            format!("{run} bytes at {at} zeroed")
        }
        5 => {
            let from = window.start + below(window.len() - run);
            bytes.copy_within(from..from + run, at);
            format!("{run} bytes at {at} copied from {from}")
        }
        6 => {
            let by = run.min(window.end - at);
            bytes[at..window.end].rotate_right(by);
            format!("everything from {at} on moved by {by} bytes")
        }
        _ => {
            let pages = window.len() / PAGE;
            let to = window.start + below(pages) * PAGE;
            let from = window.start + below(pages) * PAGE;
            bytes.copy_within(from..from + PAGE, to);
            format!("page at {to} copied from {from}")
        }
    }
}

/// Whether the log is over where the reader says: zeroes to the end of the page, and no page behind
/// it stands where it would go on.
fn is_shorter_log(bytes: &[u8], base: u64, end: End) -> bool {
    let at = usize::try_from(end.lsn.0 - base).expect("the end is inside the file");
    let at = match end.reason {
        EndReason::Unfinished => (at / PAGE + 1) * PAGE,
        EndReason::Zeroes => at,
        EndReason::Torn
        | EndReason::Recycled
        | EndReason::InputOver
        | EndReason::RunsOver
        | EndReason::CutShort
        | EndReason::Limit => return false,
    };
    let rest = &bytes[at..(at / PAGE + 1) * PAGE];
    let goes_on = |page: usize| bytes[page + 8..page + 16] == (base + page as u64).to_le_bytes();
    rest.iter().all(|&byte| byte == 0)
        && !((at / PAGE + 1) * PAGE..bytes.len())
            .step_by(PAGE)
            .any(goes_on)
}

enum Stopped {
    WrongRecord,
    Error(WalError),
}

/// Reads a file as long as the caller likes its records.
fn read(
    name: &str,
    bytes: &[u8],
    mut likes: impl FnMut(&Record<'_>) -> bool,
) -> Result<End, Stopped> {
    let mut reader = Reader::new();
    let mut slices = bytes.chunks(SLICE_BYTES);
    reader.open(name);
    loop {
        match reader.step().map_err(Stopped::Error)? {
            Step::Record(record) if !likes(&record) => return Err(Stopped::WrongRecord),
            Step::Record(_) => {}
            Step::Hungry => match slices.next() {
                Some(slice) => reader.feed(slice),
                None => reader.finish(),
            },
            Step::End(end) => return Ok(end),
        }
    }
}
