//! Why something is as it is: what is asked, and the chain of causes that answers.

use nanoserde::{DeBin, SerBin};

use crate::frame::{EventLine, Missing, ReadWait, Wait};
use crate::place::{Az, Node};

/// What is asked about, at the moment at which the run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum About {
    /// The oldest commit that waits, and the oldest transaction that waits for pages.
    Waiting,
    /// The writer of the first volume: that it is gone, cut off, or may not number records.
    Writer,
    /// A storage node: that it is down or slow, damaged, or lacks what a commit waits for.
    Node(Node),
    /// A zone: that it has no power.
    Zone(Az),
    /// A line of the trace, by its number.
    Line(u64),
}

/// A step of an answer.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Because {
    /// How deep it stands: a fact's reasons stand one deeper, each behind what it caused.
    pub depth: u32,
    /// The fact.
    pub fact: Fact,
}

/// What is so, or was.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Fact {
    /// A commit waits.
    Waits(Wait),
    /// A copy does not count for it.
    Missing(Missing),
    /// A transaction waits for pages.
    WaitsForPages(ReadWait),
    /// A line of the trace. One that stands behind another at the same depth is the cause that was
    /// written down with that.
    Happened(EventLine),
    /// Nothing has to be said: nobody waits, nothing was done to it.
    AllIsWell,
    /// The chain goes on, further than is told.
    Earlier,
}
