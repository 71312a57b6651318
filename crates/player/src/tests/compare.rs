//! Two runs side by side.

use protocol::{Against, Compared, Differing, Parting};

use super::*;

fn compare(player: &mut Player, with: Option<Against>) -> Frame {
    play(player, 100, Command::Compare { request: 5, with })
}

fn compared(frame: &Frame) -> &Compared {
    frame.compared.as_ref().expect("it is compared")
}

fn act(player: &mut Player, text: &str) {
    let (request, verb) = (2, verb(text));
    play(player, 100, Command::Act { request, verb });
}

#[test]
fn a_run_is_equal_to_itself() {
    let mut player = Player::default();
    seek(&mut player, 3000);
    act(&mut player, "az-down:b");
    let alone = seek(&mut player, 5000);
    compare(&mut player, Some(Against::Branch(1)));
    for event in [5000, 100, 4999, 6500] {
        let frame = seek(&mut player, event);
        let compared = compared(&frame);
        assert_eq!(compared.differences, []);
        assert_eq!(compared.frame.now_ns, frame.now_ns);
        assert_eq!(compared.frame.trace_hash, frame.trace_hash);
        assert_eq!(compared.parting, Parting::Nowhere);
    }
    let frame = compare(&mut player, None);
    assert_eq!(frame.compared, None);
    assert_eq!(seek(&mut player, 5000).state_hash, alone.state_hash);
}

#[test]
fn branches_part_where_the_younger_one_began() {
    let mut player = Player::default();
    seek(&mut player, 9000);
    let fork = seek(&mut player, 5000);
    act(&mut player, "az-down:b");
    let deed = step(&mut player, 0).event;
    let there = seek(&mut player, 8000);
    let frame = compare(&mut player, Some(Against::Branch(1)));
    let Parting::At {
        event,
        at_ns,
        here,
        there: other,
    } = &compared(&frame).parting
    else {
        panic!("{:?}", compared(&frame).parting);
    };
    assert_eq!((*event, *at_ns), (deed, fork.now_ns + 1));
    assert!(matches!(
        here.as_ref().map(|line| line.what),
        Some(protocol::Happening::ZoneDown { .. })
    ));
    assert_ne!(here, other);
    let what = |frame: &Frame| -> Vec<_> {
        let told = compared(frame).differences.iter();
        told.map(|difference| difference.what).collect()
    };
    let told = what(&frame);
    let node = |name: &str| Differing::Node(name.parse().unwrap());
    assert!(told.contains(&node("b1")) && told.contains(&node("b2")));
    assert!(!told.contains(&node("a1")), "{told:?}");
    assert_eq!(compared(&frame).frame.now_ns, frame.now_ns);
    // Before they parted they are equal, and they go on together.
    assert_eq!(what(&seek(&mut player, 4000)), []);
    seek(&mut player, 8000);
    let advance_ns = 3_000_000;
    let frame = play(
        &mut player,
        7,
        Command::Tick {
            request: 1,
            advance_ns,
        },
    );
    assert_eq!(frame.now_ns, there.now_ns + advance_ns);
    assert_eq!(compared(&frame).frame.now_ns, frame.now_ns);
    // The other one is where it was left.
    let back = play(
        &mut player,
        100,
        Command::Branch {
            request: 3,
            branch: 1,
        },
    );
    assert_eq!((back.event, back.state_hash), (fork.event, fork.state_hash));
}

#[test]
fn another_seed_is_another_run_of_the_same_deeds() {
    let mut player = Player::default();
    seek(&mut player, 1000);
    act(&mut player, "node-down:c1");
    seek(&mut player, 4000);
    let frame = compare(&mut player, Some(Against::Seed("7".to_owned())));
    let compared = compared(&frame);
    assert!(matches!(compared.parting, Parting::At { event: 1, .. }));
    assert!(compared.frame.zones[2].nodes[0].state != protocol::NodeState::Up);
    assert!(!compared.differences.is_empty());
}

#[test]
fn what_is_done_meanwhile_moves_the_parting() {
    let mut player = Player::default();
    seek(&mut player, 6000);
    let frame = compare(&mut player, Some(Against::Branch(1)));
    assert_eq!(compared(&frame).parting, Parting::Nowhere);
    seek(&mut player, 4000);
    act(&mut player, "az-down:b");
    let deed = step(&mut player, 0).event;
    let frame = seek(&mut player, 5000);
    let parting = &compared(&frame).parting;
    assert!(matches!(parting, Parting::At { event, .. } if *event == deed));
    let frame = play(
        &mut player,
        100,
        Command::Branch {
            request: 3,
            branch: 1,
        },
    );
    assert_eq!(compared(&step(&mut player, 0)).parting, Parting::Nowhere);
    assert_eq!(frame.branches.len(), 2);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let mut player = Player::default();
    for with in [Against::Branch(2), Against::Seed("xyz".to_owned())] {
        let with = Some(with);
        player.handle(Command::Compare { request: 5, with });
        assert!(matches!(
            player.events()[..],
            [Event::Refused { request: 5, .. }]
        ));
    }
}
