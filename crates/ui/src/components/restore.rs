//! Restore to here: a new volume as the first one was at the moment that is shown.

use protocol::RestoreHere;
use scene::numbers;
use yew::prelude::*;

use super::icon::Icon;
use crate::hooks::engine::use_engine;
use crate::hooks::frames::use_frame;
use crate::hooks::words::use_words;

/// The id of what the button says of itself.
const WHAT: &str = "restore-what";

/// The button. It can be reached when it does nothing, so that its reason can be read.
#[component]
pub(crate) fn Restore() -> Html {
    let words = use_words();
    let engine = use_engine();
    let frame = use_frame();
    let here = frame.as_ref().map_or((RestoreHere::Now, 0), |frame| {
        (frame.timeline.restore, frame.now_ns)
    });
    let (restore, now_ns) = here;
    let possible = restore == RestoreHere::Possible;
    let what = match restore {
        RestoreHere::Possible => {
            let time = numbers::seconds(now_ns);
            words.fill("transport.restore.what", &[("time", (&time).into())])
        }
        RestoreHere::Now => words.say("transport.restore.now").to_owned(),
        RestoreHere::NotYet => words.say("transport.restore.not-yet").to_owned(),
        RestoreHere::TooOld => words.say("transport.restore.too-old").to_owned(),
        RestoreHere::GivenUp => words.say("transport.restore.given-up").to_owned(),
        RestoreHere::Ended => words.say("transport.restore.ended").to_owned(),
        RestoreHere::NoRoom => words.say("transport.restore.no-room").to_owned(),
    };
    let onclick = Callback::from(move |_: MouseEvent| {
        if possible {
            engine.restore_here();
        }
    });
    html! {
        <>
            <button
                key="restore"
                type="button"
                class="restore"
                title={what.clone()}
                aria-label={words.say("transport.restore").to_owned()}
                aria-describedby={WHAT}
                aria-disabled={(!possible).then_some("true")}
                {onclick}
            >
                { Icon::Restore.show() }
                <span key="name">{ words.say("transport.restore") }</span>
            </button>
            <span key="what" id={WHAT} class="unseen">{ what }</span>
        </>
    }
}
