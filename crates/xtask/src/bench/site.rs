//! The built site: how large it is, how soon it is there, and what it costs while it plays.
//!
//! Everything is seen in headless Chromium by scripts of `crates/e2e`; each prints one object.

use anyhow::Result;
use serde_json::{Value, json};

use super::size::{self, Sizes};
use super::{ask_the_site, number};
use crate::setup::{self, Need};
use crate::workspace::Workspace;

/// One figure that something may be promised of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SiteFigure {
    pub(super) case: String,
    pub(super) measured: f64,
}

/// What was seen of the site.
pub(super) struct Site {
    sizes: Sizes,
    lighthouse: Value,
    frames: Value,
    seeks: Value,
    memory: Value,
}

/// Looks at the site that was just built.
pub(super) fn measure(workspace: &Workspace, open_minutes: u32) -> Result<Site> {
    setup::ensure(workspace, &[Need::Lighthouse])?;
    let minutes = open_minutes.to_string();
    Ok(Site {
        sizes: size::sizes(workspace)?,
        lighthouse: ask_the_site(workspace, "lighthouse/run.js", &[])?,
        frames: ask_the_site(workspace, "frames.js", &[])?,
        seeks: ask_the_site(workspace, "seek.js", &[])?,
        memory: ask_the_site(workspace, "worker-memory.js", &[minutes.as_ref()])?,
    })
}

impl Site {
    pub(super) fn figures(&self) -> Vec<SiteFigure> {
        let figure = |case: &str, measured| SiteFigure {
            case: case.to_owned(),
            measured,
        };
        let mebibytes = |bytes: f64| bytes / f64::from(1 << 20);
        let memory = memory(&self.memory);
        let (first, last) = (memory.first().copied(), memory.last().copied());
        let grown = last
            .zip(first)
            .map_or(f64::NAN, |(last, first)| last - first);
        let lighthouse = |key: &str| number(&self.lighthouse[key]);
        let seeks = rows(&self.seeks).map(|row| {
            let case = format!("seek among {} events", row["history"]);
            figure(&case, number(&row["frames_most"]))
        });
        let mut figures = vec![
            figure("first load", self.sizes.first_load_kb()),
            figure("engine worker", self.sizes.worker_kb()),
            figure("Lighthouse, phone", lighthouse("score")),
            figure("Lighthouse, phone: LCP", lighthouse("lcp_ms") / 1e3),
            figure("Lighthouse, phone: TBT", lighthouse("tbt_ms")),
            figure("main thread per frame", self.worst("task_ms")),
            figure("longest task while it plays", self.worst("longest_task_ms")),
            figure("worker memory", mebibytes(last.unwrap_or(f64::NAN))),
            figure("worker memory: growth", mebibytes(grown)),
        ];
        figures.extend(seeks);
        figures
    }

    /// The dearest of the runs that were played.
    fn worst(&self, key: &str) -> f64 {
        rows(&self.frames)
            .map(|row| number(&row[key]))
            .fold(f64::NAN, f64::max)
    }

    /// One line for each thing that was seen.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = self.sizes.lines();
        let of = |key: &str| number(&self.lighthouse[key]);
        lines.push(format!(
            "Lighthouse, phone: {} points; FCP {:.2} s, LCP {:.2} s, TBT {:.0} ms, CLS {:.3}, speed index \
             {:.2} s; accessibility {}, best practices {}, SEO {}",
            of("score"),
            of("fcp_ms") / 1e3,
            of("lcp_ms") / 1e3,
            of("tbt_ms"),
            of("cls"),
            of("speed_index_ms") / 1e3,
            of("accessibility"),
            of("best_practices"),
            of("seo"),
        ));
        for row in rows(&self.frames) {
            lines.push(format!(
                "{} at {}: main thread {:.1} ms a frame, {:.1} of it scripts; {:.0} frames a second; longest \
                 task {:.0} ms; at most {} messages moving; {} elements",
                row["run"].as_str().unwrap_or_default(),
                row["speed"].as_str().unwrap_or_default(),
                number(&row["task_ms"]),
                number(&row["script_ms"]),
                number(&row["frames_per_s"]),
                number(&row["longest_task_ms"]),
                row["moving"],
                row["nodes"],
            ));
        }
        for row in rows(&self.seeks) {
            lines.push(format!(
                "{} seeks among {} events: {} animation frames until the state is shown, at most {}",
                row["seeks"], row["events"], row["frames_median"], row["frames_most"],
            ));
        }
        lines.push(format!(
            "worker memory, a page that plays for {} min, {} events: MiB by the way: {}",
            self.memory["minutes"],
            self.memory["events"],
            super::mebibytes(&self.memory["memory_bytes"]),
        ));
        lines
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "sizes": self.sizes.to_json(),
            "lighthouse": self.lighthouse,
            "frames": self.frames,
            "seeks": self.seeks,
            "memory": self.memory,
        })
    }
}

fn rows(of: &Value) -> impl Iterator<Item = &Value> {
    of["rows"].as_array().into_iter().flatten()
}

fn memory(seen: &Value) -> Vec<f64> {
    let sizes = seen["memory_bytes"].as_array().into_iter().flatten();
    sizes.map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_run_and_the_growth_of_memory_count() {
        let site = Site {
            sizes: Sizes::read(&json!({"files": [], "recordings": []})),
            lighthouse: json!({"score": 98, "lcp_ms": 1500, "tbt_ms": 20}),
            frames: json!({"rows": [
                {"task_ms": 3.0, "longest_task_ms": 20},
                {"task_ms": 4.0, "longest_task_ms": 12},
            ]}),
            seeks: json!({"rows": [{"history": 10_000, "frames_median": 1, "frames_most": 2}]}),
            memory: json!({"memory_bytes": [8 << 20, 9 << 20, 10 << 20]}),
        };
        let figures = site.figures();
        for (case, measured) in [
            ("Lighthouse, phone: LCP", 1.5),
            ("main thread per frame", 4.0),
            ("longest task while it plays", 20.0),
            ("worker memory", 10.0),
            ("seek among 10000 events", 2.0),
            ("worker memory: growth", 2.0),
        ] {
            let case = case.to_owned();
            assert!(figures.contains(&SiteFigure { case, measured }));
        }
    }
}
