//! The least that could be done: a generator and a heap with nothing around them.

use sim::{Delay, Stream};

/// xoshiro256++ (Blackman and Vigna 2019), and a table that turns its bits into durations.
pub(crate) struct Draw {
    state: [u64; 4],
    /// Exponential durations in nanoseconds, mean 1 ms.
    table: Vec<u64>,
}

const TABLE_BITS: u32 = 12;

impl Draw {
    pub(crate) fn new() -> Self {
        let delay = Delay::Exponential { mean_ms: 1.0 };
        let mut stream = Stream::new(1, "table");
        let sample = |_| delay.sample(&mut stream).0;
        Self {
            state: [1, 2, 3, 4],
            table: (0..1 << TABLE_BITS).map(sample).collect(),
        }
    }

    pub(crate) fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let bits = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        bits
    }

    pub(crate) fn duration_ns(&mut self) -> u64 {
        let place = self.bits() >> (u64::BITS - TABLE_BITS);
        self.table[place as usize]
    }
}

/// A heap of bare keys, four children to a parent, smallest first. The key holds a time and, in its
/// lowest bits, which event it is.
#[derive(Default)]
pub(crate) struct Heap(Vec<u64>);

impl Heap {
    pub(crate) fn push(&mut self, key: u64) {
        let keys = &mut self.0;
        let mut hole = keys.len();
        keys.push(key);
        while hole > 0 {
            let parent = (hole - 1) / 4;
            if keys[parent] <= key {
                break;
            }
            keys[hole] = keys[parent];
            hole = parent;
        }
        keys[hole] = key;
    }

    pub(crate) fn pop(&mut self) -> Option<u64> {
        let keys = &mut self.0;
        let key = keys.pop()?;
        let Some(first) = keys.first().copied() else {
            return Some(key);
        };
        let mut hole = 0;
        loop {
            let first_child = hole * 4 + 1;
            let smallest = match keys.get(first_child..first_child + 4) {
                Some(four) => first_child + smallest_of_four(four),
                None => match (first_child..keys.len()).min_by_key(|child| keys[*child]) {
                    Some(child) => child,
                    None => break,
                },
            };
            if keys[smallest] >= key {
                break;
            }
            keys[hole] = keys[smallest];
            hole = smallest;
        }
        keys[hole] = key;
        Some(first)
    }
}

/// Without branches: which child is smallest is what no processor can guess.
fn smallest_of_four(four: &[u64]) -> usize {
    let left = usize::from(four[1] < four[0]);
    let right = 2 + usize::from(four[3] < four[2]);
    let take_right = usize::from(four[right] < four[left]);
    left + take_right * (right - left)
}
