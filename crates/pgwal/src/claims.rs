//! What a header claims costs no memory: only bytes that are there do.

use crate::forge::Forge;
use crate::version::PgVersion;
use crate::{FolderReader, FolderStep, InMemory, Reader, Step, Wanted};

const PAGE: usize = 8192;
const GIGABYTE: u32 = 1_000_000_000;

/// A log whose second record says that it has a gigabyte, and so do the pages over which it runs, of
/// which some are there.
fn claims_a_gigabyte(version: PgVersion, pages: usize) -> Vec<u8> {
    let mut forge = Forge::new(1 << 20, 1 << 20).stamped(version.magic());
    forge.record(0, 0x20, b"noop");
    let begin = usize::try_from(forge.end() - (1 << 20)).unwrap();
    forge.record(0, 0xB0, &vec![7; pages * PAGE]);
    let mut bytes = forge.whole_pages();
    bytes.truncate(pages * PAGE);
    let whole = u32::from_le_bytes(bytes[begin..begin + 4].try_into().unwrap());
    bytes[begin..begin + 4].copy_from_slice(&GIGABYTE.to_le_bytes());
    for page in bytes.chunks_mut(PAGE).skip(1) {
        let rest = u32::from_le_bytes(page[16..20].try_into().unwrap());
        page[16..20].copy_from_slice(&(rest + (GIGABYTE - whole)).to_le_bytes());
    }
    bytes
}

#[test]
fn record_of_a_claimed_gigabyte_takes_as_much_memory_as_is_there() {
    for version in PgVersion::ALL {
        for (pages, slice_bytes) in [(2, 512), (3, PAGE), (40, 65_536), (100, usize::MAX)] {
            let bytes = claims_a_gigabyte(version, pages);
            let mut delivered = 0;
            let taken = allocation_counter::measure(|| {
                let mut reader = Reader::new();
                reader.open("000000010000000000000001");
                let mut drain = |reader: &mut Reader| {
                    while let Ok(Step::Record(_)) = reader.step() {
                        delivered += 1;
                    }
                };
                drain(&mut reader);
                for slice in bytes.chunks(slice_bytes) {
                    reader.feed(slice);
                    drain(&mut reader);
                }
                reader.finish();
                drain(&mut reader);
                assert!(reader.is_over());
            });
            assert_eq!(delivered, 1);
            // Vectors that grow may be twice as large as what is in them.
            let slices = 2 * slice_bytes.min(bytes.len()).max(PAGE);
            let bound = 2 * (bytes.len() + slices) + 4096;
            assert!(
                taken.bytes_max <= bound as u64,
                "{version}: {} bytes of memory for {pages} pages, more than {bound}",
                taken.bytes_max
            );
        }
    }
}

/// Beside the reader's, a folder takes memory for a slice and for going back in it.
#[test]
fn folder_takes_as_much_memory_as_is_there_and_one_slice() {
    const SLICES: u64 = 3 << 20;
    for skip_damaged in [false, true] {
        let bytes = claims_a_gigabyte(PgVersion::V18, 100);
        // The file itself is in memory, too.
        let bound = 3 * bytes.len() as u64 + SLICES;
        let taken = allocation_counter::measure(|| {
            let file = InMemory::new("000000010000000000000001", bytes.as_slice().to_vec());
            let wanted = Wanted {
                skip_damaged,
                ..Wanted::default()
            };
            let mut reader = FolderReader::new(vec![Box::new(file)], wanted);
            let mut delivered = 0;
            loop {
                match reader.step() {
                    FolderStep::Record(_) => delivered += 1,
                    FolderStep::Slice(_) => {}
                    FolderStep::Over => break,
                }
            }
            assert_eq!(delivered, 1);
        });
        let most = taken.bytes_max;
        assert!(most <= bound, "{most} bytes of memory, more than {bound}");
    }
}
