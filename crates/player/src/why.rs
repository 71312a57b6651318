//! Why: the facts of this moment, and behind each the lines of the trace that led to it.
//!
//! Every line has its cause, which the world wrote down when it happened. So an answer is a walk from
//! line to line. Lines that are not at hand are replayed from the keyframe before them. Which line a
//! walk begins with is looked up, too: for a copy that does not count it is the last one that tells
//! of the record and the node, for what is down it is the one that says so.

use lab::{
    Line, Lsn, NodeId, Note, Reason, Schedule, SimTime, Span, What, World, explain, explain_read,
};
use protocol::{About, Because, Event, EventLine, Fact, Happening, Missing, VolumeId};

use crate::convert;
use crate::history::History;
use crate::view;
use crate::watched::Watched;

/// The longest chain that is told behind a fact.
const CHAIN_MAX: usize = 16;

/// Lines of a replay that are kept: a chain's next cause is most often near.
const FOUND_MAX: usize = 1 << 16;

/// A question that is being answered.
pub(crate) struct Inquiry {
    request: u32,
    about: About,
    /// What is still to be told, the next at the end.
    heads: Vec<Head>,
    /// The chain that is being walked.
    walk: Option<Walk>,
    told: Vec<Because>,
    /// Lines that a replay gave, by their numbers.
    found: Vec<Line>,
    replay: Option<Replay>,
}

/// A fact, and the line with which its reasons begin.
struct Head {
    depth: u32,
    fact: Option<Fact>,
    begins: Begins,
}

enum Begins {
    Nowhere,
    /// With this line.
    At(u64),
    /// With the last line on a trail, or else with this one.
    Last(Trail, Stretch, Option<Line>),
}

/// Where lines are sought: from a time on, up to an event.
#[derive(Clone, Copy)]
struct Stretch {
    since: SimTime,
    until: u64,
}

/// Lines of which the last one is sought.
#[derive(Clone, Copy)]
enum Trail {
    /// Of a record on its way to a node.
    Record {
        node: NodeId,
        group: lab::GroupId,
        lsn: Lsn,
    },
    /// In which a node learns of a writer's epoch, and so knows no older one any more.
    Fence(NodeId),
}

struct Walk {
    depth: u32,
    next: u64,
    length: usize,
}

/// The run once more, from a keyframe on.
struct Replay {
    world: World,
    goal: Goal,
    scratch: Vec<Line>,
}

enum Goal {
    /// Until this line is there; all lines on the way are kept.
    Line(u64),
    /// Up to this event; of the record's lines the last is kept.
    Trail {
        trail: Trail,
        until: u64,
        /// The lines in which the record left.
        boxcars: Vec<u64>,
        last: Option<Line>,
    },
}

impl Inquiry {
    pub(crate) fn new(request: u32, about: About, history: &History) -> Self {
        let mut heads = heads(about, history);
        if heads.is_empty() {
            heads.push(Head {
                depth: 0,
                fact: Some(Fact::AllIsWell),
                begins: Begins::Nowhere,
            });
        }
        heads.reverse();
        Self {
            request,
            about,
            heads,
            walk: None,
            told: Vec::new(),
            found: Vec::new(),
            replay: None,
        }
    }

    /// One event of a replay, or one line of the answer. `false` when all is told.
    pub(crate) fn step(&mut self, history: &History) -> bool {
        if let Some(replay) = &mut self.replay {
            if replay.step(history.schedule(), &mut self.found) {
                return true;
            }
            let replay = self.replay.take().expect("it was there");
            if let Goal::Trail { last, .. } = replay.goal
                && let (Some(line), Some(walk)) = (last, &mut self.walk)
            {
                walk.next = line.id;
                self.found = vec![line];
            }
            return true;
        }
        if let Some(walk) = self.walk.take_if(|walk| walk.next > 0) {
            self.walk_on(walk, history);
            return true;
        }
        self.walk = None;
        let Some(head) = self.heads.pop() else {
            return false;
        };
        let depth = head.depth + u32::from(head.fact.is_some());
        let fact = head.fact.map(|fact| Because {
            depth: head.depth,
            fact,
        });
        self.told.extend(fact);
        let mut walk = Walk {
            depth,
            next: 0,
            length: 0,
        };
        match head.begins {
            Begins::Nowhere => {}
            Begins::At(line) => walk.next = line,
            Begins::Last(trail, stretch, last) => {
                self.replay = Some(Replay::of_trail(trail, stretch, last, history));
            }
        }
        self.walk = Some(walk);
        true
    }

    /// What was found out.
    pub(crate) fn answer(self) -> Event {
        Event::Because {
            request: self.request,
            about: self.about,
            facts: self.told,
        }
    }

    fn walk_on(&mut self, walk: Walk, history: &History) {
        let Some(line) = self.line(walk.next, history) else {
            self.found.clear();
            self.replay = Some(Replay::to_line(walk.next, history));
            self.walk = Some(walk);
            return;
        };
        if walk.length == 0 {
            self.heads.extend(refusal(history, &line, walk.depth + 1));
        }
        let (fact, goes_on) = if walk.length < CHAIN_MAX {
            let told = convert::line(history.world(), &line);
            let goes_on = !is_beginning(&told);
            (Fact::Happened(told), goes_on)
        } else {
            (Fact::Earlier, false)
        };
        let depth = walk.depth;
        self.told.push(Because { depth, fact });
        self.walk = goes_on.then_some(Walk {
            next: line.cause,
            length: walk.length + 1,
            ..walk
        });
    }

    fn line(&self, id: u64, history: &History) -> Option<Line> {
        let found = self.found.binary_search_by_key(&id, |line| line.id);
        let found = found.ok().map(|place| self.found[place]);
        found.or_else(|| history.line(id))
    }
}

/// Whether a chain may end here: work came, whatever came before.
const fn is_beginning(line: &EventLine) -> bool {
    matches!(
        line.what,
        Happening::Issued { .. } | Happening::CommitAsked { .. }
    )
}

impl Replay {
    fn of_trail(trail: Trail, stretch: Stretch, last: Option<Line>, history: &History) -> Self {
        let goal = Goal::Trail {
            trail,
            until: stretch.until,
            boxcars: Vec::new(),
            last,
        };
        Self::from(history.keyframe_at(stretch.since), goal)
    }

    fn to_line(id: u64, history: &History) -> Self {
        Self::from(history.keyframe_before_line(id), Goal::Line(id))
    }

    fn from(keyframe: &Watched, goal: Goal) -> Self {
        Self {
            world: keyframe.world().clone(),
            goal,
            scratch: Vec::new(),
        }
    }

    /// One event. `false` when the goal is reached.
    fn step(&mut self, schedule: &Schedule, found: &mut Vec<Line>) -> bool {
        if let Goal::Trail { until, .. } = self.goal
            && self.world.events() >= until
        {
            return false;
        }
        if !self.world.step(schedule, &mut self.scratch) {
            return false;
        }
        match &mut self.goal {
            Goal::Line(id) => {
                if found.len() > FOUND_MAX {
                    found.drain(..FOUND_MAX / 2);
                }
                found.append(&mut self.scratch);
                found.last().is_none_or(|last| last.id < *id)
            }
            Goal::Trail {
                trail,
                boxcars,
                last,
                ..
            } => {
                for line in self.scratch.drain(..) {
                    if trail.has(&line, boxcars) {
                        *last = Some(line);
                    }
                }
                true
            }
        }
    }
}

impl Trail {
    /// Whether a line is on it. `boxcars` are the lines in which the record left.
    fn has(self, line: &Line, boxcars: &mut Vec<u64>) -> bool {
        if line.volume != VolumeId::FIRST {
            return false;
        }
        let (node, group, lsn) = match self {
            Self::Record { node, group, lsn } => (node, group, lsn),
            Self::Fence(node) => {
                let fenced =
                    |note: &Note| matches!(note, Note::Fenced { node: of, .. } if *of == node);
                return matches!(&line.what, What::Engine(note) if fenced(note));
            }
        };
        let carries = |first: Lsn, last: Lsn| first <= lsn && lsn <= last;
        let is_ours = |at, of| (at, of) == (node, group);
        if let What::FoundDown { node: at } = line.what {
            return at == node && boxcars.contains(&line.cause);
        }
        if let What::Engine(
            Note::BoxcarSent {
                group: of,
                first,
                last,
                ..
            }
            | Note::BoxcarResent {
                group: of,
                first,
                last,
            },
        ) = line.what
        {
            let ours = of == group && carries(first, last);
            boxcars.extend(ours.then_some(line.id));
            return ours;
        }
        matches!(
            line.what,
            What::Lost {
                node: at,
                group: of,
                first,
                last,
            }
            | What::Engine(
                Note::Received {
                    node: at,
                    group: of,
                    first,
                    last,
                }
                | Note::Stored {
                    node: at,
                    group: of,
                    first,
                    last,
                    ..
                },
            ) if is_ours(at, of) && carries(first, last)
        ) || matches!(
            line.what,
            What::Engine(Note::Issued { first, last }) if carries(first, last)
        ) || matches!(
            line.what,
            What::Engine(Note::GapFound { node: at, group: of, after, until })
                if is_ours(at, of) && after < lsn && lsn <= until
        )
    }
}

/// The facts to tell.
fn heads(about: About, history: &History) -> Vec<Head> {
    let world = history.world();
    let mut heads = Vec::new();
    match about {
        About::Waiting => {
            if let Some(wait) = explain(world) {
                heads.push(alone(Fact::Waits(view::wait(world, &wait))));
                for copy in &wait.missing {
                    heads.extend(missing(history, &wait, copy));
                }
            }
            if let Some(wait) = explain_read(world) {
                heads.push(alone(Fact::WaitsForPages(view::read_wait(world, &wait))));
                for page in &wait.pages {
                    heads.extend(of_node(history, page.asked, 1));
                }
            }
            if !heads.is_empty() {
                heads.extend(of_writer(history));
            }
        }
        About::Writer => heads = of_writer(history),
        About::Node(node) => {
            let ids = (0..world.script().scenario.topology.machines()).map(NodeId);
            for id in ids.filter(|id| world.name(*id) == node) {
                heads.extend(of_node(history, id, 0));
                let Some(wait) = explain(world) else { continue };
                // What was done to it is told by now.
                let copy = wait.missing.iter().find(|copy| copy.node == id);
                let told = copy.map(|copy| missing(history, &wait, copy).swap_remove(0));
                heads.extend(told.map(|head| Head { depth: 0, ..head }));
            }
        }
        About::Zone(az) => heads.extend(last_deed(
            history,
            0,
            |what| matches!(what, What::ZoneDown { az: of } if *of == az),
            |what| matches!(what, What::ZoneUp { az: of } if *of == az),
        )),
        About::Line(line) => {
            let has_happened = (1..=world.lines()).contains(&line);
            heads.extend(has_happened.then_some(Head {
                depth: 0,
                fact: None,
                begins: Begins::At(line),
            }));
        }
    }
    heads
}

const fn alone(fact: Fact) -> Head {
    Head {
        depth: 0,
        fact: Some(fact),
        begins: Begins::Nowhere,
    }
}

/// A copy that does not count, what happened to it, and what was done to its node.
fn missing(history: &History, wait: &lab::Wait, copy: &lab::MissingCopy) -> Vec<Head> {
    let node = history.world().name(copy.node);
    let why = convert::why(copy.reason);
    let fact = Some(Fact::Missing(Missing { node, why }));
    let trail = Trail::Record {
        node: copy.node,
        group: wait.group,
        lsn: wait.lsn,
    };
    let begins = match copy.reason {
        // What became of the record does not matter: the node does not answer.
        Reason::Down { .. } => Begins::Nowhere,
        Reason::OnTheWay
        | Reason::Writing
        | Reason::Behind { .. }
        | Reason::Lost
        | Reason::AckOnTheWay => {
            let stretch = Stretch {
                since: wait.commit.asked_at,
                until: history.world().events(),
            };
            Begins::Last(trail, stretch, None)
        }
    };
    let mut heads = vec![Head {
        depth: 1,
        fact,
        begins,
    }];
    heads.extend(of_node(history, copy.node, 2));
    heads
}

/// Why a node did not take a message: it had learned of a newer writer, or was down.
fn refusal(history: &History, line: &Line, depth: u32) -> Option<Head> {
    let mut earlier = history.deeds().iter().filter(|deed| deed.id < line.id);
    let begins = if let What::Engine(Note::Refused { node, epoch }) = line.what {
        let newer = |what| matches!(what, What::NewWriter { epoch: of } if of > epoch);
        // The first of them, and whatever of a newer one came to the node since.
        let first = earlier.find(|deed| newer(deed.what)).copied()?;
        let stretch = Stretch {
            since: first.at,
            until: line.event,
        };
        Begins::Last(Trail::Fence(node), stretch, Some(first))
    } else if let What::FoundDown { node } = line.what {
        let is_down = |what| matches!(what, What::NodeDown { node: of } if of == node);
        Begins::At(earlier.rfind(|deed| is_down(deed.what))?.id)
    } else {
        return None;
    };
    Some(Head {
        depth,
        fact: None,
        begins,
    })
}

/// What was done to a node and still is.
fn of_node(history: &History, node: NodeId, depth: u32) -> Vec<Head> {
    let down = last_deed(
        history,
        depth,
        |what| matches!(what, What::NodeDown { node: of } if *of == node),
        |what| matches!(what, What::NodeUp { node: of } if *of == node),
    );
    let slow = last_deed(
        history,
        depth,
        |what| matches!(what, What::Slowed { node: of, by } if *of == node && *by > Span::ZERO),
        |what| matches!(what, What::Slowed { node: of, .. } if *of == node),
    );
    let drop = last_deed(
        history,
        depth,
        |what| matches!(what, What::DropSet { node: of, count } if *of == node && *count > 0),
        |what| matches!(what, What::DropSet { node: of, .. } if *of == node),
    );
    let damage = history.damage().of(history.world(), node);
    let is_damage = |of, page| of == node && Some(page) == damage;
    let damaged = last_deed(
        history,
        depth,
        |what| matches!(what, What::PageDamaged { node, page, .. } if is_damage(*node, *page)),
        |_| false,
    );
    [down, slow, drop, damaged].into_iter().flatten().collect()
}

/// What was done to the writer and still is.
fn of_writer(history: &History) -> Vec<Head> {
    let gone = last_deed(
        history,
        0,
        |what| matches!(what, What::WriterCrashed { .. }),
        |what| matches!(what, What::NewWriter { .. }),
    );
    let cut_off = last_deed(
        history,
        0,
        |what| matches!(what, What::Partitioned { .. }),
        |what| matches!(what, What::Healed | What::NewWriter { .. }),
    );
    [gone, cut_off].into_iter().flatten().collect()
}

/// The last deed that `begins` something, unless another `ends` it since.
fn last_deed(
    history: &History,
    depth: u32,
    begins: impl Fn(&What) -> bool,
    ends: impl Fn(&What) -> bool,
) -> Option<Head> {
    let mut deeds = history.deeds().iter();
    let last = deeds.rfind(|line| begins(&line.what) || ends(&line.what))?;
    begins(&last.what).then_some(Head {
        depth,
        fact: None,
        begins: Begins::At(last.id),
    })
}
