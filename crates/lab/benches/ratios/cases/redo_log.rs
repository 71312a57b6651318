//! The log's container, and redo: records applied to pages.

use std::rc::Rc;

use redo::{Change, Lsn, Page, PageId, Payload, SharedVec};
use sim::Stream;

use crate::Case;

const VALUES: u64 = 1_000_000;

/// Appending to the container of a log, an LSN and three links at a time.
pub(super) fn append() -> Case {
    Case {
        yardstick: "vector of as many values",
        unit: "value",
        units_per_round: VALUES,
        bytes: None,
        note: None,
        work: Box::new(|rounds| {
            let fill = |_| {
                let mut values = SharedVec::default();
                (0..VALUES).for_each(|value| values.push([value; 4]));
                values.len()
            };
            (0..rounds).map(fill).sum()
        }),
        least: Box::new(|rounds| {
            let fill = |_| {
                let mut values = Vec::new();
                (0..VALUES).for_each(|value| values.push([value; 4]));
                std::hint::black_box(&values).len() as u64
            };
            (0..rounds).map(fill).sum()
        }),
    }
}

/// Reading it one place after the other.
pub(super) fn read() -> Case {
    let mut shared = SharedVec::default();
    (0..VALUES).for_each(|value| shared.push([value; 4]));
    let plain: Vec<_> = (0..VALUES).map(|value| [value; 4]).collect();
    Case {
        yardstick: "vector of as many values",
        unit: "value",
        units_per_round: VALUES,
        bytes: None,
        note: None,
        work: Box::new(move |rounds| {
            let place = |at| std::hint::black_box(&shared).get(at % VALUES);
            (0..rounds * VALUES)
                .filter_map(place)
                .fold(0, |sum, value| sum ^ value[1])
        }),
        least: Box::new(move |rounds| {
            let place = |at| std::hint::black_box(&plain).get((at % VALUES) as usize);
            (0..rounds * VALUES)
                .filter_map(place)
                .fold(0, |sum, value| sum ^ value[1])
        }),
    }
}

/// 128 MiB of pages.
const PAGES: u32 = 16_384;
const RECORDS: u32 = 1 << 18;
/// Bytes of a record in the log, and of its payload.
const RECORD_BYTES: u32 = 128;
const PAYLOAD_BYTES: u32 = 112;
/// Records that are verified before they are applied.
const BLOCK: usize = 512;

/// Records for random pages, out of one buffer.
fn records(exact: bool) -> Vec<Change> {
    let mut stream = Stream::new(1, "records");
    let words = (0..RECORDS * PAYLOAD_BYTES / 8).map(|_| stream.bits().to_le_bytes());
    let buffer: Rc<[u8]> = words.flatten().collect();
    let record = |nth| {
        let page = u32::try_from(stream.below(PAGES.into())).expect("below a u32");
        if exact {
            let payload = Payload::new(Rc::clone(&buffer), nth * PAYLOAD_BYTES, PAYLOAD_BYTES);
            Change::exact(PageId(page), RECORD_BYTES, false, payload)
        } else {
            Change::account(PageId(page), RECORD_BYTES, false)
        }
    };
    (0..RECORDS).map(record).collect()
}

/// Pages to which records are applied, round after round.
struct Replay {
    pages: Vec<Page>,
    lsn: Lsn,
}

impl Replay {
    fn new() -> Self {
        Self {
            pages: (0..PAGES).map(|page| Page::new(PageId(page))).collect(),
            lsn: Lsn::ZERO,
        }
    }

    fn apply(&mut self, records: &[Change]) {
        for record in records {
            self.lsn = self.lsn.next();
            self.pages[record.page.0 as usize].apply(self.lsn, record);
        }
    }
}

/// The least for redo: the same bytes to the same pages, from nowhere.
fn scatter(records: &[Change]) -> impl FnMut(u64) -> u64 + use<> {
    let pages: Vec<_> = records.iter().map(|record| record.page.0).collect();
    let mut memory = vec![0_u8; PAGES as usize * redo::PAGE_BYTES];
    let bytes = [1_u8; PAYLOAD_BYTES as usize];
    move |rounds| {
        for _ in 0..rounds {
            for (nth, page) in pages.iter().enumerate() {
                let within = nth % 64 * bytes.len();
                let start = *page as usize * redo::PAGE_BYTES + within;
                memory[start..start + bytes.len()].copy_from_slice(std::hint::black_box(&bytes));
            }
        }
        memory[0].into()
    }
}

/// Records that go to pages, a round of all of them.
fn redo(exact: bool, round: impl Fn(&mut Replay, &[Change]) + 'static) -> Case {
    let records = records(exact);
    let mut replay = Replay::new();
    Case {
        yardstick: "scatter of as many bytes",
        unit: "record",
        units_per_round: RECORDS.into(),
        bytes: None,
        note: None,
        least: Box::new(scatter(&records)),
        work: Box::new(move |rounds| {
            (0..rounds).for_each(|_| round(&mut replay, &records));
            replay.lsn.0
        }),
    }
}

/// Applying records to 128 MiB of pages.
pub(super) fn apply() -> Case {
    redo(true, Replay::apply)
}

/// The same, with their checksums verified before, a block at a time: so a page that is not in a cache is
/// not waited for by a checksum.
pub(super) fn apply_checked() -> Case {
    redo(true, |replay, records| {
        for block in records.chunks(BLOCK) {
            assert!(block.iter().all(Change::is_intact), "nobody damaged them");
            replay.apply(block);
        }
    })
}

/// The same in account weight: what pages came to, without their bytes.
pub(super) fn account() -> Case {
    redo(false, Replay::apply)
}
