//! Standbys: what a commit waits for, what it costs, and what is lost.

use proptest::prelude::*;
use redo::{Lsn, Page, PageId};
use sim::{Delay, SimTime, Span};

use super::rig::{Delays, Load, Rig, report};
use crate::sync::Senders;
use crate::{Level, Note, PrimaryInput, Report, Rule, Settings, StandbyId};

const A: StandbyId = StandbyId(0);
const B: StandbyId = StandbyId(1);

fn settings(rule: Rule, level: Level) -> Settings {
    Settings {
        rule,
        level,
        pages: 0,
        insert: Span::ZERO,
        copy_per_kib: Span::ZERO,
        startup: Span::ZERO,
        ..Settings::default()
    }
}

/// Times of commits that do not overlap, in milliseconds: exponential flushes of mean 1 ms, links
/// that take no time. Sorted.
fn commits(settings: &Settings, standbys: u8) -> Vec<f64> {
    let flush = Delay::Exponential { mean_ms: 1.0 };
    let delays = Delays {
        flush: flush.clone(),
        standby_flush: flush,
        link: Delay::NONE,
        ..Delays::default()
    };
    let load = Load {
        limit: 60_000,
        think: Span::from_millis(50),
        ..Load::default()
    };
    let mut rig = Rig::with(settings, standbys, delays, load, 1);
    rig.begin();
    while rig.acked.len() < 60_000 {
        assert!(rig.step());
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let mut times: Vec<_> = rig.acked.values().map(|took| took.0 as f64 / 1e6).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn p95(times: &[f64]) -> f64 {
    times[times.len() * 95 / 100]
}

fn check_p95(rule: Rule, level: Level, standbys: u8, expected: f64) {
    let found = p95(&commits(&settings(rule, level), standbys));
    let ratio = found / expected;
    assert!(
        (0.97..1.03).contains(&ratio),
        "{rule:?} {level:?}: {found}, not {expected}"
    );
}

#[test]
fn p95_of_every_rule_is_its_closed_form() {
    // One exponential leg: -ln 0.05.
    check_p95(Rule::None, Level::On, 0, 2.996);
    check_p95(Rule::First(1), Level::Local, 2, 2.996);
    // Nothing flushes on a standby before it says that it has written.
    check_p95(Rule::First(2), Level::RemoteWrite, 2, 2.996);
    // Two legs, one after the other: (1 + t) exp(-t) = 0.05.
    check_p95(Rule::First(1), Level::On, 2, 4.744);
    // A leg, then the quicker of two, of mean 1/2: 2 exp(-t) - exp(-2t) = 0.05.
    check_p95(Rule::Any(1), Level::On, 2, 3.676);
}

#[test]
fn local_flush_first_and_then_two_costs_2_86_times_four_of_six() {
    // 1.876 is p95 of the fourth of six exponential legs of mean 1.
    for rule in [Rule::First(2), Rule::Any(2)] {
        check_p95(rule, Level::On, 2, 2.86 * 1.876);
    }
}

#[test]
fn a_rule_takes_the_first_by_priority_or_any() {
    let mut senders = Senders::default();
    let said = |flushed| report(flushed, flushed, flushed);
    senders.connect(B, Lsn(100), Lsn(500));
    assert_eq!(senders.hear(B, said(499)), Some(false));
    assert_eq!(
        senders.allow(Rule::Any(1), Level::On),
        None,
        "it has not caught up"
    );
    assert_eq!(senders.hear(B, said(500)), Some(true));
    assert_eq!(senders.allow(Rule::Any(1), Level::On), Some(Lsn(500)));
    for (standby, flushed) in [(2, 400), (0, 500), (1, 300)] {
        senders.connect(StandbyId(standby), Lsn::ZERO, Lsn::ZERO);
        let said = report(flushed + 50, flushed, flushed - 50);
        assert_eq!(senders.hear(StandbyId(standby), said), Some(false));
    }
    let allow = |rule, level| senders.allow(rule, level).map(|lsn| lsn.0);
    assert_eq!(allow(Rule::First(1), Level::On), Some(500));
    assert_eq!(allow(Rule::First(2), Level::On), Some(300));
    assert_eq!(allow(Rule::Any(2), Level::On), Some(400));
    assert_eq!(allow(Rule::Any(3), Level::On), Some(300));
    assert_eq!(allow(Rule::First(4), Level::On), None);
    assert_eq!(allow(Rule::Any(4), Level::On), None);
    assert_eq!(allow(Rule::Any(2), Level::RemoteWrite), Some(450));
    assert_eq!(allow(Rule::Any(2), Level::RemoteApply), Some(350));
    assert!(senders.lose(A));
    assert!(!senders.lose(A));
    let allow = |rule| senders.allow(rule, Level::On).map(|lsn| lsn.0);
    assert_eq!(allow(Rule::First(1)), Some(300), "the next by priority");
    assert_eq!(allow(Rule::Any(1)), Some(400));
}

#[test]
fn commits_wait_while_too_few_standbys_are_there() {
    let mut rig = Rig::new(&settings(Rule::First(1), Level::On), 1);
    rig.begin();
    rig.run_for_ms(100);
    let before = rig.acked.len();
    rig.crash_standby(A);
    rig.run_for_ms(10_000);
    assert!(rig.acked.len() <= before + 1);
    assert_eq!(rig.primary().waiting_for_standbys(), 1);
    let too_few = |note: &Note| {
        matches!(
            note,
            Note::TooFewStandbys {
                connected: 0,
                required: 1
            }
        )
    };
    assert_eq!(rig.notes(too_few).len(), 1);
    rig.connect(A);
    rig.run_for_ms(100);
    assert!(rig.acked.len() > before + 10);
    assert_eq!(rig.notes(|note| *note == Note::EnoughStandbys).len(), 1);
}

#[test]
fn a_standby_counts_when_it_has_caught_up() {
    let mut rig = Rig::new(&settings(Rule::First(1), Level::On), 2);
    rig.load.limit = 50;
    rig.tell(PrimaryInput::StandbyLost { standby: A });
    rig.begin();
    rig.run_for_ms(1000);
    assert_eq!(rig.acked.len(), 50);
    let at = rig.standby(A).report().flushed;
    assert!(at < rig.primary().flushed());
    rig.connect(A);
    rig.run_for_ms(100);
    assert_eq!(rig.standby(A).report().flushed, rig.primary().flushed());
    let streams = rig.notes(|note| *note == Note::StandbyStreams { standby: A });
    assert_eq!(streams.len(), 2);
}

#[test]
fn replaying_standbys_have_the_pages_of_the_primary() {
    let mut rig = Rig::new(&settings(Rule::Any(1), Level::RemoteApply), 2);
    rig.load = Load {
        clients: 5,
        pages: 30,
        changes: 2,
        exact: true,
        limit: 200,
        ..Load::default()
    };
    rig.begin();
    rig.run_for_ms(2000);
    assert_eq!(rig.acked.len(), 200);
    for standby in [A, B] {
        let pages: Vec<Page> = rig.standby(standby).pages().cloned().collect();
        assert_eq!(pages.len(), 30);
        for page in pages {
            assert!(rig.page(page.id()) == page);
        }
    }
}

#[test]
fn a_restart_while_commits_wait_shows_ghosts_that_a_failover_loses() {
    let mut rig = Rig::new(&settings(Rule::First(1), Level::On), 1);
    rig.load.clients = 3;
    rig.begin();
    rig.run_for_ms(50);
    let stale = rig.standby(A).clone();
    rig.tell(PrimaryInput::StandbyLost { standby: A });
    rig.run_for_ms(50);
    let waiting: Vec<_> = rig
        .primary()
        .commits()
        .iter()
        .map(|commit| commit.txn)
        .collect();
    assert_eq!(waiting.len(), 3);

    // The primary restarts: the commits are there, though nobody was told so.
    let storage = rig.crash();
    rig.load.limit = 0;
    rig.recover(storage);
    rig.run_until_open();
    let ghosts = rig.notes(|note| matches!(note, Note::GhostCommit { .. }));
    let ghosts: Vec<_> = (ghosts.iter())
        .map(|note| match note {
            Note::GhostCommit { txn, .. } => *txn,
            _ => 0,
        })
        .collect();
    assert_eq!(ghosts, waiting);
    assert!(waiting.iter().all(|txn| !rig.acked.contains_key(txn)));
    let visible: Vec<_> = waiting
        .iter()
        .map(|txn| rig.submitted[txn].changes[0].page)
        .collect();
    let seen = visible
        .iter()
        .map(|page| rig.page(*page))
        .collect::<Vec<_>>();

    let asked = rig.asked();
    // The standby, which never had them, takes over: what was seen is gone.
    rig.crash();
    rig.standbys = vec![stale];
    rig.promote(A);
    rig.run_until_open();
    let promoted = rig.notes(|note| matches!(note, Note::Promoted { .. }));
    let [
        Note::Promoted {
            commits_lost, end, ..
        },
    ] = promoted[..]
    else {
        panic!("one standby was promoted");
    };
    let lacking = waiting.iter().filter(|txn| asked[*txn] > end).count();
    assert!(lacking > 0);
    assert_eq!(commits_lost, lacking as u64);
    assert!(
        visible
            .iter()
            .zip(&seen)
            .any(|(page, seen)| rig.page(*page) != *seen)
    );
}

#[test]
fn an_asynchronous_failover_loses_what_was_not_sent_and_a_synchronous_one_nothing() {
    let lost = |rule| {
        let mut rig = Rig::new(&settings(rule, Level::On), 1);
        rig.load.clients = 8;
        rig.delays.link = Delay::Constant { ms: 20.0 };
        rig.begin();
        rig.run_for_ms(1000);
        let asked = rig.asked();
        rig.crash();
        rig.promote(A);
        rig.run_until_open();
        let end = rig.standbys.len();
        assert_eq!(end, 0);
        let promoted = rig.notes(|note| matches!(note, Note::Promoted { .. }));
        let [
            Note::Promoted {
                end, commits_lost, ..
            },
        ] = promoted[..]
        else {
            panic!("one standby was promoted");
        };
        let acked_and_lost = rig.acked.keys().filter(|txn| asked[*txn] > end).count() as u64;
        // It goes on, with transactions of its own.
        let before = rig.acked.len();
        rig.settings.rule = Rule::None;
        rig.begin();
        rig.run_for_ms(100);
        (
            commits_lost,
            acked_and_lost,
            rig.acked.len() > before || rule != Rule::None,
        )
    };
    let (commits_lost, acked_and_lost, goes_on) = lost(Rule::None);
    // About 4 commits in each millisecond, 20 ms on their way.
    assert!((60..120).contains(&acked_and_lost), "{acked_and_lost}");
    assert!(commits_lost >= acked_and_lost && goes_on);
    assert_eq!(lost(Rule::First(1)).1, 0);
}

#[test]
fn only_what_is_flushed_is_sent_and_each_server_follows_the_one_before() {
    let delays = Delays {
        flush: Delay::Exponential { mean_ms: 3.0 },
        link: Delay::NONE,
        ..Delays::default()
    };
    let load = Load {
        clients: 9,
        ..Load::default()
    };
    let mut rig = Rig::with(&settings(Rule::Any(1), Level::On), 2, delays, load, 1);
    rig.begin();
    while rig.acked.len() < 500 {
        assert!(rig.step());
        if rig.events.is_multiple_of(100) {
            rig.connect(A);
        }
        let primary = rig.primary();
        let here = [
            primary.flushed(),
            primary.written(),
            primary.inserted(rig.now),
            rig.wal.end(),
        ];
        assert!(here.is_sorted(), "{here:?}");
        for standby in [A, B] {
            let Report {
                written,
                flushed,
                replayed,
            } = rig.standby(standby).report();
            let there = [replayed, flushed, written, primary.flushed()];
            assert!(there.is_sorted(), "{there:?}");
        }
    }
}

#[test]
fn a_standby_that_has_more_than_the_new_primary_can_not_follow_it() {
    let mut rig = Rig::new(&settings(Rule::None, Level::On), 2);
    rig.begin();
    rig.run_for_ms(50);
    rig.tell(PrimaryInput::StandbyLost { standby: A });
    rig.run_for_ms(50);
    rig.crash();
    rig.promote(A);
    rig.run_until_open();
    rig.connect(B);
    let unfit = rig.notes(|note| matches!(note, Note::StandbyUnfit { .. }));
    assert_eq!(unfit.len(), 1);
}

#[test]
fn wal_is_kept_for_a_standby_that_is_away() {
    let settings = Settings {
        checkpoint_interval: Span::from_millis(100),
        ..settings(Rule::None, Level::On)
    };
    let mut rig = Rig::new(&settings, 1);
    rig.load.bytes = 1 << 20;
    rig.begin();
    rig.run_for_ms(10);
    rig.tell(PrimaryInput::StandbyLost { standby: A });
    rig.load.limit = 2000;
    rig.run_for_ms(20_000);
    let needed = rig.standby(A).report().replayed;
    assert!(rig.wal.first() <= needed);
    assert!(rig.wal.end().0 > 1 << 30);
    rig.connect(A);
    rig.run_until(rig.now + Span(60_000_000_000));
    assert_eq!(rig.standby(A).report().replayed, rig.wal.end());
    let recycled = rig.notes(|note| matches!(note, Note::Recycled { .. }));
    assert!(!recycled.is_empty());
    assert!(rig.wal.first().0 > 1 << 30);
    assert!(rig.now > SimTime::START);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_synchronous_failover_loses_no_acknowledged_commit(
        seed in 0_u64..1_000_000,
        level in prop_oneof![Just(Level::On), Just(Level::RemoteApply)],
        times in proptest::collection::vec(1_u64..80, 1..6),
    ) {
        let settings = settings(Rule::First(1), level);
        let load = Load { clients: 6, pages: 20, exact: true, ..Load::default() };
        let exponential = || Delay::Exponential { mean_ms: 1.0 };
        let delays = Delays {
            flush: exponential(),
            standby_flush: exponential(),
            ..Delays::default()
        };
        let mut rig = Rig::with(&settings, 1, delays, load, seed);
        rig.begin();
        for ms in times {
            rig.run_for_ms(ms);
            rig.crash_standby(A);
            rig.run_for_ms(ms / 2);
            rig.connect(A);
        }
        rig.run_for_ms(10);
        rig.crash();
        rig.promote(A);
        rig.run_until_open();
        let kept: Vec<_> = rig.kept.values().collect();
        prop_assert!(rig.acked.keys().all(|txn| kept.contains(&txn)));
        for page in 0..20 {
            let page = PageId(page);
            let mut plain = Page::new(page);
            for (lsn, txn) in &rig.kept {
                let change = &rig.submitted[txn].changes[0];
                if change.page == page {
                    plain.apply(*lsn, change);
                }
            }
            prop_assert!(rig.page(page) == plain);
        }
    }
}
