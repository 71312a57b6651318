//! The line of the run, which is also the way to any of its moments.
//!
//! It spans what was played so far, with room to go on. Its end is written beside it, and stands
//! still while the thumb is held.

use protocol::SeekTo;
use scene::numbers;
use web_sys::{HtmlInputElement, KeyboardEvent};
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
/// Of the line, what an arrow key goes: one part in so many.
const ARROW: u64 = 50;
/// The same for page up and page down.
const PAGE: u64 = 10;

/// Where the thumb is held, or was let go before a frame showed the place.
#[derive(Clone, Copy, PartialEq)]
struct Held {
    at_ns: u64,
    span_ns: u64,
    let_go: bool,
}

/// The line.
#[component]
pub(crate) fn Timeline() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let frame = use_frame();
    let node = use_node_ref();
    let size = use_size(node.clone());
    let held = use_state_eq(|| None::<Held>);
    use_effect_with(frame.as_ref().map(|frame| (frame.event, frame.now_ns)), {
        let held = held.clone();
        move |_| {
            if held.is_some_and(|held| held.let_go) {
                held.set(None);
            }
        }
    });
    let (Some(setup), Some(frame)) = (lab.setup.clone(), frame) else {
        return html! { <div class="line"><div class="track" key="track" ref={node} /></div> };
    };
    let span_ns = held.map_or_else(|| scene::span_ns(&setup, &frame), |held| held.span_ns);
    let now_ns = held.map_or(frame.now_ns, |held| held.at_ns);
    let explored_ns = frame.timeline.explored_ns;
    let oninput = {
        let (held, engine) = (held.clone(), engine.clone());
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Ok(place) = input.value().parse::<u32>() {
                let at_ns = time_of(place, span_ns);
                held.set(Some(Held {
                    at_ns,
                    span_ns,
                    let_go: false,
                }));
                engine.seek(SeekTo::Time(at_ns));
            }
        })
    };
    let onchange = {
        let shown_ns = frame.now_ns;
        Callback::from(move |_: Event| {
            let away = held.filter(|held| held.at_ns != shown_ns);
            held.set(away.map(|held| Held {
                let_go: true,
                ..held
            }));
        })
    };
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let Some(at_ns) = place_by_key(&event.key(), now_ns, span_ns, explored_ns) else {
            return;
        };
        event.prevent_default();
        engine.seek(if at_ns == 0 {
            SeekTo::Event(0)
        } else {
            SeekTo::Time(at_ns)
        });
    });
    let spoken = words.fill(
        "transport.place",
        &[
            ("now", (&numbers::seconds(now_ns)).into()),
            ("span", (&numbers::seconds(explored_ns)).into()),
        ],
    );
    let end = numbers::span(span_ns);
    let marks = scene::marks(&words, &frame).join("; ");
    let done =
        (!marks.is_empty()).then(|| words.fill("timeline.done", &[("marks", (&marks).into())]));
    let keys = words.say("transport.timeline.keys");
    let title = done.map_or_else(|| keys.to_owned(), |done| format!("{keys} {done}"));
    html! {
        <div class="line">
            <div class="track" key="track" ref={node}>
                if let Some((width, _)) = size {
                    <Picture
                        key="drawing"
                        drawing={scene::timeline(&words, &frame, span_ns, width, INSET)}
                        hidden=true
                    />
                }
                <input
                    key="slider"
                    type="range"
                    min="0"
                    max={PLACES.to_string()}
                    step="1"
                    value={place_of(now_ns, span_ns).to_string()}
                    {title}
                    aria-label={words.say("transport.timeline").to_owned()}
                    aria-valuetext={spoken}
                    {oninput}
                    {onchange}
                    {onkeydown}
                />
            </div>
            // A new key with a new end: it comes in anew, so that the change is seen.
            <span
                key={end.clone()}
                class="until"
                title={words.say("transport.until").to_owned()}
                aria-hidden="true"
            >{ end }</span>
        </div>
    }
}

/// Where a key leads: a fixed share of the line on or back, to the start, to the newest place.
fn place_by_key(key: &str, now_ns: u64, span_ns: u64, explored_ns: u64) -> Option<u64> {
    let part = |parts: u64| (span_ns / parts).max(1);
    Some(match key {
        "ArrowRight" | "ArrowUp" => now_ns.saturating_add(part(ARROW)).min(span_ns),
        "ArrowLeft" | "ArrowDown" => now_ns.saturating_sub(part(ARROW)),
        "PageUp" => now_ns.saturating_add(part(PAGE)).min(span_ns),
        "PageDown" => now_ns.saturating_sub(part(PAGE)),
        "Home" => 0,
        "End" => explored_ns,
        _ => return None,
    })
}

fn place_of(now_ns: u64, span_ns: u64) -> u32 {
    let place = u128::from(now_ns) * u128::from(PLACES) / u128::from(span_ns.max(1));
    u32::try_from(place).unwrap_or(PLACES).min(PLACES)
}

fn time_of(place: u32, span_ns: u64) -> u64 {
    let time = u128::from(span_ns) * u128::from(place) / u128::from(PLACES);
    u64::try_from(time).unwrap_or(span_ns)
}
