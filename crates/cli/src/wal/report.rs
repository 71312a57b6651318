//! `sixfold wal report`: what WAL files tell, as text or JSON.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use lab::Wanted;
use protocol::{Problem, WalSummary};

use super::told;
use crate::wal_files;

/// Arguments of `sixfold wal report`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReportArgs {
    /// Write JSON, whose fields `protocol::WalReport` describes
    #[arg(long)]
    json: bool,
    /// Go on behind damage, where whole records follow
    #[arg(long)]
    skip_damaged: bool,
    /// WAL files, packed or not, and folders of them, in any order
    #[arg(required = true, value_name = "FILE_OR_FOLDER")]
    files: Vec<PathBuf>,
}

/// Writes the report of the files.
///
/// Where a file is damaged, what precedes the place is still reported, and the answer is `false`.
pub(crate) fn report(args: &ReportArgs, out: &mut impl Write) -> Result<bool, String> {
    let wanted = Wanted {
        skip_damaged: args.skip_damaged,
        ..Wanted::default()
    };
    // Nothing is played, so nothing is kept.
    let imported = wal_files::import(&args.files, wanted, Some(0))?;
    let is_whole = wal_files::judge(&imported.findings)?;
    if imported.report.total.records == 0 && is_whole {
        return Err("no record begins in these files".to_owned());
    }
    let behind = imported.findings.behind.as_ref();
    let behind = behind.map_or_else(String::new, |behind| format!("; {behind}"));
    let damage = imported.damage().map(|error| format!("{error}{behind}"));
    let summary = WalSummary {
        files: imported.recording.files,
        digest: imported.recording.digest,
        report: imported.report,
        damage: damage.map(|text| Problem { text, place: None }),
        notes: imported.findings.notes(),
    };
    let text = if args.json {
        let json = serde_json::to_string_pretty(&summary).expect("every key is text");
        json + "\n"
    } else {
        told::text(&summary)
    };
    out.write_all(text.as_bytes())
        .map_err(|error| format!("cannot write: {error}"))?;
    Ok(is_whole)
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use serde_json::Value;

    use super::*;

    fn excerpt() -> PathBuf {
        PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../www/recordings/first-run.wal"
        ))
    }

    fn run(file: PathBuf, json: bool) -> (String, Result<bool, String>) {
        let args = ReportArgs {
            json,
            skip_damaged: false,
            files: vec![file],
        };
        let mut out = Vec::new();
        let done = report(&args, &mut out);
        (String::from_utf8(out).unwrap(), done)
    }

    #[test]
    fn text_is_well_set_and_says_what_the_json_says() {
        let (text, done) = run(excerpt(), false);
        assert_eq!(done, Ok(true));
        let long = text.lines().find(|line| line.chars().count() > told::WIDTH);
        assert_eq!(long, None);
        assert!(text.lines().all(|line| line.trim_end() == line));
        let (json, done) = run(excerpt(), true);
        assert_eq!(done, Ok(true));
        let json: Value = serde_json::from_str(&json).unwrap();
        let told = &json["report"];
        assert_eq!(told["format"], 1);
        let commits = &told["transactions"]["commits"];
        assert!(text.contains(&format!("{commits} commits")), "{text}");
        let busiest = &told["relations"]["list"][0];
        let file = format!(
            "{}/{}/{}",
            busiest["tablespace"], busiest["database"], busiest["file"]
        );
        assert!(text.contains(&file), "{text}");
        let redo = told["redo"]["at_end"]["redo_lsn"].as_str().unwrap();
        assert!(text.contains(redo), "{text}");
    }

    #[test]
    fn what_precedes_damage_is_reported() {
        let mut bytes = fs::read(excerpt()).unwrap();
        bytes[30_000] ^= 1;
        let file = env::temp_dir().join(format!("sixfold-report-{}.wal", process::id()));
        fs::write(&file, bytes).unwrap();
        let (text, done) = run(file.clone(), false);
        fs::remove_file(&file).unwrap();
        assert!(text.contains("Heap"), "{text}");
        assert!(text.contains("DAMAGED"), "{text}");
        assert_eq!(done, Ok(false));
    }
}
