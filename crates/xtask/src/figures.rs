//! Counts and sizes of records by operation, as different tools tell them.

use std::collections::BTreeMap;
use std::fmt;

/// Records, their bytes and the bytes of their images, by operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Who says so.
    pub(crate) source: &'static str,
    rows: BTreeMap<String, [u64; 3]>,
}

impl Figures {
    /// Out of a table such as `pg_waldump --stats=record` prints.
    pub(crate) fn of_table(source: &'static str, table: &str) -> Self {
        let row = |line: &str| {
            let (name, rest) = line.split_once("  ")?;
            let numbers: Vec<u64> = rest
                .split_whitespace()
                .filter_map(|word| word.parse().ok())
                .collect();
            let &[records, record_bytes, image_bytes, _] = numbers.as_slice() else {
                return None;
            };
            let counted = name.contains('/') && records > 0;
            counted.then(|| (name.to_owned(), [records, record_bytes, image_bytes]))
        };
        Self {
            source,
            rows: table.lines().filter_map(row).collect(),
        }
    }

    /// Out of lines such as its `Display` writes.
    pub(crate) fn of_lines(source: &'static str, lines: &str) -> Option<Self> {
        let row = |line: &str| {
            let mut words = line.rsplitn(4, ' ');
            let mut number = || words.next()?.parse().ok();
            let [image_bytes, record_bytes, records] = [number()?, number()?, number()?];
            let name = words.next()?.to_owned();
            Some((name, [records, record_bytes, image_bytes]))
        };
        let rows = lines.lines().map(row).collect::<Option<_>>()?;
        Some(Self { source, rows })
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many records are counted.
    pub(crate) fn records(&self) -> u64 {
        self.rows.values().map(|[records, ..]| records).sum()
    }

    /// Operations that are counted without a name.
    pub(crate) fn nameless(&self) -> Vec<&str> {
        let names = self.rows.keys().map(String::as_str);
        names.filter(|name| name.contains("UNKNOWN")).collect()
    }

    /// In words, each row of which the other says something else.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut names: Vec<&String> = self.rows.keys().chain(other.rows.keys()).collect();
        names.sort();
        names.dedup();
        let row = |figures: &Self, name| match figures.rows.get(name) {
            Some([records, record_bytes, image_bytes]) => format!(
                "{} counts {records} records, {record_bytes} bytes, {image_bytes} bytes of images",
                figures.source
            ),
            None => format!("{} counts none", figures.source),
        };
        names
            .into_iter()
            .filter(|name| self.rows.get(*name) != other.rows.get(*name))
            .map(|name| format!("{name}: {}, {}", row(self, name), row(other, name)))
            .collect()
    }
}

/// A line to an operation: its name, records, their bytes, bytes of images.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, [records, record_bytes, image_bytes]) in &self.rows {
            writeln!(f, "{name} {records} {record_bytes} {image_bytes}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_and_lines_give_the_same_figures() {
        let table = "\
WAL statistics between 0/300028 and 0/400000:
Type                                           N      (%)          Record size      (%)             FPI size      (%)        Combined size      (%)
----                                           -      ---          -----------      ---             --------      ---        -------------      ---
XLOG/FPI                                       2 ( 40.00)                   98 ( 30.00)                 1200 (100.00)                 1298 ( 80.00)
Heap/UNKNOWN (80)                              3 ( 60.00)                  200 ( 70.00)                    0 (  0.00)                  200 ( 20.00)
                                        --------                      --------                      --------                      --------
Total                                          5                           298 [19.89%]                 1200 [80.11%]                 1498 [100%]
";
        let read = Figures::of_table("ours", table);
        assert_eq!((read.len(), read.records()), (2, 5));
        assert_eq!(read.nameless(), ["Heap/UNKNOWN (80)"]);
        assert_eq!(
            Figures::of_lines("ours", &read.to_string()),
            Some(read.clone())
        );
        assert_eq!(Figures::of_lines("theirs", "Heap/INSERT 1 2"), None);
        let lines = "Heap/UNKNOWN (80) 3 201 0\nXLOG/FPI 2 98 1200\n";
        let other = Figures::of_lines("theirs", lines).expect("two whole lines");
        assert_eq!(
            read.differences(&other),
            [
                "Heap/UNKNOWN (80): ours counts 3 records, 200 bytes, 0 bytes of images, \
                 theirs counts 3 records, 201 bytes, 0 bytes of images"
            ]
        );
    }
}
