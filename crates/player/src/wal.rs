//! WAL files: read slice by slice, then played.

use std::sync::Arc;

use lab::{EndReason, Import, Recording, WalError, WalReport};
use protocol::{Problem, WalRow, WalSummary};

/// A slice of a file: enough to be quick, little enough to hear a cancel in between.
const SLICE_BYTES: u64 = 256 * 1024;

/// What was read, ready to play.
#[derive(Clone, Debug)]
pub(crate) struct Wal {
    pub(crate) recording: Arc<Recording>,
    pub(crate) summary: WalSummary,
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
        reading.import.open(name).map_err(|e| problem(&e))?;
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

    /// Takes the slice that was wanted.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.import.feed(bytes).map_err(|e| problem(&e))?;
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
                self.import.open(name).map_err(|e| problem(&e))?;
            }
        }
        Ok(())
    }

    /// All was read.
    pub(crate) fn finish(self) -> Result<Wal, Problem> {
        self.import
            .finish()
            .map_err(|e| problem(&e))
            .and_then(|(r, report)| wal(r, &report))
    }
}

/// Reads a log that is all in memory.
pub(crate) fn read(name: &str, bytes: &[u8]) -> Result<Wal, Problem> {
    let mut import = Import::default();
    let result = import
        .open(name)
        .and_then(|()| import.feed(bytes))
        .and_then(|()| import.finish());
    result
        .map_err(|e| problem(&e))
        .and_then(|(recording, report)| wal(recording, &report))
}

fn wal(recording: Recording, report: &WalReport) -> Result<Wal, Problem> {
    let Some(first) = recording.mtrs.first() else {
        let text = "expected records that change a page, found none".to_owned();
        return Err(Problem {
            text,
            place: recording.files.first().cloned(),
        });
    };
    let rows = report.by_manager().into_iter().map(|share| WalRow {
        name: share.name,
        records: share.tally.records,
        record_bytes: share.tally.record_bytes,
        image_bytes: share.tally.image_bytes,
    });
    let micros = report.times.map_or(0, |(first, last)| last.abs_diff(first));
    let summary = WalSummary {
        files: recording.files.clone(),
        digest: recording.digest.clone(),
        version: 15,
        first_lsn: lab::WalLsn(first.wal_lsn).to_string(),
        end_lsn: report
            .end
            .map_or_else(String::new, |(_, lsn)| lsn.to_string()),
        records: report.stats.total().records,
        commits: report.commits,
        aborts: report.aborts,
        span_ns: micros.saturating_mul(1000),
        rows: rows.collect(),
        redo_records: report.changes,
        redo_bytes: report.change_bytes,
        estimated_records: report.estimated_changes,
        estimated_bytes: report.estimated_bytes,
        left_out: report.left_out,
        end: report.end.map_or("", |(reason, _)| end(reason)).to_owned(),
        damage: None,
    };
    Ok(Wal {
        recording: Arc::new(recording),
        summary,
    })
}

const fn end(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Zeroes => "the server has written no further",
        EndReason::Recycled => "what follows is left over from an earlier use of the file",
        EndReason::Unfinished => "the last record was never written to its end",
        EndReason::InputOver => "the files end with a whole record",
        EndReason::RunsOver => "the last record goes on in a file that is not here",
        EndReason::CutShort => "the last file is cut short between two records",
        EndReason::Limit => "the asked end is reached",
    }
}

fn problem(error: &WalError) -> Problem {
    Problem {
        text: error.to_string(),
        place: Some(error.file.clone()),
    }
}
