//! What is done to a world, and when.

use protocol::Verb;
use sim::SimTime;

use crate::scenario::Scenario;

/// What is done to a world and when: the scenario's faults and the user's edits.
///
/// It is kept beside the world, not in it, so that a keyframe can be replayed with edits that were
/// made later. Everything in it happens before every other event of its nanosecond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    deeds: Vec<Deed>,
}

/// Something that is done to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deed {
    /// When.
    pub at: SimTime,
    /// What.
    pub verb: Verb,
    /// The user did it; otherwise the scenario says so.
    pub edit: bool,
}

impl Schedule {
    /// The schedule of a scenario that nobody touched.
    pub fn new(scenario: &Scenario) -> Self {
        let deed = |&(at, verb): &(SimTime, Verb)| Deed {
            at,
            verb,
            edit: false,
        };
        Self {
            deeds: scenario.faults.iter().map(deed).collect(),
        }
    }

    /// Adds an edit, after everything that is already due at the same time.
    pub fn add(&mut self, at: SimTime, verb: Verb) {
        let place = self.deeds.partition_point(|deed| deed.at <= at);
        self.deeds.insert(
            place,
            Deed {
                at,
                verb,
                edit: true,
            },
        );
    }

    /// Forgets the edits after this time.
    pub fn forget_edits_after(&mut self, at: SimTime) {
        self.deeds.retain(|deed| !deed.edit || deed.at <= at);
    }

    /// Takes out one deed that equals this one, the last of them.
    pub fn remove(&mut self, deed: Deed) {
        if let Some(place) = self.deeds.iter().rposition(|other| *other == deed) {
            self.deeds.remove(place);
        }
    }

    /// Everything in it, by time.
    pub fn deeds(&self) -> &[Deed] {
        &self.deeds
    }
}
