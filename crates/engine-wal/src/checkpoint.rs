//! The checkpointer: when a checkpoint begins, and how fast it goes.
//!
//! A checkpoint notes where WAL ends, its **redo point**, writes every page that is dirty then, has
//! them flushed, inserts and flushes a record, and names the redo point in the control file. From
//! then on redo begins there.
//!
//! ```text
//! WAL  ----|=========== pages are written ============|--------------|=========
//!          redo point                           complete             next redo point
//!          <------- completion target × distance ----->
//!          <-------------------- distance ------------------------->
//! ```
//!
//! It begins when the interval has passed since the last began, or when WAL has come the *distance*
//! since its redo point. The distance is `max_wal_size / (1 + completion target)`, so that there is
//! `max_wal_size` of WAL when the next one is complete (`CalculateCheckpointSegments` in PostgreSQL's
//! `xlog.c`).
//!
//! It writes page after page, and sleeps for 100 ms after each one if it is ahead of both the clock
//! and the log: so far on its way that the completion target's part of it is more than what has passed
//! of the interval, and of the distance (`IsCheckpointOnSchedule`, `CheckpointWriteDelay` in
//! `checkpointer.c`). It does not look again before the next page, so it writes ten a second at least,
//! and a checkpoint of few pages ends early: 60 pages take 6 s, however much longer the interval is.

use std::rc::Rc;

use redo::{Lsn, PageId};
use sim::{SimTime, Span};

use crate::effects::Trigger;
use crate::settings::Settings;

/// How long a checkpoint sleeps that is ahead of its schedule.
pub(crate) const NAP: Span = Span::from_millis(100);

/// When checkpoints begin, and the one that is under way.
#[derive(Clone, Debug, Hash)]
pub struct Checkpointer {
    /// Number of the last that began.
    number: u32,
    /// Redo point of the last that began: pages older than this log an image when they change.
    redo: Lsn,
    /// How far WAL comes between two of them at most.
    distance: u64,
    /// When the next is due by time.
    due_at: SimTime,
    /// The end of the last one's record. No WAL since: nothing to do.
    record_end: Lsn,
    under_way: Option<Checkpoint>,
}

/// A checkpoint that is under way.
#[derive(Clone, Debug, Hash)]
pub struct Checkpoint {
    /// Its number, from 1.
    pub number: u32,
    /// Why it began.
    pub trigger: Trigger,
    /// Its redo point.
    pub redo: Lsn,
    /// When it began.
    pub began_at: SimTime,
    /// How far it is.
    pub step: CheckpointStep,
    /// What was dirty when it began, by number.
    pub(crate) pages: Rc<[PageId]>,
    /// How many of them it has come to.
    pub(crate) done: usize,
    /// Pages that it came to while somebody else wrote an earlier state of them.
    pub(crate) again: Vec<PageId>,
    /// Its writes that the device has not done.
    pub(crate) writes: u32,
}

/// How far a checkpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckpointStep {
    /// It writes pages.
    Writing,
    /// It is ahead of its schedule and sleeps.
    Napping,
    /// It waits for fsync of the data files.
    Syncing,
    /// It waits until its record, which ends here, is flushed.
    Recording(Lsn),
    /// Its record ended here, and it waits until the control file is written.
    Concluding(Lsn),
}

impl Checkpointer {
    /// The last checkpoint was completed with this redo point.
    pub(crate) fn new(redo: Lsn, number: u32, settings: &Settings) -> Self {
        Self {
            number,
            redo,
            distance: distance(settings),
            due_at: SimTime::LIMIT,
            record_end: redo,
            under_way: None,
        }
    }

    /// The one that is under way.
    pub const fn under_way(&self) -> Option<&Checkpoint> {
        self.under_way.as_ref()
    }

    /// Number of the last that began; 0 before the first.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Redo point of the last that began.
    pub const fn redo(&self) -> Lsn {
        self.redo
    }

    /// When the next is due by time.
    pub const fn due_at(&self) -> SimTime {
        self.due_at
    }

    /// The same as [`Checkpointer::under_way`], for writing.
    pub(crate) const fn under_way_mut(&mut self) -> Option<&mut Checkpoint> {
        self.under_way.as_mut()
    }

    /// The next is due at this time.
    pub(crate) const fn set_due(&mut self, at: SimTime) {
        self.due_at = at;
    }

    /// Why one should begin now, if one should.
    pub(crate) fn trigger(&self, now: SimTime, end: Lsn) -> Option<Trigger> {
        if self.under_way.is_some() {
            None
        } else if end.0 - self.redo.0 >= self.distance {
            Some(Trigger::WalSize)
        } else if self.due_at <= now {
            Some(Trigger::Interval)
        } else {
            None
        }
    }

    /// Whether there was any WAL since the last.
    pub(crate) fn has_work(&self, end: Lsn) -> bool {
        end > self.record_end
    }

    /// One begins.
    pub(crate) fn begin(
        &mut self,
        now: SimTime,
        trigger: Trigger,
        redo: Lsn,
        pages: Vec<PageId>,
    ) -> &Checkpoint {
        self.number += 1;
        self.redo = redo;
        self.under_way.insert(Checkpoint {
            number: self.number,
            trigger,
            redo,
            began_at: now,
            step: CheckpointStep::Writing,
            pages: pages.into(),
            done: 0,
            again: Vec::new(),
            writes: 0,
        })
    }

    /// The one under way is complete.
    pub(crate) fn complete(&mut self) -> Checkpoint {
        let checkpoint = self.under_way.take().expect("one is under way");
        if let CheckpointStep::Concluding(end) = checkpoint.step {
            self.record_end = end;
        }
        checkpoint
    }
}

impl Checkpoint {
    /// The next page that it comes to.
    pub(crate) fn next(&mut self) -> Option<PageId> {
        if let Some(page) = self.again.pop() {
            return Some(page);
        }
        let page = self.pages.get(self.done).copied()?;
        self.done += 1;
        Some(page)
    }

    /// Whether it has come to all its pages.
    pub(crate) fn is_through(&self) -> bool {
        self.done == self.pages.len() && self.again.is_empty()
    }

    /// How many pages it has come to, of how many.
    pub fn progress(&self) -> (u32, u32) {
        let count = |pages| u32::try_from(pages).expect("no more pages than have numbers");
        (count(self.done), count(self.pages.len()))
    }

    /// Whether it is ahead of its schedule.
    pub(crate) fn is_ahead(&self, now: SimTime, end: Lsn, settings: &Settings) -> bool {
        let permille = u128::from(settings.completion_permille);
        if self.trigger == Trigger::Recovery || self.pages.is_empty() {
            return false;
        }
        // done / pages × target > passed / all, without division.
        let is_ahead_of = |passed: u64, all: u64| {
            u128::from(self.done as u64) * permille * u128::from(all)
                > u128::from(passed) * 1000 * u128::from(self.pages.len() as u64)
        };
        is_ahead_of(end.0 - self.redo.0, distance(settings))
            && is_ahead_of(now.since(self.began_at).0, settings.checkpoint_interval.0)
    }
}

/// How far WAL comes between two checkpoints at most.
fn distance(settings: &Settings) -> u64 {
    let parts = u64::from(1000 + settings.completion_permille);
    // Whole parts and the rest apart, so that nothing overflows.
    let (part, rest) = (settings.max_wal_size / parts, settings.max_wal_size % parts);
    (part * 1000 + rest * 1000 / parts).max(1)
}
