//! What was found in a folder, besides the records themselves.

use crate::error::WalError;
use crate::lsn::WalLsn;
use crate::reader::End;

/// Everything that is to be told about a folder and its log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The files that hold the log, in its order, whatever the order in which they came.
    pub files: Vec<String>,
    /// Files that are no part of the log, and why.
    pub passed_over: Few<PassedOver>,
    /// The timelines that the log runs through.
    pub timelines: Timelines,
    /// Parts of the log that are not here, although it goes on behind them.
    pub gaps: Few<Gap>,
    /// Places that do not hold what the server wrote, in the order of the log. Unless damage is to
    /// be skipped, nothing behind the first of them was delivered.
    pub damages: Few<Damage>,
    /// What was found behind the damage that reading stopped at.
    pub behind: Option<Behind>,
    /// How the log ended; `None` while it is read, and where reading stopped at damage.
    pub end: Option<End>,
}

/// The first of many, and how many there were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Few<T> {
    first: Vec<T>,
    count: u64,
}

/// A file that is no part of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// What sort of file it is.
    pub why: Why,
    /// The same in words: its name, what a file of this log would have, what it has.
    pub error: WalError,
}

/// Why a file is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The server made it in advance, and has not yet written to it.
    Preallocated,
    /// The server took it over from an earlier use, and has not yet written to it.
    Recycled,
    /// The server took it over for a later use while it was copied, or it has a wrong name.
    TakenOver,
    /// Another file holds the same part of the log, and is whole or newer.
    Duplicate,
    /// It belongs to a timeline, or to a part of one, that the newest timeline did not come from.
    OtherTimeline,
    /// Another database system wrote it, or this one with another size of segments or pages.
    OtherSystem,
    /// Another version of PostgreSQL wrote it, or one on a big-endian machine.
    OtherVersion,
    /// It has the name and the size of a WAL file, and looks as random as encrypted bytes do.
    Encrypted,
    /// It is something else.
    Foreign,
    /// It has no bytes.
    Empty,
    /// It cannot be read, or not be unpacked.
    Unreadable,
}

/// Which timelines the log runs through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timelines {
    /// The newest one of which a file is here; 0 if there is no file.
    pub newest: u32,
    /// Whether its history file says which others it came from. Without one, the highest timeline
    /// that has a file for a segment is read there.
    pub has_history: bool,
    /// Each timeline that is read, with where it begins to be.
    pub parts: Vec<(u32, WalLsn)>,
}

/// A part of the log that is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where the last record before it ends, or the last one begins that is not whole.
    pub from: WalLsn,
    /// Where the first record behind it begins, if one was found.
    pub to: Option<WalLsn>,
    /// The files that would hold it; `None` if it lies inside files that are here.
    pub missing: Option<MissingFiles>,
    /// The file that ends in the middle as a log ends that is still written, although later files
    /// go on: it was copied before the server had written the rest, or it has a damage that looks so.
    pub torn: Option<String>,
}

/// Files that are not here, by the names that the server gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFiles {
    /// The first of them.
    pub first: String,
    /// The last of them.
    pub last: String,
    /// How many there are.
    pub count: u64,
    /// Whether files of such names are here, but were passed over.
    pub passed_over: bool,
}

/// A place that does not hold what the server wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where, what was expected, what came.
    pub error: WalError,
    /// Where the first record behind it begins whose checksum fits and that is linked to by the
    /// next, if there is one.
    pub resumed: Option<WalLsn>,
}

/// What looks whole behind a damage, undelivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    /// Files from the one on in which whole records follow, to the last.
    pub files: u64,
    /// Whole records.
    pub records: u64,
    /// Where the first of them begins and the last one ends.
    pub range: Option<(WalLsn, WalLsn)>,
    /// Further damages among them.
    pub damages: u64,
}

impl Findings {
    /// What is wrong at the first damaged place.
    pub fn first_error(&self) -> Option<&WalError> {
        self.damages.first().first().map(|damage| &damage.error)
    }
}

impl<T> Few<T> {
    /// So many are kept.
    pub const MAX: usize = 20;

    pub(crate) fn push(&mut self, item: T) {
        self.count += 1;
        if self.first.len() < Self::MAX {
            self.first.push(item);
        }
    }

    pub(crate) fn first_mut(&mut self) -> &mut [T] {
        &mut self.first
    }

    /// The first ones.
    pub fn first(&self) -> &[T] {
        &self.first
    }

    /// How many there were in all.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self {
            first: Vec::new(),
            count: 0,
        }
    }
}
