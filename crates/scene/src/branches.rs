//! The ways that a run took, in words.

use protocol::BranchView;

use crate::numbers;
use crate::sentences;
use crate::words::Words;

/// What a branch is called: as its reader named it, or by what was done first in it.
pub fn name(words: &Words, branch: &BranchView) -> String {
    if let Some(name) = &branch.name {
        return name.clone();
    }
    match (branch.first, branch.origin) {
        (Some(first), _) => words.fill(
            "branches.name.first",
            &[
                ("what", (&sentences::verb(words, first.verb)).into()),
                ("time", (&numbers::seconds(first.at_ns)).into()),
            ],
        ),
        (None, None) => words.say("branches.name.start").to_owned(),
        (None, Some((_, at_ns))) => words.fill(
            "branches.name.without",
            // It left right before.
            &[("time", (&numbers::seconds(at_ns + 1)).into())],
        ),
    }
}
