//! `loadpath graph`: the service graph, or a part of it.

use clap::ValueEnum;

use super::format::Output;
use super::project::Project;

/// Arguments of `graph`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// What to write, and where; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub format: Vec<Output<Format>>,
    /// Draw what is around this node; may be repeated
    #[arg(long, value_name = "NODE")]
    pub focus: Vec<String>,
    /// How many edges away from the focus
    #[arg(long, value_name = "N", requires = "focus", value_parser = clap::value_parser!(u32).range(0..=64))]
    pub depth: Option<u32>,
    /// The part of the graph to draw
    #[arg(long, value_name = "NAME")]
    pub view: Option<String>,
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
    /// A picture
    Svg,
    /// One page
    Html,
    /// Structurizr DSL
    Structurizr,
    /// LikeC4
    Likec4,
    /// catalog-info.yaml of Backstage
    Backstage,
}
