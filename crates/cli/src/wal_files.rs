//! Files of the disk as the log that they hold, and what is said about them beside the results.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use lab::{Import, Imported};
use pgwal::{ErrorKind, Findings, FolderReader, Progress, WalError, WalFile, Wanted};

use crate::progress;

/// Folders in folders that are looked into.
const DEPTH_MAX: u32 = 16;

/// A file of the disk. It is open only while it is read, for a folder may have more files than a
/// program may hold open.
struct OnDisk {
    path: PathBuf,
    name: String,
    bytes: u64,
}

impl WalFile for OnDisk {
    fn name(&self) -> &str {
        &self.name
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(offset))?;
        file.read(into)
    }
}

/// The files of these names and those in the folders of these names.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<Box<dyn WalFile>>, String> {
    let mut files = Vec::new();
    for path in paths {
        add(path, DEPTH_MAX, &mut files)
            .map_err(|(path, error)| format!("{}: {error}", path.display()))?;
    }
    Ok(files)
}

fn add(
    path: &Path,
    depth: u32,
    files: &mut Vec<Box<dyn WalFile>>,
) -> Result<(), (PathBuf, io::Error)> {
    let failed = |error| (path.to_owned(), error);
    let about = fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        let entries = fs::read_dir(path).map_err(failed)?;
        for entry in entries {
            let entry = entry.map_err(failed)?.path();
            // Of what lies in a folder, a link that leads nowhere and pipes are left out.
            let is_wanted = fs::metadata(&entry)
                .is_ok_and(|about| about.is_file() || about.is_dir() && depth > 0);
            if is_wanted {
                add(&entry, depth.saturating_sub(1), files)?;
            }
        }
    } else {
        let bytes = about.len();
        files.push(Box::new(OnDisk {
            path: path.to_owned(),
            name: path.display().to_string(),
            bytes,
        }));
    }
    Ok(())
}

/// Reads the log of files and folders, with a bar.
pub(crate) fn open(
    paths: &[PathBuf],
    wanted: Wanted,
) -> Result<(FolderReader, ProgressBar), String> {
    let reader = FolderReader::new(find(paths)?, wanted);
    let bar = progress::bar(reader.progress().of);
    Ok((reader, bar))
}

/// Makes a recording of the log of files and folders, which keeps so many bytes of it, or as many as
/// it does by itself.
pub(crate) fn import(
    paths: &[PathBuf],
    wanted: Wanted,
    keep_bytes: Option<usize>,
) -> Result<Imported, String> {
    let mut import = Import::new(find(paths)?, wanted);
    if let Some(bytes) = keep_bytes {
        import = import.keeping(bytes);
    }
    let bar = progress::bar(import.progress().of);
    while import.step() {
        show(&bar, import.progress());
    }
    let imported = import.finish().map_err(|error| error.to_string())?;
    bar.finish_and_clear();
    Ok(imported)
}

/// Shows how far reading has come.
pub(crate) fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.of);
    bar.set_position(progress.done);
}

/// `false` if the log is damaged, or a file of it could not be read; an error if there is no log.
pub(crate) fn judge(findings: &Findings) -> Result<bool, String> {
    let gives_nothing =
        |error: &&WalError| findings.files.is_empty() || error.kind == ErrorKind::StartNotFound;
    if let Some(error) = findings.first_error().filter(gives_nothing) {
        return Err(error.to_string());
    }
    let mut missing = findings
        .gaps
        .first()
        .iter()
        .filter_map(|gap| gap.missing.as_ref());
    Ok(findings.damages.is_empty() && !missing.any(|missing| missing.passed_over))
}

/// As [`judge`], and says on standard error what was found beside the records.
pub(crate) fn tell(findings: &Findings) -> Result<bool, String> {
    let is_whole = judge(findings)?;
    for note in findings.notes() {
        eprintln!("sixfold: {note}");
    }
    if let (Some(behind), Some(damage)) = (&findings.behind, findings.damages.first().first()) {
        eprintln!("sixfold: {damage}");
        eprintln!("sixfold: {behind}");
    }
    Ok(is_whole)
}

#[cfg(test)]
mod tests {
    use std::{env, process};

    use pgwal::FolderStep;

    use super::*;

    #[test]
    fn folders_in_folders_are_found_and_read_in_the_order_of_the_log() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pgwal/fixtures/tpcb");
        let outside = env::temp_dir().join(format!("sixfold-folder-{}", process::id()));
        let inside = outside.join("pg_wal/archive_status");
        fs::create_dir_all(&inside).unwrap();
        fs::write(inside.join("000000010000000000000013.done"), "").unwrap();
        fs::write(outside.join("pg_wal/notes.txt"), "some words").unwrap();
        for (name, other) in [("13", "b.gz"), ("14", "a.gz")] {
            let name = format!("0000000100000000000000{name}.gz");
            fs::copy(fixtures.join(name), outside.join("pg_wal").join(other)).unwrap();
        }
        let (mut reader, _) = open(std::slice::from_ref(&outside), Wanted::default()).unwrap();
        let mut records = 0;
        loop {
            match reader.step() {
                FolderStep::Record(_) => records += 1,
                FolderStep::Slice(_) => {}
                FolderStep::Over => break,
            }
        }
        fs::remove_dir_all(&outside).unwrap();
        assert!(records > 5000);
        let findings = reader.findings();
        let names: Vec<_> = findings
            .files
            .iter()
            .map(|name| &name[name.len() - 4..])
            .collect();
        assert_eq!(names, ["b.gz", "a.gz"]);
        assert_eq!(findings.passed_over.count(), 1);
        assert_eq!(tell(findings), Ok(true));
        let missing = find(&[outside.join("nowhere")]);
        assert!(missing.is_err_and(|error| error.contains("nowhere")));
    }
}
