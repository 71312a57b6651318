//! The vocabulary of a redo log, and memory that copies of a world can share.
//!
//! A *redo record* says how one page changes. Its place in the log is its [`Lsn`]; what it says is a
//! [`Change`]: the page, how many bytes it takes in the log, and perhaps the bytes themselves. The
//! *weight* of a run decides about the last point only: an exact run carries payloads and checks
//! their CRC-32C, an account run carries sizes. Nothing else may differ between the two.
//!
//! A log grows to millions of records while keyframes keep old copies of it, so the two containers
//! here share what has not changed: [`SharedVec`] for what is only appended, [`PageMap`] for one
//! value per page. Cloning either copies a pointer or two, however much it holds.
//!
//! A [`Page`] is what its records made of it; a [`PageImage`] is a page on a disk, with a checksum.
//!
//! # Invariants
//! * LSN 0 is before every record; records are numbered from 1.
//! * A change's checksum covers the page number, the size and the payload; that of a page, header
//!   and body.
//! * A page has the records of its chain up to its page LSN, in order, each once.
//!
//! # Simplifications
//! * LSNs number records densely within a volume epoch. Aurora's are only said to rise
//!   monotonically (SIGMOD 2017, section 4.1); PostgreSQL's are byte positions. Nothing here depends
//!   on the distance between two LSNs except the allocation limit, which counts records instead of
//!   whatever Aurora counts.
//! * A record says which bytes belong to a page but not where. They go behind those of the record
//!   before, in a ring; so the bytes of a page tell its history, not its rows.
#![forbid(unsafe_code)]

mod change;
mod changes;
mod crc;
mod lsn;
mod page;
mod page_map;
mod shared_tree;
mod shared_vec;

pub use change::{Change, Payload};
pub use changes::Changes;
pub use crc::{crc32c, crc32c_append};
pub use lsn::{Lsn, PageId};
pub use page::{Damaged, PAGE_BYTES, Page, PageImage};
pub use page_map::PageMap;
pub use shared_vec::SharedVec;
