//! What the verbs do to the world.

use engine_quorum::{Change, Copies, Effects, NodeId, NodeInput, Phase, Step, Unfit, WriterInput};
use protocol::{Az, Node, Verb, VolumeId};
use redo::PageId;
use sim::Span;

use super::volume::Seat;
use super::{Due, SeatState, Volume, World};
use crate::trace::{Line, Obstacle, What};

/// The bit that flips in a page. Which one it is makes no difference to a checksum.
const BIT: u64 = 12_345;

impl World {
    /// Does what a verb says, first to the quorum engine and what both engines share.
    pub(super) fn enact(&mut self, verb: Verb, trace: &mut Vec<Line>, effects: &mut Effects) {
        let for_standbys = matches!(
            verb,
            Verb::StandbyDown(_) | Verb::StandbyUp(_) | Verb::StandbySlow { .. } | Verb::Promote(_)
        );
        if self.script.scenario.engine.has_quorum() && !for_standbys {
            let cause = self.enact_on_storage(verb, trace, effects);
            if let Err(why) = self.do_to_servers(verb, cause, trace) {
                let why = Some(why);
                let what = What::NothingChanged { verb, why };
                self.line(VolumeId::FIRST, cause, what, trace);
            }
        } else {
            self.enact_on_servers(verb, trace);
        }
    }

    /// Does what a verb says where it is about the conventional engine alone.
    fn enact_on_servers(&mut self, verb: Verb, trace: &mut Vec<Line>) {
        let now = self.now;
        let shared = if let Verb::AzDown(az) = verb {
            let up = self.hardware.zone_down(az).is_none();
            up.then(|| self.hardware.set_zone_down(az, Some(now)));
            up.then_some(What::ZoneDown { az })
        } else if let Verb::AzUp(az) = verb {
            let down = self.hardware.zone_down(az).is_some();
            down.then(|| self.hardware.set_zone_down(az, None));
            down.then_some(What::ZoneUp { az })
        } else if let Verb::StandbySlow { standby, ms } = verb {
            let by = Span::from_millis(ms.into());
            Some(What::StandbySlowed { standby, by })
        } else {
            None
        };
        let cause = shared.map_or(0, |what| self.line(VolumeId::FIRST, 0, what, trace));
        let zone_verb = matches!(verb, Verb::AzDown(_) | Verb::AzUp(_));
        let done = if zone_verb && shared.is_none() {
            Ok(false)
        } else {
            self.do_to_servers(verb, cause, trace)
        };
        if done != Ok(true) {
            let why = done.err();
            let what = What::NothingChanged { verb, why };
            self.line(VolumeId::FIRST, 0, what, trace);
        }
    }

    /// Does what a verb says to the quorum engine. Gives the line that says so.
    fn enact_on_storage(
        &mut self,
        verb: Verb,
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) -> u64 {
        let volume = VolumeId::FIRST;
        let about = match verb {
            Verb::Clone(volume)
            | Verb::DeleteVolume(volume)
            | Verb::RestoreVolume { volume, .. }
            | Verb::Write { volume, .. } => volume,
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
            | Verb::Heal
            | Verb::Replace(_)
            | Verb::Restore(_)
            | Verb::DropZone(_)
            | Verb::AddZone(_)
            | Verb::Grow
            | Verb::StandbyDown(_)
            | Verb::StandbyUp(_)
            | Verb::StandbySlow { .. }
            | Verb::Promote(_) => VolumeId::FIRST,
        };
        let places = self.script.scenario.topology.places();
        let id = |node: Node| places.id(node);
        let nodes: Vec<_> = places.machines().collect();
        let down_before: Vec<_> = nodes
            .iter()
            .map(|node| self.down_since(*node).is_some())
            .collect();
        let zone_before = |az| self.hardware.zone_down(az);
        let now = self.now;
        let mut obstacle = None;
        let mut step = None;
        let done = match verb {
            Verb::Replace(_)
            | Verb::Restore(_)
            | Verb::DropZone(_)
            | Verb::AddZone(_)
            | Verb::Grow => {
                match self.wanted_step(volume, verb) {
                    Ok(wanted) => step = Some(wanted),
                    Err(why) => obstacle = Some(why),
                }
                step.map(|_| What::Asked(verb))
            }
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
            Verb::RestoreVolume { volume, to } => self.ask_for_restore(volume, to),
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
                let exists = u64::from(page.0) < here.pages;
                let group = exists.then(|| here.log.group_of(page));
                let damaged =
                    group.and_then(|group| here.nodes[node.index()].damage(group, page, BIT));
                damaged.map(|lsn| What::PageDamaged { node, page, lsn })
            }
            Verb::StandbyDown(_)
            | Verb::StandbyUp(_)
            | Verb::StandbySlow { .. }
            | Verb::Promote(_) => unreachable!("storage has no standbys"),
        };
        let down = |node: &NodeId| self.hardware.down_since(*node).is_some();
        let changed = nodes.iter().map(down).ne(down_before.iter().copied());
        let cause = match done {
            Some(what) => self.line(about, 0, what, trace),
            None if changed => 0,
            None => {
                let what = What::NothingChanged {
                    verb,
                    why: obstacle,
                };
                self.line(volume, 0, what, trace)
            }
        };
        if let Some(What::WriteAsked { page }) = done {
            let weight = self.script.scenario.weight;
            let submission = self.volume_mut(about).source.by_hand(PageId(page), weight);
            self.hand_over(about, submission, cause, trace, effects);
        }
        if let Some(step) = step {
            let epoch = self.first().writer().epoch();
            let input = WriterInput::Reconfigure(step);
            self.writer_handles((volume, epoch), input, cause, trace, effects);
        }
        if let Some(What::WriterCrashed { epoch }) = done {
            let seat = self.volume_mut(volume).seat_mut();
            (seat.state, seat.since) = (SeatState::Crashed, now);
            self.give_up(volume, epoch, cause);
        }
        for (node, was_down) in nodes.into_iter().zip(down_before) {
            match (was_down, self.down_since(node).is_some()) {
                (false, true) => {
                    let cause = self.node_line(verb, cause, What::NodeDown { node }, trace);
                    let machine = self.hardware.machine_mut(node);
                    machine.incarnation += 1;
                    machine.disk.lose_power();
                    self.nodes_handle(node, &NodeInput::Crash, cause, trace, effects);
                }
                (true, false) => {
                    let cause = self.node_line(verb, cause, What::NodeUp { node }, trace);
                    self.nodes_handle(node, &NodeInput::Start, cause, trace, effects);
                }
                (false, false) | (true, true) => {}
            }
        }
        cause
    }

    /// Writes that a node went down or is up again. Of a spare that nobody spoke of nothing is said.
    fn node_line(&mut self, verb: Verb, cause: u64, what: What, trace: &mut Vec<Line>) -> u64 {
        let (What::NodeDown { node } | What::NodeUp { node }) = what else {
            unreachable!("whoever calls knows what it says");
        };
        let spoken_of = matches!(verb, Verb::NodeDown(_) | Verb::NodeUp(_));
        let in_use = |volume: &Volume| volume.in_use().has(node);
        if spoken_of || self.volumes.iter().any(in_use) {
            self.line(VolumeId::FIRST, cause, what, trace)
        } else {
            cause
        }
    }

    /// Why the members of the first volume cannot do now what `replace`, `restore`, `drop-zone` or
    /// `add-zone` would ask of them.
    pub fn obstacle(&self, verb: Verb) -> Option<Obstacle> {
        self.wanted_step(VolumeId::FIRST, verb).err()
    }

    /// What a verb asks of the members.
    fn wanted_step(&self, volume: VolumeId, verb: Verb) -> Result<Step, Obstacle> {
        let places = self.script.scenario.topology.places();
        let volume = &self.volumes[volume.index()];
        let seat = volume.seat();
        if seat.state == SeatState::Crashed || matches!(seat.writer.phase(), Phase::Over) {
            return Err(Obstacle::NoWriter);
        }
        let members = seat.writer.members();
        let of_zone = |az: Az| places.of_zone(az).collect::<Copies>();
        let leaving = |az| Change::Leave(members.members().and(of_zone(az)));
        let step = match verb {
            Verb::Replace(node) => {
                let taken = members.everyone().or(members.left_out());
                let mut free = of_zone(node.az()).minus(taken).iter();
                let newcomer = free.find(|spare| self.down_since(*spare).is_none());
                let suspect = places.id(node);
                if !members.members().has(suspect) {
                    return Err(Obstacle::Unfit(Unfit::NoMember));
                }
                if members.replacing(suspect).is_some() {
                    return Err(Obstacle::Unfit(Unfit::UnderWay));
                }
                let newcomer = newcomer.ok_or(Obstacle::NoSpare)?;
                Step::Begin(Change::Replace { suspect, newcomer })
            }
            Verb::Restore(node) => {
                let change = members.replacing(places.id(node));
                Step::Reverse(change.ok_or(Obstacle::Unfit(Unfit::NotUnderWay))?)
            }
            Verb::DropZone(_) if members.changes().contains(&Change::Return) => {
                Step::Reverse(Change::Return)
            }
            Verb::DropZone(az) => Step::Begin(leaving(az)),
            Verb::AddZone(az) if members.changes().contains(&leaving(az)) => {
                Step::Reverse(leaving(az))
            }
            Verb::AddZone(az) if members.left_out().and(of_zone(az)) == Copies::default() => {
                return Err(Obstacle::Unfit(Unfit::NobodyLeftOut));
            }
            Verb::AddZone(_) => Step::Begin(Change::Return),
            Verb::Grow if !volume.has_room() => return Err(Obstacle::NoRoom),
            Verb::Grow => Step::Grow,
            Verb::AzDown(_)
            | Verb::AzUp(_)
            | Verb::NodeDown(_)
            | Verb::NodeUp(_)
            | Verb::Slow { .. }
            | Verb::Drop { .. }
            | Verb::CrashWriter
            | Verb::Recover
            | Verb::Partition
            | Verb::StandbyDown(_)
            | Verb::StandbyUp(_)
            | Verb::StandbySlow { .. }
            | Verb::Promote(_)
            | Verb::Clone(_)
            | Verb::DeleteVolume(_)
            | Verb::RestoreVolume { .. }
            | Verb::Write { .. }
            | Verb::CorruptPage { .. }
            | Verb::Heal => unreachable!("these ask nothing of the members"),
        };
        members.step(step).map_err(Obstacle::Unfit)?;
        Ok(step)
    }
}
