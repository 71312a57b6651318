//! What the user prefers: the theme, kept in local storage where there is any, and whether the
//! system asks for less motion.

use gloo::events::EventListener;
use gloo::utils::{document_element, window};
use web_sys::MediaQueryList;
use yew::prelude::*;

const THEME: &str = "sixfold.theme";

/// How the page is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
    /// Light, larger, heavier and with more contrast.
    Projector,
}

impl Theme {
    pub(crate) const ALL: [Self; 4] = [Self::System, Self::Light, Self::Dark, Self::Projector];

    /// Its name in storage and in the page's attribute.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Projector => "projector",
        }
    }

    /// The theme of this name.
    pub(crate) fn named(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.name() == name)
            .unwrap_or_default()
    }
}

/// The preferences, and how to change them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Preferences {
    pub(crate) theme: Theme,
    pub(crate) choose_theme: Callback<Theme>,
    /// The system asks for less motion.
    pub(crate) less_motion: bool,
}

/// Gives the preferences to what is inside.
#[component]
pub(crate) fn PreferencesProvider(props: &html::ChildrenProps) -> Html {
    let theme = use_state_eq(|| read(THEME).map_or(Theme::System, |name| Theme::named(&name)));
    let less_motion = use_media("(prefers-reduced-motion: reduce)");
    let choose_theme = use_callback((), {
        let theme = theme.setter();
        move |chosen: Theme, ()| {
            write(THEME, chosen.name());
            theme.set(chosen);
        }
    });
    use_effect_with(*theme, |theme| {
        let root = document_element();
        let applied = match theme {
            Theme::System => root.remove_attribute("data-theme"),
            Theme::Light | Theme::Dark | Theme::Projector => {
                root.set_attribute("data-theme", theme.name())
            }
        };
        applied.expect("the root element takes a plain attribute");
    });
    let context = Preferences {
        theme: *theme,
        choose_theme,
        less_motion,
    };
    html! {
        <ContextProvider<Preferences> {context}>
            { props.children.clone() }
        </ContextProvider<Preferences>>
    }
}

impl Preferences {
    /// How much larger than usual pictures are drawn, where there is room.
    pub(crate) fn picture_scale(&self) -> f64 {
        if self.theme == Theme::Projector {
            1.25
        } else {
            1.0
        }
    }
}

/// The user's preferences.
#[hook]
pub(crate) fn use_preferences() -> Preferences {
    use_context::<Preferences>().expect("the app provides preferences")
}

/// Whether a media query holds.
#[hook]
pub(crate) fn use_media(query: &'static str) -> bool {
    let list = use_memo((), |()| -> Option<MediaQueryList> {
        window().match_media(query).ok().flatten()
    });
    let holds = use_state_eq(|| list.as_ref().as_ref().is_some_and(MediaQueryList::matches));
    let setter = holds.setter();
    use_effect_with((), move |()| {
        let listener = list.as_ref().clone().map(|list| {
            EventListener::new(&list.clone(), "change", move |_| setter.set(list.matches()))
        });
        move || drop(listener)
    });
    *holds
}

/// What is stored under a name. Storage may be missing or forbidden.
fn read(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

/// Stores something for the next visit, where that is possible.
fn write(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A full or forbidden storage costs the user nothing but the memory of a choice.
        drop(storage.set_item(name, value));
    }
}
