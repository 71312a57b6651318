//! Which copies are enough: the rules for writing and for reading.
//!
//! A rule says of a set of copies whether it suffices. Two rules make a quorum when every set that
//! suffices to write shares a copy with every set that suffices to read, and with every other that
//! suffices to write: then a reader meets the last write, and a writer the last writer (SIGMOD 2017,
//! section 2.1).
//!
//! ```text
//! 4 of 6, 3 of 6    write: 4 of {a1 a2 b1 b2 c1 c2}        read: 3 of the same
//! full and tail     write: 4 of all, or all 3 full ones    read: 3 of all, and 1 of the full ones
//! F may become G    write: 4 of ABCDEF and 4 of ABCDEG     read: 3 of ABCDEF
//! zone c is gone    write: 3 of the 4 that are left        read: 2 of the same
//! ```

use std::fmt;

use redo::Lsn;

use crate::message::NodeId;

/// A set of copies, by their nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Copies(u16);

impl Copies {
    /// The most copies that a set can tell apart.
    pub const MAX: u8 = 16;

    /// The first so many.
    pub fn first(count: u8) -> Self {
        assert!(count <= Self::MAX, "a group has few copies");
        Self(u16::try_from((1_u32 << count) - 1).expect("at most sixteen bits"))
    }

    /// With one more.
    #[must_use]
    pub const fn with(self, node: NodeId) -> Self {
        Self(self.0 | 1 << node.0)
    }

    /// Without one.
    #[must_use]
    pub const fn without(self, node: NodeId) -> Self {
        Self(self.0 & !(1 << node.0))
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those that are in one or the other.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it is one of them.
    pub const fn has(self, node: NodeId) -> bool {
        self.0 >> node.0 & 1 == 1
    }

    /// Those that are not in the other.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// How many they are.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The one after this, round and round.
    pub fn after(self, node: NodeId) -> Option<NodeId> {
        self.iter().find(|next| *next > node).or(self.iter().next())
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = NodeId> {
        (0..Self::MAX)
            .map(NodeId)
            .filter(move |node| self.has(*node))
    }

    /// All its subsets, itself and the empty one among them.
    pub fn subsets(self) -> impl Iterator<Item = Self> {
        let mut next = Some(self);
        std::iter::from_fn(move || {
            let set = next?;
            next = set.0.checked_sub(1).map(|below| Self(below & self.0));
            Some(set)
        })
    }
}

impl FromIterator<NodeId> for Copies {
    fn from_iter<I: IntoIterator<Item = NodeId>>(nodes: I) -> Self {
        nodes.into_iter().fold(Self::default(), Self::with)
    }
}

/// What a set of copies must be to suffice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// So many of these.
    Count(u32, Copies),
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
}

impl Rule {
    /// Whether these suffice.
    pub fn holds(&self, copies: Copies) -> bool {
        match self {
            Self::Count(count, of) => copies.and(*of).count() >= *count,
            Self::All(rules) => rules.iter().all(|rule| rule.holds(copies)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(copies)),
        }
    }

    /// How many more copies it takes, at the fewest, if these are there.
    pub fn lacks(&self, have: Copies) -> u32 {
        let more = self.members().minus(have).subsets();
        let enough = more.filter(|more| self.holds(have.or(*more)));
        enough.map(Copies::count).min().expect("all suffice")
    }

    /// Every copy that the rule asks about.
    pub fn members(&self) -> Copies {
        match self {
            Self::Count(_, of) => *of,
            Self::All(rules) | Self::Any(rules) => {
                let all = rules.iter().map(Self::members);
                all.fold(Copies::default(), Copies::or)
            }
        }
    }

    /// Whether every set that suffices here shares a copy with every set that suffices there.
    ///
    /// It is enough to ask of each set that suffices whether what is left suffices there, for a
    /// larger set leaves less.
    pub fn meets(&self, other: &Self) -> bool {
        let all = self.members().or(other.members());
        all.subsets()
            .filter(|set| self.holds(*set))
            .all(|set| !other.holds(all.minus(set)))
    }

    /// The highest LSN that copies which suffice are complete up to. `scls` is by node.
    ///
    /// For a plain count it is the highest but so many: 4 of 6, the fourth-highest (SIGMOD 2018,
    /// section 2.3).
    pub fn reached(&self, scls: &[Lsn]) -> Lsn {
        if let Self::Count(count, of) = self {
            return nth_highest(scls, *of, *count);
        }
        let complete = |point: Lsn| -> Copies {
            (0..)
                .map(NodeId)
                .zip(scls)
                .filter(|(_, scl)| **scl >= point)
                .map(|(node, _)| node)
                .collect()
        };
        let reached = scls
            .iter()
            .copied()
            .filter(|scl| self.holds(complete(*scl)));
        reached.max().unwrap_or(Lsn::ZERO)
    }

    /// The highest LSN that may have been acknowledged, as far as those who answer can tell: whoever
    /// does not answer may have everything. `scls` is by node, `None` for no answer.
    ///
    /// For 4 of 6 it is the highest SCL of three that answer, the second-highest of four, and so on.
    /// It is never below what was acknowledged if those who answer suffice to read.
    pub fn perhaps_reached(&self, scls: &[Option<Lsn>]) -> Lsn {
        let highest = scls.iter().flatten().copied().max().unwrap_or(Lsn::ZERO);
        let at_most: Vec<_> = scls.iter().map(|scl| scl.unwrap_or(highest)).collect();
        self.reached(&at_most)
    }
}

fn nth_highest(scls: &[Lsn], of: Copies, n: u32) -> Lsn {
    let mut sorted = [Lsn::ZERO; Copies::MAX as usize];
    let mut count = 0;
    for (node, scl) in (0..).map(NodeId).zip(scls) {
        if of.has(node) {
            sorted[count] = *scl;
            count += 1;
        }
    }
    sorted[..count].sort_unstable();
    let place = count.checked_sub(n as usize);
    place.map_or(Lsn::ZERO, |place| {
        sorted.get(place).copied().unwrap_or(Lsn::ZERO)
    })
}

/// The two rules of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quorum {
    /// Enough to make a record durable.
    pub write: Rule,
    /// Enough to find every durable record.
    pub read: Rule,
}

/// Rules that would let a reader miss a write, or a writer another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuorumError {
    /// Two sets that suffice to write share no copy.
    WritesDoNotMeet,
    /// A set that suffices to read shares no copy with one that suffices to write.
    ReadsMissWrites,
}

impl fmt::Display for QuorumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WritesDoNotMeet => "two write quorums may share no copy",
            Self::ReadsMissWrites => "a read quorum may share no copy with a write quorum",
        })
    }
}

impl std::error::Error for QuorumError {}

impl Quorum {
    /// So many of all copies to write, so many to read.
    pub fn of(copies: u8, write: u8, read: u8) -> Self {
        let all = Copies::first(copies);
        Self {
            write: Rule::Count(write.into(), all),
            read: Rule::Count(read.into(), all),
        }
    }

    /// A majority of these to write, and as many to read as meet every write: 4 and 3 of 6, 3 and 2
    /// of 4.
    pub fn majority(copies: Copies) -> Self {
        let write = copies.count() / 2 + 1;
        Self {
            write: Rule::Count(write, copies),
            read: Rule::Count(copies.count() - write + 1, copies),
        }
    }

    /// Full segments keep log and pages, tail segments the log alone, which costs about half
    /// (SIGMOD 2018, section 4.2). Of three each: 4 of all or all 3 full ones to write, 3 of all with
    /// a full one among them to read.
    pub fn full_and_tail(full: Copies, tail: Copies) -> Self {
        let all = full.or(tail);
        Self {
            write: Rule::Any(vec![Rule::Count(4, all), Rule::Count(3, full)]),
            read: Rule::All(vec![Rule::Count(3, all), Rule::Count(1, full)]),
        }
    }

    /// While another quorum may follow, writes satisfy both, so that either step is possible next
    /// (SIGMOD 2018, section 4.1).
    ///
    /// The paper reads from either, too. That is true of writes made in this step, but if F may
    /// become G, one from before may be on C, D, E and F, and the read quorum A, B, G would miss it:
    /// until the newcomer has everything, it has no vote, and reads are those of before.
    #[must_use]
    pub fn joint(&self, next: &Self) -> Self {
        Self {
            write: Rule::All(vec![self.write.clone(), next.write.clone()]),
            read: self.read.clone(),
        }
    }

    /// The quorum after `newcomer` took the place of `suspect`.
    #[must_use]
    pub fn replaced(&self, suspect: NodeId, newcomer: NodeId) -> Self {
        Self {
            write: self.write.renamed(suspect, newcomer),
            read: self.read.renamed(suspect, newcomer),
        }
    }

    /// Whether writes meet each other and reads meet writes.
    pub fn check(&self) -> Result<(), QuorumError> {
        if !self.write.meets(&self.write) {
            return Err(QuorumError::WritesDoNotMeet);
        }
        if !self.read.meets(&self.write) {
            return Err(QuorumError::ReadsMissWrites);
        }
        Ok(())
    }
}

impl Rule {
    fn renamed(&self, from: NodeId, to: NodeId) -> Self {
        let all = |rules: &[Self]| rules.iter().map(|rule| rule.renamed(from, to)).collect();
        match self {
            Self::Count(count, of) if of.has(from) => {
                Self::Count(*count, of.without(from).with(to))
            }
            Self::Count(count, of) => Self::Count(*count, *of),
            Self::All(rules) => Self::All(all(rules)),
            Self::Any(rules) => Self::Any(all(rules)),
        }
    }
}

#[cfg(test)]
mod tests;
