//! The parts of the model, by the headers of their crates: taken out when this crate is built.

/// A crate of the model, and the two lists of its header. Items hold `code` and *emphasis*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The crate.
    pub name: &'static str,
    /// What must always hold.
    pub invariants: &'static [&'static str],
    /// What is left out, and what that changes.
    pub simplifications: &'static [&'static str],
}

/// The model crates.
pub const PARTS: &[Part] = include!(concat!(env!("OUT_DIR"), "/parts.rs"));
