//! `loadpath graph`: the service graph, or a part of it.

use anyhow::bail;
use clap::ValueEnum;

use super::format::Output;
use super::project::Project;
use super::{Context, Exit};
use crate::graph::json;
use crate::review;

/// Arguments of `graph`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// What to write, and where; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub format: Vec<Output<Format>>,
}

/// What a graph can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// loadpath.graph/1
    Json,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let outputs = Output::all(&args.format, Format::Text)?;
    let sources = args.project.sources(std::io::stdin())?;
    let (_, config) = args.project.config(&sources)?;
    let facts = review::facts(&args.project.name(), &sources);
    let graph = review::graph(&facts, &config);
    if graph.services.is_empty() && sources.files.is_empty() {
        bail!("find anything to read: name the folder of a project");
    }
    for output in &outputs {
        let text = match output.format {
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&json::document(&graph))?),
            Format::Text => crate::reports::graph_text(&graph),
        };
        output.write(text.as_bytes(), context.out)?;
    }
    args.project.strictness(&facts.diagnostics)
}
