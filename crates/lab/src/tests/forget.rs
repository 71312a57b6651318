//! Logs that forget: how much is kept, and who can still have what.

use engine_quorum::{Image, Log};
use redo::PageId;

use super::*;

/// The insert test with so many inserts a second, for so long.
fn insert_test(rate: u32, seconds: u32) -> (World, u64) {
    let text = include_str!("../../../../www/scenarios/insert-test.toml")
        .replace("rate = 25000", &format!("rate = {rate}"))
        .replace("at = \"30min\"", &format!("at = \"{seconds}s\""))
        .replace("pages = 100000", "pages = 2000")
        .replace("[storage]", "[storage]\nkeep_records = 1000");
    watched(&text)
}

/// Runs to the end, every line checked, and gives the world and the most records that its logs kept.
fn watched(text: &str) -> (World, u64) {
    let scenario = Scenario::parse(text).unwrap();
    let script = Rc::new(Script {
        seed: scenario.seed,
        scenario,
        recording: None,
    });
    let schedule = Schedule::new(&script.scenario);
    let mut world = World::new(&script);
    let mut checker = Checker::new(&world);
    let (mut lines, mut kept) = (Vec::new(), 0);
    while world.step(&schedule, &mut lines) {
        for line in lines.drain(..) {
            checker.read(&line, &world);
        }
        let logs = world.volumes().iter().map(Volume::log);
        kept = kept.max(logs.map(Log::kept).sum());
    }
    assert_eq!(checker.finish(&world), []);
    (world, kept)
}

#[test]
fn the_insert_test_keeps_as_many_records_after_a_long_time_as_after_a_short_one() {
    let (short, kept_in_short) = insert_test(2_000, 4);
    let (long, kept_in_long) = insert_test(2_000, 12);
    assert!(short.log().count() > 7_000, "{}", short.log().count());
    assert!(long.log().count() > 23_000, "{}", long.log().count());
    // The restore window of one second, half of what is kept in any case, and what is under way.
    assert!(kept_in_short < 3_500, "{kept_in_short}");
    assert!(kept_in_long < 3_500, "{kept_in_long}");
}

/// Few pages with long chains, and a short window.
const FORGETFUL: &str = r#"
    format = 1
    [topology]
    protection_groups = 3
    segment_gb = 0.0001
    [workload]
    kind = "insert"
    clients = 16
    pages = 40
    [storage]
    backup = "10ms"
    collect = "10ms"
    restore_window = "100ms"
    keep_records = 0
"#;

#[test]
fn a_copy_that_is_down_holds_the_log_until_it_has_caught_up() {
    let down = "[[fault]]\nat = \"50ms\"\ndo = \"node-down\"\nnode = \"b1\"\n";
    let up = "[[fault]]\nat = \"300ms\"\ndo = \"node-up\"\nnode = \"b1\"\n";
    let (_, kept) = watched(&format!("{FORGETFUL}[stop]\nat = \"600ms\""));
    let (held, kept_while_down) = watched(&format!("{FORGETFUL}{down}[stop]\nat = \"300ms\""));
    let (after, _) = watched(&format!("{FORGETFUL}{down}{up}[stop]\nat = \"600ms\""));
    assert!(kept_while_down > 2 * kept, "{kept_while_down}, {kept}");
    assert!(kept_while_down > held.log().count() / 2);
    assert!(after.log().kept() < kept, "{}", after.log().kept());
}

#[test]
fn who_joins_gets_what_is_forgotten_as_a_whole() {
    let replace = "[[fault]]\nat = \"200ms\"\ndo = \"replace\"\nnode = \"b1\"\n";
    let (world, _) = watched(&format!("{FORGETFUL}{replace}[stop]\nat = \"600ms\""));
    let (new, peer) = (&world.nodes()[7], &world.nodes()[0]);
    assert_eq!(new.image(), Image::Whole);
    for group in world.groups() {
        let (new, peer) = (new.segment(group), peer.segment(group));
        assert!(peer.stored_records.abs_diff(new.stored_records) < 100);
        assert!(new.stored_records > 1_000, "{}", new.stored_records);
        let pages = new.pages.as_ref().expect("it is a full member");
        assert!(pages.versions() > 0);
    }
    assert!(world.log().kept() < world.log().count() / 4);
}

#[test]
fn a_volume_restored_from_a_log_that_forgot_has_its_pages() {
    let restore =
        "[[fault]]\nat = \"300ms\"\ndo = \"restore-volume\"\nvolume = \"v1\"\nto = \"250ms\"\n";
    let (world, _) = watched(&format!("{FORGETFUL}{restore}[stop]\nat = \"500ms\""));
    let (source, restored) = (&world.volumes()[0], &world.volumes()[1]);
    let at = restored.origin().expect("it comes from the other").at;
    assert!(source.log().forgotten() > at);
    assert!(restored.log().forgotten() > Lsn::ZERO);
    let pages = (0..40).map(|page| restored.log().page_at(PageId(page), at));
    let changes: u64 = pages.map(|page| u64::from(page.changes())).sum();
    assert_eq!(changes, restored.log().place_of(at));
}
