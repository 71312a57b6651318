//! The quorum storage engine: one writer sends redo records to the segments of protection groups,
//! and what a write quorum has is durable.
//!
//! Two actors, driven from outside: the [`Writer`] and the [`StorageNode`]. Each takes one input at
//! one moment and leaves what it causes in [`Effects`]; neither knows how long a message takes or
//! when a disk is done.
//!
//! ```text
//!            submit                         boxcar
//! client ------------> writer  ------------------------------> node a1 .. c2, one segment
//!        <------------  numbers records,                        of each group on each
//!            acked      keeps the points    ack with SCL           | writes its hot log
//!                       <------------------------------------------+ asks peers for gaps
//! ```
//!
//! The **points** say how far the log can be trusted ([`Points`]). A segment tells with every
//! acknowledgement how far it is complete without a gap, its *SCL*. The *PGCL* of a group is the
//! fourth-highest SCL of its six. The *VCL* is the last LSN before the first record that is not yet
//! below its group's PGCL. The *VDL* is the last end of a mini-transaction at or below the VCL, and
//! a commit is acknowledged when the VDL has reached its record.
//!
//! An example (SIGMOD 2018, Figure 3). Odd records go to group 1, even ones to group 2; four copies
//! have 101 and 103, three have 105; four have 100, 102 and 104, three have 106. Then the PGCLs are
//! 103 and 104 and the VCL is 104, not the lower of the two: nothing at or below 104 is missing.
//!
//! A page is **read** from one segment, which the writer knows to be complete for the read point
//! ([`Reads`]); what the writer changed and is not durable yet stays in its cache ([`Cache`]).
//!
//! When a writer is gone, a new one takes the next **epoch** and finds out where the log ends
//! ([`Recovery`]): no replay, a few round trips. Nodes refuse every older epoch from then on.
//!
//! The **members** may change meanwhile ([`Membership`]): a spare takes the place of a node that is
//! gone, or a zone is left out. Each change goes through a step in which writes satisfy the rule from
//! before and the one from after, and can be taken back in it. In one step of the same kind a volume
//! **grows** by a protection group, which takes the pages behind the last ([`Log`]).
//!
//! A log that grows for long forgets its beginning, as far as nobody **needs** it any more ([`Need`]).
//!
//! Beside that a node builds **pages** from its records ([`SegmentPages`]), has them and its log
//! staged in an [`ObjectStore`], collects what nobody needs and verifies what it has: its upkeep,
//! which no commit waits for ([`UpkeepConfig`]).
//!
//! # Invariants
//! * Within a volume epoch SCL, PGCL, VCL and VDL never decrease, and no recovery finds a VDL below
//!   that of a commit which was acknowledged.
//! * VDL ≤ VCL < next LSN, and no LSN is handed out above VDL + LAL (after a recovery: above the
//!   annulled LSNs + LAL).
//! * One writer at most gets acknowledgements of a write quorum. What is annulled stays so.
//! * A point is a prefix: everything at or below it is there. A record that four copies have does
//!   not count while one before it is missing (the prefix rule; counting copies of single records
//!   would lose acknowledged commits).
//! * Commits are acknowledged in LSN order, none before the VDL has reached it.
//! * A segment acknowledges only what is on its disk.
//! * A read gives the page as it was at its read point: nothing above the VDL, nothing annulled.
//! * In every membership epoch reads meet writes, and a newcomer has no vote before it has everything.
//! * A page at a read point is the same from every version of it, and the same on every copy. No
//!   version has a record that is not durable, and no read is answered with damaged bytes.
//! * What a read at or above the PGMRPL needs is not collected.
//!
//! # Simplifications
//! * Storage nodes do their eight activities (SIGMOD 2017, section 3.3) at intervals and in batches.
//!   When Aurora's nodes do which, and how much of it, is not published.
//! * Undo of transactions that were under way at a crash is left out: PostgreSQL needs
//!   none, for their commit records are missing.
//! * The metadata service, which counts epochs and knows the members, never fails. A new writer is
//!   started by hand, and nobody but who asks for it changes the members: a node that is gone is not
//!   replaced by itself.
//! * A node takes the place of a node in all groups, so the groups share one membership epoch.
//! * A volume grows when it is told to, by as many pages as each of its first groups has. Aurora's grows
//!   by itself when it is full, by 10 GB. The pages of the first groups are dealt to them by turns,
//!   where Aurora puts one group behind the other.
//! * A boxcar leaves a fixed time after its first record entered. Aurora submits at once and lets
//!   records join until the network takes the batch (SIGMOD 2018, section 2.2), which amounts to a
//!   short delay that grows with load.
//! * Segments gossip at fixed intervals with one random peer, and only about gaps that are older
//!   than one interval, or about the tail when nothing came from the writer for one. A peer that does
//!   not answer is followed by the next; an answer carries at most 1 MiB. When Aurora gossips, and how
//!   much at once, is not published.
//! * The writer sends records again when a group's PGCL stands still. That is what a driver's retries
//!   amount to; the papers leave it out.
//! * A record is never damaged: its checksum is verified once, when it enters the log.
#![forbid(unsafe_code)]

mod archive;
mod cache;
mod defect;
mod effects;
mod log;
mod membership;
mod message;
mod need;
mod node;
mod pages;
mod points;
mod quorum;
mod read;
mod recovery;
mod run;
mod upkeep;
mod writer;

pub use archive::ObjectStore;
pub use cache::{Cache, CacheCounts};
pub use defect::{Defect, Defects};
pub use effects::{Asked, Cause, Effect, Effects, Note, Write};
pub use log::{Appended, Entry, Log, Mtr};
pub use membership::{Change, Membership, MembershipEpoch, Step, Unfit};
pub use message::{
    Address, Boxcar, Copied, Epoch, GroupId, Message, NodeId, Parcel, Read, Stamp, Truncation, Want,
};
pub use need::Need;
pub use node::{Image, NodeInput, NodeTimer, Repair, SegmentState, StorageNode};
pub use pages::{ReadRefused, SegmentPages, Sum};
pub use points::{Moved, Points};
pub use quorum::{Copies, Quorum, QuorumError, Rule};
pub use read::{Awaited, Hedging, ReadConfig, Reads, Usual};
pub use recovery::{Recovery, RecoveryStep};
pub use run::{Run, Runs};
pub use upkeep::{Chore, Horizon, Task, UpkeepConfig, UpkeepMessage, UpkeepNote};
pub use writer::{Phase, Submission, Waiting, Writer, WriterConfig, WriterInput, WriterTimer};
