//! Recovery: a new writer finds out where the log ends, and makes sure that nobody disagrees.
//!
//! Nothing is replayed: pages are made from the log whenever they are needed, so all that is to be
//! found is a point (SIGMOD 2017, section 4.3; SIGMOD 2018, section 2.4). The papers list what is
//! done; this order is safe against an old writer that lives on behind a partition:
//!
//! 1. *Fence.* With an epoch of its own, ask every node to refuse older ones and to say what it has.
//!    With a read quorum fenced, no write quorum is left to the old writer.
//! 2. *Find the points.* From the SCLs of those who answered follow each group's point, the VCL, and
//!    the VDL. Whoever did not answer may have everything, so nothing acknowledged is missed.
//! 3. *Catch up.* Whatever is at or below the VDL must be on a write quorum of every group, before
//!    anyone relies on it.
//! 4. *Truncate.* Everything behind the VDL that any older writer may have numbered is annulled, on
//!    a write quorum, for ever: also what arrives later.
//! 5. *Register* the epoch with the metadata service, and open the volume. LSNs go on above the
//!    truncated range.
//!
//! Each step may be repeated, and a recovery that crashes is followed by another with a later epoch,
//! which comes to the same durable point or a later one. The members are those that the metadata
//! service knows: while they change, whoever is about to join is fenced and written to, and asked
//! nothing.
//!
//! The truncation of a recovery that crashed may be on some copies, of which the next recovery does
//! not hear. It must not spread any further, or it would take from a copy what the next recovery
//! found there. So a node that answered to an epoch learns no truncation of an older one, except as
//! part of the history that this epoch's own truncation, or a later one, carries. What a recovery
//! found on a copy stays there until the recovery itself, or its successor, annuls it.

use std::rc::Rc;

use redo::Lsn;
use sim::{SimTime, Span};

use crate::effects::{Cause, Effect, Effects, Note};
use crate::log::Log;
use crate::message::{Address, GroupId, Message, NodeId, Stamp, Truncation, Want};
use crate::quorum::{Copies, Quorum};
use crate::writer::WriterTimer;

/// A writer that does not know yet where its log ends.
#[derive(Clone, Debug, Hash)]
pub struct Recovery {
    /// Its epoch and the members that the metadata service knows.
    stamp: Rc<Stamp>,
    /// The rules that these members imply.
    quorum: Quorum,
    lal: u64,
    /// After so long it asks those again who have not answered.
    patience: Span,
    step: Step,
    /// What each node said that it has, by node.
    answers: Vec<Option<Answer>>,
    /// Nodes that truncated.
    truncated: Copies,
}

/// How far a recovery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecoveryStep {
    /// It asks nodes to refuse older epochs.
    Fence,
    /// It waits until a write quorum of every group has everything at or below the VDL.
    CatchUp,
    /// It waits until a write quorum annulled the rest.
    Truncate,
    /// It waits for the metadata service.
    Register,
}

#[derive(Clone, Debug, Hash)]
enum Step {
    Fence,
    CatchUp(Rc<Stamp>),
    Truncate(Rc<Stamp>),
    Register(Rc<Stamp>),
}

#[derive(Clone, Debug, Hash)]
struct Answer {
    stamp: Rc<Stamp>,
    /// By group, as many as it knew of.
    scls: Vec<Lsn>,
}

/// What a recovery found.
#[derive(Clone, Debug)]
pub(crate) struct Recovered {
    /// With the new truncation as its last.
    pub(crate) stamp: Rc<Stamp>,
    /// By group, then by node: what the segments are known to be complete to.
    pub(crate) scls: Vec<Vec<Lsn>>,
}

impl Answer {
    /// What its segment will be complete to when it knows of all these truncations.
    fn scl(&self, group: GroupId, stamp: &Stamp) -> Lsn {
        let scl = self.scls.get(group.index()).copied();
        stamp.keeps(group, scl.unwrap_or_default())
    }
}

impl Recovery {
    pub(crate) fn new(
        stamp: Rc<Stamp>,
        quorum: Quorum,
        nodes: u8,
        lal: u64,
        patience: Span,
    ) -> Self {
        Self {
            stamp,
            quorum,
            lal,
            patience,
            step: Step::Fence,
            answers: vec![None; nodes.into()],
            truncated: Copies::default(),
        }
    }

    /// How far it is.
    pub const fn step(&self) -> RecoveryStep {
        match self.step {
            Step::Fence => RecoveryStep::Fence,
            Step::CatchUp(_) => RecoveryStep::CatchUp,
            Step::Truncate(_) => RecoveryStep::Truncate,
            Step::Register(_) => RecoveryStep::Register,
        }
    }

    pub(crate) fn start(&mut self, now: SimTime, effects: &mut Effects) {
        let began = effects.note(
            Cause::Input,
            Note::RecoveryBegan {
                epoch: self.stamp.epoch,
            },
        );
        self.ask_again(began, effects);
        self.set_timer(now, effects);
    }

    /// Asks those again who have not answered. Any message may be lost, and a node may return.
    pub(crate) fn retry(&mut self, now: SimTime, log: &Log, effects: &mut Effects) {
        self.ask_again(Cause::Input, effects);
        if let Step::CatchUp(stamp) | Step::Truncate(stamp) = &self.step {
            let stamp = Rc::clone(stamp);
            for node in self.nodes() {
                self.let_catch_up(node, &stamp, Cause::Input, effects);
            }
        }
        self.advance(Cause::Input, log, effects);
        self.set_timer(now, effects);
    }

    /// A node refuses older epochs now, and says what it has. What it said first counts: it loses
    /// nothing of that before it truncates, and a second answer may come after later news.
    pub(crate) fn hear_fenced(
        &mut self,
        node: NodeId,
        stamp: Rc<Stamp>,
        scls: &[Lsn],
        log: &Log,
        effects: &mut Effects,
    ) {
        self.answers[node.index()].get_or_insert_with(|| Answer {
            stamp,
            scls: scls.to_vec(),
        });
        match &self.step {
            Step::CatchUp(stamp) => {
                let stamp = Rc::clone(stamp);
                self.let_catch_up(node, &stamp, Cause::Input, effects);
            }
            Step::Truncate(_) | Step::Register(_) => self.let_truncate(node, Cause::Input, effects),
            Step::Fence => {}
        }
        self.advance(Cause::Input, log, effects);
    }

    /// A segment caught up.
    pub(crate) fn hear_ack(
        &mut self,
        (node, group): (NodeId, GroupId),
        scl: Lsn,
        log: &Log,
        effects: &mut Effects,
    ) {
        let answer = self.answers[node.index()].as_mut();
        if let Some(known) = answer.and_then(|answer| answer.scls.get_mut(group.index())) {
            *known = scl.max(*known);
        }
        self.advance(Cause::Input, log, effects);
    }

    /// A newcomer has everything.
    pub(crate) fn hear_all(
        &mut self,
        node: NodeId,
        scls: &[Lsn],
        log: &Log,
        effects: &mut Effects,
    ) {
        for (group, scl) in (0..).map(GroupId).zip(scls) {
            self.hear_ack((node, group), *scl, log, effects);
        }
    }

    /// A node truncated, and has this now.
    pub(crate) fn hear_truncated(
        &mut self,
        node: NodeId,
        scls: &[Lsn],
        log: &Log,
        effects: &mut Effects,
    ) {
        if let Step::Truncate(stamp) | Step::Register(stamp) = &self.step {
            let stamp = Rc::clone(stamp);
            self.truncated = self.truncated.with(node);
            let scls = scls.to_vec();
            self.answers[node.index()] = Some(Answer {
                stamp: Rc::clone(&stamp),
                scls,
            });
            self.let_catch_up(node, &stamp, Cause::Input, effects);
        }
        self.advance(Cause::Input, log, effects);
    }

    /// The metadata service knows of the epoch. `None` if it was not asked.
    pub(crate) fn registered(&self) -> Option<Recovered> {
        let Step::Register(stamp) = &self.step else {
            return None;
        };
        let tails = &stamp.history.last().expect("it truncated").tails;
        let scl = |group: GroupId, answer: &Option<Answer>| match answer {
            Some(answer) => answer.scl(group, stamp).min(tails[group.index()]),
            None => Lsn::ZERO,
        };
        let groups = (0..tails.len()).map(|n| GroupId(u16::try_from(n).expect("a group's number")));
        Some(Recovered {
            stamp: Rc::clone(stamp),
            scls: groups
                .map(|group| {
                    self.answers
                        .iter()
                        .map(|answer| scl(group, answer))
                        .collect()
                })
                .collect(),
        })
    }

    fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        self.quorum.write.members().iter()
    }

    fn set_timer(&self, now: SimTime, effects: &mut Effects) {
        let (at, timer) = (now + self.patience, WriterTimer::Recover);
        effects.push(Cause::Input, Effect::WriterTimer { at, timer });
    }

    fn ask_again(&self, cause: Cause, effects: &mut Effects) {
        for node in self.nodes() {
            if self.answers[node.index()].is_none() {
                let message = Message::Fence {
                    epoch: self.stamp.epoch,
                    members: Rc::clone(&self.stamp.members),
                };
                send(node, message, cause, effects);
            } else if !self.truncated.has(node) {
                self.let_truncate(node, cause, effects);
            }
        }
    }

    /// Goes on to the next step as long as the present one is done.
    fn advance(&mut self, cause: Cause, log: &Log, effects: &mut Effects) {
        let answered: Copies = self
            .nodes()
            .filter(|node| self.answers[node.index()].is_some())
            .collect();
        if matches!(self.step, Step::Fence) && self.quorum.read.holds(answered) {
            let (vcl, stamp) = self.find_points(log);
            let vdl = stamp.history.last().expect("just found").after;
            let epoch = self.stamp.epoch;
            let found = effects.note(cause, Note::PointsFound { epoch, vcl, vdl });
            for node in self.nodes() {
                self.let_catch_up(node, &stamp, found, effects);
            }
            self.step = Step::CatchUp(stamp);
        }
        if let Step::CatchUp(stamp) = &self.step
            && self.is_caught_up(stamp, Copies::first(Copies::MAX))
        {
            let truncation = stamp.history.last().expect("found before");
            let (after, until) = (truncation.after, truncation.until);
            let truncating = effects.note(cause, Note::Truncating { after, until });
            self.step = Step::Truncate(Rc::clone(stamp));
            for node in self.nodes() {
                self.let_truncate(node, truncating, effects);
            }
        }
        if let Step::Truncate(stamp) = &self.step
            && self.quorum.write.holds(self.truncated)
            && self.is_caught_up(stamp, self.truncated)
        {
            self.step = Step::Register(Rc::clone(stamp));
            effects.push(
                cause,
                Effect::Register {
                    epoch: self.stamp.epoch,
                },
            );
        }
    }

    /// The VCL, and what to annul behind the VDL.
    fn find_points(&self, log: &Log) -> (Lsn, Rc<Stamp>) {
        let stamps = self.answers.iter().flatten().map(|answer| &answer.stamp);
        let known = stamps.fold(Rc::<Stamp>::default(), |longest, stamp| {
            if longest.knows(stamp) {
                longest
            } else {
                Rc::clone(stamp)
            }
        });
        let first_missing = |group: GroupId| {
            let scls: Vec<_> = self
                .answers
                .iter()
                .map(|answer| answer.as_ref().map(|answer| answer.scl(group, &known)))
                .collect();
            // Whatever was acknowledged satisfied this rule, also before a change began.
            let kept = self.stamp.members.base().write.perhaps_reached(&scls);
            log.first_after(group, kept)
        };
        let missing = log.groups().filter_map(first_missing).min();
        let vcl = missing.map_or_else(|| log.last(), |lsn| log.before(lsn));
        let vdl = log.last_end(vcl);
        let older = known.history.last().map_or(Lsn::ZERO, |t| t.until);
        let truncation = Truncation {
            epoch: self.stamp.epoch,
            after: vdl,
            // An older writer numbered nothing above its own limit.
            until: Lsn(vdl.max(older).0.saturating_add(self.lal)),
            tails: log.groups().map(|group| log.last_at(group, vdl)).collect(),
        };
        let history: Vec<_> = known.history.iter().cloned().chain([truncation]).collect();
        let stamp = Rc::new(Stamp {
            history: Rc::from(history),
            ..Stamp::clone(&self.stamp)
        });
        (vcl, stamp)
    }

    /// Whether a write quorum among these copies of every group has all that is kept.
    fn is_caught_up(&self, stamp: &Stamp, among: Copies) -> bool {
        let tails = &stamp.history.last().expect("found before").tails;
        (0..).map(GroupId).zip(tails).all(|(group, tail)| {
            let complete = |node: &NodeId| {
                let answer = self.answers[node.index()].as_ref();
                answer.is_some_and(|answer| answer.scl(group, stamp) >= *tail)
            };
            let complete: Copies = self.nodes().filter(complete).collect();
            self.quorum.write.holds(complete.and(among))
        })
    }

    /// Tells a node from whom to get what its segments lack.
    fn let_catch_up(&self, node: NodeId, stamp: &Rc<Stamp>, cause: Cause, effects: &mut Effects) {
        let Some(answer) = &self.answers[node.index()] else {
            return;
        };
        let tails = &stamp.history.last().expect("found before").tails;
        for (group, &tail) in (0..).map(GroupId).zip(tails) {
            let after = answer.scl(group, stamp);
            let has_it = |peer: &NodeId| {
                let peer = self.answers[peer.index()].as_ref();
                peer.is_some_and(|peer| peer.scl(group, stamp) >= tail)
            };
            if after < tail
                && let Some(peer) = self.nodes().find(has_it)
            {
                let want = Want {
                    group,
                    after,
                    until: Some(tail),
                };
                let stamp = Rc::clone(stamp);
                let want = Box::new(want);
                send(node, Message::CatchUp { stamp, want, peer }, cause, effects);
            }
        }
    }

    fn let_truncate(&self, node: NodeId, cause: Cause, effects: &mut Effects) {
        if let Step::Truncate(stamp) | Step::Register(stamp) = &self.step {
            let stamp = Rc::clone(stamp);
            send(node, Message::Truncate { stamp }, cause, effects);
        }
    }
}

fn send(node: NodeId, message: Message, cause: Cause, effects: &mut Effects) {
    let to = Address::Node(node);
    effects.push(cause, Effect::Send { to, message });
}

#[cfg(test)]
mod tests;
