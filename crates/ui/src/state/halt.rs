//! Whether commits have stopped, from the moment when waiting cannot help until one passes again.

use protocol::{Frame, VolumeState, WriterState};

/// What is known of a stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Halt {
    /// Commits pass, or wait for what is on its way.
    #[default]
    None,
    /// Commits have stopped, and none has passed since.
    Stopped {
        /// Why.
        why: Why,
        /// The event at which what stopped them was seen last.
        event: u64,
        /// Commits acknowledged until then.
        acked: u64,
    },
}

/// Why no commit passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Too few copies are up.
    TooFew,
    /// Enough copies are up again.
    Returning,
    /// The writer crashed, and there is no other.
    NoWriter,
    /// A new writer recovers the volume.
    Recovering,
    /// A new writer has recovered the volume.
    Opened,
    /// The writer is cut off.
    CutOff,
    /// The writer was cut off.
    LetThrough,
    /// The volume was given up.
    GivenUp,
}

impl Why {
    /// The message that says it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::TooFew => "wait.stopped",
            Self::Returning => "wait.returning",
            Self::NoWriter => "wait.no-writer",
            Self::Recovering => "wait.recovering",
            Self::Opened => "wait.opened",
            Self::CutOff => "wait.cut-off",
            Self::LetThrough => "wait.let-through",
            Self::GivenUp => "wait.given-up",
        }
    }

    /// Whether it is about the writer, so that what copies lack explains nothing.
    pub const fn is_of_writer(self) -> bool {
        matches!(
            self,
            Self::NoWriter | Self::Recovering | Self::CutOff | Self::GivenUp
        )
    }

    /// What holds commits at a frame, if waiting alone cannot help.
    fn at(frame: &Frame) -> Option<Self> {
        let wait = frame.writer.oldest_wait.as_ref();
        let first = frame.volumes.first();
        if first.is_some_and(|volume| volume.state == VolumeState::Deleted) {
            return Some(Self::GivenUp);
        }
        match frame.writer.state {
            WriterState::Down { .. } => Some(Self::NoWriter),
            WriterState::Recovering { .. } => Some(Self::Recovering),
            WriterState::CutOff { .. } => Some(Self::CutOff),
            WriterState::Open => wait.filter(|wait| wait.stopped).map(|_| Self::TooFew),
        }
    }

    /// What holds once this does not, until a commit passes.
    const fn afterwards(self) -> Self {
        match self {
            Self::TooFew | Self::Returning => Self::Returning,
            Self::NoWriter | Self::Recovering | Self::Opened => Self::Opened,
            Self::CutOff | Self::LetThrough => Self::LetThrough,
            Self::GivenUp => Self::GivenUp,
        }
    }
}

impl Halt {
    /// What holds at a frame that comes after.
    #[must_use]
    pub fn after(self, frame: &Frame) -> Self {
        let now = frame.counters.commits_acked;
        if let Some(why) = Why::at(frame) {
            return Self::Stopped {
                why,
                event: frame.event,
                acked: now,
            };
        }
        match self {
            Self::Stopped { why, event, acked }
                if frame.event >= event && now == acked && frame.writer.oldest_wait.is_some() =>
            {
                Self::Stopped {
                    why: why.afterwards(),
                    event,
                    acked,
                }
            }
            Self::Stopped { .. } | Self::None => Self::None,
        }
    }

    /// Why commits have stopped, if they have and none has passed since.
    pub const fn why(self) -> Option<Why> {
        match self {
            Self::None => None,
            Self::Stopped { why, .. } => Some(why),
        }
    }
}
