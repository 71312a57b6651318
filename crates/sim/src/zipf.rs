//! Ranks of which some are far more likely than others.

use crate::stream::Stream;

impl Stream {
    /// A rank from 1 to `count`, rank `k` with a probability in proportion to `1 / k^exponent`.
    ///
    /// By rejection-inversion (Hörmann and Derflinger 1996): no table, and hardly more than one try,
    /// however many ranks there are. `count` and `exponent` must be above 0.
    pub fn zipf(&mut self, count: u64, exponent: f64) -> u64 {
        assert!(count > 0 && exponent > 0.0, "there are ranks that differ");
        #[expect(clippy::cast_precision_loss, reason = "ranks are drawn as floats")]
        let last = count as f64;
        let curve = Curve { exponent };
        let (from, to) = (curve.area(1.5) - 1.0, curve.area(last + 0.5));
        let accept = 2.0 - curve.at_area(curve.area(2.5) - curve.height(2.0));
        loop {
            let area = to + self.unit() * (from - to);
            let place = curve.at_area(area);
            let rank = libm::floor(place + 0.5).clamp(1.0, last);
            if rank - place <= accept || area >= curve.area(rank + 0.5) - curve.height(rank) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a whole number from 1 to count"
                )]
                return rank as u64;
            }
        }
    }
}

/// The curve `x^-exponent`, which lies over the probabilities of the ranks.
struct Curve {
    exponent: f64,
}

impl Curve {
    fn height(&self, x: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(x))
    }

    /// The area under it from 1 to `x`; its logarithmic form holds for the exponent 1 as well.
    fn area(&self, x: f64) -> f64 {
        let log = libm::log(x);
        let t = (1.0 - self.exponent) * log;
        let ratio = if t.abs() > 1e-8 {
            libm::expm1(t) / t
        } else {
            1.0 + t / 2.0
        };
        ratio * log
    }

    /// Where the area from 1 is so large.
    fn at_area(&self, area: f64) -> f64 {
        let t = (area * (1.0 - self.exponent)).max(-1.0);
        let ratio = if t.abs() > 1e-8 {
            libm::log1p(t) / t
        } else {
            1.0 - t / 2.0
        };
        libm::exp(ratio * area)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_come_as_often_as_their_probabilities_say() {
        const DRAWS: u32 = 200_000;
        for exponent in [0.5, 0.99, 1.0, 2.0] {
            let mut stream = Stream::new(5, "zipf");
            let mut seen = [0_u32; 20];
            for _ in 0..DRAWS {
                let rank = usize::try_from(stream.zipf(20, exponent)).unwrap();
                seen[rank - 1] += 1;
            }
            let weight = |rank: u32| libm::pow(f64::from(rank), -exponent);
            let sum: f64 = (1..=20).map(weight).sum();
            for (rank, seen) in (1..).zip(seen) {
                let expected = f64::from(DRAWS) * weight(rank) / sum;
                let off = (f64::from(seen) - expected).abs();
                assert!(
                    off < 4.5 * libm::sqrt(expected),
                    "{exponent}, {rank}: {seen}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn one_rank_and_a_hundred_million_are_drawn_as_well() {
        let mut stream = Stream::new(5, "zipf");
        assert_eq!(stream.zipf(1, 0.99), 1);
        let highest = (0..10_000).map(|_| stream.zipf(100_000_000, 0.99)).max();
        assert!(highest > Some(50_000_000));
    }
}
