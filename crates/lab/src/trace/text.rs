//! The one text form of the trace.
//!
//! A line each: its number, the number of the line that caused it, when, what kind of thing, what.
//!
//! ```text
//!   14 <-    9      0.5ms  stored         g1.a1 1, SCL 1
//! ```
//!
//! Records are written as their LSNs, `3` or `3..5`; in the boxcar of one group, not every LSN
//! between the two need be among them. A segment is written as its group and its node.

use engine_quorum::{Asked, Change, Copies, GroupId, NodeId, Note, ReadRefused, Step};
use protocol::VolumeId;
use protocol::duration::ms;
use redo::Lsn;
use sim::Span;

use super::{server, upkeep};
use crate::trace::{Line, What};
use crate::world::World;

impl Line {
    /// The line as text.
    pub fn text(&self, world: &World) -> String {
        let Self { id, at, cause, .. } = self;
        let cause = match cause {
            0 => String::new(),
            cause => format!("<- {cause:>4}"),
        };
        let (kind, what) = (self.what.kind(), said(&self.what, world));
        let volume = match self.volume {
            VolumeId::FIRST => String::new(),
            other => format!("{other}: "),
        };
        let text = format!(
            "{id:>4} {cause:7} {:>10}  {kind:<14} {volume}{what}",
            ms(at.0)
        );
        text.trim_end().to_owned()
    }
}

impl What {
    /// The kinds of lines, each a word.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        Self::OF_WORLD.into_iter().chain(server::KINDS)
    }

    const OF_WORLD: [&'static str; 69] = [
        "issued",
        "commit-asked",
        "throttled",
        "unthrottled",
        "boxcar-sent",
        "boxcar-resent",
        "received",
        "stored",
        "acked",
        "pgcl-moved",
        "vcl-moved",
        "vdl-moved",
        "commit-acked",
        "gap-found",
        "gossip-asked",
        "gossip-given",
        "gossip-empty",
        "read-asked",
        "read-hedged",
        "read-answered",
        "read-refused",
        "snapshot-taken",
        "snapshot-done",
        "recovery-began",
        "points-found",
        "truncating",
        "opened",
        "writer-over",
        "fenced",
        "refused",
        "truncated",
        "members-known",
        "members-changed",
        "change-refused",
        "hydrating",
        "hydrated",
        "discarded",
        "outdated",
        "coalesced",
        "staged",
        "archived",
        "collected",
        "damage-found",
        "mended",
        "backlog-full",
        "backlog-done",
        "lost",
        "found-down",
        "slowed",
        "standby-slowed",
        "drop-set",
        "nothing-changed",
        "asked",
        "page-damaged",
        "writer-crashed",
        "partitioned",
        "healed",
        "new-writer",
        "zone-down",
        "zone-up",
        "node-down",
        "node-up",
        "clone-asked",
        "cloned",
        "restore-asked",
        "restored",
        "volume-deleted",
        "write-asked",
        "workload-ended",
    ];

    /// Its kind, in a word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Engine(note) => kind_of(note),
            Self::Server(note) => server::kind_of(note),
            Self::StandbySlowed { .. } => "standby-slowed",
            Self::Lost { .. } => "lost",
            Self::FoundDown { .. } => "found-down",
            Self::Slowed { .. } => "slowed",
            Self::DropSet { .. } => "drop-set",
            Self::NothingChanged { .. } => "nothing-changed",
            Self::Asked(_) => "asked",
            Self::PageDamaged { .. } => "page-damaged",
            Self::WriterCrashed { .. } => "writer-crashed",
            Self::Partitioned { .. } => "partitioned",
            Self::Healed => "healed",
            Self::NewWriter { .. } => "new-writer",
            Self::ZoneDown { .. } => "zone-down",
            Self::ZoneUp { .. } => "zone-up",
            Self::NodeDown { .. } => "node-down",
            Self::NodeUp { .. } => "node-up",
            Self::CloneAsked => "clone-asked",
            Self::Cloned { .. } => "cloned",
            Self::RestoreAsked { .. } => "restore-asked",
            Self::Restored { .. } => "restored",
            Self::VolumeDeleted { .. } => "volume-deleted",
            Self::WriteAsked { .. } => "write-asked",
            Self::WorkloadEnded => "workload-ended",
        }
    }
}

const fn kind_of(note: &Note) -> &'static str {
    match note {
        Note::Issued { .. } => "issued",
        Note::CommitAsked { .. } => "commit-asked",
        Note::Throttled { .. } => "throttled",
        Note::Unthrottled { .. } => "unthrottled",
        Note::BoxcarSent { .. } => "boxcar-sent",
        Note::BoxcarResent { .. } => "boxcar-resent",
        Note::Received { .. } => "received",
        Note::Stored { .. } => "stored",
        Note::Acked { .. } => "acked",
        Note::PgclMoved { .. } => "pgcl-moved",
        Note::VclMoved { .. } => "vcl-moved",
        Note::VdlMoved { .. } => "vdl-moved",
        Note::CommitAcked { .. } => "commit-acked",
        Note::GapFound { .. } => "gap-found",
        Note::GossipAsked { .. } => "gossip-asked",
        Note::GossipGiven { .. } => "gossip-given",
        Note::GossipEmpty { .. } => "gossip-empty",
        Note::ReadAsked {
            asked: Asked::Hedged,
            ..
        } => "read-hedged",
        Note::ReadAsked { .. } => "read-asked",
        Note::ReadAnswered { .. } => "read-answered",
        Note::ReadRefused { .. } => "read-refused",
        Note::SnapshotTaken { .. } => "snapshot-taken",
        Note::SnapshotDone { .. } => "snapshot-done",
        Note::RecoveryBegan { .. } => "recovery-began",
        Note::PointsFound { .. } => "points-found",
        Note::Truncating { .. } => "truncating",
        Note::Opened { .. } => "opened",
        Note::WriterOver { .. } => "writer-over",
        Note::Fenced { .. } => "fenced",
        Note::Refused { .. } => "refused",
        Note::Truncated { .. } => "truncated",
        Note::MembersRegistered { .. } => "members-known",
        Note::MembersChanged { .. } => "members-changed",
        Note::ChangeRefused { .. } => "change-refused",
        Note::Hydrating { .. } => "hydrating",
        Note::Hydrated { .. } => "hydrated",
        Note::Discarded { .. } => "discarded",
        Note::Outdated { .. } => "outdated",
        Note::Upkeep(note) => upkeep::kind_of(note),
    }
}

fn said(what: &What, world: &World) -> String {
    let name = |node| world.name(node);
    match *what {
        What::Engine(note) => said_by_engine(note, world),
        What::Server(note) => server::said(note),
        What::StandbySlowed { standby, by } => format!("{standby} by {} ms", by.0 / 1_000_000),
        What::Lost {
            node,
            group,
            first,
            last,
        } => format!("{} {}", segment(group, node, world), lsns(first, last)),
        What::FoundDown { node } => format!("a message came to {}", name(node)),
        What::Slowed { node, by } => format!("{} by {} ms", name(node), by.0 / 1_000_000),
        What::DropSet { node, count } => format!("{} next {count}", name(node)),
        What::NothingChanged { verb, why: None } | What::Asked(verb) => verb.to_string(),
        What::NothingChanged {
            verb,
            why: Some(why),
        } => format!("{verb}: {why}"),
        What::PageDamaged { node, page, lsn } => format!("{} page {page} at {lsn}", name(node)),
        What::ZoneDown { az } | What::ZoneUp { az } => az.to_string(),
        What::NodeDown { node } | What::NodeUp { node } => name(node).to_string(),
        What::WriterCrashed { epoch } | What::Partitioned { epoch } | What::NewWriter { epoch } => {
            format!("epoch {}", epoch.0)
        }
        What::Cloned {
            source,
            at,
            copying,
        } => {
            let copied = match copying {
                Span::ZERO => String::new(),
                copying => format!(", copied in {}", ms(copying.0)),
            };
            format!("as {source} was at {at}{copied}")
        }
        What::RestoreAsked { to } => format!("to {to}"),
        What::Restored {
            source,
            at,
            copying,
        } => format!("as {source} was at {at}, its log in {}", ms(copying.0)),
        What::VolumeDeleted { freed } => format!("{freed} page versions freed"),
        What::WriteAsked { page } => format!("page {page}"),
        What::WorkloadEnded | What::Healed | What::CloneAsked => String::new(),
    }
}

fn said_by_engine(note: Note, world: &World) -> String {
    let name = |node| world.name(node);
    let segment = |group, node| segment(group, node, world);
    match note {
        Note::Issued { first, last } => lsns(first, last),
        Note::CommitAsked { txn, lsn } => format!("txn {txn} at {lsn}"),
        Note::Throttled { limit } | Note::Unthrottled { limit } => format!("limit {limit}"),
        Note::BoxcarSent {
            group,
            first,
            last,
            records,
            bytes,
        } => {
            let lsns = lsns(first, last);
            format!("{group} {lsns}, records {records}, bytes {bytes}")
        }
        Note::Received {
            node,
            group,
            first,
            last,
        } => format!("{} {}", segment(group, node), lsns(first, last)),
        Note::Stored {
            node,
            group,
            first,
            last,
            scl,
        } => {
            let lsns = lsns(first, last);
            format!("{} {lsns}, SCL {scl}", segment(group, node))
        }
        Note::Acked { node, group, scl } => format!("{} SCL {scl}", segment(group, node)),
        Note::PgclMoved {
            group, pgcl, node, ..
        } => {
            format!("{group} PGCL {pgcl}, by {}", name(node))
        }
        Note::BoxcarResent { group, first, last } => format!("{group} {}", lsns(first, last)),
        Note::VclMoved { vcl, .. } => format!("VCL {vcl}"),
        Note::VdlMoved { vdl, .. } => format!("VDL {vdl}"),
        Note::CommitAcked { txn, lsn, took, .. } => {
            format!("txn {txn} at {lsn}, after {}", ms(took.0))
        }
        Note::GapFound {
            node,
            group,
            after,
            until,
        } => format!("{} {}", segment(group, node), lack(after, until)),
        Note::GossipAsked { node, peer } => format!("{} asks {}", name(node), name(peer)),
        Note::GossipGiven {
            node,
            peer,
            group,
            first,
            last,
        } => {
            let lsns = lsns(first, last);
            format!("{} gives {} {lsns}", name(node), segment(group, peer))
        }
        Note::RecoveryBegan { epoch } | Note::WriterOver { epoch } => format!("epoch {}", epoch.0),
        Note::PointsFound { vcl, vdl, .. } => format!("VCL {vcl}, VDL {vdl}"),
        Note::Truncating { after, until } => annulled(after, until),
        Note::Opened { epoch, vdl, next } => {
            format!("epoch {}, VDL {vdl}, next LSN {next}", epoch.0)
        }
        Note::Fenced { node, epoch } => format!("{} knows epoch {}", name(node), epoch.0),
        Note::Refused { node, epoch } => format!("{} refuses epoch {}", name(node), epoch.0),
        Note::Truncated { node, after, until } => {
            format!("{} {}", name(node), annulled(after, until))
        }
        Note::MembersRegistered { members, step } | Note::MembersChanged { members, step, .. } => {
            format!("members epoch {}, {}", members.0, step_text(step, world))
        }
        Note::ChangeRefused { step, why } => format!("{}: {why}", step_text(step, world)),
        Note::Hydrating {
            node,
            peer,
            percent,
        } => format!("{} from {}, {percent} %", name(node), name(peer)),
        Note::Hydrated { node } => format!("{} has everything", name(node)),
        Note::Discarded { node } => format!("{} is a spare now", name(node)),
        Note::Outdated { node, members } => {
            format!("{} knows members epoch {}", name(node), members.0)
        }
        Note::Upkeep(note) => upkeep::said(note, world),
        Note::ReadAsked {
            node,
            group,
            page,
            point,
            asked,
            ..
        } => {
            let why = match asked {
                Asked::First | Asked::Hedged => "",
                Asked::Probed => ", to know what it takes",
                Asked::Elsewhere => ", after a refusal",
            };
            format!("{} page {page} at {point}{why}", segment(group, node))
        }
        Note::ReadAnswered {
            node,
            group,
            page,
            point,
            lsn,
            took,
            ..
        } => {
            let (segment, took) = (segment(group, node), ms(took.0));
            format!("{segment} page {page} at {point}, page LSN {lsn}, after {took}")
        }
        Note::ReadRefused {
            node,
            group,
            page,
            point,
            why,
        } => {
            let why = match why {
                ReadRefused::LogOnly => "it stores the log alone".to_owned(),
                ReadRefused::BelowFloor { floor } => format!("below the PGMRPL {floor}"),
                ReadRefused::Incomplete { scl } => format!("its SCL is {scl}"),
                ReadRefused::Damaged => "it is damaged".to_owned(),
            };
            format!("{} page {page} at {point}: {why}", segment(group, node))
        }
        Note::SnapshotTaken { point } | Note::SnapshotDone { point } => format!("at {point}"),
        Note::GossipEmpty { node, peer } => {
            format!("{} has nothing for {}", name(node), name(peer))
        }
    }
}

fn step_text(step: Step, world: &World) -> String {
    let names = |copies: Copies| {
        let names: Vec<_> = copies.iter().map(|n| world.name(n).to_string()).collect();
        names.join(" and ")
    };
    let change = |change| match change {
        Change::Replace { suspect, newcomer } => {
            format!("{} for {}", world.name(newcomer), world.name(suspect))
        }
        Change::Leave(copies) => format!("without {}", names(copies)),
        Change::Return => "with those who were left out".to_owned(),
    };
    match step {
        Step::Begin(begun) => format!("perhaps {}", change(begun)),
        Step::Complete(done) => change(done),
        Step::Reverse(undone) => format!("not {}", change(undone)),
        Step::Grow => "a further protection group".to_owned(),
    }
}

/// The name of a segment: `g1.a1`.
pub(crate) fn segment(group: GroupId, node: NodeId, world: &World) -> String {
    format!("{group}.{}", world.name(node))
}

/// What a segment lacks. It knows its neighbours in the group, not the LSNs between them.
pub(crate) fn lack(after: Lsn, until: Lsn) -> String {
    format!("lacks what follows {after}, up to {until}")
}

fn annulled(after: Lsn, until: Lsn) -> String {
    format!("annuls what follows {after}, up to {until}")
}

pub(super) fn lsns(first: Lsn, last: Lsn) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}..{last}")
    }
}
