//! A hash of state and of events that is the same on every target.

use std::hash::{Hash, Hasher};

/// Folds words into 64 bits: multiply and rotate, one step for each word.
///
/// It tells two runs apart; it does not resist anyone who wants a collision. Lengths and
/// discriminants are folded as 64 bits, so that a 32-bit target gives the same result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Digest {
    /// Before the first word.
    pub const NEW: Self = Self(0x5149_584f_464c_4401);

    /// Folds one word in.
    #[inline]
    pub const fn fold(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 29);
    }

    /// The hash of everything folded so far.
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.fold(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.fold(word.into());
    }

    fn write_u16(&mut self, word: u16) {
        self.fold(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.fold(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.fold(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.fold(word as u64);
    }

    fn write_i8(&mut self, word: i8) {
        self.write_i64(word.into());
    }

    fn write_i16(&mut self, word: i16) {
        self.write_i64(word.into());
    }

    fn write_i32(&mut self, word: i32) {
        self.write_i64(word.into());
    }

    fn write_i64(&mut self, word: i64) {
        self.fold(word.cast_unsigned());
    }

    fn write_isize(&mut self, word: isize) {
        self.write_i64(word as i64);
    }
}

/// The digest of one value.
pub fn digest_of(value: &impl Hash) -> u64 {
    let mut digest = Digest::NEW;
    value.hash(&mut digest);
    digest.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_known_value_never_changes() {
        let value = (1_u8, Some(2_usize), vec![3_u64, 4], -5_isize, [6_u16; 2]);
        assert_eq!(digest_of(&value), 0xf419_0636_6280_32d1);
    }
}
