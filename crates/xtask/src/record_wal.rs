//! Records WAL with a real PostgreSQL server: fixtures for the tests, with the server's own
//! statistics beside them, and the excerpt that the page plays first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context as _, Result, bail, ensure};

use crate::postgres::{self, BIN, Folder, Server};
use crate::workspace::Workspace;

const PAGE_BYTES: u64 = 8192;
const SEGMENT_BYTES: u64 = 1 << 20;

/// What the page may download for its first run.
const EXCERPT_BYTES_MAX: u64 = 60 * 1024;
/// Where the excerpt's workload stops, so that one more round and its last page still fit.
const EXCERPT_ENOUGH: u64 = 52_000;

/// Makes all recordings anew.
pub(crate) fn record_wal() -> Result<()> {
    let workspace = Workspace::locate();
    postgres::install(&workspace)?;
    let fixtures = workspace.root.join("crates/pgwal/fixtures");
    insert_test(&workspace, &fixtures.join("insert-test"))?;
    tpcb(&workspace, &fixtures.join("tpcb"))?;
    every_operation(&workspace, &fixtures.join("every-operation"))?;
    first_run(&workspace, &fixtures.join("first-run"))
}

/// Single-row inserts by two clients, across a checkpoint.
fn insert_test(workspace: &Workspace, target: &Path) -> Result<()> {
    let recorder = Recorder::start(workspace, "wal_compression = off")?;
    let server = &recorder.server;
    server.sql(
        "create table event (id bigserial primary key, kind int, at timestamptz default now(), body text);
         create index on event (kind);
         insert into event (kind, body) select i % 50, 'event number ' || i from generate_series(1, 2000) i;",
    )?;
    let first = recorder.begin_file()?;
    let script = "\\set kind random(1, 50)\n\
        insert into event (kind, body) values (:kind, 'one of the events of kind ' || :kind);\n";
    server.pgbench(script, &["--client=2", "--transactions=1200"])?;
    server.sql("checkpoint")?;
    server.pgbench(script, &["--client=2", "--transactions=1200"])?;
    recorder.keep(first, target)
}

/// The TPC-B-like script of pgbench, then transactions that end in other ways.
fn tpcb(workspace: &Workspace, target: &Path) -> Result<()> {
    let recorder = Recorder::start(workspace, "wal_compression = off")?;
    let server = &recorder.server;
    server.run("pgbench", &["--initialize", "--quiet", "--scale=1"])?;
    let first = recorder.begin_file()?;
    server.run(
        "pgbench",
        &["--no-vacuum", "--client=4", "--transactions=120"],
    )?;
    server.sql("vacuum")?;
    server.run(
        "pgbench",
        &["--no-vacuum", "--client=4", "--transactions=120"],
    )?;
    server.sql(
        "begin; update pgbench_tellers set tbalance = 1 where tid = 1; rollback;
         begin; insert into pgbench_history (tid) values (1); savepoint a;
         insert into pgbench_history (tid) values (2); release a; commit;
         begin; insert into pgbench_history (tid) values (3); prepare transaction 'kept'; commit prepared 'kept';
         begin; insert into pgbench_history (tid) values (4); prepare transaction 'lost'; rollback prepared 'lost';
         create index on pgbench_accounts (abalance);
         truncate pgbench_history;
         insert into pgbench_history (tid) values (5);",
    )?;
    recorder.keep(first, target)
}

/// No server's log: the reader's own tests write it, and `pg_waldump` says how it names everything.
fn every_operation(workspace: &Workspace, target: &Path) -> Result<()> {
    let folder = Folder::new(workspace)?;
    let log = folder.path.join("000000010000000000000001");
    let example = [
        "run",
        "--quiet",
        "--package=pgwal",
        "--example=every_operation",
        "--",
    ];
    workspace.program("cargo").args(example).arg(&log).run()?;
    let stats = statistics(workspace, &folder.path, &log, &log)?;
    fs::create_dir_all(target)?;
    fs::write(target.join("stats.txt"), stats)?;
    Ok(())
}

/// The first pages of a file whose log ends in them: a checkpoint, then bookings by three clients
/// at a pace that one can watch.
fn first_run(workspace: &Workspace, target: &Path) -> Result<()> {
    let recorder = Recorder::start(workspace, "wal_compression = lz4")?;
    let server = &recorder.server;
    server.sql(
        "create table account (id int primary key, owner text, balance int);
         create table journal (id bigserial primary key, account int, amount int, note text);
         create index on journal (account);
         insert into account select i, 'owner ' || i, 1000 from generate_series(1, 60) i;
         insert into journal (account, amount, note)
             select i % 60 + 1, i, 'opening balance' from generate_series(1, 350) i;
         vacuum (analyze, freeze);",
    )?;
    let first = recorder.begin_file()?;
    server.sql("checkpoint")?;
    let script = "\\set account random(1, 60)\n\
        \\set amount random(1, 90)\n\
        \\set kind random(1, 10)\n\
        \\if :kind <= 4\n\
        begin;\n\
        update account set balance = balance - :amount where id = :account;\n\
        insert into journal (account, amount, note) values (:account, -:amount, 'paid');\n\
        commit;\n\
        \\elif :kind <= 7\n\
        update account set balance = balance + :amount where id = :account;\n\
        \\elif :kind <= 9\n\
        insert into journal (account, amount, note) values (:account, :amount, 'noted');\n\
        \\else\n\
        begin;\n\
        update account set balance = balance - :amount where id = :account;\n\
        rollback;\n\
        \\endif\n";
    while server.flushed()? < first + EXCERPT_ENOUGH {
        server.pgbench(script, &["--client=3", "--transactions=4", "--rate=60"])?;
    }
    // The rollback of a round may still be unwritten; a commit writes everything before it.
    server.sql("insert into journal (account, amount, note) values (1, 1, 'closed')")?;
    let bytes = (server.flushed()? - first).next_multiple_of(PAGE_BYTES);
    ensure!(
        bytes <= EXCERPT_BYTES_MAX,
        "the excerpt has {bytes} bytes, more than {EXCERPT_BYTES_MAX}"
    );
    let log = recorder.file(first);
    let stats = recorder.statistics(&log, &log)?;
    let whole = fs::read(&log).with_context(|| log.display().to_string())?;
    let excerpt = &whole[..usize::try_from(bytes)?];
    let place = workspace.root.join("www/recordings/first-run.wal");
    fs::create_dir_all(place.parent().expect("it has two folders above"))?;
    fs::write(&place, excerpt)?;
    fs::create_dir_all(target)?;
    fs::write(target.join("stats.txt"), stats)?;
    eprintln!("{}: {bytes} bytes", place.display());
    Ok(())
}

/// A server with small WAL files, which are kept.
struct Recorder<'a> {
    server: Server<'a>,
    workspace: &'a Workspace,
}

impl<'a> Recorder<'a> {
    fn start(workspace: &'a Workspace, setting: &str) -> Result<Self> {
        let settings = format!(
            "{setting}\nmin_wal_size = 4MB\nmax_wal_size = 1GB\ncheckpoint_timeout = 1h\n\
             max_prepared_transactions = 4\nmax_connections = 20"
        );
        let server = Server::start(workspace, 1, &settings)?;
        Ok(Self { server, workspace })
    }

    /// Goes on in a new WAL file and returns where that begins.
    fn begin_file(&self) -> Result<u64> {
        self.server.sql("select pg_switch_wal()")?;
        let begin = self.server.position("pg_current_wal_insert_lsn()")?;
        Ok(begin / SEGMENT_BYTES * SEGMENT_BYTES)
    }

    /// The file that holds a place of the log.
    fn file(&self, position: u64) -> PathBuf {
        let number = position / SEGMENT_BYTES;
        let per_half = (1 << 32) / SEGMENT_BYTES;
        let name = format!("00000001{:08X}{:08X}", number / per_half, number % per_half);
        self.server.data().join("pg_wal").join(name)
    }

    /// Keeps the files from `first` to the end of the log, and what `pg_waldump` says about them.
    fn keep(&self, first: u64, target: &Path) -> Result<()> {
        let end = self.server.flushed()?;
        let files: Vec<PathBuf> = (first..end)
            .step_by(usize::try_from(SEGMENT_BYTES)?)
            .map(|position| self.file(position))
            .collect();
        let [begin, .., last] = files.as_slice() else {
            bail!("the recording should be longer than one file");
        };
        if target.exists() {
            fs::remove_dir_all(target)?;
        }
        fs::create_dir_all(target)?;
        for file in &files {
            let copy = target.join(file.file_name().expect("a file has a name"));
            fs::copy(file, &copy).with_context(|| file.display().to_string())?;
            self.workspace
                .program("gzip")
                .args(["-9", "--no-name"])
                .arg(&copy)
                .run()?;
        }
        fs::write(target.join("stats.txt"), self.statistics(begin, last)?)?;
        Ok(())
    }

    fn statistics(&self, first: &Path, last: &Path) -> Result<String> {
        statistics(self.workspace, self.server.folder(), first, last)
    }
}

/// What `pg_waldump` says about some files. It ends with an error where the log of a running server
/// ends, after it has printed everything.
fn statistics(workspace: &Workspace, folder: &Path, first: &Path, last: &Path) -> Result<String> {
    let output = process::Command::new(Path::new(BIN).join("pg_waldump"))
        .current_dir(folder)
        .env("PATH", &workspace.search_path)
        .args(["--stats=record".as_ref(), first, last])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(
        text.starts_with("WAL statistics"),
        "pg_waldump: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(text)
}
