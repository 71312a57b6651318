//! How long things take.

use std::fmt;

use crate::stream::Stream;
use crate::time::Span;

/// A distribution of durations. Parameters are milliseconds, because that is what scenario files
/// say; samples are whole nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Delay {
    /// Always the same.
    Constant {
        /// Duration, ms.
        ms: f64,
    },
    /// Every duration between two bounds is equally likely.
    Uniform {
        /// Lower bound, ms.
        min_ms: f64,
        /// Upper bound, ms.
        max_ms: f64,
    },
    /// Memoryless: short ones are common, long ones have no bound.
    Exponential {
        /// Mean, ms.
        mean_ms: f64,
    },
    /// The logarithm is normally distributed: a long tail.
    Lognormal {
        /// Median, ms.
        median_ms: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// A fixed part and a random one.
    Shifted {
        /// Fixed part, ms.
        base_ms: f64,
        /// Random part.
        plus: Box<Self>,
    },
}

/// A parameter that no duration can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DelayError {
    /// The parameter's name.
    pub parameter: &'static str,
    /// What was expected, in words.
    pub expected: &'static str,
    /// What came.
    pub found: f64,
}

impl fmt::Display for DelayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` must be {}, found {}",
            self.parameter, self.expected, self.found
        )
    }
}

impl std::error::Error for DelayError {}

impl Delay {
    /// No delay.
    pub const NONE: Self = Self::Constant { ms: 0.0 };
    /// The longest duration that a parameter may say: one hour.
    pub const MS_MAX: f64 = 3_600_000.0;

    /// Whether every parameter makes sense.
    pub fn check(&self) -> Result<(), DelayError> {
        match self {
            Self::Constant { ms } => milliseconds("ms", *ms),
            Self::Uniform { min_ms, max_ms } => {
                milliseconds("min_ms", *min_ms)?;
                milliseconds("max_ms", *max_ms)?;
                if min_ms <= max_ms {
                    return Ok(());
                }
                let expected = "at least `min_ms`";
                Err(DelayError {
                    parameter: "max_ms",
                    expected,
                    found: *max_ms,
                })
            }
            Self::Exponential { mean_ms } => milliseconds("mean_ms", *mean_ms),
            Self::Lognormal { median_ms, sigma } => {
                milliseconds("median_ms", *median_ms)?;
                if (0.0..=5.0).contains(sigma) {
                    return Ok(());
                }
                Err(DelayError {
                    parameter: "sigma",
                    expected: "from 0 to 5",
                    found: *sigma,
                })
            }
            Self::Shifted { base_ms, plus } => {
                milliseconds("base_ms", *base_ms)?;
                plus.check()
            }
        }
    }

    /// Draws one duration, to the nearest nanosecond.
    #[inline]
    pub fn sample(&self, stream: &mut Stream) -> Span {
        nanoseconds(self.sample_ms(stream))
    }

    /// The duration that half of all samples stay below.
    pub fn median(&self) -> Span {
        nanoseconds(self.median_ms())
    }

    #[inline]
    fn sample_ms(&self, stream: &mut Stream) -> f64 {
        // Most have one fixed part at most: the draw itself is no call.
        let (fixed_ms, random) = match self {
            Self::Shifted { base_ms, plus } => (*base_ms, &**plus),
            Self::Constant { .. }
            | Self::Uniform { .. }
            | Self::Exponential { .. }
            | Self::Lognormal { .. } => (0.0, self),
        };
        let random_ms = match random {
            Self::Constant { ms } => *ms,
            Self::Uniform { min_ms, max_ms } => min_ms + (max_ms - min_ms) * stream.unit(),
            Self::Exponential { mean_ms } => mean_ms * stream.exponential(),
            Self::Lognormal { median_ms, sigma } => median_ms * libm::exp(sigma * stream.normal()),
            Self::Shifted { .. } => random.sample_ms(stream),
        };
        fixed_ms + random_ms
    }

    fn median_ms(&self) -> f64 {
        match self {
            Self::Constant { ms } => *ms,
            Self::Uniform { min_ms, max_ms } => f64::midpoint(*min_ms, *max_ms),
            Self::Exponential { mean_ms } => mean_ms * std::f64::consts::LN_2,
            Self::Lognormal { median_ms, .. } => *median_ms,
            Self::Shifted { base_ms, plus } => base_ms + plus.median_ms(),
        }
    }
}

fn milliseconds(parameter: &'static str, found: f64) -> Result<(), DelayError> {
    if (0.0..=Delay::MS_MAX).contains(&found) {
        return Ok(());
    }
    Err(DelayError {
        parameter,
        expected: "from 0 to 3600000 ms",
        found,
    })
}

/// Rounds to nanoseconds. A float above the range of the integer becomes its largest value.
#[inline]
fn nanoseconds(ms: f64) -> Span {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it saturates"
    )]
    let ns = (ms * 1e6 + 0.5) as u64;
    Span(ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_all_samples_stay_below_the_median() {
        let plus = Box::new(Delay::Exponential { mean_ms: 0.3 });
        for delay in [
            Delay::Uniform {
                min_ms: 1.0,
                max_ms: 4.0,
            },
            Delay::Exponential { mean_ms: 1.0 },
            Delay::Lognormal {
                median_ms: 2.0,
                sigma: 1.0,
            },
            Delay::Shifted { base_ms: 0.8, plus },
        ] {
            let mut stream = Stream::new(3, "median");
            let below = (0..100_000)
                .filter(|_| delay.sample(&mut stream) < delay.median())
                .count();
            assert!((49_400..50_600).contains(&below), "{delay:?}: {below}");
        }
    }

    #[test]
    fn impossible_parameters_are_named() {
        let name = |delay: Delay| delay.check().unwrap_err().parameter;
        assert_eq!(name(Delay::Constant { ms: -1.0 }), "ms");
        assert_eq!(name(Delay::Constant { ms: f64::NAN }), "ms");
        assert_eq!(
            name(Delay::Uniform {
                min_ms: 2.0,
                max_ms: 1.0
            }),
            "max_ms"
        );
        assert_eq!(
            name(Delay::Lognormal {
                median_ms: 1.0,
                sigma: f64::INFINITY
            }),
            "sigma"
        );
        let plus = Box::new(Delay::Exponential { mean_ms: 1e9 });
        assert_eq!(name(Delay::Shifted { base_ms: 1.0, plus }), "mean_ms");
    }
}
