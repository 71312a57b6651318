//! What handling an input causes.

use crate::membership::{Membership, MembershipEpoch, Step, Unfit};
use crate::message::{Address, Epoch, GroupId, Message, NodeId, Parcel, Read, Stamp};
use crate::node::NodeTimer;
use crate::pages::ReadRefused;
use crate::upkeep::{Task, UpkeepNote};
use crate::writer::WriterTimer;
use redo::{Lsn, PageId};
use sim::{Class, SimTime, Span};
use std::rc::Rc;

/// Why something happens: the input that is being handled, or a note made while handling it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The input.
    Input,
    /// The note with this place among the notes of this handling, from 0.
    Note(u32),
}

/// What a node writes to its disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Write {
    /// Records, into the hot log.
    Records(Parcel),
    /// An epoch, before older ones are refused.
    Epoch(Epoch),
    /// Truncations.
    Truncation(Rc<Stamp>),
    /// The members.
    Members(Rc<Stamp>),
    /// A part of the segments, from a peer.
    Chunk {
        /// Which part, from 0 on.
        chunk: u32,
        /// With the last part, the log of each segment.
        log: Option<Rc<[Parcel]>>,
    },
    /// What upkeep needs of the disk, reading or writing.
    Upkeep(Task),
}

impl Write {
    /// Whether somebody waits for it.
    pub const fn class(&self) -> Class {
        match self {
            Self::Records(_)
            | Self::Epoch(_)
            | Self::Truncation(_)
            | Self::Members(_)
            | Self::Chunk { .. } => Class::Foreground,
            Self::Upkeep(_) => Class::Background,
        }
    }
}

/// Something that an actor wants of the world.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Send a message.
    Send {
        /// Where to.
        to: Address,
        /// What.
        message: Message,
    },
    /// Write this to the node's disk; [`crate::NodeInput::Written`] says when it is there.
    Write(Write),
    /// Let the node's disk begin with this class of its writes from now on.
    Prefer(Class),
    /// Read what this needs from the node's disk; [`crate::NodeInput::Loaded`] says when it is there.
    Load(Box<Read>),
    /// Give the writer this input at that time.
    WriterTimer {
        /// When.
        at: SimTime,
        /// What.
        timer: WriterTimer,
    },
    /// Give the node this input at that time.
    NodeTimer {
        /// When.
        at: SimTime,
        /// What.
        timer: NodeTimer,
    },
    /// Tell the metadata service that this epoch is open; [`crate::WriterInput::Registered`] says
    /// when it knows.
    Register {
        /// The epoch.
        epoch: Epoch,
    },
    /// Ask the metadata service to make these the members. It refuses if it gave away a later epoch
    /// than that of the writer. If it takes them, that is [`Note::MembersRegistered`], whether or not
    /// the writer lives to hear of it; [`crate::WriterInput::MembersRegistered`] or
    /// [`crate::WriterInput::Superseded`] says what it did.
    RegisterMembers {
        /// The writer's epoch.
        epoch: Epoch,
        /// What is done.
        step: Step,
        /// The members.
        members: Rc<Membership>,
    },
    /// A commit was acknowledged: tell whoever submitted it.
    Acked {
        /// The transaction.
        txn: u64,
        /// How long it waited since it was submitted.
        took: Span,
    },
    /// A transaction that changes nothing has read everything: tell whoever submitted it.
    HasRead {
        /// How long it took since it was submitted.
        took: Span,
    },
    /// A snapshot has read, and holds its read point no more: tell whoever took it.
    SnapshotOver,
}

/// Why a node is asked for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// It usually answers first.
    First,
    /// Beside another, to know how long it takes now.
    Probed,
    /// The one that was asked takes longer than it usually does.
    Hedged,
    /// The one that was asked refused.
    Elsewhere,
}

/// The effects of handling one input, in order, and the notes that tell of it.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    list: Vec<(Cause, Effect)>,
    notes: Vec<(Cause, Note)>,
}

impl Effects {
    /// Adds an effect and what caused it.
    #[inline]
    pub fn push(&mut self, cause: Cause, effect: Effect) {
        self.list.push((cause, effect));
    }

    /// Adds a note and gives it as a cause for what follows from it.
    #[inline]
    pub fn note(&mut self, cause: Cause, note: Note) -> Cause {
        let place = u32::try_from(self.notes.len()).expect("one handling has few notes");
        self.notes.push((cause, note));
        Cause::Note(place)
    }

    /// All notes, in order, to be written into the trace before anything else is done.
    #[inline]
    pub fn notes(&self) -> &[(Cause, Note)] {
        &self.notes
    }

    /// Takes all effects out, in order, and forgets the notes.
    #[inline]
    pub fn drain(&mut self) -> impl Iterator<Item = (Cause, Effect)> {
        self.notes.clear();
        self.list.drain(..)
    }
}

/// A line of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Note {
    /// The writer numbered the records of a mini-transaction, `first` to `last`.
    Issued {
        /// First LSN.
        first: Lsn,
        /// Last LSN, its consistency point.
        last: Lsn,
    },
    /// A transaction asks for its commit.
    CommitAsked {
        /// The transaction.
        txn: u64,
        /// LSN of its commit record.
        lsn: Lsn,
    },
    /// The writer must not hand out more LSNs.
    Throttled {
        /// The highest that it may.
        limit: Lsn,
    },
    /// The writer may hand out LSNs again.
    Unthrottled {
        /// The highest that it may now.
        limit: Lsn,
    },
    /// A boxcar left for every copy of its group.
    BoxcarSent {
        /// The group.
        group: GroupId,
        /// First record.
        first: Lsn,
        /// Last record.
        last: Lsn,
        /// How many records.
        records: u32,
        /// How many bytes, once.
        bytes: u64,
    },
    /// A group's oldest records that are not durable were sent again, to whoever may lack them.
    BoxcarResent {
        /// The group.
        group: GroupId,
        /// First record.
        first: Lsn,
        /// Last record.
        last: Lsn,
    },
    /// A segment received records that it did not have.
    Received {
        /// The node.
        node: NodeId,
        /// The group.
        group: GroupId,
        /// First record.
        first: Lsn,
        /// Last record.
        last: Lsn,
    },
    /// A segment has records on its disk.
    Stored {
        /// The node.
        node: NodeId,
        /// The group.
        group: GroupId,
        /// First record of this write.
        first: Lsn,
        /// Its last record.
        last: Lsn,
        /// The SCL with it.
        scl: Lsn,
    },
    /// The writer hears an SCL.
    Acked {
        /// The node.
        node: NodeId,
        /// The group.
        group: GroupId,
        /// Its SCL.
        scl: Lsn,
    },
    /// A PGCL moved.
    PgclMoved {
        /// The epoch of the writer whose point it is.
        epoch: Epoch,
        /// The group.
        group: GroupId,
        /// The new PGCL.
        pgcl: Lsn,
        /// Whose acknowledgement moved it.
        node: NodeId,
    },
    /// The VCL moved.
    VclMoved {
        /// The epoch of the writer whose point it is.
        epoch: Epoch,
        /// The new VCL.
        vcl: Lsn,
    },
    /// The VDL moved.
    VdlMoved {
        /// The epoch of the writer whose point it is.
        epoch: Epoch,
        /// The new VDL.
        vdl: Lsn,
    },
    /// A commit was acknowledged.
    CommitAcked {
        /// The epoch of the writer that says so.
        epoch: Epoch,
        /// The transaction.
        txn: u64,
        /// LSN of its commit record.
        lsn: Lsn,
        /// How long it waited.
        took: Span,
    },
    /// A writer with a new epoch begins to recover the volume.
    RecoveryBegan {
        /// The epoch.
        epoch: Epoch,
    },
    /// A recovery knows how far the log goes.
    PointsFound {
        /// Its epoch.
        epoch: Epoch,
        /// The VCL.
        vcl: Lsn,
        /// The VDL.
        vdl: Lsn,
    },
    /// A recovery annuls everything behind `after` up to `until`.
    Truncating {
        /// The VDL.
        after: Lsn,
        /// The last LSN that an older writer may have numbered.
        until: Lsn,
    },
    /// A recovery is over: the volume is open.
    Opened {
        /// The epoch.
        epoch: Epoch,
        /// The VDL.
        vdl: Lsn,
        /// The next LSN.
        next: Lsn,
    },
    /// A writer hears that there is a later epoch, and stops.
    WriterOver {
        /// Its epoch.
        epoch: Epoch,
    },
    /// A node refuses every epoch before this one from now on.
    Fenced {
        /// The node.
        node: NodeId,
        /// The new epoch.
        epoch: Epoch,
    },
    /// A node refuses the writer of an epoch that is over.
    Refused {
        /// The node.
        node: NodeId,
        /// The epoch that is over.
        epoch: Epoch,
    },
    /// A node annulled what a recovery told it to.
    Truncated {
        /// The node.
        node: NodeId,
        /// Everything after this,
        after: Lsn,
        /// up to this.
        until: Lsn,
    },
    /// The metadata service knows of a step.
    MembersRegistered {
        /// The membership epoch that it leads to.
        members: MembershipEpoch,
        /// What is done.
        step: Step,
    },
    /// Enough members know of a step: from now on their rule holds.
    MembersChanged {
        /// The epoch of the writer whose rule it is.
        epoch: Epoch,
        /// The membership epoch.
        members: MembershipEpoch,
        /// What was done.
        step: Step,
    },
    /// The members cannot change so.
    ChangeRefused {
        /// What was asked for.
        step: Step,
        /// Why it cannot be.
        why: Unfit,
    },
    /// A newcomer copies the segments of a peer: said at the beginning, of each new peer, and from
    /// time to time.
    Hydrating {
        /// The newcomer.
        node: NodeId,
        /// Whom it asks.
        peer: NodeId,
        /// How many per cent it has.
        percent: u32,
    },
    /// A newcomer has a whole segment of each group.
    Hydrated {
        /// The newcomer.
        node: NodeId,
    },
    /// A node is no member any more, and nobody needs what it had.
    Discarded {
        /// The node.
        node: NodeId,
    },
    /// A node refuses what was sent to members of an older epoch.
    Outdated {
        /// The node.
        node: NodeId,
        /// The epoch that it knows.
        members: MembershipEpoch,
    },
    /// A node did something that nobody waits for.
    Upkeep(UpkeepNote),
    /// A segment notices that it lacks records before one that it has.
    GapFound {
        /// The node.
        node: NodeId,
        /// The group.
        group: GroupId,
        /// Complete up to here.
        after: Lsn,
        /// Lacks records up to here.
        until: Lsn,
    },
    /// A node asks a peer for what it lacks.
    GossipAsked {
        /// Who asks.
        node: NodeId,
        /// Who is asked.
        peer: NodeId,
    },
    /// A node gives a peer records that it lacks.
    GossipGiven {
        /// Who gives.
        node: NodeId,
        /// Who asked.
        peer: NodeId,
        /// The group.
        group: GroupId,
        /// First record.
        first: Lsn,
        /// Last record.
        last: Lsn,
    },
    /// A node is asked for a page.
    ReadAsked {
        /// The epoch of the writer that asks.
        epoch: Epoch,
        /// The node.
        node: NodeId,
        /// The page's group.
        group: GroupId,
        /// The page.
        page: PageId,
        /// As of when.
        point: Lsn,
        /// Why this node.
        asked: Asked,
    },
    /// The first answer to a read came.
    ReadAnswered {
        /// The epoch of the writer that asked.
        epoch: Epoch,
        /// Whose.
        node: NodeId,
        /// The page's group.
        group: GroupId,
        /// The page.
        page: PageId,
        /// As of when.
        point: Lsn,
        /// The newest change in the page.
        lsn: Lsn,
        /// How many changes are in it.
        changes: u32,
        /// How long the read took.
        took: Span,
    },
    /// A node cannot give a page.
    ReadRefused {
        /// The node.
        node: NodeId,
        /// The page's group.
        group: GroupId,
        /// The page.
        page: PageId,
        /// As of when it was asked for.
        point: Lsn,
        /// Why.
        why: ReadRefused,
    },
    /// A reader holds its read point from now on.
    SnapshotTaken {
        /// Its read point.
        point: Lsn,
    },
    /// It has read, and holds it no more.
    SnapshotDone {
        /// Its read point.
        point: Lsn,
    },
    /// A node has nothing that the asking peer lacks.
    GossipEmpty {
        /// Who was asked.
        node: NodeId,
        /// Who asked.
        peer: NodeId,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Effects {
        /// Takes all notes and all effects out, each in order, without what caused them.
        pub(crate) fn take(&mut self) -> (Vec<Note>, Vec<Effect>) {
            let notes = self.notes().iter().map(|(_, note)| *note).collect();
            let effects = self.drain().map(|(_, effect)| effect).collect();
            (notes, effects)
        }
    }
}
