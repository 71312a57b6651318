//! What was promised of some cases, and whether it holds.
//!
//! The promises stand in `crates/lab/benches/budgets.json`: for a case and a place the budget, and the
//! stretch that would be better still. They are of a quiet machine with two cores, so a busy one may
//! miss them: they are told, and fail nothing.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::Figure;
use crate::workspace::Workspace;

const FILE: &str = "crates/lab/benches/budgets.json";

/// What was promised of one case in one place, and what it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Budget {
    case: String,
    place: &'static str,
    unit: Unit,
    limit: f64,
    stretch: f64,
    measured: f64,
}

/// Which of a case's figures is meant.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    /// Work over yardstick: the less the better.
    Ratio,
    /// Bytes of work in a nanosecond: the more the better.
    GbPerSecond,
}

/// Holds what was measured against what was promised.
pub(super) fn budgets(
    workspace: &Workspace,
    native: &[Figure],
    chromium: &[Figure],
) -> Result<Vec<Budget>> {
    let file = workspace.root.join(FILE);
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    compare(&text, native, chromium).with_context(|| FILE)
}

fn compare(text: &str, native: &[Figure], chromium: &[Figure]) -> Result<Vec<Budget>> {
    let promises: Vec<Value> = serde_json::from_str(text)?;
    let mut budgets = Vec::new();
    for promise in &promises {
        let case = promise["case"].as_str().context("a promise has a case")?;
        let unit = match promise["figure"].as_str() {
            Some("ratio") => Unit::Ratio,
            Some("GB/s") => Unit::GbPerSecond,
            other => bail!("{case}: expected the figure `ratio` or `GB/s`, found {other:?}"),
        };
        for (place, figures) in [("native", native), ("chromium", chromium)] {
            let promised = &promise[place];
            if promised.is_null() || figures.is_empty() {
                continue;
            }
            let number = |key: &str| {
                let number = promised[key].as_f64();
                number.with_context(|| format!("{case}, {place}: no number `{key}`"))
            };
            let figure = figures.iter().find(|figure| figure.case == case);
            let figure = figure.with_context(|| format!("{case}: no such case"))?;
            budgets.push(Budget {
                case: case.to_owned(),
                place,
                unit,
                limit: number("budget")?,
                stretch: number("stretch")?,
                measured: unit.of(figure),
            });
        }
    }
    Ok(budgets)
}

impl Unit {
    fn of(self, figure: &Figure) -> f64 {
        match self {
            Self::Ratio => figure.ratio(),
            Self::GbPerSecond => 1.0 / figure.ns(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::GbPerSecond => "GB/s",
        }
    }
}

impl Budget {
    fn meets(&self, promised: f64) -> bool {
        match self.unit {
            Unit::Ratio => self.measured <= promised,
            Unit::GbPerSecond => self.measured >= promised,
        }
    }

    /// The sentence for people.
    pub(super) fn told(&self) -> String {
        let verdict = match (self.meets(self.limit), self.meets(self.stretch)) {
            (_, true) => "better than the stretch",
            (true, _) => "holds",
            (false, _) => "missed",
        };
        let Self {
            case,
            place,
            unit,
            limit,
            stretch,
            measured,
        } = self;
        let unit = unit.name();
        format!(
            "{case}, {place}: {measured:.2} {unit}, budget {limit}, stretch {stretch}: {verdict}"
        )
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "case": self.case,
            "place": self.place,
            "figure": self.unit.name(),
            "budget": self.limit,
            "stretch": self.stretch,
            "measured": self.measured,
            "holds": self.meets(self.limit),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that takes half a nanosecond for a byte, three times as long as its yardstick.
    fn figure() -> Figure {
        let line = r#"{"case": "reader", "yardstick": "memcpy", "unit": "byte",
            "work_ns": [0.5], "yardstick_ns": [0.25]}"#;
        Figure::read(line).expect("well-formed")
    }

    fn told(promise: &str) -> String {
        let text = format!(r#"[{{"case": "reader", {promise}}}]"#);
        let budgets = compare(&text, &[figure()], &[]).expect("well-formed");
        let [budget] = budgets.as_slice() else {
            panic!("one place was measured, found {budgets:?}");
        };
        budget.told()
    }

    #[test]
    fn more_bytes_and_smaller_ratios_are_better() {
        let speed = |budget, stretch| {
            let numbers = format!(r#"{{"budget": {budget}, "stretch": {stretch}}}"#);
            told(&format!(
                r#""figure": "GB/s", "native": {numbers}, "chromium": {numbers}"#
            ))
        };
        assert_eq!(
            speed(1.5, 3.0),
            "reader, native: 2.00 GB/s, budget 1.5, stretch 3: holds"
        );
        assert!(speed(1.0, 2.0).ends_with("better than the stretch"));
        assert!(speed(2.5, 3.0).ends_with("missed"));
        let ratio = |budget, stretch| {
            let numbers = format!(r#"{{"budget": {budget}, "stretch": {stretch}}}"#);
            told(&format!(r#""figure": "ratio", "native": {numbers}"#))
        };
        assert!(ratio(3.0, 1.5).ends_with("holds"));
        assert!(ratio(1.5, 1.0).ends_with("missed"));
    }

    #[test]
    fn a_promise_of_nothing_that_is_measured_is_an_error() {
        let text =
            r#"[{"case": "other", "figure": "ratio", "native": {"budget": 1, "stretch": 1}}]"#;
        let error = compare(text, &[figure()], &[]).expect_err("there is no such case");
        assert_eq!(error.to_string(), "other: no such case");
        compare(r#"[{"case": "reader", "figure": "miles"}]"#, &[], &[])
            .expect_err("no such figure");
    }

    #[test]
    fn the_projects_own_promises_can_be_read() {
        let text = include_str!("../../../lab/benches/budgets.json");
        compare(text, &[], &[]).expect("every figure is known");
    }
}
