//! The model laid over what was measured: runs of the conventional engine with the same settings, and
//! two constants that are fitted.
//!
//! The constants are how long the log's device takes to flush, and how much log is replayed in a
//! second. They are chosen so that runs of the engine come nearest to every other point; the rest says
//! how far off the model is:
//!
//! ```text
//! clients that commit   1    2    4    8    16      redo, MiB   64   128   256   384   512
//!                      fit       fit        fit                fit        fit         fit
//!                           left       left                          left        left
//! ```
//!
//! All else is measured by itself or known: a statement takes as long as one client's does when it does
//! not wait for the log, on as many processors as the machine has.
//!
//! # Simplifications
//! * A statement occupies its processor as long for many clients as for one; in the real server
//!   clients that wake each other take more.
//! * Redo takes the same time for each byte. In the real server it takes more as the index grows and
//!   fits in the processor's caches less.
//! * Files are in the operating system's cache when redo begins, as they are after a crash of the
//!   server alone: its reads take no time.

use std::rc::Rc;

use sim::{Delay, Span, Throughput};

use super::{Point, Table, commits, median, redo, statements};
use crate::curve::{Curve, Situation};
use crate::scenario::Scenario;
use crate::schedule::Schedule;
use crate::script::Script;
use crate::world::World;

/// A point and what the model says of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// What was measured.
    pub point: Point,
    /// The model's time, in the point's unit.
    pub model: f64,
    /// Whether the constants were fitted to it.
    pub fitted: bool,
}

impl Compared {
    /// By how much the model's time is longer than the measured one, as a share of the latter.
    pub fn error(&self) -> f64 {
        self.model / self.point.median - 1.0
    }
}

/// The model's two constants, and how far off it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// How long the log's device takes to flush, in milliseconds.
    pub flush_ms: f64,
    /// Log that is replayed in a second, in bytes.
    pub replay_bytes_per_second: f64,
    /// How long a statement takes without waiting for the log, in milliseconds: measured, not fitted.
    pub statement_ms: f64,
    /// Commits, by rising number of clients.
    pub commits: Vec<Compared>,
    /// Redo, by rising amount of it.
    pub redo: Vec<Compared>,
}

impl Fit {
    /// Of all points that no constant was fitted to, the median of how far the model is off, as a share.
    pub fn error(&self) -> f64 {
        median_error(self.commits.iter().chain(&self.redo))
    }

    /// The same of commits alone.
    pub fn commit_error(&self) -> f64 {
        median_error(&self.commits)
    }

    /// And of redo alone.
    pub fn redo_error(&self) -> f64 {
        median_error(&self.redo)
    }
}

fn median_error<'a>(points: impl IntoIterator<Item = &'a Compared>) -> f64 {
    let left = points.into_iter().filter(|point| !point.fitted);
    let mut errors: Vec<_> = left.map(|point| point.error().abs()).collect();
    median(&mut errors).expect("there are two points of each kind")
}

/// The model's two constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constants {
    /// How long the log's device takes to flush, in milliseconds.
    pub flush_ms: f64,
    /// Log that is replayed in a second, in bytes.
    pub replay_bytes_per_second: f64,
}

/// What [`fit`] makes of [`super::HERE`], to a thousandth: for who cannot wait for it.
pub const FITTED_HERE: Constants = Constants {
    flush_ms: 0.185,
    replay_bytes_per_second: 217.5e6,
};

/// Fits the two constants to every other point, the first one among them. `None`: of commits or redo
/// there are fewer than two points, or nothing says how long a statement takes.
pub fn fit(table: &Table) -> Option<Fit> {
    let known = Known::of(table)?;
    let flush_ms = nearest(&known.commits, (0.01, 100.0), |flush_ms, points| {
        known.commit_ms(flush_ms, points)
    });
    Some(known.laid_over(Constants {
        flush_ms,
        replay_bytes_per_second: nearest(&known.redo, (1e6, 1e10), redo_seconds),
    }))
}

/// The model with these constants laid over what was measured. `None`: as above.
pub fn fit_with(table: &Table, constants: Constants) -> Option<Fit> {
    Some(Known::of(table)?.laid_over(constants))
}

/// What was measured, and what is known of the server.
struct Known {
    commits: Vec<Point>,
    redo: Vec<Point>,
    statement_ms: f64,
    processors: u32,
}

impl Known {
    fn of(table: &Table) -> Option<Self> {
        let (commits, redo) = (commits(&table.measurements), redo(&table.measurements));
        if commits.len().min(redo.len()) < 2 {
            return None;
        }
        let statements = statements(&table.measurements);
        Some(Self {
            commits,
            redo,
            statement_ms: statements.first().filter(|least| least.set <= 1.0)?.median,
            processors: table.processors,
        })
    }

    fn commit_ms(&self, flush_ms: f64, points: &[Point]) -> Vec<f64> {
        let takes =
            |point: &Point| commit_ms(point.set, flush_ms, self.statement_ms, self.processors);
        points.iter().map(takes).collect()
    }

    fn laid_over(&self, constants: Constants) -> Fit {
        let Constants {
            flush_ms,
            replay_bytes_per_second,
        } = constants;
        Fit {
            flush_ms,
            replay_bytes_per_second,
            statement_ms: self.statement_ms,
            commits: compared(&self.commits, self.commit_ms(flush_ms, &self.commits)),
            redo: compared(
                &self.redo,
                redo_seconds(replay_bytes_per_second, &self.redo),
            ),
        }
    }
}

/// Points and what the model says of each.
fn compared(points: &[Point], said: Vec<f64>) -> Vec<Compared> {
    let both = points.iter().zip(said).enumerate();
    let compared = both.map(|(nth, (&point, model))| Compared {
        point,
        model,
        fitted: nth % 2 == 0,
    });
    compared.collect()
}

/// How often the range of a constant is narrowed: each time by 0.618, in all to 10⁻¹⁰ of it.
const NARROWER: u32 = 48;

/// The constant within a range, of which the model says the least squares of relative errors at every
/// other point. Found by golden-section search.
fn nearest(
    points: &[Point],
    (least, most): (f64, f64),
    model: impl Fn(f64, &[Point]) -> Vec<f64>,
) -> f64 {
    let chosen: Vec<_> = points.iter().step_by(2).copied().collect();
    let squares = |constant| -> f64 {
        let said = model(constant, &chosen);
        let errors = chosen.iter().zip(said);
        let errors = errors.map(|(point, said)| said / point.median - 1.0);
        errors.map(|error| error * error).sum()
    };
    let golden = f64::midpoint(5.0_f64.sqrt(), -1.0);
    let (mut low, mut high) = (least, most);
    let between = |low: f64, high: f64| [high - golden * (high - low), low + golden * (high - low)];
    let [mut left, mut right] = between(low, high);
    let (mut at_left, mut at_right) = (squares(left), squares(right));
    for _ in 0..NARROWER {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = between(low, high)[0];
            at_left = squares(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = between(low, high)[1];
            at_right = squares(right);
        }
    }
    f64::midpoint(low, high)
}

/// Commits that a run of the model lasts: many rounds even of 64 clients.
const COMMITS: u64 = 2_000;

/// A device that takes on as much as it is asked for: the delay is all of it.
const UNLIMITED: Throughput = Throughput {
    bytes: 0,
    operations: 0,
};

/// What the model says that a commit takes, the median, in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn commit_ms(clients: f64, flush_ms: f64, statement_ms: f64, processors: u32) -> f64 {
    // Its pages are read once, and have their images in the first moments.
    let text = format!(
        r#"
        format = 1
        name = "commits"
        engine = "wal"
        weight = "account"
        [workload]
        kind = "insert"
        clients = {clients}
        record_bytes = 300
        pages = 16
        [wal]
        standbys = "none"
        checkpoint_interval = "1h"
        processors = {processors}
        statement = "{statement_ms}ms"
        [latency]
        disk = {{ kind = "constant", ms = {flush_ms} }}
        [stop]
        commits = {COMMITS}
        "#
    );
    let mut scenario = Scenario::parse(&text).expect("what was measured is in its ranges");
    scenario.wal.throughput = UNLIMITED;
    let schedule = Schedule::new(&scenario);
    let script = Script {
        seed: scenario.seed,
        scenario,
        recording: None,
    };
    let mut world = World::new(&Rc::new(script));
    let mut trace = Vec::new();
    while world.step(&schedule, &mut trace) {
        trace.clear();
    }
    let tally = world.servers().expect("it runs").tally();
    tally.latencies().at(0.5) as f64 / 1e6
}

/// What the model says that redo takes, in seconds, for each point.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "bytes far below 2^53"
)]
fn redo_seconds(replay_bytes_per_second: f64, points: &[Point]) -> Vec<f64> {
    let mut curve = Curve::new(&Situation {
        replay_bytes_per_second: replay_bytes_per_second as u64,
        throughput: UNLIMITED,
        disk: Delay::Constant { ms: 0.0 },
        startup: Span::from_millis(1),
        ..Situation::default()
    });
    let restarts = points.iter().map(|point| {
        let restart = curve.restart_at(point.set as u64);
        // A record is large there: what it found is a little more than what was asked for.
        let share = point.set / restart.redo_bytes as f64;
        restart.redo_took.0 as f64 / 1e9 * share
    });
    restarts.collect()
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    /// A server with two processors whose statements take 0.1 ms, whose flush takes 0.5 ms and that
    /// replays 100 MB a second, except for one commit point and one redo point of those that are left
    /// out.
    const TABLE: &str = "\
# a machine with 2 processors that there is not
what,clients,wal_bytes,redo_seconds,p50_ms
statement,1,,,0.1
commit,1,,,0.6
commit,2,,,1.1
commit,4,,,1.0
commit,64,,,6.4
commit,80,,,4.0
redo,16,100000000,1.0,
redo,16,200000000,1.6,
redo,16,400000000,4.0,
";

    #[test]
    fn two_constants_are_fitted_to_every_other_point_and_judged_by_the_rest() {
        let fit = fit(&read(TABLE).unwrap()).unwrap();
        assert!((fit.flush_ms - 0.5).abs() < 0.02, "{fit:?}");
        let rate = fit.replay_bytes_per_second;
        assert!((rate / 1e8 - 1.0).abs() < 0.01, "{fit:?}");
        // Redo that was left out took a fifth less.
        assert!((fit.redo_error() - 0.25).abs() < 0.01, "{fit:?}");
        let fitted: Vec<_> = fit.commits.iter().map(|point| point.fitted).collect();
        assert_eq!(fitted, [true, false, true, false, true]);
    }

    #[test]
    fn more_clients_than_processors_wait_for_them_as_in_the_closed_form() {
        // A round of 64 statements of 0.1 ms on two processors takes 3.2 ms; the flush is beside it.
        let many = commit_ms(64.0, 0.1, 0.1, 2);
        assert!((many / 3.2 - 1.0).abs() < 0.05, "{many}");
        let one = commit_ms(1.0, 0.5, 0.1, 2);
        assert!((one / 0.6 - 1.0).abs() < 0.02, "{one}");
    }

    #[test]
    fn the_model_lies_near_what_was_measured_for_this_project() {
        let table = read(super::super::HERE).unwrap();
        let fit = fit(&table).unwrap();
        assert!(fit.redo.len() >= 8 && fit.commits.len() >= 7, "{fit:?}");
        let off = [
            FITTED_HERE.flush_ms / fit.flush_ms,
            FITTED_HERE.replay_bytes_per_second / fit.replay_bytes_per_second,
        ];
        assert!(off.iter().all(|off| (off - 1.0).abs() < 5e-3), "{fit:?}");
        assert!(fit.error() < 0.15, "{}", fit.error());
        assert!(fit.redo_error() < 0.15, "{}", fit.redo_error());
        assert!(fit.commit_error() < 0.15, "{}", fit.commit_error());
    }

    #[test]
    fn with_less_than_two_points_of_a_kind_there_is_nothing_to_judge_by() {
        let without = |kind: &str| {
            let lines = TABLE.lines().filter(|line| !line.starts_with(kind));
            lines.collect::<Vec<_>>().join("\n")
        };
        for kind in ["redo", "commit", "statement"] {
            assert_eq!(fit(&read(&without(kind)).unwrap()), None, "{kind}");
        }
    }
}
