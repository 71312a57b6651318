//! The same scenario with one parameter at several values, each with several seeds: a row for each run.
//!
//! The runs have one order: all seeds of the first value, then of the next. A shard is a stretch of
//! it, and the first has the header, too, so that the shards' files one after the other are the file
//! of the whole. A row is written when its run ends; a sweep that was interrupted goes on behind the
//! last whole row.

mod file;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::ops::Range;
use std::path::PathBuf;

use clap::Args;
use lab::{Scenario, Schedule, Script, Workload, changed};

use crate::progress;
use crate::run::{self, Outcome};
use crate::soak::seeds;
use file::Rows;

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
    /// Where the rows go, as comma-separated values; what the same sweep left there is kept
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
    part: u64,
    of: u64,
}

impl Shard {
    /// Its stretch of so many runs. Those of all parts meet, and differ by at most one in length.
    fn stretch(self, runs: u64) -> Range<u64> {
        let end = |parts| {
            let end = u128::from(runs) * u128::from(parts) / u128::from(self.of);
            u64::try_from(end).expect("at most all runs")
        };
        end(self.part)..end(self.part + 1)
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
    let is_field = |value: &String| !value.is_empty() && !value.contains(char::is_control);
    if path.is_empty() || !values.iter().all(is_field) {
        return Err(expected());
    }
    let mut places = values.iter().enumerate();
    if let Some((_, twice)) = places.find(|(place, value)| values[..*place].contains(value)) {
        return Err(format!("expected each value once, found {twice} twice"));
    }
    let path = path.to_owned();
    Ok(Param { path, values })
}

fn shard(text: &str) -> Result<Shard, String> {
    let expected =
        || format!("expected a part and how many there are, such as 1/4, found `{text}`");
    let (part, of) = text.split_once('/').ok_or_else(expected)?;
    let (part, of) = (part.parse::<u64>(), of.parse::<u64>());
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

/// A value of the parameter, the scenario with it, and the seeds that it runs with.
struct Runs<'a> {
    value: &'a str,
    scenario: Scenario,
    seeds: Range<u64>,
}

/// All runs, in their order.
struct Plan<'a> {
    path: &'a str,
    values: Vec<Runs<'a>>,
}

impl<'a> Plan<'a> {
    fn new(args: &'a SweepArgs, text: &str) -> Result<Self, String> {
        let path = &args.param.path;
        let of_value = |value: &'a String| {
            let scenario = with(text, path, value)?;
            let own = || scenario.seed..scenario.seed.saturating_add(1);
            let seeds = args.seeds.clone().unwrap_or_else(own);
            Ok(Runs {
                value,
                scenario,
                seeds,
            })
        };
        let values = args.param.values.iter().map(of_value);
        Ok(Self {
            path,
            values: values.collect::<Result<_, String>>()?,
        })
    }

    fn len(&self) -> Option<u64> {
        let mut lengths = self.values.iter().map(|Runs { seeds, .. }| length(seeds));
        lengths.try_fold(0, u64::checked_add)
    }

    /// The run at a place: its value and scenario, and its seed.
    fn at(&self, place: u64) -> (&Runs<'a>, u64) {
        let mut place = place;
        for runs in &self.values {
            let len = length(&runs.seeds);
            if place < len {
                return (runs, runs.seeds.start + place);
            }
            place -= len;
        }
        unreachable!("a place is below the number of runs")
    }

    /// How the row of a run begins.
    fn key(&self, place: u64) -> String {
        let (Runs { value, .. }, seed) = self.at(place);
        format!("{},{value},{seed},", self.path)
    }

    /// Runs it; says whether every invariant held, too.
    fn row(&self, place: u64) -> (String, bool) {
        let (Runs { scenario, .. }, seed) = self.at(place);
        let script = Script {
            scenario: scenario.clone(),
            seed,
            recording: None,
        };
        let schedule = Schedule::new(scenario);
        let (world, violated) = run::finish(script, &schedule, None);
        let figures = run::flat(&run::summary(&world, &violated));
        let mut row = self.key(place);
        for column in COLUMNS {
            let mut figures = figures.iter();
            let named = |key: &str| key.strip_prefix("quorum.").unwrap_or(key) == column;
            let figure = figures.find(|(key, _)| named(key));
            let figure = figure.map_or("", |(_, figure)| figure);
            write!(row, "{figure},").expect("a string takes everything");
        }
        writeln!(row, "{}", violated.len()).expect("a string takes everything");
        (row, violated.is_empty())
    }
}

fn length(seeds: &Range<u64>) -> u64 {
    seeds.end - seeds.start
}

/// Runs what is not in the file yet, and writes the rows.
pub(crate) fn sweep(args: &SweepArgs) -> Result<Outcome, String> {
    let name = args.scenario.display();
    let text = fs::read_to_string(&args.scenario).map_err(|e| format!("{name}: {e}"))?;
    let plan = Plan::new(args, &text).map_err(|e| format!("{name}: {e}"))?;
    let all = plan.len();
    let all = all.ok_or_else(|| "expected fewer runs than two to the 64th".to_owned())?;
    let mine = args.shard.stretch(all);
    let columns = format!("parameter,value,seed,{},violated\n", COLUMNS.join(","));
    let header = Some(&columns).filter(|_| args.shard.part == 0);

    let keys = mine.clone().map(|place| plan.key(place));
    let beginnings = header.cloned().into_iter().chain(keys);
    let note = note(args, &columns, &text);
    let Rows {
        mut file,
        lines,
        mut sound,
    } = file::open(&args.out, &note, beginnings)?;

    let out = args.out.display();
    let mut put = |line: &str| {
        let written = file.write_all(line.as_bytes());
        written.map_err(|e| format!("{out}: {e}"))
    };
    let done = match header {
        Some(header) if lines == 0 => put(header).map(|()| 0)?,
        Some(_) => lines - 1,
        None => lines,
    };
    let rows = mine.end - mine.start;
    let bar = progress::bar(rows);
    bar.set_position(done);
    bar.reset_eta();
    for place in mine.start + done..mine.end {
        let (row, held) = plan.row(place);
        put(&row)?;
        sound &= held;
        bar.inc(1);
    }
    let before = match done {
        0 => String::new(),
        done => format!(", {done} of them from before"),
    };
    Ok(Outcome {
        text: format!("{out}: {rows} rows{before}\n"),
        sound,
    })
}

/// What makes a sweep another one: all that its rows depend on, as a scenario file that says in
/// comments how it was swept.
fn note(args: &SweepArgs, columns: &str, text: &str) -> String {
    let SweepArgs { param, seeds, .. } = args;
    let seeds = seeds
        .as_ref()
        .map_or("of the scenario".to_owned(), |seeds| {
            format!("{}..{}", seeds.start, seeds.end)
        });
    let lines = [
        ("model", protocol::MODEL.to_string()),
        (
            "param",
            format!("{}={}", param.path, param.values.join(",")),
        ),
        ("seeds", seeds),
        (
            "shard",
            format!("{}/{}", args.shard.part + 1, args.shard.of),
        ),
        ("columns", columns.trim_end().to_owned()),
    ];
    let mut note = format!("{}\n", file::NOTE);
    for (what, value) in lines {
        writeln!(note, "# {what}: {value}").expect("a string takes everything");
    }
    note + text
}

/// A scenario with another value at a place.
fn with(text: &str, path: &str, value: &str) -> Result<Scenario, String> {
    let text = changed(text, path, value).map_err(|e| e.to_string())?;
    let scenario = Scenario::parse(&text).map_err(|e| format!("with {path} = {value}: {e}"))?;
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

#[cfg(test)]
mod tests {
    use std::{env, thread};

    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: SweepArgs,
    }

    const SCENARIO: &str = "format = 1\nname = \"swept\"\n[workload]\nkind = \"insert\"\nclients = 4\n\
        [[fault]]\nat = \"10ms\"\ndo = \"crash-writer\"\n[[fault]]\nat = \"20ms\"\ndo = \"recover\"\n\
        [stop]\nat = \"60ms\"\n";

    /// A folder with a scenario in it, gone when it is dropped.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, text: &str) -> Self {
            let name = format!("sixfold-sweep-{}-{name}", std::process::id());
            let folder = Self(env::temp_dir().join(name));
            fs::create_dir_all(&folder.0).unwrap();
            fs::write(folder.0.join("s.toml"), text).unwrap();
            folder
        }

        fn out(&self) -> PathBuf {
            self.0.join("out.csv")
        }

        fn sweep(&self, arguments: &[&str]) -> Result<Outcome, String> {
            let (scenario, out) = (self.0.join("s.toml"), self.out());
            let given = [scenario.to_str().unwrap(), "--out", out.to_str().unwrap()];
            let words = ["sweep"].iter().chain(&given).chain(arguments);
            let args = Line::try_parse_from(words).map_err(|e| e.to_string())?.args;
            sweep(&args)
        }

        fn read(&self) -> String {
            fs::read_to_string(self.out()).unwrap()
        }

        /// Every file, with what is in it.
        fn files(&self) -> Vec<(PathBuf, String)> {
            let paths = fs::read_dir(&self.0)
                .unwrap()
                .map(|file| file.unwrap().path());
            let mut files: Vec<_> = paths
                .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
                .collect();
            files.sort();
            files
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    /// The file that a sweep writes.
    fn swept(name: &str, text: &str, arguments: &[&str]) -> Result<String, String> {
        let folder = Folder::new(name, text);
        assert!(folder.sweep(arguments)?.sound);
        Ok(folder.read())
    }

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
    fn shards_share_out_all_runs_evenly() {
        for runs in (0..40).chain([1_000_000, u64::MAX]) {
            for of in (1..50).chain([1024]) {
                let mut end = 0;
                for part in 0..of {
                    let mine = Shard { part, of }.stretch(runs);
                    assert_eq!(mine.start, end, "{part} of {of}: each run once");
                    assert!([0, 1].contains(&(length(&mine) - runs / of)), "{mine:?}");
                    end = mine.end;
                }
                assert_eq!(end, runs);
            }
        }
    }

    #[test]
    fn the_files_of_shards_make_up_the_whole_one() {
        let of = |part: &str| {
            let sweep = ["--param", "fault.1.at=20ms,30ms", "--seeds", "1..4"];
            let arguments = [&sweep[..], &["--shard", part]].concat();
            swept(&part.replace('/', "-"), SCENARIO, &arguments).unwrap()
        };
        let whole = of("1/1");
        for parts in [2, 4, 9] {
            let files = (1..=parts).map(|part| of(&format!("{part}/{parts}")));
            assert_eq!(files.collect::<Vec<_>>().concat(), whole, "{parts} shards");
        }
    }

    /// Short enough to be run a thousand times.
    const SHORT: &str = "format = 1\nname = \"short\"\n[workload]\nkind = \"insert\"\nclients = 1\n\
        [stop]\nat = \"1ms\"\n";

    #[test]
    fn a_sweep_that_ended_at_any_byte_goes_on() {
        for shard in ["1/2", "2/2"] {
            let name = shard.replace('/', "-");
            let folder = Folder::new(&format!("resumed-{name}"), SHORT);
            let sweep = ["--param", "workload.clients=1,2", "--seeds", "8..11"];
            let arguments = [&sweep[..], &["--shard", shard]].concat();
            let told = |before: &str| {
                let outcome = folder.sweep(&arguments).unwrap();
                assert!(outcome.sound);
                let expected = format!("{}: 3 rows{before}\n", folder.out().display());
                assert_eq!(outcome.text, expected);
            };
            told("");
            let files = folder.files();
            let whole = folder.read();
            for end in 0..=whole.len() {
                fs::write(folder.out(), &whole[..end]).unwrap();
                let lines = whole[..end].matches('\n').count();
                let rows = lines.saturating_sub(usize::from(shard == "1/2"));
                told(&match rows {
                    0 => String::new(),
                    rows => format!(", {rows} of them from before"),
                });
                assert_eq!(folder.files(), files, "cut at {end}");
            }
        }
    }

    #[test]
    fn a_violation_from_before_is_not_forgotten() {
        let folder = Folder::new("violated", SHORT);
        let arguments = ["--param", "workload.clients=1", "--seeds", "8..10"];
        folder.sweep(&arguments).unwrap();
        let text = folder.read().replacen(",0\n", ",1\n", 1);
        fs::write(folder.out(), text).unwrap();
        assert!(!folder.sweep(&arguments).unwrap().sound);
    }

    #[test]
    fn the_file_of_another_sweep_is_left_as_it_is() {
        let folder = Folder::new("another", SHORT);
        let refused = |arguments: [&str; 6], complaint: &str| {
            let before = folder.files();
            let error = folder.sweep(&arguments).map(|outcome| outcome.text);
            let error = error.unwrap_err();
            assert!(error.contains(complaint), "{error}");
            assert_eq!(folder.files(), before, "{error}");
        };
        let own = |param| ["--param", param, "--seeds", "8..11", "--shard", "2/3"];
        let own = |param, seeds, shard| {
            let mut words = own(param);
            (words[3], words[5]) = (seeds, shard);
            words
        };
        let same = own("workload.clients=1,2", "8..11", "2/3");
        folder.sweep(&same).unwrap();
        let (rows, beside) = (folder.read(), folder.out().with_added_extension("toml"));
        let half = &rows[..rows.len() - 5];
        fs::write(folder.out(), half).unwrap();
        refused(
            own("workload.clients=1,3", "8..11", "2/3"),
            "expected `# param: workload.clients=1,3`, found `# param: workload.clients=1,2`",
        );
        refused(
            own("workload.clients=1,2", "8..12", "2/3"),
            "found `# seeds: 8..11`",
        );
        refused(
            own("workload.clients=1,2", "8..11", "1/3"),
            "found `# shard: 2/3`",
        );
        let text = SHORT.replace("1ms", "2ms");
        fs::write(folder.0.join("s.toml"), &text).unwrap();
        refused(same, "expected `at = \"2ms\"`, found `at = \"1ms\"`");
        fs::write(folder.0.join("s.toml"), format!("{SHORT}\n")).unwrap();
        refused(same, "expected ``, found the end");
        fs::write(folder.0.join("s.toml"), SHORT).unwrap();

        let note = fs::read_to_string(&beside).unwrap();
        let model = format!("# model: {}\n", protocol::MODEL);
        fs::write(&beside, note.replace(&model, "# model: 1\n")).unwrap();
        refused(same, "found `# model: 1`");
        fs::remove_file(&beside).unwrap();
        refused(same, "out.csv.toml: ");
        fs::write(&beside, &note).unwrap();
        fs::write(folder.out(), rows.replace(",2,8,", ",2,9,")).unwrap();
        refused(same, "line 2: expected `workload.clients,2,8,`, found `");
        fs::write(folder.out(), rows.repeat(2)).unwrap();
        refused(same, "line 3: expected the end, found `");

        fs::write(folder.out(), half).unwrap();
        assert!(folder.sweep(&same).unwrap().sound);
        assert_eq!(folder.read(), rows);
        assert!(Scenario::parse(&note).is_ok(), "the note is a scenario");

        fs::write(folder.out(), "").unwrap();
        fs::write(&beside, "format = 1\n").unwrap();
        refused(same, "found `format = 1`");
    }

    #[test]
    fn what_another_process_writes_is_waited_for() {
        let folder = Folder::new("waited", SHORT);
        let arguments = ["--param", "workload.clients=1", "--seeds", "8..10"];
        folder.sweep(&arguments).unwrap();
        let whole = folder.read();
        let mut other = fs::File::create(folder.out()).unwrap();
        other.lock().unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| folder.sweep(&arguments).unwrap());
            other.write_all(whole.as_bytes()).unwrap();
            other.unlock().unwrap();
            assert!(
                waiting
                    .join()
                    .unwrap()
                    .text
                    .contains("2 of them from before")
            );
        });
        assert_eq!(folder.read(), whole);
    }

    #[test]
    fn what_cannot_be_swept_says_what_was_expected() {
        let refused = |param: &str| swept("refused", SCENARIO, &["--param", param]).unwrap_err();
        assert!(refused("workload.clients").contains("expected a place and its values"));
        assert!(refused("fault.7.at=1s").contains("expected a place of the scenario file"));
        assert!(refused("workload.clients=1,2,1").contains("found 1 twice"));
        assert!(refused("workload.clients=1\n2").contains("expected a place and its values"));
        assert!(refused("workload.colour=1").contains("workload.colour"));
        assert!(refused("workload.clients=none").contains("with workload.clients = none"));
        let endless = SCENARIO.replace("[stop]\nat = \"60ms\"\n", "");
        let error = swept("endless", &endless, &["--param", "seed=1,2"]).unwrap_err();
        assert!(error.contains("never ends"), "{error}");
    }
}
