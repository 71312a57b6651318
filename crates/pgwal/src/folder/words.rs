//! What was found in a folder, in words.

use std::fmt;

use super::findings::{
    Behind, Damage, Few, Findings, Gap, MissingFiles, PassedOver, Timelines, Why,
};
use crate::page::base_name;
use crate::reader::EndReason;

impl Findings {
    /// What whoever dropped the folder should know, a line each, and not too many of them.
    ///
    /// Damage that ended the reading is not among them, nor what looks whole behind it.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.timelines.parts.len() > 1 {
            notes.push(self.timelines.to_string());
        }
        tell(&mut notes, &self.gaps, "gaps");
        if let Some(end) = self.end.filter(|end| end.reason == EndReason::Torn) {
            let lsn = end.lsn;
            notes.push(format!(
                "the log ends at {lsn} in a torn record: it was still being written when its file was \
                 copied, or when the server stopped"
            ));
        }
        if self.behind.is_none() {
            tell(&mut notes, &self.damages, "damaged places");
        }
        self.tell_passed_over(&mut notes);
        notes
    }

    /// Files that every server has are told together, others one by one.
    fn tell_passed_over(&self, notes: &mut Vec<String>) {
        for (why, what) in [
            (Why::Recycled, "keeps for later use"),
            (Why::Preallocated, "made for later use"),
        ] {
            let all = self.passed_over.first().iter();
            let of_kind = all.filter(|one| one.why == why);
            let names: Vec<&str> = of_kind.map(|one| base_name(&one.error.file)).collect();
            match names.as_slice() {
                [] => {}
                [name] => notes.push(format!("passed over {name}, which the server {what}")),
                [first, .., last] => {
                    let count = names.len();
                    notes.push(format!(
                        "passed over {count} files that the server {what}, {first} to {last}"
                    ));
                }
            }
        }
        let others = self.passed_over.first().iter();
        let others = others.filter(|one| !matches!(one.why, Why::Recycled | Why::Preallocated));
        notes.extend(others.map(ToString::to_string));
        rest(notes, &self.passed_over, "files passed over");
    }
}

fn tell<T: fmt::Display>(notes: &mut Vec<String>, few: &Few<T>, what: &str) {
    notes.extend(few.first().iter().map(ToString::to_string));
    rest(notes, few, what);
}

fn rest<T>(notes: &mut Vec<String>, few: &Few<T>, what: &str) {
    let more = few.count() - few.first().len() as u64;
    if more > 0 {
        notes.push(format!("and {more} more {what}"));
    }
}

impl fmt::Display for Timelines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (timeline, lsn)) in self.parts.iter().enumerate() {
            let lead = if place == 0 { "" } else { ", then " };
            write!(f, "{lead}timeline {timeline} from {lsn} on")?;
        }
        f.write_str(if self.has_history {
            ", as the history file of the newest says"
        } else {
            "; no history file of the newest is here, so the highest timeline of each segment is read"
        })
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the log from {}", self.from)?;
        match self.to {
            Some(to) => write!(f, " to {to} is not here: ")?,
            None => f.write_str(" on is not here: ")?,
        }
        if let Some(torn) = &self.torn {
            let name = base_name(torn);
            write!(
                f,
                "{name} is torn (copied before the server had written so far, or damaged)"
            )?;
        }
        let and = if self.torn.is_some() { ", and " } else { "" };
        self.missing
            .as_ref()
            .map_or(Ok(()), |missing| write!(f, "{and}{missing}"))
    }
}

impl fmt::Display for MissingFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            first,
            last,
            count,
            passed_over,
        } = self;
        match (count, passed_over) {
            (1, false) => write!(f, "{first} is missing"),
            (1, true) => write!(f, "{first} was passed over"),
            (_, false) => write!(f, "{count} files are missing, {first} to {last}"),
            (_, true) => write!(
                f,
                "{count} files are missing or were passed over, {first} to {last}"
            ),
        }
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = &self.error;
        let (expected, found) = (&error.expected, &error.found);
        write!(
            f,
            "passed over {}: expected {expected}, found {found}",
            error.file
        )
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        match self.resumed {
            Some(lsn) => write!(f, "; whole records go on at {lsn}"),
            None => f.write_str("; no whole record follows"),
        }
    }
}

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = if self.files == 1 { "file" } else { "files" };
        match self.range {
            None => return f.write_str("behind it nothing looks whole"),
            Some((from, to)) => write!(f, "behind it {} {files}, LSN {from} to {to}", self.files)?,
        }
        match (self.damages, self.files) {
            (0, 1) => f.write_str(", looks whole"),
            (0, _) => f.write_str(", look whole"),
            (1, _) => f.write_str(", with one more damaged place"),
            (damages, _) => write!(f, ", with {damages} more damaged places"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WalLsn;
    use crate::error::{ErrorKind, Mismatch};
    use crate::folder::examined::error_in;
    use crate::reader::End;

    #[test]
    fn findings_are_told_in_sentences() {
        let mut findings = Findings::default();
        assert!(findings.notes().is_empty());
        findings.timelines = Timelines {
            newest: 2,
            has_history: true,
            parts: vec![(1, WalLsn(0x100_0000)), (2, WalLsn(0x150_0028))],
        };
        let missing = |count| {
            let (first, last) = ("A".to_owned(), "B".to_owned());
            let passed_over = count == 2;
            Some(MissingFiles {
                first,
                last,
                count,
                passed_over,
            })
        };
        for (torn, missing, to) in [
            (None, missing(1), Some(WalLsn(64))),
            (None, missing(3), None),
            (Some("pg_wal/C".to_owned()), None, Some(WalLsn(64))),
            (Some("pg_wal/C".to_owned()), missing(1), Some(WalLsn(64))),
        ] {
            let from = WalLsn(16);
            findings.gaps.push(Gap {
                from,
                to,
                missing,
                torn,
            });
        }
        findings.end = Some(End {
            reason: EndReason::Torn,
            lsn: WalLsn(512),
        });
        let passed_over = |name: &str, why| {
            let mismatch = Mismatch::new("WAL", "none");
            let error = error_in(name, ErrorKind::NotWal, mismatch);
            PassedOver { why, error }
        };
        for place in 0..3 {
            let name = format!("pg_wal/R{place}");
            findings.passed_over.push(passed_over(&name, Why::Recycled));
        }
        findings
            .passed_over
            .push(passed_over("P", Why::Preallocated));
        for _ in 0..30 {
            findings
                .passed_over
                .push(passed_over("x/y.png", Why::Foreign));
        }
        let notes = findings.notes();
        assert_eq!(
            notes[..9],
            [
                "timeline 1 from 0/1000000 on, then timeline 2 from 0/1500028 on, as the history file \
                 of the newest says",
                "the log from 0/10 to 0/40 is not here: A is missing",
                "the log from 0/10 on is not here: 3 files are missing, A to B",
                "the log from 0/10 to 0/40 is not here: C is torn (copied before the \
                 server had written so far, or damaged)",
                "the log from 0/10 to 0/40 is not here: C is torn (copied before the \
                 server had written so far, or damaged), and A is missing",
                "the log ends at 0/200 in a torn record: it was still being written when its file was \
                 copied, or when the server stopped",
                "passed over 3 files that the server keeps for later use, R0 to R2",
                "passed over P, which the server made for later use",
                "passed over x/y.png: expected WAL, found none",
            ]
        );
        assert_eq!(notes.last().unwrap(), "and 14 more files passed over");
        assert_eq!(notes.len(), 8 + 16 + 1);
    }

    #[test]
    fn what_is_behind_damage_is_told() {
        let check = |files, damages, expected: &str| {
            let behind = Behind {
                files,
                records: 7,
                range: (files > 0).then_some((WalLsn(16), WalLsn(64))),
                damages,
            };
            assert_eq!(behind.to_string(), expected);
        };
        check(0, 0, "behind it nothing looks whole");
        check(1, 0, "behind it 1 file, LSN 0/10 to 0/40, looks whole");
        check(2, 0, "behind it 2 files, LSN 0/10 to 0/40, look whole");
        check(
            2,
            1,
            "behind it 2 files, LSN 0/10 to 0/40, with one more damaged place",
        );
        check(
            2,
            5,
            "behind it 2 files, LSN 0/10 to 0/40, with 5 more damaged places",
        );
    }
}
