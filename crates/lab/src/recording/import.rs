//! From the bytes of WAL files to a recording.

use crc::{CRC_64_XZ, Crc, Digest, Table};
use pgwal::{End, Reader, Step, WalError};

use super::Recording;
use super::build::RecordingBuilder;
use super::report::WalReport;

static CRC_64: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_XZ);

/// Reads WAL files, slice by slice, into a [`Recording`].
///
/// The digest is a CRC-64 of all bytes in their order, whatever the slices and the names.
pub struct Import {
    reader: Reader,
    builder: RecordingBuilder,
    digest: Digest<'static, u64, Table<16>>,
    files: Vec<String>,
    end: Option<End>,
}

impl Default for Import {
    fn default() -> Self {
        Self {
            reader: Reader::new(),
            builder: RecordingBuilder::default(),
            digest: CRC_64.digest(),
            files: Vec::new(),
            end: None,
        }
    }
}

impl Import {
    /// Begins the next file, in the order of the log.
    pub fn open(&mut self, name: &str) -> Result<(), WalError> {
        self.files.push(name.to_owned());
        self.reader.open(name);
        self.drain()
    }

    /// Adds bytes of the current file.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), WalError> {
        self.digest.update(bytes);
        self.reader.feed(bytes);
        self.drain()
    }

    /// Says that there are no more files.
    pub fn finish(mut self) -> Result<(Recording, WalReport), WalError> {
        self.reader.finish();
        self.drain()?;
        let end = self.end.expect("finished input ends or is bad");
        let digest = format!("{:016x}", self.digest.finalize());
        Ok(self.builder.finish(self.files, digest, end))
    }

    fn drain(&mut self) -> Result<(), WalError> {
        loop {
            match self.reader.step()? {
                Step::Record(record) => self.builder.push(&record),
                Step::Hungry => return Ok(()),
                Step::End(end) => {
                    self.end = Some(end);
                    return Ok(());
                }
            }
        }
    }
}
