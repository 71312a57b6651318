//! How transactions end, and how much WAL each of them makes.
//!
//! What an open transaction has written so far is counted under its number. A commit names its
//! subtransactions, which count under numbers of their own until then.
//!
//! # Invariants
//! * No more than [`OPEN_MAX`] open transactions and subtransactions are followed.
//!
//! # Simplifications
//! * What a transaction wrote before the log begins does not count.
//! * A rollback to a savepoint ends a subtransaction and is a rollback like that of a whole transaction:
//!   their records are the same.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use pgwal::{Outcome, Record, Rmgr, TransactionEnd, Xid};
use protocol::{WalSizeBin, WalSizes, WalTransactions};

use super::said;

/// Open transactions that are followed: more than a server has connections. One with more
/// subtransactions than that is not measured.
const OPEN_MAX: usize = 65_536;

/// The code of the operation that prepares a transaction.
const PREPARE: u8 = 1;

/// No transaction.
const NONE: Xid = Xid(0);

/// Counts transactions.
#[derive(Clone, Debug)]
pub(super) struct Transactions {
    counts: WalTransactions,
    /// WAL of each that has not ended.
    open: BTreeMap<Xid, u64>,
    /// Whether there was ever one more than can be followed.
    overflowed: bool,
    sizes: Histogram<u64>,
    /// The sum of all sizes, and the largest.
    all_bytes: u64,
    most_bytes: u64,
}

impl Default for Transactions {
    fn default() -> Self {
        Self {
            counts: WalTransactions::default(),
            open: BTreeMap::new(),
            overflowed: false,
            sizes: Histogram::new_with_bounds(1, 1 << 52, 2).expect("good bounds"),
            all_bytes: 0,
            most_bytes: 0,
        }
    }
}

impl Transactions {
    /// Counts a record.
    pub(super) fn push(&mut self, record: &Record<'_>, end: Option<&TransactionEnd<'_>>) {
        let bytes = record.bytes.len() as u64;
        let Some(end) = end else {
            self.write(record.xid, bytes);
            let is_prepare =
                record.rmgr == Rmgr::TRANSACTION && record.operation().code() == PREPARE;
            self.counts.prepared += u64::from(is_prepare);
            return;
        };
        match end.outcome {
            Outcome::Commit => self.counts.commits += 1,
            Outcome::CommitPrepared => {
                self.counts.commits += 1;
                self.counts.commits_prepared += 1;
            }
            Outcome::Abort | Outcome::AbortPrepared => self.counts.aborts += 1,
        }
        let parts = std::iter::once(end.xid).chain(end.subtransactions.iter());
        let found = parts.map(|xid| self.open.remove(&xid));
        let is_known = !self.overflowed;
        let written = found.fold((0, is_known), |(sum, known), part| {
            (sum + part.unwrap_or(0), known || part.is_some())
        });
        if !end.outcome.is_commit() {
            return;
        }
        self.counts.subtransactions += end.subtransactions.len() as u64;
        if let (sum, true) = written {
            self.sizes.saturating_record(sum + bytes);
            self.all_bytes += sum + bytes;
            self.most_bytes = self.most_bytes.max(sum + bytes);
        } else {
            self.counts.unmeasured += 1;
        }
    }

    /// What is known of all of them.
    pub(super) fn finish(self) -> WalTransactions {
        WalTransactions {
            sizes: self.sizes(),
            ..self.counts
        }
    }

    fn sizes(&self) -> Option<WalSizes> {
        let count = self.sizes.len();
        let at = |quantile| self.sizes.value_at_quantile(quantile).min(self.most_bytes);
        let mut bins: Vec<WalSizeBin> = Vec::new();
        for step in self.sizes.iter_recorded() {
            let from_bytes = 1 << step.value_iterated_to().ilog2();
            let transactions = step.count_since_last_iteration();
            match bins.last_mut() {
                Some(last) if last.from_bytes == from_bytes => last.transactions += transactions,
                Some(_) | None => bins.push(WalSizeBin {
                    from_bytes,
                    transactions,
                }),
            }
        }
        Some(WalSizes {
            mean_bytes: said(self.all_bytes.checked_div(count)?),
            p50_bytes: at(0.5),
            p90_bytes: at(0.9),
            p99_bytes: at(0.99),
            most_bytes: said(self.most_bytes),
            bins,
        })
    }

    fn write(&mut self, xid: Xid, bytes: u64) {
        if xid == NONE {
            return;
        }
        if self.open.len() < OPEN_MAX {
            *self.open.entry(xid).or_default() += bytes;
        } else if let Some(written) = self.open.get_mut(&xid) {
            *written += bytes;
        } else {
            self.overflowed = true;
        }
    }
}
