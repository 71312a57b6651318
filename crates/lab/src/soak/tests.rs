use engine_quorum::Defect;
use redo::{Lsn, Page, PageId, PageImage};
use sim::Stream;

use super::*;
use crate::golden;

#[test]
fn seeds_pass_with_enough_events() {
    for seed in 0..20 {
        match soak(seed, &[], 5_000) {
            Ok(passed) => assert!(passed.events >= 5_000, "seed {seed}"),
            Err(failure) => panic!("seed {seed}\n{}", failure.shrunk(|| ()).story()),
        }
    }
}

#[test]
fn every_kind_of_trouble_happens() {
    let mut hits = Hits::default();
    for seed in 0..80 {
        hits.add(&soak(seed, &[], 0).expect("it passes").hits);
    }
    for (kind, count) in hits.iter().take(faults::KINDS.len()) {
        assert!(count > 0, "{kind}");
    }
}

#[test]
fn a_seed_always_gives_the_same_case() {
    assert_eq!(draw::draw(7, &[], 100), draw::draw(7, &[], 100));
    assert_ne!(draw::draw(7, &[], 100), draw::draw(8, &[], 100));
}

#[test]
fn as_many_volumes_as_there_can_be_come_to_rest() {
    let clone = |n: u8| {
        let at = SimTime::START + Span::from_millis(n.into());
        (at, Verb::Clone(VolumeId::FIRST))
    };
    let case = Case {
        settings: vec![Setting {
            key: "workload.kind",
            value: "\"insert\"".to_owned(),
        }],
        deeds: (1..VolumeId::LIMIT).map(clone).collect(),
        end: End::Mended {
            at: SimTime::START + Span::from_millis(100),
            events: 0,
        },
    };
    assert!(attempt(&case).is_ok());
}

/// Fifteen volumes on disks that do one thing at a time, all of them read: for twenty seconds they do
/// nothing else.
#[test]
fn a_world_that_is_asked_for_more_than_it_can_do_gets_through_what_it_was_asked_for() {
    assert!(soak(189, &[], 20_000).is_ok());
}

/// A setting of the same name, in place of what was drawn.
fn set(case: &mut Case, key: &'static str, value: &str) {
    case.settings.retain(|setting| setting.key != key);
    let value = value.to_owned();
    case.settings.push(Setting { key, value });
}

/// Runs a case to its end.
fn gone_through(case: &Case) -> World {
    let reached = Cell::new((0, SimTime::START));
    let scenario = Scenario::parse(&case.scenario_text()).expect("a scenario");
    let mut run = Run::new(scenario, case, &reached);
    if let Err(failure) = run.go() {
        panic!("{failure:?}");
    }
    run.world
}

/// Goes through the case of each seed with logs that forget all they can and with logs that keep all,
/// and gives how many records were forgotten.
fn compare_forgetting(seeds: std::ops::Range<u64>, events: u64) -> u64 {
    let mut forgotten = 0;
    for seed in seeds {
        let window = ["1ms", "20ms", "200ms"][usize::try_from(seed % 3).unwrap()];
        let [forgetful, other] = ["0", "1000000000"].map(|keep| {
            let mut case = draw::draw(seed, &[], events);
            set(
                &mut case,
                "storage.restore_window",
                &format!("\"{window}\""),
            );
            set(&mut case, "storage.keep_records", keep);
            gone_through(&case)
        });
        let hashes = |world: &World| (world.trace_hash(), world.state_hash());
        assert_eq!(hashes(&forgetful), hashes(&other), "seed {seed}");
        for (volume, all) in forgetful.volumes().iter().zip(other.volumes()) {
            assert_eq!(all.log().forgotten(), Lsn::ZERO);
            forgotten += all.log().kept() - volume.log().kept();
        }
    }
    forgotten
}

#[test]
fn a_run_is_the_same_whether_or_not_its_logs_forget() {
    let forgotten = compare_forgetting(0..24, 5_000);
    assert!(forgotten > 3_000, "{forgotten} records were forgotten");
}

#[test]
#[ignore = "the same for 2,000 seeds takes minutes"]
fn a_run_is_the_same_whether_or_not_its_logs_forget_in_2_000_seeds() {
    compare_forgetting(0..2_000, 20_000);
}

/// Runs a case to its end without trouble.
fn world_of(case: &Case) -> World {
    let reached = Cell::new((0, SimTime::START));
    let scenario = Scenario::parse(&case.scenario_text()).expect("a scenario");
    let mut run = Run::new(scenario, case, &reached);
    let mut lines = Vec::new();
    while unfinished(&run.world).is_some() || run.work_until.is_none() {
        if run.is_mending_due(run.world.next_at(&run.schedule)) {
            run.mend();
        }
        run.world.step(&run.schedule, &mut lines);
        for line in lines.drain(..) {
            run.read(&line);
        }
        run.perhaps_end_work();
        let why = || unfinished(&run.world).unwrap_or_default();
        assert!(!run.is_stalled(), "{}\n{}", why(), case.scenario_text());
    }
    let servers = run.world.servers().expect("both engines run");
    assert_eq!(run.plain.clone().difference(servers), None);
    run.world
}

#[test]
fn the_same_transactions_change_each_page_as_often_on_both_engines() {
    let mut compared = 0;
    for seed in 0..40 {
        let mut case = draw::draw(seed, &[], 2_000);
        case.deeds.clear();
        // A snapshot is the quorum engine's, and draws its pages from what draws all others.
        for key in [
            "workload.clients",
            "workload.arrival",
            "workload.snapshot_ms",
        ] {
            case.settings.retain(|setting| setting.key != key);
        }
        set(&mut case, "engine", "\"both\"");
        set(&mut case, "workload.rate", "200");
        let world = world_of(&case);
        let servers = world.servers().expect("both engines run");
        if servers.waiting() > 0 {
            continue;
        }
        let primary = servers.primary().expect("it works");
        let mut changes = 0;
        for page in (0..u32::try_from(world.log().pages()).unwrap()).map(PageId) {
            let stored = || primary.storage().page(page).map(PageImage::changes);
            let cached = primary.buffers().page(page).map(Page::changes);
            let found = cached.or_else(stored).unwrap_or(0);
            let made = world.log().page_at(page, Lsn::MAX).changes();
            assert_eq!(found, made, "seed {seed}, page {page}");
            changes += u64::from(made);
        }
        assert_eq!(changes, world.log().count());
        compared += 1;
    }
    assert!(compared > 30, "{compared}");
}

/// A small world whose server crashes during checkpoints, with full-page images or without.
fn torn(seed: u64, images: bool) -> Result<Passed, Box<Failure>> {
    let mut stream = Stream::new(seed, "torn pages");
    let mut case = Case {
        settings: Vec::new(),
        deeds: Vec::new(),
        end: End::Mended {
            at: SimTime::START + Span::from_millis(60),
            events: 0,
        },
    };
    for (key, value) in [
        ("seed", seed.to_string()),
        ("engine", "\"wal\"".to_owned()),
        ("workload.kind", "\"insert\"".to_owned()),
        ("workload.clients", "4".to_owned()),
        ("workload.pages", "40".to_owned()),
        ("wal.shared_buffers", "\"256KiB\"".to_owned()),
        ("wal.checkpoint_interval", "\"10ms\"".to_owned()),
        ("wal.completion_target", "0.0".to_owned()),
        ("wal.startup", "\"1ms\"".to_owned()),
        ("wal.full_page_writes", images.to_string()),
    ] {
        case.settings.push(Setting { key, value });
    }
    for ms in [10, 30, 50] {
        let at = SimTime::START + Span::from_millis(ms) + Span(stream.below(8_000_000));
        case.deeds.push((at, Verb::CrashWriter));
        case.deeds.push((at + Span::from_millis(1), Verb::Recover));
    }
    attempt(&case)
}

#[test]
fn without_images_a_crash_leaves_torn_pages_and_the_checker_reports_them() {
    let failures = (0..200).filter_map(|seed| torn(seed, false).err());
    let name = "no page of a server is torn";
    let mut torn = failures.filter(|failure| failure.invariant == name);
    let story = torn.next().expect("a torn page").shrunk(|| ()).story();
    assert!(story.contains(&format!("breaks `{name}`")), "{story}");
    assert!(story.lines().count() < 30, "{story}");
    let told = golden::tell(&story).expect("a script");
    assert_eq!(told.difference, None, "{story}");
}

#[test]
fn with_images_no_page_stays_torn() {
    for seed in 0..100 {
        let passed = torn(seed, true);
        assert!(passed.is_ok(), "seed {seed}: {passed:?}");
    }
}

#[test]
#[ignore = "the same for 2,000 seeds takes a minute"]
fn with_images_no_page_stays_torn_in_2_000_seeds() {
    let mut crashes = 0;
    for seed in 0..2_000 {
        let passed = torn(seed, true).unwrap_or_else(|failure| panic!("seed {seed}: {failure:?}"));
        let counts = passed.hits.iter();
        let during = "server crash during a checkpoint";
        crashes += counts
            .filter(|(name, _)| *name == during)
            .map(|(_, count)| count)
            .sum::<u64>();
    }
    assert!(crashes > 1_000, "{crashes} crashes during checkpoints");
}

#[test]
fn servers_alone_are_drawn_and_pass() {
    let alone = (0..160).filter(|seed| servers::engines(*seed) != servers::Engines::Quorum);
    let mut hits = Hits::default();
    for seed in alone {
        match soak(seed, &[], 2_000) {
            Ok(passed) => hits.add(&passed.hits),
            Err(failure) => panic!("seed {seed}\n{failure:?}"),
        }
    }
    for (kind, count) in hits.iter().skip(faults::KINDS.len()) {
        assert!(count > 0, "{kind}");
    }
}

#[test]
fn each_mistake_is_found_and_told_in_a_short_script() {
    for (name, defect) in Defect::ALL {
        let failures = (0..200).filter_map(|seed| soak(seed, &[defect], 5_000).err());
        // A mistake may as well end in an assertion, after which a script prints nothing.
        let mut seen = failures.filter(|failure| failure.invariant != NO_PANIC);
        let failure = seen.next().expect("it is found");
        let (invariant, story) = (failure.invariant, failure.shrunk(|| ()).story());
        assert!(story.lines().count() < 30, "{name}:\n{story}");
        let breaks = format!("breaks `{invariant}`");
        assert!(story.contains(&breaks), "{name}:\n{story}");
        let told = golden::tell(&story).expect("a script");
        assert_eq!(told.difference, None, "{name}:\n{story}");
    }
}
