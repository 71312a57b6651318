//! How a run fares over its time: commits, how long they took, and what lags behind, in rows of equal
//! length.
//!
//! ```text
//! model time  0       1 ms     2 ms              240 ms
//!             |--row--|--row--|-- ...          --|       so many rows: each two become one
//!             |------row------|------row------|-- ...
//! ```
//!
//! # Invariants
//! * A row tells of `[from, to)` and of nothing else, whatever way the run was gone.
//! * There are fewer than [`ROWS_MAX`] complete rows, however long the run is.
//!
//! # Simplifications
//! * Response times are kept to two digits.
//! * What lags is looked at where a row ends, and not in between.

use std::rc::Rc;

use engine_quorum::NodeId;
use engine_wal::StandbyId;
use hdrhistogram::Histogram;
use redo::Lsn;
use sim::{SimTime, Span};

use crate::servers::Servers;
use crate::tally::Durations;
use crate::world::World;

/// The most rows: about as many as a chart has places for.
pub const ROWS_MAX: usize = 240;

/// How a run fares over its time.
#[derive(Clone, Debug)]
pub struct Series {
    /// How long a row is.
    length: Span,
    /// The complete rows; shared between keyframes.
    rows: Rc<Vec<Row>>,
    /// Where the row under way begins, and where it ends.
    from: SimTime,
    until: SimTime,
    /// Response times before the row under way.
    quorum: Durations,
    wal: Durations,
}

/// What happened in some time.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Up to this time, from where the row before it ends.
    pub to: SimTime,
    /// The commits of the quorum engine, if it runs.
    pub quorum: Option<Answers>,
    /// The commits of the conventional engine, if it runs.
    pub wal: Option<Answers>,
    /// At its end: records that the writer has numbered and that are not known to be durable.
    pub in_doubt: u64,
    /// At its end: how far the slowest copy is behind among the members that are up, from what it is
    /// complete to up to the last record of its group, in records of the volume.
    pub copy_misses: u64,
    /// At its end: bytes of WAL that the slowest connected standby has not replayed. `None`: there is
    /// no primary, or no standby that is connected.
    pub standby_misses: Option<u64>,
}

/// Commits that were acknowledged in some time, and how long they took.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// Nothing: there were none.
    times: Option<Rc<Histogram<u32>>>,
}

impl Default for Series {
    fn default() -> Self {
        let length = Span::from_millis(1);
        Self {
            length,
            rows: Rc::default(),
            from: SimTime::START,
            until: SimTime::START + length,
            quorum: Durations::default(),
            wal: Durations::default(),
        }
    }
}

impl Series {
    /// Time comes to `at`, when the next event of the world happens: what happened before is complete.
    pub fn come_to(&mut self, at: SimTime, world: &World) {
        while self.until <= at {
            self.close(world);
        }
    }

    /// Every row, the last one as far as the world came.
    pub fn rows(&self, now: SimTime, world: &World) -> Vec<Row> {
        let mut rows = self.rows.to_vec();
        if self.from < now {
            rows.push(self.row(now, world));
        }
        rows
    }

    fn close(&mut self, world: &World) {
        let row = self.row(self.until, world);
        let rows = Rc::make_mut(&mut self.rows);
        rows.push(row);
        if rows.len() == ROWS_MAX {
            *rows = rows.chunks(2).map(|two| two[0].and(&two[1])).collect();
            self.length = Span(self.length.0 * 2);
        }
        self.from = self.until;
        self.until = self.from + self.length;
        self.quorum = world.tally().latencies().clone();
        if let Some(servers) = world.servers() {
            self.wal = servers.tally().latencies().clone();
        }
    }

    /// The row under way, up to this time.
    fn row(&self, to: SimTime, world: &World) -> Row {
        let engine = world.script().scenario.engine;
        let quorum = || Answers::since(&self.quorum, world.tally().latencies());
        let wal = |servers: &Servers| Answers::since(&self.wal, servers.tally().latencies());
        let (in_doubt, copy_misses) = if engine.has_quorum() {
            (in_doubt(world), copy_misses(world))
        } else {
            (0, 0)
        };
        Row {
            to,
            quorum: engine.has_quorum().then(quorum),
            wal: world.servers().map(wal),
            in_doubt,
            copy_misses,
            standby_misses: world.servers().and_then(|s| standby_misses(world, s)),
        }
    }
}

fn in_doubt(world: &World) -> u64 {
    let (log, durable) = (world.log(), world.known_durable());
    log.count().saturating_sub(log.place_of(durable))
}

fn copy_misses(world: &World) -> u64 {
    let (log, members) = (world.log(), world.first().members().members());
    let nodes = (0..).map(NodeId).zip(world.nodes());
    let up = nodes.filter(|(id, _)| members.has(*id) && world.down_since(*id).is_none());
    let missed = up.map(|(_, node)| {
        let missed = world.groups().map(|group| {
            let last = log.place_of(log.last_in_group(group));
            last.saturating_sub(log.place_of(node.segment(group).scl()))
        });
        missed.max().unwrap_or(0)
    });
    missed.max().unwrap_or(0)
}

fn standby_misses(world: &World, servers: &Servers) -> Option<u64> {
    let flushed = servers.primary()?.flushed();
    let ids = (0..world.script().scenario.wal.standbys).map(StandbyId);
    let connected = ids.filter(|id| servers.is_connected(*id));
    let replayed = connected.filter_map(|id| Some(servers.standby(id)?.report().replayed));
    let missed = |replayed: Lsn| flushed.0.saturating_sub(replayed.0);
    replayed.map(missed).max()
}

impl Row {
    /// This row and the next as one.
    fn and(&self, next: &Self) -> Self {
        let both =
            |one: &Option<Answers>, two: &Option<Answers>| Some(one.as_ref()?.and(two.as_ref()?));
        Self {
            quorum: both(&self.quorum, &next.quorum),
            wal: both(&self.wal, &next.wal),
            ..next.clone()
        }
    }
}

impl Answers {
    fn since(earlier: &Durations, now: &Durations) -> Self {
        if earlier.histogram().len() == now.histogram().len() {
            return Self { times: None };
        }
        let mut times = Histogram::new(2).expect("two digits are allowed");
        for value in now.since(earlier).histogram().iter_recorded() {
            let count = u32::try_from(value.count_at_value()).unwrap_or(u32::MAX);
            (times.record_n(value.value_iterated_to(), count))
                .expect("the histogram resizes itself");
        }
        Self {
            times: Some(Rc::new(times)),
        }
    }

    fn and(&self, other: &Self) -> Self {
        let times = match (&self.times, &other.times) {
            (Some(one), Some(two)) => {
                let mut both = (**one).clone();
                both.add(&**two).expect("the histogram resizes itself");
                Some(Rc::new(both))
            }
            (one, two) => one.clone().or_else(|| two.clone()),
        };
        Self { times }
    }

    /// How many.
    pub fn acked(&self) -> u64 {
        self.times.as_ref().map_or(0, |times| times.len())
    }

    /// What this share of them did not exceed, in nanoseconds. `None`: there were none.
    pub fn at(&self, quantile: f64) -> Option<u64> {
        let times = self.times.as_ref()?;
        Some(times.value_at_quantile(quantile))
    }

    /// What none of them exceeded, in nanoseconds.
    pub fn most(&self) -> Option<u64> {
        self.times.as_ref().map(|times| times.max())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::schedule::Schedule;
    use crate::script::Script;

    fn world(body: &str) -> (World, Schedule) {
        let scenario = Scenario::parse(&format!("format = 1\n{body}")).unwrap();
        let schedule = Schedule::new(&scenario);
        let (seed, recording) = (scenario.seed, None);
        let script = Script {
            scenario,
            seed,
            recording,
        };
        (World::new(&Rc::new(script)), schedule)
    }

    /// Goes on up to this time.
    fn run(series: &mut Series, world: &mut World, schedule: &Schedule, until: SimTime) {
        while let Some(at) = world.next_at(schedule).filter(|at| *at < until) {
            series.come_to(at, world);
            world.step(schedule, &mut Vec::new());
        }
        series.come_to(until, world);
    }

    const BOTH: &str = "engine = \"both\"\n[workload]\nkind = \"insert\"\nrate = 2000\n\
        [wal]\nstandbys = \"first-1\"\n";

    #[test]
    fn every_commit_is_in_one_row_and_rows_grow_longer() {
        let (mut world, schedule) = world(BOTH);
        let mut series = Series::default();
        for ms in [7_u64, 239, 1000, 1999] {
            let until = SimTime(ms * 1_000_000);
            run(&mut series, &mut world, &schedule, until);
            let rows = series.rows(until, &world);
            assert!(rows.len() <= ROWS_MAX);
            assert_eq!(rows.last().unwrap().to, until);
            assert!(rows.is_sorted_by(|a, b| a.to < b.to));
            let acked = |of: fn(&Row) -> &Option<Answers>| -> u64 {
                let answers = rows.iter().filter_map(|row| of(row).as_ref());
                answers.map(Answers::acked).sum()
            };
            assert_eq!(acked(|row| &row.quorum), world.tally().commits_acked);
            let servers = world.servers().unwrap();
            assert_eq!(acked(|row| &row.wal), servers.tally().commits_acked);
            assert!(ms == 7 || servers.tally().commits_acked > 0);
        }
        assert_eq!(series.length, Span::from_millis(16));
    }

    #[test]
    fn percentiles_of_rows_are_those_of_the_run_to_two_digits() {
        let (mut world, schedule) = world(BOTH);
        let mut series = Series::default();
        let until = SimTime(900_000_000);
        run(&mut series, &mut world, &schedule, until);
        let rows = series.rows(until, &world);
        let all = rows.iter().filter_map(|row| row.quorum.clone());
        let all = all.reduce(|one, two| one.and(&two)).unwrap();
        for quantile in [0.5, 0.95, 0.99] {
            let (rows, run) = (
                all.at(quantile).unwrap(),
                world.tally().latencies().at(quantile),
            );
            assert!(rows.abs_diff(run) * 100 <= run + 100, "{rows} {run}");
        }
        assert!(all.most().unwrap() >= all.at(0.99).unwrap());
    }

    #[test]
    fn a_copy_that_is_cut_off_and_records_without_a_quorum_show_in_what_lags() {
        let faults = "[[fault]]\nat = \"100ms\"\ndo = \"slow:c2,60ms\"\n\
            [[fault]]\nat = \"200ms\"\ndo = \"az-down\"\naz = \"a\"\n\
            [[fault]]\nat = \"200ms\"\ndo = \"node-down:b1\"\n[topology]\nlal = 1000000\n";
        let (mut world, schedule) = world(&format!("{BOTH}{faults}"));
        let mut series = Series::default();
        let mut seen = |ms: u64| {
            let until = SimTime(ms * 1_000_000);
            run(&mut series, &mut world, &schedule, until);
            series.rows(until, &world).pop().unwrap()
        };
        let (quiet, slow) = (seen(99), seen(199));
        assert!(quiet.copy_misses < 20 && quiet.in_doubt < 20, "{quiet:?}");
        assert!(slow.copy_misses > 60 && slow.in_doubt < 20, "{slow:?}");
        assert!(slow.standby_misses.is_some());
    }
}
