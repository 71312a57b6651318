//! The file of a lesson.
//!
//! ````text
//! +++
//! id = "quorum"
//! title = "Four of six"
//! minutes = 10
//! scenario = "insert"
//! changes = ["topology.protection_groups = 2"]
//! [runs.one]
//! at = "2s"
//! changes = ["topology.azs = 1"]
//! +++
//!
//! ## A record, six copies
//!
//! ```step
//! at = "mark: all-on-the-way"
//! from = "1ms"
//! do = ["az-down:c@2s"]
//! claims = ["commits-go-on", "p99 < one.p99", "p50 ~ one.p50"]
//! ```
//!
//! Prose in Markdown, with {{newest}} and {{one.p99}}.
//!
//! ```predict
//! ask = "The answer should be sent when ..."
//! choices = [{ text = "...", because = "...", right = true }]
//! ```
//! ````

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use protocol::{Change, Edit, EditError, duration};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::figure::Figure;
use crate::mark::Mark;

/// A lesson as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// Its name in addresses.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How long a reader takes, about.
    pub minutes: u32,
    /// The shipped scenario that it plays.
    pub scenario: String,
    /// What is changed in that.
    pub changes: Vec<Change>,
    /// Runs to compare with, by name.
    pub runs: BTreeMap<String, Beside>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A run to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside {
    /// When its figures are taken, in nanoseconds.
    pub at_ns: u64,
    /// What is changed in the lesson's scenario, beside what the lesson changes.
    pub changes: Vec<Change>,
}

/// A step of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The line of its heading, from 1.
    pub line: usize,
    /// Its heading.
    pub title: String,
    /// The moment.
    pub at: At,
    /// What is done to the world from this step on.
    pub edits: Vec<Edit>,
    /// What must hold at the moment.
    pub claims: Vec<Claim>,
    /// The prose, with `{{figures}}`.
    pub prose: String,
    /// A question to answer before one reads on.
    pub prediction: Option<Prediction>,
    /// The prose behind the question.
    pub after: String,
}

/// Where a step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// At the start.
    Start,
    /// Where the step before it stands.
    Same,
    /// At a time, in nanoseconds.
    Time(u64),
    /// Where this mark holds first.
    Mark {
        /// Its name.
        name: String,
        /// From this time on, in nanoseconds; without it from the step before on.
        from_ns: Option<u64>,
    },
}

/// What a step claims of its moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The mark holds.
    Holds(String),
    /// The first figure is less than the second.
    Less(Ref, Ref),
    /// They differ by less than a tenth.
    About(Ref, Ref),
}

/// A figure: of the step's moment, or of another run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref {
    /// The run to compare with; `None`: the step's own moment.
    pub run: Option<String>,
    /// The figure.
    pub figure: String,
}

/// A question with answers to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// The question.
    pub ask: String,
    /// The answers; one is right.
    pub choices: Vec<Choice>,
}

/// An answer to choose.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The answer.
    pub text: String,
    /// Why it is right or wrong.
    pub because: String,
    /// It is right.
    #[serde(default)]
    pub right: bool,
}

/// A mistake in the file of a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonError {
    /// The line, from 1.
    pub line: usize,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub found: String,
}

impl fmt::Display for LessonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            expected,
            found,
        } = self;
        write!(f, "line {line}: expected {expected}, found {found}")
    }
}

impl std::error::Error for LessonError {}

pub(crate) fn error(
    line: usize,
    expected: impl Into<String>,
    found: impl Into<String>,
) -> LessonError {
    LessonError {
        line,
        expected: expected.into(),
        found: found.into(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: String,
    title: String,
    minutes: u32,
    scenario: String,
    #[serde(default)]
    changes: Vec<String>,
    #[serde(default)]
    runs: BTreeMap<String, HeadRun>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadRun {
    at: String,
    #[serde(default)]
    changes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Binding {
    at: String,
    from: Option<String>,
    #[serde(default, rename = "do")]
    edits: Vec<String>,
    #[serde(default)]
    claims: Vec<String>,
}

impl Lesson {
    /// Reads the file of a lesson.
    ///
    /// # Errors
    /// The first thing that does not fit, with its line.
    pub fn read(text: &str) -> Result<Self, LessonError> {
        let lines: Vec<&str> = text.lines().collect();
        let fence = "a head between two lines `+++`";
        let close = (1..lines.len()).find(|n| lines[*n] == "+++");
        let close = close.filter(|_| lines[0] == "+++");
        let close = close.ok_or_else(|| error(1, fence, "none"))?;
        let head: Head = toml_of(&lines, 1..close)?;
        let run = |(name, run): (String, HeadRun)| {
            let at_ns = duration::parse_ns(&run.at);
            let at_ns = at_ns.ok_or_else(|| error(1, "a time such as `2s`", quoted(&run.at)))?;
            let changes = changes(&run.changes)?;
            Ok((name, Beside { at_ns, changes }))
        };
        let runs = head.runs.into_iter().map(run).collect::<Result<_, _>>()?;
        let mut steps = Vec::new();
        let is_heading = |n: &usize| lines[*n].starts_with("## ");
        let mut starts = (close..lines.len()).filter(is_heading).peekable();
        while let Some(start) = starts.next() {
            let end = starts.peek().copied().unwrap_or(lines.len());
            steps.push(step(&lines, start..end, &runs)?);
        }
        if steps.is_empty() {
            return Err(error(close + 1, "a step with a heading `## ...`", "none"));
        }
        Ok(Self {
            id: head.id,
            title: head.title,
            minutes: head.minutes,
            scenario: head.scenario,
            changes: changes(&head.changes)?,
            runs,
            steps,
        })
    }
}

fn quoted(text: &str) -> String {
    format!("`{text}`")
}

/// The TOML in these lines, as what it should hold.
fn toml_of<T: DeserializeOwned>(lines: &[&str], range: Range<usize>) -> Result<T, LessonError> {
    let first = range.start + 1;
    let text = lines[range].join("\n");
    toml::from_str(&text).map_err(|wrong| {
        let before = wrong.span().map_or("", |span| &text[..span.start]);
        let line = first + before.matches('\n').count();
        error(line, "what such a block holds", wrong.message().to_owned())
    })
}

fn changes(texts: &[String]) -> Result<Vec<Change>, LessonError> {
    let change = |text: &String| {
        let parts = text.split_once(" = ");
        let (path, value) = parts.ok_or_else(|| error(1, "`path = value`", quoted(text)))?;
        let (path, value) = (path.to_owned(), value.to_owned());
        Ok(Change { path, value })
    };
    texts.iter().map(change).collect()
}

fn step(
    lines: &[&str],
    range: Range<usize>,
    runs: &BTreeMap<String, Beside>,
) -> Result<Step, LessonError> {
    let line = range.start + 1;
    let (mut binding, mut prediction) = (None, None);
    let (mut prose, mut after) = (Vec::new(), Vec::new());
    let mut at = range.start + 1;
    while at < range.end {
        let kind = lines[at].strip_prefix("```");
        let Some(kind) = kind.filter(|kind| !kind.is_empty()) else {
            prose_line(at + 1, lines[at], runs)?;
            let part = if prediction.is_none() {
                &mut prose
            } else {
                &mut after
            };
            part.push(lines[at]);
            at += 1;
            continue;
        };
        let close = (at + 1..range.end).find(|n| lines[*n] == "```");
        let close = close.ok_or_else(|| error(at + 1, "a block that ends with ```", "no end"))?;
        match kind {
            "step" => binding = Some(toml_of::<Binding>(lines, at + 1..close)?),
            "predict" => prediction = Some(question(lines, at, close)?),
            _ => return Err(error(at + 1, "a block `step` or `predict`", quoted(kind))),
        }
        at = close + 1;
    }
    let binding = binding.ok_or_else(|| error(line, "a block `step` below the heading", "none"))?;
    let claims = binding.claims.iter().map(|text| claim(line, text, runs));
    let edits = binding.edits.iter().map(|text| {
        let edit = text.parse();
        edit.map_err(|EditError(expected)| error(line, expected, quoted(text)))
    });
    Ok(Step {
        line,
        title: lines[range.start].trim_start_matches("## ").to_owned(),
        at: moment(line, &binding.at, binding.from.as_deref())?,
        edits: edits.collect::<Result<_, _>>()?,
        claims: claims.collect::<Result<_, _>>()?,
        prose: prose.join("\n").trim().to_owned(),
        prediction,
        after: after.join("\n").trim().to_owned(),
    })
}

fn question(lines: &[&str], at: usize, close: usize) -> Result<Prediction, LessonError> {
    let asked: Prediction = toml_of(lines, at + 1..close)?;
    let right = asked.choices.iter().filter(|choice| choice.right).count();
    if right == 1 && asked.choices.len() > 1 {
        Ok(asked)
    } else {
        let found = format!("{right} of {}", asked.choices.len());
        Err(error(
            at + 1,
            "several choices of which one is right",
            found,
        ))
    }
}

fn moment(line: usize, text: &str, from: Option<&str>) -> Result<At, LessonError> {
    let name = text.strip_prefix("mark: ");
    let from_ns = match from {
        Some(from) if name.is_some() => Some(
            duration::parse_ns(from)
                .ok_or_else(|| error(line, "a time such as `2s`", quoted(from)))?,
        ),
        Some(_) => return Err(error(line, "`from` beside a mark", quoted(text))),
        None => None,
    };
    if let Some(name) = name {
        let name = mark(line, name)?;
        return Ok(At::Mark { name, from_ns });
    }
    match text {
        "start" => Ok(At::Start),
        "same" => Ok(At::Same),
        _ => duration::parse_ns(text).map(At::Time).ok_or_else(|| {
            let expected = "`start`, `same`, a time such as `2s`, or `mark: NAME`";
            error(line, expected, quoted(text))
        }),
    }
}

fn mark(line: usize, name: &str) -> Result<String, LessonError> {
    if Mark::named(name).is_some() {
        return Ok(name.to_owned());
    }
    let names = crate::MARKS.map(|mark| mark.name).join(", ");
    Err(error(
        line,
        format!("one of the marks {names}"),
        quoted(name),
    ))
}

fn claim(line: usize, text: &str, runs: &BTreeMap<String, Beside>) -> Result<Claim, LessonError> {
    for (sign, claim) in [
        (" < ", Claim::Less as fn(Ref, Ref) -> Claim),
        (" ~ ", Claim::About),
    ] {
        if let Some((one, other)) = text.split_once(sign) {
            return Ok(claim(figure(line, one, runs)?, figure(line, other, runs)?));
        }
    }
    mark(line, text).map(Claim::Holds)
}

/// Reads what names a figure: `p99`, or `one.p99` for that of another run.
pub(crate) fn figure(
    line: usize,
    text: &str,
    runs: &BTreeMap<String, Beside>,
) -> Result<Ref, LessonError> {
    let (run, name) = match text.split_once('.') {
        Some((run, name)) => (Some(run), name),
        None => (None, text),
    };
    if let Some(run) = run.filter(|run| !runs.contains_key(*run)) {
        let names: Vec<_> = runs.keys().map(String::as_str).collect();
        return Err(error(
            line,
            format!("one of the runs {}", names.join(", ")),
            quoted(run),
        ));
    }
    if Figure::named(name).is_none() {
        let names = crate::FIGURES.map(|figure| figure.name).join(", ");
        return Err(error(
            line,
            format!("one of the figures {names}"),
            quoted(name),
        ));
    }
    Ok(Ref {
        run: run.map(str::to_owned),
        figure: name.to_owned(),
    })
}

/// Every figure is known, and no number stands bare: only in code, in a name such as `v2`, in a link's
/// address, and where a source is cited, between `[` and `]`.
fn prose_line(line: usize, text: &str, runs: &BTreeMap<String, Beside>) -> Result<(), LessonError> {
    let mut rest = text;
    while let Some(place) = rest.find(|c: char| c.is_ascii_digit() || "{`[(".contains(c)) {
        let marked = &rest[place..];
        let skipped = if let Some(inside) = marked.strip_prefix("{{") {
            let (name, after) = inside
                .split_once("}}")
                .ok_or_else(|| error(line, "a figure `{{name}}`", quoted(marked)))?;
            figure(line, name, runs)?;
            Some(after)
        } else if let Some(inside) = marked.strip_prefix('`') {
            inside.split_once('`').map(|(_, after)| after)
        } else if let Some(inside) = marked.strip_prefix('[') {
            inside.split_once(']').map(|(_, after)| after)
        } else if let Some(inside) = marked.strip_prefix("(http") {
            inside.split_once(')').map(|(_, after)| after)
        } else if marked.starts_with(|c: char| c.is_ascii_digit()) {
            let digits: String = marked.chars().take_while(char::is_ascii_digit).collect();
            let before = rest[..place].chars().next_back();
            if before.is_some_and(char::is_alphabetic) {
                rest = &marked[digits.len()..];
                continue;
            }
            let expected = "a figure of the run, such as `{{p50}}`, or a number in words";
            return Err(error(line, expected, quoted(&digits)));
        } else {
            None
        };
        rest = skipped.unwrap_or(&marked[1..]);
    }
    Ok(())
}
