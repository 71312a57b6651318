//! A drawing as nodes of the page.

use scene::{Colours, Drawing, Element, Shape};
use yew::prelude::*;
use yew::virtual_dom::VTag;

/// What [`Picture`] shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct PictureProps {
    /// The drawing.
    pub drawing: Drawing,
    /// Class of the `svg` element.
    #[prop_or_default]
    pub class: Classes,
    /// Only decorates: what it says is said elsewhere.
    #[prop_or_default]
    pub hidden: bool,
    /// How much larger than it was laid out for.
    #[prop_or(1.0)]
    pub scale: f64,
}

/// A drawing as an `svg` element.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let PictureProps {
        drawing,
        class,
        hidden,
        scale,
    } = props;
    let (width, height) = (plot::short(drawing.width), plot::short(drawing.height));
    let parts = drawing.shapes.iter().enumerate().map(|(n, shape)| {
        html! { <Part key={key(n, shape)} shape={shape.clone()} /> }
    });
    html! {
        <svg
            class={class.clone()}
            viewBox={format!("0 0 {width} {height}")}
            width={plot::short(drawing.width * scale)}
            height={plot::short(drawing.height * scale)}
            role={if *hidden { "presentation" } else { "img" }}
            aria-hidden={hidden.then_some("true")}
            aria-label={(!hidden).then(|| drawing.label.clone())}
        >
            { for parts }
        </svg>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct PartProps {
    shape: Shape,
}

/// A part of a drawing. A component of its own, so that a part that did not change is left alone.
#[component]
fn Part(props: &PartProps) -> Html {
    node(&props.shape, None)
}

fn key(place: usize, shape: &Shape) -> String {
    match shape {
        Shape::Group { key, .. } => key.clone(),
        Shape::Rect { .. } | Shape::Path { .. } | Shape::Circle { .. } | Shape::Text(_) => {
            format!("{place}")
        }
    }
}

fn node(shape: &Shape, key_of_node: Option<String>) -> Html {
    let element = Element::of(shape, Colours::Page);
    let mut tag = VTag::new(element.tag);
    tag.key = key_of_node.map(Into::into);
    for (name, value) in element.attributes {
        match value {
            std::borrow::Cow::Borrowed(text) => tag.add_attribute(name, text),
            std::borrow::Cow::Owned(text) => tag.add_attribute(name, text),
        }
    }
    match shape {
        Shape::Text(text) => tag.add_child(html! { { text.text.clone() } }),
        Shape::Group {
            key: name, shapes, ..
        } => {
            tag.add_attribute("data-key", name.clone());
            tag.add_children(
                shapes
                    .iter()
                    .enumerate()
                    .map(|(n, shape)| node(shape, Some(key(n, shape)))),
            );
        }
        Shape::Rect { .. } | Shape::Path { .. } | Shape::Circle { .. } => {}
    }
    tag.into()
}
