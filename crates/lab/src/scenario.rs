//! Scenario files: what a run is made of.
//!
//! TOML, read strictly: an unknown key, a wrong unit or an impossible value is an error that names
//! the key, the line and what was expected. Every key but `format` has a default.

mod change;
mod parameters;
mod storage;
mod table;
mod wal;

use std::fmt;

pub use change::{ChangeError, changed};
use engine_quorum::{Copies, Defect, Defects, Hedging, Membership, NodeId, Quorum, Repair};
pub use parameters::{Kind as ParameterKind, PARAMETERS, Parameter, parameters};
use protocol::{Az, Moment, Node, Standby, Verb, VolumeId};
use sim::{Delay, Order, SimTime, Span};
pub use storage::Storage;
use table::{Found, Table, line_of};
use toml::de::DeTable;
pub use wal::{Blocks, Conventional};

use crate::hardware::Places;

/// What a run is made of, beside its seed and what the user does.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name, for people and files.
    pub name: String,
    /// The seed, unless another one is asked for.
    pub seed: u64,
    /// Which engines run.
    pub engine: Engine,
    /// Whether records carry their bytes.
    pub weight: Weight,
    /// What there is.
    pub topology: Topology,
    /// How long things take.
    pub latency: Latency,
    /// What storage does beside.
    pub storage: Storage,
    /// What the conventional engine is made of, if it runs.
    pub wal: Conventional,
    /// What makes the records, for each engine that runs.
    pub workload: Workload,
    /// What works on each clone, on any of its pages. `None`: only what someone writes to it by hand.
    pub clone_workload: Option<Workload>,
    /// The mistakes that the engine makes on purpose ([`Defect`] says what each does).
    pub broken: Defects,
    /// How the writer reads. `None`: it has no cache, and changes pages that it has not read.
    pub reads: Option<ReadSettings>,
    /// What is done to the world and when, by rising time.
    pub faults: Vec<(SimTime, Verb)>,
    /// When the run ends.
    pub stop: Stop,
}

/// Which engines run. Both see the same transactions, faults and clock, and nothing of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The quorum engine.
    Quorum,
    /// The conventional engine, with a log and checkpoints.
    Wal,
    /// Both, beside each other.
    Both,
}

impl Engine {
    /// Whether the quorum engine runs.
    pub const fn has_quorum(self) -> bool {
        matches!(self, Self::Quorum | Self::Both)
    }

    /// Whether the conventional engine runs.
    pub const fn has_wal(self) -> bool {
        matches!(self, Self::Wal | Self::Both)
    }
}

/// Whether records carry their bytes. Nothing else depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// They carry bytes and checksums.
    Exact,
    /// They carry sizes.
    Account,
}

/// What there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    /// Availability zones, 1 to 3.
    pub azs: u8,
    /// Storage nodes, and so segments of each group, in each zone, 1 to 3.
    pub segments_per_az: u8,
    /// Protection groups at the beginning, 1 to [`GROUPS_MAX`](Self::GROUPS_MAX). Pages are dealt to
    /// them round-robin.
    pub protection_groups: u16,
    /// Copies that make a record durable.
    pub write_quorum: u8,
    /// Copies that recovery must reach; write and read quorum together exceed the copies.
    pub read_quorum: u8,
    /// How far LSNs may run ahead of the VDL; at least one mini-transaction ([`crate::Script::lal`]).
    pub lal: u64,
    /// How often a node looks for what peers might have.
    pub gossip: Span,
    /// What the segments of a node keep.
    pub layout: Layout,
    /// What it costs to copy the segments of a node.
    pub repair: Repair,
}

/// What the segments of a node keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Log and pages, all of them.
    AllFull,
    /// Of the two nodes of each zone the first keeps log and pages, the second the log alone (SIGMOD
    /// 2018, section 4.2).
    FullTail,
}

/// How long things take.
#[derive(Clone, Debug, PartialEq)]
pub struct Latency {
    /// One way between two places in one zone. The writer lives in zone a.
    pub in_az: Delay,
    /// One way between zones.
    pub cross_az: Delay,
    /// A disk write.
    pub disk: Delay,
    /// One way to object storage, or from there.
    pub archive: Delay,
    /// Whether messages on a link may overtake each other.
    pub order: Order,
    /// Writes that a disk works on at once.
    pub disk_depth: u32,
    /// A boxcar leaves this long after its first record entered.
    pub boxcar: Span,
}

/// What makes the records.
#[derive(Clone, Debug, PartialEq)]
pub enum Workload {
    /// Commits of new records on random pages.
    Insert {
        /// When they come.
        arrival: Arrival,
        /// Size of a record in the log.
        record_bytes: u32,
        /// Records of each commit; together they are one mini-transaction.
        records_per_commit: u32,
        /// Pages to choose from.
        pages: u32,
    },
    /// Transactions that read and change random pages.
    Oltp(Oltp),
    /// A real PostgreSQL WAL, opened beside the scenario.
    WalFile {
        /// The digest it must have; any, if not said.
        digest: Option<String>,
        /// How much faster than it was recorded.
        speed: f64,
    },
}

/// Transactions that read and change random pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Oltp {
    /// When they come.
    pub arrival: Arrival,
    /// Pages that each reads and does not change.
    pub reads_per_txn: u32,
    /// Records of each that is not read-only, each for a page that is read first.
    pub writes_per_txn: u32,
    /// Of a million transactions so many change nothing.
    pub read_only_ppm: u32,
    /// Size of a record in the log.
    pub record_bytes: u32,
    /// Pages to choose from.
    pub pages: u32,
    /// How they are chosen.
    pub skew: Skew,
    /// Beside the clients, one reader after the other holds its read point for so long.
    pub snapshot: Option<Span>,
}

/// How pages are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Skew {
    /// Each is as likely as every other.
    Uniform,
    /// The `k`-th is chosen with a probability in proportion to `1 / k^exponent`.
    Zipf {
        /// How much likelier the first ones are.
        exponent: f64,
    },
}

/// How a writer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadSettings {
    /// Pages that its cache has room for.
    pub cache_pages: u32,
    /// Whether slow reads are hedged.
    pub hedging: Hedging,
}

/// When commits come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrival {
    /// Each of so many clients commits again as soon as its last commit is acknowledged.
    Closed {
        /// How many.
        clients: u32,
    },
    /// So many a second at equal distances, acknowledged or not.
    Fixed {
        /// Commits a second.
        rate: f64,
    },
    /// So many a second on average, independent of each other.
    Poisson {
        /// Commits a second.
        rate: f64,
    },
}

impl Arrival {
    /// How many clients there are, if they wait.
    pub(crate) const fn clients(&self) -> Option<u32> {
        match self {
            Self::Closed { clients } => Some(*clients),
            Self::Fixed { .. } | Self::Poisson { .. } => None,
        }
    }
}

/// When a run ends, whichever comes first. A run whose workload ends, because it is a WAL or because
/// of `work`, also ends when all of it is acknowledged and every segment that is up has all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stop {
    /// At this time.
    pub at: Option<SimTime>,
    /// When so many commits were acknowledged.
    pub commits: Option<u64>,
    /// From this time on nobody asks for anything more.
    pub work: Option<SimTime>,
}

/// Why a text is no scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The line, from 1.
    pub line: u64,
    /// The key with the tables that it stands in; empty when the text is not even TOML.
    pub key: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub found: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            key,
            expected,
            found,
        } = self;
        if key.is_empty() {
            return write!(f, "line {line}: expected {expected}, found {found}");
        }
        write!(
            f,
            "line {line}: `{key}`: expected {expected}, found {found}"
        )
    }
}

impl std::error::Error for ScenarioError {}

impl Scenario {
    /// The longest text that is read.
    pub const TEXT_BYTES_MAX: usize = 1 << 20;

    /// Reads a scenario file.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        if text.len() > Self::TEXT_BYTES_MAX {
            let found = format!("{} bytes", text.len());
            let expected = "at most 1 MiB of text".to_owned();
            return Err(ScenarioError {
                line: 1,
                key: String::new(),
                expected,
                found,
            });
        }
        let root = DeTable::parse(text).map_err(|error| ScenarioError {
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            key: String::new(),
            expected: "TOML".to_owned(),
            found: error.message().to_owned(),
        })?;
        let mut root = Table::root(text, &root);
        root.need("format", "1, the version of the format")?
            .whole_in(1..=1)?;
        let name = root
            .take("name")
            .map(|v| v.text().map(str::to_owned))
            .transpose()?;
        let seed = root.take("seed").map(|v| v.whole()).transpose()?;
        let engines = [
            ("quorum", Engine::Quorum),
            ("wal", Engine::Wal),
            ("both", Engine::Both),
        ];
        let engine = root.take("engine").map(|v| v.choice(&engines));
        let engine = engine.transpose()?.unwrap_or(Engine::Quorum);
        let weights = [("exact", Weight::Exact), ("account", Weight::Account)];
        let weight = root
            .take("weight")
            .map(|v| v.choice(&weights))
            .transpose()?;
        let broken = root.take("broken").map(|v| v.choices(&Defect::ALL));
        let broken: Defects = broken
            .transpose()?
            .unwrap_or_default()
            .into_iter()
            .collect();
        let topology = root
            .table("topology")?
            .map_or(Ok(Topology::DEFAULT), |table| topology(table, broken))?;
        let workload = root
            .table("workload")?
            .map_or(Ok(Workload::DEFAULT), workload)?;
        let reads = root.table("reads")?.map(reads).transpose()?;
        let reads_pages = matches!(workload, Workload::Oltp(_));
        let faults_found = root.tables("fault")?;
        let mut scenario = Self {
            engine,
            wal: root
                .table("wal")?
                .map_or(Ok(Conventional::default()), wal::wal)?,
            name: name.unwrap_or_else(|| "unnamed".to_owned()),
            seed: seed.unwrap_or(42),
            weight: weight.unwrap_or(Weight::Exact),
            latency: root
                .table("latency")?
                .map_or_else(|| Ok(Latency::default()), latency)?,
            clone_workload: root
                .table("clone")?
                .map(|table| insert_on(table, Some(u32::MAX)))
                .transpose()?,
            workload,
            reads: reads.or_else(|| reads_pages.then_some(ReadSettings::DEFAULT)),
            storage: root
                .table("storage")?
                .map_or(Ok(Storage::default()), storage::storage)?,
            faults: Vec::new(),
            stop: root.table("stop")?.map_or(Ok(Stop::default()), stop)?,
            broken,
            topology,
        };
        root.finish()?;
        scenario.faults = faults(faults_found, &scenario)?;
        Ok(scenario)
    }

    /// Whether it asks for something that invariants may not survive: a mistake on purpose, or a server
    /// that logs no full-page images.
    pub fn may_break(&self) -> bool {
        let no_images = self.engine.has_wal() && !self.wal.settings.full_page_writes;
        no_images || !self.broken.is_empty()
    }

    /// What a verb names that is not there.
    pub fn lacks(&self, verb: Verb) -> Option<String> {
        let standby = match verb {
            Verb::StandbyDown(standby)
            | Verb::StandbyUp(standby)
            | Verb::StandbySlow { standby, .. }
            | Verb::Promote(standby) => standby,
            Verb::AzDown(az) | Verb::AzUp(az) => return self.topology.lacks_az(az),
            Verb::CrashWriter | Verb::Recover | Verb::Partition | Verb::Heal => return None,
            _ if !self.engine.has_quorum() => {
                return Some("the quorum engine does not run".to_owned());
            }
            Verb::Clone(_)
            | Verb::DeleteVolume(_)
            | Verb::RestoreVolume { .. }
            | Verb::Write { .. }
            | Verb::Grow => return None,
            Verb::DropZone(az) | Verb::AddZone(az) => return self.topology.lacks_az(az),
            Verb::NodeDown(node)
            | Verb::NodeUp(node)
            | Verb::Replace(node)
            | Verb::Restore(node)
            | Verb::Slow { node, .. }
            | Verb::Drop { node, .. }
            | Verb::CorruptPage { node, .. } => {
                let exists = self.topology.has_node(node);
                return (!exists).then(|| format!("there is no node {node}"));
            }
        };
        if !self.engine.has_wal() {
            return Some("the conventional engine does not run".to_owned());
        }
        (!self.wal.has(standby)).then(|| format!("there is no standby {standby}"))
    }
}

impl Topology {
    /// The most protection groups of a volume.
    pub const GROUPS_MAX: u16 = 1000;
    const DEFAULT: Self = Self {
        azs: 3,
        segments_per_az: 2,
        protection_groups: 1,
        write_quorum: 4,
        read_quorum: 3,
        lal: 10_000_000,
        gossip: Span::from_millis(20),
        layout: Layout::AllFull,
        repair: Repair {
            bytes: 10_000_000_000,
            takes: Span::from_millis(8000),
        },
    };

    /// The first members, and which of them suffice.
    pub fn membership(&self) -> Membership {
        match self.layout {
            Layout::AllFull => {
                let quorum = Quorum::of(self.nodes(), self.write_quorum, self.read_quorum);
                Membership::new(quorum, Copies::default())
            }
            Layout::FullTail => {
                let nodes = (0..self.nodes()).map(NodeId);
                let (full, tail): (Vec<_>, Vec<_>) = nodes.partition(|node| node.0 % 2 == 0);
                let tail = tail.into_iter().collect();
                Membership::new(
                    Quorum::full_and_tail(full.into_iter().collect(), tail),
                    tail,
                )
            }
        }
    }

    /// How long so many bytes of a segment take over a link.
    pub fn transfer(&self, bytes: u64) -> Span {
        let ns =
            u128::from(self.repair.takes.0) * u128::from(bytes) / u128::from(self.repair.bytes);
        Span(u64::try_from(ns).unwrap_or(u64::MAX >> 4))
    }

    /// How many storage nodes there are at first.
    pub const fn nodes(&self) -> u8 {
        self.azs * self.segments_per_az
    }

    /// How many machines there are: the first nodes, and a spare in each zone.
    pub const fn machines(&self) -> u8 {
        self.places().count()
    }

    pub(crate) const fn places(&self) -> Places {
        Places {
            azs: self.azs,
            per_az: self.segments_per_az,
        }
    }

    /// Whether there is such a zone.
    pub const fn has_az(&self, az: Az) -> bool {
        az.index() < self.azs
    }

    /// Whether there is such a machine.
    pub const fn has_node(&self, node: Node) -> bool {
        self.has_az(node.az()) && node.ordinal() <= self.segments_per_az + 1
    }

    fn lacks_az(&self, az: Az) -> Option<String> {
        (!self.has_az(az)).then(|| format!("there is no zone {az}"))
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self {
            in_az: Delay::Constant { ms: 0.1 },
            cross_az: Delay::Constant { ms: 0.4 },
            disk: Delay::Exponential { mean_ms: 0.3 },
            archive: Delay::Constant { ms: 10.0 },
            order: Order::Fifo,
            disk_depth: 32,
            boxcar: Span::from_micros(100),
        }
    }
}

impl Workload {
    /// How many clients a closed loop has. They all begin at the start of the run, and each goes on
    /// when its transaction is done.
    pub const fn clients(&self) -> Option<u32> {
        match self {
            Self::Insert { arrival, .. } | Self::Oltp(Oltp { arrival, .. }) => arrival.clients(),
            Self::WalFile { .. } => None,
        }
    }

    /// Whether a long reader is part of it.
    pub(crate) const fn has_snapshots(&self) -> bool {
        match self {
            Self::Oltp(oltp) => oltp.snapshot.is_some(),
            Self::Insert { .. } | Self::WalFile { .. } => false,
        }
    }

    /// What a scenario plays that says nothing of it.
    pub(crate) const DEFAULT: Self = Self::Insert {
        arrival: Arrival::Closed { clients: 64 },
        record_bytes: 128,
        records_per_commit: 1,
        pages: 100_000,
    };
}

impl ReadSettings {
    /// How a workload reads that does, and says nothing of it.
    const DEFAULT: Self = Self {
        cache_pages: 10_000,
        hedging: Hedging::On,
    };
}

/// The most that clients may ask for at once.
const BYTES_AT_ONCE_MAX: u64 = 256 << 20;

fn topology(mut table: Table<'_>, broken: Defects) -> Result<Topology, ScenarioError> {
    let small = |value: u64| u8::try_from(value).expect("the range is small");
    let default = Topology::DEFAULT;
    let mut count = |key, default| {
        table
            .take(key)
            .map_or(Ok(default), |v| v.whole().map(small))
    };
    let azs = count("azs", default.azs)?;
    let segments_per_az = count("segments_per_az", default.segments_per_az)?;
    let copies = azs * segments_per_az;
    // The default quorum is the one that its default topology has: of six, four and three.
    let majority = copies / 2 + 1;
    let write_found = table.take("write_quorum");
    let copy = |found: &Found<'_>| found.whole_in(1..=copies.into()).map(small);
    let write = write_found.as_ref().map_or(Ok(majority), copy)?;
    let checked = !broken.has(Defect::SmallQuorum);
    if let Some(found) = &write_found
        && checked
        && write < majority
    {
        let expected = format!(
            "at least {majority}: of {copies} copies, any two write quorums must share one (or \
             `broken = [\"small-quorum\"]`)"
        );
        return Err(found.error(&expected));
    }
    let read = table.take("read_quorum");
    let read_quorum = read.as_ref().map_or(Ok(copies - write + 1), copy)?;
    if checked && read_quorum + write <= copies {
        let expected = format!(
            "more than {}: of {copies} copies, {write} written and the ones read must share one \
             (or `broken = [\"small-quorum\"]`)",
            copies - write
        );
        return Err(read.expect("the default is large enough").error(&expected));
    }
    let groups = table
        .take("protection_groups")
        .map(|v| v.whole())
        .transpose()?;
    let lal = table.take("lal").map(|v| v.whole()).transpose()?;
    let gossip = table.take("gossip").map(|v| span(&v)).transpose()?;
    let layouts = [
        ("all-full", Layout::AllFull),
        ("full-tail", Layout::FullTail),
    ];
    let found = table.take("layout");
    let layout = found.as_ref().map(|v| v.choice(&layouts)).transpose()?;
    let layout = layout.unwrap_or(default.layout);
    if let Some(found) = &found
        && layout == Layout::FullTail
        && ((azs, segments_per_az, write, read_quorum) != (3, 2, 4, 3))
    {
        let expected = "\"all-full\", or three zones with two nodes each and their usual quorums";
        return Err(found.error(expected));
    }
    let repair = repair(&mut table)?;
    table.finish()?;
    Ok(Topology {
        azs,
        segments_per_az,
        protection_groups: groups.map_or(default.protection_groups, |v| {
            u16::try_from(v).expect("the range is small")
        }),
        write_quorum: write,
        read_quorum,
        lal: lal.unwrap_or(default.lal),
        gossip: gossip.unwrap_or(default.gossip),
        layout,
        repair,
    })
}

/// How large a node's segments are, and how fast they are copied.
fn repair(table: &mut Table<'_>) -> Result<Repair, ScenarioError> {
    let mut number = |key| table.take(key).map_or(Ok(10.0), |found| found.measure());
    let gb = number("segment_gb")?;
    let gbps = number("repair_gbps")?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and at most 10^14 bytes or 10^21 ns, which saturates"
    )]
    let whole = |number: f64| number as u64;
    Ok(Repair {
        bytes: whole(gb * 1e9),
        takes: Span(whole(gb * 8e9 / gbps).min(1 << 60)),
    })
}

fn latency(mut table: Table<'_>) -> Result<Latency, ScenarioError> {
    let default = Latency::default();
    let of = |found: &Option<Found<'_>>, default| found.as_ref().map_or(Ok(default), delay);
    let in_az = of(&table.take("in_az"), default.in_az)?;
    let cross_az = of(&table.take("cross_az"), default.cross_az)?;
    let disk_found = table.take("disk");
    let disk = of(&disk_found, default.disk)?;
    if let Some(found) = &disk_found
        && disk.median() == Span::ZERO
    {
        return Err(found.error("a delay above 0: without one, a round trip may take no time"));
    }
    let archive = of(&table.take("archive"), default.archive)?;
    let orders = [("fifo", Order::Fifo), ("free", Order::Free)];
    let order = table.take("order").map(|v| v.choice(&orders)).transpose()?;
    let depth = table.take("disk_depth").map(|v| v.whole()).transpose()?;
    let boxcar = table.take("boxcar_us").map(|v| v.whole()).transpose()?;
    table.finish()?;
    Ok(Latency {
        in_az,
        cross_az,
        disk,
        archive,
        order: order.unwrap_or(default.order),
        disk_depth: depth.map_or(default.disk_depth, |v| {
            u32::try_from(v).expect("the range is small")
        }),
        boxcar: boxcar.map_or(default.boxcar, Span::from_micros),
    })
}

fn delay(found: &Found<'_>) -> Result<Delay, ScenarioError> {
    let delay = delay_of(&mut found.table()?, 0)?;
    match delay.check() {
        Ok(()) => Ok(delay),
        Err(error) => Err(found.error(&format!("`{}` {}", error.parameter, error.expected))),
    }
}

fn delay_of(table: &mut Table<'_>, depth: u32) -> Result<Delay, ScenarioError> {
    let kinds = ["constant", "uniform", "exponential", "lognormal", "shifted"];
    let kind = table.need("kind", &format!("one of {}", kinds.join(", ")))?;
    let choices: Vec<_> = kinds.iter().zip(0..).map(|(name, i)| (*name, i)).collect();
    let chosen: i32 = kind.choice(&choices)?;
    let mut number = |key| table.need(key, "a number")?.number();
    let delay = match chosen {
        0 => Delay::Constant { ms: number("ms")? },
        1 => Delay::Uniform {
            min_ms: number("min_ms")?,
            max_ms: number("max_ms")?,
        },
        2 => Delay::Exponential {
            mean_ms: number("mean_ms")?,
        },
        3 => Delay::Lognormal {
            median_ms: number("median_ms")?,
            sigma: number("sigma")?,
        },
        _ => {
            let base_ms = number("base_ms")?;
            let plus = table.need("plus", "another delay")?;
            if depth == 4 {
                return Err(plus.error("at most four delays within each other"));
            }
            Delay::Shifted {
                base_ms,
                plus: Box::new(delay_of(&mut plus.table()?, depth + 1)?),
            }
        }
    };
    table.finish()?;
    Ok(delay)
}

fn workload(mut table: Table<'_>) -> Result<Workload, ScenarioError> {
    type Rest = fn(Table<'_>) -> Result<Workload, ScenarioError>;
    let kinds: [(&str, Rest); 3] = [("insert", insert), ("oltp", oltp), ("wal-file", wal_file)];
    let kind = table.need("kind", "\"insert\", \"oltp\" or \"wal-file\"")?;
    kind.choice(&kinds)?(table)
}

fn wal_file(mut table: Table<'_>) -> Result<Workload, ScenarioError> {
    let digest = table
        .take("digest")
        .map(|v| v.text().map(str::to_owned))
        .transpose()?;
    let speed = table.take("speed").map_or(Ok(1.0), |v| v.measure())?;
    table.finish()?;
    Ok(Workload::WalFile { digest, speed })
}

/// When commits come. Also the key that says how many clients there are.
fn arrival<'a>(table: &mut Table<'a>) -> Result<(Arrival, Option<Found<'a>>), ScenarioError> {
    let clients = table.take("clients");
    let rate = table.take("rate");
    let arrivals = [("fixed", false), ("poisson", true)];
    let poisson = table.take("arrival");
    let arrival = match (&clients, &rate) {
        (Some(clients), Some(_)) => {
            return Err(clients.error("either `clients` or `rate`, not both"));
        }
        (None, Some(found)) => {
            let rate = found.measure()?;
            match poisson.map(|v| v.choice(&arrivals)).transpose()? {
                Some(true) => Arrival::Poisson { rate },
                Some(false) | None => Arrival::Fixed { rate },
            }
        }
        (Some(_) | None, None) => {
            if let Some(poisson) = poisson {
                return Err(poisson.error("`arrival` only together with `rate`"));
            }
            let clients = clients
                .as_ref()
                .map(Found::whole)
                .transpose()?
                .unwrap_or(64);
            Arrival::Closed {
                clients: u32::try_from(clients).expect("the range is small"),
            }
        }
    };
    Ok((arrival, clients))
}

fn whole(found: Option<&Found<'_>>, default: u64) -> Result<u32, ScenarioError> {
    let value = found.map(Found::whole).transpose()?;
    Ok(u32::try_from(value.unwrap_or(default)).expect("the range fits"))
}

/// The size and number of a transaction's records, `records` its key, and the pages that they may
/// change. The table says how many pages there are, unless that is known.
fn records(
    table: &mut Table<'_>,
    (arrival, clients): (Arrival, Option<Found<'_>>),
    records: &'static str,
    pages: Option<u32>,
) -> Result<[u32; 3], ScenarioError> {
    let sizes = ["record_bytes", records].map(|key| table.take(key));
    let record_bytes = whole(sizes[0].as_ref(), 128)?;
    let count = whole(sizes[1].as_ref(), 1)?;
    let pages = match pages {
        Some(pages) => pages,
        None => whole(table.take("pages").as_ref(), 100_000)?,
    };
    let at_once = match arrival {
        Arrival::Closed { clients } => clients.into(),
        Arrival::Fixed { .. } | Arrival::Poisson { .. } => 1,
    };
    let bytes = at_once * u64::from(record_bytes) * u64::from(count);
    if bytes > BYTES_AT_ONCE_MAX {
        let expected = format!(
            "clients, {records} and record_bytes whose product is at most \
             {BYTES_AT_ONCE_MAX}, not {bytes}"
        );
        let said = sizes.into_iter().flatten().chain(clients).next();
        return Err(said.expect("the defaults fit").error(&expected));
    }
    Ok([record_bytes, count, pages])
}

fn insert(table: Table<'_>) -> Result<Workload, ScenarioError> {
    insert_on(table, None)
}

/// An insert workload. It says how many pages it touches, unless that is known.
fn insert_on(mut table: Table<'_>, pages: Option<u32>) -> Result<Workload, ScenarioError> {
    let (arrival, clients) = arrival(&mut table)?;
    let [record_bytes, records_per_commit, pages] =
        records(&mut table, (arrival, clients), "records_per_commit", pages)?;
    table.finish()?;
    Ok(Workload::Insert {
        arrival,
        record_bytes,
        records_per_commit,
        pages,
    })
}

fn oltp(mut table: Table<'_>) -> Result<Workload, ScenarioError> {
    let (arrival, clients) = arrival(&mut table)?;
    let [record_bytes, writes_per_txn, pages] =
        records(&mut table, (arrival, clients), "writes_per_txn", None)?;
    let reads_found = table.take("reads_per_txn");
    let reads_per_txn = whole(reads_found.as_ref(), 4)?;
    let read_only = table.take("read_only").map_or(Ok(0.0), |v| v.measure())?;
    let snapshot_found = table.take("snapshot_ms");
    let snapshot = whole(snapshot_found.as_ref(), 1)?;
    let needs_reads = writes_per_txn == 0 || read_only > 0.0 || snapshot_found.is_some();
    if let Some(found) = reads_found.filter(|_| needs_reads && reads_per_txn == 0) {
        let expected = "at least 1: something reads that changes nothing";
        return Err(found.error(expected));
    }
    let skew = skew(&mut table)?;
    table.finish()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is from 0 to 1"
    )]
    let read_only_ppm = (read_only * 1e6 + 0.5) as u32;
    Ok(Workload::Oltp(Oltp {
        arrival,
        reads_per_txn,
        writes_per_txn,
        read_only_ppm,
        record_bytes,
        pages,
        skew,
        snapshot: snapshot_found.map(|_| Span::from_millis(snapshot.into())),
    }))
}

fn skew(table: &mut Table<'_>) -> Result<Skew, ScenarioError> {
    let is_zipf = match table.take("skew") {
        Some(found) => found.choice(&[("uniform", false), ("zipf", true)])?,
        None => false,
    };
    let exponent_found = table.take("exponent");
    match (is_zipf, exponent_found) {
        (true, found) => Ok(Skew::Zipf {
            exponent: found.map_or(Ok(0.99), |v| v.measure())?,
        }),
        (false, Some(found)) => Err(found.error("`exponent` only together with skew = \"zipf\"")),
        (false, None) => Ok(Skew::Uniform),
    }
}

fn reads(mut table: Table<'_>) -> Result<ReadSettings, ScenarioError> {
    let default = ReadSettings::DEFAULT;
    let cache_pages = table.take("cache_pages");
    let cache_pages = whole(cache_pages.as_ref(), default.cache_pages.into())?;
    let choices = [("on", Hedging::On), ("off", Hedging::Off)];
    let hedging = table.take("hedging");
    let hedging = hedging.map(|v| v.choice(&choices)).transpose()?;
    table.finish()?;
    Ok(ReadSettings {
        cache_pages,
        hedging: hedging.unwrap_or(default.hedging),
    })
}

fn faults(
    tables: Vec<Table<'_>>,
    scenario: &Scenario,
) -> Result<Vec<(SimTime, Verb)>, ScenarioError> {
    let mut faults = Vec::new();
    for table in tables {
        faults.push(fault(table, scenario)?);
    }
    faults.sort_by_key(|(at, _)| *at);
    Ok(faults)
}

fn fault(mut table: Table<'_>, scenario: &Scenario) -> Result<(SimTime, Verb), ScenarioError> {
    let at = time(&table.need("at", TIME)?)?;
    let names = format!("one of {}", Verb::NAMES.join(", "));
    let verb = table.need("do", &names)?;
    let az = |table: &mut Table<'_>| {
        let expected = "a zone, such as \"b\"";
        table
            .need("az", expected)?
            .parse(expected, |text| text.parse::<Az>().ok())
    };
    let node = |table: &mut Table<'_>| {
        let expected = "a node, such as \"c2\"";
        table
            .need("node", expected)?
            .parse(expected, |text| text.parse::<Node>().ok())
    };
    let volume = |table: &mut Table<'_>| {
        let expected = "a volume, such as \"v1\"";
        table
            .need("volume", expected)?
            .parse(expected, |text| text.parse::<VolumeId>().ok())
    };
    let standby = |table: &mut Table<'_>| {
        let expected = "a standby, such as \"s1\"";
        table
            .need("standby", expected)?
            .parse(expected, |text| text.parse::<Standby>().ok())
    };
    let done = match verb.text()? {
        "clone" => Verb::Clone(volume(&mut table)?),
        "delete-volume" => Verb::DeleteVolume(volume(&mut table)?),
        "restore-volume" => {
            let expected = "a time or an LSN, such as \"1.5s\" or \"lsn-120\"";
            let to = table.need("to", expected)?;
            Verb::RestoreVolume {
                volume: volume(&mut table)?,
                to: to.parse(expected, |text| text.parse::<Moment>().ok())?,
            }
        }
        "write" => {
            let page = table.need("page", "a page")?;
            let page = page.whole_in(0..=u64::from(Verb::PAGES_MAX) - 1)?;
            Verb::Write {
                volume: volume(&mut table)?,
                page: u32::try_from(page).expect("the range fits"),
            }
        }
        "crash-writer" => Verb::CrashWriter,
        "recover" => Verb::Recover,
        "grow" => Verb::Grow,
        "partition" => Verb::Partition,
        "heal" => Verb::Heal,
        "az-down" => Verb::AzDown(az(&mut table)?),
        "az-up" => Verb::AzUp(az(&mut table)?),
        "node-down" => Verb::NodeDown(node(&mut table)?),
        "node-up" => Verb::NodeUp(node(&mut table)?),
        "replace" => Verb::Replace(node(&mut table)?),
        "restore" => Verb::Restore(node(&mut table)?),
        "drop-zone" => Verb::DropZone(az(&mut table)?),
        "add-zone" => Verb::AddZone(az(&mut table)?),
        "slow" => {
            let ms = table
                .need("ms", "milliseconds")?
                .whole_in(0..=Verb::SLOW_MS_MAX.into())?;
            let ms = u32::try_from(ms).expect("the range fits");
            Verb::Slow {
                node: node(&mut table)?,
                ms,
            }
        }
        "drop" => {
            let count = table.need("count", "how many messages")?;
            let count = count.whole_in(0..=Verb::DROP_COUNT_MAX.into())?;
            let count = u32::try_from(count).expect("the range fits");
            Verb::Drop {
                node: node(&mut table)?,
                count,
            }
        }
        "standby-down" => Verb::StandbyDown(standby(&mut table)?),
        "standby-up" => Verb::StandbyUp(standby(&mut table)?),
        "promote" => Verb::Promote(standby(&mut table)?),
        "standby-slow" => {
            let ms = table.need("ms", "milliseconds")?;
            let ms = ms.whole_in(0..=Verb::SLOW_MS_MAX.into())?;
            Verb::StandbySlow {
                standby: standby(&mut table)?,
                ms: u32::try_from(ms).expect("the range fits"),
            }
        }
        text if text.contains(':') => {
            let expected = format!("{names}, or it with its arguments, such as \"slow:a1,50ms\"");
            verb.parse(&expected, |text| text.parse().ok())?
        }
        "corrupt-page" => {
            let page = table.need("page", "the number of a page")?;
            let page = page.whole_in(0..=u32::MAX.into())?;
            let page = u32::try_from(page).expect("the range fits");
            Verb::CorruptPage {
                node: node(&mut table)?,
                page,
            }
        }
        _ => return Err(verb.error(&names)),
    };
    if let Some(lacks) = scenario.lacks(done) {
        return Err(verb.error(&format!("something that the scenario has ({lacks})")));
    }
    table.finish()?;
    Ok((at, done))
}

fn stop(mut table: Table<'_>) -> Result<Stop, ScenarioError> {
    let at = table.take("at").map(|v| time(&v)).transpose()?;
    let commits = table.take("commits").map(|v| v.whole()).transpose()?;
    let work = table.take("work").map(|v| time(&v)).transpose()?;
    table.finish()?;
    Ok(Stop { at, commits, work })
}

const TIME: &str = "a time with its unit, such as \"2s\", \"1.5ms\", \"100us\" or \"5min\"";

fn time(found: &Found<'_>) -> Result<SimTime, ScenarioError> {
    found.parse(TIME, parse_span).map(|span| SimTime(span.0))
}

fn span(found: &Found<'_>) -> Result<Span, ScenarioError> {
    let expected = "a time above 0 with its unit, such as \"20ms\"";
    found.parse(expected, |text| {
        parse_span(text).filter(|span| *span > Span::ZERO)
    })
}

/// Reads a time with its unit, such as `1.5ms`; see [`protocol::duration`].
pub fn parse_span(text: &str) -> Option<Span> {
    protocol::duration::parse_ns(text).map(Span)
}

#[cfg(test)]
mod tests;
