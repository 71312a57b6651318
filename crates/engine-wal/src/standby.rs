//! A standby: receives WAL, writes it, flushes it, replays it, and says how far it is.

use redo::Lsn;
use sim::{SimTime, Stream};

use crate::effects::{Effects, IoKind};
use crate::settings::{Settings, StandbyId};
use crate::storage::Storage;
use crate::wal::Wal;

/// WAL on its way to a standby. What it says is in the [`Wal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shipment {
    /// From here ...
    pub from: Lsn,
    /// ... to here.
    pub to: Lsn,
}

/// How far a standby is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Report {
    /// Up to here it has written WAL, perhaps not to the device.
    pub written: Lsn,
    /// Up to here it has flushed WAL.
    pub flushed: Lsn,
    /// Up to here it has replayed WAL.
    pub replayed: Lsn,
}

/// What a standby is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StandbyInput {
    /// WAL arrives.
    Shipped(Shipment),
    /// An operation of its device is done: a flush.
    Done(IoKind),
    /// A timer that it set.
    Timer(StandbyTimer),
}

/// What a standby reminds itself of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StandbyTimer {
    /// What it began to replay is replayed.
    Replayed,
}

/// A standby.
#[derive(Clone, Debug, Hash)]
pub struct Standby {
    id: StandbyId,
    report: Report,
}

impl Standby {
    /// A standby of a new database.
    pub fn new(id: StandbyId, _settings: &Settings) -> Self {
        let report = Report::default();
        Self { id, report }
    }

    /// Handles one input at `now`. Everything it causes is in `effects`.
    pub fn handle(
        &mut self,
        _now: SimTime,
        _input: StandbyInput,
        _wal: &Wal,
        _effects: &mut Effects,
    ) {
    }

    /// It loses power: of what it wrote and did not flush, a drawn part from the beginning is left.
    /// It may go on at once; the primary has to hear that it is connected again
    /// ([`crate::PrimaryInput::StandbyConnected`]).
    pub fn crash(&mut self, _draws: &mut Stream, _wal: &Wal, _effects: &mut Effects) {}

    /// It becomes the primary, from what it has: a primary is to be
    /// [started](crate::Primary::recover) from the storage that this gives. The old primary must be
    /// gone; what it had beyond is cut off from WAL.
    pub fn promote(self, _wal: &mut Wal, _effects: &mut Effects) -> Storage {
        Storage::default()
    }

    /// Which it is.
    pub const fn id(&self) -> StandbyId {
        self.id
    }

    /// How far it is.
    pub const fn report(&self) -> Report {
        self.report
    }
}
