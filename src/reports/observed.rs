//! The graph as it runs against the graph as it is written, for a terminal and as JSON (`loadpath.observed/1`).
//!
//! For a terminal first what differs: what was seen and is not written with a trace to look up, what is written and was not seen
//! with its line; then what the traces do not tell; then how much is the same. 100 columns, without colours.

use std::collections::BTreeMap;
use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;

use super::summary::counted;
use super::text::printable;
use crate::analysis::running::{Comparison, EdgeRow, EntryRow, MethodRow, Sight, Standing};
use crate::graph::{Confidence, Graph};
use crate::span::Span;

/// Name and version of the JSON form.
pub const SCHEMA: &str = "loadpath.observed/1";

/// Columns of a line.
const WIDTH: usize = 100;

/// The comparison for a terminal.
#[must_use]
pub fn text(graph: &Graph, comparison: &Comparison) -> String {
    let mut out = String::new();
    head(&mut out, graph, comparison);
    unwritten(&mut out, comparison);
    unseen(&mut out, graph, comparison);
    open(&mut out, comparison);
    uncalled(&mut out, comparison);
    same(&mut out, comparison);
    out
}

fn head(out: &mut String, graph: &Graph, comparison: &Comparison) {
    let spans: u64 = comparison.services.iter().map(|row| row.spans).sum();
    let sent = comparison.services.iter().filter(|row| row.spans > 0).count();
    let verdict = match comparison.differences() {
        0 => "runs as it is written".to_owned(),
        count => format!("{} between how it runs and how it is written", counted(count, "difference", "differences")),
    };
    // Writing to a string does not fail; so for all below.
    let _ = writeln!(out, "{}: {verdict}", plain(&graph.system));
    let spans = format!("{spans} {}", if spans == 1 { "span" } else { "spans" });
    let _ = writeln!(out, "{spans} of {}", counted(sent, "service", "services"));
    if !graph.environment.is_empty() {
        let _ = writeln!(out, "environment {}", plain(&graph.environment));
    }
}

/// What was seen and is not written, with a trace that shows it.
fn unwritten(out: &mut String, comparison: &Comparison) {
    let mut lines = Lines::new("seen, and not written");
    for row in comparison.services.iter().filter(|row| row.standing == Standing::NotWritten) {
        lines.add(&row.name, format!("service   sent {} {}", row.spans, if row.spans == 1 { "span" } else { "spans" }));
    }
    for row in &comparison.edges {
        match row.standing {
            Standing::NotWritten => {
                let asked: Vec<&str> = row.methods.iter().map(|method| method.name.as_str()).collect();
                lines.add(&row.from, format!("{}  {}", edge(row, &asked), sight(&row.sight)));
            }
            _ => {
                for method in row.methods.iter().filter(|method| method.standing == Standing::NotWritten) {
                    lines.add(&row.from, format!("{}  {}", edge(row, &[&method.name]), sight(&method.sight)));
                }
            }
        }
    }
    for row in comparison.entries.iter().filter(|row| row.standing == Standing::NotWritten) {
        lines.add(&row.service, format!("serves    {}  {}", plain(&row.name), sight(&row.sight)));
    }
    lines.write(out);
}

/// What is written and was not seen, with its line.
fn unseen(out: &mut String, graph: &Graph, comparison: &Comparison) {
    let mut lines = Lines::new("written, and not seen");
    let silent: Vec<&str> = comparison
        .services
        .iter()
        .filter(|row| row.standing == Standing::NotSeen)
        .map(|row| row.name.as_str())
        .collect();
    for row in comparison.services.iter().filter(|row| row.standing == Standing::NotSeen) {
        let of = row.service.and_then(|id| graph.services.get(id));
        let at = of.and_then(|of| of.evidence.first());
        let kind = of.map_or("service", |of| of.kind.as_str());
        let edges = comparison.edges.iter().filter(|edge| edge.from == row.name).count();
        let edges = counted(edges, "edge", "edges");
        lines.add(&row.name, format!("{kind:9} sent no span, {edges} from it{}", place(at)));
    }
    for row in comparison.edges.iter().filter(|row| !silent.contains(&row.from.as_str())) {
        let of = row.edge.and_then(|id| graph.edges.get(id));
        let at = of.and_then(|of| of.evidence.first());
        match row.standing {
            Standing::NotSeen => {
                let asked: Vec<&str> = row.methods.iter().map(|method| method.name.as_str()).collect();
                let sure = match of.map(|of| of.confidence) {
                    Some(confidence @ (Confidence::Likely | Confidence::Declared)) => {
                        format!(" ({})", confidence.name())
                    }
                    _ => String::new(),
                };
                lines.add(&row.from, format!("{}{sure}{}", edge(row, &asked), place(at)));
            }
            _ => {
                let missing = row.methods.iter().filter(|method| method.standing == Standing::NotSeen);
                let missing: Vec<&str> = missing.map(|method| method.name.as_str()).collect();
                if !missing.is_empty() {
                    lines.add(&row.from, format!("{}{}", edge(row, &missing), place(at)));
                }
            }
        }
    }
    lines.write(out);
}

/// What the traces do not tell.
fn open(out: &mut String, comparison: &Comparison) {
    let mut lines = Lines::new("not told by the traces");
    for row in &comparison.open {
        lines.add(&row.from, format!("{}: {}  {}", plain(&row.what), plain(&row.why), sight(&row.sight)));
    }
    lines.write(out);
    let left = comparison.left_out;
    let notes = [
        (left.nameless_spans, "spans without a trace, an id or a service name"),
        (left.long_texts, "names that were too long to be read"),
        (left.beyond_bound, "things beyond the bound of distinct ones"),
        (left.early_traces, "traces joined before they were complete, since too many were open"),
    ];
    let notes: Vec<String> =
        notes.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("  {count} {what}\n")).collect();
    if !notes.is_empty() {
        let _ = write!(out, "\nleft out, so that something may have been seen and is not told\n{}", notes.concat());
    }
}

/// Entry points that nobody called: what explains edges that were not seen.
fn uncalled(out: &mut String, comparison: &Comparison) {
    let mut by_service: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in comparison.entries.iter().filter(|row| row.standing == Standing::NotSeen) {
        by_service.entry(&row.service).or_default().push(short(&row.name));
    }
    if by_service.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nentry points that nobody called (no difference, but what they do was not seen)");
    for (service, names) in by_service {
        let _ = writeln!(out, "  {}", plain(service));
        let mut line = String::from("   ");
        for name in names {
            if line.len() + name.len() + 2 > WIDTH && line.len() > 3 {
                let _ = writeln!(out, "{}", line.trim_end_matches(','));
                line = String::from("   ");
            }
            let _ = write!(line, " {name},");
        }
        let _ = writeln!(out, "{}", line.trim_end_matches(','));
    }
}

fn same(out: &mut String, comparison: &Comparison) {
    let is_same = |standing: &Standing| *standing == Standing::Same;
    let nodes =
        |kind: &str| comparison.nodes.iter().filter(|row| is_same(&row.standing) && row.id.starts_with(kind)).count();
    let methods = comparison.edges.iter().flat_map(|row| &row.methods).filter(|row| is_same(&row.standing)).count();
    let counts = [
        counted(comparison.services.iter().filter(|row| is_same(&row.standing)).count(), "service", "services"),
        counted(comparison.edges.iter().filter(|row| is_same(&row.standing)).count(), "edge", "edges"),
        counted(methods, "method", "methods"),
        counted(nodes("datastore:"), "datastore", "datastores"),
        counted(nodes("topic:"), "topic", "topics"),
        counted(nodes("external:"), "external", "externals"),
        counted(comparison.entries.iter().filter(|row| is_same(&row.standing)).count(), "entry point", "entry points"),
    ];
    let _ = writeln!(out, "\nthe same: {}", counts.join(", "));
    let untold = |row: &&EdgeRow| {
        row.standing == Standing::Same && row.methods.iter().any(|method| method.standing == Standing::NotTold)
    };
    let untold = comparison.edges.iter().filter(untold).count();
    if untold > 0 {
        let _ = writeln!(
            out,
            "operations not compared on {}: code and traces call them by other names, or no trace tells them",
            counted(untold, "edge", "edges")
        );
    }
}

/// Lines of one section, by service.
struct Lines {
    heading: &'static str,
    by_service: BTreeMap<String, Vec<String>>,
}

impl Lines {
    fn new(heading: &'static str) -> Self {
        Self { heading, by_service: BTreeMap::new() }
    }

    fn add(&mut self, service: &str, line: String) {
        self.by_service.entry(service.to_owned()).or_default().push(line);
    }

    fn write(&self, out: &mut String) {
        if self.by_service.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{}", self.heading);
        for (service, lines) in &self.by_service {
            let _ = writeln!(out, "  {}", plain(service));
            for line in lines {
                let _ = writeln!(out, "    {line}");
            }
        }
    }
}

/// `grpc  price  shop.price.v1.PriceService: Quote`.
fn edge(row: &EdgeRow, methods: &[&str]) -> String {
    let target = match row.to.split_once(':') {
        Some(("service" | "job" | "datastore" | "topic", name)) => name,
        _ => &row.to,
    };
    let mut text = format!("{:9} {}", plain(&row.kind), plain(target));
    if let Some(contract) = &row.contract {
        let _ = write!(text, "  {}", plain(contract));
    }
    if !methods.is_empty() {
        let methods: Vec<String> = methods.iter().map(|method| plain(method)).collect();
        let _ = write!(text, "  {}", methods.join(", "));
    }
    text
}

fn sight(sight: &Sight) -> String {
    let times = counted(usize::try_from(sight.times).unwrap_or(usize::MAX), "time", "times");
    let failed = if sight.failed > 0 { format!(", {} failed", sight.failed) } else { String::new() };
    let trace = sight.trace.as_deref().map(|trace| format!(", trace {}", plain(trace))).unwrap_or_default();
    format!("({times}{failed}{trace})")
}

fn place(at: Option<&Span>) -> String {
    at.map(|at| format!("  {}:{}", plain(&at.file), at.line)).unwrap_or_default()
}

/// An entry point without the package of its contract.
fn short(name: &str) -> String {
    match name.split_once(' ') {
        Some(_) => plain(name),
        None => plain(name.rsplit('.').next().unwrap_or(name)),
    }
}

fn plain(text: &str) -> String {
    printable(text).replace('\n', " ")
}

/// The comparison as JSON.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// Always [`SCHEMA`].
    schema: &'static str,
    /// Name of the system.
    system: &'a str,
    /// The environment whose manifests decide values.
    #[serde(skip_serializing_if = "str::is_empty")]
    environment: &'a str,
    /// Whether it runs as it is written.
    same: bool,
    /// How much differs: services, nodes, edges, methods of edges that were seen, and entry points that are not written.
    differences: usize,
    /// Services and jobs.
    services: Vec<Service<'a>>,
    /// Datastores, topics and externals.
    nodes: Vec<Node<'a>>,
    /// Dependencies.
    edges: Vec<Edge<'a>>,
    /// RPCs and routes of the services that sent spans.
    entry_points: Vec<Entry<'a>>,
    /// What was seen and could not be laid to one edge.
    open: Vec<Open<'a>>,
    /// What was received and is not part of the comparison.
    left_out: LeftOut,
}

/// Where something stands.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    /// Written and seen.
    Same,
    /// Written, and not seen.
    NotSeen,
    /// Seen, and not written.
    NotWritten,
    /// Written; the traces do not tell.
    NotTold,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Service<'a> {
    name: &'a str,
    status: Status,
    spans: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Node<'a> {
    id: &'a str,
    status: Status,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Edge<'a> {
    from: &'a str,
    to: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<&'a str>,
    status: Status,
    #[serde(flatten)]
    sight: Seen<'a>,
    methods: Vec<Method<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<&'static str>,
    evidence: Vec<Place<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Method<'a> {
    name: &'a str,
    status: Status,
    #[serde(flatten)]
    sight: Seen<'a>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Entry<'a> {
    service: &'a str,
    name: &'a str,
    status: Status,
    #[serde(flatten)]
    sight: Seen<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Place<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Open<'a> {
    from: &'a str,
    what: &'a str,
    why: &'a str,
    #[serde(flatten)]
    sight: Seen<'a>,
}

/// How often something was seen.
#[derive(Debug, Serialize, JsonSchema)]
struct Seen<'a> {
    /// How often.
    times: u64,
    /// How often it failed.
    failed: u64,
    /// A trace that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
}

/// A place.
#[derive(Debug, Serialize, JsonSchema)]
struct Place<'a> {
    /// Path relative to the project root.
    file: &'a str,
    /// Line, from 1.
    line: u32,
}

/// What was received and is not part of the comparison.
#[derive(Debug, Serialize, JsonSchema)]
struct LeftOut {
    nameless_spans: u64,
    long_texts: u64,
    beyond_bound: u64,
    early_traces: u64,
    callers_unseen: u64,
}

/// The document of a comparison.
#[must_use]
pub fn document<'a>(graph: &'a Graph, comparison: &'a Comparison) -> Document<'a> {
    let left = comparison.left_out;
    Document {
        schema: SCHEMA,
        system: &graph.system,
        environment: &graph.environment,
        same: comparison.is_same(),
        differences: comparison.differences(),
        services: comparison
            .services
            .iter()
            .map(|row| Service { name: &row.name, status: status(row.standing), spans: row.spans })
            .collect(),
        nodes: comparison.nodes.iter().map(|row| Node { id: &row.id, status: status(row.standing) }).collect(),
        edges: comparison.edges.iter().map(|row| edge_of(graph, row)).collect(),
        entry_points: comparison.entries.iter().map(|row| entry_of(graph, row)).collect(),
        open: comparison
            .open
            .iter()
            .map(|row| Open { from: &row.from, what: &row.what, why: &row.why, sight: seen(&row.sight) })
            .collect(),
        left_out: LeftOut {
            nameless_spans: left.nameless_spans,
            long_texts: left.long_texts,
            beyond_bound: left.beyond_bound,
            early_traces: left.early_traces,
            callers_unseen: left.callers_unseen,
        },
    }
}

fn edge_of<'a>(graph: &'a Graph, row: &'a EdgeRow) -> Edge<'a> {
    let of = row.edge.and_then(|id| graph.edges.get(id));
    let method = |row: &'a MethodRow| Method { name: &row.name, status: status(row.standing), sight: seen(&row.sight) };
    Edge {
        from: &row.from,
        to: &row.to,
        kind: &row.kind,
        contract: row.contract.as_deref(),
        status: status(row.standing),
        sight: seen(&row.sight),
        methods: row.methods.iter().map(method).collect(),
        confidence: of.map(|of| of.confidence.name()),
        evidence: of.map(|of| of.evidence.iter().map(at).collect()).unwrap_or_default(),
    }
}

fn entry_of<'a>(graph: &'a Graph, row: &'a EntryRow) -> Entry<'a> {
    Entry {
        service: &row.service,
        name: &row.name,
        status: status(row.standing),
        sight: seen(&row.sight),
        evidence: row.entry.and_then(|id| graph.entries.get(id)).map(|of| at(&of.at)),
    }
}

fn at(span: &Span) -> Place<'_> {
    Place { file: &span.file, line: span.line }
}

fn seen(sight: &Sight) -> Seen<'_> {
    Seen { times: sight.times, failed: sight.failed, trace: sight.trace.as_deref() }
}

fn status(standing: Standing) -> Status {
    match standing {
        Standing::Same => Status::Same,
        Standing::NotSeen => Status::NotSeen,
        Standing::NotWritten => Status::NotWritten,
        Standing::NotTold => Status::NotTold,
    }
}
