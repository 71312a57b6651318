//! What WAL files tell, in figures.

use pgwal::{EndReason, Outcome, PgVersion, Record, Stats, Tally, WalLsn};

/// What was found in WAL files, and what became of it in the recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalReport {
    /// The version of the server that wrote them; `None` while there is no record.
    pub version: Option<PgVersion>,
    /// Records and bytes by operation, images apart.
    pub stats: Stats,
    /// Transactions that committed, prepared ones included.
    pub commits: u64,
    /// Transactions that were rolled back.
    pub aborts: u64,
    /// The earliest and the latest time that a transaction's end carries, in microseconds since
    /// 1970.
    pub times: Option<(i64, i64)>,
    /// Where the first record begins.
    pub start: Option<WalLsn>,
    /// How the log ended, and where; `None` if it is damaged.
    pub end: Option<(EndReason, WalLsn)>,
    /// Records that change no page, and so are not played.
    pub left_out: u64,
    /// Records that hold nothing but an image against torn pages; not played either.
    pub guards: u64,
    /// Redo records in the recording.
    pub changes: u64,
    /// Their bytes, estimates included.
    pub change_bytes: u64,
    /// How many of them have an estimated size.
    pub estimated_changes: u64,
    /// How many of `change_bytes` are estimated.
    pub estimated_bytes: u64,
    /// Bytes of images that are the change itself, and so were kept.
    pub kept_image_bytes: u64,
    /// Pages that were touched, the status pages of transactions included.
    pub pages: u32,
}

/// What one resource manager wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerShare {
    /// Its name.
    pub name: String,
    /// Its records and their bytes.
    pub tally: Tally,
}

impl WalReport {
    /// Records and bytes by resource manager, in the order of their numbers.
    pub fn by_manager(&self) -> Vec<ManagerShare> {
        let mut shares: Vec<ManagerShare> = Vec::new();
        for (operation, &tally) in &self.stats.rows {
            let name = operation.rmgr().to_string();
            match shares.last_mut() {
                Some(share) if share.name == name => share.tally.add(tally),
                Some(_) | None => shares.push(ManagerShare { name, tally }),
            }
        }
        shares
    }

    /// How much of the WAL is full-page images: a part of 1, 0 where there is no WAL.
    pub fn image_share(&self) -> f64 {
        let total = self.stats.total();
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        let share = total.image_bytes as f64 / total.bytes().max(1) as f64;
        share
    }

    /// Counts a record of the log.
    pub(super) fn push(&mut self, record: &Record<'_>) {
        self.version = Some(record.version);
        self.start = self.start.or(Some(record.lsn));
        self.stats.push(record);
        let Some(end) = record.transaction_end() else {
            return;
        };
        match end.outcome {
            Outcome::Commit | Outcome::CommitPrepared => self.commits += 1,
            Outcome::Abort | Outcome::AbortPrepared => self.aborts += 1,
        }
        let time = end.time.unix_micros();
        let (first, last) = self.times.unwrap_or((time, time));
        self.times = Some((first.min(time), last.max(time)));
    }
}
