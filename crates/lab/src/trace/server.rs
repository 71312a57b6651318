//! The words of lines about the conventional engine. Positions are written as PostgreSQL writes them,
//! two halves in hexadecimal digits.

use engine_wal::{Note, StandbyId, Trigger};
use protocol::Standby;
use protocol::duration::ms;
use redo::Lsn;

/// The kinds of lines, each a word.
pub(super) const KINDS: [&str; 36] = [
    "wal-asked",
    "wal-acked",
    "buffers-full",
    "flush-began",
    "flush-done",
    "commits-wait",
    "too-few",
    "enough",
    "checkpoint-began",
    "checkpoint-part",
    "checkpoint-done",
    "checkpoint-skipped",
    "dirty-evicted",
    "background-writes",
    "segment-archived",
    "recycled",
    "primary-crashed",
    "ghost-commit",
    "acked-lost",
    "server-starts",
    "redo-began",
    "redo-part",
    "redo-done",
    "server-open",
    "page-torn",
    "page-restored",
    "connected",
    "unfit",
    "disconnected",
    "streams",
    "shipped",
    "standby-flushes",
    "standby-replayed",
    "reported",
    "standby-crashed",
    "promoted",
];

/// Its kind, in a word.
pub(super) const fn kind_of(note: &Note) -> &'static str {
    match note {
        Note::CommitAsked { .. } => "wal-asked",
        Note::CommitAcked { .. } => "wal-acked",
        Note::BuffersFull { .. } => "buffers-full",
        Note::FlushBegan { .. } => "flush-began",
        Note::FlushDone { .. } => "flush-done",
        Note::CommitsWait { .. } => "commits-wait",
        Note::TooFewStandbys { .. } => "too-few",
        Note::EnoughStandbys => "enough",
        Note::CheckpointBegan { .. } => "checkpoint-began",
        Note::CheckpointProgress { .. } => "checkpoint-part",
        Note::CheckpointDone { .. } => "checkpoint-done",
        Note::CheckpointSkipped => "checkpoint-skipped",
        Note::DirtyEvicted { .. } => "dirty-evicted",
        Note::BackgroundWrites { .. } => "background-writes",
        Note::SegmentArchived { .. } => "segment-archived",
        Note::Recycled { .. } => "recycled",
        Note::PrimaryCrashed { .. } => "primary-crashed",
        Note::GhostCommit { .. } => "ghost-commit",
        Note::AckedCommitLost { .. } => "acked-lost",
        Note::RecoveryBegan { .. } => "server-starts",
        Note::RedoBegan { .. } => "redo-began",
        Note::RedoProgress { .. } => "redo-part",
        Note::RedoDone { .. } => "redo-done",
        Note::Opened { .. } => "server-open",
        Note::PageDamaged { .. } => "page-torn",
        Note::PageRestored { .. } => "page-restored",
        Note::StandbyConnected { .. } => "connected",
        Note::StandbyUnfit { .. } => "unfit",
        Note::StandbyLost { .. } => "disconnected",
        Note::StandbyStreams { .. } => "streams",
        Note::Shipped { .. } => "shipped",
        Note::StandbyFlushes { .. } => "standby-flushes",
        Note::StandbyReplayed { .. } => "standby-replayed",
        Note::Reported { .. } => "reported",
        Note::StandbyCrashed { .. } => "standby-crashed",
        Note::Promoted { .. } => "promoted",
    }
}

pub(super) fn said(note: Note) -> String {
    match note {
        Note::CommitAsked { txn, lsn } | Note::AckedCommitLost { txn, lsn } => {
            format!("txn {txn} at {}", position(lsn))
        }
        Note::CommitAcked { txn, lsn, took } => {
            format!("txn {txn} at {}, after {}", position(lsn), ms(took.0))
        }
        Note::GhostCommit { txn, lsn } => {
            format!("txn {txn} at {} has no answer, and is there", position(lsn))
        }
        Note::BuffersFull { inserted: at }
        | Note::Recycled { first: at }
        | Note::RedoBegan { redo: at }
        | Note::RedoProgress { at } => position(at),
        Note::FlushBegan { from, to, images } => {
            format!("{}, images {images}", range(from, to))
        }
        Note::FlushDone { to, commits } => format!("up to {}, commits {commits}", position(to)),
        Note::CommitsWait { lsn, commits } => {
            format!("{commits} up to {} for standbys", position(lsn))
        }
        Note::TooFewStandbys {
            connected,
            required,
        } => format!("{connected} standbys of {required}"),
        Note::EnoughStandbys | Note::CheckpointSkipped => String::new(),
        Note::CheckpointBegan {
            number,
            trigger,
            redo,
            pages,
        } => {
            let trigger = match trigger {
                Trigger::Interval => "time",
                Trigger::WalSize => "WAL",
                Trigger::Recovery => "end of redo",
            };
            let redo = position(redo);
            format!("{number} by {trigger}, redo point {redo}, pages {pages}")
        }
        Note::CheckpointProgress {
            number,
            done,
            pages,
        } => format!("{number} pages {done} of {pages}"),
        Note::CheckpointDone { number, redo, took } => {
            let (redo, took) = (position(redo), ms(took.0));
            format!("{number} redo point {redo}, after {took}")
        }
        Note::DirtyEvicted { page } | Note::PageDamaged { page } | Note::PageRestored { page } => {
            format!("page {page}")
        }
        Note::BackgroundWrites { pages } => format!("pages {pages}"),
        Note::SegmentArchived { segment } => format!("file {segment}"),
        Note::PrimaryCrashed {
            flushed,
            end,
            torn,
            ghosts,
            lost,
        } => {
            let (flushed, end) = (position(flushed), position(end));
            format!(
                "flushed {flushed}, there {end}, torn pages {torn}, without answer {ghosts} there \
                 and {lost} gone"
            )
        }
        Note::RecoveryBegan { redo, end } => range(redo, end),
        Note::RedoDone {
            end,
            records,
            reads,
            took,
        } => {
            let (end, took) = (position(end), ms(took.0));
            format!("up to {end}, records {records}, pages read {reads}, after {took}")
        }
        Note::Opened { end, took } => format!("at {}, after {}", position(end), ms(took.0)),
        Note::StandbyConnected { standby, from } => {
            format!("{} from {}", name(standby), position(from))
        }
        Note::StandbyUnfit { standby, at } => {
            format!("{} has WAL up to {}", name(standby), position(at))
        }
        Note::StandbyLost { standby } | Note::StandbyStreams { standby } => {
            name(standby).to_string()
        }
        Note::Shipped { standby, from, to } => format!("{} {}", name(standby), range(from, to)),
        Note::StandbyFlushes { standby, to }
        | Note::StandbyReplayed { standby, to }
        | Note::StandbyCrashed { standby, end: to } => {
            format!("{} up to {}", name(standby), position(to))
        }
        Note::Reported { standby, report } => {
            let [written, flushed, replayed] =
                [report.written, report.flushed, report.replayed].map(position);
            let name = name(standby);
            format!("{name} written {written}, flushed {flushed}, replayed {replayed}")
        }
        Note::Promoted {
            standby,
            end,
            bytes_lost,
            commits_lost,
        } => {
            let (name, end) = (name(standby), position(end));
            format!("{name} at {end}, lost {bytes_lost} bytes, {commits_lost} commits")
        }
    }
}

fn name(standby: StandbyId) -> Standby {
    Standby::new(standby.0).expect("a scenario has eight at most")
}

fn range(from: Lsn, to: Lsn) -> String {
    format!("{}..{}", position(from), position(to))
}

/// A byte position in WAL.
pub(crate) fn position(lsn: Lsn) -> String {
    format!("{:X}/{:X}", lsn.0 >> 32, lsn.0 & 0xFFFF_FFFF)
}
