//! What a redo record says.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use crate::crc::crc32c_append;

use crate::lsn::PageId;

/// Bytes of a record, a window of a buffer that many records share.
#[derive(Clone, Debug)]
pub struct Payload {
    buffer: Rc<[u8]>,
    start: u32,
    length: u32,
}

impl Payload {
    /// The `length` bytes of `buffer` from `start`. Panics when they are not all there.
    pub fn new(buffer: Rc<[u8]>, start: u32, length: u32) -> Self {
        let end = u64::from(start) + u64::from(length);
        assert!(
            end <= buffer.len() as u64,
            "a payload lies within its buffer"
        );
        Self {
            buffer,
            start,
            length,
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start as usize..(self.start + self.length) as usize]
    }
}

/// How one page changes: the content of a redo record.
#[derive(Clone, Debug)]
pub struct Change {
    /// The page that it changes.
    pub page: PageId,
    /// Its size in the log, in bytes. At least the payload's length: headers count as well.
    pub bytes: u32,
    /// The size is an estimate, because the source logged something else in its place.
    pub estimated: bool,
    /// The bytes themselves, in exact runs where they are known.
    pub payload: Option<Payload>,
    /// CRC-32C over page, size and payload in exact runs; 0 in account runs.
    crc: u32,
}

impl Change {
    /// A change of which only the size is carried.
    pub const fn account(page: PageId, bytes: u32, estimated: bool) -> Self {
        Self {
            page,
            bytes,
            estimated,
            payload: None,
            crc: 0,
        }
    }

    /// A change that carries its bytes, and a checksum over them.
    pub fn exact(page: PageId, bytes: u32, estimated: bool, payload: Payload) -> Self {
        let crc = checksum(page, bytes, payload.bytes());
        Self {
            page,
            bytes,
            estimated,
            payload: Some(payload),
            crc,
        }
    }

    /// Whether the checksum fits. An account change carries nothing that could be damaged.
    pub fn is_intact(&self) -> bool {
        self.payload
            .as_ref()
            .is_none_or(|payload| checksum(self.page, self.bytes, payload.bytes()) == self.crc)
    }
}

/// Only what both weights have in common: a run's state is the same in either.
impl Hash for Change {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.page, self.bytes, self.estimated).hash(state);
    }
}

fn checksum(page: PageId, bytes: u32, payload: &[u8]) -> u32 {
    // Page and size are what the checksum begins with: one call for each record.
    crc32c_append(page.0 ^ bytes.rotate_left(16), payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_anywhere_in_the_payload_is_seen() {
        let payload = |bytes: &[u8; 15]| Payload::new(bytes.as_slice().into(), 0, 15);
        let good = Change::exact(PageId(7), 24, false, payload(b"one redo record"));
        assert!(good.is_intact());
        for bit in 0..15 * 8 {
            let mut bytes = *b"one redo record";
            bytes[bit / 8] ^= 1 << (bit % 8);
            let bad = Change {
                payload: Some(payload(&bytes)),
                ..good.clone()
            };
            assert!(!bad.is_intact(), "bit {bit}");
        }
    }
}
