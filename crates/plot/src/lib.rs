//! Scales, ticks and the paths of charts, in plain numbers.
//!
//! A [`Scale`] maps a domain (milliseconds, counts) onto a range (places on a picture). [`ticks`]
//! finds round numbers in a domain, [`Bars`] makes a histogram's bins few enough to be seen, and
//! [`Path`] writes SVG path data with short numbers.
//!
//! ```
//! use plot::{Scale, ticks};
//!
//! let x = Scale::linear((0.0, 5.0), (0.0, 250.0));
//! assert_eq!(x.at(2.0), 100.0);
//! assert_eq!(ticks(0.0, 5.0, 6), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
//! ```

#![forbid(unsafe_code)]

mod bars;
mod order;
mod path;
mod scale;
mod ticks;

pub use bars::Bars;
pub use order::sort_few;
pub use path::{Path, short};
pub use scale::Scale;
pub use ticks::{log_ticks, round_up, ticks};

/// A count as a number to draw with. Beyond 2^53 it is rounded, which no picture shows.
#[expect(
    clippy::cast_precision_loss,
    reason = "a place on a picture needs far fewer digits than a count has"
)]
pub const fn float(count: u64) -> f64 {
    count as f64
}

/// The whole number nearest to a drawn one: 0 for what is negative or no number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the conversion saturates, which is what is wanted"
)]
pub const fn whole(number: f64) -> u64 {
    number.round() as u64
}
