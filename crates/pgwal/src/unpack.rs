//! Files that are read as what they hold, packed or not.
//!
//! The first bytes tell how a file is packed, not its name. A packed file is unpacked from its
//! beginning on, in a bounded window; going back further than what is still remembered begins anew.
//!
//! # Simplifications
//! * A zstd frame may ask for a window of up to 32 MiB, as `zstd --ultra -20` does for long files and
//!   where it is not told how long they are; what asks for more, as `-21` and `-22` do then, is
//!   refused. Its checksum is not looked at, for each WAL record has its own.
//! * Dictionaries are not known.

use std::io::{self, Read};
use std::mem;

use flate2::read::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder as ZstdDecoder};

use crate::file::{WalFile, fill};

/// Bytes read from a packed file at a time.
const INPUT_BYTES: usize = 64 * 1024;
/// Unpacked bytes that are remembered, at least, so that going back a little costs little.
const REMEMBERED_BYTES: usize = 1 << 20;
/// Unpacked bytes that are passed over in one go.
const SKIP_BYTES: u64 = 256 * 1024;
/// The largest window that a zstd frame may ask for.
const ZSTD_WINDOW_MAX: u64 = 32 << 20;

/// The ways in which archives pack WAL files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Zstd,
    Lz4,
}

/// A file, and what it holds.
pub(crate) struct Contents {
    state: State,
    /// `None` for a file that holds its bytes as they are, or that was not opened.
    packing: Option<Packing>,
    /// Unpacked bytes given so far.
    unpacked: u64,
    /// The last of them.
    remembered: Vec<u8>,
}

enum State {
    Plain(Input),
    Gzip(Box<MultiGzDecoder<Input>>),
    Zstd(Box<Zstd>),
    Lz4(Box<Lz4>),
    /// While one state becomes another.
    Between,
}

/// The bytes of a file as they lie on the disk, one after the other.
struct Input {
    file: Box<dyn WalFile>,
    /// Where in the file the buffer ends.
    at: u64,
    buffer: Vec<u8>,
    /// How much of the buffer was taken.
    taken: usize,
    /// More was asked for than there is.
    asked_beyond_end: bool,
}

/// Frames of zstd, one behind the other.
struct Zstd {
    input: Input,
    decoder: ZstdDecoder,
    in_frame: bool,
}

/// Frames of lz4, one behind the other.
///
/// The decoder takes a file that ends between two blocks for whole. It is not: a frame ends with a
/// mark, behind which the decoder rests before it asks for more.
struct Lz4 {
    decoder: Lz4Decoder<Input>,
    /// The last frame is over, and the next one has given nothing yet.
    rested: bool,
}

impl Packing {
    /// How a file with these first bytes is packed.
    pub(crate) fn of(first: &[u8]) -> Option<Self> {
        match first {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstd),
            [0x04, 0x22, 0x4D, 0x18, ..] => Some(Self::Lz4),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        }
    }
}

impl Contents {
    pub(crate) fn new(file: Box<dyn WalFile>) -> Self {
        Self {
            state: State::Plain(Input::new(file)),
            packing: None,
            unpacked: 0,
            remembered: Vec::new(),
        }
    }

    /// Finds out how the file is packed, and begins with its first byte.
    pub(crate) fn open(&mut self) -> io::Result<()> {
        self.close();
        let mut first = [0; 4];
        let length = fill(self.file_mut(), 0, &mut first)?;
        self.packing = Packing::of(&first[..length]);
        self.restart();
        Ok(())
    }

    /// Forgets what was unpacked, and where that was.
    pub(crate) fn close(&mut self) {
        self.unpacked = 0;
        self.remembered = Vec::new();
        self.state = State::Plain(Input::new(self.take_file()));
    }

    /// Reads what the file holds from `offset` on, until `into` is full or the file is over.
    ///
    /// `None` says that the place was not reached yet, so that the caller may do something else
    /// before it asks again.
    pub(crate) fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<Option<usize>> {
        if let State::Plain(input) = &mut self.state {
            let bytes = fill(input.file.as_mut(), offset, into)?;
            input.at = offset + bytes as u64;
            return Ok(Some(bytes));
        }
        if offset < self.unpacked - self.remembered.len() as u64 {
            self.restart();
        }
        if offset > self.unpacked {
            self.forget(0);
            let skipped = self.unpack((offset - self.unpacked).min(SKIP_BYTES))?;
            return Ok((skipped == 0).then_some(0));
        }
        let back = usize::try_from(self.unpacked - offset).expect("what is remembered is small");
        self.forget(back);
        let missing = into.len().saturating_sub(back) as u64;
        self.unpack(missing)?;
        let known = usize::try_from(self.unpacked - offset).expect("what is remembered is small");
        let from = self.remembered.len() - known;
        let length = known.min(into.len());
        into[..length].copy_from_slice(&self.remembered[from..from + length]);
        Ok(Some(length))
    }

    pub(crate) fn packing(&self) -> Option<Packing> {
        self.packing
    }

    pub(crate) fn name(&self) -> &str {
        self.input().file.name()
    }

    /// Bytes on the disk.
    pub(crate) fn bytes(&self) -> u64 {
        self.input().file.bytes()
    }

    /// How many of the bytes on the disk were looked at, beginning with the first.
    pub(crate) fn done(&self) -> u64 {
        self.input().at
    }

    /// Remembers the last bytes alone, but as many as are needed.
    fn forget(&mut self, needed: usize) {
        let length = self.remembered.len();
        if length > 2 * REMEMBERED_BYTES {
            let keep = needed.max(REMEMBERED_BYTES);
            self.remembered.drain(..length.saturating_sub(keep));
        }
    }

    /// Unpacks so many bytes more, or up to the end; says how many.
    fn unpack(&mut self, bytes: u64) -> io::Result<u64> {
        let before = self.remembered.len();
        let into = &mut self.remembered;
        let read = match &mut self.state {
            State::Plain(input) => input.take(bytes).read_to_end(into),
            State::Gzip(decoder) => decoder.take(bytes).read_to_end(into),
            State::Zstd(decoder) => decoder.take(bytes).read_to_end(into),
            State::Lz4(decoder) => decoder.take(bytes).read_to_end(into),
            State::Between => unreachable!("a state becomes another at once"),
        };
        let unpacked = (self.remembered.len() - before) as u64;
        self.unpacked += unpacked;
        // What came before the damage is given; who asks again is told.
        match read {
            Err(error) if unpacked == 0 => Err(error),
            Ok(_) | Err(_) => Ok(unpacked),
        }
    }

    fn restart(&mut self) {
        self.unpacked = 0;
        self.remembered.clear();
        let input = Input::new(self.take_file());
        self.state = match self.packing {
            None => State::Plain(input),
            Some(Packing::Gzip) => State::Gzip(Box::new(MultiGzDecoder::new(input))),
            Some(Packing::Zstd) => State::Zstd(Box::new(Zstd::new(input))),
            Some(Packing::Lz4) => State::Lz4(Box::new(Lz4::new(input))),
        };
    }

    fn take_file(&mut self) -> Box<dyn WalFile> {
        let input = match mem::replace(&mut self.state, State::Between) {
            State::Plain(input) => input,
            State::Gzip(decoder) => decoder.into_inner(),
            State::Zstd(decoder) => decoder.input,
            State::Lz4(lz4) => lz4.decoder.into_inner(),
            State::Between => unreachable!("a state becomes another at once"),
        };
        input.file
    }

    fn input(&self) -> &Input {
        match &self.state {
            State::Plain(input) => input,
            State::Gzip(decoder) => decoder.get_ref(),
            State::Zstd(decoder) => &decoder.input,
            State::Lz4(lz4) => lz4.decoder.get_ref(),
            State::Between => unreachable!("a state becomes another at once"),
        }
    }

    fn file_mut(&mut self) -> &mut dyn WalFile {
        match &mut self.state {
            State::Plain(input) => input.file.as_mut(),
            State::Gzip(_) | State::Zstd(_) | State::Lz4(_) | State::Between => {
                unreachable!("a closed file is read as it is")
            }
        }
    }
}

impl Lz4 {
    fn new(input: Input) -> Self {
        Self {
            decoder: Lz4Decoder::new(input),
            rested: false,
        }
    }
}

impl Read for Lz4 {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.decoder.read(into)?;
            let is_over = self.decoder.get_ref().asked_beyond_end;
            match (read, is_over) {
                (0, true) if !self.rested => return Err(io::ErrorKind::UnexpectedEof.into()),
                (0, false) if !into.is_empty() => self.rested = true,
                _ => {
                    self.rested &= read == 0;
                    return Ok(read);
                }
            }
        }
    }
}

impl Input {
    fn new(file: Box<dyn WalFile>) -> Self {
        Self {
            file,
            at: 0,
            buffer: Vec::new(),
            taken: 0,
            asked_beyond_end: false,
        }
    }

    /// What lies ahead in the buffer, which is filled if nothing does.
    fn ahead(&mut self) -> io::Result<&[u8]> {
        if self.taken == self.buffer.len() {
            self.buffer.resize(INPUT_BYTES, 0);
            self.taken = 0;
            let filled = fill(self.file.as_mut(), self.at, &mut self.buffer);
            self.buffer.truncate(*filled.as_ref().unwrap_or(&0));
            self.at += filled? as u64;
        }
        Ok(&self.buffer[self.taken..])
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ahead = self.ahead()?;
        let length = ahead.len().min(into.len());
        into[..length].copy_from_slice(&ahead[..length]);
        self.taken += length;
        self.asked_beyond_end |= length == 0 && !into.is_empty();
        Ok(length)
    }
}

impl Zstd {
    fn new(input: Input) -> Self {
        let mut decoder = ZstdDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW_MAX);
        Self {
            input,
            decoder,
            in_frame: false,
        }
    }

    /// Begins the next frame; says whether there is one.
    fn begin_frame(&mut self) -> io::Result<bool> {
        while !self.input.ahead()?.is_empty() {
            match self.decoder.reset(&mut self.input) {
                Ok(()) => {
                    self.in_frame = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let skipped = io::copy(
                        &mut (&mut self.input).take(u64::from(length)),
                        &mut io::sink(),
                    )?;
                    if skipped < u64::from(length) {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl Read for Zstd {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.in_frame && !self.begin_frame()? {
                return Ok(0);
            }
            let read = self.decoder.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            if self.decoder.is_finished() {
                self.in_frame = false;
            } else {
                self.decoder
                    .decode_blocks(&mut self.input, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(io::Error::other)?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use lz4_flex::frame::FrameEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;
    use crate::file::InMemory;

    fn packed(packing: Packing, bytes: &[u8]) -> Vec<u8> {
        match packing {
            Packing::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Packing::Zstd => compress_to_vec(bytes, CompressionLevel::Fastest),
            Packing::Lz4 => {
                let mut encoder = FrameEncoder::new(Vec::new());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    const ALL: [Packing; 3] = [Packing::Gzip, Packing::Zstd, Packing::Lz4];

    fn sample() -> Vec<u8> {
        (0..3_000_000_u32)
            .map(|n| (n.wrapping_mul(n >> 7) >> 11).to_le_bytes()[0])
            .collect()
    }

    fn opened(bytes: Vec<u8>) -> Contents {
        let mut contents = Contents::new(Box::new(InMemory::new("a", bytes)));
        contents.open().unwrap();
        contents
    }

    fn read(contents: &mut Contents, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut into = vec![0; length];
        loop {
            if let Some(read) = contents.read_at(offset, &mut into)? {
                into.truncate(read);
                return Ok(into);
            }
        }
    }

    #[test]
    fn any_place_of_a_packed_file_is_read_as_it_was() {
        let bytes = sample();
        for packing in ALL {
            let mut contents = opened(packed(packing, &bytes));
            assert_eq!(contents.packing(), Some(packing));
            for offset in [0, 100_000, 99_000, 2_500_000, 2_400_000, 10, 2_999_000] {
                let there = read(&mut contents, offset as u64, 5000).unwrap();
                let end = (offset + 5000).min(bytes.len());
                assert!(there == bytes[offset..end], "{packing:?} at {offset}");
            }
            assert_eq!(read(&mut contents, 3_000_000, 10).unwrap(), []);
            assert_eq!(read(&mut contents, 4_000_000, 10).unwrap(), []);
            assert_eq!(contents.done(), contents.bytes());
            assert!(contents.remembered.len() < 3 * REMEMBERED_BYTES);
        }
    }

    #[test]
    fn what_lies_back_in_much_that_was_unpacked_is_still_there() {
        let bytes = sample();
        let much = 2 * REMEMBERED_BYTES + 100_000;
        for packing in ALL {
            let mut contents = opened(packed(packing, &bytes));
            assert!(read(&mut contents, 0, much).unwrap() == bytes[..much]);
            for (offset, length) in [
                (much - REMEMBERED_BYTES - 90_000, 10),
                (much - 70_000, 80_000),
                (1, much),
            ] {
                let there = read(&mut contents, offset as u64, length).unwrap();
                assert!(
                    there == bytes[offset..offset + length],
                    "{packing:?} at {offset}"
                );
            }
        }
    }

    #[test]
    fn archives_one_behind_the_other_are_one_file() {
        let bytes = sample();
        for packing in ALL {
            let both = [
                packed(packing, &bytes[..1000]),
                packed(packing, &bytes[1000..]),
            ];
            let mut contents = opened(both.concat());
            let whole = read(&mut contents, 0, bytes.len()).unwrap();
            assert!(whole == bytes, "{packing:?}");
        }
    }

    #[test]
    fn truncated_archives_give_what_they_have_and_then_an_error() {
        let bytes = sample();
        for packing in ALL {
            let packed = packed(packing, &bytes);
            for length in [packed.len() - 1, packed.len() - 9, packed.len() / 2, 30] {
                let mut contents = opened(packed[..length].to_vec());
                let mut offset = 0;
                let error = loop {
                    match read(&mut contents, offset as u64, 65_536) {
                        Ok(slice) if slice.is_empty() => break None,
                        Ok(slice) => {
                            assert!(bytes[offset..].starts_with(&slice), "{packing:?}");
                            offset += slice.len();
                        }
                        Err(error) => break Some(error),
                    }
                };
                assert!(error.is_some(), "{packing:?}, {length} of {}", packed.len());
            }
        }
    }

    #[test]
    fn lz4_file_that_ends_between_two_blocks_is_truncated() {
        let packed = packed(Packing::Lz4, &sample());
        let first_block = 7 + 4 + u32::from_le_bytes(packed[7..11].try_into().unwrap()) as usize;
        let mut contents = opened(packed[..first_block].to_vec());
        let first = read(&mut contents, 0, 5_000_000).unwrap();
        assert!(sample().starts_with(&first) && !first.is_empty());
        let error = read(&mut contents, first.len() as u64, 10).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn damaged_archives_are_an_error_and_no_panic() {
        let bytes = sample();
        for packing in ALL {
            let packed = packed(packing, &bytes);
            for at in (4..packed.len()).step_by(packed.len() / 40) {
                let mut damaged = packed.clone();
                damaged[at] ^= 0x55;
                let mut contents = opened(damaged);
                let mut offset = 0;
                while let Ok(slice) = read(&mut contents, offset, 300_000) {
                    offset += slice.len() as u64;
                    if slice.is_empty() || offset > 100_000_000 {
                        break;
                    }
                }
            }
        }
    }
}
