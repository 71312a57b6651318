//! Reading the log of a real server.

use std::io::Read as _;
use std::rc::Rc;

use flate2::read::GzDecoder;
use pgwal::{Reader, Step};

use crate::Case;

/// Reading a log of a real server, with every check. The least is to copy its bytes.
pub(super) fn read_wal() -> Case {
    let mut bytes = Vec::new();
    GzDecoder::new(WAL)
        .read_to_end(&mut bytes)
        .expect("a whole recording");
    let log = Rc::new(bytes);
    let mut copy = vec![0; log.len()];
    Case {
        yardstick: "memcpy of the same bytes",
        unit: "byte",
        units_per_round: log.len() as u64,
        bytes: None,
        note: None,
        work: {
            let log = Rc::clone(&log);
            Box::new(move |rounds| (0..rounds).map(|_| records(&log)).sum())
        },
        least: Box::new(move |rounds| {
            for _ in 0..rounds {
                copy.copy_from_slice(std::hint::black_box(&log));
                std::hint::black_box(&copy);
            }
            rounds
        }),
    }
}

const WAL_NAME: &str = "000000010000000000000007";
const WAL: &[u8] =
    include_bytes!("../../../../pgwal/fixtures/insert-test/000000010000000000000007.gz");
/// As the worker reads a file.
const SLICE_BYTES: usize = 64 * 1024;

fn records(log: &[u8]) -> u64 {
    let mut slices = log.chunks(SLICE_BYTES);
    let mut reader = Reader::new();
    reader.open(WAL_NAME);
    let mut records = 0;
    loop {
        match reader.step().expect("the recording is whole") {
            Step::Record(_) => records += 1,
            Step::Hungry => match slices.next() {
                Some(slice) => reader.feed(slice),
                None => reader.finish(),
            },
            Step::End(_) => return records,
        }
    }
}
