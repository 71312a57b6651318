use std::error::Error;
use std::fmt;

use crate::WalLsn;

/// Why reading stopped before the end of the log: where, what was expected, what came.
///
/// Every record before this place has been delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalError {
    /// The name under which the file was opened; empty if there was none.
    pub file: String,
    /// Bytes from the beginning of that file.
    pub offset: u64,
    /// The same place in the log, where the file got far enough to tell.
    pub lsn: Option<WalLsn>,
    /// What sort of trouble it is.
    pub kind: ErrorKind,
    /// What would have been right, in words.
    pub expected: String,
    /// What was there instead, in words.
    pub found: String,
}

/// The sorts of trouble that need different advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The file has no bytes.
    Empty,
    /// The file does not begin as WAL does.
    NotWal,
    /// The file is WAL of another major version of PostgreSQL.
    OtherVersion,
    /// The file ends inside a page or inside a record.
    Truncated,
    /// The file belongs elsewhere: a file before it is missing, the order is wrong, or its name
    /// and its pages disagree.
    Misplaced,
    /// The asked start is in none of the files.
    StartNotFound,
    /// Bytes inside the log are not what the server wrote.
    Damaged,
    /// Bytes inside the log are not there, in a way that comes about when a file is copied while the
    /// server writes it, or when a server stops at once. Where the file is whole otherwise, it is
    /// damage.
    Torn,
    /// The file cannot be read, or not be unpacked.
    Unreadable,
    /// The file was there and is no more: the server took it away while it was read.
    Gone,
}

impl fmt::Display for WalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}: offset {}", self.file, self.offset)?;
            if let Some(lsn) = self.lsn {
                write!(f, " (LSN {lsn})")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)?;
        match self.kind {
            ErrorKind::Torn => f.write_str(" (torn: copied while the server wrote, or damaged)"),
            ErrorKind::Empty
            | ErrorKind::NotWal
            | ErrorKind::OtherVersion
            | ErrorKind::Truncated
            | ErrorKind::Misplaced
            | ErrorKind::StartNotFound
            | ErrorKind::Damaged
            | ErrorKind::Unreadable
            | ErrorKind::Gone => Ok(()),
        }
    }
}

impl Error for WalError {}

/// What was expected and what came, before the place is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl Mismatch {
    pub(crate) fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            found: found.into(),
        }
    }
}
