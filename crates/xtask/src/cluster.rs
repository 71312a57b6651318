//! The two ways to run a sweep on a cluster, GNU parallel and Ray, tested with a small one.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::apt;
use crate::process::{Counts, find};
use crate::setup::{install, present};
use crate::workspace::Workspace;

const RAY_VERSION: &str = "2.60.0";

/// Runs `crates/cli/cluster/test.sh`.
pub(crate) fn test(workspace: &Workspace, counts: &mut Counts) -> Result<()> {
    // The profile of the native tests, which have built nearly all of it.
    workspace
        .program("cargo")
        .args(["build", "--package", "cli", "--profile", "test"])
        .run()?;
    let script = workspace.root.join("crates/cli/cluster/test.sh");
    let sixfold = workspace.target_folder()?.join("debug/sixfold");
    workspace
        .program(&script.to_string_lossy())
        .arg(ray_folder(workspace)?.join("bin/python"))
        .env("SIXFOLD", sixfold)
        .run_counted(counts)
}

pub(crate) fn ensure_parallel(workspace: &Workspace) -> Result<()> {
    let look = || {
        let answer = workspace.program("parallel").arg("--version").ask();
        // Another program has the same name.
        if !answer.is_some_and(|answer| answer.starts_with("GNU parallel")) {
            bail!("no GNU parallel answers to --version");
        }
        find("parallel", &workspace.search_path).context("it has just answered")
    };
    let by_hand = "install GNU parallel (https://www.gnu.org/software/parallel/), on PATH";
    apt::ensure(workspace, "GNU parallel", &["parallel"], by_hand, look)
}

/// Ray has a Python environment of its own: nothing else is touched.
pub(crate) fn ensure_ray(workspace: &Workspace) -> Result<()> {
    let what = format!("Ray {RAY_VERSION}");
    let folder = ray_folder(workspace)?;
    let python = folder.join("bin/python");
    let place = folder.display().to_string();
    let version = "import importlib.metadata as m; print(m.version('ray'))";
    let answer = workspace
        .program(&python.to_string_lossy())
        .args(["-c", version])
        .ask();
    if answer.is_some_and(|answer| answer == RAY_VERSION) {
        present(&what, &place);
        return Ok(());
    }
    let look = || {
        let modules = ["-c", "import ensurepip, venv"];
        if workspace.program("python3").args(modules).ask().is_none() {
            bail!("no Python that makes environments is on PATH");
        }
        find("python3", &workspace.search_path).context("it has just answered")
    };
    let by_hand = "install Python 3 with its venv module, on PATH";
    apt::ensure(workspace, "Python", &["python3-venv"], by_hand, look)?;
    install(&what, &format!("with pip, into {place}"), || {
        workspace
            .program("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder)
            .run()?;
        workspace
            .program(&python.to_string_lossy())
            .args(["-m", "pip", "install", "--quiet"])
            .arg("--disable-pip-version-check")
            .arg(format!("ray=={RAY_VERSION}"))
            .run()
    })
}

fn ray_folder(workspace: &Workspace) -> Result<PathBuf> {
    Ok(workspace.target_folder()?.join("ray"))
}
