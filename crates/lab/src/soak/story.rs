//! A failure as a golden script.

use std::fmt::Write as _;

use sim::Span;

use super::{Failure, GOES_ON, Setting};
use crate::golden;
use protocol::duration::ms;

pub(super) fn story(failure: &Failure) -> String {
    let mut text = format!("# Not so: {}.\n", failure.invariant);
    writeln!(text, "# Event {}: {}.", failure.event, failure.seen).expect("a string");
    text.push_str("scenario\n");
    for Setting { key, value } in &failure.case.settings {
        writeln!(text, "  {key} = {value}").expect("a string takes everything");
    }
    if failure.invariant == GOES_ON
        && let Some(at) = failure.work_until
    {
        writeln!(text, "  stop.work = \"{}ns\"", at.0).expect("a string takes everything");
    }
    if !failure.done.is_empty() {
        text.push_str("  fault = [\n");
        for (at, verb) in &failure.done {
            let at = ms(at.0);
            writeln!(text, "    {{ at = \"{at}\", do = \"{verb}\" }},").expect("a string");
        }
        text.push_str("  ]\n");
    }
    let check = if failure.invariant == GOES_ON {
        "check quiet"
    } else {
        "check"
    };
    let end = ms((failure.at + Span(1)).0);
    write!(text, "skip until {end}\n{check}\n---\n").expect("a string takes everything");
    // A script that panics stays without what it prints.
    let told = std::panic::catch_unwind(|| golden::tell(&text).map(|told| told.text));
    told.ok().and_then(Result::ok).unwrap_or(text)
}
