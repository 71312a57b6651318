use protocol::{Happening, Obstacle, Part, View};

use super::*;

fn part(frame: &Frame, name: &str) -> Part {
    let machines = &frame.members.machines;
    let machine = machines.iter().find(|m| m.node.to_string() == name);
    machine.expect("every machine is there").part
}

fn act(player: &mut Player, text: &str) -> Frame {
    let verb = verb(text);
    play(player, 1000, Command::Act { request: 1, verb })
}

#[test]
fn a_frame_says_what_each_machine_is_there_for() {
    let mut player = Player::default();
    let before = seek(&mut player, 1000);
    assert_eq!(before.members.machines.len(), 9);
    assert_eq!(part(&before, "c2"), Part::Member);
    assert_eq!(part(&before, "c3"), Part::Spare);
    act(&mut player, "replace:c2");
    let began = before.event;
    let frame = seek(&mut player, began + 20_000);
    assert_eq!(frame.members.epoch, 2);
    assert_eq!(part(&frame, "c2"), Part::Suspect);
    assert!(matches!(part(&frame, "c3"), Part::Newcomer { .. }));
    let frame = act(&mut player, "restore:c2");
    let frame = seek(&mut player, frame.event + 2000);
    assert_eq!(
        (part(&frame, "c2"), part(&frame, "c3")),
        (Part::Member, Part::Spare)
    );
}

#[test]
fn what_cannot_be_done_is_in_the_list_with_its_reason() {
    let mut player = Player::default();
    seek(&mut player, 1000);
    let frame = act(&mut player, "add-zone:b");
    let why = frame.events.iter().find_map(|line| {
        let Happening::NothingChanged { why, .. } = line.what else {
            return None;
        };
        why
    });
    assert_eq!(why, Some(Obstacle::NobodyLeftOut));
}

#[test]
fn a_volume_that_grew_is_smaller_again_when_one_steps_back_and_as_large_when_one_goes_on() {
    let mut player = Player::default();
    let before = seek(&mut player, 1000);
    act(&mut player, "grow");
    let after = seek(&mut player, before.event + 20_000);
    assert_eq!((before.groups(), after.groups()), (1, 2));
    assert_eq!((before.members.geometry, after.members.geometry), (1, 2));
    assert_eq!(after.pages, before.pages * 2);
    let back = seek(&mut player, before.event);
    assert_eq!((back.groups(), back.pages), (1, before.pages));
    assert_eq!(back.trace_hash, before.trace_hash);
    let again = seek(&mut player, after.event);
    assert_eq!((again.groups(), again.pages), (2, after.pages));
    assert_eq!(again.trace_hash, after.trace_hash);
    // The page may look at the group that was added; before there was one it sees the last.
    let look = |player: &mut Player, group| {
        let view = View {
            group,
            ..View::default()
        };
        play(player, 1000, Command::Look { request: 1, view })
    };
    assert_eq!(look(&mut player, 1).group, 1);
    assert_eq!(seek(&mut player, before.event).group, 0);
}
