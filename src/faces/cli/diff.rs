//! `loadpath diff`: what a change does to the architecture.

use std::path::PathBuf;

use clap::ValueEnum;

use super::format::Output;
use super::layout::Layout;
use super::project::{Inputs, Project};
use super::rules::Folders;
use super::{Context, Exit, opened};
use crate::analysis::Model;
use crate::entities::View;
use crate::graph::delta::delta;
use crate::reports::{diff, mermaid};

/// Arguments of `diff`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The git revision that the change is compared with: where it and the change part
    #[arg(value_name = "BASE")]
    pub base: String,
    /// The git revision with the change, instead of the work tree
    #[arg(value_name = "HEAD", conflicts_with_all = ["rev", "staged"])]
    pub head: Option<String>,
    /// The root of the project
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub root: PathBuf,
    /// How the project is read
    #[command(flatten)]
    pub inputs: Inputs,
    /// What to write, and where; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub format: Vec<Output<Format>>,
    /// Where a team's own rules lie
    #[command(flatten)]
    pub folders: Folders,
    /// How a team lays out diagrams and Markdown
    #[command(flatten)]
    pub layout: Layout,
}

/// What a change can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// loadpath.diff/1
    Json,
    /// For a comment on a pull request, which its first line finds again
    Markdown,
    /// The diagram alone, as GitHub draws it
    Mermaid,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let outputs = Output::all(&args.format, Format::Text)?;
    let templates = args.layout.load()?;
    let mut inputs = args.inputs.clone();
    inputs.rev = args.head.clone().or(inputs.rev);
    let head = inputs.rev.clone().unwrap_or_default();
    let project = Project { paths: vec![args.root.clone()], inputs };
    let opened = opened::open(&project, context)?;
    let rules = opened.rules(&args.folders)?;
    let review = opened.review(&project, Some(&args.base), &rules, context)?;
    // A review that was asked for a base has one.
    let Some(base) = &review.base else { return Ok(Exit::Clean) };
    let before = Model::new(&base.facts, &base.graph, &opened.config, None);
    let after = Model::new(&review.facts, &review.graph, &opened.config, Some(&base.facts));
    let delta = delta((&base.graph, &View(&before)), (&review.graph, &View(&after)));
    let change = diff::Change {
        base: &args.base,
        head: &head,
        before: &base.graph,
        after: &review.graph,
        delta: &delta,
        new: &review.settled.findings,
        gone: &base.gone,
    };
    for output in &outputs {
        let text = match output.format {
            Format::Text => diff::text(change),
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&diff::document(change))?),
            Format::Markdown => diff::markdown(change, &templates)?,
            Format::Mermaid => diff::view(change).map_or(Ok(String::new()), |view| mermaid::paint(view, &templates))?,
        };
        output.write(text.as_bytes(), context.out)?;
    }
    project.strictness(&review.facts.diagnostics, context)
}
