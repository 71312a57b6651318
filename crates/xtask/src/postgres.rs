//! A real PostgreSQL server for a chore: installed when it is missing, in a folder of its own, gone
//! when the chore is over.
//!
//! It listens on a socket in its folder alone. It refuses to run as root, so under root everything of
//! it runs as the user `postgres`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context as _, Result, ensure};

use crate::process::Program;
use crate::workspace::Workspace;

/// Where Debian puts its programs.
pub(crate) const BIN: &str = "/usr/lib/postgresql/15/bin";

/// Installs it, if it is missing.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
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

/// A folder that goes when this goes.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
}

impl Folder {
    pub(crate) fn new(workspace: &Workspace) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("sixfold-postgres-{}", process::id()));
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

/// A running server; it stops when this goes.
pub(crate) struct Server<'a> {
    workspace: &'a Workspace,
    folder: Folder,
}

impl<'a> Server<'a> {
    /// Makes a server whose WAL files have so many MiB, and starts it.
    pub(crate) fn start(workspace: &'a Workspace, wal_file: u32, settings: &str) -> Result<Self> {
        let folder = Folder::new(workspace)?;
        let server = Self { workspace, folder };
        let data = server.data();
        let wal_file = format!("--wal-segsize={wal_file}");
        let options = ["--no-instructions", "--auth=trust", &wal_file, "-D"];
        server.run(
            "initdb",
            &[&options[..], &[&data.to_string_lossy()]].concat(),
        )?;
        let socket = server.folder.path.display();
        let settings = format!(
            "listen_addresses = ''\nunix_socket_directories = '{socket}'\nwal_level = logical\n\
             autovacuum = off\n{settings}\n"
        );
        let file = data.join("postgresql.auto.conf");
        fs::write(&file, settings).with_context(|| file.display().to_string())?;
        server.begin()?;
        Ok(server)
    }

    /// Starts it again after it stopped, and waits until it takes connections.
    pub(crate) fn begin(&self) -> Result<()> {
        let log = self.log();
        let options = [
            "-l",
            &*log.to_string_lossy(),
            "-w",
            "--timeout=3600",
            "start",
        ];
        self.control(&options)
    }

    /// Stops it as a crash would: it loses what it had in memory.
    pub(crate) fn crash(&self) -> Result<()> {
        self.control(&["--mode=immediate", "stop"])
    }

    fn control(&self, options: &[&str]) -> Result<()> {
        let data = self.data();
        let place = ["-D", &*data.to_string_lossy(), "--silent"];
        self.run("pg_ctl", &[&place, options].concat())
    }

    /// What it tells people.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path.join("log")
    }

    /// Where it lives.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder.path
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path.join("data")
    }

    pub(crate) fn sql(&self, statements: &str) -> Result<String> {
        let file = self.folder.path.join("statements.sql");
        fs::write(&file, statements)?;
        let path = file.to_string_lossy();
        let options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
        let strict = ["--set=ON_ERROR_STOP=1", "--file", &path];
        self.program("psql").args(options).args(strict).read()
    }

    /// Runs a script of pgbench.
    pub(crate) fn pgbench(&self, script: &str, options: &[&str]) -> Result<()> {
        let file = self.folder.path.join("script.sql");
        fs::write(&file, script)?;
        let path = file.to_string_lossy();
        self.run(
            "pgbench",
            &[options, &["--no-vacuum", "--file", &path]].concat(),
        )
    }

    pub(crate) fn run(&self, name: &str, arguments: &[&str]) -> Result<()> {
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

    /// How far the log has been written for good.
    pub(crate) fn flushed(&self) -> Result<u64> {
        self.position("pg_current_wal_flush_lsn()")
    }

    /// What an expression of type `pg_lsn` is, as a number.
    pub(crate) fn position(&self, expression: &str) -> Result<u64> {
        let answer = self.sql(&format!("select {expression} - '0/0'"))?;
        answer
            .trim()
            .parse()
            .with_context(|| format!("{expression} says {answer}"))
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.crash() {
            let data = self.data();
            eprintln!("the server in {} does not stop: {error:#}", data.display());
        }
    }
}

pub(crate) fn is_root(workspace: &Workspace) -> bool {
    workspace.program("id").arg("-u").ask().as_deref() == Some("0")
}
