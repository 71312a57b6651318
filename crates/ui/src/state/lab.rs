//! The lab as the page knows it: what runs, how fast, what it waits for.

use std::rc::Rc;

use protocol::{Evidence, LabSetup, Problem, SeekTo, Source, View, WalSummary};
use yew::Reducible;

use super::Speed;

/// The worker in which the engine runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// It was asked for and has not said that it is there.
    #[default]
    Starting,
    /// It listens.
    Ready,
    /// It must be replaced.
    Failed(Failure),
}

/// Why the worker must be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The browser refused to start it, or it never said that it is there.
    NoStart(String),
    /// It panicked.
    Panicked(String),
    /// It does not answer.
    Silent,
}

/// The user's own WAL files.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Wal {
    /// None were opened.
    #[default]
    Closed,
    /// They are being read.
    Reading {
        /// Names of the files.
        names: Rc<[String]>,
        /// Bytes read.
        done: u64,
        /// Out of how many.
        of: Option<u64>,
    },
    /// They were read.
    Read(Rc<WalSummary>),
    /// They could not be read.
    Refused(Problem),
    /// What reads them broke, or could not be loaded, in these words.
    Broke(String),
}

/// What was seen of real servers, as far as the page knows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Seen {
    /// It was not asked for.
    #[default]
    Unknown,
    /// It was asked for.
    Asked,
    /// It was told.
    Told(Rc<Evidence>),
    /// What tells it broke, or could not be loaded, in these words.
    Broke(String),
}

/// What takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// The run is replayed up to a place.
    Replay(SeekTo),
    /// The run goes on to its end.
    RunToEnd,
}

/// Long work that can be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// What is done.
    pub doing: Doing,
    /// How much is done.
    pub done: u64,
    /// Out of how much, if that is known.
    pub of: Option<u64>,
}

/// The state of the page beside the frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Lab {
    /// The worker.
    pub link: Link,
    /// What runs.
    pub source: Source,
    /// What stays the same during the run; `None` until the first is loaded.
    pub setup: Option<Rc<LabSetup>>,
    /// Whether model time passes.
    pub playing: bool,
    /// How fast.
    pub speed: Speed,
    /// What frames are asked to show.
    pub view: View,
    /// The user's own files.
    pub wal: Wal,
    /// A seek or a run to the end that takes long.
    pub work: Option<Work>,
    /// Something that was asked for and refused.
    pub refused: Option<Problem>,
    /// What was seen of real servers.
    pub seen: Seen,
}

impl Default for Lab {
    fn default() -> Self {
        Self {
            link: Link::default(),
            source: Source::Shipped("first-light".to_owned()),
            setup: None,
            playing: false,
            speed: Speed::default(),
            view: View::default(),
            wal: Wal::default(),
            work: None,
            refused: None,
            seen: Seen::default(),
        }
    }
}

/// What changes the state of the page.
#[derive(Clone, Debug)]
pub enum LabAction {
    /// A worker was asked for.
    Starting,
    /// The worker listens.
    Ready,
    /// The worker must be replaced.
    Failed(Failure),
    /// A run was loaded.
    Loaded(Source, Rc<LabSetup>),
    /// Model time passes, or stands still.
    Playing(bool),
    /// Another speed.
    Speed(Speed),
    /// Something else is looked at.
    View(View),
    /// News of the user's own files.
    Wal(Wal),
    /// A long work goes on, or is over.
    Work(Option<Work>),
    /// Something was refused.
    Refused(Problem),
    /// The user has read what was refused.
    Dismissed,
    /// What was seen of real servers.
    Seen(Seen),
}

impl Lab {
    /// What was seen of real servers, if it was told.
    pub fn evidence(&self) -> Option<&Evidence> {
        match &self.seen {
            Seen::Told(evidence) => Some(evidence),
            Seen::Unknown | Seen::Asked | Seen::Broke(_) => None,
        }
    }
}

impl Reducible for Lab {
    type Action = LabAction;

    fn reduce(self: Rc<Self>, action: LabAction) -> Rc<Self> {
        let mut next = (*self).clone();
        match action {
            LabAction::Starting => {
                next.link = Link::Starting;
                next.playing = false;
            }
            LabAction::Ready => next.link = Link::Ready,
            LabAction::Failed(failure) => {
                next.link = Link::Failed(failure);
                next.playing = false;
                next.work = None;
            }
            LabAction::Loaded(source, setup) => {
                next.source = source;
                next.setup = Some(setup);
                next.refused = None;
                next.view.group = 0;
                next.view.tape_from = None;
            }
            LabAction::Playing(playing) => {
                next.playing = playing && next.link == Link::Ready && next.setup.is_some();
            }
            LabAction::Speed(speed) => next.speed = speed,
            LabAction::View(view) => next.view = view,
            LabAction::Wal(wal) => next.wal = wal,
            LabAction::Work(work) => next.work = work,
            LabAction::Refused(problem) => next.refused = Some(problem),
            LabAction::Dismissed => next.refused = None,
            LabAction::Seen(seen) => next.seen = seen,
        }
        if next == *self { self } else { Rc::new(next) }
    }
}
