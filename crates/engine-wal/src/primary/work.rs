//! What transactions do: read pages, change them, insert records.

use redo::{Change, Lsn, PageId};
use sim::SimTime;

use super::{Backend, Phase, Primary, PrimaryTimer, Transaction, Waiting};
use crate::buffers::{Fetched, Need};
use crate::clock::Place;
use crate::effects::{Cause, Effect, Note, Turn};
use crate::wal::{COMMIT_BYTES, Form, IMAGE_BYTES, Wal};

impl Primary {
    pub(super) fn submit(
        &mut self,
        transaction: Transaction,
        wal: &mut Wal,
        turn: &mut Turn<'_>,
    ) -> Cause {
        let (reads, changes) = (transaction.reads.len(), transaction.changes.len());
        assert!(
            reads + changes > 0,
            "a transaction reads or changes something"
        );
        assert!(
            changes > 0 || transaction.commit.is_none(),
            "only changes are committed"
        );
        let backend = Backend {
            asked_at: turn.now,
            transaction,
            done: 0,
        };
        match self.phase {
            Phase::Open => self.begin(backend, Cause::Input, wal, turn),
            Phase::Recovering(_) | Phase::Concluding { .. } => {
                self.held.push_back(backend);
                Cause::Input
            }
        }
    }

    /// A transaction begins: its statement runs, then it does what it can.
    pub(super) fn begin(
        &mut self,
        backend: Backend,
        cause: Cause,
        wal: &mut Wal,
        turn: &mut Turn<'_>,
    ) -> Cause {
        let Some(took) = self.processors.run(turn.now) else {
            return self.run(backend, cause, wal, turn);
        };
        self.running.push_back(backend);
        turn.timer(cause, took, PrimaryTimer::StatementRun);
        cause
    }

    /// A transaction goes on as far as it can. What follows is caused by its commit, if it comes to
    /// that.
    pub(super) fn run(
        &mut self,
        mut backend: Backend,
        cause: Cause,
        wal: &mut Wal,
        turn: &mut Turn<'_>,
    ) -> Cause {
        let Transaction { reads, changes, .. } = &backend.transaction;
        let steps = reads.len() + changes.len();
        while backend.done < steps {
            let Transaction {
                reads,
                changes,
                commit,
            } = &backend.transaction;
            let change = backend
                .done
                .checked_sub(reads.len())
                .map(|nth| &changes[nth]);
            if change.is_some() && self.has_full_buffers(wal) {
                self.stall(backend, cause, turn);
                return cause;
            }
            let page = change.map_or_else(|| reads[backend.done], |change| change.page);
            let place = match self.buffers.fetch(page, Need::Content, turn) {
                Fetched::Here(place) => place,
                Fetched::Coming => {
                    self.parked.entry(page).or_default().push(backend);
                    return cause;
                }
                Fetched::Damaged => {
                    turn.effects.push(cause, Effect::Failed { txn: *commit });
                    return cause;
                }
            };
            backend.done += 1;
            if let Some(change) = change {
                let commit = commit.filter(|_| backend.done == steps);
                let end = self.insert(place, change, commit.is_some(), wal, turn);
                if let Some(txn) = commit {
                    return self.commit(txn, end, backend.asked_at, cause, turn);
                }
            }
        }
        let took = turn.now.since(backend.asked_at);
        turn.effects.push(cause, Effect::HasRead { took });
        cause
    }

    /// Changes the page in a buffer and inserts the record. Gives its end.
    fn insert(
        &mut self,
        place: Place,
        change: &Change,
        commits: bool,
        wal: &mut Wal,
        turn: &mut Turn<'_>,
    ) -> Lsn {
        let page = self.buffers.content(place);
        let form = if self.buffers.is_new(page) {
            Form::Init
        } else if self.settings.full_page_writes && page.lsn() <= self.checkpointer.redo() {
            Form::Image
        } else {
            Form::Change
        };
        self.buffers.change(place, wal.lsn_of(change, form), change);
        let image = (form == Form::Image).then(|| self.buffers.content(place).clone());
        turn.tallies.changes.add(change.bytes.into());
        if form == Form::Image {
            turn.tallies.images.add(IMAGE_BYTES.into());
        }
        if commits {
            turn.tallies.commits.add(COMMIT_BYTES.into());
        }
        let start = wal.end();
        let (_, end) = wal.push(change, form, image, commits);
        let records = 1 + u64::from(commits);
        self.insertion
            .insert(turn.now, records, end.0 - start.0, end);
        if !self.wal_writer_is_set {
            self.wal_writer_is_set = true;
            let delay = self.settings.wal_writer_delay;
            turn.timer(Cause::Input, delay, PrimaryTimer::WalWriter);
        }
        end
    }

    /// A transaction's commit record was inserted.
    fn commit(
        &mut self,
        txn: u64,
        lsn: Lsn,
        asked_at: SimTime,
        cause: Cause,
        turn: &mut Turn<'_>,
    ) -> Cause {
        self.commits.push_back(Waiting { txn, lsn, asked_at });
        turn.note(cause, Note::CommitAsked { txn, lsn })
    }

    fn has_full_buffers(&self, wal: &Wal) -> bool {
        wal.end().0 - self.flushed.0 >= self.settings.wal_buffers
    }

    fn stall(&mut self, backend: Backend, cause: Cause, turn: &mut Turn<'_>) {
        if self.stalled.is_empty() {
            let inserted = self.insertion.inserted(turn.now);
            turn.note(cause, Note::BuffersFull { inserted });
        }
        self.stalled.push_back(backend);
    }

    /// A page is here, or damaged: whoever waited for it goes on.
    pub(super) fn wake(
        &mut self,
        page: PageId,
        cause: Cause,
        wal: &mut Wal,
        turn: &mut Turn<'_>,
    ) -> Cause {
        self.replay(wal, turn);
        let backends = self.parked.remove(&page).unwrap_or_default();
        let runs = backends
            .into_iter()
            .map(|backend| self.run(backend, cause, wal, turn));
        runs.last().unwrap_or(cause)
    }
}
