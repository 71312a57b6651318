//! The engine as components see it: what can be asked of it, and the state that its answers make.
//!
//! Requests are numbered; the worker answers them in their order. At most one frame is asked for at
//! a time while a run plays: each animation frame of the browser grants one credit if the last was
//! spent, so a hidden page asks for nothing and nothing piles up. Where no message can be followed with
//! the eye, fewer frames do ([`Speed::frame_ms`]). A seek that comes while another
//! is under way replaces the one that waits.
//!
//! A worker that breaks, or that leaves two questions in a row unanswered, is cut off. What it was
//! doing is known from its last frame: scenario, seed, edits and event number. With these a new
//! worker gets to the same state.
//!
//! The user's own files are read by a worker of their own; what that gives is kept here, for the engine
//! and for each that replaces it.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::timers::callback::Interval;
use gloo::utils::document;
use js_sys::Uint8Array;
use protocol::link::{Link, Origin, Reading, Stamp};
use protocol::{
    About, Against, Change, Command, Edit, Event, Frame, Job, LabSetup, Problem, RunState, SeekTo,
    Source, Verb, View,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::address::{Found, link_in_address, push_link};
use super::download::save;
use super::exhibit::ExhibitShown;
use super::frames::{DescribedShown, Newest, Paced, SeriesShown, Shown, use_pace};
use super::job::{REQUEST, Running};
use super::user_files::{TextKind, UserFile};
use super::wire::{Incoming, Program, Wire};
use crate::state::{Answer, Doing, Failure, Lab, LabAction, Opened, Run, Seen, Speed, Wal, Work};

/// How often the worker is asked whether it is there, while something is expected of it.
const HEARTBEAT_MS: u32 = 2_000;
/// Questions that may be open when the next one is due.
const OPEN_QUESTIONS_MAX: u32 = 2;
/// Heartbeats that a worker may take to start: a minute.
const STARTING_BEATS_MAX: u32 = 30;
/// Figures and lists change at most this often while a run plays.
const PACE_MS: f64 = 200.0;

/// What runs, from the beginning to where it stands.
#[derive(Clone, Debug)]
struct Plan {
    run: Run,
    edits: Vec<Edit>,
    cursor: SeekTo,
    /// The protection group to show.
    group: u32,
    /// The step of the exhibit, from 1; 0: that which is shown.
    step: u32,
    /// What to say of the link that it comes from.
    link: Option<Arrival>,
}

/// What is known of a link before its run is loaded.
#[derive(Clone, Debug, Default)]
struct Arrival {
    left_out: Vec<Problem>,
    edited: bool,
    state: Option<Stamp>,
    /// The page wrote it itself: it is opened again by a reload, and says nothing if all is well.
    own: bool,
}

impl Plan {
    const fn fresh(run: Run) -> Self {
        Self {
            run,
            edits: Vec::new(),
            cursor: SeekTo::Event(0),
            group: 0,
            step: 0,
            link: None,
        }
    }
}

/// The run that a link tells of, and the digest of the user's own WAL if it plays that.
fn plan_of(Found { text, own }: Found) -> Result<(Plan, Option<String>), Problem> {
    let Reading {
        link,
        left_out,
        edited,
    } = Link::read(&text)?;
    let plan = Plan {
        run: Run {
            source: link.origin.source(),
            changes: link.changes,
            seed: link.seed,
        },
        edits: link.edits,
        cursor: link.cursor,
        group: link.group,
        step: link.step,
        link: Some(Arrival {
            left_out,
            edited,
            state: link.state,
            own,
        }),
    };
    let digest = match link.origin {
        Origin::OwnWal(digest) => Some(digest),
        Origin::Shipped(_) | Origin::Text(_) => None,
    };
    Ok((plan, digest))
}

/// The engine. All copies are the same one.
#[derive(Clone)]
pub(crate) struct Engine(Rc<Inner>);

impl PartialEq for Engine {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

struct Inner {
    lab: UseReducerDispatcher<Lab>,
    show: UseStateSetter<Newest>,
    tell_series: UseStateSetter<SeriesShown>,
    tell_described: UseStateSetter<DescribedShown>,
    core: RefCell<Core>,
}

#[derive(Default)]
struct Core {
    wire: Option<Wire>,
    ready: bool,
    /// Commands for when the worker is ready.
    queue: Vec<(Command, Option<Uint8Array>)>,
    request: u32,
    /// Requests to be answered by a frame, oldest first.
    awaited: Vec<u32>,
    /// What the awaited one does.
    doing: Option<Doing>,
    /// It takes long: what comes next cancels it.
    long: Option<Doing>,
    /// Where to go when the awaited frame is there.
    next_seek: Option<SeekTo>,
    /// The load under way.
    load: Option<(u32, Run, u32, Option<Arrival>)>,
    /// What there is to say of a link when its frame is there, which answers this request.
    arriving: Option<(u32, Opened, Arrival)>,
    /// The moment at which "why?" was asked.
    asked_at_ns: u64,
    /// A link that waits for the user's own WAL, with its digest.
    wanted: Option<(String, Plan)>,
    /// What is loaded plays at once.
    play_loaded: bool,
    /// The user's own files that were opened last, and what reads them.
    files: Rc<[UserFile]>,
    reading: Option<Running>,
    /// What was read last, for each new worker.
    wal: Option<Uint8Array>,
    /// The digest of that.
    digest: Option<String>,
    /// What tells what was seen of real servers.
    telling: Option<Running>,
    setup: Option<Rc<LabSetup>>,
    frame: Option<Rc<Frame>>,
    run: Option<Run>,
    view: View,
    /// The step of the exhibit that is shown, from 1; 0 where there is none.
    step: u32,
    playing: bool,
    speed: Speed,
    /// The wall clock at the last animation frame, and how much of it no credit was granted for.
    clock_ms: Option<f64>,
    owed_ms: f64,
    animation: Option<AnimationFrame>,
    /// Questions that the worker has not answered, or beats that it has taken to start.
    open_questions: u32,
    heartbeat: Option<Interval>,
}

impl Engine {
    fn new(
        lab: UseReducerDispatcher<Lab>,
        show: UseStateSetter<Newest>,
        tell_series: UseStateSetter<SeriesShown>,
        tell_described: UseStateSetter<DescribedShown>,
    ) -> Self {
        Self(Rc::new(Inner {
            lab,
            show,
            tell_series,
            tell_described,
            core: RefCell::default(),
        }))
    }

    /// Starts a worker with the run that a link tells of, or with the first one.
    fn start(&self, first: Run, link: Option<Found>) {
        let fresh = Plan::fresh(first);
        let told = |left_out| Arrival {
            left_out,
            ..Arrival::default()
        };
        let plan = match link.map(plan_of) {
            None => fresh,
            Some(Ok((plan, None))) => plan,
            Some(Ok((plan, Some(digest)))) => {
                self.0.core.borrow_mut().wanted = Some((digest, plan));
                Plan {
                    link: Some(told(Vec::new())),
                    ..fresh
                }
            }
            Some(Err(problem)) => Plan {
                link: Some(told(vec![problem])),
                ..fresh
            },
        };
        self.0.start(plan);
    }

    /// Ends the worker with the page.
    fn stop(&self) {
        let mut core = self.0.core.borrow_mut();
        if let Some(wire) = core.wire.take() {
            wire.cut();
        }
        let jobs = [core.reading.take(), core.telling.take()];
        jobs.into_iter().flatten().for_each(Running::cut);
        core.heartbeat = None;
        core.animation = None;
    }

    /// Loads a run from its beginning.
    pub(crate) fn load(&self, run: Run) {
        self.pause();
        self.0.interrupt();
        self.0.core.borrow_mut().wanted = None;
        self.0.load(Plan::fresh(run));
    }

    /// Loads a run and plays it.
    pub(crate) fn load_and_play(&self, run: Run) {
        self.load(run);
        self.0.core.borrow_mut().play_loaded = true;
    }

    /// Opens a link: its run, at its place. What it cannot do is told.
    pub(crate) fn open_link(&self, text: &str, own: bool) {
        let text = text.to_owned();
        let (plan, digest) = match plan_of(Found { text, own }) {
            Ok(planned) => planned,
            Err(problem) => return self.0.lab.dispatch(LabAction::Refused(problem)),
        };
        self.pause();
        self.0.interrupt();
        match digest {
            Some(digest) => self.0.want(digest, plan),
            None => self.0.load(plan),
        }
    }

    /// Opens the moment of a step of the exhibit. The browser's way back leads to the step before.
    pub(crate) fn turn_to(&self, link: &str) {
        push_link(link);
        self.open_link(link, true);
    }

    /// The link to what is shown. `None` while nothing is.
    pub(crate) fn link(&self) -> Option<Link> {
        let core = self.0.core.borrow();
        let (run, setup, frame) = (
            core.run.as_ref()?,
            core.setup.as_ref()?,
            core.frame.as_ref()?,
        );
        let hash = frame.state_hash.as_deref().and_then(protocol::unhex);
        Some(Link {
            origin: run.origin(core.digest.as_deref()),
            changes: run.changes.clone(),
            seed: run.seed,
            edits: edits(frame),
            cursor: frame.cursor,
            group: frame.group,
            step: core.step,
            state: hash.map(|hash| Stamp {
                model: setup.model,
                hash,
            }),
        })
    }

    /// Puts away what was said of a link.
    pub(crate) fn dismiss_link(&self) {
        self.0.core.borrow_mut().wanted = None;
        self.0.lab.dispatch(LabAction::Opened(None));
    }

    /// Asks for what is shown with the hash of its state.
    pub(crate) fn look_closely(&self) {
        self.step(0);
    }

    /// A new worker, at the place where the old one broke.
    pub(crate) fn restart(&self) {
        let plan = {
            let core = self.0.core.borrow();
            let frame = core.frame.as_ref();
            Plan {
                run: core.run.clone().unwrap_or_else(|| Lab::default().run),
                edits: frame.map_or_else(Vec::new, |frame| edits(frame)),
                cursor: frame.map_or(SeekTo::Event(0), |frame| frame.cursor),
                group: core.view.group,
                step: 0,
                link: None,
            }
        };
        self.0.start(plan);
    }

    /// A new worker, at the beginning of the run.
    pub(crate) fn restart_afresh(&self) {
        let run = self.0.core.borrow().run.clone();
        self.0
            .start(Plan::fresh(run.unwrap_or_else(|| Lab::default().run)));
    }

    /// Lets model time pass, if need be once the run is loaded. A run that has ended begins again.
    pub(crate) fn play(&self) {
        self.0.interrupt();
        let ended = {
            let mut core = self.0.core.borrow_mut();
            core.play_loaded = !core.ready || core.load.is_some();
            if core.play_loaded {
                return;
            }
            core.frame
                .as_ref()
                .is_some_and(|frame| frame.run == RunState::Ended)
        };
        if ended {
            self.0.seek(SeekTo::Event(0));
        }
        self.0.set_playing(true);
    }

    /// Lets model time stand still.
    pub(crate) fn pause(&self) {
        self.0.core.borrow_mut().play_loaded = false;
        self.0.set_playing(false);
    }

    /// Sets how fast model time passes.
    pub(crate) fn set_speed(&self, speed: Speed) {
        self.0.core.borrow_mut().speed = speed;
        self.0.lab.dispatch(LabAction::Speed(speed));
    }

    /// Goes some events forward or back.
    pub(crate) fn step(&self, by: i32) {
        self.pause();
        self.0.interrupt();
        {
            let mut core = self.0.core.borrow_mut();
            let event = core.frame.as_ref().map_or(0, |frame| frame.event);
            let to = event.saturating_add_signed(by.into());
            core.doing = Some(Doing::Replay(SeekTo::Event(to)));
        }
        self.0.ask(|request| Command::Step { request, by });
    }

    /// Saves the newest lines of the trace.
    pub(crate) fn save_trace(&self) {
        self.0.tell(|request| Command::Trace { request });
    }

    /// Asks for the parameters of a scenario with these changes.
    pub(crate) fn describe(&self, source: Source, changes: Vec<Change>) {
        self.0.tell(|request| Command::Describe {
            request,
            source,
            changes,
        });
    }

    /// Asks how the run fares over its time.
    pub(crate) fn ask_series(&self) {
        self.0.tell(|request| Command::Series { request });
    }

    /// Goes to a place of the run.
    pub(crate) fn seek(&self, to: SeekTo) {
        self.pause();
        self.0.interrupt();
        self.0.seek(to);
    }

    /// Back to the beginning, with nothing done to the world.
    pub(crate) fn reset(&self) {
        self.pause();
        self.0.interrupt();
        self.0.ask(|request| Command::Reset { request });
    }

    /// Takes back what was done last.
    pub(crate) fn undo(&self) {
        self.pause();
        self.0.interrupt();
        self.0.ask(|request| Command::Undo { request });
    }

    /// Goes to another branch, where it was left.
    pub(crate) fn go_to_branch(&self, branch: u32) {
        self.pause();
        self.0.interrupt();
        self.0.ask(|request| Command::Branch { request, branch });
    }

    /// Gives a branch a name.
    pub(crate) fn rename_branch(&self, branch: u32, name: String) {
        self.0.ask(|request| Command::RenameBranch {
            request,
            branch,
            name,
        });
    }

    /// Forgets a branch.
    pub(crate) fn delete_branch(&self, branch: u32) {
        self.0
            .ask(|request| Command::DeleteBranch { request, branch });
    }

    /// Puts another run beside this one, or none.
    pub(crate) fn compare(&self, with: Option<Against>) {
        self.pause();
        self.0.interrupt();
        self.0.ask(|request| Command::Compare { request, with });
    }

    /// Goes to the end of the run, which may take long.
    pub(crate) fn run_to_end(&self) {
        self.pause();
        self.0.interrupt();
        self.0.ask(|request| Command::RunToEnd { request });
        let doing = Doing::RunToEnd;
        {
            let mut core = self.0.core.borrow_mut();
            core.long = Some(doing);
            core.doing = Some(doing);
        }
        self.0.lab.dispatch(LabAction::Work(Some(Work {
            doing,
            done: 0,
            of: None,
        })));
    }

    /// Stops a seek or a run to the end.
    pub(crate) fn cancel(&self) {
        self.0.ask(|request| Command::Cancel { request });
    }

    /// Stops the reading of WAL files.
    pub(crate) fn cancel_wal(&self) {
        self.0.end_reading(Wal::Closed);
    }

    /// Puts away what was said about a request that was refused.
    pub(crate) fn dismiss(&self) {
        self.0.lab.dispatch(LabAction::Dismissed);
    }

    /// Does something to the world.
    pub(crate) fn act(&self, verb: Verb) {
        self.0.interrupt();
        self.0.ask(|request| Command::Act { request, verb });
    }

    /// Begins a new volume as the first one was at the moment that is shown.
    pub(crate) fn restore_here(&self) {
        self.pause();
        self.0.interrupt();
        {
            let mut core = self.0.core.borrow_mut();
            let end = core.frame.as_ref().map(|frame| frame.timeline.explored_ns);
            core.doing = end.map(|end_ns| Doing::Replay(SeekTo::Time(end_ns)));
        }
        self.0.ask(|request| Command::RestoreHere { request });
    }

    /// Looks at something else.
    pub(crate) fn look(&self, view: View) {
        let loaded = {
            let mut core = self.0.core.borrow_mut();
            if core.view == view {
                return;
            }
            core.view = view.clone();
            core.setup.is_some()
        };
        self.0.lab.dispatch(LabAction::View(view.clone()));
        if loaded {
            self.0.ask(|request| Command::Look { request, view });
        }
    }

    /// Changes what is looked at.
    pub(crate) fn look_with(&self, change: impl FnOnce(&mut View)) {
        let mut view = self.0.core.borrow().view.clone();
        change(&mut view);
        self.look(view);
    }

    /// Opens files of the user: a link or a scenario, which goes on at once, or WAL, which is read
    /// while the run stays as it is.
    pub(crate) fn open_files(&self, files: Vec<UserFile>) {
        let kind = match &files[..] {
            [file] => file.text_kind(),
            _ => None,
        };
        let Some(kind) = kind else {
            self.0.core.borrow_mut().files = files.into();
            return self.0.read_wal();
        };
        let engine = self.clone();
        let file = files.into_iter().next().expect("there is one");
        spawn_local(async move {
            match (file.text().await, kind) {
                (Ok(text), TextKind::Link) => engine.open_link(&text, false),
                (Ok(text), TextKind::Scenario) => engine.load(Run::of(Source::Text(text))),
                (Err(problem), _) => engine.0.lab.dispatch(LabAction::Refused(problem)),
            }
        });
    }

    /// Reads the user's own WAL files again.
    pub(crate) fn open_wal_again(&self) {
        self.0.read_wal();
    }

    /// Asks why something is as it is; a run that plays stands still for it.
    pub(crate) fn why(&self, about: About) {
        self.pause();
        {
            let mut core = self.0.core.borrow_mut();
            core.asked_at_ns = core.frame.as_ref().map_or(0, |frame| frame.now_ns);
        }
        self.0.tell(|request| Command::Why { request, about });
    }

    /// Puts the answer away.
    pub(crate) fn put_answer_away(&self) {
        self.0.lab.dispatch(LabAction::Answer(None));
    }

    /// Asks what was seen of real servers.
    pub(crate) fn ask_for_evidence(&self) {
        self.0.lab.dispatch(LabAction::Seen(Seen::Asked));
        let weak = Rc::downgrade(&self.0);
        let heard = move |incoming| with(&weak, |inner| inner.hear_of_evidence(incoming));
        let job = Job::Evidence { request: REQUEST };
        match Running::begin(job, Rc::default(), heard) {
            Ok(telling) => self.0.core.borrow_mut().telling = Some(telling),
            Err(text) => self.0.lab.dispatch(LabAction::Seen(Seen::Broke(text))),
        }
    }

    /// Makes the engine panic, to show what the page does about it.
    pub(crate) fn break_on_purpose(&self) {
        self.0.tell(|request| Command::Panic { request });
    }
}

impl Inner {
    fn start(self: &Rc<Self>, plan: Plan) {
        {
            let mut core = self.core.borrow_mut();
            if let Some(wire) = core.wire.take() {
                wire.cut();
            }
            core.ready = false;
            core.queue.clear();
            core.awaited.clear();
            core.long = None;
            core.next_seek = None;
            core.load = None;
            core.play_loaded = false;
            core.playing = false;
            core.open_questions = 0;
        }
        self.lab.dispatch(LabAction::Starting);
        let heard = {
            let weak = Rc::downgrade(self);
            move |incoming| with(&weak, |inner| inner.hear(incoming))
        };
        match Wire::open(Program::Engine, heard) {
            Ok(wire) => self.core.borrow_mut().wire = Some(wire),
            Err(text) => return self.fail(Failure::NoStart(text)),
        }
        let weak = Rc::downgrade(self);
        self.core.borrow_mut().heartbeat =
            Some(Interval::new(HEARTBEAT_MS, move || with(&weak, Self::beat)));
        let wal = self.core.borrow().wal.clone();
        if let Some(wal) = wal {
            self.hand_over(wal);
        }
        self.load(plan);
    }

    fn fail(self: &Rc<Self>, failure: Failure) {
        {
            let mut core = self.core.borrow_mut();
            if let Some(wire) = core.wire.take() {
                wire.cut();
            }
            core.ready = false;
            core.playing = false;
            core.animation = None;
            core.heartbeat = None;
        }
        self.lab.dispatch(LabAction::Failed(failure));
    }

    /// Sends a command, now or when the worker is ready. Gives its number.
    fn tell(self: &Rc<Self>, command: impl FnOnce(u32) -> Command) -> u32 {
        self.tell_with(command, None)
    }

    /// Gives the worker the WAL that was read.
    fn hand_over(self: &Rc<Self>, wal: Uint8Array) {
        self.tell_with(|request| Command::TakeWal { request }, Some(wal));
    }

    fn tell_with(
        self: &Rc<Self>,
        command: impl FnOnce(u32) -> Command,
        wal: Option<Uint8Array>,
    ) -> u32 {
        let mut core = self.core.borrow_mut();
        core.request += 1;
        let request = core.request;
        let command = command(request);
        if !core.ready {
            core.queue.push((command, wal));
            return request;
        }
        let sent = core
            .wire
            .as_ref()
            .map_or(Ok(()), |wire| wire.send(&command, wal.as_ref()));
        drop(core);
        if let Err(text) = sent {
            self.fail(Failure::Panicked(text));
        }
        request
    }

    /// Sends a command that is answered by a frame.
    fn ask(self: &Rc<Self>, command: impl FnOnce(u32) -> Command) -> u32 {
        let request = self.tell(command);
        self.core.borrow_mut().awaited.push(request);
        request
    }

    /// Ends long work before something else is asked.
    fn interrupt(self: &Rc<Self>) {
        let long = self.core.borrow_mut().long.take();
        if long.is_some() {
            self.ask(|request| Command::Cancel { request });
        }
    }

    fn seek(self: &Rc<Self>, to: SeekTo) {
        let busy = !self.core.borrow().awaited.is_empty();
        if busy {
            self.core.borrow_mut().next_seek = Some(to);
        } else {
            self.core.borrow_mut().doing = Some(Doing::Replay(to));
            self.ask(|request| Command::Seek { request, to });
        }
    }

    fn load(self: &Rc<Self>, plan: Plan) {
        let Plan {
            run,
            edits,
            cursor,
            group,
            step,
            link,
        } = plan;
        if step > 0 {
            self.core.borrow_mut().step = step;
            self.lab.dispatch(LabAction::Step(step));
        }
        self.core.borrow_mut().doing = Some(Doing::Replay(cursor));
        let request = self.ask(|request| Command::Load {
            request,
            source: run.source.clone(),
            changes: run.changes.clone(),
            seed: run.seed.map(protocol::hex),
            edits,
            cursor,
        });
        self.core.borrow_mut().load = Some((request, run, group, link));
    }

    /// Loads a run over the user's own WAL, or asks for that first.
    fn want(self: &Rc<Self>, digest: String, plan: Plan) {
        let has_it = self.core.borrow().digest.as_ref() == Some(&digest);
        if has_it {
            return self.load(plan);
        }
        let opened = Opened {
            wants_wal: Some(digest.clone()),
            ..Opened::default()
        };
        self.core.borrow_mut().wanted = Some((digest, plan));
        self.lab.dispatch(LabAction::Opened(Some(Rc::new(opened))));
    }

    /// Reads the files that were opened last.
    fn read_wal(self: &Rc<Self>) {
        let files = Rc::clone(&self.core.borrow().files);
        let names: Rc<[String]> = files.iter().map(|of| of.file.name()).collect();
        self.end_reading(Wal::Reading {
            names: Rc::clone(&names),
            done: 0,
            of: None,
        });
        let weak = Rc::downgrade(self);
        let heard = move |incoming| with(&weak, |inner| inner.hear_of_wal(&names, incoming));
        let job = Job::ReadWal { request: REQUEST };
        match Running::begin(job, files, heard) {
            Ok(reading) => self.core.borrow_mut().reading = Some(reading),
            Err(text) => self.end_reading(Wal::Broke(text)),
        }
    }

    /// Ends what is being read, if anything is, with this outcome.
    fn end_reading(&self, outcome: Wal) {
        let reading = self.core.borrow_mut().reading.take();
        if let Some(reading) = reading {
            reading.cut();
        }
        self.lab.dispatch(LabAction::Wal(outcome));
    }

    fn hear_of_wal(self: &Rc<Self>, names: &Rc<[String]>, incoming: Incoming) {
        match incoming {
            Incoming::Said(Event::Progress { done, of, .. }, _) => {
                let names = Rc::clone(names);
                self.lab
                    .dispatch(LabAction::Wal(Wal::Reading { names, done, of }));
            }
            Incoming::Said(Event::WalRead { summary, .. }, Some(wal)) => {
                let wanted = {
                    let mut core = self.core.borrow_mut();
                    core.wal = Some(wal.clone());
                    core.digest = Some(summary.digest.clone());
                    core.wanted.take_if(|(digest, _)| *digest == summary.digest)
                };
                self.hand_over(wal);
                self.end_reading(Wal::Read(Rc::new(*summary)));
                if let Some((_, plan)) = wanted {
                    self.load(plan);
                }
            }
            Incoming::Said(Event::Refused { problem, .. }, _) => {
                self.end_reading(Wal::Refused(problem));
            }
            // It is asked for nothing else.
            Incoming::Said(..) => {}
            Incoming::Broke(text) => self.end_reading(Wal::Broke(text)),
        }
    }

    fn hear_of_evidence(&self, incoming: Incoming) {
        let seen = match incoming {
            Incoming::Said(Event::Evidence { evidence, .. }, _) => Seen::Told(Rc::new(evidence)),
            // It is asked for nothing else.
            Incoming::Said(..) => return,
            Incoming::Broke(text) => Seen::Broke(text),
        };
        let telling = self.core.borrow_mut().telling.take();
        if let Some(telling) = telling {
            telling.cut();
        }
        self.lab.dispatch(LabAction::Seen(seen));
    }

    fn set_playing(self: &Rc<Self>, playing: bool) {
        {
            let mut core = self.core.borrow_mut();
            if core.playing == playing || (playing && core.setup.is_none()) {
                return;
            }
            core.playing = playing;
            core.clock_ms = None;
            core.owed_ms = 0.0;
            core.animation = None;
        }
        self.lab.dispatch(LabAction::Playing(playing));
        if playing {
            self.next_animation();
        }
    }

    fn next_animation(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let animation =
            request_animation_frame(move |now_ms| with(&weak, |inner| inner.animate(now_ms)));
        self.core.borrow_mut().animation = Some(animation);
    }

    /// Grants a credit for the time since the last, if that one was spent.
    fn animate(self: &Rc<Self>, now_ms: f64) {
        let advance_ns = {
            let mut core = self.core.borrow_mut();
            if !core.playing {
                return;
            }
            let passed = core
                .clock_ms
                .replace(now_ms)
                .map_or(0.0, |then| now_ms - then);
            core.owed_ms += passed.max(0.0);
            let spent = core.awaited.is_empty() && core.next_seek.is_none();
            let due = core.owed_ms > 0.0 && core.owed_ms >= core.speed.frame_ms();
            (spent && core.ready && due).then(|| {
                let owed = std::mem::take(&mut core.owed_ms);
                core.speed.advance_ns(owed)
            })
        };
        if let Some(advance_ns) = advance_ns.filter(|&advance_ns| advance_ns > 0) {
            self.ask(|request| Command::Tick {
                request,
                advance_ns,
            });
        }
        self.next_animation();
    }

    /// Asks whether the worker is there, if anything is expected of it.
    fn beat(self: &Rc<Self>) {
        if document().hidden() {
            return;
        }
        let (starting, expected, open) = {
            let mut core = self.core.borrow_mut();
            let expected = !core.awaited.is_empty();
            if !core.ready || expected {
                core.open_questions += 1;
            }
            (!core.ready, expected, core.open_questions)
        };
        if starting {
            if open > STARTING_BEATS_MAX {
                self.fail(Failure::Silent);
            }
        } else if open > OPEN_QUESTIONS_MAX {
            self.fail(Failure::Silent);
        } else if expected {
            self.tell(|request| Command::Ping { request });
        }
    }

    fn hear(self: &Rc<Self>, incoming: Incoming) {
        let event = match incoming {
            Incoming::Said(event, _) => event,
            Incoming::Broke(text) => {
                let ready = self.core.borrow().ready;
                return self.fail(if ready {
                    Failure::Panicked(text)
                } else {
                    Failure::NoStart(text)
                });
            }
        };
        self.core.borrow_mut().open_questions = 0;
        match event {
            Event::Ready { model } => self.ready(model),
            Event::Loaded {
                request,
                setup,
                left_out,
            } => self.loaded(request, setup, left_out),
            Event::Frame { request, frame } => self.frame(request, *frame),
            Event::Progress { done, of, .. } => self.progress(done, of),
            Event::Refused { request, problem } => {
                {
                    let mut core = self.core.borrow_mut();
                    core.awaited.retain(|&awaited| awaited != request);
                    core.load.take_if(|(awaited, ..)| *awaited == request);
                }
                self.lab.dispatch(LabAction::Refused(problem));
                self.settled();
            }
            Event::Because { about, facts, .. } => {
                let at_ns = self.core.borrow().asked_at_ns;
                let answer = Answer {
                    about,
                    at_ns,
                    facts,
                };
                self.lab.dispatch(LabAction::Answer(Some(Rc::new(answer))));
            }
            Event::Trace { text, .. } => {
                if save("trace.txt", "text/plain", &text).is_err() {
                    let text =
                        "expected a browser that saves files, found one that does not".to_owned();
                    let problem = Problem { text, place: None };
                    self.lab.dispatch(LabAction::Refused(problem));
                }
            }
            Event::Described { described, .. } => {
                let described = Some(Rc::new(*described));
                self.tell_described.set(DescribedShown(described));
            }
            Event::Series { series, .. } => {
                self.tell_series.set(SeriesShown(Some(Rc::new(*series))));
            }
            // It is there, which is all; and jobs have workers of their own.
            Event::Pong { .. }
            | Event::WalRead { .. }
            | Event::ExperimentRow { .. }
            | Event::ExperimentDone { .. }
            | Event::Evidence { .. } => {}
            Event::Panicked { text } => self.fail(Failure::Panicked(text)),
        }
    }

    fn ready(self: &Rc<Self>, model: u32) {
        if model != protocol::MODEL {
            let text = format!("model {model}, expected {}", protocol::MODEL);
            return self.fail(Failure::NoStart(text));
        }
        let queue = {
            let mut core = self.core.borrow_mut();
            core.ready = true;
            std::mem::take(&mut core.queue)
        };
        self.lab.dispatch(LabAction::Ready);
        for (command, wal) in queue {
            let sent = self
                .core
                .borrow()
                .wire
                .as_ref()
                .map_or(Ok(()), |wire| wire.send(&command, wal.as_ref()));
            if let Err(text) = sent {
                return self.fail(Failure::Panicked(text));
            }
        }
    }

    fn loaded(self: &Rc<Self>, request: u32, setup: LabSetup, left_out: Vec<Problem>) {
        let setup = Rc::new(setup);
        let (run, view) = {
            let mut core = self.core.borrow_mut();
            let load = core.load.take_if(|(awaited, ..)| *awaited == request);
            let Some((_, run, group, link)) = load else {
                return;
            };
            let wanted = core.wanted.as_ref().map(|(digest, _)| digest.clone());
            core.arriving = link.map(|mut arrival| {
                let opened = Opened {
                    left_out: [std::mem::take(&mut arrival.left_out), left_out].concat(),
                    edited: arrival.edited,
                    wants_wal: wanted,
                    state: None,
                };
                (request, opened, arrival)
            });
            core.setup = Some(Rc::clone(&setup));
            core.run = Some(run.clone());
            core.frame = None;
            core.view.group = group;
            core.view.tape_from = None;
            (run, core.view.clone())
        };
        self.lab.dispatch(LabAction::Loaded(run, setup));
        self.lab.dispatch(LabAction::View(view.clone()));
        self.ask(|request| Command::Look { request, view });
        let play = std::mem::take(&mut self.core.borrow_mut().play_loaded);
        self.set_playing(play);
    }

    fn frame(self: &Rc<Self>, request: u32, mut frame: Frame) {
        let frame = {
            let mut core = self.core.borrow_mut();
            core.awaited.retain(|&awaited| awaited > request);
            // Another look at the same moment, which costs no walk over the state.
            if let Some(last) = &core.frame
                && frame.state_hash.is_none()
                && frame.cursor == last.cursor
                && frame.trace_hash == last.trace_hash
            {
                frame.state_hash.clone_from(&last.state_hash);
            }
            let frame = Rc::new(frame);
            core.frame = Some(Rc::clone(&frame));
            frame
        };
        if frame.run == RunState::Ended {
            self.set_playing(false);
        }
        self.arrive(request, &frame);
        self.show.set(Newest(Some(Shown { request, frame })));
        self.settled();
    }

    /// The frame to which a link led is there: what is there to say of the link?
    fn arrive(self: &Rc<Self>, request: u32, frame: &Frame) {
        let arriving = {
            let mut core = self.core.borrow_mut();
            core.arriving.take_if(|(awaited, ..)| *awaited == request)
        };
        let Some((_, mut opened, arrival)) = arriving else {
            return;
        };
        let here = frame.state_hash.as_deref().and_then(protocol::unhex);
        opened.state = (arrival.state).map(|stamp| (stamp, here == Some(stamp.hash)));
        let is_well = opened.left_out.is_empty()
            && !opened.edited
            && opened.wants_wal.is_none()
            && opened.state.is_none_or(|(_, fits)| fits);
        let has_nothing_to_say = is_well && (arrival.own || opened.state.is_none());
        if !has_nothing_to_say {
            self.lab.dispatch(LabAction::Opened(Some(Rc::new(opened))));
        }
    }

    /// When nothing is awaited any more, long work is over, and a seek that waited may go.
    fn settled(self: &Rc<Self>) {
        let next = {
            let mut core = self.core.borrow_mut();
            if !core.awaited.is_empty() {
                return;
            }
            core.long = None;
            core.next_seek.take()
        };
        self.lab.dispatch(LabAction::Work(None));
        if let Some(to) = next {
            self.core.borrow_mut().doing = Some(Doing::Replay(to));
            self.ask(|request| Command::Seek { request, to });
        }
    }

    fn progress(&self, done: u64, of: Option<u64>) {
        let doing = {
            let mut core = self.core.borrow_mut();
            let doing = core.doing.unwrap_or(Doing::RunToEnd);
            core.long = Some(doing);
            doing
        };
        self.lab
            .dispatch(LabAction::Work(Some(Work { doing, done, of })));
    }
}

/// What the reader did in the branch that a frame shows.
fn edits(frame: &Frame) -> Vec<Edit> {
    let edits = frame.timeline.marks.iter().filter(|mark| mark.edit);
    edits
        .map(|mark| Edit {
            at_ns: mark.at_ns,
            verb: mark.verb,
        })
        .collect()
}

fn with(weak: &Weak<Inner>, act: impl FnOnce(&Rc<Inner>)) {
    if let Some(inner) = weak.upgrade() {
        act(&inner);
    }
}

/// The state of the page, shared.
pub(crate) type LabHandle = UseReducerHandle<Lab>;

/// Starts the engine and gives it, the state of the page and the frames to what is inside.
#[component]
pub(crate) fn EngineProvider(props: &html::ChildrenProps) -> Html {
    let lab = use_reducer(Lab::default);
    let exhibit = use_context::<ExhibitShown>().expect("the app provides the exhibit");
    let newest = use_state_eq(|| Newest(None));
    let series = use_state_eq(|| SeriesShown(None));
    let described = use_state_eq(|| DescribedShown(None));
    let engine = use_memo((), {
        let (lab, show) = (lab.dispatcher(), newest.setter());
        let (series, described) = (series.setter(), described.setter());
        move |()| Engine::new(lab, show, series, described)
    });
    let engine = (*engine).clone();
    let paced = use_pace((*newest).clone(), PACE_MS, !lab.playing);
    use_effect_with(engine.clone(), move |engine| {
        let first = exhibit.0.as_ref().map(|exhibit| Found {
            text: exhibit.step(1).1.link.clone(),
            own: true,
        });
        engine.start(Lab::default().run, link_in_address().or(first));
        let engine = engine.clone();
        move || engine.stop()
    });
    html! {
        <ContextProvider<Engine> context={engine}>
            <ContextProvider<LabHandle> context={lab}>
                <ContextProvider<DescribedShown> context={(*described).clone()}>
                    <ContextProvider<SeriesShown> context={(*series).clone()}>
                        <ContextProvider<Paced> context={Paced(paced.0)}>
                            <ContextProvider<Newest> context={(*newest).clone()}>
                                { props.children.clone() }
                            </ContextProvider<Newest>>
                        </ContextProvider<Paced>>
                    </ContextProvider<SeriesShown>>
                </ContextProvider<DescribedShown>>
            </ContextProvider<LabHandle>>
        </ContextProvider<Engine>>
    }
}

/// The engine.
#[hook]
pub(crate) fn use_engine() -> Engine {
    use_context::<Engine>().expect("the app provides the engine")
}

/// The state of the page.
#[hook]
pub(crate) fn use_lab() -> LabHandle {
    use_context::<LabHandle>().expect("the app provides the state of the page")
}
