//! The engines, through the whole world.

use std::rc::Rc;

use lab::insert_test::{InsertTest, Setup};
use lab::{Checker, Engine, Line, Scenario, Schedule, Script, Tape, World};
use sim::{SimTime, Span};

use super::kernel::BareHold;
use crate::{Case, host};

const EVENTS_PER_ROUND: u64 = 10_000;

/// Clients that insert, through the whole world: six copies, boxcars, disks, gossip, the trace and its
/// hash. The least that an event can cost is the kernel's part of it.
pub(super) fn insert() -> Case {
    let mut run = Run::new();
    let mut bare = BareHold::of_a_run();
    Case {
        yardstick: "bare draw and heap hold",
        unit: "event",
        units_per_round: EVENTS_PER_ROUND,
        bytes: None,
        note: None,
        work: Box::new(move |rounds| run.go(rounds, |_, _| ())),
        least: Box::new(move |rounds| bare.run(rounds * EVENTS_PER_ROUND)),
    }
}

/// The same, with the checker that reads along in the page. The least is not to have one.
pub(super) fn check() -> Case {
    let (mut run, mut unchecked) = (Run::new(), Run::new());
    let mut checker = Checker::new(&run.world);
    Case {
        yardstick: "engine: inserts",
        unit: "event",
        units_per_round: EVENTS_PER_ROUND,
        bytes: None,
        note: None,
        work: Box::new(move |rounds| {
            let hash = run.go(rounds, |world, line| checker.read(line, world));
            assert!(checker.violations().is_empty(), "the engine is right");
            hash
        }),
        least: Box::new(move |rounds| unchecked.go(rounds, |_, _| ())),
    }
}

/// What it costs that every line is hashed, and kept until the next event: the same lines once more.
/// The least is the run that they are of.
pub(super) fn hash() -> Case {
    let mut run = Run::new();
    let mut lines = Vec::new();
    run.go(1, |_, line| lines.push(*line));
    let mut kept = Vec::with_capacity(lines.len());
    Case {
        yardstick: "engine: inserts",
        unit: "event",
        units_per_round: EVENTS_PER_ROUND,
        bytes: None,
        note: None,
        work: Box::new(move |rounds| {
            let mut tape = Tape::NEW;
            for _ in 0..rounds {
                kept.clear();
                let mut event = 0;
                for line in std::hint::black_box(&lines) {
                    if event != line.event {
                        event = line.event;
                        tape.event(line.at);
                    }
                    tape.line(
                        event,
                        line.at,
                        line.cause,
                        line.volume,
                        line.what,
                        &mut kept,
                    );
                }
                std::hint::black_box(&kept);
            }
            tape.value()
        }),
        least: Box::new(move |rounds| run.go(rounds, |_, _| ())),
    }
}

/// How long a boxcar waits in which there are ten inserts on average: the first, and those that come
/// while it waits.
pub(super) const OF_TEN: Span = Span::from_micros(380);

/// The insert test of the notes, 25,000 a second, on one of the engines. Its first minutes are told as
/// a whole, and what follows is compared like any other run. The least is one event for an insert.
pub(super) fn conference(engine: Engine, boxcar: Span) -> Case {
    const INSERTS_PER_ROUND: u64 = 1_000;
    let minutes = host::insert_minutes();
    let mut test = InsertTest::new(&Setup {
        engine,
        boxcar,
        // What is compared comes after the minutes that are told.
        duration: Span::from_millis(u64::from(minutes + 600) * 60_000),
        ..Setup::default()
    });
    let told = SimTime::START + Span::from_millis(u64::from(minutes) * 60_000);
    let ms = host::now_ms();
    let memory = host::memory_of(|| {
        while test.world().now() < told {
            test.advance(EVENTS_PER_ROUND);
        }
    });
    let seconds = (host::now_ms() - ms) / 1e3;
    let events = test.world().events();
    let mut bare = BareHold::of_a_run();
    Case {
        yardstick: "bare draw and heap hold",
        unit: "insert",
        units_per_round: INSERTS_PER_ROUND,
        bytes: None,
        note: Some(format!(
            "its first {minutes} min: {events} events, {seconds:.2} s, {:.2} million events a second, \
             {} MiB more",
            millions(events) / seconds,
            memory >> 20
        )),
        work: Box::new(move |rounds| {
            let asked = |test: &InsertTest| test.inserts_asked();
            let end = asked(&test) + rounds * INSERTS_PER_ROUND;
            while asked(&test) < end {
                let is_over = test.advance(64);
                assert!(!is_over, "the run has no end");
            }
            test.world().trace_hash()
        }),
        least: Box::new(move |rounds| bare.run(rounds * INSERTS_PER_ROUND)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn millions(count: u64) -> f64 {
    count as f64 / 1e6
}

/// The quorum engine under an open loop: 25,000 writes a second, sizes only, the trace hash on.
pub(super) fn open_loop() -> Case {
    let mut test = InsertTest::new(&Setup {
        engine: Engine::Quorum,
        duration: Span::from_millis(600 * 60_000),
        ..Setup::default()
    });
    // Until every page has versions, and the log forgets as fast as it grows.
    while test.world().now() < SimTime::START + Span::from_millis(30_000) {
        test.advance(EVENTS_PER_ROUND);
    }
    let mut bare = BareHold::of_a_run();
    Case {
        yardstick: "bare draw and heap hold",
        unit: "event",
        units_per_round: EVENTS_PER_ROUND,
        bytes: None,
        note: None,
        work: Box::new(move |rounds| {
            let is_over = test.advance(rounds * EVENTS_PER_ROUND);
            assert!(!is_over, "the run has no end");
            test.world().trace_hash()
        }),
        least: Box::new(move |rounds| bare.run(rounds * EVENTS_PER_ROUND)),
    }
}

/// Clients that insert, as far as they have come.
struct Run {
    schedule: Schedule,
    world: World,
    trace: Vec<Line>,
}

impl Run {
    fn new() -> Self {
        let script = Script {
            scenario: Scenario::parse(INSERT).expect("a good scenario"),
            seed: 1,
            recording: None,
        };
        Self {
            schedule: Schedule::new(&script.scenario),
            world: World::new(&Rc::new(script)),
            trace: Vec::new(),
        }
    }

    /// Lets so many rounds of events happen; `read` sees each line of the trace.
    fn go(&mut self, rounds: u64, mut read: impl FnMut(&World, &Line)) -> u64 {
        for _ in 0..rounds * EVENTS_PER_ROUND {
            self.trace.clear();
            let more = self.world.step(&self.schedule, &mut self.trace);
            assert!(more, "the run has no end");
            self.trace.iter().for_each(|line| read(&self.world, line));
        }
        self.world.trace_hash()
    }
}

/// Sixty-four clients, one record per commit, for longer than anyone will wait.
const INSERT: &str = r#"
format = 1
name = "bench"
seed = 1
weight = "account"
[latency]
in_az = { kind = "constant", ms = 0.1 }
cross_az = { kind = "constant", ms = 0.4 }
disk = { kind = "exponential", mean_ms = 0.3 }
boxcar_us = 100
[workload]
kind = "insert"
clients = 64
record_bytes = 128
pages = 100000
[stop]
commits = 1000000000
"#;
