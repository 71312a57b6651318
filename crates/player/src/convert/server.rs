//! What the conventional engine says.

use lab::{ServerNote as Note, Span, StandbyId, StandbyReport, Trigger};
use protocol::{CheckpointWhy, ServerHappening as To, Standby};

pub(super) fn happening(note: Note) -> To {
    match note {
        Note::CommitAsked { txn, lsn } => To::CommitAsked { txn, lsn: lsn.0 },
        Note::CommitAcked { txn, lsn, took } => To::CommitAcked {
            txn,
            lsn: lsn.0,
            took_ns: took.0,
        },
        Note::BuffersFull { inserted } => To::BuffersFull {
            inserted: inserted.0,
        },
        Note::FlushBegan { from, to, images } => To::FlushBegan {
            from: from.0,
            to: to.0,
            images,
        },
        Note::FlushDone { to, commits } => To::FlushDone { to: to.0, commits },
        Note::CommitsWait { lsn, commits } => To::CommitsWait {
            lsn: lsn.0,
            commits,
        },
        Note::TooFewStandbys {
            connected,
            required,
        } => To::TooFewStandbys {
            connected,
            required,
        },
        Note::EnoughStandbys => To::EnoughStandbys,
        Note::CheckpointBegan {
            number,
            trigger,
            redo,
            pages,
        } => To::CheckpointBegan {
            number,
            why: match trigger {
                Trigger::Interval => CheckpointWhy::Interval,
                Trigger::WalSize => CheckpointWhy::WalSize,
                Trigger::Recovery => CheckpointWhy::Recovery,
            },
            redo: redo.0,
            pages,
        },
        Note::CheckpointProgress {
            number,
            done,
            pages,
        } => To::CheckpointProgress {
            number,
            done,
            pages,
        },
        Note::CheckpointDone { number, redo, took } => To::CheckpointDone {
            number,
            redo: redo.0,
            took_ns: took.0,
        },
        Note::CheckpointSkipped => To::CheckpointSkipped,
        Note::DirtyEvicted { page } => To::DirtyEvicted { page: page.0 },
        Note::BackgroundWrites { pages } => To::BackgroundWrites { pages },
        Note::SegmentArchived { segment } => To::SegmentArchived { segment },
        Note::Recycled { first } => To::Recycled { first: first.0 },
        Note::PrimaryCrashed {
            flushed,
            end,
            torn,
            ghosts,
            lost,
        } => To::PrimaryCrashed {
            flushed: flushed.0,
            end: end.0,
            torn,
            ghosts,
            lost,
        },
        Note::GhostCommit { txn, lsn } => To::GhostCommit { txn, lsn: lsn.0 },
        Note::AckedCommitLost { txn, lsn } => To::AckedCommitLost { txn, lsn: lsn.0 },
        Note::RecoveryBegan { redo, end } => To::RecoveryBegan {
            redo: redo.0,
            end: end.0,
        },
        Note::RedoBegan { redo } => To::RedoBegan { redo: redo.0 },
        Note::RedoProgress { at } => To::RedoProgress { at: at.0 },
        Note::RedoDone {
            end,
            records,
            reads,
            took,
        } => To::RedoDone {
            end: end.0,
            records,
            reads,
            took_ns: took.0,
        },
        Note::Opened { end, took } => To::Opened {
            end: end.0,
            took_ns: took.0,
        },
        Note::PageDamaged { page } => To::PageDamaged { page: page.0 },
        Note::PageRestored { page } => To::PageRestored { page: page.0 },
        Note::StandbyConnected { standby, from } => To::StandbyConnected {
            standby: name(standby),
            from: from.0,
        },
        Note::StandbyUnfit { standby, at } => To::StandbyUnfit {
            standby: name(standby),
            at: at.0,
        },
        Note::StandbyLost { standby } => To::StandbyLost {
            standby: name(standby),
        },
        Note::StandbyStreams { standby } => To::StandbyStreams {
            standby: name(standby),
        },
        Note::Shipped { standby, from, to } => To::Shipped {
            standby: name(standby),
            from: from.0,
            to: to.0,
        },
        Note::StandbyFlushes { standby, to } => To::StandbyFlushes {
            standby: name(standby),
            to: to.0,
        },
        Note::StandbyReplayed { standby, to } => To::StandbyReplayed {
            standby: name(standby),
            to: to.0,
        },
        Note::Reported { standby, report } => To::Reported {
            standby: name(standby),
            report: said(report),
        },
        Note::StandbyCrashed { standby, end } => To::StandbyCrashed {
            standby: name(standby),
            end: end.0,
        },
        Note::Promoted {
            standby,
            end,
            bytes_lost,
            commits_lost,
        } => To::Promoted {
            standby: name(standby),
            end: end.0,
            bytes_lost,
            commits_lost,
        },
    }
}

pub(super) fn slowed(standby: Standby, by: Span) -> To {
    let ms = super::millis(by);
    To::StandbySlowed { standby, ms }
}

pub(crate) fn name(standby: StandbyId) -> Standby {
    Standby::new(standby.0).expect("a scenario has eight at most")
}

pub(crate) const fn said(report: StandbyReport) -> protocol::StandbyReport {
    protocol::StandbyReport {
        written: report.written.0,
        flushed: report.flushed.0,
        replayed: report.replayed.0,
    }
}
