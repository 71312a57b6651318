//! Crashes at every moment: what survives is a prefix, and every acknowledged commit is in it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use redo::{Lsn, Page, PageId};
use sim::{Delay, Span};

use super::rig::{Delays, Load, Rig};
use crate::{Form, Note, Phase, Settings};

/// A pool that is too small, checkpoints all the time, and short delays.
fn busy() -> Settings {
    Settings {
        checkpoint_interval: Span::from_millis(20),
        pages: 20,
        shared_buffers: 6,
        startup: Span::from_millis(1),
        bgwriter_delay: Span::from_millis(3),
        ..Settings::default()
    }
}

fn rig(settings: &Settings, seed: u64, changes: usize) -> Rig {
    let load = Load {
        clients: 4,
        pages: 24,
        changes,
        reads: 1,
        exact: true,
        limit: 60,
        ..Load::default()
    };
    // Some writes of pages take longer than a checkpoint.
    let delays = Delays {
        page: Delay::Exponential { mean_ms: 3.0 },
        ..Delays::default()
    };
    let mut rig = Rig::with(settings, 0, delays, load, seed);
    rig.begin();
    rig
}

fn crash_and_recover(rig: &mut Rig) {
    let storage = rig.crash();
    rig.recover(storage);
    rig.run_until_open();
}

/// Every acknowledged commit is in WAL, and every page is as a plain map has it.
fn check(rig: &Rig) {
    let kept: BTreeSet<_> = rig.kept.values().collect();
    for txn in rig.acked.keys() {
        assert!(kept.contains(txn), "an acknowledged commit survives");
    }
    let plain = match rig.load.changes {
        1 => by_commits(rig),
        _ => by_records(rig),
    };
    for (id, page) in plain {
        let found = rig.page(id);
        assert_eq!(found.lsn(), page.lsn(), "page {id}");
        assert!(found == page, "page {id}");
    }
}

/// The pages by what was submitted, of transactions with one change: those whose record was kept, in
/// the order of their commits. The log is not looked at.
fn by_commits(rig: &Rig) -> BTreeMap<PageId, Page> {
    let mut pages = BTreeMap::new();
    for (lsn, txn) in &rig.kept {
        let change = &rig.submitted[txn].changes[0];
        let page = pages
            .entry(change.page)
            .or_insert_with(|| Page::new(change.page));
        page.apply(*lsn, change);
    }
    pages
}

/// The pages by every record of WAL, one after the other, without images.
fn by_records(rig: &Rig) -> BTreeMap<PageId, Page> {
    let mut pages = BTreeMap::new();
    let records = rig.wal.records_after(Lsn::ZERO);
    for record in records.filter(|record| record.form != Form::Checkpoint) {
        let id = record.change.page;
        let page = pages.entry(id).or_insert_with(|| Page::new(id));
        page.apply(record.lsn, &record.change);
    }
    pages
}

fn damaged(rig: &Rig) -> usize {
    rig.notes(|note| matches!(note, Note::PageDamaged { .. }))
        .len()
}

#[test]
fn acknowledged_commits_survive_a_crash_at_every_event() {
    for changes in [1, 3] {
        let mut rig = rig(&busy(), 1, changes);
        let mut crashes = 0;
        while rig.acked.len() < 60 {
            assert!(rig.step(), "all are acknowledged");
            let mut fork = rig.clone();
            crash_and_recover(&mut fork);
            check(&fork);
            crashes += 1;
        }
        assert!(crashes > 200, "{crashes}");
    }
}

#[test]
fn a_second_crash_at_any_event_of_the_recovery_loses_nothing_more() {
    let mut rig = rig(&busy(), 2, 1);
    while rig.acked.len() < 40 {
        assert!(rig.step());
    }
    let storage = rig.crash();
    let end = storage.end();
    rig.recover(storage);
    let mut crashes = 0;
    while !matches!(rig.primary().phase(), Phase::Open) {
        let mut fork = rig.clone();
        crash_and_recover(&mut fork);
        check(&fork);
        assert!(fork.wal.end() >= end);
        assert!(rig.step());
        crashes += 1;
    }
    assert!(crashes > 20, "{crashes}");
}

#[test]
fn without_a_checkpoint_at_its_end_recovery_opens_sooner_and_is_as_right() {
    let took = |end_of_recovery_checkpoint| {
        let settings = Settings {
            end_of_recovery_checkpoint,
            ..busy()
        };
        let mut rig = rig(&settings, 3, 1);
        while rig.acked.len() < 50 {
            assert!(rig.step());
        }
        crash_and_recover(&mut rig);
        check(&rig);
        let opened = rig.notes(|note| matches!(note, Note::Opened { .. }));
        let [Note::Opened { took, .. }] = opened[..] else {
            panic!("it opened once");
        };
        rig.run_for_ms(100);
        crash_and_recover(&mut rig);
        check(&rig);
        took
    };
    assert!(took(false) < took(true));
}

#[test]
fn redo_takes_the_start_the_bytes_and_the_pages_that_are_read() {
    let settings = Settings {
        full_page_writes: false,
        end_of_recovery_checkpoint: false,
        replay_bytes_per_second: 1_000_000,
        ..Settings::default()
    };
    let delays = Delays {
        page: Delay::Constant { ms: 2.0 },
        other: Delay::NONE,
        ..Delays::default()
    };
    let load = Load {
        clients: 10,
        limit: 5000,
        ..Load::default()
    };
    let mut rig = Rig::with(&settings, 0, delays, load, 1);
    rig.begin();
    rig.run_for_ms(60_000);
    crash_and_recover(&mut rig);
    let opened = rig.notes(|note| matches!(note, Note::Opened { .. }));
    let [Note::Opened { took, end }] = opened[..] else {
        panic!("it opened once");
    };
    assert_eq!(end, Lsn(5000 * 140));
    assert_eq!(took, settings.startup + Span::from_millis(700 + 100 * 2));
}

#[test]
fn full_page_images_spare_redo_its_reads() {
    let reads = |full_page_writes| {
        let mut rig = Rig::new(
            &Settings {
                full_page_writes,
                ..Settings::default()
            },
            0,
        );
        rig.load.limit = 500;
        rig.begin();
        rig.run_for_ms(2000);
        crash_and_recover(&mut rig);
        let done = rig.notes(|note| matches!(note, Note::RedoDone { .. }));
        let [Note::RedoDone { reads, records, .. }] = done[..] else {
            panic!("redo was done once");
        };
        assert_eq!(records, 500);
        reads
    };
    assert_eq!(reads(true), 0);
    assert!(reads(false) > 90);
}

/// Crashes while pages are being written, with a device that takes its time for that.
fn torn(full_page_writes: bool, seed: u64) -> (u64, usize) {
    let settings = Settings {
        full_page_writes,
        ..busy()
    };
    let delays = Delays {
        page: Delay::Constant { ms: 5.0 },
        ..Delays::default()
    };
    let load = Load {
        clients: 8,
        pages: 24,
        exact: seed.is_multiple_of(2),
        ..Load::default()
    };
    let mut rig = Rig::with(&settings, 0, delays, load, seed);
    rig.begin();
    rig.run_for_ms(100 + seed % 50);
    crash_and_recover(&mut rig);
    let torn = rig.notes(|note| matches!(note, Note::PrimaryCrashed { torn, .. } if *torn > 0));
    let found = damaged(&rig);
    if full_page_writes {
        check(&rig);
    }
    rig.load.limit = 0;
    (torn.len() as u64, found)
}

#[test]
fn torn_pages_are_mended_by_images_and_stay_without_them() {
    let (mut crashes_that_tear, mut damages) = (0, 0);
    for seed in 0..60 {
        let (torn_with, damaged_with) = torn(true, seed);
        assert_eq!(damaged_with, 0, "seed {seed}");
        let (_, damaged_without) = torn(false, seed);
        crashes_that_tear += torn_with;
        damages += damaged_without;
    }
    assert!(crashes_that_tear > 20, "{crashes_that_tear}");
    assert!(damages > 0);
}

#[test]
fn a_transaction_that_meets_a_damaged_page_ends_with_an_error() {
    let settings = Settings {
        full_page_writes: false,
        startup: Span::ZERO,
        ..Settings::default()
    };
    let mut rig = Rig::new(&settings, 0);
    rig.load = Load {
        pages: 1,
        limit: 3,
        exact: true,
        ..Load::default()
    };
    rig.begin();
    rig.run_for_ms(50);
    crash_and_recover(&mut rig);
    rig.run_for_ms(10);
    let mut storage = rig.crash();
    assert!(storage.damage(PageId(0), 99));
    assert!(!storage.damage(PageId(1), 99), "it was never written");
    rig.recover(storage);
    rig.load.limit = 6;
    rig.begin();
    rig.run_for_ms(100);
    assert_eq!((rig.failed, damaged(&rig)), (3, 1));
    assert_eq!(rig.acked.len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_survives_is_a_prefix_whatever_the_server_is_set_to(
        seed in 0_u64..1_000_000,
        shared_buffers in 1_u32..30,
        os_cache in 0_u32..20,
        interval_ms in 5_u64..100,
        full_page_writes in proptest::bool::ANY,
        times in proptest::collection::vec(1_u64..60, 1..5),
    ) {
        let settings = Settings {
            shared_buffers,
            os_cache,
            checkpoint_interval: Span::from_millis(interval_ms),
            full_page_writes,
            archive: seed % 2 == 0,
            end_of_recovery_checkpoint: seed % 3 == 0,
            ..busy()
        };
        let mut rig = rig(&settings, seed, 1);
        rig.load.limit = u64::MAX;
        for ms in times {
            rig.run_for_ms(ms);
            crash_and_recover(&mut rig);
            if damaged(&rig) > 0 {
                prop_assert!(!full_page_writes);
                return Ok(());
            }
            check(&rig);
            rig.begin();
        }
    }

    #[test]
    fn both_weights_give_the_same_run(seed in 0_u64..1_000_000) {
        let run = |exact| {
            let mut rig = rig(&busy(), seed, 2);
            rig.load.exact = exact;
            rig.run_for_ms(100);
            crash_and_recover(&mut rig);
            (rig.notes, rig.acked, rig.wal.end())
        };
        prop_assert_eq!(run(true), run(false));
    }
}
