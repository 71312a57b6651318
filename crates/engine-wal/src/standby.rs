//! A standby: receives WAL, writes it, flushes it, replays it, and says how far it is.
//!
//! ```text
//! shipped --> written --> flushed --> replayed        each behind the one before
//!             at once     one flush   one process, at the replay rate
//!                         at a time
//! ```
//!
//! What arrives during a flush is flushed by the next one; only what is flushed is replayed.

use std::hash::{Hash, Hasher};

use redo::{Lsn, PAGE_BYTES, Page, PageId, PageMap};
use sim::{SimTime, Stream};

use crate::effects::{Cause, Effect, Effects, Io, IoKind, Note};
use crate::recovery::time_for;
use crate::settings::{Level, Settings, StandbyId};
use crate::storage::Storage;
use crate::wal::{Form, Record, SEGMENT_BYTES, Wal};

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
#[derive(Clone, Debug)]
pub struct Standby {
    id: StandbyId,
    level: Level,
    replay_bytes_per_second: u64,
    report: Report,
    /// The flush that is under way goes up to here.
    flushing: Option<Lsn>,
    /// What is being replayed goes up to here.
    replaying: Option<Lsn>,
    /// With everything that is replayed.
    pages: PageMap<Option<Page>>,
}

impl Standby {
    /// A standby of a new database.
    pub fn new(id: StandbyId, settings: &Settings) -> Self {
        Self {
            id,
            level: settings.level,
            replay_bytes_per_second: settings.replay_bytes_per_second,
            report: Report::default(),
            flushing: None,
            replaying: None,
            pages: PageMap::default(),
        }
    }

    /// Handles one input at `now`. Everything it causes is in `effects`.
    pub fn handle(&mut self, now: SimTime, input: StandbyInput, wal: &Wal, effects: &mut Effects) {
        match input {
            StandbyInput::Shipped(shipment) => self.receive(shipment, effects),
            StandbyInput::Done(IoKind::FlushWal { to }) => self.has_flushed(to, effects),
            StandbyInput::Done(
                IoKind::ReadPage(_)
                | IoKind::WritePage { .. }
                | IoKind::SyncPages
                | IoKind::WriteControl
                | IoKind::ReadWal { .. }
                | IoKind::ArchiveSegment { .. },
            ) => panic!("a standby only flushes"),
            StandbyInput::Timer(StandbyTimer::Replayed) => self.has_replayed(wal, effects),
        }
        self.go_on(now, effects);
    }

    /// It loses power: of what it wrote and did not flush, a drawn part from the beginning is left.
    /// When it is up again, it has to be [started](Self::start), and the primary has to hear that it
    /// is connected ([`crate::PrimaryInput::StandbyConnected`]).
    pub fn crash(&mut self, draws: &mut Stream, wal: &Wal, effects: &mut Effects) {
        let Report {
            written, flushed, ..
        } = self.report;
        let left = draws.below(written.0 - flushed.0 + 1);
        let end = wal.boundary(Lsn(flushed.0 + left)).max(flushed);
        self.report.written = end;
        self.report.flushed = end;
        self.flushing = None;
        self.replaying = None;
        let standby = self.id;
        effects.note(Cause::Input, Note::StandbyCrashed { standby, end });
    }

    /// It is up again after a crash, and goes on from what it has.
    pub fn start(&mut self, now: SimTime, effects: &mut Effects) {
        self.go_on(now, effects);
    }

    /// It becomes the primary, from what it has: a primary is to be
    /// [started](crate::Primary::recover) from the storage that this gives. The old primary must be
    /// gone; what it had beyond is cut off from WAL. So must be every other standby that has more than
    /// this one: nothing here would tell it that its WAL is another one now.
    pub fn promote(self, wal: &mut Wal, effects: &mut Effects) -> Storage {
        let Report {
            written: end,
            replayed,
            ..
        } = self.report;
        let promoted = Note::Promoted {
            standby: self.id,
            end,
            bytes_lost: wal.end().0 - end.0,
            commits_lost: wal.commits_between(end, wal.end()),
        };
        effects.note(Cause::Input, promoted);
        wal.truncate(end);
        Storage::of_pages(self.pages().cloned(), replayed, end)
    }

    /// Which it is.
    pub const fn id(&self) -> StandbyId {
        self.id
    }

    /// How far it is.
    pub const fn report(&self) -> Report {
        self.report
    }

    /// Its pages that were ever changed, by their numbers, with everything that is replayed.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        let all = self.pages.iter_from(PageId(0));
        all.filter_map(|(_, page)| page.as_ref())
    }

    /// WAL arrives. What it has already, or what does not follow it, is of no use.
    fn receive(&mut self, shipment: Shipment, effects: &mut Effects) {
        let written = &mut self.report.written;
        if shipment.from > *written || shipment.to <= *written {
            return;
        }
        *written = shipment.to;
        if self.level == Level::RemoteWrite {
            self.tell(Cause::Input, effects);
        }
    }

    fn has_flushed(&mut self, to: Lsn, effects: &mut Effects) {
        assert!(self.flushing.take() == Some(to), "one flush at a time");
        self.report.flushed = to;
        self.tell(Cause::Input, effects);
    }

    fn has_replayed(&mut self, wal: &Wal, effects: &mut Effects) {
        let to = self.replaying.take().expect("it was replaying");
        let records = wal.records_after(self.report.replayed);
        for record in records.take_while(|record| record.lsn <= to) {
            replay(&mut self.pages, record);
        }
        let file = |lsn: Lsn| lsn.0 / SEGMENT_BYTES;
        let has_left_a_file = file(self.report.replayed) < file(to);
        self.report.replayed = to;
        let standby = self.id;
        let replayed = effects.note(Cause::Input, Note::StandbyReplayed { standby, to });
        if self.level == Level::RemoteApply || has_left_a_file {
            self.tell(replayed, effects);
        }
    }

    /// Flushes and replays what there is, if it is not at it.
    fn go_on(&mut self, now: SimTime, effects: &mut Effects) {
        let Report {
            written,
            flushed,
            replayed,
        } = self.report;
        if flushed < written && self.flushing.is_none() {
            self.flushing = Some(written);
            let (standby, to) = (self.id, written);
            let began = effects.note(Cause::Input, Note::StandbyFlushes { standby, to });
            let io = Io {
                kind: IoKind::FlushWal { to },
                bytes: blocks(flushed, to),
            };
            effects.push(began, Effect::Io(io));
        }
        if replayed < flushed && self.replaying.is_none() {
            self.replaying = Some(flushed);
            let took = time_for(flushed.0 - replayed.0, self.replay_bytes_per_second);
            let timer = Effect::StandbyTimer {
                standby: self.id,
                at: now + took,
                timer: StandbyTimer::Replayed,
            };
            effects.push(Cause::Input, timer);
        }
    }

    fn tell(&self, cause: Cause, effects: &mut Effects) {
        let (from, report) = (self.id, self.report);
        effects.push(cause, Effect::Report { from, report });
    }
}

impl Hash for Standby {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.id, self.report, self.flushing, self.replaying).hash(state);
        self.pages().for_each(|page| page.hash(state));
    }
}

/// Bytes of the whole blocks that a flush writes, the first and the last perhaps not full.
pub(crate) fn blocks(from: Lsn, to: Lsn) -> u64 {
    let block = PAGE_BYTES as u64;
    to.0.next_multiple_of(block) - from.0 / block * block
}

fn replay(pages: &mut PageMap<Option<Page>>, record: Record) {
    if record.form == Form::Checkpoint {
        return;
    }
    let id = record.change.page;
    let page = pages.get_mut(id);
    if let Some(image) = record.image {
        *page = Some(image);
    } else {
        let page = page.get_or_insert_with(|| Page::new(id));
        page.apply(record.lsn, &record.change);
    }
}
