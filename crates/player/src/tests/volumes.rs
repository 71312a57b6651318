//! What frames say of volumes and the pages that they share.

use protocol::{RunState, VolumeId, VolumeState, VolumeView};

use super::*;

/// A client a second at most: what changes is written by hand.
const BY_HAND: &str = r#"
format = 1
name = "by-hand"
[workload]
kind = "insert"
rate = 0.001
arrival = "poisson"
pages = 4
"#;

fn lab() -> Player {
    let mut player = Player::default();
    load(&mut player, Source::Text(BY_HAND.to_owned()));
    player
}

/// Does this, and lets 20 ms pass.
fn act(player: &mut Player, text: &str) -> Frame {
    let (request, verb) = (2, verb(text));
    play(player, 100, Command::Act { request, verb });
    let advance_ns = 20_000_000;
    play(
        player,
        10_000,
        Command::Tick {
            request,
            advance_ns,
        },
    )
}

fn second(frame: &Frame) -> &VolumeView {
    &frame.volumes[1]
}

#[test]
fn the_frame_lists_volumes_from_the_first_clone_on_and_counts_what_each_changed() {
    let mut player = lab();
    let frame = act(&mut player, "write:v1,0");
    assert_eq!(
        (frame.volumes.len(), frame.pages, frame.pages_held),
        (0, 4, 4)
    );
    let before = frame.event;

    let frame = act(&mut player, "clone:v1");
    assert_eq!((frame.pages_held, frame.pages_in_block), (4, 1));
    let clone = second(&frame);
    assert_eq!(clone.state, VolumeState::Open);
    assert_eq!(clone.origin, Some((VolumeId::FIRST, frame.volumes[0].vdl)));
    assert_eq!(clone.changed, [[0; 3]; 4]);
    assert_eq!((clone.commits_acked, clone.p50_ns, clone.p99_ns), (0, 0, 0));

    act(&mut player, "write:v1,0");
    act(&mut player, "write:v2,0");
    let frame = act(&mut player, "write:v2,3");
    let clone = second(&frame);
    assert_eq!(clone.changed, [[1, 1, 1], [0; 3], [0; 3], [1, 0, 0]]);
    assert_eq!((frame.pages_held, clone.commits_acked), (6, 2));
    assert!(0 < clone.p50_ns && clone.p50_ns <= clone.p99_ns);

    let frame = act(&mut player, "delete-volume:v1");
    assert_eq!(frame.volumes[0].state, VolumeState::Deleted);
    assert_eq!(frame.pages_held, 4);
    let acked = second(&frame).commits_acked;
    let frame = act(&mut player, "write:v2,1");
    assert_eq!(second(&frame).commits_acked, acked + 1);
    // Nothing is left to do: the run has ended, and goes on with what is done.
    assert_eq!(frame.run, RunState::Ended);
    let frame = act(&mut player, "clone:v2");
    assert_eq!(frame.volumes[2].state, VolumeState::Open);

    let frame = seek(&mut player, before);
    assert_eq!((frame.volumes.len(), frame.pages_held), (0, 4));
}

#[test]
fn a_clone_is_opening_until_its_recovery_is_over() {
    let mut player = lab();
    let (request, verb) = (2, verb("clone:v1"));
    play(&mut player, 100, Command::Act { request, verb });
    let mut states = Vec::new();
    for _ in 0..400 {
        let frame = step(&mut player, 1);
        states.extend(frame.volumes.get(1).map(|clone| clone.state));
    }
    states.dedup();
    assert_eq!(states, [VolumeState::Opening, VolumeState::Open]);
}

#[test]
fn rates_are_those_since_a_volume_began() {
    let mut player = Player::default();
    load(&mut player, Source::Shipped("clone".to_owned()));
    let to = SeekTo::Time(4_010_000_000);
    let frame = play(&mut player, 10_000, Command::Seek { request: 1, to });
    assert_eq!(frame.volumes.len(), 2);
    for volume in &frame.volumes {
        assert!((460..540).contains(&volume.commits_per_s), "{volume:?}");
    }
}
