//! Keeps the focus near its place when the control that has it goes away or can do nothing more.
//!
//! A browser gives the focus to the whole document then, and whoever works by keyboard begins at the
//! top again. Here the nearest thing around the control takes it, from which Tab goes on.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::utils::{document, window};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Element, FocusOptions, HtmlElement, MutationObserver, MutationObserverInit};
use yew::prelude::*;

/// The control that has the focus, and what is around it, from the inside.
type Path = Rc<RefCell<Vec<Element>>>;

/// Keeps the focus on the page.
#[hook]
pub(crate) fn use_kept_focus() {
    use_effect_with((), |()| {
        let path = Path::default();
        let focused = {
            let path = Rc::clone(&path);
            EventListener::new(&document(), "focusin", move |event| {
                let control = event.target().and_then(|target| target.dyn_into().ok());
                *path.borrow_mut() = around(control);
            })
        };
        // Who clicks beside everything wants the focus nowhere.
        let pressed = {
            let path = Rc::clone(&path);
            EventListener::new(&window(), "pointerdown", move |_| path.borrow_mut().clear())
        };
        let changed = Closure::<dyn FnMut()>::new(move || keep(&path));
        let observer = MutationObserver::new(changed.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(body)) = (&observer, document().body()) {
            let what = MutationObserverInit::new();
            what.set_child_list(true);
            what.set_subtree(true);
            what.set_attribute_filter(&Array::of1(&"disabled".into()));
            // The body is there, and this can be observed of it.
            drop(observer.observe_with_options(&body, &what));
        }
        move || {
            drop((focused, pressed));
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(changed);
        }
    });
}

fn around(control: Option<Element>) -> Vec<Element> {
    std::iter::successors(control, |element| element.parent_element()).collect()
}

/// Gives the focus to what is around a control that went away with it.
fn keep(path: &Path) {
    let path = path.borrow().clone();
    let Some(control) = path.first() else {
        return;
    };
    let is_usable = |element: &Element| {
        element.is_connected() && !element.matches(":disabled").unwrap_or(false)
    };
    let active = document().active_element();
    let elsewhere = active.is_some_and(|active| active != *control && active.tag_name() != "BODY");
    if elsewhere || is_usable(control) {
        return;
    }
    let mut around = path.into_iter().skip(1).filter(is_usable);
    let Some(near) = around.find_map(|element| element.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    if !near.has_attribute("tabindex") && near.tag_name() != "BODY" {
        // It is no stop of Tab for that.
        near.set_tab_index(-1);
    }
    let how = FocusOptions::new();
    how.set_prevent_scroll(true);
    // It is on the page.
    drop(near.focus_with_options(&how));
}
