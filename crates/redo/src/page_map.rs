//! One value for each page, whose copies share what they have in common.

use std::sync::Arc;

use crate::lsn::PageId;

/// Values per chunk.
const CHUNK: usize = 512;

/// A table from page to value, sparse by chunks of 512 pages. Cloning costs one pointer for each
/// chunk; the first write to a chunk after that copies it.
#[derive(Clone, Debug)]
pub struct PageMap<T> {
    chunks: Vec<Option<Arc<[T; CHUNK]>>>,
}

impl<T> Default for PageMap<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T: Copy + Default> PageMap<T> {
    /// The page's value, the default if none was set.
    pub fn get(&self, page: PageId) -> T {
        let (chunk, place) = split(page);
        self.chunks
            .get(chunk)
            .and_then(Option::as_ref)
            .map_or_else(T::default, |c| c[place])
    }

    /// Sets the page's value and gives back the one before.
    pub fn replace(&mut self, page: PageId, value: T) -> T {
        let (chunk, place) = split(page);
        if self.chunks.len() <= chunk {
            self.chunks.resize(chunk + 1, None);
        }
        let values = self.chunks[chunk].get_or_insert_with(|| Arc::new([T::default(); CHUNK]));
        std::mem::replace(&mut Arc::make_mut(values)[place], value)
    }
}

const fn split(page: PageId) -> (usize, usize) {
    (page.0 as usize / CHUNK, page.0 as usize % CHUNK)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_agrees_with_a_plain_map_and_so_does_its_copy(
            before in proptest::collection::vec((0_u32..2000, 1_u64..9), 0..200),
            after in proptest::collection::vec((0_u32..2000, 1_u64..9), 0..200),
        ) {
            let (mut map, mut plain) = (PageMap::default(), BTreeMap::new());
            for (page, value) in before {
                prop_assert_eq!(map.replace(PageId(page), value),
                    plain.insert(page, value).unwrap_or_default());
            }
            let (copy, plain_copy) = (map.clone(), plain.clone());
            for (page, value) in after {
                map.replace(PageId(page), value);
                plain.insert(page, value);
            }
            for page in 0..2000 {
                prop_assert_eq!(map.get(PageId(page)), plain.get(&page).copied().unwrap_or_default());
                prop_assert_eq!(copy.get(PageId(page)),
                    plain_copy.get(&page).copied().unwrap_or_default());
            }
        }
    }
}
