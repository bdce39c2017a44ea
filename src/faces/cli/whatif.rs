//! `loadpath whatif`: what fails, degrades and slows down when something is down or slow.

use anyhow::{anyhow, bail};
use clap::ValueEnum;

use super::format::Output;
use super::project::Project;
use super::scale::Scale;
use super::{Context, Exit, opened};
use crate::analysis::Model;
use crate::analysis::capacity::{self, Row};
use crate::analysis::figure::written_duration;
use crate::analysis::whatif::{Scenario, outcomes};
use crate::graph::{End, Graph, find};
use crate::reports::{capacity as limits, whatif as report};
use crate::review;

/// Arguments of `whatif`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// What does not answer: a service, datastore, topic or external, by name or id, or all of a technology; may be
    /// repeated
    #[arg(long, value_name = "NODE", required_unless_present_any = ["latency", "replicas", "load"])]
    pub down: Vec<String>,
    /// What answers later, and how much: `price=500ms`; may be repeated
    #[arg(long, value_name = "NODE=TIME")]
    pub latency: Vec<String>,
    /// What is scaled
    #[command(flatten)]
    pub scale: Scale,
    /// What to write, and where; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub format: Vec<Output<Format>>,
    /// Show entry points that go on as well
    #[arg(long)]
    pub all: bool,
}

/// What outcomes can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// loadpath.whatif/1
    Json,
    /// A table, for a comment or a page
    Markdown,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let format = Output::all(&args.format, Format::Text)?;
    let opened = opened::open(&args.project, context)?;
    let (facts, graph) = opened.graph(context)?;
    let scenario = scenario(&graph, args)?;
    let model = Model::new(&facts, &graph, &opened.config, None);
    let outcomes = outcomes(&model, &scenario);
    let (scaled_facts, scaled_config) = args.scale.applied(&facts, &graph, &opened.config)?;
    let scaled_graph = review::graph(&scaled_facts, &scaled_config);
    let scaled = Model::new(&scaled_facts, &scaled_graph, &scaled_config, None);
    let changed = if args.scale.is_empty() { Vec::new() } else { changed(&model, &scaled) };
    let shown = if args.all { report::Shown::All } else { report::Shown::Concerned };
    for output in &format {
        let text = match output.format {
            Format::Text => {
                let mut text = report::text(&model, &scenario, &outcomes, shown);
                if !args.scale.is_empty() {
                    text.push_str("\nlimits that change\n");
                    text.push_str(&limits::text(&scaled, &changed));
                }
                text
            }
            Format::Json => {
                let document = report::document(&model, &scenario, &outcomes, limits::limits(&scaled, &changed));
                format!("{}\n", serde_json::to_string_pretty(&document)?)
            }
            Format::Markdown => {
                let mut text = report::markdown(&model, &scenario, &outcomes);
                if !args.scale.is_empty() {
                    text.push('\n');
                    text.push_str(&limits::markdown(&scaled, &changed));
                }
                text
            }
        };
        output.write(text.as_bytes(), context.out)?;
    }
    args.project.strictness(&facts.diagnostics, context)
}

fn scenario(graph: &Graph, args: &Args) -> anyhow::Result<Scenario> {
    let mut scenario = Scenario::default();
    for name in &args.down {
        scenario.down.extend(ends(graph, name)?);
    }
    // What has no replica answers nobody.
    let replicas = args.scale.replicas(graph)?;
    scenario.down.extend(replicas.iter().filter(|(_, replicas)| **replicas == 0).map(|(id, _)| End::Service(*id)));
    for written in &args.latency {
        let Some((name, time)) = written.rsplit_once('=') else {
            bail!("read the latency `{written}`: expected a name and a time, such as `{written}=500ms`");
        };
        let ms = written_duration(time).filter(|ms| *ms >= 0).ok_or_else(|| {
            anyhow!("read the latency `{written}`: expected a time behind `=`, such as `500ms` or `2s`")
        })?;
        for end in ends(graph, name)? {
            scenario.latency_ms.insert(end, ms);
        }
    }
    Ok(scenario)
}

/// Limits that stand otherwise than before, or that were not asked for.
fn changed(before: &Model<'_>, after: &Model<'_>) -> Vec<Row> {
    let known = capacity::rows(before);
    let mut rows = capacity::rows(after);
    let same = |row: &Row, other: &Row| {
        (row.resource, &row.of, &row.demand.number, &row.limit.number)
            == (other.resource, &other.of, &other.demand.number, &other.limit.number)
    };
    rows.retain(|row| !known.iter().any(|other| same(row, other)));
    rows
}

/// What a name means: one thing, or all of a technology.
fn ends(graph: &Graph, name: &str) -> anyhow::Result<Vec<End>> {
    let found = find::ends(graph, name);
    let of_technology = |end: &End| matches!(end, End::Node(id) if graph.nodes[*id].technology == name);
    match found.as_slice() {
        [] => {
            let advice = find::end_advice(graph, name);
            let advice = if advice.is_empty() { "the project has no services".to_owned() } else { advice };
            bail!("find `{name}` among services, datastores, topics and externals: {advice}")
        }
        [_] => Ok(found),
        several if several.iter().all(of_technology) => Ok(found),
        several => {
            let ids: Vec<&str> = several.iter().map(|end| graph.id_of(*end)).collect();
            bail!("find one `{name}`: {} go by that name; say which: `{}`", ids.len(), ids.join("`, `"))
        }
    }
}
