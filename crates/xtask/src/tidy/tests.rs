use super::arrows::{Row, strangers};
use super::{File, dead, files};
use crate::workspace::{Crate, Dependency, DependencyKind, Owner};

const TABLE: &[Row] = &[
    Row {
        name: "sim",
        ours: &[],
        outside: &["libm"],
    },
    Row {
        name: "engine",
        ours: &["sim"],
        outside: &[],
    },
    Row {
        name: "lab",
        ours: &["engine"],
        outside: &["gloo-*"],
    },
];

fn depending(name: &str, arrows: &[(&str, Owner, DependencyKind)]) -> Crate {
    Crate {
        name: name.to_owned(),
        dependencies: arrows
            .iter()
            .map(|(name, owner, kind)| Dependency {
                name: (*name).to_owned(),
                owner: *owner,
                kind: *kind,
            })
            .collect(),
        targets: vec![],
    }
}

fn check_arrow(name: &str, arrow: (&str, Owner, DependencyKind), complaint: Option<&str>) {
    let crates = ["sim", "engine", "lab"].map(|member| {
        if member == name {
            depending(name, &[arrow])
        } else {
            depending(member, &[])
        }
    });
    let complaints = strangers(&crates, TABLE);
    assert_eq!(
        complaints.first().map(String::as_str),
        complaint,
        "{name} -> {}",
        arrow.0
    );
}

#[test]
fn arrow_outside_the_table_is_a_complaint() {
    use DependencyKind::{Dev, Normal};
    use Owner::{Ours, Outside};
    check_arrow("engine", ("sim", Ours, Normal), None);
    check_arrow(
        "sim",
        ("engine", Ours, Normal),
        Some("crate sim may not depend on engine: a new arrow is an architecture change"),
    );
    check_arrow(
        "lab",
        ("sim", Ours, Normal),
        Some("crate lab may not depend on sim: a new arrow is an architecture change"),
    );
    check_arrow("lab", ("sim", Ours, Dev), None);
    check_arrow("sim", ("libm", Outside, Normal), None);
    check_arrow(
        "engine",
        ("libm", Outside, Normal),
        Some("crate engine may not depend on libm: a new arrow is an architecture change"),
    );
    check_arrow("lab", ("gloo-render", Outside, Normal), None);
    check_arrow("engine", ("proptest", Outside, Dev), None);
    check_arrow(
        "engine",
        ("proptest", Outside, Normal),
        Some("crate engine may not depend on proptest: a new arrow is an architecture change"),
    );
}

#[test]
fn crate_and_row_need_each_other() {
    let crates = [
        depending("sim", &[]),
        depending("engine", &[]),
        depending("utils", &[]),
    ];
    assert_eq!(
        strangers(&crates, TABLE),
        [
            "crate utils has no row in the table of arrows",
            "the table of arrows has a row for lab, no crate",
        ]
    );
}

fn file(path: &str, text: &str) -> File {
    File {
        path: path.to_owned(),
        bytes: text.len() as u64,
        text: Some(text.to_owned()),
    }
}

#[test]
fn rust_file_without_a_mod_line_is_dead() {
    let tree = [
        file("crates/a/src/lib.rs", "pub mod log;\nmod queue;\n"),
        file("crates/a/src/log.rs", "#[cfg(test)]\nmod tests;\n"),
        file("crates/a/src/log/tests.rs", ""),
        file("crates/a/src/queue/mod.rs", "pub(crate) mod heap;\n"),
        file("crates/a/src/queue/heap.rs", ""),
        file("crates/a/src/old.rs", ""),
        file(
            "crates/a/tests/golden.rs",
            "#[path = \"../shared/cases.rs\"]\nmod cases;\n",
        ),
        file("crates/a/shared/cases.rs", ""),
    ];
    let roots = [
        "crates/a/src/lib.rs".to_owned(),
        "crates/a/tests/golden.rs".to_owned(),
    ];
    assert_eq!(
        dead::rust_files(&tree, &roots),
        ["crates/a/src/old.rs is reached by no `mod` line and no target"]
    );
}

#[test]
fn web_file_that_nothing_mentions_is_dead() {
    let tree = [
        file(
            "index.html",
            "<link href=\"www/app.css\"><link href=\"www/icons\">",
        ),
        file("www/app.css", ""),
        file("www/icons/a.svg", ""),
        file("www/old.css", ""),
        file("crates/e2e/tests/page.spec.js", "import './helper.js'"),
        file("crates/e2e/tests/helper.js", ""),
    ];
    assert_eq!(
        dead::web_files(&tree),
        ["www/old.css is mentioned in no other file"]
    );
}

#[test]
fn root_holds_only_what_is_listed() {
    let tree = [
        file("Cargo.toml", ""),
        file("notes/a", ""),
        file("notes/b", ""),
    ];
    assert_eq!(
        files::outside_the_root_list(&tree),
        ["notes is not on the list of the root folder"]
    );
}

#[test]
fn blob_is_too_big_unless_it_is_a_recording() {
    let blob = |path: &str| File {
        path: path.to_owned(),
        bytes: 400_000,
        text: None,
    };
    let tree = [blob("crates/pgwal/tests/fixtures/a.gz"), blob("www/a.png")];
    assert_eq!(
        files::too_big(&tree),
        ["www/a.png has 400000 bytes, more than 262144"]
    );
}

#[test]
fn marker_is_found_with_its_line() {
    let marker = ["to", "do!()"].concat();
    let tree = [file(
        "crates/a/src/lib.rs",
        &format!("fn a() {{\n    {marker}\n}}\n"),
    )];
    let complaint = ["crates/a/src/lib.rs:2: `to", "do!(` is left over"].concat();
    assert_eq!(files::left_over(&tree), [complaint]);
}

#[test]
fn space_at_the_end_is_found_outside_fixtures() {
    let tree = [
        file("a.md", "one \ntwo"),
        file("crates/a/tests/fixtures/b.txt", "one \n"),
    ];
    assert_eq!(
        files::badly_ended(&tree),
        [
            "a.md:1: ends in a space",
            "a.md does not end in a line break"
        ]
    );
}

#[test]
fn model_has_to_state_invariants_and_simplifications() {
    let header = "//! The kernel.\n//!\n//! # Invariants\n//! * None.\n\n#![forbid(unsafe_code)]\n";
    let tree = [
        file("crates/sim/src/lib.rs", header),
        file("crates/ui/src/lib.rs", ""),
    ];
    assert_eq!(
        files::without_header(&tree),
        ["the header of sim has no line `//! # Simplifications`"]
    );
}

#[test]
fn crate_takes_the_settings_of_the_workspace() {
    let manifest = "[package]\nedition.workspace = true\nrust-version.workspace = true\n\
                    license.workspace = true\npublish.workspace = true\n";
    let tree = [file("crates/a/Cargo.toml", manifest)];
    assert_eq!(
        files::without_shared_settings(&tree),
        ["crates/a/Cargo.toml does not say `[lints] workspace = true`"]
    );
}

#[test]
fn reproducible_crates_share_their_lints() {
    let lints = |name: &str, text: &str| file(&format!("crates/{name}/clippy.toml"), text);
    let strict = "disallowed-methods = []\n";
    let tree = [
        lints("sim", strict),
        lints("redo", strict),
        lints("engine-quorum", ""),
        lints("lab", strict),
    ];
    assert_eq!(
        files::without_strict_lints(&tree),
        ["crates/engine-quorum/clippy.toml is not a copy of crates/sim/clippy.toml"]
    );
    assert_eq!(files::without_strict_lints(&[]).len(), 3);
}
