//! Commits, group commit, and the place where WAL grows.

use redo::Lsn;
use sim::Span;

use super::rig::{Delays, Load, Rig};
use crate::{Level, Note, Settings};

#[test]
fn a_commit_is_acknowledged_when_its_flush_is_done() {
    let mut rig = Rig::new(&Settings::default(), 0);
    rig.load.limit = 1;
    rig.begin();
    rig.run_for_ms(10);
    // A page is read; two insertions of 1 µs, 8,332 bytes to copy at 100 ns for each KiB; a flush.
    assert_eq!(rig.acked[&1], Span(500_000 + 2_000 + 813 + 1_000_000));
}

#[test]
fn one_flush_serves_everyone_who_came_during_the_one_before() {
    let load = Load {
        clients: 20,
        limit: 20,
        ..Load::default()
    };
    let mut rig = Rig::with(&Settings::default(), 0, Delays::default(), load, 1);
    rig.begin();
    rig.run_for_ms(10);
    let served: Vec<_> = (rig.notes.iter())
        .filter_map(|(_, note)| match note {
            Note::FlushDone { commits, .. } => Some(*commits),
            _ => None,
        })
        .collect();
    assert_eq!(served, [1, 19]);
    assert_eq!(rig.acked.len(), 20);
}

#[test]
fn waits_at_the_insertion_point_grow_with_clients() {
    let settings = Settings {
        insert: Span::from_micros(100),
        full_page_writes: false,
        ..Settings::default()
    };
    let mean = |clients| {
        let load = Load {
            clients,
            ..Load::default()
        };
        let mut rig = Rig::with(&settings, 0, Delays::default(), load, 1);
        rig.begin();
        rig.run_for_ms(1000);
        let total: u64 = rig.acked.values().map(|took| took.0).sum();
        total / rig.acked.len() as u64
    };
    let (few, many) = (mean(2), mean(64));
    // 64 clients insert one after the other, two records each: 12.8 ms for a round.
    assert!(few < 2_500_000 && many > 12_000_000, "{few} {many}");
}

#[test]
fn with_more_clients_than_processors_commits_take_as_long_as_all_their_statements() {
    let settings = Settings {
        processors: 2,
        statement: Span::from_micros(100),
        insert: Span::ZERO,
        copy_per_kib: Span::ZERO,
        full_page_writes: false,
        ..Settings::default()
    };
    let median = |clients| {
        let (load, mut delays) = (Load::default(), Delays::default());
        let load = Load { clients, ..load };
        delays.flush = sim::Delay::Constant { ms: 0.01 };
        let mut rig = Rig::with(&settings, 0, delays, load, 1);
        rig.begin();
        rig.run_for_ms(200);
        let mut took: Vec<_> = rig.acked.values().map(|took| took.0).collect();
        took.sort_unstable();
        took[took.len() / 2]
    };
    assert_eq!(median(1), 110_000);
    // A round of 16 statements on two processors; the flush goes on beside it.
    let many = median(16);
    assert!(many.abs_diff(800_000) < 20_000, "{many}");
}

#[test]
fn full_wal_buffers_hold_inserters_back() {
    let settings = Settings {
        wal_buffers: 1000,
        full_page_writes: false,
        ..Settings::default()
    };
    let load = Load {
        clients: 100,
        ..Load::default()
    };
    let mut rig = Rig::with(&settings, 0, Delays::default(), load, 1);
    rig.begin();
    for _ in 0..5000 {
        rig.step();
        let ahead = rig.wal.end().0 - rig.primary().flushed().0;
        assert!(ahead < 1000 + 140, "{ahead}");
    }
    assert!(
        !rig.notes(|note| matches!(note, Note::BuffersFull { .. }))
            .is_empty()
    );
    assert!(rig.acked.len() > 100);
}

#[test]
fn an_asynchronous_commit_waits_for_its_insertion_alone() {
    let settings = Settings {
        level: Level::Off,
        full_page_writes: false,
        ..Settings::default()
    };
    let mut rig = Rig::new(&settings, 0);
    rig.load.think = Span::from_micros(50);
    rig.begin();
    rig.run_for_ms(199);
    assert_eq!(rig.primary().flushed(), Lsn::ZERO);
    assert!(rig.acked.len() > 2000);
    assert!(rig.acked.values().filter(|took| took.0 > 5000).count() <= 100);
    rig.run_for_ms(10);
    assert!(
        rig.primary().flushed() > Lsn(2000 * 140),
        "the WAL writer flushed"
    );
    let asked = rig.asked();
    rig.crash();
    let lost = rig.notes(|note| matches!(note, Note::AckedCommitLost { .. }));
    let lost_acks = asked
        .iter()
        .filter(|(txn, lsn)| **lsn > rig.wal.end() && rig.acked.contains_key(*txn));
    assert_eq!(lost.len(), lost_acks.count());
    assert!(!lost.is_empty());
}

#[test]
fn a_commit_costs_two_events_and_two_notes() {
    let load = Load {
        clients: 100,
        ..Load::default()
    };
    let mut rig = Rig::with(&Settings::default(), 0, Delays::default(), load, 1);
    rig.begin();
    rig.run_for_ms(1000);
    let (events, notes) = (rig.events, rig.notes.len() as u64);
    let commits = rig.acked.len() as u64;
    // One event is the client's own.
    assert!(events * 100 < commits * 210, "{events} for {commits}");
    assert!(notes * 100 < commits * 210, "{notes} for {commits}");
}
