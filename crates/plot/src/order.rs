//! A few things in their order.

/// Sorts a few things by a key; those with the same key stay as they stood.
///
/// For many things the standard library's sort is faster, but it makes the page a kilobyte larger for
/// each kind of thing.
pub fn sort_few<T, K: PartialOrd>(things: &mut [T], key: impl Fn(&T) -> K) {
    for end in 1..things.len() {
        let mut place = end;
        while place > 0 && key(&things[place - 1]) > key(&things[place]) {
            things.swap(place - 1, place);
            place -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_stay_as_they_stood() {
        let mut things = [(2, 'a'), (1, 'b'), (3, 'c'), (1, 'd'), (2, 'e')];
        sort_few(&mut things, |(number, _)| *number);
        assert_eq!(things, [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'e'), (3, 'c')]);
    }
}
