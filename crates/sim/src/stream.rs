//! Random numbers by name.

use std::f64::consts::LN_2;
use std::hash::{Hash, Hasher};

use rand_core::{Rng as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::hash::Digest;

/// A stream of random numbers: xoshiro256++, seeded from the run's seed and the stream's name.
#[derive(Clone, Debug)]
pub struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The stream `name` of the run with this seed.
    pub fn new(seed: u64, name: &str) -> Self {
        let mut digest = Digest::NEW;
        digest.write(name.as_bytes());
        digest.write_usize(name.len());
        Self(Xoshiro256PlusPlus::seed_from_u64(seed ^ digest.value()))
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from `0` up to but not including `limit`, which must not be 0.
    ///
    /// Multiplies and shifts (Lemire 2019) without the rejection step: the bias is below
    /// `limit / 2^64`.
    #[inline]
    pub fn below(&mut self, limit: u64) -> u64 {
        assert!(limit > 0, "there is a number below the limit");
        let product = u128::from(self.bits()) * u128::from(limit);
        (product >> 64) as u64
    }

    /// A number above 0 and at most 1, one of 2^53 (the machine epsilon is 2^-52).
    #[inline]
    pub fn unit(&mut self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "at most 2^53, which f64 holds exactly"
        )]
        let numerator = ((self.bits() >> 11) + 1) as f64;
        numerator * (0.5 * f64::EPSILON)
    }

    /// A number from the exponential distribution with mean 1.
    ///
    /// A random number `u` of 64 bits stands for `u / 2^64` = `2^-halvings * (1 + fraction) / 2`, and
    /// minus its logarithm is a sum: what the halvings give, and what a table says of the fraction. Between
    /// two places of the table the line through them is off by less than 2e-7.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        let bits = self.bits();
        let halvings = bits.leading_zeros();
        let fraction = bits.unbounded_shl(halvings + 1);
        let place = (fraction >> (u64::BITS - LOG_BITS)) as usize;
        #[expect(
            clippy::cast_precision_loss,
            reason = "53 bits, which f64 holds exactly"
        )]
        let between = (fraction << LOG_BITS >> 11) as f64 * (0.5 * f64::EPSILON);
        let [from, to] = [LOG[place], LOG[place + 1]];
        f64::from(halvings + 1) * LN_2 - (from + (to - from) * between)
    }

    /// A number from the standard normal distribution (Box and Muller 1958, one of the pair).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(2.0 * self.exponential());
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }
}

/// Places in the table of logarithms, 2^10.
const LOG_BITS: u32 = 10;

/// The logarithms of 1, 1 + 1/1024, and so on to 2.
#[expect(clippy::cast_precision_loss, reason = "small whole numbers")]
static LOG: [f64; (1 << LOG_BITS) + 1] = {
    let mut table = [0.0; (1 << LOG_BITS) + 1];
    let mut place = 0;
    while place < table.len() {
        let x = place as f64 / (1 << LOG_BITS) as f64;
        table[place] = log_1p(x);
        place += 1;
    }
    table
};

/// The logarithm of `1 + x`, for `x` from 0 to 1: twice the area tangent of `x / (2 + x)`, by its series.
const fn log_1p(x: f64) -> f64 {
    let z = x / (2.0 + x);
    let (mut sum, mut power, mut n) = (0.0, z, 1);
    while n < 40 {
        sum += power / n as f64;
        power *= z * z;
        n += 2;
    }
    2.0 * sum
}

/// Two streams are in the same place exactly when they give the same next numbers.
impl Hash for Stream {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut ahead = self.clone();
        state.write_u64(ahead.bits());
        state.write_u64(ahead.bits());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_streams_that_have_nothing_in_common() {
        let (mut a, mut b) = (Stream::new(42, "disk a1"), Stream::new(42, "disk a2"));
        let same = (0..1000).filter(|_| a.bits() == b.bits()).count();
        assert_eq!(same, 0);
    }

    #[test]
    fn the_table_is_of_logarithms() {
        for (place, log) in (0_u32..).zip(LOG) {
            let x = f64::from(place) / 1024.0;
            assert!((log - libm::log1p(x)).abs() < 1e-15, "{place}");
        }
    }

    #[test]
    fn an_exponential_number_is_minus_the_logarithm_of_a_uniform_one() {
        let mut stream = Stream::new(9, "logarithms");
        for _ in 0..100_000 {
            let mut same = stream.clone();
            let exact = -libm::log(same.unit());
            assert!((stream.exponential() - exact).abs() < 2e-7, "{exact}");
        }
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut stream = Stream::new(7, "moments");
        let n = 200_000;
        let mean = |f: &mut dyn FnMut() -> f64| (0..n).map(|_| f()).sum::<f64>() / f64::from(n);
        assert!((mean(&mut || stream.unit()) - 0.5).abs() < 0.003);
        assert!((mean(&mut || stream.exponential()) - 1.0).abs() < 0.01);
        assert!(mean(&mut || stream.normal()).abs() < 0.01);
        assert!((mean(&mut || libm::pow(stream.normal(), 2.0)) - 1.0).abs() < 0.02);
    }
}
