//! What has to hold before a change goes in: `check` while you work, `test` before you push.
//!
//! Both run the same kind of steps. A step that fails does not stop the others, except those that
//! stand on it; the last lines tell every result.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use serde_json::json;

use crate::browsers;
use crate::cluster;
use crate::process::{Counts, Program, find};
use crate::report::Report;
use crate::serve;
use crate::setup::{self, Need};
use crate::tidy;
use crate::workspace::{Crate, Workspace};

/// The crates that become wasm. All others are tested natively: they are the workspace's
/// `default-members`.
const WASM_CRATES: &[&str] = &["worker", "ui"];
/// The crate and the beginning of the name of the tests that also run in Firefox.
const FIREFOX_CRATE: &str = "worker";
const FIREFOX_TESTS: &str = "determinism";
const WASM_ARGUMENTS: &[&str] = &["--target", "wasm32-unknown-unknown"];

/// One thing that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// Every Rust file is as rustfmt writes it
    Fmt,
    /// Dependency arrows, dead files, markers, spaces, blobs, the root list, crate headers
    Tidy,
    /// Clippy without a warning, native
    Clippy,
    /// Clippy without a warning, wasm32
    ClippyWasm,
    /// The native tests
    Native,
    /// The documentation without a warning
    Docs,
    /// A sweep in shards, by GNU parallel and by Ray
    Cluster,
    /// The wasm tests in headless Chromium
    Wasm,
    /// The determinism tests in headless Firefox
    Firefox,
    /// The release page
    Site,
    /// The release page in Chromium, by Playwright, and a short walk in Firefox
    EndToEnd,
}

impl Step {
    /// The short gate.
    pub(crate) const CHECK: &'static [Self] = &[
        Self::Fmt,
        Self::Tidy,
        Self::Clippy,
        Self::ClippyWasm,
        Self::Native,
    ];

    /// Everything.
    pub(crate) const TEST: &'static [Self] = &[
        Self::Fmt,
        Self::Tidy,
        Self::Clippy,
        Self::ClippyWasm,
        Self::Native,
        Self::Docs,
        Self::Cluster,
        Self::Wasm,
        Self::Firefox,
        Self::Site,
        Self::EndToEnd,
    ];

    const fn about(self) -> &'static str {
        match self {
            Self::Fmt => "every Rust file is as rustfmt writes it",
            Self::Tidy => "arrows, dead files, markers, spaces, blobs, the root list, headers",
            Self::Clippy => "clippy without a warning, native",
            Self::ClippyWasm => "clippy without a warning, wasm32",
            Self::Native => "the native tests",
            Self::Docs => "the documentation without a warning",
            Self::Cluster => "a sweep in shards that fail, by GNU parallel and by Ray",
            Self::Wasm => "the wasm tests in headless Chromium, page and dedicated worker",
            Self::Firefox => "the determinism tests in headless Firefox",
            Self::Site => "the release page, with its worker",
            Self::EndToEnd => {
                "the release page under a deep path, in Chromium and for a walk in Firefox"
            }
        }
    }

    const fn needs(self) -> &'static [Need] {
        match self {
            Self::Fmt | Self::Tidy | Self::Clippy | Self::Native | Self::Docs => &[],
            Self::ClippyWasm => &[Need::WasmTarget],
            Self::Cluster => &[Need::Parallel, Need::Ray],
            Self::Wasm => &[Need::WasmTarget, Need::WasmBindgen, Need::Chromium],
            Self::Firefox => &[Need::WasmTarget, Need::WasmBindgen, Need::Firefox],
            Self::Site => serve::NEEDS,
            Self::EndToEnd => &[Need::NodePackages, Need::Chromium, Need::Firefox],
        }
    }

    /// The step without whose result this one has nothing to look at.
    const fn stands_on(self) -> Option<Self> {
        match self {
            Self::EndToEnd => Some(Self::Site),
            Self::Fmt
            | Self::Tidy
            | Self::Clippy
            | Self::ClippyWasm
            | Self::Native
            | Self::Docs
            | Self::Cluster
            | Self::Wasm
            | Self::Firefox
            | Self::Site => None,
        }
    }

    fn name(self) -> String {
        self.to_possible_value()
            .expect("no step is hidden")
            .get_name()
            .to_owned()
    }

    fn run(self, workspace: &Workspace, counts: &mut Counts) -> Result<()> {
        let cargo = || workspace.program("cargo");
        match self {
            Self::Fmt => cargo().args(["fmt", "--all", "--check"]).run(),
            Self::Tidy => tidy::tidy(workspace),
            Self::Clippy => cargo()
                .args(["clippy", "--all-targets", "--", "-D", "warnings"])
                .run(),
            Self::ClippyWasm => cargo()
                .args(["clippy", "--all-targets"])
                .args(WASM_ARGUMENTS)
                .args(packages(WASM_CRATES))
                .args(["--", "-D", "warnings"])
                .run(),
            Self::Native => cargo().arg("test").run_counted(counts),
            Self::Docs => {
                let docs = || {
                    cargo()
                        .args(["doc", "--no-deps"])
                        .env("RUSTDOCFLAGS", "-D warnings")
                };
                docs().run()?;
                docs()
                    .args(WASM_ARGUMENTS)
                    .args(packages(WASM_CRATES))
                    .run()
            }
            Self::Cluster => cluster::test(workspace, counts),
            Self::Wasm => {
                let chromium = browsers::chromium(workspace)?;
                let options = json!({ "goog:chromeOptions": {
                    "binary": chromium.browser,
                    "args": CHROMIUM_ARGUMENTS,
                }});
                wasm_tests(workspace, "CHROMEDRIVER", chromium.driver, &options)?
                    .args(packages(WASM_CRATES))
                    .arg("--tests")
                    .run_counted(counts)
            }
            Self::Firefox => {
                let tests = firefox_tests(&workspace.crates()?)?;
                let options = json!({ "moz:firefoxOptions": {
                    "binary": browsers::firefox(workspace)?,
                }});
                wasm_tests(workspace, "GECKODRIVER", geckodriver(workspace)?, &options)?
                    .args(packages(&[FIREFOX_CRATE]))
                    .args(tests.iter().flat_map(|test| ["--test", test]))
                    .run_counted(counts)
            }
            Self::Site => serve::build_site(workspace).map(drop),
            Self::EndToEnd => {
                let chromium = browsers::chromium(workspace)?;
                let folder = workspace.root.join("crates/e2e");
                workspace
                    .program("node")
                    .arg("firefox.js")
                    .arg(geckodriver(workspace)?)
                    .arg(browsers::firefox(workspace)?)
                    .folder(&folder)
                    .run()?;
                workspace
                    .program("npm")
                    .args(["run", "--silent", "test"])
                    .env("CHROME", chromium.browser)
                    .folder(&folder)
                    .run_counted(counts)
            }
        }
    }
}

/// Sets up what the steps need, then runs them.
pub(crate) fn run(workspace: &Workspace, steps: &[Step], only: &[Step]) -> Result<()> {
    let steps: Vec<Step> = steps
        .iter()
        .copied()
        .filter(|step| only.is_empty() || only.contains(step))
        .collect();
    if let Some(stranger) = only.iter().find(|step| !steps.contains(step)) {
        bail!("`{}` is a step of `cargo xtask test`", stranger.name());
    }
    let mut report = Report::new();
    let needs: Vec<Need> = Need::ALL
        .iter()
        .copied()
        .filter(|need| steps.iter().any(|step| step.needs().contains(need)))
        .collect();
    if !needs.is_empty() {
        report.step("set-up", "what the steps need", |_| {
            setup::ensure(workspace, &needs)
        });
        if report.failed() {
            return report.finish();
        }
    }
    let mut failed = Vec::new();
    for step in steps {
        let blocker = step.stands_on().filter(|base| failed.contains(base));
        if let Some(base) = blocker {
            report.skip(&step.name(), &base.name());
        } else if !report.step(&step.name(), step.about(), |counts| {
            step.run(workspace, counts)
        }) {
            failed.push(step);
        }
    }
    report.finish()
}

/// Keeps a test browser from talking to hosts of its maker.
const CHROMIUM_ARGUMENTS: &[&str] = &[
    "disable-background-networking",
    "disable-component-update",
    "disable-default-apps",
    "disable-quic",
    "disable-sync",
    "no-first-run",
];

/// `cargo test` for wasm32 in a browser; the packages and tests are for the caller to add.
fn wasm_tests(
    workspace: &Workspace,
    driver_variable: &str,
    driver: PathBuf,
    options: &serde_json::Value,
) -> Result<Program> {
    let folder = workspace.root.join("target");
    fs::create_dir_all(&folder).context("target")?;
    let file = folder.join(format!("{}.json", driver_variable.to_lowercase()));
    fs::write(&file, options.to_string()).with_context(|| file.display().to_string())?;
    let mut program = workspace.program("cargo");
    // The runner takes the first driver that any of these names.
    for variable in [
        "GECKODRIVER",
        "SAFARIDRIVER",
        "CHROMEDRIVER",
        "MSEDGEDRIVER",
    ] {
        program = program
            .env_remove(variable)
            .env_remove(&format!("{variable}_REMOTE"));
    }
    Ok(program
        .arg("test")
        .args(WASM_ARGUMENTS)
        .env(driver_variable, driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", file))
}

fn geckodriver(workspace: &Workspace) -> Result<PathBuf> {
    find("geckodriver", &workspace.search_path).context("geckodriver is missing")
}

/// The names of the test binaries that also run in Firefox.
fn firefox_tests(crates: &[Crate]) -> Result<Vec<String>> {
    let tests: Vec<String> = crates
        .iter()
        .filter(|member| member.name == FIREFOX_CRATE)
        .flat_map(|member| &member.targets)
        .filter(|target| target.kind == "test" && target.name.starts_with(FIREFOX_TESTS))
        .map(|target| target.name.clone())
        .collect();
    if tests.is_empty() {
        bail!("crates/{FIREFOX_CRATE}/tests has no {FIREFOX_TESTS}*.rs");
    }
    Ok(tests)
}

fn packages<'a>(names: &'a [&str]) -> impl Iterator<Item = &'a str> {
    names.iter().flat_map(|name| ["--package", name])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Target;

    #[test]
    fn test_runs_every_step_and_check_a_part_of_them() {
        assert_eq!(Step::TEST, Step::value_variants());
        assert!(Step::CHECK.iter().all(|step| Step::TEST.contains(step)));
    }

    #[test]
    fn step_stands_on_an_earlier_one() {
        for (place, step) in Step::TEST.iter().enumerate() {
            if let Some(base) = step.stands_on() {
                assert!(Step::TEST[..place].contains(&base));
            }
        }
    }

    #[test]
    fn firefox_runs_the_determinism_tests_and_fails_if_there_are_none() {
        let target = |name: &str, kind: &str| Target {
            name: name.to_owned(),
            kind: kind.to_owned(),
            source: PathBuf::new(),
        };
        let worker = |targets| Crate {
            name: "worker".to_owned(),
            dependencies: vec![],
            targets,
        };
        let tests = [
            target("determinism_worker", "test"),
            target("messages", "test"),
        ];
        assert_eq!(
            firefox_tests(&[worker(tests.to_vec())]).expect("there is one"),
            ["determinism_worker"]
        );
        firefox_tests(&[worker(vec![target("determinism", "bin")])]).expect_err("no test");
    }
}
