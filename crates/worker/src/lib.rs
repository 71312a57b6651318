//! Messages to and from the player, and the one clock of the project: it bounds how long a slice of
//! work lasts, so that the worker hears the next message in time.
//!
//! It makes two programs. The engine ([`engine`]) plays runs, and is all that a first visit loads. The
//! other ([`jobs`]) does one job and ends with it: it reads WAL files or computes a figure, and is loaded
//! when that is asked for.
//!
//! A message to the engine is `{ command, wal? }`, one to the other `{ job, files?, paths? }`; a message
//! from either is `{ kind, event, wal? }`, where `kind` is for whoever looks at messages. Commands, jobs
//! and events are bytes; what goes to the page is handed over, not copied.

pub mod engine;
pub mod jobs;

mod files;
mod later;
mod port;
