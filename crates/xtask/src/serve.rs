//! Builds the page and serves it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::dist;
use crate::process::{Program, find};
use crate::report::seconds;
use crate::server::Server;
use crate::setup::{self, Need};
use crate::workspace::Workspace;

/// What building the page takes.
pub(crate) const NEEDS: &[Need] = &[Need::WasmTarget, Need::Trunk, Need::WasmBindgen];

const USUAL_PORT: u16 = 8080;

/// How the page is served.
#[derive(Args)]
pub(crate) struct Options {
    /// Port to listen on [default: 8080, or a free one if that is taken]
    #[arg(long)]
    port: Option<u16>,
    /// Leave the browser closed
    #[arg(long)]
    no_open: bool,
}

/// Sets up, builds, serves until interrupted.
pub(crate) fn serve(workspace: &Workspace, options: &Options) -> Result<()> {
    eprintln!("==> set-up");
    setup::ensure(workspace, NEEDS)?;
    eprintln!("\n==> site: the page and its worker, optimized");
    let start = Instant::now();
    let site = build_site(workspace)?;
    eprintln!("    site: built in {}", seconds(start.elapsed()));
    let server = Server::bind(&site, options.port, USUAL_PORT)?;
    let address = format!("http://{}/", server.address()?);
    println!("\nSixfold is at {address} (Ctrl-C ends it)");
    if !options.no_open {
        open(workspace, &address);
    }
    server.run();
    Ok(())
}

/// Builds the optimized page into `dist/` and returns that folder.
pub(crate) fn build_site(workspace: &Workspace) -> Result<PathBuf> {
    trunk(workspace).run()?;
    Ok(workspace.root.join("dist"))
}

/// Trunk, about to build the optimized page.
pub(crate) fn trunk(workspace: &Workspace) -> Program {
    workspace
        .program("trunk")
        .args(["build", "--release"])
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        // Trunk reads this variable as a switch of its own and takes only true and false.
        .env_remove("NO_COLOR")
}

/// Shows the page in the user's browser, if there is a screen to show it on. Some openers return
/// only when the browser is closed, so nobody waits for them.
fn open(workspace: &Workspace, address: &str) {
    let set = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if set("DISPLAY") || set("WAYLAND_DISPLAY") {
        "xdg-open"
    } else {
        return;
    };
    if find(opener, &workspace.search_path).is_some() {
        let program = workspace.program(opener).arg(address);
        std::thread::spawn(move || {
            if program.ask().is_none() {
                eprintln!("{opener} could not open a browser; open the address by hand");
            }
        });
    }
}

/// Ends the building of the page that Trunk has just put together: a release is shortened, and the
/// worker's version is written into the page.
///
/// Trunk gives the page's own files names with a hash in them, but not the worker's: a browser could
/// run an old worker with a new page. The page therefore asks for the worker's files with
/// `?v=<version>`, which it reads from the element that this fills in.
pub(crate) fn finish_site(workspace: &Workspace) -> Result<()> {
    let folder = std::env::var_os("TRUNK_STAGING_DIR")
        .context("TRUNK_STAGING_DIR is not set; this is a hook that Trunk calls")?;
    let folder = Path::new(&folder);
    dist::shorten(workspace, folder)?;
    let mut hash = Fnv::new();
    for file in WORKER_FILES {
        let path = folder.join(file);
        hash.fold(&fs::read(&path).with_context(|| path.display().to_string())?);
    }
    let page = folder.join("index.html");
    let html = fs::read_to_string(&page).with_context(|| page.display().to_string())?;
    let stamped = stamp(&html, &hash.text()).context("index.html has no worker-version to fill")?;
    fs::write(&page, stamped).with_context(|| page.display().to_string())?;
    // The exhibits' pages are made of it.
    workspace
        .program("cargo")
        .args([
            "run",
            "--quiet",
            "--package",
            "cli",
            "--",
            "lesson",
            "--site",
        ])
        .arg(folder)
        .run()
}

/// What runs in workers: the script that starts them, and what Trunk makes of `crates/worker`.
const WORKER_FILES: &[&str] = &[
    "worker-boot.js",
    "worker.js",
    "worker_bg.wasm",
    "jobs.js",
    "jobs_bg.wasm",
];

/// Fills the empty `content` of the page's `worker-version`.
fn stamp(html: &str, version: &str) -> Option<String> {
    let empty = "<meta name=\"worker-version\" content=\"";
    let end = html.find(empty)? + empty.len();
    html[end..]
        .starts_with('"')
        .then(|| [&html[..end], version, &html[end..]].concat())
}

/// FNV-1a, 64 bits: enough to tell one build from another.
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn fold(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn text(&self) -> String {
        format!("{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamp_fills_the_version_and_touches_nothing_else() {
        let html = "<head><meta name=\"worker-version\" content=\"\"><title>S</title></head>";
        assert_eq!(
            stamp(html, "00ff").as_deref(),
            Some("<head><meta name=\"worker-version\" content=\"00ff\"><title>S</title></head>")
        );
        assert_eq!(stamp("<head></head>", "00ff"), None);
    }

    #[test]
    fn hash_is_fnv_1a() {
        let mut hash = Fnv::new();
        hash.fold(b"a");
        assert_eq!(hash.text(), "af63dc4c8601ec8c");
    }
}
