//! Every parameter of the scenario format: what may stand there, and what holds if nothing does.
//!
//! The parser takes its ranges from here, and refuses to read a key that is not described; a form for
//! scenarios is made of the same. So the two cannot drift apart.

use protocol::{Edit, Verb};
use sim::SimTime;
use toml::de::{DeTable, DeValue};

use super::Scenario;

/// A parameter.
#[derive(Debug, PartialEq)]
pub struct Parameter {
    /// Where it stands: `topology.azs`.
    pub path: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// What holds if nothing stands there, as it would be written; empty: it depends on others, or
    /// there is none.
    pub default: &'static str,
    /// The kinds of workload that have it; empty: it does not depend on that.
    pub workloads: &'static [&'static str],
}

/// What may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A whole number.
    Whole {
        /// At least this.
        least: u64,
        /// At most this.
        most: u64,
    },
    /// A number.
    Number {
        /// What it is, in words.
        what: &'static str,
        /// At least this.
        least: f64,
        /// At most this.
        most: f64,
    },
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any of these words.
    Choices(&'static [&'static str]),
    /// A time with its unit, such as `20ms`.
    Time,
    /// The same, or `never`.
    Interval,
    /// A size with its unit, such as `1GiB`, in bytes.
    Size {
        /// At least this.
        least: u64,
        /// At most this.
        most: u64,
    },
    /// How long something takes, as a distribution.
    Delay,
    /// Any text.
    Text,
    /// What happens to the world: edits, such as `az-down:b@2s`, separated by `;`, or `none`. In the file
    /// they are tables.
    Faults,
}

const fn p(path: &'static str, kind: Kind, default: &'static str) -> Parameter {
    Parameter {
        path,
        kind,
        default,
        workloads: &[],
    }
}

impl Parameter {
    /// The table in which it stands; nothing for the top of the file.
    pub fn section(&self) -> &'static str {
        self.path.split_once('.').map_or("", |(section, _)| section)
    }
}

/// A parameter of some kinds of workload.
const fn of(
    workloads: &'static [&'static str],
    path: &'static str,
    kind: Kind,
    default: &'static str,
) -> Parameter {
    Parameter {
        path,
        kind,
        default,
        workloads,
    }
}

const fn whole(least: u64, most: u64) -> Kind {
    Kind::Whole { least, most }
}

const SHARE: Kind = Kind::Number {
    what: "a share",
    least: 0.0,
    most: 1.0,
};
const RATE: Kind = Kind::Number {
    what: "commits a second,",
    least: 0.001,
    most: 1e7,
};
const REPAIR: (f64, f64) = (0.000_001, 100_000.0);
const PAGE: u64 = redo::PAGE_BYTES as u64;

/// The most pages that an insert test may touch: its volume is 800 GB then.
const PAGES_MAX: u64 = 100_000_000;

/// Where the faults stand, and how it is written that there are none.
pub(super) const FAULTS: &str = "fault";
pub(super) const NO_FAULTS: &str = "none";

const CLIENTS: &[&str] = &["insert", "oltp"];
const ARRIVALS: Kind = Kind::Choice(&["fixed", "poisson"]);

/// All, in the order in which a form should show them. `format` is none.
pub const PARAMETERS: &[Parameter] = &[
    p("name", Kind::Text, "unnamed"),
    p("seed", whole(0, u64::MAX), "42"),
    p("engine", Kind::Choice(&["quorum", "wal", "both"]), "quorum"),
    p("weight", Kind::Choice(&["exact", "account"]), "exact"),
    p(
        "broken",
        Kind::Choices(&[
            "small-quorum",
            "count-acks",
            "skip-epoch",
            "unhydrated-vote",
        ]),
        "[]",
    ),
    p(FAULTS, Kind::Faults, NO_FAULTS),
    p("topology.azs", whole(1, 3), "3"),
    p("topology.segments_per_az", whole(1, 3), "2"),
    p("topology.write_quorum", whole(1, 9), ""),
    p("topology.read_quorum", whole(1, 9), ""),
    p(
        "topology.layout",
        Kind::Choice(&["all-full", "full-tail"]),
        "all-full",
    ),
    p("topology.protection_groups", whole(1, 1000), "1"),
    p("topology.lal", whole(1, 1 << 50), "10000000"),
    p("topology.gossip", Kind::Time, "20ms"),
    p(
        "topology.segment_gb",
        Kind::Number {
            what: "a size in GB,",
            least: REPAIR.0,
            most: REPAIR.1,
        },
        "10",
    ),
    p(
        "topology.repair_gbps",
        Kind::Number {
            what: "a speed in Gb/s,",
            least: REPAIR.0,
            most: REPAIR.1,
        },
        "10",
    ),
    p(
        "latency.in_az",
        Kind::Delay,
        "{ kind = \"constant\", ms = 0.1 }",
    ),
    p(
        "latency.cross_az",
        Kind::Delay,
        "{ kind = \"constant\", ms = 0.4 }",
    ),
    p(
        "latency.disk",
        Kind::Delay,
        "{ kind = \"exponential\", mean_ms = 0.3 }",
    ),
    p(
        "latency.archive",
        Kind::Delay,
        "{ kind = \"constant\", ms = 10 }",
    ),
    p("latency.order", Kind::Choice(&["fifo", "free"]), "fifo"),
    p("latency.disk_depth", whole(1, 65_536), "32"),
    p("latency.boxcar_us", whole(0, 10_000_000), "100"),
    p(
        "workload.kind",
        Kind::Choice(&["insert", "oltp", "wal-file"]),
        "",
    ),
    of(CLIENTS, "workload.clients", whole(1, 100_000), ""),
    of(CLIENTS, "workload.rate", RATE, ""),
    of(CLIENTS, "workload.arrival", ARRIVALS, ""),
    of(CLIENTS, "workload.record_bytes", whole(1, 1 << 20), "128"),
    of(
        &["insert"],
        "workload.records_per_commit",
        whole(1, 1000),
        "1",
    ),
    of(&["oltp"], "workload.writes_per_txn", whole(0, 1000), "1"),
    of(&["oltp"], "workload.reads_per_txn", whole(0, 1000), "4"),
    of(&["oltp"], "workload.read_only", SHARE, "0"),
    of(CLIENTS, "workload.pages", whole(1, PAGES_MAX), "100000"),
    of(
        &["oltp"],
        "workload.skew",
        Kind::Choice(&["uniform", "zipf"]),
        "uniform",
    ),
    of(
        &["oltp"],
        "workload.exponent",
        Kind::Number {
            what: "a number",
            least: 0.01,
            most: 5.0,
        },
        "",
    ),
    of(&["oltp"], "workload.snapshot_ms", whole(1, 3_600_000), ""),
    of(&["wal-file"], "workload.digest", Kind::Text, ""),
    of(
        &["wal-file"],
        "workload.speed",
        Kind::Number {
            what: "a number",
            least: 0.001,
            most: 1e9,
        },
        "1",
    ),
    p("reads.cache_pages", whole(0, 1_000_000), "10000"),
    p("reads.hedging", Kind::Choice(&["on", "off"]), "on"),
    p("clone.clients", whole(1, 100_000), ""),
    p("clone.rate", RATE, ""),
    p("clone.arrival", ARRIVALS, ""),
    p("clone.record_bytes", whole(1, 1 << 20), "128"),
    p("clone.records_per_commit", whole(1, 1000), "1"),
    p("storage.coalesce_records", whole(1, 1_000_000), "16"),
    p("storage.backup", Kind::Interval, "100ms"),
    p("storage.collect", Kind::Interval, "100ms"),
    p("storage.scrub", Kind::Interval, "1s"),
    p("storage.restore_window", Kind::Time, "24h"),
    p("storage.keep_records", whole(0, 1 << 50), "65536"),
    p("storage.backlog_bytes", whole(1, 1 << 50), "67108864"),
    p(
        "wal.standbys",
        Kind::Choice(&[
            "none",
            "first-1",
            "any-1",
            "any-2",
            "all-of-3",
            "three-at-once",
            "mirrored",
        ]),
        "none",
    ),
    p(
        "wal.standby_count",
        whole(0, protocol::Standby::LIMIT as u64),
        "",
    ),
    p("wal.mirror_legs", whole(2, 5), ""),
    p(
        "wal.level",
        Kind::Choice(&["off", "local", "remote_write", "on", "remote_apply"]),
        "on",
    ),
    p("wal.checkpoint_interval", Kind::Time, "5min"),
    p(
        "wal.max_wal_size",
        Kind::Size {
            least: engine_wal::SEGMENT_BYTES * 2,
            most: 1 << 50,
        },
        "1GiB",
    ),
    p("wal.completion_target", SHARE, "0.9"),
    p("wal.full_page_writes", Kind::Flag, "true"),
    p("wal.end_of_recovery_checkpoint", Kind::Flag, "true"),
    p("wal.archive", Kind::Flag, "false"),
    p(
        "wal.shared_buffers",
        Kind::Size {
            least: PAGE,
            most: 1 << 40,
        },
        "128MiB",
    ),
    p(
        "wal.os_cache",
        Kind::Size {
            least: 0,
            most: 1 << 40,
        },
        "0MiB",
    ),
    p(
        "wal.wal_buffers",
        Kind::Size {
            least: 1 << 16,
            most: 1 << 40,
        },
        "4MiB",
    ),
    p("wal.wal_writer_delay", Kind::Time, "200ms"),
    p("wal.bgwriter_delay", Kind::Time, "200ms"),
    p("wal.sender_timeout", Kind::Time, "1min"),
    p("wal.processors", whole(1, 255), "1"),
    p("wal.statement", Kind::Time, ""),
    p("wal.insert_ns", whole(0, 1_000_000_000), "1000"),
    p("wal.copy_ns_per_kib", whole(0, 1_000_000_000), "100"),
    p("wal.disk_mb_per_s", whole(1, 1_000_000), "500"),
    p("wal.disk_iops", whole(1, 1_000_000_000), "20000"),
    p("wal.startup", Kind::Time, "8700ms"),
    p("wal.replay_mb_per_s", whole(1, 1_000_000), "255"),
    p("stop.at", Kind::Time, ""),
    p("stop.commits", whole(1, 1 << 50), ""),
    p("stop.work", Kind::Time, ""),
];

fn edit(&(at, verb): &(SimTime, Verb)) -> String {
    let at_ns = at.0;
    Edit { at_ns, verb }.to_string()
}

/// The parameter at this place.
pub(super) fn at(path: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.path == path)
}

/// The parameters that a scenario with this text has, each with what stands there, if something does.
/// A text that is not TOML has none.
pub fn parameters(text: &str) -> Vec<(&'static Parameter, Option<String>)> {
    let Ok(root) = DeTable::parse(text) else {
        return Vec::new();
    };
    let value = |path: &str| {
        if path == FAULTS {
            let faults = Scenario::parse(text).ok()?.faults;
            let edits: Vec<_> = faults.iter().map(edit).collect();
            return (!edits.is_empty()).then(|| edits.join("; "));
        }
        let mut keys = path.split('.');
        let mut found = root.get_ref().get(keys.next()?)?;
        for key in keys {
            found = found.get_ref().as_table()?.get(key)?;
        }
        Some(match found.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => text.get(found.span())?.to_owned(),
        })
    };
    let workload = value("workload.kind");
    let workload = workload.as_deref().unwrap_or("insert");
    let has = |parameter: &&Parameter| {
        parameter.workloads.is_empty() || parameter.workloads.contains(&workload)
    };
    let all = PARAMETERS.iter().filter(has);
    all.map(|parameter| (parameter, value(parameter.path)))
        .collect()
}
