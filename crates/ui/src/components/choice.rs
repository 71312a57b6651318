//! A choice of one among a few.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// What [`Choice`] is given.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct ChoiceProps {
    /// What is chosen: seen beside the choice, or only heard.
    pub(crate) label: String,
    #[prop_or_default]
    pub(crate) label_unseen: bool,
    #[prop_or_default]
    pub(crate) class: Classes,
    /// Value and name of each.
    pub(crate) options: Vec<(String, String)>,
    /// The value that holds.
    pub(crate) chosen: String,
    pub(crate) choose: Callback<String>,
}

/// A select element that shows what holds, not what was last tried.
#[component]
pub(crate) fn Choice(props: &ChoiceProps) -> Html {
    let onchange = {
        let (choose, chosen) = (props.choose.clone(), props.chosen.clone());
        Callback::from(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            let wanted = select.value();
            select.set_value(&chosen);
            choose.emit(wanted);
        })
    };
    let options = props.options.iter().map(|(value, name)| {
        html! {
            <option
                key={value.clone()}
                value={value.clone()}
                selected={*value == props.chosen}
            >{ name }</option>
        }
    });
    html! {
        <label class={classes!("choice", props.class.clone())}>
            <span key="label" class={if props.label_unseen { "unseen" } else { "aside" }}>
                { &props.label }
            </span>
            <select key="select" ~value={props.chosen.clone()} {onchange}>{ for options }</select>
        </label>
    }
}
