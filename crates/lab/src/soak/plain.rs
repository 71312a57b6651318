//! A plain map of the conventional engine's pages: every record of its WAL, applied once and in order.
//!
//! WAL is recycled, so records are taken as they are flushed. A promotion takes away from the end what
//! the new primary does not have. Images in WAL are passed over: they must say what the changes do.

use std::collections::{BTreeMap, BTreeSet};

use engine_wal::{Form, Note, Phase, Primary, Wal};
use redo::{Change, Lsn, Page, PageId, PageImage};

use crate::servers::Servers;

/// All records so far.
#[derive(Clone, Debug, Default)]
pub(super) struct PlainMap {
    /// By rising LSN.
    records: Vec<(Lsn, Change)>,
    /// WAL is read up to here.
    to: Lsn,
}

impl PlainMap {
    /// Takes what a line says is on the device from now on, or not any more.
    pub(super) fn read(&mut self, note: Note, wal: &Wal) {
        if let Note::FlushDone { to, .. } | Note::PrimaryCrashed { end: to, .. } = note {
            self.extend(wal, to);
        }
        if let Note::Promoted { end, .. } = note {
            let kept = self.records.partition_point(|(lsn, _)| *lsn <= end);
            self.records.truncate(kept);
            self.to = self.to.min(end);
        }
    }

    fn extend(&mut self, wal: &Wal, to: Lsn) {
        if self.to < to {
            let new = wal.records_after(self.to);
            let new = new.take_while(|record| record.lsn <= to);
            let changes = new.filter(|record| record.form != Form::Checkpoint);
            self.records
                .extend(changes.map(|record| (record.lsn, record.change)));
            self.to = to;
        }
    }

    /// The pages that were changed up to here.
    pub(super) fn pages(&self, to: Lsn) -> BTreeMap<PageId, Page> {
        let mut pages = BTreeMap::new();
        for (lsn, change) in self.records.iter().take_while(|(lsn, _)| *lsn <= to) {
            let page = pages.entry(change.page);
            let page = page.or_insert_with(|| Page::new(change.page));
            page.apply(*lsn, change);
        }
        pages
    }

    /// How a server's pages differ from what WAL makes of them, if they do. A primary that replays is
    /// not looked at.
    pub(super) fn difference(mut self, servers: &Servers) -> Option<String> {
        let end = servers.wal().end();
        self.extend(servers.wal(), end);
        let open = servers.primary();
        let open = open.filter(|primary| matches!(primary.phase(), Phase::Open));
        let of_primary = open.and_then(|primary| differs(&self.pages(end), primary));
        of_primary.map(|why| format!("primary: {why}")).or_else(|| {
            (0..).map_while(|id| servers.seat(id)).find_map(|seat| {
                let standby = seat.standby.as_ref()?;
                let has: BTreeMap<_, _> = standby.pages().map(|page| (page.id(), page)).collect();
                let made = self.pages(standby.report().replayed);
                let same = made.values().eq(has.into_values());
                (!same).then(|| format!("{:?} has other pages", standby.id()))
            })
        })
    }
}

fn differs(made: &BTreeMap<PageId, Page>, primary: &Primary) -> Option<String> {
    let stored = primary
        .storage()
        .pages()
        .filter(|image| image.changes() > 0);
    let all: BTreeSet<_> = made
        .keys()
        .copied()
        .chain(stored.map(PageImage::id))
        .collect();
    all.into_iter().find_map(|id| {
        let in_memory = primary.buffers().page(id);
        let on_disk = || primary.storage().page(id).map(|image| image.open());
        let found = in_memory.map(Ok).or_else(on_disk);
        match (made.get(&id), found) {
            (_, Some(Err(_))) => Some(format!("page {id} is torn")),
            (Some(made), Some(Ok(found))) if made == found => None,
            (made, found) => {
                let lsn = |page: Option<&Page>| page.map_or(Lsn::ZERO, Page::lsn);
                let (made, found) = (lsn(made), lsn(found.and_then(Result::ok)));
                Some(format!(
                    "page {id} is as of {found}, and its records make {made}"
                ))
            }
        }
    })
}
