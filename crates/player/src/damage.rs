//! Which pages were damaged, and which were mended: read off the trace, for the engine's nodes know
//! only of damage that they have found.

use std::collections::BTreeMap;

use lab::{Line, Lsn, NodeId, Note, PageId, SegmentPages, SimTime, UpkeepNote, What, World};
use protocol::VolumeId;

/// What was damaged in the first volume.
#[derive(Clone, Debug, Default)]
pub(crate) struct Damage {
    /// Versions that were damaged and not mended. Some may be gone meanwhile.
    damaged: BTreeMap<(NodeId, PageId), Lsn>,
    /// The page that each node mended last.
    mended: BTreeMap<NodeId, (PageId, SimTime)>,
}

impl Damage {
    /// Reads the next line of the trace.
    pub(crate) fn read(&mut self, line: &Line) {
        if line.volume != VolumeId::FIRST {
            return;
        }
        if let What::PageDamaged { node, page, lsn } = line.what {
            self.damaged.insert((node, page), lsn);
        } else if let What::Engine(Note::Upkeep(note)) = line.what
            && let UpkeepNote::Mended { node, page, .. } = note
        {
            self.damaged.remove(&(node, page));
            self.mended.insert(node, (page, line.at));
        }
    }

    /// A page of which a version on the node's disk is damaged now.
    pub(crate) fn of(&self, world: &World, node: NodeId) -> Option<PageId> {
        let known = self
            .damaged
            .range((node, PageId(0))..=(node, PageId(u32::MAX)));
        let is_there = |page: PageId, lsn: Lsn| {
            let group = world.log().group_of(page);
            let pages: Option<&SegmentPages> =
                world.nodes()[node.index()].segment(group).pages.as_ref();
            pages.is_some_and(|pages| pages.is_damaged(page, lsn))
        };
        known
            .map(|((_, page), lsn)| (*page, *lsn))
            .find(|(page, lsn)| is_there(*page, *lsn))
            .map(|(page, _)| page)
    }

    /// The page that a node mended last, and when.
    pub(crate) fn mended(&self, node: NodeId) -> Option<(PageId, SimTime)> {
        self.mended.get(&node).copied()
    }
}
