use redo::{Change, PageId};

use super::*;
use crate::membership::MembershipEpoch;
use crate::message::Address;
use crate::upkeep::UpkeepMessage;

fn config() -> WriterConfig {
    WriterConfig {
        groups: 2,
        nodes: 6,
        members: Rc::default(),
        defects: Defects::default(),
        lal: 10,
        boxcar: Span::ZERO,
        resend: Span(1000),
        reads: None,
    }
}

struct Bench {
    writer: Writer,
    log: Log,
    effects: Effects,
    /// Those of the last handling.
    notes: Vec<Note>,
}

impl Bench {
    fn new(config: &WriterConfig) -> Self {
        Self {
            writer: Writer::new(config),
            log: Log::new(config.groups),
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
                commit,
                ..Submission::default()
            }),
        )
    }

    fn ack(&mut self, at: u64, node: u8, group: u16, scl: u64) -> Vec<Effect> {
        let (node, group, scl) = (NodeId(node), GroupId(group), Lsn(scl));
        let message = Message::Ack {
            node,
            group,
            members: MembershipEpoch::FIRST,
            scl,
        };
        self.handle(at, WriterInput::Message(message))
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
    let mut bench = Bench::new(&config());
    bench.submit(0, &[0], 7);
    for node in 0..3 {
        assert_eq!(acked(&bench.ack(10, node, 0, 1)), []);
    }
    assert_eq!(acked(&bench.ack(30, 5, 0, 1)), [7]);
}

#[test]
fn one_slow_group_holds_later_commits_of_the_other() {
    let mut bench = Bench::new(&config());
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
    let mut bench = Bench::new(&config());
    bench.submit(0, &[0, 1], 1);
    (0..6).for_each(|node| assert_eq!(acked(&bench.ack(10, node, 0, 1)), []));
    assert_eq!(bench.writer.points().vcl(), Lsn(1));
    assert_eq!(bench.writer.points().vdl(), Lsn::ZERO);
}

#[test]
fn every_record_goes_to_every_copy_of_its_group() {
    let mut bench = Bench::new(&config());
    let effects = bench.submit(0, &[0, 1, 2], 1);
    let sends = effects
        .iter()
        .filter(|e| matches!(e, Effect::Send { .. }))
        .count();
    assert_eq!(sends, 18);
}

#[test]
fn records_that_enter_a_boxcar_leave_together() {
    let mut bench = Bench::new(&WriterConfig {
        boxcar: Span(100),
        ..config()
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
    assert_eq!(bench.notes, [note]);
    assert_eq!(
        boxcars(&sent),
        [0, 1, 2, 3, 4, 5].map(|n| (Address::Node(NodeId(n)), 2))
    );
}

#[test]
fn lsns_stay_within_the_limit_and_go_on_when_the_vdl_moves() {
    let mut bench = Bench::new(&config());
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

fn boxcars(effects: &[Effect]) -> Vec<(Address, u64)> {
    let boxcar = |effect: &Effect| {
        let Effect::Send {
            to,
            message: Message::Boxcar(boxcar),
        } = effect
        else {
            return None;
        };
        Some((*to, boxcar.parcel.run.last.0))
    };
    effects.iter().filter_map(boxcar).collect()
}

#[test]
fn what_no_quorum_has_is_sent_again_to_those_who_lack_it() {
    let mut bench = Bench::new(&config());
    bench.submit(0, &[0], 1);
    (0..3).for_each(|node| assert_eq!(acked(&bench.ack(10, node, 0, 1)), []));
    let timer = WriterInput::Timer(WriterTimer::Resend(GroupId(0)));
    let effects = bench.handle(1000, timer.clone());
    let to = [3, 4, 5].map(|node| (Address::Node(NodeId(node)), 1));
    assert_eq!(boxcars(&effects), to);
    let again = |effect: &Effect| {
        matches!(
            effect,
            Effect::WriterTimer {
                at: SimTime(3000),
                ..
            }
        )
    };
    assert!(
        effects.iter().any(again),
        "after twice as long: {effects:?}"
    );
    assert_eq!(acked(&bench.ack(1500, 5, 0, 1)), [1]);
    let effects = bench.handle(3000, timer);
    let rests = |effect: &Effect| matches!(effect, Effect::Send { message: Message::Upkeep(UpkeepMessage::Rest { horizon, .. }), .. } if horizon.vdl == Lsn(1));
    assert!(
        effects.len() == 6 && effects.iter().all(rests),
        "{effects:?}"
    );
    assert_eq!(bench.notes, []);
}

#[test]
fn a_group_that_gets_on_is_sent_nothing_again() {
    let mut bench = Bench::new(&config());
    bench.submit(0, &[0], 1);
    bench.submit(0, &[0], 2);
    (0..4).for_each(|node| drop(bench.ack(10, node, 0, 1)));
    let timer = WriterInput::Timer(WriterTimer::Resend(GroupId(0)));
    assert_eq!(boxcars(&bench.handle(1000, timer)), []);
}
