//! A histogram with few enough bars to be seen.

use crate::{Path, Scale, float};

/// A histogram: equal bins from 0, of which the last also holds all that is beyond.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// Width of a bar, in the unit of the bins' width.
    pub width: f64,
    /// What each bar counts, without the empty bars at the end.
    pub counts: Vec<u64>,
    /// Whether the last bar holds what is beyond the last bin.
    pub overflow: bool,
}

impl Bars {
    /// Puts the bins together, 1, 2, 5, 10, 20, 50 ... at a time, until the bars up to the last
    /// count are at most `limit`.
    pub fn new(bins: &[u32], bin_width: f64, limit: usize) -> Self {
        let used = bins.iter().rposition(|&n| n > 0).map_or(0, |last| last + 1);
        let mut together = 1;
        for (times, by) in [(2, 1), (5, 2), (2, 1)].into_iter().cycle() {
            if used.div_ceil(together) <= limit.max(1) {
                break;
            }
            together = together * times / by;
        }
        Self {
            width: bin_width * float(together as u64),
            counts: bins[..used]
                .chunks(together)
                .map(|chunk| chunk.iter().map(|&n| u64::from(n)).sum())
                .collect(),
            overflow: used == bins.len() && used > 0,
        }
    }

    /// The highest bar.
    pub fn highest(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }

    /// Where the last bar ends.
    pub fn end(&self) -> f64 {
        self.width * float(self.counts.len() as u64)
    }

    /// The bars as one path, with `gap` between two of them.
    pub fn path(&self, x: &Scale, y: &Scale, gap: f64) -> String {
        let mut path = Path::new();
        for (n, &count) in (0_u64..).zip(&self.counts).filter(|(_, count)| **count > 0) {
            let left = x.at(self.width * float(n)) + gap / 2.0;
            let right = x.at(self.width * float(n + 1)) - gap / 2.0;
            let (floor, top) = (y.at(0.0), y.at(float(count)));
            path.rect(left, top, (right - left).max(0.5), floor - top);
        }
        path.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_put_together_until_they_are_few() {
        let mut bins = vec![0; 100];
        bins[0] = 1;
        bins[29] = 2;
        let bars = Bars::new(&bins, 0.1, 20);
        assert_eq!(bars.counts.len(), 15);
        assert!((bars.width - 0.2).abs() < 1e-9);
        assert_eq!((bars.counts[0], bars.counts[14]), (1, 2));
        assert!(!bars.overflow);
    }

    #[test]
    fn no_commit_gets_lost() {
        let bins: Vec<u32> = (0..97).map(|n| n * 7 % 11).collect();
        let all: u32 = bins.iter().sum();
        for limit in 1..97 {
            let bars = Bars::new(&bins, 1.0, limit);
            assert!(bars.counts.len() <= limit);
            assert_eq!(bars.counts.iter().sum::<u64>(), u64::from(all));
        }
    }

    #[test]
    fn nothing_makes_no_bars() {
        assert!(Bars::new(&[0, 0], 1.0, 5).counts.is_empty());
        assert!(Bars::new(&[], 1.0, 5).counts.is_empty());
    }
}
