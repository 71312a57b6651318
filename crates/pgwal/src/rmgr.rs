//! Resource managers and their operations, named as `pg_waldump` of PostgreSQL 15 names them.

use std::fmt;

/// A resource manager: the part of the server that wrote a record and can replay it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rmgr(u8);

impl Rmgr {
    /// Checkpoints, page images, log switches.
    pub const XLOG: Self = Self(0);
    /// Commits, aborts, prepared transactions.
    pub const TRANSACTION: Self = Self(1);
    /// Rows of tables.
    pub const HEAP: Self = Self(10);
    /// Hash indexes.
    pub const HASH: Self = Self(12);
    /// GIN indexes.
    pub const GIN: Self = Self(13);
    /// The first number that extensions may take; they end at 255.
    pub const CUSTOM_MIN: u8 = 128;

    /// The manager of this number, if PostgreSQL 15 has one or leaves the number to extensions.
    pub fn from_number(number: u8) -> Option<Self> {
        let known = usize::from(number) < MANAGERS.len() || number >= Self::CUSTOM_MIN;
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

/// What a record does: its manager and the four bits that this manager numbers its records by.
///
/// Prints as `Heap/INSERT+INIT`, or `Heap/UNKNOWN (80)` for bits without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operation {
    rmgr: Rmgr,
    code: u8,
}

impl Operation {
    /// From the manager and the info byte of a record header.
    ///
    /// Transactions use the highest bit as a flag, so it does not count there.
    pub fn new(rmgr: Rmgr, info: u8) -> Self {
        let mask = if rmgr == Rmgr::TRANSACTION { 0x7 } else { 0xF };
        Self {
            rmgr,
            code: info >> 4 & mask,
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
        let (_, names) = MANAGERS.get(usize::from(self.rmgr.0))?;
        names
            .get(usize::from(self.code))
            .copied()
            .filter(|name| !name.is_empty())
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

/// Every built-in manager by number, with the names of its operations by code.
#[rustfmt::skip]
const MANAGERS: [(&str, &[&str]); 22] = [
    ("XLOG", &[
        "CHECKPOINT_SHUTDOWN", "CHECKPOINT_ONLINE", "NOOP", "NEXTOID", "SWITCH", "BACKUP_END",
        "PARAMETER_CHANGE", "RESTORE_POINT", "FPW_CHANGE", "END_OF_RECOVERY", "FPI_FOR_HINT",
        "FPI", "", "OVERWRITE_CONTRECORD",
    ]),
    ("Transaction", &[
        "COMMIT", "PREPARE", "ABORT", "COMMIT_PREPARED", "ABORT_PREPARED", "ASSIGNMENT",
        "INVALIDATION",
    ]),
    ("Storage", &["", "CREATE", "TRUNCATE"]),
    ("CLOG", &["ZEROPAGE", "TRUNCATE"]),
    ("Database", &["CREATE_FILE_COPY", "CREATE_WAL_LOG", "DROP"]),
    ("Tablespace", &["CREATE", "DROP"]),
    ("MultiXact", &["ZERO_OFF_PAGE", "ZERO_MEM_PAGE", "CREATE_ID", "TRUNCATE_ID"]),
    ("RelMap", &["UPDATE"]),
    ("Standby", &["LOCK", "RUNNING_XACTS", "INVALIDATIONS"]),
    ("Heap2", &[
        "REWRITE", "PRUNE", "VACUUM", "FREEZE_PAGE", "VISIBLE", "MULTI_INSERT", "LOCK_UPDATED",
        "NEW_CID", "", "", "", "", "", "MULTI_INSERT+INIT",
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
