//! Another run beside the one that is shown, at the same time, and what differs.
//!
//! The other run is a copy: going through it changes no branch. It stands wherever the shown one
//! stands, so that both are seen under one clock.
//!
//! Where they part is looked for once: from the last place at which both traces have one hash, event
//! by event, until an event is told differently.

use lab::{Line, SimTime, World};
use protocol::{
    Against, Compared, Difference, Differing, Frame, NodeView, Parting, SeekTo, Side, View,
};

use crate::branches::Branches;
use crate::convert;
use crate::history::History;
use crate::view;
use crate::watched::Watched;

/// The other run.
pub(crate) struct Beside {
    against: Against,
    history: History,
    search: Option<Search>,
    parting: Parting,
}

/// Both runs once more, from where they were known to be the same.
struct Search {
    here: World,
    there: World,
    /// As far as one of them was explored.
    until: u64,
    lines: [Vec<Line>; 2],
}

impl Beside {
    /// What the shown run is compared with.
    ///
    /// # Errors
    /// There is no such branch, or the seed is none.
    pub(crate) fn new(against: Against, branches: &Branches) -> Result<Self, String> {
        let shown = &branches.history;
        let history = match &against {
            Against::Branch(id) => branches.branch(*id)?.clone(),
            Against::Seed(text) => {
                let seed = protocol::unhex(text).ok_or_else(|| {
                    format!("expected a seed of 1 to 16 hexadecimal digits, found `{text}`")
                })?;
                shown.with_seed(seed)
            }
        };
        Ok(Self {
            search: Some(Search::new(shown, &history)),
            against,
            history,
            parting: Parting::Sought,
        })
    }

    /// Looks anew for where both part: the shown run is another one now.
    pub(crate) fn seek_anew(&mut self, shown: &History) {
        self.search = Some(Search::new(shown, &self.history));
        self.parting = Parting::Sought;
    }

    /// One event towards where the shown run stands, or towards where both part. `false` when nothing
    /// is left to do.
    pub(crate) fn step(&mut self, shown: &History) -> bool {
        self.follow(shown.cursor()) || self.seek_parting(shown)
    }

    /// One event towards a place. `false` when it is there.
    pub(crate) fn follow(&mut self, place: SeekTo) -> bool {
        let history = &mut self.history;
        if history.is_beyond(place) {
            history.approach(place);
        }
        if !history.world().has_reached(history.schedule(), place) && history.step() {
            return true;
        }
        if let SeekTo::Time(at_ns) | SeekTo::Nth { at_ns, .. } = place {
            history.rest_at(SimTime(at_ns));
        }
        false
    }

    fn seek_parting(&mut self, shown: &History) -> bool {
        let Some(search) = &mut self.search else {
            return false;
        };
        if let Some(parting) = search.step(shown, &self.history) {
            self.parting = parting;
            self.search = None;
        }
        self.search.is_some()
    }

    /// The other run's picture and what differs.
    pub(crate) fn compared(&self, here: &Frame, view: &View, world: &World) -> Compared {
        let there = self.history.world();
        let frame = view::picture(&self.history, view, false);
        // A run of the same seed that had the same trace is in the same state. Others may be, too, which
        // costs a walk over both states.
        let told = |world: &World| (world.script().seed, world.events(), world.trace_hash());
        let equal = told(world) == told(there)
            || here.state_hash.is_some() && world.state_hash() == there.state_hash();
        let differences = differences(here, &frame, equal);
        Compared {
            against: self.against.clone(),
            frame,
            differences,
            parting: self.parting.clone(),
        }
    }
}

impl Search {
    fn new(here: &History, there: &History) -> Self {
        let alike = |one: &Watched, other: &Watched| {
            let told = |watched: &Watched| (watched.events(), watched.world().trace_hash());
            told(one) == told(other) && one.world().state_hash() == other.world().state_hash()
        };
        let known = here.keyframes_back().find_map(|one| {
            let other = there.keyframes_back().find(|other| alike(one, other))?;
            Some((one.world().clone(), other.world().clone()))
        });
        let start = |history: &History| World::new(history.script());
        let (one, other) = known.unwrap_or_else(|| (start(here), start(there)));
        Self {
            here: one,
            there: other,
            until: here.explored().1.max(there.explored().1),
            lines: [Vec::new(), Vec::new()],
        }
    }

    /// One event of each. Gives where they part, when that is known.
    fn step(&mut self, here: &History, there: &History) -> Option<Parting> {
        self.lines.iter_mut().for_each(Vec::clear);
        let [ours, theirs] = &mut self.lines;
        let went = self.here.step(here.schedule(), ours);
        let went_there = self.there.step(there.schedule(), theirs);
        let same = ours == theirs
            && (went, self.here.now()) == (went_there, self.there.now())
            && self.here.trace_hash() == self.there.trace_hash();
        if same {
            let is_over = !went || self.here.events() >= self.until;
            return is_over.then_some(Parting::Nowhere);
        }
        let differs = ours
            .iter()
            .zip(theirs.iter())
            .take_while(|(one, other)| one == other);
        let place = differs.count();
        let told =
            |world: &World, lines: &[Line]| lines.get(place).map(|line| convert::line(world, line));
        Some(Parting::At {
            event: self.here.events(),
            at_ns: self.here.now().0,
            here: told(&self.here, ours),
            there: told(&self.there, theirs),
        })
    }
}

/// What differs between two pictures of one time. `equal` says whether the states are the same.
fn differences(here: &Frame, there: &Frame, equal: bool) -> Vec<Difference> {
    if equal {
        return Vec::new();
    }
    let (ours, theirs) = (&here.writer, &there.writer);
    let count = |what, of: fn(&Frame) -> u64| (what, Side::Count(of(here)), Side::Count(of(there)));
    let bytes = |what, of: fn(&Frame) -> u64| (what, Side::Bytes(of(here)), Side::Bytes(of(there)));
    let span = |what, of: fn(&Frame) -> u64| (what, Side::Span(of(here)), Side::Span(of(there)));
    let mut all = vec![
        (
            Differing::Writer,
            Side::Writer(ours.state),
            Side::Writer(theirs.state),
        ),
        count(Differing::Epoch, |frame| frame.writer.epoch.into()),
        count(Differing::LastLsn, |frame| {
            frame.writer.next_lsn.saturating_sub(1)
        }),
        count(Differing::Vcl, |frame| frame.writer.vcl),
        count(Differing::Vdl, |frame| frame.writer.vdl),
        count(Differing::CommitsAcked, |frame| {
            frame.counters.commits_acked
        }),
        count(Differing::CommitsWaiting, |frame| {
            frame.writer.clients.waiting.into()
        }),
        span(Differing::LatencyP50, |frame| frame.latency.p50_ns),
        span(Differing::LatencyP99, |frame| frame.latency.p99_ns),
    ];
    for node in nodes(here).chain(nodes(there)) {
        let name = node.node;
        let of = |frame: &Frame| nodes(frame).find(|node| node.node == name).cloned();
        let (one, other) = (of(here), of(there));
        let state = |node: &Option<NodeView>| Side::Node(node.as_ref().map(|node| node.state));
        let scl =
            |node: &Option<NodeView>| Side::Count(node.as_ref().map_or(0, |node| node.segment.scl));
        all.push((Differing::Node(name), state(&one), state(&other)));
        all.push((Differing::Scl(name), scl(&one), scl(&other)));
    }
    all.extend([
        count(Differing::Volumes, |frame| {
            frame.volumes.len().max(1) as u64
        }),
        count(Differing::PagesHeld, |frame| frame.pages_held),
        bytes(Differing::BytesToStorage, |frame| {
            frame.counters.bytes_to_storage
        }),
        count(Differing::IosToStorage, |frame| {
            frame.counters.ios_to_storage
        }),
        count(Differing::Lost, |frame| frame.counters.lost),
        count(Differing::Filled, |frame| frame.counters.gossip_filled),
        count(Differing::Events, |frame| frame.event),
    ]);
    let mut told = Vec::new();
    for (what, here, there) in all {
        let is_new = !told.iter().any(|other: &Difference| other.what == what);
        if here != there && is_new {
            told.push(Difference { what, here, there });
        }
    }
    if told.is_empty() {
        told.push(Difference {
            what: Differing::Inside,
            here: Side::Other,
            there: Side::Other,
        });
    }
    told
}

fn nodes(frame: &Frame) -> impl Iterator<Item = &NodeView> {
    frame.zones.iter().flat_map(|zone| &zone.nodes)
}
