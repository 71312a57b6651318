//! The stage.

use scene::{Motion, StageShape};
use yew::prelude::*;

use super::board::Board;
use crate::hooks::engine::use_lab;
use crate::hooks::frames::use_frame;
use crate::hooks::preferences::use_preferences;
use crate::hooks::size::use_size;
use crate::hooks::words::use_words;
use crate::state::Link;

/// What a stage that is drawn larger still needs, as it is laid out.
const ROOM: (f64, f64) = (700.0, 300.0);

/// The stage: the writer, its nodes and its zones.
#[component]
pub(crate) fn Stage() -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_frame();
    let preferences = use_preferences();
    let node = use_node_ref();
    let size = use_size(node.clone());
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
            class="stage"
            ref={node}
            id="stage"
            tabindex="0"
            role="group"
            aria-label={words.say("stage.name").to_owned()}
        >
            if let Some(drawing) = drawing {
                <Board key="picture" {scale} {drawing} playing={lab.playing} />
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
