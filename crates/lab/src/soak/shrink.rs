//! Makes a case that fails smaller, as long as it fails in the same way.
//!
//! Deeds are dropped in ever smaller blocks (delta debugging), and by pairs; settings are dropped or made plainer;
//! times are rounded; and the case ends where it fails. All of that is tried again until nothing
//! helps any more.

use sim::SimTime;

use super::{Case, End, Failure, GOES_ON, Setting, attempt};

/// The most cases that are tried.
const TRIALS_MAX: u32 = 2_000;

/// Plainer values of a setting, the plainest first. Whatever is not here is only dropped.
const PLAINER: &[(&str, &[&str])] = &[
    ("topology.azs", &["1", "2"]),
    ("topology.segments_per_az", &["1", "2"]),
    ("topology.protection_groups", &["1", "2"]),
    ("latency.in_az", &["{ kind = \"constant\", ms = 0.1 }"]),
    ("latency.cross_az", &["{ kind = \"constant\", ms = 0.4 }"]),
    ("latency.disk", &["{ kind = \"constant\", ms = 0.3 }"]),
    ("latency.boxcar_us", &["0"]),
    ("workload.clients", &["1", "2", "4"]),
    ("workload.rate", &["100", "500", "1000"]),
    ("workload.records_per_commit", &["1", "2"]),
    ("workload.pages", &["1", "2", "10"]),
];

pub(super) fn shrink(failure: Failure, progress: impl FnMut()) -> Failure {
    let mut shrinker = Shrinker {
        best: failure,
        trials: 0,
        progress,
    };
    shrinker.end_where_it_fails();
    loop {
        let before = shrinker.best.case.clone();
        shrinker.drop_deeds();
        shrinker.drop_pairs();
        shrinker.simplify_settings();
        shrinker.round_times();
        if shrinker.best.case == before || shrinker.trials >= TRIALS_MAX {
            return shrinker.best;
        }
    }
}

struct Shrinker<P> {
    best: Failure,
    trials: u32,
    progress: P,
}

impl<P: FnMut()> Shrinker<P> {
    /// Takes the case if it fails in the same way.
    fn try_case(&mut self, case: &Case) -> bool {
        if self.trials >= TRIALS_MAX || *case == self.best.case {
            return false;
        }
        self.trials += 1;
        (self.progress)();
        match attempt(case) {
            Err(failure) if failure.invariant == self.best.invariant => {
                self.best = *failure;
                self.end_at_failure();
                true
            }
            Err(_) | Ok(_) => false,
        }
    }

    /// Whatever is done after the failure is not part of it. What does not go on must be given time,
    /// and be mended.
    fn end_where_it_fails(&mut self) {
        let mut case = self.best.case.clone();
        if self.best.invariant == GOES_ON {
            if let End::Mended { at, .. } = case.end {
                case.end = End::Mended { at, events: 0 };
            }
        } else {
            case.deeds.clone_from(&self.best.done);
            case.end = End::At(self.best.at);
            if let Some(at) = self.best.work_until {
                let (key, value) = ("stop.work", format!("\"{}ns\"", at.0));
                case.settings.push(Setting { key, value });
            }
        }
        self.try_case(&case);
    }

    fn end_at_failure(&mut self) {
        let best = &mut self.best;
        if let End::At(end) = &mut best.case.end {
            *end = best.at.min(*end);
            best.case.deeds.clone_from(&best.done);
        }
    }

    fn drop_deeds(&mut self) {
        let mut size = self.best.case.deeds.len();
        while size > 0 {
            let mut from = 0;
            while from < self.best.case.deeds.len() {
                let mut case = self.best.case.clone();
                let to = (from + size).min(case.deeds.len());
                case.deeds.drain(from..to);
                if !self.try_case(&case) {
                    from += size;
                }
            }
            size /= 2;
        }
    }

    /// What goes down and what brings it back often go only together.
    fn drop_pairs(&mut self) {
        let mut first = 0;
        while first < self.best.case.deeds.len() {
            let others = first + 1..self.best.case.deeds.len();
            let dropped = others.into_iter().any(|second| {
                let mut case = self.best.case.clone();
                case.deeds.remove(second);
                case.deeds.remove(first);
                self.try_longer(case)
            });
            first += usize::from(!dropped);
        }
    }

    fn simplify_settings(&mut self) {
        let keys: Vec<_> = self.best.case.settings.iter().map(|s| s.key).collect();
        for key in keys {
            let mut case = self.best.case.clone();
            case.settings.retain(|setting| setting.key != key);
            if key != "workload.kind" && self.try_longer(case) {
                continue;
            }
            let plainer = PLAINER.iter().find(|(other, _)| *other == key);
            for value in plainer.map_or(&[][..], |(_, values)| *values) {
                let mut case = self.best.case.clone();
                let setting = case.settings.iter_mut().find(|setting| setting.key == key);
                let setting = setting.expect("it was not dropped");
                if setting.value == *value {
                    break;
                }
                (*value).clone_into(&mut setting.value);
                if self.try_longer(case) {
                    break;
                }
            }
        }
    }

    /// With other settings it may fail a little later.
    fn try_longer(&mut self, mut case: Case) -> bool {
        if let End::At(end) = &mut case.end {
            end.0 += end.0 / 2;
        }
        self.try_case(&case)
    }

    fn round_times(&mut self) {
        for place in 0..self.best.case.deeds.len() {
            for unit in [1_000_000, 100_000, 10_000, 1_000] {
                let mut case = self.best.case.clone();
                let Some((at, _)) = case.deeds.get_mut(place) else {
                    return;
                };
                *at = SimTime(at.0 / unit * unit);
                case.deeds.sort_by_key(|(at, _)| *at);
                if self.try_longer(case) {
                    break;
                }
            }
        }
    }
}
