//! The server that takes transactions.

use redo::{Change, Lsn, PageId};
use sim::{SimTime, Stream};

use crate::effects::{Effects, IoKind};
use crate::settings::{Settings, StandbyId};
use crate::standby::Report;
use crate::storage::Storage;
use crate::tally::Tallies;
use crate::wal::Wal;

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

/// The server that takes transactions.
#[derive(Clone, Debug, Hash)]
pub struct Primary {
    settings: Settings,
    tallies: Tallies,
}

impl Primary {
    /// The primary of a new database, open at once.
    pub fn new(_now: SimTime, settings: &Settings, _effects: &mut Effects) -> Self {
        Self {
            settings: settings.clone(),
            tallies: Tallies::default(),
        }
    }

    /// A primary that starts from what lies on a device, after a crash or a promotion. It takes what
    /// is submitted and does it when redo is done. Standbys have to be connected again.
    pub fn recover(
        now: SimTime,
        settings: &Settings,
        _storage: Storage,
        _wal: &Wal,
        effects: &mut Effects,
    ) -> Self {
        Self::new(now, settings, effects)
    }

    /// Handles one input at `now`. Everything it causes is in `effects`.
    pub fn handle(
        &mut self,
        _now: SimTime,
        _input: PrimaryInput,
        _wal: &mut Wal,
        _effects: &mut Effects,
    ) {
    }

    /// It loses power. What is flushed survives; of the write that was under way, a drawn part from
    /// the beginning; and each page that was being written is as before, as after, or torn. Gives
    /// what lies on the device, and cuts off from WAL what does not. Its clients get no answer.
    pub fn crash(
        self,
        _now: SimTime,
        _draws: &mut Stream,
        _wal: &mut Wal,
        _effects: &mut Effects,
    ) -> Storage {
        Storage::default()
    }

    /// What it was set to.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it has done.
    pub const fn tallies(&self) -> &Tallies {
        &self.tallies
    }
}
