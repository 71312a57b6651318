//! Both engines side by side, as a table.

use plot::float;
use protocol::{EngineFigures, Kind, ServersView, Sum};

use crate::numbers;
use crate::words::{Arg, Words};

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub name: String,
    /// It is a part of the last row that is not.
    pub is_part: bool,
    /// A text for each engine, in the order of the heads.
    pub cells: Vec<String>,
}

/// The heads of the columns, one for each engine that runs, and the rows.
pub fn engines_compared(words: &Words, view: &ServersView) -> (Vec<String>, Vec<Row>) {
    let quorum = view.quorum.as_ref().map(|it| ("compare.quorum", it));
    let engines: Vec<_> = quorum
        .into_iter()
        .chain([("compare.wal", &view.figures)])
        .collect();
    let heads = engines
        .iter()
        .map(|(key, _)| words.say(key).to_owned())
        .collect();
    let row = |key: &str, is_part, cell: &dyn Fn(&EngineFigures) -> String| Row {
        name: words.say(key).to_owned(),
        is_part,
        cells: engines.iter().map(|(_, figures)| cell(figures)).collect(),
    };
    let took = |ns: u64, figures: &EngineFigures| match figures.commits_acked {
        0 => none(words),
        _ => numbers::span(ns),
    };
    let mut rows = vec![
        row("compare.commits", false, &|it| {
            numbers::grouped(it.commits_acked)
        }),
        row("compare.per-s", false, &|it| {
            numbers::grouped(it.commits_per_s)
        }),
        row("compare.p50", false, &|it| took(it.p50_ns, it)),
        row("compare.p95", false, &|it| took(it.p95_ns, it)),
        row("compare.p99", false, &|it| took(it.p99_ns, it)),
        row("compare.bytes", false, &|it| {
            bytes_each(words, it.written_in_all(), it)
        }),
    ];
    for (key, kind) in [
        ("compare.storage", Kind::Storage),
        ("compare.flushes", Kind::Flushes),
        ("compare.checkpoint-pages", Kind::CheckpointPages),
        ("compare.background-pages", Kind::BackgroundPages),
        ("compare.backend-pages", Kind::BackendPages),
        ("compare.standbys", Kind::Standbys),
        ("compare.archive", Kind::Archive),
    ] {
        rows.push(row(key, true, &|it| {
            let sum = find(&it.written, kind);
            sum.map_or_else(|| none(words), |sum| bytes_each(words, sum, it))
        }));
    }
    rows.push(row("compare.machine", true, &|it| {
        let mut each = it.written_in_all();
        each.bytes /= u64::from(it.machines.max(1));
        told_per_machine(words, it, &bytes_each(words, each, it))
    }));
    rows.push(row("compare.log", false, &|it| {
        let sums = it.log.iter().map(|(_, sum)| sum.bytes);
        let bytes = sums.sum();
        bytes_each(words, Sum { count: 0, bytes }, it)
    }));
    rows.push(row("compare.images", true, &|it| {
        let sum = find(&it.log, Kind::Images);
        sum.map_or_else(|| none(words), |sum| bytes_each(words, sum, it))
    }));
    rows.push(row("compare.ios", false, &|it| {
        let count = it.written_in_all().count;
        match it.commits_acked {
            0 => none(words),
            commits => plot::short(float(count) / float(commits)),
        }
    }));
    rows.push(row("compare.machine-ios", true, &|it| {
        let count = float(it.written_in_all().count) / float(it.machines.max(1).into());
        let each = match it.commits_acked {
            0 => none(words),
            commits => plot::short(count / float(commits)),
        };
        told_per_machine(words, it, &each)
    }));
    rows.push(row("compare.recovery", false, &|it| {
        it.recovery.map_or_else(
            || none(words),
            |recovery| {
                let took = ("took", Arg::Took(recovery.took_ns));
                let redo = ("redo", Arg::Bytes(recovery.redo_bytes));
                words.fill("compare.recovered", &[took, redo])
            },
        )
    }));
    let is_there = |row: &Row| !row.is_part || row.cells.iter().any(|cell| *cell != none(words));
    rows.retain(is_there);
    (heads, rows)
}

fn find(sums: &[(Kind, Sum)], kind: Kind) -> Option<Sum> {
    let found = sums.iter().find(|(known, _)| *known == kind);
    found.map(|(_, sum)| *sum).filter(|sum| sum.bytes > 0)
}

/// Bytes for each commit.
fn bytes_each(words: &Words, sum: Sum, figures: &EngineFigures) -> String {
    match sum.bytes.checked_div(figures.commits_acked) {
        None => none(words),
        Some(bytes) => numbers::bytes(bytes),
    }
}

/// A figure for each machine, and how many there are.
fn told_per_machine(words: &Words, figures: &EngineFigures, each: &str) -> String {
    let machines = ("machines", figures.machines.into());
    words.fill("compare.each", &[machines, ("each", each.into())])
}

fn none(words: &Words) -> String {
    words.say("compare.none").to_owned()
}
