//! Reads the files of any story, and looks into every record that comes.
//!
//! Asserted are, beside that nothing panics:
//!
//! * Records come in the order of the log, none of them longer than the input, and no more of them than
//!   headers fit into the input.
//! * The same bytes give the same records and the same end, however they are sliced.
//! * Memory stays below a bound that the input gives: see [`MEMORY_BYTES`].
//! * A folder is read in a bounded number of steps, its damage passed over or not.

#![no_main]

#[path = "../src/forge.rs"]
#[expect(dead_code, reason = "the reader's own tests write other logs, too")]
mod forge;
mod story;

use libfuzzer_sys::fuzz_target;
use pgwal::{
    FolderReader, FolderStep, InMemory, Reader, Record, Stats, Step, WalFile, WalLsn, Wanted,
};
use story::Story;

/// What reading may take beside twice its input: buffers of fixed size, and the window of a packed file.
const MEMORY_BYTES: u64 = 80 << 20;

fuzz_target!(|bytes: &[u8]| {
    let story = Story::tell(bytes);
    let input: u64 = story
        .files
        .iter()
        .map(|(_, bytes)| bytes.len() as u64)
        .sum();
    let memory = |read: &mut dyn FnMut()| {
        let taken = allocation_counter::measure(read);
        let (most, bound) = (taken.bytes_max, 2 * input + MEMORY_BYTES);
        assert!(most <= bound, "{most} bytes of memory, more than {bound}");
    };
    memory(&mut || {
        let whole = read(&story, usize::MAX, input);
        let sliced = read(&story, story.slice_bytes, input);
        assert_eq!(whole, sliced, "slices of {} bytes", story.slice_bytes);
    });
    memory(&mut || read_folder(&story, input));
});

/// What came of reading files one after the other.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    records: u64,
    digest: u64,
    end: String,
}

fn read(story: &Story, slice_bytes: usize, input: u64) -> Outcome {
    let mut outcome = Outcome::default();
    let mut stats = Stats::default();
    let mut last = None;
    let mut reader = Reader::new();
    let mut drain = |reader: &mut Reader| loop {
        match reader.step() {
            Ok(Step::Record(record)) => {
                outcome.records += 1;
                assert!(outcome.records <= input / 24, "more records than fit");
                check(&record, &mut last, input);
                for &byte in record.bytes {
                    outcome.digest =
                        (outcome.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
                }
                outcome.digest ^= record.lsn.0 ^ record.end_lsn.0.rotate_left(32);
                stats.push(&record);
            }
            Ok(Step::Hungry) => return true,
            Ok(Step::End(end)) => {
                outcome.end = format!("{end:?}");
                return false;
            }
            Err(error) => {
                outcome.end = error.to_string();
                return false;
            }
        }
    };
    for (name, bytes) in &story.files {
        reader.open(name);
        let mut hungry = drain(&mut reader);
        for slice in bytes.chunks(slice_bytes) {
            if !hungry {
                break;
            }
            reader.feed(slice);
            hungry = drain(&mut reader);
        }
    }
    reader.finish();
    drain(&mut reader);
    assert!(reader.is_over(), "all input is there");
    assert_eq!(stats.total().records, outcome.records);
    outcome
}

fn read_folder(story: &Story, input: u64) {
    let files = story.files.iter().map(|(name, bytes)| {
        let file: Box<dyn WalFile> = Box::new(InMemory::new(name.clone(), bytes.clone()));
        file
    });
    let wanted = Wanted {
        skip_damaged: story.skip_damaged,
        ..Wanted::default()
    };
    let mut reader = FolderReader::new(files.collect(), wanted);
    let mut steps = 0;
    loop {
        // Unpacked, a file may be a thousand times as long as packed.
        steps += 1;
        assert!(steps < 1000 * (input + 10), "no end of steps");
        match reader.step() {
            FolderStep::Record(record) => look_into(&record),
            FolderStep::Slice(_) => {}
            FolderStep::Over => break,
        }
    }
    let progress = reader.progress();
    assert!(progress.done <= progress.of, "{progress:?}");
}

fn check(record: &Record<'_>, last: &mut Option<WalLsn>, input: u64) {
    assert!(record.lsn < record.end_lsn, "{record:?}");
    assert!(last.is_none_or(|last| last <= record.lsn), "{record:?}");
    assert!(record.bytes.len() as u64 <= input, "{record:?}");
    *last = Some(record.end_lsn);
    look_into(record);
}

/// Everything that can be asked of a record.
fn look_into(record: &Record<'_>) {
    let parts = [
        format!("{}", record.operation()),
        format!("{:?}", record.transaction_end()),
        format!("{:?}", record.prepared()),
        format!("{:?}", record.checkpoint()),
        format!("{:?}", record.rows()),
        format!("{:?}", record.assignment()),
        format!("{:?}", record.logical_message()),
        format!("{:?}", record.origin_change()),
    ];
    assert!(parts.iter().all(|part| !part.is_empty()));
    let ends = record.transaction_end().into_iter();
    let listed: usize = ends.map(|end| end.subtransactions.iter().count()).sum();
    assert!(4 * listed <= record.main_data.len(), "{record:?}");
    for block in record.blocks {
        assert!(record.data_of(block).len() <= record.bytes.len());
        if let Some(Err(error)) = block.image.as_ref().map(|image| record.restore(image)) {
            assert!(!error.to_string().is_empty());
        }
    }
}
