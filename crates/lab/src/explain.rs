//! Why a commit waits.

use engine_quorum::{Address, Awaited, Copies, GroupId, Message, NodeId, Waiting};
use redo::Lsn;
use sim::SimTime;

use crate::world::World;

/// The oldest commit that is not acknowledged, and what it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The commit.
    pub commit: Waiting,
    /// The first record at or below it that is not durable.
    pub lsn: Lsn,
    /// That record's group.
    pub group: GroupId,
    /// Copies that the writer knows to have it, with nothing missing before it.
    pub have: u32,
    /// Copies that must, at the fewest.
    pub need: u32,
    /// The others.
    pub missing: Vec<MissingCopy>,
    /// Waiting alone will not help: fewer copies than must have it can come to count for it while
    /// those that are down stay down.
    pub stopped: bool,
}

/// A copy that does not count yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingCopy {
    /// The node that holds it.
    pub node: NodeId,
    /// Why it does not count.
    pub reason: Reason,
}

/// Why a copy does not count for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The node is down.
    Down {
        /// Since when.
        since: SimTime,
    },
    /// The record waits in a boxcar or is on the wire.
    OnTheWay,
    /// The node has it in memory; its disk is not done.
    Writing,
    /// It is on the disk, and one before it is not.
    Behind {
        /// The segment is complete up to here.
        scl: Lsn,
    },
    /// It never came, and nothing that carries it is on its way.
    Lost,
    /// It counts as soon as the acknowledgement reaches the writer.
    AckOnTheWay,
}

/// Explains the oldest commit that waits. `None` when none does.
pub fn explain(world: &World) -> Option<Wait> {
    let writer = world.writer();
    let commit = *writer.commits().front()?;
    let (lsn, group) = writer.points().first_missing()?;
    let rule = writer.points().write_rule();
    let has_it = |node: &NodeId| writer.points().scl(group, *node) >= lsn;
    let have: Copies = rule.members().iter().filter(has_it).collect();
    let missing: Vec<_> = rule
        .members()
        .minus(have)
        .iter()
        .map(|node| MissingCopy {
            node,
            reason: reason(world, node, group, lsn),
        })
        .collect();
    let down = |copy: &&MissingCopy| matches!(copy.reason, Reason::Down { .. });
    let lost = missing.iter().filter(down).map(|copy| copy.node);
    let will_count = rule.members().minus(lost.collect());
    Some(Wait {
        commit,
        lsn,
        group,
        have: have.count(),
        need: have.count() + rule.lacks(have),
        missing,
        stopped: !rule.holds(will_count),
    })
}

/// The transaction that waits longest for pages before its records can be numbered, or before it is
/// done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadWait {
    /// When it was submitted.
    pub asked_at: SimTime,
    /// The transaction that it commits, if it does.
    pub txn: Option<u64>,
    /// The pages that are not there yet.
    pub pages: Vec<Awaited>,
    /// Waiting alone will not help: nobody who is up can give one of them.
    pub stopped: bool,
}

/// Explains the transaction that waits longest for pages. `None` when none does.
pub fn explain_read(world: &World) -> Option<ReadWait> {
    let writer = world.writer();
    let (asked_at, submission, pages) = writer.reads()?.oldest()?;
    let pages: Vec<_> = pages.collect();
    let nodes = (0_u8..).map(NodeId).take(world.nodes().len());
    let up: Vec<_> = nodes
        .filter(|node| world.down_since(*node).is_none())
        .collect();
    let lost = |page: &Awaited| {
        let complete = |node: &NodeId| writer.points().scl(page.group, *node) >= page.tail;
        !up.iter().any(complete)
    };
    Some(ReadWait {
        asked_at,
        txn: submission.commit,
        stopped: pages.iter().any(lost),
        pages,
    })
}

fn reason(world: &World, node: NodeId, group: GroupId, lsn: Lsn) -> Reason {
    let flights = world.in_flight();
    // A node that went down since may have said so before.
    let says = |message: &Message| {
        matches!(message, Message::Ack { node: from, group: of, scl, .. }
            if (*from, *of) == (node, group) && *scl >= lsn)
    };
    if flights.iter().any(|flight| says(flight.message)) {
        return Reason::AckOnTheWay;
    }
    if let Some(since) = world.down_since(node) {
        return Reason::Down { since };
    }
    let segment = world.nodes()[node.index()].segment(group);
    if segment.scl() >= lsn {
        return Reason::AckOnTheWay;
    }
    if segment.stored.contains(lsn) {
        return Reason::Behind { scl: segment.scl() };
    }
    if segment.received.contains(lsn) {
        return Reason::Writing;
    }
    let boxed = world.writer().in_boxcar(group, world.log());
    let carries = |message: &Message| {
        let parcel = message.parcel();
        parcel.is_some_and(|parcel| {
            parcel.group == group && parcel.run.prev < lsn && lsn <= parcel.run.last
        })
    };
    let on_the_way = boxed.is_some_and(|run| run.prev < lsn)
        || flights
            .iter()
            .any(|flight| flight.to == Address::Node(node) && carries(flight.message));
    if on_the_way {
        Reason::OnTheWay
    } else {
        Reason::Lost
    }
}
