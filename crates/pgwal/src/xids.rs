//! Lists of transaction numbers inside records.

use crate::bytes::{Cursor, u32_at};
use crate::record::{Record, Xid};
use crate::rmgr::Rmgr;

/// Transaction numbers in the order in which a record lists them, borrowed from its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct XidList<'a> {
    /// Four bytes each.
    bytes: &'a [u8],
}

/// Subtransactions and the transaction that they belong to, said before it ends.
///
/// A server writes this for each 64 of them, which is as many as its standbys keep track of; one of
/// version 13 with `wal_level = logical` writes it earlier, where the transaction itself has written
/// nothing yet (`AssignTransactionId` in PostgreSQL 13, `src/backend/access/transam/xact.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment<'a> {
    /// The top-level transaction.
    pub xid: Xid,
    /// Subtransactions of it, however deep.
    pub subtransactions: XidList<'a>,
}

impl<'a> XidList<'a> {
    /// Takes a list of so many numbers.
    pub(crate) fn take(cursor: &mut Cursor<'a>, count: u32) -> Option<Self> {
        let bytes = cursor.take(usize::try_from(count).ok()?.checked_mul(4)?)?;
        Some(Self { bytes })
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.bytes.len() / 4
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// One after the other.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Xid> + 'a {
        self.bytes
            .chunks_exact(4)
            .map(|number| Xid(u32_at(number, 0)))
    }
}

impl<'a> Record<'a> {
    /// Which transaction subtransactions belong to, if this record is about that.
    ///
    /// The layout is `xl_xact_assignment` (PostgreSQL 13 to 18, `src/include/access/xact.h`).
    pub fn assignment(&self) -> Option<Assignment<'a>> {
        const ASSIGNMENT: u8 = 5;
        if (self.rmgr, self.operation().code()) != (Rmgr::TRANSACTION, ASSIGNMENT) {
            return None;
        }
        let mut cursor = Cursor::new(self.main_data);
        let xid = Xid(cursor.u32()?);
        let count = cursor.u32()?;
        let subtransactions = XidList::take(&mut cursor, count)?;
        Some(Assignment {
            xid,
            subtransactions,
        })
    }
}
