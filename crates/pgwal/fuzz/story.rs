//! How the fuzzer's bytes become the files of a folder.
//!
//! Files whose bytes are all random seldom get past the first checksum. So the bytes are a story: they
//! say which records a server should have written, whose checksums and back-links then fit, what else
//! stands in the files, and which bytes were changed afterwards. Any bytes are a story, and a change of
//! one of them is a small change of the files.
//!
//! ```text
//! version | slice | flags | command ...
//! 0 number                        the next file begins, named as that segment; from 128 on, otherwise
//!                                 (see `File::begin`)
//! 1 rmgr info length:2 body       a record
//! 2 length:2 bytes                bytes as they are; no record follows in this file
//! 3 offset:3 value                that byte of the file is changed
//! 4                               zeroes up to the end of the segment
//! 5 number                        the file is packed with gzip, and the next begins
//! ```

use std::io::Read as _;

use flate2::Compression;
use flate2::read::GzEncoder;
use pgwal::PgVersion;

use crate::forge::Forge;

const SEGMENT_BYTES: u32 = 1 << 20;
/// So that a run takes milliseconds.
const FILES_MAX: usize = 6;

/// What the reader is given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Story {
    /// Bytes that it is fed at a time.
    pub(crate) slice_bytes: usize,
    /// Whether it shall go on behind damage.
    pub(crate) skip_damaged: bool,
    /// Names and contents, in the order in which they are read.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// A file that is being written.
struct File {
    name: String,
    content: Content,
}

enum Content {
    Log(Forge),
    Bytes(Vec<u8>),
}

impl Story {
    pub(crate) fn tell(mut bytes: &[u8]) -> Self {
        let rest = &mut bytes;
        let version = usize::from(byte(rest)) % PgVersion::ALL.len();
        let magic = PgVersion::ALL[version].magic();
        let slice_bytes = 1 << (byte(rest) % 18);
        let skip_damaged = byte(rest) & 1 == 1;
        let mut files = Vec::new();
        let mut file = File::begin(1, magic);
        while !rest.is_empty() {
            match byte(rest) % 6 {
                0 if files.len() < FILES_MAX => {
                    let next = File::begin(byte(rest), magic);
                    files.push(std::mem::replace(&mut file, next).end());
                }
                1 => {
                    let (rmgr, info) = (byte(rest), byte(rest));
                    let body = some(rest);
                    if let Content::Log(log) = &mut file.content {
                        log.raw(rmgr, info, body);
                    }
                }
                2 => {
                    let more = some(rest);
                    file.bytes().extend(more);
                }
                3 => {
                    let at = [byte(rest), byte(rest), byte(rest), 0];
                    let value = byte(rest);
                    let bytes = file.bytes();
                    if !bytes.is_empty() {
                        let at = u32::from_le_bytes(at) as usize % bytes.len();
                        bytes[at] = value;
                    }
                }
                4 => {
                    let bytes = file.bytes();
                    bytes.resize(bytes.len().max(SEGMENT_BYTES as usize), 0);
                }
                5 if files.len() < FILES_MAX => {
                    let next = File::begin(byte(rest), magic);
                    let (name, bytes) = std::mem::replace(&mut file, next).end();
                    let mut gzip = GzEncoder::new(bytes.as_slice(), Compression::fast());
                    let mut packed = Vec::new();
                    gzip.read_to_end(&mut packed).expect("both are in memory");
                    files.push((name, packed));
                }
                _ => {}
            }
        }
        files.push(file.end());
        Self {
            slice_bytes,
            skip_damaged,
            files,
        }
    }
}

impl File {
    fn begin(number: u8, magic: u16) -> Self {
        let start = u64::from(number % 128) * u64::from(SEGMENT_BYTES);
        let timeline = 1 + number / 64 % 2;
        let segment = format!("{timeline:08X}{:016X}", number % 128);
        let name = match number {
            0..128 => segment,
            128..160 => format!("{segment}.partial"),
            160..192 => format!("archive/{segment}.gz"),
            192..224 => format!("{timeline:08X}.history"),
            224.. => format!("file-{number}"),
        };
        Self {
            name,
            content: Content::Log(Forge::new(start, SEGMENT_BYTES).stamped(magic)),
        }
    }

    /// From now on the file is no longer a log that grows.
    fn bytes(&mut self) -> &mut Vec<u8> {
        if let Content::Log(log) = &self.content {
            self.content = Content::Bytes(log.clone().whole_pages());
        }
        match &mut self.content {
            Content::Bytes(bytes) => bytes,
            Content::Log(_) => unreachable!("it was made bytes"),
        }
    }

    fn end(mut self) -> (String, Vec<u8>) {
        let bytes = std::mem::take(self.bytes());
        (self.name, bytes)
    }
}

fn byte(rest: &mut &[u8]) -> u8 {
    let Some((&first, others)) = rest.split_first() else {
        return 0;
    };
    *rest = others;
    first
}

/// As many bytes as the next two say, or as there are.
fn some<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let length = usize::from(u16::from_le_bytes([byte(rest), byte(rest)]));
    let (some, others) = rest.split_at(length.min(rest.len()));
    *rest = others;
    some
}
