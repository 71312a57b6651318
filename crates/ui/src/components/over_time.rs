//! How the run fares over its time: charts below the lab, drawn anew ten times a second while it plays
//! and they are seen.

use scene::chart::Kind;
use yew::prelude::*;

use super::chart::ChartView;
use super::choice::Choice;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::frames::{Newest, SeriesShown, use_pace, use_paced_frame};
use crate::hooks::in_view::use_in_view;
use crate::hooks::words::use_words;

/// The charts change at most this often while a run plays.
const PACE_MS: f64 = 100.0;
const HEIGHT: f64 = 190.0;

/// The charts of the shown run.
#[component]
pub(crate) fn OverTime() -> Html {
    let words = use_words();
    let frame = use_paced_frame();
    let series = use_context::<SeriesShown>().expect("the app provides the series");
    let times = use_state_eq(|| Kind::Log);
    let node = use_node_ref();
    let seen = use_in_view(node.clone());
    let choose = {
        let times = times.setter();
        Callback::from(move |name: String| {
            times.set(if name == "log" {
                Kind::Log
            } else {
                Kind::Linear
            });
        })
    };
    let scales = [("log", "over.scale.log"), ("linear", "over.scale.linear")];
    let scales = scales.map(|(kind, key)| (kind.to_owned(), words.say(key).to_owned()));
    let chosen = match *times {
        Kind::Log => "log",
        Kind::Linear => "linear",
    };
    let charts = match (frame, series.0) {
        (Some(frame), Some(series)) => {
            scene::over_time::charts(&words, &series, &frame.timeline.marks, *times)
        }
        (None, _) | (_, None) => Vec::new(),
    };
    html! {
        <section class="over-time" aria-labelledby="over-title">
            <Ask key="ask" {seen} />
            <h2 key="title" id="over-title">{ words.say("over.title") }</h2>
            <p key="lead" class="note">{ words.say("over.lead") }</p>
            <Choice
                key="scale"
                label={words.say("over.scale").to_owned()}
                options={scales.to_vec()}
                chosen={chosen.to_owned()}
                {choose}
            />
            <div key="charts" class="charts" ref={node}>
                { for charts.into_iter().map(|chart| {
                    let key = chart.title.clone();
                    html! { <ChartView {key} {chart} height={HEIGHT} /> }
                }) }
            </div>
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct AskProps {
    /// The charts are on the screen.
    seen: bool,
}

/// Asks how the run fares as it goes on. Shows nothing: it is drawn anew with every frame.
#[component]
fn Ask(props: &AskProps) -> Html {
    let engine = use_engine();
    let lab = use_lab();
    let newest = use_context::<Newest>().expect("the app provides frames");
    let at = use_pace(newest, PACE_MS, !lab.playing);
    let wanted = props.seen || !lab.playing;
    use_effect_with((at, wanted), move |(at, wanted)| {
        if *wanted && at.0.is_some() {
            engine.ask_series();
        }
    });
    Html::default()
}
