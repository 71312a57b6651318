//! How large the built site is, packed as a host sends it, and what its wasm is made of.
//!
//! What wasm is made of is told by the names of functions, which the compiler's own files still have.
//! A function counts for the first crate of [`CRATES`] that its name holds: that of the type or trait
//! that it was made for, or the one that wrote it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{ask_the_site, number};
use crate::workspace::Workspace;

/// Ours, and those from outside that may weigh something; the latter count only where none of ours is
/// named.
const CRATES: [&[&str]; 2] = [
    &[
        "sim",
        "redo",
        "pgwal",
        "engine_quorum",
        "engine_wal",
        "lab",
        "player",
        "protocol",
        "plot",
        "scene",
        "ui",
        "worker",
    ],
    &[
        "yew",
        "serde_core",
        "serde_wasm_bindgen",
        "toml",
        "toml_parser",
        "ruzstd",
        "lz4_flex",
        "miniz_oxide",
        "csv",
        "hdrhistogram",
        "hashbrown",
        "dlmalloc",
        "wasm_bindgen",
        "js_sys",
        "web_sys",
        "alloc",
        "std",
        "core",
    ],
];

/// How many contributors are told.
const TOLD_MAX: usize = 12;

/// What the site weighs.
pub(super) struct Sizes {
    seen: Value,
    parts: Vec<(String, Vec<(String, usize)>)>,
}

/// Looks at the site that was just built.
pub(super) fn sizes(workspace: &Workspace) -> Result<Sizes> {
    let mut sizes = Sizes::read(&ask_the_site(workspace, "sizes.js", &[])?);
    let built = workspace
        .target_folder()?
        .join("wasm32-unknown-unknown/wasm-release");
    for name in ["ui", "worker", "jobs"] {
        let file = built.join(name).with_extension("wasm");
        sizes.parts.push((name.to_owned(), parts(&file)?));
    }
    Ok(sizes)
}

impl Sizes {
    pub(super) fn read(seen: &Value) -> Self {
        Self {
            seen: seen.clone(),
            parts: Vec::new(),
        }
    }

    fn files(&self) -> impl Iterator<Item = &Value> {
        self.seen["files"].as_array().into_iter().flatten()
    }

    /// Everything that a first visit loads, but recordings.
    pub(super) fn first_load_kb(&self) -> f64 {
        let first = self.files().filter(|file| file["first"] == true);
        first.map(packed_kb).sum::<f64>() - self.recordings_kb()
    }

    /// The engine's part of it.
    pub(super) fn worker_kb(&self) -> f64 {
        let of_worker = |file: &&Value| {
            file["name"]
                .as_str()
                .is_some_and(|name| name.starts_with("worker"))
        };
        self.files().filter(of_worker).map(packed_kb).sum::<f64>() - self.recordings_kb()
    }

    /// The recordings that lie within the worker.
    fn recordings_kb(&self) -> f64 {
        let recordings = self.seen["recordings"].as_array().into_iter().flatten();
        recordings.map(packed_kb).sum()
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{:<32} {:>9} {:>9}",
            "file of the site", "KB", "brotli"
        )];
        for file in self.files() {
            lines.push(format!(
                "{:<32} {:>9.1} {:>9.1}{}",
                file["name"].as_str().unwrap_or_default(),
                number(&file["bytes"]) / 1e3,
                packed_kb(file),
                if file["first"] == true { "" } else { "  later" },
            ));
        }
        lines.push(format!(
            "first load {:.1} KB, of it the worker {:.1} KB, both without the recording's {:.1} KB",
            self.first_load_kb(),
            self.worker_kb(),
            self.recordings_kb(),
        ));
        for (name, parts) in &self.parts {
            let all: usize = parts.iter().map(|(_, bytes)| bytes).sum();
            let told = parts
                .iter()
                .take(TOLD_MAX)
                .map(|(part, bytes)| format!("{part} {} %", 100 * bytes / all.max(1)));
            let told = told.collect::<Vec<_>>().join(", ");
            lines.push(format!("{name}, {} KB before packing: {told}", all / 1000));
        }
        lines
    }

    pub(super) fn to_json(&self) -> Value {
        let parts = self.parts.iter().map(|(name, parts)| {
            let parts = parts.iter().take(TOLD_MAX);
            let parts = parts.map(|(part, bytes)| json!({ "part": part, "bytes": bytes }));
            (name.clone(), Value::from(parts.collect::<Vec<_>>()))
        });
        json!({
            "files": self.seen["files"],
            "first_load_kb": self.first_load_kb(),
            "worker_kb": self.worker_kb(),
            "recordings_kb": self.recordings_kb(),
            "parts": parts.collect::<serde_json::Map<_, _>>(),
        })
    }
}

fn packed_kb(file: &Value) -> f64 {
    number(&file["packed"]) / 1e3
}

/// Bytes of code by crate, and data; the largest first.
fn parts(file: &Path) -> Result<Vec<(String, usize)>> {
    let wasm = std::fs::read(file).with_context(|| file.display().to_string())?;
    let module = Module::read(&wasm).with_context(|| format!("{} is no wasm", file.display()))?;
    let mut parts: BTreeMap<String, usize> = BTreeMap::new();
    for (bytes, name) in &module.functions {
        *parts.entry(crate_of(name)).or_default() += bytes;
    }
    parts.insert("data".to_owned(), module.data);
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    Ok(parts)
}

/// The crate that a function counts for.
fn crate_of(name: &str) -> String {
    let found = CRATES.iter().find_map(|names| {
        let places = names
            .iter()
            .filter_map(|&krate| Some((place(name, krate)?, krate)));
        places.min().map(|(_, krate)| krate)
    });
    found.unwrap_or("others").to_owned()
}

/// Where a mangled name holds a crate: with its length in front, or with a path behind.
fn place(name: &str, krate: &str) -> Option<usize> {
    let counted = format!("{}{krate}", krate.len());
    name.match_indices(krate).map(|(at, _)| at).find(|&at| {
        let (before, after) = (&name[..at], &name[at + krate.len()..]);
        let alone = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let path = alone && (after.starts_with("..") || after.starts_with("::"));
        let with_length = name[..at + krate.len()].ends_with(&counted)
            && !before[..at + krate.len() - counted.len()].ends_with(|c: char| c.is_ascii_digit());
        path || with_length
    })
}

/// The little of a wasm file that counts here.
struct Module {
    /// Length and name of each function that is defined.
    functions: Vec<(usize, String)>,
    data: usize,
}

impl Module {
    fn read(wasm: &[u8]) -> Option<Self> {
        const CUSTOM: u8 = 0;
        const IMPORT: u8 = 2;
        const CODE: u8 = 10;
        const DATA: u8 = 11;
        let mut reader = Reader(wasm.strip_prefix(b"\0asm\x01\0\0\0")?);
        let (mut imports, mut lengths, mut names, mut data) = (0, Vec::new(), BTreeMap::new(), 0);
        while !reader.0.is_empty() {
            let id = reader.byte()?;
            let length = reader.number()?;
            let mut section = Reader(reader.take(length)?);
            match id {
                IMPORT => imports = section.imported_functions()?,
                CODE => {
                    for _ in 0..section.number()? {
                        let length = section.number()?;
                        section.take(length)?;
                        lengths.push(length);
                    }
                }
                DATA => data = length,
                CUSTOM if section.text()? == "name" => names = section.function_names()?,
                _ => {}
            }
        }
        let functions = lengths.into_iter().enumerate().map(|(place, length)| {
            let name = names.remove(&(imports + place)).unwrap_or_default();
            (length, name)
        });
        Some(Self {
            functions: functions.collect(),
            data,
        })
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    /// An unsigned LEB128.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()?;
        Some(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    /// How many of the imports are functions. Others have types that are longer, and are skipped.
    fn imported_functions(&mut self) -> Option<usize> {
        let mut functions = 0;
        for _ in 0..self.number()? {
            let (_, _) = (self.text()?, self.text()?);
            match self.byte()? {
                0 => {
                    self.number()?;
                    functions += 1;
                }
                kind @ 1..=3 => {
                    if kind != 2 {
                        self.byte()?;
                    }
                    if kind == 3 {
                        self.byte()?;
                    } else {
                        let bounded = self.byte()? & 1 == 1;
                        self.number()?;
                        if bounded {
                            self.number()?;
                        }
                    }
                }
                _ => return None,
            }
        }
        Some(functions)
    }

    fn function_names(&mut self) -> Option<BTreeMap<usize, String>> {
        const FUNCTIONS: u8 = 1;
        let mut names = BTreeMap::new();
        while !self.0.is_empty() {
            let id = self.byte()?;
            let length = self.number()?;
            let mut part = Reader(self.take(length)?);
            if id == FUNCTIONS {
                for _ in 0..part.number()? {
                    names.insert(part.number()?, part.text()?);
                }
            }
        }
        Some(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_load_leaves_recordings_and_later_files_out() {
        let sizes = Sizes::read(&json!({
            "files": [
                {"name": "ui.wasm", "bytes": 9000, "packed": 3000, "first": true},
                {"name": "worker_bg.wasm", "bytes": 9000, "packed": 2500, "first": true},
                {"name": "more.wasm", "bytes": 9000, "packed": 4000, "first": false},
            ],
            "recordings": [{"name": "first-run.wal", "bytes": 900, "packed": 500}],
        }));
        let lines = sizes.lines();
        assert!(lines[3].ends_with("later"), "{lines:?}");
        assert_eq!(
            lines[4],
            "first load 5.0 KB, of it the worker 2.0 KB, both without the recording's 0.5 KB"
        );
    }

    #[test]
    fn a_function_counts_for_the_crate_that_it_names() {
        assert_eq!(crate_of("_ZN3lab5world5World4step17h0E"), "lab");
        assert_eq!(
            crate_of("_ZN63_$LT$lab..world..World$u20$as$u20$core..clone..Clone$GT$5clone17hE"),
            "lab"
        );
        assert_eq!(crate_of("_ZN4core3fmt5Write9write_fmt17hE"), "core");
        assert_eq!(crate_of("_RNvCs12_5alloc7realloc"), "alloc");
        assert_eq!(crate_of("_ZN13slab_of_words3get17hE"), "others");
        assert_eq!(crate_of(""), "others");
    }

    #[test]
    fn functions_have_their_lengths_and_names() {
        let wasm = b"\0asm\x01\0\0\0\
            \x02\x07\x01\x01e\x01f\0\0\
            \x0a\x08\x02\x02\0\x0b\x03\0\x01\x0b\
            \x0b\x03\0\0\0\
            \0\x0e\x04name\x01\x07\x02\x01\x01a\x02\x01b";
        let module = Module::read(wasm).expect("well-formed");
        assert_eq!(module.functions, [(2, "a".to_owned()), (3, "b".to_owned())]);
        assert_eq!(module.data, 3);
        assert!(Module::read(b"\0asm").is_none());
    }
}
