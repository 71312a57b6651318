//! What takes a worker of its own: reading WAL files, experiments, what was seen of real servers.

use lab::{Progress, WalFile};
use protocol::{Event, Job, Problem};

use crate::Status;
use crate::evidence;
use crate::experiment::Trial;
use crate::wal::{Reading, Wal};

/// What does jobs, one at a time.
///
/// ```text
/// begin(job) ; while run(1000) == Busy {} ; events()
/// ```
#[derive(Default)]
pub struct Jobs {
    work: Option<(u32, Work)>,
    events: Vec<Event>,
    wal: Option<Wal>,
}

enum Work {
    Reading(Box<Reading>),
    Trial(Box<Trial>),
}

impl Jobs {
    /// Begins a job, in place of one that goes on. Files come in any order.
    pub fn begin(&mut self, job: Job, files: Vec<Box<dyn WalFile>>) {
        match job {
            Job::ReadWal { request } => {
                self.work = Some((request, Work::Reading(Box::new(Reading::new(files)))));
            }
            Job::Experiment {
                request,
                experiment,
            } => match Trial::new(experiment) {
                Ok(trial) => self.work = Some((request, Work::Trial(Box::new(trial)))),
                Err(problem) => self.events.push(Event::Refused { request, problem }),
            },
            Job::Evidence { request } => {
                let evidence = evidence::evidence();
                self.events.push(Event::Evidence { request, evidence });
            }
        }
    }

    /// Works on it: at most this many events of an experiment, or a slice of 1 MiB of WAL.
    pub fn run(&mut self, events: u32) -> Status {
        let Some((request, work)) = self.work.take() else {
            return Status::Idle;
        };
        let left = match work {
            Work::Reading(reading) => self.read(request, reading).map(Work::Reading),
            Work::Trial(trial) => self.compute(request, trial, events).map(Work::Trial),
        };
        self.work = left.map(|work| (request, work));
        if self.work.is_some() {
            Status::Busy
        } else {
            Status::Idle
        }
    }

    /// Tells how far it is, if there is work, with the row under way. Whoever owns a clock decides how
    /// often.
    pub fn tell_progress(&mut self) {
        if let Some((request, work)) = &self.work {
            if let Work::Trial(trial) = work
                && let Some(row) = trial.so_far()
            {
                let request = *request;
                self.events.push(Event::ExperimentRow { request, row });
            }
            let (done, of) = match work {
                Work::Reading(reading) => {
                    let Progress { done, of } = reading.progress();
                    (done, of)
                }
                Work::Trial(trial) => trial.progress(),
            };
            self.events.push(Event::Progress {
                request: *request,
                done,
                of: Some(of),
            });
        }
    }

    /// Takes what there is to tell.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Takes the WAL that was read, for [`crate::Player::take_wal`].
    pub fn wal(&mut self) -> Option<Vec<u8>> {
        self.wal.take().map(|wal| wal.to_bytes())
    }

    /// Reads a slice. Gives the reading back while there is more.
    fn read(&mut self, request: u32, mut reading: Box<Reading>) -> Option<Box<Reading>> {
        if reading.step() {
            return Some(reading);
        }
        match reading.finish() {
            Ok((wal, summary)) => {
                let summary = Box::new(summary);
                self.events.push(Event::WalRead { request, summary });
                self.wal = Some(wal);
            }
            Err(problem) => self.events.push(Event::Refused { request, problem }),
        }
        None
    }

    /// Lets so many events happen. Gives the experiment back while there is more.
    fn compute(&mut self, request: u32, mut trial: Box<Trial>, events: u32) -> Option<Box<Trial>> {
        for _ in 0..events {
            if let Some(row) = trial.step() {
                self.events.push(Event::ExperimentRow { request, row });
            }
            if let Some(end) = trial.is_done() {
                self.events.push(told(request, end));
                return None;
            }
        }
        Some(trial)
    }
}

/// How an experiment ended.
fn told(request: u32, end: Result<(), Problem>) -> Event {
    match end {
        Ok(()) => Event::ExperimentDone { request },
        Err(problem) => Event::Refused { request, problem },
    }
}
