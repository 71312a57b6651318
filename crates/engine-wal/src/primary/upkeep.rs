//! What nobody waits for: checkpoints, the archive, and WAL files that are not needed any more.

use redo::{Change, Lsn, PAGE_BYTES, PageId};

use super::{Phase, Primary, PrimaryTimer};
use crate::checkpoint::{CheckpointStep, NAP};
use crate::effects::{Cause, IoKind, Note, Trigger, Turn};
use crate::wal::{CHECKPOINT_BYTES, Form, SEGMENT_BYTES, Wal};

impl Primary {
    /// A checkpoint begins, or goes on.
    pub(super) fn checkpoint(&mut self, cause: Cause, wal: &Wal, turn: &mut Turn<'_>) {
        let trigger = self.checkpointer.trigger(turn.now, wal.end());
        match trigger.filter(|_| matches!(self.phase, Phase::Open)) {
            Some(trigger) if self.checkpointer.has_work(wal.end()) => {
                self.begin_checkpoint(trigger, cause, wal, turn);
            }
            Some(_) => {
                let skipped = turn.note(cause, Note::CheckpointSkipped);
                self.set_due(skipped, turn);
            }
            None => {}
        }
        let Some(checkpoint) = self.checkpointer.under_way_mut() else {
            return;
        };
        match checkpoint.step {
            CheckpointStep::Writing => self.write_pages(cause, wal, turn),
            CheckpointStep::Recording(end) if end <= self.flushed => {
                checkpoint.step = CheckpointStep::Concluding(end);
                turn.io(cause, IoKind::WriteControl, PAGE_BYTES as u64);
            }
            CheckpointStep::Recording(_)
            | CheckpointStep::Napping
            | CheckpointStep::Syncing
            | CheckpointStep::Concluding(_) => {}
        }
    }

    pub(super) fn begin_checkpoint(
        &mut self,
        trigger: Trigger,
        cause: Cause,
        wal: &Wal,
        turn: &mut Turn<'_>,
    ) {
        let (redo, pages) = (wal.end(), self.buffers.begin_checkpoint());
        let checkpoint = self.checkpointer.begin(turn.now, trigger, redo, pages);
        let note = Note::CheckpointBegan {
            number: checkpoint.number,
            trigger,
            redo,
            pages: checkpoint.progress().1,
        };
        let began = turn.note(cause, note);
        if trigger != Trigger::Recovery {
            self.set_due(began, turn);
        }
    }

    /// The checkpoint under way writes pages until it is ahead of its schedule, or through.
    fn write_pages(&mut self, cause: Cause, wal: &Wal, turn: &mut Turn<'_>) {
        let Some(checkpoint) = self.checkpointer.under_way_mut() else {
            return;
        };
        let number = checkpoint.number;
        while checkpoint.writes < self.settings.checkpoint_depth {
            let (before, _) = checkpoint.progress();
            let Some(page) = checkpoint.next() else {
                break;
            };
            let writes = self.buffers.write_due(page, self.flushed, cause, turn);
            checkpoint.writes += u32::from(writes);
            let (done, pages) = checkpoint.progress();
            let tenth = |done| u64::from(done) * 10 / u64::from(pages);
            if tenth(before) < tenth(done) {
                let note = Note::CheckpointProgress {
                    number,
                    done,
                    pages,
                };
                turn.note(cause, note);
            }
            if checkpoint.is_ahead(turn.now, wal.end(), &self.settings) {
                checkpoint.step = CheckpointStep::Napping;
                return turn.timer(cause, NAP, PrimaryTimer::CheckpointNap);
            }
        }
        if checkpoint.is_through() && self.buffers.due() == 0 {
            checkpoint.step = CheckpointStep::Syncing;
            turn.io(cause, IoKind::SyncPages, 0);
        }
    }

    /// The pages of the checkpoint under way are on the device: its record follows.
    pub(super) fn record_checkpoint(&mut self, wal: &mut Wal, turn: &mut Turn<'_>) {
        let bytes = CHECKPOINT_BYTES;
        let record = Change::account(PageId(0), bytes, false);
        let (lsn, _) = wal.push(&record, Form::Checkpoint, None, false);
        turn.tallies.checkpoints.add(bytes.into());
        self.insertion.insert(turn.now, 1, bytes.into(), lsn);
        let checkpoint = self.checkpointer.under_way_mut();
        checkpoint.expect("it is under way").step = CheckpointStep::Recording(lsn);
    }

    /// The control file names the redo point of the checkpoint under way.
    pub(super) fn conclude_checkpoint(&mut self, wal: &mut Wal, turn: &mut Turn<'_>) -> Cause {
        let checkpoint = self.checkpointer.complete();
        let (number, redo) = (checkpoint.number, checkpoint.redo);
        self.buffers.storage_mut().conclude(number, redo);
        let took = turn.now.since(checkpoint.began_at);
        let done = turn.note(Cause::Input, Note::CheckpointDone { number, redo, took });
        self.recycle(done, wal, turn);
        if let Phase::Concluding { began_at } = self.phase {
            self.open(began_at, done, wal, turn);
        }
        done
    }

    /// The next checkpoint is due by time when the interval has passed from now.
    pub(super) fn set_due(&mut self, cause: Cause, turn: &mut Turn<'_>) {
        let interval = self.settings.checkpoint_interval;
        self.checkpointer.set_due(turn.now + interval);
        turn.timer(cause, interval, PrimaryTimer::CheckpointDue);
    }

    /// Lets the next full WAL file be archived.
    pub(super) fn archive(&mut self, cause: Cause, turn: &mut Turn<'_>) {
        let segment = self.buffers.storage().archived();
        let is_full = (segment + 1) * SEGMENT_BYTES <= self.flushed.0;
        if self.settings.archive && is_full && self.archiving.is_none() {
            self.archiving = Some(segment);
            turn.io(cause, IoKind::ArchiveSegment { segment }, SEGMENT_BYTES);
        }
    }

    /// Recycles WAL files that neither redo nor the archive nor a standby needs.
    pub(super) fn recycle(&mut self, cause: Cause, wal: &mut Wal, turn: &mut Turn<'_>) {
        let storage = self.buffers.storage();
        let archive = if self.settings.archive {
            storage.archived() * SEGMENT_BYTES
        } else {
            u64::MAX
        };
        let needed = storage.redo().0.min(archive).min(self.senders.keep().0);
        let first = Lsn(needed / SEGMENT_BYTES * SEGMENT_BYTES);
        if wal.first() < first {
            wal.forget(first);
            turn.note(cause, Note::Recycled { first });
        }
    }
}
