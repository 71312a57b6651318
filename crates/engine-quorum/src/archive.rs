//! Object storage: the continuous backup of a volume.
//!
//! Storage nodes stage the durable log of their groups here, by turns, and page versions with it
//! (SIGMOD 2017, section 3.3, step 6). What came once is kept once: records are named by their LSNs,
//! versions by page and LSN. A moment of the past means the mini-transactions that were numbered until
//! then; PostgreSQL restores by the time in commit records, which is the same.
//!
//! ```text
//! g1   -----------------------------|          complete to 40
//! g2   ---------------------|                  complete to 31; the next record of g2 is 35
//! restorable: up to 34, if a mini-transaction ends there
//! ```
//!
//! # Invariants
//! * It keeps only what is durable; a recovery annuls nothing of it.
//! * Whatever was staged can be had: it never fails, and answers after a delay.
//!
//! # Simplifications
//! * What falls out of the restore window counts as kept, for ever: its bytes are in the sum. Only this
//!   program forgets it, when nobody else needs it either ([`crate::Need`]). How Aurora trims a backup
//!   is not published.
//! * A version is staged with the log that it belongs to or not at all: one that is coalesced after
//!   its records were staged has to wait for the page's next version.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use redo::{Lsn, PAGE_BYTES, PageId, PageImage, PageMap};
use sim::{SimTime, Span};

use crate::effects::{Cause, Effect, Effects, Note};
use crate::log::Log;
use crate::message::{Address, GroupId, Message, NodeId, Parcel};
use crate::pages::Sum;
use crate::run::{Run, Runs};
use crate::upkeep::{UpkeepMessage, UpkeepNote};

/// The backup of one volume.
#[derive(Clone, Debug)]
pub struct ObjectStore {
    nodes: u8,
    /// How far back one can restore.
    window: Span,
    /// By group, as far as anything was staged.
    groups: Vec<Shelf>,
    /// The versions of each page that are not forgotten, by rising LSN.
    pages: PageMap<Vec<Rc<PageImage>>>,
    /// How many there are, forgotten ones counted.
    versions: u64,
    bytes: u64,
}

/// What there is of a group's log.
#[derive(Clone, Debug, Default, Hash)]
struct Shelf {
    log: Runs,
    sum: Sum,
}

impl ObjectStore {
    /// An empty backup for a volume on so many nodes.
    pub fn new(nodes: u8, window: Span) -> Self {
        Self {
            nodes,
            window,
            groups: Vec::new(),
            pages: PageMap::default(),
            versions: 0,
            bytes: 0,
        }
    }

    /// The backup of a volume that was restored from another's: what it began with is there, up to
    /// these records of its groups.
    #[must_use]
    pub fn with_restored(mut self, tails: &[Lsn], log: &Log) -> Self {
        for (group, tail) in (0..).map(GroupId).zip(tails) {
            if *tail > Lsn::ZERO {
                self.keep_records(log.parcel(group, Run::new(Lsn::ZERO, *tail)), log);
            }
        }
        self
    }

    /// Forgets which versions there are at or below a point. Nobody stages any of them again.
    pub fn forget(&mut self, up_to: Lsn) {
        let old =
            |versions: &Vec<Rc<PageImage>>| versions.first().is_some_and(|v| v.lsn() <= up_to);
        let pages = self.pages.iter_from(PageId(0));
        let pages: Vec<_> = pages
            .filter(|(_, versions)| old(versions))
            .map(|(page, _)| page)
            .collect();
        for page in pages {
            self.pages
                .get_mut(page)
                .retain(|version| version.lsn() > up_to);
        }
    }

    /// Handles a message. Everything it causes is in `effects`.
    pub fn handle(&mut self, message: Message, log: &Log, effects: &mut Effects) {
        let Message::Upkeep(UpkeepMessage::Stage {
            from,
            parcel,
            pages,
        }) = message
        else {
            panic!("only what is staged is sent here");
        };
        let records = self.keep_records(*parcel, log);
        let kept = pages.iter().filter(|image| self.keep_version(image));
        let bytes = records.bytes + kept.count() as u64 * PAGE_BYTES as u64;
        self.bytes += bytes;
        let (group, shelf) = (parcel.group, &self.groups[parcel.group.index()]);
        let complete = shelf.log.complete_to();
        let note = UpkeepNote::Archived {
            group,
            complete,
            bytes,
        };
        let archived = effects.note(Cause::Input, Note::Upkeep(note));
        let staged = UpkeepMessage::Staged {
            group,
            complete,
            bytes: shelf.sum.bytes,
        };
        // Whoever staged what was here already has missed what the others were told.
        let all = (0..self.nodes).map(NodeId);
        for node in all.filter(|node| bytes > 0 || *node == from) {
            let (to, message) = (Address::Node(node), Message::Upkeep(staged.clone()));
            effects.push(archived, Effect::Send { to, message });
        }
    }

    /// All of the group up to here is here.
    pub fn complete_to(&self, group: GroupId) -> Lsn {
        let shelf = self.groups.get(group.index());
        shelf.map_or(Lsn::ZERO, |shelf| shelf.log.complete_to())
    }

    /// The first and the last LSN that a volume can be restored to at `now`, both ends of
    /// mini-transactions: the last one when the window began, and the last one of which everything
    /// before is here.
    pub fn restorable(&self, now: SimTime, log: &Log) -> (Lsn, Lsn) {
        let missing = |group| log.first_after(group, self.complete_to(group));
        let last = log.groups().filter_map(missing).min();
        let last = log.last_end(last.map_or_else(|| log.last(), Lsn::before));
        (log.end_at(self.window_begins(now)).min(last), last)
    }

    /// How far back one can restore at `now`.
    pub const fn window_begins(&self, now: SimTime) -> SimTime {
        SimTime(now.0.saturating_sub(self.window.0))
    }

    /// How many versions of pages are kept.
    pub const fn versions(&self) -> u64 {
        self.versions
    }

    /// Bytes that were staged: records and versions, each once.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Keeps what is new of a parcel, and gives how much that was.
    fn keep_records(&mut self, parcel: Parcel, log: &Log) -> Sum {
        let place = parcel.group.index();
        let shelves = self.groups.len().max(place + 1);
        self.groups.resize_with(shelves, Shelf::default);
        let shelf = &mut self.groups[place];
        let mut new = Sum::default();
        for run in shelf.log.missing(parcel.run) {
            let part = log.parcel(parcel.group, run);
            new += Sum {
                records: part.records.into(),
                bytes: part.bytes,
            };
            shelf.log.add(run);
        }
        shelf.sum += new;
        new
    }

    /// Keeps a version, if it is new.
    fn keep_version(&mut self, image: &Rc<PageImage>) -> bool {
        let versions = self.pages.get_mut(image.id());
        let place = versions.partition_point(|kept| kept.lsn() < image.lsn());
        let is_new = versions
            .get(place)
            .is_none_or(|kept| kept.lsn() != image.lsn());
        if is_new {
            versions.insert(place, Rc::clone(image));
            self.versions += 1;
        }
        is_new
    }
}

/// The rest follows from what came.
impl Hash for ObjectStore {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.groups.hash(state);
        (self.versions, self.bytes).hash(state);
    }
}

#[cfg(test)]
mod tests;
