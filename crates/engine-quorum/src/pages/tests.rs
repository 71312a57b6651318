use proptest::prelude::*;
use redo::{Change, Payload};
use sim::SimTime;

use super::*;
use crate::message::Epoch;

const PAGES: u32 = 3;
/// The only one.
const GROUP: GroupId = GroupId(0);

/// A log of one group with a recovery now and then, and what a plain reader makes of it.
struct Volume {
    log: Log,
    epoch: Epoch,
    /// The records that count, by rising LSN.
    kept: Vec<Lsn>,
    vdl: Lsn,
}

/// What happens to a volume and one of its segments.
#[derive(Clone, Debug)]
enum Deed {
    /// A record for this page.
    Write(u32),
    /// Everything so far is durable.
    Durable,
    /// A recovery annuls what is not.
    Recover,
    /// The index is brought up to date.
    Index,
    /// All ripe pages are coalesced.
    Coalesce,
    /// This page is coalesced, ripe or not.
    CoalesceOne(u32),
    /// Nobody reads before this part of the index any more, in percent.
    Collect(u64),
    /// The newest version of this page is damaged.
    Damage(u32),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        12 => (0..PAGES).prop_map(Deed::Write),
        3 => Just(Deed::Durable),
        1 => Just(Deed::Recover),
        3 => Just(Deed::Index),
        2 => Just(Deed::Coalesce),
        2 => (0..PAGES).prop_map(Deed::CoalesceOne),
        2 => (0_u64..=100).prop_map(Deed::Collect),
        1 => (0..PAGES).prop_map(Deed::Damage),
    ]
}

impl Volume {
    /// So many records of a page make a version.
    fn new(chain_records: u32) -> Self {
        Self {
            log: Log::new(1).with_chains(chain_records),
            epoch: Epoch::FIRST,
            kept: Vec::new(),
            vdl: Lsn::ZERO,
        }
    }

    fn write(&mut self, page: u32) {
        let word = self.log.next_lsn().0.to_le_bytes();
        let payload = Payload::new(word.as_slice().into(), 0, 8);
        let change = Change::exact(PageId(page), 8, false, payload);
        let lsn = self.log.append(self.epoch, change).lsn;
        self.log.end_mtr(SimTime::START, self.epoch, lsn, 0, None);
        self.kept.push(lsn);
    }

    fn recover(&mut self) {
        self.epoch = self.epoch.next();
        let first = Lsn(self.log.next_lsn().0 + 5);
        self.log.branch(self.epoch, self.vdl, first);
        self.kept.retain(|lsn| *lsn <= self.vdl);
    }

    fn tail(&self) -> Lsn {
        self.kept.last().copied().unwrap_or_default()
    }

    /// The page from its whole chain.
    fn plain(&self, page: PageId, point: Lsn) -> Page {
        let mut plain = Page::new(page);
        for lsn in self.kept.iter().filter(|lsn| **lsn <= point) {
            let change = &self.log.get(*lsn).unwrap().change;
            if change.page == page {
                plain.apply(*lsn, change);
            }
        }
        plain
    }

    /// Does a deed to the volume and to the segment that has all of it.
    fn enact(&mut self, segment: &mut SegmentPages, deed: &Deed) {
        match *deed {
            Deed::Write(page) => self.write(page),
            Deed::Durable => self.vdl = self.tail(),
            Deed::Recover => {
                self.recover();
                segment.annul(self.tail(), &self.log);
            }
            Deed::Index => segment.index(GROUP, (self.tail(), self.vdl), &self.log),
            Deed::Coalesce => {
                for (page, lsn) in segment.ripe(usize::MAX) {
                    segment.coalesce(page, lsn, &self.log);
                }
            }
            Deed::CoalesceOne(page) => {
                segment.coalesce(PageId(page), segment.indexed(), &self.log);
            }
            Deed::Collect(percent) => {
                segment.collect(Lsn(segment.indexed().0 * percent / 100));
            }
            Deed::Damage(page) => {
                segment.damage(PageId(page), 77);
            }
        }
    }
}

/// Hot log and chains, counted from nothing.
fn is_consistent(segment: &SegmentPages, volume: &Volume) -> bool {
    let mut sums = (segment.in_chains, 0, 0);
    for (_, versions) in segment.pages.iter_from(PageId(0)) {
        let in_versions = versions.iter().filter_map(|version| version.log);
        sums.0 = in_versions.fold(sums.0, |sum, log| sum + log);
        sums.1 += versions.len() as u64;
        sums.2 += u64::from(!versions.is_empty());
    }
    let indexed = volume.kept.iter().filter(|lsn| **lsn <= segment.indexed);
    sums == (sums.0, segment.versions, segment.materialised)
        && sums.0.records + segment.freed.records == indexed.count() as u64
}

proptest! {
    #[test]
    fn a_page_is_the_same_from_any_version_and_the_rest_of_its_chain(
        deeds in proptest::collection::vec(deed(), 0..120),
        chain_records in 1_u32..6,
    ) {
        let (mut volume, mut segment) = (Volume::new(chain_records), SegmentPages::default());
        for deed in &deeds {
            volume.enact(&mut segment, deed);
            prop_assert!(is_consistent(&segment, &volume), "{deed:?}");
        }
        for point in (0..=segment.indexed().0).map(Lsn) {
            for page in (0..PAGES).map(PageId) {
                match segment.read(page, point, &volume.log) {
                    Ok(read) => prop_assert_eq!(read, volume.plain(page, point)),
                    Err(ReadRefused::BelowFloor { floor }) => {
                        prop_assert!(point < floor && floor == segment.collected());
                    }
                    Err(refused) => prop_assert_eq!(refused, ReadRefused::Damaged),
                }
            }
        }
    }

    #[test]
    fn no_read_from_the_horizon_on_misses_what_was_collected(
        deeds in proptest::collection::vec(deed(), 0..120),
        percent in 0_u64..=100,
    ) {
        let (mut volume, mut segment) = (Volume::new(2), SegmentPages::default());
        for deed in deeds.iter().filter(|deed| !matches!(deed, Deed::Damage(_) | Deed::Collect(_))) {
            volume.enact(&mut segment, deed);
        }
        let horizon = Lsn(segment.indexed().0 * percent / 100);
        segment.collect(horizon);
        prop_assert!(segment.collected() <= horizon);
        prop_assert!(!segment.has_garbage(horizon));
        for point in (horizon.0..=segment.indexed().0).map(Lsn) {
            for page in (0..PAGES).map(PageId) {
                prop_assert_eq!(segment.read(page, point, &volume.log), Ok(volume.plain(page, point)));
            }
        }
        for point in (0..segment.collected().0).map(Lsn) {
            let floor = segment.collected();
            let refused = Err(ReadRefused::BelowFloor { floor });
            prop_assert_eq!(segment.read(PageId(0), point, &volume.log), refused);
        }
    }

    #[test]
    fn a_segment_that_begins_when_the_log_has_forgotten_is_as_one_that_was_there_before(
        deeds in proptest::collection::vec(deed(), 0..120),
        chain_records in 1_u32..6,
        percent in 0_u64..=100,
    ) {
        let (mut volume, mut other) = (Volume::new(chain_records), SegmentPages::default());
        for deed in &deeds {
            volume.enact(&mut other, deed);
        }
        volume.vdl = volume.tail();
        let mut forgetful = volume.log.clone();
        forgetful.forget(Lsn(volume.vdl.0 * percent / 100));
        let mut segments = [&volume.log, &forgetful].map(|log| {
            let mut segment = SegmentPages::default();
            segment.index(GROUP, (volume.tail(), volume.vdl), log);
            for (page, lsn) in segment.ripe(usize::MAX) {
                segment.coalesce(page, lsn, log);
            }
            segment
        });
        let [whole, begun] = segments.each_mut();
        prop_assert_eq!(sim::digest_of(begun), sim::digest_of(whole));
        prop_assert_eq!(begun.needs(), whole.needs());
        for page in (0..PAGES).map(PageId) {
            let end = volume.vdl;
            prop_assert_eq!(begun.read(page, end, &forgetful), Ok(volume.plain(page, end)));
        }
    }

    #[test]
    fn a_damaged_version_is_mended_from_a_peer_that_coalesced_and_collected_otherwise(
        here in proptest::collection::vec(deed(), 0..120),
        chain_records in 1_u32..6,
        percent in 0_u64..=100,
    ) {
        let mut volume = Volume::new(chain_records);
        let (mut segment, mut peer) = (SegmentPages::default(), SegmentPages::default());
        for deed in &here {
            volume.enact(&mut segment, deed);
            if let Deed::Recover = deed {
                peer.annul(volume.tail(), &volume.log);
            }
        }
        volume.vdl = volume.tail();
        for segment in [&mut segment, &mut peer] {
            volume.enact(segment, &Deed::Index);
        }
        volume.enact(&mut peer, &Deed::Coalesce);
        volume.enact(&mut peer, &Deed::Collect(percent));
        // One page may take the place of several versions.
        while let Some((page, lsn)) = segment.verify(PageId(0), usize::MAX).0.first().copied() {
            let mended = segment.rebuild(page, lsn, &volume.log) || {
                let spare = peer.spare(page, lsn, &volume.log).expect("it has the whole chain");
                segment.replace(page, lsn, spare)
            };
            prop_assert!(mended);
            prop_assert!(is_consistent(&segment, &volume));
        }
        prop_assert_eq!(segment.verify(PageId(0), usize::MAX), (vec![], None));
        for page in (0..PAGES).map(PageId) {
            let end = segment.indexed();
            prop_assert_eq!(segment.read(page, end, &volume.log), Ok(volume.plain(page, end)));
        }
    }
}

#[test]
fn a_chain_is_coalesced_when_it_is_long_and_not_when_the_log_is() {
    let (mut volume, mut segment) = (Volume::new(3), SegmentPages::default());
    (0..50).for_each(|page| volume.write(100 + page));
    (0..3).for_each(|_| volume.write(7));
    segment.index(GROUP, (volume.tail(), volume.tail()), &volume.log);
    assert_eq!(segment.ripe(9), [(PageId(7), Lsn(53))]);
    assert_eq!(segment.coalesce(PageId(7), Lsn(53), &volume.log), 3);
    assert_eq!((segment.ripe(9), segment.in_chains().records), (vec![], 50));
}

#[test]
fn nothing_that_is_not_durable_gets_into_a_version() {
    let (mut volume, mut segment) = (Volume::new(1), SegmentPages::default());
    (0..4).for_each(|_| volume.write(0));
    segment.index(GROUP, (volume.tail(), Lsn(2)), &volume.log);
    assert_eq!(
        (segment.indexed(), segment.ripe(9)),
        (Lsn(2), vec![(PageId(0), Lsn(2))])
    );
}

/// A node that left and joins again may hear from its disk of what it began before.
#[test]
fn a_segment_without_an_index_builds_nothing_of_what_is_forgotten() {
    let mut volume = Volume::new(2);
    (0..4).for_each(|_| volume.write(0));
    volume.log.forget(Lsn(3));
    let mut segment = SegmentPages::default();
    assert_eq!(segment.coalesce(PageId(0), Lsn(2), &volume.log), 0);
    assert_eq!(segment.spare(PageId(0), Lsn(2), &volume.log), None);
    assert_eq!(segment.versions(), 0);
}

#[test]
fn versions_below_the_horizon_and_their_records_go_but_the_newest_stays() {
    let (mut volume, mut segment) = (Volume::new(2), SegmentPages::default());
    for last in [2, 4, 6] {
        (0..2).for_each(|_| volume.write(0));
        segment.index(GROUP, (volume.tail(), volume.tail()), &volume.log);
        segment.coalesce(PageId(0), Lsn(last), &volume.log);
    }
    let freed = Sum {
        records: 4,
        bytes: 32,
    };
    assert_eq!(segment.collect(Lsn(5)), (freed, 1));
    assert_eq!((segment.versions(), segment.collected()), (2, Lsn(4)));
}
