use std::rc::Rc;

use redo::Change;

use super::*;
use crate::defect::Defects;
use crate::membership::MembershipEpoch;
use crate::message::{Boxcar, Epoch};
use crate::node::{NodeInput, Repair, StorageNode};
use crate::pages::ReadRefused;
use crate::run::Run;
use crate::upkeep::{Horizon, UpkeepConfig};
use crate::writer::{Writer, WriterConfig, WriterInput};

/// A writer whose messages go nowhere unless the test delivers them.
struct Bench {
    writer: Writer,
    log: Log,
    effects: Effects,
    /// Those of the last handling.
    notes: Vec<Note>,
}

/// What a writer asked a node.
type Question = (NodeId, Read);

impl Bench {
    fn new(cache_pages: u32) -> Self {
        let config = WriterConfig {
            groups: 2,
            nodes: 6,
            members: Rc::default(),
            defects: Defects::default(),
            lal: 1000,
            boxcar: Span::ZERO,
            resend: Span(1 << 40),
            reads: Some(ReadConfig {
                cache_pages,
                hedging: Hedging::On,
                stream: never_probes(),
            }),
        };
        Self {
            writer: Writer::new(&config),
            log: Log::new(2),
            effects: Effects::default(),
            notes: Vec::new(),
        }
    }

    fn handle(&mut self, at: u64, input: WriterInput) -> Vec<Effect> {
        self.writer
            .handle(SimTime(at), input, &mut self.log, &mut self.effects);
        let (notes, effects) = self.effects.take();
        self.notes = notes;
        effects
    }

    fn message(&mut self, at: u64, message: Message) -> Vec<Effect> {
        self.handle(at, WriterInput::Message(message))
    }

    fn read(&mut self, at: u64, pages: &[u32]) -> Vec<Effect> {
        let reads = pages.iter().copied().map(PageId).collect();
        let submission = Submission {
            reads,
            ..Submission::default()
        };
        self.handle(at, WriterInput::Submit(submission))
    }

    fn snapshot(&mut self, at: u64, page: u32) -> u64 {
        let submission = Submission {
            reads: vec![PageId(page)],
            snapshot: Some(Span(500)),
            ..Submission::default()
        };
        let effects = self.handle(at, WriterInput::Submit(submission));
        let ticket = |effect: &Effect| {
            let Effect::WriterTimer { timer, .. } = effect else {
                return None;
            };
            let WriterTimer::Snapshot(ticket) = timer else {
                return None;
            };
            Some(*ticket)
        };
        effects
            .iter()
            .find_map(ticket)
            .expect("it holds for a while")
    }

    fn change(&mut self, at: u64, page: u32) -> Vec<Effect> {
        let changes = Change::account(PageId(page), 100, false).into();
        let submission = Submission {
            changes,
            ..Submission::default()
        };
        self.handle(at, WriterInput::Submit(submission))
    }

    fn ack(&mut self, at: u64, group: u16, nodes: std::ops::Range<u8>, scl: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        for node in nodes.map(NodeId) {
            let ack = Message::Ack {
                node,
                members: MembershipEpoch::FIRST,
                group: GroupId(group),
                scl: Lsn(scl),
            };
            effects.extend(self.message(at, ack));
        }
        effects
    }

    fn answer(&mut self, at: u64, (node, read): Question) -> Vec<Effect> {
        let page = Box::new(self.log.page_at(read.page, read.point));
        let read = Box::new(read);
        self.message(at, Message::ReadAnswer { node, read, page })
    }

    fn refuse(&mut self, at: u64, (node, read): Question) -> Vec<Effect> {
        let read = Box::new(read);
        self.message(at, Message::ReadRefused { node, read })
    }

    /// Changes a page that was read from the first node before, at every node at once.
    fn change_durably(&mut self, at: u64, page: u32) -> u64 {
        let asked = questions(&self.change(at, page));
        for question in asked {
            self.answer(at, question);
        }
        let lsn = self.log.last().0;
        let group = u16::try_from(page % 2).expect("one of two");
        self.ack(at, group, 0..6, lsn);
        lsn
    }
}

/// A stream whose first numbers never ask for a second node.
fn never_probes() -> Stream {
    let quiet = |stream: &Stream| {
        let mut ahead = stream.clone();
        (0..50).all(|_| ahead.below(PROBE_ONE_IN) > 0)
    };
    let streams = (0..1000).map(|seed| Stream::new(seed, "reads"));
    streams.into_iter().find(quiet).expect("one in five is")
}

fn questions(effects: &[Effect]) -> Vec<Question> {
    let question = |effect: &Effect| {
        let Effect::Send { to, message } = effect else {
            return None;
        };
        let (Address::Node(node), Message::Read { read, .. }) = (to, message) else {
            return None;
        };
        Some((*node, **read))
    };
    effects.iter().filter_map(question).collect()
}

fn has_read(effects: &[Effect]) -> bool {
    let has_read =
        |effect: &Effect| matches!(effect, Effect::HasRead { .. } | Effect::SnapshotOver);
    effects.iter().any(has_read)
}

fn nodes(effects: &[Effect]) -> Vec<u8> {
    questions(effects).iter().map(|(node, _)| node.0).collect()
}

#[test]
fn a_miss_asks_one_segment_and_a_hit_none() {
    let mut bench = Bench::new(10);
    let asked = questions(&bench.read(0, &[4]));
    assert_eq!(asked.len(), 1);
    assert!(has_read(&bench.answer(100, asked[0])));
    let again = bench.read(200, &[4]);
    assert_eq!(again, [Effect::HasRead { took: Span::ZERO }]);
    assert_eq!(bench.notes, []);
    let counts = bench.writer.reads().expect("it reads").cache().counts();
    assert_eq!((counts.hits, counts.misses), (1, 1));
}

#[test]
fn a_transaction_waits_for_all_its_pages_and_two_for_one_read() {
    let mut bench = Bench::new(10);
    let asked = questions(&bench.read(0, &[1, 2]));
    assert_eq!(asked.len(), 2);
    assert_eq!(questions(&bench.read(10, &[2])), []);
    assert!(!has_read(&bench.answer(100, asked[0])));
    let done = bench.answer(200, asked[1]);
    let done = done.iter().filter(|e| matches!(e, Effect::HasRead { .. }));
    assert_eq!(done.count(), 2);
}

#[test]
fn a_change_is_numbered_when_its_page_is_there() {
    let mut bench = Bench::new(10);
    let asked = questions(&bench.change(0, 1));
    assert_eq!(bench.log.last(), Lsn::ZERO);
    bench.answer(100, asked[0]);
    assert_eq!(bench.log.last(), Lsn(1));
    let cache = bench.writer.reads().expect("it reads").cache();
    assert_eq!(cache.get(PageId(1)).map(Page::lsn), Some(Lsn(1)));
}

#[test]
fn only_segments_that_are_complete_for_the_read_are_asked() {
    let mut bench = Bench::new(1);
    bench.change_durably(0, 0);
    let asked = questions(&bench.change(1, 0));
    assert_eq!(asked, [], "it is in the cache");
    bench.ack(2, 0, 2..6, 2);
    // Another page of the group, at VDL 2: the first two nodes lack record 2.
    let mut found = Vec::new();
    let mut asked = bench.read(3, &[2]);
    for at in 1..5 {
        found.extend(nodes(&asked));
        asked = bench.refuse(3 + at, questions(&asked)[0]);
    }
    found.sort_unstable();
    assert_eq!(found, [2, 3, 4, 5]);
}

#[test]
fn an_idle_group_serves_reads_although_its_scls_are_far_below_the_read_point() {
    let mut bench = Bench::new(0);
    bench.change_durably(0, 0);
    for at in 1..=10 {
        bench.change_durably(at, 1);
    }
    assert_eq!(bench.writer.points().vdl(), Lsn(11));
    let (_, read) = questions(&bench.read(20, &[2]))[0];
    assert_eq!((read.point, read.tail), (Lsn(11), Lsn(1)));
}

#[test]
fn the_node_that_usually_answers_first_is_asked() {
    let mut bench = Bench::new(0);
    let takes = [900, 800, 300, 700, 600, 500];
    let mut at = 0;
    for _ in 0..6 {
        let question = questions(&bench.read(at, &[2]))[0];
        at += takes[usize::from(question.0.0)];
        bench.answer(at, question);
        at += 1000;
    }
    for _ in 0..10 {
        let question = questions(&bench.read(at, &[2]))[0];
        assert_eq!(question.0, NodeId(2));
        bench.answer(at + 300, question);
        at += 1000;
    }
}

/// Every node usually takes 1,000 ns, the first a little less.
fn all_known(bench: &mut Bench) {
    for read in 0..30 {
        let at = 100_000 * read;
        let question = questions(&bench.read(at, &[2]))[0];
        let took = if question.0 == NodeId(0) { 900 } else { 1000 };
        bench.answer(at + took, question);
    }
}

#[test]
fn a_read_that_waits_longer_than_usual_is_hedged_when_something_else_arrives() {
    let mut bench = Bench::new(0);
    all_known(&mut bench);
    let at = 10_000_000;
    let first = questions(&bench.read(at, &[2]))[0];
    assert_eq!(first.0, NodeId(0));
    let usual = bench.writer.reads().expect("it reads").usual(NodeId(0));
    let limit = usual.expect("it answered").limit().0;
    let ack = Message::Ack {
        node: NodeId(0),
        members: MembershipEpoch::FIRST,
        group: GroupId(0),
        scl: Lsn::ZERO,
    };
    assert_eq!(bench.message(at + limit - 1, ack.clone()), []);
    assert_eq!(bench.notes.len(), 1, "it hears the SCL");
    let hedged = questions(&bench.message(at + limit, ack));
    assert_eq!(hedged.len(), 1);
    assert_ne!(hedged[0].0, first.0);
    assert!(has_read(&bench.answer(at + limit + 900, hedged[0])));
    assert!(
        !has_read(&bench.answer(at + 9000, first)),
        "the first counts"
    );
}

#[test]
fn an_idle_writer_hedges_by_its_timer() {
    let mut bench = Bench::new(0);
    all_known(&mut bench);
    bench.read(10_000_000, &[2]);
    let look = WriterInput::Timer(WriterTimer::Look);
    let effects = bench.handle(11_000_000, look);
    assert_eq!(questions(&effects).len(), 1);
}

#[test]
fn a_node_that_is_down_is_passed_over_soon() {
    let mut bench = Bench::new(0);
    all_known(&mut bench);
    let (mut at, mut asked_first) = (10_000_000, Vec::new());
    for _ in 0..20 {
        let mut asked = bench.read(at, &[2]);
        asked_first.extend(nodes(&asked));
        while let Some((NodeId(0), _)) = questions(&asked).first() {
            at += 10_000;
            asked = bench.handle(at, WriterInput::Timer(WriterTimer::Look));
        }
        let question = questions(&asked)[0];
        bench.answer(at + 1000, question);
        at += 1_000_000;
    }
    let of_the_first = asked_first.iter().filter(|node| **node == 0);
    assert!(of_the_first.count() < 3, "{asked_first:?}");
}

#[test]
fn when_all_refuse_it_asks_them_again_and_waits_longer() {
    let mut bench = Bench::new(0);
    let mut asked = bench.read(0, &[2]);
    let mut found = Vec::new();
    for at in 1..13 {
        let question = questions(&asked)[0];
        found.push(question.0.0);
        asked = bench.refuse(at, question);
    }
    assert_eq!(found, [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
}

#[test]
fn the_pgmrpl_stands_still_while_a_snapshot_is_held() {
    let mut bench = Bench::new(10);
    bench.change_durably(0, 0);
    assert_eq!(bench.writer.read_floor(), Lsn(1));
    let ticket = bench.snapshot(1, 0);
    bench.change_durably(2, 0);
    bench.change_durably(3, 0);
    assert_eq!(bench.writer.points().vdl(), Lsn(3));
    assert_eq!(bench.writer.read_floor(), Lsn(1));
    let timer = WriterInput::Timer(WriterTimer::Snapshot(ticket));
    // The page is in the cache, but as it is now.
    let asked = questions(&bench.handle(501, timer));
    assert_eq!((asked[0].1.point, asked[0].1.tail), (Lsn(1), Lsn(1)));
    let effects = bench.answer(600, asked[0]);
    assert!(has_read(&effects));
    let page = bench
        .writer
        .reads()
        .expect("it reads")
        .cache()
        .get(PageId(0));
    assert_eq!(page.map(Page::lsn), Some(Lsn(3)));
    assert_eq!(bench.writer.read_floor(), Lsn(3));
}

#[test]
fn a_snapshot_reads_from_the_cache_what_has_not_changed_since() {
    let mut bench = Bench::new(10);
    bench.change_durably(0, 0);
    let ticket = bench.snapshot(1, 0);
    bench.change_durably(2, 1);
    let timer = WriterInput::Timer(WriterTimer::Snapshot(ticket));
    assert!(has_read(&bench.handle(501, timer)));
    assert_eq!(bench.writer.read_floor(), Lsn(2));
}

#[test]
fn a_writer_that_is_over_waits_for_no_answer() {
    let mut bench = Bench::new(10);
    let question = questions(&bench.read(0, &[2]))[0];
    let (node, epoch) = (NodeId(0), Epoch(2));
    bench.message(10, Message::Refused { node, epoch });
    assert_eq!(bench.writer.unanswered(), 1);
    assert_eq!(bench.answer(20, question), []);
    assert_eq!(bench.notes, []);
    let look = WriterInput::Timer(WriterTimer::Look);
    assert_eq!(bench.handle(30, look), []);
    assert_eq!(bench.notes, []);
}

/// A node that has the first of two records, and its log.
fn node() -> (StorageNode, Log) {
    let mut log = Log::new(1).with_chains(2);
    for _ in 0..2 {
        log.append(Epoch::FIRST, Change::account(PageId(0), 100, false));
    }
    let upkeep = UpkeepConfig {
        backup: Span::ZERO,
        collect: Span::ZERO,
        scrub: Span::ZERO,
        backlog_bytes_max: 1 << 20,
    };
    let stream = Stream::new(0, "gossip");
    let times = (Span(10), Repair::default());
    let mut node = StorageNode::new(NodeId(0), Rc::default(), 1, times, stream).with_upkeep(upkeep);
    store(
        &mut node,
        &log,
        Run::new(Lsn(0), Lsn(1)),
        Horizon::default(),
    );
    (node, log)
}

/// A node receives a boxcar and has it on its disk.
fn store(node: &mut StorageNode, log: &Log, run: Run, horizon: Horizon) {
    let boxcar = Message::Boxcar(Rc::new(Boxcar {
        stamp: Rc::default(),
        parcel: log.parcel(GroupId(0), run),
        horizon,
    }));
    let mut effects = Effects::default();
    node.handle(SimTime(1), NodeInput::Message(boxcar), log, &mut effects);
    for effect in effects.take().1 {
        if let Effect::Write(write) = effect {
            node.handle(SimTime(1), NodeInput::Written(write), log, &mut effects);
        }
    }
}

/// What a node says to a read in the end.
fn ask(node: &mut StorageNode, log: &Log, epoch: u32, tail: u64) -> (Vec<Note>, Vec<Effect>) {
    let read = Box::new(Read {
        epoch: Epoch(epoch),
        id: 0,
        page: PageId(0),
        group: GroupId(0),
        point: Lsn(tail),
        tail: Lsn(tail),
        asked_at: SimTime(1),
    });
    let stamp = Rc::new(Stamp {
        epoch: Epoch(epoch),
        ..Stamp::default()
    });
    let load = (vec![], vec![Effect::Load(read.clone())]);
    let message = Message::Read {
        stamp,
        read: read.clone(),
    };
    let mut effects = Effects::default();
    node.handle(SimTime(2), NodeInput::Message(message), log, &mut effects);
    let mut said = effects.take();
    if said == load {
        node.handle(SimTime(3), NodeInput::Loaded(read), log, &mut effects);
        said = effects.take();
    }
    said
}

#[test]
fn a_node_gives_the_page_as_it_was_at_the_read_point() {
    let (mut node, log) = node();
    let said = ask(&mut node, &log, 1, 1);
    let (
        [],
        [
            Effect::Send {
                message: Message::ReadAnswer { page, .. },
                ..
            },
        ],
    ) = (&said.0[..], &said.1[..])
    else {
        panic!("an answer, not {said:?}");
    };
    assert_eq!((page.lsn(), page.changes()), (Lsn(1), 1));
}

#[test]
fn a_node_refuses_what_its_segment_may_lack() {
    let (mut node, log) = node();
    let (notes, _) = ask(&mut node, &log, 1, 2);
    let refused = |note: &Note| {
        let why = ReadRefused::Incomplete { scl: Lsn(1) };
        matches!(note, Note::ReadRefused { why: found, .. } if *found == why)
    };
    assert!(notes.iter().any(refused), "{notes:?}");
}

#[test]
fn a_node_refuses_a_read_below_the_pgmrpl_and_none_at_it() {
    let (mut node, log) = node();
    let horizon = Horizon {
        vdl: Lsn(2),
        read_floor: Lsn(2),
        everywhere: Lsn(2),
    };
    store(&mut node, &log, Run::new(Lsn(1), Lsn(2)), horizon);
    let (notes, _) = ask(&mut node, &log, 1, 1);
    let refused = |note: &Note| {
        let why = ReadRefused::BelowFloor { floor: Lsn(2) };
        matches!(note, Note::ReadRefused { why: found, .. } if *found == why)
    };
    assert!(notes.iter().any(refused), "{notes:?}");
    assert_eq!(ask(&mut node, &log, 1, 2).0, []);
}

#[test]
fn a_fenced_writer_gets_no_read() {
    let (mut node, log) = node();
    ask(&mut node, &log, 2, 1);
    let (_, said) = ask(&mut node, &log, 1, 1);
    let is_refusal = |effect: &Effect| {
        matches!(
            effect,
            Effect::Send {
                message: Message::Refused {
                    epoch: Epoch(2),
                    ..
                },
                ..
            }
        )
    };
    assert!(said.iter().any(is_refusal), "{said:?}");
}
