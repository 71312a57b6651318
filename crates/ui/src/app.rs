//! Providers and layout.

use std::rc::Rc;

use gloo::utils::document;
use yew::prelude::*;

use crate::components::{Header, Help, HelpPart, Live, Sandbox, Share, focus_on};
use crate::hooks::address::use_address;
use crate::hooks::engine::{EngineProvider, use_engine};
use crate::hooks::exhibit::{ExhibitShown, use_exhibit};
use crate::hooks::experiments::ExperimentsProvider;
use crate::hooks::kept_focus::use_kept_focus;
use crate::hooks::preferences::PreferencesProvider;
use crate::hooks::route::{Route, use_route};
use crate::hooks::turns::use_turns;
use crate::hooks::words::{WordsProvider, use_words};
use crate::pages::{AboutPage, FiguresPage, LabPage};
use crate::state::Exhibit;

/// What [`App`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct AppProps {
    /// The exhibit whose page it is.
    pub(crate) exhibit: Option<Rc<Exhibit>>,
}

/// Everything.
#[component]
pub(crate) fn App(props: &AppProps) -> Html {
    html! {
        <ContextProvider<ExhibitShown> context={ExhibitShown(props.exhibit.clone())}>
            <WordsProvider>
                <PreferencesProvider>
                    <EngineProvider>
                        <ExperimentsProvider>
                            <Shell />
                        </ExperimentsProvider>
                    </EngineProvider>
                </PreferencesProvider>
            </WordsProvider>
        </ContextProvider<ExhibitShown>>
    }
}

#[component]
fn Shell() -> Html {
    let words = use_words();
    let engine = use_engine();
    let route = use_route();
    use_address(route);
    use_kept_focus();
    let turn = use_turns(2);
    let help = use_state_eq(|| None::<HelpPart>);
    let title = match (use_exhibit(), route) {
        (Some(exhibit), Route::Lab) => {
            words.fill("title.exhibit", &[("title", (&exhibit.title).into())])
        }
        (None, Route::Lab) => words.say("title.lab").to_owned(),
        (_, Route::Figures) => words.say("title.figures").to_owned(),
        (_, Route::About) => words.say("title.about").to_owned(),
    };
    let arrived = use_mut_ref(|| false);
    use_effect_with((route, title), move |(route, title)| {
        document().set_title(title);
        // Beside the figures the run goes on: it is a point of them.
        if *route == Route::About {
            engine.pause();
        }
        // The first page begins where the browser lets it begin.
        if arrived.replace(true) {
            focus_on("title");
        }
    });
    let open_help = use_callback((), {
        let help = help.setter();
        move |part: HelpPart, ()| help.set(Some(part))
    });
    let sharing = use_state_eq(|| false);
    let share = use_callback((), {
        let sharing = sharing.setter();
        move |open: bool, ()| sharing.set(open)
    });
    let changing = use_state_eq(|| false);
    let sandbox = use_callback((), {
        let changing = changing.setter();
        move |open: bool, ()| changing.set(open)
    });
    let close_help = use_callback((), {
        let help = help.setter();
        move |(), ()| help.set(None)
    });
    html! {
        <>
            <button key="skip" type="button" class="skip" onclick={Callback::from(skip)}>
                { words.say("skip") }
            </button>
            <Header key="header" {route} open_help={open_help.reform(|()| HelpPart::Top)} share={share.reform(|()| true)} open_sandbox={sandbox.reform(|()| true)} />
            <div key="page" class="route">
                if turn > 0 {
                    { match route {
                        Route::Lab => html! { <LabPage key="lab" {open_help} /> },
                        Route::Figures => html! { <FiguresPage key="figures" /> },
                        Route::About => html! { <AboutPage key="about" /> },
                    } }
                }
            </div>
            if turn > 1 {
                <Help key="help" open={*help} close={close_help} />
                <Share key="share" open={*sharing} close={share.reform(|()| false)} />
                <Sandbox key="sandbox" open={*changing} close={sandbox.reform(|()| false)} />
                <Live key="live" />
            }
        </>
    }
}

/// To the stage, past the text.
fn skip(_: MouseEvent) {
    focus_on("stage");
}
