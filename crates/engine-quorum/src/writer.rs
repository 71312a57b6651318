//! The writer: numbers records, sends them in boxcars, and knows what is durable.

mod boxcar;
mod members;

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use redo::{Lsn, PageId};
use sim::{SimTime, Span};

use crate::defect::{Defect, Defects};
use crate::effects::{Cause, Effect, Effects, Note};
use crate::log::{Appended, Log};
use crate::membership::{Membership, Step};
use crate::message::{Epoch, GroupId, Message, NodeId, Stamp, Truncation};
use crate::points::{Moved, Points};
use crate::read::{ReadConfig, Reads, Ready, View};
use crate::recovery::Recovery;
use boxcar::Patience;
use members::Changes;

/// What a writer is told once.
#[derive(Clone, Debug)]
pub struct WriterConfig {
    /// Protection groups that the volume was created with.
    pub groups: u16,
    /// Nodes that have, or may come to have, a copy of each group: the members and the spares.
    pub nodes: u8,
    /// The first members, with the rules that say which of them make a record durable.
    pub members: Rc<Membership>,
    /// Mistakes to make on purpose.
    pub defects: Defects,
    /// LSN Allocation Limit: how far LSNs may run ahead of the VDL (SIGMOD 2017, section 4.2.1).
    pub lal: u64,
    /// A boxcar leaves this long after its first record entered; zero: every record alone, at once.
    pub boxcar: Span,
    /// A group whose PGCL stood still for so long is sent its oldest records again, then after twice
    /// as long, and so on.
    pub resend: Span,
    /// How it reads. `None`: it has no cache, reads nothing, and changes pages that it does not have.
    pub reads: Option<ReadConfig>,
}

/// A recovery asks again after this part of the time after which records are sent again.
const RECOVERY_PATIENCE: u64 = 10;

/// A transaction: what it reads, and one mini-transaction to log, or only one of the two.
#[derive(Clone, Debug, Default, Hash)]
pub struct Submission {
    /// Pages that it reads, beside those that it changes.
    pub reads: Vec<PageId>,
    /// It reads its pages so much later, and as they are now. Then it changes nothing.
    pub snapshot: Option<Span>,
    /// Its records.
    pub changes: redo::Changes,
    /// What it is; means something to whoever submits it.
    pub label: u16,
    /// The transaction that commits with its last record.
    pub commit: Option<u64>,
}

impl Submission {
    /// The pages that it needs.
    pub(crate) fn pages(&self) -> BTreeSet<PageId> {
        let changed = self.changes.iter().map(|change| change.page);
        self.reads.iter().copied().chain(changed).collect()
    }

    /// Whether someone waits for its end.
    fn has_client(&self) -> bool {
        self.commit.is_some() || (self.changes.is_empty() && self.snapshot.is_none())
    }
}

/// What a writer handles.
#[derive(Clone, Debug)]
pub enum WriterInput {
    /// Log this.
    Submit(Submission),
    /// A message arrived.
    Message(Message),
    /// A timer that it set.
    Timer(WriterTimer),
    /// It begins to recover a volume whose last writer is gone, or seems to be.
    Recover,
    /// The metadata service knows of its epoch.
    Registered,
    /// Someone asks for other members. Whether a change can be completed the writer sees itself.
    Reconfigure(Step),
    /// The metadata service knows of the members.
    MembersRegistered,
    /// The metadata service gave away a later epoch, and refuses what this writer asks of it.
    Superseded,
}

/// Timers of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WriterTimer {
    /// The boxcar of this group leaves.
    Depart(GroupId),
    /// See whether this group has got anywhere.
    Resend(GroupId),
    /// Ask those again who have not answered to a recovery.
    Recover,
    /// See whether reads wait for too long.
    Look,
    /// The snapshot with this number reads now.
    Snapshot(u64),
    /// Tell those again of the members who have not answered.
    Members,
}

/// A commit that was not acknowledged yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Waiting {
    /// The transaction.
    pub txn: u64,
    /// LSN of its commit record.
    pub lsn: Lsn,
    /// When it was submitted.
    pub asked_at: SimTime,
}

/// Whether a writer may write.
#[derive(Clone, Debug, Hash)]
pub enum Phase {
    /// It may.
    Open,
    /// Not yet: it does not know where the log ends.
    Recovering(Recovery),
    /// Not any more: there is a later epoch.
    Over,
}

/// The writer of one volume epoch.
#[derive(Clone, Debug, Hash)]
pub struct Writer {
    stamp: Rc<Stamp>,
    phase: Phase,
    /// LSNs begin here; what an older writer numbered is below.
    first: Lsn,
    defects: Defects,
    changes: Changes,
    /// Protection groups that the volume was created with.
    first_groups: u16,
    /// Nodes that have, or may come to have, copies.
    nodes: u8,
    lal: u64,
    boxcar: Span,
    points: Points,
    /// For each group the records that entered its boxcar and have not left: none, or those after
    /// this one in the group.
    open_after: Vec<Option<Lsn>>,
    resend: Span,
    /// For each group what it waits for, while something of it is not durable.
    patience: Vec<Option<Patience>>,
    /// Commits in LSN order. A client is not blocked here: it waits, the writer does not
    /// (SIGMOD 2017, section 4.2.2).
    commits: VecDeque<Waiting>,
    /// Submitted and not yet numbered, because LSNs would run too far ahead.
    held: VecDeque<(SimTime, Submission)>,
    /// What it reads, and who waits for that.
    reads: Option<Reads>,
}

impl Writer {
    /// The writer of an empty volume.
    pub fn new(config: &WriterConfig) -> Self {
        Self {
            stamp: Rc::new(Stamp {
                members: Rc::clone(&config.members),
                ..Stamp::default()
            }),
            phase: Phase::Open,
            first: Lsn::ZERO.next(),
            defects: config.defects,
            changes: Changes::default(),
            first_groups: config.groups,
            nodes: config.nodes,
            lal: config.lal,
            boxcar: config.boxcar,
            points: Points::new(config.groups, config.nodes, config.members.quorum().write),
            open_after: vec![None; config.groups.into()],
            resend: config.resend,
            patience: vec![None; config.groups.into()],
            commits: VecDeque::new(),
            held: VecDeque::new(),
            reads: (config.reads.as_ref()).map(|reads| Reads::new(reads, config.nodes)),
        }
    }

    /// A writer that has to recover the volume first, with the members that the metadata service
    /// knows. [`WriterInput::Recover`] sets it going.
    pub fn after_a_crash(config: &WriterConfig, epoch: Epoch, members: Rc<Membership>) -> Self {
        let patience = Span((config.resend.0 / RECOVERY_PATIENCE).max(1));
        let stamp = Rc::new(Stamp {
            epoch,
            members,
            ..Stamp::default()
        });
        let quorum = if config.defects.has(Defect::UnhydratedVote) {
            stamp.members.quorum_with_early_votes()
        } else {
            stamp.members.quorum()
        };
        let recovery = Recovery::new(
            Rc::clone(&stamp),
            quorum,
            config.nodes,
            config.lal,
            patience,
        );
        let mut writer = Self {
            stamp,
            phase: Phase::Recovering(recovery),
            ..Self::new(config)
        };
        writer.make_room();
        writer
    }

    /// Handles one input at `now`. Everything it causes is in `effects`; nothing else escapes but
    /// the records, which go into the log.
    pub fn handle(
        &mut self,
        now: SimTime,
        input: WriterInput,
        log: &mut Log,
        effects: &mut Effects,
    ) {
        match input {
            WriterInput::Submit(submission) => self.submit(now, submission, log, effects),
            WriterInput::Timer(WriterTimer::Depart(group)) => {
                self.depart(now, group, Cause::Input, log, effects);
            }
            WriterInput::Timer(WriterTimer::Resend(group)) => {
                self.resend(now, group, log, effects);
            }
            WriterInput::Timer(WriterTimer::Recover) => {
                if let Phase::Recovering(recovery) = &mut self.phase {
                    recovery.retry(now, log, effects);
                }
            }
            WriterInput::Recover => {
                if let Phase::Recovering(recovery) = &mut self.phase {
                    recovery.start(now, effects);
                }
            }
            WriterInput::Timer(WriterTimer::Look) => {
                if let Some((reads, view)) = self.reading(now, log) {
                    reads.timer(&view, effects);
                }
            }
            WriterInput::Timer(WriterTimer::Snapshot(ticket)) => {
                if let Some((reads, view)) = self.reading(now, log) {
                    let ready = reads.read_snapshot(ticket, &view, effects);
                    self.go_on(now, ready, log, effects);
                }
            }
            WriterInput::Registered => self.open(now, log, effects),
            WriterInput::Reconfigure(step) => self.reconfigure(step, effects),
            WriterInput::MembersRegistered => self.members_registered(now, effects),
            WriterInput::Superseded | WriterInput::Message(Message::Refused { .. }) => {
                self.end(effects);
            }
            WriterInput::Timer(WriterTimer::Members) => self.tell_members_again(now, effects),
            WriterInput::Message(Message::MembersKnown {
                node,
                members,
                scls,
            }) => {
                if matches!(self.phase, Phase::Open) {
                    self.hear_members_known(now, (node, members), &scls, log, effects);
                }
            }
            WriterInput::Message(Message::Hydrated {
                node,
                members,
                scls,
            }) => match &mut self.phase {
                Phase::Open => self.hear_hydrated(now, (node, members), &scls, log, effects),
                Phase::Recovering(recovery) => recovery.hear_all(node, &scls, log, effects),
                Phase::Over => {}
            },
            WriterInput::Message(Message::Outdated { node, parcel }) => {
                self.send_again(node, *parcel, effects);
            }
            WriterInput::Message(Message::Fenced { node, stamp, scls }) => {
                if let Phase::Recovering(recovery) = &mut self.phase {
                    recovery.hear_fenced(node, stamp, &scls, log, effects);
                }
            }
            WriterInput::Message(Message::Truncated { node, scls }) => {
                if let Phase::Recovering(recovery) = &mut self.phase {
                    recovery.hear_truncated(node, &scls, log, effects);
                }
            }
            WriterInput::Message(Message::Ack {
                node,
                group,
                members,
                scl,
            }) => {
                match &mut self.phase {
                    Phase::Open => {}
                    Phase::Recovering(recovery) => {
                        return recovery.hear_ack((node, group), scl, log, effects);
                    }
                    Phase::Over => return,
                }
                if self.counts(node, members) {
                    let cause = self.hear(now, node, group, scl, effects);
                    self.release(now, cause, log, effects);
                    if !self.members().changes().is_empty() {
                        self.next_step(cause, effects);
                    }
                }
                if let Some((reads, view)) = self.reading(now, log) {
                    reads.look(&view, effects);
                }
            }
            WriterInput::Message(Message::ReadAnswer { node, read, page }) => {
                if let Some((reads, view)) = self.reading(now, log) {
                    let ready = reads.hear(node, &read, *page, &view, effects);
                    reads.look(&view, effects);
                    self.go_on(now, ready, log, effects);
                }
            }
            WriterInput::Message(Message::ReadRefused { node, read }) => {
                if let Some((reads, view)) = self.reading(now, log) {
                    reads.hear_refused(node, &read, &view, effects);
                    reads.look(&view, effects);
                }
            }
            WriterInput::Message(
                Message::Boxcar(_)
                | Message::Read { .. }
                | Message::Fence { .. }
                | Message::CatchUp { .. }
                | Message::Truncate { .. }
                | Message::Members { .. }
                | Message::HydrateAsk { .. }
                | Message::HydrateGive { .. }
                | Message::GossipAsk { .. }
                | Message::GossipGive { .. }
                | Message::GossipNone { .. }
                | Message::Upkeep(_),
            ) => panic!("these are sent to nodes"),
        }
    }

    /// What it knows of durability.
    pub const fn points(&self) -> &Points {
        &self.points
    }

    /// The highest LSN that it may hand out now.
    pub fn limit(&self) -> Lsn {
        let from = self.points.vdl().max(self.first.before());
        Lsn(from.0.saturating_add(self.lal))
    }

    /// Its epoch.
    pub fn epoch(&self) -> Epoch {
        self.stamp.epoch
    }

    /// Whether it may write.
    pub const fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Commits that wait for their records to be durable, in LSN order.
    pub const fn commits(&self) -> &VecDeque<Waiting> {
        &self.commits
    }

    /// Its transactions that were neither acknowledged nor will be: their clients do not know what
    /// became of them, and ask again.
    pub fn unanswered(&self) -> usize {
        let begun = self.begun().filter(|begun| begun.has_client());
        self.commits.len() + begun.count()
    }

    /// Its snapshots that have not read yet.
    pub fn snapshots(&self) -> usize {
        self.begun()
            .filter(|begun| begun.snapshot.is_some())
            .count()
    }

    /// What was submitted and waits for pages, or to be numbered.
    fn begun(&self) -> impl Iterator<Item = &Submission> {
        let held = self.held.iter().map(|(_, held)| held);
        let parked = self.reads.iter().flat_map(Reads::parked);
        held.chain(parked.map(|(_, parked)| parked))
    }

    /// What it reads. `None` when it has no cache.
    pub const fn reads(&self) -> Option<&Reads> {
        self.reads.as_ref()
    }

    /// The PGMRPL: the lowest read point that is in use. Nodes keep what it takes to build pages from
    /// there on (SIGMOD 2018, section 3.4).
    pub fn read_floor(&self) -> Lsn {
        let used = self.reads.as_ref().and_then(Reads::floor);
        used.unwrap_or_else(|| self.points.vdl())
    }

    /// Mini-transactions that wait for LSNs.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    fn submit(
        &mut self,
        now: SimTime,
        submission: Submission,
        log: &mut Log,
        effects: &mut Effects,
    ) {
        let reads = self.reads.is_some() && !submission.reads.is_empty();
        assert!(
            reads || !submission.changes.is_empty(),
            "a transaction reads or changes something"
        );
        if !matches!(self.phase, Phase::Open) {
            self.held.push_back((now, submission));
            return;
        }
        let ready = Ready {
            cause: Cause::Input,
            asked_at: now,
            submission,
        };
        let ready = self.with_pages(now, ready, log, effects);
        self.go_on(now, ready, log, effects);
    }

    /// A transaction goes on when its pages are there.
    fn with_pages(
        &mut self,
        now: SimTime,
        ready: Ready,
        log: &Log,
        effects: &mut Effects,
    ) -> Option<Ready> {
        match self.reading(now, log) {
            Some((reads, view)) => reads.begin(ready, &view, effects),
            None => Some(ready),
        }
    }

    /// These transactions have their pages.
    fn go_on(
        &mut self,
        now: SimTime,
        ready: impl IntoIterator<Item = Ready>,
        log: &mut Log,
        effects: &mut Effects,
    ) {
        for ready in ready {
            let Ready {
                cause,
                asked_at,
                submission,
            } = ready;
            if submission.snapshot.is_some() {
                effects.push(cause, Effect::SnapshotOver);
            } else if submission.changes.is_empty() {
                self.let_pages_go(&submission);
                let took = now.since(asked_at);
                effects.push(cause, Effect::HasRead { took });
            } else if !self.held.is_empty() {
                self.held.push_back((asked_at, submission));
            } else if self.has_room(&submission, log) {
                self.issue(now, asked_at, &submission, cause, log, effects);
            } else {
                let limit = self.limit();
                effects.note(cause, Note::Throttled { limit });
                self.held.push_back((asked_at, submission));
            }
        }
    }

    /// Its reads, while it is open and has any, and what they need to know.
    fn reading<'a>(&'a mut self, now: SimTime, log: &'a Log) -> Option<(&'a mut Reads, View<'a>)> {
        if !matches!(self.phase, Phase::Open) {
            return None;
        }
        let (stamp, points) = (&self.stamp, &self.points);
        let view = View {
            now,
            stamp,
            points,
            log,
        };
        Some((self.reads.as_mut()?, view))
    }

    fn let_pages_go(&mut self, submission: &Submission) {
        if let Some(reads) = &mut self.reads {
            reads.unpin(submission.pages(), self.points.vdl());
        }
    }

    /// Numbers what was held, as far as the limit allows now that `made_room` moved it.
    fn release(&mut self, now: SimTime, made_room: Cause, log: &mut Log, effects: &mut Effects) {
        let mut cause = None;
        while let Some((_, first)) = self.held.front()
            && self.has_room(first, log)
            && let Some((asked_at, submission)) = self.held.pop_front()
        {
            let because = *cause.get_or_insert_with(|| {
                effects.note(
                    made_room,
                    Note::Unthrottled {
                        limit: self.limit(),
                    },
                )
            });
            self.issue(now, asked_at, &submission, because, log, effects);
        }
    }

    /// Whether the submission's LSNs stay within the limit.
    fn has_room(&self, submission: &Submission, log: &Log) -> bool {
        let records = submission.changes.len() as u64;
        assert!(
            records <= self.lal,
            "a mini-transaction fits into the limit"
        );
        log.next_of(self.epoch()).before().0 + records <= self.limit().0
    }

    fn issue(
        &mut self,
        now: SimTime,
        asked_at: SimTime,
        submission: &Submission,
        cause: Cause,
        log: &mut Log,
        effects: &mut Effects,
    ) {
        let first = log.next_of(self.epoch());
        let last = Lsn(first.before().0 + submission.changes.len() as u64);
        let issued = effects.note(cause, Note::Issued { first, last });
        let pages = self.reads.is_some().then(|| submission.pages());
        for change in submission.changes.iter().cloned() {
            let Appended {
                lsn,
                group,
                prev_in_group,
            } = log.append(self.stamp.epoch, change);
            if let Some(reads) = &mut self.reads {
                let entry = log.get(lsn).expect("just appended");
                reads.apply(lsn, &entry.change);
            }
            self.points.issue(lsn, group);
            self.enter_boxcar(now, group, prev_in_group, issued, log, effects);
        }
        if let (Some(reads), Some(pages)) = (&mut self.reads, pages) {
            reads.unpin(pages, self.points.vdl());
        }
        self.points.end_mtr();
        log.end_mtr(
            now,
            self.epoch(),
            first,
            submission.label,
            submission.commit,
        );
        if let Some(txn) = submission.commit {
            self.commits.push_back(Waiting {
                txn,
                lsn: last,
                asked_at,
            });
            effects.note(issued, Note::CommitAsked { txn, lsn: last });
        }
    }

    /// The recovery is over: points, LSNs and the log go on from what it found.
    fn open(&mut self, now: SimTime, log: &mut Log, effects: &mut Effects) {
        let Phase::Recovering(recovery) = &self.phase else {
            return;
        };
        let recovered = recovery.registered().expect("it asked the service");
        let truncation = recovered.stamp.history.last().expect("it truncated");
        let truncation = &self.above_all(truncation, log);
        let (vdl, next) = (truncation.after, truncation.until.next());
        let epoch = recovered.stamp.epoch;
        if epoch < log.epoch() {
            // A later recovery was quicker, and the service opens no epoch after a later one.
            return self.end(effects);
        }
        log.branch(epoch, vdl, next);
        let write = recovered.stamp.members.quorum().write;
        self.points = Points::recovered(write, recovered.scls, truncation);
        self.stamp = recovered.stamp;
        self.grow(log);
        self.first = next;
        self.phase = Phase::Open;
        let opened = effects.note(Cause::Input, Note::Opened { epoch, vdl, next });
        for (asked_at, submission) in std::mem::take(&mut self.held) {
            let ready = Ready {
                cause: opened,
                asked_at,
                submission,
            };
            let ready = self.with_pages(now, ready, log, effects);
            self.held
                .extend(ready.map(|ready| (ready.asked_at, ready.submission)));
        }
        self.release(now, opened, log, effects);
        self.resume_changes(now, opened, effects);
    }

    /// No older writer numbered anything behind what a recovery annuls, unless one made a mistake on
    /// purpose. LSNs rise even then, so that the checkers see what it costs.
    fn above_all(&self, truncation: &Truncation, log: &Log) -> Truncation {
        let mut truncation = truncation.clone();
        if !self.defects.is_empty() {
            truncation.until = truncation.until.max(log.next_lsn().before());
        }
        truncation
    }

    /// A later epoch has begun: nothing that it sends is accepted any more.
    fn end(&mut self, effects: &mut Effects) {
        if !matches!(self.phase, Phase::Over) {
            self.phase = Phase::Over;
            if let Some(reads) = &mut self.reads {
                reads.give_up();
            }
            let epoch = self.stamp.epoch;
            effects.note(Cause::Input, Note::WriterOver { epoch });
        }
    }

    fn hear(
        &mut self,
        now: SimTime,
        node: NodeId,
        group: GroupId,
        scl: Lsn,
        effects: &mut Effects,
    ) -> Cause {
        let cause = effects.note(Cause::Input, Note::Acked { node, group, scl });
        let moved = self.points.hear(group, node, scl);
        self.tell_moved(now, (group, node), moved, cause, effects)
    }

    /// Says what moved, and acknowledges what has become durable.
    fn tell_moved(
        &mut self,
        now: SimTime,
        (group, node): (GroupId, NodeId),
        moved: Moved,
        mut cause: Cause,
        effects: &mut Effects,
    ) -> Cause {
        let epoch = self.epoch();
        if let Some(pgcl) = moved.pgcl {
            let moved = Note::PgclMoved {
                epoch,
                group,
                pgcl,
                node,
            };
            cause = effects.note(cause, moved);
        }
        if let Some(vcl) = moved.vcl {
            cause = effects.note(cause, Note::VclMoved { epoch, vcl });
        }
        if let Some(vdl) = moved.vdl {
            cause = effects.note(cause, Note::VdlMoved { epoch, vdl });
            if let Some(reads) = &mut self.reads {
                reads.vdl_moved(vdl);
            }
            self.acknowledge(now, vdl, cause, effects);
        }
        cause
    }

    /// Acknowledges every commit that the VDL has reached.
    fn acknowledge(&mut self, now: SimTime, vdl: Lsn, cause: Cause, effects: &mut Effects) {
        let epoch = self.epoch();
        while let Some(&Waiting { txn, lsn, asked_at }) = self.commits.front()
            && lsn <= vdl
        {
            self.commits.pop_front();
            let took = now.since(asked_at);
            let acked = effects.note(
                cause,
                Note::CommitAcked {
                    epoch,
                    txn,
                    lsn,
                    took,
                },
            );
            effects.push(acked, Effect::Acked { txn, took });
        }
    }
}

#[cfg(test)]
mod tests;
