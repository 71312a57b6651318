//! Engine types to view models, by hand, so that either can change without the other.

pub(crate) mod server;

use lab::{
    Asked, Change, Line, Note, ReadRefused, Reason, Span, Step, Unfit, UpkeepNote, What, World,
};
use protocol::{
    ChangeStep, EventLine, Happening, MembersChange, MissingWhy, Obstacle, ReadRefusedWhy, ReadWhy,
    Upkeep,
};

/// A line of the trace as the page hears of it.
pub fn line(world: &World, line: &Line) -> EventLine {
    EventLine {
        id: line.id,
        event: line.event,
        at_ns: line.at.0,
        cause: line.cause,
        volume: line.volume,
        what: happening(world, &line.what),
    }
}

fn happening(world: &World, what: &What) -> Happening {
    let name = |node| world.name(node);
    match *what {
        What::Engine(note) => engine(world, note),
        What::Server(note) => Happening::Server {
            what: server::happening(note),
        },
        What::StandbySlowed { standby, by } => Happening::Server {
            what: server::slowed(standby, by),
        },
        What::Lost {
            node,
            group,
            first,
            last,
        } => Happening::Lost {
            node: name(node),
            group: group.0.into(),
            first: first.0,
            last: last.0,
        },
        What::FoundDown { node } => Happening::FoundDown { node: name(node) },
        What::ZoneDown { az } => Happening::ZoneDown { az },
        What::ZoneUp { az } => Happening::ZoneUp { az },
        What::NodeDown { node } => Happening::NodeDown { node: name(node) },
        What::NodeUp { node } => Happening::NodeUp { node: name(node) },
        What::PageDamaged { node, page, .. } => Happening::PageDamaged {
            node: name(node),
            page: page.0,
        },
        What::WriterCrashed { .. } => Happening::WriterCrashed,
        What::Partitioned { .. } => Happening::Partitioned { cut_off: true },
        What::Healed => Happening::Partitioned { cut_off: false },
        What::NewWriter { epoch } => Happening::NewWriter { epoch: epoch.0 },
        What::CloneAsked => Happening::CloneAsked,
        What::Cloned {
            source,
            at,
            copying,
        } => Happening::Cloned {
            source,
            at: at.0,
            copying_ns: copying.0,
        },
        What::RestoreAsked { to } => Happening::RestoreAsked { to },
        What::Restored {
            source,
            at,
            copying,
        } => Happening::Restored {
            source,
            at: at.0,
            copying_ns: copying.0,
        },
        What::VolumeDeleted { freed } => Happening::VolumeDeleted { freed },
        What::WriteAsked { page } => Happening::WriteAsked { page },
        What::WorkloadEnded => Happening::WorkloadEnded,
        What::NothingChanged { verb, why } => Happening::NothingChanged {
            verb,
            why: why.map(obstacle),
        },
        What::Asked(verb) => Happening::Asked { verb },
        What::Slowed { node, by } => Happening::Slowed {
            node: name(node),
            ms: millis(by),
        },
        What::DropSet { node, count } => Happening::DropSet {
            node: name(node),
            count,
        },
    }
}

fn millis(span: Span) -> u32 {
    u32::try_from(span.0 / 1_000_000).expect("said in milliseconds")
}

pub(crate) fn obstacle(why: lab::Obstacle) -> Obstacle {
    match why {
        lab::Obstacle::NoWriter => Obstacle::NoWriter,
        lab::Obstacle::NoSpare => Obstacle::NoSpare,
        lab::Obstacle::NoRoom => Obstacle::NoRoom,
        lab::Obstacle::NoPower => Obstacle::NoPower,
        lab::Obstacle::PrimaryWorks => Obstacle::PrimaryWorks,
        lab::Obstacle::Unfit(why) => unfit(why),
    }
}

const fn unfit(why: Unfit) -> Obstacle {
    match why {
        Unfit::NoMember => Obstacle::NoMember,
        Unfit::MemberAlready => Obstacle::MemberAlready,
        Unfit::UnderWay => Obstacle::UnderWay,
        Unfit::NotUnderWay => Obstacle::NotUnderWay,
        Unfit::OneAtATime => Obstacle::OneAtATime,
        Unfit::LeftOutAlready => Obstacle::LeftOutAlready,
        Unfit::NobodyLeftOut => Obstacle::NobodyLeftOut,
        Unfit::NobodyLeft => Obstacle::NobodyLeft,
        Unfit::FullAndTail => Obstacle::FullAndTail,
        Unfit::NotHydrated => Obstacle::NotHydrated,
    }
}

fn members_step(world: &World, step: Step) -> (MembersChange, ChangeStep) {
    let (change, step) = match step {
        Step::Begin(change) => (change, ChangeStep::Begin),
        Step::Complete(change) => (change, ChangeStep::Complete),
        Step::Reverse(change) => (change, ChangeStep::Reverse),
        Step::Grow => return (MembersChange::Grow, ChangeStep::Complete),
    };
    let change = match change {
        Change::Replace { suspect, newcomer } => MembersChange::Replace {
            suspect: world.name(suspect),
            newcomer: world.name(newcomer),
        },
        Change::Leave(copies) => MembersChange::Leave {
            zone: world
                .name(copies.iter().next().expect("someone leaves"))
                .az(),
        },
        Change::Return => MembersChange::Return,
    };
    (change, step)
}

fn engine(world: &World, note: Note) -> Happening {
    let name = |node| world.name(node);
    match note {
        Note::Issued { first, last } => Happening::Issued {
            first: first.0,
            last: last.0,
        },
        Note::CommitAsked { txn, lsn } => Happening::CommitAsked { txn, lsn: lsn.0 },
        Note::Throttled { limit } => Happening::Throttled { limit: limit.0 },
        Note::Unthrottled { limit } => Happening::Unthrottled { limit: limit.0 },
        Note::BoxcarSent {
            group,
            first,
            last,
            records,
            bytes,
        } => Happening::BoxcarSent {
            group: group.0.into(),
            first: first.0,
            last: last.0,
            records,
            bytes,
        },
        Note::BoxcarResent { group, first, last } => Happening::BoxcarResent {
            group: group.0.into(),
            first: first.0,
            last: last.0,
        },
        Note::Received {
            node,
            group,
            first,
            last,
        } => Happening::Received {
            node: name(node),
            group: group.0.into(),
            first: first.0,
            last: last.0,
        },
        Note::Stored {
            node,
            group,
            last,
            scl,
            ..
        } => Happening::Stored {
            node: name(node),
            group: group.0.into(),
            last: last.0,
            scl: scl.0,
        },
        Note::Acked { node, group, scl } => Happening::Acked {
            node: name(node),
            group: group.0.into(),
            scl: scl.0,
        },
        Note::PgclMoved {
            group, pgcl, node, ..
        } => Happening::PgclMoved {
            group: group.0.into(),
            pgcl: pgcl.0,
            node: name(node),
        },
        Note::VclMoved { vcl, .. } => Happening::VclMoved { vcl: vcl.0 },
        Note::VdlMoved { vdl, .. } => Happening::VdlMoved { vdl: vdl.0 },
        Note::CommitAcked { txn, lsn, took, .. } => Happening::CommitAcked {
            txn,
            lsn: lsn.0,
            took_ns: took.0,
        },
        Note::GapFound {
            node,
            group,
            after,
            until,
        } => Happening::GapFound {
            node: name(node),
            group: group.0.into(),
            after: after.0,
            until: until.0,
        },
        Note::GossipAsked { node, peer } => Happening::GossipAsked {
            node: name(node),
            peer: name(peer),
        },
        Note::GossipGiven {
            node,
            peer,
            group,
            first,
            last,
        } => Happening::GossipGiven {
            node: name(node),
            peer: name(peer),
            group: group.0.into(),
            first: first.0,
            last: last.0,
        },
        Note::RecoveryBegan { epoch } => Happening::RecoveryBegan { epoch: epoch.0 },
        Note::PointsFound { vcl, vdl, .. } => Happening::PointsFound {
            vcl: vcl.0,
            vdl: vdl.0,
        },
        Note::Truncating { after, until } => Happening::Truncating {
            after: after.0,
            until: until.0,
        },
        Note::Opened { epoch, vdl, next } => Happening::Opened {
            epoch: epoch.0,
            vdl: vdl.0,
            next: next.0,
        },
        Note::WriterOver { epoch } => Happening::WriterOver { epoch: epoch.0 },
        Note::Fenced { node, epoch } => Happening::NodeFenced {
            node: name(node),
            epoch: epoch.0,
        },
        Note::MembersRegistered { members, step } => {
            let (change, step) = members_step(world, step);
            let epoch = members.0;
            Happening::MembersRegistered {
                epoch,
                change,
                step,
            }
        }
        Note::MembersChanged { members, step, .. } => {
            let (change, step) = members_step(world, step);
            let epoch = members.0;
            Happening::MembersChanged {
                epoch,
                change,
                step,
            }
        }
        Note::ChangeRefused { step, why } => Happening::ChangeRefused {
            change: members_step(world, step).0,
            why: unfit(why),
        },
        Note::Hydrating {
            node,
            peer,
            percent,
        } => Happening::NodeHydrating {
            node: name(node),
            peer: name(peer),
            percent,
        },
        Note::Hydrated { node } => Happening::NodeHydrated { node: name(node) },
        Note::Discarded { node } => Happening::NodeDiscarded { node: name(node) },
        Note::Outdated { node, members } => Happening::NodeOutdated {
            node: name(node),
            epoch: members.0,
        },
        Note::Refused { node, epoch } => Happening::NodeRefused {
            node: name(node),
            epoch: epoch.0,
        },
        Note::Truncated { node, after, until } => Happening::NodeTruncated {
            node: name(node),
            after: after.0,
            until: until.0,
        },
        Note::Upkeep(note) => Happening::Upkeep {
            what: upkeep(world, note),
        },
        Note::GossipEmpty { node, peer } => Happening::GossipEmpty {
            node: name(node),
            peer: name(peer),
        },
        Note::ReadAsked {
            node,
            page,
            point,
            asked,
            ..
        } => Happening::ReadAsked {
            node: name(node),
            page: page.0,
            point: point.0,
            why: match asked {
                Asked::First => ReadWhy::First,
                Asked::Probed => ReadWhy::Probed,
                Asked::Hedged => ReadWhy::Hedged,
                Asked::Elsewhere => ReadWhy::Elsewhere,
            },
        },
        Note::ReadAnswered {
            node,
            page,
            point,
            took,
            ..
        } => Happening::ReadAnswered {
            node: name(node),
            page: page.0,
            point: point.0,
            took_ns: took.0,
        },
        Note::ReadRefused {
            node,
            page,
            point,
            why,
            ..
        } => Happening::ReadRefused {
            node: name(node),
            page: page.0,
            point: point.0,
            why: match why {
                ReadRefused::LogOnly => ReadRefusedWhy::LogOnly,
                ReadRefused::BelowFloor { .. } => ReadRefusedWhy::BelowFloor,
                ReadRefused::Incomplete { .. } => ReadRefusedWhy::Incomplete,
                ReadRefused::Damaged => ReadRefusedWhy::Damaged,
            },
        },
        Note::SnapshotTaken { point } => Happening::SnapshotTaken { point: point.0 },
        Note::SnapshotDone { point } => Happening::SnapshotDone { point: point.0 },
    }
}

fn upkeep(world: &World, note: UpkeepNote) -> Upkeep {
    let name = |node| world.name(node);
    match note {
        UpkeepNote::Coalesced {
            node,
            group,
            pages,
            records,
        } => Upkeep::Coalesced {
            node: name(node),
            group: group.0.into(),
            pages,
            records,
        },
        UpkeepNote::Staged {
            node,
            group,
            first,
            last,
            pages,
        } => Upkeep::Staged {
            node: name(node),
            group: group.0.into(),
            first: first.0,
            last: last.0,
            pages,
        },
        UpkeepNote::Archived {
            group,
            complete,
            bytes,
        } => Upkeep::Archived {
            group: group.0.into(),
            complete: complete.0,
            bytes,
        },
        UpkeepNote::Collected {
            node,
            records,
            versions,
            ..
        } => Upkeep::Collected {
            node: name(node),
            records,
            versions,
        },
        UpkeepNote::DamageFound { node, page, .. } => Upkeep::DamageFound {
            node: name(node),
            page: page.0,
        },
        UpkeepNote::Mended {
            node, page, from, ..
        } => Upkeep::Mended {
            node: name(node),
            page: page.0,
            from: from.map(name),
        },
        UpkeepNote::BacklogFull { node, .. } => Upkeep::Behind {
            node: name(node),
            is_behind: true,
        },
        UpkeepNote::BacklogDone { node } => Upkeep::Behind {
            node: name(node),
            is_behind: false,
        },
    }
}

pub(crate) const fn why(reason: Reason) -> MissingWhy {
    match reason {
        Reason::Down { since } => MissingWhy::Down { since_ns: since.0 },
        Reason::OnTheWay => MissingWhy::OnTheWay,
        Reason::Writing => MissingWhy::Writing,
        Reason::Behind { scl } => MissingWhy::Behind { scl: scl.0 },
        Reason::Lost => MissingWhy::Lost,
        Reason::AckOnTheWay => MissingWhy::AckOnTheWay,
    }
}
