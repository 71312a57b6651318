//! What frames say of the conventional engine.

use protocol::{
    Engine, Happening, PrimaryState, ServerHappening, ServersView, StandbyState, StandbyView,
};

use super::*;

const BOTH: &str = r#"
format = 1
name = "both"
engine = "both"
[workload]
kind = "insert"
clients = 8
pages = 200
[wal]
standbys = "first-1"
checkpoint_interval = "100ms"
startup = "20ms"
sender_timeout = "20ms"
"#;

fn lab() -> Player {
    let mut player = Player::default();
    load(&mut player, Source::Text(BOTH.to_owned()));
    player
}

fn tick(player: &mut Player, ms: u64) -> Frame {
    let (request, advance_ns) = (2, ms * 1_000_000);
    let tick = Command::Tick {
        request,
        advance_ns,
    };
    play(player, 10_000, tick)
}

fn act(player: &mut Player, text: &str) -> ServersView {
    let (request, verb) = (2, verb(text));
    let frame = play(player, 100, Command::Act { request, verb });
    frame.servers.expect("the conventional engine runs")
}

fn servers(frame: Frame) -> ServersView {
    frame.servers.expect("the conventional engine runs")
}

#[test]
fn only_a_run_with_the_conventional_engine_has_servers() {
    let mut player = Player::default();
    assert_eq!(seek(&mut player, 10).servers, None);
    let mut player = lab();
    for event in [0, 1, 10] {
        let view = servers(seek(&mut player, event));
        assert_eq!(view.primary.state, PrimaryState::Open, "event {event}");
    }
    let world = player.history().world();
    assert_eq!(view::setup(world, String::new()).engine, Engine::Both);
}

#[test]
fn positions_stand_in_their_order_and_both_engines_commit() {
    let mut player = lab();
    for _ in 0..30 {
        let view = servers(tick(&mut player, 10));
        let primary = &view.primary;
        assert!(primary.redo <= primary.flushed);
        assert!(primary.flushed <= primary.written && primary.written <= primary.inserted);
        assert!(primary.dirty <= primary.cached && primary.cached <= primary.buffers);
        for StandbyView { report, .. } in &view.standbys {
            assert!(report.replayed <= report.flushed && report.flushed <= report.written);
            assert!(report.flushed <= primary.flushed);
        }
    }
    let view = servers(tick(&mut player, 1));
    let quorum = view.quorum.as_ref().expect("it runs as well");
    assert_eq!(view.required, 1);
    for figures in [&view.figures, quorum] {
        assert!(figures.commits_acked > 100);
        assert!(0 < figures.p50_ns && figures.p50_ns <= figures.p95_ns);
        assert!(figures.written_in_all().bytes > figures.commits_acked * 100);
    }
    assert!(view.primary.checkpoints > 0);
}

#[test]
fn a_crash_of_both_is_recovered_from_by_both() {
    let mut player = lab();
    tick(&mut player, 150);
    let view = act(&mut player, "crash-writer");
    assert!(matches!(view.primary.state, PrimaryState::Down { .. }));
    assert_eq!(view.primary.inserted, view.primary.flushed);
    let view = act(&mut player, "recover");
    let PrimaryState::Starting { from, end } = view.primary.state else {
        panic!("it starts: {:?}", view.primary.state);
    };
    assert_eq!(from, view.primary.redo);
    let view = servers(tick(&mut player, 2_000));
    assert_eq!(view.primary.state, PrimaryState::Open);
    let recovery = view.figures.recovery.expect("one is done");
    assert_eq!(recovery.redo_bytes, end - from);
    assert!(recovery.took_ns > 20_000_000, "it takes 20 ms to start");
    let quorum = view.quorum.and_then(|quorum| quorum.recovery);
    assert!(quorum.expect("one is done").took_ns < recovery.took_ns);
    assert!(
        view.standbys
            .iter()
            .all(|it| it.state == StandbyState::Connected)
    );
}

#[test]
fn a_server_alone_has_the_figures_of_the_page() {
    let mut player = Player::default();
    let text = BOTH.replace("\"both\"\n[workload]", "\"wal\"\n[workload]");
    load(&mut player, Source::Text(text));
    let frame = tick(&mut player, 100);
    let (counters, latency) = (frame.counters, frame.latency);
    let view = frame.servers.expect("it runs");
    assert_eq!(view.quorum, None);
    assert!(counters.commits_acked > 10);
    assert_eq!(counters.commits_acked, view.figures.commits_acked);
    assert_eq!(latency.count, counters.commits_acked);
    assert_eq!(latency.p99_ns, view.figures.p99_ns);
}

#[test]
fn standbys_go_down_and_one_becomes_the_primary() {
    let mut player = lab();
    tick(&mut player, 50);
    let view = act(&mut player, "standby-down:s2");
    assert_eq!(view.standbys[1].state, StandbyState::Down);
    assert_eq!(
        act(&mut player, "standby-slow:s1,50ms").standbys[0].slow_ms,
        50
    );
    act(&mut player, "crash-writer");
    let view = act(&mut player, "promote:s1");
    assert_eq!(view.standbys[0].state, StandbyState::Promoted);
    assert_eq!(view.primary.promoted, Some(view.standbys[0].standby));
    assert_eq!(view.primary.zone, view.standbys[0].zone);
    let view = act(&mut player, "standby-up:s2");
    assert_ne!(view.standbys[1].state, StandbyState::Down);
}

#[test]
fn commits_of_servers_that_repeat_are_one_line() {
    let mut player = lab();
    let frame = tick(&mut player, 100);
    let several = |what: &Happening| {
        let Happening::Server { what } = what else {
            return false;
        };
        matches!(what, ServerHappening::CommitsAcked { count, .. } if *count > 1)
    };
    assert!(frame.events.iter().any(|line| several(&line.what)));
}

#[test]
fn a_step_back_shows_the_same_servers() {
    let mut player = lab();
    let event = tick(&mut player, 120).event;
    let before = seek(&mut player, event - 500);
    let after = seek(&mut player, event);
    assert_ne!(before.servers, after.servers);
    assert_eq!(seek(&mut player, event - 500), before);
}

#[test]
fn a_run_of_the_quorum_engine_goes_on_both_engines_when_asked() {
    let mut player = Player::default();
    let log = Source::Shipped("first-light".to_owned());
    load(&mut player, log.clone());
    let alone = play(&mut player, 10_000, Command::RunToEnd { request: 2 });
    load_with(&mut player, log, &[("engine", "both")]);
    let both = play(&mut player, 10_000, Command::RunToEnd { request: 3 });
    assert_eq!(alone.servers, None);
    let view = servers(both);
    let quorum = view.quorum.unwrap();
    assert_eq!(quorum.commits_acked, alone.counters.commits_acked);
    assert_eq!(view.figures.commits_acked, quorum.commits_acked);
    assert_eq!((quorum.machines, view.figures.machines), (6, 1));
    let log_of_servers = view.figures.log.iter().map(|(_, sum)| sum.bytes);
    assert!(log_of_servers.sum::<u64>() > 0);
}

#[test]
fn what_is_loaded_is_told_as_its_file_says_it() {
    let mut player = Player::default();
    let mut told = |changes: Vec<Change>| {
        let edit = |text: &str| Edit {
            at_ns: 5,
            verb: verb(text),
        };
        player.handle(Command::Load {
            request: 1,
            source: Source::Shipped("insert".to_owned()),
            changes,
            seed: None,
            edits: vec![edit("az-down:b"), edit("standby-down:s1")],
            cursor: SeekTo::Event(0),
        });
        let events = player.events();
        let told = events.into_iter().find_map(|event| {
            if let Event::Loaded {
                setup, left_out, ..
            } = event
            {
                Some((setup.text, left_out))
            } else {
                None
            }
        });
        told.expect("it was loaded")
    };
    let change = |path: &str, value: &str| Change {
        path: path.to_owned(),
        value: value.to_owned(),
    };
    let (_, file) = SHIPPED[0];
    let (text, left_out) = told(Vec::new());
    assert_eq!(text, file);
    // The conventional engine does not run, and has no standby.
    assert_eq!(left_out.len(), 1);
    let (text, left_out) = told(vec![
        change("engine", "both"),
        change("topology.azs", "7"),
        change("topology.write_quorum", "5"),
        change("nothing.at.all", "1"),
        change("seed.more", "1"),
    ]);
    assert!(text.starts_with("engine = \"both\"\n") && text.contains("write_quorum = 5"));
    assert!(text.contains("azs = 3"));
    let places: Vec<_> = left_out
        .iter()
        .filter_map(|problem| problem.place.as_deref())
        .collect();
    let expected = [
        "seed.more = 1",
        "topology.azs = 7",
        "nothing.at.all = 1",
        "standby-down:s1",
    ];
    assert_eq!(places, expected);
}
