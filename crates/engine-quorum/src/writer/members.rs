//! How the writer changes the members (SIGMOD 2018, section 4.1).
//!
//! 1. The metadata service takes the next membership epoch, unless it gave away a later volume
//!    epoch. From then on requests carry it, and go to everyone who takes part.
//! 2. The nodes write it down. When a write quorum knows it, its rule holds. For the joint step that
//!    is a stricter one, and for the step after it one that is part of the joint rule, so nothing
//!    waits meanwhile.
//! 3. When whoever joins has whole segments with everything from before, and what is durable is on a
//!    write quorum of the new rule, the next step completes the change. Reversal needs neither.
//!
//! A group is added in the same way: when a write quorum knows, the writer may change its
//! pages.
//!
//! # Invariants
//! * The rule that holds is never weaker than what a recovery would assume which asks the metadata
//!   service: every write quorum meets the read quorum of the registered members.
//! * No record is made of a group that the metadata service does not know, or a write quorum.

use std::rc::Rc;

use redo::Lsn;
use sim::{SimTime, Span};

use super::{Phase, RECOVERY_PATIENCE, Writer, WriterTimer};
use crate::effects::{Cause, Effect, Effects, Note};
use crate::log::Log;
use crate::membership::{Membership, MembershipEpoch, Step, Unfit};
use crate::message::{Address, GroupId, Message, NodeId, Parcel};
use crate::points::Moved;
use crate::quorum::Copies;

/// What a writer knows of changing members.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Changes {
    /// Steps that were asked for and not yet looked at.
    wanted: Vec<Step>,
    /// The step that is being made.
    pending: Option<Pending>,
    /// Nodes that know the newest members.
    known: Copies,
    /// Newcomers that have whole segments.
    hydrated: Copies,
    /// What was durable of each group when the present rule began to hold. A newcomer needs it before
    /// it votes; what came since was sent to it.
    before: Vec<Lsn>,
    /// Acknowledgements of a newcomer count from this membership epoch on: it may have thrown away
    /// what it spoke of before.
    since: Vec<(NodeId, MembershipEpoch)>,
    timer_is_set: bool,
}

/// A step that is being made.
#[derive(Clone, Debug, Hash)]
struct Pending {
    step: Step,
    /// The members that it leads to.
    to: Rc<Membership>,
    /// Who takes part in the members before.
    before: Copies,
    /// The metadata service knows.
    registered: bool,
}

impl Writer {
    /// The newest members that the metadata service knows.
    pub fn members(&self) -> &Membership {
        &self.stamp.members
    }

    /// Newcomers that have everything.
    pub const fn hydrated(&self) -> Copies {
        self.changes.hydrated
    }

    pub(super) fn reconfigure(&mut self, step: Step, effects: &mut Effects) {
        self.changes.wanted.push(step);
        self.next_step(Cause::Input, effects);
    }

    /// Begins the next step that was asked for, or completes a change that can be.
    pub(super) fn next_step(&mut self, cause: Cause, effects: &mut Effects) {
        if !matches!(self.phase, Phase::Open) {
            return;
        }
        while self.changes.pending.is_none()
            && let Some(step) = self.wanted()
        {
            match self.prepared(step) {
                Err(why) => {
                    effects.note(cause, Note::ChangeRefused { step, why });
                }
                Ok(to) => {
                    let (to, before) = (Rc::new(to), self.members().everyone());
                    for node in to.everyone().minus(before).iter() {
                        self.changes.since.retain(|(other, _)| *other != node);
                        self.changes.since.push((node, to.epoch()));
                        self.points.forget(node);
                    }
                    let (epoch, members) = (self.epoch(), Rc::clone(&to));
                    let register = Effect::RegisterMembers {
                        epoch,
                        step,
                        members,
                    };
                    effects.push(cause, register);
                    self.changes.pending = Some(Pending {
                        step,
                        to,
                        before,
                        registered: false,
                    });
                }
            }
        }
    }

    fn wanted(&mut self) -> Option<Step> {
        if !self.changes.wanted.is_empty() {
            return Some(self.changes.wanted.remove(0));
        }
        let complete = self.members().changes().iter().copied().map(Step::Complete);
        complete
            .into_iter()
            .find(|step| self.prepared(*step).is_ok())
    }

    /// The members after a step, if it can be made now.
    fn prepared(&self, step: Step) -> Result<Membership, Unfit> {
        let to = self.members().step(step)?;
        if let Step::Complete(change) = step {
            let joining = self.members().joining(change);
            let ready = |node| self.changes.hydrated.has(node) && self.has_what_was_before(node);
            if !joining.iter().all(ready) || !self.points.are_covered_by(&to.base().write) {
                return Err(Unfit::NotHydrated);
            }
        }
        Ok(to)
    }

    /// Whether a step waits to be looked at, or to be known.
    pub fn awaits_members(&self) -> bool {
        self.changes.pending.is_some() || !self.changes.wanted.is_empty()
    }

    /// Comes to use every group that the members know of.
    pub(super) fn grow(&mut self, log: &mut Log) {
        let groups = self.make_room();
        log.grow(self.epoch(), groups);
    }

    /// Has room for every group that the members know of, and gives their number.
    pub(super) fn make_room(&mut self) -> u16 {
        let groups = self.first_groups + self.members().groups_added();
        self.points.grow(groups, self.nodes);
        self.open_after.resize(groups.into(), None);
        self.patience.resize(groups.into(), None);
        groups
    }

    fn has_what_was_before(&self, node: NodeId) -> bool {
        let groups = (0..).map(GroupId).zip(&self.changes.before);
        groups
            .into_iter()
            .all(|(group, before)| self.points.scl(group, node) >= *before)
    }

    fn mark_what_is_durable(&mut self) {
        let points = &self.points;
        self.changes.before = points.groups().map(|group| points.pgcl(group)).collect();
    }

    /// The metadata service knows: from now on every request says so.
    pub(super) fn members_registered(&mut self, now: SimTime, effects: &mut Effects) {
        let Some(pending) = &mut self.changes.pending else {
            return;
        };
        pending.registered = true;
        Rc::make_mut(&mut self.stamp).members = Rc::clone(&pending.to);
        self.make_room();
        self.changes.known = Copies::default();
        self.changes.hydrated = self.changes.hydrated.and(self.members().newcomers());
        self.tell_members(Cause::Input, effects);
        self.set_members_timer(now, effects);
    }

    /// Everyone to whom records are sent: who takes part, and who did until the present step is made.
    pub(super) fn recipients(&self) -> Copies {
        let before = self.changes.pending.as_ref().map(|pending| pending.before);
        self.members().everyone().or(before.unwrap_or_default())
    }

    fn tell_members(&self, cause: Cause, effects: &mut Effects) {
        for node in self.recipients().minus(self.changes.known).iter() {
            let stamp = Rc::clone(&self.stamp);
            let to = Address::Node(node);
            let message = Message::Members { stamp };
            effects.push(cause, Effect::Send { to, message });
        }
    }

    fn set_members_timer(&mut self, now: SimTime, effects: &mut Effects) {
        if !self.changes.timer_is_set {
            self.changes.timer_is_set = true;
            let at = now + Span((self.resend.0 / RECOVERY_PATIENCE).max(1));
            let timer = WriterTimer::Members;
            effects.push(Cause::Input, Effect::WriterTimer { at, timer });
        }
    }

    /// Tells those again who have not answered, as long as something is under way.
    pub(super) fn tell_members_again(&mut self, now: SimTime, effects: &mut Effects) {
        self.changes.timer_is_set = false;
        let pending = self.changes.pending.as_ref();
        let under_way = match pending {
            Some(pending) => pending.registered,
            None => !self.members().changes().is_empty(),
        };
        if matches!(self.phase, Phase::Open) && under_way {
            self.tell_members(Cause::Input, effects);
        }
        if pending.is_some() || under_way {
            self.set_members_timer(now, effects);
        }
    }

    /// A node knows the members.
    pub(super) fn hear_members_known(
        &mut self,
        now: SimTime,
        (node, members): (NodeId, MembershipEpoch),
        scls: &[Lsn],
        log: &mut Log,
        effects: &mut Effects,
    ) {
        self.hear_all(now, (node, members), scls, log, effects);
        if members != self.members().epoch() {
            return;
        }
        self.changes.known = self.changes.known.with(node);
        let holds = self.members().base().write.holds(self.changes.known);
        if let Some(pending) = self.changes.pending.take_if(|p| p.registered && holds) {
            let (epoch, members) = (self.epoch(), pending.to.epoch());
            let note = Note::MembersChanged {
                epoch,
                members,
                step: pending.step,
            };
            let changed = effects.note(Cause::Input, note);
            self.points.set_write_rule(pending.to.quorum().write);
            self.grow(log);
            self.mark_what_is_durable();
            for group in self.points.groups() {
                self.move_points(now, group, changed, log, effects);
            }
            self.next_step(changed, effects);
        }
    }

    /// A newcomer has everything.
    pub(super) fn hear_hydrated(
        &mut self,
        now: SimTime,
        (node, members): (NodeId, MembershipEpoch),
        scls: &[Lsn],
        log: &mut Log,
        effects: &mut Effects,
    ) {
        self.hear_all(now, (node, members), scls, log, effects);
        if members == self.members().epoch() && self.members().newcomers().has(node) {
            self.changes.hydrated = self.changes.hydrated.with(node);
            self.next_step(Cause::Input, effects);
        }
    }

    /// Whether what a node said that knew these members still counts.
    pub(super) fn counts(&self, node: NodeId, members: MembershipEpoch) -> bool {
        let mut since = self.changes.since.iter();
        since.all(|(other, since)| *other != node || *since <= members)
    }

    fn hear_all(
        &mut self,
        now: SimTime,
        (node, members): (NodeId, MembershipEpoch),
        scls: &[Lsn],
        log: &mut Log,
        effects: &mut Effects,
    ) {
        if self.counts(node, members) {
            // A node may have heard of a later writer's groups from whoever comes after that.
            for (group, scl) in self.points.groups().zip(scls) {
                if *scl > self.points.scl(group, node) {
                    let cause = self.hear(now, node, group, *scl, effects);
                    self.release(now, cause, log, effects);
                }
            }
        }
    }

    /// Another rule may move a group's points without a word from any node.
    fn move_points(
        &mut self,
        now: SimTime,
        group: GroupId,
        cause: Cause,
        log: &mut Log,
        effects: &mut Effects,
    ) {
        let moved = self.points.advance(group);
        if let Moved {
            pgcl: Some(pgcl), ..
        } = moved
        {
            let reached = |node: &NodeId| self.points.scl(group, *node) == pgcl;
            let node = self.members().everyone().iter().find(reached);
            let node = node.expect("a PGCL is some node's SCL");
            let cause = self.tell_moved(now, (group, node), moved, cause, effects);
            self.release(now, cause, log, effects);
        }
    }

    /// A node knew of the members before the records came that were sent to older ones.
    pub(super) fn send_again(&self, node: NodeId, parcel: Parcel, effects: &mut Effects) {
        if matches!(self.phase, Phase::Open) && self.recipients().has(node) {
            let (to, message) = (Address::Node(node), self.boxcar_of(parcel));
            effects.push(Cause::Input, Effect::Send { to, message });
        }
    }

    /// After a recovery: what was under way goes on.
    pub(super) fn resume_changes(&mut self, now: SimTime, cause: Cause, effects: &mut Effects) {
        self.mark_what_is_durable();
        if !self.members().changes().is_empty() {
            self.set_members_timer(now, effects);
        }
        self.next_step(cause, effects);
    }
}

#[cfg(test)]
mod tests;
