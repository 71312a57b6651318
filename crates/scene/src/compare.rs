//! Two runs side by side, in words.

use protocol::{
    Against, BranchView, Difference, Differing, EventLine, LabSetup, NodeState, Parting, Side,
    WriterState,
};

use crate::branches;
use crate::numbers;
use crate::sentences;
use crate::words::Words;

/// What the other run is called.
pub fn other(words: &Words, against: &Against, all: &[BranchView]) -> String {
    match against {
        Against::Branch(id) => {
            let branch = all.iter().find(|branch| branch.id == *id);
            branch.map_or_else(
                || words.say("other.forgotten").to_owned(),
                |branch| branches::name(words, branch),
            )
        }
        Against::Seed(seed) => {
            let seed = protocol::unhex(seed).unwrap_or_default();
            words.fill("other.seed", &[("seed", seed.into())])
        }
    }
}

/// A row of the table of differences: what differs, here, and in the other run.
pub fn row(words: &Words, difference: &Difference) -> [String; 3] {
    let Difference { what, here, there } = difference;
    let name = match what {
        Differing::Node(node) => words.fill("other.node", &[("name", (*node).into())]),
        Differing::Scl(node) => words.fill("other.scl", &[("name", (*node).into())]),
        Differing::Events => words.say("other.events").to_owned(),
        Differing::CommitsAcked => words.say("other.acked").to_owned(),
        Differing::CommitsWaiting => words.say("other.waiting").to_owned(),
        Differing::LatencyP50 => words.say("other.p50").to_owned(),
        Differing::LatencyP99 => words.say("other.p99").to_owned(),
        Differing::Writer => words.say("other.writer").to_owned(),
        Differing::Epoch => words.say("other.epoch").to_owned(),
        Differing::Vcl => words.say("other.vcl").to_owned(),
        Differing::Vdl => words.say("other.vdl").to_owned(),
        Differing::LastLsn => words.say("other.last-lsn").to_owned(),
        Differing::BytesToStorage => words.say("other.bytes").to_owned(),
        Differing::IosToStorage => words.say("other.ios").to_owned(),
        Differing::Lost => words.say("other.lost").to_owned(),
        Differing::Filled => words.say("other.filled").to_owned(),
        Differing::Volumes => words.say("other.volumes").to_owned(),
        Differing::PagesHeld => words.say("other.pages").to_owned(),
        Differing::Inside => words.say("other.inside").to_owned(),
    };
    [name, side(words, *here), side(words, *there)]
}

fn side(words: &Words, side: Side) -> String {
    let key = match side {
        Side::Count(count) => return numbers::grouped(count),
        Side::Bytes(bytes) => return numbers::bytes(bytes),
        Side::Span(ns) => return numbers::span(ns),
        Side::Node(Some(NodeState::Up)) => "other.up",
        Side::Node(Some(NodeState::Down { .. })) => "other.down",
        Side::Node(None) => "other.absent",
        Side::Writer(WriterState::Open) => "other.open",
        Side::Writer(WriterState::CutOff { .. }) => "other.cut-off",
        Side::Writer(WriterState::Down { .. }) => "other.crashed",
        Side::Writer(WriterState::Recovering { .. }) => "other.recovering",
        Side::Other => "other.differs",
    };
    words.say(key).to_owned()
}

/// Where both part, a sentence for each thing that there is to say.
pub fn parting(words: &Words, setup: &LabSetup, parting: &Parting) -> Vec<String> {
    let (event, at_ns, here, there) = match parting {
        Parting::Sought => return vec![words.say("other.sought").to_owned()],
        Parting::Nowhere => return vec![words.say("other.nowhere").to_owned()],
        Parting::At {
            event,
            at_ns,
            here,
            there,
        } => (*event, *at_ns, here, there),
    };
    let told = |line: &Option<EventLine>| {
        line.as_ref().map_or_else(
            || words.say("other.nothing").to_owned(),
            |line| sentences::told(words, setup, line),
        )
    };
    vec![
        words.fill(
            "other.part",
            &[
                ("event", event.into()),
                ("time", (&numbers::seconds(at_ns)).into()),
            ],
        ),
        words.fill("other.here", &[("what", (&told(here)).into())]),
        words.fill("other.there", &[("what", (&told(there)).into())]),
    ]
}
