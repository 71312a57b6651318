//! The write-ahead log: every record once, at its byte position.
//!
//! The record that begins at byte 0 and takes 100 bytes ends at 100, where the next one begins. That
//! end is its LSN: "flushed up to 100" says that it is safe. A commit record follows the last change
//! of its transaction without a gap.
//!
//! ```text
//! 0            100   140                    8432   8472
//! | change      | C   | change + page image   | C   |        C: commit record, 40 bytes
//! ```
//!
//! The bytes are stored once for all servers; each knows up to where it has them, and whoever is
//! behind reads here. What a crash or a failover takes away is cut off at the end, for no server has
//! it any more; what nobody needs is forgotten from the beginning.
//!
//! Records lie in chunks of up to 8,192. A chunk lists the different kinds that its records have
//! (size, form, committing or not), 256 at most, so that a record takes five bytes of memory however
//! large it is.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use redo::{Change, Lsn, PAGE_BYTES, Page, PageId};
use sim::Digest;

/// Bytes of a WAL file.
pub const SEGMENT_BYTES: u64 = 16 << 20;
/// Bytes of a commit record: 34, aligned to eight.
pub const COMMIT_BYTES: u32 = 40;
/// Bytes of a checkpoint record: 114, aligned to eight.
pub const CHECKPOINT_BYTES: u32 = 120;
/// Bytes of a full-page image.
pub const IMAGE_BYTES: u32 = 8192;
const _: () = assert!(IMAGE_BYTES as usize == PAGE_BYTES);

/// Records per chunk.
const CHUNK: usize = 1 << 13;
/// Records from one mark to the next.
const MARK: usize = 1 << 6;
/// Different kinds of records in a chunk, at most.
const KINDS: usize = 1 << 8;

/// What redo does with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// It changes a page as it was before.
    Change,
    /// It changes a page that is new: nothing of what was there before matters.
    Init,
    /// It changes a page and carries all of it, as it is with the change: a full-page image.
    Image,
    /// It says that a checkpoint is complete, and changes nothing.
    Checkpoint,
}

/// A record, perhaps with the commit record that follows it.
#[derive(Clone, Debug, Hash)]
pub struct Record {
    /// Its first byte.
    pub start: Lsn,
    /// Its LSN: the first byte behind it, and behind its image.
    pub lsn: Lsn,
    /// The first byte behind the commit record that follows it, or its LSN.
    pub end: Lsn,
    /// What redo does with it.
    pub form: Form,
    /// What it changes. A checkpoint changes nothing, on page 0.
    pub change: Change,
    /// The page with the change, if the record carries all of it.
    pub image: Option<Page>,
}

impl Record {
    /// Whether a commit record follows it.
    pub fn commits(&self) -> bool {
        self.lsn < self.end
    }
}

/// All WAL that somebody may still need.
#[derive(Clone, Debug)]
pub struct Wal {
    chunks: VecDeque<Rc<Chunk>>,
    /// What lies before is forgotten.
    first: Lsn,
    /// The end of the newest record.
    end: Lsn,
    /// Over everything that was appended and cut off, in order.
    digest: Digest,
}

/// What records have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    /// Of the change alone.
    bytes: u32,
    form: Form,
    estimated: bool,
    commits: bool,
}

impl Kind {
    /// From the first byte of the record to its LSN.
    const fn length(self) -> u64 {
        let image = match self.form {
            Form::Image => IMAGE_BYTES,
            Form::Change | Form::Init | Form::Checkpoint => 0,
        };
        self.bytes as u64 + image as u64
    }

    /// From the first byte of the record to its end.
    const fn length_with_commit(self) -> u64 {
        let commit = if self.commits { COMMIT_BYTES } else { 0 };
        self.length() + commit as u64
    }
}

/// Neighbouring records.
#[derive(Clone, Debug)]
struct Chunk {
    start: Lsn,
    pages: Vec<PageId>,
    /// Of each record, its place in `dictionary`.
    kinds: Vec<u8>,
    dictionary: Vec<Kind>,
    /// Of the records that are images, in their order.
    images: Vec<Page>,
    /// Changes that carry their bytes, by the place of the record.
    payloads: BTreeMap<usize, Change>,
    /// Where every 64th record begins, and the images before it: so that one is found quickly.
    marks: Vec<(Lsn, usize)>,
}

impl Chunk {
    const fn new(start: Lsn) -> Self {
        Self {
            start,
            pages: Vec::new(),
            kinds: Vec::new(),
            dictionary: Vec::new(),
            images: Vec::new(),
            payloads: BTreeMap::new(),
            marks: Vec::new(),
        }
    }

    /// Whether there is room for a record of this kind.
    fn has_room(&self, kind: Kind) -> bool {
        self.kinds.len() < CHUNK
            && (self.dictionary.len() < KINDS || self.dictionary.contains(&kind))
    }

    /// The place of a kind in the dictionary. There is room for it.
    fn place_of(&mut self, kind: Kind) -> u8 {
        let known = self.dictionary.iter().position(|known| *known == kind);
        let place = known.unwrap_or(self.dictionary.len());
        if known.is_none() {
            self.dictionary.push(kind);
        }
        u8::try_from(place).expect("there is room")
    }

    /// Where its records lie, in their order, from the last mark on that is not behind `from`.
    fn places(&self, from: Lsn) -> impl Iterator<Item = Place> {
        let behind = self.marks.partition_point(|(start, _)| *start <= from);
        let mark = behind.saturating_sub(1);
        let (mut start, mut image) = self.marks.get(mark).copied().unwrap_or((self.start, 0));
        let kinds = self.kinds.iter().enumerate().skip(mark * MARK);
        kinds.map(move |(index, kind)| {
            let kind = self.dictionary[usize::from(*kind)];
            let place = Place {
                index,
                image,
                kind,
                start,
            };
            start = place.end();
            image += usize::from(kind.form == Form::Image);
            place
        })
    }

    fn record(&self, place: Place) -> Record {
        let Kind {
            bytes,
            form,
            estimated,
            ..
        } = place.kind;
        let account = || Change::account(self.pages[place.index], bytes, estimated);
        Record {
            start: place.start,
            lsn: place.lsn(),
            end: place.end(),
            form,
            change: self
                .payloads
                .get(&place.index)
                .cloned()
                .unwrap_or_else(account),
            image: (form == Form::Image).then(|| self.images[place.image].clone()),
        }
    }

    /// Keeps the first records, so many of them.
    fn truncate(&mut self, records: usize) {
        let kept = self.places(self.start).take(records);
        let images = kept.filter(|place| place.kind.form == Form::Image).count();
        self.pages.truncate(records);
        self.kinds.truncate(records);
        self.images.truncate(images);
        self.payloads.retain(|index, _| *index < records);
        self.marks.truncate(records.div_ceil(MARK));
    }
}

/// Where a record lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Its place among the records of its chunk.
    index: usize,
    /// Images before it in its chunk.
    image: usize,
    kind: Kind,
    start: Lsn,
}

impl Place {
    const fn lsn(&self) -> Lsn {
        Lsn(self.start.0 + self.kind.length())
    }

    const fn end(&self) -> Lsn {
        Lsn(self.start.0 + self.kind.length_with_commit())
    }
}

impl Default for Wal {
    fn default() -> Self {
        Self {
            chunks: VecDeque::new(),
            first: Lsn::ZERO,
            end: Lsn::ZERO,
            digest: Digest::NEW,
        }
    }
}

impl Wal {
    /// Where what is still there begins.
    pub const fn first(&self) -> Lsn {
        self.first
    }

    /// Where the next record begins.
    pub const fn end(&self) -> Lsn {
        self.end
    }

    /// The records whose LSN lies behind `from`, in their order. `from` is not before what is
    /// forgotten.
    pub fn records_after(&self, from: Lsn) -> impl Iterator<Item = Record> + '_ {
        self.places_after(from)
            .skip_while(move |(_, place)| place.lsn() <= from)
            .map(|(chunk, place)| chunk.record(place))
    }

    /// How many commits end behind `from` and not behind `to`.
    pub fn commits_between(&self, from: Lsn, to: Lsn) -> u64 {
        let commits = self
            .places_after(from)
            .take_while(|(_, place)| place.start < to)
            .filter(|(_, place)| place.kind.commits && place.end() <= to);
        commits.count() as u64
    }

    /// The last end of a record or of a commit record that is not behind `at`.
    pub fn boundary(&self, at: Lsn) -> Lsn {
        let near = self.chunks.partition_point(|chunk| chunk.start <= at);
        let Some(chunk) = near.checked_sub(1).and_then(|near| self.chunks.get(near)) else {
            return self.first;
        };
        let places = chunk.places(at);
        let ends = places.flat_map(|place| [place.start, place.lsn(), place.end()]);
        ends.take_while(|end| *end <= at)
            .last()
            .unwrap_or(chunk.start)
    }

    /// The LSN that a record of this change would have, if it were the next one.
    pub(crate) fn lsn_of(&self, change: &Change, form: Form) -> Lsn {
        let kind = Kind {
            bytes: change.bytes,
            form,
            estimated: change.estimated,
            commits: false,
        };
        Lsn(self.end.0 + kind.length())
    }

    /// Appends a record, and a commit record if it commits. Gives its LSN and its end.
    pub(crate) fn push(
        &mut self,
        change: &Change,
        form: Form,
        image: Option<Page>,
        commits: bool,
    ) -> (Lsn, Lsn) {
        assert!(change.is_intact(), "what enters the log fits its checksum");
        let kind = Kind {
            bytes: change.bytes,
            form,
            estimated: change.estimated,
            commits,
        };
        let start = self.end;
        let chunk = self.room_for(kind);
        let place = chunk.place_of(kind);
        if change.payload.is_some() {
            chunk.payloads.insert(chunk.pages.len(), change.clone());
        }
        if chunk.pages.len().is_multiple_of(MARK) {
            chunk.marks.push((start, chunk.images.len()));
        }
        chunk.pages.push(change.page);
        chunk.kinds.push(place);
        chunk.images.extend(image);
        (change, form, commits).hash(&mut self.digest);
        let lsn = Lsn(self.end.0 + kind.length());
        self.end.0 += kind.length_with_commit();
        (lsn, self.end)
    }

    /// Cuts off everything behind `end`, a boundary.
    pub(crate) fn truncate(&mut self, end: Lsn) {
        if end >= self.end {
            return;
        }
        assert!(self.first <= end, "what is forgotten is not cut off");
        while let Some(chunk) = self.chunks.back_mut()
            && end < self.end
        {
            let cut = chunk.places(end).find(|place| end < place.end());
            if end <= chunk.start {
                self.end = chunk.start;
                self.chunks.pop_back();
            } else if let Some(cut) = cut {
                let alone = (cut.lsn() == end).then(|| chunk.record(cut));
                Rc::make_mut(chunk).truncate(cut.index);
                self.end = cut.start;
                if let Some(Record {
                    change,
                    form,
                    image,
                    ..
                }) = alone
                {
                    self.push(&change, form, image, false);
                }
            }
        }
        assert!(self.end == end, "WAL is cut between records");
        end.hash(&mut self.digest);
    }

    /// Forgets what lies before `first`.
    pub(crate) fn forget(&mut self, first: Lsn) {
        self.first = self.first.max(first);
        while self.chunks.len() > 1 && self.chunks[1].start <= self.first {
            self.chunks.pop_front();
        }
    }

    /// The chunk for a record of this kind.
    fn room_for(&mut self, kind: Kind) -> &mut Chunk {
        if !self.chunks.back().is_some_and(|chunk| chunk.has_room(kind)) {
            self.chunks.push_back(Rc::new(Chunk::new(self.end)));
        }
        let newest = self.chunks.back_mut().expect("there is one now");
        Rc::make_mut(newest)
    }

    /// Where the records lie that end behind `from`, with their commit records.
    fn places_after(&self, from: Lsn) -> impl Iterator<Item = (&Chunk, Place)> {
        assert!(self.first <= from, "what is needed is not forgotten");
        let near = self.chunks.partition_point(|chunk| chunk.start <= from);
        let chunks = self.chunks.iter().skip(near.saturating_sub(1));
        let places =
            chunks.flat_map(move |chunk| chunk.places(from).map(move |place| (&**chunk, place)));
        places.skip_while(move |(_, place)| place.end() <= from)
    }
}

/// What was ever in it counts, not where it is kept.
impl Hash for Wal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.first, self.end, self.digest.value()).hash(state);
    }
}

#[cfg(test)]
mod tests;
