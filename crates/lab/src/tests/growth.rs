//! Volumes that grow by protection groups while they are written, and fail meanwhile.

use engine_quorum::{Change, Step};

use super::members::{QUICK, Story};
use super::*;

const GROWN: fn(&Note) -> bool = |note| {
    matches!(
        note,
        Note::MembersChanged {
            step: Step::Grow,
            ..
        }
    )
};

impl Story {
    fn groups(&self) -> usize {
        self.world.groups().count()
    }

    /// Records of the group that was added last.
    fn in_last_group(&self) -> u64 {
        let group = self.world.groups().last().unwrap();
        let nodes = self.world.nodes().iter();
        let records = nodes.map(|node| node.segment(group).stored_records);
        records.max().unwrap()
    }
}

#[test]
fn a_volume_that_grows_under_load_has_its_new_pages_written_the_same_in_both_weights() {
    let grown = |weight: &str, workload: &str| {
        let body = format!("weight = \"{weight}\"\n{QUICK}").replace("rate = 2000", workload);
        let mut story = Story::new(&body);
        assert!(story.commits(10));
        for groups in 3..6 {
            let before = story.world.pages();
            story.act("grow");
            assert!(story.until(GROWN));
            assert_eq!(story.groups(), groups);
            assert_eq!(story.world.pages(), before + 2);
            assert_eq!(story.world.pages_held(), before + 2);
            assert!(story.commits(40));
            assert!(story.in_last_group() > 2, "{weight} {groups}");
        }
        let members = story.world.first().members();
        assert_eq!((members.epoch().0, members.geometry()), (4, 4));
        let hash = story.world.trace_hash();
        story.finish();
        hash
    };
    assert_eq!(
        grown("exact", "rate = 2000"),
        grown("account", "rate = 2000")
    );
    let zipf = "rate = 2000\narrival = \"poisson\"";
    assert_eq!(grown("exact", zipf), grown("account", zipf));
}

#[test]
fn a_crash_of_the_writer_at_any_event_of_growing_loses_nothing_and_the_volume_grows_in_the_end() {
    for seed in 0..3 {
        let mut story = Story::new(&format!("seed = {seed}\n{QUICK}"));
        assert!(story.commits(4));
        story.act("node-down:c2");
        story.act("grow");
        let mut lines = Vec::new();
        for event in 0..120 {
            assert!(story.world.step(&story.schedule, &mut lines));
            for line in lines.drain(..) {
                story.checker.read(&line, &story.world);
            }
            if event % 3 > 0 {
                continue;
            }
            let mut story = story.clone();
            story.act("crash-writer");
            story.act("recover");
            assert!(story.until(OPENED), "seed {seed}, event {event}");
            if story.groups() == 2 {
                story.act("grow");
                assert!(story.until(GROWN), "seed {seed}, event {event}");
            }
            assert!(story.commits(30), "seed {seed}, event {event}");
            assert_eq!(story.groups(), 3);
            assert!(story.in_last_group() > 0);
            // The node that heard nothing catches up.
            story.act("node-up:c2");
            story.world.end_work();
            while story.world.step(&story.schedule, &mut lines) {
                for line in lines.drain(..) {
                    story.checker.read(&line, &story.world);
                }
            }
            let (log, c2) = (story.world.log(), story.id("c2"));
            for group in log.groups() {
                let scl = story.world.nodes()[c2.index()].segment(group).scl();
                assert_eq!(scl, log.last_in_group(group), "seed {seed}, event {event}");
            }
            story.finish();
        }
    }
}

#[test]
fn a_newcomer_that_joins_while_the_volume_grows_has_the_new_group_as_well() {
    let mut story = Story::new(QUICK);
    assert!(story.commits(4));
    story.act("node-down:c2");
    story.act("replace:c2");
    story.act("grow");
    let joined = |note: &Note| {
        let step = Step::Complete(Change::Replace {
            suspect: NodeId(5),
            newcomer: NodeId(8),
        });
        matches!(note, Note::MembersChanged { step: made, .. } if *made == step)
    };
    assert!(story.until(joined));
    assert_eq!(story.groups(), 3);
    story.act("az-down:a");
    assert!(story.commits(20), "c3 votes in every group");
    assert!(story.in_last_group() > 0);
    story.finish();
}

#[test]
fn a_volume_grows_only_as_far_as_it_can_and_only_by_a_writer() {
    let why = |body: &str, verbs: &[&str]| {
        let mut story = Story::new(body);
        assert!(story.commits(1));
        for verb in verbs {
            story.act(verb);
        }
        let mut lines = Vec::new();
        for _ in 0..50 {
            assert!(story.world.step(&story.schedule, &mut lines));
        }
        lines.into_iter().find_map(|line| {
            let What::NothingChanged { why, .. } = line.what else {
                return None;
            };
            why
        })
    };
    let full = QUICK.replace("protection_groups = 2", "protection_groups = 999");
    assert_eq!(why(&full, &["grow"]), None);
    let full = full.replace("999", "1000");
    assert_eq!(why(&full, &["grow"]), Some(Obstacle::NoRoom));
    assert_eq!(
        why(QUICK, &["crash-writer", "grow"]),
        Some(Obstacle::NoWriter)
    );
}
