//! Marks: moments of a run by name, for lessons to stop at and to hold on to.

use protocol::{Card, CardCell, FlightKind, Frame, LabSetup, Place};

/// A moment by its name.
pub struct Mark {
    /// How lessons call it.
    pub name: &'static str,
    /// What is so at this moment, in words.
    pub what: &'static str,
    /// Whether it is.
    pub holds: fn(&LabSetup, &Frame) -> bool,
}

/// All marks.
pub const MARKS: [Mark; 10] = [
    Mark {
        name: "all-on-the-way",
        what: "a record of the group that is shown is on its way to all its copies, and has reached none",
        holds: all_on_the_way,
    },
    Mark {
        name: "first-ack",
        what: "exactly one copy has acknowledged a record, and no other record has an acknowledgement",
        holds: first_ack,
    },
    Mark {
        name: "hole",
        what: "a record has its write quorum, and one before it does not",
        holds: hole,
    },
    Mark {
        name: "zone-dark",
        what: "a zone is without power",
        holds: zone_dark,
    },
    Mark {
        name: "exactly-enough",
        what: "a zone is without power, and a record of that time is durable by exactly its write quorum",
        holds: exactly_enough,
    },
    Mark {
        name: "commits-go-on",
        what: "commits were acknowledged, and none has stopped",
        holds: commits_go_on,
    },
    Mark {
        name: "stopped",
        what: "a commit waits that cannot be answered as things are",
        holds: |_, frame| (frame.writer.oldest_wait.as_ref()).is_some_and(|wait| wait.stopped),
    },
    Mark {
        name: "nothing-copied",
        what: "a clone shares all its pages, and no page is stored twice",
        holds: |_, frame| copied(frame) == Some(0),
    },
    Mark {
        name: "first-copies",
        what: "a page of a clone and its source is stored twice",
        holds: |_, frame| copied(frame) > Some(0),
    },
    Mark {
        name: "both-write",
        what: "a volume and its clone both have commits of their own",
        holds: both_write,
    },
];

impl Mark {
    /// The mark of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        MARKS.iter().find(|mark| mark.name == name)
    }
}

fn all_on_the_way(_: &LabSetup, frame: &Frame) -> bool {
    frame.tape.cards.iter().any(|card| {
        let boxcars = frame.flights.iter().filter(|flight| {
            let carries = (flight.first_lsn..=flight.last_lsn).contains(&card.lsn);
            flight.kind == FlightKind::Boxcar
                && flight.from == Place::Writer
                && flight.group == card.group
                && carries
        });
        let is_seen = card.group == frame.group && card.acked == 0;
        is_seen && boxcars.count() == card.cells.len()
    })
}

fn first_ack(_: &LabSetup, frame: &Frame) -> bool {
    let acked: u32 = frame.tape.cards.iter().map(|card| card.acked).sum();
    acked == 1
}

/// The first record with a write quorum that is not durable, and the one before it that lacks one.
pub(crate) fn beyond_a_hole<'a>(
    setup: &LabSetup,
    frame: &'a Frame,
) -> Option<(&'a Card, &'a Card)> {
    let has = |card: &&Card| card.acked >= setup.write_quorum;
    let cards = &frame.tape.cards;
    let missing = cards.iter().find(|card| !has(card))?;
    let beyond = cards
        .iter()
        .find(|card| card.lsn > missing.lsn && has(card))?;
    Some((beyond, missing))
}

fn hole(setup: &LabSetup, frame: &Frame) -> bool {
    beyond_a_hole(setup, frame).is_some()
}

fn zone_dark(_: &LabSetup, frame: &Frame) -> bool {
    frame.zones.iter().any(|zone| zone.down_since_ns.is_some())
}

fn exactly_enough(setup: &LabSetup, frame: &Frame) -> bool {
    let dark = frame.zones.iter().find(|zone| zone.down_since_ns.is_some());
    let newest = frame.tape.cards.iter().rev().find(|card| card.durable);
    let (Some(dark), Some(card)) = (dark, newest) else {
        return false;
    };
    // Cells are in the order of the zones.
    let in_zone = dark.nodes.len();
    let from = usize::from(dark.az.index()) * in_zone;
    let mut unanswered = card.cells.iter().skip(from).take(in_zone);
    card.acked == setup.write_quorum && unanswered.all(|cell| *cell != CardCell::Acked)
}

/// How many pages of two volumes are stored twice. `None`: there are not two that share.
pub(crate) fn copied(frame: &Frame) -> Option<u64> {
    match &frame.volumes[..] {
        [source, clone] if clone.shares => frame.pages_held.checked_sub(source.pages),
        _ => None,
    }
}

fn both_write(_: &LabSetup, frame: &Frame) -> bool {
    frame.volumes.len() == 2 && frame.volumes.iter().all(|volume| volume.commits_acked > 0)
}

fn commits_go_on(_: &LabSetup, frame: &Frame) -> bool {
    let stopped = (frame.writer.oldest_wait.as_ref()).is_some_and(|wait| wait.stopped);
    frame.counters.commits_acked > 0 && !stopped
}
