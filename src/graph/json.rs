//! The JSON contract `loadpath.graph/1`: a projection of the graph. Key names and meanings are fixed; keys may be added.

use schemars::JsonSchema;
use serde::Serialize;

use super::model::{End, Graph};
use crate::span::Span;

/// Name and version of the contract.
pub const SCHEMA: &str = "loadpath.graph/1";

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// Always [`SCHEMA`].
    schema: &'static str,
    /// Name of the system.
    system: &'a str,
    /// The environment whose manifests decide values.
    #[serde(skip_serializing_if = "str::is_empty")]
    environment: &'a str,
    /// Deployable units.
    services: Vec<Service<'a>>,
    /// Datastores, topics, externals.
    nodes: Vec<Node<'a>>,
    /// Dependencies.
    edges: Vec<Edge<'a>>,
    /// Calls without a known target.
    unresolved: Vec<Unresolved<'a>>,
}

/// A place.
#[derive(Debug, Serialize, JsonSchema)]
struct Place<'a> {
    /// Path relative to the project root.
    file: &'a str,
    /// Line, from 1.
    line: u32,
    /// Column, from 1.
    column: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Service<'a> {
    id: &'a str,
    name: &'a str,
    kind: &'a str,
    path: &'a str,
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    package: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    workloads: &'a [String],
    serves: Vec<&'a str>,
    evidence: Vec<Place<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Node<'a> {
    id: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    technology: &'a str,
    name: &'a str,
    name_known: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    #[schemars(default)]
    produced_by: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    #[schemars(default)]
    consumed_by: &'a [String],
    evidence: Vec<Place<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Edge<'a> {
    from: &'a str,
    to: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    methods: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tables: Vec<Table<'a>>,
    confidence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
    evidence: Vec<Place<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Table<'a> {
    name: &'a str,
    writes: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Unresolved<'a> {
    what: &'a str,
    file: &'a str,
    line: u32,
    why: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
}

fn places(spans: &[Span]) -> Vec<Place<'_>> {
    spans.iter().map(|span| Place { file: &span.file, line: span.line, column: span.column }).collect()
}

/// The document of a graph.
#[must_use]
pub fn document(graph: &Graph) -> Document<'_> {
    Document {
        schema: SCHEMA,
        system: &graph.system,
        environment: &graph.environment,
        services: graph
            .services
            .iter()
            .map(|of| Service {
                id: &of.id,
                name: &of.name,
                kind: &of.kind,
                path: &of.path,
                package: of.package.as_deref(),
                binary: of.binary_name.as_deref(),
                language: of.language.as_deref(),
                workloads: &of.workload_names,
                serves: of.serves.iter().map(String::as_str).collect(),
                evidence: places(&of.evidence),
            })
            .collect(),
        nodes: graph
            .nodes
            .iter()
            .map(|of| Node {
                id: &of.id,
                kind: &of.kind,
                technology: &of.technology,
                name: &of.name,
                name_known: of.name_known,
                server: of.server.as_deref(),
                produced_by: &of.produced_by,
                consumed_by: &of.consumed_by,
                evidence: places(&of.evidence),
            })
            .collect(),
        edges: graph
            .edges
            .iter()
            .map(|of| Edge {
                from: graph.id_of(End::Service(of.from)),
                to: graph.id_of(of.to),
                kind: &of.kind,
                contract: of.contract.as_deref(),
                methods: of.methods.iter().map(String::as_str).collect(),
                tables: of.tables.iter().map(|(name, writes)| Table { name, writes: *writes }).collect(),
                confidence: of.confidence.name(),
                because: of.because.as_deref(),
                evidence: places(&of.evidence),
            })
            .collect(),
        unresolved: graph
            .unresolved
            .iter()
            .map(|of| Unresolved {
                what: &of.what,
                file: &of.at.file,
                line: of.at.line,
                why: &of.why,
                service: of.service.as_deref(),
            })
            .collect(),
    }
}
