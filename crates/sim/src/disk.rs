//! A disk that works on a limited number of writes at once.

use std::collections::VecDeque;

use crate::delay::Delay;
use crate::stream::Stream;
use crate::time::{SimTime, Span};

/// Whether somebody waits for a piece of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Somebody does.
    Foreground,
    /// Nobody does.
    Background,
}

/// A disk: writes wait in a queue, at most `depth` are worked on, each takes a delay of its own.
///
/// A depth of 1 is a strict log device: writes finish in the order in which they came. With a
/// larger depth a later write may finish before an earlier one.
///
/// Background work, reading or writing, starts when nothing waits in the foreground, and takes at most
/// a quarter of the depth. It draws its delays from a stream of its own, so that it changes those of
/// the foreground only where it is in the way. When background work is [preferred](Disk::prefer), the
/// foreground waits until all of it is done.
#[derive(Clone, Debug, Hash)]
pub struct Disk<W> {
    depth: u32,
    preferred: Class,
    foreground: Lane<W>,
    background: Lane<W>,
}

#[derive(Clone, Debug, Hash)]
struct Lane<W> {
    stream: Stream,
    waiting: VecDeque<W>,
    active: u32,
}

impl<W> Disk<W> {
    /// An idle disk. `depth` must not be 0. Delays are drawn from one stream for each class.
    pub const fn new(depth: u32, foreground: Stream, background: Stream) -> Self {
        assert!(depth > 0, "a disk works on one write at least");
        Self {
            depth,
            preferred: Class::Foreground,
            foreground: Lane::new(foreground),
            background: Lane::new(background),
        }
    }

    /// Hands work over. [`Disk::start`] says when it will be done, perhaps much later.
    pub fn submit(&mut self, class: Class, work: W) {
        self.lane(class).waiting.push_back(work);
    }

    /// Begins with foreground work at once, if nothing is in its way: says when it will be done. If
    /// something is, it has to be [submitted](Disk::submit).
    #[inline]
    pub fn begin(&mut self, now: SimTime, delay: &Delay, extra: Span) -> Option<SimTime> {
        let is_free = self.preferred == Class::Foreground
            && self.foreground.waiting.is_empty()
            && self.active() < self.depth;
        is_free.then(|| {
            self.foreground.active += 1;
            now + delay.sample(&mut self.foreground.stream) + extra
        })
    }

    /// Lets this class go before the other from now on.
    pub const fn prefer(&mut self, class: Class) {
        self.preferred = class;
    }

    /// Starts the next waiting work if the disk has room for it: gives the work and when it will be
    /// done, `extra` later than the delay says. Call it until it gives nothing.
    #[inline]
    pub fn start(&mut self, now: SimTime, delay: &Delay, extra: Span) -> Option<(SimTime, W)> {
        if self.active() == self.depth {
            return None;
        }
        let has_share = self.background.active < (self.depth / 4).max(1);
        let class = match self.preferred {
            Class::Foreground if !self.foreground.waiting.is_empty() => Class::Foreground,
            Class::Background if self.background.is_idle() => Class::Foreground,
            Class::Foreground if !has_share => return None,
            Class::Foreground | Class::Background => Class::Background,
        };
        let lane = self.lane(class);
        let work = lane.waiting.pop_front()?;
        lane.active += 1;
        Some((now + delay.sample(&mut lane.stream) + extra, work))
    }

    /// A piece of work of this class that was started is done.
    pub const fn finish(&mut self, class: Class) {
        let lane = self.lane(class);
        assert!(lane.active > 0, "only work that was started can be done");
        lane.active -= 1;
    }

    /// Power is lost: everything that was not done never will be.
    pub fn lose_power(&mut self) {
        self.preferred = Class::Foreground;
        for class in [Class::Foreground, Class::Background] {
            let lane = self.lane(class);
            lane.waiting.clear();
            lane.active = 0;
        }
    }

    /// The work that waits for the disk to take it on.
    pub fn waiting_work(&self) -> impl Iterator<Item = &W> {
        let background = self.background.waiting.iter();
        self.foreground.waiting.iter().chain(background)
    }

    /// How much waits for the disk to take it on.
    pub fn waiting(&self) -> usize {
        self.foreground.waiting.len() + self.background.waiting.len()
    }

    /// Work that the disk is at.
    pub const fn active(&self) -> u32 {
        self.foreground.active + self.background.active
    }

    const fn lane(&mut self, class: Class) -> &mut Lane<W> {
        match class {
            Class::Foreground => &mut self.foreground,
            Class::Background => &mut self.background,
        }
    }
}

impl<W> Lane<W> {
    const fn new(stream: Stream) -> Self {
        Self {
            stream,
            waiting: VecDeque::new(),
            active: 0,
        }
    }

    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.active == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Delay = Delay::Exponential { mean_ms: 1.0 };

    fn disk(depth: u32) -> Disk<i32> {
        Disk::new(depth, Stream::new(1, "disk"), Stream::new(1, "background"))
    }

    fn start(disk: &mut Disk<i32>) -> Vec<i32> {
        let next = || disk.start(SimTime::START, &DELAY, Span::ZERO);
        std::iter::from_fn(next).map(|(_, work)| work).collect()
    }

    #[test]
    fn a_disk_works_on_no_more_than_its_depth() {
        let mut disk = disk(3);
        (0..10).for_each(|write| disk.submit(Class::Foreground, write));
        assert_eq!(start(&mut disk), [0, 1, 2]);
        assert_eq!((disk.active(), disk.waiting()), (3, 7));
        disk.finish(Class::Foreground);
        assert_eq!(start(&mut disk), [3]);
        disk.lose_power();
        assert_eq!((disk.active(), disk.waiting()), (0, 0));
        assert_eq!(start(&mut disk), []);
    }

    #[test]
    fn background_work_starts_when_nothing_else_waits_and_takes_its_share() {
        let mut disk = disk(8);
        (0..5).for_each(|work| disk.submit(Class::Background, 100 + work));
        (0..6).for_each(|write| disk.submit(Class::Foreground, write));
        assert_eq!(start(&mut disk), [0, 1, 2, 3, 4, 5, 100, 101]);
        (0..6).for_each(|_| disk.finish(Class::Foreground));
        assert_eq!(start(&mut disk), [], "a quarter of the depth");
        disk.submit(Class::Foreground, 6);
        assert_eq!(start(&mut disk), [6]);
    }

    #[test]
    fn a_strict_device_does_background_work_in_between() {
        let mut disk = disk(1);
        disk.submit(Class::Background, 100);
        disk.submit(Class::Foreground, 0);
        disk.submit(Class::Foreground, 1);
        for (work, class) in [
            (0, Class::Foreground),
            (1, Class::Foreground),
            (100, Class::Background),
        ] {
            assert_eq!(start(&mut disk), [work]);
            disk.finish(class);
        }
    }

    #[test]
    fn where_background_work_is_preferred_the_foreground_waits_for_all_of_it() {
        let mut disk = disk(8);
        disk.prefer(Class::Background);
        disk.submit(Class::Foreground, 0);
        (0..9).for_each(|work| disk.submit(Class::Background, 100 + work));
        assert_eq!(start(&mut disk).len(), 8);
        (0..8).for_each(|_| disk.finish(Class::Background));
        assert_eq!(start(&mut disk), [108]);
        disk.finish(Class::Background);
        assert_eq!(start(&mut disk), [0]);
    }

    #[test]
    fn background_work_does_not_move_the_draws_of_the_foreground() {
        let ends = |background: i32| {
            let mut disk = disk(8);
            (0..background).for_each(|work| disk.submit(Class::Background, 100 + work));
            start(&mut disk);
            (0..4).for_each(|write| disk.submit(Class::Foreground, write));
            let next = || disk.start(SimTime::START, &DELAY, Span::ZERO);
            std::iter::from_fn(next).collect::<Vec<_>>()
        };
        assert_eq!(ends(0), ends(2));
    }
}
