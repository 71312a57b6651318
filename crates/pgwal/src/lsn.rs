use std::fmt;
use std::str::FromStr;

/// A place in PostgreSQL's log: a byte position in the stream of all WAL ever written.
///
/// It counts page headers and padding too, so it is not the dense record number that a volume
/// gives its own records. Prints as PostgreSQL does, `hi/lo` in hexadecimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WalLsn(pub u64);

impl fmt::Display for WalLsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

impl FromStr for WalLsn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let half = |digits: &str| {
            let fits = (1..=8).contains(&digits.len());
            let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            (fits && hex)
                .then(|| u64::from_str_radix(digits, 16).ok())
                .flatten()
        };
        text.split_once('/')
            .and_then(|(high, low)| Some(Self((half(high)? << 32) | half(low)?)))
            .ok_or_else(|| format!("expected an LSN like 0/16B3740, found \"{text}\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lsn_prints_and_parses_as_postgresql_writes_it() {
        for (lsn, text) in [
            (WalLsn(0), "0/0"),
            (WalLsn(0x16B_3740), "0/16B3740"),
            (WalLsn(0xABCD_0000_0028), "ABCD/28"),
            (WalLsn(u64::MAX), "FFFFFFFF/FFFFFFFF"),
        ] {
            assert_eq!(lsn.to_string(), text);
            assert_eq!(text.parse(), Ok(lsn));
        }
    }

    #[test]
    fn what_is_no_lsn_is_refused() {
        for text in [
            "",
            "/",
            "1",
            "1/",
            "/1",
            "0/123456789",
            "g/0",
            "0/+1",
            "1/2/3",
            " 1/2",
        ] {
            assert!(text.parse::<WalLsn>().is_err(), "{text}");
        }
    }
}
