//! The vocabulary of a redo log, and memory that copies of a world can share.
//!
//! A *redo record* says how one page changes. Its place in the log is its [`Lsn`]; what it says is a
//! [`Change`]: the page, how many bytes it takes in the log, and perhaps the bytes themselves. The
//! *weight* of a run decides about the last point only: an exact run carries payloads and checks
//! their CRC-32C, an account run carries sizes. Nothing else may differ between the two.
//!
//! A log grows to millions of records while keyframes keep old copies of it, so the two containers
//! here share what has not changed: [`SharedVec`] for what is only appended, [`PageMap`] for one
//! value per page. Cloning either copies pointers, one for each 1,024 or 512 values.
//!
//! # Invariants
//! * LSN 0 is before every record; records are numbered from 1.
//! * A change's checksum covers the page number, the size and the payload.
//!
//! # Simplifications
//! * LSNs number records densely within a volume epoch. Aurora's are only said to rise
//!   monotonically (SIGMOD 2017, section 4.1); PostgreSQL's are byte positions. Nothing here depends
//!   on the distance between two LSNs except the allocation limit, which counts records instead of
//!   whatever Aurora counts.
//! * No pages are built yet: a record is carried, stored and acknowledged, but not applied.
#![forbid(unsafe_code)]

mod change;
mod lsn;
mod page_map;
mod shared_vec;

pub use change::{Change, Payload};
pub use lsn::{Lsn, PageId};
pub use page_map::PageMap;
pub use shared_vec::SharedVec;
