//! A sparse array of values under one root, whose copies share what they have in common.

use std::rc::Rc;

/// Children of a node, 2^7: wider ones take more to copy, narrower ones more levels to read.
const WIDTH: usize = 1 << BITS;
/// Bits of an index that choose a child.
const BITS: u32 = 7;

/// A radix tree from index to value. Cloning copies the root's pointer; the first write after that
/// copies the nodes on the way to its place, and they are few: two levels hold 16,384 values.
///
/// ```text
/// root ----> node ----> node ----> values 0 .. 127
///               \          \-----> values 128 .. 255     an index is read 7 bits at a time,
///                \----> (absent)                         the highest first
/// ```
#[derive(Clone, Debug)]
pub(crate) struct SharedTree<T> {
    root: Option<Rc<Node<T>>>,
    /// Levels of branches above the leaves.
    height: u32,
}

#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a value is a pointer: both variants hold as many"
)]
enum Node<T> {
    Branch([Option<Rc<Self>>; WIDTH]),
    Leaf([Option<T>; WIDTH]),
}

impl<T> Default for SharedTree<T> {
    fn default() -> Self {
        Self {
            root: None,
            height: 0,
        }
    }
}

impl<T: Clone> SharedTree<T> {
    /// The value at `index`, if there is one.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        if self.is_beyond(index) {
            return None;
        }
        let mut node = self.root.as_deref()?;
        let mut height = self.height;
        while let Node::Branch(children) = node {
            node = children[digit(index, height)].as_deref()?;
            height -= 1;
        }
        match node {
            Node::Leaf(values) => values[digit(index, 0)].as_ref(),
            Node::Branch(_) => None,
        }
    }

    /// The place at `index`, for writing.
    pub(crate) fn place(&mut self, index: u32) -> &mut Option<T> {
        while self.is_beyond(index) {
            if let Some(root) = self.root.take() {
                let mut children = [const { None }; WIDTH];
                children[0] = Some(root);
                self.root = Some(Rc::new(Node::Branch(children)));
            }
            self.height += 1;
        }
        let mut height = self.height;
        let mut link = &mut self.root;
        loop {
            let node = link.get_or_insert_with(|| Rc::new(Node::empty(height)));
            match Rc::make_mut(node) {
                Node::Leaf(values) => return &mut values[digit(index, 0)],
                Node::Branch(children) => link = &mut children[digit(index, height)],
            }
            height -= 1;
        }
    }

    /// Whether the tree is too low to have a place for `index`.
    const fn is_beyond(&self, index: u32) -> bool {
        (index as u64) >> ((self.height + 1) * BITS) > 0
    }
}

impl<T> Node<T> {
    const fn empty(height: u32) -> Self {
        if height == 0 {
            Self::Leaf([const { None }; WIDTH])
        } else {
            Self::Branch([const { None }; WIDTH])
        }
    }
}

/// The bits of `index` that choose a child at this height.
const fn digit(index: u32, height: u32) -> usize {
    (index >> (height * BITS)) as usize % WIDTH
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Indices near and far, so that trees of every height occur.
    fn index() -> impl Strategy<Value = u32> {
        (0_u32..300, 0_u32..32).prop_map(|(near, shift)| near.checked_shl(shift).unwrap_or(near))
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_plain_map_and_so_does_its_copy(
            before in proptest::collection::vec((index(), 0_u8..9), 0..100),
            after in proptest::collection::vec((index(), 0_u8..9), 0..100),
        ) {
            let (mut tree, mut plain) = (SharedTree::default(), BTreeMap::new());
            for (index, value) in &before {
                prop_assert_eq!(tree.place(*index).replace(*value), plain.insert(*index, *value));
            }
            let (copy, plain_copy) = (tree.clone(), plain.clone());
            for (index, value) in &after {
                *tree.place(*index) = Some(*value);
                plain.insert(*index, *value);
            }
            for (index, _) in before.iter().chain(&after) {
                prop_assert_eq!(tree.get(*index), plain.get(index));
                prop_assert_eq!(copy.get(*index), plain_copy.get(index));
            }
        }
    }

    #[test]
    fn what_was_never_set_is_absent() {
        let mut tree = SharedTree::default();
        assert_eq!(tree.get(0), None::<&u8>);
        *tree.place(5000) = Some(1);
        assert_eq!(
            [0, 4999, 5001, u32::MAX].map(|index| tree.get(index)),
            [None; 4]
        );
        *tree.place(u32::MAX) = Some(2);
        assert_eq!((tree.get(5000), tree.get(u32::MAX)), (Some(&1), Some(&2)));
    }
}
