//! A case for a seed: what there is, how long things take, what is done to it.

use engine_quorum::Defect;
use protocol::Verb;
use sim::{SimTime, Span, Stream};

use super::faults::{Dice, KINDS, Kind};
use super::servers::{self, Engines};
use super::{Case, End, Setting};

/// After this time everything is mended.
const CHAOS_MAX: Span = Span::from_millis(400);

/// The case of a seed.
pub(super) fn draw(seed: u64, broken: &[Defect], events: u64) -> Case {
    let mut settings = Vec::new();
    let mut set = |key, value: String| settings.push(Setting { key, value });
    set("seed", seed.to_string());
    if !broken.is_empty() {
        let names = Defect::ALL
            .iter()
            .filter(|(_, defect)| broken.contains(defect));
        let names: Vec<_> = names.map(|(name, _)| format!("\"{name}\"")).collect();
        set("broken", format!("[{}]", names.join(", ")));
    }
    let (azs, per_az) = topology(seed, broken, &mut set);
    latency(seed, &mut set);
    storage(seed, &mut set);
    workload(seed, &mut set);
    let (mut deeds, mended_at) = faults(seed, azs, per_az);
    // Mistakes are the quorum engine's.
    let engines = match broken {
        [] => servers::engines(seed),
        _ => Engines::Quorum,
    };
    if let Some(name) = engines.name() {
        set("engine", format!("\"{name}\""));
        let standbys = servers::settings(seed, &mut set);
        deeds.retain(|_| engines == Engines::Both);
        deeds.extend(servers::faults(seed, engines, azs, standbys, mended_at));
        deeds.sort_by_key(|(at, _)| *at);
    }
    Case {
        settings,
        deeds,
        end: End::Mended {
            at: mended_at,
            events,
        },
    }
}

pub(super) fn pick<'a, T>(stream: &mut Stream, choices: &'a [T]) -> &'a T {
    let place = stream.below(choices.len() as u64);
    &choices[usize::try_from(place).expect("a place in a list")]
}

fn topology(seed: u64, broken: &[Defect], set: &mut impl FnMut(&'static str, String)) -> (u8, u8) {
    let mut stream = Stream::new(seed, "soak topology");
    let small = broken.contains(&Defect::SmallQuorum);
    // Half of all volumes are those of the papers.
    let usual = small || stream.below(2) == 0;
    let mut count = |least: u64, most: u64| least + stream.below(most - least + 1);
    let (azs, per_az) = if usual {
        (3, 2)
    } else {
        (count(1, 3), count(1, 3))
    };
    let copies = azs * per_az;
    let (write, read) = match (small, usual) {
        (true, _) => (3, 3),
        (false, true) => (4, 3),
        (false, false) => {
            let write = count(copies / 2 + 1, copies);
            (write, count(copies - write + 1, copies))
        }
    };
    set("topology.azs", azs.to_string());
    set("topology.segments_per_az", per_az.to_string());
    set("topology.write_quorum", write.to_string());
    set("topology.read_quorum", read.to_string());
    set("topology.protection_groups", count(1, 4).to_string());
    let lal = pick(&mut stream, &[1, 5, 20, 1000, 10_000_000_u64]);
    set("topology.lal", lal.to_string());
    let gossip = pick(&mut stream, &[2, 5, 20]);
    set("topology.gossip", format!("\"{gossip}ms\""));
    // So that who joins has copied it within milliseconds.
    let gb = pick(&mut stream, &["0.000001", "0.0001", "0.001"]);
    set("topology.segment_gb", (*gb).to_owned());
    if usual && !small && stream.below(4) == 0 {
        set("topology.layout", "\"full-tail\"".to_owned());
    }
    (
        u8::try_from(azs).expect("few"),
        u8::try_from(per_az).expect("few"),
    )
}

fn latency(seed: u64, set: &mut impl FnMut(&'static str, String)) {
    let mut stream = Stream::new(seed, "soak latency");
    set(
        "latency.order",
        format!("\"{}\"", pick(&mut stream, &["fifo", "free"])),
    );
    for (key, ms) in [
        ("latency.in_az", [0.05, 0.1, 0.3]),
        ("latency.cross_az", [0.2, 0.5, 1.0]),
        ("latency.disk", [0.1, 0.3, 1.0]),
    ] {
        let ms = pick(&mut stream, &ms);
        let delay = match stream.below(3) {
            0 => format!("{{ kind = \"constant\", ms = {ms} }}"),
            1 => format!("{{ kind = \"exponential\", mean_ms = {ms} }}"),
            _ => format!("{{ kind = \"lognormal\", median_ms = {ms}, sigma = 1.0 }}"),
        };
        set(key, delay);
    }
    set(
        "latency.disk_depth",
        pick(&mut stream, &[1, 4, 32]).to_string(),
    );
    set(
        "latency.boxcar_us",
        pick(&mut stream, &[0, 100, 1000]).to_string(),
    );
}

fn storage(seed: u64, set: &mut impl FnMut(&'static str, String)) {
    let mut stream = Stream::new(seed, "soak storage");
    let records = pick(&mut stream, &[1, 4, 16, 1000]);
    set("storage.coalesce_records", records.to_string());
    for key in ["storage.backup", "storage.collect", "storage.scrub"] {
        let every = pick(&mut stream, &["2ms", "10ms", "10ms", "100ms", "1s"]);
        set(key, format!("\"{every}\""));
    }
    let backlog = pick(&mut stream, &[1, 10_000, 67_108_864]);
    set("storage.backlog_bytes", backlog.to_string());
    let archive = pick(&mut stream, &[1, 10]);
    let archive = format!("{{ kind = \"constant\", ms = {archive} }}");
    set("latency.archive", archive);
    // Half of all logs forget what nobody needs.
    let mut stream = Stream::new(seed, "soak forgetting");
    if stream.below(2) == 0 {
        let window = pick(&mut stream, &["1ms", "20ms", "200ms"]);
        set("storage.restore_window", format!("\"{window}\""));
        let keep = pick(&mut stream, &[0, 10, 1000]);
        set("storage.keep_records", keep.to_string());
    }
}

fn workload(seed: u64, set: &mut impl FnMut(&'static str, String)) {
    let mut stream = Stream::new(seed, "soak workload");
    let oltp = stream.below(2) == 0;
    let kind = if oltp { "oltp" } else { "insert" };
    set("workload.kind", format!("\"{kind}\""));
    if stream.below(3) == 0 {
        let rate = pick(&mut stream, &[200, 500, 1000]);
        set("workload.rate", rate.to_string());
        let arrival = pick(&mut stream, &["fixed", "poisson"]);
        set("workload.arrival", format!("\"{arrival}\""));
    } else {
        let clients = pick(&mut stream, &[1, 3, 8, 32]);
        set("workload.clients", clients.to_string());
    }
    let records = (stream.below(4) + 1).to_string();
    if oltp {
        set("workload.writes_per_txn", records);
        let reads = stream.below(5) + 1;
        set("workload.reads_per_txn", reads.to_string());
        let read_only = pick(&mut stream, &["0.0", "0.5"]);
        set("workload.read_only", (*read_only).to_owned());
        if stream.below(2) == 0 {
            let ms = pick(&mut stream, &[1, 20]);
            set("workload.snapshot_ms", ms.to_string());
        }
        if stream.below(2) == 0 {
            set("workload.skew", "\"zipf\"".to_owned());
        }
        let pages = pick(&mut stream, &[0, 1, 5, 10_000]);
        set("reads.cache_pages", pages.to_string());
        let hedging = pick(&mut stream, &["on", "off"]);
        set("reads.hedging", format!("\"{hedging}\""));
    } else {
        set("workload.records_per_commit", records);
    }
    let bytes = pick(&mut stream, &[32, 128, 1000]);
    set("workload.record_bytes", bytes.to_string());
    let pages = pick(&mut stream, &[1, 10, 10_000]);
    set("workload.pages", pages.to_string());
    match stream.below(3) {
        0 => {
            let rate = pick(&mut stream, &[100, 500]);
            set("clone.rate", rate.to_string());
        }
        1 => {
            let clients = pick(&mut stream, &[1, 4]);
            set("clone.clients", clients.to_string());
        }
        _ => {}
    }
}

/// Deeds by rising time, and when they are to be mended.
fn faults(seed: u64, azs: u8, per_az: u8) -> (Vec<(SimTime, Verb)>, SimTime) {
    let mut stream = Stream::new(seed, "soak faults");
    let chances = Chances::draw(&mut stream, &KINDS);
    let mended_at = SimTime::START + Span(stream.below(CHAOS_MAX.0) + 10_000_000);
    let dice = Dice {
        stream: &mut stream,
        now: SimTime::START,
        azs,
        per_az,
        standbys: 0,
    };
    (chances.deeds(&KINDS, dice, mended_at), mended_at)
}

/// How often something is done, and what.
pub(super) struct Chances {
    /// Of each kind.
    weights: Vec<u64>,
    gap_max: u64,
}

impl Chances {
    /// A kind has no weight in one of three cases, so that the others stand out.
    pub(super) fn draw(stream: &mut Stream, kinds: &[Kind]) -> Self {
        let weights = kinds
            .iter()
            .map(|_| stream.below(3) * (stream.below(8) + 1));
        Self {
            weights: weights.collect(),
            gap_max: *pick(stream, &[5_000_000, 15_000_000, 40_000_000]),
        }
    }

    /// Deeds by rising time, before `until`.
    pub(super) fn deeds(
        &self,
        kinds: &[Kind],
        mut dice: Dice<'_>,
        until: SimTime,
    ) -> Vec<(SimTime, Verb)> {
        let all: u64 = self.weights.iter().sum();
        let mut deeds = Vec::new();
        if all == 0 {
            return deeds;
        }
        loop {
            dice.now = dice.now + Span(dice.stream.below(self.gap_max) + 1);
            if dice.now >= until {
                deeds.sort_by_key(|(at, _)| *at);
                return deeds;
            }
            let mut drawn = dice.stream.below(all);
            let kind = kinds.iter().zip(&self.weights).find(|(_, weight)| {
                let found = drawn < **weight;
                drawn = drawn.saturating_sub(**weight);
                found
            });
            let (kind, _) = kind.expect("it was drawn below the sum");
            let mut when = dice.now;
            for (after, verb) in (kind.draw)(&mut dice) {
                when = when + after;
                if when < until {
                    deeds.push((when, verb));
                }
            }
        }
    }
}
