//! Every request is answered, whatever comes in between.

use super::*;

/// The requests that were answered by frames, each with the event that the frame shows.
fn frames(player: &mut Player) -> Vec<(u32, u64)> {
    let frame = |event| {
        if let Event::Frame { request, frame } = event {
            Some((request, frame.event))
        } else {
            None
        }
    };
    player.events().into_iter().filter_map(frame).collect()
}

fn begin_seek(player: &mut Player) {
    let to = SeekTo::Event(10_000);
    player.handle(Command::Seek { request: 1, to });
    assert_eq!(player.run(200), Status::Busy);
}

#[test]
fn what_replaces_work_lets_it_be_answered_first() {
    let (to, source, cursor) = (
        SeekTo::Event(300),
        Source::Shipped("insert".to_owned()),
        SeekTo::Event(0),
    );
    let (request, advance_ns, by) = (2, 10, 1);
    for (command, end) in [
        (Command::Step { request, by }, Some(201)),
        (Command::Seek { request, to }, Some(300)),
        (
            Command::Tick {
                request,
                advance_ns,
            },
            None,
        ),
        (Command::RunToEnd { request }, None),
        (Command::Cancel { request }, Some(200)),
        (Command::Reset { request }, Some(0)),
        (
            Command::Act {
                request,
                verb: verb("az-down:b"),
            },
            None,
        ),
        (
            Command::Load {
                request,
                source,
                changes: Vec::new(),
                seed: None,
                edits: Vec::new(),
                cursor,
            },
            Some(0),
        ),
    ] {
        let mut player = Player::default();
        begin_seek(&mut player);
        player.handle(command.clone());
        player.run(1000);
        let frames = frames(&mut player);
        assert_eq!(frames.first(), Some(&(1, 200)), "{command:?}");
        if let Some(end) = end {
            assert_eq!(frames[1..], [(2, end)], "{command:?}");
        }
    }
}

#[test]
fn a_refused_act_leaves_work_as_it_was() {
    let mut player = Player::default();
    begin_seek(&mut player);
    let verb = verb("node-down:a4");
    player.handle(Command::Act { request: 2, verb });
    assert!(matches!(
        player.events()[..],
        [Event::Refused { request: 2, .. }]
    ));
    while player.run(1000) == Status::Busy {}
    assert_eq!(frames(&mut player), [(1, 10_000)]);
}

#[test]
fn an_act_is_work_like_any_other() {
    let mut player = Player::default();
    let before = seek(&mut player, 1000);
    let verb = verb("az-down:b");
    player.handle(Command::Act { request: 2, verb });
    assert_eq!(player.events(), []);
    player.handle(Command::Cancel { request: 3 });
    assert_eq!(frames(&mut player), [(2, 1000), (3, 1000)]);
    // What was planned is still to come.
    let marks = step(&mut player, 0).timeline.marks;
    assert_eq!(marks.len(), before.timeline.marks.len() + 1);
    assert!(step(&mut player, 1).zones[1].down_since_ns.is_some());
}
