//! What the commands print.

use std::fmt::Write as _;

use engine_quorum::{GroupId, NodeId, Reads, StorageNode};
use engine_wal::{Phase, Report, StandbyId};
use protocol::VolumeId;
use protocol::duration::ms;
use redo::Lsn;

use crate::check::{INVARIANTS, Violation};
use crate::explain::{MissingCopy, Reason, explain, explain_read};
use crate::soak::{GOES_ON, restless};
use crate::trace::Line;
use crate::trace::server::position;
use crate::trace::text::{lack, segment};
use crate::world::{Changed, Pages, World};

/// Writes a line.
pub(super) fn say(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// A line of the trace.
pub(super) fn line(world: &World, line: &Line, out: &mut String) {
    say(out, &line.text(world));
}

/// What the writer knows.
pub(super) fn points(world: &World, out: &mut String) {
    let (writer, points) = (world.writer(), world.writer().points());
    let (issued, vcl, vdl) = (points.issued(), points.vcl(), points.vdl());
    let limit = writer.limit();
    say(
        out,
        &format!("issued {issued} (limit {limit}), VCL {vcl}, VDL {vdl}"),
    );
    for group in world.groups() {
        let pgcl = points.pgcl(group);
        let scl = |node: NodeId| format!("{} {}", world.name(node), points.scl(group, node));
        let scls: Vec<_> = node_ids(world).map(scl).collect();
        say(
            out,
            &format!("{group} PGCL {pgcl}, SCL {}", scls.join(", ")),
        );
    }
}

/// How far the conventional engine's servers are.
pub(super) fn servers(world: &World, out: &mut String) {
    let Some(servers) = world.servers() else {
        return say(out, "no servers");
    };
    let home = servers.home();
    match servers.primary() {
        None => say(out, &format!("no primary, the last one in {home}")),
        Some(primary) => {
            let at = [
                primary.inserted(world.now()),
                primary.flushed(),
                primary.checkpointer().redo(),
            ];
            let [inserted, flushed, redo] = at.map(position);
            let state = match primary.phase() {
                Phase::Open => "open",
                Phase::Recovering(_) => "replaying",
                Phase::Concluding { .. } => "in its last checkpoint before it opens",
            };
            let waits = (primary.commits().len(), primary.waiting_for_standbys());
            say(
                out,
                &format!(
                    "primary in {home} {state}: inserted {inserted}, flushed {flushed}, redo point \
                     {redo}, pages {} of them dirty {}, commits waiting {}, for standbys {}",
                    primary.buffers().cached(),
                    primary.buffers().dirty(),
                    waits.0,
                    waits.1,
                ),
            );
        }
    }
    let ids = (0..protocol::Standby::LIMIT).map(StandbyId);
    for (id, standby) in ids.filter_map(|id| Some((id, servers.standby(id)?))) {
        let Report {
            written,
            flushed,
            replayed,
        } = standby.report();
        let [written, flushed, replayed] = [written, flushed, replayed].map(position);
        let connected = if servers.is_connected(id) {
            "connected"
        } else {
            "not connected"
        };
        let (number, zone) = (id.0 + 1, servers.zone_of(id));
        say(
            out,
            &format!(
                "s{number} in {zone} {connected}: written {written}, flushed {flushed}, replayed \
                 {replayed}"
            ),
        );
    }
}

/// What the writer has in its cache, and how far back it still reads.
pub(super) fn cache(world: &World, out: &mut String) {
    let writer = world.writer();
    let Some(cache) = writer.reads().map(Reads::cache) else {
        return say(out, "no cache");
    };
    let (counts, floor) = (cache.counts(), writer.read_floor());
    let (hits, misses, evictions) = (counts.hits, counts.misses, counts.evictions);
    say(
        out,
        &format!("hits {hits}, misses {misses}, evictions {evictions}, PGMRPL {floor}"),
    );
    for page in cache.pages() {
        say(out, &format!("page {}, page LSN {}", page.id(), page.lsn()));
    }
}

/// What the nodes have on their disks, known to the writer or not.
pub(super) fn segments(world: &World, out: &mut String) {
    for group in world.groups() {
        for id in node_ids(world) {
            let node = &world.nodes()[id.index()];
            let name = segment(group, id, world);
            say(
                out,
                &format!("{name} {}", segment_state(world, group, id, node)),
            );
        }
    }
}

/// The volumes, and what they share.
pub(super) fn volumes(world: &World, out: &mut String) {
    let (pages, held) = (world.pages(), world.pages_held());
    let alike = world.volumes().iter().all(|volume| volume.pages() == pages);
    for (id, volume) in (0..).map_while(VolumeId::new).zip(world.volumes()) {
        let mut text = format!("{id} VDL {}", volume.writer().points().vdl());
        if !alike {
            write!(text, ", {} pages", volume.pages()).expect("to a string");
        }
        if volume.deleted().is_some() {
            text.push_str(", given up");
        }
        if let Some(origin) = volume.origin() {
            let Changed { here, there, both } = origin.changed();
            let (source, at) = (origin.source, origin.at);
            let copy = match origin.pages {
                Pages::Shared => "",
                Pages::Copied => " full copy",
                Pages::Restored => " restored",
            };
            let changed = format!("changed {here} here, {there} there, {both} both");
            write!(text, ",{copy} of {source} at {at}, {changed}").expect("to a string");
        }
        say(out, &text);
    }
    if alike {
        say(out, &format!("{pages} pages each, {held} stored in all"));
    } else {
        say(out, &format!("{held} pages stored in all"));
    }
}

fn segment_state(world: &World, group: GroupId, id: NodeId, node: &StorageNode) -> String {
    let segment = node.segment(group);
    let mut parts = vec![
        format!("SCL {}", segment.scl()),
        format!("records {}", segment.stored_records),
    ];
    if segment.stored.highest() > segment.scl() {
        parts.push(format!("highest {}", segment.stored.highest()));
    }
    if let Some(gap) = segment.stored.first_gap() {
        parts.push(lack(gap.prev, gap.last));
    }
    if let Some(pages) = segment.pages.as_ref().filter(|pages| pages.versions() > 0) {
        parts.push(format!("hot log {}", segment.hot_log().records));
        parts.push(format!("versions {}", pages.versions()));
    }
    if segment.from_peers > 0 {
        parts.push(format!("{} from peers", segment.from_peers));
    }
    if let Some(since) = world.down_since(id) {
        parts.push(format!("down since {}", ms(since.0)));
    }
    parts.join(", ")
}

/// Who waits.
pub(super) fn commits(world: &World, out: &mut String) {
    say(out, &format!("acked {}", world.tally().commits_acked));
    for waiting in world.writer().commits() {
        let asked_at = ms(waiting.asked_at.0);
        say(
            out,
            &format!(
                "txn {} at {} waits since {asked_at}",
                waiting.txn, waiting.lsn
            ),
        );
    }
    match world.writer().held() {
        0 => {}
        held => say(out, &format!("without LSNs {held}")),
    }
}

/// The records.
pub(super) fn log(world: &World, out: &mut String) {
    let log = world.log();
    for mtr in log.mtrs(Lsn(1), log.last()) {
        for lsn in (mtr.first.0..=mtr.last.0).map(Lsn) {
            let Some(entry) = log.get(lsn) else {
                continue;
            };
            let mut text = format!("{lsn:>3}  {} page {}", entry.group, entry.change.page);
            if lsn == mtr.last {
                text.push_str(", CPL");
                if let Some(txn) = mtr.commit {
                    write!(text, ", commits txn {txn}").expect("a string takes everything");
                }
            }
            say(out, &text);
        }
    }
}

/// What the oldest commit waits for.
pub(super) fn wait(world: &World, out: &mut String) {
    let for_pages = explain_read(world);
    let nobody = for_pages.is_none();
    if let Some(wait) = for_pages {
        let who = (wait.txn).map_or_else(|| "a reader".to_owned(), |txn| format!("txn {txn}"));
        say(
            out,
            &format!("{who} waits for pages since {}", ms(wait.asked_at.0)),
        );
        for page in wait.pages {
            let (name, at) = (segment(page.group, page.asked, world), ms(page.asked_at.0));
            say(
                out,
                &format!("page {}: {name} was asked at {at}", page.page),
            );
        }
    }
    let Some(wait) = explain(world) else {
        if nobody {
            say(out, "no commit waits");
        }
        return;
    };
    let (txn, at, lsn, group) = (wait.commit.txn, wait.commit.lsn, wait.lsn, wait.group);
    let (have, need) = (wait.have, wait.need);
    say(
        out,
        &format!(
            "txn {txn} at {at} waits for record {lsn} of {group}: copies {have}, needed {need}"
        ),
    );
    for MissingCopy { node, reason } in wait.missing {
        let name = segment(group, node, world);
        say(out, &format!("{name} {}", why(reason)));
    }
    if wait.stopped {
        say(
            out,
            &format!("fewer than {need} nodes are up: nothing commits until one returns"),
        );
    }
}

fn why(reason: Reason) -> String {
    match reason {
        Reason::Down { since } => format!("down since {}", ms(since.0)),
        Reason::OnTheWay => "on the way".to_owned(),
        Reason::Writing => "writing".to_owned(),
        Reason::Behind { scl } => format!("behind, SCL {scl}"),
        Reason::Lost => "lost".to_owned(),
        Reason::AckOnTheWay => "acknowledgement on the way".to_owned(),
    }
}

/// For each invariant that does not hold, when it first did not.
pub(super) fn check(world: &World, violations: &[Violation], quiet: bool, out: &mut String) {
    if violations.is_empty() {
        say(out, "all invariants hold");
    }
    for name in INVARIANTS {
        let mut broken = violations
            .iter()
            .filter(|violation| violation.invariant == name);
        if let Some(first) = broken.next() {
            let (event, seen) = (first.event, &first.seen);
            say(out, &format!("event {event} breaks `{name}`: {seen}"));
        }
    }
    if quiet {
        let text = match restless(world) {
            None => "everything is acknowledged, and every copy has all of it".to_owned(),
            Some(restless) => format!("breaks `{GOES_ON}`: {restless}"),
        };
        say(out, &text);
    }
}

/// A line and its causes, the first cause last.
pub(super) fn causes(world: &World, trace: &[Line], last: &Line, out: &mut String) {
    let mut next = Some(last);
    while let Some(at) = next {
        line(world, at, out);
        let place = at.cause.checked_sub(1).map(usize::try_from);
        next = place.and_then(|place| trace.get(place.expect("a trace fits into memory")));
    }
}

fn node_ids(world: &World) -> impl Iterator<Item = NodeId> + use<> {
    world.first().in_use().iter()
}
