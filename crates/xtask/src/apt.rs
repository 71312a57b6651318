//! What the system's package manager brings.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::process::find;
use crate::setup::{install, present};
use crate::workspace::Workspace;

/// Looks for something; installs packages if it is not there, and looks again.
pub(crate) fn ensure(
    workspace: &Workspace,
    what: &str,
    packages: &[&str],
    by_hand: &str,
    look: impl Fn() -> Result<PathBuf>,
) -> Result<()> {
    let missing = match look() {
        Ok(place) => {
            present(what, &place.display().to_string());
            return Ok(());
        }
        Err(error) => error,
    };
    let Some(apt) = Apt::find(workspace) else {
        bail!("{missing:#}; {by_hand}");
    };
    install(what, "with apt", || {
        apt.update()?;
        for package in packages {
            if !apt.offers(package) {
                bail!("apt has no real package {package} here; {by_hand}");
            }
        }
        apt.install(packages)
    })?;
    look().map(drop)
}

/// Debian's package manager, and the right to use it.
struct Apt<'a> {
    workspace: &'a Workspace,
    privilege: Privilege,
}

#[derive(Clone, Copy)]
enum Privilege {
    Root,
    Sudo,
}

impl<'a> Apt<'a> {
    fn find(workspace: &'a Workspace) -> Option<Self> {
        find("apt-get", &workspace.search_path)?;
        let user = workspace.program("id").arg("-u").ask()?;
        let privilege = match user.as_str() {
            "0" => Privilege::Root,
            _ => find("sudo", &workspace.search_path).map(|_| Privilege::Sudo)?,
        };
        Some(Self {
            workspace,
            privilege,
        })
    }

    fn update(&self) -> Result<()> {
        self.run(&["update", "--quiet"])
    }

    fn install(&self, packages: &[&str]) -> Result<()> {
        let options = ["install", "--yes", "--no-install-recommends", "--quiet"];
        self.run(&[&options, packages].concat())
    }

    /// Whether a package can be installed and is more than a stub for a snap.
    fn offers(&self, package: &str) -> bool {
        let policy = self
            .workspace
            .program("apt-cache")
            .args(["policy", package])
            .ask();
        offers_package(&policy.unwrap_or_default())
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let program = match self.privilege {
            Privilege::Root => self.workspace.program("env"),
            Privilege::Sudo => self.workspace.program("sudo").arg("env"),
        };
        program
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
            .args(arguments)
            .run()
    }
}

fn offers_package(policy: &str) -> bool {
    let candidate = policy
        .lines()
        .find_map(|line| line.trim().strip_prefix("Candidate:"));
    candidate.is_some_and(|version| !version.contains("(none)") && !version.contains("snap"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snap_stub_is_no_package() {
        assert!(offers_package(
            "chromium:\n  Installed: (none)\n  Candidate: 156.0.1-1~deb12u1\n"
        ));
        assert!(!offers_package(
            "chromium-browser:\n  Candidate: 2:1snap1-0ubuntu2\n"
        ));
        assert!(!offers_package(
            "chromium:\n  Installed: (none)\n  Candidate: (none)\n"
        ));
        assert!(!offers_package(""));
    }
}
