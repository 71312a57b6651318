//! Soak: random worlds in random trouble, watched by the checkers.
//!
//! One seed decides everything about a **case**: topology, latencies, workload, and what is done to
//! the world and when. A case runs through three phases:
//!
//! 1. *Trouble.* Every checker reads every line; one violation fails the case.
//! 2. *Mended.* Zones and nodes return, also as members; disks are as fast as before, and there is a
//!    writer. Commits must go on: safety is not enough, for whoever does nothing is always safe.
//! 3. *Quiet.* Nobody asks for anything more. Every copy of every volume must become equal.
//!
//! Some seeds run the conventional engine beside the quorum engine, some alone (`soak/servers.rs`).
//! At last its pages must be those of a plain map of its WAL (`soak/plain.rs`).
//!
//! A case that fails is shrunk, as far as it still fails in the same way, to a golden script
//! ([`Failure::story`]) which shows the failure when it is run.
//!
//! To add a kind of trouble, add its row to `soak/faults.rs`; what a workload or a topology may be is
//! in `soak/draw.rs`; what mends it is in `mend`.

mod draw;
mod faults;
mod plain;
mod servers;
mod shrink;
mod story;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use engine_quorum::{Change, Copies, Defect, NodeId, Note, Phase, Reads};
use protocol::{Az, Edit, Verb, VolumeId};
use sim::{SimTime, Span};

use crate::check::Checker;
use crate::scenario::Scenario;
use crate::schedule::Schedule;
use crate::script::Script;
use crate::trace::text::segment;
use crate::trace::{Line, What};
use crate::world::{SeatState, Volume, World};

pub use faults::Hits;
use plain::PlainMap;

/// What a mended world owes.
pub(crate) const GOES_ON: &str = "what is mended goes on, and its copies become equal";
/// What the pages of a server must be.
const PLAIN_MAP: &str = "a server has the pages that its log makes";
/// What no input may cause.
const NO_PANIC: &str = "no assertion of the engine fails";

/// A mended world acknowledges something, or a copy gets something, at least so often.
const PATIENCE: Span = Span::from_millis(20_000);
/// So often one looks again for what is to be mended: members change one step after the other.
const MENDED_EVERY: Span = Span::from_millis(100);
/// Commits that a mended world must acknowledge before it may be quiet.
const COMMITS_WHEN_MENDED: u64 = 10;
/// A disk for which so much waits gets more than it can do. Then nobody asks for anything more, for
/// no engine keeps up with that; it owes what was asked for until then.
const SWAMPED: usize = 2_000;
/// A case that is not over after so many events never will be.
const EVENTS_MAX: u64 = 20_000_000;

/// A line of a scenario file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Setting {
    key: &'static str,
    value: String,
}

/// A run: what there is, what is done, and how far it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    settings: Vec<Setting>,
    /// By rising time.
    deeds: Vec<(SimTime, Verb)>,
    end: End,
}

/// How far a case goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// At this time all is mended; it is over when it has gone on for so many events in all, and has
    /// become quiet.
    Mended { at: SimTime, events: u64 },
    /// Through everything up to this time.
    At(SimTime),
}

/// What came of a case in which everything held.
#[derive(Clone, Debug)]
pub struct Passed {
    /// Its events.
    pub events: u64,
    /// What happened to it.
    pub hits: Hits,
}

/// Something that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The name of what did not hold.
    pub invariant: &'static str,
    /// The event at which it did not.
    pub event: u64,
    /// What was seen.
    pub seen: String,
    /// When.
    at: SimTime,
    /// All that was done until then, mending included.
    done: Vec<(SimTime, Verb)>,
    /// When the workload was ended.
    work_until: Option<SimTime>,
    case: Case,
}

/// Runs the case of a seed with these mistakes, for at least so many events.
pub fn soak(seed: u64, broken: &[Defect], events: u64) -> Result<Passed, Box<Failure>> {
    attempt(&draw::draw(seed, broken, events))
}

/// The scenario of a seed's case, and what is done in it: for whoever wants to watch it himself.
pub fn case(seed: u64, events: u64) -> (String, Vec<Edit>) {
    let case = draw::draw(seed, &[], events);
    let edit = |&(at, verb): &(SimTime, Verb)| Edit { at_ns: at.0, verb };
    (case.scenario_text(), case.deeds.iter().map(edit).collect())
}

impl Failure {
    /// A smaller case that fails in the same way. `progress` is told of every case that was tried.
    #[must_use]
    pub fn shrunk(self, progress: impl FnMut()) -> Self {
        shrink::shrink(self, progress)
    }

    /// The golden script that shows it.
    pub fn story(&self) -> String {
        story::story(self)
    }
}

impl Case {
    fn scenario_text(&self) -> String {
        let lines = self
            .settings
            .iter()
            .map(|Setting { key, value }| format!("{key} = {value}\n"));
        let mut text = "format = 1\n".to_owned();
        text.extend(lines);
        text
    }
}

/// Runs a case. A panic is a failure like any other.
fn attempt(case: &Case) -> Result<Passed, Box<Failure>> {
    let scenario = Scenario::parse(&case.scenario_text()).map_err(|error| Failure {
        invariant: "a case has a scenario",
        event: 0,
        seen: error.to_string(),
        at: SimTime::START,
        done: Vec::new(),
        work_until: None,
        case: case.clone(),
    })?;
    let reached = Cell::new((0, SimTime::START));
    let run = catch_unwind(AssertUnwindSafe(|| Run::new(scenario, case, &reached).go()));
    run.unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        let (event, at) = reached.get();
        Err(Box::new(Failure {
            invariant: NO_PANIC,
            event,
            seen: text.unwrap_or("a panic").to_owned(),
            at,
            done: case
                .deeds
                .iter()
                .filter(|(time, _)| *time <= at)
                .copied()
                .collect(),
            work_until: None,
            case: case.clone(),
        }))
    })
}

struct Run<'a> {
    case: &'a Case,
    world: World,
    schedule: Schedule,
    checker: Checker,
    hits: Hits,
    plain: PlainMap,
    /// Events so far, and the time, for whoever catches a panic.
    reached: &'a Cell<(u64, SimTime)>,
    /// When the world last got anywhere.
    progress_at: SimTime,
    /// When one looks next for what is to be mended.
    mend_at: SimTime,
    /// Commits that each engine had acknowledged when all was mended; `None` before.
    acked_when_mended: Option<[u64; 2]>,
    work_until: Option<SimTime>,
}

impl<'a> Run<'a> {
    fn new(scenario: Scenario, case: &'a Case, reached: &'a Cell<(u64, SimTime)>) -> Self {
        let script = Rc::new(Script {
            seed: scenario.seed,
            scenario,
            recording: None,
        });
        let world = World::new(&script);
        let mut schedule = Schedule::default();
        for (at, verb) in &case.deeds {
            schedule.add(*at, *verb);
        }
        let mend_at = match case.end {
            End::Mended { at, .. } => at,
            End::At(_) => SimTime::LIMIT,
        };
        Self {
            case,
            mend_at,
            checker: Checker::new(&world),
            schedule,
            hits: Hits::new(world.servers()),
            plain: PlainMap::default(),
            reached,
            progress_at: SimTime::START,
            acked_when_mended: None,
            work_until: None,
            world,
        }
    }

    fn go(&mut self) -> Result<Passed, Box<Failure>> {
        let mut lines = Vec::new();
        loop {
            let next = self.world.next_at(&self.schedule);
            match self.case.end {
                End::At(end) if next.is_none_or(|next| next > end) => break,
                End::Mended { .. } if self.is_mending_due(next) => self.mend(),
                End::Mended { .. }
                    if self.work_until.is_some() && unfinished(&self.world).is_none() =>
                {
                    break;
                }
                End::Mended { .. } if self.is_stalled() || next.is_none() => {
                    let seen =
                        restless(&self.world).unwrap_or_else(|| "too many events".to_owned());
                    return Err(self.fail(GOES_ON, self.world.events(), seen).into());
                }
                End::Mended { .. } | End::At(_) => {}
            }
            self.world.step(&self.schedule, &mut lines);
            self.reached.set((self.world.events(), self.world.now()));
            for line in lines.drain(..) {
                self.read(&line);
            }
            if let Some(violation) = self.checker.violations().first() {
                let (invariant, event) = (violation.invariant, violation.event);
                return Err(self.fail(invariant, event, violation.seen.clone()).into());
            }
            self.perhaps_end_work();
        }
        if let Some(violation) = self.checker.clone().finish(&self.world).first() {
            let (invariant, event) = (violation.invariant, violation.event);
            return Err(self.fail(invariant, event, violation.seen.clone()).into());
        }
        let servers = self.world.servers();
        if let Some(seen) = servers.and_then(|servers| self.plain.clone().difference(servers)) {
            return Err(self.fail(PLAIN_MAP, self.world.events(), seen).into());
        }
        Ok(Passed {
            events: self.world.events(),
            hits: self.hits.clone(),
        })
    }

    fn read(&mut self, line: &Line) {
        self.checker.read(line, &self.world);
        self.hits.read(line);
        if let What::Engine(Note::Stored { .. } | Note::CommitAcked { .. }) = line.what {
            self.progress_at = line.at;
        }
        if let (What::Server(note), Some(servers)) = (line.what, self.world.servers()) {
            self.plain.read(note, servers.wal());
            if servers::is_progress(note) {
                self.progress_at = line.at;
            }
        }
    }

    fn is_mending_due(&self, next: Option<SimTime>) -> bool {
        next.map_or(self.acked_when_mended.is_none(), |next| {
            next >= self.mend_at
        })
    }

    fn mend(&mut self) {
        mend(&self.world, &mut self.schedule, self.mend_at);
        if self.acked_when_mended.is_none() {
            self.acked_when_mended = Some(acked(&self.world));
            self.progress_at = self.mend_at;
        }
        self.mend_at = self.mend_at + MENDED_EVERY;
    }

    /// Ends the workload of a mended world that has gone on for long enough.
    fn perhaps_end_work(&mut self) {
        if let End::Mended { events, .. } = self.case.end
            && let Some(before) = self.acked_when_mended
            && self.work_until.is_none()
            && self.world.events() >= events
            && (self.has_gone_on(before) || self.is_swamped())
        {
            self.world.end_work();
            self.work_until = self.world.script().scenario.stop.work;
        }
    }

    /// Whether each engine acknowledged enough since.
    fn has_gone_on(&self, before: [u64; 2]) -> bool {
        let has_quorum = self.world.script().scenario.engine.has_quorum();
        let owes = [has_quorum, servers::may_commit(&self.world)];
        let pairs = acked(&self.world).into_iter().zip(before);
        let mut owed = pairs.zip(owes).filter(|(_, owes)| *owes);
        owed.all(|((now, before), _)| now >= before + COMMITS_WHEN_MENDED)
    }

    fn is_stalled(&self) -> bool {
        let silent = self.world.now() > self.progress_at + PATIENCE && !self.is_swamped();
        self.acked_when_mended.is_some() && (silent || self.world.events() > EVENTS_MAX)
    }

    fn is_swamped(&self) -> bool {
        let machines = self.world.script().scenario.topology.machines();
        let mut disks = (0..machines).map(|id| self.world.disk_load(NodeId(id)));
        disks.any(|(waiting, _)| waiting > SWAMPED)
    }

    fn fail(&self, invariant: &'static str, event: u64, seen: String) -> Failure {
        let deeds = self
            .schedule
            .deeds()
            .iter()
            .map(|deed| (deed.at, deed.verb));
        let at = self.world.now();
        Failure {
            invariant,
            event,
            seen,
            at,
            done: deeds.filter(|(time, _)| *time <= at).collect(),
            work_until: self.work_until,
            case: self.case.clone(),
        }
    }
}

/// Commits that the quorum engine acknowledged, and those of the conventional one.
fn acked(world: &World) -> [u64; 2] {
    let servers = world.servers();
    let servers = servers.map_or(0, |servers| servers.tally().commits_acked);
    [world.tally().commits_acked, servers]
}

/// Mends what is broken.
fn mend(world: &World, schedule: &mut Schedule, at: SimTime) {
    let topology = &world.script().scenario.topology;
    let members = world.writer().members();
    let leaving = |change: &Change| matches!(change, Change::Leave(_));
    let away = if members.changes().iter().any(leaving) {
        members.suspects()
    } else if members.changes().is_empty() {
        members.left_out()
    } else {
        Copies::default()
    };
    for az in (0..topology.azs).filter_map(Az::new) {
        if world.zone_down(az).is_some() {
            schedule.add(at, Verb::AzUp(az));
        }
        if away.iter().any(|node| world.name(node).az() == az) {
            schedule.add(at, Verb::AddZone(az));
        }
    }
    for id in (0..topology.machines()).map(NodeId) {
        let node = world.name(id);
        if world.is_broken(id) {
            schedule.add(at, Verb::NodeUp(node));
        }
        if world.slowed_by(id) > Span::ZERO {
            schedule.add(at, Verb::Slow { node, ms: 0 });
        }
        if world.drops_left(id) > 0 {
            schedule.add(at, Verb::Drop { node, count: 0 });
        }
    }
    let servers = world.servers();
    if let Some(servers) = servers {
        servers::mend(servers, schedule, at);
    }
    let (state, _) = world.writer_state();
    let cut_off = servers.is_some_and(|servers| servers.cut_off);
    if state == SeatState::CutOff || world.older_cut_off() || cut_off {
        schedule.add(at, Verb::Heal);
    }
    let down = servers.is_some_and(|servers| servers.primary().is_none());
    if state == SeatState::Crashed || matches!(world.writer().phase(), Phase::Over) || down {
        schedule.add(at, Verb::Recover);
    }
}

/// Why a world is not quiet: what waits to be acknowledged, or which copies are not equal.
pub(crate) fn restless(world: &World) -> Option<String> {
    let waiting = |(name, volume): (VolumeId, &Volume)| {
        let tally = volume.tally();
        let waiting = tally.commits_asked - tally.commits_acked - tally.unanswered;
        (waiting > 0).then(|| {
            format!("{waiting} commits of {name} wait for a writer that is not the newest")
        })
    };
    unfinished(world).or_else(|| world.living().find_map(waiting))
}

/// The same without the commits of older writers, which may not know yet that they are over.
fn unfinished(world: &World) -> Option<String> {
    let mut volumes = world.living();
    let unsettled = volumes.find_map(|(name, volume)| {
        let why = unsettled(world, volume)?;
        Some(format!("{name}: {why}"))
    });
    unsettled.or_else(|| servers::restless(world))
}

fn unsettled(world: &World, volume: &Volume) -> Option<String> {
    let writer = volume.writer();
    let phase = match writer.phase() {
        Phase::Open => "open",
        Phase::Recovering(_) => "recovering",
        Phase::Over => "over",
    };
    let reads = writer.reads().into_iter().flat_map(Reads::parked);
    let reading = reads.filter(|(_, asked)| asked.snapshot.is_none());
    let waiting = writer.commits().len() + writer.held() + reading.count() + volume.parked();
    let epoch = writer.epoch().0;
    if waiting > 0 || !matches!(writer.phase(), Phase::Open) {
        return Some(format!(
            "the writer of epoch {epoch} is {phase}, transactions waiting {waiting}"
        ));
    }
    if let Some(change) = writer.members().changes().first() {
        return Some(format!("members change: {change:?}"));
    }
    let members = writer.members().members();
    let nodes = (0_u8..).map(NodeId).zip(volume.nodes());
    let nodes = nodes.filter(|(id, _)| members.has(*id));
    let mut copies = nodes.flat_map(|copy| volume.groups().map(move |group| (copy, group)));
    copies.find_map(|((id, node), group)| {
        let (scl, tail) = (node.segment(group).scl(), volume.log().last_in_group(group));
        let name = segment(group, id, world);
        (scl != tail).then(|| format!("{name} is complete up to {scl}, and {group} goes to {tail}"))
    })
}
