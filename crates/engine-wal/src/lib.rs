//! The conventional engine: a server like PostgreSQL, which writes a log, and pages besides.
#![forbid(unsafe_code)]

mod effects;
mod primary;
mod settings;
mod standby;
mod storage;
mod tally;
mod wal;

pub use effects::{Cause, Effect, Effects, Io, IoKind, Note, PageWriter, Trigger};
pub use primary::{Primary, PrimaryInput, PrimaryTimer, Transaction};
pub use settings::{Level, Rule, Settings, StandbyId};
pub use standby::{Report, Shipment, Standby, StandbyInput, StandbyTimer};
pub use storage::Storage;
pub use tally::{Count, Tallies};
pub use wal::{CHECKPOINT_BYTES, COMMIT_BYTES, Form, IMAGE_BYTES, Record, SEGMENT_BYTES, Wal};
