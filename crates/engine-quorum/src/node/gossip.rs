//! How nodes fill each other's gaps.
//!
//! From time to time a node looks for what it lacks: a gap that was there last time as well, and what
//! may have come since the writer last sent something. It asks a peer, and when that one stays silent
//! the next, until one has answered; whoever has it on its disk gives it (SIGMOD 2017, section 3.3,
//! step 4). So a record that any reachable peer has comes to every node, without the writer.
//!
//! ```text
//! a1   1 2 3 . 5      "what follows 3, up to 5?"  ---->  b2   1 2 3 4 5
//! a1   1 2 3 4 5                                  <----  4
//! ```

use std::rc::Rc;

use redo::Lsn;
use sim::{SimTime, Span};

use super::{Image, NodeTimer, StorageNode};
use crate::effects::{Cause, Effect, Effects, Note};
use crate::log::Log;
use crate::message::{Address, GroupId, Message, NodeId, Stamp, Want};
use crate::pages::SegmentPages;
use crate::run::Run;

/// An answer to gossip carries at most so many bytes, so that a node which missed a lot catches up
/// in steps, each of which costs a round trip and a write. One that joins gets the beginning at once.
const GIVE_BYTES_MAX: u64 = 1 << 20;

/// A node waits this part of its gossip interval for an answer before it asks the next peer.
const PATIENCE: u64 = 5;

/// A question to one peer after the other, until one answers.
#[derive(Clone, Debug, Hash)]
pub(super) struct Question {
    pub(super) peer: NodeId,
    pub(super) asked_at: SimTime,
    pub(super) wants: Rc<[Want]>,
    /// Peers that may still be asked when this one does not answer.
    peers_left: u32,
}

impl StorageNode {
    pub(super) fn gossip(&mut self, now: SimTime, effects: &mut Effects) {
        self.ticks = false;
        if !self.takes_part() {
            return;
        }
        match self.image {
            Image::Whole => {
                self.say_hydrated(effects);
                self.look_for_gaps(now, effects);
            }
            Image::Hydrating { .. } if self.source.is_none() => self.ask_for_chunk(now, effects),
            Image::Hydrating { .. } | Image::None => {}
        }
        self.set_timer(now, effects);
    }

    pub(super) fn set_timer(&mut self, now: SimTime, effects: &mut Effects) {
        self.ticks = true;
        let (at, timer) = (now + self.gossip_interval, NodeTimer::Gossip);
        effects.push(Cause::Input, Effect::NodeTimer { at, timer });
    }

    fn look_for_gaps(&mut self, now: SimTime, effects: &mut Effects) {
        let mut wants = Vec::new();
        for (group, segment) in (0..).map(GroupId).zip(&mut self.segments) {
            let gap = segment.received.first_gap();
            if let Some(Run { prev, last }) = gap
                && segment
                    .gap_at_gossip
                    .is_some_and(|before| before.prev == prev)
            {
                wants.push(Want {
                    group,
                    after: prev,
                    until: Some(last),
                });
            }
            if !segment.heard_writer {
                wants.push(Want {
                    group,
                    after: segment.received.highest(),
                    until: None,
                });
            }
            segment.gap_at_gossip = gap;
            segment.heard_writer = false;
        }
        if !wants.is_empty() {
            self.ask_anyone(now, wants.into(), effects);
        }
    }

    /// Everything behind what is complete here.
    pub(super) fn lacks(&self) -> Rc<[Want]> {
        let groups = (0..).map(GroupId);
        groups
            .zip(&self.segments)
            .map(|(group, segment)| Want {
                group,
                after: segment.received.complete_to(),
                until: None,
            })
            .collect()
    }

    /// Asks a random peer, up or not: nobody tells it which ones are.
    pub(super) fn ask_anyone(&mut self, now: SimTime, wants: Rc<[Want]>, effects: &mut Effects) {
        let peers = self.peers();
        if let Some(peer) = self.any(peers) {
            self.ask(now, peer, wants, peers.count() - 1, effects);
        }
    }

    pub(super) fn ask(
        &mut self,
        now: SimTime,
        peer: NodeId,
        wants: Rc<[Want]>,
        peers_left: u32,
        effects: &mut Effects,
    ) {
        self.question = Some(Question {
            peer,
            asked_at: now,
            wants: Rc::clone(&wants),
            peers_left,
        });
        let from = self.id;
        let asked = effects.note(Cause::Input, Note::GossipAsked { node: from, peer });
        let stamp = Rc::clone(&self.stamp);
        let message = Message::GossipAsk { from, stamp, wants };
        let to = Address::Node(peer);
        effects.push(asked, Effect::Send { to, message });
        let at = now + Span((self.gossip_interval.0 / PATIENCE).max(1));
        let timer = NodeTimer::NoAnswer { asked_at: now };
        effects.push(asked, Effect::NodeTimer { at, timer });
    }

    /// Asks the next peer, if the one that was asked then has not answered.
    pub(super) fn ask_the_next(&mut self, now: SimTime, asked_at: SimTime, effects: &mut Effects) {
        let Some(question) = self.question.take_if(|q| q.asked_at == asked_at) else {
            return;
        };
        if let Some(peers_left) = question.peers_left.checked_sub(1)
            && let Some(peer) = self.peers().after(question.peer)
        {
            self.ask(now, peer, question.wants, peers_left, effects);
        }
    }

    /// If this is the peer that it waits for, it waits no more.
    pub(super) fn answered(&mut self, from: NodeId) {
        self.question.take_if(|q| q.peer == from);
    }

    /// What a peer lacks, of what it should have: it may not know yet that its newest records are
    /// annulled, and lack those that came after them. Nothing, if it knows of truncations which are
    /// none for this node, for it would not take what this node has.
    pub(super) fn understood(&self, stamp: &Stamp, wants: &[Want]) -> Vec<Want> {
        if !self.stamp.knows(stamp) {
            return Vec::new();
        }
        let wants = wants.iter().map(
            |&Want {
                 group,
                 after,
                 until,
             }| Want {
                group,
                after: self.stamp.keeps(group, after),
                until: until.map(|until| self.stamp.keeps(group, until)),
            },
        );
        wants.collect()
    }

    /// Gives what is on disk here and missing there.
    pub(super) fn answer(&self, peer: NodeId, wants: &[Want], log: &Log, effects: &mut Effects) {
        let node = self.id;
        let to = Address::Node(peer);
        let mut room = GIVE_BYTES_MAX;
        let mut gives = Vec::new();
        let mut more = false;
        'full: for want in wants {
            let segment = self.segment(want.group);
            let pages = segment.pages.as_ref();
            // What every copy has may be gone here; no copy asks for it, but one that joins. That gets
            // the beginning as a whole, or with the pages that it is in.
            let collected = pages.map_or(Lsn::ZERO, SegmentPages::collected);
            let joins = self.stamp.members.newcomers().has(peer);
            let begins = joins && want.after == Lsn::ZERO;
            if begins && collected > Lsn::ZERO {
                continue;
            }
            let after = want.after.max(collected);
            let until = want.until.unwrap_or(Lsn::MAX);
            if until <= after {
                continue;
            }
            for run in segment.stored.present(Run::new(after, until)) {
                if room == 0 {
                    more = true;
                    break 'full;
                }
                let part = if begins && run.prev == Lsn::ZERO {
                    run
                } else {
                    log.cut(want.group, run, room)
                };
                let parcel = log.parcel(want.group, part);
                gives.push(parcel);
                if part != run {
                    more = true;
                    break 'full;
                }
                room = room.saturating_sub(parcel.bytes);
            }
        }
        let last = gives.len().saturating_sub(1);
        for (place, &parcel) in gives.iter().enumerate() {
            let note = Note::GossipGiven {
                node,
                peer,
                group: parcel.group,
                first: parcel.first,
                last: parcel.run.last,
            };
            let given = effects.note(Cause::Input, note);
            let message = Message::GossipGive {
                from: node,
                stamp: Rc::clone(&self.stamp),
                parcel: Box::new(parcel),
                more: more && place == last,
            };
            effects.push(given, Effect::Send { to, message });
        }
        if gives.is_empty() {
            let empty = effects.note(Cause::Input, Note::GossipEmpty { node, peer });
            effects.push(
                empty,
                Effect::Send {
                    to,
                    message: Message::GossipNone { from: node },
                },
            );
        }
    }
}
