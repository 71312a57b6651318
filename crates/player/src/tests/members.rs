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

/// A commit every 2 ms; segments are small, and soon copied.
const SMALL: &str = r#"
format = 1
name = "small"
[topology]
segment_gb = 0.01
[workload]
kind = "insert"
rate = 500
pages = 4
"#;

/// The same with segments that take long to copy.
fn large() -> Source {
    Source::Text(SMALL.replace("0.01", "10"))
}

#[test]
fn a_frame_says_what_each_machine_is_there_for() {
    let mut player = Player::default();
    load(&mut player, large());
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

fn names(nodes: &[protocol::NodeView]) -> Vec<String> {
    nodes.iter().map(|view| view.node.to_string()).collect()
}

#[test]
fn whoever_has_replaced_a_node_stands_in_its_place_and_the_node_beside() {
    let mut player = Player::default();
    let before = load(&mut player, Source::Text(SMALL.to_owned()));
    let zone = &before.zones[2];
    assert_eq!(names(&zone.nodes), ["c1", "c2"]);
    assert_eq!(zone.beside.node.to_string(), "c3");
    act(&mut player, "node-down:c2");
    act(&mut player, "replace:c2");
    let to = SeekTo::Time(200_000_000);
    let frame = play(&mut player, 1000, Command::Seek { request: 1, to });
    assert_eq!(part(&frame, "c3"), Part::Member);
    assert_eq!(part(&frame, "c2"), Part::Spare);
    let zone = &frame.zones[2];
    assert_eq!(names(&zone.nodes), ["c1", "c3"]);
    assert_eq!(zone.beside.node.to_string(), "c2");
    // On the tape its cell is the last one; of the first cards it has all.
    let card = frame.tape.cards.first().unwrap();
    assert_eq!(card.cells.len(), 6);
    assert_eq!(card.cells.last(), Some(&protocol::CardCell::Acked));
    assert_eq!(card.acked, 6);
}

#[test]
fn a_frame_says_what_may_be_asked_of_the_members_and_why_not() {
    let mut player = Player::default();
    load(&mut player, large());
    seek(&mut player, 1000);
    let wish = |frame: &Frame, name: &str| {
        let machines = frame.members.machines.iter();
        let mut found = machines.filter(|machine| machine.node.to_string() == name);
        found.next().unwrap().wish
    };
    let frame = act(&mut player, "node-down:c3");
    assert_eq!(wish(&frame, "c2").why_not, Some(Obstacle::NoSpare));
    assert_eq!(wish(&frame, "c3").why_not, Some(Obstacle::NoMember));
    assert_eq!(wish(&frame, "b1").why_not, None);
    act(&mut player, "node-up:c3");
    act(&mut player, "replace:c2");
    let frame = seek(&mut player, 20_000);
    assert_eq!(wish(&frame, "c2").verb, verb("restore:c2"));
    assert_eq!(wish(&frame, "c2").why_not, None);
    assert_eq!(frame.zones[1].wish.verb, verb("drop-zone:b"));
    act(&mut player, "restore:c2");
    let frame = seek(&mut player, 40_000);
    assert_eq!(frame.zones[1].wish.why_not, None);
    act(&mut player, "drop-zone:b");
    let frame = seek(&mut player, 80_000);
    assert_eq!(frame.zones[1].wish.verb, verb("add-zone:b"));
    assert_eq!(part(&frame, "b1"), Part::LeftOut);
    assert_eq!(names(&frame.zones[1].nodes), ["b1", "b2"]);
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
