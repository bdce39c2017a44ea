//! Calls that were seen, laid to the edges that are written.

use std::collections::BTreeMap;

use super::fits::{goes_to, is_message, is_plumbing, is_probed, is_route, is_store, is_topic, operation};
use super::written::Written;
use super::{EdgeRow, MethodRow, OpenRow, Sight, Standing};
use crate::facts::running::{Call, Direction, Running, Seen, Target};
use crate::graph::Graph;
use crate::graph::model::{Edge, EdgeId, End, ServiceId};

/// What was seen of one edge.
#[derive(Default)]
struct Found {
    sight: Sight,
    /// By method, or by what was asked where no method fits.
    methods: BTreeMap<String, Sight>,
}

/// What a call of a service is laid to.
enum Laid {
    /// These edges; it fits each of them.
    Edges(Vec<EdgeId>),
    /// One of these edges, and which one is not told.
    OneOf(Vec<EdgeId>),
    /// Nothing that is written.
    Nowhere,
    /// Nothing, and it counts as no dependency.
    NoEdge,
}

/// From, kind, to and contract of an edge that is not written.
type Unwritten = (String, String, String, Option<String>);

#[derive(Default)]
struct All {
    found: BTreeMap<EdgeId, Found>,
    unwritten: BTreeMap<Unwritten, Found>,
    open: BTreeMap<(String, String, String), Sight>,
}

/// The rows of all edges, and what is open.
pub(super) fn compare(written: &Written<'_>, running: &Running) -> (Vec<EdgeRow>, Vec<OpenRow>) {
    let mut all = All::default();
    for service in &running.services {
        let from = written.service(&service.name);
        for seen in &service.calls {
            lay(written, &mut all, (&service.name, from), seen);
        }
    }
    let All { mut found, unwritten, open } = all;
    let graph = written.graph;
    let edges = graph.edges.iter().enumerate();
    let mut rows: Vec<EdgeRow> = edges.map(|(id, edge)| row(graph, id, edge, found.remove(&id))).collect();
    rows.extend(unwritten.into_iter().map(|(key, found)| unwritten_row(key, found)));
    rows.sort_by(|a, b| (&a.from, &a.kind, &a.to, &a.contract).cmp(&(&b.from, &b.kind, &b.to, &b.contract)));
    let open = open.into_iter().map(|((from, what, why), sight)| OpenRow { from, what, why, sight }).collect();
    (rows, open)
}

fn lay(written: &Written<'_>, all: &mut All, (name, from): (&str, Option<ServiceId>), seen: &Seen<Call>) {
    let laid = from.map_or_else(|| unless_plumbing(&seen.what), |from| find(written, from, &seen.what));
    let graph = written.graph;
    match laid {
        Laid::Edges(edges) => {
            for id in edges {
                let found = all.found.entry(id).or_default();
                found.sight.add(&seen.tally);
                for method in methods_of(&graph.edges[id], &seen.what) {
                    found.methods.entry(method).or_default().add(&seen.tally);
                }
            }
        }
        Laid::OneOf(edges) => {
            let names: Vec<&str> = edges.iter().map(|id| graph.id_of(graph.edges[*id].to)).collect();
            let why = format!("the trace does not tell which of {} is meant", names.join(", "));
            all.open.entry((name.to_owned(), shown(&seen.what), why)).or_default().add(&seen.tally);
        }
        Laid::Nowhere => {
            let key = (name.to_owned(), kind(&seen.what), to(written, &seen.what), contract(&seen.what));
            let found = all.unwritten.entry(key).or_default();
            found.sight.add(&seen.tally);
            if let Some(method) = method(&seen.what) {
                found.methods.entry(method).or_default().add(&seen.tally);
            }
        }
        Laid::NoEdge => {}
    }
}

fn unless_plumbing(call: &Call) -> Laid {
    let plumbing = match call {
        Call::Grpc { contract, .. } => is_plumbing(contract),
        Call::Http { path, .. } => is_probed(path),
        Call::Store { technology, operation: Some(operation), .. } => technology == "redis" && is_message(operation),
        _ => false,
    };
    if plumbing { Laid::NoEdge } else { Laid::Nowhere }
}

fn find(written: &Written<'_>, from: ServiceId, call: &Call) -> Laid {
    let graph = written.graph;
    let out = |kinds: &[&str]| -> Vec<EdgeId> {
        written.out_of(from).filter(|(_, edge)| kinds.contains(&edge.kind.as_str())).map(|(id, _)| id).collect()
    };
    let told = |target: &Target, edges: Vec<EdgeId>| meant(edges, |id| goes_to(written, &graph.edges[id], target));
    let laid = match call {
        Call::Grpc { target, contract, .. } => {
            let fits = |id: &EdgeId| graph.edges[*id].contract.as_ref().is_none_or(|of| of == contract);
            told(target, out(&["grpc"]).into_iter().filter(fits).collect())
        }
        Call::Http { target, verb, path } => match told(target, out(&["http"])) {
            // The route tells more than nothing.
            Laid::OneOf(edges) => {
                let asks = |id: &EdgeId| graph.edges[*id].methods.iter().any(|written| is_route(written, verb, path));
                one(edges.into_iter().filter(asks).collect())
            }
            laid => laid,
        },
        Call::Other { target } => {
            let edges = written.out_of(from).filter(|(_, edge)| edge.is_sync()).map(|(id, _)| id);
            let named = edges.filter(|id| goes_to(written, &graph.edges[*id], target) == Some(true));
            one(named.collect())
        }
        Call::Store { technology, name, server, .. } => {
            let stores = written.out_of(from).filter_map(|(id, edge)| match edge.to {
                End::Node(node) => Some((id, &graph.nodes[node])),
                End::Service(_) => None,
            });
            let stores = stores.filter(|(_, node)| node.kind == "datastore" && node.technology == *technology);
            let stores: BTreeMap<EdgeId, _> = stores.collect();
            meant(stores.keys().copied().collect(), |id| is_store(stores[&id], name.as_deref(), server.as_deref()))
        }
        Call::Topic { direction, technology, topic, .. } => {
            let kinds = match direction {
                Direction::Send => &["produce", "publish"],
                Direction::Receive => &["consume", "subscribe"],
            };
            let fits = |id: &EdgeId| match graph.edges[*id].to {
                End::Node(node) => {
                    let node = &graph.nodes[node];
                    (node.technology.is_empty() || node.technology == *technology) && is_topic(&node.name, topic)
                }
                End::Service(_) => false,
            };
            // A message may be within several subscriptions.
            let edges: Vec<EdgeId> = out(kinds).into_iter().filter(fits).collect();
            if edges.is_empty() { Laid::Nowhere } else { Laid::Edges(edges) }
        }
    };
    match laid {
        Laid::Nowhere => unless_plumbing(call),
        laid => laid,
    }
}

/// Of several edges those that are named; where none is, the only one that may be meant.
fn meant(edges: Vec<EdgeId>, fits: impl Fn(EdgeId) -> Option<bool>) -> Laid {
    let judged: Vec<(EdgeId, Option<bool>)> = edges.into_iter().map(|id| (id, fits(id))).collect();
    let of = |asked: Option<bool>| -> Vec<EdgeId> {
        judged.iter().filter(|(_, fits)| *fits == asked).map(|(id, _)| *id).collect()
    };
    let named = of(Some(true));
    if named.is_empty() { one(of(None)) } else { Laid::Edges(named) }
}

fn one(edges: Vec<EdgeId>) -> Laid {
    match edges.len() {
        0 => Laid::Nowhere,
        1 => Laid::Edges(edges),
        _ => Laid::OneOf(edges),
    }
}

/// The methods of an edge that a call is of; what was asked where none fits, nothing where that is not compared.
fn methods_of(edge: &Edge, call: &Call) -> Vec<String> {
    if edge.methods.is_empty() {
        return Vec::new();
    }
    match call {
        Call::Http { verb, path, .. } => {
            let fits = edge.methods.iter().filter(|written| is_route(written, verb, path));
            let fits: Vec<String> = fits.cloned().collect();
            match method(call).filter(|_| fits.is_empty()) {
                Some(_) if is_probed(path) => Vec::new(),
                Some(asked) => vec![asked],
                None => fits,
            }
        }
        Call::Grpc { method, .. } => vec![method.clone()],
        Call::Store { operation: Some(name), .. } => {
            operation(&edge.kind, name).filter(|name| !is_of_migrations(edge, name)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Whether an operation that the code does not name is what migrations do: their files hold statements of any kind, and the tool
/// that runs them keeps a table of its own.
fn is_of_migrations(edge: &Edge, operation: &str) -> bool {
    edge.methods.iter().any(|written| written == "migrate") && !edge.methods.iter().any(|written| written == operation)
}

fn row(graph: &Graph, id: EdgeId, edge: &Edge, found: Option<Found>) -> EdgeRow {
    let seen = found.is_some();
    let Found { sight, methods: mut told } = found.unwrap_or_default();
    let compared = |name: &str| match edge.kind.as_str() {
        "grpc" | "http" => Some(name.to_owned()),
        kind => operation(kind, name),
    };
    // A trace that tells no operation at all says nothing of any.
    let silent = told.is_empty();
    let mut methods: Vec<MethodRow> = Vec::new();
    for name in &edge.methods {
        let sight = compared(name).and_then(|name| told.get(&name).cloned());
        let standing = match (&sight, compared(name)) {
            (Some(_), _) => Standing::Same,
            (None, Some(_)) if !seen || !silent => Standing::NotSeen,
            _ => Standing::NotTold,
        };
        methods.push(MethodRow { name: name.clone(), standing, sight: sight.unwrap_or_default() });
    }
    // Two names in code may be one in traces.
    told.retain(|name, _| !edge.methods.iter().any(|written| compared(written).as_ref() == Some(name)));
    methods.extend(told.into_iter().map(|(name, sight)| MethodRow { name, standing: Standing::NotWritten, sight }));
    methods.sort_by(|a, b| a.name.cmp(&b.name));
    EdgeRow {
        from: graph.services[edge.from].name.clone(),
        to: graph.id_of(edge.to).to_owned(),
        kind: edge.kind.clone(),
        contract: edge.contract.clone(),
        edge: Some(id),
        standing: if seen { Standing::Same } else { Standing::NotSeen },
        sight,
        methods,
    }
}

fn unwritten_row((from, kind, to, contract): Unwritten, found: Found) -> EdgeRow {
    let row = |(name, sight)| MethodRow { name, standing: Standing::NotWritten, sight };
    EdgeRow {
        from,
        to,
        kind,
        contract,
        edge: None,
        standing: Standing::NotWritten,
        sight: found.sight,
        methods: found.methods.into_iter().map(row).collect(),
    }
}

/// The kind of edge that a call would be.
fn kind(call: &Call) -> String {
    let kind = match call {
        Call::Grpc { .. } => "grpc",
        Call::Http { .. } => "http",
        Call::Other { .. } => "call",
        Call::Store { technology, .. } => match technology.as_str() {
            "redis" | "memcached" | "valkey" => "cache",
            "neo4j" => "graphdb",
            "clickhouse" => "analytics",
            "elasticsearch" | "opensearch" | "meilisearch" => "search",
            "mongodb" | "dynamodb" | "couchbase" | "cassandra" => "document",
            "s3" | "gcs" | "azure-blob" => "object",
            _ => "sql",
        },
        Call::Topic { direction, technology, .. } => match (direction, technology.as_str()) {
            (Direction::Send, "redis" | "nats") => "publish",
            (Direction::Send, _) => "produce",
            (Direction::Receive, "redis" | "nats") => "subscribe",
            (Direction::Receive, _) => "consume",
        },
    };
    kind.to_owned()
}

/// The id of what a call would be an edge to.
fn to(written: &Written<'_>, call: &Call) -> String {
    match call {
        Call::Grpc { target, .. } | Call::Http { target, .. } | Call::Other { target } => {
            match (&target.service, &target.address) {
                (Some(name), _) => match written.service(name).and_then(|id| written.graph.services.get(id)) {
                    Some(service) => service.id.clone(),
                    None => format!("service:{name}"),
                },
                (None, Some(address)) => match written.service_at(address) {
                    Some(service) => service.id.clone(),
                    None => format!("external:{address}"),
                },
                (None, None) => "external:*".to_owned(),
            }
        }
        Call::Store { technology, name, .. } => format!("datastore:{technology}/{}", name.as_deref().unwrap_or("*")),
        Call::Topic { topic, technology, .. } => {
            let same = |node: &&crate::graph::Node| {
                node.kind == "topic" && node.technology == *technology && is_topic(&node.name, topic)
            };
            written.graph.nodes.iter().find(same).map_or_else(|| format!("topic:{topic}"), |node| node.id.clone())
        }
    }
}

fn contract(call: &Call) -> Option<String> {
    match call {
        Call::Grpc { contract, .. } => Some(contract.clone()),
        _ => None,
    }
}

/// What was asked, as an edge lists its methods.
fn method(call: &Call) -> Option<String> {
    match call {
        Call::Grpc { method, .. } => Some(method.clone()),
        Call::Http { verb, path, .. } => Some(format!("{verb} {path}")),
        Call::Store { operation, .. } => operation.clone(),
        Call::Other { .. } | Call::Topic { .. } => None,
    }
}

/// A call in a few words.
fn shown(call: &Call) -> String {
    match call {
        Call::Grpc { contract, method, .. } => format!("grpc {contract}/{method}"),
        Call::Http { verb, path, .. } => format!("http {verb} {path}"),
        Call::Other { .. } => "a call of a protocol that the spans do not tell".to_owned(),
        Call::Store { technology, operation, .. } => match operation {
            Some(operation) => format!("{technology} {operation}"),
            None => technology.clone(),
        },
        Call::Topic { topic, .. } => format!("topic {topic}"),
    }
}
