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

/// At most `count` round numbers from `low` to `high`: powers of ten with 2 and 5 times each, or the
/// powers alone, or every second of them, every third ...
///
/// `count` is at least 2. Nothing comes out of a domain that is empty, senseless or not above zero.
pub fn log_ticks(low: f64, high: f64, count: u32) -> Vec<f64> {
    if !(high.is_finite() && 0.0 < low && low < high) {
        return Vec::new();
    }
    let within = |tick: &f64| low * (1.0 - 1e-9) <= *tick && *tick <= high * (1.0 + 1e-9);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the power of ten of a number is small"
    )]
    let powers = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
    let some = |digits: &[f64], every: usize| -> Vec<f64> {
        let powers = powers.clone().step_by(every);
        let numbers = powers.flat_map(|power| digits.iter().map(move |d| d * 10_f64.powi(power)));
        numbers.filter(within).collect()
    };
    let is_few = |ticks: &Vec<f64>| ticks.len() <= count.max(2) as usize;
    let fine = std::iter::once(some(&[1.0, 2.0, 5.0], 1));
    let coarse = (1..).map(|every| some(&[1.0], every));
    fine.chain(coarse).find(is_few).unwrap_or_default()
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `value`.
///
/// 1 for what is not above zero.
pub fn round_up(value: f64) -> f64 {
    if !(value.is_finite() && value > 0.0) {
        return 1.0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float has 309 powers of ten"
    )]
    let power = 10_f64.powi(value.log10().floor() as i32);
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
    fn logarithmic_ticks_are_powers_of_ten_and_round_numbers_between() {
        let near = |found: &[f64], expected: &[f64]| {
            let mut pairs = found.iter().zip(expected);
            found.len() == expected.len() && pairs.all(|(a, b)| (a / b - 1.0).abs() < 1e-9)
        };
        assert!(near(
            &log_ticks(0.1, 5.0, 8),
            &[0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
        ));
        assert!(near(&log_ticks(0.1, 100.0, 4), &[0.1, 1.0, 10.0, 100.0]));
        assert!(near(&log_ticks(1.0, 1e6, 4), &[1.0, 1e2, 1e4, 1e6]));
        for (low, high) in [(0.0, 1.0), (-1.0, 1.0), (2.0, 2.0), (1.0, f64::INFINITY)] {
            assert_eq!(log_ticks(low, high, 5), []);
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
