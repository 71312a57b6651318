//! Folders as they are found: what is read of them, and what is said.

use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use lz4_flex::frame::FrameEncoder;
use rand_core::{Rng as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;
use crate::file::InMemory;
use crate::forge::Forge;

const MB: u64 = 1 << 20;
const SEGMENT: usize = 1 << 20;
const HEAP: u8 = 10;

type File = (String, Vec<u8>);

/// What came of a folder.
#[derive(Debug, PartialEq)]
struct Reading {
    lsns: Vec<u64>,
    findings: Findings,
    /// The bytes that were shown, as far as it matters: how many, and a sum that knows their order.
    shown: (u64, u64),
    slices: u64,
}

impl Reading {
    fn passed_over(&self) -> Vec<(&str, Why)> {
        let all = self.findings.passed_over.first().iter();
        all.map(|one| (one.error.file.as_str(), one.why)).collect()
    }

    #[track_caller]
    fn ends(&self, reason: EndReason, lsn: u64) {
        let lsn = WalLsn(lsn);
        assert_eq!(self.findings.end, Some(End { reason, lsn }));
        assert!(self.findings.damages.is_empty(), "{:?}", self.findings);
    }

    #[track_caller]
    fn damage(&self) -> &Damage {
        assert_eq!(self.findings.damages.count(), 1, "{:?}", self.findings);
        &self.findings.damages.first()[0]
    }

    #[track_caller]
    fn gap(&self) -> &Gap {
        assert_eq!(self.findings.gaps.count(), 1, "{:?}", self.findings);
        assert!(self.findings.damages.is_empty(), "{:?}", self.findings);
        &self.findings.gaps.first()[0]
    }
}

fn read_with(files: &[File], wanted: Wanted) -> Reading {
    let boxed = |(name, bytes): &File| {
        Box::new(InMemory::new(name.clone(), bytes.clone())) as Box<dyn WalFile>
    };
    let mut reader = FolderReader::new(files.iter().map(boxed).collect(), wanted);
    let (mut lsns, mut shown, mut slices) = (Vec::new(), (0, 0_u64), 0);
    loop {
        match reader.step() {
            FolderStep::Record(record) => lsns.push(record.lsn.0),
            FolderStep::Slice(bytes) => {
                slices += 1;
                shown.0 += bytes.len() as u64;
                shown.1 = bytes.iter().fold(shown.1, |sum, &byte| {
                    sum.wrapping_mul(31).wrapping_add(u64::from(byte))
                });
            }
            FolderStep::Over => break,
        }
        assert!(reader.progress().done <= reader.progress().of);
    }
    assert!(matches!(reader.step(), FolderStep::Over));
    assert!(lsns.is_sorted_by(|a, b| a < b));
    Reading {
        lsns,
        findings: reader.findings().clone(),
        shown,
        slices,
    }
}

fn read(files: &[File]) -> Reading {
    let read = read_with(files, Wanted::default());
    let mut turned = files.to_vec();
    turned.reverse();
    let again = read_with(&turned, Wanted::default());
    assert_eq!(again, read, "the order of files does not matter");
    read
}

fn skipping(files: &[File]) -> Reading {
    let skip_damaged = true;
    read_with(
        files,
        Wanted {
            skip_damaged,
            ..Wanted::default()
        },
    )
}

fn name(timeline: u32, segment: u64) -> String {
    name_of(timeline, segment * MB, 1 << 20)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A log of so many records from the first segment on, as files; where records begin; where it ends.
fn forged(records: usize) -> (Vec<File>, Vec<u64>, u64) {
    let mut forge = Forge::new(MB, 1 << 20);
    let lsns = (0..records)
        .map(|count| forge.record(HEAP, 0, &vec![0xA5; count * 37 % 5000]))
        .collect();
    let end = forge.end();
    let bytes = forge.whole_segments();
    let files = bytes.chunks(SEGMENT).zip(1..);
    let files = files.map(|(bytes, segment)| (name(1, segment), bytes.to_vec()));
    (files.collect(), lsns, end)
}

/// The same files on another timeline.
fn on_timeline(timeline: u32, files: &[File]) -> Vec<File> {
    let on = |(name, bytes): &File| {
        let mut bytes = bytes.clone();
        for page in bytes.chunks_mut(PAGE_BYTES).filter(|page| page[0] != 0) {
            page[4..8].copy_from_slice(&timeline.to_le_bytes());
        }
        (format!("{timeline:08X}{}", &name[8..]), bytes)
    };
    files.iter().map(on).collect()
}

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> File {
    (name.to_owned(), bytes.into())
}

#[test]
fn files_are_read_in_the_order_of_the_log_whatever_their_names() {
    let (files, lsns, end) = forged(2000);
    assert_eq!(files.len(), 5);
    let read_as_they_are = read(&files);
    assert_eq!(read_as_they_are.lsns, lsns);
    read_as_they_are.ends(EndReason::Zeroes, end);
    assert_eq!(read_as_they_are.shown.0, 5 * MB);
    let renamed: Vec<File> = files
        .iter()
        .zip(["z", "a.wal", "some/folder/b", "c", "1"])
        .map(|((_, bytes), name)| file(name, bytes.clone()))
        .collect();
    let renamed = read(&renamed);
    assert_eq!(renamed.lsns, lsns);
    assert_eq!(
        renamed.findings.files,
        ["z", "a.wal", "some/folder/b", "c", "1"]
    );
    assert_eq!(renamed.shown, read_as_they_are.shown);
}

#[test]
fn whole_log_in_one_file_is_read() {
    let (files, lsns, end) = forged(800);
    let bytes: Vec<u8> = files.into_iter().flat_map(|(_, bytes)| bytes).collect();
    let reading = read(&[file("both.wal", bytes)]);
    assert_eq!(reading.lsns, lsns);
    reading.ends(EndReason::Zeroes, end);
}

#[test]
fn well_known_files_make_no_noise_and_foreign_ones_are_named() {
    let (mut files, lsns, _) = forged(800);
    let wal = files[0].1.clone();
    for known in [
        "pg_wal/archive_status/000000010000000000000001.done",
        "pg_wal/archive_status/000000010000000000000002.ready",
        "pg_wal/summaries/0000000100000000010000280000000001000100.summary",
        "pg_wal/000000010000000000000001.00000028.backup",
        "pg_wal/xlogtemp.1234",
        "pg_wal/.DS_Store",
    ] {
        files.push(file(known, *b"anything"));
    }
    let mut old = wal.clone();
    old[..2].copy_from_slice(&0xD101_u16.to_le_bytes());
    let mut big_endian = wal.clone();
    big_endian[..2].copy_from_slice(&[0xD1, 0x10]);
    let mut larger_pages = wal.clone();
    larger_pages[36..40].copy_from_slice(&32_768_u32.to_le_bytes());
    let mut other_system = wal.clone();
    other_system[24] ^= 1;
    let mut other_version = wal.clone();
    other_version[..2].copy_from_slice(&PgVersion::V17.magic().to_le_bytes());
    let mut encrypted = vec![0; SEGMENT];
    Xoshiro256PlusPlus::seed_from_u64(1).fill_bytes(&mut encrypted);
    files.extend([
        file("a-picture.png", *b"\x89PNG..."),
        file("b-notes.txt", *b"some words"),
        file("c-empty", *b""),
        file("d-old", old),
        file("e-power", big_endian),
        file("f-pages", larger_pages),
        file("g-system", other_system),
        file("h-version", other_version),
        file("000000010000000000000004", encrypted),
        file("000000010000000000000005", vec![0; SEGMENT]),
        file("000000010000000000000006", wal),
        file("i-zeroes", vec![0; SEGMENT]),
        file("0000000X.history", *b""),
        file("00000003.history", *b"4 0/0 from the future"),
    ]);
    let reading = read(&files);
    assert_eq!(reading.lsns, lsns);
    assert_eq!(
        reading.passed_over(),
        [
            ("000000010000000000000004", Why::Encrypted),
            ("000000010000000000000005", Why::Preallocated),
            ("000000010000000000000006", Why::Recycled),
            ("00000003.history", Why::Foreign),
            ("0000000X.history", Why::Empty),
            ("a-picture.png", Why::Foreign),
            ("b-notes.txt", Why::Foreign),
            ("c-empty", Why::Empty),
            ("d-old", Why::OtherVersion),
            ("e-power", Why::OtherVersion),
            ("f-pages", Why::OtherVersion),
            ("g-system", Why::OtherSystem),
            ("h-version", Why::OtherVersion),
            ("i-zeroes", Why::Foreign),
        ]
    );
    let words = reading.findings.passed_over.first().iter();
    let words: Vec<String> = words.map(|one| one.error.found.clone()).collect();
    for (place, found) in [
        (0, "a file that looks encrypted or otherwise transformed"),
        (1, "nothing but zeroes"),
        (2, "page address 0/100000 (recycled, renamed or damaged)"),
        (5, "a picture (magic 0x5089)"),
        (6, "what looks like text (magic 0x6F73)"),
        (8, "PostgreSQL 12 WAL (magic 0xD101)"),
        (9, "WAL of a big-endian machine (magic 0x10D1)"),
        (10, "pages of 32768 bytes"),
        (11, "a file of system 0123456789abcdee"),
        (12, "PostgreSQL 17 WAL (magic 0xD116)"),
    ] {
        assert_eq!(words[place], found);
    }
}

#[test]
fn folder_without_wal_is_an_error_that_says_what_is_there() {
    let reading = read(&[file("notes.txt", *b"hello")]);
    let error = &reading.damage().error;
    assert_eq!(error.found, "what looks like text (magic 0x6568)");
    assert_eq!(reading.findings.end, None);
    let none = read(&[file("pg_wal/archive_status/x.done", *b"")]);
    assert_eq!(
        none.damage().error.to_string(),
        "expected a WAL file, found none"
    );
    let random: Vec<u8> = {
        let mut bytes = vec![0; SEGMENT];
        Xoshiro256PlusPlus::seed_from_u64(7).fill_bytes(&mut bytes);
        bytes
    };
    let encrypted = read(&[(name(1, 1), random.clone()), (name(1, 2), random)]);
    let found = "a file that looks encrypted or otherwise transformed";
    assert_eq!(encrypted.damage().error.found, found);
    assert_eq!(encrypted.passed_over().len(), 2);
}

#[test]
fn packed_files_are_read_like_plain_ones_and_one_of_two_copies_is_used() {
    let (files, lsns, _) = forged(2000);
    let lz4 = |bytes: &[u8]| {
        let mut encoder = FrameEncoder::new(Vec::new());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |bytes: &[u8]| compress_to_vec(bytes, CompressionLevel::Fastest);
    let mut packed = files.clone();
    packed[0].0 += ".gz";
    packed[0].1 = gzip(&files[0].1);
    packed[1].0 += ".lz4";
    packed[1].1 = lz4(&files[1].1);
    packed[2].0 += ".zst";
    packed[2].1 = zstd(&files[2].1);
    packed[3].1 = zstd(&files[3].1);
    let whole = read(&files);
    let reading = read(&packed);
    assert_eq!(reading.lsns, lsns);
    assert_eq!(reading.shown, whole.shown);
    assert_eq!(reading.findings.end, whole.findings.end);
    let both = [packed[..3].to_vec(), files.clone()].concat();
    let reading = read(&both);
    assert_eq!(reading.lsns, lsns);
    assert_eq!(reading.findings.files, whole.findings.files);
    let why = Why::Duplicate;
    let names = packed[..3].iter().map(|file| (file.0.as_str(), why));
    assert_eq!(reading.passed_over(), names.collect::<Vec<_>>());
    // A plain copy that is short loses against a packed one.
    let mut short = files;
    short[1].1.truncate(SEGMENT / 2);
    short.push(packed[1].clone());
    assert_eq!(read(&short).lsns, lsns);
    // An archive that is cut short, or damaged, says so and where.
    let half = packed[1].1.len() / 2;
    packed[1].1.truncate(half);
    let reading = read(&packed);
    let error = &reading.damage().error;
    assert_eq!(
        (error.kind, error.file.as_str()),
        (ErrorKind::Unreadable, packed[1].0.as_str())
    );
    assert_eq!(error.expected, "a whole lz4 file");
    assert!(error.lsn >= Some(WalLsn(2 * MB)) && error.lsn < Some(WalLsn(3 * MB)));
    let resumed = reading.damage().resumed.unwrap();
    assert!(resumed > WalLsn(3 * MB) && resumed < WalLsn(3 * MB + 20_000));
    let skipped = skipping(&packed);
    let before = lsns
        .iter()
        .filter(|&&lsn| lsn < error.lsn.unwrap().0 - 10_000)
        .count();
    assert!(skipped.lsns.len() > before && skipped.lsns.starts_with(&lsns[..before]));
    assert!(skipped.lsns.ends_with(&[*lsns.last().unwrap()]));
}

#[test]
fn gaps_are_named_and_reading_goes_on_behind_them() {
    let (mut files, lsns, end) = forged(2000);
    files.remove(2);
    files.remove(1);
    let reading = read(&files);
    reading.ends(EndReason::Zeroes, end);
    let first_behind = *lsns.iter().find(|&&lsn| lsn >= 4 * MB).unwrap();
    let last_before = lsns.iter().rposition(|&lsn| lsn < 2 * MB).unwrap();
    let expected: Vec<u64> = lsns
        .iter()
        .copied()
        .filter(|&lsn| lsn < lsns[last_before] || lsn >= 4 * MB)
        .collect();
    assert_eq!(reading.lsns, expected);
    let gap = reading.gap();
    assert_eq!(gap.from, WalLsn(lsns[last_before]));
    assert_eq!(gap.to, Some(WalLsn(first_behind)));
    let missing = gap.missing.as_ref().unwrap();
    assert_eq!(
        (missing.first.as_str(), missing.last.as_str()),
        (name(1, 2).as_str(), name(1, 3).as_str())
    );
    assert_eq!(missing.count, 2);
    assert_eq!(gap.torn, None);
}

#[test]
fn partial_file_is_used_only_where_the_whole_one_is_missing() {
    let (files, lsns, _) = forged(800);
    let mut partial = files.clone();
    let cut = partial[1].1.len() / 4;
    partial[1].0 += ".partial";
    partial[1].1[cut..].fill(0);
    let reading = read(&partial);
    assert!(reading.lsns.len() > 400 && lsns.starts_with(&reading.lsns));
    let both = [files, partial[1..2].to_vec()].concat();
    let reading = read(&both);
    assert_eq!(reading.lsns, lsns);
    assert_eq!(
        reading.passed_over(),
        [(partial[1].0.as_str(), Why::Duplicate)]
    );
}

#[test]
fn partial_file_that_breaks_off_is_torn_and_any_other_is_damaged() {
    let (mut files, lsns, _) = forged(800);
    let (name, bytes) = files.last().cloned().unwrap();
    let packed = gzip(&bytes);
    let breaks = [
        (name.clone(), bytes[..40_000].to_vec()),
        (name + ".gz", packed[..packed.len() / 3].to_vec()),
    ];
    for (name, bytes) in breaks {
        *files.last_mut().unwrap() = (name.clone(), bytes.clone());
        let damaged = read(&files);
        assert_eq!(damaged.damage().error.file, name);
        *files.last_mut().unwrap() = (name + ".partial", bytes);
        let partial = read(&files);
        assert_eq!(partial.lsns, damaged.lsns);
        let end = partial.findings.end.unwrap();
        partial.ends(EndReason::Torn, end.lsn.0);
        assert!(lsns.contains(&end.lsn.0));
        assert!(partial.findings.gaps.is_empty());
        assert_eq!(skipping(&files).findings, partial.findings);
    }
}

/// A log that was left by its second timeline in the third segment, and went on there.
fn forked() -> (Vec<File>, Vec<File>, u64) {
    let (old, lsns, _) = forged(2000);
    let switch = *lsns.iter().find(|&&lsn| lsn > 3 * MB + MB / 2).unwrap();
    // The new timeline begins with a copy of the segment up to the switch.
    let mut new = on_timeline(2, &old);
    let page = usize::try_from(switch % MB).unwrap() / PAGE_BYTES * PAGE_BYTES;
    let old_part = old[2].1[..page].to_vec();
    new[2].1[..page].copy_from_slice(&old_part);
    let history = file(
        "00000002.history",
        format!("1\t{}\tno reason\n", WalLsn(switch)),
    );
    let new = [new[2..].to_vec(), vec![history]].concat();
    (old, new, switch)
}

#[test]
fn newest_timeline_wins_with_what_its_history_says() {
    let (old, new, switch) = forked();
    let lsns = forged(2000).1;
    let both = [old, new].concat();
    let reading = read(&both);
    assert_eq!(reading.lsns, lsns);
    let files = [name(1, 1), name(1, 2), name(2, 3), name(2, 4), name(2, 5)];
    assert_eq!(reading.findings.files, files);
    let timelines = &reading.findings.timelines;
    assert_eq!((timelines.newest, timelines.has_history), (2, true));
    assert_eq!(timelines.parts, [(1, WalLsn(MB)), (2, WalLsn(switch))]);
    let left = (3..6).map(|segment| name(1, segment)).collect::<Vec<_>>();
    let passed_over: Vec<_> = left
        .iter()
        .map(|name| (name.as_str(), Why::OtherTimeline))
        .collect();
    assert_eq!(reading.passed_over(), passed_over);
    // Where an archive adds to names, too: the first page of the new file names the old timeline.
    let named = both.iter().cloned().map(|(name, bytes)| {
        let ending = if name.ends_with("history") {
            ""
        } else {
            "-0f2a"
        };
        (name + ending, bytes)
    });
    assert_eq!(read(&named.collect::<Vec<_>>()).lsns, lsns);
    // Without the history, the highest one of each segment: here the same.
    let without: Vec<File> = both
        .iter()
        .filter(|file| !file.0.ends_with("history"))
        .cloned()
        .collect();
    let reading = read(&without);
    assert_eq!(reading.lsns, lsns);
    assert!(!reading.findings.timelines.has_history);
    assert_eq!(
        reading.findings.timelines.parts,
        [(1, WalLsn(MB)), (2, WalLsn(3 * MB))]
    );
}

#[test]
fn ancestor_is_read_up_to_the_switch_where_the_newer_file_is_missing() {
    let (old, new, switch) = forked();
    let lsns = forged(2000).1;
    let reading = read(&[old, new[1..].to_vec()].concat());
    let expected: Vec<u64> = lsns
        .iter()
        .copied()
        .filter(|&lsn| lsn < switch || lsn >= 4 * MB)
        .collect();
    assert_eq!(reading.lsns, expected);
    assert_eq!(reading.gap().missing.as_ref().unwrap().first, name(2, 3));
    assert_eq!(reading.gap().from, WalLsn(switch));
    assert_eq!(
        reading.gap().to,
        expected
            .iter()
            .copied()
            .find(|&lsn| lsn > 4 * MB)
            .map(WalLsn)
    );
}

#[test]
fn timeline_that_is_no_ancestor_is_passed_over() {
    let (old, _, _) = forged(2000);
    let third = on_timeline(3, &old[2..]);
    let second = on_timeline(2, &old[..2]);
    let history = file("00000003.history", format!("1\t{}\tx\n", WalLsn(3 * MB)));
    let reading = read(&[old[..2].to_vec(), second, third, vec![history]].concat());
    assert_eq!(reading.lsns.len(), 2000);
    let why = Why::OtherTimeline;
    assert_eq!(
        reading.passed_over(),
        [(name(2, 1).as_str(), why), (name(2, 2).as_str(), why)]
    );
}

#[test]
fn damage_is_told_with_what_looks_whole_behind_it() {
    let (mut files, lsns, end) = forged(2000);
    let victim = lsns.iter().position(|&lsn| lsn > 2 * MB + 300_000).unwrap();
    let at = usize::try_from(lsns[victim] % MB).unwrap();
    files[1].1[at + 30] ^= 1;
    let reading = read(&files);
    assert_eq!(reading.lsns, lsns[..victim]);
    let damage = reading.damage();
    assert_eq!(
        (damage.error.file.as_str(), damage.error.offset),
        (name(1, 2).as_str(), at as u64)
    );
    assert_eq!(damage.error.kind, ErrorKind::Damaged);
    let resumed = lsns
        .iter()
        .position(|&lsn| Some(WalLsn(lsn)) == damage.resumed)
        .unwrap();
    assert!((1..8).contains(&(resumed - victim)));
    let behind = reading.findings.behind.as_ref().unwrap();
    assert_eq!(behind.files, 4);
    assert_eq!(behind.records, (2000 - resumed) as u64);
    assert_eq!(behind.range, Some((WalLsn(lsns[resumed]), WalLsn(end))));
    assert_eq!(behind.damages, 0);
    assert_eq!(reading.findings.end, None);
    assert_eq!(reading.shown.0, 5 * MB);

    let skipped = skipping(&files);
    assert_eq!(skipped.lsns, [&lsns[..victim], &lsns[resumed..]].concat());
    assert_eq!(skipped.damage(), reading.damage());
    assert_eq!(skipped.findings.behind, None);
    assert_eq!(
        skipped.findings.end,
        Some(End {
            reason: EndReason::Zeroes,
            lsn: WalLsn(end)
        })
    );
}

#[test]
fn damaged_first_page_and_lost_pages_are_skipped() {
    let (files, lsns, _) = forged(2000);
    for (file, from, to) in [
        (0, 0, 100),
        (2, 0, 20),
        (2, 8, 9),
        (1, 500_000, 700_000),
        (3, 0, SEGMENT),
    ] {
        let mut files = files.clone();
        files[file].1[from..to].fill(0x77);
        let reading = skipping(&files);
        let damage = reading.damage();
        assert_eq!(damage.error.file, files[file].0);
        let begin = (file as u64 + 1) * MB;
        let lost = begin + from as u64 - 20_000..begin + to as u64 + 20_000;
        let kept: Vec<u64> = lsns
            .iter()
            .copied()
            .filter(|lsn| !lost.contains(lsn))
            .collect();
        assert!(
            kept.iter().all(|lsn| reading.lsns.contains(lsn)),
            "{file}, {from}"
        );
        assert!(
            reading.lsns.iter().all(|lsn| lsns.contains(lsn)),
            "{file}, {from}"
        );
        assert!(reading.findings.end.is_some());
    }
}

/// The rest of a file as it was when the server had written so much of it.
fn written_up_to(file: &mut File, offset: usize, rest: Option<&[u8]>) {
    match rest {
        None => file.1[offset..].fill(0),
        Some(rest) => file.1[offset..].copy_from_slice(&rest[offset..]),
    }
}

#[test]
fn file_that_was_copied_early_leaves_a_gap_and_no_damage() {
    let (files, lsns, end) = forged(2000);
    let old = {
        let mut forge = Forge::new(0, 1 << 20);
        while forge.end() < MB {
            forge.record(HEAP, 0, &[1; 900]);
        }
        forge.whole_segments()[..SEGMENT].to_vec()
    };
    for rest in [None, Some(&old[..])] {
        for offset in [
            PAGE_BYTES,
            5 * PAGE_BYTES,
            100 * PAGE_BYTES,
            127 * PAGE_BYTES,
        ] {
            let mut files = files.clone();
            written_up_to(&mut files[1], offset, rest);
            let reading = read(&files);
            reading.ends(EndReason::Zeroes, end);
            let gap = reading.gap();
            assert_eq!(gap.torn, Some(name(1, 2)));
            assert!(gap.from <= WalLsn(2 * MB + offset as u64));
            assert!(gap.to.unwrap() > WalLsn(3 * MB));
            let kept = |&lsn: &u64| lsn < gap.from.0 || lsn >= gap.to.unwrap().0;
            assert_eq!(
                reading.lsns,
                lsns.iter().copied().filter(kept).collect::<Vec<_>>()
            );
        }
    }
}

#[test]
fn copying_may_pass_the_place_where_the_server_writes() {
    let (mut files, lsns, _) = forged(2000);
    files.truncate(2);
    // Pages 40 to 47 were copied before, those up to 60 after they were written.
    written_up_to(&mut files[1], 60 * PAGE_BYTES, None);
    files[1].1[40 * PAGE_BYTES..48 * PAGE_BYTES].fill(0);
    let reading = read(&files);
    assert_eq!(reading.gap().torn, Some(name(1, 2)));
    assert!(reading.findings.end.is_some());
    let last = *reading.lsns.last().unwrap();
    assert!(last > 2 * MB + 59 * PAGE && lsns.contains(&last));
    // In a file that is written to its end, the same is damage.
    let (mut files, _, _) = forged(2000);
    files[1].1[40 * PAGE_BYTES..48 * PAGE_BYTES].fill(0);
    let reading = read(&files);
    assert_eq!(reading.damage().error.kind, ErrorKind::Damaged);
}

#[test]
fn half_written_last_record_is_the_end_and_said_to_be_torn() {
    let (mut files, lsns, _) = forged(1000);
    let last = lsns.len() - 1;
    let (file, at) = (lsns[last] / MB - 1, lsns[last] % MB);
    let at = usize::try_from(at).unwrap() + 100;
    written_up_to(&mut files[usize::try_from(file).unwrap()], at, None);
    let reading = read(&files);
    assert_eq!(reading.lsns, lsns[..last]);
    reading.ends(EndReason::Torn, lsns[last]);
    assert!(reading.findings.gaps.is_empty());
}

#[test]
fn file_taken_over_while_it_was_copied_is_no_damage() {
    let (mut files, _, end) = forged(2000);
    let later = {
        let mut forge = Forge::new(9 * MB, 1 << 20);
        while forge.end() < 10 * MB {
            forge.record(HEAP, 0, &[1; 900]);
        }
        forge.whole_segments()[..SEGMENT].to_vec()
    };
    written_up_to(&mut files[0], 50 * PAGE_BYTES, Some(&later));
    let reading = read(&files);
    assert_eq!(reading.gap().torn, Some(name(1, 1)));
    reading.ends(EndReason::Zeroes, end);
    files[0].1 = later;
    let reading = read(&files);
    assert_eq!(
        reading.passed_over(),
        [(name(1, 1).as_str(), Why::TakenOver)]
    );
    assert!(reading.findings.gaps.is_empty());
}

#[test]
fn start_and_end_take_a_part_of_the_log() {
    let (files, lsns, end) = forged(2000);
    let part = |start: Option<u64>, end: Option<u64>| {
        let wanted = Wanted {
            start: start.map(WalLsn),
            end: end.map(WalLsn),
            skip_damaged: false,
        };
        read_with(&files, wanted)
    };
    let reading = part(Some(lsns[1000]), Some(lsns[1500]));
    assert_eq!(reading.lsns, lsns[1000..1500]);
    assert_eq!(reading.findings.end.unwrap().reason, EndReason::Limit);
    assert!(reading.findings.files.len() < files.len());
    let before = part(Some(1), None);
    assert_eq!(before.damage().error.kind, ErrorKind::StartNotFound);
    assert_eq!(before.damage().error.found, "one that begins at 0/100000");
    let behind = part(Some(100 * MB), None);
    assert_eq!(behind.damage().error.found, "none that reaches it");
    assert!(part(Some(end), None).lsns.is_empty());
}

/// A file that fails from some place on.
struct Failing(InMemory<Vec<u8>>, u64, io::ErrorKind);

impl WalFile for Failing {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn bytes(&self) -> u64 {
        self.0.bytes()
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let left = self.1.saturating_sub(offset);
        if left == 0 {
            return Err(io::Error::new(self.2, "the disk is broken"));
        }
        let length = into.len().min(usize::try_from(left).unwrap()).min(10_000);
        self.0.read_at(offset, &mut into[..length])
    }
}

#[test]
fn file_that_cannot_be_read_on_is_told_and_left() {
    let (files, lsns, _) = forged(2000);
    let failing = |readable: u64, kind: io::ErrorKind| {
        let boxed = files.iter().map(|(name, bytes)| {
            let readable = if *name == files[1].0 {
                readable
            } else {
                u64::MAX
            };
            let file = InMemory::new(name.clone(), bytes.clone());
            Box::new(Failing(file, readable, kind)) as Box<dyn WalFile>
        });
        let wanted = Wanted {
            skip_damaged: true,
            ..Wanted::default()
        };
        let mut reader = FolderReader::new(boxed.collect(), wanted);
        let mut records = 0;
        loop {
            match reader.step() {
                FolderStep::Record(record) => {
                    assert!(lsns.contains(&record.lsn.0));
                    records += 1;
                }
                FolderStep::Slice(_) => {}
                FolderStep::Over => break (records, reader.findings().clone()),
            }
        }
    };
    let (records, findings) = failing(600_000, io::ErrorKind::Other);
    assert!((1500..2000).contains(&records));
    let error = &findings.damages.first()[0].error;
    assert_eq!(error.found, "\"the disk is broken\"");
    assert!(findings.damages.first()[0].resumed > Some(WalLsn(3 * MB)));
    let (_, findings) = failing(0, io::ErrorKind::Other);
    let error = &findings.damages.first()[0].error;
    assert_eq!(
        (error.kind, error.file.as_str()),
        (ErrorKind::Unreadable, files[1].0.as_str())
    );
    // One that the server took away meanwhile is missing, and nothing is damaged.
    for readable in [0, 600_000] {
        let (records, findings) = failing(readable, io::ErrorKind::NotFound);
        assert!((1500..2000).contains(&records));
        assert!(findings.damages.is_empty() && findings.end.is_some());
        let missing = findings.gaps.first()[0].missing.as_ref().unwrap();
        assert_eq!((missing.count, &missing.first), (1, &files[1].0));
    }
}

/// Whatever is changed: no panic, no endless loop, and only true records.
#[test]
fn changed_folders_give_true_records_only() {
    let (files, lsns, _) = forged(900);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
    for trial in 0..150 {
        let mut files = files.clone();
        for _ in 0..=random.next_u32() % 4 {
            let mut below = |bound: usize| random.next_u32() as usize % bound;
            let file = below(files.len());
            let at = below(SEGMENT);
            let run = (1 + below(40_000)).min(SEGMENT - at);
            match below(5) {
                0 => files[file].1[at..at + run].fill(0),
                1 => files[file].1[at] ^= 1 << below(8),
                2 => {
                    let from = below(SEGMENT - run);
                    files[file].1.copy_within(from..from + run, at);
                }
                3 => files[file].1.truncate(at),
                _ => {
                    let page = at / PAGE_BYTES * PAGE_BYTES;
                    files[file].1[page..].rotate_left(PAGE_BYTES);
                }
            }
            files[file].1.resize(SEGMENT, 0);
        }
        let reading = skipping(&files);
        for lsn in &reading.lsns {
            assert!(lsns.binary_search(lsn).is_ok(), "trial {trial}");
        }
        assert!(
            reading.slices < 2000,
            "trial {trial}: {} slices",
            reading.slices
        );
    }
}

/// Every second page is lost, and what stands on the others is whole: each loss is a search of its
/// own, and a doubt that only the pages behind can end.
#[test]
fn many_losses_take_time_in_proportion_to_the_bytes() {
    let segments = 8;
    let mut files: Vec<File> = Vec::new();
    for segment in 1..=segments {
        let mut bytes = vec![0; SEGMENT];
        for (place, page) in bytes.chunks_mut(PAGE_BYTES).enumerate() {
            let address = segment * MB + place as u64 * PAGE;
            // The forge begins segments; inside one it is made to go on behind a record.
            let mut forge = Forge::new(segment * MB, 1 << 20);
            while forge.end() < address {
                forge.restart_at_next_page(0);
            }
            forge.link_back_to(address - 64);
            forge.record(HEAP, 0, &[7; 100]);
            forge.record(HEAP, 0, &[7; 100]);
            let whole = forge.whole_pages();
            if place % 2 == 0 {
                page.copy_from_slice(&whole[place * PAGE_BYTES..(place + 1) * PAGE_BYTES]);
            }
        }
        files.push((name(1, segment), bytes));
    }
    let reading = skipping(&files);
    assert_eq!(reading.lsns.len() as u64, segments * 64 * 2);
    assert_eq!(reading.findings.gaps.count(), segments * 64 - 1);
    assert_eq!(reading.findings.gaps.first().len(), Few::<Gap>::MAX);
    assert_eq!(reading.shown.0, segments * MB);
    assert!(reading.slices < 10 * segments * 4, "{}", reading.slices);
}

#[test]
fn history_that_leaves_nothing_and_names_beyond_all_logs_are_no_end_of_the_world() {
    let (files, lsns, _) = forged(800);
    let new = on_timeline(2, &files);
    let history = file("00000002.history", "1\tFF/0\tin a far future\n");
    let reading = read(&[new, vec![history]].concat());
    assert_eq!(reading.damage().error.kind, ErrorKind::Misplaced);
    assert_eq!(reading.passed_over().len(), files.len());
    let far = file("00000001FFFFFFFF00000FFF", vec![7; SEGMENT]);
    let reading = read(&[files, vec![far]].concat());
    assert_eq!(reading.lsns, lsns);
    assert_eq!(reading.passed_over().len(), 1);
}

#[test]
fn zeroes_for_a_first_page_inside_the_log_do_not_hide_the_file() {
    let (files, lsns, _) = forged(2000);
    let mut lost = files.clone();
    lost[1].1[..PAGE_BYTES].fill(0);
    let reading = skipping(&lost);
    assert_eq!(reading.findings.passed_over.count(), 0);
    assert_eq!(reading.damage().error.file, name(1, 2));
    assert!(lsns.len() - reading.lsns.len() < 20);
    // Nothing in it was written when it was copied.
    let mut early = files;
    early[1].1.fill(0);
    let reading = read(&early);
    assert_eq!(reading.findings.passed_over.count(), 0);
    assert_eq!(reading.gap().torn, Some(name(1, 2)));
    assert_eq!(reading.gap().missing, None);
}

#[test]
fn name_without_a_log_makes_no_timeline() {
    let (files, lsns, _) = forged(800);
    for bytes in [7, 0] {
        let other = file(&name(9, 1), vec![bytes; SEGMENT]);
        let reading = read(&[files.clone(), vec![other]].concat());
        assert_eq!(reading.lsns, lsns);
        assert_eq!(reading.findings.timelines.newest, 1);
        assert_eq!(reading.passed_over().len(), 1);
    }
}
