//! How long redo would take after a crash, estimated from how much there is.
//!
//! The model of the conventional engine replays the log at a constant rate once it has started, and
//! its reads take no time while the files are in the operating system's cache. So its time is linear in
//! the WAL behind the redo point, and two servers bound what may be expected: one that was measured for
//! this project, whose redo alone counts, and the one that a talk showed, whose whole restart does.

use pgwal::WalLsn;
use protocol::{WalRedo, WalRestart};

use super::checkpoints::Redo;
use super::said;
use crate::curve::{Line, TALK};
use crate::measured::FITTED_HERE;

/// By how much the model with the fitted constant is off on the measured points that it was not fitted
/// to, the median, in thousandths.
const ERROR_PERMILLE: u32 = 144;

/// The estimate for a crash at the end of the log, and for one at its worst moment.
pub(super) fn estimate(at_end: Redo, at_worst: Redo) -> WalRedo {
    let talk = Line::fit(&TALK).expect("the talk's points rise");
    WalRedo {
        at_end: restart(at_end, talk),
        at_worst: restart(at_worst, talk),
        measured_bytes_per_s: whole(FITTED_HERE.replay_bytes_per_second),
        measured_error_permille: ERROR_PERMILLE,
        talk_start_ms: whole(talk.start_seconds * 1e3),
        talk_ms_per_gb: whole(talk.seconds_per_gb * 1e3),
    }
}

fn restart(redo: Redo, talk: Line) -> WalRestart {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let bytes = redo.bytes as f64;
    WalRestart {
        lsn: redo.to.to_string(),
        redo_lsn: redo
            .from
            .map_or_else(String::new, |lsn: WalLsn| lsn.to_string()),
        wal_bytes: said(redo.bytes),
        measured_ms: said(whole(bytes / FITTED_HERE.replay_bytes_per_second * 1e3)),
        talk_ms: said(whole(talk.seconds(bytes / 1e9) * 1e3)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, and what is negative is none"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::Curve;
    use crate::measured::{HERE, fit_with, read};

    #[test]
    fn estimate_is_what_the_engine_takes_for_as_much_redo() {
        let situation = Line::fit(&TALK).unwrap().situation();
        let restart = Curve::new(&situation).restart_at(2_000_000_000);
        let redo = Redo {
            from: Some(WalLsn(0)),
            to: WalLsn(restart.redo_bytes),
            bytes: restart.redo_bytes,
        };
        let estimate = estimate(redo, redo).at_end;
        let took_ms = restart.took.0 / 1_000_000;
        let off = estimate.talk_ms.abs_diff(took_ms);
        assert!(off * 50 < took_ms, "{estimate:?} {took_ms}");
        // 2 GB at 217.5 MB a second, and 8.7 s and 3.93 s for each GB.
        assert!(estimate.measured_ms.abs_diff(9_195) < 10, "{estimate:?}");
        assert!(estimate.talk_ms.abs_diff(16_560) < 50, "{estimate:?}");
    }

    #[test]
    fn error_is_that_of_the_model_on_the_points_it_was_not_fitted_to() {
        let fit = fit_with(&read(HERE).unwrap(), FITTED_HERE).unwrap();
        let permille = fit.redo_error() * 1e3;
        assert!(
            (permille - f64::from(ERROR_PERMILLE)).abs() < 0.5,
            "{permille}"
        );
    }
}
