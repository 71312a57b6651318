//! The ways that the run took: to return to, to name, to forget.

use protocol::{Against, BRANCH_NAME_MAX, BranchView};
use scene::{branches, numbers};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::focus::focus_on;
use crate::hooks::engine::use_engine;
use crate::hooks::frames::use_paced_frame;
use crate::hooks::words::use_words;

/// The id of the list.
const LIST: &str = "branches";

/// The branches, once there is more than one.
#[component]
pub(crate) fn Branches() -> Html {
    let words = use_words();
    let frame = use_paced_frame();
    let Some(frame) = frame.filter(|frame| frame.branches.len() > 1) else {
        return Html::default();
    };
    html! {
        <section class="branches" aria-labelledby="branches-title">
            <h2 key="title" id="branches-title">{ words.say("branches.title") }</h2>
            <p key="what" class="note">{ words.say("branches.what") }</p>
            <ol key="list" id={LIST} tabindex="-1" aria-labelledby="branches-title">
                { for frame.branches.iter().map(|branch| html! {
                    <Branch key={branch.id} branch={branch.clone()} />
                }) }
            </ol>
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct BranchProps {
    branch: BranchView,
}

/// One of them.
#[component]
fn Branch(props: &BranchProps) -> Html {
    let words = use_words();
    let engine = use_engine();
    let branch = &props.branch;
    let naming = use_state_eq(|| false);
    let id = branch.id;
    let name = branches::name(&words, branch);
    let go = {
        let engine = engine.clone();
        Callback::from(move |_: MouseEvent| engine.go_to_branch(id))
    };
    let compare = {
        let engine = engine.clone();
        Callback::from(move |_: MouseEvent| engine.compare(Some(Against::Branch(id))))
    };
    let forget = {
        let engine = engine.clone();
        Callback::from(move |_: MouseEvent| {
            engine.delete_branch(id);
            focus_on(LIST);
        })
    };
    let rename = {
        let naming = naming.setter();
        Callback::from(move |_: MouseEvent| naming.set(true))
    };
    let input = use_node_ref();
    use_effect_with((*naming, input.clone()), |(naming, input)| {
        if let Some(input) = input.cast::<HtmlInputElement>().filter(|_| *naming) {
            // A field that is on the page takes the focus.
            drop(input.focus());
            input.select();
        }
    });
    let onsubmit = {
        let (naming, input) = (naming.setter(), input.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(input) = input.cast::<HtmlInputElement>() {
                engine.rename_branch(id, input.value());
            }
            naming.set(false);
            focus_on(LIST);
        })
    };
    let onkeydown = {
        let naming = naming.setter();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                naming.set(false);
                focus_on(LIST);
            }
        })
    };
    let about = words.fill(
        "branches.about",
        &[
            ("edits", branch.edits.into()),
            ("until", (&numbers::seconds(branch.explored_ns)).into()),
        ],
    );
    html! {
        <li class={classes!(branch.current.then_some("current"))}
            aria-current={branch.current.then_some("true")}>
            if *naming {
                <form key="form" {onsubmit}>
                    <input ref={input} type="text" maxlength={BRANCH_NAME_MAX.to_string()}
                        value={branch.name.clone().unwrap_or_default()}
                        placeholder={name.clone()}
                        aria-label={words.say("branches.name").to_owned()} {onkeydown} />
                    <button type="submit" class="button">{ words.say("branches.save") }</button>
                </form>
            } else {
                <p key="name" class="name">{ name.clone() }</p>
            }
            <p key="about" class="aside">{ about }</p>
            <div key="actions" class="actions">
                if branch.current {
                    <span key="here" class="aside">{ words.say("branches.here") }</span>
                } else {
                    <button key="go" type="button" class="button" onclick={go}
                        aria-label={words.fill("branches.go.which", &[("name", (&name).into())])}
                    >{ words.say("branches.go") }</button>
                }
                if !branch.current {
                    <button key="compare" type="button" class="plain" onclick={compare}
                        aria-label={words.fill("other.compare.which", &[("name", (&name).into())])}
                    >{ words.say("other.compare") }</button>
                }
                <button key="rename" type="button" class="plain" onclick={rename}
                    aria-label={words.fill("branches.rename.which", &[("name", (&name).into())])}
                >{ words.say("branches.rename") }</button>
                if !branch.current {
                    <button key="forget" type="button" class="plain" onclick={forget}
                        aria-label={words.fill("branches.forget.which", &[("name", (&name).into())])}
                    >{ words.say("branches.forget") }</button>
                }
            </div>
        </li>
    }
}
