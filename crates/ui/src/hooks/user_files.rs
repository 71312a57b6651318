//! Files of the user: chosen, or dropped, whole folders included.

use js_sys::{Array, Promise};
use protocol::Problem;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry,
};

/// A file, and where in a chosen or dropped folder it lay.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UserFile {
    pub(crate) file: File,
    /// Its name, with the folders above it.
    pub(crate) path: String,
}

impl From<File> for UserFile {
    fn from(file: File) -> Self {
        let in_folder = js_sys::Reflect::get(&file, &"webkitRelativePath".into());
        let in_folder = in_folder.ok().and_then(|path| path.as_string());
        let path = in_folder.filter(|path| !path.is_empty());
        Self {
            path: path.unwrap_or_else(|| file.name()),
            file,
        }
    }
}

/// What a text file of the user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextKind {
    /// A link that was saved.
    Link,
    /// A scenario.
    Scenario,
}

/// Texts are no longer than this, in bytes.
const TEXT_MAX: f64 = 2_097_152.0;

impl UserFile {
    /// What its name says that it is, unless that is WAL.
    pub(super) fn text_kind(&self) -> Option<TextKind> {
        let (_, ending) = self.path.rsplit_once('.')?;
        match ending {
            "sixfold" => Some(TextKind::Link),
            "toml" => Some(TextKind::Scenario),
            _ => None,
        }
    }

    /// The text in it.
    pub(super) async fn text(&self) -> Result<String, Problem> {
        let problem = |text: &str| Problem {
            text: text.to_owned(),
            place: Some(self.path.clone()),
        };
        if self.file.size() > TEXT_MAX {
            return Err(problem(
                "expected a text of at most 2 MiB, found a longer one",
            ));
        }
        let text = JsFuture::from(self.file.text()).await;
        let text = text.ok().and_then(|text| text.as_string());
        text.ok_or_else(|| problem("expected a file that can be read, found that it cannot be"))
    }
}

/// The files that an input holds, by name.
pub(crate) fn chosen(list: Option<&FileList>) -> Vec<UserFile> {
    let all = list
        .into_iter()
        .flat_map(|list| (0..list.length()).filter_map(|place| list.item(place)));
    sorted(all.map(UserFile::from).collect())
}

/// Gives away the dropped files, and those in dropped folders, by name, once they are known.
///
/// What was dropped can be asked for only while the event is handled; what lies in a folder is told
/// later.
pub(crate) fn when_dropped(transfer: &DataTransfer, take: impl FnOnce(Vec<UserFile>) + 'static) {
    let items = transfer.items();
    let (mut files, mut entries) = (Vec::new(), Vec::new());
    for item in (0..items.length()).filter_map(|place| items.get(place)) {
        if let Ok(Some(entry)) = item.webkit_get_as_entry() {
            entries.push(entry);
        } else {
            let file = item.get_as_file().ok().flatten();
            files.extend(file.map(UserFile::from));
        }
    }
    spawn_local(async move {
        while let Some(entry) = entries.pop() {
            // Browsers disagree on the names of these classes, so an entry is asked what it is.
            if entry.is_directory() {
                entries.extend(listed(entry.unchecked_ref()).await);
            } else {
                files.extend(opened(entry.unchecked_ref()).await);
            }
        }
        take(sorted(files));
    });
}

/// What lies in a folder. A browser tells of some hundred entries at a time, until it gives none.
async fn listed(folder: &FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader = folder.create_reader();
    let mut entries = Vec::new();
    loop {
        let some =
            asked(|done, failed| reader.read_entries_with_callback_and_callback(done, failed));
        let some = some
            .await
            .map_or_else(|_| Array::new(), |some| Array::from(&some));
        if some.length() == 0 {
            return entries;
        }
        entries.extend(some.iter().map(FileSystemEntry::unchecked_from_js));
    }
}

/// The file of an entry. One that went away meanwhile is none.
async fn opened(entry: &FileSystemFileEntry) -> Option<UserFile> {
    let file = asked(|done, failed| {
        entry.file_with_callback_and_callback(done, failed);
        Ok(())
    });
    let file = file.await.ok()?.dyn_into().ok()?;
    let path = entry.full_path().trim_start_matches('/').to_owned();
    Some(UserFile { file, path })
}

/// What a browser gives to a callback, or to the one for errors.
async fn asked(
    ask: impl Fn(&js_sys::Function, &js_sys::Function) -> Result<(), JsValue>,
) -> Result<JsValue, JsValue> {
    let promise = Promise::new(&mut |done, failed| {
        if let Err(error) = ask(&done, &failed) {
            drop(failed.call1(&JsValue::UNDEFINED, &error));
        }
    });
    JsFuture::from(promise).await
}

fn sorted(mut files: Vec<UserFile>) -> Vec<UserFile> {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}
