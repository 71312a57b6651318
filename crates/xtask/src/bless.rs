//! Rewrites golden scripts: what their commands print now becomes what they say.
//!
//! The change is for a person to read, line by line, before it is committed.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;

const SCRIPTS: &str = "crates/lab/scripts";

/// Runs `sixfold script --bless` on all golden scripts; it names those that changed.
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
        .run()
}
