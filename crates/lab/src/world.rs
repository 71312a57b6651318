//! The world: engine, hardware, workload and faults under one clock.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use engine_quorum::{
    Address, Cause, Effect, Effects, Epoch, GroupId, Log, Message, NodeId, NodeInput, NodeTimer,
    Note, Phase, StorageNode, Submission, Write, Writer, WriterConfig, WriterInput, WriterTimer,
};
use protocol::{Az, Node, Verb};
use sim::{Queue, SimTime, Span, Stream, digest_of};

use crate::explain::explain;
use crate::hardware::{Hardware, id_of, node_of};
use crate::recording::Recording;
use crate::scenario::{Scenario, Workload};
use crate::tally::{Recovered, Tally};
use crate::trace::{Line, Tape, What};
use crate::workload::Source;

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

    /// Everything in it, by time.
    pub fn deeds(&self) -> &[Deed] {
        &self.deeds
    }
}

/// What is fixed for a run: the scenario and the recording that its workload plays.
#[derive(Clone, Debug)]
pub struct Script {
    /// The scenario.
    pub scenario: Scenario,
    /// The seed of this run.
    pub seed: u64,
    /// The recording, when the workload is a WAL file.
    pub recording: Option<Arc<Recording>>,
}

impl Script {
    /// How far LSNs may run ahead of the VDL: as far as the scenario says, but as far as the largest
    /// mini-transaction needs, which otherwise would wait for ever.
    pub fn lal(&self) -> u64 {
        let largest = match (&self.scenario.workload, &self.recording) {
            (
                Workload::Insert {
                    records_per_commit, ..
                },
                _,
            ) => Some(*records_per_commit),
            (Workload::WalFile { .. }, Some(recording)) => {
                recording.mtrs.iter().map(|mtr| mtr.changes).max()
            }
            (Workload::WalFile { .. }, None) => None,
        };
        self.scenario.topology.lal.max(largest.unwrap_or(1).into())
    }
}

/// A running world. Cloning it is cheap: the log is shared.
#[derive(Clone, Debug)]
pub struct World {
    script: Arc<Script>,
    now: SimTime,
    events: u64,
    queue: Queue<Pending>,
    /// Deeds of the schedule that have been done.
    deeds_done: usize,
    hardware: Hardware,
    log: Log,
    config: Arc<WriterConfig>,
    /// Writers by their epochs, the present one last. Older ones crashed, or are cut off, or do not
    /// know yet that they are over.
    seats: Vec<Seat>,
    /// The last epoch that the metadata service gave away.
    last_epoch: Epoch,
    /// What clients ask for while there is no writer.
    parked: VecDeque<Submission>,
    nodes: Vec<StorageNode>,
    source: Source,
    workload_ended: bool,
    tally: Tally,
    tape: Tape,
}

/// A writer, and whether it works.
#[derive(Clone, Debug, Hash)]
struct Seat {
    writer: Writer,
    state: SeatState,
    /// When it came into this state.
    since: SimTime,
    /// When it was asked for.
    asked_at: SimTime,
}

/// Whether a writer works and can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeatState {
    /// It works.
    Up,
    /// It works, and nothing passes between it and the storage nodes.
    CutOff,
    /// It crashed.
    Crashed,
}

/// An event that is due, with the line of the trace that caused it.
#[derive(Clone, Debug, Hash)]
struct Pending {
    cause: u64,
    due: Due,
}

#[derive(Clone, Debug, Hash)]
enum Due {
    Arrive {
        from: Address,
        to: Address,
        sent_at: SimTime,
        message: Message,
    },
    Written {
        node: NodeId,
        incarnation: u32,
        write: Write,
    },
    NodeTimer {
        node: NodeId,
        incarnation: u32,
        timer: NodeTimer,
    },
    WriterTimer {
        epoch: Epoch,
        timer: WriterTimer,
    },
    /// The metadata service gave a new writer its epoch.
    Recover {
        epoch: Epoch,
        asked_at: SimTime,
    },
    /// The metadata service knows that the epoch is open.
    Registered(Epoch),
    Submit,
}

/// A message on its way.
#[derive(Clone, Copy, Debug)]
pub struct InFlight<'a> {
    /// A number that this message keeps, and no other has.
    pub id: u64,
    /// Where it comes from.
    pub from: Address,
    /// Where it goes.
    pub to: Address,
    /// When it left.
    pub sent_at: SimTime,
    /// When it arrives.
    pub arrives_at: SimTime,
    /// What it is.
    pub message: &'a Message,
}

impl World {
    /// The most events of a run.
    pub const EVENTS_MAX: u64 = 1 << 50;
    /// The most events that are due, commits that wait, or mini-transactions that wait for LSNs.
    pub const UNDER_WAY_MAX: usize = 1 << 21;

    /// A world at its start.
    pub fn new(script: &Arc<Script>) -> Self {
        let (scenario, seed) = (&script.scenario, script.seed);
        let topology = &scenario.topology;
        let config = WriterConfig {
            groups: topology.protection_groups,
            nodes: topology.nodes(),
            quorum: topology.quorum(),
            lal: script.lal(),
            boxcar: scenario.latency.boxcar,
            resend: Span(topology.gossip.0 * 5),
        };
        let node = |id: NodeId| {
            let name = format!("gossip {}", node_of(id, topology.segments_per_az));
            let stream = Stream::new(seed, &name);
            StorageNode::new(id, config.nodes, config.groups, topology.gossip, stream)
        };
        let nodes = (0..config.nodes).map(NodeId).map(node).collect();
        let mut world = Self {
            now: SimTime::START,
            events: 0,
            queue: Queue::default(),
            deeds_done: 0,
            hardware: Hardware::new(seed, topology, &scenario.latency),
            log: Log::new(config.groups),
            seats: vec![Seat {
                writer: Writer::new(&config),
                state: SeatState::Up,
                since: SimTime::START,
                asked_at: SimTime::START,
            }],
            last_epoch: Epoch::FIRST,
            parked: VecDeque::new(),
            nodes,
            config: Arc::new(config),
            source: Source::new(seed),
            workload_ended: false,
            tally: Tally::default(),
            tape: Tape::NEW,
            script: Arc::clone(script),
        };
        // Nodes begin to gossip one after the other, so that they do not all speak at once.
        for id in (0..topology.nodes()).map(NodeId) {
            let at = Span(topology.gossip.0 * u64::from(id.0 + 1) / u64::from(topology.nodes()));
            let timer = Due::NodeTimer {
                node: id,
                incarnation: 0,
                timer: NodeTimer::Gossip,
            };
            world.queue.push(
                SimTime::START + at,
                Pending {
                    cause: 0,
                    due: timer,
                },
            );
        }
        match Source::clients(&scenario.workload) {
            Some(clients) => {
                for _ in 0..clients {
                    world.queue.push(
                        SimTime::START,
                        Pending {
                            cause: 0,
                            due: Due::Submit,
                        },
                    );
                }
            }
            None => world.await_submission(),
        }
        world
    }

    /// When the next event happens. `None` when the run has ended.
    pub fn next_at(&self, schedule: &Schedule) -> Option<SimTime> {
        let stop = self.script.scenario.stop;
        let enough = stop
            .commits
            .is_some_and(|commits| self.tally.commits_acked >= commits);
        let deed = schedule.deeds.get(self.deeds_done).map(|deed| deed.at);
        let drained = deed.is_none() && self.is_drained();
        if enough || drained || self.is_full() || self.events >= Self::EVENTS_MAX {
            return None;
        }
        let next = match (deed, self.queue.next_at()) {
            (Some(deed), Some(due)) => deed.min(due),
            (deed, due) => deed.or(due)?,
        };
        let last = stop.at.unwrap_or(SimTime::LIMIT);
        (next <= last && next < SimTime::LIMIT).then_some(next)
    }

    /// Whether so much is under way at once that the run cannot go on: more commits come than are
    /// acknowledged, or messages take longer than new ones need to come.
    pub fn is_full(&self) -> bool {
        self.queue.len() >= Self::UNDER_WAY_MAX
            || self.parked.len() >= Self::UNDER_WAY_MAX
            || self.writer().held() >= Self::UNDER_WAY_MAX
            || self.writer().commits().len() >= Self::UNDER_WAY_MAX
    }

    /// Whether nothing more will come of the run unless someone does something: for ten seconds of
    /// model time no commit was acknowledged, and there is no writer, or too few copies are up.
    pub fn is_stuck(&self, schedule: &Schedule) -> bool {
        const PATIENCE: Span = Span::from_millis(10_000);
        let deeds = schedule.deeds();
        let deed = deeds.last().map_or(SimTime::START, |deed| deed.at);
        let last = self.tally.last_acked_at.max(deed);
        self.deeds_done == deeds.len()
            && self.now > last + PATIENCE
            && (self.seat().state == SeatState::Crashed
                || explain(self).is_some_and(|wait| wait.stopped))
    }

    /// Lets the next event happen and writes its lines to `trace`. False when there is none.
    pub fn step(&mut self, schedule: &Schedule, trace: &mut Vec<Line>) -> bool {
        let Some(at) = self.next_at(schedule) else {
            return false;
        };
        assert!(self.now <= at, "time does not run backwards");
        self.now = at;
        self.events += 1;
        self.tape.event(at);
        let mut effects = Effects::default();
        match schedule.deeds.get(self.deeds_done) {
            Some(deed) if deed.at == at => {
                self.deeds_done += 1;
                self.enact(deed.verb, trace, &mut effects);
            }
            Some(_) | None => {
                let (_, pending) = self
                    .queue
                    .pop()
                    .expect("it was there when asked for its time");
                self.dispatch(pending, trace, &mut effects);
            }
        }
        true
    }

    /// What is fixed for the run.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// When the last event happened.
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// How many events have happened.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// The log.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The writer: the newest, if there are several.
    pub fn writer(&self) -> &Writer {
        &self.seat().writer
    }

    /// Whether the writer works, and since when.
    pub fn writer_state(&self) -> (SeatState, SimTime) {
        (self.seat().state, self.seat().since)
    }

    /// Whether a writer that has a successor is cut off, and so does not know of it.
    pub fn older_cut_off(&self) -> bool {
        let mut older = self.seats.iter().rev().skip(1);
        older.any(|seat| seat.state == SeatState::CutOff)
    }

    /// How far any writer has known the volume to be durable. A new one has to find it out.
    pub fn known_durable(&self) -> redo::Lsn {
        let vdls = self.seats.iter().map(|seat| seat.writer.points().vdl());
        vdls.max().unwrap_or(redo::Lsn::ZERO)
    }

    /// Submissions that wait for a writer.
    pub fn parked(&self) -> usize {
        self.parked.len()
    }

    /// The storage nodes.
    pub fn nodes(&self) -> &[StorageNode] {
        &self.nodes
    }

    /// The sums.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The node's name.
    pub fn name(&self, node: NodeId) -> Node {
        node_of(node, self.script.scenario.topology.segments_per_az)
    }

    /// Since when the node does not work, for whatever reason.
    pub fn down_since(&self, node: NodeId) -> Option<SimTime> {
        self.hardware.down_since(node)
    }

    /// Whether the node itself is broken, apart from its zone's power.
    pub fn is_broken(&self, node: NodeId) -> bool {
        self.hardware.machine(node).broken.is_some()
    }

    /// Since when the zone has no power.
    pub fn zone_down(&self, az: Az) -> Option<SimTime> {
        self.hardware.zone_down(az)
    }

    /// What each write of the node takes longer.
    pub fn slowed_by(&self, node: NodeId) -> Span {
        self.hardware.machine(node).slow
    }

    /// Messages from the writer to the node that will still be lost.
    pub fn drops_left(&self, node: NodeId) -> u32 {
        self.hardware.machine(node).drops
    }

    /// Writes that wait for the node's disk, and writes that it works on.
    pub fn disk_load(&self, node: NodeId) -> (usize, u32) {
        let disk = &self.hardware.machine(node).disk;
        (disk.waiting(), disk.active())
    }

    /// Messages on their way, in the order in which they were sent.
    pub fn in_flight(&self) -> Vec<InFlight<'_>> {
        let mut flights: Vec<_> = self
            .queue
            .iter()
            .filter_map(|(arrives_at, id, pending)| match &pending.due {
                Due::Arrive {
                    from,
                    to,
                    sent_at,
                    message,
                } => {
                    let (from, to, sent_at) = (*from, *to, *sent_at);
                    Some(InFlight {
                        id,
                        from,
                        to,
                        sent_at,
                        arrives_at,
                        message,
                    })
                }
                Due::Written { .. }
                | Due::NodeTimer { .. }
                | Due::WriterTimer { .. }
                | Due::Recover { .. }
                | Due::Registered(_)
                | Due::Submit => None,
            })
            .collect();
        flights.sort_by_key(|flight| flight.id);
        flights
    }

    /// Hash over all events so far.
    pub const fn trace_hash(&self) -> u64 {
        self.tape.value()
    }

    /// Hash over the whole state.
    pub fn state_hash(&self) -> u64 {
        digest_of(self)
    }

    /// Whether a workload that ends has ended, with all of it acknowledged and stored wherever a
    /// node is up, and the writer knows.
    fn is_drained(&self) -> bool {
        let up = |node: &NodeId| self.down_since(*node).is_none();
        self.workload_ended
            && self.parked.is_empty()
            && matches!(self.writer().phase(), Phase::Open)
            && self.writer().commits().is_empty()
            && self.writer().held() == 0
            && self.writer().points().vdl() == self.log.last()
            && (0..self.script.scenario.topology.nodes())
                .map(NodeId)
                .filter(up)
                .all(|node| {
                    let scl = |group| self.writer().points().scl(group, node);
                    self.log
                        .groups()
                        .all(|group| scl(group) == self.log.last_in_group(group))
                })
    }

    fn dispatch(&mut self, pending: Pending, trace: &mut Vec<Line>, effects: &mut Effects) {
        let Pending { cause, due } = pending;
        match due {
            Due::Arrive {
                to: Address::Writer(epoch),
                message,
                ..
            } => {
                let up = |seat: &mut Seat| seat.state == SeatState::Up;
                if self.seat_of(epoch).is_some_and(up) {
                    let input = WriterInput::Message(message);
                    self.writer_handles(epoch, input, cause, trace, effects);
                } else {
                    self.tally.lost += 1;
                }
            }
            Due::Arrive {
                to: Address::Node(node),
                message,
                ..
            } => {
                if self.down_since(node).is_some() {
                    self.tally.lost += 1;
                    self.line(cause, What::FoundDown { node }, trace);
                } else {
                    self.node_handles(node, NodeInput::Message(message), cause, trace, effects);
                }
            }
            Due::Written {
                node,
                incarnation,
                write,
            } => {
                if self.hardware.machine(node).incarnation == incarnation {
                    self.hardware.machine_mut(node).disk.finish();
                    self.start_writes(node);
                    self.node_handles(node, NodeInput::Written(write), cause, trace, effects);
                }
            }
            Due::NodeTimer {
                node,
                incarnation,
                timer,
            } => {
                if self.hardware.machine(node).incarnation == incarnation {
                    self.node_handles(node, NodeInput::Timer(timer), cause, trace, effects);
                }
            }
            Due::WriterTimer { epoch, timer } => {
                let input = WriterInput::Timer(timer);
                self.writer_handles(epoch, input, cause, trace, effects);
            }
            Due::Recover { epoch, asked_at } => {
                self.recover((epoch, asked_at), cause, trace, effects);
            }
            Due::Registered(epoch) => {
                self.writer_handles(epoch, WriterInput::Registered, cause, trace, effects);
            }
            Due::Submit => self.submit(cause, trace, effects),
        }
    }

    fn submit(&mut self, cause: u64, trace: &mut Vec<Line>, effects: &mut Effects) {
        let script = Arc::clone(&self.script);
        let (workload, weight) = (&script.scenario.workload, script.scenario.weight);
        let submission = self
            .source
            .submission(workload, weight, script.recording.as_deref());
        let Some(submission) = submission else { return };
        self.tally.commits_asked += u64::from(submission.commit.is_some());
        if self.seat().state == SeatState::Crashed {
            self.parked.push_back(submission);
        } else {
            let epoch = self.writer().epoch();
            let input = WriterInput::Submit(submission);
            self.writer_handles(epoch, input, cause, trace, effects);
        }
        self.await_submission();
        if self.workload_ended {
            self.line(cause, What::WorkloadEnded, trace);
        }
    }

    /// A new writer takes over. What clients asked for meanwhile waits until it has recovered.
    fn recover(
        &mut self,
        (epoch, asked_at): (Epoch, SimTime),
        cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        if epoch < self.writer().epoch() {
            // Another one was quicker.
            return;
        }
        self.seats.push(Seat {
            writer: Writer::after_a_crash(&self.config, epoch),
            state: SeatState::Up,
            since: self.now,
            asked_at,
        });
        self.writer_handles(epoch, WriterInput::Recover, cause, trace, effects);
        for submission in std::mem::take(&mut self.parked) {
            let input = WriterInput::Submit(submission);
            self.writer_handles(epoch, input, cause, trace, effects);
        }
    }

    /// A writer is gone, and does not tell its clients what became of their commits. Those who wait
    /// for each commit ask for another.
    fn give_up(&mut self, epoch: Epoch, cause: u64) {
        let Some(seat) = self.seat_of(epoch) else {
            return;
        };
        let unanswered = seat.writer.unanswered();
        self.tally.unanswered += unanswered as u64;
        if Source::clients(&self.script.scenario.workload).is_some() {
            for _ in 0..unanswered {
                let due = Due::Submit;
                self.queue.push(self.now, Pending { cause, due });
            }
        }
    }

    fn seat(&self) -> &Seat {
        self.seats.last().expect("a world has a writer")
    }

    fn seat_mut(&mut self) -> &mut Seat {
        self.seats.last_mut().expect("a world has a writer")
    }

    fn seat_of(&mut self, epoch: Epoch) -> Option<&mut Seat> {
        self.seats
            .iter_mut()
            .find(|seat| seat.writer.epoch() == epoch)
    }

    /// Puts the next submission into the queue, if the workload itself knows when it comes.
    fn await_submission(&mut self) {
        let script = Arc::clone(&self.script);
        let workload = &script.scenario.workload;
        match self
            .source
            .next_at(self.now, workload, script.recording.as_deref())
        {
            Some(at) => self.queue.push(
                at,
                Pending {
                    cause: 0,
                    due: Due::Submit,
                },
            ),
            None => self.workload_ended = matches!(workload, Workload::WalFile { .. }),
        }
    }

    fn enact(&mut self, verb: Verb, trace: &mut Vec<Line>, effects: &mut Effects) {
        let per_az = self.script.scenario.topology.segments_per_az;
        let id = |node: Node| id_of(node, per_az);
        let nodes: Vec<_> = (0..self.script.scenario.topology.nodes())
            .map(NodeId)
            .collect();
        let down_before: Vec<_> = nodes
            .iter()
            .map(|node| self.down_since(*node).is_some())
            .collect();
        let zone_before = |az| self.hardware.zone_down(az);
        let now = self.now;
        let done = match verb {
            Verb::AzDown(az) => {
                let before = zone_before(az);
                self.hardware.set_zone_down(az, before.or(Some(now)));
                before.is_none().then_some(What::ZoneDown { az })
            }
            Verb::AzUp(az) => {
                let before = zone_before(az);
                self.hardware.set_zone_down(az, None);
                before.is_some().then_some(What::ZoneUp { az })
            }
            Verb::NodeDown(node) => {
                let machine = self.hardware.machine_mut(id(node));
                machine.broken.get_or_insert(now);
                None
            }
            Verb::NodeUp(node) => {
                self.hardware.machine_mut(id(node)).broken = None;
                None
            }
            Verb::CrashWriter => {
                let epoch = self.writer().epoch();
                let alive = self.seat().state != SeatState::Crashed;
                alive.then_some(What::WriterCrashed { epoch })
            }
            Verb::Recover => {
                self.last_epoch = self.last_epoch.next();
                let (epoch, latency) = (self.last_epoch, &self.script.scenario.latency);
                let at = self.hardware.metadata_round_trip(now, latency);
                let due = Due::Recover {
                    epoch,
                    asked_at: now,
                };
                self.queue.push(at, Pending { cause: 0, due });
                Some(What::NewWriter { epoch })
            }
            Verb::Partition => {
                let epoch = self.writer().epoch();
                let seat = self.seat_mut();
                let up = seat.state == SeatState::Up;
                if up {
                    (seat.state, seat.since) = (SeatState::CutOff, now);
                }
                up.then_some(What::Partitioned { epoch })
            }
            Verb::Heal => {
                let cut_off = |seat: &&mut Seat| seat.state == SeatState::CutOff;
                let mut healed = false;
                for seat in self.seats.iter_mut().filter(cut_off) {
                    (seat.state, seat.since, healed) = (SeatState::Up, now, true);
                }
                healed.then_some(What::Healed)
            }
            Verb::Slow { node, ms } => {
                let (node, by) = (id(node), Span::from_millis(ms.into()));
                self.hardware.machine_mut(node).slow = by;
                Some(What::Slowed { node, by })
            }
            Verb::Drop { node, count } => {
                let node = id(node);
                self.hardware.machine_mut(node).drops = count;
                Some(What::DropSet { node, count })
            }
        };
        let down = |node: &NodeId| self.hardware.down_since(*node).is_some();
        let changed = nodes.iter().map(down).ne(down_before.iter().copied());
        let cause = match done {
            Some(what) => self.line(0, what, trace),
            None if changed => 0,
            None => self.line(0, What::NothingChanged(verb), trace),
        };
        if let Some(What::WriterCrashed { epoch }) = done {
            let seat = self.seat_mut();
            (seat.state, seat.since) = (SeatState::Crashed, now);
            self.give_up(epoch, cause);
        }
        for (node, was_down) in nodes.into_iter().zip(down_before) {
            match (was_down, self.down_since(node).is_some()) {
                (false, true) => {
                    let cause = self.line(cause, What::NodeDown { node }, trace);
                    let machine = self.hardware.machine_mut(node);
                    machine.incarnation += 1;
                    machine.disk.lose_power();
                    self.node_handles(node, NodeInput::Crash, cause, trace, effects);
                }
                (true, false) => {
                    let cause = self.line(cause, What::NodeUp { node }, trace);
                    self.node_handles(node, NodeInput::Start, cause, trace, effects);
                }
                (false, false) | (true, true) => {}
            }
        }
    }

    /// Lets the writer of an epoch handle an input, unless it crashed.
    fn writer_handles(
        &mut self,
        epoch: Epoch,
        input: WriterInput,
        cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let alive =
            |seat: &&mut Seat| seat.writer.epoch() == epoch && seat.state != SeatState::Crashed;
        let Some(seat) = self.seats.iter_mut().find(alive) else {
            return;
        };
        seat.writer.handle(self.now, input, &mut self.log, effects);
        self.apply(Address::Writer(epoch), cause, trace, effects);
    }

    fn node_handles(
        &mut self,
        node: NodeId,
        input: NodeInput,
        cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        self.nodes[node.index()].handle(self.now, input, &self.log, effects);
        self.apply(Address::Node(node), cause, trace, effects);
    }

    /// Does what an actor wants. Causes that are notes of this handling become lines of the trace.
    fn apply(
        &mut self,
        from: Address,
        input_cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        // The line of each note. Lines are not simply numbered on from here: a message that is lost
        // on the way writes one as well.
        let mut lines_of_notes = Vec::new();
        for (cause, effect) in effects.drain() {
            let cause = match cause {
                Cause::Input => input_cause,
                Cause::Note(n) => lines_of_notes[n as usize],
            };
            match effect {
                Effect::Note(note) => {
                    self.count(note);
                    let line = self.line(cause, What::Engine(note), trace);
                    lines_of_notes.push(line);
                    if let Note::WriterOver { epoch } = note {
                        self.give_up(epoch, line);
                    }
                    if let Note::Opened { epoch, vdl, next } = note {
                        let asked_at = self.seat_of(epoch).expect("it opened").asked_at;
                        self.tally.recoveries.push(Recovered {
                            epoch,
                            asked_at,
                            took: self.now.since(asked_at),
                            vdl,
                            annulled_until: next.before(),
                        });
                    }
                }
                Effect::Send { to, message } => self.send(from, to, message, cause, trace),
                Effect::Write(write) => {
                    let Address::Node(node) = from else {
                        panic!("the writer has no disk");
                    };
                    self.hardware.machine_mut(node).disk.submit((cause, write));
                    self.start_writes(node);
                }
                Effect::WriterTimer { at, timer } => {
                    let Address::Writer(epoch) = from else {
                        panic!("only a writer sets a writer's timer");
                    };
                    let due = Due::WriterTimer { epoch, timer };
                    self.queue.push(at, Pending { cause, due });
                }
                Effect::NodeTimer { at, timer } => {
                    let Address::Node(node) = from else {
                        panic!("only a node sets a node's timer");
                    };
                    let incarnation = self.hardware.machine(node).incarnation;
                    let due = Due::NodeTimer {
                        node,
                        incarnation,
                        timer,
                    };
                    // What gossip finds is not caused by the round before it.
                    self.queue.push(at, Pending { cause: 0, due });
                }
                Effect::Register { epoch } => {
                    let latency = &self.script.scenario.latency;
                    let at = self.hardware.metadata_round_trip(self.now, latency);
                    let due = Due::Registered(epoch);
                    self.queue.push(at, Pending { cause, due });
                }
                Effect::Acked { took, .. } => {
                    self.tally.acked(self.now, took);
                    if Source::clients(&self.script.scenario.workload).is_some() {
                        self.queue.push(
                            self.now,
                            Pending {
                                cause,
                                due: Due::Submit,
                            },
                        );
                    }
                }
            }
        }
    }

    fn send(
        &mut self,
        from: Address,
        to: Address,
        message: Message,
        cause: u64,
        trace: &mut Vec<Line>,
    ) {
        if let Address::Writer(epoch) = from
            && let Some(SeatState::CutOff) = self.seat_of(epoch).map(|seat| seat.state)
        {
            self.tally.lost += 1;
            return;
        }
        if let (Address::Node(node), Message::Boxcar { parcel, .. }) = (to, &message) {
            self.tally.ios_to_storage += 1;
            self.tally.bytes_to_storage += parcel.bytes;
            let machine = self.hardware.machine_mut(node);
            if machine.drops > 0 {
                machine.drops -= 1;
                self.tally.lost += 1;
                let (group, first, last) = (parcel.group, parcel.first, parcel.run.last);
                self.line(
                    cause,
                    What::Lost {
                        node,
                        group,
                        first,
                        last,
                    },
                    trace,
                );
                return;
            }
        }
        let arrives_at = self
            .hardware
            .arrival(self.now, from, to, &self.script.scenario.latency);
        let due = Due::Arrive {
            from,
            to,
            sent_at: self.now,
            message,
        };
        self.queue.push(arrives_at, Pending { cause, due });
    }

    /// Lets the disk of a node take on what it has room for.
    fn start_writes(&mut self, node: NodeId) {
        let now = self.now;
        let delay = &self.script.scenario.latency.disk;
        let machine = self.hardware.machine_mut(node);
        let incarnation = machine.incarnation;
        while let Some((done_at, (cause, write))) = machine.disk.start(now, delay, machine.slow) {
            let due = Due::Written {
                node,
                incarnation,
                write,
            };
            self.queue.push(done_at, Pending { cause, due });
        }
    }

    fn count(&mut self, note: Note) {
        if let Note::Issued { first, last } = note {
            for lsn in first.0..=last.0 {
                let change = &self
                    .log
                    .get(redo::Lsn(lsn))
                    .expect("it was just issued")
                    .change;
                self.tally.records += 1;
                self.tally.record_bytes += u64::from(change.bytes);
                self.tally.estimated_bytes += u64::from(change.estimated) * u64::from(change.bytes);
            }
        }
        if let Note::BoxcarSent { .. } = note {
            self.tally.boxcars += 1;
        }
    }

    fn line(&mut self, cause: u64, what: What, trace: &mut Vec<Line>) -> u64 {
        let line = self.tape.line(self.events, self.now, cause, what);
        trace.push(line);
        line.id
    }

    /// The groups of the volume.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> + use<> {
        self.log.groups()
    }
}

/// The state that decides what happens next, the same in both weights.
impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (
            self.now,
            self.events,
            self.deeds_done as u64,
            self.workload_ended,
        )
            .hash(state);
        self.queue.hash(state);
        self.hardware.hash(state);
        self.log.hash(state);
        self.seats.hash(state);
        self.last_epoch.hash(state);
        self.parked.hash(state);
        self.nodes.hash(state);
        self.source.hash(state);
        self.tape.hash(state);
        (
            self.tally.commits_asked,
            self.tally.commits_acked,
            self.tally.lost,
        )
            .hash(state);
    }
}
