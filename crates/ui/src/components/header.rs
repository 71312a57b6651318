//! The head of the page: where one is, and where else one can go.

use protocol::Source;
use yew::prelude::*;

use super::choice::Choice;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::frames::use_paced_frame;
use crate::hooks::preferences::{Theme, use_preferences};
use crate::hooks::route::Route;
use crate::hooks::words::use_words;
use crate::state::{Run, Wal};

/// What [`Header`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HeaderProps {
    pub(crate) route: Route,
    pub(crate) open_help: Callback<()>,
    pub(crate) share: Callback<()>,
    pub(crate) open_sandbox: Callback<()>,
}

/// The head of the page.
#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let words = use_words();
    let current = |route| (props.route == route).then_some("page");
    let open_help = props.open_help.reform(|_: MouseEvent| ());
    let share = props.share.reform(|_: MouseEvent| ());
    let open_sandbox = props.open_sandbox.reform(|_: MouseEvent| ());
    html! {
        <header class="header">
            <a class="mark" href="#" key="mark">
                { words.say("mark.first") }<b>{ words.say("mark.second") }</b>
            </a>
            <div class="where" key="where">
                if props.route == Route::Lab {
                    <Scenario key="scenario" />
                    <GroupChoice key="group" />
                }
            </div>
            <nav key="nav" aria-label={words.say("nav.label").to_owned()}>
                <a key="lab" href="#" aria-current={current(Route::Lab)}>{ words.say("nav.lab") }</a>
                <a key="figures" href="#figures" aria-current={current(Route::Figures)}>
                    { words.say("nav.figures") }
                </a>
                <a key="about" href="#about" aria-current={current(Route::About)}>
                    { words.say("nav.about") }
                </a>
                if props.route == Route::Lab {
                    <button key="sandbox" type="button" class="plain" onclick={open_sandbox}>
                        { words.say("sandbox.open") }
                    </button>
                    <button key="share" type="button" class="plain" onclick={share}>
                        { words.say("nav.share") }
                    </button>
                }
                <button key="help" type="button" class="plain" onclick={open_help}>
                    { words.say("nav.help") }
                </button>
            </nav>
            <ThemeChoice key="theme" />
        </header>
    }
}

/// Which run is shown.
#[component]
fn Scenario() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let own = matches!(lab.wal, Wal::Read(_)) || lab.run.source == Source::OwnWal;
    let name = |source: &Source| match source {
        Source::Shipped(name) => name.clone(),
        Source::OwnWal => "own".to_owned(),
        Source::Text(_) => "text".to_owned(),
    };
    let option = |value: &str, name: &str| (value.to_owned(), name.to_owned());
    let mut options = vec![
        option("first-light", words.say("scenario.first-light")),
        option("insert", words.say("scenario.insert")),
        option("oltp", words.say("scenario.oltp")),
        option("clone", words.say("scenario.clone")),
        option("both", words.say("scenario.both")),
        option("mirrored", words.say("scenario.mirrored")),
    ];
    if own {
        options.push(option("own", words.say("scenario.own")));
    }
    if matches!(lab.run.source, Source::Text(_)) {
        options.push(option("text", words.say("scenario.text")));
    }
    let choose = Callback::from(move |value: String| {
        engine.load(Run::of(match value.as_str() {
            "own" => Source::OwnWal,
            "text" => return,
            _ => Source::Shipped(value),
        }));
    });
    html! {
        <Choice
            class="scenario"
            label={words.say("scenario.label").to_owned()}
            {options}
            chosen={name(&lab.run.source)}
            {choose}
        />
    }
}

/// Which protection group's copies the stage shows, where there is more than one.
#[component]
fn GroupChoice() -> Html {
    let words = use_words();
    let engine = use_engine();
    let frame = use_paced_frame();
    let (groups, shown) = frame.map_or((1, 0), |frame| (frame.groups(), frame.group));
    let choose = Callback::from(move |value: String| {
        if let Ok(group) = value.parse() {
            engine.look_with(|view| view.group = group);
        }
    });
    let options: Vec<_> = (0..groups)
        .map(|group| {
            let name = words.fill(
                "group.choice",
                &[("group", (group + 1).into()), ("groups", groups.into())],
            );
            (group.to_string(), name)
        })
        .collect();
    html! {
        <span>
            if groups > 1 {
                <Choice
                    label={words.say("group.label").to_owned()}
                    {options}
                    chosen={shown.to_string()}
                    {choose}
                />
            }
        </span>
    }
}

/// Light, dark, for a projector, or as the system has it.
#[component]
fn ThemeChoice() -> Html {
    let words = use_words();
    let preferences = use_preferences();
    let choose = preferences
        .choose_theme
        .reform(|name: String| Theme::named(&name));
    let options: Vec<_> = Theme::ALL
        .into_iter()
        .map(|theme| {
            let name = match theme {
                Theme::System => words.say("theme.system"),
                Theme::Light => words.say("theme.light"),
                Theme::Dark => words.say("theme.dark"),
                Theme::Projector => words.say("theme.projector"),
            };
            (theme.name().to_owned(), name.to_owned())
        })
        .collect();
    html! {
        <Choice
            class="theme"
            label={words.say("theme.label").to_owned()}
            {options}
            chosen={preferences.theme.name().to_owned()}
            {choose}
        />
    }
}
