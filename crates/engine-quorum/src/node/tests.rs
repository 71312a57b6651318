use redo::{Change, PageId};

use super::*;
use crate::upkeep::Horizon;

fn log(records: u32) -> Log {
    let mut log = Log::new(1);
    for page in 0..records {
        log.append(Epoch::FIRST, Change::account(PageId(page), 100, false));
    }
    log
}

fn node(id: u8) -> StorageNode {
    let times = (Span(1000), Repair::default());
    StorageNode::new(
        NodeId(id),
        Rc::default(),
        1,
        times,
        Stream::new(1, "gossip"),
    )
}

fn notes_and_effects(
    node: &mut StorageNode,
    input: NodeInput,
    log: &Log,
) -> (Vec<Note>, Vec<Effect>) {
    let mut effects = Effects::default();
    node.handle(SimTime(1), input, log, &mut effects);
    effects.take()
}

fn handle(node: &mut StorageNode, input: NodeInput, log: &Log) -> Vec<Effect> {
    notes_and_effects(node, input, log).1
}

fn boxcar(log: &Log, prev: u64, last: u64) -> NodeInput {
    stamped_boxcar(Rc::default(), log, prev, last)
}

/// The same from a writer that knows this of epochs.
fn stamped_boxcar(stamp: Rc<Stamp>, log: &Log, prev: u64, last: u64) -> NodeInput {
    let parcel = log.parcel(GroupId(0), Run::new(Lsn(prev), Lsn(last)));
    NodeInput::Message(Message::Boxcar(Rc::new(Boxcar {
        stamp,
        parcel,
        horizon: Horizon::default(),
    })))
}

/// Delivers, and finishes the writes that follow. Gives what came of the writes.
fn deliver(node: &mut StorageNode, input: NodeInput, log: &Log) -> Vec<Effect> {
    let effects = handle(node, input, log);
    let writes = effects.into_iter().filter_map(|effect| {
        if let Effect::Write(write) = effect {
            Some(write)
        } else {
            None
        }
    });
    writes
        .flat_map(|write| handle(node, NodeInput::Written(write), log))
        .collect()
}

fn ack(scl: u64) -> Effect {
    let message = Message::Ack {
        node: NodeId(0),
        group: GroupId(0),
        members: MembershipEpoch::FIRST,
        scl: Lsn(scl),
    };
    Effect::Send {
        to: Address::Writer(Epoch::FIRST),
        message,
    }
}

#[test]
fn nothing_is_acknowledged_before_it_is_on_disk() {
    let (log, mut node) = (log(1), node(0));
    let effects = handle(&mut node, boxcar(&log, 0, 1), &log);
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Send { .. }))
    );
    let parcel = log.parcel(GroupId(0), Run::new(Lsn(0), Lsn(1)));
    assert!(handle(&mut node, NodeInput::Written(Write::Records(parcel)), &log).contains(&ack(1)));
}

#[test]
fn the_scl_stops_before_a_gap_and_jumps_when_it_is_filled() {
    let (log, mut node) = (log(4), node(0));
    assert!(deliver(&mut node, boxcar(&log, 0, 1), &log).contains(&ack(1)));
    assert!(deliver(&mut node, boxcar(&log, 2, 4), &log).contains(&ack(1)));
    assert!(deliver(&mut node, boxcar(&log, 1, 2), &log).contains(&ack(4)));
}

#[test]
fn a_gap_is_asked_about_once_it_is_older_than_one_interval() {
    let (log, mut node) = (log(4), node(0));
    deliver(&mut node, boxcar(&log, 0, 1), &log);
    deliver(&mut node, boxcar(&log, 2, 4), &log);
    let tick = NodeInput::Timer(NodeTimer::Gossip);
    let asks = |effects: &[Effect]| {
        effects.iter().find_map(|effect| {
            let Effect::Send {
                message: Message::GossipAsk { wants, .. },
                ..
            } = effect
            else {
                return None;
            };
            Some(wants.to_vec())
        })
    };
    assert_eq!(asks(&handle(&mut node, tick.clone(), &log)), None);
    deliver(&mut node, boxcar(&log, 2, 4), &log);
    let want = Want {
        group: GroupId(0),
        after: Lsn(1),
        until: Some(Lsn(2)),
    };
    assert_eq!(asks(&handle(&mut node, tick, &log)), Some(vec![want]));
}

#[test]
fn a_peer_gives_exactly_what_is_missing() {
    let (log, mut full, mut holed) = (log(5), node(1), node(0));
    deliver(&mut full, boxcar(&log, 0, 5), &log);
    deliver(&mut holed, boxcar(&log, 0, 1), &log);
    deliver(&mut holed, boxcar(&log, 3, 5), &log);
    let want = Want {
        group: GroupId(0),
        after: Lsn(1),
        until: Some(Lsn(3)),
    };
    let ask = Message::GossipAsk {
        from: NodeId(0),
        stamp: Rc::default(),
        wants: Rc::from([want]),
    };
    let answer = handle(&mut full, NodeInput::Message(ask), &log);
    let Some(Effect::Send {
        to: Address::Node(NodeId(0)),
        message,
    }) = answer.last()
    else {
        panic!("expected an answer, found {answer:?}");
    };
    deliver(&mut holed, NodeInput::Message(message.clone()), &log);
    let segment = holed.segment(GroupId(0));
    assert_eq!(
        (segment.scl(), segment.from_peers, segment.stored_records),
        (Lsn(5), 2, 5)
    );
}

#[test]
fn a_crash_loses_what_was_not_on_disk() {
    let (log, mut node) = (log(2), node(0));
    deliver(&mut node, boxcar(&log, 0, 1), &log);
    handle(&mut node, boxcar(&log, 1, 2), &log);
    handle(&mut node, NodeInput::Crash, &log);
    assert_eq!(node.segment(GroupId(0)).received.highest(), Lsn(1));
    assert_eq!(node.segment(GroupId(0)).scl(), Lsn(1));
}

/// Whom a node asks when it handles this.
fn asked_peers(node: &mut StorageNode, input: NodeInput, log: &Log) -> Vec<NodeId> {
    let asked = |note: &Note| {
        let Note::GossipAsked { peer, .. } = note else {
            return None;
        };
        Some(*peer)
    };
    let (notes, _) = notes_and_effects(node, input, log);
    notes.iter().filter_map(asked).collect()
}

#[test]
fn a_question_without_an_answer_goes_to_every_other_peer_once() {
    let (log, mut node) = (log(2), node(2));
    let mut asked = asked_peers(&mut node, NodeInput::Start, &log);
    while let Some(question) = &node.question {
        let asked_at = question.asked_at;
        let timer = NodeInput::Timer(NodeTimer::NoAnswer { asked_at });
        asked.extend(asked_peers(&mut node, timer, &log));
    }
    asked.sort_unstable();
    assert_eq!(asked, [0, 1, 3, 4, 5].map(NodeId));
}

#[test]
fn an_answer_ends_the_question_and_the_answer_of_another_peer_does_not() {
    let (log, mut node) = (log(2), node(2));
    let peer = asked_peers(&mut node, NodeInput::Start, &log)[0];
    let other = NodeId(u8::from(peer == NodeId(0)));
    let none = |from| NodeInput::Message(Message::GossipNone { from });
    handle(&mut node, none(other), &log);
    assert_eq!(node.asked(), Some(peer));
    handle(&mut node, none(peer), &log);
    assert_eq!(node.asked(), None);
}

#[test]
fn one_answer_carries_so_much_and_what_is_left_is_asked_for() {
    let mut log = Log::new(1);
    for page in 0..5 {
        log.append(Epoch::FIRST, Change::account(PageId(page), 600_000, false));
    }
    let (mut full, mut empty) = (node(1), node(0));
    deliver(&mut full, boxcar(&log, 0, 5), &log);
    let mut answers = 0;
    let wants = empty.lacks();
    let from = NodeId(0);
    let stamp = Rc::default();
    let mut ask = Some(Message::GossipAsk { from, stamp, wants });
    while let Some(question) = ask.take() {
        let answer = handle(&mut full, NodeInput::Message(question), &log);
        for effect in answer {
            let Effect::Send { message, .. } = effect else {
                continue;
            };
            answers += 1;
            let effects = handle(&mut empty, NodeInput::Message(message), &log);
            ask = effects.into_iter().find_map(|effect| {
                let Effect::Send { message, .. } = effect else {
                    return None;
                };
                Some(message)
            });
        }
    }
    assert_eq!(answers, 5);
    assert_eq!(empty.segment(GroupId(0)).received.complete_to(), Lsn(5));
}

#[test]
fn a_duplicate_is_acknowledged_again_and_written_once() {
    let (log, mut node) = (log(1), node(0));
    deliver(&mut node, boxcar(&log, 0, 1), &log);
    let again = notes_and_effects(&mut node, boxcar(&log, 0, 1), &log);
    assert_eq!(again, (vec![], vec![ack(1)]));
    assert_eq!(node.segment(GroupId(0)).stored_records, 1);
}

fn fence(epoch: u32) -> NodeInput {
    NodeInput::Message(Message::Fence {
        epoch: Epoch(epoch),
        members: Rc::default(),
    })
}

fn truncation(after: u64, until: u64) -> Rc<Stamp> {
    let truncation = Truncation {
        epoch: Epoch(2),
        after: Lsn(after),
        until: Lsn(until),
        tails: vec![Lsn(after)],
    };
    Rc::new(Stamp {
        epoch: Epoch(2),
        history: Rc::from([truncation]),
        ..Stamp::default()
    })
}

fn sent(effects: &[Effect]) -> Vec<(Address, &Message)> {
    let mut sent = Vec::new();
    for effect in effects {
        if let Effect::Send { to, message } = effect {
            sent.push((*to, message));
        }
    }
    sent
}

#[test]
fn a_fenced_node_refuses_the_old_writer_and_acknowledges_to_the_new_one_only() {
    let (log, mut node) = (log(3), node(0));
    deliver(&mut node, boxcar(&log, 0, 1), &log);
    // Received from the old writer, and not yet on disk when the fence is.
    let writes = handle(&mut node, boxcar(&log, 1, 2), &log);
    let Some(Effect::Write(late)) = writes.last() else {
        panic!("expected a write, found {writes:?}");
    };
    let effects = handle(&mut node, fence(2), &log);
    assert!(sent(&effects).is_empty(), "not before it is on disk");
    let effects = handle(&mut node, NodeInput::Written(Write::Epoch(Epoch(2))), &log);
    assert!(
        matches!(sent(&effects)[..], [(Address::Writer(Epoch(2)), Message::Fenced { scls, .. })] if scls[..] == [Lsn(1)])
    );
    let effects = handle(&mut node, NodeInput::Written(late.clone()), &log);
    assert!(matches!(
        sent(&effects)[..],
        [(Address::Writer(Epoch(2)), Message::Ack { .. })]
    ));
    let effects = handle(&mut node, boxcar(&log, 2, 3), &log);
    let refused = Message::Refused {
        node: NodeId(0),
        epoch: Epoch(2),
    };
    assert_eq!(sent(&effects), [(Address::Writer(Epoch(1)), &refused)]);
}

#[test]
fn a_crash_does_not_bring_an_older_epoch_back() {
    let (log, mut node) = (log(1), node(0));
    deliver(&mut node, fence(2), &log);
    handle(&mut node, NodeInput::Crash, &log);
    assert_eq!(node.stamp().epoch, Epoch(2));
    assert!(matches!(
        sent(&handle(&mut node, boxcar(&log, 0, 1), &log))[..],
        [(_, Message::Refused { .. })]
    ));
}

#[test]
fn what_was_annulled_is_gone_and_does_not_come_back() {
    let (log, mut node, mut stale) = (log(5), node(0), node(1));
    deliver(&mut node, boxcar(&log, 0, 4), &log);
    deliver(&mut stale, boxcar(&log, 0, 5), &log);
    let late = handle(&mut node, boxcar(&log, 4, 5), &log);
    let stamp = truncation(2, 12);
    let truncate = NodeInput::Message(Message::Truncate { stamp });
    let effects = deliver(&mut node, truncate, &log);
    assert!(matches!(
        sent(&effects)[..],
        [(Address::Writer(Epoch(2)), Message::Truncated { .. })]
    ));
    let segment = node.segment(GroupId(0));
    assert_eq!((segment.scl(), segment.stored_records), (Lsn(2), 2));
    // The write that was under way, and a peer that does not know yet.
    for effect in late {
        if let Effect::Write(write) = effect {
            let ignored = notes_and_effects(&mut node, NodeInput::Written(write), &log);
            assert_eq!(ignored, (vec![], vec![]));
        }
    }
    let give = Message::GossipGive {
        from: NodeId(1),
        stamp: Rc::default(),
        parcel: Box::new(log.parcel(GroupId(0), Run::new(Lsn(2), Lsn(5)))),
        more: false,
    };
    let ignored = notes_and_effects(&mut node, NodeInput::Message(give), &log);
    assert_eq!(ignored, (vec![], vec![]));
    assert_eq!(node.segment(GroupId(0)).received.highest(), Lsn(2));
    // The peer learns from the question.
    let ask = Message::GossipAsk {
        from: NodeId(0),
        stamp: Rc::new(node.stamp().clone()),
        wants: node.lacks(),
    };
    let answer = handle(&mut stale, NodeInput::Message(ask), &log);
    assert!(matches!(
        sent(&answer)[..],
        [(_, Message::GossipNone { .. })]
    ));
    assert_eq!(stale.segment(GroupId(0)).scl(), Lsn(2));
}

#[test]
fn a_node_that_missed_a_recovery_learns_of_it_from_the_first_boxcar() {
    let (mut log, mut node) = (log(3), node(0));
    deliver(&mut node, boxcar(&log, 0, 3), &log);
    log.branch(Epoch(2), Lsn(2), Lsn(13));
    log.append(Epoch(2), Change::account(PageId(0), 100, false));
    let boxcar = stamped_boxcar(truncation(2, 12), &log, 2, 13);
    deliver(&mut node, boxcar, &log);
    let segment = node.segment(GroupId(0));
    assert_eq!((segment.scl(), segment.stored_records), (Lsn(13), 3));
}

/// The log after a recovery that kept records 1 and 2, and the next record, 13.
fn second_branch(mut log: Log) -> Log {
    log.branch(Epoch(2), Lsn(2), Lsn(13));
    log.append(Epoch(2), Change::account(PageId(0), 100, false));
    log
}

#[test]
fn a_peer_that_does_not_know_its_tail_is_annulled_is_given_what_follows_the_kept_one() {
    let (log, mut stale, mut newer) = (log(5), node(0), node(1));
    deliver(&mut stale, boxcar(&log, 0, 4), &log);
    deliver(&mut newer, boxcar(&log, 0, 2), &log);
    let log = second_branch(log);
    let boxcar = stamped_boxcar(truncation(2, 12), &log, 2, 13);
    deliver(&mut newer, boxcar, &log);
    // It asks for what follows record 4, and learns only from the answer that there is none.
    let ask = Message::GossipAsk {
        from: NodeId(0),
        stamp: Rc::default(),
        wants: stale.lacks(),
    };
    let answer = handle(&mut newer, NodeInput::Message(ask), &log);
    let [(_, give)] = sent(&answer)[..] else {
        panic!("expected one answer, found {answer:?}");
    };
    deliver(&mut stale, NodeInput::Message(give.clone()), &log);
    assert_eq!(stale.segment(GroupId(0)).scl(), Lsn(13));
    assert_eq!(stale.segment(GroupId(0)).stored_records, 3);
}

#[test]
fn a_truncation_older_than_the_epoch_that_a_node_answered_to_does_not_reach_it() {
    let (log, mut fenced) = (log(5), node(0));
    deliver(&mut fenced, boxcar(&log, 0, 5), &log);
    let stamp = truncation(2, 12);
    let truncate = NodeInput::Message(Message::Truncate { stamp });
    let writes = notes_and_effects(&mut fenced, truncate, &log);
    deliver(&mut fenced, fence(3), &log);
    // The write that was under way for the older recovery ends, and a peer has heard of it.
    let ([], [Effect::Write(late)]) = (&writes.0[..], &writes.1[..]) else {
        panic!("expected a write, found {writes:?}");
    };
    let effects = handle(&mut fenced, NodeInput::Written(late.clone()), &log);
    let refused = Message::Refused {
        node: NodeId(0),
        epoch: Epoch(3),
    };
    assert_eq!(sent(&effects), [(Address::Writer(Epoch(2)), &refused)]);
    let ask = Message::GossipAsk {
        from: NodeId(1),
        stamp: truncation(2, 12),
        wants: node(1).lacks(),
    };
    let answer = handle(&mut fenced, NodeInput::Message(ask), &log);
    assert!(matches!(
        sent(&answer)[..],
        [(_, Message::GossipNone { .. })]
    ));
    assert_eq!(fenced.segment(GroupId(0)).scl(), Lsn(5));
}

#[test]
fn what_is_received_again_while_its_first_write_is_under_way_is_counted_once() {
    let (log, mut node) = (log(3), node(0));
    let writes = handle(&mut node, boxcar(&log, 0, 3), &log);
    let Some(Effect::Write(first)) = writes.last().cloned() else {
        panic!("expected a write, found {writes:?}");
    };
    // Epoch 2 annuls record 3, and epoch 3, which did not hear of that, keeps it.
    let learn = |node: &mut StorageNode, stamp| {
        let truncate = NodeInput::Message(Message::Truncate { stamp });
        deliver(node, truncate, &log);
    };
    learn(&mut node, truncation(2, 12));
    let mut history = truncation(3, 13).history.to_vec();
    history[0].epoch = Epoch(3);
    let stamp = Rc::new(Stamp {
        epoch: Epoch(3),
        history: history.into(),
        ..Stamp::default()
    });
    learn(&mut node, Rc::clone(&stamp));
    let boxcar = stamped_boxcar(stamp, &log, 0, 3);
    deliver(&mut node, boxcar, &log);
    handle(&mut node, NodeInput::Written(first), &log);
    let segment = node.segment(GroupId(0));
    assert_eq!((segment.scl(), segment.stored_records), (Lsn(3), 3));
}

#[test]
fn an_epoch_is_written_once_however_often_it_is_asked_for() {
    let (log, mut node) = (log(1), node(0));
    let writes = |effects: Vec<Effect>| -> usize {
        let write = |effect: &&Effect| matches!(effect, Effect::Write(_));
        effects.iter().filter(write).count()
    };
    assert_eq!(writes(handle(&mut node, fence(3), &log)), 1);
    assert_eq!(writes(handle(&mut node, fence(3), &log)), 0);
    assert_eq!(writes(handle(&mut node, fence(2), &log)), 0);
    assert_eq!(writes(handle(&mut node, fence(4), &log)), 1);
    handle(&mut node, NodeInput::Crash, &log);
    assert_eq!(
        writes(handle(&mut node, fence(3), &log)),
        1,
        "the write is gone"
    );
}
