//! The table `[wal]`: the conventional engine.

use engine_wal::{Level, Rule, Settings};
use protocol::Standby;
use sim::{Span, Throughput};

use super::table::{Found, Table};
use super::{ScenarioError, span};

/// What the conventional engine is made of. Keys have PostgreSQL's names where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conventional {
    /// What its servers are set to; [`Settings::pages`] is the script's.
    pub settings: Settings,
    /// How many standbys there are. The primary stands in zone a, the first standby in zone b, the
    /// second in zone c, a third in zone a again.
    pub standbys: u8,
    /// Where the blocks of the primary are written.
    pub blocks: Blocks,
    /// What a server's device can do, beside the delay of each operation, which is `latency.disk`.
    pub throughput: Throughput,
    /// `wal_sender_timeout`: how long it takes the primary to notice that a standby has no power.
    pub sender_timeout: Span,
}

/// Where the blocks of the primary are written. Its server does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// To its device.
    Local,
    /// To three devices in three zones, all at once; a write is done when it is on all of them.
    AtOnce,
    /// To one device after the other (SIGMOD 2017, Figure 2): its own, and so many legs in all.
    Mirrored {
        /// How many devices, at least two.
        legs: u8,
    },
}

impl Default for Conventional {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            standbys: 0,
            blocks: Blocks::Local,
            throughput: Throughput {
                bytes: 500_000_000,
                operations: 20_000,
            },
            sender_timeout: Span::from_millis(60_000),
        }
    }
}

impl Conventional {
    /// Whether there is such a standby.
    pub const fn has(&self, standby: Standby) -> bool {
        standby.index() < self.standbys
    }
}

/// The ways in which a commit is kept in more than one place: the rule, how many standbys there are
/// unless the scenario says so, and where blocks go.
const WAYS: [(&str, (Rule, u8, Blocks)); 7] = [
    ("none", (Rule::None, 0, Blocks::Local)),
    ("first-1", (Rule::First(1), 2, Blocks::Local)),
    ("any-1", (Rule::Any(1), 2, Blocks::Local)),
    ("any-2", (Rule::Any(2), 2, Blocks::Local)),
    ("all-of-3", (Rule::First(2), 2, Blocks::Local)),
    ("three-at-once", (Rule::None, 0, Blocks::AtOnce)),
    ("mirrored", (Rule::None, 0, Blocks::Mirrored { legs: 3 })),
];

const LEVELS: [(&str, Level); 5] = [
    ("off", Level::Off),
    ("local", Level::Local),
    ("remote_write", Level::RemoteWrite),
    ("on", Level::On),
    ("remote_apply", Level::RemoteApply),
];

const PAGE: u64 = redo::PAGE_BYTES as u64;

pub(super) fn wal(mut table: Table<'_>) -> Result<Conventional, ScenarioError> {
    let default = Conventional::default();
    let mut settings = default.settings;
    let way = table
        .take("standbys")
        .map(|v| v.choice(&WAYS))
        .transpose()?;
    let (rule, usual, mut blocks) = way.unwrap_or((Rule::None, 0, Blocks::Local));
    settings.rule = rule;
    let needed = match rule {
        Rule::None => 0,
        Rule::First(count) | Rule::Any(count) => count,
    };
    let small = |value: u64| u8::try_from(value).expect("the range is small");
    let range = needed.into()..=Standby::LIMIT.into();
    let count = table.take("standby_count");
    let standbys = count.map_or(Ok(usual), |v| v.whole_in(range).map(small))?;
    if let Some(found) = table.take("mirror_legs") {
        let Blocks::Mirrored { legs } = &mut blocks else {
            return Err(found.error("`mirror_legs` only together with standbys = \"mirrored\""));
        };
        *legs = small(found.whole()?);
    }
    if let Some(found) = table.take("level") {
        settings.level = found.choice(&LEVELS)?;
    }
    let mut time = |key, to: &mut Span| -> Result<(), ScenarioError> {
        if let Some(found) = table.take(key) {
            *to = span(&found)?;
        }
        Ok(())
    };
    let mut sender_timeout = default.sender_timeout;
    time("checkpoint_interval", &mut settings.checkpoint_interval)?;
    time("wal_writer_delay", &mut settings.wal_writer_delay)?;
    time("bgwriter_delay", &mut settings.bgwriter_delay)?;
    time("startup", &mut settings.startup)?;
    time("statement", &mut settings.statement)?;
    time("sender_timeout", &mut sender_timeout)?;
    let mut flag = |key, to: &mut bool| -> Result<(), ScenarioError> {
        if let Some(found) = table.take(key) {
            *to = found.flag()?;
        }
        Ok(())
    };
    flag("full_page_writes", &mut settings.full_page_writes)?;
    flag("archive", &mut settings.archive)?;
    let end = &mut settings.end_of_recovery_checkpoint;
    flag("end_of_recovery_checkpoint", end)?;
    if let Some(found) = table.take("completion_target") {
        settings.completion_permille = permille(&found)?;
    }
    if let Some(found) = table.take("max_wal_size") {
        settings.max_wal_size = found.size()?;
    }
    if let Some(found) = table.take("wal_buffers") {
        settings.wal_buffers = found.size()?;
    }
    let mut pages = |key, to: &mut u32| -> Result<(), ScenarioError> {
        if let Some(found) = table.take(key) {
            let pages = found.size()? / PAGE;
            *to = u32::try_from(pages).expect("the range fits");
        }
        Ok(())
    };
    pages("shared_buffers", &mut settings.shared_buffers)?;
    pages("os_cache", &mut settings.os_cache)?;
    if let Some(found) = table.take("processors") {
        settings.processors = u32::try_from(found.whole()?).expect("the range is small");
    }
    if let Some(found) = table.take("insert_ns") {
        settings.insert = Span(found.whole()?);
    }
    if let Some(found) = table.take("copy_ns_per_kib") {
        settings.copy_per_kib = Span(found.whole()?);
    }
    let mut speed = |key, to: &mut u64| -> Result<(), ScenarioError> {
        if let Some(found) = table.take(key) {
            *to = found.whole()? * 1_000_000;
        }
        Ok(())
    };
    let mut throughput = default.throughput;
    speed("replay_mb_per_s", &mut settings.replay_bytes_per_second)?;
    speed("disk_mb_per_s", &mut throughput.bytes)?;
    if let Some(found) = table.take("disk_iops") {
        throughput.operations = found.whole()?;
    }
    table.finish()?;
    Ok(Conventional {
        settings,
        standbys,
        blocks,
        throughput,
        sender_timeout,
    })
}

fn permille(found: &Found<'_>) -> Result<u32, ScenarioError> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is from 0 to 1"
    )]
    found.measure().map(|share| (share * 1000.0 + 0.5) as u32)
}
