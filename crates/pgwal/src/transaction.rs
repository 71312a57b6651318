use crate::bytes::Cursor;
use crate::record::{Record, Xid};
use crate::rmgr::Rmgr;
use crate::version::PgVersion;

/// Microseconds since 2000-01-01 00:00 UTC, PostgreSQL's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PgTime(pub i64);

/// The end of a transaction, as its record tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionEnd {
    /// How it ended.
    pub outcome: Outcome,
    /// The transaction; for a prepared one the one that was prepared, which the record's header
    /// does not name.
    pub xid: Xid,
    /// When.
    pub time: PgTime,
    /// How many subtransactions ended with it.
    pub subtransactions: u32,
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
const HAS_DROPPED_STATISTICS: u32 = 1 << 8;

impl PgTime {
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

impl Record<'_> {
    /// How and when a transaction ended, if this record says so.
    pub fn transaction_end(&self) -> Option<TransactionEnd> {
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
) -> Option<TransactionEnd> {
    let mut cursor = Cursor::new(data);
    let time = PgTime(cursor.u64()?.cast_signed());
    let flags = if flagged { cursor.u32()? } else { 0 };
    let list = |cursor: &mut Cursor<'_>, flag, item_bytes: u32| {
        if flags & flag == 0 {
            return Some(0);
        }
        let count = cursor.u32()?;
        cursor.take(usize::try_from(count.checked_mul(item_bytes)?).ok()?)?;
        Some(count)
    };
    if flags & HAS_DATABASE != 0 {
        cursor.take(8)?;
    }
    let subtransactions = list(&mut cursor, HAS_SUBTRANSACTIONS, 4)?;
    list(&mut cursor, HAS_DROPPED_FILES, 12)?;
    if let Some(item_bytes) = version.dropped_statistic_bytes() {
        list(&mut cursor, HAS_DROPPED_STATISTICS, item_bytes)?;
    }
    list(&mut cursor, HAS_INVALIDATIONS, 16)?;
    let xid = if flags & HAS_PREPARED_XID == 0 {
        writer
    } else {
        Xid(cursor.u32()?)
    };
    Some(TransactionEnd {
        outcome,
        xid,
        time,
        subtransactions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(version: PgVersion, flags: u32, tail: &[u8], expected: Option<(u32, u32)>) {
        let mut data = 760_000_000_123_456_i64.to_le_bytes().to_vec();
        data.extend(flags.to_le_bytes());
        data.extend(tail);
        let end = parse(version, Outcome::Commit, true, Xid(9), &data);
        assert_eq!(end.map(|end| (end.xid.0, end.subtransactions)), expected);
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
