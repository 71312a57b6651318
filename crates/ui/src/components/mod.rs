//! What the pages are made of.

mod choice;
mod events;
mod failure;
mod figures;
mod focus;
mod header;
mod help;
mod icon;
mod invariants;
mod latency;
mod live;
mod menu;
mod prose;
mod stage;
mod tape;
mod text;
mod timeline;
mod transport;
mod wait;
mod wal;

pub(crate) use events::Events;
pub(crate) use failure::{Failed, Refused};
pub(crate) use figures::Figures;
pub(crate) use focus::focus_on;
pub(crate) use header::Header;
pub(crate) use help::{Help, HelpPart};
pub(crate) use invariants::Invariants;
pub(crate) use latency::Latency;
pub(crate) use live::Live;
pub(crate) use prose::prose;
pub(crate) use stage::Stage;
pub(crate) use tape::Tape;
pub(crate) use text::{Intro, Lesson, TryIt};
pub(crate) use transport::Transport;
pub(crate) use wait::{Banner, Wait};
pub(crate) use wal::{DropTarget, WalCard};
