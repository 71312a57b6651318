//! The stage, and the buttons that lie over the writer, its nodes and its zones.

use scene::{Area, Drawing, Motion, Spot, StageShape, Target};
use web_sys::{HtmlElement, MouseEvent};
use yew::prelude::*;

use super::focus::focus_on;
use super::menu::Menu;
use crate::draw::Picture;
use crate::hooks::engine::use_lab;
use crate::hooks::frames::{use_frame, use_pace};
use crate::hooks::preferences::use_preferences;
use crate::hooks::size::use_size;
use crate::hooks::words::use_words;
use crate::state::Link;

/// Names of spots do not change faster than they can be heard.
const NAME_PACE_MS: f64 = 1_000.0;
/// What a stage that is drawn larger still needs, as it is laid out.
const ROOM: (f64, f64) = (700.0, 300.0);

/// The stage.
#[component]
pub(crate) fn Stage() -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_frame();
    let preferences = use_preferences();
    let node = use_node_ref();
    let size = use_size(node.clone());
    let open = use_state_eq(|| None::<Target>);
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
    let close = use_callback((), {
        let open = open.setter();
        move |back_to: Option<Target>, ()| {
            open.set(None);
            if let Some(target) = back_to {
                focus_on(&id(target));
            }
        }
    });
    let choose = use_callback((), {
        let open = open.setter();
        move |target: Target, ()| open.set(Some(target))
    });
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
                <div class="picture" key="picture">
                    <Picture key="drawing" {scale} drawing={without_spots(&drawing)} />
                    <div class="spots" key="spots">
                        { for drawing.spots.iter().map(|spot| html! {
                            <SpotButton
                                key={spot.target.key()}
                                spot={scaled(spot, scale)}
                                open={*open == Some(spot.target)}
                                choose={choose.clone()}
                                playing={lab.playing}
                            />
                        }) }
                    </div>
                    <div class="menus" key="menus">
                        if let Some(spot) = drawing.spots.iter().find(|spot| Some(spot.target) == *open) {
                            <Menu
                                key={spot.target.key()}
                                target={spot.target}
                                beside={scaled(spot, scale).area}
                                close={close}
                            />
                        }
                    </div>
                </div>
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

fn without_spots(drawing: &Drawing) -> Drawing {
    Drawing {
        spots: Vec::new(),
        ..drawing.clone()
    }
}

/// The spot on a picture that is drawn larger than it was laid out for.
fn scaled(spot: &Spot, scale: f64) -> Spot {
    let Area {
        x,
        y,
        width,
        height,
    } = spot.area;
    Spot {
        area: Area::new(x * scale, y * scale, width * scale, height * scale),
        ..spot.clone()
    }
}

fn id(target: Target) -> String {
    format!("spot-{}", target.key())
}

#[derive(Clone, PartialEq, Properties)]
struct SpotProps {
    spot: Spot,
    open: bool,
    choose: Callback<Target>,
    playing: bool,
}

/// A button over something that can be acted on.
#[component]
fn SpotButton(props: &SpotProps) -> Html {
    let Spot {
        target,
        area,
        label,
    } = &props.spot;
    let node = use_node_ref();
    let label = use_pace(label.clone(), NAME_PACE_MS, !props.playing);
    use_effect_with((node.clone(), *area), |(node, area)| place(node, area));
    let onclick = {
        let (choose, target) = (props.choose.clone(), *target);
        Callback::from(move |_: MouseEvent| choose.emit(target))
    };
    let kind = match target {
        Target::Writer => "writer",
        Target::Zone(_) => "zone",
        Target::Node(_) => "node",
    };
    html! {
        <button
            ref={node}
            type="button"
            id={id(*target)}
            class={classes!("spot", kind)}
            aria-label={label}
            aria-haspopup="menu"
            aria-expanded={props.open.to_string()}
            {onclick}
        />
    }
}

/// Puts an element over an area of the picture.
fn place(node: &NodeRef, area: &Area) {
    let Some(element) = node.cast::<HtmlElement>() else {
        return;
    };
    let style = element.style();
    for (property, length) in [
        ("left", area.x),
        ("top", area.y),
        ("width", area.width),
        ("height", area.height),
    ] {
        style
            .set_property(property, &format!("{}px", plot::short(length)))
            .expect("a length is a value of these properties");
    }
}
