//! Measures.

use anyhow::Result;
use clap::Args;

use crate::workspace::Workspace;

/// What is measured, and how it is told.
#[derive(Args)]
pub(crate) struct Options {
    /// One JSON object instead of the table
    #[arg(long)]
    json: bool,
}

pub(crate) fn bench(_: &Workspace, options: &Options) -> Result<()> {
    anyhow::bail!("nothing to measure yet (json: {})", options.json)
}
