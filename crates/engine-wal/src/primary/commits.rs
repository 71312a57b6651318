//! What becomes of commits: the flush that serves many, the standbys, the acknowledgement.

use redo::Lsn;

use super::{Primary, PrimaryTimer, Waiting};
use crate::checkpoint::CheckpointStep;
use crate::effects::{Cause, Effect, IoKind, Note, Turn};
use crate::settings::{Level, Rule, StandbyId};
use crate::standby::{Report, blocks};
use crate::wal::Wal;

impl Primary {
    /// Begins a flush, if somebody waits for something that is inserted and there is none under way;
    /// comes back when it is inserted, if it is not yet.
    pub(super) fn flush(&mut self, cause: Cause, turn: &mut Turn<'_>) {
        let inserted = self.insertion.inserted(turn.now);
        let wanted = match self.flushing {
            None => self.wants_flushed(),
            Some(_) => None,
        };
        if wanted.is_some_and(|lsn| lsn <= inserted) {
            self.begin_flush(inserted, cause, turn);
        }
        let to_acknowledge = self.commits.front().map(|commit| commit.lsn);
        let to_acknowledge = to_acknowledge.filter(|_| self.settings.level == Level::Off);
        let awaited = wanted.into_iter().chain(to_acknowledge);
        let Some(at) = awaited.filter_map(|lsn| self.insertion.when(lsn)).min() else {
            return;
        };
        if self.woken_at.is_none_or(|woken_at| at < woken_at) {
            self.woken_at = Some(at);
            turn.timer(cause, at.since(turn.now), PrimaryTimer::Inserted);
        }
    }

    fn begin_flush(&mut self, to: Lsn, cause: Cause, turn: &mut Turn<'_>) {
        let from = self.flushed;
        let images = turn.tallies.images.count - self.images_before;
        self.images_before = turn.tallies.images.count;
        self.flushing = Some(to);
        let began = turn.note(cause, Note::FlushBegan { from, to, images });
        turn.io(began, IoKind::FlushWal { to }, blocks(from, to));
    }

    /// The lowest position that somebody waits for to be flushed.
    fn wants_flushed(&self) -> Option<Lsn> {
        let commit = match self.settings.level {
            Level::Off => None,
            Level::Local | Level::RemoteWrite | Level::On | Level::RemoteApply => self
                .commits
                .get(self.flushed_commits)
                .map(|commit| commit.lsn),
        };
        let checkpoint =
            self.checkpointer
                .under_way()
                .and_then(|checkpoint| match checkpoint.step {
                    CheckpointStep::Recording(lsn) => Some(lsn),
                    CheckpointStep::Writing
                    | CheckpointStep::Napping
                    | CheckpointStep::Syncing
                    | CheckpointStep::Concluding(_) => None,
                });
        let stalled = (!self.stalled.is_empty()).then(|| self.flushed.next());
        let lazily = (self.flushed < self.lazily).then_some(self.lazily);
        let wanted = [
            commit,
            checkpoint,
            stalled,
            lazily,
            self.buffers.needs_flush(),
        ];
        wanted.into_iter().flatten().min()
    }

    /// WAL is flushed up to here.
    pub(super) fn has_flushed(&mut self, to: Lsn, wal: &mut Wal, turn: &mut Turn<'_>) -> Cause {
        assert!(self.flushing.take() == Some(to), "one flush at a time");
        self.flushed = to;
        self.buffers.storage_mut().set_end(to);
        let waited = self.flushed_commits;
        if self.settings.level != Level::Off {
            self.flushed_commits = self.commits.partition_point(|commit| commit.lsn <= to);
        }
        let commits = (self.flushed_commits - waited) as u64;
        let done = turn.note(Cause::Input, Note::FlushDone { to, commits });
        while self.at_risk.front().is_some_and(|commit| commit.lsn <= to) {
            self.at_risk.pop_front();
        }
        self.buffers.flushed(to, done, turn);
        self.ship(done, turn);
        self.acknowledge(done, turn);
        if self.flushed_commits > 0
            && commits > 0
            && let Some(Waiting { lsn, .. }) = self.commits.get(self.flushed_commits - 1)
        {
            let commits = commits.min(self.flushed_commits as u64);
            turn.note(done, Note::CommitsWait { lsn: *lsn, commits });
        }
        for backend in std::mem::take(&mut self.stalled) {
            self.run(backend, done, wal, turn);
        }
        done
    }

    /// Acknowledges what is safe by now.
    pub(super) fn acknowledge(&mut self, cause: Cause, turn: &mut Turn<'_>) {
        let Some(first) = self.commits.front() else {
            return;
        };
        let level = self.settings.level;
        let safe = match level {
            Level::Off => self.insertion.inserted(turn.now),
            Level::Local => self.flushed,
            Level::RemoteWrite | Level::On | Level::RemoteApply => {
                if self.flushed < first.lsn {
                    return;
                }
                self.count_standbys(cause, turn);
                match self.senders.allow(self.settings.rule, level) {
                    Some(allowed) => allowed.min(self.flushed),
                    None => return,
                }
            }
        };
        while let Some(&waiting) = self.commits.front()
            && waiting.lsn <= safe
        {
            let Waiting { txn, lsn, asked_at } = waiting;
            self.commits.pop_front();
            if level == Level::Off {
                self.at_risk.push_back(waiting);
            } else {
                self.flushed_commits -= 1;
            }
            let took = turn.now.since(asked_at);
            let acked = turn.note(cause, Note::CommitAcked { txn, lsn, took });
            turn.effects.push(acked, Effect::Acked { txn, took });
        }
    }

    /// Commits wait for standbys: says so if there are too few, and when there are enough again.
    fn count_standbys(&mut self, cause: Cause, turn: &mut Turn<'_>) {
        let (Rule::First(required) | Rule::Any(required)) = self.settings.rule else {
            return;
        };
        let connected = self.senders.streaming();
        let are_too_few = connected < required;
        if std::mem::replace(&mut self.told_too_few, are_too_few) != are_too_few {
            let note = if are_too_few {
                Note::TooFewStandbys {
                    connected,
                    required,
                }
            } else {
                Note::EnoughStandbys
            };
            turn.note(cause, note);
        }
    }

    /// Sends what is flushed to the standbys that are connected.
    fn ship(&mut self, cause: Cause, turn: &mut Turn<'_>) {
        for (to, shipment) in self.senders.ship(self.flushed) {
            turn.tallies.shipped.add(shipment.to.0 - shipment.from.0);
            let note = Note::Shipped {
                standby: to,
                from: shipment.from,
                to: shipment.to,
            };
            let shipped = turn.note(cause, note);
            turn.effects.push(shipped, Effect::Ship { to, shipment });
        }
    }

    pub(super) fn connect(
        &mut self,
        standby: StandbyId,
        flushed: Lsn,
        wal: &Wal,
        turn: &mut Turn<'_>,
    ) -> Cause {
        if flushed > self.flushed || flushed < wal.first() {
            let note = Note::StandbyUnfit {
                standby,
                at: flushed,
            };
            return turn.note(Cause::Input, note);
        }
        self.senders.connect(standby, flushed, self.flushed);
        let from = flushed;
        let connected = turn.note(Cause::Input, Note::StandbyConnected { standby, from });
        if flushed == self.flushed {
            turn.note(connected, Note::StandbyStreams { standby });
        }
        self.ship(connected, turn);
        connected
    }

    pub(super) fn hear(
        &mut self,
        standby: StandbyId,
        report: Report,
        wal: &mut Wal,
        turn: &mut Turn<'_>,
    ) -> Cause {
        let Some(caught_up) = self.senders.hear(standby, report) else {
            return Cause::Input;
        };
        let heard = turn.note(Cause::Input, Note::Reported { standby, report });
        if caught_up {
            turn.note(heard, Note::StandbyStreams { standby });
        }
        self.recycle(heard, wal, turn);
        heard
    }
}
