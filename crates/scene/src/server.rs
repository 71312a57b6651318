//! Sentences about the conventional engine.

use protocol::{CheckpointWhy, ServerHappening as To};

use crate::words::Arg::{self, Bytes, Took, Wal};
use crate::words::Words;

/// As an event: `Redo has come to 0/1A2B.`
pub(crate) fn said(words: &Words, what: To) -> String {
    let (event, _, args) = told(what);
    words.fill(event, &args)
}

/// As a cause: `redo went on`.
pub(crate) fn cause(words: &Words, what: To) -> String {
    let (_, cause, args) = told(what);
    words.fill(cause, &args)
}

/// The message of an event, that of the cause, and what both are filled with.
fn told(
    what: To,
) -> (
    &'static str,
    &'static str,
    Vec<(&'static str, Arg<'static>)>,
) {
    match what {
        To::CommitAsked { txn, lsn } => (
            "event.wal.asked",
            "cause.wal.asked",
            vec![("txn", txn.into()), ("lsn", Wal(lsn))],
        ),
        To::CommitAcked { txn, took_ns, .. } => (
            "event.wal.acked",
            "cause.wal.acked",
            vec![("txn", txn.into()), ("took", Took(took_ns))],
        ),
        To::CommitsAsked { count, lsn } => (
            "event.wal.asked-some",
            "cause.wal.asked-some",
            vec![("count", count.into()), ("lsn", Wal(lsn))],
        ),
        To::CommitsAcked {
            count,
            shortest_ns,
            longest_ns,
            ..
        } if shortest_ns == longest_ns => (
            "event.wal.acked-some.alike",
            "cause.wal.acked-some",
            vec![("count", count.into()), ("shortest", Took(shortest_ns))],
        ),
        To::CommitsAcked {
            count,
            shortest_ns,
            longest_ns,
            ..
        } => (
            "event.wal.acked-some",
            "cause.wal.acked-some",
            vec![
                ("count", count.into()),
                ("shortest", Took(shortest_ns)),
                ("longest", Took(longest_ns)),
            ],
        ),
        To::BuffersFull { inserted } => (
            "event.wal.buffers-full",
            "cause.wal.buffers-full",
            vec![("inserted", Wal(inserted))],
        ),
        To::FlushBegan {
            from,
            to,
            images: 0,
        } => (
            "event.wal.flush-began",
            "cause.wal.flush-began",
            vec![("from", Wal(from)), ("to", Wal(to))],
        ),
        To::FlushBegan { from, to, images } => (
            "event.wal.flush-began.images",
            "cause.wal.flush-began",
            vec![
                ("from", Wal(from)),
                ("to", Wal(to)),
                ("images", images.into()),
            ],
        ),
        To::FlushDone { to, commits: 0 } => (
            "event.wal.flush-done.none",
            "cause.wal.flush-done",
            vec![("to", Wal(to))],
        ),
        To::FlushDone { to, commits } => (
            "event.wal.flush-done",
            "cause.wal.flush-done",
            vec![("to", Wal(to)), ("commits", commits.into())],
        ),
        To::CommitsWait { lsn, commits } => (
            "event.wal.commits-wait",
            "cause.wal.commits-wait",
            vec![("lsn", Wal(lsn)), ("commits", commits.into())],
        ),
        To::TooFewStandbys {
            connected,
            required,
        } => (
            "event.wal.too-few",
            "cause.wal.too-few",
            vec![
                ("connected", u32::from(connected).into()),
                ("required", u32::from(required).into()),
            ],
        ),
        To::EnoughStandbys => ("event.wal.enough", "cause.wal.enough", vec![]),
        To::CheckpointBegan {
            number,
            why,
            redo,
            pages,
        } => (
            match why {
                CheckpointWhy::Interval => "event.wal.checkpoint-began",
                CheckpointWhy::WalSize => "event.wal.checkpoint-began.wal-size",
                CheckpointWhy::Recovery => "event.wal.checkpoint-began.recovery",
            },
            "cause.wal.checkpoint-began",
            vec![
                ("number", number.into()),
                ("redo", Wal(redo)),
                ("pages", pages.into()),
            ],
        ),
        To::CheckpointProgress {
            number,
            done,
            pages,
        } => (
            "event.wal.checkpoint-progress",
            "cause.wal.checkpoint-progress",
            vec![
                ("number", number.into()),
                ("done", done.into()),
                ("pages", pages.into()),
            ],
        ),
        To::CheckpointDone {
            number,
            redo,
            took_ns,
        } => (
            "event.wal.checkpoint-done",
            "cause.wal.checkpoint-done",
            vec![
                ("number", number.into()),
                ("redo", Wal(redo)),
                ("took", Took(took_ns)),
            ],
        ),
        To::CheckpointSkipped => (
            "event.wal.checkpoint-skipped",
            "cause.wal.checkpoint-skipped",
            vec![],
        ),
        To::DirtyEvicted { page } => (
            "event.wal.dirty-evicted",
            "cause.wal.dirty-evicted",
            vec![("page", page.into())],
        ),
        To::BackgroundWrites { pages } => (
            "event.wal.background-writes",
            "cause.wal.background-writes",
            vec![("pages", pages.into())],
        ),
        To::SegmentArchived { segment } => (
            "event.wal.archived-file",
            "cause.wal.archived-file",
            vec![("segment", segment.into())],
        ),
        To::Recycled { first } => (
            "event.wal.recycled",
            "cause.wal.recycled",
            vec![("first", Wal(first))],
        ),
        To::PrimaryCrashed {
            end,
            torn,
            ghosts,
            lost,
            ..
        } => (
            "event.wal.crashed",
            "cause.wal.crashed",
            vec![
                ("end", Wal(end)),
                ("torn", torn.into()),
                ("ghosts", ghosts.into()),
                ("lost", lost.into()),
            ],
        ),
        To::GhostCommit { txn, lsn } => (
            "event.wal.ghost",
            "cause.wal.ghost",
            vec![("txn", txn.into()), ("lsn", Wal(lsn))],
        ),
        To::AckedCommitLost { txn, lsn } => (
            "event.wal.acked-lost",
            "cause.wal.acked-lost",
            vec![("txn", txn.into()), ("lsn", Wal(lsn))],
        ),
        To::RecoveryBegan { redo, end } => (
            "event.wal.starts",
            "cause.wal.starts",
            vec![
                ("redo", Wal(redo)),
                ("end", Wal(end)),
                ("bytes", Bytes(end - redo)),
            ],
        ),
        To::RedoBegan { redo } => (
            "event.wal.redo-began",
            "cause.wal.redo-began",
            vec![("redo", Wal(redo))],
        ),
        To::RedoProgress { at } => (
            "event.wal.redo-progress",
            "cause.wal.redo-progress",
            vec![("at", Wal(at))],
        ),
        To::RedoDone {
            end,
            records,
            reads,
            took_ns,
        } => (
            "event.wal.redo-done",
            "cause.wal.redo-done",
            vec![
                ("end", Wal(end)),
                ("records", records.into()),
                ("reads", reads.into()),
                ("took", Took(took_ns)),
            ],
        ),
        To::Opened { end, took_ns } => (
            "event.wal.opened",
            "cause.wal.opened",
            vec![("end", Wal(end)), ("took", Took(took_ns))],
        ),
        To::PageDamaged { page } => (
            "event.wal.page-torn",
            "cause.wal.page-torn",
            vec![("page", page.into())],
        ),
        To::PageRestored { page } => (
            "event.wal.page-restored",
            "cause.wal.page-restored",
            vec![("page", page.into())],
        ),
        To::StandbyConnected { standby, from } => (
            "event.wal.connected",
            "cause.wal.connected",
            vec![("standby", standby.into()), ("from", Wal(from))],
        ),
        To::StandbyUnfit { standby, at } => (
            "event.wal.unfit",
            "cause.wal.unfit",
            vec![("standby", standby.into()), ("at", Wal(at))],
        ),
        To::StandbyLost { standby } => (
            "event.wal.disconnected",
            "cause.wal.disconnected",
            vec![("standby", standby.into())],
        ),
        To::StandbyStreams { standby } => (
            "event.wal.streams",
            "cause.wal.streams",
            vec![("standby", standby.into())],
        ),
        To::Shipped { standby, from, to } => (
            "event.wal.shipped",
            "cause.wal.shipped",
            vec![
                ("standby", standby.into()),
                ("from", Wal(from)),
                ("to", Wal(to)),
            ],
        ),
        To::StandbyFlushes { standby, to } => (
            "event.wal.standby-flushes",
            "cause.wal.standby-flushes",
            vec![("standby", standby.into()), ("to", Wal(to))],
        ),
        To::StandbyReplayed { standby, to } => (
            "event.wal.replayed",
            "cause.wal.replayed",
            vec![("standby", standby.into()), ("to", Wal(to))],
        ),
        To::Reported { standby, report } => (
            "event.wal.reported",
            "cause.wal.reported",
            vec![
                ("standby", standby.into()),
                ("written", Wal(report.written)),
                ("flushed", Wal(report.flushed)),
                ("replayed", Wal(report.replayed)),
            ],
        ),
        To::StandbyCrashed { standby, end } => (
            "event.wal.standby-crashed",
            "cause.wal.standby-crashed",
            vec![("standby", standby.into()), ("end", Wal(end))],
        ),
        To::Promoted {
            standby,
            end,
            bytes_lost,
            commits_lost,
        } => (
            "event.wal.promoted",
            "cause.wal.promoted",
            vec![
                ("standby", standby.into()),
                ("end", Wal(end)),
                ("bytes", Bytes(bytes_lost)),
                ("commits", commits_lost.into()),
            ],
        ),
        To::StandbySlowed { standby, ms: 0 } => (
            "event.wal.standby-slow-ended",
            "cause.wal.standby-slowed",
            vec![("standby", standby.into())],
        ),
        To::StandbySlowed { standby, ms } => (
            "event.wal.standby-slowed",
            "cause.wal.standby-slowed",
            vec![("standby", standby.into()), ("ms", ms.into())],
        ),
    }
}

#[cfg(test)]
mod tests;
