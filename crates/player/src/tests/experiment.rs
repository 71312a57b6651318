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

fn begin(jobs: &mut Jobs, experiment: Experiment) {
    let request = 7;
    let job = Job::Experiment {
        request,
        experiment,
    };
    jobs.begin(job, Vec::new());
}

fn begin_recovery(jobs: &mut Jobs, setup: RecoverySetup) {
    begin(jobs, Experiment::Recovery(setup));
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
    let mut jobs = Jobs::default();
    begin_recovery(&mut jobs, SETUP);
    let mut found = Vec::new();
    while found.len() < count {
        assert_eq!(jobs.run(slice), Status::Busy);
        found.extend(rows(&jobs.events()));
    }
    found.truncate(count);
    found
}

#[test]
fn rows_come_one_by_one_up_to_forty_gb_and_then_the_end_is_told() {
    let mut jobs = Jobs::default();
    begin_recovery(&mut jobs, SETUP);
    let mut found = Vec::new();
    loop {
        let status = jobs.run(1000);
        let events = jobs.events();
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
fn how_far_it_is_is_told_when_asked() {
    let mut jobs = Jobs::default();
    jobs.tell_progress();
    assert_eq!(jobs.events(), [], "there is none");
    begin_recovery(&mut jobs, SETUP);
    jobs.tell_progress();
    let told = Event::Progress {
        request: 7,
        done: 0,
        of: Some(41),
    };
    assert_eq!(jobs.events(), [told]);
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
        let mut jobs = Jobs::default();
        begin_recovery(&mut jobs, setup);
        assert_eq!(refused(&mut jobs), told);
        assert_eq!(jobs.run(10), Status::Idle);
    }
}

/// Why the experiment was refused that was begun last, which is all that was said.
fn refused(jobs: &mut Jobs) -> String {
    let events = jobs.events();
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
    let mut jobs = Jobs::default();
    begin_recovery(&mut jobs, setup);
    while jobs.run(1000) == Status::Busy {}
    assert_eq!(rows(&jobs.events()).len(), 41);
}

#[test]
fn the_talks_points_are_told_with_the_line_through_them() {
    let mut jobs = Jobs::default();
    jobs.begin(Job::Evidence { request: 3 }, Vec::new());
    let events = jobs.events();
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
    let mut jobs = Jobs::default();
    let like = Like::Measured;
    begin_recovery(&mut jobs, RecoverySetup { like, ..SETUP });
    while jobs.run(1000) == Status::Busy {}
    let rows = rows(&jobs.events());
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

fn begin_inserts(jobs: &mut Jobs, minutes: u32, max_wal_bytes: u64) {
    let setup = InsertSetup {
        minutes,
        boxcar_us: 100,
        max_wal_bytes,
    };
    begin(jobs, Experiment::InsertTest(setup));
}

#[test]
fn inserts_come_in_rows_of_six_seconds_and_checkpoints_when_they_begin_and_end() {
    let mut jobs = Jobs::default();
    begin_inserts(&mut jobs, 5, 500_000_000);
    let (mut inserts, mut checkpoints) = (Vec::new(), Vec::new());
    while inserts.is_empty() || checkpoints.len() < 2 {
        assert_eq!(jobs.run(10_000), Status::Busy);
        for row in jobs.events().iter().filter_map(told) {
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
    jobs.run(10_000);
    jobs.tell_progress();
    let events = jobs.events();
    let [.., row, Event::Progress { done, of, .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert!(*done >= inserts[0].to_ns);
    assert_eq!(*of, Some(300_000_000_000));
    let Some(ExperimentRow::Inserts(so_far)) = told(row) else {
        panic!("{row:?}");
    };
    assert_eq!(so_far.to_ns, *done, "the row under way");
    assert!(so_far.from_ns >= inserts.last().unwrap().to_ns);
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
        let mut jobs = Jobs::default();
        begin_inserts(&mut jobs, minutes, bytes);
        assert_eq!(refused(&mut jobs), told);
    }
}
