use std::rc::Rc;

use sim::Stream;

use super::*;
use crate::membership::{Change, Membership, Step};
use crate::message::Stamp;
use crate::node::NodeInput;

/// The machine that joins.
const NEW: NodeId = NodeId(6);

fn replacing(members: &Membership, suspect: u8) -> Membership {
    let suspect = NodeId(suspect);
    let change = Change::Replace {
        suspect,
        newcomer: NEW,
    };
    members.step(Step::Begin(change)).expect("it fits")
}

/// Six members, of which the last keeps log only.
fn with_a_tail() -> Membership {
    Membership::new(
        Membership::default().base().clone(),
        [NodeId(5)].into_iter().collect(),
    )
}

fn newcomer(members: Membership) -> StorageNode {
    let times = (Span(1000), Repair::default());
    let stream = Stream::new(1, "gossip");
    StorageNode::new(NEW, Rc::new(members), 1, times, stream)
}

fn notes_and_effects(node: &mut StorageNode, input: NodeInput) -> (Vec<Note>, Vec<Effect>) {
    let mut effects = Effects::default();
    node.handle(SimTime(1), input, &Log::new(1), &mut effects);
    effects.take()
}

fn handle(node: &mut StorageNode, input: NodeInput) -> Vec<Effect> {
    notes_and_effects(node, input).1
}

/// A part of a peer's segments, the last one with the log behind them.
fn give(node: &StorageNode, from: u8, chunk: u32, is_last: bool) -> NodeInput {
    NodeInput::Message(Message::HydrateGive {
        from: NodeId(from),
        stamp: Rc::new(node.stamp().clone()),
        chunk,
        bytes: 0,
        log: is_last.then(|| Rc::from([Copied::default()])),
    })
}

/// The parts that are being written, and those that are asked for.
fn parts(effects: &[Effect]) -> (Vec<u32>, Vec<u32>) {
    let (mut written, mut asked) = (Vec::new(), Vec::new());
    for effect in effects {
        if let Effect::Write(Write::Chunk { chunk, .. }) = effect {
            written.push(*chunk);
        } else if let Effect::Send {
            message: Message::HydrateAsk { chunk, .. },
            ..
        } = effect
        {
            asked.push(*chunk);
        }
    }
    (written, asked)
}

#[test]
fn a_part_from_a_peer_that_counts_the_parts_otherwise_is_not_taken() {
    for (suspect, of, is_last) in [(0, CHUNKS, false), (5, 1, true)] {
        let mut node = newcomer(replacing(&with_a_tail(), suspect));
        let begun = Image::Hydrating { chunks: 0, of };
        assert_eq!(node.image(), begun);
        let other = give(&node, 1, 0, !is_last);
        let ignored = notes_and_effects(&mut node, other);
        assert_eq!(ignored, (vec![], vec![]), "{of} parts");
        let right = give(&node, 1, 0, is_last);
        assert_eq!(parts(&handle(&mut node, right)).0, [0], "{of} parts");
    }
}

#[test]
fn a_part_that_reaches_the_disk_when_other_parts_are_needed_is_none_of_them() {
    let members = with_a_tail();
    let mut node = newcomer(replacing(&members, 0));
    let part = give(&node, 1, 0, false);
    handle(&mut node, part);
    // It is not to take the place of a full member any more, but of the one that keeps log only.
    let change = Change::Replace {
        suspect: NodeId(0),
        newcomer: NEW,
    };
    let back = replacing(&members, 0).step(Step::Reverse(change));
    let stamp = Stamp {
        members: Rc::new(replacing(&back.expect("it fits"), 5)),
        ..node.stamp().clone()
    };
    let members = Write::Members(Rc::new(stamp));
    handle(&mut node, NodeInput::Written(members));
    let begun = Image::Hydrating { chunks: 0, of: 1 };
    assert_eq!(node.image(), begun);
    let write = Write::Chunk {
        chunk: 0,
        log: None,
    };
    handle(&mut node, NodeInput::Written(write));
    assert_eq!(node.image(), begun);
    let gossip = handle(&mut node, NodeInput::Timer(NodeTimer::Gossip));
    assert_eq!(parts(&gossip).1, [0], "it asks again");
}

#[test]
fn a_slow_disk_gets_each_part_once_and_nobody_is_asked_meanwhile() {
    let mut node = newcomer(replacing(&Membership::default(), 0));
    assert_eq!(parts(&handle(&mut node, NodeInput::Start)).1, [0]);
    let asked = node.copies_from().expect("it asked someone");
    // The answer of another peer, which was asked before, is as good.
    let other = if asked == NodeId(1) { 2 } else { 1 };
    let late = give(&node, other, 0, false);
    assert_eq!(parts(&handle(&mut node, late)).0, [0]);
    let again = give(&node, asked.0, 0, false);
    assert_eq!(notes_and_effects(&mut node, again), (vec![], vec![]));
    let asked_at = SimTime(1);
    let silence = NodeInput::Timer(NodeTimer::NoChunk { asked_at });
    assert_eq!(notes_and_effects(&mut node, silence), (vec![], vec![]));
    let write = Write::Chunk {
        chunk: 0,
        log: None,
    };
    let written = handle(&mut node, NodeInput::Written(write));
    assert_eq!(parts(&written).1, [1]);
}
