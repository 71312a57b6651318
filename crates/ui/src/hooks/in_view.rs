//! Whether an element is on the screen.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};
use yew::prelude::*;

/// Whether some of the element is on the screen.
#[hook]
pub(crate) fn use_in_view(node: NodeRef) -> bool {
    let seen = use_state_eq(|| false);
    let setter = seen.setter();
    use_effect_with(node, move |node| {
        let heard = move |entries: Array| {
            let newest = entries.iter().last();
            let newest =
                newest.and_then(|entry| entry.dyn_into::<IntersectionObserverEntry>().ok());
            setter.set(newest.is_some_and(|entry| entry.is_intersecting()));
        };
        let callback = Closure::<dyn FnMut(Array)>::new(heard);
        let observer = IntersectionObserver::new(callback.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, &node.cast::<Element>()) {
            observer.observe(element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(callback);
        }
    });
    *seen
}
