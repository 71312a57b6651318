//! Which files hold the log, and in what order.
//!
//! A plan is made from what is known of each file after a look at its first page, and from nothing
//! else; the order in which the files came does not matter.
//!
//! # Rules
//! * Most files decide whose log is read: by which system, which version, in segments of which size.
//!   Where two have the same number, that with the first name is read.
//! * A file belongs where its first page says. Where the server's name says something else, the file
//!   waits for a later use, and is passed over.
//! * The newest timeline's log is read: what it has itself, and of each ancestor the part that it
//!   came from. For a segment, the newest of these timelines that has a file is taken, as
//!   `XLogFileReadAnyTLI` in PostgreSQL's `xlogrecovery.c` does: the first file of a timeline begins
//!   with a copy of what its parent had in that segment (`XLogInitNewTimeline` in `xlog.c`).
//! * Without a history file, the highest timeline that has a file for a segment is taken, and none
//!   behind a higher one.
//! * Of several files with the same segment, a plain whole one is taken before a packed one, that
//!   before a short one, and all of them before one that the server calls partial.
//! * A file that has a segment's name and size and not a first page to go with it is damaged; it
//!   stays where its name says, unless another one has that place. But its name alone does not make
//!   a timeline, unless there is a history of it; and with zeroes for a first page behind all others
//!   it waits for its first use.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::examined::{Examined, Head, Piece, error_in};
use super::findings::{Findings, PassedOver, Timelines, Why};
use super::history::History;
use crate::WalLsn;
use crate::error::{ErrorKind, Mismatch, WalError};
use crate::page::{ADDRESS_MAX, base_name, is_partial_name};
use crate::reader::Facts;
use crate::version::wal_of;

/// The files of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) facts: Facts,
    /// In the order of the log; no two of them overlap.
    pub(crate) files: Vec<Planned>,
}

/// A file of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// Its place among the files of the folder.
    pub(crate) file: usize,
    pub(crate) name: String,
    pub(crate) timeline: u32,
    /// Where it begins.
    pub(crate) address: u64,
    /// Where the next one begins.
    pub(crate) end: u64,
    /// Where the newest timeline left this one, if that is inside this file.
    pub(crate) until: Option<u64>,
    pub(crate) packed: bool,
}

/// A piece of which it is known where it belongs.
struct Candidate {
    piece: Piece,
    head: Head,
}

impl Plan {
    /// Chooses and orders files; tells the findings which are read and which are not. An error says
    /// why there is nothing to read.
    pub(crate) fn new(examined: Vec<Examined>, findings: &mut Findings) -> Result<Self, WalError> {
        let mut pieces = Vec::new();
        let mut histories = BTreeMap::new();
        let mut passed_over = Vec::new();
        for one in examined {
            match one {
                Examined::Piece(piece) => pieces.push(piece),
                Examined::History(history) => {
                    histories.insert(history.timeline, history);
                }
                Examined::PassedOver(other) => passed_over.push(other),
                Examined::AtHome => {}
            }
        }
        pieces.sort_by(|a, b| a.name.cmp(&b.name));
        let facts = facts_of_most(&pieces);
        let files = if let Some(facts) = facts {
            let candidates = candidates(pieces, facts, &histories, &mut passed_over);
            chosen(candidates, facts, &histories, findings, &mut passed_over)
        } else {
            passed_over.extend(pieces.into_iter().filter_map(foreign));
            Vec::new()
        };
        passed_over.sort_by(|a, b| a.error.file.cmp(&b.error.file));
        let nothing = || {
            let first = passed_over.first().map(|first| first.error.clone());
            let none = Mismatch::new("a WAL file", "none");
            first.unwrap_or_else(|| error_in("", ErrorKind::Empty, none))
        };
        let facts = facts.filter(|_| !files.is_empty());
        let plan = facts.map(|facts| Self { facts, files }).ok_or_else(nothing);
        for one in passed_over {
            findings.passed_over.push(one);
        }
        plan
    }
}

/// Whose log most files hold. Pieces are sorted by name.
fn facts_of_most(pieces: &[Piece]) -> Option<Facts> {
    let mut counts: BTreeMap<Facts, (usize, Reverse<usize>)> = BTreeMap::new();
    for (place, piece) in pieces.iter().enumerate() {
        if let Ok(head) = &piece.head {
            counts.entry(head.facts).or_insert((0, Reverse(place))).0 += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, rank)| *rank);
    most.map(|(facts, _)| facts)
}

/// The pieces of this log, and where they belong.
fn candidates(
    pieces: Vec<Piece>,
    facts: Facts,
    histories: &BTreeMap<u32, History>,
    passed_over: &mut Vec<PassedOver>,
) -> Vec<Candidate> {
    let sound = pieces.iter().filter_map(|piece| piece.head.as_ref().ok());
    let sound: Vec<&Head> = sound.filter(|head| head.facts == facts).collect();
    let newest = sound.iter().map(|head| head.timeline).max();
    let last = sound.iter().map(|head| head.address).max();
    let mut candidates = Vec::new();
    for piece in pieces {
        match piece.head.clone() {
            Ok(head) if head.facts == facts => candidates.push(Candidate { piece, head }),
            Ok(head) => passed_over.push(of_another_log(&piece.name, facts, head.facts)),
            Err(_) => {
                let has_size = piece.packed || piece.bytes == u64::from(facts.segment_bytes);
                let named = piece.named(facts.segment_bytes);
                let belongs = |&(timeline, address): &(u32, u64)| {
                    let has_timeline =
                        Some(timeline) <= newest || histories.contains_key(&timeline);
                    let has_place = if piece.begins_with_zeroes {
                        Some(address) < last
                    } else {
                        address <= ADDRESS_MAX
                    };
                    has_size && has_timeline && has_place
                };
                match named.filter(belongs) {
                    Some((timeline, address)) => {
                        let head = Head {
                            facts,
                            address,
                            timeline,
                        };
                        candidates.push(Candidate { piece, head });
                    }
                    None => passed_over.extend(foreign(piece)),
                }
            }
        }
    }
    candidates
}

/// For each segment the file that is to be read, in the order of the log.
fn chosen(
    mut candidates: Vec<Candidate>,
    facts: Facts,
    histories: &BTreeMap<u32, History>,
    findings: &mut Findings,
    passed_over: &mut Vec<PassedOver>,
) -> Vec<Planned> {
    let segment_bytes = u64::from(facts.segment_bytes);
    let newest = candidates.iter().map(|one| one.head.timeline).max();
    let newest = newest.unwrap_or_default();
    let history = histories.get(&newest);
    candidates.sort_by_key(|one| {
        let at = one.head.address;
        (at, Reverse(one.head.timeline), one.rank(segment_bytes))
    });
    let mut files: Vec<Planned> = Vec::new();
    for Candidate { piece, head } in candidates {
        let Head {
            address, timeline, ..
        } = head;
        let last = files.last();
        let is_ancestor = history.is_none_or(|history| {
            let begin = history.begin_of(timeline);
            let end = history.end_of(timeline);
            begin.is_some_and(|begin| begin.0 - begin.0 % segment_bytes <= address)
                && end.is_none_or(|end| address < end.0)
        });
        let falls = history.is_none() && last.is_some_and(|last| timeline < last.timeline);
        let covered = last.filter(|last| address < last.end);
        if let Some(other) = covered.filter(|other| other.timeline == timeline) {
            let expected = "one file for each segment";
            let found = format!("another one beside {}", base_name(&other.name));
            let mismatch = Mismatch::new(expected, found);
            passed_over.push(PassedOver {
                why: Why::Duplicate,
                error: error_in(&piece.name, ErrorKind::Misplaced, mismatch),
            });
        } else if !is_ancestor || falls || covered.is_some() {
            let expected = match history {
                Some(_) => format!("what timeline {newest} came from"),
                None => format!("no file of timeline {timeline} beside or behind a higher one"),
            };
            let found = format!("timeline {timeline} from {} on", WalLsn(address));
            let mismatch = Mismatch::new(expected, found);
            passed_over.push(PassedOver {
                why: Why::OtherTimeline,
                error: error_in(&piece.name, ErrorKind::Misplaced, mismatch),
            });
        } else {
            // Segments of a run may lie in one file.
            let bytes = if piece.packed { 0 } else { piece.bytes };
            let end = address.saturating_add(bytes.max(1).next_multiple_of(segment_bytes));
            let left = history.and_then(|history| history.end_of(timeline));
            files.push(Planned {
                file: piece.file,
                name: piece.name,
                timeline,
                address,
                end,
                until: left.map(|left| left.0).filter(|&left| left < end),
                packed: piece.packed,
            });
        }
    }
    let mut parts: Vec<(u32, WalLsn)> = Vec::new();
    for planned in &files {
        if parts.last().is_none_or(|last| last.0 != planned.timeline) {
            let begin = history.and_then(|history| history.begin_of(planned.timeline));
            let begin = begin.map_or(0, |begin| begin.0).max(planned.address);
            parts.push((planned.timeline, WalLsn(begin)));
        }
    }
    findings.timelines = Timelines {
        newest,
        has_history: history.is_some(),
        parts,
    };
    findings.files = files.iter().map(|file| file.name.clone()).collect();
    files
}

/// A piece that nothing vouches for.
fn foreign(piece: Piece) -> Option<PassedOver> {
    let why = if piece.begins_with_zeroes {
        Why::Preallocated
    } else {
        Why::Foreign
    };
    piece.head.err().map(|error| PassedOver { why, error })
}

impl Candidate {
    /// The lowest is taken of those with the same segment of the same timeline.
    fn rank(&self, segment_bytes: u64) -> (bool, bool, u8, Reverse<u64>, String) {
        let piece = &self.piece;
        let form = match (piece.packed, piece.bytes >= segment_bytes) {
            (false, true) => 0,
            (true, _) => 1,
            (false, false) => 2,
        };
        let bytes = Reverse(piece.bytes);
        (
            piece.head.is_err(),
            is_partial_name(&piece.name),
            form,
            bytes,
            piece.name.clone(),
        )
    }
}

fn of_another_log(name: &str, ours: Facts, theirs: Facts) -> PassedOver {
    let (why, kind, words): (_, _, fn(Facts) -> String) = if ours.version != theirs.version {
        let words = |facts: Facts| wal_of(facts.version);
        (Why::OtherVersion, ErrorKind::OtherVersion, words)
    } else if ours.system_id != theirs.system_id {
        let words = |facts: Facts| format!("a file of system {:016x}", facts.system_id);
        (Why::OtherSystem, ErrorKind::Misplaced, words)
    } else {
        let words = |facts: Facts| format!("segments of {} bytes", facts.segment_bytes);
        (Why::OtherSystem, ErrorKind::Misplaced, words)
    };
    let mismatch = Mismatch::new(words(ours), words(theirs));
    PassedOver {
        why,
        error: error_in(name, kind, mismatch),
    }
}
