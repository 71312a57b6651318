//! Table 1 of the paper of 2017 beside the run that stands for it.

use plot::float;
use protocol::{EngineFigures, Kind, ServersView};

use super::compared::Row;
use crate::words::Words;

/// What the paper counted: transactions of the quorum engine and of mirrored `MySQL`, and I/Os for each
/// (SIGMOD 2017, Table 1).
const TRANSACTIONS: [f64; 2] = [27_378_000.0, 780_000.0];
const IOS: [f64; 2] = [0.95, 7.4];

/// Rows with two cells each: the paper's figure, and that of the run so far. Empty where not both
/// engines run.
pub fn table_one(words: &Words, view: &ServersView) -> Vec<Row> {
    let Some(quorum) = &view.quorum else {
        return Vec::new();
    };
    let figures = [quorum, &view.figures];
    let commits = figures.map(|it| float(it.commits_acked));
    let ios = figures.map(ios_each);
    let row = |key: &str, paper: f64, here: f64| Row {
        name: words.say(key).to_owned(),
        is_part: false,
        cells: [paper, here].map(|value| told(words, value)).into(),
    };
    vec![
        row(
            "table-one.transactions",
            TRANSACTIONS[0] / TRANSACTIONS[1],
            commits[0] / commits[1],
        ),
        row("table-one.mirrored", IOS[1], ios[1]),
        row("table-one.quorum", IOS[0], ios[0]),
        row("table-one.fewer", IOS[1] / IOS[0], ios[1] / ios[0]),
    ]
}

/// Writes to disks and messages to storage for each commit, what goes to the archive left out, as the
/// paper leaves it out.
fn ios_each(figures: &EngineFigures) -> f64 {
    let counted = figures.written.iter();
    let counted = counted.filter(|(kind, _)| *kind != Kind::Archive);
    let count: u64 = counted.map(|(_, sum)| sum.count).sum();
    float(count) / float(figures.commits_acked)
}

/// Three digits are enough. A figure that there is not yet is a dash.
fn told(words: &Words, value: f64) -> String {
    if value.is_finite() {
        plot::short(value)
    } else {
        words.say("compare.none").to_owned()
    }
}
