//! WAL files: read slice by slice, then played.

use std::rc::Rc;

use lab::{Import, Imported, InMemory, Progress, Recording, WalError, WalFile, Wanted};
use protocol::{Problem, WalReport, WalSummary};

/// Between two commits of the user's own log, on the mean, as it is played.
const GAP_NS_MAX: u64 = 2_000_000;

/// What was read, ready to play.
#[derive(Clone, Debug)]
pub(crate) struct Wal {
    pub(crate) recording: Rc<Recording>,
    pub(crate) summary: WalSummary,
    /// How much faster than it was made it is best watched.
    pub(crate) pace: u32,
}

/// What is kept of a log to be played: minutes to watch, in memory that a phone has, too.
const PLAYED_BYTES_MAX: usize = 64 << 20;

/// Files that are being read.
pub(crate) struct Reading {
    pub(crate) request: u32,
    import: Import,
}

impl Reading {
    /// Begins to read files, which come in any order.
    pub(crate) fn new(request: u32, files: Vec<Box<dyn WalFile>>) -> Self {
        let import = Import::new(files, Wanted::default()).keeping(PLAYED_BYTES_MAX);
        Self { request, import }
    }

    /// Reads a slice. `false` when all was read.
    pub(crate) fn step(&mut self) -> bool {
        self.import.step()
    }

    pub(crate) fn progress(&self) -> Progress {
        self.import.progress()
    }

    /// All was read. Files that give nothing to play are an error.
    pub(crate) fn finish(self) -> Result<Wal, Problem> {
        self.import.finish().map_err(|e| problem(&e)).and_then(wal)
    }
}

/// The log that a shipped WAL scenario plays: an excerpt of what a PostgreSQL 15 server wrote.
pub(crate) const FIRST_RUN: &[u8] = include_bytes!("../../../www/recordings/first-run.wal");

/// Reads the log that a shipped scenario plays.
pub(crate) fn shipped() -> Wal {
    let file = InMemory::new("first-run.wal", FIRST_RUN);
    let read = Reading::new(0, vec![Box::new(file)]).finish();
    read.expect("a test plays it")
}

/// The recording that a shipped scenario plays.
pub fn shipped_recording() -> Rc<Recording> {
    shipped().recording
}

fn wal(imported: Imported) -> Result<Wal, Problem> {
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
    Ok(Wal {
        pace: pace(&summary.report),
        recording: Rc::new(recording),
        summary,
    })
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
