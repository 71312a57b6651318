//! What is measured.

mod engine;
mod kernel;
mod pages;
mod redo_log;
mod wal;

use lab::Engine;
use sim::Span;

use crate::Case;

/// A case by its name, and what makes it.
type Named = (&'static str, fn() -> Case);

/// What is measured, by name, in the order in which it is told. A case is made when its turn comes.
pub(crate) const ALL: &[Named] = &[
    ("kernel: draw", kernel::draw),
    ("kernel: draw and hold", kernel::hold),
    ("kernel: six acks, 400 due", || kernel::acks(64)),
    ("kernel: six acks, 100,000 due", || kernel::acks(16_384)),
    ("engine: inserts", engine::insert),
    ("engine and checker", engine::check),
    ("trace: hash and lines", engine::hash),
    ("engine: open loop", engine::open_loop),
    ("insert test: ten in a boxcar", || {
        engine::conference(Engine::Quorum, engine::OF_TEN)
    }),
    ("insert test: each alone", || {
        engine::conference(Engine::Quorum, Span::ZERO)
    }),
    ("insert test: conventional", || {
        engine::conference(Engine::Wal, Span::ZERO)
    }),
    ("log: append", redo_log::append),
    ("log: read in order", redo_log::read),
    ("pages: read", pages::read),
    ("pages: clone 1,000,000", pages::clone),
    ("pages: write after a clone", pages::first_writes),
    #[cfg(not(target_family = "wasm"))]
    ("volume: clone 10,000,000 pages", pages::clone_volume),
    ("redo: apply", redo_log::apply),
    ("redo: check and apply", redo_log::apply_checked),
    ("redo: account for", redo_log::account),
    ("WAL: read and check", wal::read_wal),
];
