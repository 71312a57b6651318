use std::fs;
use std::path::Path;

use super::*;

/// The golden scripts, each with its name.
fn scripts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let script = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    let mut scripts: Vec<_> = fs::read_dir(folder).unwrap().map(script).collect();
    scripts.sort();
    scripts
}

#[test]
fn every_script_tells_what_it_says() {
    let mut complaints = Vec::new();
    for (name, script) in scripts() {
        let told = tell(&script).map_err(|e| format!("{name}: {e}")).unwrap();
        assert_eq!(told.violations, [], "{name}");
        if let Some(difference) = told.difference {
            complaints.push(format!("{name}\n{difference}"));
        }
    }
    assert!(
        complaints.is_empty(),
        "something else came (+) than these scripts say (-). If that is meant, `cargo xtask bless` \
         rewrites them.\n\n{}",
        complaints.join("\n")
    );
}

#[test]
fn a_told_script_tells_itself() {
    for (name, script) in scripts() {
        let told = tell(&script).unwrap();
        assert_eq!(tell(&told.text).unwrap().difference, None, "{name}");
    }
}

#[test]
fn an_output_that_differs_is_shown_with_its_place() {
    let told = tell("scenario\nrun until 0ms\n---\nnothing\n\n# The end.\n").unwrap();
    assert_eq!(
        told.text,
        "scenario\nrun until 0ms\n---\nok\n\n# The end.\n"
    );
    let difference = told.difference.unwrap();
    assert!(difference.contains("-nothing\n+ok\n"), "{difference}");
}

#[test]
fn every_error_names_its_line_and_what_was_expected() {
    let begun = "scenario\ncommit 1ms 0\nstep\n";
    let cases = [
        ("stop", "line 1: expected a command (scenario, write"),
        ("\n---\n", "line 2: expected a command"),
        (
            "scenario",
            "line 1: expected a line `---` after the commands, found the end",
        ),
        ("points\n---", "line 1: expected `scenario` before this"),
        (
            "points 3\n---",
            "line 1: expected nothing more on this line, found `3`",
        ),
        (
            "scenario\n\n  topology.azs = 4\n---",
            "line 3: expected a command",
        ),
        (
            "# A\nscenario\n  seed = 1\n  topology.azs = 4\n---",
            "line 4: `topology.azs`: expected",
        ),
        (
            "write",
            "line 1: expected a time with its unit, such as `1.5ms`, found nothing",
        ),
        ("write 1", "line 1: expected a time with its unit"),
        ("write 1ms", "line 1: expected page numbers below 1000000"),
        ("write 1ms 1000000", "line 1: expected page numbers"),
        ("write 1ms 0*10001", "line 1: expected page numbers"),
        ("write 1ms -1", "line 1: expected page numbers"),
        (
            "commit 2ms 0\nwrite 1ms 0\n---",
            "line 2: expected a time from 2ms on",
        ),
        (
            "run until\n---",
            "line 1: expected nothing, `until TIME` or `until N commits`",
        ),
        ("run until 2\n---", "line 1: expected a time"),
        (
            "run until 0 commits\n---",
            "line 1: expected a whole number above 0",
        ),
        ("run only\n---", "line 1: expected a kind of line (issued,"),
        ("run only stores\n---", "line 1: expected a kind of line"),
        (
            "step two\n---",
            "line 1: expected a whole number above 0, found `two`",
        ),
        (
            "check all\n---",
            "line 1: expected nothing or `quiet`, found `all`",
        ),
        ("why not\n---", "line 1: expected a kind of line"),
        (
            "az-down:z\n---",
            "line 1: expected something that can be done, found",
        ),
        (
            "explode:a1\n---",
            "line 1: expected something that can be done, found",
        ),
        (
            &format!("{begun}node-down:c4\n---"),
            "found there is no node c4",
        ),
        (
            &format!("{begun}write 2ms 0\n---"),
            "line 4: expected what is written by hand before",
        ),
        (
            &format!("{begun}run until 1ms\n---"),
            "line 4: expected a time from 1.000001ms on",
        ),
        (
            &format!("{begun}why lost\n---"),
            "line 4: expected a line `lost` in the trace",
        ),
        (
            "scenario\n  workload.kind = \"insert\"\n  stop.commits = 1\nrun\naz-down:a\n---",
            "line 5: expected a run that goes on",
        ),
        (
            "scenario\nrun\n---",
            "line 2: expected a script of at most 100000 events",
        ),
        (
            "scenario\n  workload.kind = \"wal-file\"\nrun\n---",
            "`write` or `commit` in place",
        ),
        (
            "scenario\n  workload.kind = \"insert\"\n  workload.rate = 1\nwrite 0ms 0\nrun\n---",
            "line 5: expected `write` and `commit`, or a scenario with a workload, found both",
        ),
    ];
    for (script, expected) in cases {
        let error = tell(script).map(|told| told.text).unwrap_err().to_string();
        assert!(
            error.contains(expected),
            "{script}\n  gave     {error}\n  expected {expected}"
        );
    }
}

#[test]
fn no_text_panics() {
    let scripts = scripts();
    let mut stream = sim::Stream::new(1, "mutations");
    for round in 0..400 {
        let mut bytes = scripts[round % scripts.len()].1.clone().into_bytes();
        for _ in 0..=stream.below(3) {
            let place = usize::try_from(stream.below(bytes.len() as u64)).unwrap();
            bytes[place] = u8::try_from(stream.below(128)).unwrap();
        }
        drop(tell(&String::from_utf8(bytes).unwrap()));
    }
}

#[test]
fn a_check_says_what_does_not_hold_and_a_broken_scenario_is_no_violation() {
    let sound = "scenario\ncommit 0ms 0\nskip\ncheck quiet\n---\n";
    let told = tell(sound).unwrap();
    let expected =
        "all invariants hold\neverything is acknowledged, and every copy has all of it\n";
    assert!(told.text.ends_with(expected), "{}", told.text);
    let waiting = tell("scenario\ncommit 0ms 0\nskip until 0.1ms\ncheck quiet\n---\n").unwrap();
    let expected = "the writer of epoch 1 is open, transactions waiting 1\n";
    assert!(waiting.text.ends_with(expected), "{}", waiting.text);
    let broken = "scenario\n  broken = [\"small-quorum\"]\n  topology.write_quorum = 3\n  \
                  topology.read_quorum = 3\ncommit 0ms 0\ndrop:b2,1\ndrop:c1,1\ndrop:c2,1\n\
                  run until 1 commit\ncheck\n---\n";
    let told = tell(broken).unwrap();
    assert!(
        told.text.contains("breaks `every read quorum"),
        "{}",
        told.text
    );
    assert_eq!(told.violations, []);
}
