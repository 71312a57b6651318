//! The servers of the conventional engine, read off the world, and what came of either engine.

use lab::{
    CheckpointStep, Durations, Level, Primary, RedoStep, Rule, ServerPhase, Servers, SimTime,
    StandbyId, Tallies, World,
};
use protocol::{
    Az, CheckpointView, EngineFigures, Kind, PrimaryState, PrimaryView, RecoveryFigures,
    ServersView, StandbyState, StandbyView, Sum,
};

use super::{small, small64};
use crate::convert::server::{name, said};

/// The servers of the conventional engine, if it runs.
pub fn servers(world: &World) -> Option<ServersView> {
    let servers = world.servers()?;
    let scenario = &world.script().scenario;
    let settings = &scenario.wal.settings;
    Some(ServersView {
        primary: primary(world, servers),
        standbys: (0..scenario.wal.standbys)
            .map(|id| standby(world, servers, StandbyId(id)))
            .collect(),
        required: match (settings.level, settings.rule) {
            (Level::Off | Level::Local, _) | (_, Rule::None) => 0,
            (_, Rule::First(count) | Rule::Any(count)) => count,
        },
        mirrors: servers.mirrors().collect(),
        cut_off: servers.is_cut_off(),
        figures: figures_of_servers(world, servers),
        quorum: scenario.engine.has_quorum().then(|| figures(world)),
    })
}

fn primary(world: &World, servers: &Servers) -> PrimaryView {
    let settings = &world.script().scenario.wal.settings;
    let common = PrimaryView {
        state: PrimaryState::Concluding,
        promoted: servers.promoted().map(name),
        zone: servers.home(),
        inserted: 0,
        written: 0,
        flushed: 0,
        wal_buffers: settings.wal_buffers,
        redo: 0,
        checkpoints: 0,
        checkpoint: None,
        buffers: settings.shared_buffers,
        cached: 0,
        dirty: 0,
        damaged: 0,
        wait_for_flush: 0,
        wait_for_standbys: 0,
        waiting: servers.waiting(),
        backlog_ns: servers.device_backlog(world.now()).0,
    };
    if let Some((since, storage)) = servers.down() {
        let end = storage.end().0;
        return PrimaryView {
            // The database of a run that has not begun is there, and nobody has used it.
            state: if since == SimTime::START && world.now() == since {
                PrimaryState::Open
            } else {
                PrimaryState::Down {
                    since_ns: since.0,
                    with_zone: is_dark(world, servers.home()),
                }
            },
            inserted: end,
            written: end,
            flushed: end,
            redo: storage.redo().0,
            checkpoints: storage.checkpoint(),
            ..common
        };
    }
    let primary = servers.primary().expect("it is not down");
    let (commits, flushed) = (primary.commits().len(), primary.waiting_for_standbys());
    PrimaryView {
        state: state(primary),
        inserted: primary.inserted(world.now()).0,
        written: primary.written().0,
        flushed: primary.flushed().0,
        redo: primary.storage().redo().0,
        checkpoints: primary.storage().checkpoint(),
        checkpoint: (primary.checkpointer().under_way()).map(|checkpoint| {
            let (done, pages) = checkpoint.progress();
            CheckpointView {
                number: checkpoint.number,
                redo: checkpoint.redo.0,
                done,
                pages,
                is_syncing: match checkpoint.step {
                    CheckpointStep::Writing | CheckpointStep::Napping => false,
                    CheckpointStep::Syncing
                    | CheckpointStep::Recording(_)
                    | CheckpointStep::Concluding(_) => true,
                },
            }
        }),
        cached: primary.buffers().cached(),
        dirty: primary.buffers().dirty(),
        damaged: small(primary.buffers().damaged().len()),
        wait_for_flush: small(commits.saturating_sub(flushed)),
        wait_for_standbys: small(flushed),
        ..common
    }
}

fn state(primary: &Primary) -> PrimaryState {
    match primary.phase() {
        ServerPhase::Open => PrimaryState::Open,
        ServerPhase::Concluding { .. } => PrimaryState::Concluding,
        ServerPhase::Recovering(recovery) => {
            let (from, at, end) = (recovery.from.0, recovery.at.0, recovery.end.0);
            match recovery.step {
                RedoStep::Starting => PrimaryState::Starting { from, end },
                RedoStep::Reading | RedoStep::AwaitingPage | RedoStep::Replaying => {
                    PrimaryState::Replaying { from, at, end }
                }
            }
        }
    }
}

fn is_dark(world: &World, zone: Az) -> bool {
    world.zone_down(zone).is_some()
}

fn standby(world: &World, servers: &Servers, id: StandbyId) -> StandbyView {
    let zone = servers.zone_of(id);
    let standby = servers.standby(id);
    StandbyView {
        standby: name(id),
        zone,
        state: if standby.is_none() {
            StandbyState::Promoted
        } else if servers.is_broken(id) {
            StandbyState::Down
        } else if is_dark(world, zone) {
            StandbyState::DownWithZone
        } else if servers.is_connected(id) {
            StandbyState::Connected
        } else {
            StandbyState::Apart
        },
        report: said(standby.map(lab::Standby::report).unwrap_or_default()),
        slow_ms: small64(servers.slowed_by(id).0 / 1_000_000),
    }
}

/// What came of the run with the conventional engine.
fn figures_of_servers(world: &World, servers: &Servers) -> EngineFigures {
    let tallies = match servers.down() {
        Some((_, storage)) => storage.tallies(),
        None => servers.primary().expect("it is not down").tallies(),
    };
    let tally = servers.tally();
    let recoveries = &tally.recoveries;
    EngineFigures {
        machines: 1 + u32::from(world.script().scenario.wal.standbys),
        recoveries: small(recoveries.len()),
        recovery: recoveries.last().map(|redone| RecoveryFigures {
            at_ns: redone.asked_at.0,
            took_ns: redone.took.0,
            redo_bytes: redone.redo_bytes,
        }),
        written: written_by_servers(tallies),
        log: vec![
            (Kind::Changes, sum(&[tallies.changes])),
            (Kind::Images, sum(&[tallies.images])),
            (
                Kind::OtherRecords,
                sum(&[tallies.commits, tallies.checkpoints]),
            ),
        ],
        read: vec![
            (Kind::PageReads, sum(&[tallies.reads])),
            (Kind::WalReads, sum(&[tallies.wal_reads])),
        ],
        ..of_commits(world, tally.commits_acked, tally.latencies())
    }
}

fn written_by_servers(tallies: &Tallies) -> Vec<(Kind, Sum)> {
    [
        (Kind::Flushes, tallies.flushes),
        (Kind::CheckpointPages, tallies.checkpoint_writes),
        (Kind::BackgroundPages, tallies.background_writes),
        (Kind::BackendPages, tallies.backend_writes),
        (Kind::Syncs, tallies.syncs),
        (Kind::Standbys, tallies.shipped),
        (Kind::Archive, tallies.archive),
    ]
    .map(|(kind, count)| (kind, sum(&[count])))
    .into()
}

fn sum(counts: &[lab::ServerCount]) -> Sum {
    Sum {
        count: counts.iter().map(|count| count.count).sum(),
        bytes: counts.iter().map(|count| count.bytes).sum(),
    }
}

/// What came of the run with the quorum engine.
fn figures(world: &World) -> EngineFigures {
    let tally = world.tally();
    let recoveries = &tally.recoveries;
    let archive = world.first().archive();
    EngineFigures {
        machines: small(world.first().members().members().iter().count()),
        recoveries: small(recoveries.len()),
        recovery: recoveries.last().map(|recovered| RecoveryFigures {
            at_ns: recovered.asked_at.0,
            took_ns: recovered.took.0,
            redo_bytes: 0,
        }),
        written: vec![
            (
                Kind::Storage,
                Sum {
                    count: tally.ios_to_storage,
                    bytes: tally.bytes_to_storage,
                },
            ),
            (
                Kind::Archive,
                Sum {
                    count: 0,
                    bytes: archive.bytes(),
                },
            ),
        ],
        log: vec![(
            Kind::Changes,
            Sum {
                count: tally.records,
                bytes: tally.record_bytes,
            },
        )],
        read: vec![(
            Kind::PageReads,
            Sum {
                count: tally.reads.latency().histogram().len(),
                bytes: tally.reads.latency().histogram().len() * lab::PAGE_BYTES as u64,
            },
        )],
        ..of_commits(world, tally.commits_acked, tally.latencies())
    }
}

fn of_commits(world: &World, acked: u64, took: &Durations) -> EngineFigures {
    let lived_ns = u128::from(world.now().0.max(1));
    let per_s = u128::from(acked) * 1_000_000_000 / lived_ns;
    EngineFigures {
        machines: 0,
        commits_acked: acked,
        commits_per_s: u64::try_from(per_s).unwrap_or(u64::MAX),
        p50_ns: took.at(0.5),
        p95_ns: took.at(0.95),
        p99_ns: took.at(0.99),
        written: Vec::new(),
        log: Vec::new(),
        read: Vec::new(),
        recoveries: 0,
        recovery: None,
    }
}
