//! Checkers: they read the trace and the log's records, never an engine's own books.
//!
//! From what the trace says is on a disk, a checker works out for itself how far each segment is
//! complete, and holds every point that the engine moves against that.

mod chain;

use chain::Chain;
use engine_quorum::{
    Asked, Cache, Copies, Epoch, GroupId, Log, Membership, NodeId, Note, Reads, Rule, Step,
};
use protocol::VolumeId;
use redo::{Lsn, PageId};
use std::collections::{BTreeMap, VecDeque};

use crate::trace::{Line, What};
use crate::world::World;

const POINTS: &str = "points never decrease";
const DISK: &str = "a segment says it is complete exactly as far as its disk is";
const QUORUM: &str = "what a point covers is stored by a write quorum of every group";
const MTR: &str = "the VDL is the last end of a mini-transaction at or below the VCL";
const LIMIT: &str = "no LSN runs too far ahead of the VDL";
const ORDER: &str = "commits are acknowledged in order, and only when durable";
const KEPT: &str = "no acknowledged commit is missing";
const FOUND: &str = "every read quorum finds every acknowledged commit";
const OVER: &str = "a writer that is over acknowledges nothing that its successor does not keep";
const ANNULLED: &str = "what a recovery annulled does not come back";
const EPOCHS: &str = "epochs never decrease";
const MEMBERS: &str = "members change by steps that fit, and throw nothing away before";
const READ_POINT: &str = "a read point is a VDL, and held as long as it is used";
const READ: &str = "a read gives the page as it was at its read point";
const CACHE: &str = "the cache has every change that was made to its pages";

/// The names of what is checked.
pub const INVARIANTS: [&str; 15] = [
    POINTS, DISK, QUORUM, MTR, LIMIT, ORDER, KEPT, FOUND, OVER, ANNULLED, EPOCHS, MEMBERS,
    READ_POINT, READ, CACHE,
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
const KEPT_MAX: u64 = 8;

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
    nodes: Vec<Node>,
    /// The epoch that is open.
    epoch: Epoch,
    /// The latest recovery that is under way, and the VDL that it found.
    found: Option<(Epoch, Lsn)>,
    /// Ends of mini-transactions above the VDL, rising.
    ends: VecDeque<Lsn>,
    issued: Lsn,
    /// LSNs began here, after the last recovery.
    limit_from: Lsn,
    vcl: Lsn,
    vdl: Lsn,
    acked: Lsn,
    counts: [Count; INVARIANTS.len()],
    reads: ReadBooks,
    violations: Vec<Violation>,
}

/// What the trace says that a node knows.
#[derive(Clone, Debug)]
struct Node {
    /// The epoch that it answers to.
    epoch: Epoch,
    /// What it was told is annulled: everything after the one up to the other.
    annulled: Vec<(Lsn, Lsn)>,
}

/// What pages and read points a checker knows.
#[derive(Clone, Debug, Default)]
struct ReadBooks {
    /// Read points of snapshots.
    snapshots: Vec<Lsn>,
    /// Of pages that were read: a record, and how many there are up to it.
    pages: BTreeMap<PageId, (Lsn, u32)>,
}

impl ReadBooks {
    fn release(&mut self, point: Lsn) {
        if let Some(place) = self.snapshots.iter().position(|held| *held == point) {
            self.snapshots.swap_remove(place);
        }
    }

    /// The newest record of a page at or below a point, and how many there are up to it.
    fn expected(&mut self, page: PageId, point: Lsn, log: &Log) -> (Lsn, u32) {
        let known = self.pages.get(&page).copied().unwrap_or_default();
        let known = if known.0 <= point {
            known
        } else {
            (Lsn::ZERO, 0)
        };
        let later = log.history(page).skip_while(|(lsn, _)| *lsn > point);
        let later: Vec<_> = later.take_while(|(lsn, _)| *lsn > known.0).collect();
        let count = u32::try_from(later.len()).expect("a page has few records");
        let newest = later.first().map_or(known.0, |(lsn, _)| *lsn);
        let expected = (newest, known.1 + count);
        let kept = self.pages.entry(page).or_default();
        *kept = expected.max(*kept);
        expected
    }
}

impl Checker {
    /// A checker for a run of this world, from its first event.
    pub fn new(world: &World) -> Self {
        let topology = &world.script().scenario.topology;
        let node = Node {
            epoch: Epoch::FIRST,
            annulled: Vec::new(),
        };
        Self {
            write: topology.membership().quorum().write,
            registered: topology.membership(),
            lal: world.script().lal(),
            groups: vec![Chain::new(topology.machines()); topology.protection_groups.into()],
            nodes: vec![node; topology.machines().into()],
            epoch: Epoch::FIRST,
            found: None,
            ends: VecDeque::new(),
            issued: Lsn::ZERO,
            limit_from: Lsn::ZERO,
            vcl: Lsn::ZERO,
            vdl: Lsn::ZERO,
            acked: Lsn::ZERO,
            counts: [Count::default(); INVARIANTS.len()],
            reads: ReadBooks::default(),
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
            } => self.store(line, (group, node), (first, last), scl, log),
            // A writer that does not know that it is over may still hear of what it sent before.
            Note::VdlMoved { epoch, vdl: lsn } | Note::CommitAcked { epoch, lsn, .. }
                if self.is_over(epoch) =>
            {
                let vdl = self.found.map_or(self.vdl, |(_, vdl)| vdl);
                self.check(OVER, line, lsn <= vdl && !log.is_annulled(lsn), || {
                    format!("{lsn}, by the writer of epoch {}, at VDL {vdl}", epoch.0)
                });
                if matches!(note, Note::CommitAcked { .. }) {
                    self.acked = self.acked.max(lsn);
                }
            }
            Note::PgclMoved { epoch, .. } | Note::VclMoved { epoch, .. } if self.is_over(epoch) => {
            }
            // A recovery that is slower than a later one comes to nothing.
            Note::PointsFound { epoch, vdl, .. } => {
                let latest = self.found.map_or(self.epoch, |(latest, _)| latest);
                if epoch > latest {
                    self.found = Some((epoch, vdl));
                    self.check_found(line, vdl);
                }
            }
            Note::PgclMoved { group, pgcl, .. } => self.move_pgcl(line, group, pgcl),
            Note::VclMoved { vcl, .. } => self.move_vcl(line, vcl),
            Note::VdlMoved { vdl, .. } => self.move_vdl(line, vdl),
            Note::CommitAcked { lsn, .. } => {
                let before = std::mem::replace(&mut self.acked, lsn);
                let vdl = self.vdl;
                self.check(ORDER, line, before < lsn && lsn <= vdl, || {
                    format!("commit {lsn} after {before} at VDL {vdl}")
                });
                self.check_read_quorums(line);
            }
            Note::Fenced { node, epoch } => {
                let known = &mut self.nodes[node.index()].epoch;
                let before = std::mem::replace(known, epoch);
                self.check(EPOCHS, line, before < epoch, || {
                    format!("a node answers to epoch {} after {}", epoch.0, before.0)
                });
            }
            Note::Truncated { node, after, until } => {
                self.nodes[node.index()].annulled.push((after, until));
                for chain in &mut self.groups {
                    let count = chain.after(after);
                    chain.copies[node.index()].truncate(count);
                }
            }
            Note::SnapshotTaken { point } => {
                self.reads.snapshots.push(point);
                let vdl = self.vdl;
                self.check(READ_POINT, line, point <= vdl, || {
                    format!("a snapshot at {point}, VDL {vdl}")
                });
            }
            Note::SnapshotDone { point } => self.reads.release(point),
            Note::ReadAsked {
                epoch,
                point,
                asked: Asked::First,
                ..
            } => {
                let vdl = self.vdl;
                let is_held = point == vdl || self.reads.snapshots.contains(&point);
                let holds = is_held || self.is_over(epoch);
                self.check(READ_POINT, line, holds, || {
                    format!("a read at {point}, VDL {vdl}")
                });
            }
            Note::ReadAnswered {
                page,
                point,
                lsn,
                changes,
                ..
            } => {
                let expected = self.reads.expected(page, point, log);
                let holds = (lsn, changes) == expected && lsn <= point && point <= self.vdl;
                self.check(READ, line, holds, || {
                    let (has, of) = expected;
                    format!("page {page} at {point}: LSN {lsn}, {changes} changes, not {has}, {of}")
                });
            }
            Note::Opened { epoch, vdl, next } => {
                let before = std::mem::replace(&mut self.epoch, epoch);
                self.check(EPOCHS, line, before < epoch, || {
                    format!("epoch {} was opened after {}", epoch.0, before.0)
                });
                self.found.take_if(|(latest, _)| *latest <= epoch);
                self.write = self.registered.quorum().write;
                self.open(line, vdl, next);
            }
            Note::MembersRegistered { step, .. } => self.register(line, step),
            Note::MembersChanged { epoch, .. } if self.is_over(epoch) => {}
            Note::MembersChanged { .. } => self.write = self.registered.quorum().write,
            Note::Discarded { node } => {
                let counts = self.registered.everyone().or(self.registered.left_out());
                self.check(MEMBERS, line, !counts.has(node), || format!("{node:?}"));
                for chain in &mut self.groups {
                    chain.copies[node.index()] = chain::Copy::default();
                }
            }
            Note::CommitAsked { .. }
            | Note::RecoveryBegan { .. }
            | Note::Truncating { .. }
            | Note::WriterOver { .. }
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
            | Note::ReadAsked { .. }
            | Note::ReadRefused { .. }
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
                    invariant: KEPT,
                    event: world.events(),
                    seen: format!("{copies} copies of {group} have everything up to {acked}"),
                });
            }
        }
        self.look_at_cache(world);
        self.violations
    }

    /// The writer's cache has what the log says, byte by byte.
    fn look_at_cache(&mut self, world: &World) {
        let cached = world.writer().reads().map(Reads::cache);
        for page in cached.into_iter().flat_map(Cache::pages) {
            let expected = world.log().page_at(page.id(), Lsn::MAX);
            if *page != expected {
                let (id, has, of) = (page.id(), page.lsn(), expected.lsn());
                self.violations.push(Violation {
                    invariant: CACHE,
                    event: world.events(),
                    seen: format!("page {id} in the cache at LSN {has}, in the log at {of}"),
                });
            }
        }
    }

    /// After a recovery the log ends at its VDL, for every copy.
    fn open(&mut self, line: &Line, vdl: Lsn, next: Lsn) {
        for chain in &mut self.groups {
            chain.end_at(chain.after(vdl));
        }
        self.ends.clear();
        (self.issued, self.vcl, self.vdl) = (vdl, vdl, vdl);
        self.limit_from = next.before();
        self.check_kept(line, vdl);
        let write = self.write.clone();
        self.check_all(line, &write, "recovered VDL", vdl);
        self.check_read_quorums(line);
    }

    /// A recovery annuls nothing that was durable before, acknowledged or not.
    fn check_found(&mut self, line: &Line, vdl: Lsn) {
        self.check_kept(line, vdl);
        let before = self.vdl;
        self.check(POINTS, line, before <= vdl, || {
            format!("the recovered VDL is {vdl} after {before}")
        });
    }

    fn check_kept(&mut self, line: &Line, recovered: Lsn) {
        let acked = self.acked;
        self.check(KEPT, line, acked <= recovered, || {
            format!("commit {acked} was acknowledged, and the recovered VDL is {recovered}")
        });
    }

    /// What is at or below this point is on a write quorum of every group.
    fn check_all(&mut self, line: &Line, write: &Rule, name: &str, point: Lsn) {
        let copies = self.groups.iter().map(|chain| chain.copies_with(point));
        let short = copies
            .filter(|copies| !write.holds(*copies))
            .min_by_key(|c| c.count());
        let count = short.map(Copies::count);
        self.check(QUORUM, line, count.is_none(), || {
            let fewest = count.unwrap_or(0);
            format!("{name} {point}, and a group has {fewest} copies complete up to it")
        });
    }

    /// Copies that lack something acknowledged are never enough to read.
    fn check_read_quorums(&mut self, line: &Line) {
        let (acked, read) = (self.acked, self.registered.quorum().read);
        let members = read.members();
        let lacking = self.groups.iter();
        let lacking = lacking.map(|chain| chain.copies_without(acked).and(members));
        let enough = lacking
            .filter(|copies| read.holds(*copies))
            .map(Copies::count);
        let enough = enough.max();
        self.check(FOUND, line, enough.is_none(), || {
            let most = enough.unwrap_or(0);
            format!("commit {acked}, which {most} copies of a group lack, enough to answer alone")
        });
    }

    /// The metadata service knows of a step.
    fn register(&mut self, line: &Line, step: Step) {
        let next = self.registered.step(step);
        let why = next.as_ref().err().copied();
        self.check(MEMBERS, line, why.is_none(), || {
            format!("{step:?}: {why:?}")
        });
        if step == Step::Grow {
            let copies = self.nodes.len();
            self.groups
                .push(Chain::new(u8::try_from(copies).expect("few nodes")));
        }
        if let Ok(next) = next {
            self.write = next.base().write.clone();
            self.registered = next;
        }
    }

    /// Whether the writer of this epoch is over: a later one is open, or about to be.
    fn is_over(&self, epoch: Epoch) -> bool {
        let latest = self.found.map_or(self.epoch, |(latest, _)| latest);
        epoch < latest
    }

    fn issue(&mut self, line: &Line, first: Lsn, last: Lsn, log: &Log) {
        for lsn in (first.0..=last.0).map(Lsn) {
            let entry = log.get(lsn).expect("the log holds what was issued");
            self.groups[entry.group.index()].push(lsn);
        }
        let vdl = self.vdl;
        let limit = vdl.max(self.limit_from).0.saturating_add(self.lal);
        // What the old writer numbers while a recovery is under way is its own affair: nobody will
        // read it.
        let within = last.0 <= limit || self.found.is_some();
        self.issued = last;
        self.ends.push_back(last);
        self.check(LIMIT, line, within, || format!("LSN {last} at VDL {vdl}"));
    }

    fn store(
        &mut self,
        line: &Line,
        (group, node): (GroupId, NodeId),
        (first, last): (Lsn, Lsn),
        scl: Lsn,
        log: &Log,
    ) {
        let told = &self.nodes[node.index()].annulled;
        let back = log.is_annulled(last)
            && told
                .iter()
                .any(|(after, until)| *after < last && last <= *until);
        self.check(ANNULLED, line, !back, || {
            format!("record {last}, stored by a node that was told that it is annulled")
        });
        let chain = &mut self.groups[group.index()];
        let (from, to) = (chain.after(first.before()), chain.after(last));
        let copy = &mut chain.copies[node.index()];
        let before = copy.complete;
        copy.add(from, to);
        let complete = copy.complete;
        let expected = chain.last_of(complete);
        // A node that did not hear of a recovery counts what that annulled.
        let kept = if log.is_annulled(scl) {
            chain.last_of(chain.after(scl))
        } else {
            scl
        };
        self.check(DISK, line, before <= complete && kept == expected, || {
            format!("SCL {scl}, complete to {expected}")
        });
    }

    fn move_pgcl(&mut self, line: &Line, group: GroupId, pgcl: Lsn) {
        let chain = &mut self.groups[group.index()];
        let before = std::mem::replace(&mut chain.pgcl, pgcl);
        let copies = chain.copies_with(pgcl);
        self.check(POINTS, line, before < pgcl, || {
            format!("PGCL from {before} to {pgcl}")
        });
        self.check(QUORUM, line, self.write.holds(copies), || {
            format!("PGCL {pgcl}, complete on {} copies", copies.count())
        });
    }

    fn move_vcl(&mut self, line: &Line, vcl: Lsn) {
        let before = std::mem::replace(&mut self.vcl, vcl);
        let issued = self.issued;
        self.check(POINTS, line, before < vcl && vcl <= issued, || {
            format!("VCL from {before} to {vcl}, issued {issued}")
        });
        // Every PGCL was held against the rule of its time; this one holds throughout.
        let write = self.registered.base().write.clone();
        self.check_all(line, &write, "VCL", vcl);
    }

    fn move_vdl(&mut self, line: &Line, vdl: Lsn) {
        let before = std::mem::replace(&mut self.vdl, vdl);
        self.check(POINTS, line, before < vdl, || {
            format!("VDL from {before} to {vdl}")
        });
        let mut end = None;
        while let Some(&next) = self.ends.front()
            && next <= vdl
        {
            end = self.ends.pop_front();
        }
        let vcl = self.vcl;
        self.check(MTR, line, vdl <= vcl && end == Some(vdl), || {
            format!("VDL {vdl}, VCL {vcl}, the last end of a mini-transaction {end:?}")
        });
    }

    fn check(
        &mut self,
        invariant: &'static str,
        line: &Line,
        holds: bool,
        seen: impl Fn() -> String,
    ) {
        let place = INVARIANTS.iter().position(|name| *name == invariant);
        let count = &mut self.counts[place.expect("it has a place in the list")];
        count.checked += 1;
        count.failed += u64::from(!holds);
        if !holds && count.failed <= KEPT_MAX {
            self.violations.push(Violation {
                invariant,
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
        let mut chain = Chain::new(0);
        assert_eq!(chain.after(Lsn(5)), 0);
        for lsn in lsns {
            chain.push(lsn);
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
        assert_eq!(read(&gap, ""), [DISK]);
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
        assert_eq!(read(&notes, ""), [QUORUM]);
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
        assert_eq!(checker.violations[0].invariant, DISK);
    }

    /// Two records of one page, the first of them durable.
    fn one_is_durable() -> Vec<Note> {
        let epoch = Epoch::FIRST;
        let mut notes = vec![issued(1, 1), issued(2, 2)];
        notes.extend((0..4).map(|node| stored(0, node, 1, 1)));
        notes.push(Note::VclMoved { epoch, vcl: Lsn(1) });
        notes.push(Note::VdlMoved { epoch, vdl: Lsn(1) });
        notes
    }

    #[test]
    fn a_read_point_that_is_no_vdl_is_seen() {
        let asked = |point| Note::ReadAsked {
            epoch: Epoch::FIRST,
            node: NodeId(0),
            group: GroupId(0),
            page: PageId(0),
            point: Lsn(point),
            asked: Asked::First,
        };
        let read_at = |points: &[u64]| {
            let mut notes = one_is_durable();
            notes.extend(points.iter().copied().map(asked));
            read(&notes, "")
        };
        assert_eq!(read_at(&[1]), [""; 0]);
        assert_eq!(read_at(&[0, 2]), [READ_POINT, READ_POINT]);
    }

    #[test]
    fn an_answer_that_is_not_what_the_log_gives_is_seen() {
        let answered = |point: u64, lsn: u64, changes| Note::ReadAnswered {
            epoch: Epoch::FIRST,
            node: NodeId(0),
            group: GroupId(0),
            page: PageId(0),
            point: Lsn(point),
            lsn: Lsn(lsn),
            changes,
            took: sim::Span::ZERO,
        };
        let read_as = |answer: Note| {
            let mut notes = one_is_durable();
            notes.push(answer);
            read(&notes, "")
        };
        assert_eq!(read_as(answered(1, 1, 1)), [""; 0]);
        for wrong in [(1, 0, 0), (1, 1, 2), (2, 1, 1), (0, 1, 1)] {
            let (point, lsn, changes) = wrong;
            let seen = read_as(answered(point, lsn, changes));
            assert_eq!(seen, [READ], "{wrong:?}");
        }
    }

    #[test]
    fn a_vdl_inside_a_mini_transaction_is_seen() {
        let mut notes = vec![issued(1, 2)];
        notes.extend((0..4).map(|node| stored(0, node, 1, 1)));
        let epoch = Epoch::FIRST;
        notes.push(Note::VclMoved { epoch, vcl: Lsn(1) });
        notes.push(Note::VdlMoved { epoch, vdl: Lsn(1) });
        assert_eq!(read(&notes, ""), [MTR]);
    }

    const EPOCH: Epoch = Epoch::FIRST;

    /// Two records, one in each group; the first so many copies have both; then a commit.
    fn commit_on(copies: u8) -> Vec<Note> {
        let mut notes = vec![issued(1, 2)];
        for group in 0..2 {
            let lsn = u64::from(group) + 1;
            notes.extend((0..copies).map(|node| stored(group, node, lsn, lsn)));
        }
        let (epoch, lsn) = (EPOCH, Lsn(2));
        notes.push(Note::VclMoved { epoch, vcl: lsn });
        notes.push(Note::VdlMoved { epoch, vdl: lsn });
        notes.push(acked(epoch, 2));
        notes
    }

    fn acked(epoch: Epoch, lsn: u64) -> Note {
        Note::CommitAcked {
            epoch,
            txn: 1,
            lsn: Lsn(lsn),
            took: sim::Span::ZERO,
        }
    }

    #[test]
    fn a_commit_that_a_read_quorum_may_miss_is_seen() {
        let three = "write_quorum = 4\nread_quorum = 3";
        assert_eq!(read(&commit_on(4), three), [""; 0]);
        assert_eq!(read(&commit_on(3), three), [QUORUM, FOUND]);
        assert_eq!(
            read(&commit_on(4), "write_quorum = 4\nread_quorum = 4"),
            [""; 0]
        );
    }

    #[test]
    fn an_old_writer_that_acknowledges_what_is_not_kept_is_seen() {
        let found = Note::PointsFound {
            epoch: Epoch(2),
            vcl: Lsn(2),
            vdl: Lsn(2),
        };
        let mut notes = commit_on(6);
        notes.extend([issued(3, 4), found, acked(EPOCH, 2)]);
        assert_eq!(read(&notes, ""), [""; 0]);
        notes.push(acked(EPOCH, 4));
        assert_eq!(read(&notes, ""), [OVER]);
    }

    #[test]
    fn an_annulled_record_is_seen_when_a_node_stores_it_that_was_told() {
        let (mut checker, mut log) = checker(6, "");
        let (epoch, vdl, next) = (Epoch(2), Lsn(2), Lsn(13));
        let told = Note::Truncated {
            node: NodeId(1),
            after: vdl,
            until: Lsn(12),
        };
        let mut notes = commit_on(6);
        notes.extend([issued(3, 6), told, Note::Opened { epoch, vdl, next }]);
        for note in notes {
            checker.read(&line(1, note), &log);
        }
        log.branch(epoch, vdl, next);
        checker.read(&line(2, stored(0, 0, 3, 3)), &log);
        assert_eq!(checker.violations, []);
        checker.read(&line(3, stored(0, 1, 3, 3)), &log);
        assert_eq!(checker.violations[0].invariant, ANNULLED);
    }

    #[test]
    fn a_recovery_that_finds_less_than_was_durable_is_seen() {
        let found = |lsn| Note::PointsFound {
            epoch: Epoch(2),
            vcl: Lsn(lsn),
            vdl: Lsn(lsn),
        };
        let read_after = |mut notes: Vec<Note>, lsn| {
            notes.push(found(lsn));
            read(&notes, "")
        };
        assert_eq!(read_after(one_is_durable(), 1), [""; 0]);
        assert_eq!(read_after(one_is_durable(), 0), [POINTS]);
        assert_eq!(read_after(commit_on(6), 0), [KEPT, POINTS]);
    }

    #[test]
    fn an_epoch_that_falls_is_seen() {
        let fenced = |node, epoch| Note::Fenced {
            node: NodeId(node),
            epoch: Epoch(epoch),
        };
        assert_eq!(read(&[fenced(0, 3), fenced(1, 2)], ""), [""; 0]);
        assert_eq!(read(&[fenced(0, 3), fenced(0, 2)], ""), [EPOCHS]);
    }

    #[test]
    fn a_recovery_that_is_slower_than_a_later_one_says_nothing_of_it() {
        let (epoch, vdl, next) = (Epoch(3), Lsn(2), Lsn(13));
        let mut notes = commit_on(6);
        notes.push(Note::Opened { epoch, vdl, next });
        let (epoch, vcl, vdl) = (Epoch(2), Lsn(1), Lsn(1));
        notes.push(Note::PointsFound { epoch, vcl, vdl });
        notes.push(acked(Epoch(1), 2));
        assert_eq!(read(&notes, ""), [""; 0]);
        notes.push(acked(Epoch(1), 3));
        assert_eq!(read(&notes, ""), [OVER]);
    }
}
