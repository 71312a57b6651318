//! The same scenario with one parameter at several values, each with several seeds: a row for each run.

use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use clap::Args;
use lab::{Scenario, Script, Workload};
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use crate::progress;
use crate::run::{self, Outcome};
use crate::soak::seeds;

/// Arguments of `sixfold sweep`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SweepArgs {
    /// Scenario file
    #[arg(value_name = "FILE")]
    scenario: PathBuf,
    /// The parameter, by its place in the scenario file, and its values: `topology.write_quorum=3,4`,
    /// `fault.0.at=1s,2s`
    #[arg(long, value_name = "PATH=V1,V2,...", value_parser = param)]
    param: Param,
    /// Seeds, from A up to but not including B; the scenario's own one if not said
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    seeds: Option<Range<u64>>,
    /// The K-th of N parts of the work; the parts' files, one after the other, are the whole one's
    #[arg(long, value_name = "K/N", value_parser = shard, default_value = "1/1")]
    shard: Shard,
    /// Where the rows go, as comma-separated values
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
}

/// A parameter and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Param {
    path: String,
    values: Vec<String>,
}

/// A part of the work: this one, from 0, of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shard {
    part: usize,
    of: usize,
}

impl Shard {
    fn of(self, all: usize) -> Range<usize> {
        all * self.part / self.of..all * (self.part + 1) / self.of
    }
}

fn param(text: &str) -> Result<Param, String> {
    let expected = || {
        format!(
            "expected a place and its values, such as topology.write_quorum=3,4, found `{text}`"
        )
    };
    let (path, values) = text.split_once('=').ok_or_else(expected)?;
    let values: Vec<_> = values.split(',').map(str::to_owned).collect();
    if path.is_empty() || values.iter().any(String::is_empty) {
        return Err(expected());
    }
    let path = path.to_owned();
    Ok(Param { path, values })
}

fn shard(text: &str) -> Result<Shard, String> {
    let expected =
        || format!("expected a part and how many there are, such as 1/4, found `{text}`");
    let (part, of) = text.split_once('/').ok_or_else(expected)?;
    let (part, of) = (part.parse::<usize>(), of.parse::<usize>());
    match (part, of) {
        (Ok(part), Ok(of)) if 1 <= part && part <= of => Ok(Shard { part: part - 1, of }),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => Err(expected()),
    }
}

/// The columns of every row; what a run has nothing to say of stays empty. Those without an engine's
/// name are of the quorum engine, if it runs.
const COLUMNS: [&str; 21] = [
    "trace_hash",
    "events",
    "sim_time_ns",
    "commits.acked",
    "commits.latency_ms.mean",
    "commits.latency_ms.p50",
    "commits.latency_ms.p95",
    "commits.latency_ms.p99",
    "commits.latency_ms.p9999",
    "commits.latency_ms.max",
    "bytes.log_to_storage",
    "ios.to_storage",
    "recovery[0].took_ms",
    "recovery[0].redo_bytes",
    "wal.commits.acked",
    "wal.commits.latency_ms.p50",
    "wal.commits.latency_ms.p95",
    "wal.commits.latency_ms.p99",
    "wal.bytes.full_page_images",
    "wal.recovery[0].took_ms",
    "wal.recovery[0].redo_bytes",
];

/// Runs all of it and writes the rows.
pub(crate) fn sweep(args: &SweepArgs) -> Result<Outcome, String> {
    let name = args.scenario.display();
    let text = fs::read_to_string(&args.scenario).map_err(|e| format!("{name}: {e}"))?;
    let runs: Vec<_> = args
        .param
        .values
        .iter()
        .map(|value| {
            let scenario =
                with(&text, &args.param.path, value).map_err(|e| format!("{name}: {e}"))?;
            let seeds = args.seeds.clone();
            let seeds = seeds.unwrap_or(scenario.seed..scenario.seed.saturating_add(1));
            Ok((value.as_str(), scenario, seeds))
        })
        .collect::<Result<_, String>>()?;
    let of_value = |(value, scenario, seeds): &(_, Scenario, Range<u64>)| {
        let each = seeds.clone();
        let runs = each.map(|seed| (*value, scenario.clone(), seed));
        runs.collect::<Vec<_>>()
    };
    let mine = args
        .shard
        .of(runs.iter().map(|(_, _, seeds)| seeds.clone().count()).sum());
    let mut csv = String::new();
    if args.shard.part == 0 {
        let columns = COLUMNS.join(",");
        csv = format!("parameter,value,seed,{columns},violated\n");
    }
    let bar = progress::bar(mine.len() as u64);
    let mut sound = true;
    for (value, scenario, seed) in runs
        .iter()
        .flat_map(of_value)
        .skip(mine.start)
        .take(mine.len())
    {
        let (world, violated) = run::finish(Script {
            scenario,
            seed,
            recording: None,
        });
        sound &= violated.is_empty();
        let figures = run::flat(&run::summary(&world, &violated));
        let path = &args.param.path;
        write!(csv, "{path},{value},{seed}").expect("a string takes everything");
        for column in COLUMNS {
            let mut figures = figures.iter();
            let named = |key: &str| key.strip_prefix("quorum.").unwrap_or(key) == column;
            let figure = figures.find(|(key, _)| named(key));
            let figure = figure.map_or("", |(_, figure)| figure);
            write!(csv, ",{figure}").expect("a string takes everything");
        }
        writeln!(csv, ",{}", violated.len()).expect("a string takes everything");
        bar.inc(1);
    }
    let out = args.out.display();
    fs::write(&args.out, csv).map_err(|e| format!("{out}: {e}"))?;
    let rows = mine.len();
    Ok(Outcome {
        text: format!("{out}: {rows} rows\n"),
        sound,
    })
}

/// A scenario with another value at a place.
fn with(text: &str, path: &str, value: &str) -> Result<Scenario, String> {
    let mut document: DocumentMut = text.parse().map_err(|e| format!("{e}"))?;
    let keys: Vec<_> = path.split('.').collect();
    *place(document.as_table_mut(), &keys)
        .ok_or_else(|| format!("expected a place of the scenario file, found `{path}`"))? =
        Item::Value(value_of(value));
    let scenario = Scenario::parse(&document.to_string())
        .map_err(|e| format!("with {path} = {value}: {e}"))?;
    match scenario.workload {
        Workload::WalFile { .. } => {
            Err("expected a workload of its own, found a WAL file".to_owned())
        }
        Workload::Insert { .. } | Workload::Oltp(_) if scenario.stop == lab::Stop::default() => {
            Err("the run never ends: expected a [stop]".to_owned())
        }
        Workload::Insert { .. } | Workload::Oltp(_) => Ok(scenario),
    }
}

/// What stands behind these keys, made if it is not there; a number is a place in a list of tables.
fn place<'a>(table: &'a mut dyn TableLike, keys: &[&str]) -> Option<&'a mut Item> {
    let (key, rest) = keys.split_first()?;
    let item = table.entry(key).or_insert(Item::None);
    let Some((next, behind)) = rest.split_first() else {
        return Some(item);
    };
    if item.is_none() {
        *item = Item::Table(Table::new());
    }
    match item {
        Item::ArrayOfTables(tables) => place(tables.get_mut(next.parse().ok()?)?, behind),
        Item::None | Item::Value(_) | Item::Table(_) => place(item.as_table_like_mut()?, rest),
    }
}

/// A value of TOML; what is none is a text.
fn value_of(text: &str) -> Value {
    text.parse().unwrap_or_else(|_| Value::from(text))
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    const SCENARIO: &str = "format = 1\nname = \"swept\"\n[workload]\nkind = \"insert\"\nclients = 4\n\
        [[fault]]\nat = \"10ms\"\ndo = \"crash-writer\"\n[[fault]]\nat = \"20ms\"\ndo = \"recover\"\n\
        [stop]\nat = \"60ms\"\n";

    /// The file that a sweep writes.
    fn swept(name: &str, text: &str, arguments: &[&str]) -> Result<String, String> {
        let folder = env::temp_dir().join(format!("sixfold-sweep-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (scenario, out) = (folder.join("s.toml"), folder.join("out.csv"));
        fs::write(&scenario, text).unwrap();
        let given = [scenario.to_str().unwrap(), "--out", out.to_str().unwrap()];
        let words = ["sweep"].iter().chain(&given).chain(arguments);
        let args = Line::try_parse_from(words).map_err(|e| e.to_string())?.args;
        let done = sweep(&args).map(|outcome| assert!(outcome.sound));
        let csv = done.map(|()| fs::read_to_string(&out).unwrap());
        fs::remove_dir_all(&folder).unwrap();
        csv
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: SweepArgs,
    }

    use clap::Parser as _;

    #[test]
    fn each_value_and_seed_has_a_row() {
        let rows = swept(
            "rows",
            SCENARIO,
            &["--param", "workload.clients=1,8", "--seeds", "3..5"],
        )
        .unwrap();
        let rows: Vec<_> = rows
            .lines()
            .map(|row| row.split(',').collect::<Vec<_>>())
            .collect();
        assert_eq!(rows.len(), 5);
        assert!(
            rows.iter().all(|row| row.len() == rows[0].len()),
            "{rows:?}"
        );
        assert_eq!(rows[2][..3], ["workload.clients", "1", "4"]);
        let acked = |row: &Vec<&str>| row[6].parse::<u64>().unwrap();
        assert!(acked(&rows[3]) > 2 * acked(&rows[1]), "{rows:?}");
        assert_ne!(rows[1][3], rows[2][3], "another seed, another trace");
    }

    #[test]
    fn the_parts_of_a_sweep_make_up_the_whole() {
        let of = |part: &str| {
            let arguments = [
                "--param",
                "fault.1.at=20ms,30ms",
                "--seeds",
                "1..4",
                "--shard",
                part,
            ];
            swept(&part.replace('/', "-"), SCENARIO, &arguments).unwrap()
        };
        assert_eq!(["1/4", "2/4", "3/4", "4/4"].map(of).concat(), of("1/1"));
    }

    #[test]
    fn what_cannot_be_swept_says_what_was_expected() {
        let refused = |param: &str| swept("refused", SCENARIO, &["--param", param]).unwrap_err();
        assert!(refused("workload.clients").contains("expected a place and its values"));
        assert!(refused("fault.7.at=1s").contains("expected a place of the scenario file"));
        assert!(refused("workload.colour=1").contains("workload.colour"));
        assert!(refused("workload.clients=none").contains("with workload.clients = none"));
        let endless = SCENARIO.replace("[stop]\nat = \"60ms\"\n", "");
        let error = swept("endless", &endless, &["--param", "seed=1,2"]).unwrap_err();
        assert!(error.contains("never ends"), "{error}");
    }
}
