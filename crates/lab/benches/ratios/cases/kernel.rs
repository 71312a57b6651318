//! The kernel alone: random durations and the queue.

use sim::{Delay, Queue, SimTime, Stream};

use crate::Case;
use crate::yardsticks::{Draw, Heap};

/// Events that are due at any moment: 64 writes of six copies, less the acks that have come.
const DUE: u64 = 380;
const EVENTS_PER_ROUND: u64 = 10_000;

/// Drawing one exponential duration.
pub(super) fn draw() -> Case {
    let delay = Delay::Exponential { mean_ms: 1.0 };
    let mut stream = Stream::new(1, "bench");
    let mut bare = Draw::new();
    Case {
        yardstick: "bare generator and table",
        unit: "draw",
        units_per_round: EVENTS_PER_ROUND,
        bytes: None,
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
pub(super) fn hold() -> Case {
    let delay = Delay::Exponential { mean_ms: 1.0 };
    let mut stream = Stream::new(1, "bench");
    let mut queue = Queue::default();
    for event in 0..DUE {
        queue.push(SimTime(event), event);
    }
    let mut bare = BareHold::new(DUE);
    Case {
        yardstick: "bare draw and heap hold",
        unit: "event",
        units_per_round: EVENTS_PER_ROUND,
        bytes: None,
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

/// Writes that wait, so many at any moment. Each goes to six copies, and is durable with the fourth
/// answer; then the next begins. The last two answers come all the same.
pub(super) fn acks(writes: u32) -> Case {
    let mut quorum = Quorum::new(writes);
    let due = quorum.settled();
    let mut bare = BareHold::new(due);
    Case {
        yardstick: "bare draw and heap hold",
        unit: "event",
        units_per_round: EVENTS_PER_ROUND,
        bytes: None,
        note: Some(format!("{due} due")),
        work: Box::new(move |rounds| {
            (0..rounds * EVENTS_PER_ROUND).fold(0, |sum, _| sum ^ quorum.step())
        }),
        least: Box::new(move |rounds| bare.run(rounds * EVENTS_PER_ROUND)),
    }
}

/// Writes of six copies, and nothing but the kernel.
struct Quorum {
    queue: Queue<u32>,
    stream: Stream,
    delay: Delay,
    /// Answers to each write, and which numbers are free.
    answers: Vec<u8>,
    free: Vec<u32>,
}

impl Quorum {
    fn new(writes: u32) -> Self {
        // A write keeps its number until its last answer, when another has long begun.
        let numbers = writes * 8;
        let mut quorum = Self {
            queue: Queue::default(),
            stream: Stream::new(1, "bench"),
            delay: Delay::Exponential { mean_ms: 1.0 },
            answers: vec![0; numbers as usize],
            free: (0..numbers).collect(),
        };
        for _ in 0..writes {
            quorum.begin(SimTime::START);
        }
        quorum
    }

    fn begin(&mut self, now: SimTime) {
        let write = self.free.pop().expect("there are enough numbers");
        self.answers[write as usize] = 0;
        for _ in 0..6 {
            let at = now + self.delay.sample(&mut self.stream);
            self.queue.push(at, write);
        }
    }

    fn step(&mut self) -> u64 {
        let (now, write) = self.queue.pop().expect("answers are on their way");
        let answers = &mut self.answers[write as usize];
        *answers += 1;
        match answers {
            4 => self.begin(now),
            6 => self.free.push(write),
            _ => {}
        }
        now.0
    }

    /// Lets it run until it has forgotten its beginning; how many events are due then.
    fn settled(&mut self) -> u64 {
        for _ in 0..20 * self.answers.len() {
            self.step();
        }
        self.queue.len() as u64
    }
}

/// A heap and a generator, as little as a simulation of so many pending events can be.
pub(super) struct BareHold {
    draw: Draw,
    heap: Heap,
}

/// Bits of a key that say which event it is.
const EVENT_BITS: u32 = 17;

impl BareHold {
    pub(super) fn new(due: u64) -> Self {
        assert!(due >> EVENT_BITS == 0, "each event has a number");
        let mut heap = Heap::default();
        for event in 0..due {
            heap.push(event);
        }
        Self {
            draw: Draw::new(),
            heap,
        }
    }

    /// As many as are due in a run of the engine.
    pub(super) fn of_a_run() -> Self {
        Self::new(DUE)
    }

    pub(super) fn run(&mut self, events: u64) -> u64 {
        let mut sum = 0;
        for _ in 0..events {
            let key = self.heap.pop().expect("as many go in as come out");
            sum ^= key;
            let at = (key >> EVENT_BITS) + self.draw.duration_ns();
            let event = key & ((1 << EVENT_BITS) - 1);
            self.heap.push(at << EVENT_BITS | event);
        }
        sum
    }
}
