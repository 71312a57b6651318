//! Who the members of the groups are, and how that changes while the volume is in use.
//!
//! Every change goes through a *joint step* and can be taken back in it (SIGMOD 2018, section 4.1).
//! In that step a write must satisfy the rule from before and the rule from after, so that either
//! may follow; a read follows the rule from before, for whoever joins may not have everything yet.
//! A second change may begin meanwhile: then there are four possible outcomes, and a write satisfies
//! all of them.
//!
//! ```text
//! epoch 1   ABCDEF                  F is suspected, G takes part
//! epoch 2   ABCDEF and ABCDEG       G has everything now:         F is back:
//! epoch 3                           ABCDEG                        ABCDEF
//! ```
//!
//! The same step serves for another quorum model: when a zone stays away for long, 4 of 6 becomes 3
//! of the 4 that are left, and 4 of 6 again when the zone is back.
//!
//! A volume that *grows* by a protection group makes one step as well: every node of the members gets
//! a segment of the new group (SIGMOD 2017, section 2.2; SIGMOD 2018, section 4.1).
//!
//! # Invariants
//! * Each step raises the membership epoch by one.
//! * Whatever suffices to write, before, in or after a step, meets whatever suffices to read in it.
//! * A newcomer has no vote until it has everything that was acknowledged before.
//!
//! # Simplifications
//! * Every node has a segment of every group, so a node takes the place of a node in all groups, and
//!   the groups share one membership epoch. Aurora counts one for each group.

use std::fmt;

use crate::message::NodeId;
use crate::quorum::{Copies, Quorum, Rule};

/// A membership epoch, numbered from 1. It rises with each step; whoever has a lower one is refused
/// and learns (SIGMOD 2018, section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MembershipEpoch(pub u32);

impl MembershipEpoch {
    /// That of a new volume.
    pub const FIRST: Self = Self(1);
}

/// What may become of the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// `newcomer` takes the place of `suspect`.
    Replace {
        /// Who seems to be gone.
        suspect: NodeId,
        /// Who has nothing yet.
        newcomer: NodeId,
    },
    /// These are left out, and a majority of the others writes: 3 of 4 when 2 of 6 are gone.
    Leave(Copies),
    /// Those who were left out are members again, by the rules of that time.
    Return,
}

/// A step from one membership epoch to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The change becomes possible: both rules hold.
    Begin(Change),
    /// The change is made.
    Complete(Change),
    /// The change is taken back.
    Reverse(Change),
    /// The volume gets a further protection group. The members and their rules stay, so there is
    /// nothing to wait for, and nothing to take back.
    Grow,
}

/// Why a step cannot be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unfit {
    /// Who is to be replaced, or left out, is no member.
    NoMember,
    /// Who is to take its place is one already.
    MemberAlready,
    /// The change is under way.
    UnderWay,
    /// There is no such change under way.
    NotUnderWay,
    /// Another quorum model and another change do not go together.
    OneAtATime,
    /// Some are left out already.
    LeftOutAlready,
    /// Nobody is left out.
    NobodyLeftOut,
    /// Nobody would be left.
    NobodyLeft,
    /// With full and tail segments there is no rule for those that are left.
    FullAndTail,
    /// The change is under way, and whoever joins does not have everything yet.
    NotHydrated,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMember => "it is no member",
            Self::MemberAlready => "whoever is to take its place takes part already",
            Self::UnderWay => "that change is under way",
            Self::NotUnderWay => "no such change is under way",
            Self::OneAtATime => "another change is under way",
            Self::LeftOutAlready => "a zone is left out already",
            Self::NobodyLeftOut => "nobody is left out",
            Self::NobodyLeft => "nobody would be left",
            Self::FullAndTail => "with full and tail segments no zone can be left out",
            Self::NotHydrated => "whoever joins does not have everything yet",
        })
    }
}

/// The members of one epoch, and what may become of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Membership {
    epoch: MembershipEpoch,
    /// Rises when the quorum model changes, or the volume grows: the geometry epoch.
    geometry: u32,
    /// Protection groups that the volume was not created with.
    groups_added: u16,
    /// The rules as they are if every change is taken back.
    base: Quorum,
    /// The rules that those who were left out return to.
    home: Option<Quorum>,
    /// Members that keep log only.
    tails: Copies,
    /// In the order in which they began.
    changes: Vec<Change>,
}

impl Default for Membership {
    /// The six copies of the papers.
    fn default() -> Self {
        Self::new(Quorum::of(6, 4, 3), Copies::default())
    }
}

impl Membership {
    /// The first members of a volume: all that the quorum asks about. `tails` keep log only
    /// (SIGMOD 2018, section 4.2).
    pub const fn new(quorum: Quorum, tails: Copies) -> Self {
        Self {
            epoch: MembershipEpoch::FIRST,
            geometry: 1,
            groups_added: 0,
            base: quorum,
            home: None,
            tails,
            changes: Vec::new(),
        }
    }

    /// Its epoch.
    pub const fn epoch(&self) -> MembershipEpoch {
        self.epoch
    }

    /// How often the quorum model changed or the volume grew, from 1.
    pub const fn geometry(&self) -> u32 {
        self.geometry
    }

    /// How many protection groups there are beside those that the volume was created with.
    pub const fn groups_added(&self) -> u16 {
        self.groups_added
    }

    /// The rules that hold now. In a joint step a write satisfies every outcome, and a read the
    /// rule from before.
    pub fn quorum(&self) -> Quorum {
        let joint = |quorum: Quorum, change| quorum.joint(&self.applied(change, &quorum));
        self.changes.iter().copied().fold(self.base.clone(), joint)
    }

    /// The rules if newcomers voted at once: a read may follow any outcome, as the paper prints it. It
    /// may miss what was written before the change began.
    pub fn quorum_with_early_votes(&self) -> Quorum {
        let mut quorum = self.quorum();
        let mut reads = vec![self.base.read.clone()];
        for change in self.changes.iter().copied() {
            reads.push(self.applied(change, &self.base).read);
        }
        quorum.read = Rule::Any(reads);
        quorum
    }

    /// The rules as they are if every change is taken back. What was acknowledged in any epoch that
    /// this one may follow satisfied its write rule.
    pub const fn base(&self) -> &Quorum {
        &self.base
    }

    /// Those who vote.
    pub fn members(&self) -> Copies {
        self.base.write.members()
    }

    /// Those who vote and those who may come to.
    pub fn everyone(&self) -> Copies {
        if self.changes.is_empty() {
            return self.members();
        }
        self.quorum().write.members()
    }

    /// Those who take part and have no vote yet.
    pub fn newcomers(&self) -> Copies {
        self.everyone().minus(self.members())
    }

    /// Members who may lose their vote.
    pub fn suspects(&self) -> Copies {
        self.changes
            .iter()
            .fold(Copies::default(), |all, change| match *change {
                Change::Replace { suspect, .. } => all.with(suspect),
                Change::Leave(copies) => all.or(copies),
                Change::Return => all,
            })
    }

    /// Members that were left out and will return: they keep what they have.
    pub fn left_out(&self) -> Copies {
        let home = self.home.as_ref().map(|home| home.write.members());
        home.unwrap_or_default().minus(self.everyone())
    }

    /// Whether it keeps pages beside the log.
    pub const fn is_full(&self, node: NodeId) -> bool {
        !self.tails.has(node)
    }

    /// What is under way.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The change that would replace this node.
    pub fn replacing(&self, node: NodeId) -> Option<Change> {
        let of_node = |change: &&Change| matches!(change, Change::Replace { suspect, .. } if *suspect == node);
        self.changes.iter().find(of_node).copied()
    }

    /// Those who join with this change.
    pub fn joining(&self, change: Change) -> Copies {
        let after = self.applied(change, &self.base);
        after.write.members().minus(self.members())
    }

    /// The members after a step.
    pub fn step(&self, step: Step) -> Result<Self, Unfit> {
        let mut next = self.clone();
        next.epoch.0 += 1;
        match step {
            Step::Begin(change) => {
                self.check(change)?;
                if let Change::Replace { suspect, newcomer } = change
                    && self.tails.has(suspect)
                {
                    next.tails = next.tails.with(newcomer);
                }
                next.changes.push(change);
            }
            Step::Reverse(change) => {
                next.end(change)?;
                if let Change::Replace { newcomer, .. } = change {
                    next.tails = next.tails.without(newcomer);
                }
            }
            Step::Complete(change) => {
                next.end(change)?;
                next.base = self.applied(change, &self.base);
                match change {
                    Change::Replace { suspect, newcomer } => {
                        next.tails = next.tails.without(suspect);
                        next.home = self.home.as_ref().map(|q| q.replaced(suspect, newcomer));
                    }
                    Change::Leave(_) => next.home = Some(self.base.clone()),
                    Change::Return => next.home = None,
                }
                next.geometry += u32::from(!matches!(change, Change::Replace { .. }));
            }
            Step::Grow => {
                next.groups_added += 1;
                next.geometry += 1;
            }
        }
        Ok(next)
    }

    fn check(&self, change: Change) -> Result<(), Unfit> {
        if self.changes.contains(&change) {
            return Err(Unfit::UnderWay);
        }
        let replacing = |change: &Change| matches!(change, Change::Replace { .. });
        if !self
            .changes
            .iter()
            .all(|other| replacing(other) && replacing(&change))
        {
            return Err(Unfit::OneAtATime);
        }
        match change {
            Change::Replace { suspect, newcomer } => {
                if !self.members().has(suspect) {
                    return Err(Unfit::NoMember);
                }
                if self.suspects().has(suspect) {
                    return Err(Unfit::UnderWay);
                }
                if self.everyone().or(self.left_out()).has(newcomer) {
                    return Err(Unfit::MemberAlready);
                }
            }
            Change::Leave(copies) => {
                if self.home.is_some() {
                    return Err(Unfit::LeftOutAlready);
                }
                if self.tails != Copies::default() {
                    return Err(Unfit::FullAndTail);
                }
                if copies.and(self.members()) != copies || copies == Copies::default() {
                    return Err(Unfit::NoMember);
                }
                if copies == self.members() {
                    return Err(Unfit::NobodyLeft);
                }
            }
            Change::Return if self.home.is_none() => return Err(Unfit::NobodyLeftOut),
            Change::Return => {}
        }
        Ok(())
    }

    fn end(&mut self, change: Change) -> Result<(), Unfit> {
        let place = self.changes.iter().position(|other| *other == change);
        self.changes.remove(place.ok_or(Unfit::NotUnderWay)?);
        Ok(())
    }

    fn applied(&self, change: Change, to: &Quorum) -> Quorum {
        match change {
            Change::Replace { suspect, newcomer } => to.replaced(suspect, newcomer),
            Change::Leave(copies) => Quorum::majority(self.members().minus(copies)),
            Change::Return => self.home.clone().expect("someone is left out"),
        }
    }
}

#[cfg(test)]
mod tests;
