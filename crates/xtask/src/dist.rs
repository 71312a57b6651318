//! Builds the page as it is released: `dist/`, for any static host and below any path.
//!
//! It is what `serve` builds, and then wasm-opt goes over both wasm files: it drops the names of
//! functions, which only backtraces need, and shortens the code. Trunk calls the hook while what it
//! built is still put together, so that the worker's version is that of the files as they are sent.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::report::seconds;
use crate::serve;
use crate::setup::{self, Need};
use crate::workspace::Workspace;

/// What a release takes.
pub(crate) const NEEDS: &[Need] = &[
    Need::WasmTarget,
    Need::Trunk,
    Need::WasmBindgen,
    Need::NodePackages,
];

/// Tells the hook that Trunk calls that this build is a release.
const VARIABLE: &str = "SIXFOLD_RELEASE";

/// What the compiler of `rust-toolchain.toml` uses, one by one: with all features wasm-opt writes what
/// no browser reads yet.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// What is packed best, not what is shortest: what more passes save, brotli saves anyway.
const PASSES: &[&str] = &[
    "-O1",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// Sets up and builds.
pub(crate) fn dist(workspace: &Workspace) -> Result<()> {
    eprintln!("==> set-up");
    setup::ensure(workspace, NEEDS)?;
    eprintln!("\n==> site: the page and its worker, as they are released");
    let start = Instant::now();
    let site = build(workspace)?;
    eprintln!("    site: built in {}", seconds(start.elapsed()));
    println!("{}", site.display());
    Ok(())
}

/// Builds the release into `dist/` and returns that folder.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    serve::trunk(workspace).env(VARIABLE, "1").run()?;
    Ok(workspace.root.join("dist"))
}

/// Shortens the wasm files of the site that is put together, if it is a release.
pub(crate) fn shorten(workspace: &Workspace, site: &Path) -> Result<()> {
    if std::env::var_os(VARIABLE).is_none() {
        return Ok(());
    }
    for entry in site.read_dir().context("the site")? {
        let file = entry?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "wasm")
        {
            workspace
                .program("node")
                .arg(workspace.root.join("crates/e2e/node_modules/.bin/wasm-opt"))
                .args(PASSES)
                .args(FEATURES)
                .arg(&file)
                .arg("-o")
                .arg(&file)
                .run()?;
        }
    }
    Ok(())
}
