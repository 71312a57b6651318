//! The parameters of a scenario, for a form.

use nanoserde::{DeBin, SerBin};

/// A parameter, as the parser of scenarios describes it.
#[derive(Clone, Debug, PartialEq, DeBin, SerBin)]
pub struct Parameter {
    /// Where it stands in the file: `topology.azs`.
    pub path: String,
    /// What may stand there.
    pub kind: ParameterKind,
    /// What holds if nothing stands there; empty: it depends on others, or there is none.
    pub default: String,
    /// What stands there.
    pub value: Option<String>,
}

/// What may stand at a place.
#[derive(Clone, Debug, PartialEq, DeBin, SerBin)]
pub enum ParameterKind {
    /// A whole number.
    Whole {
        /// At least this.
        least: u64,
        /// At most this.
        most: u64,
    },
    /// A number.
    Number {
        /// At least this.
        least: f64,
        /// At most this.
        most: f64,
    },
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(Vec<String>),
    /// Any of these words, as a list.
    Choices(Vec<String>),
    /// A time with its unit.
    Time,
    /// The same, or `never`.
    Interval,
    /// A size with its unit, in bytes.
    Size {
        /// At least this.
        least: u64,
        /// At most this.
        most: u64,
    },
    /// How long something takes, as a distribution.
    Delay,
    /// Any text.
    Text,
    /// What happens to the world: edits, such as `az-down:b@2s`, separated by `;`, or `none`.
    Faults,
}

/// A scenario with changes, as it would be loaded.
#[derive(Clone, Debug, Default, PartialEq, DeBin, SerBin)]
pub struct Described {
    /// The changes that were asked about.
    pub changes: Vec<crate::Change>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Its text, with the changes that fit.
    pub text: String,
    /// Changes that do not fit.
    pub left_out: Vec<crate::Problem>,
}
