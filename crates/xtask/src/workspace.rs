//! Where things are, and what cargo knows about the crates.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::process::Program;

/// The checkout that this program was built from.
pub(crate) struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// `PATH` with cargo's own bin folder in front: what set-up installs there is found even where
    /// the user's shell does not look, and before an older copy elsewhere.
    pub(crate) search_path: OsString,
    /// Cargo's own folder; `cargo install` puts programs into its `bin`.
    pub(crate) cargo_home: PathBuf,
}

impl Workspace {
    pub(crate) fn locate() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .expect("this crate lies two folders below the root")
            .to_path_buf();
        let cargo_home = std::env::var_os("CARGO_HOME").map_or_else(
            || {
                std::env::home_dir()
                    .expect("a user has a home")
                    .join(".cargo")
            },
            PathBuf::from,
        );
        let bin = cargo_home.join("bin");
        let outer = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(bin).chain(std::env::split_paths(&outer));
        let search_path = std::env::join_paths(folders).unwrap_or(outer);
        Self {
            root,
            search_path,
            cargo_home,
        }
    }

    /// A program, found on the search path, that will run in the root folder.
    pub(crate) fn program(&self, name: &str) -> Program {
        Program::new(name, &self.search_path, &self.root)
    }

    /// The version that `Cargo.lock` holds a package at.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String> {
        let path = self.root.join("Cargo.lock");
        let lock = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        version_in_lock(&lock, package)
            .with_context(|| format!("Cargo.lock does not name the package {package}"))
    }

    /// The crates of the workspace as cargo describes them.
    pub(crate) fn crates(&self) -> Result<Vec<Crate>> {
        let text = self
            .program("cargo")
            .args(["metadata", "--no-deps", "--format-version=1"])
            .read()?;
        Crate::list(&text)
    }

    /// The folder into which cargo builds, which git does not see.
    pub(crate) fn target_folder(&self) -> Result<PathBuf> {
        let metadata = self
            .program("cargo")
            .args(["metadata", "--no-deps", "--format-version=1"])
            .read()?;
        let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
        Ok(string(&metadata, "target_directory")?.into())
    }
}

/// A member of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

/// One arrow out of a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) owner: Owner,
    pub(crate) kind: DependencyKind,
}

/// Who writes a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A member of this workspace.
    Ours,
    /// A package from a registry.
    Outside,
}

/// What a dependency is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DependencyKind {
    Normal,
    Build,
    /// Tests, benches and examples only.
    Dev,
}

/// One thing that cargo compiles in a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: String,
    /// `lib`, `bin`, `test`, `bench`, `example`.
    pub(crate) kind: String,
    /// The file that compilation starts from.
    pub(crate) source: PathBuf,
}

impl Crate {
    /// Reads the answer of `cargo metadata --no-deps`.
    fn list(metadata: &str) -> Result<Vec<Self>> {
        let metadata: Value = serde_json::from_str(metadata).context("cargo metadata")?;
        array(&metadata, "packages")?
            .iter()
            .map(|package| {
                let dependencies = array(package, "dependencies")?
                    .iter()
                    .map(|dependency| {
                        Ok(Dependency {
                            name: string(dependency, "name")?,
                            owner: if dependency["path"].is_null() {
                                Owner::Outside
                            } else {
                                Owner::Ours
                            },
                            kind: match dependency["kind"].as_str() {
                                None => DependencyKind::Normal,
                                Some("build") => DependencyKind::Build,
                                Some("dev") => DependencyKind::Dev,
                                Some(other) => bail!("cargo metadata: dependency kind {other}"),
                            },
                        })
                    })
                    .collect::<Result<_>>()?;
                let targets = array(package, "targets")?
                    .iter()
                    .map(|target| {
                        Ok(Target {
                            name: string(target, "name")?,
                            kind: target["kind"][0].as_str().unwrap_or_default().to_owned(),
                            source: string(target, "src_path")?.into(),
                        })
                    })
                    .collect::<Result<_>>()?;
                Ok(Self {
                    name: string(package, "name")?,
                    dependencies,
                    targets,
                })
            })
            .collect()
    }
}

fn array<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    value[key]
        .as_array()
        .with_context(|| format!("cargo metadata has no list `{key}`"))
}

fn string(value: &Value, key: &str) -> Result<String> {
    let text = value[key]
        .as_str()
        .with_context(|| format!("cargo metadata has no text `{key}`"))?;
    Ok(text.to_owned())
}

fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?;
    Some(
        version
            .strip_prefix("version = \"")?
            .strip_suffix('"')?
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_gives_the_version_of_the_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(
            version_in_lock(lock, "wasm-bindgen").as_deref(),
            Some("0.2.130")
        );
        assert_eq!(version_in_lock(lock, "wasm"), None);
    }

    #[test]
    fn metadata_tells_kind_and_owner_of_each_arrow() {
        let metadata = r#"{"packages": [{"name": "lab", "targets": [
            {"name": "lab", "kind": ["lib"], "src_path": "/x/lab/src/lib.rs"}
        ], "dependencies": [
            {"name": "sim", "kind": null, "path": "/x/sim"},
            {"name": "proptest", "kind": "dev"}
        ]}]}"#;
        let crates = Crate::list(metadata).expect("well-formed");
        assert_eq!(crates[0].targets[0].kind, "lib");
        assert_eq!(
            crates[0].dependencies,
            [
                Dependency {
                    name: "sim".to_owned(),
                    owner: Owner::Ours,
                    kind: DependencyKind::Normal,
                },
                Dependency {
                    name: "proptest".to_owned(),
                    owner: Owner::Outside,
                    kind: DependencyKind::Dev,
                },
            ]
        );
    }
}
