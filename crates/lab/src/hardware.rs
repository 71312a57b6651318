//! Machines and wires: what takes time, and what can break.

use engine_quorum::{Address, Epoch, NodeId, NodeInput, Read, Write};

use protocol::{Az, Node, VolumeId};
use sim::{Class, Disk, Link, Order, SimTime, Span, Stream};

use crate::scenario::{Latency, Topology};
use crate::world::stream_name;

/// All machines and wires of a world.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Hardware {
    places: Places,
    /// Since when each zone has no power.
    zones_down: Vec<Option<SimTime>>,
    machines: Vec<Machine>,
    /// The connections of each volume, from each place to each other: the writer first, then the
    /// nodes, then object storage.
    wires: Vec<Vec<Wire>>,
    /// Between a writer and the metadata service, both ways.
    metadata: [Link; 2],
}

/// The machine of a storage node.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Machine {
    pub(crate) az: Az,
    pub(crate) disk: Disk<(VolumeId, u64, DiskWork)>,
    /// Since when it is broken, apart from its zone's power.
    pub(crate) broken: Option<SimTime>,
    /// How often it went down. What it had started before that never finishes.
    pub(crate) incarnation: u32,
    /// Added to each write and each read.
    pub(crate) slow: Span,
    /// Messages from the writer that will be lost.
    pub(crate) drops: u32,
}

/// One direction between two places of a volume.
#[derive(Clone, Debug, Hash)]
struct Wire {
    distance: Distance,
    link: Link,
}

#[derive(Clone, Copy, Debug, Hash)]
enum Distance {
    InAz,
    CrossAz,
    ToArchive,
}

/// What a disk works on.
#[derive(Clone, Debug, Hash)]
pub(crate) enum DiskWork {
    Write(Write),
    Load(Box<Read>),
}

impl DiskWork {
    /// Whether somebody waits for it. Somebody waits for every read.
    pub(crate) const fn class(&self) -> Class {
        match self {
            Self::Write(write) => write.class(),
            Self::Load(_) => Class::Foreground,
        }
    }
}

/// What a node hears when it is done.
impl From<DiskWork> for NodeInput {
    fn from(done: DiskWork) -> Self {
        match done {
            DiskWork::Write(write) => Self::Written(write),
            DiskWork::Load(read) => Self::Loaded(read),
        }
    }
}

impl Hardware {
    pub(crate) fn new(seed: u64, topology: &Topology, latency: &Latency) -> Self {
        let places = topology.places();
        let nodes: Vec<_> = places.machines().collect();
        let name = |node: NodeId| places.name(node).to_string();
        let machine = |node: &NodeId| Machine {
            az: places.name(*node).az(),
            disk: Disk::new(
                latency.disk_depth,
                Stream::new(seed, &format!("disk {}", name(*node))),
                Stream::new(seed, &format!("upkeep {}", name(*node))),
            ),
            broken: None,
            incarnation: 0,
            slow: Span::ZERO,
            drops: 0,
        };
        Self {
            places,
            zones_down: vec![None; topology.azs.into()],
            machines: nodes.iter().map(machine).collect(),
            wires: Vec::new(),
            metadata: ["to", "from"].map(|way| {
                Link::new(
                    latency.order,
                    Stream::new(seed, &format!("link {way} metadata")),
                )
            }),
        }
    }

    /// Connects the places of the next volume.
    pub(crate) fn connect(&mut self, seed: u64, volume: VolumeId, order: Order) {
        assert!(volume.index() == self.wires.len(), "volumes come in order");
        let names = self.places.machines();
        let names = names.map(|node| self.places.name(node).to_string());
        let archive = std::iter::once("archive".to_owned());
        let places: Vec<_> = std::iter::once("writer".to_owned())
            .chain(names)
            .chain(archive)
            .collect();
        // The writer lives in zone a, object storage in none.
        let zones = self.machines.iter().map(|machine| Some(machine.az));
        let zones: Vec<_> = std::iter::once(Az::new(0))
            .chain(zones)
            .chain([None])
            .collect();
        let mut wires = Vec::with_capacity(places.len() * places.len());
        let mut name = String::new();
        let prefix = stream_name(volume, "link");
        let places = || places.iter().zip(&zones);
        for ((from, from_az), (to, to_az)) in
            places().flat_map(|from| places().map(move |to| (from, to)))
        {
            // A volume has many wires, and begins fast: one buffer is enough for all their names.
            name.clear();
            for part in [&prefix, " ", from, " ", to] {
                name.push_str(part);
            }
            let distance = match (from_az, to_az) {
                (Some(from), Some(to)) if from == to => Distance::InAz,
                (Some(_), Some(_)) => Distance::CrossAz,
                (None, _) | (_, None) => Distance::ToArchive,
            };
            let link = Link::new(order, Stream::new(seed, &name));
            wires.push(Wire { distance, link });
        }
        self.wires.push(wires);
    }

    pub(crate) fn machine(&self, node: NodeId) -> &Machine {
        &self.machines[node.index()]
    }

    pub(crate) fn machine_mut(&mut self, node: NodeId) -> &mut Machine {
        &mut self.machines[node.index()]
    }

    /// What waits for a disk, with the volume that it is for and the line that caused it.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &(VolumeId, u64, DiskWork)> {
        let disks = self.machines.iter().map(|machine| &machine.disk);
        disks.flat_map(Disk::waiting_work)
    }

    /// Since when the zone has no power.
    pub(crate) fn zone_down(&self, az: Az) -> Option<SimTime> {
        self.zones_down[usize::from(az.index())]
    }

    pub(crate) fn set_zone_down(&mut self, az: Az, since: Option<SimTime>) {
        self.zones_down[usize::from(az.index())] = since;
    }

    /// Since when the node does not work, for whatever reason.
    pub(crate) fn down_since(&self, node: NodeId) -> Option<SimTime> {
        let machine = self.machine(node);
        match (machine.broken, self.zone_down(machine.az)) {
            (Some(own), Some(zone)) => Some(own.min(zone)),
            (own, zone) => own.or(zone),
        }
    }

    /// When a message of a volume that leaves `now` arrives.
    pub(crate) fn arrival(
        &mut self,
        now: SimTime,
        volume: VolumeId,
        (from, to): (Address, Address),
        latency: &Latency,
    ) -> SimTime {
        let place = |address: Address| match address {
            Address::Writer(_) => 0,
            Address::Node(node) => node.index() + 1,
            Address::Archive => self.machines.len() + 1,
        };
        let places = self.machines.len() + 2;
        let wire = &mut self.wires[volume.index()][place(from) * places + place(to)];
        let delay = match wire.distance {
            Distance::InAz => &latency.in_az,
            Distance::CrossAz => &latency.cross_az,
            Distance::ToArchive => &latency.archive,
        };
        wire.link.arrival(now, delay)
    }

    /// When the metadata service has answered. It stands in the writer's zone and never fails.
    pub(crate) fn metadata_round_trip(&mut self, now: SimTime, latency: &Latency) -> SimTime {
        let asked = self.metadata[0].arrival(now, &latency.in_az);
        self.metadata[1].arrival(asked, &latency.in_az)
    }

    /// When object storage has answered someone who asks about a volume, from where its writers live.
    pub(crate) fn archive_round_trip(
        &mut self,
        now: SimTime,
        volume: VolumeId,
        latency: &Latency,
    ) -> SimTime {
        let (here, archive) = (Address::Writer(Epoch::FIRST), Address::Archive);
        let asked = self.arrival(now, volume, (here, archive), latency);
        self.arrival(asked, volume, (archive, here), latency)
    }
}

/// Where the machines stand: so many nodes in each zone, numbered through all zones, and behind them
/// one spare for each zone.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) struct Places {
    pub(crate) azs: u8,
    pub(crate) per_az: u8,
}

impl Places {
    /// All machines, the spares last.
    pub(crate) fn machines(self) -> impl Iterator<Item = NodeId> {
        (0..self.count()).map(NodeId)
    }

    /// How many machines there are.
    pub(crate) const fn count(self) -> u8 {
        self.azs * (self.per_az + 1)
    }

    /// The machines of a zone, the spare last.
    pub(crate) fn of_zone(self, az: Az) -> impl Iterator<Item = NodeId> {
        self.machines()
            .filter(move |node| self.name(*node).az() == az)
    }

    /// The name of a machine.
    pub(crate) fn name(self, node: NodeId) -> Node {
        let spare = node.0.checked_sub(self.azs * self.per_az);
        let (az, ordinal) = match spare {
            None => (node.0 / self.per_az, node.0 % self.per_az + 1),
            Some(az) => (az, self.per_az + 1),
        };
        let az = Az::new(az).expect("the topology has three zones at most");
        Node::new(az, ordinal).expect("and three nodes and a spare in each")
    }

    /// The number of a machine.
    pub(crate) const fn id(self, node: Node) -> NodeId {
        NodeId(if node.ordinal() > self.per_az {
            self.azs * self.per_az + node.az().index()
        } else {
            node.az().index() * self.per_az + node.ordinal() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_has_a_name_of_its_own() {
        for (azs, per_az) in [(1, 1), (3, 2), (3, 3), (2, 3)] {
            let places = Places { azs, per_az };
            for node in places.machines() {
                assert_eq!(places.id(places.name(node)), node);
            }
        }
        let names = |az| Places { azs: 3, per_az: 2 }.of_zone(az).map(|node| node.0);
        assert!(names(Az::new(2).unwrap()).eq([4, 5, 8]));
    }
}
