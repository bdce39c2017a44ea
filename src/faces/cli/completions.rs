//! `loadpath completions`: a script for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Context, Exit};

/// Arguments of `completions`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    // The generator takes no writer that can fail.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "loadpath", &mut script);
    context.out.write_all(&script)?;
    Ok(Exit::Clean)
}
