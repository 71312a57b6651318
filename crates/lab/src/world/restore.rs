//! Restore to a point in time: a volume that begins as another one was, out of object storage.
//!
//! Backup is continuous (SIGMOD 2017, section 3.3): whatever is durable comes to object storage soon.
//! So there is no last backup to begin from, and no chain of backups behind it. Any end of a
//! mini-transaction in the restore window is a point to which a new volume can be restored; the old
//! one goes on as if nothing had been.
//!
//! ```text
//! v1   1 2 3 4 5 6 7 8 9 ...           goes on
//! v2   1 2 3 4 5                       restored to 5: what follows was never there
//!               \\__ 5016 5017          LSNs go on above all that v1 may have used
//! ```
//!
//! The segments of the new volume get their logs, all at the same time, each over a link of its own;
//! then its first writer recovers as after a crash.
//!
//! # Simplifications
//! * A restored volume gets its whole log, and builds pages from it when they are read or coalesced.
//!   Aurora gets versions of pages and the log behind them. What it began with stays in object storage
//!   and belongs to its own backup from the beginning.
//! * A moment of time means what had been numbered until then, whether or not it was durable yet:
//!   PostgreSQL goes by the time in commit records as well.
//! * Members and protection groups are those of today: groups that were added since have no records.
//! * A volume that was given up cannot be restored.

use engine_quorum::{Effects, Mtr, NodeId, ObjectStore, StorageNode, Truncation};
use protocol::{Moment, Verb, VolumeId};
use redo::Lsn;
use sim::SimTime;

use super::clones::{Beginning, Pages};
use super::volume::new_node;
use super::{Due, World};
use crate::trace::{Line, What};

impl World {
    /// Asks for a volume as another one was. Whether it can be had is seen when object storage answers.
    pub(super) fn ask_for_restore(&mut self, source: VolumeId, to: Moment) -> Option<What> {
        self.restore_point(source, to)?;
        let latency = &self.script.scenario.latency;
        let at = self.hardware.archive_round_trip(self.now, source, latency);
        let asked_at = self.now;
        self.push(at, source, 0, Due::Restore { asked_at, to });
        Some(What::RestoreAsked { to })
    }

    /// The LSNs that a volume can be restored to now: the first and the last.
    pub fn restorable(&self, volume: VolumeId) -> Option<(Lsn, Lsn)> {
        let here = self.volumes.get(volume.index())?;
        let exists = here.deleted.is_none();
        exists.then(|| here.archive.restorable(self.now, &here.log))
    }

    /// The first and the last moment that a volume can be restored to now.
    pub fn restorable_times(&self, volume: VolumeId) -> Option<(SimTime, SimTime)> {
        let (first, last) = self.restorable(volume)?;
        let log = &self.volumes[volume.index()].log;
        let made_at = |mtr: &Mtr| mtr.at;
        let from = log
            .mtrs(first, first)
            .next()
            .map_or(SimTime::START, made_at);
        let next = log.mtrs(last.next(), log.last()).next();
        let until = next.map_or(self.now, |mtr| SimTime(mtr.at.0.saturating_sub(1)));
        Some((from, until))
    }

    fn restore_point(&self, source: VolumeId, to: Moment) -> Option<Lsn> {
        let (first, last) = self.restorable(source)?;
        let here = &self.volumes[source.index()];
        let at = match to {
            Moment::Lsn(lsn) => here.log.last_end(Lsn(lsn)),
            Moment::Time(ns) => here.log.end_at(SimTime(ns)),
        };
        // What never was cannot be had, though something before it could.
        let asked = match to {
            Moment::Lsn(lsn) => Lsn(lsn),
            Moment::Time(_) => at,
        };
        let room = self.volumes.len() < usize::from(VolumeId::LIMIT);
        (room && first <= at && asked <= last).then_some(at)
    }

    /// The restored volume begins.
    pub(super) fn restore_volume(
        &mut self,
        source: VolumeId,
        (to, asked_at): (Moment, SimTime),
        trace: &mut Vec<Line>,
        effects: &mut Effects,
    ) {
        let Some(at) = self.restore_point(source, to) else {
            let volume = source;
            let what = What::NothingChanged {
                verb: Verb::RestoreVolume { volume, to },
                why: None,
            };
            self.line(source, 0, what, trace);
            return;
        };
        let here = &self.volumes[source.index()];
        let mut log = here.log.clone();
        let epoch = here.last_epoch.next();
        let truncation = Truncation {
            epoch,
            after: at,
            until: log.next_lsn().before(),
            tails: log.groups().map(|group| log.last_at(group, at)).collect(),
        };
        log.branch(epoch, at, truncation.until.next());
        let volume = self.next_volume();
        let members = &here.members;
        let node = |id| {
            let node = new_node(&self.script, volume, members, id);
            if members.members().has(id) {
                node.restored(truncation.clone(), &log)
            } else {
                node
            }
        };
        let count = u8::try_from(here.nodes.len()).expect("few nodes");
        let nodes: Vec<_> = (0..count).map(NodeId).map(node).collect();
        let largest = nodes.iter().flat_map(StorageNode::segments);
        let largest = largest.map(|segment| segment.stored_bytes).max();
        let topology = &self.script.scenario.topology;
        let copying = topology.transfer(largest.unwrap_or(0));
        let window = self.script.scenario.storage.restore_window;
        let beginning = Beginning {
            origin: self.origin_of(source, at, Pages::Restored),
            nodes,
            archive: ObjectStore::new(count, window).with_restored(&truncation.tails, &log),
            log,
            epoch: epoch.next(),
            asked_at,
        };
        let restored = What::Restored {
            source,
            at,
            copying,
        };
        self.begin(beginning, restored, copying, trace, effects);
    }
}
