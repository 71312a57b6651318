use engine_quorum::Defect;

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
    for (kind, count) in hits.iter() {
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
