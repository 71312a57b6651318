//! CRC-32C over a record: everything behind its header first, then the header up to the checksum.

use crate::bytes::u32_at;
use crate::record::{HEADER_BYTES, RecordHeader};

const CHECKSUM_AT: usize = 20;

/// The checksum that the header of this record should carry.
pub(crate) fn of_record(record: &[u8]) -> u32 {
    with_header(
        redo::crc32c(&record[HEADER_BYTES..]),
        &record[..CHECKSUM_AT],
    )
}

/// The checksum that it carries.
pub(crate) fn stored_in(record: &[u8]) -> u32 {
    u32_at(record, CHECKSUM_AT)
}

/// The length at which the checksum fits, if the record that begins `bytes` is whole within them
/// and only its length was changed.
pub(crate) fn length_that_fits(bytes: &[u8]) -> Option<u32> {
    let stored = RecordHeader::parse(bytes)?.checksum;
    let mut header: [u8; CHECKSUM_AT] = bytes[..CHECKSUM_AT]
        .try_into()
        .expect("the header is whole");
    let mut body = redo::crc32c(&[]);
    for end in HEADER_BYTES..=bytes.len() {
        let length = u32::try_from(end).ok()?;
        header[..4].copy_from_slice(&length.to_le_bytes());
        if with_header(body, &header) == stored {
            return Some(length);
        }
        body = redo::crc32c_append(body, bytes.get(end..=end)?);
    }
    None
}

fn with_header(body: u32, header: &[u8]) -> u32 {
    redo::crc32c_append(body, header)
}
