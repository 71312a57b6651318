//! Numbers as the interface writes them.

use plot::float;

/// `1042` as `1,042`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count in few letters: `950`, `12k`, `3.2M`.
pub fn rounded(number: u64) -> String {
    match number {
        0..10_000 => grouped(number),
        10_000..1_000_000 => format!("{}k", number / 1_000),
        _ => format!("{}M", three_digits(float(number / 100_000) / 10.0)),
    }
}

/// A model time in at most ten letters: to the microsecond while the run is younger than a second,
/// then to 10 microseconds, then shorter: `612.345 ms`, `2.00411 s`, `60.608 s`, `612.34 s`.
pub fn seconds(ns: u64) -> String {
    match ns {
        0..SECOND => format!("{}.{:03} ms", ns / 1_000_000, ns / 1_000 % 1_000),
        SECOND..TEN_SECONDS => decimal_seconds(ns, 5),
        TEN_SECONDS..HUNDRED_SECONDS => decimal_seconds(ns, 3),
        _ => decimal_seconds(ns, 2),
    }
}

const SECOND: u64 = 1_000_000_000;
const TEN_SECONDS: u64 = 10 * SECOND;
const HUNDRED_SECONDS: u64 = 100 * SECOND;

/// Since when something holds, where there is little room: `2.004 s`, `2 s`, `612.3 ms`.
pub fn since(ns: u64) -> String {
    let (whole, fraction, unit) = if ns < SECOND {
        (ns / 1_000_000, format!("{}", ns / 100_000 % 10), "ms")
    } else {
        let thousandths = ns / 1_000_000 % 1_000;
        (ns / SECOND, format!("{thousandths:03}"), "s")
    };
    let whole = grouped(whole);
    match fraction.trim_end_matches('0') {
        "" => format!("{whole} {unit}"),
        fraction => format!("{whole}.{fraction} {unit}"),
    }
}

/// A model time to the microsecond: `2.004117 s`.
pub fn seconds_fine(ns: u64) -> String {
    decimal_seconds(ns, 6)
}

fn decimal_seconds(ns: u64, digits: usize) -> String {
    // Cut, not rounded: a moment is not shown before it has come.
    let fraction = format!("{:09}", ns % 1_000_000_000);
    format!("{}.{} s", grouped(ns / 1_000_000_000), &fraction[..digits])
}

/// A span of time with three digits, in the unit that suits it: `1.94 ms`, `85 µs`, `2.5 s`.
pub fn span(ns: u64) -> String {
    let (number, unit) = span_parts(ns);
    format!("{number} {unit}")
}

/// The same as number and unit.
pub fn span_parts(ns: u64) -> (String, &'static str) {
    match ns {
        0 => ("0".to_owned(), "ms"),
        1..100_000 => (three_digits(float(ns) / 1e3), "µs"),
        100_000..1_000_000_000 => (three_digits(float(ns) / 1e6), "ms"),
        _ => (three_digits(float(ns) / 1e9), "s"),
    }
}

/// Nanoseconds as milliseconds with three digits, without the unit: `1.94`.
pub fn millis(ns: u64) -> String {
    three_digits(float(ns) / 1e6)
}

/// Bytes with three digits, in powers of ten: `56.1 kB`, `1.2 GB`.
pub fn bytes(count: u64) -> String {
    let bytes = float(count);
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{} kB", three_digits(bytes / 1e3)),
        1_000_000..1_000_000_000 => format!("{} MB", three_digits(bytes / 1e6)),
        _ => format!("{} GB", three_digits(bytes / 1e9)),
    }
}

/// A byte position in WAL, as PostgreSQL writes it: `0/1A2B`.
pub fn wal_position(at: u64) -> String {
    format!("{:X}/{:X}", at >> 32, at & 0xFFFF_FFFF)
}

/// A share of a whole: `12.5 %`, `0 %` of nothing.
pub fn percent(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    let share = float(part) * 100.0 / float(whole);
    if share < 0.1 {
        "under 0.1 %".to_owned()
    } else {
        format!("{} %", three_digits(share))
    }
}

/// A number with so many decimals and with separators: `1,042.50`, `−3`.
pub(crate) fn decimal(number: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    let is_below_zero = number < 0.0 && text.contains(|digit| ('1'..='9').contains(&digit));
    let sign = if is_below_zero { "−" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    [sign, &whole, point, fraction].concat()
}

/// Up to three digits that say something, and no zeros that say nothing: `1.94`, `12.5`, `0.085`.
pub(crate) fn three_digits(number: f64) -> String {
    if number < 0.0 {
        return format!("−{}", three_digits(-number));
    }
    let decimals = match number {
        n if n >= 99.95 => 0,
        n if n >= 9.995 => 1,
        n if n >= 0.1 => 2,
        _ => 3,
    };
    let text = format!("{number:.decimals$}");
    if decimals == 0 {
        let whole = plot::whole(number);
        return grouped(whole);
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lsns_have_commas() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1042, "1,042"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn times_have_sensible_digits() {
        assert_eq!(seconds(2_004_199_999), "2.00419 s");
        assert_eq!(seconds(0), "0.000 ms");
        assert_eq!(seconds(117_999), "0.117 ms");
        assert_eq!(seconds(999_999_999), "999.999 ms");
        assert_eq!(seconds(60_608_600_000), "60.608 s");
        assert_eq!(seconds(612_345_000_000), "612.34 s");
        assert_eq!(since(2_000_000_000), "2 s");
        assert_eq!(since(2_004_117_000), "2.004 s");
        assert_eq!(since(2_100_000_000), "2.1 s");
        assert_eq!(since(12_345_000), "12.3 ms");
        assert_eq!(seconds_fine(117_000), "0.000117 s");
        assert_eq!(span(1_940_000), "1.94 ms");
        assert_eq!(span(85_000), "85 µs");
        assert_eq!(span(2_500_000_000), "2.5 s");
        assert_eq!(span(250_000_000), "250 ms");
        assert_eq!(millis(12_340_000), "12.3");
    }

    #[test]
    fn events_a_microsecond_apart_differ_early_and_no_time_is_long() {
        for ns in [0, 999_998_000] {
            assert_ne!(seconds(ns), seconds(ns + 1_000));
        }
        for power in 0..13 {
            let time = seconds(10_u64.pow(power) - 1);
            assert!(time.chars().count() <= 10, "{time}");
        }
    }

    #[test]
    fn positions_in_wal_are_two_halves() {
        assert_eq!(wal_position(0), "0/0");
        assert_eq!(wal_position(0x1A2B), "0/1A2B");
        assert_eq!(wal_position(0x1_0000_0010), "1/10");
    }

    #[test]
    fn decimals_have_signs_and_separators() {
        for (number, decimals, text) in [
            (0.0, 0, "0"),
            (-0.04, 1, "0.0"),
            (-0.06, 1, "−0.1"),
            (1042.5, 2, "1,042.50"),
        ] {
            assert_eq!(decimal(number, decimals), text);
        }
        assert_eq!(three_digits(-12.34), "−12.3");
    }

    #[test]
    fn bytes_and_shares_are_rounded() {
        assert_eq!(bytes(56_123), "56.1 kB");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(rounded(12_400), "12k");
        assert_eq!(rounded(3_250_000), "3.2M");
        assert_eq!(percent(1, 8), "12.5 %");
        assert_eq!(percent(1, 1_000_000), "under 0.1 %");
        assert_eq!(percent(5, 0), "0 %");
    }
}
