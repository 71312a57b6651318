//! What a file of a folder is, by its name, its size and its first page.

use std::io;

use super::findings::{PassedOver, Why};
use super::history::{BYTES_MAX, History, timeline_of_history};
use crate::error::{ErrorKind, Mismatch, WalError};
use crate::first_page::{FirstPage, looks_random};
use crate::page::{PAGE_BYTES, address_of_name, timeline_of_name, unpacked_name};
use crate::reader::Facts;
use crate::unpack::Contents;
use crate::version::PgVersion;

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Examined {
    /// A piece of some log.
    Piece(Piece),
    /// Which timelines one came from.
    History(History),
    /// No WAL, but at home in the folder.
    AtHome,
    /// No part of the log.
    PassedOver(PassedOver),
}

/// A file with a piece of a log, or one that should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The place of the file among those of the folder.
    pub(crate) file: usize,
    pub(crate) name: String,
    /// What its first page tells, or what is wrong with it, though name and size are a segment's.
    pub(crate) head: Result<Head, WalError>,
    /// Its first page holds nothing else, so that it may never have been written.
    pub(crate) begins_with_zeroes: bool,
    pub(crate) packed: bool,
    /// Bytes on the disk.
    pub(crate) bytes: u64,
}

/// What the first page of a piece tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) facts: Facts,
    pub(crate) address: u64,
    /// By the file's name if that is the server's.
    pub(crate) timeline: u32,
}

impl Examined {
    /// Looks at a file.
    pub(crate) fn new(file: usize, contents: &mut Contents) -> Self {
        if is_at_home(contents.name()) {
            return Self::AtHome;
        }
        let history_of = timeline_of_history(contents.name());
        let wanted = if history_of.is_some() {
            BYTES_MAX
        } else {
            PAGE_BYTES
        };
        let mut page = vec![0; wanted];
        let read = contents
            .open()
            .and_then(|()| contents.read_at(0, &mut page));
        let examined = match (read, history_of) {
            (Err(error), _) => {
                let mismatch = unreadable_words(contents, &error);
                let kind = unreadable(&error);
                let error = error_in(contents.name(), kind, mismatch);
                match timeline_of_name(contents.name()) {
                    Some(_) if kind == ErrorKind::Unreadable => {
                        Self::Piece(new_piece(file, contents, Err(error)))
                    }
                    Some(_) | None => Self::PassedOver(PassedOver {
                        why: Why::Unreadable,
                        error,
                    }),
                }
            }
            (Ok(read), Some(timeline)) => {
                let text = String::from_utf8_lossy(&page[..read.unwrap_or_default()]);
                match History::parse(timeline, &text) {
                    Ok(history) => Self::History(history),
                    Err(mismatch) => {
                        let error = error_in(contents.name(), ErrorKind::NotWal, mismatch);
                        let why = Why::Foreign;
                        Self::PassedOver(PassedOver { why, error })
                    }
                }
            }
            (Ok(read), None) => of_page(file, contents, &page[..read.unwrap_or_default()]),
        };
        contents.close();
        examined
    }
}

impl Piece {
    /// Where it belongs by its name.
    pub(crate) fn named(&self, segment_bytes: u32) -> Option<(u32, u64)> {
        timeline_of_name(&self.name).zip(address_of_name(&self.name, segment_bytes))
    }
}

/// Files that a server or its archive keeps beside WAL files.
fn is_at_home(path: &str) -> bool {
    const FOLDERS: [&str; 2] = ["archive_status", "summaries"];
    const ENDINGS: [&str; 4] = [".backup", ".ready", ".done", ".summary"];
    const NAMES: [&str; 4] = [
        "RECOVERYHISTORY",
        "backup_label",
        "backup_manifest",
        "tablespace_map",
    ];
    let base = unpacked_name(path);
    let mut folders = path.rsplit(['/', '\\']).skip(1);
    folders.any(|folder| FOLDERS.contains(&folder))
        || ENDINGS.iter().any(|ending| base.ends_with(ending))
        || NAMES.contains(&base)
        || base.starts_with("xlogtemp.")
        || base.starts_with('.')
}

fn of_page(file: usize, contents: &Contents, page: &[u8]) -> Examined {
    let name = contents.name().to_owned();
    let passed_over = |why, kind, mismatch| {
        let error = error_in(&name, kind, mismatch);
        Examined::PassedOver(PassedOver { why, error })
    };
    let is_named = timeline_of_name(&name).is_some();
    let piece = |head| Examined::Piece(new_piece(file, contents, head));
    match FirstPage::parse(page) {
        Ok(first) => match first.address_misnamed(&name) {
            Some(named) => {
                let (address, segment) =
                    (first.header.address, u64::from(first.file.segment_bytes));
                let (kind, mismatch) = first.misnamed(named);
                if !address.abs_diff(named).is_multiple_of(segment) {
                    return piece(Err(error_in(&name, kind, mismatch)));
                }
                let why = if address < named {
                    Why::Recycled
                } else {
                    Why::TakenOver
                };
                passed_over(why, kind, mismatch)
            }
            None => piece(Ok(Head {
                facts: Facts {
                    version: first.version,
                    system_id: first.file.system_id,
                    segment_bytes: first.file.segment_bytes,
                },
                address: first.header.address,
                timeline: timeline_of_name(&name).unwrap_or(first.header.timeline),
            })),
        },
        Err((kind, mismatch)) => {
            let error = |mismatch| error_in(&name, kind, mismatch);
            let has_magic = page
                .first_chunk()
                .is_some_and(|&magic| PgVersion::from_magic(u16::from_le_bytes(magic)).is_some());
            let bytes = contents.bytes();
            let has_size = bytes.is_power_of_two() && (1 << 20..=1 << 30).contains(&bytes);
            if kind == ErrorKind::Empty {
                passed_over(Why::Empty, kind, mismatch)
            } else if kind == ErrorKind::OtherVersion {
                passed_over(Why::OtherVersion, kind, mismatch)
            } else if is_named && page.iter().all(|&byte| byte == 0) {
                Examined::Piece(Piece {
                    begins_with_zeroes: true,
                    ..new_piece(file, contents, Err(error(mismatch)))
                })
            } else if is_named && !has_magic && looks_random(page) {
                let found = "a file that looks encrypted or otherwise transformed";
                let mismatch = Mismatch::new(mismatch.expected, found);
                passed_over(Why::Encrypted, kind, mismatch)
            } else if is_named && (has_size || contents.packing().is_some()) {
                piece(Err(error(mismatch)))
            } else {
                passed_over(Why::Foreign, kind, mismatch)
            }
        }
    }
}

fn new_piece(file: usize, contents: &Contents, head: Result<Head, WalError>) -> Piece {
    Piece {
        file,
        name: contents.name().to_owned(),
        head,
        begins_with_zeroes: false,
        packed: contents.packing().is_some(),
        bytes: contents.bytes(),
    }
}

/// Whether a file cannot be read, or is gone.
pub(crate) fn unreadable(error: &io::Error) -> ErrorKind {
    if error.kind() == io::ErrorKind::NotFound {
        ErrorKind::Gone
    } else {
        ErrorKind::Unreadable
    }
}

/// What was expected of a file that cannot be read, and what came.
pub(crate) fn unreadable_words(contents: &Contents, error: &io::Error) -> Mismatch {
    match contents.packing() {
        Some(packing) => Mismatch::new(
            format!("a whole {} file", packing.name()),
            format!("\"{error}\" by byte {} of it", contents.done()),
        ),
        None => Mismatch::new("a file that can be read", format!("\"{error}\"")),
    }
}

/// An error at the beginning of a file.
pub(crate) fn error_in(name: &str, kind: ErrorKind, mismatch: Mismatch) -> WalError {
    WalError {
        file: name.to_owned(),
        offset: 0,
        lsn: None,
        kind,
        expected: mismatch.expected,
        found: mismatch.found,
    }
}
