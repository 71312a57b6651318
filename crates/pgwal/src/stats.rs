use std::collections::BTreeMap;
use std::fmt;

use crate::WalLsn;
use crate::record::Record;
use crate::rmgr::Operation;

/// Counts and sizes by operation, as `pg_waldump --stats=record` adds them up.
///
/// Prints as that tool's table. The tools of versions 13 and 14 leave out the first line, which names
/// the range; the rows are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// The first record and the end of the last one; `None` while there is none.
    pub range: Option<(WalLsn, WalLsn)>,
    /// The rows, by number of resource manager and operation.
    pub rows: BTreeMap<Operation, Tally>,
}

/// What records of one sort add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many there are.
    pub records: u64,
    /// Their bytes without images.
    pub record_bytes: u64,
    /// Bytes of their full-page images.
    pub image_bytes: u64,
}

impl Stats {
    /// Counts a record.
    pub fn push(&mut self, record: &Record<'_>) {
        let first = self.range.map_or(record.lsn, |(first, _)| first);
        self.range = Some((first, record.end_lsn));
        let image_bytes = record.image_bytes();
        let length = u32::try_from(record.bytes.len()).expect("a record's length has 32 bits");
        self.rows.entry(record.operation()).or_default().add(Tally {
            records: 1,
            record_bytes: u64::from(length - image_bytes),
            image_bytes: u64::from(image_bytes),
        });
    }

    /// The sum of all rows.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        for &tally in self.rows.values() {
            total.add(tally);
        }
        total
    }
}

impl Tally {
    /// Adds another tally to this one.
    pub fn add(&mut self, other: Self) {
        self.records += other.records;
        self.record_bytes += other.record_bytes;
        self.image_bytes += other.image_bytes;
    }

    /// Bytes with images.
    pub fn bytes(self) -> u64 {
        self.record_bytes + self.image_bytes
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, end) = self.range.unwrap_or_default();
        writeln!(f, "WAL statistics between {first} and {end}:")?;
        let names = ["N", "Record size", "FPI size", "Combined size"];
        line(f, "Type", names, "(%)")?;
        line(
            f,
            "----",
            names.map(|name| &"-------------"[..name.len()]),
            "---",
        )?;
        let total = self.total();
        for (operation, tally) in &self.rows {
            write!(f, "{:<27}", operation.to_string())?;
            for (value, whole) in figures(*tally).into_iter().zip(figures(total)) {
                write!(f, " {value:>20} ({:>6})", percent(value, whole))?;
            }
            writeln!(f)?;
        }
        let rule = "--------";
        write!(f, "{:<27}", "")?;
        writeln!(
            f,
            " {rule:>20} {0:>8} {rule:>20} {0:>8} {rule:>20} {0:>8} {rule:>20}",
            ""
        )?;
        let share = |bytes| format!("[{}%]", percent(bytes, total.bytes()));
        let [records, record_bytes, image_bytes, bytes] = figures(total);
        let record_share = share(record_bytes);
        let image_share = share(image_bytes);
        writeln!(
            f,
            "{:<27} {records:>20} {:<9}{record_bytes:>20} {record_share:<9}\
             {image_bytes:>20} {image_share:<9}{bytes:>20} {:<6}",
            "Total", "", "[100%]",
        )
    }
}

fn figures(tally: Tally) -> [u64; 4] {
    [
        tally.records,
        tally.record_bytes,
        tally.image_bytes,
        tally.bytes(),
    ]
}

fn line(f: &mut fmt::Formatter<'_>, label: &str, columns: [&str; 4], percent: &str) -> fmt::Result {
    write!(f, "{label:<27}")?;
    for column in columns {
        write!(f, " {column:>20} {percent:>8}")?;
    }
    writeln!(f)
}

/// A share with two decimals, rounded from the nearest double as C does.
fn percent(part: u64, whole: u64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        reason = "the tool we match computes in doubles"
    )]
    let share = if whole == 0 {
        0.0
    } else {
        100.0 * part as f64 / whole as f64
    };
    format!("{share:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_round_to_even_as_in_c() {
        assert_eq!(percent(1, 32), "3.12");
        assert_eq!(percent(3, 32), "9.38");
        assert_eq!(percent(1, 3), "33.33");
        assert_eq!(percent(0, 0), "0.00");
    }
}
