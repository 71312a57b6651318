//! A tour of every version: what its server wrote, against what it said about it.
//!
//! Beside each recording, `facts.txt` holds what SQL told while it was made, and `figures.txt` the
//! server's own statistics, where its release had a tool for them.

use std::collections::BTreeSet;
use std::fs;

use crate::recorded::{fixtures, recording};
use crate::rmgr::{Operation, Rmgr};
use crate::trials::{Tally, Trials};
use crate::version::PgVersion;
use crate::{EndReason, OriginChange, Outcome, Reader, Record, Stats, Step, WalLsn};

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

    /// The facts of one kind.
    fn facts(&self, kind: &str) -> Vec<&str> {
        let lines = self.facts.lines();
        lines
            .filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' '))
            .collect()
    }

    /// How far the server had written the log.
    fn end(&self) -> WalLsn {
        self.facts("flushed")[0].parse().unwrap()
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
            let xids = xids.join(" ");
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

#[test]
fn prepared_transactions_are_those_that_sql_saw() {
    for tour in Tour::all() {
        let (mut prepared, mut with_lists, mut ended) = (Vec::new(), Vec::new(), Vec::new());
        tour.read(|record| {
            if let Some(state) = record.prepared() {
                let (xid, gid, micros) = (state.xid.0, text(state.gid), state.time.unix_micros());
                let (database, owner) = (state.database, state.owner);
                prepared.push(format!("{xid} {gid} {database} {owner} {micros}"));
                let lists = state.subtransactions.iter();
                with_lists
                    .extend(lists.map(|subtransaction| format!("{xid} {}", subtransaction.0)));
                assert_eq!(state.origin, None);
            }
            let end = record.transaction_end();
            ended.extend(end.and_then(|end| Some((end.outcome, end.xid, text(end.gid?)))));
        });
        assert_eq!(prepared, tour.facts("prepared"));
        assert_eq!(with_lists, tour.facts("prepare"));
        let outcomes = [Outcome::CommitPrepared, Outcome::AbortPrepared];
        assert_eq!(ended.len(), outcomes.len());
        for (((ours, xid, gid), outcome), state) in ended.iter().zip(outcomes).zip(prepared) {
            assert_eq!(*ours, outcome);
            assert!(state.starts_with(&format!("{} {gid} ", xid.0)), "{state}");
        }
    }
}

#[test]
fn logical_messages_are_those_that_were_written() {
    for tour in Tour::all() {
        let mut messages = Vec::new();
        tour.read(|record| {
            let Some(message) = record.logical_message() else {
                return;
            };
            assert!(message.content.is_empty() || message.content == b"hello, log");
            let transactional = if message.transactional { "t" } else { "f" };
            let (prefix, bytes) = (text(message.prefix), message.content.len());
            messages.push(format!(
                "{} {transactional} {prefix} {bytes}",
                record.end_lsn
            ));
            let database = format!(" {} ", message.database);
            assert!(tour.facts("prepared")[0].contains(&database));
        });
        assert_eq!(messages, tour.facts("message"), "{}", tour.version);
    }
}

#[test]
fn origins_are_those_that_were_replicated_from() {
    for tour in Tour::all() {
        let (mut commits, mut changes, mut writers) = (Vec::new(), Vec::new(), BTreeSet::new());
        tour.read(|record| {
            if let Some(origin) = record.origin {
                writers.insert(format!("{} {origin}", record.xid.0));
            }
            let origin = record.transaction_end().and_then(|end| end.origin);
            commits.extend(origin.map(|origin| (origin.lsn, origin.time.unix_micros())));
            changes.extend(record.origin_change().map(|change| match change {
                OriginChange::Set { origin, lsn, force } => format!("{origin} {lsn} {force}"),
                OriginChange::Drop { origin } => origin.to_string(),
            }));
        });
        let [(lsn, micros)] = commits.as_slice() else {
            panic!("one transaction was replicated");
        };
        let writers: Vec<String> = writers
            .iter()
            .map(|writer| format!("{writer} {lsn} {micros}"))
            .collect();
        assert_eq!(writers, tour.facts("replicated"));
        let advanced = format!("{} true", tour.facts("advanced")[0]);
        assert_eq!(
            changes,
            [&advanced, tour.facts("dropped")[0]],
            "{}",
            tour.version
        );
    }
}

#[test]
fn assignments_name_the_parent_of_many_subtransactions() {
    for tour in Tour::all() {
        let mut assigned = Vec::new();
        tour.read(|record| {
            let Some(assignment) = record.assignment() else {
                return;
            };
            let subtransactions = assignment.subtransactions.iter();
            assigned.extend(subtransactions.map(|xid| (assignment.xid.0, xid.0)));
        });
        let facts = tour.facts("commit");
        let xids = facts[1].split(' ').map(|xid| xid.parse().unwrap());
        let xids: Vec<u32> = xids.collect();
        let of_many = assigned.iter().filter(|(parent, _)| *parent == xids[0]);
        let of_many: Vec<u32> = of_many.map(|(_, xid)| *xid).collect();
        assert_eq!(of_many, xids[1..=64], "{}", tour.version);
    }
}

/// Records whose main data is cut anywhere give nothing, or what the whole one gives.
#[test]
fn cut_records_hold_nothing_and_are_no_reason_to_panic() {
    for tour in Tour::all() {
        tour.read(|record| {
            let rmgrs = [
                Rmgr::TRANSACTION,
                Rmgr::REPLICATION_ORIGIN,
                Rmgr::LOGICAL_MESSAGE,
            ];
            if !rmgrs.contains(&record.rmgr) {
                return;
            }
            for end in 0..record.main_data.len() {
                let main_data = &record.main_data[..end];
                let cut = Record {
                    main_data,
                    ..*record
                };
                assert!(cut.logical_message().is_none());
                assert!(cut.assignment().is_none());
                let whole = record.transaction_end();
                assert!(cut.transaction_end().is_none_or(|end| Some(end) == whole));
                let whole = record.prepared();
                assert!(cut.prepared().is_none_or(|state| Some(state) == whole));
                let whole = record.origin_change();
                assert!(
                    cut.origin_change()
                        .is_none_or(|change| Some(change) == whole)
                );
            }
        });
    }
}

/// In windows all over the logs; the example `mutate` runs as many trials as one likes.
#[test]
fn random_changes_of_every_tour_are_noticed() {
    for tour in Tour::all() {
        let mut tally = Tally::default();
        for file in recording(&folder(tour.version)) {
            let trials = Trials::new(&file.name, &file.bytes).unwrap();
            for begin in (0..trials.end()).step_by(1 << 18) {
                let window = begin..(begin + 65_536).min(trials.end());
                let seed = u64::from(tour.version.number());
                tally.add(trials.run(window, seed, 20).unwrap());
            }
        }
        assert!(tally.errors > 80, "{}: {tally}", tour.version);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
