//! Another run at the same time: its stage, what differs, and where both part.

use gloo::utils::window;
use protocol::{Against, Parting, SeekTo};
use scene::{Motion, StageShape, compare};
use web_sys::Element;
use yew::prelude::*;

use crate::draw::Picture;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::frames::{use_frame, use_paced_frame};
use crate::hooks::preferences::use_preferences;
use crate::hooks::size::use_size;
use crate::hooks::words::use_words;

/// A narrower stage has no fixed height.
const NARROW: f64 = 560.0;

/// The other run, while there is one.
#[component]
pub(super) fn OtherRun() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let frame = use_paced_frame();
    let node = use_node_ref();
    let against = frame.as_ref().and_then(|frame| frame.compared.as_ref());
    let against = against.map(|compared| compared.against.clone());
    use_effect_with((node.clone(), against), |(node, against)| {
        let section = node.cast::<Element>().filter(|_| against.is_some());
        if let Some(section) = section.filter(is_out_of_view) {
            section.scroll_into_view();
        }
    });
    let (Some(setup), Some(frame)) = (lab.setup.as_deref(), frame) else {
        return Html::default();
    };
    let Some(compared) = &frame.compared else {
        return Html::default();
    };
    let name = compare::other(&words, &compared.against, &frame.branches);
    let go = match compared.parting {
        Parting::At { event, .. } => Some(event),
        Parting::Sought | Parting::Nowhere => None,
    };
    let go = go.map(|event| {
        let engine = engine.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            engine.seek(SeekTo::Event(event.saturating_sub(1)));
        });
        html! {
            <button type="button" class="button" {onclick}>{ words.say("other.go") }</button>
        }
    });
    let stop = Callback::from(move |_: MouseEvent| engine.compare(None));
    html! {
        <section class="other" ref={node} aria-labelledby="other-title">
            <div key="top" class="top">
                <h2 key="title" id="other-title">
                    { words.fill("other.title", &[("name", (&name).into())]) }
                </h2>
                <button key="stop" type="button" class="plain" onclick={stop}>
                    { words.say("other.stop") }
                </button>
            </div>
            if setup.engine.has_quorum() {
                <OtherStage key="stage" />
            }
            <div key="told" class="told">
                { for compare::parting(&words, setup, &compared.parting).into_iter().map(|line| html! {
                    <p key={line.clone()}>{ line }</p>
                }) }
                { go }
                if compared.differences.is_empty() {
                    <p key="equal"><strong>{ words.say("other.equal") }</strong></p>
                } else {
                    <table key="differences">
                        <caption class="unseen">{ words.say("other.table") }</caption>
                        <thead><tr>
                            <th scope="col">{ words.say("other.what") }</th>
                            <th scope="col">{ words.say("other.this") }</th>
                            <th scope="col">{ words.say("other.that") }</th>
                        </tr></thead>
                        <tbody>
                            { for compared.differences.iter().map(|difference| {
                                let [what, here, there] = compare::row(&words, difference);
                                html! {
                                    <tr key={what.clone()}>
                                        <th scope="row">{ what }</th><td>{ here }</td><td>{ there }</td>
                                    </tr>
                                }
                            }) }
                        </tbody>
                    </table>
                }
            </div>
        </section>
    }
}

/// None of it is on the screen.
fn is_out_of_view(section: &Element) -> bool {
    let area = section.get_bounding_client_rect();
    let height = window()
        .inner_height()
        .ok()
        .and_then(|height| height.as_f64());
    area.bottom() < 0.0 || height.is_some_and(|height| height < area.top())
}

/// The other run's stage: to be looked at, not to be acted on.
#[component]
fn OtherStage() -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_frame();
    let preferences = use_preferences();
    let node = use_node_ref();
    let size = use_size(node.clone());
    let compared = frame.as_ref().and_then(|frame| frame.compared.as_ref());
    let drawing = match (&lab.setup, compared, size) {
        (Some(setup), Some(compared), Some((width, height))) => {
            // Where it stands alone in its row it is as high as it needs to be.
            let height = if width < NARROW { 0.0 } else { height };
            let shape = StageShape::fit(setup, width, height);
            let motion = if preferences.less_motion {
                Motion::Still
            } else if lab.playing && !lab.speed.shows_flights() {
                Motion::Flow
            } else {
                Motion::Flights
            };
            Some(scene::stage(&words, setup, &compared.frame, &shape, motion))
        }
        (None, ..) | (_, None, _) | (.., None) => None,
    };
    html! {
        <div class="stage" ref={node} role="img" aria-label={words.say("other.stage").to_owned()}>
            if let Some(drawing) = drawing {
                <Picture key="picture" {drawing} hidden=true />
            }
        </div>
    }
}

/// Puts the same run with another seed beside this one.
#[component]
pub(super) fn CompareSeed() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let Some(setup) = &lab.setup else {
        return Html::default();
    };
    let seed = protocol::unhex(&setup.seed).unwrap_or_default();
    let other = protocol::hex(seed.wrapping_add(1));
    let onclick = Callback::from(move |_: MouseEvent| {
        engine.compare(Some(Against::Seed(other.clone())));
    });
    html! {
        <button type="button" class="button" {onclick}>{ words.say("other.compare-seed") }</button>
    }
}
