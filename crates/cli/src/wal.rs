//! What the program says about real WAL files.

mod images;
mod report;
mod told;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use pgwal::{Findings, FolderStep, Stats, WalLsn, Wanted};

use crate::wal_files;
use images::Images;

pub(crate) use report::{ReportArgs, report};

/// Arguments of `sixfold wal stats`.
#[derive(Args, Clone, Debug)]
pub(crate) struct StatsArgs {
    /// Begin with the first record at or after this LSN
    #[arg(long, value_name = "LSN")]
    start: Option<WalLsn>,
    /// Leave out what is not over by this LSN
    #[arg(long, value_name = "LSN")]
    end: Option<WalLsn>,
    /// Go on behind damage, where whole records follow
    #[arg(long)]
    skip_damaged: bool,
    /// Restore every full-page image, and fail if one is no sound page
    #[arg(long)]
    check_images: bool,
    /// WAL files, packed or not, and folders of them, in any order
    #[arg(required = true, value_name = "FILE_OR_FOLDER")]
    files: Vec<PathBuf>,
}

/// Writes the table of `pg_waldump --stats=record` for the files, and gives what was found beside.
///
/// Where a file is damaged, the figures of what precedes the place are still written, or, where
/// damage is to be skipped, those of everything that is whole.
pub(crate) fn stats(args: &StatsArgs, out: &mut impl Write) -> Result<Findings, String> {
    let mut stats = Stats::default();
    let mut images = args.check_images.then(Images::default);
    let wanted = Wanted {
        start: args.start,
        end: args.end,
        skip_damaged: args.skip_damaged,
    };
    let (mut reader, bar) = wal_files::open(&args.files, wanted)?;
    loop {
        match reader.step() {
            FolderStep::Record(record) => {
                stats.push(&record);
                if let Some(images) = &mut images {
                    images.push(&record);
                }
            }
            FolderStep::Slice(_) => wal_files::show(&bar, reader.progress()),
            FolderStep::Over => break,
        }
    }
    if let (Some((first, _)), Some(segment_bytes)) = (stats.range, reader.segment_bytes()) {
        let table = skipped(args.start, first, segment_bytes) + &stats.to_string();
        write(out, &table)?;
        if let Some(images) = images {
            write(out, &images.all_sound()?.to_string())?;
        }
    }
    let findings = reader.findings().clone();
    match (stats.range, findings.damages.is_empty()) {
        (Some(_), _) | (None, false) => Ok(findings),
        (None, true) => {
            let from = args.start.map(|start| format!(" from {start} on"));
            let by = args.end.map(|end| format!(" and is over by {end}"));
            let [from, by] = [from, by].map(Option::unwrap_or_default);
            Err(format!("no record begins{from}{by} in these files"))
        }
    }
}

fn write(out: &mut impl Write, text: &str) -> Result<(), String> {
    out.write_all(text.as_bytes())
        .map_err(|error| format!("cannot write: {error}"))
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::{env, fs, process};

    use super::*;

    fn excerpt() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/recordings/first-run.wal")
    }

    fn run(
        file: PathBuf,
        start: Option<u64>,
        end: Option<u64>,
    ) -> (String, Result<Findings, String>) {
        let lsn = |at: Option<u64>| at.map(WalLsn);
        let args = StatsArgs {
            start: lsn(start),
            end: lsn(end),
            skip_damaged: false,
            check_images: true,
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
        let findings = done.unwrap();
        let error = &findings.damages.first()[0].error;
        assert!(error.file.contains("damaged-") && error.offset > 20_000);
        assert!(findings.behind.unwrap().records > 0);
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
        assert!(done.unwrap().damages.is_empty());
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
        let end = WalLsn(first.0 + 8);
        let message =
            format!("no record begins from {first} on and is over by {end} in these files");
        assert_eq!(done.unwrap_err(), message);
    }
}
