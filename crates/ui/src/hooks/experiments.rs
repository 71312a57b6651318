//! Experiments: each a job of its own.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::{Event, Experiment, Job};
use yew::prelude::*;

use super::frames::now_ms;
use super::job::{REQUEST, Running};
use super::wire::Incoming;
use crate::state::{Trial, TrialAction, TrialState};

/// What computes experiments of one kind, one at a time. All copies are the same one.
#[derive(Clone)]
pub(crate) struct Bench(Rc<Inner>);

impl PartialEq for Bench {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

struct Inner {
    trial: UseReducerDispatcher<Trial>,
    run: RefCell<Option<Run>>,
}

/// An experiment under way.
struct Run {
    worker: Running,
    began_ms: f64,
}

impl Bench {
    /// Begins an experiment. One that is under way ends.
    pub(crate) fn begin(&self, experiment: Experiment) {
        self.0.stop();
        self.0.trial.dispatch(TrialAction::Begun(experiment));
        let weak = Rc::downgrade(&self.0);
        let heard = move |incoming| {
            if let Some(inner) = weak.upgrade() {
                inner.hear(incoming);
            }
        };
        let job = Job::Experiment {
            request: REQUEST,
            experiment,
        };
        match Running::begin(job, Rc::default(), heard) {
            Ok(worker) => {
                let began_ms = now_ms();
                *self.0.run.borrow_mut() = Some(Run { worker, began_ms });
            }
            Err(text) => self.0.end(TrialState::Broke(text)),
        }
    }

    /// Ends the experiment that is under way, whatever its worker does. Its rows stay.
    pub(crate) fn cancel(&self) {
        self.0.end(TrialState::Cancelled);
    }
}

impl Inner {
    fn hear(&self, incoming: Incoming) {
        let event = match incoming {
            Incoming::Said(event, _) => event,
            Incoming::Broke(text) => return self.end(TrialState::Broke(text)),
        };
        match event {
            Event::ExperimentRow { row, .. } => self.trial.dispatch(TrialAction::Row(row)),
            Event::Progress { done, of, .. } => {
                self.trial.dispatch(TrialAction::Progress(done, of));
            }
            Event::ExperimentDone { .. } => self.end(TrialState::Done),
            Event::Refused { problem, .. } => self.end(TrialState::Refused(problem)),
            // It is asked for nothing else.
            Event::Ready { .. }
            | Event::Panicked { .. }
            | Event::Loaded { .. }
            | Event::Frame { .. }
            | Event::WalRead { .. }
            | Event::Evidence { .. }
            | Event::Because { .. }
            | Event::Trace { .. }
            | Event::Described { .. }
            | Event::Series { .. }
            | Event::Pong { .. } => {}
        }
    }

    fn end(&self, state: TrialState) {
        let took_ms = self.stop().map_or(0.0, |began_ms| now_ms() - began_ms);
        self.trial.dispatch(TrialAction::Ended(state, took_ms));
    }

    /// Cuts the worker off. Gives when its experiment began.
    fn stop(&self) -> Option<f64> {
        let run = self.run.borrow_mut().take()?;
        run.worker.cut();
        Some(run.began_ms)
    }
}

/// The recovery-time curve.
#[derive(Clone, PartialEq)]
struct RecoveryCurve(Bench, UseReducerHandle<Trial>);

/// The insert test.
#[derive(Clone, PartialEq)]
struct InsertTest(Bench, UseReducerHandle<Trial>);

/// Gives the experiments to what is inside. They live as long as the page, whichever part of it is
/// shown.
#[component]
pub(crate) fn ExperimentsProvider(props: &html::ChildrenProps) -> Html {
    let (recovery, inserts) = (use_bench(), use_bench());
    html! {
        <ContextProvider<RecoveryCurve> context={RecoveryCurve(recovery.0, recovery.1)}>
            <ContextProvider<InsertTest> context={InsertTest(inserts.0, inserts.1)}>
                { props.children.clone() }
            </ContextProvider<InsertTest>>
        </ContextProvider<RecoveryCurve>>
    }
}

#[hook]
fn use_bench() -> (Bench, UseReducerHandle<Trial>) {
    let trial = use_reducer(Trial::default);
    let bench = use_memo((), {
        let trial = trial.dispatcher();
        move |()| {
            Bench(Rc::new(Inner {
                trial,
                run: RefCell::default(),
            }))
        }
    });
    ((*bench).clone(), trial)
}

/// The recovery-time curve: what computes it, and how it stands.
#[hook]
pub(crate) fn use_recovery_curve() -> (Bench, UseReducerHandle<Trial>) {
    let RecoveryCurve(bench, trial) = use_context().expect("the app provides experiments");
    (bench, trial)
}

/// The insert test: what runs it, and how it stands.
#[hook]
pub(crate) fn use_insert_test() -> (Bench, UseReducerHandle<Trial>) {
    let InsertTest(bench, trial) = use_context().expect("the app provides experiments");
    (bench, trial)
}
