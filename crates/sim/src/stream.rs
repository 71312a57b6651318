//! Random numbers by name.

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
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from `0` up to but not including `limit`, which must not be 0.
    ///
    /// Multiplies and shifts (Lemire 2019) without the rejection step: the bias is below
    /// `limit / 2^64`.
    pub fn below(&mut self, limit: u64) -> u64 {
        assert!(limit > 0, "there is a number below the limit");
        let product = u128::from(self.bits()) * u128::from(limit);
        (product >> 64) as u64
    }

    /// A number above 0 and at most 1, one of 2^53 (the machine epsilon is 2^-52).
    pub fn unit(&mut self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "at most 2^53, which f64 holds exactly"
        )]
        let numerator = ((self.bits() >> 11) + 1) as f64;
        numerator * (0.5 * f64::EPSILON)
    }

    /// A number from the exponential distribution with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.unit())
    }

    /// A number from the standard normal distribution (Box and Muller 1958, one of the pair).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(2.0 * self.exponential());
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }
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
