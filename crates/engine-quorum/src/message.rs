//! Who there is, and what they send each other.

use std::fmt;
use std::sync::Arc;

use redo::Lsn;

use crate::run::Run;

/// A protection group, numbered from 0. Its segments stand on all nodes, one on each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u16);

/// A storage node, numbered from 0 through all zones. It hosts one segment of each group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u8);

/// A volume epoch, numbered from 1. It rises with each recovery; whoever has a lower one is refused
/// (SIGMOD 2018, section 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u32);

impl Epoch {
    /// That of a new volume.
    pub const FIRST: Self = Self(1);

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl GroupId {
    /// Its place in a list of all groups.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl NodeId {
    /// Its place in a list of all nodes.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "g{}", self.0 + 1)
    }
}

/// Where a message goes, or comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// The one writer of the volume.
    Writer,
    /// A storage node.
    Node(NodeId),
}

/// Records of one group, neighbours in its chain: a boxcar, or an answer to gossip.
///
/// It names the records instead of carrying them: they are stored once, in the [`crate::Log`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Parcel {
    /// The group.
    pub group: GroupId,
    /// Which records of it.
    pub run: Run,
    /// The lowest LSN among them.
    pub first: Lsn,
    /// How many.
    pub records: u32,
    /// Their bytes.
    pub bytes: u64,
}

/// What a segment lacks: the records of its group in `(after, until]`, or all after `after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Want {
    /// The group.
    pub group: GroupId,
    /// It has everything up to here.
    pub after: Lsn,
    /// The last one that it knows to lack. `None`: it does not know how far the group goes.
    pub until: Option<Lsn>,
}

/// What travels between the writer and the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// Writer to node: records to store.
    Boxcar(Parcel),
    /// Node to writer: the segment has everything up to `scl` on its disk.
    Ack {
        /// Who says so.
        node: NodeId,
        /// Of which group.
        group: GroupId,
        /// Its Segment Complete LSN.
        scl: Lsn,
    },
    /// Node to node: give me what I lack.
    GossipAsk {
        /// Who asks.
        from: NodeId,
        /// What it lacks.
        wants: Arc<[Want]>,
    },
    /// Node to node: here are records that you lack.
    GossipGive {
        /// Who answers.
        from: NodeId,
        /// The records.
        parcel: Parcel,
        /// There is more, for whoever asks again. One answer carries only so much.
        more: bool,
    },
    /// Node to node: I have nothing that you lack.
    GossipNone {
        /// Who answers.
        from: NodeId,
    },
}
