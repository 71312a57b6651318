//! From WAL records to a recording and a report, in bounded memory.
//!
//! Every record is counted for the report. The first of them are kept, too, to be played; how much
//! that is at most is a matter of memory, see [`RecordingBuilder::keeping`].

use pgwal::{End, Record};
use protocol::WalReport;

use super::Recording;
use super::kept::{self, Kept};
use super::report::Analysis;
use super::volume::{self, Part};

/// Makes a [`Recording`] and a report out of WAL records, one after the other.
///
/// Memory is bounded, however long the log: what is kept takes 256 MiB at most, twice that while its
/// lists grow, and the report less than 40.
#[derive(Clone, Debug)]
pub struct RecordingBuilder {
    analysis: Analysis,
    kept: Kept,
    /// Bytes that `kept` may take.
    bytes_max: usize,
    /// Whether it was too little.
    full: bool,
    /// The redo records of the WAL record that is at hand.
    parts: Vec<Part>,
}

impl Default for RecordingBuilder {
    fn default() -> Self {
        Self::keeping(kept::BYTES_MAX)
    }
}

impl RecordingBuilder {
    /// A builder that keeps so many bytes of mini-transactions, changes, payloads and pages at most,
    /// and counts what follows. The default keeps 256 MiB.
    pub fn keeping(bytes_max: usize) -> Self {
        Self {
            analysis: Analysis::default(),
            kept: Kept::default(),
            bytes_max,
            full: false,
            parts: Vec::new(),
        }
    }

    /// Adds a WAL record.
    pub fn push(&mut self, record: &Record<'_>) {
        let end = record.transaction_end();
        let taken = volume::take_apart(record, end.as_ref(), &mut self.parts);
        let parts = taken.map(|()| self.parts.as_slice());
        self.analysis.push(record, end.as_ref(), parts);
        if self.full {
            return;
        }
        self.kept.push(record, end.as_ref(), &self.parts);
        if self.kept.size() > self.bytes_max {
            self.full = true;
            self.kept.close();
        } else if end.is_some_and(|end| end.outcome.is_commit()) {
            self.kept.mark();
        }
    }

    /// Whether nothing came that a volume would be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.analysis.is_empty()
    }

    /// Ends the recording where the log ended, or, without an end, where it is damaged. The digest is
    /// that of the files' bytes.
    pub fn finish(
        mut self,
        files: Vec<String>,
        digest: String,
        end: Option<End>,
    ) -> (Recording, WalReport) {
        self.kept.estimate(self.analysis.estimates());
        let played = self.kept.extent(!self.full);
        let recording = Recording {
            files,
            digest,
            labels: self.kept.label_names,
            mtrs: self.kept.mtrs,
            changes: self.kept.changes,
            bytes: self.kept.bytes.into(),
        };
        (recording, self.analysis.finish(end, played))
    }
}
