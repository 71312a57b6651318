//! A step of an exhibit: its prose, its question, and the way to the next.

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::document;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use super::focus::focus_on;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::exhibit::use_exhibit;
use crate::hooks::words::use_words;
use crate::state::{Ask, Exhibit};

/// The id of the step's heading.
const TITLE: &str = "step-title";

/// What [`StepText`] and [`Steps`] are given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ExhibitProps {
    pub(crate) exhibit: Rc<Exhibit>,
}

/// The text of the step that is shown.
#[component]
pub(crate) fn StepText(props: &ExhibitProps) -> Html {
    let lab = use_lab();
    let (number, step) = props.exhibit.step(lab.step);
    // Whoever turned reads on here.
    let arrived = use_mut_ref(|| false);
    use_effect_with(number, move |_| {
        if arrived.replace(true) {
            focus_on(TITLE);
        }
    });
    let after = html! { <Prose key="after" text={step.after.clone()} /> };
    html! {
        <section class="text exhibit" aria-labelledby={TITLE} key={number}>
            <h2 id={TITLE} key="title" tabindex="-1">{ &step.title }</h2>
            <Prose key="prose" text={step.prose.clone()} />
            if let Some(ask) = &step.ask {
                <Question key="ask" ask={ask.clone()}>{ after }</Question>
            } else {
                { after }
            }
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct ProseProps {
    text: String,
}

/// Prose that was made into HTML when the site was built.
#[component]
fn Prose(props: &ProseProps) -> Html {
    let inside = Html::from_html_unchecked(AttrValue::from(props.text.clone()));
    html! { <div class="prose">{ inside }</div> }
}

#[derive(Clone, PartialEq, Properties)]
struct QuestionProps {
    ask: Ask,
    /// What is read once it is answered.
    children: Html,
}

/// A question to answer before one reads on.
#[component]
fn Question(props: &QuestionProps) -> Html {
    let words = use_words();
    let chosen = use_state_eq(|| None::<usize>);
    let answered = use_state_eq(|| None::<usize>);
    let choices = props.ask.choices.iter().enumerate().map(|(n, choice)| {
        let onchange = {
            let chosen = chosen.setter();
            Callback::from(move |_: Event| chosen.set(Some(n)))
        };
        html! {
            <label key={n} class="check">
                <input key="input" type="radio" name="answer" checked={*chosen == Some(n)} {onchange} />
                <span key="text">{ &choice.text }</span>
            </label>
        }
    });
    let answer = {
        let (chosen, answered) = (*chosen, answered.setter());
        Callback::from(move |_: MouseEvent| answered.set(chosen))
    };
    let told = (*answered).map(|chosen| {
        let told = props.ask.choices.iter().enumerate();
        let told = told.filter(move |(n, choice)| *n == chosen || choice.right);
        told.map(|(n, choice)| {
            let verdict = match (choice.right, n == chosen) {
                (true, true) => words.say("exhibit.right").to_owned(),
                (true, false) => {
                    words.fill("exhibit.instead", &[("answer", (&choice.text).into())])
                }
                (false, _) => words.say("exhibit.wrong").to_owned(),
            };
            html! { <p key={n}><strong>{ verdict }</strong>{ " " }{ &choice.because }</p> }
        })
        .collect::<Html>()
    });
    let is_answered = told.is_some();
    html! {
        <>
            <fieldset key="ask" class="ask">
                <legend key="question">{ &props.ask.text }</legend>
                { for choices }
                <button key="answer" type="button" class="button" disabled={chosen.is_none()} onclick={answer}>
                    { words.say("exhibit.answer") }
                </button>
                <div key="told" class="told" aria-live="polite">{ told }</div>
            </fieldset>
            if is_answered {
                { props.children.clone() }
            }
        </>
    }
}

/// Which step is shown, and the ways to the others.
#[component]
pub(crate) fn Steps(props: &ExhibitProps) -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let exhibit = &props.exhibit;
    let (number, step) = exhibit.step(lab.step);
    let turn = {
        let (engine, exhibit) = (engine.clone(), Rc::clone(exhibit));
        Callback::from(move |by: i32| {
            if let Some(step) = exhibit.turned(number, by) {
                engine.turn_to(&step.link);
            }
        })
    };
    use_page_keys(turn.clone());
    let restore = {
        let link = step.link.clone();
        Callback::from(move |_: MouseEvent| engine.turn_to(&link))
    };
    let button = |key: &'static str, by: i32| {
        let onclick = turn.reform(move |_: MouseEvent| by);
        html! {
            <button {key} type="button" class="button" disabled={exhibit.turned(number, by).is_none()} {onclick}>
                { words.say(key) }
            </button>
        }
    };
    let steps = u64::try_from(exhibit.steps.len()).unwrap_or(u64::MAX);
    let place = [("step", number.into()), ("steps", steps.into())];
    html! {
        <nav class="steps" aria-label={words.say("exhibit.steps").to_owned()}>
            <p key="place">{ words.fill("exhibit.step", &place) }</p>
            { button("exhibit.back", -1) }
            { button("exhibit.next", 1) }
            <button key="restore" type="button" class="plain" onclick={restore}>
                { words.say("exhibit.restore") }
            </button>
        </nav>
    }
}

/// The page keys, which are also those of a presenter's remote, turn the steps wherever the focus is, but
/// for dialogs and what is written into.
#[hook]
fn use_page_keys(turn: Callback<i32>) {
    use_effect_with(turn, |turn| {
        let turn = turn.clone();
        let options = EventListenerOptions::enable_prevent_default();
        let heard = move |event: &Event| {
            let Some(pressed) = event.dyn_ref::<KeyboardEvent>() else {
                return;
            };
            let by = match pressed.key().as_str() {
                "PageDown" => 1,
                "PageUp" => -1,
                _ => return,
            };
            let target = pressed
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok());
            let elsewhere = "dialog, input[type=text], input[type=range], textarea, select";
            let inside = target.and_then(|target| target.closest(elsewhere).ok().flatten());
            if inside.is_none() && !pressed.ctrl_key() && !pressed.alt_key() {
                event.prevent_default();
                turn.emit(by);
            }
        };
        let listener = EventListener::new_with_options(&document(), "keydown", options, heard);
        move || drop(listener)
    });
}

/// The name of the exhibit in the place of the page's, if there is one.
#[component]
pub(crate) fn ExhibitIntro() -> Html {
    let words = use_words();
    use_exhibit().map_or_else(Html::default, |exhibit| {
        let minutes = [("minutes", (&exhibit.minutes).into())];
        html! {
            <div class="intro">
                <p class="kicker" key="kicker">{ words.fill("exhibit.kicker", &minutes) }</p>
                <h1 id="title" key="title" tabindex="-1">{ &exhibit.title }</h1>
            </div>
        }
    })
}
