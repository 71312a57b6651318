//! Runs a scenario to its end and says what came of it.

mod servers;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;
use lab::{
    Checker, Durations, INVARIANTS, Recording, Recovered, Scenario, Schedule, Script, SimTime,
    Violation, Volume, Wanted, Workload, World, parse_span,
};
use player::{Asked, asked};
use protocol::link::{Link, Origin, Stamp, is_link};
use protocol::{Problem, SeekTo, Source, VolumeView, WalReport};
use serde_json::{Value, json};

use crate::{progress, wal_files};

/// Arguments of `sixfold run`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RunArgs {
    /// Scenario file, or a link of the page, or the file of one: the run up to the place that it names
    #[arg(value_name = "FILE|LINK")]
    what: String,
    /// Another seed than the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Stop at this model time, such as 2s or 150ms
    #[arg(long, value_name = "T", value_parser = model_time)]
    at: Option<SimTime>,
    /// WAL files for a scenario that plays one, and folders of them, in any order
    #[arg(long, value_name = "FILE_OR_FOLDER", num_args = 1..)]
    wal: Vec<PathBuf>,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// Arguments of `sixfold wal replay`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReplayArgs {
    /// WAL files, packed or not, and folders of them, in any order
    #[arg(required = true, value_name = "FILE_OR_FOLDER")]
    files: Vec<PathBuf>,
    /// Go on behind damage, where whole records follow
    #[arg(long)]
    skip_damaged: bool,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// What a command has to say, and whether all was well.
pub(crate) struct Outcome {
    /// For standard output.
    pub(crate) text: String,
    /// Every invariant held, and no file was damaged.
    pub(crate) sound: bool,
}

/// How `wal replay` plays: on both engines, with the topology, servers and delays that a scenario has
/// when it says nothing.
const REPLAY: &str =
    "format = 1\nname = \"replay\"\nengine = \"both\"\n[workload]\nkind = \"wal-file\"\n";

/// Events between two looks at how far a run has come.
const EVENTS_PER_LOOK: u64 = 4096;

/// What is to be run, with the name that errors give it.
struct Planned {
    name: String,
    asked: Asked,
    seed: Option<u64>,
    /// Where to stop; at the end if it says nothing.
    until: Option<SeekTo>,
    /// What the state was there for whoever wrote it down.
    state: Option<Stamp>,
    /// What a link says it runs.
    origin: Option<Origin>,
}

impl Planned {
    fn of_file(name: &str, text: String) -> Result<Self, String> {
        let asked = asked(&Source::Text(text), &[], &[]);
        Ok(Self {
            asked: asked.map_err(|problem| format!("{name}: {}", problem.text))?,
            name: name.to_owned(),
            seed: None,
            until: None,
            state: None,
            origin: None,
        })
    }

    fn of_link(name: &str, text: &str) -> Result<Self, String> {
        let link = read_link(name, text)?;
        let source = link.origin.source();
        let asked = asked(&source, &link.changes, &link.edits)
            .map_err(|problem| format!("{name}: {}", told(&problem)))?;
        tell(name, &asked.left_out);
        Ok(Self {
            name: name.to_owned(),
            asked,
            seed: link.seed,
            until: Some(link.cursor),
            state: link.state,
            origin: Some(link.origin),
        })
    }

    fn new(what: &str) -> Result<Self, String> {
        let text = link_text(what)?;
        if text == what {
            Self::of_link("the link", &text)
        } else if is_link(&text) {
            Self::of_link(what, &text)
        } else {
            Self::of_file(what, text)
        }
    }
}

/// Reads a link, and says on standard error what of it is not as it was written.
pub(crate) fn read_link(name: &str, text: &str) -> Result<Link, String> {
    let reading = Link::read(text).map_err(|problem| format!("{name}: {}", told(&problem)))?;
    if reading.edited {
        eprintln!("{name}: its check does not fit: it was edited by hand, or a part is lost");
    }
    tell(name, &reading.left_out);
    Ok(reading.link)
}

/// The text of a link, as it was given or as it stands in the file of this name.
pub(crate) fn link_text(what: &str) -> Result<String, String> {
    let fragment = what.split_once('#').map_or(what, |(_, fragment)| fragment);
    if is_link(fragment) {
        return Ok(what.to_owned());
    }
    fs::read_to_string(what).map_err(|e| format!("{what}: {e}"))
}

/// Says what was left out.
pub(crate) fn tell(name: &str, left_out: &[Problem]) {
    for problem in left_out {
        eprintln!("{name}: left out: {}", told(problem));
    }
}

pub(crate) fn told(problem: &Problem) -> String {
    match &problem.place {
        Some(place) => format!("{place}: {}", problem.text),
        None => problem.text.clone(),
    }
}

/// Runs a scenario file, or a link up to its place.
pub(crate) fn run(args: &RunArgs) -> Result<Outcome, String> {
    let Planned {
        name,
        asked,
        seed,
        mut until,
        state,
        origin,
    } = Planned::new(&args.what)?;
    let mut scenario = asked.scenario;
    if let Some(at) = args.at {
        scenario.stop.at = Some(scenario.stop.at.map_or(at, |stop| stop.min(at)));
        until = None;
    }
    let recording = recording(&name, &mut scenario.workload, origin.as_ref(), &args.wal)?;
    if scenario.stop == lab::Stop::default() && recording.is_none() && until.is_none() {
        return Err(format!(
            "{name}: the run never ends: expected a [stop] or --at T"
        ));
    }
    let seed = args.seed.or(seed).unwrap_or(scenario.seed);
    let mut schedule = Schedule::new(&scenario);
    for edit in &asked.edits {
        schedule.add(SimTime(edit.at_ns), edit.verb);
    }
    let script = Script {
        scenario,
        seed,
        recording,
    };
    let (world, violated) = finish(script, &schedule, until);
    let same_run = until.is_some() && args.seed.is_none();
    if let Some(Stamp { model, hash }) = state.filter(|_| same_run)
        && hash != world.state_hash()
    {
        let (ours, there) = (protocol::MODEL, protocol::hex(hash));
        eprintln!(
            "{name}: made with model {model}, which is {ours} here: the state at this moment \
             differs from {there}"
        );
    }
    let summary = summary(&world, &violated);
    let text = if args.json {
        format!("{summary}\n")
    } else {
        table(&summary)
    };
    Ok(Outcome {
        text,
        sound: violated.is_empty(),
    })
}

/// The recording that a workload plays: from these files, or the one that the project ships.
fn recording(
    name: &str,
    workload: &mut Workload,
    origin: Option<&Origin>,
    files: &[PathBuf],
) -> Result<Option<Rc<Recording>>, String> {
    let (digest, speed) = match (workload, origin) {
        (Workload::Insert { .. } | Workload::Oltp(_), _) if files.is_empty() => return Ok(None),
        (Workload::Insert { .. } | Workload::Oltp(_), _) => {
            return Err(format!(
                "{name}: the scenario plays no WAL: expected no --wal"
            ));
        }
        (Workload::WalFile { .. }, Some(Origin::Shipped(_))) if files.is_empty() => {
            return Ok(Some(player::shipped_recording()));
        }
        (Workload::WalFile { .. }, _) if files.is_empty() => {
            return Err(format!(
                "{name}: the scenario plays a WAL: expected --wal FILE, found none"
            ));
        }
        (Workload::WalFile { speed, .. }, Some(Origin::OwnWal(digest))) => {
            (Some(digest.clone()), Some(speed))
        }
        (Workload::WalFile { digest, .. }, _) => (digest.clone(), None),
    };
    let imported = wal_files::import(files, Wanted::default(), None)?;
    let sound = wal_files::tell(&imported.findings)?;
    if let Some(damage) = imported.findings.first_error().filter(|_| !sound) {
        return Err(format!(
            "{name}: expected WAL without damage, found {damage}"
        ));
    }
    let recording = imported.recording;
    if let Some(expected) = digest.filter(|digest| *digest != recording.digest) {
        let found = recording.digest;
        return Err(format!(
            "{name}: expected WAL with the digest {expected}, found {found}"
        ));
    }
    if let Some(speed) = speed {
        // As the page plays it.
        *speed = f64::from(player::pace(&imported.report));
    }
    Ok(Some(Rc::new(recording)))
}

/// Feeds WAL files to both engines, and says what each writes for them.
pub(crate) fn replay(args: &ReplayArgs) -> Result<Outcome, String> {
    let wanted = Wanted {
        skip_damaged: args.skip_damaged,
        ..Wanted::default()
    };
    let imported = wal_files::import(&args.files, wanted, None)?;
    let is_whole = wal_files::tell(&imported.findings)?;
    let (recording, report) = (imported.recording, imported.report);
    let scenario = Scenario::parse(REPLAY).expect("a test runs it");
    let (seed, recording) = (scenario.seed, Some(Rc::new(recording)));
    let schedule = Schedule::new(&scenario);
    let script = Script {
        scenario,
        seed,
        recording,
    };
    let (world, violated) = finish(script, &schedule, None);
    let mut summary = summary(&world, &violated);
    summary["recording"] = recorded(&report);
    summary["written"] = servers::compared(&world);
    let text = if args.json {
        format!("{summary}\n")
    } else {
        table(&summary)
    };
    Ok(Outcome {
        text,
        sound: violated.is_empty() && is_whole,
    })
}

fn model_time(text: &str) -> Result<SimTime, String> {
    let expected = "expected a time with its unit, such as 2s or 150ms";
    parse_span(text)
        .map(|span| SimTime(span.0))
        .ok_or_else(|| expected.to_owned())
}

/// Runs to the end, or to a place before it.
pub(crate) fn finish(
    script: Script,
    schedule: &Schedule,
    until: Option<SeekTo>,
) -> (World, Vec<Violation>) {
    let mut world = World::new(&Rc::new(script));
    let mut checker = Checker::new(&world);
    let mut lines = Vec::new();
    let bar = progress::bar(1000);
    let goes_on = |world: &World| until.is_none_or(|place| !world.has_reached(schedule, place));
    while goes_on(&world) && world.step(schedule, &mut lines) {
        if world.events().is_multiple_of(EVENTS_PER_LOOK) {
            bar.set_position(permille(&world));
        }
        for line in lines.drain(..) {
            checker.read(&line, &world);
        }
    }
    let violated = checker.finish(&world);
    (world, violated)
}

/// How much of the run is over, by whatever ends it.
fn permille(world: &World) -> u64 {
    let Script {
        scenario,
        recording,
        ..
    } = world.script();
    let part = |(done, of): (u64, u64)| {
        let share = u128::from(done) * 1000 / u128::from(of.max(1));
        u64::try_from(share).unwrap_or(1000)
    };
    let (now, commits) = (world.now().0, world.tally().commits_acked);
    let parts = [
        scenario.stop.at.map(|at| (now, at.0)),
        scenario.stop.commits.map(|of| (commits, of)),
        recording
            .as_ref()
            .map(|recording| (world.log().last().0, recording.changes.len() as u64)),
    ];
    parts.into_iter().flatten().map(part).max().unwrap_or(0)
}

pub(crate) fn summary(world: &World, violated: &[Violation]) -> Value {
    let mut summary = json!({
        "model": protocol::MODEL,
        "scenario": world.script().scenario.name,
        "seed": protocol::hex(world.script().seed),
        "trace_hash": protocol::hex(world.trace_hash()),
        "state_hash": protocol::hex(world.state_hash()),
        "events": world.events(),
        "sim_time_ns": world.now().0,
        "invariants": {
            "checked": INVARIANTS,
            "violated": violated
                .iter()
                .map(|v| json!({ "invariant": v.invariant, "event": v.event, "seen": v.seen }))
                .collect::<Vec<_>>(),
        },
    });
    let has_quorum = world.script().scenario.engine.has_quorum();
    match (has_quorum.then(|| quorum(world)), servers::figures(world)) {
        (Some(quorum), Some(wal)) => {
            summary["quorum"] = quorum;
            summary["wal"] = wal;
        }
        (alone, other) => {
            let figures = alone.or(other).map(|figures| figures.as_object().cloned());
            let summary = summary.as_object_mut().expect("it was made as one");
            summary.extend(figures.flatten().expect("an engine runs"));
        }
    }
    summary
}

/// What came of a run with the quorum engine.
fn quorum(world: &World) -> Value {
    let tally = world.tally();
    let points = world.writer().points();
    let scls = |group| -> Vec<_> {
        let members = world.first().members().members();
        members
            .iter()
            .map(|node| world.nodes()[node.index()].segment(group).scl().0)
            .collect()
    };
    let mut figures = json!({
        "commits": { "acked": tally.commits_acked, "latency_ms": latency(tally.latencies()) },
        "points": {
            "vcl": points.vcl().0,
            "vdl": points.vdl().0,
            "pgcl": world.groups().map(|group| points.pgcl(group).0).collect::<Vec<_>>(),
            "scl": world.groups().map(scls).collect::<Vec<_>>(),
        },
        "bytes": {
            "log_to_storage": tally.bytes_to_storage,
            // Pages are made where they are stored.
            "pages_to_storage": 0,
            "archive": world.first().archive().bytes(),
        },
        "ios": { "to_storage": tally.ios_to_storage },
        "recovery": tally.recoveries.iter().map(recovery).collect::<Vec<_>>(),
    });
    if world.script().scenario.reads.is_some() {
        figures["reads"] = reads(world);
        figures["cache"] = cache(world);
    }
    if world.volumes().len() > 1 {
        figures["pages"] = json!({ "each": world.pages(), "stored": world.pages_held() });
        figures["volumes"] = volumes(world);
    }
    figures
}

/// Pages read from storage. What the cache had took no time, and is not among them.
fn reads(world: &World) -> Value {
    let (tally, reads) = (world.tally(), &world.tally().reads);
    json!({
        "latency_ms": latency(reads.latency()),
        "hedged": reads.hedged,
        "refused": reads.refused,
        "read_only_transactions": tally.read_only,
    })
}

fn cache(world: &World) -> Value {
    let counts = world.first().cache_counts();
    json!({
        "hits": counts.hits,
        "misses": counts.misses,
        "evictions": counts.evictions,
    })
}

/// The volumes, where there is more than one.
fn volumes(world: &World) -> Value {
    let views = player::volumes(world).into_iter().zip(world.volumes());
    let volume = |(view, volume): (VolumeView, &Volume)| {
        let origin = volume.origin().map(|origin| {
            let changed = origin.changed();
            json!({
                "volume": origin.source.to_string(),
                "at": origin.at.0,
                "shares": view.shares,
                "restored": view.restored,
                "changed": {
                    "here": changed.here,
                    "there": changed.there,
                    "both": changed.both,
                },
            })
        });
        json!({
            "id": view.id.to_string(),
            "state": view.state,
            "origin": origin,
            "vdl": view.vdl,
            "commits": {
                "acked": view.commits_acked,
                "latency_ms": latency(volume.tally().latencies()),
            },
        })
    };
    views.map(volume).collect()
}

fn recovery(recovered: &Recovered) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds for people")]
    let took_ms = recovered.took.0 as f64 / 1e6;
    json!({
        "at_ns": recovered.asked_at.0,
        "took_ms": took_ms,
        // Nothing is replayed.
        "redo_bytes": 0,
        "vdl": recovered.vdl.0,
        "truncated_from": recovered.vdl.0 + 1,
        "truncated_to": recovered.annulled_until.0,
    })
}

fn latency(durations: &Durations) -> Value {
    let histogram = durations.histogram();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds for people")]
    let at = |quantile| durations.at(quantile) as f64 / 1e6;
    json!({
        "count": histogram.len(),
        "mean": durations.mean_ns() / 1e6,
        "p50": at(0.5),
        "p95": at(0.95),
        "p99": at(0.99),
        "p999": at(0.999),
        "p9999": at(0.9999),
        "max": at(1.0),
    })
}

fn recorded(report: &WalReport) -> Value {
    let WalReport {
        total,
        transactions,
        volume,
        ..
    } = report;
    json!({
        "records": total.records,
        "record_bytes": total.record_bytes,
        "image_bytes": total.image_bytes,
        "commits": transactions.commits,
        "aborts": transactions.aborts,
        "left_out": volume.left_out,
        "redo_records": volume.records,
        "redo_bytes": volume.bytes,
        "estimated_records": volume.estimated_records,
        "estimated_bytes": volume.estimated_bytes,
    })
}

/// The summary as lines of `key  value`, nested keys joined by points, places of a list in brackets.
fn table(summary: &Value) -> String {
    let rows = flat(summary);
    let width = rows.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (key, value) in rows {
        writeln!(text, "{key:width$}  {value}").expect("a string takes everything");
    }
    text
}

/// The summary's keys with their values, nested keys joined as in a table.
pub(crate) fn flat(summary: &Value) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    flatten("", summary, &mut rows);
    rows
}

fn flatten(prefix: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let key = if prefix.is_empty() {
                    key.clone()
                } else {
                    format!("{prefix}.{key}")
                };
                flatten(&key, value, rows);
            }
        }
        Value::String(text) => rows.push((prefix.to_owned(), text.clone())),
        Value::Array(values) if values.is_empty() => {
            rows.push((prefix.to_owned(), "none".to_owned()));
        }
        Value::Array(values) if values.iter().all(Value::is_object) => {
            for (n, value) in values.iter().enumerate() {
                flatten(&format!("{prefix}[{n}]"), value, rows);
            }
        }
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {
            rows.push((prefix.to_owned(), value.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use player::{Player, Status};
    use protocol::{Change, Command, Edit};

    use super::*;

    fn shipped(name: &str) -> RunArgs {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www");
        RunArgs {
            what: root.join("scenarios").join(name).display().to_string(),
            seed: None,
            at: parse_span("200ms").map(|span| SimTime(span.0)),
            wal: Vec::new(),
            json: true,
        }
    }

    #[test]
    fn the_summary_has_its_keys_and_the_same_run_the_same_hash() {
        let first = run(&shipped("insert.toml")).unwrap();
        assert!(first.sound);
        let value: Value = serde_json::from_str(&first.text).unwrap();
        assert!(value["commits"]["acked"].as_u64() > Some(500));
        assert_eq!(value["trace_hash"].as_str().map(str::len), Some(16));
        assert_eq!(value["points"]["scl"][0].as_array().map(Vec::len), Some(6));
        assert_eq!(run(&shipped("insert.toml")).unwrap().text, first.text);
        let other = run(&RunArgs {
            seed: Some(7),
            ..shipped("insert.toml")
        })
        .unwrap();
        assert_ne!(other.text, first.text);
    }

    #[test]
    fn each_invariant_has_a_sentence_of_its_own_and_a_reason() {
        let words = scene::Words::english();
        let mut said = std::collections::BTreeSet::new();
        for name in INVARIANTS {
            let sentence = scene::invariants::sentence(&words, name);
            let reason = scene::invariants::reason(&words, name).expect("a reason");
            assert!(said.insert(sentence) && said.insert(reason), "{name}");
            for text in [sentence, reason] {
                assert!(text.ends_with('.') && !text.contains('{'), "{text}");
            }
        }
    }

    #[test]
    fn a_run_that_reads_tells_of_its_reads() {
        let outcome = run(&shipped("oltp.toml")).unwrap();
        assert!(outcome.sound);
        let value: Value = serde_json::from_str(&outcome.text).unwrap();
        let (reads, cache) = (&value["reads"], &value["cache"]);
        assert!(reads["latency_ms"]["count"].as_u64() > Some(100));
        assert!(reads["read_only_transactions"].as_u64() > Some(100));
        assert!(cache["hits"].as_u64() > cache["misses"].as_u64());
        let insert = run(&shipped("insert.toml")).unwrap().text;
        let insert: Value = serde_json::from_str(&insert).unwrap();
        let nothing = (&insert["reads"], &insert["cache"]);
        assert_eq!(nothing, (&Value::Null, &Value::Null));
    }

    #[test]
    fn a_recording_replays_and_its_commits_are_all_acknowledged() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www");
        let files = vec![root.join("recordings/first-run.wal")];
        let replayed = replay(&ReplayArgs {
            files,
            skip_damaged: false,
            json: true,
        })
        .unwrap();
        assert!(replayed.sound);
        let value: Value = serde_json::from_str(&replayed.text).unwrap();
        let commits = value["recording"]["commits"].as_f64().unwrap();
        for (engine, nodes, kind) in [("quorum", 6, "storage"), ("wal", 1, "flushes")] {
            assert_eq!(value[engine]["commits"]["acked"].as_f64(), Some(commits));
            let written = &value["written"][engine];
            assert_eq!(written["nodes"], nodes);
            let of = |part: &str, amount: &str| written[part][amount].as_f64().unwrap();
            for amount in ["bytes", "ios"] {
                assert!(written["by_kind"][kind][amount].as_f64() > Some(0.0));
                let kinds = written["by_kind"].as_object().unwrap().values();
                let all: f64 = kinds.filter_map(|sum| sum[amount].as_f64()).sum();
                let each = of("per_transaction", amount) * commits;
                assert!((each / all - 1.0).abs() < 1e-9, "{engine} {amount}");
                let each = of("per_node", amount) * f64::from(nodes);
                assert!((each / all - 1.0).abs() < 1e-9, "{engine} {amount}");
            }
        }
    }

    #[test]
    fn a_run_with_a_clone_tells_of_each_volume() {
        let args = RunArgs {
            at: parse_span("20ms").map(|span| SimTime(span.0)),
            ..shipped("clone.toml")
        };
        let told = run(&args).unwrap();
        assert!(told.sound);
        let value: Value = serde_json::from_str(&told.text).unwrap();
        let clone = &value["volumes"][1];
        assert_eq!(
            (&clone["id"], &clone["state"]),
            (&json!("v2"), &json!("open"))
        );
        assert_eq!(clone["origin"]["volume"], "v1");
        let of = |key: &str| clone["origin"]["changed"][key].as_u64().unwrap();
        let more = of("here") + of("there") - of("both");
        assert!(of("here") > 0 && of("there") > 0, "{clone}");
        assert_eq!(value["pages"], json!({ "each": 48, "stored": 48 + more }));
        assert!(clone["commits"]["latency_ms"]["p99"].as_f64() > Some(0.0));
        let table = run(&RunArgs {
            json: false,
            ..args
        })
        .unwrap()
        .text;
        assert!(table.contains("volumes[1].origin.at"), "{table}");
        let alone = run(&shipped("insert.toml")).unwrap();
        let alone: Value = serde_json::from_str(&alone.text).unwrap();
        assert_eq!(
            (&alone["volumes"], &alone["pages"]),
            (&Value::Null, &Value::Null)
        );
    }

    #[test]
    fn each_engine_has_its_figures_under_its_name_when_both_run() {
        let both = run(&shipped("both.toml")).unwrap();
        assert!(both.sound);
        let value: Value = serde_json::from_str(&both.text).unwrap();
        assert_eq!(value["commits"], Value::Null);
        for engine in ["quorum", "wal"] {
            let figures = &value[engine];
            assert!(figures["commits"]["acked"].as_u64() > Some(200), "{engine}");
            assert!(figures["commits"]["latency_ms"]["p95"].as_f64() > Some(0.5));
            assert!(figures["bytes"]["log_to_storage"].as_u64() > Some(100_000));
            assert!(figures["ios"]["to_storage"].as_u64() > Some(100));
            assert_eq!(figures["recovery"], json!([]));
        }
        let wal = &value["wal"];
        let (bytes, ios) = (&wal["bytes"], &wal["ios"]["by_kind"]);
        assert_eq!(bytes["by_kind"]["flushes"], bytes["log_to_storage"]);
        assert_eq!(bytes["by_kind"]["images"], bytes["full_page_images"]);
        assert_eq!(bytes["by_kind"]["standbys"], bytes["replicas"]);
        let commits = ios["other_records"].as_u64() >= wal["commits"]["acked"].as_u64();
        assert!(commits && ios["changes"].as_u64() > Some(200), "{ios}");
        assert_eq!(wal["points"]["standbys"][1]["id"], "s2");
    }

    #[test]
    fn the_conventional_engine_alone_has_its_figures_at_the_top() {
        let text = "format = 1\nname = \"alone\"\nengine = \"wal\"\n\
            [workload]\nkind = \"insert\"\nclients = 2\n[stop]\nat = \"50ms\"\n";
        let scenario = Scenario::parse(text).unwrap();
        let schedule = Schedule::new(&scenario);
        let script = Script {
            scenario,
            seed: 1,
            recording: None,
        };
        let (world, violated) = finish(script, &schedule, None);
        let value = summary(&world, &violated);
        assert!(value["commits"]["acked"].as_u64() > Some(10), "{value}");
        assert!(value["points"]["flushed"].as_u64() > Some(1_000));
        assert_eq!(
            (&value["wal"], &value["quorum"]),
            (&Value::Null, &Value::Null)
        );
    }

    /// What the page's engine stands at after a load, and the link to it.
    fn stood_at(load: Command) -> (String, Link) {
        let Command::Load {
            source: Source::Shipped(name),
            edits,
            changes,
            ..
        } = &load
        else {
            panic!("{load:?}");
        };
        let (origin, edits, changes) = (
            Origin::Shipped(name.clone()),
            edits.clone(),
            changes.clone(),
        );
        let mut player = Player::default();
        player.handle(load);
        while player.run(1000) == Status::Busy {}
        let mut frames = player.events().into_iter().filter_map(|event| {
            if let protocol::Event::Frame { frame, .. } = event {
                Some(frame)
            } else {
                None
            }
        });
        let frame = frames.next_back().expect("a frame answers");
        let hash = frame.state_hash.expect("a seek ends with it");
        let state = Some(Stamp {
            model: protocol::MODEL,
            hash: protocol::unhex(&hash).expect("a hash"),
        });
        let link = Link {
            origin,
            changes,
            seed: None,
            edits,
            cursor: frame.cursor,
            group: 0,
            step: 0,
            state,
        };
        (hash, link)
    }

    #[test]
    fn a_link_is_replayed_to_the_state_that_the_page_stood_at() {
        for name in ["insert", "first-light", "oltp", "both", "mirrored"] {
            let (hash, link) = stood_at(Command::Load {
                request: 1,
                source: Source::Shipped(name.to_owned()),
                changes: vec![Change {
                    path: "latency.boxcar_us".to_owned(),
                    value: "200".to_owned(),
                }],
                seed: None,
                edits: vec![Edit {
                    at_ns: 30_000_000,
                    verb: "az-down:b".parse().unwrap(),
                }],
                cursor: SeekTo::Event(5000),
            });
            let what = format!("https://example.org/#{}", link.to_text().unwrap());
            let told = run(&RunArgs {
                what,
                at: None,
                ..shipped("")
            });
            let value: Value = serde_json::from_str(&told.unwrap().text).unwrap();
            assert_eq!(value["state_hash"], hash, "{name}");
        }
    }

    #[test]
    fn what_cannot_run_says_what_was_expected() {
        let unread = run(&RunArgs {
            what: "#v=9&x=insert".to_owned(),
            ..shipped("")
        });
        let unread = unread.err().unwrap();
        assert!(unread.contains("begins with `v=1&`"), "{unread}");
        let missing = run(&shipped("nothing.toml")).err().unwrap();
        assert!(missing.contains("nothing.toml"), "{missing}");
        let no_wal = run(&shipped("first-light.toml")).err().unwrap();
        assert!(no_wal.contains("expected --wal FILE"), "{no_wal}");
    }
}
