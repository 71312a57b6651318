//! Frames made by hand, to look at and to test with: the moment that a zone is down while writes go
//! on, and what may be asked of a picture beyond it.

mod charts;
mod servers;

use protocol::{
    Archive, Az, Bracket, Card, CardCell, Clients, Columns, Counters, Engine, EventLine, Flight,
    FlightKind, Frame, Gap, Happening, Invariant, LabSetup, Latency, MachineView, Mark,
    MembersView, Memory, Missing, MissingWhy, MtrLabel, Node, NodeState, NodeView, Obstacle, Part,
    Place, RecentCell, RecoveryStep, RestoreHere, RunState, SeekTo, SegmentView, Tape, Timeline,
    Verb, VolumeId, VolumeState, VolumeView, Wait, Wish, WorkloadSetup, WriterState, WriterView,
    ZoneSetup, ZoneView,
};

pub(crate) use charts::charts;
pub(crate) use servers::servers;

const NOW: u64 = 2_004_117_000;

/// Zone `letter`.
pub(crate) fn az(letter: char) -> Az {
    letter.to_string().parse().expect("a zone's letter")
}

/// A node by its name.
pub(crate) fn node(name: &str) -> Node {
    name.parse().expect("a node's name")
}

/// A topology of this many zones with this many nodes each.
pub(crate) fn setup(zones: u8, nodes: u8, groups: u32) -> LabSetup {
    let copies = u32::from(zones) * u32::from(nodes);
    LabSetup {
        model: protocol::MODEL,
        name: "sample".to_owned(),
        text: "name = \"sample\"".to_owned(),
        seed: "000000000000002a".to_owned(),
        weight: "exact".to_owned(),
        engine: Engine::Quorum,
        zones: (0..zones)
            .filter_map(Az::new)
            .map(|az| ZoneSetup {
                az,
                away_ns: if az.index() == 0 { 100_000 } else { 400_000 },
                nodes: (1..=nodes).filter_map(|n| Node::new(az, n)).collect(),
            })
            .collect(),
        groups,
        write_quorum: copies * 2 / 3,
        read_quorum: copies / 2,
        lal: 10_000_000,
        workload: WorkloadSetup::ClosedLoop { clients: 64 },
        page_bytes: 8192,
        stop_ns: Some(3_000_000_000),
    }
}

fn view(node: Node, scl: u64, recent: &[RecentCell]) -> NodeView {
    NodeView {
        node,
        state: NodeState::Up,
        slow_ms: 0,
        drops_left: 0,
        writes_queued: 3,
        writes_active: 2,
        damaged: None,
        mended: None,
        is_behind: false,
        segment: SegmentView {
            scl,
            acked_scl: scl,
            recent: recent.to_vec(),
            gap: None,
            asks: None,
            hot_log_records: 10_312,
            hot_log_bytes: 1_300_000,
            pages: 0,
            versions: 0,
            first_page: None,
            to_coalesce: 12,
            archived: 0,
        },
    }
}

/// The spare of a zone.
fn spare(zone: &ZoneSetup) -> Node {
    let ordinal = u8::try_from(zone.nodes.len() + 1).expect("few nodes");
    Node::new(zone.az, ordinal).expect("a zone has room for a spare")
}

/// Every node is a member, and the spares wait.
fn members(setup: &LabSetup) -> MembersView {
    let machine = |node, part| MachineView {
        node,
        part,
        full: true,
        wish: Wish {
            verb: Verb::Replace(node),
            why_not: (part == Part::Spare).then_some(Obstacle::NoMember),
        },
    };
    let of_zone = |zone: &ZoneSetup| {
        let nodes = zone.nodes.iter().map(|node| machine(*node, Part::Member));
        nodes
            .chain([machine(spare(zone), Part::Spare)])
            .collect::<Vec<_>>()
    };
    MembersView {
        epoch: 1,
        geometry: 1,
        machines: setup.zones.iter().flat_map(of_zone).collect(),
    }
}

/// The last node of the first zone is suspected, and the spare copies its segments; zone b is left
/// out; pages are damaged and mended; much is to be coalesced; object storage has much.
pub(crate) fn kept_up(setup: &LabSetup) -> Frame {
    let mut frame = quiet(setup);
    frame.members.epoch = 12;
    let first = &frame.zones[0];
    let suspect = first.nodes.last().expect("a zone has a node").node;
    let newcomer = first.beside.node;
    for machine in &mut frame.members.machines {
        if machine.node == suspect {
            machine.part = Part::Suspect;
            machine.wish.verb = Verb::Restore(suspect);
        } else if machine.node == newcomer {
            machine.part = Part::Newcomer { percent: 42 };
        } else if machine.node.az() == az('b') && machine.part == Part::Member {
            machine.part = Part::LeftOut;
        }
    }
    for (n, view) in frame
        .zones
        .iter_mut()
        .flat_map(|z| &mut z.nodes)
        .enumerate()
    {
        view.segment.pages = 123_456;
        view.segment.to_coalesce = 10_312;
        view.damaged = (n % 3 == 0).then_some(99_999_999);
        view.is_behind = n % 3 == 1;
        view.mended = (n % 3 == 2).then_some((4_711, NOW - 50_000_000));
    }
    frame.archive = Archive {
        complete: 123_456_789,
        bytes: 987_654_321,
        versions: 1_234_567,
    };
    let node = frame.zones[0].nodes[0].node.into_place();
    frame.flights = vec![
        flight(node, Place::Archive, 0.4, FlightKind::BackUp),
        flight(Place::Archive, node, 0.7, FlightKind::BackedUp),
        flight(newcomer.into_place(), node, 0.5, FlightKind::GossipAsk),
        flight(node, newcomer.into_place(), 0.5, FlightKind::GossipGive),
        flight(
            Place::Writer,
            newcomer.into_place(),
            0.5,
            FlightKind::Boxcar,
        ),
        flight(Place::Writer, node, 0.2, FlightKind::Rest),
        flight(newcomer.into_place(), node, 0.3, FlightKind::PageAsk),
        flight(node, newcomer.into_place(), 0.8, FlightKind::PageGive),
    ];
    frame
}

/// A node was replaced: the spare stands in its place, and it stands beside.
pub(crate) fn replaced(setup: &LabSetup) -> Frame {
    let mut frame = kept_up(setup);
    frame.members = members(setup);
    frame.members.epoch = 3;
    let zone = &mut frame.zones[0];
    let last = zone.nodes.last_mut().expect("a zone has a node");
    std::mem::swap(&mut last.node, &mut zone.beside.node);
    let swapped = [last.node, zone.beside.node];
    for machine in &mut frame.members.machines {
        if machine.node == swapped[0] {
            machine.part = Part::Member;
        } else if machine.node == swapped[1] {
            machine.part = Part::Spare;
        }
    }
    zone.beside.state = NodeState::Down {
        since_ns: 2_003_000_000,
        with_zone: false,
    };
    frame
}

/// Zone b has no power, c2 lacks record 1,043 and asks a1 for it, commits go on.
pub(crate) fn zone_down(setup: &LabSetup) -> Frame {
    let mut frame = quiet(setup);
    for zone in &mut frame.zones {
        if zone.az == az('b') {
            zone.down_since_ns = Some(2_000_000_000);
            for view in &mut zone.nodes {
                view.state = NodeState::Down {
                    since_ns: 2_000_000_000,
                    with_zone: true,
                };
                view.segment.scl = 1037;
                view.segment.recent[13..].fill(RecentCell::Absent);
            }
        }
        for view in &mut zone.nodes {
            if view.node == node("c2") {
                view.segment.recent[17] = RecentCell::Absent;
                view.segment.recent.push(RecentCell::Received);
                view.segment.recent.push(RecentCell::Absent);
                view.segment.gap = Some(Gap {
                    after: 1042,
                    until: 1043,
                    records: Some(1),
                });
                view.segment.asks = Some(node("a1"));
            } else {
                view.segment
                    .recent
                    .extend([RecentCell::Absent, RecentCell::Absent]);
            }
            if view.node == node("a2") {
                view.slow_ms = 20;
            }
        }
    }
    for card in &mut frame.tape.cards {
        for (&node, cell) in setup
            .zones
            .iter()
            .flat_map(|zone| &zone.nodes)
            .zip(&mut card.cells)
        {
            *cell = match (card.lsn, node.az().letter()) {
                (..=1037, _) | (1038..=1042, 'a' | 'c') => CardCell::Acked,
                (1043, 'a') => CardCell::Stored,
                (1044, 'c') => CardCell::Received,
                (1043.., 'a' | 'c') => CardCell::Sent,
                _ => CardCell::Absent,
            };
        }
        let acked = card.cells.iter().filter(|&&cell| cell == CardCell::Acked);
        card.acked = u32::try_from(acked.count()).expect("a card has at most nine cells");
        card.durable = card.lsn <= 1042;
    }
    let writer =
        |to: &str, share: f64, kind| flight(Place::Writer, node(to).into_place(), share, kind);
    let back = |from: &str, share: f64| {
        flight(
            node(from).into_place(),
            Place::Writer,
            share,
            FlightKind::Ack,
        )
    };
    frame.flights = vec![
        writer("a1", 0.62, FlightKind::Boxcar),
        writer("a2", 0.48, FlightKind::Boxcar),
        writer("c1", 0.55, FlightKind::Boxcar),
        writer("c2", 0.34, FlightKind::Boxcar),
        back("c1", 0.8),
        back("a1", 0.4),
        flight(
            node("c2").into_place(),
            node("a1").into_place(),
            0.35,
            FlightKind::GossipAsk,
        ),
    ]
    .into_iter()
    .filter(|flight| exists(setup, flight.from) && exists(setup, flight.to))
    .collect();
    frame.timeline.marks = vec![
        Mark {
            at_ns: 1_200_000_000,
            verb: Verb::Slow {
                node: node("a2"),
                ms: 20,
            },
            edit: false,
        },
        Mark {
            at_ns: 2_000_000_000,
            verb: Verb::AzDown(az('b')),
            edit: true,
        },
    ];
    frame
}

/// One node more is down: commits wait, and no waiting will help.
pub(crate) fn stopped(setup: &LabSetup) -> Frame {
    let mut frame = zone_down(setup);
    for view in frame.zones.iter_mut().flat_map(|zone| &mut zone.nodes) {
        if view.node == node("c2") {
            view.state = NodeState::Down {
                since_ns: 2_004_000_000,
                with_zone: false,
            };
            view.segment.asks = None;
        }
    }
    frame.writer.throttled = 3;
    frame.writer.oldest_wait = Some(Wait {
        txn: 410,
        commit_lsn: 1044,
        asked_ns: 2_004_010_000,
        lsn: 1043,
        group: 0,
        have: 3,
        need: 4,
        missing: vec![
            Missing {
                node: node("b1"),
                why: MissingWhy::Down {
                    since_ns: 2_000_000_000,
                },
            },
            Missing {
                node: node("c2"),
                why: MissingWhy::Lost,
            },
        ],
        stopped: true,
    });
    frame
}

/// The writer crashed: what it sent is still under way, and clients wait for another one.
pub(crate) fn writer_down(setup: &LabSetup) -> Frame {
    let mut frame = zone_down(setup);
    frame.writer.state = WriterState::Down {
        since_ns: 2_003_900_000,
    };
    frame.writer.clients.waiting = 64;
    frame.timeline.marks.push(Mark {
        at_ns: 2_003_900_000,
        verb: Verb::CrashWriter,
        edit: true,
    });
    frame
}

/// Much was done, some of it in quick succession.
pub(crate) fn eventful(setup: &LabSetup) -> Frame {
    let mut frame = writer_down(setup);
    let mark = |at_ns, verb| Mark {
        at_ns,
        verb,
        edit: true,
    };
    frame.timeline.marks.extend([
        mark(2_003_950_000, Verb::Recover),
        mark(2_004_000_000, Verb::NodeDown(node("c1"))),
        mark(2_004_050_000, Verb::NodeDown(node("c2"))),
        mark(2_300_000_000, Verb::AzUp(az('b'))),
        mark(2_310_000_000, Verb::NodeUp(node("c1"))),
    ]);
    frame
}

/// The writer is cut off.
pub(crate) fn writer_cut_off(setup: &LabSetup) -> Frame {
    let mut frame = scattered(setup);
    frame.writer.state = WriterState::CutOff {
        since_ns: 60_608_600_000,
    };
    frame
}

/// A new writer recovers the volume, and an older one lives on.
pub(crate) fn recovering(setup: &LabSetup, epoch: u32, step: RecoveryStep) -> Frame {
    let mut frame = zone_down(setup);
    frame.writer.epoch = epoch;
    frame.writer.state = WriterState::Recovering {
        since_ns: 2_003_900_000,
        step,
    };
    frame.writer.older_cut_off = true;
    frame.writer.pgcl.fill(0);
    frame.writer.clients.waiting = 64;
    let nodes = setup.zones.iter().flat_map(|zone| &zone.nodes);
    let both = nodes.flat_map(|node| {
        let node = node.into_place();
        [
            flight(Place::Writer, node, 0.3, FlightKind::Recovery),
            flight(node, Place::Writer, 0.6, FlightKind::RecoveryAnswer),
        ]
    });
    frame.flights.extend(both);
    frame
}

/// Every copy is somewhere else, much is to be sent, and much of it waits.
pub(crate) fn scattered(setup: &LabSetup) -> Frame {
    let mut frame = zone_down(setup);
    let nodes = frame.zones.iter_mut().flat_map(|zone| &mut zone.nodes);
    for (n, view) in (0..).zip(nodes) {
        view.segment.scl = 1034 + n * 7 % 11;
        view.segment.gap = Some(Gap {
            after: view.segment.scl,
            until: view.segment.scl + 63,
            records: if n == 3 { None } else { Some(43) },
        });
        view.segment.asks = if n == 0 { Some(node("c2")) } else { None };
        view.drops_left = if n == 4 { 12 } else { 0 };
        if n == 1 {
            view.state = NodeState::Down {
                since_ns: 60_608_600_000,
                with_zone: false,
            };
        }
        view.segment.recent = if n == 2 {
            vec![RecentCell::Absent; 18]
        } else {
            view.segment.recent.clone()
        };
    }
    let nodes = setup.zones.iter().flat_map(|zone| &zone.nodes);
    let both = nodes.flat_map(|node| {
        let node = node.into_place();
        [
            flight(Place::Writer, node, 0.3, FlightKind::Boxcar),
            flight(node, Place::Writer, 0.6, FlightKind::Ack),
        ]
    });
    frame.flights.extend(both);
    frame.writer.vcl = 1040;
    frame.writer.vdl = 1038;
    frame.writer.pgcl = vec![1037; setup.groups as usize];
    frame.writer.throttled = 12_400;
    frame.writer.boxcar_records = 10_312;
    frame.writer.clients = Clients {
        total: None,
        waiting: 12_400,
    };
    for card in &mut frame.tape.cards {
        card.durable = card.lsn <= 1037;
        card.bytes = 8_190;
        card.estimated = true;
    }
    frame
}

/// The same frame later in a longer log.
pub(crate) fn shifted(mut frame: Frame, by: u64) -> Frame {
    let writer = &mut frame.writer;
    let points = [&mut writer.next_lsn, &mut writer.vcl, &mut writer.vdl];
    for lsn in points.into_iter().chain(&mut writer.pgcl) {
        *lsn += by;
    }
    for view in frame.zones.iter_mut().flat_map(|zone| &mut zone.nodes) {
        view.segment.scl += by;
        view.segment.hot_log_records += by;
        if let Some(gap) = &mut view.segment.gap {
            gap.after += by;
            gap.until += by;
        }
    }
    frame.recent.iter_mut().for_each(|lsn| *lsn += by);
    for card in &mut frame.tape.cards {
        card.lsn += by;
    }
    for bracket in &mut frame.tape.brackets {
        bracket.first_lsn += by;
        bracket.last_lsn += by;
    }
    frame.tape.first_place += by;
    frame.tape.records += by;
    frame
}

/// Volumes that share this many pages: none, one or several clones, one of a clone, one that is a
/// full copy, one that was restored, some that open, crashed or were given up.
pub(crate) fn cloned(setup: &LabSetup, pages: u64) -> Vec<(&'static str, Frame)> {
    let in_block = pages.div_ceil(96).max(1);
    let blocks = usize::try_from(pages.div_ceil(in_block)).expect("few blocks");
    let volume = |number: u8, state, origin: Option<(u8, u64)>, shares| VolumeView {
        id: VolumeId::new(number - 1).expect("a volume's number"),
        state,
        origin: origin.map(|(of, lsn)| (VolumeId::new(of - 1).expect("a volume's number"), lsn)),
        shares,
        restored: number == 7,
        pages,
        vdl: 123_456_789,
        commits_acked: 1_234_567,
        commits_per_s: 19_998,
        p50_ns: 1_940_000,
        p99_ns: 14_400_000,
        changed: (0..if origin.is_some() { blocks as u64 } else { 0 })
            .map(|n| {
                let here = if n % 3 == 0 { in_block.div_ceil(2) } else { 0 };
                let there = if n % 4 == 0 { in_block } else { 0 };
                [here, there, here.min(there)]
            })
            .collect(),
    };
    let (open, gone) = (VolumeState::Open, VolumeState::Deleted);
    let frame = |volumes: Vec<VolumeView>| Frame {
        volumes,
        pages,
        pages_held: pages + pages / 2,
        pages_in_block: in_block,
        ..quiet(setup)
    };
    let mut begun = volume(2, VolumeState::Opening, Some((1, 0)), true);
    begun.changed.fill([0; 3]);
    begun.commits_acked = 0;
    let several = (2..=32).map(|n| {
        let state = match n {
            9.. => gone,
            3 => VolumeState::Crashed,
            _ => open,
        };
        let source = if n == 4 { 2 } else { 1 };
        volume(n, state, Some((source, 1_234_567)), !(7..=8).contains(&n))
    });
    let first = volume(1, open, None, false);
    vec![
        ("begun", frame(vec![first.clone(), begun])),
        (
            "one clone",
            frame(vec![first.clone(), volume(2, open, Some((1, 1042)), true)]),
        ),
        (
            "source given up",
            frame(vec![
                volume(1, gone, None, false),
                volume(2, open, Some((1, 123_456_789)), true),
            ]),
        ),
        (
            "clone given up",
            frame(vec![first.clone(), volume(2, gone, Some((1, 1042)), true)]),
        ),
        (
            "several",
            frame([first].into_iter().chain(several).collect()),
        ),
    ]
}

/// Every frame, for what must hold in all of them.
pub(crate) fn all(setup: &LabSetup) -> Vec<(&'static str, Frame)> {
    let mut idle = quiet(setup);
    idle.tape.cards.clear();
    idle.tape.brackets.clear();
    for view in idle.zones.iter_mut().flat_map(|zone| &mut zone.nodes) {
        view.segment.recent.clear();
    }
    vec![
        ("idle", idle),
        ("quiet", quiet(setup)),
        ("zone down", zone_down(setup)),
        ("stopped", stopped(setup)),
        ("scattered", scattered(setup)),
        ("kept up", kept_up(setup)),
        ("replaced", replaced(setup)),
        ("kept up later", shifted(kept_up(setup), 45_000_000)),
        ("writer down", writer_down(setup)),
        ("writer cut off", writer_cut_off(setup)),
        ("asking", recovering(setup, 2, RecoveryStep::Fence)),
        ("catching up", recovering(setup, 12, RecoveryStep::CatchUp)),
        ("annulling", recovering(setup, 3, RecoveryStep::Truncate)),
        ("registering", recovering(setup, 2, RecoveryStep::Register)),
        ("late", shifted(zone_down(setup), 765_000)),
        ("later", shifted(scattered(setup), 45_000_000)),
    ]
}

/// Everything is up and nothing is on the way.
pub(crate) fn quiet(setup: &LabSetup) -> Frame {
    let mut recent = vec![RecentCell::Stored; 18];
    recent.extend([RecentCell::Absent, RecentCell::Absent]);
    recent.truncate(18);
    let copies: usize = setup.zones.iter().map(|zone| zone.nodes.len()).sum();
    let cards = (1034..=1044)
        .map(|lsn| Card {
            lsn,
            group: u32::try_from(lsn).unwrap_or(0) % setup.groups,
            page: 7,
            bytes: 128,
            estimated: lsn == 1036,
            cells: vec![CardCell::Acked; copies],
            acked: u32::try_from(copies).expect("at most nine copies"),
            durable: true,
        })
        .collect();
    let bracket = |first_lsn, last_lsn, name: &str, commit| Bracket {
        first_lsn,
        last_lsn,
        label: MtrLabel::Wal {
            name: name.to_owned(),
            commit,
        },
    };
    Frame {
        now_ns: NOW,
        event: 4711,
        cursor: SeekTo::Time(NOW),
        branches: Vec::new(),
        compared: None,
        trace_hash: "9f3c2a4411d0e6b7".to_owned(),
        state_hash: None,
        run: RunState::Going,
        limit: None,
        volumes: Vec::new(),
        servers: None,
        pages: 600,
        pages_held: 600,
        pages_in_block: 7,
        members: members(setup),
        archive: Archive {
            complete: 0,
            bytes: 0,
            versions: 0,
        },
        writer: WriterView {
            epoch: 1,
            state: WriterState::Open,
            older_cut_off: false,
            next_lsn: 1045,
            vcl: 1042,
            vdl: 1042,
            pgcl: vec![1042; setup.groups as usize],
            allocation_limit: 10_001_042,
            throttled: 0,
            boxcar_records: 2,
            clients: Clients {
                total: Some(64),
                waiting: 23,
            },
            oldest_wait: None,
            oldest_read: None,
        },
        zones: setup
            .zones
            .iter()
            .map(|zone| ZoneView {
                az: zone.az,
                down_since_ns: None,
                beside: view(spare(zone), 0, &[]),
                wish: Wish {
                    verb: Verb::DropZone(zone.az),
                    why_not: None,
                },
                nodes: zone
                    .nodes
                    .iter()
                    .map(|&node| view(node, 1042, &recent))
                    .collect(),
            })
            .collect(),
        group: 0,
        recent: (1027..=1044).collect(),
        flights: Vec::new(),
        flights_left_out: 0,
        tape: Tape {
            cards,
            brackets: vec![
                bracket(1034, 1036, "Btree/SPLIT_L", None),
                bracket(1037, 1037, "Heap/INSERT", None),
                bracket(1038, 1038, "Btree/INSERT_LEAF", None),
                bracket(1039, 1041, "Heap/HOT_UPDATE", None),
                bracket(1042, 1042, "Transaction/COMMIT", Some(409)),
                bracket(1043, 1044, "Heap/INSERT", None),
            ],
            first_place: 1034,
            records: 1044,
        },
        counters: Counters {
            commits_asked: 835,
            commits_acked: 812,
            records: 1044,
            record_bytes: 133_632,
            estimated_bytes: 9_216,
            boxcars: 611,
            bytes_to_storage: 801_792,
            ios_to_storage: 3_666,
            lost: 12,
            gossip_filled: 3,
        },
        invariants: [
            "points never decrease",
            "commits are acknowledged in order, and only when durable",
        ]
        .map(|name| Invariant {
            name: name.to_owned(),
            checked: 812,
            failed: 0,
            broken: None,
        })
        .into(),
        latency: Latency {
            count: 812,
            mean_ns: 2.0e6,
            p50_ns: 1_900_000,
            p95_ns: 3_610_000,
            p99_ns: 4_400_000,
            max_ns: 6_100_000,
            bin_ns: 100_000,
        },
        events: vec![EventLine {
            id: 9001,
            event: 4711,
            at_ns: NOW,
            cause: 9000,
            volume: VolumeId::FIRST,
            what: Happening::VdlMoved { vdl: 1042 },
        }],
        timeline: Timeline {
            explored_ns: 2_400_000_000,
            explored_events: 5_600,
            end_ns: None,
            marks: Vec::new(),
            keyframes: 12,
            memory: Memory::default(),
            restore: RestoreHere::Possible,
        },
        columns: Columns {
            latency: (0..80_u32)
                .map(|n| {
                    let x = f64::from(n) / 10.0;
                    let height = 220.0 * (x / 1.6).powi(4) * (-2.1 * x).exp() * 6.0;
                    u32::try_from(plot::whole(height)).expect("a bar's height is small")
                })
                .collect(),
        },
    }
}

trait IntoPlace {
    fn into_place(self) -> Place;
}

impl IntoPlace for Node {
    fn into_place(self) -> Place {
        Place::Node(self)
    }
}

fn exists(setup: &LabSetup, place: Place) -> bool {
    match place {
        Place::Writer | Place::Archive => true,
        Place::Node(node) => setup.zones.iter().any(|zone| zone.nodes.contains(&node)),
    }
}

fn flight(from: Place, to: Place, share: f64, kind: FlightKind) -> Flight {
    let gone = plot::whole(share * 400_000.0);
    Flight {
        id: 4000 + gone,
        from,
        to,
        kind,
        group: 0,
        first_lsn: 1043,
        last_lsn: 1044,
        sent_ns: NOW - gone,
        arrives_ns: NOW - gone + 400_000,
    }
}
