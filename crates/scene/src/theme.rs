//! Which colour a [`Paint`] is.
//!
//! On a page a paint is a custom property (`var(--ink)`), whose value the page's style sheet says.
//! A picture that stands alone has no style sheet, so its colours are written out. A test holds the
//! style sheet to the same values.

use protocol::Az;

use crate::shape::Paint;

/// Colours for pictures that stand alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

impl Theme {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// The colour as `#rrggbb`, or `none`.
    pub const fn colour(self, paint: Paint) -> &'static str {
        let (light, dark) = match paint {
            Paint::None => ("none", "none"),
            Paint::Ground => ("#faf8f2", "#171614"),
            Paint::Raised => ("#fffdf8", "#201e1b"),
            Paint::Sunken => ("#f1ede3", "#121110"),
            Paint::Ink => ("#1c1b19", "#ece7dc"),
            Paint::Quiet => ("#645f55", "#a69f90"),
            Paint::Rule => ("#ddd6c7", "#37332c"),
            Paint::StrongRule => ("#857c68", "#857b69"),
            Paint::Accent => ("#8a2f1d", "#e8957f"),
            Paint::Good => ("#1c6b4a", "#6cc79b"),
            Paint::Wait => ("#7d6100", "#e0b84a"),
            Paint::Bad => ("#a3261b", "#f08a7c"),
            Paint::Zone(az) => match az.index() {
                0 => ("#0069a5", "#58b4ea"),
                1 => ("#a84b00", "#f0a35e"),
                _ => ("#92397a", "#e39ac6"),
            },
            Paint::ZoneSoft(az) => match az.index() {
                0 => ("#dcebf4", "#17303f"),
                1 => ("#f7e4d3", "#3d2a18"),
                _ => ("#f3e1ec", "#392233"),
            },
        };
        match self {
            Self::Light => light,
            Self::Dark => dark,
        }
    }
}

impl Paint {
    /// Every paint with a colour.
    pub fn all() -> Vec<Self> {
        let zones = (0..Az::LIMIT).filter_map(Az::new);
        [
            Self::Ground,
            Self::Raised,
            Self::Sunken,
            Self::Ink,
            Self::Quiet,
            Self::Rule,
            Self::StrongRule,
            Self::Accent,
            Self::Good,
            Self::Wait,
            Self::Bad,
        ]
        .into_iter()
        .chain(zones.flat_map(|az| [Self::Zone(az), Self::ZoneSoft(az)]))
        .collect()
    }

    /// The paint as a value that a page's style sheet fills in: `var(--ink)`, or `none`.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ground => "var(--ground)",
            Self::Raised => "var(--raised)",
            Self::Sunken => "var(--sunken)",
            Self::Ink => "var(--ink)",
            Self::Quiet => "var(--quiet)",
            Self::Rule => "var(--rule)",
            Self::StrongRule => "var(--strong-rule)",
            Self::Accent => "var(--accent)",
            Self::Good => "var(--good)",
            Self::Wait => "var(--wait)",
            Self::Bad => "var(--bad)",
            Self::Zone(az) => match az.index() {
                0 => "var(--zone-a)",
                1 => "var(--zone-b)",
                _ => "var(--zone-c)",
            },
            Self::ZoneSoft(az) => match az.index() {
                0 => "var(--zone-a-soft)",
                1 => "var(--zone-b-soft)",
                _ => "var(--zone-c-soft)",
            },
        }
    }
}
