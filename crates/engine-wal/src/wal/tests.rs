use proptest::prelude::*;
use redo::Payload;

use super::*;

/// A record as a plain list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Plain {
    start: u64,
    lsn: u64,
    end: u64,
    page: u32,
    form: Form,
    payload: Option<Vec<u8>>,
}

fn plain(record: &Record) -> Plain {
    assert_eq!(record.image.is_some(), record.form == Form::Image);
    if let Some(image) = &record.image {
        assert_eq!(
            (image.id(), image.lsn()),
            (record.change.page, record.lsn),
            "an image is its own page, with the change"
        );
    }
    Plain {
        start: record.start.0,
        lsn: record.lsn.0,
        end: record.end.0,
        page: record.change.page.0,
        form: record.form,
        payload: (record.change.payload.as_ref()).map(|payload| payload.bytes().to_vec()),
    }
}

#[derive(Clone, Debug)]
enum Deed {
    Push {
        records: u32,
        sizes: u32,
        every: u32,
    },
    Truncate(u64),
    Forget(u64),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (1_u32..3000, 1_u32..400, 1_u32..5)
            .prop_map(|(records, sizes, every)| Deed::Push { records, sizes, every }),
        1 => (0_u64..1000).prop_map(Deed::Truncate),
        1 => (0_u64..1000).prop_map(Deed::Forget),
    ]
}

fn push(wal: &mut Wal, number: u32, sizes: u32, every: u32) -> Plain {
    let (page, bytes) = (PageId(number % 91), 20 + number % sizes);
    let change = if number.is_multiple_of(7) {
        let payload = Payload::new(number.to_le_bytes().as_slice().into(), 0, 4);
        Change::exact(page, bytes, false, payload)
    } else {
        Change::account(page, bytes, false)
    };
    let form = if number.is_multiple_of(3) {
        Form::Image
    } else {
        Form::Change
    };
    let lsn = wal.lsn_of(&change, form);
    let image = (form == Form::Image).then(|| {
        let mut image = Page::new(page);
        image.apply(lsn, &change);
        image
    });
    let start = wal.end();
    let payload = (change.payload.as_ref()).map(|payload| payload.bytes().to_vec());
    let (at, end) = wal.push(&change, form, image, number.is_multiple_of(every));
    assert_eq!(at, lsn);
    Plain {
        start: start.0,
        lsn: lsn.0,
        end: end.0,
        page: page.0,
        form,
        payload,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_agrees_with_a_plain_list_and_its_copy_with_the_past(
        deeds in proptest::collection::vec(deed(), 1..12),
        probes in proptest::collection::vec(0_u64..=1000, 1..6),
    ) {
        let (mut wal, mut list, mut number) = (Wal::default(), Vec::<Plain>::new(), 0);
        let (mut first, mut past) = (0, None);
        for deed in deeds {
            past = Some((wal.clone(), list.clone()));
            let ends = || [first].into_iter().chain(list.iter().flat_map(|r| [r.lsn, r.end]));
            let near = |permille| {
                let at = first + (wal.end().0 - first) * permille / 1000;
                ends().filter(|end| *end <= at).max().unwrap_or(first)
            };
            match deed {
                Deed::Push { records, sizes, every } => {
                    for _ in 0..records {
                        number += 1;
                        list.push(push(&mut wal, number, sizes, every));
                    }
                }
                Deed::Truncate(permille) => {
                    let end = near(permille);
                    wal.truncate(Lsn(end));
                    list.retain(|record| record.lsn <= end);
                    if let Some(last) = list.last_mut() {
                        last.end = last.end.min(end);
                    }
                }
                Deed::Forget(permille) => {
                    // Never between a record and its commit record: redo points lie behind both.
                    let at = near(permille);
                    let ends = list.iter().map(|record| record.end);
                    first = ends.filter(|end| *end <= at).max().unwrap_or(first);
                    wal.forget(Lsn(first));
                    list.retain(|record| record.lsn > first);
                }
            }
            prop_assert_eq!(wal.end().0, list.last().map_or(first, |last| last.end));
            for permille in &probes {
                let at = first + (wal.end().0 - first) * permille / 1000;
                let boundary = [first].into_iter().chain(list.iter().flat_map(|r| [r.lsn, r.end]));
                let boundary = boundary.filter(|end| *end <= at).max().unwrap();
                prop_assert_eq!(wal.boundary(Lsn(at)).0.max(first), boundary);
                let behind: Vec<_> = list.iter().filter(|r| r.lsn > boundary).cloned().collect();
                let found = wal.records_after(Lsn(boundary)).map(|record| plain(&record));
                prop_assert!(found.collect::<Vec<_>>() == behind, "after {}", boundary);
                let commits = list.iter().filter(|r| r.lsn < r.end && boundary < r.end).count();
                prop_assert_eq!(wal.commits_between(Lsn(boundary), wal.end()), commits as u64);
            }
        }
        if let Some((wal, list)) = past {
            let found = wal.records_after(wal.first()).map(|record| plain(&record));
            prop_assert!(found.collect::<Vec<_>>() == list);
        }
    }
}

#[test]
fn a_record_takes_five_bytes_of_memory_and_what_they_share() {
    let mut wal = Wal::default();
    for number in 0..100_000 {
        wal.push(
            &Change::account(PageId(number), 400, false),
            Form::Change,
            None,
            true,
        );
    }
    let bytes = |chunk: &Rc<Chunk>| {
        chunk.pages.len() * size_of::<PageId>()
            + chunk.kinds.len()
            + chunk.dictionary.len() * size_of::<Kind>()
            + chunk.marks.len() * size_of::<(Lsn, usize)>()
    };
    let total: usize = wal.chunks.iter().map(bytes).sum();
    assert!(total < 100_000 * 11 / 2, "{total}");
    assert_eq!(wal.end(), Lsn(100_000 * 440));
}
