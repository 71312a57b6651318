//! An experiment under way: a figure that many runs of the engines make, computed a step at a time.
//!
//! Its worlds are its own: the run that is loaded does not notice.

use lab::Span;
use lab::curve::{Curve, Line, Restart, Situation, TALK};
use lab::insert_test::{Answers, Checkpoint, InsertTest, Row, Setup};
use lab::measured::{self, FITTED_HERE};
use protocol::{
    CheckpointRow, Experiment, ExperimentRow, InsertAnswers, InsertRow, InsertSetup, Like, Problem,
    RecoveryRow, RecoverySetup,
};

use crate::evidence::server;

/// An experiment under way.
pub(crate) struct Trial {
    work: Work,
}

/// What is computed.
enum Work {
    Recovery(Recovery),
    Inserts(Inserts),
}

impl Trial {
    /// Begins an experiment.
    pub(crate) fn new(experiment: Experiment) -> Result<Self, Problem> {
        let work = match experiment {
            Experiment::Recovery(setup) => Work::Recovery(Recovery::new(setup)?),
            Experiment::InsertTest(setup) => Work::Inserts(Inserts::new(setup)?),
        };
        Ok(Self { work })
    }

    /// Lets one event of a world happen, or none. Gives the next row, if there is one.
    pub(crate) fn step(&mut self) -> Option<ExperimentRow> {
        match &mut self.work {
            Work::Recovery(recovery) => recovery.step().map(ExperimentRow::Recovery),
            Work::Inserts(inserts) => inserts.step(),
        }
    }

    /// The row under way as far as it is computed.
    pub(crate) fn so_far(&self) -> Option<ExperimentRow> {
        match &self.work {
            Work::Recovery(_) => None,
            Work::Inserts(inserts) => inserts.so_far(),
        }
    }

    /// How much is done, and out of how much.
    pub(crate) fn progress(&self) -> (u64, u64) {
        match &self.work {
            Work::Recovery(recovery) => (recovery.rows, Recovery::ROWS),
            Work::Inserts(inserts) => {
                let (done, of) = inserts.test.progress();
                (done.0, of.0)
            }
        }
    }

    /// Whether every row was told; or why there are no more of them.
    pub(crate) fn is_done(&self) -> Option<Result<(), Problem>> {
        match &self.work {
            Work::Recovery(recovery) => (recovery.rows == Recovery::ROWS).then_some(Ok(())),
            Work::Inserts(inserts) => inserts.is_told.then(|| inserts.end()),
        }
    }
}

/// A recovery-time curve: crashes at equal distances of log.
struct Recovery {
    curve: Curve,
    rows: u64,
    /// Bytes of log from one crash to the next.
    distance: u64,
}

impl Recovery {
    /// One for the beginning, and one for each distance.
    const ROWS: u64 = 41;
    /// The talk's curve goes to 40 GB.
    const GB: u64 = 1_000_000_000;
    /// So many that few records meet a page that was changed before.
    const PAGES: u32 = 20_000;

    fn new(setup: RecoverySetup) -> Result<Self, Problem> {
        let checkpoint_interval = setup.checkpoint_s.map(|seconds| {
            let what = "checkpoint interval in seconds, or none,";
            let seconds = within(what, seconds, 30, 86_400);
            seconds.map(|seconds| Span::from_millis(u64::from(seconds) * 1_000))
        });
        let (mut situation, distance) = like(setup.like)?;
        situation.checkpoint_interval = checkpoint_interval.transpose()?;
        situation.full_page_writes = setup.full_page_writes;
        let mb_per_s = within("disk's MB a second", setup.disk.mb_per_s, 50, 100_000)?;
        let iops = within(
            "disk's operations a second",
            setup.disk.iops,
            100,
            10_000_000,
        )?;
        situation.throughput.bytes = u64::from(mb_per_s) * 1_000_000;
        situation.throughput.operations = iops.into();
        situation.pages = Self::PAGES;
        let mut curve = Curve::new(&situation);
        curve.ask(0);
        Ok(Self {
            curve,
            rows: 0,
            distance,
        })
    }

    fn step(&mut self) -> Option<RecoveryRow> {
        let restart = self.curve.step()?;
        self.rows += 1;
        self.curve.ask(self.rows * self.distance);
        Some(row(restart))
    }
}

/// The situation of such a server, and the bytes of log between two crashes.
fn like(like: Like) -> Result<(Situation, u64), Problem> {
    if like == Like::Talk {
        let line = Line::fit(&TALK).expect("the talk's points rise");
        return Ok((line.situation(), Recovery::GB));
    }
    let Some(server) = server(measured::HERE, FITTED_HERE) else {
        let text = "expected a server that was measured, and none was".to_owned();
        return Err(Problem { text, place: None });
    };
    let situation = Situation {
        // What the server's log calls redo is the replay alone.
        startup: Span::from_millis(1),
        replay_bytes_per_second: whole(server.replay_bytes_per_s).max(1),
        ..Situation::default()
    };
    Ok((
        situation,
        whole(server.most_gb * 1e9) / (Recovery::ROWS - 1),
    ))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bytes, far below 2^53"
)]
const fn whole(number: f64) -> u64 {
    number as u64
}

/// The insert test, and how much of it was told.
struct Inserts {
    test: InsertTest,
    rows: usize,
    begun: usize,
    ended: usize,
    /// The test is over, and nothing of it is left to tell.
    is_told: bool,
}

/// What every insert test is run with.
pub(crate) fn insert_setup() -> Setup {
    Setup {
        // A tenth of a minute.
        interval: Span::from_millis(6_000),
        ..Setup::default()
    }
}

impl Inserts {
    fn new(setup: InsertSetup) -> Result<Self, Problem> {
        let minutes = within("minutes of model time", setup.minutes, 1, 120)?;
        let megabytes = u32::try_from(setup.max_wal_bytes / 1_000_000).unwrap_or(u32::MAX);
        within("max_wal_size in MB", megabytes, 500, 100_000)?;
        let boxcar_us = within("boxcar's microseconds", setup.boxcar_us, 0, 10_000)?;
        let test = InsertTest::new(&Setup {
            duration: Span::from_millis(u64::from(minutes) * 60_000),
            max_wal_size: setup.max_wal_bytes,
            boxcar: Span::from_micros(boxcar_us.into()),
            ..insert_setup()
        });
        Ok(Self {
            test,
            rows: 0,
            begun: 0,
            ended: 0,
            is_told: false,
        })
    }

    fn step(&mut self) -> Option<ExperimentRow> {
        let is_over = self.test.advance(1);
        let next = self.next_row();
        self.is_told = is_over && next.is_none();
        next
    }

    /// The row under way, once all before it were told.
    fn so_far(&self) -> Option<ExperimentRow> {
        let all_told = self.rows == self.test.rows().len();
        let row = all_told.then(|| self.test.row_under_way()).flatten()?;
        Some(ExperimentRow::Inserts(inserts(&row)))
    }

    /// The next row that was not told.
    fn next_row(&mut self) -> Option<ExperimentRow> {
        if let Some(row) = self.test.rows().get(self.rows) {
            self.rows += 1;
            return Some(ExperimentRow::Inserts(inserts(row)));
        }
        let checkpoints = self.test.checkpoints();
        if let Some(checkpoint) = checkpoints.get(self.begun) {
            self.begun += 1;
            return Some(ExperimentRow::Checkpoint(began(checkpoint)));
        }
        let checkpoint = checkpoints.get(self.ended)?;
        let ended_at = checkpoint.ended_at?;
        self.ended += 1;
        Some(ExperimentRow::Checkpoint(CheckpointRow {
            ended_ns: Some(ended_at.0),
            ..began(checkpoint)
        }))
    }

    /// How it ended.
    fn end(&self) -> Result<(), Problem> {
        if !self.test.is_overrun() {
            return Ok(());
        }
        let text = "more inserts come than an engine can take, and too many wait".to_owned();
        Err(Problem { text, place: None })
    }
}

fn inserts(row: &Row) -> InsertRow {
    let answers = |answers: Option<Answers>| {
        let answers = answers.expect("both engines run");
        InsertAnswers {
            per_s: row.per_second(&answers),
            p50_ns: answers.p50.0,
            p95_ns: answers.p95.0,
            p99_ns: answers.p99.0,
        }
    };
    InsertRow {
        from_ns: row.from.0,
        to_ns: row.to.0,
        conventional: answers(row.wal),
        quorum: answers(row.quorum),
        redo_bytes: row.redo_bytes,
    }
}

const fn began(checkpoint: &Checkpoint) -> CheckpointRow {
    CheckpointRow {
        number: checkpoint.number,
        pages: checkpoint.pages,
        began_ns: checkpoint.began_at.0,
        ended_ns: None,
    }
}

const fn row(restart: Restart) -> RecoveryRow {
    RecoveryRow {
        written_bytes: restart.written,
        redo_bytes: restart.redo_bytes,
        took_ns: restart.took.0,
        redo_took_ns: restart.redo_took.0,
        quorum_took_ns: restart.quorum_took.0,
    }
}

/// A value, if it is one that can be computed with.
fn within(what: &str, value: u32, least: u32, most: u32) -> Result<u32, Problem> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    let text = format!("expected the {what} to be {least} to {most}, found {value}");
    Err(Problem { text, place: None })
}
