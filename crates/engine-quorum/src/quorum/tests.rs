use super::*;

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);
const C: NodeId = NodeId(2);
const D: NodeId = NodeId(3);
const E: NodeId = NodeId(4);
const F: NodeId = NodeId(5);
const G: NodeId = NodeId(6);
const H: NodeId = NodeId(7);

fn set<const N: usize>(nodes: [NodeId; N]) -> Copies {
    nodes.into_iter().collect()
}

/// One full and one tail segment in each zone.
fn full_and_tail() -> Quorum {
    Quorum::full_and_tail(set([A, C, E]), set([B, D, F]))
}

fn replacing(quorum: &Quorum, suspect: NodeId, newcomer: NodeId) -> Quorum {
    quorum.joint(&quorum.replaced(suspect, newcomer))
}

/// How many of the sets of `copies` suffice.
fn sufficient(rule: &Rule, copies: u8) -> usize {
    Copies::first(copies)
        .subsets()
        .filter(|set| rule.holds(*set))
        .count()
}

#[test]
fn subsets_are_all_there_once() {
    let sets: std::collections::BTreeSet<u16> = set([A, C, F]).subsets().map(|s| s.0).collect();
    assert_eq!(sets.len(), 8);
    assert_eq!(Copies::first(6).subsets().count(), 64);
}

#[test]
fn counted_quorums_are_sound_exactly_when_their_counts_overlap() {
    for copies in 1..=9 {
        for write in 1..=copies {
            for read in 1..=copies {
                let sound = write + read > copies && 2 * write > copies;
                let checked = Quorum::of(copies, write, read).check();
                assert_eq!(checked.is_ok(), sound, "{write} and {read} of {copies}");
            }
        }
    }
}

#[test]
fn full_and_tail_write_with_23_of_64_sets_and_read_with_41() {
    let quorum = full_and_tail();
    assert_eq!(quorum.check(), Ok(()));
    assert_eq!(sufficient(&quorum.write, 6), 23);
    assert_eq!(sufficient(&quorum.read, 6), 41);
    // The read sets are exactly those that meet every write set: no weaker rule is safe.
    let all = Copies::first(6);
    for read in all.subsets() {
        let meets = |write: Copies| read.and(write).count() > 0;
        let meets_all = all.subsets().filter(|w| quorum.write.holds(*w)).all(meets);
        assert_eq!(quorum.read.holds(read), meets_all, "{read:?}");
    }
}

#[test]
fn a_full_copy_is_left_without_a_zone_and_one_more_only_if_each_zone_has_one() {
    let zones = [set([A, B]), set([C, D]), set([E, F])];
    let readable_without_zone_and_one = |quorum: &Quorum| {
        zones.iter().all(|zone| {
            let up = Copies::first(6).minus(*zone);
            up.iter().all(|node| quorum.read.holds(up.without(node)))
        })
    };
    assert!(readable_without_zone_and_one(&full_and_tail()));
    assert!(readable_without_zone_and_one(&Quorum::of(6, 4, 3)));
    let two_in_one_zone = Quorum::full_and_tail(set([A, B, C]), set([D, E, F]));
    assert!(!readable_without_zone_and_one(&two_in_one_zone));
}

#[test]
fn replacing_a_member_has_15_smallest_write_sets_and_all_meet_the_reads() {
    let before = Quorum::of(6, 4, 3);
    let step = replacing(&before, F, G);
    assert_eq!(step.check(), Ok(()));
    assert!(step.read.meets(&before.write), "reads meet older writes");
    assert!(before.read.meets(&step.write));
    let smallest = |set: &Copies| {
        step.write.holds(*set) && set.iter().all(|node| !step.write.holds(set.without(node)))
    };
    assert_eq!(Copies::first(7).subsets().filter(smallest).count(), 15);
    let after = before.replaced(F, G);
    assert!(after.read.meets(&step.write));
    assert!(after.write.meets(&step.write));
}

#[test]
fn a_newcomer_with_a_vote_would_miss_a_write() {
    let before = Quorum::of(6, 4, 3);
    let either = Rule::Any(vec![before.read.clone(), before.read.renamed(F, G)]);
    assert!(either.holds(set([A, B, G])));
    assert!(before.write.holds(set([C, D, E, F])));
    assert!(!either.meets(&before.write));
    // The reads that are safe for older writes and for those of this step are 3 of ABCDEF.
    let step = replacing(&before, F, G);
    for read in Copies::first(7).subsets() {
        let one = |rule: &Rule| {
            Copies::first(7)
                .subsets()
                .filter(|write| rule.holds(*write))
                .all(|write| write.and(read).count() > 0)
        };
        let safe = one(&before.write) && one(&step.write);
        assert_eq!(step.read.holds(read), safe, "{read:?}");
    }
}

#[test]
fn a_second_suspect_adds_to_the_rule_and_abcd_satisfy_all_of_it() {
    let before = Quorum::of(6, 4, 3);
    let twice = replacing(&replacing(&before, F, G), E, H);
    assert_eq!(twice.check(), Ok(()));
    assert!(twice.write.holds(set([A, B, C, D])));
    let of = |last: [NodeId; 2]| Rule::Count(4, set([A, B, C, D]).with(last[0]).with(last[1]));
    let four = Rule::All(vec![of([E, F]), of([E, G]), of([F, H]), of([G, H])]);
    for up in Copies::first(8).subsets() {
        assert_eq!(twice.write.holds(up), four.holds(up), "{up:?}");
    }
}

#[test]
fn the_fourth_highest_is_what_four_have_in_every_small_case() {
    let rule = Rule::Count(4, Copies::first(6));
    let same = Rule::All(vec![rule.clone()]);
    for code in 0..4_usize.pow(6) {
        let scls: Vec<_> = (0..6)
            .map(|i| Lsn((code / 4_usize.pow(i) % 4) as u64))
            .collect();
        let have = |point: u64| scls.iter().filter(|scl| scl.0 >= point).count();
        let expected = (0..4).rev().find(|point| have(*point) >= 4).unwrap();
        assert_eq!(rule.reached(&scls), Lsn(expected), "{scls:?}");
        assert_eq!(same.reached(&scls), Lsn(expected), "{scls:?}");
    }
}

#[test]
fn no_acknowledged_point_is_forgotten_whoever_answers() {
    let quorum = Quorum::of(6, 4, 3);
    for code in 0..4_usize.pow(6) {
        let scls: Vec<_> = (0..6)
            .map(|i| Lsn((code / 4_usize.pow(i) % 4) as u64))
            .collect();
        let acked = quorum.write.reached(&scls);
        for answering in Copies::first(6)
            .subsets()
            .filter(|set| quorum.read.holds(*set))
        {
            let told: Vec<_> = (0..6)
                .map(|n| answering.has(NodeId(n)).then_some(scls[usize::from(n)]))
                .collect();
            let kept = quorum.write.perhaps_reached(&told);
            assert!(kept >= acked, "{told:?}");
            let mut heard: Vec<_> = told.iter().flatten().copied().collect();
            heard.sort_unstable();
            // With r answers, the (r - 2)th-highest.
            assert_eq!(kept, heard[2], "{told:?}");
        }
    }
}

/// The probability that the copies which are up do not suffice: each is down with `p`, and each zone
/// of `zones` with `a`.
fn unavailable(rule: &Rule, zones: &[Copies], a: f64, p: f64) -> f64 {
    let all = zones
        .iter()
        .fold(Copies::default(), |all, zone| all.or(*zone));
    let share = |down: bool, probability: f64| if down { probability } else { 1.0 - probability };
    let mut sum = 0.0;
    for dark in 0_u32..1 << zones.len() {
        let lit = |n: usize| dark >> n & 1 == 0;
        let zones_so: f64 = (0..zones.len()).map(|n| share(!lit(n), a)).product();
        let powered = (0..zones.len())
            .filter(|n| lit(*n))
            .fold(Copies::default(), |set, n| set.or(zones[n]));
        let failed = powered.subsets().filter(|up| !rule.holds(*up));
        let nodes_so = failed
            .map(|up| -> f64 { powered.iter().map(|node| share(!up.has(node), p)).product() });
        sum += zones_so * nodes_so.sum::<f64>();
    }
    assert!(rule.members().and(all) == rule.members());
    sum
}

/// Compares as the table prints: so many significant digits.
fn printed(found: f64, expected: &str) {
    let digits = expected.find('e').map_or(0, |e| e - 2);
    assert_eq!(format!("{found:.digits$e}"), expected);
}

#[test]
fn availability_of_independent_nodes_is_that_of_the_closed_forms() {
    let zones = |count: u8| vec![Copies::first(count)];
    let rules = [
        (
            Quorum::of(6, 4, 3).write,
            6,
            ["1.585e-2", "1.955e-5", "1.996e-8", "2.000e-11"],
        ),
        (
            Quorum::of(6, 4, 3).read,
            6,
            ["1.270e-3", "1.476e-7", "1.498e-11", "1.5e-15"],
        ),
        (
            Quorum::of(3, 2, 2).write,
            3,
            ["2.800e-2", "2.980e-4", "2.998e-6", "3.000e-8"],
        ),
        (
            Quorum::of(3, 3, 1).write,
            3,
            ["2.710e-1", "2.970e-2", "2.997e-3", "3.000e-4"],
        ),
        (
            Quorum::of(4, 3, 2).write,
            4,
            ["5.230e-2", "5.920e-4", "5.992e-6", "5.999e-8"],
        ),
        (
            Quorum::of(4, 3, 2).read,
            4,
            ["3.700e-3", "3.970e-6", "3.997e-9", "4.000e-12"],
        ),
        (
            Quorum::of(4, 4, 1).write,
            4,
            ["3.439e-1", "3.940e-2", "3.994e-3", "3.999e-4"],
        ),
    ];
    for (rule, copies, expected) in rules {
        for (p, expected) in [1e-1, 1e-2, 1e-3, 1e-4].into_iter().zip(expected) {
            printed(unavailable(&rule, &zones(copies), 0.0, p), expected);
        }
    }
    let mixed = full_and_tail();
    for (p, write, read) in [
        (1e-2, "1.858e-5", "1.118e-6"),
        (1e-3, "1.896e-8", "1.012e-9"),
    ] {
        printed(unavailable(&mixed.write, &zones(6), 0.0, p), write);
        printed(unavailable(&mixed.read, &zones(6), 0.0, p), read);
    }
}

#[test]
fn availability_with_zone_failures_is_that_of_the_closed_forms() {
    let pairs = [set([A, B]), set([C, D]), set([E, F])];
    let singles = [set([A]), set([B]), set([C])];
    let six = Quorum::of(6, 4, 3);
    let two_of_three = Quorum::of(3, 2, 2).write;
    let all_of_three = Quorum::of(3, 3, 1).write;
    for (a, p, expected) in [
        (1e-4, 1e-3, ["1.248e-6", "3.181e-8", "3.627e-6", "3.296e-3"]),
        (1e-3, 1e-2, ["1.405e-4", "4.918e-6", "3.597e-4", "3.261e-2"]),
        (1e-4, 1e-4, ["1.500e-7", "3.002e-8", "1.200e-7", "5.999e-4"]),
    ] {
        printed(unavailable(&six.write, &pairs, a, p), expected[0]);
        printed(unavailable(&six.read, &pairs, a, p), expected[1]);
        printed(unavailable(&two_of_three, &singles, a, p), expected[2]);
        printed(unavailable(&all_of_three, &singles, a, p), expected[3]);
    }
}

#[test]
fn with_one_zone_down_six_copies_need_all_four_that_are_left() {
    let left = [set([A, B, C, D])];
    let p = 1e-3;
    let four = Rule::Count(4, set([A, B, C, D]));
    let three = Rule::Count(3, set([A, B, C, D]));
    printed(unavailable(&four, &left, 0.0, p), "3.994e-3");
    printed(unavailable(&three, &left, 0.0, p), "5.992e-6");
    let two_of_two = Rule::Count(2, set([A, B]));
    printed(unavailable(&two_of_two, &[set([A, B])], 0.0, p), "1.999e-3");
    assert_eq!(Quorum::majority(Copies::first(4)), Quorum::of(4, 3, 2));
    assert_eq!(Quorum::majority(Copies::first(6)), Quorum::of(6, 4, 3));
    assert_eq!(Quorum::of(4, 3, 2).check(), Ok(()));
}

/// Of all pairs of `write` copies that have a record and `read` copies that are asked, how many do
/// not meet, and how many there are.
fn missed(copies: u8, read: u32, write: u32) -> (u64, u64) {
    let of = |count: u32| {
        let sets = Copies::first(copies).subsets();
        sets.filter(move |set| set.count() == count)
    };
    let pairs = of(write).flat_map(|written| of(read).map(move |asked| written.and(asked)));
    pairs.fold((0, 0), |(missed, all), common| {
        (missed + u64::from(common == Copies::default()), all + 1)
    })
}

#[test]
fn a_random_read_misses_a_write_as_often_as_the_closed_form_says() {
    for ((copies, read, write), (part, of)) in [
        ((3, 1, 1), (2, 3)),
        ((3, 1, 2), (1, 3)),
        ((3, 2, 2), (0, 1)),
        ((6, 1, 4), (1, 3)),
        ((6, 2, 4), (1, 15)),
        ((6, 3, 4), (0, 1)),
        ((4, 1, 3), (1, 4)),
        ((4, 2, 3), (0, 1)),
    ] {
        let (missed, all) = missed(copies, read, write);
        assert_eq!(
            missed * of,
            all * part,
            "{read} of {copies}, {write} written"
        );
    }
}

/// Mean time until `lost` of `copies` are down at once, when each fails at the rate `fail` and is
/// repaired at the rate `repair`: that of the birth and death process.
fn chain(copies: u32, lost: u32, fail: f64, repair: f64) -> f64 {
    let step = |(sum, before): (f64, f64), down: u32| {
        let failing = f64::from(copies - down) * fail;
        let time = 1.0 / failing + f64::from(down) * repair / failing * before;
        (sum + time, time)
    };
    (0..lost).fold((0.0, 0.0), step).0
}

#[test]
fn a_quorum_is_lost_as_late_as_the_chain_says() {
    let four_of_six = Quorum::of(6, 4, 3);
    let two_of_three = Quorum::of(3, 2, 2);
    let repair = 8.0;
    for (rule, copies, lost) in [
        (&four_of_six.read, 6, 4),
        (&four_of_six.write, 6, 3),
        (&two_of_three.write, 3, 2),
    ] {
        let mut stream = sim::Stream::new(1, "failures");
        let (runs, mut sum, mut squares) = (4000, 0.0, 0.0);
        for _ in 0..runs {
            let (mut up, mut time) = (Copies::first(copies), 0.0);
            while rule.holds(up) {
                let down = f64::from(u32::from(copies) - up.count());
                time += stream.exponential() / (f64::from(up.count()) + repair * down);
                // Eight of its like are repaired while one fails.
                let weights =
                    u64::from(up.count()) + 8 * (u64::from(copies) - u64::from(up.count()));
                let drawn = stream.below(weights);
                let all = Copies::first(copies);
                let node = match usize::try_from(drawn).unwrap() {
                    fails if fails < up.count() as usize => up.iter().nth(fails),
                    mended => {
                        let place = (mended - up.count() as usize) / 8;
                        all.minus(up).iter().nth(place)
                    }
                };
                let node = node.unwrap();
                up = if up.has(node) {
                    up.without(node)
                } else {
                    up.with(node)
                };
            }
            sum += time;
            squares += time * time;
        }
        let mean = sum / f64::from(runs);
        let error = (squares / f64::from(runs) - mean * mean).sqrt() / f64::from(runs).sqrt();
        let expected = chain(copies.into(), lost, 1.0, repair);
        assert!(
            (mean - expected).abs() < 3.0 * error,
            "{lost} of {copies}: {mean}, expected {expected}, error {error}"
        );
    }
}

/// One segment in twenty-five fails in a year; years until a group has lost its quorum.
#[test]
fn the_sooner_a_segment_is_repaired_the_later_a_quorum_is_lost() {
    const YEAR_S: f64 = 365.25 * 24.0 * 3600.0;
    for (repair_s, expected) in [
        (10.0, [2.0e23, 2.6e15, 3.3e8]),
        (60.0, [9.5e20, 7.2e13, 5.5e7]),
        (3600.0, [4.4e15, 2.0e10, 9.1e5]),
        (86400.0, [3.2e11, 3.5e7, 3.8e4]),
    ] {
        let years = |copies, lost| chain(copies, lost, 0.04, YEAR_S / repair_s);
        let found = [years(6, 4), years(6, 3), years(3, 2)];
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found / expected - 1.0).abs() < 0.03,
                "{repair_s} s: {found:e}, expected {expected:e}"
            );
        }
    }
}
