//! What WAL files tell, in figures: each is computed from the records, in constant memory.
//!
//! | part | what it counts | its bound |
//! |---|---|---|
//! | [`pgwal::Stats`] | records and bytes by operation | 4,096 operations |
//! | `transactions` | how they end, and how large they are | 65,536 open ones |
//! | `over_time` | commits and bytes by time | 256 buckets |
//! | `over_log` | bytes by place, and behind redo points | 8,192 buckets |
//! | `checkpoints` | redo points and what lies between | 256 told one by one |
//! | `busiest` | relations and blocks by bytes | 4,096 and 65,536 counters |
//! | `volume` | what a volume would be sent | see `estimate` |
//!
//! Together that is less than 40 MiB, whatever the log holds. Beyond its bound a part says less: a
//! series halves its resolution, counters tell a range in place of a number.

mod busiest;
mod checkpoints;
mod over_log;
mod over_time;
mod redo;
mod series;
#[cfg(test)]
mod tests;
mod transactions;

use pgwal::{
    Block, End, EndReason, Fork, Operation, PgVersion, Record, Relation, Rows, Stats, Tally,
    TransactionEnd, WalLsn,
};
use protocol::{
    WalBlock, WalBusiest, WalManager, WalOperation, WalPlayed, WalRelation, WalReport, WalRows,
    WalTally, WalVolume,
};

use super::estimate::Estimates;
use super::volume::{Nothing, Part, Size, length_of};
use busiest::{Busiest, Counter, Work};
use checkpoints::Checkpoints;
use over_log::OverLog;
use over_time::OverTime;
use transactions::Transactions;

const RELATIONS_MAX: usize = 4_096;
const BLOCKS_MAX: usize = 65_536;

/// Of relations and of blocks, so many are told.
const BUSIEST_TOLD: usize = 20;

/// Copies of a volume's log.
const COPIES: u32 = 6;

/// Counts the records of a log.
#[derive(Clone, Debug)]
pub(super) struct Analysis {
    version: Option<PgVersion>,
    stats: Stats,
    rows: Rows,
    transactions: Transactions,
    over_time: OverTime,
    over_log: OverLog,
    checkpoints: Checkpoints,
    relations: Busiest<Relation>,
    blocks: Busiest<(Relation, Fork, u32)>,
    volume: WalVolume,
    estimates: Estimates,
}

impl Default for Analysis {
    fn default() -> Self {
        Self {
            version: None,
            stats: Stats::default(),
            rows: Rows::default(),
            transactions: Transactions::default(),
            over_time: OverTime::default(),
            over_log: OverLog::default(),
            checkpoints: Checkpoints::default(),
            relations: Busiest::new(RELATIONS_MAX),
            blocks: Busiest::new(BLOCKS_MAX),
            volume: WalVolume::default(),
            estimates: Estimates::default(),
        }
    }
}

impl Analysis {
    /// Counts a record: how a transaction ended with it, if one did, and what a volume would be sent.
    pub(super) fn push(
        &mut self,
        record: &Record<'_>,
        end: Option<&TransactionEnd<'_>>,
        parts: Result<&[Part], Nothing>,
    ) {
        self.version = Some(record.version);
        self.stats.push(record);
        let image_bytes = u64::from(record.image_bytes());
        let record_bytes = u64::from(length_of(record.bytes)) - image_bytes;
        self.transactions.push(record, end);
        self.over_time.push(record_bytes, image_bytes, end);
        self.over_log.push(record.lsn, record_bytes, image_bytes);
        self.checkpoints.push(record, self.start());
        self.blocks(record);
        self.volume(parts);
    }

    /// Whether nothing came that a volume would be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.volume.records == 0
    }

    /// How large the changes are that were not logged.
    pub(super) fn estimates(&self) -> &Estimates {
        &self.estimates
    }

    /// The report of a log that ends so, or is damaged behind its last record, of which so much can be
    /// played.
    pub(super) fn finish(self, end: Option<End>, played: WalPlayed) -> WalReport {
        let (start, last_end) = self.stats.range.unwrap_or_default();
        let missing = self.estimates.missing();
        let bytes = self.volume.bytes + missing.bytes;
        let (redo_points, next) = self.checkpoints.redo_points();
        WalReport {
            format: WalReport::FORMAT,
            version: self.version.map_or(0, |version| version.number().into()),
            first_lsn: start.to_string(),
            end_lsn: last_end.to_string(),
            end: end.map_or("", |end| reason(end.reason)).to_owned(),
            total: tally(self.stats.total()),
            managers: managers(&self.stats),
            rows: rows(self.rows),
            over_log: self.over_log.finish(),
            after_checkpoint: self.over_log.after(&redo_points, next),
            checkpoints: self.checkpoints.finish(start),
            redo: redo::estimate(
                self.checkpoints.redo_to(last_end, start),
                self.checkpoints.worst(last_end, start),
            ),
            relations: busiest(&self.relations, relation),
            blocks: busiest(&self.blocks, block),
            transactions: self.transactions.finish(),
            over_time: self.over_time.finish(),
            volume: WalVolume {
                bytes,
                estimated_records: missing.changes,
                estimated_bytes: missing.bytes,
                copies: COPIES,
                sent_bytes: bytes * u64::from(COPIES),
                ..self.volume
            },
            played,
        }
    }

    fn start(&self) -> WalLsn {
        self.stats.range.unwrap_or_default().0
    }

    /// Gives each block what is its own, and the first one the rest.
    fn blocks(&mut self, record: &Record<'_>) {
        let rows = record.rows();
        self.rows.add(rows);
        let own = |block: &Block| {
            let image = block.image.as_ref().map_or(0, pgwal::Image::len);
            u64::from(block.data.end - block.data.start + image)
        };
        let all: u64 = record.blocks.iter().map(own).sum();
        let mut shared = record.bytes.len() as u64 - all;
        let mut rows = rows;
        for block in record.blocks {
            let work = Work {
                changes: 1,
                bytes: own(block) + std::mem::take(&mut shared),
                image_bytes: block.image.as_ref().map_or(0, |image| image.len().into()),
                rows: std::mem::take(&mut rows),
            };
            self.relations.add(block.relation, work);
            let key = (block.relation, block.fork, block.number);
            self.blocks.add(key, work);
        }
    }

    fn volume(&mut self, parts: Result<&[Part], Nothing>) {
        let volume = &mut self.volume;
        match parts {
            Err(Nothing::NoPage) => volume.left_out += 1,
            Err(Nothing::Guard) => volume.guards += 1,
            Ok(parts) => {
                for part in parts {
                    volume.records += 1;
                    volume.bytes += u64::from(part.bytes);
                    volume.image_bytes += u64::from(part.image_bytes);
                    match part.size {
                        Size::Logged(kind, bytes) => self.estimates.logged(kind, bytes),
                        Size::Missing(kind) => self.estimates.missed(kind),
                        Size::Whole => {}
                    }
                }
            }
        }
    }
}

/// Why a log ended, as a sentence without its full stop.
const fn reason(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Zeroes => "the server has written no further",
        EndReason::Recycled => "what follows is left over from an earlier use of the file",
        EndReason::Unfinished => "the last record was never written to its end",
        EndReason::Torn => "the last record was still being written when it was copied",
        EndReason::InputOver => "the files end with a whole record",
        EndReason::RunsOver => "the last record goes on in a file that is not here",
        EndReason::CutShort => "the last file is cut short between two records",
        EndReason::Limit => "the asked end is reached",
    }
}

/// Records and bytes by resource manager and operation, in the order of their numbers.
fn managers(stats: &Stats) -> Vec<WalManager> {
    let mut managers: Vec<WalManager> = Vec::new();
    for (operation, row) in &stats.rows {
        let name = operation.rmgr().to_string();
        if managers.last().is_none_or(|manager| manager.name != name) {
            managers.push(WalManager {
                name,
                ..WalManager::default()
            });
        }
        if let Some(manager) = managers.last_mut() {
            manager.tally.records += row.records;
            manager.tally.record_bytes += row.record_bytes;
            manager.tally.image_bytes += row.image_bytes;
            manager.operations.push(WalOperation {
                name: short_name(*operation),
                tally: tally(*row),
            });
        }
    }
    managers
}

/// An operation's name without that of its manager.
fn short_name(operation: Operation) -> String {
    let name = operation.to_string();
    let short = name.split_once('/').map(|(_, short)| short.to_owned());
    short.unwrap_or(name)
}

fn tally(tally: Tally) -> WalTally {
    WalTally {
        records: tally.records,
        record_bytes: tally.record_bytes,
        image_bytes: tally.image_bytes,
    }
}

fn rows(rows: Rows) -> WalRows {
    WalRows {
        inserted: rows.inserted,
        updated: rows.updated,
        deleted: rows.deleted,
    }
}

fn busiest<K, T>(counters: &Busiest<K>, told: fn(&Counter<K>) -> T) -> WalBusiest<T>
where
    K: Copy + Ord + std::hash::Hash,
{
    WalBusiest {
        counted: counters.count() as u64,
        missed_at_most_bytes: counters.floor(),
        list: counters.top(BUSIEST_TOLD).iter().map(told).collect(),
    }
}

fn relation(counter: &Counter<Relation>) -> WalRelation {
    let Relation {
        tablespace,
        database,
        file,
    } = counter.key;
    WalRelation {
        tablespace,
        database,
        file,
        changes: counter.work.changes,
        bytes: counter.work.bytes,
        bytes_at_most: counter.bytes_at_most(),
        image_bytes: counter.work.image_bytes,
        rows: rows(counter.work.rows),
    }
}

fn block(counter: &Counter<(Relation, Fork, u32)>) -> WalBlock {
    let (relation, fork, block) = counter.key;
    let fork = match fork {
        Fork::Main => "main",
        Fork::FreeSpaceMap => "fsm",
        Fork::VisibilityMap => "vm",
        Fork::Init => "init",
    };
    WalBlock {
        tablespace: relation.tablespace,
        database: relation.database,
        file: relation.file,
        fork: fork.to_owned(),
        block,
        changes: counter.work.changes,
        bytes: counter.work.bytes,
        bytes_at_most: counter.bytes_at_most(),
        image_bytes: counter.work.image_bytes,
    }
}

/// A number that JavaScript reads exactly. No server's log has larger ones.
fn said(number: u64) -> u64 {
    const MOST: u64 = (1 << 53) - 1;
    number.min(MOST)
}

/// The same of a time: 2255 in place of what is later.
fn said_time(time_us: i64) -> i64 {
    const MOST: i64 = (1 << 53) - 1;
    time_us.clamp(-MOST, MOST)
}
