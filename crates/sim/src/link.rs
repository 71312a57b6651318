//! A way from one place to another.

use crate::delay::Delay;
use crate::stream::Stream;
use crate::time::SimTime;

/// Whether messages may overtake each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// They arrive in the order in which they left, as over one TCP connection.
    Fifo,
    /// Each goes its own way.
    Free,
}

/// One direction between two places.
#[derive(Clone, Debug, Hash)]
pub struct Link {
    order: Order,
    stream: Stream,
    /// When the latest message so far arrives.
    last_arrival: SimTime,
}

impl Link {
    /// A link on which nothing was sent yet.
    pub const fn new(order: Order, stream: Stream) -> Self {
        Self {
            order,
            stream,
            last_arrival: SimTime::START,
        }
    }

    /// When a message that leaves `now` arrives.
    #[inline]
    pub fn arrival(&mut self, now: SimTime, delay: &Delay) -> SimTime {
        let own = now + delay.sample(&mut self.stream);
        let arrival = match self.order {
            Order::Fifo => own.max(self.last_arrival),
            Order::Free => own,
        };
        self.last_arrival = self.last_arrival.max(arrival);
        arrival
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    #[test]
    fn only_a_free_link_lets_messages_overtake() {
        let delay = Delay::Exponential { mean_ms: 5.0 };
        let overtakes = |order| {
            let mut link = Link::new(order, Stream::new(1, "link"));
            let arrivals: Vec<_> = (0..1000)
                .map(|ms| link.arrival(SimTime::START + Span::from_millis(ms), &delay))
                .collect();
            arrivals.windows(2).filter(|pair| pair[1] < pair[0]).count()
        };
        assert_eq!(overtakes(Order::Fifo), 0);
        assert!(overtakes(Order::Free) > 100);
    }
}
