//! Golden scripts: stories about the engine in plain text, with what the engine did beside them.
//!
//! A script is a list of blocks: commands, a line `---`, and what they print, up to an empty line.
//! Lines that begin with `#` are for the reader. [`tell`] runs the commands and gives the script
//! back with what they print now; if that is not what the script says, it also gives the difference.
//!
//! ```text
//! # One record, six copies.
//! scenario
//!   latency.disk = { kind = "constant", ms = 0.3 }
//!   latency.boxcar_us = 0
//! commit 0ms 0
//! run until 2ms only boxcar-sent vcl-moved
//! ---
//!    2 <-    1        0ms  boxcar-sent    g1 1, records 1, bytes 100
//!   22 <-   21      1.1ms  vcl-moved      VCL 1
//! the run ended at 1.1ms
//! ```
//!
//! | command | does |
//! |---|---|
//! | `scenario` | begins a run; the indented lines below it are a scenario file without its `format` |
//! | `write T PAGE..` | at `T`, a mini-transaction with a record of 100 bytes for each page; `7*3` is page 7 three times |
//! | `commit T PAGE..` | the same, and its last record commits a transaction, numbered from 1 |
//! | `read T PAGE..` | at `T`, a transaction reads pages and changes nothing; the scenario needs `reads` |
//! | `snapshot T SPAN PAGE..` | at `T`, one takes its read point, and reads pages as of then so much later |
//! | `run`, `run until T`, `run until N commits` | lets everything happen; everything before `T`; all up to the `N`-th acknowledgement |
//! | `step`, `step N` | lets one event happen, or `N` |
//! | `skip`, with the words of `run` | the same as `run`, and prints nothing |
//! | `node-down:b1`, or another [`protocol::Verb`] | does that to the world, now |
//! | `points`, `segments`, `cache`, `commits`, `log` | prints what the writer knows; what the nodes have; what the writer's cache has; who waits; the records |
//! | `volumes` | prints the volumes, what a clone shares with its source, and how many page versions are stored |
//! | `servers` | prints how far the log of the conventional engine is, on its primary and its standbys |
//! | `why` | prints what the oldest commit waits for |
//! | `why KIND` | prints the last line of this kind, its cause, the cause of that, and so on |
//! | `check`, `check quiet` | prints the invariants that do not hold; also whether something waits, or a copy lacks something |
//!
//! `run` and `step` print lines of the trace in their one text form, all of them or those of some
//! kinds: `run until 2ms only stored acked`. `write`, `commit`, `read` and `snapshot` take the place
//! of a workload and come before the run begins.
//!
//! # Invariants
//! * The same script prints the same text everywhere.
//! * What a script does to the world is part of the run: replayed from its start with the same
//!   schedule, it gives the same trace. So a verb comes before everything else that happens at its
//!   nanosecond, and where an event has just happened, it comes in the nanosecond after.

mod command;
mod show;
mod teller;
#[cfg(test)]
mod tests;

use std::fmt;

use similar::TextDiff;

use crate::check::Violation;
use crate::scenario::ScenarioError;

/// What came of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The whole script with what its commands print now.
    pub text: String,
    /// How that differs from the script: lines with `-` stand in the script, those with `+` are
    /// what came. `None` when it is the same.
    pub difference: Option<String>,
    /// Invariants that did not hold, unless the scenario asks for that ([`Scenario::may_break`]).
    ///
    /// [`Scenario::may_break`]: crate::Scenario::may_break
    pub violations: Vec<Violation>,
}

/// Why a text is no script, or cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoldenError {
    /// Its scenario is none.
    Scenario(ScenarioError),
    /// A command cannot be read, or cannot be obeyed where it stands.
    Command {
        /// The line, from 1.
        line: u64,
        /// What was expected.
        expected: String,
        /// What came.
        found: String,
    },
}

impl fmt::Display for GoldenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(error) => error.fmt(f),
            Self::Command {
                line,
                expected,
                found,
            } => write!(f, "line {line}: expected {expected}, found {found}"),
        }
    }
}

impl std::error::Error for GoldenError {}

/// Runs a script.
pub fn tell(script: &str) -> Result<Told, GoldenError> {
    let (text, violations) = teller::tell(&command::read(script)?)?;
    let difference = (text != script).then(|| difference(script, &text));
    Ok(Told {
        text,
        difference,
        violations,
    })
}

fn difference(script: &str, now: &str) -> String {
    TextDiff::from_lines(script, now)
        .unified_diff()
        .context_radius(2)
        .to_string()
}
