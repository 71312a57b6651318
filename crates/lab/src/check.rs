//! Checkers: they read the trace and the final state, never an engine's own books.

use std::collections::BTreeMap;

use engine_quorum::{GroupId, NodeId, Note, nth_highest};
use redo::Lsn;

use crate::trace::{Line, What};
use crate::world::World;

/// The names of what is checked.
pub const INVARIANTS: [&str; 6] = [
    "points never decrease",
    "the VDL never passes the VCL",
    "a group's complete point is stored by a write quorum",
    "no LSN runs too far ahead of the VDL",
    "commits are acknowledged in order, and only when durable",
    "no acknowledged commit is missing",
];

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its name, one of [`INVARIANTS`].
    pub invariant: &'static str,
    /// The event at which it did not hold.
    pub event: u64,
    /// What was seen.
    pub seen: String,
}

/// Reads a trace, line by line.
#[derive(Clone, Debug)]
pub struct Checker {
    write_quorum: usize,
    nodes: u8,
    lal: u64,
    /// What each segment said is complete on its disk.
    stored: BTreeMap<(GroupId, NodeId), Lsn>,
    pgcls: BTreeMap<GroupId, Lsn>,
    issued: Lsn,
    vcl: Lsn,
    vdl: Lsn,
    acked: Lsn,
    violations: Vec<Violation>,
}

impl Checker {
    /// A checker for a run of this world, from its first event.
    pub fn new(world: &World) -> Self {
        let topology = &world.script().scenario.topology;
        Self {
            write_quorum: topology.write_quorum.into(),
            nodes: topology.nodes(),
            lal: topology.lal,
            stored: BTreeMap::new(),
            pgcls: BTreeMap::new(),
            issued: Lsn::ZERO,
            vcl: Lsn::ZERO,
            vdl: Lsn::ZERO,
            acked: Lsn::ZERO,
            violations: Vec::new(),
        }
    }

    /// Reads the next line.
    pub fn read(&mut self, line: &Line) {
        let What::Engine(note) = line.what else {
            return;
        };
        match note {
            Note::Issued { first, last } => {
                self.issued = last;
                let vdl = self.vdl;
                // What is larger than the limit passes alone, when nothing else is outstanding.
                let within = last.0 <= vdl.0.saturating_add(self.lal) || first.before() == vdl;
                self.check(3, line, within, || format!("LSN {last} at VDL {vdl}"));
            }
            Note::Stored {
                node, group, scl, ..
            } => {
                let before = self.stored.insert((group, node), scl).unwrap_or_default();
                self.check(0, line, before <= scl, || {
                    format!("SCL from {before} to {scl}")
                });
            }
            Note::PgclMoved { group, pgcl, .. } => {
                let scls: Vec<_> = (0..self.nodes)
                    .map(|node| self.stored.get(&(group, NodeId(node))).copied())
                    .map(Option::unwrap_or_default)
                    .collect();
                let stored = nth_highest(&scls, self.write_quorum);
                self.check(2, line, pgcl <= stored, || {
                    format!("PGCL {pgcl}, stored {stored}")
                });
                let before = self.pgcls.insert(group, pgcl).unwrap_or_default();
                self.check(0, line, before < pgcl, || {
                    format!("PGCL from {before} to {pgcl}")
                });
            }
            Note::VclMoved { vcl } => {
                let before = std::mem::replace(&mut self.vcl, vcl);
                self.check(0, line, before < vcl, || {
                    format!("VCL from {before} to {vcl}")
                });
                let issued = self.issued;
                self.check(0, line, vcl <= issued, || {
                    format!("VCL {vcl}, issued {issued}")
                });
            }
            Note::VdlMoved { vdl } => {
                let before = std::mem::replace(&mut self.vdl, vdl);
                self.check(0, line, before < vdl, || {
                    format!("VDL from {before} to {vdl}")
                });
                let vcl = self.vcl;
                self.check(1, line, vdl <= vcl, || format!("VDL {vdl}, VCL {vcl}"));
            }
            Note::CommitAcked { lsn, .. } => {
                let before = std::mem::replace(&mut self.acked, lsn);
                let vdl = self.vdl;
                self.check(4, line, before < lsn && lsn <= vdl, || {
                    format!("commit {lsn} after {before} at VDL {vdl}")
                });
            }
            Note::CommitAsked { .. }
            | Note::Throttled { .. }
            | Note::Unthrottled { .. }
            | Note::BoxcarSent { .. }
            | Note::Received { .. }
            | Note::Acked { .. }
            | Note::GapFound { .. }
            | Note::Damaged { .. }
            | Note::GossipAsked { .. }
            | Note::GossipGiven { .. }
            | Note::GossipEmpty { .. } => {}
        }
    }

    /// Looks at the state: every acknowledged commit is on the disks of a write quorum, down or up,
    /// with everything before it.
    pub fn finish(mut self, world: &World) -> Vec<Violation> {
        for group in world.groups() {
            let mut last = self.acked.min(world.log().last());
            while last > Lsn::ZERO && world.log().get(last).is_some_and(|e| e.group != group) {
                last = last.before();
            }
            let complete = |node: &engine_quorum::StorageNode| node.segment(group).scl() >= last;
            let copies = world.nodes().iter().filter(|node| complete(node)).count();
            if copies < self.write_quorum {
                let seen = format!("{copies} copies of {group} have everything up to {last}");
                let invariant = INVARIANTS[5];
                self.violations.push(Violation {
                    invariant,
                    event: world.events(),
                    seen,
                });
            }
        }
        self.violations
    }

    fn check(&mut self, invariant: usize, line: &Line, holds: bool, seen: impl Fn() -> String) {
        if !holds {
            let (invariant, event) = (INVARIANTS[invariant], line.event);
            let seen = seen();
            self.violations.push(Violation {
                invariant,
                event,
                seen,
            });
        }
    }
}
