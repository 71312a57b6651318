//! Random worlds in random trouble.

use std::fmt::Write as _;
use std::ops::Range;
use std::panic;

use clap::Args;
use lab::Defect;
use lab::soak::{Failure, Hits, soak};
use serde_json::json;

use crate::progress;
use crate::run::Outcome;

/// Arguments of `sixfold soak`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SoakArgs {
    /// Seeds, from A up to but not including B
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    seeds: Range<u64>,
    /// The fewest events of each seed
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(..=10_000_000))]
    events: u64,
    /// Break the engine on purpose
    #[arg(long, value_name = "MISTAKE", value_parser = defect)]
    broken: Vec<Defect>,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

pub(crate) fn seeds(text: &str) -> Result<Range<u64>, String> {
    let expected = || format!("expected two whole numbers such as 0..2000, found `{text}`");
    let (from, to) = text.split_once("..").ok_or_else(expected)?;
    match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) if from < to => Ok(from..to),
        (Ok(_), Ok(_)) => Err(format!(
            "expected the second above the first, found `{text}`"
        )),
        (Err(_), _) | (_, Err(_)) => Err(expected()),
    }
}

fn defect(text: &str) -> Result<Defect, String> {
    let found = Defect::ALL.into_iter().find(|(name, _)| *name == text);
    found.map(|(_, defect)| defect).ok_or_else(|| {
        let names = Defect::ALL.map(|(name, _)| name).join(", ");
        format!("expected one of {names}, found `{text}`")
    })
}

/// What the seeds came to.
#[derive(Default)]
struct Sums {
    passed: u64,
    events: u64,
    events_least: Option<u64>,
    hits: Hits,
}

/// Runs each seed until one fails.
pub(crate) fn run(args: &SoakArgs) -> Outcome {
    // A panic is a failure that is told at the end, with its seed.
    panic::set_hook(Box::new(|_| {}));
    let bar = progress::bar(args.seeds.end - args.seeds.start);
    let mut sums = Sums::default();
    let mut failed = None;
    for seed in args.seeds.clone() {
        match soak(seed, &args.broken, args.events) {
            Ok(passed) => {
                let least = sums.events_least.unwrap_or(passed.events);
                sums.events_least = Some(least.min(passed.events));
                sums.passed += 1;
                sums.events += passed.events;
                sums.hits.add(&passed.hits);
            }
            Err(failure) => {
                failed = Some((seed, failure));
                break;
            }
        }
        bar.inc(1);
    }
    let failed = failed.map(|(seed, failure)| {
        let spinner = progress::counter("cases tried to find a shorter one");
        let shrunk = failure.clone().shrunk(|| spinner.inc(1));
        (seed, failure, shrunk)
    });
    drop(bar);
    drop(panic::take_hook());
    let sound = failed.is_none();
    let failed = failed
        .as_ref()
        .map(|(seed, found, shrunk)| (*seed, &**found, shrunk));
    let text = if args.json {
        to_json(&sums, failed)
    } else {
        to_text(&sums, failed)
    };
    Outcome { text, sound }
}

type Failed<'a> = Option<(u64, &'a Failure, &'a Failure)>;

fn to_text(sums: &Sums, failed: Failed<'_>) -> String {
    let mut text = String::new();
    let mut say = |name: &str, value: &str| {
        writeln!(text, "{value:>14}  {name}").expect("a string takes everything");
    };
    say("seeds passed", &sums.passed.to_string());
    say("events", &sums.events.to_string());
    let per_seed = sums.events.checked_div(sums.passed);
    for (name, value) in [
        ("events of a seed, on average", per_seed),
        ("events of a seed, at least", sums.events_least),
    ] {
        say(
            name,
            &value.map_or("none".to_owned(), |value| value.to_string()),
        );
    }
    for (name, count) in sums.hits.iter() {
        say(name, &count.to_string());
    }
    if let Some((seed, found, shrunk)) = failed {
        let (event, invariant, seen) = (found.event, found.invariant, &found.seen);
        write!(
            text,
            "\nseed {seed}, event {event}: not so: {invariant}: {seen}\n\n{}",
            shrunk.story()
        )
        .expect("a string takes everything");
    }
    text
}

fn to_json(sums: &Sums, failed: Failed<'_>) -> String {
    let hits: serde_json::Map<_, _> = sums
        .hits
        .iter()
        .map(|(name, count)| (name.to_owned(), json!(count)))
        .collect();
    let failed = failed.map(|(seed, found, shrunk)| {
        json!({
            "seed": seed,
            "event": found.event,
            "invariant": found.invariant,
            "seen": found.seen,
            "script": shrunk.story(),
        })
    });
    let object = json!({
        "seeds_passed": sums.passed,
        "events": { "total": sums.events, "least_of_a_seed": sums.events_least },
        "hits": hits,
        "failed": failed,
    });
    format!("{object}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(broken: Vec<Defect>, json: bool) -> SoakArgs {
        SoakArgs {
            seeds: 0..2,
            events: 500,
            broken,
            json,
        }
    }

    #[test]
    fn what_holds_is_told_in_sums() {
        let outcome = run(&args(Vec::new(), false));
        assert!(outcome.sound);
        assert!(outcome.text.starts_with("             2  seeds passed\n"));
        let json: serde_json::Value =
            serde_json::from_str(&run(&args(Vec::new(), true)).text).unwrap();
        assert_eq!(
            (&json["seeds_passed"], &json["failed"]),
            (&json!(2), &json!(null))
        );
    }

    #[test]
    fn what_does_not_hold_is_told_with_its_seed_and_a_script() {
        let outcome = run(&args(vec![Defect::SmallQuorum], false));
        assert!(!outcome.sound);
        assert!(
            outcome.text.contains("\nseed 0, event "),
            "{}",
            outcome.text
        );
        assert!(outcome.text.contains("\nscenario\n"), "{}", outcome.text);
        let json: serde_json::Value =
            serde_json::from_str(&run(&args(vec![Defect::SmallQuorum], true)).text).unwrap();
        assert_eq!(json["failed"]["seed"], json!(0));
    }

    #[test]
    fn seeds_and_mistakes_are_read_strictly() {
        assert_eq!(seeds("3..20"), Ok(3..20));
        for bad in ["", "3", "3..", "..3", "3..3", "4..3", "-1..3", "0..=3"] {
            assert!(seeds(bad).unwrap_err().contains(bad), "{bad}");
        }
        assert_eq!(defect("count-acks"), Ok(Defect::CountAcks));
        assert!(
            defect("count")
                .unwrap_err()
                .starts_with("expected one of small-quorum, ")
        );
    }
}
