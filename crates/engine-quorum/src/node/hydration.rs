//! How a machine comes to take part, and ceases to.
//!
//! A newcomer copies the segments of one peer, in parts, one after the other; when that peer falls
//! silent, another goes on from there. With the last part comes the log behind the pages. What is
//! written meanwhile arrives in boxcars, and gossip fills what lies between.
//!
//! # Invariants
//! * A newcomer tells the writer that it has everything only when it has.
//! * Nothing is thrown away while the members change, or while some are left out that will return.
//!
//! # Simplifications
//! * A segment is as large as a full one can be (10 GB in the paper), however little the volume holds,
//!   and one that keeps log only is as large as its log. Its pages are a number of bytes here.
//! * A copy has the whole speed of the link for itself, and delays no other message.

use std::rc::Rc;

use redo::Lsn;
use sim::{SimTime, Span};

use super::{NodeTimer, SegmentState, StorageNode, tell_writer};
use crate::effects::{Cause, Effect, Effects, Note, Write};
use crate::log::Log;
use crate::message::{Address, Copied, GroupId, Message, NodeId, Parcel};
use crate::quorum::Copies;
use crate::run::Run;

/// A full segment is copied in so many parts.
const CHUNKS: u32 = 100;

/// Progress is noted after so many parts.
const CHUNKS_NOTED: u32 = 10;

/// What a node has of its segments, beside what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Image {
    /// Nothing: it is a spare.
    None,
    /// So many parts of a peer's segments.
    Hydrating {
        /// Parts that are on its disk.
        chunks: u32,
        /// Of so many.
        of: u32,
    },
    /// Everything.
    Whole,
}

impl Image {
    /// Nothing yet of segments with pages, or of such that keep log only.
    pub(super) const fn begun(full: bool) -> Self {
        let of = if full { CHUNKS } else { 1 };
        Self::Hydrating { chunks: 0, of }
    }
}

/// What a copy of a node's segments costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Repair {
    /// The pages of all segments on one node.
    pub bytes: u64,
    /// How long they take over a link.
    pub takes: Span,
}

impl Default for Repair {
    /// 10 GB at 10 Gb/s (SIGMOD 2017, section 2.2).
    fn default() -> Self {
        Self {
            bytes: 10_000_000_000,
            takes: Span::from_millis(8000),
        }
    }
}

impl StorageNode {
    /// What it has of its segments.
    pub const fn image(&self) -> Image {
        self.image
    }

    /// The peer whose segments it copies.
    pub fn copies_from(&self) -> Option<NodeId> {
        self.source.map(|(peer, _)| peer)
    }

    /// Does what the members ask of it, once for each epoch.
    pub(super) fn follow_members(&mut self, now: SimTime, effects: &mut Effects) {
        let members = &self.stamp.members;
        if self.followed == members.epoch() {
            return;
        }
        self.followed = members.epoch();
        if self.takes_part() {
            if !self.is_of_its_kind() {
                self.image = Image::begun(members.is_full(self.id));
                (self.source, self.writes_chunk) = (None, false);
                self.renew_pages();
                self.ask_for_chunk(now, effects);
            }
            if !self.ticks {
                self.set_timer(now, effects);
            }
        } else if members.changes().is_empty()
            && !members.left_out().has(self.id)
            && self.image != Image::None
        {
            self.image = Image::None;
            (self.question, self.source) = (None, None);
            self.segments.fill_with(Default::default);
            self.renew_pages();
            let node = self.id;
            effects.note(Cause::Input, Note::Discarded { node });
        }
    }

    /// Whether what it has of its segments is what it is to have: it may have been about to take the
    /// place of a member that keeps log only, and now take that of another.
    fn is_of_its_kind(&self) -> bool {
        let full = self.stamp.members.is_full(self.id);
        match (self.image, Image::begun(full)) {
            (Image::None, _) => false,
            (Image::Hydrating { of, .. }, begun) => {
                matches!(begun, Image::Hydrating { of: needed, .. } if needed == of)
            }
            (Image::Whole, _) => {
                let has_pages = |segment: &SegmentState| segment.pages.is_some();
                self.upkeep.is_none() || self.segments.iter().any(has_pages) == full
            }
        }
    }

    /// While it has no vote, it says again and again that it is ready for one.
    pub(super) fn say_hydrated(&self, effects: &mut Effects) {
        if self.stamp.members.newcomers().has(self.id) {
            self.tell_hydrated(Cause::Input, effects);
        }
    }

    fn tell_hydrated(&self, cause: Cause, effects: &mut Effects) {
        let message = Message::Hydrated {
            node: self.id,
            members: self.stamp.members.epoch(),
            scls: self.scls(),
        };
        tell_writer(self.stamp.epoch, message, cause, effects);
    }

    /// Asks any peer that has what it needs: pages are with full members only.
    pub(super) fn ask_for_chunk(&mut self, now: SimTime, effects: &mut Effects) {
        let members = &self.stamp.members;
        let full = members.is_full(self.id);
        let has_it = |peer: &NodeId| !full || members.is_full(*peer);
        let others = members.members().without(self.id);
        let peers: Copies = others.iter().filter(has_it).collect();
        let next = match self.source {
            Some((before, _)) => peers.after(before),
            None => self.any(peers),
        };
        if let Some(peer) = next {
            self.note_progress(peer, effects);
            self.ask_chunk_of(now, peer, effects);
        }
    }

    fn ask_chunk_of(&mut self, now: SimTime, peer: NodeId, effects: &mut Effects) {
        let Image::Hydrating { chunks: chunk, of } = self.image else {
            return;
        };
        self.source = Some((peer, now));
        let message = Message::HydrateAsk {
            from: self.id,
            stamp: Rc::clone(&self.stamp),
            chunk,
        };
        let to = Address::Node(peer);
        effects.push(Cause::Input, Effect::Send { to, message });
        let patience = Span(self.repair.takes.0 / u64::from(of) * 2) + self.gossip_interval;
        let timer = NodeTimer::NoChunk { asked_at: now };
        let at = now + patience;
        effects.push(Cause::Input, Effect::NodeTimer { at, timer });
    }

    /// Turns to another peer, if the one that was asked then has not answered.
    pub(super) fn ask_another(&mut self, now: SimTime, asked_at: SimTime, effects: &mut Effects) {
        if !self.writes_chunk && self.source.is_some_and(|(_, at)| at == asked_at) {
            self.ask_for_chunk(now, effects);
        }
    }

    /// Gives a part of its segments, if it has them whole.
    pub(super) fn give_chunk(&self, to: NodeId, chunk: u32, effects: &mut Effects) {
        if self.image != Image::Whole {
            return;
        }
        let full = self.stamp.members.is_full(to);
        let of = if full { CHUNKS } else { 1 };
        let pages = if full {
            self.repair.bytes / u64::from(of)
        } else {
            0
        };
        let is_last = chunk + 1 == of;
        let log = self.segments.iter().map(|segment| segment.stored_bytes);
        let message = Message::HydrateGive {
            from: self.id,
            stamp: Rc::clone(&self.stamp),
            chunk,
            bytes: pages + if is_last { log.sum() } else { 0 },
            log: is_last.then(|| self.copied()),
        };
        let to = Address::Node(to);
        effects.push(Cause::Input, Effect::Send { to, message });
    }

    /// The logs of its segments, for a copy.
    fn copied(&self) -> Rc<[Copied]> {
        let groups = (0..).map(GroupId).zip(&self.segments);
        groups
            .map(|(group, segment)| Copied {
                scl: segment.scl(),
                archived: self.archived(group),
                archived_bytes: self.archived_bytes(group),
            })
            .collect()
    }

    /// Writes a part of a peer's segments to its disk, if it is the next. An answer that comes after
    /// another peer was asked is as good as any: were it thrown away, slow peers would never do.
    pub(super) fn take_chunk(
        &mut self,
        chunk: u32,
        copied: Option<&[Copied]>,
        log: &Log,
        effects: &mut Effects,
    ) {
        if self.writes_chunk || !self.awaits(chunk, copied.is_some()) {
            return;
        }
        self.writes_chunk = true;
        for (group, copied) in (0..).map(GroupId).zip(copied.into_iter().flatten()) {
            self.hear_archived(group, copied.archived, copied.archived_bytes);
        }
        let whole = |(group, copied): (GroupId, &Copied)| {
            let run = (copied.scl > Lsn::ZERO).then(|| Run::new(Lsn::ZERO, copied.scl));
            run.map(|run| log.parcel(group, run))
        };
        let log = copied.map(|copied| (0..).map(GroupId).zip(copied).filter_map(whole).collect());
        effects.push(Cause::Input, Effect::Write(Write::Chunk { chunk, log }));
    }

    /// Whether this part is the next. The last one, and no other, brings the log: a peer that knows
    /// other members may think that fewer parts are needed, or more.
    fn awaits(&self, chunk: u32, with_log: bool) -> bool {
        matches!(self.image, Image::Hydrating { chunks, of } if chunks == chunk && (chunk + 1 == of) == with_log)
    }

    /// A part is on its disk.
    pub(super) fn store_chunk(
        &mut self,
        now: SimTime,
        chunk: u32,
        segments: Option<&[Parcel]>,
        log: &Log,
        effects: &mut Effects,
    ) {
        self.writes_chunk = false;
        if !self.awaits(chunk, segments.is_some()) {
            // It was of other members. The next round of gossip begins to ask again.
            self.source = None;
            return;
        }
        let Some(segments) = segments else {
            let Image::Hydrating { chunks, .. } = &mut self.image else {
                unreachable!("it awaits the part");
            };
            *chunks += 1;
            let noted = *chunks % CHUNKS_NOTED == 0;
            if let Some((peer, _)) = self.source {
                if noted {
                    self.note_progress(peer, effects);
                }
                self.ask_chunk_of(now, peer, effects);
            }
            return;
        };
        self.image = Image::Whole;
        self.source = None;
        for parcel in segments {
            let group = parcel.group;
            let last = self.stamp.keeps(group, parcel.run.last);
            if last == Lsn::ZERO {
                continue;
            }
            let whole = Run::new(Lsn::ZERO, last);
            for run in self.segment(group).received.missing(whole) {
                self.segments[group.index()].received.add(run);
                self.store(log.parcel(group, run), effects);
            }
        }
        let node = self.id;
        let hydrated = effects.note(Cause::Input, Note::Hydrated { node });
        self.tell_hydrated(hydrated, effects);
    }

    fn note_progress(&self, peer: NodeId, effects: &mut Effects) {
        if let Image::Hydrating { chunks, of } = self.image {
            let (node, percent) = (self.id, chunks * 100 / of);
            let note = Note::Hydrating {
                node,
                peer,
                percent,
            };
            effects.note(Cause::Input, note);
        }
    }
}

#[cfg(test)]
mod tests;
