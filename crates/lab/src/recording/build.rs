//! From WAL records to mini-transactions.
//!
//! A record becomes one mini-transaction with one redo record for each block that it touches. What
//! a volume does not need is taken out: images that only guard against torn pages. What they took
//! the place of is put back as an estimate:
//!
//! ```text
//! WAL   | header, headers of blocks, main data | image of 7 | data of 9 |
//! redo  page 7: header .. main data + estimate   page 9: its header + data
//! ```

use std::collections::BTreeMap;

use pgwal::{Block, End, Fork, Operation, Record, Relation, Rmgr, Xid};
use sim::SimTime;

use super::report::WalReport;
use super::{Does, RecordedChange, RecordedMtr, Recording};

/// Transactions whose outcomes share a status page.
const XIDS_PER_STATUS_PAGE: u32 = 32_768;

/// Payloads beyond this are known by their size alone, so that a long log fits into memory.
const PAYLOAD_BYTES_MAX: usize = 256 << 20;

/// A block's header in a record: what it always holds, and what names another relation.
const BLOCK_HEADER_BYTES: u32 = 8;
const RELATION_BYTES: u32 = 12;

/// Makes a [`Recording`] out of WAL records, one after the other.
///
/// Bytes add up: the redo records of a WAL record have together as many as it has without the
/// images that are taken out, and besides only what is said to be estimated. The first block's
/// redo record carries the header and the main data, the others what names and changes their
/// block.
#[derive(Clone, Debug, Default)]
pub struct RecordingBuilder {
    pages: BTreeMap<PageKey, u32>,
    labels: BTreeMap<Operation, u16>,
    label_names: Vec<String>,
    mtrs: Vec<RecordedMtr>,
    changes: Vec<RecordedChange>,
    bytes: Vec<u8>,
    /// Sizes of block data that was logged, with how often each came.
    sizes: BTreeMap<BlockKind, BTreeMap<u32, u64>>,
    /// Changes whose block data was not logged.
    missing: Vec<(usize, BlockKind)>,
    clock: Clock,
    report: WalReport,
}

/// What has a page number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PageKey {
    Block(Relation, Fork, u32),
    /// Where the outcomes of some transactions are kept, by page.
    Status(u32),
}

/// Blocks that are compared for an estimate: of one operation and one place in its records.
type BlockKind = (Operation, u8);

/// The times of mini-transactions, which only commits tell.
#[derive(Clone, Debug, Default)]
struct Clock {
    /// The first commit's time in microseconds: the recording begins with it.
    start: Option<i64>,
    /// The last commit's time in nanoseconds from there.
    now_ns: u64,
    /// The first mini-transaction behind the last commit.
    untimed: usize,
}

impl RecordingBuilder {
    /// Adds a WAL record.
    pub fn push(&mut self, record: &Record<'_>) {
        self.report.push(record);
        let operation = record.operation();
        let commit = record
            .transaction_end()
            .filter(|end| end.outcome.is_commit());
        let first_change = self.changes.len();
        if let Some(commit) = commit {
            self.add_status(record, commit.xid);
        } else if record.blocks.is_empty() {
            self.report.left_out += 1;
        } else if is_only_guard(operation) {
            self.report.guards += 1;
        } else {
            self.add_blocks(record, operation);
        }
        if self.changes.len() == first_change {
            return;
        }
        let count = u32::try_from(self.changes.len() - first_change).expect("at most 33 blocks");
        let label = self.label(operation);
        self.mtrs.push(RecordedMtr {
            at_ns: self.clock.now_ns,
            first_change: u32::try_from(first_change).expect("memory ends before 32 bits do"),
            changes: count,
            label,
            commit: commit.map(|end| u64::from(end.xid.0)),
            does: Does::Change,
            wal_lsn: record.lsn.0,
        });
        if let Some(commit) = commit {
            self.clock.tick(commit.time.unix_micros(), &mut self.mtrs);
        }
    }

    /// Whether there is nothing to play yet.
    pub(super) fn is_empty(&self) -> bool {
        self.mtrs.is_empty()
    }

    /// Ends the recording where the log ended, or, without an end, where it is damaged. The digest is
    /// that of the files' bytes.
    pub fn finish(
        mut self,
        files: Vec<String>,
        digest: String,
        end: Option<End>,
    ) -> (Recording, WalReport) {
        for (change, kind) in self.missing {
            // Where blocks of this kind never have data, its size is known: none.
            let estimate = self.sizes.get(&kind).map(median);
            let change = &mut self.changes[change];
            change.estimated = estimate != Some(0);
            change.bytes += estimate.unwrap_or(0);
            self.report.estimated_changes += u64::from(change.estimated);
            self.report.estimated_bytes += u64::from(estimate.unwrap_or(0));
        }
        self.report.end = end.map(|end| (end.reason, end.lsn));
        self.report.changes = self.changes.len() as u64;
        self.report.change_bytes = self
            .changes
            .iter()
            .map(|change| u64::from(change.bytes))
            .sum();
        self.report.pages = u32::try_from(self.pages.len()).expect("pages are numbered by u32");
        let recording = Recording {
            files,
            digest,
            labels: self.label_names,
            mtrs: self.mtrs,
            changes: self.changes,
            bytes: self.bytes.into(),
        };
        (recording, self.report)
    }

    /// A commit changes the page that holds the outcome of its transaction.
    fn add_status(&mut self, record: &Record<'_>, xid: Xid) {
        let page = self.page(PageKey::Status(xid.0 / XIDS_PER_STATUS_PAGE));
        let payload = self.keep(&[record.main_data]);
        self.changes.push(RecordedChange {
            page,
            bytes: length_of(record.bytes),
            estimated: false,
            payload,
        });
    }

    fn add_blocks(&mut self, record: &Record<'_>, operation: Operation) {
        let keeps_images = images_are_the_change(operation);
        let first = self.changes.len();
        let mut unshared = length_of(record.bytes);
        for (place, block) in record.blocks.iter().enumerate() {
            let data = record.data_of(block);
            let image = block.image.as_ref().map(|image| image.bytes.clone());
            let kept = image.clone().filter(|_| keeps_images || block.will_init);
            let kept = kept.map_or(&[][..], |range| {
                &record.bytes[range.start as usize..range.end as usize]
            });
            let dropped = image
                .filter(|_| kept.is_empty())
                .map_or(0, |range| range.end - range.start);
            unshared -= dropped;
            self.report.kept_image_bytes += kept.len() as u64;

            let kind = (operation, block.id);
            if dropped > 0 && data.is_empty() {
                self.missing.push((self.changes.len(), kind));
            } else if kept.is_empty() {
                *self
                    .sizes
                    .entry(kind)
                    .or_default()
                    .entry(length_of(data))
                    .or_default() += 1;
            }
            let bytes =
                header_bytes(block, &record.blocks[..place]) + length_of(data) + length_of(kept);
            let payload = match place {
                0 => self.keep(&[record.main_data, kept, data]),
                _ => self.keep(&[kept, data]),
            };
            let page = self.page(PageKey::Block(block.relation, block.fork, block.number));
            if place > 0 {
                unshared -= bytes;
            }
            self.changes.push(RecordedChange {
                page,
                bytes,
                estimated: false,
                payload,
            });
        }
        self.changes[first].bytes = unshared;
    }

    /// The number of a page, which is the next one at first touch.
    fn page(&mut self, key: PageKey) -> u32 {
        let next = u32::try_from(self.pages.len()).expect("pages are numbered by u32");
        *self.pages.entry(key).or_insert(next)
    }

    fn label(&mut self, operation: Operation) -> u16 {
        let next = u16::try_from(self.label_names.len()).expect("4096 operations at most");
        *self.labels.entry(operation).or_insert_with(|| {
            self.label_names.push(operation.to_string());
            next
        })
    }

    /// Keeps the bytes of a redo record and says where.
    fn keep(&mut self, parts: &[&[u8]]) -> (u32, u32) {
        let start = u32::try_from(self.bytes.len()).expect("bounded below 32 bits");
        if self.bytes.len() < PAYLOAD_BYTES_MAX {
            for part in parts {
                self.bytes.extend_from_slice(part);
            }
        }
        let end = u32::try_from(self.bytes.len()).expect("bounded below 32 bits");
        (start, end - start)
    }
}

impl Clock {
    /// Sets the time of the commit that is the last of `mtrs`, and spreads those since the commit
    /// before it evenly between the two.
    fn tick(&mut self, time: i64, mtrs: &mut [RecordedMtr]) {
        let start = *self.start.get_or_insert(time);
        let since_ns = time
            .saturating_sub(start)
            .max(0)
            .cast_unsigned()
            .saturating_mul(1000);
        // Times are taken before records are written, so a neighbour may be a little earlier.
        let then_ns = since_ns.min(SimTime::LIMIT.0).max(self.now_ns);
        let between = &mut mtrs[self.untimed..];
        let steps = between.len() as u64;
        for (step, mtr) in (1..=steps).zip(between) {
            let passed = u128::from(then_ns - self.now_ns) * u128::from(step) / u128::from(steps);
            mtr.at_ns = self.now_ns + u64::try_from(passed).expect("a part of what 64 bits hold");
        }
        self.now_ns = then_ns;
        self.untimed = mtrs.len();
    }
}

/// Whether an operation's images are what redo needs, and not only a guard against torn pages.
///
/// PostgreSQL 13 to 18 log whole pages on purpose for builds of indexes and copies of relations, where
/// GIN splits pages or vacuums them, and where a hash bucket is split.
fn images_are_the_change(operation: Operation) -> bool {
    match operation.rmgr() {
        Rmgr::XLOG => operation.name() == Some("FPI"),
        Rmgr::GIN => matches!(operation.name(), Some("SPLIT" | "VACUUM_PAGE")),
        Rmgr::HASH => operation.name() == Some("SPLIT_PAGE"),
        _ => false,
    }
}

/// Whether a record only guards a page against being torn while a hint on it is written.
fn is_only_guard(operation: Operation) -> bool {
    operation.rmgr() == Rmgr::XLOG && operation.name() == Some("FPI_FOR_HINT")
}

/// Bytes of a block's header; the relation is left out where it is that of the block before.
fn header_bytes(block: &Block, before: &[Block]) -> u32 {
    let same = before
        .last()
        .is_some_and(|last| last.relation == block.relation);
    BLOCK_HEADER_BYTES + if same { 0 } else { RELATION_BYTES }
}

/// The size in the middle; of two, the smaller.
fn median(sizes: &BTreeMap<u32, u64>) -> u32 {
    let count: u64 = sizes.values().sum();
    let mut passed = 0;
    for (&size, &times) in sizes {
        passed += times;
        if passed * 2 >= count {
            return size;
        }
    }
    0
}

fn length_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a record's length has 32 bits")
}
