//! What the program says about real WAL files.

mod report;
mod told;

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::PathBuf;

use clap::Args;
use pgwal::{Reader, Stats, Step, WalLsn};

use crate::progress;

pub(crate) use report::{ReportArgs, report};

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
    let bar = progress::over_files(&args.files);
    for path in &args.files {
        let failed = |error| format!("{}: {error}", path.display());
        let mut file = bar.wrap_read(File::open(path).map_err(failed)?);
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::{env, fs, process};

    use super::*;

    fn excerpt() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/recordings/first-run.wal")
    }

    fn run(file: PathBuf, start: Option<u64>, end: Option<u64>) -> (String, Result<(), String>) {
        let lsn = |at: Option<u64>| at.map(WalLsn);
        let args = StatsArgs {
            start: lsn(start),
            end: lsn(end),
            files: vec![file],
        };
        let mut out = Vec::new();
        let done = stats(&args, &mut out);
        (String::from_utf8(out).unwrap(), done)
    }

    #[test]
    fn figures_before_the_damage_are_written() {
        let mut bytes = fs::read(excerpt()).unwrap();
        bytes[30_000] ^= 1;
        let file = env::temp_dir().join(format!("sixfold-damaged-{}.wal", process::id()));
        fs::write(&file, bytes).unwrap();
        let (table, done) = run(file.clone(), None, None);
        fs::remove_file(&file).unwrap();
        assert!(table.starts_with("WAL statistics between 0/"));
        let message = done.unwrap_err();
        assert!(
            message.contains("damaged-") && message.contains("offset 2"),
            "{message}"
        );
    }

    #[test]
    fn start_inside_a_record_is_said_as_the_original_says_it() {
        let whole = run(excerpt(), None, None).0;
        let first = whole
            .split_whitespace()
            .nth(3)
            .unwrap()
            .parse::<WalLsn>()
            .unwrap();
        let (table, done) = run(excerpt(), Some(first.0 + 8), None);
        assert_eq!(done, Ok(()));
        let line = format!("first record is after {}, at ", WalLsn(first.0 + 8));
        assert!(table.starts_with(&line), "{table}");
    }

    #[test]
    fn range_without_a_record_is_an_error() {
        let whole = run(excerpt(), None, None).0;
        let first = whole
            .split_whitespace()
            .nth(3)
            .unwrap()
            .parse::<WalLsn>()
            .unwrap();
        let (table, done) = run(excerpt(), Some(first.0), Some(first.0 + 8));
        assert_eq!(table, "");
        assert_eq!(
            done,
            Err(format!("no record at or after {first} in these files"))
        );
    }
}
