//! Experiments: each in a worker of its own, which begins with it and ends with it, so that the run in
//! the lab goes on undisturbed.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::{Command, Event, Experiment};
use yew::prelude::*;

use super::frames::now_ms;
use super::wire::{Incoming, Wire};
use crate::state::{Trial, TrialAction, TrialState};

/// The one request that a worker is asked.
const REQUEST: u32 = 1;

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
    wire: Wire,
    experiment: Experiment,
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
        match Wire::open(heard) {
            Ok(wire) => {
                *self.0.run.borrow_mut() = Some(Run {
                    wire,
                    experiment,
                    began_ms: now_ms(),
                });
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
            Incoming::Said(event) => event,
            Incoming::Broke(text) => return self.end(TrialState::Broke(text)),
        };
        match event {
            Event::Ready { model } if model == protocol::MODEL => self.ask(),
            Event::Ready { model } => {
                let text = format!("model {model}, expected {}", protocol::MODEL);
                self.end(TrialState::Broke(text));
            }
            Event::ExperimentRow { row, .. } => self.trial.dispatch(TrialAction::Row(row)),
            Event::Progress { done, of, .. } => {
                self.trial.dispatch(TrialAction::Progress(done, of));
            }
            Event::ExperimentDone { .. } => self.end(TrialState::Done),
            Event::Refused { problem, .. } => self.end(TrialState::Refused(problem)),
            Event::Panicked { text } => self.end(TrialState::Broke(text)),
            // It is asked for nothing else.
            Event::Loaded { .. }
            | Event::Frame { .. }
            | Event::WalRead { .. }
            | Event::Evidence { .. }
            | Event::Because { .. }
            | Event::Pong { .. } => {}
        }
    }

    fn ask(&self) {
        let sent = self.run.borrow().as_ref().map_or(Ok(()), |run| {
            let command = Command::Experiment {
                request: REQUEST,
                experiment: run.experiment,
            };
            run.wire.send(&command, &[])
        });
        if let Err(text) = sent {
            self.end(TrialState::Broke(text));
        }
    }

    fn end(&self, state: TrialState) {
        let took_ms = self.stop().map_or(0.0, |began_ms| now_ms() - began_ms);
        self.trial.dispatch(TrialAction::Ended(state, took_ms));
    }

    /// Cuts the worker off. Gives when its experiment began.
    fn stop(&self) -> Option<f64> {
        let run = self.run.borrow_mut().take()?;
        run.wire.cut();
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
