//! Checkpoints, full-page images, and pages on their way to the device.

use redo::{Change, Lsn, PageId};
use sim::{Delay, SimTime, Span};

use super::rig::{Delays, Load, Rig};
use crate::{Note, SEGMENT_BYTES, Settings, Transaction, Trigger};

const MIB: u64 = 1 << 20;

/// A steady load, of about 3 MB of WAL in a second over 2,000 pages.
fn steady(settings: &Settings) -> Rig {
    let delays = Delays {
        flush: Delay::Constant { ms: 0.3 },
        ..Delays::default()
    };
    let load = Load {
        pages: 2000,
        bytes: 4_000,
        think: Span::from_millis(1),
        ..Load::default()
    };
    let mut rig = Rig::with(settings, 0, delays, load, 1);
    rig.begin();
    rig
}

/// The redo that a crash would leave, looked at every 10 ms over whole cycles of checkpoints: its mean
/// and its maximum, in bytes; and the bytes of WAL in a second.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn redo_at_a_crash(settings: &Settings, cycles: u32) -> (f64, f64, f64) {
    let mut rig = steady(settings);
    let begun = |rig: &Rig| rig.primary().checkpointer().number();
    while begun(&rig) < 3 {
        rig.run_for_ms(10);
    }
    let (first, from, at) = (begun(&rig), rig.wal.end(), rig.now);
    let mut samples = Vec::new();
    while begun(&rig) < first + cycles {
        rig.run_for_ms(10);
        let primary = rig.primary();
        samples.push((primary.flushed().0 - primary.storage().redo().0) as f64);
    }
    let seconds = rig.now.since(at).0 as f64 / 1e9;
    let rate = (rig.wal.end().0 - from.0) as f64 / seconds;
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    (mean, samples.into_iter().fold(0.0, f64::max), rate)
}

fn assert_near(found: f64, expected: f64, percent: f64, what: &str) {
    let off = (found / expected - 1.0) * 100.0;
    assert!(
        off.abs() < percent,
        "{what}: {found} is {off:.2} % off {expected}"
    );
}

/// Completion targets, and what they are.
const TARGETS: [(u32, f64); 3] = [(0, 0.0), (500, 0.5), (900, 0.9)];

#[test]
fn redo_by_time_is_half_an_interval_and_the_target_at_the_mean_and_all_of_it_at_most() {
    for (completion_permille, c) in TARGETS {
        let settings = Settings {
            completion_permille,
            checkpoint_interval: Span::from_millis(20_000),
            max_wal_size: 1 << 40,
            full_page_writes: false,
            ..Settings::default()
        };
        let (mean, max, rate) = redo_at_a_crash(&settings, 6);
        assert_near(mean, rate * 20.0 * (0.5 + c), 2.0, "mean");
        assert_near(max, rate * 20.0 * (1.0 + c), 2.0, "max");
    }
}

#[test]
fn redo_by_size_is_max_wal_size_at_most() {
    for (completion_permille, c) in TARGETS {
        let settings = Settings {
            completion_permille,
            checkpoint_interval: Span::from_millis(3_600_000),
            max_wal_size: 96 * MIB,
            full_page_writes: false,
            ..Settings::default()
        };
        let (mean, max, _) = redo_at_a_crash(&settings, 6);
        let size = f64::from(96 << 20);
        assert_near(mean, size * (0.5 + c) / (1.0 + c), 2.0, "mean");
        assert_near(max, size, 2.0, "max");
    }
}

#[test]
fn a_checkpoint_is_spread_evenly_up_to_its_target() {
    let settings = Settings {
        completion_permille: 500,
        checkpoint_interval: Span::from_millis(40_000),
        max_wal_size: 1 << 40,
        ..Settings::default()
    };
    let mut rig = steady(&settings);
    rig.run_for_ms(75_000);
    let began = |note: &Note| match note {
        Note::CheckpointBegan {
            number: 1, pages, ..
        } => Some(*pages),
        _ => None,
    };
    let (began_at, pages) = (rig.notes.iter())
        .find_map(|(at, note)| Some((*at, began(note)?)))
        .unwrap();
    assert_eq!(began_at, SimTime(40_000_000_000));
    assert_eq!(pages, 2000);
    let tenths = rig.notes.iter().filter_map(|(at, note)| match note {
        Note::CheckpointProgress { number: 1, .. } => Some(at.since(began_at).0 / 1_000_000),
        _ => None,
    });
    for (tenth, ms) in (1_u64..).zip(tenths) {
        let due = tenth * 2_000;
        assert!(
            (due - 150..due + 150).contains(&ms),
            "tenth {tenth} after {ms} ms"
        );
    }
}

#[test]
fn a_checkpoint_of_few_pages_ends_early() {
    let mut rig = Rig::new(&Settings::default(), 0);
    rig.load.limit = 500;
    rig.load.pages = 7;
    rig.begin();
    rig.run_for_ms(310_000);
    let done = rig.notes(|note| matches!(note, Note::CheckpointDone { .. }));
    let [Note::CheckpointDone { took, .. }] = done[..] else {
        panic!("one checkpoint was done");
    };
    // A nap of 100 ms after each page.
    assert!((700..710).contains(&(took.0 / 1_000_000)), "{took:?}");
}

#[test]
fn without_wal_there_is_no_checkpoint() {
    let mut rig = Rig::new(&Settings::default(), 0);
    rig.load.limit = 5;
    rig.begin();
    rig.run_for_ms(1_000_000);
    let count = |wanted: fn(&Note) -> bool| rig.notes(wanted).len();
    assert_eq!(
        count(|note| matches!(note, Note::CheckpointBegan { .. })),
        1
    );
    assert_eq!(count(|note| *note == Note::CheckpointSkipped), 2);
}

#[test]
fn wal_that_comes_quickly_begins_a_checkpoint() {
    let settings = Settings {
        max_wal_size: 19 * MIB,
        ..Settings::default()
    };
    let mut rig = steady(&settings);
    rig.run_for_ms(20_000);
    let by_size = rig.notes(|note| {
        matches!(note, Note::CheckpointBegan { trigger: Trigger::WalSize, redo, .. } if redo.0 > 0)
    });
    assert!(by_size.len() > 3);
    let primary = rig.primary();
    assert!(primary.flushed().0 - primary.storage().redo().0 < 20 * MIB);
}

/// WAL of so many changes of 100 bytes on random pages of 1 GiB since a checkpoint, by their bytes.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn amplification(changes: u32) -> (f64, f64) {
    const PAGES: u32 = 131_072;
    let settings = Settings {
        shared_buffers: PAGES,
        checkpoint_interval: Span::from_millis(3_600_000),
        max_wal_size: 1 << 40,
        ..Settings::default()
    };
    let mut rig = Rig::new(&settings, 0);
    rig.load.limit = 0;
    let mut random = sim::Stream::new(7, "pages");
    let mut left = changes;
    while left > 0 {
        let some = left.min(5000);
        left -= some;
        let page = || PageId(u32::try_from(random.below(PAGES.into())).unwrap());
        let pages: Vec<_> = std::iter::repeat_with(page).take(some as usize).collect();
        let changes = pages
            .into_iter()
            .map(|page| Change::account(page, 100, false))
            .collect();
        rig.submit(Transaction {
            changes,
            ..Transaction::default()
        });
        rig.run_for_ms(3_000);
    }
    let tallies = rig.primary().tallies();
    assert_eq!(tallies.changes.count, changes.into());
    let found = (tallies.changes.bytes + tallies.images.bytes) as f64;
    assert!((found - rig.wal.end().0 as f64).abs() < 1.0);
    let untouched = power(1.0 - 1.0 / f64::from(PAGES), changes);
    let expected = f64::from(changes) * 100.0 + 8192.0 * f64::from(PAGES) * (1.0 - untouched);
    (found, expected)
}

fn power(base: f64, exponent: u32) -> f64 {
    match exponent {
        0 => 1.0,
        odd if odd % 2 == 1 => base * power(base, odd - 1),
        even => power(base * base, even / 2),
    }
}

#[test]
fn full_page_images_make_wal_as_long_as_the_closed_form_says() {
    for (changes, times) in [(1_000, 82.0), (130_000, 53.0), (1_000_000, 12.0)] {
        let (found, expected) = amplification(changes);
        assert_near(found, expected, 2.0, "WAL");
        assert_near(
            found / (f64::from(changes) * 100.0),
            times,
            4.0,
            "amplification",
        );
    }
}

#[test]
fn no_page_reaches_the_device_before_its_wal() {
    let settings = Settings {
        checkpoint_interval: Span::from_millis(30),
        shared_buffers: 30,
        bgwriter_delay: Span::from_millis(2),
        ..Settings::default()
    };
    let delays = Delays {
        flush: Delay::Exponential { mean_ms: 5.0 },
        page: Delay::Exponential { mean_ms: 0.2 },
        ..Delays::default()
    };
    let load = Load {
        clients: 8,
        pages: 100,
        changes: 3,
        ..Load::default()
    };
    let mut rig = Rig::with(&settings, 0, delays, load, 3);
    rig.begin();
    while rig.acked.len() < 1000 {
        assert!(rig.step());
        let primary = rig.primary();
        let newest = primary.storage().pages().map(redo::PageImage::lsn).max();
        assert!(newest.unwrap_or_default() <= primary.flushed());
    }
    let progress: Vec<_> = (rig.notes.iter())
        .filter_map(|(_, note)| match note {
            Note::CheckpointProgress { number, done, .. } => Some((*number, *done)),
            _ => None,
        })
        .collect();
    assert!(progress.len() > 20 && progress.is_sorted_by(|a, b| a < b));
    let tallies = rig.primary().tallies();
    let writes = [
        tallies.checkpoint_writes,
        tallies.background_writes,
        tallies.backend_writes,
    ];
    assert!(writes.iter().all(|writes| writes.count > 10), "{writes:?}");
}

#[test]
fn what_the_operating_system_holds_needs_no_device() {
    let reads = |os_cache| {
        let settings = Settings {
            shared_buffers: 20,
            os_cache,
            pages: 100,
            ..Settings::default()
        };
        let mut rig = Rig::new(&settings, 0);
        rig.load.limit = 2000;
        rig.begin();
        rig.run_for_ms(10_000);
        let tallies = rig.primary().tallies();
        (tallies.reads.count, tallies.os_cache_hits.count)
    };
    let (reads_without, hits_without) = reads(0);
    assert!(reads_without > 1500 && hits_without == 0);
    let (reads_with, hits_with) = reads(100);
    assert!(
        reads_with == 100 && hits_with > 1400,
        "{reads_with} {hits_with}"
    );
}

#[test]
fn a_wal_file_is_archived_before_it_is_recycled() {
    let settings = Settings {
        archive: true,
        checkpoint_interval: Span::from_millis(2_000),
        ..Settings::default()
    };
    let delays = Delays {
        other: Delay::Constant { ms: 3_000.0 },
        flush: Delay::Constant { ms: 0.1 },
        ..Delays::default()
    };
    let load = Load {
        bytes: 10_000,
        ..Load::default()
    };
    let mut rig = Rig::with(&settings, 0, delays, load, 1);
    rig.begin();
    rig.run_for_ms(60_000);
    let mut archived = 0;
    let mut recycled = 0;
    for (_, note) in &rig.notes {
        match note {
            Note::SegmentArchived { segment } => {
                assert_eq!(*segment, archived);
                archived += 1;
            }
            Note::Recycled { first } => {
                assert!(first.0 <= archived * SEGMENT_BYTES);
                recycled = first.0 / SEGMENT_BYTES;
            }
            _ => {}
        }
    }
    assert!(archived > 10 && recycled > 10, "{archived} {recycled}");
    assert!(rig.wal.end() > Lsn(archived * SEGMENT_BYTES));
    assert!(rig.wal.first() >= Lsn(recycled * SEGMENT_BYTES));
}
