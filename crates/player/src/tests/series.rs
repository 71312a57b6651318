//! How the run fares over its time: the same whichever way the run was gone.

use protocol::{Series, SeriesRow};

use super::*;

fn series(player: &mut Player) -> Series {
    player.handle(Command::Series { request: 9 });
    let told = player.events().pop();
    let Some(Event::Series { request: 9, series }) = told else {
        panic!("{told:?}");
    };
    *series
}

fn acked(rows: &[SeriesRow]) -> u64 {
    let answers = rows.iter().filter_map(|row| row.quorum.as_ref());
    answers.map(|answers| answers.acked).sum()
}

#[test]
fn it_tells_of_the_run_up_to_where_it_stands_and_the_way_there_does_not_matter() {
    let mut player = Player::default();
    let mut seen = Vec::new();
    for event in [0, 3_000, 20_000, 90_000] {
        let frame = seek(&mut player, event);
        let series = series(&mut player);
        assert_eq!(acked(&series.rows), frame.counters.commits_acked);
        let last = series.rows.last().map_or(0, |row| row.to_ns);
        assert_eq!(last, frame.now_ns);
        seen.push((event, series));
    }
    for (event, known) in seen.into_iter().rev() {
        seek(&mut player, event);
        let series = series(&mut player);
        assert_eq!(series.rows, known.rows);
        assert!(series.explored_ns >= known.explored_ns);
    }
}

#[test]
fn work_goes_on_and_a_recovery_is_told() {
    let mut player = Player::default();
    seek(&mut player, 5_000);
    play(&mut player, 1000, act("crash-writer"));
    play(&mut player, 1000, act("recover"));
    let (request, advance_ns) = (1, 100_000_000);
    player.handle(Command::Tick {
        request,
        advance_ns,
    });
    player.run(10);
    let before = series(&mut player).rows.last().unwrap().to_ns;
    while player.run(1000) == Status::Busy {}
    let after = series(&mut player);
    assert!(after.rows.last().unwrap().to_ns > before);
    let [(at, took)] = after.recoveries[..] else {
        panic!("one recovery");
    };
    assert!(took > 0 && at + took < after.explored_ns);
}

fn act(text: &str) -> Command {
    let (request, verb) = (1, verb(text));
    Command::Act { request, verb }
}
