//! Redo: a server replays WAL from the redo point of the last completed checkpoint.
//!
//! One process does it, record after record. It reads WAL a MiB ahead of itself. A record's page is
//! read first if it is not in a buffer, and the process waits for it; a full-page image needs no
//! reading, for it replaces the page whatever that was. What a page has already is passed over, so
//! that redo may be broken off at any point and begun again.
//!
//! ```text
//! WAL    redo point |------ replayed ------|-- being replayed --|-- read --|          end
//! ```
//!
//! There is nothing to undo: a transaction without a commit record in WAL did not happen.

use std::collections::VecDeque;

use redo::Lsn;
use sim::{SimTime, Span};

use crate::buffers::{Buffers, Fetched, Need};
use crate::effects::{Cause, IoKind, Note, Turn};
use crate::primary::PrimaryTimer;
use crate::wal::{Form, Record, Wal};

/// WAL that is read at once.
const UNIT_BYTES: u64 = 1 << 20;

/// A redo that is under way.
#[derive(Clone, Debug, Hash)]
pub struct Recovery {
    /// When the server began to start.
    pub began_at: SimTime,
    /// When the first record was replayed.
    pub redo_began_at: SimTime,
    /// The redo point.
    pub from: Lsn,
    /// Everything before this is replayed.
    pub at: Lsn,
    /// The end of WAL.
    pub end: Lsn,
    /// Records replayed.
    pub records: u64,
    /// What it is at.
    pub step: RecoveryStep,
    /// Up to here WAL was asked for ...
    asked: Lsn,
    /// ... and is read ...
    read: Lsn,
    /// ... and taken to be replayed.
    taken: Lsn,
    /// Records up to `taken` that are not replayed yet.
    pending: VecDeque<Record>,
    /// Pages read before.
    reads_before: u64,
}

/// What a recovery is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecoveryStep {
    /// The server starts.
    Starting,
    /// It waits for WAL to be read.
    Reading,
    /// It waits for a page.
    AwaitingPage,
    /// It replays.
    Replaying,
}

impl Recovery {
    /// A server starts, with WAL from the redo point `from` to `end` to replay.
    pub(crate) fn begin(from: Lsn, end: Lsn, startup: Span, turn: &mut Turn<'_>) -> Self {
        let began = turn.note(Cause::Input, Note::RecoveryBegan { redo: from, end });
        turn.timer(began, startup, PrimaryTimer::Started);
        Self {
            began_at: turn.now,
            redo_began_at: turn.now,
            from,
            at: from,
            end,
            records: 0,
            step: RecoveryStep::Starting,
            asked: from,
            read: from,
            taken: from,
            pending: VecDeque::new(),
            reads_before: turn.tallies.reads.count,
        }
    }

    /// The server has started.
    pub(crate) fn start(&mut self, turn: &mut Turn<'_>) {
        self.redo_began_at = turn.now;
        self.step = RecoveryStep::Reading;
        let began = turn.note(Cause::Input, Note::RedoBegan { redo: self.from });
        self.read_ahead(began, turn);
    }

    /// WAL was read up to here.
    pub(crate) fn has_read(&mut self, to: Lsn, turn: &mut Turn<'_>) {
        self.read = to;
        self.read_ahead(Cause::Input, turn);
    }

    /// What was taken is replayed.
    pub(crate) fn has_replayed(&mut self, turn: &mut Turn<'_>) {
        self.step = RecoveryStep::Reading;
        let tenth = |at: Lsn| (at.0 - self.from.0) * 10 / (self.end.0 - self.from.0);
        if tenth(self.at) < tenth(self.taken) {
            let at = self.taken;
            turn.note(Cause::Input, Note::RedoProgress { at });
        }
        self.at = self.taken;
    }

    /// Goes on as far as it can now. Says whether everything is replayed.
    pub(crate) fn go_on(
        &mut self,
        bytes_per_second: u64,
        buffers: &mut Buffers,
        wal: &Wal,
        turn: &mut Turn<'_>,
    ) -> bool {
        match self.step {
            RecoveryStep::Starting | RecoveryStep::Replaying => return false,
            RecoveryStep::AwaitingPage => {}
            RecoveryStep::Reading if self.at == self.end => return true,
            RecoveryStep::Reading if self.taken == self.read => return false,
            RecoveryStep::Reading => {
                self.taken = self.read;
                let records = wal.records_after(self.at);
                self.pending
                    .extend(records.take_while(|record| record.lsn <= self.taken));
                self.read_ahead(Cause::Input, turn);
            }
        }
        while let Some(record) = self.pending.front() {
            if !replay(record, buffers, turn) {
                self.step = RecoveryStep::AwaitingPage;
                return false;
            }
            self.pending.pop_front();
            self.records += 1;
        }
        self.step = RecoveryStep::Replaying;
        let took = time_for(self.taken.0 - self.at.0, bytes_per_second);
        turn.timer(Cause::Input, took, PrimaryTimer::Replayed);
        false
    }

    /// Everything is replayed.
    pub(crate) fn done(&self, turn: &mut Turn<'_>) -> Cause {
        let note = Note::RedoDone {
            end: self.end,
            records: self.records,
            reads: turn.tallies.reads.count - self.reads_before,
            took: turn.now.since(self.redo_began_at),
        };
        turn.note(Cause::Input, note)
    }

    /// Lets the next part of WAL be read, if none is being read and there is not enough yet.
    fn read_ahead(&mut self, cause: Cause, turn: &mut Turn<'_>) {
        if self.read < self.asked
            || self.taken.0 + UNIT_BYTES <= self.read.0
            || self.read == self.end
        {
            return;
        }
        self.asked = self.end.min(Lsn(self.read.0 + UNIT_BYTES));
        let kind = IoKind::ReadWal { to: self.asked };
        turn.io(cause, kind, self.asked.0 - self.read.0);
    }
}

/// Replays a record. False: its page has to be loaded first.
fn replay(record: &Record, buffers: &mut Buffers, turn: &mut Turn<'_>) -> bool {
    let need = match record.form {
        Form::Checkpoint => return true,
        Form::Change => Need::Content,
        Form::Init | Form::Image => Need::Buffer,
    };
    match buffers.fetch(record.change.page, need, turn) {
        Fetched::Coming => return false,
        Fetched::Damaged => {}
        Fetched::Here(place) => match &record.image {
            Some(image) => buffers.replace(place, image.clone()),
            None => buffers.change(place, record.lsn, &record.change),
        },
    }
    true
}

/// How long it takes to replay so many bytes.
pub(crate) fn time_for(bytes: u64, bytes_per_second: u64) -> Span {
    assert!(bytes_per_second > 0, "replay gets on");
    let ns = u128::from(bytes) * 1_000_000_000 / u128::from(bytes_per_second);
    Span(u64::try_from(ns).expect("within a run"))
}
