use std::collections::VecDeque;

use redo::{Change, PageId};
use sim::Stream;

use super::*;
use crate::defect::{Defect, Defects};
use crate::membership::{self, Membership, Step};
use crate::message::{Boxcar, Epoch, Parcel};
use crate::node::{NodeInput, Repair, StorageNode};
use crate::run::Run;
use crate::upkeep::Horizon;
use crate::writer::{Phase, Writer, WriterConfig, WriterInput};

const LAL: u64 = 10;

/// Six nodes, a log, and a new writer, with messages that take no time.
struct Bench {
    log: Log,
    nodes: Vec<StorageNode>,
    up: Copies,
    writer: Writer,
    effects: Effects,
    messages: VecDeque<(Address, Message)>,
    notes: Vec<Note>,
    /// Comes to the writer before the metadata service has answered.
    late: Option<Message>,
}

impl Bench {
    /// One group of `records` mini-transactions of one record each; each node has the first so many
    /// of them.
    fn new(records: u32, has: [u64; 6], epoch: Epoch) -> Self {
        Self::of(&config(), records, &has, epoch)
    }

    /// The same with other members. All nodes but the first six are spares until they are told.
    fn of(config: &WriterConfig, records: u32, has: &[u64], epoch: Epoch) -> Self {
        let mut log = Log::new(1);
        for page in 0..records {
            let change = Change::account(PageId(page), 100, false);
            let lsn = log.append(Epoch::FIRST, change).lsn;
            log.end_mtr(SimTime::START, Epoch::FIRST, lsn, 0, Some(lsn.0));
        }
        let nodes = (0..config.nodes).map(NodeId).map(|id| {
            let stream = Stream::new(1, "gossip");
            let times = (Span(1000), Repair::default());
            StorageNode::new(id, Rc::default(), 1, times, stream)
        });
        let mut bench = Self {
            nodes: nodes.collect(),
            up: Copies::first(6),
            writer: Writer::after_a_crash(config, epoch, Rc::clone(&config.members)),
            effects: Effects::default(),
            messages: VecDeque::new(),
            notes: Vec::new(),
            late: None,
            log,
        };
        for (node, &has) in (0..).map(NodeId).zip(has) {
            if has > 0 {
                let run = Run::new(Lsn::ZERO, Lsn(has));
                let parcel = bench.log.parcel(GroupId(0), run);
                bench.node(node, boxcar(parcel));
            }
        }
        bench.messages.clear();
        bench
    }

    fn node(&mut self, id: NodeId, input: NodeInput) {
        let node = &mut self.nodes[id.index()];
        node.handle(SimTime(1), input, &self.log, &mut self.effects);
        let (notes, effects) = self.effects.take();
        self.notes.extend(notes);
        for effect in effects {
            match effect {
                Effect::Send { to, message } => self.messages.push_back((to, message)),
                Effect::Write(write) => self.node(id, NodeInput::Written(write)),
                Effect::NodeTimer { .. } | Effect::Prefer(_) => {}
                Effect::WriterTimer { .. }
                | Effect::Register { .. }
                | Effect::RegisterMembers { .. }
                | Effect::Acked { .. }
                | Effect::HasRead { .. }
                | Effect::SnapshotOver
                | Effect::Load(_) => {
                    panic!("a node that nobody reads from does not do that")
                }
            }
        }
    }

    fn writer(&mut self, input: WriterInput) {
        self.writer
            .handle(SimTime(1), input, &mut self.log, &mut self.effects);
        let (notes, effects) = self.effects.take();
        self.notes.extend(notes);
        for effect in effects {
            match effect {
                Effect::Send { to, message } => self.messages.push_back((to, message)),
                Effect::Register { .. } => {
                    if let Some(late) = self.late.take() {
                        self.writer(WriterInput::Message(late));
                    }
                    self.writer(WriterInput::Registered);
                }
                Effect::WriterTimer { .. } => {}
                Effect::Write(_)
                | Effect::Prefer(_)
                | Effect::Load(_)
                | Effect::NodeTimer { .. }
                | Effect::RegisterMembers { .. }
                | Effect::Acked { .. }
                | Effect::HasRead { .. }
                | Effect::SnapshotOver => {
                    panic!("a recovering writer does not do that")
                }
            }
        }
    }

    /// Delivers what is under way until nothing is.
    fn deliver(&mut self) {
        while let Some((to, message)) = self.messages.pop_front() {
            match to {
                Address::Node(node) if self.up.has(node) => {
                    self.node(node, NodeInput::Message(message));
                }
                Address::Writer(epoch) if epoch == self.writer.epoch() => {
                    self.writer(WriterInput::Message(message));
                }
                Address::Node(_) | Address::Writer(_) | Address::Archive => {}
            }
        }
    }

    fn recover(&mut self, up: Copies) {
        self.up = up;
        self.writer(WriterInput::Recover);
        self.deliver();
    }

    /// The VDL that was found.
    fn found(&self) -> Option<Lsn> {
        let found = |note: &&Note| matches!(note, Note::PointsFound { .. });
        let Some(Note::PointsFound { vdl, .. }) = self.notes.iter().find(found) else {
            return None;
        };
        Some(*vdl)
    }

    fn is_open(&self) -> bool {
        matches!(self.writer.phase(), Phase::Open)
    }
}

fn config() -> WriterConfig {
    WriterConfig {
        groups: 1,
        nodes: 6,
        members: Rc::default(),
        defects: Defects::default(),
        lal: LAL,
        boxcar: Span::ZERO,
        resend: Span(1000),
        reads: None,
    }
}

/// From the writer of epoch 1.
fn boxcar(parcel: Parcel) -> NodeInput {
    NodeInput::Message(Message::Boxcar(Rc::new(Boxcar {
        stamp: Rc::default(),
        parcel,
        horizon: Horizon::default(),
    })))
}

fn vectors() -> impl Iterator<Item = [u64; 6]> {
    (0..1 << 12).map(|code: u64| std::array::from_fn(|n| code >> (2 * n) & 3))
}

#[test]
fn every_read_quorum_finds_every_acknowledged_record_whatever_the_copies_have() {
    let quorum = Quorum::of(6, 4, 3);
    for has in vectors() {
        let acked = quorum.write.reached(&has.map(Lsn));
        for up in Copies::first(6).subsets() {
            let mut bench = Bench::new(3, has, Epoch(2));
            bench.recover(up);
            if !quorum.read.holds(up) {
                assert_eq!(bench.found(), None, "{has:?} {up:?}");
                continue;
            }
            let vdl = bench.found().expect("a read quorum answers");
            assert!(acked <= vdl, "{has:?} {up:?}: {vdl}");
            assert_eq!(bench.is_open(), quorum.write.holds(up), "{has:?} {up:?}");
            if bench.is_open() {
                let complete =
                    |node: &NodeId| bench.nodes[node.index()].segment(GroupId(0)).scl() == vdl;
                let copies: Copies = up.iter().filter(complete).collect();
                assert!(quorum.write.holds(copies), "{has:?} {up:?}: {copies:?}");
                assert_eq!(bench.writer.points().vdl(), vdl);
                assert_eq!(bench.log.next_lsn(), Lsn(vdl.0 + LAL + 1));
            }
        }
    }
}

#[test]
fn a_recovery_after_a_recovery_comes_to_the_same_point_or_a_later_one() {
    let up = |nodes: [u8; 4]| nodes.into_iter().map(NodeId).collect::<Copies>();
    for has in vectors() {
        let mut bench = Bench::new(3, has, Epoch(2));
        bench.recover(up([0, 1, 2, 3]));
        let first = bench.found().expect("a read quorum answers");
        bench.writer = Writer::after_a_crash(&config(), Epoch(3), Rc::default());
        bench.notes.clear();
        bench.recover(up([2, 3, 4, 5]));
        let second = bench.found().expect("a read quorum answers");
        assert!(first <= second, "{has:?}: {first}, then {second}");
        assert!(bench.is_open());
        // What the first recovery annulled has not come back.
        for node in &bench.nodes {
            assert!(node.segment(GroupId(0)).stored.highest() <= second.max(Lsn(3)));
        }
    }
}

#[test]
fn an_old_writer_gets_no_acknowledgement_once_a_read_quorum_is_fenced() {
    let mut bench = Bench::new(3, [2; 6], Epoch(2));
    bench.recover(Copies::first(3));
    assert_eq!(bench.found(), Some(Lsn(2)));
    // Record 3 reaches all six now, from the writer of epoch 1.
    let parcel = bench.log.parcel(GroupId(0), Run::new(Lsn(2), Lsn(3)));
    let mut acked = Copies::default();
    for node in (0..6).map(NodeId) {
        bench.node(node, boxcar(parcel));
    }
    for (to, message) in bench.messages.drain(..) {
        if let (Address::Writer(Epoch::FIRST), Message::Ack { node, .. }) = (to, message) {
            acked = acked.with(node);
        }
    }
    assert_eq!(acked, Copies::first(6).iter().skip(3).collect());
    assert!(!Quorum::of(6, 4, 3).write.holds(acked));
}

#[test]
fn a_recovery_that_is_slower_than_a_later_one_does_not_open() {
    let mut bench = Bench::new(3, [2; 6], Epoch(2));
    bench.log.branch(Epoch(3), Lsn(2), Lsn(13));
    bench.recover(Copies::first(6));
    assert_eq!(bench.found(), Some(Lsn(2)));
    assert!(matches!(bench.writer.phase(), Phase::Over));
    assert_eq!(bench.log.epoch(), Epoch(3));
}

#[test]
fn an_answer_that_comes_late_does_not_undo_what_came_after_it() {
    let mut bench = Bench::new(3, [3, 3, 3, 0, 3, 3], Epoch(2));
    bench.late = Some(Message::Fenced {
        node: NodeId(3),
        stamp: Rc::default(),
        scls: [Lsn::ZERO].into(),
    });
    bench.recover(Copies::first(4));
    assert!(bench.is_open() && bench.late.is_none());
    assert_eq!(bench.writer.points().pgcl(GroupId(0)), Lsn(3));
}

const F: NodeId = NodeId(5);
const G: NodeId = NodeId(6);

/// While G may take the place of F, a tail segment, so that it is copied in one part.
fn changing(defects: &[Defect]) -> WriterConfig {
    let first = Membership::new(Quorum::of(6, 4, 3), Copies::default().with(F));
    let (suspect, newcomer) = (F, G);
    let step = Step::Begin(membership::Change::Replace { suspect, newcomer });
    WriterConfig {
        nodes: 7,
        members: Rc::new(first.step(step).unwrap()),
        defects: defects.iter().copied().collect(),
        ..config()
    }
}

#[test]
fn while_members_change_every_old_read_quorum_finds_every_record_and_newcomers_do_not_count() {
    let config = changing(&[]);
    let (base, joint) = (Quorum::of(6, 4, 3), config.members.quorum());
    for code in 0..1_u64 << 7 {
        let has: Vec<_> = (0..7).map(|n| code >> n & 1).collect();
        let scls: Vec<_> = has.iter().copied().map(Lsn).collect();
        // Before the change began, the first six were enough.
        let acked = base.write.reached(&scls);
        for up in Copies::first(7).subsets() {
            let mut bench = Bench::of(&config, 1, &has, Epoch(2));
            bench.recover(up);
            let found = bench.found();
            assert_eq!(found.is_some(), base.read.holds(up), "{has:?} {up:?}");
            assert!(found.is_none_or(|vdl| acked <= vdl), "{has:?} {up:?}");
            assert_eq!(bench.is_open(), joint.write.holds(up), "{has:?} {up:?}");
        }
    }
}

#[test]
fn a_newcomer_that_voted_at_once_would_lose_an_acknowledged_record() {
    // C, D, E and F have the record, which is enough. Then G is introduced.
    let has = [0, 0, 1, 1, 1, 1, 0];
    let up = [0, 1, 6].into_iter().map(NodeId).collect();
    let mut wrong = Bench::of(&changing(&[Defect::UnhydratedVote]), 1, &has, Epoch(2));
    wrong.recover(up);
    assert_eq!(wrong.found(), Some(Lsn::ZERO), "the record is lost");
    let mut right = Bench::of(&changing(&[]), 1, &has, Epoch(2));
    right.recover(up);
    assert_eq!(right.found(), None, "it waits for a third of the six");
    right.up = up.with(NodeId(2));
    right.writer(WriterInput::Timer(WriterTimer::Recover));
    right.deliver();
    assert_eq!(right.found(), Some(Lsn(1)));
}
