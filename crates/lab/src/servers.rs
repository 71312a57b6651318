//! The machines of the conventional engine: a primary and its standbys, each with a device, and the
//! wires between them.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

use engine_wal::{
    Effects, Io, IoKind, Phase, Primary, Standby, StandbyId, Storage, Transaction, Wal,
};
use protocol::{Az, VolumeId};
use sim::{Device, Link, Order, SimTime, Span, Stream, Throughput};

use crate::scenario::{Blocks, Conventional, Latency, Scenario};
use crate::tally::ServerTally;
use crate::workload::Source;

/// The servers of the conventional engine, and what works on them.
#[derive(Clone, Debug)]
pub struct Servers {
    pub(crate) wal: Wal,
    pub(crate) primary: PrimaryState,
    /// The machine that the primary runs on, or ran on last.
    pub(crate) home: usize,
    /// Whether nothing passes between the primary and its standbys.
    pub(crate) cut_off: bool,
    pub(crate) standbys: Vec<StandbySeat>,
    /// The first primary's, then that of each standby.
    pub(crate) machines: Vec<Machine>,
    /// From each machine to each other: one connection, on which nothing overtakes.
    wires: Vec<Link>,
    /// Where the first primary's blocks also go.
    mirrors: Vec<Mirror>,
    blocks: Blocks,
    throughput: Throughput,
    /// Writes of the primary that wait for a mirror in a zone without power, each with the line that
    /// caused it.
    pub(crate) stalled: Vec<(Io, u64)>,
    /// What clients ask for while there is no primary.
    pub(crate) parked: VecDeque<Transaction>,
    /// Transactions that the primary has, and that are not answered.
    pub(crate) under_way: u64,
    /// Since when a primary was asked for that is not open yet, and how much it has to replay.
    pub(crate) starting: Option<(SimTime, u64)>,
    pub(crate) source: Source,
    pub(crate) workload_ended: bool,
    /// What a crash leaves of what was being written.
    pub(crate) crashes: Stream,
    /// How long the archive takes.
    archive: Stream,
    pub(crate) tally: ServerTally,
    /// Room for what handling an input causes, and for the lines that its notes become; empty between
    /// two events.
    pub(crate) effects: Effects,
    pub(crate) lines: Vec<u64>,
}

/// Whether there is a primary.
#[derive(Clone, Debug, Hash)]
pub enum PrimaryState {
    /// It works, or replays.
    Up(Box<Primary>),
    /// There is none since this time; this lies on its device.
    Down {
        /// What lies there.
        storage: Box<Storage>,
        /// Since when.
        since: SimTime,
    },
}

/// A standby, and whether it hears from the primary.
#[derive(Clone, Debug, Hash)]
pub(crate) struct StandbySeat {
    /// `None`: it was made the primary, or cannot follow the one that there is.
    pub(crate) standby: Option<Standby>,
    /// Rises when a connection ends: what was under way on an older one never arrives.
    pub(crate) connection: u32,
    /// It asked for one, and the primary has not heard it yet.
    pub(crate) asking: bool,
    /// Whether there is one.
    pub(crate) connected: bool,
    /// The last one ended, and the primary does not know.
    pub(crate) unnoticed: bool,
}

/// The machine of a server.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Machine {
    pub(crate) az: Az,
    device: Device,
    /// Whether it is broken, apart from its zone's power.
    pub(crate) broken: bool,
    /// How often it went down. What it had started before that never finishes.
    pub(crate) incarnation: u32,
    /// Added to each operation of its device.
    pub(crate) slow: Span,
}

/// A further device that the primary's blocks go to.
#[derive(Clone, Debug, Hash)]
struct Mirror {
    az: Az,
    device: Device,
    /// To it, and back.
    wires: [Link; 2],
}

impl StandbySeat {
    /// The connection ends, or the attempt to get one. Says whether there was one.
    pub(crate) const fn hang_up(&mut self) -> bool {
        self.connection += 1;
        self.asking = false;
        std::mem::replace(&mut self.connected, false)
    }
}

impl Servers {
    pub(crate) fn new(seed: u64, scenario: &Scenario) -> Self {
        let Conventional {
            standbys,
            blocks,
            throughput,
            ..
        } = scenario.wal;
        let zone = |place: u8| Az::new(place % scenario.topology.azs).expect("three at most");
        let (a, b) = (zone(0), zone(1));
        let stream = |name: &str| Stream::new(seed, &format!("server {name}"));
        let machine = |place: u8| Machine {
            az: zone(place),
            device: Device::new(stream(&format!("device {place}"))),
            broken: false,
            incarnation: 0,
            slow: Span::ZERO,
        };
        let link = |order, name: &str| Link::new(order, stream(&format!("link {name}")));
        let blocks_pass = scenario.latency.order;
        let zones = match blocks {
            Blocks::Local => Vec::new(),
            Blocks::AtOnce => vec![b, zone(2)],
            Blocks::Mirrored { legs } => {
                let leg = |leg: u8| if leg < legs / 2 { a } else { b };
                (1..legs).map(leg).collect()
            }
        };
        let mirror = |(place, az): (usize, Az)| Mirror {
            az,
            device: Device::new(stream(&format!("mirror {place}"))),
            wires: ["to", "from"].map(|way| link(blocks_pass, &format!("{way} mirror {place}"))),
        };
        let seat = |id| StandbySeat {
            standby: Some(Standby::new(StandbyId(id), &scenario.wal.settings)),
            connection: 0,
            asking: false,
            connected: false,
            unnoticed: false,
        };
        let ways = (0..=standbys).flat_map(|from| (0..=standbys).map(move |to| (from, to)));
        Self {
            wal: Wal::default(),
            primary: PrimaryState::Down {
                storage: Box::default(),
                since: SimTime::START,
            },
            home: 0,
            cut_off: false,
            standbys: (0..standbys).map(seat).collect(),
            machines: (0..=standbys).map(machine).collect(),
            wires: ways
                .map(|(from, to)| link(Order::Fifo, &format!("{from} {to}")))
                .collect(),
            mirrors: zones.into_iter().enumerate().map(mirror).collect(),
            blocks,
            throughput,
            stalled: Vec::new(),
            parked: VecDeque::new(),
            under_way: 0,
            starting: None,
            source: Source::new(seed, VolumeId::FIRST, SimTime::START),
            workload_ended: false,
            crashes: stream("crashes"),
            archive: stream("archive"),
            tally: ServerTally::default(),
            effects: Effects::default(),
            lines: Vec::new(),
        }
    }

    /// The primary. `None`: there is none.
    pub const fn primary(&self) -> Option<&Primary> {
        match &self.primary {
            PrimaryState::Up(primary) => Some(primary),
            PrimaryState::Down { .. } => None,
        }
    }

    /// Since when there is no primary, and what lies on the device of the last one. `None`: there is
    /// one.
    pub const fn down(&self) -> Option<(SimTime, &Storage)> {
        match &self.primary {
            PrimaryState::Up(_) => None,
            PrimaryState::Down { storage, since } => Some((*since, storage)),
        }
    }

    /// A standby. `None`: there never was one of this number, it was made the primary, or it cannot
    /// follow the one that there is.
    pub fn standby(&self, id: StandbyId) -> Option<&Standby> {
        self.standbys.get(id.index())?.standby.as_ref()
    }

    /// The place of a standby, whether or not it is there.
    pub(crate) fn seat(&self, id: u8) -> Option<&StandbySeat> {
        self.standbys.get(usize::from(id))
    }

    /// The machine of a standby.
    pub(crate) fn machine(&self, standby: protocol::Standby) -> Option<&Machine> {
        self.machines.get(machine_of(StandbyId(standby.index())))
    }

    /// The zones that the blocks of the first primary also go to.
    pub(crate) fn mirror_zones(&self) -> impl Iterator<Item = Az> {
        self.mirrors.iter().map(|mirror| mirror.az)
    }

    /// Whether a standby hears from the primary.
    pub fn is_connected(&self, id: StandbyId) -> bool {
        (self.standbys.get(id.index())).is_some_and(|seat| seat.connected)
    }

    /// All WAL that somebody may still need.
    pub const fn wal(&self) -> &Wal {
        &self.wal
    }

    /// The sums.
    pub const fn tally(&self) -> &ServerTally {
        &self.tally
    }

    /// The zone that the primary stands in, or stood in last.
    pub fn home(&self) -> Az {
        self.machines[self.home].az
    }

    /// The zone that a standby stands in.
    pub fn zone_of(&self, id: StandbyId) -> Az {
        self.machines[machine_of(id)].az
    }

    /// What is added to each operation of a standby's device.
    pub fn slowed_by(&self, id: StandbyId) -> Span {
        self.machines[machine_of(id)].slow
    }

    /// Whether a standby's machine is broken, apart from its zone's power.
    pub fn is_broken(&self, id: StandbyId) -> bool {
        self.machines[machine_of(id)].broken
    }

    /// The standby that is, or was last, the primary. `None`: the first primary is.
    pub fn promoted(&self) -> Option<StandbyId> {
        let standby = u8::try_from(self.home).ok()?.checked_sub(1)?;
        Some(StandbyId(standby))
    }

    /// Whether nothing passes between the primary and its standbys.
    pub const fn is_cut_off(&self) -> bool {
        self.cut_off
    }

    /// The zones of the further devices that the primary's blocks go to.
    pub fn mirrors(&self) -> impl Iterator<Item = Az> {
        let mirrored = if self.home == 0 {
            self.mirrors.as_slice()
        } else {
            &[]
        };
        mirrored.iter().map(|mirror| mirror.az)
    }

    /// How long an operation of the primary's device waits for its turn.
    pub fn device_backlog(&self, now: SimTime) -> Span {
        self.machines[self.home].device.backlog(now)
    }

    /// Transactions that were asked for and are not answered.
    pub fn waiting(&self) -> u64 {
        self.under_way + self.parked.len() as u64
    }

    /// Whether so many transactions wait.
    pub(crate) fn is_full(&self, max: usize) -> bool {
        self.parked.len() >= max || self.under_way >= max as u64
    }

    /// Whether a workload that ends has ended, with all of it answered, sent to every standby that is
    /// connected or asks for that, and no checkpoint under way.
    pub(crate) fn is_drained(&self) -> bool {
        let Some(primary) = self.primary() else {
            return false;
        };
        let quiet = self.workload_ended
            && self.waiting() == 0
            && matches!(primary.phase(), Phase::Open)
            && primary.checkpointer().under_way().is_none();
        let connected = self.standbys.iter().filter(|seat| seat.connected);
        let has_all = |seat: &StandbySeat| {
            let report = seat.standby.as_ref().map(Standby::report);
            report.is_none_or(|report| report.replayed == primary.flushed())
        };
        let nobody_asks = self.standbys.iter().all(|seat| !seat.asking);
        quiet && nobody_asks && connected.into_iter().all(has_all)
    }

    /// The machine goes down: its device forgets what it was at.
    pub(crate) fn lose_power(&mut self, machine: usize, now: SimTime) {
        let machine = &mut self.machines[machine];
        machine.incarnation += 1;
        machine.device.lose_power(now);
    }

    /// When what leaves one machine `now` is at another.
    pub(crate) fn arrival(
        &mut self,
        now: SimTime,
        (from, to): (usize, usize),
        latency: &Latency,
    ) -> SimTime {
        let delay = between(self.machines[from].az, self.machines[to].az, latency);
        let count = self.machines.len();
        self.wires[from * count + to].arrival(now, delay)
    }

    /// When an operation of a machine's device that begins `now` is done.
    pub(crate) fn operate(
        &mut self,
        now: SimTime,
        machine: usize,
        io: Io,
        latency: &Latency,
    ) -> SimTime {
        let (throughput, delay) = (self.throughput, &latency.disk);
        let home = &mut self.machines[machine];
        let slow = home.slow;
        let here = home.device.operate(now, io.bytes, throughput, delay) + slow;
        let done = if machine == 0 && is_write(io.kind) {
            self.mirrored(now, here, io.bytes, latency)
        } else {
            here
        };
        match io.kind {
            IoKind::ArchiveSegment { .. } => done + latency.archive.sample(&mut self.archive),
            IoKind::FlushWal { .. }
            | IoKind::ReadPage(_)
            | IoKind::WritePage { .. }
            | IoKind::SyncPages
            | IoKind::WriteControl
            | IoKind::ReadWal { .. } => done,
        }
    }

    /// When a write that began `now` and is on the first device `here` is on all others as well, and
    /// the first one knows.
    fn mirrored(&mut self, now: SimTime, here: SimTime, bytes: u64, latency: &Latency) -> SimTime {
        let throughput = self.throughput;
        let home = self.machines[0].az;
        let write = |mirror: &mut Mirror, from: Az, at: SimTime| {
            let delay = between(from, mirror.az, latency);
            let there = mirror.wires[0].arrival(at, delay);
            mirror
                .device
                .operate(there, bytes, throughput, &latency.disk)
        };
        match self.blocks {
            Blocks::Local => here,
            Blocks::AtOnce => {
                let answered = self.mirrors.iter_mut().map(|mirror| {
                    let done = write(mirror, home, now);
                    let delay = between(mirror.az, home, latency);
                    mirror.wires[1].arrival(done, delay)
                });
                answered.fold(here, SimTime::max)
            }
            Blocks::Mirrored { .. } => {
                let (mut at, mut from) = (here, home);
                for mirror in &mut self.mirrors {
                    at = write(mirror, from, at);
                    from = mirror.az;
                }
                let mut to = self.mirrors.iter().map(|mirror| mirror.az).rev().skip(1);
                let back: Vec<_> = to.by_ref().chain([home]).collect();
                for (mirror, to) in self.mirrors.iter_mut().rev().zip(back) {
                    at = mirror.wires[1].arrival(at, between(mirror.az, to, latency));
                }
                at
            }
        }
    }

    /// Whether a write of the primary cannot be done, because a mirror has no power.
    pub(crate) fn misses_a_mirror(&self, io: IoKind, zone_down: impl Fn(Az) -> bool) -> bool {
        self.home == 0 && is_write(io) && self.mirrors.iter().any(|mirror| zone_down(mirror.az))
    }
}

/// The machine of a standby.
pub(crate) const fn machine_of(id: StandbyId) -> usize {
    id.index() + 1
}

const fn between(from: Az, to: Az, latency: &Latency) -> &sim::Delay {
    if from.index() == to.index() {
        &latency.in_az
    } else {
        &latency.cross_az
    }
}

const fn is_write(kind: IoKind) -> bool {
    match kind {
        IoKind::FlushWal { .. }
        | IoKind::WritePage { .. }
        | IoKind::SyncPages
        | IoKind::WriteControl => true,
        IoKind::ReadPage(_) | IoKind::ReadWal { .. } | IoKind::ArchiveSegment { .. } => false,
    }
}

/// The state that decides what happens next, the same in both weights.
impl Hash for Servers {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.wal.hash(state);
        self.primary.hash(state);
        (self.home, self.cut_off, self.under_way, self.starting).hash(state);
        self.standbys.hash(state);
        self.machines.hash(state);
        self.wires.hash(state);
        self.mirrors.hash(state);
        self.stalled.hash(state);
        self.parked.hash(state);
        self.source.hash(state);
        self.workload_ended.hash(state);
        self.crashes.hash(state);
        self.archive.hash(state);
        (self.tally.commits_asked, self.tally.commits_acked).hash(state);
    }
}
