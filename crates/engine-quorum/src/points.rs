//! The points up to which the log can be trusted: PGCL, VCL, VDL.

use std::collections::VecDeque;

use redo::Lsn;

use crate::message::{GroupId, NodeId, Truncation};
use crate::quorum::{Copies, Rule};

/// What the writer knows of durability. It hears SCLs and derives the rest.
#[derive(Clone, Debug, Hash)]
pub struct Points {
    write: Rule,
    groups: Vec<Group>,
    /// Consistency points above the VDL, rising.
    cpls: VecDeque<Lsn>,
    /// Records above the VDL with their groups, rising.
    above: VecDeque<(Lsn, GroupId)>,
    /// The last LSN handed out.
    issued: Lsn,
    /// Where a recovery left a hole in the LSNs: none between the durable point and this one.
    hole: Option<(Lsn, Lsn)>,
    vcl: Lsn,
    vdl: Lsn,
}

#[derive(Clone, Debug, Hash)]
struct Group {
    /// What each node last said of its segment.
    scls: Vec<Lsn>,
    pgcl: Lsn,
    /// The newest record at or below the VDL.
    tail: Lsn,
    /// Records above the PGCL, rising.
    outstanding: VecDeque<Lsn>,
}

/// What one acknowledgement moved, each with its new value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// The group's PGCL.
    pub pgcl: Option<Lsn>,
    /// The VCL.
    pub vcl: Option<Lsn>,
    /// The VDL.
    pub vdl: Option<Lsn>,
}

impl Group {
    /// A group with no records yet, and so many copies.
    fn new(nodes: u8) -> Self {
        Self {
            scls: vec![Lsn::ZERO; nodes.into()],
            pgcl: Lsn::ZERO,
            tail: Lsn::ZERO,
            outstanding: VecDeque::new(),
        }
    }
}

impl Points {
    /// Points of a volume before its first record: `nodes` copies of each of `groups` groups, of
    /// which those that suffice to `write` make a record durable.
    pub fn new(groups: u16, nodes: u8, write: Rule) -> Self {
        assert!(
            write.holds(Copies::first(nodes)) && !write.holds(Copies::default()),
            "a quorum is some of the copies"
        );
        Self {
            write,
            groups: vec![Group::new(nodes); groups.into()],
            cpls: VecDeque::new(),
            above: VecDeque::new(),
            issued: Lsn::ZERO,
            hole: None,
            vcl: Lsn::ZERO,
            vdl: Lsn::ZERO,
        }
    }

    /// Points after a recovery that kept what `truncation` keeps. `scls` is by group, then by node.
    pub fn recovered(write: Rule, scls: Vec<Vec<Lsn>>, truncation: &Truncation) -> Self {
        let (vdl, next) = (truncation.after, truncation.until.next());
        let group = |(scls, tail): (Vec<Lsn>, &Lsn)| Group {
            pgcl: write.reached(&scls),
            tail: *tail,
            scls,
            outstanding: VecDeque::new(),
        };
        Self {
            groups: scls.into_iter().zip(&truncation.tails).map(group).collect(),
            write,
            cpls: VecDeque::new(),
            above: VecDeque::new(),
            issued: vdl,
            hole: Some((vdl, next)),
            vcl: vdl,
            vdl,
        }
    }

    /// There are so many groups now. Those that are new have no records yet.
    pub fn grow(&mut self, groups: u16, nodes: u8) {
        assert!(
            self.groups.len() <= groups.into(),
            "a volume does not shrink"
        );
        self.groups.resize(groups.into(), Group::new(nodes));
    }

    /// How many groups there are.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> + use<> {
        (0..u16::try_from(self.groups.len()).expect("made from a u16")).map(GroupId)
    }

    /// A record of `group` got the LSN `lsn`, higher than any before.
    pub fn issue(&mut self, lsn: Lsn, group: GroupId) {
        assert!(lsn > self.issued, "LSNs rise");
        self.issued = lsn;
        self.groups[group.index()].outstanding.push_back(lsn);
        self.above.push_back((lsn, group));
    }

    /// The last record that was issued ends a mini-transaction.
    pub fn end_mtr(&mut self) {
        self.cpls.push_back(self.issued);
    }

    /// A segment says how far it is complete. Old news moves nothing.
    pub fn hear(&mut self, group: GroupId, node: NodeId, scl: Lsn) -> Moved {
        let heard = &mut self.groups[group.index()];
        let known = &mut heard.scls[node.index()];
        if scl <= *known {
            return Moved::default();
        }
        *known = scl;
        if scl <= heard.pgcl {
            // What it has now others had before.
            return Moved::default();
        }
        self.advance(group)
    }

    /// From now on these copies make a record durable. What was durable remains so.
    pub fn set_write_rule(&mut self, write: Rule) {
        self.write = write;
    }

    /// Moves what a group's SCLs allow to move.
    pub fn advance(&mut self, group: GroupId) -> Moved {
        let heard = &mut self.groups[group.index()];
        let pgcl = self.write.reached(&heard.scls);
        if pgcl <= heard.pgcl {
            return Moved::default();
        }
        heard.pgcl = pgcl;
        while heard.outstanding.front().is_some_and(|lsn| *lsn <= pgcl) {
            heard.outstanding.pop_front();
        }
        let vcl = self.advance_vcl();
        let vdl = self.advance_vdl();
        Moved {
            pgcl: Some(pgcl),
            vcl,
            vdl,
        }
    }

    /// A node has nothing, whatever it said before.
    pub fn forget(&mut self, node: NodeId) {
        for group in &mut self.groups {
            group.scls[node.index()] = Lsn::ZERO;
        }
    }

    /// Whether copies that suffice by this rule have everything that is durable.
    pub fn are_covered_by(&self, rule: &Rule) -> bool {
        self.groups
            .iter()
            .all(|group| rule.reached(&group.scls) >= group.pgcl)
    }

    /// Which copies make a record durable.
    pub const fn write_rule(&self) -> &Rule {
        &self.write
    }

    /// The SCL that a segment last told.
    pub fn scl(&self, group: GroupId, node: NodeId) -> Lsn {
        self.groups[group.index()].scls[node.index()]
    }

    /// Protection Group Complete LSN: a write quorum of the group is complete up to here.
    pub fn pgcl(&self, group: GroupId) -> Lsn {
        self.groups[group.index()].pgcl
    }

    /// The newest record of a group at or below the VDL. A segment that is complete to here is
    /// complete for a read at the VDL, whatever its SCL: LSNs of other groups do not concern it.
    pub fn tail(&self, group: GroupId) -> Lsn {
        self.groups[group.index()].tail
    }

    /// The same of all groups.
    pub fn tails(&self) -> Vec<Lsn> {
        self.groups.iter().map(|group| group.tail).collect()
    }

    /// Volume Complete LSN: every record up to here is durable in its group.
    pub const fn vcl(&self) -> Lsn {
        self.vcl
    }

    /// Volume Durable LSN: the last end of a mini-transaction at or below the VCL.
    pub const fn vdl(&self) -> Lsn {
        self.vdl
    }

    /// The last LSN handed out.
    pub const fn issued(&self) -> Lsn {
        self.issued
    }

    /// The first record that is not durable in its group, with the group.
    pub fn first_missing(&self) -> Option<(Lsn, GroupId)> {
        (0_u16..)
            .zip(&self.groups)
            .filter_map(|(id, group)| Some((*group.outstanding.front()?, GroupId(id))))
            .min()
    }

    /// The VCL is the last LSN before the first that is missing. Not the lowest PGCL: a group that
    /// has nothing to do would hold the whole volume back.
    fn advance_vcl(&mut self) -> Option<Lsn> {
        let vcl = match (self.first_missing(), self.hole) {
            (Some((lsn, _)), Some((vdl, next))) if lsn == next => vdl,
            (Some((lsn, _)), _) => lsn.before(),
            (None, _) => self.issued,
        };
        assert!(self.vcl <= vcl, "the VCL never decreases");
        let moved = self.vcl < vcl;
        self.vcl = vcl;
        moved.then_some(vcl)
    }

    fn advance_vdl(&mut self) -> Option<Lsn> {
        let before = self.vdl;
        while let Some(lsn) = self.cpls.front()
            && *lsn <= self.vcl
        {
            self.vdl = *lsn;
            self.cpls.pop_front();
        }
        assert!(self.vdl <= self.vcl, "the VDL never passes the VCL");
        while let Some((lsn, group)) = self.above.front().copied()
            && lsn <= self.vdl
        {
            self.groups[group.index()].tail = lsn;
            self.above.pop_front();
        }
        (before < self.vdl).then_some(self.vdl)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quorum::Quorum;

    fn points(groups: u16) -> Points {
        Points::new(groups, 6, Quorum::of(6, 4, 3).write)
    }

    fn acks(points: &mut Points, group: u16, copies: u8, scl: u64) -> Moved {
        (0..copies)
            .map(|n| points.hear(GroupId(group), NodeId(n), Lsn(scl)))
            .last()
            .unwrap()
    }

    #[test]
    fn vcl_is_104_in_figure_3_of_sigmod_2018() {
        let mut points = points(2);
        for lsn in 100..=106 {
            points.issue(Lsn(lsn), GroupId(u16::from(lsn % 2 == 0)));
            points.end_mtr();
        }
        acks(&mut points, 0, 4, 103);
        acks(&mut points, 0, 3, 105);
        acks(&mut points, 1, 4, 104);
        acks(&mut points, 1, 3, 106);
        assert_eq!(points.pgcl(GroupId(0)), Lsn(103));
        assert_eq!(points.pgcl(GroupId(1)), Lsn(104));
        assert_eq!(points.vcl(), Lsn(104));
    }

    #[test]
    fn vdl_is_1000_in_the_example_of_sigmod_2017() {
        let mut points = points(1);
        for lsn in 1..=1100 {
            points.issue(Lsn(lsn), GroupId(0));
            if [900, 1000, 1100].contains(&lsn) {
                points.end_mtr();
            }
        }
        let moved = acks(&mut points, 0, 4, 1007);
        assert_eq!((moved.vcl, moved.vdl), (Some(Lsn(1007)), Some(Lsn(1000))));
    }

    #[test]
    fn of_64_ack_sets_exactly_those_of_four_or_more_are_durable() {
        for set in 0_u32..64 {
            let mut points = points(1);
            points.issue(Lsn(1), GroupId(0));
            points.end_mtr();
            for node in (0..6).filter(|n| set >> n & 1 == 1) {
                points.hear(GroupId(0), NodeId(node), Lsn(1));
            }
            assert_eq!(points.vdl() == Lsn(1), set.count_ones() >= 4, "{set:06b}");
        }
    }

    #[test]
    fn a_record_that_four_copies_have_waits_for_the_one_before_it() {
        // Record 1 is on a1, a2, b1, b2 and record 2 on b1, b2, c1, c2: each has four copies, but
        // only two of the copies with record 2 are complete up to it.
        let mut points = points(1);
        for lsn in [1, 2] {
            points.issue(Lsn(lsn), GroupId(0));
            points.end_mtr();
        }
        for (node, scl) in [1, 1, 2, 2, 0, 0].into_iter().enumerate() {
            points.hear(GroupId(0), NodeId(u8::try_from(node).unwrap()), Lsn(scl));
        }
        assert_eq!(points.vdl(), Lsn(1));
    }

    #[test]
    fn an_idle_group_holds_nothing_back() {
        let mut points = points(3);
        for lsn in 1..=10 {
            points.issue(Lsn(lsn), GroupId(1));
            points.end_mtr();
        }
        acks(&mut points, 1, 4, 10);
        assert_eq!(points.vdl(), Lsn(10));
    }

    #[test]
    fn the_tail_of_a_group_is_its_newest_record_at_or_below_the_vdl() {
        let mut points = points(2);
        for lsn in 1..=6 {
            points.issue(Lsn(lsn), GroupId(u16::from(lsn > 2)));
            if [4, 6].contains(&lsn) {
                points.end_mtr();
            }
        }
        acks(&mut points, 0, 4, 2);
        acks(&mut points, 1, 4, 5);
        assert_eq!((points.vcl(), points.vdl()), (Lsn(5), Lsn(4)));
        assert_eq!(points.tails(), [Lsn(2), Lsn(4)]);
        acks(&mut points, 1, 4, 6);
        assert_eq!(points.tails(), [Lsn(2), Lsn(6)]);
    }
}
