//! A disk that works on a limited number of writes at once.

use std::collections::VecDeque;

use crate::delay::Delay;
use crate::stream::Stream;
use crate::time::{SimTime, Span};

/// A disk: writes wait in a queue, at most `depth` are worked on, each takes a delay of its own.
///
/// A depth of 1 is a strict log device: writes finish in the order in which they came. With a
/// larger depth a later write may finish before an earlier one.
#[derive(Clone, Debug, Hash)]
pub struct Disk<W> {
    depth: u32,
    stream: Stream,
    waiting: VecDeque<W>,
    active: u32,
}

impl<W> Disk<W> {
    /// An idle disk. `depth` must not be 0.
    pub const fn new(depth: u32, stream: Stream) -> Self {
        assert!(depth > 0, "a disk works on one write at least");
        Self {
            depth,
            stream,
            waiting: VecDeque::new(),
            active: 0,
        }
    }

    /// Hands a write over. [`Disk::start`] says when it will be done, perhaps much later.
    pub fn submit(&mut self, write: W) {
        self.waiting.push_back(write);
    }

    /// Starts the next waiting write if the disk has room for it: gives the write and when it will
    /// be done, `extra` later than the delay says. Call it until it gives nothing.
    pub fn start(&mut self, now: SimTime, delay: &Delay, extra: Span) -> Option<(SimTime, W)> {
        if self.active == self.depth {
            return None;
        }
        let write = self.waiting.pop_front()?;
        self.active += 1;
        Some((now + delay.sample(&mut self.stream) + extra, write))
    }

    /// One of the writes that were started is done.
    pub const fn finish(&mut self) {
        assert!(self.active > 0, "only a write that was started can be done");
        self.active -= 1;
    }

    /// Power is lost: everything that was not done never will be.
    pub fn lose_power(&mut self) {
        self.waiting.clear();
        self.active = 0;
    }

    /// Writes that wait for the disk to take them on.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Writes that the disk works on.
    pub const fn active(&self) -> u32 {
        self.active
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_works_on_no_more_than_its_depth() {
        let delay = Delay::Exponential { mean_ms: 1.0 };
        let mut disk = Disk::new(3, Stream::new(1, "disk"));
        (0..10).for_each(|write| disk.submit(write));
        let start = |disk: &mut Disk<i32>| {
            std::iter::from_fn(|| disk.start(SimTime::START, &delay, Span::ZERO)).count()
        };
        assert_eq!(start(&mut disk), 3);
        assert_eq!((disk.active(), disk.waiting()), (3, 7));
        disk.finish();
        assert_eq!(start(&mut disk), 1);
        disk.lose_power();
        assert_eq!((disk.active(), disk.waiting(), start(&mut disk)), (0, 0, 0));
    }
}
