//! Rewrites golden scripts: what their commands print now becomes what they say. And the recording that
//! the engine plays first, as it is read now from its WAL.
//!
//! The change is for a person to read, line by line, before it is committed.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;

const SCRIPTS: &str = "crates/lab/scripts";

/// Runs `sixfold script --bless` on all golden scripts, which names those that changed, and reads the
/// shipped WAL.
pub(crate) fn bless(workspace: &Workspace) -> Result<()> {
    let mut scripts = Vec::new();
    for entry in fs::read_dir(workspace.root.join(SCRIPTS)).context(SCRIPTS)? {
        scripts.push(PathBuf::from(SCRIPTS).join(entry?.file_name()));
    }
    scripts.sort();
    workspace
        .program("cargo")
        .args(["run", "--quiet", "--package", "cli", "--"])
        .args(["script", "--bless"])
        .args(&scripts)
        .run()?;
    workspace
        .program("cargo")
        .args([
            "run",
            "--quiet",
            "--package",
            "player",
            "--example",
            "first_run",
        ])
        .run()
}
