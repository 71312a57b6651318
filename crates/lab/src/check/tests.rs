use engine_quorum::{Asked, Epoch, GroupId, NodeId, Note};
use redo::{Change, Lsn, PageId};
use sim::SimTime;

use super::chain::Chain;
use super::*;
use crate::tests::script;

/// A log of so many records, one page after the other, and a checker for two groups.
fn checker(records: u32, topology: &str) -> (Checker, Log) {
    let text = format!("[topology]\nprotection_groups = 2\n{topology}");
    let mut log = Log::new(2);
    for page in 0..records {
        log.append(Epoch::FIRST, Change::account(PageId(page), 100, false));
    }
    (Checker::new(&World::new(&script(&text))), log)
}

fn read(notes: &[Note], topology: &str) -> Vec<&'static str> {
    let (mut checker, log) = checker(12, topology);
    for (id, note) in (1..).zip(notes) {
        checker.read_with(&line(id, *note), &log);
    }
    checker.violations().iter().map(|v| v.invariant).collect()
}

fn line(id: u64, note: Note) -> Line {
    Line {
        id,
        event: id,
        at: SimTime::START,
        cause: 0,
        volume: VolumeId::FIRST,
        what: What::Engine(note),
    }
}

fn issued(first: u64, last: u64) -> Note {
    let (first, last) = (Lsn(first), Lsn(last));
    Note::Issued { first, last }
}

fn stored(group: u16, node: u8, lsn: u64, scl: u64) -> Note {
    Note::Stored {
        node: NodeId(node),
        group: GroupId(group),
        first: Lsn(lsn),
        last: Lsn(lsn),
        scl: Lsn(scl),
    }
}

#[test]
fn a_small_limit_of_lsns_is_checked_as_well() {
    let read = |notes: &[Note]| read(notes, "lal = 3").len();
    assert_eq!(read(&[issued(1, 2), issued(3, 3)]), 0);
    assert_eq!(read(&[issued(1, 2), issued(3, 4)]), 1);
}

#[test]
fn a_place_in_a_chain_is_found_in_a_log_with_holes() {
    let lsns = [1, 2, 3, 7, 20, 21, 25, 26, 27, 90].map(Lsn);
    let mut chain = Chain::new(0);
    assert_eq!(chain.after(Lsn(5)), 0);
    for lsn in lsns {
        chain.push(lsn);
    }
    for lsn in (0..100).map(Lsn) {
        let expected = lsns.iter().filter(|other| **other <= lsn).count();
        assert_eq!(chain.after(lsn), expected as u64, "{lsn}");
    }
}

#[test]
fn every_check_is_counted_and_only_the_first_violations_are_kept() {
    let (mut checker, log) = checker(12, "lal = 3");
    for id in 1..=12 {
        let line = Line {
            id,
            event: id,
            at: SimTime::START,
            cause: 0,
            volume: VolumeId::FIRST,
            what: What::Engine(issued(id, id)),
        };
        checker.read_with(&line, &log);
    }
    let count = |checked, failed| Count { checked, failed };
    assert_eq!(checker.counts()[4], count(12, 9));
    assert_eq!(checker.counts()[0], count(0, 0));
    let kept: Vec<_> = checker.violations().iter().map(|v| v.event).collect();
    assert_eq!(kept, [4, 5, 6, 7, 8, 9, 10, 11]);
}

#[test]
fn an_scl_beyond_a_gap_is_seen() {
    // Odd records go to the first group.
    let gap = [issued(1, 5), stored(0, 0, 1, 1), stored(0, 0, 5, 5)];
    assert_eq!(read(&gap, ""), [DISK]);
    let whole = [
        issued(1, 5),
        stored(0, 0, 1, 1),
        stored(0, 0, 5, 1),
        stored(0, 0, 3, 5),
    ];
    assert_eq!(read(&whole, ""), [""; 0]);
}

#[test]
fn a_point_without_its_write_quorum_is_seen() {
    let vcl = |vcl| Note::VclMoved {
        epoch: Epoch::FIRST,
        vcl: Lsn(vcl),
    };
    let mut notes = vec![issued(1, 2)];
    notes.extend((0..4).map(|node| stored(0, node, 1, 1)));
    notes.extend((0..3).map(|node| stored(1, node, 2, 2)));
    notes.push(vcl(1));
    assert_eq!(read(&notes, ""), [""; 0]);
    notes.push(vcl(2));
    assert_eq!(read(&notes, ""), [QUORUM]);
    *notes.last_mut().unwrap() = stored(1, 5, 2, 2);
    notes.push(vcl(2));
    assert_eq!(read(&notes, ""), [""; 0]);
}

#[test]
fn a_copy_that_missed_a_recovery_counts_what_is_annulled() {
    let (mut checker, mut log) = checker(6, "");
    let mut notes = vec![issued(1, 2), issued(3, 6)];
    notes.extend((0..4).map(|node| stored(0, node, 1, 1)));
    notes.extend((0..4).map(|node| stored(1, node, 2, 2)));
    let (epoch, vdl, next) = (Epoch(2), Lsn(2), Lsn(13));
    notes.push(Note::Opened { epoch, vdl, next });
    log.branch(epoch, vdl, next);
    notes.push(stored(0, 5, 1, 3));
    for note in notes {
        checker.read_with(&line(1, note), &log);
    }
    assert_eq!(*checker.violations(), []);
    checker.read_with(&line(2, stored(1, 5, 2, 4)), &log);
    assert_eq!(*checker.violations(), [], "4 is annulled, and 2 is kept");
    checker.read_with(&line(3, stored(1, 5, 2, 14)), &log);
    assert_eq!(checker.violations()[0].invariant, DISK);
}

/// Two records of one page, the first of them durable.
fn one_is_durable() -> Vec<Note> {
    let epoch = Epoch::FIRST;
    let mut notes = vec![issued(1, 1), issued(2, 2)];
    notes.extend((0..4).map(|node| stored(0, node, 1, 1)));
    notes.push(Note::VclMoved { epoch, vcl: Lsn(1) });
    notes.push(Note::VdlMoved { epoch, vdl: Lsn(1) });
    notes
}

#[test]
fn a_read_point_that_is_no_vdl_is_seen() {
    let asked = |point| Note::ReadAsked {
        epoch: Epoch::FIRST,
        node: NodeId(0),
        group: GroupId(0),
        page: PageId(0),
        point: Lsn(point),
        asked: Asked::First,
    };
    let read_at = |points: &[u64]| {
        let mut notes = one_is_durable();
        notes.extend(points.iter().copied().map(asked));
        read(&notes, "")
    };
    assert_eq!(read_at(&[1]), [""; 0]);
    assert_eq!(read_at(&[0, 2]), [READ_POINT, READ_POINT]);
}

#[test]
fn an_answer_that_is_not_what_the_log_gives_is_seen() {
    let answered = |point: u64, lsn: u64, changes| Note::ReadAnswered {
        epoch: Epoch::FIRST,
        node: NodeId(0),
        group: GroupId(0),
        page: PageId(0),
        point: Lsn(point),
        lsn: Lsn(lsn),
        changes,
        took: sim::Span::ZERO,
    };
    let read_as = |answer: Note| {
        let mut notes = one_is_durable();
        notes.push(answer);
        read(&notes, "")
    };
    assert_eq!(read_as(answered(1, 1, 1)), [""; 0]);
    for wrong in [(1, 0, 0), (1, 1, 2), (2, 1, 1), (0, 1, 1)] {
        let (point, lsn, changes) = wrong;
        let seen = read_as(answered(point, lsn, changes));
        assert_eq!(seen, [READ], "{wrong:?}");
    }
}

#[test]
fn a_vdl_inside_a_mini_transaction_is_seen() {
    let mut notes = vec![issued(1, 2)];
    notes.extend((0..4).map(|node| stored(0, node, 1, 1)));
    let epoch = Epoch::FIRST;
    notes.push(Note::VclMoved { epoch, vcl: Lsn(1) });
    notes.push(Note::VdlMoved { epoch, vdl: Lsn(1) });
    assert_eq!(read(&notes, ""), [MTR]);
}

const EPOCH: Epoch = Epoch::FIRST;

/// Two records, one in each group; the first so many copies have both; then a commit.
fn commit_on(copies: u8) -> Vec<Note> {
    let mut notes = vec![issued(1, 2)];
    for group in 0..2 {
        let lsn = u64::from(group) + 1;
        notes.extend((0..copies).map(|node| stored(group, node, lsn, lsn)));
    }
    let (epoch, lsn) = (EPOCH, Lsn(2));
    notes.push(Note::VclMoved { epoch, vcl: lsn });
    notes.push(Note::VdlMoved { epoch, vdl: lsn });
    notes.push(acked(epoch, 2));
    notes
}

fn acked(epoch: Epoch, lsn: u64) -> Note {
    Note::CommitAcked {
        epoch,
        txn: 1,
        lsn: Lsn(lsn),
        took: sim::Span::ZERO,
    }
}

#[test]
fn a_commit_that_a_read_quorum_may_miss_is_seen() {
    let three = "write_quorum = 4\nread_quorum = 3";
    assert_eq!(read(&commit_on(4), three), [""; 0]);
    assert_eq!(read(&commit_on(3), three), [QUORUM, FOUND]);
    assert_eq!(
        read(&commit_on(4), "write_quorum = 4\nread_quorum = 4"),
        [""; 0]
    );
}

#[test]
fn an_old_writer_that_acknowledges_what_is_not_kept_is_seen() {
    let found = Note::PointsFound {
        epoch: Epoch(2),
        vcl: Lsn(2),
        vdl: Lsn(2),
    };
    let mut notes = commit_on(6);
    notes.extend([issued(3, 4), found, acked(EPOCH, 2)]);
    assert_eq!(read(&notes, ""), [""; 0]);
    notes.push(acked(EPOCH, 4));
    assert_eq!(read(&notes, ""), [OVER]);
}

#[test]
fn an_annulled_record_is_seen_when_a_node_stores_it_that_was_told() {
    let (mut checker, mut log) = checker(6, "");
    let (epoch, vdl, next) = (Epoch(2), Lsn(2), Lsn(13));
    let told = Note::Truncated {
        node: NodeId(1),
        after: vdl,
        until: Lsn(12),
    };
    let mut notes = commit_on(6);
    notes.extend([issued(3, 6), told, Note::Opened { epoch, vdl, next }]);
    for note in notes {
        checker.read_with(&line(1, note), &log);
    }
    log.branch(epoch, vdl, next);
    checker.read_with(&line(2, stored(0, 0, 3, 3)), &log);
    assert_eq!(*checker.violations(), []);
    checker.read_with(&line(3, stored(0, 1, 3, 3)), &log);
    assert_eq!(checker.violations()[0].invariant, ANNULLED);
}

#[test]
fn a_recovery_that_finds_less_than_was_durable_is_seen() {
    let found = |lsn| Note::PointsFound {
        epoch: Epoch(2),
        vcl: Lsn(lsn),
        vdl: Lsn(lsn),
    };
    let read_after = |mut notes: Vec<Note>, lsn| {
        notes.push(found(lsn));
        read(&notes, "")
    };
    assert_eq!(read_after(one_is_durable(), 1), [""; 0]);
    assert_eq!(read_after(one_is_durable(), 0), [POINTS]);
    assert_eq!(read_after(commit_on(6), 0), [KEPT, POINTS]);
}

#[test]
fn an_epoch_that_falls_is_seen() {
    let fenced = |node, epoch| Note::Fenced {
        node: NodeId(node),
        epoch: Epoch(epoch),
    };
    assert_eq!(read(&[fenced(0, 3), fenced(1, 2)], ""), [""; 0]);
    assert_eq!(read(&[fenced(0, 3), fenced(0, 2)], ""), [EPOCHS]);
}

#[test]
fn a_recovery_that_is_slower_than_a_later_one_says_nothing_of_it() {
    let (epoch, vdl, next) = (Epoch(3), Lsn(2), Lsn(13));
    let mut notes = commit_on(6);
    notes.push(Note::Opened { epoch, vdl, next });
    let (epoch, vcl, vdl) = (Epoch(2), Lsn(1), Lsn(1));
    notes.push(Note::PointsFound { epoch, vcl, vdl });
    notes.push(acked(Epoch(1), 2));
    assert_eq!(read(&notes, ""), [""; 0]);
    notes.push(acked(Epoch(1), 3));
    assert_eq!(read(&notes, ""), [OVER]);
}

/// The first volume goes its way, then another one begins, and its first recovery finds its point,
/// in a log that holds so many records.
fn begins(what: What, found: u64, records: u32) -> Vec<&'static str> {
    let (mut checker, log) = checker(12, "");
    for note in one_is_durable() {
        checker.read_with(&line(1, note), &log);
    }
    let of_second = |what| Line {
        volume: VolumeId::new(1).expect("the second"),
        what,
        ..line(2, issued(1, 1))
    };
    checker.read_with(&of_second(what), &log);
    let found = Note::PointsFound {
        epoch: Epoch(2),
        vcl: Lsn(found),
        vdl: Lsn(found),
    };
    let (_, log) = self::checker(records, "");
    checker.read_with(&of_second(What::Engine(found)), &log);
    let mut seen = checker.violations().iter();
    assert!(seen.all(|violation| violation.seen.starts_with("v2: ")));
    checker.violations().iter().map(|v| v.invariant).collect()
}

#[test]
fn a_clone_that_begins_with_more_or_less_than_was_durable_is_seen() {
    let cloned = |at| What::Cloned {
        source: VolumeId::FIRST,
        at: Lsn(at),
        copying: sim::Span::ZERO,
    };
    assert_eq!(begins(cloned(1), 1, 12), [""; 0]);
    assert_eq!(begins(cloned(0), 0, 12), [BEGINNING], "an older point");
    assert_eq!(begins(cloned(2), 2, 12), [BEGINNING], "not durable yet");
    assert_eq!(begins(cloned(1), 2, 12), [BEGINNING], "more was found");
    assert_eq!(begins(cloned(1), 0, 12), [BEGINNING, POINTS]);
    assert_eq!(begins(cloned(1), 1, 0), [BEGINNING], "the log lacks it");
}

#[test]
fn a_restored_volume_may_begin_earlier_and_with_nothing_else() {
    let restored = |at| What::Restored {
        source: VolumeId::FIRST,
        at: Lsn(at),
        copying: sim::Span::ZERO,
    };
    assert_eq!(begins(restored(1), 1, 12), [""; 0]);
    assert_eq!(begins(restored(0), 0, 12), [""; 0]);
    assert_eq!(begins(restored(2), 2, 12), [BEGINNING], "not durable yet");
    assert_eq!(begins(restored(0), 1, 12), [BEGINNING], "more was found");
}

#[test]
fn every_volume_is_checked_from_its_beginning_to_the_end_of_the_run() {
    let counts = |faults: &str| {
        let body = format!(
            "[workload]\nkind = \"insert\"\nclients = 4\n[clone]\nclients = 4\n[storage]\nbackup = \"2ms\"\n{faults}\n[stop]\nat = \"100ms\""
        );
        let script = script(&body);
        let schedule = crate::schedule::Schedule::new(&script.scenario);
        let mut world = World::new(&script);
        let mut checker = Checker::new(&world);
        let mut lines = Vec::new();
        while world.step(&schedule, &mut lines) {
            for line in lines.drain(..) {
                checker.read(&line, &world);
            }
        }
        let counts = *checker.counts();
        assert_eq!(checker.finish(&world), []);
        counts
    };
    let place = |name| INVARIANTS.iter().position(|other| *other == name).unwrap();
    let (order, beginning) = (place(ORDER), place(BEGINNING));
    let alone = counts("");
    assert_eq!(alone[beginning].checked, 0);
    for deed in [
        "do = \"clone\"\nvolume = \"v1\"",
        "do = \"restore-volume\"\nvolume = \"v1\"\nto = \"20ms\"",
    ] {
        let both = counts(&format!("[[fault]]\nat = \"50ms\"\n{deed}"));
        assert!(
            both[beginning].checked >= 3,
            "{deed}: {:?}",
            both[beginning]
        );
        assert!(
            both[order].checked > alone[order].checked + 50,
            "{deed}: {:?}",
            both[order]
        );
    }
}

/// What a checker finds in what the conventional engine says.
fn of_servers(wal: &str, notes: &[engine_wal::Note]) -> Vec<&'static str> {
    let world = World::new(&script(&format!("engine = \"wal\"\n[wal]\n{wal}")));
    let mut checker = Checker::new(&world);
    for (id, note) in (1..).zip(notes) {
        let line = Line {
            id,
            event: id,
            at: SimTime::START,
            cause: 0,
            volume: VolumeId::FIRST,
            what: What::Server(*note),
        };
        checker.read(&line, &world);
    }
    checker.violations().iter().map(|v| v.invariant).collect()
}

#[test]
fn a_server_that_breaks_its_promise_is_seen() {
    use engine_wal::{Note, Report, StandbyId};
    let acked = |lsn| Note::CommitAcked {
        txn: 1,
        lsn: Lsn(lsn),
        took: sim::Span::ZERO,
    };
    let flushed = |to| Note::FlushDone {
        to: Lsn(to),
        commits: 1,
    };
    let crashed = |end| Note::PrimaryCrashed {
        flushed: Lsn(end),
        end: Lsn(end),
        torn: 0,
        ghosts: 0,
        lost: 0,
    };
    let redo = |redo, end| Note::RecoveryBegan {
        redo: Lsn(redo),
        end: Lsn(end),
    };
    let alone = |notes: &[Note]| of_servers("", notes);
    assert_eq!(alone(&[flushed(100), acked(100)]), [""; 0]);
    assert_eq!(alone(&[flushed(100), acked(101)]), [SERVER_ACKS]);
    assert_eq!(alone(&[flushed(100), acked(100), crashed(100)]), [""; 0]);
    assert_eq!(alone(&[flushed(100), acked(100), crashed(99)]), [RESTART]);
    assert_eq!(alone(&[flushed(9), crashed(9), redo(0, 9)]), [""; 0]);
    assert_eq!(alone(&[flushed(9), crashed(9), redo(1, 9)]), [REDO]);
    assert_eq!(alone(&[flushed(9), crashed(9), redo(0, 8)]), [REDO]);
    let page = PageId(3);
    assert_eq!(alone(&[Note::PageDamaged { page }]), [WHOLE]);

    let streams = |standby| Note::StandbyStreams {
        standby: StandbyId(standby),
    };
    let reported = |standby, to| Note::Reported {
        standby: StandbyId(standby),
        report: Report {
            written: Lsn(to),
            flushed: Lsn(to),
            replayed: Lsn::ZERO,
        },
    };
    let both = [streams(0), streams(1), flushed(50)];
    let after = |wal: &str, more: &[Note]| of_servers(wal, &[&both[..], more].concat());
    let second = [reported(1, 50), acked(50)];
    assert_eq!(after("standbys = \"any-1\"", &second), [""; 0]);
    assert_eq!(after("standbys = \"first-1\"", &second), [STANDBYS]);
    assert_eq!(after("standbys = \"any-2\"", &second), [STANDBYS]);
    let first = [reported(0, 50), acked(50)];
    assert_eq!(after("standbys = \"first-1\"", &first), [""; 0]);
    let applied = "standbys = \"first-1\"\nlevel = \"remote_apply\"";
    assert_eq!(after(applied, &first), [STANDBYS]);
}
