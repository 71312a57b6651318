//! Restore to here: to the moment at which the run stands, from the furthest explored one.

use protocol::{RestoreHere, VolumeId, VolumeState};

use super::*;

/// A commit every 2 ms, staged every millisecond.
const BACKED_UP: &str = r#"
format = 1
name = "backed-up"
[latency]
archive = { kind = "constant", ms = 2 }
[workload]
kind = "insert"
rate = 500
pages = 4
[storage]
backup = "1ms"
[stop]
at = "1s"
"#;

fn lab() -> Player {
    let mut player = Player::default();
    load(&mut player, Source::Text(BACKED_UP.to_owned()));
    player
}

fn go(player: &mut Player, ms: u64) -> Frame {
    let to = SeekTo::Time(ms * 1_000_000);
    play(player, 1000, Command::Seek { request: 1, to })
}

#[test]
fn a_frame_says_whether_the_volume_can_be_restored_to_its_moment() {
    let mut player = lab();
    assert_eq!(go(&mut player, 100).timeline.restore, RestoreHere::Now);
    assert_eq!(go(&mut player, 50).timeline.restore, RestoreHere::Possible);
    assert_eq!(
        step(&mut player, -1).timeline.restore,
        RestoreHere::Possible
    );
    assert_eq!(go(&mut player, 99).timeline.restore, RestoreHere::NotYet);
    assert_eq!(go(&mut player, 101).timeline.restore, RestoreHere::Now);
    assert_eq!(go(&mut player, 99).timeline.restore, RestoreHere::NotYet);
    go(&mut player, 100);
    let (request, verb) = (1, verb("delete-volume:v1"));
    play(&mut player, 10, Command::Act { request, verb });
    assert_eq!(go(&mut player, 50).timeline.restore, RestoreHere::GivenUp);
    let mut player = lab();
    go(&mut player, 2000);
    assert_eq!(go(&mut player, 50).timeline.restore, RestoreHere::Ended);
}

#[test]
fn restore_to_here_goes_to_the_end_and_begins_a_volume_as_the_first_one_was() {
    let mut player = lab();
    go(&mut player, 100);
    let there = go(&mut player, 50);
    let frame = play(&mut player, 7, Command::RestoreHere { request: 9 });
    assert_eq!(frame.now_ns, 100_000_001);
    let marks = &frame.timeline.marks;
    let last = marks.last().map(|mark| (mark.at_ns, mark.verb));
    assert_eq!(last, Some((100_000_001, verb("restore-volume:v1,50ms"))));
    let frame = go(&mut player, 200);
    let restored = &frame.volumes[1];
    assert!(restored.restored);
    assert_eq!(restored.state, VolumeState::Open);
    let (source, at) = restored.origin.unwrap();
    assert_eq!(source, VolumeId::FIRST);
    assert!(there.writer.vdl <= at && at < there.writer.next_lsn);
}

#[test]
fn a_restore_that_cannot_be_leaves_everything_as_it_was() {
    let mut player = lab();
    let before = go(&mut player, 100);
    player.handle(Command::RestoreHere { request: 9 });
    assert!(matches!(
        player.events().as_slice(),
        [Event::Refused { request: 9, .. }]
    ));
    assert_eq!(step(&mut player, 0).state_hash, before.state_hash);
}
