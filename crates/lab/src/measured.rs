//! What was measured on a real PostgreSQL server, as `cargo xtask measure-postgres` writes it.
//!
//! A line of the table is one measurement; several repeat the same. A **point** is their median. [`fit`]
//! lays the model over the points.

mod fit;

use std::collections::BTreeMap;
use std::fmt;

use csv::{ReaderBuilder, StringRecord, Trim};

pub use fit::{Compared, Constants, FITTED_HERE, Fit, fit, fit_with};

/// A table that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it holds for, in the words of whoever measured: version, day, machine, settings.
    pub about: Vec<String>,
    /// Processors of the machine.
    pub processors: u32,
    /// Its lines.
    pub measurements: Vec<Measurement>,
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measurement {
    /// How long commits took.
    Commit {
        /// Clients that committed, each again when it had its answer.
        clients: u32,
        /// Their median, in milliseconds.
        median_ms: f64,
    },
    /// How long the same took with nobody waiting for the log.
    Statement {
        /// Clients, as above.
        clients: u32,
        /// The median, in milliseconds.
        median_ms: f64,
    },
    /// How much log inserts made.
    WalPerInsert {
        /// `full_page_writes`.
        full_page_writes: bool,
        /// Inserts.
        rows: u64,
        /// Bytes of WAL.
        wal_bytes: u64,
    },
    /// How long redo took after a crash, by the server's own log.
    Redo {
        /// Bytes of WAL since the checkpoint.
        wal_bytes: u64,
        /// Seconds.
        seconds: f64,
    },
}

/// Why a text is no such table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    /// The line, from 1; 0 if it is not known.
    pub line: u64,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub found: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            expected,
            found,
        } = self;
        write!(f, "line {line}: expected {expected}, found {found}")
    }
}

impl std::error::Error for TableError {}

/// The table of the server that was measured for this project.
pub const HERE: &str = include_str!("../data/postgres-measured.csv");

/// Reads a table. Lines that begin with `#` say what it holds for, one of them of how many processors.
pub fn read(text: &str) -> Result<Table, TableError> {
    let about: Vec<_> = (text.lines().filter_map(|line| line.strip_prefix('#')))
        .map(|line| line.trim().to_owned())
        .collect();
    let counted = about.iter().find_map(|line| counted(line, "processors"));
    let mut reader = ReaderBuilder::new()
        .comment(Some(b'#'))
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| broken(&e))?.clone();
    let rows = reader.records().map(|record| {
        let record = record.map_err(|e| broken(&e))?;
        let row = Row {
            header: &header,
            record: &record,
        };
        row.measurement()
    });
    let measurements = rows.collect::<Result<_, _>>()?;
    Ok(Table {
        processors: counted.ok_or_else(|| TableError {
            line: 0,
            expected: "a line such as `# a machine with 2 processors`".to_owned(),
            found: "none".to_owned(),
        })?,
        about,
        measurements,
    })
}

/// The number above 0 that stands before a word.
fn counted(line: &str, word: &str) -> Option<u32> {
    let words: Vec<_> = line.split_whitespace().collect();
    let place = words.iter().position(|found| *found == word)?;
    let count = words.get(place.checked_sub(1)?)?.parse().ok()?;
    (count > 0).then_some(count)
}

fn broken(error: &csv::Error) -> TableError {
    TableError {
        line: error.position().map_or(0, csv::Position::line),
        expected: "comma-separated values, as many in each line as in the first".to_owned(),
        found: error.to_string(),
    }
}

/// A line of the table with the names of its columns.
struct Row<'a> {
    header: &'a StringRecord,
    record: &'a StringRecord,
}

impl Row<'_> {
    fn measurement(&self) -> Result<Measurement, TableError> {
        match self.text("what")? {
            "commit" => Ok(Measurement::Commit {
                clients: self.above_zero("clients")?,
                median_ms: self.above_zero("p50_ms")?,
            }),
            "statement" => Ok(Measurement::Statement {
                clients: self.above_zero("clients")?,
                median_ms: self.above_zero("p50_ms")?,
            }),
            "wal-per-insert" => Ok(Measurement::WalPerInsert {
                full_page_writes: match self.text("full_page_writes")? {
                    "on" => true,
                    "off" => false,
                    other => return Err(self.error("full_page_writes: on or off", other)),
                },
                rows: self.above_zero("rows")?,
                wal_bytes: self.above_zero("wal_bytes")?,
            }),
            "redo" => Ok(Measurement::Redo {
                wal_bytes: self.above_zero("wal_bytes")?,
                seconds: self.above_zero("redo_seconds")?,
            }),
            other => Err(self.error("what: commit, statement, wal-per-insert or redo", other)),
        }
    }

    fn text(&self, column: &str) -> Result<&str, TableError> {
        let place = self.header.iter().position(|name| name == column);
        let value = place.and_then(|place| self.record.get(place));
        value.ok_or_else(|| self.error(&format!("a column {column}"), "none"))
    }

    fn above_zero<T>(&self, column: &str) -> Result<T, TableError>
    where
        T: std::str::FromStr + PartialOrd + Default,
    {
        let text = self.text(column)?;
        let value = text.parse().ok().filter(|value| *value > T::default());
        value.ok_or_else(|| self.error(&format!("{column}: a number above 0"), text))
    }

    fn error(&self, expected: &str, found: &str) -> TableError {
        TableError {
            line: self.record.position().map_or(0, csv::Position::line),
            expected: expected.to_owned(),
            found: format!("`{found}`"),
        }
    }
}

/// The middle of measurements that repeat each other, and how far they spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// What was set: clients, or bytes of WAL, the median of them too.
    pub set: f64,
    /// The least time that was measured: milliseconds of a commit, seconds of redo.
    pub least: f64,
    /// The median.
    pub median: f64,
    /// The most.
    pub most: f64,
}

/// Commit times, by the number of clients.
pub fn commits(measured: &[Measurement]) -> Vec<Point> {
    by_clients(measured.iter().filter_map(|measurement| {
        if let Measurement::Commit { clients, median_ms } = *measurement {
            Some((clients, median_ms))
        } else {
            None
        }
    }))
}

/// Times of statements that do not wait for the log, by the number of clients.
pub fn statements(measured: &[Measurement]) -> Vec<Point> {
    by_clients(measured.iter().filter_map(|measurement| {
        if let Measurement::Statement { clients, median_ms } = *measurement {
            Some((clients, median_ms))
        } else {
            None
        }
    }))
}

fn by_clients(times: impl Iterator<Item = (u32, f64)>) -> Vec<Point> {
    let mut repeats = BTreeMap::<u32, Vec<(f64, f64)>>::new();
    for (clients, median_ms) in times {
        let times = repeats.entry(clients).or_default();
        times.push((clients.into(), median_ms));
    }
    repeats.into_values().filter_map(point).collect()
}

/// Redo times, by the amount of redo. Amounts that differ by less than a twelfth repeat each other: a
/// run is crashed a little behind where it should be.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub fn redo(measured: &[Measurement]) -> Vec<Point> {
    let times = measured.iter().filter_map(|measurement| {
        if let Measurement::Redo { wal_bytes, seconds } = *measurement {
            Some((wal_bytes, seconds))
        } else {
            None
        }
    });
    let mut times: Vec<_> = times.collect();
    times.sort_by_key(|(wal_bytes, _)| *wal_bytes);
    let repeat = |a: &(u64, f64), b: &(u64, f64)| b.0 - a.0 < a.0 / 12;
    let repeats = times.chunk_by(repeat);
    let repeats = repeats.map(|same| same.iter().map(|(set, time)| (*set as f64, *time)));
    repeats.filter_map(|same| point(same.collect())).collect()
}

/// Bytes of WAL for an insert, with full-page images or without; the median. `None`: it was not
/// measured.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub fn wal_per_insert(measured: &[Measurement], images: bool) -> Option<f64> {
    let each = measured.iter().filter_map(|measurement| {
        if let Measurement::WalPerInsert {
            full_page_writes,
            rows,
            wal_bytes,
        } = *measurement
        {
            (full_page_writes == images).then(|| wal_bytes as f64 / rows as f64)
        } else {
            None
        }
    });
    median(&mut each.collect::<Vec<_>>())
}

fn point(mut repeats: Vec<(f64, f64)>) -> Option<Point> {
    let set = median(&mut repeats.iter().map(|(set, _)| *set).collect::<Vec<_>>())?;
    repeats.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut times: Vec<_> = repeats.iter().map(|(_, time)| *time).collect();
    Some(Point {
        set,
        least: *times.first()?,
        most: *times.last()?,
        median: median(&mut times)?,
    })
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().checked_sub(1)? / 2, values.len() / 2);
    Some(f64::midpoint(values[low], values[high]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
# PostgreSQL 15.20, a machine with 2 processors that there is not
what,repeat,clients,full_page_writes,rows_per_commit,rows,seconds,wal_bytes,redo_seconds,p50_ms,p95_ms,p99_ms,busy_percent
commit,1,1,on,1,2000,1.000,740000,,0.500,0.6,0.7,0.1
commit,1,2,on,1,2000,1.000,740000,,1.250,1.6,1.7,0.1
commit,1,4,on,1,2000,1.000,740000,,1.000,1.6,1.7,0.1
commit,1,8,on,1,2000,1.000,740000,,1.000,1.6,1.7,0.1
statement,1,1,on,1,2000,1.000,740000,,0.100,0.2,0.3,0.1
wal-per-insert,1,16,on,1,160000,10.0,300000000,,,,,0.2
wal-per-insert,1,16,off,1,160000,10.0,60000000,,,,,0.2
redo,1,16,on,10,100,1.0,100000000,1.0,,,,0.3
redo,2,16,on,10,100,1.0,100100000,1.1,,,,0.3
redo,3,16,on,10,100,1.0,100200000,0.9,,,,0.3
redo,1,16,on,10,100,1.0,200000000,1.6,,,,0.3
redo,1,16,on,10,100,1.0,400000000,4.0,,,,0.3
";

    #[test]
    fn a_table_gives_medians_of_repeats_with_their_spread() {
        let Table {
            about,
            processors,
            measurements: measured,
        } = read(TABLE).unwrap();
        assert!(about[0].starts_with("PostgreSQL 15.20"), "{about:?}");
        assert_eq!((processors, measured.len()), (2, 12));
        let inserts = Measurement::WalPerInsert {
            full_page_writes: false,
            rows: 160_000,
            wal_bytes: 60_000_000,
        };
        assert_eq!(measured[6], inserts);
        let wal = [false, true].map(|images| wal_per_insert(&measured, images));
        assert_eq!(wal, [Some(375.0), Some(1875.0)]);
        assert_eq!(wal_per_insert(&measured[..5], true), None);
        let redo = redo(&measured);
        assert_eq!(redo.len(), 3);
        let first = Point {
            set: 100_100_000.0,
            least: 0.9,
            median: 1.0,
            most: 1.1,
        };
        assert_eq!(redo[0], first);
        assert_eq!(commits(&measured).len(), 4);
        let [statement] = statements(&measured)[..] else {
            panic!("one number of clients");
        };
        assert!((statement.median - 0.1).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_table_says_what_was_expected_and_where() {
        let refused = |from: &str, to: &str| {
            let error = read(&TABLE.replacen(from, to, 1)).unwrap_err();
            error.to_string()
        };
        let told = refused("commit,1,2", "comet,1,2");
        assert_eq!(
            told,
            "line 4: expected what: commit, statement, wal-per-insert or redo, found `comet`"
        );
        assert!(refused("1.250", "-1").contains("line 4: expected p50_ms: a number above 0"));
        assert!(refused("1.250", "NaN").contains("above 0"));
        assert!(refused(",16,off,", ",16,of,").contains("on or off"));
        assert!(refused(",p50_ms", ",p50").contains("a column p50_ms"));
        assert!(refused("2 processors", "no processors").contains("with 2 processors"));
        assert!(refused(",0.6,0.7,0.1", ",0.6").contains("as many in each line"));
    }
}
