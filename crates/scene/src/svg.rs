//! Shapes as SVG elements, and a drawing as SVG text that stands alone.
//!
//! The page makes nodes of the elements, the command line writes them as text: both draw the same.

use std::borrow::Cow;

use plot::short;

use crate::shape::{Anchor, Drawing, Face, Paint, Shape, Style, Text};
use crate::theme::Theme;

/// Where the colours and letters of an element come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// From the custom properties of the page's style sheet.
    Page,
    /// Written out.
    Fixed(Theme),
}

/// An SVG element, without what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub tag: &'static str,
    /// Its attributes.
    pub attributes: Vec<(&'static str, Cow<'static, str>)>,
}

impl Element {
    /// The element that a shape is drawn as. A group's shapes and a text's letters are for the
    /// caller to put in.
    pub fn of(shape: &Shape, colours: Colours) -> Self {
        let mut element = Self {
            tag: "",
            attributes: Vec::with_capacity(8),
        };
        match shape {
            Shape::Rect { area, round, style } => {
                element.tag = "rect";
                element.numbers(&[
                    ("x", area.x),
                    ("y", area.y),
                    ("width", area.width),
                    ("height", area.height),
                    ("rx", *round),
                ]);
                element.style(style, colours);
            }
            Shape::Path { data, style } => {
                element.tag = "path";
                element.put("d", data.clone());
                element.style(style, colours);
            }
            Shape::Circle {
                x,
                y,
                radius,
                style,
            } => {
                element.tag = "circle";
                element.numbers(&[("cx", *x), ("cy", *y), ("r", *radius)]);
                element.style(style, colours);
            }
            Shape::Text(text) => {
                element.tag = "text";
                element.text(text, colours);
            }
            Shape::Group { at, .. } => {
                element.tag = "g";
                if *at != (0.0, 0.0) {
                    let (x, y) = (short(at.0), short(at.1));
                    element.put("transform", format!("translate({x} {y})"));
                }
            }
        }
        element
    }

    fn put(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.attributes.push((name, value.into()));
    }

    fn numbers(&mut self, numbers: &[(&'static str, f64)]) {
        for (name, number) in numbers {
            self.put(name, short(*number));
        }
    }

    fn style(&mut self, style: &Style, colours: Colours) {
        self.put("fill", colours.paint(style.fill));
        if style.stroke != Paint::None {
            self.put("stroke", colours.paint(style.stroke));
            self.put("stroke-width", short(style.width));
            self.put("stroke-linecap", "round");
            self.put("stroke-linejoin", "round");
        }
        if let Some(pattern) = style.dash.pattern() {
            self.put("stroke-dasharray", pattern);
        }
        if style.opacity < 1.0 {
            self.put("opacity", short(style.opacity));
        }
    }

    fn text(&mut self, text: &Text, colours: Colours) {
        self.numbers(&[("x", text.x), ("y", text.y), ("font-size", text.size)]);
        self.put("font-family", colours.family(text.face));
        self.put("fill", colours.paint(text.paint));
        match text.anchor {
            Anchor::Start => {}
            Anchor::Middle => self.put("text-anchor", "middle"),
            Anchor::End => self.put("text-anchor", "end"),
        }
        if text.bold {
            self.put("font-weight", "600");
        }
        if text.halo != Paint::None {
            self.put("stroke", colours.paint(text.halo));
            self.put("stroke-width", "4");
            self.put("stroke-linejoin", "round");
            self.put("paint-order", "stroke");
        }
    }
}

impl Colours {
    const fn paint(self, paint: Paint) -> &'static str {
        match self {
            Self::Page => paint.variable(),
            Self::Fixed(theme) => theme.colour(paint),
        }
    }

    const fn family(self, face: Face) -> &'static str {
        match (self, face) {
            (Self::Page, Face::Sans) => "var(--sans)",
            (Self::Page, Face::Mono) => "var(--mono)",
            (Self::Fixed(_), Face::Sans) => {
                "Inter, system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
            }
            (Self::Fixed(_), Face::Mono) => {
                "ui-monospace, 'JetBrains Mono', Consolas, 'DejaVu Sans Mono', monospace"
            }
        }
    }
}

/// Writes a drawing as an SVG file: colours written out, no scripts, no style sheet, nothing loaded.
pub fn to_svg(drawing: &Drawing, theme: Theme) -> String {
    let (width, height) = (short(drawing.width), short(drawing.height));
    let ground = theme.colour(Paint::Ground);
    let label = escape(&drawing.label);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{label}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{ground}\"/>\n",
    );
    for shape in &drawing.shapes {
        write_shape(&mut svg, shape, theme);
    }
    svg.push_str("</svg>\n");
    svg
}

fn write_shape(svg: &mut String, shape: &Shape, theme: Theme) {
    let element = Element::of(shape, Colours::Fixed(theme));
    svg.push('<');
    svg.push_str(element.tag);
    for (name, value) in &element.attributes {
        for part in [" ", name, "=\"", &escape(value), "\""] {
            svg.push_str(part);
        }
    }
    svg.push('>');
    match shape {
        Shape::Text(text) => svg.push_str(&escape(&text.text)),
        Shape::Group { shapes, .. } => {
            svg.push('\n');
            for shape in shapes {
                write_shape(svg, shape, theme);
            }
        }
        Shape::Rect { .. } | Shape::Path { .. } | Shape::Circle { .. } => {}
    }
    for part in ["</", element.tag, ">\n"] {
        svg.push_str(part);
    }
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            _ => safe.push(letter),
        }
    }
    safe
}
