//! The recovery-time curve: what it is computed for, the chart, and what is to be said of it.

use protocol::{DiskSetup, Experiment, ExperimentRow, Like, RecoveryRow, RecoverySetup};
use scene::recovery_curve::{self, Live};
use yew::prelude::*;

use super::chart::{ChartView, table};
use super::choice::Choice;
use super::computing::Computing;
use super::prose;
use crate::hooks::engine::use_lab;
use crate::hooks::experiments::use_recovery_curve;
use crate::hooks::frames::use_paced_frame;
use crate::hooks::words::{SharedWords, use_words};
use crate::state::Trial;

/// The minutes between checkpoints that can be chosen; 0: there are none.
const MINUTES: [u32; 5] = [0, 1, 5, 15, 30];

/// A device that can be chosen: its name, and what it can do.
const DISKS: [(&str, DiskSetup); 4] = [
    (
        "curve.disk.volume",
        DiskSetup {
            mb_per_s: 500,
            iops: 20_000,
        },
    ),
    (
        "curve.disk.nvme",
        DiskSetup {
            mb_per_s: 3_000,
            iops: 400_000,
        },
    ),
    (
        "curve.disk.small",
        DiskSetup {
            mb_per_s: 125,
            iops: 3_000,
        },
    ),
    (
        "curve.disk.hard",
        DiskSetup {
            mb_per_s: 150,
            iops: 200,
        },
    ),
];

const FIRST: RecoverySetup = RecoverySetup {
    like: Like::Talk,
    checkpoint_s: None,
    full_page_writes: true,
    disk: DISKS[0].1,
};

/// The recovery-time curve.
#[component]
pub(crate) fn RecoveryCurve() -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_paced_frame();
    let (bench, trial) = use_recovery_curve();
    let begun = match trial.experiment {
        Some(Experiment::Recovery(setup)) => Some(setup),
        Some(Experiment::InsertTest(_)) | None => None,
    };
    let setup = use_state_eq(|| begun.unwrap_or(FIRST));
    let choose = Callback::from({
        let setup = setup.setter();
        move |chosen: RecoverySetup| setup.set(chosen)
    });
    let rows = rows(&trial);
    let evidence = lab.evidence();
    let live = frame.as_deref().and_then(Live::of);
    let like = begun.unwrap_or(*setup).like;
    let chart = recovery_curve::chart(&words, like, &rows, evidence, live);
    let next = Experiment::Recovery(*setup);
    let stale = begun.is_some_and(|begun| begun != *setup);
    let measured = evidence.is_some_and(|evidence| evidence.measured.is_some());
    let rate = evidence.map(|evidence| plot::float(evidence.log_bytes_per_s) / 1e6);
    let server = evidence.and_then(|evidence| evidence.measured.as_ref());
    let told = [
        recovery_curve::computed(&words, like, &rows),
        evidence.and_then(|evidence| recovery_curve::talk(&words, evidence)),
        evidence.and_then(|evidence| recovery_curve::garbled(&words, evidence)),
        Some(recovery_curve::live(&words, like, &rows, live)),
        server.map(|server| recovery_curve::measured(&words, server)),
    ];
    let tables = server.map(|server| recovery_curve::measured_tables(&words, server));
    html! {
        <section class="experiment" aria-labelledby="curve-title">
            <div key="said" class="said">
                <h2 key="title" id="curve-title">{ words.say("curve.title") }</h2>
                <p key="lead" class="lead">{ words.say("curve.lead") }</p>
                <p key="method" class="note">{ rate.map(|rate| words.fill(
                    "curve.method",
                    &[("rate", (&plot::short(rate)).into())],
                )) }</p>
            </div>
            <div key="shown" class="shown">
                <Choices key="choices" setup={*setup} {measured} {choose} />
                <Computing key="computing" {bench} trial={(*trial).clone()} {next} />
                <p key="stale" class="note">{ stale.then(|| words.say("trial.stale")) }</p>
                <ChartView key="chart" {chart} height={400.0} />
            </div>
            <div key="told" class="told">
                { for told.into_iter().flatten().enumerate().map(|(n, text)| html! {
                    <p key={n}>{ prose(&text) }</p>
                }) }
                <div key="measured" class="tables">
                    { for tables.into_iter().flatten().map(table) }
                </div>
                <p key="disks" class="note">{ words.say("curve.disk.note") }</p>
            </div>
        </section>
    }
}

fn rows(trial: &Trial) -> Vec<RecoveryRow> {
    let rows = trial.rows.iter().filter_map(|row| match row {
        ExperimentRow::Recovery(row) => Some(*row),
        ExperimentRow::Inserts(_) | ExperimentRow::Checkpoint(_) => None,
    });
    rows.collect()
}

#[derive(Clone, PartialEq, Properties)]
struct ChoicesProps {
    setup: RecoverySetup,
    /// Whether a server was measured.
    measured: bool,
    choose: Callback<RecoverySetup>,
}

/// What the next curve is computed for.
#[component]
fn Choices(props: &ChoicesProps) -> Html {
    let ChoicesProps {
        setup,
        measured,
        choose,
    } = props;
    let words = use_words();
    let setup = *setup;
    let like = choose.reform(move |value: String| RecoverySetup {
        like: if value == "measured" {
            Like::Measured
        } else {
            Like::Talk
        },
        ..setup
    });
    let checkpoint = choose.reform(move |value: String| RecoverySetup {
        checkpoint_s: value
            .parse()
            .ok()
            .filter(|minutes| *minutes > 0)
            .map(|minutes: u32| minutes * 60),
        ..setup
    });
    let images = choose.reform(move |value: String| RecoverySetup {
        full_page_writes: value == "on",
        ..setup
    });
    let disk = choose.reform(move |value: String| {
        let named = DISKS.into_iter().find(|(name, _)| *name == value);
        RecoverySetup {
            disk: named.map_or(setup.disk, |(_, disk)| disk),
            ..setup
        }
    });
    let chosen_disk = DISKS.into_iter().find(|(_, disk)| *disk == setup.disk);
    html! {
        <div class="choices" role="group" aria-label={words.say("curve.setup").to_owned()}>
            if *measured {
                <Choice
                    key="like"
                    label={words.say("curve.like").to_owned()}
                    options={[("talk", "curve.like.talk"), ("measured", "curve.like.measured")]
                        .map(|(value, name)| (value.to_owned(), words.say(name).to_owned()))
                        .to_vec()}
                    chosen={if setup.like == Like::Talk { "talk" } else { "measured" }.to_owned()}
                    choose={like}
                />
            }
            <Choice
                key="checkpoint"
                label={words.say("curve.checkpoint").to_owned()}
                options={MINUTES.map(|minutes| (minutes.to_string(), every(&words, minutes))).to_vec()}
                chosen={setup.checkpoint_s.map_or(0, |seconds| seconds / 60).to_string()}
                choose={checkpoint}
            />
            <Choice
                key="images"
                label={words.say("curve.images").to_owned()}
                options={[("on", "curve.images.on"), ("off", "curve.images.off")]
                    .map(|(value, name)| (value.to_owned(), words.say(name).to_owned()))
                    .to_vec()}
                chosen={if setup.full_page_writes { "on" } else { "off" }.to_owned()}
                choose={images}
            />
            <Choice
                key="disk"
                label={words.say("curve.disk").to_owned()}
                options={DISKS.map(|(name, disk)| (name.to_owned(), device(&words, name, disk))).to_vec()}
                chosen={chosen_disk.map_or(String::new(), |(name, _)| name.to_owned())}
                choose={disk}
            />
        </div>
    }
}

fn every(words: &SharedWords, minutes: u32) -> String {
    if minutes == 0 {
        words.say("curve.checkpoint.none").to_owned()
    } else {
        words.fill("curve.checkpoint.every", &[("minutes", minutes.into())])
    }
}

fn device(words: &SharedWords, name: &str, disk: DiskSetup) -> String {
    let (mb, iops) = (disk.mb_per_s, disk.iops);
    let args = [
        ("name", words.say(name).into()),
        ("mb", mb.into()),
        ("iops", iops.into()),
    ];
    words.fill("curve.disk.option", &args)
}
