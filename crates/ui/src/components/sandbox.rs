//! The sandbox: every parameter of the scenario as a form, made of what the parser says of them.

use std::rc::Rc;

use protocol::{Change, Described, Parameter, ParameterKind};
use scene::sandbox::{self, MISTAKES, SECTIONS};
use web_sys::{HtmlDialogElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::help::use_way_back;
use super::wal_files::ChooseScenario;
use crate::hooks::download::save;
use crate::hooks::engine::{use_engine, use_lab};
use crate::hooks::frames::DescribedShown;
use crate::hooks::words::use_words;
use crate::state::Run;

/// Sections that are open at first.
const OPEN: usize = 3;

/// What [`Sandbox`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SandboxProps {
    pub(crate) open: bool,
    pub(crate) close: Callback<()>,
}

/// The form as a dialog.
#[component]
pub(crate) fn Sandbox(props: &SandboxProps) -> Html {
    let words = use_words();
    let node = use_node_ref();
    use_way_back(props.open, props.close.clone());
    use_effect_with((node.clone(), props.open), |(node, open)| {
        if let Some(dialog) = node.cast::<HtmlDialogElement>() {
            if !*open {
                dialog.close();
            } else if !dialog.open() {
                // Fails only for a dialog that is open or not on the page.
                drop(dialog.show_modal());
            }
        }
    });
    let close = props.close.reform(|_: MouseEvent| ());
    let onclose = props.close.reform(|_: Event| ());
    html! {
        <dialog class="help sandbox" ref={node} aria-labelledby="sandbox-title" {onclose}>
            <div class="top" key="top">
                <h2 id="sandbox-title" key="title">{ words.say("sandbox.title") }</h2>
                <button key="close" type="button" class="button" onclick={close}>
                    { words.say("help.close") }
                </button>
            </div>
            if props.open {
                <Form key="form" close={props.close.clone()} />
            }
        </dialog>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FormProps {
    close: Callback<()>,
}

#[component]
fn Form(props: &FormProps) -> Html {
    let words = use_words();
    let engine = use_engine();
    let lab = use_lab();
    let described = use_context::<DescribedShown>().expect("the app provides what is described");
    let loaded = lab.run.all_changes();
    let changes = use_state_eq(|| loaded.clone());
    let failed = use_state_eq(|| false);
    // What is loaded by other means is the new beginning.
    use_effect_with(lab.run.clone(), {
        let changes = changes.setter();
        move |run| changes.set(run.all_changes())
    });
    use_effect_with((lab.run.source.clone(), (*changes).clone()), {
        let engine = engine.clone();
        move |(source, changes)| engine.describe(source.clone(), changes.clone())
    });
    let set = {
        let changes = changes.clone();
        Callback::from(move |(path, value): (String, String)| {
            let mut next = (*changes).clone();
            next.retain(|change| change.path != path);
            if !value.is_empty() {
                next.push(Change { path, value });
            }
            changes.set(next);
        })
    };
    let Some(described) = described.0 else {
        return html! { <p>{ words.say("sandbox.waiting") }</p> };
    };
    let is_changed = *changes != loaded;
    // Whether the answer that is here is about what is written now, and everything of it fits.
    let fits = described.changes == *changes && described.left_out.is_empty();
    let apply = {
        let close = props.close.clone();
        let run = Run {
            source: lab.run.source.clone(),
            changes: (*changes).clone(),
            seed: None,
        };
        Callback::from(move |_: MouseEvent| {
            engine.load(run.clone());
            close.emit(());
        })
    };
    let reset = {
        let changes = changes.setter();
        Callback::from(move |_: MouseEvent| changes.set(loaded.clone()))
    };
    let export = {
        let (described, failed) = (Rc::clone(&described), failed.setter());
        let name = (lab.setup.as_ref()).map_or("", |setup| setup.name.as_str());
        let name = [name, ".toml"].concat();
        Callback::from(move |_: MouseEvent| {
            failed.set(save(&name, "application/toml", &described.text).is_err());
        })
    };
    let said = match changes.len() {
        0 => words.say("sandbox.unchanged").to_owned(),
        count => words.fill("sandbox.changed", &[("count", count.into())]),
    };
    html! {
        <>
            <p key="lead" class="note">{ words.say("sandbox.lead") }</p>
            <div key="files" class="file">
                <button key="export" type="button" class="button" onclick={export}>
                    { words.say("sandbox.export") }
                </button>
                <ChooseScenario key="import" />
                if *failed {
                    <p key="failed" class="note">{ words.say("share.not-saved") }</p>
                }
            </div>
            <div key="do" class="do">
                <button
                    key="apply"
                    type="button"
                    class="button main"
                    disabled={!is_changed || !fits}
                    onclick={apply}
                >
                    { words.say("sandbox.apply") }
                </button>
                <button key="reset" type="button" class="button" disabled={!is_changed} onclick={reset}>
                    { words.say("sandbox.reset") }
                </button>
                <div key="said" aria-live="polite">
                    <p key="count">{ said }</p>
                    { for described.left_out.iter().enumerate().map(|(n, problem)| html! {
                        <p key={n} class="wrong">{ problem.text.clone() }</p>
                    }) }
                </div>
            </div>
            { for SECTIONS.iter().enumerate().map(|(n, (section, title))| html! {
                <Section
                    key={*section}
                    open={n < OPEN}
                    section={*section}
                    title={words.say(title).to_owned()}
                    described={Rc::clone(&described)}
                    changes={(*changes).clone()}
                    set={set.clone()}
                />
            }) }
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct SectionProps {
    open: bool,
    section: &'static str,
    title: String,
    described: Rc<Described>,
    changes: Vec<Change>,
    set: Callback<(String, String)>,
}

#[component]
fn Section(props: &SectionProps) -> Html {
    let fields = props.described.parameters.iter();
    let fields = fields.filter(|parameter| sandbox::section(&parameter.path) == props.section);
    let field = |parameter: &Parameter| {
        let mut changes = props.changes.iter();
        let change = changes.find(|change| change.path == parameter.path);
        let wrong = change.is_some_and(|change| {
            let place = format!("{} = {}", change.path, change.value);
            let mut left_out = props.described.left_out.iter();
            left_out.any(|problem| problem.place.as_ref() == Some(&place))
        });
        let shown = change.map(|change| change.value.clone());
        let shown = shown.or_else(|| parameter.value.clone());
        html! {
            <Field
                key={parameter.path.clone()}
                parameter={parameter.clone()}
                shown={shown.unwrap_or_default()}
                changed={change.is_some()}
                {wrong}
                set={props.set.clone()}
            />
        }
    };
    html! {
        <details open={props.open} class="parameters">
            <summary key="title">{ &props.title }</summary>
            <div key="fields" class="fields">{ for fields.map(field) }</div>
        </details>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FieldProps {
    parameter: Parameter,
    /// What stands there, or was written last; may be empty.
    shown: String,
    /// It is not as it was loaded.
    changed: bool,
    /// What was written does not fit.
    wrong: bool,
    set: Callback<(String, String)>,
}

/// One parameter.
#[component]
fn Field(props: &FieldProps) -> Html {
    let words = use_words();
    let FieldProps {
        parameter,
        shown,
        changed,
        wrong,
        ..
    } = props;
    let path = parameter.path.clone();
    let (name, why) = sandbox::told(&words, &path);
    let set = {
        let path = path.clone();
        props.set.reform(move |value: String| (path.clone(), value))
    };
    let hint = sandbox::hint(&words, parameter);
    let about = format!("about-{}", path.replace('.', "-"));
    let control = match &parameter.kind {
        ParameterKind::Choices(_) => return html! { <Mistakes shown={shown.clone()} {set} /> },
        ParameterKind::Flag => {
            let options = [("true", "sandbox.yes"), ("false", "sandbox.no")];
            let options = options.map(|(value, key)| (value.to_owned(), words.say(key).to_owned()));
            select(
                &options,
                props,
                &about,
                &set,
                sandbox::usual(&words, &parameter.default),
            )
        }
        ParameterKind::Choice(names) => {
            let options: Vec<_> = names
                .iter()
                .map(|name| (name.clone(), name.clone()))
                .collect();
            let usual = match parameter.default.as_str() {
                "" => words.say("sandbox.depends").to_owned(),
                default => sandbox::usual(&words, default),
            };
            select(&options, props, &about, &set, usual)
        }
        ParameterKind::Whole { .. }
        | ParameterKind::Number { .. }
        | ParameterKind::Time
        | ParameterKind::Interval
        | ParameterKind::Size { .. }
        | ParameterKind::Delay
        | ParameterKind::Text => {
            let onchange = Callback::from(move |event: Event| {
                let input: HtmlInputElement = event.target_unchecked_into();
                set.emit(input.value().trim().to_owned());
            });
            let placeholder = match parameter.default.as_str() {
                "" => words.say("sandbox.depends").to_owned(),
                default => default.to_owned(),
            };
            html! {
                <input
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    value={shown.clone()}
                    {placeholder}
                    aria-invalid={wrong.then_some("true")}
                    aria-describedby={about.clone()}
                    {onchange}
                />
            }
        }
        ParameterKind::Faults => {
            let default = parameter.default.clone();
            let onchange = Callback::from(move |event: Event| {
                let area: HtmlTextAreaElement = event.target_unchecked_into();
                let text = area.value();
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                let written = lines.collect::<Vec<_>>().join("; ");
                set.emit(
                    Some(written)
                        .filter(|text| !text.is_empty())
                        .unwrap_or_else(|| default.clone()),
                );
            });
            let lines: Vec<_> = shown.split(';').map(str::trim).collect();
            let text = if *shown == parameter.default {
                String::new()
            } else {
                lines.join("\n")
            };
            html! {
                <textarea
                    rows={(lines.len() + 1).clamp(2, 8).to_string()}
                    spellcheck="false"
                    value={text}
                    placeholder={parameter.default.clone()}
                    aria-invalid={wrong.then_some("true")}
                    aria-describedby={about.clone()}
                    {onchange}
                />
            }
        }
    };
    html! {
        <div class={classes!("field", changed.then_some("changed"), wrong.then_some("wrong"))}>
            <label key="control">
                <span key="name" class="name"><span>{ name }</span><code>{ &path }</code></span>
                { control }
            </label>
            <p key="about" id={about} class="note">
                { why }
                if !hint.is_empty() {
                    <span class="hint">{ [" (", &hint, ")"].concat() }</span>
                }
            </p>
        </div>
    }
}

fn select(
    options: &[(String, String)],
    props: &FieldProps,
    about: &str,
    set: &Callback<String>,
    usual: String,
) -> Html {
    let set = set.clone();
    let onchange = Callback::from(move |event: Event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        set.emit(select.value());
    });
    let shown = props.shown.clone();
    html! {
        <select
            ~value={shown.clone()}
            aria-invalid={props.wrong.then_some("true")}
            aria-describedby={about.to_owned()}
            {onchange}
        >
            if shown.is_empty() || props.changed {
                <option key="usual" value="" selected={shown.is_empty()}>{ usual }</option>
            }
            { for options.iter().map(|(value, name)| html! {
                <option key={value.clone()} value={value.clone()} selected={*value == shown}>{ name }</option>
            }) }
        </select>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct MistakesProps {
    /// The list as it stands in the file; may be empty.
    shown: String,
    set: Callback<String>,
}

/// Switches that break the engine.
#[component]
fn Mistakes(props: &MistakesProps) -> Html {
    let words = use_words();
    let (name, why) = sandbox::told(&words, "broken");
    let is_on = |mistake: &str| props.shown.contains(&format!("\"{mistake}\""));
    let on: Vec<&str> = MISTAKES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| is_on(name))
        .collect();
    let switch = |(mistake, key): &(&'static str, &'static str)| {
        let (mistake, set, on) = (*mistake, props.set.clone(), on.clone());
        let onchange = Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let mut on = on.clone();
            on.retain(|other| *other != mistake);
            if input.checked() {
                on.push(mistake);
            }
            let list: Vec<_> = on.iter().map(|name| format!("\"{name}\"")).collect();
            set.emit(format!("[{}]", list.join(", ")));
        });
        html! {
            <label key={mistake} class="switch">
                <input key="input" type="checkbox" checked={is_on(mistake)} {onchange} />
                <span key="text">{ words.say(key) }</span>
            </label>
        }
    };
    html! {
        <fieldset class="field mistakes">
            <legend key="name" class="name"><span>{ name }</span><code>{ "broken" }</code></legend>
            <p key="why" class="note">{ why }</p>
            { for MISTAKES.iter().map(switch) }
        </fieldset>
    }
}
