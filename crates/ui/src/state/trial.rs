//! An experiment as the page knows it: what is computed, its rows so far, how it ended.

use std::rc::Rc;

use protocol::{Experiment, ExperimentRow, Problem};
use yew::Reducible;

/// An experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// What is computed, or was last.
    pub experiment: Option<Experiment>,
    /// How it is with it.
    pub state: TrialState,
    /// Its rows so far.
    pub rows: Rc<Vec<ExperimentRow>>,
    /// How much is done, and out of how much.
    pub progress: (u64, Option<u64>),
    /// How long it took, when it is over, in milliseconds.
    pub took_ms: f64,
}

/// How it is with an experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum TrialState {
    /// None was begun.
    #[default]
    Idle,
    /// It is computed.
    Running,
    /// All of it is there.
    Done,
    /// The reader cancelled it.
    Cancelled,
    /// It was refused.
    Refused(Problem),
    /// Its worker broke, with these words.
    Broke(String),
}

/// What changes it.
#[derive(Clone, Debug)]
pub enum TrialAction {
    /// It begins.
    Begun(Experiment),
    /// A row is there.
    Row(ExperimentRow),
    /// So much is done, out of so much.
    Progress(u64, Option<u64>),
    /// It is over, after so many milliseconds.
    Ended(TrialState, f64),
}

impl Reducible for Trial {
    type Action = TrialAction;

    fn reduce(self: Rc<Self>, action: TrialAction) -> Rc<Self> {
        let mut next = (*self).clone();
        match action {
            TrialAction::Begun(experiment) => {
                next = Self {
                    experiment: Some(experiment),
                    state: TrialState::Running,
                    ..Self::default()
                };
            }
            TrialAction::Row(row) => Rc::make_mut(&mut next.rows).push(row),
            TrialAction::Progress(done, of) => next.progress = (done, of),
            TrialAction::Ended(state, took_ms) => {
                next.state = state;
                next.took_ms = took_ms;
            }
        }
        Rc::new(next)
    }
}
