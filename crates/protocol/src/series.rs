//! How a run fares over its time, for charts.

use nanoserde::{DeBin, SerBin};

/// How the shown run fares, up to where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin)]
pub struct Series {
    /// How far the run is explored, in nanoseconds of model time.
    pub explored_ns: u64,
    /// Rows by time, the first from the beginning of the run, each from the end of the row before it;
    /// all but the last are equally long.
    pub rows: Vec<SeriesRow>,
    /// What the quorum engine's recoveries took, by time: when a writer was asked for, and for how
    /// long until the volume was open, in nanoseconds.
    pub recoveries: Vec<(u64, u64)>,
    /// The same of the conventional engine's servers.
    pub restarts: Vec<(u64, u64)>,
}

/// What happened in some time.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct SeriesRow {
    /// Where it ends, in nanoseconds of model time.
    pub to_ns: u64,
    /// The commits of the quorum engine, if it runs.
    pub quorum: Option<Answers>,
    /// The commits of the conventional engine, if it runs.
    pub conventional: Option<Answers>,
    /// At its end: records that the writer has numbered and that are not known to be durable.
    pub in_doubt: u64,
    /// At its end: how far the slowest copy is behind among the members that are up, from what it is
    /// complete to up to the last record of its group, in records of the volume.
    pub copy_misses: u64,
    /// At its end: bytes of WAL that the slowest connected standby has not replayed. `None`: there is
    /// no primary, or no standby that is connected.
    pub standby_misses: Option<u64>,
}

/// Commits that were acknowledged in some time.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Answers {
    /// How many.
    pub acked: u64,
    /// How long they took, in nanoseconds. `None`: there were none.
    pub took: Option<Took>,
}

/// How long commits took, to two digits, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Took {
    /// Half of them did not take longer.
    pub p50: u64,
    /// 95 of 100 did not.
    pub p95: u64,
    /// 99 of 100 did not.
    pub p99: u64,
    /// None took longer.
    pub most: u64,
}
