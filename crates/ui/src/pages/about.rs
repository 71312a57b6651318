//! What this is, where it comes from, and what it leaves out.

use scene::{PARTS, Part};
use yew::prelude::*;

use crate::components::prose;
use crate::hooks::words::{SharedWords, use_words};

/// The page about the project.
#[component]
pub(crate) fn AboutPage() -> Html {
    let words = use_words();
    let list = |keys: &[&'static str]| {
        let items = keys.iter().map(|&key| {
            html! { <li {key}>{ prose(words.say(key)) }</li> }
        });
        html! { <ul>{ for items }</ul> }
    };
    html! {
        <main class="about">
            <article>
                <h1 id="title" key="title" tabindex="-1">{ words.say("about.title") }</h1>
                <p key="what">{ prose(words.say("about.what")) }</p>
                <p key="how">{ prose(words.say("about.how")) }</p>
                <h2 key="nobody-title">{ words.say("about.nobody.title") }</h2>
                <p key="nobody">{ prose(words.say("about.nobody")) }</p>
                <h2 key="sources-title">{ words.say("about.sources.title") }</h2>
                <p key="sources">{ prose(words.say("about.sources")) }</p>
                <div key="sources-list" class="sources">
                    { list(&[
                        "about.source.sigmod17",
                        "about.source.sigmod18",
                        "about.source.postgresql",
                        "about.source.notes",
                    ]) }
                </div>
                <h2 key="invariants-title">{ words.say("about.invariants.title") }</h2>
                <p key="invariants">{ prose(words.say("about.invariants")) }</p>
                { parts(&words, |part| part.invariants) }
                <h2 key="simple-title">{ words.say("about.simple.title") }</h2>
                <p key="simple">{ prose(words.say("about.simple")) }</p>
                { parts(&words, |part| part.simplifications) }
                <h2 key="privacy-title">{ words.say("about.privacy.title") }</h2>
                <p key="privacy">{ prose(words.say("about.privacy")) }</p>
                <h2 key="licence-title">{ words.say("about.licence.title") }</h2>
                <p key="licence">{ prose(words.say("about.licence")) }</p>
                <p key="version" class="note">
                    { words.fill("about.version", &[
                        ("version", env!("CARGO_PKG_VERSION").into()),
                        ("model", protocol::MODEL.into()),
                    ]) }
                </p>
                <p key="back"><a href="#">{ words.say("about.back") }</a></p>
            </article>
        </main>
    }
}

/// What the headers of the model crates say, part by part.
fn parts(words: &SharedWords, of: fn(&Part) -> &'static [&'static str]) -> Html {
    let title = |part: &Part| match part.name {
        "engine-quorum" => words.say("about.part.engine-quorum"),
        "engine-wal" => words.say("about.part.engine-wal"),
        "lab" => words.say("about.part.lab"),
        "redo" => words.say("about.part.redo"),
        "sim" => words.say("about.part.sim"),
        name => name,
    };
    html! {
        { for PARTS.iter().map(|part| html! {
            <section key={part.name}>
                <h3 key="title">{ title(part) }</h3>
                <ul key="list">
                    { for of(part).iter().map(|item| html! { <li key={*item}>{ prose(item) }</li> }) }
                </ul>
            </section>
        }) }
    }
}
