//! Files that may be read at any place.

use std::io;

/// A file of a folder: it lies still, and any part of it may be asked for.
///
/// Whoever has the bytes implements this: the command line for files of the disk, the page for
/// files that were dropped on it, tests for bytes in memory.
pub trait WalFile {
    /// The file's name, with the folders above it as far as they are known, parted by `/`.
    fn name(&self) -> &str;

    /// How many bytes it has.
    fn bytes(&self) -> u64;

    /// Reads from `offset` on; as [`io::Read::read`], it may give less than was asked for, and
    /// gives nothing behind the file's end only.
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize>;
}

/// A file whose bytes are all in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InMemory<B> {
    name: String,
    bytes: B,
}

impl<B: AsRef<[u8]>> InMemory<B> {
    /// Gives the bytes a name.
    pub fn new(name: impl Into<String>, bytes: B) -> Self {
        Self {
            name: name.into(),
            bytes,
        }
    }
}

impl<B: AsRef<[u8]>> WalFile for InMemory<B> {
    fn name(&self) -> &str {
        &self.name
    }

    fn bytes(&self) -> u64 {
        self.bytes.as_ref().len() as u64
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.bytes.as_ref().get(offset..))
            .unwrap_or_default();
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

/// Reads until `into` is full or the file is over; says how much there was.
pub(crate) fn fill(file: &mut dyn WalFile, offset: u64, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match file.read_at(offset + filled as u64, &mut into[filled..]) {
            Ok(0) => break,
            Ok(bytes) => filled += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
