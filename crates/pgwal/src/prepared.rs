use crate::bytes::Cursor;
use crate::lsn::WalLsn;
use crate::record::{Record, Xid};
use crate::rmgr::Rmgr;
use crate::transaction::{OriginCommit, PgTime};
use crate::xids::XidList;

/// A transaction that was prepared: it will commit or be rolled back by its name, even after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prepared<'a> {
    /// The transaction.
    pub xid: Xid,
    /// The name that its client gave it.
    pub gid: &'a [u8],
    /// The number of its database.
    pub database: u32,
    /// The number of the role that prepared it.
    pub owner: u32,
    /// When.
    pub time: PgTime,
    /// The subtransactions that belong to it.
    pub subtransactions: XidList<'a>,
    /// Where and when it was prepared before it was replicated to here, if it was.
    pub origin: Option<OriginCommit>,
}

/// The format of the state file, which is what the record holds.
const MAGIC: u32 = 0x57F9_4534;

impl<'a> Record<'a> {
    /// What was prepared, if this record does that.
    ///
    /// The layout is `xl_xact_prepare` (PostgreSQL 13 to 18, `src/include/access/xact.h`); since 15 it
    /// counts dropped statistics, too. The name and the subtransactions follow, each padded to eight
    /// bytes, as `ParsePrepareRecord` reads them (`src/backend/access/rmgrdesc/xactdesc.c`).
    pub fn prepared(&self) -> Option<Prepared<'a>> {
        const PREPARE: u8 = 1;
        if (self.rmgr, self.operation().code()) != (Rmgr::TRANSACTION, PREPARE) {
            return None;
        }
        let mut cursor = Cursor::new(self.main_data);
        let (magic, _bytes) = (cursor.u32()?, cursor.u32()?);
        if magic != MAGIC {
            return None;
        }
        let (xid, database) = (Xid(cursor.u32()?), cursor.u32()?);
        let time = PgTime(cursor.u64()?.cast_signed());
        let (owner, subtransaction_count) = (cursor.u32()?, cursor.u32()?);
        // Files to drop and messages, and whether a file of the catalogs' cache is stale.
        let counts = if self.version.dropped_statistic_bytes().is_some() {
            5
        } else {
            3
        };
        cursor.take(4 * counts + 2)?;
        let gid_bytes = usize::from(cursor.u16()?);
        let origin = OriginCommit {
            lsn: WalLsn(cursor.u64()?),
            time: PgTime(cursor.u64()?.cast_signed()),
        };
        let gid = cursor.take(gid_bytes.next_multiple_of(8))?;
        let gid = Cursor::new(&gid[..gid_bytes]).c_string()?;
        let subtransactions = XidList::take(&mut cursor, subtransaction_count)?;
        Some(Prepared {
            xid,
            gid,
            database,
            owner,
            time,
            subtransactions,
            origin: (origin.lsn.0 != 0).then_some(origin),
        })
    }
}
