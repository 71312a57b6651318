//! How many rows a record of a table changes.
//!
//! A record of the managers `Heap` and `Heap2` says by its operation what it does to rows. All change
//! one, but for the insert of several at once, which says how many: `xl_heap_multi_insert` in
//! `access/heapam_xlog.h` has one byte of flags, one of padding, and the count in two more, from 13 to
//! 18.
//!
//! # Simplifications
//! * Rows of catalogs and of TOAST tables are rows, too, and so are those of transactions that rolled
//!   back.

use crate::bytes::u16_at;
use crate::record::Record;
use crate::rmgr::Rmgr;

/// Rows that were changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// New rows.
    pub inserted: u64,
    /// Rows that got a new version.
    pub updated: u64,
    /// Rows that are gone.
    pub deleted: u64,
}

/// A page that held nothing is made anew first.
const INIT: u8 = 0x8;

impl Rows {
    /// Adds others to these.
    pub fn add(&mut self, other: Self) {
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.deleted += other.deleted;
    }

    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl Record<'_> {
    /// The rows that it changes; they belong to the relation of its first block.
    pub fn rows(&self) -> Rows {
        let none = Rows::default();
        let code = self.operation().code() & !INIT;
        match (self.rmgr, code) {
            (Rmgr::HEAP, 0) => Rows {
                inserted: 1,
                ..none
            },
            (Rmgr::HEAP, 1) => Rows { deleted: 1, ..none },
            // An update that leaves all indexes alone has a code of its own.
            (Rmgr::HEAP, 2 | 4) => Rows { updated: 1, ..none },
            (Rmgr::HEAP2, 5) if self.main_data.len() >= 4 => Rows {
                inserted: u16_at(self.main_data, 2).into(),
                ..none
            },
            _ => none,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::Forge;
    use crate::{Reader, Step};

    #[test]
    fn operations_of_heaps_say_how_many_rows_they_change() {
        let mut forge = Forge::new(1 << 20, 1 << 20);
        forge.write_as(4711);
        let many = [1, 0, 0x02, 0x01, 9, 9];
        for (rmgr, info, data) in [
            (10, 0x00, &[][..]),
            (10, 0x80, &[]),
            (10, 0x10, &[]),
            (10, 0x20, &[]),
            (10, 0xC0, &[]),
            (10, 0x60, &[]),
            (9, 0x50, &many),
            (9, 0xD0, &many),
            (9, 0x50, &[1, 0, 1]),
            (9, 0x40, &many),
            (11, 0x00, &[]),
        ] {
            forge.record(rmgr, info, data);
        }
        let mut reader = Reader::new();
        reader.open("log");
        reader.feed(&forge.whole_segments());
        reader.finish();
        let mut rows = Rows::default();
        while let Ok(Step::Record(record)) = reader.step() {
            rows.add(record.rows());
        }
        let expected = Rows {
            inserted: 2 + 2 * 258,
            updated: 2,
            deleted: 1,
        };
        assert_eq!(rows, expected);
    }
}
