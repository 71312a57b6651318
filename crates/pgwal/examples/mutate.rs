//! Changes bytes of recorded WAL at random, many times, and checks each time that the reader neither
//! panics nor delivers a wrong record nor misses the damage.
//!
//! `cargo run --release -p pgwal --example mutate -- --count 100000` tries all recordings of this
//! repository; files may be named instead, compressed with gzip or not. Changes fall into windows of
//! 64 KiB, one after the other up to the end of each file's log.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program"
)]

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::{env, io};

use flate2::read::GzDecoder;

#[path = "../src/trials.rs"]
mod trials;

use trials::{Tally, Trials};

const USAGE: &str = "usage: mutate [--count N] [--seed N] [FILE...]";
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
    let (mut count, mut seed, mut files) = (100_000, 1, Vec::new());
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
            _ if argument.starts_with('-') => return Err(USAGE.to_owned()),
            _ => files.push(PathBuf::from(argument)),
        }
    }
    if files.is_empty() {
        files = recordings().map_err(|error| format!("fixtures: {error}"))?;
    }
    let mut windows = Vec::new();
    for file in &files {
        let (name, bytes) = read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let trials = Rc::new(Trials::new(&name, &bytes)?);
        println!("{}: {} records", file.display(), trials.record_count());
        for begin in (0..trials.end()).step_by(WINDOW_BYTES) {
            let window = begin..(begin + WINDOW_BYTES).min(trials.end());
            windows.push((file, window, Rc::clone(&trials)));
        }
    }
    let mut total = Tally::default();
    let window_count = windows.len() as u64;
    for (number, (file, window, trials)) in (0..).zip(&windows) {
        let share = count * (number + 1) / window_count - count * number / window_count;
        let tally = trials
            .run(window.clone(), seed + number, share)
            .map_err(|fault| format!("{}: {fault}", file.display()))?;
        println!(
            "{}: bytes {} to {}: {tally}",
            file.display(),
            window.start,
            window.end
        );
        total.add(tally);
    }
    let files = files.len();
    println!("{count} trials in {window_count} windows of {files} files: {total}");
    Ok(())
}

/// All recordings of this repository, in the order of their names.
fn recordings() -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"))? {
        for entry in fs::read_dir(folder?.path())? {
            files.push(entry?.path());
        }
    }
    files.retain(|file| is_packed(file));
    files.sort();
    Ok(files)
}

/// The name that the server gave a file, and what is in it.
fn read(file: &Path) -> io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let name = if is_packed(file) {
        GzDecoder::new(File::open(file)?).read_to_end(&mut bytes)?;
        file.file_stem()
    } else {
        bytes = fs::read(file)?;
        file.file_name()
    };
    Ok((
        name.unwrap_or_default().to_string_lossy().into_owned(),
        bytes,
    ))
}

fn is_packed(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "gz")
}
