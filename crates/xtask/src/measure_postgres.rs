//! Measures a real PostgreSQL server, for the page to lay its model over.
//!
//! *Redo*: inserts until so much WAL lies behind the last checkpoint, then a crash (an immediate stop),
//! and what the server's own log says redo took. The files are in the operating system's cache then, as
//! after a crash of the server alone, not of the machine. *WAL per insert*: bytes of log with and
//! without full-page images. *Commits*: how long a commit takes with more and more clients. *Statements*:
//! the same without waiting for the log, which is what processors take.
//!
//! Each measurement is repeated, all of them in rounds, so that slow changes of the machine do not fall
//! upon one of them. What else the machine did just before stands beside every figure.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::postgres::Server;
use crate::releases::Release;
use crate::workspace::Workspace;

/// How long a machine is looked at to know whether it is quiet.
const LOOK: Duration = Duration::from_secs(1);
/// How long a measurement waits for a quiet machine before it goes on all the same.
const PATIENCE: u32 = 60;
/// A machine that is busier than this with other things is not quiet.
const QUIET_PERCENT: f64 = 5.0;

const SETTINGS: &str = "shared_buffers = 2GB\nmax_wal_size = 1TB\ncheckpoint_timeout = 1d\n\
    max_connections = 100\nmax_locks_per_transaction = 64\n";
const TABLE: &str = "create table event (id bigserial primary key, key int, body char(72));
    create index on event (key);";

/// What is measured, and where it goes.
#[derive(Args)]
pub(crate) struct Options {
    /// WAL since the checkpoint at each crash, in MiB
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "64,128,256,384,512,768,1024,1536,2048"
    )]
    distances: Vec<u64>,
    /// How often each is measured
    #[arg(long, default_value_t = 5)]
    repeats: u32,
    /// Clients that insert
    #[arg(long, default_value_t = 16)]
    clients: u32,
    /// Rows of each commit while the log for a crash is written; more of them take less time, and redo
    /// sees hardly a difference
    #[arg(long, default_value_t = 10)]
    rows_per_commit: u32,
    /// Clients that the time of a commit is measured with
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,8,16,32,64")]
    commit_clients: Vec<u32>,
    /// Seconds for which each number of clients commits
    #[arg(long, default_value_t = 10)]
    commit_seconds: u32,
    /// Where the figures go
    #[arg(long, default_value = "crates/lab/data/postgres-measured.csv")]
    out: PathBuf,
}

/// A line of the table. What does not apply stays empty.
#[derive(Default)]
struct Row {
    what: &'static str,
    repeat: u32,
    clients: u32,
    full_page_writes: &'static str,
    rows_per_commit: u32,
    rows: u64,
    seconds: f64,
    wal_bytes: u64,
    redo_seconds: Option<f64>,
    /// Of commit latency: median, 95th and 99th percentile, in milliseconds.
    latency: Option<[f64; 3]>,
    /// What the machine did beside, just before.
    busy_percent: f64,
}

const COLUMNS: &str = "what,repeat,clients,full_page_writes,rows_per_commit,rows,seconds,wal_bytes,\
    redo_seconds,p50_ms,p95_ms,p99_ms,busy_percent";

impl Row {
    fn write(&self, csv: &mut String) -> Result<()> {
        let figure = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.3}"));
        writeln!(
            csv,
            "{},{},{},{},{},{},{:.3},{},{},{},{},{},{:.1}",
            self.what,
            self.repeat,
            self.clients,
            self.full_page_writes,
            self.rows_per_commit,
            self.rows,
            self.seconds,
            self.wal_bytes,
            figure(self.redo_seconds),
            figure(self.latency.map(|l| l[0])),
            figure(self.latency.map(|l| l[1])),
            figure(self.latency.map(|l| l[2])),
            self.busy_percent,
        )?;
        Ok(())
    }
}

/// Measures everything and writes the table after each round, so that an end in between loses little.
pub(crate) fn measure(workspace: &Workspace, options: &Options) -> Result<()> {
    ensure!(
        options.repeats > 0 && options.clients > 0 && options.rows_per_commit > 0,
        "expected at least one repeat, one client and one row per commit"
    );
    let release = Release::debian(workspace)?;
    let bench = Bench {
        server: Server::start(workspace, &release, 16, SETTINGS)?,
        options,
    };
    bench.server.sql(TABLE)?;
    let place = workspace.root.join(&options.out);
    fs::create_dir_all(place.parent().context("expected a file's path")?)?;
    let mut csv = bench.header()?;
    for repeat in 1..=options.repeats {
        for clients in &options.commit_clients {
            bench.commits(repeat, *clients)?.write(&mut csv)?;
        }
        for clients in [1, options.clients] {
            bench.statements(repeat, clients)?.write(&mut csv)?;
        }
        for full_page_writes in ["on", "off"] {
            let row = bench.wal_per_insert(repeat, full_page_writes)?;
            row.write(&mut csv)?;
        }
        for distance in &options.distances {
            bench.redo(repeat, distance << 20)?.write(&mut csv)?;
            fs::write(&place, &csv).with_context(|| place.display().to_string())?;
        }
    }
    eprintln!("{}", place.display());
    Ok(())
}

struct Bench<'a> {
    server: Server<'a>,
    options: &'a Options,
}

impl Bench<'_> {
    /// What the figures hold for.
    fn header(&self) -> Result<String> {
        let asked = |text: &str| Ok::<_, anyhow::Error>(self.server.sql(text)?.trim().to_owned());
        let version = asked("show server_version")?;
        let day = asked("select current_date")?;
        let processors = std::thread::available_parallelism()?;
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kib = memory.split_whitespace().nth(1).unwrap_or("0");
        let gib = kib.parse::<u64>().unwrap_or(0) >> 20;
        let settings = SETTINGS.trim().replace('\n', "; ");
        Ok(format!(
            "# PostgreSQL {version}, {day}, a virtual machine with {processors} processors and {gib} GiB\n\
             # Settings: wal_level = logical; {settings}; otherwise as installed\n\
             # Inserts of 100-byte rows: a serial primary key, one index on a random number, a text\n\
             {COLUMNS}\n"
        ))
    }

    /// The inserts of [`Self::commits`] with nobody waiting for the log.
    fn statements(&self, repeat: u32, clients: u32) -> Result<Row> {
        self.set("synchronous_commit", "off")?;
        let row = self.commits(repeat, clients)?;
        self.set("synchronous_commit", "on")?;
        Ok(Row {
            what: "statement",
            ..row
        })
    }

    fn commits(&self, repeat: u32, clients: u32) -> Result<Row> {
        let busy_percent = self.begin()?;
        let prefix = format!(
            "--log-prefix={}",
            self.server.folder().join("commit").display()
        );
        let options = [
            format!("--client={clients}"),
            format!("--time={}", self.options.commit_seconds),
            "--log".to_owned(),
            prefix,
        ];
        let before = self.server.flushed()?;
        let began = Instant::now();
        self.insert(1, &options)?;
        let seconds = began.elapsed().as_secs_f64();
        let mut micros = Vec::new();
        for entry in fs::read_dir(self.server.folder())? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with("commit.") {
                for line in fs::read_to_string(&path)?.lines() {
                    let field = line
                        .split(' ')
                        .nth(2)
                        .context("pgbench's log has six columns")?;
                    micros.push(field.parse::<f64>()?);
                }
                fs::remove_file(&path)?;
            }
        }
        ensure!(!micros.is_empty(), "pgbench logged no transaction");
        micros.sort_by(f64::total_cmp);
        let at =
            |percent: usize| micros[(micros.len() * percent / 100).min(micros.len() - 1)] / 1e3;
        Ok(Row {
            what: "commit",
            repeat,
            clients,
            full_page_writes: "on",
            rows_per_commit: 1,
            rows: micros.len() as u64,
            seconds,
            wal_bytes: self.server.flushed()? - before,
            latency: Some([at(50), at(95), at(99)]),
            busy_percent,
            ..Row::default()
        })
    }

    fn wal_per_insert(&self, repeat: u32, full_page_writes: &'static str) -> Result<Row> {
        self.set("full_page_writes", full_page_writes)?;
        // A table of some size, so that a random key meets a page that nobody has touched.
        self.server.sql(
            "truncate event; insert into event (key, body)
            select (random() * 2000000000)::int, 'x' from generate_series(1, 1000000)",
        )?;
        let busy_percent = self.settle()?;
        let (clients, transactions) = (self.options.clients, 10_000);
        let options = [
            format!("--client={clients}"),
            format!("--transactions={transactions}"),
        ];
        let before = self.server.flushed()?;
        let began = Instant::now();
        self.insert(1, &options)?;
        let seconds = began.elapsed().as_secs_f64();
        let wal_bytes = self.server.flushed()? - before;
        self.set("full_page_writes", "on")?;
        Ok(Row {
            what: "wal-per-insert",
            repeat,
            clients,
            full_page_writes,
            rows_per_commit: 1,
            rows: u64::from(clients) * transactions,
            seconds,
            wal_bytes,
            busy_percent,
            ..Row::default()
        })
    }

    fn redo(&self, repeat: u32, distance: u64) -> Result<Row> {
        let busy_percent = self.begin()?;
        let redo = self
            .server
            .position("(select redo_lsn from pg_control_checkpoint())")?;
        let Options {
            clients,
            rows_per_commit,
            ..
        } = *self.options;
        // About what a row takes, until it is known.
        let (mut bytes_per_row, mut rows) = (400, 0);
        let began = Instant::now();
        loop {
            let wal = self.server.flushed()? - redo;
            if wal >= distance {
                break;
            }
            bytes_per_row = wal.checked_div(rows).unwrap_or(bytes_per_row);
            let missing = (distance - wal).div_ceil(bytes_per_row);
            let each = missing
                .div_ceil(u64::from(clients * rows_per_commit))
                .max(1);
            let options = [
                format!("--client={clients}"),
                format!("--transactions={each}"),
            ];
            self.insert(rows_per_commit, &options)?;
            rows += each * u64::from(clients * rows_per_commit);
        }
        let seconds = began.elapsed().as_secs_f64();
        let wal_bytes = self.server.flushed()? - redo;
        self.server.crash()?;
        let told = fs::read_to_string(self.server.log())?.len();
        self.server.begin()?;
        let log = fs::read_to_string(self.server.log())?;
        let redo_seconds = redo_seconds(&log[told..]);
        Ok(Row {
            what: "redo",
            repeat,
            clients,
            full_page_writes: "on",
            rows_per_commit,
            rows,
            seconds,
            wal_bytes,
            redo_seconds: Some(redo_seconds.context("the server's log tells of no redo")?),
            busy_percent,
            ..Row::default()
        })
    }

    /// Changes a setting of the server while it runs.
    fn set(&self, name: &str, value: &str) -> Result<()> {
        let set = format!("alter system set {name} = {value}");
        self.server.sql(&set)?;
        self.server.sql("select pg_reload_conf()")?;
        Ok(())
    }

    /// An empty table and a checkpoint, on a quiet machine.
    fn begin(&self) -> Result<f64> {
        self.server.sql("truncate event")?;
        self.settle()
    }

    fn settle(&self) -> Result<f64> {
        self.server.sql("checkpoint")?;
        let mut busy = busy_percent()?;
        for _ in 0..PATIENCE {
            if busy <= QUIET_PERCENT {
                break;
            }
            busy = busy_percent()?;
        }
        Ok(busy)
    }

    fn insert(&self, rows_per_commit: u32, options: &[String]) -> Result<()> {
        let script = format!(
            "insert into event (key, body) select (random() * 2000000000)::int, 'one of the rows' \
             from generate_series(1, {rows_per_commit});\n"
        );
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        self.server.pgbench(&script, &options)
    }
}

/// How busy the processors are, all together.
fn busy_percent() -> Result<f64> {
    let read = || -> Result<[u64; 2]> {
        let text = fs::read_to_string("/proc/stat")?;
        let line = text.lines().next().unwrap_or_default();
        let ticks = line.split_whitespace().skip(1).map(str::parse::<u64>);
        let ticks: Vec<u64> = ticks.collect::<Result<_, _>>()?;
        // Idle, and waiting for a disk.
        let idle = ticks.iter().skip(3).take(2).sum();
        Ok([idle, ticks.iter().take(8).sum()])
    };
    let before = read()?;
    std::thread::sleep(LOOK);
    let after = read()?;
    let [idle, all] = [after[0] - before[0], after[1] - before[1]];
    #[expect(clippy::cast_precision_loss, reason = "some hundred ticks")]
    let idle_share = idle as f64 / all.max(1) as f64;
    Ok(100.0 * (1.0 - idle_share))
}

/// How long redo took, by the server's log. A redo that takes less than the resolution of its timer is
/// told all the same.
fn redo_seconds(log: &str) -> Option<f64> {
    let line = log
        .lines()
        .rev()
        .find(|line| line.contains("redo done at"))?;
    let (_, elapsed) = line.split_once("elapsed: ")?;
    elapsed.strip_suffix(" s")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_log_tells_how_long_redo_took() {
        let log = "LOG:  redo starts at 0/15001F8\n\
            LOG:  redo done at 0/1DFFFF60 system usage: CPU: user: 0.96 s, system: 0.12 s, elapsed: 1.11 s\n\
            LOG:  checkpoint starting: end-of-recovery immediate wait\n";
        assert_eq!(redo_seconds(log), Some(1.11));
        assert_eq!(redo_seconds("LOG:  database system is ready\n"), None);
    }

    #[test]
    fn a_row_has_a_figure_for_each_column_that_applies() {
        let mut csv = String::new();
        let row = Row {
            what: "redo",
            repeat: 2,
            redo_seconds: Some(3.34),
            ..Row::default()
        };
        row.write(&mut csv).expect("a string takes everything");
        assert_eq!(csv.trim().split(',').count(), COLUMNS.split(',').count());
        assert_eq!(csv, "redo,2,0,,0,0,0.000,0,3.340,,,,0.0\n");
    }
}
