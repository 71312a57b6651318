//! What happened, in sentences: the picture's twin in words.
//!
//! The list is one stop of Tab: its buttons, a few dozen that come and go, are reached by arrows.

use protocol::{About, Category, EventLine, Frame, LabSetup, SeekTo};
use scene::{numbers, sentences};
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::focus::{Move, focus_on, move_focus};
use crate::hooks::engine::{Engine, use_engine, use_lab};
use crate::hooks::frames::use_paced_frame;
use crate::hooks::words::{SharedWords, use_words};

/// The id of the list.
const LIST: &str = "events-list";

/// The event list with its filter, the newest event first.
#[component]
pub(crate) fn Events() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let frame = use_paced_frame();
    let list = use_node_ref();
    let onkeydown = use_callback(list.clone(), |event: KeyboardEvent, list| {
        if let Some(way) = Move::of_key(&event.key())
            && let Some(list) = list.cast::<HtmlElement>()
        {
            event.prevent_default();
            event.stop_propagation();
            move_focus(&list, "button", way);
        }
    });
    let save = {
        let engine = engine.clone();
        Callback::from(move |_: MouseEvent| engine.save_trace())
    };
    html! {
        <section class="events" aria-labelledby="events-title">
            <h2 key="title" id="events-title">{ words.say("events.title") }</h2>
            <Filter key="filter" />
            <p key="keys" id="events-keys" class="unseen">{ words.say("events.keys") }</p>
            if let (Some(setup), Some(frame)) = (&lab.setup, &frame) {
                <ol
                    key="list"
                    id={LIST}
                    ref={list}
                    tabindex="0"
                    aria-labelledby="events-title"
                    aria-describedby="events-keys"
                    {onkeydown}
                >
                    { for frame.events.iter().rev().map(|line| {
                        item(&words, &engine, setup, frame, line)
                    }) }
                </ol>
            } else {
                <ol key="list" />
            }
            <button
                key="save"
                type="button"
                class="button"
                disabled={frame.is_none()}
                onclick={save}
            >
                { words.say("events.save") }
            </button>
        </section>
    }
}

fn item(
    words: &SharedWords,
    engine: &Engine,
    setup: &LabSetup,
    frame: &Frame,
    line: &EventLine,
) -> Html {
    // The button may be gone at the moment that it leads to: the focus stays with the list.
    let go_to = |event: u64| {
        let engine = engine.clone();
        Callback::from(move |_: MouseEvent| {
            focus_on(LIST);
            engine.seek(SeekTo::Event(event));
        })
    };
    let cause = (line.cause > 0)
        .then(|| frame.events.iter().find(|other| other.id == line.cause))
        .flatten();
    let ask = (line.cause > 0).then(|| {
        let (engine, id) = (engine.clone(), line.id);
        let onclick = Callback::from(move |_: MouseEvent| engine.why(About::Line(id)));
        html! {
            <button key="why" type="button" class="cause" tabindex="-1" {onclick}>
                { words.say("because.ask") }
            </button>
        }
    });
    let time = numbers::seconds(line.at_ns);
    let go = words.fill("events.go", &[("time", (&time).into())]);
    html! {
        <li key={line.id}>
            <button key="time" type="button" class="time" tabindex="-1" title={go} onclick={go_to(line.event)}>
                { time }
            </button>
            <span key="what">
                { sentences::told(words, setup, line) }
                if let Some(cause) = cause {
                    { " " }
                    <button type="button" class="cause" tabindex="-1" onclick={go_to(cause.event)}>
                        { words.fill("events.cause", &[
                            ("cause", (&sentences::as_cause(words, &cause.what)).into()),
                        ]) }
                    </button>
                }
                { " " }
                { ask }
            </span>
        </li>
    }
}

/// Which categories the list shows.
#[component]
fn Filter() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let buttons = Category::ALL.into_iter().map(|category| {
        let shown = lab.view.categories.contains(&category);
        let engine = engine.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            engine.look_with(|view| {
                if shown {
                    view.categories.retain(|kept| *kept != category);
                } else {
                    view.categories.push(category);
                    plot::sort_few(&mut view.categories, |category| *category);
                }
            });
        });
        let key = name(category);
        html! {
            <button {key} type="button" aria-pressed={shown.to_string()} {onclick}>
                { words.say(key) }
            </button>
        }
    });
    html! {
        <div class="filter" role="group" aria-label={words.say("events.filter").to_owned()}>
            { for buttons }
        </div>
    }
}

const fn name(category: Category) -> &'static str {
    match category {
        Category::Commits => "category.commits",
        Category::Durability => "category.durability",
        Category::Writes => "category.writes",
        Category::Gossip => "category.gossip",
        Category::Reads => "category.reads",
        Category::Upkeep => "category.upkeep",
        Category::Faults => "category.faults",
    }
}
