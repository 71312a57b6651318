//! Text and pictures as files of the user.

use gloo::utils::{document, document_element, window};
use js_sys::{Array, Promise};
use scene::Theme;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement,
    HtmlImageElement, Url,
};

/// Saves a text under a name. `kind` is its media type.
///
/// # Errors
/// The browser makes no files.
pub(crate) fn save(name: &str, kind: &str, text: &str) -> Result<(), JsValue> {
    let bag = BlobPropertyBag::new();
    bag.set_type(kind);
    let parts = Array::of1(&text.into());
    save_blob(
        name,
        &Blob::new_with_str_sequence_and_options(&parts, &bag)?,
    )
}

/// Saves an SVG as PNG, each length as two pixels.
///
/// # Errors
/// The browser draws no such picture, or makes no files.
pub(crate) async fn save_as_png(name: &str, svg: &str) -> Result<(), JsValue> {
    let bag = BlobPropertyBag::new();
    bag.set_type("image/svg+xml");
    let parts = Array::of1(&svg.into());
    let url =
        Url::create_object_url_with_blob(&Blob::new_with_str_sequence_and_options(&parts, &bag)?)?;
    let image = HtmlImageElement::new()?;
    image.set_src(&url);
    let decoded = JsFuture::from(image.decode()).await;
    Url::revoke_object_url(&url)?;
    decoded?;
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    canvas.set_width(2 * image.natural_width());
    canvas.set_height(2 * image.natural_height());
    let context = canvas.get_context("2d")?.ok_or(JsValue::UNDEFINED)?;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    context.scale(2.0, 2.0)?;
    context.draw_image_with_html_image_element(&image, 0.0, 0.0)?;
    let drawn = Promise::new(&mut |done, _failed| {
        // A canvas that cannot become a file gives nothing.
        drop(canvas.to_blob(&done));
    });
    let blob = JsFuture::from(drawn).await?.dyn_into::<Blob>()?;
    save_blob(name, &blob)
}

/// The colours of pictures that are saved: dark ones where the page is dark.
pub(crate) fn theme_of_files() -> Theme {
    let system = || {
        let query = window().match_media("(prefers-color-scheme: dark)");
        query.ok().flatten().is_some_and(|query| query.matches())
    };
    let chosen = document_element().get_attribute("data-theme");
    if chosen.map_or_else(system, |theme| theme == "dark") {
        Theme::Dark
    } else {
        Theme::Light
    }
}

/// Saves bytes under a name.
fn save_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The browser took the bytes with the click.
    Url::revoke_object_url(&url)
}
