//! Measures, natively and in headless Chromium, and tells it as ratios.
//!
//! The measuring itself is `crates/lab/benches/ratios`: one program that times each case and its
//! yardstick by turns in one process. This chore builds it for both targets, runs it in both
//! places, and sets the table. Beside it the built site does the insert test, asked as the page asks.

mod against;
mod budget;
mod site;
mod size;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};

use against::Earlier;
use budget::Budget;
use site::SiteFigure;

use crate::browsers;
use crate::dist;
use crate::setup::{self, Need};
use crate::workspace::Workspace;

/// What is measured, and how it is told.
#[derive(Args)]
pub(crate) struct Options {
    /// One JSON object instead of the table
    #[arg(long)]
    json: bool,
    /// Tell how the ratios have changed since an earlier run, whose `--json` is in this file
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Measure those cases alone that have this in their names, and no site
    #[arg(long, value_name = "PART", conflicts_with_all = ["site_only", "wal_folder"])]
    case: Option<String>,
    /// Leave Chromium out
    #[arg(long)]
    native_only: bool,
    /// Minutes of the insert test, natively and in the built site; it has 30
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=30))]
    insert_minutes: u32,
    /// Measure nothing but the built site
    #[arg(long, conflicts_with = "native_only")]
    site_only: bool,
    /// Minutes for which a page stands open that plays, to see whether its engine's memory grows; an
    /// hour is done in a few minutes
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    open_minutes: u32,
    /// Also read this folder of WAL files in the built site, as large as it may be
    #[arg(long, value_name = "FOLDER", conflicts_with = "native_only")]
    wal_folder: Option<PathBuf>,
}

const BENCH: &[&str] = &["--package", "lab", "--bench", "ratios"];

/// Builds, runs and tells.
pub(crate) fn bench(workspace: &Workspace, options: &Options) -> Result<()> {
    let earlier = options.against.as_deref();
    let earlier = earlier.map(Earlier::read).transpose()?;
    let part = options.case.as_deref().unwrap_or_default();
    let native = if options.site_only {
        Vec::new()
    } else {
        run_native(workspace, options.insert_minutes, part)?
    };
    let chromium = if options.native_only || options.site_only {
        Vec::new()
    } else {
        run_in_chromium(workspace, part)?
    };
    let has_site = !options.native_only && options.case.is_none();
    if has_site {
        prepare_site(workspace)?;
    }
    let page = has_site
        .then(|| site::measure(workspace, options.open_minutes))
        .transpose()?;
    let site = has_site
        .then(|| run_insert_test(workspace, options.insert_minutes))
        .transpose()?;
    let folder = options.wal_folder.as_deref();
    let folder = folder
        .map(|folder| read_wal_folder(workspace, folder))
        .transpose()?;
    let first_row = site.iter().map(|site| SiteFigure {
        case: "insert test: first row".to_owned(),
        measured: number(&site["first_row_ms"]),
    });
    let figures = page.iter().flat_map(site::Site::figures);
    let figures = figures.chain(first_row).collect::<Vec<_>>();
    let budgets = budget::budgets(workspace, part, [&native, &chromium], &figures)?;
    if options.json {
        let to_json = |figures: &[Figure]| figures.iter().map(Figure::to_json).collect::<Vec<_>>();
        let all = json!({
            "native": to_json(&native),
            "chromium": to_json(&chromium),
            "site": page.as_ref().map(site::Site::to_json),
            "insert_test_of_the_site": site,
            "wal_folder_in_the_site": folder,
            "budgets": budgets.iter().map(Budget::to_json).collect::<Vec<_>>(),
        });
        println!("{all:#}");
    } else {
        print!("{}", table(&native, &chromium));
        if let Some(page) = &page {
            println!("{}", page.lines().join("\n"));
        }
        if let Some(site) = site {
            println!("{}", told(&site));
        }
        if let Some(folder) = folder {
            println!("{}", told_of_folder(&folder));
        }
        for budget in &budgets {
            println!("{}", budget.told());
        }
        if let Some(earlier) = earlier {
            print!("{}", earlier.told(&native, &chromium));
        }
    }
    Ok(())
}

/// Runs the insert test of both engines in the built site's own worker.
fn run_insert_test(workspace: &Workspace, minutes: u32) -> Result<Value> {
    let minutes = minutes.to_string();
    ask_the_site(workspace, "insert-test.js", &[minutes.as_ref()])
}

/// Reads a folder of WAL files in the built site's own worker.
fn read_wal_folder(workspace: &Workspace, folder: &Path) -> Result<Value> {
    let folder = folder
        .canonicalize()
        .with_context(|| folder.display().to_string())?;
    ask_the_site(workspace, "wal-folder.js", &[folder.as_os_str()])
}

/// Builds the site as it is released.
fn prepare_site(workspace: &Workspace) -> Result<()> {
    setup::ensure(workspace, dist::NEEDS)?;
    setup::ensure(workspace, &[Need::Chromium])?;
    dist::build(workspace).map(drop)
}

/// Runs a script that looks at the built site and prints a line of JSON.
fn ask_the_site(workspace: &Workspace, script: &str, arguments: &[&OsStr]) -> Result<Value> {
    let line = workspace
        .program("node")
        .arg(script)
        .args(arguments)
        .env("CHROME", browsers::chromium(workspace)?.browser)
        .folder(&workspace.root.join("crates/e2e"))
        .read()?;
    serde_json::from_str(&line).with_context(|| format!("line {line}"))
}

/// What the insert test took in the site's worker.
fn told(site: &Value) -> String {
    format!(
        "insert test of both engines in the site's worker: {} min of it in {:.1} s, its first row after \
         {:.0} ms; MiB of memory by the way: {}",
        number(&site["minutes"]),
        number(&site["seconds"]),
        number(&site["first_row_ms"]),
        mebibytes(&site["memory_bytes"]),
    )
}

/// What a folder of WAL files took in the site's worker.
fn told_of_folder(site: &Value) -> String {
    let (bytes, seconds) = (number(&site["bytes"]), number(&site["seconds"]));
    format!(
        "a folder of {} WAL files, {:.2} GB, in the site's worker: {seconds:.1} s, {:.2} GB/s; MiB of \
         memory by the way: {}",
        number(&site["files"]),
        bytes / 1e9,
        bytes / 1e9 / seconds,
        mebibytes(&site["memory_bytes"]),
    )
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// A list of sizes, in words.
fn mebibytes(sizes: &Value) -> String {
    let sizes = sizes.as_array().into_iter().flatten();
    let sizes = sizes.map(|bytes| format!("{:.0}", number(bytes) / f64::from(1 << 20)));
    sizes.collect::<Vec<_>>().join(", ")
}

fn run_native(workspace: &Workspace, insert_minutes: u32, part: &str) -> Result<Vec<Figure>> {
    let lines = workspace
        .program("cargo")
        .arg("bench")
        .args(BENCH)
        .args(["--", "--insert-minutes", &insert_minutes.to_string()])
        .args(["--case", part])
        .read()?;
    figures(&lines)
}

fn run_in_chromium(workspace: &Workspace, part: &str) -> Result<Vec<Figure>> {
    setup::ensure(
        workspace,
        &[Need::WasmTarget, Need::NodePackages, Need::Chromium],
    )?;
    let messages = workspace
        .program("cargo")
        .args([
            "build",
            "--profile",
            "wasm-release",
            "--message-format",
            "json",
        ])
        .args(["--target", "wasm32-unknown-unknown"])
        .args(BENCH)
        .read()?;
    let module = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "ratios")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo did not say where it put the wasm of the benchmark")?;
    let lines = workspace
        .program("node")
        .arg("bench.js")
        .arg(module)
        .arg(part)
        .env("CHROME", browsers::chromium(workspace)?.browser)
        .folder(&workspace.root.join("crates/e2e"))
        .read()?;
    figures(&lines)
}

/// One case in one place.
#[derive(Debug, Clone, PartialEq)]
struct Figure {
    case: String,
    yardstick: String,
    unit: String,
    /// Work over yardstick, of runs that followed each other; in ascending order.
    ratios: Vec<f64>,
    /// Nanoseconds that a unit of the work took, in ascending order.
    work_ns: Vec<f64>,
    /// Bytes that were allocated for something that the case names.
    bytes: Option<f64>,
    /// What else was seen.
    note: Option<String>,
}

fn figures(lines: &str) -> Result<Vec<Figure>> {
    lines
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(Figure::read)
        .collect()
}

impl Figure {
    fn read(line: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(line).with_context(|| format!("line {line}"))?;
        let text = |key: &str| {
            let text = value[key]
                .as_str()
                .with_context(|| format!("no text `{key}` in {line}"))?;
            Ok::<_, anyhow::Error>(text.to_owned())
        };
        let numbers = |key: &str| {
            let list = value[key]
                .as_array()
                .with_context(|| format!("no list `{key}` in {line}"))?;
            let numbers: Option<Vec<f64>> = list.iter().map(Value::as_f64).collect();
            numbers.with_context(|| format!("`{key}` holds something else than numbers in {line}"))
        };
        let mut work_ns = numbers("work_ns")?;
        let yardstick_ns = numbers("yardstick_ns")?;
        let mut ratios: Vec<f64> = work_ns
            .iter()
            .zip(&yardstick_ns)
            .map(|(work, yardstick)| work / yardstick)
            .collect();
        ratios.sort_by(f64::total_cmp);
        work_ns.sort_by(f64::total_cmp);
        Ok(Self {
            case: text("case")?,
            yardstick: text("yardstick")?,
            unit: text("unit")?,
            ratios,
            work_ns,
            bytes: value["bytes"].as_f64(),
            note: value["note"].as_str().map(str::to_owned),
        })
    }

    /// The middle of the ratios.
    fn ratio(&self) -> f64 {
        median(&self.ratios)
    }

    /// The middle of what a unit of the work took.
    fn ns(&self) -> f64 {
        median(&self.work_ns)
    }

    fn to_json(&self) -> Value {
        json!({
            "case": self.case,
            "yardstick": self.yardstick,
            "ratio": {
                "median": self.ratio(),
                "min": self.ratios.first(),
                "max": self.ratios.last(),
                "runs": self.ratios.len(),
            },
            format!("ns_per_{}", self.unit): self.ns(),
            "bytes": self.bytes,
            "note": self.note,
        })
    }

    fn cells(&self) -> String {
        let spread = format!(
            "{:.2}-{:.2}",
            self.ratios.first().copied().unwrap_or(f64::NAN),
            self.ratios.last().copied().unwrap_or(f64::NAN),
        );
        let ns = self.ns();
        // A byte per nanosecond is 10^9 bytes per second.
        let absolute = match self.unit.as_str() {
            "byte" => format!("{:.2} GB/s", 1.0 / ns),
            unit => format!("{ns:.1} ns/{unit}"),
        };
        format!("{:>6.2}  {spread:<13} {absolute:<16}", self.ratio())
    }
}

/// The middle of a sorted list.
fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A row per case: the ratio, its spread and the absolute figure in each place.
fn table(native: &[Figure], chromium: &[Figure]) -> String {
    let mut text = format!(
        "{:<30} {:<26} {:<37}",
        "case", "against", "native: ratio, spread, work"
    );
    if !chromium.is_empty() {
        text.push_str("  Chromium: ratio, spread, work");
    }
    text.push('\n');
    for figure in native {
        let mut row = format!(
            "{:<30} {:<26} {}",
            figure.case,
            figure.yardstick,
            figure.cells()
        );
        if let Some(other) = chromium.iter().find(|other| other.case == figure.case) {
            row.push_str("  ");
            row.push_str(&other.cells());
        }
        text.push_str(row.trim_end());
        text.push('\n');
        if let Some(note) = &figure.note {
            text.extend(["  ", note, "\n"]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"case": "reader", "yardstick": "memcpy", "unit": "byte",
        "work_ns": [4.0, 2.0, 3.0], "yardstick_ns": [1.0, 1.0, 1.0]}"#;

    #[test]
    fn ratio_is_the_median_of_pairs() {
        let figure = Figure::read(&LINE.replace('\n', " ")).expect("well-formed");
        assert_eq!(figure.ratios, [2.0, 3.0, 4.0]);
        let row = figure.cells();
        assert_eq!(
            row.split_whitespace().collect::<Vec<_>>(),
            ["3.00", "2.00-4.00", "0.33", "GB/s"]
        );
    }

    #[test]
    fn other_lines_of_cargo_are_passed_over() {
        let line = LINE.replace('\n', " ");
        let output = format!("\nrunning 0 tests\n{line}\n");
        assert_eq!(figures(&output).expect("one good line").len(), 1);
        figures("{\"case\": 1}").expect_err("no text");
    }

    #[test]
    fn the_sites_insert_test_is_told_in_a_sentence() {
        let site = json!({
            "minutes": 30, "seconds": 61.26, "first_row_ms": 204.4,
            "memory_bytes": [64 << 20, 65 << 20],
        });
        assert_eq!(
            told(&site),
            "insert test of both engines in the site's worker: 30 min of it in 61.3 s, its first row \
             after 204 ms; MiB of memory by the way: 64, 65"
        );
    }

    #[test]
    fn a_folder_of_wal_is_told_in_a_sentence() {
        let site = json!({
            "files": 2, "bytes": 3e9, "seconds": 6, "memory_bytes": [10 << 20],
        });
        assert_eq!(
            told_of_folder(&site),
            "a folder of 2 WAL files, 3.00 GB, in the site's worker: 6.0 s, 0.50 GB/s; MiB of memory by \
             the way: 10"
        );
    }

    #[test]
    fn table_has_a_row_per_case() {
        let figure = Figure::read(&LINE.replace('\n', " ")).expect("well-formed");
        let figures = [figure];
        assert_eq!(table(&figures, &figures).lines().count(), 2);
        assert!(
            table(&figures, &[])
                .lines()
                .nth(1)
                .is_some_and(|row| row.ends_with("GB/s"))
        );
    }
}
