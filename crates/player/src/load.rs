//! What a run is made of, from what a page or a link says: what does not fit is left out and told.

use lab::{Scenario, ScenarioError, changed};
use protocol::{Change, Described, Edit, Parameter, ParameterKind, Problem, Source};

use crate::{OWN_WAL, SHIPPED};

/// A scenario as it was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What was read.
    pub scenario: Scenario,
    /// Its text, with the changes in it.
    pub text: String,
    /// What was done in it.
    pub edits: Vec<Edit>,
    /// Changes and edits that do not fit.
    pub left_out: Vec<Problem>,
}

/// Reads a scenario with changes, and what was done in it.
///
/// # Errors
/// There is no such scenario, or it is none even without the changes.
pub fn asked(source: &Source, changes: &[Change], edits: &[Edit]) -> Result<Asked, Problem> {
    let text = match source {
        Source::Shipped(name) => shipped(name)?,
        Source::Text(text) => text.as_str(),
        Source::OwnWal => OWN_WAL,
    };
    let mut left_out = Vec::new();
    let (scenario, text) = with_changes(text, changes, &mut left_out)?;
    let fits = |edit: &&Edit| match scenario.lacks(edit.verb) {
        None => true,
        Some(text) => {
            let place = Some(edit.verb.to_string());
            left_out.push(Problem { text, place });
            false
        }
    };
    let edits = edits.iter().filter(fits).copied().collect();
    Ok(Asked {
        scenario,
        text,
        edits,
        left_out,
    })
}

/// The parameters of a scenario with changes.
///
/// # Errors
/// As [`asked`].
pub(crate) fn described(source: &Source, changes: &[Change]) -> Result<Described, Problem> {
    let Asked { text, left_out, .. } = asked(source, changes, &[])?;
    let parameters = lab::parameters(&text).into_iter();
    Ok(Described {
        changes: changes.to_vec(),
        parameters: parameters.map(|(it, value)| parameter(it, value)).collect(),
        text,
        left_out,
    })
}

fn parameter(parameter: &lab::Parameter, value: Option<String>) -> Parameter {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Parameter {
        path: parameter.path.to_owned(),
        kind: match parameter.kind {
            lab::ParameterKind::Whole { least, most } => ParameterKind::Whole { least, most },
            lab::ParameterKind::Number { least, most, .. } => ParameterKind::Number { least, most },
            lab::ParameterKind::Flag => ParameterKind::Flag,
            lab::ParameterKind::Choice(names) => ParameterKind::Choice(words(names)),
            lab::ParameterKind::Choices(names) => ParameterKind::Choices(words(names)),
            lab::ParameterKind::Time => ParameterKind::Time,
            lab::ParameterKind::Interval => ParameterKind::Interval,
            lab::ParameterKind::Size { least, most } => ParameterKind::Size { least, most },
            lab::ParameterKind::Delay => ParameterKind::Delay,
            lab::ParameterKind::Text => ParameterKind::Text,
            lab::ParameterKind::Faults => ParameterKind::Faults,
        },
        default: parameter.default.to_owned(),
        value,
    }
}

fn shipped(name: &str) -> Result<&'static str, Problem> {
    let found = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
    found.map(|(_, text)| *text).ok_or_else(|| {
        let names: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
        Problem {
            text: format!("expected one of {}, found `{name}`", names.join(", ")),
            place: Some("scenario".to_owned()),
        }
    })
}

/// Makes the changes. Those that have no place in the text, or with which it is no scenario, are left
/// out.
fn with_changes(
    text: &str,
    changes: &[Change],
    left_out: &mut Vec<Problem>,
) -> Result<(Scenario, String), Problem> {
    let mut fitting: Vec<_> = changes.iter().collect();
    loop {
        let mut with = text.to_owned();
        fitting.retain(|change| match changed(&with, &change.path, &change.value) {
            Ok(text) => {
                with = text;
                true
            }
            Err(error) => {
                left_out.push(of_change(change, error.to_string()));
                false
            }
        });
        let error = match Scenario::parse(&with) {
            Ok(scenario) => return Ok((scenario, with)),
            Err(error) => error,
        };
        let Some(wrong) = to_blame(&fitting, &error) else {
            let place = Some(format!("line {}", error.line));
            let text = error.to_string();
            return Err(Problem { text, place });
        };
        left_out.push(of_change(fitting.remove(wrong), error.to_string()));
    }
}

/// The last change at the place of the error, or the last one.
fn to_blame(changes: &[&Change], error: &ScenarioError) -> Option<usize> {
    let at_place = |change: &&Change| {
        error.key.starts_with(&change.path) || change.path.starts_with(&error.key)
    };
    let named = (!error.key.is_empty())
        .then(|| changes.iter().rposition(at_place))
        .flatten();
    named.or_else(|| changes.len().checked_sub(1))
}

fn of_change(change: &Change, text: String) -> Problem {
    let place = Some(format!("{} = {}", change.path, change.value));
    Problem { text, place }
}
