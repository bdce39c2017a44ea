//! `loadpath path`: one request from its entry point down.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::ValueEnum;

use super::format::Output;
use super::layout::Layout;
use super::project::{Inputs, Project};
use super::{Context, Exit, opened};
use crate::analysis::Model;
use crate::analysis::request::request;
use crate::graph::Graph;
use crate::graph::find;
use crate::graph::model::EntryId;
use crate::reports::{mermaid, request as report};

/// Names that are offered for one that does not fit.
const OFFERED: usize = 5;
/// Entry points that are listed for a name that fits several.
const LISTED: usize = 40;

/// Arguments of `path`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The entry point: `Service.Method`, `GET /route`, or the end of either
    #[arg(value_name = "ENTRY")]
    pub entry: String,
    /// Folders of the project
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// How the project is read
    #[command(flatten)]
    pub inputs: Inputs,
    /// What to write, and where; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub format: Vec<Output<Format>>,
    /// How a team lays out diagrams and Markdown
    #[command(flatten)]
    pub layout: Layout,
}

/// What a path can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A tree with deadlines
    Text,
    /// For programs
    Json,
    /// A Mermaid sequence diagram
    Mermaid,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let outputs = Output::all(&args.format, Format::Text)?;
    let project = Project { paths: args.paths.clone(), inputs: args.inputs.clone() };
    let opened = opened::open(&project, context)?;
    let (facts, graph) = opened.graph(context)?;
    let model = Model::new(&facts, &graph, &opened.config, None);
    let entry = find(&model, &graph, &args.entry)?;
    let request = request(&model, entry);
    let templates = args.layout.load()?;
    for output in &outputs {
        let text = match output.format {
            Format::Text => report::text(&model, &request),
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&report::document(&model, &request))?),
            Format::Mermaid => mermaid::sequence(&report::sequence(&model, &request), &templates)?,
        };
        output.write(text.as_bytes(), context.out)?;
    }
    project.strictness(&facts.diagnostics, context)
}

/// The one entry point that a name means.
fn find(model: &Model<'_>, graph: &Graph, name: &str) -> anyhow::Result<EntryId> {
    match find::entries(graph, name).as_slice() {
        [entry] => Ok(*entry),
        [] => Err(unknown(graph, name)),
        several => {
            let shown = &several[..several.len().min(LISTED)];
            let list = report::list(model, shown);
            let rest = several.len() - shown.len();
            let rest = if rest > 0 { format!("  and {rest} more\n") } else { String::new() };
            bail!(
                "find one entry point `{name}`: {} go by that name; say which, with `KIND:` in front if two have the \
                 same id:\n{}",
                several.len(),
                format!("{list}{rest}").trim_end()
            )
        }
    }
}

fn unknown(graph: &Graph, name: &str) -> anyhow::Error {
    let near = find::near(graph, name, OFFERED);
    if !near.is_empty() {
        return anyhow!("find the entry point `{name}`: did you mean `{}`?", near.join("`, `"));
    }
    let named = graph.entries.iter().filter(|entry| matches!(entry.kind.as_str(), "rpc" | "endpoint"));
    let all: BTreeSet<String> = named.map(find::short).collect();
    let all: Vec<String> = all.into_iter().take(OFFERED).collect();
    if graph.entries.is_empty() {
        return anyhow!("find the entry point `{name}`: no entry point was found in the project");
    }
    anyhow!(
        "find the entry point `{name}`: none of the {} goes by that name{}; the name of a service lists its own",
        graph.entries.len(),
        if all.is_empty() { String::new() } else { format!(", such as `{}`", all.join("`, `")) }
    )
}
