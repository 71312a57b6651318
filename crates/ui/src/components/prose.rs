//! Text with a little markup: `*what matters*`, `[a link](https://example.org)`, and code between two
//! backticks.

use yew::prelude::*;

/// A message with its markup as nodes.
pub(crate) fn prose(text: &str) -> Html {
    let mut nodes = Vec::new();
    let mut rest = text;
    while let Some(place) = rest.find(['*', '[', '`']) {
        nodes.push(html! { { rest[..place].to_owned() } });
        let marked = &rest[place..];
        let Some((node, after)) = emphasis(marked)
            .or_else(|| link(marked))
            .or_else(|| code(marked))
        else {
            nodes.push(html! { { rest[place..=place].to_owned() } });
            rest = &rest[place + 1..];
            continue;
        };
        nodes.push(node);
        rest = after;
    }
    nodes.push(html! { { rest.to_owned() } });
    let nodes = nodes
        .into_iter()
        .enumerate()
        .map(|(n, node)| html! { <key={n}>{ node }</> });
    html! { { for nodes } }
}

fn emphasis(text: &str) -> Option<(Html, &str)> {
    let (inside, after) = text.strip_prefix('*')?.split_once('*')?;
    Some((html! { <em>{ inside.to_owned() }</em> }, after))
}

fn code(text: &str) -> Option<(Html, &str)> {
    let (inside, after) = text.strip_prefix('`')?.split_once('`')?;
    Some((html! { <code>{ inside.to_owned() }</code> }, after))
}

fn link(text: &str) -> Option<(Html, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (address, after) = rest.split_once(')')?;
    let node = html! {
        <a href={address.to_owned()} rel="noreferrer">{ label.to_owned() }</a>
    };
    Some((node, after))
}
