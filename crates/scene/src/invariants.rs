//! What must always hold, in sentences.

use protocol::Invariant;

use crate::words::Words;

/// The messages of an invariant: what must hold, and why.
fn keys(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "points never decrease" => ("invariant.points", "invariant.points.why"),
        "a segment says it is complete exactly as far as its disk is" => {
            ("invariant.segment", "invariant.segment.why")
        }
        "what a point covers is stored by a write quorum of every group" => {
            ("invariant.quorum", "invariant.quorum.why")
        }
        "the VDL is the last end of a mini-transaction at or below the VCL" => {
            ("invariant.end", "invariant.end.why")
        }
        "no LSN runs too far ahead of the VDL" => ("invariant.limit", "invariant.limit.why"),
        "commits are acknowledged in order, and only when durable" => {
            ("invariant.order", "invariant.order.why")
        }
        "no acknowledged commit is missing" => ("invariant.commit", "invariant.commit.why"),
        "every read quorum finds every acknowledged commit" => {
            ("invariant.found", "invariant.found.why")
        }
        "a writer that is over acknowledges nothing that its successor does not keep" => {
            ("invariant.over", "invariant.over.why")
        }
        "what a recovery annulled does not come back" => {
            ("invariant.annulled", "invariant.annulled.why")
        }
        "epochs never decrease" => ("invariant.epochs", "invariant.epochs.why"),
        "a read point is a VDL, and held as long as it is used" => {
            ("invariant.read-point", "invariant.read-point.why")
        }
        "a read gives the page as it was at its read point" => {
            ("invariant.read", "invariant.read.why")
        }
        "the cache has every change that was made to its pages" => {
            ("invariant.cache", "invariant.cache.why")
        }
        "members change by steps that fit, and throw nothing away before" => {
            ("invariant.members", "invariant.members.why")
        }
        "a volume that comes from another begins with exactly what was durable there" => {
            ("invariant.beginning", "invariant.beginning.why")
        }
        "a server acknowledges a commit only when its log is flushed up to it" => {
            ("invariant.server", "invariant.server.why")
        }
        "a server acknowledges a commit only when as many standbys have it as it waits for" => {
            ("invariant.standbys", "invariant.standbys.why")
        }
        "a server that crashed has every commit that it acknowledged" => {
            ("invariant.restart", "invariant.restart.why")
        }
        "redo begins at the last checkpoint's redo point or before, and ends with the log" => {
            ("invariant.redo", "invariant.redo.why")
        }
        "no page of a server is torn" => ("invariant.whole", "invariant.whole.why"),
        _ => return None,
    })
}

/// The invariant as a sentence; without one, its name.
pub fn sentence<'a>(words: &'a Words, name: &'a str) -> &'a str {
    keys(name).map_or(name, |(sentence, _)| words.say(sentence))
}

/// Why it must hold.
pub fn reason<'a>(words: &'a Words, name: &str) -> Option<&'a str> {
    keys(name).map(|(_, reason)| words.say(reason))
}

/// How it fared so far.
pub fn standing(words: &Words, invariant: &Invariant) -> String {
    let count = invariant.checked;
    match &invariant.broken {
        Some(broken) => words.fill(
            "invariant.violated",
            &[
                ("event", broken.event.into()),
                ("seen", (&broken.seen).into()),
                ("failed", invariant.failed.into()),
                ("count", count.into()),
            ],
        ),
        None if count == 0 => words.say("invariant.unchecked").to_owned(),
        None => words.fill("invariant.holds", &[("count", count.into())]),
    }
}

/// How all of them fared so far, in one line.
pub fn summary(words: &Words, invariants: &[Invariant]) -> String {
    let violated = broken(invariants).count() as u64;
    let checked: u64 = invariants.iter().map(|invariant| invariant.checked).sum();
    let key = match (violated, checked) {
        (0, 0) => "invariant.none",
        (0, _) => "invariant.all",
        _ => "invariant.some",
    };
    words.fill(
        key,
        &[
            ("violated", violated.into()),
            ("all", (invariants.len() as u64).into()),
            ("count", checked.into()),
        ],
    )
}

/// Those that did not hold, the one that was violated first at the beginning.
pub fn broken(invariants: &[Invariant]) -> impl Iterator<Item = &Invariant> + Clone {
    let mut broken: Vec<_> = invariants
        .iter()
        .filter_map(|invariant| Some((invariant.broken.as_ref()?.event, invariant)))
        .collect();
    plot::sort_few(&mut broken, |(event, _)| *event);
    broken.into_iter().map(|(_, invariant)| invariant)
}
