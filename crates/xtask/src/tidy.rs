//! Looks for what compilers do not: a new dependency arrow, a file that nothing uses, a marker left
//! behind.
//!
//! Each rule is a function from what it looks at to a list of complaints, so that its tests can
//! show it something wrong. The files looked at are those that git knows or would add.

mod arrows;
mod dead;
mod files;
#[cfg(test)]
mod tests;

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;

/// A file of the checkout.
struct File {
    /// Path from the root, with `/`.
    path: String,
    bytes: u64,
    /// The content, where it is text.
    text: Option<String>,
}

impl File {
    /// What follows the last dot of the file's name.
    fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

/// Applies every rule and prints each complaint.
pub(crate) fn tidy(workspace: &Workspace) -> Result<()> {
    let files = list(workspace)?;
    let crates = workspace.crates()?;
    // Fuzz targets are a workspace of their own, of which cargo says nothing here.
    let fuzz_targets = files
        .iter()
        .map(|file| file.path.clone())
        .filter(|path| path.contains("/fuzz/"));
    let roots: Vec<String> = crates
        .iter()
        .flat_map(|member| &member.targets)
        .filter_map(|target| target.source.strip_prefix(&workspace.root).ok())
        .map(|source| source.to_string_lossy().into_owned())
        .chain(fuzz_targets)
        .collect();
    let complaints = [
        arrows::strangers(&crates, arrows::TABLE),
        dead::rust_files(&files, &roots),
        dead::web_files(&files),
        files::outside_the_root_list(&files),
        files::too_big(&files),
        files::left_over(&files),
        files::badly_ended(&files),
        files::without_header(&files),
        files::without_shared_settings(&files),
        files::without_strict_lints(&files),
    ]
    .concat();
    for complaint in &complaints {
        println!("    {complaint}");
    }
    match complaints.len() {
        0 => Ok(()),
        1 => bail!("1 complaint"),
        count => bail!("{count} complaints"),
    }
}

fn list(workspace: &Workspace) -> Result<Vec<File>> {
    let names = workspace
        .program("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .read()
        .context("the list of files comes from git")?;
    let mut files = Vec::new();
    for path in names.split_terminator('\0') {
        let place = workspace.root.join(path);
        // git still lists a file that was deleted and not yet staged.
        let Ok(content) = fs::read(&place) else {
            continue;
        };
        files.push(File {
            path: path.to_owned(),
            bytes: content.len() as u64,
            text: String::from_utf8(content)
                .ok()
                .filter(|text| !text.contains('\0')),
        });
    }
    Ok(files)
}
