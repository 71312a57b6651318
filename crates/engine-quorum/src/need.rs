//! What of its log a volume still needs.
//!
//! A log keeps records that nobody will ask for again: every copy has them in page versions, and the
//! backup has them. Those may be forgotten. How far, each who may ask says in turn, whoever it is and
//! wherever it stands; the lowest counts.
//!
//! ```text
//! a1 .. c2    what is not on its disk; what it has not sorted by page; versions that it could be
//!             asked to build again; what it would stage next
//! the writer  what is not durable, and below its lowest read point
//! under way   what a message or a disk's work is about
//! the backup  what is in the restore window
//!                                  |
//! log   1 2 3 4 5 6 7 8 9 ...  |<--+ the lowest
//!       forgotten              kept
//! ```
//!
//! A group that is at rest holds back nothing: behind its last record there is nothing to ask for,
//! however far the volume has gone on since.
//!
//! # Invariants
//! * What is forgotten is durable, and no recovery annuls it.
//! * No node, no writer and no message ever asks for a record that is forgotten. Who begins with
//!   nothing asks for all of them at once, and gets what they came to.
//! * A run is the same whether or not its logs forget.
//!
//! # Simplifications
//! * Nothing is forgotten while a writer recovers, while a node copies segments, and while a page
//!   is being mended. A node that is down for long holds the whole log behind what it has, and so does
//!   one that never collects. That is a matter of this program's memory and of nothing in the model:
//!   the disks of the nodes are as full as their books say.

use redo::Lsn;
use sim::SimTime;

use crate::archive::ObjectStore;
use crate::effects::Write;
use crate::log::Log;
use crate::message::{GroupId, Message, Parcel, Read, Want};
use crate::node::{Image, StorageNode};
use crate::read::Reads;
use crate::upkeep::{Task, UpkeepMessage};
use crate::writer::{Phase, Writer};

/// How far a log may be forgotten, as far as it was told who needs something.
#[derive(Clone, Copy, Debug)]
pub struct Need<'a> {
    log: &'a Log,
    behind: Lsn,
}

impl<'a> Need<'a> {
    /// Nobody needs anything yet.
    pub const fn new(log: &'a Log) -> Self {
        let behind = Lsn::MAX;
        Self { log, behind }
    }

    /// Everything up to here may be forgotten.
    pub const fn behind(&self) -> Lsn {
        self.behind
    }

    /// Somebody needs everything behind this record.
    pub fn from(&mut self, lsn: Lsn) {
        self.behind = self.behind.min(lsn);
    }

    /// Somebody needs what a group has behind this record. Of a group that is about to be added there
    /// is none.
    pub fn from_in(&mut self, group: GroupId, lsn: Lsn) {
        let exists = group.index() < self.log.groups().count();
        if exists && lsn < self.log.last_in_group(group) {
            self.from(lsn);
        }
    }

    /// Everything is needed.
    pub const fn all(&mut self) {
        self.behind = Lsn::ZERO;
    }

    /// What a node of the volume needs, which may be down. `joins` says whether it is to take part,
    /// though it may not know.
    pub fn node(&mut self, node: &StorageNode, joins: bool) {
        match node.image() {
            Image::Whole => {}
            Image::None if !joins => return,
            Image::None | Image::Hydrating { .. } => return self.all(),
        }
        for group in self.log.groups() {
            let segment = node.segment(group);
            self.from_in(group, segment.scl());
            if node.stages() {
                self.from_in(group, node.archived(group));
            }
            if let Some(pages) = &segment.pages {
                self.from_in(group, pages.indexed());
                self.from(pages.needs());
            }
        }
        node.wants().iter().for_each(|want| self.want(want));
    }

    /// What the backup needs at `now`.
    pub fn backup(&mut self, store: &ObjectStore, now: SimTime) {
        self.from(self.log.end_at(store.window_begins(now)));
        for group in self.log.groups() {
            let complete = store.complete_to(group);
            if complete > Lsn::ZERO {
                self.from_in(group, complete);
            }
        }
    }

    /// What the newest writer needs.
    pub fn writer(&mut self, writer: &Writer) {
        match writer.phase() {
            Phase::Open => {
                self.from(writer.points().vdl());
                self.from(writer.read_floor());
            }
            Phase::Recovering(_) | Phase::Over => self.all(),
        }
    }

    /// What a writer needs that has a successor and may not know it.
    pub fn older_writer(&mut self, writer: &Writer) {
        match writer.phase() {
            Phase::Open => {
                let missing = writer.points().first_missing();
                let missing = missing.map(|(lsn, _)| lsn.before());
                let read = writer.reads().and_then(Reads::floor);
                missing
                    .into_iter()
                    .chain(read)
                    .for_each(|lsn| self.from(lsn));
            }
            Phase::Recovering(_) => self.all(),
            Phase::Over => {}
        }
    }

    /// What whoever gets this message will need.
    pub fn message(&mut self, message: &Message) {
        match message {
            Message::Boxcar(boxcar) => self.parcel(&boxcar.parcel),
            Message::GossipGive { parcel, .. }
            | Message::Outdated { parcel, .. }
            | Message::Upkeep(UpkeepMessage::Stage { parcel, .. }) => self.parcel(parcel),
            Message::CatchUp { want, .. } => self.want(want),
            Message::GossipAsk { wants, .. } => wants.iter().for_each(|want| self.want(want)),
            Message::Read { read, .. } => self.read(read),
            Message::HydrateGive { log: Some(_), .. }
            | Message::Upkeep(UpkeepMessage::SpareAsk { .. } | UpkeepMessage::SpareGive { .. }) => {
                self.all();
            }
            Message::Upkeep(UpkeepMessage::Rest { .. } | UpkeepMessage::Staged { .. })
            | Message::HydrateGive { log: None, .. }
            | Message::HydrateAsk { .. }
            | Message::Hydrated { .. }
            | Message::Refused { .. }
            | Message::Fence { .. }
            | Message::Fenced { .. }
            | Message::Truncate { .. }
            | Message::Truncated { .. }
            | Message::ReadAnswer { .. }
            | Message::ReadRefused { .. }
            | Message::Members { .. }
            | Message::MembersKnown { .. }
            | Message::Ack { .. }
            | Message::GossipNone { .. } => {}
        }
    }

    /// What a node will need when its disk has done this.
    pub fn write(&mut self, write: &Write) {
        match write {
            Write::Records(parcel) => self.parcel(parcel),
            Write::Chunk { log: Some(_), .. } => self.all(),
            Write::Upkeep(Task::Stage { run, .. }) => self.from(run.prev),
            Write::Upkeep(Task::Coalesce { pages, .. }) => {
                pages.iter().for_each(|(_, lsn)| self.from(lsn.before()));
            }
            Write::Upkeep(Task::Collect | Task::Scrub)
            | Write::Chunk { log: None, .. }
            | Write::Epoch(_)
            | Write::Truncation(_)
            | Write::Members(_) => {}
        }
    }

    /// What it takes to answer a read.
    pub fn read(&mut self, read: &Read) {
        self.from(read.point);
    }

    fn parcel(&mut self, parcel: &Parcel) {
        self.from(parcel.run.prev);
    }

    fn want(&mut self, want: &Want) {
        self.from_in(want.group, want.after);
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use redo::{Change, PageId};

    use super::*;
    use crate::message::{Boxcar, Epoch, NodeId, Stamp};
    use crate::run::Run;

    const GROUPS: [GroupId; 2] = [GroupId(0), GroupId(1)];

    /// A record of group 1 and three of group 2.
    fn log() -> Log {
        let mut log = Log::new(2);
        for (lsn, page) in (1..).zip([0, 1, 1, 1]) {
            log.append(Epoch::FIRST, Change::account(PageId(page), 100, false));
            log.end_mtr(SimTime(lsn), Epoch::FIRST, Lsn(lsn), 0, None);
        }
        log
    }

    fn behind(tell: impl Fn(&mut Need<'_>)) -> Lsn {
        let log = log();
        let mut need = Need::new(&log);
        tell(&mut need);
        need.behind()
    }

    fn of(message: &Message) -> Lsn {
        behind(|need| need.message(message))
    }

    #[test]
    fn the_lowest_counts_and_a_group_at_rest_holds_back_nothing() {
        assert_eq!(behind(|need| need.from_in(GROUPS[0], Lsn(1))), Lsn::MAX);
        assert_eq!(behind(|need| need.from_in(GROUPS[0], Lsn(0))), Lsn::ZERO);
        assert_eq!(behind(|need| need.from_in(GROUPS[1], Lsn(3))), Lsn(3));
        assert_eq!(behind(|need| need.from_in(GroupId(2), Lsn(0))), Lsn::MAX);
        let several = |need: &mut Need<'_>| {
            for lsn in [9, 2, 4].map(Lsn) {
                need.from(lsn);
            }
        };
        assert_eq!(behind(several), Lsn(2));
    }

    #[test]
    fn what_is_under_way_needs_what_it_is_about() {
        let stamp = Rc::<Stamp>::default();
        let parcel = log().parcel(GROUPS[1], Run::new(Lsn(2), Lsn(4)));
        let boxcar = Boxcar {
            stamp: Rc::clone(&stamp),
            parcel,
            horizon: crate::upkeep::Horizon::default(),
        };
        assert_eq!(of(&Message::Boxcar(Rc::new(boxcar))), Lsn(2));
        let ask = |after| {
            let wants = GROUPS.map(|group| Want {
                group,
                after: Lsn(after),
                until: None,
            });
            let (from, stamp, wants) = (NodeId(0), Rc::clone(&stamp), Rc::from(wants));
            of(&Message::GossipAsk { from, stamp, wants })
        };
        assert_eq!([1, 3, 4].map(ask), [Lsn(1), Lsn(3), Lsn::MAX]);
        let (from, group, page, lsn) = (NodeId(0), GROUPS[0], PageId(0), Lsn(1));
        let mending = UpkeepMessage::SpareAsk {
            from,
            group,
            page,
            lsn,
        };
        assert_eq!(of(&Message::Upkeep(mending)), Lsn::ZERO);
        let pages = Rc::from([(PageId(1), Lsn(4)), (PageId(0), Lsn(3))]);
        let coalesce = Write::Upkeep(Task::Coalesce { group, pages });
        assert_eq!(
            behind(|need| need.write(&coalesce)),
            Lsn(2),
            "the page is built as of 3"
        );
    }

    #[test]
    fn the_restore_window_is_needed_and_what_the_backup_lacks() {
        let store = ObjectStore::new(6, sim::Span(2));
        let tails = [Lsn(1), Lsn(4)];
        let whole = store.clone().with_restored(&tails, &log());
        let at = |store: &ObjectStore, now| behind(|need| need.backup(store, SimTime(now)));
        assert_eq!(
            [2, 4, 5, 9].map(|now| at(&whole, now)),
            [0, 2, 3, 4].map(Lsn)
        );
        let lacks = store.with_restored(&[Lsn(1), Lsn(2)], &log());
        assert_eq!(
            [2, 4, 5, 9].map(|now| at(&lacks, now)),
            [0, 2, 2, 2].map(Lsn)
        );
    }
}
