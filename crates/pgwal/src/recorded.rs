//! What a real server wrote, against what its own tool says about it.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use rand_core::{Rng as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::forge;
use crate::trials::Trials;
use crate::version::PgVersion;
use crate::{End, EndReason, Outcome, PgTime, Reader, Stats, Step, Xid};

/// A WAL file in memory, and the name that the server gave it.
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The files of a recording in the order of the log.
pub(crate) fn recording(folder: &str) -> Vec<Recording> {
    let mut paths: Vec<PathBuf> = fs::read_dir(fixtures().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "gz"))
        .collect();
    paths.sort();
    let unpack = |path: PathBuf| {
        let mut bytes = Vec::new();
        GzDecoder::new(File::open(&path).unwrap())
            .read_to_end(&mut bytes)
            .unwrap();
        Recording {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            bytes,
        }
    };
    paths.into_iter().map(unpack).collect()
}

fn excerpt() -> Recording {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/recordings/first-run.wal");
    Recording {
        name: "first-run.wal".to_owned(),
        bytes: fs::read(path).unwrap(),
    }
}

fn statistics(folder: &str) -> String {
    fs::read_to_string(fixtures().join(folder).join("stats.txt")).unwrap()
}

/// What was read: the table, the transactions that ended, all records in words, the end.
#[derive(Debug, Default, PartialEq)]
struct Reading {
    stats: Stats,
    ends: Vec<Ended>,
    records: Vec<String>,
    end: Option<End>,
}

/// How a transaction ended, with all its subtransactions.
#[derive(Debug, PartialEq)]
struct Ended {
    outcome: Outcome,
    xid: Xid,
    time: PgTime,
    subtransactions: Vec<Xid>,
}

/// Reads files in slices whose sizes a function chooses.
fn read(files: &[Recording], mut slice_bytes: impl FnMut() -> usize) -> Reading {
    let mut reading = Reading::default();
    let mut reader = Reader::new();
    for file in files {
        reader.open(&file.name);
        let mut rest = file.bytes.as_slice();
        drain(&mut reader, &mut reading);
        while !rest.is_empty() {
            let (slice, later) = rest.split_at(slice_bytes().min(rest.len()));
            reader.feed(slice);
            drain(&mut reader, &mut reading);
            rest = later;
        }
    }
    reader.finish();
    drain(&mut reader, &mut reading);
    reading
}

fn drain(reader: &mut Reader, reading: &mut Reading) {
    loop {
        match reader.step().unwrap() {
            Step::Record(record) => {
                reading.stats.push(&record);
                reading
                    .ends
                    .extend(record.transaction_end().map(|end| Ended {
                        outcome: end.outcome,
                        xid: end.xid,
                        time: end.time,
                        subtransactions: end.subtransactions.iter().collect(),
                    }));
                reading.records.push(format!("{record:?}"));
            }
            Step::Hungry => return,
            Step::End(end) => {
                reading.end = Some(end);
                return;
            }
        }
    }
}

fn check_statistics(folder: &str) {
    let reading = read(&recording(folder), || 65_536);
    let expected = statistics(folder);
    for (ours, theirs) in reading.stats.to_string().lines().zip(expected.lines()) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(reading.stats.to_string(), expected);
    let last = reading.stats.range.unwrap().1;
    let end = reading.end.unwrap();
    assert!(matches!(
        end.reason,
        EndReason::Zeroes | EndReason::Recycled
    ));
    assert_eq!(end.lsn, last);
}

#[test]
fn insert_test_has_the_figures_of_pg_waldump() {
    check_statistics("insert-test");
}

#[test]
fn tpcb_run_has_the_figures_of_pg_waldump() {
    check_statistics("tpcb");
}

/// What a forged log with every operation of a version gives.
fn every_operation(version: PgVersion, custom: &[u8]) -> Reading {
    let forged = Recording {
        name: "000000010000000000000001".to_owned(),
        bytes: forge::every_operation(version.magic(), custom),
    };
    read(&[forged], || 65_536)
}

#[test]
fn every_operation_has_the_name_that_pg_waldump_gives_it() {
    let reading = every_operation(PgVersion::V15, &[128, 200, 255]);
    assert_eq!(reading.stats.to_string(), statistics("every-operation"));
    assert_eq!(reading.stats.rows.len(), 25 * 16 - 8);
}

/// The names that another version gives, where they differ from those of 15 as its `pg_waldump`
/// printed them: written down from the `rmgrdesc` sources of each version.
#[test]
fn other_versions_give_the_same_names_but_for_these() {
    const BEFORE_15: [(&str, &str); 3] = [
        ("Database/CREATE_FILE_COPY", "Database/CREATE"),
        ("Database/CREATE_WAL_LOG", "Database/DROP"),
        ("Database/DROP", "Database/UNKNOWN (20)"),
    ];
    const IN_13: [(&str, &str); 5] = [
        ("Transaction/INVALIDATION", "Transaction/UNKNOWN (60)"),
        ("Heap2/PRUNE", "Heap2/CLEAN"),
        ("Heap2/VACUUM", "Heap2/FREEZE_PAGE"),
        ("Heap2/FREEZE_PAGE", "Heap2/CLEANUP_INFO"),
        ("CommitTs/UNKNOWN (20)", "CommitTs/SETTS"),
    ];
    const SINCE_17: [(&str, &str); 4] = [
        ("XLOG/UNKNOWN (e0)", "XLOG/CHECKPOINT_REDO"),
        ("Heap2/PRUNE", "Heap2/PRUNE_ON_ACCESS"),
        ("Heap2/VACUUM", "Heap2/PRUNE_VACUUM_SCAN"),
        ("Heap2/FREEZE_PAGE", "Heap2/PRUNE_VACUUM_CLEANUP"),
    ];
    let printed = statistics("every-operation");
    let of_15: Vec<&str> = printed
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(name, _)| name)
        .filter(|name| name.contains('/'))
        .collect();
    assert_eq!(of_15.len(), 25 * 16 - 8);
    for version in PgVersion::ALL {
        let changes: Vec<(&str, &str)> = match version {
            PgVersion::V13 => [&BEFORE_15[..], &IN_13].concat(),
            PgVersion::V14 => BEFORE_15.to_vec(),
            PgVersion::V15 | PgVersion::V16 => Vec::new(),
            PgVersion::V17 | PgVersion::V18 => SINCE_17.to_vec(),
        };
        let custom: &[u8] = match version {
            PgVersion::V13 | PgVersion::V14 => &[],
            PgVersion::V15 | PgVersion::V16 | PgVersion::V17 | PgVersion::V18 => &[128, 200, 255],
        };
        let expected: Vec<&str> = of_15
            .iter()
            .filter(|name| !(custom.is_empty() && name.starts_with("custom")))
            .map(|&name| {
                let change = changes.iter().find(|(of_15, _)| *of_15 == name);
                change.map_or(name, |(_, other)| other)
            })
            .collect();
        let reading = every_operation(version, custom);
        let names: Vec<String> = reading.stats.rows.keys().map(ToString::to_string).collect();
        assert_eq!(names.len(), expected.len());
        for (ours, theirs) in names.iter().zip(expected) {
            assert_eq!(ours, theirs, "{version}");
        }
        assert_eq!(reading.end.unwrap().reason, EndReason::InputOver);
    }
}

#[test]
fn excerpt_is_small_and_ends_as_a_live_log_ends() {
    let excerpt = excerpt();
    assert!(excerpt.bytes.len() <= 60 * 1024);
    let reading = read(&[excerpt], || 8192);
    assert_eq!(reading.stats.to_string(), statistics("first-run"));
    assert_eq!(reading.end.unwrap().reason, EndReason::Zeroes);
    assert!(
        reading
            .ends
            .iter()
            .filter(|end| end.outcome == Outcome::Commit)
            .count()
            > 100
    );
    assert!(reading.ends.iter().any(|end| end.outcome == Outcome::Abort));
}

#[test]
fn commits_carry_rising_times_of_the_day_of_the_recording() {
    let mut times: Vec<PgTime> = read(&[excerpt()], || 8192)
        .ends
        .iter()
        .map(|end| end.time)
        .collect();
    // Times are taken just before the record is written, so neighbours may be swapped.
    times.sort_unstable();
    let seconds = (times.last().unwrap().0 - times[0].0) / 1_000_000;
    assert!((1..60).contains(&seconds), "{seconds}");
    let year_2026 = 1_767_225_600_000_000..1_798_761_600_000_000;
    assert!(year_2026.contains(&times[0].unix_micros()));
}

#[test]
fn prepared_transactions_end_under_their_own_number() {
    let reading = read(&recording("tpcb"), || 65_536);
    let of = |outcome| {
        reading
            .ends
            .iter()
            .find(|end| end.outcome == outcome)
            .unwrap()
    };
    let (kept, lost) = (of(Outcome::CommitPrepared), of(Outcome::AbortPrepared));
    assert!(kept.xid.0 > 700);
    assert_eq!(lost.xid.0, kept.xid.0 + 1);
    assert!(kept.time < lost.time);
    let with_one = |end: &&Ended| end.subtransactions.len() == 1;
    let parent = reading.ends.iter().find(with_one).unwrap();
    assert_eq!(parent.subtransactions, [Xid(parent.xid.0 + 1)]);
}

#[test]
fn slices_of_any_size_give_the_same_records() {
    for folder in ["insert-test", "tpcb"] {
        let files = recording(folder);
        let expected = read(&files, || usize::MAX);
        assert!(expected.records.len() > 5000);
        for seed in 0..3 {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            let bound = [100, 10_000, 200_000][usize::try_from(seed).unwrap()];
            let reading = read(&files, || 1 + random.next_u32() as usize % bound);
            assert!(reading == expected, "{folder}, seed {seed}");
        }
    }
}

/// 2,000 trials in all, in the middle of a log and where it ends.
#[test]
fn random_changes_are_noticed_and_never_give_a_wrong_record() {
    const WINDOW: usize = 65_536;
    let files = recording("tpcb");
    let [middle, end] = files.as_slice() else {
        panic!("the recording has two files");
    };
    let last = read(&files, || WINDOW).end.unwrap().lsn.0;
    let last_page = usize::try_from(last % (1 << 20))
        .unwrap()
        .next_multiple_of(8192);
    for (seed, file, window_end) in [
        (1, middle, WINDOW),
        (2, middle, 10 * WINDOW),
        (3, end, WINDOW),
        (4, end, last_page),
    ] {
        let window = window_end - WINDOW..window_end;
        let trials = Trials::new(&file.name, &file.bytes).unwrap();
        assert!(trials.record_count() > 50);
        let tally = trials.run(window, seed, 500).unwrap();
        assert!(tally.errors > 400, "{tally}");
    }
}

/// The excerpt has another name than the server gave it, so that nothing vouches for its place.
#[test]
fn random_changes_of_the_excerpt_are_noticed() {
    let excerpt = excerpt();
    let window = 0..excerpt.bytes.len();
    let trials = Trials::new(&excerpt.name, &excerpt.bytes).unwrap();
    let tally = trials.run(window, 5, 2000).unwrap();
    assert!(tally.errors > 1600, "{tally}");
}

#[test]
fn random_changes_are_noticed_in_every_version() {
    for version in PgVersion::ALL {
        let bytes = forge::every_operation(version.magic(), &[]);
        let trials = Trials::new("000000010000000000000001", &bytes).unwrap();
        assert_eq!(trials.record_count(), 22 * 16);
        let tally = trials
            .run(0..65_536, u64::from(version.number()), 300)
            .unwrap();
        assert!(tally.errors > 240, "{version}: {tally}");
    }
}
