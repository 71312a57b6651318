//! Whether a volume can be written and recovered while nodes are down, against the closed forms.
//!
//! Every set of nodes that may be up is tried in a real world, once: is a commit acknowledged, does a
//! recovery find the points? What is drawn then is which nodes are up, so often that the share of
//! draws that fail is as exact as it has to be.

use sim::Stream;

use super::*;

const DRAWS: u32 = 200_000;

/// A layout of copies, and which of its sets of nodes can write and be read, by their bits.
struct Tried {
    azs: u32,
    per_az: u32,
    writes: Vec<bool>,
    reads: Vec<bool>,
}

/// Tries every set of nodes of a topology.
fn tried(azs: u32, per_az: u32, quorum: &str) -> Tried {
    let sets = 0_u32..1 << (azs * per_az);
    let answers = |can: fn(&str, &[NodeId]) -> bool| {
        let body = format!(
            r#"
            [topology]
            azs = {azs}
            segments_per_az = {per_az}
            {quorum}
            [latency]
            disk = {{ kind = "constant", ms = 0.3 }}
            boxcar_us = 0
            [workload]
            kind = "insert"
            rate = 1000
            pages = 1
            "#
        );
        let down = |set: u32| -> Vec<NodeId> {
            let nodes = (0..)
                .map(NodeId)
                .take(usize::try_from(azs * per_az).expect("few"));
            nodes.filter(|node| set >> node.0 & 1 == 0).collect()
        };
        sets.clone().map(|set| can(&body, &down(set))).collect()
    };
    Tried {
        azs,
        per_az,
        writes: answers(can_write),
        reads: answers(can_read),
    }
}

/// Whether anything happens within half a second that is waited for, with these nodes down.
fn happens(body: &str, verbs: &[Verb], down: &[NodeId], is: fn(&Note) -> bool) -> bool {
    let script = script(body);
    let mut schedule = Schedule::new(&script.scenario);
    let mut world = World::new(&script);
    let mut lines = Vec::new();
    // A few commits reach all copies before.
    while world.now() < SimTime(5_000_000) {
        assert!(world.step(&schedule, &mut lines));
    }
    let at = world.now() + Span(1);
    for node in down {
        schedule.add(at, Verb::NodeDown(world.name(*node)));
    }
    for verb in verbs {
        schedule.add(at, *verb);
    }
    // What was under way is done.
    while world.now() < SimTime(20_000_000) {
        assert!(world.step(&schedule, &mut lines));
    }
    lines.retain(|line| line.at >= at + Span(1));
    let seen = |lines: &[Line]| {
        let mut notes = lines.iter();
        notes.any(|line| matches!(&line.what, What::Engine(note) if is(note)))
    };
    seen(&lines)
}

fn can_write(body: &str, down: &[NodeId]) -> bool {
    // The commit that comes last was asked for after everything else had arrived.
    let asked_late = |note: &Note| matches!(note, Note::CommitAcked { txn, .. } if *txn > 12);
    happens(body, &[], down, asked_late)
}

fn can_read(body: &str, down: &[NodeId]) -> bool {
    happens(body, &[Verb::CrashWriter, Verb::Recover], down, FOUND)
}

/// The share of draws in which this cannot be done: each node is down once in `node` draws, each zone
/// once in `zone`, if at all.
fn unavailable(tried: &Tried, can: &[bool], zone: Option<u64>, node: u64) -> f64 {
    let mut stream = Stream::new(7, "availability");
    let mut failed = 0;
    for _ in 0..DRAWS {
        let mut up = 0;
        for az in 0..tried.azs {
            let lit = zone.is_none_or(|zone| stream.below(zone) > 0);
            for place in 0..tried.per_az {
                if stream.below(node) > 0 && lit {
                    up |= 1_usize << (az * tried.per_az + place);
                }
            }
        }
        failed += u32::from(!can[up]);
    }
    f64::from(failed) / f64::from(DRAWS)
}

fn within_three_standard_errors(found: f64, expected: f64, what: &str) {
    let error = (expected * (1.0 - expected) / f64::from(DRAWS)).sqrt();
    assert!(
        (found - expected).abs() <= 3.0 * error,
        "{what}: {found}, not {expected} with a standard error of {error}"
    );
}

#[test]
fn a_running_volume_is_as_available_as_the_closed_forms_say() {
    let six = tried(3, 2, "");
    let mixed = tried(3, 2, "layout = \"full-tail\"");
    let two_of_three = tried(3, 1, "write_quorum = 2\nread_quorum = 2");
    let all_of_three = tried(3, 1, "write_quorum = 3\nread_quorum = 1");
    let three_of_four = tried(2, 2, "write_quorum = 3\nread_quorum = 2");
    for (tried, can, zone, expected, what) in [
        (&six, &six.writes, None, [1.585e-2, 1.955e-5], "write 4/6"),
        (&six, &six.reads, None, [1.270e-3, 1.476e-7], "read 3/6"),
        (
            &mixed,
            &mixed.writes,
            None,
            [1.5121e-2, 1.858e-5],
            "write full and tail",
        ),
        (
            &mixed,
            &mixed.reads,
            None,
            [1.999e-3, 1.118e-6],
            "read full and tail",
        ),
        (
            &two_of_three,
            &two_of_three.writes,
            None,
            [2.8e-2, 2.98e-4],
            "write 2/3",
        ),
        (
            &two_of_three,
            &two_of_three.reads,
            None,
            [2.8e-2, 2.98e-4],
            "read 2/3",
        ),
        (
            &all_of_three,
            &all_of_three.writes,
            None,
            [2.71e-1, 2.97e-2],
            "all of 3",
        ),
        (
            &three_of_four,
            &three_of_four.writes,
            None,
            [5.23e-2, 5.92e-4],
            "write 3/4",
        ),
        (
            &three_of_four,
            &three_of_four.reads,
            None,
            [3.7e-3, 3.97e-6],
            "read 2/4",
        ),
    ] {
        let zone: Option<u64> = zone;
        for (node, expected) in [10, 100].into_iter().zip(expected) {
            let found = unavailable(tried, can, zone, node);
            within_three_standard_errors(found, expected, what);
        }
    }
    for (tried, can, expected, what) in [
        (&six, &six.writes, 1.405e-4, "write 4/6 with zones"),
        (&six, &six.reads, 4.918e-6, "read 3/6 with zones"),
        (
            &two_of_three,
            &two_of_three.writes,
            3.597e-4,
            "2/3 with zones",
        ),
        (
            &all_of_three,
            &all_of_three.writes,
            3.261e-2,
            "all of 3 with zones",
        ),
    ] {
        let found = unavailable(tried, can, Some(1000), 100);
        within_three_standard_errors(found, expected, what);
    }
}

#[test]
fn full_and_tail_segments_write_with_23_sets_and_read_with_41() {
    let mixed = tried(3, 2, "layout = \"full-tail\"");
    let count = |can: &[bool]| can.iter().filter(|can| **can).count();
    assert_eq!((count(&mixed.writes), count(&mixed.reads)), (23, 41));
}
