//! The pages of a full segment: versions in storage, and the chain of records behind each.
//!
//! A page is a cache of what its records say. At a read point it is the newest version at or below
//! that point with the rest of its chain applied, so it does not matter which versions there are
//! (SIGMOD 2018, section 3.4):
//!
//! ```text
//! chain of page 7       3    8   9   14   20   27   31
//! versions              |------- 9        20
//! the page at 25                          20  (nothing of the chain in between)
//! the page at 30                          20   27
//! ```
//!
//! Versions are written out of place when a page's own chain has grown long, whatever the length of
//! the log (SIGMOD 2017, section 3.2). Once nobody reads before a version, older versions of the page
//! and the records up to it can go: the hot log shrinks record by record, not from its end.
//!
//! # Invariants
//! * The index holds records that are complete here and at or below a VDL. A recovery annuls nothing
//!   of it, as long as durable means durable.
//! * The versions of a page rise. Only of the oldest can the records be gone.
//! * No read is answered with damaged bytes.
//!
//! # Simplifications
//! * The index is brought up to date when pages are coalesced or read. A node would sort and group
//!   records as they come in; what a read gets is the same.
//! * It stays in memory over a crash, where a node would build it anew from its hot log.
//! * A page whose chain stays short keeps its records in the hot log for good.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::ops::{Add, AddAssign};
use std::rc::Rc;

use redo::{Lsn, PAGE_BYTES, Page, PageId, PageImage, PageMap};
use sim::Digest;

use crate::log::Log;
use crate::message::GroupId;
use crate::run::Run;

/// Records of the hot log, summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sum {
    /// How many.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Why a read gets no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReadRefused {
    /// This segment stores the log alone.
    LogOnly,
    /// Nobody may read before the PGMRPL any more: what is needed may be gone.
    BelowFloor {
        /// The lowest read point that it answers.
        floor: Lsn,
    },
    /// It lacks records of the group below the read point.
    Incomplete {
        /// Its Segment Complete LSN.
        scl: Lsn,
    },
    /// The version that it needs is damaged, and what it was made of is gone.
    Damaged,
}

/// The pages of one segment.
#[derive(Clone, Debug)]
pub struct SegmentPages {
    /// The records of the group up to here are in the index.
    indexed: Lsn,
    /// The versions of each page, by rising LSN.
    pages: PageMap<Vec<Version>>,
    /// Pages with chains that are too long, each up to the record at which it became so.
    ripe: BTreeMap<PageId, Lsn>,
    /// Versions that older ones still stand behind, by when they were made.
    uncollected: VecDeque<(PageId, Lsn)>,
    /// Everything at or below may be gone.
    collected: Lsn,
    /// Of its records, those that are not in the hot log any more.
    freed: Sum,
    /// Of its records, those that no version has.
    in_chains: Sum,
    versions: u64,
    /// Pages with a version.
    materialised: u64,
    /// Over everything that was done to versions, in order.
    digest: Digest,
}

#[derive(Clone, Debug)]
struct Version {
    image: Rc<PageImage>,
    /// Its records behind the version before it, as long as they are in the hot log.
    log: Option<Sum>,
}

/// No pages yet.
impl Default for SegmentPages {
    fn default() -> Self {
        Self {
            indexed: Lsn::ZERO,
            pages: PageMap::default(),
            ripe: BTreeMap::new(),
            uncollected: VecDeque::new(),
            collected: Lsn::ZERO,
            freed: Sum::default(),
            in_chains: Sum::default(),
            versions: 0,
            materialised: 0,
            digest: Digest::NEW,
        }
    }
}

impl SegmentPages {
    /// Takes the records of its group into the index that are complete here, up to `scl`, and
    /// durable, up to `vdl`.
    pub fn index(&mut self, group: GroupId, (scl, vdl): (Lsn, Lsn), log: &Log) {
        let forgotten = log.forgotten_of(group);
        if self.indexed < forgotten.first && forgotten.last <= scl.min(vdl) {
            self.index_forgotten(group, log);
        }
        if scl <= self.indexed || vdl <= self.indexed || self.indexed < forgotten.first {
            return;
        }
        let new = Run::new(self.indexed, scl.min(vdl));
        let Some(last) = log.last_of(group, new) else {
            return;
        };
        let new = Run { last, ..new };
        self.in_chains += log.sum(group, new);
        for (page, lsn) in log.ripe(group, new) {
            self.ripens(page, lsn);
        }
        self.indexed = last;
    }

    /// Who begins with nothing takes what is forgotten as a whole. Nobody has a part of it to index.
    fn index_forgotten(&mut self, group: GroupId, log: &Log) {
        let forgotten = log.forgotten_of(group);
        self.in_chains += forgotten.sum;
        self.indexed = forgotten.last;
        for (page, lsn) in log.forgotten_ripe(group) {
            self.ripens(page, lsn);
        }
    }

    /// The chain of a page is too long, up to this record.
    fn ripens(&mut self, page: PageId, lsn: Lsn) {
        let ripe = self.ripe.entry(page).or_default();
        *ripe = lsn.max(*ripe);
    }

    /// Up to so many pages whose chains are too long, each with the record to coalesce it up to.
    pub fn ripe(&self, pages_max: usize) -> Vec<(PageId, Lsn)> {
        let ripe = self.ripe.iter().take(pages_max);
        ripe.map(|(page, lsn)| (*page, *lsn)).collect()
    }

    /// Adds a version of the page as of the record at `lsn`, unless it has that or a later one, or
    /// cannot build it. Gives how many records the chain lost.
    pub fn coalesce(&mut self, page: PageId, lsn: Lsn, log: &Log) -> u64 {
        self.ripe.remove(&page);
        let newest = self.version_lsn(page);
        let Some(built) = self.build(page, lsn, log).ok() else {
            return 0;
        };
        if built.lsn() <= newest {
            return 0;
        }
        let (lsn, chain) = (built.lsn(), self.behind_newest(&built));
        let versions = self.pages.get_mut(page);
        self.in_chains.subtract(chain);
        self.materialised += u64::from(versions.is_empty());
        self.versions += 1;
        // A page has two, until the older one is collected; there are many pages.
        versions.reserve_exact(1);
        versions.push(Version {
            image: Rc::new(built.seal()),
            log: Some(chain),
        });
        self.uncollected.push_back((page, lsn));
        (page, lsn).hash(&mut self.digest);
        chain.records
    }

    /// The page at a read point that the index has reached.
    pub fn read(&self, page: PageId, point: Lsn, log: &Log) -> Result<Page, ReadRefused> {
        if point < self.collected {
            let floor = self.collected;
            return Err(ReadRefused::BelowFloor { floor });
        }
        self.build(page, point, log)
    }

    /// Frees what no read at or above `horizon` needs: of each page the versions before the newest
    /// at or below the horizon, and the records that are in it. Gives what left the hot log, and how
    /// many versions went.
    pub fn collect(&mut self, horizon: Lsn) -> (Sum, u64) {
        let (freed_before, versions_before) = (self.freed, self.versions);
        while let Some((page, lsn)) = self.uncollected.pop_front_if(|(_, lsn)| *lsn <= horizon) {
            let versions = self.pages.get_mut(page);
            let Some(base) = versions.iter().position(|v| v.image.lsn() == lsn) else {
                continue;
            };
            for version in &mut versions[..=base] {
                self.freed += version.log.take().unwrap_or_default();
            }
            versions.drain(..base);
            self.versions -= base as u64;
            self.collected = self.collected.max(lsn);
            (page, lsn, horizon).hash(&mut self.digest);
        }
        let mut freed = self.freed;
        freed.subtract(freed_before);
        (freed, versions_before - self.versions)
    }

    /// A recovery annulled what is behind `tail`. Nothing of that was durable, so nothing of it
    /// should be here; where a volume's quorums are wrong it may be, and goes.
    pub fn annul(&mut self, tail: Lsn, log: &Log) {
        if self.indexed <= tail {
            return;
        }
        for (lsn, entry) in log.walk(Run::new(tail, self.indexed)) {
            let versions = self.pages.get_mut(entry.change.page);
            while let Some(version) = versions.pop_if(|version| version.image.lsn() >= lsn) {
                self.in_chains += version.log.unwrap_or_default();
                self.versions -= 1;
                self.materialised -= u64::from(versions.is_empty());
            }
            if self.in_chains.records > 0 {
                self.in_chains.subtract(Sum::one(entry.change.bytes));
            }
        }
        self.ripe.retain(|_, lsn| *lsn <= tail);
        self.indexed = tail;
        tail.hash(&mut self.digest);
    }

    /// Damages the newest version of a page; its newest record's LSN, if it has one.
    pub fn damage(&mut self, page: PageId, bit: u64) -> Option<Lsn> {
        let newest = self.pages.get_mut(page).last_mut()?;
        Rc::make_mut(&mut newest.image).damage(bit);
        (page, bit).hash(&mut self.digest);
        Some(newest.image.lsn())
    }

    /// Verifies the versions of up to `pages_max` pages from `from` on. Gives the damaged ones, and
    /// where to go on; `None`: the last page was reached.
    pub fn verify(&self, from: PageId, pages_max: usize) -> (Vec<(PageId, Lsn)>, Option<PageId>) {
        let mut damaged = Vec::new();
        let pages = self.pages.iter_from(from);
        let mut pages = pages.filter(|(_, versions)| !versions.is_empty());
        for (page, versions) in pages.by_ref().take(pages_max) {
            let bad = versions.iter().filter(|v| v.image.open().is_err());
            damaged.extend(bad.map(|version| (page, version.image.lsn())));
        }
        (damaged, pages.next().map(|(page, _)| page))
    }

    /// Builds a damaged version anew from what is here: an older version, or none, and the chain.
    /// Whether that was possible.
    pub fn rebuild(&mut self, page: PageId, lsn: Lsn, log: &Log) -> bool {
        self.build(page, lsn, log)
            .is_ok_and(|built| self.replace(page, lsn, built))
    }

    /// Puts a page that a peer gave in the place of a damaged version. A peer that does not have the
    /// page as of that version any more gives a later one, which does as well: nobody reads before
    /// it. The index has to reach so far. Whether there was such a version.
    pub fn replace(&mut self, page: PageId, lsn: Lsn, by: Page) -> bool {
        let damaged = |v: &Version| v.image.lsn() == lsn && v.image.open().is_err();
        let versions = self.versions_of(page);
        let Some(place) = versions.iter().position(damaged) else {
            return false;
        };
        let to = by.lsn();
        if to < lsn || self.indexed < to {
            return false;
        }
        let chain = if self.version_lsn(page) < to {
            self.behind_newest(&by)
        } else {
            Sum::default()
        };
        let image = Rc::new(by.seal());
        let versions = self.pages.get_mut(page);
        if to == lsn {
            versions[place].image = image;
        } else {
            let gone = versions.partition_point(|v| v.image.lsn() <= to);
            let logs = versions.drain(..gone).filter_map(|version| version.log);
            self.freed += logs.fold(chain, |sum, log| sum + log);
            versions.insert(0, Version { image, log: None });
            self.in_chains.subtract(chain);
            self.versions -= gone as u64 - 1;
            self.collected = self.collected.max(to);
        }
        (page, lsn, to).hash(&mut self.digest);
        true
    }

    /// What a peer can put in the place of its damaged version at `lsn`: the page as of then, or as
    /// of the oldest version that is left. `None` when the index does not reach so far.
    pub fn spare(&self, page: PageId, lsn: Lsn, log: &Log) -> Option<Page> {
        let oldest = self.versions_of(page).first();
        let collected = oldest.filter(|version| version.log.is_none());
        let point = collected.map_or(lsn, |version| lsn.max(version.image.lsn()));
        let built = self.build(page, point, log).ok()?;
        (point <= self.indexed && lsn <= built.lsn()).then_some(built)
    }

    /// Whether [`SegmentPages::collect`] would free something.
    pub fn has_garbage(&self, horizon: Lsn) -> bool {
        self.uncollected
            .front()
            .is_some_and(|(_, lsn)| *lsn <= horizon)
    }

    /// The bytes of the versions that wait to be written.
    pub fn ripe_bytes(&self) -> u64 {
        (self.ripe.len() * PAGE_BYTES) as u64
    }

    /// The versions with LSNs in the run that are whole.
    pub fn versions_in(&self, run: Run) -> Vec<Rc<PageImage>> {
        let new = self.uncollected.iter();
        let new = new.filter(|(_, lsn)| run.prev < *lsn && *lsn <= run.last);
        new.filter_map(|(page, lsn)| {
            let mut versions = self.versions_of(*page).iter();
            let version = versions.find(|v| v.image.lsn() == *lsn)?;
            version
                .image
                .open()
                .is_ok()
                .then(|| Rc::clone(&version.image))
        })
        .collect()
    }

    /// The newest version of a page, [`Lsn::ZERO`] without one.
    pub fn version_lsn(&self, page: PageId) -> Lsn {
        let newest = self.versions_of(page).last();
        newest.map_or(Lsn::ZERO, |version| version.image.lsn())
    }

    /// Everything at or below may be gone; reads below are refused.
    pub const fn collected(&self) -> Lsn {
        self.collected
    }

    /// The records of the group up to here are sorted by page.
    pub const fn indexed(&self) -> Lsn {
        self.indexed
    }

    /// What its own chores still need of the log: everything behind this record. Each version is
    /// written as of one of its page's records, and as long as those are in the hot log, it can be
    /// built from them again.
    pub(crate) fn needs(&self) -> Lsn {
        let uncollected = self.uncollected.iter().map(|(_, lsn)| *lsn);
        let needed = self.ripe.values().copied().chain(uncollected).min();
        needed.map_or(Lsn::MAX, Lsn::before)
    }

    /// Records that left the hot log.
    pub const fn freed(&self) -> Sum {
        self.freed
    }

    /// Indexed records that no version has yet.
    pub const fn in_chains(&self) -> Sum {
        self.in_chains
    }

    /// The first page with a version.
    pub fn first_page(&self) -> Option<PageId> {
        let mut pages = self.pages.iter_from(PageId(0));
        let found = pages.find(|(_, versions)| !versions.is_empty());
        found.map(|(page, _)| page)
    }

    /// Whether this version of a page is there and damaged.
    pub fn is_damaged(&self, page: PageId, lsn: Lsn) -> bool {
        let mut versions = self.versions_of(page).iter();
        versions.any(|version| version.image.lsn() == lsn && version.image.open().is_err())
    }

    /// How many versions there are.
    pub const fn versions(&self) -> u64 {
        self.versions
    }

    /// How many pages have a version.
    pub const fn materialised(&self) -> u64 {
        self.materialised
    }

    fn versions_of(&self, page: PageId) -> &[Version] {
        self.pages.find(page).map_or(&[], |versions| versions)
    }

    /// The records in `built` that the page's newest version does not have.
    fn behind_newest(&self, built: &Page) -> Sum {
        let newest = self.versions_of(built.id()).last();
        let (records, bytes) = newest.map_or((0, 0), |v| (v.image.changes(), v.image.bytes()));
        Sum {
            records: (built.changes() - records).into(),
            bytes: built.bytes() - bytes,
        }
    }

    /// From the newest version at or below `point` that is whole. Behind one that is damaged stands
    /// an older one, or the beginning, as long as the records in between are here.
    fn build(&self, page: PageId, point: Lsn, log: &Log) -> Result<Page, ReadRefused> {
        let versions = self.versions_of(page);
        let count = versions.partition_point(|v| v.image.lsn() <= point);
        let mut built = None;
        for version in versions[..count].iter().rev() {
            match version.image.open() {
                Ok(whole) => built = Some(whole.clone()),
                Err(_) if version.log.is_none() => return Err(ReadRefused::Damaged),
                Err(_) => continue,
            }
            break;
        }
        let mut built = built.unwrap_or_else(|| Page::new(page));
        let newest = log.last_of_page(page, point.min(self.indexed));
        if newest <= built.lsn() {
            return Ok(built);
        }
        if let Some(account) = log.account_page(page, newest) {
            return Ok(account);
        }
        if let Some(forgotten) = log.forgotten_page(page, newest)
            && forgotten.lsn() > built.lsn()
        {
            built = forgotten.clone();
        }
        let mut chain: Vec<_> = chain_of(newest, built.lsn(), log).collect();
        while let Some(lsn) = chain.pop() {
            let entry = log.get(lsn).expect("a chain's records are in the log");
            built.apply(lsn, &entry.change);
        }
        Ok(built)
    }
}

/// The records of a page from `newest` back to, and without, the one at `base`.
fn chain_of(newest: Lsn, base: Lsn, log: &Log) -> impl Iterator<Item = Lsn> {
    let mut at = newest;
    std::iter::from_fn(move || {
        let lsn = Some(at).filter(|lsn| *lsn > base)?;
        at = log
            .get(lsn)
            .expect("a chain's records are in the log")
            .prev_of_page;
        Some(lsn)
    })
}

impl Sum {
    /// One record.
    pub fn one(bytes: u32) -> Self {
        let bytes = bytes.into();
        Self { records: 1, bytes }
    }

    pub(crate) const fn subtract(&mut self, other: Self) {
        self.records -= other.records;
        self.bytes -= other.bytes;
    }
}

impl Add for Sum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            records: self.records + other.records,
            bytes: self.bytes + other.bytes,
        }
    }
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// A few words, however many pages there are: the rest follows from what was done.
impl Hash for SegmentPages {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.indexed, self.collected, self.freed, self.in_chains).hash(state);
        state.write_u64(self.digest.value());
    }
}

#[cfg(test)]
mod tests;
