//! What there is to say of a link that was opened.

use yew::prelude::*;

use super::focus::focus_on;
use super::transport::PLAY;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::words::use_words;
use crate::state::Opened;

/// The notice: what was left out, whether the text was changed, whether the state fits.
#[component]
pub(crate) fn OpenedLink() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let Some(opened) = lab.opened.as_deref() else {
        return html! { <div class="refused" aria-live="polite" /> };
    };
    let Opened {
        left_out,
        edited,
        wants_wal,
        state,
    } = opened;
    let state = state.map(|(stamp, fits)| {
        let here = (lab.setup.as_ref()).map_or(stamp.model, |setup| setup.model);
        let key = match (fits, stamp.model == here) {
            (true, _) => "opened.fits",
            (false, true) => "opened.differs",
            (false, false) => "opened.other-model",
        };
        words.fill(key, &[("model", stamp.model.into()), ("here", here.into())])
    });
    let dismiss = Callback::from(move |_: MouseEvent| {
        engine.dismiss_link();
        focus_on(PLAY);
    });
    html! {
        <div class="refused opened" aria-live="polite">
            <div key="what">
                <p key="title"><strong>{ words.say("opened.title") }</strong></p>
                if let Some(digest) = wants_wal {
                    <p key="wal">{ words.fill("opened.wants-wal", &[("digest", digest.into())]) }</p>
                }
                if *edited {
                    <p key="edited">{ words.say("opened.edited") }</p>
                }
                if !left_out.is_empty() {
                    <p key="left-out">{ words.say("opened.left-out") }</p>
                    <ul key="list">
                        { for left_out.iter().enumerate().map(|(n, problem)| html! {
                            <li key={n}>
                                if let Some(place) = &problem.place {
                                    <code>{ place.clone() }</code>{ ": " }
                                }
                                { problem.text.clone() }
                            </li>
                        }) }
                    </ul>
                }
                if let Some(state) = state {
                    <p key="state">{ state }</p>
                }
            </div>
            <button key="dismiss" type="button" class="button" onclick={dismiss}>
                { words.say("refused.dismiss") }
            </button>
        </div>
    }
}
