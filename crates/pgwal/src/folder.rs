//! The log of a folder: files in any order, read as the one log that they hold.

mod findings;

use crate::file::WalFile;
use crate::lsn::WalLsn;
use crate::record::Record;
use crate::version::PgVersion;

pub use findings::{Behind, Damage, Few, Findings, Gap, MissingFiles, PassedOver, Timelines, Why};

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
    /// Something was read, at most 256 KiB of it; a good moment to look at the clock. The bytes are
    /// those of the log's files, unpacked, which are seen for the first time: put together, they
    /// are the files one after the other.
    Slice(&'a [u8]),
    /// All is read. What was found says how it ended.
    Over,
}

/// Reads the log of a folder.
pub struct FolderReader {
    files: Vec<Box<dyn WalFile>>,
    findings: Findings,
}

/// How far reading has come, in bytes of the files as they lie on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read.
    pub done: u64,
    /// Bytes to read in all.
    pub of: u64,
}

impl FolderReader {
    /// Takes the files of a folder, in any order.
    pub fn new(files: Vec<Box<dyn WalFile>>, _wanted: Wanted) -> Self {
        Self {
            files,
            findings: Findings::default(),
        }
    }

    /// Reads on.
    pub fn step(&mut self) -> FolderStep<'_> {
        FolderStep::Over
    }

    /// What was found so far; complete once all is read.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// How far reading has come.
    pub fn progress(&self) -> Progress {
        Progress {
            done: 0,
            of: self.files.iter().map(|file| file.bytes()).sum(),
        }
    }

    /// The version of the server that wrote the log, once it is known.
    pub fn version(&self) -> Option<PgVersion> {
        None
    }

    /// Bytes of a segment, which is a whole WAL file, once it is known.
    pub fn segment_bytes(&self) -> Option<u32> {
        None
    }
}
