//! Files that nothing uses.

use std::collections::BTreeSet;

use super::File;

/// Rust files under `crates/` that no target reaches by `mod` lines.
pub(super) fn rust_files(files: &[File], roots: &[String]) -> Vec<String> {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut waiting: Vec<(String, Place)> = roots
        .iter()
        .map(|root| (root.clone(), Place::Root))
        .collect();
    while let Some((path, place)) = waiting.pop() {
        let file = files.iter().find(|file| file.path == path);
        let Some(text) = file.and_then(|file| file.text.as_deref()) else {
            continue;
        };
        if !reached.insert(path.clone()) {
            continue;
        }
        for module in modules(text) {
            let candidates = match module {
                Module::At(relative) => vec![join(folder(&path), &relative)],
                Module::Named(name) => {
                    let base = place.folder_of_children(&path);
                    vec![format!("{base}/{name}.rs"), format!("{base}/{name}/mod.rs")]
                }
            };
            waiting.extend(candidates.into_iter().map(|path| (path, Place::Module)));
        }
    }
    files
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.extension() == "rs")
        .filter(|file| !reached.contains(&file.path))
        .map(|file| format!("{} is reached by no `mod` line and no target", file.path))
        .collect()
}

/// Where a Rust file's own modules are looked for.
#[derive(Clone, Copy)]
enum Place {
    /// Beside the file.
    Root,
    /// In a folder of the file's name, unless the file is a `mod.rs`.
    Module,
}

impl Place {
    fn folder_of_children(self, path: &str) -> &str {
        match self {
            Self::Module if !path.ends_with("/mod.rs") => path.strip_suffix(".rs").unwrap_or(path),
            Self::Root | Self::Module => folder(path),
        }
    }
}

enum Module {
    Named(String),
    /// By a `#[path = ".."]` line above.
    At(String),
}

fn modules(text: &str) -> Vec<Module> {
    let mut found = Vec::new();
    let mut path = None;
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("#[path = \"") {
            path = rest.strip_suffix("\"]").map(str::to_owned);
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let name = match words.as_slice() {
            ["mod", name] | [_, "mod", name] => name.strip_suffix(';'),
            _ => None,
        };
        if let Some(name) = name {
            let named = || Module::Named(name.to_owned());
            found.push(path.take().map_or_else(named, Module::At));
        }
    }
    found
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn join(folder: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in relative.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

/// Files under `www/` and `crates/e2e/` whose name, or whose folder, no other file mentions.
pub(super) fn web_files(files: &[File]) -> Vec<String> {
    // Playwright and npm find these by their names.
    let found_by_name = |path: &str| {
        path.ends_with(".spec.js")
            || [
                "package.json",
                "package-lock.json",
                "playwright.config.js",
                "README.md",
            ]
            .iter()
            .any(|name| path.ends_with(name))
    };
    files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| path.starts_with("www/") || path.starts_with("crates/e2e/"))
        .filter(|path| !found_by_name(path))
        .filter(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            let folder = folder(path);
            !files
                .iter()
                .filter(|other| other.path != *path)
                .any(|other| {
                    other.text.as_deref().is_some_and(|text| {
                        text.contains(name) || (folder.contains('/') && text.contains(folder))
                    })
                })
        })
        .map(|path| format!("{path} is mentioned in no other file"))
        .collect()
}
