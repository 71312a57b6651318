//! A disk as a pipe: what goes through it takes its turn, then its delay.

use crate::delay::Delay;
use crate::stream::Stream;
use crate::time::{SimTime, Span};

/// How much goes through a device. 0 of either: it does not limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Throughput {
    /// Bytes a second.
    pub bytes: u64,
    /// Operations a second.
    pub operations: u64,
}

impl Throughput {
    /// How long an operation of so many bytes keeps the device from taking on the next.
    pub fn turn(self, bytes: u64) -> Span {
        let share = |amount: u64, per_second: u64| {
            let ns = u128::from(amount) * 1_000_000_000;
            let ns = ns.checked_div(per_second.into()).unwrap_or(0);
            u64::try_from(ns).unwrap_or(u64::MAX)
        };
        Span(share(bytes, self.bytes).max(share(1, self.operations)))
    }
}

/// A device that all reads and writes of a machine share, in the order in which they come.
///
/// An operation waits until those before it have had their turn; its own turn lasts as long as its
/// bytes or one operation of so many a second, whichever is more; then it takes a delay of its own,
/// during which others have their turns. So a device that is asked for less than it can do answers
/// after a delay, and one that is asked for more lets everyone wait.
#[derive(Clone, Debug, Hash)]
pub struct Device {
    delays: Stream,
    free_at: SimTime,
}

impl Device {
    /// An idle device. Delays are drawn from the stream.
    pub const fn new(delays: Stream) -> Self {
        Self {
            delays,
            free_at: SimTime::START,
        }
    }

    /// When an operation of so many bytes that comes `now` is done. Operations come in order of time.
    pub fn operate(
        &mut self,
        now: SimTime,
        bytes: u64,
        throughput: Throughput,
        delay: &Delay,
    ) -> SimTime {
        self.free_at = self.free_at.max(now) + throughput.turn(bytes);
        self.free_at + delay.sample(&mut self.delays)
    }

    /// How long an operation that comes `now` waits for its turn.
    pub const fn backlog(&self, now: SimTime) -> Span {
        Span(self.free_at.0.saturating_sub(now.0))
    }

    /// Power is lost: nobody's turn has to be waited for any more.
    pub const fn lose_power(&mut self, now: SimTime) {
        self.free_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Throughput = Throughput {
        bytes: 1_000_000,
        operations: 1_000,
    };
    const MILLISECOND: Delay = Delay::Constant { ms: 1.0 };

    fn ms(ms: u64) -> SimTime {
        SimTime::START + Span::from_millis(ms)
    }

    #[test]
    fn operations_take_turns_and_then_each_its_delay() {
        let mut device = Device::new(Stream::new(1, "device"));
        let mut at = |now, bytes| device.operate(now, bytes, LIMITS, &MILLISECOND);
        // By bytes, by operations, behind both, and after all of it.
        assert_eq!(at(ms(0), 4_000), ms(5));
        assert_eq!(at(ms(0), 1), ms(6));
        assert_eq!(at(ms(2), 2_000), ms(8));
        assert_eq!(at(ms(20), 0), ms(22));
        assert_eq!(device.backlog(ms(20)), Span::from_millis(1));
        device.lose_power(ms(20));
        assert_eq!(device.backlog(ms(20)), Span::ZERO);
    }

    #[test]
    fn without_limits_nothing_waits() {
        let mut device = Device::new(Stream::new(1, "device"));
        for _ in 0..3 {
            let done = device.operate(ms(1), u64::MAX, Throughput::default(), &MILLISECOND);
            assert_eq!(done, ms(2));
        }
    }
}
