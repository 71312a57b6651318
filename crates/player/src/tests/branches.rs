//! The ways that a run took: acting in the past, going back, taking back, and places that keep.

use super::*;

fn act(player: &mut Player, text: &str) -> Frame {
    let (request, verb) = (2, verb(text));
    play(player, 100, Command::Act { request, verb })
}

fn branch(player: &mut Player, branch: u32) -> Frame {
    play(player, 100, Command::Branch { request: 3, branch })
}

fn undo(player: &mut Player) -> Frame {
    play(player, 100, Command::Undo { request: 4 })
}

/// What is refused, in words.
fn refused(player: &mut Player, command: Command) -> String {
    player.handle(command);
    match &player.events()[..] {
        [Event::Refused { problem, .. }] => problem.text.clone(),
        other => panic!("{other:?}"),
    }
}

/// What there is to see of a frame, but for what other branches there are.
fn seen(frame: Frame) -> Frame {
    let branches = Vec::new();
    Frame { branches, ..frame }
}

#[test]
fn what_is_done_at_the_end_begins_no_branch() {
    let mut player = Player::default();
    seek(&mut player, 1000);
    let frame = act(&mut player, "az-down:b");
    assert_eq!(frame.branches.len(), 1);
    assert_eq!((frame.branches[0].id, frame.branches[0].edits), (1, 1));
}

#[test]
fn a_branch_that_was_left_is_as_it_was() {
    let mut player = Player::default();
    seek(&mut player, 5000);
    act(&mut player, "node-down:c1");
    seek(&mut player, 9000);
    let left = seek(&mut player, 3000);
    let frame = act(&mut player, "az-down:b");
    let [first, second] = &frame.branches[..] else {
        panic!("{:?}", frame.branches);
    };
    assert_eq!((first.id, first.current, first.origin), (1, false, None));
    assert_eq!((second.id, second.current), (2, true));
    assert_eq!(second.origin, Some((1, left.now_ns)));
    let deed = second.first.expect("it began with a deed");
    assert_eq!(
        (deed.at_ns, deed.verb),
        (left.now_ns + 1, verb("az-down:b"))
    );
    let there = seek(&mut player, 7000);
    assert_eq!(seen(branch(&mut player, 1)), seen(left));
    assert_eq!(seen(branch(&mut player, 2)), seen(there));
}

#[test]
fn what_was_done_last_is_taken_back() {
    let mut player = Player::default();
    seek(&mut player, 3000);
    let before = step(&mut player, 0);
    act(&mut player, "az-down:b");
    seek(&mut player, 3500);
    // It was done at the end of the only branch: a new one begins without it.
    let frame = undo(&mut player);
    assert_eq!(frame.state_hash, before.state_hash);
    assert_eq!((frame.branches.len(), frame.branches[1].edits), (2, 0));
    assert!(frame.branches[0].edits == 1 && frame.branches[1].current);
    let text = refused(&mut player, Command::Undo { request: 5 });
    assert!(text.contains("nothing was done"), "{text}");
    // It began a branch: one goes back to the one that was left for it.
    seek(&mut player, 4000);
    let before = seek(&mut player, 2000);
    act(&mut player, "node-down:a1");
    seek(&mut player, 5000);
    let frame = undo(&mut player);
    assert_eq!(frame.state_hash, before.state_hash);
    assert!(frame.branches[1].current);
    // What was taken back goes on without it.
    let mut untouched = Player::default();
    let there = seek(&mut player, 6000);
    assert_eq!(seek(&mut untouched, 6000).trace_hash, there.trace_hash);
}

#[test]
fn what_is_taken_back_in_place_of_another_brings_neither_back() {
    let mut player = Player::default();
    let before = seek(&mut player, 3000);
    act(&mut player, "az-down:b");
    undo(&mut player);
    act(&mut player, "node-down:a1");
    let frame = undo(&mut player);
    assert_eq!(frame.state_hash, before.state_hash);
    let there = seek(&mut player, 4000);
    let straight = seek(&mut Player::default(), 4000);
    assert_eq!(there.trace_hash, straight.trace_hash);
}

#[test]
fn a_reset_loses_no_branch() {
    let mut player = Player::default();
    seek(&mut player, 3000);
    act(&mut player, "az-down:b");
    let touched = seek(&mut player, 4000);
    let start = play(&mut player, 100, Command::Reset { request: 6 });
    assert_eq!((start.event, start.branches.len()), (0, 2));
    assert!(start.timeline.marks.is_empty());
    assert_eq!(seen(branch(&mut player, 1)), seen(touched));
    let again = play(&mut player, 100, Command::Reset { request: 7 });
    assert_eq!((again.event, again.branches.len()), (0, 2));
}

#[test]
fn branches_have_names_and_can_be_forgotten() {
    let mut player = Player::default();
    seek(&mut player, 3000);
    seek(&mut player, 1000);
    act(&mut player, "az-down:b");
    let rename = |branch, name: &str| Command::RenameBranch {
        request: 8,
        branch,
        name: name.to_owned(),
    };
    play(&mut player, 100, rename(1, "  all is well "));
    let frame = play(&mut player, 100, rename(2, "zone b"));
    let names: Vec<_> = frame.branches.iter().map(|b| b.name.as_deref()).collect();
    assert_eq!(names, [Some("all is well"), Some("zone b")]);
    for (branch, name) in [(3, "x"), (1, "a\nb"), (2, &*"x".repeat(61))] {
        refused(&mut player, rename(branch, name));
    }
    let delete = |branch| Command::DeleteBranch { request: 9, branch };
    refused(&mut player, delete(2));
    refused(&mut player, delete(7));
    let frame = play(&mut player, 100, delete(1));
    assert_eq!(frame.branches.len(), 1);
    refused(
        &mut player,
        Command::Branch {
            request: 10,
            branch: 1,
        },
    );
}

#[test]
fn there_is_a_last_branch() {
    let mut player = Player::default();
    for _ in 0..63 {
        seek(&mut player, 20);
        seek(&mut player, 10);
        act(&mut player, "node-down:a1");
    }
    seek(&mut player, 20);
    let before = seek(&mut player, 10);
    let (request, verb) = (2, verb("node-down:a2"));
    refused(&mut player, Command::Act { request, verb });
    assert_eq!(step(&mut player, 0), before);
}

#[test]
fn keyframes_that_are_given_up_change_nothing_but_the_way() {
    let mut player = Player::default();
    seek(&mut player, 40_000);
    let left = seek(&mut player, 20_000);
    act(&mut player, "az-down:b");
    let here = seek(&mut player, 60_000);
    while player.branches.thin() {}
    assert_eq!(step(&mut player, 0).timeline.keyframes, 1);
    assert_eq!(seek(&mut player, 59_000).event, 59_000);
    assert_eq!(seek(&mut player, 60_000).state_hash, here.state_hash);
    let back = branch(&mut player, 1);
    assert_eq!(back.state_hash, left.state_hash);
}

#[test]
fn a_place_is_found_again_from_everywhere() {
    // Whole milliseconds, so that many events share a time.
    let text = "format = 1\n[latency]\nin_az = { kind = \"constant\", ms = 1 }\n\
        cross_az = { kind = \"constant\", ms = 1 }\ndisk = { kind = \"constant\", ms = 1 }\n\
        boxcar_us = 0\n[workload]\nkind = \"insert\"\nclients = 3\n[stop]\nat = \"20ms\"\n";
    let mut player = Player::default();
    load(&mut player, Source::Text(text.to_owned()));
    let end = play(&mut player, 1000, Command::RunToEnd { request: 2 });
    let mut shared = 0;
    for event in (0..end.event).step_by(7) {
        let frame = seek(&mut player, event);
        shared += u32::from(matches!(frame.cursor, SeekTo::Nth { .. }));
        let text = frame.cursor.to_string();
        let to: SeekTo = text.parse().expect("a place reads as it is written");
        for from in [0, event, end.event] {
            seek(&mut player, from);
            let again = play(&mut player, 100, Command::Seek { request: 3, to });
            assert_eq!(again, frame, "{text} from {from}");
        }
    }
    assert!(shared > 20, "{shared}");
}

mod sessions {
    //! Random sessions, each held against the same places in fresh players.

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Move {
        Seek(u64),
        Step(i32),
        Act(&'static str),
        Undo,
        Reset,
        Branch(usize),
        Thin,
    }

    fn moves() -> impl Strategy<Value = Move> {
        const VERBS: [&str; 8] = [
            "az-down:b",
            "az-up:b",
            "node-down:c1",
            "node-up:c1",
            "slow:a1,5ms",
            "crash-writer",
            "recover",
            "replace:c2",
        ];
        prop_oneof![
            4 => (0..4000_u64).prop_map(Move::Seek),
            4 => (-200..200_i32).prop_map(Move::Step),
            4 => prop::sample::select(&VERBS[..]).prop_map(Move::Act),
            1 => Just(Move::Undo),
            1 => Just(Move::Reset),
            3 => (0..8_usize).prop_map(Move::Branch),
            1 => Just(Move::Thin),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(sessions()))]
        #[test]
        fn every_place_is_as_in_a_run_that_went_straight_to_it(moves in vec(moves(), 1..25)) {
            let mut player = Player::default();
            let mut left = std::collections::BTreeMap::new();
            for step_taken in moves {
                let frame = step(&mut player, 0);
                let here = frame.branches.iter().find(|b| b.current).expect("one is").id;
                left.insert(here, frame.clone());
                match step_taken {
                    Move::Seek(event) => drop(seek(&mut player, event)),
                    Move::Step(by) => drop(step(&mut player, by)),
                    Move::Act(text) => {
                        player.handle(Command::Act { request: 1, verb: verb(text) });
                        while player.run(500) == Status::Busy {}
                    }
                    Move::Undo => {
                        player.handle(Command::Undo { request: 1 });
                        while player.run(500) == Status::Busy {}
                    }
                    Move::Reset => drop(play(&mut player, 500, Command::Reset { request: 1 })),
                    Move::Branch(place) => {
                        let id = frame.branches[place % frame.branches.len()].id;
                        let there = branch(&mut player, id);
                        // As it was left, but for the keyframes that were given up meanwhile.
                        let mut before = left[&id].clone();
                        before.timeline.keyframes = there.timeline.keyframes;
                        prop_assert_eq!(seen(there), seen(before));
                    }
                    Move::Thin => drop(player.branches.thin()),
                }
                player.events();
            }
            let there = step(&mut player, 0);
            let marks = there.timeline.marks.iter().filter(|mark| mark.edit);
            let edits = marks.map(|mark| Edit { at_ns: mark.at_ns, verb: mark.verb }).collect();
            let straight = play(&mut Player::default(), 1000, Command::Load {
                request: 1,
                source: Source::Shipped("insert".to_owned()),
                changes: Vec::new(),
                seed: None,
                edits,
                cursor: there.cursor,
            });
            prop_assert_eq!(straight.state_hash, there.state_hash);
            prop_assert_eq!(straight.trace_hash, there.trace_hash);
            // So many forward and so many back.
            let back = step(&mut player, -50).state_hash;
            step(&mut player, 70);
            prop_assert_eq!(step(&mut player, -70).state_hash, back);
        }
    }

    /// A thousand were tried once; each gate tries some. `SESSIONS` says how many.
    fn sessions() -> u32 {
        let asked = std::env::var("SESSIONS").ok();
        asked.and_then(|text| text.parse().ok()).unwrap_or(200)
    }
}
