//! The program `sixfold`: the same core as the page, on the command line.

#![expect(clippy::print_stderr, reason = "a command-line program")]

mod wal;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Aurora-like storage, simulated.
#[derive(Parser)]
#[command(name = "sixfold", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Real WAL files of PostgreSQL 15
    #[command(subcommand)]
    Wal(WalCommand),
}

#[derive(Subcommand)]
enum WalCommand {
    /// The table of `pg_waldump --stats=record`
    Stats(wal::StatsArgs),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Wal(WalCommand::Stats(args)) => wal::stats(&args, &mut io::stdout().lock()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("sixfold: {message}");
            ExitCode::from(2)
        }
    }
}
