use lab::{GroupId, Lsn, NodeId, Note, Scenario, SimTime, What};

use protocol::VolumeId;

use super::*;

fn watched() -> Watched {
    let (_, text) = crate::SHIPPED[0];
    let scenario = Scenario::parse(text).unwrap();
    let script = Script {
        seed: scenario.seed,
        scenario,
        recording: None,
    };
    Watched::new(&Rc::new(script))
}

/// A node says that it is complete up to a record which no writer made.
fn lie(event: u64) -> Line {
    Line {
        id: event,
        event,
        at: SimTime::START,
        cause: 0,
        volume: VolumeId::FIRST,
        what: What::Engine(Note::Stored {
            node: NodeId(0),
            group: GroupId(0),
            first: Lsn(5),
            last: Lsn(5),
            scl: Lsn(5),
        }),
    }
}

#[test]
fn what_does_not_hold_is_told_with_its_first_event_and_what_was_seen() {
    let mut watched = watched();
    watched.read(0, &(1..=100).map(lie).collect::<Vec<_>>());
    let told = watched.invariants();
    let broken: Vec<_> = told.iter().filter(|told| told.failed > 0).collect();
    assert_eq!(
        broken,
        [&Invariant {
            name: INVARIANTS[1].to_owned(),
            checked: 100,
            failed: 100,
            broken: Some(Broken {
                event: 1,
                seen: "SCL 5, complete to 0".to_owned(),
            }),
        }]
    );
    assert_eq!(told.len(), INVARIANTS.len());
}

#[test]
fn a_copy_remembers_what_was_seen_before_it_and_not_after() {
    let mut watched = watched();
    let before = watched.clone();
    watched.read(0, &[lie(1)]);
    let after = watched.clone();
    assert!(before.invariants().iter().all(|told| told.broken.is_none()));
    assert_eq!(after.invariants(), watched.invariants());
    assert!(after.invariants().iter().any(|told| told.broken.is_some()));
}
