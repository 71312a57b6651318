//! Which page is shown: the fragment of the address says it.

use gloo::events::EventListener;
use gloo::utils::window;
use yew::prelude::*;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The text and the engine.
    Lab,
    /// Figures that experiments make.
    Figures,
    /// What this is, and its sources.
    About,
}

impl Route {
    fn now() -> Self {
        match window().location().hash().as_deref() {
            Ok("#figures") => Self::Figures,
            Ok("#about") => Self::About,
            Ok(_) | Err(_) => Self::Lab,
        }
    }
}

/// The page to show.
#[hook]
pub(crate) fn use_route() -> Route {
    let route = use_state_eq(Route::now);
    let setter = route.setter();
    use_effect_with((), move |()| {
        let listener = EventListener::new(&window(), "hashchange", move |_| {
            setter.set(Route::now());
        });
        move || drop(listener)
    });
    *route
}
