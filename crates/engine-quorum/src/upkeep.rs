//! Upkeep: what a storage node does beside receiving and acknowledging records.
//!
//! Of the eight activities of SIGMOD 2017, section 3.3, those that no commit waits for: coalesce
//! redo into page versions (5), stage log and versions to object storage (6), collect garbage (7),
//! scrub pages (8). Each is a *chore*, done at intervals in batches; what it asks of the disk is a
//! [`Task`], and the disk does tasks when no records wait. Only a node whose backlog has grown past
//! its limit does tasks first: it becomes slow, which the quorum takes for one slow copy.
//!
//! ```text
//! boxcar --> horizon: VDL, PGMRPL, what every copy has
//!                |
//! hot log --index up to min(SCL, VDL)--> chains --long ones--> versions
//!    |                                                            |
//!    +-------- staged, by turns, up to min(SCL, VDL) ----------> object storage
//!    |                                                            |
//!    +-- collected up to min(PGMRPL, archived, everywhere) <------+
//! ```
//!
//! # Simplifications
//! * The horizon travels with boxcars, and once more when a group has come to rest. How Aurora tells
//!   its nodes the VDL and the PGMRPL is not published.
//! * Records are collected when every copy of the group has them, so that gossip alone heals what is
//!   missing. A copy that is down for long holds the hot logs of its peers.
//! * A task takes one access of the disk, whatever its size; batches are limited instead.

use std::rc::Rc;

use redo::{Lsn, Page, PageId, PageImage};
use sim::Span;

use crate::message::{GroupId, NodeId, Parcel};
use crate::run::Run;

/// When a node does its chores. A chore with the interval zero is never done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UpkeepConfig {
    /// How often one copy of each group stages log and versions.
    pub backup: Span,
    /// How often garbage is collected.
    pub collect: Span,
    /// How often some pages are verified.
    pub scrub: Span,
    /// With more bytes than this to coalesce and to stage, upkeep goes before records.
    pub backlog_bytes_max: u64,
}

/// What the writer knows that upkeep depends on, for one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Horizon {
    /// Nothing up to here will be annulled.
    pub vdl: Lsn,
    /// Protection Group Minimum Read Point LSN, PGMRPL: nobody reads before it (SIGMOD 2018,
    /// section 3.4). A clone counts as a reader at its clone point.
    pub read_floor: Lsn,
    /// Every copy of the group has everything up to here on its disk.
    pub everywhere: Lsn,
}

/// A chore with a timer of its own. Coalescing goes with gossip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chore {
    /// Stage log and versions.
    BackUp,
    /// Collect garbage.
    Collect,
    /// Verify pages.
    Scrub,
}

/// What upkeep asks of a node's disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// Write versions of these pages, each as of one of its records.
    Coalesce {
        /// Their group.
        group: GroupId,
        /// Pages and records.
        pages: Rc<[(PageId, Lsn)]>,
    },
    /// Read these records, to stage them.
    Stage {
        /// Their group.
        group: GroupId,
        /// Which.
        run: Run,
    },
    /// Free what nobody needs.
    Collect,
    /// Read the next versions, to verify them.
    Scrub,
}

/// A message that upkeep sends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UpkeepMessage {
    /// Writer to node: the group has come to rest here.
    Rest {
        /// The group.
        group: GroupId,
        /// What the writer knows.
        horizon: Horizon,
    },
    /// Node to object storage: keep these.
    Stage {
        /// Who stages.
        from: NodeId,
        /// Records.
        parcel: Box<Parcel>,
        /// Versions as of some of them.
        pages: Rc<[Rc<PageImage>]>,
    },
    /// Object storage to every node: it has all of the group up to here.
    Staged {
        /// The group.
        group: GroupId,
        /// Up to here.
        complete: Lsn,
        /// The records' bytes.
        bytes: u64,
    },
    /// Node to node: my version of this page as of `lsn` is damaged.
    SpareAsk {
        /// Who asks.
        from: NodeId,
        /// The page's group.
        group: GroupId,
        /// The page.
        page: PageId,
        /// Its damaged version.
        lsn: Lsn,
    },
    /// Node to node: put this in its place.
    SpareGive {
        /// Who gives.
        from: NodeId,
        /// The page's group.
        group: GroupId,
        /// The damaged version.
        lsn: Lsn,
        /// The page as of then, or as of the oldest version that the giver has left.
        page: Box<Page>,
    },
}

/// A line of the trace about upkeep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpkeepNote {
    /// A segment has new versions of some pages.
    Coalesced {
        /// The node.
        node: NodeId,
        /// The group.
        group: GroupId,
        /// How many pages.
        pages: u32,
        /// How many records are in them.
        records: u64,
    },
    /// A node stages records and versions.
    Staged {
        /// The node.
        node: NodeId,
        /// The group.
        group: GroupId,
        /// First record.
        first: Lsn,
        /// Last record.
        last: Lsn,
        /// How many versions.
        pages: u32,
    },
    /// Object storage has more of a group than before.
    Archived {
        /// The group.
        group: GroupId,
        /// All of it up to here.
        complete: Lsn,
        /// What came, in bytes: records and versions.
        bytes: u64,
    },
    /// A node freed what nobody needs any more.
    Collected {
        /// The node.
        node: NodeId,
        /// Records that left its hot logs.
        records: u64,
        /// Their bytes.
        bytes: u64,
        /// Versions that went.
        versions: u64,
    },
    /// A node found a version that does not fit its checksum.
    DamageFound {
        /// The node.
        node: NodeId,
        /// The page.
        page: PageId,
        /// The version.
        lsn: Lsn,
    },
    /// A damaged version was replaced.
    Mended {
        /// The node.
        node: NodeId,
        /// The page.
        page: PageId,
        /// The version.
        lsn: Lsn,
        /// The peer that gave the page; `None`: it was built anew from the records.
        from: Option<NodeId>,
    },
    /// Upkeep goes before records from now on.
    BacklogFull {
        /// The node.
        node: NodeId,
        /// Bytes to coalesce and to stage.
        bytes: u64,
    },
    /// Records go before upkeep again.
    BacklogDone {
        /// The node.
        node: NodeId,
    },
}
