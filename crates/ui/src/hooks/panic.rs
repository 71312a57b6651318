//! A panic of the page itself: it ends in words, with a way on.

use std::panic::PanicHookInfo;

use gloo::utils::document;
use scene::Words;
use wasm_bindgen::prelude::*;
use web_sys::Element;

/// Sees to it that a panic replaces the page by a readable message.
pub(crate) fn install() {
    yew::set_custom_panic_hook(Box::new(|info| {
        // Whatever fails here, the panic itself goes on to the console.
        drop(show(info));
    }));
}

fn show(info: &PanicHookInfo<'_>) -> Result<(), JsValue> {
    let words = Words::english();
    let document = document();
    let panel = document.create_element("main")?;
    panel.set_attribute("class", "fallen")?;
    panel.set_attribute("role", "alert")?;
    let part = |tag: &str, text: &str| -> Result<Element, JsValue> {
        let element = document.create_element(tag)?;
        element.set_text_content(Some(text));
        panel.append_child(&element)?;
        Ok(element)
    };
    part("h1", words.say("fallen.title"))?;
    part("p", words.say("fallen.text"))?;
    part("pre", &info.to_string())?;
    let button = part("button", words.say("fallen.reload"))?;
    button.set_attribute("class", "button main")?;
    let reload = Closure::<dyn FnMut()>::new(|| {
        drop(gloo::utils::window().location().reload());
    });
    button.add_event_listener_with_callback("click", reload.as_ref().unchecked_ref())?;
    reload.forget();
    // Nothing of the old page is taken down: its components no longer answer.
    if let Some(app) = document.get_element_by_id("app") {
        app.set_attribute("hidden", "")?;
    }
    document.body().ok_or(JsValue::NULL)?.append_child(&panel)?;
    button.unchecked_into::<web_sys::HtmlElement>().focus()
}
