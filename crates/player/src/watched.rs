//! A world, and the checker that has read every line of its trace.
//!
//! The two are kept together, copied together and replayed together, so that what the checker says
//! depends on where the run stands and never on the way there.

use std::sync::Arc;

use lab::{Checker, INVARIANTS, Line, Schedule, Script, World};
use protocol::{Broken, Invariant};

/// A world under watch.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    world: World,
    checker: Checker,
}

impl Watched {
    pub(crate) fn new(script: &Arc<Script>) -> Self {
        let world = World::new(script);
        let checker = Checker::new(&world);
        Self { world, checker }
    }

    pub(crate) const fn world(&self) -> &World {
        &self.world
    }

    /// How many events have happened.
    pub(crate) fn events(&self) -> u64 {
        self.world.events()
    }

    /// Lets the next event happen and appends its lines to `trace`. False when there is none.
    pub(crate) fn step(&mut self, schedule: &Schedule, trace: &mut Vec<Line>) -> bool {
        let before = trace.len();
        let happened = self.world.step(schedule, trace);
        self.read(before, trace);
        happened
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
        }
    }
}

#[cfg(test)]
mod tests;
