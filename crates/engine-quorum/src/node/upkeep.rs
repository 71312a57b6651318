//! The chores of a node: coalesce, back up, collect, scrub.

use std::rc::Rc;

use redo::{Lsn, Page, PageId};
use sim::{Class, SimTime};

use super::{NodeTimer, SegmentState, StorageNode};
use crate::effects::{Cause, Effect, Effects, Note, Write};
use crate::log::Log;
use crate::message::{Address, GroupId, Message, NodeId};
use crate::pages::{ReadRefused, SegmentPages, Sum};
use crate::run::Run;
use crate::upkeep::{Chore, Horizon, Task, UpkeepConfig, UpkeepMessage, UpkeepNote};

/// Pages of one task.
const PAGES_MAX: usize = 32;
/// Tasks that coalesce one segment, in one round.
const BATCHES_MAX: usize = 8;
/// Bytes of log that are staged at once.
const STAGE_BYTES_MAX: u64 = 16 << 20;

/// What a node knows of its upkeep.
#[derive(Clone, Debug, Hash)]
pub(super) struct Upkeep {
    config: UpkeepConfig,
    /// Its timers are set.
    ticks: bool,
    /// Tasks that coalesce, which the disk has.
    coalescing: u32,
    /// Chores that the disk has a task of.
    under_way: Vec<Chore>,
    /// The highest VDL that it heard of.
    vdl: Lsn,
    /// The highest PGMRPL that it heard of.
    read_floor: Lsn,
    /// By group, as many as the node knows of.
    groups: Vec<GroupUpkeep>,
    /// Where the next scrub begins.
    scrub_at: (GroupId, PageId),
    /// How many peers it has asked for pages.
    asked: u8,
    /// Its backlog is over the limit.
    is_behind: bool,
}

#[derive(Clone, Copy, Debug, Default, Hash)]
struct GroupUpkeep {
    /// Every copy has this.
    everywhere: Lsn,
    /// Object storage has all of the group up to here,
    archived: Lsn,
    /// in bytes.
    archived_bytes: u64,
    staging: bool,
}

impl StorageNode {
    /// The same node, with pages and chores. Without, it keeps the log alone.
    #[must_use]
    pub fn with_upkeep(mut self, config: UpkeepConfig) -> Self {
        self.upkeep = Some(Upkeep {
            config,
            ticks: false,
            coalescing: 0,
            under_way: Vec::new(),
            vdl: Lsn::ZERO,
            read_floor: Lsn::ZERO,
            groups: vec![GroupUpkeep::default(); self.segments.len()],
            scrub_at: (GroupId(0), PageId(0)),
            asked: 0,
            is_behind: false,
        });
        self.renew_pages();
        self
    }

    /// Whether a read may be answered at `point`, when `tail` is the group's last record at or below.
    pub(super) fn may_read(
        &self,
        group: GroupId,
        (point, tail): (Lsn, Lsn),
    ) -> Result<(), ReadRefused> {
        let segment = self.segment(group);
        let (Some(_), Some(upkeep)) = (&segment.pages, &self.upkeep) else {
            return Err(ReadRefused::LogOnly);
        };
        let (floor, scl) = (upkeep.read_floor, segment.scl());
        if point < floor {
            return Err(ReadRefused::BelowFloor { floor });
        }
        if scl < tail {
            return Err(ReadRefused::Incomplete { scl });
        }
        Ok(())
    }

    /// Begins with no pages, where the segments keep any.
    pub(super) fn renew_pages(&mut self) {
        let pages = self.no_pages();
        let segments = self.segments.iter_mut();
        segments.for_each(|segment| segment.pages.clone_from(&pages));
    }

    /// Has an empty segment of one more group from now on.
    pub(super) fn add_segment(&mut self) {
        self.segments.push(SegmentState {
            pages: self.no_pages(),
            ..SegmentState::default()
        });
        if let Some(upkeep) = &mut self.upkeep {
            upkeep.groups.push(GroupUpkeep::default());
        }
    }

    /// The pages of a segment that has none yet, if it keeps any.
    fn no_pages(&self) -> Option<SegmentPages> {
        let full = self.stamp.members.is_full(self.id);
        (full && self.upkeep.is_some()).then(SegmentPages::default)
    }

    /// The page as it was at `point`, when this segment has everything of the group up to `tail`,
    /// the group's last record at or below that point.
    pub fn page_at(
        &mut self,
        group: GroupId,
        page: PageId,
        (point, tail): (Lsn, Lsn),
        log: &Log,
    ) -> Result<Page, ReadRefused> {
        self.may_read(group, (point, tail))?;
        let segment = &mut self.segments[group.index()];
        let scl = segment.scl();
        let (Some(pages), Some(upkeep)) = (&mut segment.pages, &mut self.upkeep) else {
            return Err(ReadRefused::LogOnly);
        };
        // Who reads there knows that it is durable.
        upkeep.vdl = upkeep.vdl.max(point);
        pages.index(group, (scl, upkeep.vdl), log);
        pages.read(page, point, log)
    }

    /// Damages the newest version of a page, as a disk does. Which version that was, if there is one.
    pub fn damage(&mut self, group: GroupId, page: PageId, bit: u64) -> Option<Lsn> {
        let segment = self.segments.get_mut(group.index())?;
        segment.pages.as_mut()?.damage(page, bit)
    }

    /// Whether its backlog is over the limit, so that upkeep goes before records.
    pub fn is_behind(&self) -> bool {
        self.upkeep.as_ref().is_some_and(|upkeep| upkeep.is_behind)
    }

    /// Whether it stages its log.
    pub(crate) fn stages(&self) -> bool {
        let upkeep = self.upkeep.as_ref();
        upkeep.is_some_and(|upkeep| upkeep.config.backup.0 > 0)
    }

    /// All of the group up to here is in object storage, as far as this node knows.
    pub fn archived(&self, group: GroupId) -> Lsn {
        let upkeep = self.upkeep.as_ref();
        let known = upkeep.and_then(|upkeep| upkeep.groups.get(group.index()));
        known.map_or(Lsn::ZERO, |known| known.archived)
    }

    /// The same in bytes.
    pub(super) fn archived_bytes(&self, group: GroupId) -> u64 {
        let upkeep = self.upkeep.as_ref();
        let known = upkeep.and_then(|upkeep| upkeep.groups.get(group.index()));
        known.map_or(0, |known| known.archived_bytes)
    }

    /// Object storage has so much of a group.
    pub(super) fn hear_archived(&mut self, group: GroupId, complete: Lsn, bytes: u64) {
        let upkeep = self.upkeep.as_mut();
        if let Some(known) = upkeep.and_then(|upkeep| upkeep.groups.get_mut(group.index()))
            && known.archived < complete
        {
            (known.archived, known.archived_bytes) = (complete, bytes);
        }
    }

    pub(super) fn hear_horizon(&mut self, group: GroupId, horizon: Horizon) {
        if let Some(upkeep) = &mut self.upkeep {
            upkeep.vdl = upkeep.vdl.max(horizon.vdl);
            upkeep.read_floor = upkeep.read_floor.max(horizon.read_floor);
            if let Some(known) = upkeep.groups.get_mut(group.index()) {
                known.everywhere = horizon.everywhere;
            }
        }
    }

    /// With each round of gossip: sorts what came by page, and has long chains coalesced.
    pub(super) fn keep_up(&mut self, now: SimTime, log: &Log, effects: &mut Effects) {
        let Some(upkeep) = &mut self.upkeep else {
            return;
        };
        if !std::mem::replace(&mut upkeep.ticks, true) {
            for chore in [Chore::BackUp, Chore::Collect, Chore::Scrub] {
                upkeep.set_timer(now, chore, effects);
            }
        }
        let idle = upkeep.coalescing == 0;
        for (group, segment) in (0..).map(GroupId).zip(&mut self.segments) {
            let scl = segment.scl();
            let Some(pages) = &mut segment.pages else {
                continue;
            };
            pages.index(group, (scl, upkeep.vdl), log);
            if idle {
                for pages in pages.ripe(PAGES_MAX * BATCHES_MAX).chunks(PAGES_MAX) {
                    upkeep.coalescing += 1;
                    let pages = Rc::from(pages);
                    do_task(Task::Coalesce { group, pages }, effects);
                }
            }
        }
        self.weigh_backlog(effects);
    }

    pub(super) fn do_chore(
        &mut self,
        now: SimTime,
        chore: Chore,
        log: &Log,
        effects: &mut Effects,
    ) {
        let Some(upkeep) = &mut self.upkeep else {
            return;
        };
        upkeep.set_timer(now, chore, effects);
        let mut groups = (0..).map(GroupId).zip(&self.segments);
        let (task, is_due) = match chore {
            Chore::BackUp => return self.back_up(now, log, effects),
            Chore::Collect => {
                let garbage = |(group, segment): (GroupId, &SegmentState)| {
                    let pages = segment.pages.as_ref();
                    pages.is_some_and(|pages| pages.has_garbage(upkeep.horizon(group)))
                };
                (Task::Collect, groups.any(garbage))
            }
            Chore::Scrub => {
                let versions = |(_, segment): (GroupId, &SegmentState)| {
                    let pages = segment.pages.as_ref();
                    pages.is_some_and(|pages| pages.versions() > 0)
                };
                // It would take the disk from records, and bring the backlog down by nothing.
                (Task::Scrub, !upkeep.is_behind && groups.any(versions))
            }
        };
        if is_due && !upkeep.under_way.contains(&chore) {
            upkeep.under_way.push(chore);
            do_task(task, effects);
        }
    }

    /// The disk has done a task.
    pub(super) fn task_done(&mut self, task: &Task, log: &Log, effects: &mut Effects) {
        match task {
            Task::Coalesce { group, pages } => self.coalesced(*group, pages, log, effects),
            Task::Stage { group, run } => self.stage(*group, *run, log, effects),
            Task::Collect => self.collect(effects),
            Task::Scrub => self.scrub(log, effects),
        }
    }

    pub(super) fn hear_upkeep(&mut self, message: UpkeepMessage, log: &Log, effects: &mut Effects) {
        match message {
            UpkeepMessage::Rest { group, horizon } => self.hear_horizon(group, horizon),
            UpkeepMessage::Staged {
                group,
                complete,
                bytes,
            } => self.hear_archived(group, complete, bytes),
            UpkeepMessage::SpareAsk {
                from,
                group,
                page,
                lsn,
            } => {
                let pages = self.segment(group).pages.as_ref();
                if let Some(page) = pages.and_then(|pages| pages.spare(page, lsn, log)) {
                    let from_here = self.id;
                    let give = UpkeepMessage::SpareGive {
                        from: from_here,
                        group,
                        lsn,
                        page: Box::new(page),
                    };
                    send(Address::Node(from), give, Cause::Input, effects);
                }
            }
            UpkeepMessage::SpareGive {
                from,
                group,
                lsn,
                page,
            } => self.take_spare((from, group), lsn, *page, log, effects),
            UpkeepMessage::Stage { .. } => panic!("this is sent to object storage"),
        }
    }

    /// A crash: the disk will not do what it was asked.
    pub(super) fn forget_tasks(&mut self) {
        if let Some(upkeep) = &mut self.upkeep {
            upkeep.ticks = false;
            upkeep.coalescing = 0;
            upkeep.under_way.clear();
            upkeep.is_behind = false;
            upkeep.groups.iter_mut().for_each(|g| g.staging = false);
        }
    }

    /// Found while reading or scrubbing: a version of a page is damaged. Builds it anew from what is
    /// here, or asks a peer. One that does not answer is followed by another at the next scrub.
    pub(super) fn mend(
        &mut self,
        group: GroupId,
        (page, lsn): (PageId, Lsn),
        log: &Log,
        effects: &mut Effects,
    ) {
        let node = self.id;
        let members = &self.stamp.members;
        let (before, behind): (Vec<_>, Vec<_>) = members
            .members()
            .without(node)
            .iter()
            .filter(|peer| members.is_full(*peer))
            .partition(|peer| *peer < node);
        let peers = [behind, before].concat();
        let (Some(pages), Some(upkeep)) =
            (&mut self.segments[group.index()].pages, &mut self.upkeep)
        else {
            return;
        };
        let found = UpkeepNote::DamageFound { node, page, lsn };
        let found = effects.note(Cause::Input, Note::Upkeep(found));
        if pages.rebuild(page, lsn, log) {
            let from = None;
            let mended = UpkeepNote::Mended {
                node,
                page,
                lsn,
                from,
            };
            effects.note(found, Note::Upkeep(mended));
        } else if let Some(&peer) = peers.get(usize::from(upkeep.asked) % peers.len().max(1)) {
            let others = u8::try_from(peers.len()).expect("few peers");
            upkeep.asked = (upkeep.asked + 1) % others;
            let from = node;
            let ask = UpkeepMessage::SpareAsk {
                from,
                group,
                page,
                lsn,
            };
            send(Address::Node(peer), ask, found, effects);
        }
    }

    /// The copies of a group take turns: in each interval another one stages. One that is down lets
    /// its turn pass.
    fn back_up(&mut self, now: SimTime, log: &Log, effects: &mut Effects) {
        let Some(upkeep) = &mut self.upkeep else {
            return;
        };
        let interval = now.0 / upkeep.config.backup.0;
        let members = self.stamp.members.members();
        let Some(mine) = (0..).zip(members.iter()).find(|(_, node)| *node == self.id) else {
            return;
        };
        for (group, segment) in (0..).map(GroupId).zip(&self.segments) {
            let known = &mut upkeep.groups[group.index()];
            let turn = (interval + u64::from(group.0)) % u64::from(members.count());
            let scl = segment.scl();
            if turn != mine.0 || known.staging || scl <= known.archived {
                continue;
            }
            let mut durable = log.walk(Run::new(known.archived, scl));
            if let Some((last, _)) = durable.find(|(lsn, _)| *lsn <= upkeep.vdl) {
                known.staging = true;
                let run = Run::new(known.archived, last);
                let run = log.cut(group, run, STAGE_BYTES_MAX);
                do_task(Task::Stage { group, run }, effects);
            }
        }
    }

    fn stage(&mut self, group: GroupId, run: Run, log: &Log, effects: &mut Effects) {
        let from = self.id;
        let Some(upkeep) = &mut self.upkeep else {
            return;
        };
        upkeep.groups[group.index()].staging = false;
        let segment = &self.segments[group.index()];
        if segment.scl() < run.last {
            // A volume whose quorums are wrong annulled what had been durable.
            return;
        }
        let versions = segment.pages.as_ref().map(|pages| pages.versions_in(run));
        let pages: Rc<[_]> = versions.unwrap_or_default().into();
        let parcel = Box::new(log.parcel(group, run));
        let note = UpkeepNote::Staged {
            node: from,
            group,
            first: parcel.first,
            last: run.last,
            pages: u32::try_from(pages.len()).expect("few pages in so many bytes of log"),
        };
        let staged = effects.note(Cause::Input, Note::Upkeep(note));
        let message = UpkeepMessage::Stage {
            from,
            parcel,
            pages,
        };
        send(Address::Archive, message, staged, effects);
    }

    fn coalesced(
        &mut self,
        group: GroupId,
        pages: &[(PageId, Lsn)],
        log: &Log,
        effects: &mut Effects,
    ) {
        if let Some(upkeep) = &mut self.upkeep {
            upkeep.coalescing -= 1;
        }
        let Some(here) = &mut self.segments[group.index()].pages else {
            return;
        };
        let records = pages
            .iter()
            .map(|(page, lsn)| here.coalesce(*page, *lsn, log));
        let (mut count, mut sum) = (0, 0);
        for records in records.filter(|records| *records > 0) {
            count += 1;
            sum += records;
        }
        if count > 0 {
            let note = UpkeepNote::Coalesced {
                node: self.id,
                group,
                pages: count,
                records: sum,
            };
            effects.note(Cause::Input, Note::Upkeep(note));
        }
        self.weigh_backlog(effects);
    }

    fn collect(&mut self, effects: &mut Effects) {
        let Some(upkeep) = &mut self.upkeep else {
            return;
        };
        upkeep.under_way.retain(|chore| *chore != Chore::Collect);
        let (mut freed, mut versions) = (Sum::default(), 0);
        for (group, segment) in (0..).map(GroupId).zip(&mut self.segments) {
            if let Some(pages) = &mut segment.pages {
                let (sum, count) = pages.collect(upkeep.horizon(group));
                freed += sum;
                versions += count;
            }
        }
        let note = UpkeepNote::Collected {
            node: self.id,
            records: freed.records,
            bytes: freed.bytes,
            versions,
        };
        effects.note(Cause::Input, Note::Upkeep(note));
    }

    fn scrub(&mut self, log: &Log, effects: &mut Effects) {
        let Some(upkeep) = &mut self.upkeep else {
            return;
        };
        upkeep.under_way.retain(|chore| *chore != Chore::Scrub);
        let (group, from) = upkeep.scrub_at;
        let pages = self.segments[group.index()].pages.as_ref();
        let (damaged, next) = pages.map_or((vec![], None), |pages| pages.verify(from, PAGES_MAX));
        let next_group = (group.index() + 1) % self.segments.len();
        upkeep.scrub_at = match next {
            Some(page) => (group, page),
            None => (
                GroupId(u16::try_from(next_group).expect("groups are counted in a u16")),
                PageId(0),
            ),
        };
        for version in damaged {
            self.mend(group, version, log, effects);
        }
    }

    fn take_spare(
        &mut self,
        (from, group): (NodeId, GroupId),
        lsn: Lsn,
        page: Page,
        log: &Log,
        effects: &mut Effects,
    ) {
        let segment = &mut self.segments[group.index()];
        let scl = segment.scl();
        let (Some(pages), Some(upkeep)) = (&mut segment.pages, &mut self.upkeep) else {
            return;
        };
        // A peer gives what is durable.
        upkeep.vdl = upkeep.vdl.max(page.lsn());
        pages.index(group, (scl, upkeep.vdl), log);
        let id = page.id();
        if pages.replace(id, lsn, page) {
            let note = UpkeepNote::Mended {
                node: self.id,
                page: id,
                lsn,
                from: Some(from),
            };
            effects.note(Cause::Input, Note::Upkeep(note));
        }
    }

    /// Whether upkeep goes before records, because too much of it is left.
    fn weigh_backlog(&mut self, effects: &mut Effects) {
        let Some(upkeep) = &mut self.upkeep else {
            return;
        };
        let backs_up = upkeep.config.backup.0 > 0;
        let backlog = |(known, segment): (&GroupUpkeep, &SegmentState)| {
            let ripe = segment.pages.as_ref().map_or(0, SegmentPages::ripe_bytes);
            let left = segment.stored_bytes.saturating_sub(known.archived_bytes);
            ripe + if backs_up { left } else { 0 }
        };
        let bytes = upkeep.groups.iter().zip(&self.segments).map(backlog).sum();
        let is_behind = bytes > upkeep.config.backlog_bytes_max;
        if std::mem::replace(&mut upkeep.is_behind, is_behind) == is_behind {
            return;
        }
        let node = self.id;
        let (class, note) = if is_behind {
            let note = UpkeepNote::BacklogFull { node, bytes };
            (Class::Background, note)
        } else {
            (Class::Foreground, UpkeepNote::BacklogDone { node })
        };
        let cause = effects.note(Cause::Input, Note::Upkeep(note));
        effects.push(cause, Effect::Prefer(class));
    }
}

impl Upkeep {
    /// What is at or below may go, as far as versions have it.
    fn horizon(&self, group: GroupId) -> Lsn {
        let known = &self.groups[group.index()];
        let archived = if self.config.backup.0 > 0 {
            known.archived
        } else {
            Lsn::MAX
        };
        self.read_floor.min(known.everywhere).min(archived)
    }

    fn set_timer(&self, now: SimTime, chore: Chore, effects: &mut Effects) {
        let interval = match chore {
            Chore::BackUp => self.config.backup,
            Chore::Collect => self.config.collect,
            Chore::Scrub => self.config.scrub,
        };
        if interval.0 > 0 {
            let (at, timer) = (now + interval, NodeTimer::Upkeep(chore));
            effects.push(Cause::Input, Effect::NodeTimer { at, timer });
        }
    }
}

fn do_task(task: Task, effects: &mut Effects) {
    effects.push(Cause::Input, Effect::Write(Write::Upkeep(task)));
}

fn send(to: Address, message: UpkeepMessage, cause: Cause, effects: &mut Effects) {
    let message = Message::Upkeep(message);
    effects.push(cause, Effect::Send { to, message });
}
