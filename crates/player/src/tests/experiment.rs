//! Figures that are computed beside the run.

use protocol::{
    DiskSetup, Experiment, ExperimentRow, InsertSetup, Like, RecoveryRow, RecoverySetup,
};

use super::*;

const SETUP: RecoverySetup = RecoverySetup {
    like: Like::Talk,
    checkpoint_s: None,
    full_page_writes: true,
    disk: DiskSetup {
        mb_per_s: 500,
        iops: 20_000,
    },
};

fn begin(player: &mut Player, setup: RecoverySetup) {
    let experiment = Experiment::Recovery(setup);
    player.handle(Command::Experiment {
        request: 7,
        experiment,
    });
}

/// The row that an event tells, which otherwise tells the end; both answer the request.
fn told(event: &Event) -> Option<ExperimentRow> {
    if let Event::ExperimentRow { request: 7, row } = event {
        return Some(*row);
    }
    assert_eq!(*event, Event::ExperimentDone { request: 7 });
    None
}

/// The rows of a curve among these events.
fn rows(events: &[Event]) -> Vec<RecoveryRow> {
    let rows = events.iter().filter_map(told).map(|row| {
        let ExperimentRow::Recovery(row) = row else {
            panic!("{row:?}");
        };
        row
    });
    rows.collect()
}

/// The first rows, computed in slices of so many events.
fn first_rows(count: usize, slice: u32) -> Vec<RecoveryRow> {
    let mut player = Player::default();
    begin(&mut player, SETUP);
    let mut found = Vec::new();
    while found.len() < count {
        assert_eq!(player.run(slice), Status::Busy);
        found.extend(rows(&player.events()));
    }
    found.truncate(count);
    found
}

#[test]
fn rows_come_one_by_one_up_to_forty_gb_and_then_the_end_is_told() {
    let mut player = Player::default();
    begin(&mut player, SETUP);
    let mut found = Vec::new();
    loop {
        let status = player.run(1000);
        let events = player.events();
        let come = rows(&events);
        assert!(come.len() <= 1, "each as soon as it is known");
        found.extend(come);
        if status == Status::Idle {
            assert_eq!(events.last(), Some(&Event::ExperimentDone { request: 7 }));
            break;
        }
    }
    assert_eq!(found.len(), 41);
    assert_eq!(found[0].redo_bytes, 0);
    for (gb, row) in (0..).zip(&found) {
        let over = row.redo_bytes.checked_sub(gb * 1_000_000_000);
        assert!(over.is_some_and(|over| over < 3_000_000), "{row:?}");
        assert!(row.quorum_took_ns < 1_000_000_000, "{row:?}");
    }
    assert!(found.is_sorted_by_key(|row| row.took_ns));
}

#[test]
fn slices_of_any_length_give_the_same_rows() {
    assert_eq!(first_rows(4, 1), first_rows(4, 977));
}

#[test]
fn cancel_ends_it_within_a_slice() {
    let mut player = Player::default();
    begin(&mut player, SETUP);
    assert_eq!(player.run(500), Status::Busy);
    player.handle(Command::Cancel { request: 8 });
    assert_eq!(player.run(1), Status::Idle);
    let after = player.events().pop();
    assert!(
        matches!(after, Some(Event::Frame { request: 8, .. })),
        "{after:?}"
    );
    assert_eq!(player.run(500), Status::Idle);
    assert_eq!(player.events(), []);
}

#[test]
fn how_far_it_is_is_told_when_asked() {
    let mut player = Player::default();
    player.tell_progress();
    assert_eq!(player.events(), [], "there is none");
    begin(&mut player, SETUP);
    player.tell_progress();
    let told = Event::Progress {
        request: 7,
        done: 0,
        of: Some(41),
    };
    assert_eq!(player.events(), [told]);
}

#[test]
fn what_cannot_be_computed_is_refused_with_what_was_expected() {
    let disk = |mb_per_s, iops| RecoverySetup {
        disk: DiskSetup { mb_per_s, iops },
        ..SETUP
    };
    let checkpoint_s = Some(0);
    for (setup, told) in [
        (
            disk(0, 20_000),
            "expected the disk's MB a second to be 50 to 100000, found 0",
        ),
        (
            disk(500, 99),
            "expected the disk's operations a second to be 100 to 10000000, found 99",
        ),
        (
            RecoverySetup {
                checkpoint_s,
                ..SETUP
            },
            "expected the checkpoint interval in seconds, or none, to be 30 to 86400, found 0",
        ),
    ] {
        let mut player = Player::default();
        begin(&mut player, setup);
        assert_eq!(refused(&mut player), told);
        assert_eq!(player.run(10), Status::Idle);
    }
}

/// Why the experiment was refused that was begun last, which is all that was said.
fn refused(player: &mut Player) -> String {
    let events = player.events();
    let [
        Event::Refused {
            request: 7,
            problem,
        },
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    problem.text.clone()
}

#[test]
fn the_least_that_is_taken_can_be_computed() {
    let setup = RecoverySetup {
        like: Like::Talk,
        checkpoint_s: Some(30),
        full_page_writes: false,
        disk: DiskSetup {
            mb_per_s: 50,
            iops: 100,
        },
    };
    let mut player = Player::default();
    begin(&mut player, setup);
    while player.run(1000) == Status::Busy {}
    assert_eq!(rows(&player.events()).len(), 41);
}

#[test]
fn the_run_goes_on_beside_it_as_it_would_alone() {
    let mut alone = Player::default();
    let mut beside = Player::default();
    begin(&mut beside, SETUP);
    beside.run(300);
    let hashes = [&mut alone, &mut beside].map(|player| {
        player.handle(Command::Seek {
            request: 1,
            to: SeekTo::Event(2_000),
        });
        player.run(2_500);
        let mut events = player.events().into_iter();
        events.find_map(|event| {
            if let Event::Frame { frame, .. } = event {
                frame.state_hash
            } else {
                None
            }
        })
    });
    assert!(hashes[0].is_some());
    assert_eq!(hashes[0], hashes[1]);
}

#[test]
fn the_talks_points_are_told_with_the_line_through_them() {
    let mut player = Player::default();
    player.handle(Command::Evidence { request: 3 });
    let events = player.events();
    let [
        Event::Evidence {
            request: 3,
            evidence,
        },
    ] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    assert_eq!(evidence.talk.len(), 3);
    let residuals: Vec<_> = evidence.talk.iter().map(|seen| seen.residual_s).collect();
    assert!(residuals.iter().sum::<f64>().abs() < 1e-9, "{residuals:?}");
}

#[test]
fn a_measured_server_is_told_with_its_points_and_how_far_off_the_model_is() {
    let table = "\
# PostgreSQL 15.18, 2026-11-23, a machine with 2 processors that there is not
what,clients,wal_bytes,redo_seconds,p50_ms
statement,1,,,0.1
commit,1,,,0.6
commit,2,,,1.0
redo,16,1000000000,10.0,
redo,16,1000000000,12.0,
redo,16,1000000000,8.0,
redo,16,2000000000,25.0,
";
    let constants = lab::measured::Constants {
        flush_ms: 0.5,
        replay_bytes_per_second: 1e8,
    };
    let server = evidence::server(table, constants).unwrap();
    assert!(server.about[0].starts_with("PostgreSQL 15.18, 2026-11-23"));
    let first = server.restarts[0];
    assert_eq!((first.least, first.median, first.most), (8.0, 10.0, 12.0));
    let second = server.restarts[1];
    assert!((second.median - second.model - 5.0).abs() < 0.1);
    assert!((server.redo_error - 0.2).abs() < 0.01);
    assert!((server.most_gb - 2.0).abs() < 1e-9);
    assert_eq!(evidence::server("", constants), None);
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn the_curve_of_the_measured_server_goes_as_far_as_it_was_measured() {
    let mut player = Player::default();
    let like = Like::Measured;
    begin(&mut player, RecoverySetup { like, ..SETUP });
    while player.run(1000) == Status::Busy {}
    let rows = rows(&player.events());
    assert_eq!(rows.len(), 41);
    let evidence = evidence::evidence();
    let server = evidence.measured.unwrap();
    let last = rows[40];
    assert!((last.redo_bytes as f64 / 1e9 - server.most_gb).abs() < 0.01);
    let seconds = server.most_gb * 1e9 / server.replay_bytes_per_s;
    assert!(
        (last.redo_took_ns as f64 / 1e9 / seconds - 1.0).abs() < 0.05,
        "{last:?}"
    );
}

fn begin_inserts(player: &mut Player, minutes: u32, max_wal_bytes: u64) {
    let experiment = Experiment::InsertTest(InsertSetup {
        minutes,
        max_wal_bytes,
    });
    player.handle(Command::Experiment {
        request: 7,
        experiment,
    });
}

#[test]
fn inserts_come_in_rows_of_six_seconds_and_checkpoints_when_they_begin_and_end() {
    let mut player = Player::default();
    begin_inserts(&mut player, 5, 500_000_000);
    let (mut inserts, mut checkpoints) = (Vec::new(), Vec::new());
    while inserts.is_empty() || checkpoints.len() < 2 {
        assert_eq!(player.run(10_000), Status::Busy);
        for row in player.events().iter().filter_map(told) {
            match row {
                ExperimentRow::Inserts(row) => inserts.push(row),
                ExperimentRow::Checkpoint(row) => checkpoints.push(row),
                ExperimentRow::Recovery(row) => panic!("{row:?}"),
            }
        }
    }
    assert_eq!((inserts[0].from_ns, inserts[0].to_ns), (0, 6_000_000_000));
    for answers in [inserts[0].conventional, inserts[0].quorum] {
        assert!((answers.per_s / 25_000.0 - 1.0).abs() < 0.02, "{answers:?}");
        assert!(answers.p50_ns <= answers.p95_ns && answers.p95_ns <= answers.p99_ns);
    }
    let [began, ended] = checkpoints[..2] else {
        panic!("two");
    };
    assert_eq!((began.number, began.ended_ns), (1, None));
    assert!(ended.number > 1 || ended.ended_ns > Some(began.began_ns));
    player.tell_progress();
    let told = player.events().pop();
    let Some(Event::Progress { done, of, .. }) = told else {
        panic!("{told:?}");
    };
    assert!(done >= inserts[0].to_ns);
    assert_eq!(of, Some(300_000_000_000));
    player.handle(Command::Cancel { request: 8 });
    assert_eq!(player.run(1), Status::Idle);
}

#[test]
fn an_insert_test_of_no_minutes_or_no_log_is_refused() {
    for (minutes, bytes, told) in [
        (
            0,
            3_000_000_000,
            "expected the minutes of model time to be 1 to 120, found 0",
        ),
        (
            5,
            499_999_999,
            "expected the max_wal_size in MB to be 500 to 100000, found 499",
        ),
        (
            5,
            u64::MAX,
            "expected the max_wal_size in MB to be 500 to 100000, found 4294967295",
        ),
    ] {
        let mut player = Player::default();
        begin_inserts(&mut player, minutes, bytes);
        assert_eq!(refused(&mut player), told);
    }
}
