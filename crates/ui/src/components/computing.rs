//! Compute, or cancel, and how far an experiment is.

use protocol::{Experiment, ExperimentRow};
use scene::Arg;
use yew::prelude::*;

use crate::hooks::experiments::Bench;
use crate::hooks::frames::use_pace;
use crate::hooks::words::{SharedWords, use_words};
use crate::state::{Trial, TrialState};

/// How far it is, is not said more often than this to who does not see it.
const SAID_PACE_MS: f64 = 5_000.0;

/// What [`Computing`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct ComputingProps {
    /// What computes it.
    pub(super) bench: Bench,
    /// How it stands.
    pub(super) trial: Trial,
    /// What is to be computed next.
    pub(super) next: Experiment,
}

/// The button, the progress, and what is said of it.
#[component]
pub(super) fn Computing(props: &ComputingProps) -> Html {
    let ComputingProps { bench, trial, next } = props;
    let words = use_words();
    let running = trial.state == TrialState::Running;
    let told = told(&words, trial);
    let heard = use_pace(told.clone(), SAID_PACE_MS, !running);
    let onclick = {
        let (bench, next) = (bench.clone(), *next);
        Callback::from(move |_: MouseEvent| {
            if running {
                bench.cancel();
            } else {
                bench.begin(next);
            }
        })
    };
    let label = words.say(match &trial.state {
        TrialState::Running => "trial.cancel",
        TrialState::Idle => "trial.compute",
        TrialState::Done
        | TrialState::Cancelled
        | TrialState::Refused(_)
        | TrialState::Broke(_) => "trial.again",
    });
    let problem = match &trial.state {
        TrialState::Refused(problem) => Some(("trial.refused", &problem.text)),
        TrialState::Broke(text) => Some(("trial.broke", text)),
        TrialState::Idle | TrialState::Running | TrialState::Done | TrialState::Cancelled => None,
    };
    let (done, of) = trial.progress;
    html! {
        <div class="computing">
            <button
                key="button"
                type="button"
                class={classes!("button", (!running).then_some("main"))}
                {onclick}
            >{ label }</button>
            <div key="told">
                <p key="told" class="aside">{ &told }</p>
                if running {
                    <progress
                        key="progress"
                        aria-label={words.say("trial.progress.label").to_owned()}
                        max={of.map(|of| of.to_string())}
                        value={of.map(|_| done.to_string())}
                    />
                }
            </div>
            <p key="heard" class="unseen" role="status">{ heard }</p>
            <div key="problem" role="alert">
                if let Some((key, text)) = problem {
                    <p class="complaint"><strong>{ words.say(key) }</strong>{ " " }{ text }</p>
                }
            </div>
        </div>
    }
}

/// How it stands, in words.
fn told(words: &SharedWords, trial: &Trial) -> String {
    let of_time = matches!(trial.experiment, Some(Experiment::InsertTest(_)));
    let count = ("count", (trial.rows.len() as u64).into());
    let done = ("done", Arg::Took(model_ns(trial)));
    let took = ("took", Arg::Took(plot::whole(trial.took_ms * 1e6)));
    match (&trial.state, trial.progress) {
        (TrialState::Idle, _) => words.say("trial.idle").to_owned(),
        (TrialState::Running, (_, None)) => words.say("trial.starting").to_owned(),
        (TrialState::Running, (done, Some(of))) if of_time => {
            let args = [("done", Arg::Took(done)), ("of", Arg::Took(of))];
            words.fill("trial.progress.time", &args)
        }
        (TrialState::Running, (done, Some(of))) => {
            let args = [("done", done.into()), ("of", of.into())];
            words.fill("trial.progress", &args)
        }
        (TrialState::Done, _) if of_time => words.fill("trial.done.time", &[done, took]),
        (TrialState::Done, _) => words.fill("trial.done", &[count, took]),
        (TrialState::Cancelled | TrialState::Refused(_) | TrialState::Broke(_), _) => {
            if of_time {
                words.fill("trial.cancelled.time", &[done, took])
            } else {
                words.fill("trial.cancelled", &[count])
            }
        }
    }
}

/// The model time that the rows reach to, where they have one.
fn model_ns(trial: &Trial) -> u64 {
    let times = trial.rows.iter().map(|row| match row {
        ExperimentRow::Inserts(row) => row.to_ns,
        ExperimentRow::Recovery(_) | ExperimentRow::Checkpoint(_) => 0,
    });
    times.max().unwrap_or(0)
}
