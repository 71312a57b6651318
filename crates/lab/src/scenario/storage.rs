//! The table `[storage]`: when storage nodes do what nobody waits for.

use engine_quorum::UpkeepConfig;
use sim::Span;

use super::table::{Found, Table};
use super::{ScenarioError, span};

/// When storage nodes do what nobody waits for, and how far back one can restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The nodes' chores.
    pub upkeep: UpkeepConfig,
    /// A page is coalesced when so many of its records are in no version; looked at with each gossip.
    pub chain_records: u32,
    /// How far back the continuous backup goes.
    pub restore_window: Span,
    /// So many of the newest records of a log are kept, whether or not anybody needs them.
    pub keep_records: u64,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            upkeep: UpkeepConfig {
                backup: Span::from_millis(100),
                collect: Span::from_millis(100),
                scrub: Span::from_millis(1000),
                backlog_bytes_max: 64 << 20,
            },
            chain_records: 16,
            restore_window: Span::from_millis(24 * 3600 * 1000),
            keep_records: 1 << 16,
        }
    }
}

pub(super) fn storage(mut table: Table<'_>) -> Result<Storage, ScenarioError> {
    let default = Storage::default();
    let mut whole = |key| table.take(key).map(|v| v.whole()).transpose();
    let chain = whole("coalesce_records")?;
    let backlog = whole("backlog_bytes")?;
    let keep = whole("keep_records")?;
    let mut interval = |key, default| table.take(key).map_or(Ok(default), |v| every(&v));
    let upkeep = UpkeepConfig {
        backup: interval("backup", default.upkeep.backup)?,
        collect: interval("collect", default.upkeep.collect)?,
        scrub: interval("scrub", default.upkeep.scrub)?,
        backlog_bytes_max: backlog.unwrap_or(default.upkeep.backlog_bytes_max),
    };
    let window = table.take("restore_window");
    let window = window.map(|v| span(&v)).transpose()?;
    table.finish()?;
    Ok(Storage {
        upkeep,
        chain_records: chain.map_or(default.chain_records, |v| {
            u32::try_from(v).expect("the range fits")
        }),
        restore_window: window.unwrap_or(default.restore_window),
        keep_records: keep.unwrap_or(default.keep_records),
    })
}

/// An interval, or zero for what is never done.
fn every(found: &Found<'_>) -> Result<Span, ScenarioError> {
    let expected = "a time above 0 with its unit, such as \"100ms\", or \"never\"";
    found.parse(expected, |text| match text {
        "never" => Some(Span::ZERO),
        _ => super::parse_span(text).filter(|span| *span > Span::ZERO),
    })
}
