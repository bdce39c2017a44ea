//! A review as Markdown, for the comment on a pull request or the summary of a pipeline: the findings, the services and
//! what they depend on.

use std::collections::BTreeSet;

use serde::Serialize;

use super::graph::called;
use super::order::most_important_first;
use super::templates::{TemplateError, Templates, code_span};
use super::{Summary, mermaid, view};
use crate::findings::{Finding, Settled};
use crate::graph::{End, Graph};

/// Rows of each table. A comment of GitHub has 65,536 characters.
const ROWS: usize = 60;

/// The review of a graph.
///
/// # Errors
/// When a team's template cannot be filled.
pub fn review(settled: &Settled, graph: &Graph, templates: &Templates) -> Result<String, TemplateError> {
    let ordered = most_important_first(&settled.findings);
    let edges = graph.edges.iter().take(ROWS).map(|edge| Edge {
        from: graph.name_of(End::Service(edge.from)),
        to: called(graph, edge.to),
        kind: &edge.kind,
        contract: edge.contract.as_deref(),
        methods: some(edge.methods.iter().map(String::as_str)),
        confidence: edge.confidence.name(),
    });
    let of = |service: usize| graph.edges.iter().filter(move |edge| edge.from == service).count();
    let services = graph.services.iter().enumerate().take(ROWS).map(|(id, service)| Service {
        name: &service.name,
        kind: &service.kind,
        path: &service.path,
        serves: some(service.serves.iter().map(String::as_str)),
        edges: of(id),
    });
    let review = Review {
        system: &graph.system,
        summary: Summary::of(settled),
        line: Summary::of(settled).line(),
        findings: ordered.iter().take(ROWS).map(|finding| row(finding)).collect(),
        findings_omitted: ordered.len().saturating_sub(ROWS),
        unknown: settled
            .unknown
            .iter()
            .take(ROWS)
            .map(|unknown| Unknown {
                rule: &unknown.rule,
                entity: &unknown.entity,
                missing: some(unknown.missing.iter().map(String::as_str)),
                supply: &unknown.supply,
            })
            .collect(),
        unknown_omitted: settled.unknown.len().saturating_sub(ROWS),
        notices: settled
            .notices
            .iter()
            .take(ROWS)
            .map(|notice| Notice {
                place: format!("{}:{}", notice.at.file, notice.at.line),
                message: &notice.message,
                help: &notice.help,
            })
            .collect(),
        services: services.collect(),
        services_omitted: graph.services.len().saturating_sub(ROWS),
        edges: edges.collect(),
        edges_omitted: graph.edges.len().saturating_sub(ROWS),
        diagram: affected(settled, graph, templates)?,
    };
    templates.fill("markdown/review.md.tera", &review)
}

/// The part of the graph that findings are about: where they name none of its nodes, nothing.
fn affected(settled: &Settled, graph: &Graph, templates: &Templates) -> Result<Option<String>, TemplateError> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for finding in &settled.findings {
        match finding.entity.strip_prefix("edge:").and_then(|ends| ends.split_once("->")) {
            Some((from, to)) => found.extend([from, to]),
            None => drop(found.insert(&finding.entity)),
        }
    }
    let services = (0..graph.services.len()).map(End::Service);
    let ends = services.chain((0..graph.nodes.len()).map(End::Node));
    let named: Vec<&str> = ends
        .filter(|end| found.contains(graph.id_of(*end)) || found.contains(called(graph, *end)))
        .map(|end| graph.id_of(end))
        .collect();
    if named.is_empty() {
        return Ok(None);
    }
    let mut view = view::focus(graph, &named, 1);
    view.title = format!("What the findings in {} are about", graph.system);
    mermaid::paint(view, templates).map(Some)
}

fn row(finding: &Finding) -> Row<'_> {
    Row {
        severity: finding.severity.name(),
        rule: &finding.rule,
        place: finding.span.as_ref().map(|span| format!("{}:{}", span.file, span.line)),
        message: &finding.message,
        fix: &finding.fix,
        entity: &finding.entity,
        owners: finding.owners.join(", "),
    }
}

/// The first three, each as code, and how many more there are.
fn some<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    let mut text = words.iter().take(3).map(|word| code_span(word)).collect::<Vec<_>>().join(", ");
    if words.len() > 3 {
        text = format!("{text} +{}", words.len() - 3);
    }
    text
}

/// What the template is filled with. Words are escaped by the engine, but for what is code already.
#[derive(Serialize)]
struct Review<'a> {
    system: &'a str,
    summary: Summary,
    line: String,
    findings: Vec<Row<'a>>,
    findings_omitted: usize,
    unknown: Vec<Unknown<'a>>,
    unknown_omitted: usize,
    notices: Vec<Notice<'a>>,
    services: Vec<Service<'a>>,
    services_omitted: usize,
    edges: Vec<Edge<'a>>,
    edges_omitted: usize,
    diagram: Option<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    severity: &'static str,
    rule: &'a str,
    place: Option<String>,
    message: &'a str,
    fix: &'a str,
    entity: &'a str,
    owners: String,
}

#[derive(Serialize)]
struct Unknown<'a> {
    rule: &'a str,
    entity: &'a str,
    missing: String,
    supply: &'a str,
}

#[derive(Serialize)]
struct Notice<'a> {
    place: String,
    message: &'a str,
    help: &'a str,
}

#[derive(Serialize)]
struct Service<'a> {
    name: &'a str,
    kind: &'a str,
    path: &'a str,
    serves: String,
    edges: usize,
}

#[derive(Serialize)]
struct Edge<'a> {
    from: &'a str,
    to: &'a str,
    kind: &'a str,
    contract: Option<&'a str>,
    methods: String,
    confidence: &'static str,
}
