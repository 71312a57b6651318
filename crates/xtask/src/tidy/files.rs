//! Rules that look at one file at a time.

use super::File;

/// Everything that may lie at the root.
const ROOT_LIST: &[&str] = &[
    ".cargo",
    ".ci",
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "Trunk.toml",
    "crates",
    "index.html",
    "rust-toolchain.toml",
    "www",
];

pub(super) fn outside_the_root_list(files: &[File]) -> Vec<String> {
    let mut strangers: Vec<&str> = files
        .iter()
        .filter_map(|file| file.path.split('/').next())
        .filter(|entry| !ROOT_LIST.contains(entry))
        .collect();
    strangers.dedup();
    strangers
        .iter()
        .map(|entry| format!("{entry} is not on the list of the root folder"))
        .collect()
}

/// A blob stays in the history for ever.
const BYTES_MAX: u64 = 256 * 1024;
/// Recorded WAL has to be as long as what it shows.
const RECORDING_BYTES_MAX: u64 = 1_500_000;

pub(super) fn too_big(files: &[File]) -> Vec<String> {
    files
        .iter()
        .filter_map(|file| {
            let limit = if is_fixture(&file.path) {
                RECORDING_BYTES_MAX
            } else {
                BYTES_MAX
            };
            (file.bytes > limit)
                .then(|| format!("{} has {} bytes, more than {limit}", file.path, file.bytes))
        })
        .collect()
}

fn is_fixture(path: &str) -> bool {
    path.contains("/fixtures/")
}

/// Spelt in two parts, so that this file does not hold them.
const MARKERS: &[(&str, &str)] = &[
    ("FIX", "ME"),
    ("XX", "X"),
    ("dbg", "!("),
    ("todo", "!("),
    ("unimpl", "emented!("),
];

/// Markers of unfinished work.
pub(super) fn left_over(files: &[File]) -> Vec<String> {
    let kinds = ["rs", "js", "css", "html", "toml", "sh"];
    let code = files
        .iter()
        .filter(|file| kinds.contains(&file.extension()));
    each_line(code, |line| {
        MARKERS.iter().find_map(|(head, tail)| {
            let marker = [*head, tail].concat();
            line.contains(&marker)
                .then(|| format!("`{marker}` is left over"))
        })
    })
}

/// Lines that end in a space, and files that do not end in a line.
pub(super) fn badly_ended(files: &[File]) -> Vec<String> {
    let written = || files.iter().filter(|file| !is_fixture(&file.path));
    let mut complaints = each_line(written(), |line| {
        line.ends_with([' ', '\t', '\r'])
            .then(|| "ends in a space".to_owned())
    });
    for file in written() {
        let text = file.text.as_deref().unwrap_or_default();
        if !text.is_empty() && !text.ends_with('\n') {
            complaints.push(format!("{} does not end in a line break", file.path));
        }
    }
    complaints
}

/// The crates that model something, and so have to say what holds in the model and where it departs
/// from the real thing.
const MODELS: &[&str] = &["sim", "redo", "engine-quorum"];

pub(super) fn without_header(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        let Some(model) = MODELS
            .iter()
            .find(|name| file.path == format!("crates/{name}/src/lib.rs"))
        else {
            continue;
        };
        let text = file.text.as_deref().unwrap_or_default();
        for heading in ["//! # Invariants", "//! # Simplifications"] {
            if !text.lines().any(|line| line == heading) {
                complaints.push(format!("the header of {model} has no line `{heading}`"));
            }
        }
        if !text.lines().any(|line| line == "#![forbid(unsafe_code)]") {
            complaints.push(format!("{model} does not forbid unsafe code"));
        }
    }
    complaints
}

/// The crates whose runs have to be reproducible, to the bit and on every target.
const REPRODUCIBLE: &[&str] = &["sim", "redo", "engine-quorum", "lab"];

/// Reproducible crates without the lints that keep them so. Clippy reads the nearest file alone, so
/// each has a copy.
pub(super) fn without_strict_lints(files: &[File]) -> Vec<String> {
    let lints = |name: &str| {
        let path = format!("crates/{name}/clippy.toml");
        files
            .iter()
            .find(|file| file.path == path)
            .and_then(|file| file.text.as_deref())
    };
    let Some((first, others)) = REPRODUCIBLE.split_first() else {
        return Vec::new();
    };
    let model = lints(first).filter(|text| text.contains("disallowed-methods"));
    let strangers = others
        .iter()
        .filter(|name| model.is_none() || lints(name) != model);
    strangers
        .map(|name| {
            format!("crates/{name}/clippy.toml is not a copy of crates/{first}/clippy.toml")
        })
        .collect()
}

/// Crates that go their own way in lints, edition or licence.
pub(super) fn without_shared_settings(files: &[File]) -> Vec<String> {
    let shared = [
        "[lints]\nworkspace = true\n",
        "edition.workspace = true\n",
        "license.workspace = true\n",
        "publish.workspace = true\n",
        "rust-version.workspace = true\n",
    ];
    let mut complaints = Vec::new();
    for file in files {
        if !(file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml")) {
            continue;
        }
        let text = file.text.as_deref().unwrap_or_default();
        for setting in shared.iter().filter(|setting| !text.contains(**setting)) {
            let setting = setting.trim_end().replace('\n', " ");
            complaints.push(format!("{} does not say `{setting}`", file.path));
        }
    }
    complaints
}

fn each_line<'a>(
    files: impl Iterator<Item = &'a File>,
    complain: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files {
        for (number, line) in file
            .text
            .as_deref()
            .unwrap_or_default()
            .split('\n')
            .enumerate()
        {
            if let Some(complaint) = complain(line) {
                complaints.push(format!("{}:{}: {complaint}", file.path, number + 1));
            }
        }
    }
    complaints
}
