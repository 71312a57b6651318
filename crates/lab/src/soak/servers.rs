//! The conventional engine in soak: what it is set to, what is done to it, and what it owes at last.
//!
//! It runs beside the quorum engine in some seeds, and alone in others. Beside it only those things
//! are done to it that the quorum engine does not feel, for everything else is done to both.

use engine_wal::{Level, Note, Phase, Rule, StandbyId};
use protocol::{Az, Standby, Verb};
use sim::{SimTime, Span, Stream};

use super::draw::{Chances, pick};
use super::faults::{Dice, Kind};
use crate::schedule::Schedule;
use crate::servers::Servers;
use crate::trace::{Line, What};
use crate::world::World;

/// Which engines a case has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engines {
    Quorum,
    Both,
    /// The conventional one alone.
    Wal,
}

impl Engines {
    /// As a scenario names it, unless it need not.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Quorum => None,
            Self::Both => Some("both"),
            Self::Wal => Some("wal"),
        }
    }
}

/// Of eight seeds five have the quorum engine alone, and one the conventional one.
pub(super) fn engines(seed: u64) -> Engines {
    match Stream::new(seed, "soak engines").below(8) {
        0 => Engines::Wal,
        1 | 2 => Engines::Both,
        _ => Engines::Quorum,
    }
}

/// Each way to keep commits in more than one place, and the standbys that it asks for.
const WAYS: [(&str, u64); 7] = [
    ("none", 0),
    ("first-1", 1),
    ("any-1", 1),
    ("any-2", 2),
    ("all-of-3", 2),
    ("three-at-once", 0),
    ("mirrored", 0),
];

/// Draws the table `[wal]`. Gives how many standbys there are, and how many a commit waits for.
pub(super) fn settings(seed: u64, set: &mut impl FnMut(&'static str, String)) -> (u8, u8) {
    let mut stream = Stream::new(seed, "soak servers");
    let (way, needed) = *pick(&mut stream, &WAYS);
    set("wal.standbys", format!("\"{way}\""));
    let standbys = needed + stream.below(3);
    set("wal.standby_count", standbys.to_string());
    if way == "mirrored" {
        let legs = pick(&mut stream, &[2, 3, 4]);
        set("wal.mirror_legs", legs.to_string());
    }
    for (key, choices) in [
        (
            "wal.level",
            &["off", "local", "remote_write", "on", "remote_apply"][..],
        ),
        ("wal.checkpoint_interval", &["5ms", "20ms", "100ms", "1s"]),
        ("wal.max_wal_size", &["32MiB", "1GiB"]),
        ("wal.shared_buffers", &["8KiB", "64KiB", "256KiB", "8MiB"]),
        ("wal.os_cache", &["0KiB", "64KiB", "8MiB"]),
        ("wal.wal_buffers", &["64KiB", "4MiB"]),
        ("wal.wal_writer_delay", &["1ms", "10ms", "200ms"]),
        ("wal.bgwriter_delay", &["1ms", "10ms", "200ms"]),
        ("wal.startup", &["0.1ms", "1ms", "5ms"]),
        ("wal.sender_timeout", &["2ms", "10ms", "50ms"]),
    ] {
        set(key, format!("\"{}\"", pick(&mut stream, choices)));
    }
    for (key, choices) in [
        ("wal.completion_target", &["0.0", "0.1", "0.5", "0.9"][..]),
        ("wal.replay_mb_per_s", &["20", "255"]),
        ("wal.disk_mb_per_s", &["50", "500"]),
        ("wal.disk_iops", &["5000", "20000"]),
        ("wal.archive", &["true", "false"]),
        ("wal.end_of_recovery_checkpoint", &["true", "false"]),
    ] {
        set(key, (*pick(&mut stream, choices)).to_owned());
    }
    if let Some(statement) = pick(&mut stream, &[None, None, Some("20us"), Some("100us")]) {
        set("wal.statement", format!("\"{statement}\""));
        set("wal.processors", pick(&mut stream, &[1, 2, 4]).to_string());
    }
    let few = |count| u8::try_from(count).expect("few");
    (few(standbys), few(needed))
}

/// Whether the quorum engine does not feel this.
pub(super) const fn is_for_standbys(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::StandbyDown(_) | Verb::StandbyUp(_) | Verb::StandbySlow { .. } | Verb::Promote(_)
    )
}

/// A crash, and the next start.
fn crash(dice: &mut Dice<'_>) -> Vec<(Span, Verb)> {
    let recover = (dice.long(), Verb::Recover);
    vec![(Span::ZERO, Verb::CrashWriter), recover]
}

/// The primary crashes while this was so.
fn crashed(line: &Line, so: bool) -> bool {
    so && matches!(line.what, What::Server(Note::PrimaryCrashed { .. }))
}

/// Every kind of trouble for servers. To add one, add its row.
pub(super) static KINDS: [Kind; 11] = [
    Kind {
        name: "server crash",
        draw: crash,
        hit: |line, _| crashed(line, true),
    },
    Kind {
        name: "server crash during a checkpoint",
        draw: crash,
        hit: |line, seen| crashed(line, seen.server.checkpoint),
    },
    Kind {
        name: "server crash during a flush",
        draw: crash,
        hit: |line, seen| crashed(line, seen.server.flush),
    },
    Kind {
        name: "server crash during redo",
        draw: |dice| {
            let mut deeds = crash(dice);
            deeds[1].0 = dice.short();
            deeds.push((dice.short(), Verb::CrashWriter));
            deeds.push((dice.long(), Verb::Recover));
            deeds
        },
        hit: |line, seen| crashed(line, seen.server.redo),
    },
    Kind {
        name: "second server crash during redo",
        draw: |dice| {
            let mut deeds = vec![(Span::ZERO, Verb::CrashWriter)];
            for _ in 0..2 {
                deeds.push((dice.short(), Verb::Recover));
                deeds.push((dice.short(), Verb::CrashWriter));
            }
            deeds.push((dice.long(), Verb::Recover));
            deeds
        },
        hit: |line, seen| crashed(line, seen.server.redo && seen.server.broken_off > 0),
    },
    Kind {
        name: "standby crash",
        draw: |dice| match dice.standby() {
            Some(s) => dice.perhaps_mended(Verb::StandbyDown(s), Verb::StandbyUp(s)),
            None => Vec::new(),
        },
        hit: |line, _| matches!(line.what, What::Server(Note::StandbyCrashed { .. })),
    },
    Kind {
        name: "slow standby",
        draw: |dice| {
            let Some(standby) = dice.standby() else {
                return Vec::new();
            };
            let slow = |ms| Verb::StandbySlow { standby, ms };
            let ms = dice.below(20) + 1;
            dice.perhaps_mended(slow(ms), slow(0))
        },
        hit: |line, _| matches!(line.what, What::StandbySlowed { by, .. } if by > Span::ZERO),
    },
    Kind {
        name: "too few standbys",
        draw: |dice| {
            let all = || (0..dice.standbys).filter_map(Standby::new);
            let down = all().map(|standby| (Span::ZERO, Verb::StandbyDown(standby)));
            let up = all().map(|standby| (Span::ZERO, Verb::StandbyUp(standby)));
            let (mut deeds, up): (Vec<_>, Vec<_>) = (down.collect(), up.collect());
            let stays = deeds.len();
            deeds.extend(up);
            if let Some(first) = deeds.get_mut(stays) {
                first.0 = dice.long();
            }
            deeds
        },
        hit: |line, _| matches!(line.what, What::Server(Note::TooFewStandbys { .. })),
    },
    Kind {
        name: "standbys cut off",
        draw: |dice| dice.perhaps_mended(Verb::Partition, Verb::Heal),
        hit: |line, seen| {
            let up = |standby| !seen.server.down.contains(&standby);
            matches!(line.what, What::Server(Note::StandbyLost { standby }) if up(standby))
        },
    },
    Kind {
        name: "promotion",
        draw: |dice| {
            let Some(standby) = dice.standby() else {
                return Vec::new();
            };
            let home = Az::new(0).expect("there is a zone");
            let lost = match dice.below(2) {
                0 => Verb::CrashWriter,
                _ => Verb::AzDown(home),
            };
            vec![
                (Span::ZERO, lost),
                (dice.short(), Verb::Promote(standby)),
                (dice.long(), Verb::AzUp(home)),
            ]
        },
        hit: |line, _| matches!(line.what, What::Server(Note::Promoted { .. })),
    },
    Kind {
        name: "loss of a zone with a mirror",
        draw: |dice| {
            let az = dice.az();
            dice.perhaps_mended(Verb::AzDown(az), Verb::AzUp(az))
        },
        hit: |line, seen| matches!(line.what, What::ZoneDown { az } if seen.server.mirrors.contains(&az)),
    },
];

/// What the lines before a line told of the servers.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenServer {
    /// Zones with a mirror of the first primary, other than its own.
    pub(super) mirrors: Vec<Az>,
    checkpoint: bool,
    flush: bool,
    redo: bool,
    /// So many redos were broken off, one after the other.
    broken_off: u32,
    /// Standbys that crashed, and are not connected since.
    down: Vec<StandbyId>,
}

impl SeenServer {
    pub(super) fn read(&mut self, note: Note) {
        let is_open = |open: bool, begins: bool, ends: bool| (open || begins) && !ends;
        let crashes = matches!(note, Note::PrimaryCrashed { .. });
        let redo_done = matches!(note, Note::RedoDone { .. });
        self.broken_off += u32::from(crashes && self.redo);
        if redo_done {
            self.broken_off = 0;
        }
        for (under_way, begins, ends) in [
            (
                &mut self.checkpoint,
                matches!(note, Note::CheckpointBegan { .. }),
                matches!(note, Note::CheckpointDone { .. }),
            ),
            (
                &mut self.flush,
                matches!(note, Note::FlushBegan { .. }),
                matches!(note, Note::FlushDone { .. }),
            ),
            (
                &mut self.redo,
                matches!(note, Note::RecoveryBegan { .. }),
                redo_done,
            ),
        ] {
            *under_way = is_open(*under_way, begins, ends || crashes);
        }
        if let Note::StandbyCrashed { standby, .. } = note {
            self.down.push(standby);
        }
        if let Note::StandbyConnected { standby, .. } = note {
            self.down.retain(|other| *other != standby);
        }
    }
}

/// Deeds for the servers by rising time, up to `mended_at`. A server that runs alone and waits for
/// standbys loses none to a promotion: commits would wait for ever, and the run would be over.
pub(super) fn faults(
    seed: u64,
    engines: Engines,
    azs: u8,
    (standbys, needed): (u8, u8),
    mended_at: SimTime,
) -> Vec<(SimTime, Verb)> {
    let mut stream = Stream::new(seed, "soak server faults");
    let chances = Chances::draw(&mut stream, &KINDS);
    let dice = Dice {
        stream: &mut stream,
        now: SimTime::START,
        azs,
        per_az: 1,
        standbys,
    };
    let mut deeds = chances.deeds(&KINDS, dice, mended_at);
    let stays = |verb: Verb| match engines {
        Engines::Wal => needed == 0 || !matches!(verb, Verb::Promote(_)),
        Engines::Both | Engines::Quorum => is_for_standbys(verb),
    };
    deeds.retain(|(_, verb)| stays(*verb));
    deeds
}

/// Mends what is broken of the standbys. What cut them off, and the primary, is mended with the writer.
pub(super) fn mend(servers: &Servers, schedule: &mut Schedule, at: SimTime) {
    for standby in (0..).map_while(Standby::new) {
        let Some(machine) = servers.machine(standby) else {
            break;
        };
        if machine.broken {
            schedule.add(at, Verb::StandbyUp(standby));
        }
        if machine.slow > Span::ZERO {
            schedule.add(at, Verb::StandbySlow { standby, ms: 0 });
        }
    }
}

/// Whether commits can go on: the rule may ask for more standbys than are left after a promotion.
pub(super) fn may_commit(world: &World) -> bool {
    let Some(servers) = world.servers() else {
        return false;
    };
    let settings = &world.script().scenario.wal.settings;
    let left = (0..).map_while(|id| servers.seat(id));
    let left = left.filter(|seat| seat.standby.is_some()).count();
    match settings.rule {
        _ if settings.level <= Level::Local => true,
        Rule::None => true,
        Rule::First(need) | Rule::Any(need) => left >= usize::from(need),
    }
}

/// Whether this says that the servers got anywhere.
pub(super) const fn is_progress(note: Note) -> bool {
    matches!(
        note,
        Note::FlushDone { .. }
            | Note::CommitAcked { .. }
            | Note::RedoProgress { .. }
            | Note::RedoDone { .. }
            | Note::StandbyReplayed { .. }
    )
}

/// Why the conventional engine is not quiet, if it runs.
pub(super) fn restless(world: &World) -> Option<String> {
    let servers = world.servers()?;
    let Some(primary) = servers.primary() else {
        return Some("there is no primary".to_owned());
    };
    if !matches!(primary.phase(), Phase::Open) {
        return Some("the primary replays".to_owned());
    }
    let waiting = servers.waiting();
    if waiting > 0 && may_commit(world) {
        return Some(format!("{waiting} transactions of the primary wait"));
    }
    let flushed = primary.flushed();
    (0..).map_while(|id| servers.seat(id)).find_map(|seat| {
        let standby = seat.standby.as_ref()?;
        let (id, replayed) = (standby.id().0, standby.report().replayed);
        let name = Standby::new(id).expect("it is one");
        if !seat.connected {
            return Some(format!("{name} is not connected"));
        }
        let behind = replayed != flushed;
        behind.then(|| format!("{name} has replayed up to {replayed}, the primary has {flushed}"))
    })
}
