//! The things to try, which tick themselves when a frame shows that they happened.

use std::rc::Rc;

use protocol::{Frame, VolumeState, WriterState};
use yew::Reducible;

/// Something to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Model time has passed and a commit was acknowledged.
    Play,
    /// While a zone is down, a commit that was asked for after that is acknowledged.
    LoseZone,
    /// With the zone, one more node is down, and the oldest commit can only wait.
    Stop,
    /// After that, copies have got from peers what they lacked, and commits are acknowledged again.
    Heal,
    /// A new writer has recovered the volume, and a commit was acknowledged by it.
    Recover,
    /// A clone and its source share pages, and both have changed some.
    Clone,
    /// A damaged page is whole again.
    Mend,
    /// The spare of a zone stands in the place of a node.
    Replace,
    /// A volume came out of object storage, and is open.
    Restore,
}

impl Task {
    /// All, in the order in which they are tried.
    pub const ALL: [Self; 9] = [
        Self::Play,
        Self::LoseZone,
        Self::Stop,
        Self::Heal,
        Self::Recover,
        Self::Clone,
        Self::Mend,
        Self::Replace,
        Self::Restore,
    ];

    /// The message that says what to try.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Play => "task.play",
            Self::LoseZone => "task.lose-zone",
            Self::Stop => "task.stop",
            Self::Heal => "task.heal",
            Self::Recover => "task.recover",
            Self::Clone => "task.clone",
            Self::Mend => "task.mend",
            Self::Replace => "task.replace",
            Self::Restore => "task.restore",
        }
    }

    /// The message that names it in a word or three.
    pub const fn name_key(self) -> &'static str {
        match self {
            Self::Play => "task.play.name",
            Self::LoseZone => "task.lose-zone.name",
            Self::Stop => "task.stop.name",
            Self::Heal => "task.heal.name",
            Self::Recover => "task.recover.name",
            Self::Clone => "task.clone.name",
            Self::Mend => "task.mend.name",
            Self::Replace => "task.replace.name",
            Self::Restore => "task.restore.name",
        }
    }
}

/// Which tasks are done, and what is remembered to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    done: [bool; Task::ALL.len()],
    event: u64,
    /// Commits asked for when a zone was first seen to be down.
    asked_at_loss: Option<u64>,
    /// Commits acknowledged and records filled by peers when commits were first seen to be stopped.
    at_stop: Option<(u64, u64)>,
    /// Commits acknowledged when a later writer was first seen to be open.
    acked_before_recovery: Option<u64>,
}

impl Tasks {
    /// Whether it was done.
    pub fn done(&self, task: Task) -> bool {
        Task::ALL
            .iter()
            .zip(self.done)
            .any(|(&known, done)| known == task && done)
    }

    fn see(&mut self, frame: &Frame) {
        if frame.event < self.event {
            // Another run, or an earlier moment of this one: what was done stays done.
            self.asked_at_loss = None;
            self.at_stop = None;
            self.acked_before_recovery = None;
        }
        self.event = frame.event;
        let counters = &frame.counters;
        let zone_down = frame.zones.iter().any(|zone| zone.down_since_ns.is_some());
        self.asked_at_loss =
            zone_down.then(|| self.asked_at_loss.unwrap_or(frame.counters.commits_asked));
        let stopped = frame
            .writer
            .oldest_wait
            .as_ref()
            .is_some_and(|wait| wait.stopped);
        if stopped && self.at_stop.is_none() {
            self.at_stop = Some((counters.commits_acked, counters.gossip_filled));
        }
        let recovered = frame.writer.epoch > 1 && frame.writer.state == WriterState::Open;
        self.acked_before_recovery = recovered.then(|| {
            let known = self.acked_before_recovery;
            known.unwrap_or(counters.commits_acked)
        });
        let mut nodes = frame.zones.iter().flat_map(|zone| &zone.nodes);
        let now = [
            frame.now_ns > 0 && counters.commits_acked > 0,
            self.asked_at_loss
                .is_some_and(|asked| counters.commits_acked > asked),
            zone_down && stopped,
            self.at_stop.is_some_and(|(acked, filled)| {
                !stopped && counters.commits_acked > acked && counters.gossip_filled > filled
            }),
            self.acked_before_recovery
                .is_some_and(|acked| counters.commits_acked > acked),
            frame.volumes.iter().any(|volume| {
                let here = volume.changed.iter().any(|[here, ..]| *here > 0);
                let there = volume.changed.iter().any(|[_, there, _]| *there > 0);
                volume.shares && here && there
            }),
            nodes.any(|node| node.mended.is_some()),
            frame.zones.iter().any(|zone| {
                let spare = zone.beside.node;
                zone.nodes.iter().any(|view| view.node > spare)
            }),
            frame
                .volumes
                .iter()
                .any(|volume| volume.restored && volume.state == VolumeState::Open),
        ];
        for (done, now) in self.done.iter_mut().zip(now) {
            *done |= now;
        }
    }
}

impl Reducible for Tasks {
    type Action = Rc<Frame>;

    fn reduce(self: Rc<Self>, frame: Rc<Frame>) -> Rc<Self> {
        let mut next = (*self).clone();
        next.see(&frame);
        if next == *self { self } else { Rc::new(next) }
    }
}
