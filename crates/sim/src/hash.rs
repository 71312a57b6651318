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

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.fold(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u8(&mut self, word: u8) {
        self.fold(word.into());
    }

    #[inline]
    fn write_u16(&mut self, word: u16) {
        self.fold(word.into());
    }

    #[inline]
    fn write_u32(&mut self, word: u32) {
        self.fold(word.into());
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.fold(word);
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.fold(word as u64);
    }

    #[inline]
    fn write_i8(&mut self, word: i8) {
        self.write_i64(word.into());
    }

    #[inline]
    fn write_i16(&mut self, word: i16) {
        self.write_i64(word.into());
    }

    #[inline]
    fn write_i32(&mut self, word: i32) {
        self.write_i64(word.into());
    }

    #[inline]
    fn write_i64(&mut self, word: i64) {
        self.fold(word.cast_unsigned());
    }

    #[inline]
    fn write_isize(&mut self, word: isize) {
        self.write_i64(word as i64);
    }
}

/// Hashes one item, such as a line of a trace, to be folded into a [`Digest`] as one word.
///
/// Each word has a weight of its own, a power of an odd number, and the hash is the weighted sum: no
/// word waits for the one before it, as it does in a digest.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    sum: u64,
    weight: u64,
}

impl Item {
    /// Before the first word.
    pub const NEW: Self = Self {
        sum: 0,
        weight: Self::BASE,
    };
    const BASE: u64 = 0xd134_2543_de82_ef95;

    #[inline]
    const fn add(&mut self, word: u64) {
        self.sum = self.sum.wrapping_add(word.wrapping_mul(self.weight));
        self.weight = self.weight.wrapping_mul(Self::BASE);
    }
}

/// Integers of fewer bits are bytes of one word, as the trait has it.
impl Hasher for Item {
    #[inline]
    fn finish(&self) -> u64 {
        self.sum
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.add(word);
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.add(word as u64);
    }

    #[inline]
    fn write_isize(&mut self, word: isize) {
        self.add((word as i64).cast_unsigned());
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

    #[test]
    fn an_items_hash_is_the_same_everywhere_and_tells_places_apart() {
        let hash = |value: &dyn Fn(&mut Item)| {
            let mut item = Item::NEW;
            value(&mut item);
            item.finish()
        };
        let known = hash(&|item| (1_u8, Some(2_usize), 3_u64, -5_isize).hash(item));
        assert_eq!(known, 13_652_352_902_384_054_178);
        let words = |words: [u64; 3]| hash(&move |item| words.hash(item));
        assert_ne!(words([1, 2, 3]), words([3, 2, 1]));
        assert_ne!(words([1, 2, 3]), words([2, 0, 4]));
    }
}
