//! Members that change while the volume is written, and fail meanwhile.

use engine_quorum::{Change, Copies, Image, MembershipEpoch, Step};

use super::*;

/// Short ways and small segments, so that a newcomer hydrates within milliseconds.
pub(super) const QUICK: &str = r#"
    [topology]
    protection_groups = 2
    lal = 50
    gossip = "5ms"
    segment_gb = 0.0001
    [latency]
    in_az = { kind = "constant", ms = 0.01 }
    cross_az = { kind = "constant", ms = 0.03 }
    disk = { kind = "exponential", mean_ms = 0.02 }
    boxcar_us = 0
    [workload]
    kind = "insert"
    rate = 2000
    pages = 4
"#;

/// A run whose trace is read while it happens.
#[derive(Clone)]
pub(super) struct Story {
    pub(super) world: World,
    pub(super) schedule: Schedule,
    pub(super) checker: Checker,
}

impl Story {
    pub(super) fn new(body: &str) -> Self {
        let script = script(body);
        let world = World::new(&script);
        Self {
            schedule: Schedule::new(&script.scenario),
            checker: Checker::new(&world),
            world,
        }
    }

    /// Does something in the next nanosecond.
    pub(super) fn act(&mut self, verb: &str) {
        let at = self.world.now() + Span(1);
        self.schedule.add(at, verb.parse().unwrap());
    }

    /// Whether this happens within a second.
    pub(super) fn until(&mut self, is: impl Fn(&Note) -> bool) -> bool {
        until(&mut self.world, &self.schedule, &mut self.checker, is)
    }

    /// Whether so many commits more are acknowledged, within a second each.
    pub(super) fn commits(&mut self, count: u32) -> bool {
        (0..count).all(|_| self.until(|note| matches!(note, Note::CommitAcked { .. })))
    }

    pub(super) fn id(&self, name: &str) -> NodeId {
        let mut ids = (0..).map(NodeId).take(self.world.nodes().len());
        ids.find(|id| self.world.name(*id).to_string() == name)
            .unwrap()
    }

    pub(super) fn members(&self) -> String {
        let members = self.world.first().members().members();
        let names: Vec<_> = members.iter().map(|id| self.world.name(id)).collect();
        names
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(super) fn finish(self) {
        assert_eq!(self.checker.finish(&self.world), []);
    }
}

const COMPLETE: fn(&Note) -> bool = |note| {
    matches!(
        note,
        Note::MembersChanged {
            step: Step::Complete(_),
            ..
        }
    )
};
const BEGUN: fn(&Note) -> bool = |note| {
    matches!(
        note,
        Note::MembersChanged {
            step: Step::Begin(_),
            ..
        }
    )
};
const REVERSED: fn(&Note) -> bool = |note| {
    matches!(
        note,
        Note::MembersChanged {
            step: Step::Reverse(_),
            ..
        }
    )
};

#[test]
fn a_spare_takes_the_place_of_a_node_that_is_gone_while_commits_go_on() {
    let mut story = Story::new(QUICK);
    story.act("node-down:c2");
    assert!(story.commits(5));
    story.act("replace:c2");
    assert!(story.until(COMPLETE));
    assert_eq!(story.members(), "a1 a2 b1 b2 c1 c3");
    // The rule is 4 of 6 again: with zone a down the others are enough.
    story.act("az-down:a");
    assert!(story.commits(5));
    story.act("node-up:c2");
    assert!(story.until(|note| matches!(note, Note::Discarded { .. })));
    let c2 = story.id("c2");
    assert_eq!(story.world.nodes()[c2.index()].image(), Image::None);
    // It is the zone's spare now, and can come back so.
    story.act("az-up:a");
    story.act("replace:c1");
    assert!(story.until(COMPLETE));
    assert_eq!(story.members(), "a1 a2 b1 b2 c2 c3");
    story.finish();
}

#[test]
fn a_suspect_that_returns_stays_and_nothing_is_lost() {
    let mut story = Story::new(QUICK);
    story.act("node-down:c2");
    assert!(story.commits(5));
    story.act("replace:c2");
    assert!(story.until(BEGUN));
    assert!(story.commits(3));
    story.act("node-up:c2");
    story.act("restore:c2");
    assert!(story.until(REVERSED));
    assert_eq!(story.members(), "a1 a2 b1 b2 c1 c2");
    assert_eq!(story.world.first().members().epoch(), MembershipEpoch(3));
    // What the spare had is thrown away, and what c2 had is there.
    story.act("az-down:a");
    assert!(story.commits(5));
    let c3 = story.id("c3");
    assert_eq!(story.world.nodes()[c3.index()].image(), Image::None);
    story.finish();
}

#[test]
fn a_second_node_can_be_replaced_while_the_first_still_is() {
    for second_is_first in [false, true] {
        let mut story = Story::new(QUICK);
        story.act("node-down:c2");
        assert!(story.commits(3));
        story.act("replace:c2");
        assert!(story.until(BEGUN));
        story.act("node-down:b2");
        story.act("replace:b2");
        assert!(story.until(BEGUN));
        assert_eq!(story.world.first().members().changes().len(), 2);
        assert!(story.commits(3), "a1, a2, b1 and c1 satisfy all four rules");
        if second_is_first {
            story.act("node-up:c2");
            story.act("restore:c2");
            assert!(story.until(REVERSED));
            assert!(story.until(COMPLETE));
            assert_eq!(story.members(), "a1 a2 b1 c1 c2 b3");
        } else {
            assert!(story.until(COMPLETE) && story.until(COMPLETE));
            assert_eq!(story.members(), "a1 a2 b1 c1 b3 c3");
        }
        story.finish();
    }
}

#[test]
fn a_newcomer_goes_on_from_another_peer_when_the_first_falls_silent() {
    let mut story = Story::new(&QUICK.replace("0.0001", "0.01"));
    story.act("node-down:c2");
    assert!(story.commits(3));
    story.act("replace:c2");
    assert!(story.until(BEGUN));
    let spare = story.id("c3");
    let halfway = |note: &Note| matches!(note, Note::Hydrating { percent: 50, .. });
    assert!(story.until(halfway));
    let peer = story.world.nodes()[spare.index()].copies_from().unwrap();
    let down = format!("node-down:{}", story.world.name(peer));
    story.act(&down);
    let on = |note: &Note| matches!(*note, Note::Hydrating { peer: other, percent, .. } if other != peer && percent >= 50);
    assert!(story.until(on));
    assert!(story.until(COMPLETE));
    story.finish();
}

#[test]
fn a_newcomer_that_crashes_goes_on_where_it_was() {
    let mut story = Story::new(QUICK);
    story.act("replace:c2");
    assert!(story.until(|note| matches!(note, Note::Hydrating { percent: 50, .. })));
    story.act("node-down:c3");
    assert!(story.commits(2));
    story.act("node-up:c3");
    let on = |note: &Note| matches!(*note, Note::Hydrating { percent, .. } if percent >= 50);
    assert!(story.until(on));
    assert!(story.until(COMPLETE));
    story.finish();
}

#[test]
fn a_volume_that_is_restored_while_a_member_is_replaced_replaces_it_too() {
    let body = QUICK.replace("0.0001", "0.1");
    let mut story = Story::new(&format!("{body}\n[storage]\nbackup = \"2ms\""));
    assert!(story.commits(40));
    story.act("replace:c2");
    story.act("restore-volume:v1,lsn-1");
    assert!(story.until(BEGUN));
    while story.world.volumes().len() == 1 {
        assert!(story.commits(1));
    }
    let changes = |story: &Story| {
        let volumes = story.world.volumes().iter();
        let changes = volumes.map(|volume| volume.members().changes().len());
        changes.collect::<Vec<_>>()
    };
    assert_eq!(changes(&story), [1, 1]);
    assert!(story.until(COMPLETE) && story.until(COMPLETE));
    assert_eq!(changes(&story), [0, 0]);
    story.finish();
}

/// The metadata service has given away the next epoch, so it takes nothing from the writer any more;
/// the next writer is on its way.
#[test]
fn what_is_submitted_to_a_writer_that_is_over_waits_for_the_next_one() {
    let mut story = Story::new(&QUICK.replace(
        "in_az = { kind = \"constant\", ms = 0.01 }",
        "in_az = { kind = \"constant\", ms = 5 }",
    ));
    assert!(story.commits(3));
    story.act("replace:c2");
    let at = story.world.now() + Span::from_millis(8);
    story.schedule.add(at, Verb::Recover);
    assert!(story.until(|note| matches!(note, Note::WriterOver { .. })));
    assert_eq!(story.world.writer().epoch().0, 1, "there is no other yet");
    let asked = story.world.tally().commits_asked;
    assert!(story.until(OPENED));
    assert!(story.world.tally().commits_asked > asked + 5);
    story.world.end_work();
    story.until(|_| false);
    assert_eq!(soak::restless(&story.world), None);
    story.finish();
}

#[test]
fn a_segment_of_10_gb_is_copied_in_8_seconds_and_its_round_trips() {
    let (world, trace) = run(r#"
        [latency]
        in_az = { kind = "constant", ms = 0.1 }
        cross_az = { kind = "constant", ms = 0.4 }
        disk = { kind = "constant", ms = 0.3 }
        [workload]
        kind = "insert"
        rate = 10
        [[fault]]
        at = "1s"
        do = "replace"
        node = "c2"
        [stop]
        at = "10s"
        "#);
    let at = |is: fn(&Note) -> bool| {
        let line = trace
            .iter()
            .find(|line| matches!(&line.what, What::Engine(note) if is(note)));
        line.unwrap().at
    };
    let began = at(|note| matches!(note, Note::Hydrating { .. }));
    let hydrated = at(|note| matches!(note, Note::Hydrated { .. }));
    let took_ms = hydrated.since(began).0 / 1_000_000;
    // A hundred parts, each asked for and written: 0.5 to 1.1 ms beside the transfer.
    assert!((8050..=8111).contains(&took_ms), "{took_ms} ms");
    assert!(world.first().members().changes().is_empty());
}

#[test]
fn without_a_zone_four_write_and_three_do_not_until_three_of_four_are_enough() {
    let mut story = Story::new(QUICK);
    story.act("az-down:b");
    assert!(story.commits(5), "four are up");
    story.act("node-down:c2");
    assert!(!story.commits(3), "three are up");
    story.act("node-up:c2");
    assert!(story.commits(5));
    story.act("drop-zone:b");
    assert!(story.until(COMPLETE));
    assert_eq!(story.members(), "a1 a2 c1 c2");
    story.act("node-down:c2");
    assert!(story.commits(5), "three of four");
    story.act("node-down:c1");
    assert!(!story.commits(3), "two of four");
    story.act("node-up:c1");
    story.act("node-up:c2");
    assert!(story.commits(5));
    // The zone is back, with what it had.
    story.act("az-up:b");
    story.act("add-zone:b");
    assert!(story.until(COMPLETE));
    assert_eq!(story.members(), "a1 a2 b1 b2 c1 c2");
    assert_eq!(story.world.first().members().geometry(), 3);
    story.act("az-down:c");
    assert!(story.commits(5));
    story.finish();
}

#[test]
fn a_zone_that_is_not_given_up_after_all_stays() {
    let mut story = Story::new(QUICK);
    assert!(story.commits(1));
    // While nobody of the zone is missing the change completes at once, so hold it: the survivors lack
    // something.
    for node in ["a1", "a2"] {
        story.act(&format!("node-down:{node}"));
    }
    assert!(story.commits(3));
    story.act("drop-zone:b");
    assert!(story.until(BEGUN));
    assert!(
        !story.until(COMPLETE),
        "what is durable is on c1 and c2 alone"
    );
    story.act("add-zone:b");
    assert!(story.until(REVERSED));
    assert_eq!(story.members(), "a1 a2 b1 b2 c1 c2");
    assert!(story.commits(3));
    story.finish();
}

#[test]
fn what_cannot_be_done_says_why() {
    let (_, trace) = run(r#"
        [workload]
        kind = "insert"
        rate = 100
        [[fault]]
        at = "1ms"
        do = "restore"
        node = "c2"
        [[fault]]
        at = "2ms"
        do = "replace"
        node = "c3"
        [[fault]]
        at = "3ms"
        do = "add-zone"
        az = "b"
        [[fault]]
        at = "4ms"
        do = "node-down"
        node = "b3"
        [[fault]]
        at = "5ms"
        do = "replace"
        node = "b1"
        [[fault]]
        at = "6ms"
        do = "crash-writer"
        [[fault]]
        at = "7ms"
        do = "drop-zone"
        az = "b"
        [stop]
        at = "8ms"
        "#);
    let why: Vec<_> = trace
        .iter()
        .filter_map(|line| {
            let What::NothingChanged { why, .. } = line.what else {
                return None;
            };
            Some(why?.to_string())
        })
        .collect();
    assert_eq!(
        why,
        [
            "no such change is under way",
            "it is no member",
            "nobody is left out",
            "the zone has no spare that is free and up",
            "there is no writer",
        ]
    );
}

/// Crashes the writer at every so many events of a change, with each of some sets of nodes down.
fn crash_at_events_of(body: &str, verbs: &[&str], every: u64) {
    let mut story = Story::new(body);
    assert!(story.commits(3));
    for verb in verbs {
        story.act(verb);
    }
    let begun = story.world.events();
    let mut lines = Vec::new();
    let mut changed = false;
    while !changed {
        if (story.world.events() - begun).is_multiple_of(every) {
            let mut other = story.clone();
            other.act("crash-writer");
            other.act("recover");
            let at = other.world.events();
            assert!(other.until(OPENED), "crashed at {at}");
            assert!(other.commits(3), "crashed at {at}");
            // What the metadata service knew of is completed.
            while !other.world.first().members().changes().is_empty() {
                let step = |note: &Note| matches!(note, Note::MembersChanged { .. });
                assert!(other.until(step), "crashed at {at}");
            }
            other.finish();
        }
        assert!(story.world.step(&story.schedule, &mut lines));
        for line in lines.drain(..) {
            story.checker.read(&line, &story.world);
            changed |= matches!(&line.what, What::Engine(note) if COMPLETE(note));
        }
    }
    story.finish();
}

#[test]
fn a_crash_of_the_writer_at_any_step_of_a_change_loses_nothing_and_the_change_goes_on() {
    for seed in 0..2 {
        let body = format!("seed = {seed}\n{QUICK}");
        crash_at_events_of(&body, &["node-down:c2", "replace:c2"], 11);
        let twice = ["node-down:c2", "node-down:b2", "replace:c2", "replace:b2"];
        crash_at_events_of(&body, &twice, 17);
        crash_at_events_of(&body, &["az-down:b", "drop-zone:b"], 1);
    }
}

#[test]
fn a_tail_segment_is_replaced_by_its_log_and_a_full_one_by_the_pages_of_a_full_one() {
    let full_tail = QUICK.replace("[latency]", "layout = \"full-tail\"\n[latency]");
    for (node, spare, parts) in [("c2", "c3", 1), ("c1", "c3", 100)] {
        let mut story = Story::new(&full_tail);
        assert!(story.commits(3));
        story.act(&format!("replace:{node}"));
        let spare = story.id(spare);
        let began = |note: &Note| matches!(note, Note::Hydrating { .. });
        assert!(story.until(began));
        let newcomer = &story.world.nodes()[spare.index()];
        assert!(matches!(newcomer.image(), Image::Hydrating { of, .. } if of == parts));
        let peer = newcomer.copies_from().unwrap();
        assert!(parts == 1 || story.world.first().members().is_full(peer));
        assert!(story.until(COMPLETE));
        let change = Change::Replace {
            suspect: story.id(node),
            newcomer: spare,
        };
        assert_eq!(
            story.world.first().members().is_full(spare),
            parts == 100,
            "{change:?}"
        );
        story.finish();
    }
}

#[test]
fn three_full_segments_alone_write_and_without_a_full_one_nobody_recovers() {
    let full_tail = QUICK.replace("[latency]", "layout = \"full-tail\"\n[latency]");
    let mut story = Story::new(&full_tail);
    for node in ["a2", "b2", "c2"] {
        story.act(&format!("node-down:{node}"));
    }
    assert!(story.commits(5), "all three full ones");
    for node in ["a2", "b2", "c2"] {
        story.act(&format!("node-up:{node}"));
    }
    for node in ["a1", "b1", "c1"] {
        story.act(&format!("node-down:{node}"));
    }
    story.act("crash-writer");
    story.act("recover");
    assert!(!story.until(FOUND), "no full one is up");
    story.act("node-up:b1");
    assert!(story.until(OPENED));
    story.finish();
}

#[test]
fn an_old_writer_cannot_change_the_members_once_a_new_one_has_begun() {
    let mut story = Story::new(QUICK);
    assert!(story.commits(3));
    story.act("partition:writer");
    story.act("recover");
    story.act("replace:c2");
    assert!(story.until(|note| matches!(note, Note::WriterOver { .. })));
    assert_eq!(
        story.world.first().members().epoch(),
        MembershipEpoch::FIRST
    );
    assert!(story.until(OPENED));
    assert_eq!(story.world.first().members().newcomers(), Copies::default());
    story.finish();
}
