//! Places: availability zones, storage nodes, the writer, volumes, and standbys.

use std::fmt;
use std::str::FromStr;

use nanoserde::{DeBin, SerBin};

/// An availability zone, `a` to `c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeBin, SerBin)]
pub struct Az(u8);

impl Az {
    /// How many zones there can be.
    pub const LIMIT: u8 = 3;

    /// The zone at `index`, 0 for `a`. `None` from 3 on.
    pub const fn new(index: u8) -> Option<Self> {
        if index < Self::LIMIT {
            Some(Self(index))
        } else {
            None
        }
    }

    /// 0 for zone `a`, 1 for `b`, 2 for `c`.
    pub const fn index(self) -> u8 {
        self.0
    }

    /// The zone's letter.
    pub const fn letter(self) -> char {
        (b'a' + self.0) as char
    }
}

/// A machine for storage: zone and place within the zone, `a1` to `c4`.
///
/// As a storage node it hosts one segment of each protection group; the last of a zone is its spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeBin, SerBin)]
pub struct Node {
    az: Az,
    ordinal: u8,
}

impl Node {
    /// How many machines a zone can have: three nodes and a spare.
    pub const LIMIT_PER_AZ: u8 = 4;

    /// The node number `ordinal` (from 1) of zone `az`. `None` if there can be no such node.
    pub const fn new(az: Az, ordinal: u8) -> Option<Self> {
        if 1 <= ordinal && ordinal <= Self::LIMIT_PER_AZ {
            Some(Self { az, ordinal })
        } else {
            None
        }
    }

    /// The zone it stands in.
    pub const fn az(self) -> Az {
        self.az
    }

    /// Its number within the zone, from 1.
    pub const fn ordinal(self) -> u8 {
        self.ordinal
    }
}

/// A volume, `v1` to `v32`, numbered in the order in which they came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeBin, SerBin)]
pub struct VolumeId(u8);

impl VolumeId {
    /// How many volumes there can be, those that were deleted included.
    pub const LIMIT: u8 = 32;
    /// The one that a run begins with.
    pub const FIRST: Self = Self(0);

    /// The volume at `index`, 0 for `v1`. `None` if there can be no such volume.
    pub const fn new(index: u8) -> Option<Self> {
        if index < Self::LIMIT {
            Some(Self(index))
        } else {
            None
        }
    }

    /// 0 for `v1`.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The one that comes to be after it.
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }
}

/// A standby of the conventional engine, `s1` to `s8`; the first stands in zone b, the next in c.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeBin, SerBin)]
pub struct Standby(u8);

impl Standby {
    /// How many standbys there can be.
    pub const LIMIT: u8 = 8;

    /// The standby at `index`, 0 for `s1`. `None` if there can be no such standby.
    pub const fn new(index: u8) -> Option<Self> {
        if index < Self::LIMIT {
            Some(Self(index))
        } else {
            None
        }
    }

    /// 0 for `s1`.
    pub const fn index(self) -> u8 {
        self.0
    }
}

/// One end of a message's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeBin, SerBin)]
pub enum Place {
    /// The one writer.
    Writer,
    /// A storage node.
    Node(Node),
    /// Object storage.
    Archive,
}

/// A text that names no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceError {
    /// What was expected, in words.
    pub expected: &'static str,
    /// What came.
    pub found: String,
}

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found `{}`", self.expected, self.found)
    }
}

impl std::error::Error for PlaceError {}

impl fmt::Display for Az {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.letter())
    }
}

impl FromStr for Az {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        match text {
            "a" => Ok(Self(0)),
            "b" => Ok(Self(1)),
            "c" => Ok(Self(2)),
            _ => Err(PlaceError {
                expected: "a zone, `a` to `c`",
                found: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for VolumeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0 + 1)
    }
}

impl fmt::Display for Standby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0 + 1)
    }
}

impl FromStr for VolumeId {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let volume = numbered(text, 'v').and_then(Self::new);
        volume.ok_or_else(|| PlaceError {
            expected: "a volume, `v1` to `v32`",
            found: text.to_owned(),
        })
    }
}

impl FromStr for Standby {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let standby = numbered(text, 's').and_then(Self::new);
        standby.ok_or_else(|| PlaceError {
            expected: "a standby, `s1` to `s8`",
            found: text.to_owned(),
        })
    }
}

/// What is numbered from 1 behind a letter, from 0.
fn numbered(text: &str, letter: char) -> Option<u8> {
    let digits = text.strip_prefix(letter)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse::<u8>().ok().filter(|_| plain)?.checked_sub(1)
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.az, self.ordinal)
    }
}

impl FromStr for Node {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let error = || PlaceError {
            expected: "a node, `a1` to `c4`",
            found: text.to_owned(),
        };
        let (az, ordinal) = text.split_at_checked(1).ok_or_else(error)?;
        let Ok(az) = az.parse() else {
            return Err(error());
        };
        let ordinal = match ordinal {
            "1" => 1,
            "2" => 2,
            "3" => 3,
            "4" => 4,
            _ => return Err(error()),
        };
        Ok(Self { az, ordinal })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Writer => f.write_str("writer"),
            Self::Node(node) => node.fmt(f),
            Self::Archive => f.write_str("archive"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_reads_back_as_written() {
        for az in (0..Az::LIMIT).filter_map(Az::new) {
            for node in (1..=Node::LIMIT_PER_AZ).filter_map(|n| Node::new(az, n)) {
                assert_eq!(node.to_string().parse(), Ok(node));
            }
        }
    }

    #[test]
    fn every_volume_reads_back_as_written() {
        for volume in (0..VolumeId::LIMIT).filter_map(VolumeId::new) {
            assert_eq!(volume.to_string().parse(), Ok(volume));
        }
        for text in ["", "v", "v0", "v33", "v01", "1", "v+1", "V1", "v999"] {
            assert!(text.parse::<VolumeId>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_standby_reads_back_as_written() {
        for standby in (0..Standby::LIMIT).filter_map(Standby::new) {
            assert_eq!(standby.to_string().parse(), Ok(standby));
        }
        for text in ["", "s", "s0", "s9", "s01", "1", "v1"] {
            assert!(text.parse::<Standby>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_names_no_node_is_refused_with_what_came() {
        for text in ["", "a", "a0", "a5", "d1", "a11", "A1", "é1", "1a"] {
            let error = text.parse::<Node>().unwrap_err();
            assert_eq!(error.found, text);
        }
    }
}
