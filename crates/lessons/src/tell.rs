//! A lesson told: the moment of each step, with the figures of its run in the prose.

use std::collections::BTreeMap;

use player::{Player, Status};
use protocol::link::{Link, Origin, Stamp};
use protocol::{Change, Command, Edit, Event, Frame, LabSetup, SeekTo, Source, View};

use crate::figure::Figure;
use crate::mark::Mark;
use crate::source::{At, Claim, Lesson, LessonError, Prediction, Ref, Step, error, figure};

/// How many events behind the step before it a mark is looked for.
const SOUGHT_EVENTS: u32 = 50_000;
/// Cards of the tape that marks see: a page on a large screen shows no more.
const CARDS: u32 = 40;

/// A lesson with its moments.
#[derive(Debug)]
pub struct Told {
    /// Its name in addresses.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How long a reader takes, about.
    pub minutes: u32,
    /// The steps.
    pub steps: Vec<ToldStep>,
    /// The first moment, to be drawn.
    pub still: (LabSetup, Box<Frame>),
}

/// A step with its moment.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldStep {
    /// Its heading.
    pub title: String,
    /// The moment, as the page opens it.
    pub link: Link,
    /// How many events have happened there.
    pub event: u64,
    /// Markdown, with its figures.
    pub prose: String,
    /// A question to answer before one reads on.
    pub prediction: Option<Prediction>,
    /// Markdown behind the question.
    pub after: String,
}

/// Tells a lesson: runs what it is about.
///
/// # Errors
/// There is no such scenario, what is changed or done does not fit it, a moment is not found, or a claim
/// does not hold.
pub fn tell(lesson: &Lesson) -> Result<Told, LessonError> {
    let mut beside = BTreeMap::new();
    for (name, run) in &lesson.runs {
        let changes = [&lesson.changes[..], &run.changes[..]].concat();
        let end = SeekTo::Time(run.at_ns);
        beside.insert(name.as_str(), Run::load(lesson, 1, changes, &[], end)?);
    }
    let mut edits: Vec<Edit> = Vec::new();
    let mut cursor = SeekTo::Event(0);
    let mut steps = Vec::new();
    let mut still = None;
    for (step, number) in lesson.steps.iter().zip(1..) {
        edits.extend(&step.edits);
        let start = match &step.at {
            At::Start => SeekTo::Event(0),
            At::Same | At::Mark { from_ns: None, .. } => cursor,
            At::Time(at_ns)
            | At::Mark {
                from_ns: Some(at_ns),
                ..
            } => SeekTo::Time(*at_ns),
        };
        let mut run = Run::load(lesson, step.line, lesson.changes.clone(), &edits, start)?;
        if let At::Mark { name, .. } = &step.at {
            run.seek_mark(step.line, name)?;
        }
        cursor = run.frame.cursor;
        let tell = Telling {
            lesson,
            step,
            run: &run,
            beside: &beside,
        };
        tell.check()?;
        let hash = run.frame.state_hash.as_deref().and_then(protocol::unhex);
        steps.push(ToldStep {
            title: step.title.clone(),
            link: Link {
                origin: Origin::Shipped(lesson.scenario.clone()),
                changes: lesson.changes.clone(),
                seed: None,
                edits: edits.clone(),
                cursor,
                group: 0,
                step: number,
                state: hash.map(|hash| Stamp {
                    model: run.setup.model,
                    hash,
                }),
            },
            event: run.frame.event,
            prose: tell.filled(&step.prose)?,
            prediction: step.prediction.clone(),
            after: tell.filled(&step.after)?,
        });
        still.get_or_insert((run.setup, run.frame));
    }
    Ok(Told {
        still: still.expect("a lesson has a step"),
        id: lesson.id.clone(),
        title: lesson.title.clone(),
        minutes: lesson.minutes,
        steps,
    })
}

/// A run at a moment.
struct Run {
    player: Player,
    setup: LabSetup,
    frame: Box<Frame>,
}

impl Run {
    fn load(
        lesson: &Lesson,
        line: usize,
        changes: Vec<Change>,
        edits: &[Edit],
        cursor: SeekTo,
    ) -> Result<Self, LessonError> {
        let mut player = Player::default();
        let view = View {
            tape_cards: CARDS,
            ..View::default()
        };
        player.handle(Command::Look { request: 0, view });
        player.handle(Command::Load {
            request: 1,
            source: Source::Shipped(lesson.scenario.clone()),
            changes,
            seed: None,
            edits: edits.to_vec(),
            cursor,
        });
        let (mut found, mut shown) = (None, None);
        for event in done(&mut player) {
            if let Event::Loaded {
                setup, left_out, ..
            } = event
            {
                if let Some(problem) = left_out.first() {
                    return Err(error(line, "what fits the scenario", problem.text.clone()));
                }
                found = Some(setup);
            } else if let Event::Frame { frame, .. } = event {
                shown = Some(frame);
            } else if let Event::Refused { problem, .. } = event {
                return Err(error(line, "a run", problem.text));
            }
        }
        let (setup, frame) = found.zip(shown).expect("what is loaded is shown");
        Ok(Self {
            player,
            setup,
            frame,
        })
    }

    /// Goes on to where a mark holds.
    fn seek_mark(&mut self, line: usize, name: &str) -> Result<(), LessonError> {
        let mark = Mark::named(name).expect("it was read");
        let setup = self.setup.now(&self.frame).into_owned();
        for _ in 0..SOUGHT_EVENTS {
            if (mark.holds)(&setup, &self.frame) {
                return Ok(());
            }
            self.player.handle(Command::Step { request: 2, by: 1 });
            for event in done(&mut self.player) {
                if let Event::Frame { frame, .. } = event {
                    self.frame = frame;
                }
            }
        }
        let found = format!("none up to event {}", self.frame.event);
        Err(error(
            line,
            format!("a moment at which {}", mark.what),
            found,
        ))
    }

    fn figure(&self, name: &str) -> Option<(u64, String)> {
        (Figure::named(name)?.of)(&self.setup, &self.frame)
    }
}

/// Works on what was asked, and gives what came.
fn done(player: &mut Player) -> Vec<Event> {
    while player.run(4096) == Status::Busy {}
    player.events()
}

/// A step at its moment.
struct Telling<'a> {
    lesson: &'a Lesson,
    step: &'a Step,
    run: &'a Run,
    beside: &'a BTreeMap<&'a str, Run>,
}

impl Telling<'_> {
    fn figure(&self, wanted: &Ref) -> Result<(u64, String), LessonError> {
        let run = match &wanted.run {
            Some(name) => &self.beside[name.as_str()],
            None => self.run,
        };
        run.figure(&wanted.figure).ok_or_else(|| {
            let expected = format!("a moment with the figure {}", wanted.figure);
            error(self.step.line, expected, "none")
        })
    }

    fn check(&self) -> Result<(), LessonError> {
        let Run { setup, frame, .. } = self.run;
        for claim in &self.step.claims {
            let (holds, what) = match claim {
                Claim::Holds(name) => {
                    let mark = Mark::named(name).expect("it was read");
                    ((mark.holds)(setup, frame), mark.what.to_owned())
                }
                Claim::Less(less, more) => {
                    let (small, large) = (self.figure(less)?, self.figure(more)?);
                    (
                        small.0 < large.0,
                        format!("{} less than {}", small.1, large.1),
                    )
                }
                Claim::About(one, other) => {
                    let (one, other) = (self.figure(one)?, self.figure(other)?);
                    let near = one.0.abs_diff(other.0) < one.0.max(other.0) / 10;
                    (near, format!("{} about {}", one.1, other.1))
                }
            };
            if !holds {
                let found = format!("event {}, at which that is not so", frame.event);
                return Err(error(self.step.line, what, found));
            }
        }
        Ok(())
    }

    fn filled(&self, prose: &str) -> Result<String, LessonError> {
        let mut filled = String::new();
        let mut rest = prose;
        while let Some((before, inside)) = rest.split_once("{{") {
            let (name, after) = inside.split_once("}}").expect("it was read");
            let wanted = figure(self.step.line, name, &self.lesson.runs)?;
            filled.push_str(before);
            filled.push_str(&self.figure(&wanted)?.1);
            rest = after;
        }
        Ok(filled + rest)
    }
}
