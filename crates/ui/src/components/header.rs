//! The head of the page: where one is, and where else one can go.

use protocol::Source;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::preferences::{Theme, use_preferences};
use crate::hooks::route::Route;
use crate::hooks::words::use_words;
use crate::state::Wal;

/// What [`Header`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HeaderProps {
    pub(crate) route: Route,
    pub(crate) open_help: Callback<()>,
}

/// The head of the page.
#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let words = use_words();
    let current = |route| (props.route == route).then_some("page");
    let open_help = props.open_help.reform(|_: MouseEvent| ());
    html! {
        <header class="header">
            <a class="mark" href="#" key="mark">
                { words.say("mark.first") }<b>{ words.say("mark.second") }</b>
            </a>
            <div class="where" key="where">
                if props.route == Route::Lab {
                    <Scenario />
                }
            </div>
            <nav key="nav" aria-label={words.say("nav.label").to_owned()}>
                <a key="lab" href="#" aria-current={current(Route::Lab)}>{ words.say("nav.lab") }</a>
                <a key="about" href="#about" aria-current={current(Route::About)}>
                    { words.say("nav.about") }
                </a>
                <button key="help" type="button" class="plain" onclick={open_help}>
                    { words.say("nav.help") }
                </button>
                <ThemeChoice key="theme" />
            </nav>
        </header>
    }
}

/// Which run is shown.
#[component]
fn Scenario() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let own = matches!(lab.wal, Wal::Read(_)) || lab.source == Source::OwnWal;
    let name = |source: &Source| match source {
        Source::Shipped(name) => name.clone(),
        Source::OwnWal | Source::Text(_) => "own".to_owned(),
    };
    let mut choices = vec![
        ("first-light", words.say("scenario.first-light")),
        ("insert", words.say("scenario.insert")),
    ];
    if own {
        choices.push(("own", words.say("scenario.own")));
    }
    let chosen = name(&lab.source);
    let onchange = Callback::from(move |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        engine.load(match select.value().as_str() {
            "own" => Source::OwnWal,
            name => Source::Shipped(name.to_owned()),
        });
    });
    let options = choices.into_iter().map(|(value, label)| {
        html! {
            <option key={value} {value} selected={chosen == value}>{ label }</option>
        }
    });
    html! {
        <label class="choice">
            <span class="aside">{ words.say("scenario.label") }</span>
            <select {onchange}>{ for options }</select>
        </label>
    }
}

/// Light, dark, or as the system has it.
#[component]
fn ThemeChoice() -> Html {
    let words = use_words();
    let preferences = use_preferences();
    let onchange = {
        let choose = preferences.choose_theme.clone();
        Callback::from(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            choose.emit(Theme::named(&select.value()));
        })
    };
    let options = Theme::ALL.into_iter().map(|theme| {
        let label = match theme {
            Theme::System => words.say("theme.system"),
            Theme::Light => words.say("theme.light"),
            Theme::Dark => words.say("theme.dark"),
        };
        let chosen = theme == preferences.theme;
        html! {
            <option key={theme.name()} value={theme.name()} selected={chosen}>{ label }</option>
        }
    });
    html! {
        <label class="choice">
            <span class="aside">{ words.say("theme.label") }</span>
            <select {onchange}>{ for options }</select>
        </label>
    }
}
