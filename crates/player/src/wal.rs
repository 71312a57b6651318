//! WAL files: read slice by slice, then played.

use std::sync::Arc;

use lab::{Import, Imported, Recording, WalError};
use protocol::{Problem, WalReport, WalSummary};

/// A slice of a file: enough to be quick, little enough to hear a cancel in between.
const SLICE_BYTES: u64 = 256 * 1024;

/// Between two commits of the user's own log, on the mean, as it is played.
const GAP_NS_MAX: u64 = 2_000_000;

/// What was read, ready to play.
#[derive(Clone, Debug)]
pub(crate) struct Wal {
    pub(crate) recording: Arc<Recording>,
    pub(crate) summary: WalSummary,
    /// How much faster than it was made it is best watched.
    pub(crate) pace: u32,
}

/// Files that are being read.
pub(crate) struct Reading {
    pub(crate) request: u32,
    files: Vec<(String, u64)>,
    /// The file that is being read, and how much of it was.
    at: (usize, u64),
    import: Import,
    done: u64,
}

/// A part of a file that the player wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// Which file, from 0.
    pub file: usize,
    /// From which byte.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
}

impl Reading {
    /// Begins to read files of these names and sizes.
    pub(crate) fn new(request: u32, files: Vec<(String, u64)>) -> Result<Self, Problem> {
        let mut reading = Self {
            request,
            files,
            at: (0, 0),
            import: Import::default(),
            done: 0,
        };
        let Some((name, _)) = reading.files.first() else {
            let text = "expected at least one file, found none".to_owned();
            return Err(Problem { text, place: None });
        };
        reading.import.open(name);
        Ok(reading)
    }

    pub(crate) const fn done(&self) -> u64 {
        self.done
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|(_, bytes)| bytes).sum()
    }

    /// The next slice, or nothing when all was read.
    pub(crate) fn want(&self) -> Option<Want> {
        let (file, offset) = self.at;
        let (_, bytes) = self.files.get(file)?;
        Some(Want {
            file,
            offset,
            length: SLICE_BYTES.min(bytes - offset),
        })
    }

    /// Takes the slice that was wanted. Files that will give nothing to play are an error.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.import.feed(bytes);
        self.done += bytes.len() as u64;
        self.at.1 += bytes.len() as u64;
        let (file, offset) = self.at;
        // A file that gives nothing more is over, whatever size it said.
        if bytes.is_empty()
            || self
                .files
                .get(file)
                .is_some_and(|(_, size)| offset >= *size)
        {
            self.at = (file + 1, 0);
            if let Some((name, _)) = self.files.get(file + 1) {
                self.import.open(name);
            }
        }
        self.import.hopeless().map_or(Ok(()), |e| Err(problem(e)))
    }

    /// All was read.
    pub(crate) fn finish(self) -> Result<Wal, Problem> {
        self.import.finish().map_err(|e| problem(&e)).and_then(wal)
    }
}

/// Reads a log that is all in memory.
pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Wal, Problem> {
    let mut import = Import::default();
    import.open(name);
    import.feed(bytes);
    import.finish().map_err(|e| problem(&e)).and_then(wal)
}

fn wal(imported: Imported) -> Result<Wal, Problem> {
    let Imported {
        recording,
        report,
        damage,
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
        damage: damage.as_ref().map(problem),
    };
    Ok(Wal {
        pace: pace(&summary.report),
        recording: Arc::new(recording),
        summary,
    })
}

/// How much faster than it was made a log is played, so that commits follow each other closely
/// enough to be watched: 1, 2, 5, 10 and so on.
fn pace(report: &WalReport) -> u32 {
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
