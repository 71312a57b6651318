//! What can be done to a world at random, and how one sees that it happened.

use engine_quorum::{Change, Epoch, NodeId, Note, Step};
use protocol::{Az, Moment, Node, Standby, Verb, VolumeId};
use sim::{SimTime, Span, Stream};

use super::servers::{self, SeenServer};
use crate::servers::Servers;
use crate::trace::{Line, What};

/// A kind of hardship: one row of [`KINDS`].
pub(super) struct Kind {
    /// What it is called in the sums.
    pub(super) name: &'static str,
    /// Deeds, each so long after the one before.
    pub(super) draw: fn(&mut Dice<'_>) -> Vec<(Span, Verb)>,
    /// Whether this line says that it happened.
    pub(super) hit: fn(&Line, &Seen) -> bool,
}

/// Every kind for the quorum engine, and for both at once. To add one, add its row.
pub(super) static KINDS: [Kind; 25] = [
    Kind {
        name: "zone loss",
        draw: |dice| {
            let az = dice.az();
            dice.perhaps_mended(Verb::AzDown(az), Verb::AzUp(az))
        },
        hit: |line, _| matches!(line.what, What::ZoneDown { .. }),
    },
    Kind {
        name: "node crash",
        draw: |dice| {
            let node = dice.node();
            dice.perhaps_mended(Verb::NodeDown(node), Verb::NodeUp(node))
        },
        hit: |line, _| matches!(line.what, What::NodeDown { .. }) && line.cause == 0,
    },
    Kind {
        name: "slow disk",
        draw: |dice| {
            let (node, ms) = (dice.node(), dice.below(20) + 1);
            dice.perhaps_mended(Verb::Slow { node, ms }, Verb::Slow { node, ms: 0 })
        },
        hit: |line, _| matches!(line.what, What::Slowed { by, .. } if by > Span::ZERO),
    },
    Kind {
        name: "lost message",
        draw: |dice| {
            let (node, count) = (dice.node(), dice.below(20) + 1);
            vec![(Span::ZERO, Verb::Drop { node, count })]
        },
        hit: |line, _| matches!(line.what, What::Lost { .. }),
    },
    Kind {
        name: "partition",
        draw: |dice| dice.perhaps_mended(Verb::Partition, Verb::Heal),
        hit: |line, _| matches!(line.what, What::Partitioned { .. }),
    },
    Kind {
        name: "writer crash",
        draw: |dice| {
            vec![
                (Span::ZERO, Verb::CrashWriter),
                (dice.long(), Verb::Recover),
            ]
        },
        hit: |line, seen| {
            matches!(line.what, What::WriterCrashed { .. }) && seen.recovering.is_none()
        },
    },
    Kind {
        name: "old writer that lives on",
        draw: |_| vec![(Span::ZERO, Verb::Recover)],
        hit: |line, _| matches!(line.what, What::Engine(Note::WriterOver { .. })),
    },
    Kind {
        name: "recovery behind the back of a writer that is cut off",
        draw: |dice| {
            let recover = (dice.short(), Verb::Recover);
            vec![
                (Span::ZERO, Verb::Partition),
                recover,
                (dice.long(), Verb::Heal),
            ]
        },
        hit: |line, seen| matches!(note(line), Some(Note::Opened { .. })) && seen.cut_off,
    },
    Kind {
        name: "crash during a recovery",
        draw: |dice| {
            vec![
                (Span::ZERO, Verb::CrashWriter),
                (dice.short(), Verb::Recover),
                (dice.short(), Verb::CrashWriter),
                (dice.long(), Verb::Recover),
            ]
        },
        hit: |line, seen| matches!(line.what, What::WriterCrashed { epoch } if seen.recovering == Some(epoch)),
    },
    Kind {
        name: "second recovery while one runs",
        draw: |dice| vec![(Span::ZERO, Verb::Recover), (dice.short(), Verb::Recover)],
        hit: |line, seen| {
            matches!(note(line), Some(Note::RecoveryBegan { .. })) && seen.recovering.is_some()
        },
    },
    Kind {
        name: "clone",
        draw: |_| vec![(Span::ZERO, Verb::Clone(VolumeId::FIRST))],
        hit: |line, _| matches!(line.what, What::Cloned { source, .. } if source == VolumeId::FIRST),
    },
    Kind {
        name: "clone of a clone",
        draw: |dice| {
            let further = (dice.long(), Verb::Clone(dice.copy()));
            vec![(Span::ZERO, Verb::Clone(VolumeId::FIRST)), further]
        },
        hit: |line, _| matches!(line.what, What::Cloned { source, .. } if source != VolumeId::FIRST),
    },
    Kind {
        name: "volume given up",
        draw: |dice| vec![(Span::ZERO, Verb::DeleteVolume(dice.copy()))],
        hit: |line, _| matches!(line.what, What::VolumeDeleted { .. }),
    },
    Kind {
        name: "volume restored to an LSN",
        draw: |dice| {
            let (volume, limit) = (dice.volume(), 2 << dice.below(10));
            let to = Moment::Lsn(dice.below(limit).into());
            vec![(Span::ZERO, Verb::RestoreVolume { volume, to })]
        },
        hit: |line, seen| {
            let restored = matches!(line.what, What::Restored { .. });
            restored && matches!(seen.restoring_to, Some(Moment::Lsn(_)))
        },
    },
    Kind {
        name: "volume restored to a time",
        draw: |dice| {
            let (volume, ago) = (dice.volume(), dice.long());
            let to = Moment::Time(dice.now.0.saturating_sub(ago.0));
            vec![(Span::ZERO, Verb::RestoreVolume { volume, to })]
        },
        hit: |line, seen| {
            let restored = matches!(line.what, What::Restored { .. });
            restored && matches!(seen.restoring_to, Some(Moment::Time(_)))
        },
    },
    Kind {
        name: "write by hand",
        draw: |dice| {
            let (volume, page) = (dice.volume(), dice.below(10));
            vec![(Span::ZERO, Verb::Write { volume, page }); 2]
        },
        hit: |line, _| matches!(line.what, What::WriteAsked { .. }),
    },
    Kind {
        name: "damaged page",
        draw: |dice| {
            let (node, page) = (dice.machine(), dice.below(10));
            vec![(Span::ZERO, Verb::CorruptPage { node, page })]
        },
        hit: |line, _| matches!(line.what, What::PageDamaged { .. }),
    },
    Kind {
        name: "member replaced",
        draw: |dice| {
            let node = dice.node();
            let replace = (dice.short(), Verb::Replace(node));
            let mut deeds = dice.perhaps_mended(Verb::NodeDown(node), Verb::NodeUp(node));
            deeds.insert(1, replace);
            if dice.below(3) == 0 {
                // The suspect is well.
                deeds.retain(|(_, verb)| *verb == Verb::Replace(node));
            }
            deeds
        },
        hit: |line, _| {
            matches!(
                registered(line),
                Some(Step::Complete(Change::Replace { .. }))
            )
        },
    },
    Kind {
        name: "suspect that returns",
        draw: |dice| {
            let node = dice.node();
            vec![
                (Span::ZERO, Verb::NodeDown(node)),
                (dice.short(), Verb::Replace(node)),
                (dice.long(), Verb::NodeUp(node)),
                (dice.short(), Verb::Restore(node)),
            ]
        },
        hit: |line, _| {
            matches!(
                registered(line),
                Some(Step::Reverse(Change::Replace { .. }))
            )
        },
    },
    Kind {
        name: "zone left out",
        draw: |dice| {
            let az = dice.az();
            let drop = (dice.short(), Verb::DropZone(az));
            let mut deeds = dice.perhaps_mended(Verb::AzDown(az), Verb::AzUp(az));
            deeds.insert(1, drop);
            deeds
        },
        hit: |line, _| matches!(registered(line), Some(Step::Complete(Change::Leave(_)))),
    },
    Kind {
        name: "zone that is back",
        draw: |dice| {
            let az = dice.az();
            let add = (dice.long(), Verb::AddZone(az));
            vec![(Span::ZERO, Verb::DropZone(az)), add]
        },
        hit: |line, _| matches!(registered(line), Some(Step::Complete(Change::Return))),
    },
    Kind {
        name: "volume that grows",
        draw: |_| vec![(Span::ZERO, Verb::Grow)],
        hit: |line, _| matches!(registered(line), Some(Step::Grow)),
    },
    Kind {
        name: "newcomer that fails while it copies",
        draw: |dice| {
            let node = dice.node();
            let spare = dice.spare(node.az());
            let mut deeds = vec![(Span::ZERO, Verb::Replace(node))];
            let after = dice.short();
            deeds.extend(dice.perhaps_mended(Verb::NodeDown(spare), Verb::NodeUp(spare)));
            deeds[1].0 = after;
            deeds
        },
        hit: |line, seen| {
            let joins = |newcomer| seen.newcomers().any(|other| other == newcomer);
            matches!(line.what, What::NodeDown { node } if joins(node))
        },
    },
    Kind {
        name: "second failure while members change",
        draw: |dice| {
            let other = dice.node();
            let mut deeds = vec![(Span::ZERO, Verb::Replace(dice.node()))];
            let after = dice.short();
            deeds.extend(dice.perhaps_mended(Verb::NodeDown(other), Verb::NodeUp(other)));
            deeds[1].0 = after;
            deeds
        },
        hit: |line, seen| matches!(line.what, What::NodeDown { .. }) && !seen.changes.is_empty(),
    },
    Kind {
        name: "recovery while members change",
        draw: |dice| {
            let (suspect, behind) = (dice.node(), dice.az());
            // One zone lacks what came last, and nobody else answers but the newcomer.
            let of_zone = |az| (1..=dice.per_az).filter_map(move |place| Node::new(az, place));
            let count = 100;
            let lost = of_zone(behind).map(|node| Verb::Drop { node, count });
            let mut deeds: Vec<_> = lost.map(|verb| (Span::ZERO, verb)).collect();
            let zones = (0..dice.azs).filter_map(Az::new);
            let away: Vec<_> = zones
                .filter(|az| ![behind, suspect.az()].contains(az))
                .collect();
            let mates: Vec<_> = of_zone(suspect.az())
                .filter(|_| behind != suspect.az())
                .collect();
            deeds.push((dice.short(), Verb::Replace(suspect)));
            let after = dice.short();
            let down = away.iter().copied().map(Verb::AzDown);
            let down = down.chain(mates.iter().copied().map(Verb::NodeDown));
            deeds.push((after, Verb::CrashWriter));
            deeds.extend(down.map(|verb| (Span::ZERO, verb)));
            deeds.push((Span::ZERO, Verb::Recover));
            let up = away.iter().copied().map(Verb::AzUp);
            let up = up.chain(mates.iter().copied().map(Verb::NodeUp));
            let after = dice.long();
            deeds.extend(
                std::iter::once(after)
                    .chain(std::iter::repeat(Span::ZERO))
                    .zip(up),
            );
            deeds
        },
        hit: |line, seen| {
            matches!(note(line), Some(Note::RecoveryBegan { .. })) && !seen.changes.is_empty()
        },
    },
];

/// What an engine says of the first volume: only there writers crash and members change.
fn note(line: &Line) -> Option<Note> {
    if let What::Engine(note) = line.what
        && line.volume == VolumeId::FIRST
    {
        Some(note)
    } else {
        None
    }
}

/// The step of the members that the metadata service takes.
fn registered(line: &Line) -> Option<Step> {
    if let Some(Note::MembersRegistered { step, .. }) = note(line) {
        Some(step)
    } else {
        None
    }
}

/// Draws places and times.
pub(super) struct Dice<'a> {
    pub(super) stream: &'a mut Stream,
    /// When the first deed is done.
    pub(super) now: SimTime,
    pub(super) azs: u8,
    pub(super) per_az: u8,
    pub(super) standbys: u8,
}

impl Dice<'_> {
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(self.stream.below(limit.into())).expect("below a u32")
    }

    pub(super) fn az(&mut self) -> Az {
        let index = self.below(self.azs.into());
        Az::new(u8::try_from(index).expect("few zones")).expect("one of the zones")
    }

    /// A standby, if there is one.
    pub(super) fn standby(&mut self) -> Option<Standby> {
        if self.standbys == 0 {
            return None;
        }
        let index = self.below(self.standbys.into());
        Standby::new(u8::try_from(index).expect("few standbys"))
    }

    fn node(&mut self) -> Node {
        let (az, place) = (self.az(), self.below(self.per_az.into()));
        Node::new(az, u8::try_from(place).expect("few nodes") + 1).expect("one of the nodes")
    }

    /// A node or a spare.
    fn machine(&mut self) -> Node {
        let az = self.az();
        match self.below(u32::from(self.per_az) + 1) {
            0 => self.spare(az),
            _ => self.node(),
        }
    }

    fn spare(&self, az: Az) -> Node {
        Node::new(az, self.per_az + 1).expect("each zone has a spare")
    }

    /// One of the first volumes, whether or not it exists.
    fn volume(&mut self) -> VolumeId {
        match self.below(2) {
            0 => VolumeId::FIRST,
            _ => self.copy(),
        }
    }

    /// One of the first that came from others, whether or not it exists.
    fn copy(&mut self) -> VolumeId {
        let index = u8::try_from(self.below(4)).expect("few volumes") + 1;
        VolumeId::new(index).expect("one of the volumes")
    }

    /// About a round trip.
    pub(super) fn short(&mut self) -> Span {
        Span(self.stream.below(3_000_000) + 1)
    }

    /// Many round trips.
    pub(super) fn long(&mut self) -> Span {
        Span(self.stream.below(40_000_000) + 1)
    }

    /// Three of four times it does not stay so until the end.
    pub(super) fn perhaps_mended(&mut self, deed: Verb, mended: Verb) -> Vec<(Span, Verb)> {
        let mut deeds = vec![(Span::ZERO, deed)];
        if self.below(4) > 0 {
            deeds.push((self.long(), mended));
        }
        deeds
    }
}

/// What the lines before a line told.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The recovery that is under way.
    recovering: Option<Epoch>,
    /// A writer is cut off.
    cut_off: bool,
    /// Changes of the members that are under way.
    changes: Vec<Change>,
    /// What object storage was asked for last.
    restoring_to: Option<Moment>,
    /// Of the conventional engine.
    pub(super) server: SeenServer,
}

impl Seen {
    /// Machines that are about to become members.
    fn newcomers(&self) -> impl Iterator<Item = NodeId> {
        self.changes.iter().filter_map(|change| match change {
            Change::Replace { newcomer, .. } => Some(*newcomer),
            Change::Leave(_) | Change::Return => None,
        })
    }

    fn read(&mut self, line: &Line) {
        let note = note(line);
        if let Some(Note::RecoveryBegan { epoch }) = note {
            self.recovering = Some(epoch);
        }
        if let Some(Note::Opened { epoch, .. } | Note::WriterOver { epoch }) = note {
            self.recovering.take_if(|under_way| *under_way == epoch);
        }
        if let What::WriterCrashed { epoch } = line.what {
            self.recovering.take_if(|under_way| *under_way == epoch);
        }
        if let What::RestoreAsked { to } = line.what {
            self.restoring_to = Some(to);
        }
        match registered(line) {
            Some(Step::Begin(change)) => self.changes.push(change),
            Some(Step::Complete(change) | Step::Reverse(change)) => {
                self.changes.retain(|other| *other != change);
            }
            Some(Step::Grow) | None => {}
        }
        if let What::Server(note) = line.what {
            self.server.read(note);
        }
        let cut_off = self.cut_off || matches!(line.what, What::Partitioned { .. });
        self.cut_off = cut_off && !matches!(line.what, What::Healed);
    }
}

/// How often each kind happened.
#[derive(Clone, Debug)]
pub struct Hits {
    counts: [u64; KINDS.len() + servers::KINDS.len()],
    seen: Seen,
}

impl Default for Hits {
    fn default() -> Self {
        Self {
            counts: [0; KINDS.len() + servers::KINDS.len()],
            seen: Seen::default(),
        }
    }
}

impl Hits {
    /// None yet, in a world with these servers.
    pub(super) fn new(servers: Option<&Servers>) -> Self {
        let mut hits = Self::default();
        let mirrors = servers.into_iter().flat_map(Servers::mirror_zones);
        hits.seen.server.mirrors = mirrors.filter(|az| az.index() > 0).collect();
        hits
    }

    /// Each kind that there is.
    fn kinds() -> impl Iterator<Item = &'static Kind> {
        KINDS.iter().chain(&servers::KINDS)
    }

    /// Reads a trace, line by line.
    pub(super) fn read(&mut self, line: &Line) {
        for (count, kind) in self.counts.iter_mut().zip(Self::kinds()) {
            *count += u64::from((kind.hit)(line, &self.seen));
        }
        self.seen.read(line);
    }

    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
    }

    /// Each kind by its name, and how often it happened.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Self::kinds().map(|kind| kind.name).zip(self.counts)
    }
}
