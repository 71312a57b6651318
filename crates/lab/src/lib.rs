//! The world: the engine, its hardware, a workload and faults under one clock, with a trace of what
//! happens and checkers that read it.
//!
//! A [`Scenario`] says what there is; a [`Script`] adds the seed and, for a WAL workload, the
//! [`Recording`]; a [`World`] runs it one event at a time. A [`Schedule`] holds what is done to the
//! world, by the scenario or by the user. Every [`Line`] of the trace knows the line that caused it.
//! Stories of it all, each of one mechanism, are the scripts that [`golden`] tells; [`soak`] makes
//! worlds and trouble up, and looks whether everything holds. [`curve`] and [`insert_test`] are figures
//! that whole runs make.
//!
//! ```text
//! scenario + seed + recording ──> World ── step ──> lines of the trace ──> Checker
//!                     Schedule ────┘
//! ```
//!
//! # Invariants
//! * A run is a pure function of script and schedule: the same two give the same trace hash,
//!   natively and in every browser, in one go or event by event.
//! * What is done to the world at a time happens before every other event of that nanosecond, so
//!   that its place does not depend on when it was entered.
//! * Both weights of record give the same LSNs, acknowledgements, points, times and trace hash.
//!
//! # Simplifications
//! * The writer lives in zone a and survives when that zone's storage nodes lose power.
//! * A write that is under way when a node loses power is lost; it is never half done.
//! * A clone is taken of all machines at one moment, has its writer at once, and refers only to pages
//!   of the same machine. In the real service an instance has to start first, which takes minutes.
//! * A standby that cannot follow a new primary, because it has WAL that is another one now or lacks
//!   some that is recycled, is given up: it is not made anew, and the old primary becomes no standby.
//! * Nothing takes processor time: not the writer's work, not a node's.
//! * Delays are drawn from the distributions that the scenario names, not measured in a real system.
//! * A commit that was not acknowledged when its writer crashed is never answered. A client that
//!   waits for each commit asks for a new transaction in its place; work of a recording is not asked
//!   for again.
//! * A record of a PostgreSQL WAL becomes one mini-transaction, with one redo record for each page
//!   that it touches. Full-page images that only guard against torn pages are not sent. Where
//!   PostgreSQL logged an image in place of the change, the size of the change is an estimate, and
//!   every figure says how much of it is.
#![forbid(unsafe_code)]

mod check;
pub mod curve;
mod explain;
pub mod golden;
mod hardware;
pub mod insert_test;
pub mod measured;
mod recording;
mod scenario;
mod schedule;
mod script;
pub mod series;
mod servers;
pub mod soak;
mod tally;
mod trace;
mod workload;
mod world;

#[cfg(test)]
mod tests;

// The words in which a world speaks, so that whoever looks at one needs no engine beside it.
pub use engine_quorum::{
    Address, Asked, Change, Copies, Defect, GroupId, Image, Membership, Message, NodeId, Note,
    Phase, ReadRefused, Reads, RecoveryStep, Run, SegmentPages, Step, StorageNode, Unfit,
    UpkeepMessage, UpkeepNote,
};
pub use engine_wal::{
    CheckpointStep, Count as ServerCount, Level, Note as ServerNote, Phase as ServerPhase, Primary,
    RecoveryStep as RedoStep, Report as StandbyReport, Rule, Standby, StandbyId, Tallies, Trigger,
};
pub use redo::{Lsn, PAGE_BYTES, PageId};
pub use sim::{SimTime, Span};

pub use pgwal::{
    EndReason, ErrorKind, Findings, InMemory, PgVersion, Progress, WalError, WalFile, WalLsn,
    Wanted,
};

pub use check::{Checker, Count, INVARIANTS, Violation};
pub use explain::{MissingCopy, ReadWait, Reason, Wait, explain, explain_read};
pub use recording::{
    Does, Import, Imported, RecordedChange, RecordedMtr, Recording, RecordingBuilder,
};
pub use scenario::{
    Arrival, Blocks, ChangeError, Conventional, Engine, Latency, Layout, Oltp, PARAMETERS,
    Parameter, ParameterKind, ReadSettings, Scenario, ScenarioError, Skew, Stop, Storage, Topology,
    Weight, Workload, changed, parameters, parse_span,
};
pub use schedule::{Deed, Schedule};
pub use script::Script;
pub use servers::{PrimaryState, Servers};
pub use tally::{Durations, ReadTally, Recovered, Redone, ServerTally, Tally};
pub use trace::{Line, Obstacle, Tape, What};
pub use world::{CLONES_MAX, Changed, InFlight, Origin, Pages, SeatState, Volume, World};
