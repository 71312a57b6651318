//! Round numbers: 1, 2 and 5 times a power of ten.

/// At most `count` round numbers from `low` to `high`, both ends included when they are round.
///
/// `count` is at least 2. Nothing comes out of an empty or senseless domain.
pub fn ticks(low: f64, high: f64, count: u32) -> Vec<f64> {
    if !(low.is_finite() && high.is_finite() && low < high) {
        return Vec::new();
    }
    let mut step = round_up((high - low) / f64::from(count.max(2)));
    let numbers = |step: f64| {
        let first = (low / step - 1e-9).ceil();
        let last = (high / step + 1e-9).floor();
        (first, last)
    };
    let (mut first, mut last) = numbers(step);
    while last - first + 1.0 > f64::from(count.max(2)) {
        step = round_up(step * 1.5);
        (first, last) = numbers(step);
    }
    let mut ticks = Vec::new();
    let mut n = first;
    while n <= last {
        ticks.push(n * step);
        n += 1.0;
    }
    ticks
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `value`.
///
/// 1 for what is not above zero.
pub fn round_up(value: f64) -> f64 {
    if !(value.is_finite() && value > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|&round| round >= value * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(0.0, 5.0, 6), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(ticks(0.0, 7.0, 4), [0.0, 2.0, 4.0, 6.0]);
        assert_eq!(ticks(3.0, 19.0, 5), [5.0, 10.0, 15.0]);
        assert_eq!(ticks(1.0, 1.0, 5), []);
    }

    #[test]
    fn there_are_never_more_ticks_than_asked_for() {
        for high in 1..400 {
            for count in 2..9 {
                let found = ticks(0.0, f64::from(high) * 0.13, count);
                assert!(found.len() <= count as usize, "{high} {count}: {found:?}");
                assert!(!found.is_empty(), "{high} {count}");
            }
        }
    }

    #[test]
    fn rounding_up_keeps_what_is_round() {
        for (value, round) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (1.2, 2.0),
            (4.9, 5.0),
            (51.0, 100.0),
        ] {
            assert!((round_up(value) - round).abs() < 1e-9, "{value}");
        }
    }
}
