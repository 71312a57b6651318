//! A tour of every version: what its server wrote, against what it said about it.
//!
//! Beside each recording, `facts.txt` holds what SQL told while it was made, and `figures.txt` the
//! server's own statistics, where its release had a tool for them.

use std::collections::BTreeSet;
use std::fs;

use crate::recorded::{fixtures, recording};
use crate::rmgr::Operation;
use crate::version::PgVersion;
use crate::{EndReason, Outcome, Reader, Record, Stats, Step, WalLsn};

/// The recorded tour of a version.
struct Tour {
    version: PgVersion,
    facts: String,
}

impl Tour {
    fn all() -> impl Iterator<Item = Self> {
        PgVersion::ALL.into_iter().map(|version| {
            let path = fixtures().join(folder(version)).join("facts.txt");
            let facts = fs::read_to_string(path).unwrap();
            Self { version, facts }
        })
    }

    /// The facts of one kind, in words.
    fn facts(&self, kind: &str) -> Vec<Vec<&str>> {
        let lines = self.facts.lines().map(|line| line.split(' '));
        lines
            .filter_map(|mut words| (words.next() == Some(kind)).then(|| words.collect()))
            .collect()
    }

    /// How far the server had written the log.
    fn end(&self) -> WalLsn {
        self.facts("flushed")[0][0].parse().unwrap()
    }

    /// Reads the whole tour.
    fn read(&self, mut each: impl FnMut(&Record<'_>)) -> EndReason {
        let mut reader = Reader::with_range(None, Some(self.end()));
        let mut drain = |reader: &mut Reader| loop {
            match reader.step().unwrap() {
                Step::Record(record) => each(&record),
                Step::Hungry => return None,
                Step::End(end) => return Some(end.reason),
            }
        };
        for file in recording(&folder(self.version)) {
            reader.open(&file.name);
            drain(&mut reader);
            for slice in file.bytes.chunks(65_536) {
                reader.feed(slice);
                drain(&mut reader);
            }
        }
        reader.finish();
        drain(&mut reader).unwrap()
    }
}

fn folder(version: PgVersion) -> String {
    format!("tour-{}", version.number())
}

#[test]
fn each_row_of_the_statistics_is_what_the_server_counted() {
    for tour in Tour::all() {
        let mut stats = Stats::default();
        let reason = tour.read(|record| {
            assert_eq!(record.version, tour.version);
            stats.push(record);
        });
        assert_eq!(stats.range.unwrap().1, tour.end(), "{}", tour.version);
        assert!(matches!(reason, EndReason::Limit | EndReason::Zeroes));
        let named = |operation: &Operation| operation.name().is_some();
        assert!(stats.rows.keys().all(named), "{}", tour.version);
        assert!(stats.rows.len() > 70, "{}", tour.version);

        let path = fixtures().join(folder(tour.version)).join("figures.txt");
        if tour.version <= PgVersion::V14 {
            assert!(!path.exists(), "their servers came without a tool");
            continue;
        }
        let mut ours: Vec<String> = stats
            .rows
            .iter()
            .map(|(operation, tally)| {
                let (bytes, image_bytes) = (tally.record_bytes, tally.image_bytes);
                format!("{operation} {} {bytes} {image_bytes}", tally.records)
            })
            .collect();
        ours.sort();
        let theirs = fs::read_to_string(path).unwrap();
        assert_eq!(ours, theirs.lines().collect::<Vec<_>>(), "{}", tour.version);
    }
}

#[test]
fn transactions_end_with_the_subtransactions_that_sql_saw() {
    for tour in Tour::all() {
        let (mut commits, mut aborts) = (Vec::new(), Vec::new());
        tour.read(|record| {
            let Some(end) = record.transaction_end() else {
                return;
            };
            if end.subtransactions.is_empty() {
                return;
            }
            let all = std::iter::once(end.xid).chain(end.subtransactions.iter());
            let xids = all.map(|xid| xid.0.to_string()).collect::<Vec<_>>();
            match end.outcome {
                Outcome::Commit => commits.push(xids),
                Outcome::Abort => aborts.push(xids),
                Outcome::CommitPrepared => assert_eq!([xids], *tour.facts("prepare")),
                Outcome::AbortPrepared => panic!("it had no subtransactions"),
            }
        });
        for (ours, kind) in [(commits, "commit"), (aborts, "abort")] {
            for fact in tour.facts(kind) {
                assert!(
                    ours.iter().any(|xids| *xids == fact),
                    "{} {fact:?}",
                    tour.version
                );
            }
        }
    }
}

#[test]
fn every_image_is_a_page() {
    let mut methods = BTreeSet::new();
    for tour in Tour::all() {
        let mut images = 0;
        tour.read(|record| {
            for image in record
                .blocks
                .iter()
                .filter_map(|block| block.image.as_ref())
            {
                images += 1;
                methods.insert((tour.version, image.compression.to_string()));
                if let Err(error) = record.restore(image) {
                    panic!("{}: {}: {error}", tour.version, record.lsn);
                }
            }
        });
        assert!(images > 50, "{}: {images}", tour.version);
    }
    let of = |version| methods.iter().filter(|(of, _)| *of == version).count();
    // The packages of the other versions were built without lz4 and zstd.
    assert_eq!(PgVersion::ALL.map(of), [2, 2, 4, 2, 2, 2]);
}
