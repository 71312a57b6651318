//! Installs what a chore needs and the machine lacks, and says for each what it does.
//!
//! Everything goes where a second clone finds it again: the wasm target into the toolchain, cargo
//! programs into cargo's own bin folder, browsers by the system's package manager. Only the Node
//! packages and Ray live in the checkout, under `crates/e2e/node_modules` and `target/ray`.

use std::fs;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use crate::browsers;
use crate::cluster;
use crate::process::find;
use crate::report::seconds;
use crate::workspace::Workspace;

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const TRUNK_VERSION: &str = "0.21.14";
const GECKODRIVER_VERSION: &str = "0.37.1";
const NODE_MAJOR_MIN: u32 = 20;

/// Something that a chore cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Need {
    /// The standard library for wasm32.
    WasmTarget,
    /// Builds the page.
    Trunk,
    /// Makes the JavaScript beside each wasm file, and runs the wasm tests.
    WasmBindgen,
    /// Playwright, axe-core and binaryen.
    NodePackages,
    /// Lighthouse, with the many packages that it stands on.
    Lighthouse,
    /// Chromium or Chrome, and the driver of the same version.
    Chromium,
    /// Firefox and geckodriver.
    Firefox,
    /// GNU parallel.
    Parallel,
    /// A Python that has Ray.
    Ray,
}

impl Need {
    /// All but what measuring alone takes.
    pub(crate) const ALL: &'static [Self] = &[
        Self::WasmTarget,
        Self::Trunk,
        Self::WasmBindgen,
        Self::NodePackages,
        Self::Chromium,
        Self::Firefox,
        Self::Parallel,
        Self::Ray,
    ];
}

/// Makes sure of each need, in order; stops at the first that cannot be had.
pub(crate) fn ensure(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    for need in needs {
        match need {
            Need::WasmTarget => ensure_wasm_target(workspace)?,
            Need::Trunk => ensure_cargo_program(
                workspace,
                &CargoProgram {
                    package: "trunk",
                    program: "trunk",
                    version: TRUNK_VERSION,
                    lock: PackageLock::AsReleased,
                    about: "builds the page",
                },
            )?,
            Need::WasmBindgen => ensure_cargo_program(
                workspace,
                &CargoProgram {
                    package: "wasm-bindgen-cli",
                    program: "wasm-bindgen",
                    version: &workspace.locked_version("wasm-bindgen")?,
                    // Its own lock file may name packages that a registry does not show.
                    lock: PackageLock::Newest,
                    about: "as Cargo.lock has it",
                },
            )?,
            Need::NodePackages => {
                ensure_node_packages(workspace, "Node packages", "crates/e2e")?;
            }
            Need::Lighthouse => {
                ensure_node_packages(workspace, "Lighthouse", "crates/e2e/lighthouse")?;
            }
            Need::Chromium => browsers::ensure_chromium(workspace)?,
            Need::Firefox => {
                browsers::ensure_firefox(workspace)?;
                ensure_cargo_program(
                    workspace,
                    &CargoProgram {
                        package: "geckodriver",
                        program: "geckodriver",
                        version: GECKODRIVER_VERSION,
                        lock: PackageLock::AsReleased,
                        about: "drives Firefox",
                    },
                )?;
            }
            Need::Parallel => cluster::ensure_parallel(workspace)?,
            Need::Ray => cluster::ensure_ray(workspace)?,
        }
    }
    Ok(())
}

/// Says that something is there.
pub(crate) fn present(what: &str, detail: &str) {
    eprintln!("    {what}: {detail}");
}

/// Says that something is missing and what will be done, then does it.
pub(crate) fn install(what: &str, how: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("    {what}: missing; installing it {how}");
    let start = Instant::now();
    run().with_context(|| format!("{what} could not be installed"))?;
    eprintln!("    {what}: installed in {}", seconds(start.elapsed()));
    Ok(())
}

fn ensure_wasm_target(workspace: &Workspace) -> Result<()> {
    let what = "wasm target";
    let installed = || -> Result<bool> {
        let arguments = ["--print", "target-libdir", "--target", WASM_TARGET];
        let folder = workspace.program("rustc").args(arguments).read()?;
        Ok(fs::read_dir(folder.trim()).is_ok_and(|mut files| files.next().is_some()))
    };
    if installed()? {
        present(what, WASM_TARGET);
        return Ok(());
    }
    install(what, "with rustup", || {
        workspace
            .program("rustup")
            .args(["target", "add", WASM_TARGET])
            .run()
            .context(
                "this needs rustup (https://rustup.rs), or a toolchain that has the target already",
            )
    })
}

struct CargoProgram<'a> {
    package: &'a str,
    program: &'a str,
    version: &'a str,
    lock: PackageLock,
    about: &'a str,
}

/// Which versions of its dependencies a program is built with.
#[derive(PartialEq, Eq)]
enum PackageLock {
    /// Those it was released with.
    AsReleased,
    /// The newest that fit.
    Newest,
}

fn ensure_cargo_program(workspace: &Workspace, wanted: &CargoProgram<'_>) -> Result<()> {
    let CargoProgram {
        package,
        program,
        version,
        lock,
        about,
    } = wanted;
    let installed = || {
        let answer = workspace
            .program(program)
            .arg("--version")
            .ask()
            .unwrap_or_default();
        names_version(&answer, version)
    };
    let what = format!("{program} {version}");
    if installed() {
        present(&what, about);
        return Ok(());
    }
    let exact = format!("{package}@{version}");
    if workspace
        .program("cargo")
        .args(["binstall", "-V"])
        .ask()
        .is_some()
    {
        let fetched = install(&what, "prebuilt, with cargo binstall", || {
            workspace
                .program("cargo")
                .args([
                    "binstall",
                    "--no-confirm",
                    "--disable-strategies",
                    "compile",
                    "--root",
                ])
                .arg(&workspace.cargo_home)
                .arg(&exact)
                .run()
        });
        match fetched {
            Ok(()) if installed() => return Ok(()),
            Ok(()) => eprintln!("    {what}: cargo binstall put it where it is not found"),
            Err(error) => eprintln!("    {error:#}"),
        }
    }
    install(
        &what,
        "from source, with cargo install (a few minutes, once)",
        || {
            // Optimizing these programs would take longer than it ever saves here.
            let build = workspace
                .program("cargo")
                .args(["install", "--root"])
                .arg(&workspace.cargo_home)
                .args((*lock == PackageLock::AsReleased).then_some("--locked"))
                .arg(&exact)
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
                .env_remove("CARGO_TARGET_DIR");
            build.run()
        },
    )?;
    if !installed() {
        bail!("{what} was installed, but `{program} --version` does not name that version");
    }
    Ok(())
}

/// Whether a program's answer to `--version` names a version as a whole word.
fn names_version(answer: &str, version: &str) -> bool {
    answer
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .any(|word| word == version)
}

/// Installs what a folder's lock file names.
fn ensure_node_packages(workspace: &Workspace, what: &str, folder: &str) -> Result<()> {
    let answer = workspace.program("node").arg("--version").ask();
    let major = answer
        .as_deref()
        .and_then(|version| major_version(version.trim_start_matches('v')));
    match (&answer, major) {
        (Some(version), Some(major)) if major >= NODE_MAJOR_MIN => present("node", version),
        (Some(version), _) => {
            bail!("node is {version}; the tests need Node {NODE_MAJOR_MIN} or newer")
        }
        (None, _) => bail!("node is missing; install Node {NODE_MAJOR_MIN} or newer with its npm"),
    }
    if find("npm", &workspace.search_path).is_none() {
        bail!("npm is missing; install the npm that belongs to Node");
    }
    let place = workspace.root.join(folder);
    let lock = fs::read(place.join("package-lock.json"))
        .with_context(|| format!("{folder}/package-lock.json"))?;
    // A copy of the lock file inside `node_modules` tells what was installed there last.
    let installed = place.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        present(what, &format!("{folder}/node_modules"));
        return Ok(());
    }
    install(
        what,
        &format!("into {folder}/node_modules with npm ci"),
        || {
            workspace
                .program("npm")
                .args(["ci", "--no-audit", "--no-fund"])
                .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
                .folder(&place)
                .run()?;
            fs::write(&installed, &lock).context("note of what was installed")
        },
    )
}

/// The first number of a version.
pub(crate) fn major_version(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_compared_as_a_whole_word() {
        assert!(names_version("trunk 0.21.14", "0.21.14"));
        assert!(names_version(
            "geckodriver 0.37.1 (abc 2026-01-01)\n\nLicence 0.1",
            "0.37.1"
        ));
        assert!(!names_version("trunk 0.21.140", "0.21.14"));
        assert!(!names_version("", "0.21.14"));
    }

    #[test]
    fn major_version_is_the_first_number() {
        assert_eq!(major_version("20.20.2"), Some(20));
        assert_eq!(major_version("nightly"), None);
    }
}
