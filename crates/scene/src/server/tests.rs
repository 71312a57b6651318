use std::collections::BTreeSet;

use protocol::{Standby, StandbyReport};

use super::*;

#[test]
fn whatever_a_server_does_reads_as_a_sentence_of_its_own() {
    let words = Words::english();
    let mut all = BTreeSet::new();
    for what in happenings() {
        let (event, cause) = (said(&words, what), cause(&words, what));
        assert!(
            event.ends_with('.') && !cause.ends_with('.'),
            "{event} {cause}"
        );
        for text in [&event, &cause] {
            assert!(
                !text.contains(['{', '}']) && !text.contains(".wal."),
                "{text}"
            );
        }
        assert!(all.insert(event));
    }
}

#[test]
fn positions_read_as_a_server_says_them() {
    let redo = said(
        &Words::english(),
        To::RecoveryBegan {
            redo: 12,
            end: 6_699,
        },
    );
    assert_eq!(
        redo,
        "The server starts. It will have to replay 6.69 kB of WAL, from 0/C to 0/1A2B."
    );
}

/// One of each kind at least, in the order of the enum.
fn happenings() -> Vec<To> {
    let standby = Standby::new(0).expect("there can be one");
    let report = StandbyReport {
        written: 12,
        flushed: 11,
        replayed: 10,
    };
    vec![
        To::CommitAsked { txn: 12, lsn: 12 },
        To::CommitAcked {
            txn: 12,
            lsn: 12,
            took_ns: 12,
        },
        To::CommitsAsked { count: 12, lsn: 12 },
        To::CommitsAcked {
            count: 12,
            lsn: 12,
            shortest_ns: 12,
            longest_ns: 15_000,
        },
        To::CommitsAcked {
            count: 12,
            lsn: 12,
            shortest_ns: 12,
            longest_ns: 12,
        },
        To::BuffersFull { inserted: 12 },
        To::FlushBegan {
            from: 12,
            to: 12,
            images: 12,
        },
        To::FlushBegan {
            from: 12,
            to: 12,
            images: 0,
        },
        To::FlushDone {
            to: 12,
            commits: 12,
        },
        To::FlushDone { to: 12, commits: 0 },
        To::CommitsWait {
            lsn: 12,
            commits: 12,
        },
        To::TooFewStandbys {
            connected: 1,
            required: 1,
        },
        To::EnoughStandbys,
        To::CheckpointBegan {
            number: 3,
            why: CheckpointWhy::WalSize,
            redo: 12,
            pages: 3,
        },
        To::CheckpointBegan {
            number: 3,
            why: CheckpointWhy::Interval,
            redo: 12,
            pages: 3,
        },
        To::CheckpointBegan {
            number: 3,
            why: CheckpointWhy::Recovery,
            redo: 12,
            pages: 3,
        },
        To::CheckpointProgress {
            number: 3,
            done: 3,
            pages: 3,
        },
        To::CheckpointDone {
            number: 3,
            redo: 12,
            took_ns: 12,
        },
        To::CheckpointSkipped,
        To::DirtyEvicted { page: 3 },
        To::BackgroundWrites { pages: 3 },
        To::SegmentArchived { segment: 12 },
        To::Recycled { first: 12 },
        To::PrimaryCrashed {
            flushed: 12,
            end: 12,
            torn: 3,
            ghosts: 12,
            lost: 12,
        },
        To::GhostCommit { txn: 12, lsn: 12 },
        To::AckedCommitLost { txn: 12, lsn: 12 },
        To::RecoveryBegan {
            redo: 12,
            end: 6_699,
        },
        To::RedoBegan { redo: 12 },
        To::RedoProgress { at: 12 },
        To::RedoDone {
            end: 12,
            records: 12,
            reads: 12,
            took_ns: 12,
        },
        To::Opened {
            end: 12,
            took_ns: 12,
        },
        To::PageDamaged { page: 3 },
        To::PageRestored { page: 3 },
        To::StandbyConnected { standby, from: 12 },
        To::StandbyUnfit { standby, at: 12 },
        To::StandbyLost { standby },
        To::StandbyStreams { standby },
        To::Shipped {
            standby,
            from: 12,
            to: 12,
        },
        To::StandbyFlushes { standby, to: 12 },
        To::StandbyReplayed { standby, to: 12 },
        To::Reported { standby, report },
        To::StandbyCrashed { standby, end: 12 },
        To::Promoted {
            standby,
            end: 12,
            bytes_lost: 12,
            commits_lost: 12,
        },
        To::StandbySlowed { standby, ms: 3 },
        To::StandbySlowed { standby, ms: 0 },
    ]
}
