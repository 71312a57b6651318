//! What came of a run with the conventional engine.

use lab::{Redone, World};
use protocol::{EngineFigures, Kind, StandbyView, Sum};
use serde_json::{Map, Value, json};

use super::latency;

/// Its figures, under the keys of those of the quorum engine and with bytes and I/Os by kind. `None`:
/// it does not run.
pub(super) fn figures(world: &World) -> Option<Value> {
    let tally = world.servers()?.tally();
    let view = player::servers(world)?;
    let figures = &view.figures;
    let of = |sums: &[(Kind, Sum)], kinds: &[Kind]| {
        let sums = sums.iter().filter(|(kind, _)| kinds.contains(kind));
        sums.fold(Sum::default(), |all, (_, sum)| Sum {
            count: all.count + sum.count,
            bytes: all.bytes + sum.bytes,
        })
    };
    let written = |kinds: &[Kind]| of(&figures.written, kinds);
    let pages = written(&[
        Kind::CheckpointPages,
        Kind::BackgroundPages,
        Kind::BackendPages,
    ]);
    let flushes = written(&[Kind::Flushes]);
    let all = || (figures.written.iter().chain(&figures.log)).chain(&figures.read);
    let by_kind = |part: fn(&Sum) -> u64| -> Map<_, _> {
        let entry = |(kind, sum): &(Kind, Sum)| (key(*kind), part(sum).into());
        all().map(entry).collect()
    };
    let standby = |standby: &StandbyView| {
        json!({
            "id": standby.standby.to_string(),
            "written": standby.report.written,
            "flushed": standby.report.flushed,
            "replayed": standby.report.replayed,
        })
    };
    Some(json!({
        "commits": { "acked": tally.commits_acked, "latency_ms": latency(tally.latencies()) },
        "points": {
            "inserted": view.primary.inserted,
            "flushed": view.primary.flushed,
            "redo": view.primary.redo,
            "standbys": view.standbys.iter().map(standby).collect::<Vec<_>>(),
        },
        "bytes": {
            "log_to_storage": flushes.bytes,
            "pages_to_storage": pages.bytes,
            "full_page_images": of(&figures.log, &[Kind::Images]).bytes,
            "archive": written(&[Kind::Archive]).bytes,
            "replicas": written(&[Kind::Standbys]).bytes,
            "by_kind": by_kind(|sum| sum.bytes),
        },
        "ios": {
            "to_storage": flushes.count + pages.count + written(&[Kind::Syncs]).count,
            "by_kind": by_kind(|sum| sum.count),
        },
        "recovery": tally.recoveries.iter().map(recovery).collect::<Vec<_>>(),
    }))
}

/// What each engine wrote to disks and to other machines: by kind, for each transaction, and for each
/// machine on average. Null, unless both run.
pub(super) fn compared(world: &World) -> Value {
    let compare = || {
        let view = player::servers(world)?;
        Some(json!({
            "quorum": written(view.quorum.as_ref()?),
            "wal": written(&view.figures),
        }))
    };
    compare().unwrap_or_default()
}

/// What an engine wrote.
fn written(figures: &EngineFigures) -> Value {
    let sum = |sum: &Sum| json!({ "bytes": sum.bytes, "ios": sum.count });
    let by_kind = figures.written.iter();
    let by_kind: Map<_, _> = by_kind.map(|(kind, of)| (key(*kind), sum(of))).collect();
    let all = figures.written_in_all();
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let each = |parts: u64| match parts {
        0 => Value::Null,
        parts => json!({
            "bytes": all.bytes as f64 / parts as f64,
            "ios": all.count as f64 / parts as f64,
        }),
    };
    json!({
        "nodes": figures.machines,
        "by_kind": by_kind,
        "per_transaction": each(figures.commits_acked),
        "per_node": each(figures.machines.into()),
    })
}

/// A kind as a key.
fn key(kind: Kind) -> String {
    let name = json!(kind);
    name.as_str().unwrap_or_default().replace('-', "_")
}

fn recovery(redone: &Redone) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds for people")]
    let took_ms = redone.took.0 as f64 / 1e6;
    json!({
        "at_ns": redone.asked_at.0,
        "took_ms": took_ms,
        "redo_bytes": redone.redo_bytes,
    })
}
