//! Copies the log of a server at work, as anyone may, and holds `sixfold wal stats` to reading each
//! copy to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context as _, Result, bail};

use crate::check_wal::Sixfold;
use crate::postgres::Server;
use crate::releases::Release;
use crate::tour::lsn;
use crate::workspace::Workspace;

/// Small files, a checkpoint every few seconds, and old files used again.
const SETTINGS: &str = "min_wal_size = 8MB\nmax_wal_size = 16MB\ncheckpoint_timeout = 30s\n\
    checkpoint_completion_target = 0.2\nclient_min_messages = warning\nautovacuum = on";

/// Copies the log so many times, and says how the copies ended. Copies that fail are kept.
pub(crate) fn copy(
    workspace: &Workspace,
    sixfold: &Sixfold,
    release: &Release,
    copies: u32,
) -> Result<String> {
    let folder = workspace.target_folder()?.join("wal-copies");
    fs::create_dir_all(&folder)?;
    let server = Server::start(workspace, release, 1, SETTINGS)?;
    server.run("pgbench", &["--initialize", "--quiet", "--scale=3"])?;
    let over = AtomicBool::new(false);
    let (mut ends, mut failures) = (BTreeMap::<_, u32>::new(), Vec::new());
    thread::scope(|scope| {
        let work = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                server.run("pgbench", &["--no-vacuum", "--client=4", "--time=2"])?;
            }
            Ok::<_, anyhow::Error>(())
        });
        let copied = (1..=copies).try_for_each(|number| {
            let copy = folder.join(format!("{}-{number}", release.version));
            match read(&server, sixfold, &copy)? {
                Ok(end) => *ends.entry(end).or_default() += 1,
                Err(fault) => failures.push(format!("{}: {fault}", copy.display())),
            }
            Ok::<_, anyhow::Error>(())
        });
        over.store(true, Ordering::Relaxed);
        let worked = work.join().expect("the thread returns its errors");
        copied.and(worked)
    })?;
    if !failures.is_empty() {
        let count = failures.len();
        bail!(
            "{count} of {copies} copies fail:\n    {}",
            failures.join("\n    ")
        );
    }
    let ends: Vec<String> = ends
        .iter()
        .map(|(end, count)| format!("{count} {end}"))
        .collect();
    Ok(format!(
        "{copies} copies of the log of a server at work: {}",
        ends.join(", ")
    ))
}

/// Makes one copy and reads it; says how it ended, or what is wrong with the reading.
fn read(server: &Server<'_>, sixfold: &Sixfold, copy: &Path) -> Result<Result<String, String>> {
    if copy.exists() {
        fs::remove_dir_all(copy)?;
    }
    let flushed = server.flushed()?;
    // It complains about files that the server took away meanwhile, which is all right.
    let log = server.data().join("pg_wal");
    Command::new("cp").arg("-r").arg(&log).arg(copy).output()?;
    let output = sixfold.stats().arg(copy).output()?;
    let notes = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Ok(Err(notes.trim().to_owned()));
    }
    let table = String::from_utf8_lossy(&output.stdout);
    let first = table.lines().next().unwrap_or_default();
    let reached = position(first).with_context(|| format!("expected a range, found {first}"))?;
    if reached < flushed {
        let flushed = lsn(flushed);
        return Ok(Err(format!(
            "{first} although {flushed} was written before"
        )));
    }
    let straddles = |(begin, end): (u64, u64)| begin < flushed && flushed < end;
    if notes.lines().filter_map(gap).any(straddles) {
        return Ok(Err(format!(
            "{} was there, but: {}",
            lsn(flushed),
            notes.trim()
        )));
    }
    // What the copy has is read. That files which it has not are missing is the server's doing.
    let names = wal_names(copy)?;
    let unread = notes.lines().find(|line| tells_of_unread(line));
    let missed = notes.lines().filter(|line| line.contains(" is missing"));
    let missed = missed.flat_map(str::split_whitespace);
    let missed = missed.map(str::to_owned).find(|word| names.contains(word));
    if let Some(words) = unread.map(str::to_owned).or(missed) {
        return Ok(Err(format!("{words} is in the copy")));
    }
    fs::remove_dir_all(copy)?;
    let said = |words: &str| notes.lines().any(|line| line.contains(words));
    let end = if said("torn record") {
        "to a torn record"
    } else {
        "to the end"
    };
    let before = if said("is torn") {
        ", over a place that was copied before it was written"
    } else if said("is not here") {
        ", over a file that the server took away meanwhile"
    } else {
        ""
    };
    Ok(Ok(format!("{end}{before}")))
}

/// The names of a folder's files.
fn wal_names(folder: &Path) -> Result<BTreeSet<String>> {
    let entries = fs::read_dir(folder)?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.collect()
}

/// Whether a note tells of files that were passed over, other than those that every server keeps for
/// later use.
fn tells_of_unread(note: &str) -> bool {
    let unused = ["the server keeps", "the server made"];
    note.contains("passed over") && !unused.iter().any(|words| note.contains(words))
}

/// Where the range ends that the first line of a table tells.
fn position(line: &str) -> Option<u64> {
    let (_, end) = line.strip_suffix(':')?.rsplit_once(" and ")?;
    parse(end)
}

/// From where to where the log is missing, if a note says so.
fn gap(note: &str) -> Option<(u64, u64)> {
    let (_, range) = note.split_once("the log from ")?;
    let (range, _) = range.split_once(" is not here")?;
    let (begin, end) = range.split_once(" to ")?;
    Some((parse(begin)?, parse(end)?))
}

/// A place of the log as PostgreSQL writes it, as a number.
fn parse(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    let half = |digits| u64::from_str_radix(digits, 16).ok();
    Some(half(high)? << 32 | half(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_of_a_table_tells_where_it_ends() {
        let line = "WAL statistics between 0/300028 and 1/4000A8:";
        assert_eq!(position(line), Some(0x1_0040_00A8));
        assert_eq!(position("Type  N"), None);
    }

    #[test]
    fn files_for_later_use_are_not_unread() {
        for note in [
            "sixfold: passed over 2C, which the server keeps for later use",
            "sixfold: passed over 6 files that the server keeps for later use, 2C to 31",
            "sixfold: passed over 32, which the server made for later use",
            "sixfold: the log ends at 0/300000",
        ] {
            assert!(!tells_of_unread(note), "{note}");
        }
        for note in [
            "sixfold: passed over 2C: expected WAL of PostgreSQL 15, found none",
            "sixfold: and 3 more files passed over",
        ] {
            assert!(tells_of_unread(note), "{note}");
        }
    }

    #[test]
    fn note_of_a_gap_tells_its_range() {
        let note = "sixfold: the log from 0/300000 to 1/4000A8 is not here: no file";
        assert_eq!(gap(note), Some((0x30_0000, 0x1_0040_00A8)));
        assert_eq!(gap("sixfold: the log ends at 0/300000"), None);
    }
}
