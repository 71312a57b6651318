//! What a script says: its blocks, and the commands in them.

use protocol::Verb;
use sim::{SimTime, Span};

use super::GoldenError;
use crate::recording::Does;
use crate::scenario::{Scenario, ScenarioError, parse_span};
use crate::trace::What;

/// Ends the commands of a block.
pub(super) const SEPARATOR: &str = "---";

/// Commands and what stands between them, up to the separator; at the end of a script perhaps
/// without commands.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// As it was written.
    pub(super) literal: &'a str,
    /// The commands, each with its line.
    pub(super) commands: Vec<(u64, Command)>,
}

/// Something that a script asks for.
#[derive(Debug)]
pub(super) enum Command {
    Scenario(Box<Scenario>),
    /// Something that is done by hand to pages.
    Hand {
        at: Span,
        pages: Vec<u32>,
        does: Does,
        commits: bool,
    },
    Run(Goal, Print),
    Do(Verb),
    Points,
    Segments,
    Volumes,
    Servers,
    Cache,
    Commits,
    Log,
    Wait,
    Causes(&'static str),
    Check {
        /// Everything must be acknowledged and every copy have all of it.
        quiet: bool,
    },
}

/// How far a run goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    /// To its end.
    End,
    /// So many events on.
    Events(u64),
    /// Through everything before this.
    Before(SimTime),
    /// To this number of acknowledged commits.
    Commits(u64),
}

/// Which lines of the trace are printed.
#[derive(Debug)]
pub(super) enum Print {
    All,
    Nothing,
    Only(Vec<&'static str>),
}

impl Print {
    pub(super) fn wants(&self, what: &What) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Only(kinds) => kinds.contains(&what.kind()),
        }
    }
}

/// What was expected and what came, for whoever knows the line.
type Refused = (String, String);

const COMMANDS: &str = "a command (scenario, write, commit, read, snapshot, run, skip, step, points, \
                        segments, volumes, servers, cache, commits, log, why, check, or a verb such as \
                        `node-down:b1`)";
const TIME: &str = "a time with its unit, such as `1.5ms`";
const PAGES: &str = "page numbers below 1000000, such as `0 7 3*2`";
/// A record more than this would not be read by anyone.
const PAGES_MAX: usize = 10_000;

/// Reads a script.
pub(super) fn read(text: &str) -> Result<Vec<Block<'_>>, GoldenError> {
    let mut lines = Lines {
        text,
        at: 0,
        number: 0,
    };
    let mut blocks = Vec::new();
    while lines.at < text.len() {
        blocks.push(block(&mut lines)?);
    }
    Ok(blocks)
}

/// Goes through a text line by line.
struct Lines<'a> {
    text: &'a str,
    /// The byte at which the next line begins.
    at: usize,
    /// The number of the line before it.
    number: u64,
}

impl<'a> Lines<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.text[self.at..].split_inclusive('\n').next()
    }

    fn next(&mut self) -> Option<&'a str> {
        let line = self.peek()?;
        self.at += line.len();
        self.number += 1;
        Some(line)
    }
}

fn block<'a>(lines: &mut Lines<'a>) -> Result<Block<'a>, GoldenError> {
    let (from, text) = (lines.at, lines.text);
    let mut commands = Vec::new();
    loop {
        let to = lines.at;
        let Some(line) = lines.next().map(str::trim_end) else {
            let literal = &text[from..];
            return match commands.last() {
                Some(_) => Err(refuse(lines.number, &after_commands("the end of the file"))),
                None => Ok(Block { literal, commands }),
            };
        };
        let number = lines.number;
        if line == SEPARATOR {
            if commands.is_empty() {
                return Err(refuse(number, &(COMMANDS.to_owned(), quoted(line))));
            }
            while lines.next().is_some_and(|line| !line.trim_end().is_empty()) {}
            let literal = &text[from..to];
            return Ok(Block { literal, commands });
        }
        if !line.is_empty() && !line.starts_with('#') {
            commands.push((number, command(line, lines)?));
        }
    }
}

fn after_commands(found: &str) -> Refused {
    let expected = format!("a line `{SEPARATOR}` after the commands");
    (expected, found.to_owned())
}

fn refuse(line: u64, (expected, found): &Refused) -> GoldenError {
    GoldenError::Command {
        line,
        expected: expected.clone(),
        found: found.clone(),
    }
}

fn command(line: &str, lines: &mut Lines<'_>) -> Result<Command, GoldenError> {
    let number = lines.number;
    let words: Vec<_> = line.split_whitespace().collect();
    let (name, arguments) = words
        .split_first()
        .expect("whoever calls has seen that the line is not empty");
    if *name == "scenario" {
        return nothing_more(arguments)
            .map_err(|refused| refuse(number, &refused))
            .and_then(|()| scenario(lines));
    }
    plain(name, arguments).map_err(|refused| refuse(number, &refused))
}

/// Reads the indented lines that follow. The first line of the text is the format, so that its
/// lines count from the command.
fn scenario(lines: &mut Lines<'_>) -> Result<Command, GoldenError> {
    let before = lines.number - 1;
    let mut text = "format = 1\n".to_owned();
    while let Some(line) = lines.peek()
        && line.starts_with([' ', '\t'])
    {
        text.push_str(line);
        lines.next();
    }
    match Scenario::parse(&text) {
        Ok(scenario) => Ok(Command::Scenario(Box::new(scenario))),
        Err(ScenarioError {
            line,
            key,
            expected,
            found,
        }) => Err(GoldenError::Scenario(ScenarioError {
            line: before + line,
            key,
            expected,
            found,
        })),
    }
}

fn plain(name: &str, arguments: &[&str]) -> Result<Command, Refused> {
    let show = |command| nothing_more(arguments).map(|()| command);
    match name {
        "write" | "commit" | "read" => {
            let (at, pages) = first_time(arguments)?;
            let does = if name == "read" {
                Does::Read
            } else {
                Does::Change
            };
            by_hand(at, pages, does, name == "commit")
        }
        "snapshot" => {
            let (at, rest) = first_time(arguments)?;
            let (hold, pages) = first_time(rest)?;
            by_hand(at, pages, Does::Snapshot(hold), false)
        }
        "run" | "step" => {
            let (arguments, print) = only(arguments)?;
            Ok(Command::Run(goal(name, arguments)?, print))
        }
        "skip" => Ok(Command::Run(goal(name, arguments)?, Print::Nothing)),
        "points" => show(Command::Points),
        "segments" => show(Command::Segments),
        "volumes" => show(Command::Volumes),
        "servers" => show(Command::Servers),
        "cache" => show(Command::Cache),
        "commits" => show(Command::Commits),
        "log" => show(Command::Log),
        "why" => match arguments {
            [] => Ok(Command::Wait),
            [name] => kind(name).map(Command::Causes),
            [_, more, ..] => Err(too_much(more)),
        },
        "check" => match arguments {
            [] => Ok(Command::Check { quiet: false }),
            ["quiet"] => Ok(Command::Check { quiet: true }),
            [other, ..] => Err(("nothing or `quiet`".to_owned(), quoted(other))),
        },
        verb if verb.contains(':') || Verb::NAMES.contains(&verb) => {
            let read = verb.parse().map_err(|error: protocol::VerbError| {
                ("something that can be done".to_owned(), error.to_string())
            });
            read.and_then(|verb| show(Command::Do(verb)))
        }
        _ => Err((COMMANDS.to_owned(), quoted(name))),
    }
}

/// Takes a time off the front.
fn first_time<'a, 'b>(words: &'b [&'a str]) -> Result<(Span, &'b [&'a str]), Refused> {
    let (at, rest) = words
        .split_first()
        .ok_or_else(|| (TIME.to_owned(), "nothing".to_owned()))?;
    Ok((time(at)?, rest))
}

fn by_hand(at: Span, pages: &[&str], does: Does, commits: bool) -> Result<Command, Refused> {
    let mut numbers = Vec::new();
    for text in pages {
        let refused = || (PAGES.to_owned(), quoted(text));
        let (page, times) = text.split_once('*').unwrap_or((text, "1"));
        let page = whole(page).filter(|page| *page < 1_000_000);
        let page = page.and_then(|page| u32::try_from(page).ok());
        let times = whole(times).and_then(|times| usize::try_from(times).ok());
        let times = times.filter(|times| numbers.len().saturating_add(*times) <= PAGES_MAX);
        let (page, times) = page.zip(times).ok_or_else(refused)?;
        numbers.extend(std::iter::repeat_n(page, times));
    }
    if numbers.is_empty() {
        return Err((PAGES.to_owned(), "nothing".to_owned()));
    }
    Ok(Command::Hand {
        at,
        pages: numbers,
        does,
        commits,
    })
}

/// Takes `only KIND..` off the end.
fn only<'a, 'b>(words: &'b [&'a str]) -> Result<(&'b [&'a str], Print), Refused> {
    let Some(place) = words.iter().position(|word| *word == "only") else {
        return Ok((words, Print::All));
    };
    let kinds: Vec<_> = words[place + 1..]
        .iter()
        .map(|word| kind(word))
        .collect::<Result<_, _>>()?;
    if kinds.is_empty() {
        return Err((kinds_expected(), "nothing".to_owned()));
    }
    Ok((&words[..place], Print::Only(kinds)))
}

fn goal(name: &str, arguments: &[&str]) -> Result<Goal, Refused> {
    match (name, arguments) {
        ("step", []) => Ok(Goal::Events(1)),
        ("step", [events]) => count(events).map(Goal::Events),
        ("step", [_, more, ..]) => Err(too_much(more)),
        (_, []) => Ok(Goal::End),
        (_, ["until", at]) => time(at).map(|at| Goal::Before(SimTime::START + at)),
        (_, ["until", commits, "commit" | "commits"]) => count(commits).map(Goal::Commits),
        (_, arguments) => Err((
            "nothing, `until TIME` or `until N commits`".to_owned(),
            quoted(&arguments.join(" ")),
        )),
    }
}

fn kind(text: &str) -> Result<&'static str, Refused> {
    let known = What::kinds().find(|kind| *kind == text);
    known.ok_or_else(|| (kinds_expected(), quoted(text)))
}

fn kinds_expected() -> String {
    format!(
        "a kind of line ({})",
        What::kinds().collect::<Vec<_>>().join(", ")
    )
}

fn time(text: &str) -> Result<Span, Refused> {
    parse_span(text).ok_or_else(|| (TIME.to_owned(), quoted(text)))
}

fn count(text: &str) -> Result<u64, Refused> {
    let number = whole(text).filter(|number| *number > 0);
    number.ok_or_else(|| ("a whole number above 0".to_owned(), quoted(text)))
}

/// Digits alone: no sign.
fn whole(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn nothing_more(arguments: &[&str]) -> Result<(), Refused> {
    arguments.first().map_or(Ok(()), |more| Err(too_much(more)))
}

fn too_much(more: &str) -> Refused {
    ("nothing more on this line".to_owned(), quoted(more))
}

fn quoted(text: &str) -> String {
    format!("`{text}`")
}
