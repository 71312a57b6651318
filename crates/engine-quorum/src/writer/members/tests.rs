//! A volume that grows, with a crash at every point of it.

use std::collections::VecDeque;

use redo::{Change, PageId};
use sim::Stream;

use super::*;
use crate::defect::Defects;
use crate::effects::Write;
use crate::message::Epoch;
use crate::node::{NodeInput, NodeTimer, Repair, StorageNode};
use crate::quorum::Quorum;
use crate::writer::{Submission, WriterConfig, WriterInput};

/// What is on its way.
#[derive(Clone)]
enum Due {
    Message(Address, Message),
    Written(NodeId, Write),
    Register(Epoch, Rc<Membership>),
    Open(Epoch),
}

/// Three nodes, of which two write and two read, and a volume of one group with two pages.
#[derive(Clone)]
struct Bench {
    log: Log,
    nodes: Vec<StorageNode>,
    up: Copies,
    writer: Writer,
    /// The members that the metadata service knows.
    registered: Rc<Membership>,
    due: VecDeque<Due>,
}

const NOW: SimTime = SimTime(1);
const PAGES: u64 = 2;
/// The first page of the group that is added.
const NEW: u32 = 2;

fn config() -> WriterConfig {
    WriterConfig {
        groups: 1,
        nodes: 3,
        members: Rc::new(Membership::new(Quorum::of(3, 2, 2), Copies::default())),
        defects: Defects::default(),
        lal: 10,
        boxcar: Span::ZERO,
        resend: Span(1000),
        reads: None,
    }
}

impl Bench {
    fn new() -> Self {
        let config = config();
        let nodes = (0..config.nodes).map(NodeId).map(|id| {
            let (stream, times) = (Stream::new(1, "gossip"), (Span(1000), Repair::default()));
            StorageNode::new(id, Rc::clone(&config.members), 1, times, stream)
        });
        Self {
            log: Log::of_pages(1, PAGES),
            nodes: nodes.collect(),
            up: Copies::first(3),
            writer: Writer::new(&config),
            registered: Rc::clone(&config.members),
            due: VecDeque::new(),
        }
    }

    fn writer(&mut self, input: WriterInput) {
        let (mut effects, epoch) = (Effects::default(), self.writer.epoch());
        self.writer.handle(NOW, input, &mut self.log, &mut effects);
        for (_, effect) in effects.drain() {
            match effect {
                Effect::Send { to, message } => self.due.push_back(Due::Message(to, message)),
                Effect::RegisterMembers { members, .. } => {
                    self.due.push_back(Due::Register(epoch, members));
                }
                Effect::Register { epoch } => self.due.push_back(Due::Open(epoch)),
                Effect::WriterTimer { .. } | Effect::Acked { .. } => {}
                Effect::Write(_)
                | Effect::Prefer(_)
                | Effect::Load(_)
                | Effect::NodeTimer { .. }
                | Effect::HasRead { .. }
                | Effect::SnapshotOver => panic!("a writer that reads nothing does not do that"),
            }
        }
    }

    fn node(&mut self, id: NodeId, input: NodeInput) {
        let mut effects = Effects::default();
        self.nodes[id.index()].handle(NOW, input, &self.log, &mut effects);
        for (_, effect) in effects.drain() {
            if let Effect::Send { to, message } = effect {
                self.due.push_back(Due::Message(to, message));
            } else if let Effect::Write(write) = effect {
                self.due.push_back(Due::Written(id, write));
            }
        }
    }

    /// Lets the next thing happen. False when there is none.
    fn step(&mut self) -> bool {
        match self.due.pop_front() {
            Some(Due::Message(Address::Node(node), message)) if self.up.has(node) => {
                self.node(node, NodeInput::Message(message));
            }
            Some(Due::Message(Address::Writer(epoch), message)) if epoch == self.writer.epoch() => {
                self.writer(WriterInput::Message(message));
            }
            Some(Due::Written(node, write)) if self.up.has(node) => {
                self.node(node, NodeInput::Written(write));
            }
            Some(Due::Register(epoch, members)) if epoch == self.writer.epoch() => {
                self.registered = members;
                self.writer(WriterInput::MembersRegistered);
            }
            Some(Due::Open(epoch)) if epoch == self.writer.epoch() => {
                self.writer(WriterInput::Registered);
            }
            Some(_) => {}
            None => return false,
        }
        true
    }

    fn settle(&mut self) {
        while self.step() {}
    }

    fn write(&mut self, page: u32) {
        self.writer(WriterInput::Submit(Submission {
            changes: Change::account(PageId(page), 100, false).into(),
            commit: Some(page.into()),
            ..Submission::default()
        }));
    }

    /// Nodes that know of the new group.
    fn informed(&self) -> Copies {
        let nodes = (0..).map(NodeId).zip(&self.nodes);
        let informed = nodes.filter(|(_, node)| node.stamp().members.groups_added() == 1);
        informed.map(|(id, _)| id).collect()
    }

    /// The writer is gone, only these nodes are up, and a new writer recovers.
    fn recover(&mut self, up: Copies) {
        self.up = up;
        let members = Rc::clone(&self.registered);
        self.writer = Writer::after_a_crash(&config(), Epoch(2), members);
        self.writer(WriterInput::Recover);
        self.settle();
    }
}

/// Calls `then` at every point of a run in which the volume grows and its new group is written.
fn at_every_point(then: impl Fn(&Bench)) {
    let mut bench = Bench::new();
    bench.write(0);
    bench.writer(WriterInput::Reconfigure(Step::Grow));
    let mut written = false;
    loop {
        if !written && bench.log.pages() > PAGES {
            bench.write(NEW);
            written = true;
        }
        then(&bench);
        if !bench.step() {
            break;
        }
    }
    assert!(written, "the volume grew");
    assert_eq!(bench.writer.points().vdl(), Lsn(2));
}

#[test]
fn a_group_is_used_only_when_a_write_quorum_knows_of_it() {
    at_every_point(|bench| {
        let (pages, informed) = (bench.log.pages(), bench.informed());
        assert!(pages == PAGES || informed.count() >= 2, "{informed:?}");
        let geometry = bench.registered.geometry();
        assert!(informed == Copies::default() || geometry == 2, "{geometry}");
        let has_it = |node: &StorageNode| node.segments().len() == 2;
        let nodes = (0..).map(NodeId).zip(&bench.nodes);
        let segments: Copies = nodes.filter(|(_, n)| has_it(n)).map(|(id, _)| id).collect();
        assert_eq!(segments, informed);
    });
    let mut bench = Bench::new();
    bench.up = Copies::first(1);
    bench.writer(WriterInput::Reconfigure(Step::Grow));
    bench.settle();
    assert_eq!(bench.registered.groups_added(), 1);
    assert_eq!((bench.informed(), bench.log.pages()), (bench.up, PAGES));
    assert!(bench.writer.awaits_members());
}

#[test]
fn a_recovery_at_any_point_of_growing_with_any_read_quorum_finds_everything_and_goes_on() {
    at_every_point(|bench| {
        let known = bench.writer.points().vdl();
        let quorums = Copies::first(3).subsets().filter(|up| up.count() >= 2);
        for (up, lost) in quorums.flat_map(|up| [(up, false), (up, true)]) {
            let mut bench = bench.clone();
            if lost {
                bench.due.retain(|due| matches!(due, Due::Written(..)));
            }
            bench.recover(up);
            assert!(matches!(bench.writer.phase(), Phase::Open), "{up:?}");
            let vdl = bench.writer.points().vdl();
            assert!(known <= vdl, "{known} was durable, {vdl} was found");
            let groups = 1 + bench.registered.groups_added();
            assert_eq!(bench.log.groups().count(), groups.into());
            if groups == 1 {
                bench.writer(WriterInput::Reconfigure(Step::Grow));
                bench.settle();
            }
            bench.write(NEW + 1);
            bench.settle();
            let last = bench.log.last();
            assert_eq!(bench.writer.points().vdl(), last, "{up:?} {lost}");
            assert_eq!(bench.log.last_in_group(GroupId(1)), last);
            // Whoever was away hears of the group from a peer, and then asks for what is in it.
            bench.up = Copies::first(3);
            for node in (0..3).map(NodeId).filter(|node| !up.has(*node)) {
                bench.node(node, NodeInput::Crash);
                bench.node(node, NodeInput::Start);
                bench.settle();
                for _ in 0..4 {
                    bench.node(node, NodeInput::Timer(NodeTimer::Gossip));
                    bench.settle();
                }
                assert_eq!(bench.nodes[node.index()].segment(GroupId(1)).scl(), last);
            }
        }
    });
}

#[test]
fn a_truncation_from_before_a_group_was_added_takes_nothing_from_it() {
    let mut bench = Bench::new();
    bench.write(0);
    bench.settle();
    bench.recover(Copies::first(3));
    bench.writer(WriterInput::Reconfigure(Step::Grow));
    bench.settle();
    bench.write(NEW);
    bench.settle();
    let last = bench.log.last();
    let stamp = bench.nodes[0].stamp();
    assert_eq!(stamp.history[0].tails.len(), 1);
    assert_eq!(stamp.keeps(GroupId(1), last), last);
    assert_eq!(bench.nodes[0].segment(GroupId(1)).scl(), last);
}
