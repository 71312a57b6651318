//! The tape, and the buttons that turn it back and on.

use protocol::Frame;
use scene::TapeShape;
use yew::prelude::*;

use super::icon::Icon;
use crate::draw::Picture;
use crate::hooks::engine::{Engine, use_engine, use_lab};
use crate::hooks::frames::use_frame;
use crate::hooks::preferences::{use_media, use_preferences};
use crate::hooks::size::use_size;
use crate::hooks::words::use_words;

/// The tape.
#[component]
pub(crate) fn Tape() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let frame = use_frame();
    let compact = use_media("(max-height: 43.99rem) and (min-width: 48rem)");
    let roomy = use_media("(min-height: 44rem) and (min-width: 48rem)");
    let preferences = use_preferences();
    let scale = if roomy {
        preferences.picture_scale()
    } else {
        1.0
    };
    let node = use_node_ref();
    let shape = use_size(node.clone()).map(|(width, _)| TapeShape {
        width: width / scale,
        compact,
    });
    let cards = shape.map(|shape| shape.cards());
    use_effect_with((cards, engine.clone()), |(cards, engine)| {
        if let Some(cards) = *cards {
            engine.look_with(|view| view.tape_cards = cards);
        }
    });
    let turn = |older: bool| {
        let (engine, frame) = (engine.clone(), frame.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(frame) = &frame {
                turn(&engine, frame, older);
            }
        })
    };
    let at_first = frame
        .as_ref()
        .is_none_or(|frame| frame.tape.first_place <= 1);
    let follows = lab.view.tape_from.is_none();
    let at_last = frame
        .as_ref()
        .is_none_or(|frame| place_after(frame) > frame.tape.records);
    let follow = {
        let engine = engine.clone();
        Callback::from(move |_: MouseEvent| engine.look_with(|view| view.tape_from = None))
    };
    html! {
        <div class="tape">
            <button
                key="older"
                type="button"
                class="turn"
                aria-label={words.say("tape.older").to_owned()}
                aria-disabled={at_first.to_string()}
                onclick={turn(true)}
            >{ Icon::Older.show() }</button>
            <div class="band" key="band" ref={node}>
                if let (Some(setup), Some(frame), Some(shape)) = (&lab.setup, &frame, shape) {
                    <Picture key="drawing" {scale} drawing={scene::tape(&words, setup, frame, &shape)} />
                }
            </div>
            <button
                key="newer"
                type="button"
                class="turn"
                aria-label={words.say("tape.newer").to_owned()}
                aria-disabled={at_last.to_string()}
                onclick={turn(false)}
            >{ Icon::Newer.show() }</button>
            <div class="follow" key="follow">
                if !follows {
                    <button type="button" class="button" onclick={follow}>
                        { words.say("tape.follow") }
                    </button>
                }
            </div>
        </div>
    }
}

/// The place of the record behind the last card.
fn place_after(frame: &Frame) -> u64 {
    frame.tape.first_place + frame.tape.cards.len() as u64
}

/// Turns the tape by a little less than what is seen.
fn turn(engine: &Engine, frame: &Frame, older: bool) {
    let first = frame.tape.first_place;
    let far = (place_after(frame) - first).saturating_sub(1).max(1);
    let from = if older {
        first.saturating_sub(far).max(1)
    } else if place_after(frame) <= frame.tape.records {
        first + far
    } else {
        return;
    };
    engine.look_with(|view| view.tape_from = Some(from));
}
