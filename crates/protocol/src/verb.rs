//! The verbs: what can be done to a running world, in one text form for scenario files, links and
//! the page.
//!
//! `az-down:b`, `node-up:c2`, `slow:a1,50ms`, `drop:c2,1`, `clone:v1`.

use std::fmt;
use std::str::FromStr;

use nanoserde::{DeBin, SerBin};

use crate::duration;
use crate::place::{Az, Node, PlaceError, Standby, VolumeId};

/// Something that is done to the world at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeBin, SerBin)]
pub enum Verb {
    /// Every storage node of the zone loses power: what it had not yet written to disk is gone.
    AzDown(Az),
    /// The zone's power returns, and with it the nodes that went down with the zone.
    AzUp(Az),
    /// One storage node crashes.
    NodeDown(Node),
    /// One storage node starts again from its disk.
    NodeUp(Node),
    /// Each disk write of the node takes `ms` milliseconds more; 0 ends it.
    Slow {
        /// The node.
        node: Node,
        /// Milliseconds added to each write, at most [`Verb::SLOW_MS_MAX`].
        ms: u32,
    },
    /// The next `count` messages from the writer to the node are lost on the way.
    Drop {
        /// The node that will not receive them.
        node: Node,
        /// How many, at most [`Verb::DROP_COUNT_MAX`]; 0 takes back what was asked before.
        count: u32,
    },
    /// A bit flips in the newest version of a page on the node's disk.
    CorruptPage {
        /// The node.
        node: Node,
        /// The page's number.
        page: u32,
    },
    /// The writer crashes: everything that it had in memory is gone.
    CrashWriter,
    /// A new writer takes over: it recovers the volume and goes on. The old one may still live.
    Recover,
    /// The writer is cut off from every storage node.
    Partition,
    /// Whoever is cut off can be reached again.
    Heal,
    /// A new volume begins as this one is now.
    Clone(VolumeId),
    /// The volume is given up: its writer, its log, and the pages that no other volume shares.
    DeleteVolume(VolumeId),
    /// A new volume begins as this one was at a moment, out of object storage.
    RestoreVolume {
        /// The volume.
        volume: VolumeId,
        /// The moment.
        to: Moment,
    },
    /// A client writes to a page of the volume: one record of [`Verb::WRITE_BYTES`], and its commit.
    Write {
        /// The volume.
        volume: VolumeId,
        /// The page, below [`Verb::PAGES_MAX`].
        page: u32,
    },
    /// The node is suspected to be gone for good: its zone's spare is to take its place.
    Replace(Node),
    /// The suspected node is back: what `replace` began is taken back.
    Restore(Node),
    /// The zone is given up for the time being: a majority of the other nodes writes, 3 of 4.
    DropZone(Az),
    /// The zone is back: its nodes are members again.
    AddZone(Az),
    /// The volume gets a further protection group.
    Grow,
    /// A standby of the conventional engine crashes.
    StandbyDown(Standby),
    /// A standby of the conventional engine starts again from its disk, and connects.
    StandbyUp(Standby),
    /// Each disk operation of a standby takes `ms` milliseconds more; 0 ends it.
    StandbySlow {
        /// The standby.
        standby: Standby,
        /// Milliseconds added, at most [`Verb::SLOW_MS_MAX`].
        ms: u32,
    },
    /// A standby of the conventional engine becomes its primary. The old one must be gone.
    Promote(Standby),
}

impl Verb {
    /// The longest delay `slow` accepts: one minute.
    pub const SLOW_MS_MAX: u32 = 60_000;
    /// The most messages `drop` accepts.
    pub const DROP_COUNT_MAX: u32 = 1_000_000;
    /// Size in the log of a record that `write` makes.
    pub const WRITE_BYTES: u32 = 100;
    /// `write` and others name pages below this.
    pub const PAGES_MAX: u32 = 100_000_000;
    /// The names, in the order of the enum.
    pub const NAMES: [&'static str; 24] = [
        "az-down",
        "az-up",
        "node-down",
        "node-up",
        "slow",
        "drop",
        "corrupt-page",
        "crash-writer",
        "recover",
        "partition",
        "heal",
        "clone",
        "delete-volume",
        "restore-volume",
        "write",
        "replace",
        "restore",
        "drop-zone",
        "add-zone",
        "grow",
        "standby-down",
        "standby-up",
        "standby-slow",
        "promote",
    ];

    /// The verb's name without its arguments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AzDown(_) => "az-down",
            Self::AzUp(_) => "az-up",
            Self::NodeDown(_) => "node-down",
            Self::NodeUp(_) => "node-up",
            Self::Slow { .. } => "slow",
            Self::Drop { .. } => "drop",
            Self::CorruptPage { .. } => "corrupt-page",
            Self::CrashWriter => "crash-writer",
            Self::Recover => "recover",
            Self::Partition => "partition",
            Self::Heal => "heal",
            Self::Clone(_) => "clone",
            Self::DeleteVolume(_) => "delete-volume",
            Self::RestoreVolume { .. } => "restore-volume",
            Self::Write { .. } => "write",
            Self::Replace(_) => "replace",
            Self::Restore(_) => "restore",
            Self::DropZone(_) => "drop-zone",
            Self::AddZone(_) => "add-zone",
            Self::Grow => "grow",
            Self::StandbyDown(_) => "standby-down",
            Self::StandbyUp(_) => "standby-up",
            Self::StandbySlow { .. } => "standby-slow",
            Self::Promote(_) => "promote",
        }
    }
}

/// A moment of a volume's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeBin, SerBin)]
pub enum Moment {
    /// At this time, in nanoseconds of model time.
    Time(u64),
    /// When this LSN was durable.
    Lsn(u64),
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(ns) => f.write_str(&duration::ms(*ns)),
            Self::Lsn(lsn) => write!(f, "lsn-{lsn}"),
        }
    }
}

impl FromStr for Moment {
    type Err = VerbError;

    fn from_str(text: &str) -> Result<Self, VerbError> {
        let digits = text.strip_prefix("lsn-");
        let plain = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let lsn = plain.and_then(|digits| digits.parse().ok()).map(Self::Lsn);
        let moment = lsn.or_else(|| duration::parse_ns(text).map(Self::Time));
        moment.ok_or_else(|| VerbError::Arguments {
            verb: "restore-volume",
            expected: "a time with its unit, such as `1.5s`, or an LSN, such as `lsn-120`",
            found: text.to_owned(),
        })
    }
}

/// A text that is no verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerbError {
    /// No verb has this name.
    Unknown {
        /// What came.
        found: String,
    },
    /// The verb needs other arguments.
    Arguments {
        /// The verb's name.
        verb: &'static str,
        /// What was expected after it.
        expected: &'static str,
        /// What came.
        found: String,
    },
}

impl VerbError {
    /// What would have been a verb.
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Unknown { .. } => format!("a verb ({})", Verb::NAMES.join(", ")),
            Self::Arguments { verb, expected, .. } => format!("`{verb}` with {expected}"),
        }
    }
}

impl fmt::Display for VerbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unknown { found } | Self::Arguments { found, .. }) = self;
        write!(f, "expected {}, found `{found}`", self.expected())
    }
}

impl std::error::Error for VerbError {}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::AzDown(az) | Self::AzUp(az) | Self::DropZone(az) | Self::AddZone(az) => {
                write!(f, "{name}:{az}")
            }
            Self::NodeDown(node)
            | Self::NodeUp(node)
            | Self::Replace(node)
            | Self::Restore(node) => write!(f, "{name}:{node}"),
            Self::StandbyDown(standby) | Self::StandbyUp(standby) | Self::Promote(standby) => {
                write!(f, "{name}:{standby}")
            }
            Self::Slow { node, ms } => write!(f, "{name}:{node},{ms}ms"),
            Self::StandbySlow { standby, ms } => write!(f, "{name}:{standby},{ms}ms"),
            Self::Drop { node, count } => write!(f, "{name}:{node},{count}"),
            Self::CorruptPage { node, page } => write!(f, "{name}:{node},{page}"),
            Self::CrashWriter | Self::Recover | Self::Grow => f.write_str(name),
            Self::Partition | Self::Heal => write!(f, "{name}:writer"),
            Self::Clone(volume) | Self::DeleteVolume(volume) => write!(f, "{name}:{volume}"),
            Self::RestoreVolume { volume, to } => write!(f, "{name}:{volume},{to}"),
            Self::Write { volume, page } => write!(f, "{name}:{volume},{page}"),
        }
    }
}

impl FromStr for Verb {
    type Err = VerbError;

    fn from_str(text: &str) -> Result<Self, VerbError> {
        let (name, arguments) = text.split_once(':').unwrap_or((text, ""));
        match name {
            "az-down" => of_place("az-down", arguments, Self::AzDown),
            "az-up" => of_place("az-up", arguments, Self::AzUp),
            "node-down" => of_place("node-down", arguments, Self::NodeDown),
            "node-up" => of_place("node-up", arguments, Self::NodeUp),
            "replace" => of_place("replace", arguments, Self::Replace),
            "restore" => of_place("restore", arguments, Self::Restore),
            "drop-zone" => of_place("drop-zone", arguments, Self::DropZone),
            "add-zone" => of_place("add-zone", arguments, Self::AddZone),
            "slow" => place_and_number(arguments, "ms", Self::SLOW_MS_MAX)
                .map(|(node, ms)| Self::Slow { node, ms })
                .ok_or_else(|| VerbError::Arguments {
                    verb: "slow",
                    expected: "a node and a delay of at most 60000ms, such as `a1,50ms`",
                    found: arguments.to_owned(),
                }),
            "drop" => place_and_number(arguments, "", Self::DROP_COUNT_MAX)
                .map(|(node, count)| Self::Drop { node, count })
                .ok_or_else(|| VerbError::Arguments {
                    verb: "drop",
                    expected: "a node and a count of at most 1000000, such as `c2,1`",
                    found: arguments.to_owned(),
                }),
            "corrupt-page" => place_and_number(arguments, "", u32::MAX)
                .map(|(node, page)| Self::CorruptPage { node, page })
                .ok_or_else(|| VerbError::Arguments {
                    verb: "corrupt-page",
                    expected: "a node and the number of a page, such as `a1,7`",
                    found: arguments.to_owned(),
                }),
            "standby-down" => of_place("standby-down", arguments, Self::StandbyDown),
            "standby-up" => of_place("standby-up", arguments, Self::StandbyUp),
            "promote" => of_place("promote", arguments, Self::Promote),
            "standby-slow" => place_and_number(arguments, "ms", Self::SLOW_MS_MAX)
                .map(|(standby, ms)| Self::StandbySlow { standby, ms })
                .ok_or_else(|| VerbError::Arguments {
                    verb: "standby-slow",
                    expected: "a standby and a delay of at most 60000ms, such as `s1,50ms`",
                    found: arguments.to_owned(),
                }),
            "crash-writer" => without_arguments(text, Self::CrashWriter),
            "recover" => without_arguments(text, Self::Recover),
            "grow" => without_arguments(text, Self::Grow),
            "partition" => of_writer(arguments, Self::Partition),
            "heal" => of_writer(arguments, Self::Heal),
            "clone" => of_place("clone", arguments, Self::Clone),
            "delete-volume" => of_place("delete-volume", arguments, Self::DeleteVolume),
            "restore-volume" => arguments
                .split_once(',')
                .and_then(|(volume, to)| Some((volume.parse().ok()?, to.parse().ok()?)))
                .map(|(volume, to)| Self::RestoreVolume { volume, to })
                .ok_or_else(|| VerbError::Arguments {
                    verb: "restore-volume",
                    expected: "a volume and a time or an LSN, such as `v1,1.5s` or `v1,lsn-120`",
                    found: arguments.to_owned(),
                }),
            "write" => place_and_number(arguments, "", Self::PAGES_MAX - 1)
                .map(|(volume, page)| Self::Write { volume, page })
                .ok_or_else(|| VerbError::Arguments {
                    verb: "write",
                    expected: "a volume and a page below 100000000, such as `v2,4`",
                    found: arguments.to_owned(),
                }),
            _ => Err(VerbError::Unknown {
                found: name.to_owned(),
            }),
        }
    }
}

fn of_place<P: FromStr<Err = PlaceError>>(
    verb: &'static str,
    arguments: &str,
    make: fn(P) -> Verb,
) -> Result<Verb, VerbError> {
    let place = arguments.parse().map(make);
    place.map_err(|e| VerbError::Arguments {
        verb,
        expected: e.expected,
        found: e.found,
    })
}

fn without_arguments(text: &str, verb: Verb) -> Result<Verb, VerbError> {
    if text == verb.name() {
        Ok(verb)
    } else {
        Err(VerbError::Arguments {
            verb: verb.name(),
            expected: "nothing after it",
            found: text.to_owned(),
        })
    }
}

fn of_writer(arguments: &str, verb: Verb) -> Result<Verb, VerbError> {
    if arguments == "writer" {
        Ok(verb)
    } else {
        Err(VerbError::Arguments {
            verb: verb.name(),
            expected: "whom: `writer`",
            found: arguments.to_owned(),
        })
    }
}

fn place_and_number<P: FromStr>(arguments: &str, unit: &str, limit: u32) -> Option<(P, u32)> {
    let (place, number) = arguments.split_once(',')?;
    let digits = number.strip_suffix(unit)?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let number = plain.then(|| digits.parse().ok()).flatten()?;
    (number <= limit).then_some((place.parse().ok()?, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_reads_back_as_written() {
        for text in [
            "az-down:b",
            "az-up:a",
            "node-down:c2",
            "node-up:a1",
            "slow:a1,50ms",
            "drop:c2,1",
            "corrupt-page:a1,7",
            "crash-writer",
            "recover",
            "partition:writer",
            "heal:writer",
            "clone:v1",
            "delete-volume:v2",
            "write:v2,4",
            "restore-volume:v1,1.5ms",
            "restore-volume:v1,lsn-120",
            "replace:c2",
            "restore:c2",
            "drop-zone:b",
            "add-zone:b",
            "grow",
            "standby-down:s1",
            "standby-up:s2",
            "standby-slow:s1,50ms",
            "promote:s1",
        ] {
            assert_eq!(
                text.parse::<Verb>().map(|verb| verb.to_string()).as_deref(),
                Ok(text)
            );
        }
    }

    #[test]
    fn what_is_no_verb_is_refused() {
        for text in [
            "",
            "az-down",
            "az-down:d",
            "slow:a1",
            "slow:a1,50",
            "slow:a1,60001ms",
            "slow:a1,-1ms",
            "slow:a1,+1ms",
            "drop:c2,",
            "drop:c2,1ms",
            "corrupt-page:a1",
            "corrupt-page:7,a1",
            "corrupt-page:a1,4294967296",
            "heal:a",
            "heal",
            "recover:a",
            "replace",
            "replace:c",
            "restore:c5",
            "drop-zone:b1",
            "add-zone",
            "grow:",
            "promote",
            "promote:b1",
            "standby-slow:s1",
            "grow:1",
            "crash-writer:",
            "clone",
            "clone:v0",
            "clone:a1",
            "write:v1",
            "write:a1,3",
            "write:v1,100000000",
            "restore-volume:v1",
            "restore-volume:v1,1.5",
            "restore-volume:v1,lsn-",
            "restore-volume:v1,lsn-+1",
        ] {
            assert!(text.parse::<Verb>().is_err(), "{text}");
        }
    }
}
