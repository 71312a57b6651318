//! What a checkpoint's record tells.
//!
//! A checkpoint begins at its **redo point**: redo after a crash starts there. The pages that were
//! dirty then are written, and only when they are does its record come:
//!
//! ```text
//! log  ... | redo point | A A A | B B | ... | checkpoint record | ...
//!            '---- pages are written ----'    a crash from here on needs the log from the redo point
//! ```
//!
//! The record's layout is the `CheckPoint` of `catalog/pg_control.h`. From 13 to 18 every field that is
//! read here has stayed at its place:
//!
//! ```text
//! 0 redo point  8 timeline  12 timeline before  16 full_page_writes  24 next transaction  ...  64 time
//! ```
//!
//! Since 17 the four bytes behind `full_page_writes`, padding before, hold `wal_level`.

use crate::bytes::{u32_at, u64_at};
use crate::record::Record;
use crate::rmgr::Rmgr;
use crate::transaction::PgTime;
use crate::{WalLsn, Xid};

/// A checkpoint, as its record tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Why it was made.
    pub kind: CheckpointKind,
    /// Where redo begins after a crash, until there is a later checkpoint.
    pub redo: WalLsn,
    /// The timeline that the log is on.
    pub timeline: u32,
    /// The timeline before, where a new one begins with this record; otherwise the same.
    pub timeline_before: u32,
    /// Whether `full_page_writes` is on.
    pub full_page_writes: bool,
    /// The next transaction's number.
    pub next_xid: Xid,
    /// When it began, to the second.
    pub time: PgTime,
}

/// Why a checkpoint was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckpointKind {
    /// The server goes on: its timeout passed, there was much log, or somebody asked.
    Online,
    /// The server shut down, or came out of recovery. Its redo point is its own record.
    Shutdown,
}

const TIME_AT: usize = 64;

impl Record<'_> {
    /// The checkpoint that ends with this record, if it is one and holds what it should.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        if self.rmgr != Rmgr::XLOG {
            return None;
        }
        let kind = match self.operation().code() {
            0 => CheckpointKind::Shutdown,
            1 => CheckpointKind::Online,
            _ => return None,
        };
        parse(kind, self.main_data)
    }
}

fn parse(kind: CheckpointKind, data: &[u8]) -> Option<Checkpoint> {
    (data.len() >= TIME_AT + 8).then(|| Checkpoint {
        kind,
        redo: WalLsn(u64_at(data, 0)),
        timeline: u32_at(data, 8),
        timeline_before: u32_at(data, 12),
        full_page_writes: data[16] != 0,
        next_xid: Xid(u32_at(data, 24)),
        time: PgTime::from_unix_seconds(u64_at(data, TIME_AT).cast_signed()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_where_the_header_of_the_server_puts_them() {
        let mut data = vec![0xEE; 88];
        data[0..8].copy_from_slice(&0x0123_4567_89AB_u64.to_le_bytes());
        data[8..12].copy_from_slice(&3_u32.to_le_bytes());
        data[12..16].copy_from_slice(&2_u32.to_le_bytes());
        data[16] = 1;
        data[24..32].copy_from_slice(&((5_u64 << 32) | 0x1267).to_le_bytes());
        data[64..72].copy_from_slice(&1_700_000_000_i64.to_le_bytes());
        let expected = Checkpoint {
            kind: CheckpointKind::Online,
            redo: WalLsn(0x0123_4567_89AB),
            timeline: 3,
            timeline_before: 2,
            full_page_writes: true,
            next_xid: Xid(0x1267),
            time: PgTime((1_700_000_000 - 946_684_800) * 1_000_000),
        };
        assert_eq!(parse(CheckpointKind::Online, &data), Some(expected));
        for length in 0..72 {
            assert_eq!(parse(CheckpointKind::Online, &data[..length]), None);
        }
    }
}
