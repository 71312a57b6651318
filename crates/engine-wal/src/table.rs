//! One value for each buffer, whose copies share what they have in common.
//!
//! The numbers of buffers are dense, so a value is found by one step from its chunk's pointer. Beside
//! one another lie values alone that are used together: the fewer bytes a buffer takes, the more of
//! them stay near the processor, and a page that is chosen at random waits for memory less often.

use std::rc::Rc;

/// Values per chunk.
const CHUNK: usize = 512;

/// Values by number, from 0. Cloning copies a pointer for each 512 of them; the first write to a chunk
/// after that copies the chunk.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    chunks: Vec<Rc<[T]>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T: Clone> Table<T> {
    /// Sets a value. Its number is among those that were set, or the next one.
    pub(crate) fn set(&mut self, number: u32, value: T) {
        if self.chunks.len() * CHUNK == number as usize {
            self.chunks.push(vec![value; CHUNK].into());
        } else {
            *self.get_mut(number) = value;
        }
    }

    /// A value that was set.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> &T {
        let (chunk, place) = split(number);
        &self.chunks[chunk][place]
    }

    /// The same, for writing.
    #[inline]
    pub(crate) fn get_mut(&mut self, number: u32) -> &mut T {
        let (chunk, place) = split(number);
        &mut Rc::make_mut(&mut self.chunks[chunk])[place]
    }
}

const fn split(number: u32) -> (usize, usize) {
    (number as usize / CHUNK, number as usize % CHUNK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_what_it_had() {
        let mut table = Table::default();
        (0..1_500).for_each(|number| table.set(number, number));
        let copy = table.clone();
        table.set(7, 0);
        *table.get_mut(1_024) += 1;
        let values = |table: &Table<u32>| [7, 1_023, 1_024, 1_499].map(|number| *table.get(number));
        assert_eq!(values(&table), [0, 1_023, 1_025, 1_499]);
        assert_eq!(values(&copy), [7, 1_023, 1_024, 1_499]);
    }
}
