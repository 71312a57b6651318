//! Full-page images back into pages.
//!
//! An image is a page without the unused middle, its hole, and what is left may be compressed. Restored
//! it must be a page that a server would take from its disk: all zeroes, or with a header whose parts
//! agree with each other and with the hole.
//!
//! ```text
//! 0 LSN 8 checksum 10 flags 12 lower 14 upper 16 special 18 size and layout 20 oldest xid 24 ...
//!
//! | header | line pointers | hole | rows or entries | special |
//!          24            lower  upper              special    8192
//! ```
//!
//! How an image is put together is told by `XLogRecordAssemble` and `RestoreBlockImage` (PostgreSQL 13
//! to 18, `src/backend/access/transam/xloginsert.c` and `xlogreader.c`), what a page must look like by
//! `PageIsVerified` (`src/backend/storage/page/bufpage.c`). A page's own checksum is not looked at: a
//! server sets it when it writes the page, so that of an image is stale.

use std::error::Error;
use std::fmt;
use std::io::Read as _;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::bytes::{u16_at, u32_at};
use crate::lsn::WalLsn;
use crate::page::PAGE_BYTES;
use crate::pglz;
use crate::record::{Compression, Image, Record};

/// A page as it lies in memory and on disk.
pub type Page = [u8; PAGE_BYTES];

/// 8 KiB, and the layout that all versions since 8.3 have.
const SIZE_AND_LAYOUT: u16 = 0x2004;

/// Why an image is no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// Its bytes are none that this method gives, or not as many as the page has beside its hole.
    Packing(Compression),
    /// The hole reaches over the end of the page.
    HoleTooLong,
    /// The page's header gives another hole than the image has.
    HoleElsewhere,
    /// The header's bounds are not in their order.
    Bounds {
        /// End of the line pointers.
        lower: u16,
        /// Begin of the rows.
        upper: u16,
        /// Begin of what the kind of index keeps for itself.
        special: u16,
    },
    /// The header names another page size or layout.
    Layout(u16),
    /// The page was changed by a record behind the one that holds it.
    Later(WalLsn),
}

impl Record<'_> {
    /// The page of one of the record's images.
    ///
    /// Takes memory for the page and some 300 KiB more to unpack it, whatever the image says.
    pub fn restore(&self, image: &Image) -> Result<Box<Page>, ImageError> {
        let bytes = &self.bytes[image.bytes.start as usize..image.bytes.end as usize];
        let begin = usize::from(image.hole_offset);
        let hole = begin..begin + usize::from(image.hole_bytes);
        if hole.end > PAGE_BYTES {
            return Err(ImageError::HoleTooLong);
        }
        let mut page = Box::new([0; PAGE_BYTES]);
        let kept = PAGE_BYTES - hole.len();
        unpack(image.compression, bytes, &mut page[..kept])
            .ok_or(ImageError::Packing(image.compression))?;
        page.copy_within(hole.start..kept, hole.end);
        page[hole].fill(0);
        check(&page, image, self.lsn)?;
        Ok(page)
    }
}

/// Fills the place exactly.
fn unpack(compression: Compression, bytes: &[u8], place: &mut [u8]) -> Option<()> {
    match compression {
        Compression::None => {
            let fits = bytes.len() == place.len();
            fits.then(|| place.copy_from_slice(bytes))
        }
        Compression::Pglz => pglz::decompress(bytes, place),
        Compression::Lz4 => {
            let written = lz4_flex::block::decompress_into(bytes, place).ok()?;
            (written == place.len()).then_some(())
        }
        Compression::Zstd => unpack_zstd(bytes, place),
    }
}

/// One frame, of which neither the window nor a block is larger than 128 KiB.
fn unpack_zstd(mut bytes: &[u8], place: &mut [u8]) -> Option<()> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(128 << 10);
    decoder.init(&mut bytes).ok()?;
    let enough = BlockDecodingStrategy::UptoBytes(place.len() + 1);
    decoder.decode_blocks(&mut bytes, enough).ok()?;
    let fits = decoder.is_finished() && decoder.can_collect() == place.len() && bytes.is_empty();
    fits.then(|| decoder.read_exact(place).ok()).flatten()
}

/// Whether a restored page is one.
fn check(page: &Page, image: &Image, record: WalLsn) -> Result<(), ImageError> {
    if page.iter().all(|&byte| byte == 0) {
        return Ok(());
    }
    let [lower, upper, special] = [12, 14, 16].map(|at| u16_at(page, at));
    let in_order = lower <= upper && upper <= special && usize::from(special) <= PAGE_BYTES;
    if !in_order || !special.is_multiple_of(8) {
        return Err(ImageError::Bounds {
            lower,
            upper,
            special,
        });
    }
    let layout = u16_at(page, 18);
    if layout != SIZE_AND_LAYOUT {
        return Err(ImageError::Layout(layout));
    }
    if image.hole_bytes > 0 && (image.hole_offset, image.hole_bytes) != (lower, upper - lower) {
        return Err(ImageError::HoleElsewhere);
    }
    let changed = WalLsn(u64::from(u32_at(page, 0)) << 32 | u64::from(u32_at(page, 4)));
    if changed > record {
        return Err(ImageError::Later(changed));
    }
    Ok(())
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "no compression",
            Self::Pglz => "pglz",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        })
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packing(compression) => {
                write!(f, "an image that {compression} does not unpack to its page")
            }
            Self::HoleTooLong => f.write_str("an image whose hole is longer than the page"),
            Self::HoleElsewhere => f.write_str("an image whose hole is not the page's"),
            Self::Bounds {
                lower,
                upper,
                special,
            } => write!(f, "a page whose parts end at {lower}, {upper}, {special}"),
            Self::Layout(layout) => write!(f, "a page of size and layout 0x{layout:04X}"),
            Self::Later(lsn) => write!(f, "a page that was changed at {lsn}, after its image"),
        }
    }
}

impl Error for ImageError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Xid;
    use crate::rmgr::Rmgr;
    use crate::version::PgVersion;

    const HOLE: (u16, u16) = (100, 4000);

    /// A page of rows with a hole.
    fn page() -> Page {
        let mut page = [0; PAGE_BYTES];
        page[4..8].copy_from_slice(&0x30_0000_u32.to_le_bytes());
        for (at, value) in [(12, 100), (14, 4100), (16, 8176), (18, SIZE_AND_LAYOUT)] {
            page[at..at + 2].copy_from_slice(&u16::to_le_bytes(value));
        }
        for (at, byte) in page.iter_mut().enumerate() {
            if (24..100).contains(&at) || at >= 4100 {
                *byte = u8::try_from(at % 251).unwrap();
            }
        }
        page
    }

    fn without_hole(page: &Page) -> Vec<u8> {
        [&page[..100], &page[4100..]].concat()
    }

    /// Restores an image that lies in a record at 0/400000.
    fn restore(
        bytes: &[u8],
        compression: Compression,
        (hole_offset, hole_bytes): (u16, u16),
    ) -> Result<Box<Page>, ImageError> {
        let image = Image {
            bytes: 0..u32::try_from(bytes.len()).unwrap(),
            hole_offset,
            hole_bytes,
            compression,
            apply: true,
        };
        let record = Record {
            lsn: WalLsn(0x40_0000),
            end_lsn: WalLsn(0x40_0000),
            prev_lsn: WalLsn(0),
            xid: Xid(0),
            rmgr: Rmgr::XLOG,
            info: 0,
            version: PgVersion::V15,
            origin: None,
            toplevel_xid: None,
            blocks: &[],
            main_data: &[],
            bytes,
        };
        record.restore(&image)
    }

    /// The page as compressors other than ours would pack it: all bytes as they are.
    fn packed(compression: Compression, plain: &[u8]) -> Vec<u8> {
        match compression {
            Compression::None => plain.to_vec(),
            Compression::Pglz => plain
                .chunks(8)
                .flat_map(|group| [&[0], group].concat())
                .collect(),
            Compression::Lz4 => lz4_flex::block::compress(plain),
            Compression::Zstd => {
                let level = ruzstd::encoding::CompressionLevel::Fastest;
                ruzstd::encoding::compress_to_vec(plain, level)
            }
        }
    }

    const ALL: [Compression; 4] = [
        Compression::None,
        Compression::Pglz,
        Compression::Lz4,
        Compression::Zstd,
    ];

    #[test]
    fn every_packing_gives_the_page_back() {
        for compression in ALL {
            let bytes = packed(compression, &without_hole(&page()));
            assert_eq!(*restore(&bytes, compression, HOLE).unwrap(), page());
            let bytes = packed(compression, &page());
            assert_eq!(*restore(&bytes, compression, (0, 0)).unwrap(), page());
        }
    }

    #[test]
    fn images_of_another_length_are_refused() {
        for compression in ALL {
            let refused = Err(ImageError::Packing(compression));
            let bytes = packed(compression, &page());
            assert_eq!(restore(&bytes, compression, HOLE), refused);
            assert_eq!(
                restore(&bytes[..bytes.len() - 1], compression, (0, 0)),
                refused
            );
            assert_eq!(restore(&[], compression, (0, 0)), refused);
            let long = packed(compression, &[page(), page()].concat());
            assert_eq!(restore(&long, compression, (0, 0)), refused);
            let hole = (8000, 193);
            assert_eq!(
                restore(&bytes, compression, hole),
                Err(ImageError::HoleTooLong)
            );
        }
    }

    #[test]
    fn small_image_of_a_huge_frame_is_refused() {
        // Blocks of 128 KiB of one byte, in a window of 8 KiB.
        let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0, 3 << 3];
        for _ in 0..10_000 {
            frame.extend([0b010, 0, 0x10, 0x55]);
        }
        frame.extend([0b011, 0, 0x10, 0x55]);
        let refused = Err(ImageError::Packing(Compression::Zstd));
        assert_eq!(restore(&frame, Compression::Zstd, (0, 0)), refused);
        // A window of a gibibyte.
        frame[5] = 20 << 3;
        assert_eq!(restore(&frame, Compression::Zstd, (0, 0)), refused);
    }

    #[test]
    fn headers_that_no_server_writes_are_refused() {
        let check = |at: usize, value: u16, expected| {
            let mut page = page();
            page[at..at + 2].copy_from_slice(&value.to_le_bytes());
            let restored = restore(&without_hole(&page), Compression::None, HOLE);
            assert_eq!(restored.map(|_| ()), expected, "{value} at {at}");
        };
        let bounds = |lower, upper, special| {
            Err(ImageError::Bounds {
                lower,
                upper,
                special,
            })
        };
        check(12, 100, Ok(()));
        check(12, 104, Err(ImageError::HoleElsewhere));
        check(14, 4104, Err(ImageError::HoleElsewhere));
        check(12, 4101, bounds(4101, 4100, 8176));
        check(14, 8177, bounds(100, 8177, 8176));
        check(16, 8200, bounds(100, 4100, 8200));
        check(16, 8175, bounds(100, 4100, 8175));
        check(18, 0x2003, Err(ImageError::Layout(0x2003)));
        check(6, 0x40, Ok(()));
        check(4, 1, Ok(()));
        check(6, 0x41, Err(ImageError::Later(WalLsn(0x41_0000))));
        check(0, 1, Err(ImageError::Later(WalLsn(0x1_0030_0000))));
    }

    #[test]
    fn page_of_zeroes_is_a_page() {
        let zeroes = [0; PAGE_BYTES];
        assert_eq!(
            *restore(&zeroes, Compression::None, (0, 0)).unwrap(),
            zeroes
        );
    }
}
