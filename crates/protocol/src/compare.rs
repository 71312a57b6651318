//! Two runs side by side, and what differs between them.

use nanoserde::{DeBin, SerBin};

use crate::frame::{EventLine, Frame, NodeState, WriterState};
use crate::place::Node;

/// What a run is compared with.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Against {
    /// Another branch of it, by its number.
    Branch(u32),
    /// The same scenario, with the same things done, with another seed: 16 hexadecimal digits.
    Seed(String),
}

/// The other run at the same time, and what differs.
#[derive(Clone, Debug, PartialEq, DeBin, SerBin)]
pub struct Compared {
    /// Which one.
    pub against: Against,
    /// Its picture.
    pub frame: Frame,
    /// What differs, by where it stands on the page. Empty only if the states are equal.
    pub differences: Vec<Difference>,
    /// Where the two part.
    pub parting: Parting,
}

/// Where two runs part.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Parting {
    /// It is being looked for.
    Sought,
    /// They are the same as far as both were explored when the comparison began.
    Nowhere,
    /// At this event: of the lines in which it is told the first that differs, on each side.
    At {
        /// The number of the event.
        event: u64,
        /// When it happens here.
        at_ns: u64,
        /// What happens here; nothing if no line tells of it.
        here: Option<EventLine>,
        /// What happens there.
        there: Option<EventLine>,
    },
}

/// Something that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Difference {
    /// What.
    pub what: Differing,
    /// Here.
    pub here: Side,
    /// In the other run.
    pub there: Side,
}

/// What can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Differing {
    /// Events so far.
    Events,
    /// Commits acknowledged.
    CommitsAcked,
    /// Commits that wait.
    CommitsWaiting,
    /// Half of all commits took no longer.
    LatencyP50,
    /// 99 of 100 commits took no longer.
    LatencyP99,
    /// What the writer does.
    Writer,
    /// The epoch of the volume.
    Epoch,
    /// The VCL.
    Vcl,
    /// The VDL.
    Vdl,
    /// The last LSN that the writer numbered.
    LastLsn,
    /// Bytes sent to storage.
    BytesToStorage,
    /// Messages sent to storage.
    IosToStorage,
    /// Messages that were lost.
    Lost,
    /// Records that peers filled in.
    Filled,
    /// What a node does.
    Node(Node),
    /// How far a node is complete in the group that is shown.
    Scl(Node),
    /// Volumes.
    Volumes,
    /// Page versions that storage keeps.
    PagesHeld,
    /// Something that is not listed here, such as a message that is under way.
    Inside,
}

/// How it is on one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Side {
    /// So many, or this LSN.
    Count(u64),
    /// So long, in nanoseconds.
    Span(u64),
    /// So many bytes.
    Bytes(u64),
    /// A node that does this; none is there.
    Node(Option<NodeState>),
    /// A writer that does this.
    Writer(WriterState),
    /// Nothing is said of it.
    Other,
}
