//! The exhibit of this page: its text stands in the page until the app takes its place.

use std::rc::Rc;

use gloo::utils::document;
use web_sys::Element;
use yew::prelude::*;

use crate::state::{Ask, Choice, Exhibit, Step};

/// The exhibit of this page, if it is the page of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ExhibitShown(pub(crate) Option<Rc<Exhibit>>);

/// The exhibit of this page, if it is the page of one.
#[hook]
pub(crate) fn use_exhibit() -> Option<Rc<Exhibit>> {
    use_context::<ExhibitShown>()
        .expect("the app provides the exhibit")
        .0
}

/// Reads the exhibit from the page, before the app takes the place of its text.
pub(crate) fn on_page() -> Option<Exhibit> {
    let main = document().get_element_by_id("exhibit")?;
    let steps: Vec<_> = all(&main, "section")
        .iter()
        .map(step)
        .map(Rc::new)
        .collect();
    (!steps.is_empty()).then(|| Exhibit {
        title: text(&main, "h1"),
        minutes: main.get_attribute("data-minutes").unwrap_or_default(),
        steps,
    })
}

fn step(section: &Element) -> Step {
    let mut prose = all(section, ".prose")
        .into_iter()
        .map(|part| part.inner_html());
    let ask = first(section, ".ask").map(|asked| Ask {
        text: text(&asked, "p"),
        choices: all(&asked, "li").iter().map(choice).collect(),
    });
    Step {
        title: text(section, "h2"),
        link: section.get_attribute("data-link").unwrap_or_default(),
        prose: prose.next().unwrap_or_default(),
        ask,
        after: prose.next().unwrap_or_default(),
    }
}

fn choice(item: &Element) -> Choice {
    Choice {
        text: text(item, ":scope > span"),
        because: text(item, "details > span"),
        right: item.has_attribute("data-right"),
    }
}

fn first(inside: &Element, selector: &str) -> Option<Element> {
    inside.query_selector(selector).ok().flatten()
}

fn all(inside: &Element, selector: &str) -> Vec<Element> {
    let found = inside.query_selector_all(selector).ok();
    let nodes = found.map(|list| (0..list.length()).filter_map(move |n| list.item(n)));
    let elements = nodes.into_iter().flatten();
    elements
        .filter_map(|node| wasm_bindgen::JsCast::dyn_into(node).ok())
        .collect()
}

fn text(inside: &Element, selector: &str) -> String {
    first(inside, selector)
        .and_then(|found| found.text_content())
        .unwrap_or_default()
}
