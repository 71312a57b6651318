//! What the learner is looking at and what the engine is up to, without any browser: reducers.

mod announce;
mod lab;
mod speed;
mod tasks;

pub use announce::{Moment, announce};
pub use lab::{Failure, Lab, LabAction, Link, Wal, Work};
pub use speed::Speed;
pub use tasks::{Task, Tasks};
