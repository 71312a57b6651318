use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;

use super::*;

/// Links of this version, kept for ever: each line is one, and reads as the next line says.
const KEPT: &str = include_str!("../../tests/links-v1.txt");

const VERBS: [&str; 10] = [
    "az-down:b",
    "node-up:c2",
    "slow:a1,50ms",
    "drop:c2,1",
    "crash-writer",
    "heal:writer",
    "restore-volume:v1,1.5ms",
    "restore-volume:v1,lsn-120",
    "write:v2,4",
    "promote:s1",
];

fn origins() -> impl Strategy<Value = Origin> {
    prop_oneof![
        select(&["insert", "first-light", "both"][..])
            .prop_map(|name| Origin::Shipped(name.into())),
        "[ -~\u{e4}\n]{1,60}".prop_map(Origin::Text),
        "[0-9a-f]{16}".prop_map(Origin::OwnWal),
    ]
}

fn times() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..10_u64,
        0..5_000_000_000_u64,
        0..3_600_000_000_000_000_u64
    ]
}

fn cursors() -> impl Strategy<Value = SeekTo> {
    prop_oneof![
        times().prop_map(SeekTo::Time),
        (times(), 0..1000_u64).prop_map(|(at_ns, nth)| SeekTo::Nth { at_ns, nth }),
        (0..1_u64 << 50).prop_map(SeekTo::Event),
    ]
}

fn links(edits: usize) -> impl Strategy<Value = Link> {
    let change = ("[a-z_]{1,9}\\.[a-z_]{1,9}", "[ -~]{1,20}")
        .prop_map(|(path, value)| Change { path, value });
    let edit = (times(), select(&VERBS[..])).prop_map(|(at_ns, verb)| Edit {
        at_ns,
        verb: verb.parse().expect("the list has verbs"),
    });
    let stamp = (0..100_u32, any::<u64>()).prop_map(|(model, hash)| Stamp { model, hash });
    (
        origins(),
        vec(change, 0..4),
        option::of(any::<u64>()),
        vec(edit, 0..edits),
        cursors(),
        prop_oneof![Just(0), 0..9_u32, Just(u32::MAX)],
        0..9_u32,
        option::of(stamp),
    )
        .prop_map(
            |(origin, changes, seed, edits, cursor, group, step, state)| Link {
                origin,
                changes,
                seed,
                edits,
                cursor,
                group,
                step,
                state,
            },
        )
}

proptest! {
    #[test]
    fn a_link_that_was_written_reads_as_the_same(link in links(150)) {
        for text in [Ok(link.to_file()), link.to_text()].into_iter().flatten() {
            let reading = Link::read(&text).expect("it was written");
            prop_assert!(!reading.edited && reading.left_out.is_empty());
            prop_assert_eq!(&reading.link, &link);
            prop_assert_eq!(Link::read(&format!("https://a.b/c/#{text}\n")), Ok(reading));
        }
    }

    #[test]
    fn a_link_stays_below_its_limit(link in links(400)) {
        match link.to_text() {
            Ok(text) => prop_assert!(text.len() <= LINK_MAX),
            Err(too_long) => prop_assert!(too_long.length > LINK_MAX),
        }
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,80}", tail in "[a-z0-9=&;:@+.%-]{0,80}") {
        drop(Link::read(&text));
        if let Ok(Reading { link, .. }) = Link::read(&format!("v=1&x=insert&{tail}")) {
            let again = Link::read(&link.to_file()).expect("it was written");
            prop_assert_eq!(again.link, link);
        }
    }
}

/// Every change of one character is told, or changes nothing.
#[test]
fn no_change_of_a_character_goes_unnoticed() {
    let config = proptest::test_runner::Config::default();
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let mut tried = 0;
    for round in 0..200 {
        let edits = if round % 10 == 0 { 150 } else { 4 };
        let tree = links(edits).new_tree(&mut runner).expect("a link");
        let Ok(text) = tree.current().to_text() else {
            continue;
        };
        let whole = Link::read(&text).expect("it was written");
        for (place, was) in text.char_indices() {
            let others = [
                '0', 'a', 'A', 'f', 'z', '&', '=', ';', '@', '%', '+', '\u{e4}',
            ];
            for other in others.into_iter().filter(|other| *other != was) {
                let mut text = text.clone();
                text.replace_range(place..=place, other.encode_utf8(&mut [0; 4]));
                tried += 1;
                if let Ok(reading) = Link::read(&text) {
                    let told = reading.edited || !reading.left_out.is_empty();
                    assert!(told || reading.link == whole.link, "{text}");
                }
            }
        }
    }
    assert!(tried > 100_000, "{tried}");
}

#[test]
fn links_of_this_version_read_as_they_always_did() {
    let mut lines = KEPT.lines().filter(|line| !line.starts_with('%'));
    let mut count = 0;
    while let (Some(text), Some(expected)) = (lines.next(), lines.next()) {
        let reading = Link::read(text).expect(text);
        assert!(!reading.edited && reading.left_out.is_empty(), "{text}");
        assert_eq!(reading.link.to_file(), expected);
        count += 1;
    }
    assert!(count >= 4, "{count}");
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_the_link() {
    let text = "v=1&x=insert&p=a.b:1;nothing&s=-1&e=az-down:b@2s;az-down:q@2s;grow@soon&t=4 s&q=1&q=2&h=12&c=0000";
    let reading = Link::read(text).unwrap();
    assert!(reading.edited);
    let places: Vec<_> = reading
        .left_out
        .iter()
        .map(|problem| problem.place.as_deref().unwrap_or(""))
        .collect();
    let expected = [
        "p, number 2",
        "s",
        "e, number 2",
        "e, number 3",
        "t",
        "q",
        "q",
        "h",
    ];
    assert_eq!(places, expected);
    assert_eq!(reading.link.edits.len(), 1);
    assert_eq!(reading.link.changes.len(), 1);
    assert_eq!(reading.link.cursor, SeekTo::Time(0));
}

#[test]
fn without_a_word_of_what_runs_there_is_no_link() {
    for text in [
        "",
        "#",
        "v=2&x=insert",
        "x=insert",
        "v=1&s=4",
        "v=1&z=AAAA&c=1234",
    ] {
        assert!(Link::read(text).is_err(), "{text}");
    }
    assert!(is_link("#v=1&x=a") && !is_link("#about"));
}
