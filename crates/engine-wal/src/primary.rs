//! The server that takes transactions.
//!
//! A transaction reads its pages one after the other, then makes its changes one after the other, and
//! commits with the last. A page that is not in a buffer parks it until the page is there; full WAL
//! buffers park it until some are flushed. A commit waits for a flush that begins after its record was
//! inserted: there is one flush at a time, and the next serves everyone who came meanwhile (**group
//! commit**).
//!
//! ```text
//! flush   |------ A ------|------ B C D ------|------ E F -----
//!         ^ A inserted    ^ A acknowledged: local flush, then what the standbys owe
//!            B, C, D come meanwhile
//! ```

use std::collections::{BTreeMap, VecDeque};

use redo::{Change, Lsn, PAGE_BYTES, PageId};
use sim::{SimTime, Stream};

use crate::buffers::{Buffers, Fetched, Need};
use crate::checkpoint::{CheckpointStep, Checkpointer, NAP};
use crate::effects::{Cause, Effect, Effects, IoKind, Note, PageWriter, Trigger, Turn};
use crate::insertion::Insertion;
use crate::recovery::Recovery;
use crate::settings::{Level, Rule, Settings, StandbyId};
use crate::standby::{Report, blocks};
use crate::storage::Storage;
use crate::sync::{Sender, Senders};
use crate::tally::Tallies;
use crate::wal::{CHECKPOINT_BYTES, COMMIT_BYTES, Form, IMAGE_BYTES, SEGMENT_BYTES, Wal};

/// What a client wants done: it reads pages, one after the other, then changes pages, then commits.
/// It does at least one of the first two, and commits only what it changed.
#[derive(Clone, Debug, Default, Hash)]
pub struct Transaction {
    /// Pages that it reads, beside those that it changes.
    pub reads: Vec<PageId>,
    /// Its changes.
    pub changes: Vec<Change>,
    /// Its number, if it commits with its last change.
    pub commit: Option<u64>,
}

/// What a primary is told.
#[derive(Clone, Debug, Hash)]
pub enum PrimaryInput {
    /// A client submits a transaction.
    Submit(Transaction),
    /// An operation of its device is done.
    Done(IoKind),
    /// A timer that it set.
    Timer(PrimaryTimer),
    /// A standby is connected, and has flushed WAL up to here.
    StandbyConnected {
        /// Which.
        standby: StandbyId,
        /// Up to here: [`crate::Report::flushed`] of [`crate::Standby::report`].
        flushed: Lsn,
    },
    /// A standby is not connected any more, or does not answer.
    StandbyLost {
        /// Which.
        standby: StandbyId,
    },
    /// A standby says how far it is.
    Reported {
        /// Which.
        standby: StandbyId,
        /// How far.
        report: Report,
    },
}

/// What a primary reminds itself of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrimaryTimer {
    /// Records that were to be inserted are.
    Inserted,
    /// WAL that nobody asked for is to be flushed.
    WalWriter,
    /// The checkpoint interval has passed.
    CheckpointDue,
    /// The checkpointer was ahead of its schedule and has slept.
    CheckpointNap,
    /// The background writer looks ahead.
    BackgroundWriter,
    /// The server has started and begins to replay.
    Started,
    /// What was read of WAL is replayed.
    Replayed,
}

/// What a primary is at.
#[derive(Clone, Debug, Hash)]
pub enum Phase {
    /// It replays WAL.
    Recovering(Recovery),
    /// Redo is done, and so will be a checkpoint.
    Concluding {
        /// When the server began to start.
        began_at: SimTime,
    },
    /// It takes transactions.
    Open,
}

/// A commit that was not acknowledged yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Waiting {
    /// The transaction.
    pub txn: u64,
    /// End of its commit record.
    pub lsn: Lsn,
    /// When it was submitted.
    pub asked_at: SimTime,
}

/// A transaction that is under way.
#[derive(Clone, Debug, Hash)]
struct Backend {
    asked_at: SimTime,
    transaction: Transaction,
    /// Reads and changes that are done.
    done: usize,
}

/// The server that takes transactions.
#[derive(Clone, Debug, Hash)]
pub struct Primary {
    settings: Settings,
    phase: Phase,
    buffers: Buffers,
    checkpointer: Checkpointer,
    insertion: Insertion,
    senders: Senders,
    tallies: Tallies,
    /// WAL is on the device up to here.
    flushed: Lsn,
    /// The flush that is under way goes up to here.
    flushing: Option<Lsn>,
    /// The WAL writer wants WAL flushed up to here.
    lazily: Lsn,
    /// A [`PrimaryTimer::WalWriter`] is set.
    wal_writer_is_set: bool,
    /// A [`PrimaryTimer::Inserted`] is set for then.
    woken_at: Option<SimTime>,
    /// A [`PrimaryTimer::BackgroundWriter`] is set.
    background_writer_is_set: bool,
    /// Images in WAL when the last flush began.
    images_before: u64,
    /// The WAL file that is being archived.
    archiving: Option<u64>,
    /// Transactions that wait for a page.
    parked: BTreeMap<PageId, Vec<Backend>>,
    /// Transactions that wait for WAL buffers.
    stalled: VecDeque<Backend>,
    /// Transactions that wait until redo is done.
    held: VecDeque<Backend>,
    /// Commits that were not acknowledged, in the order of their records.
    commits: VecDeque<Waiting>,
    /// Those among them that are flushed here, and wait for standbys.
    flushed_commits: usize,
    /// Commits that were acknowledged and are not flushed, where nobody waits for that.
    at_risk: VecDeque<Waiting>,
    /// It was said that there are too few standbys.
    told_too_few: bool,
}

impl Primary {
    /// The primary of a new database, open at once.
    pub fn new(now: SimTime, settings: &Settings, effects: &mut Effects) -> Self {
        let mut primary = Self::of_storage(settings, Storage::default(), Phase::Open);
        primary.set_due(
            Cause::Input,
            &mut Turn::of(now, effects, &mut Tallies::default()),
        );
        primary
    }

    /// A primary that starts from what lies on a device, after a crash or a promotion. It takes what
    /// is submitted and does it when redo is done. Standbys have to be connected again.
    pub fn recover(
        now: SimTime,
        settings: &Settings,
        storage: Storage,
        wal: &Wal,
        effects: &mut Effects,
    ) -> Self {
        assert!(
            storage.end() == wal.end(),
            "WAL is cut off where the device's ends"
        );
        let mut tallies = storage.tallies;
        let (from, end) = (storage.redo(), storage.end());
        let mut turn = Turn::of(now, effects, &mut tallies);
        let recovery = Recovery::begin(from, end, settings.startup, &mut turn);
        let mut primary = Self::of_storage(settings, storage, Phase::Recovering(recovery));
        primary.tallies = tallies;
        primary
    }

    fn of_storage(settings: &Settings, storage: Storage, phase: Phase) -> Self {
        assert!(
            !matches!(settings.rule, Rule::First(0) | Rule::Any(0)),
            "a rule asks for a standby"
        );
        let (redo, end, tallies) = (storage.redo(), storage.end(), storage.tallies);
        Self {
            phase,
            checkpointer: Checkpointer::new(redo, storage.checkpoint()),
            buffers: Buffers::new(settings, storage),
            insertion: Insertion::new(settings.insert, settings.copy_per_kib, end),
            senders: Senders::default(),
            tallies,
            flushed: end,
            flushing: None,
            lazily: end,
            wal_writer_is_set: false,
            woken_at: None,
            background_writer_is_set: false,
            images_before: tallies.images.count,
            archiving: None,
            parked: BTreeMap::new(),
            stalled: VecDeque::new(),
            held: VecDeque::new(),
            commits: VecDeque::new(),
            flushed_commits: 0,
            at_risk: VecDeque::new(),
            told_too_few: false,
            settings: settings.clone(),
        }
    }

    /// Handles one input at `now`. Everything it causes is in `effects`.
    pub fn handle(
        &mut self,
        now: SimTime,
        input: PrimaryInput,
        wal: &mut Wal,
        effects: &mut Effects,
    ) {
        let mut tallies = self.tallies;
        let turn = &mut Turn::of(now, effects, &mut tallies);
        let cause = match input {
            PrimaryInput::Submit(transaction) => {
                self.submit(transaction, wal, turn);
                Cause::Input
            }
            PrimaryInput::Done(kind) => self.done(kind, wal, turn),
            PrimaryInput::Timer(timer) => self.timer(timer, turn),
            PrimaryInput::StandbyConnected { standby, flushed } => {
                self.connect(standby, flushed, wal, turn)
            }
            PrimaryInput::StandbyLost { standby } => {
                if self.senders.lose(standby) {
                    turn.note(Cause::Input, Note::StandbyLost { standby });
                }
                Cause::Input
            }
            PrimaryInput::Reported { standby, report } => self.hear(standby, report, wal, turn),
        };
        self.go_on(cause, wal, turn);
        self.tallies = tallies;
    }

    /// It loses power. What is flushed survives; of the flush that was under way, a drawn part from
    /// the beginning; and each page that was being written is as before, as after, or torn. Gives
    /// what lies on the device, and cuts off from WAL what does not. Its clients get no answer.
    pub fn crash(self, draws: &mut Stream, wal: &mut Wal, effects: &mut Effects) -> Storage {
        let end = match self.flushing {
            Some(to) => {
                let written = draws.below(to.0 - self.flushed.0 + 1);
                wal.boundary(Lsn(self.flushed.0 + written))
                    .max(self.flushed)
            }
            None => self.flushed,
        };
        wal.truncate(end);
        let (mut storage, torn) = self.buffers.lose_power(draws);
        storage.set_end(end);
        storage.tallies = self.tallies;
        let is_there = |commit: &&Waiting| commit.lsn <= end;
        let ghosts = self.commits.iter().filter(is_there).count() as u64;
        let crashed = Note::PrimaryCrashed {
            flushed: self.flushed,
            end,
            torn,
            ghosts,
            lost: self.commits.len() as u64 - ghosts,
        };
        let crashed = effects.note(Cause::Input, crashed);
        for &Waiting { txn, lsn, .. } in self.commits.iter().filter(is_there) {
            effects.note(crashed, Note::GhostCommit { txn, lsn });
        }
        for &Waiting { txn, lsn, .. } in self.at_risk.iter().filter(|commit| !is_there(commit)) {
            effects.note(crashed, Note::AckedCommitLost { txn, lsn });
        }
        storage
    }

    /// What it was set to.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it is at.
    pub const fn phase(&self) -> &Phase {
        &self.phase
    }

    /// What was done since the database was made: a crash does not set it back.
    pub const fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// Everything before this is inserted into the WAL buffers at `now`.
    pub fn inserted(&self, now: SimTime) -> Lsn {
        self.insertion.clone().inserted(now)
    }

    /// Everything before this is written, perhaps not to the device.
    pub fn written(&self) -> Lsn {
        self.flushing.unwrap_or(self.flushed)
    }

    /// Everything before this is flushed.
    pub const fn flushed(&self) -> Lsn {
        self.flushed
    }

    /// When checkpoints begin, and the one that is under way.
    pub const fn checkpointer(&self) -> &Checkpointer {
        &self.checkpointer
    }

    /// What lies on its device.
    pub const fn storage(&self) -> &Storage {
        self.buffers.storage()
    }

    /// The pages in memory and the caches.
    pub const fn buffers(&self) -> &Buffers {
        &self.buffers
    }

    /// What it knows of a standby that was ever connected.
    pub fn sender(&self, standby: StandbyId) -> Option<&Sender> {
        self.senders.get(standby)
    }

    /// Commits that were not acknowledged, in the order of their records.
    pub const fn commits(&self) -> &VecDeque<Waiting> {
        &self.commits
    }

    /// How many of them are flushed here and wait for standbys.
    pub const fn waiting_for_standbys(&self) -> usize {
        self.flushed_commits
    }

    /// Transactions that wait for pages.
    pub fn parked(&self) -> usize {
        self.parked.values().map(Vec::len).sum()
    }

    /// Transactions that wait for WAL buffers.
    pub fn stalled(&self) -> usize {
        self.stalled.len()
    }

    /// Transactions that wait until redo is done.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    fn submit(&mut self, transaction: Transaction, wal: &mut Wal, turn: &mut Turn<'_>) {
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
            Phase::Open => self.run(backend, Cause::Input, wal, turn),
            Phase::Recovering(_) | Phase::Concluding { .. } => self.held.push_back(backend),
        }
    }

    /// A transaction goes on as far as it can.
    fn run(&mut self, mut backend: Backend, cause: Cause, wal: &mut Wal, turn: &mut Turn<'_>) {
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
                return self.stall(backend, cause, turn);
            }
            let page = change.map_or_else(|| reads[backend.done], |change| change.page);
            match self.buffers.fetch(page, Need::Content, turn) {
                Fetched::Here => {}
                Fetched::Coming => return self.parked.entry(page).or_default().push(backend),
                Fetched::Damaged => {
                    return turn.effects.push(cause, Effect::Failed { txn: *commit });
                }
            }
            backend.done += 1;
            if let Some(change) = change {
                let commit = commit.filter(|_| backend.done == steps);
                let end = self.insert(change.clone(), commit.is_some(), wal, turn);
                if let Some(txn) = commit {
                    return self.commit(txn, end, backend.asked_at, cause, turn);
                }
            }
        }
        let took = turn.now.since(backend.asked_at);
        turn.effects.push(cause, Effect::HasRead { took });
    }

    /// Changes a page that is here and inserts the record. Gives its end.
    fn insert(&mut self, change: Change, commits: bool, wal: &mut Wal, turn: &mut Turn<'_>) -> Lsn {
        let page = self.buffers.page(change.page).expect("its page is here");
        let form = if self.buffers.is_new(change.page) {
            Form::Init
        } else if self.settings.full_page_writes && page.lsn() <= self.checkpointer.redo() {
            Form::Image
        } else {
            Form::Change
        };
        let changed = self.buffers.change(wal.lsn_of(&change, form), &change);
        let image = (form == Form::Image).then(|| changed.clone());
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
    fn commit(&mut self, txn: u64, lsn: Lsn, asked_at: SimTime, cause: Cause, turn: &mut Turn<'_>) {
        turn.note(cause, Note::CommitAsked { txn, lsn });
        self.commits.push_back(Waiting { txn, lsn, asked_at });
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

    /// An operation of the device is done.
    fn done(&mut self, kind: IoKind, wal: &mut Wal, turn: &mut Turn<'_>) -> Cause {
        match kind {
            IoKind::FlushWal { to } => return self.has_flushed(to, wal, turn),
            IoKind::ReadPage(page) => {
                self.buffers.loaded(page, Cause::Input, turn);
                self.wake(page, Cause::Input, wal, turn);
            }
            IoKind::WritePage { page, writer } => {
                let again = self.buffers.written(page, self.flushed);
                if let Some(checkpoint) = self.checkpointer.under_way_mut() {
                    checkpoint.writes -= u32::from(writer == PageWriter::Checkpoint);
                    checkpoint.again.extend(again);
                }
            }
            IoKind::SyncPages => self.record_checkpoint(wal, turn),
            IoKind::WriteControl => return self.conclude_checkpoint(wal, turn),
            IoKind::ReadWal { to } => {
                if let Phase::Recovering(recovery) = &mut self.phase {
                    recovery.has_read(to, turn);
                }
            }
            IoKind::ArchiveSegment { segment } => {
                self.archiving = None;
                self.buffers.storage_mut().archive(segment);
                let archived = turn.note(Cause::Input, Note::SegmentArchived { segment });
                self.recycle(archived, wal, turn);
                return archived;
            }
        }
        Cause::Input
    }

    fn timer(&mut self, timer: PrimaryTimer, turn: &mut Turn<'_>) -> Cause {
        match timer {
            PrimaryTimer::Inserted => {
                if self.woken_at.is_some_and(|at| at <= turn.now) {
                    self.woken_at = None;
                }
            }
            PrimaryTimer::WalWriter => {
                self.wal_writer_is_set = false;
                let inserted = self.insertion.inserted(turn.now);
                if self.flushed < inserted {
                    self.lazily = inserted;
                    self.wal_writer_is_set = true;
                    let delay = self.settings.wal_writer_delay;
                    turn.timer(Cause::Input, delay, PrimaryTimer::WalWriter);
                }
            }
            PrimaryTimer::CheckpointDue => {}
            PrimaryTimer::CheckpointNap => {
                if let Some(checkpoint) = self.checkpointer.under_way_mut() {
                    checkpoint.step = CheckpointStep::Writing;
                }
            }
            PrimaryTimer::BackgroundWriter => {
                self.background_writer_is_set = false;
                let pages_max = self.settings.bgwriter_pages_max;
                self.buffers
                    .look_ahead(pages_max, self.flushed, Cause::Input, turn);
            }
            PrimaryTimer::Started => {
                if let Phase::Recovering(recovery) = &mut self.phase {
                    recovery.start(turn);
                }
            }
            PrimaryTimer::Replayed => {
                if let Phase::Recovering(recovery) = &mut self.phase {
                    recovery.has_replayed(turn);
                }
            }
        }
        Cause::Input
    }

    /// Does what has become possible.
    fn go_on(&mut self, cause: Cause, wal: &mut Wal, turn: &mut Turn<'_>) {
        self.replay(wal, turn);
        while let Some(page) = self.buffers.next_loaded(self.flushed, cause, turn) {
            self.wake(page, cause, wal, turn);
        }
        self.acknowledge(cause, turn);
        self.checkpoint(cause, wal, turn);
        self.flush(cause, turn);
        self.archive(cause, turn);
        if self.buffers.is_busy() && !self.background_writer_is_set {
            self.background_writer_is_set = true;
            let delay = self.settings.bgwriter_delay;
            turn.timer(cause, delay, PrimaryTimer::BackgroundWriter);
        }
    }

    /// A page is here, or damaged: whoever waited for it goes on.
    fn wake(&mut self, page: PageId, cause: Cause, wal: &mut Wal, turn: &mut Turn<'_>) {
        self.replay(wal, turn);
        for backend in self.parked.remove(&page).unwrap_or_default() {
            self.run(backend, cause, wal, turn);
        }
    }

    /// Redo goes on, and the server opens when it is done.
    fn replay(&mut self, wal: &mut Wal, turn: &mut Turn<'_>) {
        let Phase::Recovering(recovery) = &mut self.phase else {
            return;
        };
        let rate = self.settings.replay_bytes_per_second;
        if !recovery.go_on(rate, &mut self.buffers, wal, turn) {
            return;
        }
        let done = recovery.done(turn);
        let began_at = recovery.began_at;
        if self.settings.end_of_recovery_checkpoint && self.checkpointer.has_work(wal.end()) {
            self.phase = Phase::Concluding { began_at };
            self.begin_checkpoint(Trigger::Recovery, done, wal, turn);
        } else {
            self.open(began_at, done, wal, turn);
        }
    }

    /// The server takes transactions from now on.
    fn open(&mut self, began_at: SimTime, cause: Cause, wal: &mut Wal, turn: &mut Turn<'_>) {
        self.phase = Phase::Open;
        let (end, took) = (wal.end(), turn.now.since(began_at));
        let opened = turn.note(cause, Note::Opened { end, took });
        self.set_due(opened, turn);
        for backend in std::mem::take(&mut self.held) {
            self.run(backend, opened, wal, turn);
        }
    }

    /// Begins a flush, if somebody waits for something that is inserted and there is none under way;
    /// comes back when it is inserted, if it is not yet.
    fn flush(&mut self, cause: Cause, turn: &mut Turn<'_>) {
        let inserted = self.insertion.inserted(turn.now);
        let wanted = self.wants_flushed().filter(|_| self.flushing.is_none());
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
    fn has_flushed(&mut self, to: Lsn, wal: &mut Wal, turn: &mut Turn<'_>) -> Cause {
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
    fn acknowledge(&mut self, cause: Cause, turn: &mut Turn<'_>) {
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

    fn connect(
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

    fn hear(
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

    /// A checkpoint begins, or goes on.
    fn checkpoint(&mut self, cause: Cause, wal: &Wal, turn: &mut Turn<'_>) {
        let trigger = self
            .checkpointer
            .trigger(turn.now, wal.end(), &self.settings);
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

    fn begin_checkpoint(&mut self, trigger: Trigger, cause: Cause, wal: &Wal, turn: &mut Turn<'_>) {
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
        while checkpoint.writes < self.settings.checkpoint_depth
            && let Some(page) = checkpoint.next()
        {
            let writes = self.buffers.write_due(page, self.flushed, cause, turn);
            checkpoint.writes += u32::from(writes);
            let (done, pages) = checkpoint.progress();
            if u64::from(done) * 10 / u64::from(pages)
                > (u64::from(done) - 1) * 10 / u64::from(pages)
            {
                let number = checkpoint.number;
                turn.note(
                    cause,
                    Note::CheckpointProgress {
                        number,
                        done,
                        pages,
                    },
                );
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
    fn record_checkpoint(&mut self, wal: &mut Wal, turn: &mut Turn<'_>) {
        let bytes = CHECKPOINT_BYTES;
        let record = Change::account(PageId(0), bytes, false);
        let (lsn, _) = wal.push(record, Form::Checkpoint, None, false);
        turn.tallies.checkpoints.add(bytes.into());
        self.insertion.insert(turn.now, 1, bytes.into(), lsn);
        let checkpoint = self.checkpointer.under_way_mut();
        checkpoint.expect("it is under way").step = CheckpointStep::Recording(lsn);
    }

    /// The control file names the redo point of the checkpoint under way.
    fn conclude_checkpoint(&mut self, wal: &mut Wal, turn: &mut Turn<'_>) -> Cause {
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
    fn set_due(&mut self, cause: Cause, turn: &mut Turn<'_>) {
        let interval = self.settings.checkpoint_interval;
        self.checkpointer.set_due(turn.now + interval);
        turn.timer(cause, interval, PrimaryTimer::CheckpointDue);
    }

    /// Lets the next full WAL file be archived.
    fn archive(&mut self, cause: Cause, turn: &mut Turn<'_>) {
        let segment = self.buffers.storage().archived();
        let is_full = (segment + 1) * SEGMENT_BYTES <= self.flushed.0;
        if self.settings.archive && is_full && self.archiving.is_none() {
            self.archiving = Some(segment);
            turn.io(cause, IoKind::ArchiveSegment { segment }, SEGMENT_BYTES);
        }
    }

    /// Recycles WAL files that neither redo nor the archive nor a standby needs.
    fn recycle(&mut self, cause: Cause, wal: &mut Wal, turn: &mut Turn<'_>) {
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
