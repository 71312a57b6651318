//! How records leave the writer: in boxcars, and again when they get nowhere.
//!
//! A boxcar holds the records of one group. It opens with the first that enters and leaves a little
//! later, to all segments of the group at once, with whatever entered meanwhile (SIGMOD 2018, section
//! 2.2). It waits for nobody: how full it is depends on the load.

use std::rc::Rc;

use redo::Lsn;
use sim::{SimTime, Span};

use super::{Phase, Writer, WriterTimer};
use crate::effects::{Cause, Effect, Effects, Note};
use crate::log::Log;
use crate::message::{Address, Boxcar, GroupId, Message, Parcel};
use crate::run::Run;
use crate::upkeep::{Horizon, UpkeepMessage};

/// What is sent again has at most so many bytes.
const RESEND_BYTES_MAX: u64 = 1 << 20;

/// The wait before records are sent again doubles at most so often.
const RESEND_DOUBLINGS_MAX: u32 = 5;

/// How long a group has got nowhere.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Patience {
    /// Its PGCL when the timer was set.
    pgcl: Lsn,
    /// How often its records were sent again since that moved.
    resent: u32,
}

impl Writer {
    /// The records of a group that wait in its boxcar.
    pub fn in_boxcar(&self, group: GroupId, log: &Log) -> Option<Run> {
        let prev = self.open_after[group.index()]?;
        Some(Run::new(prev, log.tail_of(self.epoch(), group)))
    }

    pub(super) fn enter_boxcar(
        &mut self,
        now: SimTime,
        group: GroupId,
        prev: Lsn,
        cause: Cause,
        log: &Log,
        effects: &mut Effects,
    ) {
        let open = &mut self.open_after[group.index()];
        if open.is_some() {
            return;
        }
        *open = Some(prev);
        if self.boxcar == Span::ZERO {
            self.depart(now, group, cause, log, effects);
        } else {
            let timer = WriterTimer::Depart(group);
            effects.push(
                cause,
                Effect::WriterTimer {
                    at: now + self.boxcar,
                    timer,
                },
            );
        }
    }

    /// Sends a boxcar to all segments of its group at once.
    pub(super) fn depart(
        &mut self,
        now: SimTime,
        group: GroupId,
        cause: Cause,
        log: &Log,
        effects: &mut Effects,
    ) {
        let prev = self.open_after[group.index()]
            .take()
            .expect("a boxcar leaves once");
        if !matches!(self.phase, Phase::Open) {
            return;
        }
        let parcel = log.parcel(group, Run::new(prev, log.tail_of(self.epoch(), group)));
        let note = Note::BoxcarSent {
            group,
            first: parcel.first,
            last: parcel.run.last,
            records: parcel.records,
            bytes: parcel.bytes,
        };
        let sent = effects.note(cause, note);
        let message = self.boxcar_of(parcel);
        for node in self.recipients().iter() {
            let (to, message) = (Address::Node(node), message.clone());
            effects.push(sent, Effect::Send { to, message });
        }
        if self.patience[group.index()].is_none() {
            self.wait_for(now, group, 0, sent, effects);
        }
    }

    pub(super) fn boxcar_of(&self, parcel: Parcel) -> Message {
        Message::Boxcar(Rc::new(Boxcar {
            stamp: Rc::clone(&self.stamp),
            parcel,
            horizon: self.horizon(parcel.group),
        }))
    }

    /// What the nodes of a group need to know for their upkeep.
    pub(super) fn horizon(&self, group: GroupId) -> Horizon {
        let nodes = self.recipients().or(self.members().left_out());
        let scls = nodes.iter().map(|node| self.points.scl(group, node));
        Horizon {
            vdl: self.points.vdl(),
            read_floor: self.read_floor(),
            everywhere: scls.min().unwrap_or(Lsn::ZERO),
        }
    }

    /// Comes back to a group later, to see whether its PGCL has moved.
    fn wait_for(
        &mut self,
        now: SimTime,
        group: GroupId,
        resent: u32,
        cause: Cause,
        effects: &mut Effects,
    ) {
        let pgcl = self.points.pgcl(group);
        self.patience[group.index()] = Some(Patience { pgcl, resent });
        let at = now + Span(self.resend.0 << resent.min(RESEND_DOUBLINGS_MAX));
        let timer = WriterTimer::Resend(group);
        effects.push(cause, Effect::WriterTimer { at, timer });
    }

    /// Any message may be lost for any reason, even those to all six copies; then no peer has what
    /// gossip could fill. A group that got nowhere is sent its oldest records again.
    pub(super) fn resend(
        &mut self,
        now: SimTime,
        group: GroupId,
        log: &Log,
        effects: &mut Effects,
    ) {
        if !matches!(self.phase, Phase::Open) {
            return;
        }
        let patience = self.patience[group.index()]
            .take()
            .expect("a timer is set with it");
        let (pgcl, last) = (self.points.pgcl(group), log.tail_of(self.epoch(), group));
        if pgcl == last {
            return self.tell_rest(group, effects);
        }
        if pgcl > patience.pgcl {
            return self.wait_for(now, group, 0, Cause::Input, effects);
        }
        let sent_to = self.open_after[group.index()].unwrap_or(last);
        if sent_to <= pgcl {
            return self.wait_for(now, group, 0, Cause::Input, effects);
        }
        let run = log.cut(group, Run::new(pgcl, sent_to), RESEND_BYTES_MAX);
        let parcel = log.parcel(group, run);
        let note = Note::BoxcarResent {
            group,
            first: parcel.first,
            last: run.last,
        };
        let sent = effects.note(Cause::Input, note);
        let message = self.boxcar_of(parcel);
        for node in self.recipients().iter() {
            if self.points.scl(group, node) < run.last {
                let (to, message) = (Address::Node(node), message.clone());
                effects.push(sent, Effect::Send { to, message });
            }
        }
        self.wait_for(now, group, patience.resent + 1, sent, effects);
    }

    /// A group has come to rest: no boxcar will tell its nodes so.
    fn tell_rest(&self, group: GroupId, effects: &mut Effects) {
        let horizon = self.horizon(group);
        for node in self.recipients().iter() {
            let message = Message::Upkeep(UpkeepMessage::Rest { group, horizon });
            let to = Address::Node(node);
            effects.push(Cause::Input, Effect::Send { to, message });
        }
    }
}
