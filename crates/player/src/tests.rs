mod answers;
mod branches;
mod compare;
mod described;
mod experiment;
mod list;
mod members;
mod reads;
mod restore;
mod series;
mod servers;
mod tape;
mod travel;
mod upkeep;
mod volumes;
mod why;

use protocol::{Frame, Job};

use super::*;
use crate::wal::FIRST_RUN;

/// Handles a command to its end, in slices of so many events, and gives the last frame.
fn play(player: &mut Player, slice: u32, command: Command) -> Frame {
    player.handle(command);
    while player.run(slice) == Status::Busy {}
    let mut frames = player.events().into_iter().filter_map(|event| {
        if let Event::Frame { frame, .. } = event {
            Some(*frame)
        } else {
            None
        }
    });
    frames.next_back().expect("a frame answers")
}

fn seek(player: &mut Player, event: u64) -> Frame {
    play(
        player,
        1000,
        Command::Seek {
            request: 1,
            to: SeekTo::Event(event),
        },
    )
}

fn step(player: &mut Player, by: i32) -> Frame {
    play(player, 1000, Command::Step { request: 1, by })
}

fn verb(text: &str) -> Verb {
    text.parse().unwrap()
}

#[test]
fn every_shipped_scenario_is_one() {
    for (name, text) in SHIPPED {
        assert_eq!(
            Scenario::parse(text).map(|scenario| scenario.name),
            Ok(name.to_owned())
        );
    }
}

#[test]
fn ten_steps_back_and_ten_forward_give_the_same_states() {
    let mut player = Player::default();
    let mut forward = vec![seek(&mut player, 9_990).state_hash];
    forward.extend((0..10).map(|_| step(&mut player, 1).state_hash));
    let back: Vec<_> = (0..10).map(|_| step(&mut player, -1).state_hash).collect();
    let again: Vec<_> = (0..10).map(|_| step(&mut player, 1).state_hash).collect();
    assert!(forward.iter().all(Option::is_some));
    assert_eq!(again, forward[1..]);
    assert!(back.iter().eq(forward[..10].iter().rev()));
}

#[test]
fn a_run_is_the_same_in_one_go_and_event_by_event() {
    let mut whole = Player::default();
    let mut single = Player::default();
    let whole = seek(&mut whole, 5000);
    let mut last = None;
    for _ in 0..5000 {
        last = Some(step(&mut single, 1));
    }
    let single = last.unwrap();
    assert_eq!(
        (single.trace_hash, single.state_hash),
        (whole.trace_hash, whole.state_hash)
    );
}

#[test]
fn ticks_of_any_length_lead_to_the_same_state() {
    let at = |player: &mut Player, tick_ns: u64| {
        for _ in 0..20_000_000 / tick_ns {
            play(
                player,
                7,
                Command::Tick {
                    request: 1,
                    advance_ns: tick_ns,
                },
            );
        }
        step(player, 0).state_hash
    };
    let (mut fine, mut coarse) = (Player::default(), Player::default());
    assert_eq!(at(&mut fine, 10_000), at(&mut coarse, 5_000_000));
}

#[test]
fn a_reload_with_the_same_edits_gives_the_same_hash() {
    let mut player = Player::default();
    seek(&mut player, 3000);
    play(
        &mut player,
        100,
        Command::Act {
            request: 2,
            verb: verb("az-down:b"),
        },
    );
    let seen = seek(&mut player, 6000);
    let edits = seen.timeline.marks.iter().filter(|mark| mark.edit);
    let edits: Vec<_> = edits
        .map(|mark| Edit {
            at_ns: mark.at_ns,
            verb: mark.verb,
        })
        .collect();
    assert_eq!(edits.len(), 1);
    let load = Command::Load {
        request: 3,
        source: Source::Shipped("insert".to_owned()),
        changes: Vec::new(),
        seed: None,
        edits,
        cursor: SeekTo::Event(6000),
    };
    let again = play(&mut Player::default(), 100, load);
    assert_eq!(again.trace_hash, seen.trace_hash);
    assert_eq!(again.state_hash, seen.state_hash);
}

#[test]
fn a_branch_from_the_past_knows_nothing_of_what_came_after() {
    let mut player = Player::default();
    seek(&mut player, 5000);
    play(
        &mut player,
        100,
        Command::Act {
            request: 2,
            verb: verb("node-down:c1"),
        },
    );
    seek(&mut player, 2000);
    let frame = play(
        &mut player,
        100,
        Command::Act {
            request: 3,
            verb: verb("az-down:b"),
        },
    );
    let edits: Vec<_> = frame
        .timeline
        .marks
        .iter()
        .map(|mark| mark.verb.to_string())
        .collect();
    assert_eq!(edits, ["az-down:b"]);
    assert!(frame.zones[1].down_since_ns.is_some());
    let far = seek(&mut player, 9000);
    let near = seek(&mut player, 2500);
    let far_again = seek(&mut player, 9000);
    assert_eq!(far.state_hash, far_again.state_hash);
    assert_ne!(near.state_hash, far.state_hash);
}

#[test]
fn commits_stop_with_a_zone_and_one_more_and_the_frame_says_why() {
    let mut player = Player::default();
    seek(&mut player, 3000);
    play(
        &mut player,
        100,
        Command::Act {
            request: 1,
            verb: verb("az-down:b"),
        },
    );
    let before = play(
        &mut player,
        100,
        Command::Tick {
            request: 1,
            advance_ns: 1,
        },
    );
    let tick = Command::Tick {
        request: 1,
        advance_ns: 50_000_000,
    };
    let with_zone_down = play(&mut player, 100, tick.clone());
    assert!(with_zone_down.counters.commits_acked > before.counters.commits_acked + 100);
    play(
        &mut player,
        100,
        Command::Act {
            request: 1,
            verb: verb("node-down:c2"),
        },
    );
    let settled = play(&mut player, 100, tick.clone());
    let stopped = play(&mut player, 100, tick.clone());
    assert_eq!(
        stopped.counters.commits_acked,
        settled.counters.commits_acked
    );
    let wait = stopped.writer.oldest_wait.unwrap();
    assert!(wait.stopped);
    assert_eq!((wait.have, wait.need), (3, 4));
    play(
        &mut player,
        100,
        Command::Act {
            request: 1,
            verb: verb("node-up:c2"),
        },
    );
    play(
        &mut player,
        100,
        Command::Act {
            request: 1,
            verb: verb("az-up:b"),
        },
    );
    play(&mut player, 100, tick.clone());
    let healed = play(&mut player, 100, tick);
    assert!(healed.counters.commits_acked > stopped.counters.commits_acked + 100);
    assert!(healed.writer.oldest_wait.is_none_or(|wait| !wait.stopped));
}

#[test]
fn what_cannot_be_loaded_leaves_everything_as_it_was() {
    let mut player = Player::default();
    let before = seek(&mut player, 1000);
    for (source, seed) in [
        (Source::Shipped("nothing".to_owned()), None),
        (Source::Text("format = 2".to_owned()), None),
        (Source::OwnWal, None),
        (Source::Shipped("insert".to_owned()), Some("xyz".to_owned())),
    ] {
        let cursor = SeekTo::Event(0);
        player.handle(Command::Load {
            request: 9,
            source,
            changes: Vec::new(),
            seed,
            edits: Vec::new(),
            cursor,
        });
        assert!(matches!(
            player.events()[..],
            [Event::Refused { request: 9, .. }]
        ));
    }
    assert_eq!(step(&mut player, 0).state_hash, before.state_hash);
}

#[test]
fn a_slice_that_ends_early_ends_a_tick_with_its_frame() {
    let mut player = Player::default();
    player.handle(Command::Tick {
        request: 4,
        advance_ns: 1_000_000_000,
    });
    assert_eq!(player.run(100), Status::Busy);
    player.end_slice();
    assert_eq!(player.run(100), Status::Idle);
    assert!(
        matches!(&player.events()[..], [Event::Frame { request: 4, frame }] if frame.event == 100)
    );
}

fn load(player: &mut Player, source: Source) -> Frame {
    load_with(player, source, &[])
}

/// Loads a scenario with these values at these places.
fn load_with(player: &mut Player, source: Source, changes: &[(&str, &str)]) -> Frame {
    let cursor = SeekTo::Event(0);
    let change = |&(path, value): &(&str, &str)| Change {
        path: path.to_owned(),
        value: value.to_owned(),
    };
    let load = Command::Load {
        request: 1,
        source,
        changes: changes.iter().map(change).collect(),
        seed: None,
        edits: Vec::new(),
        cursor,
    };
    play(player, 1000, load)
}

#[test]
fn the_shipped_recording_plays_to_its_end() {
    let mut player = Player::default();
    load(&mut player, Source::Shipped("first-light".to_owned()));
    let frame = play(&mut player, 10_000, Command::RunToEnd { request: 2 });
    assert_eq!(frame.run, protocol::RunState::Ended);
    assert!(
        frame.counters.commits_acked > 50,
        "{}",
        frame.counters.commits_acked
    );
    assert_eq!(frame.counters.commits_acked, frame.counters.commits_asked);
    assert_eq!(frame.writer.vdl, frame.tape.records);
}

#[test]
fn a_run_to_the_end_stops_where_nothing_more_will_come() {
    for deed in ["crash-writer", "az-down:b"] {
        let mut player = Player::default();
        load(&mut player, Source::Shipped("first-light".to_owned()));
        seek(&mut player, 400);
        let act = |request, text| Command::Act {
            request,
            verb: verb(text),
        };
        play(&mut player, 100, act(2, deed));
        play(&mut player, 100, act(3, "node-down:a1"));
        let frame = play(&mut player, 100_000, Command::RunToEnd { request: 4 });
        assert_eq!(frame.run, protocol::RunState::Going, "{deed}");
        assert!(frame.counters.commits_acked < frame.counters.commits_asked);
        let back = if deed == "crash-writer" {
            "recover"
        } else {
            "node-up:a1"
        };
        play(&mut player, 100, act(5, back));
        let frame = play(&mut player, 100_000, Command::RunToEnd { request: 6 });
        assert_eq!(frame.run, protocol::RunState::Ended, "{deed}");
    }
}

/// The bytes of the shipped WAL.
const WAL: &[u8] = include_bytes!("../../../www/recordings/first-run.wal");

/// Reads a file, and gives what was said last of it, with the WAL.
fn read(name: &str, bytes: &[u8]) -> (Event, Option<Vec<u8>>) {
    let mut jobs = Jobs::default();
    let file = lab::InMemory::new(name, bytes.to_vec());
    jobs.begin(Job::ReadWal { request: 5 }, vec![Box::new(file)]);
    while jobs.run(0) == Status::Busy {}
    let last = jobs.events().pop().expect("a job is answered");
    (last, jobs.wal())
}

#[test]
fn the_shipped_recording_is_what_its_wal_gives() {
    let (_, read) = read("first-run.wal", WAL);
    assert!(
        read.as_deref() == Some(FIRST_RUN),
        "`cargo xtask bless` reads it again"
    );
}

#[test]
fn own_files_are_read_in_slices_and_play_as_the_shipped_one_does() {
    let (said, wal) = read("mine", WAL);
    assert!(matches!(said, Event::WalRead { request: 5, .. }));
    let mut player = Player::default();
    player.take_wal(1, &wal.unwrap());
    assert_eq!(player.events(), []);
    load(&mut player, Source::OwnWal);
    let own = seek(&mut player, 3000);
    load(&mut player, Source::Shipped("first-light".to_owned()));
    assert_eq!(seek(&mut player, 3000).state_hash, own.state_hash);
}

#[test]
fn what_precedes_damage_plays_and_the_damage_is_said() {
    let mut bytes = WAL.to_vec();
    bytes[40_000] ^= 1;
    let (said, wal) = read("mine", &bytes);
    let Event::WalRead { summary, .. } = said else {
        panic!("expected what was read, found {said:?}");
    };
    let damage = summary.damage.as_ref().unwrap();
    assert!(damage.text.contains("mine: offset "), "{}", damage.text);
    assert!(damage.text.contains("(LSN "), "{}", damage.text);
    assert!(
        damage.text.contains("; behind it 1 file, LSN "),
        "{}",
        damage.text
    );
    let mut player = Player::default();
    player.take_wal(1, &wal.unwrap());
    load(&mut player, Source::OwnWal);
    assert!(seek(&mut player, 3000).counters.commits_acked > 10);
}

#[test]
fn a_file_that_is_no_wal_is_refused() {
    let (said, wal) = read("notes.txt", b"some text");
    assert!(matches!(said, Event::Refused { request: 5, .. }));
    assert_eq!(wal, None);
}

#[test]
fn what_is_no_wal_that_was_read_is_refused_and_the_run_stays() {
    let mut player = Player::default();
    let before = seek(&mut player, 500);
    for bytes in [&[][..], &FIRST_RUN[..100]] {
        player.take_wal(6, bytes);
        assert!(matches!(
            player.events()[..],
            [Event::Refused { request: 6, .. }]
        ));
    }
    assert_eq!(step(&mut player, 0).state_hash, before.state_hash);
}
