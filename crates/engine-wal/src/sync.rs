//! What the primary knows of its standbys, and which commits they let through.
//!
//! Only what is flushed here is sent, and each standby says how far it has written, flushed and
//! replayed it. The rule says how many have to be how far:
//!
//! ```text
//!                 standby 0   standby 1   standby 2
//! flushed            500         300         400
//! FIRST 2            500 and     300                  commits up to 300
//! ANY 2              500         and         400      commits up to 400
//! ```
//!
//! A standby counts from when it has caught up with what was flushed when it connected.

use redo::Lsn;

use crate::settings::{Level, Rule, StandbyId};
use crate::standby::{Report, Shipment};

/// What the primary knows of one standby that was ever connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sender {
    /// How it is connected.
    pub link: SenderState,
    /// How far it said it was.
    pub report: Report,
}

/// How a standby is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SenderState {
    /// It is not. WAL that it lacks is kept for it, as a replication slot does.
    Lost,
    /// It counts when it has flushed WAL up to `until`.
    CatchingUp {
        /// Up to here it was sent WAL.
        sent: Lsn,
        /// What was flushed when it connected.
        until: Lsn,
    },
    /// It counts.
    Streaming {
        /// Up to here it was sent WAL.
        sent: Lsn,
    },
}

/// All standbys that were ever connected, by their numbers.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Senders(Vec<Option<Sender>>);

impl Senders {
    pub(crate) fn get(&self, standby: StandbyId) -> Option<&Sender> {
        self.0.get(standby.index())?.as_ref()
    }

    /// A standby is connected that has flushed WAL up to `flushed`; here it is up to `until`.
    pub(crate) fn connect(&mut self, standby: StandbyId, flushed: Lsn, until: Lsn) {
        if self.0.len() <= standby.index() {
            self.0.resize(standby.index() + 1, None);
        }
        let known = self.0[standby.index()];
        let report = Report {
            written: flushed,
            flushed,
            replayed: known.map_or(Lsn::ZERO, |known| known.report.replayed),
        };
        let sent = flushed;
        let link = if until <= flushed {
            SenderState::Streaming { sent }
        } else {
            SenderState::CatchingUp { sent, until }
        };
        self.0[standby.index()] = Some(Sender { link, report });
    }

    /// A standby is not connected any more. Says whether it was.
    pub(crate) fn lose(&mut self, standby: StandbyId) -> bool {
        self.get_mut(standby).is_some_and(|sender| {
            std::mem::replace(&mut sender.link, SenderState::Lost) != SenderState::Lost
        })
    }

    /// The primary loses power, and with it every connection.
    pub(crate) fn lose_all(&mut self) {
        for sender in self.0.iter_mut().flatten() {
            sender.link = SenderState::Lost;
        }
    }

    /// A standby says how far it is. `None`: it is not connected. Otherwise whether it has caught up
    /// just now.
    pub(crate) fn hear(&mut self, standby: StandbyId, report: Report) -> Option<bool> {
        let sender = self.get_mut(standby)?;
        let caught_up = match sender.link {
            SenderState::Lost => return None,
            SenderState::CatchingUp { sent, until } if until <= report.flushed => {
                sender.link = SenderState::Streaming { sent };
                true
            }
            SenderState::CatchingUp { .. } | SenderState::Streaming { .. } => false,
        };
        sender.report = report;
        Some(caught_up)
    }

    /// What has to be sent now that WAL is flushed up to here.
    pub(crate) fn ship(&mut self, flushed: Lsn) -> Vec<(StandbyId, Shipment)> {
        let mut shipments = Vec::new();
        for (number, sender) in (0_u8..).zip(&mut self.0) {
            let Some(Sender {
                link: SenderState::CatchingUp { sent, .. } | SenderState::Streaming { sent },
                ..
            }) = sender
            else {
                continue;
            };
            let from = std::mem::replace(sent, flushed);
            if from < flushed {
                shipments.push((StandbyId(number), Shipment { from, to: flushed }));
            }
        }
        shipments
    }

    /// How many standbys count.
    pub(crate) fn streaming(&self) -> u8 {
        u8::try_from(self.counting().count()).expect("a standby's number has 8 bits")
    }

    /// Up to where the standbys let commits through. `None`: there are too few.
    pub(crate) fn allow(&self, rule: Rule, level: Level) -> Option<Lsn> {
        let position = |report: &Report| match level {
            Level::Off | Level::Local => Lsn::MAX,
            Level::RemoteWrite => report.written,
            Level::On => report.flushed,
            Level::RemoteApply => report.replayed,
        };
        let positions = self.counting().map(position);
        match rule {
            Rule::None => Some(Lsn::MAX),
            Rule::First(n) => {
                let first: Vec<_> = positions.take(n.into()).collect();
                let is_enough = first.len() == usize::from(n);
                first.into_iter().min().filter(|_| is_enough)
            }
            Rule::Any(n) => {
                let mut all: Vec<_> = positions.collect();
                all.sort_unstable_by(|a, b| b.cmp(a));
                all.get(usize::from(n).checked_sub(1)?).copied()
            }
        }
    }

    /// WAL from here on is kept for standbys.
    pub(crate) fn keep(&self) -> Lsn {
        let replayed = self.0.iter().flatten().map(|sender| sender.report.replayed);
        replayed.min().unwrap_or(Lsn::MAX)
    }

    fn counting(&self) -> impl Iterator<Item = &Report> {
        let streams = |sender: &&Sender| matches!(sender.link, SenderState::Streaming { .. });
        self.0
            .iter()
            .flatten()
            .filter(streams)
            .map(|sender| &sender.report)
    }

    fn get_mut(&mut self, standby: StandbyId) -> Option<&mut Sender> {
        self.0.get_mut(standby.index())?.as_mut()
    }
}
