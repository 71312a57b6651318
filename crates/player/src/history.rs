//! A run that can be gone through in both directions.
//!
//! Going forward lets events happen. Going back takes the nearest keyframe, a copy of the world, and
//! replays from there; it is exact because a run is a pure function of script and schedule.

use std::collections::VecDeque;
use std::sync::Arc;

use lab::{Line, Schedule, Script, SimTime, Span, World};
use protocol::Verb;

/// Events between two moments at which a keyframe may be taken.
const KEYFRAME_EVENTS: u64 = 1024;
/// Lines of the trace that are kept for the event list.
const LINES_MAX: usize = 20_000;

/// A run, with the place at which it stands.
#[derive(Clone, Debug)]
pub(crate) struct History {
    script: Arc<Script>,
    schedule: Schedule,
    world: World,
    /// Copies of the world, by rising number of events; the first is the start.
    keyframes: Vec<World>,
    /// The newest lines up to where the run stands.
    lines: VecDeque<Line>,
    /// Where the run stands: at or after the world's last event, before its next.
    playhead: SimTime,
    /// The furthest that it was gone, in time and in events.
    explored: (SimTime, u64),
    scratch: Vec<Line>,
}

impl History {
    pub(crate) fn new(script: Arc<Script>) -> Self {
        let world = World::new(&script);
        Self {
            schedule: Schedule::new(&script.scenario),
            keyframes: vec![world.clone()],
            world,
            lines: VecDeque::new(),
            playhead: SimTime::START,
            explored: (SimTime::START, 0),
            scratch: Vec::new(),
            script,
        }
    }

    pub(crate) const fn world(&self) -> &World {
        &self.world
    }

    pub(crate) const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    pub(crate) const fn playhead(&self) -> SimTime {
        self.playhead
    }

    pub(crate) const fn explored(&self) -> (SimTime, u64) {
        self.explored
    }

    pub(crate) fn keyframes(&self) -> usize {
        self.keyframes.len()
    }

    /// The kept lines, newest first.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().rev()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.world.next_at(&self.schedule).is_none()
    }

    /// Back to the start, as if nobody had touched anything.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(Arc::clone(&self.script));
    }

    /// Plans an edit that an earlier visit made.
    pub(crate) fn plan(&mut self, at: SimTime, verb: Verb) {
        self.schedule.add(at, verb);
    }

    /// Does this in the next nanosecond, and forgets what lay beyond. The run stands just after.
    pub(crate) fn act(&mut self, verb: Verb) {
        let at = self.playhead + Span(1);
        self.schedule.forget_edits_after(self.playhead);
        self.schedule.add(at, verb);
        let now = self.world.events();
        self.keyframes.retain(|keyframe| keyframe.events() <= now);
        self.explored = (self.playhead, now);
        while self
            .world
            .next_at(&self.schedule)
            .is_some_and(|next| next <= at)
        {
            self.step();
        }
        self.rest_at(at);
    }

    /// Lets the next event happen. False when there is none.
    pub(crate) fn step(&mut self) -> bool {
        if !self.world.step(&self.schedule, &mut self.scratch) {
            return false;
        }
        self.lines.extend(self.scratch.drain(..));
        let surplus = self.lines.len().saturating_sub(LINES_MAX);
        self.lines.drain(..surplus);
        self.playhead = self.world.now();
        let events = self.world.events();
        self.explored = self.explored.max((self.playhead, events));
        let newest = self.keyframes.last().map_or(0, World::events);
        if events.is_multiple_of(KEYFRAME_EVENTS) && newest < events {
            self.keyframes.push(self.world.clone());
            self.thin_out();
        }
        true
    }

    /// Lets time pass up to `at`, if nothing happens before.
    pub(crate) fn rest_at(&mut self, at: SimTime) {
        let next = self.world.next_at(&self.schedule).unwrap_or(at);
        let stop = self.script.scenario.stop.at.unwrap_or(SimTime::LIMIT);
        if !self.has_ended() || self.script.scenario.stop.at.is_some_and(|stop| at <= stop) {
            self.playhead = self.playhead.max(at.min(next).min(stop));
        }
        self.explored.0 = self.explored.0.max(self.playhead);
    }

    /// Goes to the nearest keyframe at or before this number of events, if it lies before where the
    /// run stands, or closer to the place than that. Stepping does the rest.
    pub(crate) fn approach_event(&mut self, event: u64) {
        let index = self
            .keyframes
            .partition_point(|keyframe| keyframe.events() <= event);
        self.approach(index, self.world.events() > event);
    }

    /// The same for a time.
    pub(crate) fn approach_time(&mut self, at: SimTime) {
        let index = self
            .keyframes
            .partition_point(|keyframe| keyframe.now() <= at);
        self.approach(index, self.world.now() > at || self.playhead > at);
    }

    fn approach(&mut self, index: usize, behind: bool) {
        let nearest = self
            .keyframes
            .get(index.saturating_sub(1))
            .expect("the start is kept");
        if !behind && nearest.events() <= self.world.events() {
            return;
        }
        self.world = nearest.clone();
        self.playhead = self.world.now();
        let events = self.world.events();
        // Lines are kept as far as they lead here without a hole.
        if self.lines.back().is_some_and(|line| line.event < events) {
            self.lines.clear();
        }
        while self.lines.back().is_some_and(|line| line.event > events) {
            self.lines.pop_back();
        }
    }

    /// Keeps few keyframes: at each distance back from the newest, at most two for each doubling.
    fn thin_out(&mut self) {
        let newest = self.keyframes.last().map_or(0, World::events);
        let doubling = |world: &World| (newest - world.events()).checked_ilog2().unwrap_or(0);
        let mut kept: Vec<(u32, u32)> = Vec::new();
        let mut keep = Vec::with_capacity(self.keyframes.len());
        for keyframe in self.keyframes.iter().rev() {
            let distance = doubling(keyframe);
            let count = match kept.last_mut() {
                Some((last, count)) if *last == distance => {
                    *count += 1;
                    *count
                }
                Some(_) | None => {
                    kept.push((distance, 1));
                    1
                }
            };
            keep.push(count <= 2 || keyframe.events() == 0);
        }
        let mut keep = keep.into_iter().rev();
        self.keyframes
            .retain(|_| keep.next().expect("one for each"));
    }
}
