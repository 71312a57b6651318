//! Holds `sixfold wal stats` to what PostgreSQL's own tools say, on logs of every version that can be
//! had.

use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;

use crate::figures::Figures;
use crate::live_wal;
use crate::releases::Release;
use crate::tour::{Length, Tour};
use crate::workspace::Workspace;

/// What to check.
#[derive(Args)]
pub(crate) struct Options {
    /// Check this version alone; may be given several times
    #[arg(long = "version", value_name = "VERSION")]
    versions: Vec<u8>,
    /// Instead, copy the log of a server at work so many times, and read each copy to its end
    #[arg(long, value_name = "COPIES")]
    live: Option<u32>,
}

/// Records a log of each version and compares row by row, or copies one while it is written. Names the
/// versions that cannot be had, and fails where something differs.
pub(crate) fn check_wal(workspace: &Workspace, options: &Options) -> Result<()> {
    let sixfold = Sixfold::build(workspace)?;
    let versions = match options.versions.as_slice() {
        [] => &Release::VERSIONS,
        some => some,
    };
    let (mut checked, mut failed) = (0, 0);
    for version in versions {
        let verdict = match Release::get(workspace, *version) {
            Ok(release) => {
                checked += 1;
                match options.live {
                    None => compare(workspace, &sixfold, &release),
                    Some(copies) => live_wal::copy(workspace, &sixfold, &release, copies),
                }
            }
            Err(reason) => {
                println!("PostgreSQL {version} is not checked: {reason:#}");
                continue;
            }
        };
        match verdict {
            Ok(words) => println!("PostgreSQL {version}: {words}"),
            Err(reason) => {
                failed += 1;
                println!("PostgreSQL {version} fails: {reason:#}");
            }
        }
    }
    ensure!(checked > 0, "no version could be had");
    ensure!(failed == 0, "{failed} of {checked} versions fail");
    Ok(())
}

/// Compares the figures of one version's tour, and says what was compared. Every image must be a page
/// again.
///
/// Where a version has no figures, what can be held to the server's word is that the log ends where it
/// says, and that every operation has a name.
fn compare(workspace: &Workspace, sixfold: &Sixfold, release: &Release) -> Result<String> {
    let tour = Tour::take(workspace, release, Length::Long)?;
    let [begin, end] = tour.range();
    let output = sixfold
        .stats()
        .args(["--check-images", "--start", &begin, "--end", &end])
        .args(tour.files()?)
        .output()?;
    let table = words(&output)?;
    let ours = Figures::of_table("sixfold", &table);
    let first = table.lines().next().unwrap_or_default();
    ensure!(
        first.ends_with(&format!(" and {end}:")),
        "the server flushed its log up to {end}, but: {first}"
    );
    let nameless = ours.nameless();
    ensure!(
        nameless.is_empty(),
        "without a name: {}",
        nameless.join(", ")
    );
    let images = table.lines().last().unwrap_or_default();
    let read = format!("{} records up to {end}, {images}", ours.records());
    let Some(theirs) = tour.figures()? else {
        return Ok(format!(
            "{read}, all {} operations named; its release has neither pg_waldump nor pg_walinspect, \
             so no row is compared",
            ours.len()
        ));
    };
    let differences = ours.differences(&theirs);
    if !differences.is_empty() {
        bail!("{}", differences.join("\n    "));
    }
    Ok(format!(
        "{read}, all {} rows as in {}",
        ours.len(),
        theirs.source
    ))
}

/// The program under test.
pub(crate) struct Sixfold {
    path: PathBuf,
}

impl Sixfold {
    pub(crate) fn build(workspace: &Workspace) -> Result<Self> {
        let build = ["build", "--quiet", "--package", "cli"];
        workspace.program("cargo").args(build).run()?;
        let path = workspace.target_folder()?.join("debug/sixfold");
        Ok(Self { path })
    }

    /// `sixfold wal stats`, without its arguments.
    pub(crate) fn stats(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(["wal", "stats"]);
        command
    }
}

/// What a program wrote, unless it failed.
fn words(output: &Output) -> Result<String> {
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", errors.trim());
    String::from_utf8(output.stdout.clone()).context("expected text")
}
