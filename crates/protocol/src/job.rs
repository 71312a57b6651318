//! What the page may ask of a worker that does one job and ends with it.

use nanoserde::{DeBin, SerBin};

use crate::experiment::Experiment;

/// What takes a worker of its own. It ends when the job is done or no longer wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Job {
    /// Read WAL files; the files themselves travel beside this message, in the order in which the
    /// reader wants them. Answered by [`crate::Event::Progress`], then by [`crate::Event::WalRead`] or
    /// [`crate::Event::Refused`].
    ReadWal {
        /// Number of the request.
        request: u32,
    },
    /// Compute a figure. Answered by [`crate::Event::ExperimentRow`] for each row and
    /// [`crate::Event::Progress`] meanwhile, then by [`crate::Event::ExperimentDone`]; or by
    /// [`crate::Event::Refused`].
    Experiment {
        /// Number of the request.
        request: u32,
        /// What to compute.
        experiment: Experiment,
    },
    /// What was seen of real servers? Answered by [`crate::Event::Evidence`].
    Evidence {
        /// Number of the request.
        request: u32,
    },
}
