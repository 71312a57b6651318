//! How the run fares over its time, for the page.

use lab::series;
use protocol::{Answers, Series, SeriesRow, Took};

use crate::history::History;

/// How the run fares, up to where it stands.
pub(crate) fn series(history: &History) -> Series {
    let world = history.world();
    let servers = world.servers();
    let recoveries = world.tally().recoveries.iter();
    let restarts = servers
        .iter()
        .flat_map(|servers| &servers.tally().recoveries);
    Series {
        explored_ns: history.explored().0.0,
        rows: history.rows().iter().map(row).collect(),
        recoveries: recoveries.map(|it| (it.asked_at.0, it.took.0)).collect(),
        restarts: restarts.map(|it| (it.asked_at.0, it.took.0)).collect(),
    }
}

fn row(row: &series::Row) -> SeriesRow {
    SeriesRow {
        to_ns: row.to.0,
        quorum: row.quorum.as_ref().map(answers),
        conventional: row.wal.as_ref().map(answers),
        in_doubt: row.in_doubt,
        copy_misses: row.copy_misses,
        standby_misses: row.standby_misses,
    }
}

fn answers(answers: &series::Answers) -> Answers {
    let took = || {
        Some(Took {
            p50: answers.at(0.5)?,
            p95: answers.at(0.95)?,
            p99: answers.at(0.99)?,
            most: answers.most()?,
        })
    };
    Answers {
        acked: answers.acked(),
        took: took(),
    }
}
