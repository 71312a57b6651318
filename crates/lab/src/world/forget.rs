//! What a volume's log forgets.
//!
//! A run of half an hour makes tens of millions of records, and few of them are ever asked for again.
//! Now and then each volume is looked at: at all its nodes, up or down, its writers, its backup, and
//! at everything that is under way. What none of them needs is forgotten, but for the newest
//! records, so many as the scenario says (`[storage] keep_records`): whoever looks at a short run sees
//! all of it.
//!
//! A restore window that is longer than the run keeps everything, as it is where a scenario says
//! nothing.
//!
//! This happens before an event and not after one: the lines of the trace that an event writes are read
//! while the log has what they speak of.

use engine_quorum::{Need, NodeId};
use protocol::VolumeId;
use redo::Lsn;

use super::{Due, Volume, World};
use crate::hardware::DiskWork;

impl World {
    /// Lets each volume forget what nobody needs, if its log has grown.
    pub(super) fn forget_logs(&mut self) {
        let has_grown = |(_, volume): &(VolumeId, &Volume)| volume.log.kept() >= volume.forgets_at;
        let grown: Vec<_> = self.living().filter(has_grown).map(|(id, _)| id).collect();
        for volume in grown {
            self.forget_log(volume);
        }
    }

    fn forget_log(&mut self, volume: VolumeId) {
        let storage = self.script.scenario.storage;
        let needed = self.needed_behind(volume);
        let here = self.volume_mut(volume);
        let newest = here.log.before_last(storage.keep_records);
        here.log.forget(needed.min(newest));
        here.archive.forget(here.log.forgotten());
        here.forgets_at = here.log.kept() + storage.keep_records / 2 + 1;
    }

    /// Nobody needs a record of the volume at or before this one. A mistake that was made on purpose may
    /// annul what was durable, and so needs everything.
    fn needed_behind(&self, volume: VolumeId) -> Lsn {
        let here = &self.volumes[volume.index()];
        let mut need = Need::new(&here.log);
        if !self.script.scenario.broken.is_empty() {
            need.all();
        }
        need.from(here.counted);
        need.backup(&here.archive, self.now);
        for (id, node) in (0..).map(NodeId).zip(&here.nodes) {
            need.node(node, here.members.everyone().has(id));
        }
        let (newest, older) = here.seats.split_last().expect("a volume has a writer");
        need.writer(&newest.writer);
        for seat in older {
            need.older_writer(&seat.writer);
        }
        for (_, _, pending) in self.queue.iter() {
            if pending.volume == volume {
                pending.due.needs(&mut need);
            }
        }
        for (of, _, work) in self.hardware.waiting() {
            if *of == volume {
                work.needs(&mut need);
            }
        }
        need.behind()
    }
}

impl Due {
    /// What is needed of the log when it happens.
    fn needs(&self, need: &mut Need<'_>) {
        match self {
            Self::Arrive { message, .. } => need.message(message),
            Self::DiskDone { work, .. } => work.needs(need),
            Self::NodeTimer { .. }
            | Self::WriterTimer { .. }
            | Self::Recover { .. }
            | Self::Registered(_)
            | Self::Clone { .. }
            | Self::Restore { .. }
            | Self::Begin(_)
            | Self::MembersRegistered { .. }
            | Self::Submit
            | Self::Snapshot
            | Self::Server(_) => {}
        }
    }
}

impl DiskWork {
    /// What is needed of the log when it is done.
    fn needs(&self, need: &mut Need<'_>) {
        match self {
            Self::Write(write) => need.write(write),
            Self::Load(read) => need.read(read),
        }
    }
}
