//! What the last page of a log looks like while the server writes it.
//!
//! A server writes whole pages from memory, where everything behind the last byte of a record is
//! zero. Several sessions put their records there at the same time, each into its reserved place,
//! and what is written may hold places that are reserved and not yet filled: the server waits only
//! for those up to the place that it has to flush (`WaitXLogInsertionsToFinish` and `XLogWrite` in
//! PostgreSQL's `xlog.c`). A copy that is made meanwhile can, besides, have one half of a page from
//! before a write and the other from after it. So what is not yet there shows as zeroes:
//!
//! ```text
//! | A A A A | B B B 0 0 0 | C C C | 0 0 0 ...     B was not filled yet
//! | A A A A | 0 0 0 0 0 0 0 | C C | 0 0 0 ...     not even its header
//! | A A A A | B B 0 0 0 0 0 0 0 0 0 0 0 ...       the copy has the rest from before
//! ```

use crate::page::PageHeader;
use crate::record::HEADER_BYTES;

use super::Log;

/// A record that is filled in part ends with so many zeroes at least, or with nothing else.
const ZEROES_MIN: usize = 32;

/// Whether where a header should stand, in what is left of its page, nothing is written yet.
pub(super) fn header_is_missing(rest: &[u8]) -> bool {
    let header = &rest[..rest.len().min(HEADER_BYTES)];
    let written = rest.iter().rposition(|&byte| byte != 0);
    header.iter().all(|&byte| byte == 0) || written.is_none_or(|last| last < HEADER_BYTES)
}

/// Whether a record, or its part on the page where it begins, ends with zeroes.
pub(super) fn rest_is_missing(record: &[u8], first_part: usize) -> bool {
    let ends_with_zeroes = |part: &[u8]| {
        let body = part.get(HEADER_BYTES..).unwrap_or_default();
        let tail = &body[body.len().saturating_sub(ZEROES_MIN)..];
        !tail.is_empty() && tail.iter().all(|&byte| byte == 0)
    };
    ends_with_zeroes(record) || record.get(..first_part).is_some_and(ends_with_zeroes)
}

/// Whether a page in the middle of a file belongs to a later use of it.
///
/// The server renames a file that it needs no more, and writes the log to it that will once come
/// there; who was copying it under its old name gets the new content.
pub(super) fn is_of_later_use(header: PageHeader, log: &Log) -> bool {
    header.address > log.address
        && (header.address - log.address).is_multiple_of(log.segment_bytes)
        && header.timeline >= log.timeline
}
