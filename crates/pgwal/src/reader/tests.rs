//! Small forged logs: each way to end, each way to be bad.

use super::*;
use crate::forge::Forge;
use crate::page::OVERWRITES;
use crate::record::Xid;

const SEGMENT: u32 = 1 << 20;
const MB: u64 = 1 << 20;
const HEAP: u8 = 10;
const NAMES: [&str; 4] = [
    "000000010000000000000001",
    "000000010000000000000002",
    "000000010000000000000003",
    "000000010000000000000004",
];

#[derive(Debug, PartialEq)]
struct Reading {
    lsns: Vec<u64>,
    outcome: Result<End, WalError>,
}

impl Reading {
    /// The records that came, and the error.
    #[track_caller]
    fn error(self, records: usize, kind: ErrorKind) -> WalError {
        assert_eq!(self.lsns.len(), records, "{:?}", self.outcome);
        let error = self.outcome.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        error
    }

    #[track_caller]
    fn end(self, records: usize, reason: EndReason, lsn: u64) {
        assert_eq!(
            self.outcome,
            Ok(End {
                reason,
                lsn: WalLsn(lsn)
            })
        );
        assert_eq!(self.lsns.len(), records);
    }
}

fn read_with(mut reader: Reader, files: &[(&str, &[u8])]) -> Reading {
    let mut lsns = Vec::new();
    let mut drain = |reader: &mut Reader| loop {
        match reader.step() {
            Ok(Step::Record(record)) => lsns.push(record.lsn.0),
            Ok(Step::Hungry) => return None,
            Ok(Step::End(end)) => return Some(Ok(end)),
            Err(error) => return Some(Err(error)),
        }
    };
    for (name, bytes) in files {
        reader.open(name);
        for slice in bytes.chunks(5000) {
            drain(&mut reader);
            reader.feed(slice);
        }
        drain(&mut reader);
    }
    reader.finish();
    let outcome = drain(&mut reader).expect("no input is left to be hungry for");
    Reading { lsns, outcome }
}

fn read(files: &[(&str, &[u8])]) -> Reading {
    read_with(Reader::new(), files)
}

fn read_one(bytes: &[u8]) -> Reading {
    read(&[(NAMES[0], bytes)])
}

/// A log with records of all sizes, from the first segment on, and where they begin.
fn forged(records: usize) -> (Forge, Vec<u64>) {
    let mut forge = Forge::new(MB, SEGMENT);
    let lsns = (0..records)
        .map(|count| forge.record(HEAP, 0, &vec![0xA5; count * 37 % 5000]))
        .collect();
    (forge, lsns)
}

/// A log that fills its pages to the last byte.
fn filled(start: u64, pages: usize) -> Vec<u8> {
    let mut forge = Forge::new(start, SEGMENT);
    for page in 0..pages {
        let header = if page == 0 { 40 } else { 24 };
        forge.record(HEAP, 0, &vec![0x5A; PAGE_BYTES - header - 24 - 5]);
    }
    forge.whole_pages()
}

#[test]
fn records_come_in_order_over_pages_and_files() {
    let (forge, lsns) = forged(800);
    let end = forge.end();
    assert!(end > 2 * MB);
    let bytes = forge.whole_segments();
    let (first, second) = bytes.split_at(1 << 20);
    let reading = read(&[(NAMES[0], first), (NAMES[1], second)]);
    assert_eq!(reading.lsns, lsns);
    reading.end(800, EndReason::Zeroes, end);
    assert_eq!(read(&[("both.wal", &bytes)]).lsns, lsns);
}

#[test]
fn log_without_later_pages_is_cut_short() {
    let bytes = filled(MB, 3);
    read_one(&bytes).end(3, EndReason::CutShort, MB + 3 * 8192);
}

#[test]
fn whole_files_end_between_records_or_inside_one() {
    let bytes = filled(MB, 128);
    read_one(&bytes).end(128, EndReason::InputOver, 2 * MB);
    let (forge, lsns) = forged(800);
    let inside = lsns.iter().rposition(|&lsn| lsn < 2 * MB).unwrap();
    let bytes = &forge.whole_segments()[..1 << 20];
    read_one(bytes).end(inside, EndReason::RunsOver, lsns[inside]);
}

#[test]
fn zeroes_on_a_page_or_behind_it_are_an_end() {
    let (forge, _) = forged(100);
    let end = forge.end();
    read_one(&forge.clone().whole_segments()).end(100, EndReason::Zeroes, end);
    read_one(&forge.whole_pages()).end(100, EndReason::Zeroes, end);
    let mut bytes = filled(MB, 3);
    bytes.resize(1 << 20, 0);
    read_one(&bytes).end(3, EndReason::Zeroes, MB + 3 * 8192);
}

#[test]
fn stale_pages_of_a_recycled_file_are_an_end() {
    let mut old = Forge::new(MB, SEGMENT);
    while old.end() < 2 * MB {
        old.record(HEAP, 0, &[1; 900]);
    }
    let old = &old.whole_segments()[..1 << 20];
    let overwrite = |new: &[u8]| [new, &old[new.len()..]].concat();

    let mut new = Forge::new(3 * MB, SEGMENT);
    while new.end() < 3 * MB + 20_000 {
        new.record(HEAP, 0, &[2; 500]);
    }
    let end = new.end();
    let bytes = overwrite(&new.whole_pages());
    read(&[(NAMES[2], &bytes)]).end(38, EndReason::Zeroes, end);

    let bytes = overwrite(&filled(3 * MB, 4));
    read(&[(NAMES[2], &bytes)]).end(4, EndReason::Recycled, 3 * MB + 4 * 8192);

    // A file that was taken over and not yet written.
    let files = [(NAMES[1], &filled(2 * MB, 128)[..]), (NAMES[2], old)];
    read(&files).end(128, EndReason::Recycled, 3 * MB);
}

#[test]
fn standby_may_leave_stale_bytes_behind_its_last_record() {
    let mut old = Forge::new(MB, SEGMENT);
    while old.end() < 2 * MB {
        old.record(HEAP, 0, &[1; 100]);
    }
    let old = &old.whole_segments()[..1 << 20];
    let mut new = Forge::new(3 * MB, SEGMENT);
    for _ in 0..100 {
        new.record(HEAP, 0, &[2; 133]);
    }
    let end = new.end();
    let written = usize::try_from(end - 3 * MB).unwrap();
    let bytes = [&new.whole_pages()[..written], &old[written..]].concat();
    read(&[(NAMES[2], &bytes)]).end(100, EndReason::Recycled, end);
}

#[test]
fn record_whose_next_page_was_never_written_is_unfinished() {
    let mut forge = Forge::new(MB, SEGMENT);
    forge.record(HEAP, 0, &[7; 100]);
    let torn = forge.record(HEAP, 0, &[7; 9000]);
    let mut bytes = forge.whole_segments();
    bytes[8192..].fill(0);
    read_one(&bytes).end(1, EndReason::Unfinished, torn);
}

#[test]
fn lost_continuation_is_overwritten_by_a_new_beginning() {
    let mut forge = Forge::new(MB, SEGMENT);
    let first = forge.record(HEAP, 0, &[7; 100]);
    forge.record(HEAP, 0, &[7; 9000]);
    let mut bytes = forge.whole_pages();
    // The server goes on at the page that was lost, with a back-link to the last whole record.
    let mut after = Forge::new(MB, SEGMENT);
    after.record(HEAP, 0, &[7; 100]);
    let lost = after.clone().whole_pages();
    assert_eq!(lost[..160], bytes[..160]);
    let begin = after.restart_at_next_page(OVERWRITES);
    after.record(0, 0xD0, &[0; 16]);
    let end = after.end();
    bytes.truncate(8192);
    bytes.extend(&after.whole_pages()[8192..]);
    let reading = read_one(&bytes);
    assert_eq!(reading.lsns, [first, begin + 24]);
    reading.end(2, EndReason::Zeroes, end);
}

#[test]
fn switch_leaves_the_rest_of_its_file_unread() {
    let mut forge = Forge::new(MB, SEGMENT);
    forge.record(HEAP, 0, &[7; 100]);
    let switch = forge.record(0, 0x40, &[]);
    let mut bytes = forge.clone().whole_segments();
    bytes[40_000..50_000].fill(0xEE);
    read_one(&bytes).end(2, EndReason::InputOver, 2 * MB);
    let mut next = Forge::new(2 * MB, SEGMENT);
    next.link_back_to(switch);
    next.record(HEAP, 0, &[7; 100]);
    let end = next.end();
    let files = [
        (NAMES[0], &bytes[..16_384]),
        (NAMES[1], &next.whole_segments()),
    ];
    read(&files).end(3, EndReason::Zeroes, end);
}

#[test]
fn leading_rest_of_a_record_is_passed_over() {
    let (forge, lsns) = forged(800);
    let end = forge.end();
    let second = &forge.whole_segments()[1 << 20..];
    let reading = read(&[(NAMES[1], second)]);
    let first = lsns.iter().position(|&lsn| lsn > 2 * MB).unwrap();
    assert_eq!(reading.lsns, lsns[first..]);
    reading.end(lsns.len() - first, EndReason::Zeroes, end);
}

#[test]
fn range_takes_whole_records_only() {
    let (forge, lsns) = forged(300);
    let bytes = forge.whole_segments();
    let check = |start: Option<u64>, end: Option<u64>, expected: &[u64]| {
        let reader = Reader::with_range(start.map(WalLsn), end.map(WalLsn));
        assert_eq!(read_with(reader, &[(NAMES[0], &bytes)]).lsns, expected);
    };
    check(Some(lsns[100]), Some(lsns[200]), &lsns[100..200]);
    check(Some(lsns[100] + 1), Some(lsns[200] - 8), &lsns[101..199]);
    check(Some(MB), Some(MB + 40), &[]);
    check(Some(MB), None, &lsns);
    check(None, Some(lsns[5]), &lsns[..5]);
}

#[test]
fn start_outside_all_files_is_said() {
    let bytes = filled(2 * MB, 3);
    let at = |start| {
        let reader = Reader::with_range(Some(WalLsn(start)), None);
        read_with(reader, &[(NAMES[1], &bytes)]).error(0, ErrorKind::StartNotFound)
    };
    assert_eq!(
        at(MB).to_string(),
        "000000010000000000000002: offset 0: expected a file that holds the start 0/100000, found \
         one that begins at 0/200000"
    );
    assert_eq!(at(2 * MB + 3 * 8192).found, "the end of the last file");
}

#[test]
fn what_is_no_wal_is_said() {
    let check = |bytes: &[u8], kind, found: &str| {
        let error = read_one(bytes).error(0, kind);
        assert_eq!(error.found, found);
        assert_eq!(error.offset, 0);
    };
    check(b"", ErrorKind::Empty, "an empty file");
    check(
        b"hello",
        ErrorKind::NotWal,
        "what looks like text (magic 0x6568)",
    );
    check(
        b"\x1f\x8b\x08\0 the rest",
        ErrorKind::NotWal,
        "a gzip file: unpack it first (magic 0x8B1F)",
    );
    check(b"\x01\x02\x03", ErrorKind::NotWal, "no WAL (magic 0x0201)");
    check(&[0; 9000], ErrorKind::NotWal, "nothing but zeroes");
    check(
        &filled(MB, 2)[..30],
        ErrorKind::Truncated,
        "a file of 30 bytes",
    );
    check(
        &filled(MB, 2)[8192..],
        ErrorKind::NotWal,
        "a page from inside one",
    );
    assert_eq!(read(&[]).error(0, ErrorKind::Empty).found, "none");
}

#[test]
fn unread_versions_are_named() {
    let check = |magic: u16, kind, found: &str| {
        let mut bytes = filled(MB, 2);
        bytes[..2].copy_from_slice(&magic.to_le_bytes());
        let error = read_one(&bytes).error(0, kind);
        assert_eq!(
            error.expected,
            "PostgreSQL 13 to 18 WAL (magic 0xD106, 0xD10D, 0xD110, 0xD113, 0xD116, 0xD118)"
        );
        assert_eq!(error.found, found);
    };
    let other = ErrorKind::OtherVersion;
    check(0xD101, other, "PostgreSQL 12 WAL (magic 0xD101)");
    check(0xD111, other, "WAL of an unreleased version (magic 0xD111)");
    check(0xD119, other, "WAL of a later version (magic 0xD119)");
    check(0x10D1, other, "WAL of a big-endian machine (magic 0x10D1)");
    check(0xE110, ErrorKind::NotWal, "no WAL (magic 0xE110)");
}

/// A log of one file, its pages filled to the last byte.
fn filled_file(version: PgVersion, start: u64) -> Vec<u8> {
    let mut bytes = filled(start, 128);
    for page in bytes.chunks_mut(PAGE_BYTES) {
        page[..2].copy_from_slice(&version.magic().to_le_bytes());
    }
    bytes
}

#[test]
fn every_version_is_read_over_files_and_said_with_each_record() {
    for version in PgVersion::ALL {
        let (first, second) = (filled_file(version, MB), filled_file(version, 2 * MB));
        let reading = read(&[(NAMES[0], &first)]);
        reading.end(128, EndReason::InputOver, 2 * MB);
        let mut reader = Reader::new();
        reader.open(NAMES[1]);
        reader.feed(&second);
        assert!(matches!(reader.step(), Ok(Step::Record(record)) if record.version == version));
        assert_eq!(reader.version(), Some(version));
    }
}

#[test]
fn files_of_two_versions_are_refused_with_both_named() {
    for (one, other) in [
        (PgVersion::V15, PgVersion::V16),
        (PgVersion::V18, PgVersion::V13),
    ] {
        let (first, second) = (filled_file(one, MB), filled_file(other, 2 * MB));
        let error = read(&[(NAMES[0], &first), (NAMES[1], &second)]);
        let error = error.error(128, ErrorKind::OtherVersion);
        assert_eq!((error.file.as_str(), error.offset), (NAMES[1], 0));
        let named = |version: PgVersion, words: &str| {
            words.starts_with(&format!("{version} WAL (magic 0x"))
        };
        assert!(named(one, &error.expected), "{error}");
        assert!(named(other, &error.found), "{error}");
    }
}

#[test]
fn file_of_another_version_is_refused_behind_the_end_too() {
    let mut first = filled(MB, 3);
    first.resize(1 << 20, 0);
    let second = filled_file(PgVersion::V17, 2 * MB);
    let error = read(&[(NAMES[0], &first), (NAMES[1], &second)]).error(3, ErrorKind::OtherVersion);
    assert_eq!(
        error.to_string(),
        "000000010000000000000002: offset 0: expected PostgreSQL 15 WAL (magic 0xD110), found \
         PostgreSQL 17 WAL (magic 0xD116)"
    );
}

#[test]
fn page_of_another_version_inside_a_file_is_damage() {
    let mut bytes = filled(MB, 3);
    bytes[8192..8194].copy_from_slice(&PgVersion::V18.magic().to_le_bytes());
    let error = read_one(&bytes).error(1, ErrorKind::Damaged);
    assert_eq!(error.found, "page magic 0xD118");
}

#[test]
fn extensions_have_managers_since_15_and_the_rest_is_refused() {
    for version in PgVersion::ALL {
        for (number, known) in [
            (21, true),
            (22, false),
            (127, false),
            (128, version >= PgVersion::V15),
            (255, version >= PgVersion::V15),
        ] {
            let mut forge = Forge::new(MB, SEGMENT).stamped(version.magic());
            forge.record(number, 0, &[7; 100]);
            let end = forge.end();
            let reading = read_one(&forge.whole_segments());
            if known {
                reading.end(1, EndReason::Zeroes, end);
                continue;
            }
            let error = reading.error(0, ErrorKind::Damaged);
            assert_eq!(error.expected, format!("a resource manager of {version}"));
            assert_eq!(error.found, format!("number {number}"));
        }
    }
}

/// The body of a record with one block whose image has the given flags and bytes, and, where one is
/// given, the length of its hole.
fn body_with_image(flags: u8, bytes: u16, hole: Option<u16>) -> Vec<u8> {
    const HAS_IMAGE: u8 = 0x10;
    let mut body = vec![0, HAS_IMAGE, 0, 0];
    body.extend(bytes.to_le_bytes());
    body.extend(if flags & 1 == 0 { [0, 0] } else { [40, 0] });
    body.push(flags);
    body.extend(hole.into_iter().flat_map(u16::to_le_bytes));
    for number in [1663_u32, 5, 16_384, 7] {
        body.extend(number.to_le_bytes());
    }
    body.extend(vec![0x33; usize::from(bytes)]);
    body
}

#[test]
fn image_flags_mean_what_the_version_lets_them_mean() {
    use crate::record::Compression;

    let image_of = |version: PgVersion, body: &[u8]| {
        let mut forge = Forge::new(MB, SEGMENT).stamped(version.magic());
        forge.raw(HEAP, 0, body);
        let mut reader = Reader::new();
        reader.open(NAMES[0]);
        reader.feed(&forge.whole_segments());
        match reader.step() {
            Ok(Step::Record(record)) => {
                let image = record.blocks[0].image.clone().unwrap();
                Ok((image.compression, image.apply, image.hole_bytes))
            }
            Ok(step) => panic!("{step:?}"),
            Err(error) => Err(error.found),
        }
    };
    for version in PgVersion::ALL {
        let since_15 = version >= PgVersion::V15;
        let (apply, packed) = if since_15 { (2, 4) } else { (4, 2) };
        let check = |flags, bytes, hole, expected| {
            let found = image_of(version, &body_with_image(flags, bytes, hole));
            assert_eq!(found, Ok(expected), "{version}, flags {flags}");
        };
        check(apply, 8192, None, (Compression::None, true, 0));
        check(0, 8192, None, (Compression::None, false, 0));
        check(1 | apply, 8000, None, (Compression::None, true, 192));
        check(packed, 900, None, (Compression::Pglz, false, 0));
        let with_hole = 1 | apply | packed;
        check(with_hole, 900, Some(192), (Compression::Pglz, true, 192));
        if since_15 {
            check(8 | apply, 900, None, (Compression::Lz4, true, 0));
            check(16 | apply, 900, None, (Compression::Zstd, true, 0));
            let twice = image_of(version, &body_with_image(4 | 8, 900, None));
            assert_eq!(twice, Err("an image compressed in two ways".to_owned()));
        }
    }
    // The flags of the other side of 15 do not fit.
    assert!(image_of(PgVersion::V14, &body_with_image(1 | 2, 8000, None)).is_err());
    assert!(image_of(PgVersion::V15, &body_with_image(1 | 4, 8000, None)).is_err());
}

#[test]
fn toplevel_transaction_is_named_since_14() {
    let body = [&[252][..], &99_u32.to_le_bytes(), &[255, 3, 1, 2, 3]].concat();
    for version in PgVersion::ALL {
        let mut forge = Forge::new(MB, SEGMENT).stamped(version.magic());
        forge.raw(HEAP, 0, &body);
        let mut reader = Reader::new();
        reader.open(NAMES[0]);
        reader.feed(&forge.whole_segments());
        match reader.step() {
            Ok(Step::Record(record)) => {
                assert_eq!(record.toplevel_xid, Some(Xid(99)), "{version}");
                assert!(version >= PgVersion::V14);
            }
            Ok(step) => panic!("{step:?}"),
            Err(error) => {
                assert_eq!(error.found, "a record with an unknown kind of header");
                assert_eq!(version, PgVersion::V13);
            }
        }
    }
}

#[test]
fn file_that_ends_in_a_page_or_a_record_is_truncated() {
    let (forge, lsns) = forged(100);
    let bytes = forge.whole_pages();
    let cut = |length: usize| {
        let whole = lsns
            .windows(2)
            .filter(|pair| pair[1] <= MB + length as u64)
            .count();
        let error = read_one(&bytes[..length]).error(whole, ErrorKind::Truncated);
        assert_eq!(error.offset, length as u64);
        assert_eq!(error.lsn, Some(WalLsn(MB + length as u64)));
        assert_eq!(error.found, "the end of the file");
    };
    for length in [8192 + 10, 8192 + 30, 50_000, 50_001, 2 * 8192, 9 * 8192] {
        cut(length);
    }
}

#[test]
fn missing_and_swapped_files_are_said() {
    let (first, second, third) = (filled(MB, 128), filled(2 * MB, 128), filled(3 * MB, 128));
    let gap = read(&[(NAMES[0], &first), (NAMES[2], &third)]).error(128, ErrorKind::Misplaced);
    assert_eq!(
        gap.to_string(),
        "000000010000000000000003: offset 0 (LSN 0/200000): expected page address 0/200000, found \
         page address 0/300000"
    );
    read(&[(NAMES[1], &second), (NAMES[0], &first)]).error(128, ErrorKind::Misplaced);
    read(&[("b.wal", &second), ("a.wal", &first)]).error(128, ErrorKind::Misplaced);
    read(&[(NAMES[3], &second)]).error(0, ErrorKind::Misplaced);
    let short = read(&[(NAMES[0], &first[..81_920]), (NAMES[1], &second)]);
    let short = short.error(10, ErrorKind::Truncated);
    assert_eq!((short.file.as_str(), short.offset), (NAMES[0], 81_920));
}

#[test]
fn damage_says_where_and_what() {
    let (forge, lsns) = forged(200);
    let mut bytes = forge.whole_segments();
    let victim = usize::try_from(lsns[77] - MB).unwrap();
    bytes[victim + 40] ^= 1;
    let error = read_one(&bytes).error(77, ErrorKind::Damaged);
    assert_eq!(error.offset, victim as u64);
    assert_eq!(error.lsn, Some(WalLsn(lsns[77])));
    assert!(
        error.expected.starts_with("a record with checksum "),
        "{error}"
    );
}

#[test]
fn zeroes_are_said_to_be_torn_where_the_log_goes_on() {
    let (forge, lsns) = forged(200);
    let mut bytes = forge.whole_segments();
    bytes[5 * 8192..6 * 8192].fill(0);
    let whole = lsns
        .windows(2)
        .filter(|pair| pair[1] <= MB + 5 * 8192)
        .count();
    let error = read_one(&bytes).error(whole, ErrorKind::Torn);
    assert_eq!(
        error.to_string(),
        "000000010000000000000001: offset 40960 (LSN 0/10A000): expected page magic 0xD110, found \
         page magic 0x0000, although the log goes on at page address 0/10C000 (torn: copied while \
         the server wrote, or damaged)"
    );
}

#[test]
fn half_written_records_are_torn_and_changed_ones_are_damaged() {
    let (forge, lsns) = forged(20);
    let bytes = forge.whole_segments();
    let at = |record: usize, offset: usize| usize::try_from(lsns[record] - MB).unwrap() + offset;
    let check = |kind, from: usize, to: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[from..to].fill(value);
        read_one(&bytes).error(19, kind)
    };
    let end = at(19, 24 + 5 + 19 * 37);
    // From some byte on; only the end; with a header of which the length alone arrived.
    check(ErrorKind::Torn, at(19, 100), end, 0);
    check(ErrorKind::Torn, end - 32, end, 0);
    check(ErrorKind::Torn, at(19, 4), end, 0);
    // The beginning is missing, the rest is there.
    check(ErrorKind::Torn, at(19, 0), at(19, 64), 0);
    check(ErrorKind::Damaged, end - 31, end, 0);
    check(ErrorKind::Damaged, at(19, 100), at(19, 101), 0);
    check(ErrorKind::Damaged, at(19, 100), end, 7);
}

#[test]
fn page_of_a_later_use_inside_a_file_is_torn() {
    let mut bytes = filled(MB, 128);
    let later = filled(9 * MB, 128);
    bytes[5 * 8192..].copy_from_slice(&later[5 * 8192..]);
    let error = read_one(&bytes).error(5, ErrorKind::Torn);
    assert_eq!(error.found, "page address 0/90A000");
}

#[test]
fn claimed_length_costs_no_memory() {
    let mut forge = Forge::new(MB, SEGMENT);
    forge.record(HEAP, 0, &[7; 100]);
    let victim = usize::try_from(forge.record(HEAP, 0, &vec![7; 20_000]) - MB).unwrap();
    let mut bytes = forge.whole_segments();
    bytes[victim..victim + 4].copy_from_slice(&0x4000_0000_u32.to_le_bytes());
    let mut reader = Reader::new();
    reader.open(NAMES[0]);
    reader.feed(&bytes);
    while matches!(reader.step(), Ok(Step::Record(_))) {}
    assert!(reader.step().is_err());
    assert!(reader.assembled.capacity() <= 16_384);
}

/// Every byte of a small log, changed in two ways: whatever the reader makes of it, it delivers only
/// true records, and at most the last of them can vanish without an error.
#[test]
fn every_changed_byte_leaves_true_records() {
    let (forge, lsns) = forged(60);
    let end = usize::try_from(forge.end() - MB).unwrap();
    let mut bytes = forge.whole_pages();
    let header_bytes_unused = |at: usize| match at % 8192 {
        // Backup flag, timeline, padding; on the first page the identity that nothing repeats.
        2 | 4..8 | 20..24 => true,
        24..36 => at < 8192,
        _ => false,
    };
    let mut unnoticed = 0;
    for at in 0..end {
        for mask in [1, 0xFF] {
            bytes[at] ^= mask;
            let reading = read_one(&bytes);
            bytes[at] ^= mask;
            assert_eq!(reading.lsns, lsns[..reading.lsns.len()], "{at}");
            if reading.outcome.is_ok() {
                let is_padding = bytes[at] == 0;
                assert!(is_padding || header_bytes_unused(at), "{at}");
                assert_eq!(reading.lsns.len(), lsns.len(), "{at}");
                unnoticed += 1;
            }
        }
    }
    assert!(unnoticed < 1000, "{unnoticed}");
}
