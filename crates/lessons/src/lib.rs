//! The exhibits: prose in steps, each bound to a moment of a run that the engine computes.
//!
//! A lesson is a file in `www/lessons`: a head in TOML, then steps, each with a heading, a block that
//! binds it, and Markdown. [`Lesson::read`] reads it, [`tell`] runs what it is about and finds the moment
//! of each step, fills the figures into the prose, and checks what the step claims:
//!
//! ```text
//! file  --read-->  Lesson  --tell-->  Told: link, prose with figures, predictions
//!                              |
//!                           player
//! ```
//!
//! # Invariants
//! * A figure in the prose is computed by the run beside it ([`Figure`]); a bare number is an error.
//! * What a step says of its moment is a [`Mark`] or a comparison of figures that holds there, or the
//!   lesson cannot be told.
//! * Every error names the line of the file.
//!
//! # Simplifications
//! * Marks and figures see what the page sees, a [`protocol::Frame`], so that a lesson claims nothing that
//!   its reader cannot see.

mod figure;
mod mark;
mod page;
mod source;
mod tell;

pub use figure::{FIGURES, Figure};
pub use mark::{MARKS, Mark};
pub use page::{SiteFile, site_files};
pub use source::{At, Choice, Claim, Lesson, LessonError, Prediction, Ref, Step};
pub use tell::{Told, ToldStep, tell};

/// The lessons that the project ships, by their names, in the order in which they build up.
pub const SHIPPED: [(&str, &str); 3] = [
    ("quorum", include_str!("../../../www/lessons/quorum.md")),
    (
        "az-failure",
        include_str!("../../../www/lessons/az-failure.md"),
    ),
    ("clones", include_str!("../../../www/lessons/clones.md")),
];

#[cfg(test)]
mod tests;
