//! A small log in which a server writes almost every kind of record, and what the server says of it.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::figures::Figures;
use crate::postgres::Server;
use crate::releases::Release;
use crate::workspace::Workspace;

const SEGMENT_BYTES: u64 = 1 << 20;
const SETTINGS: &str = "min_wal_size = 2MB\nmax_wal_size = 1GB\nwal_recycle = off\nwal_keep_size = 100MB\n\
    checkpoint_timeout = 1h\nmax_prepared_transactions = 4\nwal_log_hints = on\n\
    client_min_messages = warning";

/// Changes catalogs, so that the tour needs no images of their pages, adds what extensions the release
/// brings, and uses up the files that `initdb` left to be used again.
const PRELUDE: &str = "select format('create extension %I', name) from pg_available_extensions
        where name in ('bloom', 'pg_walinspect') \\gexec
    create table first (id serial primary key, words int[], note text);
    create index on first using gin (words);
    drop table first;
    select pg_logical_emit_message(true, '', ''), pg_switch_wal() from generate_series(1, 8);";

/// How much the tour shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// Little enough to be kept in the repository.
    Short,
    /// With pgbench at work, and a database of which every page is logged.
    Long,
}

/// A server after a tour.
pub(crate) struct Tour<'a> {
    server: Server<'a>,
    /// Where the first file of the log begins.
    begin: u64,
    /// How far it had been written when the tour was over.
    end: u64,
    /// What the server says of it, one fact to a line.
    pub(crate) facts: String,
}

impl<'a> Tour<'a> {
    pub(crate) fn take(
        workspace: &'a Workspace,
        release: &'a Release,
        length: Length,
    ) -> Result<Self> {
        let server = Server::start(workspace, release, 1, SETTINGS)?;
        server.sql(PRELUDE)?;
        let begin = server.begin_wal_file(SEGMENT_BYTES)?;
        let mut facts = server.sql(include_str!("tour.sql"))?;
        if length == Length::Long {
            server.run("pgbench", &["--initialize", "--quiet"])?;
            let work = ["--no-vacuum", "--client=4", "--transactions=250"];
            server.run("pgbench", &work)?;
            server.sql("create database logged; drop database logged")?;
        }
        let methods = server.sql(
            "select unnest(coalesce(enumvals, '{off,on}')) from pg_settings where name = 'wal_compression'",
        )?;
        for method in methods.lines() {
            // Each round begins with a checkpoint, so that it logs the pages that it changes.
            server.sql(&format!(
                "set wal_compression = {method}; checkpoint;
                 update item set note = note || '{method}' where id % 50 = 1; vacuum item"
            ))?;
        }
        server.sql("insert into nested values (-1)")?;
        let end = server.flushed()?;
        let version = server.sql("show server_version")?;
        writeln!(facts, "server {}\nflushed {}", version.trim(), lsn(end))?;
        Ok(Self {
            server,
            begin,
            end,
            facts,
        })
    }

    /// The files of the log.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>> {
        let step = usize::try_from(SEGMENT_BYTES)?;
        let begins = (self.begin..self.end).step_by(step);
        Ok(begins
            .map(|begin| self.server.wal_file(begin, SEGMENT_BYTES))
            .collect())
    }

    /// From where to where the figures count.
    pub(crate) fn range(&self) -> [String; 2] {
        [lsn(self.begin), lsn(self.end)]
    }

    /// The server's own figures, if its release has a tool or an extension that gives them.
    pub(crate) fn figures(&self) -> Result<Option<Figures>> {
        let [begin, end] = self.range();
        let programs = &self.server.release().programs;
        if programs.join("pg_waldump").exists() {
            let folder = self.server.data().join("pg_wal");
            let dump = self.server.program(&programs.join("pg_waldump"));
            let range = ["--start", &begin, "--end", &end];
            let dump = dump.arg("--stats=record").arg("--path").arg(folder);
            let table = dump.args(range).read()?;
            return Ok(Some(Figures::of_table("pg_waldump", &table)));
        }
        let has_extension = self
            .server
            .sql("select count(*) from pg_extension where extname = 'pg_walinspect'")?;
        if has_extension.trim() == "0" {
            return Ok(None);
        }
        let rows = self.server.sql(&format!(
            "\\pset fieldsep ' '
             select \"resource_manager/record_type\", count, record_size, fpi_size
             from pg_get_wal_stats('{begin}', '{end}', true) where count > 0"
        ))?;
        let figures = Figures::of_lines("pg_walinspect", &rows);
        figures
            .context("pg_walinspect said something else than figures")
            .map(Some)
    }
}

/// A place of the log as PostgreSQL writes it.
pub(crate) fn lsn(position: u64) -> String {
    format!("{:X}/{:X}", position >> 32, position & 0xFFFF_FFFF)
}
