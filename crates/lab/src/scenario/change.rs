//! A scenario file with another value at a place: the text stays as its author wrote it, comments
//! and all, but for the value.

use std::ops::Range;

use protocol::{Edit, EditError};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::parameters::{FAULTS, NO_FAULTS};
use super::table::line_of;

/// A value that does not go where it was to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeError {
    /// What was expected there.
    pub expected: String,
    /// What came.
    pub found: String,
}

impl std::fmt::Display for ChangeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl std::error::Error for ChangeError {}

/// The text of a scenario with `value` at `path`, such as `topology.write_quorum`; a number in the
/// path is a place in a list of tables, such as `fault.0.at`. The value is one of TOML; a plain word
/// or number with a unit may go without quotes. At `fault` stand all faults, as
/// `az-down:b@2s; az-up:b@4s`, or `none`. Whether the scenario makes sense is not asked here.
///
/// # Errors
/// The text is not TOML, there is no such place, or the value is none.
pub fn changed(text: &str, path: &str, value: &str) -> Result<String, ChangeError> {
    let root = DeTable::parse(text).map_err(|error| {
        let line = line_of(text, error.span().map_or(0, |span| span.start));
        ChangeError {
            expected: "a scenario file in TOML".to_owned(),
            found: format!("in line {line}: {}", error.message()),
        }
    })?;
    if path == FAULTS {
        return with_faults(text, root.get_ref(), value);
    }
    let value = value_of(value)?;
    let keys: Vec<_> = path.split('.').collect();
    let place = place(text, &root, &keys).ok_or_else(|| ChangeError {
        expected: "a place of the scenario file, such as topology.write_quorum".to_owned(),
        found: format!("`{path}`"),
    })?;
    let mut text = text.to_owned();
    let (range, put) = match place {
        Place::Value(range) => (range, value),
        Place::UnderHeader(at, key) => (at..at, format!("\n{key} = {value}")),
        Place::OnTop(key) => (0..0, format!("{key} = {value}\n")),
        Place::Inline { end, first, key } => {
            let comma = if first { " " } else { ", " };
            (end..end, format!("{comma}{key} = {value} "))
        }
        Place::AtEnd(table, key) => {
            let end = text.len();
            (end..end, format!("\n[{table}]\n{key} = {value}\n"))
        }
    };
    text.replace_range(range, &put);
    Ok(text)
}

/// The text with these faults in place of all that it has.
fn with_faults(text: &str, root: &DeTable<'_>, value: &str) -> Result<String, ChangeError> {
    let items = value.split(';').map(str::trim);
    let items = items.filter(|item| !item.is_empty() && value != NO_FAULTS);
    let read = |item: &str| {
        item.parse().map_err(|EditError(expected)| ChangeError {
            expected,
            found: format!("`{item}`"),
        })
    };
    let edits: Vec<Edit> = items.map(read).collect::<Result<_, _>>()?;
    let mut with = text.to_owned();
    if let Some((key, list)) = root.get_key_value(FAULTS) {
        let is_inline = !text[list.span()].starts_with("[[");
        if is_inline {
            with.replace_range(key.span().start..list.span().end, "");
        } else if let Some(tables) = list.get_ref().as_array() {
            let headers: Vec<_> = tables.iter().map(Spanned::span).collect();
            for header in headers.into_iter().rev() {
                // A table ends where the next header begins; nothing in a fault begins like one.
                let lines = text[header.end..].split_inclusive('\n');
                let body = lines.take_while(|line| !line.trim_start().starts_with('['));
                let end = header.end + body.map(str::len).sum::<usize>();
                with.replace_range(header.start..end, "");
            }
        }
    }
    let tables = edits.iter().map(|Edit { at_ns, verb }| {
        let at = protocol::duration::short(*at_ns);
        format!("\n[[{FAULTS}]]\nat = \"{at}\"\ndo = \"{verb}\"\n")
    });
    let tables: String = tables.collect();
    Ok(with.trim_end().to_owned() + "\n" + &tables)
}

/// Where the value goes.
enum Place {
    /// In place of another.
    Value(Range<usize>),
    /// Behind the header of its table, with its key.
    UnderHeader(usize, String),
    /// Before everything, with its key.
    OnTop(String),
    /// At the end of an inline table, with its key.
    Inline {
        /// Where the last pair ends, or the brace that opens an empty table.
        end: usize,
        first: bool,
        key: String,
    },
    /// In a table that is not there yet.
    AtEnd(String, String),
}

fn place(text: &str, root: &Spanned<DeTable<'_>>, keys: &[&str]) -> Option<Place> {
    let is_key = |key: &&str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        !key.is_empty() && key.bytes().all(fits)
    };
    let (last, tables) = keys.split_last().filter(|_| keys.iter().all(is_key))?;
    let mut table = root.get_ref();
    let mut span = None;
    let mut tables = tables.iter().enumerate();
    while let Some((depth, key)) = tables.next() {
        let Some(found) = table.get(*key) else {
            let path = keys[..keys.len() - 1].join(".");
            // A dotted key opens no table that a header could open again.
            let under_root = depth == 0 && keys.iter().all(|key| key.parse::<u32>().is_err());
            return under_root.then(|| Place::AtEnd(path, (*last).to_owned()));
        };
        let found = match found.get_ref().as_array() {
            Some(list) => {
                let (_, number) = tables.next()?;
                list.get(number.parse::<usize>().ok()?)?
            }
            None => found,
        };
        table = found.get_ref().as_table()?;
        span = Some(found.span());
    }
    if let Some(value) = table.get(*last) {
        let is_section = value.get_ref().is_table() && !text[value.span()].starts_with('{');
        return (!is_section).then(|| Place::Value(value.span()));
    }
    let key = (*last).to_owned();
    let Some(span) = span else {
        return Some(Place::OnTop(key));
    };
    let shown = &text[span.clone()];
    if shown.starts_with('{') {
        let ends = table.iter().map(|(_, value)| value.span().end);
        let end = ends.max();
        return Some(Place::Inline {
            end: end.unwrap_or(span.start + 1),
            first: end.is_none(),
            key,
        });
    }
    if shown.starts_with('[') {
        return Some(Place::UnderHeader(span.end, key));
    }
    // Dotted keys at the top make its table.
    let numbers = keys.iter().any(|key| key.parse::<u32>().is_ok());
    (!numbers).then(|| Place::OnTop(keys.join(".")))
}

/// A value of TOML as it is; what is none is a text.
fn value_of(value: &str) -> Result<String, ChangeError> {
    let is_toml = DeValue::parse(value).is_ok();
    if is_toml && !value.contains('\n') {
        return Ok(value.trim().to_owned());
    }
    let is_plain = |c: char| !c.is_control() && c != '"' && c != '\\';
    if !value.is_empty() && value.chars().all(is_plain) {
        return Ok(format!("\"{value}\""));
    }
    Err(ChangeError {
        expected: "a value, such as 4, true, 1GiB or { kind = \"constant\", ms = 5 }".to_owned(),
        found: format!("`{}`", value.escape_debug()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Engine, Scenario, Topology};

    const TEXT: &str = "# A scenario.\nformat = 1\nname = \"a\"\n[topology]\nazs = 3 # three\n\
        [latency]\nin_az = { kind = \"constant\", ms = 1 }\n\
        [[fault]]\nat = \"1s\"\ndo = \"grow\"\n";

    #[test]
    fn a_value_that_is_there_is_replaced_and_nothing_else() {
        let text = changed(TEXT, "topology.azs", "2").unwrap();
        assert_eq!(text, TEXT.replace("azs = 3", "azs = 2"));
        let text = changed(TEXT, "latency.in_az.ms", "2.5").unwrap();
        assert_eq!(text, TEXT.replace("ms = 1", "ms = 2.5"));
        let text = changed(TEXT, "fault.0.at", "2s").unwrap();
        assert_eq!(text, TEXT.replace("1s", "2s"));
    }

    #[test]
    fn what_is_not_there_comes_into_its_table() {
        let mut text = TEXT.to_owned();
        for (path, value) in [
            ("engine", "both"),
            ("topology.write_quorum", "5"),
            ("topology.read_quorum", "2"),
            ("latency.disk", "{ kind = \"constant\", ms = 2 }"),
            ("wal.max_wal_size", "2GiB"),
            ("wal.level", "off"),
            ("workload", "{ kind = \"insert\" }"),
            ("workload.clients", "7"),
        ] {
            text = changed(&text, path, value).unwrap();
        }
        let scenario = Scenario::parse(&text).expect(&text);
        assert_eq!(scenario.engine, Engine::Both);
        let Topology {
            write_quorum,
            read_quorum,
            azs,
            ..
        } = scenario.topology;
        assert_eq!((write_quorum, read_quorum, azs), (5, 2, 3));
        assert_eq!(scenario.latency.disk, sim::Delay::Constant { ms: 2.0 });
        assert_eq!(scenario.wal.settings.max_wal_size, 2 << 30);
        assert_eq!(scenario.workload.clients(), Some(7));
        assert!(text.contains("azs = 3 # three"));
    }

    #[test]
    fn dotted_keys_and_empty_inline_tables_are_places_too() {
        let text = "format = 1\ntopology.azs = 3\nstop = {}\n";
        let text = changed(text, "topology.write_quorum", "5").unwrap();
        let text = changed(&text, "stop.at", "3s").unwrap();
        let scenario = Scenario::parse(&changed(&text, "topology.read_quorum", "2").unwrap());
        let scenario = scenario.unwrap();
        assert_eq!(scenario.topology.write_quorum, 5);
        assert_eq!(scenario.stop.at, Some(sim::SimTime(3_000_000_000)));
    }

    #[test]
    fn faults_are_replaced_as_a_whole() {
        let inline =
            "format = 1\nfault = [{ at = \"1s\", do = \"grow\" }]\n[topology]\nazs = 3 # three\n";
        let tables = TEXT.to_owned()
            + "# and\n  [[fault]]\nat = \"2s\"\ndo = \"recover\"\n[stop]\nat = \"9s\"\n";
        for text in [TEXT, inline, tables.as_str()] {
            for (value, expected) in [
                (
                    "az-down:b@2s; slow:a1,50ms@1.5ms ;",
                    vec!["slow:a1,50ms", "az-down:b"],
                ),
                (
                    "crash-writer@1s;partition:writer@2s",
                    vec!["crash-writer", "partition:writer"],
                ),
                ("none", vec![]),
            ] {
                let text = changed(text, "fault", value).unwrap();
                let scenario = Scenario::parse(&text).expect(&text);
                let verbs: Vec<_> = scenario
                    .faults
                    .iter()
                    .map(|(_, verb)| verb.to_string())
                    .collect();
                assert_eq!(verbs, expected, "{text}");
                assert!(text.contains("azs = 3 # three"));
                let stop = text
                    .contains("[stop]")
                    .then_some(sim::SimTime(9_000_000_000));
                assert_eq!(scenario.stop.at, stop, "{text}");
                let mut found = crate::parameters(&text).into_iter();
                let (_, value) = found.find(|(it, _)| it.path == "fault").unwrap();
                let again = changed(&text, "fault", value.as_deref().unwrap_or("none")).unwrap();
                assert_eq!(Scenario::parse(&again).unwrap().faults, scenario.faults);
            }
            for value in ["az-down:b", "az-down:q@1s", "grow@soon", "no@1s"] {
                assert!(changed(text, "fault", value).is_err(), "{value}");
            }
        }
    }

    #[test]
    fn what_is_no_place_and_no_value_is_refused() {
        for path in [
            "",
            ".",
            "topology.",
            "name.x",
            "topology",
            "fault.1.at",
            "fault.x",
            "fault.0",
            "a b",
        ] {
            assert!(changed(TEXT, path, "1").is_err(), "{path}");
        }
        for value in ["", "a\nb", "\"", "[1,\n2]"] {
            assert!(changed(TEXT, "name", value).is_err(), "{value}");
        }
        assert!(changed("format = ", "name", "1").is_err());
    }
}
