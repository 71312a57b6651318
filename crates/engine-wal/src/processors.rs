//! The processors that statements run on, each on one at a time.
//!
//! A statement that comes takes the processor that is free first, waits for it, and runs for a fixed
//! time. Only then does its transaction read pages and insert records. What comes first is done first:
//!
//! ```text
//! processor 1   |--- A ---|--- C ---|
//! processor 2      |--- B ---|--- D ---|      C and D came while both were at work
//! ```

use std::collections::VecDeque;

use sim::{SimTime, Span};

/// When each processor is free.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Processors {
    statement: Span,
    /// The earliest first.
    free_at: VecDeque<SimTime>,
}

impl Processors {
    pub(crate) fn new(count: u32, statement: Span) -> Self {
        assert!(count > 0, "a server has a processor");
        Self {
            statement,
            free_at: (0..count).map(|_| SimTime::START).collect(),
        }
    }

    /// A statement comes: how long until it has run. `None`: statements take no time.
    pub(crate) fn run(&mut self, now: SimTime) -> Option<Span> {
        if self.statement == Span::ZERO {
            return None;
        }
        let free_at = self.free_at.pop_front().expect("there is a processor");
        let done = free_at.max(now) + self.statement;
        self.free_at.push_back(done);
        Some(done.since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_wait_for_the_processor_that_is_free_first() {
        let mut processors = Processors::new(2, Span(100));
        let mut run = |at| processors.run(SimTime(at)).unwrap().0;
        assert_eq!([run(0), run(30), run(40), run(50)], [100, 100, 160, 180]);
        assert_eq!(run(1_000), 100);
        assert_eq!(Processors::new(1, Span::ZERO).run(SimTime::START), None);
    }
}
