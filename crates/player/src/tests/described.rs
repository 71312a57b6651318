//! The parameters of a scenario, told for a form.

use protocol::{Change, Described, ParameterKind};

use super::*;

fn described(source: Source, changes: &[(&str, &str)]) -> Result<Described, Problem> {
    let change = |(path, value): &(&str, &str)| Change {
        path: (*path).to_owned(),
        value: (*value).to_owned(),
    };
    let mut player = Player::default();
    let before = step(&mut player, 0);
    player.handle(Command::Describe {
        request: 8,
        source,
        changes: changes.iter().map(change).collect(),
    });
    let told = player.events().pop();
    assert_eq!(step(&mut player, 0).state_hash, before.state_hash);
    match told {
        Some(Event::Described { described, .. }) => Ok(*described),
        Some(Event::Refused { problem, .. }) => Err(problem),
        other => panic!("{other:?}"),
    }
}

fn shipped(name: &str) -> Source {
    Source::Shipped(name.to_owned())
}

#[test]
fn parameters_have_their_values_with_what_is_changed_and_nothing_is_loaded() {
    let changes = [("topology.write_quorum", "5"), ("wal.max_wal_size", "2GiB")];
    let told = described(shipped("insert"), &changes).unwrap();
    assert_eq!(told.left_out, []);
    let asked: Vec<_> = told.changes.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(asked, ["topology.write_quorum", "wal.max_wal_size"]);
    let of = |path: &str| {
        let mut found = told.parameters.iter().filter(|it| it.path == path);
        found.next().unwrap().clone()
    };
    assert_eq!(of("topology.write_quorum").value.as_deref(), Some("5"));
    assert_eq!(of("wal.max_wal_size").value.as_deref(), Some("2GiB"));
    let boxcar = of("latency.boxcar_us");
    let (least, most) = (0, 10_000_000);
    assert_eq!(boxcar.kind, ParameterKind::Whole { least, most });
    assert_eq!(boxcar.default, "100");
    let scenario = Scenario::parse(&told.text).unwrap();
    assert_eq!(scenario.topology.write_quorum, 5);
}

#[test]
fn what_does_not_fit_is_told_and_left_out() {
    let changes = [("topology.write_quorum", "2"), ("seed", "7")];
    let told = described(shipped("insert"), &changes).unwrap();
    let [problem] = told.left_out.as_slice() else {
        panic!("{:?}", told.left_out);
    };
    assert_eq!(problem.place.as_deref(), Some("topology.write_quorum = 2"));
    assert!(told.text.contains("seed = 7") && told.text.contains("write_quorum = 4"));
    let nothing = described(Source::Text("format = 2".to_owned()), &[]);
    assert!(nothing.unwrap_err().text.contains("expected"));
}

#[test]
fn a_shipped_run_that_was_saved_plays_the_same_log_as_before() {
    let mut player = Player::default();
    let load = |source| Command::Load {
        request: 1,
        source,
        changes: Vec::new(),
        seed: None,
        edits: Vec::new(),
        cursor: SeekTo::Event(2_000),
    };
    let before = play(&mut player, 1000, load(shipped("first-light")));
    let text = described(shipped("first-light"), &[]).unwrap().text;
    let after = play(&mut player, 1000, load(Source::Text(text)));
    assert_eq!(after.trace_hash, before.trace_hash);
}
