//! CRC-32C over a record: everything behind its header first, then the header up to the checksum.

use crc::{CRC_32_ISCSI, Crc, Digest, Table};

use crate::record::{HEADER_BYTES, RecordHeader};

const CHECKSUM_AT: usize = 20;

static CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// The checksum that the header of this record should carry.
pub(crate) fn of_record(record: &[u8]) -> u32 {
    let mut digest = CRC_32C.digest();
    digest.update(&record[HEADER_BYTES..]);
    with_header(digest, &record[..CHECKSUM_AT])
}

/// The length at which the checksum fits, if the record that begins `bytes` is whole within them
/// and only its length was changed.
pub(crate) fn length_that_fits(bytes: &[u8]) -> Option<u32> {
    let stored = RecordHeader::parse(bytes)?.checksum;
    let mut header: [u8; CHECKSUM_AT] = bytes[..CHECKSUM_AT]
        .try_into()
        .expect("the header is whole");
    let mut body = CRC_32C.digest();
    for end in HEADER_BYTES..=bytes.len() {
        let length = u32::try_from(end).ok()?;
        header[..4].copy_from_slice(&length.to_le_bytes());
        if with_header(body.clone(), &header) == stored {
            return Some(length);
        }
        body.update(bytes.get(end..=end)?);
    }
    None
}

fn with_header(mut body: Digest<'static, u32, Table<16>>, header: &[u8]) -> u32 {
    body.update(header);
    body.finalize()
}
