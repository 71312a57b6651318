//! Volumes that begin as another one was, and the pages that they share.
//!
//! A clone takes a durable point of its source and refers to the source's pages as they were then;
//! nothing is copied. Whoever changes a page writes a new version of it, which only that volume sees:
//!
//! ```text
//! source v1   1    2  3  4          clone v2 begins here: four pages are stored, for both
//! v1 writes   1[A] 2  3  4          v2 still sees 1: five pages
//! v2 writes   1    2  3  4[B]       v1 still sees 4: six pages
//! ```
//!
//! From its point on a clone has LSNs, epochs and a writer of its own. It starts as a volume does
//! whose writer crashed: each node keeps for it what it had on disk up to the point, and a recovery
//! makes sure that a write quorum has all of it. So a clone takes a few round trips, whatever its
//! size.
//!
//! A page version is stored as long as any volume refers to it, so giving up the source leaves its
//! clones whole. At most fifteen volumes share pages with the one that they all come from; a
//! further clone is a full copy. That is what Amazon's documentation said from 2019 to 2023; later
//! one chooses.
//!
//! # Simplifications
//! * A clone is taken of all nodes at one moment. How the real service agrees on one is not
//!   published; the recovery that follows would hide the difference.
//! * A machine holds its nodes of all volumes, so a clone refers to pages on the same machine. The
//!   real service copies what the device has no room for to another one.
//! * A clone has its writer at once. In the real service a new instance starts first, which takes
//!   minutes.
//! * Pages are counted once for each version, whatever the six copies of it take. A page that nobody
//!   wrote is the same in all volumes that have it.
//! * Pages that a volume got with a group which was added are not compared with those of its clones
//!   from before.

use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

use engine_quorum::{
    Effects, Epoch, Log, NodeId, ObjectStore, Phase, StorageNode, Writer, WriterInput,
};
use protocol::{Verb, VolumeId};
use redo::{Lsn, PAGE_BYTES, PageId};
use sim::{SimTime, Span};

use super::volume::{Seat, gossip_stream};
use super::{Due, SeatState, Volume, World};
use crate::tally::Tally;
use crate::trace::{Line, What};
use crate::workload::Source;

/// How many volumes may share pages with the one that they come from.
pub const CLONES_MAX: usize = 15;

/// Where a volume comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The volume that it began as.
    pub source: VolumeId,
    /// The durable point of the source that it began at.
    pub at: Lsn,
    /// How it came to its pages.
    pub pages: Pages,
    /// How many pages the source had then. A volume that grows has others behind them.
    pub of: u64,
    /// Pages that differ now, by blocks of neighbours.
    pub changed: Vec<Changed>,
}

/// How a volume came to its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pages {
    /// It refers to its source's.
    Shared,
    /// They were copied.
    Copied,
    /// They came out of object storage.
    Restored,
}

/// Pages are counted in at most so many blocks.
const BLOCKS_MAX: u64 = 96;

impl Origin {
    /// Whether it refers to the source's pages instead of having some of its own.
    pub fn shares(&self) -> bool {
        self.pages == Pages::Shared
    }

    /// Pages that differ now.
    pub fn changed(&self) -> Changed {
        let sum = |a: Changed, b: &Changed| Changed {
            here: a.here + b.here,
            there: a.there + b.there,
            both: a.both + b.both,
        };
        self.changed.iter().fold(Changed::default(), sum)
    }
}

/// Pages that a clone and its source do not share any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Changed {
    /// Those that the clone changed.
    pub here: u64,
    /// Those that the source changed since.
    pub there: u64,
    /// Those that both did.
    pub both: u64,
}

impl Changed {
    /// Pages that one of them or both changed: so many more are stored than without the clone.
    pub const fn either(self) -> u64 {
        self.here + self.there - self.both
    }
}

/// What a volume begins with.
pub(super) struct Beginning {
    pub(super) origin: Origin,
    pub(super) log: Log,
    pub(super) nodes: Vec<StorageNode>,
    pub(super) archive: ObjectStore,
    /// That of its first writer.
    pub(super) epoch: Epoch,
    pub(super) asked_at: SimTime,
}

impl World {
    /// Asks the metadata service for a new volume. Whether there can be one is seen when it answers.
    pub(super) fn ask_for_clone(&mut self, source: VolumeId) -> Option<What> {
        self.clone_point(source)?;
        let latency = &self.script.scenario.latency;
        let at = self.hardware.metadata_round_trip(self.now, latency);
        let asked_at = self.now;
        self.push(at, source, 0, Due::Clone { asked_at });
        self.volume_mut(source).clones_asked += 1;
        Some(What::CloneAsked)
    }

    /// The durable point at which a volume could be cloned now: its writer tells it.
    fn clone_point(&self, source: VolumeId) -> Option<Lsn> {
        let here = self.volumes.get(source.index())?;
        let up = here.deleted.is_none() && here.seat().state == SeatState::Up;
        let open = matches!(here.writer().phase(), Phase::Open);
        let room = self.volumes.len() < usize::from(VolumeId::LIMIT);
        (up && open && room).then(|| here.writer().points().vdl())
    }

    /// The new volume begins.
    pub(super) fn clone_volume(
        &mut self,
        source: VolumeId,
        asked_at: SimTime,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        self.volume_mut(source).clones_asked -= 1;
        let Some(at) = self.clone_point(source) else {
            let verb = Verb::Clone(source);
            self.line(source, 0, What::NothingChanged { verb, why: None }, trace);
            return;
        };
        let sharing = |volume: &&Volume| {
            volume.deleted.is_none() && volume.origin.as_ref().is_some_and(Origin::shares)
        };
        let clones = self.volumes.iter().filter(sharing).count();
        let (pages, copying) = if clones < CLONES_MAX {
            (Pages::Shared, Span::ZERO)
        } else {
            let bytes = self.volumes[source.index()].pages * PAGE_BYTES as u64;
            (Pages::Copied, self.script.scenario.topology.transfer(bytes))
        };
        let here = &self.volumes[source.index()];
        let (log, archive) = (here.log.clone(), here.archive.clone());
        let tails: Vec<_> = log.groups().map(|group| log.last_at(group, at)).collect();
        let volume = self.next_volume();
        let topology = &self.script.scenario.topology;
        let node = |(id, node): (NodeId, &StorageNode)| {
            let stream = gossip_stream(self.script.seed, volume, id, topology);
            node.for_clone(&tails, stream, &log)
        };
        let nodes = (0..).map(NodeId).zip(&here.nodes).map(node).collect();
        let epoch = here.last_epoch.next();
        let beginning = Beginning {
            origin: self.origin_of(source, at, pages),
            log,
            nodes,
            archive,
            epoch,
            asked_at,
        };
        let cloned = What::Cloned {
            source,
            at,
            copying,
        };
        self.begin(beginning, cloned, copying, trace, effects);
    }

    /// The number of the volume that comes to be next, if there is room for it.
    pub(super) fn next_volume(&self) -> VolumeId {
        let next = self.volume_ids().last().and_then(VolumeId::next);
        next.expect("there is room for it")
    }

    pub(super) fn origin_of(&self, source: VolumeId, at: Lsn, pages: Pages) -> Origin {
        let of = self.volumes[source.index()].pages;
        let blocks = self.block_of(of - 1) + 1;
        let changed = vec![Changed::default(); blocks];
        Origin {
            source,
            at,
            pages,
            of,
            changed,
        }
    }

    /// Adds a volume. Its first writer goes to work when its pages have been copied.
    pub(super) fn begin(
        &mut self,
        beginning: Beginning,
        line: What,
        copying: Span,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let Beginning {
            origin,
            log,
            nodes,
            archive,
            epoch,
            asked_at,
        } = beginning;
        if !origin.shares() {
            self.held += origin.of;
        }
        let volume = self.next_volume();
        let source = &self.volumes[origin.source.index()];
        let (config, members) = (Rc::clone(&source.config), Rc::clone(&source.members));
        self.volumes.push(Volume {
            nodes,
            archive,
            seats: vec![Seat {
                writer: Writer::after_a_crash(&config, epoch, Rc::clone(&members)),
                state: SeatState::Up,
                since: self.now,
                asked_at,
            }],
            config,
            members,
            last_epoch: epoch,
            parked: VecDeque::new(),
            source: Source::new(self.script.seed, volume, self.now),
            workload_ended: false,
            tally: Tally::default(),
            clones_asked: 0,
            deleted: None,
            counted: origin.at,
            forgets_at: source.forgets_at,
            pages: origin.of,
            origin: Some(origin),
            log,
        });
        let order = self.script.scenario.latency.order;
        self.hardware.connect(self.script.seed, volume, order);
        let cause = self.line(volume, 0, line, trace);
        self.begin_gossip(volume);
        self.begin_work(volume, cause);
        if copying == Span::ZERO {
            self.writer_handles((volume, epoch), WriterInput::Recover, cause, trace, effects);
        } else {
            self.push(self.now + copying, volume, cause, Due::Begin(epoch));
        }
    }

    /// Whether a client of the volume can write to this page.
    pub(super) fn ask_for_write(&self, volume: VolumeId, page: u32) -> Option<What> {
        let here = self.volumes.get(volume.index())?;
        let can = here.deleted.is_none() && u64::from(page) < here.pages;
        can.then_some(What::WriteAsked { page })
    }

    /// Gives a volume up. Its pages go, but for those that others share.
    pub(super) fn delete_volume(&mut self, volume: VolumeId) -> Option<What> {
        let now = self.now;
        let here = self.volumes.get_mut(volume.index())?;
        if here.deleted.is_some() {
            return None;
        }
        here.deleted = Some(now);
        let freed = self.pages_alone(volume, 0..self.volumes[volume.index()].pages);
        self.held -= freed;
        Some(What::VolumeDeleted { freed })
    }

    /// Of these pages of a volume those that no other one shares.
    fn pages_alone(&self, volume: VolumeId, pages: Range<u64>) -> u64 {
        let page = |page| PageId(u32::try_from(page).expect("pages are numbered in 32 bits"));
        let alone = |page: &PageId| !self.is_shared(volume, *page, self.version(volume, *page));
        pages.map(page).filter(alone).count() as u64
    }

    /// Counts the pages of groups that were added.
    pub(super) fn count_added_pages(&mut self, volume: VolumeId) {
        let here = self.volume_mut(volume);
        let now = here.log.pages();
        let before = std::mem::replace(&mut here.pages, now);
        self.held += self.pages_alone(volume, before..now);
    }

    /// Counts the pages that became versions of their own with what is durable now.
    pub(super) fn count_versions(&mut self, volume: VolumeId, vdl: Lsn) {
        let before = std::mem::replace(&mut self.volume_mut(volume).counted, vdl);
        if self.volumes.len() == 1 {
            return;
        }
        let here = &self.volumes[volume.index()];
        let mut changes = Vec::new();
        let mut at = vdl;
        while at > before {
            let entry = here.log.get(at).expect("what is durable is in the log");
            changes.push((entry.change.page, entry.prev_of_page));
            at = entry.prev_in_volume;
        }
        for (page, before) in changes {
            self.count_version(volume, page, before);
        }
    }

    /// A volume changed a page of which it had the version `before`.
    fn count_version(&mut self, volume: VolumeId, page: PageId, before: Lsn) {
        let version = self.owned(volume, before);
        self.held += u64::from(self.is_shared(volume, page, version));
        let block = self.block_of(page.0.into());
        for clone in self.volume_ids() {
            let Some(&Origin { source, at, of, .. }) = self.origin(clone) else {
                continue;
            };
            let other = match volume {
                _ if volume == clone => source,
                _ if volume == source => clone,
                _ => continue,
            };
            if before > at || u64::from(page.0) >= of {
                continue;
            }
            let both = self.last_version(other, page) > at;
            let origin = &mut self.volume_mut(clone).origin;
            let changed = &mut origin.as_mut().expect("it has one").changed[block];
            if volume == clone {
                changed.here += 1;
            } else {
                changed.there += 1;
            }
            changed.both += u64::from(both);
        }
    }

    /// The block in which a page is counted.
    fn block_of(&self, page: u64) -> usize {
        let block = page / self.pages_in_block();
        usize::try_from(block).expect("there are few blocks")
    }

    /// How many neighbouring pages are counted together. A volume that grows gets more blocks.
    pub fn pages_in_block(&self) -> u64 {
        self.script.pages().div_ceil(BLOCKS_MAX).max(1)
    }

    fn origin(&self, volume: VolumeId) -> Option<&Origin> {
        self.volumes[volume.index()].origin.as_ref()
    }

    /// The last durable change of a page.
    fn last_version(&self, volume: VolumeId, page: PageId) -> Lsn {
        let here = &self.volumes[volume.index()];
        here.log.last_of_page(page, here.counted)
    }

    /// The version of a page that a volume sees: who wrote it, and with which record.
    pub(super) fn version(&self, volume: VolumeId, page: PageId) -> (VolumeId, Lsn) {
        self.owned(volume, self.last_version(volume, page))
    }

    /// Who wrote the version of a page that a volume knows by this LSN.
    fn owned(&self, mut volume: VolumeId, lsn: Lsn) -> (VolumeId, Lsn) {
        while let Some(origin) = self.origin(volume)
            && origin.shares()
            && lsn <= origin.at
        {
            volume = origin.source;
        }
        (volume, lsn)
    }

    /// Whether another volume sees this version of a page.
    fn is_shared(&self, volume: VolumeId, page: PageId, version: (VolumeId, Lsn)) -> bool {
        let has = |other: VolumeId| {
            let other = &self.volumes[other.index()];
            other.deleted.is_none() && u64::from(page.0) < other.pages
        };
        self.volume_ids()
            .filter(|other| *other != volume)
            .any(|other| has(other) && self.version(other, page) == version)
    }

    /// Pages of the first volume, whether or not anyone wrote to them.
    pub fn pages(&self) -> u64 {
        self.first().pages()
    }

    /// Page versions that all volumes together store: as few as there are different ones.
    pub const fn pages_held(&self) -> u64 {
        self.held
    }
}
