//! Resource managers and their operations, named as the `pg_waldump` of their version names them.
//!
//! From 13 to 18 the managers have been the same. So have most operations; [`CHANGED`] holds the
//! others.

use std::fmt;

use crate::version::PgVersion;

/// A resource manager: the part of the server that wrote a record and can replay it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rmgr(u8);

impl Rmgr {
    /// Checkpoints, page images, log switches.
    pub const XLOG: Self = Self(0);
    /// Commits, aborts, prepared transactions.
    pub const TRANSACTION: Self = Self(1);
    /// More of rows of tables: several at once, and what vacuum does.
    pub const HEAP2: Self = Self(9);
    /// Rows of tables.
    pub const HEAP: Self = Self(10);
    /// Hash indexes.
    pub const HASH: Self = Self(12);
    /// GIN indexes.
    pub const GIN: Self = Self(13);
    /// Servers from which changes are replicated to here.
    pub const REPLICATION_ORIGIN: Self = Self(19);
    /// Messages of programs for those who decode the log.
    pub const LOGICAL_MESSAGE: Self = Self(21);
    /// The first number that extensions may take, since version 15; they end at 255.
    pub const CUSTOM_MIN: u8 = 128;

    /// The manager of this number, if a version has one or leaves the number to extensions.
    pub fn from_number(version: PgVersion, number: u8) -> Option<Self> {
        let is_custom = version.has_custom_managers() && number >= Self::CUSTOM_MIN;
        let known = usize::from(number) < MANAGERS.len() || is_custom;
        known.then_some(Self(number))
    }

    /// The number in the record header.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Rmgr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match MANAGERS.get(usize::from(self.0)) {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "custom{:03}", self.0),
        }
    }
}

/// What a record does: its manager and the four bits that this manager numbers its records by, which
/// mean what the server's version lets them mean.
///
/// Prints as `Heap/INSERT+INIT`, or `Heap/UNKNOWN (80)` for bits without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operation {
    rmgr: Rmgr,
    code: u8,
    version: PgVersion,
}

impl Operation {
    /// From the version, the manager and the info byte of a record header.
    ///
    /// Transactions use the highest bit as a flag, so it does not count there.
    pub fn new(version: PgVersion, rmgr: Rmgr, info: u8) -> Self {
        let mask = if rmgr == Rmgr::TRANSACTION { 0x7 } else { 0xF };
        Self {
            rmgr,
            code: info >> 4 & mask,
            version,
        }
    }

    /// The resource manager.
    pub fn rmgr(self) -> Rmgr {
        self.rmgr
    }

    /// The upper four bits of the info byte, as a number from 0 to 15.
    pub fn code(self) -> u8 {
        self.code
    }

    /// The operation's own name, where it has one.
    pub fn name(self) -> Option<&'static str> {
        if self.rmgr == GENERIC {
            return Some("Generic");
        }
        let is_this = |changed: &&Changed| (changed.rmgr, changed.code) == (self.rmgr.0, self.code);
        let name = if let Some(changed) = CHANGED.iter().find(is_this) {
            changed.names[self.version as usize]
        } else {
            let (_, names) = MANAGERS.get(usize::from(self.rmgr.0))?;
            names.get(usize::from(self.code))?
        };
        (!name.is_empty()).then_some(name)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{}/{name}", self.rmgr),
            None => write!(f, "{}/UNKNOWN ({:x})", self.rmgr, self.code << 4),
        }
    }
}

const GENERIC: Rmgr = Rmgr(20);

/// An operation code whose name is not the same in all versions.
struct Changed {
    rmgr: u8,
    code: u8,
    /// By version from 13 on; empty where it has none.
    names: [&'static str; PgVersion::ALL.len()],
}

/// Every code that some version between 13 and 18 named anew, took up or gave up.
#[rustfmt::skip]
const CHANGED: [Changed; 9] = [
    // XLOG: since 17 a checkpoint marks its redo point in the log.
    Changed { rmgr: 0, code: 0xE, names: ["", "", "", "", "CHECKPOINT_REDO", "CHECKPOINT_REDO"] },
    // Transaction: since 14 invalidations are logged at each command's end.
    Changed { rmgr: 1, code: 6, names: [
        "", "INVALIDATION", "INVALIDATION", "INVALIDATION", "INVALIDATION", "INVALIDATION",
    ] },
    // Database: since 15 there are two ways to create one.
    Changed { rmgr: 4, code: 0, names: [
        "CREATE", "CREATE", "CREATE_FILE_COPY", "CREATE_FILE_COPY", "CREATE_FILE_COPY", "CREATE_FILE_COPY",
    ] },
    Changed { rmgr: 4, code: 1, names: [
        "DROP", "DROP", "CREATE_WAL_LOG", "CREATE_WAL_LOG", "CREATE_WAL_LOG", "CREATE_WAL_LOG",
    ] },
    Changed { rmgr: 4, code: 2, names: ["", "", "DROP", "DROP", "DROP", "DROP"] },
    // Heap2: pruning and freezing, told apart by what they do, since 17 by who asked for it.
    Changed { rmgr: 9, code: 1, names: [
        "CLEAN", "PRUNE", "PRUNE", "PRUNE", "PRUNE_ON_ACCESS", "PRUNE_ON_ACCESS",
    ] },
    Changed { rmgr: 9, code: 2, names: [
        "FREEZE_PAGE", "VACUUM", "VACUUM", "VACUUM", "PRUNE_VACUUM_SCAN", "PRUNE_VACUUM_SCAN",
    ] },
    Changed { rmgr: 9, code: 3, names: [
        "CLEANUP_INFO", "FREEZE_PAGE", "FREEZE_PAGE", "FREEZE_PAGE",
        "PRUNE_VACUUM_CLEANUP", "PRUNE_VACUUM_CLEANUP",
    ] },
    // CommitTs: the last record type of its kind went with 14.
    Changed { rmgr: 18, code: 2, names: ["SETTS", "", "", "", "", ""] },
];

/// Every built-in manager by number, with the names of its operations by code; those of [`CHANGED`]
/// are left out.
#[rustfmt::skip]
const MANAGERS: [(&str, &[&str]); 22] = [
    ("XLOG", &[
        "CHECKPOINT_SHUTDOWN", "CHECKPOINT_ONLINE", "NOOP", "NEXTOID", "SWITCH", "BACKUP_END",
        "PARAMETER_CHANGE", "RESTORE_POINT", "FPW_CHANGE", "END_OF_RECOVERY", "FPI_FOR_HINT",
        "FPI", "", "OVERWRITE_CONTRECORD",
    ]),
    ("Transaction", &[
        "COMMIT", "PREPARE", "ABORT", "COMMIT_PREPARED", "ABORT_PREPARED", "ASSIGNMENT",
    ]),
    ("Storage", &["", "CREATE", "TRUNCATE"]),
    ("CLOG", &["ZEROPAGE", "TRUNCATE"]),
    ("Database", &[]),
    ("Tablespace", &["CREATE", "DROP"]),
    ("MultiXact", &["ZERO_OFF_PAGE", "ZERO_MEM_PAGE", "CREATE_ID", "TRUNCATE_ID"]),
    ("RelMap", &["UPDATE"]),
    ("Standby", &["LOCK", "RUNNING_XACTS", "INVALIDATIONS"]),
    ("Heap2", &[
        "REWRITE", "", "", "", "VISIBLE", "MULTI_INSERT", "LOCK_UPDATED", "NEW_CID", "", "", "", "", "",
        "MULTI_INSERT+INIT",
    ]),
    ("Heap", &[
        "INSERT", "DELETE", "UPDATE", "TRUNCATE", "HOT_UPDATE", "HEAP_CONFIRM", "LOCK", "INPLACE",
        "INSERT+INIT", "", "UPDATE+INIT", "", "HOT_UPDATE+INIT",
    ]),
    ("Btree", &[
        "INSERT_LEAF", "INSERT_UPPER", "INSERT_META", "SPLIT_L", "SPLIT_R", "INSERT_POST", "DEDUP",
        "DELETE", "UNLINK_PAGE", "UNLINK_PAGE_META", "NEWROOT", "MARK_PAGE_HALFDEAD", "VACUUM",
        "REUSE_PAGE", "META_CLEANUP",
    ]),
    ("Hash", &[
        "INIT_META_PAGE", "INIT_BITMAP_PAGE", "INSERT", "ADD_OVFL_PAGE", "SPLIT_ALLOCATE_PAGE",
        "SPLIT_PAGE", "SPLIT_COMPLETE", "MOVE_PAGE_CONTENTS", "SQUEEZE_PAGE", "DELETE",
        "SPLIT_CLEANUP", "UPDATE_META_PAGE", "VACUUM_ONE_PAGE",
    ]),
    ("Gin", &[
        "", "CREATE_PTREE", "INSERT", "SPLIT", "VACUUM_PAGE", "DELETE_PAGE", "UPDATE_META_PAGE",
        "INSERT_LISTPAGE", "DELETE_LISTPAGE", "VACUUM_DATA_LEAF_PAGE",
    ]),
    ("Gist", &["PAGE_UPDATE", "DELETE", "PAGE_REUSE", "PAGE_SPLIT", "", "", "PAGE_DELETE", "ASSIGN_LSN"]),
    ("Sequence", &["LOG"]),
    ("SPGist", &[
        "", "ADD_LEAF", "MOVE_LEAFS", "ADD_NODE", "SPLIT_TUPLE", "PICKSPLIT", "VACUUM_LEAF",
        "VACUUM_ROOT", "VACUUM_REDIRECT",
    ]),
    ("BRIN", &[
        "CREATE_INDEX", "INSERT", "UPDATE", "SAMEPAGE_UPDATE", "REVMAP_EXTEND", "DESUMMARIZE", "",
        "", "", "INSERT+INIT", "UPDATE+INIT",
    ]),
    ("CommitTs", &["ZEROPAGE", "TRUNCATE"]),
    ("ReplicationOrigin", &["SET", "DROP"]),
    ("Generic", &[]),
    ("LogicalMessage", &["MESSAGE"]),
];
