//! `loadpath graph`: the service graph, or a part of it.

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use clap::builder::PossibleValuesParser;

use super::format::Output;
use super::layout::Layout;
use super::project::Project;
use super::{Context, Exit, opened};
use crate::analysis::Model;
use crate::config::suggest;
use crate::graph::Graph;
use crate::graph::json;
use crate::reports::view::{self, View};
use crate::reports::{self, backstage, dot, html, likec4, mermaid, structurizr, svg};

/// Arguments of `graph`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// What to write, and where; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub format: Vec<Output<Format>>,
    /// The part of the graph to draw
    #[arg(long, value_name = "NAME", default_value = "system", value_parser = view_names())]
    pub view: String,
    /// Draw what is around this node, named by its id or its name; may be repeated
    #[arg(long, value_name = "NODE", conflicts_with = "view")]
    pub focus: Vec<String>,
    /// How many edges away from the focus
    #[arg(long, value_name = "N", requires = "focus", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(0..=64))]
    pub depth: u32,
    /// How a team lays out diagrams and Markdown
    #[command(flatten)]
    pub layout: Layout,
}

fn view_names() -> PossibleValuesParser {
    PossibleValuesParser::new(view::VIEWS.iter().map(|(name, _)| *name))
}

/// What a graph can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// loadpath.graph/1
    Json,
    /// Mermaid, as GitHub draws it
    Mermaid,
    /// Graphviz
    Dot,
    /// A picture, laid out and painted by Loadpath itself
    Svg,
    /// The picture as a page without network, to move, zoom and search
    Html,
    /// A workspace in the DSL of Structurizr
    Structurizr,
    /// A model in the language of LikeC4
    Likec4,
    /// A catalogue of Backstage: catalog-info.yaml
    Backstage,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let outputs = Output::all(&args.format, Format::Text)?;
    let opened = opened::open(&args.project, context)?;
    let (facts, graph) = opened.graph(context)?;
    let templates = args.layout.load()?;
    for output in &outputs {
        let text = match output.format {
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&json::document(&graph))?),
            Format::Text => reports::graph::text(&graph),
            Format::Mermaid => mermaid::paint(drawn(args, &graph)?, &templates)?,
            Format::Dot => dot::paint(&drawn(args, &graph)?, &templates)?,
            Format::Svg => svg::document(drawn(args, &graph)?),
            Format::Html => html::diagram(drawn(args, &graph)?),
            Format::Structurizr => structurizr::workspace(&graph),
            Format::Likec4 => likec4::model(&graph),
            Format::Backstage => backstage::catalogue(&Model::new(&facts, &graph, &opened.config, None)),
        };
        output.write(text.as_bytes(), context.out)?;
    }
    args.project.strictness(&facts.diagnostics, context)
}

/// The part of the graph that is asked for.
fn drawn(args: &Args, graph: &Graph) -> anyhow::Result<View> {
    if args.focus.is_empty() {
        let of = view::VIEWS.iter().find(|(name, _)| *name == args.view).map(|(_, of)| of);
        return of.map(|of| of(graph)).with_context(|| format!("draw the view `{}`: there is none", args.view));
    }
    let names: Vec<&str> = args.focus.iter().map(String::as_str).collect();
    let view = view::focus(graph, &names, args.depth);
    if view.nodes.is_empty() {
        let ids = graph.services.iter().map(|service| service.name.as_str());
        let ids = ids.chain(graph.nodes.iter().map(|node| node.id.as_str()));
        bail!("find `{}` in the graph; {}", args.focus.join("`, `"), suggest::advice(&names.join(", "), ids));
    }
    Ok(view)
}
