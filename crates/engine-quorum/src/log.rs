//! The volume's log: every record once, with its three back-links.
//!
//! A recovery annuls what lies behind the durable point, and the log goes on above everything that
//! the last writer may have numbered. So the log branches, one branch for each volume epoch:
//!
//! ```text
//! epoch 1   1 2 3 4 5 6 7          the VDL was 5 when its writer crashed
//! epoch 2             \__ 16 17     with a limit of 10, nothing above 15 can have been numbered
//! ```
//!
//! A writer that does not know of its end may still append to its branch; nobody will read it.
//!
//! The log also knows which pages belong to which group. The pages that the volume was created with
//! are dealt to its first groups by turns; a group that is added takes the pages that follow:
//!
//! ```text
//! group 1   pages 0 2 4
//! group 2   pages 1 3 5
//! group 3   pages 6 7 8            added: the volume has nine pages now
//! ```
//!
//! A volume is a concatenation of such groups (SIGMOD 2017, section 2.2). That the first ones are striped
//! is for volumes of a few pages, which so have something to do in each.
//!
//! A log that has grown long forgets its beginning, up to the end of a mini-transaction behind which
//! everyone is who may still need something of it. LSNs and places stay as they are, and what the
//! forgotten records came to is kept, so that nothing that a run does depends on it (`log/past.rs`).

mod past;

use std::hash::{Hash, Hasher};

use redo::{Change, Lsn, Page, PageId, PageMap, SharedVec};
use sim::{Digest, Item, SimTime};

use crate::message::{Epoch, GroupId, Parcel};
use crate::pages::Sum;
use crate::run::Run;
pub(crate) use past::Forgotten;
use past::Past;

/// A redo record in the log. Its LSN is its place.
///
/// The three back-links are SIGMOD 2018, section 2.2: through the volume, through the protection
/// group, through the page. Each is [`Lsn::ZERO`] for the first of its kind.
#[derive(Clone, Debug, Hash)]
pub struct Entry {
    /// What it changes.
    pub change: Change,
    /// The group of its page.
    pub group: GroupId,
    /// The record before it in the volume.
    pub prev_in_volume: Lsn,
    /// The record before it in its group: segments find their gaps by it.
    pub prev_in_group: Lsn,
    /// What the records of its group come to, up to and with it.
    pub of_group: Sum,
    /// The record before it for its page: a page is built along it.
    pub prev_of_page: Lsn,
    /// Its place among the records of its page, from 1.
    pub nth_of_page: u32,
    /// The bytes of its page's records up to and with it.
    pub bytes_of_page: u64,
}

/// Where a record went that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Its LSN.
    pub lsn: Lsn,
    /// The group of its page.
    pub group: GroupId,
    /// The record before it in its group.
    pub prev_in_group: Lsn,
}

/// A mini-transaction: neighbouring records that count together or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mtr {
    /// Its first record.
    pub first: Lsn,
    /// Its last: a consistency point, CPL (SIGMOD 2017, section 4.1).
    pub last: Lsn,
    /// What it is; means something to whoever submitted it.
    pub label: u16,
    /// The transaction that commits with its last record.
    pub commit: Option<u64>,
    /// When it was numbered.
    pub at: SimTime,
}

/// A page's number has 32 bits.
const PAGES_MAX: u64 = 1 << 32;

/// The log of one volume.
#[derive(Clone, Debug)]
pub struct Log {
    /// Groups that the volume was created with.
    first_groups: u16,
    /// Pages that are dealt to them.
    first_pages: u64,
    /// By epoch; their LSNs rise and do not overlap.
    branches: Vec<Branch>,
    /// So many records of a page make a version of it in every segment.
    chain_records: u32,
    /// A record carries the bytes of its change.
    has_payloads: bool,
    /// What is forgotten.
    past: Past,
    /// Over everything that was appended, in order.
    digest: Digest,
}

/// What the writer of one volume epoch appended.
#[derive(Clone, Debug)]
struct Branch {
    epoch: Epoch,
    /// It continues from here: what is later in older branches is annulled.
    after: Lsn,
    /// The LSN of its first record.
    first: Lsn,
    entries: SharedVec<Entry>,
    mtrs: SharedVec<Mtr>,
    /// Of its records, those at which the chain of a page is long enough for a version.
    ripe: SharedVec<Ripe>,
    /// The newest record of each group that its writer may use.
    tails: Vec<GroupTail>,
    /// The newest record of each page, and what its records come to.
    pages: PageMap<PageTail>,
}

/// The record at which a page is next written to storage.
#[derive(Clone, Copy, Debug)]
struct Ripe {
    lsn: Lsn,
    group: GroupId,
    page: PageId,
}

/// The newest record of a group; [`Lsn::ZERO`] for none.
#[derive(Clone, Copy, Debug, Default)]
struct GroupTail {
    lsn: Lsn,
    /// What the records of the group come to.
    sum: Sum,
}

/// The newest record of a page; [`Lsn::ZERO`] for none.
#[derive(Clone, Copy, Debug, Default)]
struct PageTail {
    lsn: Lsn,
    /// How many records the page has.
    records: u32,
    /// Their bytes.
    bytes: u64,
}

impl Branch {
    /// The LSN of its next record.
    fn next(&self) -> Lsn {
        Lsn(self.first.0 + self.entries.len())
    }

    /// Its newest record; before its first, the one that it continues from.
    fn last(&self) -> Lsn {
        if self.entries.is_empty() {
            self.after
        } else {
            self.next().before()
        }
    }
}

impl Log {
    /// An empty log of a volume with so many protection groups, at least one, and all pages that
    /// have a number.
    pub fn new(groups: u16) -> Self {
        Self::of_pages(groups, PAGES_MAX)
    }

    /// An empty log of a volume with so many protection groups and pages, at least one of either.
    pub fn of_pages(groups: u16, pages: u64) -> Self {
        assert!(groups > 0, "a volume has a protection group");
        assert!(0 < pages && pages <= PAGES_MAX, "a volume has pages");
        let branch = Branch {
            epoch: Epoch::FIRST,
            after: Lsn::ZERO,
            first: Lsn::ZERO.next(),
            entries: SharedVec::default(),
            mtrs: SharedVec::default(),
            ripe: SharedVec::default(),
            tails: vec![GroupTail::default(); groups.into()],
            pages: PageMap::default(),
        };
        Self {
            first_groups: groups,
            first_pages: pages,
            branches: vec![branch],
            chain_records: 1,
            has_payloads: false,
            past: Past::default(),
            digest: Digest::NEW,
        }
    }

    /// The same log, empty, where so many records of a page, at least one, make a version of it in every
    /// segment. Without, every record does.
    #[must_use]
    pub fn with_chains(self, chain_records: u32) -> Self {
        assert!(chain_records > 0, "a chain has a record");
        assert!(self.count() == 0, "no record has passed unnoticed");
        Self {
            chain_records,
            ..self
        }
    }

    /// Begins the branch of a later epoch, which continues from `after` with LSNs from `first` on. A
    /// recovery continues from the end of what is durable; a volume that is restored from before it.
    pub fn branch(&mut self, epoch: Epoch, after: Lsn, first: Lsn) {
        let old = self.newest();
        assert!(old.epoch < epoch, "epochs rise");
        assert!(old.next() <= first && after < first, "LSNs rise");
        let (mut tails, mut pages) = (old.tails.clone(), old.pages.clone());
        let mut lsn = old.last();
        while lsn > after {
            let entry = self.get(lsn).expect("a branch has its records");
            let before = PageTail {
                lsn: entry.prev_of_page,
                records: entry.nth_of_page - 1,
                bytes: entry.bytes_of_page - u64::from(entry.change.bytes),
            };
            pages.replace(entry.change.page, before);
            let tail = &mut tails[entry.group.index()];
            tail.lsn = entry.prev_in_group;
            tail.sum.subtract(Sum::one(entry.change.bytes));
            lsn = entry.prev_in_volume;
        }
        (epoch, after, first).hash(&mut self.digest);
        self.branches.push(Branch {
            epoch,
            after,
            first,
            entries: SharedVec::default(),
            mtrs: SharedVec::default(),
            ripe: SharedVec::default(),
            tails,
            pages,
        });
    }

    /// Forgets the records up to the last end of a mini-transaction at or before `up_to`, which nobody
    /// needs any more.
    pub fn forget(&mut self, up_to: Lsn) {
        let up_to = self.last_end(up_to);
        if up_to <= self.past.up_to {
            return;
        }
        let counted: Vec<_> = self.counted().collect();
        for (branch, (first, count)) in self.branches.iter_mut().zip(counted) {
            let end = up_to.next().0.saturating_sub(first.0);
            for place in branch.entries.first()..end.min(count) {
                let entry = branch.entries.get(place).expect("it is not forgotten yet");
                self.past
                    .add(Lsn(first.0 + place), entry, self.chain_records);
            }
            branch.entries.forget(end);
            let is_gone = |ripe: &Ripe| ripe.lsn <= up_to;
            branch.ripe.forget(branch.ripe.partition_point(is_gone));
            // The one that ends there stays: it is the last end for whoever asks.
            let ends_before = |mtr: &Mtr| mtr.last < up_to;
            branch.mtrs.forget(branch.mtrs.partition_point(ends_before));
        }
        self.past.up_to = up_to;
    }

    /// The records up to here are forgotten.
    pub const fn forgotten(&self) -> Lsn {
        self.past.up_to
    }

    /// How many records are not forgotten.
    pub fn kept(&self) -> u64 {
        let kept = |branch: &Branch| branch.entries.len() - branch.entries.first();
        self.branches.iter().map(kept).sum()
    }

    /// The last records, so many of them, begin behind this one; [`Lsn::ZERO`], as long as the newest
    /// branch has fewer.
    pub fn before_last(&self, count: u64) -> Lsn {
        let before = self.newest().entries.len().checked_sub(count);
        before.map_or(Lsn::ZERO, |before| {
            Lsn(self.newest().first.0 + before).before()
        })
    }

    /// What is forgotten of a group.
    pub(crate) fn forgotten_of(&self, group: GroupId) -> Forgotten {
        self.past.group(group)
    }

    /// The page as forgotten records made it, the newest state of it at or before `lsn`.
    pub fn forgotten_page(&self, page: PageId, lsn: Lsn) -> Option<&Page> {
        self.past.page_at(page, lsn)
    }

    /// The pages of a group with forgotten chains that are long enough for a version, each with the
    /// last record at which it was.
    pub(crate) fn forgotten_ripe(&self, group: GroupId) -> impl Iterator<Item = (PageId, Lsn)> {
        let ripe = self.past.ripe();
        ripe.filter(move |(page, _)| self.group_of(*page) == group)
    }

    /// From now on the writer of this epoch may use so many groups.
    pub(crate) fn grow(&mut self, epoch: Epoch, groups: u16) {
        let tails = &mut self.of_mut(epoch).tails;
        let before = tails.len();
        assert!(before <= groups.into(), "a volume does not shrink");
        tails.resize(groups.into(), GroupTail::default());
        if before < groups.into() {
            (epoch, groups).hash(&mut self.digest);
        }
    }

    /// The group of a page of the volume.
    pub fn group_of(&self, page: PageId) -> GroupId {
        let (page, first_groups) = (u64::from(page.0), u64::from(self.first_groups));
        let group = if page < self.first_pages {
            page % first_groups
        } else {
            first_groups + (page - self.first_pages) / self.pages_per_group()
        };
        GroupId(u16::try_from(group).expect("a page of the volume has a group"))
    }

    /// Pages of the volume, whether or not anything was written to them.
    pub fn pages(&self) -> u64 {
        let groups = self.newest().tails.len() as u64;
        self.first_pages + (groups - u64::from(self.first_groups)) * self.pages_per_group()
    }

    /// How many pages a group takes that is added.
    pub fn pages_per_group(&self) -> u64 {
        self.first_pages.div_ceil(self.first_groups.into())
    }

    /// How many groups there are.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> + use<> {
        (0..u16::try_from(self.newest().tails.len()).expect("made from a u16")).map(GroupId)
    }

    /// The epoch that was opened last.
    pub(crate) fn epoch(&self) -> Epoch {
        self.newest().epoch
    }

    /// The newest record of the volume.
    pub fn last(&self) -> Lsn {
        self.newest().last()
    }

    /// The LSN of the next record.
    pub fn next_lsn(&self) -> Lsn {
        self.newest().next()
    }

    /// The LSN of the next record that the writer of this epoch makes.
    pub(crate) fn next_of(&self, epoch: Epoch) -> Lsn {
        self.of(epoch).next()
    }

    /// The newest record of a group that the writer of this epoch made, or found.
    pub(crate) fn tail_of(&self, epoch: Epoch, group: GroupId) -> Lsn {
        self.of(epoch).tails[group.index()].lsn
    }

    /// The newest record of a group.
    pub fn last_in_group(&self, group: GroupId) -> Lsn {
        self.newest().tails[group.index()].lsn
    }

    /// The newest record of a page that the writer of this epoch made, or found.
    pub(crate) fn page_tail_of(&self, epoch: Epoch, page: PageId) -> Lsn {
        self.of(epoch).pages.get(page).lsn
    }

    /// The records of a page that were not annulled, newest first, along the page's chain, as far as
    /// they are not forgotten.
    pub fn history(&self, page: PageId) -> impl Iterator<Item = (Lsn, &Entry)> {
        let mut at = self.newest().pages.get(page).lsn;
        std::iter::from_fn(move || {
            let (lsn, entry) = (at, self.get(at)?);
            at = entry.prev_of_page;
            Some((lsn, entry))
        })
    }

    /// The page as it was at `point`, from its first record on.
    pub fn page_at(&self, page: PageId, point: Lsn) -> Page {
        let chain: Vec<_> = self
            .history(page)
            .skip_while(|(lsn, _)| *lsn > point)
            .collect();
        let forgotten = self.forgotten_page(page, point).cloned();
        let mut built = forgotten.unwrap_or_else(|| Page::new(page));
        for (lsn, entry) in chain.into_iter().rev() {
            built.apply(lsn, &entry.change);
        }
        built
    }

    /// The page that the record at `lsn` is the newest change of, as long as no record carries bytes:
    /// then what there is to know of it stands in the record.
    pub(crate) fn account_page(&self, page: PageId, lsn: Lsn) -> Option<Page> {
        let entry = self.get(lsn).filter(|_| !self.has_payloads)?;
        assert!(entry.change.page == page, "a record is one of its page's");
        Some(Page::account(
            page,
            lsn,
            entry.nth_of_page,
            entry.bytes_of_page,
        ))
    }

    /// Whether a recovery annulled it.
    pub fn is_annulled(&self, lsn: Lsn) -> bool {
        let annuls = |branch: &Branch| branch.after < lsn && lsn < branch.first;
        self.branches.iter().any(annuls)
    }

    /// Appends a record to the branch of an epoch and gives it its LSN and its links.
    pub fn append(&mut self, epoch: Epoch, change: Change) -> Appended {
        assert!(change.is_intact(), "what enters the log fits its checksum");
        let (page, bytes) = (change.page, change.bytes);
        let group = self.group_of(page);
        self.has_payloads |= change.payload.is_some();
        // Its place and its links follow from this, and from what was appended before.
        let mut item = Item::NEW;
        change.hash(&mut item);
        self.digest.fold(item.finish());
        let chain_records = self.chain_records;
        let branch = self.of_mut(epoch);
        let (lsn, prev_in_volume) = (branch.next(), branch.last());
        let tail = branch.pages.get_mut(page);
        let prev_of_page = tail.lsn;
        *tail = PageTail {
            lsn,
            records: tail.records + 1,
            bytes: tail.bytes + u64::from(bytes),
        };
        let (nth_of_page, bytes_of_page) = (tail.records, tail.bytes);
        if nth_of_page.is_multiple_of(chain_records) {
            branch.ripe.push(Ripe { lsn, group, page });
        }
        let tail = &mut branch.tails[group.index()];
        let prev_in_group = std::mem::replace(&mut tail.lsn, lsn);
        tail.sum += Sum::one(bytes);
        let of_group = tail.sum;
        let entry = Entry {
            change,
            group,
            prev_in_volume,
            prev_in_group,
            of_group,
            prev_of_page,
            nth_of_page,
            bytes_of_page,
        };
        branch.entries.push(entry);
        Appended {
            lsn,
            group,
            prev_in_group,
        }
    }

    /// Notes that the records from `first` to the newest of an epoch are one mini-transaction.
    pub fn end_mtr(
        &mut self,
        at: SimTime,
        epoch: Epoch,
        first: Lsn,
        label: u16,
        commit: Option<u64>,
    ) -> Mtr {
        let last = self.of(epoch).last();
        assert!(first <= last, "a mini-transaction has a record");
        let mtr = Mtr {
            first,
            last,
            label,
            commit,
            at,
        };
        let mut item = Item::NEW;
        (mtr.last, mtr.label, mtr.commit, mtr.at).hash(&mut item);
        self.digest.fold(item.finish());
        self.of_mut(epoch).mtrs.push(mtr);
        mtr
    }

    /// The record at `lsn`, annulled or not. `None`: there is none yet, or it is forgotten.
    #[inline]
    pub fn get(&self, lsn: Lsn) -> Option<&Entry> {
        let newest = self.newest();
        if newest.first <= lsn {
            return newest.entries.get(lsn.0 - newest.first.0);
        }
        let later = self.branches.partition_point(|branch| branch.first <= lsn);
        let branch = self.branches.get(later.checked_sub(1)?)?;
        branch.entries.get(lsn.0 - branch.first.0)
    }

    /// The records of a run of a group, newest first, along the group's chain. None of them may be
    /// forgotten.
    pub fn walk(&self, run: Run) -> impl Iterator<Item = (Lsn, &Entry)> {
        let mut at = run.last;
        std::iter::from_fn(move || {
            if at <= run.prev {
                return None;
            }
            let lsn = at;
            let entry = self.get(lsn).expect("a run's records are in the log");
            at = entry.prev_in_group;
            Some((lsn, entry))
        })
    }

    /// The last record of a run of `group`. Of other groups' records between them some may be forgotten
    /// or annulled, and they do not count.
    pub(crate) fn last_of(&self, group: GroupId, run: Run) -> Option<Lsn> {
        let mut branches = self.branches.iter().zip(self.counted()).rev();
        branches.find_map(|(branch, (first, count))| {
            let behind = |lsn: Lsn| (lsn.0 + 1).saturating_sub(first.0).min(count);
            let is_of = |place: &u64| {
                let entry = branch.entries.get(*place);
                entry.is_some_and(|entry| entry.group == group)
            };
            let mut places = (behind(run.prev)..behind(run.last)).rev();
            let place = places.find(is_of)?;
            Some(Lsn(first.0 + place))
        })
    }

    /// The pages of `group` whose chains become long enough for a version in a run, each with the record at
    /// which one does; the oldest first.
    pub(crate) fn ripe(
        &self,
        group: GroupId,
        run: Run,
    ) -> impl Iterator<Item = (PageId, Lsn)> + use<'_> {
        let branches = self.branches.iter().zip(self.counted());
        let all = branches.flat_map(move |(branch, (first, count))| {
            let from = branch.ripe.partition_point(|ripe| ripe.lsn <= run.prev);
            let end = run.last.next().0.min(first.0 + count);
            let ripe = branch.ripe.iter_from(from);
            ripe.take_while(move |ripe| ripe.lsn.0 < end)
        });
        let of_group = all.filter(move |ripe| ripe.group == group);
        of_group.map(|ripe| (ripe.page, ripe.lsn))
    }

    /// A run of `group` with its sums, ready to send. What is forgotten is there as a whole, for a run
    /// that begins with the group's first record.
    pub fn parcel(&self, group: GroupId, run: Run) -> Parcel {
        let forgotten = self.forgotten_of(group);
        let from_first = run.prev == Lsn::ZERO && forgotten.sum.records > 0;
        let (first, sum) = if from_first {
            assert!(forgotten.last <= run.last, "what is forgotten is a whole");
            let prev = forgotten.last;
            let (_, sum) = self.first_and_sum(group, Run { prev, ..run });
            (forgotten.first, forgotten.sum + sum)
        } else {
            self.first_and_sum(group, run)
        };
        Parcel {
            group,
            run,
            first,
            records: u32::try_from(sum.records).expect("fewer records than 2^32"),
            bytes: sum.bytes,
        }
    }

    /// What the records of a run of `group` come to. None of them may be forgotten.
    pub(crate) fn sum(&self, group: GroupId, run: Run) -> Sum {
        self.first_and_sum(group, run).1
    }

    /// The first record of a run of `group`, and what its records come to.
    fn first_and_sum(&self, group: GroupId, run: Run) -> (Lsn, Sum) {
        if let Some(sum) = self.sum_without_gap(group, run) {
            return (run.prev.next(), sum);
        }
        let (mut first, mut sum) = (run.last, Sum::default());
        for (lsn, entry) in self.walk(run) {
            assert!(entry.group == group, "a chain stays in its group");
            first = lsn;
            sum += Sum::one(entry.change.bytes);
        }
        (first, sum)
    }

    /// What a run comes to in which every LSN is a record of the group, as it is in a volume of one group:
    /// the records at its two ends tell.
    fn sum_without_gap(&self, group: GroupId, run: Run) -> Option<Sum> {
        let up_to = |lsn: Lsn| {
            let forgotten = self.forgotten_of(group);
            match self.get(lsn) {
                Some(entry) => (entry.group == group).then_some(entry.of_group),
                None if lsn == Lsn::ZERO => Some(Sum::default()),
                None => (lsn == forgotten.last).then_some(forgotten.sum),
            }
        };
        let (before, with) = (up_to(run.prev)?, up_to(run.last)?);
        let records = with.records.checked_sub(before.records)?;
        let bytes = with.bytes.checked_sub(before.bytes)?;
        (run.last.0.checked_sub(run.prev.0)? == records).then_some(Sum { records, bytes })
    }

    /// The beginning of a run of `group`, of at most so many bytes but at least one record.
    pub fn cut(&self, group: GroupId, run: Run, bytes_max: u64) -> Run {
        let all = self.sum_without_gap(group, run);
        if all.is_some_and(|all| all.bytes <= bytes_max) {
            return run;
        }
        let mut chain: Vec<_> = self.walk(run).collect();
        let (mut bytes, mut last) = (0, None);
        while let Some((lsn, entry)) = chain.pop() {
            assert!(entry.group == group, "a chain stays in its group");
            bytes += u64::from(entry.change.bytes);
            if last.is_some() && bytes > bytes_max {
                break;
            }
            last = Some(lsn);
        }
        Run::new(run.prev, last.expect("a run holds at least one record"))
    }

    /// The first record of a group behind `lsn`, as far as the newest branch goes.
    pub fn first_after(&self, group: GroupId, lsn: Lsn) -> Option<Lsn> {
        let (tail, forgotten) = (self.last_in_group(group), self.forgotten_of(group));
        if lsn < forgotten.first {
            return Some(forgotten.first);
        }
        let later = (tail > lsn).then(|| self.walk(Run::new(lsn, tail)));
        later?.last().map(|(lsn, _)| lsn)
    }

    /// The last record of a group at or before `lsn`.
    pub fn last_at(&self, group: GroupId, lsn: Lsn) -> Lsn {
        let mut at = self.last_in_group(group);
        while at > lsn {
            at = self.get(at).expect("a chain is in the log").prev_in_group;
        }
        at
    }

    /// The last record of a page at or before `lsn`, as far as the newest branch goes.
    pub fn last_of_page(&self, page: PageId, lsn: Lsn) -> Lsn {
        if lsn == Lsn::ZERO {
            // Asked by a segment that has no record in its index, whatever is forgotten.
            return Lsn::ZERO;
        }
        let mut at = self.newest().pages.get(page).lsn;
        while at > lsn {
            let Some(entry) = self.get(at) else {
                let forgotten = self.forgotten_page(page, lsn).map(Page::lsn);
                assert!(
                    forgotten == Some(lsn),
                    "of what is forgotten only its states are known"
                );
                return lsn;
            };
            at = entry.prev_of_page;
        }
        at
    }

    /// How many records count: those that were not annulled.
    pub fn count(&self) -> u64 {
        self.counted().map(|(_, count)| count).sum()
    }

    /// The `n`-th record that counts, from 1.
    pub fn nth(&self, n: u64) -> Option<Lsn> {
        let mut left = n.checked_sub(1)?;
        for (first, count) in self.counted() {
            if left < count {
                return Some(Lsn(first.0 + left));
            }
            left -= count;
        }
        None
    }

    /// How many records up to `lsn` count.
    pub fn place_of(&self, lsn: Lsn) -> u64 {
        let up_to = |(first, count): (Lsn, u64)| (lsn.0 + 1).saturating_sub(first.0).min(count);
        self.counted().map(up_to).sum()
    }

    /// For each branch the LSN of its first record, and how many of its records count.
    fn counted(&self) -> impl DoubleEndedIterator<Item = (Lsn, u64)> + ExactSizeIterator {
        self.branches.iter().enumerate().map(|(place, branch)| {
            let later = self.branches[place + 1..].iter().map(|later| later.after);
            let limit = later.min().unwrap_or(Lsn::MAX);
            let kept = limit.0.saturating_sub(branch.first.before().0);
            (branch.first, branch.entries.len().min(kept))
        })
    }

    /// The record of the volume before `lsn`.
    pub fn before(&self, lsn: Lsn) -> Lsn {
        self.get(lsn)
            .map_or_else(|| lsn.before(), |entry| entry.prev_in_volume)
    }

    /// The last end of a mini-transaction at or before `lsn`: the VDL when `lsn` is the VCL.
    pub fn last_end(&self, lsn: Lsn) -> Lsn {
        self.last_end_while(|mtr| mtr.last <= lsn)
    }

    /// The last end of a mini-transaction that was numbered at this time or before.
    pub fn end_at(&self, at: SimTime) -> Lsn {
        self.last_end_while(|mtr| mtr.at <= at)
    }

    fn last_end_while(&self, holds: impl Fn(&Mtr) -> bool) -> Lsn {
        let branches = self.branches.iter().rev();
        let ends = branches.filter_map(|branch| {
            let count = branch.mtrs.partition_point(&holds);
            let ends = (0..count).rev().filter_map(|place| branch.mtrs.get(place));
            ends.map(|mtr| mtr.last).find(|end| !self.is_annulled(*end))
        });
        ends.max().unwrap_or(Lsn::ZERO)
    }

    /// The mini-transactions that reach into `[from, to]`, were not annulled and are not forgotten, by
    /// rising LSN. Of the last that is forgotten the records are gone, and the rest is known.
    pub fn mtrs(&self, from: Lsn, to: Lsn) -> impl Iterator<Item = &Mtr> {
        self.branches.iter().flat_map(move |branch| {
            branch
                .mtrs
                .iter_from(branch.mtrs.partition_point(|mtr| mtr.last < from))
                .take_while(move |mtr| mtr.first <= to && !self.is_annulled(mtr.last))
        })
    }

    fn of(&self, epoch: Epoch) -> &Branch {
        let place = self
            .branches
            .binary_search_by_key(&epoch, |branch| branch.epoch);
        &self.branches[place.expect("a writer has its branch")]
    }

    fn of_mut(&mut self, epoch: Epoch) -> &mut Branch {
        let place = self
            .branches
            .binary_search_by_key(&epoch, |branch| branch.epoch);
        &mut self.branches[place.expect("a writer has its branch")]
    }

    fn newest(&self) -> &Branch {
        self.branches.last().expect("a log has a branch")
    }
}

/// One word, however long the log is: everything else in it follows from what was appended.
impl Hash for Log {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.digest.value());
    }
}

#[cfg(test)]
mod tests {
    use redo::Payload;

    use super::*;

    #[test]
    #[should_panic(expected = "fits its checksum")]
    fn a_damaged_record_does_not_enter_the_log() {
        let payload = |bytes: &[u8; 4]| Payload::new(bytes.as_slice().into(), 0, 4);
        let mut change = Change::exact(PageId(0), 28, false, payload(b"good"));
        change.payload = Some(payload(b"evil"));
        Log::new(1).append(Epoch::FIRST, change);
    }

    #[test]
    fn a_branch_goes_on_from_the_durable_point_as_if_nothing_else_had_been() {
        let mut log = Log::new(2);
        for page in [0, 1, 0, 1, 2] {
            log.append(Epoch::FIRST, Change::account(PageId(page), 100, false));
            log.end_mtr(SimTime::START, Epoch::FIRST, log.last(), 0, None);
        }
        log.branch(Epoch(2), Lsn(2), Lsn(13));
        assert_eq!((log.last(), log.next_lsn()), (Lsn(2), Lsn(13)));
        assert_eq!(log.last_in_group(GroupId(0)), Lsn(1));
        let lsn = log
            .append(Epoch(2), Change::account(PageId(0), 100, false))
            .lsn;
        assert_eq!(lsn, Lsn(13));
        let entry = log.get(lsn).unwrap();
        let links = (
            entry.prev_in_volume,
            entry.prev_in_group,
            entry.prev_of_page,
        );
        assert_eq!(links, (Lsn(2), Lsn(1), Lsn(1)));
        log.end_mtr(SimTime::START, Epoch(2), lsn, 0, None);
        let annulled: Vec<_> = (1..=13).filter(|lsn| log.is_annulled(Lsn(*lsn))).collect();
        assert_eq!(annulled, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        let counted: Vec<_> = (1..=4).map(|n| log.nth(n).map(|lsn| lsn.0)).collect();
        assert_eq!(counted, [Some(1), Some(2), Some(13), None]);
        assert_eq!(log.count(), 3);
        assert_eq!(
            [0, 2, 7, 13, 20].map(|lsn| log.place_of(Lsn(lsn))),
            [0, 2, 2, 3, 3]
        );
        let kept: Vec<_> = log.mtrs(Lsn(1), Lsn(20)).map(|mtr| mtr.last.0).collect();
        assert_eq!(kept, [1, 2, 13]);
        let chain: Vec<_> = log
            .walk(Run::new(Lsn(0), Lsn(13)))
            .map(|(lsn, _)| lsn.0)
            .collect();
        assert_eq!(chain, [13, 1]);
    }

    #[test]
    fn a_run_is_cut_between_records_and_never_to_nothing() {
        let mut log = Log::new(2);
        for page in 0..8 {
            log.append(Epoch::FIRST, Change::account(PageId(page), 100, false));
        }
        let whole = Run::new(Lsn(1), Lsn(7));
        for (bytes_max, last) in [(0, 3), (100, 3), (199, 3), (200, 5), (1000, 7)] {
            let cut = log.cut(GroupId(0), whole, bytes_max);
            assert_eq!(cut, Run::new(Lsn(1), Lsn(last)), "{bytes_max}");
        }
    }

    #[test]
    fn every_record_links_back_in_volume_group_and_page() {
        let mut log = Log::new(2);
        for page in [0, 1, 2, 0, 1] {
            log.append(Epoch::FIRST, Change::account(PageId(page), 100, false));
        }
        let links = |lsn| {
            let entry = log.get(Lsn(lsn)).unwrap();
            (
                entry.prev_in_volume.0,
                entry.prev_in_group.0,
                entry.prev_of_page.0,
            )
        };
        assert_eq!(
            [1, 2, 3, 4, 5].map(links),
            [(0, 0, 0), (1, 0, 0), (2, 1, 0), (3, 3, 1), (4, 2, 2)]
        );
        let parcel = log.parcel(GroupId(0), Run::new(Lsn(1), Lsn(4)));
        assert_eq!(
            (parcel.first, parcel.records, parcel.bytes),
            (Lsn(3), 2, 200)
        );
    }

    #[test]
    fn a_group_that_is_added_takes_the_pages_behind_the_last() {
        let mut log = Log::of_pages(2, 5);
        let groups = |log: &Log, pages: u32| {
            let group = |page| log.group_of(PageId(page)).0;
            (0..pages).map(group).collect::<Vec<_>>()
        };
        assert_eq!(log.pages(), 5);
        assert_eq!(groups(&log, 5), [0, 1, 0, 1, 0]);
        log.grow(Epoch::FIRST, 3);
        log.branch(Epoch(2), Lsn::ZERO, Lsn(10));
        log.grow(Epoch(2), 3);
        assert_eq!((log.pages(), log.groups().count()), (8, 3));
        log.grow(Epoch(2), 4);
        assert_eq!(log.pages(), 11);
        assert_eq!(groups(&log, 11), [0, 1, 0, 1, 0, 2, 2, 2, 3, 3, 3]);
        let appended = log.append(Epoch(2), Change::account(PageId(10), 100, false));
        assert_eq!(appended.group, GroupId(3));
    }

    #[test]
    fn its_hash_tells_logs_apart_without_a_walk_through_them() {
        struct Words(u64);
        impl Hasher for Words {
            fn write(&mut self, _: &[u8]) {
                self.0 += 1;
            }
            fn finish(&self) -> u64 {
                self.0
            }
        }
        let log = |sizes: &[u32], label| {
            let mut log = Log::new(2);
            for bytes in sizes {
                log.append(Epoch::FIRST, Change::account(PageId(3), *bytes, false));
            }
            log.end_mtr(SimTime::START, Epoch::FIRST, Lsn(1), label, None);
            log
        };
        let hash = |sizes, label| sim::digest_of(&log(sizes, label));
        assert_eq!(hash(&[1, 2], 0), hash(&[1, 2], 0));
        assert_ne!(hash(&[1, 2], 0), hash(&[2, 1], 0));
        assert_ne!(hash(&[1, 2], 0), hash(&[1, 2], 1));
        let of_one = |estimated| {
            let mut log = Log::new(1);
            log.append(Epoch::FIRST, Change::account(PageId(3), 1, estimated));
            sim::digest_of(&log)
        };
        assert_ne!(of_one(true), of_one(false));
        let mut words = Words(0);
        log(&vec![100; 5000], 0).hash(&mut words);
        assert_eq!(words.finish(), 1);
    }
}
