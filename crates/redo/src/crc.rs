//! CRC-32C: by the processor's instruction where there is one. A browser offers none.

#[cfg(not(target_family = "wasm"))]
use crc32c::crc32c_append as append;
#[cfg(target_family = "wasm")]
use tables::append;

/// The checksum of some bytes.
#[inline]
pub fn crc32c(bytes: &[u8]) -> u32 {
    append(0, bytes)
}

/// The checksum of bytes that follow those of which it is `crc`.
#[inline]
pub fn crc32c_append(crc: u32, bytes: &[u8]) -> u32 {
    append(crc, bytes)
}

/// Eight bytes at a time, by tables that are computed at first use: stored, they would be 8 KiB that
/// every visit loads, and that nothing packs.
#[cfg(any(test, target_family = "wasm"))]
mod tables {
    use std::sync::LazyLock;

    /// Castagnoli's polynomial, the highest power in the lowest bit.
    const POLYNOMIAL: u32 = 0x82f6_3b78;

    /// What a byte makes of the checksum, by how many bytes follow it in its word.
    static TABLES: LazyLock<[[u32; 256]; 8]> = LazyLock::new(|| {
        let mut tables = [[0; 256]; 8];
        for byte in 0..=u8::MAX {
            let mut crc = u32::from(byte);
            for table in &mut tables {
                for _ in 0..8 {
                    crc = (crc >> 1) ^ (POLYNOMIAL * (crc & 1));
                }
                table[usize::from(byte)] = crc;
            }
        }
        tables
    });

    pub(super) fn append(crc: u32, bytes: &[u8]) -> u32 {
        let tables = &*TABLES;
        let (words, rest) = bytes.as_chunks::<8>();
        let of_words = words.iter().fold(!crc, |crc, word| {
            let crc = crc.to_le_bytes();
            let mixed: [u8; 8] = std::array::from_fn(|n| word[n] ^ crc.get(n).unwrap_or(&0));
            let parts = mixed.iter().zip(tables.iter().rev());
            parts.fold(0, |crc, (&byte, table)| crc ^ table[usize::from(byte)])
        });
        let all = rest.iter().fold(of_words, |crc, byte| {
            (crc >> 8) ^ tables[0][usize::from(crc.to_le_bytes()[0] ^ byte)]
        });
        !all
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn tables_give_what_the_instruction_gives() {
        let bytes: Vec<u8> = (0..100_u8).map(|n| n.wrapping_mul(37)).collect();
        for from in 0..9 {
            for to in from..bytes.len() {
                let (before, after) = (&bytes[..from], &bytes[from..to]);
                let crc = super::crc32c(before);
                assert_eq!(super::tables::append(0, before), crc);
                assert_eq!(
                    super::tables::append(crc, after),
                    super::crc32c_append(crc, after)
                );
            }
        }
    }
}
