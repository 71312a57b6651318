//! The world: engine, hardware, workload and faults under one clock.

mod clones;
mod deeds;
mod effects;
mod forget;
mod restore;
mod servers;
mod volume;

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use engine_quorum::{
    Address, Effects, Epoch, GroupId, Log, Membership, Message, NodeId, NodeInput, NodeTimer, Note,
    Phase, Step, StorageNode, Submission, Writer, WriterInput, WriterTimer,
};
use protocol::{Az, Moment, Node, SeekTo, VolumeId};
use redo::Lsn;
use sim::{Queue, SimTime, Span, digest_of};

use crate::explain::{explain, explain_read};
use crate::hardware::{DiskWork, Hardware};
use crate::scenario::Workload;
use crate::schedule::Schedule;
use crate::script::Script;
use crate::servers::Servers;
use crate::tally::Tally;
use crate::trace::{Line, Tape, What};

pub use clones::{CLONES_MAX, Changed, Origin, Pages};
use servers::ServerDue;
use volume::Seat;
pub(crate) use volume::stream_name;
pub use volume::{SeatState, Volume};

/// A running world. Cloning it is cheap: logs are shared.
#[derive(Clone, Debug)]
pub struct World {
    script: Rc<Script>,
    now: SimTime,
    events: u64,
    /// Of them, those that happened before `now`.
    before_now: u64,
    queue: Queue<Pending>,
    /// Deeds of the schedule that have been done.
    deeds_done: usize,
    hardware: Hardware,
    /// By their numbers.
    volumes: Vec<Volume>,
    /// Page versions that all volumes together store.
    held: u64,
    /// The conventional engine, if it runs.
    servers: Option<Box<Servers>>,
    tape: Tape,
    /// Room for what handling an event causes; empty, and here, between two events.
    effects: Option<Box<Effects>>,
}

/// An event that is due, with the volume that it belongs to and the line of the trace that caused
/// it.
#[derive(Clone, Debug, Hash)]
struct Pending {
    volume: VolumeId,
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
    DiskDone {
        node: NodeId,
        incarnation: u32,
        work: DiskWork,
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
    /// The metadata service agreed to a clone of the volume.
    Clone {
        asked_at: SimTime,
    },
    /// Object storage says that the volume can be restored.
    Restore {
        to: Moment,
        asked_at: SimTime,
    },
    /// The first writer of a new volume goes to work.
    Begin(Epoch),
    /// The metadata service takes or refuses what a writer says of the members.
    MembersRegistered {
        epoch: Epoch,
        step: Step,
        members: Rc<Membership>,
    },
    Submit,
    /// The workload's long reader takes its next snapshot.
    Snapshot,
    /// Something of the conventional engine.
    Server(ServerDue),
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

/// What changes slowly is looked at after so many events.
const LOOK_EVERY: u64 = 64;

impl World {
    /// The most events of a run.
    pub const EVENTS_MAX: u64 = 1 << 50;
    /// The most events that are due, commits that wait, or mini-transactions that wait for LSNs.
    pub const UNDER_WAY_MAX: usize = 1 << 21;

    /// A world at its start.
    pub fn new(script: &Rc<Script>) -> Self {
        let scenario = &script.scenario;
        let mut world = Self {
            now: SimTime::START,
            events: 0,
            before_now: 0,
            queue: Queue::default(),
            deeds_done: 0,
            hardware: Hardware::new(script.seed, &scenario.topology, &scenario.latency),
            volumes: vec![Volume::new(script)],
            held: script.pages(),
            servers: (scenario.engine.has_wal())
                .then(|| Box::new(Servers::new(script.seed, scenario))),
            tape: Tape::NEW,
            effects: None,
            script: Rc::clone(script),
        };
        let order = scenario.latency.order;
        world.hardware.connect(script.seed, VolumeId::FIRST, order);
        if scenario.engine.has_quorum() {
            world.begin_gossip(VolumeId::FIRST);
            world.begin_work(VolumeId::FIRST, 0);
        } else {
            world.volume_mut(VolumeId::FIRST).workload_ended = true;
        }
        world.begin_servers();
        world
    }

    /// Nodes begin to gossip one after the other, so that they do not all speak at once.
    fn begin_gossip(&mut self, volume: VolumeId) {
        let topology = &self.script.scenario.topology;
        let (interval, nodes) = (topology.gossip.0, topology.nodes());
        let part = |(_, node): &(NodeId, &StorageNode)| node.takes_part();
        let machines = (0..).map(NodeId).zip(self.volumes[volume.index()].nodes());
        let takers: Vec<_> = machines.filter(part).map(|(node, _)| node).collect();
        for node in takers {
            let at = Span(interval * u64::from(node.0 + 1) / u64::from(nodes));
            let due = Due::NodeTimer {
                node,
                incarnation: self.hardware.machine(node).incarnation,
                timer: NodeTimer::Gossip,
            };
            self.push(self.now + at, volume, 0, due);
        }
    }

    /// A volume's clients ask for their first commits.
    fn begin_work(&mut self, volume: VolumeId, cause: u64) {
        match self.clients(volume) {
            Some(clients) => {
                for _ in 0..clients {
                    self.push(self.now, volume, cause, Due::Submit);
                }
            }
            None => self.await_submission(volume),
        }
        if self.has_snapshots(volume) {
            self.push(self.now, volume, cause, Due::Snapshot);
        }
    }

    /// How many clients wait for each commit before they ask for the next.
    fn clients(&self, volume: VolumeId) -> Option<u32> {
        self.script.workload(volume).and_then(Workload::clients)
    }

    /// Whether a long reader is part of what works on the volume.
    fn has_snapshots(&self, volume: VolumeId) -> bool {
        let workload = self.script.workload(volume);
        workload.is_some_and(Workload::has_snapshots)
    }

    fn push(&mut self, at: SimTime, volume: VolumeId, cause: u64, due: Due) {
        let pending = Pending { volume, cause, due };
        self.queue.push(at, pending);
    }

    /// When the next event happens. `None` when the run has ended.
    pub fn next_at(&self, schedule: &Schedule) -> Option<SimTime> {
        let stop = &self.script.scenario.stop;
        let enough = stop.commits.is_some_and(|commits| self.acked() >= commits);
        let deed = schedule.deeds().get(self.deeds_done).map(|deed| deed.at);
        let drained = deed.is_none() && self.is_drained();
        let full = self.events.is_multiple_of(LOOK_EVERY) && self.is_full();
        if enough || drained || full || self.events >= Self::EVENTS_MAX {
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
        let most = Self::UNDER_WAY_MAX;
        self.queue.len() >= most
            || self.volumes.iter().any(|volume| volume.is_full(most))
            || (self.servers.iter()).any(|servers| servers.is_full(most))
    }

    /// Whether nothing more will come of the run unless someone does something: for ten seconds of
    /// model time no commit was acknowledged, and there is no writer, or too few copies are up.
    pub fn is_stuck(&self, schedule: &Schedule) -> bool {
        const PATIENCE: Span = Span::from_millis(10_000);
        let deeds = schedule.deeds();
        let deed = deeds.last().map_or(SimTime::START, |deed| deed.at);
        let last = self.tally().last_acked_at.max(deed);
        self.deeds_done == deeds.len()
            && self.now > last + PATIENCE
            && (self.writer_state().0 == SeatState::Crashed
                || explain(self).is_some_and(|wait| wait.stopped)
                || explain_read(self).is_some_and(|wait| wait.stopped))
    }

    /// Lets the next event happen and writes its lines to `trace`. False when there is none.
    ///
    /// The logs forget what nobody in the world needs any more. Whoever holds lines against them reads
    /// the lines of each event before the next.
    pub fn step(&mut self, schedule: &Schedule, trace: &mut Vec<Line>) -> bool {
        let next = self.next_at(schedule);
        if let Some(at) = next {
            self.happen(at, schedule, trace);
        }
        next.is_some()
    }

    /// Lets the next event happen, which is due at this time.
    pub(crate) fn happen(&mut self, at: SimTime, schedule: &Schedule, trace: &mut Vec<Line>) {
        assert!(self.now <= at, "time does not run backwards");
        if self.events.is_multiple_of(LOOK_EVERY) {
            self.forget_logs();
        }
        if self.now < at {
            self.before_now = self.events;
            self.now = at;
        }
        self.events += 1;
        self.tape.event(at);
        let mut effects = self.effects.take().unwrap_or_default();
        match schedule.deeds().get(self.deeds_done) {
            Some(deed) if deed.at == at => {
                self.deeds_done += 1;
                self.enact(deed.verb, trace, &mut effects);
            }
            Some(_) | None => {
                let Some((_, pending)) = self.queue.pop() else {
                    panic!("it was there when asked for its time");
                };
                self.dispatch(pending, trace, &mut effects);
            }
        }
        self.effects = Some(effects);
    }

    /// From now on nobody asks for anything more, as if the scenario had said so.
    pub fn end_work(&mut self) {
        let script = Rc::make_mut(&mut self.script);
        script.scenario.stop.work = Some(self.now + Span(1));
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

    /// How many lines the trace has.
    pub const fn lines(&self) -> u64 {
        self.tape.last
    }

    /// How many events have happened at this time, at or after the last one's.
    pub fn events_at(&self, at: SimTime) -> u64 {
        if self.now == at {
            self.events - self.before_now
        } else {
            0
        }
    }

    /// Whether this place is reached, so that the next event, if there is one, lies behind it.
    pub fn has_reached(&self, schedule: &Schedule, place: SeekTo) -> bool {
        let next = self.next_at(schedule);
        let is_beyond = |at_ns| next.is_none_or(|next| next.0 > at_ns);
        match place {
            SeekTo::Event(event) => next.is_none() || self.events >= event,
            SeekTo::Time(at_ns) => is_beyond(at_ns),
            SeekTo::Nth { at_ns, nth } => {
                let at = SimTime(at_ns);
                is_beyond(at_ns) || next == Some(at) && self.events_at(at) >= nth
            }
        }
    }

    /// The volumes, by their numbers.
    pub fn volumes(&self) -> &[Volume] {
        &self.volumes
    }

    /// The volumes that were not given up.
    pub(crate) fn living(&self) -> impl Iterator<Item = (VolumeId, &Volume)> {
        let volumes = self.volume_ids().zip(&self.volumes);
        volumes.filter(|(_, volume)| volume.deleted().is_none())
    }

    fn volume_ids(&self) -> impl Iterator<Item = VolumeId> + use<> {
        (0..VolumeId::LIMIT)
            .filter_map(VolumeId::new)
            .take(self.volumes.len())
    }

    fn volume_mut(&mut self, volume: VolumeId) -> &mut Volume {
        &mut self.volumes[volume.index()]
    }

    /// The volume that the world began with. The methods that follow speak of it.
    pub fn first(&self) -> &Volume {
        self.volumes.first().expect("a world begins with a volume")
    }

    /// The log.
    pub fn log(&self) -> &Log {
        self.first().log()
    }

    /// The groups of the volume.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> + use<> {
        self.first().groups()
    }

    /// The writer: the newest, if there are several.
    pub fn writer(&self) -> &Writer {
        self.first().writer()
    }

    /// Whether the writer works, and since when.
    pub fn writer_state(&self) -> (SeatState, SimTime) {
        self.first().writer_state()
    }

    /// Whether a writer that has a successor is cut off, and so does not know of it.
    pub fn older_cut_off(&self) -> bool {
        self.first().older_cut_off()
    }

    /// How far any writer has known the volume to be durable. A new one has to find it out.
    pub fn known_durable(&self) -> Lsn {
        self.first().known_durable()
    }

    /// Submissions that wait for a writer.
    pub fn parked(&self) -> usize {
        self.first().parked()
    }

    /// The storage nodes.
    pub fn nodes(&self) -> &[StorageNode] {
        self.first().nodes()
    }

    /// A storage node, to read from beside the run.
    #[cfg(test)]
    pub(crate) fn node_mut(&mut self, node: NodeId) -> &mut StorageNode {
        &mut self.volume_mut(VolumeId::FIRST).nodes[node.index()]
    }

    /// The sums.
    pub fn tally(&self) -> &Tally {
        self.first().tally()
    }

    /// The node's name.
    pub fn name(&self, node: NodeId) -> Node {
        self.script.scenario.topology.places().name(node)
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

    /// What each write and read of the node takes longer.
    pub fn slowed_by(&self, node: NodeId) -> Span {
        self.hardware.machine(node).slow
    }

    /// Messages from the writer to the node that will still be lost.
    pub fn drops_left(&self, node: NodeId) -> u32 {
        self.hardware.machine(node).drops
    }

    /// What waits for the node's disk, and how much it works on.
    pub fn disk_load(&self, node: NodeId) -> (usize, u32) {
        let disk = &self.hardware.machine(node).disk;
        (disk.waiting(), disk.active())
    }

    /// Messages of the first volume on their way, in the order in which they were sent.
    pub fn in_flight(&self) -> Vec<InFlight<'_>> {
        let mut flights: Vec<_> = self
            .queue
            .iter()
            .filter(|(_, _, pending)| pending.volume == VolumeId::FIRST)
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
                Due::DiskDone { .. }
                | Due::NodeTimer { .. }
                | Due::WriterTimer { .. }
                | Due::Recover { .. }
                | Due::Registered(_)
                | Due::Clone { .. }
                | Due::Restore { .. }
                | Due::Begin(_)
                | Due::MembersRegistered { .. }
                | Due::Submit
                | Due::Snapshot
                | Due::Server(_) => None,
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

    /// Whether nothing is left to do.
    fn is_drained(&self) -> bool {
        let up = |node| self.down_since(node).is_none();
        // The servers first: where they work alone, the volume is always drained.
        self.servers.iter().all(|servers| servers.is_drained())
            && self.volumes.iter().all(|volume| volume.is_drained(up))
    }

    /// Commits that every engine has acknowledged at least.
    pub(crate) fn acked(&self) -> u64 {
        let quorum = self.tally().commits_acked;
        match &self.servers {
            None => quorum,
            Some(servers) if self.script.scenario.engine.has_quorum() => {
                quorum.min(servers.tally().commits_acked)
            }
            Some(servers) => servers.tally().commits_acked,
        }
    }

    fn dispatch(&mut self, pending: Pending, trace: &mut Vec<Line>, effects: &mut Effects) {
        let Pending { volume, cause, due } = pending;
        if self.volumes[volume.index()].deleted.is_some() {
            return self.forget(&due);
        }
        match due {
            Due::Arrive {
                to: Address::Writer(epoch),
                message,
                ..
            } => {
                let up = |seat: &mut Seat| seat.state == SeatState::Up;
                if self.volume_mut(volume).seat_of(epoch).is_some_and(up) {
                    let input = WriterInput::Message(message);
                    self.writer_handles((volume, epoch), input, cause, trace, effects);
                } else {
                    self.volume_mut(volume).tally.lost += 1;
                }
            }
            Due::Arrive {
                to: Address::Node(node),
                message,
                ..
            } => {
                if self.down_since(node).is_some() {
                    self.volume_mut(volume).tally.lost += 1;
                    self.line(volume, cause, What::FoundDown { node }, trace);
                } else {
                    let input = NodeInput::Message(message);
                    self.node_handles((volume, node), input, cause, trace, effects);
                }
            }
            Due::Arrive {
                to: Address::Archive,
                message,
                ..
            } => self.archive_handles(volume, message, cause, trace, effects),
            Due::DiskDone {
                node,
                incarnation,
                work,
            } => {
                if self.hardware.machine(node).incarnation == incarnation {
                    self.hardware.machine_mut(node).disk.finish(work.class());
                    self.start_disk(node);
                    self.node_handles((volume, node), work.into(), cause, trace, effects);
                }
            }
            Due::NodeTimer {
                node,
                incarnation,
                timer,
            } => {
                if self.hardware.machine(node).incarnation == incarnation {
                    let input = NodeInput::Timer(timer);
                    self.node_handles((volume, node), input, cause, trace, effects);
                }
            }
            Due::WriterTimer { epoch, timer } => {
                let input = WriterInput::Timer(timer);
                self.writer_handles((volume, epoch), input, cause, trace, effects);
            }
            Due::Recover { epoch, asked_at } => {
                self.recover(volume, (epoch, asked_at), cause, trace, effects);
            }
            Due::Registered(epoch) => {
                let input = WriterInput::Registered;
                self.writer_handles((volume, epoch), input, cause, trace, effects);
            }
            Due::MembersRegistered {
                epoch,
                step,
                members,
            } => {
                let here = self.volume_mut(volume);
                let (mut cause, mut input) = (cause, WriterInput::Superseded);
                if epoch == here.last_epoch {
                    let note = Note::MembersRegistered {
                        members: members.epoch(),
                        step,
                    };
                    here.members = members;
                    cause = self.line(volume, cause, What::Engine(note), trace);
                    input = WriterInput::MembersRegistered;
                }
                self.writer_handles((volume, epoch), input, cause, trace, effects);
            }
            Due::Clone { asked_at } => self.clone_volume(volume, asked_at, trace, effects),
            Due::Restore { to, asked_at } => {
                self.restore_volume(volume, (to, asked_at), trace, effects);
            }
            Due::Begin(epoch) => {
                let input = WriterInput::Recover;
                self.writer_handles((volume, epoch), input, cause, trace, effects);
            }
            Due::Server(due) => self.server_dispatch(due, cause, trace),
            Due::Submit => self.submit(volume, cause, trace, effects),
            Due::Snapshot => self.take_snapshot(volume, cause, trace, effects),
        }
    }

    /// What was under way for a volume that was given up is in nobody's way but a disk's.
    fn forget(&mut self, due: &Due) {
        if let Due::DiskDone {
            node,
            incarnation,
            work,
        } = due
            && self.hardware.machine(*node).incarnation == *incarnation
        {
            let disk = &mut self.hardware.machine_mut(*node).disk;
            disk.finish(work.class());
            self.start_disk(*node);
        }
    }

    fn submit(
        &mut self,
        volume: VolumeId,
        cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let script = &*self.script;
        let Some(workload) = script.workload(volume) else {
            return;
        };
        let here = &mut self.volumes[volume.index()];
        if script.scenario.stop.work.is_some_and(|end| end <= self.now) {
            if !std::mem::replace(&mut here.workload_ended, true) {
                self.line(volume, cause, What::WorkloadEnded, trace);
            }
            return;
        }
        let pages = here.pages();
        let Some(submission) = here.source.submission(workload, script, pages) else {
            return;
        };
        self.hand_over(volume, submission, cause, trace, effects);
        self.await_submission(volume);
        if self.volume_mut(volume).workload_ended {
            self.line(volume, cause, What::WorkloadEnded, trace);
        }
    }

    fn take_snapshot(
        &mut self,
        volume: VolumeId,
        cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let script = Rc::clone(&self.script);
        let pages = self.volumes[volume.index()].pages();
        let source = &mut self.volume_mut(volume).source;
        let snapshot =
            (script.workload(volume)).and_then(|work| source.snapshot(work, &script, pages));
        if let Some(snapshot) = snapshot {
            self.hand_over(volume, snapshot, cause, trace, effects);
        }
    }

    /// Gives the volume's writer something to do; without one it waits for the next.
    fn hand_over(
        &mut self,
        volume: VolumeId,
        submission: Submission,
        cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let here = self.volume_mut(volume);
        here.tally.commits_asked += u64::from(submission.commit.is_some());
        let over = matches!(here.writer().phase(), Phase::Over);
        if over || here.seat().state == SeatState::Crashed {
            here.parked.push_back(submission);
        } else {
            let epoch = here.writer().epoch();
            let input = WriterInput::Submit(submission);
            self.writer_handles((volume, epoch), input, cause, trace, effects);
        }
    }

    /// A new writer takes over. What clients asked for meanwhile waits until it has recovered.
    fn recover(
        &mut self,
        volume: VolumeId,
        (epoch, asked_at): (Epoch, SimTime),
        cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let now = self.now;
        let here = self.volume_mut(volume);
        if epoch < here.writer().epoch() {
            // Another one was quicker.
            return;
        }
        here.seats.push(Seat {
            writer: Writer::after_a_crash(&here.config, epoch, Rc::clone(&here.members)),
            state: SeatState::Up,
            since: now,
            asked_at,
        });
        let parked = std::mem::take(&mut here.parked);
        let recover = std::iter::once(WriterInput::Recover);
        for input in recover.chain(parked.into_iter().map(WriterInput::Submit)) {
            self.writer_handles((volume, epoch), input, cause, trace, effects);
        }
    }

    /// A writer is gone, and does not tell its clients what became of their commits. Those who wait
    /// for each commit ask for another.
    fn give_up(&mut self, volume: VolumeId, epoch: Epoch, cause: u64) {
        let here = self.volume_mut(volume);
        let Some(seat) = here.seat_of(epoch) else {
            return;
        };
        let (unanswered, snapshots) = (seat.writer.unanswered(), seat.writer.snapshots());
        here.tally.unanswered += unanswered as u64;
        for _ in 0..snapshots {
            self.push(self.now, volume, cause, Due::Snapshot);
        }
        if self.clients(volume).is_some() {
            for _ in 0..unanswered {
                self.push(self.now, volume, cause, Due::Submit);
            }
        }
    }

    /// Puts the next submission into the queue, if the workload itself knows when it comes.
    fn await_submission(&mut self, volume: VolumeId) {
        let script = &*self.script;
        let (now, workload) = (self.now, script.workload(volume));
        let here = &mut self.volumes[volume.index()];
        let recording = script.recording.as_deref();
        match workload.map(|workload| here.source.next_at(now, workload, recording)) {
            Some(Some(at)) => self.push(at, volume, 0, Due::Submit),
            Some(None) => here.workload_ended = matches!(workload, Some(Workload::WalFile { .. })),
            None => here.workload_ended = true,
        }
    }

    #[inline]
    fn line(&mut self, volume: VolumeId, cause: u64, what: What, trace: &mut Vec<Line>) -> u64 {
        self.tape
            .line(self.events, self.now, cause, volume, what, trace)
    }
}

/// The state that decides what happens next, the same in both weights.
impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.now, self.events, self.deeds_done as u64).hash(state);
        self.queue.hash(state);
        self.hardware.hash(state);
        self.volumes.hash(state);
        self.held.hash(state);
        self.servers.hash(state);
        self.tape.hash(state);
    }
}

#[cfg(test)]
mod tests;
