//! The volume's log: every record once, with its three back-links.

use std::hash::{Hash, Hasher};

use redo::{Change, Lsn, PageId, PageMap, SharedVec};
use sim::Digest;

use crate::message::{GroupId, Parcel};
use crate::run::Run;

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
    /// The record before it for its page: a page is built along it.
    pub prev_of_page: Lsn,
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
}

/// The log of one volume.
#[derive(Clone, Debug)]
pub struct Log {
    entries: SharedVec<Entry>,
    mtrs: SharedVec<Mtr>,
    /// The newest record of each group.
    tails: Vec<Lsn>,
    /// The newest record of each page.
    pages: PageMap<Lsn>,
    /// Over everything that was appended, in order.
    digest: Digest,
}

impl Log {
    /// An empty log of a volume with so many protection groups, at least one.
    pub fn new(groups: u16) -> Self {
        assert!(groups > 0, "a volume has a protection group");
        Self {
            entries: SharedVec::default(),
            mtrs: SharedVec::default(),
            tails: vec![Lsn::ZERO; groups.into()],
            pages: PageMap::default(),
            digest: Digest::NEW,
        }
    }

    /// The group of a page. Pages are dealt round-robin.
    pub fn group_of(&self, page: PageId) -> GroupId {
        let groups = u32::try_from(self.tails.len()).expect("made from a u16");
        GroupId(u16::try_from(page.0 % groups).expect("below a u16"))
    }

    /// How many groups there are.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> + use<> {
        (0..u16::try_from(self.tails.len()).expect("made from a u16")).map(GroupId)
    }

    /// The newest record of the volume.
    pub fn last(&self) -> Lsn {
        Lsn(self.entries.len())
    }

    /// The newest record of a group.
    pub fn last_in_group(&self, group: GroupId) -> Lsn {
        self.tails[group.index()]
    }

    /// Appends a record and gives it its LSN and its links.
    pub fn append(&mut self, change: Change) -> (Lsn, &Entry) {
        assert!(change.is_intact(), "what enters the log fits its checksum");
        let lsn = self.last().next();
        let group = self.group_of(change.page);
        let prev_of_page = self.pages.replace(change.page, lsn);
        let prev_in_group = std::mem::replace(&mut self.tails[group.index()], lsn);
        let prev_in_volume = self.last();
        let entry = Entry {
            change,
            group,
            prev_in_volume,
            prev_in_group,
            prev_of_page,
        };
        entry.hash(&mut self.digest);
        self.entries.push(entry);
        (lsn, self.entries.last().expect("just pushed"))
    }

    /// Notes that the records from `first` to the newest are one mini-transaction.
    pub fn end_mtr(&mut self, first: Lsn, label: u16, commit: Option<u64>) -> Mtr {
        let mtr = Mtr {
            first,
            last: self.last(),
            label,
            commit,
        };
        assert!(first <= mtr.last, "a mini-transaction has a record");
        mtr.hash(&mut self.digest);
        self.mtrs.push(mtr);
        mtr
    }

    /// The record at `lsn`.
    pub fn get(&self, lsn: Lsn) -> Option<&Entry> {
        self.entries.get(lsn.0.checked_sub(1)?)
    }

    /// The records of a run of a group, newest first, along the group's chain.
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

    /// A run of `group` with its sums, ready to send.
    pub fn parcel(&self, group: GroupId, run: Run) -> Parcel {
        let mut parcel = Parcel {
            group,
            run,
            first: run.last,
            records: 0,
            bytes: 0,
        };
        for (lsn, entry) in self.walk(run) {
            assert!(entry.group == group, "a chain stays in its group");
            parcel.first = lsn;
            parcel.records += 1;
            parcel.bytes += u64::from(entry.change.bytes);
        }
        parcel
    }

    /// The beginning of a run of `group`, of at most so many bytes but at least one record.
    pub fn cut(&self, group: GroupId, run: Run, bytes_max: u64) -> Run {
        let (mut bytes, mut last) = (0, None);
        for lsn in (run.prev.0 + 1..=run.last.0).map(Lsn) {
            let entry = self.get(lsn).expect("a run's records are in the log");
            if entry.group != group {
                continue;
            }
            bytes += u64::from(entry.change.bytes);
            if last.is_some() && bytes > bytes_max {
                break;
            }
            last = Some(lsn);
        }
        Run::new(run.prev, last.expect("a run holds at least one record"))
    }

    /// The mini-transactions that reach into `[from, to]`, by rising LSN.
    pub fn mtrs(&self, from: Lsn, to: Lsn) -> impl Iterator<Item = &Mtr> {
        self.mtrs
            .iter_from(self.mtrs.partition_point(|mtr| mtr.last < from))
            .take_while(move |mtr| mtr.first <= to)
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
        Log::new(1).append(change);
    }

    #[test]
    fn a_run_is_cut_between_records_and_never_to_nothing() {
        let mut log = Log::new(2);
        for page in 0..8 {
            log.append(Change::account(PageId(page), 100, false));
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
            log.append(Change::account(PageId(page), 100, false));
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
                log.append(Change::account(PageId(3), *bytes, false));
            }
            log.end_mtr(Lsn(1), label, None);
            log
        };
        let hash = |sizes, label| sim::digest_of(&log(sizes, label));
        assert_eq!(hash(&[1, 2], 0), hash(&[1, 2], 0));
        assert_ne!(hash(&[1, 2], 0), hash(&[2, 1], 0));
        assert_ne!(hash(&[1, 2], 0), hash(&[1, 2], 1));
        let mut words = Words(0);
        log(&vec![100; 5000], 0).hash(&mut words);
        assert_eq!(words.finish(), 1);
    }
}
