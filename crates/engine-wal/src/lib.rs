//! The conventional engine: a server as PostgreSQL is one, with a write-ahead log and pages beside it.
//!
//! Two actors, driven from outside: the [`Primary`] and the [`Standby`]. Each takes one input at one
//! moment and leaves what it causes in [`Effects`]; neither knows how long its device takes.
//!
//! ```text
//!            submit                       flush: one write serves many
//! client ------------> primary  ------------------------------> device: WAL
//!        <------------  | inserts                                  |  read once more by redo
//!            acked      | WAL, changes     write, long after       v
//!                       | pages    ------------------------------> device: pages
//!                       |
//!                       +--- what is flushed ---> standby: writes, flushes, replays
//!                       <--- how far it is ------+
//! ```
//!
//! The log is a stream of bytes ([`Wal`]), and a position in it is an LSN. Four of them say how far
//! something has come: **inserted** into the buffers, **written**, **flushed** to the device, and, on
//! a standby or in redo, **replayed**. A commit is acknowledged when its record is flushed and the
//! standbys have what the rule asks of them ([`Rule`], [`Level`]).
//!
//! An example. Three clients change a page each and commit; a flush takes 1 ms.
//!
//! ```text
//! 0.000 ms   record [0, 100) and its commit [100, 140) are inserted; the flush up to 140 begins
//! 0.002 ms   [140, 280) and [280, 420) are inserted, and wait
//! 1.000 ms   flushed up to 140: the first is acknowledged; the flush up to 420 begins
//! 2.000 ms   flushed up to 420: the other two are acknowledged
//! ```
//!
//! **Pages** are changed in memory ([`Buffers`]) and written later: by whoever needs their buffer, by
//! a background writer, at the latest by a **checkpoint** ([`Checkpointer`]), after which redo begins
//! at its redo point. The first change of a page after that point logs the whole page, because a
//! crash may leave half of it on the device.
//!
//! After a crash **redo** ([`Recovery`]) brings the pages to the end of the log: from the redo point,
//! record by record, however long that takes.
//!
//! # Invariants
//! * Replayed ≤ flushed ≤ written ≤ inserted, on every server.
//! * Log before data: no page reaches the device before all WAL up to its LSN is flushed.
//! * What survives a crash is a prefix of WAL, and no acknowledged commit is behind its end, unless
//!   commits were acknowledged before they were flushed (`synchronous_commit` is off).
//! * After redo every page is as all records of that prefix make it, one after the other; redo may be
//!   broken off at any point and begun again.
//! * A torn page is restored from an image in WAL, or it is known to be damaged: nobody reads it.
//! * Commits are acknowledged in the order of their records.
//! * A standby has a prefix of what its primary has flushed. Where a rule asks for standbys that flush,
//!   one of them has every acknowledged commit.
//! * Redo points rise, and WAL is kept from the last completed one on, from what is not archived, and
//!   from what a standby has not replayed.
//!
//! # Simplifications
//! * LSNs are byte positions, as PostgreSQL's are; the headers of WAL pages and files are left out,
//!   about 0.3 % of the bytes.
//! * Of what PostgreSQL logs there are changes of one page, commits and checkpoints. A full-page image
//!   comes on top of the change, as it does with `wal_level = logical`, and is never compressed.
//! * Records are inserted one after the other; PostgreSQL's eight insertion locks let their copying
//!   overlap. Whoever finds the WAL buffers full waits for a flush, where PostgreSQL only writes.
//! * Processors work for statements alone ([`Settings::statement`], all of it before the first page):
//!   redo, checkpoints and the operating system take none of them. A change takes no time but that of
//!   its record, and pages are not locked while others use them.
//!   Transactions neither conflict nor abort, and what they leave behind needs no vacuum.
//! * A page write that is done is on the device. PostgreSQL's pages stay in the operating system's
//!   cache until a checkpoint has them synchronised, and more of them may be torn when power is lost; redo
//!   repairs either in the same way.
//! * Every page has a checksum, so a torn one is found. PostgreSQL's are off by default before version
//!   18: it would not notice.
//! * `commit_delay` is 0, and the background writer looks ahead of twice the buffers that were taken
//!   since it last looked, without PostgreSQL's smoothing.
//! * Checkpoints by size go by bytes, not by whole WAL files of 16 MiB.
//! * Redo reads WAL a MiB ahead and takes the same time for each byte of it. Nothing prefetches pages,
//!   and nothing but redo's own evictions writes any.
//! * A standby has all its pages in memory, and they survive its crash as it has replayed them: it has
//!   no checkpoints of its own. What it lacks when it connects is sent at once.
//! * Nobody promotes a standby by itself, and an old primary does not come back as a standby.
#![forbid(unsafe_code)]

mod buffers;
mod checkpoint;
mod clock;
mod effects;
mod insertion;
mod primary;
mod processors;
mod recovery;
mod settings;
mod standby;
mod storage;
mod sync;
mod table;
mod tally;
mod wal;

#[cfg(test)]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "tests look for a few notes among many"
)]
mod tests;

pub use buffers::Buffers;
pub use checkpoint::{Checkpoint, CheckpointStep, Checkpointer};
pub use effects::{Cause, Effect, Effects, Io, IoKind, Note, PageWriter, Trigger};
pub use primary::{Phase, Primary, PrimaryInput, PrimaryTimer, Transaction, Waiting};
pub use recovery::{Recovery, RecoveryStep};
pub use settings::{Level, Rule, Settings, StandbyId};
pub use standby::{Report, Shipment, Standby, StandbyInput, StandbyTimer};
pub use storage::Storage;
pub use sync::{Sender, SenderState};
pub use tally::{Count, Tallies};
pub use wal::{CHECKPOINT_BYTES, COMMIT_BYTES, Form, IMAGE_BYTES, Record, SEGMENT_BYTES, Wal};
