//! WAL files: read slice by slice, then played.

use std::sync::Arc;

use lab::{EndReason, Import, Imported, Recording, WalError, WalReport};
use protocol::{Problem, WalRow, WalSummary};

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
    let end_lsn = match (report.end, &damage) {
        (Some((_, lsn)), _) => Some(lsn),
        (None, Some(damage)) => damage.lsn,
        (None, None) => None,
    };
    let text = |lsn: Option<lab::WalLsn>| lsn.map_or_else(String::new, |lsn| lsn.to_string());
    let rows = report.by_manager().into_iter().map(|share| WalRow {
        name: share.name,
        records: share.tally.records,
        record_bytes: share.tally.record_bytes,
        image_bytes: share.tally.image_bytes,
    });
    let summary = WalSummary {
        files: recording.files.clone(),
        digest: recording.digest.clone(),
        version: report.version.map_or(0, |version| version.number().into()),
        first_lsn: text(report.start),
        end_lsn: text(end_lsn),
        records: report.stats.total().records,
        commits: report.commits,
        aborts: report.aborts,
        span_ns: span_ns(&report),
        rows: rows.collect(),
        redo_records: report.changes,
        redo_bytes: report.change_bytes,
        estimated_records: report.estimated_changes,
        estimated_bytes: report.estimated_bytes,
        left_out: report.left_out,
        end: report.end.map_or("", |(reason, _)| end(reason)).to_owned(),
        damage: damage.as_ref().map(problem),
    };
    Ok(Wal {
        pace: pace(&report),
        recording: Arc::new(recording),
        summary,
    })
}

/// Time from the first to the last end of a transaction.
fn span_ns(report: &WalReport) -> u64 {
    let micros = report.times.map_or(0, |(first, last)| last.abs_diff(first));
    micros.saturating_mul(1000)
}

/// How much faster than it was made a log is played, so that commits follow each other closely
/// enough to be watched: 1, 2, 5, 10 and so on.
fn pace(report: &WalReport) -> u32 {
    let gap_ns = span_ns(report) / report.commits.max(1);
    let mut paces = (0..9).flat_map(|power| [1, 2, 5].map(|step| step * 10_u32.pow(power)));
    let watchable = |&pace: &u32| gap_ns / u64::from(pace) <= GAP_NS_MAX;
    paces.find(watchable).unwrap_or(1)
}

const fn end(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Zeroes => "the server has written no further",
        EndReason::Recycled => "what follows is left over from an earlier use of the file",
        EndReason::Unfinished => "the last record was never written to its end",
        EndReason::Torn => "the last record was still being written when it was copied",
        EndReason::InputOver => "the files end with a whole record",
        EndReason::RunsOver => "the last record goes on in a file that is not here",
        EndReason::CutShort => "the last file is cut short between two records",
        EndReason::Limit => "the asked end is reached",
    }
}

fn problem(error: &WalError) -> Problem {
    Problem {
        text: error.to_string(),
        place: None,
    }
}
