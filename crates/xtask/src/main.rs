//! Set-up and chores: one command each for serving the page, checking a change, testing
//! everything and measuring.
//!
//! A chore names the tools it needs, the set-up installs those that are missing and says how, and
//! the chore then runs as steps with a result and a duration each. Nothing here knows what the
//! simulation means: this crate depends on none of the others and drives them through `cargo`,
//! `trunk` and `npm`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program"
)]

mod apt;
mod bench;
mod bless;
mod browsers;
mod check_report;
mod check_wal;
mod cluster;
mod dist;
mod figures;
mod gate;
mod live_wal;
mod measure_postgres;
mod postgres;
mod process;
mod record_wal;
mod releases;
mod report;
mod serve;
mod server;
mod setup;
mod tidy;
mod tour;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use gate::Step;
use workspace::Workspace;

/// Chores of the Sixfold workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Set up what is missing, build the page, serve it and open it
    Serve(serve::Options),
    /// The short gate while you work: format, lints, native tests, tidy
    Check {
        /// Run this step alone; may be given several times
        #[arg(long, value_name = "STEP")]
        only: Vec<Step>,
    },
    /// Set up what is missing, then everything that has to hold before a change goes in
    Test {
        /// Run this step alone; may be given several times
        #[arg(long, value_name = "STEP")]
        only: Vec<Step>,
    },
    /// Build the page as it is released, into `dist/`, for any static host
    Dist,
    /// Measure: a table of ratios, each taken in one process against its own yardstick
    Bench(bench::Options),
    /// Rewrite the golden scripts that say something else than what comes, and name them
    Bless,
    /// Install what `serve`, `test` and `dist` need, and do nothing else
    Setup,
    /// Check `sixfold wal report` against SQL on the servers that wrote the logs
    CheckReport,
    /// Record the WAL fixtures with real PostgreSQL servers
    RecordWal(record_wal::Options),
    /// Compare `sixfold wal stats` with PostgreSQL's own figures, on servers of every version
    CheckWal(check_wal::Options),
    /// Measure a real PostgreSQL server: inserts, commits, and redo after a crash
    MeasurePostgres(measure_postgres::Options),
    /// Called by Trunk after a build: shortens a release, names the worker's version in the page
    #[command(hide = true)]
    FinishSite,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: &Chore) -> anyhow::Result<()> {
    let workspace = Workspace::locate();
    match chore {
        Chore::Serve(options) => serve::serve(&workspace, options),
        Chore::Check { only } => gate::run(&workspace, Step::CHECK, only),
        Chore::Test { only } => gate::run(&workspace, Step::TEST, only),
        Chore::Dist => dist::dist(&workspace),
        Chore::Bench(options) => bench::bench(&workspace, options),
        Chore::Bless => bless::bless(&workspace),
        Chore::Setup => setup::ensure(&workspace, setup::Need::ALL),
        Chore::CheckReport => check_report::check(&workspace),
        Chore::RecordWal(options) => record_wal::record_wal(&workspace, options),
        Chore::CheckWal(options) => check_wal::check_wal(&workspace, options),
        Chore::MeasurePostgres(options) => measure_postgres::measure(&workspace, options),
        Chore::FinishSite => serve::finish_site(&workspace),
    }
}
