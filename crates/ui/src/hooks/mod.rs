//! Effects: the wire to the engine, preferences, sizes, the route.

pub(crate) mod address;
pub(crate) mod download;
pub(crate) mod engine;
pub(crate) mod exhibit;
pub(crate) mod experiments;
pub(crate) mod frames;
pub(crate) mod in_view;
mod job;
pub(crate) mod kept_focus;
pub(crate) mod pan;
pub(crate) mod panic;
pub(crate) mod preferences;
pub(crate) mod route;
pub(crate) mod size;
pub(crate) mod turns;
pub(crate) mod user_files;
mod wire;
pub(crate) mod words;
