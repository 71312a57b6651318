//! What the page and the engine's worker say to each other, and nothing of how either works.
//!
//! The page sends a [`Command`]; the worker answers with [`Event`]s. The page grants one credit per
//! animation frame ([`Command::Tick`]); the worker spends it and answers with one [`Frame`], the
//! whole picture at one moment of model time. Nothing piles up: no credit, no message. What takes a
//! worker of its own is asked for by a [`Job`].
//!
//! ```text
//! page                          worker
//!   |  <------------- Ready       |
//!   |  Load ------------------>   |
//!   |  <------ Loaded, Frame      |
//!   |  Tick{advance} --------->   |   (one per animation frame while playing)
//!   |  <---------------- Frame    |
//! ```
//!
//! Engine types never cross this border: `player` converts them by hand, so that the engines can
//! change without touching the page and the page cannot reach into an engine.
//!
//! # Invariants
//! * Every 64-bit number sent as a number is below 2^53, which JavaScript holds exactly: model times
//!   (104 days in nanoseconds), LSNs, counts. Hashes and seeds may need all 64 bits and are sent as
//!   text ([`hex`]).
//! * What is sent is read by the same build ([`Event::from_bytes`]): the form of the bytes promises
//!   nothing to another.
//! * Every answer carries the number of the request it answers, so that stale ones can be ignored.
//! * A [`Verb`] has one text form, used by scenario files, links and the page alike.

mod command;
mod compare;
pub mod duration;
mod event;
mod experiment;
mod frame;
mod job;
pub mod link;
mod members;
mod parameter;
mod place;
mod series;
mod server;
mod servers;
mod upkeep;
mod verb;
mod wal_report;
mod why;
mod wire;

pub use command::{
    BRANCH_NAME_MAX, Category, Change, Command, Edit, EditError, SeekTo, Source, View,
};
pub use compare::{Against, Compared, Difference, Differing, Parting, Side};
pub use event::{Engine, Event, LabSetup, Problem, WalSummary, WorkloadSetup, ZoneSetup};
pub use experiment::{
    CheckpointRow, DiskSetup, Evidence, Experiment, ExperimentRow, FittedLine, InsertAnswers,
    InsertLoad, InsertRow, InsertSetup, Like, MeasuredPoint, MeasuredServer, RecoveryRow,
    RecoverySetup, SeenRestart,
};
pub use frame::{
    Archive, AwaitedPage, Bracket, BranchView, Broken, Card, CardCell, Clients, Columns, Counters,
    EventLine, Flight, FlightKind, Frame, Gap, Happening, Invariant, Latency, Limit, Mark, Memory,
    Missing, MissingWhy, MtrLabel, NodeState, NodeView, ReadRefusedWhy, ReadWait, ReadWhy,
    RecentCell, RecoveryStep, RestoreHere, RunState, SegmentView, Tape, Timeline, VolumeState,
    VolumeView, Wait, WriterState, WriterView, ZoneView,
};
pub use job::Job;
pub use members::{ChangeStep, MachineView, MembersChange, MembersView, Obstacle, Part, Wish};
pub use parameter::{Described, Parameter, ParameterKind};
pub use place::{Az, Node, Place, PlaceError, Standby, VolumeId};
pub use series::{Answers, Series, SeriesRow, Took};
pub use server::{CheckpointWhy, ServerHappening, StandbyReport};
pub use servers::{
    CheckpointView, EngineFigures, Kind, PrimaryState, PrimaryView, RecoveryFigures, ServersView,
    StandbyState, StandbyView, Sum,
};
pub use upkeep::Upkeep;
pub use verb::{Moment, Verb, VerbError};
pub use wal_report::{
    WalAfterCheckpoint, WalBlock, WalBusiest, WalCheckpoint, WalCheckpoints, WalDistance,
    WalManager, WalMoment, WalOperation, WalOverLog, WalOverTime, WalPlayed, WalRedo, WalRelation,
    WalReport, WalRestart, WalRows, WalSizeBin, WalSizes, WalStep, WalStretch, WalTally,
    WalTransactions, WalVolume,
};

pub use why::{About, Because, Fact};

/// Version of the model: rises when the same version-independent inputs give another trace, or a state
/// with another hash.
pub const MODEL: u32 = 5;

/// Writes a 64-bit number as 16 hexadecimal digits, the form of every hash and seed in a message.
pub fn hex(value: u64) -> String {
    format!("{value:016x}")
}

/// Reads what [`hex`] writes. Gives `None` for anything but 1 to 16 hexadecimal digits.
pub fn unhex(text: &str) -> Option<u64> {
    let digits = (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    digits.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}
