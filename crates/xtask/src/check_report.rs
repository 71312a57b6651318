//! Checks `sixfold wal report` against SQL: a real PostgreSQL 15 does three kinds of work, and what it says of
//! itself is laid beside what its log tells.
//!
//! | figure | by SQL |
//! |---|---|
//! | records, their bytes, bytes of images | `pg_get_wal_stats` of `pg_walinspect` |
//! | commits, rollbacks and subtransactions | transaction numbers given out |
//! | rollbacks | `pg_stat_database`, and savepoints that were rolled back to |
//! | rows inserted, updated and deleted in each table | `pg_stat_user_tables` |
//! | the busiest relations, their names, their order and their bytes | `pg_walinspect` and `pg_class` |
//! | checkpoints, the last redo point, its time and timeline | `pg_stat_bgwriter`, `pg_control_checkpoint` |

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::postgres::Server;
use crate::releases::Release;
use crate::workspace::Workspace;

const SEGMENT_BYTES: u64 = 1 << 20;

/// Of the busiest relations, so many are compared.
const RELATIONS: usize = 8;

/// What a server is asked to do: its name, what is there before, and the work.
struct Work {
    name: &'static str,
    before: fn(&Server<'_>) -> Result<()>,
    run: fn(&Server<'_>) -> Result<()>,
    /// Savepoints that are rolled back to.
    savepoints: i64,
}

const WORKS: [Work; 3] = [
    Work {
        name: "single-row inserts",
        before: |server| {
            server
                .sql(
                    "create table event (id bigserial primary key, kind int, body text);
                     create index event_kind on event (kind);",
                )
                .map(drop)
        },
        run: |server| {
            let script = "\\set kind random(1, 50)\n\
                insert into event (kind, body) values (:kind, 'an event of kind ' || :kind);\n";
            server.pgbench(script, &["--client=2", "--transactions=1500"])?;
            server.sql("checkpoint")?;
            server.pgbench(script, &["--client=2", "--transactions=1500"])
        },
        savepoints: 0,
    },
    Work {
        name: "pgbench's TPC-B, with rollbacks, savepoints and prepared transactions",
        before: |server| server.run("pgbench", &["--initialize", "--quiet", "--scale=2"]),
        run: |server| {
            let run = ["--no-vacuum", "--client=4", "--transactions=400"];
            server.run("pgbench", &run)?;
            server.sql("checkpoint")?;
            server.run("pgbench", &run)?;
            let statements =
                "begin; update pgbench_tellers set tbalance = 1 where tid = 1; rollback;
                 begin; insert into pgbench_history (tid) values (1);
                 savepoint a; insert into pgbench_history (tid) values (2); release a;
                 savepoint b; insert into pgbench_history (tid) values (3); rollback to b; commit;
                 begin; insert into pgbench_history (tid) values (4); prepare transaction 'kept';
                 commit prepared 'kept';
                 begin; insert into pgbench_history (tid) values (5); prepare transaction 'lost';
                 rollback prepared 'lost';
                 delete from pgbench_history where tid = 4;";
            server.sql(statements).map(drop)
        },
        savepoints: 1,
    },
    Work {
        name: "bulk loads with indexes, deletes and vacuum",
        before: |server| {
            let file = server.folder().join("rows.csv");
            let file = file.display();
            let statements = format!(
                "create table item (id int primary key, owner int, name text);
                 create index item_owner on item (owner);
                 create table copy_of_item (id int, owner int, name text);
                 copy (select i, i % 97, 'item number ' || i from generate_series(1, 30000) i) to '{file}';"
            );
            server.sql(&statements).map(drop)
        },
        run: |server| {
            let file = server.folder().join("rows.csv");
            let file = file.display();
            let statements = format!(
                "copy item from '{file}';
                 checkpoint;
                 insert into copy_of_item select * from item;
                 update item set owner = owner + 1 where id % 10 = 0;
                 delete from item where id % 5 = 1;
                 checkpoint;
                 vacuum item;
                 create index copy_name on copy_of_item (name);"
            );
            server.sql(&statements).map(drop)
        },
        savepoints: 0,
    },
];

/// Lets servers work, and compares what they say with the reports of their logs.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let release = Release::debian(workspace)?;
    let mut differences = 0;
    for work in &WORKS {
        println!("{}", work.name);
        let figures = Check::run(workspace, &release, work)?;
        for figure in &figures {
            let Figure { name, ours, theirs } = figure;
            let verdict = if ours == theirs {
                "the same"
            } else {
                "DIFFERS"
            };
            println!("  {verdict:<9} {name}: report {ours}, SQL {theirs}");
        }
        differences += figures
            .iter()
            .filter(|figure| figure.ours != figure.theirs)
            .count();
    }
    ensure!(differences == 0, "{differences} figures differ");
    println!("every figure is the same");
    Ok(())
}

/// A figure by both.
struct Figure {
    name: String,
    ours: String,
    theirs: String,
}

/// A server that worked, and the report of its log.
struct Check<'a> {
    server: Server<'a>,
    report: Value,
    figures: Vec<Figure>,
}

/// What a server counts since it was made.
#[derive(Clone, Copy)]
struct Counts {
    xids: i64,
    rollbacks: i64,
    checkpoints: i64,
}

impl<'a> Check<'a> {
    fn run(workspace: &'a Workspace, release: &'a Release, work: &Work) -> Result<Vec<Figure>> {
        let settings = "max_wal_size = 1GB\nwal_keep_size = 512MB\ncheckpoint_timeout = 1h\nmax_prepared_transactions = 4\n\
             bgwriter_delay = 10s\nwal_compression = off\nmax_connections = 20";
        let server = Server::start(workspace, release, 1, settings)?;
        server.sql("create extension pg_walinspect")?;
        (work.before)(&server)?;
        settle(&server)?;
        server.sql("select pg_stat_reset(); select pg_switch_wal()")?;
        let first = server.position("pg_current_wal_insert_lsn()")? / SEGMENT_BYTES;
        let before = Counts::read(&server)?;
        (work.run)(&server)?;
        settle(&server)?;
        let after = Counts::read(&server)?;
        server.sql("select pg_switch_wal()")?;
        let last = server.position("pg_current_wal_insert_lsn()")? / SEGMENT_BYTES;
        let report = report(workspace, &server, first, last)?;
        let mut check = Self {
            server,
            report,
            figures: Vec::new(),
        };
        check.totals()?;
        check.transactions(before, after, work.savepoints);
        check.rows()?;
        check.relations()?;
        check.checkpoints(before, after)?;
        Ok(check.figures)
    }

    fn totals(&mut self) -> Result<()> {
        let range = self.range();
        let sums = self.server.sql(&format!(
            "select sum(count) || '|' || sum(record_size) || '|' || sum(fpi_size) from pg_get_wal_stats({range}, true)"
        ))?;
        let sums: Vec<&str> = sums.trim().split('|').collect();
        let names = ["records", "record_bytes", "image_bytes"];
        for (name, sum) in names.into_iter().zip(sums) {
            let ours = text(&self.report["total"][name]);
            self.add(name, ours, sum);
        }
        Ok(())
    }

    fn transactions(&mut self, before: Counts, after: Counts, savepoints: i64) {
        let told = self.report["transactions"].clone();
        let count = |name: &str| told[name].as_i64().unwrap_or(-1);
        let ended = count("commits") + count("aborts") + count("subtransactions");
        self.add(
            "commits, rollbacks and subtransactions, as transaction numbers",
            ended.to_string(),
            &(after.xids - before.xids).to_string(),
        );
        self.add(
            "rollbacks",
            count("aborts").to_string(),
            &(after.rollbacks - before.rollbacks + savepoints).to_string(),
        );
    }

    fn rows(&mut self) -> Result<()> {
        let tables = self.server.sql(
            "select pg_class.relname || '|' || relfilenode || '|' || n_tup_ins || '|' || n_tup_upd || '|' || n_tup_del
             from pg_stat_user_tables join pg_class on pg_class.oid = relid
             where n_tup_ins + n_tup_upd + n_tup_del > 0 order by 1",
        )?;
        for table in tables.lines() {
            let fields: Vec<&str> = table.split('|').collect();
            let [name, file, rows @ ..] = fields.as_slice() else {
                continue;
            };
            let relations = self.report["relations"]["list"].as_array();
            let relation = relations
                .into_iter()
                .flatten()
                .find(|relation| text(&relation["file"]) == *file);
            let ours = ["inserted", "updated", "deleted"].map(|kind| {
                relation.map_or_else(String::new, |relation| text(&relation["rows"][kind]))
            });
            self.add(
                &format!("rows inserted, updated, deleted in {name}"),
                ours.join(", "),
                &rows.join(", "),
            );
        }
        Ok(())
    }

    /// SQL counts a record for its first relation; those that touch two are rare.
    fn relations(&mut self) -> Result<()> {
        let range = self.range();
        let busiest = self.server.sql(&format!(
            "select coalesce(pg_filenode_relation(case part[1] when '1663' then 0 else part[1]::oid end, part[3]::oid)::text, part[3])
                    || ' ' || sum(record_length)
             from pg_get_wal_records_info({range}),
                  regexp_match(block_ref, 'rel (\\d+)/(\\d+)/(\\d+)') part
             where part is not null
             group by part order by sum(record_length) desc limit {RELATIONS}"
        ))?;
        let list = self.report["relations"]["list"].clone();
        let list = list.as_array().context("a list of relations")?;
        for (n, theirs) in busiest.lines().enumerate() {
            let ours = list.get(n).map_or(Ok(String::new()), |relation| {
                let file = text(&relation["file"]);
                // The database's own tablespace goes by 0 here.
                let tablespace = Some(text(&relation["tablespace"])).filter(|own| own != "1663");
                let tablespace = tablespace.unwrap_or_else(|| "0".to_owned());
                let name = self.server.sql(&format!(
                    "select coalesce(pg_filenode_relation({tablespace}, {file})::text, '{file}')"
                ))?;
                anyhow::Ok(format!("{} {}", name.trim(), text(&relation["bytes"])))
            })?;
            self.add(
                &format!("busiest relation {} and its bytes", n + 1),
                ours,
                theirs,
            );
        }
        Ok(())
    }

    fn checkpoints(&mut self, before: Counts, after: Counts) -> Result<()> {
        let told = self.report["checkpoints"].clone();
        self.add(
            "checkpoints",
            text(&told["online"]),
            &(after.checkpoints - before.checkpoints).to_string(),
        );
        let last = told["list"]
            .as_array()
            .and_then(|list| list.last().cloned());
        let last = last.context("a checkpoint in the log")?;
        let keys = ["lsn", "redo_lsn", "began_us", "timeline"];
        let ours = keys.map(|key| text(&last[key])).join(", ");
        let theirs = self.server.sql(
            "select checkpoint_lsn || ', ' || redo_lsn || ', '
                    || extract(epoch from checkpoint_time)::bigint * 1000000 || ', ' || timeline_id
             from pg_control_checkpoint()",
        )?;
        self.add(
            "the last checkpoint's record, redo point, time, timeline",
            ours,
            theirs.trim(),
        );
        let redo = text(&self.report["redo"]["at_end"]["wal_bytes"]);
        let end = text(&self.report["end_lsn"]);
        let theirs = self.server.sql(&format!(
            "select '{end}'::pg_lsn - redo_lsn from pg_control_checkpoint()"
        ))?;
        self.add("WAL behind it", redo, theirs.trim());
        Ok(())
    }

    /// The log's range as arguments of SQL.
    fn range(&self) -> String {
        let [from, to] = ["first_lsn", "end_lsn"].map(|key| text(&self.report[key]));
        format!("'{from}', '{to}'")
    }

    fn add(&mut self, name: &str, ours: String, theirs: &str) {
        self.figures.push(Figure {
            name: name.to_owned(),
            ours,
            theirs: theirs.to_owned(),
        });
    }
}

impl Counts {
    fn read(server: &Server<'_>) -> Result<Self> {
        let number = |query: &str| -> Result<i64> {
            let answer = server.sql(query)?;
            answer
                .trim()
                .parse()
                .with_context(|| format!("{query} says {answer}"))
        };
        Ok(Self {
            xids: number("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")?,
            rollbacks: number("select sum(xact_rollback) from pg_stat_database")?,
            checkpoints: number(
                "select checkpoints_timed + checkpoints_req from pg_stat_bgwriter",
            )?,
        })
    }
}

/// Sessions that have ended hand in their counts a little later.
fn settle(server: &Server<'_>) -> Result<()> {
    server.sql("select pg_sleep(1.5)").map(drop)
}

/// What the program says of the files from one number to before another.
fn report(workspace: &Workspace, server: &Server<'_>, first: u64, last: u64) -> Result<Value> {
    let file = |number: u64| {
        let per_half = (1 << 32) / SEGMENT_BYTES;
        let name = format!("00000001{:08X}{:08X}", number / per_half, number % per_half);
        server.data().join("pg_wal").join(name)
    };
    let files: Vec<PathBuf> = (first..last).map(file).collect();
    let json = workspace
        .program("cargo")
        .args(["run", "--quiet", "--package=cli", "--"])
        .args(["wal", "report", "--json"])
        .args(&files)
        .read()?;
    let mut summary: Value = serde_json::from_str(&json)?;
    Ok(summary["report"].take())
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
