//! What is measured.

use std::io::Read as _;
use std::sync::Arc;

use flate2::read::GzDecoder;
use lab::insert_test::{InsertTest, Setup};
use lab::{Checker, Engine, Line, Scenario, Schedule, Script, World};
use pgwal::{Reader, Step};
use redo::SharedVec;
use sim::{Delay, Queue, SimTime, Span, Stream};

use crate::yardsticks::{Draw, Heap};
use crate::{Case, host};

/// Events that are due at any moment: 64 writes of six copies, less the acks that have come.
const PENDING: u64 = 320;
const EVENTS_PER_ROUND: u64 = 10_000;

pub(crate) fn all() -> Vec<Case> {
    vec![
        draw(),
        hold(),
        insert(),
        check(),
        conference("insert test: quorum", Engine::Quorum),
        conference("insert test: conventional", Engine::Wal),
        append(),
        read(),
        #[cfg(not(target_family = "wasm"))]
        clone_volume(),
        read_wal(),
    ]
}

/// Drawing one exponential duration.
fn draw() -> Case {
    let delay = Delay::Exponential { mean_ms: 1.0 };
    let mut stream = Stream::new(1, "bench");
    let mut bare = Draw::new();
    Case {
        name: "kernel: draw",
        yardstick: "bare generator and table",
        unit: "draw",
        units_per_round: EVENTS_PER_ROUND,
        note: None,
        work: Box::new(move |rounds| {
            (0..rounds * EVENTS_PER_ROUND).fold(0, |sum, _| sum ^ delay.sample(&mut stream).0)
        }),
        least: Box::new(move |rounds| {
            (0..rounds * EVENTS_PER_ROUND).fold(0, |sum, _| sum ^ bare.duration_ns())
        }),
    }
}

/// The kernel's loop with nothing to do in it: take the earliest event out, draw when it happens
/// again, put it back.
fn hold() -> Case {
    let delay = Delay::Exponential { mean_ms: 1.0 };
    let mut stream = Stream::new(1, "bench");
    let mut queue = Queue::default();
    for event in 0..PENDING {
        queue.push(SimTime(event), event);
    }
    let mut bare = BareHold::new();
    Case {
        name: "kernel: draw and hold",
        yardstick: "bare draw and heap hold",
        unit: "event",
        units_per_round: EVENTS_PER_ROUND,
        note: None,
        work: Box::new(move |rounds| {
            let mut sum = 0;
            for _ in 0..rounds * EVENTS_PER_ROUND {
                let (at, event) = queue.pop().expect("as many go in as come out");
                sum ^= at.0;
                queue.push(at + delay.sample(&mut stream), event);
            }
            sum
        }),
        least: Box::new(move |rounds| bare.run(rounds * EVENTS_PER_ROUND)),
    }
}

/// Clients that insert, through the whole world: six copies, boxcars, disks, gossip, the trace and its
/// hash. The least that an event can cost is the kernel's part of it.
fn insert() -> Case {
    let mut run = Run::new();
    let mut bare = BareHold::new();
    Case {
        name: "engine: inserts",
        yardstick: "bare draw and heap hold",
        unit: "event",
        units_per_round: EVENTS_PER_ROUND,
        note: None,
        work: Box::new(move |rounds| run.go(rounds, |_, _| ())),
        least: Box::new(move |rounds| bare.run(rounds * EVENTS_PER_ROUND)),
    }
}

/// The same, with the checker that reads along in the page. The least is not to have one.
fn check() -> Case {
    let (mut run, mut unchecked) = (Run::new(), Run::new());
    let mut checker = Checker::new(&run.world);
    Case {
        name: "engine and checker",
        yardstick: "engine: inserts",
        unit: "event",
        units_per_round: EVENTS_PER_ROUND,
        note: None,
        work: Box::new(move |rounds| {
            let hash = run.go(rounds, |world, line| checker.read(line, world));
            assert!(checker.violations().is_empty(), "the engine is right");
            hash
        }),
        least: Box::new(move |rounds| unchecked.go(rounds, |_, _| ())),
    }
}

/// The insert test of the notes, 25,000 a second, on one of the engines. Its first minutes are told as
/// a whole, and what follows is compared like any other run.
fn conference(name: &'static str, engine: Engine) -> Case {
    let minutes = host::insert_minutes();
    let mut test = InsertTest::new(&Setup {
        engine,
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
    let mut bare = BareHold::new();
    Case {
        name,
        yardstick: "bare draw and heap hold",
        unit: "event",
        units_per_round: EVENTS_PER_ROUND,
        note: Some(format!(
            "its first {minutes} min: {events} events, {seconds:.1} s, {} MiB more",
            memory >> 20
        )),
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
            world: World::new(&Arc::new(script)),
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

const VALUES: u64 = 1_000_000;

/// Appending to the container of a log, an LSN and three links at a time.
fn append() -> Case {
    Case {
        name: "redo: append",
        yardstick: "vector of as many values",
        unit: "value",
        units_per_round: VALUES,
        note: None,
        work: Box::new(|rounds| {
            let fill = |_| {
                let mut values = SharedVec::default();
                (0..VALUES).for_each(|value| values.push([value; 4]));
                values.len()
            };
            (0..rounds).map(fill).sum()
        }),
        least: Box::new(|rounds| {
            let fill = |_| {
                let mut values = Vec::new();
                (0..VALUES).for_each(|value| values.push([value; 4]));
                std::hint::black_box(&values).len() as u64
            };
            (0..rounds).map(fill).sum()
        }),
    }
}

/// Reading it one place after the other.
fn read() -> Case {
    let mut shared = SharedVec::default();
    (0..VALUES).for_each(|value| shared.push([value; 4]));
    let plain: Vec<_> = (0..VALUES).map(|value| [value; 4]).collect();
    Case {
        name: "redo: read in order",
        yardstick: "vector of as many values",
        unit: "value",
        units_per_round: VALUES,
        note: None,
        work: Box::new(move |rounds| {
            let place = |at| std::hint::black_box(&shared).get(at % VALUES);
            (0..rounds * VALUES)
                .filter_map(place)
                .fold(0, |sum, value| sum ^ value[1])
        }),
        least: Box::new(move |rounds| {
            let place = |at| std::hint::black_box(&plain).get((at % VALUES) as usize);
            (0..rounds * VALUES)
                .filter_map(place)
                .fold(0, |sum, value| sum ^ value[1])
        }),
    }
}

/// Cloning a volume with ten million pages, from the order to the first message of the clone's
/// writer, against one with ten thousand. As many records were written as there are pages.
#[cfg(not(target_family = "wasm"))]
fn clone_volume() -> Case {
    let (large, small) = (volume(10_000_000), volume(10_000));
    let allocated = |(world, schedule): &(World, Schedule)| {
        let mut world = world.clone();
        let measured = allocation_counter::measure(|| {
            std::hint::black_box(cloned(&mut world, schedule));
        });
        measured.bytes_total
    };
    let (bytes, bytes_small) = (allocated(&large), allocated(&small));
    assert!(bytes < 64 << 10, "a clone allocates {bytes} bytes");
    let clones = |(world, schedule): (World, Schedule)| {
        move |rounds| (0..rounds).fold(0, |sum, _| sum ^ cloned(&mut world.clone(), &schedule))
    };
    Case {
        name: "lab: clone 10,000,000 pages",
        yardstick: "clone 10,000 pages",
        unit: "clone",
        units_per_round: 1,
        note: Some(format!(
            "allocates {bytes} bytes, {bytes_small} for the small volume"
        )),
        work: Box::new(clones(large)),
        least: Box::new(clones(small)),
    }
}

/// A volume to whose pages so many records were written, all durable, and what is done next.
#[cfg(not(target_family = "wasm"))]
fn volume(pages: u32) -> (World, Schedule) {
    let text = format!(
        r#"
        format = 1
        weight = "account"
        [topology]
        gossip = "1s"
        [workload]
        kind = "insert"
        rate = 100
        records_per_commit = 1000
        pages = {pages}
        "#
    );
    let script = Script {
        scenario: Scenario::parse(&text).expect("a good scenario"),
        seed: 1,
        recording: None,
    };
    let mut schedule = Schedule::new(&script.scenario);
    let mut world = World::new(&Arc::new(script));
    let mut trace = Vec::new();
    while world.tally().commits_acked < u64::from(pages / 1000) {
        trace.clear();
        world.step(&schedule, &mut trace);
    }
    schedule.add(world.now() + Span(1), "clone:v1".parse().expect("a verb"));
    (world, schedule)
}

#[cfg(not(target_family = "wasm"))]
fn cloned(world: &mut World, schedule: &Schedule) -> u64 {
    let mut trace = Vec::new();
    while world.volumes().len() == 1 {
        assert!(world.step(schedule, &mut trace), "there is a clone to come");
    }
    world.trace_hash()
}

/// Reading a log of a real server, with every check. The least is to copy its bytes.
fn read_wal() -> Case {
    let mut bytes = Vec::new();
    GzDecoder::new(WAL)
        .read_to_end(&mut bytes)
        .expect("a whole recording");
    let log = Arc::new(bytes);
    let mut copy = vec![0; log.len()];
    Case {
        name: "WAL: read and check",
        yardstick: "memcpy of the same bytes",
        unit: "byte",
        units_per_round: log.len() as u64,
        note: None,
        work: {
            let log = Arc::clone(&log);
            Box::new(move |rounds| (0..rounds).map(|_| records(&log)).sum())
        },
        least: Box::new(move |rounds| {
            for _ in 0..rounds {
                copy.copy_from_slice(std::hint::black_box(&log));
                std::hint::black_box(&copy);
            }
            rounds
        }),
    }
}

const WAL_NAME: &str = "000000010000000000000007";
const WAL: &[u8] =
    include_bytes!("../../../pgwal/fixtures/insert-test/000000010000000000000007.gz");
/// As the worker reads a file.
const SLICE_BYTES: usize = 64 * 1024;

fn records(log: &[u8]) -> u64 {
    let mut slices = log.chunks(SLICE_BYTES);
    let mut reader = Reader::new();
    reader.open(WAL_NAME);
    let mut records = 0;
    loop {
        match reader.step().expect("the recording is whole") {
            Step::Record(_) => records += 1,
            Step::Hungry => match slices.next() {
                Some(slice) => reader.feed(slice),
                None => reader.finish(),
            },
            Step::End(_) => return records,
        }
    }
}

/// A heap and a generator, as little as a simulation of so many pending events can be.
struct BareHold {
    draw: Draw,
    heap: Heap,
}

/// Bits of a key that say which event it is.
const EVENT_BITS: u32 = 10;

impl BareHold {
    fn new() -> Self {
        let mut heap = Heap::default();
        for event in 0..PENDING {
            heap.push(event);
        }
        Self {
            draw: Draw::new(),
            heap,
        }
    }

    fn run(&mut self, events: u64) -> u64 {
        let mut sum = 0;
        for _ in 0..events {
            let key = self.heap.pop().expect("as many go in as come out");
            sum ^= key;
            self.heap
                .push(key + (self.draw.duration_ns() << EVENT_BITS));
        }
        sum
    }
}
