//! Moving about in something that is drawn larger than its place: by dragging it, and larger or smaller
//! by a pinch. The wheel alone, and a finger, stay the page's.

use std::cell::Cell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions, EventListenerPhase};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, Event, PointerEvent, WheelEvent};
use yew::prelude::*;

/// So far does a hand move that only clicks.
const CLICK_PX: i32 = 4;

/// A hand that drags: where it took hold, and what was at the edge then.
#[derive(Clone, Copy)]
struct Held {
    pointer: i32,
    from: (i32, i32),
    scroll: (i32, i32),
    moved: bool,
}

/// Lets the element be dragged while it is drawn larger than it fits. `pinched` is told of each pinch:
/// whether it makes larger.
#[hook]
pub(crate) fn use_pan(node: NodeRef, larger: bool, pinched: Callback<bool>) {
    use_effect_with((node.clone(), larger), |(node, larger)| {
        let listeners = node
            .cast::<Element>()
            .filter(|_| *larger)
            .map(|element| drags(&element));
        move || drop(listeners)
    });
    use_effect_with((node, pinched), |(node, pinched)| {
        let pinched = pinched.clone();
        let listener = node.cast::<Element>().map(|element| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&element, "wheel", options, move |event| {
                // A pinch of a touch pad comes as a wheel with Control.
                if let Some(wheel) = event
                    .dyn_ref::<WheelEvent>()
                    .filter(|wheel| wheel.ctrl_key())
                {
                    wheel.prevent_default();
                    pinched.emit(wheel.delta_y() < 0.0);
                }
            })
        });
        move || drop(listener)
    });
}

fn drags(element: &Element) -> [EventListener; 4] {
    let hand = Rc::new(Hand {
        element: element.clone(),
        held: Cell::new(None),
    });
    let listen = |kind: &'static str, hear: fn(&Hand, &Event)| {
        let hand = Rc::clone(&hand);
        let options = EventListenerOptions {
            phase: EventListenerPhase::Capture,
            passive: false,
        };
        EventListener::new_with_options(element, kind, options, move |event| hear(&hand, event))
    };
    [
        listen("pointerdown", Hand::take_hold),
        listen("pointermove", Hand::drag),
        listen("pointerleave", Hand::leave),
        listen("click", Hand::let_go),
    ]
}

/// What drags an element.
struct Hand {
    element: Element,
    held: Cell<Option<Held>>,
}

impl Hand {
    fn take_hold(&self, event: &Event) {
        let pointer = event.dyn_ref::<PointerEvent>();
        // A finger moves the page.
        let pointer = pointer.filter(|it| it.button() == 0 && it.pointer_type() != "touch");
        self.held.set(pointer.map(|pointer| Held {
            pointer: pointer.pointer_id(),
            from: (pointer.client_x(), pointer.client_y()),
            scroll: (self.element.scroll_left(), self.element.scroll_top()),
            moved: false,
        }));
    }

    fn drag(&self, event: &Event) {
        let (Some(pointer), Some(mut held)) = (event.dyn_ref::<PointerEvent>(), self.held.get())
        else {
            return;
        };
        if pointer.pointer_id() != held.pointer || pointer.buttons() == 0 {
            return;
        }
        let (x, y) = (
            pointer.client_x() - held.from.0,
            pointer.client_y() - held.from.1,
        );
        held.moved |= x.abs().max(y.abs()) > CLICK_PX;
        if held.moved {
            self.element.set_scroll_left(held.scroll.0 - x);
            self.element.set_scroll_top(held.scroll.1 - y);
        }
        self.held.set(Some(held));
    }

    fn leave(&self, event: &Event) {
        let pointer = event.dyn_ref::<PointerEvent>();
        if pointer.is_some_and(|pointer| pointer.buttons() == 0) {
            self.held.set(None);
        }
    }

    /// Whoever dragged chose nothing.
    fn let_go(&self, event: &Event) {
        if self.held.take().is_some_and(|held| held.moved) {
            event.stop_propagation();
            event.prevent_default();
        }
    }
}
