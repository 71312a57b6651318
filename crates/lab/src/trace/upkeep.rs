//! The words of lines about upkeep.

use engine_quorum::UpkeepNote;

use super::text::{lsns, segment};
use crate::world::World;

/// Its kind, in a word.
pub(super) const fn kind_of(note: &UpkeepNote) -> &'static str {
    match note {
        UpkeepNote::Coalesced { .. } => "coalesced",
        UpkeepNote::Staged { .. } => "staged",
        UpkeepNote::Archived { .. } => "archived",
        UpkeepNote::Collected { .. } => "collected",
        UpkeepNote::DamageFound { .. } => "damage-found",
        UpkeepNote::Mended { .. } => "mended",
        UpkeepNote::BacklogFull { .. } => "backlog-full",
        UpkeepNote::BacklogDone { .. } => "backlog-done",
    }
}

pub(super) fn said(note: UpkeepNote, world: &World) -> String {
    let name = |node| world.name(node);
    match note {
        UpkeepNote::Coalesced {
            node,
            group,
            pages,
            records,
        } => {
            let segment = segment(group, node, world);
            format!("{segment} pages {pages}, records {records}")
        }
        UpkeepNote::Staged {
            node,
            group,
            first,
            last,
            pages,
        } => {
            let (segment, lsns) = (segment(group, node, world), lsns(first, last));
            format!("{segment} {lsns}, pages {pages}")
        }
        UpkeepNote::Archived {
            group,
            complete,
            bytes,
        } => format!("{group} up to {complete}, bytes {bytes}"),
        UpkeepNote::Collected {
            node,
            records,
            bytes,
            versions,
        } => {
            let name = name(node);
            format!("{name} records {records}, bytes {bytes}, versions {versions}")
        }
        UpkeepNote::DamageFound { node, page, lsn } => {
            format!("{} page {page} at {lsn}", name(node))
        }
        UpkeepNote::Mended {
            node,
            page,
            lsn,
            from,
        } => {
            let by = from.map_or_else(|| "its records".to_owned(), |peer| name(peer).to_string());
            format!("{} page {page} at {lsn}, from {by}", name(node))
        }
        UpkeepNote::BacklogFull { node, bytes } => format!("{} bytes {bytes}", name(node)),
        UpkeepNote::BacklogDone { node } => name(node).to_string(),
    }
}
