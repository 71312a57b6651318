//! A picture with buttons over what can be acted on, and the menu of the one that was chosen.
//!
//! The pages of a volume are one stop of Tab: arrows move among them, as they stand in the picture.

use protocol::VolumeId;
use scene::{Area, Drawing, Spot, Target};
use web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent};
use yew::prelude::*;

use super::focus::{Move, focus_on, move_focus};
use super::menu::Menu;
use crate::draw::Picture;
use crate::hooks::frames::use_pace;
use crate::hooks::words::use_words;

/// Names of spots do not change faster than they can be heard.
const NAME_PACE_MS: f64 = 1_000.0;

/// What [`Board`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct BoardProps {
    pub(super) drawing: Drawing,
    /// How much larger than it was laid out for.
    pub(super) scale: f64,
    /// Whether the run plays, so that names change all the time.
    pub(super) playing: bool,
    /// How many pages of a volume stand in a row.
    #[prop_or(1)]
    pub(super) in_a_row: usize,
}

/// The picture with its buttons and its menu.
#[component]
pub(super) fn Board(props: &BoardProps) -> Html {
    let BoardProps {
        drawing,
        scale,
        playing,
        in_a_row,
    } = props;
    let open = use_state_eq(|| None::<Target>);
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
    let spots: Vec<_> = drawing
        .spots
        .iter()
        .map(|spot| scaled(spot, *scale))
        .collect();
    let tables = spots.chunk_by(|one, other| {
        let volume = volume_of_page(one.target);
        volume.is_some() && volume == volume_of_page(other.target)
    });
    let buttons = tables.map(|spots| {
        let first = &spots[0];
        if let Some(volume) = volume_of_page(first.target) {
            html! {
                <Pages
                    key={format!("pages-{volume}")}
                    {volume}
                    spots={spots.to_vec()}
                    open={*open}
                    choose={choose.clone()}
                    {playing}
                    {in_a_row}
                />
            }
        } else {
            html! {
                <SpotButton
                    key={first.target.key()}
                    spot={first.clone()}
                    open={*open == Some(first.target)}
                    choose={choose.clone()}
                    {playing}
                />
            }
        }
    });
    let picture = use_node_ref();
    let oncontextmenu = {
        let (picture, spots, choose) = (picture.clone(), spots.clone(), choose.clone());
        Callback::from(move |event: MouseEvent| {
            let Some(picture) = picture.cast::<Element>() else {
                return;
            };
            let place = picture.get_bounding_client_rect();
            let at = (
                f64::from(event.client_x()) - place.left(),
                f64::from(event.client_y()) - place.top(),
            );
            if let Some(target) = meant(&spots, at) {
                event.prevent_default();
                choose.emit(target);
            }
        })
    };
    html! {
        <div class="picture" ref={picture} {oncontextmenu}>
            <Picture key="drawing" {scale} drawing={without_spots(drawing)} />
            <div class="spots" key="spots">{ for buttons }</div>
            <div class="menus" key="menus">
                if let Some(spot) = spots.iter().find(|spot| Some(spot.target) == *open) {
                    <Menu
                        key={spot.target.key()}
                        target={spot.target}
                        beside={spot.area}
                        close={close}
                    />
                }
            </div>
        </div>
    }
}

/// What a press with the other button, or a long one, is about: what is there; beside everything, the
/// nearest zone.
fn meant(spots: &[Spot], at: (f64, f64)) -> Option<Target> {
    let away = |area: &Area| {
        let beyond = |at: f64, from: f64, length: f64| (from - at).max(at - from - length).max(0.0);
        beyond(at.0, area.x, area.width) + beyond(at.1, area.y, area.height)
    };
    if let Some(spot) = spots.iter().rev().find(|spot| away(&spot.area) <= 0.0) {
        return Some(spot.target);
    }
    let zones = spots
        .iter()
        .filter(|spot| matches!(spot.target, Target::Zone(_)));
    let nearest = zones.min_by(|one, other| away(&one.area).total_cmp(&away(&other.area)));
    nearest.map(|spot| spot.target)
}

const fn volume_of_page(target: Target) -> Option<VolumeId> {
    match target {
        Target::Page(volume, _) => Some(volume),
        Target::Writer
        | Target::Zone(_)
        | Target::Node(_)
        | Target::Volume(_)
        | Target::Primary
        | Target::Standby(_) => None,
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
struct PagesProps {
    volume: VolumeId,
    spots: Vec<Spot>,
    open: Option<Target>,
    choose: Callback<Target>,
    playing: bool,
    in_a_row: usize,
}

/// The pages of a volume, of which the one that had the focus last is the stop of Tab.
#[component]
fn Pages(props: &PagesProps) -> Html {
    let PagesProps {
        volume,
        spots,
        open,
        choose,
        playing,
        in_a_row,
    } = props;
    let words = use_words();
    let node = use_node_ref();
    let stop = use_state_eq(|| spots[0].target);
    let has_stop = spots.iter().any(|spot| spot.target == *stop);
    let onkeydown = {
        let (node, in_a_row) = (node.clone(), *in_a_row);
        Callback::from(move |event: KeyboardEvent| {
            if let Some(way) = Move::of_key_in_grid(&event.key(), in_a_row)
                && let Some(pages) = node.cast::<HtmlElement>()
            {
                event.prevent_default();
                move_focus(&pages, "button", way);
            }
        })
    };
    let onfocus = {
        let stop = stop.setter();
        Callback::from(move |target: Target| stop.set(target))
    };
    let buttons = spots.iter().enumerate().map(|(n, spot)| {
        let is_stop = if has_stop {
            spot.target == *stop
        } else {
            n == 0
        };
        html! {
            <SpotButton
                key={spot.target.key()}
                spot={spot.clone()}
                open={*open == Some(spot.target)}
                choose={choose.clone()}
                {playing}
                {is_stop}
                onfocus={onfocus.clone()}
            />
        }
    });
    html! {
        <div
            ref={node}
            role="group"
            aria-label={words.fill("volumes.grid", &[("volume", (*volume).into())])}
            {onkeydown}
        >{ for buttons }</div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct SpotProps {
    spot: Spot,
    open: bool,
    choose: Callback<Target>,
    playing: bool,
    /// Whether Tab stops there.
    #[prop_or(true)]
    is_stop: bool,
    #[prop_or_default]
    onfocus: Callback<Target>,
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
    let target = *target;
    let onclick = props.choose.reform(move |_: MouseEvent| target);
    let onfocus = props.onfocus.reform(move |_: FocusEvent| target);
    let kind = match target {
        Target::Writer => "writer",
        Target::Zone(_) => "zone",
        Target::Node(_) => "node",
        Target::Volume(_) => "volume",
        Target::Page(..) => "page-cell",
        Target::Primary | Target::Standby(_) => "server",
    };
    html! {
        <button
            ref={node}
            type="button"
            id={id(target)}
            class={classes!("spot", kind)}
            aria-label={label}
            aria-haspopup="menu"
            aria-expanded={props.open.to_string()}
            tabindex={(!props.is_stop).then_some("-1")}
            {onclick}
            {onfocus}
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
