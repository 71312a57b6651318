//! The text beside the engine: what is seen, and what to try.

use protocol::{Source, WorkloadSetup};
use scene::numbers;
use yew::prelude::*;

use super::exhibit::ExhibitIntro;
use super::other_run::CompareSeed;
use super::prose;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::exhibit::use_exhibit;
use crate::hooks::frames::use_paced_frame;
use crate::hooks::words::{SharedWords, use_words};
use crate::state::{Lab, Task, Tasks};

/// Which run it is, the title, and what it is about in one sentence.
#[component]
pub(crate) fn Intro() -> Html {
    let words = use_words();
    let lab = use_lab();
    if use_exhibit().is_some() {
        return html! { <ExhibitIntro /> };
    }
    let run = match &lab.run.source {
        Source::OwnWal => "scenario.own",
        Source::Text(_) => "scenario.text",
        Source::Shipped(name) if name == "insert" => "scenario.insert",
        Source::Shipped(name) if name == "oltp" => "scenario.oltp",
        Source::Shipped(name) if name == "clone" => "scenario.clone",
        Source::Shipped(name) if name == "both" => "scenario.both",
        Source::Shipped(name) if name == "mirrored" => "scenario.mirrored",
        Source::Shipped(_) => "scenario.first-light",
    };
    html! {
        <div class="intro">
            <p class="kicker" key="kicker">{ words.say(run) }</p>
            <h1 id="title" key="title" tabindex="-1">{ words.say("lesson.title") }</h1>
            <p class="lead" key="lead">{ words.say("lesson.lead") }</p>
        </div>
    }
}

/// The text.
#[component]
pub(crate) fn Lesson() -> Html {
    let words = use_words();
    let lab = use_lab();
    let intro = match &lab.run.source {
        Source::OwnWal => "lesson.intro.own",
        Source::Shipped(name) if name == "insert" => "lesson.intro.insert",
        Source::Shipped(name) if name == "oltp" => "lesson.intro.oltp",
        Source::Shipped(name) if name == "clone" => "lesson.intro.clone",
        Source::Shipped(name) if name == "both" => "lesson.intro.both",
        Source::Shipped(name) if name == "mirrored" => "lesson.intro.mirrored",
        Source::Text(_) => "lesson.intro.text",
        Source::Shipped(_) => "lesson.intro.first-light",
    };
    html! {
        <section class="text" aria-labelledby="title">
            <p key="intro">{ prose(words.say(intro)) }</p>
            <p key="exhibits" class="note">{ prose(words.say("lesson.exhibits")) }</p>
            <p key="six">{ prose(words.say("lesson.six")) }</p>
            <p key="four">{ prose(words.say("lesson.four")) }</p>
            <p key="commit">{ prose(words.say("lesson.commit")) }</p>
            <p key="pace" class="note">{ pace(&words, &lab) }</p>
            <Beside key="beside" />
            <CompareSeed key="seed" />
            if let Some(setup) = &lab.setup {
                <details key="file" class="file">
                    <summary>{ words.say("lesson.file") }</summary>
                    <pre tabindex="0">{ &setup.text }</pre>
                </details>
            }
        </section>
    }
}

/// Whether a conventional server does the same work beside the quorum engine, where the scenario
/// leaves that open.
#[component]
fn Beside() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let on_both = lab.run.is_on_both();
    let has_wal = (lab.setup.as_ref()).is_some_and(|setup| setup.engine.has_wal());
    if has_wal && !on_both {
        return Html::default();
    }
    let run = lab.run.on_both(!on_both);
    let onchange = Callback::from(move |_: Event| engine.load(run.clone()));
    html! {
        <label class="check">
            <input key="input" type="checkbox" checked={on_both} {onchange} />
            <span key="label">{ words.say("lesson.beside") }</span>
        </label>
    }
}

/// What a second of watching shows, where the log comes at another pace than it was written.
fn pace(words: &SharedWords, lab: &Lab) -> Option<String> {
    let setup = lab.setup.as_ref()?;
    let times = match &setup.workload {
        WorkloadSetup::Wal { speed } => *speed,
        WorkloadSetup::ClosedLoop { .. } | WorkloadSetup::OpenLoop { .. } => return None,
    };
    let Some(shown_ns) = lab.speed.second_shows_ns() else {
        let times = plot::short(times);
        return Some(words.fill("lesson.pace.fastest", &[("times", (&times).into())]));
    };
    let written_ns = plot::whole(plot::float(shown_ns) * times);
    Some(words.fill(
        "lesson.pace",
        &[
            ("shown", (&numbers::span(shown_ns)).into()),
            ("written", (&numbers::span(written_ns)).into()),
        ],
    ))
}

/// Things to try by their names; each ticks itself when the engine shows that it happened. What to
/// do is told for one: the first that is not done, or the one that was asked for, until it is done.
#[component]
pub(crate) fn TryIt() -> Html {
    let words = use_words();
    let frame = use_paced_frame();
    let tasks = use_reducer(Tasks::default);
    use_effect_with(frame, {
        let tasks = tasks.dispatcher();
        move |frame| {
            if let Some(frame) = frame {
                tasks.dispatch(std::rc::Rc::clone(frame));
            }
        }
    });
    let asked = use_state_eq(|| None::<(Task, bool)>);
    let next = Task::ALL.into_iter().find(|task| !tasks.done(*task));
    let told = asked
        .filter(|(task, done)| tasks.done(*task) == *done)
        .map(|(task, _)| task)
        .or(next);
    let items = Task::ALL.into_iter().map(|task| {
        let done = tasks.done(task);
        let asked = asked.setter();
        let onclick = Callback::from(move |_: MouseEvent| asked.set(Some((task, done))));
        html! {
            <li key={task.key()} aria-current={(next == Some(task)).then_some("step")}>
                <button
                    type="button"
                    class={classes!(done.then_some("done"))}
                    aria-pressed={(told == Some(task)).to_string()}
                    {onclick}
                >
                    { tick(done) }
                    { words.say(task.name_key()) }
                    if done {
                        <span class="unseen">{ words.say("task.done") }</span>
                    }
                </button>
            </li>
        }
    });
    html! {
        <section class="tasks" aria-labelledby="tasks-title">
            <h2 id="tasks-title" key="title">{ words.say("task.title") }</h2>
            <ul key="names">{ for items }</ul>
            <p key="how">{ words.say(told.map_or("task.all-done", Task::key)) }</p>
        </section>
    }
}

fn tick(done: bool) -> Html {
    let (ring, mark) = if done {
        ("var(--good)", "M3.8 7.2 6 9.4l4.3-4.6")
    } else {
        ("var(--strong-rule)", "")
    };
    html! {
        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
            <circle cx="7" cy="7" r="6.3" fill="none" stroke={ring} />
            <path d={mark} fill="none" stroke={ring} stroke-width="1.6" />
        </svg>
    }
}
