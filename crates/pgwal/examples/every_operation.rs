//! Writes a WAL file with a record of every resource manager and every operation code, so that
//! the `pg_waldump` of PostgreSQL 15 can say how it names each of them.

use std::{env, fs, process::ExitCode};

#[path = "../src/forge.rs"]
#[expect(dead_code, reason = "the tests write other logs, too")]
mod forge;

fn main() -> ExitCode {
    let written = env::args_os()
        .nth(1)
        .ok_or_else(|| "usage: every_operation FILE".to_owned())
        .and_then(|file| {
            fs::write(file, forge::every_operation(0xD110, &[128, 200, 255]))
                .map_err(|error| error.to_string())
        });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            #[expect(clippy::print_stderr, reason = "a command-line program")]
            {
                eprintln!("{message}");
            }
            ExitCode::FAILURE
        }
    }
}
