//! The parameters of a scenario in words: their names, why they are there, what may be written.

use protocol::{Parameter, ParameterKind, Verb};

use crate::numbers;
use crate::words::{Arg, Words};

/// The sections of the form, in the order of the file: each with the key of its title.
pub const SECTIONS: [(&str, &str); 9] = [
    ("", "sandbox.section.top"),
    ("topology", "sandbox.section.topology"),
    ("latency", "sandbox.section.latency"),
    ("workload", "sandbox.section.workload"),
    ("reads", "sandbox.section.reads"),
    ("clone", "sandbox.section.clone"),
    ("storage", "sandbox.section.storage"),
    ("wal", "sandbox.section.wal"),
    ("stop", "sandbox.section.stop"),
];

/// The mistakes that a run may be asked to make, each with the key of what it does.
pub const MISTAKES: [(&str, &str); 4] = [
    ("small-quorum", "sandbox.broken.small-quorum"),
    ("count-acks", "sandbox.broken.count-acks"),
    ("skip-epoch", "sandbox.broken.skip-epoch"),
    ("unhydrated-vote", "sandbox.broken.unhydrated-vote"),
];

/// The section in which a parameter stands.
pub fn section(path: &str) -> &str {
    path.split_once('.').map_or("", |(section, _)| section)
}

/// The name of a parameter, and why it is there.
pub fn told<'a>(words: &'a Words, path: &'a str) -> (&'a str, &'a str) {
    let text = words.say_with("parameter", path);
    text.split_once(". ").unwrap_or((text, ""))
}

/// What may be written, and what holds if nothing is.
pub fn hint(words: &Words, parameter: &Parameter) -> String {
    let range = |least: &str, most: &str| {
        words.fill(
            "sandbox.range",
            &[("least", least.into()), ("most", most.into())],
        )
    };
    let may = match &parameter.kind {
        ParameterKind::Whole {
            least,
            most: u64::MAX,
        } => range(&numbers::grouped(*least), "2⁶⁴ − 1"),
        ParameterKind::Whole { least, most } => {
            range(&numbers::grouped(*least), &numbers::grouped(*most))
        }
        ParameterKind::Number { least, most } => range(&least.to_string(), &most.to_string()),
        ParameterKind::Time => words.say("sandbox.time").to_owned(),
        ParameterKind::Interval => words.say("sandbox.interval").to_owned(),
        ParameterKind::Size { .. } => words.say("sandbox.size").to_owned(),
        ParameterKind::Delay => words.say("sandbox.delay").to_owned() + DELAYS,
        ParameterKind::Faults => {
            let names = Verb::NAMES.join(", ");
            words.fill("sandbox.faults", &[("names", Arg::Text(&names))])
        }
        ParameterKind::Flag
        | ParameterKind::Choice(_)
        | ParameterKind::Choices(_)
        | ParameterKind::Text => String::new(),
    };
    let default = match parameter.default.parse() {
        Ok(number) => numbers::grouped(number),
        Err(_) => parameter.default.clone(),
    };
    let is_told = !default.is_empty()
        && !matches!(
            parameter.kind,
            ParameterKind::Choices(_) | ParameterKind::Faults
        );
    let usual = is_told.then(|| usual(words, &default));
    let parts = [Some(may).filter(|may| !may.is_empty()), usual];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What holds if nothing is written.
pub fn usual(words: &Words, default: &str) -> String {
    words.fill("sandbox.usual", &[("default", Arg::Text(default))])
}

/// Every kind of delay once.
const DELAYS: &str = " { kind = \"constant\", ms = 5 }, { kind = \"uniform\", min_ms = 1, max_ms = 3 }, \
    { kind = \"exponential\", mean_ms = 0.3 }, { kind = \"lognormal\", median_ms = 0.3, sigma = 0.5 }, \
    { kind = \"shifted\", base_ms = 1, plus = { kind = \"exponential\", mean_ms = 0.2 } }";

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(path: &str, kind: ParameterKind, default: &str) -> Parameter {
        Parameter {
            path: path.to_owned(),
            kind,
            default: default.to_owned(),
            value: None,
        }
    }

    #[test]
    fn a_parameter_has_a_name_a_reason_and_what_may_be_written() {
        let words = Words::english();
        let (name, why) = told(&words, "topology.azs");
        assert_eq!(name, "Zones");
        assert!(why.starts_with("A zone loses"), "{why}");
        let (least, most) = (1, 1000);
        let groups = ParameterKind::Whole { least, most };
        let said = hint(
            &words,
            &parameter("topology.protection_groups", groups, "1"),
        );
        assert_eq!(said, "1 to 1,000; usually 1");
        let said = hint(&words, &parameter("stop.at", ParameterKind::Time, ""));
        assert_eq!(said, "a time such as 20ms or 2s");
        assert_eq!(section("seed"), "");
        assert_eq!(section("wal.level"), "wal");
    }
}
