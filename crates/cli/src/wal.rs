//! What the program says about real WAL files.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::PathBuf;

use clap::Args;
use pgwal::{Reader, Stats, Step, WalLsn};

/// Bytes read from a file at a time.
const SLICE_BYTES: usize = 64 * 1024;

/// Arguments of `sixfold wal stats`.
#[derive(Args, Clone, Debug)]
pub(crate) struct StatsArgs {
    /// Begin with the first record at or after this LSN
    #[arg(long, value_name = "LSN")]
    start: Option<WalLsn>,
    /// Leave out what is not over by this LSN
    #[arg(long, value_name = "LSN")]
    end: Option<WalLsn>,
    /// WAL files in the order of the log
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Writes the table of `pg_waldump --stats=record` for the files.
///
/// Where a file is bad, the figures of what precedes the place are still written, and the error
/// says what is wrong.
pub(crate) fn stats(args: &StatsArgs, out: &mut impl Write) -> Result<(), String> {
    let mut stats = Stats::default();
    let mut reader = Reader::with_range(args.start, args.end);
    let read = read_all(args, &mut reader, &mut stats);
    let mut table = String::new();
    if let Some((first, _)) = stats.range {
        let segment_bytes = reader
            .segment_bytes()
            .expect("a record was read from a segment");
        table = skipped(args.start, first, segment_bytes) + &stats.to_string();
    }
    out.write_all(table.as_bytes())
        .map_err(|error| format!("cannot write: {error}"))?;
    read?;
    match stats.range {
        Some(_) => Ok(()),
        None => Err(match args.start {
            Some(start) => format!("no record at or after {start} in these files"),
            None => "no record begins in these files".to_owned(),
        }),
    }
}

/// The line with which the original says that a start lies inside a record.
fn skipped(start: Option<WalLsn>, first: WalLsn, segment_bytes: u32) -> String {
    match start {
        Some(start) if start != first && !start.0.is_multiple_of(u64::from(segment_bytes)) => {
            let bytes = first.0 - start.0;
            let unit = if bytes == 1 { "byte" } else { "bytes" };
            format!("first record is after {start}, at {first}, skipping over {bytes} {unit}\n")
        }
        Some(_) | None => String::new(),
    }
}

fn read_all(args: &StatsArgs, reader: &mut Reader, stats: &mut Stats) -> Result<(), String> {
    let mut slice = vec![0; SLICE_BYTES];
    for path in &args.files {
        let failed = |error| format!("{}: {error}", path.display());
        let mut file = File::open(path).map_err(failed)?;
        reader.open(&path.to_string_lossy());
        while drain(reader, stats)? {
            match file.read(&mut slice).map_err(failed)? {
                0 => break,
                bytes => reader.feed(&slice[..bytes]),
            }
        }
    }
    reader.finish();
    drain(reader, stats).map(|_| ())
}

/// Counts the records that are there; says whether more input is wanted.
fn drain(reader: &mut Reader, stats: &mut Stats) -> Result<bool, String> {
    loop {
        match reader.step().map_err(|error| error.to_string())? {
            Step::Record(record) => stats.push(&record),
            Step::Hungry => return Ok(true),
            Step::End(_) => return Ok(false),
        }
    }
}
