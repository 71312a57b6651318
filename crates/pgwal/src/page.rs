//! The header in front of every page of a WAL file.
//!
//! ```text
//! 0 magic 2 flags 4 timeline 8 address         16 rest of a record 20 padding
//! 24 system id     32 segment bytes 36 page bytes                  (only on a file's first page)
//! ```

use crate::bytes::{u16_at, u32_at, u64_at};

/// Bytes of a WAL page; files are whole numbers of pages.
pub const PAGE_BYTES: usize = 8192;

pub(crate) const SHORT_HEADER: usize = 24;
pub(crate) const LONG_HEADER: usize = 40;

/// A record that began on an earlier page goes on behind this header.
pub(crate) const CONTINUES: u16 = 1;
/// The header is the long one.
pub(crate) const LONG: u16 = 2;
/// The record that should go on here was lost in a crash, and the log begins anew.
pub(crate) const OVERWRITES: u16 = 8;
const ALL_FLAGS: u16 = 0xF;

/// No log comes so far: its bytes would have been written for thousands of years.
pub(crate) const ADDRESS_MAX: u64 = u64::MAX / 2;

const SEGMENT_BYTES_MIN: u32 = 1 << 20;
const SEGMENT_BYTES_MAX: u32 = 1 << 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageHeader {
    pub(crate) magic: u16,
    pub(crate) flags: u16,
    pub(crate) timeline: u32,
    pub(crate) address: u64,
    /// Bytes of the continued record from here to its end.
    pub(crate) remaining: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileHeader {
    pub(crate) system_id: u64,
    pub(crate) segment_bytes: u32,
    pub(crate) page_bytes: u32,
}

impl PageHeader {
    pub(crate) fn parse(page: &[u8]) -> Option<Self> {
        (page.len() >= SHORT_HEADER).then(|| Self {
            magic: u16_at(page, 0),
            flags: u16_at(page, 2),
            timeline: u32_at(page, 4),
            address: u64_at(page, 8),
            remaining: u32_at(page, 16),
        })
    }

    pub(crate) fn has(self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn flags_known(self) -> bool {
        self.flags & !ALL_FLAGS == 0
    }

    /// Bytes of the header itself.
    pub(crate) fn bytes(self) -> usize {
        if self.has(LONG) {
            LONG_HEADER
        } else {
            SHORT_HEADER
        }
    }
}

impl FileHeader {
    pub(crate) fn parse(page: &[u8]) -> Option<Self> {
        (page.len() >= LONG_HEADER).then(|| Self {
            system_id: u64_at(page, 24),
            segment_bytes: u32_at(page, 32),
            page_bytes: u32_at(page, 36),
        })
    }

    pub(crate) fn segment_bytes_possible(self) -> bool {
        self.segment_bytes.is_power_of_two()
            && (SEGMENT_BYTES_MIN..=SEGMENT_BYTES_MAX).contains(&self.segment_bytes)
    }

    /// Servers can be built with pages of 1 to 64 KiB.
    pub(crate) fn page_bytes_possible(self) -> bool {
        self.page_bytes.is_power_of_two() && (1 << 10..=1 << 16).contains(&self.page_bytes)
    }
}

/// A file's name without the folders above it.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The name without the folders above it, and without what a program that packs adds to it.
pub(crate) fn unpacked_name(path: &str) -> &str {
    let base = base_name(path);
    let mut endings = [".gz", ".zst", ".lz4"].iter();
    endings
        .find_map(|ending| base.strip_suffix(ending))
        .unwrap_or(base)
}

/// Whether a file's name says that whoever wrote it never finished it.
pub(crate) fn is_partial_name(path: &str) -> bool {
    base_name(path).contains(".partial")
}

/// The timeline in the name of a file; `None` for names that are not the server's.
pub(crate) fn timeline_of_name(name: &str) -> Option<u32> {
    u32::from_str_radix(&digits_of_name(name)?[..8], 16).ok()
}

/// The name that the server gives to a file: `XLogFileName` in PostgreSQL's `xlog_internal.h`.
pub(crate) fn name_of(timeline: u32, address: u64, segment_bytes: u32) -> String {
    let number = (address & 0xFFFF_FFFF) / u64::from(segment_bytes);
    format!("{timeline:08X}{:08X}{number:08X}", address >> 32)
}

/// The address where a file of this name begins; `None` for names that are not the server's.
///
/// `00000001` `00000002` `0000000A` are timeline, high half and number within it.
pub(crate) fn address_of_name(name: &str, segment_bytes: u32) -> Option<u64> {
    let digits = digits_of_name(name)?;
    let high = u64::from_str_radix(&digits[8..16], 16).ok()?;
    let number = u64::from_str_radix(&digits[16..24], 16).ok()?;
    let per_half = (1 << 32) / u64::from(segment_bytes);
    (number < per_half).then(|| (high << 32) | (number * u64::from(segment_bytes)))
}

/// The digits in the name of a file, behind which archives put more: how it is packed, or, as
/// pgBackRest does, its checksum.
fn digits_of_name(name: &str) -> Option<&str> {
    let digits = base_name(name).split(['.', '-']).next()?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (digits.len() == 24 && is_hex).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_fields_lie_where_the_server_puts_them() {
        let mut page = vec![0; PAGE_BYTES];
        page[..20].copy_from_slice(&[
            0x10, 0xD1, 0x03, 0x00, 7, 0, 0, 0, 0, 0, 0x10, 2, 1, 0, 0, 0, 0x34, 0x12, 0, 0,
        ]);
        page[24..40].copy_from_slice(&[8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0x10, 0, 0, 0x20, 0, 0]);
        let header = PageHeader::parse(&page).unwrap();
        assert_eq!(
            header,
            PageHeader {
                magic: 0xD110,
                flags: CONTINUES | LONG,
                timeline: 7,
                address: 0x1_0210_0000,
                remaining: 0x1234,
            }
        );
        assert_eq!(header.bytes(), LONG_HEADER);
        assert_eq!(
            FileHeader::parse(&page),
            Some(FileHeader {
                system_id: 0x0102_0304_0506_0708,
                segment_bytes: 1 << 20,
                page_bytes: 8192,
            })
        );
        assert_eq!(PageHeader::parse(&page[..23]), None);
        assert_eq!(FileHeader::parse(&page[..39]), None);
    }

    #[test]
    fn segments_are_powers_of_two_from_one_mebibyte_to_one_gibibyte() {
        for bits in 0..32 {
            let header = FileHeader {
                system_id: 0,
                segment_bytes: 1 << bits,
                page_bytes: 8192,
            };
            assert_eq!(header.segment_bytes_possible(), (20..=30).contains(&bits));
        }
        let odd = FileHeader {
            system_id: 0,
            segment_bytes: 3 << 20,
            page_bytes: 8192,
        };
        assert!(!odd.segment_bytes_possible());
    }

    #[test]
    fn file_names_tell_where_their_file_begins() {
        let check = |name, segment, address| {
            assert_eq!(address_of_name(name, segment), address, "{name}");
        };
        check("000000010000000000000003", 1 << 20, Some(0x30_0000));
        check("000000010000000000000003", 1 << 24, Some(0x300_0000));
        check(
            "pg_wal/0000000200000001000000FF.partial",
            1 << 24,
            Some(0x1_FF00_0000),
        );
        check("000000010000000000000FFF", 1 << 20, Some(0xFFF0_0000));
        check("000000010000000000001000", 1 << 20, None);
        check("first-run.wal", 1 << 20, None);
        check("00000001000000000000000G", 1 << 20, None);
        assert_eq!(timeline_of_name("a/0000000B0000000000000003.gz"), Some(11));
        let with_checksum = "0000000B0000000000000003-0f2a.gz";
        assert_eq!(timeline_of_name(with_checksum), Some(11));
        check(with_checksum, 1 << 20, Some(0x30_0000));
        assert_eq!(timeline_of_name("0000000B.history"), None);
        for name in ["0000000200000001000000FF", "0000000A0000ABCD00000FFF"] {
            let segment = if name.contains("FFF") {
                1 << 20
            } else {
                1 << 24
            };
            let address = address_of_name(name, segment).unwrap();
            assert_eq!(
                name_of(timeline_of_name(name).unwrap(), address, segment),
                name
            );
        }
    }
}
