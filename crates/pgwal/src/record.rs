use std::fmt;
use std::ops::Range;

use crate::bytes::{Cursor, u32_at, u64_at};
use crate::page::PAGE_BYTES;
use crate::rmgr::{Operation, Rmgr};
use crate::version::PgVersion;
use crate::{WalLsn, checksum};

pub(crate) const HEADER_BYTES: usize = 24;

/// Beside numbered blocks, a record's header list may hold these.
const MAIN_DATA_SHORT: u8 = 255;
const MAIN_DATA_LONG: u8 = 254;
const ORIGIN: u8 = 253;
const TOPLEVEL_XID: u8 = 252;
const BLOCK_ID_MAX: u8 = 32;

const FORK_MASK: u8 = 0x0F;
const HAS_IMAGE: u8 = 0x10;
const HAS_DATA: u8 = 0x20;
const WILL_INIT: u8 = 0x40;
const SAME_RELATION: u8 = 0x80;

const IMAGE_HAS_HOLE: u8 = 0x01;
/// Since version 15.
const IMAGE_APPLY: u8 = 0x02;
const IMAGE_PGLZ: u8 = 0x04;
const IMAGE_LZ4: u8 = 0x08;
const IMAGE_ZSTD: u8 = 0x10;
/// Before version 15, where there was one way of compression.
const IMAGE_COMPRESSED_BEFORE_15: u8 = 0x02;
const IMAGE_APPLY_BEFORE_15: u8 = 0x04;

/// A transaction's number; 0 where a record belongs to none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Xid(pub u32);

/// One record of the log, borrowed from the reader until its next step.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Where the record begins.
    pub lsn: WalLsn,
    /// Where the log goes on behind it: aligned to 8 bytes, or the end of the segment for a switch.
    pub end_lsn: WalLsn,
    /// Where the record before it begins.
    pub prev_lsn: WalLsn,
    /// The transaction that wrote it.
    pub xid: Xid,
    /// The resource manager that wrote it.
    pub rmgr: Rmgr,
    /// The header's info byte: the operation above, flags below.
    pub info: u8,
    /// The version of the server, which decides what the record means.
    pub version: PgVersion,
    /// The replication origin that the change came from.
    pub origin: Option<u16>,
    /// The top-level transaction, when logical decoding wants it said.
    pub toplevel_xid: Option<Xid>,
    /// The pages that it changes, in the order of their ids.
    pub blocks: &'a [Block],
    /// What belongs to the record as a whole rather than to one page.
    pub main_data: &'a [u8],
    /// All bytes of the record, page headers taken out.
    pub bytes: &'a [u8],
}

/// A page that a record changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The number by which the record's manager knows it.
    pub id: u8,
    /// Table, index or sequence.
    pub relation: Relation,
    /// Which of the relation's files.
    pub fork: Fork,
    /// The page's number in that file.
    pub number: u32,
    /// Redo builds the page from nothing, so its old content does not matter.
    pub will_init: bool,
    /// The whole page, if it was logged.
    pub image: Option<Image>,
    /// The change itself, as a range of the record's bytes; left out by most managers where an
    /// image is logged.
    pub data: Range<u32>,
}

/// The number of a relation's file and where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relation {
    /// The tablespace.
    pub tablespace: u32,
    /// The database; 0 for what all databases share.
    pub database: u32,
    /// The file number.
    pub file: u32,
}

/// The files of which a relation consists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fork {
    /// The rows or index entries themselves.
    Main,
    /// The free space map.
    FreeSpaceMap,
    /// The visibility map.
    VisibilityMap,
    /// The empty state to which an unlogged relation returns after a crash.
    Init,
}

/// A full-page image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its bytes, as a range of the record's bytes.
    pub bytes: Range<u32>,
    /// Where the unused middle of the page begins, which was left out.
    pub hole_offset: u16,
    /// Bytes left out there.
    pub hole_bytes: u16,
    /// How the rest was compressed.
    pub compression: Compression,
    /// Redo restores the page from it; otherwise it is there for checks only.
    pub apply: bool,
}

/// How an image is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// PostgreSQL's own LZ, the only one before version 15.
    Pglz,
    /// LZ4.
    Lz4,
    /// Zstandard.
    Zstd,
}

impl<'a> Record<'a> {
    /// What the record does.
    pub fn operation(&self) -> Operation {
        Operation::new(self.version, self.rmgr, self.info)
    }

    /// Bytes of all full-page images.
    pub fn image_bytes(&self) -> u32 {
        self.blocks
            .iter()
            .filter_map(|block| block.image.as_ref())
            .map(Image::len)
            .sum()
    }

    /// The change of one of its blocks.
    pub fn data_of(&self, block: &Block) -> &'a [u8] {
        &self.bytes[block.data.start as usize..block.data.end as usize]
    }
}

impl Image {
    /// Bytes in the record.
    pub fn len(&self) -> u32 {
        self.bytes.end - self.bytes.start
    }

    /// Whether the page held nothing but its hole; no real page does.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.tablespace, self.database, self.file)
    }
}

/// The fixed part in front of every record.
///
/// ```text
/// 0 length of all 4 xid 8 address of the record before 16 info 17 manager 18 padding 20 checksum
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    pub(crate) length: u32,
    pub(crate) xid: Xid,
    pub(crate) prev_lsn: WalLsn,
    pub(crate) info: u8,
    pub(crate) rmgr: u8,
    pub(crate) checksum: u32,
}

impl RecordHeader {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= HEADER_BYTES).then(|| Self {
            length: u32_at(bytes, 0),
            xid: Xid(u32_at(bytes, 4)),
            prev_lsn: WalLsn(u64_at(bytes, 8)),
            info: bytes[16],
            rmgr: bytes[17],
            checksum: u32_at(bytes, 20),
        })
    }

    /// The header of the record that begins `bytes`, if that is whole in them and its checksum fits.
    pub(crate) fn of_whole_record(bytes: &[u8]) -> Option<Self> {
        let header = Self::parse(bytes)?;
        let length = usize::try_from(header.length).ok()?;
        let record = bytes
            .get(..length)
            .filter(|record| record.len() >= HEADER_BYTES)?;
        (checksum::of_record(record) == header.checksum).then_some(header)
    }
}

/// What lies behind the fixed part, blocks aside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub(crate) main_data: Range<u32>,
    pub(crate) origin: Option<u16>,
    pub(crate) toplevel_xid: Option<Xid>,
}

/// Takes a record apart: first come all headers, then in the same order what they announce.
///
/// The error says what does not fit, in words that follow "found".
pub(crate) fn take_apart(
    version: PgVersion,
    record: &[u8],
    blocks: &mut Vec<Block>,
    parts: &mut Parts,
) -> Result<(), &'static str> {
    const CUT: &str = "a record that ends within its own headers";
    blocks.clear();
    *parts = Parts::default();
    let mut cursor = Cursor::new(&record[HEADER_BYTES..]);
    let mut announced: usize = 0;
    let mut main_bytes = 0;
    while cursor.left() > announced {
        let id = cursor.u8().ok_or(CUT)?;
        match id {
            MAIN_DATA_SHORT => main_bytes = u32::from(cursor.u8().ok_or(CUT)?),
            MAIN_DATA_LONG => main_bytes = cursor.u32().ok_or(CUT)?,
            ORIGIN => parts.origin = Some(cursor.u16().ok_or(CUT)?),
            TOPLEVEL_XID if version.names_toplevel_xids() => {
                parts.toplevel_xid = Some(Xid(cursor.u32().ok_or(CUT)?));
            }
            ..=BLOCK_ID_MAX => {
                if blocks.last().is_some_and(|last| last.id >= id) {
                    return Err("a record whose blocks are out of order");
                }
                let block = block_header(version, id, &mut cursor, blocks.last())?;
                let image_bytes = block.image.as_ref().map_or(0, Image::len);
                announced += (block.data.end + image_bytes) as usize;
                blocks.push(block);
                continue;
            }
            _ => return Err("a record with an unknown kind of header"),
        }
        if matches!(id, MAIN_DATA_SHORT | MAIN_DATA_LONG) {
            // Main data is always announced last.
            announced = announced.checked_add(main_bytes as usize).ok_or(CUT)?;
            break;
        }
    }
    if cursor.left() != announced {
        return Err("a record whose parts do not add up to its length");
    }

    let mut at = u32::try_from(record.len() - announced).expect("a record's length has 32 bits");
    let mut next = |bytes: u32| {
        let range = at..at + bytes;
        at += bytes;
        range
    };
    for block in blocks {
        if let Some(image) = &mut block.image {
            image.bytes = next(image.len());
        }
        block.data = next(block.data.end);
    }
    parts.main_data = next(main_bytes);
    Ok(())
}

/// A block's header. Its ranges begin at 0: only their lengths are known yet.
fn block_header(
    version: PgVersion,
    id: u8,
    cursor: &mut Cursor<'_>,
    previous: Option<&Block>,
) -> Result<Block, &'static str> {
    const CUT: &str = "a record that ends within a block's header";
    let flags = cursor.u8().ok_or(CUT)?;
    let data_bytes = cursor.u16().ok_or(CUT)?;
    if (flags & HAS_DATA != 0) != (data_bytes != 0) {
        return Err("a block whose data flag and data length disagree");
    }
    let image = if flags & HAS_IMAGE == 0 {
        None
    } else {
        Some(image_header(version, cursor)?)
    };
    let relation = if flags & SAME_RELATION == 0 {
        let mut number = || cursor.u32().ok_or(CUT);
        Relation {
            tablespace: number()?,
            database: number()?,
            file: number()?,
        }
    } else {
        previous
            .ok_or("a first block that refers to the relation of one before it")?
            .relation
    };
    let fork = match flags & FORK_MASK {
        0 => Fork::Main,
        1 => Fork::FreeSpaceMap,
        2 => Fork::VisibilityMap,
        3 => Fork::Init,
        _ => return Err("a block of an unknown fork"),
    };
    Ok(Block {
        id,
        relation,
        fork,
        number: cursor.u32().ok_or(CUT)?,
        will_init: flags & WILL_INIT != 0,
        image,
        data: 0..u32::from(data_bytes),
    })
}

fn image_header(version: PgVersion, cursor: &mut Cursor<'_>) -> Result<Image, &'static str> {
    const CUT: &str = "a record that ends within an image's header";
    let bytes = cursor.u16().ok_or(CUT)?;
    let hole_offset = cursor.u16().ok_or(CUT)?;
    let flags = cursor.u8().ok_or(CUT)?;
    let (compression, apply) = if version.names_compression() {
        let compression = match flags & (IMAGE_PGLZ | IMAGE_LZ4 | IMAGE_ZSTD) {
            0 => Compression::None,
            IMAGE_PGLZ => Compression::Pglz,
            IMAGE_LZ4 => Compression::Lz4,
            IMAGE_ZSTD => Compression::Zstd,
            _ => return Err("an image compressed in two ways"),
        };
        (compression, flags & IMAGE_APPLY != 0)
    } else {
        let compression = match flags & IMAGE_COMPRESSED_BEFORE_15 {
            0 => Compression::None,
            _ => Compression::Pglz,
        };
        (compression, flags & IMAGE_APPLY_BEFORE_15 != 0)
    };
    let has_hole = flags & IMAGE_HAS_HOLE != 0;
    let hole_bytes = match (has_hole, compression) {
        (false, _) => 0,
        (true, Compression::None) => {
            let whole = u16::try_from(PAGE_BYTES).expect("a page's size has 16 bits");
            whole
                .checked_sub(bytes)
                .ok_or("an image larger than a page")?
        }
        (true, _) => cursor.u16().ok_or(CUT)?,
    };
    let fills_page = usize::from(bytes) == PAGE_BYTES;
    let plain = !has_hole && compression == Compression::None;
    if fills_page != plain || has_hole != (hole_offset != 0 && hole_bytes != 0) {
        return Err("an image whose length and hole do not fit a page");
    }
    Ok(Image {
        bytes: 0..u32::from(bytes),
        hole_offset,
        hole_bytes,
        compression,
        apply,
    })
}
