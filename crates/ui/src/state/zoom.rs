//! How large the stage is drawn.

/// How much larger than it fits; in a few steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zoom(usize);

impl Zoom {
    const FACTORS: [f64; 5] = [1.0, 1.25, 1.5, 2.0, 3.0];

    /// By this factor.
    pub const fn factor(self) -> f64 {
        Self::FACTORS[self.0]
    }

    /// A step larger, if there is one.
    pub fn larger(self) -> Option<Self> {
        let next = self.0 + 1;
        (next < Self::FACTORS.len()).then_some(Self(next))
    }

    /// A step smaller, if there is one.
    pub fn smaller(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_there_and_back_and_end() {
        let up: Vec<_> =
            std::iter::successors(Some(Zoom::default()), |zoom| zoom.larger()).collect();
        assert!(up.is_sorted_by(|one, other| one.factor() < other.factor()));
        let down: Vec<_> =
            std::iter::successors(up.last().copied(), |zoom| zoom.smaller()).collect();
        assert!(down.iter().rev().eq(&up));
        assert!((up[0].factor() - 1.0).abs() < f64::EPSILON);
    }
}
