//! Ratios: what a part of the model costs, against a yardstick that does the least that could be
//! done, both timed in this process and by turns.
//!
//! Absolute times of one machine on one day say little; identical code runs 1.3 to 2 times slower
//! beside other work. A ratio survives that, if both sides ran in the same moment.
//!
//! Natively this is a program. As wasm it is a module with one function to call, `main`, and two
//! that its host gives it: a clock and a line to write on. Each case becomes one line of JSON.

mod cases;
mod host;
mod yardsticks;

/// A part of the model and what it is measured against.
struct Case {
    yardstick: &'static str,
    /// What is counted: `event`, `byte`.
    unit: &'static str,
    /// How many units one round does, on either side.
    units_per_round: u64,
    /// Bytes that were allocated for something that the case names, where that can be counted.
    bytes: Option<f64>,
    /// Something else that was seen.
    note: Option<String>,
    /// Does so many rounds of the work, and returns something that depends on all of it.
    work: Box<dyn FnMut(u64) -> u64>,
    /// Does so many rounds of the least that could be done instead.
    least: Box<dyn FnMut(u64) -> u64>,
}

/// Pairs of runs per case.
const PAIRS: usize = 9;
/// One run is long enough for the coarse clocks of browsers.
const RUN_MS_MIN: f64 = 40.0;

fn main() {
    for (name, make) in cases::ALL {
        if !host::is_wanted(name) {
            continue;
        }
        let mut case = make();
        let work_rounds = rounds_of_a_run(&mut case.work);
        let least_rounds = rounds_of_a_run(&mut case.least);
        let mut work_ns = [0.0; PAIRS];
        let mut least_ns = [0.0; PAIRS];
        for pair in 0..PAIRS {
            least_ns[pair] = ns_per_round(&mut case.least, least_rounds);
            work_ns[pair] = ns_per_round(&mut case.work, work_rounds);
        }
        host::say(&line(name, &case, work_ns, least_ns));
    }
}

/// How many rounds take long enough, found by doubling; this also warms everything up.
fn rounds_of_a_run(run: &mut dyn FnMut(u64) -> u64) -> u64 {
    let mut rounds = 1;
    while time_ms(run, rounds) < RUN_MS_MIN {
        rounds *= 2;
    }
    rounds
}

#[expect(clippy::cast_precision_loss, reason = "so many rounds fit into no run")]
fn ns_per_round(run: &mut dyn FnMut(u64) -> u64, rounds: u64) -> f64 {
    time_ms(run, rounds) * 1e6 / rounds as f64
}

fn time_ms(run: &mut dyn FnMut(u64) -> u64, rounds: u64) -> f64 {
    let start = host::now_ms();
    std::hint::black_box(run(std::hint::black_box(rounds)));
    host::now_ms() - start
}

#[expect(clippy::cast_precision_loss, reason = "a round is small")]
fn line(name: &str, case: &Case, work_ns: [f64; PAIRS], least_ns: [f64; PAIRS]) -> String {
    let Case {
        yardstick,
        unit,
        units_per_round,
        bytes,
        note,
        ..
    } = case;
    let note = note
        .as_ref()
        .map_or(String::new(), |note| format!(r#", "note": "{note}""#));
    let bytes = bytes.map_or(String::new(), |bytes| format!(r#", "bytes": {bytes}"#));
    let per_unit = |ns: f64| ns / *units_per_round as f64;
    let work_ns = work_ns.map(per_unit);
    let least_ns = least_ns.map(per_unit);
    format!(
        r#"{{"case": "{name}", "yardstick": "{yardstick}", "unit": "{unit}", "work_ns": {work_ns:?}, "yardstick_ns": {least_ns:?}{bytes}{note}}}"#
    )
}
