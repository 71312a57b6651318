//! A frame as a drawing: shapes, words, places and colours by meaning.
//!
//! ```text
//! LabSetup + Frame --> stage, tape, volumes, histogram, timeline --> Drawing --> nodes of the page (ui)
//! Chart -----------------------------------------------------------/      \-> SVG text (to_svg)
//! ```
//!
//! A [`Drawing`] is laid out for the room it gets, in CSS pixels. Its colours are [`Paint`]s, which a
//! page's style sheet or a [`Theme`] turns into colours. What it says in words comes from a message
//! file ([`Words`]); the sentences of the event list are here too, for the page and the command line.
//! What the page tells of the model itself, its invariants and simplifications, comes from the headers
//! of the model crates ([`PARTS`]), read when this crate is built.
//!
//! # Invariants
//! * The picture shows what the frame says: nothing here counts acknowledgements or decides what is
//!   durable.
//! * Colour never says anything alone: a zone has a letter and a shape, what is down is hatched,
//!   dashed and named, what is durable says so.
//! * No text is smaller than 11 pixels, and on a slide than 13; no two texts overlap.

#![forbid(unsafe_code)]

mod archive;
mod beside;
pub mod branches;
pub mod calendar;
mod card;
pub mod chart;
pub mod compare;
#[cfg(test)]
mod header;
mod histogram;
pub mod insert_test;
pub mod invariants;
mod layout;
pub mod numbers;
pub mod over_time;
mod parts;
mod picture;
pub mod recovery_curve;
pub mod sandbox;
pub mod sentences;
mod server;
mod servers;
mod shape;
mod stage;
mod svg;
mod tape;
mod theme;
mod timeline;
mod track;
mod upkeep;
mod volumes;
pub mod wal_report;
mod words;
mod wrap;
mod zone;

pub use histogram::histogram;
pub use layout::{Arrangement, StageShape};
pub use parts::{PARTS, Part};
pub use picture::picture;
pub use servers::{
    Row, ServersShape, engines_compared, servers, servers_key, servers_told, table_one,
};
pub use shape::{Anchor, Area, Dash, Drawing, Face, Paint, Shape, Spot, Style, Target, Text};
pub use stage::{Motion, stage};
pub use svg::{Colours, Element, to_svg};
pub use tape::{TapeShape, cell_key, tape};
pub use theme::Theme;
pub use timeline::{marks, span_ns, timeline};
pub use volumes::{VolumesShape, page_key, volumes, volumes_told};
pub use words::{Arg, Words};
