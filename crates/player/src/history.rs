//! A run that can be gone through in both directions.
//!
//! Going forward lets events happen. Going back takes a keyframe, a copy of the world, and replays
//! from there; it is exact because a run is a pure function of script and schedule.
//!
//! Keyframes are taken whenever the world comes past a multiple of 1,024 events, on the way there or
//! in a replay. They are dense around the newest event and around the place where the run stands, and
//! get sparser with the distance from both, so that there are few of them and none is far:
//!
//! ```text
//! 0    8    16    24  28  32  36  40 42 44 46 48 49 50 51 52 53 54 55 56 (the newest)
//! ```
//!
//! # Invariants
//! * A replay takes fewer events than half the distance from the newest, beside the few thousand that
//!   the lines of the event list need.
//! * Wherever a seek or a step ends, the lines of the last 4,096 events are there, whichever way it
//!   came.

use std::collections::VecDeque;
use std::rc::Rc;

use lab::series::Row;
use lab::{Deed, Line, Schedule, Script, SimTime, Span, What, World};
use protocol::{Edit, Invariant, Limit, Moment, RestoreHere, SeekTo, Verb, VolumeId};

use crate::damage::Damage;
use crate::watched::Watched;

/// Events between two moments at which a keyframe may be taken.
const KEYFRAME_EVENTS: u64 = 1024;
/// Events that the event list reaches back. Twice as many are kept, so that steps back do not each
/// replay for one line more.
const TAIL_EVENTS: u64 = 4096;
/// Lines that the event list reaches back, should that be less.
const TAIL_LINES: usize = 10_000;
/// The most records that a run may make: about a gigabyte of log.
const RECORDS_MAX: u64 = 1 << 22;

/// A run, with the place at which it stands.
#[derive(Clone, Debug)]
pub(crate) struct History {
    script: Rc<Script>,
    schedule: Schedule,
    here: Watched,
    /// Copies of the world, by rising number of events; the first is the start.
    keyframes: Vec<Rc<Watched>>,
    /// The newest lines up to where the run stands.
    lines: VecDeque<Line>,
    /// Of every event after this one, all lines are there.
    lines_after: u64,
    /// What was done to the world in all that is explored.
    deeds: Vec<Line>,
    /// Where the run stands: at or after the world's last event, before its next.
    playhead: SimTime,
    /// The furthest that it was gone, in time and in events.
    explored: (SimTime, u64),
    /// The moments that the first volume can be restored to from the furthest explored one, or why to
    /// none; as of the last look from there.
    restorable: Result<(SimTime, SimTime), RestoreHere>,
    scratch: Vec<Line>,
}

impl History {
    /// The same with another seed, at its start.
    pub(crate) fn with_seed(&self, seed: u64) -> Self {
        let mut script = Script::clone(&self.script);
        script.seed = seed;
        let mut history = Self::new(Rc::new(script), &[]);
        history.schedule = self.schedule.clone();
        history
    }

    /// A run at its start, with what was done in it already.
    pub(crate) fn new(script: Rc<Script>, edits: &[Edit]) -> Self {
        let here = Watched::new(&script);
        let mut schedule = Schedule::new(&script.scenario);
        for edit in edits {
            schedule.add(SimTime(edit.at_ns), edit.verb);
        }
        Self {
            schedule,
            keyframes: vec![Rc::new(here.clone())],
            here,
            lines: VecDeque::new(),
            lines_after: 0,
            deeds: Vec::new(),
            playhead: SimTime::START,
            explored: (SimTime::START, 0),
            restorable: Err(RestoreHere::NotYet),
            scratch: Vec::new(),
            script,
        }
    }

    pub(crate) const fn script(&self) -> &Rc<Script> {
        &self.script
    }

    pub(crate) const fn world(&self) -> &World {
        self.here.world()
    }

    /// What must always hold, and how it fared up to where the run stands.
    pub(crate) fn invariants(&self) -> Vec<Invariant> {
        self.here.invariants()
    }

    /// How the run fares over its time, up to where it stands.
    pub(crate) fn rows(&self) -> Vec<Row> {
        self.here.rows(self.playhead)
    }

    /// Which pages were damaged, and which were mended.
    pub(crate) const fn damage(&self) -> &Damage {
        self.here.damage()
    }

    /// Whether the first volume can be restored to where the run stands.
    pub(crate) fn restore_here(&self) -> RestoreHere {
        if self.is_at_end() {
            return RestoreHere::Now;
        }
        match self.restorable {
            Err(why) => why,
            Ok((from, _)) if self.playhead < from => RestoreHere::TooOld,
            Ok((_, until)) if until < self.playhead => RestoreHere::NotYet,
            Ok(_) => RestoreHere::Possible,
        }
    }

    /// What is asked to restore the first volume to where the run stands.
    pub(crate) const fn restoring(&self) -> Verb {
        Verb::RestoreVolume {
            volume: VolumeId::FIRST,
            to: Moment::Time(self.playhead.0),
        }
    }

    /// Before the run goes anywhere from the furthest explored moment: looks which ones the first
    /// volume can be restored to.
    fn look_back(&mut self) {
        if !self.is_at_end() {
            return;
        }
        let world = self.world();
        let times = world.restorable_times(VolumeId::FIRST);
        self.restorable = if world.volumes().len() >= usize::from(VolumeId::LIMIT) {
            Err(RestoreHere::NoRoom)
        } else if !self.takes(self.restoring()) {
            Err(RestoreHere::Ended)
        } else {
            times.ok_or(RestoreHere::GivenUp)
        };
    }

    /// Nothing further is explored.
    pub(crate) fn is_at_end(&self) -> bool {
        self.explored == (self.playhead, self.here.events())
    }

    pub(crate) const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    pub(crate) const fn playhead(&self) -> SimTime {
        self.playhead
    }

    /// Where the run stands, in words that stay true whatever else happens in it.
    pub(crate) fn cursor(&self) -> SeekTo {
        let at_ns = self.playhead.0;
        if self.world().next_at(&self.schedule) == Some(self.playhead) {
            let nth = self.world().events_at(self.playhead);
            return SeekTo::Nth { at_ns, nth };
        }
        SeekTo::Time(at_ns)
    }

    pub(crate) const fn explored(&self) -> (SimTime, u64) {
        self.explored
    }

    pub(crate) fn keyframes(&self) -> usize {
        self.keyframes.len()
    }

    /// The lines that the event list may show, newest first. Where the run stands decides about
    /// them, and nothing else.
    pub(crate) fn tail(&self) -> impl Iterator<Item = &Line> {
        let after = self.here.events().saturating_sub(TAIL_EVENTS);
        let tail = self.lines.iter().rev().take(TAIL_LINES);
        tail.take_while(move |line| line.event > after)
    }

    /// The newest lines as text, oldest first, below a line that says which they are.
    pub(crate) fn trace_text(&self) -> String {
        let (world, script) = (self.world(), &self.script);
        let mut lines: Vec<_> = self.tail().map(|line| line.text(world)).collect();
        lines.push(format!(
            "# {}, seed {}, model {}: the newest {} of {} lines, up to event {}; trace hash {}",
            script.scenario.name,
            script.seed,
            protocol::MODEL,
            lines.len(),
            world.lines(),
            world.events(),
            protocol::hex(world.trace_hash()),
        ));
        lines.reverse();
        lines.join("\n") + "\n"
    }

    /// The line of this number, if it is at hand.
    pub(crate) fn line(&self, id: u64) -> Option<Line> {
        let newest = self.lines.binary_search_by_key(&id, |line| line.id).ok();
        let deed = || self.deeds.binary_search_by_key(&id, |line| line.id).ok();
        let newest = newest.map(|place| self.lines[place]);
        newest.or_else(|| deed().map(|place| self.deeds[place]))
    }

    /// The keyframes, the newest first.
    pub(crate) fn keyframes_back(&self) -> impl Iterator<Item = &Watched> {
        self.keyframes.iter().rev().map(|keyframe| &**keyframe)
    }

    /// The last keyframe before this line.
    pub(crate) fn keyframe_before_line(&self, id: u64) -> &Watched {
        let after = self.keyframes.partition_point(|k| k.world().lines() < id);
        &self.keyframes[after.saturating_sub(1)]
    }

    /// The last keyframe before this time.
    pub(crate) fn keyframe_at(&self, at: SimTime) -> &Watched {
        let after = self.keyframes.partition_point(|k| k.world().now() < at);
        &self.keyframes[after.saturating_sub(1)]
    }

    /// What was done to the world up to where the run stands, by time.
    pub(crate) fn deeds(&self) -> &[Line] {
        let events = self.here.events();
        &self.deeds[..self.deeds.partition_point(|line| line.event <= events)]
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.is_full() || self.world().next_at(&self.schedule).is_none()
    }

    /// Whether something can be done now: a run that ended because nothing was left to do goes on.
    pub(crate) fn takes(&self, verb: Verb) -> bool {
        let mut schedule = self.schedule.clone();
        schedule.add(self.playhead + Span(1), verb);
        !self.is_full() && self.world().next_at(&schedule).is_some()
    }

    /// What there is no more room for, if the run cannot go on for that reason.
    pub(crate) fn limit(&self) -> Option<Limit> {
        if self.is_full() {
            Some(Limit::Records(RECORDS_MAX))
        } else if self.world().is_full() {
            Some(Limit::UnderWay)
        } else {
            None
        }
    }

    fn is_full(&self) -> bool {
        self.world().log().count() >= RECORDS_MAX
    }

    /// Plans this for the next nanosecond, and forgets what lay beyond. Gives that nanosecond: when
    /// time has come to it, it is done.
    pub(crate) fn act(&mut self, verb: Verb) -> SimTime {
        let at = self.playhead + Span(1);
        self.schedule.forget_edits_after(self.playhead);
        self.schedule.add(at, verb);
        let now = self.here.events();
        self.keyframes.retain(|keyframe| keyframe.events() <= now);
        self.deeds.retain(|line| line.event <= now);
        self.explored = (self.playhead, now);
        at
    }

    /// What the reader did last, up to where the run stands.
    pub(crate) fn last_edit(&self) -> Option<Deed> {
        let done = |deed: &&Deed| deed.edit && deed.at <= self.playhead;
        self.schedule.deeds().iter().rfind(done).copied()
    }

    /// Goes back before this deed, and forgets it with all that came after.
    pub(crate) fn take_back(&mut self, deed: Deed) {
        match deed.at.0.checked_sub(1) {
            Some(before) => self.approach_time(SimTime(before)),
            None => self.approach_event(0),
        }
        self.schedule.remove(deed);
        let now = self.here.events();
        self.keyframes
            .retain(|keyframe| keyframe.events() == 0 || keyframe.world().now() < deed.at);
        self.deeds.retain(|line| line.event <= now);
        self.explored = (self.playhead, now);
    }

    /// Lets the next event happen. False when there is none.
    pub(crate) fn step(&mut self) -> bool {
        if self.is_full() || !self.here.step(&self.schedule, &mut self.scratch) {
            return false;
        }
        let told = self.deeds.last().map_or(0, |line| line.id);
        let deeds = self.scratch.iter().filter(|line| is_deed(line));
        self.deeds.extend(deeds.filter(|line| line.id > told));
        self.lines.extend(self.scratch.drain(..));
        self.forget_lines();
        self.playhead = self.world().now();
        let events = self.here.events();
        self.explored = self.explored.max((self.playhead, events));
        if events.is_multiple_of(KEYFRAME_EVENTS) {
            self.take_keyframe();
        }
        true
    }

    /// Lets time pass up to `at`, if nothing happens before.
    pub(crate) fn rest_at(&mut self, at: SimTime) {
        let next = self.world().next_at(&self.schedule).unwrap_or(at);
        let stop = self.script.scenario.stop.at.unwrap_or(SimTime::LIMIT);
        if !self.has_ended() || self.script.scenario.stop.at.is_some_and(|stop| at <= stop) {
            self.playhead = self.playhead.max(at.min(next).min(stop));
        }
        self.explored.0 = self.explored.0.max(self.playhead);
    }

    /// Goes to a place from which stepping leads to this one, with the lines before it: stays, or takes
    /// a keyframe. Gives the place, no later than a run can last.
    pub(crate) fn approach(&mut self, place: SeekTo) -> SeekTo {
        let time = |at_ns: u64| SimTime(at_ns).min(SimTime::LIMIT);
        match place {
            SeekTo::Event(event) => {
                self.approach_event(event);
                place
            }
            SeekTo::Time(at_ns) => {
                self.approach_time(time(at_ns));
                SeekTo::Time(time(at_ns).0)
            }
            SeekTo::Nth { at_ns, nth } => {
                self.approach_nth(time(at_ns), nth);
                let at_ns = time(at_ns).0;
                SeekTo::Nth { at_ns, nth }
            }
        }
    }

    /// Whether the run has gone further than this.
    pub(crate) fn is_beyond(&self, place: SeekTo) -> bool {
        match place {
            SeekTo::Event(event) => self.world().events() > event,
            SeekTo::Time(at_ns) => self.playhead.0 > at_ns,
            SeekTo::Nth { at_ns, nth } => {
                self.playhead.0 > at_ns || self.world().events_at(SimTime(at_ns)) > nth
            }
        }
    }

    /// The same for a number of events.
    fn approach_event(&mut self, event: u64) {
        self.look_back();
        self.take_up(event, self.here.events() > event);
    }

    /// The same for a time.
    pub(crate) fn approach_time(&mut self, at: SimTime) {
        self.look_back();
        let behind = self.world().now() > at;
        if !behind {
            self.playhead = self.playhead.min(at);
        }
        let after = self.keyframes.partition_point(|k| k.world().now() <= at);
        let known = self.keyframes[..after].last().map_or(0, |k| k.events());
        let here = if behind { 0 } else { self.here.events() };
        self.take_up(known.max(here), behind);
    }

    /// The same for the place behind so many events of a time.
    fn approach_nth(&mut self, at: SimTime, nth: u64) {
        let now = self.world().now();
        if now < at || (now == at && self.world().events_at(at) <= nth) {
            self.playhead = self.playhead.min(at);
            return;
        }
        match at.0.checked_sub(1) {
            Some(before) => self.approach_time(SimTime(before)),
            None => self.approach_event(0),
        }
    }

    /// The same for a place at or after `event`, which lies behind where the run stands or not.
    fn take_up(&mut self, event: u64, behind: bool) {
        let has_lines = self.has_lines_before(event);
        let near = self.keyframe_before(event);
        let far = self.keyframe_before(event.saturating_sub(2 * TAIL_EVENTS));
        let here = self.here.events();
        if !behind && has_lines && far.events() <= here {
            return;
        }
        let back = behind && has_lines && self.lines_after <= near.events();
        self.here = Watched::clone(if back { near } else { far });
        self.playhead = self.world().now();
        let there = self.here.events();
        if back {
            let count = self.lines.partition_point(|line| line.event <= there);
            self.lines.truncate(count);
        } else {
            self.lines.clear();
            self.lines_after = there;
        }
    }

    /// The last keyframe at or before this number of events.
    fn keyframe_before(&self, event: u64) -> &Rc<Watched> {
        let after = self.keyframes.partition_point(|k| k.events() <= event);
        &self.keyframes[after - 1]
    }

    /// Whether the lines that belong to a place are there, as far as they do not lie ahead.
    fn has_lines_before(&self, event: u64) -> bool {
        let count = self.lines.partition_point(|line| line.event <= event);
        self.lines_after <= event.saturating_sub(TAIL_EVENTS) || count >= TAIL_LINES
    }

    fn forget_lines(&mut self) {
        let after = self.here.events().saturating_sub(2 * TAIL_EVENTS);
        while let Some(oldest) = self.lines.front()
            && (oldest.event <= after || self.lines.len() > 2 * TAIL_LINES)
        {
            self.lines_after = oldest.event;
            self.lines.pop_front();
        }
    }

    /// Keeps the first keyframe alone. False when there is no other.
    pub(crate) fn drop_keyframes(&mut self) -> bool {
        let had = self.keyframes.len();
        self.keyframes.truncate(1);
        had > 1
    }

    /// Gives up every second keyframe. False when there is none but the first.
    pub(crate) fn thin(&mut self) -> bool {
        let mut odd = true;
        let had = self.keyframes.len();
        self.keyframes.retain(|_| {
            odd = !odd;
            !odd
        });
        had > 1
    }

    /// Keeps a copy of this moment, and no more copies than it takes to go anywhere soon.
    fn take_keyframe(&mut self) {
        let events = self.here.events();
        if let Err(place) = self
            .keyframes
            .binary_search_by_key(&events, |keyframe| keyframe.events())
        {
            self.keyframes.insert(place, Rc::new(self.here.clone()));
        }
        let centres = [self.explored.1, events].map(|events| events / KEYFRAME_EVENTS);
        self.keyframes.retain(|keyframe| {
            let number = keyframe.events() / KEYFRAME_EVENTS;
            centres.iter().any(|centre| is_kept(number, *centre))
        });
    }
}

/// Whether the keyframe of this number is kept: of those at a distance of 4 to 7 from the centre each
/// one, of those at 8 to 15 each second, and so on. What is kept from afar was kept from near by.
const fn is_kept(number: u64, centre: u64) -> bool {
    let doubling = (centre.abs_diff(number) | 4).ilog2();
    number.is_multiple_of(1 << (doubling - 2))
}

/// Whether the line tells what was done to the world, and not what came of it.
const fn is_deed(line: &Line) -> bool {
    !matches!(
        line.what,
        What::Engine(_) | What::Lost { .. } | What::FoundDown { .. } | What::WorkloadEnded
    )
}
