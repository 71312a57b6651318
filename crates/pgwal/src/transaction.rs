//! How transactions end: what the records of commits and aborts hold.
//!
//! A time comes first; flags, where the info byte announces them, say what follows in a fixed order:
//!
//! ```text
//! time | flags | database | subtransactions | files | statistics | invalidations | xid gid | origin
//! ```
//!
//! The layout is that of `ParseCommitRecord` and `ParseAbortRecord`
//! (PostgreSQL 13 to 18, `src/backend/access/rmgrdesc/xactdesc.c`).

use crate::bytes::Cursor;
use crate::lsn::WalLsn;
use crate::record::{Record, Xid};
use crate::rmgr::Rmgr;
use crate::version::PgVersion;
use crate::xids::XidList;

/// Microseconds since 2000-01-01 00:00 UTC, PostgreSQL's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PgTime(pub i64);

/// The end of a transaction, as its record tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionEnd<'a> {
    /// How it ended.
    pub outcome: Outcome,
    /// The transaction; for a prepared one the one that was prepared, which the record's header
    /// does not name.
    pub xid: Xid,
    /// When.
    pub time: PgTime,
    /// The subtransactions that ended with it: of a commit those that were not rolled back before.
    pub subtransactions: XidList<'a>,
    /// The name under which it had been prepared, where the record repeats it: servers with
    /// `wal_level = logical` do.
    pub gid: Option<&'a [u8]>,
    /// Where and when it had committed before it was replicated to here, if it was.
    pub origin: Option<OriginCommit>,
}

/// A transaction's end on the server that it was replicated from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginCommit {
    /// Its place in that server's log.
    pub lsn: WalLsn,
    /// When.
    pub time: PgTime,
}

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It committed.
    Commit,
    /// It was rolled back.
    Abort,
    /// It had been prepared, and committed.
    CommitPrepared,
    /// It had been prepared, and was rolled back.
    AbortPrepared,
}

const SECONDS_FROM_1970_TO_2000: i64 = 946_684_800;

/// The info byte says that flags follow the time.
const HAS_FLAGS: u8 = 0x80;

const HAS_DATABASE: u32 = 1;
const HAS_SUBTRANSACTIONS: u32 = 1 << 1;
const HAS_DROPPED_FILES: u32 = 1 << 2;
const HAS_INVALIDATIONS: u32 = 1 << 3;
const HAS_PREPARED_XID: u32 = 1 << 4;
const HAS_ORIGIN: u32 = 1 << 5;
const HAS_GID: u32 = 1 << 7;
const HAS_DROPPED_STATISTICS: u32 = 1 << 8;

impl PgTime {
    /// The time so many seconds after 1970-01-01 00:00 UTC; saturates at the ends of the range.
    pub(crate) fn from_unix_seconds(seconds: i64) -> Self {
        let since_2000 = seconds.saturating_sub(SECONDS_FROM_1970_TO_2000);
        Self(since_2000.saturating_mul(1_000_000))
    }

    /// Microseconds since 1970-01-01 00:00 UTC; saturates at the ends of the range.
    pub fn unix_micros(self) -> i64 {
        self.0.saturating_add(SECONDS_FROM_1970_TO_2000 * 1_000_000)
    }
}

impl Outcome {
    /// Whether the transaction's changes count.
    pub fn is_commit(self) -> bool {
        matches!(self, Self::Commit | Self::CommitPrepared)
    }
}

impl<'a> Record<'a> {
    /// How and when a transaction ended, if this record says so.
    pub fn transaction_end(&self) -> Option<TransactionEnd<'a>> {
        if self.rmgr != Rmgr::TRANSACTION {
            return None;
        }
        let outcome = match self.operation().code() {
            0 => Outcome::Commit,
            2 => Outcome::Abort,
            3 => Outcome::CommitPrepared,
            4 => Outcome::AbortPrepared,
            _ => return None,
        };
        parse(
            self.version,
            outcome,
            self.info & HAS_FLAGS != 0,
            self.xid,
            self.main_data,
        )
    }
}

/// What is flagged follows in the order of this function.
fn parse(
    version: PgVersion,
    outcome: Outcome,
    flagged: bool,
    writer: Xid,
    data: &[u8],
) -> Option<TransactionEnd<'_>> {
    let mut cursor = Cursor::new(data);
    let time = PgTime(cursor.u64()?.cast_signed());
    let flags = if flagged { cursor.u32()? } else { 0 };
    let has = |flag| flags & flag != 0;
    if has(HAS_DATABASE) {
        cursor.take(8)?;
    }
    let subtransactions = if has(HAS_SUBTRANSACTIONS) {
        let count = cursor.u32()?;
        XidList::take(&mut cursor, count)?
    } else {
        XidList::default()
    };
    let pass_over = |cursor: &mut Cursor<'_>, flag, item_bytes: u32| {
        if has(flag) {
            let bytes = cursor.u32()?.checked_mul(item_bytes)?;
            cursor.take(usize::try_from(bytes).ok()?)?;
        }
        Some(())
    };
    pass_over(&mut cursor, HAS_DROPPED_FILES, 12)?;
    if let Some(item_bytes) = version.dropped_statistic_bytes() {
        pass_over(&mut cursor, HAS_DROPPED_STATISTICS, item_bytes)?;
    }
    pass_over(&mut cursor, HAS_INVALIDATIONS, 16)?;
    let (mut xid, mut gid) = (writer, None);
    if has(HAS_PREPARED_XID) {
        xid = Xid(cursor.u32()?);
        if has(HAS_GID) {
            gid = Some(cursor.c_string()?);
        }
    }
    let origin = if has(HAS_ORIGIN) {
        Some(OriginCommit {
            lsn: WalLsn(cursor.u64()?),
            time: PgTime(cursor.u64()?.cast_signed()),
        })
    } else {
        None
    };
    Some(TransactionEnd {
        outcome,
        xid,
        time,
        subtransactions,
        gid,
        origin,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(version: PgVersion, flags: u32, tail: &[u8], expected: Option<(u32, usize)>) {
        let mut data = 760_000_000_123_456_i64.to_le_bytes().to_vec();
        data.extend(flags.to_le_bytes());
        data.extend(tail);
        let end = parse(version, Outcome::Commit, true, Xid(9), &data);
        let seen = end.map(|end| (end.xid.0, end.subtransactions.len()));
        assert_eq!(seen, expected);
        assert!(end.is_none_or(|end| end.time == PgTime(760_000_000_123_456)));
    }

    #[test]
    fn prepared_xid_stands_behind_all_lists() {
        let two = [2, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0];
        let with_lists = |items: &[usize]| {
            let mut all = vec![0; 8];
            for &item_bytes in items {
                all.extend([1, 0, 0, 0]);
                all.extend(vec![0xEE; item_bytes]);
            }
            all.extend([0x39, 0x30, 0, 0]);
            all
        };
        for version in PgVersion::ALL {
            check(version, 0, &[], Some((9, 0)));
            check(version, HAS_SUBTRANSACTIONS, &two, Some((9, 2)));
            let (flags, items): (_, &[usize]) = match version {
                PgVersion::V13 | PgVersion::V14 => (0x1F, &[4, 12, 16]),
                PgVersion::V15 | PgVersion::V16 | PgVersion::V17 => (0x11F, &[4, 12, 12, 16]),
                PgVersion::V18 => (0x11F, &[4, 12, 16, 16]),
            };
            check(version, flags, &with_lists(items), Some((12_345, 1)));
        }
    }

    #[test]
    fn gid_ends_at_a_zero_and_the_origin_follows_unaligned() {
        let mut data = 5_u64.to_le_bytes().to_vec();
        data.extend((HAS_PREPARED_XID | HAS_GID | HAS_ORIGIN).to_le_bytes());
        data.extend([9, 0, 0, 0]);
        data.extend(b"kept\0");
        data.extend(0x16B_3740_u64.to_le_bytes());
        data.extend(8_u64.to_le_bytes());
        let read = |data| parse(PgVersion::V15, Outcome::CommitPrepared, true, Xid(0), data);
        let end = read(&data).unwrap();
        assert_eq!((end.xid, end.gid), (Xid(9), Some(&b"kept"[..])));
        let expected = OriginCommit {
            lsn: WalLsn(0x16B_3740),
            time: PgTime(8),
        };
        assert_eq!(end.origin, Some(expected));
        for cut in 0..data.len() {
            assert_eq!(read(&data[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn lists_longer_than_the_record_are_no_end() {
        for version in PgVersion::ALL {
            check(version, HAS_SUBTRANSACTIONS, &[0xFF; 4], None);
            check(version, HAS_PREPARED_XID, &[1, 2, 3], None);
        }
    }

    #[test]
    fn epoch_is_the_year_2000() {
        assert_eq!(PgTime(0).unix_micros(), 946_684_800_000_000);
        assert_eq!(PgTime(i64::MAX).unix_micros(), i64::MAX);
    }
}
