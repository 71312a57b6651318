//! Which crate may depend on which: the architecture as a table.

use crate::workspace::{Crate, Dependency, DependencyKind, Owner};

/// What one crate may stand on.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// Crates of this workspace.
    pub(super) ours: &'static [&'static str],
    /// Packages from outside. A name that ends in `*` stands for all that begin so.
    pub(super) outside: &'static [&'static str],
}

const fn row(
    name: &'static str,
    ours: &'static [&'static str],
    outside: &'static [&'static str],
) -> Row {
    Row {
        name,
        ours,
        outside,
    }
}

/// The table of `crates/README.md`. A new entry is an architecture change: say so in the commit.
pub(super) const TABLE: &[Row] = &[
    row("sim", &[], &["libm", "rand_core", "rand_xoshiro"]),
    row("redo", &[], &["crc32c"]),
    row("pgwal", &["redo"], &["flate2", "lz4_flex", "ruzstd"]),
    row("engine-quorum", &["sim", "redo"], &[]),
    row("engine-wal", &["sim", "redo"], &[]),
    row(
        "protocol",
        &[],
        &[
            "base64",
            "crc",
            "miniz_oxide",
            "nanoserde",
            "percent-encoding",
            "serde",
        ],
    ),
    row(
        "lab",
        &[
            "sim",
            "redo",
            "pgwal",
            "engine-quorum",
            "engine-wal",
            "protocol",
        ],
        &["crc", "csv", "hdrhistogram", "similar", "toml"],
    ),
    row("player", &["lab", "protocol"], &["nanoserde"]),
    row(
        "worker",
        &["player", "protocol"],
        &["js-sys", "wasm-bindgen", "wasm-bindgen-futures", "web-sys"],
    ),
    row("plot", &["protocol"], &[]),
    row("scene", &["protocol", "plot"], &[]),
    row(
        "ui",
        &["protocol", "plot", "scene"],
        &[
            "gloo",
            "gloo-*",
            "js-sys",
            "qrcodegen",
            "wasm-bindgen",
            "wasm-bindgen-futures",
            "web-sys",
            "yew",
        ],
    ),
    row(
        "lessons",
        &["protocol", "player", "scene"],
        &["pulldown-cmark", "serde", "toml"],
    ),
    row(
        "cli",
        &[
            "lessons",
            "sim",
            "redo",
            "pgwal",
            "engine-quorum",
            "protocol",
            "lab",
            "player",
            "plot",
            "scene",
        ],
        &[
            "anyhow",
            "clap",
            "flate2",
            "indicatif",
            "resvg",
            "serde",
            "serde_json",
        ],
    ),
    row("xtask", &[], &["anyhow", "clap", "flate2", "serde_json"]),
];

/// What tests, benches and examples of any crate may use besides.
const FOR_TESTS: &[&str] = &[
    "allocation-counter",
    "crc",
    "flate2",
    "proptest",
    "rand_core",
    "rand_xoshiro",
    "serde_json",
    "wasm-bindgen-test",
];

/// Arrows that are not in the table, crates without a row, and rows without a crate.
pub(super) fn strangers(crates: &[Crate], table: &[Row]) -> Vec<String> {
    let mut complaints = Vec::new();
    for member in crates {
        let Some(row) = table.iter().find(|row| row.name == member.name) else {
            complaints.push(format!(
                "crate {} has no row in the table of arrows",
                member.name
            ));
            continue;
        };
        for dependency in &member.dependencies {
            if !allowed(dependency, row, table) {
                complaints.push(format!(
                    "crate {} may not depend on {}: a new arrow is an architecture change",
                    member.name, dependency.name
                ));
            }
        }
    }
    for row in table {
        if crates.iter().all(|member| member.name != row.name) {
            complaints.push(format!(
                "the table of arrows has a row for {}, no crate",
                row.name
            ));
        }
    }
    complaints
}

fn allowed(dependency: &Dependency, row: &Row, table: &[Row]) -> bool {
    let name = dependency.name.as_str();
    match (dependency.owner, dependency.kind) {
        (Owner::Ours, DependencyKind::Normal | DependencyKind::Build) => row.ours.contains(&name),
        (Owner::Ours, DependencyKind::Dev) => stands_on(row, name, table),
        (Owner::Outside, DependencyKind::Normal | DependencyKind::Build) => {
            matches(row.outside, name)
        }
        (Owner::Outside, DependencyKind::Dev) => {
            matches(row.outside, name) || matches(FOR_TESTS, name)
        }
    }
}

/// Whether a crate reaches another by arrows of the table, however deep. Its tests may then name
/// the other crate, as they cannot make a cycle.
fn stands_on(row: &Row, name: &str, table: &[Row]) -> bool {
    row.ours.iter().any(|below| {
        *below == name
            || table
                .iter()
                .find(|row| row.name == *below)
                .is_some_and(|row| stands_on(row, name, table))
    })
}

fn matches(patterns: &[&str], name: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => *pattern == name,
        })
}
