//! Servers made by hand: at work, in a recovery, crashed, with standbys down and slow, without any.

use protocol::{
    Az, CheckpointView, EngineFigures, Frame, Kind, LabSetup, PrimaryState, PrimaryView,
    RecoveryFigures, ServersView, Standby, StandbyReport, StandbyState, StandbyView, Sum,
};

use super::{az, quiet};

/// A large position in WAL, and so a long text.
const END: u64 = 0x2B_3C4D_5E6F;

fn standby(index: u8, zone: Az, state: StandbyState) -> StandbyView {
    StandbyView {
        standby: Standby::new(index).expect("a standby's number"),
        zone,
        state,
        report: StandbyReport {
            written: END - 1_000,
            flushed: END - 2_000,
            replayed: END - 200_000,
        },
        slow_ms: if index == 1 { 50 } else { 0 },
    }
}

fn figures(written: Vec<(Kind, Sum)>) -> EngineFigures {
    EngineFigures {
        machines: 3,
        commits_acked: 1_000,
        commits_per_s: 12_345,
        p50_ns: 1_270_000,
        p95_ns: 1_940_000,
        p99_ns: 14_400_000,
        written,
        log: vec![
            (Kind::Changes, sum(1_000, 128_000)),
            (Kind::Images, sum(500, 4_096_000)),
            (Kind::OtherRecords, sum(1_000, 40_000)),
        ],
        read: Vec::new(),
        recoveries: 1,
        recovery: Some(RecoveryFigures {
            at_ns: 6_100_000_000,
            took_ns: 1_300_000_000,
            redo_bytes: 29_100_000,
        }),
    }
}

const fn sum(count: u64, bytes: u64) -> Sum {
    Sum { count, bytes }
}

/// Both engines at work, a commit waits for one of two standbys, a checkpoint is under way.
fn at_work() -> ServersView {
    ServersView {
        primary: PrimaryView {
            state: PrimaryState::Open,
            promoted: None,
            zone: az('a'),
            inserted: END,
            written: END - 500,
            flushed: END - 1_500,
            wal_buffers: 4 << 20,
            redo: END - 29_100_000,
            checkpoints: 2,
            checkpoint: Some(CheckpointView {
                number: 3,
                redo: END - 1_000_000,
                done: 120,
                pages: 1_523,
                is_syncing: false,
            }),
            buffers: 8_192,
            cached: 4_000,
            dirty: 812,
            damaged: 0,
            wait_for_flush: 3,
            wait_for_standbys: 12,
            waiting: 16,
            backlog_ns: 12_300_000,
        },
        standbys: vec![
            standby(0, az('b'), StandbyState::Connected),
            standby(1, az('c'), StandbyState::Connected),
        ],
        required: 1,
        mirrors: Vec::new(),
        cut_off: false,
        figures: figures(vec![
            (Kind::Flushes, sum(200, 5_000_000)),
            (Kind::CheckpointPages, sum(300, 2_457_600)),
            (Kind::BackgroundPages, sum(0, 0)),
            (Kind::Standbys, sum(500, 8_528_000)),
        ]),
        quorum: Some(EngineFigures {
            machines: 6,
            log: vec![(Kind::Changes, sum(1_000, 128_000))],
            recovery: None,
            ..figures(vec![(Kind::Storage, sum(500, 768_000))])
        }),
    }
}

/// The servers in every state.
pub(crate) fn servers(setup: &LabSetup) -> Vec<(&'static str, Frame)> {
    let frame = |servers| Frame {
        servers: Some(servers),
        ..quiet(setup)
    };
    let with = |change: &dyn Fn(&mut ServersView)| {
        let mut view = at_work();
        change(&mut view);
        frame(view)
    };
    let in_state = |state| with(&|view| view.primary.state = state);
    let (from, at, end) = (END - 29_100_000, END - 9_000_000, END);
    vec![
        ("at work", frame(at_work())),
        (
            "down",
            in_state(PrimaryState::Down {
                since_ns: 6_000_000_000,
                with_zone: false,
            }),
        ),
        ("starting", in_state(PrimaryState::Starting { from, end })),
        (
            "replaying",
            in_state(PrimaryState::Replaying { from, at, end }),
        ),
        ("concluding", in_state(PrimaryState::Concluding)),
        (
            "syncing",
            with(&|view| {
                let checkpoint = view.primary.checkpoint.as_mut();
                checkpoint.expect("one is under way").is_syncing = true;
                view.primary.damaged = 2;
            }),
        ),
        (
            "promoted",
            with(&|view| {
                view.primary.promoted = Standby::new(0);
                view.primary.zone = az('b');
                view.primary.checkpoint = None;
                view.standbys[0].state = StandbyState::Promoted;
                view.standbys[1].state = StandbyState::Apart;
            }),
        ),
        (
            "standbys down",
            with(&|view| {
                view.standbys[0].state = StandbyState::Down;
                view.standbys[1].state = StandbyState::DownWithZone;
                view.cut_off = true;
            }),
        ),
        (
            "mirrored",
            with(&|view| {
                view.standbys.clear();
                view.required = 0;
                view.mirrors = vec![az('a'), az('b')];
                view.quorum = None;
            }),
        ),
        (
            "new",
            with(&|view| {
                let primary = &mut view.primary;
                (primary.inserted, primary.written, primary.flushed) = (0, 0, 0);
                (primary.redo, primary.checkpoints) = (0, 0);
                (primary.cached, primary.dirty, primary.checkpoint) = (0, 0, None);
                view.figures.commits_acked = 0;
                for standby in &mut view.standbys {
                    let (written, flushed, replayed) = (0, 0, 0);
                    standby.report = StandbyReport {
                        written,
                        flushed,
                        replayed,
                    };
                }
            }),
        ),
    ]
}
