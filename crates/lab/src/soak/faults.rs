//! What can be done to a world at random, and how one sees that it happened.

use engine_quorum::{Epoch, Note};
use protocol::{Az, Node, Verb};
use sim::{Span, Stream};

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

/// Every kind. To add one, add its row.
pub(super) const KINDS: [Kind; 10] = [
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
        hit: |line, seen| {
            let opened = matches!(line.what, What::Engine(Note::Opened { .. }));
            opened && seen.cut_off
        },
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
            let began = matches!(line.what, What::Engine(Note::RecoveryBegan { .. }));
            began && seen.recovering.is_some()
        },
    },
];

/// Draws places and times.
pub(super) struct Dice<'a> {
    pub(super) stream: &'a mut Stream,
    pub(super) azs: u8,
    pub(super) per_az: u8,
}

impl Dice<'_> {
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(self.stream.below(limit.into())).expect("below a u32")
    }

    fn az(&mut self) -> Az {
        let index = self.below(self.azs.into());
        Az::new(u8::try_from(index).expect("few zones")).expect("one of the zones")
    }

    fn node(&mut self) -> Node {
        let (az, place) = (self.az(), self.below(self.per_az.into()));
        Node::new(az, u8::try_from(place).expect("few nodes") + 1).expect("one of the nodes")
    }

    /// About a round trip.
    fn short(&mut self) -> Span {
        Span(self.stream.below(3_000_000) + 1)
    }

    /// Many round trips.
    fn long(&mut self) -> Span {
        Span(self.stream.below(40_000_000) + 1)
    }

    /// Three of four times it does not stay so until the end.
    fn perhaps_mended(&mut self, deed: Verb, mended: Verb) -> Vec<(Span, Verb)> {
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
}

impl Seen {
    fn read(&mut self, line: &Line) {
        if let What::Engine(Note::RecoveryBegan { epoch }) = line.what {
            self.recovering = Some(epoch);
        }
        if let What::Engine(Note::Opened { epoch, .. } | Note::WriterOver { epoch })
        | What::WriterCrashed { epoch } = line.what
        {
            self.recovering.take_if(|under_way| *under_way == epoch);
        }
        let cut_off = self.cut_off || matches!(line.what, What::Partitioned { .. });
        self.cut_off = cut_off && !matches!(line.what, What::Healed);
    }
}

/// How often each kind happened.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    counts: [u64; KINDS.len()],
    seen: Seen,
}

impl Hits {
    /// Reads a trace, line by line.
    pub(super) fn read(&mut self, line: &Line) {
        for (count, kind) in self.counts.iter_mut().zip(&KINDS) {
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
        KINDS.iter().map(|kind| kind.name).zip(self.counts)
    }
}
