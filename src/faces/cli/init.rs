//! `loadpath init`: a first loadpath.yaml, inferred from what is there.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use super::project::{CONFIG, Project};
use super::rules::{self, Folders};
use super::{Context, Exit, opened};
use crate::reports::settings::{self, Found};

/// Arguments of `init`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project; a loadpath.yaml that it has is not overwritten
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Write to standard output instead of the project
    #[arg(long)]
    pub stdout: bool,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let file = args.path.join(CONFIG);
    // Said before the work, and made sure of again when the file is made.
    if !args.stdout && file.symlink_metadata().is_ok() {
        bail!("write {}: it exists; edit it, or see what would be written with `--stdout`", file.display());
    }
    let project = Project { paths: vec![args.path.clone()], ..Project::default() };
    let rules = rules::load(&Folders::default())?;
    let review = opened::open(&project, context)?.review(&project, None, &rules, context)?;
    let environments: Vec<String> = review.facts.kubernetes.iter().map(|of| of.name.clone()).collect();
    let charts = review.facts.kubernetes.iter().filter(|of| of.kind == "helm");
    let charts: Vec<String> = charts.map(|of| of.path.clone()).collect();
    let text = settings::text(Found {
        graph: &review.graph,
        environments: &environments,
        charts: &charts,
        unknown: &review.settled.unknown,
    });
    if args.stdout {
        write!(context.out, "{text}")?;
        return Ok(Exit::Clean);
    }
    let shown = file.display();
    let mut to = match OpenOptions::new().write(true).create_new(true).open(&file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("write {shown}: it exists; edit it, or see what would be written with `--stdout`")
        }
        other => other.with_context(|| format!("write {shown}"))?,
    };
    to.write_all(text.as_bytes()).with_context(|| format!("write {shown}"))?;
    writeln!(context.out, "{shown}")?;
    Ok(Exit::Clean)
}
