//! Changes bytes in a 64 KiB window of a WAL file at random, many times, and checks each time that
//! the reader neither panics nor delivers a wrong record nor misses the damage.
//!
//! `cargo run --release -p pgwal --example mutate -- --count 100000 FILE`

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program"
)]

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

#[path = "../src/trials.rs"]
mod trials;

use trials::Trials;

const USAGE: &str = "usage: mutate [--count N] [--seed N] [--window OFFSET] FILE";
const WINDOW_BYTES: usize = 65_536;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let (mut count, mut seed, mut window, mut file) = (100_000, 1, 0, None);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let text = arguments.next().ok_or(USAGE)?;
            text.parse::<u64>()
                .map_err(|error| format!("{text}: {error}"))
        };
        match argument.as_str() {
            "--count" => count = number()?,
            "--seed" => seed = number()?,
            "--window" => window = number()?,
            _ if file.is_none() => file = Some(argument),
            _ => return Err(USAGE.to_owned()),
        }
    }
    let file = file.ok_or(USAGE)?;
    let bytes = fs::read(&file).map_err(|error| format!("{file}: {error}"))?;
    let name = Path::new(&file).file_name().ok_or(USAGE)?.to_string_lossy();
    let begin = usize::try_from(window).map_err(|error| error.to_string())?;
    let end = begin.saturating_add(WINDOW_BYTES).min(bytes.len());
    if begin >= end {
        return Err(format!("{file}: no byte at offset {window}"));
    }
    let trials = Trials::new(&name, &bytes, begin..end)?;
    println!("{file}: {} records", trials.record_count());
    println!(
        "{count} trials in bytes {begin} to {end}: {}",
        trials.run(seed, count)?
    );
    Ok(())
}
