//! What the verbs do to the world.

use engine_quorum::{Effects, NodeId, NodeInput};
use protocol::{Node, Verb, VolumeId};
use redo::PageId;
use sim::Span;

use super::volume::Seat;
use super::{Due, SeatState, World};
use crate::hardware::id_of;
use crate::trace::{Line, What};

/// The bit that flips in a page. Which one it is makes no difference to a checksum.
const BIT: u64 = 12_345;

impl World {
    pub(super) fn enact(&mut self, verb: Verb, trace: &mut Vec<Line>, effects: &mut Effects) {
        let volume = VolumeId::FIRST;
        let about = match verb {
            Verb::Clone(volume) | Verb::DeleteVolume(volume) | Verb::Write { volume, .. } => volume,
            Verb::AzDown(_)
            | Verb::AzUp(_)
            | Verb::NodeDown(_)
            | Verb::NodeUp(_)
            | Verb::Slow { .. }
            | Verb::Drop { .. }
            | Verb::CorruptPage { .. }
            | Verb::CrashWriter
            | Verb::Recover
            | Verb::Partition
            | Verb::Heal => VolumeId::FIRST,
        };
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
                let here = self.first().seat();
                let (epoch, alive) = (here.writer.epoch(), here.state != SeatState::Crashed);
                alive.then_some(What::WriterCrashed { epoch })
            }
            Verb::Recover => {
                let here = self.volume_mut(volume);
                here.last_epoch = here.last_epoch.next();
                let (epoch, latency) = (here.last_epoch, &self.script.scenario.latency);
                let at = self.hardware.metadata_round_trip(now, latency);
                let due = Due::Recover {
                    epoch,
                    asked_at: now,
                };
                self.push(at, volume, 0, due);
                Some(What::NewWriter { epoch })
            }
            Verb::Partition => {
                let seat = self.volume_mut(volume).seat_mut();
                let epoch = seat.writer.epoch();
                let up = seat.state == SeatState::Up;
                if up {
                    (seat.state, seat.since) = (SeatState::CutOff, now);
                }
                up.then_some(What::Partitioned { epoch })
            }
            Verb::Heal => {
                let cut_off = |seat: &&mut Seat| seat.state == SeatState::CutOff;
                let mut healed = false;
                for seat in self.volume_mut(volume).seats.iter_mut().filter(cut_off) {
                    (seat.state, seat.since, healed) = (SeatState::Up, now, true);
                }
                healed.then_some(What::Healed)
            }
            Verb::Clone(source) => self.ask_for_clone(source),
            Verb::DeleteVolume(volume) => self.delete_volume(volume),
            Verb::Write { volume, page } => self.ask_for_write(volume, page),
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
            Verb::CorruptPage { node, page } => {
                let (node, page) = (id(node), PageId(page));
                let here = self.volume_mut(volume);
                let group = here.log.group_of(page);
                let damaged = here.nodes[node.index()].damage(group, page, BIT);
                damaged.map(|lsn| What::PageDamaged { node, page, lsn })
            }
        };
        let down = |node: &NodeId| self.hardware.down_since(*node).is_some();
        let changed = nodes.iter().map(down).ne(down_before.iter().copied());
        let cause = match done {
            Some(what) => self.line(about, 0, what, trace),
            None if changed => 0,
            None => self.line(volume, 0, What::NothingChanged(verb), trace),
        };
        if let Some(What::WriteAsked { page }) = done {
            let weight = self.script.scenario.weight;
            let submission = self.volume_mut(about).source.by_hand(PageId(page), weight);
            self.hand_over(about, submission, cause, trace, effects);
        }
        if let Some(What::WriterCrashed { epoch }) = done {
            let seat = self.volume_mut(volume).seat_mut();
            (seat.state, seat.since) = (SeatState::Crashed, now);
            self.give_up(volume, epoch, cause);
        }
        for (node, was_down) in nodes.into_iter().zip(down_before) {
            match (was_down, self.down_since(node).is_some()) {
                (false, true) => {
                    let cause = self.line(volume, cause, What::NodeDown { node }, trace);
                    let machine = self.hardware.machine_mut(node);
                    machine.incarnation += 1;
                    machine.disk.lose_power();
                    self.nodes_handle(node, &NodeInput::Crash, cause, trace, effects);
                }
                (true, false) => {
                    let cause = self.line(volume, cause, What::NodeUp { node }, trace);
                    self.nodes_handle(node, &NodeInput::Start, cause, trace, effects);
                }
                (false, false) | (true, true) => {}
            }
        }
    }
}
