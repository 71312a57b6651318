//! What was seen of real servers, as the page is told of it.

use lab::curve::{Line, Seen, Situation, TALK, TALK_QUORUM_SECONDS};
use lab::measured::{self, Compared, Constants, FITTED_HERE};
use protocol::{
    DiskSetup, Evidence, FittedLine, InsertLoad, MeasuredPoint, MeasuredServer, SeenRestart,
};

use crate::experiment::insert_setup;

/// Everything that was seen: what a talk showed, and the server that was measured.
pub(crate) fn evidence() -> Evidence {
    let line = Line::fit(&TALK);
    let seen = |seen: &Seen| SeenRestart {
        redo_gb: seen.redo_gb,
        seconds: seen.seconds,
        residual_s: line.map_or(0.0, |line| line.residual(seen)),
    };
    Evidence {
        talk: TALK.iter().map(seen).collect(),
        talk_line: line.map(|line| FittedLine {
            start_s: line.start_seconds,
            s_per_gb: line.seconds_per_gb,
        }),
        talk_quorum_s: TALK_QUORUM_SECONDS,
        log_bytes_per_s: Situation::default().log_bytes_per_second,
        measured: server(measured::HERE, FITTED_HERE),
        inserts: load(),
    }
}

fn load() -> InsertLoad {
    let setup = insert_setup();
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    InsertLoad {
        per_s: setup.inserts_per_second,
        pages: setup.pages,
        row_ns: setup.interval.0,
        disk: DiskSetup {
            mb_per_s: small(setup.throughput.bytes / 1_000_000),
            iops: small(setup.throughput.operations),
        },
    }
}

/// The server that a table tells of, with these constants of the model; if it is a table with points
/// enough.
pub(crate) fn server(table: &str, constants: Constants) -> Option<MeasuredServer> {
    let table = measured::read(table).ok()?;
    let fit = measured::fit_with(&table, constants)?;
    let points = |all: &[Compared], unit: f64| {
        let point = |compared: &Compared| MeasuredPoint {
            set: compared.point.set / unit,
            least: compared.point.least,
            median: compared.point.median,
            most: compared.point.most,
            model: compared.model,
            fitted: compared.fitted,
        };
        all.iter().map(point).collect()
    };
    let wal_per_insert = |images| measured::wal_per_insert(&table.measurements, images);
    let most_gb = fit.redo.iter().map(|compared| compared.point.set / 1e9);
    Some(MeasuredServer {
        wal_per_insert: wal_per_insert(false)
            .zip(wal_per_insert(true))
            .map(<[f64; 2]>::from),
        restarts: points(&fit.redo, 1e9),
        commits: points(&fit.commits, 1.0),
        replay_bytes_per_s: fit.replay_bytes_per_second,
        flush_ms: fit.flush_ms,
        // Up to the next fifth of a GB.
        most_gb: (most_gb.fold(0.0, f64::max) * 5.0).ceil() / 5.0,
        redo_error: fit.redo_error(),
        error: fit.error(),
        about: table.about,
    })
}
