//! A report as text: sections of short lines, in columns that line up.

use protocol::{
    WalBlock, WalBusiest, WalMoment, WalRelation, WalReport, WalRestart, WalRows, WalStep,
    WalSummary, WalTally,
};
use scene::calendar::date;
use scene::numbers::{bytes, grouped, percent, rounded, span};

/// No line is longer.
pub(super) const WIDTH: usize = 96;

/// Rows of a series.
const ROWS: usize = 16;

/// Of checkpoints, relations and blocks, so many are written.
const LISTED: usize = 12;

/// The report as text.
pub(super) fn text(summary: &WalSummary) -> String {
    let report = &summary.report;
    let sections = [
        head(summary),
        records(report),
        rows_and_transactions(report),
        over_time(report),
        images(report),
        checkpoints(report),
        redo(report),
        busiest(report),
        volume(report),
    ];
    sections.concat()
}

fn head(summary: &WalSummary) -> String {
    let report = &summary.report;
    let mut text = format!("WAL of PostgreSQL {}\n", report.version);
    match summary.files.as_slice() {
        [] => {}
        [one] => line(&mut text, &format!("file    {one}")),
        [first, .., last] => {
            let count = summary.files.len();
            line(&mut text, &format!("files   {count}: {first}"));
            line(&mut text, &format!("        to {last}"));
        }
    }
    let (from, to) = (&report.first_lsn, &report.end_lsn);
    line(&mut text, &format!("log     {from} to {to}"));
    if let Some(times) = &report.over_time {
        let [from, to] = [times.first_us, times.last_us].map(date);
        line(&mut text, &format!("time    {from} to {to}"));
    }
    match &summary.damage {
        None => line(&mut text, &format!("end     {}", report.end)),
        Some(problem) => {
            line(&mut text, "end     DAMAGED; what is reported precedes it:");
            wrapped(&mut text, "        ", &problem.text);
        }
    }
    for note in &summary.notes {
        let start = text.len();
        wrapped(&mut text, "        ", note);
        text.replace_range(start..start + 4, "note");
    }
    text
}

fn records(report: &WalReport) -> String {
    const BAR: usize = 24;
    let mut text = title("Records by resource manager and operation");
    let all = report.total.bytes();
    let row = |text: &mut String, name: &str, tally: WalTally| {
        let (own, images) = (tally.record_bytes, tally.image_bytes);
        let share = percent(tally.bytes(), all);
        let bar = bars(own, images, all, BAR);
        let records = grouped(tally.records);
        let (own, images) = (bytes(own), bytes(images));
        line(
            text,
            &format!("{name:<23}{records:>12}{own:>11}{images:>11}{share:>13}  {bar}"),
        );
    };
    let heads = [
        "",
        "records",
        "bytes",
        "images",
        "share",
        "= bytes  # images",
    ];
    line(
        &mut text,
        &format!(
            "{:<23}{:>12}{:>11}{:>11}{:>13}  {}",
            heads[0], heads[1], heads[2], heads[3], heads[4], heads[5]
        ),
    );
    let mut managers: Vec<_> = report.managers.iter().collect();
    managers.sort_by_key(|manager| std::cmp::Reverse(manager.tally.bytes()));
    for manager in managers {
        row(&mut text, &manager.name, manager.tally);
        let mut operations: Vec<_> = manager.operations.iter().collect();
        operations.sort_by_key(|operation| std::cmp::Reverse(operation.tally.bytes()));
        for operation in operations {
            row(&mut text, &format!("  {}", operation.name), operation.tally);
        }
    }
    row(&mut text, "all", report.total);
    text
}

fn rows_and_transactions(report: &WalReport) -> String {
    const BAR: usize = 40;
    let mut text = title("Transactions");
    let told = &report.transactions;
    let count = |count: u64, what: &str| format!("{} {what}", grouped(count));
    let mut ends = vec![
        count(told.commits, "commits"),
        count(told.aborts, "rollbacks (to savepoints, too)"),
    ];
    if told.subtransactions > 0 {
        ends.push(count(told.subtransactions, "subtransactions committed"));
    }
    if told.prepared + told.commits_prepared > 0 {
        let prepared = grouped(told.commits_prepared);
        ends.push(format!(
            "{} prepared, {prepared} of these commits",
            grouped(told.prepared)
        ));
    }
    wrapped(&mut text, "", &ends.join(", "));
    let WalRows {
        inserted,
        updated,
        deleted,
    } = report.rows;
    let rows = [
        count(inserted, "rows inserted"),
        count(updated, "updated"),
        count(
            deleted,
            "deleted (catalogs, TOAST and what was rolled back count, too)",
        ),
    ];
    wrapped(&mut text, "", &rows.join(", "));
    if let Some(sizes) = &told.sizes {
        let sizes_told = [
            ("mean", sizes.mean_bytes),
            ("half are within", sizes.p50_bytes),
            ("90 % within", sizes.p90_bytes),
            ("99 % within", sizes.p99_bytes),
            ("the largest", sizes.most_bytes),
        ];
        let sizes_told = sizes_told.map(|(name, size)| format!("{name} {}", bytes(size)));
        let sizes_told = sizes_told.join(", ");
        wrapped(
            &mut text,
            "",
            &format!("WAL of a commit with its subtransactions: {sizes_told}"),
        );
        let most = sizes.bins.iter().map(|bin| bin.transactions).max();
        for bin in &sizes.bins {
            let (from, to) = (
                bytes(bin.from_bytes),
                bytes(bin.from_bytes.saturating_mul(2)),
            );
            let bar = bars(bin.transactions, 0, most.unwrap_or(1), BAR);
            let transactions = grouped(bin.transactions);
            line(
                &mut text,
                &format!("{from:>10} to {to:<10}{transactions:>12}  {bar}"),
            );
        }
    }
    if told.unmeasured > 0 {
        let unmeasured = count(
            told.unmeasured,
            "commits are not measured: too many were open",
        );
        line(&mut text, &unmeasured);
    }
    text
}

fn over_time(report: &WalReport) -> String {
    const BAR: usize = 34;
    let Some(times) = &report.over_time else {
        return String::new();
    };
    let mut text = title("Over time");
    let buckets = few(&times.buckets, |sum: &mut WalMoment, next| {
        sum.commits += next.commits;
        sum.aborts += next.aborts;
        sum.record_bytes += next.record_bytes;
        sum.image_bytes += next.image_bytes;
    });
    let bucket_ns = times.bucket_us.saturating_mul(1_000);
    line(
        &mut text,
        &format!(
            "{:>12}{:>14}{:>16}{:>12}  WAL: = bytes  # images",
            "from", "commits/s", "WAL/s", "images"
        ),
    );
    let rate =
        |moment: &Sum<WalMoment>, count| per_second(count, bucket_ns.saturating_mul(moment.count));
    let rates = buckets.iter().map(|moment| rate(moment, moment.of.bytes()));
    let most = rates.max().unwrap_or(0);
    for moment in &buckets {
        let from = span(bucket_ns.saturating_mul(moment.before));
        let per_s = |count| rate(moment, count);
        let moment = moment.of;
        let commits = grouped(per_s(moment.commits));
        let rate = bytes(per_s(moment.bytes()));
        let share = percent(moment.image_bytes, moment.bytes());
        let bar = bars(
            per_s(moment.record_bytes),
            per_s(moment.image_bytes),
            most,
            BAR,
        );
        line(
            &mut text,
            &format!("{from:>12}{commits:>14}{rate:>16}{share:>12}  {bar}"),
        );
    }
    text
}

fn images(report: &WalReport) -> String {
    const BAR: usize = 40;
    let mut text = title("Full-page images");
    let WalTally { image_bytes, .. } = report.total;
    let share = percent(image_bytes, report.total.bytes());
    line(
        &mut text,
        &format!("{} of images, {share} of all WAL", bytes(image_bytes)),
    );
    let after = &report.after_checkpoint;
    if after.steps.is_empty() {
        line(
            &mut text,
            "no redo point lies in this log, so nothing tells when they come",
        );
        return text;
    }
    let steps = few(&after.steps, |sum: &mut WalStep, next| {
        // The fewest reach to its end.
        sum.checkpoints = next.checkpoints;
        sum.record_bytes += next.record_bytes;
        sum.image_bytes += next.image_bytes;
    });
    line(
        &mut text,
        &format!(
            "{:>24}{:>14}{:>13}",
            "behind a redo point", "checkpoints", "images"
        ),
    );
    for step in &steps {
        let ends = [step.before, step.before + step.count];
        let [from, to] = ends.map(|n| bytes(after.step_bytes.saturating_mul(n)));
        let step = step.of;
        let share = percent(step.image_bytes, step.bytes());
        let bar = bars(0, step.image_bytes, step.bytes(), BAR);
        let checkpoints = step.checkpoints;
        line(
            &mut text,
            &format!("{from:>10} to {to:<10}{checkpoints:>14}{share:>13}  {bar}"),
        );
    }
    text
}

fn checkpoints(report: &WalReport) -> String {
    let mut text = title("Checkpoints");
    let told = &report.checkpoints;
    let counts = format!(
        "{} online, {} of a shutdown or the end of recovery",
        told.online, told.shutdown
    );
    line(&mut text, &counts);
    if let Some(distance) = told.distance {
        let [least, mean, most] = [
            distance.least_bytes,
            distance.mean_bytes,
            distance.most_bytes,
        ]
        .map(bytes);
        let told = format!("from redo point to redo point: {least} to {most}, {mean} in the mean");
        line(&mut text, &told);
    }
    if !told.list.is_empty() {
        line(
            &mut text,
            &format!(
                "{:<25}{:<18}{:<18}{:>12}  {}",
                "began", "redo point", "record", "distance", "timeline, kind"
            ),
        );
    }
    for checkpoint in told.list.iter().take(LISTED) {
        let began = date(checkpoint.began_us);
        let kind = if checkpoint.shutdown {
            "shutdown"
        } else {
            "online"
        };
        let distance = checkpoint.distance_bytes.map_or_else(String::new, bytes);
        let (redo, lsn, timeline) = (&checkpoint.redo_lsn, &checkpoint.lsn, checkpoint.timeline);
        line(
            &mut text,
            &format!("{began:<25}{redo:<18}{lsn:<18}{distance:>12}  {timeline}, {kind}"),
        );
    }
    let all = told.online + told.shutdown;
    more(&mut text, all, LISTED.min(told.list.len()));
    text
}

fn redo(report: &WalReport) -> String {
    let mut text = title("Redo after a crash, estimated");
    let told = &report.redo;
    let seconds = |ms: u64| span(ms.saturating_mul(1_000_000));
    let restart = |text: &mut String, when: &str, restart: &WalRestart| {
        let WalRestart {
            lsn,
            redo_lsn,
            wal_bytes,
            measured_ms,
            talk_ms,
        } = restart;
        let (least, since) = if redo_lsn.is_empty() {
            (
                "at least ",
                "the log's beginning (no checkpoint tells more)".to_owned(),
            )
        } else {
            ("", format!("redo point {redo_lsn}"))
        };
        let (redone, short, long) = (bytes(*wal_bytes), seconds(*measured_ms), seconds(*talk_ms));
        line(text, &format!("{when} at {lsn}: {least}{short} to {long}"));
        line(text, &format!("        {redone} since {since}"));
    };
    restart(&mut text, "at the end,", &told.at_end);
    restart(&mut text, "at worst,  ", &told.at_worst);
    let rate = bytes(told.measured_bytes_per_s);
    let off = percent(told.measured_error_permille.into(), 1_000);
    let (start, per_gb) = (seconds(told.talk_start_ms), seconds(told.talk_ms_per_gb));
    wrapped(
        &mut text,
        "",
        &format!(
            "The shorter time is redo alone as the model of the conventional engine says it, at {rate} a second: \
             fitted to a PostgreSQL 15 that was measured, and off by {off} there (median). The longer one is the \
             whole restart of the server that a talk showed: {start}, and {per_gb} for each GB."
        ),
    );
    text
}

fn busiest(report: &WalReport) -> String {
    let mut text = title("Busiest relations");
    wrapped(
        &mut text,
        "",
        "tablespace/database/file: names are not in the log. In the database that wrote it, \
         pg_filenode_relation(tablespace, file) tells them; for its own tablespace, 1663 as a rule, give it 0.",
    );
    let all = report.total.bytes();
    let heads = |text: &mut String, name: &str, last: &str| {
        line(
            text,
            &format!(
                "{name:<30}{:>9}{:>10}{:>10}{:>12}  {last}",
                "changes", "bytes", "images", "share"
            ),
        );
    };
    let relations = &report.relations;
    heads(&mut text, "relation", "+new ~updated -gone");
    for relation in relations.list.iter().take(LISTED) {
        let WalRelation {
            changes,
            bytes: size,
            image_bytes,
            rows,
            ..
        } = relation;
        let row = work(&relation.name(), *changes, (*size, *image_bytes), all);
        let rows = [
            ('+', rows.inserted),
            ('~', rows.updated),
            ('-', rows.deleted),
        ];
        let rows = rows.into_iter().filter(|(_, count)| *count > 0);
        let rows: Vec<_> = rows
            .map(|(sign, count)| format!("{sign}{}", rounded(count)))
            .collect();
        line(&mut text, &format!("{row}  {}", rows.join(" ")));
    }
    bounds(&mut text, relations, |relation| {
        (relation.bytes, relation.bytes_at_most)
    });
    text += &title("Busiest blocks");
    let blocks = &report.blocks;
    heads(&mut text, "block", "");
    for block in blocks.list.iter().take(LISTED) {
        let WalBlock {
            changes,
            bytes: size,
            image_bytes,
            ..
        } = block;
        line(
            &mut text,
            &work(&block.name(), *changes, (*size, *image_bytes), all),
        );
    }
    bounds(&mut text, blocks, |block| {
        (block.bytes, block.bytes_at_most)
    });
    text
}

/// A row of what most of the log is about.
fn work(name: &str, changes: u64, (size, image_bytes): (u64, u64), all: u64) -> String {
    let (changes, share) = (grouped(changes), percent(size, all));
    let (size, images) = (bytes(size), bytes(image_bytes));
    format!("{name:<30}{changes:>9}{size:>10}{images:>10}{share:>12}")
}

/// How exact counts are.
fn bounds<T>(text: &mut String, told: &WalBusiest<T>, of: fn(&T) -> (u64, u64)) {
    more(text, told.counted, LISTED.min(told.list.len()));
    if told.missed_at_most_bytes > 0 {
        let off = told.list.iter().take(LISTED).map(of);
        let off = off.map(|(least, most)| most - least).max().unwrap_or(0);
        let missed = bytes(told.missed_at_most_bytes);
        let off = match off {
            0 => String::new(),
            off => format!(", up to {} more at most", bytes(off)),
        };
        wrapped(
            text,
            "",
            &format!(
                "There are more than are counted: these have as many bytes at least{off}, \
                 and none that is not counted has more than {missed}."
            ),
        );
    }
}

fn volume(report: &WalReport) -> String {
    let mut text = title("The same work on both kinds of storage");
    let volume = &report.volume;
    let total = report.total;
    let estimated = percent(volume.estimated_bytes, volume.bytes);
    let rows = [
        format!(
            "conventional   writes {} of WAL, {} of it images; pages are written besides",
            bytes(total.bytes()),
            bytes(total.image_bytes)
        ),
        format!(
            "quorum volume  is sent {} redo records, {} each copy; {} to all {}",
            grouped(volume.records),
            bytes(volume.bytes),
            bytes(volume.sent_bytes),
            volume.copies
        ),
    ];
    for row in rows {
        line(&mut text, &row);
    }
    wrapped(
        &mut text,
        "               ",
        &format!(
            "{estimated} of these bytes are estimated: {} records for which PostgreSQL logged an image instead \
             of the change. {} WAL records change no page, and {} only guard one; nothing of them is sent.",
            grouped(volume.estimated_records),
            grouped(volume.left_out),
            grouped(volume.guards)
        ),
    );
    text
}

fn title(name: &str) -> String {
    format!("\n{name}\n{}\n", "-".repeat(name.len()))
}

/// Adds a line, without what it has of space at its end.
fn line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Adds words in lines that are not too long, if no single word is.
fn wrapped(text: &mut String, indent: &str, words: &str) {
    let mut row = indent.to_owned();
    for word in words.split_whitespace() {
        let length = row.chars().count() + 1 + word.chars().count();
        if length > WIDTH && row.len() > indent.len() {
            line(text, &row);
            row.truncate(indent.len());
        }
        if row.len() > indent.len() {
            row.push(' ');
        }
        row.push_str(word);
    }
    line(text, &row);
}

fn more(text: &mut String, all: u64, listed: usize) {
    let others = all.saturating_sub(listed as u64);
    if others > 0 {
        line(text, &format!("... and {} more", grouped(others)));
    }
}

/// Two parts of a whole, as signs.
fn bars(own: u64, images: u64, whole: u64, width: usize) -> String {
    let signs = |count: u64| {
        let signs = u128::from(count) * width as u128 * 2 / u128::from(whole.max(1));
        usize::try_from(signs.div_ceil(2))
            .unwrap_or(width)
            .min(width)
    };
    let (own, all) = (signs(own), signs(own + images));
    "=".repeat(own) + &"#".repeat(all - own)
}

/// So few that they are quickly read: the sum of how many each is, and how many come before it.
fn few<T: Copy>(parts: &[T], add: fn(&mut T, &T)) -> Vec<Sum<T>> {
    let each = parts.len().div_ceil(ROWS).max(1);
    let sums = (0_u64..).zip(parts.chunks(each)).map(|(n, chunk)| {
        let mut sum = chunk[0];
        for next in &chunk[1..] {
            add(&mut sum, next);
        }
        Sum {
            of: sum,
            before: n * each as u64,
            count: chunk.len() as u64,
        }
    });
    sums.collect()
}

/// A few neighbours as one.
struct Sum<T> {
    of: T,
    before: u64,
    count: u64,
}

fn per_second(count: u64, of_ns: u64) -> u64 {
    let each = u128::from(count) * 1_000_000_000 / u128::from(of_ns.max(1));
    u64::try_from(each).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_small_share_have_room() {
        let mut report = WalReport::default();
        report.after_checkpoint.step_bytes = 1 << 20;
        report.after_checkpoint.steps = vec![WalStep {
            checkpoints: 2,
            record_bytes: 1 << 30,
            image_bytes: 8192,
        }];
        let text = images(&report);
        let row = text.lines().last().unwrap();
        assert!(row.contains(" 2  under 0.1 %"), "{text}");
    }
}
