//! The file of a sweep's rows, opened so that an interrupted sweep goes on where it ends.
//!
//! Rows tell their value and seed, not the scenario, and a shard's file has to be a stretch of the
//! whole one, byte for byte. So what else they depend on lies in a note beside them: `sweep.csv.toml`
//! beside `sweep.csv`. It is written before the first row. A file with rows is taken only if its note
//! is the same, and each whole line begins as it has to; all others are left as they are.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::iter;
use std::path::Path;

/// How every note begins.
pub(super) const NOTE: &str =
    "# `sixfold sweep` made the rows beside this file, and goes on with them by it.";

/// A file of rows, at its end.
pub(super) struct Rows {
    pub(super) file: File,
    /// Whole lines that it has.
    pub(super) lines: u64,
    /// None of them tells of a violation.
    pub(super) sound: bool,
}

/// Opens it for this process alone, and cuts off a line that is not whole.
///
/// A process that outlived whoever started it may still write: it is waited for.
pub(super) fn open(
    path: &Path,
    note: &str,
    beginnings: impl Iterator<Item = String>,
) -> Result<Rows, String> {
    let out = path.display();
    let failed = |error| format!("{out}: {error}");
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path).map_err(failed)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            eprintln!("sixfold: {out}: waiting for another process that writes it");
            file.lock().map_err(failed)?;
        }
        // Not every file system has locks.
        Ok(()) | Err(TryLockError::Error(_)) => {}
    }
    let metadata = file.metadata().map_err(failed)?;
    let beside = path.with_added_extension("toml");
    let mut kept = Kept {
        bytes: 0,
        lines: 0,
        sound: true,
    };
    // What is no file, as a pipe, takes rows and keeps none.
    if metadata.is_file() {
        if metadata.len() == 0 {
            put_beside(&beside, note).map_err(|e| format!("{}: {e}", beside.display()))?;
        } else {
            let strange = |complaint| {
                format!("{out} is not of this sweep: remove it, or name another; {complaint}")
            };
            is_beside(&beside, note).map_err(|e| strange(format!("{}: {e}", beside.display())))?;
            kept = whole_lines(&file, beginnings).map_err(strange)?;
        }
        file.set_len(kept.bytes).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
    }
    Ok(Rows {
        file,
        lines: kept.lines,
        sound: kept.sound,
    })
}

/// The whole lines of a file.
struct Kept {
    bytes: u64,
    lines: u64,
    /// None of them tells of a violation.
    sound: bool,
}

/// Writes a note where there is none, or another note.
fn put_beside(path: &Path, note: &str) -> Result<(), String> {
    let found = fs::read_to_string(path).unwrap_or_default();
    let first = found.lines().next().unwrap_or(NOTE);
    if first != NOTE {
        return Err(format!("expected `{NOTE}`, found `{first}`"));
    }
    fs::write(path, note).map_err(|e| e.to_string())
}

/// Whether a note says the same; the first lines that do not are the complaint.
fn is_beside(path: &Path, note: &str) -> Result<(), String> {
    let found = fs::read_to_string(path).map_err(|e| e.to_string())?;
    if found == note {
        return Ok(());
    }
    let lines = |text: &str| -> Vec<String> {
        let lines = text.split('\n').map(|line| format!("`{line}`"));
        lines.chain(iter::once("the end".to_owned())).collect()
    };
    let (expected, found) = (lines(note), lines(&found));
    let mut pairs = expected.iter().zip(&found);
    let (expected, found) = pairs
        .find(|(expected, found)| expected != found)
        .expect("other texts have other lines, or one ends before the other");
    Err(format!("expected {expected}, found {found}"))
}

fn whole_lines(file: &File, mut beginnings: impl Iterator<Item = String>) -> Result<Kept, String> {
    let mut kept = Kept {
        bytes: 0,
        lines: 0,
        sound: true,
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line);
        let bytes = read.map_err(|e| e.to_string())?;
        if !line.ends_with(b"\n") {
            return Ok(kept);
        }
        kept.lines += 1;
        let expected = beginnings.next();
        let begins = |expected: &String| line.starts_with(expected.as_bytes());
        if !expected.as_ref().is_some_and(begins) {
            let expected = expected.map_or("the end".to_owned(), |expected| {
                format!("`{}`", expected.trim_end())
            });
            let found = String::from_utf8_lossy(&line);
            let (line, found) = (kept.lines, found.trim_end());
            return Err(format!("line {line}: expected {expected}, found `{found}`"));
        }
        kept.bytes += bytes as u64;
        kept.sound &= line.ends_with(b",violated\n") || line.ends_with(b",0\n");
    }
}
