//! The page of an exhibit: the app's page, with the lesson in it as text that needs no program. The app
//! finds the steps in this text, so that the two cannot differ.

use pulldown_cmark::{Options, Parser, html};
use scene::{Theme, Words};

use crate::source::Prediction;
use crate::tell::{Told, ToldStep};

/// A file of the site.
#[derive(Debug, PartialEq, Eq)]
pub struct SiteFile {
    /// Where it goes, below the site.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// The files of an exhibit: its page, made of that of the app, and its picture, light and dark.
///
/// # Errors
/// The app's page has no place for it; says which.
pub fn site_files(told: &Told, app: &str) -> Result<Vec<SiteFile>, String> {
    let (setup, frame) = &told.still;
    let words = Words::english();
    let picture = |theme| scene::picture(&words, setup, frame, theme);
    let file = |name: &str, text| SiteFile {
        path: format!("{}/{name}", told.id),
        text,
    };
    Ok(vec![
        file("index.html", page(told, app)?),
        file("still.svg", picture(Theme::Light)),
        file("still-dark.svg", picture(Theme::Dark)),
    ])
}

fn page(told: &Told, app: &str) -> Result<String, String> {
    let title = format!("{}: Sixfold", escaped(&told.title));
    let card = format!(
        "<meta property=\"og:title\" content=\"{title}\">\n\
         <meta property=\"og:type\" content=\"article\">\n"
    );
    let mut page = app.to_owned();
    for (from, to, with) in [
        // Before the first address: those of the app are of the folder above.
        ("<meta ", "<meta ", "<base href=\"../\">\n".to_owned()),
        ("<title>", "</title>", format!("<title>{title}")),
        ("</head>", "</head>", card),
        ("<main class=\"shell\">", "<p id=\"loading\"", article(told)),
    ] {
        let start = page.find(from);
        let end = start.and_then(|at| Some(at + page[at..].find(to)?));
        let place = start.zip(end);
        let (start, end) = place.ok_or_else(|| format!("expected {from} and {to} in the page"))?;
        page.replace_range(start..end, &with);
    }
    Ok(page)
}

fn article(told: &Told) -> String {
    let Told {
        id,
        title,
        minutes,
        steps,
        ..
    } = told;
    let title = escaped(title);
    let steps: String = steps.iter().map(section).collect();
    format!(
        "<main class=\"shell\" id=\"exhibit\" data-minutes=\"{minutes}\">\n<h1>{title}</h1>\n\
         <picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"{id}/still-dark.svg\">\
         <img src=\"{id}/still.svg\" alt=\"\" width=\"960\" height=\"540\"></picture>\n{steps}"
    )
}

fn section(step: &ToldStep) -> String {
    let link = step.link.to_text().unwrap_or_default();
    let question = step.prediction.as_ref().map(question).unwrap_or_default();
    format!(
        "<section data-link=\"{}\">\n<h2>{}</h2>\n<div class=\"prose\">\n{}</div>\n{question}\
         <div class=\"prose\">\n{}</div>\n</section>\n",
        escaped(&link),
        escaped(&step.title),
        to_html(&step.prose),
        to_html(&step.after),
    )
}

fn question(asked: &Prediction) -> String {
    let choice = |choice: &crate::source::Choice| {
        format!(
            "<li{}><span>{}</span> <details><summary>Why, or why not</summary><span>{}</span></details></li>\n",
            if choice.right { " data-right" } else { "" },
            escaped(&choice.text),
            escaped(&choice.because),
        )
    };
    let choices: String = asked.choices.iter().map(choice).collect();
    format!(
        "<div class=\"ask\">\n<p>{}</p>\n<ol>\n{choices}</ol>\n</div>\n",
        escaped(&asked.ask)
    )
}

fn to_html(markdown: &str) -> String {
    let mut text = String::new();
    html::push_html(&mut text, Parser::new_ext(markdown, Options::ENABLE_TABLES));
    text
}

fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            _ => safe.push(c),
        }
    }
    safe
}
