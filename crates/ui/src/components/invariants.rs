//! What must always hold, and whether it did: the engine's checkers read along while a run goes on.

use protocol::{Invariant, SeekTo};
use scene::invariants;
use yew::prelude::*;

use crate::hooks::engine::{Engine, use_engine};
use crate::hooks::frames::use_paced_frame;
use crate::hooks::words::{SharedWords, use_words};

/// The panel: one line while it is closed, and each invariant with its reason when it is open.
/// What was violated stands at the top.
#[component]
pub(crate) fn Invariants() -> Html {
    let words = use_words();
    let engine = use_engine();
    let frame = use_paced_frame();
    let all = frame.as_ref().map_or(&[][..], |frame| &frame.invariants);
    let broken = invariants::broken(all);
    let violated = broken.clone().next().is_some();
    let whole = all.iter().filter(|invariant| invariant.broken.is_none());
    html! {
        <section
            class={classes!("invariants", violated.then_some("violated"))}
            aria-labelledby="invariants-title"
        >
            <details>
                <summary key="summary">
                    <h2 key="title" id="invariants-title">{ words.say("invariant.title") }</h2>
                    <span key="state">
                        { frame.as_ref().map(|_| invariants::summary(&words, all)) }
                    </span>
                </summary>
                <ul key="list">
                    { for broken.chain(whole).map(|invariant| item(&words, &engine, invariant)) }
                </ul>
            </details>
        </section>
    }
}

fn item(words: &SharedWords, engine: &Engine, invariant: &Invariant) -> Html {
    let name = invariant.name.as_str();
    let go = invariant.broken.as_ref().map(|broken| {
        let (engine, event) = (engine.clone(), broken.event);
        let onclick = Callback::from(move |_: MouseEvent| engine.seek(SeekTo::Event(event)));
        let go = words.fill("invariant.go", &[("event", event.into())]);
        html! { <button type="button" class="button" {onclick}>{ go }</button> }
    });
    html! {
        <li key={name} class={classes!(go.is_some().then_some("violated"))}>
            <p key="sentence" class="sentence">{ invariants::sentence(words, name) }</p>
            <p key="standing">{ invariants::standing(words, invariant) }</p>
            { go }
            <p key="reason" class="aside">{ invariants::reason(words, name) }</p>
        </li>
    }
}
