//! What a chore says while it runs: each step with its result and duration, and a last line.
//!
//! Progress goes to standard error, results to standard output, so that a result can be piped on.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process::Counts;

/// The steps of one chore so far.
pub(crate) struct Report {
    start: Instant,
    lines: Vec<Line>,
    counts: Counts,
}

struct Line {
    step: String,
    outcome: Outcome,
    took: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Ok,
    Failed,
    Skipped,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            lines: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// Runs one step. A failure is told at once and remembered, so that later steps still run.
    pub(crate) fn step(
        &mut self,
        name: &str,
        about: &str,
        run: impl FnOnce(&mut Counts) -> Result<()>,
    ) -> bool {
        eprintln!("\n==> {name}: {about}");
        let start = Instant::now();
        let mut counts = Counts::default();
        let result = run(&mut counts);
        self.counts.add(counts);
        let took = start.elapsed();
        let outcome = match result {
            Ok(()) => {
                eprintln!("    {name}: ok in {}", seconds(took));
                Outcome::Ok
            }
            Err(error) => {
                eprintln!("    {name}: failed after {}: {error:#}", seconds(took));
                Outcome::Failed
            }
        };
        self.lines.push(Line {
            step: name.to_owned(),
            outcome,
            took,
        });
        outcome == Outcome::Ok
    }

    /// Notes a step that cannot run because an earlier one failed.
    pub(crate) fn skip(&mut self, name: &str, because: &str) {
        eprintln!("\n==> {name}: skipped, because {because} failed");
        let took = Duration::ZERO;
        self.lines.push(Line {
            step: name.to_owned(),
            outcome: Outcome::Skipped,
            took,
        });
    }

    /// Whether any step failed so far.
    pub(crate) fn failed(&self) -> bool {
        self.lines
            .iter()
            .any(|line| line.outcome == Outcome::Failed)
    }

    /// Prints the summary; an error if any step failed.
    pub(crate) fn finish(self) -> Result<()> {
        println!("\nstep         result   time");
        for line in &self.lines {
            let outcome = match line.outcome {
                Outcome::Ok => "ok",
                Outcome::Failed => "FAILED",
                Outcome::Skipped => "skipped",
            };
            println!("{:<12} {outcome:<8} {:>8}", line.step, seconds(line.took));
        }
        println!(
            "{:<12} {:<8} {:>8}\n",
            "all",
            "",
            seconds(self.start.elapsed())
        );
        let Counts { passed, failed } = self.counts;
        println!("{passed} passed, {failed} failed");
        let failed: Vec<&str> = self
            .lines
            .iter()
            .filter(|line| line.outcome == Outcome::Failed)
            .map(|line| line.step.as_str())
            .collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }
}

/// A duration as people say it.
pub(crate) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!(
            "{:.0} min {:02.0} s",
            (seconds / 60.0).floor(),
            (seconds % 60.0).floor()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_step_does_not_stop_the_next_but_fails_the_chore() {
        let mut report = Report::new();
        assert!(!report.step("one", "fails", |_| bail!("no")));
        assert!(report.step("two", "runs", |_| Ok(())));
        report.skip("three", "one");
        let error = report.finish().expect_err("one failed");
        assert_eq!(error.to_string(), "failed: one");
    }

    #[test]
    fn minutes_are_said_from_sixty_seconds() {
        assert_eq!(seconds(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }
}
