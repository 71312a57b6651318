//! The menu of the writer, a node, a zone, a volume or a page: what can be done to it.

mod servers;

use protocol::{
    About, Az, Frame, Node, NodeState, NodeView, Verb, VolumeId, VolumeState, Wish, WriterState,
};
use scene::{Area, Target, sentences};
use web_sys::{HtmlElement, KeyboardEvent, MouseEvent};
use yew::prelude::*;

use super::focus::{Move, focus_on, move_focus};
use super::volumes;
use crate::hooks::engine::use_engine;
use crate::hooks::frames::use_frame;
use crate::hooks::words::{SharedWords, use_words};

/// How much slower a node is made.
const SLOW_MS: u32 = 20;
/// The lines of the menu.
const ITEMS: &str = "[role=menuitem]";

/// What [`Menu`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct MenuProps {
    pub(crate) target: Target,
    /// Where the thing stands whose menu it is.
    pub(crate) beside: Area,
    /// Closes the menu; with a target, the focus goes back to it.
    pub(crate) close: Callback<Option<Target>>,
}

/// The menu. Arrows move, Escape closes.
#[component]
pub(crate) fn Menu(props: &MenuProps) -> Html {
    let words = use_words();
    let engine = use_engine();
    let frame = use_frame();
    let node = use_node_ref();
    let MenuProps {
        target,
        beside,
        close,
    } = props.clone();
    use_effect_with(node.clone(), move |node| {
        if let Some(menu) = node.cast::<HtmlElement>() {
            stand(&menu, &beside);
            move_focus(&menu, ITEMS, Move::First);
        }
    });
    let items = frame.map_or_else(Vec::new, |frame| items(&words, &frame, target));
    let onkeydown = {
        let (node, close) = (node.clone(), close.clone());
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            let key = event.key();
            if let Some(way) = Move::of_key(&key)
                && let Some(menu) = node.cast::<HtmlElement>()
            {
                event.prevent_default();
                move_focus(&menu, ITEMS, way);
            } else if key == "Escape" {
                event.prevent_default();
                close.emit(Some(target));
            } else if key == "Tab" {
                close.emit(Some(target));
            }
        })
    };
    let name = match target {
        Target::Writer => words.say("menu.writer").to_owned(),
        Target::Node(node) => words.fill("menu.node", &[("name", node.into())]),
        Target::Zone(az) => words.fill("menu.zone", &[("name", az.into())]),
        Target::Volume(volume) => words.fill("menu.volume", &[("name", volume.into())]),
        Target::Page(volume, page) => words.fill(
            "menu.page",
            &[("name", volume.into()), ("page", page.into())],
        ),
        Target::Primary => words.say("menu.primary").to_owned(),
        Target::Standby(standby) => words.fill("menu.standby", &[("name", standby.into())]),
    };
    let dismiss = {
        let close = close.clone();
        Callback::from(move |_: MouseEvent| close.emit(Some(target)))
    };
    let buttons = items.into_iter().map(|item| {
        let verb = item.does.as_ref().ok().copied();
        let reason = item.does.err();
        let onclick = {
            let (engine, close) = (engine.clone(), close.clone());
            Callback::from(move |_: MouseEvent| {
                if let Some(verb) = verb {
                    engine.act(verb);
                    close.emit(Some(target));
                    if let Verb::DeleteVolume(_) = verb {
                        focus_on(volumes::TITLE);
                    }
                }
            })
        };
        html! {
            <button
                key={item.label.clone()}
                type="button"
                role="menuitem"
                tabindex="-1"
                aria-disabled={reason.is_some().then_some("true")}
                {onclick}
            >
                { item.label }
                if let Some(reason) = reason {
                    <small>{ reason }</small>
                }
            </button>
        }
    });
    let ask = about(target).map(|about| {
        let (engine, close) = (engine.clone(), close.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            close.emit(None);
            engine.why(about);
        });
        html! {
            <button key="why" type="button" role="menuitem" tabindex="-1" {onclick}>
                { words.say("menu.why") }
            </button>
        }
    });
    html! {
        <>
            <div key="behind" class="behind" onclick={dismiss} />
            <div key="menu" class="menu" role="menu" aria-label={name} ref={node} {onkeydown}>
                { for buttons }
                { ask }
            </div>
        </>
    }
}

/// What "why?" asks about a thing.
const fn about(target: Target) -> Option<About> {
    match target {
        Target::Writer => Some(About::Writer),
        Target::Node(node) => Some(About::Node(node)),
        Target::Zone(az) => Some(About::Zone(az)),
        Target::Volume(_) | Target::Page(..) | Target::Primary | Target::Standby(_) => None,
    }
}

/// A line of the menu: what it does, or why it cannot.
struct Item {
    label: String,
    does: Result<Verb, String>,
}

impl Item {
    fn can(words: &SharedWords, verb: Verb) -> Self {
        Self {
            label: sentences::verb(words, verb),
            does: Ok(verb),
        }
    }

    /// What may be asked of the members.
    fn wish(words: &SharedWords, wish: Wish) -> Self {
        let why_not = wish.why_not.map(|why| {
            let why = sentences::obstacle(words, why);
            words.fill("menu.not-now", &[("why", why.into())])
        });
        Self {
            does: why_not.map_or(Ok(wish.verb), Err),
            ..Self::can(words, wish.verb)
        }
    }
}

fn items(words: &SharedWords, frame: &Frame, target: Target) -> Vec<Item> {
    let can = |verb| Item::can(words, verb);
    match target {
        Target::Writer => items_of_writer(words, frame),
        Target::Primary => servers::items_of_primary(words, frame),
        Target::Standby(standby) => servers::items_of_standby(words, frame, standby),
        Target::Volume(volume) => {
            let state = state_of(frame, volume);
            vec![
                Item {
                    label: sentences::verb(words, Verb::Clone(volume)),
                    does: reasoned(words, cloning(frame, volume, state == VolumeState::Open)),
                },
                can(Verb::DeleteVolume(volume)),
            ]
        }
        Target::Page(volume, page) => {
            let verb = Verb::Write { volume, page };
            let args = [("volume", volume.into()), ("page", page.into())];
            vec![Item {
                label: if frame.pages_in_block > 1 {
                    words.fill("menu.write-first", &args)
                } else {
                    sentences::verb(words, verb)
                },
                does: Ok(verb),
            }]
        }
        Target::Zone(az) => {
            let Some(zone) = frame.zones.iter().find(|zone| zone.az == az) else {
                return Vec::new();
            };
            vec![can(power(frame, az)), Item::wish(words, zone.wish)]
        }
        Target::Node(node) => items_of_node(words, frame, node),
    }
}

/// A zone loses its power, or gets it back.
fn power(frame: &Frame, az: Az) -> Verb {
    let mut zones = frame.zones.iter();
    if zones.any(|zone| zone.az == az && zone.down_since_ns.is_some()) {
        Verb::AzUp(az)
    } else {
        Verb::AzDown(az)
    }
}

fn items_of_node(words: &SharedWords, frame: &Frame, node: Node) -> Vec<Item> {
    let zones = frame.zones.iter();
    let mut machines = zones.flat_map(|zone| zone.nodes.iter().chain([&zone.beside]));
    let Some(view) = machines.find(|view| view.node == node) else {
        return Vec::new();
    };
    let up_or_down = match view.state {
        NodeState::Up => Item::can(words, Verb::NodeDown(node)),
        NodeState::Down {
            with_zone: false, ..
        } => Item::can(words, Verb::NodeUp(node)),
        NodeState::Down {
            with_zone: true, ..
        } => Item {
            label: sentences::verb(words, Verb::NodeUp(node)),
            does: Err(words.say("menu.with-zone").to_owned()),
        },
    };
    let ms = if view.slow_ms > 0 { 0 } else { SLOW_MS };
    let count = u32::from(view.drops_left == 0);
    let members = frame.members.machines.iter();
    let wishes = members.filter(|machine| machine.node == node);
    [
        up_or_down,
        Item::can(words, Verb::Slow { node, ms }),
        Item::can(words, Verb::Drop { node, count }),
        damage(words, view),
    ]
    .into_iter()
    .chain(wishes.map(|machine| Item::wish(words, machine.wish)))
    .collect()
}

/// To damage the first page with a version.
fn damage(words: &SharedWords, view: &NodeView) -> Item {
    let node = view.node;
    match view.segment.first_page {
        Some(page) => Item::can(words, Verb::CorruptPage { node, page }),
        None => Item {
            label: words.fill("menu.damage", &[("node", node.into())]),
            does: Err(words.say("menu.no-version").to_owned()),
        },
    }
}

/// What a volume is doing; the only one is not listed.
fn state_of(frame: &Frame, volume: VolumeId) -> VolumeState {
    let view = frame.volumes.get(volume.index());
    view.map_or(VolumeState::Open, |view| view.state)
}

/// Whether a volume can be cloned, and why not.
fn cloning(frame: &Frame, volume: VolumeId, is_open: bool) -> Result<Verb, &'static str> {
    if frame.volumes.len() >= usize::from(VolumeId::LIMIT) {
        Err("menu.no-room")
    } else if is_open {
        Ok(Verb::Clone(volume))
    } else {
        Err("menu.not-open")
    }
}

/// What can be done, or why it cannot, in words.
fn reasoned(words: &SharedWords, does: Result<Verb, &'static str>) -> Result<Verb, String> {
    does.map_err(|key| words.say(key).to_owned())
}

/// What can be done to the writer: a new one can be started at any time, which is what makes an older
/// one a danger.
fn items_of_writer(words: &SharedWords, frame: &Frame) -> Vec<Item> {
    let writer = &frame.writer;
    let given_up = state_of(frame, VolumeId::FIRST) == VolumeState::Deleted;
    let there = !matches!(writer.state, WriterState::Down { .. });
    let unless_given_up =
        |does| reasoned(words, if given_up { Err("menu.given-up") } else { does });
    let to_it = |verb| Item {
        label: sentences::verb(words, verb),
        does: unless_given_up(if there {
            Ok(verb)
        } else {
            Err("menu.no-writer")
        }),
    };
    let cut_off = matches!(writer.state, WriterState::CutOff { .. });
    let reach = if cut_off { Verb::Heal } else { Verb::Partition };
    let is_open = writer.state == WriterState::Open;
    let mut items = vec![
        to_it(Verb::CrashWriter),
        to_it(reach),
        Item {
            label: sentences::verb(words, Verb::Recover),
            does: unless_given_up(Ok(Verb::Recover)),
        },
        Item {
            label: words.say("menu.clone").to_owned(),
            does: unless_given_up(cloning(frame, VolumeId::FIRST, is_open)),
        },
        to_it(Verb::Grow),
    ];
    if writer.older_cut_off && !cut_off {
        items.push(Item {
            label: words.say("menu.heal-older").to_owned(),
            does: Ok(Verb::Heal),
        });
    }
    items
}

/// Puts the menu beside its thing, and inside the stage.
fn stand(menu: &HtmlElement, beside: &Area) {
    const GAP: f64 = 4.0;
    let Some(stage) = menu.offset_parent() else {
        return;
    };
    let inside = |wanted: f64, size: i32, room: i32| {
        wanted.clamp(GAP, (f64::from(room - size) - GAP).max(GAP))
    };
    let below = beside.y.midpoint(beside.bottom()) + 12.0;
    let left = inside(beside.x + GAP, menu.offset_width(), stage.client_width());
    let top = inside(below, menu.offset_height(), stage.client_height());
    let style = menu.style();
    for (property, length) in [("left", left), ("top", top)] {
        style
            .set_property(property, &format!("{}px", plot::short(length)))
            .expect("a length is a value of these properties");
    }
}
