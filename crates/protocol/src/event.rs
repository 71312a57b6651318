//! What the worker tells the page.

use std::borrow::Cow;

use nanoserde::{DeBin, SerBin};
use serde::Serialize;

use crate::experiment::{Evidence, ExperimentRow};
use crate::frame::Frame;
use crate::parameter::Described;
use crate::place::{Az, Node};
use crate::series::Series;
use crate::wal_report::WalReport;
use crate::why::{About, Because};

/// Something that the page asked for and could not have, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct Problem {
    /// What was expected and what came.
    pub text: String,
    /// Where: a line of a scenario, a file with offset and LSN.
    pub place: Option<String>,
}

/// One zone as the scenario sets it up.
#[derive(Clone, Debug, PartialEq, DeBin, SerBin)]
pub struct ZoneSetup {
    /// The zone.
    pub az: Az,
    /// Median one-way delay from the writer, in nanoseconds.
    pub away_ns: u64,
    /// Its storage nodes.
    pub nodes: Vec<Node>,
}

/// What makes the records.
#[derive(Clone, Debug, PartialEq, DeBin, SerBin)]
pub enum WorkloadSetup {
    /// Clients that each wait for their commit before the next.
    ClosedLoop {
        /// How many clients.
        clients: u32,
    },
    /// Commits that arrive whether or not earlier ones are acknowledged.
    OpenLoop {
        /// Commits a second.
        rate: f64,
    },
    /// A PostgreSQL WAL file, at its own pace times `speed`.
    Wal {
        /// How much faster than it was recorded.
        speed: f64,
    },
}

/// Which engines run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin)]
pub enum Engine {
    /// The quorum engine.
    #[default]
    Quorum,
    /// The conventional engine.
    Wal,
    /// Both, with the same work.
    Both,
}

impl Engine {
    /// Whether the quorum engine runs.
    pub const fn has_quorum(self) -> bool {
        matches!(self, Self::Quorum | Self::Both)
    }

    /// Whether the conventional engine runs.
    pub const fn has_wal(self) -> bool {
        matches!(self, Self::Wal | Self::Both)
    }
}

/// What was found in WAL files.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin, Serialize)]
pub struct WalSummary {
    /// Names of the files, in order.
    pub files: Vec<String>,
    /// Digest of their bytes, to ask for the same files again.
    pub digest: String,
    /// What the records tell.
    pub report: WalReport,
    /// Damage that ended the reading, if any; what is reported precedes it.
    pub damage: Option<Problem>,
    /// What else there is to know about the files: timelines, gaps, files that were passed over. A
    /// sentence each, and not more than some dozens.
    pub notes: Vec<String>,
}

/// What stays the same during a run.
#[derive(Clone, Debug, PartialEq, DeBin, SerBin)]
pub struct LabSetup {
    /// Version of the model.
    pub model: u32,
    /// The scenario's name.
    pub name: String,
    /// The scenario file.
    pub text: String,
    /// The seed, 16 hexadecimal digits.
    pub seed: String,
    /// `exact` or `account`.
    pub weight: String,
    /// What runs.
    pub engine: Engine,
    /// The zones with their nodes.
    pub zones: Vec<ZoneSetup>,
    /// Number of protection groups at the beginning.
    pub groups: u32,
    /// Copies that must have a record before it counts as durable.
    pub write_quorum: u32,
    /// Copies that recovery must be able to ask.
    pub read_quorum: u32,
    /// How far LSNs may run ahead of the VDL.
    pub lal: u64,
    /// What makes the records.
    pub workload: WorkloadSetup,
    /// Bytes of a page.
    pub page_bytes: u32,
    /// When the scenario ends, in model nanoseconds, if it says a time.
    pub stop_ns: Option<u64>,
}

impl LabSetup {
    /// The same as it is now: a volume may have grown.
    pub fn now(&self, frame: &Frame) -> Cow<'_, Self> {
        let groups = frame.groups();
        if groups <= self.groups {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Self {
            groups,
            ..self.clone()
        })
    }
}

/// What the worker tells.
#[derive(Clone, Debug, PartialEq, DeBin, SerBin)]
pub enum Event {
    /// The worker listens. Messages sent before this are lost.
    Ready {
        /// Version of the model.
        model: u32,
    },
    /// A run was loaded; its first frame follows.
    Loaded {
        /// The request answered.
        request: u32,
        /// What the run is.
        setup: LabSetup,
        /// Changes and edits that do not fit the scenario, and were left out.
        left_out: Vec<Problem>,
    },
    /// The picture at one moment.
    Frame {
        /// The request answered.
        request: u32,
        /// The picture. Boxed: it is many times larger than every other event.
        frame: Box<Frame>,
    },
    /// Long work goes on.
    Progress {
        /// The request it is for.
        request: u32,
        /// How much is done, in the work's own unit (bytes, events, nanoseconds, rows).
        done: u64,
        /// Out of how much, if known.
        of: Option<u64>,
    },
    /// WAL files were read. What was read travels beside this message, for
    /// [`crate::Command::TakeWal`].
    WalRead {
        /// The request answered.
        request: u32,
        /// What was found.
        summary: Box<WalSummary>,
    },
    /// A row of an experiment, as soon as it is known.
    ExperimentRow {
        /// The request it is for.
        request: u32,
        /// The row.
        row: ExperimentRow,
    },
    /// An experiment has told all its rows.
    ExperimentDone {
        /// The request answered.
        request: u32,
    },
    /// Why it is so.
    Because {
        /// The request answered.
        request: u32,
        /// What was asked about.
        about: About,
        /// The facts, each with its reasons behind it.
        facts: Vec<Because>,
    },
    /// The newest lines of the trace.
    Trace {
        /// The request answered.
        request: u32,
        /// A line that says which run and which lines, and the lines.
        text: String,
    },
    /// The parameters of a scenario.
    Described {
        /// The request answered.
        request: u32,
        /// What they are. Boxed: there are many.
        described: Box<Described>,
    },
    /// How the run fares over its time.
    Series {
        /// The request answered.
        request: u32,
        /// How. Boxed: it is larger than most events.
        series: Box<Series>,
    },
    /// What was seen of real servers.
    Evidence {
        /// The request answered.
        request: u32,
        /// What.
        evidence: Evidence,
    },
    /// A request could not be met; everything is as it was before it.
    Refused {
        /// The request answered.
        request: u32,
        /// Why.
        problem: Problem,
    },
    /// The worker is there.
    Pong {
        /// The request answered.
        request: u32,
    },
    /// The worker panicked and must be replaced.
    Panicked {
        /// The panic's text with its place in the source.
        text: String,
    },
}
