//! The page: shows the frames that the engine's worker sends, and asks it for others.
//!
//! ```text
//! pages -> components -> draw          what is seen
//!   |          |
//!   +----- hooks ------- worker        Command out, Event in: hooks/engine.rs
//!            |
//!          state                       what the learner is looking at: pure reducers
//! ```
//!
//! Experiments, and the reading of WAL files, have workers of their own, each for as long as it takes
//! (hooks/job.rs).
//!
//! There are three rates of change, each with a context of its own: the frame (sixty times a second
//! while a run plays), the state of the page (on clicks), preferences (hardly ever).
//!
//! # Invariants
//! * The page draws what a frame says. It counts no acknowledgements and decides nothing.
//! * At most one frame is asked for at a time; a hidden page asks for none.
//! * No style attributes: a strict content security policy has nothing to forbid.

#![forbid(unsafe_code)]

pub mod draw;
pub mod state;

mod app;
mod components;
mod hooks;
mod pages;

use std::rc::Rc;

use gloo::timers::callback::Timeout;

/// Shows the page.
pub fn start() {
    hooks::panic::install();
    let root = gloo::utils::document()
        .get_element_by_id("app")
        .expect("the page has an element for the app");
    // The app takes the place of the text that it reads here.
    let exhibit = hooks::exhibit::on_page().map(Rc::new);
    // In a task of its own: the browser has just spent one on this program.
    Timeout::new(0, move || {
        let props = app::AppProps { exhibit };
        yew::Renderer::<app::App>::with_root_and_props(root, props).render();
    })
    .forget();
}
