//! Who there is, and what they send each other.

use std::fmt;
use std::rc::Rc;

use redo::{Lsn, Page, PageId};
use sim::SimTime;

use crate::membership::{Membership, MembershipEpoch};
use crate::run::Run;
use crate::upkeep::{Horizon, UpkeepMessage};

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
    /// The writer of an epoch.
    Writer(Epoch),
    /// A storage node.
    Node(NodeId),
    /// Object storage.
    Archive,
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

/// The log of a segment that is copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Copied {
    /// It is complete up to here.
    pub scl: Lsn,
    /// Object storage has it up to here,
    pub archived: Lsn,
    /// in bytes.
    pub archived_bytes: u64,
}

/// A question for a page as it was at a read point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Read {
    /// The epoch of the writer that asks.
    pub epoch: Epoch,
    /// The writer's number for it. Several nodes may be asked for one page.
    pub id: u64,
    /// The page.
    pub page: PageId,
    /// Its group.
    pub group: GroupId,
    /// The read point: later changes do not count.
    pub point: Lsn,
    /// The newest record of the group at or below it. The node's segment must be complete to here.
    pub tail: Lsn,
    /// When this node was asked.
    pub asked_at: SimTime,
}

/// A recovery annulled every record after `after` up to `until`, whether or not it was stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Truncation {
    /// The epoch that the recovery began.
    pub epoch: Epoch,
    /// The durable point, which is kept.
    pub after: Lsn,
    /// The last LSN that an older writer may have numbered.
    pub until: Lsn,
    /// The last record that is kept, for each group that there was.
    pub tails: Vec<Lsn>,
}

impl Truncation {
    /// The last record that is kept of a group: none, if the group was added later.
    pub fn tail(&self, group: GroupId) -> Lsn {
        self.tails.get(group.index()).copied().unwrap_or_default()
    }
}

/// What every request carries: the epochs that its sender knows, and what was annulled until then.
///
/// Whoever knows less learns from it; whoever knows a later epoch refuses the writer of an older one
/// (SIGMOD 2018, sections 2.4 and 4.1). Truncations are versioned by their epoch, so that one that was
/// interrupted can be done again (SIGMOD 2017, section 4.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The volume epoch.
    pub epoch: Epoch,
    /// The members of the groups.
    pub members: Rc<Membership>,
    /// Truncations, the oldest first.
    pub history: Rc<[Truncation]>,
}

impl Default for Stamp {
    fn default() -> Self {
        Self {
            epoch: Epoch::FIRST,
            members: Rc::default(),
            history: Rc::from([]),
        }
    }
}

impl Stamp {
    /// Whether it knows of every truncation that the other knows of.
    pub fn knows(&self, other: &Self) -> bool {
        let newest = |stamp: &Self| stamp.history.last().map(|truncation| truncation.epoch);
        newest(self) >= newest(other)
    }

    /// How far the group goes that went up to `lsn` before it was truncated.
    pub fn keeps(&self, group: GroupId, lsn: Lsn) -> Lsn {
        self.history.iter().fold(lsn, |lsn, truncation| {
            let tail = truncation.tail(group);
            let annulled = tail < lsn && lsn <= truncation.until;
            if annulled { tail } else { lsn }
        })
    }
}

/// What the writer sends to every copy of a group at once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Boxcar {
    /// What the writer knows of epochs.
    pub stamp: Rc<Stamp>,
    /// The records.
    pub parcel: Parcel,
    /// How far the nodes may go in their upkeep.
    pub horizon: Horizon,
}

/// What travels between the writer and the nodes. What is large and rare is boxed, so that the rest
/// moves fast.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// Writer to node: records to store. The copies that leave together share it.
    Boxcar(Rc<Boxcar>),
    /// What is sent for upkeep.
    Upkeep(UpkeepMessage),
    /// Node to a writer whose epoch is over: there is a later one.
    Refused {
        /// Who says so.
        node: NodeId,
        /// The epoch that the node knows.
        epoch: Epoch,
    },
    /// New writer to node: refuse older epochs from now on, and say what you have.
    Fence {
        /// The new epoch.
        epoch: Epoch,
        /// The members, as the metadata service knows them.
        members: Rc<Membership>,
    },
    /// Node to new writer: older epochs are refused.
    Fenced {
        /// Who says so.
        node: NodeId,
        /// What it knows of epochs.
        stamp: Rc<Stamp>,
        /// The SCL of each of its segments.
        scls: Rc<[Lsn]>,
    },
    /// New writer to node: get what your segment lacks from this peer, and acknowledge it.
    CatchUp {
        /// With what the writer is about to annul as the last of the history: what is lacking counts
        /// from there.
        stamp: Rc<Stamp>,
        /// What is lacking.
        want: Box<Want>,
        /// Who has it.
        peer: NodeId,
    },
    /// New writer to node: annul these records.
    Truncate {
        /// With this truncation as the last of the history.
        stamp: Rc<Stamp>,
    },
    /// Node to new writer: they are annulled, and no older truncation can take anything away now.
    Truncated {
        /// Who says so.
        node: NodeId,
        /// The SCL of each of its segments, as they are now.
        scls: Rc<[Lsn]>,
    },
    /// Writer to node: give me this page.
    Read {
        /// What the writer knows of epochs.
        stamp: Rc<Stamp>,
        /// The page, and as of when.
        read: Box<Read>,
    },
    /// Node to writer: here it is.
    ReadAnswer {
        /// Who answers.
        node: NodeId,
        /// What was asked.
        read: Box<Read>,
        /// The page as it was then.
        page: Box<Page>,
    },
    /// Node to writer: the segment cannot build that page.
    ReadRefused {
        /// Who says so.
        node: NodeId,
        /// What was asked.
        read: Box<Read>,
    },
    /// Writer to node, or node to a node that knows less: these are the members now.
    Members {
        /// With the members.
        stamp: Rc<Stamp>,
    },
    /// Node to writer: it has the members on its disk.
    MembersKnown {
        /// Who says so.
        node: NodeId,
        /// Their epoch.
        members: MembershipEpoch,
        /// The SCL of each of its segments.
        scls: Rc<[Lsn]>,
    },
    /// Node to writer: not accepted, the members are others now. The writer, who changes them, sends
    /// it again.
    Outdated {
        /// Who says so.
        node: NodeId,
        /// What was not accepted.
        parcel: Box<Parcel>,
    },
    /// Newcomer to node: give me this part of your segments.
    HydrateAsk {
        /// Who asks.
        from: NodeId,
        /// What it knows of epochs.
        stamp: Rc<Stamp>,
        /// Which part, from 0 on.
        chunk: u32,
    },
    /// Node to newcomer: here it is.
    HydrateGive {
        /// Who answers.
        from: NodeId,
        /// What it knows of epochs.
        stamp: Rc<Stamp>,
        /// Which part, from 0 on.
        chunk: u32,
        /// How large it is.
        bytes: u64,
        /// With the last part the log behind the pages, of each segment.
        log: Option<Rc<[Copied]>>,
    },
    /// Newcomer to writer: it has a whole segment of each group.
    Hydrated {
        /// Who says so.
        node: NodeId,
        /// The membership epoch that it knows.
        members: MembershipEpoch,
        /// The SCL of each of its segments.
        scls: Rc<[Lsn]>,
    },
    /// Node to writer: the segment has everything up to `scl` on its disk.
    Ack {
        /// Who says so.
        node: NodeId,
        /// The membership epoch that it knows.
        members: MembershipEpoch,
        /// Of which group.
        group: GroupId,
        /// Its Segment Complete LSN.
        scl: Lsn,
    },
    /// Node to node: give me what I lack.
    GossipAsk {
        /// Who asks.
        from: NodeId,
        /// What it knows of epochs.
        stamp: Rc<Stamp>,
        /// What it lacks.
        wants: Rc<[Want]>,
    },
    /// Node to node: here are records that you lack.
    GossipGive {
        /// Who answers.
        from: NodeId,
        /// What it knows of epochs.
        stamp: Rc<Stamp>,
        /// The records.
        parcel: Box<Parcel>,
        /// There is more, for whoever asks again. One answer carries only so much.
        more: bool,
    },
    /// Node to node: I have nothing that you lack.
    GossipNone {
        /// Who answers.
        from: NodeId,
    },
}

impl Message {
    /// The records that it brings to a node.
    pub fn parcel(&self) -> Option<&Parcel> {
        if let Self::Boxcar(boxcar) = self {
            Some(&boxcar.parcel)
        } else if let Self::GossipGive { parcel, .. } = self {
            Some(parcel)
        } else {
            None
        }
    }
}
