//! The event list.

use protocol::{Category, EventLine, Happening};

use super::*;

/// Sixty-four clients that each wait for their commit: batches of sixty-four.
const BATCHES: &str = r#"
format = 1
name = "batches"
[latency]
in_az = { kind = "shifted", base_ms = 0.1, plus = { kind = "exponential", mean_ms = 0.05 } }
cross_az = { kind = "shifted", base_ms = 0.4, plus = { kind = "exponential", mean_ms = 0.1 } }
disk = { kind = "exponential", mean_ms = 0.3 }
boxcar_us = 100
[workload]
kind = "insert"
clients = 64
"#;

fn batches() -> Player {
    let mut player = Player::default();
    load(&mut player, Source::Text(BATCHES.to_owned()));
    player
}

fn look(player: &mut Player, categories: &[Category], lines: u32) -> Frame {
    let view = View {
        categories: categories.to_vec(),
        lines,
        ..View::default()
    };
    play(player, 1000, Command::Look { request: 1, view })
}

fn count(list: &[EventLine], is: impl Fn(&Happening) -> bool) -> usize {
    list.iter().filter(|line| is(&line.what)).count()
}

#[test]
fn a_place_has_the_same_full_list_whichever_way_one_came() {
    // Just after a keyframe that is kept from afar.
    const PLACE: u64 = 56 * 1024 + 6;
    let mut player = Player::default();
    let passing = seek(&mut player, PLACE).events;
    assert_eq!(passing.len(), 60);
    seek(&mut player, 100_000);
    assert_eq!(seek(&mut player, PLACE).events, passing);
    for (from, by) in [(PLACE + 20, -1), (PLACE - 20, 1)] {
        seek(&mut player, from);
        (0..20).for_each(|_| drop(step(&mut player, by)));
        assert_eq!(step(&mut player, 0).events, passing);
    }
    seek(&mut player, 100_000);
    let to = SeekTo::Event(PLACE - 10);
    player.handle(Command::Seek { request: 1, to });
    assert_eq!(player.run(1), Status::Busy);
    player.handle(Command::Cancel { request: 2 });
    assert_eq!(seek(&mut player, PLACE).events, passing);
}

#[test]
fn a_batch_of_commits_is_few_lines() {
    let mut player = batches();
    let list = seek(&mut player, 20_000).events;
    // At most five lines for a batch: questions, answers and the three points.
    assert!(list.last().unwrap().at_ns - list[0].at_ns > 10_000_000);
    let asked = |what: &Happening| matches!(what, Happening::CommitsAsked { count: 64, .. });
    let acked = |what: &Happening| matches!(what, Happening::CommitsAcked { count: 64, .. });
    assert!(count(&list, asked) > 5);
    assert!(count(&list, acked) > 5);
    assert_eq!(count(&list, |what| category(what) == Category::Writes), 0);
}

#[test]
fn runs_leave_no_commit_out_and_name_causes_that_the_list_shows() {
    let mut player = batches();
    seek(&mut player, 900);
    let frame = look(&mut player, &Category::ALL, 500);
    let acked: u64 = frame
        .events
        .iter()
        .map(|line| {
            if let Happening::CommitsAcked { count, .. } = line.what {
                count
            } else {
                u64::from(matches!(line.what, Happening::CommitAcked { .. }))
            }
        })
        .sum();
    assert!(acked > 500);
    assert_eq!(acked, frame.counters.commits_acked);
    assert_eq!(frame.events[0].id, 1);
    for line in frame.events.iter().filter(|line| line.cause > 0) {
        let cause = frame.events.iter().find(|other| other.id == line.cause);
        let cause = cause.unwrap_or_else(|| panic!("nothing shows the cause of {line:?}"));
        match (line.what, cause.what) {
            (Happening::CommitsAsked { lsn, .. }, Happening::RecordsIssued { last, .. })
            | (Happening::CommitAsked { lsn, .. }, Happening::Issued { last, .. }) => {
                assert_eq!(lsn, last);
            }
            (Happening::CommitsAcked { lsn, .. }, Happening::VdlMoved { vdl }) => {
                assert!(lsn <= vdl);
            }
            (Happening::CommitsAsked { .. } | Happening::CommitsAcked { .. }, other) => {
                panic!("{line:?} because of {other:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn what_the_last_step_did_stands_by_itself() {
    let mut player = batches();
    let mut seen = 0;
    for _ in 0..300 {
        let frame = step(&mut player, 1);
        for line in frame.events.iter().filter(|line| line.event == frame.event) {
            seen += 1;
            let is_run = matches!(line.what, Happening::CommitsAsked { .. });
            assert!(!is_run, "{line:?}");
        }
    }
    assert!(seen > 200);
}

#[test]
fn faults_stay_in_the_list_however_much_happens_after_them() {
    let mut player = Player::default();
    seek(&mut player, 5000);
    let verb = verb("az-down:b");
    play(&mut player, 1000, Command::Act { request: 1, verb });
    let list = seek(&mut player, 60_000).events;
    assert_eq!(list.len(), 60);
    assert!(list.is_sorted_by_key(|line| line.id));
    let is_fault = |what: &Happening| category(what) == Category::Faults;
    assert_eq!(count(&list[..3], is_fault), 3, "the zone and its two nodes");
    assert_eq!(count(&seek(&mut player, 4000).events, is_fault), 0);
    assert_eq!(count(&seek(&mut player, 60_000).events, is_fault), 3);
}

#[test]
fn messages_that_are_lost_in_a_row_are_one_line() {
    let mut player = Player::default();
    seek(&mut player, 1000);
    let verb = verb("drop:c2,5");
    play(&mut player, 1000, Command::Act { request: 1, verb });
    seek(&mut player, 5000);
    let list = look(&mut player, &[Category::Faults], 60).events;
    assert_eq!(list.len(), 2, "{list:?}");
    assert!(matches!(
        list[1].what,
        Happening::MessagesLost { count: 5, .. }
    ));
}

#[test]
fn the_trace_is_told_as_text_up_to_where_the_run_stands() {
    let mut player = Player::default();
    let frame = seek(&mut player, 900);
    player.handle(Command::Trace { request: 6 });
    let Some(Event::Trace { request: 6, text }) = player.events().pop() else {
        panic!("it is answered at once");
    };
    let (first, rest) = text.split_once('\n').unwrap();
    assert!(first.starts_with("# insert, seed 42, model "), "{first}");
    assert!(first.contains("up to event 900") && first.contains(&frame.trace_hash));
    let numbers: Vec<u64> = rest
        .lines()
        .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
        .collect();
    assert!(numbers.len() > 900 && numbers.is_sorted());
    assert_eq!(numbers[0], 1);
    assert!(rest.contains("  commit-acked  "), "{rest}");
}
