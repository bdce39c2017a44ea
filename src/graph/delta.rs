//! Two states of a system to what changed between them: parts, dependencies, contracts, figures, each before and after.
//!
//! Things are the same when their names are: what merely moved to other files or lines is no change. Knows the vocabulary of
//! entities, and through it the figures that are derived from each state; knows neither rules nor findings.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::model::{Edge, End, Graph};
use super::schema::{Entities, EntityRef, Kind, Reading};
use crate::span::Span;

/// The figures that are compared, by kind: limits, deadlines, capacities and what follows from them.
pub const FIGURES: &[(Kind, &[&str])] = &[
    (Kind::Service, &["exposed"]),
    (
        Kind::Edge,
        &[
            "criticality",
            "falls_back",
            "shortest_deadline_ms",
            "longest_deadline_ms",
            "wait.deadline_ms",
            "wait.busy_least_ms",
            "retry.attempts",
            "bounded",
        ],
    ),
    (Kind::Path, &["depth", "fan_out", "attempts", "limit_ms", "busy_least_ms", "promise", "availability_most"]),
    (Kind::Pool, &["size", "peak", "acquire_timeout_ms", "response_timeout_ms", "timeout_ms", "limits_statements"]),
    (Kind::Datastore, &["demand.peak", "max_connections", "reserved_connections"]),
    (Kind::Workload, &["least_pods", "strategy"]),
    (
        Kind::Container,
        &[
            "pods",
            "memory_limit",
            "memory_request",
            "cpu_limit",
            "cpu_request",
            "readiness",
            "grace_period_s",
            "pre_stop_s",
            "drain_s",
        ],
    ),
    (Kind::Topic, &["technology"]),
    (Kind::Producer, &["acks"]),
];

/// What happened to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Turn {
    /// It was not there.
    Added,
    /// It is there no more.
    Removed,
    /// It is another one.
    Changed,
}

/// What changed between two states.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Delta {
    /// Services, jobs, datastores, topics, externals, contracts and entry points.
    pub parts: Vec<Part>,
    /// Dependencies.
    pub edges: Vec<Link>,
    /// Changes of contracts that old and new pods do not both understand.
    pub breaking: Vec<Breaking>,
    /// Figures of what is there on both sides.
    pub figures: Vec<Figure>,
}

/// A part of the system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Part {
    /// `service`, `job`, `datastore`, `topic`, `external`, `contract`, `rpc`, `endpoint`, `consumer`, `task`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// What happened to it.
    pub change: Turn,
    /// What is other about it.
    pub details: Vec<Detail>,
}

/// A dependency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Link {
    /// Id of the one that depends.
    pub from: String,
    /// Id of what it depends on.
    pub to: String,
    /// How.
    pub kind: String,
    /// The contract, for gRPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// What happened to it.
    pub change: Turn,
    /// What is other about it.
    pub details: Vec<Detail>,
    /// The first place that proves it, where it is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Span>,
}

/// A list of names that is another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Detail {
    /// What is listed: `methods`, `tables`, `serves`.
    pub what: &'static str,
    /// Names that were not there.
    pub added: Vec<String>,
    /// Names that are there no more.
    pub removed: Vec<String>,
}

/// A contract that old and new pods do not both understand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Breaking {
    /// The contract.
    pub contract: String,
    /// What changed, a clause each.
    pub changes: Vec<String>,
    /// Services that call it, before or now.
    pub consumers: Vec<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Span>,
}

/// A figure that is another one.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Figure {
    /// The entity, by its id.
    pub entity: String,
    /// The figure, by the name that rules know it by.
    pub field: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What it was.
    pub before: Value,
    /// What it is.
    pub after: Value,
}

/// What a figure is: nothing at all is `null`, and what is not known says what is missing.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Value {
    /// A truth value.
    Bool(bool),
    /// A number.
    Int(i64),
    /// A share.
    Double(f64),
    /// A word.
    Text(String),
    /// Not known.
    Unknown {
        /// What is missing.
        unknown: String,
    },
    /// Known not to be there.
    Absent,
}

impl Delta {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.edges.is_empty() && self.breaking.is_empty() && self.figures.is_empty()
    }
}

/// Compares two states. The later one is to know the earlier one as its base: what of a contract is broken is read there.
#[must_use]
pub fn delta(before: (&Graph, &dyn Entities), after: (&Graph, &dyn Entities)) -> Delta {
    let mut delta = Delta { parts: parts(before, after), edges: edges(before.0, after.0), ..Delta::default() };
    delta.breaking = breaking(before.0, after);
    delta.figures = figures(before.1, after.1);
    delta
}

/// What is compared of a part: lists of names, by what they list.
type Lists = BTreeMap<&'static str, BTreeSet<String>>;

fn parts(before: (&Graph, &dyn Entities), after: (&Graph, &dyn Entities)) -> Vec<Part> {
    let (was, is) = (parts_of(before), parts_of(after));
    let mut found: Vec<Part> = turns(&was, &is)
        .map(|((kind, id), change, details)| Part { kind: kind.clone(), id: id.clone(), change, details })
        .collect();
    found.sort();
    found
}

fn parts_of((graph, entities): (&Graph, &dyn Entities)) -> BTreeMap<(String, String), Lists> {
    let mut parts: BTreeMap<(String, String), Lists> = BTreeMap::new();
    for service in &graph.services {
        let one = |text: &Option<String>| text.iter().cloned().collect();
        let lists = Lists::from([
            ("serves", service.serves.clone()),
            ("workloads", service.workload_names.iter().cloned().collect()),
            ("language", one(&service.language)),
        ]);
        parts.insert((service.kind.clone(), service.id.clone()), lists);
    }
    for node in &graph.nodes {
        let lists = Lists::from([
            ("technology", BTreeSet::from([node.technology.clone()])),
            ("server", node.server.iter().cloned().collect()),
            ("produced outside by", node.produced_by.iter().cloned().collect()),
            ("consumed outside by", node.consumed_by.iter().cloned().collect()),
        ]);
        parts.insert((node.kind.clone(), node.id.clone()), lists);
    }
    for entry in graph.entries.iter().filter(|entry| entry.kind != "startup") {
        let service = &graph.services[entry.service].name;
        // A task goes by its function, whose module is where it stands and not what it does.
        let name = match entry.kind.as_str() {
            "task" => entry.name.rsplit("::").next().unwrap_or(&entry.name),
            _ => &entry.name,
        };
        parts.insert((entry.kind.clone(), format!("{service}/{name}")), Lists::new());
    }
    for rpc in entities.all(Kind::Rpc).into_iter().filter(|of| !is_foreign(entities, *of)) {
        if let Some((contract, method)) = text(entities.read(rpc, "name")).as_deref().and_then(|of| of.rsplit_once('/'))
        {
            let lists = parts.entry(("contract".to_owned(), contract.to_owned())).or_default();
            lists.entry("methods").or_default().insert(method.to_owned());
        }
    }
    for field in entities.all(Kind::Field) {
        let id = entities.id(field);
        let Some((message, name)) = id.strip_prefix("field:").and_then(|id| id.rsplit_once('.')) else { continue };
        let of = text(entities.read(field, "type")).unwrap_or_default();
        let lists = parts.entry(("message".to_owned(), message.to_owned())).or_default();
        lists.entry("fields").or_default().insert(format!("{name}: {of}"));
    }
    parts
}

fn is_foreign(entities: &dyn Entities, of: EntityRef) -> bool {
    entities.read(of, "vendored") == Reading::Bool(true)
}

fn text(reading: Reading) -> Option<String> {
    match reading {
        Reading::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

/// What became of each key: added, removed, or changed with the lists that are other.
fn turns<'a, K: Ord>(
    was: &'a BTreeMap<K, Lists>,
    is: &'a BTreeMap<K, Lists>,
) -> impl Iterator<Item = (&'a K, Turn, Vec<Detail>)> {
    let added = is.iter().filter(|(key, _)| !was.contains_key(key));
    let removed = was.iter().filter(|(key, _)| !is.contains_key(key));
    let changed = is.iter().filter_map(|(key, after)| {
        let details = details(was.get(key)?, after);
        (!details.is_empty()).then_some((key, Turn::Changed, details))
    });
    let whole = |lists: &Lists, change| match change {
        Turn::Removed => details(lists, &Lists::new()),
        _ => details(&Lists::new(), lists),
    };
    let added = added.map(move |(key, lists)| (key, Turn::Added, whole(lists, Turn::Added)));
    let removed = removed.map(move |(key, lists)| (key, Turn::Removed, whole(lists, Turn::Removed)));
    added.chain(removed).chain(changed)
}

fn details(before: &Lists, after: &Lists) -> Vec<Detail> {
    let none = BTreeSet::new();
    let names: BTreeSet<&'static str> = before.keys().chain(after.keys()).copied().collect();
    let detail = |what: &'static str| {
        let (was, is) = (before.get(what).unwrap_or(&none), after.get(what).unwrap_or(&none));
        let filled = |names: &str| !names.is_empty();
        let added: Vec<String> = is.difference(was).filter(|name| filled(name)).cloned().collect();
        let removed: Vec<String> = was.difference(is).filter(|name| filled(name)).cloned().collect();
        (!added.is_empty() || !removed.is_empty()).then_some(Detail { what, added, removed })
    };
    names.into_iter().filter_map(detail).collect()
}

/// What tells two dependencies apart: ends, kind, contract.
type Ends = (String, String, String, Option<String>);

fn edges(before: &Graph, after: &Graph) -> Vec<Link> {
    let key = |graph: &Graph, edge: &Edge| -> Ends {
        let (from, to) = (graph.id_of(End::Service(edge.from)), graph.id_of(edge.to));
        (from.to_owned(), to.to_owned(), edge.kind.clone(), edge.contract.clone())
    };
    let of = |graph: &Graph| -> BTreeMap<Ends, Lists> {
        let lists = |edge: &Edge| {
            let tables =
                edge.tables.iter().map(|(name, writes)| if *writes { format!("{name} (w)") } else { name.clone() });
            Lists::from([
                ("methods", edge.methods.clone()),
                ("tables", tables.collect()),
                ("confidence", BTreeSet::from([edge.confidence.name().to_owned()])),
            ])
        };
        graph.edges.iter().map(|edge| (key(graph, edge), lists(edge))).collect()
    };
    let (was, is) = (of(before), of(after));
    let mut found: Vec<Link> = turns(&was, &is)
        .map(|(ends, change, details)| {
            let (from, to, kind, contract) = ends.clone();
            let now = after.edges.iter().find(|edge| key(after, edge) == *ends);
            let at = now.and_then(|edge| edge.evidence.first().cloned());
            Link { from, to, kind, contract, change, details, at }
        })
        .collect();
    found.sort();
    found
}

fn breaking(before: &Graph, (after, entities): (&Graph, &dyn Entities)) -> Vec<Breaking> {
    let mut found = Vec::new();
    for of in entities.all(Kind::Contract).into_iter().filter(|of| !is_foreign(entities, *of)) {
        let Reading::List(changes) = entities.read(of, "broken") else { continue };
        let changes: Vec<String> = changes.into_iter().filter_map(text).collect();
        let Some(contract) = text(entities.read(of, "name")).filter(|_| !changes.is_empty()) else { continue };
        let callers = |graph: &Graph| -> Vec<String> {
            let of = graph.edges.iter().filter(|edge| edge.contract.as_ref() == Some(&contract));
            of.map(|edge| graph.services[edge.from].name.clone()).collect()
        };
        let consumers: BTreeSet<String> = callers(before).into_iter().chain(callers(after)).collect();
        found.push(Breaking { changes, consumers: consumers.into_iter().collect(), at: entities.span(of), contract });
    }
    found.sort();
    found
}

fn figures(before: &dyn Entities, after: &dyn Entities) -> Vec<Figure> {
    let mut found = Vec::new();
    for (kind, fields) in FIGURES {
        let by_id = |entities: &dyn Entities| -> BTreeMap<String, EntityRef> {
            entities.all(*kind).into_iter().rev().map(|of| (entities.id(of), of)).collect()
        };
        let was = by_id(before);
        for (id, now) in by_id(after) {
            let Some(then) = was.get(&id) else { continue };
            for name in *fields {
                let Some(field) = after.field(*kind, name) else { continue };
                let (before, after) = (value(before.read(*then, name)), value(after.read(now, name)));
                if before != after {
                    found.push(Figure { entity: id.clone(), field: field.name, meaning: field.doc, before, after });
                }
            }
        }
    }
    found
}

fn value(reading: Reading) -> Value {
    match reading {
        Reading::Bool(value) => Value::Bool(value),
        Reading::Int(value) => Value::Int(value),
        Reading::Double(value) => Value::Double(value),
        Reading::Text(value) => Value::Text(value.to_string()),
        Reading::Unknown(missing) => Value::Unknown { unknown: missing.what },
        // No figure is a relation.
        Reading::Null | Reading::Entity(_) | Reading::List(_) => Value::Absent,
    }
}
