//! The line of the run, which is also the way to any of its moments.

use protocol::SeekTo;
use scene::numbers;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::draw::Picture;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::frames::use_frame;
use crate::hooks::size::use_size;
use crate::hooks::words::use_words;

/// Places that the slider tells apart.
const PLACES: u32 = 1_000;
/// Half the thumb's width: so far the line's ends lie from the slider's edges.
const INSET: f64 = 8.0;

/// The line.
#[component]
pub(crate) fn Timeline() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let frame = use_frame();
    let node = use_node_ref();
    let size = use_size(node.clone());
    // Where the thumb is held, and whether it was let go.
    let held = use_state_eq(|| None::<(u32, bool)>);
    use_effect_with(frame.as_ref().map(|frame| (frame.event, frame.now_ns)), {
        let held = held.clone();
        move |_| {
            if let Some((_, true)) = *held {
                held.set(None);
            }
        }
    });
    let (Some(setup), Some(frame)) = (lab.setup.clone(), frame) else {
        return html! { <div class="line" ref={node} /> };
    };
    let span_ns = scene::span_ns(&setup, &frame);
    let here = place_of(frame.now_ns, span_ns);
    let value = held.map_or(here, |(place, _)| place);
    let oninput = {
        let held = held.clone();
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Ok(place) = input.value().parse::<u32>() {
                held.set(Some((place, false)));
                engine.seek(SeekTo::Time(time_of(place, span_ns)));
            }
        })
    };
    let onchange = Callback::from(move |_: Event| {
        let arrived = held.filter(|(place, _)| *place != here);
        held.set(arrived.map(|(place, _)| (place, true)));
    });
    let spoken = words.fill(
        "transport.place",
        &[
            ("now", (&numbers::seconds(frame.now_ns)).into()),
            ("span", (&numbers::seconds(span_ns)).into()),
        ],
    );
    html! {
        <div class="line" ref={node}>
            if let Some((width, _)) = size {
                <Picture
                    key="drawing"
                    drawing={scene::timeline(&words, &setup, &frame, width, INSET)}
                    hidden=true
                />
            }
            <input
                key="slider"
                type="range"
                min="0"
                max={PLACES.to_string()}
                step="1"
                value={value.to_string()}
                aria-label={words.say("transport.timeline").to_owned()}
                aria-valuetext={spoken}
                {oninput}
                {onchange}
            />
        </div>
    }
}

fn place_of(now_ns: u64, span_ns: u64) -> u32 {
    let place = u128::from(now_ns) * u128::from(PLACES) / u128::from(span_ns.max(1));
    u32::try_from(place).unwrap_or(PLACES).min(PLACES)
}

fn time_of(place: u32, span_ns: u64) -> u64 {
    let time = u128::from(span_ns) * u128::from(place) / u128::from(PLACES);
    u64::try_from(time).unwrap_or(span_ns)
}
