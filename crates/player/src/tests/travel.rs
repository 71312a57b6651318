//! Going back and forth: how far a replay is, counted in events.

use super::*;

/// What a replay may take for the lines of the event list, and to the next keyframe.
const LINES_EVENTS: u64 = 2 * 4096 + 2048;

/// Goes there and gives the number of events that it took.
fn events_to(player: &mut Player, command: Command) -> u64 {
    player.handle(command);
    let mut events = 0;
    while player.run(1) == Status::Busy {
        events += 1;
    }
    events
}

fn seek_to(event: u64) -> Command {
    let (request, to) = (1, SeekTo::Event(event));
    Command::Seek { request, to }
}

fn keyframes(player: &mut Player) -> u32 {
    step(player, 0).timeline.keyframes
}

#[test]
fn a_replay_is_shorter_than_half_the_way_back_from_the_newest_event() {
    const NEWEST: u64 = 200_000;
    let mut player = Player::default();
    seek(&mut player, NEWEST);
    let shares = (0..=20).map(|share| NEWEST * share / 20);
    for event in shares.chain([199_999, 198_000, 190_000]) {
        let back = events_to(&mut player, seek_to(event));
        let most = (NEWEST - event) / 2 + LINES_EVENTS;
        assert!(back < most, "{event}: {back}");
        let forth = events_to(&mut player, seek_to(NEWEST));
        assert!(forth < LINES_EVENTS, "from {event}: {forth}");
        assert!(keyframes(&mut player) < 100);
    }
}

#[test]
fn a_time_is_found_from_a_keyframe_as_well() {
    let mut player = Player::default();
    let frame = seek(&mut player, 100_000);
    seek(&mut player, 10);
    let (request, to) = (1, SeekTo::Time(frame.now_ns));
    assert!(events_to(&mut player, Command::Seek { request, to }) < LINES_EVENTS);
    assert_eq!(step(&mut player, 0).state_hash, frame.state_hash);
}

#[test]
fn steps_back_are_short_in_an_old_place_too() {
    let mut player = Player::default();
    seek(&mut player, 200_000);
    seek(&mut player, 50_000);
    let mut long = 0;
    for _ in 0..5000 {
        let events = events_to(&mut player, Command::Step { request: 1, by: -1 });
        assert!(events < LINES_EVENTS);
        long += u32::from(events > 1024);
        // One in four thousand fetches lines of the event list again.
        assert!(long < 3);
    }
}

/// A run in which a writer crashes, lives on and is followed by another.
fn eventful() -> Player {
    let mut player = Player::default();
    for (event, text) in [
        (1500, "replace:c2"),
        (2000, "az-down:b"),
        (3000, "crash-writer"),
        (3100, "az-up:b"),
        (3500, "recover"),
    ] {
        seek(&mut player, event);
        let (request, verb) = (2, verb(text));
        play(&mut player, 100, Command::Act { request, verb });
    }
    player
}

#[test]
fn invariants_are_checked_as_often_whichever_way_one_came() {
    let mut player = eventful();
    let there = seek(&mut player, 9000);
    assert_eq!(there.invariants.len(), lab::INVARIANTS.len());
    // Nobody reads in this run, and its old writer does not live on.
    let checked = there.invariants.iter().filter(|told| told.checked > 0);
    assert_eq!(checked.count(), 11);
    for told in &there.invariants {
        assert_eq!((told.failed, &told.broken), (0, &None), "{}", told.name);
    }
    let before = step(&mut player, -1).invariants;
    assert_eq!(step(&mut player, 1).invariants, there.invariants);
    let early = seek(&mut player, 2500).invariants;
    assert_ne!(early, there.invariants);
    assert_eq!(seek(&mut player, 8999).invariants, before);
    assert_eq!(seek(&mut player, 2500).invariants, early);
    assert_eq!(seek(&mut player, 9000).invariants, there.invariants);
    let reset = play(&mut player, 100, Command::Reset { request: 3 });
    assert!(reset.invariants.iter().all(|told| told.checked == 0));
}

#[test]
fn a_world_under_watch_is_the_same_world() {
    let frame = seek(&mut Player::default(), 5000);
    let (_, text) = SHIPPED[0];
    let scenario = Scenario::parse(text).unwrap();
    let schedule = lab::Schedule::new(&scenario);
    let mut world = lab::World::new(&Rc::new(Script {
        seed: scenario.seed,
        scenario,
        recording: None,
    }));
    for _ in 0..5000 {
        assert!(world.step(&schedule, &mut Vec::new()));
    }
    let hashes = (world.trace_hash(), world.state_hash());
    assert_eq!(frame.trace_hash, protocol::hex(hashes.0));
    assert_eq!(frame.state_hash, Some(protocol::hex(hashes.1)));
}
