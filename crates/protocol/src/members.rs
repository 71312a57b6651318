//! Who the members of the groups are, and how that changes.

use nanoserde::{DeBin, SerBin};

use crate::place::{Az, Node};
use crate::verb::Verb;

/// The members at this moment.
#[derive(Clone, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct MembersView {
    /// The membership epoch: it rises with each step of a change.
    pub epoch: u32,
    /// The geometry epoch: it rises when the quorum model changes, or the volume grows.
    pub geometry: u32,
    /// Every machine, by zone, the spare of each zone last.
    pub machines: Vec<MachineView>,
}

/// A machine and its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct MachineView {
    /// The machine.
    pub node: Node,
    /// What it is there for.
    pub part: Part,
    /// It keeps pages beside the log, or would.
    pub full: bool,
    /// To replace it, or to keep it after all.
    pub wish: Wish,
}

/// Something that may be asked of the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub struct Wish {
    /// What would be asked.
    pub verb: Verb,
    /// Why it cannot be now.
    pub why_not: Option<Obstacle>,
}

/// What a machine is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Part {
    /// It votes.
    Member,
    /// It votes, and may be replaced or left out.
    Suspect,
    /// It is about to become a member and has no vote yet.
    Newcomer {
        /// How much of a peer's segments it has, per cent.
        percent: u32,
    },
    /// It is no member while its zone is left out, and keeps what it has.
    LeftOut,
    /// It waits until it is needed.
    Spare,
}

/// What may become of the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum MembersChange {
    /// Another node takes the place of one.
    Replace {
        /// Who seems to be gone.
        suspect: Node,
        /// Who may take its place.
        newcomer: Node,
    },
    /// A zone is left out.
    Leave {
        /// The zone.
        zone: Az,
    },
    /// Those who were left out return.
    Return,
    /// The volume gets a further protection group. The members stay.
    Grow,
}

/// How far a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum ChangeStep {
    /// It may be made or taken back.
    Begin,
    /// It is made.
    Complete,
    /// It is taken back.
    Reverse,
}

/// Why something cannot be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Obstacle {
    /// There is no writer that could do it.
    NoWriter,
    /// The zone has no spare that is free and up.
    NoSpare,
    /// It is no member.
    NoMember,
    /// Whoever is to join takes part already.
    MemberAlready,
    /// That change is under way.
    UnderWay,
    /// No such change is under way.
    NotUnderWay,
    /// Another change is under way.
    OneAtATime,
    /// A zone is left out already.
    LeftOutAlready,
    /// Nobody is left out.
    NobodyLeftOut,
    /// Nobody would be left.
    NobodyLeft,
    /// With full and tail segments no zone can be left out.
    FullAndTail,
    /// Whoever joins does not have everything yet.
    NotHydrated,
    /// The volume has as many protection groups as it can have.
    NoRoom,
    /// The machine has no power.
    NoPower,
    /// The old primary still works.
    PrimaryWorks,
}
