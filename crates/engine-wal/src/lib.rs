//! The conventional engine: a server like PostgreSQL, which writes a log, and pages besides.
#![forbid(unsafe_code)]

mod buffers;
mod checkpoint;
mod clock;
mod effects;
mod insertion;
mod primary;
mod recovery;
mod settings;
mod standby;
mod storage;
mod sync;
mod tally;
mod wal;

#[cfg(test)]
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
