//! The frame: what the page draws of a moment, read off the world.

mod servers;

use lab::{
    Address, Arrival, Changed, GroupId, Image, Lsn, Message, NodeId, Oltp, Origin, PAGE_BYTES,
    Pages, Phase, Reads, Run, SeatState, SegmentPages, ServerTally, Servers, SimTime,
    UpkeepMessage, Volume, Weight, Workload, World, explain, explain_read,
};
use protocol::{
    Archive, AwaitedPage, Az, Bracket, Card, CardCell, Category, Clients, Columns, Counters,
    Engine, Flight, FlightKind, Frame, Gap, Happening, LabSetup, Latency, MachineView, Mark,
    MembersView, Memory, Missing, MtrLabel, NodeState, NodeView, Part, Place, ReadWait, RecentCell,
    RecoveryStep, RunState, SegmentView, ServerHappening, Tape, Timeline, Verb, View, VolumeId,
    VolumeState, VolumeView, Wait, Wish, WorkloadSetup, WriterState, WriterView, ZoneSetup,
    ZoneView, hex,
};

use crate::convert;
use crate::history::History;
use crate::list::list;

pub use servers::servers;

const FLIGHTS_MAX: usize = 400;
const RECENT: usize = 18;
/// Missing records that are counted.
const GAP_RECORDS_MAX: usize = 200;
const LATENCY_BINS: u64 = 40;

/// What stays the same during a run.
pub(crate) fn setup(world: &World, text: String) -> LabSetup {
    let script = world.script();
    let (scenario, topology) = (&script.scenario, &script.scenario.topology);
    let zones = (0..topology.azs).filter_map(Az::new).map(|az| {
        let delay = if az.index() == 0 {
            &scenario.latency.in_az
        } else {
            &scenario.latency.cross_az
        };
        ZoneSetup {
            az,
            away_ns: delay.median().0,
            nodes: nodes_of(world, az).map(|n| n.1).collect(),
        }
    });
    LabSetup {
        model: protocol::MODEL,
        name: scenario.name.clone(),
        text,
        seed: hex(script.seed),
        weight: match scenario.weight {
            Weight::Exact => "exact".to_owned(),
            Weight::Account => "account".to_owned(),
        },
        engine: match scenario.engine {
            lab::Engine::Quorum => Engine::Quorum,
            lab::Engine::Wal => Engine::Wal,
            lab::Engine::Both => Engine::Both,
        },
        zones: zones.collect(),
        groups: topology.protection_groups.into(),
        write_quorum: topology.write_quorum.into(),
        read_quorum: topology.read_quorum.into(),
        lal: topology.lal,
        workload: match &scenario.workload {
            Workload::Insert { arrival, .. } | Workload::Oltp(Oltp { arrival, .. }) => {
                match *arrival {
                    Arrival::Closed { clients } => WorkloadSetup::ClosedLoop { clients },
                    Arrival::Fixed { rate } | Arrival::Poisson { rate } => {
                        WorkloadSetup::OpenLoop { rate }
                    }
                }
            }
            Workload::WalFile { speed, .. } => WorkloadSetup::Wal { speed: *speed },
        },
        page_bytes: u32::try_from(PAGE_BYTES).expect("a page is small"),
        stop_ns: scenario.stop.at.map(|at| at.0),
    }
}

fn nodes_of(world: &World, az: Az) -> impl Iterator<Item = (NodeId, protocol::Node)> + '_ {
    let nodes = world.script().scenario.topology.nodes();
    (0..nodes)
        .map(NodeId)
        .map(|id| (id, world.name(id)))
        .filter(move |(_, n)| n.az() == az)
}

/// The picture of the moment at which the run stands.
pub(crate) fn picture(history: &History, view: &View, with_state_hash: bool) -> Frame {
    let world = history.world();
    let last = world.groups().last().expect("a volume has a group");
    let group = GroupId(u16::try_from(view.group).unwrap_or(u16::MAX)).min(last);
    let (flights, flights_left_out) = flights(world);
    let recent = recent(world, group);
    let (latency, columns) = latency(world);
    let (explored, explored_events) = history.explored();
    Frame {
        now_ns: history.playhead().0,
        event: world.events(),
        cursor: history.cursor(),
        trace_hash: hex(world.trace_hash()),
        state_hash: with_state_hash.then(|| hex(world.state_hash())),
        run: if history.has_ended() {
            RunState::Ended
        } else {
            RunState::Going
        },
        limit: history.limit(),
        writer: writer(world),
        zones: zones(history, group, &recent),
        members: members(world),
        archive: Archive {
            complete: world.first().archive().complete_to(group).0,
            bytes: world.first().archive().bytes(),
            versions: world.first().archive().versions(),
        },
        group: group.0.into(),
        volumes: volumes(world),
        servers: servers(world),
        pages: world.pages(),
        pages_held: world.pages_held(),
        pages_in_block: world.pages_in_block(),
        recent: recent.iter().map(|lsn| lsn.0).collect(),
        flights,
        flights_left_out,
        tape: tape(world, view),
        counters: counters(world),
        invariants: history.invariants(),
        latency,
        events: list(history, view),
        timeline: Timeline {
            explored_ns: explored.0,
            explored_events,
            end_ns: if history.has_ended() {
                Some(history.playhead().0)
            } else {
                world.script().scenario.stop.at.map(|at| at.0)
            },
            marks: history
                .schedule()
                .deeds()
                .iter()
                .map(|deed| Mark {
                    at_ns: deed.at.0,
                    verb: deed.verb,
                    edit: deed.edit,
                })
                .collect(),
            keyframes: small(history.keyframes()),
            memory: Memory::default(),
            restore: history.restore_here(),
        },
        branches: Vec::new(),
        compared: None,
        columns,
    }
}

/// The volumes, by their numbers; empty while there is only one.
pub fn volumes(world: &World) -> Vec<VolumeView> {
    let volumes = world.volumes();
    if volumes.len() == 1 {
        return Vec::new();
    }
    let ids = (0..).map_while(VolumeId::new);
    let now = world.now();
    ids.zip(volumes).map(|(id, v)| volume(id, v, now)).collect()
}

fn volume(id: VolumeId, volume: &Volume, now: SimTime) -> VolumeView {
    let (origin, tally) = (volume.origin(), volume.tally());
    let until = volume.deleted().unwrap_or(now);
    let lived_ns = until.0.saturating_sub(volume.begun().0);
    let per_s = u128::from(tally.commits_acked) * 1_000_000_000 / u128::from(lived_ns.max(1));
    let state = match (
        volume.deleted(),
        volume.writer_state().0,
        volume.writer().phase(),
    ) {
        (Some(_), _, _) => VolumeState::Deleted,
        (None, SeatState::Crashed, _) => VolumeState::Crashed,
        (None, _, Phase::Recovering(_)) => VolumeState::Opening,
        (None, SeatState::Up | SeatState::CutOff, Phase::Open | Phase::Over) => VolumeState::Open,
    };
    VolumeView {
        id,
        state,
        origin: origin.map(|origin| (origin.source, origin.at.0)),
        shares: origin.is_some_and(Origin::shares),
        restored: origin.is_some_and(|origin| origin.pages == Pages::Restored),
        pages: volume.pages(),
        vdl: volume.writer().points().vdl().0,
        commits_acked: tally.commits_acked,
        commits_per_s: u64::try_from(per_s).unwrap_or(u64::MAX),
        p50_ns: tally.latencies().at(0.5),
        p99_ns: tally.latencies().at(0.99),
        changed: origin.map_or_else(Vec::new, |origin| {
            let block = |changed: &Changed| [changed.here, changed.there, changed.both];
            origin.changed.iter().map(block).collect()
        }),
    }
}

fn writer(world: &World) -> WriterView {
    let (writer, log) = (world.writer(), world.log());
    let points = writer.points();
    let boxed = world
        .groups()
        .filter_map(|group| Some((group, writer.in_boxcar(group, log)?)));
    let (seat, _) = world.writer_state();
    // Nobody waits for what a crashed writer did not answer.
    let (of_writer, explained, read) = if seat == SeatState::Crashed {
        (0, None, None)
    } else {
        // A long reader is no client, and waits for nobody.
        let parked = writer.reads().into_iter().flat_map(Reads::parked);
        let for_pages = parked.filter(|(_, parked)| parked.snapshot.is_none());
        let waiting = writer.commits().len() + writer.held() + for_pages.count();
        (waiting, explain(world), explain_read(world))
    };
    let waiting = of_writer + world.parked();
    let durable = world.known_durable();
    WriterView {
        epoch: writer.epoch().0,
        state: writer_state(world),
        older_cut_off: world.older_cut_off(),
        next_lsn: log.next_lsn().0,
        vcl: points.vcl().max(durable).0,
        vdl: durable.0,
        pgcl: world.groups().map(|group| points.pgcl(group).0).collect(),
        allocation_limit: writer.limit().0,
        throttled: writer.held() as u64,
        boxcar_records: boxed
            .map(|(group, run)| log.parcel(group, run).records)
            .sum(),
        clients: Clients {
            total: world.script().scenario.workload.clients(),
            waiting: small(waiting),
        },
        oldest_wait: explained.map(|explained| wait(world, &explained)),
        oldest_read: read.map(|explained| read_wait(world, &explained)),
    }
}

/// What a commit waits for.
pub(crate) fn wait(world: &World, wait: &lab::Wait) -> Wait {
    let missing = wait.missing.iter().map(|copy| Missing {
        node: world.name(copy.node),
        why: convert::why(copy.reason),
    });
    Wait {
        txn: wait.commit.txn,
        commit_lsn: wait.commit.lsn.0,
        asked_ns: wait.commit.asked_at.0,
        lsn: wait.lsn.0,
        group: wait.group.0.into(),
        have: wait.have,
        need: wait.need,
        missing: missing.collect(),
        stopped: wait.stopped,
    }
}

/// What a transaction waits for before it writes.
pub(crate) fn read_wait(world: &World, wait: &lab::ReadWait) -> ReadWait {
    let pages = wait.pages.iter().map(|awaited| AwaitedPage {
        page: awaited.page.0,
        asked: world.name(awaited.asked),
        asked_ns: awaited.asked_at.0,
    });
    ReadWait {
        txn: wait.txn,
        asked_ns: wait.asked_at.0,
        pages: pages.collect(),
        stopped: wait.stopped,
    }
}

fn writer_state(world: &World) -> WriterState {
    let (state, since) = world.writer_state();
    let since_ns = since.0;
    match (state, world.writer().phase()) {
        (SeatState::Crashed, _) => WriterState::Down { since_ns },
        (SeatState::CutOff, _) => WriterState::CutOff { since_ns },
        (SeatState::Up, Phase::Recovering(recovery)) => WriterState::Recovering {
            since_ns,
            step: match recovery.step() {
                lab::RecoveryStep::Fence => RecoveryStep::Fence,
                lab::RecoveryStep::CatchUp => RecoveryStep::CatchUp,
                lab::RecoveryStep::Truncate => RecoveryStep::Truncate,
                lab::RecoveryStep::Register => RecoveryStep::Register,
            },
        },
        (SeatState::Up, Phase::Open | Phase::Over) => WriterState::Open,
    }
}

/// The newest records of a group, oldest first.
fn recent(world: &World, group: GroupId) -> Vec<Lsn> {
    let (tail, forgotten) = (world.log().last_in_group(group), world.log().forgotten());
    if tail <= forgotten {
        return Vec::new();
    }
    let all = world.log().walk(Run::new(forgotten, tail));
    let mut recent: Vec<_> = all.take(RECENT).map(|(lsn, _)| lsn).collect();
    recent.reverse();
    recent
}

/// The machines of a zone that stand in its places, and the one beside.
///
/// Each machine has the place that it began in, and the spare has none. When it has become a member,
/// it stands where the one stood that is none any more.
fn places(world: &World, az: Az) -> (Vec<NodeId>, NodeId) {
    let mut places: Vec<_> = nodes_of(world, az).map(|(id, _)| id).collect();
    let machines = (0..).map(NodeId).take(world.nodes().len());
    let spare = machines.filter(|id| world.name(*id).az() == az).last();
    let mut beside = spare.expect("each zone has a spare");
    let waits = |id| matches!(part(world, id), Part::Spare | Part::Newcomer { .. });
    let free = places.iter().position(|id| waits(*id));
    if let Some(free) = free.filter(|_| !waits(beside)) {
        std::mem::swap(&mut places[free], &mut beside);
    }
    (places, beside)
}

fn zones(history: &History, group: GroupId, recent: &[Lsn]) -> Vec<ZoneView> {
    let world = history.world();
    let view = |id| node(history, id, group, recent);
    (0..world.script().scenario.topology.azs)
        .filter_map(Az::new)
        .map(|az| {
            let (places, beside) = places(world, az);
            let gone = |id: &NodeId| match part(world, *id) {
                Part::LeftOut => true,
                Part::Suspect => world.first().members().replacing(*id).is_none(),
                Part::Member | Part::Newcomer { .. } | Part::Spare => false,
            };
            ZoneView {
                az,
                down_since_ns: world.zone_down(az).map(|at| at.0),
                wish: wish(
                    world,
                    if places.iter().any(gone) {
                        Verb::AddZone(az)
                    } else {
                        Verb::DropZone(az)
                    },
                ),
                nodes: places.into_iter().map(view).collect(),
                beside: view(beside),
            }
        })
        .collect()
}

fn wish(world: &World, verb: Verb) -> Wish {
    Wish {
        verb,
        why_not: world.obstacle(verb).map(convert::obstacle),
    }
}

/// What a machine is there for.
fn part(world: &World, id: NodeId) -> Part {
    let members = world.first().members();
    if members.suspects().has(id) {
        Part::Suspect
    } else if members.members().has(id) {
        Part::Member
    } else if members.newcomers().has(id) {
        Part::Newcomer {
            percent: match world.nodes()[id.index()].image() {
                Image::None => 0,
                Image::Hydrating { chunks, of } => chunks * 100 / of,
                Image::Whole => 100,
            },
        }
    } else if members.left_out().has(id) {
        Part::LeftOut
    } else {
        Part::Spare
    }
}

/// Every machine, and what it is there for.
fn members(world: &World) -> MembersView {
    let members = world.first().members();
    let machines = (0..).map(NodeId).take(world.nodes().len());
    let mut machines: Vec<_> = machines
        .map(|id| {
            let node = world.name(id);
            let wanted = if members.replacing(id).is_some() {
                Verb::Restore(node)
            } else {
                Verb::Replace(node)
            };
            MachineView {
                node,
                part: part(world, id),
                full: members.is_full(id),
                wish: wish(world, wanted),
            }
        })
        .collect();
    machines.sort_unstable_by_key(|machine| machine.node);
    MembersView {
        epoch: members.epoch().0,
        geometry: members.geometry(),
        machines,
    }
}

fn node(history: &History, id: NodeId, group: GroupId, recent: &[Lsn]) -> NodeView {
    let world = history.world();
    let (queued, active) = world.disk_load(id);
    let segment = world.nodes()[id.index()].segment(group);
    let cell = |lsn: &Lsn| {
        if segment.stored.contains(*lsn) {
            RecentCell::Stored
        } else if segment.received.contains(*lsn) {
            RecentCell::Received
        } else {
            RecentCell::Absent
        }
    };
    NodeView {
        node: world.name(id),
        state: match world.down_since(id) {
            None => NodeState::Up,
            Some(since) => NodeState::Down {
                since_ns: since.0,
                with_zone: !world.is_broken(id),
            },
        },
        slow_ms: u32::try_from(world.slowed_by(id).0 / 1_000_000).unwrap_or(u32::MAX),
        drops_left: world.drops_left(id),
        writes_queued: small(queued),
        writes_active: active,
        damaged: history.damage().of(world, id).map(|page| page.0),
        mended: history.damage().mended(id).map(|(page, at)| (page.0, at.0)),
        is_behind: world.nodes()[id.index()].is_behind(),
        segment: SegmentView {
            scl: segment.scl().0,
            acked_scl: world.writer().points().scl(group, id).0,
            recent: recent.iter().map(cell).collect(),
            gap: segment.received.first_gap().map(|gap| Gap {
                after: gap.prev.0,
                until: gap.last.0,
                records: (gap.prev >= world.log().forgotten())
                    .then_some(gap)
                    .and_then(|gap| {
                        let missing = world.log().walk(gap).take(GAP_RECORDS_MAX + 1).count();
                        (missing <= GAP_RECORDS_MAX).then(|| small(missing))
                    }),
            }),
            asks: world.nodes()[id.index()]
                .asked()
                .map(|peer| world.name(peer)),
            hot_log_records: segment.hot_log().records,
            hot_log_bytes: segment.hot_log().bytes,
            pages: segment.pages.as_ref().map_or(0, SegmentPages::materialised),
            versions: segment.pages.as_ref().map_or(0, SegmentPages::versions),
            first_page: segment
                .pages
                .as_ref()
                .and_then(SegmentPages::first_page)
                .map(|page| page.0),
            to_coalesce: segment
                .pages
                .as_ref()
                .map_or(0, |pages| pages.in_chains().records),
            archived: world.nodes()[id.index()].archived(group).0,
        },
    }
}

fn flights(world: &World) -> (Vec<Flight>, u32) {
    let all = world.in_flight();
    let left_out = small(all.len().saturating_sub(FLIGHTS_MAX));
    let place = |address| match address {
        Address::Writer(_) => Place::Writer,
        Address::Node(node) => Place::Node(world.name(node)),
        Address::Archive => Place::Archive,
    };
    let flight = |flight: &lab::InFlight<'_>| {
        let (kind, group, first, last) = match flight.message {
            Message::Upkeep(message) => upkeep(message),
            Message::Boxcar(boxcar) => (
                FlightKind::Boxcar,
                boxcar.parcel.group.0,
                boxcar.parcel.first,
                boxcar.parcel.run.last,
            ),
            Message::Ack { group, scl, .. } => (FlightKind::Ack, group.0, *scl, *scl),
            Message::GossipAsk { wants, .. } => {
                let want = wants.first();
                let after = want.map_or(Lsn::ZERO, |want| want.after);
                (
                    FlightKind::GossipAsk,
                    want.map_or(0, |want| want.group.0),
                    after,
                    after,
                )
            }
            Message::GossipGive { parcel, .. } => (
                FlightKind::GossipGive,
                parcel.group.0,
                parcel.first,
                parcel.run.last,
            ),
            Message::Read { read, .. } => (FlightKind::Read, read.group.0, read.point, read.point),
            Message::ReadAnswer { read, .. } | Message::ReadRefused { read, .. } => {
                (FlightKind::ReadAnswer, read.group.0, read.point, read.point)
            }
            Message::GossipNone { .. } => (FlightKind::GossipEmpty, 0, Lsn::ZERO, Lsn::ZERO),
            Message::HydrateAsk { .. } => (FlightKind::GossipAsk, 0, Lsn::ZERO, Lsn::ZERO),
            Message::HydrateGive { .. } => (FlightKind::GossipGive, 0, Lsn::ZERO, Lsn::ZERO),
            Message::Fence { .. }
            | Message::CatchUp { .. }
            | Message::Truncate { .. }
            | Message::Members { .. } => (FlightKind::Recovery, 0, Lsn::ZERO, Lsn::ZERO),
            Message::Fenced { .. }
            | Message::Truncated { .. }
            | Message::MembersKnown { .. }
            | Message::Outdated { .. }
            | Message::Hydrated { .. }
            | Message::Refused { .. } => (FlightKind::RecoveryAnswer, 0, Lsn::ZERO, Lsn::ZERO),
        };
        Flight {
            id: flight.id,
            from: place(flight.from),
            to: place(flight.to),
            kind,
            group: group.into(),
            first_lsn: first.0,
            last_lsn: last.0,
            sent_ns: flight.sent_at.0,
            arrives_ns: flight.arrives_at.0,
        }
    };
    (all.iter().take(FLIGHTS_MAX).map(flight).collect(), left_out)
}

/// What a message of upkeep is, with its group and its first and last LSN.
fn upkeep(message: &UpkeepMessage) -> (FlightKind, u16, Lsn, Lsn) {
    match message {
        UpkeepMessage::Rest { group, horizon } => {
            (FlightKind::Rest, group.0, horizon.vdl, horizon.vdl)
        }
        UpkeepMessage::Stage { parcel, .. } => (
            FlightKind::BackUp,
            parcel.group.0,
            parcel.first,
            parcel.run.last,
        ),
        UpkeepMessage::Staged {
            group, complete, ..
        } => (FlightKind::BackedUp, group.0, *complete, *complete),
        UpkeepMessage::SpareAsk { group, lsn, .. } => (FlightKind::PageAsk, group.0, *lsn, *lsn),
        UpkeepMessage::SpareGive { group, lsn, .. } => (FlightKind::PageGive, group.0, *lsn, *lsn),
    }
}

fn tape(world: &World, view: &View) -> Tape {
    let log = world.log();
    let room = u64::from(view.tape_cards.min(200));
    let records = log.count();
    let oldest = log.place_of(log.forgotten()) + 1;
    let newest = (records + 1).saturating_sub(room).max(oldest);
    let durable = log.place_of(world.known_durable());
    let following = (durable + 1)
        .saturating_sub(room * 2 / 3)
        .clamp(oldest, newest);
    let first = view
        .tape_from
        .map_or(following, |from| from.clamp(oldest, newest));
    let until = records.min((first + room).saturating_sub(1));
    let lsns: Vec<_> = (first..=until).filter_map(|place| log.nth(place)).collect();
    let seen = lsns.first().copied().zip(lsns.last().copied());
    let carried: Vec<_> = world
        .in_flight()
        .into_iter()
        .filter_map(|flight| match (flight.to, flight.message.parcel()) {
            (Address::Node(node), Some(parcel)) => Some((node, parcel.group, parcel.run)),
            (Address::Node(_) | Address::Writer(_) | Address::Archive, _) => None,
        })
        .collect();
    let zones = (0..world.script().scenario.topology.azs).filter_map(Az::new);
    let machines: Vec<_> = zones.flat_map(|az| places(world, az).0).collect();
    let cards = lsns
        .iter()
        .filter_map(|lsn| card(world, *lsn, &machines, &carried))
        .collect();
    let mtrs = seen.map(|(first, last)| log.mtrs(first, last));
    let brackets = mtrs.into_iter().flatten().map(|mtr| Bracket {
        first_lsn: mtr.first.0,
        last_lsn: mtr.last.0,
        label: match &world.script().recording {
            Some(recording) => MtrLabel::Wal {
                name: recording
                    .labels
                    .get(usize::from(mtr.label))
                    .cloned()
                    .unwrap_or_default(),
                commit: mtr.commit,
            },
            None => MtrLabel::Insert {
                txn: mtr.commit.unwrap_or(0),
            },
        },
    });
    Tape {
        cards,
        brackets: brackets.collect(),
        first_place: first,
        records,
    }
}

fn card(
    world: &World,
    lsn: Lsn,
    machines: &[NodeId],
    carried: &[(NodeId, GroupId, Run)],
) -> Option<Card> {
    let entry = world.log().get(lsn)?;
    let group = entry.group;
    let in_boxcar = world
        .writer()
        .in_boxcar(group, world.log())
        .is_some_and(|run| run.prev < lsn);
    let points = world.writer().points();
    let cells: Vec<_> = machines
        .iter()
        .map(|&id| {
            let segment = world.nodes()[id.index()].segment(group);
            let on_the_way = || {
                carried.iter().any(|(to, of, run)| {
                    *to == id && *of == group && run.prev < lsn && lsn <= run.last
                })
            };
            if points.scl(group, id) >= lsn {
                CardCell::Acked
            } else if segment.stored.contains(lsn) {
                CardCell::Stored
            } else if segment.received.contains(lsn) {
                CardCell::Received
            } else if in_boxcar || on_the_way() {
                CardCell::Sent
            } else {
                CardCell::Absent
            }
        })
        .collect();
    let members = points.write_rule().members();
    let acked = members.iter().filter(|id| points.scl(group, *id) >= lsn);
    Some(Card {
        lsn: lsn.0,
        group: group.0.into(),
        page: entry.change.page.0,
        bytes: entry.change.bytes,
        estimated: entry.change.estimated,
        acked: small(acked.count()),
        durable: lsn <= points.pgcl(group).max(world.known_durable()),
        cells,
    })
}

/// The sums of the conventional engine where it runs alone: the figures of the page are its own then.
fn alone(world: &World) -> Option<&ServerTally> {
    let has_quorum = world.script().scenario.engine.has_quorum();
    let servers = world.servers().filter(|_| !has_quorum);
    servers.map(Servers::tally)
}

fn counters(world: &World) -> Counters {
    let tally = world.tally();
    let alone = alone(world);
    let filled = world
        .nodes()
        .iter()
        .flat_map(lab::StorageNode::segments)
        .map(|s| s.from_peers)
        .sum();
    Counters {
        commits_asked: alone.map_or(tally.commits_asked, |tally| tally.commits_asked),
        commits_acked: alone.map_or(tally.commits_acked, |tally| tally.commits_acked),
        records: tally.records,
        record_bytes: tally.record_bytes,
        estimated_bytes: tally.estimated_bytes,
        boxcars: tally.boxcars,
        bytes_to_storage: tally.bytes_to_storage,
        ios_to_storage: tally.ios_to_storage,
        lost: tally.lost,
        gossip_filled: filled,
    }
}

fn latency(world: &World) -> (Latency, Columns) {
    let tally = world.tally();
    let took = alone(world).map_or(tally.latencies(), ServerTally::latencies);
    let histogram = took.histogram();
    let at = |quantile| took.at(quantile);
    // A round width that shows all but the longest half percent.
    let width = nice(at(0.995) / (LATENCY_BINS - 1) + 1);
    let mut bins = vec![0_u32; usize::try_from(LATENCY_BINS).expect("few")];
    for value in histogram.iter_recorded() {
        let bin = (value.value_iterated_to() / width).min(LATENCY_BINS - 1);
        let bin = &mut bins[usize::try_from(bin).expect("few")];
        *bin = bin.saturating_add(small64(value.count_at_value()));
    }
    let latency = Latency {
        count: histogram.len(),
        mean_ns: took.mean_ns(),
        p50_ns: at(0.5),
        p95_ns: at(0.95),
        p99_ns: at(0.99),
        max_ns: if histogram.is_empty() {
            0
        } else {
            histogram.max()
        },
        bin_ns: width,
    };
    (latency, Columns { latency: bins })
}

/// The lowest of 1, 2, 5, 10, 20, 50, ... that is at least this.
fn nice(at_least: u64) -> u64 {
    let mut power = 1;
    loop {
        for step in [1, 2, 5] {
            if step * power >= at_least {
                return step * power;
            }
        }
        power *= 10;
    }
}

/// The category that the event list files a happening under.
pub const fn category(what: &Happening) -> Category {
    match what {
        Happening::CommitAsked { .. }
        | Happening::CommitsAsked { .. }
        | Happening::CommitAcked { .. }
        | Happening::CommitsAcked { .. }
        | Happening::Throttled { .. }
        | Happening::Unthrottled { .. }
        | Happening::WorkloadEnded => Category::Commits,
        Happening::PgclMoved { .. } | Happening::VclMoved { .. } | Happening::VdlMoved { .. } => {
            Category::Durability
        }
        Happening::Issued { .. }
        | Happening::RecordsIssued { .. }
        | Happening::BoxcarSent { .. }
        | Happening::BoxcarResent { .. }
        | Happening::Received { .. }
        | Happening::Stored { .. }
        | Happening::Acked { .. }
        | Happening::FoundDown { .. } => Category::Writes,
        Happening::GapFound { .. }
        | Happening::GossipAsked { .. }
        | Happening::GossipGiven { .. }
        | Happening::GossipEmpty { .. } => Category::Gossip,
        Happening::Upkeep { .. } => Category::Upkeep,
        Happening::Server { what } => category_of_server(what),
        Happening::ReadAsked { .. }
        | Happening::ReadAnswered { .. }
        | Happening::ReadRefused { .. }
        | Happening::SnapshotTaken { .. }
        | Happening::SnapshotDone { .. } => Category::Reads,
        Happening::Lost { .. }
        | Happening::PageDamaged { .. }
        | Happening::MessagesLost { .. }
        | Happening::CloneAsked
        | Happening::Cloned { .. }
        | Happening::RestoreAsked { .. }
        | Happening::Restored { .. }
        | Happening::VolumeDeleted { .. }
        | Happening::WriteAsked { .. }
        | Happening::ZoneDown { .. }
        | Happening::ZoneUp { .. }
        | Happening::NodeDown { .. }
        | Happening::NodeUp { .. }
        | Happening::NothingChanged { .. }
        | Happening::Asked { .. }
        | Happening::MembersRegistered { .. }
        | Happening::MembersChanged { .. }
        | Happening::ChangeRefused { .. }
        | Happening::NodeHydrating { .. }
        | Happening::NodeHydrated { .. }
        | Happening::NodeDiscarded { .. }
        | Happening::NodeOutdated { .. }
        | Happening::Slowed { .. }
        | Happening::DropSet { .. }
        | Happening::WriterCrashed
        | Happening::Partitioned { .. }
        | Happening::NewWriter { .. }
        | Happening::RecoveryBegan { .. }
        | Happening::PointsFound { .. }
        | Happening::Truncating { .. }
        | Happening::Opened { .. }
        | Happening::WriterOver { .. }
        | Happening::NodeFenced { .. }
        | Happening::NodeRefused { .. }
        | Happening::NodeTruncated { .. } => Category::Faults,
    }
}

const fn category_of_server(what: &ServerHappening) -> Category {
    match what {
        ServerHappening::CommitAsked { .. }
        | ServerHappening::CommitsAsked { .. }
        | ServerHappening::CommitAcked { .. }
        | ServerHappening::CommitsAcked { .. }
        | ServerHappening::BuffersFull { .. }
        | ServerHappening::TooFewStandbys { .. }
        | ServerHappening::EnoughStandbys => Category::Commits,
        ServerHappening::FlushDone { .. } | ServerHappening::CommitsWait { .. } => {
            Category::Durability
        }
        ServerHappening::FlushBegan { .. }
        | ServerHappening::Shipped { .. }
        | ServerHappening::StandbyFlushes { .. }
        | ServerHappening::StandbyReplayed { .. }
        | ServerHappening::Reported { .. } => Category::Writes,
        ServerHappening::CheckpointBegan { .. }
        | ServerHappening::CheckpointProgress { .. }
        | ServerHappening::CheckpointDone { .. }
        | ServerHappening::CheckpointSkipped
        | ServerHappening::DirtyEvicted { .. }
        | ServerHappening::BackgroundWrites { .. }
        | ServerHappening::SegmentArchived { .. }
        | ServerHappening::Recycled { .. } => Category::Upkeep,
        ServerHappening::PrimaryCrashed { .. }
        | ServerHappening::GhostCommit { .. }
        | ServerHappening::AckedCommitLost { .. }
        | ServerHappening::RecoveryBegan { .. }
        | ServerHappening::RedoBegan { .. }
        | ServerHappening::RedoProgress { .. }
        | ServerHappening::RedoDone { .. }
        | ServerHappening::Opened { .. }
        | ServerHappening::PageDamaged { .. }
        | ServerHappening::PageRestored { .. }
        | ServerHappening::StandbyConnected { .. }
        | ServerHappening::StandbyUnfit { .. }
        | ServerHappening::StandbyLost { .. }
        | ServerHappening::StandbyStreams { .. }
        | ServerHappening::StandbyCrashed { .. }
        | ServerHappening::Promoted { .. }
        | ServerHappening::StandbySlowed { .. } => Category::Faults,
    }
}

/// A count for the page; what it cannot hold becomes the most that it can.
fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn small64(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_have_round_widths() {
        assert_eq!([1, 2, 3, 6, 11, 4000].map(nice), [1, 2, 5, 10, 20, 5000]);
    }
}
