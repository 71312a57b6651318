//! Moving the focus among the things of one kind inside a container, which is one stop of Tab.

use gloo::utils::document;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

/// Gives the focus to the element of this id, and brings it into view.
pub(crate) fn focus_on(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(Ok(element)) = element.map(wasm_bindgen::JsCast::dyn_into::<HtmlElement>) {
        // What is gone cannot take the focus, and need not.
        drop(element.focus());
    }
}

/// Where the focus goes.
#[derive(Clone, Copy)]
pub(super) enum Move {
    First,
    Last,
    Next,
    Previous,
    /// So many on, if there is one.
    On(usize),
    /// So many back, if there is one.
    Back(usize),
}

impl Move {
    /// What a key asks for.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        match key {
            "ArrowDown" => Some(Self::Next),
            "ArrowUp" => Some(Self::Previous),
            "Home" => Some(Self::First),
            "End" => Some(Self::Last),
            _ => None,
        }
    }

    /// What a key asks for where things stand in rows of so many.
    pub(super) fn of_key_in_grid(key: &str, in_a_row: usize) -> Option<Self> {
        match key {
            "ArrowRight" => Some(Self::On(1)),
            "ArrowLeft" => Some(Self::Back(1)),
            "ArrowDown" => Some(Self::On(in_a_row)),
            "ArrowUp" => Some(Self::Back(in_a_row)),
            _ => Self::of_key(key),
        }
    }
}

/// Moves the focus among what `selector` finds in `container`, round and round.
pub(super) fn move_focus(container: &HtmlElement, selector: &str, way: Move) {
    let Ok(found) = container.query_selector_all(selector) else {
        return;
    };
    let items: Vec<HtmlElement> = (0..found.length())
        .filter_map(|n| found.get(n)?.dyn_into().ok())
        .collect();
    let Some(last) = items.len().checked_sub(1) else {
        return;
    };
    let active = document().active_element();
    let place = items
        .iter()
        .position(|item| active.as_ref() == Some(item.as_ref()));
    let next = match (way, place) {
        (Move::First, _) | (Move::Next, None) => 0,
        (Move::Last, _) | (Move::Previous, None) => last,
        (Move::Next, Some(place)) => (place + 1) % items.len(),
        (Move::Previous, Some(place)) => place.checked_sub(1).unwrap_or(last),
        (Move::On(by), place) => {
            let place = place.unwrap_or(0);
            if place + by <= last {
                place + by
            } else {
                place
            }
        }
        (Move::Back(by), place) => {
            let place = place.unwrap_or(0);
            place.checked_sub(by).unwrap_or(place)
        }
    };
    // An item that is on the page takes the focus.
    drop(items[next].focus());
}
