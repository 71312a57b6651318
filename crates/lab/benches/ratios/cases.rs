//! What is measured.

use sim::{Delay, Queue, SimTime, Stream};

use crate::Case;
use crate::yardsticks::{Draw, Heap};

/// Events that are due at any moment: 64 writes of six copies, less the acks that have come.
const PENDING: u64 = 320;
const EVENTS_PER_ROUND: u64 = 10_000;

pub(crate) fn all() -> Vec<Case> {
    vec![draw(), hold()]
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
        Self { draw: Draw::new(), heap }
    }

    fn run(&mut self, events: u64) -> u64 {
        let mut sum = 0;
        for _ in 0..events {
            let key = self.heap.pop().expect("as many go in as come out");
            sum ^= key;
            self.heap.push(key + (self.draw.duration_ns() << EVENT_BITS));
        }
        sum
    }
}
