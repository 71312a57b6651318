//! What happened, and why a commit waits, in sentences.

use protocol::{
    AwaitedPage, ChangeStep, EventLine, Gap, Happening, LabSetup, Limit, MembersChange, Missing,
    MissingWhy, Moment, Node, Obstacle, ReadRefusedWhy, ReadWait, ReadWhy, RecoveryStep, Verb,
    VolumeId, Wait,
};

use crate::numbers;
use crate::server;
use crate::upkeep;
use crate::words::Words;

/// A line of the event list, as a sentence; it names the volume unless that is the first.
pub fn told(words: &Words, setup: &LabSetup, line: &EventLine) -> String {
    let sentence = happened(words, setup, &line.what);
    match line.volume {
        VolumeId::FIRST => sentence,
        volume => words.fill(
            "of-volume",
            &[
                ("volume", volume.into()),
                ("sentence", sentence.as_str().into()),
            ],
        ),
    }
}

/// What happened, as a sentence.
pub fn happened(words: &Words, setup: &LabSetup, what: &Happening) -> String {
    let range = |key_one, key_many, first: u64, last: u64| {
        if first == last {
            words.fill(key_one, &[("first", first.into())])
        } else {
            words.fill(key_many, &[("first", first.into()), ("last", last.into())])
        }
    };
    let records = |first, last| range("records.one", "records.range", first, last);
    let of_read = |node: Node, page: u32, point: u64| {
        [
            ("node", node.into()),
            ("page", page.into()),
            ("point", point.into()),
        ]
    };
    let in_group = |group: u32| {
        if setup.groups > 1 || group > 0 {
            format!(
                " {}",
                words.fill("in-group", &[("group", (group + 1).into())])
            )
        } else {
            String::new()
        }
    };
    match *what {
        Happening::Issued { first, last } => {
            range("event.issued.one", "event.issued.range", first, last)
        }
        Happening::RecordsIssued { first, last, mtrs } => words.fill(
            "event.records-issued",
            &[
                ("first", first.into()),
                ("last", last.into()),
                ("count", mtrs.into()),
            ],
        ),
        Happening::CommitAsked { txn, lsn } => words.fill(
            "event.commit-asked",
            &[("txn", txn.into()), ("lsn", lsn.into())],
        ),
        Happening::CommitsAsked { count, lsn } => words.fill(
            "event.commits-asked",
            &[("count", count.into()), ("lsn", lsn.into())],
        ),
        Happening::Throttled { limit } => words.fill("event.throttled", &[("limit", limit.into())]),
        Happening::Unthrottled { limit } => {
            words.fill("event.unthrottled", &[("limit", limit.into())])
        }
        Happening::BoxcarResent { group, first, last } => words.fill(
            "event.boxcar-resent",
            &[
                ("records", (&records(first, last)).into()),
                ("group", (&in_group(group)).into()),
            ],
        ),
        Happening::NothingChanged {
            verb: tried,
            why: None,
        } => words.fill(
            "event.nothing-changed",
            &[("verb", (&verb(words, tried)).into())],
        ),
        Happening::NothingChanged {
            verb: tried,
            why: Some(why),
        } => words.fill(
            "event.impossible",
            &[
                ("verb", (&verb(words, tried)).into()),
                ("why", obstacle(words, why).into()),
            ],
        ),
        Happening::Asked { verb: asked } => {
            words.fill("event.asked", &[("verb", (&verb(words, asked)).into())])
        }
        Happening::MembersRegistered {
            epoch,
            change,
            step,
        } => words.fill(
            "event.members-registered",
            &[
                ("epoch", epoch.into()),
                ("change", (&members(words, change, step)).into()),
            ],
        ),
        Happening::MembersChanged {
            epoch,
            change,
            step,
        } => words.fill(
            "event.members-changed",
            &[
                ("epoch", epoch.into()),
                ("change", (&members(words, change, step)).into()),
            ],
        ),
        Happening::ChangeRefused { change, why } => words.fill(
            "event.change-refused",
            &[
                (
                    "change",
                    (&members(words, change, ChangeStep::Complete)).into(),
                ),
                ("why", obstacle(words, why).into()),
            ],
        ),
        Happening::NodeHydrating {
            node,
            peer,
            percent,
        } => words.fill(
            "event.node-hydrating",
            &[
                ("node", node.into()),
                ("peer", peer.into()),
                ("percent", percent.into()),
            ],
        ),
        Happening::NodeHydrated { node } => {
            words.fill("event.node-hydrated", &[("node", node.into())])
        }
        Happening::NodeDiscarded { node } => {
            words.fill("event.node-discarded", &[("node", node.into())])
        }
        Happening::NodeOutdated { node, epoch } => words.fill(
            "event.node-outdated",
            &[("node", node.into()), ("epoch", epoch.into())],
        ),
        Happening::BoxcarSent {
            group,
            first,
            last,
            records: count,
            bytes,
        } => words.fill(
            "event.boxcar-sent",
            &[
                ("count", count.into()),
                ("records", (&records(first, last)).into()),
                ("bytes", (&numbers::bytes(bytes)).into()),
                ("group", (&in_group(group)).into()),
            ],
        ),
        Happening::Received {
            node,
            group,
            first,
            last,
        } => words.fill(
            "event.received",
            &[
                ("node", node.into()),
                ("records", (&records(first, last)).into()),
                ("group", (&in_group(group)).into()),
            ],
        ),
        Happening::Stored {
            node,
            group,
            last,
            scl,
        } => words.fill(
            if scl < last {
                "event.stored.behind"
            } else {
                "event.stored"
            },
            &[
                ("node", node.into()),
                ("last", last.into()),
                ("scl", scl.into()),
                ("group", (&in_group(group)).into()),
            ],
        ),
        Happening::Acked { node, group, scl } => words.fill(
            "event.acked",
            &[
                ("node", node.into()),
                ("scl", scl.into()),
                ("group", (&in_group(group)).into()),
            ],
        ),
        Happening::PgclMoved { group, pgcl, node } => words.fill(
            "event.pgcl-moved",
            &[
                ("group", (&in_group(group)).into()),
                ("pgcl", pgcl.into()),
                ("need", setup.write_quorum.into()),
                ("node", node.into()),
            ],
        ),
        Happening::VclMoved { vcl } => words.fill(
            "event.vcl-moved",
            &[("vcl", vcl.into()), ("need", setup.write_quorum.into())],
        ),
        Happening::VdlMoved { vdl } => words.fill("event.vdl-moved", &[("vdl", vdl.into())]),
        Happening::CommitAcked { txn, lsn, took_ns } => words.fill(
            "event.commit-acked",
            &[
                ("txn", txn.into()),
                ("lsn", lsn.into()),
                ("took", (&numbers::span(took_ns)).into()),
            ],
        ),
        Happening::CommitsAcked {
            count,
            shortest_ns,
            longest_ns,
            ..
        } => words.fill(
            if shortest_ns == longest_ns {
                "event.commits-acked.alike"
            } else {
                "event.commits-acked"
            },
            &[
                ("count", count.into()),
                ("shortest", (&numbers::span(shortest_ns)).into()),
                ("longest", (&numbers::span(longest_ns)).into()),
            ],
        ),
        Happening::MessagesLost {
            node,
            group,
            count,
            first,
            last,
        } => words.fill(
            "event.messages-lost",
            &[
                ("node", node.into()),
                ("count", count.into()),
                ("records", (&records(first, last)).into()),
                ("group", (&in_group(group)).into()),
            ],
        ),
        Happening::Lost {
            node,
            group,
            first,
            last,
        } => words.fill(
            "event.lost",
            &[
                ("node", node.into()),
                ("records", (&records(first, last)).into()),
                ("group", (&in_group(group)).into()),
            ],
        ),
        Happening::FoundDown { node } => words.fill("event.found-down", &[("node", node.into())]),
        Happening::GapFound {
            node,
            group,
            after,
            until,
        } => words.fill(
            "event.gap-found",
            &[
                ("node", node.into()),
                ("after", after.into()),
                ("until", until.into()),
                ("group", (&in_group(group)).into()),
            ],
        ),
        Happening::GossipAsked { node, peer } => words.fill(
            "event.gossip-asked",
            &[("node", node.into()), ("peer", peer.into())],
        ),
        Happening::GossipGiven {
            node,
            peer,
            group,
            first,
            last,
        } => words.fill(
            "event.gossip-given",
            &[
                ("node", node.into()),
                ("peer", peer.into()),
                ("records", (&records(first, last)).into()),
                ("group", (&in_group(group)).into()),
            ],
        ),
        Happening::GossipEmpty { node, peer } => words.fill(
            "event.gossip-empty",
            &[("node", node.into()), ("peer", peer.into())],
        ),
        Happening::Upkeep { what } => upkeep::said(words, what, in_group),
        Happening::Server { what } => server::said(words, what),
        Happening::PageDamaged { node, page } => words.fill(
            "event.page-damaged",
            &[("node", node.into()), ("page", page.into())],
        ),
        Happening::ReadAsked {
            node,
            page,
            point,
            why,
        } => words.fill(
            match why {
                ReadWhy::First => "event.read-asked",
                ReadWhy::Probed => "event.read-probed",
                ReadWhy::Hedged => "event.read-hedged",
                ReadWhy::Elsewhere => "event.read-elsewhere",
            },
            &of_read(node, page, point),
        ),
        Happening::ReadAnswered {
            node,
            page,
            point,
            took_ns,
        } => {
            let [node, page, point] = of_read(node, page, point);
            let took = numbers::span(took_ns);
            let took = ("took", (&took).into());
            words.fill("event.read-answered", &[node, page, point, took])
        }
        Happening::ReadRefused {
            node,
            page,
            point,
            why,
        } => words.fill(
            match why {
                ReadRefusedWhy::LogOnly => "event.read-refused.log-only",
                ReadRefusedWhy::BelowFloor => "event.read-refused.below-floor",
                ReadRefusedWhy::Incomplete => "event.read-refused.incomplete",
                ReadRefusedWhy::Damaged => "event.read-refused.damaged",
            },
            &of_read(node, page, point),
        ),
        Happening::SnapshotTaken { point } => {
            words.fill("event.snapshot-taken", &[("point", point.into())])
        }
        Happening::SnapshotDone { point } => {
            words.fill("event.snapshot-done", &[("point", point.into())])
        }
        Happening::ZoneDown { az } => words.fill("event.zone-down", &[("zone", az.into())]),
        Happening::ZoneUp { az } => words.fill("event.zone-up", &[("zone", az.into())]),
        Happening::NodeDown { node } => words.fill("event.node-down", &[("node", node.into())]),
        Happening::NodeUp { node } => words.fill("event.node-up", &[("node", node.into())]),
        Happening::Slowed { node, ms } => words.fill(
            if ms == 0 {
                "event.slow-ended"
            } else {
                "event.slowed"
            },
            &[("node", node.into()), ("ms", ms.into())],
        ),
        Happening::DropSet { node, count } => words.fill(
            if count == 0 {
                "event.drop-ended"
            } else {
                "event.drop-set"
            },
            &[("node", node.into()), ("count", count.into())],
        ),
        Happening::WriterCrashed => words.say("event.writer-crashed").to_owned(),
        Happening::Partitioned { cut_off: true } => words.say("event.writer-cut-off").to_owned(),
        Happening::Partitioned { cut_off: false } => {
            words.say("event.writer-let-through").to_owned()
        }
        Happening::NewWriter { epoch } => {
            words.fill("event.new-writer", &[("epoch", epoch.into())])
        }
        Happening::RecoveryBegan { epoch } => {
            words.fill("event.recovery-began", &[("epoch", epoch.into())])
        }
        Happening::PointsFound { vcl, vdl } => words.fill(
            "event.points-found",
            &[("vcl", vcl.into()), ("vdl", vdl.into())],
        ),
        Happening::Truncating { after, until } => words.fill(
            "event.truncating",
            &[("after", after.into()), ("until", until.into())],
        ),
        Happening::Opened { epoch, next, .. } => words.fill(
            "event.opened",
            &[("epoch", epoch.into()), ("next", next.into())],
        ),
        Happening::WriterOver { epoch } => {
            words.fill("event.writer-over", &[("epoch", epoch.into())])
        }
        Happening::NodeFenced { node, epoch } => words.fill(
            "event.node-fenced",
            &[("node", node.into()), ("epoch", epoch.into())],
        ),
        Happening::NodeRefused { node, epoch } => words.fill(
            "event.node-refused",
            &[("node", node.into()), ("epoch", epoch.into())],
        ),
        Happening::NodeTruncated { node, after, until } => words.fill(
            "event.node-truncated",
            &[
                ("node", node.into()),
                ("after", after.into()),
                ("until", until.into()),
            ],
        ),
        Happening::CloneAsked => words.say("event.clone-asked").to_owned(),
        Happening::Cloned {
            source,
            at,
            copying_ns: 0,
        } => words.fill(
            "event.cloned",
            &[("source", source.into()), ("lsn", at.into())],
        ),
        Happening::Cloned {
            source,
            at,
            copying_ns,
        } => words.fill(
            "event.copied",
            &[
                ("source", source.into()),
                ("lsn", at.into()),
                ("time", numbers::span(copying_ns).as_str().into()),
            ],
        ),
        Happening::RestoreAsked { to } => match to {
            Moment::Time(ns) => words.fill(
                "event.restore-asked",
                &[("time", numbers::seconds(ns).as_str().into())],
            ),
            Moment::Lsn(lsn) => words.fill("event.restore-asked.lsn", &[("lsn", lsn.into())]),
        },
        Happening::Restored {
            source,
            at,
            copying_ns,
        } => words.fill(
            "event.restored",
            &[
                ("source", source.into()),
                ("lsn", at.into()),
                ("time", numbers::span(copying_ns).as_str().into()),
            ],
        ),
        Happening::VolumeDeleted { freed } => {
            words.fill("event.volume-deleted", &[("pages", freed.into())])
        }
        Happening::WriteAsked { page } => words.fill("event.write-asked", &[("page", page.into())]),
        Happening::WorkloadEnded => words.say("event.workload-ended").to_owned(),
    }
}

/// The records that a gap lacks.
pub fn gap(words: &Words, gap: Gap) -> String {
    let (key, count) = match gap.records {
        Some(1) => ("gap.one", 1),
        Some(count) => ("gap.some", count),
        None => ("gap.many", 0),
    };
    words.fill(
        key,
        &[
            ("count", count.into()),
            ("after", gap.after.into()),
            ("until", gap.until.into()),
        ],
    )
}

/// What happened, as the cause of something else: `c1 acknowledged everything up to 1,042`.
pub fn as_cause(words: &Words, what: &Happening) -> String {
    let of_node = |key, node: Node| words.fill(key, &[("node", node.into())]);
    let of_lsn =
        |key, node: Node, lsn: u64| words.fill(key, &[("node", node.into()), ("lsn", lsn.into())]);
    let of_page = |key, node: Node, page: u32| {
        words.fill(key, &[("node", node.into()), ("page", page.into())])
    };
    let of_both = |key, node: Node, peer: Node| {
        words.fill(key, &[("node", node.into()), ("peer", peer.into())])
    };
    match *what {
        Happening::Issued { last, .. } => words.fill("cause.issued", &[("lsn", last.into())]),
        Happening::RecordsIssued { first, last, .. } => words.fill(
            "cause.records-issued",
            &[("first", first.into()), ("last", last.into())],
        ),
        Happening::CommitsAsked { count, .. } => {
            words.fill("cause.commits-asked", &[("count", count.into())])
        }
        Happening::CommitsAcked { count, .. } => {
            words.fill("cause.commits-acked", &[("count", count.into())])
        }
        Happening::MessagesLost { node, .. } => of_node("cause.messages-lost", node),
        Happening::CommitAsked { txn, .. } => {
            words.fill("cause.commit-asked", &[("txn", txn.into())])
        }
        Happening::Throttled { .. } => words.say("cause.throttled").to_owned(),
        Happening::Unthrottled { .. } => words.say("cause.unthrottled").to_owned(),
        Happening::BoxcarSent { last, .. } => {
            words.fill("cause.boxcar-sent", &[("lsn", last.into())])
        }
        Happening::BoxcarResent { last, .. } => {
            words.fill("cause.boxcar-resent", &[("lsn", last.into())])
        }
        Happening::NothingChanged { .. } => words.say("cause.nothing-changed").to_owned(),
        Happening::Asked { verb: asked } => {
            words.fill("cause.asked", &[("verb", (&verb(words, asked)).into())])
        }
        Happening::MembersRegistered { epoch, .. } => {
            words.fill("cause.members-registered", &[("epoch", epoch.into())])
        }
        Happening::MembersChanged { epoch, .. } => {
            words.fill("cause.members-changed", &[("epoch", epoch.into())])
        }
        Happening::ChangeRefused { .. } => words.say("cause.change-refused").to_owned(),
        Happening::NodeHydrating { node, .. } => of_node("cause.node-hydrating", node),
        Happening::NodeHydrated { node } => of_node("cause.node-hydrated", node),
        Happening::NodeDiscarded { node } => of_node("cause.node-discarded", node),
        Happening::NodeOutdated { node, .. } => of_node("cause.node-outdated", node),
        Happening::Received { node, last, .. } => of_lsn("cause.received", node, last),
        Happening::Stored { node, last, .. } => of_lsn("cause.stored", node, last),
        Happening::Acked { node, scl, .. } => of_lsn("cause.acked", node, scl),
        Happening::PgclMoved { pgcl, .. } => {
            words.fill("cause.pgcl-moved", &[("lsn", pgcl.into())])
        }
        Happening::VclMoved { vcl } => words.fill("cause.vcl-moved", &[("lsn", vcl.into())]),
        Happening::VdlMoved { vdl } => words.fill("cause.vdl-moved", &[("lsn", vdl.into())]),
        Happening::CommitAcked { txn, .. } => {
            words.fill("cause.commit-acked", &[("txn", txn.into())])
        }
        Happening::Lost { node, .. } => of_node("cause.lost", node),
        Happening::FoundDown { node } => of_node("cause.found-down", node),
        Happening::GapFound { node, .. } => of_node("cause.gap-found", node),
        Happening::GossipAsked { node, peer } => of_both("cause.gossip-asked", node, peer),
        Happening::GossipGiven { node, peer, .. } => of_both("cause.gossip-given", node, peer),
        Happening::GossipEmpty { node, peer } => of_both("cause.gossip-empty", node, peer),
        Happening::Upkeep { what } => upkeep::cause(words, what),
        Happening::Server { what } => server::cause(words, what),
        Happening::PageDamaged { node, .. } => of_node("cause.page-damaged", node),
        Happening::ReadAsked { node, page, .. } => of_page("cause.read-asked", node, page),
        Happening::ReadAnswered { node, page, .. } => of_page("cause.read-answered", node, page),
        Happening::ReadRefused { node, page, .. } => of_page("cause.read-refused", node, page),
        Happening::SnapshotTaken { point } => {
            words.fill("cause.snapshot-taken", &[("point", point.into())])
        }
        Happening::SnapshotDone { point } => {
            words.fill("cause.snapshot-done", &[("point", point.into())])
        }
        Happening::ZoneDown { az } => words.fill("cause.zone-down", &[("zone", az.into())]),
        Happening::ZoneUp { az } => words.fill("cause.zone-up", &[("zone", az.into())]),
        Happening::NodeDown { node } => of_node("cause.node-down", node),
        Happening::NodeUp { node } => of_node("cause.node-up", node),
        Happening::Slowed { node, .. } => of_node("cause.slowed", node),
        Happening::DropSet { node, .. } => of_node("cause.drop-set", node),
        Happening::WriterCrashed => words.say("cause.writer-crashed").to_owned(),
        Happening::Partitioned { cut_off: true } => words.say("cause.writer-cut-off").to_owned(),
        Happening::Partitioned { cut_off: false } => {
            words.say("cause.writer-let-through").to_owned()
        }
        Happening::NewWriter { .. } => words.say("cause.new-writer").to_owned(),
        Happening::RecoveryBegan { epoch } => {
            words.fill("cause.recovery-began", &[("epoch", epoch.into())])
        }
        Happening::PointsFound { .. } => words.say("cause.points-found").to_owned(),
        Happening::Truncating { after, .. } => {
            words.fill("cause.truncating", &[("after", after.into())])
        }
        Happening::Opened { .. } => words.say("cause.opened").to_owned(),
        Happening::WriterOver { epoch } => {
            words.fill("cause.writer-over", &[("epoch", epoch.into())])
        }
        Happening::NodeFenced { node, .. } => of_node("cause.node-fenced", node),
        Happening::NodeRefused { node, epoch } => words.fill(
            "cause.node-refused",
            &[("node", node.into()), ("epoch", epoch.into())],
        ),
        Happening::NodeTruncated { node, after, .. } => words.fill(
            "cause.node-truncated",
            &[("node", node.into()), ("after", after.into())],
        ),
        Happening::CloneAsked => words.say("cause.clone-asked").to_owned(),
        Happening::Cloned { .. } => words.say("cause.cloned").to_owned(),
        Happening::RestoreAsked { .. } => words.say("cause.restore-asked").to_owned(),
        Happening::Restored { .. } => words.say("cause.restored").to_owned(),
        Happening::VolumeDeleted { .. } => words.say("cause.volume-deleted").to_owned(),
        Happening::WriteAsked { page } => words.fill("cause.write-asked", &[("page", page.into())]),
        Happening::WorkloadEnded => words.say("cause.workload-ended").to_owned(),
    }
}

/// Why the oldest commit waits: for which record, and how many copies that has.
pub fn waits(words: &Words, wait: &Wait) -> String {
    let key = if wait.lsn == wait.commit_lsn {
        "wait.own"
    } else {
        "wait.earlier"
    };
    words.fill(
        key,
        &[
            ("txn", wait.txn.into()),
            ("lsn", wait.lsn.into()),
            ("commit", wait.commit_lsn.into()),
            ("have", wait.have.into()),
            ("need", wait.need.into()),
        ],
    )
}

/// What the transaction waits for that has waited longest for pages.
pub fn waits_for_pages(words: &Words, wait: &ReadWait) -> String {
    let key = match (wait.stopped, wait.txn) {
        (false, Some(_)) => "wait.pages",
        (false, None) => "wait.pages.reader",
        (true, Some(_)) => "wait.pages.stopped",
        (true, None) => "wait.pages.reader.stopped",
    };
    words.fill(
        key,
        &[
            ("txn", wait.txn.unwrap_or(0).into()),
            ("count", (wait.pages.len() as u64).into()),
            ("since", (&numbers::since(wait.asked_ns)).into()),
        ],
    )
}

/// Who was asked for a page that is not there yet.
pub fn awaited(words: &Words, awaited: &AwaitedPage) -> String {
    words.fill(
        "wait.page",
        &[
            ("page", awaited.page.into()),
            ("node", awaited.asked.into()),
            ("time", (&numbers::since(awaited.asked_ns)).into()),
        ],
    )
}

/// Why one copy has not acknowledged.
pub fn missing(words: &Words, missing: &Missing) -> String {
    let node = missing.node;
    let say = |key| words.fill(key, &[("node", node.into())]);
    match missing.why {
        MissingWhy::Down { since_ns } => words.fill(
            "missing.down",
            &[
                ("node", node.into()),
                ("since", (&numbers::since(since_ns)).into()),
            ],
        ),
        MissingWhy::OnTheWay => say("missing.on-the-way"),
        MissingWhy::Writing => say("missing.writing"),
        MissingWhy::Behind { scl } => words.fill(
            "missing.behind",
            &[("node", node.into()), ("scl", scl.into())],
        ),
        MissingWhy::Lost => say("missing.lost"),
        MissingWhy::AckOnTheWay => say("missing.ack-on-the-way"),
    }
}

/// Why the lab itself ended the run.
pub fn limit(words: &Words, limit: Limit) -> String {
    match limit {
        Limit::Records(count) => words.fill("limit.records", &[("count", count.into())]),
        Limit::UnderWay => words.say("limit.under-way").to_owned(),
    }
}

/// What is done to the world, as a short command: `take zone b down`.
pub fn verb(words: &Words, verb: Verb) -> String {
    match verb {
        Verb::AzDown(az) => words.fill("verb.az-down", &[("zone", az.into())]),
        Verb::AzUp(az) => words.fill("verb.az-up", &[("zone", az.into())]),
        Verb::NodeDown(node) => words.fill("verb.node-down", &[("node", node.into())]),
        Verb::NodeUp(node) => words.fill("verb.node-up", &[("node", node.into())]),
        Verb::Slow { node, ms } => words.fill(
            if ms == 0 {
                "verb.slow-end"
            } else {
                "verb.slow"
            },
            &[("node", node.into()), ("ms", ms.into())],
        ),
        Verb::Drop { node, count } => words.fill(
            match count {
                0 => "verb.drop-end",
                1 => "verb.drop.one",
                _ => "verb.drop",
            },
            &[("node", node.into()), ("count", count.into())],
        ),
        Verb::Clone(volume) => words.fill("verb.clone", &[("volume", volume.into())]),
        Verb::DeleteVolume(volume) => {
            words.fill("verb.delete-volume", &[("volume", volume.into())])
        }
        Verb::RestoreVolume {
            volume,
            to: Moment::Time(ns),
        } => words.fill(
            "verb.restore-volume",
            &[
                ("volume", volume.into()),
                ("time", numbers::seconds(ns).as_str().into()),
            ],
        ),
        Verb::RestoreVolume {
            volume,
            to: Moment::Lsn(lsn),
        } => words.fill(
            "verb.restore-volume.lsn",
            &[("volume", volume.into()), ("lsn", lsn.into())],
        ),
        Verb::Write { volume, page } => words.fill(
            "verb.write",
            &[("volume", volume.into()), ("page", page.into())],
        ),
        Verb::CorruptPage { node, page } => words.fill(
            "verb.corrupt-page",
            &[("node", node.into()), ("page", page.into())],
        ),
        Verb::CrashWriter => words.say("verb.crash-writer").to_owned(),
        Verb::Recover => words.say("verb.recover").to_owned(),
        Verb::Partition => words.say("verb.partition").to_owned(),
        Verb::Heal => words.say("verb.heal").to_owned(),
        Verb::Replace(node) => words.fill("verb.replace", &[("node", node.into())]),
        Verb::Restore(node) => words.fill("verb.restore", &[("node", node.into())]),
        Verb::DropZone(az) => words.fill("verb.drop-zone", &[("zone", az.into())]),
        Verb::AddZone(az) => words.fill("verb.add-zone", &[("zone", az.into())]),
        Verb::Grow => words.say("verb.grow").to_owned(),
        Verb::StandbyDown(standby) => {
            words.fill("verb.standby-down", &[("standby", standby.into())])
        }
        Verb::StandbyUp(standby) => words.fill("verb.standby-up", &[("standby", standby.into())]),
        Verb::StandbySlow { standby, ms } => words.fill(
            if ms == 0 {
                "verb.standby-slow-end"
            } else {
                "verb.standby-slow"
            },
            &[("standby", standby.into()), ("ms", ms.into())],
        ),
        Verb::Promote(standby) => words.fill("verb.promote", &[("standby", standby.into())]),
    }
}

/// What becomes of the members: `c3 may take the place of c2`.
fn members(words: &Words, change: MembersChange, step: ChangeStep) -> String {
    let key = |begin, complete, reverse| match step {
        ChangeStep::Begin => begin,
        ChangeStep::Complete => complete,
        ChangeStep::Reverse => reverse,
    };
    match change {
        MembersChange::Replace { suspect, newcomer } => words.fill(
            key(
                "change.replace.begin",
                "change.replace",
                "change.replace.reverse",
            ),
            &[("suspect", suspect.into()), ("newcomer", newcomer.into())],
        ),
        MembersChange::Leave { zone } => words.fill(
            key("change.leave.begin", "change.leave", "change.leave.reverse"),
            &[("zone", zone.into())],
        ),
        MembersChange::Return => {
            let key = key(
                "change.return.begin",
                "change.return",
                "change.return.reverse",
            );
            words.say(key).to_owned()
        }
        MembersChange::Grow => words.say("change.grow").to_owned(),
    }
}

/// Why something cannot be done.
pub fn obstacle(words: &Words, why: Obstacle) -> &str {
    words.say(match why {
        Obstacle::NoWriter => "obstacle.no-writer",
        Obstacle::NoSpare => "obstacle.no-spare",
        Obstacle::NoMember => "obstacle.no-member",
        Obstacle::MemberAlready => "obstacle.member-already",
        Obstacle::UnderWay => "obstacle.under-way",
        Obstacle::NotUnderWay => "obstacle.not-under-way",
        Obstacle::OneAtATime => "obstacle.one-at-a-time",
        Obstacle::LeftOutAlready => "obstacle.left-out-already",
        Obstacle::NobodyLeftOut => "obstacle.nobody-left-out",
        Obstacle::NobodyLeft => "obstacle.nobody-left",
        Obstacle::FullAndTail => "obstacle.full-and-tail",
        Obstacle::NotHydrated => "obstacle.not-hydrated",
        Obstacle::NoRoom => "obstacle.no-room",
        Obstacle::NoPower => "obstacle.no-power",
        Obstacle::PrimaryWorks => "obstacle.primary-works",
    })
}

/// What a writer that recovers is doing: `asks the nodes`.
pub fn step(words: &Words, step: RecoveryStep) -> &str {
    words.say(match step {
        RecoveryStep::Fence => "stage.writer.fence",
        RecoveryStep::CatchUp => "stage.writer.catch-up",
        RecoveryStep::Truncate => "stage.writer.truncate",
        RecoveryStep::Register => "stage.writer.register",
    })
}
