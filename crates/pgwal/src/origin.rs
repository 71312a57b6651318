use crate::bytes::Cursor;
use crate::lsn::WalLsn;
use crate::record::Record;
use crate::rmgr::Rmgr;

/// What happened to a replication origin: another server, of which this one keeps how far it has come in
/// replicating it. Commits of replicated transactions move it on, too; see
/// [`TransactionEnd::origin`](crate::TransactionEnd::origin).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginChange {
    /// It was set by hand.
    Set {
        /// The number that this server gave it.
        origin: u16,
        /// The place in its log.
        lsn: WalLsn,
        /// It may have gone back.
        force: bool,
    },
    /// It was forgotten.
    Drop {
        /// The number that this server gave it.
        origin: u16,
    },
}

impl Record<'_> {
    /// What happened to a replication origin, if this record says so.
    ///
    /// The layouts are `xl_replorigin_set` and `xl_replorigin_drop` (PostgreSQL 13 to 18,
    /// `src/include/replication/origin.h`).
    pub fn origin_change(&self) -> Option<OriginChange> {
        if self.rmgr != Rmgr::REPLICATION_ORIGIN {
            return None;
        }
        let mut cursor = Cursor::new(self.main_data);
        match self.operation().code() {
            0 => Some(OriginChange::Set {
                lsn: WalLsn(cursor.u64()?),
                origin: cursor.u16()?,
                force: cursor.u8()? != 0,
            }),
            1 => Some(OriginChange::Drop {
                origin: cursor.u16()?,
            }),
            _ => None,
        }
    }
}
