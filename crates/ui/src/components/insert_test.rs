//! The insert test: what it is run with, its two charts, and what is to be said of it.

use protocol::{CheckpointRow, Experiment, ExperimentRow, InsertRow, InsertSetup};
use scene::insert_test::{self, Shape};
use scene::numbers;
use yew::prelude::*;

use super::chart::ChartView;
use super::choice::Choice;
use super::computing::Computing;
use super::prose;
use crate::hooks::engine::use_lab;
use crate::hooks::experiments::use_insert_test;
use crate::hooks::frames::use_pace;
use crate::hooks::words::use_words;
use crate::state::{Trial, TrialState};

/// The minutes that can be chosen.
const MINUTES: [u32; 3] = [5, 10, 30];

/// The sizes of the log: those of the notes, and PostgreSQL's default, which is 1 GiB.
const LOGS: [u64; 4] = [1 << 30, 3_000_000_000, 10_000_000_000, 30_000_000_000];

/// How long boxcars wait, in microseconds: not at all, as long as the scenario's, and as long as it
/// takes until ten inserts are in one on average.
const BOXCARS: [u32; 3] = [0, 100, 360];

const FIRST: InsertSetup = InsertSetup {
    minutes: MINUTES[0],
    boxcar_us: BOXCARS[1],
    max_wal_bytes: LOGS[1],
};

/// The charts change at most this often.
const PACE_MS: f64 = 250.0;

/// The insert test.
#[component]
pub(crate) fn InsertTest() -> Html {
    let words = use_words();
    let lab = use_lab();
    let (bench, trial) = use_insert_test();
    let running = trial.state == TrialState::Running;
    let trial = use_pace((*trial).clone(), PACE_MS, !running);
    let begun = match trial.experiment {
        Some(Experiment::InsertTest(setup)) => Some(setup),
        Some(Experiment::Recovery(_)) | None => None,
    };
    let setup = use_state_eq(|| begun.unwrap_or(FIRST));
    let choose = Callback::from({
        let setup = setup.setter();
        move |chosen: InsertSetup| setup.set(chosen)
    });
    let load = lab.evidence().map(|evidence| evidence.inserts);
    let (rows, checkpoints) = sorted(&trial);
    let shape = Shape {
        minutes: begun.unwrap_or(*setup).minutes,
        per_s: load.map_or(0, |load| load.per_s),
    };
    let next = Experiment::InsertTest(*setup);
    let stale = begun.is_some_and(|begun| begun != *setup);
    html! {
        <section class="experiment" aria-labelledby="inserts-title">
            <div key="said" class="said">
                <h2 key="title" id="inserts-title">{ words.say("inserts.title") }</h2>
                <p key="lead" class="lead">{ words.say("inserts.lead") }</p>
                <p key="method" class="note">
                    { load.map(|load| insert_test::method(&words, &load)) }
                </p>
            </div>
            <div key="shown" class="shown">
                <Choices key="choices" setup={*setup} per_s={shape.per_s} {choose} />
                <Computing key="computing" {bench} trial={trial.clone()} {next} />
                <p key="stale" class="note">{ stale.then(|| words.say("trial.stale")) }</p>
                <ChartView
                    key="rate"
                    chart={insert_test::rate(&words, &rows, &checkpoints, shape)}
                    height={220.0}
                />
                <ChartView
                    key="response"
                    chart={insert_test::response(&words, &rows, &checkpoints, shape)}
                    height={300.0}
                />
            </div>
            <div key="told" class="told">
                <p key="told">{ insert_test::told(&words, &rows, &checkpoints) }</p>
                <p key="notes">{ prose(words.say("inserts.notes")) }</p>
            </div>
        </section>
    }
}

/// The rows of the table, and the checkpoints, each as it was told last.
fn sorted(trial: &Trial) -> (Vec<InsertRow>, Vec<CheckpointRow>) {
    let mut rows = Vec::new();
    let mut checkpoints = Vec::<CheckpointRow>::new();
    for row in trial.rows.iter() {
        match row {
            ExperimentRow::Inserts(row) => {
                // The row under way is told again as it grows.
                if rows
                    .last()
                    .is_some_and(|last: &InsertRow| last.from_ns == row.from_ns)
                {
                    rows.pop();
                }
                rows.push(*row);
            }
            ExperimentRow::Checkpoint(row) => {
                checkpoints.retain(|known| known.number != row.number);
                checkpoints.push(*row);
            }
            ExperimentRow::Recovery(_) => {}
        }
    }
    plot::sort_few(&mut checkpoints, |checkpoint| checkpoint.number);
    (rows, checkpoints)
}

#[derive(Clone, PartialEq, Properties)]
struct ChoicesProps {
    setup: InsertSetup,
    /// Inserts that come in a second.
    per_s: u32,
    choose: Callback<InsertSetup>,
}

/// What the next test is run with.
#[component]
fn Choices(props: &ChoicesProps) -> Html {
    let words = use_words();
    let ChoicesProps {
        setup,
        per_s,
        ref choose,
    } = *props;
    let duration = choose.reform(move |value: String| InsertSetup {
        minutes: value.parse().unwrap_or(setup.minutes),
        ..setup
    });
    let log = choose.reform(move |value: String| InsertSetup {
        max_wal_bytes: value.parse().unwrap_or(setup.max_wal_bytes),
        ..setup
    });
    let boxcar = choose.reform(move |value: String| InsertSetup {
        boxcar_us: value.parse().unwrap_or(setup.boxcar_us),
        ..setup
    });
    let boxcars = BOXCARS.map(|us| (us.to_string(), insert_test::boxcar_waits(&words, us, per_s)));
    let durations = MINUTES.map(|minutes| {
        let args = [("minutes", minutes.into())];
        (
            minutes.to_string(),
            words.fill("inserts.duration.minutes", &args),
        )
    });
    let logs = LOGS.map(|bytes| {
        let (key, size) = if bytes == LOGS[0] {
            ("inserts.log.default", "1 GiB".to_owned())
        } else {
            ("inserts.log.size", numbers::bytes(bytes))
        };
        (
            bytes.to_string(),
            words.fill(key, &[("size", (&size).into())]),
        )
    });
    html! {
        <div class="choices" role="group" aria-label={words.say("inserts.setup").to_owned()}>
            <Choice
                key="duration"
                label={words.say("inserts.duration").to_owned()}
                options={durations.to_vec()}
                chosen={setup.minutes.to_string()}
                choose={duration}
            />
            <Choice
                key="log"
                label={words.say("inserts.log").to_owned()}
                options={logs.to_vec()}
                chosen={setup.max_wal_bytes.to_string()}
                choose={log}
            />
            <Choice
                key="boxcar"
                label={words.say("inserts.boxcar").to_owned()}
                options={boxcars.to_vec()}
                chosen={setup.boxcar_us.to_string()}
                choose={boxcar}
            />
        </div>
    }
}
