//! History files: which timelines a timeline came from.

use crate::error::Mismatch;
use crate::lsn::WalLsn;
use crate::page::unpacked_name;

/// No server writes a longer one: it has a line for each timeline.
pub(crate) const BYTES_MAX: usize = 64 * 1024;

/// What the history file of a timeline says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct History {
    pub(crate) timeline: u32,
    /// Its ancestors, the oldest first, each with the place where the next one begins.
    pub(crate) ancestors: Vec<(u32, WalLsn)>,
}

/// The timeline whose history a file of this name holds: `00000003.history`, packed or not.
pub(crate) fn timeline_of_history(path: &str) -> Option<u32> {
    let digits = unpacked_name(path).strip_suffix(".history")?;
    let is_hex = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
}

impl History {
    /// Reads a history file as `readTimeLineHistory` in PostgreSQL's `timeline.c` does: a line has
    /// the number of a timeline, the place where it was left, and words for people.
    pub(crate) fn parse(timeline: u32, text: &str) -> Result<Self, Mismatch> {
        let mut ancestors: Vec<(u32, WalLsn)> = Vec::new();
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut words = line.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<u32>().ok());
            let switch = words.next().and_then(|word| word.parse::<WalLsn>().ok());
            let rises = |&(number, switch): &(u32, WalLsn)| {
                number < timeline
                    && ancestors
                        .last()
                        .is_none_or(|last| last.0 < number && last.1 <= switch)
            };
            let Some(ancestor) = number.zip(switch).filter(rises) else {
                let expected = "a timeline and the LSN where it was left, both rising";
                let shown: String = line.chars().take(60).collect();
                return Err(Mismatch::new(expected, format!("\"{shown}\"")));
            };
            ancestors.push(ancestor);
        }
        Ok(Self {
            timeline,
            ancestors,
        })
    }

    /// Where a timeline of this history begins; 0 for the oldest.
    pub(crate) fn begin_of(&self, timeline: u32) -> Option<WalLsn> {
        let place = if timeline == self.timeline {
            self.ancestors.len()
        } else {
            self.ancestors
                .iter()
                .position(|(ancestor, _)| *ancestor == timeline)?
        };
        let before = place.checked_sub(1).map(|before| self.ancestors[before].1);
        Some(before.unwrap_or_default())
    }

    /// Where a timeline of this history was left; `None` for the newest.
    pub(crate) fn end_of(&self, timeline: u32) -> Option<WalLsn> {
        let ancestor = self.ancestors.iter().find(|(it, _)| *it == timeline);
        ancestor.map(|(_, switch)| *switch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_read_as_the_server_writes_it() {
        let text = "1\t0/5000060\tno recovery target specified\n\n# a remark\n\
                    2\t0/7000000\tat restore point \"x\"\n";
        let history = History::parse(3, text).unwrap();
        let at = |lsn| Some(WalLsn(lsn));
        assert_eq!(history.begin_of(1), at(0));
        assert_eq!(history.begin_of(2), at(0x500_0060));
        assert_eq!(history.begin_of(3), at(0x700_0000));
        assert_eq!(history.begin_of(4), None);
        assert_eq!(history.end_of(2), at(0x700_0000));
        assert_eq!(history.end_of(3), None);
        assert_eq!(timeline_of_history("pg_wal/0000000A.history"), Some(10));
        assert_eq!(timeline_of_history("0000000A.history.gz"), Some(10));
        assert_eq!(timeline_of_history("0000000A.txt"), None);
        assert_eq!(timeline_of_history("+000000A.history"), None);
    }

    #[test]
    fn history_that_does_not_rise_is_refused() {
        for text in [
            "3\t0/1\n",
            "2\t0/5\n1\t0/6\n",
            "1\t0/5\n2\t0/4\n",
            "1 here\n",
            "\0",
        ] {
            assert!(History::parse(3, text).is_err(), "{text}");
        }
        let long = "x".repeat(1000);
        assert_eq!(History::parse(3, &long).unwrap_err().found.len(), 62);
    }
}
