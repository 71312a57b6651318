//! What was promised of some cases, and whether it holds.
//!
//! The promises stand in `crates/lab/benches/budgets.json`: for a case and a place the budget, and the
//! stretch that would be better still. They are of a quiet machine with two cores, so a busy one may
//! miss them: they are told, and fail nothing.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::Figure;
use super::site::SiteFigure;
use crate::workspace::Workspace;

const FILE: &str = "crates/lab/benches/budgets.json";
/// Inserts of the insert test: 25,000 a second for 30 minutes.
const INSERTS: f64 = 45e6;
/// The place of a promise that holds one place against the other.
const OVER_NATIVE: &str = "chromium over native";

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
    /// Millions of units in a second: the more the better.
    MillionPerSecond,
    /// Nanoseconds of a unit.
    Nanoseconds,
    /// Seconds for as many units as the insert test has inserts.
    SecondsForInserts,
    /// Bytes that were allocated.
    Bytes,
    /// A figure of the built site, in a unit of its own.
    Site(SiteUnit),
}

/// What a figure of the built site is told in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum SiteUnit {
    Kilobytes,
    Mebibytes,
    Milliseconds,
    Seconds,
    /// Of animation.
    Frames,
    /// Of a hundred: the more the better, as it is of no other.
    Points,
}

/// Holds what was measured, natively and in Chromium, against what was promised of the cases that have
/// `part` in their names.
pub(super) fn budgets(
    workspace: &Workspace,
    part: &str,
    measured: [&[Figure]; 2],
    site: &[SiteFigure],
) -> Result<Vec<Budget>> {
    let file = workspace.root.join(FILE);
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    compare(&text, part, measured, site).with_context(|| FILE)
}

fn compare(
    text: &str,
    part: &str,
    [native, chromium]: [&[Figure]; 2],
    site: &[SiteFigure],
) -> Result<Vec<Budget>> {
    let promises: Vec<Value> = serde_json::from_str(text)?;
    let mut budgets = Vec::new();
    for promise in &promises {
        let case = promise["case"].as_str().context("a promise has a case")?;
        if !case.contains(part) {
            continue;
        }
        let name = promise["figure"].as_str().unwrap_or_default();
        let unit = Unit::named(name).with_context(|| format!("{case}: no figure `{name}`"))?;
        let mut promised = |place, measured: Result<f64>| {
            let numbers = &promise[place];
            let number = |key: &str| {
                let number = numbers[key].as_f64();
                number.with_context(|| format!("{case}, {place}: no number `{key}`"))
            };
            budgets.push(Budget {
                case: case.to_owned(),
                place,
                unit,
                limit: number("budget")?,
                stretch: number("stretch")?,
                measured: measured?,
            });
            Ok::<_, anyhow::Error>(())
        };
        for (place, figures) in [("native", native), ("chromium", chromium)] {
            if !promise[place].is_null() && !figures.is_empty() {
                let figure = figures.iter().find(|figure| figure.case == case);
                let figure = figure.with_context(|| format!("{case}: no such case"));
                promised(place, figure.and_then(|figure| unit.of(figure)))?;
            }
        }
        if !promise[OVER_NATIVE].is_null() && !native.is_empty() && !chromium.is_empty() {
            let ns = |figures: &[Figure]| {
                let figure = figures.iter().find(|figure| figure.case == case);
                let figure = figure.with_context(|| format!("{case}: no such case"));
                figure.map(Figure::ns)
            };
            promised(OVER_NATIVE, Ok(ns(chromium)? / ns(native)?))?;
        }
        if !promise["site"].is_null() && !site.is_empty() {
            let figure = site.iter().find(|figure| figure.case == case);
            let figure = figure.with_context(|| format!("{case}: no such figure of the site"));
            promised("site", figure.map(|figure| figure.measured))?;
        }
    }
    Ok(budgets)
}

impl Unit {
    const ALL: [Self; 12] = [
        Self::Ratio,
        Self::GbPerSecond,
        Self::MillionPerSecond,
        Self::Nanoseconds,
        Self::SecondsForInserts,
        Self::Bytes,
        Self::Site(SiteUnit::Kilobytes),
        Self::Site(SiteUnit::Mebibytes),
        Self::Site(SiteUnit::Milliseconds),
        Self::Site(SiteUnit::Seconds),
        Self::Site(SiteUnit::Frames),
        Self::Site(SiteUnit::Points),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }

    fn of(self, figure: &Figure) -> Result<f64> {
        match self {
            Self::Ratio => Ok(figure.ratio()),
            Self::GbPerSecond => Ok(1.0 / figure.ns()),
            Self::MillionPerSecond => Ok(1e3 / figure.ns()),
            Self::Nanoseconds => Ok(figure.ns()),
            Self::SecondsForInserts => Ok(figure.ns() * INSERTS / 1e9),
            Self::Bytes => {
                let bytes = figure.bytes;
                bytes.with_context(|| format!("{}: nobody counted bytes", figure.case))
            }
            Self::Site(_) => bail!("{}: {} is a figure of the site", figure.case, self.name()),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::GbPerSecond => "GB/s",
            Self::MillionPerSecond => "million a second",
            Self::Nanoseconds => "ns",
            Self::SecondsForInserts => "s for 45 million",
            Self::Bytes => "bytes",
            Self::Site(SiteUnit::Kilobytes) => "KB",
            Self::Site(SiteUnit::Mebibytes) => "MiB",
            Self::Site(SiteUnit::Milliseconds) => "ms",
            Self::Site(SiteUnit::Seconds) => "s",
            Self::Site(SiteUnit::Frames) => "frames",
            Self::Site(SiteUnit::Points) => "points",
        }
    }

    const fn more_is_better(self) -> bool {
        matches!(
            self,
            Self::GbPerSecond | Self::MillionPerSecond | Self::Site(SiteUnit::Points)
        )
    }
}

impl Budget {
    fn meets(&self, promised: f64) -> bool {
        if self.unit.more_is_better() {
            self.measured >= promised
        } else {
            self.measured <= promised
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
        let budgets = compare(&text, "", [&[figure()], &[]], &[]).expect("well-formed");
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
    fn figures_of_the_site_have_budgets_too() {
        let text = r#"[
            {"case": "load", "figure": "KB", "site": {"budget": 250, "stretch": 150}},
            {"case": "score", "figure": "points", "site": {"budget": 95, "stretch": 100}}
        ]"#;
        let site = [("load", 200.0), ("score", 90.0)].map(|(case, measured)| SiteFigure {
            case: case.to_owned(),
            measured,
        });
        let budgets = compare(text, "", [&[], &[]], &site).expect("well-formed");
        assert_eq!(
            budgets.iter().map(Budget::told).collect::<Vec<_>>(),
            [
                "load, site: 200.00 KB, budget 250, stretch 150: holds",
                "score, site: 90.00 points, budget 95, stretch 100: missed",
            ]
        );
        compare(text, "", [&[], &[]], &site[..1]).expect_err("no score was measured");
        assert_eq!(
            compare(text, "", [&[], &[]], &[]).expect("not measured"),
            []
        );
    }

    #[test]
    fn a_promise_of_nothing_that_is_measured_is_an_error() {
        let text =
            r#"[{"case": "other", "figure": "ratio", "native": {"budget": 1, "stretch": 1}}]"#;
        let error = compare(text, "", [&[figure()], &[]], &[]).expect_err("there is no such case");
        assert_eq!(error.to_string(), "other: no such case");
        compare(
            r#"[{"case": "reader", "figure": "miles"}]"#,
            "",
            [&[], &[]],
            &[],
        )
        .expect_err("no such figure");
    }

    #[test]
    fn the_projects_own_promises_can_be_read() {
        let text = include_str!("../../../lab/benches/budgets.json");
        compare(text, "", [&[], &[]], &[]).expect("every figure is known");
    }
}
