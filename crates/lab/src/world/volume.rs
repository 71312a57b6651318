//! A volume: its log, its writers, its nodes, and what works on it.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use engine_quorum::{
    CacheCounts, Copies, Epoch, GroupId, Image, Log, Membership, NodeId, ObjectStore, Phase,
    ReadConfig, StorageNode, Submission, Writer, WriterConfig,
};
use protocol::VolumeId;
use redo::Lsn;
use sim::{SimTime, Span, Stream};

use super::clones::Origin;
use crate::scenario::{ReadSettings, Scenario, Topology};
use crate::script::Script;
use crate::tally::Tally;
use crate::workload::Source;

/// A volume. Its storage nodes stand on the machines of the world, beside those of other volumes.
#[derive(Clone, Debug)]
pub struct Volume {
    pub(super) log: Log,
    pub(super) config: Rc<WriterConfig>,
    /// Writers by their epochs, the present one last. Older ones crashed, or are cut off, or do not
    /// know yet that they are over.
    pub(super) seats: Vec<Seat>,
    /// The last epoch that the metadata service gave away.
    pub(super) last_epoch: Epoch,
    /// The members that the metadata service knows.
    pub(super) members: Rc<Membership>,
    /// What clients ask for while there is no writer.
    pub(super) parked: VecDeque<Submission>,
    pub(super) nodes: Vec<StorageNode>,
    pub(super) archive: ObjectStore,
    pub(super) source: Source,
    pub(super) workload_ended: bool,
    pub(super) tally: Tally,
    /// Clones of it that were asked for and have not begun.
    pub(super) clones_asked: u32,
    /// Where it comes from. `None`: it began empty.
    pub(super) origin: Option<Origin>,
    /// When it was given up.
    pub(super) deleted: Option<SimTime>,
    /// Its page versions are counted up to this durable point,
    pub(super) counted: Lsn,
    /// and so many pages of it.
    pub(super) pages: u64,
    /// With so many records in its log one looks which of them may be forgotten.
    pub(super) forgets_at: u64,
}

/// A writer, and whether it works.
#[derive(Clone, Debug, Hash)]
pub(super) struct Seat {
    pub(super) writer: Writer,
    pub(super) state: SeatState,
    /// When it came into this state.
    pub(super) since: SimTime,
    /// When it was asked for.
    pub(super) asked_at: SimTime,
}

/// Whether a writer works and can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeatState {
    /// It works.
    Up,
    /// It works, and nothing passes between it and the storage nodes.
    CutOff,
    /// It crashed.
    Crashed,
}

impl Volume {
    /// An empty volume at the start of a run.
    pub(super) fn new(script: &Script) -> Self {
        let (topology, seed) = (&script.scenario.topology, script.seed);
        let storage = &script.scenario.storage;
        let config = WriterConfig {
            groups: topology.protection_groups,
            nodes: topology.machines(),
            members: Rc::new(topology.membership()),
            defects: script.scenario.broken,
            lal: script.lal(),
            boxcar: script.scenario.latency.boxcar,
            resend: Span(topology.gossip.0 * 5),
            reads: (script.scenario.reads).map(|reads| read_config(seed, VolumeId::FIRST, reads)),
        };
        Self {
            nodes: (0..config.nodes)
                .map(NodeId)
                .map(|id| new_node(script, VolumeId::FIRST, &config.members, id))
                .collect(),
            archive: ObjectStore::new(config.nodes, storage.restore_window),
            log: Log::of_pages(config.groups, script.pages()).with_chains(storage.chain_records),
            pages: script.pages(),
            seats: vec![Seat {
                writer: Writer::new(&config),
                state: SeatState::Up,
                since: SimTime::START,
                asked_at: SimTime::START,
            }],
            members: Rc::clone(&config.members),
            config: Rc::new(config),
            last_epoch: Epoch::FIRST,
            parked: VecDeque::new(),
            source: Source::new(seed, VolumeId::FIRST, SimTime::START),
            workload_ended: false,
            tally: Tally::default(),
            clones_asked: 0,
            origin: None,
            deleted: None,
            counted: Lsn::ZERO,
            forgets_at: storage.keep_records + 1,
        }
    }

    /// Where it comes from. `None`: it began empty.
    pub const fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// When it was asked for.
    pub fn begun(&self) -> SimTime {
        self.seats.first().expect("a volume has a writer").asked_at
    }

    /// When it was given up.
    pub const fn deleted(&self) -> Option<SimTime> {
        self.deleted
    }

    /// The log.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Its pages, whether or not anyone wrote to them.
    pub const fn pages(&self) -> u64 {
        self.pages
    }

    /// Whether it can grow by a further group, when everything that was asked for is done.
    pub(super) fn has_room(&self) -> bool {
        let groups = self.config.groups + self.writer().members().groups_added();
        let pages = u64::from(groups + 1) * self.log.pages_per_group();
        groups < Topology::GROUPS_MAX && u32::try_from(pages).is_ok()
    }

    /// The groups.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> + use<> {
        self.log.groups()
    }

    /// The storage nodes.
    pub fn nodes(&self) -> &[StorageNode] {
        &self.nodes
    }

    /// The members that the metadata service knows.
    pub fn members(&self) -> &Membership {
        &self.members
    }

    /// Nodes that take part, or have something on their disks. The others are spares.
    pub fn in_use(&self) -> Copies {
        let nodes = (0..).map(NodeId).zip(&self.nodes);
        let used = nodes.filter(|(_, node)| node.image() != Image::None);
        used.map(|(id, _)| id)
            .collect::<Copies>()
            .or(self.members.everyone())
    }

    /// Its continuous backup.
    pub const fn archive(&self) -> &ObjectStore {
        &self.archive
    }

    /// The sums.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The writer: the newest, if there are several.
    pub fn writer(&self) -> &Writer {
        &self.seat().writer
    }

    /// Whether the writer works, and since when.
    pub fn writer_state(&self) -> (SeatState, SimTime) {
        (self.seat().state, self.seat().since)
    }

    /// Whether a writer that has a successor is cut off, and so does not know of it.
    pub fn older_cut_off(&self) -> bool {
        let mut older = self.seats.iter().rev().skip(1);
        older.any(|seat| seat.state == SeatState::CutOff)
    }

    /// How far any writer has known the volume to be durable. A new one has to find it out.
    pub fn known_durable(&self) -> Lsn {
        let vdls = self.seats.iter().map(|seat| seat.writer.points().vdl());
        vdls.max().unwrap_or(Lsn::ZERO)
    }

    /// What the caches of all its writers were asked for and did.
    pub fn cache_counts(&self) -> CacheCounts {
        let reads = self.seats.iter().filter_map(|seat| seat.writer.reads());
        let counts = reads.map(|reads| reads.cache().counts());
        counts.fold(CacheCounts::default(), |sum, counts| CacheCounts {
            hits: sum.hits + counts.hits,
            misses: sum.misses + counts.misses,
            evictions: sum.evictions + counts.evictions,
        })
    }

    /// Submissions that wait for a writer.
    pub fn parked(&self) -> usize {
        self.parked.len()
    }

    /// Transactions that wait for pages.
    fn waits_for_pages(&self) -> usize {
        self.writer()
            .reads()
            .map_or(0, |reads| reads.parked().len())
    }

    pub(super) fn seat(&self) -> &Seat {
        self.seats.last().expect("a volume has a writer")
    }

    pub(super) fn seat_mut(&mut self) -> &mut Seat {
        self.seats.last_mut().expect("a volume has a writer")
    }

    pub(super) fn seat_of(&mut self, epoch: Epoch) -> Option<&mut Seat> {
        self.seats
            .iter_mut()
            .find(|seat| seat.writer.epoch() == epoch)
    }

    /// Whether commits, mini-transactions or submissions wait in such numbers.
    pub(super) fn is_full(&self, max: usize) -> bool {
        self.parked.len() >= max
            || self.writer().held() >= max
            || self.writer().commits().len() >= max
            || self.waits_for_pages() >= max
    }

    /// Whether a workload that ends has ended, with all of it acknowledged and stored on every node
    /// that is `up`, and the writer knows.
    pub(super) fn is_drained(&self, up: impl Fn(NodeId) -> bool) -> bool {
        if !self.workload_ended {
            return self.deleted.is_some();
        }
        let points = self.writer().points();
        let mut members = self.members.members().iter();
        let quiet = self.members.changes().is_empty()
            && !self.writer().awaits_members()
            && self.clones_asked == 0
            && self.parked.is_empty()
            && matches!(self.writer().phase(), Phase::Open)
            && self.writer().commits().is_empty()
            && self.writer().held() == 0
            && self.waits_for_pages() == 0
            && points.vdl() == self.log.last()
            && members.all(|node| {
                let stored = |group| points.scl(group, node) == self.log.last_in_group(group);
                !up(node) || self.log.groups().all(stored)
            });
        quiet || self.deleted.is_some()
    }
}

/// A machine's part in a volume with these members, with an empty disk.
pub(super) fn new_node(
    script: &Script,
    volume: VolumeId,
    members: &Rc<Membership>,
    id: NodeId,
) -> StorageNode {
    let Scenario {
        topology,
        storage,
        broken,
        ..
    } = &script.scenario;
    let stream = gossip_stream(script.seed, volume, id, topology);
    let (groups, times) = (
        topology.protection_groups,
        (topology.gossip, topology.repair),
    );
    StorageNode::new(id, Rc::clone(members), groups, times, stream)
        .broken(*broken)
        .with_upkeep(storage.upkeep)
}

/// From what a node of a volume draws the peers that it asks.
pub(super) fn gossip_stream(
    seed: u64,
    volume: VolumeId,
    node: NodeId,
    topology: &Topology,
) -> Stream {
    let name = topology.places().name(node);
    Stream::new(seed, &stream_name(volume, &format!("gossip {name}")))
}

/// How the writers of a volume read.
fn read_config(seed: u64, volume: VolumeId, reads: ReadSettings) -> ReadConfig {
    ReadConfig {
        cache_pages: reads.cache_pages,
        hedging: reads.hedging,
        stream: Stream::new(seed, &stream_name(volume, "reads")),
    }
}

/// The name of a random stream, one for each volume.
pub(crate) fn stream_name(volume: VolumeId, name: &str) -> String {
    if volume == VolumeId::FIRST {
        name.to_owned()
    } else {
        format!("{volume} {name}")
    }
}

/// The state that decides what happens next, the same in both weights, and whatever is forgotten.
impl Hash for Volume {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.log.hash(state);
        self.seats.hash(state);
        self.last_epoch.hash(state);
        self.members.hash(state);
        self.parked.hash(state);
        self.nodes.hash(state);
        self.archive.hash(state);
        self.source.hash(state);
        self.workload_ended.hash(state);
        (&self.origin, self.deleted, self.counted, self.pages).hash(state);
        (
            self.tally.commits_asked,
            self.tally.commits_acked,
            self.tally.lost,
        )
            .hash(state);
    }
}
