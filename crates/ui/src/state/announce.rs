//! What a screen reader is told, and when: at most one sentence for what changed between two
//! moments, and nothing about what a playing run does all the time.

use protocol::{
    Frame, LabSetup, Limit, NodeState, PrimaryState, RunState, StandbyState, VolumeState,
    WriterState,
};
use scene::{Words, invariants, numbers, sentences};

/// What is remembered of the last moment that was told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    run: Option<String>,
    event: u64,
    down: Vec<String>,
    writer: Writer,
    primary: Primary,
    stopped: bool,
    ended: bool,
    limit: Option<Limit>,
    acked: u64,
    violated: usize,
    volumes: Vec<VolumeState>,
}

/// Whether there is a writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Writer {
    #[default]
    Works,
    CutOff,
    Gone,
    Recovers,
}

impl Writer {
    const fn of(state: WriterState) -> Self {
        match state {
            WriterState::Open => Self::Works,
            WriterState::CutOff { .. } => Self::CutOff,
            WriterState::Down { .. } => Self::Gone,
            WriterState::Recovering { .. } => Self::Recovers,
        }
    }

    /// The message for this state after another.
    const fn key(self, before: Self) -> &'static str {
        match (self, before) {
            (Self::Works, Self::CutOff) => "announce.let-through",
            (Self::Works, _) => "announce.opened",
            (Self::CutOff, _) => "announce.cut-off",
            (Self::Gone, _) => "announce.no-writer",
            (Self::Recovers, _) => "announce.recovering",
        }
    }
}

/// Whether there is a primary of the conventional engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Primary {
    /// It works, or that engine does not run.
    #[default]
    Works,
    Gone,
    Starts,
}

impl Primary {
    fn of(frame: &Frame) -> Self {
        let state = frame.servers.as_ref().map(|view| view.primary.state);
        match state {
            None | Some(PrimaryState::Open) => Self::Works,
            Some(PrimaryState::Down { .. }) => Self::Gone,
            Some(
                PrimaryState::Starting { .. }
                | PrimaryState::Replaying { .. }
                | PrimaryState::Concluding,
            ) => Self::Starts,
        }
    }

    /// The message for this state.
    const fn key(self) -> &'static str {
        match self {
            Self::Works => "announce.primary-open",
            Self::Gone => "announce.primary-down",
            Self::Starts => "announce.primary-starts",
        }
    }
}

impl Moment {
    /// What to remember of a frame that comes after another moment. Commits count as stopped until
    /// one has passed.
    pub fn after(before: &Self, setup: &LabSetup, frame: &Frame) -> Self {
        let run = Some(format!("{} {}", setup.name, setup.seed));
        let acked = frame.counters.commits_acked;
        let wait = frame.writer.oldest_wait.as_ref();
        let none_passed = before.run == run && before.event <= frame.event && before.acked == acked;
        let writer = Writer::of(frame.writer.state);
        let stopped = writer != Writer::Works
            || wait.is_some_and(|wait| wait.stopped || (before.stopped && none_passed));
        let zones = frame
            .zones
            .iter()
            .filter(|zone| zone.down_since_ns.is_some())
            .map(|zone| format!("zone {}", zone.az));
        let nodes = frame.zones.iter().flat_map(|zone| &zone.nodes);
        let alone = nodes.filter(|node| {
            matches!(
                node.state,
                NodeState::Down {
                    with_zone: false,
                    ..
                }
            )
        });
        let servers = frame.servers.iter().flat_map(|view| &view.standbys);
        let standbys = servers.filter(|it| it.state == StandbyState::Down);
        Self {
            run,
            event: frame.event,
            down: zones
                .chain(alone.map(|node| node.node.to_string()))
                .chain(standbys.map(|it| format!("standby {}", it.standby)))
                .collect(),
            writer,
            primary: Primary::of(frame),
            stopped,
            ended: frame.run == RunState::Ended,
            limit: frame.limit,
            acked,
            violated: invariants::broken(&frame.invariants).count(),
            volumes: frame.volumes.iter().map(|volume| volume.state).collect(),
        }
    }
}

/// The sentence for what changed since `before`, if it is worth one.
pub fn announce(
    words: &Words,
    setup: &LabSetup,
    before: &Moment,
    frame: &Frame,
    playing: bool,
) -> Option<String> {
    let now = Moment::after(before, setup, frame);
    if now.run != before.run {
        let name = words.fill("announce.loaded", &[("name", (&setup.name).into())]);
        return Some(name);
    }
    if now.violated > before.violated
        && let Some(newest) = invariants::broken(&frame.invariants).last()
        && let Some(broken) = &newest.broken
    {
        let what = invariants::sentence(words, &newest.name);
        let args = [("event", broken.event.into()), ("what", what.into())];
        return Some(words.fill("announce.violated", &args));
    }
    if let Some(said) = of_volumes(words, before, frame) {
        return Some(said);
    }
    if now.primary != before.primary || now.writer != before.writer {
        let epoch = [("epoch", frame.writer.epoch.into())];
        let writer = words.fill(now.writer.key(before.writer), &epoch);
        let primary = words.say(now.primary.key()).to_owned();
        let changed = [
            (now.writer != before.writer).then_some(writer),
            (now.primary != before.primary).then_some(primary),
        ];
        let said = changed.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let goes_on = before.stopped && !now.stopped;
        return Some(if goes_on {
            format!("{said} {}", words.say("announce.goes-on"))
        } else {
            said
        });
    }
    if now.stopped && !before.stopped {
        return Some(words.say("announce.stopped").to_owned());
    }
    if now.down != before.down {
        return Some(if now.down.is_empty() {
            words.say("announce.all-up").to_owned()
        } else {
            words.fill("announce.down", &[("what", (&now.down.join(", ")).into())])
        });
    }
    if before.stopped && !now.stopped {
        return Some(words.say("announce.goes-on").to_owned());
    }
    if let (Some(limit), None) = (now.limit, before.limit) {
        return Some(sentences::limit(words, limit));
    }
    if now.ended && !before.ended {
        return Some(words.fill("announce.ended", &[("acked", now.acked.into())]));
    }
    if playing || now.event == before.event {
        return None;
    }
    // A step or a seek: where one stands, and what happened last.
    let time = numbers::seconds_fine(frame.now_ns);
    Some(match frame.events.last() {
        Some(line) if line.event == frame.event => {
            let what = sentences::told(words, setup, line);
            words.fill(
                "announce.at-event",
                &[("time", (&time).into()), ("what", (&what).into())],
            )
        }
        Some(_) | None => words.fill(
            "announce.at",
            &[
                ("time", (&time).into()),
                ("vdl", frame.writer.vdl.into()),
                ("acked", now.acked.into()),
            ],
        ),
    })
}

/// A volume begins, is open, or was given up.
fn of_volumes(words: &Words, before: &Moment, frame: &Frame) -> Option<String> {
    use VolumeState::{Deleted, Open, Opening};
    let known = before.volumes.iter().map(|state| Some(*state));
    let known = known.chain(std::iter::repeat(None));
    frame.volumes.iter().zip(known).find_map(|(volume, was)| {
        let key = match (volume.state, was) {
            (Opening, None) => "announce.volume-begins",
            (Open, None | Some(Opening)) => "announce.volume-open",
            (Deleted, Some(state)) if state != Deleted => "announce.volume-given-up",
            _ => return None,
        };
        // The first volume does not begin as another one was.
        let (source, lsn) = match volume.origin {
            Some(origin) => origin,
            None if volume.state == Deleted => (volume.id, volume.vdl),
            None => return None,
        };
        Some(words.fill(
            key,
            &[
                ("volume", volume.id.into()),
                ("source", source.into()),
                ("lsn", lsn.into()),
            ],
        ))
    })
}
