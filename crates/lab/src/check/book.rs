//! What the trace says of one volume.
//!
//! A volume that comes from another one begins with what the book of that one says: the records up to
//! its point, and who has them. What comes after is its own.

use std::collections::VecDeque;

use engine_quorum::{
    Asked, Cache, Copies, Epoch, GroupId, Log, Membership, NodeId, Note, Reads, Rule, Step,
};
use redo::{Lsn, PageId, PageMap};

use super::chain::{self, Chain};
use super::{
    ANNULLED, BEGINNING, CACHE, DISK, EPOCHS, FOUND, KEPT, LIMIT, MEMBERS, MTR, ORDER, OVER,
    POINTS, QUORUM, READ, READ_POINT, Reading,
};
use crate::script::Script;
use crate::world::Volume;

/// What is known of one volume.
#[derive(Clone, Debug)]
pub(super) struct Book {
    /// The members that the metadata service knows.
    registered: Membership,
    /// Which copies make a record durable: the rule that holds at the writer. While it changes, whoever
    /// leaves may already have thrown away what it acknowledged; what is left satisfies the rule of
    /// those who stay.
    write: Rule,
    lal: u64,
    groups: Vec<Chain>,
    nodes: Vec<Node>,
    /// The point of another volume that this one begins at, until its first recovery has found it.
    begins_at: Option<Lsn>,
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
    /// The log forgot what is at or below, and so do the chains.
    forgotten: Lsn,
    reads: ReadBooks,
}

/// What the trace says that a node knows.
#[derive(Clone, Debug)]
struct Node {
    /// The epoch that it answers to.
    epoch: Epoch,
    /// What it was told is annulled: everything after the one up to the other.
    annulled: Vec<(Lsn, Lsn)>,
}

impl Node {
    const NEW: Self = Self {
        epoch: Epoch::FIRST,
        annulled: Vec::new(),
    };
}

/// What pages and read points a checker knows.
#[derive(Clone, Debug, Default)]
struct ReadBooks {
    /// Read points of snapshots.
    snapshots: Vec<Lsn>,
    /// Of pages that were read: a record, and how many there are up to it.
    pages: PageMap<(Lsn, u32)>,
}

impl ReadBooks {
    fn release(&mut self, point: Lsn) {
        if let Some(place) = self.snapshots.iter().position(|held| *held == point) {
            self.snapshots.swap_remove(place);
        }
    }

    /// The newest record of a page at or below a point, and how many there are up to it. The log may
    /// have forgotten some of them that nobody had read.
    fn expected(&mut self, page: PageId, point: Lsn, log: &Log) -> (Lsn, u32) {
        let forgotten = log.forgotten_page(page, point);
        let forgotten = forgotten.map(|page| (page.lsn(), page.changes()));
        let read = Some(self.pages.get(page)).filter(|read| read.0 <= point);
        let known = read.max(forgotten).unwrap_or_default();
        let later = log.history(page).skip_while(|(lsn, _)| *lsn > point);
        let later: Vec<_> = later.take_while(|(lsn, _)| *lsn > known.0).collect();
        let count = u32::try_from(later.len()).expect("a page has few records");
        let newest = later.first().map_or(known.0, |(lsn, _)| *lsn);
        let expected = (newest, known.1 + count);
        let kept = self.pages.get_mut(page);
        *kept = expected.max(*kept);
        expected
    }
}

impl Book {
    /// The book of the volume that a run begins with, from its first event.
    pub(super) fn new(script: &Script) -> Self {
        let topology = &script.scenario.topology;
        let registered = topology.membership();
        Self {
            write: registered.quorum().write,
            registered,
            lal: script.lal(),
            groups: vec![Chain::new(topology.machines()); topology.protection_groups.into()],
            nodes: vec![Node::NEW; topology.machines().into()],
            begins_at: None,
            epoch: Epoch::FIRST,
            found: None,
            ends: VecDeque::new(),
            issued: Lsn::ZERO,
            limit_from: Lsn::ZERO,
            vcl: Lsn::ZERO,
            vdl: Lsn::ZERO,
            acked: Lsn::ZERO,
            forgotten: Lsn::ZERO,
            reads: ReadBooks::default(),
        }
    }

    /// The book of a clone: its nodes have what those of this volume have up to the point, which is
    /// all that is durable.
    pub(super) fn cloned(&self, at: Lsn, reading: &mut Reading<'_>) -> Self {
        let durable = self.durable();
        reading.check(BEGINNING, at == durable, || {
            format!("cloned at {at}, and what is durable ends at {durable}")
        });
        let mut clone = self.cut(at);
        clone.nodes.clone_from(&self.nodes);
        clone.reads.pages = self.reads.pages.clone();
        clone
    }

    /// The book of a restored volume: its members have everything up to the point.
    pub(super) fn restored(&self, at: Lsn, reading: &mut Reading<'_>) -> Self {
        let durable = self.durable();
        reading.check(BEGINNING, at <= durable, || {
            format!("restored to {at}, and what is durable ends at {durable}")
        });
        let mut restored = self.cut(at);
        let members = restored.registered.members();
        for chain in &mut restored.groups {
            chain.give_to(members);
        }
        restored
    }

    /// The book of a volume that is this one up to a point, with new nodes and nothing read.
    fn cut(&self, at: Lsn) -> Self {
        let mut groups = self.groups.clone();
        for chain in &mut groups {
            chain.end_at(chain.after(at));
        }
        Self {
            registered: self.registered.clone(),
            write: self.write.clone(),
            lal: self.lal,
            groups,
            nodes: vec![Node::NEW; self.nodes.len()],
            begins_at: Some(at),
            epoch: self.epoch,
            found: None,
            ends: VecDeque::new(),
            issued: at,
            limit_from: self.limit_from,
            vcl: at,
            vdl: at,
            acked: self.acked.min(at),
            forgotten: self.forgotten,
            reads: ReadBooks::default(),
        }
    }

    /// Reads what an engine says of the volume.
    pub(super) fn read(&mut self, note: Note, reading: &mut Reading<'_>) {
        let forgotten = reading.log.forgotten();
        if forgotten > std::mem::replace(&mut self.forgotten, forgotten) {
            self.groups
                .iter_mut()
                .for_each(|chain| chain.forget(forgotten));
        }
        match note {
            // What a writer does that does not know that it is over.
            Note::Issued { last, .. } if reading.log.is_annulled(last) => {}
            Note::Issued { first, last } => self.issue(reading, first, last),
            Note::Stored {
                node,
                group,
                first,
                last,
                scl,
            } => self.store(reading, (group, node), (first, last), scl),
            // A writer that does not know that it is over may still hear of what it sent before.
            Note::VdlMoved { epoch, vdl: lsn } | Note::CommitAcked { epoch, lsn, .. }
                if self.is_over(epoch) =>
            {
                let vdl = self.durable();
                reading.check(OVER, lsn <= vdl && !reading.log.is_annulled(lsn), || {
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
                    self.check_found(reading, vdl);
                }
            }
            Note::PgclMoved { group, pgcl, .. } => self.move_pgcl(reading, group, pgcl),
            Note::VclMoved { vcl, .. } => self.move_vcl(reading, vcl),
            Note::VdlMoved { vdl, .. } => self.move_vdl(reading, vdl),
            Note::CommitAcked { lsn, .. } => {
                let before = std::mem::replace(&mut self.acked, lsn);
                let vdl = self.vdl;
                reading.check(ORDER, before < lsn && lsn <= vdl, || {
                    format!("commit {lsn} after {before} at VDL {vdl}")
                });
                self.check_read_quorums(reading);
            }
            Note::Fenced { node, epoch } => {
                let known = &mut self.nodes[node.index()].epoch;
                let before = std::mem::replace(known, epoch);
                reading.check(EPOCHS, before < epoch, || {
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
                reading.check(READ_POINT, point <= vdl, || {
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
                reading.check(READ_POINT, holds, || {
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
                let expected = self.reads.expected(page, point, reading.log);
                let holds = (lsn, changes) == expected && lsn <= point && point <= self.vdl;
                reading.check(READ, holds, || {
                    let (has, of) = expected;
                    format!("page {page} at {point}: LSN {lsn}, {changes} changes, not {has}, {of}")
                });
            }
            Note::Opened { epoch, vdl, next } => {
                let before = std::mem::replace(&mut self.epoch, epoch);
                reading.check(EPOCHS, before < epoch, || {
                    format!("epoch {} was opened after {}", epoch.0, before.0)
                });
                self.found.take_if(|(latest, _)| *latest <= epoch);
                self.write = self.registered.quorum().write;
                self.open(reading, vdl, next);
            }
            Note::MembersRegistered { step, .. } => self.register(reading, step),
            Note::MembersChanged { epoch, .. } if self.is_over(epoch) => {}
            Note::MembersChanged { .. } => self.write = self.registered.quorum().write,
            Note::Discarded { node } => {
                let counts = self.registered.everyone().or(self.registered.left_out());
                reading.check(MEMBERS, !counts.has(node), || format!("{node:?}"));
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

    /// Looks at the state of the volume: every acknowledged commit is on the disks of a write quorum,
    /// down or up, with everything before it.
    pub(super) fn finish(&self, volume: &Volume, reading: &mut Reading<'_>) {
        for (group, chain) in volume.groups().zip(&self.groups) {
            let acked = self.acked;
            let last = chain.last_of(chain.after(acked)).min(acked);
            let complete = |node: &engine_quorum::StorageNode| node.segment(group).scl() >= last;
            let nodes = (0..).map(NodeId).zip(volume.nodes());
            let on_disk: Copies = nodes
                .filter(|(_, node)| complete(node))
                .map(|(id, _)| id)
                .collect();
            let copies = on_disk.and(chain.copies_with(acked));
            let holds = self.registered.base().write.holds(copies);
            reading.check(KEPT, holds, || {
                let copies = copies.count();
                format!("{copies} copies of {group} have everything up to {acked}")
            });
        }
        // The writer's cache has what the log says, byte by byte.
        let cached = volume.writer().reads().map(Reads::cache);
        for page in cached.into_iter().flat_map(Cache::pages) {
            let expected = reading.log.page_at(page.id(), Lsn::MAX);
            reading.check(CACHE, *page == expected, || {
                let (id, has, of) = (page.id(), page.lsn(), expected.lsn());
                format!("page {id} in the cache at LSN {has}, in the log at {of}")
            });
        }
    }

    /// After a recovery the log ends at its VDL, for every copy.
    fn open(&mut self, reading: &mut Reading<'_>, vdl: Lsn, next: Lsn) {
        for chain in &mut self.groups {
            chain.end_at(chain.after(vdl));
        }
        self.ends.clear();
        (self.issued, self.vcl, self.vdl) = (vdl, vdl, vdl);
        self.limit_from = next.before();
        self.check_kept(reading, vdl);
        self.check_all(reading, &self.write, "recovered VDL", vdl);
        self.check_read_quorums(reading);
    }

    /// A recovery annuls nothing that was durable before, acknowledged or not.
    fn check_found(&mut self, reading: &mut Reading<'_>, vdl: Lsn) {
        if let Some(at) = self.begins_at.take() {
            self.check_beginning(reading, at, vdl);
        }
        self.check_kept(reading, vdl);
        let before = self.vdl;
        reading.check(POINTS, before <= vdl, || {
            format!("the recovered VDL is {vdl} after {before}")
        });
    }

    /// The first recovery of a volume that comes from another one finds its point, and in each group
    /// the record that came last there.
    fn check_beginning(&self, reading: &mut Reading<'_>, at: Lsn, vdl: Lsn) {
        reading.check(BEGINNING, vdl == at, || {
            format!("it begins at {vdl}, not at {at}")
        });
        for (group, chain) in reading.log.groups().zip(&self.groups) {
            let (has, of) = (
                reading.log.last_at(group, at),
                chain.last_of(chain.after(at)),
            );
            reading.check(BEGINNING, has == of, || {
                format!("{group} begins with {has}, and the source had {of}")
            });
        }
    }

    fn check_kept(&self, reading: &mut Reading<'_>, recovered: Lsn) {
        let acked = self.acked;
        reading.check(KEPT, acked <= recovered, || {
            format!("commit {acked} was acknowledged, and the recovered VDL is {recovered}")
        });
    }

    /// What is at or below this point is on a write quorum of every group.
    fn check_all(&self, reading: &mut Reading<'_>, write: &Rule, name: &str, point: Lsn) {
        let copies = self.groups.iter().map(|chain| chain.copies_with(point));
        let short = copies
            .filter(|copies| !write.holds(*copies))
            .min_by_key(|c| c.count());
        let count = short.map(Copies::count);
        reading.check(QUORUM, count.is_none(), || {
            let fewest = count.unwrap_or(0);
            format!("{name} {point}, and a group has {fewest} copies complete up to it")
        });
    }

    /// Copies that lack something acknowledged are never enough to read.
    fn check_read_quorums(&self, reading: &mut Reading<'_>) {
        let (acked, read) = (self.acked, self.registered.quorum().read);
        let members = read.members();
        let lacking = self.groups.iter();
        let lacking = lacking.map(|chain| chain.copies_without(acked).and(members));
        let enough = lacking
            .filter(|copies| read.holds(*copies))
            .map(Copies::count);
        let enough = enough.max();
        reading.check(FOUND, enough.is_none(), || {
            let most = enough.unwrap_or(0);
            format!("commit {acked}, which {most} copies of a group lack, enough to answer alone")
        });
    }

    /// The metadata service knows of a step.
    fn register(&mut self, reading: &mut Reading<'_>, step: Step) {
        let next = self.registered.step(step);
        let why = next.as_ref().err().copied();
        reading.check(MEMBERS, why.is_none(), || format!("{step:?}: {why:?}"));
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

    /// How far the volume is known to be durable.
    fn durable(&self) -> Lsn {
        self.found.map_or(self.vdl, |(_, vdl)| vdl)
    }

    /// Whether the writer of this epoch is over: a later one is open, or about to be.
    fn is_over(&self, epoch: Epoch) -> bool {
        let latest = self.found.map_or(self.epoch, |(latest, _)| latest);
        epoch < latest
    }

    fn issue(&mut self, reading: &mut Reading<'_>, first: Lsn, last: Lsn) {
        for lsn in (first.0..=last.0).map(Lsn) {
            let entry = reading.log.get(lsn).expect("the log holds what was issued");
            self.groups[entry.group.index()].push(lsn);
        }
        let vdl = self.vdl;
        let limit = vdl.max(self.limit_from).0.saturating_add(self.lal);
        // What the old writer numbers while a recovery is under way is its own affair: nobody will
        // read it.
        let within = last.0 <= limit || self.found.is_some();
        self.issued = last;
        self.ends.push_back(last);
        reading.check(LIMIT, within, || format!("LSN {last} at VDL {vdl}"));
    }

    fn store(
        &mut self,
        reading: &mut Reading<'_>,
        (group, node): (GroupId, NodeId),
        (first, last): (Lsn, Lsn),
        scl: Lsn,
    ) {
        let told = &self.nodes[node.index()].annulled;
        let back = reading.log.is_annulled(last)
            && told
                .iter()
                .any(|(after, until)| *after < last && last <= *until);
        reading.check(ANNULLED, !back, || {
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
        let kept = if reading.log.is_annulled(scl) {
            chain.last_of(chain.after(scl))
        } else {
            scl
        };
        reading.check(DISK, before <= complete && kept == expected, || {
            format!("SCL {scl}, complete to {expected}")
        });
    }

    fn move_pgcl(&mut self, reading: &mut Reading<'_>, group: GroupId, pgcl: Lsn) {
        let chain = &mut self.groups[group.index()];
        let before = std::mem::replace(&mut chain.pgcl, pgcl);
        let copies = chain.copies_with(pgcl);
        reading.check(POINTS, before < pgcl, || {
            format!("PGCL from {before} to {pgcl}")
        });
        reading.check(QUORUM, self.write.holds(copies), || {
            format!("PGCL {pgcl}, complete on {} copies", copies.count())
        });
    }

    fn move_vcl(&mut self, reading: &mut Reading<'_>, vcl: Lsn) {
        let before = std::mem::replace(&mut self.vcl, vcl);
        let issued = self.issued;
        reading.check(POINTS, before < vcl && vcl <= issued, || {
            format!("VCL from {before} to {vcl}, issued {issued}")
        });
        // Every PGCL was held against the rule of its time; this one holds throughout.
        let write = &self.registered.base().write;
        self.check_all(reading, write, "VCL", vcl);
    }

    fn move_vdl(&mut self, reading: &mut Reading<'_>, vdl: Lsn) {
        let before = std::mem::replace(&mut self.vdl, vdl);
        reading.check(POINTS, before < vdl, || {
            format!("VDL from {before} to {vdl}")
        });
        let mut end = None;
        while let Some(&next) = self.ends.front()
            && next <= vdl
        {
            end = self.ends.pop_front();
        }
        let vcl = self.vcl;
        reading.check(MTR, vdl <= vcl && end == Some(vdl), || {
            format!("VDL {vdl}, VCL {vcl}, the last end of a mini-transaction {end:?}")
        });
    }
}
