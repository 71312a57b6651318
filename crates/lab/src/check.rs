//! Checkers: they read the trace and the log's records, never an engine's own books.
//!
//! From what the trace says is on a disk, a checker works out for itself how far each segment is
//! complete, and holds every point that the engine moves against that.

use std::collections::VecDeque;

use engine_quorum::{Copies, Epoch, GroupId, Log, Membership, NodeId, Note, Rule, Step};
use protocol::VolumeId;
use redo::{Lsn, SharedVec};

use crate::trace::{Line, What};
use crate::world::World;

/// The names of what is checked.
pub const INVARIANTS: [&str; 8] = [
    "points never decrease",
    "a segment says it is complete exactly as far as its disk is",
    "what a point covers is stored by a write quorum of every group",
    "the VDL is the last end of a mini-transaction at or below the VCL",
    "no LSN runs too far ahead of the VDL",
    "commits are acknowledged in order, and only when durable",
    "no acknowledged commit is missing",
    "members change by steps that fit, and throw nothing away before",
];

/// How often an invariant was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// In all.
    pub checked: u64,
    /// And did not hold.
    pub failed: u64,
}

/// Violations of one invariant that are kept; the later ones are only counted.
const KEPT: u64 = 8;

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
    /// The members that the metadata service knows.
    registered: Membership,
    /// Which copies make a record durable: the rule that holds at the writer. While it changes, whoever
    /// leaves may already have thrown away what it acknowledged; what is left satisfies the rule of
    /// those who stay.
    write: Rule,
    lal: u64,
    groups: Vec<Chain>,
    /// The epoch that is open.
    epoch: Epoch,
    /// The VDL that a recovery found which is under way.
    found: Option<Lsn>,
    /// Ends of mini-transactions above the VDL, rising.
    ends: VecDeque<Lsn>,
    issued: Lsn,
    /// LSNs began here, after the last recovery.
    limit_from: Lsn,
    vcl: Lsn,
    vdl: Lsn,
    acked: Lsn,
    counts: [Count; INVARIANTS.len()],
    violations: Vec<Violation>,
}

/// The records of a group in their order, and what each of its segments has on its disk.
#[derive(Clone, Debug)]
struct Chain {
    /// LSNs of the records. Copies of the checker share them.
    lsns: SharedVec<Lsn>,
    pgcl: Lsn,
    copies: Vec<Copy>,
}

/// What a segment has: a beginning of the chain, and stretches behind gaps.
#[derive(Clone, Debug, Default)]
struct Copy {
    /// It has the first so many records of the chain.
    complete: u64,
    /// Further stretches, from a place in the chain up to another, rising and apart.
    behind_gaps: Vec<(u64, u64)>,
}

impl Copy {
    fn add(&mut self, from: u64, to: u64) {
        self.behind_gaps.push((from, to));
        self.behind_gaps.sort_unstable();
        self.behind_gaps.retain(|&(from, to)| {
            if from <= self.complete {
                self.complete = self.complete.max(to);
            }
            from > self.complete
        });
    }
}

impl Copy {
    /// Forgets all but the first so many records.
    fn truncate(&mut self, count: u64) {
        self.complete = self.complete.min(count);
        self.behind_gaps.retain_mut(|(from, to)| {
            *to = (*to).min(count);
            *from < *to
        });
    }
}

impl Chain {
    /// Where in the chain the records begin that are later than `lsn`. There is at most one for each
    /// LSN between, and where no group shares the log exactly one: so the search begins there.
    fn after(&self, lsn: Lsn) -> u64 {
        let last = self.lsns.last().copied().unwrap_or_default();
        let mut high = self.lsns.len();
        let mut low = high.saturating_sub(last.0.saturating_sub(lsn.0));
        let mut stride = 1;
        while low < high {
            let probe = (low + stride).min(high) - 1;
            if self.lsns.get(probe).is_some_and(|other| *other <= lsn) {
                (low, stride) = (probe + 1, stride * 2);
            } else {
                (high, stride) = (probe, 1);
            }
        }
        low
    }

    /// The record at the end of the first `count`; zero if there is none.
    fn last_of(&self, count: u64) -> Lsn {
        let place = count.checked_sub(1);
        let lsn = place.and_then(|place| self.lsns.get(place));
        lsn.copied().unwrap_or_default()
    }

    /// Forgets all but the first so many records.
    fn cut(&mut self, count: u64) {
        let all = std::mem::take(&mut self.lsns);
        let places = (0..count).filter_map(|place| all.get(place));
        places.for_each(|lsn| self.lsns.push(*lsn));
    }

    /// The copies that have every record up to `lsn`.
    fn copies_with(&self, lsn: Lsn) -> Copies {
        let needed = self.after(lsn);
        let copies = (0..).map(NodeId).zip(&self.copies);
        copies
            .filter(|(_, copy)| copy.complete >= needed)
            .map(|(node, _)| node)
            .collect()
    }
}

impl Checker {
    /// A checker for a run of this world, from its first event.
    pub fn new(world: &World) -> Self {
        let topology = &world.script().scenario.topology;
        let chain = Chain {
            lsns: SharedVec::default(),
            pgcl: Lsn::ZERO,
            copies: vec![Copy::default(); topology.machines().into()],
        };
        Self {
            write: topology.membership().quorum().write,
            registered: topology.membership(),
            lal: world.script().lal(),
            groups: vec![chain; topology.protection_groups.into()],
            epoch: Epoch::FIRST,
            found: None,
            ends: VecDeque::new(),
            issued: Lsn::ZERO,
            limit_from: Lsn::ZERO,
            vcl: Lsn::ZERO,
            vdl: Lsn::ZERO,
            acked: Lsn::ZERO,
            counts: [Count::default(); INVARIANTS.len()],
            violations: Vec::new(),
        }
    }

    /// Reads the next line. The log says which group a record belongs to.
    pub fn read(&mut self, line: &Line, log: &Log) {
        let What::Engine(note) = line.what else {
            return;
        };
        if line.volume != VolumeId::FIRST {
            return;
        }
        match note {
            // What a writer does that does not know that it is over.
            Note::Issued { last, .. } if log.is_annulled(last) => {}
            Note::Issued { first, last } => self.issue(line, first, last, log),
            Note::Stored {
                node,
                group,
                first,
                last,
                scl,
            } => {
                // A node that did not hear of a recovery counts what that annulled.
                let annulled = log.is_annulled(scl);
                let chain = &self.groups[group.index()];
                let scl = if annulled {
                    chain.last_of(chain.after(scl))
                } else {
                    scl
                };
                self.store(line, (group, node), first, last, scl);
            }
            // A writer that does not know that it is over may still hear of what it sent before.
            Note::VdlMoved { epoch, vdl: lsn } | Note::CommitAcked { epoch, lsn, .. }
                if self.is_over(epoch) =>
            {
                let vdl = self.found.unwrap_or(self.vdl);
                self.check(6, line, lsn <= vdl && !log.is_annulled(lsn), || {
                    format!("{lsn}, by the old writer, at VDL {vdl}")
                });
            }
            Note::PgclMoved { epoch, .. } | Note::VclMoved { epoch, .. } if self.is_over(epoch) => {
            }
            Note::PointsFound { vdl, .. } => self.found = Some(vdl),
            Note::PgclMoved { group, pgcl, .. } => self.move_pgcl(line, group, pgcl),
            Note::VclMoved { vcl, .. } => self.move_vcl(line, vcl),
            Note::VdlMoved { vdl, .. } => self.move_vdl(line, vdl),
            Note::CommitAcked { lsn, .. } => {
                let before = std::mem::replace(&mut self.acked, lsn);
                let vdl = self.vdl;
                self.check(5, line, before < lsn && lsn <= vdl, || {
                    format!("commit {lsn} after {before} at VDL {vdl}")
                });
            }
            Note::Truncated { node, after, .. } => {
                for chain in &mut self.groups {
                    let count = chain.after(after);
                    chain.copies[node.index()].truncate(count);
                }
            }
            Note::MembersRegistered { step, .. } => self.register(line, step),
            Note::MembersChanged { epoch, .. } if self.is_over(epoch) => {}
            Note::MembersChanged { .. } => self.write = self.registered.quorum().write,
            Note::Discarded { node } => {
                let counts = self.registered.everyone().or(self.registered.left_out());
                self.check(7, line, !counts.has(node), || format!("{node:?}"));
                for chain in &mut self.groups {
                    chain.copies[node.index()] = Copy::default();
                }
            }
            Note::Opened { epoch, vdl, next } => {
                self.epoch = epoch;
                self.found = None;
                self.write = self.registered.quorum().write;
                self.open(line, vdl, next);
            }
            Note::CommitAsked { .. }
            | Note::RecoveryBegan { .. }
            | Note::Truncating { .. }
            | Note::WriterOver { .. }
            | Note::Fenced { .. }
            | Note::Refused { .. }
            | Note::ChangeRefused { .. }
            | Note::Hydrating { .. }
            | Note::Hydrated { .. }
            | Note::Outdated { .. }
            | Note::Throttled { .. }
            | Note::Unthrottled { .. }
            | Note::BoxcarSent { .. }
            | Note::BoxcarResent { .. }
            | Note::Received { .. }
            | Note::Acked { .. }
            | Note::GapFound { .. }
            | Note::Upkeep(_)
            | Note::GossipAsked { .. }
            | Note::GossipGiven { .. }
            | Note::GossipEmpty { .. } => {}
        }
    }

    /// How often each of [`INVARIANTS`] was checked so far, in their order.
    pub fn counts(&self) -> &[Count; INVARIANTS.len()] {
        &self.counts
    }

    /// What was found so far, of each invariant the first few, in the order in which it was found.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Looks at the state: every acknowledged commit is on the disks of a write quorum, down or up,
    /// with everything before it.
    pub fn finish(mut self, world: &World) -> Vec<Violation> {
        for (group, chain) in world.groups().zip(&self.groups) {
            let acked = self.acked;
            let last = chain.last_of(chain.after(acked)).min(acked);
            let complete = |node: &engine_quorum::StorageNode| node.segment(group).scl() >= last;
            let nodes = (0..).map(NodeId).zip(world.nodes());
            let on_disk: Copies = nodes
                .filter(|(_, node)| complete(node))
                .map(|(id, _)| id)
                .collect();
            let copies = on_disk.and(chain.copies_with(acked));
            if !self.registered.base().write.holds(copies) {
                let copies = copies.count();
                self.violations.push(Violation {
                    invariant: INVARIANTS[6],
                    event: world.events(),
                    seen: format!("{copies} copies of {group} have everything up to {acked}"),
                });
            }
        }
        self.violations
    }

    /// After a recovery the log ends at its VDL, for every copy.
    fn open(&mut self, line: &Line, vdl: Lsn, next: Lsn) {
        for chain in &mut self.groups {
            let count = chain.after(vdl);
            for copy in &mut chain.copies {
                copy.truncate(count);
            }
            chain.cut(count);
            chain.pgcl = chain.last_of(count);
        }
        self.ends.clear();
        (self.issued, self.vcl, self.vdl) = (vdl, vdl, vdl);
        self.limit_from = next.before();
        let acked = self.acked;
        self.check(6, line, acked <= vdl, || {
            format!("commit {acked} was acknowledged, and the recovered VDL is {vdl}")
        });
        let write = self.write.clone();
        self.check_all(line, &write, "recovered VDL", vdl);
    }

    /// What is at or below this point is on a write quorum of every group.
    fn check_all(&mut self, line: &Line, write: &Rule, name: &str, point: Lsn) {
        let copies = self.groups.iter().map(|chain| chain.copies_with(point));
        let short = copies
            .filter(|copies| !write.holds(*copies))
            .min_by_key(|c| c.count());
        let count = short.map(Copies::count);
        self.check(2, line, count.is_none(), || {
            let fewest = count.unwrap_or(0);
            format!("{name} {point}, and a group has {fewest} copies complete up to it")
        });
    }

    /// The metadata service knows of a step.
    fn register(&mut self, line: &Line, step: Step) {
        let next = self.registered.step(step);
        let why = next.as_ref().err().copied();
        self.check(7, line, why.is_none(), || format!("{step:?}: {why:?}"));
        if let Ok(next) = next {
            self.write = next.base().write.clone();
            self.registered = next;
        }
    }

    /// Whether the writer of this epoch is over: a later one is open, or about to be.
    fn is_over(&self, epoch: Epoch) -> bool {
        epoch < self.epoch || self.found.is_some()
    }

    fn issue(&mut self, line: &Line, first: Lsn, last: Lsn, log: &Log) {
        for lsn in (first.0..=last.0).map(Lsn) {
            let entry = log.get(lsn).expect("the log holds what was issued");
            self.groups[entry.group.index()].lsns.push(lsn);
        }
        let vdl = self.vdl;
        let limit = vdl.max(self.limit_from).0.saturating_add(self.lal);
        // What the old writer numbers while a recovery is under way is its own affair: nobody will
        // read it.
        let within = last.0 <= limit || self.found.is_some();
        self.issued = last;
        self.ends.push_back(last);
        self.check(4, line, within, || format!("LSN {last} at VDL {vdl}"));
    }

    fn store(
        &mut self,
        line: &Line,
        (group, node): (GroupId, NodeId),
        first: Lsn,
        last: Lsn,
        scl: Lsn,
    ) {
        let chain = &mut self.groups[group.index()];
        let (from, to) = (chain.after(first.before()), chain.after(last));
        let copy = &mut chain.copies[node.index()];
        let before = copy.complete;
        copy.add(from, to);
        let complete = copy.complete;
        let expected = chain.last_of(complete);
        self.check(1, line, before <= complete && scl == expected, || {
            format!("SCL {scl}, complete to {expected}")
        });
    }

    fn move_pgcl(&mut self, line: &Line, group: GroupId, pgcl: Lsn) {
        let chain = &mut self.groups[group.index()];
        let before = std::mem::replace(&mut chain.pgcl, pgcl);
        let copies = chain.copies_with(pgcl);
        self.check(0, line, before < pgcl, || {
            format!("PGCL from {before} to {pgcl}")
        });
        self.check(2, line, self.write.holds(copies), || {
            format!("PGCL {pgcl}, complete on {} copies", copies.count())
        });
    }

    fn move_vcl(&mut self, line: &Line, vcl: Lsn) {
        let before = std::mem::replace(&mut self.vcl, vcl);
        let issued = self.issued;
        self.check(0, line, before < vcl && vcl <= issued, || {
            format!("VCL from {before} to {vcl}, issued {issued}")
        });
        // Every PGCL was held against the rule of its time; this one holds throughout.
        let write = self.registered.base().write.clone();
        self.check_all(line, &write, "VCL", vcl);
    }

    fn move_vdl(&mut self, line: &Line, vdl: Lsn) {
        let before = std::mem::replace(&mut self.vdl, vdl);
        self.check(0, line, before < vdl, || {
            format!("VDL from {before} to {vdl}")
        });
        let mut end = None;
        while let Some(&next) = self.ends.front()
            && next <= vdl
        {
            end = self.ends.pop_front();
        }
        let vcl = self.vcl;
        self.check(3, line, vdl <= vcl && end == Some(vdl), || {
            format!("VDL {vdl}, VCL {vcl}, the last end of a mini-transaction {end:?}")
        });
    }

    fn check(&mut self, invariant: usize, line: &Line, holds: bool, seen: impl Fn() -> String) {
        let count = &mut self.counts[invariant];
        count.checked += 1;
        count.failed += u64::from(!holds);
        if !holds && count.failed <= KEPT {
            self.violations.push(Violation {
                invariant: INVARIANTS[invariant],
                event: line.event,
                seen: seen(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use redo::{Change, PageId};
    use sim::SimTime;

    use super::*;
    use crate::tests::script;

    /// A log of so many records, one page after the other, and a checker for two groups.
    fn checker(records: u32, topology: &str) -> (Checker, Log) {
        let text = format!("[topology]\nprotection_groups = 2\n{topology}");
        let mut log = Log::new(2);
        for page in 0..records {
            log.append(Epoch::FIRST, Change::account(PageId(page), 100, false));
        }
        (Checker::new(&World::new(&script(&text))), log)
    }

    fn read(notes: &[Note], topology: &str) -> Vec<&'static str> {
        let (mut checker, log) = checker(12, topology);
        for (id, note) in (1..).zip(notes) {
            checker.read(&line(id, *note), &log);
        }
        checker.violations.iter().map(|v| v.invariant).collect()
    }

    fn line(id: u64, note: Note) -> Line {
        Line {
            id,
            event: id,
            at: SimTime::START,
            cause: 0,
            volume: VolumeId::FIRST,
            what: What::Engine(note),
        }
    }

    fn issued(first: u64, last: u64) -> Note {
        let (first, last) = (Lsn(first), Lsn(last));
        Note::Issued { first, last }
    }

    fn stored(group: u16, node: u8, lsn: u64, scl: u64) -> Note {
        Note::Stored {
            node: NodeId(node),
            group: GroupId(group),
            first: Lsn(lsn),
            last: Lsn(lsn),
            scl: Lsn(scl),
        }
    }

    #[test]
    fn a_small_limit_of_lsns_is_checked_as_well() {
        let read = |notes: &[Note]| read(notes, "lal = 3").len();
        assert_eq!(read(&[issued(1, 2), issued(3, 3)]), 0);
        assert_eq!(read(&[issued(1, 2), issued(3, 4)]), 1);
    }

    #[test]
    fn a_place_in_a_chain_is_found_in_a_log_with_holes() {
        let lsns = [1, 2, 3, 7, 20, 21, 25, 26, 27, 90].map(Lsn);
        let mut chain = Chain {
            lsns: SharedVec::default(),
            pgcl: Lsn::ZERO,
            copies: Vec::new(),
        };
        assert_eq!(chain.after(Lsn(5)), 0);
        for lsn in lsns {
            chain.lsns.push(lsn);
        }
        for lsn in (0..100).map(Lsn) {
            let expected = lsns.iter().filter(|other| **other <= lsn).count();
            assert_eq!(chain.after(lsn), expected as u64, "{lsn}");
        }
    }

    #[test]
    fn every_check_is_counted_and_only_the_first_violations_are_kept() {
        let (mut checker, log) = checker(12, "lal = 3");
        for id in 1..=12 {
            let line = Line {
                id,
                event: id,
                at: SimTime::START,
                cause: 0,
                volume: VolumeId::FIRST,
                what: What::Engine(issued(id, id)),
            };
            checker.read(&line, &log);
        }
        let count = |checked, failed| Count { checked, failed };
        assert_eq!(checker.counts()[4], count(12, 9));
        assert_eq!(checker.counts()[0], count(0, 0));
        let kept: Vec<_> = checker.violations().iter().map(|v| v.event).collect();
        assert_eq!(kept, [4, 5, 6, 7, 8, 9, 10, 11]);
    }

    #[test]
    fn an_scl_beyond_a_gap_is_seen() {
        // Odd records go to the first group.
        let gap = [issued(1, 5), stored(0, 0, 1, 1), stored(0, 0, 5, 5)];
        assert_eq!(read(&gap, ""), [INVARIANTS[1]]);
        let whole = [
            issued(1, 5),
            stored(0, 0, 1, 1),
            stored(0, 0, 5, 1),
            stored(0, 0, 3, 5),
        ];
        assert_eq!(read(&whole, ""), [""; 0]);
    }

    #[test]
    fn a_point_without_its_write_quorum_is_seen() {
        let vcl = |vcl| Note::VclMoved {
            epoch: Epoch::FIRST,
            vcl: Lsn(vcl),
        };
        let mut notes = vec![issued(1, 2)];
        notes.extend((0..4).map(|node| stored(0, node, 1, 1)));
        notes.extend((0..3).map(|node| stored(1, node, 2, 2)));
        notes.push(vcl(1));
        assert_eq!(read(&notes, ""), [""; 0]);
        notes.push(vcl(2));
        assert_eq!(read(&notes, ""), [INVARIANTS[2]]);
        *notes.last_mut().unwrap() = stored(1, 5, 2, 2);
        notes.push(vcl(2));
        assert_eq!(read(&notes, ""), [""; 0]);
    }

    #[test]
    fn a_copy_that_missed_a_recovery_counts_what_is_annulled() {
        let (mut checker, mut log) = checker(6, "");
        let mut notes = vec![issued(1, 2), issued(3, 6)];
        notes.extend((0..4).map(|node| stored(0, node, 1, 1)));
        notes.extend((0..4).map(|node| stored(1, node, 2, 2)));
        let (epoch, vdl, next) = (Epoch(2), Lsn(2), Lsn(13));
        notes.push(Note::Opened { epoch, vdl, next });
        log.branch(epoch, vdl, next);
        notes.push(stored(0, 5, 1, 3));
        for note in notes {
            checker.read(&line(1, note), &log);
        }
        assert_eq!(checker.violations, []);
        checker.read(&line(2, stored(1, 5, 2, 4)), &log);
        assert_eq!(checker.violations, [], "4 is annulled, and 2 is kept");
        checker.read(&line(3, stored(1, 5, 2, 14)), &log);
        assert_eq!(checker.violations[0].invariant, INVARIANTS[1]);
    }

    #[test]
    fn a_vdl_inside_a_mini_transaction_is_seen() {
        let mut notes = vec![issued(1, 2)];
        notes.extend((0..4).map(|node| stored(0, node, 1, 1)));
        let epoch = Epoch::FIRST;
        notes.push(Note::VclMoved { epoch, vcl: Lsn(1) });
        notes.push(Note::VdlMoved { epoch, vdl: Lsn(1) });
        assert_eq!(read(&notes, ""), [INVARIANTS[3]]);
    }
}
