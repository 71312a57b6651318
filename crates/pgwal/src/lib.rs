//! Reads the binary WAL files that a PostgreSQL server of version 13 to 18 writes.
//!
//! There are two ways to read. A [`FolderReader`] takes files as they are found, through the trait
//! [`WalFile`]: in any order, packed or not, with others between them, of several timelines, copied
//! while the server wrote. It finds the log that they hold, says what is missing, and can go on
//! behind damage. A [`Reader`] knows nothing of that: it is handed the bytes of files in the order
//! of the log, in slices of any size, and gives back one record after the other. Neither does I/O of
//! its own.
//!
//! ```
//! use pgwal::{Reader, Stats, Step};
//!
//! fn stats(name: &str, bytes: &[u8]) -> Result<Stats, pgwal::WalError> {
//!     let mut stats = Stats::default();
//!     let mut reader = Reader::new();
//!     let mut slices = bytes.chunks(65_536);
//!     reader.open(name);
//!     loop {
//!         match reader.step()? {
//!             Step::Record(record) => stats.push(&record),
//!             Step::Hungry => match slices.next() {
//!                 Some(slice) => reader.feed(slice),
//!                 None => reader.finish(),
//!             },
//!             Step::End(_) => return Ok(stats),
//!         }
//!     }
//! }
//! assert!(stats("notes.txt", b"no log at all").is_err());
//! ```
//!
//! A file is a row of 8 KiB pages; records run on behind each page header, over the edges of pages
//! and files:
//!
//! ```text
//! | header | A A A A | B B B B | C C | header | C C C | D D | 0 0 0 0 ...
//!                                 '------ one record -----'      `- the log ends here
//! ```
//!
//! **What is damage and what is the end?** A server stops at the first record that does not fit.
//! For a reader of other people's files that is too little: one flipped bit would look like an
//! early end. Three marks keep the two apart. Behind the last record of its last page a live log
//! has nothing but zeroes. A page that was never reached is all zeroes, or it is a whole page of a
//! recycled file, whose address is older by whole segments. And after a true end no page carries an
//! address at which the log would go on. So at a place that looks like an end the reader
//! first tries whether the page would fit if its address were right, then looks at all pages that
//! follow, and only then says that the log ended. Everything else is an error: *torn* where it looks
//! as what a server was writing while the file was copied, otherwise *damage*.
//!
//! **Which version?** The first page's magic number says it for the whole log; see [`PgVersion`] for
//! what depends on it. A file of another version behind it is refused.
//!
//! # Invariants
//! * Records come in the order of the log, each with a checksum that fits and a back-link to the
//!   one before it.
//! * Everything before an error is delivered before the error.
//! * The same bytes give the same records and the same end, however they are sliced.
//! * No input makes it panic, and memory stays below the longest record's bytes *in the input* plus
//!   two slices, whatever length a header claims. A folder's reader adds a slice, some hundred bytes
//!   for each file, and for a packed file 1.5 MB and the window of its packing, 32 MiB at most.
//!
//! # Simplifications
//! * One page size, 8 KiB, written on a little-endian machine.
//! * The first page's magic number tells the version, and no checksum covers it. Where it is damaged
//!   into that of another version, that page's records are read as that version's before the next
//!   page contradicts; a log of a single page has none that could.
//! * Which of several timelines is read is decided by the files' names and first pages and by the
//!   newest one's history file; where that is missing, the place inside a segment at which the newest
//!   one left the other is not known.
//! * Reading looks at the sizes of images alone; [`Record::restore`] gives the page of one.
//! * Behind damage reading goes on with a page, not inside one: whole records between the damage and
//!   the end of its page are passed over, too.
//! * A loss that looks exactly as what a copy under way has, zeroes from a record's beginning to the
//!   end of a file, is taken for that, and not for damage.

#![forbid(unsafe_code)]

mod bytes;
mod checkpoint;
mod checksum;
mod error;
mod file;
mod first_page;
mod folder;
mod image;
mod lsn;
mod message;
mod origin;
mod page;
mod pglz;
mod prepared;
mod reader;
mod record;
mod rmgr;
mod rows;
mod source;
mod stats;
mod transaction;
mod unpack;
mod version;
mod xids;

#[cfg(test)]
extern crate self as pgwal;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod forge;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tours;
#[cfg(test)]
mod trials;

pub use checkpoint::{Checkpoint, CheckpointKind};
pub use error::{ErrorKind, WalError};
pub use file::{InMemory, WalFile};
pub use folder::{
    Behind, Damage, Few, Findings, FolderReader, FolderStep, Gap, MissingFiles, PassedOver,
    Progress, Timelines, Wanted, Why,
};
pub use image::{ImageError, Page};
pub use lsn::WalLsn;
pub use message::LogicalMessage;
pub use origin::OriginChange;
pub use page::PAGE_BYTES;
pub use prepared::Prepared;
pub use reader::{End, EndReason, Reader, Step};
pub use record::{Block, Compression, Fork, Image, Record, Relation, Xid};
pub use rmgr::{Operation, Rmgr};
pub use rows::Rows;
pub use stats::{Stats, Tally};
pub use transaction::{OriginCommit, Outcome, PgTime, TransactionEnd};
pub use version::PgVersion;
pub use xids::{Assignment, XidList};
