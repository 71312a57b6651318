//! Whether commits have stopped, from the moment when waiting cannot help until one passes again.

use protocol::Frame;

/// What is known of a stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Halt {
    /// Commits pass, or wait for what is on its way.
    #[default]
    None,
    /// Too few copies are up.
    Stopped {
        /// The event at which that was seen last.
        event: u64,
        /// Commits acknowledged until then.
        acked: u64,
    },
    /// Enough copies are up again, and no commit has passed since.
    Returning {
        /// The event at which commits were last seen to be stopped.
        event: u64,
        /// Commits acknowledged until then.
        acked: u64,
    },
}

impl Halt {
    /// What holds at a frame that comes after.
    #[must_use]
    pub fn after(self, frame: &Frame) -> Self {
        let wait = frame.writer.oldest_wait.as_ref();
        let now = frame.counters.commits_acked;
        match (wait, self) {
            (Some(wait), _) if wait.stopped => Self::Stopped {
                event: frame.event,
                acked: now,
            },
            (Some(_), Self::Stopped { event, acked } | Self::Returning { event, acked })
                if frame.event >= event && now == acked =>
            {
                Self::Returning { event, acked }
            }
            (Some(_) | None, _) => Self::None,
        }
    }

    /// Whether commits have stopped and none has passed since.
    pub const fn holds(self) -> bool {
        !matches!(self, Self::None)
    }
}
