//! The server that takes transactions.
//!
//! A transaction takes its turn on a processor, reads its pages one after the other, then makes its changes one after the other, and
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

use redo::{Changes, Lsn, PageId};
use sim::{SimTime, Stream};

use crate::buffers::Buffers;
use crate::checkpoint::{CheckpointStep, Checkpointer};
use crate::effects::{Cause, Effects, IoKind, Note, PageWriter, Trigger, Turn};
use crate::insertion::Insertion;
use crate::processors::Processors;
use crate::recovery::Recovery;
use crate::settings::{Rule, Settings, StandbyId};
use crate::standby::Report;
use crate::storage::Storage;
use crate::sync::{Sender, Senders};
use crate::tally::Tallies;
use crate::wal::Wal;

mod commits;
mod upkeep;
mod work;

/// What a client wants done: it reads pages, one after the other, then changes pages, then commits.
/// It does at least one of the first two, and commits only what it changed.
#[derive(Clone, Debug, Default, Hash)]
pub struct Transaction {
    /// Pages that it reads, beside those that it changes.
    pub reads: Vec<PageId>,
    /// Its changes.
    pub changes: Changes,
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
    /// The first of the statements on the processors has run.
    StatementRun,
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
    processors: Processors,
    insertion: Insertion,
    senders: Senders,
    /// What was done. While an input is handled it is with its turn.
    tallies: Option<Box<Tallies>>,
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
    /// Transactions whose statements run, or wait for a processor, in the order in which they will
    /// have run.
    running: VecDeque<Backend>,
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
        primary.tallies = Some(Box::new(tallies));
        primary
    }

    fn of_storage(settings: &Settings, storage: Storage, phase: Phase) -> Self {
        assert!(
            !matches!(settings.rule, Rule::First(0) | Rule::Any(0)),
            "a rule asks for a standby"
        );
        assert!(settings.wal_buffers > 0, "WAL has a buffer");
        assert!(settings.checkpoint_depth > 0, "a checkpoint writes");
        let (redo, end, tallies) = (storage.redo(), storage.end(), storage.tallies);
        let senders = storage.slots.clone();
        Self {
            phase,
            checkpointer: Checkpointer::new(redo, storage.checkpoint(), settings),
            buffers: Buffers::new(settings, storage),
            processors: Processors::new(settings.processors, settings.statement),
            insertion: Insertion::new(settings.insert, settings.copy_per_kib, end),
            senders,
            tallies: Some(Box::new(tallies)),
            flushed: end,
            flushing: None,
            lazily: end,
            wal_writer_is_set: false,
            woken_at: None,
            background_writer_is_set: false,
            images_before: tallies.images.count,
            archiving: None,
            running: VecDeque::new(),
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
        let mut tallies = self.tallies.take().unwrap_or_default();
        let turn = &mut Turn::of(now, effects, &mut tallies);
        let cause = match input {
            PrimaryInput::Submit(transaction) => self.submit(transaction, wal, turn),
            PrimaryInput::Done(kind) => self.done(kind, wal, turn),
            PrimaryInput::Timer(timer) => self.timer(timer, wal, turn),
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
        self.tallies = Some(tallies);
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
        let tallies = *self.tallies();
        let (mut storage, torn) = self.buffers.lose_power(draws);
        storage.set_end(end);
        storage.tallies = tallies;
        storage.slots = self.senders;
        storage.slots.lose_all();
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
    pub fn tallies(&self) -> &Tallies {
        let tallies = self.tallies.as_deref();
        tallies.expect("no input is being handled")
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

    /// An operation of the device is done.
    fn done(&mut self, kind: IoKind, wal: &mut Wal, turn: &mut Turn<'_>) -> Cause {
        match kind {
            IoKind::FlushWal { to } => return self.has_flushed(to, wal, turn),
            IoKind::ReadPage(page) => {
                self.buffers.loaded(page, Cause::Input, turn);
                return self.wake(page, Cause::Input, wal, turn);
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

    fn timer(&mut self, timer: PrimaryTimer, wal: &mut Wal, turn: &mut Turn<'_>) -> Cause {
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
                if let Some(checkpoint) = self.checkpointer.under_way_mut()
                    && checkpoint.step == CheckpointStep::Napping
                {
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
            PrimaryTimer::StatementRun => {
                if let Some(backend) = self.running.pop_front() {
                    return self.run(backend, Cause::Input, wal, turn);
                }
            }
        }
        Cause::Input
    }

    /// Does what has become possible.
    fn go_on(&mut self, mut cause: Cause, wal: &mut Wal, turn: &mut Turn<'_>) {
        self.replay(wal, turn);
        while let Some(page) = self.buffers.next_loaded(self.flushed, cause, turn) {
            cause = self.wake(page, cause, wal, turn);
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
            self.begin(backend, opened, wal, turn);
        }
    }
}
