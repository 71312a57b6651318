//! From the bytes of WAL files to a recording.
//!
//! Little of what records hold is interpreted here, and each of it is known for every version that
//! [`pgwal`] reads, from 13 to 18:
//!
//! | what is read | by version |
//! |---|---|
//! | which pages a record touches, and what of it belongs to each | the same |
//! | whether a block's image is there, and how many bytes it has | flags differ before 15 |
//! | how, when and under which number a transaction ended | more since 15, longer since 18 |
//! | which operations' images are the change itself, and which are a mere guard | the same |
//!
//! No layout of a heap's or an index's own data is read, and these changed with almost every version.
//! The end of a transaction that does not have its version's layout counts as no end: its record has
//! no blocks, so it is among those left out. What an extension's manager writes is taken as an
//! ordinary change, for nothing says whether it logs pages on purpose.

use crc::{CRC_64_XZ, Crc, Digest, Table};
use pgwal::{End, Reader, Step, WalError};
use protocol::WalReport;

use super::Recording;
use super::build::RecordingBuilder;

static CRC_64: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_XZ);

/// Reads WAL files, slice by slice, into a [`Recording`].
///
/// What cannot be read ends the log there; what stands before it is kept. The digest is a CRC-64 of
/// all bytes in their order, also of those behind such a place, whatever the slices and the names.
pub struct Import {
    reader: Reader,
    builder: RecordingBuilder,
    digest: Digest<'static, u64, Table<16>>,
    files: Vec<String>,
    end: Option<Result<End, WalError>>,
}

/// What WAL files gave.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What a world can play.
    pub recording: Recording,
    /// What was found.
    pub report: WalReport,
    /// Why the log ends before its end, if it does.
    pub damage: Option<WalError>,
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
    /// Keeps so much of the log to be played; see [`RecordingBuilder::keeping`].
    pub fn keeping(bytes_max: usize) -> Self {
        Self {
            builder: RecordingBuilder::keeping(bytes_max),
            ..Self::default()
        }
    }

    /// Begins the next file, in the order of the log.
    pub fn open(&mut self, name: &str) {
        self.files.push(name.to_owned());
        self.reader.open(name);
        self.drain();
    }

    /// Adds bytes of the current file.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.reader.feed(bytes);
        self.drain();
    }

    /// Why there is nothing to play and will be nothing, as far as that is known by now.
    pub fn hopeless(&self) -> Option<&WalError> {
        let damage = self.end.as_ref()?.as_ref().err();
        damage.filter(|_| self.builder.is_empty())
    }

    /// Says that there are no more files. It is an error if nothing to play precedes the damage.
    pub fn finish(mut self) -> Result<Imported, WalError> {
        self.reader.finish();
        self.drain();
        let (end, damage) = match self.end.expect("finished input ends or is bad") {
            Ok(end) => (Some(end), None),
            Err(damage) if self.builder.is_empty() => return Err(damage),
            Err(damage) => (None, Some(damage)),
        };
        let digest = format!("{:016x}", self.digest.finalize());
        let (recording, report) = self.builder.finish(self.files, digest, end);
        Ok(Imported {
            recording,
            report,
            damage,
        })
    }

    fn drain(&mut self) {
        while self.end.is_none() {
            match self.reader.step() {
                Ok(Step::Record(record)) => self.builder.push(&record),
                Ok(Step::Hungry) => return,
                Ok(Step::End(end)) => self.end = Some(Ok(end)),
                Err(damage) => self.end = Some(Err(damage)),
            }
        }
    }
}
