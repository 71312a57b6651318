//! A storage node: one segment of each protection group, a hot log on disk, gossip with peers.
//!
//! A spare machine is one that takes no part yet. When it is introduced it copies the segments of a
//! peer first ([`Image`]), and receives what is new meanwhile.
//!
//! Of the eight activities of SIGMOD 2017, section 3.3: receive (1), persist and acknowledge (2),
//! find gaps (3), gossip to fill them (4); the rest is upkeep.

mod gossip;
mod hydration;
mod serve;
mod upkeep;

use std::cmp::Ordering;
use std::rc::Rc;

use redo::Lsn;
use sim::{SimTime, Span, Stream};

use crate::defect::{Defect, Defects};
use crate::effects::{Cause, Effect, Effects, Note, Write};
use crate::log::Log;
use crate::membership::{Membership, MembershipEpoch};
use crate::message::{
    Address, Boxcar, Epoch, GroupId, Message, NodeId, Parcel, Read, Stamp, Truncation, Want,
};
use crate::pages::{SegmentPages, Sum};
use crate::quorum::Copies;
use crate::run::{Run, Runs};
use crate::upkeep::Chore;
use gossip::Question;
pub use hydration::{Image, Repair};
use upkeep::Upkeep;

/// What a node handles.
#[derive(Clone, Debug)]
pub enum NodeInput {
    /// A message arrived.
    Message(Message),
    /// Its disk has this.
    Written(Write),
    /// Its disk gave what this read needs.
    Loaded(Box<Read>),
    /// A timer that it set.
    Timer(NodeTimer),
    /// It stops: what is not on disk is gone.
    Crash,
    /// It starts, for the first time or again, with what its disk has.
    Start,
}

/// Timers of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeTimer {
    /// Look for what peers might have.
    Gossip,
    /// Whoever was asked at this moment had time to answer.
    NoAnswer {
        /// When the question was asked.
        asked_at: SimTime,
    },
    /// Whoever was asked at this moment for a part of its segments had time to give it.
    NoChunk {
        /// When it was asked.
        asked_at: SimTime,
    },
    /// Do a chore.
    Upkeep(Chore),
}

/// A storage node.
#[derive(Clone, Debug, Hash)]
pub struct StorageNode {
    id: NodeId,
    gossip_interval: Span,
    repair: Repair,
    /// Chooses peers.
    stream: Stream,
    /// By group, as many as it knows of.
    segments: Vec<SegmentState>,
    /// What it knows of epochs; on its disk.
    stamp: Rc<Stamp>,
    /// The latest epoch, and the latest truncation, whose write is under way. Whoever asks again is
    /// answered by that write: a slow disk is not made slower by impatience.
    writing: [Option<Epoch>; 2],
    /// What it asked and was not answered yet.
    question: Option<Question>,
    defects: Defects,
    /// How much of its segments it has; on its disk.
    image: Image,
    /// Whom it asked for the next part of them, and when.
    source: Option<(NodeId, SimTime)>,
    /// A part of them is on its way to the disk. Until it is there nobody is asked for more.
    writes_chunk: bool,
    /// Its timer for gossip is set.
    ticks: bool,
    /// It does what these members ask of it.
    followed: MembershipEpoch,
    /// What it does beside; without, it keeps the log alone.
    upkeep: Option<Upkeep>,
}

/// A node's copy of one protection group.
#[derive(Clone, Debug, Default, Hash)]
pub struct SegmentState {
    /// What it has, in memory or on disk.
    pub received: Runs,
    /// What is on its disk: the hot log. Its complete part is the SCL.
    pub stored: Runs,
    /// Records on its disk.
    pub stored_records: u64,
    /// Their bytes.
    pub stored_bytes: u64,
    /// The pages that it builds; `None`: it keeps the log alone.
    pub pages: Option<SegmentPages>,
    /// Records that it got from a peer, since the run began.
    pub from_peers: u64,
    /// The gap that it last told of.
    gap_noted: Option<Run>,
    /// The gap that there was at the last gossip. Only one that is still there is asked about:
    /// most are filled by a message that is on its way.
    gap_at_gossip: Option<Run>,
    /// The writer sent something since the last gossip.
    heard_writer: bool,
}

impl SegmentState {
    /// What a node has of a group that it has not heard of.
    const NONE: &Self = &Self {
        received: Runs::NONE,
        stored: Runs::NONE,
        stored_records: 0,
        stored_bytes: 0,
        pages: None,
        from_peers: 0,
        gap_noted: None,
        gap_at_gossip: None,
        heard_writer: false,
    };

    /// Segment Complete LSN: nothing at or below it is missing on this disk.
    pub fn scl(&self) -> Lsn {
        self.stored.complete_to()
    }

    /// Forgets every record behind the tail.
    fn cut(&mut self, group: GroupId, tail: Lsn, log: &Log) {
        self.received.truncate(tail);
        if let Some(pages) = &mut self.pages {
            pages.annul(tail, log);
        }
        for run in self.stored.truncate(tail) {
            let parcel = log.parcel(group, run);
            self.stored_records -= u64::from(parcel.records);
            self.stored_bytes -= parcel.bytes;
        }
        self.gap_noted = self.received.first_gap();
        self.gap_at_gossip = None;
    }

    /// What is left of the records on its disk: those that some read may still need.
    pub fn hot_log(&self) -> Sum {
        let freed = self
            .pages
            .as_ref()
            .map(SegmentPages::freed)
            .unwrap_or_default();
        Sum {
            records: self.stored_records - freed.records,
            bytes: self.stored_bytes - freed.bytes,
        }
    }
}

impl StorageNode {
    /// A node with an empty disk: one of the first members of an empty volume, or a spare. The volume
    /// was created with so many groups; of later ones the members tell. [`NodeInput::Start`] sets it
    /// going.
    pub fn new(
        id: NodeId,
        members: Rc<Membership>,
        groups: u16,
        (gossip_interval, repair): (Span, Repair),
        stream: Stream,
    ) -> Self {
        assert!(gossip_interval > Span::ZERO, "gossip takes its time");
        let groups = groups + members.groups_added();
        let is_member = members.members().has(id);
        Self {
            id,
            gossip_interval,
            repair,
            stream,
            writing: [None; 2],
            segments: vec![SegmentState::default(); groups.into()],
            image: if is_member {
                Image::Whole
            } else if members.newcomers().has(id) {
                Image::begun(members.is_full(id))
            } else {
                Image::None
            },
            source: None,
            writes_chunk: false,
            ticks: is_member,
            followed: members.epoch(),
            stamp: Rc::new(Stamp {
                members,
                ..Stamp::default()
            }),
            question: None,
            defects: Defects::default(),
            upkeep: None,
        }
    }

    /// What this machine keeps of a new volume that begins as this one is: what is on the disk here,
    /// up to the last record that each group keeps. Nothing is copied but the lists that tell which
    /// records those are.
    #[must_use]
    pub fn for_clone(&self, tails: &[Lsn], stream: Stream, log: &Log) -> Self {
        let mut clone = Self {
            stream,
            ..self.clone()
        };
        clone.crash();
        clone.ticks = clone.takes_part();
        for ((group, segment), tail) in (0..).map(GroupId).zip(&mut clone.segments).zip(tails) {
            segment.cut(group, *tail, log);
        }
        clone
    }

    /// The same node, new, with what object storage gave it, and still has: the log of each group up to
    /// where a volume is restored to, which is what the truncation keeps.
    #[must_use]
    pub fn restored(mut self, to: Truncation, log: &Log) -> Self {
        let groups = (0..).map(GroupId).zip(&mut self.segments);
        for ((group, segment), tail) in groups.zip(&to.tails) {
            if *tail > Lsn::ZERO {
                let all = log.parcel(group, Run::new(Lsn::ZERO, *tail));
                segment.received.add(all.run);
                segment.stored.add(all.run);
                segment.stored_records = all.records.into();
                segment.stored_bytes = all.bytes;
            }
        }
        for (group, tail) in (0..).map(GroupId).zip(&to.tails) {
            let bytes = self.segment(group).stored_bytes;
            self.hear_archived(group, *tail, bytes);
        }
        self.stamp = Rc::new(Stamp {
            epoch: to.epoch,
            history: Rc::from([to]),
            members: Rc::clone(&self.stamp.members),
        });
        self
    }

    /// The same node, broken on purpose.
    #[must_use]
    pub fn broken(self, defects: Defects) -> Self {
        Self { defects, ..self }
    }

    /// Handles one input at `now`. Everything it causes is in `effects`; nothing else escapes.
    pub fn handle(&mut self, now: SimTime, input: NodeInput, log: &Log, effects: &mut Effects) {
        match input {
            NodeInput::Message(Message::Boxcar(boxcar)) => {
                let Boxcar {
                    stamp,
                    parcel,
                    horizon,
                } = &*boxcar;
                let parcel = *parcel;
                if self.is_over(stamp.epoch) {
                    return self.refuse(stamp.epoch, effects);
                }
                if self.knows_later_members(stamp) {
                    let node = self.id;
                    let parcel = Box::new(parcel);
                    let message = Message::Outdated { node, parcel };
                    let to = Address::Writer(stamp.epoch);
                    return self.refuse_older_members(to, message, effects);
                }
                self.learn(stamp, log, effects);
                self.hear_horizon(parcel.group, *horizon);
                self.segments[parcel.group.index()].heard_writer = true;
                self.receive(parcel, log, effects);
            }
            NodeInput::Message(Message::Fence { epoch, members }) => {
                self.learn_members(&members);
                self.fence(epoch, effects);
            }
            NodeInput::Message(Message::Members { stamp }) => self.members(stamp, effects),
            NodeInput::Message(Message::HydrateAsk { from, stamp, chunk }) => {
                if self.knows_later_members(&stamp) {
                    return self.correct(from, effects);
                }
                self.learn(&stamp, log, effects);
                self.give_chunk(from, chunk, effects);
            }
            NodeInput::Message(Message::HydrateGive {
                from,
                stamp,
                chunk,
                bytes: _,
                log: copied,
            }) => {
                if self.knows_later_members(&stamp) {
                    return self.correct(from, effects);
                }
                self.learn(&stamp, log, effects);
                if self.agrees(&stamp) {
                    self.take_chunk(chunk, copied.as_deref(), log, effects);
                }
            }
            NodeInput::Message(Message::CatchUp { stamp, want, peer }) => {
                self.catch_up(&stamp, *want, peer, log, effects);
            }
            NodeInput::Message(Message::Truncate { stamp }) => {
                self.truncate(stamp, effects);
            }
            NodeInput::Message(Message::GossipGive {
                from,
                stamp,
                parcel,
                more,
            }) => {
                self.answered(from);
                if self.knows_later_members(&stamp) {
                    return self.correct(from, effects);
                }
                self.learn(&stamp, log, effects);
                if !self.agrees(&stamp) {
                    return;
                }
                let new = self.receive(*parcel, log, effects);
                self.segments[parcel.group.index()].from_peers += new;
                if more {
                    let others = self.peers().without(from).count();
                    self.ask(now, from, self.lacks(), others, effects);
                }
            }
            NodeInput::Message(Message::GossipNone { from }) => {
                self.answered(from);
            }
            NodeInput::Message(Message::GossipAsk { from, stamp, wants }) => {
                if self.knows_later_members(&stamp) {
                    return self.correct(from, effects);
                }
                self.learn(&stamp, log, effects);
                let wants = self.understood(&stamp, &wants);
                self.answer(from, &wants, log, effects);
            }
            NodeInput::Message(Message::Upkeep(message)) => {
                self.hear_upkeep(message, log, effects);
            }
            NodeInput::Written(Write::Upkeep(task)) => self.task_done(&task, log, effects),
            NodeInput::Timer(NodeTimer::Upkeep(chore)) => {
                self.do_chore(now, chore, log, effects);
            }
            NodeInput::Message(Message::Read { stamp, read }) => {
                self.read(&stamp, read, log, effects);
            }
            NodeInput::Loaded(read) => self.answer_read(read, log, effects),
            NodeInput::Message(
                Message::Ack { .. }
                | Message::ReadAnswer { .. }
                | Message::ReadRefused { .. }
                | Message::Refused { .. }
                | Message::MembersKnown { .. }
                | Message::Outdated { .. }
                | Message::Hydrated { .. }
                | Message::Fenced { .. }
                | Message::Truncated { .. },
            ) => panic!("these are sent to a writer"),
            NodeInput::Written(Write::Records(parcel)) => {
                if self.is_new(&parcel) {
                    self.store(parcel, effects);
                } else {
                    for parcel in self.still_valid(parcel, log) {
                        self.store(parcel, effects);
                    }
                }
            }
            NodeInput::Written(Write::Members(stamp)) => {
                self.learn(&stamp, log, effects);
                self.say_members_known(effects);
            }
            NodeInput::Written(Write::Chunk {
                chunk,
                log: segments,
            }) => {
                self.store_chunk(now, chunk, segments.as_deref(), log, effects);
            }
            NodeInput::Written(Write::Epoch(epoch)) => self.fenced(epoch, effects),
            NodeInput::Written(Write::Truncation(stamp)) => {
                if self.is_over(stamp.epoch) {
                    return self.refuse(stamp.epoch, effects);
                }
                self.learn(&stamp, log, effects);
                self.truncated(effects);
            }
            NodeInput::Timer(NodeTimer::Gossip) => {
                self.gossip(now, effects);
                self.keep_up(now, log, effects);
            }
            NodeInput::Timer(NodeTimer::NoAnswer { asked_at }) => {
                self.ask_the_next(now, asked_at, effects);
            }
            NodeInput::Timer(NodeTimer::NoChunk { asked_at }) => {
                self.ask_another(now, asked_at, effects);
            }
            NodeInput::Crash => return self.crash(),
            NodeInput::Start => self.start(now, effects),
        }
        self.follow_members(now, effects);
    }

    /// Its segment of a group: an empty one, if it has not heard of the group yet.
    pub fn segment(&self, group: GroupId) -> &SegmentState {
        let segment = self.segments.get(group.index());
        segment.unwrap_or(SegmentState::NONE)
    }

    /// What it knows of epochs.
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Its segments, by group.
    pub fn segments(&self) -> &[SegmentState] {
        &self.segments
    }

    /// What it asked a peer for that has not answered yet. It may come to ask another for the same.
    pub(crate) fn wants(&self) -> &[Want] {
        self.question
            .as_ref()
            .map_or(&[], |question| &question.wants)
    }

    /// The peer that it asked and that has not answered yet.
    pub fn asked(&self) -> Option<NodeId> {
        self.question.as_ref().map(|question| question.peer)
    }

    /// Takes in what is new of a parcel and starts writing it. Gives the number of new records.
    ///
    /// A node that threw its segments away, and takes no part, may still be sent some: who sends them
    /// does not know yet. It keeps none, or it would have leftovers when it joins again.
    fn receive(&mut self, parcel: Parcel, log: &Log, effects: &mut Effects) -> u64 {
        if self.image == Image::None && !self.takes_part() {
            return 0;
        }
        let group = parcel.group;
        let segment = &mut self.segments[group.index()];
        if segment.received.ends_before(parcel.run) {
            self.take_in(parcel, effects);
            self.look_for_gap(group, effects);
            return parcel.records.into();
        }
        let missing = segment.received.missing(parcel.run);
        if missing.is_empty() {
            // A duplicate. Its first copy is acknowledged when it is on disk; if it is already,
            // say so again, for the first acknowledgement may have been lost.
            if segment.stored.contains(parcel.run.last) {
                self.acknowledge(group, Cause::Input, effects);
            }
            return 0;
        }
        let mut records = 0;
        for run in missing {
            let part = if run == parcel.run {
                parcel
            } else {
                log.parcel(group, run)
            };
            records += u64::from(part.records);
            self.take_in(part, effects);
        }
        self.look_for_gap(group, effects);
        records
    }

    /// Starts writing records that it does not have.
    fn take_in(&mut self, parcel: Parcel, effects: &mut Effects) {
        let (node, group) = (self.id, parcel.group);
        let (first, last) = (parcel.first, parcel.run.last);
        let segment = &mut self.segments[group.index()];
        segment.received.add(parcel.run);
        let note = Note::Received {
            node,
            group,
            first,
            last,
        };
        let received = effects.note(Cause::Input, note);
        effects.push(received, Effect::Write(Write::Records(parcel)));
    }

    fn look_for_gap(&mut self, group: GroupId, effects: &mut Effects) {
        let node = self.id;
        let segment = &mut self.segments[group.index()];
        let gap = segment.received.first_gap();
        if gap != segment.gap_noted {
            segment.gap_noted = gap;
            if let Some(Run { prev, last }) = gap {
                let note = Note::GapFound {
                    node,
                    group,
                    after: prev,
                    until: last,
                };
                effects.note(Cause::Input, note);
            }
        }
    }

    fn store(&mut self, parcel: Parcel, effects: &mut Effects) {
        let segment = &mut self.segments[parcel.group.index()];
        let before = segment.scl();
        segment.stored.add(parcel.run);
        segment.stored_records += u64::from(parcel.records);
        segment.stored_bytes += parcel.bytes;
        let scl = segment.scl();
        assert!(before <= scl, "the SCL never decreases");
        let (node, group) = (self.id, parcel.group);
        let stored = effects.note(
            Cause::Input,
            Note::Stored {
                node,
                group,
                first: parcel.first,
                last: parcel.run.last,
                scl,
            },
        );
        self.acknowledge(group, stored, effects);
    }

    fn acknowledge(&self, group: GroupId, cause: Cause, effects: &mut Effects) {
        let segment = self.segment(group);
        let scl = if self.defects.has(Defect::CountAcks) {
            segment.stored.highest()
        } else {
            segment.scl()
        };
        let message = Message::Ack {
            node: self.id,
            members: self.stamp.members.epoch(),
            group,
            scl,
        };
        tell_writer(self.stamp.epoch, message, cause, effects);
    }

    /// Learns of a later epoch, and of what was annulled. What it learns so is written with the
    /// records that need it.
    ///
    /// A truncation that is older than the epoch which it answered to may be one whose recovery
    /// crashed. The recovery of the later epoch decides about it (see [`crate::Recovery`]).
    fn learn(&mut self, stamp: &Stamp, log: &Log, effects: &mut Effects) {
        let newest = stamp.history.last().map(|truncation| truncation.epoch);
        if newest >= Some(self.stamp.epoch) && !self.stamp.knows(stamp) {
            let known = self.stamp.history.last().map(|truncation| truncation.epoch);
            for truncation in &*stamp.history {
                if Some(truncation.epoch) > known {
                    self.annul(truncation, log, effects);
                }
            }
            Rc::make_mut(&mut self.stamp).history = Rc::clone(&stamp.history);
        }
        if self.stamp.epoch < stamp.epoch {
            Rc::make_mut(&mut self.stamp).epoch = stamp.epoch;
        }
        self.learn_members(&stamp.members);
    }

    fn learn_members(&mut self, members: &Rc<Membership>) {
        if members.epoch() > self.stamp.members.epoch() {
            let groups = members.groups_added() - self.stamp.members.groups_added();
            Rc::make_mut(&mut self.stamp).members = Rc::clone(members);
            for _ in 0..groups {
                self.add_segment();
            }
        }
    }

    fn knows_later_members(&self, stamp: &Stamp) -> bool {
        stamp.members.epoch() < self.stamp.members.epoch()
    }

    /// Whoever knows older members is refused, and learns.
    fn refuse_older_members(&self, to: Address, message: Message, effects: &mut Effects) {
        let (node, members) = (self.id, self.stamp.members.epoch());
        let refused = effects.note(Cause::Input, Note::Outdated { node, members });
        effects.push(refused, Effect::Send { to, message });
    }

    fn correct(&self, node: NodeId, effects: &mut Effects) {
        let stamp = Rc::clone(&self.stamp);
        self.refuse_older_members(Address::Node(node), Message::Members { stamp }, effects);
    }

    /// A membership epoch is written down before it counts.
    fn members(&mut self, stamp: Rc<Stamp>, effects: &mut Effects) {
        if stamp.epoch < self.stamp.epoch {
            return self.refuse(stamp.epoch, effects);
        }
        if self.stamp.members.epoch() >= stamp.members.epoch() {
            return self.say_members_known(effects);
        }
        effects.push(Cause::Input, Effect::Write(Write::Members(stamp)));
    }

    fn say_members_known(&self, effects: &mut Effects) {
        let message = Message::MembersKnown {
            node: self.id,
            members: self.stamp.members.epoch(),
            scls: self.scls(),
        };
        tell_writer(self.stamp.epoch, message, Cause::Input, effects);
    }

    fn scls(&self) -> Rc<[Lsn]> {
        self.segments.iter().map(SegmentState::scl).collect()
    }

    /// Whether both know the same truncations, so that what one of them has counts for the other.
    fn agrees(&self, stamp: &Stamp) -> bool {
        self.stamp.knows(stamp) && stamp.knows(&self.stamp)
    }

    fn annul(&mut self, truncation: &Truncation, log: &Log, effects: &mut Effects) {
        let groups = (0..).map(GroupId);
        for ((group, segment), tail) in groups.zip(&mut self.segments).zip(&truncation.tails) {
            segment.cut(group, *tail, log);
        }
        let (node, after, until) = (self.id, truncation.after, truncation.until);
        effects.note(Cause::Input, Note::Truncated { node, after, until });
    }

    /// Whether records whose write was under way are all still wanted.
    fn is_new(&self, parcel: &Parcel) -> bool {
        let segment = &self.segments[parcel.group.index()];
        self.stamp.history.is_empty()
            && segment.received.has(parcel.run)
            && segment.stored.lacks(parcel.run)
    }

    /// What is left of records whose write was under way when they were annulled, without those that
    /// were received again meanwhile and written before.
    fn still_valid(&self, parcel: Parcel, log: &Log) -> Vec<Parcel> {
        let (group, Run { prev, last }) = (parcel.group, parcel.run);
        let last = self.stamp.keeps(group, last);
        if last <= prev {
            return Vec::new();
        }
        let segment = &self.segments[group.index()];
        let received = segment.received.present(Run::new(prev, last));
        let new = received.flat_map(|run| segment.stored.missing(run));
        new.map(|run| {
            if run == parcel.run {
                parcel
            } else {
                log.parcel(group, run)
            }
        })
        .collect()
    }

    /// Whether the writer of this epoch is over, for all that this node knows.
    fn is_over(&self, epoch: Epoch) -> bool {
        epoch < self.stamp.epoch && !self.defects.has(Defect::SkipEpoch)
    }

    fn refuse(&self, epoch: Epoch, effects: &mut Effects) {
        let node = self.id;
        let refused = effects.note(Cause::Input, Note::Refused { node, epoch });
        let message = Message::Refused {
            node,
            epoch: self.stamp.epoch,
        };
        tell_writer(epoch, message, refused, effects);
    }

    /// A later epoch is written down before it counts, so that a crash cannot bring the older one
    /// back.
    fn fence(&mut self, epoch: Epoch, effects: &mut Effects) {
        match epoch.cmp(&self.stamp.epoch) {
            Ordering::Less if self.is_over(epoch) => self.refuse(epoch, effects),
            Ordering::Greater if !self.defects.has(Defect::SkipEpoch) => {
                if self.writing[0] < Some(epoch) {
                    self.writing[0] = Some(epoch);
                    effects.push(Cause::Input, Effect::Write(Write::Epoch(epoch)));
                }
            }
            Ordering::Less | Ordering::Equal | Ordering::Greater => {
                self.say_what_it_has(epoch, Cause::Input, effects);
            }
        }
    }

    fn fenced(&mut self, epoch: Epoch, effects: &mut Effects) {
        if epoch > self.stamp.epoch {
            Rc::make_mut(&mut self.stamp).epoch = epoch;
            let node = self.id;
            let fenced = effects.note(Cause::Input, Note::Fenced { node, epoch });
            self.say_what_it_has(epoch, fenced, effects);
        }
    }

    fn say_what_it_has(&self, to: Epoch, cause: Cause, effects: &mut Effects) {
        let message = Message::Fenced {
            node: self.id,
            stamp: Rc::clone(&self.stamp),
            scls: self.scls(),
        };
        tell_writer(to, message, cause, effects);
    }

    /// It truncates before it catches up: a copy's records count from what is kept.
    fn catch_up(
        &mut self,
        stamp: &Stamp,
        want: Want,
        peer: NodeId,
        log: &Log,
        effects: &mut Effects,
    ) {
        if self.is_over(stamp.epoch) {
            return self.refuse(stamp.epoch, effects);
        }
        self.learn(stamp, log, effects);
        if Some(self.segment(want.group).scl()) >= want.until {
            return self.acknowledge(want.group, Cause::Input, effects);
        }
        let from = self.id;
        let asked = effects.note(Cause::Input, Note::GossipAsked { node: from, peer });
        let message = Message::GossipAsk {
            from,
            stamp: Rc::clone(&self.stamp),
            wants: Rc::from([want]),
        };
        let to = Address::Node(peer);
        effects.push(asked, Effect::Send { to, message });
    }

    fn truncate(&mut self, stamp: Rc<Stamp>, effects: &mut Effects) {
        if self.is_over(stamp.epoch) {
            return self.refuse(stamp.epoch, effects);
        }
        if self.stamp.knows(&stamp) {
            return self.truncated(effects);
        }
        if self.writing[1] < Some(stamp.epoch) {
            self.writing[1] = Some(stamp.epoch);
            effects.push(Cause::Input, Effect::Write(Write::Truncation(stamp)));
        }
    }

    fn truncated(&self, effects: &mut Effects) {
        let message = Message::Truncated {
            node: self.id,
            scls: self.scls(),
        };
        tell_writer(self.stamp.epoch, message, Cause::Input, effects);
    }

    fn crash(&mut self) {
        for segment in &mut self.segments {
            segment.received = segment.stored.clone();
            segment.gap_noted = None;
            segment.gap_at_gossip = None;
            segment.heard_writer = false;
        }
        self.writing = [None; 2];
        self.question = None;
        self.source = None;
        self.writes_chunk = false;
        self.ticks = false;
        self.forget_tasks();
    }

    /// After a start it cannot know what it missed, so it asks at once. Before the first record
    /// there is nothing to miss.
    fn start(&mut self, now: SimTime, effects: &mut Effects) {
        match self.image {
            Image::None => return,
            Image::Hydrating { .. } => self.ask_for_chunk(now, effects),
            Image::Whole if now > SimTime::START => self.ask_anyone(now, self.lacks(), effects),
            Image::Whole => {}
        }
        if self.takes_part() {
            self.set_timer(now, effects);
        }
    }

    /// Whether it votes, or may come to, as far as it knows.
    pub fn takes_part(&self) -> bool {
        self.stamp.members.everyone().has(self.id)
    }

    /// Whom it may ask.
    fn peers(&self) -> Copies {
        self.stamp.members.everyone().without(self.id)
    }

    fn any(&mut self, peers: Copies) -> Option<NodeId> {
        let count = peers.count();
        let draw = (count > 0).then(|| self.stream.below(count.into()))?;
        peers.iter().nth(usize::try_from(draw).expect("few peers"))
    }
}

fn tell_writer(epoch: Epoch, message: Message, cause: Cause, effects: &mut Effects) {
    let to = Address::Writer(epoch);
    effects.push(cause, Effect::Send { to, message });
}

#[cfg(test)]
mod tests;
