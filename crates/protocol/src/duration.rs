//! Times as text: `1.5ms`, `2s`. Scenario files, verbs and traces write them so.

/// Reads a time with its unit, as nanoseconds: `ns`, `us`, `ms`, `s`, `min` or `h`. At most 1,000
/// hours, with at most nine digits after the point.
pub fn parse_ns(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let unit_ns: u128 = match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || whole.len() > 18 || fraction.len() > 9 {
        return None;
    }
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let parts = whole.parse::<u128>().ok()? * scale + fraction.parse::<u128>().ok()?;
    let ns = u64::try_from(parts * unit_ns / scale).ok()?;
    (ns <= 3_600_000_000_000_000).then_some(ns)
}

/// Nanoseconds as milliseconds, exactly: `0.7ms`.
pub fn ms(ns: u64) -> String {
    decimal(ns, 6) + "ms"
}

/// Nanoseconds exactly, in milliseconds below a second and in seconds from there on: `700ms`, `4.2s`.
pub fn short(ns: u64) -> String {
    if ns < 1_000_000_000 {
        ms(ns)
    } else {
        decimal(ns, 9) + "s"
    }
}

/// The number with its point so many digits from the right.
fn decimal(number: u64, places: u32) -> String {
    let scale = 10_u64.pow(places);
    let (whole, rest) = (number / scale, number % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let fraction = format!("{:01$}", rest, places as usize);
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_to_the_nanosecond() {
        assert_eq!(parse_ns("4.200000001s"), Some(4_200_000_001));
        assert_eq!(parse_ns("1.5ms"), Some(1_500_000));
        assert_eq!(parse_ns("5min"), Some(300_000_000_000));
        for bad in [
            "", "s", "1", ".5s", "1.s", "1e3s", "-1s", "1 s", "1.2.3s", "9999999h", "1m",
        ] {
            assert_eq!(parse_ns(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_read_back_as_written() {
        for (ns, text) in [(0, "0ms"), (700_000, "0.7ms"), (2_000_000, "2ms")] {
            assert_eq!((ms(ns), short(ns)), (text.to_owned(), text.to_owned()));
        }
        assert_eq!(short(4_200_000_001), "4.200000001s");
        assert_eq!(short(60_000_000_000), "60s");
        for ns in [1, 999_999, 1_000_001, 123_456_789_000] {
            assert_eq!(parse_ns(&ms(ns)), Some(ns));
            assert_eq!(parse_ns(&short(ns)), Some(ns));
        }
    }
}
