//! What the learner is looking at and what the engine is up to, without any browser: reducers.

mod announce;
mod exhibit;
mod halt;
mod lab;
mod speed;
mod tasks;
mod trial;
mod zoom;

pub use announce::{Moment, announce};
pub use exhibit::{Ask, Choice, Exhibit, Step};
pub use halt::Halt;
pub use lab::{Answer, Doing, Failure, Lab, LabAction, Link, Opened, Run, Seen, Wal, Work};
pub use speed::Speed;
pub use tasks::{Task, Tasks};
pub use trial::{Trial, TrialAction, TrialState};
pub use zoom::Zoom;
