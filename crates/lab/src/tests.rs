mod availability;
mod forget;
mod growth;
mod members;
mod mirrored;
mod reads;
mod servers;
mod upkeep;

use std::rc::Rc;

use engine_quorum::Note;
use protocol::Verb;
use sim::Span;

use super::*;

pub(crate) fn script(body: &str) -> Rc<Script> {
    let scenario = Scenario::parse(&format!("format = 1\n{body}")).unwrap();
    Rc::new(Script {
        seed: scenario.seed,
        scenario,
        recording: None,
    })
}

/// Runs to the end and gives the world with its trace, checked.
fn run(body: &str) -> (World, Vec<Line>) {
    let script = script(body);
    let schedule = Schedule::new(&script.scenario);
    let mut world = World::new(&script);
    let mut checker = Checker::new(&world);
    let mut trace = Vec::new();
    while world.step(&schedule, &mut trace) {}
    for line in &trace {
        checker.read(line, &world);
    }
    assert_eq!(checker.finish(&world), []);
    (world, trace)
}

const BUSY: &str = r#"
    [topology]
    protection_groups = 3
    [latency]
    order = "free"
    in_az = { kind = "exponential", mean_ms = 0.2 }
    [workload]
    kind = "insert"
    clients = 16
    records_per_commit = 3
    [[fault]]
    at = "20ms"
    do = "drop"
    node = "c2"
    count = 3
    [[fault]]
    at = "50ms"
    do = "az-down"
    az = "b"
    [[fault]]
    at = "100ms"
    do = "node-down"
    node = "c1"
    [[fault]]
    at = "150ms"
    do = "node-up"
    node = "c1"
    [[fault]]
    at = "200ms"
    do = "az-up"
    az = "b"
    [stop]
    at = "300ms"
"#;

fn acked_at(trace: &[Line]) -> Vec<u64> {
    let acked = |line: &&Line| matches!(line.what, What::Engine(Note::CommitAcked { .. }));
    trace
        .iter()
        .filter(acked)
        .map(|line| line.at.0 / 1_000_000)
        .collect()
}

#[test]
fn writes_go_on_without_a_zone_and_stop_without_one_more() {
    let (world, trace) = run(BUSY);
    let acked = acked_at(&trace);
    let within = |from, to| acked.iter().filter(|ms| (from..to).contains(*ms)).count();
    assert!(within(51, 100) > 100);
    assert_eq!(within(101, 150), 0);
    assert!(within(150, 250) > 100);
    assert!(world.tally().commits_acked > 1000);
}

#[test]
fn gossip_fills_what_was_lost() {
    let (world, trace) = run(BUSY);
    assert!(
        trace
            .iter()
            .any(|line| matches!(line.what, What::Lost { .. }))
    );
    let filled: u64 = world
        .nodes()
        .iter()
        .flat_map(StorageNode::segments)
        .map(|s| s.from_peers)
        .sum();
    assert!(filled > 0);
}

#[test]
fn every_cause_is_an_earlier_line() {
    let (_, trace) = run(BUSY);
    for line in &trace {
        assert!(line.cause < line.id);
        if matches!(line.what, What::Engine(Note::CommitAcked { .. })) {
            let cause = &trace[usize::try_from(line.cause).unwrap() - 1].what;
            assert!(
                matches!(cause, What::Engine(Note::VdlMoved { .. })),
                "{cause:?}"
            );
        }
    }
}

#[test]
fn both_weights_give_the_same_run() {
    let (exact, exact_trace) = run(BUSY);
    let (account, account_trace) = run(&format!("weight = \"account\"\n{BUSY}"));
    assert_eq!(exact_trace, account_trace);
    assert_eq!(exact.trace_hash(), account.trace_hash());
    assert_eq!(exact.state_hash(), account.state_hash());
    assert_eq!(
        exact.tally().bytes_to_storage,
        account.tally().bytes_to_storage
    );
}

#[test]
fn a_stopped_commit_says_why() {
    let script = script(BUSY);
    let schedule = Schedule::new(&script.scenario);
    let mut world = World::new(&script);
    while world
        .next_at(&schedule)
        .is_some_and(|at| at.0 < 140_000_000)
    {
        world.step(&schedule, &mut Vec::new());
    }
    let wait = explain(&world).unwrap();
    assert!(wait.stopped);
    assert_eq!((wait.have, wait.need), (3, 4));
    let down = |copy: &&MissingCopy| matches!(copy.reason, Reason::Down { .. });
    assert_eq!(wait.missing.iter().filter(down).count(), 3);
}

/// Commit latencies in ms: mean and 95th percentile.
fn latency(body: &str) -> (f64, f64) {
    let script = script(body);
    let schedule = Schedule::new(&script.scenario);
    let mut world = World::new(&script);
    let mut trace = Vec::new();
    while world.step(&schedule, &mut trace) {
        trace.clear();
    }
    let p95 = world.tally().latency().value_at_quantile(0.95);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
    let p95 = p95 as f64 / 1e6;
    (world.tally().latency_mean_ns() / 1e6, p95)
}

fn disks(topology: &str, depth: u32, workload: &str) -> String {
    format!(
        r#"
        weight = "account"
        [topology]
        {topology}
        gossip = "10s"
        [latency]
        in_az = {{ kind = "constant", ms = 0 }}
        cross_az = {{ kind = "constant", ms = 0 }}
        disk = {{ kind = "exponential", mean_ms = 1 }}
        disk_depth = {depth}
        boxcar_us = 0
        [workload]
        kind = "insert"
        {workload}
        [stop]
        commits = 200000
        "#
    )
}

fn close(found: f64, expected: f64, share: f64) {
    assert!(
        (found / expected - 1.0).abs() < share,
        "found {found}, expected {expected}"
    );
}

#[test]
fn writes_that_do_not_overlap_have_the_latency_of_the_order_statistic() {
    let paced = "rate = 20\narrival = \"fixed\"";
    for (topology, mean, p95) in [
        ("write_quorum = 4\nread_quorum = 3", 0.95, 1.876),
        (
            "segments_per_az = 1\nwrite_quorum = 2\nread_quorum = 2",
            0.8333,
            2.000,
        ),
        ("write_quorum = 6\nread_quorum = 1", 2.45, 4.766),
    ] {
        let found = latency(&disks(topology, 32, paced));
        close(found.0, mean, 0.01);
        close(found.1, p95, 0.02);
    }
}

/// Four of six copies have a commit when it is acknowledged, where nothing takes time but the disk.
/// Whoever read from any copy then would miss it one time in three; the writer knows which four.
#[test]
fn a_copy_that_nobody_chose_lacks_a_commit_one_time_in_three() {
    let body = disks("write_quorum = 4", 32, "rate = 20\narrival = \"fixed\"");
    let script = script(&body.replace("200000", "2000"));
    let schedule = Schedule::new(&script.scenario);
    let mut world = World::new(&script);
    let (mut trace, mut lacking, mut asked) = (Vec::new(), 0, 0);
    while world.step(&schedule, &mut trace) {
        for line in trace.drain(..) {
            let What::Engine(Note::CommitAcked { lsn, .. }) = line.what else {
                continue;
            };
            let group = GroupId(0);
            let members = world.writer().members().members();
            for node in members.iter() {
                asked += 1;
                let has = world.nodes()[node.index()].segment(group).scl() >= lsn;
                lacking += u32::from(!has);
                let known = world.writer().points().scl(group, node) >= lsn;
                assert_eq!(known, has, "the writer knows");
            }
        }
    }
    assert_eq!(lacking * 3, asked);
}

#[test]
fn the_prefix_rule_couples_writes_that_follow_each_other() {
    for (depth, mean, p95) in [(32, 1.160, 2.140), (1, 1.440, 2.720)] {
        let found = latency(&disks("write_quorum = 4", depth, "clients = 1"));
        close(found.0, mean, 0.02);
        close(found.1, p95, 0.02);
    }
}

#[test]
fn links_deliver_in_order_unless_they_are_free() {
    let overtaken = |order: &str| {
        let body = format!(
            r#"
            [latency]
            order = "{order}"
            cross_az = {{ kind = "exponential", mean_ms = 2 }}
            boxcar_us = 0
            [workload]
            kind = "insert"
            rate = 5000
            [stop]
            at = "20ms"
            "#
        );
        let (_, trace) = run(&body);
        trace
            .iter()
            .any(|line| matches!(line.what, What::Engine(Note::GapFound { .. })))
    };
    assert!(!overtaken("fifo"));
    assert!(overtaken("free"));
}

#[test]
fn a_copy_that_hears_nothing_asks_its_peers() {
    let (world, trace) = run(r#"
        [workload]
        kind = "insert"
        rate = 1000
        [[fault]]
        at = "0ns"
        do = "drop"
        node = "b2"
        count = 1000
        [stop]
        at = "45ms"
        "#);
    // It has no gap that it could see: nothing ever came from the writer.
    let b2 = NodeId(3);
    let gap =
        |line: &Line| matches!(line.what, What::Engine(Note::GapFound { node, .. }) if node == b2);
    assert!(!trace.iter().any(gap));
    let segment = world.nodes()[b2.index()].segment(GroupId(0));
    assert!(
        segment.from_peers > 10 && segment.scl() > Lsn(10),
        "{segment:?}"
    );
}

#[test]
fn a_slow_disk_takes_longer_by_what_was_said() {
    let (_, trace) = run(r#"
        [latency]
        disk = { kind = "constant", ms = 1 }
        boxcar_us = 0
        [workload]
        kind = "insert"
        rate = 100
        [[fault]]
        at = "0ns"
        do = "slow"
        node = "b1"
        ms = 7
        [stop]
        commits = 1
        "#);
    let received_to_stored = |wanted: NodeId| {
        let at = |is: &dyn Fn(&Note) -> bool| {
            let line = trace
                .iter()
                .find(|line| matches!(&line.what, What::Engine(note) if is(note)));
            line.map(|line| line.at.0)
        };
        let received = at(&|note| matches!(note, Note::Received { node, .. } if *node == wanted));
        let stored = at(&|note| matches!(note, Note::Stored { node, .. } if *node == wanted));
        Some(stored? - received?)
    };
    assert_eq!(received_to_stored(NodeId(0)), Some(1_000_000));
    assert_eq!(received_to_stored(NodeId(2)), None, "nobody waits for it");
}

#[test]
fn what_every_copy_lost_is_sent_again() {
    let drops: String = ["a1", "a2", "b1", "b2", "c1", "c2"]
        .map(|node| {
            format!("[[fault]]\nat = \"5ms\"\ndo = \"drop\"\nnode = \"{node}\"\ncount = 1\n")
        })
        .concat();
    let body = format!("[workload]\nkind = \"insert\"\nclients = 4\n{drops}[stop]\nat = \"1s\"");
    let (_, trace) = run(&body);
    let acked = acked_at(&trace);
    assert!(acked.iter().any(|ms| *ms > 200), "commits go on");
    assert!(acked.last() > Some(&900));
}

#[test]
fn a_run_without_any_node_up_waits_for_them() {
    let (_, trace) = run(r#"
        [workload]
        kind = "insert"
        clients = 2
        [[fault]]
        at = "10ms"
        do = "az-down"
        az = "a"
        [[fault]]
        at = "10ms"
        do = "az-down"
        az = "b"
        [[fault]]
        at = "10ms"
        do = "az-down"
        az = "c"
        [stop]
        at = "3s"
        "#);
    assert!(trace.last().unwrap().at > SimTime(1_000_000_000));
}

#[test]
fn an_order_that_changes_nothing_says_so() {
    let (_, trace) = run(r#"
        [[fault]]
        at = "1ms"
        do = "az-down"
        az = "b"
        [[fault]]
        at = "2ms"
        do = "node-down"
        node = "b1"
        [[fault]]
        at = "3ms"
        do = "node-up"
        node = "c1"
        [[fault]]
        at = "4ms"
        do = "node-down"
        node = "c1"
        [stop]
        at = "5ms"
        "#);
    let told = |at_ms: u64| -> Vec<What> {
        trace
            .iter()
            .filter(|line| line.at.0 == at_ms * 1_000_000)
            .map(|line| line.what)
            .filter(|what| !matches!(what, What::Engine(_) | What::FoundDown { .. }))
            .collect()
    };
    assert!(matches!(
        told(1)[..],
        [
            What::ZoneDown { .. },
            What::NodeDown { .. },
            What::NodeDown { .. }
        ]
    ));
    assert!(matches!(told(2)[..], [What::NothingChanged { .. }]));
    assert!(matches!(told(3)[..], [What::NothingChanged { .. }]));
    assert!(matches!(told(4)[..], [What::NodeDown { .. }]));
}

/// Eight records over two groups, on links and disks that differ enough for ragged ends.
const EIGHT: &str = r#"
    [topology]
    protection_groups = 2
    lal = 10
    gossip = "5ms"
    [latency]
    order = "free"
    in_az = { kind = "exponential", mean_ms = 0.2 }
    cross_az = { kind = "exponential", mean_ms = 0.5 }
    disk = { kind = "exponential", mean_ms = 0.5 }
    boxcar_us = 0
    [workload]
    kind = "insert"
    rate = 5000
    records_per_commit = 2
    pages = 4
"#;

/// Lets events happen until one of them is what is waited for. False if none is within a second.
fn until(
    world: &mut World,
    schedule: &Schedule,
    checker: &mut Checker,
    is: impl Fn(&Note) -> bool,
) -> bool {
    let limit = world.now() + Span::from_millis(1000);
    let mut lines = Vec::new();
    while world.next_at(schedule).is_some_and(|at| at < limit) && world.step(schedule, &mut lines) {
        let mut found = false;
        for line in lines.drain(..) {
            checker.read(&line, world);
            found |= matches!(&line.what, What::Engine(note) if is(note));
        }
        if found {
            return true;
        }
    }
    false
}

/// Calls `then` at every event of short runs.
fn at_every_event(then: impl Fn(&World, &Checker)) {
    for seed in 0..3 {
        let script = script(&format!("seed = {seed}\n{EIGHT}"));
        let schedule = Schedule::new(&script.scenario);
        let mut world = World::new(&script);
        let mut checker = Checker::new(&world);
        let mut lines = Vec::new();
        while world.tally().commits_acked < 4 {
            then(&world, &checker);
            assert!(world.step(&schedule, &mut lines));
            for line in lines.drain(..) {
                checker.read(&line, &world);
            }
        }
        assert!(world.events() > 100);
    }
}

const FOUND: fn(&Note) -> bool = |note| matches!(note, Note::PointsFound { .. });
const OPENED: fn(&Note) -> bool = |note| matches!(note, Note::Opened { .. });

#[test]
fn every_acknowledged_commit_survives_a_crash_at_any_event_and_any_read_quorum() {
    at_every_event(|world, checker| {
        for down in (0_u8..64).filter(|down| down.count_ones() <= 3) {
            let (mut world, mut checker) = (world.clone(), checker.clone());
            let mut schedule = Schedule::new(&world.script().scenario);
            let down: Vec<_> = (0..6).filter(|n| down >> n & 1 == 1).map(NodeId).collect();
            let at = world.now() + Span(1);
            schedule.add(at, Verb::CrashWriter);
            for node in &down {
                schedule.add(at, Verb::NodeDown(world.name(*node)));
            }
            schedule.add(at, Verb::Recover);
            assert!(until(&mut world, &schedule, &mut checker, FOUND));
            for node in &down {
                let at = world.now() + Span(1);
                schedule.add(at, Verb::NodeUp(world.name(*node)));
            }
            assert!(until(&mut world, &schedule, &mut checker, OPENED));
            assert_eq!(checker.finish(&world), [], "{down:?} down");
        }
    });
}

#[test]
fn an_old_writer_behind_a_partition_costs_no_acknowledged_commit() {
    at_every_event(|world, checker| {
        for heal_after_us in [0, 300, 900, 3000] {
            let (mut world, mut checker) = (world.clone(), checker.clone());
            let mut schedule = Schedule::new(&world.script().scenario);
            let at = world.now() + Span(1);
            schedule.add(at, Verb::Partition);
            schedule.add(at, Verb::Recover);
            schedule.add(at + Span::from_micros(heal_after_us), Verb::Heal);
            assert!(until(&mut world, &schedule, &mut checker, OPENED));
            let acked = |note: &Note| matches!(note, Note::CommitAcked { .. });
            (0..3).for_each(|_| assert!(until(&mut world, &schedule, &mut checker, acked)));
            assert_eq!(
                checker.finish(&world),
                [],
                "healed after {heal_after_us} us"
            );
        }
    });
}

#[test]
fn a_second_crash_at_any_step_of_a_recovery_loses_nothing() {
    let script = script(EIGHT);
    let mut schedule = Schedule::new(&script.scenario);
    let mut world = World::new(&script);
    let mut checker = Checker::new(&world);
    let acked = |note: &Note| matches!(note, Note::CommitAcked { .. });
    (0..3).for_each(|_| assert!(until(&mut world, &schedule, &mut checker, acked)));
    let at = world.now() + Span(1);
    schedule.add(at, Verb::CrashWriter);
    schedule.add(at, Verb::Recover);
    let mut lines = Vec::new();
    let mut opened = false;
    while !opened {
        let (mut world_2, mut checker_2) = (world.clone(), checker.clone());
        let mut schedule_2 = schedule.clone();
        let again = world.now().max(at) + Span(1);
        schedule_2.add(again, Verb::CrashWriter);
        schedule_2.add(again, Verb::Recover);
        let open = |note: &Note| matches!(note, Note::Opened { epoch, .. } if epoch.0 == 3);
        assert!(until(&mut world_2, &schedule_2, &mut checker_2, open));
        assert_eq!(checker_2.finish(&world_2), [], "crashed again at {again:?}");
        assert!(world.step(&schedule, &mut lines));
        for line in lines.drain(..) {
            checker.read(&line, &world);
            opened |= matches!(&line.what, What::Engine(note) if OPENED(note));
        }
    }
}

#[test]
fn recovery_takes_round_trips_however_long_the_log_is() {
    let took = |commits: u64| {
        let body = r#"
            weight = "account"
            [latency]
            in_az = { kind = "constant", ms = 0.1 }
            cross_az = { kind = "constant", ms = 0.4 }
            disk = { kind = "constant", ms = 0.3 }
            [workload]
            kind = "insert"
            clients = 64
            record_bytes = 1000000
            "#;
        let script = script(body);
        let mut schedule = Schedule::new(&script.scenario);
        let mut world = World::new(&script);
        let mut checker = Checker::new(&world);
        while world.tally().commits_acked < commits {
            assert!(world.step(&schedule, &mut Vec::new()));
        }
        let at = world.now() + Span(1);
        schedule.add(at, Verb::CrashWriter);
        schedule.add(at, Verb::Recover);
        assert!(until(&mut world, &schedule, &mut checker, OPENED));
        world.now().since(at)
    };
    // 100 MB and 10 GB.
    assert_eq!(took(100), took(10_000));
}

/// The delays that a scenario has which says nothing of them, one commit every 50 ms: a copy in the
/// writer's zone answers after 0.2 ms and a disk, one elsewhere after 0.8 ms and a disk.
#[test]
fn latency_over_zones_is_that_of_the_order_statistics_of_two_near_and_four_far_copies() {
    let zone_b_down = "[[fault]]\nat = \"0ns\"\ndo = \"az-down\"\naz = \"b\"";
    let one_in_each = "segments_per_az = 1\nwrite_quorum = 2\nread_quorum = 2";
    let all_of_three = "segments_per_az = 1\nwrite_quorum = 3\nread_quorum = 1";
    for (topology, fault, expected) in [
        ("write_quorum = 4", "", [0.962, 1.419, 1.892]),
        ("write_quorum = 4", zone_b_down, [1.197, 2.427, 3.809]),
        (one_in_each, "", [0.917, 1.524, 2.217]),
        (all_of_three, "", [1.183, 2.408, 3.791]),
    ] {
        let script = script(&format!(
            r#"
            weight = "account"
            [topology]
            gossip = "10s"
            {topology}
            [latency]
            boxcar_us = 0
            [workload]
            kind = "insert"
            rate = 20
            arrival = "fixed"
            {fault}
            [stop]
            commits = 200000
            "#
        ));
        let schedule = Schedule::new(&script.scenario);
        let mut world = World::new(&script);
        let mut trace = Vec::new();
        while world.step(&schedule, &mut trace) {
            trace.clear();
        }
        for (quantile, expected, share) in [
            (0.5, expected[0], 0.01),
            (0.99, expected[1], 0.01),
            (0.9999, expected[2], 0.06),
        ] {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
            let found = world.tally().latency().value_at_quantile(quantile) as f64 / 1e6;
            close(found, expected, share);
        }
    }
}
