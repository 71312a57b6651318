//! The versions of PostgreSQL whose WAL is read, and in what their WAL differs.
//!
//! Every major version stamps its pages with a magic number of its own. That number alone tells how
//! to read the rest: page headers, record headers and checksums have stayed the same from 13 to 18.
//!
//! | since | what differs |
//! |---|---|
//! | 14 | a record may name its top-level transaction |
//! | 15 | an image says which of three methods compressed it, with other bits than before |
//! | 15 | resource managers from 128 on belong to extensions |
//! | 15 | the end of a transaction lists the statistics that it dropped, 12 bytes each |
//! | 15 | a prepared transaction counts them |
//! | 18 | those at the end are 16 bytes each |
//!
//! The names of operations differ, too: see [`Operation`](crate::Operation).

use std::fmt;

/// A major version of PostgreSQL whose WAL can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PgVersion {
    /// PostgreSQL 13.
    V13,
    /// PostgreSQL 14.
    V14,
    /// PostgreSQL 15.
    V15,
    /// PostgreSQL 16.
    V16,
    /// PostgreSQL 17.
    V17,
    /// PostgreSQL 18.
    V18,
}

/// Versions that are known by their magic numbers, but not read.
const UNREAD: [(u16, &str); 3] = [(0xD097, "10"), (0xD098, "11"), (0xD101, "12")];

impl PgVersion {
    /// All of them, the oldest first.
    pub const ALL: [Self; 6] = [
        Self::V13,
        Self::V14,
        Self::V15,
        Self::V16,
        Self::V17,
        Self::V18,
    ];

    /// The version that stamps its pages with this magic number.
    pub fn from_magic(magic: u16) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|version| version.magic() == magic)
    }

    /// The magic number at the beginning of every page.
    pub fn magic(self) -> u16 {
        match self {
            Self::V13 => 0xD106,
            Self::V14 => 0xD10D,
            Self::V15 => 0xD110,
            Self::V16 => 0xD113,
            Self::V17 => 0xD116,
            Self::V18 => 0xD118,
        }
    }

    /// The number by which people call it.
    pub fn number(self) -> u8 {
        match self {
            Self::V13 => 13,
            Self::V14 => 14,
            Self::V15 => 15,
            Self::V16 => 16,
            Self::V17 => 17,
            Self::V18 => 18,
        }
    }

    /// Whether records may name their top-level transaction.
    pub(crate) fn names_toplevel_xids(self) -> bool {
        self >= Self::V14
    }

    /// Whether an image says how it was compressed, and not only that it was.
    pub(crate) fn names_compression(self) -> bool {
        self >= Self::V15
    }

    /// Whether extensions may have resource managers.
    pub(crate) fn has_custom_managers(self) -> bool {
        self >= Self::V15
    }

    /// Bytes of what the end of a transaction says of each dropped statistic, where it says it.
    pub(crate) fn dropped_statistic_bytes(self) -> Option<u32> {
        match self {
            Self::V13 | Self::V14 => None,
            Self::V15 | Self::V16 | Self::V17 => Some(12),
            Self::V18 => Some(16),
        }
    }
}

impl fmt::Display for PgVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL {}", self.number())
    }
}

/// What an error says of the WAL of a version.
pub(crate) fn wal_of(version: PgVersion) -> String {
    format!("{version} WAL ({})", magic_words(version.magic()))
}

/// What an error says of the WAL of any version that can be read.
pub(crate) fn readable_wal() -> String {
    let magics: Vec<String> = PgVersion::ALL
        .iter()
        .map(|version| format!("0x{:04X}", version.magic()))
        .collect();
    format!("PostgreSQL 13 to 18 WAL (magic {})", magics.join(", "))
}

/// What an error says of WAL that cannot be read; `None` if the magic number is not one of WAL.
pub(crate) fn unread_wal(magic: u16) -> Option<String> {
    let hex = magic_words(magic);
    let number = |magic| {
        let unread = UNREAD.iter().find(|(unread, _)| *unread == magic);
        unread.map(|(_, number)| number)
    };
    let turned = magic.swap_bytes();
    Some(match number(magic) {
        Some(number) => format!("PostgreSQL {number} WAL ({hex})"),
        None if PgVersion::from_magic(turned).is_some() || number(turned).is_some() => {
            format!("WAL of a big-endian machine ({hex})")
        }
        None => match magic {
            0xD119..=0xD1FF => format!("WAL of a later version ({hex})"),
            0xD102..=0xD118 => format!("WAL of an unreleased version ({hex})"),
            _ => return None,
        },
    })
}

/// A magic number as errors write it.
pub(crate) fn magic_words(magic: u16) -> String {
    format!("magic 0x{magic:04X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_tells_the_version_and_no_other() {
        let numbers: Vec<u8> = PgVersion::ALL.map(PgVersion::number).into();
        assert_eq!(numbers, (13..=18).collect::<Vec<_>>());
        for version in PgVersion::ALL {
            assert_eq!(PgVersion::from_magic(version.magic()), Some(version));
            assert_eq!(PgVersion::from_magic(version.magic() + 1), None);
        }
        assert_eq!(PgVersion::from_magic(0xD101), None);
    }

    #[test]
    fn wal_that_cannot_be_read_is_named() {
        let check = |magic, expected: Option<&str>| {
            assert_eq!(unread_wal(magic).as_deref(), expected, "{magic:04X}");
        };
        check(0xD101, Some("PostgreSQL 12 WAL (magic 0xD101)"));
        check(0x18D1, Some("WAL of a big-endian machine (magic 0x18D1)"));
        check(0x01D1, Some("WAL of a big-endian machine (magic 0x01D1)"));
        check(0xD119, Some("WAL of a later version (magic 0xD119)"));
        check(0xD10E, Some("WAL of an unreleased version (magic 0xD10E)"));
        check(0x6568, None);
    }
}
