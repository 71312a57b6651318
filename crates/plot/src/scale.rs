//! From a domain to a place on the picture, and back.

/// A map from a domain onto a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    kind: Kind,
    domain: (f64, f64),
    range: (f64, f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Linear,
    Log,
}

impl Scale {
    /// Equal steps of the domain take equal room.
    pub fn linear(domain: (f64, f64), range: (f64, f64)) -> Self {
        Self {
            kind: Kind::Linear,
            domain,
            range,
        }
    }

    /// Equal factors of the domain take equal room.
    ///
    /// # Panics
    /// When the domain touches zero or what is below it.
    pub fn log(domain: (f64, f64), range: (f64, f64)) -> Self {
        assert!(
            domain.0 > 0.0 && domain.1 > 0.0,
            "a logarithmic domain is above zero"
        );
        Self {
            kind: Kind::Log,
            domain,
            range,
        }
    }

    /// The place of `value`. What lies outside the domain lies outside the range.
    pub fn at(&self, value: f64) -> f64 {
        let (low, high) = (self.bend(self.domain.0), self.bend(self.domain.1));
        self.range.0 + share(self.bend(value) - low, high - low) * (self.range.1 - self.range.0)
    }

    /// The place of `value`, or the nearest end of the range.
    pub fn at_clamped(&self, value: f64) -> f64 {
        let (a, b) = self.range;
        self.at(value).clamp(a.min(b), a.max(b))
    }

    /// The value whose place this is.
    pub fn back(&self, place: f64) -> f64 {
        let (low, high) = (self.bend(self.domain.0), self.bend(self.domain.1));
        let bent = low + share(place - self.range.0, self.range.1 - self.range.0) * (high - low);
        match self.kind {
            Kind::Linear => bent,
            Kind::Log => bent.exp(),
        }
    }

    fn bend(&self, value: f64) -> f64 {
        match self.kind {
            Kind::Linear => value,
            Kind::Log => value.max(f64::MIN_POSITIVE).ln(),
        }
    }
}

/// How much of the whole a part is; of nothing, it is none.
fn share(part: f64, whole: f64) -> f64 {
    if whole.abs() < f64::MIN_POSITIVE {
        0.0
    } else {
        part / whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn linear_goes_there_and_back() {
        let scale = Scale::linear((10.0, 20.0), (0.0, 100.0));
        assert!(near(scale.at(15.0), 50.0));
        assert!(near(scale.back(50.0), 15.0));
        assert!(near(scale.at_clamped(25.0), 100.0));
    }

    #[test]
    fn log_gives_each_decade_the_same_room() {
        let scale = Scale::log((0.1, 100.0), (0.0, 300.0));
        assert!(near(scale.at(1.0), 100.0));
        assert!(near(scale.at(10.0), 200.0));
        assert!(near(scale.back(200.0), 10.0));
    }

    #[test]
    fn an_empty_domain_is_one_place() {
        assert!(near(Scale::linear((3.0, 3.0), (7.0, 9.0)).at(3.0), 7.0));
    }
}
