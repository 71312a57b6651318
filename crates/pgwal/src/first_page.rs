//! What the first page of a file tells: whether the file is WAL, whose, and from where on.

use crate::WalLsn;
use crate::error::{ErrorKind, Mismatch};
use crate::page::{ADDRESS_MAX, FileHeader, LONG, PAGE_BYTES, PageHeader, address_of_name};
use crate::version::{PgVersion, magic_words, readable_wal, unread_wal};

/// The two headers of a file of WAL that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstPage {
    pub(crate) version: PgVersion,
    pub(crate) header: PageHeader,
    pub(crate) file: FileHeader,
}

impl FirstPage {
    /// Reads the first page of a file, or as much of it as there is.
    pub(crate) fn parse(page: &[u8]) -> Result<Self, (ErrorKind, Mismatch)> {
        let error =
            |kind, expected: &str, found: String| Err((kind, Mismatch::new(expected, found)));
        let magic = page
            .first_chunk()
            .map_or(0, |&bytes| u16::from_le_bytes(bytes));
        let Some(version) = PgVersion::from_magic(magic) else {
            let expected = readable_wal();
            if page.is_empty() {
                return error(ErrorKind::Empty, "WAL", "an empty file".into());
            }
            if page.iter().all(|&byte| byte == 0) {
                return error(ErrorKind::NotWal, &expected, "nothing but zeroes".into());
            }
            if let Some(found) = unread_wal(magic) {
                return error(ErrorKind::OtherVersion, &expected, found);
            }
            let found = format!("{} ({})", looks_like(page), magic_words(magic));
            return error(ErrorKind::NotWal, &expected, found);
        };
        let (Some(header), Some(file)) = (PageHeader::parse(page), FileHeader::parse(page)) else {
            let found = format!("a file of {} bytes", page.len());
            return error(ErrorKind::Truncated, "a file header of 40 bytes", found);
        };
        if !header.has(LONG) {
            let expected = "the long header that begins a segment";
            return error(ErrorKind::NotWal, expected, "a page from inside one".into());
        }
        let same_pages = usize::try_from(file.page_bytes) == Ok(PAGE_BYTES);
        if !same_pages && file.page_bytes_possible() {
            let found = format!("pages of {} bytes", file.page_bytes);
            return error(ErrorKind::OtherVersion, "pages of 8192 bytes", found);
        }
        if !file.segment_bytes_possible() {
            let expected = "a segment size that is a power of two from 1 MB to 1 GB";
            let found = format!("{} bytes", file.segment_bytes);
            return error(ErrorKind::Damaged, expected, found);
        }
        let segment_bytes = u64::from(file.segment_bytes);
        if !header.address.is_multiple_of(segment_bytes) || header.address > ADDRESS_MAX {
            let expected = format!("an address that is a multiple of {segment_bytes} bytes");
            let found = format!("page address {}", WalLsn(header.address));
            return error(ErrorKind::Damaged, &expected, found);
        }
        Ok(Self {
            version,
            header,
            file,
        })
    }

    /// Whether the file has another name than the server gives to a file that begins so: the
    /// address that would go with the name.
    pub(crate) fn address_misnamed(&self, name: &str) -> Option<u64> {
        address_of_name(name, self.file.segment_bytes).filter(|&named| named != self.header.address)
    }

    /// What is wrong about a file of such a name.
    pub(crate) fn misnamed(&self, named: u64) -> (ErrorKind, Mismatch) {
        let page_address = |address| format!("page address {}", WalLsn(address));
        let expected = format!("{}, as the file is named", page_address(named));
        let found = format!(
            "{} (recycled, renamed or damaged)",
            page_address(self.header.address)
        );
        (ErrorKind::Misplaced, Mismatch::new(expected, found))
    }
}

/// What a page is that does not begin as WAL does, as far as its bytes tell.
fn looks_like(page: &[u8]) -> &'static str {
    const KNOWN: [(&[u8], &str); 11] = [
        (b"\x1f\x8b", "a gzip file: unpack it first"),
        (b"\x28\xb5\x2f\xfd", "a zstd file: unpack it first"),
        (b"\x04\x22\x4d\x18", "an lz4 file: unpack it first"),
        (b"\xfd7zXZ\0", "an xz file: unpack it first"),
        (b"BZh", "a bzip2 file: unpack it first"),
        (b"PK\x03\x04", "a zip file: unpack it first"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"%PDF", "a PDF document"),
        (b"\x7fELF", "a program"),
    ];
    let known = KNOWN.iter().find(|(magic, _)| page.starts_with(magic));
    let is_text = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..);
    match known {
        Some((_, what)) => what,
        None if page
            .get(257..)
            .is_some_and(|name| name.starts_with(b"ustar")) =>
        {
            "a tar archive: unpack it first"
        }
        None if page.iter().take(512).all(is_text) => "what looks like text",
        None if looks_random(page) => "what looks as random as encrypted or compressed bytes do",
        None => "no WAL",
    }
}

/// Whether all bytes are about equally frequent on a page.
///
/// Of 8192 random bytes each value comes 32 times, give or take 6, and the squares of these counts
/// add up to some 270,000. A page of records, full of small numbers and zeroes, has ten times that.
pub(crate) fn looks_random(page: &[u8]) -> bool {
    const SQUARES_MAX: u64 = 300_000;
    let mut counts = [0_u64; 256];
    for &byte in page {
        counts[usize::from(byte)] += 1;
    }
    page.len() == PAGE_BYTES && counts.iter().map(|count| count * count).sum::<u64>() < SQUARES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::{Rng as _, SeedableRng as _};
    use rand_xoshiro::Xoshiro256PlusPlus;

    #[test]
    fn archive_of_files_is_called_so() {
        let mut page = [0; PAGE_BYTES];
        page[..24].copy_from_slice(b"000000010000000000000008");
        page[257..262].copy_from_slice(b"ustar");
        let (_, mismatch) = FirstPage::parse(&page).unwrap_err();
        let words = "a tar archive: unpack it first (magic 0x3030)";
        assert_eq!(mismatch.found, words);
    }

    #[test]
    fn random_pages_look_random_and_pages_of_wal_do_not() {
        for seed in 0..50 {
            let mut page = vec![0; PAGE_BYTES];
            Xoshiro256PlusPlus::seed_from_u64(seed).fill_bytes(&mut page);
            assert!(looks_random(&page));
        }
        let wal = include_bytes!("../../../www/recordings/first-run.wal");
        for page in wal.chunks_exact(PAGE_BYTES) {
            assert!(!looks_random(page));
        }
        assert!(!looks_random(b"short"));
    }
}
