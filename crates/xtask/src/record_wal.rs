//! Records WAL with real PostgreSQL servers: fixtures for the tests, with the servers' own statistics
//! beside them, and the excerpt that the page plays first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;

use crate::postgres::{Folder, Server};
use crate::releases::{DEBIAN, Release};
use crate::tour::{Length, Tour};
use crate::workspace::Workspace;

const PAGE_BYTES: u64 = 8192;
const SEGMENT_BYTES: u64 = 1 << 20;

/// What the page may download for its first run.
const EXCERPT_BYTES_MAX: u64 = 60 * 1024;
/// Where the excerpt's workload stops, so that one more round and its last page still fit.
const EXCERPT_ENOUGH: u64 = 52_000;

/// What to record.
#[derive(Args)]
pub(crate) struct Options {
    /// Record only the tour of this version; may be given several times
    #[arg(long = "tour", value_name = "VERSION")]
    tours: Vec<u8>,
}

/// Makes recordings anew; what cannot be had is named and left as it was.
pub(crate) fn record_wal(workspace: &Workspace, options: &Options) -> Result<()> {
    let fixtures = workspace.root.join("crates/pgwal/fixtures");
    if options.tours.is_empty() {
        let release = Release::debian(workspace)?;
        insert_test(workspace, &release, &fixtures.join("insert-test"))?;
        tpcb(workspace, &release, &fixtures.join("tpcb"))?;
        every_operation(workspace, &fixtures.join("every-operation"))?;
        first_run(workspace, &release, &fixtures.join("first-run"))?;
    }
    let versions = match options.tours.as_slice() {
        [] => &Release::VERSIONS,
        some => some,
    };
    for version in versions {
        match Release::get(workspace, *version) {
            Ok(release) => tour(
                workspace,
                &release,
                &fixtures.join(format!("tour-{version}")),
            )?,
            Err(reason) => eprintln!("PostgreSQL {version} is not recorded: {reason:#}"),
        }
    }
    Ok(())
}

/// The tour of a version: the files, what the server says of them, and its figures if it has any.
fn tour(workspace: &Workspace, release: &Release, target: &Path) -> Result<()> {
    let tour = Tour::take(workspace, release, Length::Short)?;
    keep(workspace, &tour.files()?, target)?;
    fs::write(target.join("facts.txt"), &tour.facts)?;
    let figures = match tour.figures()? {
        Some(figures) => {
            fs::write(target.join("figures.txt"), figures.to_string())?;
            format!("{} rows of {}", figures.len(), figures.source)
        }
        None => "which has no figures of its own".to_owned(),
    };
    eprintln!(
        "{}: PostgreSQL {}, {figures}",
        target.display(),
        release.version
    );
    Ok(())
}

/// Single-row inserts by two clients, across a checkpoint.
fn insert_test(workspace: &Workspace, release: &Release, target: &Path) -> Result<()> {
    let recorder = Recorder::start(workspace, release, "wal_compression = off")?;
    let server = &recorder.server;
    server.sql(
        "create table event (id bigserial primary key, kind int, at timestamptz default now(), body text);
         create index on event (kind);
         insert into event (kind, body) select i % 50, 'event number ' || i from generate_series(1, 2000) i;",
    )?;
    let first = server.begin_wal_file(SEGMENT_BYTES)?;
    let script = "\\set kind random(1, 50)\n\
        insert into event (kind, body) values (:kind, 'one of the events of kind ' || :kind);\n";
    server.pgbench(script, &["--client=2", "--transactions=1200"])?;
    server.sql("checkpoint")?;
    server.pgbench(script, &["--client=2", "--transactions=1200"])?;
    recorder.keep(first, target)
}

/// The TPC-B-like script of pgbench, then transactions that end in other ways.
fn tpcb(workspace: &Workspace, release: &Release, target: &Path) -> Result<()> {
    let recorder = Recorder::start(workspace, release, "wal_compression = off")?;
    let server = &recorder.server;
    server.run("pgbench", &["--initialize", "--quiet", "--scale=1"])?;
    let first = server.begin_wal_file(SEGMENT_BYTES)?;
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
    let folder = Folder::new(workspace, "postgres")?;
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
fn first_run(workspace: &Workspace, release: &Release, target: &Path) -> Result<()> {
    let recorder = Recorder::start(workspace, release, "wal_compression = lz4")?;
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
    let first = server.begin_wal_file(SEGMENT_BYTES)?;
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
    let log = server.wal_file(first, SEGMENT_BYTES);
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
    fn start(workspace: &'a Workspace, release: &'a Release, setting: &str) -> Result<Self> {
        let settings = format!(
            "{setting}\nmin_wal_size = 4MB\nmax_wal_size = 1GB\ncheckpoint_timeout = 1h\n\
             max_prepared_transactions = 4\nmax_connections = 20"
        );
        let server = Server::start(workspace, release, 1, &settings)?;
        Ok(Self { server, workspace })
    }

    /// Keeps the files from `first` to the end of the log, and what `pg_waldump` says about them.
    fn keep(&self, first: u64, target: &Path) -> Result<()> {
        let end = self.server.flushed()?;
        let files: Vec<PathBuf> = (first..end)
            .step_by(usize::try_from(SEGMENT_BYTES)?)
            .map(|position| self.server.wal_file(position, SEGMENT_BYTES))
            .collect();
        let [begin, .., last] = files.as_slice() else {
            bail!("the recording should be longer than one file");
        };
        keep(self.workspace, &files, target)?;
        fs::write(target.join("stats.txt"), self.statistics(begin, last)?)?;
        Ok(())
    }

    fn statistics(&self, first: &Path, last: &Path) -> Result<String> {
        statistics(self.workspace, self.server.folder(), first, last)
    }
}

/// Puts files into a fixture's folder, compressed, and nothing else.
fn keep(workspace: &Workspace, files: &[PathBuf], target: &Path) -> Result<()> {
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    fs::create_dir_all(target)?;
    for file in files {
        let copy = target.join(file.file_name().expect("a file has a name"));
        fs::copy(file, &copy).with_context(|| file.display().to_string())?;
        let gzip = workspace.program("gzip").args(["-9", "--no-name"]);
        gzip.arg(&copy).run()?;
    }
    Ok(())
}

/// What `pg_waldump` says about some files. It ends with an error where the log of a running server
/// ends, after it has printed everything.
fn statistics(workspace: &Workspace, folder: &Path, first: &Path, last: &Path) -> Result<String> {
    let output = process::Command::new(Path::new(DEBIAN).join("pg_waldump"))
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
