//! A real PostgreSQL server for a chore: in a folder of its own, gone when the chore is over.
//!
//! Its programs are those of a [`Release`]; the clients that talk to it are Debian's for every version.
//! It listens on a socket in its folder alone. It refuses to run as root, so under root everything of
//! it runs as the user `postgres`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context as _, Result};

use crate::process::Program;
use crate::releases::{DEBIAN, Release};
use crate::workspace::Workspace;

/// A folder that goes when this goes.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
}

impl Folder {
    /// Makes a folder for temporary files; a chore has one of each name.
    pub(crate) fn new(workspace: &Workspace, name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("sixfold-{name}-{}", process::id()));
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
    release: &'a Release,
    folder: Folder,
}

impl<'a> Server<'a> {
    /// Makes a server whose WAL files have so many MiB, and starts it.
    pub(crate) fn start(
        workspace: &'a Workspace,
        release: &'a Release,
        wal_file: u32,
        settings: &str,
    ) -> Result<Self> {
        let server = Self {
            workspace,
            release,
            folder: Folder::new(workspace, "postgres")?,
        };
        let data = server.data();
        let wal_file = format!("--wal-segsize={wal_file}");
        let options = ["--auth=trust", &wal_file, "-D", &data.to_string_lossy()];
        server.administer("initdb", &options)?;
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
        self.administer("pg_ctl", &[&place, options].concat())
    }

    /// Runs one of the server's own programs.
    fn administer(&self, name: &str, arguments: &[&str]) -> Result<()> {
        let program = self.program(&self.release.programs.join(name));
        let program = match &self.release.libraries {
            Some(folder) => program.env("LD_LIBRARY_PATH", folder),
            None => program,
        };
        program.args(arguments).read().map(drop)
    }

    /// What it tells people.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path.join("log")
    }

    /// What it was started from.
    pub(crate) fn release(&self) -> &Release {
        self.release
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
        let client = self.program(&Path::new(DEBIAN).join("psql"));
        client.args(options).args(strict).read()
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

    /// Runs a client.
    pub(crate) fn run(&self, name: &str, arguments: &[&str]) -> Result<()> {
        let client = self.program(&Path::new(DEBIAN).join(name));
        client.args(arguments).read().map(drop)
    }

    /// A program that will run as the user who may.
    pub(crate) fn program(&self, path: &Path) -> Program {
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

    /// Goes on in a new WAL file and returns where that begins.
    pub(crate) fn begin_wal_file(&self, segment_bytes: u64) -> Result<u64> {
        self.sql("select pg_switch_wal()")?;
        let begin = self.position("pg_current_wal_insert_lsn()")?;
        Ok(begin / segment_bytes * segment_bytes)
    }

    /// The file that holds a place of the log.
    pub(crate) fn wal_file(&self, position: u64, segment_bytes: u64) -> PathBuf {
        let number = position / segment_bytes;
        let per_half = (1 << 32) / segment_bytes;
        let name = format!("00000001{:08X}{:08X}", number / per_half, number % per_half);
        self.data().join("pg_wal").join(name)
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
