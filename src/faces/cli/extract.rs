//! `loadpath extract`: the facts of one repository, to be merged with those of others.

use std::path::PathBuf;

use super::project::Project;
use super::{Context, Exit};
use crate::review;

/// Arguments of `extract`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// The name under which the facts go, instead of the folder's
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Read a git revision instead of the work tree
    #[arg(long, value_name = "REV")]
    pub revision: Option<String>,
    /// Where the facts go, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let sources = match &args.revision {
        Some(revision) => args.project.sources_at(revision)?,
        None => args.project.sources(std::io::stdin())?,
    };
    let name = args.name.clone().unwrap_or_else(|| args.project.name());
    let facts = review::facts(&name, &sources);
    super::merge::write(&facts, args.output.as_deref(), context)?;
    args.project.strictness(&facts.diagnostics)
}
