//! The page's address: it has the link to what is shown, and a link that comes into it is opened.
//!
//! Going through a run replaces the link, so that the browser's way back leads out of it.

use std::cell::RefCell;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use protocol::SeekTo;
use protocol::link::{Link, is_link};
use wasm_bindgen::JsValue;
use yew::prelude::*;

use super::engine::{use_engine, use_lab};
use super::frames::use_paced_frame;
use super::route::Route;
use crate::state::Lab;

thread_local! {
    /// The fragment that the page knows of. Another one came from outside: its event is on the way, and
    /// nothing is written over it.
    static KNOWN: RefCell<String> = RefCell::new(fragment_now());
}

/// What the history says of a link that the page wrote itself.
const OWN: &str = "own";
/// How long a place is shown before the address says it.
const SETTLED_MS: u32 = 400;

/// A link in the address.
pub(super) struct Found {
    pub(super) text: String,
    /// The page wrote it itself.
    pub(super) own: bool,
}

/// The link in the address, if there is one.
pub(super) fn link_in_address() -> Option<Found> {
    let text = Some(fragment_now()).filter(|text| is_link(text))?;
    let state = window().history().and_then(|history| history.state()).ok();
    let own = state.and_then(|state| state.as_string()).as_deref() == Some(OWN);
    Some(Found { text, own })
}

/// Puts a step into the browser's history, so that its way back leads here and not out of the page.
/// What the address says now is shown, wherever it came from: whoever comes back opens it no second time.
/// False where there is no history.
pub(crate) fn push_step() -> bool {
    window().history().is_ok_and(|history| {
        let own = JsValue::from_str(OWN);
        history.replace_state_with_url(&own, "", None).is_ok()
            && history.push_state_with_url(&own, "", None).is_ok()
    })
}

/// Puts a link into the address as a step of its own, which the browser's way back leads to.
pub(super) fn push_link(link: &str) {
    let Ok(history) = window().history() else {
        return;
    };
    let own = JsValue::from_str(OWN);
    let same = fragment_now() == link;
    // A page without a history keeps its address.
    if !same
        && history
            .push_state_with_url(&own, "", Some(&with_fragment(link)))
            .is_ok()
    {
        KNOWN.set(fragment_now());
    }
}

/// The address of this page with another fragment.
pub(crate) fn with_fragment(fragment: &str) -> String {
    let href = window().location().href().unwrap_or_default();
    let page = href.split('#').next().unwrap_or_default();
    format!("{page}#{fragment}")
}

/// Keeps the address, and opens links that come into it.
#[hook]
pub(crate) fn use_address(route: Route) {
    let engine = use_engine();
    let lab = use_lab();
    let frame = use_paced_frame();
    let at_rest = route == Route::Lab && !lab.playing && lab.work.is_none();
    let shown = frame.map(|frame| (frame.cursor, frame.timeline.marks.len(), frame.group));
    use_effect_with((at_rest, shown, lab.run.clone()), {
        let engine = engine.clone();
        move |(at_rest, shown, _)| {
            let (engine, is_shown) = (engine, shown.is_some());
            let write = move || match engine.link() {
                Some(link) if KNOWN.with_borrow(|known| *known == fragment_now()) => write(&link),
                Some(_) | None => {}
            };
            let timeout = (*at_rest && is_shown).then(|| Timeout::new(SETTLED_MS, write));
            move || drop(timeout)
        }
    });
    use_effect_with((), move |()| {
        let listener = EventListener::new(&window(), "hashchange", move |_| {
            match (link_in_address(), engine.link()) {
                // An older place of this run, which a way back in the browser's history uncovered: what is
                // shown stays, and the address says it again.
                (Some(Found { own: true, text }), Some(link)) if step_of(&text) == link.step => {
                    write(&link);
                }
                (Some(Found { text, own }), _) => engine.open_link(&text, own),
                (None, _) => {}
            }
            KNOWN.set(fragment_now());
        });
        move || drop(listener)
    });
}

/// The step of an exhibit that a link leads to.
fn step_of(link: &str) -> u32 {
    Link::read(link).map_or(0, |reading| reading.link.step)
}

/// What the address says after its `#`.
fn fragment_now() -> String {
    let hash = window().location().hash().unwrap_or_default();
    hash.trim_start_matches('#').to_owned()
}

/// Puts the link into the address, but for the first run at its start, which needs none.
fn write(link: &Link) {
    let Ok(history) = window().history() else {
        return;
    };
    let first = Lab::default().run;
    let is_first = link.origin == first.origin(None)
        && link.changes.is_empty()
        && link.seed.is_none()
        && link.edits.is_empty()
        && link.step == 0
        && matches!(link.cursor, SeekTo::Time(0) | SeekTo::Nth { at_ns: 0, .. });
    // What is too long for a link can be had as a file.
    let fragment = match link.to_text() {
        Ok(text) if !is_first => text,
        Ok(_) | Err(_) => String::new(),
    };
    if fragment_now() != fragment {
        let state = JsValue::from_str(OWN);
        // A page without a history keeps its address.
        drop(history.replace_state_with_url(&state, "", Some(&with_fragment(&fragment))));
        KNOWN.set(fragment_now());
    }
}
