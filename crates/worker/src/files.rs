//! The files of the user, as they come beside a message.

use std::io;

use js_sys::{Array, Reflect, Uint8Array};
use player::WalFile;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{File, FileReaderSync};

/// A file, and where in a dropped folder it lay.
struct OfUser {
    file: File,
    name: String,
    reader: FileReaderSync,
}

/// The files beside a message, under the paths that come with them, or else under their names.
pub(crate) fn beside(message: &JsValue) -> Vec<Box<dyn WalFile>> {
    let paths = list(message, "paths");
    let files = list(message, "files").into_iter().zip(0..);
    let files = files.filter_map(|(file, place)| {
        let file: File = file.dyn_into().ok()?;
        let name = paths.get(place).as_string().unwrap_or_else(|| file.name());
        let reader = FileReaderSync::new().expect("every worker has one");
        Some(Box::new(OfUser { file, name, reader }) as Box<dyn WalFile>)
    });
    files.collect()
}

/// What a message holds under a key; nothing where that is no list.
fn list(message: &JsValue, key: &str) -> Array {
    let value = Reflect::get(message, &key.into()).ok();
    let value = value.filter(Array::is_array);
    value.map_or_else(Array::new, |value| Array::from(&value))
}

impl WalFile for OfUser {
    fn name(&self) -> &str {
        &self.name
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a file's size"
    )]
    fn bytes(&self) -> u64 {
        self.file.size() as u64
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a file is shorter than 2^53 bytes"
    )]
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let (from, to) = (offset as f64, (offset + into.len() as u64) as f64);
        let slice = self.file.slice_with_f64_and_f64(from, to);
        let buffer = slice.and_then(|slice| self.reader.read_as_array_buffer(&slice));
        let buffer = buffer.map_err(|error| unreadable(&error))?;
        let bytes = Uint8Array::new(&buffer);
        let length = bytes.length() as usize;
        bytes.copy_to(&mut into[..length]);
        Ok(length)
    }
}

/// What the browser says about a file that it cannot read. It reads none that changed since it was
/// given to the page, as those of a server at work do.
fn unreadable(error: &JsValue) -> io::Error {
    let text = |key: &str| Reflect::get(error, &key.into()).ok()?.as_string();
    match text("name").as_deref() {
        Some("NotFoundError") => io::ErrorKind::NotFound.into(),
        Some("NotReadableError") => io::Error::other(
            "the browser cannot read it: if a server writes to it, a copy of the folder can be read",
        ),
        _ => io::Error::other(text("message").unwrap_or_default()),
    }
}
