//! Why it is so: the facts of a moment, and behind each the chain of what led to it, each a way there.

use protocol::{About, Because, Fact, LabSetup, SeekTo};
use scene::{numbers, sentences};
use yew::prelude::*;

use super::focus::focus_on;
use super::transport::PLAY;
use crate::hooks::engine::{Engine, use_engine, use_lab};
use crate::hooks::words::{SharedWords, use_words};
use crate::state::Answer;

/// The id of the heading, which takes the focus with an answer.
pub(crate) const TITLE: &str = "because-title";

/// The answer to the last question, until it is put away.
#[component]
pub(crate) fn Why() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let node = use_node_ref();
    use_effect_with(
        (lab.answer.clone(), node.clone()),
        |(answer, node): &(_, NodeRef)| {
            if answer.is_some()
                && let Some(panel) = node.cast::<web_sys::Element>()
            {
                panel.scroll_into_view();
                focus_on(TITLE);
            }
        },
    );
    let (Some(answer), Some(setup)) = (lab.answer.as_deref(), lab.setup.as_deref()) else {
        return Html::default();
    };
    let Answer {
        about,
        at_ns,
        facts,
    } = answer;
    let close = {
        let engine = engine.clone();
        Callback::from(move |_: MouseEvent| {
            engine.put_answer_away();
            focus_on(PLAY);
        })
    };
    html! {
        <section class="because" ref={node} aria-labelledby={TITLE}>
            <div class="top" key="top">
                <h2 key="title" id={TITLE} tabindex="-1">{ question(&words, *about) }</h2>
                <button key="close" type="button" class="plain" onclick={close}>
                    { words.say("refused.dismiss") }
                </button>
            </div>
            <p key="when" class="aside">
                { words.fill("because.when", &[("time", (&numbers::seconds(*at_ns)).into())]) }
            </p>
            <ol key="facts">
                { for facts.iter().enumerate().map(|(n, because)| {
                    let led_to = n > 0 && follows(&facts[n - 1], because);
                    item(&words, &engine, setup, n, because, led_to)
                }) }
            </ol>
        </section>
    }
}

/// Whether a fact is the written down cause of the one before it.
fn follows(before: &Because, because: &Because) -> bool {
    let line = |because: &Because| match &because.fact {
        Fact::Happened(line) => Some((line.id, line.cause)),
        Fact::Waits(_)
        | Fact::Missing(_)
        | Fact::WaitsForPages(_)
        | Fact::AllIsWell
        | Fact::Earlier => None,
    };
    match (line(before), line(because)) {
        (Some((_, cause)), Some((id, _))) => cause == id,
        _ => false,
    }
}

fn item(
    words: &SharedWords,
    engine: &Engine,
    setup: &LabSetup,
    n: usize,
    because: &Because,
    led_to: bool,
) -> Html {
    let depth = match because.depth {
        0 => "fact",
        1 => "reason",
        _ => "reason deeper",
    };
    let (moment, told) = match &because.fact {
        Fact::Happened(line) => {
            let (engine, event) = (engine.clone(), line.event);
            let onclick = Callback::from(move |_: MouseEvent| engine.seek(SeekTo::Event(event)));
            let time = numbers::seconds(line.at_ns);
            let go = words.fill("events.go", &[("time", (&time).into())]);
            let button = html! {
                <button key="time" type="button" class="time" title={go} {onclick}>{ time }</button>
            };
            (Some(button), sentences::told(words, setup, line))
        }
        Fact::Waits(wait) => (None, sentences::waits(words, wait)),
        Fact::Missing(missing) => (None, sentences::missing(words, missing)),
        Fact::WaitsForPages(wait) => (None, sentences::waits_for_pages(words, wait)),
        Fact::AllIsWell => (None, words.say("because.well").to_owned()),
        Fact::Earlier => (None, words.say("because.earlier").to_owned()),
    };
    html! {
        <li key={n} class={depth}>
            { moment }
            <span key="told">
                if led_to {
                    <b>{ words.say("because.since") }</b>{ " " }
                }
                { told }
            </span>
        </li>
    }
}

fn question(words: &SharedWords, about: About) -> String {
    match about {
        About::Waiting => words.say("because.waiting").to_owned(),
        About::Writer => words.say("because.writer").to_owned(),
        About::Node(node) => words.fill("because.node", &[("name", node.into())]),
        About::Zone(az) => words.fill("because.zone", &[("name", az.into())]),
        About::Line(_) => words.say("because.line").to_owned(),
    }
}
