//! `loadpath capacity`: what is there only so often, against what is asked of it.

use clap::ValueEnum;

use super::format::Output;
use super::project::Project;
use super::scale::Scale;
use super::{Context, Exit, opened};
use crate::analysis::Model;
use crate::analysis::capacity::rows;
use crate::reports::capacity as report;
use crate::review;

/// Arguments of `capacity`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// What is scaled
    #[command(flatten)]
    pub scale: Scale,
    /// What to write, and where; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub format: Vec<Output<Format>>,
}

/// What capacity can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// loadpath.capacity/1
    Json,
    /// A table, for a comment or a page
    Markdown,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let formats = Output::all(&args.format, Format::Text)?;
    let opened = opened::open(&args.project, context)?;
    let (read, graph) = opened.graph(context)?;
    let (facts, config) = args.scale.applied(&read, &graph, &opened.config)?;
    let graph = review::graph(&facts, &config);
    let model = Model::new(&facts, &graph, &config, None);
    let rows = rows(&model);
    for output in &formats {
        let text = match output.format {
            Format::Text => report::text(&model, &rows),
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&report::document(&model, &rows))?),
            Format::Markdown => report::markdown(&model, &rows),
        };
        output.write(text.as_bytes(), context.out)?;
    }
    args.project.strictness(&facts.diagnostics, context)
}
