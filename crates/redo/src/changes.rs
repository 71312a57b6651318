//! The changes of one transaction.

use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::slice;

use crate::change::Change;

/// Changes that belong together, in order. Most transactions of a load test make one, and millions of
/// them come: a single change lies here and not on the heap.
#[derive(Clone, Debug)]
pub struct Changes(Few);

#[derive(Clone, Debug)]
enum Few {
    One(Change),
    /// None, or several.
    Many(Vec<Change>),
}

impl Default for Changes {
    fn default() -> Self {
        Self(Few::Many(Vec::new()))
    }
}

impl From<Change> for Changes {
    fn from(change: Change) -> Self {
        Self(Few::One(change))
    }
}

impl Deref for Changes {
    type Target = [Change];

    #[inline]
    fn deref(&self) -> &[Change] {
        match &self.0 {
            Few::One(change) => slice::from_ref(change),
            Few::Many(changes) => changes,
        }
    }
}

impl FromIterator<Change> for Changes {
    #[inline]
    fn from_iter<I: IntoIterator<Item = Change>>(changes: I) -> Self {
        let mut changes = changes.into_iter();
        match (changes.next(), changes.next()) {
            (None, _) => Self::default(),
            (Some(one), None) => one.into(),
            (Some(first), Some(second)) => {
                let all = [first, second].into_iter().chain(changes);
                Self(Few::Many(all.collect()))
            }
        }
    }
}

/// As a list.
impl Hash for Changes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lsn::PageId;

    #[test]
    fn so_many_as_go_in_are_there_in_order_however_they_are_kept() {
        for count in 0..5 {
            let changes = || (0..count).map(|page| Change::account(PageId(page), 100, false));
            let kept: Changes = changes().collect();
            assert_eq!(kept.len(), count as usize);
            assert_eq!(kept.is_empty(), count == 0);
            assert!(kept.iter().map(|change| change.page.0).eq(0..count));
            assert!(matches!(kept.0, Few::One(_)) == (count == 1));
        }
    }
}
