//! The browsers of the tests: those that are installed, else those that apt brings.
//!
//! A browser counts only if it answers to `--version`: Ubuntu's packages of that name are stubs
//! that point to a snap, and a snap cannot be had everywhere.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::apt::ensure;
use crate::process::find;
use crate::setup::major_version;
use crate::workspace::Workspace;

const CHROMIUM_NAMES: &[&str] = &[
    "chromium",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "chromium-browser",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const CHROMEDRIVER_NAMES: &[&str] = &["chromedriver", "chromium.chromedriver"];
const FIREFOX_NAMES: &[&str] = &[
    "firefox-esr",
    "firefox",
    "/Applications/Firefox.app/Contents/MacOS/firefox",
];

/// Chromium or Chrome, with the driver for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chromium {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Finds Chromium or Chrome with a driver of its version.
pub(crate) fn chromium(workspace: &Workspace) -> Result<Chromium> {
    let browser = answering(workspace, CHROMIUM_NAMES, "CHROME")
        .context("no Chromium or Chrome answers to --version")?;
    let driver = answering(workspace, CHROMEDRIVER_NAMES, "CHROMEDRIVER").with_context(|| {
        format!(
            "no chromedriver is on PATH; {} needs one of its own version",
            browser.version
        )
    })?;
    if browser.major != driver.major {
        bail!(
            "{} is {} and {} is {}; their first numbers have to agree",
            browser.place.display(),
            browser.version,
            driver.place.display(),
            driver.version,
        );
    }
    Ok(Chromium {
        browser: browser.place,
        driver: driver.place,
    })
}

/// Finds Firefox.
pub(crate) fn firefox(workspace: &Workspace) -> Result<PathBuf> {
    let found = answering(workspace, FIREFOX_NAMES, "FIREFOX")
        .context("no Firefox answers to --version")?;
    Ok(found.place)
}

pub(crate) fn ensure_chromium(workspace: &Workspace) -> Result<()> {
    ensure(
        workspace,
        "Chromium with its driver",
        &["chromium", "chromium-driver"],
        "install Chrome or Chromium and the chromedriver of the same version \
         (https://googlechromelabs.github.io/chrome-for-testing/), both on PATH",
        || chromium(workspace).map(|found| found.browser),
    )
}

pub(crate) fn ensure_firefox(workspace: &Workspace) -> Result<()> {
    ensure(
        workspace,
        "Firefox",
        &["firefox-esr"],
        "install Firefox (https://www.mozilla.org/firefox/), on PATH",
        || firefox(workspace),
    )
}

struct Answer {
    place: PathBuf,
    version: String,
    major: u32,
}

/// The first of some programs that tells its version. A variable of the environment may name one
/// that is to be taken before all.
fn answering(workspace: &Workspace, names: &[&str], variable: &str) -> Option<Answer> {
    let named = std::env::var(variable).ok();
    named
        .as_deref()
        .into_iter()
        .chain(names.iter().copied())
        .find_map(|name| {
            let place = find(name, &workspace.search_path)?;
            let text = workspace
                .program(&place.to_string_lossy())
                .arg("--version")
                .ask()?;
            let version = version_in(&text)?.to_owned();
            let major = major_version(&version)?;
            Some(Answer {
                place,
                version,
                major,
            })
        })
}

/// The first word of an answer that looks like a version.
fn version_in(answer: &str) -> Option<&str> {
    answer.split_whitespace().find(|word| {
        word.contains('.') && word.starts_with(|character: char| character.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_found_in_what_browsers_answer() {
        let chromium = "Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)";
        assert_eq!(version_in(chromium), Some("156.0.8078.79"));
        assert_eq!(version_in("Mozilla Firefox 153.7.0esr"), Some("153.7.0esr"));
        assert_eq!(version_in("Google Chrome 156.0.1.2 "), Some("156.0.1.2"));
        let stub =
            "Command '/usr/bin/chromium-browser' requires the chromium snap to be installed.";
        assert_eq!(version_in(stub), None);
    }
}
