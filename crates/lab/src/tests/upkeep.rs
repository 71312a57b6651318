//! Storage nodes beside receiving records: versions, backup, garbage, scrub, and who waits for it.

use engine_quorum::UpkeepNote;
use protocol::Verb;
use redo::PageId;

use super::*;

/// Many records for few pages, so that chains grow long.
const HOT: &str = r#"
    [topology]
    protection_groups = 2
    [workload]
    kind = "insert"
    clients = 16
    pages = 40
    [storage]
    backup = "20ms"
    collect = "20ms"
    scrub = "50ms"
"#;

fn upkeep(trace: &[Line]) -> impl Iterator<Item = UpkeepNote> {
    trace.iter().filter_map(|line| {
        let What::Engine(Note::Upkeep(note)) = line.what else {
            return None;
        };
        Some(note)
    })
}

fn count(trace: &[Line], is: impl Fn(&UpkeepNote) -> bool) -> usize {
    upkeep(trace).filter(is).count()
}

#[test]
fn hot_logs_stay_short_while_the_log_grows_and_every_page_can_be_read() {
    let (mut world, trace) = run(&format!("{HOT}[stop]\nat = \"1s\""));
    assert!(count(&trace, |note| matches!(note, UpkeepNote::Collected { .. })) > 100);
    let vdl = world.writer().points().vdl();
    let log = world.log().clone();
    for node in (0..6).map(NodeId) {
        for group in log.groups() {
            let segment = world.nodes()[node.index()].segment(group);
            assert!(segment.stored_records > 4000);
            assert!(segment.hot_log().records < segment.stored_records / 4);
        }
        for page in (0..40).map(PageId) {
            let group = log.group_of(page);
            let scl = world.nodes()[node.index()].segment(group).scl();
            let point = vdl.min(scl);
            let mut plain = redo::Page::new(page);
            for lsn in (1..=point.0).map(Lsn) {
                let change = &log.get(lsn).unwrap().change;
                if change.page == page {
                    plain.apply(lsn, change);
                }
            }
            let read = world
                .node_mut(node)
                .page_at(group, page, (point, Lsn::ZERO), &log);
            assert_eq!(read, Ok(plain));
        }
    }
}

#[test]
fn a_read_below_what_all_readers_need_is_refused() {
    let (mut world, _) = run(&format!("{HOT}[stop]\nat = \"200ms\""));
    let log = world.log().clone();
    let read = world
        .node_mut(NodeId(0))
        .page_at(GroupId(0), PageId(0), (Lsn(1), Lsn(1)), &log);
    assert!(
        matches!(read, Err(ReadRefused::BelowFloor { .. })),
        "{read:?}"
    );
}

#[test]
fn copies_take_turns_to_stage_and_one_that_is_down_is_passed_over() {
    let fault = "[[fault]]\nat = \"100ms\"\ndo = \"node-down\"\nnode = \"b1\"\n";
    let (world, trace) = run(&format!("{HOT}{fault}[stop]\nat = \"1s\""));
    let archive = world.first().archive();
    let staged = |node| {
        let by =
            |note: &UpkeepNote| matches!(note, UpkeepNote::Staged { node: by, .. } if by.0 == node);
        count(&trace, by)
    };
    for node in [0, 1, 3, 4, 5] {
        assert!(staged(node) > 10, "{node}");
    }
    assert!(staged(2) < 4);
    let (_, last) = archive.restorable(world.now(), world.log());
    assert!(last.0 + 3000 > world.log().last().0);
    // Each record once, although six copies have it.
    let log_bytes = world.tally().record_bytes;
    let page_bytes = archive.versions() * PAGE_BYTES as u64;
    assert!(archive.bytes() - page_bytes <= log_bytes);
    assert!(archive.bytes() - page_bytes > log_bytes * 8 / 10);
}

#[test]
fn a_flipped_bit_is_found_and_mended_in_both_weights() {
    let fault = "[[fault]]\nat = \"300ms\"\ndo = \"corrupt-page\"\nnode = \"a1\"\npage = 6\n";
    let body = format!("{HOT}{fault}[stop]\nat = \"800ms\"");
    let (exact, trace) = run(&body);
    let (account, _) = run(&format!("weight = \"account\"\n{body}"));
    assert_eq!(exact.trace_hash(), account.trace_hash());
    assert_eq!(exact.state_hash(), account.state_hash());
    assert!(
        trace
            .iter()
            .any(|line| matches!(line.what, What::PageDamaged { .. }))
    );
    let found =
        |note: &UpkeepNote| matches!(note, UpkeepNote::DamageFound { node, .. } if node.0 == 0);
    let mended = |note: &UpkeepNote| matches!(note, UpkeepNote::Mended { node, .. } if node.0 == 0);
    assert!(count(&trace, found) >= 1);
    assert_eq!(count(&trace, mended), 1);
}

/// 99th percentile of commits, in nanoseconds.
fn p99(world: &World) -> u64 {
    world.tally().latency().value_at_quantile(0.99)
}

const MODERATE: &str = r#"
    weight = "account"
    [topology]
    protection_groups = 2
    [workload]
    kind = "insert"
    rate = 5000
    arrival = "poisson"
    pages = 500
    [stop]
    at = "2s"
"#;

#[test]
fn upkeep_does_not_move_the_latency_of_commits_at_moderate_load() {
    let quiet = "[storage]\ncoalesce_records = 1000000\nbackup = \"never\"\ncollect = \"never\"\nscrub = \"never\"";
    let (without, _) = run(&format!("{MODERATE}{quiet}"));
    let (with, trace) = run(&format!(
        "{MODERATE}[storage]\ncoalesce_records = 4\nbackup = \"20ms\""
    ));
    assert!(count(&trace, |note| matches!(note, UpkeepNote::Coalesced { .. })) > 500);
    let (with, without) = (p99(&with), p99(&without));
    assert!(
        with * 100 <= without * 102,
        "with {with}, without {without}"
    );
}

/// How long records take on average from a node's memory to its disk, in nanoseconds.
fn disk_time(trace: &[Line], of: NodeId) -> u64 {
    let stored = |line: &Line| {
        let What::Engine(Note::Stored { node, .. }) = line.what else {
            return None;
        };
        let received = &trace[usize::try_from(line.cause).unwrap() - 1];
        (node == of).then(|| line.at.since(received.at).0)
    };
    let times: Vec<_> = trace.iter().filter_map(stored).collect();
    times.iter().sum::<u64>() / times.len() as u64
}

#[test]
fn a_node_behind_with_its_upkeep_is_slow_and_the_quorum_hides_it() {
    let slow = "[[fault]]\nat = \"0s\"\ndo = \"slow\"\nnode = \"c2\"\nms = 5\n";
    let body = |limit: &str| format!("{MODERATE}{slow}[storage]\ncoalesce_records = 2\n{limit}");
    let (c2, (free, free_trace)) = (NodeId(5), run(&body("")));
    let (throttled, trace) = run(&body("backlog_bytes = 1"));
    let behind =
        |note: &UpkeepNote| matches!(note, UpkeepNote::BacklogFull { node, .. } if *node == c2);
    assert_eq!(count(&free_trace, behind), 0);
    assert!(count(&trace, behind) > 0);
    let (slower, slow) = (disk_time(&trace, c2), disk_time(&free_trace, c2));
    assert!(slower * 100 > slow * 110, "{slower} {slow}");
    let median = |world: &World| world.tally().latency().value_at_quantile(0.5);
    let (with, without) = (median(&throttled), median(&free));
    assert!(
        with * 100 <= without * 105,
        "with {with}, without {without}"
    );
}

#[test]
fn pages_that_nobody_damaged_are_not_mended() {
    let (_, trace) = run(&format!("{HOT}[stop]\nat = \"300ms\""));
    let damage = |note: &UpkeepNote| {
        matches!(
            note,
            UpkeepNote::DamageFound { .. } | UpkeepNote::Mended { .. }
        )
    };
    assert_eq!(count(&trace, damage), 0);
}

#[test]
fn a_page_without_a_version_cannot_be_damaged() {
    let script = script("[stop]\nat = \"5ms\"");
    let mut schedule = Schedule::new(&script.scenario);
    let verb: Verb = "corrupt-page:a1,7".parse().unwrap();
    schedule.add(SimTime(1), verb);
    let (mut world, mut trace) = (World::new(&script), Vec::new());
    while world.step(&schedule, &mut trace) {}
    assert!(
        trace
            .iter()
            .any(|line| line.what == What::NothingChanged { verb, why: None })
    );
}

#[test]
fn a_node_that_is_behind_does_not_scrub() {
    // What the volumes of a machine have scrubbed would keep its disk busy for ever.
    let clones = "[[fault]]\nat = \"50ms\"\ndo = \"clone\"\nvolume = \"v1\"\n".repeat(6);
    let (world, _) = run(&format!(
        r#"
        [latency]
        disk_depth = 1
        [storage]
        backlog_bytes = 1
        backup = "400ms"
        scrub = "1ms"
        coalesce_records = 1
        [workload]
        kind = "insert"
        clients = 8
        pages = 16
        {clones}
        [stop]
        at = "600ms"
        "#
    ));
    let acked = world.tally().commits_acked;
    assert!(acked > 2_500, "{acked}");
}
