use std::collections::BTreeSet;

use proptest::prelude::*;
use redo::PageId;

use super::*;
use crate::tests::script;

/// A world whose volumes do only what is done to them.
struct Lab {
    world: World,
    schedule: Schedule,
}

fn lab(body: &str) -> Lab {
    let script = script(body);
    Lab {
        world: World::new(&script),
        schedule: Schedule::default(),
    }
}

const BY_HAND: &str = r#"
    [topology]
    protection_groups = 2
    lal = 100
    [workload]
    kind = "insert"
    pages = 4
    rate = 0.001
    arrival = "poisson"
"#;

impl Lab {
    /// Does this, and lets twenty milliseconds pass.
    fn act(&mut self, verbs: &[&str]) {
        let now = self.world.now() + Span(1);
        for verb in verbs {
            self.schedule.add(now, verb.parse().unwrap());
        }
        let later = now + Span::from_millis(20);
        while self
            .world
            .next_at(&self.schedule)
            .is_some_and(|at| at < later)
        {
            self.world.step(&self.schedule, &mut Vec::new());
        }
    }

    fn volume(&self, number: usize) -> &Volume {
        &self.world.volumes()[number - 1]
    }

    /// The records that made a page what a volume sees, newest first.
    fn history(&self, number: usize, page: u32) -> Vec<Lsn> {
        let log = self.volume(number).log();
        let newest = log.last_of_page(PageId(page), Lsn::MAX);
        let chain = std::iter::successors(Some(newest), |lsn| Some(log.get(*lsn)?.prev_of_page));
        chain.take_while(|lsn| *lsn > Lsn::ZERO).collect()
    }

    fn changed(&self, number: usize) -> (u64, u64, u64) {
        let changed = self.volume(number).origin().unwrap().changed();
        (changed.here, changed.there, changed.both)
    }

    /// What is stored, counted page by page from the volumes' logs.
    fn held(&self) -> u64 {
        let world = &self.world;
        let mut versions = BTreeSet::new();
        for volume in world.volume_ids() {
            let here = &world.volumes[volume.index()];
            if here.deleted.is_none() {
                for page in (0..u32::try_from(here.pages()).unwrap()).map(PageId) {
                    versions.insert((page, world.version(volume, page)));
                }
            }
        }
        versions.len() as u64
    }
}

#[test]
fn the_example_of_two_pages_stores_six_for_eight() {
    let mut lab = lab(BY_HAND);
    lab.act(&["write:v1,0", "write:v1,3"]);
    lab.act(&["clone:v1"]);
    assert_eq!((lab.world.pages(), lab.world.pages_held()), (4, 4));
    let before = lab.history(2, 0);
    lab.act(&["write:v1,0"]);
    assert_eq!((lab.world.pages_held(), lab.changed(2)), (5, (0, 1, 0)));
    lab.act(&["write:v2,3"]);
    assert_eq!((lab.world.pages_held(), lab.changed(2)), (6, (1, 1, 0)));
    assert_eq!(lab.history(2, 0), before);
    assert_eq!(lab.history(1, 3).len(), 1);
    assert_eq!(lab.history(2, 3).len(), 2);
    // A page that both changed has two versions, and the one that it had before is garbage.
    lab.act(&["write:v2,0"]);
    assert_eq!((lab.world.pages_held(), lab.changed(2)), (6, (2, 1, 1)));
}

#[test]
fn a_clone_begins_at_the_durable_point_of_its_source_and_has_epochs_and_lsns_of_its_own() {
    let mut lab = lab(BY_HAND);
    lab.act(&["write:v1,0", "write:v1,1"]);
    lab.act(&["clone:v1"]);
    let (source, clone) = (lab.volume(1), lab.volume(2));
    assert_eq!(clone.origin().unwrap().at, Lsn(2));
    assert_eq!(clone.writer().points().vdl(), Lsn(2));
    assert!(clone.writer().epoch() > source.writer().epoch());
    lab.act(&["write:v1,0", "write:v2,0"]);
    assert_eq!(lab.volume(1).writer().points().vdl(), Lsn(3));
    assert_eq!(lab.volume(2).writer().points().vdl(), Lsn(103));
}

#[test]
fn the_clone_of_a_clone_outlives_both_and_shares_what_neither_changed() {
    let mut lab = lab(BY_HAND);
    lab.act(&["write:v1,0"]);
    lab.act(&["clone:v1"]);
    lab.act(&["write:v2,1"]);
    lab.act(&["clone:v2"]);
    assert_eq!((lab.world.pages_held(), lab.held()), (5, 5));
    let seen: Vec<_> = (0..4).map(|page| lab.history(3, page)).collect();
    lab.act(&["delete-volume:v1"]);
    // Only v1 still saw page 1 as it was before v2 changed it.
    assert_eq!((lab.world.pages_held(), lab.held()), (4, 4));
    lab.act(&["delete-volume:v2"]);
    let now: Vec<_> = (0..4).map(|page| lab.history(3, page)).collect();
    assert_eq!((lab.world.pages_held(), now), (4, seen));
    lab.act(&["write:v3,2"]);
    let clone = lab.volume(3);
    assert_eq!(clone.writer().points().vdl(), clone.log().last());
    assert_eq!(clone.tally().commits_acked, 1);
}

#[test]
fn the_sixteenth_clone_is_a_full_copy_until_another_one_goes() {
    let mut lab = lab(BY_HAND);
    for clones in 1..=CLONES_MAX {
        lab.act(&["clone:v1"]);
        let origin = lab.volume(clones + 1).origin().unwrap();
        assert!(origin.shares());
    }
    assert_eq!(lab.world.pages_held(), 4);
    lab.act(&["clone:v1"]);
    assert!(!lab.volume(17).origin().unwrap().shares());
    assert_eq!(lab.world.pages_held(), 8);
    lab.act(&["write:v17,0"]);
    assert_eq!(lab.world.pages_held(), 8);
    lab.act(&["delete-volume:v5"]);
    lab.act(&["clone:v17"]);
    assert!(lab.volume(18).origin().unwrap().shares());
}

#[test]
fn a_volume_whose_writer_is_gone_is_not_cloned() {
    let mut lab = lab(BY_HAND);
    lab.act(&["crash-writer"]);
    lab.act(&["clone:v1"]);
    lab.act(&["clone:v7", "write:v7,0", "delete-volume:v7", "write:v1,4"]);
    assert_eq!(lab.world.volumes().len(), 1);
}

#[test]
fn random_writes_store_as_many_pages_as_the_closed_form_says() {
    let body = |commits: u64| {
        format!(
            r#"
            weight = "account"
            [topology]
            lal = 100000000
            [workload]
            kind = "insert"
            pages = 10000
            rate = 1000
            [clone]
            rate = 1000
            [[fault]]
            at = "0ns"
            do = "clone"
            volume = "v1"
            [stop]
            at = "{commits}ms"
            "#
        )
    };
    // Standard deviations are below 30 pages: of 10,000 pages, each is changed or not.
    for (commits, expected) in [(1_000_u64, 11_813_u64), (10_000, 18_647)] {
        let script = script(&body(commits));
        let schedule = Schedule::new(&script.scenario);
        let mut world = World::new(&script);
        let mut trace = Vec::new();
        while world.step(&schedule, &mut trace) {
            trace.clear();
        }
        assert!(
            world.pages_held().abs_diff(expected) < 90,
            "{} pages after {commits} commits each, expected {expected}",
            world.pages_held()
        );
        let changed = world.volumes()[1].origin().unwrap().changed();
        assert_eq!(world.pages_held(), world.pages() + changed.either());
    }
}

/// The talk's example: ten thousand commits a second on the source, twice as many on the clone.
#[test]
fn the_load_of_a_clone_does_not_slow_its_source() {
    let p99 = |clone: &str| {
        let script = script(&format!(
            r#"
            weight = "account"
            [topology]
            protection_groups = 4
            [workload]
            kind = "insert"
            rate = 10000
            arrival = "poisson"
            {clone}
            [stop]
            at = "5s"
            "#
        ));
        let schedule = Schedule::new(&script.scenario);
        let mut world = World::new(&script);
        let mut trace = Vec::new();
        while world.step(&schedule, &mut trace) {
            trace.clear();
        }
        let acked = world.volumes().iter().map(|v| v.tally().commits_acked);
        let per_second: Vec<_> = acked.map(|commits| (commits + 500) / 5_000).collect();
        let p99 = world.tally().latency().value_at_quantile(0.99);
        (per_second, p99)
    };
    let (alone, alone_p99) = p99("");
    let both = r#"
        [clone]
        rate = 20000
        arrival = "poisson"
        [[fault]]
        at = "0ns"
        do = "clone"
        volume = "v1"
    "#;
    let (beside, beside_p99) = p99(both);
    assert_eq!((alone, beside), (vec![10], vec![10, 20]));
    assert!(
        beside_p99.abs_diff(alone_p99) * 50 < alone_p99,
        "p99 {alone_p99} ns alone, {beside_p99} ns beside the clone"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn what_is_stored_is_what_the_volumes_see(
        deeds in proptest::collection::vec((0_u8..10, 0_u8..6, 0_u32..8), 1..40),
    ) {
        let mut lab = lab(BY_HAND);
        for (deed, volume, page) in deeds {
            let volume = volume + 1;
            lab.act(&[&match deed {
                0 => format!("clone:v{volume}"),
                1 if volume > 1 => format!("delete-volume:v{volume}"),
                2 => "crash-writer".to_owned(),
                3 => "recover".to_owned(),
                4 => "grow".to_owned(),
                _ => format!("write:v{volume},{page}"),
            }]);
            prop_assert_eq!(lab.world.pages_held(), lab.held());
        }
    }
}

const BACKED_UP: &str = r#"
    [topology]
    protection_groups = 2
    lal = 100
    gossip = "1ms"
    [storage]
    backup = "1ms"
    [latency]
    archive = { kind = "constant", ms = 1 }
    [workload]
    kind = "insert"
    pages = 4
    rate = 0.001
    arrival = "poisson"
"#;

#[test]
fn a_volume_is_restored_to_an_lsn_or_a_time_and_the_old_one_goes_on() {
    let mut lab = lab(BACKED_UP);
    lab.act(&["write:v1,0"]);
    let early = lab.world.now();
    lab.act(&["write:v1,0", "write:v1,1"]);
    lab.act(&["write:v1,0"]);
    let to_time = format!("restore-volume:v1,{}ns", early.0);
    lab.act(&["restore-volume:v1,lsn-3", &to_time]);
    lab.act(&["write:v2,2", "write:v1,3"]);
    assert_eq!(lab.history(1, 0), [Lsn(4), Lsn(2), Lsn(1)]);
    assert_eq!(lab.history(2, 0), [Lsn(2), Lsn(1)]);
    assert_eq!(lab.history(2, 1), [Lsn(3)]);
    assert_eq!(lab.history(3, 0), [Lsn(1)]);
    for volume in [1, 2, 3] {
        let here = lab.volume(volume);
        assert_eq!(here.writer().points().vdl(), here.log().last());
    }
    assert!(lab.volume(2).log().last() > Lsn(100));
    // Nothing is shared: four pages each.
    assert_eq!((lab.world.pages_held(), lab.held()), (12, 12));
}

#[test]
fn a_volume_is_restored_to_before_a_recovery() {
    let mut lab = lab(BACKED_UP);
    lab.act(&["write:v1,0", "write:v1,1"]);
    lab.act(&["crash-writer", "recover"]);
    lab.act(&["write:v1,0"]);
    lab.act(&["restore-volume:v1,lsn-1"]);
    lab.act(&["write:v2,1"]);
    let vdl = lab.volume(2).writer().points().vdl();
    assert!(vdl > lab.volume(1).log().last());
    assert_eq!(lab.history(2, 0), [Lsn(1)]);
    assert_eq!(lab.history(2, 1), [vdl]);
    lab.act(&["restore-volume:v2,lsn-1"]);
    assert_eq!(lab.volume(3).log().last(), Lsn(1));
}

#[test]
fn what_is_not_in_object_storage_is_not_restored() {
    let mut lab = lab(BACKED_UP);
    lab.act(&["write:v1,0"]);
    lab.act(&["restore-volume:v1,lsn-2", "restore-volume:v2,lsn-1"]);
    assert_eq!(lab.world.volumes().len(), 1);
    // Nothing is staged as long as no node is up.
    lab.act(&["az-down:a", "az-down:b", "az-down:c", "write:v1,0"]);
    lab.act(&["restore-volume:v1,lsn-2"]);
    assert_eq!(lab.world.volumes().len(), 1);
    lab.act(&["az-up:a", "az-up:b", "az-up:c"]);
    for _ in 0..20 {
        lab.act(&[]);
    }
    lab.act(&["restore-volume:v1,lsn-2"]);
    assert_eq!(lab.world.volumes().len(), 2);
    lab.act(&["delete-volume:v1"]);
    lab.act(&["restore-volume:v1,lsn-1"]);
    assert_eq!(lab.world.volumes().len(), 2);
}

#[test]
fn a_clone_keeps_the_groups_that_it_was_taken_with_and_each_volume_grows_alone() {
    let mut lab = lab(BY_HAND);
    lab.act(&["write:v1,0"]);
    lab.act(&["clone:v1"]);
    lab.act(&["grow"]);
    let groups = |lab: &Lab, number| lab.volume(number).groups().count();
    assert_eq!((groups(&lab, 1), groups(&lab, 2)), (3, 2));
    assert_eq!((lab.volume(1).pages(), lab.volume(2).pages()), (6, 4));
    assert_eq!((lab.world.pages_held(), lab.held()), (6, 6));
    // What only the source has is compared with nothing.
    lab.act(&["write:v1,5", "write:v2,5", "write:v2,3"]);
    assert_eq!(lab.history(1, 5).len(), 1);
    assert_eq!(lab.history(2, 5), []);
    assert_eq!(lab.changed(2), (1, 0, 0));
    assert_eq!((lab.world.pages_held(), lab.held()), (7, 7));
    // A clone that is taken now has all six, and may change the new ones.
    lab.act(&["clone:v1"]);
    assert_eq!((groups(&lab, 3), lab.volume(3).pages()), (3, 6));
    lab.act(&["write:v3,5"]);
    assert_eq!((lab.history(1, 5).len(), lab.history(3, 5).len()), (1, 2));
    assert_eq!((lab.world.pages_held(), lab.held()), (8, 8));
    lab.act(&["delete-volume:v1"]);
    assert_eq!(lab.world.pages_held(), lab.held());
}

#[test]
fn a_clone_that_is_taken_while_the_volume_grows_begins_with_the_group() {
    let mut lab = lab(BY_HAND);
    lab.act(&["write:v1,0"]);
    lab.act(&["grow", "clone:v1"]);
    let groups = |number: usize| lab.volume(number).groups().count();
    assert_eq!((groups(1), groups(2)), (3, 3));
    lab.act(&["write:v1,5", "write:v2,4"]);
    assert_eq!((lab.history(1, 5).len(), lab.history(2, 4).len()), (1, 1));
    assert_eq!((lab.world.pages_held(), lab.held()), (8, 8));
}

#[test]
fn a_volume_that_is_restored_to_before_it_grew_has_todays_groups_and_the_new_one_empty() {
    let mut lab = lab(BACKED_UP);
    lab.act(&["write:v1,0"]);
    lab.act(&["grow"]);
    lab.act(&["write:v1,5"]);
    lab.act(&["restore-volume:v1,lsn-1", "restore-volume:v1,lsn-2"]);
    for (number, kept) in [(2, 0), (3, 1)] {
        assert_eq!(lab.volume(number).groups().count(), 3);
        assert_eq!(lab.history(number, 5).len(), kept);
    }
    lab.act(&["write:v2,5", "write:v3,5"]);
    for (number, kept) in [(2, 1), (3, 2)] {
        let here = lab.volume(number);
        assert_eq!(lab.history(number, 5).len(), kept);
        assert_eq!(here.writer().points().vdl(), here.log().last());
    }
    assert_eq!((lab.world.pages_held(), lab.held()), (18, 18));
}
