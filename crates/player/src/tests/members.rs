use protocol::{Happening, Obstacle, Part};

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
