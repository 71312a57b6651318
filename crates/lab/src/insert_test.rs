//! The insert test of the notes: inserts come at a steady rate for minutes, on both engines at once,
//! and the figure is how many are acknowledged in a second, and how long each took.
//!
//! The engines compute it. It is the scenario `www/scenarios/insert-test.toml` with what a [`Setup`]
//! changes of it, one event after the other, in slices as long as its owner likes:
//!
//! ```text
//! model time   0 s       5 s       10 s      15 s
//!              |--- row ---|--- row ---|--- row ---|--
//! quorum         acked, percentiles of their response times
//! conventional   the same, and what a crash at the end of the row would leave to redo
//! checkpoints         |=============|                 |====
//!                     begins        ends
//! ```
//!
//! What a checkpoint does to the response time of the conventional engine comes of the model: its pages
//! and the log go through one device, and the first change of each page after it began takes a
//! full-page image into the log. The quorum engine has neither.
//!
//! # Invariants
//! * Rows are the same in whatever slices they were computed.
//! * Nothing here is done or kept for each insert: a row takes its percentiles out of what the
//!   histogram of the run gained meanwhile.
//!
//! # Simplifications
//! * An insert changes one page, chosen at random; a real table has indexes, each with a page of its
//!   own.
//! * All pages fit in the buffer pool, which is empty at first: the conventional engine reads each page
//!   before its first change, and answers late until it has most of them. The quorum engine's writer
//!   reads none.

use std::rc::Rc;

use engine_wal::{Note, Primary, Trigger};
use sim::{SimTime, Span, Throughput};

use crate::scenario::{Arrival, Engine, Scenario, Workload};
use crate::schedule::Schedule;
use crate::script::Script;
use crate::servers::Servers;
use crate::tally::Durations;
use crate::trace::{Line, What};
use crate::world::World;

/// What an insert test is run with. The default is the scenario's.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// Which engines run.
    pub engine: Engine,
    /// Inserts that come in a second, at equal distances, whether or not earlier ones are
    /// acknowledged; at least one. The notes: "25k inserts per second no issue".
    pub inserts_per_second: u32,
    /// For how long they come. The notes have minutes on this axis, and no number of them.
    pub duration: Span,
    /// Model time of a row, not 0.
    pub interval: Span,
    /// A boxcar of the quorum engine leaves so long after its first record entered. Nothing: every
    /// insert is sent alone.
    pub boxcar: Span,
    /// Pages that inserts change, at least one, and no more than the buffer pool holds. A round
    /// figure of our own.
    pub pages: u32,
    /// `max_wal_size`, bytes: the notes' "log size", 3, 10 and 30 GB.
    pub max_wal_size: u64,
    /// `checkpoint_timeout`. The scenario's is longer than the test, so that size alone begins
    /// checkpoints.
    pub checkpoint_interval: Span,
    /// `checkpoint_completion_target`, thousandths. 900 is the default since PostgreSQL 14.
    pub completion_permille: u32,
    /// `full_page_writes`, on in PostgreSQL unless one turns it off.
    pub full_page_writes: bool,
    /// What the conventional engine's device can do, beside the delay of each operation. Round figures
    /// of our own for a fast network volume.
    pub throughput: Throughput,
}

/// What came of the inserts that were acknowledged in an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// From this time on ...
    pub from: SimTime,
    /// ... and before this one.
    pub to: SimTime,
    /// By the quorum engine, if it runs.
    pub quorum: Option<Answers>,
    /// By the conventional engine, if it runs.
    pub wal: Option<Answers>,
    /// WAL from the redo point of the conventional engine's last completed checkpoint to its end: what
    /// a crash at the end of the row leaves to redo. 0 without that engine.
    pub redo_bytes: u64,
}

/// Inserts that an engine acknowledged, and their response times to three digits. Without any, the
/// times are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answers {
    /// How many.
    pub acked: u64,
    /// Half of them did not take longer.
    pub p50: Span,
    /// 95 of 100 did not.
    pub p95: Span,
    /// 99 of 100 did not.
    pub p99: Span,
    /// None took longer.
    pub max: Span,
}

/// A checkpoint of the conventional engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its number, from 1.
    pub number: u32,
    /// Why it began.
    pub trigger: Trigger,
    /// Pages that were dirty then.
    pub pages: u32,
    /// When it began.
    pub began_at: SimTime,
    /// When it was complete. `None`: it is under way.
    pub ended_at: Option<SimTime>,
}

/// An insert test as far as it is computed.
#[derive(Clone, Debug)]
pub struct InsertTest {
    interval: Span,
    end: SimTime,
    schedule: Schedule,
    world: World,
    /// The lines of the last event.
    trace: Vec<Line>,
    /// When the row under way began.
    row_from: SimTime,
    /// Response times before the row under way.
    quorum: Durations,
    wal: Durations,
    rows: Vec<Row>,
    checkpoints: Vec<Checkpoint>,
    is_done: bool,
}

/// The scenario that the test is.
fn scenario() -> Scenario {
    let text = include_str!("../../../www/scenarios/insert-test.toml");
    Scenario::parse(text).expect("a test reads every shipped scenario")
}

impl Default for Setup {
    fn default() -> Self {
        let scenario = scenario();
        let Workload::Insert {
            arrival: Arrival::Fixed { rate },
            pages,
            ..
        } = scenario.workload
        else {
            panic!("the scenario has inserts at a fixed rate");
        };
        let settings = scenario.wal.settings;
        let end = scenario.stop.at.expect("the scenario says when it ends");
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number in the scenario"
        )]
        let inserts_per_second = rate as u32;
        Self {
            engine: scenario.engine,
            inserts_per_second,
            duration: end.since(SimTime::START),
            interval: Span::from_millis(5_000),
            boxcar: scenario.latency.boxcar,
            pages,
            max_wal_size: settings.max_wal_size,
            checkpoint_interval: settings.checkpoint_interval,
            completion_permille: settings.completion_permille,
            full_page_writes: settings.full_page_writes,
            throughput: scenario.wal.throughput,
        }
    }
}

impl Setup {
    /// The scenario with what is changed of it.
    fn scenario(&self) -> Scenario {
        let mut scenario = scenario();
        scenario.engine = self.engine;
        scenario.latency.boxcar = self.boxcar;
        let Workload::Insert { arrival, pages, .. } = &mut scenario.workload else {
            panic!("the scenario has inserts");
        };
        *arrival = Arrival::Fixed {
            rate: self.inserts_per_second.into(),
        };
        *pages = self.pages;
        scenario.wal.throughput = self.throughput;
        let settings = &mut scenario.wal.settings;
        settings.max_wal_size = self.max_wal_size;
        settings.checkpoint_interval = self.checkpoint_interval;
        settings.completion_permille = self.completion_permille;
        settings.full_page_writes = self.full_page_writes;
        scenario.stop.at = Some(SimTime::START + self.duration);
        scenario
    }
}

impl InsertTest {
    /// A test with no row yet.
    pub fn new(setup: &Setup) -> Self {
        assert!(setup.inserts_per_second > 0, "inserts come");
        assert!(setup.interval > Span::ZERO, "a row takes time");
        assert!(setup.pages > 0, "inserts change pages");
        let scenario = setup.scenario();
        assert!(
            setup.pages <= scenario.wal.settings.shared_buffers,
            "all pages fit in the buffer pool"
        );
        let script = Script {
            seed: scenario.seed,
            scenario,
            recording: None,
        };
        Self {
            interval: setup.interval,
            end: SimTime::START + setup.duration,
            schedule: Schedule::new(&script.scenario),
            world: World::new(&Rc::new(script)),
            trace: Vec::new(),
            row_from: SimTime::START,
            quorum: Durations::default(),
            wal: Durations::default(),
            rows: Vec::new(),
            checkpoints: Vec::new(),
            is_done: false,
        }
    }

    /// Lets so many events happen, or as many as are left. Says whether the test is over.
    pub fn advance(&mut self, events: u64) -> bool {
        for _ in 0..events {
            if self.is_done {
                break;
            }
            let Some(at) = self.world.next_at(&self.schedule) else {
                self.conclude();
                break;
            };
            if self.row_from + self.interval <= at {
                self.close_rows(|to, end| to <= at && to < end);
            }
            self.trace.clear();
            self.world.happen(at, &self.schedule, &mut self.trace);
            if self.world.servers().is_some() {
                self.read();
            }
        }
        self.is_done
    }

    /// The rows that are complete, by time.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row under way as far as it is computed: up to now. `None`: it has only just begun.
    pub fn row_under_way(&self) -> Option<Row> {
        let now = self.world.now();
        (!self.is_done && self.row_from < now).then(|| self.row_to(now))
    }

    /// The checkpoints that have begun, by time.
    pub fn checkpoints(&self) -> &[Checkpoint] {
        &self.checkpoints
    }

    /// How far the test has come: the model time that has passed, of so much.
    pub fn progress(&self) -> (Span, Span) {
        let end = self.end.since(SimTime::START);
        let passed = if self.is_done {
            self.end
        } else {
            self.world.now()
        };
        (passed.since(SimTime::START), end)
    }

    /// Inserts that came so far, by the engine that has heard of fewest.
    pub fn inserts_asked(&self) -> u64 {
        let quorum = (self.world.script().scenario.engine.has_quorum())
            .then(|| self.world.tally().commits_asked);
        let wal = (self.world.servers()).map(|servers| servers.tally().commits_asked);
        quorum.into_iter().chain(wal).min().unwrap_or(0)
    }

    /// Whether the test broke off because more inserts wait for an engine than it may have under way:
    /// they come faster than it can take them.
    pub fn is_overrun(&self) -> bool {
        self.world.is_full()
    }

    /// The engines.
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// What the last event did to checkpoints.
    fn read(&mut self) {
        for line in &self.trace {
            let What::Server(note) = line.what else {
                continue;
            };
            if let Note::CheckpointBegan {
                number,
                trigger,
                pages,
                ..
            } = note
            {
                self.checkpoints.push(Checkpoint {
                    number,
                    trigger,
                    pages,
                    began_at: line.at,
                    ended_at: None,
                });
            }
            if let Note::CheckpointDone { .. } = note {
                let last = self.checkpoints.last_mut();
                last.expect("it has begun").ended_at = Some(line.at);
            }
        }
    }

    /// There is no further event: what is left are the rows up to the end, the last of which may be
    /// shorter than the others.
    fn conclude(&mut self) {
        let end = if self.is_overrun() {
            self.world.now() + Span(1)
        } else {
            self.end
        };
        self.close_rows(|to, _| to < end);
        if self.row_from < end {
            self.close_row(end);
        }
        self.is_done = true;
    }

    /// Closes the rows whose end is as said, beside the end of the test.
    fn close_rows(&mut self, is_over: impl Fn(SimTime, SimTime) -> bool) {
        while is_over(self.row_from + self.interval, self.end) {
            self.close_row(self.row_from + self.interval);
        }
    }

    fn close_row(&mut self, to: SimTime) {
        self.rows.push(self.row_to(to));
        self.quorum = self.world.tally().latencies().clone();
        if let Some(servers) = self.world.servers() {
            self.wal = servers.tally().latencies().clone();
        }
        self.row_from = to;
    }

    /// The row from where the one under way began to this time, with what happened until now.
    fn row_to(&self, to: SimTime) -> Row {
        let has_quorum = self.world.script().scenario.engine.has_quorum();
        let servers = self.world.servers();
        let primary = servers.and_then(Servers::primary);
        let redo = |primary: &Primary| primary.flushed().0 - primary.storage().redo().0;
        let quorum = || Answers::of(&self.world.tally().latencies().since(&self.quorum));
        let wal = |servers: &Servers| Answers::of(&servers.tally().latencies().since(&self.wal));
        Row {
            from: self.row_from,
            to,
            quorum: has_quorum.then(quorum),
            wal: servers.map(wal),
            redo_bytes: primary.map_or(0, redo),
        }
    }
}

impl Answers {
    fn of(durations: &Durations) -> Self {
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| Span(durations.at(share)));
        Self {
            acked: durations.histogram().len(),
            p50,
            p95,
            p99,
            max: Span(durations.histogram().max()),
        }
    }
}

impl Row {
    /// How many inserts of an engine's answers that is in a second.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub fn per_second(&self, answers: &Answers) -> f64 {
        answers.acked as f64 * 1e9 / self.to.since(self.from).0 as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A part of the scenario's load on as small a part of its pages and its device, with a log that
    /// needs a checkpoint every 50 seconds.
    fn small() -> Setup {
        Setup {
            inserts_per_second: 1_000,
            duration: Span::from_millis(102_500),
            pages: 4_000,
            max_wal_size: 80_000_000,
            throughput: Throughput {
                bytes: 20_000_000,
                operations: 2_000,
            },
            ..Setup::default()
        }
    }

    /// Until then pages are read that are in no buffer yet, and their first changes take images.
    const WARM: SimTime = SimTime(20_000_000_000);

    fn run(setup: &Setup, slice: u64) -> InsertTest {
        let mut test = InsertTest::new(setup);
        while !test.advance(slice) {}
        test
    }

    #[test]
    fn it_is_the_shipped_scenario_unless_something_is_changed() {
        let setup = Setup::default();
        assert_eq!(setup.scenario(), scenario());
        assert_eq!(setup.inserts_per_second, 25_000);
        assert_eq!(setup.duration, Span::from_millis(30 * 60_000));
        assert_eq!(setup.max_wal_size, 3_000_000_000);
    }

    #[test]
    fn rows_are_the_same_in_any_slices() {
        let setup = Setup {
            duration: Span::from_millis(7_500),
            interval: Span::from_millis(2_000),
            max_wal_size: 20_000_000,
            ..small()
        };
        let whole = run(&setup, u64::MAX);
        let ends: Vec<_> = whole
            .rows()
            .iter()
            .map(|row| row.to.0 / 1_000_000)
            .collect();
        assert_eq!(ends, [2_000, 4_000, 6_000, 7_500]);
        assert!(!whole.checkpoints().is_empty());
        for slice in [1, 1_000, 99_999] {
            let sliced = run(&setup, slice);
            assert_eq!(sliced.rows(), whole.rows());
            assert_eq!(sliced.checkpoints(), whole.checkpoints());
            assert_eq!(sliced.world().trace_hash(), whole.world().trace_hash());
        }
    }

    #[test]
    fn a_row_under_way_grows_into_the_row_that_it_becomes() {
        let mut test = InsertTest::new(&small());
        assert_eq!(test.row_under_way(), None);
        let mut seen = Vec::new();
        while test.rows().is_empty() {
            test.advance(1_000);
            seen.extend(test.row_under_way());
        }
        let row = test.rows()[0];
        let next = seen.pop().expect("the row after it is under way");
        assert_eq!(next.from, row.to);
        assert!(seen.len() > 10);
        for pair in seen.windows(2) {
            assert!(pair[0].from == row.from && pair[0].to < pair[1].to);
            assert!(pair[0].wal.unwrap().acked <= pair[1].wal.unwrap().acked);
        }
        let last = seen.last().unwrap();
        let left = row.quorum.unwrap().acked - last.quorum.unwrap().acked;
        assert!(last.to < row.to && left < 1_000, "{left}");
    }

    #[test]
    fn inserts_are_acknowledged_as_they_come_and_checkpoints_are_felt_by_one_engine_alone() {
        let test = run(&small(), 10_000);
        let acked = |of: fn(&Row) -> Option<Answers>| -> u64 {
            let answers = test.rows().iter().filter_map(of);
            answers.map(|answers| answers.acked).sum()
        };
        let (quorum, servers) = (test.world().tally(), test.world().servers().unwrap());
        assert_eq!(acked(|row| row.quorum), quorum.commits_acked);
        assert_eq!(acked(|row| row.wal), servers.tally().commits_acked);
        assert!(!test.is_overrun());
        assert_eq!(test.progress(), (small().duration, small().duration));
        for row in test.rows() {
            for answers in [row.quorum.unwrap(), row.wal.unwrap()] {
                let off = row.per_second(&answers) / 1_000.0 - 1.0;
                assert!(off.abs() < 0.01, "{off} {row:?}");
                assert!(answers.p50 <= answers.p95 && answers.p99 <= answers.max);
            }
        }
        let rows = test.rows().iter().filter(|row| row.from >= WARM);
        let (within, rest): (Vec<&Row>, Vec<_>) = rows.partition(|row| during(&test, row));
        let between: Vec<_> = rest.into_iter().filter(|row| outside(&test, row)).collect();
        assert!(within.len() > 4 && between.len() > 8);
        let wal = |rows: &[&Row], of| mean(rows, |row| row.wal, of);
        assert!(wal(&within, |a| a.p50) > 1.05 * wal(&between, |a| a.p50));
        assert!(wal(&within, |a| a.p95) > 1.5 * wal(&between, |a| a.p95));
        assert!(wal(&within, |a| a.p99) > 1.5 * wal(&between, |a| a.p99));
        let quorum = |rows: &[&Row], of| mean(rows, |row| row.quorum, of);
        for of in [
            |a: &Answers| a.p50,
            |a: &Answers| a.p95,
            |a: &Answers| a.p99,
        ] {
            let change = quorum(&within, of) / quorum(&between, of) - 1.0;
            assert!(change.abs() < 0.02, "{change}");
        }
        let [checkpoint] = test.checkpoints() else {
            panic!("one checkpoint");
        };
        assert_eq!(
            (checkpoint.number, checkpoint.trigger),
            (1, Trigger::WalSize)
        );
        assert_eq!(checkpoint.pages, 4_000);
    }

    /// Whether a checkpoint was under way during all of a row.
    fn during(test: &InsertTest, row: &Row) -> bool {
        let over = |at: Option<SimTime>| at.is_none_or(|at| row.to <= at);
        let mut checkpoints = test.checkpoints().iter();
        checkpoints.any(|checkpoint| checkpoint.began_at <= row.from && over(checkpoint.ended_at))
    }

    /// Whether none was at any time of it.
    fn outside(test: &InsertTest, row: &Row) -> bool {
        let over = |at: Option<SimTime>| at.is_some_and(|at| at <= row.from);
        let mut checkpoints = test.checkpoints().iter();
        checkpoints.all(|checkpoint| row.to <= checkpoint.began_at || over(checkpoint.ended_at))
    }

    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    fn mean(rows: &[&Row], engine: fn(&Row) -> Option<Answers>, of: fn(&Answers) -> Span) -> f64 {
        let spans = rows.iter().filter_map(|row| engine(row)).map(|a| of(&a).0);
        spans.sum::<u64>() as f64 / rows.len() as f64
    }

    #[test]
    fn writing_pages_alone_is_felt_on_a_device_that_is_shared() {
        let test = run(
            &Setup {
                engine: Engine::Wal,
                full_page_writes: false,
                max_wal_size: 10_000_000,
                ..small()
            },
            10_000,
        );
        let p99 = |row: &Row| row.wal.unwrap().p99;
        let rows = || test.rows().iter().filter(|row| row.from >= WARM);
        let within = rows().filter(|row| during(&test, row)).map(p99);
        let between = rows().filter(|row| outside(&test, row)).map(p99);
        assert!(within.clone().count() > 8 && between.clone().count() > 1);
        assert!(within.min().unwrap().0 > 2 * between.max().unwrap().0);
        assert_eq!(test.checkpoints().len(), 3);
    }

    #[test]
    fn one_engine_runs_alone() {
        for engine in [Engine::Quorum, Engine::Wal] {
            let test = run(
                &Setup {
                    engine,
                    duration: Span::from_millis(2_000),
                    interval: Span::from_millis(1_000),
                    ..small()
                },
                10_000,
            );
            let [_, row] = test.rows() else {
                panic!("two rows");
            };
            assert_eq!(row.quorum.is_some(), engine.has_quorum());
            assert_eq!(row.wal.is_some(), engine.has_wal());
            assert_eq!(row.redo_bytes > 0, engine.has_wal());
        }
    }

    #[test]
    fn a_device_that_cannot_keep_up_ends_the_test_and_every_insert_is_accounted_for() {
        let test = run(
            &Setup {
                engine: Engine::Wal,
                inserts_per_second: 250_000,
                throughput: Throughput {
                    bytes: 5_000_000,
                    operations: 100,
                },
                ..small()
            },
            1_000_000,
        );
        assert!(test.is_overrun());
        let acked: u64 = (test.rows().iter())
            .filter_map(|row| row.wal)
            .map(|answers| answers.acked)
            .sum();
        let tally = test.world().servers().unwrap().tally();
        assert_eq!(acked, tally.commits_acked);
        assert!(acked < tally.commits_asked / 2);
    }
}
