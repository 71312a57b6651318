//! A run of the benchmark against an earlier one.
//!
//! What is compared are the ratios, each taken in one process against its own yardstick: they mean the same
//! on another day, where absolute times do not.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Figure;

/// The ratios of an earlier run, as `--json` wrote them.
pub(super) struct Earlier(Value);

impl Earlier {
    pub(super) fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        Self::parse(&text).with_context(|| file.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let run: Value = serde_json::from_str(text).context("expected what `--json` wrote")?;
        let native = run["native"].as_array();
        native.context("expected what `--json` wrote, found no list `native`")?;
        Ok(Self(run))
    }

    /// A line for each case that both runs have.
    pub(super) fn told(&self, native: &[Figure], chromium: &[Figure]) -> String {
        let places = [("native", native), ("chromium", chromium)];
        let figures = places.into_iter().flat_map(|(place, figures)| {
            let figures = figures.iter();
            figures.map(move |figure| (place, figure))
        });
        let lines = figures.filter_map(|(place, figure)| {
            let before = self.ratio(place, &figure.case)?;
            let now = figure.ratio();
            let change = 100.0 * (now / before - 1.0);
            let case = &figure.case;
            Some(format!(
                "{case}, {place}: ratio {now:.2}, it was {before:.2} ({change:+.0} %)\n"
            ))
        });
        lines.collect()
    }

    fn ratio(&self, place: &str, case: &str) -> Option<f64> {
        let figures = self.0[place].as_array()?;
        let figure = figures.iter().find(|figure| figure["case"] == case)?;
        figure["ratio"]["median"].as_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_of_both_runs_is_told_with_its_change() {
        let line = r#"{"case": "reader", "yardstick": "memcpy", "unit": "byte",
            "work_ns": [3.0], "yardstick_ns": [2.0]}"#;
        let figure = Figure::read(line).expect("well-formed");
        let earlier = Earlier::parse(
            r#"{"native": [{"case": "reader", "ratio": {"median": 2.0}}, {"case": "other"}]}"#,
        );
        let earlier = earlier.expect("well-formed");
        let figures = [figure];
        assert_eq!(
            earlier.told(&figures, &figures),
            "reader, native: ratio 1.50, it was 2.00 (-25 %)\n"
        );
    }

    #[test]
    fn what_is_no_earlier_run_is_an_error() {
        assert!(Earlier::parse("{}").is_err());
        assert!(Earlier::parse("not JSON").is_err());
    }
}
