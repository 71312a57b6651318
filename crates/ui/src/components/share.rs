//! The share dialog: what a link to this moment holds, the link itself, and the same as a file.

use gloo::utils::window;
use protocol::link::{LINK_MAX, Link, Origin, PLAIN_MAX};
use scene::{numbers, sentences};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{HtmlDialogElement, HtmlInputElement};
use yew::prelude::*;

use super::help::use_way_back;
use super::qr::qr;
use super::save::Save;
use crate::hooks::address::with_fragment;
use crate::hooks::download::{save, theme_of_files};
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::frames::use_frame;
use crate::hooks::words::{SharedWords, use_words};

/// The name under which a link is saved.
const FILE: &str = "moment.sixfold";
/// What was done that is told one by one.
const EDITS_SHOWN: usize = 6;

/// What [`Share`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ShareProps {
    pub(crate) open: bool,
    pub(crate) close: Callback<()>,
}

/// The dialog.
#[component]
pub(crate) fn Share(props: &ShareProps) -> Html {
    let words = use_words();
    let engine = use_engine();
    let node = use_node_ref();
    use_way_back(props.open, props.close.clone());
    use_effect_with((node.clone(), props.open), move |(node, open)| {
        if let Some(dialog) = node.cast::<HtmlDialogElement>() {
            if !*open {
                dialog.close();
            } else if !dialog.open() {
                // The link says what the state is, which frames of a run that plays do not.
                engine.look_closely();
                // Fails only for a dialog that is open or not on the page.
                drop(dialog.show_modal());
            }
        }
    });
    let close = props.close.reform(|_: MouseEvent| ());
    let onclose = props.close.reform(|_: Event| ());
    html! {
        <dialog class="help share" ref={node} aria-labelledby="share-title" {onclose}>
            <div class="top" key="top">
                <h2 id="share-title" key="title">{ words.say("share.title") }</h2>
                <button key="close" type="button" class="button" onclick={close}>
                    { words.say("help.close") }
                </button>
            </div>
            if props.open {
                <Shared key="shared" />
            }
        </dialog>
    }
}

/// What is shared: the moment that is shown now.
#[component]
fn Shared() -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    // A new frame, a new link.
    let _frame = use_frame();
    let Some(link) = engine.link() else {
        return html! { <p>{ words.say("share.nothing") }</p> };
    };
    let name = (lab.setup.as_ref()).map_or("", |setup| setup.name.as_str());
    html! {
        <>
            <p class="note" key="what">{ words.say("share.what") }</p>
            <ul class="holds" key="holds">
                { for holds(&words, &link, name).into_iter().map(|line| html! {
                    <li key={line.clone()}>{ line }</li>
                }) }
            </ul>
            { match link.to_text() {
                Ok(text) => html! { <Address key="address" address={with_fragment(&text)} packed={text.len() < link.to_file().len()} /> },
                Err(too_long) => html! {
                    <p key="long" class="long">{ words.fill("share.too-long", &[
                        ("length", too_long.length.into()),
                        ("most", LINK_MAX.into()),
                    ]) }</p>
                },
            } }
            <SaveLink key="file" text={link.to_file()} />
            <SavePicture key="picture" />
        </>
    }
}

/// What the link holds, a sentence each.
fn holds(words: &SharedWords, link: &Link, name: &str) -> Vec<String> {
    let mut lines = vec![match &link.origin {
        Origin::Shipped(_) => words.fill("share.holds.scenario", &[("name", name.into())]),
        Origin::Text(_) => words.fill("share.holds.text", &[("name", name.into())]),
        Origin::OwnWal(digest) => words.fill("share.holds.wal", &[("digest", digest.into())]),
    }];
    for change in &link.changes {
        lines.push(words.fill(
            "share.holds.change",
            &[
                ("path", (&change.path).into()),
                ("value", (&change.value).into()),
            ],
        ));
    }
    if let Some(seed) = link.seed {
        lines.push(words.fill("share.holds.seed", &[("seed", (&seed.to_string()).into())]));
    }
    for edit in link.edits.iter().take(EDITS_SHOWN) {
        lines.push(words.fill(
            "share.holds.edit",
            &[
                ("what", (&sentences::verb(words, edit.verb)).into()),
                ("time", (&numbers::seconds(edit.at_ns)).into()),
            ],
        ));
    }
    let more = link.edits.len().saturating_sub(EDITS_SHOWN);
    if more > 0 {
        lines.push(words.fill("share.holds.more", &[("count", more.into())]));
    }
    lines.push(words.fill(
        "share.holds.place",
        &[("place", (&link.cursor.to_string()).into())],
    ));
    if link.group > 0 {
        let group = [("group", (link.group + 1).into())];
        lines.push(words.fill("share.holds.group", &group));
    }
    if link.state.is_some() {
        lines.push(words.say("share.holds.state").to_owned());
    }
    lines
}

#[derive(Clone, PartialEq, Properties)]
struct AddressProps {
    address: AttrValue,
    /// It is no text that a person can read.
    packed: bool,
}

/// The link as an address: to copy, or for a camera.
#[component]
fn Address(props: &AddressProps) -> Html {
    let words = use_words();
    let copied = use_state_eq(|| None::<bool>);
    use_effect_with(props.address.clone(), {
        let copied = copied.setter();
        move |_| copied.set(None)
    });
    let field = use_node_ref();
    let select = {
        let field = field.clone();
        move || {
            if let Some(input) = field.cast::<HtmlInputElement>() {
                input.select();
            }
        }
    };
    let onfocus = {
        let select = select.clone();
        Callback::from(move |_: FocusEvent| select())
    };
    let copy = {
        let (address, copied) = (props.address.clone(), copied.setter());
        Callback::from(move |_: MouseEvent| {
            let write = window().navigator().clipboard().write_text(&address);
            let (copied, select) = (copied.clone(), select.clone());
            spawn_local(async move {
                let done = JsFuture::from(write).await.is_ok();
                if !done {
                    // To be copied by hand.
                    select();
                }
                copied.set(Some(done));
            });
        })
    };
    let said = copied.map_or("", |done| {
        words.say(if done {
            "share.copied"
        } else {
            "share.not-copied"
        })
    });
    let code = qr(&props.address, words.say("share.qr"));
    html! {
        <>
            <div class="address" key="address">
                <input key="field" ref={field} type="text" readonly=true value={props.address.clone()}
                    aria-label={words.say("share.link").to_owned()} {onfocus} />
                <button key="copy" type="button" class="button main" onclick={copy}>
                    { words.say("share.copy") }
                </button>
            </div>
            <p key="said" class="note" aria-live="polite">{ said }</p>
            if props.packed {
                <p key="packed" class="note">
                    { words.fill("share.packed", &[("most", PLAIN_MAX.into())]) }
                </p>
            }
            { match code {
                Some(code) => html! { <figure class="code" key="code">
                    { code }
                    <figcaption>{ words.say("share.qr.what") }</figcaption>
                </figure> },
                None => html! { <p class="note" key="code">{ words.say("share.no-qr") }</p> },
            } }
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct SaveLinkProps {
    text: AttrValue,
}

/// The link as a file.
#[component]
fn SaveLink(props: &SaveLinkProps) -> Html {
    let words = use_words();
    let failed = use_state_eq(|| false);
    let onclick = {
        let (text, failed) = (props.text.clone(), failed.setter());
        Callback::from(move |_: MouseEvent| {
            failed.set(save(FILE, "text/plain", &format!("{text}\n")).is_err());
        })
    };
    html! {
        <div class="file" key="file">
            <button type="button" class="button" {onclick}>{ words.say("share.save") }</button>
            <p class="note">
                { words.say(if *failed { "share.not-saved" } else { "share.save.what" }) }
            </p>
        </div>
    }
}

/// The stage as a picture: to be scaled, or for slides.
#[component]
fn SavePicture() -> Html {
    let words = use_words();
    let lab = use_lab();
    let frame = use_frame();
    let (Some(setup), Some(frame)) = (lab.setup.clone(), frame) else {
        return Html::default();
    };
    let picture = {
        let words = words.clone();
        Callback::from(move |()| scene::picture(&words, &setup, &frame, theme_of_files()))
    };
    html! {
        <Save
            name="moment"
            label={words.say("share.picture").to_owned()}
            {picture}
            about={words.say("share.picture.what").to_owned()}
        />
    }
}
