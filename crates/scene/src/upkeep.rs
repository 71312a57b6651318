//! Sentences about what storage did that no commit waited for.

use protocol::Upkeep;

use crate::words::Words;

/// As an event: `b1 makes new versions of 3 pages.`
pub(crate) fn said(words: &Words, upkeep: Upkeep, in_group: impl Fn(u32) -> String) -> String {
    match upkeep {
        Upkeep::Coalesced {
            node,
            group,
            pages,
            records,
        } => words.fill(
            "event.coalesced",
            &[
                ("node", node.into()),
                ("group", (&in_group(group)).into()),
                ("pages", pages.into()),
                ("records", records.into()),
            ],
        ),
        Upkeep::Staged {
            node, group, last, ..
        } => words.fill(
            "event.staged",
            &[
                ("node", node.into()),
                ("group", (&in_group(group)).into()),
                ("last", last.into()),
            ],
        ),
        Upkeep::Archived {
            group, complete, ..
        } => words.fill(
            "event.archived",
            &[
                ("group", (&in_group(group)).into()),
                ("complete", complete.into()),
            ],
        ),
        Upkeep::Collected {
            node,
            records,
            versions,
        } => words.fill(
            "event.collected",
            &[
                ("node", node.into()),
                ("records", records.into()),
                ("versions", versions.into()),
            ],
        ),
        Upkeep::DamageFound { node, page } => words.fill(
            "event.damage-found",
            &[("node", node.into()), ("page", page.into())],
        ),
        Upkeep::Mended {
            node,
            page,
            from: Some(peer),
        } => words.fill(
            "event.mended.by-peer",
            &[
                ("node", node.into()),
                ("page", page.into()),
                ("peer", peer.into()),
            ],
        ),
        Upkeep::Mended {
            node,
            page,
            from: None,
        } => words.fill(
            "event.mended",
            &[("node", node.into()), ("page", page.into())],
        ),
        Upkeep::Behind { node, is_behind } => words.fill(
            if is_behind {
                "event.backlog-full"
            } else {
                "event.backlog-done"
            },
            &[("node", node.into())],
        ),
    }
}

/// As a cause: `b1 made new versions of pages`.
pub(crate) fn cause(words: &Words, upkeep: Upkeep) -> String {
    let (key, node) = match upkeep {
        Upkeep::Archived { .. } => return words.say("cause.archived").to_owned(),
        Upkeep::Coalesced { node, .. } => ("cause.coalesced", node),
        Upkeep::Staged { node, .. } => ("cause.staged", node),
        Upkeep::Collected { node, .. } => ("cause.collected", node),
        Upkeep::DamageFound { node, .. } => ("cause.damage-found", node),
        Upkeep::Mended { node, .. } => ("cause.mended", node),
        Upkeep::Behind { node, .. } => ("cause.backlog", node),
    };
    words.fill(key, &[("node", node.into())])
}
