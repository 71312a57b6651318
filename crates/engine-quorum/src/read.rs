//! Reads: which segment is asked for a page, and which transactions wait for it.
//!
//! A page that is not in the [`Cache`] is read from one segment, never from a quorum. The writer knows
//! from acknowledgements how far each segment is complete, so it knows which have the page as it was
//! at the **read point**, the VDL when the read began (SIGMOD 2017, section 4.2.3; SIGMOD 2018,
//! section 3.1). A segment is complete for a read when its SCL has reached the newest record of its
//! group at or below the read point. Its SCL need not have reached the read point itself, which is
//! an LSN of the volume: a group that nobody changes has SCLs far below it and serves reads.
//!
//! ```text
//! read point 104, the newest record of group 1 at or below it: 97
//!   SCL of a1 103: asked, because it usually answers first      <--- 0.4 ms
//!   SCL of b1  97: complete as well; asked when a1 is slow           1.1 ms
//!   SCL of c1  95: not complete: it may lack 97
//! ```
//!
//! Of the segments that are complete the one is asked whose node usually answers first. What a node
//! usually takes is the smoothed round-trip time of TCP with its mean deviation (RFC 6298, section 2),
//! in integers: three deviations above the mean is not usual any more. One read in 32 is given to a second node as well, so that the figures of the others
//! stay fresh. A read that waits longer than its node usually takes is **hedged**: the next best
//! node is asked as well, and the first answer counts. There are no timeouts: reads that wait are
//! looked at when other messages arrive, and for a writer that is idle but for them, every
//! millisecond. The same brings a read past a node that is down; one that refuses is followed at once.
//!
//! Reads are the one place where transactions wait (SIGMOD 2018, section 3): they are parked until
//! every page that they read or change is in the cache, and numbered then.
//!
//! A **snapshot** holds its read point for a while and reads then. Until it is done the *PGMRPL*, the
//! lowest read point that anyone still uses, stands still, and storage must keep what it takes to
//! build pages as they were then.
//!
//! # Invariants
//! * A page is asked for only from a segment that the writer knows to be complete for the read.
//! * A page that is read anew has no change above the VDL: one that has is in the cache.
//! * The PGMRPL never decreases, and no read point in use is below it.
//!
//! # Simplifications
//! * Every change needs its page, also the first: nothing creates a page. The pages of a volume exist,
//!   empty, from its start.
//! * There are no locks. Transactions that change the same page do so in the order in which their
//!   last pages came.
//! * All groups share one PGMRPL, that of the volume's only reader, the writer itself.
//! * Figures of latency are by node, not by segment, and begin anew with each writer.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use redo::{Change, Lsn, Page, PageId};
use sim::{SimTime, Span, Stream};

use crate::cache::Cache;
use crate::effects::{Asked, Cause, Effect, Effects, Note};
use crate::log::Log;
use crate::message::{Address, GroupId, Message, NodeId, Read, Stamp};
use crate::points::Points;
use crate::quorum::Copies;
use crate::writer::{Submission, WriterTimer};

/// How a writer reads.
#[derive(Clone, Debug)]
pub struct ReadConfig {
    /// Pages that its cache has room for.
    pub cache_pages: u32,
    /// Whether slow reads are hedged.
    pub hedging: Hedging,
    /// Chooses which reads go to a second node, and to which.
    pub stream: Stream,
}

/// Whether slow reads are hedged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hedging {
    /// When one waits longer than its node usually takes.
    On,
    /// Only when its node seems to be down.
    Off,
}

/// One read in so many goes to a second node as well.
const PROBE_ONE_IN: u64 = 32;

/// Reads that wait are looked at at least so often.
const LOOK: Span = Span::from_millis(1);

/// A node that never answered is given so long.
const UNKNOWN: Span = Span::from_millis(10);

/// Without hedging a node that has not answered for so long is taken to be down.
const SILENT: Span = Span::from_millis(100);

/// The wait after all nodes were asked doubles at most so often.
const DOUBLINGS_MAX: u32 = 7;

/// What a node usually takes to answer a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Usual {
    /// Smoothed: an eighth of it is the newest.
    pub mean: Span,
    /// How far answers usually are from the mean: a quarter of it is the newest.
    pub deviation: Span,
}

impl Usual {
    const fn first(took: Span) -> Self {
        Self {
            mean: took,
            deviation: Span(took.0 / 2),
        }
    }

    fn hear(&mut self, took: Span) {
        let off = self.mean.0.abs_diff(took.0);
        self.deviation = Span((3 * self.deviation.0 + off) / 4);
        self.mean = Span((7 * self.mean.0 + took.0) / 8);
    }

    /// Longer than this is not usual. Where answers hardly differ, a quarter more is.
    fn limit(&self) -> Span {
        self.mean + Span((3 * self.deviation.0).max(self.mean.0 / 4))
    }
}

/// All that one writer reads.
#[derive(Clone, Debug, Hash)]
pub struct Reads {
    cache: Cache,
    hedging: Hedging,
    stream: Stream,
    /// By node; `None` for one that never answered.
    usual: Vec<Option<Usual>>,
    /// Reads that are under way, by their numbers.
    under_way: BTreeMap<u64, UnderWay>,
    /// The read that brings a page as it is now.
    current: BTreeMap<PageId, u64>,
    /// When to ask another node, and for which read.
    look_at: BTreeSet<(SimTime, u64)>,
    /// There is a timer for it.
    looks: bool,
    /// Transactions that wait for pages, by their tickets.
    parked: BTreeMap<u64, Parked>,
    /// Read points in use, and how often.
    points: BTreeMap<Lsn, u32>,
    /// Number of the next read or ticket.
    next: u64,
}

#[derive(Clone, Debug, Hash)]
struct UnderWay {
    page: PageId,
    group: GroupId,
    point: Lsn,
    /// The newest record of the group at or below the read point.
    tail: Lsn,
    began_at: SimTime,
    /// Nodes that were asked in this round.
    asked: Copies,
    /// The one that was asked last, and when.
    last: (NodeId, SimTime),
    /// Rounds through all nodes before this one.
    rounds: u32,
    /// Its entry in `look_at`.
    look_at: SimTime,
    /// Who waits for it.
    tickets: Vec<u64>,
}

#[derive(Clone, Debug, Hash)]
struct Parked {
    asked_at: SimTime,
    submission: Submission,
    /// Pages that are not here yet.
    missing: u32,
    snapshot: Option<Snapshot>,
}

/// A read point that is held.
#[derive(Clone, Debug, Hash)]
struct Snapshot {
    point: Lsn,
    /// The newest record of each group at or below it.
    tails: Vec<Lsn>,
}

/// A page that someone waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// The page.
    pub page: PageId,
    /// Its group.
    pub group: GroupId,
    /// A segment must be complete to here to give it.
    pub tail: Lsn,
    /// The node that was asked last.
    pub asked: NodeId,
    /// When it was.
    pub asked_at: SimTime,
}

/// A transaction that has all its pages, and what brought the last of them.
pub(crate) struct Ready {
    pub(crate) cause: Cause,
    pub(crate) asked_at: SimTime,
    pub(crate) submission: Submission,
}

/// What reading needs to know of the rest of its writer.
pub(crate) struct View<'a> {
    pub(crate) now: SimTime,
    pub(crate) stamp: &'a Rc<Stamp>,
    pub(crate) points: &'a Points,
    pub(crate) log: &'a Log,
}

impl Reads {
    pub(crate) fn new(config: &ReadConfig, nodes: u8) -> Self {
        Self {
            cache: Cache::new(config.cache_pages),
            hedging: config.hedging,
            stream: config.stream.clone(),
            usual: vec![None; nodes.into()],
            under_way: BTreeMap::new(),
            current: BTreeMap::new(),
            look_at: BTreeSet::new(),
            looks: false,
            parked: BTreeMap::new(),
            points: BTreeMap::new(),
            next: 0,
        }
    }

    /// The cache.
    pub const fn cache(&self) -> &Cache {
        &self.cache
    }

    /// What a node usually takes, once it answered.
    pub fn usual(&self, node: NodeId) -> Option<Usual> {
        self.usual[node.index()]
    }

    /// Transactions that wait for pages, the one that waits longest first: when each was submitted,
    /// and what it is.
    pub fn parked(&self) -> impl ExactSizeIterator<Item = (SimTime, &Submission)> {
        let parked = self.parked.values();
        parked.map(|parked| (parked.asked_at, &parked.submission))
    }

    /// The transaction that waits longest for pages, and the reads that it waits for. A snapshot
    /// that is only held waits for none.
    pub fn oldest(&self) -> Option<(SimTime, &Submission, impl Iterator<Item = Awaited>)> {
        let mut parked = self.parked.iter();
        let (ticket, oldest) = parked.find(|(_, parked)| parked.missing > 0)?;
        let its = |read: &&UnderWay| read.tickets.contains(ticket);
        let awaited = |read: &UnderWay| Awaited {
            page: read.page,
            group: read.group,
            tail: read.tail,
            asked: read.last.0,
            asked_at: read.last.1,
        };
        let reads = self.under_way.values().filter(its).map(awaited);
        Some((oldest.asked_at, &oldest.submission, reads))
    }

    /// The lowest read point in use.
    pub(crate) fn floor(&self) -> Option<Lsn> {
        self.points.first_key_value().map(|(point, _)| *point)
    }

    /// Begins what a transaction reads. Gives it back when it has every page; otherwise it is parked.
    pub(crate) fn begin(
        &mut self,
        ready: Ready,
        view: &View<'_>,
        effects: &mut Effects,
    ) -> Option<Ready> {
        let ticket = self.next;
        self.next += 1;
        if let Some(hold) = ready.submission.snapshot {
            self.take_snapshot(ticket, ready, hold, view, effects);
            return None;
        }
        let pages = ready.submission.pages();
        let missing: Vec<_> = pages
            .into_iter()
            .filter(|page| !self.cache.pin(*page))
            .collect();
        let Some(count) = u32::try_from(missing.len()).ok().filter(|count| *count > 0) else {
            return Some(ready);
        };
        for page in missing {
            self.want(page, ticket, ready.cause, view, effects);
        }
        self.park(ticket, ready, count, None);
        None
    }

    /// A node answered. Gives the transactions that have every page now.
    pub(crate) fn hear(
        &mut self,
        node: NodeId,
        read: &Read,
        page: Page,
        view: &View<'_>,
        effects: &mut Effects,
    ) -> Vec<Ready> {
        self.learn(node, view.now.since(read.asked_at));
        let Some(done) = self.under_way.remove(&read.id) else {
            // Another node was faster.
            return Vec::new();
        };
        assert!(
            page.id() == done.page && page.lsn() <= done.point,
            "an answer is what was asked for"
        );
        self.look_at.remove(&(done.look_at, read.id));
        self.let_go(done.point);
        let answered = Note::ReadAnswered {
            epoch: view.stamp.epoch,
            node,
            group: done.group,
            page: done.page,
            point: done.point,
            lsn: page.lsn(),
            changes: page.changes(),
            took: view.now.since(done.began_at),
        };
        let cause = effects.note(Cause::Input, answered);
        if self.current.get(&done.page) == Some(&read.id) {
            self.current.remove(&done.page);
            let pins = u32::try_from(done.tickets.len()).expect("few wait for one page");
            self.cache.insert(page, pins);
            self.cache.shrink(view.points.vdl());
        }
        done.tickets
            .into_iter()
            .filter_map(|ticket| self.one_less(ticket, cause, effects))
            .collect()
    }

    /// A node cannot give a page. Another is asked, unless one is asked already.
    pub(crate) fn hear_refused(
        &mut self,
        node: NodeId,
        read: &Read,
        view: &View<'_>,
        effects: &mut Effects,
    ) {
        let asked = self.under_way.get(&read.id).map(|read| read.last);
        if asked == Some((node, read.asked_at)) {
            self.ask_another(read.id, Asked::Elsewhere, Cause::Input, view, effects);
        }
    }

    /// Hedges the reads that wait for longer than is usual.
    pub(crate) fn look(&mut self, view: &View<'_>, effects: &mut Effects) {
        while let Some((at, id)) = self.look_at.first().copied()
            && at <= view.now
        {
            let (node, asked_at) = self.under_way[&id].last;
            // It takes at least as long as it took so far, and may never answer.
            self.learn(node, view.now.since(asked_at));
            self.ask_another(id, Asked::Hedged, Cause::Input, view, effects);
        }
    }

    /// The timer for a writer that is idle but for its reads.
    pub(crate) fn timer(&mut self, view: &View<'_>, effects: &mut Effects) {
        self.looks = false;
        self.look(view, effects);
        self.set_timer(view.now, Cause::Input, effects);
    }

    /// A snapshot begins to read.
    pub(crate) fn read_snapshot(
        &mut self,
        ticket: u64,
        view: &View<'_>,
        effects: &mut Effects,
    ) -> Option<Ready> {
        let parked = self.parked.get(&ticket).expect("a snapshot stays");
        let snapshot = parked.snapshot.clone().expect("it is one");
        let pages = parked.submission.pages();
        let missing: Vec<_> = pages
            .into_iter()
            .filter(|page| !self.cache.has_at(*page, snapshot.point))
            .collect();
        for page in &missing {
            let group = view.log.group_of(*page);
            let (point, tail) = (snapshot.point, snapshot.tails[group.index()]);
            let cause = Cause::Input;
            self.start(*page, (point, tail), vec![ticket], cause, view, effects);
        }
        let parked = self.parked.get_mut(&ticket).expect("a snapshot stays");
        // One more than there are, which goes at once: so it ends also when nothing is missing.
        parked.missing = u32::try_from(missing.len()).expect("few pages") + 1;
        self.one_less(ticket, Cause::Input, effects)
    }

    /// Applies a change of the writer's own to its page.
    pub(crate) fn apply(&mut self, lsn: Lsn, change: &Change) {
        self.cache.apply(lsn, change);
    }

    /// A transaction does not need its pages any more.
    pub(crate) fn unpin(&mut self, pages: BTreeSet<PageId>, vdl: Lsn) {
        for page in pages {
            self.cache.unpin(page);
        }
        self.cache.shrink(vdl);
    }

    /// More pages may go.
    pub(crate) fn vdl_moved(&mut self, vdl: Lsn) {
        self.cache.shrink(vdl);
    }

    /// The writer is over: nobody waits for an answer any more.
    pub(crate) fn give_up(&mut self) {
        self.under_way.clear();
        self.current.clear();
        self.look_at.clear();
        self.points.clear();
    }

    fn park(&mut self, ticket: u64, ready: Ready, missing: u32, snapshot: Option<Snapshot>) {
        let Ready {
            asked_at,
            submission,
            ..
        } = ready;
        let parked = Parked {
            asked_at,
            submission,
            missing,
            snapshot,
        };
        self.parked.insert(ticket, parked);
    }

    fn take_snapshot(
        &mut self,
        ticket: u64,
        ready: Ready,
        hold: Span,
        view: &View<'_>,
        effects: &mut Effects,
    ) {
        assert!(
            ready.submission.changes.is_empty(),
            "a snapshot changes nothing"
        );
        let (point, tails) = (view.points.vdl(), view.points.tails());
        let taken = effects.note(ready.cause, Note::SnapshotTaken { point });
        *self.points.entry(point).or_default() += 1;
        self.park(ticket, ready, 0, Some(Snapshot { point, tails }));
        let (at, timer) = (view.now + hold, WriterTimer::Snapshot(ticket));
        effects.push(taken, Effect::WriterTimer { at, timer });
    }

    /// One page less is missing.
    fn one_less(&mut self, ticket: u64, cause: Cause, effects: &mut Effects) -> Option<Ready> {
        let parked = self.parked.get_mut(&ticket).expect("who waits is parked");
        parked.missing -= 1;
        if parked.missing > 0 {
            return None;
        }
        let parked = self.parked.remove(&ticket).expect("just seen");
        let mut ready = Ready {
            cause,
            asked_at: parked.asked_at,
            submission: parked.submission,
        };
        if let Some(Snapshot { point, .. }) = parked.snapshot {
            self.let_go(point);
            ready.cause = effects.note(cause, Note::SnapshotDone { point });
        }
        Some(ready)
    }

    /// A read point is not in use any more.
    fn let_go(&mut self, point: Lsn) {
        let uses = self.points.get_mut(&point).expect("it is in use");
        *uses -= 1;
        if *uses == 0 {
            self.points.remove(&point);
        }
    }

    fn learn(&mut self, node: NodeId, took: Span) {
        match &mut self.usual[node.index()] {
            Some(usual) => usual.hear(took),
            unknown @ None => *unknown = Some(Usual::first(took)),
        }
    }

    /// Reads a page as it is, unless someone does already.
    fn want(
        &mut self,
        page: PageId,
        ticket: u64,
        cause: Cause,
        view: &View<'_>,
        effects: &mut Effects,
    ) {
        if let Some(id) = self.current.get(&page) {
            let read = self.under_way.get_mut(id).expect("it is under way");
            return read.tickets.push(ticket);
        }
        let point = view.points.vdl();
        assert!(
            view.log.page_tail_of(view.stamp.epoch, page) <= point,
            "a page with changes above the VDL is in the cache"
        );
        let tail = view.points.tail(view.log.group_of(page));
        let id = self.start(page, (point, tail), vec![ticket], cause, view, effects);
        self.current.insert(page, id);
    }

    fn start(
        &mut self,
        page: PageId,
        (point, tail): (Lsn, Lsn),
        tickets: Vec<u64>,
        cause: Cause,
        view: &View<'_>,
        effects: &mut Effects,
    ) -> u64 {
        let id = self.next;
        self.next += 1;
        *self.points.entry(point).or_default() += 1;
        let read = UnderWay {
            page,
            group: view.log.group_of(page),
            point,
            tail,
            began_at: view.now,
            asked: Copies::default(),
            last: (NodeId(0), view.now),
            rounds: 0,
            look_at: view.now,
            tickets,
        };
        self.under_way.insert(id, read);
        self.ask_another(id, Asked::First, cause, view, effects);
        if self.stream.below(PROBE_ONE_IN) == 0 {
            self.probe(id, cause, view, effects);
        }
        self.set_timer(view.now, cause, effects);
        id
    }

    /// Asks the node that usually answers first of those that were not asked yet; when all were,
    /// begins again.
    fn ask_another(
        &mut self,
        id: u64,
        asked: Asked,
        cause: Cause,
        view: &View<'_>,
        effects: &mut Effects,
    ) {
        let mut read = self.under_way.remove(&id).expect("it is under way");
        self.look_at.remove(&(read.look_at, id));
        let mean = |node: &NodeId| self.usual[node.index()].map_or(Span::ZERO, |usual| usual.mean);
        let mut complete = Self::complete(&read, view);
        if complete.count() == 0 {
            read.asked = Copies::default();
            read.rounds += 1;
            complete = Self::complete(&read, view);
        }
        let best = complete.iter().min_by_key(mean);
        let best = best.expect("a write quorum is complete up to the VDL");
        read.last = (best, view.now);
        send(id, &mut read, best, asked, cause, view, effects);
        let patience = Span(self.limit(best).0 << read.rounds.min(DOUBLINGS_MAX));
        read.look_at = view.now + patience;
        self.look_at.insert((read.look_at, id));
        self.under_way.insert(id, read);
    }

    /// Asks one more node, whichever, to know what it takes.
    fn probe(&mut self, id: u64, cause: Cause, view: &View<'_>, effects: &mut Effects) {
        let mut read = self.under_way.remove(&id).expect("it is under way");
        let others = Self::complete(&read, view);
        if others.count() > 0 {
            let draw = self.stream.below(others.count().into());
            let place = usize::try_from(draw).expect("few nodes");
            let node = others.iter().nth(place).expect("below their count");
            send(id, &mut read, node, Asked::Probed, cause, view, effects);
        }
        self.under_way.insert(id, read);
    }

    /// Members with pages whose segment is known to be complete for a read and that were not asked
    /// yet.
    fn complete(read: &UnderWay, view: &View<'_>) -> Copies {
        let members = &view.stamp.members;
        let complete = |node: &NodeId| {
            members.is_full(*node)
                && !read.asked.has(*node)
                && view.points.scl(read.group, *node) >= read.tail
        };
        members.members().iter().filter(complete).collect()
    }

    /// How long a node may take.
    fn limit(&self, node: NodeId) -> Span {
        match (self.hedging, self.usual[node.index()]) {
            (Hedging::Off, _) => SILENT,
            (Hedging::On, None) => UNKNOWN,
            (Hedging::On, Some(usual)) => Span(usual.limit().0.clamp(1, SILENT.0)),
        }
    }

    fn set_timer(&mut self, now: SimTime, cause: Cause, effects: &mut Effects) {
        if !self.looks && !self.under_way.is_empty() {
            self.looks = true;
            let (at, timer) = (now + LOOK, WriterTimer::Look);
            effects.push(cause, Effect::WriterTimer { at, timer });
        }
    }
}

fn send(
    id: u64,
    read: &mut UnderWay,
    node: NodeId,
    asked: Asked,
    cause: Cause,
    view: &View<'_>,
    effects: &mut Effects,
) {
    read.asked = read.asked.with(node);
    let note = Note::ReadAsked {
        epoch: view.stamp.epoch,
        node,
        group: read.group,
        page: read.page,
        point: read.point,
        asked,
    };
    let cause = effects.note(cause, note);
    let message = Message::Read {
        stamp: Rc::clone(view.stamp),
        read: Box::new(Read {
            epoch: view.stamp.epoch,
            id,
            page: read.page,
            group: read.group,
            point: read.point,
            tail: read.tail,
            asked_at: view.now,
        }),
    };
    let to = Address::Node(node);
    effects.push(cause, Effect::Send { to, message });
}

#[cfg(test)]
mod tests;
