//! A page that is built up in turns.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

/// Counts from 0 up to `last`, one at each turn of the browser's loop, from when the component is there:
/// what is shown from a later turn on holds up nothing that is shown before.
#[hook]
pub(crate) fn use_turns(last: u32) -> u32 {
    let turn = use_state_eq(|| 0);
    let setter = turn.setter();
    use_effect_with((*turn, last), move |&(turn, last)| {
        let next = (turn < last).then(|| Timeout::new(0, move || setter.set(turn + 1)));
        move || drop(next)
    });
    *turn
}
