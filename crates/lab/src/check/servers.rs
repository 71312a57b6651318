//! What the trace says of the conventional engine.

use engine_wal::{Level, Note, Report, Rule};
use protocol::Standby;
use redo::Lsn;

use super::{Findings, REDO, RESTART, SERVER_ACKS, STANDBYS, WHOLE};
use crate::scenario::Conventional;

/// What is known of the servers.
#[derive(Clone, Debug)]
pub(super) struct ServerBook {
    rule: Rule,
    level: Level,
    /// Up to here the primary has flushed WAL.
    flushed: Lsn,
    /// The highest position of an acknowledged commit.
    acked: Lsn,
    /// The redo point of the last completed checkpoint.
    redo: Lsn,
    /// The end of WAL when the redo began that is under way.
    replays_to: Option<Lsn>,
    /// By their numbers.
    standbys: [Known; Standby::LIMIT as usize],
}

/// What is known of a standby.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// It is connected and has caught up.
    streams: bool,
    report: Report,
}

impl ServerBook {
    pub(super) fn new(set: &Conventional) -> Self {
        Self {
            rule: set.settings.rule,
            level: set.settings.level,
            flushed: Lsn::ZERO,
            acked: Lsn::ZERO,
            redo: Lsn::ZERO,
            replays_to: None,
            standbys: [Known::default(); Standby::LIMIT as usize],
        }
    }

    pub(super) fn read(&mut self, event: u64, note: Note, findings: &mut Findings) {
        match note {
            Note::FlushDone { to, .. } => self.flushed = to,
            Note::CommitAcked { lsn, .. } => self.acks(event, lsn, findings),
            Note::CheckpointDone { redo, .. } => self.redo = redo,
            Note::PrimaryCrashed { end, .. } => {
                let acked = self.acked;
                if self.level > Level::Off {
                    findings.check(event, RESTART, acked <= end, || {
                        format!("acknowledged up to {acked}, there up to {end}")
                    });
                }
                (self.flushed, self.replays_to) = (end, None);
                for known in &mut self.standbys {
                    known.streams = false;
                }
            }
            Note::Promoted { end, .. } => {
                // What the old primary had beyond is lost, and the story says so.
                self.flushed = end;
                self.acked = self.acked.min(end);
                self.redo = end;
            }
            Note::RecoveryBegan { redo, end } => {
                let (latest, flushed) = (self.redo, self.flushed);
                let holds = redo <= latest && end == flushed;
                findings.check(event, REDO, holds, || {
                    format!("from {redo} to {end}; redo point {latest}, WAL up to {flushed}")
                });
                self.replays_to = Some(end);
            }
            Note::RedoDone { end, .. } => {
                let to = self.replays_to.take();
                findings.check(event, REDO, to == Some(end), || {
                    format!("replayed up to {end}, expected {to:?}")
                });
            }
            Note::PageDamaged { page } => {
                findings.check(event, WHOLE, false, || format!("page {page} is torn"));
            }
            Note::StandbyStreams { standby } => self.standbys[standby.index()].streams = true,
            Note::StandbyConnected { standby, from } => {
                // It says so when it connects; what it has replayed stays replayed.
                let report = &mut self.standbys[standby.index()].report;
                (report.written, report.flushed) = (from, from);
            }
            Note::StandbyLost { standby } => self.standbys[standby.index()].streams = false,
            Note::Reported { standby, report } => self.standbys[standby.index()].report = report,
            Note::CommitAsked { .. }
            | Note::BuffersFull { .. }
            | Note::FlushBegan { .. }
            | Note::CommitsWait { .. }
            | Note::TooFewStandbys { .. }
            | Note::EnoughStandbys
            | Note::CheckpointBegan { .. }
            | Note::CheckpointProgress { .. }
            | Note::CheckpointSkipped
            | Note::DirtyEvicted { .. }
            | Note::BackgroundWrites { .. }
            | Note::SegmentArchived { .. }
            | Note::Recycled { .. }
            | Note::GhostCommit { .. }
            | Note::AckedCommitLost { .. }
            | Note::RedoBegan { .. }
            | Note::RedoProgress { .. }
            | Note::Opened { .. }
            | Note::PageRestored { .. }
            | Note::StandbyUnfit { .. }
            | Note::Shipped { .. }
            | Note::StandbyFlushes { .. }
            | Note::StandbyReplayed { .. }
            | Note::StandbyCrashed { .. } => {}
        }
    }

    fn acks(&mut self, event: u64, lsn: Lsn, findings: &mut Findings) {
        self.acked = self.acked.max(lsn);
        if self.level == Level::Off {
            return;
        }
        let flushed = self.flushed;
        findings.check(event, SERVER_ACKS, lsn <= flushed, || {
            format!("commit at {lsn}, flushed up to {flushed}")
        });
        let level = self.level;
        let reached = move |known: &Known| match level {
            Level::Off | Level::Local => true,
            Level::RemoteWrite => lsn <= known.report.written,
            Level::On => lsn <= known.report.flushed,
            Level::RemoteApply => lsn <= known.report.replayed,
        };
        let streaming = || self.standbys.iter().filter(|known| known.streams);
        let (have, need) = match self.rule {
            _ if level <= Level::Local => return,
            Rule::None => return,
            Rule::First(need) => {
                let chosen = streaming().take(need.into());
                (chosen.filter(|known| reached(known)).count(), need)
            }
            Rule::Any(need) => (streaming().filter(|known| reached(known)).count(), need),
        };
        findings.check(event, STANDBYS, have >= need.into(), || {
            format!("commit at {lsn} is on {have} standbys, of {need}")
        });
    }
}
