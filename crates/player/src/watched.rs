//! A world, and those who watch it: the checker and who knows of damage, who read every line of its
//! trace, and the series for the charts.
//!
//! They are kept together, copied together and replayed together, so that what they say depends on
//! where the run stands and never on the way there.

use std::rc::Rc;

use lab::series::{Row, Series};
use lab::{Checker, INVARIANTS, Line, Schedule, Script, SimTime, World};
use protocol::{Broken, Invariant};

use crate::damage::Damage;

/// A world under watch.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    world: World,
    checker: Checker,
    damage: Damage,
    series: Series,
}

impl Watched {
    pub(crate) fn new(script: &Rc<Script>) -> Self {
        let world = World::new(script);
        let checker = Checker::new(&world);
        Self {
            world,
            checker,
            damage: Damage::default(),
            series: Series::default(),
        }
    }

    pub(crate) const fn world(&self) -> &World {
        &self.world
    }

    /// Which pages were damaged, and which were mended.
    pub(crate) const fn damage(&self) -> &Damage {
        &self.damage
    }

    /// How many events have happened.
    pub(crate) fn events(&self) -> u64 {
        self.world.events()
    }

    /// Lets the next event happen and appends its lines to `trace`. False when there is none.
    pub(crate) fn step(&mut self, schedule: &Schedule, trace: &mut Vec<Line>) -> bool {
        if let Some(at) = self.world.next_at(schedule) {
            self.series.come_to(at, &self.world);
        }
        let before = trace.len();
        let happened = self.world.step(schedule, trace);
        self.read(before, trace);
        happened
    }

    /// How it fares over its time, up to `now`, before which nothing more happens.
    pub(crate) fn rows(&self, now: SimTime) -> Vec<Row> {
        let mut series = self.series.clone();
        series.come_to(now, &self.world);
        series.rows(now, &self.world)
    }

    /// Every invariant and how it fared so far.
    pub(crate) fn invariants(&self) -> Vec<Invariant> {
        let violations = self.checker.violations();
        let invariant = |(&name, count): (&&'static str, &lab::Count)| Invariant {
            name: name.to_owned(),
            checked: count.checked,
            failed: count.failed,
            broken: violations
                .iter()
                .find(|violation| violation.invariant == name)
                .map(|violation| Broken {
                    event: violation.event,
                    seen: violation.seen.clone(),
                }),
        };
        let counts = self.checker.counts();
        INVARIANTS.iter().zip(counts).map(invariant).collect()
    }

    fn read(&mut self, from: usize, trace: &[Line]) {
        for line in &trace[from..] {
            self.checker.read(line, &self.world);
            self.damage.read(line);
        }
    }
}

#[cfg(test)]
mod tests;
