//! Reads the shipped WAL, and writes what the engine plays: `cargo xtask bless` runs it.

use std::error::Error;
use std::fs;
use std::path::Path;

use lab::InMemory;
use player::{Jobs, Status};
use protocol::Job;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/recordings");
    let name = "first-run.wal";
    let file = InMemory::new(name, fs::read(folder.join(name))?);
    let mut jobs = Jobs::default();
    jobs.begin(Job::ReadWal { request: 0 }, vec![Box::new(file)]);
    while jobs.run(0) == Status::Busy {}
    let wal = jobs.wal().ok_or("the shipped WAL cannot be read")?;
    fs::write(folder.join("first-run.recording"), wal)?;
    Ok(())
}
