use engine_quorum::Reads;
use proptest::prelude::*;

use super::*;

/// Clients that read and change few pages, of which the cache holds a part.
const OLTP: &str = r#"
    [topology]
    protection_groups = 3
    gossip = "5ms"
    [latency]
    order = "free"
    cross_az = { kind = "exponential", mean_ms = 0.5 }
    [workload]
    kind = "oltp"
    clients = 8
    reads_per_txn = 3
    writes_per_txn = 2
    read_only = 0.3
    pages = 60
    snapshot_ms = 7
    [reads]
    cache_pages = 20
    [storage]
    coalesce_records = 4
    backup = "5ms"
    collect = "5ms"
    scrub = "20ms"
"#;

fn notes(trace: &[Line]) -> impl Iterator<Item = (SimTime, Note)> + '_ {
    trace.iter().filter_map(|line| {
        let What::Engine(note) = line.what else {
            return None;
        };
        Some((line.at, note))
    })
}

/// The nodes whose answers counted, from a moment on.
fn answered_by(trace: &[Line], from_ms: u64) -> Vec<u8> {
    let node = |(at, note): (SimTime, Note)| {
        let Note::ReadAnswered { node, .. } = note else {
            return None;
        };
        (at.0 >= from_ms * 1_000_000).then_some(node.0)
    };
    notes(trace).filter_map(node).collect()
}

#[test]
fn transactions_read_change_and_go_on() {
    let (world, trace) = run(&format!("{OLTP}\n[stop]\nat = \"400ms\""));
    let (tally, counts) = (world.tally(), world.first().cache_counts());
    assert!(tally.commits_acked > 500, "{}", tally.commits_acked);
    assert!(tally.read_only > 200, "{}", tally.read_only);
    assert!(counts.hits > 500 && counts.misses > 500 && counts.evictions > 500);
    let snapshots = notes(&trace).filter(|(_, n)| matches!(n, Note::SnapshotDone { .. }));
    assert!(snapshots.count() > 20);
    let read = tally.reads.latency().histogram().len();
    assert!(read > 500 && read <= counts.misses);
}

#[test]
fn garbage_is_collected_while_pages_are_read_and_no_reader_misses_it() {
    let (world, trace) = run(&format!("{OLTP}\n[stop]\nat = \"400ms\""));
    let stored: u64 = segments(&world).map(|s| s.stored_records).sum();
    let hot: u64 = segments(&world).map(|s| s.hot_log().records).sum();
    assert!(hot * 2 < stored, "{hot} of {stored}");
    // A read that another node has answered already may come too late, and is refused then.
    let elsewhere = |note: &Note| {
        let asked = Asked::Elsewhere;
        matches!(note, Note::ReadAsked { asked: found, .. } if *found == asked)
    };
    assert_eq!(notes(&trace).filter(|(_, note)| elsewhere(note)).count(), 0);
}

fn segments(world: &World) -> impl Iterator<Item = &engine_quorum::SegmentState> {
    world.nodes().iter().flat_map(StorageNode::segments)
}

#[test]
fn both_weights_read_the_same() {
    let body = format!("{OLTP}\n{WRITER_LOST}\n[stop]\nat = \"200ms\"");
    let (exact, exact_trace) = run(&body);
    let (account, account_trace) = run(&format!("weight = \"account\"\n{body}"));
    assert_eq!(exact_trace, account_trace);
    assert_eq!(exact.trace_hash(), account.trace_hash());
    assert_eq!(exact.state_hash(), account.state_hash());
}

const WRITER_LOST: &str = r#"
    [[fault]]
    at = "50ms"
    do = "crash-writer"
    [[fault]]
    at = "60ms"
    do = "recover"
"#;

#[test]
fn a_writer_that_crashes_takes_its_reads_with_it_and_the_next_one_reads_at_its_own_vdl() {
    let (world, trace) = run(&format!("{OLTP}\n{WRITER_LOST}\n[stop]\nat = \"200ms\""));
    let vdl = world.tally().recoveries[0].vdl;
    let first = notes(&trace).find_map(|(_, note)| {
        let Note::ReadAsked { epoch, point, .. } = note else {
            return None;
        };
        (epoch.0 == 2).then_some(point)
    });
    assert_eq!(first, Some(vdl));
    assert!(world.tally().unanswered > 0);
    assert!(answered_by(&trace, 70).len() > 100);
}

#[test]
fn an_old_writer_gets_no_read_once_it_is_fenced() {
    let (world, trace) = run(&format!(
        "{OLTP}\n{}\n[stop]\nat = \"200ms\"",
        r#"
        [[fault]]
        at = "50ms"
        do = "partition"
        [[fault]]
        at = "50ms"
        do = "recover"
        [[fault]]
        at = "60ms"
        do = "heal"
        "#
    ));
    let healed = SimTime(60_000_000);
    let old = notes(&trace).filter(|(at, note)| {
        let of_old = matches!(note, Note::ReadAnswered { epoch, .. } if epoch.0 == 1);
        of_old && *at > healed
    });
    assert_eq!(old.count(), 0);
    let over = notes(&trace).any(|(_, note)| matches!(note, Note::WriterOver { .. }));
    assert!(over, "it asks, and hears of it");
    assert_eq!(world.tally().recoveries.len(), 1);
}

#[test]
fn the_zone_of_the_writer_gives_most_pages_while_all_is_well() {
    let body = r#"
        [workload]
        kind = "oltp"
        clients = 4
        pages = 5000
        [reads]
        cache_pages = 100
        [stop]
        at = "500ms"
    "#;
    let (_, trace) = run(body);
    let by = answered_by(&trace, 50);
    let near = by.iter().filter(|node| **node < 2).count();
    assert!(near * 100 > by.len() * 85, "{near} of {}", by.len());
}

#[test]
fn a_node_that_crashes_during_a_read_delays_it_and_is_passed_over_then() {
    let (world, trace) = run(&format!(
        "{OLTP}\n{}\n[stop]\nat = \"200ms\"",
        r#"
        [[fault]]
        at = "50ms"
        do = "az-down"
        az = "a"
        "#
    ));
    let by = answered_by(&trace, 51);
    assert!(by.len() > 200 && by.iter().all(|node| *node >= 2));
    let asked_down = notes(&trace).filter(|(at, note)| {
        let of_a = matches!(note, Note::ReadAsked { node, .. } if node.0 < 2);
        of_a && at.0 > 80_000_000
    });
    let asked_down = asked_down.count();
    assert!(asked_down * 10 < by.len(), "{asked_down} of {}", by.len());
    let (waits, _) = (explain_read(&world), explain(&world));
    assert!(waits.is_none_or(|wait| !wait.stopped));
}

#[test]
fn nobody_can_read_without_a_node_that_is_complete() {
    let down = ["a", "b", "c"]
        .map(|az| format!("[[fault]]\nat = \"50ms\"\ndo = \"az-down\"\naz = \"{az}\"\n"));
    let (world, _) = run(&format!("{OLTP}\n{}\n[stop]\nat = \"90ms\"", down.concat()));
    let wait = explain_read(&world).expect("someone waits for a page");
    assert!(wait.stopped && !wait.pages.is_empty());
}

#[test]
fn hedging_cuts_the_tail() {
    let p99 = |hedging: &str| {
        let body = format!(
            r#"
            weight = "account"
            [latency]
            disk = {{ kind = "lognormal", median_ms = 0.3, sigma = 1.3 }}
            disk_depth = 1000
            [workload]
            kind = "oltp"
            clients = 8
            pages = 20000
            [reads]
            cache_pages = 100
            hedging = "{hedging}"
            [stop]
            commits = 4000
            "#
        );
        let (world, _) = run(&body);
        let latency = world.tally().reads.latency().histogram();
        (
            latency.value_at_quantile(0.5),
            latency.value_at_quantile(0.99),
        )
    };
    let (with, without) = (p99("on"), p99("off"));
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let ratio = with.1 as f64 / without.1 as f64;
    println!("p99 of reads with hedging {ratio:.2} of that without: {with:?}, {without:?}");
    assert!(ratio < 0.8, "{with:?}, {without:?}");
}

#[test]
fn an_answer_has_exactly_the_bytes_that_the_log_gives_at_its_read_point() {
    let script = script(OLTP);
    let schedule = Schedule::new(&script.scenario);
    let mut world = World::new(&script);
    let mut seen = std::collections::BTreeSet::new();
    let mut with_body = 0;
    while world.tally().commits_acked < 200 {
        assert!(world.step(&schedule, &mut Vec::new()));
        for flight in world.in_flight() {
            let Message::ReadAnswer { read, page, .. } = flight.message else {
                continue;
            };
            if seen.insert(flight.id) {
                assert_eq!(**page, world.log().page_at(read.page, read.point));
                with_body += u32::from(page.body().is_some());
            }
        }
    }
    assert!(with_body > 100);
}

#[test]
fn a_clone_reads_what_it_shares_and_what_it_wrote() {
    let body = format!(
        "{OLTP}\n{}\n[stop]\nat = \"200ms\"",
        r#"
        [clone]
        clients = 4
        [[fault]]
        at = "50ms"
        do = "clone"
        volume = "v1"
        "#
    );
    let (world, _) = run(&body);
    let clone = &world.volumes()[1];
    let reads = clone.writer().reads().expect("its writer has a cache");
    assert!(clone.tally().commits_acked > 50);
    assert!(clone.cache_counts().misses > 20);
    for page in reads.cache().pages() {
        assert_eq!(*page, clone.log().page_at(page.id(), Lsn::MAX));
    }
}

/// Everything that one client after the other changed, and the cache's pages at the end.
fn outcome(seed: u64, cache_pages: u32) -> Vec<(u32, u32)> {
    let (world, _) = run(&format!(
        r#"
        seed = {seed}
        [workload]
        kind = "oltp"
        clients = 1
        reads_per_txn = 2
        writes_per_txn = 2
        pages = 12
        [reads]
        cache_pages = {cache_pages}
        [stop]
        commits = 40
        "#
    ));
    let log = world.log();
    let entries = (1..=log.last().0).filter_map(|lsn| log.get(Lsn(lsn)));
    let changes = entries.map(|entry| (entry.change.page.0, entry.change.bytes));
    changes.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_cache_of_any_size_gives_the_same(seed in 0_u64..100, cache_pages in 0_u32..14) {
        prop_assert_eq!(outcome(seed, cache_pages), outcome(seed, 1000));
    }
}

#[test]
fn the_cache_grows_past_its_size_only_by_what_may_not_go() {
    let script = script(OLTP);
    let schedule = Schedule::new(&script.scenario);
    let mut world = World::new(&script);
    let mut grew = false;
    while world.tally().commits_acked < 500 {
        assert!(world.step(&schedule, &mut Vec::new()));
        let cache = world.writer().reads().map(Reads::cache).expect("it reads");
        let vdl = world.writer().points().vdl();
        let above = cache.pages().filter(|page| page.lsn() > vdl).count();
        // Eight transactions of at most five pages each keep theirs.
        assert!(cache.len() <= 20.max(above + 8 * 5));
        grew |= cache.len() > 20;
    }
    assert!(grew);
}
