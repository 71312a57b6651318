//! What a WAL tells, as charts, tables and sentences.
//!
//! All of it is a rewording of [`WalReport`]: nothing is counted here.

mod charts;
mod tables;

use protocol::{WalReport, WalRestart, WalTransactions};

use crate::numbers;
use crate::words::{Arg, Words};

pub use charts::{after_checkpoints, commits, over_log, over_time, sizes};
pub use tables::{blocks, checkpoints, relations};

/// How transactions ended, and how large they were.
pub fn transactions(words: &Words, told: &WalTransactions) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(sizes) = &told.sizes {
        let args = [
            ("mean", Arg::Bytes(sizes.mean_bytes)),
            ("half", Arg::Bytes(sizes.p50_bytes)),
            ("most", Arg::Bytes(sizes.p99_bytes)),
            ("largest", Arg::Bytes(sizes.most_bytes)),
        ];
        all.push(words.fill("wal.sizes", &args));
    }
    if told.prepared + told.commits_prepared > 0 {
        let args = [
            ("prepared", told.prepared.into()),
            ("committed", told.commits_prepared.into()),
        ];
        all.push(words.fill("wal.prepared", &args));
    }
    if told.subtransactions > 0 {
        let args = [("count", told.subtransactions.into())];
        all.push(words.fill("wal.subtransactions", &args));
    }
    if told.unmeasured > 0 {
        let args = [("count", told.unmeasured.into())];
        all.push(words.fill("wal.unmeasured", &args));
    }
    all
}

/// How long redo would take: at the end of the log, at its worst moment if that is another, and what
/// the two times are.
pub fn redo(words: &Words, report: &WalReport) -> Vec<String> {
    let told = &report.redo;
    let restart = |known, unknown, restart: &WalRestart| {
        let args = [
            ("lsn", restart.lsn.as_str().into()),
            ("redo", restart.redo_lsn.as_str().into()),
            ("bytes", Arg::Bytes(restart.wal_bytes)),
            ("short", took(restart.measured_ms)),
            ("long", took(restart.talk_ms)),
        ];
        let key = if restart.redo_lsn.is_empty() {
            unknown
        } else {
            known
        };
        words.fill(key, &args)
    };
    let mut all = vec![restart(
        "wal.redo.end",
        "wal.redo.end.unknown",
        &told.at_end,
    )];
    if told.at_worst != told.at_end {
        all.push(restart(
            "wal.redo.worst",
            "wal.redo.worst.unknown",
            &told.at_worst,
        ));
    }
    let off = numbers::percent(told.measured_error_permille.into(), 1_000);
    let args = [
        ("rate", Arg::Bytes(told.measured_bytes_per_s)),
        ("off", off.as_str().into()),
        ("start", took(told.talk_start_ms)),
        ("each", took(told.talk_ms_per_gb)),
    ];
    all.push(words.fill("wal.redo.model", &args));
    all
}

/// What the same work sends to a quorum volume, beside what the conventional server wrote.
pub fn volume(words: &Words, report: &WalReport) -> Vec<String> {
    let (volume, total) = (&report.volume, &report.total);
    let args = [
        ("wal", Arg::Bytes(total.bytes())),
        ("images", Arg::Bytes(total.image_bytes)),
        ("records", volume.records.into()),
        ("bytes", Arg::Bytes(volume.bytes)),
        ("copies", volume.copies.into()),
        ("sent", Arg::Bytes(volume.sent_bytes)),
    ];
    let mut all = vec![words.fill("wal.volume", &args)];
    if volume.estimated_records > 0 {
        let share = numbers::percent(volume.estimated_bytes, volume.bytes);
        let args = [
            ("count", volume.estimated_records.into()),
            ("share", share.as_str().into()),
        ];
        all.push(words.fill("wal.volume.estimated", &args));
    }
    if volume.left_out > 0 {
        all.push(words.fill("wal.volume.left-out", &[("count", volume.left_out.into())]));
    }
    if volume.guards > 0 {
        all.push(words.fill("wal.volume.guards", &[("count", volume.guards.into())]));
    }
    all
}

/// How far apart redo points are.
pub fn distances(words: &Words, report: &WalReport) -> String {
    let told = &report.checkpoints;
    if told.online + told.shutdown == 0 {
        return words.say("wal.checkpoints.none").to_owned();
    }
    let counts = [
        ("online", told.online.into()),
        ("shutdown", told.shutdown.into()),
    ];
    let Some(distance) = told.distance else {
        return words.fill("wal.checkpoints.counts", &counts);
    };
    let args = [
        ("least", Arg::Bytes(distance.least_bytes)),
        ("mean", Arg::Bytes(distance.mean_bytes)),
        ("most", Arg::Bytes(distance.most_bytes)),
    ];
    let [counts, distances] = [
        words.fill("wal.checkpoints.counts", &counts),
        words.fill("wal.checkpoints.distance", &args),
    ];
    format!("{counts} {distances}")
}

fn took(ms: u64) -> Arg<'static> {
    Arg::Took(ms.saturating_mul(1_000_000))
}
