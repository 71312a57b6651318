//! The writer: numbers records, sends them in boxcars, and knows what is durable.

use std::collections::VecDeque;

use redo::{Change, Lsn};
use sim::{SimTime, Span};

use crate::effects::{Cause, Effect, Effects, Note};
use crate::log::Log;
use crate::message::{Address, GroupId, Message, NodeId};
use crate::points::Points;
use crate::run::Run;

/// What a writer is told once.
#[derive(Clone, Copy, Debug)]
pub struct WriterConfig {
    /// Protection groups of the volume.
    pub groups: u16,
    /// Copies of each group.
    pub nodes: u8,
    /// Copies that make a record durable.
    pub write_quorum: u8,
    /// LSN Allocation Limit: how far LSNs may run ahead of the VDL (SIGMOD 2017, section 4.2.1).
    pub lal: u64,
    /// A boxcar leaves this long after its first record entered; zero: every record alone, at once.
    pub boxcar: Span,
}

/// A mini-transaction to log.
#[derive(Clone, Debug, Hash)]
pub struct Submission {
    /// Its records, at least one.
    pub changes: Vec<Change>,
    /// What it is; means something to whoever submits it.
    pub label: u16,
    /// The transaction that commits with its last record.
    pub commit: Option<u64>,
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
}

/// Timers of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WriterTimer {
    /// The boxcar of this group leaves.
    Depart(GroupId),
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

/// The one writer of a volume.
#[derive(Clone, Debug, Hash)]
pub struct Writer {
    nodes: u8,
    lal: u64,
    boxcar: Span,
    points: Points,
    /// For each group the records that entered its boxcar and have not left: none, or those after
    /// this one in the group.
    open_after: Vec<Option<Lsn>>,
    /// Commits in LSN order. A client is not blocked here: it waits, the writer does not
    /// (SIGMOD 2017, section 4.2.2).
    commits: VecDeque<Waiting>,
    /// Submitted and not yet numbered, because LSNs would run too far ahead.
    held: VecDeque<(SimTime, Submission)>,
}

impl Writer {
    /// The writer of an empty volume.
    pub fn new(config: &WriterConfig) -> Self {
        Self {
            nodes: config.nodes,
            lal: config.lal,
            boxcar: config.boxcar,
            points: Points::new(config.groups, config.nodes, config.write_quorum),
            open_after: vec![None; config.groups.into()],
            commits: VecDeque::new(),
            held: VecDeque::new(),
        }
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
                self.depart(group, Cause::Input, log, effects);
            }
            WriterInput::Message(Message::Ack { node, group, scl }) => {
                self.hear(now, node, group, scl, effects);
                self.release(now, log, effects);
            }
            WriterInput::Message(
                Message::Boxcar(_)
                | Message::GossipAsk { .. }
                | Message::GossipGive { .. }
                | Message::GossipNone { .. },
            ) => panic!("only acknowledgements are sent to the writer"),
        }
    }

    /// What it knows of durability.
    pub const fn points(&self) -> &Points {
        &self.points
    }

    /// The highest LSN that it may hand out now.
    pub fn limit(&self) -> Lsn {
        Lsn(self.points.vdl().0.saturating_add(self.lal))
    }

    /// Commits that wait for their records to be durable, in LSN order.
    pub const fn commits(&self) -> &VecDeque<Waiting> {
        &self.commits
    }

    /// Mini-transactions that wait for LSNs.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// The records of a group that wait in its boxcar.
    pub fn in_boxcar(&self, group: GroupId, log: &Log) -> Option<Run> {
        let prev = self.open_after[group.index()]?;
        Some(Run::new(prev, log.last_in_group(group)))
    }

    fn submit(
        &mut self,
        now: SimTime,
        submission: Submission,
        log: &mut Log,
        effects: &mut Effects,
    ) {
        assert!(
            !submission.changes.is_empty(),
            "a mini-transaction has a record"
        );
        if !self.held.is_empty() {
            self.held.push_back((now, submission));
        } else if self.has_room(&submission, log) {
            self.issue(now, now, submission, Cause::Input, log, effects);
        } else {
            effects.note(
                Cause::Input,
                Note::Throttled {
                    limit: self.limit(),
                },
            );
            self.held.push_back((now, submission));
        }
    }

    /// Numbers what was held, as far as the limit allows now.
    fn release(&mut self, now: SimTime, log: &mut Log, effects: &mut Effects) {
        let mut cause = None;
        while let Some((_, first)) = self.held.front()
            && self.has_room(first, log)
            && let Some((asked_at, submission)) = self.held.pop_front()
        {
            let because = *cause.get_or_insert_with(|| {
                effects.note(
                    Cause::Input,
                    Note::Unthrottled {
                        limit: self.limit(),
                    },
                )
            });
            self.issue(now, asked_at, submission, because, log, effects);
        }
    }

    /// Whether the submission's LSNs stay within the limit. One that is larger than the limit
    /// itself passes when nothing is outstanding; otherwise it would wait for ever.
    fn has_room(&self, submission: &Submission, log: &Log) -> bool {
        let last = log.last().0 + submission.changes.len() as u64;
        last <= self.limit().0 || self.points.vdl() == log.last()
    }

    fn issue(
        &mut self,
        now: SimTime,
        asked_at: SimTime,
        submission: Submission,
        cause: Cause,
        log: &mut Log,
        effects: &mut Effects,
    ) {
        let first = log.last().next();
        let last = Lsn(log.last().0 + submission.changes.len() as u64);
        let issued = effects.note(cause, Note::Issued { first, last });
        for change in submission.changes {
            let (lsn, entry) = log.append(change);
            let (group, prev) = (entry.group, entry.prev_in_group);
            self.points.issue(lsn, group);
            self.enter_boxcar(now, group, prev, issued, log, effects);
        }
        self.points.end_mtr();
        log.end_mtr(first, submission.label, submission.commit);
        if let Some(txn) = submission.commit {
            self.commits.push_back(Waiting {
                txn,
                lsn: last,
                asked_at,
            });
            effects.note(issued, Note::CommitAsked { txn, lsn: last });
        }
    }

    fn enter_boxcar(
        &mut self,
        now: SimTime,
        group: GroupId,
        prev: Lsn,
        cause: Cause,
        log: &Log,
        effects: &mut Effects,
    ) {
        let open = &mut self.open_after[group.index()];
        if open.is_some() {
            return;
        }
        *open = Some(prev);
        if self.boxcar == Span::ZERO {
            self.depart(group, cause, log, effects);
        } else {
            let timer = WriterTimer::Depart(group);
            effects.push(
                cause,
                Effect::WriterTimer {
                    at: now + self.boxcar,
                    timer,
                },
            );
        }
    }

    /// Sends a boxcar to all segments of its group at once.
    fn depart(&mut self, group: GroupId, cause: Cause, log: &Log, effects: &mut Effects) {
        let prev = self.open_after[group.index()]
            .take()
            .expect("a boxcar leaves once");
        let parcel = log.parcel(group, Run::new(prev, log.last_in_group(group)));
        let note = Note::BoxcarSent {
            group,
            first: parcel.first,
            last: parcel.run.last,
            records: parcel.records,
            bytes: parcel.bytes,
        };
        let sent = effects.note(cause, note);
        for node in (0..self.nodes).map(NodeId) {
            let message = Message::Boxcar(parcel);
            effects.push(
                sent,
                Effect::Send {
                    to: Address::Node(node),
                    message,
                },
            );
        }
    }

    fn hear(
        &mut self,
        now: SimTime,
        node: NodeId,
        group: GroupId,
        scl: Lsn,
        effects: &mut Effects,
    ) {
        let mut cause = effects.note(Cause::Input, Note::Acked { node, group, scl });
        let moved = self.points.hear(group, node, scl);
        if let Some(pgcl) = moved.pgcl {
            cause = effects.note(cause, Note::PgclMoved { group, pgcl, node });
        }
        if let Some(vcl) = moved.vcl {
            cause = effects.note(cause, Note::VclMoved { vcl });
        }
        if let Some(vdl) = moved.vdl {
            cause = effects.note(cause, Note::VdlMoved { vdl });
            self.acknowledge(now, vdl, cause, effects);
        }
    }

    /// Acknowledges every commit that the VDL has reached.
    fn acknowledge(&mut self, now: SimTime, vdl: Lsn, cause: Cause, effects: &mut Effects) {
        while let Some(&Waiting { txn, lsn, asked_at }) = self.commits.front()
            && lsn <= vdl
        {
            self.commits.pop_front();
            let took = now.since(asked_at);
            let acked = effects.note(cause, Note::CommitAcked { txn, lsn, took });
            effects.push(acked, Effect::Acked { txn, took });
        }
    }
}

#[cfg(test)]
mod tests {
    use redo::PageId;

    use super::*;

    const CONFIG: WriterConfig = WriterConfig {
        groups: 2,
        nodes: 6,
        write_quorum: 4,
        lal: 10,
        boxcar: Span::ZERO,
    };

    struct Bench {
        writer: Writer,
        log: Log,
        effects: Effects,
    }

    impl Bench {
        fn new(config: WriterConfig) -> Self {
            Self {
                writer: Writer::new(&config),
                log: Log::new(config.groups),
                effects: Effects::default(),
            }
        }

        fn handle(&mut self, at: u64, input: WriterInput) -> Vec<Effect> {
            self.writer
                .handle(SimTime(at), input, &mut self.log, &mut self.effects);
            self.effects.drain().map(|(_, effect)| effect).collect()
        }

        fn submit(&mut self, at: u64, pages: &[u32], txn: u64) -> Vec<Effect> {
            let changes = pages
                .iter()
                .map(|page| Change::account(PageId(*page), 100, false))
                .collect();
            let commit = Some(txn);
            self.handle(
                at,
                WriterInput::Submit(Submission {
                    changes,
                    label: 0,
                    commit,
                }),
            )
        }

        fn ack(&mut self, at: u64, node: u8, group: u16, scl: u64) -> Vec<Effect> {
            let (node, group, scl) = (NodeId(node), GroupId(group), Lsn(scl));
            self.handle(at, WriterInput::Message(Message::Ack { node, group, scl }))
        }
    }

    fn acked(effects: &[Effect]) -> Vec<u64> {
        let txn = |effect: &Effect| {
            if let Effect::Acked { txn, .. } = effect {
                Some(*txn)
            } else {
                None
            }
        };
        effects.iter().filter_map(txn).collect()
    }

    #[test]
    fn a_commit_is_acknowledged_at_the_fourth_segment() {
        let mut bench = Bench::new(CONFIG);
        bench.submit(0, &[0], 7);
        for node in 0..3 {
            assert_eq!(acked(&bench.ack(10, node, 0, 1)), []);
        }
        assert_eq!(acked(&bench.ack(30, 5, 0, 1)), [7]);
    }

    #[test]
    fn one_slow_group_holds_later_commits_of_the_other() {
        let mut bench = Bench::new(CONFIG);
        bench.submit(0, &[0], 1);
        bench.submit(0, &[1], 2);
        for node in 0..6 {
            assert_eq!(acked(&bench.ack(10, node, 1, 2)), []);
        }
        let acks: Vec<_> = (0..4)
            .flat_map(|node| acked(&bench.ack(20, node, 0, 1)))
            .collect();
        assert_eq!(acks, [1, 2]);
    }

    #[test]
    fn a_mini_transaction_is_durable_whole_or_not_at_all() {
        let mut bench = Bench::new(CONFIG);
        bench.submit(0, &[0, 1], 1);
        (0..6).for_each(|node| assert_eq!(acked(&bench.ack(10, node, 0, 1)), []));
        assert_eq!(bench.writer.points().vcl(), Lsn(1));
        assert_eq!(bench.writer.points().vdl(), Lsn::ZERO);
    }

    #[test]
    fn every_record_goes_to_every_copy_of_its_group() {
        let mut bench = Bench::new(CONFIG);
        let effects = bench.submit(0, &[0, 1, 2], 1);
        let sends = effects
            .iter()
            .filter(|e| matches!(e, Effect::Send { .. }))
            .count();
        assert_eq!(sends, 18);
    }

    #[test]
    fn records_that_enter_a_boxcar_leave_together() {
        let mut bench = Bench::new(WriterConfig {
            boxcar: Span(100),
            ..CONFIG
        });
        let first = bench.submit(0, &[0], 1);
        let timer = WriterTimer::Depart(GroupId(0));
        assert!(first.contains(&Effect::WriterTimer {
            at: SimTime(100),
            timer
        }));
        assert!(
            !bench
                .submit(50, &[2], 2)
                .iter()
                .any(|e| matches!(e, Effect::WriterTimer { .. }))
        );
        let sent = bench.handle(100, WriterInput::Timer(timer));
        let note = Note::BoxcarSent {
            group: GroupId(0),
            first: Lsn(1),
            last: Lsn(2),
            records: 2,
            bytes: 200,
        };
        assert_eq!(sent[0], Effect::Note(note));
        assert_eq!(sent.len(), 7);
    }

    #[test]
    fn lsns_stay_within_the_limit_and_go_on_when_the_vdl_moves() {
        let mut bench = Bench::new(CONFIG);
        for txn in 1..=12 {
            bench.submit(0, &[0], txn);
        }
        assert_eq!((bench.log.last(), bench.writer.held()), (Lsn(10), 2));
        let acks: Vec<_> = (0..4)
            .flat_map(|node| acked(&bench.ack(500, node, 0, 1)))
            .collect();
        assert_eq!(acks, [1]);
        assert_eq!((bench.log.last(), bench.writer.held()), (Lsn(11), 1));
        (0..4).for_each(|node| drop(bench.ack(900, node, 0, 11)));
        assert_eq!(bench.log.last(), Lsn(12));
        let waiting = bench.writer.commits().front().unwrap();
        assert_eq!((waiting.txn, waiting.asked_at), (12, SimTime(0)));
    }
}
