//! Reads a table of a scenario file, key by key, so that every error can say the key, the line and
//! what was expected.

use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ScenarioError;
use super::parameters::{self, Kind, PARAMETERS, Parameter};

/// A table of which some keys were taken already.
pub(super) struct Table<'a> {
    text: &'a str,
    /// Where it stands in the file: `topology`, or nothing for the root.
    name: String,
    span: Range<usize>,
    entries: &'a DeTable<'a>,
    taken: Vec<&'static str>,
}

/// What is no parameter: the version of the format is always the same.
const UNDESCRIBED: [&str; 1] = ["format"];

/// A value with its place.
pub(super) struct Found<'a> {
    text: &'a str,
    key: String,
    /// What may stand there; nothing within a fault or a delay.
    described: Option<&'static Parameter>,
    span: Range<usize>,
    value: &'a DeValue<'a>,
}

impl<'a> Table<'a> {
    pub(super) fn root(text: &'a str, table: &'a Spanned<DeTable<'a>>) -> Self {
        let (span, entries) = (0..0, table.get_ref());
        Self {
            text,
            name: String::new(),
            span,
            entries,
            taken: Vec::new(),
        }
    }

    /// The value of `key`, if the table has it.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Found<'a>> {
        debug_assert!(
            self.name.contains('.')
                || parameters::at(&self.path(key)).is_some()
                || !PARAMETERS.iter().any(|p| p.section() == self.name)
                || UNDESCRIBED.contains(&key),
            "{} is described",
            self.path(key)
        );
        self.entry(key)
    }

    fn entry(&mut self, key: &'static str) -> Option<Found<'a>> {
        self.taken.push(key);
        let value = self.entries.get(key)?;
        let key = self.path(key);
        Some(Found {
            text: self.text,
            described: parameters::at(&key),
            key,
            span: value.span(),
            value: value.get_ref(),
        })
    }

    /// The value of `key`, which must be there.
    pub(super) fn need(
        &mut self,
        key: &'static str,
        expected: &str,
    ) -> Result<Found<'a>, ScenarioError> {
        let missing = ScenarioError {
            line: line_of(self.text, self.span.start),
            key: self.path(key),
            expected: expected.to_owned(),
            found: "nothing".to_owned(),
        };
        self.take(key).ok_or(missing)
    }

    /// The table at `key`, empty if it is not there.
    pub(super) fn table(&mut self, key: &'static str) -> Result<Option<Self>, ScenarioError> {
        self.entry(key).map(|found| found.table()).transpose()
    }

    /// The tables at `[[key]]`.
    pub(super) fn tables(&mut self, key: &'static str) -> Result<Vec<Self>, ScenarioError> {
        let Some(found) = self.entry(key) else {
            return Ok(Vec::new());
        };
        let Some(array) = found.value.as_array() else {
            return Err(found.error(&format!("tables, each headed `[[{key}]]`")));
        };
        array
            .iter()
            .map(|value| {
                let (key, span) = (found.key.clone(), value.span());
                Found {
                    text: self.text,
                    key,
                    described: None,
                    span,
                    value: value.get_ref(),
                }
                .table()
            })
            .collect()
    }

    /// Every key must have been taken by now.
    pub(super) fn finish(&self) -> Result<(), ScenarioError> {
        let unknown = self
            .entries
            .iter()
            .find(|(key, _)| !self.taken.contains(&key.get_ref().as_ref()));
        let Some((key, _)) = unknown else {
            return Ok(());
        };
        Err(ScenarioError {
            line: line_of(self.text, key.span().start),
            key: self.path(key.get_ref()),
            expected: format!("one of the keys {}", self.taken.join(", ")),
            found: "an unknown key".to_owned(),
        })
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        }
    }
}

impl<'a> Found<'a> {
    pub(super) fn text(&self) -> Result<&'a str, ScenarioError> {
        self.value
            .as_str()
            .ok_or_else(|| self.error("a text in quotes"))
    }

    /// What may stand there.
    fn kind(&self) -> Kind {
        let described = self.described.map(|parameter| parameter.kind);
        described.expect("every key with a range of its own is described")
    }

    /// A whole number as it is described.
    pub(super) fn whole(&self) -> Result<u64, ScenarioError> {
        let Kind::Whole { least, most } = self.kind() else {
            panic!("{} is described as something else", self.key);
        };
        self.whole_in(least..=most)
    }

    /// A whole number in a range that depends on others, or that stands within a fault.
    pub(super) fn whole_in(&self, range: RangeInclusive<u64>) -> Result<u64, ScenarioError> {
        let number = self.value.as_integer().and_then(|integer| {
            u64::from_str_radix(integer.as_str().trim_start_matches('+'), integer.radix()).ok()
        });
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                self.error(&format!(
                    "a whole number from {} to {}",
                    range.start(),
                    range.end()
                ))
            })
    }

    pub(super) fn flag(&self) -> Result<bool, ScenarioError> {
        let flag = self.value.as_bool();
        flag.ok_or_else(|| self.error("true or false"))
    }

    /// A number as it is described.
    pub(super) fn measure(&self) -> Result<f64, ScenarioError> {
        let Kind::Number { what, least, most } = self.kind() else {
            panic!("{} is described as something else", self.key);
        };
        let fits = |number: &f64| (least..=most).contains(number);
        let error = || self.error(&format!("{what} from {least} to {most}"));
        self.number()
            .and_then(|number| Some(number).filter(fits).ok_or_else(error))
    }

    /// A size in bytes as it is described. PostgreSQL says GB and means GiB; here each unit means what
    /// it says.
    pub(super) fn size(&self) -> Result<u64, ScenarioError> {
        let Kind::Size { least, most } = self.kind() else {
            panic!("{} is described as something else", self.key);
        };
        let expected = "a size with its unit, such as \"1GiB\", \"64MiB\" or \"30GB\"";
        let size = self.parse(expected, |text| {
            let digits = text.find(|c: char| !c.is_ascii_digit())?;
            let (number, unit) = text.split_at(digits);
            let unit = match unit {
                "KiB" => 1 << 10,
                "MiB" => 1 << 20,
                "GiB" => 1 << 30,
                "kB" => 1_000,
                "MB" => 1_000_000,
                "GB" => 1_000_000_000,
                _ => return None,
            };
            number.parse::<u64>().ok()?.checked_mul(unit)
        })?;
        if (least..=most).contains(&size) {
            return Ok(size);
        }
        Err(self.error(&format!("a size from {least} to {most} bytes")))
    }

    pub(super) fn number(&self) -> Result<f64, ScenarioError> {
        let text = match self.value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            DeValue::Integer(_)
            | DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => return Err(self.error("a number")),
        };
        decimal(text).ok_or_else(|| self.error("a number of at most 19 digits"))
    }

    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, ScenarioError> {
        if let Some(Kind::Choice(described)) = self.described.map(|parameter| parameter.kind) {
            let names = choices.iter().map(|(name, _)| name);
            debug_assert!(names.eq(described), "{} is described", self.key);
        }
        let text = self.value.as_str();
        choices
            .iter()
            .find(|(name, _)| text == Some(name))
            .map(|(_, value)| *value)
            .ok_or_else(|| {
                let names: Vec<_> = choices
                    .iter()
                    .map(|(name, _)| format!("\"{name}\""))
                    .collect();
                self.error(&format!("one of {}", names.join(", ")))
            })
    }

    /// Any number of choices, in a list.
    pub(super) fn choices<T: Copy>(&self, choices: &[(&str, T)]) -> Result<Vec<T>, ScenarioError> {
        let names: Vec<_> = choices
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        let expected = format!("a list of {}", names.join(", "));
        let list = self.value.as_array().ok_or_else(|| self.error(&expected))?;
        let chosen = list.iter().map(|value| {
            let found = Found {
                text: self.text,
                key: self.key.clone(),
                described: None,
                span: value.span(),
                value: value.get_ref(),
            };
            found.choice(choices)
        });
        chosen.collect()
    }

    /// Any text form, with what its reader expects.
    pub(super) fn parse<T>(
        &self,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ScenarioError> {
        self.value
            .as_str()
            .and_then(read)
            .ok_or_else(|| self.error(expected))
    }

    pub(super) fn table(&self) -> Result<Table<'a>, ScenarioError> {
        let entries = self.value.as_table().ok_or_else(|| self.error("a table"))?;
        let (text, name, span) = (self.text, self.key.clone(), self.span.clone());
        Ok(Table {
            text,
            name,
            span,
            entries,
            taken: Vec::new(),
        })
    }

    pub(super) fn error(&self, expected: &str) -> ScenarioError {
        ScenarioError {
            line: line_of(self.text, self.span.start),
            key: self.key.clone(),
            expected: expected.to_owned(),
            found: self.source(),
        }
    }

    /// What stands in the file, shortened.
    fn source(&self) -> String {
        let line = self
            .text
            .get(self.span.clone())
            .unwrap_or("")
            .lines()
            .next()
            .unwrap_or("");
        let short: String = line.chars().take(40).collect();
        if short.len() < line.len() {
            format!("`{short}...`")
        } else {
            format!("`{short}`")
        }
    }
}

/// The float nearest to a decimal of 19 digits at most, and as many behind the point.
///
/// It is what [`str::parse`] gives, which brings tables for every other decimal: 12 KB of each visit.
fn decimal(text: &str) -> Option<f64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1.0, text),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: u64 = [whole, fraction].concat().parse().ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let power = (places.unsigned_abs() <= 19).then(|| 10_u128.pow(places.unsigned_abs()))?;
    if places <= 0 {
        return Some(sign * float(u128::from(digits) * power));
    }
    // So many bits that the last ones only tell whether something is left over.
    let shift = 64 + digits.leading_zeros().min(63);
    let dividend = u128::from(digits) << shift;
    let rest = u128::from(!dividend.is_multiple_of(power));
    Some(sign * float((dividend / power) | rest) / float(1 << shift))
}

#[expect(clippy::cast_precision_loss, reason = "it is rounded to the nearest")]
const fn float(number: u128) -> f64 {
    number as f64
}

/// The line, from 1, that holds this byte.
pub(super) fn line_of(text: &str, byte: usize) -> u64 {
    let before = text.get(..byte).unwrap_or(text);
    before.bytes().filter(|b| *b == b'\n').count() as u64 + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::decimal;

    fn is_read_as_by_the_standard_library(text: &str) {
        let parsed: f64 = text.parse().unwrap();
        let read = decimal(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(read.to_bits(), parsed.to_bits(), "{text}");
    }

    #[test]
    fn a_decimal_has_so_many_digits_and_no_more() {
        for text in [
            "0",
            "-0.0",
            "1",
            "+12.50",
            "0.05",
            "7e-3",
            "2.5E+3",
            "38.20278146489801",
            "9007199254740993",
            "0.9999999999999999999",
            "18446744073709551615e19",
        ] {
            is_read_as_by_the_standard_library(text);
        }
        for text in [
            "inf",
            "nan",
            "1e20",
            "0.12345678901234567890",
            "1e99999999999",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn decimals_are_read_as_by_the_standard_library(digits: u64, places in -19_i32..=19) {
            is_read_as_by_the_standard_library(&format!("{digits}e{}", -places));
        }

        #[test]
        fn floats_come_back(number in 0.001_f64..1e18) {
            is_read_as_by_the_standard_library(&number.to_string());
        }
    }
}
