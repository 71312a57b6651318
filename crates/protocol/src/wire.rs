//! How commands and events travel: as bytes, field after field, in the order in which they are declared.
//!
//! The page and its worker are always of one build, so that nothing need say what comes next. Reading
//! frames is the dearest thing that the page does sixty times a second besides drawing them, and a
//! reader that looks at names is larger than everything that it reads for.

use nanoserde::{DeBin as _, SerBin as _};

use crate::command::Command;
use crate::event::Event;
use crate::job::Job;

impl Command {
    /// The command as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.serialize_bin()
    }

    /// The command in bytes that [`Self::to_bytes`] made.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::deserialize_bin(bytes).ok()
    }
}

impl Job {
    /// The job as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.serialize_bin()
    }

    /// The job in bytes that [`Self::to_bytes`] made.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::deserialize_bin(bytes).ok()
    }
}

impl Event {
    /// The event as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.serialize_bin()
    }

    /// The event in bytes that [`Self::to_bytes`] made.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::deserialize_bin(bytes).ok()
    }

    /// What it is, for whoever looks at messages without reading them.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "ready",
            Self::Loaded { .. } => "loaded",
            Self::Frame { .. } => "frame",
            Self::Progress { .. } => "progress",
            Self::WalRead { .. } => "wal-read",
            Self::ExperimentRow { .. } => "experiment-row",
            Self::ExperimentDone { .. } => "experiment-done",
            Self::Because { .. } => "because",
            Self::Trace { .. } => "trace",
            Self::Described { .. } => "described",
            Self::Series { .. } => "series",
            Self::Evidence { .. } => "evidence",
            Self::Refused { .. } => "refused",
            Self::Pong { .. } => "pong",
            Self::Panicked { .. } => "panicked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{SeekTo, Source};
    use crate::event::Problem;

    #[test]
    fn commands_and_events_come_back_from_their_bytes() {
        let command = Command::Load {
            request: 7,
            source: Source::Text("format = 1".to_owned()),
            changes: Vec::new(),
            seed: Some("2a".to_owned()),
            edits: Vec::new(),
            cursor: SeekTo::Time(1 << 52),
        };
        assert_eq!(Command::from_bytes(&command.to_bytes()), Some(command));
        let event = Event::Refused {
            request: 7,
            problem: Problem {
                text: "expected a seed".to_owned(),
                place: None,
            },
        };
        assert_eq!(Event::from_bytes(&event.to_bytes()), Some(event));
    }

    #[test]
    fn bytes_that_end_early_are_no_message() {
        let bytes = Command::Ping { request: 7 }.to_bytes();
        for length in 0..bytes.len() {
            assert_eq!(Command::from_bytes(&bytes[..length]), None);
        }
        assert_eq!(Event::from_bytes(&[0xff; 8]), None);
    }
}
