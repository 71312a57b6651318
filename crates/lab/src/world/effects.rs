//! What the actors cause, and how the world does it.

use engine_quorum::{
    Address, Asked, Cause, Effect, Effects, Epoch, Message, NodeId, NodeInput, Note, WriterInput,
};
use protocol::VolumeId;
use redo::Lsn;
use sim::{Class, Span};

use super::{Due, Pending, SeatState, World};
use crate::hardware::DiskWork;
use crate::tally::Recovered;
use crate::trace::{Line, What};

impl World {
    /// Lets the writer of an epoch handle an input, unless it crashed.
    pub(super) fn writer_handles(
        &mut self,
        (volume, epoch): (VolumeId, Epoch),
        input: WriterInput,
        cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let now = self.now;
        let here = self.volume_mut(volume);
        let mut seats = here.seats.iter_mut();
        let seat = seats.find(|seat| seat.writer.epoch() == epoch);
        let Some(seat) = seat.filter(|seat| seat.state != SeatState::Crashed) else {
            return;
        };
        seat.writer.handle(now, input, &mut here.log, effects);
        self.apply((volume, Address::Writer(epoch)), cause, trace, effects);
    }

    pub(super) fn node_handles(
        &mut self,
        (volume, node): (VolumeId, NodeId),
        input: NodeInput,
        cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let now = self.now;
        let here = self.volume_mut(volume);
        here.nodes[node.index()].handle(now, input, &here.log, effects);
        self.apply((volume, Address::Node(node)), cause, trace, effects);
    }

    pub(super) fn archive_handles(
        &mut self,
        volume: VolumeId,
        message: Message,
        cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let here = self.volume_mut(volume);
        here.archive.handle(message, &here.log, effects);
        self.apply((volume, Address::Archive), cause, trace, effects);
    }

    /// Lets what a machine keeps of every volume handle an input.
    pub(super) fn nodes_handle(
        &mut self,
        node: NodeId,
        input: &NodeInput,
        cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        for volume in self.volume_ids() {
            self.node_handles((volume, node), input.clone(), cause, trace, effects);
        }
    }

    /// Does what an actor wants. Causes that are notes of this handling become lines of the trace.
    fn apply(
        &mut self,
        (volume, from): (VolumeId, Address),
        input_cause: u64,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let first = self.tape.last + 1;
        let line_of = |cause| match cause {
            Cause::Input => input_cause,
            Cause::Note(n) => first + u64::from(n),
        };
        for &(cause, note) in effects.notes() {
            let line = self.line(volume, line_of(cause), What::Engine(note), trace);
            self.noted(volume, &note, line);
        }
        for (cause, effect) in effects.drain() {
            let cause = line_of(cause);
            match effect {
                Effect::Send { to, message } => {
                    self.send((volume, from), to, message, cause, trace);
                }
                Effect::Write(write) => {
                    let Address::Node(node) = from else {
                        panic!("the writer has no disk");
                    };
                    self.disk_works((volume, node), cause, DiskWork::Write(write));
                }
                Effect::Load(read) => {
                    let Address::Node(node) = from else {
                        panic!("the writer has no disk");
                    };
                    self.disk_works((volume, node), cause, DiskWork::Load(read));
                }
                Effect::Prefer(class) => {
                    let Address::Node(node) = from else {
                        panic!("the writer has no disk");
                    };
                    self.hardware.machine_mut(node).disk.prefer(class);
                    self.start_disk(node);
                }
                Effect::WriterTimer { at, timer } => {
                    let Address::Writer(epoch) = from else {
                        panic!("only a writer sets a writer's timer");
                    };
                    let due = Due::WriterTimer { epoch, timer };
                    self.push(at, volume, cause, due);
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
                    self.push(at, volume, 0, due);
                }
                Effect::Register { epoch } => {
                    let latency = &self.script.scenario.latency;
                    let at = self.hardware.metadata_round_trip(self.now, latency);
                    let due = Due::Registered(epoch);
                    self.push(at, volume, cause, due);
                }
                Effect::RegisterMembers {
                    epoch,
                    step,
                    members,
                } => {
                    let latency = &self.script.scenario.latency;
                    let at = self.hardware.metadata_round_trip(self.now, latency);
                    let due = Due::MembersRegistered {
                        epoch,
                        step,
                        members,
                    };
                    self.push(at, volume, cause, due);
                }
                Effect::Acked { took, .. } => {
                    let now = self.now;
                    self.volume_mut(volume).tally.acked(now, took);
                    self.client_goes_on(volume, cause);
                }
                Effect::HasRead { .. } => {
                    self.volume_mut(volume).tally.read_only += 1;
                    self.client_goes_on(volume, cause);
                }
                Effect::SnapshotOver => {
                    if self.has_snapshots(volume) {
                        self.push(self.now, volume, cause, Due::Snapshot);
                    }
                }
            }
        }
    }

    /// Who waited for a transaction begins the next.
    fn client_goes_on(&mut self, volume: VolumeId, cause: u64) {
        if self.clients(volume).is_some() {
            self.push(self.now, volume, cause, Due::Submit);
        }
    }

    fn send(
        &mut self,
        (volume, from): (VolumeId, Address),
        to: Address,
        message: Message,
        cause: u64,
        trace: &mut Vec<Line>,
    ) {
        let here = &mut self.volumes[volume.index()];
        if let Address::Writer(epoch) = from
            && let Some(SeatState::CutOff) = here.seat_of(epoch).map(|seat| seat.state)
        {
            here.tally.lost += 1;
            return;
        }
        if let (Address::Node(node), Message::Boxcar(boxcar)) = (to, &message) {
            let parcel = &boxcar.parcel;
            here.tally.ios_to_storage += 1;
            here.tally.bytes_to_storage += parcel.bytes;
            let machine = self.hardware.machine_mut(node);
            if machine.drops > 0 {
                machine.drops -= 1;
                here.tally.lost += 1;
                let (group, first, last) = (parcel.group, parcel.first, parcel.run.last);
                self.line(
                    volume,
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
        let arrives_at =
            self.hardware
                .arrival(self.now, volume, (from, to), &self.script.scenario.latency);
        let transfer = if let Message::HydrateGive { bytes, .. } = &message {
            self.script.scenario.topology.transfer(*bytes)
        } else {
            Span::ZERO
        };
        let due = Due::Arrive {
            from,
            to,
            sent_at: self.now,
            message,
        };
        self.push(arrives_at + transfer, volume, cause, due);
    }

    fn disk_works(&mut self, (volume, node): (VolumeId, NodeId), cause: u64, work: DiskWork) {
        let delay = &self.script.scenario.latency.disk;
        let machine = self.hardware.machine_mut(node);
        let class = work.class();
        if class == Class::Foreground
            && let Some(done_at) = machine.disk.begin(self.now, delay, machine.slow)
        {
            let incarnation = machine.incarnation;
            let due = Due::DiskDone {
                node,
                incarnation,
                work,
            };
            return self.push(done_at, volume, cause, due);
        }
        machine.disk.submit(class, (volume, cause, work));
        self.start_disk(node);
    }

    /// Lets the disk of a node take on what it has room for.
    pub(super) fn start_disk(&mut self, node: NodeId) {
        let now = self.now;
        let delay = &self.script.scenario.latency.disk;
        let machine = self.hardware.machine_mut(node);
        if machine.disk.waiting() == 0 {
            return;
        }
        let incarnation = machine.incarnation;
        while let Some((done_at, (volume, cause, work))) =
            machine.disk.start(now, delay, machine.slow)
        {
            let due = Due::DiskDone {
                node,
                incarnation,
                work,
            };
            let pending = Pending { volume, cause, due };
            self.queue.push(done_at, pending);
        }
    }

    /// What the world itself does about a note, whose line is this.
    fn noted(&mut self, volume: VolumeId, note: &Note, line: u64) {
        let here = &mut self.volumes[volume.index()];
        let tally = &mut here.tally;
        match *note {
            Note::Issued { first, last } => {
                for lsn in (first.0..=last.0).map(Lsn) {
                    let change = &here.log.get(lsn).expect("it was just issued").change;
                    tally.records += 1;
                    tally.record_bytes += u64::from(change.bytes);
                    tally.estimated_bytes += u64::from(change.estimated) * u64::from(change.bytes);
                }
            }
            Note::BoxcarSent { .. } => tally.boxcars += 1,
            Note::ReadAnswered { took, .. } => tally.reads.answered(took),
            Note::ReadRefused { .. } => tally.reads.refused += 1,
            Note::ReadAsked { asked, .. } => {
                tally.reads.hedged += u64::from(asked == Asked::Hedged);
            }
            Note::VdlMoved { epoch, vdl } => {
                if here.writer().epoch() == epoch {
                    self.count_versions(volume, vdl);
                }
            }
            Note::MembersChanged { .. } => self.count_added_pages(volume),
            Note::WriterOver { epoch } => self.give_up(volume, epoch, line),
            Note::Opened { epoch, vdl, next } => {
                let asked_at = here.seat_of(epoch).expect("it opened").asked_at;
                here.tally.recoveries.push(Recovered {
                    epoch,
                    asked_at,
                    took: self.now.since(asked_at),
                    vdl,
                    annulled_until: next.before(),
                });
                if here.writer().epoch() == epoch {
                    self.count_versions(volume, vdl);
                }
                self.count_added_pages(volume);
            }
            Note::CommitAsked { .. }
            | Note::Throttled { .. }
            | Note::Unthrottled { .. }
            | Note::BoxcarResent { .. }
            | Note::Received { .. }
            | Note::Stored { .. }
            | Note::Acked { .. }
            | Note::PgclMoved { .. }
            | Note::VclMoved { .. }
            | Note::CommitAcked { .. }
            | Note::RecoveryBegan { .. }
            | Note::PointsFound { .. }
            | Note::Truncating { .. }
            | Note::Fenced { .. }
            | Note::Refused { .. }
            | Note::Truncated { .. }
            | Note::MembersRegistered { .. }
            | Note::ChangeRefused { .. }
            | Note::Hydrating { .. }
            | Note::Hydrated { .. }
            | Note::Discarded { .. }
            | Note::Outdated { .. }
            | Note::Upkeep(_)
            | Note::GapFound { .. }
            | Note::GossipAsked { .. }
            | Note::GossipGiven { .. }
            | Note::GossipEmpty { .. }
            | Note::SnapshotTaken { .. }
            | Note::SnapshotDone { .. } => {}
        }
    }
}
