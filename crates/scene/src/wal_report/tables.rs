//! The tables of a report.

use protocol::{WalBusiest, WalReport, WalRows};

use crate::calendar::date;
use crate::chart::Table;
use crate::numbers;
use crate::words::{Arg, Words};

/// The busiest relations, with the rows that change in each.
pub fn relations(words: &Words, report: &WalReport) -> Table {
    let heads = [
        "wal.busiest.relation",
        "wal.table.bytes",
        "wal.busiest.images",
        "wal.busiest.changes",
        "wal.busiest.rows",
    ];
    let rows = report.relations.list.iter().map(|relation| {
        vec![
            relation.name(),
            size(words, relation.bytes, relation.bytes_at_most),
            numbers::percent(relation.image_bytes, relation.bytes),
            numbers::grouped(relation.changes),
            rows_changed(relation.rows),
        ]
    });
    Table {
        caption: counted(
            words,
            ["wal.busiest.relations", "wal.busiest.relations.most"],
            &report.relations,
        ),
        header: heads.map(|head| words.say(head).to_owned()).into(),
        rows: rows.collect(),
    }
}

/// The busiest blocks.
pub fn blocks(words: &Words, report: &WalReport) -> Table {
    let heads = [
        "wal.busiest.block",
        "wal.table.bytes",
        "wal.busiest.images",
        "wal.busiest.changes",
    ];
    let rows = report.blocks.list.iter().map(|block| {
        vec![
            block.name(),
            size(words, block.bytes, block.bytes_at_most),
            numbers::percent(block.image_bytes, block.bytes),
            numbers::grouped(block.changes),
        ]
    });
    Table {
        caption: counted(
            words,
            ["wal.busiest.blocks", "wal.busiest.blocks.most"],
            &report.blocks,
        ),
        header: heads.map(|head| words.say(head).to_owned()).into(),
        rows: rows.collect(),
    }
}

/// The checkpoints one by one. `None`: there is none.
pub fn checkpoints(words: &Words, report: &WalReport) -> Option<Table> {
    let told = &report.checkpoints;
    let heads = [
        "wal.checkpoints.began",
        "wal.checkpoints.kind",
        "wal.checkpoints.redo",
        "wal.checkpoints.since",
        "wal.checkpoints.timeline",
    ];
    let rows = told.list.iter().map(|checkpoint| {
        let kind = if checkpoint.shutdown {
            "wal.checkpoints.shutdown"
        } else {
            "wal.checkpoints.online"
        };
        vec![
            date(checkpoint.began_us),
            words.say(kind).to_owned(),
            checkpoint.redo_lsn.clone(),
            checkpoint
                .distance_bytes
                .map_or_else(String::new, numbers::bytes),
            checkpoint.timeline.to_string(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let args = [
        ("shown", Arg::Count(rows.len() as u64)),
        ("all", Arg::Count(told.online + told.shutdown)),
    ];
    (!rows.is_empty()).then(|| Table {
        caption: words.fill("wal.checkpoints.table", &args),
        header: heads.map(|head| words.say(head).to_owned()).into(),
        rows,
    })
}

/// What a table of the busiest is about, where all are counted and where not.
fn counted<T>(words: &Words, [all, most]: [&str; 2], told: &WalBusiest<T>) -> String {
    let args = [
        ("shown", Arg::Count(told.list.len() as u64)),
        ("all", Arg::Count(told.counted)),
        ("missed", Arg::Bytes(told.missed_at_most_bytes)),
    ];
    if told.missed_at_most_bytes == 0 {
        words.fill(all, &args)
    } else {
        let bounded = words.fill("wal.busiest.bounded", &args);
        format!("{}. {bounded}", words.fill(most, &args))
    }
}

fn size(words: &Words, least: u64, most: u64) -> String {
    if least == most {
        return numbers::bytes(least);
    }
    let args = [("least", Arg::Bytes(least)), ("most", Arg::Bytes(most))];
    words.fill("wal.busiest.between", &args)
}

/// Only what there is: `+12,000 ~30 −4`.
fn rows_changed(rows: WalRows) -> String {
    let kinds = [
        ('+', rows.inserted),
        ('~', rows.updated),
        ('−', rows.deleted),
    ];
    let kinds = kinds.into_iter().filter(|(_, count)| *count > 0);
    let kinds: Vec<_> = kinds
        .map(|(sign, count)| format!("{sign}{}", numbers::grouped(count)))
        .collect();
    kinds.join(" ")
}

#[cfg(test)]
mod tests {
    use protocol::{WalBlock, WalRelation};

    use super::*;

    #[test]
    fn counts_that_are_not_exact_are_said_to_lie_between_two() {
        let relation = |bytes_at_most| WalRelation {
            bytes: 1_000,
            bytes_at_most,
            image_bytes: 500,
            rows: WalRows {
                inserted: 1_200,
                updated: 0,
                deleted: 3,
            },
            ..WalRelation::default()
        };
        let mut report = WalReport::default();
        report.relations.list = vec![relation(1_000)];
        report.relations.counted = 1;
        let words = Words::english();
        let exact = relations(&words, &report);
        assert_eq!(exact.rows[0][1], "1 kB");
        assert_eq!(exact.rows[0][2], "50 %");
        assert_eq!(exact.rows[0][4], "+1,200 −3");
        report.relations.list = vec![relation(3_000)];
        report.relations.missed_at_most_bytes = 2_000;
        let bounded = relations(&words, &report);
        assert_eq!(bounded.rows[0][1], "1 kB to 3 kB");
        assert!(bounded.caption.contains("2 kB"), "{}", bounded.caption);
        report.blocks.list = vec![WalBlock::default()];
        assert_eq!(blocks(&words, &report).rows[0].len(), 4);
        assert_eq!(checkpoints(&words, &report), None);
    }
}
