//! What storage did that no commit waited for, as the event list tells it.

use nanoserde::{DeBin, SerBin};

use crate::place::Node;

/// What storage did that no commit waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeBin, SerBin)]
pub enum Upkeep {
    /// A copy made new versions of pages.
    Coalesced {
        /// The node.
        node: Node,
        /// The group.
        group: u32,
        /// How many pages.
        pages: u32,
        /// How many records are in them.
        records: u64,
    },
    /// A copy stages records and page versions.
    Staged {
        /// The node.
        node: Node,
        /// The group.
        group: u32,
        /// First record.
        first: u64,
        /// Last record.
        last: u64,
        /// How many versions.
        pages: u32,
    },
    /// Object storage has more of a group.
    Archived {
        /// The group.
        group: u32,
        /// All of it up to here.
        complete: u64,
        /// Bytes that came.
        bytes: u64,
    },
    /// A node freed what nobody needs.
    Collected {
        /// The node.
        node: Node,
        /// Records that left its hot log.
        records: u64,
        /// Versions that went.
        versions: u64,
    },
    /// A node found a damaged page.
    DamageFound {
        /// The node.
        node: Node,
        /// The page.
        page: u32,
    },
    /// A damaged page is whole again.
    Mended {
        /// The node.
        node: Node,
        /// The page.
        page: u32,
        /// The peer that gave it; none: its records did.
        from: Option<Node>,
    },
    /// A node is behind with its upkeep and does that first, or not any more.
    Behind {
        /// The node.
        node: Node,
        /// Whether it is.
        is_behind: bool,
    },
}
