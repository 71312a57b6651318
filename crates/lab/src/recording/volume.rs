//! What a WAL record is to a volume of pages.
//!
//! A record becomes one mini-transaction with one redo record for each block that it touches. What
//! a volume does not need is taken out: images that only guard against torn pages. What they took
//! the place of is missing, and its size is estimated:
//!
//! ```text
//! WAL   | header, headers of blocks, main data | image of 7 | data of 9 |
//! redo  page 7: header .. main data + estimate   page 9: its header + data
//! ```
//!
//! Bytes add up: the redo records of a WAL record have together as many as it has without the images
//! that are taken out, and besides only what is said to be estimated. The first block's redo record
//! carries the header and the main data, the others what names and changes their block.

use std::ops::Range;

use pgwal::{Block, Fork, Operation, Record, Relation, Rmgr, TransactionEnd};

use super::estimate::BlockKind;

/// Transactions whose outcomes share a status page.
const XIDS_PER_STATUS_PAGE: u32 = 32_768;

/// A block's header in a record: what it always holds, and what names another relation.
const BLOCK_HEADER_BYTES: u32 = 8;
const RELATION_BYTES: u32 = 12;

/// What has a page number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PageKey {
    Block(Relation, Fork, u32),
    /// Where the outcomes of some transactions are kept, by page.
    Status(u32),
}

/// A redo record, as a WAL record gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) page: PageKey,
    /// Bytes that were logged.
    pub(super) bytes: u32,
    /// How many of them are an image.
    pub(super) image_bytes: u32,
    pub(super) size: Size,
    /// Its payload: ranges of the WAL record's bytes.
    pub(super) payload: [Range<u32>; 3],
}

/// Whether all of a redo record was logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// All of it, with block data of a kind and a size that others may be estimated by.
    Logged(BlockKind, u32),
    /// All of it.
    Whole,
    /// An image stood for block data of this kind.
    Missing(BlockKind),
}

/// Why a WAL record is nothing to a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nothing {
    /// It changes no page.
    NoPage,
    /// It holds nothing but an image against torn pages.
    Guard,
}

/// Puts the redo records of a WAL record into `parts`, or says why there are none.
pub(super) fn take_apart(
    record: &Record<'_>,
    end: Option<&TransactionEnd<'_>>,
    parts: &mut Vec<Part>,
) -> Result<(), Nothing> {
    parts.clear();
    let operation = record.operation();
    if let Some(commit) = end.filter(|end| end.outcome.is_commit()) {
        parts.push(Part {
            page: PageKey::Status(commit.xid.0 / XIDS_PER_STATUS_PAGE),
            bytes: length_of(record.bytes),
            image_bytes: 0,
            size: Size::Whole,
            payload: [main_data(record), 0..0, 0..0],
        });
        Ok(())
    } else if record.blocks.is_empty() {
        Err(Nothing::NoPage)
    } else if is_only_guard(operation) {
        Err(Nothing::Guard)
    } else {
        blocks(record, operation, parts);
        Ok(())
    }
}

fn blocks(record: &Record<'_>, operation: Operation, parts: &mut Vec<Part>) {
    let keeps_images = images_are_the_change(operation);
    let mut unshared = length_of(record.bytes);
    for (place, block) in record.blocks.iter().enumerate() {
        let data = block.data.clone();
        let image = block
            .image
            .as_ref()
            .map_or(0..0, |image| image.bytes.clone());
        let kept = if keeps_images || block.will_init {
            image.clone()
        } else {
            0..0
        };
        let dropped = image.end - image.start - (kept.end - kept.start);
        unshared -= dropped;
        let kind = (operation, block.id);
        let size = if dropped > 0 && data.is_empty() {
            Size::Missing(kind)
        } else if kept.is_empty() {
            Size::Logged(kind, data.end - data.start)
        } else {
            Size::Whole
        };
        let image_bytes = kept.end - kept.start;
        let bytes =
            header_bytes(block, &record.blocks[..place]) + data.end - data.start + image_bytes;
        let main = if place == 0 { main_data(record) } else { 0..0 };
        if place > 0 {
            unshared -= bytes;
        }
        parts.push(Part {
            page: PageKey::Block(block.relation, block.fork, block.number),
            bytes,
            image_bytes,
            size,
            payload: [main, kept, data],
        });
    }
    parts[0].bytes = unshared;
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

/// Where a record's main data is: at its end.
fn main_data(record: &Record<'_>) -> Range<u32> {
    let end = length_of(record.bytes);
    end - length_of(record.main_data)..end
}

pub(super) fn length_of(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a record's length has 32 bits")
}
