//! One value for each page, whose copies share what they have in common.

use std::rc::Rc;

use crate::lsn::PageId;
use crate::shared_tree::SharedTree;

/// Values per chunk.
const CHUNK: u32 = 64;

/// A table from page to value, sparse by chunks of 64 pages. Cloning copies one pointer; the first
/// write to a chunk after that copies the chunk and the few nodes above it.
#[derive(Clone, Debug)]
pub struct PageMap<T> {
    chunks: SharedTree<Rc<[T; CHUNK as usize]>>,
    /// No chunk from here on was ever set.
    end: u32,
}

impl<T> Default for PageMap<T> {
    fn default() -> Self {
        Self {
            chunks: SharedTree::default(),
            end: 0,
        }
    }
}

impl<T: Clone + Default> PageMap<T> {
    /// The page's value, the default if none was set.
    #[inline]
    pub fn get(&self, page: PageId) -> T {
        self.find(page).cloned().unwrap_or_default()
    }

    /// The page's value. `None`: nothing was set near it.
    #[inline]
    pub fn find(&self, page: PageId) -> Option<&T> {
        let (chunk, place) = split(page);
        self.chunks.get(chunk).map(|values| &values[place])
    }

    /// The page's value, for writing.
    #[inline]
    pub fn get_mut(&mut self, page: PageId) -> &mut T {
        let (chunk, place) = split(page);
        self.end = self.end.max(chunk + 1);
        let empty = || Rc::new(std::array::from_fn(|_| T::default()));
        let values = self.chunks.place(chunk).get_or_insert_with(empty);
        &mut Rc::make_mut(values)[place]
    }

    /// The pages from this one on near which something was set, with their values.
    pub fn iter_from(&self, page: PageId) -> impl Iterator<Item = (PageId, &T)> {
        let (first, place) = split(page);
        (first..self.end).flat_map(move |chunk| {
            let skip = if chunk == first { place } else { 0 };
            let pages = (chunk * CHUNK..).map(PageId);
            let values = self.chunks.get(chunk).map_or(&[][..], |values| &values[..]);
            pages.zip(values).skip(skip)
        })
    }

    /// Sets the page's value and gives back the one before.
    pub fn replace(&mut self, page: PageId, value: T) -> T {
        std::mem::replace(self.get_mut(page), value)
    }
}

const fn split(page: PageId) -> (u32, usize) {
    (page.0 / CHUNK, (page.0 % CHUNK) as usize)
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
            let set = |(page, value): (PageId, &u64)| (*value > 0).then_some((page.0, *value));
            prop_assert_eq!(map.iter_from(PageId(700)).filter_map(set).collect::<Vec<_>>(),
                plain.range(700..).map(|(page, value)| (*page, *value)).collect::<Vec<_>>());
            for page in 0..2000 {
                prop_assert_eq!(map.get(PageId(page)), plain.get(&page).copied().unwrap_or_default());
                prop_assert_eq!(copy.get(PageId(page)),
                    plain_copy.get(&page).copied().unwrap_or_default());
            }
        }
    }
}
