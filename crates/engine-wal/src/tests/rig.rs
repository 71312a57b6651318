//! A world of one primary, its standbys and their clients.

use std::collections::BTreeMap;

use redo::{Change, Lsn, Page, PageId, Payload};
use sim::{Delay, Queue, SimTime, Span, Stream};

use crate::{
    COMMIT_BYTES, Effect, Effects, IoKind, Level, Note, Phase, Primary, PrimaryInput, Report,
    Settings, Shipment, Standby, StandbyId, StandbyInput, Storage, Transaction, Wal,
};

/// How long things take. Operations do not wait for each other.
#[derive(Clone, Debug)]
pub(crate) struct Delays {
    pub(crate) flush: Delay,
    pub(crate) standby_flush: Delay,
    pub(crate) page: Delay,
    pub(crate) other: Delay,
    pub(crate) link: Delay,
}

impl Default for Delays {
    fn default() -> Self {
        let ms = |ms| Delay::Constant { ms };
        Self {
            flush: ms(1.0),
            standby_flush: ms(1.0),
            page: ms(0.5),
            other: ms(0.5),
            link: ms(0.1),
        }
    }
}

/// What clients do, each in a closed loop.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) clients: u32,
    pub(crate) pages: u32,
    pub(crate) bytes: u32,
    pub(crate) changes: usize,
    pub(crate) reads: usize,
    pub(crate) think: Span,
    pub(crate) exact: bool,
    /// Transactions, all clients together.
    pub(crate) limit: u64,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            clients: 1,
            pages: 100,
            bytes: 100,
            changes: 1,
            reads: 0,
            think: Span::ZERO,
            exact: false,
            limit: u64::MAX,
        }
    }
}

#[derive(Clone, Debug)]
enum Event {
    /// For this life of the primary.
    Primary(u32, PrimaryInput),
    /// For this life of a standby.
    Standby(u32, StandbyId, StandbyInput),
    /// From the primary to a standby, in these lives of both.
    Ship([u32; 2], StandbyId, Shipment),
    /// From a standby to the primary, in these lives of both.
    Report([u32; 2], StandbyId, Report),
    Client,
}

#[derive(Clone, Debug)]
pub(crate) struct Rig {
    pub(crate) now: SimTime,
    pub(crate) settings: Settings,
    pub(crate) delays: Delays,
    pub(crate) load: Load,
    pub(crate) primary: Option<Primary>,
    pub(crate) standbys: Vec<Standby>,
    pub(crate) wal: Wal,
    pub(crate) notes: Vec<(SimTime, Note)>,
    /// Of each acknowledged transaction, how long it took.
    pub(crate) acked: BTreeMap<u64, Span>,
    /// What was submitted.
    pub(crate) submitted: BTreeMap<u64, Transaction>,
    /// Of the transactions with one change whose change is in WAL, its LSN.
    pub(crate) kept: BTreeMap<Lsn, u64>,
    pub(crate) events: u64,
    pub(crate) failed: u64,
    life: u32,
    standby_lives: [u32; 8],
    next_txn: u64,
    queue: Queue<Event>,
    stream: Stream,
}

impl Rig {
    pub(crate) fn new(settings: &Settings, standbys: u8) -> Self {
        Self::with(settings, standbys, Delays::default(), Load::default(), 1)
    }

    pub(crate) fn with(
        settings: &Settings,
        standbys: u8,
        delays: Delays,
        load: Load,
        seed: u64,
    ) -> Self {
        let mut effects = Effects::default();
        let primary = Primary::new(SimTime::START, settings, &mut effects);
        let mut rig = Self {
            now: SimTime::START,
            settings: settings.clone(),
            delays,
            load,
            primary: Some(primary),
            standbys: (0..standbys)
                .map(|n| Standby::new(StandbyId(n), settings))
                .collect(),
            wal: Wal::default(),
            notes: Vec::new(),
            acked: BTreeMap::new(),
            submitted: BTreeMap::new(),
            kept: BTreeMap::new(),
            events: 0,
            failed: 0,
            life: 0,
            standby_lives: [0; 8],
            next_txn: 1,
            queue: Queue::default(),
            stream: Stream::new(seed, "rig"),
        };
        rig.settle(None, effects);
        (0..standbys).for_each(|n| rig.connect(StandbyId(n)));
        rig
    }

    /// Lets the clients begin.
    pub(crate) fn begin(&mut self) {
        (0..self.load.clients).for_each(|_| self.queue.push(self.now, Event::Client));
    }

    pub(crate) fn primary(&self) -> &Primary {
        self.primary.as_ref().unwrap()
    }

    /// Handles the next event. False: nothing is due.
    pub(crate) fn step(&mut self) -> bool {
        let Some((at, event)) = self.queue.pop() else {
            return false;
        };
        self.now = at;
        self.events += 1;
        let (mut effects, mut actor) = (Effects::default(), None);
        match event {
            Event::Primary(life, input) if life == self.life => {
                if let Some(primary) = &mut self.primary {
                    primary.handle(at, input, &mut self.wal, &mut effects);
                }
            }
            Event::Report(lives, standby, report) if lives == self.lives(standby) => {
                self.tell(PrimaryInput::Reported { standby, report });
            }
            Event::Ship(lives, standby, shipment) if lives == self.lives(standby) => {
                actor = Some(standby);
                self.tell_standby(standby, StandbyInput::Shipped(shipment), &mut effects);
            }
            Event::Standby(life, standby, input) if life == self.lives(standby)[1] => {
                actor = Some(standby);
                self.tell_standby(standby, input, &mut effects);
            }
            Event::Primary(..) | Event::Report(..) | Event::Ship(..) | Event::Standby(..) => {}
            Event::Client => self.submit_next(),
        }
        self.settle(actor, effects);
        true
    }

    fn tell_standby(&mut self, id: StandbyId, input: StandbyInput, effects: &mut Effects) {
        if let Some(standby) = self.standbys.iter_mut().find(|standby| standby.id() == id) {
            standby.handle(self.now, input, &self.wal, effects);
        }
    }

    fn lives(&self, standby: StandbyId) -> [u32; 2] {
        [self.life, self.standby_lives[standby.index()]]
    }

    pub(crate) fn run_until(&mut self, until: SimTime) {
        while self.queue.next_at().is_some_and(|at| at <= until) {
            self.step();
        }
        self.now = until;
    }

    pub(crate) fn run_for_ms(&mut self, ms: u64) {
        self.run_until(self.now + Span::from_millis(ms));
    }

    /// Runs until the primary takes transactions.
    pub(crate) fn run_until_open(&mut self) {
        while !matches!(self.primary().phase(), Phase::Open) {
            assert!(self.step(), "recovery gets on");
        }
    }

    pub(crate) fn submit(&mut self, transaction: Transaction) {
        if let Some(txn) = transaction.commit {
            self.submitted.insert(txn, transaction.clone());
        }
        let input = PrimaryInput::Submit(transaction);
        self.queue.push(self.now, Event::Primary(self.life, input));
    }

    fn submit_next(&mut self) {
        if self.next_txn > self.load.limit {
            return;
        }
        let txn = self.next_txn;
        self.next_txn += 1;
        let (pages, reads) = (u64::from(self.load.pages), self.load.reads);
        let mut page = || PageId(u32::try_from(self.stream.below(pages)).unwrap());
        let reads = (0..reads).map(|_| page()).collect();
        let changed: Vec<_> = (0..self.load.changes).map(|_| page()).collect();
        let changes = changed
            .into_iter()
            .map(|page| self.change(page, txn))
            .collect();
        let commit = (self.load.changes > 0).then_some(txn);
        self.submit(Transaction {
            reads,
            changes,
            commit,
        });
    }

    fn change(&self, page: PageId, txn: u64) -> Change {
        let bytes = self.load.bytes;
        if self.load.exact {
            let payload = Payload::new(txn.to_be_bytes().as_slice().into(), 0, 8);
            Change::exact(page, bytes, false, payload)
        } else {
            Change::account(page, bytes, false)
        }
    }

    /// The primary loses power.
    pub(crate) fn crash(&mut self) -> Storage {
        let mut effects = Effects::default();
        self.life += 1;
        let primary = self.primary.take().unwrap();
        let storage = primary.crash(&mut self.stream, &mut self.wal, &mut effects);
        self.settle(None, effects);
        storage
    }

    /// A primary starts from what lies on a device.
    pub(crate) fn recover(&mut self, storage: Storage) {
        let mut effects = Effects::default();
        let settings = &self.settings;
        self.primary = Some(Primary::recover(
            self.now,
            settings,
            storage,
            &self.wal,
            &mut effects,
        ));
        self.settle(None, effects);
    }

    pub(crate) fn promote(&mut self, standby: StandbyId) {
        let mut effects = Effects::default();
        let place = self
            .standbys
            .iter()
            .position(|s| s.id() == standby)
            .unwrap();
        let storage = self
            .standbys
            .remove(place)
            .promote(&mut self.wal, &mut effects);
        self.settle(None, effects);
        self.recover(storage);
    }

    pub(crate) fn connect(&mut self, standby: StandbyId) {
        let flushed = self.standby(standby).report().flushed;
        self.tell(PrimaryInput::StandbyConnected { standby, flushed });
    }

    pub(crate) fn standby(&self, standby: StandbyId) -> &Standby {
        self.standbys.iter().find(|s| s.id() == standby).unwrap()
    }

    /// The primary is told something now.
    pub(crate) fn tell(&mut self, input: PrimaryInput) {
        let mut effects = Effects::default();
        let primary = self.primary.as_mut().unwrap();
        primary.handle(self.now, input, &mut self.wal, &mut effects);
        self.settle(None, effects);
    }

    /// A standby loses power and is up again at once, without a connection.
    pub(crate) fn crash_standby(&mut self, standby: StandbyId) {
        let mut effects = Effects::default();
        self.standby_lives[standby.index()] += 1;
        let found = self
            .standbys
            .iter_mut()
            .find(|s| s.id() == standby)
            .unwrap();
        found.crash(&mut self.stream, &self.wal, &mut effects);
        found.start(self.now, &mut effects);
        self.settle(Some(standby), effects);
        self.tell(PrimaryInput::StandbyLost { standby });
    }

    /// A page of the primary as it is, in memory or on the device.
    pub(crate) fn page(&self, page: PageId) -> Page {
        let primary = self.primary();
        let stored = || match primary.storage().page(page) {
            Some(image) => image.open().unwrap().clone(),
            None => Page::new(page),
        };
        primary.buffers().page(page).cloned().unwrap_or_else(stored)
    }

    /// Where each commit's record ended, by transaction.
    pub(crate) fn asked(&self) -> BTreeMap<u64, Lsn> {
        let asked = |(_, note): &(SimTime, Note)| match *note {
            Note::CommitAsked { txn, lsn } => Some((txn, lsn)),
            _ => None,
        };
        self.notes.iter().filter_map(asked).collect()
    }

    pub(crate) fn notes(&self, wanted: impl Fn(&Note) -> bool) -> Vec<Note> {
        self.notes
            .iter()
            .map(|(_, note)| *note)
            .filter(wanted)
            .collect()
    }

    /// Carries out what an actor wants, the primary or a standby.
    fn settle(&mut self, standby: Option<StandbyId>, mut effects: Effects) {
        let life = self.life;
        for (_, effect) in effects.drain() {
            match effect {
                Effect::Io(io) => {
                    let is_primarys = standby.is_none();
                    let delay = match io.kind {
                        IoKind::FlushWal { .. } if is_primarys => &self.delays.flush,
                        IoKind::FlushWal { .. } => &self.delays.standby_flush,
                        IoKind::ReadPage(_) | IoKind::WritePage { .. } => &self.delays.page,
                        _ => &self.delays.other,
                    };
                    let at = self.now + delay.sample(&mut self.stream);
                    let event = match standby {
                        None => Event::Primary(life, PrimaryInput::Done(io.kind)),
                        Some(standby) => Event::Standby(
                            self.lives(standby)[1],
                            standby,
                            StandbyInput::Done(io.kind),
                        ),
                    };
                    self.queue.push(at, event);
                }
                Effect::Ship { to, shipment } => {
                    let at = self.now + self.delays.link.sample(&mut self.stream);
                    let event = Event::Ship(self.lives(to), to, shipment);
                    self.queue.push(at, event);
                }
                Effect::Report { from, report } => {
                    let at = self.now + self.delays.link.sample(&mut self.stream);
                    let event = Event::Report(self.lives(from), from, report);
                    self.queue.push(at, event);
                }
                Effect::PrimaryTimer { at, timer } => {
                    let input = PrimaryInput::Timer(timer);
                    self.queue.push(at, Event::Primary(life, input));
                }
                Effect::StandbyTimer { standby, at, timer } => {
                    let input = StandbyInput::Timer(timer);
                    self.queue
                        .push(at, Event::Standby(self.lives(standby)[1], standby, input));
                }
                Effect::Acked { txn, took } => {
                    assert!(self.acked.insert(txn, took).is_none(), "acknowledged once");
                    self.queue.push(self.now + self.load.think, Event::Client);
                }
                Effect::HasRead { .. } => {
                    self.queue.push(self.now + self.load.think, Event::Client);
                }
                Effect::Failed { .. } => {
                    self.failed += 1;
                    self.queue.push(self.now + self.load.think, Event::Client);
                }
                Effect::Note(note) => {
                    match note {
                        Note::CommitAsked { txn, lsn } => {
                            self.kept.insert(Lsn(lsn.0 - u64::from(COMMIT_BYTES)), txn);
                        }
                        Note::PrimaryCrashed { end, .. } => {
                            let level = self.settings.level;
                            let is_safe = |lsn: Lsn| lsn.0 + u64::from(COMMIT_BYTES) <= end.0;
                            let mut kept = self.kept.iter();
                            assert!(
                                kept.all(|(lsn, txn)| is_safe(*lsn)
                                    || !self.acked.contains_key(txn)
                                    || level == Level::Off),
                                "an acknowledged commit survives"
                            );
                            self.kept.split_off(&end.next());
                        }
                        Note::Promoted { end, .. } => {
                            self.kept.split_off(&end.next());
                        }
                        _ => {}
                    }
                    self.notes.push((self.now, note));
                }
            }
        }
    }
}

/// What a standby would say.
pub(crate) const fn report(written: u64, flushed: u64, replayed: u64) -> Report {
    Report {
        written: Lsn(written),
        flushed: Lsn(flushed),
        replayed: Lsn(replayed),
    }
}
