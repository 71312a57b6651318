//! How much model time a second of playing shows.

/// A speed that can be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speed {
    /// One second shows 0.1 ms: single messages can be followed within a zone.
    Tenth,
    /// One second shows 0.5 ms.
    Half,
    /// One second shows 2 ms.
    #[default]
    Two,
    /// One second shows 10 ms.
    Ten,
    /// One second shows 50 ms.
    Fifty,
    /// One second shows 200 ms.
    TwoHundred,
    /// One second shows one second.
    Real,
    /// As fast as the engine can.
    Fastest,
}

impl Speed {
    /// All, the slowest first.
    pub const ALL: [Self; 8] = [
        Self::Tenth,
        Self::Half,
        Self::Two,
        Self::Ten,
        Self::Fifty,
        Self::TwoHundred,
        Self::Real,
        Self::Fastest,
    ];

    /// The message that says it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Tenth => "speed.tenth",
            Self::Half => "speed.half",
            Self::Two => "speed.two",
            Self::Ten => "speed.ten",
            Self::Fifty => "speed.fifty",
            Self::TwoHundred => "speed.two-hundred",
            Self::Real => "speed.real",
            Self::Fastest => "speed.fastest",
        }
    }

    /// Model nanoseconds for one nanosecond, as a fraction; `None` for as many as the engine can.
    const fn share(self) -> Option<(u64, u64)> {
        match self {
            Self::Tenth => Some((1, 10_000)),
            Self::Half => Some((1, 2_000)),
            Self::Two => Some((1, 500)),
            Self::Ten => Some((1, 100)),
            Self::Fifty => Some((1, 20)),
            Self::TwoHundred => Some((1, 5)),
            Self::Real => Some((1, 1)),
            Self::Fastest => None,
        }
    }

    /// How much model time a second of playing shows; `None` for as much as the engine can.
    pub fn second_shows_ns(self) -> Option<u64> {
        self.share()
            .map(|(part, whole)| 1_000_000_000 * part / whole)
    }

    /// How much model time to ask for after this much time of the wall clock, in nanoseconds.
    pub fn advance_ns(self, passed_ms: f64) -> u64 {
        /// Far beyond what a slice of eight milliseconds reaches.
        const ALL_THERE_IS_NS: u64 = 1_000_000_000_000;
        /// After a pause of the browser, playing goes on instead of catching up.
        const PASSED_MS_MAX: f64 = 100.0;
        let passed_ns = plot::whole(passed_ms.clamp(0.0, PASSED_MS_MAX) * 1e6);
        self.share()
            .map_or(ALL_THERE_IS_NS, |(part, whole)| passed_ns * part / whole)
    }

    /// How much time of the wall clock a frame stands for at least. Where no single message can be
    /// followed, half as many frames as a screen shows look the same, and leave the page time for
    /// everything else. As fast as it can, the engine is kept busy.
    pub fn frame_ms(self) -> f64 {
        if self.shows_flights() || self.share().is_none() {
            0.0
        } else {
            25.0
        }
    }

    /// Whether single messages can be followed at this speed.
    pub fn shows_flights(self) -> bool {
        self.share().is_some_and(|(part, whole)| part * 50 <= whole)
    }
}
