//! From the bytes of WAL files to a recording.
//!
//! Little of what records hold is interpreted here, and each of it is known for every version that
//! [`pgwal`] reads, from 13 to 18:
//!
//! | what is read | by version |
//! |---|---|
//! | which pages a record touches, and what of it belongs to each | the same |
//! | whether a block's image is there, and how many bytes it has | flags differ before 15 |
//! | how, when and under which number a transaction ended | more since 15, longer since 18 |
//! | which operations' images are the change itself, and which are a mere guard | the same |
//!
//! No layout of a heap's or an index's own data is read, and these changed with almost every version.
//! The end of a transaction that does not have its version's layout counts as no end: its record has
//! no blocks, so it is among those left out. What an extension's manager writes is taken as an
//! ordinary change, for nothing says whether it logs pages on purpose.

use crc::{CRC_64_XZ, Crc, Digest, Table};
use pgwal::{Findings, FolderReader, FolderStep, Progress, WalError, WalFile, Wanted};
use protocol::WalReport;

use super::Recording;
use super::build::RecordingBuilder;

static CRC_64: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_XZ);

/// Reads the log of files, slice by slice, into a [`Recording`].
///
/// What cannot be read ends the log there, unless damage is to be skipped; what stands before it is
/// kept. The digest is a CRC-64 of all bytes of the files that hold the log, unpacked and in the order
/// of the log, also of those behind such a place, whatever the order of the files and their names.
pub struct Import {
    reader: FolderReader,
    builder: RecordingBuilder,
    digest: Digest<'static, u64, Table<16>>,
}

/// What WAL files gave.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What a world can play.
    pub recording: Recording,
    /// What was found.
    pub report: WalReport,
    /// What there is to say about the files.
    pub findings: Findings,
}

impl Import {
    /// Takes files in any order.
    pub fn new(files: Vec<Box<dyn WalFile>>, wanted: Wanted) -> Self {
        Self {
            reader: FolderReader::new(files, wanted),
            builder: RecordingBuilder::default(),
            digest: CRC_64.digest(),
        }
    }

    /// Keeps so much of the log to be played; see [`RecordingBuilder::keeping`].
    #[must_use]
    pub fn keeping(self, bytes_max: usize) -> Self {
        Self {
            builder: RecordingBuilder::keeping(bytes_max),
            ..self
        }
    }

    /// Reads on, by a slice at most. `false` when all is read.
    pub fn step(&mut self) -> bool {
        loop {
            match self.reader.step() {
                FolderStep::Record(record) => self.builder.push(&record),
                FolderStep::Slice(bytes) => {
                    self.digest.update(bytes);
                    return true;
                }
                FolderStep::Over => return false,
            }
        }
    }

    /// How far reading has come.
    pub fn progress(&self) -> Progress {
        self.reader.progress()
    }

    /// Reads the rest. It is an error if nothing to play precedes the damage.
    pub fn finish(mut self) -> Result<Imported, WalError> {
        while self.step() {}
        let findings = self.reader.findings().clone();
        if let (true, Some(error)) = (self.builder.is_empty(), findings.first_error()) {
            return Err(error.clone());
        }
        let digest = format!("{:016x}", self.digest.finalize());
        let files = findings.files.clone();
        let (recording, report) = self.builder.finish(files, digest, findings.end);
        Ok(Imported {
            recording,
            report,
            findings,
        })
    }
}

impl Imported {
    /// Why the log ends before its end, if it does.
    pub fn damage(&self) -> Option<&WalError> {
        let ends_here = self.findings.behind.is_some() || self.findings.end.is_none();
        self.findings.first_error().filter(|_| ends_here)
    }
}
