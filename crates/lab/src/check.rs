//! Checkers: they read the trace and the log's records, never an engine's own books.
//!
//! From what the trace says is on a disk, a checker works out for itself how far each segment is
//! complete, and holds every point that the engine moves against that. It keeps a book for each
//! volume; that of a clone, or of a restored volume, begins with what the book of its source says.

mod book;
mod chain;
mod servers;
#[cfg(test)]
mod tests;

use book::Book;
use engine_quorum::Log;
use protocol::VolumeId;
use servers::ServerBook;

use crate::trace::{Line, What};
use crate::world::World;

const POINTS: &str = "points never decrease";
const DISK: &str = "a segment says it is complete exactly as far as its disk is";
const QUORUM: &str = "what a point covers is stored by a write quorum of every group";
const MTR: &str = "the VDL is the last end of a mini-transaction at or below the VCL";
const LIMIT: &str = "no LSN runs too far ahead of the VDL";
const ORDER: &str = "commits are acknowledged in order, and only when durable";
const KEPT: &str = "no acknowledged commit is missing";
const FOUND: &str = "every read quorum finds every acknowledged commit";
const OVER: &str = "a writer that is over acknowledges nothing that its successor does not keep";
const ANNULLED: &str = "what a recovery annulled does not come back";
const EPOCHS: &str = "epochs never decrease";
const MEMBERS: &str = "members change by steps that fit, and throw nothing away before";
const READ_POINT: &str = "a read point is a VDL, and held as long as it is used";
const READ: &str = "a read gives the page as it was at its read point";
const CACHE: &str = "the cache has every change that was made to its pages";
const BEGINNING: &str =
    "a volume that comes from another begins with exactly what was durable there";

const SERVER_ACKS: &str = "a server acknowledges a commit only when its log is flushed up to it";
const STANDBYS: &str =
    "a server acknowledges a commit only when as many standbys have it as it waits for";
const RESTART: &str = "a server that crashed has every commit that it acknowledged";
const REDO: &str =
    "redo begins at the last checkpoint's redo point or before, and ends with the log";
const WHOLE: &str = "no page of a server is torn";

/// The names of what is checked: of the quorum engine, then of the conventional one.
pub const INVARIANTS: [&str; 21] = [
    POINTS,
    DISK,
    QUORUM,
    MTR,
    LIMIT,
    ORDER,
    KEPT,
    FOUND,
    OVER,
    ANNULLED,
    EPOCHS,
    MEMBERS,
    READ_POINT,
    READ,
    CACHE,
    BEGINNING,
    SERVER_ACKS,
    STANDBYS,
    RESTART,
    REDO,
    WHOLE,
];

/// How often an invariant was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// In all.
    pub checked: u64,
    /// And did not hold.
    pub failed: u64,
}

/// Violations of one invariant that are kept; the later ones are only counted.
const KEPT_MAX: u64 = 8;

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its name, one of [`INVARIANTS`].
    pub invariant: &'static str,
    /// The event at which it did not hold.
    pub event: u64,
    /// What was seen.
    pub seen: String,
}

/// Reads a trace, line by line.
#[derive(Clone, Debug)]
pub struct Checker {
    /// By the numbers of the volumes.
    books: Vec<Book>,
    servers: ServerBook,
    findings: Findings,
}

/// What was checked, and what came of it.
#[derive(Clone, Debug, Default)]
struct Findings {
    counts: [Count; INVARIANTS.len()],
    violations: Vec<Violation>,
}

/// Something that is being looked at, and where it is written down what comes of it.
struct Reading<'a> {
    event: u64,
    volume: VolumeId,
    /// The volume's log.
    log: &'a Log,
    findings: &'a mut Findings,
}

impl Reading<'_> {
    fn check(&mut self, invariant: &'static str, holds: bool, seen: impl Fn() -> String) {
        let volume = self.volume;
        self.findings
            .check(self.event, invariant, holds, || match volume {
                VolumeId::FIRST => seen(),
                volume => format!("{volume}: {}", seen()),
            });
    }
}

impl Findings {
    fn check(
        &mut self,
        event: u64,
        invariant: &'static str,
        holds: bool,
        seen: impl Fn() -> String,
    ) {
        let place = INVARIANTS.iter().position(|name| *name == invariant);
        let count = &mut self.counts[place.expect("it has a place in the list")];
        count.checked += 1;
        count.failed += u64::from(!holds);
        if !holds && count.failed <= KEPT_MAX {
            self.violations.push(Violation {
                invariant,
                event,
                seen: seen(),
            });
        }
    }
}

impl Checker {
    /// A checker for a run of this world, from its first event.
    pub fn new(world: &World) -> Self {
        Self {
            books: vec![Book::new(world.script())],
            servers: ServerBook::new(&world.script().scenario.wal),
            findings: Findings::default(),
        }
    }

    /// Reads the next line of this world, or of one that goes on from it. Its logs say which group a
    /// record belongs to.
    pub fn read(&mut self, line: &Line, world: &World) {
        self.read_with(line, world.volumes()[line.volume.index()].log());
    }

    fn read_with(&mut self, line: &Line, log: &Log) {
        if let What::Server(note) = line.what {
            return self.servers.read(line.event, note, &mut self.findings);
        }
        let mut reading = Reading {
            event: line.event,
            volume: line.volume,
            log,
            findings: &mut self.findings,
        };
        let begun = if let What::Cloned { source, at, .. } = line.what {
            self.books[source.index()].cloned(at, &mut reading)
        } else if let What::Restored { source, at, .. } = line.what {
            self.books[source.index()].restored(at, &mut reading)
        } else {
            if let What::Engine(note) = line.what {
                self.books[line.volume.index()].read(note, &mut reading);
            }
            return;
        };
        assert!(
            self.books.len() == line.volume.index(),
            "volumes are numbered as they begin"
        );
        self.books.push(begun);
    }

    /// How often each of [`INVARIANTS`] was checked so far, in their order.
    pub fn counts(&self) -> &[Count; INVARIANTS.len()] {
        &self.findings.counts
    }

    /// What was found so far, of each invariant the first few, in the order in which it was found.
    pub fn violations(&self) -> &[Violation] {
        &self.findings.violations
    }

    /// Looks at the state of all volumes that were not given up, at last.
    pub fn finish(mut self, world: &World) -> Vec<Violation> {
        for (id, volume) in world.living() {
            let mut reading = Reading {
                event: world.events(),
                volume: id,
                log: volume.log(),
                findings: &mut self.findings,
            };
            self.books[id.index()].finish(volume, &mut reading);
        }
        self.findings.violations
    }
}
