//! PostgreSQL's own compression.
//!
//! Items come in groups of eight behind a byte that tells, lowest bit first, what each is: 0 a byte that
//! stands for itself, 1 a reference to what was written before:
//!
//! ```text
//! | distance 11..8 | length - 3 | distance 7..0 |      and, if the length's four bits are all set,
//!      4 bits          4 bits        8 bits              a byte that is added to the length
//! ```
//!
//! A reference may overlap what it gives: distance 1 repeats one byte. The format is described in
//! PostgreSQL 13 to 18, `src/common/pg_lzcompress.c`.

use crate::bytes::Cursor;

const LENGTH_MIN: usize = 3;
const LENGTH_CONTINUES: u8 = 0xF;

/// Decompresses bytes that must fill the place exactly; `None` where they do not, or refer to what is
/// not there.
pub(crate) fn decompress(packed: &[u8], place: &mut [u8]) -> Option<()> {
    let mut packed = Cursor::new(packed);
    let mut at = 0;
    while packed.left() > 0 {
        let kinds = packed.u8()?;
        for item in 0..8 {
            if packed.left() == 0 {
                break;
            }
            if kinds >> item & 1 == 0 {
                *place.get_mut(at)? = packed.u8()?;
                at += 1;
                continue;
            }
            let (high, low) = (packed.u8()?, packed.u8()?);
            let distance = usize::from(high >> 4) << 8 | usize::from(low);
            let mut length = LENGTH_MIN + usize::from(high & 0xF);
            if high & 0xF == LENGTH_CONTINUES {
                length += usize::from(packed.u8()?);
            }
            let from = at.checked_sub(distance).filter(|&from| from < at)?;
            if length > place.len() - at {
                return None;
            }
            for step in 0..length {
                place[at + step] = place[from + step];
            }
            at += length;
        }
    }
    (at == place.len()).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(packed: &[u8], expected: Option<&[u8]>, bytes: usize) {
        let mut place = vec![0xEE; bytes];
        let done = decompress(packed, &mut place);
        assert_eq!(done.map(|()| place.as_slice()), expected, "{packed:?}");
    }

    #[test]
    fn items_are_bytes_and_references() {
        check(&[], Some(b""), 0);
        check(b"\x00abc", Some(b"abc"), 3);
        check(&[0b1000, b'a', b'b', b'c', 0x01, 3], Some(b"abcabca"), 7);
        check(&[0b10, b'x', 0x0F, 1, 2], Some(&[b'x'; 21]), 21);
        check(b"\x00abcdefgh\x00i", Some(b"abcdefghi"), 9);
    }

    #[test]
    fn distances_have_twelve_bits() {
        let mut packed = Vec::new();
        let bytes: Vec<u8> = (0..600_u16).map(|i| (i % 251) as u8).collect();
        for group in bytes.chunks(8) {
            packed.push(0);
            packed.extend(group);
        }
        packed.extend([1, 0x20, 0x58]);
        let mut expected = bytes.clone();
        expected.extend(&bytes[..3]);
        check(&packed, Some(&expected), 603);
    }

    #[test]
    fn what_does_not_fill_the_place_is_refused() {
        check(b"\x00abc", None, 4);
        check(b"\x00abc", None, 2);
        check(&[0b10, b'x', 0x0F, 1, 2], None, 20);
        check(&[0b10, b'x', 0x0F, 1], None, 18);
        check(&[0b10, b'x', 0x00], None, 4);
    }

    #[test]
    fn references_to_nothing_are_refused() {
        check(&[0b10, b'x', 0x00, 2], None, 4);
        check(&[0b10, b'x', 0x00, 0], None, 4);
        check(&[1, 0x00, 1], None, 3);
    }
}
