//! The recovery-time curve: how long a restart takes after a crash, over the redo that it finds.
//!
//! The engines compute it. One run writes log; at each amount that is asked for, a copy of it crashes
//! and starts again, and the run goes on as if nothing had been:
//!
//! ```text
//! log written  0 -------- 3 GB -------- 10 GB -------- 30 GB -->
//!                          \             \              \
//!                           restart       restart        restart
//! ```
//!
//! Beside it stand three points of the talk, measured on PostgreSQL, and the line that fits them best:
//! a fixed start, and so much for each GB of redo.
//!
//! The notes say of the quorum engine that its recovery is 97 % faster. That is (126 − 3) / 126 =
//! 97.6 %: 3 s against PostgreSQL with 30 GB of redo. It compares two engines; it is no effect of a
//! larger log, which lets checkpoints be rarer and so makes PostgreSQL's recovery longer.
//!
//! # Simplifications
//! * A record is 1 MiB, so that 40 GB are few events. So many bytes touch fewer pages than those of
//!   small records would: how many pages redo meets is set by [`Situation::pages`], not by the log.
//! * A checkpoint writes ten pages a second at least, for it sleeps 100 ms after each: PostgreSQL's does.
//!   On a server under this load more pages than that are dirty, and so it is spread up to its target.
//!   Where checkpoints come, records are smaller and pages more, so that it is here, too.

use std::rc::Rc;

use engine_wal::Note;
use protocol::Verb;
use sim::{Delay, Span, Throughput};

use crate::scenario::{Arrival, Conventional, Scenario, Workload};
use crate::schedule::Schedule;
use crate::script::Script;
use crate::trace::What;
use crate::world::World;

/// What a recovery-time curve holds for. The default is a server without checkpoints that replays as
/// fast as the talk's.
#[derive(Clone, Debug, PartialEq)]
pub struct Situation {
    /// `checkpoint_timeout`. `None`: no checkpoint comes, and all log that was written is redo.
    pub checkpoint_interval: Option<Span>,
    /// `full_page_writes`.
    pub full_page_writes: bool,
    /// What the device can do.
    pub throughput: Throughput,
    /// What each operation of it takes beside.
    pub disk: Delay,
    /// Bytes of log that are replayed in a second.
    pub replay_bytes_per_second: u64,
    /// How long the server takes to start before the first record is replayed.
    pub startup: Span,
    /// Bytes of log that are written in a second, before the crash; at least one.
    pub log_bytes_per_second: u64,
    /// Pages that records change, at random, at least one; more where checkpoints come. All of them
    /// fit in a buffer.
    pub pages: u32,
}

impl Default for Situation {
    fn default() -> Self {
        let Conventional {
            settings,
            throughput,
            ..
        } = Conventional::default();
        Self {
            checkpoint_interval: None,
            full_page_writes: true,
            throughput,
            disk: Delay::Exponential { mean_ms: 0.3 },
            replay_bytes_per_second: settings.replay_bytes_per_second,
            startup: settings.startup,
            // 25,000 inserts a second, each 370 bytes of WAL: the talk's load, and about what a row of 100
            // bytes with two indexes took on PostgreSQL 15.
            log_bytes_per_second: 25_000 * 370,
            pages: 1_000,
        }
    }
}

/// A restart on the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// WAL that was written in all when the servers crashed, bytes.
    pub written: u64,
    /// WAL from the redo point to the end.
    pub redo_bytes: u64,
    /// How long the conventional engine took until it was open.
    pub took: Span,
    /// How much of that was redo.
    pub redo_took: Span,
    /// How long the quorum engine took, crashed and started at the same moments.
    pub quorum_took: Span,
}

/// A curve as far as it is computed.
#[derive(Clone, Debug)]
pub struct Curve {
    world: World,
    schedule: Schedule,
    next: Next,
}

/// The next point of a curve.
#[derive(Clone, Debug)]
enum Next {
    /// It comes when so much WAL is flushed.
    Writing(u64),
    /// A copy of the world crashed when so much was, and starts again.
    Restarting {
        written: u64,
        world: Box<World>,
        schedule: Schedule,
        redo_took: Span,
    },
}

/// Bytes of a record where no checkpoints come, the most that a scenario allows.
const RECORD_BYTES: u32 = 1 << 20;

/// Where checkpoints come: so many records a second, at least ...
const RECORDS_PER_SECOND: u64 = 35;

/// ... on so many pages for each second of the interval, at least. An interval dirties five in six of
/// them, 16 for each of its seconds: more than the ten that a checkpoint writes in any case.
const PAGES_PER_SECOND: u64 = 20;

/// More than any curve asks for.
const NEVER: Span = Span::from_millis(1 << 40);

/// Nodes gossip rarely, and do no chores: recovery does not depend on them.
const BASE: &str = r#"
format = 1
name = "recovery-curve"
engine = "both"
weight = "account"
[topology]
gossip = "10s"
[storage]
backup = "never"
collect = "never"
scrub = "never"
coalesce_records = 1000000
[latency]
in_az = { kind = "constant", ms = 0.1 }
cross_az = { kind = "constant", ms = 0.4 }
"#;

impl Situation {
    /// Bytes of a record, and the pages that records change.
    fn load(&self) -> (u32, u32) {
        let Some(interval) = self.checkpoint_interval else {
            return (RECORD_BYTES, self.pages);
        };
        let few = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let record_bytes = few(self.log_bytes_per_second / RECORDS_PER_SECOND);
        let pages = few(PAGES_PER_SECOND.saturating_mul(interval.0 / 1_000_000_000));
        (record_bytes.clamp(1, RECORD_BYTES), pages.max(self.pages))
    }
}

impl Curve {
    /// A curve with no point yet.
    pub fn new(situation: &Situation) -> Self {
        assert!(situation.log_bytes_per_second > 0, "log is written");
        assert!(situation.pages > 0, "records change pages");
        let mut scenario = Scenario::parse(BASE).expect("a good scenario");
        let (record_bytes, pages) = situation.load();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let rate = situation.log_bytes_per_second as f64 / f64::from(record_bytes);
        scenario.workload = Workload::Insert {
            arrival: Arrival::Fixed { rate },
            record_bytes,
            records_per_commit: 1,
            pages,
        };
        scenario.latency.disk = situation.disk.clone();
        scenario.wal.throughput = situation.throughput;
        let settings = &mut scenario.wal.settings;
        settings.checkpoint_interval = situation.checkpoint_interval.unwrap_or(NEVER);
        settings.max_wal_size = 1 << 50;
        settings.full_page_writes = situation.full_page_writes;
        settings.replay_bytes_per_second = situation.replay_bytes_per_second;
        settings.startup = situation.startup;
        settings.shared_buffers = pages.saturating_add(1);
        settings.wal_buffers = 16 << 20;
        let script = Script {
            seed: scenario.seed,
            scenario,
            recording: None,
        };
        Self {
            schedule: Schedule::new(&script.scenario),
            world: World::new(&Rc::new(script)),
            next: Next::Writing(u64::MAX),
        }
    }

    /// Asks for the restart after a crash as soon as so many bytes of WAL are flushed, no fewer than at
    /// the last one. [`Curve::step`] works on it.
    pub fn ask(&mut self, written: u64) {
        self.next = Next::Writing(written);
    }

    /// Lets one event happen. Gives the restart that was asked for when it is over; where none is asked
    /// for, more log is written.
    pub fn step(&mut self) -> Option<Restart> {
        match &mut self.next {
            Next::Writing(wanted) => {
                let flushed = flushed(&self.world).filter(|flushed| flushed >= wanted);
                if let Some(written) = flushed {
                    self.next = self.crash(written);
                } else {
                    step(&mut self.world, &self.schedule);
                }
                None
            }
            Next::Restarting {
                written,
                world,
                schedule,
                redo_took,
            } => {
                if let Some(took) = step(world, schedule) {
                    *redo_took = took;
                }
                let servers = world.servers().expect("both engines run").tally();
                let redone = servers.recoveries.first()?;
                let recovered = world.tally().recoveries.first()?;
                let restart = Restart {
                    written: *written,
                    redo_bytes: redone.redo_bytes,
                    took: redone.took,
                    redo_took: *redo_took,
                    quorum_took: recovered.took,
                };
                self.next = Next::Writing(u64::MAX);
                Some(restart)
            }
        }
    }

    /// A copy of the world whose servers crash and start again.
    fn crash(&self, written: u64) -> Next {
        let (mut world, mut schedule) = (self.world.clone(), self.schedule.clone());
        world.end_work();
        let now = world.now();
        schedule.add(now + Span(1), Verb::CrashWriter);
        schedule.add(now + Span(2), Verb::Recover);
        Next::Restarting {
            written,
            world: Box::new(world),
            schedule,
            redo_took: Span::ZERO,
        }
    }

    /// The restart after a crash as soon as so many bytes of WAL are flushed, no fewer than at the
    /// last one.
    pub fn restart_at(&mut self, written: u64) -> Restart {
        self.ask(written);
        loop {
            if let Some(restart) = self.step() {
                return restart;
            }
        }
    }
}

/// WAL on the primary's device, in bytes. `None`: there is no primary yet.
fn flushed(world: &World) -> Option<u64> {
    let primary = world.servers()?.primary()?;
    Some(primary.flushed().0)
}

/// Lets the next event happen. Gives how long redo took, if it ended with it.
fn step(world: &mut World, schedule: &Schedule) -> Option<Span> {
    let mut trace = Vec::new();
    assert!(world.step(schedule, &mut trace), "there is more to come");
    trace.iter().find_map(|line| {
        if let What::Server(Note::RedoDone { took, .. }) = line.what {
            Some(took)
        } else {
            None
        }
    })
}

/// A restart that somebody saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Redo that it found, in GB.
    pub redo_gb: f64,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// PostgreSQL restarts that a talk of 2 December 2019 showed, by notes that were taken there. Nothing is
/// said of the machine.
pub const TALK: [Seen; 3] = [
    Seen {
        redo_gb: 3.0,
        seconds: 19.0,
    },
    Seen {
        redo_gb: 10.0,
        seconds: 50.0,
    },
    Seen {
        redo_gb: 30.0,
        seconds: 126.0,
    },
];

/// What the same notes say of Aurora: 3 s, at a higher throughput.
pub const TALK_QUORUM_SECONDS: f64 = 3.0;

/// A straight line: a restart takes a fixed time, and so much for each GB of redo.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Without any redo, in seconds.
    pub start_seconds: f64,
    /// For each GB, in seconds.
    pub seconds_per_gb: f64,
}

impl Line {
    /// The line with the least squares of residuals. `None`: these are not two different amounts of
    /// redo, or more of it does not take longer.
    #[expect(clippy::cast_precision_loss, reason = "a few points")]
    pub fn fit(seen: &[Seen]) -> Option<Self> {
        let count = seen.len() as f64;
        let mean = |of: fn(&Seen) -> f64| seen.iter().map(of).sum::<f64>() / count;
        let (redo_gb, seconds) = (mean(|seen| seen.redo_gb), mean(|seen| seen.seconds));
        let from_mean = |seen: &Seen| (seen.redo_gb - redo_gb, seen.seconds - seconds);
        let products = seen.iter().map(from_mean);
        let (square, mixed) = products.fold((0.0, 0.0), |(square, mixed), (x, y)| {
            (square + x * x, mixed + x * y)
        });
        let seconds_per_gb = mixed / square;
        (seconds_per_gb > 0.0 && seconds_per_gb.is_finite()).then_some(Self {
            start_seconds: seconds - seconds_per_gb * redo_gb,
            seconds_per_gb,
        })
    }

    /// How long it says that a restart takes.
    pub fn seconds(&self, redo_gb: f64) -> f64 {
        self.start_seconds + self.seconds_per_gb * redo_gb
    }

    /// By how many seconds a restart took longer than the line says.
    pub fn residual(&self, seen: &Seen) -> f64 {
        seen.seconds - self.seconds(seen.redo_gb)
    }

    /// The situation of a server that starts and replays as the line says.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded, and a negative start is none"
    )]
    pub fn situation(&self) -> Situation {
        Situation {
            startup: Span((self.start_seconds * 1e9) as u64),
            replay_bytes_per_second: ((1e9 / self.seconds_per_gb) as u64).max(1),
            ..Situation::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk() -> Line {
        Line::fit(&TALK).unwrap()
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    fn seconds(span: Span) -> f64 {
        span.0 as f64 / 1e9
    }

    #[test]
    fn the_talks_points_lie_near_a_line_of_nine_seconds_and_four_more_for_each_gb() {
        let line = talk();
        assert!((line.start_seconds - 8.7).abs() < 0.05, "{line:?}");
        assert!((line.seconds_per_gb - 3.93).abs() < 0.005, "{line:?}");
        let residuals = TALK.map(|seen| line.residual(&seen));
        for (residual, expected) in residuals.iter().zip([-1.5, 2.0, -0.5]) {
            assert!((residual - expected).abs() < 0.05, "{residuals:?}");
        }
        let set = Conventional::default().settings;
        let fitted = line.situation();
        assert!(fitted.startup.0.abs_diff(set.startup.0) < 50_000_000);
        let rates = [fitted.replay_bytes_per_second, set.replay_bytes_per_second];
        assert!(rates[0].abs_diff(rates[1]) < 1_000_000, "{rates:?}");
    }

    #[test]
    fn ninety_seven_percent_compare_the_quorum_engine_with_thirty_gb_of_redo() {
        let saved = TALK.map(|seen| 100.0 * (1.0 - TALK_QUORUM_SECONDS / seen.seconds));
        for (percent, expected) in saved.iter().zip([84.2, 94.0, 97.6]) {
            assert!((percent - expected).abs() < 0.05, "{saved:?}");
        }
    }

    #[test]
    fn with_the_fitted_constants_the_curve_passes_the_talks_points() {
        let mut curve = Curve::new(&talk().situation());
        for (seen, written) in TALK.iter().zip([3, 10, 30]) {
            let restart = curve.restart_at(written * 1_000_000_000);
            let took = seconds(restart.took);
            assert!((took - seen.seconds).abs() < 2.5, "{took} {seen:?}");
            assert!(restart.redo_bytes.abs_diff(restart.written) < 1 << 21);
            assert!(seconds(restart.quorum_took) < TALK_QUORUM_SECONDS);
        }
    }

    #[test]
    fn without_redo_a_restart_takes_the_start_alone() {
        let situation = Situation::default();
        let restart = Curve::new(&situation).restart_at(0);
        assert_eq!((restart.redo_bytes, restart.took), (0, situation.startup));
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    fn checkpoints_bound_the_redo_and_with_it_the_time() {
        let interval = 60;
        let mut curve = Curve::new(&Situation {
            checkpoint_interval: Some(Span::from_millis(interval * 1000)),
            ..Situation::default()
        });
        let log_per_interval = Situation::default().log_bytes_per_second * interval;
        let restarts = (80..120).map(|part| curve.restart_at(log_per_interval * part / 20));
        let restarts: Vec<_> = restarts.collect();
        // A checkpoint is complete after 0.9 of the next interval. Looked at every 20th of one, with the
        // images of a thousand pages.
        let redo = restarts
            .iter()
            .map(|restart| restart.redo_bytes as f64 / log_per_interval as f64);
        let redo: Vec<_> = redo.collect();
        let most = redo.iter().copied().fold(0.0, f64::max);
        let least = redo.iter().copied().fold(2.0, f64::min);
        assert!((1.85..1.94).contains(&most), "{redo:?}");
        assert!((0.9..0.99).contains(&least), "{redo:?}");
        let longest = restarts.iter().map(|restart| restart.took).max().unwrap();
        assert!(seconds(longest) < 8.7 + 1.1 * 3.93 * 1.11, "{longest:?}");
    }

    #[test]
    fn without_images_redo_reads_every_page_and_a_slow_disk_is_felt() {
        let took = |full_page_writes, operations| {
            let mut curve = Curve::new(&Situation {
                full_page_writes,
                throughput: Throughput {
                    bytes: 500_000_000,
                    operations,
                },
                pages: 3_000,
                log_bytes_per_second: 100_000_000,
                ..Situation::default()
            });
            seconds(curve.restart_at(5_000_000_000).took)
        };
        let (with, without, slow) = (took(true, 20_000), took(false, 20_000), took(false, 200));
        // 2,400 of the pages are read, 0.3 ms and more each; then written, all at once.
        assert!(without > with + 0.7, "{with} {without}");
        assert!(slow > without + 10.0, "{without} {slow}");
    }

    #[test]
    fn what_is_no_rising_line_is_none() {
        let seen = |redo_gb, seconds| Seen { redo_gb, seconds };
        assert_eq!(Line::fit(&[]), None);
        assert_eq!(Line::fit(&[seen(1.0, 2.0), seen(1.0, 3.0)]), None);
        assert_eq!(Line::fit(&[seen(1.0, 2.0), seen(2.0, 1.0)]), None);
        let line = Line::fit(&[seen(1.0, 2.0), seen(2.0, 3.0)]).unwrap();
        assert_eq!((line.start_seconds, line.seconds_per_gb), (1.0, 1.0));
    }
}
