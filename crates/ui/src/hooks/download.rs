//! Text and pictures as files of the user.

use gloo::utils::document;
use js_sys::Array;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

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

/// Saves bytes under a name.
///
/// # Errors
/// The browser makes no files.
pub(crate) fn save_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The browser took the bytes with the click.
    Url::revoke_object_url(&url)
}
