//! Figures: numbers of a moment by name, for the prose to say and for claims to compare.

use protocol::{Frame, LabSetup};
use scene::numbers;

use crate::mark::{beyond_a_hole, copied};

/// A number of a moment by its name.
pub struct Figure {
    /// How lessons call it.
    pub name: &'static str,
    /// The number, to be compared, and as it is written. `None`: there is none at this moment.
    pub of: fn(&LabSetup, &Frame) -> Option<(u64, String)>,
}

/// All figures.
pub const FIGURES: [Figure; 22] = [
    Figure {
        name: "newest",
        of: |_, frame| frame.writer.next_lsn.checked_sub(1).map(count),
    },
    Figure {
        name: "first-acked",
        of: |_, frame| {
            let mut cards = frame.tape.cards.iter();
            cards
                .find(|card| card.acked > 0)
                .map(|card| count(card.lsn))
        },
    },
    Figure {
        name: "beyond",
        of: |setup, frame| beyond_a_hole(setup, frame).map(|found| count(found.0.lsn)),
    },
    Figure {
        name: "missing",
        of: |setup, frame| beyond_a_hole(setup, frame).map(|found| count(found.1.lsn)),
    },
    Figure {
        name: "missing-acks",
        of: |setup, frame| beyond_a_hole(setup, frame).map(|found| count(found.1.acked.into())),
    },
    Figure {
        name: "durable",
        of: |_, frame| Some(count(frame.writer.vdl)),
    },
    Figure {
        name: "commits",
        of: |_, frame| Some(count(frame.counters.commits_acked)),
    },
    Figure {
        name: "p50",
        of: |_, frame| took(frame, frame.latency.p50_ns),
    },
    Figure {
        name: "p99",
        of: |_, frame| took(frame, frame.latency.p99_ns),
    },
    Figure {
        name: "slowest",
        of: |_, frame| took(frame, frame.latency.max_ns),
    },
    Figure {
        name: "waited",
        of: |_, frame| {
            let wait = frame.writer.oldest_wait.as_ref()?;
            Some(span(frame.now_ns.saturating_sub(wait.asked_ns)))
        },
    },
    Figure {
        name: "pages",
        of: |_, frame| Some(count(frame.pages)),
    },
    Figure {
        name: "held",
        of: |_, frame| Some(count(frame.pages_held)),
    },
    Figure {
        name: "copied",
        of: |_, frame| copied(frame).map(count),
    },
    Figure {
        name: "twice",
        of: |_, frame| Some(count(2 * frame.pages)),
    },
    Figure {
        name: "source-rate",
        of: |_, frame| {
            frame
                .volumes
                .first()
                .map(|volume| count(volume.commits_per_s))
        },
    },
    Figure {
        name: "clone-rate",
        of: |_, frame| {
            frame
                .volumes
                .get(1)
                .map(|volume| count(volume.commits_per_s))
        },
    },
    Figure {
        name: "source-p50",
        of: |_, frame| frame.volumes.first().map(|volume| span(volume.p50_ns)),
    },
    Figure {
        name: "clone-p50",
        of: |_, frame| frame.volumes.get(1).map(|volume| span(volume.p50_ns)),
    },
    Figure {
        name: "source-p99",
        of: |_, frame| frame.volumes.first().map(|volume| span(volume.p99_ns)),
    },
    Figure {
        name: "clone-p99",
        of: |_, frame| frame.volumes.get(1).map(|volume| span(volume.p99_ns)),
    },
    Figure {
        name: "now",
        of: |_, frame| Some((frame.now_ns, numbers::seconds(frame.now_ns))),
    },
];

impl Figure {
    /// The figure of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FIGURES.iter().find(|figure| figure.name == name)
    }
}

fn count(number: u64) -> (u64, String) {
    (number, numbers::grouped(number))
}

fn took(frame: &Frame, ns: u64) -> Option<(u64, String)> {
    (frame.latency.count > 0).then(|| span(ns))
}

fn span(ns: u64) -> (u64, String) {
    (ns, numbers::span(ns))
}
