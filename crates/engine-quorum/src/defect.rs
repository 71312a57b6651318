//! Broken on purpose: mistakes that a run may be asked to make.
//!
//! Each is one that is easily made. They are here so that a reader can see what each costs, and so
//! that the checkers can show that they would find it. Nothing else in the engine knows of them but
//! the one line that each changes.

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Defect {
    /// Write and read quorums need not meet. Whoever makes a [`crate::Quorum`] sees to this.
    SmallQuorum,
    /// A node acknowledges the newest record that it has, instead of how far it is complete: so the
    /// writer counts copies of single records, and not of everything before them.
    CountAcks,
    /// A node answers to whoever asks, and refuses no epoch.
    SkipEpoch,
    /// A machine that is to become a member is asked by a recovery before it has everything.
    UnhydratedVote,
}

impl Defect {
    /// All of them, with their names in scenario files.
    pub const ALL: [(&'static str, Self); 4] = [
        ("small-quorum", Self::SmallQuorum),
        ("count-acks", Self::CountAcks),
        ("skip-epoch", Self::SkipEpoch),
        ("unhydrated-vote", Self::UnhydratedVote),
    ];
}

/// The mistakes of a run; none, unless asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Defects(u8);

impl Defects {
    /// Whether none is made.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this one is made.
    pub const fn has(self, defect: Defect) -> bool {
        self.0 >> defect as u8 & 1 == 1
    }
}

impl FromIterator<Defect> for Defects {
    fn from_iter<I: IntoIterator<Item = Defect>>(defects: I) -> Self {
        let bits = defects.into_iter().map(|defect| 1 << defect as u8);
        Self(bits.fold(0, |all, bit: u8| all | bit))
    }
}
