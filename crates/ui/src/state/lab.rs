//! The lab as the page knows it: what runs, how fast, what it waits for.

use std::rc::Rc;

use protocol::link::{Origin, Stamp};
use protocol::{
    About, Because, Change, Evidence, LabSetup, Problem, SeekTo, Source, View, WalSummary,
};
use yew::Reducible;

use super::{Speed, Zoom};

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

/// What a run is made of, beside what was done in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What runs.
    pub source: Source,
    /// What is changed in its scenario.
    pub changes: Vec<Change>,
    /// Another seed than the scenario's.
    pub seed: Option<u64>,
}

impl Run {
    /// A run as its scenario says.
    pub const fn of(source: Source) -> Self {
        Self {
            source,
            changes: Vec::new(),
            seed: None,
        }
    }

    /// All that is changed in its scenario, the seed among it.
    pub fn all_changes(&self) -> Vec<Change> {
        let seed = self.seed.map(|seed| Change {
            path: SEED.to_owned(),
            value: seed.to_string(),
        });
        let others = self
            .changes
            .iter()
            .filter(|change| seed.is_none() || change.path != SEED);
        others.cloned().chain(seed.clone()).collect()
    }

    /// Whether it was asked to go on both engines.
    pub fn is_on_both(&self) -> bool {
        self.changes.iter().any(|change| change.path == ENGINE)
    }

    /// The same on both engines, or on those that its scenario says.
    #[must_use]
    pub fn on_both(&self, both: bool) -> Self {
        let mut run = self.clone();
        run.changes.retain(|change| change.path != ENGINE);
        if both {
            run.changes.push(Change {
                path: ENGINE.to_owned(),
                value: "both".to_owned(),
            });
        }
        run
    }

    /// What a link says of where it comes from. `digest` is that of the user's own WAL.
    pub fn origin(&self, digest: Option<&str>) -> Origin {
        match &self.source {
            Source::Shipped(name) => Origin::Shipped(name.clone()),
            Source::Text(text) => Origin::Text(text.clone()),
            Source::OwnWal => Origin::OwnWal(digest.unwrap_or_default().to_owned()),
        }
    }
}

/// Where a scenario says which engines run.
const ENGINE: &str = "engine";
/// Where it says the seed.
const SEED: &str = "seed";

/// What there is to say of a link that was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// What of it could not be read, or does not fit, and was left out.
    pub left_out: Vec<Problem>,
    /// Its check does not fit.
    pub edited: bool,
    /// The user's own WAL, by its digest, that it waits for.
    pub wants_wal: Option<String>,
    /// The state that its author saw, and whether it is the one that is shown.
    pub state: Option<(Stamp, bool)>,
}

/// Why something was so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was asked about.
    pub about: About,
    /// The moment that it was asked at.
    pub at_ns: u64,
    /// The facts, each with its reasons behind it.
    pub facts: Vec<Because>,
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
    pub run: Run,
    /// What there is to say of the link that it came from.
    pub opened: Option<Rc<Opened>>,
    /// What stays the same during the run; `None` until the first is loaded.
    pub setup: Option<Rc<LabSetup>>,
    /// Whether model time passes.
    pub playing: bool,
    /// How fast.
    pub speed: Speed,
    /// What frames are asked to show.
    pub view: View,
    /// How large the stage is drawn.
    pub zoom: Zoom,
    /// The step of the exhibit, from 1, if this is the page of one.
    pub step: u32,
    /// The user's own files.
    pub wal: Wal,
    /// A seek or a run to the end that takes long.
    pub work: Option<Work>,
    /// Something that was asked for and refused.
    pub refused: Option<Problem>,
    /// The answer to the last "why?", until it is put away.
    pub answer: Option<Rc<Answer>>,
    /// What was seen of real servers.
    pub seen: Seen,
}

impl Default for Lab {
    fn default() -> Self {
        Self {
            link: Link::default(),
            run: Run::of(Source::Shipped("first-light".to_owned())),
            opened: None,
            setup: None,
            playing: false,
            speed: Speed::default(),
            view: View::default(),
            zoom: Zoom::default(),
            step: 1,
            wal: Wal::default(),
            work: None,
            refused: None,
            answer: None,
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
    Loaded(Run, Rc<LabSetup>),
    /// There is something to say of a link, or no more.
    Opened(Option<Rc<Opened>>),
    /// Model time passes, or stands still.
    Playing(bool),
    /// Another speed.
    Speed(Speed),
    /// Something else is looked at.
    View(View),
    /// The stage is drawn in another size.
    Zoom(Zoom),
    /// Another step of the exhibit.
    Step(u32),
    /// News of the user's own files.
    Wal(Wal),
    /// A long work goes on, or is over.
    Work(Option<Work>),
    /// Something was refused.
    Refused(Problem),
    /// The user has read what was refused.
    Dismissed,
    /// Why something was so, or no more.
    Answer(Option<Rc<Answer>>),
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
            LabAction::Opened(opened) => next.opened = opened,
            LabAction::Loaded(run, setup) => {
                next.run = run;
                next.opened = None;
                next.answer = None;
                next.setup = Some(setup);
                next.refused = None;
            }
            LabAction::Playing(playing) => {
                next.playing = playing && next.link == Link::Ready && next.setup.is_some();
            }
            LabAction::Speed(speed) => next.speed = speed,
            LabAction::View(view) => next.view = view,
            LabAction::Zoom(zoom) => next.zoom = zoom,
            LabAction::Step(step) => next.step = step,
            LabAction::Wal(wal) => next.wal = wal,
            LabAction::Work(work) => next.work = work,
            LabAction::Refused(problem) => next.refused = Some(problem),
            LabAction::Dismissed => next.refused = None,
            LabAction::Answer(answer) => next.answer = answer,
            LabAction::Seen(seen) => next.seen = seen,
        }
        if next == *self { self } else { Rc::new(next) }
    }
}
