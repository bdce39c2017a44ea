//! `loadpath extract`: the facts of one repository, to be merged with those of others.

use std::path::PathBuf;

use super::project::Project;
use super::{Context, Exit, opened};

/// Arguments of `extract`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// The name under which the facts go, instead of the folder's
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Where the facts go, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let mut opened = opened::open(&args.project, context)?;
    if let Some(name) = &args.name {
        opened.name.clone_from(name);
    }
    let facts = opened.facts(context)?;
    super::merge::write(&facts, args.output.as_deref(), context)?;
    args.project.strictness(&facts.diagnostics, context)
}
