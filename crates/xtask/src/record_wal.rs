//! Records WAL with a real PostgreSQL server: fixtures for the tests, with the server's own
//! statistics beside them, and the excerpt that the page plays first.
//!
//! The server runs in a temporary folder and listens on a socket in it alone. It refuses to run as
//! root, so under root everything of it runs as the user `postgres`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context as _, Result, bail, ensure};

use crate::process::Program;
use crate::workspace::Workspace;

const BIN: &str = "/usr/lib/postgresql/15/bin";
const PAGE_BYTES: u64 = 8192;
const SEGMENT_BYTES: u64 = 1 << 20;

/// What the page may download for its first run.
const EXCERPT_BYTES_MAX: u64 = 60 * 1024;
/// Where the excerpt's workload stops, so that one more round and its last page still fit.
const EXCERPT_ENOUGH: u64 = 52_000;

/// Makes all recordings anew.
pub(crate) fn record_wal() -> Result<()> {
    let workspace = Workspace::locate();
    install(&workspace)?;
    let fixtures = workspace.root.join("crates/pgwal/fixtures");
    insert_test(&workspace, &fixtures.join("insert-test"))?;
    tpcb(&workspace, &fixtures.join("tpcb"))?;
    every_operation(&workspace, &fixtures.join("every-operation"))?;
    first_run(&workspace, &fixtures.join("first-run"))
}

fn install(workspace: &Workspace) -> Result<()> {
    let missing = || {
        ["postgres", "pg_waldump"]
            .iter()
            .any(|name| !Path::new(BIN).join(name).exists())
    };
    if missing() {
        eprintln!("PostgreSQL 15 is missing: installing Debian's postgresql-15 with apt");
        let apt = |arguments: &[&str]| {
            let program = if is_root(workspace) { "env" } else { "sudo" };
            let settings = ["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"];
            workspace
                .program(program)
                .args(settings)
                .args(arguments)
                .run()
        };
        apt(&["update"])?;
        apt(&[
            "install",
            "--yes",
            "--no-install-recommends",
            "postgresql-15",
        ])?;
    }
    ensure!(!missing(), "no PostgreSQL 15 in {BIN}");
    Ok(())
}

/// Single-row inserts by two clients, across a checkpoint.
fn insert_test(workspace: &Workspace, target: &Path) -> Result<()> {
    let server = Server::start(workspace, "wal_compression = off")?;
    server.sql(
        "create table event (id bigserial primary key, kind int, at timestamptz default now(), body text);
         create index on event (kind);
         insert into event (kind, body) select i % 50, 'event number ' || i from generate_series(1, 2000) i;",
    )?;
    let first = server.begin_file()?;
    let script = "\\set kind random(1, 50)\n\
        insert into event (kind, body) values (:kind, 'one of the events of kind ' || :kind);\n";
    server.pgbench(script, &["--client=2", "--transactions=1200"])?;
    server.sql("checkpoint")?;
    server.pgbench(script, &["--client=2", "--transactions=1200"])?;
    server.keep(first, target)
}

/// The TPC-B-like script of pgbench, then transactions that end in other ways.
fn tpcb(workspace: &Workspace, target: &Path) -> Result<()> {
    let server = Server::start(workspace, "wal_compression = off")?;
    server.run("pgbench", &["--initialize", "--quiet", "--scale=1"])?;
    let first = server.begin_file()?;
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
    server.keep(first, target)
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
    let server = Server::start(workspace, "wal_compression = lz4")?;
    server.sql(
        "create table account (id int primary key, owner text, balance int);
         create table journal (id bigserial primary key, account int, amount int, note text);
         create index on journal (account);
         insert into account select i, 'owner ' || i, 1000 from generate_series(1, 60) i;
         insert into journal (account, amount, note)
             select i % 60 + 1, i, 'opening balance' from generate_series(1, 350) i;
         vacuum (analyze, freeze);",
    )?;
    let first = server.begin_file()?;
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
    let log = server.file(first);
    let stats = server.statistics(&log, &log)?;
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

/// A folder that goes when this goes.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new(workspace: &Workspace) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("sixfold-wal-{}", process::id()));
        fs::create_dir(&path).with_context(|| path.display().to_string())?;
        let folder = Self { path };
        if is_root(workspace) {
            workspace
                .program("chown")
                .arg("postgres")
                .arg(&folder.path)
                .run()?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("{} stays behind: {error}", self.path.display());
        }
    }
}

/// A running server with small WAL files; it stops when this goes.
struct Server<'a> {
    workspace: &'a Workspace,
    folder: Folder,
}

impl<'a> Server<'a> {
    fn start(workspace: &'a Workspace, setting: &str) -> Result<Self> {
        let folder = Folder::new(workspace)?;
        let server = Self { workspace, folder };
        let data = server.data();
        let data = data.to_string_lossy();
        server.run(
            "initdb",
            &[
                "--no-instructions",
                "--wal-segsize=1",
                "--auth=trust",
                "-D",
                &data,
            ],
        )?;
        let socket = server.folder.path.display();
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{socket}'\nwal_level = logical\n\
             {setting}\nmin_wal_size = 4MB\nmax_wal_size = 1GB\ncheckpoint_timeout = 1h\n\
             autovacuum = off\nmax_prepared_transactions = 4\nmax_connections = 20\n"
        );
        let file = server.data().join("postgresql.auto.conf");
        fs::write(&file, settings).with_context(|| file.display().to_string())?;
        let log = server.folder.path.join("log");
        server.run(
            "pg_ctl",
            &[
                "-D",
                &data,
                "-l",
                &log.to_string_lossy(),
                "--silent",
                "-w",
                "start",
            ],
        )?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path.join("data")
    }

    fn sql(&self, statements: &str) -> Result<String> {
        let file = self.folder.path.join("statements.sql");
        fs::write(&file, statements)?;
        let path = file.to_string_lossy();
        let options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
        let strict = ["--set=ON_ERROR_STOP=1", "--file", &path];
        self.program("psql").args(options).args(strict).read()
    }

    /// Runs a script of pgbench.
    fn pgbench(&self, script: &str, options: &[&str]) -> Result<()> {
        let file = self.folder.path.join("script.sql");
        fs::write(&file, script)?;
        let path = file.to_string_lossy();
        self.run(
            "pgbench",
            &[options, &["--no-vacuum", "--file", &path]].concat(),
        )
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Result<()> {
        self.program(name).args(arguments).read().map(drop)
    }

    fn program(&self, name: &str) -> Program {
        let path = Path::new(BIN).join(name);
        let program = if is_root(self.workspace) {
            self.workspace
                .program("runuser")
                .args(["-u", "postgres", "--"])
                .arg(path)
        } else {
            self.workspace.program(&path.to_string_lossy())
        };
        program
            .folder(&self.folder.path)
            .env("PGHOST", &self.folder.path)
            .env("PGDATABASE", "postgres")
    }

    /// Goes on in a new WAL file and returns where that begins.
    fn begin_file(&self) -> Result<u64> {
        self.sql("select pg_switch_wal()")?;
        let begin = self.position("pg_current_wal_insert_lsn")?;
        Ok(begin / SEGMENT_BYTES * SEGMENT_BYTES)
    }

    /// How far the log has been written for good.
    fn flushed(&self) -> Result<u64> {
        self.position("pg_current_wal_flush_lsn")
    }

    fn position(&self, function: &str) -> Result<u64> {
        let answer = self.sql(&format!("select {function}() - '0/0'"))?;
        answer
            .trim()
            .parse()
            .with_context(|| format!("{function} says {answer}"))
    }

    /// The file that holds a place of the log.
    fn file(&self, position: u64) -> PathBuf {
        let number = position / SEGMENT_BYTES;
        let per_half = (1 << 32) / SEGMENT_BYTES;
        let name = format!("00000001{:08X}{:08X}", number / per_half, number % per_half);
        self.data().join("pg_wal").join(name)
    }

    /// Keeps the files from `first` to the end of the log, and what `pg_waldump` says about them.
    fn keep(&self, first: u64, target: &Path) -> Result<()> {
        let end = self.flushed()?;
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
        statistics(self.workspace, &self.folder.path, first, last)
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let data = self.data();
        let stop = [
            "-D",
            &data.to_string_lossy(),
            "--silent",
            "--mode=immediate",
            "stop",
        ];
        if let Err(error) = self.run("pg_ctl", &stop) {
            eprintln!("the server in {} does not stop: {error:#}", data.display());
        }
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

fn is_root(workspace: &Workspace) -> bool {
    workspace.program("id").arg("-u").ask().as_deref() == Some("0")
}
