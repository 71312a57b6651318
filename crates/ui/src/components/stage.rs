//! The stage.

use scene::{Motion, StageShape};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use super::board::Board;
use crate::hooks::engine::{LabHandle, use_lab};
use crate::hooks::frames::use_frame;
use crate::hooks::pan::use_pan;
use crate::hooks::preferences::use_preferences;
use crate::hooks::size::use_size;
use crate::hooks::words::use_words;
use crate::state::{LabAction, Link};

/// What a stage that is drawn larger still needs, as it is laid out.
const ROOM: (f64, f64) = (700.0, 300.0);

/// How far an arrow moves a stage that is drawn larger than it fits, in pixels.
const PAN: i32 = 60;

/// Draws the stage a step larger or smaller, if there is one.
pub(crate) fn resize(lab: &LabHandle, larger: bool) {
    let next = if larger {
        lab.zoom.larger()
    } else {
        lab.zoom.smaller()
    };
    if let Some(zoom) = next {
        lab.dispatch(LabAction::Zoom(zoom));
    }
}

/// Keeps what is in the middle there, in whatever size it is drawn.
#[hook]
fn use_centre(node: NodeRef, zoom: f64) {
    let before = use_mut_ref(|| zoom);
    use_effect_with((node, zoom.to_bits()), move |(node, _)| {
        let factor = zoom / before.replace(zoom);
        let Some(stage) = node.cast::<Element>() else {
            return;
        };
        let moved = |scroll: i32, room: i32| {
            let half = f64::from(room) / 2.0;
            plot::whole(((f64::from(scroll) + half) * factor - half).max(0.0))
        };
        let left = moved(stage.scroll_left(), stage.client_width());
        let top = moved(stage.scroll_top(), stage.client_height());
        stage.set_scroll_left(i32::try_from(left).unwrap_or(0));
        stage.set_scroll_top(i32::try_from(top).unwrap_or(0));
    });
}

/// The stage: the writer, its nodes and its zones.
#[component]
pub(crate) fn Stage() -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_frame();
    let preferences = use_preferences();
    let node = use_node_ref();
    let size = use_size(node.clone());
    let zoom = lab.zoom.factor();
    use_centre(node.clone(), zoom);
    let pinched = use_callback(lab.clone(), |larger: bool, lab| resize(lab, larger));
    use_pan(node.clone(), zoom > 1.0, pinched);
    let onkeydown = {
        let node = node.clone();
        Callback::from(move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowLeft" => (-PAN, 0),
                "ArrowRight" => (PAN, 0),
                "ArrowUp" => (0, -PAN),
                "ArrowDown" => (0, PAN),
                _ => return,
            };
            let stage = node.cast::<Element>().filter(|_| zoom > 1.0);
            // A spot has uses of its own for arrows.
            let own = event
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok());
            if let Some(stage) = stage.filter(|stage| own.as_ref() == Some(stage)) {
                event.prevent_default();
                stage.set_scroll_left(stage.scroll_left() + by.0);
                stage.set_scroll_top(stage.scroll_top() + by.1);
            }
        })
    };
    let scale = size.map_or(1.0, |(width, height)| {
        let room = (width / ROOM.0).min(height / ROOM.1).max(1.0);
        preferences.picture_scale().min(room)
    });
    let drawing = match (&lab.setup, &frame, size) {
        (Some(setup), Some(frame), Some((width, height))) => {
            let shape = StageShape::fit(setup, width / scale, height / scale);
            let fast = lab.playing && (!lab.speed.shows_flights() || frame.flights_left_out > 0);
            let motion = if preferences.less_motion {
                Motion::Still
            } else if fast {
                Motion::Flow
            } else {
                Motion::Flights
            };
            Some(scene::stage(&words, setup, frame, &shape, motion))
        }
        (None, ..) | (_, None, _) | (.., None) => None,
    };
    html! {
        <div
            class={classes!("stage", (zoom > 1.0).then_some("larger"))}
            ref={node}
            id="stage"
            tabindex="0"
            role="group"
            aria-label={words.say("stage.name").to_owned()}
            {onkeydown}
        >
            if let Some(drawing) = drawing {
                <Board key="picture" scale={scale * zoom} {drawing} playing={lab.playing} />
            } else {
                <p class="waiting" key="waiting">
                    { words.say(match (&lab.link, &lab.refused) {
                        (Link::Failed(_), _) => "stage.no-engine",
                        (Link::Ready, Some(_)) => "stage.no-run",
                        (Link::Starting | Link::Ready, _) => "stage.starting",
                    }) }
                </p>
            }
        </div>
    }
}
