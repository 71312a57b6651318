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
        match (&self.torn, &self.missing) {
            (Some(torn), None) => write!(f, "{} is torn", base_name(torn))?,
            (Some(torn), Some(missing)) => write!(f, "{} is torn, and {missing}", base_name(torn))?,
            (None, Some(missing)) => write!(f, "{missing}")?,
            (None, None) => {}
        }
        if self.torn.is_some() {
            f.write_str(" (copied before the server had written it to there)")?;
        }
        Ok(())
    }
}

impl fmt::Display for MissingFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last, count } = self;
        match count {
            1 => write!(f, "{first} is missing"),
            _ => write!(f, "{count} files are missing, {first} to {last}"),
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
