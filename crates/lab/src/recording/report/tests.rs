use pgwal::PgVersion;
use protocol::{WalCheckpoint, WalMoment, WalSizeBin};

use super::super::tests::forge::Forge;
use super::*;
use crate::recording::tests::importing;

const XLOG: u8 = 0;
const TRANSACTION: u8 = 1;
const STANDBY: u8 = 8;
const HEAP2: u8 = 9;
const HEAP: u8 = 10;
const HAS_FLAGS: u8 = 0x80;

/// A moment of the year 2024, in PostgreSQL's microseconds.
const TIME: i64 = 760_000_000_000_000;
const UNIX_TIME: i64 = TIME + 946_684_800_000_000;

/// A log that begins 1 MiB behind the beginning of all.
fn log() -> Forge {
    Forge::new(1 << 20, 1 << 20)
}

fn report(bytes: &[u8], slice_bytes: usize) -> WalReport {
    let file = ("000000010000000000000001".to_owned(), bytes.to_vec());
    importing(&[file], slice_bytes).finish().unwrap().report
}

/// A block of a record: of a relation's file, with an image or data of so many bytes.
struct Touch {
    file: u32,
    block: u32,
    image: u16,
    data: u16,
}

/// What a record with blocks consists of, and how many bytes it has in all.
fn body(touches: &[Touch], main: &[u8]) -> (Vec<u8>, u64) {
    const HAS_IMAGE: u8 = 0x10;
    const HAS_DATA: u8 = 0x20;
    let (mut heads, mut tail) = (Vec::new(), Vec::new());
    for (id, touch) in (0_u8..).zip(touches) {
        let flag = |bytes, flag| if bytes > 0 { flag } else { 0 };
        heads.extend([
            id,
            flag(touch.image, HAS_IMAGE) | flag(touch.data, HAS_DATA),
        ]);
        heads.extend(touch.data.to_le_bytes());
        if touch.image > 0 {
            // A hole of the rest of the page.
            heads.extend(touch.image.to_le_bytes());
            heads.extend(100_u16.to_le_bytes());
            heads.push(1);
        }
        for number in [1663, 5, touch.file, touch.block] {
            heads.extend(number.to_le_bytes());
        }
        tail.extend(vec![
            0x11;
            usize::from(touch.image) + usize::from(touch.data)
        ]);
    }
    heads.extend([255, u8::try_from(main.len()).unwrap()]);
    heads.extend(tail);
    heads.extend(main);
    let bytes = 24 + heads.len() as u64;
    (heads, bytes)
}

fn checkpoint(redo: u64, seconds: i64) -> Vec<u8> {
    let mut data = vec![0; 88];
    data[0..8].copy_from_slice(&redo.to_le_bytes());
    data[8..12].copy_from_slice(&3_u32.to_le_bytes());
    data[64..72].copy_from_slice(&(UNIX_TIME / 1_000_000 + seconds).to_le_bytes());
    data
}

/// The end of a transaction, so many microseconds later, with subtransactions.
fn end(after_us: i64, subtransactions: &[u32]) -> Vec<u8> {
    const SUBTRANSACTIONS: u32 = 2;
    let mut data = (TIME + after_us).to_le_bytes().to_vec();
    data.extend(SUBTRANSACTIONS.to_le_bytes());
    data.extend(u32::try_from(subtransactions.len()).unwrap().to_le_bytes());
    data.extend(subtransactions.iter().flat_map(|xid| xid.to_le_bytes()));
    data
}

#[test]
fn rows_relations_and_blocks_are_told_by_bytes() {
    let mut forge = log();
    let touch = |file, block, image, data| Touch {
        file,
        block,
        image,
        data,
    };
    let (insert, insert_bytes) = body(&[touch(7, 1, 0, 40)], &[0; 3]);
    let (update, update_bytes) = body(&[touch(7, 2, 900, 0), touch(9, 1, 0, 60)], &[0; 14]);
    let (many, many_bytes) = body(&[touch(9, 1, 0, 500)], &[0, 0, 25, 0]);
    forge.raw(HEAP, 0, &insert);
    forge.raw(HEAP, 0x20, &update);
    forge.raw(HEAP2, 0x50, &many);
    let report = report(&forge.whole_segments(), 1000);
    let rows = |inserted, updated| WalRows {
        inserted,
        updated,
        deleted: 0,
    };
    assert_eq!(report.rows, rows(26, 1));
    assert_eq!(report.total.records, 3);
    assert_eq!(
        report.total.bytes(),
        insert_bytes + update_bytes + many_bytes
    );
    assert_eq!(report.total.image_bytes, 900);
    assert_eq!(report.relations.counted, 2);
    assert_eq!(report.relations.missed_at_most_bytes, 0);
    let [first, second] = &report.relations.list[..] else {
        panic!("two relations");
    };
    assert_eq!(first.name(), "1663/5/7");
    assert_eq!(first.bytes, insert_bytes + update_bytes - 60);
    assert_eq!((first.image_bytes, first.changes), (900, 2));
    assert_eq!(first.rows, rows(1, 1));
    assert_eq!(second.bytes, many_bytes + 60);
    assert_eq!(second.bytes_at_most, second.bytes);
    assert_eq!(second.rows, rows(25, 0));
    let blocks: Vec<_> = report.blocks.list.iter().map(WalBlock::name).collect();
    assert_eq!(
        blocks,
        ["1663/5/7 main 2", "1663/5/9 main 1", "1663/5/7 main 1"]
    );
    // The image is left out, and nothing tells how large the change was; it is marked all the same.
    let volume = report.volume;
    assert_eq!((volume.records, volume.estimated_records), (4, 1));
    assert_eq!(volume.bytes, report.total.record_bytes);
    assert_eq!(volume.sent_bytes, 6 * volume.bytes);
}

#[test]
fn a_transaction_is_as_large_as_its_records_and_those_of_its_subtransactions() {
    let mut forge = log();
    let mut write = |xid, rmgr, info, data: &[u8]| {
        forge.write_as(xid);
        forge.record(rmgr, info, data);
        26 + data.len() as u64
    };
    let own = write(10, HEAP, 0x60, &[1; 100]);
    let sub = write(11, HEAP, 0x60, &[1; 200]);
    let lost = write(12, HEAP, 0x60, &[1; 150]);
    write(0, STANDBY, 0x10, &[1; 77]);
    write(12, TRANSACTION, 0x20 | HAS_FLAGS, &end(0, &[]));
    let other = write(13, HEAP, 0x60, &[1; 20]);
    let commit = write(10, TRANSACTION, HAS_FLAGS, &end(500_000, &[11]));
    let prepare = write(13, TRANSACTION, 0x10, &[1; 30]);
    let mut prepared = end(1_000_000, &[]);
    prepared[8] |= 1 << 4;
    prepared.extend(13_u32.to_le_bytes());
    let second = write(0, TRANSACTION, 0x30 | HAS_FLAGS, &prepared);
    let report = report(&forge.whole_segments(), 777);
    let told = report.transactions;
    assert_eq!(
        (told.commits, told.commits_prepared, told.prepared),
        (2, 1, 1)
    );
    assert_eq!(
        (told.aborts, told.subtransactions, told.unmeasured),
        (1, 1, 0)
    );
    let large = own + sub + commit;
    let small = other + prepare + second;
    let sizes = told.sizes.unwrap();
    assert_eq!(sizes.most_bytes, large);
    assert_eq!(sizes.mean_bytes, u64::midpoint(large, small));
    assert!(sizes.p50_bytes >= small && sizes.p50_bytes <= small + 2);
    let bin = |from_bytes| WalSizeBin {
        from_bytes,
        transactions: 1,
    };
    assert_eq!(sizes.bins, [bin(128), bin(256)]);
    assert!(lost > 0);

    let times = report.over_time.unwrap();
    assert_eq!(times.from_us, UNIX_TIME);
    assert_eq!(times.last_us - times.first_us, 1_000_000);
    assert_eq!((times.bucket_us, times.buckets.len()), (15_625, 65));
    let moment = |commits, aborts, record_bytes| WalMoment {
        commits,
        aborts,
        record_bytes,
        image_bytes: 0,
    };
    let abort = 26 + end(0, &[]).len() as u64;
    assert_eq!(
        times.buckets[0],
        moment(0, 1, own + sub + lost + 103 + abort)
    );
    // Half a second without an end is 32 buckets, of which each gets its part of what was written.
    for (ends, bytes) in [(32, other + commit), (64, prepare + second)] {
        let parts = &times.buckets[ends - 31..=ends];
        assert_eq!(
            parts.iter().map(|part| part.record_bytes).sum::<u64>(),
            bytes
        );
        assert!(
            parts
                .iter()
                .all(|part| part.record_bytes.abs_diff(bytes / 32) <= 1)
        );
        assert_eq!(parts.iter().map(|part| part.commits).sum::<u64>(), 1);
        assert_eq!(parts[31].commits, 1);
    }
}

#[test]
fn transactions_beyond_those_that_are_followed_are_said_not_to_be_measured() {
    let mut forge = log();
    for xid in 1..=65_537 {
        forge.write_as(xid);
        forge.raw(HEAP, 0x60, &[]);
    }
    for xid in [65_537, 1] {
        forge.write_as(xid);
        forge.record(TRANSACTION, HAS_FLAGS, &end(0, &[]));
    }
    let told = report(&forge.whole_segments(), 1 << 16).transactions;
    assert_eq!((told.commits, told.unmeasured), (2, 1));
    assert_eq!(told.sizes.unwrap().bins.len(), 1);
}

#[test]
fn checkpoints_tell_how_much_redo_a_crash_finds() {
    let mut forge = log();
    let start = forge.record(HEAP, 0x60, &[1; 8]);
    let fill = |forge: &mut Forge, bytes: u64| {
        let first = forge.end();
        while forge.end() < first + bytes {
            forge.record(HEAP, 0x60, &[1; 200]);
        }
        first
    };
    fill(&mut forge, 50_000);
    let redo = fill(&mut forge, 30_000);
    let online = forge.record(XLOG, 0x10, &checkpoint(redo, 5));
    fill(&mut forge, 100_000);
    let shutdown = forge.end();
    assert_ne!(
        shutdown % 8192,
        0,
        "it is not pushed behind a page's header"
    );
    forge.record(XLOG, 0x00, &checkpoint(shutdown, 90));
    fill(&mut forge, 20_000);
    forge.record(XLOG, 0x10, &[1; 20]);
    let end = forge.end();
    let report = report(&forge.whole_segments(), 1000);
    let told = &report.checkpoints;
    assert_eq!((told.online, told.shutdown), (1, 1), "one is no checkpoint");
    let distance = told.distance.unwrap();
    assert_eq!(distance.mean_bytes, shutdown - redo);
    assert_eq!(
        (distance.least_bytes, distance.most_bytes),
        (shutdown - redo, shutdown - redo)
    );
    let first = WalCheckpoint {
        shutdown: false,
        lsn: WalLsn(online).to_string(),
        redo_lsn: WalLsn(redo).to_string(),
        redo_at_bytes: redo - start,
        distance_bytes: None,
        began_us: (UNIX_TIME / 1_000_000 + 5) * 1_000_000,
        timeline: 3,
    };
    assert_eq!(told.list[0], first);
    assert_eq!(told.list[1].distance_bytes, Some(shutdown - redo));
    let at_end = &report.redo.at_end;
    assert_eq!(at_end.redo_lsn, WalLsn(shutdown).to_string());
    assert_eq!(at_end.wal_bytes, end - shutdown);
    let at_worst = &report.redo.at_worst;
    assert_eq!(at_worst.redo_lsn, first.redo_lsn);
    assert_eq!(at_worst.wal_bytes, shutdown - redo);
    let beyond_start = at_worst.talk_ms - report.redo.talk_start_ms;
    assert!(
        beyond_start <= 1,
        "130 kB are next to nothing: {beyond_start}"
    );
}

#[test]
fn where_no_checkpoint_tells_redo_is_at_least_the_log() {
    let mut forge = log();
    let start = forge.record(HEAP, 0x60, &[1; 8]);
    let end = forge.end();
    let report = report(&forge.whole_segments(), 1000);
    assert_eq!(report.redo.at_end.redo_lsn, "");
    assert_eq!(report.redo.at_end.wal_bytes, end - start);
    assert_eq!(report.redo.at_worst, report.redo.at_end);
    assert_eq!(report.over_time, None);
    assert_eq!(report.transactions.sizes, None);
}

#[test]
fn sums_over_the_log_and_over_time_are_the_whole_and_no_slice_matters() {
    let folder = super::super::tests::tpcb();
    let told = |slice_bytes| importing(&folder, slice_bytes).finish().unwrap().report;
    let report = told(999);
    assert_eq!(report, told(65_536));
    let total = report.total;
    let whole = (total.record_bytes, total.image_bytes);
    let log = report.over_log.buckets.iter();
    let log = log.fold((0, 0), |sum, part| {
        (sum.0 + part.record_bytes, sum.1 + part.image_bytes)
    });
    assert_eq!(log, whole);
    let times = report.over_time.unwrap();
    let time = times.buckets.iter().fold((0, 0), |sum, part| {
        (sum.0 + part.record_bytes, sum.1 + part.image_bytes)
    });
    assert_eq!(time, whole);
    let ends = times.buckets.iter().fold((0, 0), |sum, part| {
        (sum.0 + part.commits, sum.1 + part.aborts)
    });
    let told = &report.transactions;
    assert_eq!(ends, (told.commits, told.aborts));
    let sizes = told.sizes.as_ref().unwrap();
    let measured: u64 = sizes.bins.iter().map(|bin| bin.transactions).sum();
    assert_eq!(measured + told.unmeasured, told.commits);
    let managers = report.managers.iter().map(|manager| manager.tally);
    assert_eq!(managers.map(WalTally::bytes).sum::<u64>(), total.bytes());
    let operations = report
        .managers
        .iter()
        .flat_map(|manager| &manager.operations);
    let operations = operations.map(|operation| operation.tally.records);
    assert_eq!(operations.sum::<u64>(), total.records);
}

#[test]
fn times_that_no_clock_has_end_at_what_can_be_said() {
    let mut forge = log();
    for time in [i64::MIN, 0, i64::MAX] {
        forge.record(TRANSACTION, 0, &time.to_le_bytes());
    }
    forge.record(XLOG, 0, &checkpoint(u64::MAX, i64::MAX / 2_000_000));
    let report = report(&forge.whole_segments(), 5000);
    let times = report.over_time.unwrap();
    assert_eq!(times.last_us, (1 << 53) - 1);
    assert!((128..=256).contains(&times.buckets.len()));
    assert_eq!(report.redo.at_end.wal_bytes, 0);
    assert_eq!(report.version, u32::from(PgVersion::V15.number()));
}
