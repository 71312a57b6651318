//! The text beside the engine: what is seen, and what to try.

use protocol::{Source, WorkloadSetup};
use yew::prelude::*;

use super::prose;
use crate::hooks::engine::use_lab;
use crate::hooks::frames::use_paced_frame;
use crate::hooks::words::use_words;
use crate::state::{Task, Tasks};

/// The text.
#[component]
pub(crate) fn Lesson() -> Html {
    let words = use_words();
    let lab = use_lab();
    let intro = match &lab.source {
        Source::OwnWal => "lesson.intro.own",
        Source::Shipped(name) if name == "insert" => "lesson.intro.insert",
        Source::Shipped(_) | Source::Text(_) => "lesson.intro.first-light",
    };
    let pace = lab.setup.as_ref().and_then(|setup| match &setup.workload {
        WorkloadSetup::Wal { speed, .. } if *speed > 1.0 => Some(("lesson.faster", *speed)),
        WorkloadSetup::Wal { speed, .. } if *speed < 1.0 => Some(("lesson.slower", 1.0 / speed)),
        WorkloadSetup::Wal { .. }
        | WorkloadSetup::ClosedLoop { .. }
        | WorkloadSetup::OpenLoop { .. } => None,
    });
    html! {
        <section class="text" aria-labelledby="title">
            <p class="kicker" key="kicker">{ words.say("lesson.kicker") }</p>
            <h1 id="title" key="title">{ words.say("lesson.title") }</h1>
            <p key="intro">{ prose(words.say(intro)) }</p>
            <p key="six">{ prose(words.say("lesson.six")) }</p>
            <p key="four">{ prose(words.say("lesson.four")) }</p>
            <p key="commit">{ prose(words.say("lesson.commit")) }</p>
            <div key="pace">
                if let Some((key, times)) = pace {
                    <p class="note">
                        { words.fill(key, &[("times", (&plot::short(times)).into())]) }
                    </p>
                }
            </div>
            <TryIt key="try" />
        </section>
    }
}

/// Things to try; each ticks itself when the engine shows that it happened.
#[component]
fn TryIt() -> Html {
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
    let items = Task::ALL.into_iter().map(|task| {
        let done = tasks.done(task);
        html! {
            <li key={task.key()} class={classes!(done.then_some("done"))}>
                { tick(done) }
                <span>
                    { words.say(task.key()) }
                    if done {
                        <span class="unseen">{ words.say("task.done") }</span>
                    }
                </span>
            </li>
        }
    });
    html! {
        <div class="tasks">
            <h2>{ words.say("task.title") }</h2>
            <ul>{ for items }</ul>
        </div>
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
