use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use pgwal::{InMemory, PgVersion, WalError, WalFile, Wanted};
use protocol::WalReport;

use super::*;
use crate::scenario::Weight;

#[path = "../../../pgwal/src/forge.rs"]
#[expect(dead_code, reason = "the tests of the reader write other logs, too")]
pub(super) mod forge;

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn excerpt() -> (String, Vec<u8>) {
    let path = crate_folder().join("../../www/recordings/first-run.wal");
    ("first-run.wal".to_owned(), fs::read(path).unwrap())
}

pub(super) fn tpcb() -> Vec<(String, Vec<u8>)> {
    let folder = crate_folder().join("../pgwal/fixtures/tpcb");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "gz"))
        .collect();
    paths.sort();
    let unpack = |path: PathBuf| {
        let mut bytes = Vec::new();
        let mut unpacked = GzDecoder::new(File::open(&path).unwrap());
        unpacked.read_to_end(&mut bytes).unwrap();
        (
            path.file_stem().unwrap().to_string_lossy().into_owned(),
            bytes,
        )
    };
    paths.into_iter().map(unpack).collect()
}

fn import(files: &[(String, Vec<u8>)], slice_bytes: usize) -> (Recording, WalReport) {
    let imported = try_import(files, slice_bytes).unwrap();
    assert_eq!(imported.damage(), None);
    (imported.recording, imported.report)
}

fn try_import(files: &[(String, Vec<u8>)], slice_bytes: usize) -> Result<Imported, WalError> {
    importing(files, slice_bytes).finish()
}

/// A file that gives so many bytes at a time.
struct InSlices(InMemory<Vec<u8>>, usize);

impl WalFile for InSlices {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn bytes(&self) -> u64 {
        self.0.bytes()
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let length = into.len().min(self.1);
        self.0.read_at(offset, &mut into[..length])
    }
}

pub(super) fn importing(files: &[(String, Vec<u8>)], slice_bytes: usize) -> Import {
    let files = files.iter().map(|(name, bytes)| {
        let file = InMemory::new(name.clone(), bytes.clone());
        Box::new(InSlices(file, slice_bytes)) as Box<dyn WalFile>
    });
    Import::new(files.collect(), Wanted::default())
}

#[test]
fn every_commit_of_the_excerpt_is_a_submission_of_its_transaction() {
    let (recording, report) = import(&[excerpt()], 8192);
    let commits: Vec<u64> = recording.mtrs.iter().filter_map(|mtr| mtr.commit).collect();
    assert_eq!(commits.len() as u64, report.transactions.commits);
    assert!(report.transactions.commits > 100);
    assert!(report.transactions.aborts > 0);
    let total = report.total.records;
    assert_eq!(
        recording.mtrs.len() as u64 + report.volume.left_out + report.volume.guards,
        total
    );
    for mtr in &recording.mtrs {
        let label = &recording.labels[usize::from(mtr.label)];
        assert_eq!(mtr.commit.is_some(), label == "Transaction/COMMIT");
    }
}

#[test]
fn times_rise_from_the_first_commit_to_the_last() {
    let (recording, report) = import(&[excerpt()], 8192);
    let times: Vec<u64> = recording.mtrs.iter().map(|mtr| mtr.at_ns).collect();
    assert!(times.is_sorted());
    assert_eq!(times[0], 0);
    let last = recording
        .mtrs
        .iter()
        .rfind(|mtr| mtr.commit.is_some())
        .unwrap();
    let times_told = report.over_time.unwrap();
    let span_ns = times_told.last_us.abs_diff(times_told.first_us) * 1000;
    assert!(last.at_ns <= span_ns);
    assert!(last.at_ns > span_ns / 2);
    assert!(times.iter().all(|&at| at <= last.at_ns));
}

#[test]
fn pages_are_numbered_densely_by_first_touch() {
    let (recording, report) = import(&tpcb(), 65_536);
    let mut next = 0;
    for change in &recording.changes {
        assert!(change.page <= next);
        next = next.max(change.page + 1);
    }
    assert_eq!(next, report.played.pages);
}

#[test]
fn bytes_are_those_of_the_records_without_the_images_that_guard() {
    for files in [vec![excerpt()], tpcb()] {
        let (recording, report) = import(&files, 65_536);
        let mut played = 0;
        for manager in &report.managers {
            for operation in &manager.operations {
                let name = format!("{}/{}", manager.name, operation.name);
                if recording.labels.contains(&name) {
                    played += operation.tally.record_bytes;
                }
            }
        }
        let volume = report.volume;
        let real = volume.bytes - volume.estimated_bytes;
        assert_eq!(real, played + volume.image_bytes);
        assert!(volume.estimated_records > 0);
        assert!(volume.estimated_bytes * 10 < volume.bytes);
        assert!(volume.estimated_bytes > 0);
        let kept = &recording.changes;
        let bytes: u64 = kept.iter().map(|change| u64::from(change.bytes)).sum();
        assert_eq!((kept.len() as u64, bytes), (volume.records, volume.bytes));
        let estimated = kept.iter().filter(|change| change.estimated).count();
        assert_eq!(estimated as u64, volume.estimated_records);
    }
}

#[test]
fn images_of_an_index_build_stay() {
    let (_, report) = import(&tpcb(), 65_536);
    let xlog = &report.managers[0];
    let builds = xlog.operations.iter().find(|kind| kind.name == "FPI");
    assert_eq!(report.volume.image_bytes, builds.unwrap().tally.image_bytes);
    assert!(report.volume.image_bytes < report.total.image_bytes);
}

#[test]
fn payloads_are_real_bytes_that_fit_their_sizes() {
    let (recording, _) = import(&tpcb(), 65_536);
    for mtr in &recording.mtrs {
        for weight in [Weight::Exact, Weight::Account] {
            for change in recording.submission(mtr, weight).changes.iter() {
                let payload = change
                    .payload
                    .as_ref()
                    .map_or(0, |payload| payload.bytes().len());
                assert!(payload <= change.bytes as usize, "{mtr:?}");
                assert!(payload == 0 || weight == Weight::Exact);
                assert!(change.is_intact());
            }
        }
    }
    let real = recording
        .changes
        .iter()
        .map(|change| u64::from(change.payload.1))
        .sum::<u64>();
    assert_eq!(real, recording.bytes.len() as u64);
}

#[test]
fn slices_change_neither_digest_nor_recording() {
    let (one, report) = import(&tpcb(), usize::MAX);
    let (other, same_report) = import(&tpcb(), 1000);
    assert_eq!(one.digest, other.digest);
    assert_eq!(one.digest.len(), 16);
    assert_eq!(one.mtrs, other.mtrs);
    assert_eq!(one.changes, other.changes);
    assert_eq!(report, same_report);
    assert_ne!(one.digest, import(&[excerpt()], 4096).0.digest);
}

#[test]
fn what_does_not_fit_is_counted_but_not_kept_and_the_cut_is_a_commit() {
    let (whole, all) = import(&tpcb(), 65_536);
    let mut sizes = Vec::new();
    for bytes_max in [0, 100_000, 300_000, 10_000_000] {
        let import = importing(&tpcb(), 65_536).keeping(bytes_max);
        let imported = import.finish().unwrap();
        let (recording, report) = (imported.recording, imported.report);
        let played = &report.played;
        assert_eq!(report.volume, all.volume);
        assert_eq!(report.transactions, all.transactions);
        let kept = recording.mtrs.len();
        assert_eq!(recording.mtrs, whole.mtrs[..kept]);
        let changes = recording.changes.len();
        assert_eq!(recording.changes, whole.changes[..changes]);
        assert_eq!(recording.bytes[..], whole.bytes[..recording.bytes.len()]);
        let last = recording.mtrs.last().unwrap();
        assert_eq!(
            changes,
            (last.first_change + last.changes) as usize,
            "no change is left over"
        );
        let pages = recording.changes.iter().map(|change| change.page + 1).max();
        assert_eq!(pages, Some(played.pages));
        assert_eq!(played.whole, bytes_max == 10_000_000);
        if played.whole {
            assert_eq!(report, all);
            assert_eq!(played.records, all.total.records);
            assert_eq!(played.bytes, all.total.bytes());
        } else if bytes_max > 0 {
            assert!(last.commit.is_some(), "{last:?}");
            assert!(played.bytes > 0 && played.bytes < all.total.bytes());
        }
        sizes.push(kept);
    }
    assert!(sizes.is_sorted());
    assert_eq!(
        sizes[0], 1,
        "where no commit fits, what came before the bound"
    );
    assert_eq!(sizes[3], whole.mtrs.len());
}

/// The body of a record of one block with a compressed image.
fn body_with_image(version: PgVersion) -> Vec<u8> {
    const HAS_IMAGE: u8 = 0x10;
    const IMAGE_BYTES: u16 = 900;
    let packed = if version < PgVersion::V15 { 2 } else { 4 };
    let mut body = vec![0, HAS_IMAGE, 0, 0];
    body.extend(IMAGE_BYTES.to_le_bytes());
    body.extend([0, 0, packed]);
    for number in [1663_u32, 5, 16_384, 7] {
        body.extend(number.to_le_bytes());
    }
    body.extend(vec![0x33; usize::from(IMAGE_BYTES)]);
    body
}

/// What a commit of the prepared transaction 4711 says that dropped a statistic, where versions say
/// so.
fn commit_prepared(version: PgVersion) -> Vec<u8> {
    const PREPARED: u32 = 1 << 4;
    const DROPPED: u32 = 1 << 8;
    let item_bytes = match version {
        PgVersion::V13 | PgVersion::V14 => None,
        PgVersion::V15 | PgVersion::V16 | PgVersion::V17 => Some(12),
        PgVersion::V18 => Some(16),
    };
    let mut data = 760_000_000_000_000_i64.to_le_bytes().to_vec();
    let flags = PREPARED | item_bytes.map_or(0, |_| DROPPED);
    data.extend(flags.to_le_bytes());
    if let Some(bytes) = item_bytes {
        data.extend(1_u32.to_le_bytes());
        data.extend(vec![0xEE; bytes]);
    }
    data.extend(4711_u32.to_le_bytes());
    data
}

#[test]
fn logs_of_every_version_become_the_same_recording() {
    const COMMIT_PREPARED: u8 = 0x30;
    const HAS_FLAGS: u8 = 0x80;
    const HEAP: u8 = 10;
    for version in PgVersion::ALL {
        let mut forge = forge::Forge::new(1 << 20, 1 << 20).stamped(version.magic());
        forge.raw(HEAP, 0, &body_with_image(version));
        forge.record(1, COMMIT_PREPARED | HAS_FLAGS, &commit_prepared(version));
        let name = "000000010000000000000001".to_owned();
        let (recording, report) = import(&[(name, forge.whole_segments())], 5000);
        assert_eq!(report.version, u32::from(version.number()));
        assert_eq!(report.transactions.commits, 1, "{version}");
        assert_eq!(report.total.image_bytes, 900, "{version}");
        assert_eq!(report.volume.left_out, 0, "{version}");
        assert_eq!(
            recording.labels,
            ["Heap/INSERT", "Transaction/COMMIT_PREPARED"]
        );
        let commits: Vec<Option<u64>> = recording.mtrs.iter().map(|mtr| mtr.commit).collect();
        assert_eq!(commits, [None, Some(4711)], "{version}");
    }
}

#[test]
fn bad_files_are_refused_with_their_name() {
    let letter = ("letter.txt".to_owned(), b"Dear Sir or Madam".to_vec());
    let error = try_import(&[letter], 10).unwrap_err();
    assert_eq!(error.file, "letter.txt");
    assert!(error.to_string().contains("PostgreSQL 13 to 18"));
}

#[test]
fn what_precedes_damage_is_kept_whatever_the_slices() {
    let (name, mut bytes) = excerpt();
    bytes[40_000] ^= 1;
    let damaged = [(name, bytes)];
    let imported = try_import(&damaged, 8192).unwrap();
    let damage = imported.damage().unwrap();
    assert!(damage.offset <= 40_000, "{damage}");
    assert!(damage.lsn.is_some(), "{damage}");
    let (whole, _) = import(&[excerpt()], 8192);
    let kept = imported.recording.mtrs.len();
    assert!((100..whole.mtrs.len()).contains(&kept), "{kept}");
    let places = |recording: &Recording| -> Vec<u64> {
        recording.mtrs[..kept]
            .iter()
            .map(|mtr| mtr.wal_lsn)
            .collect()
    };
    assert_eq!(places(&imported.recording), places(&whole));
    assert_ne!(imported.recording.digest, whole.digest);
    let again = try_import(&damaged, 333).unwrap();
    assert_eq!(again.recording.digest, imported.recording.digest);
    assert_eq!(again.recording.mtrs.len(), kept);
}
