//! A frame: everything that the page draws of one moment.

use nanoserde::{DeBin, SerBin};
use serde::Serialize;

use crate::command::{Edit, SeekTo};
use crate::compare::Compared;
use crate::members::{ChangeStep, MembersChange, MembersView, Obstacle, Wish};
use crate::place::{Az, Node, Place, VolumeId};
use crate::server::ServerHappening;
use crate::servers::ServersView;
use crate::upkeep::Upkeep;
use crate::verb::{Moment, Verb};

/// The picture at one moment. Times are model nanoseconds from the start of the run.
#[derive(Clone, Debug, PartialEq, DeBin, SerBin)]
pub struct Frame {
    /// The playhead. Every event at or before it has happened, none after it has.
    pub now_ns: u64,
    /// How many events have happened.
    pub event: u64,
    /// Whether there is more to come.
    pub run: RunState,
    /// What must always hold, and how it fared since the start.
    pub invariants: Vec<Invariant>,
    /// Hash over all events so far, 16 hexadecimal digits.
    pub trace_hash: String,
    /// Hash over the whole state, 16 hexadecimal digits; only after a step, a seek or an act, for it
    /// costs a walk over the state.
    pub state_hash: Option<String>,
    /// The limit of the lab that ended it, if one did.
    pub limit: Option<Limit>,
    /// The writer.
    pub writer: WriterView,
    /// The zones.
    pub zones: Vec<ZoneView>,
    /// Who the members of the groups are.
    pub members: MembersView,
    /// Object storage.
    pub archive: Archive,
    /// The protection group that [`NodeView::segment`] speaks of.
    pub group: u32,
    /// The volumes, by their numbers; empty while there is only one.
    pub volumes: Vec<VolumeView>,
    /// The servers of the conventional engine, if it runs.
    pub servers: Option<ServersView>,
    /// Pages of the first volume.
    pub pages: u64,
    /// Page versions that all volumes together store.
    pub pages_held: u64,
    /// How many neighbouring pages [`VolumeView::changed`] counts together.
    pub pages_in_block: u64,
    /// The newest records of that group, oldest first: those of [`SegmentView::recent`].
    pub recent: Vec<u64>,
    /// Messages on the way, oldest first; at most 400.
    pub flights: Vec<Flight>,
    /// How many more are on the way.
    pub flights_left_out: u32,
    /// The part of the log that the tape shows.
    pub tape: Tape,
    /// Sums since the start.
    pub counters: Counters,
    /// Commit latency since the start.
    pub latency: Latency,
    /// The newest events of the wanted categories, oldest first; before them the last deeds, such as a
    /// zone's loss of power, that have no more room among them.
    pub events: Vec<EventLine>,
    /// The run as a line.
    pub timeline: Timeline,
    /// The playhead as a place that stays the same whatever else happens in the run.
    pub cursor: SeekTo,
    /// The ways that the run took, by age.
    pub branches: Vec<BranchView>,
    /// The run that it is compared with. Boxed: most frames have none.
    pub compared: Option<Box<Compared>>,
    /// Columns of numbers.
    pub columns: Columns,
}

/// What the engine takes of the machine's memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin)]
pub struct Memory {
    /// Bytes, as far as they are known; 0 if not.
    pub bytes: u64,
    /// Above so many bytes it gives up keyframes.
    pub cap: u64,
    /// It gave some up: going back takes longer.
    pub thinned: bool,
}

/// One of the ways that a run took: what was done in the past of another begins a new one.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct BranchView {
    /// Its number, from 1, which no later one has.
    pub id: u32,
    /// The name that the reader gave it.
    pub name: Option<String>,
    /// It is the one that is shown.
    pub current: bool,
    /// The branch that it left, and when.
    pub origin: Option<(u32, u64)>,
    /// What was done first in it and in no earlier one.
    pub first: Option<Edit>,
    /// How many things were done to the world in it, beside what the scenario does.
    pub edits: u32,
    /// How far it is explored, in nanoseconds of model time.
    pub explored_ns: u64,
}

/// What object storage has of the first volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Archive {
    /// Of the group that is shown, everything up to here.
    pub complete: u64,
    /// Bytes that were staged, of all groups: records and page versions, each once.
    pub bytes: u64,
    /// Page versions.
    pub versions: u64,
}

impl Frame {
    /// How many protection groups there are.
    pub fn groups(&self) -> u32 {
        u32::try_from(self.writer.pgcl.len()).unwrap_or(u32::MAX)
    }
}

/// A volume at this moment.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct VolumeView {
    /// Its name.
    pub id: VolumeId,
    /// What it is doing.
    pub state: VolumeState,
    /// The volume that it began as, and the durable point of that. `None`: it began empty.
    pub origin: Option<(VolumeId, u64)>,
    /// It refers to its source's pages instead of having copies of its own.
    pub shares: bool,
    /// It came out of object storage.
    pub restored: bool,
    /// Its pages: each volume grows alone.
    pub pages: u64,
    /// How far it is durable.
    pub vdl: u64,
    /// Commits acknowledged.
    pub commits_acked: u64,
    /// How many of them in a second, on average since the volume was asked for.
    pub commits_per_s: u64,
    /// Half of them took up to this, in nanoseconds; 0 before the first.
    pub p50_ns: u64,
    /// 99 of 100 of them took up to this.
    pub p99_ns: u64,
    /// Pages that it and its source do not share any more, for each block of neighbouring pages:
    /// those that it changed, that the source changed since, and that both did.
    pub changed: Vec<[u64; 3]>,
}

/// What a volume is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VolumeState {
    /// It can be read and written.
    Open,
    /// Its writer does not know yet where the log ends, or its pages are still being copied.
    Opening,
    /// Its writer crashed.
    Crashed,
    /// It was given up.
    Deleted,
}

/// Whether a run has more to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum RunState {
    /// There is more.
    Going,
    /// The scenario's stop was reached, or its workload is finished and all of it acknowledged.
    Ended,
}

/// What the lab has no more room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Limit {
    /// The log and its history hold this many records and no more.
    Records(u64),
    /// More is under way at once than the lab can hold.
    UnderWay,
}

/// The writer at this moment.
#[derive(Clone, Debug, PartialEq, DeBin, SerBin)]
pub struct WriterView {
    /// Volume epoch.
    pub epoch: u32,
    /// Whether it works.
    pub state: WriterState,
    /// An older one lives on, cut off, and does not know of this one.
    pub older_cut_off: bool,
    /// The LSN that the next record gets.
    pub next_lsn: u64,
    /// Volume Complete LSN: while a new writer has to find it out, at least the VDL.
    pub vcl: u64,
    /// Volume Durable LSN: while a new writer has to find it out, the last that was known.
    pub vdl: u64,
    /// PGCL of each protection group.
    pub pgcl: Vec<u64>,
    /// The highest LSN that may be handed out now: VDL plus LAL.
    pub allocation_limit: u64,
    /// Mini-transactions that wait because of that limit.
    pub throttled: u64,
    /// Records that wait in boxcars for departure.
    pub boxcar_records: u32,
    /// Who waits for commits.
    pub clients: Clients,
    /// The oldest commit that is still waiting, and for what.
    pub oldest_wait: Option<Wait>,
    /// The transaction that has waited longest for pages, without which it writes nothing.
    pub oldest_read: Option<ReadWait>,
}

/// Whether a writer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum WriterState {
    /// It writes.
    Open,
    /// It writes, and nothing of it arrives anywhere.
    CutOff {
        /// Since when.
        since_ns: u64,
    },
    /// It crashed, and there is no other.
    Down {
        /// Since when.
        since_ns: u64,
    },
    /// It finds out where the log ends.
    Recovering {
        /// Since when.
        since_ns: u64,
        /// How far it is.
        step: RecoveryStep,
    },
}

/// How far a recovery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum RecoveryStep {
    /// Nodes are asked to refuse older epochs, and to say what they have.
    Fence,
    /// A write quorum must have everything up to the durable point.
    CatchUp,
    /// What lies behind it is annulled.
    Truncate,
    /// The metadata service is told.
    Register,
}

/// Who asks for commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Clients {
    /// How many clients there are, when the workload has a fixed number.
    pub total: Option<u32>,
    /// Commits asked for and not yet acknowledged.
    pub waiting: u32,
}

/// Why a commit waits.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Wait {
    /// The transaction.
    pub txn: u64,
    /// LSN of its commit record.
    pub commit_lsn: u64,
    /// When it asked.
    pub asked_ns: u64,
    /// The first record at or below the commit that is not durable yet.
    pub lsn: u64,
    /// The protection group of that record.
    pub group: u32,
    /// Copies that have acknowledged it.
    pub have: u32,
    /// Copies that must.
    pub need: u32,
    /// The copies that have not, each with the reason.
    pub missing: Vec<Missing>,
    /// Too few copies are up: no waiting will help until one returns.
    pub stopped: bool,
}

/// Why a transaction has not begun to write.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct ReadWait {
    /// The transaction; none where it only reads.
    pub txn: Option<u64>,
    /// When it asked.
    pub asked_ns: u64,
    /// The pages that are not there yet.
    pub pages: Vec<AwaitedPage>,
    /// Nobody who is up can give one of them: no waiting will help until one returns.
    pub stopped: bool,
}

/// A page that was asked for and is not there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct AwaitedPage {
    /// The page.
    pub page: u32,
    /// The node that was asked last.
    pub asked: Node,
    /// When it was.
    pub asked_ns: u64,
}

/// A copy that has not acknowledged a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Missing {
    /// The node that holds the copy.
    pub node: Node,
    /// Why not.
    pub why: MissingWhy,
}

/// Why a copy has not acknowledged a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum MissingWhy {
    /// The node is down.
    Down {
        /// Since when.
        since_ns: u64,
    },
    /// The record is in a boxcar or on the wire.
    OnTheWay,
    /// The node received it and its disk is writing.
    Writing,
    /// The node has it, but lacks one before it, and the prefix is what counts.
    Behind {
        /// It is complete up to here.
        scl: u64,
    },
    /// The node never received it, and must get it from a peer.
    Lost,
    /// It is stored, and the acknowledgement is on its way to the writer.
    AckOnTheWay,
}

/// A zone at this moment.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct ZoneView {
    /// The zone.
    pub az: Az,
    /// Since when the zone has no power.
    pub down_since_ns: Option<u64>,
    /// The machines in its places. One that has replaced another stands in the place of that.
    pub nodes: Vec<NodeView>,
    /// The machine that stands beside: the spare, or whoever is to take a place and has none yet.
    pub beside: NodeView,
    /// To leave the zone out, or to take it back.
    pub wish: Wish,
}

/// A storage node at this moment.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct NodeView {
    /// The node.
    pub node: Node,
    /// Up or down.
    pub state: NodeState,
    /// Milliseconds that `slow` adds to each of its disk writes.
    pub slow_ms: u32,
    /// Messages from the writer that will still be lost by `drop`.
    pub drops_left: u32,
    /// Writes that wait for its disk.
    pub writes_queued: u32,
    /// Writes that its disk works on.
    pub writes_active: u32,
    /// A page of which a version on its disk is damaged.
    pub damaged: Option<u32>,
    /// The page that it mended last, and when.
    pub mended: Option<(u32, u64)>,
    /// Its backlog is over the limit: it does its upkeep before new records.
    pub is_behind: bool,
    /// The node's copy of the group that is shown.
    pub segment: SegmentView,
}

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum NodeState {
    /// It works.
    Up,
    /// It does not.
    Down {
        /// Since when.
        since_ns: u64,
        /// It went down with its zone, and returns with it.
        with_zone: bool,
    },
}

/// One copy of one protection group.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct SegmentView {
    /// Segment Complete LSN: no gap at or below it on this disk.
    pub scl: u64,
    /// The SCL that the writer has heard of.
    pub acked_scl: u64,
    /// What this copy has of each record in [`Frame::recent`].
    pub recent: Vec<RecentCell>,
    /// The first gap: it has something above it.
    pub gap: Option<Gap>,
    /// The peer that it asked for what it lacks and that has not answered yet.
    pub asks: Option<Node>,
    /// Records in its hot log: those that were not collected.
    pub hot_log_records: u64,
    /// Their bytes.
    pub hot_log_bytes: u64,
    /// Pages with a version.
    pub pages: u64,
    /// Versions of pages.
    pub versions: u64,
    /// The first page with a version.
    pub first_page: Option<u32>,
    /// Durable records that are in no version yet.
    pub to_coalesce: u64,
    /// Object storage has all of the group up to here, as far as this node knows.
    pub archived: u64,
}

/// A hole in a segment's chain: it lacks the records of its group in `(after, until]`. LSNs do not say
/// how many these are: other groups have some of them, and a recovery leaves some out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Gap {
    /// Complete up to here.
    pub after: u64,
    /// The last record of the group that is missing before one that is there.
    pub until: u64,
    /// How many records are missing; `None` for more than were worth counting.
    pub records: Option<u32>,
}

/// What a copy has of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum RecentCell {
    /// Nothing.
    Absent,
    /// It is in memory, on the way to disk.
    Received,
    /// It is on disk.
    Stored,
}

/// A message on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Flight {
    /// Number of the event that sent it, stable from frame to frame together with `to`.
    pub id: u64,
    /// Where it comes from.
    pub from: Place,
    /// Where it goes.
    pub to: Place,
    /// What it is.
    pub kind: FlightKind,
    /// The protection group it concerns; 0 for an empty answer, which concerns none.
    pub group: u32,
    /// Lowest LSN it carries, or for an acknowledgement the SCL it reports.
    pub first_lsn: u64,
    /// Highest LSN it carries.
    pub last_lsn: u64,
    /// When it left.
    pub sent_ns: u64,
    /// When it arrives.
    pub arrives_ns: u64,
}

/// Kinds of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum FlightKind {
    /// A boxcar of records.
    Boxcar,
    /// An acknowledgement that carries an SCL.
    Ack,
    /// A segment asks a peer for what it lacks.
    GossipAsk,
    /// The peer's answer, with records.
    GossipGive,
    /// The peer's answer: it has nothing that the asker lacks. It carries no LSN.
    GossipEmpty,
    /// The writer asks for a page. It carries the read point.
    Read,
    /// The page as of the read point, or a refusal.
    ReadAnswer,
    /// The writer tells a node that its group has come to rest.
    Rest,
    /// A node stages records and page versions. It carries the first and the last record.
    BackUp,
    /// Object storage tells a node how far it has the group.
    BackedUp,
    /// A node asks a peer for a page in the place of a damaged one. It carries the version's LSN.
    PageAsk,
    /// The peer's answer, with the page.
    PageGive,
    /// A message of a recovery, or about the members, to a node.
    Recovery,
    /// A node's answer to that, or its refusal of an old writer. They carry no LSN.
    RecoveryAnswer,
}

/// The part of the log that is shown.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Tape {
    /// The records, by rising LSN.
    pub cards: Vec<Card>,
    /// The mini-transactions that reach into them.
    pub brackets: Vec<Bracket>,
    /// Which record of the log the first card shows, counted from 1. LSNs cannot say that: a
    /// recovery leaves some out.
    pub first_place: u64,
    /// How many records the log has, without those that a recovery annulled.
    pub records: u64,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Card {
    /// Its LSN.
    pub lsn: u64,
    /// Its protection group.
    pub group: u32,
    /// The page that it changes.
    pub page: u32,
    /// Its size in bytes.
    pub bytes: u32,
    /// The size is an estimate.
    pub estimated: bool,
    /// What each machine has of it, in the order of the zones and the places in them.
    pub cells: Vec<CardCell>,
    /// How many members, and newcomers, have acknowledged it: [`CardCell::Acked`].
    pub acked: u32,
    /// At or below its group's PGCL.
    pub durable: bool,
}

/// What a node has of a record, and what the writer knows of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum CardCell {
    /// Nothing, and nothing is on the way.
    Absent,
    /// In a boxcar or on the wire.
    Sent,
    /// In the node's memory.
    Received,
    /// On its disk.
    Stored,
    /// On its disk, with no gap before it, and the writer knows.
    Acked,
}

/// A mini-transaction on the tape.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Bracket {
    /// Its first record.
    pub first_lsn: u64,
    /// Its last, a consistency point (CPL).
    pub last_lsn: u64,
    /// What it does.
    pub label: MtrLabel,
}

/// What a mini-transaction does.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum MtrLabel {
    /// The model's own insert, which is also its commit.
    Insert {
        /// The transaction.
        txn: u64,
    },
    /// A record of a real WAL.
    Wal {
        /// PostgreSQL's resource manager and operation, such as `Btree/INSERT_LEAF`.
        name: String,
        /// The transaction, when the record is its commit.
        commit: Option<u64>,
    },
}

/// Sums since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DeBin, SerBin)]
pub struct Counters {
    /// Commits asked for.
    pub commits_asked: u64,
    /// Commits acknowledged.
    pub commits_acked: u64,
    /// Redo records made.
    pub records: u64,
    /// Their bytes, once.
    pub record_bytes: u64,
    /// Of these, bytes whose size is an estimate.
    pub estimated_bytes: u64,
    /// Boxcars sent, each to every copy.
    pub boxcars: u64,
    /// Bytes sent to storage, all copies counted.
    pub bytes_to_storage: u64,
    /// Writes sent to storage, all copies counted.
    pub ios_to_storage: u64,
    /// Messages lost on the way or at a node that was down.
    pub lost: u64,
    /// Records that a copy got from a peer.
    pub gossip_filled: u64,
}

/// Something that must always hold.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Invariant {
    /// Its name, as checkers and scripts say it.
    pub name: String,
    /// How often it was checked.
    pub checked: u64,
    /// How often it did not hold.
    pub failed: u64,
    /// The first time that it did not hold.
    pub broken: Option<Broken>,
}

/// What was seen where an invariant did not hold.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Broken {
    /// The event at which it was seen; [`crate::SeekTo::Event`] goes there.
    pub event: u64,
    /// What was seen, in the checker's words.
    pub seen: String,
}

/// Commit latency since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, DeBin, SerBin)]
pub struct Latency {
    /// Commits measured.
    pub count: u64,
    /// Mean, in nanoseconds.
    pub mean_ns: f64,
    /// Median, in nanoseconds.
    pub p50_ns: u64,
    /// 95th percentile.
    pub p95_ns: u64,
    /// 99th percentile.
    pub p99_ns: u64,
    /// Longest.
    pub max_ns: u64,
    /// Width of a bin of [`Columns::latency`]; the first begins at 0, the last holds all beyond.
    pub bin_ns: u64,
}

/// Columns of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeBin, SerBin)]
pub struct Columns {
    /// Commits per latency bin.
    pub latency: Vec<u32>,
}

/// One line of the event list: a line of the trace, or a run of such lines that say the same of one
/// record, commit or message after the other.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct EventLine {
    /// Number of this line in the trace, from 1; of a run its first.
    pub id: u64,
    /// Number of the event that it belongs to, of a run the last; [`crate::SeekTo::Event`] goes there.
    pub event: u64,
    /// When; of a run the end.
    pub at_ns: u64,
    /// The line that caused it; 0 for none. Where the list shows a run in its place, the run's.
    pub cause: u64,
    /// The volume that it is about.
    pub volume: VolumeId,
    /// What.
    pub what: Happening,
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Happening {
    /// The writer numbered the records of a mini-transaction.
    Issued {
        /// First LSN.
        first: u64,
        /// Last LSN, the consistency point.
        last: u64,
    },
    /// The same for several mini-transactions.
    RecordsIssued {
        /// First LSN of the first.
        first: u64,
        /// Last LSN of the last.
        last: u64,
        /// How many.
        mtrs: u64,
    },
    /// A transaction asked for its commit.
    CommitAsked {
        /// The transaction.
        txn: u64,
        /// LSN of its commit record.
        lsn: u64,
    },
    /// Several did.
    CommitsAsked {
        /// How many.
        count: u64,
        /// LSN of the last commit record.
        lsn: u64,
    },
    /// The writer may not hand out LSNs: they would run too far ahead of the VDL.
    Throttled {
        /// The LSN that it may not pass.
        limit: u64,
    },
    /// It may again.
    Unthrottled {
        /// The new limit.
        limit: u64,
    },
    /// The writer crashed.
    WriterCrashed,
    /// The writer was cut off from the storage nodes, or can be reached again.
    Partitioned {
        /// It is cut off now.
        cut_off: bool,
    },
    /// A new writer is started.
    NewWriter {
        /// Its epoch.
        epoch: u32,
    },
    /// A new writer begins to recover the volume.
    RecoveryBegan {
        /// Its epoch.
        epoch: u32,
    },
    /// A recovery knows how far the log goes.
    PointsFound {
        /// The VCL.
        vcl: u64,
        /// The VDL.
        vdl: u64,
    },
    /// A recovery annuls everything after `after` up to `until`.
    Truncating {
        /// The VDL.
        after: u64,
        /// The last LSN that an older writer may have numbered.
        until: u64,
    },
    /// A recovery is over.
    Opened {
        /// The epoch.
        epoch: u32,
        /// The VDL.
        vdl: u64,
        /// The LSN of the next record.
        next: u64,
    },
    /// An old writer heard that its epoch is over.
    WriterOver {
        /// Its epoch.
        epoch: u32,
    },
    /// A node refuses older epochs from now on.
    NodeFenced {
        /// The node.
        node: Node,
        /// The epoch.
        epoch: u32,
    },
    /// A node refused an old writer.
    NodeRefused {
        /// The node.
        node: Node,
        /// The old writer's epoch.
        epoch: u32,
    },
    /// A node annulled what a recovery said.
    NodeTruncated {
        /// The node.
        node: Node,
        /// Everything after this
        after: u64,
        /// up to this.
        until: u64,
    },
    /// A group got nowhere: its oldest records that are not durable were sent again.
    BoxcarResent {
        /// The group.
        group: u32,
        /// First of these records.
        first: u64,
        /// Last of these records.
        last: u64,
    },
    /// Something was done that changed nothing.
    NothingChanged {
        /// What.
        verb: Verb,
        /// Why it cannot be done, if that is so.
        why: Option<Obstacle>,
    },
    /// The writer was asked to change the members.
    Asked {
        /// What was asked for.
        verb: Verb,
    },
    /// The metadata service knows of a step of the members.
    MembersRegistered {
        /// The membership epoch.
        epoch: u32,
        /// What changes.
        change: MembersChange,
        /// How far it is.
        step: ChangeStep,
    },
    /// Enough nodes know of it: its rule holds.
    MembersChanged {
        /// The membership epoch.
        epoch: u32,
        /// What changes.
        change: MembersChange,
        /// How far it is.
        step: ChangeStep,
    },
    /// The writer cannot change the members so.
    ChangeRefused {
        /// What was to change.
        change: MembersChange,
        /// Why it cannot.
        why: Obstacle,
    },
    /// A newcomer copies the segments of a peer.
    NodeHydrating {
        /// The newcomer.
        node: Node,
        /// The peer.
        peer: Node,
        /// How much it has, per cent.
        percent: u32,
    },
    /// A newcomer has everything.
    NodeHydrated {
        /// The newcomer.
        node: Node,
    },
    /// A node that nobody needs any more is a spare.
    NodeDiscarded {
        /// The node.
        node: Node,
    },
    /// A node refuses what was sent to older members.
    NodeOutdated {
        /// The node.
        node: Node,
        /// The membership epoch that it knows.
        epoch: u32,
    },
    /// A boxcar left for every copy of its group.
    BoxcarSent {
        /// The group.
        group: u32,
        /// Its first record.
        first: u64,
        /// Its last.
        last: u64,
        /// How many records.
        records: u32,
        /// How many bytes.
        bytes: u64,
    },
    /// A copy received records.
    Received {
        /// The node.
        node: Node,
        /// The group.
        group: u32,
        /// First record.
        first: u64,
        /// Last record.
        last: u64,
    },
    /// A copy has records on its disk, and tells the writer how far it is complete.
    Stored {
        /// The node.
        node: Node,
        /// The group.
        group: u32,
        /// Last record of this write.
        last: u64,
        /// Its SCL after it.
        scl: u64,
    },
    /// The writer hears of an SCL.
    Acked {
        /// The node.
        node: Node,
        /// The group.
        group: u32,
        /// Its SCL.
        scl: u64,
    },
    /// A group's complete point moved.
    PgclMoved {
        /// The group.
        group: u32,
        /// The new PGCL.
        pgcl: u64,
        /// The node whose acknowledgement was the one that was needed.
        node: Node,
    },
    /// The volume's complete point moved.
    VclMoved {
        /// The new VCL.
        vcl: u64,
    },
    /// The volume's durable point moved.
    VdlMoved {
        /// The new VDL.
        vdl: u64,
    },
    /// A commit was acknowledged to its client.
    CommitAcked {
        /// The transaction.
        txn: u64,
        /// LSN of its commit record.
        lsn: u64,
        /// How long it waited, in nanoseconds.
        took_ns: u64,
    },
    /// Several were.
    CommitsAcked {
        /// How many.
        count: u64,
        /// LSN of the last commit record.
        lsn: u64,
        /// The shortest wait among them, in nanoseconds.
        shortest_ns: u64,
        /// The longest.
        longest_ns: u64,
    },
    /// A message was lost on the way.
    Lost {
        /// Where it was bound for.
        node: Node,
        /// The group.
        group: u32,
        /// First record that it carried.
        first: u64,
        /// Last record that it carried.
        last: u64,
    },
    /// Several were, one after the other.
    MessagesLost {
        /// Where they were bound for.
        node: Node,
        /// The group.
        group: u32,
        /// How many.
        count: u64,
        /// First record that the first carried.
        first: u64,
        /// Last record that the last carried.
        last: u64,
    },
    /// A message came to a node that is down.
    FoundDown {
        /// The node.
        node: Node,
    },
    /// A copy notices that it lacks records before one that it has.
    GapFound {
        /// The node.
        node: Node,
        /// The group.
        group: u32,
        /// Complete up to here.
        after: u64,
        /// Lacks up to here.
        until: u64,
    },
    /// A copy asks a peer for what it lacks.
    GossipAsked {
        /// Who asks.
        node: Node,
        /// Who is asked.
        peer: Node,
    },
    /// The peer answers with records.
    GossipGiven {
        /// Who answers.
        node: Node,
        /// Who asked.
        peer: Node,
        /// The group.
        group: u32,
        /// First record given.
        first: u64,
        /// Last record given.
        last: u64,
    },
    /// The peer has nothing more than the asker.
    GossipEmpty {
        /// Who answers.
        node: Node,
        /// Who asked.
        peer: Node,
    },
    /// Storage did something that no commit waited for.
    Upkeep {
        /// What.
        what: Upkeep,
    },
    /// Something happened to a server of the conventional engine.
    Server {
        /// What.
        what: ServerHappening,
    },
    /// A bit flipped in a page on a node's disk.
    PageDamaged {
        /// The node.
        node: Node,
        /// The page.
        page: u32,
    },
    /// A node is asked for a page.
    ReadAsked {
        /// The node.
        node: Node,
        /// The page.
        page: u32,
        /// The read point.
        point: u64,
        /// Why this node.
        why: ReadWhy,
    },
    /// The first answer to a read came.
    ReadAnswered {
        /// Whose.
        node: Node,
        /// The page.
        page: u32,
        /// The read point.
        point: u64,
        /// How long the read took.
        took_ns: u64,
    },
    /// A node cannot give a page.
    ReadRefused {
        /// The node.
        node: Node,
        /// The page.
        page: u32,
        /// The read point.
        point: u64,
        /// Why.
        why: ReadRefusedWhy,
    },
    /// A reader holds its read point from now on.
    SnapshotTaken {
        /// The read point.
        point: u64,
    },
    /// It has read, and holds its read point no more.
    SnapshotDone {
        /// The read point.
        point: u64,
    },
    /// A zone lost power.
    ZoneDown {
        /// The zone.
        az: Az,
    },
    /// A zone's power returned.
    ZoneUp {
        /// The zone.
        az: Az,
    },
    /// A node went down.
    NodeDown {
        /// The node.
        node: Node,
    },
    /// A node came back with what its disk had.
    NodeUp {
        /// The node.
        node: Node,
    },
    /// A node's disk got slower, or as fast as before.
    Slowed {
        /// The node.
        node: Node,
        /// Milliseconds added to each write; 0: none any more.
        ms: u32,
    },
    /// Messages to a node will be lost.
    DropSet {
        /// The node.
        node: Node,
        /// How many.
        count: u32,
    },
    /// The workload has no more to do.
    WorkloadEnded,
    /// Someone asks for a clone.
    CloneAsked,
    /// The volume begins as another one was.
    Cloned {
        /// The other one.
        source: VolumeId,
        /// At this durable point.
        at: u64,
        /// Its pages are copied first, which takes so long. 0: they are shared.
        copying_ns: u64,
    },
    /// Someone asks for the volume as it was.
    RestoreAsked {
        /// When.
        to: Moment,
    },
    /// The volume begins as another one was, out of object storage.
    Restored {
        /// The other one.
        source: VolumeId,
        /// At this durable point.
        at: u64,
        /// Getting its log takes so long.
        copying_ns: u64,
    },
    /// The volume was given up.
    VolumeDeleted {
        /// Page versions that nobody needs any more.
        freed: u64,
    },
    /// A client writes to a page, because someone wants it so.
    WriteAsked {
        /// The page.
        page: u32,
    },
}

/// Why a node is asked for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum ReadWhy {
    /// It usually answers first.
    First,
    /// Beside another, to know how long it takes now.
    Probed,
    /// The one that was asked takes longer than it usually does.
    Hedged,
    /// The one that was asked refused.
    Elsewhere,
}

/// Why a node cannot give a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum ReadRefusedWhy {
    /// It stores the log alone.
    LogOnly,
    /// The read point is below the PGMRPL.
    BelowFloor,
    /// It lacks records below the read point.
    Incomplete,
    /// What it has is damaged.
    Damaged,
}

/// The run as a line.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Timeline {
    /// How far the run is known: going anywhere up to here is a replay.
    pub explored_ns: u64,
    /// Events up to there.
    pub explored_events: u64,
    /// When the run ends, if that is known.
    pub end_ns: Option<u64>,
    /// Faults of the scenario and what the user did, by time.
    pub marks: Vec<Mark>,
    /// Keyframes kept for going back.
    pub keyframes: u32,
    /// What the engine takes of the machine's memory.
    pub memory: Memory,
    /// Whether the first volume can be restored to the moment at which the run stands.
    pub restore: RestoreHere,
}

/// Whether a volume can be restored to a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum RestoreHere {
    /// It can.
    Possible,
    /// The moment is the newest one, and not past yet.
    Now,
    /// Object storage does not have everything until then.
    NotYet,
    /// It lies before the restore window.
    TooOld,
    /// The volume was given up.
    GivenUp,
    /// The run has ended, and takes nothing more.
    Ended,
    /// There can be no more volumes.
    NoRoom,
}

/// Something that is done to the world at a known time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Mark {
    /// When.
    pub at_ns: u64,
    /// What.
    pub verb: Verb,
    /// The user did it; otherwise the scenario says so.
    pub edit: bool,
}
