//! WAL files: read slice by slice, kept as bytes, then played.
//!
//! Who reads files and who plays them are different programs, so what was read has a form in bytes. Both
//! are of one build.

use std::rc::Rc;

use lab::{
    Does, Import, Imported, Progress, RecordedChange, RecordedMtr, Recording, WalError, WalFile,
    Wanted,
};
use nanoserde::{DeBin, SerBin};
use protocol::{Problem, WalReport, WalSummary};

/// Between two commits of the user's own log, on the mean, as it is played.
const GAP_NS_MAX: u64 = 2_000_000;

/// A log that is ready to play.
#[derive(Clone, Debug)]
pub(crate) struct Wal {
    pub(crate) recording: Rc<Recording>,
    /// How much faster than it was made it is best watched.
    pub(crate) pace: u32,
}

/// Everything but the payloads, which follow it as they are.
#[derive(DeBin, SerBin)]
struct Head {
    files: Vec<String>,
    digest: String,
    pace: u32,
    labels: Vec<String>,
    mtrs: Vec<Mtr>,
    changes: Vec<RedoRecord>,
}

/// A mini-transaction that changes pages; a log tells of no other.
#[derive(DeBin, SerBin)]
struct Mtr {
    at_ns: u64,
    first_change: u32,
    changes: u32,
    label: u16,
    commit: Option<u64>,
    wal_lsn: u64,
}

#[derive(DeBin, SerBin)]
struct RedoRecord {
    page: u32,
    bytes: u32,
    estimated: bool,
    start: u32,
    length: u32,
}

impl Wal {
    /// As bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Recording {
            files,
            digest,
            labels,
            mtrs,
            changes,
            bytes,
        } = &*self.recording;
        let mtr = |mtr: &RecordedMtr| Mtr {
            at_ns: mtr.at_ns,
            first_change: mtr.first_change,
            changes: mtr.changes,
            label: mtr.label,
            commit: mtr.commit,
            wal_lsn: mtr.wal_lsn,
        };
        let redo_record = |change: &RecordedChange| RedoRecord {
            page: change.page,
            bytes: change.bytes,
            estimated: change.estimated,
            start: change.payload.0,
            length: change.payload.1,
        };
        let head = Head {
            files: files.clone(),
            digest: digest.clone(),
            pace: self.pace,
            labels: labels.clone(),
            mtrs: mtrs.iter().map(mtr).collect(),
            changes: changes.iter().map(redo_record).collect(),
        };
        let mut all = head.serialize_bin();
        all.extend_from_slice(bytes);
        all
    }

    /// The one in bytes that [`Self::to_bytes`] made.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut end = 0;
        let head = Head::de_bin(&mut end, bytes).ok()?;
        let mtr = |mtr: Mtr| RecordedMtr {
            at_ns: mtr.at_ns,
            first_change: mtr.first_change,
            changes: mtr.changes,
            label: mtr.label,
            commit: mtr.commit,
            does: Does::Change,
            wal_lsn: mtr.wal_lsn,
        };
        let change = |record: RedoRecord| RecordedChange {
            page: record.page,
            bytes: record.bytes,
            estimated: record.estimated,
            payload: (record.start, record.length),
        };
        let recording = Recording {
            files: head.files,
            digest: head.digest,
            labels: head.labels,
            mtrs: head.mtrs.into_iter().map(mtr).collect(),
            changes: head.changes.into_iter().map(change).collect(),
            bytes: bytes.get(end..)?.into(),
        };
        Some(Self {
            recording: Rc::new(recording),
            pace: head.pace,
        })
    }
}

/// What is kept of a log to be played: minutes to watch, in memory that a phone has, too.
const PLAYED_BYTES_MAX: usize = 64 << 20;

/// Files that are being read.
pub(crate) struct Reading {
    import: Import,
}

impl Reading {
    /// Begins to read files, which come in any order.
    pub(crate) fn new(files: Vec<Box<dyn WalFile>>) -> Self {
        let import = Import::new(files, Wanted::default()).keeping(PLAYED_BYTES_MAX);
        Self { import }
    }

    /// Reads a slice. `false` when all was read.
    pub(crate) fn step(&mut self) -> bool {
        self.import.step()
    }

    pub(crate) fn progress(&self) -> Progress {
        self.import.progress()
    }

    /// All was read. Files that give nothing to play are an error.
    pub(crate) fn finish(self) -> Result<(Wal, WalSummary), Problem> {
        self.import.finish().map_err(|e| problem(&e)).and_then(wal)
    }
}

/// What a shipped WAL scenario plays: an excerpt of what a PostgreSQL 15 server wrote, as it was read.
pub(crate) const FIRST_RUN: &[u8] = include_bytes!("../../../www/recordings/first-run.recording");

/// The log that a shipped scenario plays.
pub(crate) fn shipped() -> Wal {
    Wal::from_bytes(FIRST_RUN).expect("a test reads it")
}

/// The recording that a shipped scenario plays.
pub fn shipped_recording() -> Rc<Recording> {
    shipped().recording
}

fn wal(imported: Imported) -> Result<(Wal, WalSummary), Problem> {
    let damage = imported.damage().map(|error| {
        let behind = imported.findings.behind.as_ref();
        let behind = behind.map_or_else(String::new, |behind| format!("; {behind}"));
        let text = format!("{error}{behind}");
        Problem { text, place: None }
    });
    let Imported {
        recording,
        report,
        findings,
    } = imported;
    if recording.mtrs.is_empty() {
        let text = "expected records that change a page, found none".to_owned();
        return Err(Problem {
            text,
            place: recording.files.first().cloned(),
        });
    }
    let summary = WalSummary {
        files: recording.files.clone(),
        digest: recording.digest.clone(),
        report,
        damage,
        notes: findings.notes(),
    };
    let wal = Wal {
        pace: pace(&summary.report),
        recording: Rc::new(recording),
    };
    Ok((wal, summary))
}

/// How much faster than it was made a log is played, so that commits follow each other closely
/// enough to be watched: 1, 2, 5, 10 and so on.
pub fn pace(report: &WalReport) -> u32 {
    let times = report.over_time.as_ref();
    let span_us = times.map_or(0, |times| times.last_us.abs_diff(times.first_us));
    let gap_ns = span_us.saturating_mul(1_000) / report.transactions.commits.max(1);
    let mut paces = (0..9).flat_map(|power| [1, 2, 5].map(|step| step * 10_u32.pow(power)));
    let watchable = |&pace: &u32| gap_ns / u64::from(pace) <= GAP_NS_MAX;
    paces.find(watchable).unwrap_or(1)
}

fn problem(error: &WalError) -> Problem {
    Problem {
        text: error.to_string(),
        place: None,
    }
}
