//! Obeys a script's commands and gathers what they print.

use std::mem::take;
use std::rc::Rc;

use protocol::Verb;
use protocol::duration::ms;
use sim::{SimTime, Span};

use super::GoldenError;
use super::command::{Block, Command, Goal, Print, SEPARATOR};
use super::show;
use crate::check::{Checker, Violation};
use crate::recording::{Does, RecordedChange, RecordedMtr, Recording};
use crate::scenario::{Scenario, Workload};
use crate::schedule::Schedule;
use crate::script::Script;
use crate::trace::Line;
use crate::world::World;

/// The most events of a script: it is there to be read.
const EVENTS_MAX: u64 = 100_000;
/// The size of a record that is written by hand.
const RECORD_BYTES: u32 = 100;

/// Runs all blocks: the script with what its commands print, and the invariants that did not hold.
pub(super) fn tell(blocks: &[Block<'_>]) -> Result<(String, Vec<Violation>), GoldenError> {
    let mut teller = Teller::default();
    let mut text = String::new();
    for (place, block) in (1..).zip(blocks) {
        text.push_str(block.literal);
        if block.commands.is_empty() {
            continue;
        }
        let printed = teller.block(block)?;
        show::say(&mut text, SEPARATOR);
        text.push_str(&printed);
        if place < blocks.len() {
            text.push('\n');
        }
    }
    teller.finish();
    Ok((text, teller.violations))
}

/// Where a script stands.
#[derive(Default)]
struct Teller {
    scenario: Option<Scenario>,
    /// What is written by hand.
    mtrs: Vec<RecordedMtr>,
    changes: Vec<RecordedChange>,
    /// The run, once it has begun.
    run: Option<Run>,
    /// Events of all runs so far.
    events: u64,
    violations: Vec<Violation>,
}

/// A run that has begun.
struct Run {
    world: World,
    schedule: Schedule,
    checker: Checker,
    trace: Vec<Line>,
    /// The first moment at which something can still be done.
    clock: SimTime,
}

/// What was expected and what came.
struct Refused {
    expected: String,
    found: String,
}

fn refused(expected: &str, found: &str) -> Refused {
    Refused {
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}

impl Teller {
    fn block(&mut self, block: &Block<'_>) -> Result<String, GoldenError> {
        let mut printed = String::new();
        for (line, command) in &block.commands {
            let Refused { expected, found } = match self.obey(command, &mut printed) {
                Ok(()) => continue,
                Err(refused) => refused,
            };
            let line = *line;
            return Err(GoldenError::Command {
                line,
                expected,
                found,
            });
        }
        if printed.is_empty() {
            printed.push_str("ok\n");
        }
        Ok(printed)
    }

    fn obey(&mut self, command: &Command, out: &mut String) -> Result<(), Refused> {
        match command {
            Command::Scenario(scenario) => {
                self.finish();
                self.scenario = Some(scenario.as_ref().clone());
            }
            Command::Hand {
                at,
                pages,
                does,
                commits,
            } => self.by_hand(*at, pages, *does, *commits)?,
            Command::Run(goal, print) => self.advance(*goal, print, out)?,
            Command::Do(verb) => self.enact(*verb, out)?,
            Command::Points => show::points(&self.run()?.world, out),
            Command::Segments => show::segments(&self.run()?.world, out),
            Command::Volumes => show::volumes(&self.run()?.world, out),
            Command::Servers => show::servers(&self.run()?.world, out),
            Command::Cache => show::cache(&self.run()?.world, out),
            Command::Commits => show::commits(&self.run()?.world, out),
            Command::Log => show::log(&self.run()?.world, out),
            Command::Wait => show::wait(&self.run()?.world, out),
            Command::Check { quiet } => {
                let run = self.run()?;
                let violations = run.checker.clone().finish(&run.world);
                show::check(&run.world, &violations, *quiet, out);
            }
            Command::Causes(kind) => {
                let run = self.run()?;
                let last = run.trace.iter().rfind(|line| line.what.kind() == *kind);
                let none = || refused(&format!("a line `{kind}` in the trace"), "none so far");
                show::causes(&run.world, &run.trace, last.ok_or_else(none)?, out);
            }
        }
        Ok(())
    }

    /// Ends the run and looks at what it left.
    fn finish(&mut self) {
        if let Some(run) = self.run.take()
            && !run.world.script().scenario.may_break()
        {
            self.violations.extend(run.checker.finish(&run.world));
        }
        self.mtrs.clear();
        self.changes.clear();
    }

    fn by_hand(
        &mut self,
        at: Span,
        pages: &[u32],
        does: Does,
        commits: bool,
    ) -> Result<(), Refused> {
        if self.run.is_some() {
            let expected = "what is written by hand before the run begins";
            return Err(refused(expected, "a run that has begun"));
        }
        let earliest = self.mtrs.last().map_or(0, |mtr| mtr.at_ns);
        if at.0 < earliest {
            let expected = format!("a time from {} on, that of the line before", ms(earliest));
            return Err(refused(&expected, &ms(at.0)));
        }
        let count = |length: usize| u32::try_from(length).expect("a script is short");
        let commit = self.mtrs.iter().filter(|mtr| mtr.commit.is_some()).count();
        self.mtrs.push(RecordedMtr {
            at_ns: at.0,
            first_change: count(self.changes.len()),
            changes: count(pages.len()),
            label: 0,
            commit: commits.then_some(commit as u64 + 1),
            does,
            wal_lsn: 0,
        });
        self.changes.extend(pages.iter().map(|page| RecordedChange {
            page: *page,
            bytes: RECORD_BYTES,
            estimated: false,
            payload: (0, RECORD_BYTES),
        }));
        Ok(())
    }

    /// The run, which begins now if it has not yet.
    fn run(&mut self) -> Result<&mut Run, Refused> {
        if self.run.is_none() {
            self.run = Some(Run::new(self.script()?));
        }
        Ok(self.run.as_mut().expect("it has just begun"))
    }

    fn script(&mut self) -> Result<Script, Refused> {
        let mut scenario = self
            .scenario
            .clone()
            .ok_or_else(|| refused("`scenario` before this", "nothing of it"))?;
        let by_hand = !self.mtrs.is_empty();
        if by_hand && scenario.workload != Workload::DEFAULT {
            let expected = "`write` and `commit`, or a scenario with a workload";
            return Err(refused(expected, "both"));
        }
        if !by_hand && matches!(scenario.workload, Workload::WalFile { .. }) {
            let expected = "`write` or `commit` in place of the WAL";
            return Err(refused(expected, "neither"));
        }
        if scenario.reads.is_none() && self.mtrs.iter().any(|mtr| mtr.does != Does::Change) {
            let expected = "a scenario with `reads`, in which the writer has a cache";
            return Err(refused(expected, "one without"));
        }
        if by_hand {
            let (digest, speed) = (None, 1.0);
            scenario.workload = Workload::WalFile { digest, speed };
        }
        Ok(Script {
            seed: scenario.seed,
            scenario,
            recording: by_hand.then(|| Rc::new(self.recording())),
        })
    }

    fn recording(&mut self) -> Recording {
        Recording {
            files: Vec::new(),
            digest: String::new(),
            labels: vec!["by hand".to_owned()],
            mtrs: take(&mut self.mtrs),
            changes: take(&mut self.changes),
            bytes: Rc::from([0; RECORD_BYTES as usize]),
        }
    }

    fn advance(&mut self, goal: Goal, print: &Print, out: &mut String) -> Result<(), Refused> {
        let events = self.events;
        let run = self.run()?;
        if let Goal::Before(at) = goal
            && at < run.clock
        {
            let expected = format!("a time from {} on", ms(run.clock.0));
            return Err(refused(&expected, &ms(at.0)));
        }
        let events = run.advance(goal, print, EVENTS_MAX - events, out)?;
        self.events += events;
        Ok(())
    }

    fn enact(&mut self, verb: Verb, out: &mut String) -> Result<(), Refused> {
        let clock = self.run()?.clock;
        self.advance(Goal::Before(clock), &Print::All, out)?;
        self.run()?.enact(verb, out)
    }
}

impl Run {
    fn new(script: Script) -> Self {
        let schedule = Schedule::new(&script.scenario);
        let world = World::new(&Rc::new(script));
        Self {
            checker: Checker::new(&world),
            world,
            schedule,
            trace: Vec::new(),
            clock: SimTime::START,
        }
    }

    /// Lets events happen up to the goal; says how many.
    fn advance(
        &mut self,
        goal: Goal,
        print: &Print,
        events_max: u64,
        out: &mut String,
    ) -> Result<u64, Refused> {
        let first = self.world.events();
        while !self.has_reached(goal, first) {
            if self.world.next_at(&self.schedule).is_none() {
                let end = ms(self.world.now().0);
                show::say(out, &format!("the run ended at {end}"));
                break;
            }
            if self.world.events() - first == events_max {
                let expected = format!("a script of at most {EVENTS_MAX} events");
                return Err(refused(&expected, "more; a [stop] ends a run"));
            }
            self.event(print, out);
        }
        if let Goal::Before(at) = goal {
            self.clock = self.clock.max(at);
        } else if self.world.events() > first {
            self.clock = self.world.now() + Span(1);
        }
        Ok(self.world.events() - first)
    }

    fn has_reached(&self, goal: Goal, first: u64) -> bool {
        match goal {
            Goal::End => false,
            Goal::Events(events) => self.world.events() - first == events,
            Goal::Before(at) => {
                let next = self.world.next_at(&self.schedule);
                next.is_some_and(|next| at <= next)
            }
            Goal::Commits(commits) => self.world.acked() >= commits,
        }
    }

    /// Does this to the world at the clock, where nothing else has happened yet.
    fn enact(&mut self, verb: Verb, out: &mut String) -> Result<(), Refused> {
        if let Some(lacks) = self.world.script().scenario.lacks(verb) {
            return Err(refused("something that the scenario has", &lacks));
        }
        self.schedule.add(self.clock, verb);
        if self.world.next_at(&self.schedule) != Some(self.clock) {
            let found = format!("one that ended at {}", ms(self.world.now().0));
            return Err(refused("a run that goes on", &found));
        }
        self.event(&Print::All, out);
        Ok(())
    }

    fn event(&mut self, print: &Print, out: &mut String) {
        let known = self.trace.len();
        self.world.step(&self.schedule, &mut self.trace);
        for line in &self.trace[known..] {
            self.checker.read(line, &self.world);
            if print.wants(&line.what) {
                show::line(&self.world, line, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::command;
    use super::*;

    #[test]
    fn what_a_script_does_is_part_of_the_run() {
        let script = "scenario\n  latency.boxcar_us = 0\ncommit 0ms 0\ncommit 9ms 1\nstep 8\n\
                      node-down:a1\nrun until 1ms\nslow:b1,1ms\nnode-up:a1\nrun\n---\n";
        let mut teller = Teller::default();
        teller
            .block(&command::read(script).unwrap()[0])
            .unwrap_or_else(|_| panic!("a good script"));
        let run = teller.run.unwrap();
        let mut replay = World::new(&Rc::new(run.world.script().clone()));
        while replay.step(&run.schedule, &mut Vec::new()) {}
        assert_eq!(run.schedule.deeds().len(), 3);
        assert_eq!(replay.events(), run.world.events());
        assert_eq!(replay.trace_hash(), run.world.trace_hash());
    }
}
