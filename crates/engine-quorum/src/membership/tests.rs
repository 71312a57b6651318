use std::collections::BTreeSet;

use super::*;

const SIX: u8 = 6;
/// Spares: one for each zone.
const NODES: u8 = 9;

fn replace(suspect: u8, newcomer: u8) -> Change {
    Change::Replace {
        suspect: NodeId(suspect),
        newcomer: NodeId(newcomer),
    }
}

fn zone(first: u8) -> Copies {
    [first, first + 1].into_iter().map(NodeId).collect()
}

fn after(membership: &Membership, steps: &[Step]) -> Membership {
    let step = |m: Membership, step: &Step| m.step(*step).expect("the step fits");
    steps.iter().fold(membership.clone(), step)
}

/// Every step that is possible: replacements within a zone by whoever is free there, and zones.
fn steps(membership: &Membership) -> Vec<(Step, Membership)> {
    let zone_of = |node: u8| if node < SIX { node / 2 } else { node - SIX };
    let mut changes = vec![Change::Return];
    for suspect in 0..NODES {
        let same = (0..NODES).filter(|newcomer| zone_of(*newcomer) == zone_of(suspect));
        changes.extend(same.map(|newcomer| replace(suspect, newcomer)));
    }
    for zone in 0..3 {
        let nodes = (0..NODES).filter(|node| zone_of(*node) == zone).map(NodeId);
        let members: Copies = nodes
            .filter(|node| membership.members().has(*node))
            .collect();
        changes.push(Change::Leave(members));
    }
    let each = |change| {
        [
            Step::Begin(change),
            Step::Complete(change),
            Step::Reverse(change),
        ]
    };
    let all = changes.into_iter().flat_map(each);
    all.filter_map(|step| Some((step, membership.step(step).ok()?)))
        .collect()
}

/// What tells two states apart, beside the epochs, which only count.
fn key(membership: &Membership) -> String {
    let Membership {
        base,
        home,
        tails,
        changes,
        ..
    } = membership;
    let mut changes: Vec<_> = changes.iter().map(|change| format!("{change:?}")).collect();
    changes.sort_unstable();
    format!("{base:?} {home:?} {tails:?} {changes:?}")
}

/// All states that can be reached, each with the steps that lead on.
fn reachable(first: Membership) -> Vec<(Membership, Vec<(Step, Membership)>)> {
    let mut seen = BTreeSet::from([key(&first)]);
    let mut found = Vec::new();
    let mut next = vec![first];
    while let Some(membership) = next.pop() {
        let steps = steps(&membership);
        for (_, after) in &steps {
            if seen.insert(key(after)) {
                next.push(after.clone());
            }
        }
        found.push((membership, steps));
    }
    found
}

/// Whether reads meet writes, asked of every set that suffices to write.
fn assert_sound(first: Membership, at_least: usize) {
    let states = reachable(first);
    assert!(states.len() >= at_least, "{} states", states.len());
    for (membership, steps) in states {
        let now = membership.quorum();
        assert_eq!(now.check(), Ok(()), "{membership:?}");
        let voters = now.read.members();
        assert_eq!(voters, membership.members(), "{membership:?}");
        assert_eq!(voters.and(membership.newcomers()), Copies::default());
        for (step, after) in steps {
            assert_eq!(after.epoch.0, membership.epoch.0 + 1);
            let then = after.quorum();
            // Whoever reads by the rule of before meets whoever writes by the rule of after, and
            // the other way round: they need not hear of the step at the same time. After a change is
            // complete those who join have everything from before.
            assert!(then.read.meets(&now.write), "{membership:?} {step:?}");
            if !matches!(step, Step::Complete(_)) {
                assert!(now.read.meets(&then.write), "{membership:?} {step:?}");
            }
        }
    }
}

#[test]
fn in_every_reachable_state_reads_meet_writes_and_newcomers_have_no_vote() {
    assert_sound(Membership::default(), 500);
}

#[test]
fn so_they_do_with_full_and_tail_segments() {
    let full = [0, 2, 4].into_iter().map(NodeId).collect();
    let tail = [1, 3, 5].into_iter().map(NodeId).collect();
    assert_sound(
        Membership::new(Quorum::full_and_tail(full, tail), tail),
        100,
    );
}

#[test]
fn a_replacement_that_is_taken_back_leaves_the_members_as_they_were() {
    let change = replace(5, 8);
    let before = Membership::default();
    let joint = after(&before, &[Step::Begin(change)]);
    assert_eq!(joint.newcomers(), Copies::default().with(NodeId(8)));
    assert_eq!(joint.suspects(), Copies::default().with(NodeId(5)));
    let back = after(&joint, &[Step::Reverse(change)]);
    assert_eq!(back.quorum(), before.quorum());
    assert_eq!(back.epoch, MembershipEpoch(3));
}

#[test]
fn of_two_replacements_each_goes_its_own_way() {
    let (first, second) = (replace(5, 8), replace(3, 7));
    let both = after(
        &Membership::default(),
        &[Step::Begin(first), Step::Begin(second)],
    );
    let one = after(&both, &[Step::Complete(second), Step::Reverse(first)]);
    let other = after(&both, &[Step::Reverse(first), Step::Complete(second)]);
    assert_eq!(one.quorum(), other.quorum());
    let members = Copies::first(6).without(NodeId(3)).with(NodeId(7));
    assert_eq!(one.members(), members);
}

#[test]
fn without_a_zone_three_of_four_write_and_afterwards_four_of_six_again() {
    let left = [
        Step::Begin(Change::Leave(zone(2))),
        Step::Complete(Change::Leave(zone(2))),
    ];
    let four = after(&Membership::default(), &left);
    assert_eq!(
        four.quorum(),
        Quorum::majority(Copies::first(6).minus(zone(2)))
    );
    assert_eq!((four.left_out(), four.geometry()), (zone(2), 2));
    let returned = [
        Step::Begin(replace(5, 8)),
        Step::Complete(replace(5, 8)),
        Step::Begin(Change::Return),
        Step::Complete(Change::Return),
    ];
    let six = after(&four, &returned);
    let members = Copies::first(5).with(NodeId(8));
    assert_eq!((six.members(), six.geometry()), (members, 3));
    assert_eq!(six.quorum(), Quorum::majority(members));
}

#[test]
fn a_newcomer_is_what_the_suspect_is_full_or_tail() {
    let full = [0, 2, 4].into_iter().map(NodeId).collect();
    let tail = [1, 3, 5].into_iter().map(NodeId).collect();
    let first = Membership::new(Quorum::full_and_tail(full, tail), tail);
    let joint = after(
        &first,
        &[Step::Begin(replace(5, 8)), Step::Begin(replace(0, 6))],
    );
    assert!(joint.is_full(NodeId(6)) && !joint.is_full(NodeId(8)));
}

#[test]
fn a_volume_grows_whatever_else_changes_and_its_members_stay() {
    let begin = Step::Begin(replace(5, 8));
    let before = after(&Membership::default(), &[begin]);
    let grown = after(&before, &[Step::Grow, Step::Grow]);
    assert_eq!((grown.epoch().0, grown.geometry()), (4, 3));
    assert_eq!((before.groups_added(), grown.groups_added()), (0, 2));
    assert_eq!(grown.quorum(), before.quorum());
    let done = after(&grown, &[Step::Complete(replace(5, 8))]);
    assert_eq!((done.groups_added(), done.geometry()), (2, 3));
}

#[test]
fn a_step_that_does_not_fit_says_why() {
    let check = |steps: &[Step], step, why| {
        let membership = after(&Membership::default(), steps);
        assert_eq!(membership.step(step), Err(why));
    };
    let begin = Step::Begin(replace(5, 8));
    let leave = Change::Leave(zone(2));
    check(&[], Step::Begin(replace(8, 6)), Unfit::NoMember);
    check(&[], Step::Begin(replace(5, 4)), Unfit::MemberAlready);
    check(&[begin], begin, Unfit::UnderWay);
    check(&[begin], Step::Begin(replace(5, 7)), Unfit::UnderWay);
    check(&[begin], Step::Begin(replace(4, 8)), Unfit::MemberAlready);
    check(&[], Step::Reverse(replace(5, 8)), Unfit::NotUnderWay);
    check(&[begin], Step::Begin(leave), Unfit::OneAtATime);
    check(&[Step::Begin(leave)], begin, Unfit::OneAtATime);
    check(&[], Step::Begin(Change::Return), Unfit::NobodyLeftOut);
    let gone = [Step::Begin(leave), Step::Complete(leave)];
    check(
        &gone,
        Step::Begin(Change::Leave(zone(0))),
        Unfit::LeftOutAlready,
    );
    check(&gone, Step::Begin(replace(5, 2)), Unfit::MemberAlready);
    check(
        &[],
        Step::Begin(Change::Leave(Copies::first(6))),
        Unfit::NobodyLeft,
    );
    check(&[], Step::Begin(Change::Leave(zone(5))), Unfit::NoMember);
}
