//! What a screen reader is told while things change.

use yew::prelude::*;

use crate::hooks::engine::use_lab;
use crate::hooks::frames::{use_frame, use_pace};
use crate::hooks::words::use_words;
use crate::state::{Moment, announce};

/// At most one sentence a second.
const PACE_MS: f64 = 1_000.0;

/// The one live region.
#[component]
pub(crate) fn Live() -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_frame();
    let sentence = use_state_eq(String::new);
    let told = use_mut_ref(Moment::default);
    let moment = frame
        .as_ref()
        .zip(lab.setup.as_ref())
        .map(|(frame, setup)| Moment::after(&told.borrow(), setup, frame));
    let moment = use_pace(moment, PACE_MS, false);
    use_effect_with(moment, {
        let sentence = sentence.setter();
        move |_| {
            if let (Some(frame), Some(setup)) = (&frame, &lab.setup) {
                let mut told = told.borrow_mut();
                if let Some(said) = announce(&words, setup, &told, frame, lab.playing) {
                    sentence.set(said);
                }
                let now = Moment::after(&told, setup, frame);
                *told = now;
            }
        }
    });
    html! { <div class="unseen" role="status" aria-live="polite">{ (*sentence).clone() }</div> }
}
